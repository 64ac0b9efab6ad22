"""Slopes by Theil and Sen of every cell's series.

The kernels work on blocks of LANES cells side by side. Beyond a stack that lies in one piece in memory and what they
return they need a few hundred kilobytes.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.science.lanes import LANES, load_lanes

# Up to so many pairs their median is taken by a sorting network, beyond by counting: where the two cost the same.
NETWORK_PAIRS = 800
# Turns that only count the slopes up to a pivot, before those that also find its neighbours.
QUICK_TURNS = 8

_INFINITY = np.float32(np.inf)
_ZERO, _HALF = np.float32(0), np.float32(0.5)


def theil_sen_slope(stack: NDArray[np.float32], times: NDArray[np.float64], minimum_count: int) -> NDArray[np.float32]:
    """Take the median of the slopes between every two dates, cell by cell.

    Parameters
    ----------
    stack : float32 ndarray (dates, rows, columns)
        Values in any unit; what is not finite is a gap.
    times : float64 ndarray (dates,)
        When they hold, rising, at any distances [year].
    minimum_count : int
        Known values that a cell needs, at least 2.

    Returns
    -------
    float32 ndarray (rows, columns)
        Slope [unit of the values / year]; NaN where fewer values are known.

    Notes
    -----
    slope = median over i < j of (x_j - x_i) / (t_j - t_i), both known; the mean of the two middle ones where their
    number is even (Theil 1950; Sen 1968, Estimates of the regression coefficient based on Kendall's tau). The
    median is exact. The slopes are float32, each within 1.5 units in its last place; as order statistics move no
    further than what is ordered, so are the middle ones. (Where the mean of two of opposite sign is next to 0, the
    error is of their size, not of its.)

    Examples
    --------
    >>> series = np.array([1, 2, np.nan, 9], np.float32).reshape(4, 1, 1)
    >>> theil_sen_slope(series, np.array([2010.0, 2011.0, 2012.0, 2014.0]), 3)
    array([[2.]], dtype=float32)
    """
    flat = np.asarray(stack, np.float32).reshape(len(stack), -1)
    first, second = np.triu_indices(len(flat), 1)
    inverse = (1.0 / (times[second] - times[first])).astype(np.float32)
    slope = np.full(flat.shape[1], np.nan, np.float32)
    if inverse.size:
        by_network = inverse.size <= NETWORK_PAIRS
        network = _median_network(inverse.size if by_network else 1)
        inverse = np.append(inverse, np.zeros(3, np.float32))
        centred = (times - np.mean(times)).astype(np.float32)
        _theil_sen(flat, centred, inverse, network, by_network, max(minimum_count, 2), slope)
    return slope.reshape(stack.shape[1:])


@lru_cache(maxsize=64)
def _median_network(size: int) -> NDArray[np.int64]:
    """List the comparators that bring the two middle ones of so many values to their places.

    Batcher's odd-even merge sort (Knuth, The art of computer programming, volume 3, 5.3.4), of which only those are
    kept on which the places size // 2 - 1 and size // 2 depend. A row holds one comparator (low, high, -1, -1), or
    three that follow each other on four places (a, b, c, d), which is quicker than one by one: a with c, b with d, then
    b with c.
    """
    layers = []
    run = 1
    while run < size:
        step = run
        while step >= 1:
            layers.append(
                [
                    (low, low + step)
                    for begin in range(step % run, size - step, 2 * step)
                    for low in range(begin, min(begin + step, size - step))
                    if low // (2 * run) == (low + step) // (2 * run)
                ]
            )
            step //= 2
        run *= 2
    needed = {max(size // 2 - 1, 0), size // 2}
    for number in range(len(layers) - 1, -1, -1):
        layers[number] = [pair for pair in layers[number] if not needed.isdisjoint(pair)]
        needed.update(*layers[number])
    rows = []
    # A comparator waits, by its places, until the next one on either of them.
    waiting: dict[int, tuple[int, int]] = {}
    for layer in layers:
        alone = []
        for low, high in layer:
            (b, d), (a, c) = waiting.get(low, (-1, -1)), waiting.get(high, (-1, -1))
            if a == low and d == high:
                # The same again: its neighbours lie beyond the last place.
                continue
            if b == low and c == high:
                rows.append((a, b, c, d))
                for place in (a, b, c, d):
                    del waiting[place]
            else:
                alone.append((low, high))
        for pair in alone:
            for before in {waiting[place] for place in pair if place in waiting}:
                rows.append((*before, -1, -1))
                del waiting[before[0]], waiting[before[1]]
            waiting[pair[0]] = waiting[pair[1]] = pair
    rows += [(*pair, -1, -1) for pair in dict.fromkeys(waiting.values())]
    return np.array(rows, np.int64).reshape(-1, 4)


@numba.njit(cache=True, nogil=True)
def _theil_sen(stack, times, inverse, network, by_network, minimum, slope):  # type: ignore[no-untyped-def]
    # Rows of NaN after the last date, so that dates can be taken four at once.
    longer = np.full((len(stack) + 3, LANES), np.float32(np.nan))
    block = longer[:-3]
    known = np.empty(LANES, np.int32)
    slopes = np.empty((len(stack) * (len(stack) - 1) // 2 if by_network else 1, LANES), np.float32)
    lower, upper = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    for start in range(0, stack.shape[1], LANES):
        if load_lanes(stack, start, block, known) < minimum:
            continue
        if by_network:
            _pair_slopes(block, inverse, slopes)
            _sort(slopes.view(np.int32), network)
            _middle_of_sorted(slopes, known, lower, upper)
        else:
            _middle_by_counting(block, longer, times, inverse, known, lower, upper)
        for lane in range(min(LANES, stack.shape[1] - start)):
            if known[lane] >= minimum:
                slope[start + lane] = (lower[lane] + upper[lane]) * _HALF


@numba.njit(cache=True, nogil=True)
def _pair_slopes(block, inverse, slopes):  # type: ignore[no-untyped-def]
    """Give the slopes of all pairs, as what `_ordered_bits` makes of them.

    Where one is unknown, infinity above and below in turn: so the middle ones of those known stay in the middle.
    """
    filling = np.full(LANES, _INFINITY)
    whole = slopes.view(np.int32)
    pair = 0
    for i in range(len(block)):
        first = block[i]
        for j in range(i + 1, len(block)):
            second, out, factor = block[j], slopes[pair], inverse[pair]
            for lane in range(LANES):
                value = (second[lane] - first[lane]) * factor
                fill = filling[lane]
                gap = value != value
                out[lane] = fill if gap else value
                filling[lane] = -fill if gap else fill
            _ordered_bits(whole[pair])
            pair += 1


@numba.njit(cache=True, nogil=True)
def _ordered_bits(bits):  # type: ignore[no-untyped-def]
    """Turn the bits of float32 to whole numbers of the same order, which are compared faster, or back."""
    for lane in range(LANES):
        bits[lane] ^= (bits[lane] >> np.int32(31)) & np.int32(0x7FFFFFFF)


@numba.njit(cache=True, nogil=True)
def _sort(values, network):  # type: ignore[no-untyped-def]
    for row in range(len(network)):
        # Unsigned, so that no index is looked at for being negative.
        i, j = np.uint64(network[row, 0]), np.uint64(network[row, 1])
        if network[row, 2] < 0:
            for lane in range(LANES):
                low, high = values[i, lane], values[j, lane]
                values[i, lane] = min(low, high)
                values[j, lane] = max(low, high)
        else:
            k, m = np.uint64(network[row, 2]), np.uint64(network[row, 3])
            for lane in range(LANES):
                a, b, c, d = values[i, lane], values[j, lane], values[k, lane], values[m, lane]
                low, high = min(b, d), max(a, c)
                values[i, lane] = min(a, c)
                values[j, lane] = min(low, high)
                values[k, lane] = max(low, high)
                values[m, lane] = max(b, d)


@numba.njit(cache=True, nogil=True)
def _middle_of_sorted(slopes, known, lower, upper):  # type: ignore[no-untyped-def]
    """Read the middle ones of the known slopes; infinities stand below them, and as many or one more above."""
    for place in range(max(len(slopes) // 2 - 1, 0), len(slopes) // 2 + 1):
        _ordered_bits(slopes[place].view(np.int32))
    for lane in range(LANES):
        pairs = known[lane] * (known[lane] - 1) // 2
        if pairs > 0:
            below = (len(slopes) - pairs) // 2
            lower[lane] = slopes[below + (pairs - 1) // 2, lane]
            upper[lane] = slopes[below + pairs // 2, lane]


@numba.njit(cache=True, nogil=True)
def _middle_by_counting(block, longer, times, inverse, known, lower, upper):  # type: ignore[no-untyped-def]
    """Count the slopes up to a pivot, and move it until it parts the middle ones or only equal ones are left."""
    pivot, low, high = (np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32))
    _line(block, times, known, pivot)
    _reach(block, inverse, low, high)
    # How many slopes lie up to the lower middle one, up to `high`, and below or up to `low`.
    wanted, count = np.empty(LANES, np.int32), np.empty(LANES, np.int32)
    for lane in range(LANES):
        wanted[lane] = (known[lane] * (known[lane] - 1) // 2 + 1) // 2
    up_to, under = 2 * wanted, np.zeros(LANES, np.int32)
    # Turns that only count are quick, those that also tell the slopes next to the pivot always come to an end.
    turn, quick, left = 0, True, LANES
    while left > 0:
        for lane in range(LANES):
            if turn > 0 and low[lane] < high[lane]:
                # In proportion to the counts; in the middle at times, as proportion can hang to one end.
                share = _HALF
                if turn % 4 != 3:
                    share = (np.float32(wanted[lane] - under[lane]) + _HALF) / np.float32(up_to[lane] - under[lane] + 1)
                pivot[lane] = low[lane] + (high[lane] - low[lane]) * share
            if not low[lane] <= pivot[lane] < high[lane]:
                pivot[lane] = low[lane]
        if quick:
            _count(block, longer, inverse, pivot, count)
        else:
            _count_beside(block, inverse, pivot, count, lower, upper)
        left = 0
        for lane in range(LANES):
            if count[lane] == wanted[lane] or not low[lane] < high[lane]:
                low[lane] = high[lane] = pivot[lane]
                continue
            left += 1
            if count[lane] > wanted[lane]:
                high[lane], up_to[lane] = pivot[lane] if quick else lower[lane], count[lane]
            else:
                low[lane], under[lane] = pivot[lane] if quick else upper[lane], count[lane]
        turn += 1
        if quick and (left == 0 or turn == QUICK_TURNS):
            quick, left = False, LANES
    for lane in range(LANES):
        if count[lane] > wanted[lane] or known[lane] * (known[lane] - 1) // 2 % 2:
            upper[lane] = lower[lane]


@numba.njit(cache=True, nogil=True)
def _line(block, times, known, slope):  # type: ignore[no-untyped-def]
    """Give the slope of least squares, near which the median of the slopes is often found; 0 where there is none."""
    sums = np.zeros((4, LANES), np.float32)
    t_sum, x_sum, tt_sum, tx_sum = sums
    for date in range(len(block)):
        t, row = times[date], block[date]
        for lane in range(LANES):
            gap = row[lane] != row[lane]
            x, time = _ZERO if gap else row[lane], _ZERO if gap else t
            t_sum[lane] += time
            x_sum[lane] += x
            tt_sum[lane] += time * time
            tx_sum[lane] += time * x
    for lane in range(LANES):
        n = np.float32(max(known[lane], 1))
        below = tt_sum[lane] - t_sum[lane] * t_sum[lane] / n
        slope[lane] = (tx_sum[lane] - t_sum[lane] * x_sum[lane] / n) / below if below > _ZERO else _ZERO


@numba.njit(cache=True, nogil=True)
def _reach(block, inverse, low, high):  # type: ignore[no-untyped-def]
    """Give the least and the greatest slope."""
    low[:], high[:] = _INFINITY, -_INFINITY
    pair = 0
    for i in range(len(block)):
        first = block[i]
        for j in range(i + 1, len(block)):
            second, factor = block[j], inverse[pair]
            for lane in range(LANES):
                value = (second[lane] - first[lane]) * factor
                low[lane] = value if value < low[lane] else low[lane]
                high[lane] = value if value > high[lane] else high[lane]
            pair += 1


@numba.njit(cache=True, nogil=True)
def _count(block, longer, inverse, pivot, count):  # type: ignore[no-untyped-def]
    """Count the slopes up to the pivot."""
    count[:] = 0
    pair = 0
    for i in range(len(block)):
        first = block[i]
        for j in range(i + 1, len(block), 4):
            b, c, d, e = longer[j], longer[j + 1], longer[j + 2], longer[j + 3]
            fb, fc, fd, fe = inverse[pair], inverse[pair + 1], inverse[pair + 2], inverse[pair + 3]
            for lane in range(LANES):
                a, most = first[lane], pivot[lane]
                count[lane] += (
                    np.int32((b[lane] - a) * fb <= most)
                    + np.int32((c[lane] - a) * fc <= most)
                    + np.int32((d[lane] - a) * fd <= most)
                    + np.int32((e[lane] - a) * fe <= most)
                )
            pair += min(4, len(block) - j)


@numba.njit(cache=True, nogil=True)
def _count_beside(block, inverse, pivot, count, lower, upper):  # type: ignore[no-untyped-def]
    """Count the slopes up to the pivot; give the greatest of them and the least of the others."""
    count[:], lower[:], upper[:] = 0, -_INFINITY, _INFINITY
    pair = 0
    for i in range(len(block)):
        first = block[i]
        for j in range(i + 1, len(block)):
            second, factor = block[j], inverse[pair]
            for lane in range(LANES):
                value = (second[lane] - first[lane]) * factor
                count[lane] += np.int32(value <= pivot[lane])
                below = value if value <= pivot[lane] else -_INFINITY
                above = value if value > pivot[lane] else _INFINITY
                lower[lane] = below if below > lower[lane] else lower[lane]
                upper[lane] = above if above < upper[lane] else upper[lane]
            pair += 1
