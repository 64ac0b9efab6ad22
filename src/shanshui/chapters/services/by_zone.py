"""Services and the erosion that threatens them by zone: means and totals, and the same amounts cell by cell."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.zone_sums import ZoneSums, sum_by_zone
from shanshui.science.zone_tables import means_by_zone

# Unit of what each measures; those that add up get a total.
WATER = {
    "water_conservation": "mm",
    "water_yield": "mm",
    "evapotranspiration": "mm",
    "surface_runoff": "mm",
    "flood_mitigation": "mm",
}
MASSES = dict.fromkeys(
    ("soil_retention", "sand_fixation", "water_erosion", "wind_erosion", "carbon_sequestration"), "t/ha/year"
)
AMOUNTS = {
    "carbon_stock": "t/ha",
    "climate_regulation": "MJ/ha/year",
    "climate_regulation_electricity": "kWh/ha/year",
}
STATES = dict.fromkeys(
    (
        "habitat_quality",
        "habitat_degradation",
        "species_richness",
        "threatened_species_richness",
        "recreation_opportunity",
        "water_clipped",
        "soil_parts_beyond",
    ),
    "1",
)
MEASURES = WATER | MASSES | AMOUNTS | STATES

AnyYears = Annotated[Series, AtLeast(0)]


@step(gives="{of}_zone_sums", of=tuple(MEASURES))
def zone_sums(
    of: NDArray[np.float32], zone_cover: ZoneCover, cell_area: NDArray[np.float64], zones: pd.DataFrame
) -> ZoneSums:
    """Sums over the cells of every zone, weighted by their area.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        The quantity; NaN where there is no data.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells on the ellipsoid [m2].
    zones : DataFrame
        The zones.

    Returns
    -------
    ZoneSums
        Exact: no order of adding changes them.
    """
    return sum_by_zone(zone_cover, of, cell_area, len(zones))


@step(gives="{of}_by_zone", of=tuple(MEASURES))
def by_zone(of_zone_sums: AnyYears, zones: pd.DataFrame, *, of_name: str) -> pd.DataFrame:
    """Mean over each zone and, of what adds up, the sum; by year where the quantity has years.

    Parameters
    ----------
    of_zone_sums : Series of ZoneSums
        Sums by year.
    zones : DataFrame
        The zones.
    of_name : str
        The quantity.

    Returns
    -------
    DataFrame
        One row a zone and year in which the zone has data; area in hectares, total in m3, t, MJ or kWh, a year where
        it is a rate.

    Notes
    -----
    mean = sum(value x area) / sum(area); 1 mm on 1 m2 is 0.001 m3, 1 t/ha on 1 m2 is 0.0001 t.
    """
    return means_by_zone(of_zone_sums, zones, of_name, MEASURES[of_name])


@step(gives="{of}_volume", of=tuple(WATER))
def volume(of: NDArray[np.float32], cell_area: NDArray[np.float64]) -> NDArray[np.float32]:
    """Water on each cell, in cubic metres.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        Depth of water [mm].
    cell_area : float64 ndarray (rows, columns)
        Area of the cells on the ellipsoid [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        Volume [m3]; NaN where there is no data.

    Examples
    --------
    >>> volume(np.array([[250.0]], np.float32), np.array([[900.0]])).tolist()
    [[225.0]]
    """
    return (of * cell_area * 1e-3).astype(np.float32)


@step(gives="{of}_mass", of=tuple(MASSES))
def mass(of: NDArray[np.float32], cell_area: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mass of each cell, in tonnes a year.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        Mass of a hectare [t/ha/year].
    cell_area : float64 ndarray (rows, columns)
        Area of the cells on the ellipsoid [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        Mass [t/year]; NaN where there is no data.

    Examples
    --------
    >>> mass(np.array([[25.0]], np.float32), np.array([[900.0]])).tolist()
    [[2.25]]
    """
    return (of * cell_area * 1e-4).astype(np.float32)
