"""The smallest change that makes an activity allowed: ground that is left out, or a fact that is another."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import shapely

from shanshui.policy.engine.weighing import Verdicts, weigh
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.ground.widths import wider
from shanshui.policy.language.conditions import Compared, Condition
from shanshui.policy.language.numbers import Constant, FactNumber
from shanshui.policy.language.situations import Situation, fact_values
from shanshui.policy.language.terms import NUMBER, YES_NO
from shanshui.policy.rules.packs import RuleBook
from shanshui.policy.rules.rule import ALLOWED, CONDITIONAL, OUTCOMES, PROHIBITED

GOOD = (ALLOWED, CONDITIONAL)
# So many choices of ground are asked for at most.
_MOST_ASKED = 200
# A part of an overlap is found to this share of the whole.
_HALVINGS = 24
# Facts that are no matter of choice.
_GIVEN = ("activity", "industry", "date", "area_m2")
# What remains and is nowhere wider is nothing [m].
LEAST_WIDTH = 1.0
# What would be saved by leaving out a part instead of a whole polygon must be worth it.
_WORTHWHILE = 0.01


@dataclass(frozen=True)
class Cut:
    """Ground that is left out.

    Parameters
    ----------
    polygons : tuple of (str, str)
        The control polygons on which it lies: layer and key.
    areas_m2 : tuple of float
        How much of the parcel lies in each [m2].
    area_m2 : float
        How much is left out [m2].
    remaining : shapely geometry
        The parcel without it.
    outcome : str
        What comes of it.
    """

    polygons: tuple[tuple[str, str], ...]
    areas_m2: tuple[float, ...]
    area_m2: float
    remaining: Any
    outcome: str


def smallest_cut(
    book: RuleBook, layers: ControlLayers, polygon: Any, facts: Mapping[str, Any], verdicts: Verdicts
) -> Cut | None:
    """Find the least ground that has to be left out.

    Parameters
    ----------
    book : RuleBook
        The rules.
    layers : ControlLayers
        The control layers.
    polygon : shapely geometry
        The parcel, in the plane of the layers.
    facts : mapping of str to object
        What is known of the question.
    verdicts : Verdicts
        What comes of it as it stands.

    Returns
    -------
    Cut or None
        None where leaving out ground does not help, or nothing of the parcel remains.

    Notes
    -----
    To take a rule that prohibits out of the way, all polygons of one of the layers in its condition are left out.
    Choices are tried in the order of the area lost, so that the first good one is the least. Where a rule asks how much
    is overlapped, a straight cut across what would be left out is moved until just enough is left out. Every choice is
    asked anew.
    """
    whole = _least_polygons(book, layers, polygon, facts, verdicts)
    kept, outcome, chosen = (None, "", frozenset()) if whole is None else whole
    if _asks_how_much(verdicts):
        seen = _without(layers, polygon, _all_seen(verdicts)) if kept is None else kept
        part = _least_part(book, layers, polygon, shapely.difference(polygon, seen), facts)
        if part is not None and (kept is None or _saves(part[0], kept, polygon)):
            (kept, outcome), chosen = part, _all_seen(verdicts)
    if kept is None:
        return None
    lost = shapely.difference(polygon, kept)
    parts = {
        (layer, row): float(shapely.area(shapely.intersection(lost, layers[layer].polygons[row])))
        for layer, row in sorted(chosen)
    }
    cut = {one: area for one, area in parts.items() if area > 0}
    return Cut(
        tuple((layer, str(layers[layer].keys[row])) for layer, row in cut),
        tuple(cut.values()),
        float(shapely.area(lost)),
        kept,
        outcome,
    )


def outcome_without_seen(
    book: RuleBook, layers: ControlLayers, polygon: Any, facts: Mapping[str, Any], verdicts: Verdicts
) -> str:
    """Tell what would come of a question without all the ground that rules which prohibit see.

    Parameters
    ----------
    book, layers, polygon, facts, verdicts
        As for `smallest_cut`.

    Returns
    -------
    str
        Prohibited where some rule does not give way, or nothing of the parcel remains.
    """
    seen: frozenset[tuple[str, int]] = frozenset()
    while verdicts.outcome[0] == PROHIBITED and not _all_seen(verdicts) <= seen:
        seen |= _all_seen(verdicts)
        rest = _without(layers, polygon, seen)
        if not _is_ground(rest):
            break
        verdicts = asked(book, layers, rest, facts)
    return str(verdicts.outcome[0])


def asked(book: RuleBook, layers: ControlLayers, polygon: Any, facts: Mapping[str, Any]) -> Verdicts:
    """Put one question.

    Parameters
    ----------
    book : RuleBook
        The rules.
    layers : ControlLayers
        The control layers.
    polygon : shapely geometry
        The parcel, in the plane of the layers.
    facts : mapping of str to object
        What is known of the question.

    Returns
    -------
    Verdicts
        Of one question.
    """
    values, codes = fact_values({name: [value] for name, value in facts.items()}, book.terms)
    return weigh(book, Situation(layers.overlaps(np.array([polygon], object)), values, codes))


def smallest_answers(
    book: RuleBook, verdicts: Verdicts, facts: Mapping[str, Any], kept: Collection[str] = ()
) -> tuple[list[tuple[str, Any]], str] | None:
    """Find the fewest facts that, were they others, would make the activity allowed.

    Parameters
    ----------
    book : RuleBook
        The rules.
    verdicts : Verdicts
        What comes of the question as it stands.
    facts : mapping of str to object
        What is known of it.
    kept : collection of str
        Facts that are as they are.

    Returns
    -------
    list of (str, object), str, or None
        The facts and what they would have to be, and what comes of it; None where no one or two facts help.
    """
    others = [(name, value) for name, value in _others(book, facts) if name not in kept]
    for together in (1, 2):
        tried = [chosen for chosen in combinations(others, together) if len({name for name, _ in chosen}) == together]
        outcomes = answers(book, verdicts, facts, [dict(chosen) for chosen in tried])
        for wanted in GOOD:
            for chosen, found in zip(tried, outcomes, strict=True):
                if found == wanted:
                    return list(chosen), wanted
    return None


def answers(book: RuleBook, verdicts: Verdicts, facts: Mapping[str, Any], changes: list[dict[str, Any]]) -> list[str]:
    """Tell what would come of a question were some facts others.

    Parameters
    ----------
    book : RuleBook
        The rules.
    verdicts : Verdicts
        What comes of it as it stands.
    facts : mapping of str to object
        What is known of it.
    changes : list of dict of str to object
        The facts that are others, for each answer.

    Returns
    -------
    list of str
        An outcome for each.
    """
    if not changes:
        return []
    names = dict.fromkeys([*facts, *(name for change in changes for name in change)])
    columns = {name: [change.get(name, facts.get(name)) for change in changes] for name in names}
    values, codes = fact_values(columns, book.terms)
    return list(weigh(book, Situation(verdicts.situation.overlaps, values, codes, len(changes))).outcome)


def allowed_activities(book: RuleBook, verdicts: Verdicts, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name the activities that may take place on the same ground, all else being as it is.

    Parameters
    ----------
    book : RuleBook
        The rules.
    verdicts : Verdicts
        What comes of the question as it stands.
    facts : mapping of str to object
        What is known of it.

    Returns
    -------
    list of (str, str)
        Codes, and what comes of each: allowed, or allowed with conditions.
    """
    codes = [code for code in book.terms.activities if code != facts.get("activity")]
    outcomes = answers(book, verdicts, facts, [{"activity": code} for code in codes])
    return [(code, found) for code, found in zip(codes, outcomes, strict=True) if found in GOOD]


