"""What the controls of access lists leave open, fact by fact, so that two of them can be compared."""

from __future__ import annotations

from shanshui.policy.language.conditions import Compared, Condition, Not, OneOf, YesNo, conjuncts
from shanshui.policy.language.numbers import FactNumber
from shanshui.policy.language.ranges import Range, range_of

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
        case Compared(FactNumber(fact)):
            left = range_of(part)
            return None if left is None else (fact, left)
        case YesNo(fact):
            return fact, _YES
        case Not(YesNo(fact)):
            return fact, _NO
        case OneOf(fact, prefix=False):
            return fact, part.matches
    return None
