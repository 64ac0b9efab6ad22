"""What is found of areas, faces, cells or polygons, as conditions ask for it: facts without a parcel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.ground.overlaps import Overlaps
from shanshui.policy.language.situations import Situation
from shanshui.policy.language.truth import Span, Truth

# Numbers and yes or no, one each or one for all; codes as numbers and what these stand for, -1 where not known.
Value = NDArray[Any] | float | bool | tuple[NDArray[np.int64], tuple[str, ...]]


class Findings(Situation):
    """The facts of many things at once, about which rules decide as they do about questions.

    Parameters
    ----------
    count : int
        How many things.
    facts : mapping of str to (ndarray (count,), float, bool, or pair of int64 ndarray (count,) and tuple of str)
        Numbers, NaN where not known; yes or no as bool; codes as numbers, -1 where not known, with what these stand
        for. What is not given is not known.

    Examples
    --------
    >>> from shanshui.policy.language.parsing import parse
    >>> from shanshui.policy.language.terms import Fact, Terms
    >>> terms = Terms({name: Fact(name, "number") for name in ("share", "obvious_share")})
    >>> faces = Findings(3, {"share": np.array([0.1, 0.2, np.nan]), "obvious_share": 0.2})
    >>> parse("share >= obvious_share", terms).truth(faces).words().tolist()
    ['no', 'yes', 'unknown']
    """

    def __init__(self, count: int, facts: Mapping[str, Value]) -> None:
        super().__init__(_no_ground(), {}, {}, count)
        self._given = dict(facts)
        self._spans: dict[str, Span] = {}

    def also(self, facts: Mapping[str, Value]) -> Findings:
        """Give the same things with more facts, or with others in their place."""
        made = Findings(self.count, {**self._given, **facts})
        made._spans = {name: span for name, span in self._spans.items() if name not in facts}
        return made

    def yes_no(self, fact: str) -> Truth:
        """Tell whether a fact is yes."""
        if fact not in self._given:
            return self._unknown
        values = np.broadcast_to(np.asarray(self._given[fact], bool), self.count)
        return Truth(values, values)

    def codes(self, fact: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Give a coded fact: numbers, -1 where it is not known, and what they stand for."""
        value = self._given.get(fact)
        return value if isinstance(value, tuple) else (np.full(self.count, -1), ())

    def number(self, fact: str) -> Span:
        """Give a number."""
        if fact not in self._spans:
            self._spans[fact] = self._span(self._given.get(fact, np.nan))
        return self._spans[fact]

    def _span(self, value: Any) -> Span:
        values = np.asarray(value)
        unknown = np.isnan(values)
        sides = (values, values) if not unknown.any() else (np.where(unknown, end, values) for end in (-np.inf, np.inf))
        return Span(*(np.broadcast_to(side, self.count) for side in sides))


def codes_found(values: NDArray[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Bring codes to the form of findings.

    Parameters
    ----------
    values : object ndarray of str
        "" where not known.

    Returns
    -------
    int64 ndarray, tuple of str
        Numbers, -1 where not known, and what they stand for.

    Examples
    --------
    >>> codes_found(np.array(["core", "", "general", "core"], object))
    (array([ 0, -1,  1,  0]), ('core', 'general'))
    """
    names, places = np.unique(np.asarray(values, str), return_inverse=True)
    empty = int(len(names) > 0 and names[0] == "")
    return np.asarray(places - empty, np.int64), tuple(str(name) for name in names[empty:])


@cache
def _no_ground() -> Overlaps:
    """Give a parcel that stands for all things, and overlaps nothing."""
    return ControlLayers([]).overlaps(np.array([shapely.box(0, 0, 1, 1)], object))