def _prohibiting(verdicts: Verdicts) -> list[Condition]:
    """Give the conditions of the rules that stand in the way of a question."""
    found = []
    for weighed in verdicts.packs:
        for rule in weighed.pack.rules:
            where = weighed.deciding.get(rule.code)
            if where is not None and where[0] and OUTCOMES[rule.strictness] == PROHIBITED:
                found.append(rule.condition)
    return found


def _grounds(condition: Condition, verdicts: Verdicts) -> list[tuple[tuple[str, int], ...]]:
    """Give for each ground of a condition the polygons that the parcel overlaps: layer and row."""
    overlaps = verdicts.situation.overlaps
    found = [
        tuple((layer, int(row)) for row in overlaps.polygons_of(0, layer, dict(where)))
        for layer, where in sorted(condition.grounds)
        if layer in overlaps.layers
    ]
    return [polygons for polygons in found if polygons]


def _all_seen(verdicts: Verdicts) -> frozenset[tuple[str, int]]:
    """Give all polygons that the rules in the way see."""
    grounds = [ground for condition in _prohibiting(verdicts) for ground in _grounds(condition, verdicts)]
    return frozenset(one for ground in grounds for one in ground)


def _without(layers: ControlLayers, polygon: Any, chosen: frozenset[tuple[str, int]]) -> Any:
    ground = shapely.union_all([layers[layer].polygons[row] for layer, row in sorted(chosen)])
    return _polygons(shapely.difference(polygon, ground))


