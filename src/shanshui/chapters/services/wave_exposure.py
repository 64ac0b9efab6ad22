"""How much the wind's waves reach each place of the coast (paper 2.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, Problems, StudyError
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.science.fetch import SEA_SHARE, fetch_of_coast

METRES_A_KILOMETRE = 1000.0


@step
def wave_exposure(
    coast: WholeRaster,
    sea: WholeRaster,
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    wind_rose: pd.DataFrame,
    *,
    longest_fetch: float,
    wind_rose_tolerance: float,
) -> WholeRaster:
    """Wave exposure of the coast: how far the winds blow over water, weighted by their speed and frequency.

    Parameters
    ----------
    coast : raster
        1 coast.
    sea : raster
        Share of each cell that is sea.
    cell_width, cell_height : raster
        Sides of the cells [m].
    wind_rose : DataFrame
        Columns direction_degree (where the wind comes from, clockwise from north), speed_m_s and frequency_percent. A
        direction may have several rows, one a class of speed; calm has speed 0.
    longest_fetch : float
        No fetch is longer than this [km].
    wind_rose_tolerance : float
        How far the frequencies may miss 100 percent [percent].

    Returns
    -------
    raster
        Exposure [m2/s] of coast cells, 0 where no wind comes over water; NaN elsewhere, and at a coast cell that is
        neither sea nor beside it.

    Raises
    ------
    StudyError
        Where the frequencies do not sum to 100 percent, a row lacks a number, or there is a coast and no sea.

    Notes
    -----
    ``exposure = sum over directions of V P F``: mean speed V, share of the time P, fetch F (Keddy 1982, Quantifying
    within-lake gradients of wave energy; Fonseca and Malhotra 2006, WEMo; Natural Capital Project, InVEST user's guide,
    Coastal Vulnerability). It compares places; it is no height of waves, and swell from afar is not in it. A line is
    drawn in every direction that the wind rose has (commonly 16) towards where the wind comes from; directions are
    those of the grid. Beyond the map, and where nothing is known, the sea is taken to go on.
    """
    _check(wind_rose, wind_rose_tolerance)
    parts = wind_rose["speed_m_s"] * wind_rose["frequency_percent"] / 100.0
    weights = parts.groupby(wind_rose["direction_degree"]).sum()
    exposure = coast.blank(np.float32)
    for tile in exposure.tiles():
        exposure.write(tile, np.full(tile.shape, np.nan, np.float32))
    directions, farthest = weights.index.to_list(), METRES_A_KILOMETRE * longest_fetch
    held = False
    for found in fetch_of_coast(sea, coast, cell_width, cell_height, directions, farthest):
        cells = np.full(found.tile.shape, np.nan, np.float32)
        cells[found.rows, found.columns] = found.fetch @ weights.to_numpy()
        exposure.write(found.tile, cells)
        held = True
    if held and not any((sea.read(tile) >= SEA_SHARE).any() for tile in sea.tiles()):
        mend = "give the sea as a layer, or map a class of the land cover to sea"
        raise StudyError(Problem("layers.coast_segment", "there is a coast, and no sea on the map", mend))
    return exposure


def _check(wind_rose: pd.DataFrame, tolerance: float) -> None:
    """Name what is wrong with a wind rose."""
    problems = Problems()
    for column in ("direction_degree", "speed_m_s", "frequency_percent"):
        lacking = int(wind_rose[column].isna().sum())
        if lacking:
            fault = f"{lacking} row{'s have' if lacking > 1 else ' has'} no number"
            problems.fault(f"tables.wind_rose.columns.{column}", fault, "give it; calm has speed 0")
    total = float(wind_rose["frequency_percent"].sum())
    if not problems and abs(total - 100.0) > tolerance:
        fault = f"the frequencies sum to {total:g} percent, not to 100"
        mend = "give the whole year, calm with speed 0 among it"
        problems.fault("tables.wind_rose.columns.frequency_percent", fault, mend)
    if problems:
        raise StudyError(problems)
