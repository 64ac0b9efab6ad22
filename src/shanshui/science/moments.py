"""Mean and standard deviation over many arrays that never stand in memory together."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


class Moments:
    """Running mean and standard deviation of arrays of one shape.

    Parameters
    ----------
    shape : tuple of int
        Their shape.

    Notes
    -----
    Welford (1962), Note on a method for calculating corrected sums of squares and products: with each value v, the
    n-th, mean += (v - mean) / n and m2 += (v - old mean) (v - new mean); variance = m2 / (n - 1). A cell that any array
    lacks has neither.

    Examples
    --------
    >>> moments = Moments((2,))
    >>> for values in ([1.0, 5.0], [2.0, 5.0], [3.0, 5.0]):
    ...     moments.add(np.array(values, np.float32))
    >>> moments.mean.tolist(), moments.standard_deviation.tolist()
    ([2.0, 5.0], [1.0, 0.0])
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._count = 0
        self._mean = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, values: NDArray[np.float32]) -> None:
        """Take one array."""
        self._count += 1
        _add(self._mean.ravel(), self._squares.ravel(), np.ascontiguousarray(values, np.float32).ravel(), self._count)

    @property
    def mean(self) -> NDArray[np.float32]:
        """The mean."""
        return self._mean.astype(np.float32)

    @property
    def standard_deviation(self) -> NDArray[np.float32]:
        """The standard deviation of a sample; two arrays are the least."""
        return np.sqrt(self._squares / (self._count - 1)).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _add(mean: NDArray[np.float64], squares: NDArray[np.float64], values: NDArray[np.float32], count: int) -> None:
    share = 1.0 / count
    for i in range(values.size):
        value = np.float64(values[i])
        step = value - mean[i]
        mean[i] += step * share
        squares[i] += step * (value - mean[i])