def _least_polygons(
    book: RuleBook, layers: ControlLayers, polygon: Any, facts: Mapping[str, Any], verdicts: Verdicts
) -> tuple[Any, str, frozenset[tuple[str, int]]] | None:
    """Find the polygons on which least ground has to be left out: what remains, what comes of it, which they are."""
    nothing: frozenset[tuple[str, int]] = frozenset()
    ahead: list[tuple[float, list[tuple[str, int]], Any, Verdicts | None]] = [(0.0, [], polygon, verdicts)]
    known = {nothing}
    for _ in range(_MOST_ASKED):
        if not ahead:
            return None
        _, listed, shape, now = heapq.heappop(ahead)
        now = asked(book, layers, shape, facts) if now is None else now
        if now.outcome[0] in GOOD:
            return shape, str(now.outcome[0]), frozenset(listed)
        for condition in _prohibiting(now)[:1]:  # each of them has to be taken out of the way: the order is free
            for ground in _grounds(condition, now):
                chosen = frozenset(listed) | frozenset(ground)
                if chosen in known:
                    continue
                known.add(chosen)
                rest = _without(layers, polygon, chosen)
                if _is_ground(rest):
                    lost = float(shapely.area(polygon) - shapely.area(rest))
                    heapq.heappush(ahead, (lost, sorted(chosen), rest, None))
    return None


def _asks_how_much(verdicts: Verdicts) -> bool:
    leaves = (leaf for condition in _prohibiting(verdicts) for leaf in condition.leaves())
    return any(isinstance(leaf, Compared) and leaf.grounds for leaf in leaves)


def _least_part(
    book: RuleBook, layers: ControlLayers, polygon: Any, lost: Any, facts: Mapping[str, Any]
) -> tuple[Any, str] | None:
    """Move a straight cut across the ground that is left out, so that as much of it as may be is kept."""
    if lost.is_empty:
        return None
    left, low, right, high = shapely.bounds(lost)
    best = None
    worst, good = right, left  # ground east of the cut is left out: nothing of it, then more and more
    for _ in range(_HALVINGS):
        middle = (worst + good) / 2
        outer = shapely.intersection(lost, shapely.box(middle, low - 1, right + 1, high + 1))
        shape = _polygons(shapely.difference(polygon, outer))
        outcome = str(asked(book, layers, shape, facts).outcome[0])
        if outcome in GOOD and _is_ground(shape):
            best, good = (shape, outcome), middle
        else:
            worst = middle
    return best


def _is_ground(shape: Any) -> bool:
    """Tell whether something can still be done on what remains."""
    return bool(wider(np.array([shape], object), LEAST_WIDTH)[0])


def _saves(part: Any, whole: Any, polygon: Any) -> bool:
    """Tell whether leaving out a part instead of whole polygons is worth it."""
    lost = float(shapely.area(polygon) - shapely.area(whole))
    return float(shapely.area(part) - shapely.area(whole)) > _WORTHWHILE * lost


def _polygons(shape: Any) -> Any:
    """Keep of a geometry what has an area."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.multipolygons([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _others(book: RuleBook, facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give all facts that rules ask for, with every value that makes a difference to one of them."""
    leaves = [leaf for rule in book.rules.values() for leaf in rule.condition.leaves()]
    for name in book.facts:
        if name in _GIVEN or name not in facts:
            continue
        fact = book.terms.facts[name]
        now = facts[name]
        if fact.kind == YES_NO:
            yield name, not now
        elif fact.kind == NUMBER:
            yield from ((name, value) for value in _bounds(name, leaves) if value != float(now))
        else:
            yield from ((name, choice) for choice in fact.choices if choice != now)


def _bounds(name: str, leaves: list[Condition]) -> list[float]:
    """Give the numbers that just fulfil, or just do not fulfil, what rules ask of a fact."""
    found: set[float] = set()
    for leaf in leaves:
        if not isinstance(leaf, Compared):
            continue
        for one, other in ((leaf.left, leaf.right), (leaf.right, leaf.left)):
            if isinstance(one, FactNumber) and one.fact == name and isinstance(other, Constant):
                found |= {
                    other.value,
                    float(np.nextafter(other.value, np.inf)),
                    float(np.nextafter(other.value, -np.inf)),
                }
    return sorted(found)
