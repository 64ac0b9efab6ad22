"""What is known of several questions at once: their facts, and what their parcels overlap."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problems, StudyError, did_you_mean
from shanshui.policy.ground.control_layers import Overlaps
from shanshui.policy.language.grounds import Where
from shanshui.policy.language.parsing import ConditionError, day
from shanshui.policy.language.terms import ACTIVITY, AREA, CODE, DATE, INDUSTRY, YES_NO, Terms
from shanshui.policy.language.truth import Bools, Span, Truth

_ROUNDING = 1e-9
_YES, _NO = {"yes", "true", "1", "y", "是"}, {"no", "false", "0", "n", "否"}


class Situation:
    """The facts of several questions, and what their parcels overlap.

    Parameters
    ----------
    overlaps : Overlaps
        Of their parcels; layers that are not in it are not loaded.
    facts : mapping of str to (sequence of values)
        One value a question, as `fact_values` gives them: NaN, None or -1 where it is not known.
    codes : mapping of str to (tuple of str)
        What the numbers of coded facts stand for.
    count : int, optional
        How many questions: as many as parcels by default; any number where there is one parcel, about which all are.
    """

    def __init__(
        self,
        overlaps: Overlaps,
        facts: Mapping[str, NDArray[Any]],
        codes: Mapping[str, tuple[str, ...]],
        count: int | None = None,
    ) -> None:
        self.overlaps, self._facts, self._codes = overlaps, facts, codes
        self.count = overlaps.parcels if count is None else count
        # What was found out of conditions, by their identity: rules share them.
        self.truths: dict[int, tuple[Any, Truth]] = {}
        self._touching: dict[tuple[str, Where], Truth] = {}
        self._overlapping: dict[tuple[str, Where], Span] = {}

    @property
    def area_m2(self) -> NDArray[np.float64]:
        """The area of each parcel [m2]."""
        return self.overlaps.whole

    def without_slivers(self) -> Situation:
        """Give the same, as if overlaps narrower than the control data can tell were not there."""
        overlaps = self.overlaps
        other = Situation(overlaps.without_slivers(), self._facts, self._codes, self.count)
        # What asks for no layer of which slivers are left out is true or not as before.
        changed = {overlaps.layers[layer] for layer in np.unique(overlaps.layer[overlaps.sliver])}
        other.truths = {key: known for key, known in self.truths.items() if changed.isdisjoint(known[0].layers)}
        return other

    @cached_property
    def _unknown(self) -> Truth:
        return Truth(np.zeros(self.count, bool), np.ones(self.count, bool))

    def yes_no(self, fact: str) -> Truth:
        """Tell whether a fact is yes."""
        values = self._facts.get(fact)
        return self._unknown if values is None else Truth(values == 1, values != 0)

    def codes(self, fact: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Give a coded fact: numbers, -1 where it is not known, and what they stand for."""
        values = self._facts.get(fact)
        if values is None:
            return np.full(self.count, -1), ()
        return values, self._codes[fact]

    def number(self, fact: str) -> Span:
        """Give a number, or a date in days."""
        values = self.area_m2 if fact == AREA else self._facts.get(fact)
        if values is None:
            return Span(np.full(self.count, -np.inf), np.full(self.count, np.inf))
        unknown = np.isnan(values)
        if not unknown.any():
            return Span(values, values)
        return Span(np.where(unknown, -np.inf, values), np.where(unknown, np.inf, values))

    def touches(self, layer: str, where: Where) -> Truth:
        """Tell whether parcels overlap a control layer."""
        if layer not in self.overlaps.layers:
            return self._unknown
        found = self._touching.get((layer, where))
        if found is None:
            sure, possible = self.overlaps.touches(layer, dict(where))
            # What lies out there is not known.
            found = self._touching[layer, where] = Truth(sure, possible | self.overlaps.outside)
        return found

    def overlap(self, layer: str, where: Where) -> Span:
        """Give how much of each parcel lies in a control layer [m2]."""
        if layer not in self.overlaps.layers:
            return Span(np.zeros_like(self.area_m2), self.area_m2)
        found = self._overlapping.get((layer, where))
        if found is None:
            whole, outside = self.area_m2, self.overlaps.outside
            # Sums of parts that make up a whole fall short of it by rounding.
            low, high = (
                np.where(part > whole * (1.0 - _ROUNDING), whole, part)
                for part in self.overlaps.area(layer, dict(where))
            )
            found = self._overlapping[layer, where] = Span(low, np.where(outside, whole, high))
        return found

    def lacking_of_layer(self, layer: str, where: Where, unknown: Bools) -> Iterator[tuple[str, Bools]]:
        """Name what of a control layer is not known, each with the questions that lack it."""
        if layer not in self.overlaps.layers:
            yield f"layers.{layer}", unknown
            return
        outside = self.overlaps.outside
        yield "parcel", unknown & outside
        for column, _ in where:
            yield f"layers.{layer}.{column}", unknown & ~outside


