"""Breaks of a cumulated value, exactly: which cells, from the greatest on, hold a share of the whole.

Nothing is sorted, so that a raster may be larger than memory. Non-negative floats are ordered as their bits are, read
as a whole number. A first walk sums area and value by the upper bits; that tells in which bin each break lies. A second
walk sums the area of each single value within those few bins. All sums are whole numbers, so no order of adding changes
them, and a break is the same for every tiling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.zones import ZoneCover
from shanshui.science.zone_sums import AREA_UNITS

# A float32 has 23 stored bits of mantissa: eight of them and the exponent number the bin, the rest the value within.
_MANTISSA_BITS = 23
_REST_BITS = 15
_VALUES = 1 << _REST_BITS
_INFINITE = 0x7F800000
# The least float32 is one by so much.
_LEAST = 1 << 149
BINS = _INFINITE >> _REST_BITS
# The region is the first zone of the first zoning.
_REGION = 0


@dataclass(frozen=True)
class ValueSums:
    """Area and value of the cells of a region by the upper bits of their value; those of two parts add up.

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
        return ValueSums(_carried(self.bins + other.bins), self.negative + other.negative)

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


@dataclass(frozen=True)
class BinSums:
    """Area of each single value in some of the bins of `ValueSums`; those of two parts of a region add up.

    Parameters
    ----------
    bins : int64 ndarray (bins,)
        Their numbers.
    area : int64 ndarray (bins, 2**15)
        Area of the cells with each value [1 / AREA_UNITS m2].
    """

    bins: NDArray[np.int64]
    area: NDArray[np.int64]

    def __add__(self, other: BinSums) -> BinSums:
        return BinSums(self.bins, self.area + other.area)


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
    bins = np.zeros((BINS, 3), np.int64)
    negative = sum(int(_sum(*part, bins)) for part in _parts(cover, values, cell_area))
    return ValueSums(_carried(bins), negative)


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


def sum_in_bins(
    cover: ZoneCover, values: NDArray[np.float32], cell_area: NDArray[np.float64], bins: NDArray[np.int64]
) -> BinSums:
    """Sum the area of each single value in some bins over the cells of the region.

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
    place = np.full(BINS, -1, np.int64)
    place[bins] = np.arange(len(bins))
    area = np.zeros((len(bins), _VALUES), np.int64)
    for part in _parts(cover, values, cell_area):
        _fill(*part, place, area)
    return BinSums(bins, area)


def cumulated_breaks(sums: ValueSums, inside: BinSums, percents: Sequence[float]) -> list[Break]:
    """Find where the value, cumulated from the greatest on, reaches shares of the whole.

    Parameters
    ----------
    sums : ValueSums
        Over the whole region.
    inside : BinSums
        Of the bins in which the breaks lie.
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
        place, value, area = _bin_of_break(falling, percent)
        if place < 0:
            found.append(Break(np.nan, np.nan, _ratio(0, covered)))
            continue
        held = inside.area[int(np.searchsorted(inside.bins, place))]
        for rest in np.flatnonzero(held)[::-1].tolist():
            value += _weight(place, rest) * int(held[rest])
            area += int(held[rest])
            if _reaches(value, percent, whole):
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
    above = covered = 0
    for place, value, area in falling if whole else ():
        if _reaches(above + value, percent, whole):
            return place, above, covered
        above, covered = above + value, covered + area
    return -1, 0, 0


def _reaches(value: int, percent: float, whole: int) -> bool:
    return bool(value * 100 >= Fraction(percent) * whole)


def _ratio(part: int, whole: int) -> float:
    return float(Fraction(part, whole)) if whole else float("nan")


def _carried(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """Carry what overflows 32 bits, so that sums never fill up and equal sums have equal parts."""
    area, low, high = bins.T
    return np.stack([area, low & 0xFFFFFFFF, high + (low >> 32)], axis=1)


def _parts(
    cover: ZoneCover, values: NDArray[np.float32], cell_area: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.float64]]]:
    """Give what counts, the bits of the values and the areas: of the cells, and of those that a border crosses."""
    bits = np.ascontiguousarray(values, np.float32).view(np.int32)
    yield cover.signature >= 0, bits, cell_area
    region = cover.border_zone == _REGION
    cell, share = cover.border_cell[region], cover.border_share[region]
    yield np.ones((1, cell.size), np.bool_), bits.ravel()[cell][None], (cell_area.ravel()[cell] * share)[None]


@numba.njit(cache=True, nogil=True, inline="always")
def _counted(bits):  # type: ignore[no-untyped-def]
    """Give the bits of a finite value, of one below 0 those of 0, of any other -1."""
    magnitude = bits & 0x7FFFFFFF
    if magnitude >= _INFINITE:
        return -1
    return 0 if bits < 0 else magnitude


@numba.njit(cache=True, nogil=True)
def _sum(inside, bits, cell_area, bins):  # type: ignore[no-untyped-def]
    """Add cells to their bins; give the area of those below 0."""
    negative = np.int64(0)
    for i in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            counted = _counted(bits[i, j])
            if inside[i, j] and counted >= 0:
                weight = np.int64(np.rint(cell_area[i, j] * AREA_UNITS))
                place = counted >> _REST_BITS
                product = np.int64(counted & (_VALUES - 1)) * weight
                bins[place, 0] += weight
                bins[place, 1] += product & 0xFFFFFFFF
                bins[place, 2] += product >> 32
                # Without its sign, minus zero is nothing.
                if bits[i, j] < 0 and bits[i, j] & 0x7FFFFFFF:
                    negative += weight
    return negative


@numba.njit(cache=True, nogil=True)
def _fill(inside, bits, cell_area, place, area):  # type: ignore[no-untyped-def]
    """Add the areas of cells in some bins to their values."""
    for i in range(inside.shape[0]):
        for j in range(inside.shape[1]):
            counted = _counted(bits[i, j])
            if inside[i, j] and counted >= 0 and place[counted >> _REST_BITS] >= 0:
                weight = np.int64(np.rint(cell_area[i, j] * AREA_UNITS))
                area[place[counted >> _REST_BITS], counted & (_VALUES - 1)] += weight
