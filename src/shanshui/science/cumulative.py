"""Breaks of a cumulated value, exactly: which cells, from the greatest on, hold a share of the whole.

Nothing is sorted, so that a raster may be larger than memory. Non-negative floats are ordered as their bits are, read
as a whole number. Summed up are area and value by the upper bits, which tells in which bin each break lies, and the
area of each single value within some bins. From a sample it is guessed where a break may lie, so that one walk sums up
both; where the guess was wrong, a second walk sums up within the bins that were missed. All sums are whole numbers, so
no order of adding changes them, and a break is the same for every tiling and every guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.zones import ZoneCover
from shanshui.science.zone_sums import AREA_UNITS

# A float32 has 23 stored bits of mantissa: eight of them and the exponent number the bin, the rest the value within.
_MANTISSA_BITS = 23
_REST_BITS = 15
_VALUES = 1 << _REST_BITS
# So many upper bits there are, with those of no finite value and those below 0.
_PATTERNS = 1 << (32 - _REST_BITS)
_INFINITE = 0x7F800000
# The least float32 is one by so much.
_LEAST = 1 << 149
BINS = _INFINITE >> _REST_BITS
# Where cells go that count nowhere, and those below 0.
_NOWHERE, _BELOW = BINS, BINS + 1
# So many bins are summed up on a guess, of all breaks and of all parts that are kept side by side: 64 MB.
GUESSED_BINS = 256
_NO_CELLS = (np.empty(0, np.int32), np.empty(0, np.int64))
# The region is the first zone of the first zoning.
_REGION = 0


@dataclass(frozen=True)
class ValueSums:
    """Area and value of the cells of a region by the upper bits of their value; those of two parts add up.

    ``+=`` adds to the bins of the one that is there, and ``+`` makes new ones.

    Parameters
    ----------
    bins : int64 ndarray (BINS, 3)
        Of each bin the area of its cells [1 / AREA_UNITS m2], and low and high: the sum of the lower bits of its values
        times area is low + 2**32 high.
    negative : int
        Area of the cells below 0; they lie in the first bin [1 / AREA_UNITS m2].
    """

    bins: NDArray[np.int64]
    negative: int

    def __add__(self, other: ValueSums) -> ValueSums:
        total = ValueSums(self.bins.copy(), self.negative)
        total += other
        return total

    def __iadd__(self, other: ValueSums) -> ValueSums:
        _add_bins(self.bins, other.bins)
        return ValueSums(self.bins, self.negative + other.negative)

    @property
    def negative_share(self) -> float:
        """Share of the area that lies below 0; NaN where no cell has a value."""
        return _ratio(self.negative, int(self.bins[:, 0].sum()))

    @property
    def total(self) -> float:
        """The value of the whole [unit of the values x m2]."""
        return float(Fraction(sum(value for _, value, _ in self.falling()), _LEAST * AREA_UNITS))

    def falling(self) -> list[tuple[int, int, int]]:
        """Give number, value and area of every bin that has cells, the greatest value first; values as in `_weight`."""
        found = []
        for place in np.flatnonzero(self.bins[:, 0])[::-1].tolist():
            area, low, high = self.bins[place].tolist()
            found.append((place, _weight(place, 0) * area + (((high << 32) + low) << _shift(place)), area))
        return found


class BinSums:
    """Area of each single value in some of the bins of `ValueSums`; those of two parts of a region add up.

    ``+=`` adds to the table of the one that is there, which is large, and ``+`` makes a new one.

    Parameters
    ----------
    bins : int64 ndarray (bins,)
        Their numbers, rising.
    slots : int32 ndarray (cells,)
        Of each cell within the bins: at which place of the table its value stands.
    weights : int64 ndarray (cells,)
        Area of these cells [1 / AREA_UNITS m2].
    """

    def __init__(self, bins: NDArray[np.int64], slots: NDArray[np.int32], weights: NDArray[np.int64]) -> None:
        self.bins = bins
        # A part of a region has far fewer cells than the table has places: it gets none before it is needed.
        self._cells = (slots, weights)
        self._table: NDArray[np.int64] | None = None

    @property
    def area(self) -> NDArray[np.int64]:
        """Area of the cells with each value [1 / AREA_UNITS m2]: int64 ndarray (bins, 2**15)."""
        if self._table is None:
            self._table = np.zeros((len(self.bins), _VALUES), np.int64)
            _add_cells(*self._cells, self._table.ravel())
            self._cells = _NO_CELLS
        return self._table

    def __iadd__(self, other: BinSums) -> Self:
        area = self.area
        if other._table is None:
            _add_cells(*other._cells, area.ravel())
        else:
            area += other._table
        return self

    def __add__(self, other: BinSums) -> BinSums:
        total = BinSums(self.bins, *_NO_CELLS)
        total += self
        total += other
        return total


@dataclass(frozen=True)
class Break:
    """Where the cumulated value reaches a share of the whole.

    Parameters
    ----------
    least : float
        The least value of the cells that hold the share, in the unit of the values; NaN where there is nothing to hold.
    value_share : float
        Share of the value that the cells with at least this value hold; NaN where there is no value.
    area_share : float
        Share of the area that they cover; NaN where no cell has a value.
    """

    least: float
    value_share: float
    area_share: float


def sum_by_value(cover: ZoneCover, values: NDArray[np.float32], cell_area: NDArray[np.float64]) -> ValueSums:
    """Sum area and value of the cells of the region by the upper bits of the value.

    Parameters
    ----------
    cover : ZoneCover
        Tells which cells lie in the region, and which share of those on its border.
    values : float32 ndarray (rows, columns)
        A value per area; what is not finite counts nowhere, what is below 0 as 0.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    ValueSums
        The same, to the last bit, in whatever order and tiles the cells are added.
    """
    bins = np.zeros((_BELOW + 1, 3), np.int64)
    for part in _parts(cover, values, cell_area):
        _sum(*part, bins)
    negative = int(bins[_BELOW, 0])
    bins[0, 0] += negative
    sums = np.zeros((BINS, 3), np.int64)
    _add_bins(sums, bins[:BINS])
    return ValueSums(sums, negative)


def break_bins(sums: ValueSums, percents: Sequence[float]) -> NDArray[np.int64]:
    """Find the bins in which breaks lie.

    Parameters
    ----------
    sums : ValueSums
        Over the whole region.
    percents : sequence of float
        Shares of the whole value [percent].

    Returns
    -------
    int64 ndarray (bins,)
        Rising, each once; none where no cell is above 0.
    """
    found = (_bin_of_break(sums.falling(), percent) for percent in percents)
    return np.array(sorted({place for place, _, _ in found if place >= 0}), np.int64)


def guessed_bins(sampled: ValueSums, percents: Sequence[float], parts: int = 1) -> NDArray[np.int64]:
    """Guess the bins in which breaks may lie.

    Parameters
    ----------
    sampled : ValueSums
        Over some cells of the region.
    percents : sequence of float
        Shares of the whole value [percent].
    parts : int
        How many sums within these bins are kept side by side: the more, the fewer bins.

    Returns
    -------
    int64 ndarray (bins,)
        As many around each break of the sample, rising, each once; none where no cell is above 0. An octave has 256:
        of one part and two breaks, values from 3/4 of a guess to 5/4 of it are among them.
    """
    width = GUESSED_BINS // (parts * len(percents))
    around = [np.arange(place - width // 2, place - width // 2 + width) for place in break_bins(sampled, percents)]
    found = np.unique(np.concatenate([np.empty(0, np.int64), *around]))
    return np.asarray(found[(found >= 0) & (found < BINS)], np.int64)


def sum_in_bins(
    cover: ZoneCover, values: NDArray[np.float32], cell_area: NDArray[np.float64], bins: NDArray[np.int64]
) -> BinSums:
    """Sum the area of each single value in some bins over the cells of the region that are not below 0.

    Parameters
    ----------
    cover, values, cell_area : ZoneCover, float32 and float64 ndarray (rows, columns)
        As in `sum_by_value`.
    bins : int64 ndarray (bins,)
        Numbers of the bins.

    Returns
    -------
    BinSums
        The same in whatever order and tiles the cells are added.
    """
    if not bins.size:
        return BinSums(bins, *_NO_CELLS)
    first = np.full(_PATTERNS, -1, np.int32)
    first[bins] = np.arange(len(bins), dtype=np.int32) * _VALUES
    found = [_cells_within(*part, first) for part in _parts(cover, values, cell_area)]
    slots, weights = (np.concatenate(each) if found[1][0].size else each[0] for each in zip(*found, strict=True))
    return BinSums(bins, slots, weights)


def cumulated_breaks(sums: ValueSums, inside: Sequence[BinSums], percents: Sequence[float]) -> list[Break]:
    """Find where the value, cumulated from the greatest on, reaches shares of the whole.

    Parameters
    ----------
    sums : ValueSums
        Over the whole region.
    inside : sequence of BinSums
        Over the whole region; of each bin in which a break lies, one of them knows.
    percents : sequence of float
        Shares of the whole value, above 0 and below 100 [percent].

    Returns
    -------
    list of Break
        One a share.

    Notes
    -----
    least = max {v : sum(value x area of cells with value >= v) >= share x sum(value x area)}. All cells of the value at
    the break are among those that hold the share: so they hold at least what is asked for, and equal cells are never
    told apart.
    """
    falling = sums.falling()
    whole, covered = sum(value for _, value, _ in falling), sum(area for _, _, area in falling)
    found = []
    for percent in percents:
        asked = _asked(whole, percent)
        place, value, area = _bin_of_break(falling, percent)
        if place < 0:
            found.append(Break(np.nan, np.nan, _ratio(0, covered)))
            continue
        held = next(each.area[each.bins == place][0] for each in inside if place in each.bins)
        for rest in np.flatnonzero(held)[::-1].tolist():
            value += _weight(place, rest) * int(held[rest])
            area += int(held[rest])
            if value >= asked:
                least = np.array([(place << _REST_BITS) + rest], np.int32).view(np.float32)[0]
                found.append(Break(float(least), _ratio(value, whole), _ratio(area, covered)))
                break
    return found


def _shift(place: int) -> int:
    """Give by which power of two the mantissa of a value of this bin counts; the two lowest exponents are alike."""
    return max(place >> (_MANTISSA_BITS - _REST_BITS), 1) - 1


def _weight(place: int, rest: int) -> int:
    """Give a value as a whole number of the least float32."""
    bits = (place << _REST_BITS) + rest
    hidden = 1 << _MANTISSA_BITS if bits >> _MANTISSA_BITS else 0
    return (bits % (1 << _MANTISSA_BITS) + hidden) << _shift(place)


def _bin_of_break(falling: list[tuple[int, int, int]], percent: float) -> tuple[int, int, int]:
    """Give the bin in which a break lies, and value and area of all bins above; -1 where there is nothing to share."""
    whole = sum(value for _, value, _ in falling)
    asked = _asked(whole, percent)
    above = covered = 0
    for place, value, area in falling if whole else ():
        if above + value >= asked:
            return place, above, covered
        above, covered = above + value, covered + area
    return -1, 0, 0


def _asked(whole: int, percent: float) -> int:
    """Give the least whole number that is so many percent of another."""
    return math.ceil(Fraction(percent) * whole / 100)


def _ratio(part: int, whole: int) -> float:
    return float(Fraction(part, whole)) if whole else float("nan")


def _parts(
    cover: ZoneCover, values: NDArray[np.float32], cell_area: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]]:
    """Give what counts (0 and more), the bits of the values and the areas: of the cells, and of those on a border."""
    bits = np.ascontiguousarray(values, np.float32).view(np.int32)
    yield cover.signature, bits, cell_area
    region = cover.border_zone == _REGION
    cell, share = cover.border_cell[region], cover.border_share[region]
    yield np.zeros((1, cell.size), np.int32), bits.ravel()[cell][None], (cell_area.ravel()[cell] * share)[None]


@numba.njit(cache=True, nogil=True, inline="always")
def _units(area):  # type: ignore[no-untyped-def]
    return np.int64(np.rint(area * AREA_UNITS))


# No loop over cells jumps: what is unknown or below 0 lies scattered, and a jump that is guessed wrong costs more.


@numba.njit(cache=True, nogil=True)
def _sum(signature, bits, cell_area, bins):  # type: ignore[no-untyped-def]
    """Add cells to their bins."""
    for i in range(signature.shape[0]):
        for j in range(signature.shape[1]):
            magnitude = bits[i, j] & 0x7FFFFFFF
            # Without its sign, minus zero is nothing.
            place = _BELOW if bits[i, j] < 0 and magnitude > 0 else magnitude >> _REST_BITS
            place = _NOWHERE if magnitude >= _INFINITE else place
            weight = _units(cell_area[i, j]) if signature[i, j] >= 0 else np.int64(0)
            product = np.int64(magnitude & (_VALUES - 1)) * weight
            bins[place, 0] += weight
            bins[place, 1] += product & 0xFFFFFFFF
            bins[place, 2] += product >> 32


@numba.njit(cache=True, nogil=True)
def _add_bins(bins, others):  # type: ignore[no-untyped-def]
    """Add bins to bins; carry what overflows 32 bits, so that sums never fill up and equal sums have equal parts."""
    for i in range(bins.shape[0]):
        bins[i, 0] += others[i, 0]
        low = bins[i, 1] + others[i, 1]
        bins[i, 1] = low & 0xFFFFFFFF
        bins[i, 2] += others[i, 2] + (low >> 32)


@numba.njit(cache=True, nogil=True)
def _cells_within(signature, bits, cell_area, first):  # type: ignore[no-untyped-def]
    """Give place in the table and area of the cells in some bins; `first` is where a bin begins, or -1."""
    rows, columns = signature.shape
    slots, weights = np.empty(bits.size, np.int32), np.empty(bits.size, np.int64)
    columns_found = np.empty(columns, np.int32)
    found = 0
    for i in range(rows):
        here = 0
        for j in range(columns):
            begin = first[np.uint32(bits[i, j]) >> np.uint32(_REST_BITS)]
            # Written in any case, and kept where it counts.
            slots[found + here] = begin + (bits[i, j] & (_VALUES - 1))
            columns_found[here] = j
            here += int((signature[i, j] >= 0) & (begin >= 0))
        for k in range(here):
            weights[found + k] = _units(cell_area[i, columns_found[k]])
        found += here
    return slots[:found], weights[:found]


@numba.njit(cache=True, nogil=True)
def _add_cells(slots, weights, area):  # type: ignore[no-untyped-def]
    """Add the areas of cells to their values."""
    for i in range(slots.size):
        area[slots[i]] += weights[i]
