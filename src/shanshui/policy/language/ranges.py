"""Ranges of numbers that comparisons leave open, so that two of them can be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shanshui.policy.language.conditions import Compared
from shanshui.policy.language.numbers import Constant


@dataclass(frozen=True)
class Range:
    """The numbers, or days, that are left open.

    Parameters
    ----------
    low, high : float
        The ends.
    low_open, high_open : bool
        Whether an end itself is not left open.
    """

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def __and__(self, other: Range) -> Range:
        low = max((self.low, self.low_open), (other.low, other.low_open))
        high = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Range(low[0], high[0], low[1], not high[1])

    @property
    def empty(self) -> bool:
        """Whether nothing is left open."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def __le__(self, other: Range) -> bool:
        """Tell whether all it leaves open the other leaves open too."""
        return self.empty or self & other == self


def range_of(condition: Compared) -> Range | None:
    """Give the range that a comparison leaves open to the number on its left.

    Parameters
    ----------
    condition : Compared
        The comparison.

    Returns
    -------
    Range or None
        None where it has a hole, or compares with what is no constant.

    Examples
    --------
    >>> from shanshui.policy.language.numbers import FactNumber
    >>> range_of(Compared(FactNumber("slope"), "<", Constant(25.0, "25")))
    Range(low=-inf, high=25.0, low_open=False, high_open=True)
    """
    if not isinstance(condition.right, Constant):
        return None
    bound = condition.right.value
    match condition.operator:
        case "<" | "<=":
            return Range(high=bound, high_open=condition.operator == "<")
        case ">" | ">=":
            return Range(low=bound, low_open=condition.operator == ">")
        case "==":
            return Range(bound, bound)
    return None
