"""What is uncertain in a study: parameters, class tables and layers with a distribution, and what is drawn for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.catalogue import Catalogue
from shanshui.base.days import Days
from shanshui.base.errors import Problem, did_you_mean
from shanshui.base.vocabulary import COEFFICIENT, Quantity
from shanshui.policy.distributions import Distribution, stratified_shares
from shanshui.policy.parameters import Parameter
from shanshui.study.inputs import Inputs, TableSource
from shanshui.study.plan import Given, Made, Missing, Resolver
from shanshui.study.schema import DeviationSection, StudyFile, UncertaintySection


@dataclass(frozen=True)
class Uncertain:
    """One uncertain thing.

    Parameters
    ----------
    name : str
        A parameter, a table or a layer.
    kind : {"parameter", "table", "layer"}
        Which of the three.
    distributions : tuple of Distribution
        One; of a table one a row. Of a layer it is that of what all its cells are multiplied by, or of what is added.
    labels : tuple of str
        What each is called.
    relative : bool
        Of a layer: whether its cells are multiplied.
    columns : tuple of str
        Of a table: where the numbers stand; of several all in a row are multiplied by the number that is drawn.
    span : tuple of float
        Between which values of a layer make sense; what a draw brings beyond is held at the end.
    source : str or None
        Where the distribution is from.
    """

    name: str
    kind: str
    distributions: tuple[Distribution, ...]
    labels: tuple[str, ...]
    relative: bool = False
    columns: tuple[str, ...] = ()
    span: tuple[float, float] = (-math.inf, math.inf)
    source: str | None = None

    def drawn(self, draws: int, seed: int) -> NDArray[np.float64]:
        """Draw: an array (draws, numbers)."""
        shares = stratified_shares(self.name, len(self.distributions), draws, seed)
        return np.stack([one.at(shares[:, k]) for k, one in enumerate(self.distributions)], axis=1)

    def changed(self, cells: Any, number: float) -> Any:
        """Give the cells of a layer as they are in a draw."""
        if isinstance(cells, Days):
            return cells.mapped(lambda days: self.changed(days, number))
        moved = cells * np.float32(number) if self.relative else cells + np.float32(number)
        low, high = (np.float32(end) for end in self.span)
        return np.minimum(np.maximum(moved, low), high)

    def replaced(self, frame: pd.DataFrame, numbers: NDArray[np.float64]) -> pd.DataFrame:
        """Give a table as it is in a draw."""
        if len(self.columns) == 1:
            return frame.assign(**{self.columns[0]: numbers})
        return frame.assign(**{column: frame[column] * numbers for column in self.columns})


def find_uncertain(
    file: StudyFile, parameters: Mapping[str, Parameter], inputs: Inputs, resolver: Resolver, catalogue: Catalogue
) -> tuple[list[Uncertain], list[Problem]]:
    """Find what each section under [uncertainty] is about.

    Parameters
    ----------
    file : StudyFile
        What study.toml says.
    parameters : mapping of str to Parameter
        The policy pack, with the study's own values.
    inputs : Inputs
        What the study brings.
    resolver : Resolver
        How each quantity is had.
    catalogue : Catalogue
        All words.

    Returns
    -------
    list of Uncertain, list of Problem
    """
    found: list[Uncertain] = []
    problems: list[Problem] = []
    for name, section in file.uncertainty.items():
        key = f"uncertainty.{name}"
        try:
            if name in parameters:
                one = _parameter(name, section, parameters[name])
            elif name in catalogue.vocabulary:
                one = _quantity(name, section, inputs, resolver, catalogue)
            else:
                known = [*(p for p in parameters if isinstance(parameters[p].value, float)), *inputs.sources]
                problems.append(Problem(key, "is no parameter, table or layer", did_you_mean(name, known)))
                continue
        except _FaultError as fault:
            problems.append(Problem(f"{key}{fault.place}", fault.words, fault.mend))
            continue
        pairs = zip(one.labels, one.distributions, strict=True)
        faults = [f"{label} {words}" for label, distribution in pairs if (words := distribution.fault())]
        if faults:
            more = f" (and {len(faults) - 1} more rows)" if len(faults) > 1 else ""
            mend = "give a narrower distribution, or triangular or uniform ends within"
            problems.append(Problem(key, faults[0] + more, mend))
        found.append(one)
    return found, problems


def touched(names: Iterable[str], uncertain: Iterable[Uncertain], resolver: Resolver) -> set[str]:
    """Give those of some quantities that hang on something uncertain.

    Parameters
    ----------
    names : iterable of str
        Quantities, inputs before what is made of them.
    uncertain : iterable of Uncertain
        What is uncertain.
    resolver : Resolver
        How each quantity is had.

    Returns
    -------
    set of str
    """
    moving = {one.name for one in uncertain}
    reached: set[str] = set()
    for name in names:
        found = resolver[name]
        own = isinstance(found, Made) and bool(moving & set(found.step.parameters))
        by_input = isinstance(found, Made) and bool(reached & (set(found.step.inputs) - set(found.absent)))
        if name in moving or own or by_input:
            reached.add(name)
    return reached


class _FaultError(Exception):
    """What is wrong with a section: below which key, what, how to mend it."""

    def __init__(self, words: str, mend: str, place: str = "") -> None:
        super().__init__(words)
        self.words, self.mend, self.place = words, mend, place


def _parameter(name: str, section: UncertaintySection, parameter: Parameter) -> Uncertain:
    if not isinstance(parameter.value, float):
        raise _FaultError(f"is {parameter.value!r}, no number", "leave it out")
    _no_classes(section)
    span = (parameter.minimum, parameter.maximum)
    one = _distribution(section, section, parameter.value, span)
    return Uncertain(name, "parameter", (one,), (name,), source=section.source)


def _quantity(
    name: str, section: UncertaintySection, inputs: Inputs, resolver: Resolver, catalogue: Catalogue
) -> Uncertain:
    word, found = catalogue.vocabulary[name], resolver[name]
    if isinstance(found, Missing):
        raise _FaultError("is not there: " + "; ".join(found.reasons), "bring it, or leave the section out")
    if word.shape == "table":
        if isinstance(found, Given):
            source = inputs.sources[name]
            assert isinstance(source, TableSource)
            return _table(name, section, source.frame, word, catalogue)
        if found.step.takes_nothing:
            return _table(name, section, found.step.function(), word, catalogue)
    if word.shape != "cell" or not isinstance(found, Given):
        raise _FaultError("is made from other things", "make those uncertain: parameters, class tables, layers")
    if word.measure == "class":
        raise _FaultError("holds classes", "make the coefficients of the classes uncertain")
    _no_classes(section)
    # One number for the whole region: by what its cells are multiplied, or what is added to them.
    span = (0.0, math.inf) if section.relative else (-math.inf, math.inf)
    one = _distribution(section, section, 1.0 if section.relative else 0.0, span, of_layer=True)
    return Uncertain(name, "layer", (one,), (name,), section.relative, span=_range(word), source=section.source)


def _range(word: Quantity | None) -> tuple[float, float]:
    low, high = (None, None) if word is None else (word.minimum, word.maximum)
    return -math.inf if low is None else low, math.inf if high is None else high


def _table(
    name: str, section: UncertaintySection, frame: pd.DataFrame, word: Quantity, catalogue: Catalogue
) -> Uncertain:
    numbers = [str(each) for each in frame.columns if frame[each].dtype.kind == "f"]
    if section.column is not None and section.column not in numbers:
        raise _FaultError(
            f"there is no {section.column!r} with numbers", did_you_mean(section.column, numbers), ".column"
        )
    columns = [section.column] if section.column else [COEFFICIENT] if COEFFICIENT in numbers else numbers
    if len(columns) > 1 and not section.relative:
        raise _FaultError("is not said", f"write relative = true, or one of {', '.join(columns)}", ".column")
    own = str(next((c for c in ("code", "level2", "level1") if c in frame and c not in columns), frame.columns[0]))
    labels = tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in frame[own])
    unknown = sorted(set(section.classes) - set(labels))
    if unknown:
        raise _FaultError(f"has no row {', '.join(unknown)}", did_you_mean(unknown[0], labels), ".classes")
    one = columns[0] if len(columns) == 1 else None
    # A column is often called like the quantity that it gives. Several are multiplied together, by nothing below 0.
    span = (0.0, math.inf) if one is None else word.limits.get(one) or _range(catalogue.vocabulary.get(one))
    distributions = []
    for label, value in zip(labels, frame[one] if one else np.ones(len(frame)), strict=True):
        distributions.append(_distribution(section, section.classes.get(label, section), float(value), span))
    told = tuple(f"{name} {label}" for label in labels)
    return Uncertain(name, "table", tuple(distributions), told, columns=tuple(columns), source=section.source)


def _no_classes(section: UncertaintySection) -> None:
    if section.classes or section.column:
        raise _FaultError("is for tables", "leave it out", ".classes" if section.classes else ".column")


def _distribution(
    section: UncertaintySection,
    numbers: DeviationSection,
    value: float,
    span: tuple[float, float],
    of_layer: bool = False,
) -> Distribution:
    """Make a distribution around a value; relative numbers are shares of the value."""
    scale = abs(value) if section.relative else 1.0
    ends: Callable[[float | None], float] = (
        (lambda end: math.nan if end is None else end * value)
        if section.relative and not of_layer
        else (lambda end: math.nan if end is None else end)
    )
    if math.isnan(value):
        # A class without a number has none in any draw.
        return Distribution("normal", value, 0.0)
    if numbers.standard_deviation is None and numbers.low is None:
        return Distribution("normal", value, 0.0, minimum=span[0], maximum=span[1])
    if section.distribution == "normal":
        deviation = math.nan if numbers.standard_deviation is None else numbers.standard_deviation * scale
        return Distribution("normal", value, deviation, minimum=span[0], maximum=span[1])
    low, high = sorted((ends(numbers.low), ends(numbers.high)))
    return Distribution(section.distribution, value, low=low, high=high, minimum=span[0], maximum=span[1])
