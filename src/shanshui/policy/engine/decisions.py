"""Decisions: what the rules say of an activity on a parcel, and of very many parcels at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problems, StudyError
from shanshui.policy.engine.smallest_change import (
    Cut,
    allowed_activities,
    answers,
    asked,
    smallest_answers,
    smallest_cut,
)
from shanshui.policy.engine.weighing import Verdicts, weigh
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.language.situations import Situation, fact_values, plain_facts
from shanshui.policy.language.terms import CODE, YES_NO
from shanshui.policy.rules.packs import RuleBook
from shanshui.policy.rules.rule import PROHIBITED, Rule

# So many parcels are decided together: memory does not grow with their number.
PORTION = 20_000
JOINT = "; "


@dataclass(frozen=True)
class Parcel:
    """A parcel that a question is about.

    Parameters
    ----------
    key : str
        Its key.
    polygon : shapely geometry
        In the plane of the control layers.
    statutory_area_m2 : float or None
        Its area as it stands in the register [m2].
    notes : tuple of str
        What was mended of it.
    measured : mapping of str to object
        Facts of its ground that were measured: they answer where a question does not state them.
    """

    key: str
    polygon: Any
    statutory_area_m2: float | None = None
    notes: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What the rules say of an activity on a parcel.

    Parameters
    ----------
    book : RuleBook
        The rules.
    layers : ControlLayers
        The control layers.
    parcel : Parcel
        The parcel.
    facts : mapping of str to object
        What is known of the question: activity, date, and facts that rules ask for, stated or measured.
    measured : frozenset of str
        Which of the facts were not stated, but measured.
    verdicts : Verdicts
        What came of it.
    """

    book: RuleBook
    layers: ControlLayers
    parcel: Parcel
    facts: Mapping[str, Any]
    measured: frozenset[str]
    verdicts: Verdicts = field(repr=False)

    @property
    def outcome(self) -> str:
        """allowed, allowed_with_conditions, prohibited or undetermined."""
        return str(self.verdicts.outcome[0])

    @cached_property
    def without_slivers(self) -> str:
        """The outcome if overlaps narrower than the control data can tell were not there."""
        return str(_without_slivers(self.book, self.verdicts)[0])

    @cached_property
    def decided_by(self) -> tuple[Rule, ...]:
        """The rules from which the outcome follows."""
        return tuple(rule for rule, where in self.verdicts.decided_by() if where[0])

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """What would have to be known where the outcome is undetermined: ``facts.X``, ``layers.Y``, ``packs.Z``."""
        return tuple(name for name, where in self.verdicts.missing().items() if where[0])

    @cached_property
    def ties(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Rules of one pack and priority that disagree: pack and codes. The strictest of them counts."""
        return tuple(
            (weighed.pack.name, codes)
            for weighed in self.verdicts.packs
            for codes, where in weighed.tied().items()
            if where[0]
        )

    @cached_property
    def cut(self) -> Cut | None:
        """The least ground that has to be left out to make a prohibited activity allowed; None where that is no way."""
        if self.outcome != PROHIBITED:
            return None
        return smallest_cut(self.book, self.layers, self.parcel.polygon, self.facts, self.verdicts)

    @cached_property
    def other_facts(self) -> tuple[list[tuple[str, Any]], str] | None:
        """The fewest facts that, were they others, would make it allowed, and what would come of it."""
        if self.outcome != PROHIBITED:
            return None
        # What was measured stays as it is: nobody can make a slope another.
        return smallest_answers(self.book, self.verdicts, self.facts, self.measured)

    @cached_property
    def activities(self) -> list[tuple[str, str]]:
        """Other activities that may take place there, all else being as it is, and what comes of each."""
        return allowed_activities(self.book, self.verdicts, self.facts)

    @cached_property
    def answers(self) -> list[tuple[str, Any, str]]:
        """What would come of an undetermined question with each value of one fact that is missing."""
        terms, changes = self.book.terms, []
        for name in self.missing:
            fact = terms.facts.get(name.removeprefix("facts."))
            if fact is not None and fact.kind in (YES_NO, CODE):
                changes += [{fact.name: value} for value in (fact.choices or (True, False))]
        outcomes = answers(self.book, self.verdicts, self.facts, changes)
        return [(*next(iter(change.items())), found) for change, found in zip(changes, outcomes, strict=True)]


def decide(book: RuleBook, layers: ControlLayers, parcel: Parcel, facts: Mapping[str, Any]) -> Decision:
    """Say what the rules make of an activity on a parcel.

    Parameters
    ----------
    book : RuleBook
        The rules.
    layers : ControlLayers
        The control layers; one that is not among them is not loaded, and no rule that asks for it is answered.
    parcel : Parcel
        The parcel.
    facts : mapping of str to object
        activity (a code) and date (ISO); industry and other facts that rules ask for. What is neither given here nor
        measured of the parcel is not known.

    Returns
    -------
    Decision

    Raises
    ------
    StudyError
        Naming every fact nobody knows, every value that a fact cannot have, and activity or date where they are
        missing.

    Notes
    -----
    Four outcomes. Prohibition wins; what is not known never allows. See `weighing.weigh`.

    Examples
    --------
    >>> from shapely import box
    >>> from shanshui.policy.ground.control_layers import ControlLayer
    >>> from shanshui.policy.engine.books import read_rule_book
    >>> line = ControlLayer.of("red_line", [box(0, 0, 100, 100)], ["R-1"], scale=10_000)
    >>> mine = {"activity": "D1", "date": "2026-01-01"}
    >>> decide(read_rule_book(["red_line"]), ControlLayers([line]), Parcel("P", box(50, 0, 150, 100)), mine).outcome
    'prohibited'
    """
    stated = plain_facts(facts, book.terms)
    _require(stated)
    unstated = {name: parcel.measured[name] for name in book.facts if name in parcel.measured and name not in stated}
    measured = plain_facts(unstated, book.terms)
    known = {**stated, **measured}
    return Decision(book, layers, parcel, known, frozenset(measured), asked(book, layers, parcel.polygon, known))


def decide_all(
    book: RuleBook,
    layers: ControlLayers,
    polygons: Sequence[Any] | NDArray[np.object_],
    facts: Mapping[str, Any],
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Say what the rules make of very many parcels.

    Parameters
    ----------
    book : RuleBook
        The rules.
    layers : ControlLayers
        The control layers.
    polygons : sequence of shapely geometries (parcels,)
        In the plane of the control layers.
    facts : mapping of str to object
        As for `decide`: one value for all parcels, or a sequence with one for each.
    progress : callable, optional
        Is told how many parcels are done.

    Returns
    -------
    DataFrame
        A row a parcel: area_m2, outcome, without_slivers, rules (that decide, as ``pack:code``), missing (what
        would have to be known) and ties.

    Raises
    ------
    StudyError
        As `decide`.
    """
    shapes = np.empty(len(polygons), object)
    shapes[:] = polygons
    single = {
        name
        for name, value in facts.items()
        if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray | pd.Series)
    }
    columns = {name: [value] if name in single else list(value) for name, value in facts.items()}
    problems = Problems()
    for name, column in columns.items():
        if name not in single and len(column) != len(shapes):
            problems.fault(
                name, f"has {len(column)} values for {len(shapes)} parcels", "give one for each, or one for all"
            )
    if problems:
        raise StudyError(problems)
    values, codes = fact_values(columns, book.terms)
    unknown = {
        "activity": int((values.get("activity", np.array([-1])) < 0).sum()),
        "date": int(np.isnan(values.get("date", np.array([np.nan]))).sum()),
    }
    _require({name: None if count else "known" for name, count in unknown.items()})
    values = {name: np.broadcast_to(value, len(shapes)) if name in single else value for name, value in values.items()}
    portions = []
    for start in range(0, max(len(shapes), 1), PORTION):
        part = slice(start, start + PORTION)
        situation = Situation(
            layers.overlaps(shapes[part]), {name: value[part] for name, value in values.items()}, codes
        )
        portions.append(_told(book, situation))
        if progress is not None:
            progress(min(start + PORTION, len(shapes)))
    return pd.concat(portions, ignore_index=True)


