"""Erosivity of rain from daily rain: powers of the days that erode, summed half-month by half-month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numba
import numpy as np
from numpy.typing import NDArray

HALF_MONTHS = 24


def erosive_powers(
    half_months: Iterable[NDArray[np.float32]],
    threshold: float,
    exponent: float | NDArray[np.float64],
    weights: Sequence[float],
) -> NDArray[np.float64]:
    """Sum a power of the rain of the days that erode, over the half-months of a year.

    Parameters
    ----------
    half_months : iterable of float32 ndarray (days, rows, columns)
        Daily rain of the 24 half-months [mm].
    threshold : float
        From this daily rain on soil is eroded [mm].
    exponent : float or float64 ndarray (rows, columns)
        To this power the rain of a day is raised [1].
    weights : sequence of float
        One factor a half-month.

    Returns
    -------
    float64 ndarray (rows, columns)
        Sum of weight * rain ** exponent; NaN where a day is missing.

    Examples
    --------
    >>> days = np.array([[[10.0, 10.0]], [[5.0, np.nan]], [[20.0, 0.0]]], np.float32)
    >>> erosive_powers([days], 10.0, 2.0, [0.5]).tolist()
    [[250.0, nan]]
    """
    total: NDArray[np.float64] = np.zeros(1)
    for days, weight in zip(half_months, weights, strict=True):
        more = np.zeros(days.shape[1:], np.float64)
        powers = np.broadcast_to(np.asarray(exponent, np.float64), more.shape)
        _add_powers(np.asarray(days, np.float32), np.float32(threshold), powers, more)
        total = total + weight * more
    return total


def erosive_rain(
    half_months: Iterable[NDArray[np.float32]], threshold: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum the rain of the days that erode, and count them.

    Parameters
    ----------
    half_months : iterable of float32 ndarray (days, rows, columns)
        Daily rain of the half-months of a year [mm].
    threshold : float
        From this daily rain on soil is eroded [mm].

    Returns
    -------
    total, days : float64 ndarray (rows, columns)
        Rain of these days [mm] and their number [1]; both NaN where a day is missing.

    Examples
    --------
    >>> [found.tolist() for found in erosive_rain([np.array([[[12.0]], [[11.9]], [[30.0]]])], 12.0)]
    [[[42.0]], [[2.0]]]
    """
    total: NDArray[np.float64] = np.zeros(1)
    count: NDArray[np.float64] = np.zeros(1)
    for days in half_months:
        more = np.zeros((2, *days.shape[1:]), np.float64)
        _add_rain(np.asarray(days, np.float32), np.float32(threshold), more[0], more[1])
        total, count = total + more[0], count + more[1]
    return total, count


def zhang_erosivity(years: Sequence[Iterable[NDArray[np.float32]]], threshold: float) -> NDArray[np.float32]:
    """Mean yearly erosivity from daily rain by a power law that each place gets from its own rain.

    Parameters
    ----------
    years : sequence of iterables of float32 ndarray (days, rows, columns)
        For each year its half-months of daily rain [mm]; gone over twice.
    threshold : float
        From this daily rain on soil is eroded [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Erosivity [MJ*mm/ha/h/year], the mean of the years without a missing day; NaN without such a year.

    Notes
    -----
    Zhang Wenbo, Xie Yun and Liu Baoyuan (2002), Rainfall erosivity estimation using daily rainfall amounts:
    R of a half-month = lambda * sum of P ** beta, beta = 0.8363 + 18.144 / Pd12 + 24.455 / Py12,
    lambda = 21.586 * beta ** -7.1891, with Pd12 the mean rain of a day of at least 12 mm and Py12 the mean yearly
    total of such days, both over all years.
    """
    totals, counts = (np.array(found) for found in zip(*(erosive_rain(year, threshold) for year in years), strict=True))
    known = np.isfinite(totals)
    number = known.sum(0)
    total, days = (np.where(known, found, 0.0).sum(0) for found in (totals, counts))
    # Where no day erodes beta is never used: any number does.
    wet = days > 0
    daily = np.where(wet, total, 1.0) / np.where(wet, days, 1.0)
    yearly = np.where(wet, total, 1.0) / np.where(wet, number, 1)
    beta = 0.8363 + 18.144 / daily + 24.455 / yearly
    powers = np.zeros(beta.shape, np.float64)
    for year, complete in zip(years, known, strict=True):
        of_year = erosive_powers(year, threshold, beta, [1.0] * HALF_MONTHS)
        powers += np.where(complete, of_year, 0.0)
    mean = 21.586 * beta**-7.1891 * powers / np.where(number > 0, number, 1)
    return np.where(number > 0, mean, np.nan).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _add_powers(rain, threshold, exponent, total):  # type: ignore[no-untyped-def]
    days, rows, columns = rain.shape
    for day in range(days):
        for row in range(rows):
            for column in range(columns):
                fallen = rain[day, row, column]
                if fallen >= threshold:
                    total[row, column] += fallen ** exponent[row, column]
                elif not fallen < threshold:
                    total[row, column] = np.nan


@numba.njit(cache=True, nogil=True)
def _add_rain(rain, threshold, total, count):  # type: ignore[no-untyped-def]
    days, rows, columns = rain.shape
    for day in range(days):
        for row in range(rows):
            for column in range(columns):
                fallen = rain[day, row, column]
                if fallen >= threshold:
                    total[row, column] += fallen
                    count[row, column] += 1.0
                elif not fallen < threshold:
                    total[row, column] = np.nan
                    count[row, column] = np.nan
