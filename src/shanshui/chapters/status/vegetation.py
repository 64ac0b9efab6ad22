"""Vegetation: how green it is, cell by cell (paper 1.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.averages import mean_of_known

# Bins of the vegetation index: fine enough that no end point shows them.
NDVI_EDGES = np.linspace(-1.0, 1.0, 4001)


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
