"""Vegetation: how green it is, cell by cell, and its trends, with and without rain (paper 1.1)."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.averages import mean_of_known
from shanshui.science.trends import (
    false_discovery_threshold,
    linear_residuals,
    mann_kendall_z,
    theil_sen_slope,
)

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
# Bins of the vegetation index, and of the trend statistic: fine enough that no threshold shows them.
NDVI_EDGES = np.linspace(-1.0, 1.0, 4001)
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


@step(method="growing_season")
def ndvi(
    monthly_ndvi: NDArray[np.float32], *, growing_season_start: float, growing_season_end: float
) -> NDArray[np.float32]:
    """Mean vegetation index of the growing season.

    Parameters
    ----------
    monthly_ndvi : float32 ndarray (12, rows, columns)
        Of one calendar year; NaN where a month is missing.
    growing_season_start, growing_season_end : float
        First and last month, 1 to 12; a season from October to March takes both ends of the calendar year.

    Returns
    -------
    float32 ndarray (rows, columns)
        NaN where more than half of the season's months are missing.

    Examples
    --------
    >>> months = np.full((12, 1, 2), np.nan, np.float32)
    >>> months[4:8, 0, 0] = [0.2, 0.4, 0.6, 0.8]
    >>> ndvi(months, growing_season_start=5, growing_season_end=8).tolist()
    [[0.5, nan]]
    """
    first, last = int(growing_season_start) - 1, int(growing_season_end) - 1
    season = monthly_ndvi[first : last + 1] if first <= last else monthly_ndvi[np.r_[0 : last + 1, first:12]]
    return mean_of_known(season, len(season) / 2)


@step
def ndvi_histogram(ndvi: Series, zone_cover: ZoneCover, cell_area: NDArray[np.float64]) -> NDArray[np.int64]:
    """Area of the region by vegetation index, all years together.

    Parameters
    ----------
    ndvi : Series of float32 ndarray (rows, columns)
        Vegetation index by year.
    zone_cover : ZoneCover
        Tells which cells lie in the region; those on its border count whole.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    int64 ndarray (4000,)
        Area [m2] by index from -1 to 1.
    """
    region = zone_cover.region
    weight = np.rint(cell_area[region]).astype(np.int64)
    counted = np.zeros(len(NDVI_EDGES) - 1, np.int64)
    for cells in ndvi.values():
        values = cells[region]
        known = np.isfinite(values)
        # Whole numbers below 2**53: bincount's sums of floats are exact.
        places = np.clip(((values[known] + 1.0) * 2000.0).astype(np.int64), 0, len(counted) - 1)
        counted += np.bincount(places, weight[known], len(counted)).astype(np.int64)
    return counted


@step
def vegetation_end_points(
    ndvi_histogram: NDArray[np.int64], *, bare_percentile: float, full_percentile: float
) -> pd.DataFrame:
    """Vegetation index of bare ground and of full cover, all years together.

    Parameters
    ----------
    ndvi_histogram : int64 ndarray (4000,)
        Area by index.
    bare_percentile, full_percentile : float
        Share of the area, by rising index, at which the end points lie [percent].

    Returns
    -------
    DataFrame
        One row: bare_ndvi and full_ndvi.

    Notes
    -----
    One pair of end points serves all years: with a pair for each year a trend of the whole region would be lost.
    The percentile is told within one bin of 0.0005 on a straight line.

    Examples
    --------
    >>> area = np.zeros(4000, np.int64)
    >>> area[2000:4000] = 1
    >>> vegetation_end_points(area, bare_percentile=5.0, full_percentile=95.0).round(6).to_dict("records")
    [{'bare_ndvi': 0.05, 'full_ndvi': 0.95}]
    """
    below = np.concatenate([[0], np.cumsum(ndvi_histogram)])
    wanted = np.array([bare_percentile, full_percentile]) / 100.0 * below[-1]
    # Where nothing lies in a bin, the cumulated area stays: interpolate over the bins that rise.
    rising = np.concatenate([[True], np.diff(below) > 0]) | np.concatenate([np.diff(below) > 0, [True]])
    bare, full = np.interp(wanted, below[rising], NDVI_EDGES[rising])
    return pd.DataFrame({"bare_ndvi": [bare], "full_ndvi": [full]})


@step(method="ndvi")
def vegetation_cover(ndvi: NDArray[np.float32], vegetation_end_points: pd.DataFrame) -> NDArray[np.float32]:
    """Vegetation cover from the vegetation index by the pixel dichotomy.

    Parameters
    ----------
    ndvi : float32 ndarray (rows, columns)
        Vegetation index.
    vegetation_end_points : DataFrame
        Index of bare ground and of full cover.

    Returns
    -------
    float32 ndarray (rows, columns)
        Share of the ground, 0 to 1.

    Notes
    -----
    cover = (NDVI - NDVI_bare) / (NDVI_full - NDVI_bare), cut to 0 and 1 (Gutman and Ignatov 1998).

    Examples
    --------
    >>> points = pd.DataFrame({"bare_ndvi": [0.1], "full_ndvi": [0.9]})
    >>> vegetation_cover(np.array([[0.0, 0.5, 1.0]], np.float32), points).tolist()
    [[0.0, 0.5, 1.0]]
    """
    bare, full = (float(vegetation_end_points[name].iloc[0]) for name in ("bare_ndvi", "full_ndvi"))
    if full <= bare:
        return np.where(np.isfinite(ndvi), np.float32(0), np.float32(np.nan)).astype(np.float32)
    return np.clip((ndvi - np.float32(bare)) / np.float32(full - bare), 0.0, 1.0).astype(np.float32)


@step(gives="rain_use_efficiency", method="net_primary_productivity")
def rain_use_efficiency_of_npp(
    net_primary_productivity: NDArray[np.float32], precipitation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Net primary productivity for each millimetre of rain.

    Parameters
    ----------
    net_primary_productivity : float32 ndarray (rows, columns)
        Carbon bound in the year [g/m2/a].
    precipitation : float32 ndarray (rows, columns)
        Rain of the year [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Efficiency [g/m2/mm/a]; NaN without rain.

    Notes
    -----
    Le Houerou (1984), Rain use efficiency: a unifying concept in arid-land ecology.
    """
    return _per_rain(net_primary_productivity, precipitation)


