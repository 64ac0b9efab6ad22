"""What a printed decision says beyond its outcome: what is missing, and what would make it another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shanshui.policy.engine.decisions import Decision
from shanshui.policy.engine.smallest_change import outcome_without_seen
from shanshui.policy.language.terms import ACTIVITY
from shanshui.policy.rules.book_text import in_words
from shanshui.policy.rules.names import (
    answer_in_words,
    code_in_words,
    column_in_words,
    layer_in_words,
    pack_in_words,
    question_of,
)
from shanshui.policy.rules.rule import ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED
from shanshui.report.decision_rules import RuleCard
from shanshui.report.decision_words import DecisionWords
from shanshui.report.words import sentence

# What is missing stands in this order, all else before it: what comes first tells its rules.
_ORDER = {"facts": 1, "layers": 2}


@dataclass(frozen=True)
class Question:
    """A fact that is missing.

    Parameters
    ----------
    text : str
        The question.
    answers : list of (str, str, str)
        Each answer, what would come of it in words, and the outcome; none where no answer alone settles it.
    asks : list of str
        What rules ask of it, where not all answers can be tried; or that no answer alone settles it.
    open : OpenRules
        The rules that are open because of it.
    """

    text: str
    answers: list[tuple[str, str, str]]
    asks: list[str]
    open: OpenRules


@dataclass(frozen=True)
class OpenRules:
    """Rules that are open because something is missing: those that are told here, and those told before."""

    told: list[RuleCard]
    before: list[RuleCard]


@dataclass(frozen=True)
class Missing:
    """What is missing: questions, control layers and anything else in words, each with the rules that are open."""

    questions: list[Question]
    layers: list[tuple[str, OpenRules]]
    others: list[tuple[str, OpenRules]]


@dataclass(frozen=True)
class LeaveOut:
    """Ground that would have to be left out: a sentence, the polygons it lies on, and the outcome."""

    text: str
    parts: list[str]
    outcome: str


@dataclass(frozen=True)
class Change:
    """What would make an activity allowed.

    Parameters
    ----------
    ground : LeaveOut or None
        Ground to leave out.
    facts : list of str
        Facts that would have to be others.
    then : str
        What would come of these, in words.
    then_mark : str
        The outcome.
    activities : list of (str, str, list of str)
        Other activities: outcome, heading, names.
    nothing : str
        That neither ground nor facts help a prohibited activity, and why; "" where one does.
    """

    ground: LeaveOut | None
    facts: list[str]
    then: str
    then_mark: str
    activities: list[tuple[str, str, list[str]]]
    nothing: str


def missing(
    decision: Decision, told: Mapping[str, Any], cards: Mapping[tuple[str, str], RuleCard], words: DecisionWords
) -> Missing | None:
    """Say what is missing to determine a question.

    Parameters
    ----------
    decision : Decision
        The decision.
    told : mapping
        Its trace.
    cards : mapping of (str, str) to RuleCard
        Its rules in words.
    words : DecisionWords
        The language.

    Returns
    -------
    Missing or None
        None where the question is determined.
    """
    if decision.outcome != UNDETERMINED:
        return None
    questions, layers, others = [], [], []
    open_rules = _open_rules(decision)
    before: set[tuple[str, str]] = set()

    def opened(name: str) -> OpenRules:
        keys = open_rules.get(name, [])
        new = [cards[key] for key in keys if key not in before]
        old = [cards[key] for key in keys if key in before]
        before.update(keys)
        return OpenRules(new, old)

    for name in sorted(decision.missing, key=lambda name: _ORDER.get(name.partition(".")[0], 0)):
        kind, _, rest = name.partition(".")
        if kind == "facts":
            questions.append(_question(decision, rest, opened(name), words))
        elif kind == "layers":
            layers.append((_missing_ground(rest, told, words), opened(name)))
        elif kind == "packs":
            for key in _silences(decision, rest):
                text = words(key, pack=pack_in_words(rest, decision.book, words.language))
                others.append((text, opened(name)))
        else:
            others.append((words("missing_parcel"), opened(name)))
    if not decision.missing:
        others.append((words("missing_rule"), OpenRules([], [])))
    return Missing(questions, layers, others)


def change(decision: Decision, words: DecisionWords) -> Change | None:
    """Say what would make an activity allowed that is not.

    Parameters
    ----------
    decision : Decision
        The decision.
    words : DecisionWords
        The language.

    Returns
    -------
    Change or None
        None where it is allowed, or where nothing can be said.
    """
    if decision.outcome in (ALLOWED, CONDITIONAL):
        return None
    terms, language = decision.book.terms, words.language
    ground, facts, then = _leave_out(decision, words), [], ""
    if decision.other_facts is not None:
        changes, then = decision.other_facts
        facts = [
            words(
                "other_fact",
                question=question_of(name, terms, language),
                to=answer_in_words(name, value, terms, language),
                now=answer_in_words(name, decision.facts[name], terms, language),
            )
            for name, value in changes
        ]
    activities = []
    for outcome in (ALLOWED, CONDITIONAL):
        names = [
            code_in_words(ACTIVITY, code, terms, language) for code, found in decision.activities if found == outcome
        ]
        if names:
            heading = words("other_activities_count", outcome=sentence(words.outcome(outcome)), count=len(names))
            activities.append((outcome, heading, names))
    nothing = _nothing(decision, words) if decision.outcome == PROHIBITED and ground is None and not facts else ""
    if ground is None and not facts and not activities and not nothing:
        return None
    said = words("then", outcome=words.outcome(then)) if then else ""
    return Change(ground, facts, said, then, activities, nothing)


def _open_rules(decision: Decision) -> dict[str, list[tuple[str, str]]]:
    """Name the rules that are open and could change the outcome, by what is missing to answer them."""
    verdicts = decision.verdicts
    found = [(rule, where) for rule, where in verdicts.unanswered.values()]
    for weighed in verdicts.packs:
        # The strictest that may come of a pack has to be stricter than what surely comes of all.
        least = int(verdicts.bits[0]) & -int(verdicts.bits[0])
        if int(weighed.bits[0]).bit_length() > least.bit_length():
            rules = decision.book[weighed.pack.name].rules
            found += [(rule, weighed.open[rule.code]) for rule in rules if rule.code in weighed.open]
    names: dict[str, list[tuple[str, str]]] = {}
    for rule, where in found:
        lacking = {name for name, lacks in rule.condition.missing(verdicts.situation, where) if lacks[0]}
        if rule.key in verdicts.unanswered:
            lacking.add(f"packs.{rule.refers_to}")
        for name in lacking:
            names.setdefault(name, []).append(rule.key)
    day = int(verdicts.situation.number("date").low[0])
    for weighed in verdicts.packs:
        if weighed.lapsed[0]:
            asleep = [rule for rule in decision.book[weighed.pack.name].rules if not rule.in_force(day)]
            may = [rule.key for rule in asleep if rule.condition.truth(verdicts.situation).possible[0]]
            names.setdefault(f"packs.{weighed.pack.name}", []).extend(may)
    return names


def _silences(decision: Decision, pack: str) -> list[str]:
    """Give the words that say why a pack does not answer: it is not asked, or silent on that day or at all."""
    if pack not in decision.book:
        return ["missing_pack"]
    verdicts = decision.verdicts
    found = ["lapsed_pack"] if any(one.pack.name == pack and one.lapsed[0] for one in verdicts.packs) else []
    sent = any(rule.refers_to == pack and where[0] for rule, where in verdicts.unanswered.values())
    return [*found, "silent_pack"] if sent else found


def _nothing(decision: Decision, words: DecisionWords) -> str:
    """Say that nothing helps; where leaving out ground would leave the question open, that it would."""
    book, layers, polygon = decision.book, decision.layers, decision.parcel.polygon
    rest = outcome_without_seen(book, layers, polygon, decision.facts, decision.verdicts)
    return words("change_open" if rest == UNDETERMINED else "change_none")


def _question(decision: Decision, fact: str, opened: OpenRules, words: DecisionWords) -> Question:
    terms, language = decision.book.terms, words.language
    answers = [
        (answer_in_words(name, value, terms, language), words.outcome(outcome), outcome)
        for name, value, outcome in decision.answers
        if name == fact
    ]
    asks = []
    if answers and all(outcome == UNDETERMINED for _, _, outcome in answers):
        return Question(question_of(fact, terms, language), [], [words("not_alone")], opened)
    if not answers:
        leaves = [
            leaf for rule in decision.book.rules.values() for leaf in rule.condition.leaves() if fact in leaf.facts
        ]
        asked = dict.fromkeys(in_words(leaf, terms, language) for leaf in leaves)
        asks = [words("rules_ask", condition=text) for text in asked]
    return Question(question_of(fact, terms, language), answers, asks, opened)


def _missing_ground(name: str, told: Mapping[str, Any], words: DecisionWords) -> str:
    layer, _, column = name.partition(".")
    named = sentence(layer_in_words(layer, words.terms, words.language))
    if not column:
        return words("missing_layer", layer=named)
    heading = column_in_words(layer, column, words.terms, words.language)
    bare = [one["polygon"] for one in told["overlaps"] if one["layer"] == layer and not one["columns"].get(column)]
    if not bare:
        return words("missing_column_whole", layer=named, column=heading)
    return words("missing_column", layer=named, column=heading, polygons=words.page("comma").join(bare))


def _leave_out(decision: Decision, words: DecisionWords) -> LeaveOut | None:
    cut = decision.cut
    if cut is None:
        return None
    whole = float(decision.verdicts.situation.area_m2[0])
    text = words(
        "leave_out_words",
        area=words.area(cut.area_m2),
        rest=words.area(whole - cut.area_m2),
        outcome=words.outcome(cut.outcome),
    )
    parts = [
        words(
            "leave_out_part",
            area=words.area(area),
            layer=layer_in_words(layer, words.terms, words.language),
            polygon=polygon,
        )
        for (layer, polygon), area in zip(cut.polygons, cut.areas_m2, strict=True)
    ]
    return LeaveOut(text, parts, cut.outcome)
