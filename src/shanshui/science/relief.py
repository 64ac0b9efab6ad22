"""Slope and amplitude of the ground among the cells around."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


def slope(
    elevation: NDArray[np.float32], width: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Slope by the weights of Horn (1981).

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height [m]; NaN where there is no data.
    width, height : float64 ndarray (rows, columns)
        Sides of the cells [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        Slope [degree]; NaN where the cell has no data. The outermost cells see their own height beyond the array.

    Notes
    -----
    slope = atan(sqrt(gx^2 + gy^2)), gx = (a weighted mean of the cells in the east less that in the west) / (2 width).

    Examples
    --------
    >>> plane = np.arange(5, dtype=np.float32) * np.ones((5, 1), np.float32) * 10
    >>> float(slope(plane, np.full((5, 5), 10.0), np.full((5, 5), 10.0))[2, 2])
    45.0
    """
    return np.asarray(_slope(np.asarray(elevation, np.float32), width, height), np.float32)


def gradient(
    elevation: NDArray[np.float32], width: NDArray[np.float64], height: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rise of the ground along rows and columns, by the weights of Horn (1981).

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height [m]; NaN where there is no data.
    width, height : float64 ndarray (rows, columns)
        Sides of the cells [m].

    Returns
    -------
    float32 ndarray (rows, columns), float32 ndarray (rows, columns)
        Towards the last column and towards the last row [m/m]; NaN where the cell has no data.
    """
    east, south = _gradient(np.asarray(elevation, np.float32), width, height)
    return east, south


def amplitude(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highest less lowest of three by three cells.

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height [m]; NaN where there is no data.

    Returns
    -------
    float32 ndarray (rows, columns)
        Difference [m]; NaN where the cell itself has no data.

    Examples
    --------
    >>> amplitude(np.array([[1.0, 2.0], [np.nan, 5.0]], np.float32)).tolist()
    [[4.0, 4.0], [nan, 4.0]]
    """
    return np.asarray(_amplitude(np.asarray(elevation, np.float32)), np.float32)


@numba.njit(cache=True, nogil=True)
def _known(elevation, i, j):  # type: ignore[no-untyped-def]
    """The height of a cell; NaN where it has none or lies beyond the array."""
    if 0 <= i < elevation.shape[0] and 0 <= j < elevation.shape[1]:
        return elevation[i, j]
    return np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def _at(elevation, i, j, di, dj):  # type: ignore[no-untyped-def]
    """The height of a neighbour; where it has none, on a line through the cell, else along its row or column."""
    centre, two = elevation[i, j], np.float32(2.0)
    value = _known(elevation, i + di, j + dj)
    if value != value:
        value = two * centre - _known(elevation, i - di, j - dj)
    if value != value and di != 0 and dj != 0:
        value = two * _known(elevation, i, j + dj) - _known(elevation, i - di, j + dj)
        if value != value:
            value = two * _known(elevation, i + di, j) - _known(elevation, i + di, j - dj)
    return centre if value != value else value


@numba.njit(cache=True, nogil=True)
def _gradient(elevation, width, height):  # type: ignore[no-untyped-def]
    rows, columns = elevation.shape
    east = np.empty((rows, columns), np.float32)
    south = np.empty((rows, columns), np.float32)
    for i in range(rows):
        inner_row = 0 < i < rows - 1
        for j in range(columns):
            centre = elevation[i, j]
            if centre != centre:
                east[i, j], south[i, j] = np.nan, np.nan
                continue
            if inner_row and 0 < j < columns - 1:
                a, b, c = elevation[i - 1, j - 1], elevation[i - 1, j], elevation[i - 1, j + 1]
                d, f = elevation[i, j - 1], elevation[i, j + 1]
                g, h, k = elevation[i + 1, j - 1], elevation[i + 1, j], elevation[i + 1, j + 1]
                total = a + b + c + d + f + g + h + k
            else:
                a = b = c = d = f = g = h = k = centre
                total = np.float32(np.nan)
            if total != total:
                a, b, c = _at(elevation, i, j, -1, -1), _at(elevation, i, j, -1, 0), _at(elevation, i, j, -1, 1)
                d, f = _at(elevation, i, j, 0, -1), _at(elevation, i, j, 0, 1)
                g, h, k = _at(elevation, i, j, 1, -1), _at(elevation, i, j, 1, 0), _at(elevation, i, j, 1, 1)
            two = np.float32(2.0)
            east[i, j] = ((c - a) + two * (f - d) + (k - g)) / (8.0 * width[i, j])
            south[i, j] = ((g - a) + two * (h - b) + (k - c)) / (8.0 * height[i, j])
    return east, south


@numba.njit(cache=True, nogil=True)
def _slope(elevation, width, height):  # type: ignore[no-untyped-def]
    east, south = _gradient(elevation, width, height)
    rows, columns = elevation.shape
    degrees = np.float32(180.0 / np.pi)
    for i in range(rows):
        for j in range(columns):
            rise = np.sqrt(east[i, j] * east[i, j] + south[i, j] * south[i, j])
            east[i, j] = np.arctan(rise) * degrees
    return east


@numba.njit(cache=True, nogil=True)
def _amplitude(elevation):  # type: ignore[no-untyped-def]
    rows, columns = elevation.shape
    out = np.empty((rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            if elevation[i, j] != elevation[i, j]:
                out[i, j] = np.nan
                continue
            low = high = elevation[i, j]
            for k in range(max(i - 1, 0), min(i + 2, rows)):
                for m in range(max(j - 1, 0), min(j + 2, columns)):
                    value = elevation[k, m]
                    low = value if value < low else low
                    high = value if value > high else high
            out[i, j] = high - low
    return out
