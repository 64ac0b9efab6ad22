"""Trends of vegetation, cell by cell: slope, significance on the map as a whole, change (paper 1.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.mann_kendall import false_discovery_threshold, mann_kendall_z
from shanshui.science.theil_sen import theil_sen_slope

# What is measured of vegetation, with the unit; each has its slope, trend, change and means by zone.
MEASURES = {
    "ndvi": "1",
    "vegetation_cover": "1",
    "net_primary_productivity": "g/m**2/year",
    "gross_primary_productivity": "g/m**2/year",
    "rain_use_efficiency": "g/m**2/mm/year",
}
# The residual has a slope and a statistic of its own; its kinds of trend are told as those of the others.
TRENDS = (*MEASURES, "residual")
# A trend over fewer years says nothing (as usual with the test of Mann and Kendall).
SERIES = AtLeast(8)
# Significant fall, slight fall, steady, slight rise, significant rise; told apart by colour-blind readers.
KINDS = (
    (1, "significant fall", "显著下降", "#a6611a"),
    (2, "slight fall", "轻微下降", "#dfc27d"),
    (3, "steady", "基本稳定", "#f5f5f5"),
    (4, "slight rise", "轻微上升", "#80cdc1"),
    (5, "significant rise", "显著上升", "#018571"),
)
FALL, RISE = KINDS[0][0], KINDS[-1][0]
# Bins of the trend statistic: fine enough that no threshold shows them.
Z_EDGES = np.linspace(0.0, 10.0, 10_001)
# Below this slope a trend counts as steady.
STABLE_SLOPES = {
    "ndvi": (0.0005, "in common use in China, without a published source"),
    "vegetation_cover": (0.0005, "as for the vegetation index"),
    "net_primary_productivity": (0.5, "own choice: 0.1 % of 500 g/m2 a year"),
    "gross_primary_productivity": (1.0, "own choice: 0.1 % of 1,000 g/m2 a year"),
    "rain_use_efficiency": (0.0005, "own choice: 0.1 % of 0.5 g/m2/mm a year"),
    "residual": (0.1, "own choice: 0.1 % of the mean a year"),
}


@step(gives="{of}_slope", of=tuple(MEASURES))
def slope(of: Annotated[Series, SERIES], *, smallest_trend_years: float) -> NDArray[np.float32]:
    """Slope of the trend, cell by cell.

    Parameters
    ----------
    of : Series of float32 ndarray (rows, columns)
        The quantity by year.
    smallest_trend_years : float
        Years with a value that a cell needs.

    Returns
    -------
    float32 ndarray (rows, columns)
        Change a year, in the quantity's unit; NaN with too few years.

    Notes
    -----
    Median of (x_j - x_i) / (t_j - t_i) over all years i < j that both have a value (Theil 1950; Sen 1968).
    """
    return theil_sen_slope(of.stacked(), np.array(of.years, np.float64), int(smallest_trend_years))


@step(gives="{of}_trend_z", of=tuple(MEASURES))
def trend_statistic(of: Annotated[Series, SERIES], *, smallest_trend_years: float) -> NDArray[np.float32]:
    """Statistic of the trend, cell by cell.

    Parameters
    ----------
    of : Series of float32 ndarray (rows, columns)
        The quantity by year.
    smallest_trend_years : float
        Years with a value that a cell needs.

    Returns
    -------
    float32 ndarray (rows, columns)
        Z, standard normal without a trend; NaN with too few years.

    Notes
    -----
    S = sum of sign(x_j - x_i) over i < j; var S = (n (n - 1) (2 n + 5) - sum over ties t (t - 1) (2 t + 5)) / 18;
    Z = (S - sign S) / sd (Mann 1945; Kendall 1975). Not pre-whitened.
    """
    return mann_kendall_z(of.stacked(), int(smallest_trend_years))


@step(gives="{of}_trend_histogram", of=TRENDS)
def trend_histogram(of_trend_z: NDArray[np.float32], zone_cover: ZoneCover) -> NDArray[np.int64]:
    """Cells of the region by the absolute value of their trend statistic.

    Parameters
    ----------
    of_trend_z : float32 ndarray (rows, columns)
        The statistic.
    zone_cover : ZoneCover
        Tells which cells lie in the region.

    Returns
    -------
    int64 ndarray (10001,)
        Cells by |Z| from 0 to 10; the last place holds all beyond.
    """
    values = np.abs(of_trend_z[zone_cover.region])
    known = values[np.isfinite(values)].astype(np.float64)
    places = np.searchsorted(Z_EDGES, known, side="right") - 1
    return np.bincount(places, minlength=len(Z_EDGES)).astype(np.int64)


@step(gives="{of}_trend_threshold", of=TRENDS)
def trend_threshold(of_trend_histogram: NDArray[np.int64], *, false_discovery_rate: float) -> pd.DataFrame:
    """Trend statistic from which a trend counts as significant on the map as a whole.

    Parameters
    ----------
    of_trend_histogram : int64 ndarray (10001,)
        Cells by the absolute value of the statistic.
    false_discovery_rate : float
        Share of the significant cells that may be false [fraction].

    Returns
    -------
    DataFrame
        One row: tested_cells, significant_cells, threshold (NaN where no cell is significant).

    Notes
    -----
    With a million cells tested one by one at 5 %, fifty thousand would be significant without any trend. Benjamini
    and Hochberg (1995): the largest k with p_k <= rate k / m; for maps see Wilks (2016).
    """
    threshold = false_discovery_threshold(of_trend_histogram, Z_EDGES, false_discovery_rate)
    significant = int(of_trend_histogram[threshold <= Z_EDGES].sum())
    return pd.DataFrame(
        {
            "tested_cells": [int(of_trend_histogram.sum())],
            "significant_cells": [significant],
            "threshold": [threshold if np.isfinite(threshold) else np.nan],
        }
    )


@step
def stable_slopes() -> pd.DataFrame:
    """Slopes below which a trend counts as steady.

    Returns
    -------
    DataFrame
        Columns measure, stable_slope [unit of the measure a year], source, status. All are defaults.
    """
    rows = [(measure, slope, source, "default") for measure, (slope, source) in STABLE_SLOPES.items()]
    return pd.DataFrame(rows, columns=["measure", "stable_slope", "source", "status"])


@step(gives="{of}_trend", of=TRENDS)
def trend(
    of_slope: NDArray[np.float32],
    of_trend_z: NDArray[np.float32],
    of_trend_threshold: pd.DataFrame,
    stable_slopes: pd.DataFrame,
    *,
    of_name: str,
) -> NDArray[np.int32]:
    """Kind of trend of each cell.

    Parameters
    ----------
    of_slope : float32 ndarray (rows, columns)
        Slope a year.
    of_trend_z : float32 ndarray (rows, columns)
        Trend statistic.
    of_trend_threshold : DataFrame
        Where it becomes significant.
    stable_slopes : DataFrame
        Slopes below which a trend counts as steady.
    of_name : str
        The quantity.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 significant fall, 2 slight fall, 3 steady, 4 slight rise, 5 significant rise; -1 without a trend's data.

    Examples
    --------
    >>> kinds = trend(np.array([[0.02, 0.001, 0.0001, -0.001, np.nan]]), np.array([[3.0, 1.0, 3.0, -2.9, np.nan]]),
    ...               pd.DataFrame({"threshold": [2.5]}), stable_slopes(), of_name="ndvi")
    >>> kinds.tolist()
    [[5, 4, 3, 1, -1]]
    """
    steady = stable_slopes.set_index("measure")["stable_slope"].astype("float64")[of_name]
    threshold = float(of_trend_threshold["threshold"].iloc[0])
    significant = np.abs(of_trend_z) >= threshold  # never where the threshold is NaN
    kind = np.where(of_slope > 0, np.where(significant, 5, 4), np.where(significant, 1, 2))
    kind = np.where(np.abs(of_slope) < steady, 3, kind)
    return np.where(np.isfinite(of_slope) & np.isfinite(of_trend_z), kind, -1).astype(np.int32)


@step(gives="{of}_trend_legend", of=TRENDS)
def trend_legend() -> pd.DataFrame:
    """Legend of the kinds of trend.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return pd.DataFrame(KINDS, columns=["code", "name", "name_zh", "colour"])


