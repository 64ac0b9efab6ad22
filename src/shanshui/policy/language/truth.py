"""What is known of many questions at once: whether something holds of them, between which values a number lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


class Truth(NamedTuple):
    """What is known of a condition: for each question whether it surely holds, and whether it may hold.

    Examples
    --------
    >>> yes, no, unknown = Truth.of(True), Truth.of(False), Truth(np.array([False]), np.array([True]))
    >>> [str((each & unknown).words()[0]) for each in (yes, no, unknown)]
    ['unknown', 'no', 'unknown']
    >>> [str((each | unknown).words()[0]) for each in (yes, no, unknown)]
    ['yes', 'unknown', 'unknown']
    """

    sure: Bools
    possible: Bools

    @classmethod
    def of(cls, value: bool, count: int = 1) -> Truth:
        """Give the truth that is the same for all questions."""
        return cls(np.full(count, value), np.full(count, value))

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.sure & other.sure, self.possible & other.possible)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.sure | other.sure, self.possible | other.possible)

    def __invert__(self) -> Truth:
        return Truth(~self.possible, ~self.sure)

    def words(self) -> NDArray[np.object_]:
        """Give yes, no or unknown for each question."""
        return np.where(self.sure, "yes", np.where(self.possible, "unknown", "no")).astype(object)


class Span(NamedTuple):
    """What is known of a number: for each question between which values it lies."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
