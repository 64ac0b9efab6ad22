"""Rain of storm days, and what of it runs off by the curve number."""

from __future__ import annotations

from collections.abc import Iterable

import numba
import numpy as np
from numpy.typing import NDArray

Days = Iterable[NDArray[np.float32]]


def sum_of_days(days: Days) -> NDArray[np.float32]:
    """Sum a year's daily values.

    Parameters
    ----------
    days : iterable of float32 ndarray (days, rows, columns)
        The year in parts, one after another.

    Returns
    -------
    float32 ndarray (rows, columns)
        In the unit of the days; NaN where any day has no data.

    Examples
    --------
    >>> sum_of_days([np.array([[[1.0, 2.0]]]), np.array([[[3.0, np.nan]]])]).tolist()
    [[4.0, nan]]
    """
    total: NDArray[np.float32] | None = None
    for part in days:
        summed = part.sum(axis=0, dtype=np.float32)
        total = summed if total is None else total + summed
    if total is None:
        raise ValueError("a year without days")
    return total


def storm_totals(days: Days, threshold: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Sum and count the days with much rain.

    Parameters
    ----------
    days : iterable of float32 ndarray (days, rows, columns)
        Rain of each day of a year, in parts [mm].
    threshold : float
        A day with so much rain or more is a storm day [mm].

    Returns
    -------
    tuple of float32 ndarray (rows, columns)
        Rain of the storm days [mm], and their number; NaN where any day has no data.

    Examples
    --------
    >>> rain, count = storm_totals([np.array([[[49.0]], [[50.0]], [[80.0]]], np.float32)], 50.0)
    >>> rain.tolist(), count.tolist()
    ([[130.0]], [[2.0]])
    """
    rain: NDArray[np.float32] | None = None
    count: NDArray[np.float32] | None = None
    for part in days:
        if rain is None or count is None:
            rain, count = np.zeros(part.shape[1:], np.float32), np.zeros(part.shape[1:], np.float32)
        _add_storms(np.asarray(part, np.float32), np.float32(threshold), rain, count)
    if rain is None or count is None:
        raise ValueError("a year without days")
    return rain, count


def retained_by_curve_number(days: Days, curve_number: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """Sum what does not run off on storm days.

    Parameters
    ----------
    days : iterable of float32 ndarray (days, rows, columns)
        Rain of each day of a year, in parts [mm].
    curve_number : float32 ndarray (rows, columns)
        Curve number, 0 (nothing runs off) to 100 (all does).
    threshold : float
        A day with so much rain or more is a storm day [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Rain less runoff, summed over the storm days [mm]; NaN where any day or the curve number has no data.

    Notes
    -----
    USDA (1986), Urban hydrology for small watersheds, TR-55, chapter 2: ``Q = (P - 0.2 S)^2 / (P + 0.8 S)`` where
    P > 0.2 S, else 0; ``S = 25400 / CN - 254`` mm.

    Examples
    --------
    >>> rain = np.full((1, 1, 3), 100.0, np.float32)
    >>> retained_by_curve_number([rain], np.array([[0.0, 50.0, 100.0]], np.float32), 50.0).round(2).tolist()
    [[100.0, 92.0199966430664, 0.0]]
    """
    number = np.asarray(curve_number, np.float32)
    total = np.zeros(number.shape, np.float32)
    for part in days:
        _add_retained(np.asarray(part, np.float32), number, np.float32(threshold), total)
    return total


@numba.njit(cache=True, nogil=True)
def _add_storms(part, threshold, rain, count):  # type: ignore[no-untyped-def]
    days, rows, columns = part.shape
    for i in range(rows):
        for day in range(days):
            for j in range(columns):
                value = part[day, i, j]
                # What is not known less itself is not known, and is no zero.
                storm = value >= threshold
                rain[i, j] += value if storm else value - value
                count[i, j] += np.float32(1) if storm else value - value


@numba.njit(cache=True, nogil=True)
def _add_retained(part, number, threshold, total):  # type: ignore[no-untyped-def]
    days, rows, columns = part.shape
    most = np.empty(columns, np.float32)
    for i in range(rows):
        for j in range(columns):
            most[j] = np.float32(25400.0) / number[i, j] - np.float32(254.0) if number[i, j] != 0 else np.inf
        for day in range(days):
            for j in range(columns):
                value, storage = part[day, i, j], most[j]
                if not value >= threshold:
                    total[i, j] += value - value + (number[i, j] - number[i, j])
                    continue
                excess = value - np.float32(0.2) * storage
                # Where nothing runs off, all is retained; a storage that is not known is no excess.
                if excess <= 0:
                    total[i, j] += value
                else:
                    total[i, j] += value - excess * excess / (value + np.float32(0.8) * storage)
