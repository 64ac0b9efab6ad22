"""How much the wind's waves reach each place of the coast (paper 2.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, StudyError
from shanshui.base.raster import WholeRaster
from shanshui.base.step import Somewhere, step
from shanshui.science.fetch import SEA_SHARE, fetch_of_coast

METRES_A_KILOMETRE = 1000.0


@step
def wind_by_direction(wind_rose: pd.DataFrame, *, wind_rose_tolerance: float) -> pd.DataFrame:
    """Wind of each direction: its speed, weighted by the share of the time.

    Parameters
    ----------
    wind_rose : DataFrame
        Columns direction_degree (where the wind comes from, clockwise from north), speed_m_s and frequency_percent. A
        direction may have several rows, one a class of speed; calm has speed 0.
    wind_rose_tolerance : float
        How far the frequencies may miss 100 percent [percent].

    Returns
    -------
    DataFrame
        Columns direction_degree and weighted_speed_m_s, one row a direction.

    Raises
    ------
    StudyError
        Where the frequencies do not sum to 100 percent.

    Examples
    --------
    >>> rose = pd.DataFrame({"direction_degree": [90, 90], "speed_m_s": [4, 10], "frequency_percent": [75, 25]})
    >>> wind_by_direction(rose, wind_rose_tolerance=2).to_dict("list")
    {'direction_degree': [90], 'weighted_speed_m_s': [5.5]}
    """
    total = float(wind_rose["frequency_percent"].sum())
    if abs(total - 100.0) > wind_rose_tolerance:
        fault = f"the frequencies sum to {total:g} percent, not to 100"
        mend = "give the whole year, calm with speed 0 among it"
        raise StudyError(Problem("tables.wind_rose.columns.frequency_percent", fault, mend))
    parts = wind_rose["speed_m_s"] * wind_rose["frequency_percent"] / 100.0
    return parts.groupby(wind_rose["direction_degree"]).sum().rename("weighted_speed_m_s").reset_index()


@step
def wave_exposure(
    coast: WholeRaster,
    sea: Annotated[WholeRaster, Somewhere(SEA_SHARE)],
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    wind_by_direction: pd.DataFrame,
    *,
    longest_fetch: float,
) -> WholeRaster:
    """Wave exposure of the coast: how far the winds blow over water, weighted by their speed and frequency.

    Parameters
    ----------
    coast : raster
        1 coast.
    sea : raster
        Share of each cell that is sea; a coast that is not made from it needs some.
    cell_width, cell_height : raster
        Sides of the cells [m].
    wind_by_direction : DataFrame
        Columns direction_degree and weighted_speed_m_s.
    longest_fetch : float
        No fetch is longer than this [km].

    Returns
    -------
    raster
        Exposure [m2/s] of coast cells, 0 where no wind comes over water; NaN elsewhere, and at a coast cell that is
        neither sea nor beside it.

    Notes
    -----
    ``exposure = sum over directions of V P F``: mean speed V, share of the time P, fetch F (Keddy 1982, Quantifying
    within-lake gradients of wave energy; Fonseca and Malhotra 2006, WEMo; Natural Capital Project, InVEST user's guide,
    Coastal Vulnerability). It compares places; it is no height of waves, and swell from afar is not in it. A line is
    drawn in every direction that the wind rose has (commonly 16) towards where the wind comes from; directions are
    those of the grid. Beyond the map, and where nothing is known, the sea is taken to go on.
    """
    weights = wind_by_direction["weighted_speed_m_s"].to_numpy()
    exposure = coast.blank(np.float32)
    for tile in exposure.tiles():
        exposure.write(tile, np.full(tile.shape, np.nan, np.float32))
    directions, farthest = wind_by_direction["direction_degree"].to_list(), METRES_A_KILOMETRE * longest_fetch
    for found in fetch_of_coast(sea, coast, cell_width, cell_height, directions, farthest):
        cells = np.full(found.tile.shape, np.nan, np.float32)
        cells[found.rows, found.columns] = found.fetch @ weights
        exposure.write(found.tile, cells)
    return exposure
