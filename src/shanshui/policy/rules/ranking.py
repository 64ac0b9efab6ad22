"""Which of several claimants stands, and by which rule each of the others yields; for many groups at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shanshui.policy.language.conditions import Condition
from shanshui.policy.language.parsing import ConditionError
from shanshui.policy.language.situations import Situation
from shanshui.policy.language.terms import NUMBER, Terms

GREATEST, LEAST = "greatest", "least"
NONE = STANDS = -1


@dataclass(frozen=True)
class Keeps:
    """That those with the greatest or the least of a number stand.

    Parameters
    ----------
    fact : str
        The number.
    greatest : bool
        Whether the greatest stands, else the least.
    """

    fact: str
    greatest: bool

    def __str__(self) -> str:
        return f"{GREATEST if self.greatest else LEAST} {self.fact}"


@dataclass(frozen=True)
class Ranking:
    """A rule by which some claimants yield to others.

    Parameters
    ----------
    among : Condition
        It speaks where this surely holds of one of those that are left.
    yields : Condition or Keeps
        Whom it makes yield: those of whom this surely holds; or all but those with the greatest or least number, where
        that of all that are left is known.
    """

    among: Condition
    yields: Condition | Keeps


def parse_keeps(text: str, terms: Terms) -> Keeps:
    """Read which of several claimants a rule keeps.

    Parameters
    ----------
    text : str
        As ``greatest value`` or ``least established``.
    terms : Terms
        The facts there are.

    Returns
    -------
    Keeps

    Raises
    ------
    ConditionError
        Where it cannot be read, or asks for what there is not.

    Examples
    --------
    >>> from shanshui.policy.language.terms import Fact
    >>> print(parse_keeps("greatest value", Terms({"value": Fact("value", "number")})))
    greatest value
    """
    numbers = [name for name, fact in terms.facts.items() if fact.kind == NUMBER]
    match text.split():
        case [("greatest" | "least") as end, fact] if fact in numbers:
            return Keeps(fact, end == GREATEST)
        case [("greatest" | "least"), fact]:
            raise ConditionError(f"{fact!r} is no number that is known of them", f"give one of {', '.join(numbers)}")
    raise ConditionError(f"{text!r} keeps nobody", f"write for example: {GREATEST} {numbers[0] if numbers else '...'}")


def first_that_holds(seen: Situation, conditions: Sequence[Condition]) -> NDArray[np.int64]:
    """Find the first condition that surely holds of each of many things.

    Parameters
    ----------
    seen : Situation
        What is known of the things.
    conditions : sequence of Condition
        In their order.

    Returns
    -------
    int64 ndarray (things,)
        The place of the condition; -1 where none holds.
    """
    found = np.full(seen.count, NONE, np.int64)
    for place, condition in reversed([*enumerate(conditions)]):
        found[condition.truth(seen).sure] = place
    return found


def rank(
    group: NDArray[np.int64], member: NDArray[np.int64], rules: Sequence[tuple[Ranking, Situation]]
) -> NDArray[np.int64]:
    """Find who stands in each group of claimants.

    Parameters
    ----------
    group : int64 ndarray (claims,)
        The group of each claim, from 0 on; each has at least one.
    member : int64 ndarray (claims,)
        Who claims, by its place in the situations.
    rules : sequence of (Ranking, Situation)
        In their order, each with what it sees of all who may claim.

    Returns
    -------
    int64 ndarray (claims,)
        The place of the rule by which each yields; -1 of the one that stands; the number of rules of those that no rule
        tells from it, and that stand later in the situations.

    Notes
    -----
    Each rule lets go those of the ones that are left that it makes yield. One that would make all of them yield decides
    nothing there.
    """
    groups = int(group.max(initial=-1)) + 1
    by = np.full(len(group), STANDS, np.int64)
    for place, (rule, seen) in enumerate(rules):
        left = by == STANDS
        contested = np.bincount(group[left], minlength=groups) > 1
        if not contested.any():
            break
        spoken = _any(group, left & rule.among.truth(seen).sure[member], groups)
        if isinstance(rule.yields, Keeps):
            sign = 1.0 if rule.yields.greatest else -1.0
            low, high = (np.asarray(side, np.float64)[member] for side in seen.number(rule.yields.fact))
            spoken &= ~_any(group, left & (low != high), groups)
            best = np.full(groups, -np.inf)
            np.maximum.at(best, group[left], sign * low[left])
            goes = left & (sign * low < best[group])
        else:
            goes = left & rule.yields.truth(seen).sure[member]
        goes &= (spoken & contested)[group]
        goes &= _any(group, left & ~goes, groups)[group]
        by[goes] = place
    left = np.flatnonzero(by == STANDS)
    first = np.full(groups, np.iinfo(np.int64).max)
    np.minimum.at(first, group[left], member[left])
    by[left[member[left] != first[group[left]]]] = len(rules)
    return by


def _any(group: NDArray[np.int64], which: NDArray[np.bool_], groups: int) -> NDArray[np.bool_]:
    found = np.zeros(groups, np.bool_)
    found[group[which]] = True
    return found
