"""The rules of a printed decision: those that decide, and all that were tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shanshui.policy.engine.decisions import Decision
from shanshui.policy.rules.book_text import authority_of, conditions_in_words, document_of, evidence_of
from shanshui.policy.rules.names import effect_in_words, pack_in_words, validity_in_words, value_of_column
from shanshui.policy.rules.phrases import status_in_words
from shanshui.policy.rules.rule import OUTCOMES, Rule
from shanshui.report.decision_words import DecisionWords


@dataclass(frozen=True)
class OverlapLine:
    """An overlap in words.

    Parameters
    ----------
    layer, polygon : str
        The control layer in words, and the polygon's key.
    what : list of str
        What its columns say.
    m2, ha, mu, percent : str
        How much of the parcel lies in it.
    area : str
        The same as a sentence has it.
    sliver : bool
        Whether it is narrower than the layer can tell.
    scale, tolerance : str
        Of the layer.
    zone : bool
        Whether it is a zone of a zoning, which restricts nothing by itself.
    """

    layer: str
    polygon: str
    what: list[str]
    m2: str
    ha: str
    mu: str
    percent: str
    area: str
    sliver: bool
    scale: str
    tolerance: str
    zone: bool


@dataclass(frozen=True)
class RuleCard:
    """A rule in words.

    Parameters
    ----------
    code, pack : str
        Its code, and its pack in words.
    mark : str
        The outcome that follows from it; "" where it leaves it to another pack.
    effect, text, document, validity : str
        What follows, the article, where it stands, when it holds.
    status, status_words : str
        How far the text can be trusted.
    priority : int
        Within its pack.
    evidence : list of str
        What has to be brought.
    authority : str
        Who decides.
    holds : str
        yes, no, unknown or not in force.
    decides : bool
        Whether the outcome follows from it.
    conditions : list of (str, str)
        Each condition, and whether it holds; "" where the rule is not in force.
    saw : list of OverlapLine
        What it saw on the parcel.
    """

    code: str
    pack: str
    mark: str
    effect: str
    text: str
    document: str
    validity: str
    status: str
    status_words: str
    priority: int
    evidence: list[str]
    authority: str
    holds: str
    decides: bool
    conditions: list[tuple[str, str]]
    saw: list[OverlapLine]


def overlap_lines(
    decision: Decision, told: Mapping[str, Any], words: DecisionWords
) -> dict[tuple[str, str], OverlapLine]:
    """Put the overlaps of a trace in words.

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
    dict of (str, str) to OverlapLine
        By layer and polygon, zones last.
    """
    layers = {layer["name"]: layer for layer in told["layers"]}
    lines = {}
    for overlap in sorted(told["overlaps"], key=lambda one: decision.layers[one["layer"]].zoning):
        name, area = overlap["layer"], overlap["area_m2"]
        lines[name, overlap["polygon"]] = OverlapLine(
            layer=words.layer(name),
            polygon=overlap["polygon"],
            what=[
                value_of_column(name, column, said, words.terms, words.language)
                for column, said in overlap["columns"].items()
            ],
            m2=words.m2(area),
            ha=words.ha(area),
            mu=words.mu(area),
            percent=words.percent(overlap["percent"]),
            area=words("area_with_m2", ha=words.ha(area), mu=words.mu(area), m2=words.m2(area)),
            sliver=overlap["sliver"],
            scale=f"1:{layers[name]['scale']:,.0f}",
            tolerance=f"{layers[name]['tolerance_m']:,g}",
            zone=decision.layers[name].zoning,
        )
    return lines


def rule_cards(
    decision: Decision, told: Mapping[str, Any], lines: Mapping[tuple[str, str], OverlapLine], words: DecisionWords
) -> dict[tuple[str, str], RuleCard]:
    """Put all rules that were tried in words.

    Parameters
    ----------
    decision : Decision
        The decision.
    told : mapping
        Its trace.
    lines : mapping of (str, str) to OverlapLine
        Its overlaps in words.
    words : DecisionWords
        The language.

    Returns
    -------
    dict of (str, str) to RuleCard
        By pack and code.
    """
    decisive = {rule.key for rule in decision.decided_by}
    cards = {}
    for seen in told["rules"]:
        rule = decision.book.rules[seen["pack"], seen["code"]]
        cards[rule.key] = _card(decision, rule, seen, rule.key in decisive, lines, words)
    return cards


def _card(
    decision: Decision,
    rule: Rule,
    seen: Mapping[str, Any],
    decides: bool,
    lines: Mapping[tuple[str, str], OverlapLine],
    words: DecisionWords,
) -> RuleCard:
    language, book = words.language, decision.book
    texts = conditions_in_words(rule, book.terms, language)
    # A rule that is not in force has no conditions in the trace: nobody asked whether they hold.
    holds = [part["holds"] for part in seen["conditions"]] or [""] * len(texts)
    return RuleCard(
        code=rule.code,
        pack=pack_in_words(rule.pack, book, language),
        mark=OUTCOMES[rule.strictness] or "",
        effect=effect_in_words(rule, book, language),
        text=rule.chinese if language == "zh" else rule.english,
        document=document_of(rule, book.terms, language),
        validity=validity_in_words(rule, language),
        status=rule.status,
        status_words=status_in_words(rule.status, language),
        priority=rule.priority,
        evidence=evidence_of(rule, language),
        authority=authority_of(rule, language),
        holds=seen["holds"],
        decides=decides,
        conditions=list(zip(texts, holds, strict=True)),
        saw=[line for key, line in lines.items() if list(key) in seen["polygons"]],
    )
