"""What the controls of access lists leave open, fact by fact, so that two of them can be compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shanshui.policy.language.conditions import Compared, Condition, Constant, FactNumber, Not, OneOf, YesNo, conjuncts


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


Codes = frozenset[str]
Left = Range | Codes
_YES, _NO = frozenset({"yes"}), frozenset({"no"})


def left_open(condition: Condition) -> dict[str, Left]:
    """Give what a control leaves open, for each fact that it binds simply.

    Parameters
    ----------
    condition : Condition
        The control.

    Returns
    -------
    dict of str to (Range or frozenset of str)
        By fact: the range of a number or date, the codes, yes or no. What stands in an or, asks for overlaps, or
        excludes single values is left out.

    Examples
    --------
    >>> from shanshui.policy.language.parsing import parse
    >>> from shanshui.policy.language.terms import Fact, Terms
    >>> terms = Terms({"slope_degrees": Fact("slope_degrees", "number", "degree")})
    >>> left_open(parse("slope_degrees < 25 and slope_degrees >= 2", terms))
    {'slope_degrees': Range(low=2.0, high=25.0, low_open=False, high_open=True)}
    """
    found: dict[str, Left] = {}
    for part in conjuncts(condition):
        bound = _bound(part)
        if bound is not None:
            fact, left = bound
            found[fact] = both(found[fact], left) if fact in found else left
    return found


def both(one: Left, other: Left) -> Left:
    """Give what two controls of one fact leave open together."""
    return one & other  # type: ignore[operator]


def nothing(left: Left) -> bool:
    """Tell whether nothing is left open."""
    return left.empty if isinstance(left, Range) else not left


def wider(one: Left, other: Left) -> bool:
    """Tell whether a control leaves open what another of the same fact does not."""
    return not one <= other  # type: ignore[operator]


def _bound(part: Condition) -> tuple[str, Left] | None:
    match part:
        case Compared(FactNumber(fact), operator, Constant(value)):
            match operator:
                case "<" | "<=":
                    return fact, Range(high=value, high_open=operator == "<")
                case ">" | ">=":
                    return fact, Range(low=value, low_open=operator == ">")
                case "==":
                    return fact, Range(value, value)
        case YesNo(fact):
            return fact, _YES
        case Not(YesNo(fact)):
            return fact, _NO
        case OneOf(fact, prefix=False):
            return fact, part.matches
    return None
