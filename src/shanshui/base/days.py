"""The days of a year, half-month by half-month: they never stand in memory together."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray

# The most days that a half-month has.
HALF_MONTH_DAYS = 16
_FIRST_HALF = 15


class Days:
    """A quantity with a value a day, in one window of one year.

    Going over it gives the 24 half-months one after another, each an array (days, rows, columns): day 1 to 15 of the
    month, then the rest. It can be gone over again; every time the days are read anew.

    Parameters
    ----------
    days : int
        365 or 366.
    read : callable
        Takes the first day, counted from 0, and the day after the last; gives an array (days, rows, columns).

    Examples
    --------
    >>> import numpy as np
    >>> year = Days(366, lambda first, last: np.arange(first, last)[:, None, None])
    >>> [len(half) for half in year][:4], [int(half[0, 0, 0]) for half in year][:4]
    ([15, 16, 15, 14], [0, 15, 31, 46])
    """

    def __init__(self, days: int, read: Callable[[int, int], NDArray[Any]]) -> None:
        self._days = days
        self._read = read

    def __iter__(self) -> Iterator[NDArray[Any]]:
        leap = self._days > 365
        first = 0
        for month in range(1, 13):
            length = calendar.monthrange(2000 if leap else 2001, month)[1]
            yield self._read(first, first + _FIRST_HALF)
            yield self._read(first + _FIRST_HALF, first + length)
            first += length

    def trimmed(self, margin: int) -> Days:
        """Give the same days with so many cells cut off each side."""
        inner = (..., slice(margin, -margin), slice(margin, -margin))
        return Days(self._days, lambda first, last: self._read(first, last)[inner])

    def mapped(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Days:
        """Give the same days, each array changed when it is read."""
        return Days(self._days, lambda first, last: change(self._read(first, last)))

    def kept(self) -> Days:
        """Give the same days, read now and held in memory."""
        days = self._read(0, self._days)
        return Days(self._days, lambda first, last: days[first:last])
