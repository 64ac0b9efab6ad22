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
def _add(bins, bits):  # type: ignore[no-untyped-def]
    """Add the float64 of these bits to a row of bins, exactly."""
    exponent = (bits >> 52) & 0x7FF
    mantissa = bits & 0xFFFFFFFFFFFFF
    if exponent == 0:
        return
    mantissa |= 0x10000000000000
    # The value is mantissa * 2**(exponent - 1075).
    place = exponent - 1075 - _LOWEST
    if place < 0:
        return
    low = place // _BIN_BITS
    if low + 2 >= BINS:
        raise OverflowError("a value is too large to be summed")
    shift = place % _BIN_BITS
    lower = (mantissa & 0x1FFFFF) << shift
    upper = (mantissa >> 21) << shift
    # mantissa = (mantissa >> 21) * 2**21 + low 21 bits; both parts stay below 2**63 after the shift.
    first = (lower & 0xFFFFFFFF) + ((upper << 21) & 0xFFFFFFFF)
    second = (lower >> 32) + (upper >> 11)
    third = second >> 32
    second &= 0xFFFFFFFF
    if bits < 0:
        bins[low] -= first
        bins[low + 1] -= second
        bins[low + 2] -= third
    else:
        bins[low] += first
        bins[low + 1] += second
        bins[low + 2] += third
    return


@numba.njit(cache=True, nogil=True)
def _add_inside(signature, values, weights, units, bins, counted):  # type: ignore[no-untyped-def]
    product = np.empty(1, np.float64)
    bits = product.view(np.int64)
    for i in range(signature.shape[0]):
        for j in range(signature.shape[1]):
            combination = signature[i, j]
            value = np.float64(values[i, j])
            if combination >= 0 and value == value:
                weight = np.rint(weights[i, j] * units)
                product[0] = value * weight
                _add(bins[combination], bits[0])
                counted[combination] += np.int64(weight)


@numba.njit(cache=True, nogil=True)
def _add_border(cell, zone, share, values, weights, units, bins, counted):  # type: ignore[no-untyped-def]
    product = np.empty(1, np.float64)
    bits = product.view(np.int64)
    for n in range(cell.size):
        value = np.float64(values[cell[n]])
        if value == value:
            weight = np.rint(weights[cell[n]] * share[n] * units)
            product[0] = value * weight
            _add(bins[zone[n]], bits[0])
            counted[zone[n]] += np.int64(weight)


def _carried(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """Carry what overflows 32 bits to the next bin, so that bins never fill up and equal sums have equal bins."""
    bins = bins.copy()
    for i in range(BINS - 1):
        carry = bins[..., i] >> _BIN_BITS
        bins[..., i] -= carry << _BIN_BITS
        bins[..., i + 1] += carry
    return bins