def fact_values(
    given: Mapping[str, Sequence[Any]], terms: Terms, key: str = "facts"
) -> tuple[dict[str, NDArray[Any]], dict[str, tuple[str, ...]]]:
    """Bring the facts of questions to numbers.

    Parameters
    ----------
    given : mapping of str to sequence
        For each fact a value a question: yes, no, 1, 0, true, false; numbers; codes; dates. None, NaN and "" are not
        known.
    terms : Terms
        What there is.
    key : str
        Under which the facts stand, for what is wrong with them.

    Returns
    -------
    dict of str to ndarray, dict of str to tuple of str
        Yes and no as 1.0 and 0.0, numbers and days (float64, NaN where not known), codes as int64 (-1 where not known);
        and what the numbers of codes stand for.

    Raises
    ------
    StudyError
        Naming every fact nobody knows and every value that it cannot have.
    """
    problems, values, codes = Problems(), {}, {}
    for name, column in given.items():
        fact = terms.facts.get(name)
        if fact is None:
            problems.fault(f"{key}.{name}", "is no fact that rules ask for", did_you_mean(name, terms.facts))
            continue
        if name == AREA:
            problems.fault(f"{key}.{name}", "is measured", "leave it out: the parcel says it")
            continue
        texts = [text_of(value) for value in column]
        if fact.kind in (CODE, ACTIVITY, INDUSTRY):
            listed = tuple(sorted(set(texts) - {""}))
            for code in listed:
                _check_code(f"{key}.{name}", code, fact.kind, fact.choices, terms, problems)
            number = {code: place for place, code in enumerate(listed)} | {"": -1}
            values[name], codes[name] = np.array([number[text] for text in texts], np.int64), listed
        else:
            values[name] = np.array(
                [_number(f"{key}.{name}", text, fact.kind, fact.limits, problems) for text in texts], np.float64
            )
    if problems:
        raise StudyError(problems)
    return values, codes


def plain_facts(facts: Mapping[str, Any], terms: Terms) -> dict[str, bool | float | str]:
    """Bring the facts of one question to one spelling; those that are not known are left out.

    Parameters
    ----------
    facts : mapping of str to object
        As they are given: True, "yes" or 1; dates as texts or dates.
    terms : Terms
        What there is.

    Returns
    -------
    dict of str to bool, float or str
        Dates as ISO texts.

    Raises
    ------
    StudyError
        As `fact_values`.

    Examples
    --------
    >>> from shanshui.policy.language.terms import ALWAYS, Fact
    >>> terms = Terms({fact.name: fact for fact in (*ALWAYS, Fact("construction", "yes_no"))})
    >>> plain_facts({"construction": 1, "date": "2026-01-31", "industry": ""}, terms)
    {'construction': True, 'date': '2026-01-31'}
    """
    values, codes = fact_values({name: [value] for name, value in facts.items()}, terms)
    found: dict[str, bool | float | str] = {}
    for name, value in values.items():
        one = value[0]
        if name in codes:
            if one >= 0:
                found[name] = codes[name][one]
        elif not np.isnan(one):
            kind = terms.facts[name].kind
            if kind == DATE:
                found[name] = date.fromordinal(int(one)).isoformat()
            else:
                found[name] = bool(one) if kind == YES_NO else float(one)
    return found


def text_of(value: Any) -> str:
    """Give a value as it would be written; "" where it is not known.

    Examples
    --------
    >>> text_of(17.0), text_of(True), text_of(None), text_of(" A5 ")
    ('17', 'yes', '', 'A5')
    """
    if (
        value is None
        or value is pd.NaT
        or value is pd.NA
        or (isinstance(value, float | np.floating) and np.isnan(value))
    ):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, np.datetime64):
        return str(value)[:10]
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _number(key: str, text: str, kind: str, limits: tuple[float, float], problems: Problems) -> float:
    if text == "":
        return math.nan
    if kind == YES_NO:
        if text.lower() in _YES | _NO:
            return float(text.lower() in _YES)
        problems.fault(key, f"is {text!r}", "write yes or no")
        return math.nan
    try:
        value = float(day(text)) if kind == DATE else float(text)
    except ConditionError as error:
        problems.fault(key, error.fault, error.mend)
    except ValueError:
        problems.fault(key, f"{text!r} is no number", "write a number")
    else:
        low, high = (-math.inf, math.inf) if kind == DATE else limits
        if math.isfinite(value) and low <= value <= high:
            return value
        if math.isfinite(value):
            span = f"between {low:g} and {high:g}" if math.isfinite(high) else f"of at least {low:g}"
            problems.fault(key, f"is {text}", f"give a number {span}")
        else:
            problems.fault(key, f"{text!r} is no number", "write a number")
    return math.nan


def _check_code(key: str, code: str, kind: str, choices: Iterable[str], terms: Terms, problems: Problems) -> None:
    if kind == ACTIVITY and code not in terms.activities:
        problems.fault(key, f"there is no activity {code!r}", did_you_mean(code, terms.activities))
    elif kind == INDUSTRY and terms.industries.fault(code):
        problems.fault(key, str(terms.industries.fault(code)), "give a code of GB/T 4754")
    elif kind == CODE and code not in choices:
        problems.fault(key, f"there is no {code!r}", did_you_mean(code, choices))