@step(gives="{of}_change", of=tuple(MEASURES))
def change(of: Annotated[Series, AtLeast(2)], *, period_start: int, period_end: int) -> NDArray[np.float32]:
    """Change of each cell over the study's period.

    Parameters
    ----------
    of : Series of float32 ndarray (rows, columns)
        The quantity by year.
    period_start, period_end : int
        Baseline and current year of the study; where the quantity has no such year, its first or last within, and
        its first and last of all where fewer than two lie within.

    Returns
    -------
    float32 ndarray (rows, columns)
        Percent of the earlier value; NaN where that is not above zero.

    Examples
    --------
    >>> years = Series({2011: np.array([[2.0, 0.0]]), 2012: np.array([[9.0, 1.0]]), 2020: np.array([[3.0, 1.0]])})
    >>> change(years, period_start=2000, period_end=2020).tolist()
    [[50.0, nan]]
    """
    first, last = compared_years(of.years, period_start, period_end)
    before, after = of[first], of[last]
    base = np.where(before > 0, before, np.nan)
    return (100.0 * (after - before) / base).astype(np.float32)


def compared_years(years: tuple[int, ...], start: int, end: int) -> tuple[int, int]:
    """Give the first and the last of some years within a period; of all years where fewer than two lie in it."""
    within = [year for year in years if start <= year <= end]
    if len(within) < 2:
        within = list(years)
    return within[0], within[-1]
