"""The printed decision: one page that a layman can read and a lawyer can check."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

import shanshui
from shanshui.data.files import replacing
from shanshui.policy.engine.decisions import Decision
from shanshui.policy.engine.trace import trace
from shanshui.policy.language.terms import ACTIVITY, INDUSTRY
from shanshui.policy.rules.book_text import activities_named
from shanshui.policy.rules.names import answer_in_words, code_in_words, pack_in_words, question_of
from shanshui.policy.rules.rule import UNDETERMINED
from shanshui.report.decision_changes import change, missing
from shanshui.report.decision_map import DecisionMap, decision_map
from shanshui.report.decision_rules import RuleCard, overlap_lines, rule_cards
from shanshui.report.decision_words import DecisionWords
from shanshui.report.words import Language, number, sentence

# Of more rules than this, those that saw nothing on the parcel are told in brief.
MOST_CARDS = 3
# Below this a scale bar is told in metres [km].
ONE_KILOMETRE = 1.0


def write_decision(decision: Decision, path: Path, language: Language) -> Path:
    """Write a decision as one HTML page that needs nothing else.

    Parameters
    ----------
    decision : Decision
        The decision.
    path : Path
        Where the page shall stand; it is written whole or not at all.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    Path
        The same.
    """
    text = decision_page(decision, language)
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8", newline="\n")
    return path


def decision_page(decision: Decision, language: Language) -> str:
    """Give the text of a printed decision.

    Parameters
    ----------
    decision : Decision
        The decision.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        HTML; the same decision gives the same text.
    """
    words, told = DecisionWords(language, decision.book.terms), trace(decision)
    lines = overlap_lines(decision, told, words)
    cards = rule_cards(decision, told, lines, words)
    deciding = [cards[rule.key] for rule in decision.decided_by]
    question = told["question"]
    activity = code_in_words(ACTIVITY, question["activity"], decision.book.terms, language)
    drawn = decision_map(decision)
    return _template().render(
        w=words.page,
        d=words,
        language=language,
        outcome=decision.outcome,
        title=words("title", parcel=question["parcel"], activity=activity),
        said=words(f"said_{decision.outcome}", parcel=question["parcel"], activity=_name(activity, question)),
        slivers=_slivers(decision, told, words),
        facts=_head(decision, told, activity, words),
        map=drawn,
        bar="" if drawn is None else _bar(drawn, words),
        alt=_alt(question["parcel"], lines, words),
        deciding=deciding,
        brief=_brief(deciding),
        bring=[card for card in deciding if card.mark == "allowed_with_conditions"],
        missing=missing(decision, told, cards, words),
        change=change(decision, words),
        stated=_answers(decision, question["facts"].keys() - decision.measured, words),
        measured=_answers(decision, decision.measured, words),
        overlaps=[line for line in lines.values() if not line.zone],
        zones=[line for line in lines.values() if line.zone],
        areas=_areas(question, words),
        packs=_packs(decision, told, cards, words),
        ties=[
            words(
                "tie",
                pack=pack_in_words(tie["pack"], decision.book, language),
                rules=words.page("comma").join(tie["rules"]),
            )
            for tie in told["ties"]
        ],
        activities=[
            code_in_words(ACTIVITY, code, decision.book.terms, language)
            for code in activities_named((rule.condition for rule in decision.book.rules.values()), decision.book.terms)
        ],
        layers=_layers(decision, told, words),
        notes=told["notes"],
        command=_command(question),
        hash=told["hash"],
        polygon_hash=question["polygon"],
        made_with=words("made_with", version=shanshui.__version__, format=told["format"]),
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
                                     undefined=jinja2.StrictUndefined)  # fmt: skip
    return environment.get_template("decision_page.html")


def _layers(decision: Decision, told: Mapping[str, Any], words: DecisionWords) -> list[tuple[str, list[Any]]]:
    """Give the control layers that were asked for, under no heading, and then the zonings, under theirs."""
    zonings = {name for name, layer in decision.layers.items() if layer.zoning}
    own = [layer for layer in told["layers"] if layer["name"] not in zonings]
    zones = [layer for layer in told["layers"] if layer["name"] in zonings]
    return [(heading, layers) for heading, layers in (("", own), (words("zones"), zones)) if layers]


def _name(activity: str, question: Mapping[str, Any]) -> str:
    """Give the name of the activity without its code, or the code where it has no name."""
    return sentence(activity.removeprefix(question["activity"]).strip() or activity)


def _slivers(decision: Decision, told: Mapping[str, Any], words: DecisionWords) -> str:
    """Say what the outcome would be without slivers, where it would be another."""
    if decision.without_slivers == decision.outcome:
        return ""
    count = sum(overlap["sliver"] for overlap in told["overlaps"])
    return words("slivers_differ", count=count, outcome=words.outcome(decision.without_slivers))


def _brief(deciding: list[RuleCard]) -> list[RuleCard]:
    """Choose the rules that are told in brief: of many, those that speak of no ground of the parcel."""
    return [card for card in deciding if not card.saw] if len(deciding) > MOST_CARDS else []


def _answers(decision: Decision, named: Collection[str], words: DecisionWords) -> list[tuple[str, str]]:
    """Give some of the facts, question and answer, in the order of the terms."""
    terms = decision.book.terms
    return [
        (question_of(name, terms, words.language), answer_in_words(name, decision.facts[name], terms, words.language))
        for name in terms.facts
        if name in named
    ]


def _head(decision: Decision, told: Mapping[str, Any], activity: str, words: DecisionWords) -> list[tuple[str, str]]:
    question = told["question"]
    facts = [(words("parcel"), question["parcel"]), (words("activity"), activity)]
    if question["industry"]:
        industry = code_in_words(INDUSTRY, question["industry"], decision.book.terms, words.language)
        facts.append((words("industry"), industry))
    return [*facts, (words("date"), question["date"]), (words("area"), words.area(question["area_m2"]))]


def _bar(drawn: DecisionMap, words: DecisionWords) -> str:
    length = drawn.canvas.bar.kilometres
    if length < ONE_KILOMETRE:
        return words("metres", length=f"{length * 1000:,g}")
    return words.page("kilometres", length=f"{length:,g}")


def _alt(parcel: str, lines: Mapping[tuple[str, str], Any], words: DecisionWords) -> str:
    told = [words("map_overlap", layer=line.layer, polygon=line.polygon, area=line.area) for line in lines.values()]
    joint = "" if words.language == "zh" else " "
    return joint.join([words("map_of", parcel=parcel), *(told or [words("map_no_overlap")])])


def _areas(question: Mapping[str, Any], words: DecisionWords) -> list[tuple[str, str, str, str, str]]:
    """Set the registered area beside the computed one: name, m2, ha, mu, percent of the registered."""

    def row(name: str, area: float, share: str = "") -> tuple[str, str, str, str, str]:
        return words(name), words.m2(area), words.ha(area), words.mu(area), share

    computed, registered = question["area_m2"], question["statutory_area_m2"]
    rows = [row("computed", computed)]
    if registered is not None:
        apart = computed - registered
        share = f"{number(100.0 * apart / registered, 2, signed=True)}%" if registered > 0 else ""
        rows += [row("statutory", registered), row("difference", apart, share)]
    return rows


def _packs(
    decision: Decision, told: Mapping[str, Any], cards: Mapping[tuple[str, str], RuleCard], words: DecisionWords
) -> list[dict[str, Any]]:
    found = []
    for pack in told["packs"]:
        outcome = told["outcomes"][pack["name"]]
        own = [card for (name, _), card in cards.items() if name == pack["name"]]
        title = pack_in_words(pack["name"], decision.book, words.language)
        head = words("pack_head", pack=title, outcome=words.outcome(outcome), count=len(own))
        source = decision.book[pack["name"]].source
        mark = outcome or UNDETERMINED
        found.append({**pack, "title": title, "head": head, "mark": mark, "source": source, "rules": own,
                      "outcome": words.outcome(outcome)})  # fmt: skip
    return found


def _command(question: Mapping[str, Any]) -> str:
    """Write the command that puts the same question again, in the folder of the study."""
    words = ["shanshui", "explain", ".", "--parcel", question["parcel"], "--activity", question["activity"]]
    if question["industry"]:
        words += ["--industry", question["industry"]]
    words += ["--on", question["date"]]
    stated = {name: value for name, value in question["facts"].items() if name not in question["measured"]}
    for name, value in stated.items():
        text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        words += ["--fact", f"{name}={text}"]
    return shlex.join(words)
