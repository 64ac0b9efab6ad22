"""Vegetation against rain: rain-use efficiency, and what rain does not explain in drylands (paper 1.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import Series, step
from shanshui.chapters.status.vegetation_trends import SERIES
from shanshui.science.averages import mean_of_known
from shanshui.science.mann_kendall import mann_kendall_z
from shanshui.science.regression import linear_residuals
from shanshui.science.theil_sen import theil_sen_slope


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
    mean = mean_of_known(precipitation.stacked(), 1)
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
    years, vegetation, residuals, _ = _against_rain(vegetation_growth, precipitation, smallest_trend_years)
    found = theil_sen_slope(residuals, np.array(years, np.float64), int(smallest_trend_years))
    mean = mean_of_known(np.where(np.isfinite(residuals), vegetation, np.float32(np.nan)), 1)
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
    residuals = _against_rain(vegetation_growth, precipitation, smallest_trend_years)[2]
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
    return _against_rain(vegetation_growth, precipitation, smallest_trend_years)[3]


def _per_rain(productivity: NDArray[np.float32], rain: NDArray[np.float32]) -> NDArray[np.float32]:
    return (productivity / np.where(rain > 0, rain, np.nan)).astype(np.float32)


def _against_rain(
    vegetation_growth: Series, precipitation: Series, smallest_trend_years: float
) -> tuple[list[int], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Give the years that both have, and of these the vegetation, its residuals on rain, and the share explained."""
    shared = sorted(set(vegetation_growth.years) & set(precipitation.years))
    vegetation, rain = (series.stacked(shared) for series in (vegetation_growth, precipitation))
    residuals, explained, _ = linear_residuals(vegetation, rain, int(smallest_trend_years))
    return shared, vegetation, residuals, explained
