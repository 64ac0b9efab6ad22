"""What a printed decision says beyond its outcome: what is missing, and what would make it another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shanshui.policy.engine.decisions import Decision
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
from shanshui.report.decision_words import DecisionWords
from shanshui.report.words import sentence


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
    """

    text: str
    answers: list[tuple[str, str, str]]
    asks: list[str]


@dataclass(frozen=True)
class Missing:
    """What is missing: questions, control layers, and anything else in words."""

    questions: list[Question]
    layers: list[str]
    others: list[str]


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
    nothing : bool
        Whether neither ground nor facts help a prohibited activity.
    """

    ground: LeaveOut | None
    facts: list[str]
    then: str
    then_mark: str
    activities: list[tuple[str, str, list[str]]]
    nothing: bool


def missing(decision: Decision, told: Mapping[str, Any], words: DecisionWords) -> Missing | None:
    """Say what is missing to determine a question.

    Parameters
    ----------
    decision : Decision
        The decision.
    told : mapping
        Its trace.
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
    for name in decision.missing:
        kind, _, rest = name.partition(".")
        if kind == "facts":
            questions.append(_question(decision, rest, words))
        elif kind == "layers":
            layers.append(_missing_ground(rest, told, words))
        elif kind == "packs":
            key = "silent_pack" if rest in decision.book else "missing_pack"
            others.append(words(key, pack=pack_in_words(rest, decision.book, words.language)))
        else:
            others.append(words("missing_parcel"))
    if not decision.missing:
        others.append(words("missing_rule"))
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
    nothing = decision.outcome == PROHIBITED and ground is None and not facts
    if ground is None and not facts and not activities and not nothing:
        return None
    said = words("then", outcome=words.outcome(then)) if then else ""
    return Change(ground, facts, said, then, activities, nothing)


def _question(decision: Decision, fact: str, words: DecisionWords) -> Question:
    terms, language = decision.book.terms, words.language
    answers = [
        (answer_in_words(name, value, terms, language), words.outcome(outcome), outcome)
        for name, value, outcome in decision.answers
        if name == fact
    ]
    asks = []
    if answers and all(outcome == UNDETERMINED for _, _, outcome in answers):
        return Question(question_of(fact, terms, language), [], [words("not_alone")])
    if not answers:
        leaves = [
            leaf for rule in decision.book.rules.values() for leaf in rule.condition.leaves() if fact in leaf.facts
        ]
        asked = dict.fromkeys(in_words(leaf, terms, language) for leaf in leaves)
        asks = [words("rules_ask", condition=text) for text in asked]
    return Question(question_of(fact, terms, language), answers, asks)


def _missing_ground(name: str, told: Mapping[str, Any], words: DecisionWords) -> str:
    layer, _, column = name.partition(".")
    named = sentence(layer_in_words(layer, words.language))
    if not column:
        return words("missing_layer", layer=named)
    heading = column_in_words(column, words.language)
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
        words("leave_out_part", area=words.area(area), layer=layer_in_words(layer, words.language), polygon=polygon)
        for (layer, polygon), area in zip(cut.polygons, cut.areas_m2, strict=True)
    ]
    return LeaveOut(text, parts, cut.outcome)
