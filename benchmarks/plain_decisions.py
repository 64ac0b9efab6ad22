"""Decisions as one would write them by hand: a tree for each layer, a loop over the hits, and rules in plain Python."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from shanshui.policy.ground.control_layers import LEAST_AREA, ControlLayer
from shanshui.policy.language.conditions import All, AnyOf, Compared, Condition, Not, OneOf, Touches, YesNo
from shanshui.policy.language.grounds import Where
from shanshui.policy.language.numbers import Constant, FactNumber, Overlap
from shanshui.policy.language.parsing import day
from shanshui.policy.language.terms import AREA, DATE
from shanshui.policy.rules.packs import RuleBook, RulePack
from shanshui.policy.rules.rule import OUTCOMES, UNDETERMINED

# Of a parcel: the row of a layer's polygon and the area in it [m2], by layer.
Hits = Mapping[str, list[tuple[int, float]]]
_COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ALL_LEVELS = {0, 1, 2, 3}


class PlainOverlay:
    """A tree for each layer, and the intersection of the parcel with every polygon that it meets."""

    def __init__(self, layers: Iterable[ControlLayer]) -> None:
        self._trees = {layer.name: (shapely.STRtree(layer.polygons), layer.polygons) for layer in layers}

    def hits(self, parcel: Any) -> Hits:
        """Give what a parcel overlaps."""
        found = {}
        for name, (tree, polygons) in self._trees.items():
            rows = tree.query(parcel, predicate="intersects")
            areas = shapely.area(shapely.intersection(parcel, polygons[rows]))
            found[name] = [hit for hit in zip(rows.tolist(), areas.tolist(), strict=True) if hit[1] >= LEAST_AREA]
        return found


class PlainQuestion:
    """The rules put to one parcel, one condition after the other: true, false, or None where it is not known."""

    def __init__(
        self, book: RuleBook, layers: Mapping[str, ControlLayer], area: float, hits: Hits, facts: Mapping[str, Any]
    ) -> None:
        self._book, self._layers, self._hits = book, layers, hits
        self._facts = {**facts, AREA: area, DATE: float(day(facts[DATE]))}

    def outcome(self) -> str:
        """Weigh all packs: the strictest wins, what is not known is taken both ways."""
        levels, sent = {}, []
        for pack in self._book.values():
            levels[pack.name] = self._levels(pack, sent)
        surely_sent = {pack for pack, _, sure in sent if sure}
        total = {0}
        for _, target, _ in sent:
            if target not in levels or (0 in levels[target] and target not in surely_sent):
                total = _ALL_LEVELS
        for each in levels.values():
            total = {max(one, other) for one in total for other in each}
        return (OUTCOMES[min(total)] if len(total) == 1 else None) or UNDETERMINED

    def _levels(self, pack: RulePack, sent: list[tuple[str, str, bool]]) -> set[int]:
        """Give the levels of strictness that may come of a pack; add the rules that refer to another one."""
        levels: set[int] = set()
        for rules in pack.by_priority():
            surest, unknown = 0, []
            for rule in rules:
                holds = self._holds(rule.condition) if rule.in_force(int(self._facts[DATE])) else False
                if holds is False:
                    continue
                if rule.refers_to:
                    sent.append((pack.name, rule.refers_to, holds is True))
                elif holds:
                    surest = max(surest, rule.strictness)
                else:
                    unknown.append(rule.strictness)
            levels |= {level for level in unknown if level > surest}
            if surest:
                return levels | {surest}
        return levels | {0}

    def _holds(self, condition: Condition) -> bool | None:
        match condition:
            case All(parts):
                return self._all(parts)
            case AnyOf(parts):
                return _opposite(self._all([Not(part) for part in parts]))
            case Not(part):
                return _opposite(self._holds(part))
            case YesNo(fact):
                return self._facts.get(fact)
            case OneOf(fact=fact):
                code = self._facts.get(fact)
                if code is None or condition.fits(code):
                    return None if code is None else True
                return None if code in condition.wider else False
            case Touches(layer, where):
                low, high = self._overlap(layer, where)
                return True if low > 0 else None if high > 0 else False
            case Compared(left, operation, right):
                # Where the answer is the same for the least and the greatest, it is known.
                found = {
                    _COMPARED[operation](one, other) for one in self._bounds(left) for other in self._bounds(right)
                }
                return found.pop() if len(found) == 1 else None
        raise TypeError(condition)

    def _all(self, parts: Iterable[Condition]) -> bool | None:
        known: bool | None = True
        for part in parts:
            holds = self._holds(part)
            if holds is False:
                return False
            known = known and holds
        return known

    def _bounds(self, number: Any) -> tuple[float, float]:
        match number:
            case Constant(value):
                return value, value
            case FactNumber(fact):
                value = self._facts.get(fact)
                return (-float("inf"), float("inf")) if value is None else (value, value)
            case Overlap(measure, layer, where):
                low, high = self._overlap(layer, where)
                unit = 1.0 if measure == "overlap_m2" else self._facts[AREA] / 100
                return low / unit, high / unit
        raise TypeError(number)

    def _overlap(self, layer: str, where: Where) -> tuple[float, float]:
        """Sum what surely and what possibly fits; the whole where nearly nothing is left."""
        if layer not in self._hits:
            return 0.0, self._facts[AREA]
        low = high = 0.0
        for row, area in self._hits[layer]:
            fits = self._fits(layer, where, row)
            low += area if fits else 0.0
            high += 0.0 if fits is False else area
        whole = self._facts[AREA]
        return tuple(whole if whole - each <= 1e-6 * whole else each for each in (low, high))

    def _fits(self, layer: str, where: Where, row: int) -> bool | None:
        known: bool | None = True
        for column, choices in where:
            value = self._layers[layer].columns[column][row] if column in self._layers[layer].columns else ""
            if value and value not in choices:
                return False
            known = known if value else None
        return known


def _opposite(holds: bool | None) -> bool | None:
    return None if holds is None else not holds
