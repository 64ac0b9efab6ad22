"""The greatest value of each class over a region, taken tile by tile."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Greatest:
    """Greatest value by key; those of two parts of a region add up to those of both.

    Parameters
    ----------
    keys : int32 ndarray (keys,)
        Rising, each once.
    values : float32 ndarray (keys,)
        Greatest value of each, in the quantity's unit.

    Examples
    --------
    >>> here = Greatest(np.array([11, 12]), np.array([5.0, 3.0], np.float32))
    >>> there = Greatest(np.array([12, 13]), np.array([4.0, 1.0], np.float32))
    >>> (here + there).values.tolist()
    [5.0, 4.0, 1.0]
    """

    keys: NDArray[np.int32]
    values: NDArray[np.float32]

    def __add__(self, other: Greatest) -> Greatest:
        return greatest_by_key(
            np.concatenate([self.keys, other.keys])[None], np.concatenate([self.values, other.values])[None]
        )


def greatest_by_key(keys: NDArray[np.int32], values: NDArray[np.float32]) -> Greatest:
    """Find the greatest value of each key.

    Parameters
    ----------
    keys : int32 ndarray (rows, columns)
        Below 0 where a cell does not count.
    values : float32 ndarray (rows, columns)
        NaN where there is no value.

    Returns
    -------
    Greatest
        Keys without any value are left out.

    Examples
    --------
    >>> keys = np.array([[7, 7, 3, -1]])
    >>> found = greatest_by_key(keys, np.array([[1.0, 2.0, np.nan, 9.0]], np.float32))
    >>> found.keys.tolist(), found.values.tolist()
    ([7], [2.0])
    """
    found, greatest = _greatest(keys.astype(np.int32), values.astype(np.float32))
    order = np.argsort(found)
    return Greatest(found[order], greatest[order])


@numba.njit(cache=True, nogil=True)
def _greatest(keys, values):  # type: ignore[no-untyped-def]
    """There are few keys, and neighbours mostly share one: it is looked for from where the last one was found."""
    found = np.empty(16, np.int32)
    greatest = np.empty(16, np.float32)
    count, place = 0, 0
    for i in range(keys.shape[0]):
        for j in range(keys.shape[1]):
            key, value = keys[i, j], values[i, j]
            if key < 0 or not np.isfinite(value):
                continue
            if not (place < count and found[place] == key):
                place = 0
                while place < count and found[place] != key:
                    place += 1
            if place == count:
                if count == len(found):
                    found = np.append(found, np.empty(count, np.int32))
                    greatest = np.append(greatest, np.empty(count, np.float32))
                found[count], greatest[count] = key, value
                count += 1
            elif value > greatest[place]:
                greatest[place] = value
    return found[:count].copy(), greatest[:count].copy()