@step(gives="rain_use_efficiency", method="gross_primary_productivity")
def rain_use_efficiency_of_gpp(
    gross_primary_productivity: NDArray[np.float32], precipitation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Gross primary productivity for each millimetre of rain.

    Parameters
    ----------
    gross_primary_productivity : float32 ndarray (rows, columns)
        Carbon bound in the year [g/m2/a].
    precipitation : float32 ndarray (rows, columns)
        Rain of the year [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Efficiency [g/m2/mm/a]; NaN without rain.
    """
    return _per_rain(gross_primary_productivity, precipitation)


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
    return theil_sen_slope(_stacked(of), np.array(of.years, np.float64), int(smallest_trend_years))


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
    return mann_kendall_z(_stacked(of), int(smallest_trend_years))


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


@step(gives="dryland", method="aridity_index")
def dryland_by_aridity(aridity_index: NDArray[np.float32], *, dryland_aridity: float) -> NDArray[np.int32]:
    """Dryland by the aridity index.

    Parameters
    ----------
    aridity_index : float32 ndarray (rows, columns)
        Precipitation over potential evapotranspiration.
    dryland_aridity : float
        Below this land is dryland.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 dryland, 0 other land, -1 no data.

    Notes
    -----
    UNEP (1997), World atlas of desertification: below 0.65.
    """
    return np.where(np.isfinite(aridity_index), aridity_index < dryland_aridity, -1).astype(np.int32)


@step(gives="dryland", method="precipitation")
def dryland_by_rain(precipitation: Series, *, dryland_precipitation: float) -> NDArray[np.int32]:
    """Dryland by the mean rain of all years, where a study has no aridity index.

    Parameters
    ----------
    precipitation : Series of float32 ndarray (rows, columns)
        Rain by year [mm].
    dryland_precipitation : float
        Below this mean land is dryland [mm].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 dryland, 0 other land, -1 no data.
    """
    mean = mean_of_known(_stacked(precipitation), 1)
    return np.where(np.isfinite(mean), mean < dryland_precipitation, -1).astype(np.int32)


@step(gives="vegetation_growth", method="net_primary_productivity")
def growth_by_npp(net_primary_productivity: NDArray[np.float32], dryland: NDArray[np.int32]) -> NDArray[np.float32]:
    """Net primary productivity of drylands.

    Parameters
    ----------
    net_primary_productivity : float32 ndarray (rows, columns)
        Of the year [g/m2/a].
    dryland : int32 ndarray (rows, columns)
        1 in drylands.

    Returns
    -------
    float32 ndarray (rows, columns)
        The same [g/m2/a]; NaN elsewhere.
    """
    return np.where(dryland == 1, net_primary_productivity, np.float32(np.nan))


@step(gives="vegetation_growth", method="gross_primary_productivity")
def growth_by_gpp(gross_primary_productivity: NDArray[np.float32], dryland: NDArray[np.int32]) -> NDArray[np.float32]:
    """Gross primary productivity of drylands.

    Parameters
    ----------
    gross_primary_productivity : float32 ndarray (rows, columns)
        Of the year [g/m2/a].
    dryland : int32 ndarray (rows, columns)
        1 in drylands.

    Returns
    -------
    float32 ndarray (rows, columns)
        The same [g/m2/a]; NaN elsewhere.
    """
    return np.where(dryland == 1, gross_primary_productivity, np.float32(np.nan))


@step(gives="vegetation_growth", method="ndvi")
def growth_by_ndvi(ndvi: NDArray[np.float32], dryland: NDArray[np.int32]) -> NDArray[np.float32]:
    """Vegetation index of the growing season in drylands.

    Parameters
    ----------
    ndvi : float32 ndarray (rows, columns)
        Of the year [1].
    dryland : int32 ndarray (rows, columns)
        1 in drylands.

    Returns
    -------
    float32 ndarray (rows, columns)
        The same [1]; NaN elsewhere.
    """
    return np.where(dryland == 1, ndvi, np.float32(np.nan))


@step
def residual_slope(
    vegetation_growth: Annotated[Series, SERIES],
    precipitation: Annotated[Series, SERIES],
    *,
    smallest_trend_years: float,
) -> NDArray[np.float32]:
    """Trend of the vegetation that the rain of the year does not explain.

    Parameters
    ----------
    vegetation_growth : Series of float32 ndarray (rows, columns)
        Vegetation of drylands by year.
    precipitation : Series of float32 ndarray (rows, columns)
        Rain by year [mm].
    smallest_trend_years : float
        Years with both that a cell needs.

    Returns
    -------
    float32 ndarray (rows, columns)
        Percent of the cell's mean vegetation a year.

    Notes
    -----
    Residual trends (Evans and Geerken 2004, Discrimination between climate and human-induced dryland degradation):
    vegetation = a + b rain + residual by least squares over the years; then slope and test of the residuals. A
    trend of the rain itself, as far as vegetation follows it, is thereby taken out.
    """
    years, residuals, mean = _residuals(vegetation_growth, precipitation, int(smallest_trend_years))
    found = theil_sen_slope(residuals, np.array(years, np.float64), int(smallest_trend_years))
    return (100.0 * found / np.where(mean > 0, mean, np.nan)).astype(np.float32)


@step
def residual_trend_z(
    vegetation_growth: Annotated[Series, SERIES],
    precipitation: Annotated[Series, SERIES],
    *,
    smallest_trend_years: float,
) -> NDArray[np.float32]:
    """Trend statistic of the vegetation that rain does not explain.

    Parameters
    ----------
    vegetation_growth : Series of float32 ndarray (rows, columns)
        Vegetation of drylands by year.
    precipitation : Series of float32 ndarray (rows, columns)
        Rain by year [mm].
    smallest_trend_years : float
        Years with both that a cell needs.

    Returns
    -------
    float32 ndarray (rows, columns)
        Z of Mann and Kendall of the residuals of `residual_slope`.
    """
    _, residuals, _ = _residuals(vegetation_growth, precipitation, int(smallest_trend_years))
    return mann_kendall_z(residuals, int(smallest_trend_years))


@step
def rain_explained_share(
    vegetation_growth: Annotated[Series, SERIES],
    precipitation: Annotated[Series, SERIES],
    *,
    smallest_trend_years: float,
) -> NDArray[np.float32]:
    """Share of the vegetation's variation over the years that rain explains.

    Parameters
    ----------
    vegetation_growth : Series of float32 ndarray (rows, columns)
        Vegetation of drylands by year.
    precipitation : Series of float32 ndarray (rows, columns)
        Rain by year [mm].
    smallest_trend_years : float
        Years with both that a cell needs.

    Returns
    -------
    float32 ndarray (rows, columns)
        R2 of the line of `residual_slope`, 0 to 1.
    """
    shared = sorted(set(vegetation_growth.years) & set(precipitation.years))
    vegetation, rain = (_stacked(series, shared) for series in (vegetation_growth, precipitation))
    return linear_residuals(vegetation, rain, int(smallest_trend_years))[1]


def compared_years(years: tuple[int, ...], start: int, end: int) -> tuple[int, int]:
    """Give the first and the last of some years within a period; of all years where fewer than two lie in it."""
    within = [year for year in years if start <= year <= end]
    if len(within) < 2:
        within = list(years)
    return within[0], within[-1]


def _stacked(series: Series, years: Any = None) -> NDArray[np.float32]:
    return np.stack([series[year] for year in (series.years if years is None else years)], dtype=np.float32)


def _per_rain(productivity: NDArray[np.float32], rain: NDArray[np.float32]) -> NDArray[np.float32]:
    return (productivity / np.where(rain > 0, rain, np.nan)).astype(np.float32)


def _residuals(
    vegetation_growth: Series, precipitation: Series, minimum: int
) -> tuple[list[int], NDArray[np.float32], NDArray[np.float32]]:
    """Give the years, the residuals of vegetation on rain, and the mean of the vegetation over the same years."""
    shared = sorted(set(vegetation_growth.years) & set(precipitation.years))
    vegetation, rain = (_stacked(series, shared) for series in (vegetation_growth, precipitation))
    residuals = linear_residuals(vegetation, rain, minimum)[0]
    mean = mean_of_known(np.where(np.isfinite(residuals), vegetation, np.float32(np.nan)), 1)
    return shared, residuals, mean
