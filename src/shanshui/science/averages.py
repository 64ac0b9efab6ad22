"""Means over one axis of a stack in which values may be missing."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


def mean_of_known(stack: NDArray[np.float32], least: float) -> NDArray[np.float32]:
    """Take the mean of the values that are known, cell by cell.

    Parameters
    ----------
    stack : float32 ndarray (layers, rows, columns)
        Values in any unit; what is not finite is missing.
    least : float
        So many values a cell needs.

    Returns
    -------
    float32 ndarray (rows, columns)
        Means; NaN where fewer values are known.

    Examples
    --------
    >>> mean_of_known(np.array([[[1.0, 1.0]], [[2.0, np.nan]]], np.float32), 2).tolist()
    [[1.5, nan]]
    """
    return np.asarray(_mean(np.asarray(stack, np.float32), np.float32(least)), np.float32)


@numba.njit(cache=True, nogil=True)
def _mean(stack, least):  # type: ignore[no-untyped-def]
    """Row by row, so that the sums stay in the nearest cache and every loop is worked on in vectors."""
    layers, rows, columns = stack.shape
    out = np.empty((rows, columns), np.float32)
    total, count = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for i in range(rows):
        total[:] = 0
        count[:] = 0
        for k in range(layers):
            line = stack[k, i]
            for j in range(columns):
                value = line[j]
                # An infinite value or NaN less itself is not zero.
                known = value - value == np.float32(0)
                total[j] += value if known else np.float32(0)
                count[j] += np.float32(1) if known else np.float32(0)
        for j in range(columns):
            out[i, j] = total[j] / count[j] if count[j] >= least and count[j] > 0 else np.float32(np.nan)
    return out
