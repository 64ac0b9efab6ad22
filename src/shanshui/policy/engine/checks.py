"""Looking through a rule book before any question is put to it: contradictions, circles, gaps, what holds twice."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from shanshui.base.errors import Problem, did_you_mean
from shanshui.policy.engine.weighing import weigh
from shanshui.policy.language.conditions import All, AnyOf, Compared, Condition, Not, OneOf, Touches
from shanshui.policy.language.grounds import Where
from shanshui.policy.language.ranges import Range, range_of
from shanshui.policy.language.truth import Span, Truth
from shanshui.policy.rules.findings import Findings, codes_found
from shanshui.policy.rules.names import value_codes
from shanshui.policy.rules.packs import RuleBook, RulePack, ready_packs
from shanshui.policy.rules.rule import SILENT, Rule

_FEW = 6


def check_book(book: RuleBook) -> list[Problem]:
    """Find what cannot be right in rule packs, and what they leave open.

    Parameters
    ----------
    book : RuleBook
        The packs.

    Returns
    -------
    list of Problem
        Faults: codes that stand twice, rules that contradict each other or hold twice, packs that refer to each other
        in a circle or to one that there is not. Notes: activities of which a pack says nothing on some ground.
    """
    found: list[Problem] = []
    for pack in book.values():
        codes = [rule.code for rule in pack.rules]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            found.append(
                Problem(f"{pack.name}:{code}", "stands twice", "give a rule that follows another a code of its own")
            )
        for one, other in combinations(pack.rules, 2):
            found += _pair(one, other)
        for rule in pack.rules:
            found += _alone(rule, book)
        found += gaps(pack, book)
    return found + _references(book)


def implies(one: Condition, other: Condition) -> bool:
    """Tell whether a condition surely holds where another one does.

    Parameters
    ----------
    one, other : Condition
        Simple conditions: `other` is asked for where `one` holds.

    Returns
    -------
    bool
        False also where it cannot be told.

    Examples
    --------
    >>> core, any_zone = Touches("areas", (("zone", ("core",)),)), Touches("areas")
    >>> implies(core, any_zone), implies(any_zone, core)
    (True, False)
    """
    if one == other:
        return True
    match one, other:
        case AnyOf(of=parts), _:
            return all(implies(part, other) for part in parts)
        case _, All(of=parts):
            return all(implies(one, part) for part in parts)
        case All(of=parts), _:
            return any(implies(part, other) for part in parts)
        case _, AnyOf(of=parts):
            return any(implies(one, part) for part in parts)
        case Not(of=first), Not(of=second):
            return implies(second, first)
        case _, Not(of=part):
            return _exclude(one, part)
        case Touches(), Touches():
            return one.layer == other.layer and _narrower(one.where, other.where)
        case OneOf(), OneOf():
            return one.fact == other.fact and all(other.fits(code) for code in one.matches)
        case Compared(), Compared():
            ranges = _ranges(one, other)
            return ranges is not None and ranges[0] <= ranges[1]
    return False


def _exclude(one: Condition, other: Condition) -> bool:
    """Tell whether two conditions surely never hold together; False also where it cannot be told."""
    match one, other:
        case Not(of=part), _:
            return implies(other, part)
        case _, Not(of=part):
            return implies(one, part)
        case OneOf(), OneOf() if one.fact == other.fact:
            codes = [(a, b) for a in one.matches for b in other.matches]
            return not any(one.fits(b) or other.fits(a) for a, b in codes)
        case Compared(), Compared():
            ranges = _ranges(one, other)
            return ranges is not None and (ranges[0] & ranges[1]).empty
    return False


def _ranges(one: Compared, other: Compared) -> tuple[Range, Range] | None:
    """Give what two comparisons leave open to the same number; None where they cannot be compared so."""
    mine, theirs = range_of(one), range_of(other)
    return None if one.left != other.left or mine is None or theirs is None else (mine, theirs)


def gaps(pack: RulePack, book: RuleBook) -> list[Problem]:
    """Name the activities of which a pack says nothing, on ground that its rules speak of.

    Parameters
    ----------
    pack : RulePack
        The pack.
    book : RuleBook
        For its activities.

    Returns
    -------
    list of Problem
        Notes, one for each ground; on ground outside all its layers a pack is looked at too.
    """
    activities = list(book.terms.activities)
    if not activities or not pack.rules:
        return []
    alone = RuleBook([pack], book.terms)
    named = sorted({ground for rule in pack.rules for ground in rule.condition.grounds})
    # Ground of which rules tell kinds is looked at kind by kind.
    finest = [ground for ground in named if not any(_finer(other, ground) for other in named)]
    day = max(rule.valid_from for rule in pack.rules)
    found = []
    for ground in (None, *finest):
        situation = _Supposed(ground, activities, day)
        silent = weigh(alone, situation).bits == 1
        codes = [code for code, is_silent in zip(activities, silent, strict=True) if is_silent]
        if codes:
            where = "outside its layers" if ground is None else f"on {Touches(*ground)}"
            of = ", ".join(codes[:_FEW]) + (f" and {len(codes) - _FEW} more" if len(codes) > _FEW else "")
            found.append(
                Problem(pack.name, f"says nothing {where} of {of}", "add a rule, or leave it undetermined", "note")
            )
    return found


class _Supposed(Findings):
    """Questions on ground of one kind, one for each activity; nothing else is known of them."""

    def __init__(self, ground: tuple[str, Where] | None, activities: list[str], day: int) -> None:
        super().__init__(len(activities), {"activity": codes_found(np.array(activities, object)), "date": float(day)})
        self._ground = ground

    def touches(self, layer: str, where: Where) -> Truth:
        held = self._ground is not None and implies(Touches(*self._ground), Touches(layer, where))
        return Truth.of(held, self.count)

    def overlap(self, layer: str, where: Where) -> Span:
        touched = self.touches(layer, where).sure
        return Span(np.zeros(self.count), np.where(touched, np.inf, 0.0))


def _finer(one: tuple[str, Where], other: tuple[str, Where]) -> bool:
    return one != other and implies(Touches(*one), Touches(*other))


def _narrower(where: Where, wider: Where) -> bool:
    chosen = dict(where)
    return all(column in chosen and set(chosen[column]) <= set(values) for column, values in wider)


def _alone(rule: Rule, book: RuleBook) -> list[Problem]:
    """Look at one rule: values that no polygon has, and conditions that never hold together."""
    key, found = f"{rule.pack}:{rule.code}", []
    for layer, where in sorted(rule.condition.grounds):
        for column, values in where:
            known = set(value_codes(layer, column, book.terms).values())
            found += [
                Problem(f"{key}.where", f"{layer} has no {column} {value!r}", did_you_mean(value, known))
                for value in values
                if known and value not in known
            ]
    for one, other in combinations(rule.conditions, 2):
        if _exclude(one, other):
            fault = f"asks for {one}, and for {other}: it never applies"
            found.append(Problem(key, fault, "take one of the two away"))
    return found


def _pair(one: Rule, other: Rule) -> list[Problem]:
    """Compare two rules of a pack."""
    if one.valid_to < other.valid_from or other.valid_to < one.valid_from or one.code == other.code:
        return []
    both = [
        all(any(implies(part, wanted) for part in a.conditions) for wanted in b.conditions)
        for a, b in ((one, other), (other, one))
    ]
    key = f"{one.pack}:{one.code}"
    if all(both) and one.effect == other.effect and one.refers_to == other.refers_to:
        return [Problem(key, f"says the same as {other.code} at the same time", "end the one before the other begins")]
    if one.priority != other.priority or SILENT in (one.strictness, other.strictness):
        return []
    if any(both) and one.strictness != other.strictness:
        narrow, wide = (one, other) if both[0] else (other, one)
        mend = f"give {narrow.code} a greater priority, or make them agree"
        return [Problem(key, f"contradicts {other.code}: where {narrow.code} applies, {wide.code} does too", mend)]
    return []


def _references(book: RuleBook) -> list[Problem]:
    """Find packs that are referred to and are not there, and circles."""
    found, ready = [], ready_packs()
    to: dict[str, set[str]] = {}
    for rule in book.rules.values():
        if not rule.refers_to:
            continue
        if rule.refers_to not in book and rule.refers_to not in ready:
            key = f"{rule.pack}:{rule.code}.refers_to"
            found.append(
                Problem(key, f"there is no pack {rule.refers_to!r}", did_you_mean(rule.refers_to, {*book, *ready}))
            )
        to.setdefault(rule.pack, set()).add(rule.refers_to)
    for pack in to:
        reached: set[str] = set()
        ahead = [pack]
        while ahead:
            more = to.get(ahead.pop(), set()) - reached
            reached |= more
            ahead += more
        if pack in reached:
            found.append(Problem(pack, "refers to packs that refer back to it", "let one of them decide"))
    return found
