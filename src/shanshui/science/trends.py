"""Trends of every cell's series: slope, significance, and what another quantity does not explain.

The kernels work on blocks of LANES cells side by side, so that one instruction serves several cells. Beyond a stack
that lies in one piece in memory and what they return they need a few hundred kilobytes.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

# Cells in a block: 190 slopes of 64 cells in float32 stay near the processor; 32 took twice as long, 128 a fifth more.
LANES = 64
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


def linear_residuals(
    stack: NDArray[np.float32], explaining: NDArray[np.float32], minimum_count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Take from every cell's series what a straight line on another quantity explains.

    Parameters
    ----------
    stack : float32 ndarray (dates, rows, columns)
        Values in any unit; what is not finite is a gap.
    explaining : float32 ndarray (dates, rows, columns)
        The other quantity at the same dates, in any unit.
    minimum_count : int
        Dates that a cell needs at which both are known, at least 2.

    Returns
    -------
    residuals : float32 ndarray (dates, rows, columns)
        Value less the line's [unit of the values]; NaN where either is unknown, or too few are known.
    r_squared : float32 ndarray (rows, columns)
        Share of the variance that the line explains [1]; 0 where either quantity is constant.
    slope : float32 ndarray (rows, columns)
        Slope of the line [unit of the values / unit of the other]; 0 where the other is constant, so that the
        residual is value less mean.

    Notes
    -----
    Ordinary least squares over the dates at which both are known. As the residual trend it is the method of Evans
    and Geerken (2004), Discrimination between climate and human-induced dryland degradation.

    Examples
    --------
    >>> values = np.array([1, 2, 6], np.float32).reshape(3, 1, 1)
    >>> rain = np.array([0, 1, 2], np.float32).reshape(3, 1, 1)
    >>> residuals, r_squared, slope = linear_residuals(values, rain, 3)
    >>> residuals.ravel().tolist(), slope.item(), r_squared.round(3).item()
    ([0.5, -1.0, 0.5], 2.5, 0.893...)
    """
    flat = np.asarray(stack, np.float32).reshape(len(stack), -1)
    other = np.asarray(explaining, np.float32).reshape(len(explaining), -1)
    residuals = np.full(flat.shape, np.nan, np.float32)
    r_squared, slope = (np.full(flat.shape[1], np.nan, np.float32) for _ in range(2))
    _linear_residuals(flat, other, max(minimum_count, 2), residuals, r_squared, slope)
    return residuals.reshape(stack.shape), r_squared.reshape(stack.shape[1:]), slope.reshape(stack.shape[1:])


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
def _load(stack, start, block, known):  # type: ignore[no-untyped-def]
    """Copy a block of cells, gaps and what lies beyond the last cell as NaN; count the known, give the most."""
    lanes = min(LANES, stack.shape[1] - start)
    known[:] = 0
    for date in range(len(stack)):
        row = block[date]
        for lane in range(lanes):
            value = stack[date, start + lane]
            finite = value - value == _ZERO
            row[lane] = value if finite else np.float32(np.nan)
            known[lane] += np.int32(finite)
        row[lanes:] = np.nan
    return known.max()


@numba.njit(cache=True, nogil=True)
def _theil_sen(stack, times, inverse, network, by_network, minimum, slope):  # type: ignore[no-untyped-def]
    # Rows of NaN after the last date, so that dates can be taken four at once.
    longer = np.full((len(stack) + 3, LANES), np.float32(np.nan))
    block = longer[:-3]
    known = np.empty(LANES, np.int32)
    slopes = np.empty((len(stack) * (len(stack) - 1) // 2 if by_network else 1, LANES), np.float32)
    lower, upper = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    for start in range(0, stack.shape[1], LANES):
        if _load(stack, start, block, known) < minimum:
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


@numba.njit(cache=True, nogil=True)
def _mann_kendall(stack, minimum, z):  # type: ignore[no-untyped-def]
    # Rows of NaN after the last date, so that dates can be taken four at once.
    longer = np.full((len(stack) + 3, LANES), np.float32(np.nan))
    block = longer[:-3]
    known = np.empty(LANES, np.int32)
    rises, falls, ties = np.empty(LANES, np.int32), np.empty(LANES, np.int32), np.zeros(LANES, np.int64)
    for start in range(0, stack.shape[1], LANES):
        if _load(stack, start, block, known) < minimum:
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


@numba.njit(cache=True, nogil=True)
def _linear_residuals(stack, explaining, minimum, residuals, r_squared, slope):  # type: ignore[no-untyped-def]
    dates = len(stack)
    y, x = np.empty((dates, LANES), np.float32), np.empty((dates, LANES), np.float32)
    known = np.empty(LANES, np.int32)
    sums = np.empty((5, LANES), np.float64)
    for start in range(0, stack.shape[1], LANES):
        if min(_load(stack, start, y, known), _load(explaining, start, x, known)) < minimum:
            continue
        sums[:] = 0.0
        mean_y, mean_x, syy, sxy, sxx = sums
        known[:] = 0
        for date in range(dates):
            for lane in range(LANES):
                both = not (np.isnan(y[date, lane]) or np.isnan(x[date, lane]))
                known[lane] += np.int32(both)
                mean_y[lane] += np.float64(y[date, lane]) if both else 0.0
                mean_x[lane] += np.float64(x[date, lane]) if both else 0.0
        for lane in range(LANES):
            mean_y[lane] /= max(known[lane], 1)
            mean_x[lane] /= max(known[lane], 1)
        for date in range(dates):
            for lane in range(LANES):
                both = not (np.isnan(y[date, lane]) or np.isnan(x[date, lane]))
                dy = y[date, lane] - mean_y[lane] if both else 0.0
                dx = x[date, lane] - mean_x[lane] if both else 0.0
                syy[lane] += dy * dy
                sxy[lane] += dx * dy
                sxx[lane] += dx * dx
        for lane in range(min(LANES, stack.shape[1] - start)):
            if known[lane] < minimum:
                continue
            # The sums are exactly 0 where a quantity is constant: means of equal float32 are exact in float64.
            b = sxy[lane] / sxx[lane] if sxx[lane] > 0.0 else 0.0
            slope[start + lane] = b
            r_squared[start + lane] = b * sxy[lane] / syy[lane] if syy[lane] > 0.0 else 0.0
            for date in range(dates):
                residuals[date, start + lane] = (y[date, lane] - mean_y[lane]) - b * (x[date, lane] - mean_x[lane])
