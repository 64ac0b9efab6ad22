"""Conditions of rules: true, false or not known, for many questions at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from shanshui.policy.language.grounds import Where, ground_text
from shanshui.policy.language.numbers import Number
from shanshui.policy.language.truth import Bools, Truth

if TYPE_CHECKING:
    from shanshui.policy.language.situations import Situation

Operator = Literal["<", "<=", ">", ">=", "==", "!="]


class Condition:
    """What holds, does not hold, or is not known of a question."""

    def truth(self, situation: Situation) -> Truth:
        """Tell for each question of a situation whether the condition holds."""
        found = situation.truths.get(id(self))
        if found is None:
            # It is kept beside its truth, so that no other one takes its place in memory.
            found = situation.truths[id(self)] = self, self._truth(situation)
        return found[1]

    def _truth(self, situation: Situation) -> Truth:
        raise NotImplementedError

    def excludes(self, fact: str, code: str) -> bool:
        """Tell whether it plainly cannot hold where a coded fact is this one."""
        return False

    def parts(self) -> tuple[Condition, ...]:
        """Give the conditions it is made of."""
        return ()

    def leaves(self) -> Iterator[Condition]:
        """Give the simple conditions in it."""
        for part in self.parts():
            yield from part.leaves()
        if not self.parts():
            yield self

    @property
    def facts(self) -> frozenset[str]:
        """The facts it asks for."""
        return frozenset().union(*(part.facts for part in self.parts()))

    @cached_property
    def grounds(self) -> frozenset[tuple[str, Where]]:
        """The control layers it asks for, each with the polygons of it that count."""
        return frozenset().union(*(part.grounds for part in self.parts()))

    @cached_property
    def layers(self) -> frozenset[str]:
        """The names of the control layers it asks for."""
        return frozenset(layer for layer, _ in self.grounds)

    def missing(self, situation: Situation, among: Bools) -> Iterator[tuple[str, Bools]]:
        """Name what would have to be known to know whether the condition holds, each with the questions that lack it.

        Parameters
        ----------
        situation : Situation
            The questions.
        among : bool ndarray
            Those that are looked at.

        Yields
        ------
        str, bool ndarray
            ``facts.NAME``, ``layers.NAME`` or ``layers.NAME.COLUMN``, and who lacks it.
        """
        truth = self.truth(situation)
        unknown = among & truth.possible & ~truth.sure
        if unknown.any():
            yield from self._lacking(situation, unknown)

    def _lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        for part in self.parts():
            yield from part.missing(situation, unknown)


@dataclass(frozen=True)
class All(Condition):
    """All of several conditions; none of them always holds."""

    of: tuple[Condition, ...]

    def parts(self) -> tuple[Condition, ...]:
        """See `Condition`."""
        return self.of

    def excludes(self, fact: str, code: str) -> bool:
        """See `Condition`."""
        return any(part.excludes(fact, code) for part in self._facts_first)

    @cached_property
    def _facts_first(self) -> tuple[Condition, ...]:
        """The same conditions; those that facts alone answer, which mostly rule the others out, before the ground."""
        return tuple(sorted(self.of, key=lambda part: bool(part.grounds)))

    def _truth(self, situation: Situation) -> Truth:
        if not self.of:
            return Truth.of(True, situation.count)
        first, *others = self._facts_first
        truth = first.truth(situation)
        for part in others:
            if not np.count_nonzero(truth.possible):
                break
            truth &= part.truth(situation)
        return truth

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.of)


@dataclass(frozen=True)
class AnyOf(Condition):
    """At least one of several conditions."""

    of: tuple[Condition, ...]

    def parts(self) -> tuple[Condition, ...]:
        """See `Condition`."""
        return self.of

    def _truth(self, situation: Situation) -> Truth:
        truth = Truth.of(False, situation.count)
        for part in self.of:
            truth |= part.truth(situation)
        return truth

    def __str__(self) -> str:
        return " or ".join(map(str, self.of))


@dataclass(frozen=True)
class Not(Condition):
    """That a condition does not hold."""

    of: Condition

    def parts(self) -> tuple[Condition, ...]:
        """See `Condition`."""
        return (self.of,)

    def excludes(self, fact: str, code: str) -> bool:
        """See `Condition`."""
        return isinstance(self.of, OneOf) and self.of.fact == fact and self.of.fits(code)

    def _truth(self, situation: Situation) -> Truth:
        return ~self.of.truth(situation)

    def __str__(self) -> str:
        return f"not ({self.of})" if isinstance(self.of, All | AnyOf) else f"not {self.of}"


@dataclass(frozen=True)
class YesNo(Condition):
    """That a fact of yes or no is yes."""

    fact: str

    @property
    def facts(self) -> frozenset[str]:
        """See `Condition`."""
        return frozenset({self.fact})

    def _truth(self, situation: Situation) -> Truth:
        return situation.yes_no(self.fact)

    def _lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        yield f"facts.{self.fact}", unknown

    def __str__(self) -> str:
        return self.fact


@dataclass(frozen=True)
class OneOf(Condition):
    """That a coded fact is one of several codes, or below one of them.

    Parameters
    ----------
    fact : str
        The fact.
    codes : tuple of str
        As they are written.
    matches : frozenset of str
        All codes that count; of industries, whose codes below these are not listed, what their codes begin with.
    wider : frozenset of str
        Codes above these: whoever gives one of them has not said enough.
    prefix : bool
        Whether a code counts that begins with one of them.
    """

    fact: str
    codes: tuple[str, ...]
    matches: frozenset[str]
    wider: frozenset[str] = frozenset()
    prefix: bool = False

    @property
    def facts(self) -> frozenset[str]:
        """See `Condition`."""
        return frozenset({self.fact})

    def fits(self, code: str) -> bool:
        """Tell whether a code is one of them, or below one."""
        return code.startswith(tuple(self.matches)) if self.prefix else code in self.matches

    def excludes(self, fact: str, code: str) -> bool:
        """See `Condition`."""
        return self.fact == fact and not self.fits(code) and code not in self.wider

    def _truth(self, situation: Situation) -> Truth:
        numbers, codes = situation.codes(self.fact)
        # The last place is for -1, which is not known.
        sure = np.array([self.fits(code) for code in codes] + [False])
        possible = sure | np.array([code in self.wider for code in codes] + [True])
        return Truth(sure[numbers], possible[numbers])

    def _lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        yield f"facts.{self.fact}", unknown

    def __str__(self) -> str:
        if len(self.codes) == 1:
            return f'{self.fact} == "{self.codes[0]}"'
        return f"{self.fact} in ({', '.join(f'{chr(34)}{code}{chr(34)}' for code in self.codes)})"


@dataclass(frozen=True)
class Touches(Condition):
    """That the parcel overlaps a control layer, or those of its polygons that fit."""

    layer: str
    where: Where = ()

    @cached_property
    def grounds(self) -> frozenset[tuple[str, Where]]:
        """See `Condition`."""
        return frozenset({(self.layer, self.where)})

    def _truth(self, situation: Situation) -> Truth:
        return situation.touches(self.layer, self.where)

    def _lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        yield from situation.lacking_of_layer(self.layer, self.where, unknown)

    def __str__(self) -> str:
        return f"touches({ground_text(self.layer, self.where)})"


@dataclass(frozen=True)
class Compared(Condition):
    """That two numbers stand to each other in this way."""

    left: Number
    operator: Operator
    right: Number

    @property
    def facts(self) -> frozenset[str]:
        """See `Condition`."""
        return self.left.facts | self.right.facts

    @cached_property
    def grounds(self) -> frozenset[tuple[str, Where]]:
        """See `Condition`."""
        return self.left.grounds | self.right.grounds

    def _truth(self, situation: Situation) -> Truth:
        one, other = self.left.span(situation), self.right.span(situation)
        match self.operator:
            case "<":
                return Truth(one.high < other.low, one.low < other.high)
            case "<=":
                return Truth(one.high <= other.low, one.low <= other.high)
            case ">":
                return Truth(one.low > other.high, one.high > other.low)
            case ">=":
                return Truth(one.low >= other.high, one.high >= other.low)
        same = Truth(
            (one.low == one.high) & (other.low == other.high) & (one.low == other.low),
            (one.low <= other.high) & (other.low <= one.high),
        )
        return same if self.operator == "==" else ~same

    def _lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        for side in (self.left, self.right):
            span = side.span(situation)
            yield from side.lacking(situation, unknown & (span.low != span.high))

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """Give the conditions that must all hold, one by one."""
    return condition.of if isinstance(condition, All) else (condition,)
