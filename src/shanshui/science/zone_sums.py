"""Sums by zone that no order of adding changes: every partial sum is exact."""

from __future__ import annotations

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


@dataclass(frozen=True)
class ZoneSums:
    """Exact sums by zone; they add up.

    Parameters
    ----------
    bins : int64 ndarray (zones, 2, BINS)
        Sum of value times weight, and sum of weight, as whole numbers of rising magnitude.
    """

    bins: NDArray[np.int64]

    def __add__(self, other: ZoneSums) -> ZoneSums:
        return ZoneSums(_carried(self.bins + other.bins))

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum of value times weight, by zone; NaN where no cell has a value."""
        return np.asarray(np.where(self.weight > 0, _rounded(self.bins[:, 0]), np.nan), np.float64)

    @property
    def weight(self) -> NDArray[np.float64]:
        """Sum of the weights of cells that have a value, by zone."""
        return _rounded(self.bins[:, 1])

    @property
    def mean(self) -> NDArray[np.float64]:
        """Weighted mean by zone; NaN where no cell has a value."""
        weight = self.weight
        empty = np.full(weight.shape, np.nan)
        return np.asarray(np.divide(self.total, weight, out=empty, where=weight > 0), np.float64)


def sum_by_zone(cover: ZoneCover, values: NDArray[np.floating], weights: NDArray[np.float64], zones: int) -> ZoneSums:
    """Sum value times weight, and weight, over the cells of every zone.

    Parameters
    ----------
    cover : ZoneCover
        Which zones cover the cells.
    values : float ndarray (rows, columns)
        NaN where there is no value; such cells count in neither sum.
    weights : float64 ndarray (rows, columns)
        The area of the cell for a mean, 1 for a total.
    zones : int
        How many zones there are over all zonings, their outsides included.

    Returns
    -------
    ZoneSums
    """
    bins = np.zeros((zones, 2, BINS), np.int64)
    if len(cover.members):
        inside = np.zeros((len(cover.members), 2, BINS), np.int64)
        _add_inside(cover.signature, values, weights, inside, np.empty(2, np.float64))
        for layer in cover.members.T:
            np.add.at(bins, layer, inside)
    _add_border(cover.border_cell, cover.border_zone, cover.border_share, values.ravel(), weights.ravel(), bins)
    return ZoneSums(_carried(bins))


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
def _add_inside(signature, values, weights, bins, pair):  # type: ignore[no-untyped-def]
    bits = pair.view(np.int64)
    for i in range(signature.shape[0]):
        for j in range(signature.shape[1]):
            combination = signature[i, j]
            value = np.float64(values[i, j])
            if combination >= 0 and value == value:
                pair[0] = value * weights[i, j]
                pair[1] = weights[i, j]
                _add(bins[combination, 0], bits[0])
                _add(bins[combination, 1], bits[1])


@numba.njit(cache=True, nogil=True)
def _add_border(cell, zone, share, values, weights, bins):  # type: ignore[no-untyped-def]
    pair = np.empty(2, np.float64)
    bits = pair.view(np.int64)
    for n in range(cell.size):
        value = np.float64(values[cell[n]])
        if value == value:
            weight = weights[cell[n]] * share[n]
            pair[0] = value * weight
            pair[1] = weight
            _add(bins[zone[n], 0], bits[0])
            _add(bins[zone[n], 1], bits[1])


def _carried(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """Carry what overflows 32 bits to the next bin, so that bins never fill up and equal sums have equal bins."""
    bins = bins.copy()
    for i in range(BINS - 1):
        carry = bins[..., i] >> _BIN_BITS
        bins[..., i] -= carry << _BIN_BITS
        bins[..., i + 1] += carry
    return bins


def _rounded(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.zeros(bins.shape[:-1])
    for i in reversed(range(BINS)):
        total += np.ldexp(bins[..., i].astype(np.float64), _LOWEST + i * _BIN_BITS)
    return total