def _told(book: RuleBook, situation: Situation) -> pd.DataFrame:
    verdicts = weigh(book, situation)
    ties = {
        f"{weighed.pack.name}:{'/'.join(rules)}": where
        for weighed in verdicts.packs
        for rules, where in weighed.tied().items()
    }
    return pd.DataFrame(
        {
            "area_m2": situation.area_m2,
            "outcome": verdicts.outcome,
            "without_slivers": _without_slivers(book, verdicts),
            "rules": _joined({":".join(rule.key): where for rule, where in verdicts.decided_by()}, situation.count),
            "missing": _joined(verdicts.missing(), situation.count),
            "ties": _joined(ties, situation.count),
        }
    )


def _without_slivers(book: RuleBook, verdicts: Verdicts) -> NDArray[np.object_]:
    """Give the outcome of each question if overlaps narrower than the control data can tell were not there."""
    situation = verdicts.situation
    if not situation.overlaps.sliver.any():
        return verdicts.outcome
    return weigh(book, situation.without_slivers()).outcome


def _joined(named: Mapping[str, NDArray[np.bool_]], count: int) -> NDArray[np.object_]:
    """Name for each question what is true of it; questions of which the same is true are told once."""
    if not named:
        return np.full(count, "", object)
    names = list(named)
    packed = np.packbits(np.column_stack([np.broadcast_to(named[name], (count,)) for name in names]), axis=1)
    kinds, which = np.unique(packed, axis=0, return_inverse=True)
    of_kind = np.unpackbits(kinds, axis=1, count=len(names)).astype(bool)
    told = np.array(
        [JOINT.join(name for name, is_true in zip(names, row, strict=True) if is_true) for row in of_kind], object
    )
    return told[which.ravel()]


def _require(facts: Mapping[str, Any]) -> None:
    problems = Problems()
    for name, example in (("activity", "a code such as A5"), ("date", "the day, such as 2026-01-31")):
        if facts.get(name) is None:
            problems.fault(name, "is missing", f"give {example}")
    if problems:
        raise StudyError(problems)
