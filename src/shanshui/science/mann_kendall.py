"""The test of Mann and Kendall for every cell's series, and what is significant on a map as a whole."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

from shanshui.science.lanes import LANES, load_lanes


def mann_kendall_z(stack: NDArray[np.float32], minimum_count: int) -> NDArray[np.float32]:
    """Test every cell's series for a monotonic trend.

    Parameters
    ----------
    stack : float32 ndarray (dates, rows, columns)
        Values in the order of their dates; what is not finite is a gap, and skipped.
    minimum_count : int
        Known values that a cell needs, at least 2.

    Returns
    -------
    float32 ndarray (rows, columns)
        Z [1], standard normal where there is no trend, above 0 for a rise; 0 where all values are equal; NaN where
        fewer values are known.

    Notes
    -----
    S = sum over i < j of sign(x_j - x_i); Z = (S - sign(S)) / sqrt(var), var = (n (n - 1) (2 n + 5) - sum over
    groups of t equal values of t (t - 1) (2 t + 5)) / 18 (Mann 1945; Kendall 1975, Rank correlation methods;
    Gilbert 1987). It takes the values of different dates for independent: serial correlation makes it reject too
    often.

    Examples
    --------
    >>> mann_kendall_z(np.array([1, 2, 2, 4], np.float32).reshape(4, 1, 1), 3).round(3)
    array([[1.445]], dtype=float32)
    """
    flat = np.asarray(stack, np.float32).reshape(len(stack), -1)
    z = np.full(flat.shape[1], np.nan, np.float32)
    _mann_kendall(flat, max(minimum_count, 2), z)
    return z.reshape(stack.shape[1:])


def two_sided_p(z: ArrayLike) -> NDArray[np.float64]:
    """Give the probability of a standard normal value at least as far from 0.

    Parameters
    ----------
    z : array_like
        Z [1].

    Returns
    -------
    float64 ndarray
        p [1], of the shape of `z`; NaN where Z is.

    Examples
    --------
    >>> two_sided_p([0.0, -1.959964]).round(6).tolist()
    [1.0, 0.05]
    """
    return np.asarray(erfc(np.abs(np.asarray(z, np.float64)) / np.sqrt(2.0)))


def false_discovery_threshold(counts: NDArray[np.integer], edges: NDArray[np.float64], rate: float) -> float:
    """Find from which |Z| on cells are significant, so that at most a share `rate` of those found is expected false.

    Parameters
    ----------
    counts : integer ndarray (bins,)
        Cells whose |Z| lies in [edges[i], edges[i + 1]); the last bin is open.
    edges : float64 ndarray (bins,)
        Lower edges of the bins, rising [1].
    rate : float
        Share of false discoveries to be allowed [1].

    Returns
    -------
    float
        The lower edge of the lowest bin whose cells are significant; infinity where none is.

    Notes
    -----
    With the p values in rising order, p_(1) to p_(m), all up to the last with p_(k) <= rate k / m are significant
    (Benjamini and Hochberg 1995, Controlling the false discovery rate; for maps Wilks 2016, "The stippling shows
    statistically significant grid points"). All cells of a bin are given the p of its lower edge, the largest it can
    hold, so bins never find more than the cells' own p would.

    Examples
    --------
    >>> false_discovery_threshold(np.array([90, 4, 6]), np.array([0.0, 2.0, 4.0]), 0.05)
    4.0
    """
    as_extreme = np.cumsum(counts[::-1])[::-1]
    found = (counts > 0) & (two_sided_p(edges) * np.sum(counts) <= rate * as_extreme)
    return float(edges[found].min()) if found.any() else float("inf")


@numba.njit(cache=True, nogil=True)
def _mann_kendall(stack, minimum, z):  # type: ignore[no-untyped-def]
    # Rows of NaN after the last date, so that dates can be taken four at once.
    longer = np.full((len(stack) + 3, LANES), np.float32(np.nan))
    block = longer[:-3]
    known = np.empty(LANES, np.int32)
    rises, falls, ties = np.empty(LANES, np.int32), np.empty(LANES, np.int32), np.zeros(LANES, np.int64)
    for start in range(0, stack.shape[1], LANES):
        if load_lanes(stack, start, block, known) < minimum:
            continue
        _rises_and_falls(block, longer, rises, falls)
        lanes = min(LANES, stack.shape[1] - start)
        tied = False
        for lane in range(lanes):
            tied |= rises[lane] + falls[lane] < known[lane] * (known[lane] - 1) // 2
        if tied:
            _ties(block, ties)
        else:
            ties[:] = 0
        for lane in range(lanes):
            n, s = np.int64(known[lane]), rises[lane] - falls[lane]
            if n >= minimum:
                variance = (n * (n - 1) * (2 * n + 5) - ties[lane]) / 18.0
                z[start + lane] = (s - np.sign(s)) / np.sqrt(variance) if s != 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _rises_and_falls(block, longer, rises, falls):  # type: ignore[no-untyped-def]
    """Count the pairs whose later value is greater, and those whose later value is less."""
    rises[:], falls[:] = 0, 0
    for i in range(len(block)):
        first = block[i]
        for j in range(i + 1, len(block), 4):
            b, c, d, e = longer[j], longer[j + 1], longer[j + 2], longer[j + 3]
            for lane in range(LANES):
                a = first[lane]
                rises[lane] += (
                    np.int32(b[lane] > a) + np.int32(c[lane] > a) + np.int32(d[lane] > a) + np.int32(e[lane] > a)
                )
                falls[lane] += (
                    np.int32(b[lane] < a) + np.int32(c[lane] < a) + np.int32(d[lane] < a) + np.int32(e[lane] < a)
                )


@numba.njit(cache=True, nogil=True)
def _ties(block, ties):  # type: ignore[no-untyped-def]
    """Sum t (t - 1) (2 t + 5) over the groups of t equal values, each of whose t members has t - 1 others."""
    ties[:] = 0
    others = np.zeros((len(block), LANES), np.int32)
    for i in range(len(block)):
        first, first_others = block[i], others[i]
        for j in range(i + 1, len(block)):
            second, second_others = block[j], others[j]
            for lane in range(LANES):
                equal = np.int32(first[lane] == second[lane])
                first_others[lane] += equal
                second_others[lane] += equal
        for lane in range(LANES):
            t = np.int64(first_others[lane]) + 1
            ties[lane] += (t - 1) * (2 * t + 5)
