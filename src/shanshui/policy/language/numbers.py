"""Numbers that conditions compare: as they are written, facts, and how much of a parcel lies in a control layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from shanshui.policy.language.grounds import Where, ground_text
from shanshui.policy.language.truth import Bools, Span

if TYPE_CHECKING:
    from shanshui.policy.language.situations import Situation


class Number:
    """A number that conditions compare."""

    @property
    def facts(self) -> frozenset[str]:
        """The facts it asks for."""
        return frozenset()

    @cached_property
    def grounds(self) -> frozenset[tuple[str, Where]]:
        """The control layers it asks for, each with the polygons of it that count."""
        return frozenset()

    def span(self, situation: Situation) -> Span:
        """Tell for each question of a situation between which values the number lies."""
        raise NotImplementedError

    def lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        """Name what would have to be known where it is not known, each with the questions that lack it."""
        yield from ()


@dataclass(frozen=True)
class Constant(Number):
    """A number as it is written; dates are days since the first of the calendar."""

    value: float
    written: str

    def span(self, situation: Situation) -> Span:
        """See `Number`."""
        value = np.full(situation.count, self.value)
        return Span(value, value)

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True)
class FactNumber(Number):
    """A number, or a date, that is a fact of the question."""

    fact: str

    @property
    def facts(self) -> frozenset[str]:
        """See `Number`."""
        return frozenset({self.fact})

    def span(self, situation: Situation) -> Span:
        """See `Number`."""
        return situation.number(self.fact)

    def lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        """See `Number`."""
        yield f"facts.{self.fact}", unknown

    def __str__(self) -> str:
        return self.fact


@dataclass(frozen=True)
class Overlap(Number):
    """How much of the parcel lies in a control layer, or in those of its polygons that fit."""

    measure: Literal["overlap_m2", "overlap_percent"]
    layer: str
    where: Where = ()

    @cached_property
    def grounds(self) -> frozenset[tuple[str, Where]]:
        """See `Number`."""
        return frozenset({(self.layer, self.where)})

    def span(self, situation: Situation) -> Span:
        """See `Number`."""
        span = situation.overlap(self.layer, self.where)
        if self.measure == "overlap_m2":
            return span
        whole = situation.area_m2
        # In this order the whole of it is 100 to the last digit.
        return Span(*(100.0 * np.divide(part, whole, out=np.zeros_like(part), where=whole > 0) for part in span))

    def lacking(self, situation: Situation, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        """See `Number`."""
        yield from situation.lacking_of_layer(self.layer, self.where, unknown)

    def __str__(self) -> str:
        return f"{self.measure}({ground_text(self.layer, self.where)})"
