"""Weighing the rules of all packs against each other: what each makes of many questions at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shanshui.policy.language.situations import Situation
from shanshui.policy.language.terms import ACTIVITY
from shanshui.policy.language.truth import Bools, Truth
from shanshui.policy.rules.packs import RuleBook, RulePack
from shanshui.policy.rules.rule import OUTCOMES, SILENT, UNDETERMINED, Rule

# What may come of a question is a set of levels of strictness: one bit each, silence the lowest.
Bits = NDArray[np.uint8]
_ANY = 0b1111
_WORDS = np.array(
    [OUTCOMES[bits.bit_length() - 1] or UNDETERMINED if bits.bit_count() == 1 else UNDETERMINED for bits in range(16)],
    object,
)


def _stricter(one: int, other: int) -> int:
    """Give the levels that may come of two sets of levels when the stricter one wins."""
    pairs = [(a, b) for a in range(4) if one >> a & 1 for b in range(4) if other >> b & 1]
    return sum({1 << max(pair) for pair in pairs})


_HIGHEST = np.array([bits.bit_length() for bits in range(16)])
_LOWEST = np.array([(bits & -bits).bit_length() for bits in range(16)])
_STRICTER = np.array([[_stricter(one, other) for other in range(16)] for one in range(16)], np.uint8)


@dataclass(frozen=True)
class Weighed:
    """What a pack makes of questions.

    Parameters
    ----------
    pack : RulePack
        The pack.
    bits : uint8 ndarray (questions,)
        The levels of strictness that may come of it.
    deciding : mapping of str to bool ndarray
        For each rule that surely applies somewhere: where it does, and none of greater priority surely does.
    open : mapping of str to bool ndarray
        For each rule that may apply somewhere: where that is not known, none of greater priority surely does, and none
        of the same priority that is as strict.
    referred : mapping of str to Truth
        For each rule that refers to another pack, the questions that it sends on to it.
    lapsed : bool ndarray (questions,)
        Where only rules speak that are not yet, or no longer, in force.
    """

    pack: RulePack
    bits: Bits
    deciding: Mapping[str, Bools]
    open: Mapping[str, Bools]
    referred: Mapping[str, Truth]
    lapsed: Bools

    def tied(self) -> dict[tuple[str, ...], Bools]:
        """Tell where rules of one priority disagree: which rules, and for which questions."""
        found: dict[tuple[str, ...], Bools] = {}
        rules = [rule for rule in self.pack.rules if rule.code in self.deciding and rule.strictness != SILENT]
        for place, one in enumerate(rules):
            for other in rules[place + 1 :]:
                if one.priority == other.priority and one.strictness != other.strictness:
                    both = self.deciding[one.code] & self.deciding[other.code]
                    if both.any():
                        found[one.code, other.code] = both
        return found


@dataclass(frozen=True)
class Verdicts:
    """What all packs together make of questions.

    Parameters
    ----------
    situation : Situation
        The questions.
    packs : tuple of Weighed
        Each pack.
    beyond : bool ndarray (questions,)
        Where the parcel has no ground, or reaches out of what the control layers are known for.
    unanswered : mapping of (str, str) to (Rule, bool ndarray)
        Rules that send questions on to a pack that does not answer them: it is not asked, or silent.
    """

    situation: Situation
    packs: tuple[Weighed, ...]
    beyond: Bools
    unanswered: Mapping[tuple[str, str], tuple[Rule, Bools]]

    @cached_property
    def bits(self) -> Bits:
        """The levels of strictness that may come of each question: the strictest pack wins."""
        total = np.where(np.broadcast_to(self.beyond, (self.situation.count,)), _ANY, 1).astype(np.uint8)
        for _, where in self.unanswered.values():
            total |= np.where(where, _ANY, 0).astype(np.uint8)
        for weighed in self.packs:
            total = stricter(total, weighed.bits)
        return np.broadcast_to(total, (self.situation.count,))

    @cached_property
    def outcome(self) -> NDArray[np.object_]:
        """The outcome of each question."""
        return _WORDS[self.bits]

    def decided_by(self) -> Iterator[tuple[Rule, Bools]]:
        """Give the rules that decide, each with the questions that it decides: as strict as their outcome."""
        for weighed in self.packs:
            for rule in weighed.pack.rules:
                decides = weighed.deciding.get(rule.code)
                if decides is not None and rule.strictness != SILENT:
                    where = decides & (self.bits == 1 << rule.strictness)
                    if where.any():
                        yield rule, where

    def missing(self) -> dict[str, Bools]:
        """Name what would have to be known to determine undetermined questions, each with those that lack it."""
        lacking: dict[str, Bools] = {}
        undetermined = self.outcome == UNDETERMINED
        if not undetermined.any():
            return lacking

        def add(name: str, where: Bools) -> None:
            where = where & undetermined
            if where.any():
                lacking[name] = lacking[name] | where if name in lacking else where

        add("parcel", self.beyond)
        silent = {weighed.pack.name: weighed.bits == 1 for weighed in self.packs}
        for rule, unanswered in self.unanswered.values():
            # Of a pack that may answer it is told below what it lacks.
            add(f"packs.{rule.refers_to}", unanswered & silent.get(rule.refers_to, True))
            for name, where in rule.condition.missing(self.situation, unanswered):
                add(name, where)
        for weighed in self.packs:
            add(f"packs.{weighed.pack.name}", weighed.lapsed)
            # A pack that can be no stricter than the others surely are does not matter.
            matters = undetermined & (_HIGHEST[weighed.bits] > _LOWEST[self.bits])
            if not matters.any():
                continue
            for rule in weighed.pack.rules:
                unknown = weighed.open.get(rule.code)
                if unknown is None:
                    continue
                for name, where in rule.condition.missing(self.situation, unknown & matters):
                    add(name, where)
        # In one order, whoever of many questions lacks it first.
        return {name: lacking[name] for name in sorted(lacking)}


def weigh(book: RuleBook, situation: Situation) -> Verdicts:
    """Put questions to all packs of a book.

    Parameters
    ----------
    book : RuleBook
        The packs.
    situation : Situation
        The questions; the date of each must be known.

    Returns
    -------
    Verdicts

    Notes
    -----
    Within a pack those rules decide that apply and are of the greatest priority; of these the strictest: prohibition
    wins. The strictest pack wins. A rule of which it is not known whether it applies is taken both ways, so that the
    outcome is a set; where that has more than one element, or no rule speaks at all, the question is undetermined. So
    it is where a rule sends the question on to a pack that does not answer it, and where of a pack only rules would
    speak that are not in force on that day: the law of that day is not known.
    """
    days = situation.number("date").low
    numbers, codes = situation.codes(ACTIVITY)
    activity = codes[0] if codes and np.all(numbers == 0) else None
    overlaps = situation.overlaps
    beyond = overlaps.outside | ~(overlaps.whole > 0)
    packs = {pack.name: _weighed(pack, situation, days, activity) for pack in book.values()}
    unanswered = {}
    for rule in book.rules.values():
        sent = packs[rule.pack].referred.get(rule.code)
        if sent is not None:
            silent = (
                sent.possible if rule.refers_to not in packs else sent.possible & _unanswered(packs[rule.refers_to])
            )
            if silent.any():
                unanswered[rule.key] = rule, silent
    return Verdicts(situation, tuple(packs.values()), beyond, unanswered)


def _unanswered(weighed: Weighed) -> Bools:
    """Tell which questions a pack may say nothing of, and does not surely send on either."""
    silent: Bools = weighed.bits & 1 != 0
    for sent in weighed.referred.values():
        silent = silent & ~sent.sure
    return silent


def stricter(one: Bits, other: Bits) -> Bits:
    """Give the levels that may come of two sets of levels when the stricter one wins.

    Parameters
    ----------
    one, other : uint8 ndarray
        Sets of levels, one bit each.

    Returns
    -------
    uint8 ndarray

    Examples
    --------
    >>> allowed, prohibited, either = np.uint8([2]), np.uint8([8]), np.uint8([2 | 8])
    >>> [bin(stricter(*pair)[0]) for pair in ((allowed, prohibited), (allowed, either), (prohibited, either))]
    ['0b1000', '0b1010', '0b1000']
    """
    return _STRICTER[one, other]


def _weighed(pack: RulePack, situation: Situation, days: NDArray[np.float64], activity: str | None) -> Weighed:
    """Put questions to one pack; where all are of one activity, rules of others are passed over."""
    bits = np.zeros(situation.count, np.uint8)
    reached = np.ones(situation.count, bool)  # whom no rule of a greater priority surely answers
    first, last = float(days.min(initial=np.inf)), float(days.max(initial=-np.inf))
    deciding: dict[str, Bools] = {}
    open_: dict[str, Bools] = {}
    referred: dict[str, Truth] = {}
    others = []  # rules that are not in force on the day of some questions
    for rules in pack.by_priority(activity):
        surest: Bits | None = None
        unknown = []
        for rule in rules:
            if rule.valid_from > first or last > rule.valid_to:
                others.append(rule)
            if rule.valid_to < first or last < rule.valid_from:
                continue
            sure, possible = rule.condition.truth(situation)
            if not np.count_nonzero(possible):
                continue
            possible = possible & reached
            if rule.valid_from > first or last > rule.valid_to:
                possible &= (days >= rule.valid_from) & (days <= rule.valid_to)
            if not np.count_nonzero(possible):
                continue
            sure = sure & possible
            if rule.refers_to:
                referred[rule.code] = Truth(sure, possible)
                continue
            if np.count_nonzero(sure):
                deciding[rule.code] = sure
                strictness = sure * np.uint8(rule.strictness)
                surest = strictness if surest is None else np.maximum(surest, strictness)
            if np.count_nonzero(possible) > np.count_nonzero(sure):
                unknown.append((rule, possible & ~sure))
        for rule, where in unknown:
            where = open_[rule.code] = where if surest is None else where & (rule.strictness > surest)
            bits |= where * np.uint8(1 << rule.strictness)
        if surest is not None:
            bits |= np.where(reached & (surest > 0), np.left_shift(np.uint8(1), surest), np.uint8(0))
            reached &= surest == 0
            if not np.count_nonzero(reached):
                break
    lapsed = np.zeros(situation.count, bool)
    if np.count_nonzero(reached):
        for rule in others:
            out_of_force = (days < rule.valid_from) | (days > rule.valid_to)
            lapsed |= reached & out_of_force & rule.condition.truth(situation).possible
        # What surely sends the question on speaks; what may speak is open already.
        for sent in referred.values():
            lapsed &= ~sent.sure
    return Weighed(pack, np.where(lapsed, np.uint8(_ANY), bits | reached), deciding, open_, referred, lapsed)
