"""Gauges: what was observed at the outlets of basins, beside what the models say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shanshui.base.step import step

# Column of the table of gauges, what it measures, its unit, and what the factor between the two stands for.
MEASURED = (
    ("runoff_m3", "runoff", "m3", "observed runoff over rain less evapotranspiration: rain, evapotranspiration or use"),
    ("sediment_t", "sediment", "t", "observed sediment over eroded soil: the share that is delivered to the gauge"),
)


@step
def gauge_comparison(
    gauge: pd.DataFrame,
    zones: pd.DataFrame,
    water_yield_by_zone: pd.DataFrame | None = None,
    water_erosion_by_zone: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Observed runoff and sediment of each basin beside the modelled figures.

    Parameters
    ----------
    gauge : DataFrame
        Columns zoning, zone, year and runoff_m3 or sediment_t.
    zones : DataFrame
        The zones.
    water_yield_by_zone, water_erosion_by_zone : DataFrame, optional
        Modelled totals [m3, t a year], by year where they have years.

    Returns
    -------
    DataFrame
        One row an observation: the modelled figure of the same year, of the quantity without years, or else of the
        nearest year, which is named. Where nothing is modelled, ``modelled`` and the factor are empty.

    Notes
    -----
    calibration_factor = observed / modelled. It is told and applied to nothing: a factor far from 1 says that an input
    or a parameter of that basin should be looked at. Of sediment it is the sediment delivery ratio, which models of
    erosion on the slope do not tell.
    """
    names = zones.set_index(["zoning", "zone"])["name"]
    modelled_by = {"runoff": water_yield_by_zone, "sediment": water_erosion_by_zone}
    rows = []
    for column, quantity, unit, reason in MEASURED:
        if column not in gauge:
            continue
        told = gauge[gauge[column].notna()]
        for zoning, zone, of_year, observed in zip(
            told["zoning"], told["zone"], told["year"].astype(int), told[column].astype(float), strict=True
        ):
            year, modelled = _nearest(modelled_by[quantity], zoning, zone, of_year)
            rows.append(
                {
                    "zoning": zoning,
                    "zone": zone,
                    "zone_name": names.get((zoning, zone), zone),
                    "quantity": quantity,
                    "year": of_year,
                    "model_year": year,
                    "observed": observed,
                    "modelled": modelled,
                    "unit": unit,
                    "calibration_factor": observed / modelled if modelled > 0 else np.nan,
                    "reason": reason,
                }
            )
    columns = ["zoning", "zone", "zone_name", "quantity", "year", "model_year", "observed", "modelled", "unit"]
    return pd.DataFrame(rows, columns=[*columns, "calibration_factor", "reason"])


def _nearest(totals: pd.DataFrame | None, zoning: str, zone: str, year: int) -> tuple[float, float]:
    """Give the year and the total of a zone that stand for a year; NaN where there is none."""
    if totals is None:
        return np.nan, np.nan
    held = totals[(totals["zoning"] == zoning) & (totals["zone"] == zone)]
    if held.empty:
        return np.nan, np.nan
    if "year" not in held:
        return np.nan, float(held["total"].iloc[0])
    nearest = held.iloc[int((held["year"] - year).abs().argmin())]
    return float(nearest["year"]), float(nearest["total"])
