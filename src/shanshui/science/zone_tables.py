"""Tables by zone from exact sums: means, and totals of what adds up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from shanshui.science.tally import Tally
from shanshui.science.zone_sums import ZoneSums

SQUARE_METRES_A_HECTARE = 10_000.0
NO_DATA = -1
# Of a quantity in this unit, one unit on one square metre makes so much of the other.
TOTALS = {
    "mm": ("m3", 1e-3),
    "t/ha": ("t", 1e-4),
    "t/ha/year": ("t/year", 1e-4),
    "MJ/ha/year": ("MJ/year", 1e-4),
    "kWh/ha/year": ("kWh/year", 1e-4),
}


def means_by_zone(
    sums: Mapping[int | None, ZoneSums], zones: pd.DataFrame, measure: str, unit: str = ""
) -> pd.DataFrame:
    """Make the table of one quantity: mean over each zone, and its sum where it adds up.

    Parameters
    ----------
    sums : mapping of int or None to ZoneSums
        By year, weighted by area [m2]; None for a quantity without years.
    zones : DataFrame
        The zones.
    measure : str
        The quantity.
    unit : str
        Its unit; totals are made of those in `TOTALS`.

    Returns
    -------
    DataFrame
        One row a zone and year in which the zone has data, in the order of the zones; area in hectares.

    Notes
    -----
    mean = sum(value x area) / sum(area) over the cells that have a value, border cells by their share.
    """
    frames = []
    for year, found in sums.items():
        frame = zones[["zoning", "zone"]].assign(zone_name=zones["name"], measure=measure)
        if year is not None:
            frame["year"] = year
        frame = frame.assign(mean=found.mean, area_ha=found.weight / SQUARE_METRES_A_HECTARE)
        if unit in TOTALS:
            total_unit, factor = TOTALS[unit]
            frame = frame.assign(total=found.total * factor, total_unit=total_unit)
        frames.append(frame)
    table = pd.concat(frames)
    # In the order of the zones, and of the years within each.
    return table[table["area_ha"] > 0].sort_index(kind="stable").reset_index(drop=True)


def class_areas_by_zone(tallies: Mapping[int | None, Tally], zones: pd.DataFrame, legend: pd.DataFrame) -> pd.DataFrame:
    """Make the table of the classes of one quantity: their area in each zone.

    Parameters
    ----------
    tallies : mapping of int or None to Tally
        By year; class 0 is "no data", class n the n-th of the legend.
    zones : DataFrame
        The zones.
    legend : DataFrame
        Columns code and name.

    Returns
    -------
    DataFrame
        One row a zone, year and class that the zone has, cells without data among them; share in percent of the area
        that has a class.
    """
    frames = []
    names = ["no data", *legend["name"]]
    codes = [NO_DATA, *legend["code"]]
    for year, tally in tallies.items():
        held = np.zeros((len(zones), len(names)))
        np.add.at(held, (tally.zone, tally.before), tally.hectares)
        known = held[:, 1:].sum(axis=1)
        for place, (code, name) in enumerate(zip(codes, names, strict=True)):
            frame = zones[["zoning", "zone"]].assign(zone_name=zones["name"])
            if year is not None:
                frame["year"] = year
            share = 100.0 * held[:, place] / np.where((known > 0) & (place > 0), known, np.nan)
            frame = frame.assign(code=code, class_name=name, area_ha=held[:, place], share_percent=share)
            frames.append(frame[held[:, place] > 0])
    return pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
