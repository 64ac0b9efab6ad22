"""Bringing cells from one grid to another: each kind of quantity by a method that keeps what it means."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray


def nearest(cells: NDArray[Any], row: NDArray[np.float64], column: NDArray[np.float64], empty: float) -> NDArray[Any]:
    """Take the cell that holds each place.

    Parameters
    ----------
    cells : int32 or float32 ndarray (rows, columns)
        The source.
    row, column : float64 ndarray (m, n)
        Where the centres of the wanted cells lie in the source [cells, 0 at its outer edge].
    empty : float
        What stands for no data, there and beyond the source.

    Returns
    -------
    ndarray (m, n)
        Of the type of `cells`.

    Examples
    --------
    >>> nearest(np.array([[1, 2]], np.int32), np.array([[0.5, 0.5]]), np.array([[1.2, 2.5]]), -1).tolist()
    [[2, -1]]
    """
    i, j = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    inside = (i >= 0) & (i < cells.shape[0]) & (j >= 0) & (j < cells.shape[1])
    out = np.full(row.shape, empty, cells.dtype)
    out[inside] = cells[i[inside], j[inside]]
    return np.asarray(out)


@numba.njit(cache=True, nogil=True)
def bilinear(cells, row, column):  # type: ignore[no-untyped-def]
    """Weigh the four cells whose centres surround each place; those without data do not count.

    Parameters
    ----------
    cells : float32 ndarray (rows, columns)
        The source; NaN for no data.
    row, column : float64 ndarray (m, n)
        Where the centres of the wanted cells lie in the source [cells, 0 at its outer edge].

    Returns
    -------
    float32 ndarray (m, n)
        NaN where the cell that holds the place has no data, so that data do not creep outwards.
    """
    out = np.full(row.shape, np.nan, np.float32)
    rows, columns = cells.shape
    for m in range(row.shape[0]):
        for n in range(row.shape[1]):
            i, j = int(np.floor(row[m, n])), int(np.floor(column[m, n]))
            if i < 0 or i >= rows or j < 0 or j >= columns or np.isnan(cells[i, j]):
                continue
            top, left = row[m, n] - 0.5, column[m, n] - 0.5
            i0, j0 = int(np.floor(top)), int(np.floor(left))
            total, weight = 0.0, 0.0
            for i in range(i0, i0 + 2):
                for j in range(j0, j0 + 2):
                    if 0 <= i < rows and 0 <= j < columns and not np.isnan(cells[i, j]):
                        share = (1.0 - abs(top - i)) * (1.0 - abs(left - j))
                        total += share * cells[i, j]
                        weight += share
            if weight > 0.0:
                out[m, n] = total / weight
    return out


@numba.njit(cache=True, nogil=True)
def spread(cells, top, bottom, left, right, shape, per_source):  # type: ignore[no-untyped-def]
    """Spread the source's cells over the wanted ones that they overlap.

    Parameters
    ----------
    cells : float32 ndarray (rows, columns)
        The source; NaN for no data.
    top, bottom, left, right : float64 ndarray (rows, columns)
        The edges of each source cell on the wanted grid [its cells].
    shape : (int, int)
        Rows and columns wanted.
    per_source : bool
        Whether an overlap counts as its share of the source cell (so that amounts keep their sum) or as its
        area (so that densities can be averaged).

    Returns
    -------
    float64 ndarray (2, *shape)
        Sum of value times weight, and sum of weight.
    """
    out = np.zeros((2, shape[0], shape[1]), np.float64)
    for i in range(cells.shape[0]):
        for j in range(cells.shape[1]):
            value = cells[i, j]
            if np.isnan(value):
                continue
            r0, r1 = min(top[i, j], bottom[i, j]), max(top[i, j], bottom[i, j])
            c0, c1 = min(left[i, j], right[i, j]), max(left[i, j], right[i, j])
            whole = (r1 - r0) * (c1 - c0) if per_source else 1.0
            for m in range(max(int(np.floor(r0)), 0), min(int(np.ceil(r1)), shape[0])):
                high = min(r1, m + 1.0) - max(r0, float(m))
                for n in range(max(int(np.floor(c0)), 0), min(int(np.ceil(c1)), shape[1])):
                    weight = high * (min(c1, n + 1.0) - max(c0, float(n))) / whole
                    out[0, m, n] += value * weight
                    out[1, m, n] += weight
    return out
