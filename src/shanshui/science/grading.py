"""From values to grades and scores by breaks."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray


def grades(
    values: NDArray[np.float32], breaks: Sequence[float], at: bool | Sequence[bool], *, falling: bool = False
) -> NDArray[np.int32]:
    """Grade values by breaks, from 1.

    Parameters
    ----------
    values : float32 ndarray (rows, columns)
        In the unit of the breaks.
    breaks : sequence of float
        From the mildest on: rising, or falling where less is worse.
    at : bool or sequence of bool
        Whether a value at the break itself has the worse grade; for all breaks or for each.
    falling : bool
        Whether less is worse.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 and one more for each break that is passed; -1 where the value is not finite.

    Examples
    --------
    >>> grades(np.array([[1.0, 2.0, 3.0, 4.0, np.nan]], np.float32), [2.0, 4.0], (True, False)).tolist()
    [[1, 2, 2, 2, -1]]
    >>> grades(np.array([[1.0, 2.0, 3.0]], np.float32), [2.0], False, falling=True).tolist()
    [[2, 1, 1]]
    """
    sign = np.float32(-1 if falling else 1)
    bounds = sign * np.asarray(breaks, np.float32)
    counts = np.broadcast_to(np.asarray(at, np.bool_), bounds.shape).copy()
    return np.asarray(_grades(np.asarray(values, np.float32), sign, bounds, counts), np.int32)


def scores(
    values: NDArray[np.float32],
    sensitive: float,
    extreme: float,
    at: bool | Sequence[bool] = (False, True),
    *,
    falling: bool = False,
) -> NDArray[np.float32]:
    """Score values as the guide of 2017 for the red line does: 1 general, 3 sensitive, 5 extremely sensitive.

    Parameters
    ----------
    values : float32 ndarray (rows, columns)
        In the unit of the breaks.
    sensitive, extreme : float
        Beyond them the score is 3, 5.
    at : bool or sequence of bool
        Whether a value at the break itself counts as beyond it; for both breaks or for each. Most of the guide's
        tables say no of the first and yes of the second.
    falling : bool
        Whether less is worse.

    Returns
    -------
    float32 ndarray (rows, columns)
        NaN where the value is not finite.

    Examples
    --------
    >>> scores(np.array([[8.0, 9.0, 25.0, np.nan]], np.float32), 8.0, 25.0).tolist()
    [[1.0, 3.0, 5.0, nan]]
    """
    return np.asarray(_scores(grades(values, (sensitive, extreme), at, falling=falling)), np.float32)


def sensitivity_grades(index: NDArray[np.float32], sensitive: float, extreme: float) -> NDArray[np.int32]:
    """Grade an index made of the guide's scores.

    Parameters
    ----------
    index : float32 ndarray (rows, columns)
        1 to 5.
    sensitive, extreme : float
        Index above which land is sensitive, extremely sensitive.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 sensitive, 3 extremely sensitive; -1 no data.

    Examples
    --------
    >>> sensitivity_grades(np.array([[1.0, 2.0, 2.1, 4.0, 4.1, np.nan]], np.float32), 2.0, 4.0).tolist()
    [[1, 1, 2, 2, 3, -1]]
    """
    return grades(index, (sensitive, extreme), at=False)


@numba.njit(cache=True, nogil=True)
def _grades(values, sign, bounds, counts):  # type: ignore[no-untyped-def]
    rows, columns = values.shape
    out = np.empty((rows, columns), np.int32)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = 1 if np.isfinite(values[i, j]) else -1
        for k in range(len(bounds)):
            bound, counted = bounds[k], counts[k]
            for j in range(columns):
                value = sign * values[i, j]
                out[i, j] += np.int32(value > bound or (counted and value == bound))
        for j in range(columns):
            out[i, j] = out[i, j] if np.isfinite(values[i, j]) else -1
    return out


@numba.njit(cache=True, nogil=True)
def _scores(grade):  # type: ignore[no-untyped-def]
    out = np.empty(grade.shape, np.float32)
    for i in range(grade.shape[0]):
        for j in range(grade.shape[1]):
            # 1, 3 and 5 of the grades 1, 2 and 3.
            out[i, j] = np.float32(2 * grade[i, j] - 1) if grade[i, j] > 0 else np.float32(np.nan)
    return out
