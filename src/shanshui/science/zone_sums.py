"""Sums by zone that no order of adding changes: every partial sum is exact."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.zones import ZoneCover

# A float64 is a whole number times a power of two. It is added to whole-number bins of 32 bits each, so the
# sum is exact (a small superaccumulator: Neal 2015, Fast exact summation using small and large
# superaccumulators). These bins reach from 2**-256 to 2**256; smaller values count as nothing.
BINS = 16
_BIN_BITS = 32
_LOWEST = -256
_ONE = -_LOWEST // _BIN_BITS


# Weights are counted in whole numbers of these: areas [1 / 2**13 m2; int64 then holds the Earth], shares of cells.
AREA_UNITS = 2**13
SHARE_UNITS = 2**24


@dataclass(frozen=True)
class ZoneSums:
    """Exact sums by zone; they add up.

    Parameters
    ----------
    bins : int64 ndarray (zones, BINS)
        Sum of value times weight, as whole numbers of rising magnitude.
    weights : int64 ndarray (zones,)
        Sum of the weights of cells that have a value [1 / units].
    units : int
        The units of the weights.
    """

    bins: NDArray[np.int64]
    weights: NDArray[np.int64]
    units: int

    def __add__(self, other: ZoneSums) -> ZoneSums:
        return ZoneSums(_carried(self.bins + other.bins), self.weights + other.weights, self.units)

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum of value times weight, by zone; NaN where no cell has a value."""
        parts = np.ldexp(self.bins.astype(np.float64), _LOWEST + np.arange(BINS) * _BIN_BITS)
        sums = np.array([math.fsum(row) for row in parts])
        return np.asarray(np.where(self.weights > 0, sums / self.units, np.nan), np.float64)

    @property
    def weight(self) -> NDArray[np.float64]:
        """Sum of the weights of cells that have a value, by zone."""
        return np.asarray(self.weights / self.units, np.float64)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Weighted mean by zone; NaN where no cell has a value."""
        return np.asarray(self.total / np.where(self.weights > 0, self.weight, np.nan), np.float64)


def sum_by_zone(
    cover: ZoneCover, values: NDArray[np.floating], weights: NDArray[np.float64], zones: int, units: int = AREA_UNITS
) -> ZoneSums:
    """Sum value times weight, and weight, over the cells of every zone.

    Parameters
    ----------
    cover : ZoneCover
        Which zones cover the cells.
    values : float ndarray (rows, columns)
        NaN where there is no value; such cells count in neither sum.
    weights : float64 ndarray (rows, columns)
        The area of the cell for a mean, 1 for a total; rounded to whole units.
    zones : int
        How many zones there are over all zonings, their outsides included.
    units : int
        In how many parts a weight of 1 is counted: AREA_UNITS for areas, SHARE_UNITS for shares of cells.

    Returns
    -------
    ZoneSums
        The same, to the last bit, in whatever order and tiles the cells are added.

    Raises
    ------
    OverflowError
        Where a value is infinite or beyond 2**190.
    """
    bins = np.zeros((zones, BINS), np.int64)
    counted = np.zeros(zones, np.int64)
    if len(cover.members):
        inside = np.zeros((len(cover.members), BINS), np.int64)
        inside_weights = np.zeros(len(cover.members), np.int64)
        _add_inside(cover.signature, values, weights, units, inside, inside_weights)
        inside = _carried(inside)
        for layer in cover.members.T:
            np.add.at(bins, layer, inside)
            np.add.at(counted, layer, inside_weights)
    flat = values.ravel(), weights.ravel()
    _add_border(cover.border_cell, cover.border_zone, cover.border_share, *flat, units, bins, counted)
    return ZoneSums(_carried(bins), counted, units)


@numba.njit(cache=True, nogil=True, inline="always")
def _add(bins, row, bits):  # type: ignore[no-untyped-def]
    """Add the float64 of these bits to a row of bins, exactly."""
    exponent = (bits >> 52) & 0x7FF
    # The value is mantissa * 2**(exponent - 1075); zeros and what is too small for the lowest bin count as nothing.
    place = exponent - 1075 - _LOWEST
    if exponent == 0 or place < 0:
        return
    low = place >> 5
    if low + 2 >= BINS:
        raise OverflowError("a value is too large to be summed")
    mantissa = (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000
    sign = 1 - ((bits >> 63) & 2)
    shift = place & 31
    # The mantissa's 53 bits in two parts, so that neither leaves 63 bits when it is shifted.
    lower = (mantissa & 0x1FFFFF) << shift
    upper = (mantissa >> 21) << shift
    second = (lower >> 32) + (upper >> 11)
    bins[row, low] += sign * ((lower & 0xFFFFFFFF) + ((upper << 21) & 0xFFFFFFFF))
    bins[row, low + 1] += sign * (second & 0xFFFFFFFF)
    bins[row, low + 2] += sign * (second >> 32)


@numba.njit(cache=True, nogil=True)
def _add_inside(signature, values, weights, units, bins, counted):  # type: ignore[no-untyped-def]
    """Add every cell to its combination.

    A product from 2**12 to 2**40 is a whole number plus whole 2**-40: it goes to two plain sums, three times faster
    than to the bins. Others go to the bins at once, and the two sums at the end of every million cells.
    """
    rows, columns = signature.shape
    weight = np.empty(columns, np.float64)
    product = np.empty(columns, np.float64)
    bits = product.view(np.int64)
    whole = np.zeros(len(bins), np.int64)
    part = np.zeros(len(bins), np.int64)
    flush = max(2**20 // columns, 1)
    for i in range(rows):
        for j in range(columns):
            weight[j] = np.rint(weights[i, j] * units)
            product[j] = values[i, j] * weight[j]
        for j in range(columns):
            combination = signature[i, j]
            size = abs(product[j])
            if combination < 0 or size != size:
                continue
            counted[combination] += np.int64(weight[j])
            if 4096.0 <= size < 1099511627776.0:
                floor = np.floor(product[j])
                whole[combination] += np.int64(floor)
                part[combination] += np.int64((product[j] - floor) * 1099511627776.0)
            else:
                _add(bins, combination, bits[j])
        if (i + 1) % flush == 0 or i == rows - 1:
            for combination in range(len(bins)):
                # 2**0 is the first bit of the bin _ONE; 2**-32 that of the bin before.
                bins[combination, _ONE] += whole[combination] & 0xFFFFFFFF
                bins[combination, _ONE + 1] += whole[combination] >> 32
                bins[combination, _ONE - 1] += part[combination] >> 8
                bins[combination, _ONE - 2] += (part[combination] & 0xFF) << 24
                whole[combination], part[combination] = 0, 0


@numba.njit(cache=True, nogil=True)
def _add_border(cell, zone, share, values, weights, units, bins, counted):  # type: ignore[no-untyped-def]
    product = np.empty(1, np.float64)
    bits = product.view(np.int64)
    for n in range(cell.size):
        weight = np.rint(weights[cell[n]] * share[n] * units)
        product[0] = values[cell[n]] * weight
        if product[0] == product[0]:
            _add(bins, zone[n], bits[0])
            counted[zone[n]] += np.int64(weight)


@numba.njit(cache=True, nogil=True)
def _carried(bins):  # type: ignore[no-untyped-def]
    """Carry what overflows 32 bits to the next bin, so that bins never fill up and equal sums have equal bins."""
    out = bins.copy()
    for row in range(len(out)):
        for i in range(BINS - 1):
            carry = out[row, i] >> _BIN_BITS
            out[row, i] -= carry << _BIN_BITS
            out[row, i + 1] += carry
    return out
