"""Rules in words: conditions, and whole rule books, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shanshui.policy.language.conditions import All, AnyOf, Compared, Condition, Not, OneOf, Operator, Touches, YesNo
from shanshui.policy.language.numbers import Constant, FactNumber, Number, Overlap
from shanshui.policy.language.terms import ACTIVITY, DATE, INDUSTRY, Fact, Terms, split
from shanshui.policy.rules.names import (
    answer_in_words,
    code_in_words,
    document_name,
    effect_in_words,
    ground_in_words,
    layer_in_words,
    question_of,
    validity_in_words,
)
from shanshui.policy.rules.packs import RuleBook, RulePack
from shanshui.policy.rules.phrases import Language, amount, listed, phrase, place, status_in_words
from shanshui.policy.rules.rule import Rule

# Of more codes than this the names would hide what is said: the codes stand alone.
MOST_NAMED = 3
# So many codes in a row are told by the first and the last.
_LEAST_RUN = 3
_COMPARED: dict[Operator, tuple[str, str]] = {
    "<": ("less than {}", "小于{}"),
    "<=": ("at most {}", "不超过{}"),
    ">": ("more than {}", "大于{}"),
    ">=": ("at least {}", "不小于{}"),
    "==": ("exactly {}", "等于{}"),
    "!=": ("other than {}", "不等于{}"),
}
_DATED: dict[Operator, tuple[str, str]] = {
    "<": ("before {}", "早于{}"),
    "<=": ("on or before {}", "不晚于{}"),
    ">": ("after {}", "晚于{}"),
    ">=": ("on or after {}", "不早于{}"),
    "==": ("on {}", "为{}"),
    "!=": ("not on {}", "不为{}"),
}
_OPPOSITE: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def in_words(condition: Condition, terms: Terms, language: Language) -> str:
    """Say a condition in words.

    Parameters
    ----------
    condition : Condition
        Of any kind.
    terms : Terms
        What the facts ask, and what activities and industries are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    str
        Without a full stop.

    Examples
    --------
    >>> from shanshui.policy.language.parsing import parse
    >>> from shanshui.policy.language.terms import Fact
    >>> terms = Terms({"slope": Fact("slope", "number", "degree", english="How steep is it?", chinese="坡度多大？")})
    >>> rule = parse('slope < 25 and not touches("protected_areas", zone="core|buffer")', terms)
    >>> in_words(rule, terms, "en")
    '“How steep is it?” – less than 25°; and the parcel does not overlap protected areas (core zone or buffer zone)'
    >>> in_words(rule, terms, "zh")
    '“坡度多大？”——小于25度；且地块不与自然保护地（核心区或缓冲区）重叠'
    """
    text = _said(condition, True, terms, language)
    return text[:1].upper() + text[1:]


def conditions_in_words(rule: Rule, terms: Terms, language: Language) -> list[str]:
    """Say what must hold for a rule to apply, one by one.

    Parameters
    ----------
    rule : Rule
        The rule.
    terms : Terms
        What the facts ask, and what activities and industries are called.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    list of str
        "Always" where it asks for nothing.
    """
    return [in_words(part, terms, language) for part in rule.conditions or (rule.condition,)]


def evidence_of(rule: Rule, language: Language) -> list[str]:
    """Give what has to be brought, piece by piece; in English where nobody said it in Chinese."""
    return split((rule.evidence_zh if language == "zh" else "") or rule.evidence)


def authority_of(rule: Rule, language: Language) -> str:
    """Give who decides; in English where nobody said it in Chinese."""
    return (rule.authority_zh if language == "zh" else "") or rule.authority


def document_of(rule: Rule, terms: Terms, language: Language) -> str:
    """Give the document of a rule and the article in it."""
    document = document_name(rule.document, terms, language)
    return phrase("clause", language).join(text for text in (document, rule.article) if text)


def told(book: RuleBook, language: Language) -> list[str]:
    """Tell a whole rule book.

    Parameters
    ----------
    book : RuleBook
        Its packs are told one after the other, each with its rules.
    language : {"en", "zh"}
        In which language.

    Returns
    -------
    list of str
        Lines.
    """
    lines: list[str] = []
    for pack in book.values():
        lines += [*_pack(pack, book.terms, language), ""]
        for rule in pack.rules:
            lines += [*_rule(rule, book, language), ""]
    used = activities_named((rule.condition for rule in book.rules.values()), book.terms)
    if used:
        lines.append(phrase("activities", language))
        lines += [f"  {code_in_words(ACTIVITY, code, book.terms, language)}" for code in used]
    return [
        *lines,
        "",
        phrase("facts", language),
        *(f"  {_fact(fact, language)}" for fact in book.terms.facts.values()),
    ]


def _fact(fact: Fact, language: Language) -> str:
    """Tell a fact that conditions may ask for: its name, what its value may be, and the question."""
    values = "|".join(fact.choices) or " ".join(filter(None, (fact.kind, fact.unit)))
    return f"{fact.name} ({values}): {(fact.english, fact.chinese)[place(language)]}"


def activities_named(conditions: Iterable[Condition], terms: Terms) -> list[str]:
    """Give the codes of all activities that conditions name, in the order of the terms.

    Parameters
    ----------
    conditions : iterable of Condition
        The conditions.
    terms : Terms
        All activities.

    Returns
    -------
    list of str
    """
    leaves = [leaf for condition in conditions for leaf in condition.leaves()]
    named = {code for leaf in leaves if isinstance(leaf, OneOf) and leaf.fact == ACTIVITY for code in leaf.codes}
    return [code for code in terms.activities if code in named]


def _pack(pack: RulePack, terms: Terms, language: Language) -> list[str]:
    title = pack.english if language == "en" else pack.chinese
    colon = phrase("colon", language)
    version = f"{phrase('version', language)}{' ' if language == 'en' else ''}{pack.version}"
    name = (" " if language == "en" else "") + phrase("brackets", language).format(pack.name)
    lines = [
        f"{title}{name}{phrase('clause', language)}{version}",
        f"{phrase('source', language)}{colon}{pack.source}",
    ]
    if pack.layers:
        layers = [layer_in_words(layer, terms, language) for layer in pack.layers]
        lines.append(f"{phrase('layers', language)}{colon}{phrase('comma', language).join(layers)}")
    return lines


def _rule(rule: Rule, book: RuleBook, language: Language) -> list[str]:
    colon = phrase("colon", language)
    head = [rule.code, effect_in_words(rule, book, language), phrase("priority", language).format(rule.priority)]
    conditions = conditions_in_words(rule, book.terms, language)
    details = {
        "text": rule.english if language == "en" else rule.chinese,
        "document": document_of(rule, book.terms, language),
        "validity": validity_in_words(rule, language),
        "evidence": phrase("semicolon", language).join(evidence_of(rule, language)),
        "authority": authority_of(rule, language),
        "status": status_in_words(rule.status, language),
    }
    return [
        phrase("clause", language).join(head),
        f"  {phrase('applies', language)}{colon}".rstrip(),
        *(f"    - {text}" for text in conditions),
        *(f"  {phrase(key, language)}{colon}{text}" for key, text in details.items() if text),
    ]


def _said(condition: Condition, holds: bool, terms: Terms, language: Language) -> str:
    """Say that a condition holds, or that it does not: what is not all is one that is not, and the other way round."""
    match condition:
        case Not():
            return _said(condition.of, not holds, terms, language)
        case All() | AnyOf():
            return _joined(condition, holds, terms, language)
        case YesNo():
            answer = phrase("yes" if holds else "no", language)
            return _asked(condition.fact, terms, language) + phrase("dash", language) + answer
        case OneOf():
            return _coded(condition, holds, terms, language)
        case Touches():
            ground = ground_in_words(condition.layer, condition.where, terms, language)
            return phrase("touches" if holds else "not touches", language).format(ground)
        case Compared():
            return _compared(condition, holds, terms, language)
    return str(condition)


def _joined(condition: All | AnyOf, holds: bool, terms: Terms, language: Language) -> str:
    every = isinstance(condition, All) == holds
    if not condition.of:
        return phrase("always" if every else "never", language)
    texts = []
    for part in condition.of:
        text = _said(part, holds, terms, language)
        inner = part
        while isinstance(inner, Not):
            inner = inner.of
        nested = isinstance(inner, All | AnyOf) and len(inner.of) > 1 and len(condition.of) > 1
        texts.append(phrase("brackets", language).format(text) if nested else text)
    return phrase("and" if every else "or", language).join(texts)


def _coded(condition: OneOf, holds: bool, terms: Terms, language: Language) -> str:
    kind = terms.facts[condition.fact].kind
    if kind in (ACTIVITY, INDUSTRY):
        if len(condition.codes) > MOST_NAMED:
            words = _runs(condition.codes)
        else:
            words = [
                phrase("quoted", language).format(code_in_words(kind, code, terms, language))
                for code in condition.codes
            ]
    else:
        words = [answer_in_words(condition.fact, code, terms, language) for code in condition.codes]
    codes = listed(words, language)
    if condition.fact in (ACTIVITY, INDUSTRY):
        return phrase(condition.fact if holds else f"not {condition.fact}", language) + codes
    asked = _asked(condition.fact, terms, language) + phrase("dash", language)
    return asked + ("" if holds else phrase("not", language)) + codes


def _compared(condition: Compared, holds: bool, terms: Terms, language: Language) -> str:
    left, right = condition.left, condition.right
    operator = condition.operator if holds else _OPPOSITE[condition.operator]
    fact = terms.facts.get(left.fact) if isinstance(left, FactNumber) else None
    unit = "" if fact is None else fact.unit
    if isinstance(left, Overlap):
        unit = {"overlap_m2": "m2", "overlap_percent": "percent"}[left.measure]
    dated = fact is not None and fact.kind == DATE
    if isinstance(right, Constant):
        other = right.written.strip("\"'") if dated else amount(right.value, unit, language)
    else:
        other = _other(right, terms, language)
    table = _DATED if dated else _COMPARED
    return _subject(left, terms, language) + table[operator][place(language)].format(other)


def _subject(number: Number, terms: Terms, language: Language) -> str:
    if isinstance(number, Overlap):
        return phrase(number.measure, language).format(ground_in_words(number.layer, number.where, terms, language))
    if not isinstance(number, FactNumber):
        return f"{number} "
    if number.fact in ("date", "area_m2"):
        return phrase(number.fact, language)
    return _asked(number.fact, terms, language) + phrase("dash", language)


def _other(number: Number, terms: Terms, language: Language) -> str:
    if isinstance(number, Overlap):
        return phrase("other overlap", language).format(ground_in_words(number.layer, number.where, terms, language))
    fact = number.fact if isinstance(number, FactNumber) else str(number)
    return phrase("other fact", language).format(question_of(fact, terms, language))


def _asked(fact: str, terms: Terms, language: Language) -> str:
    return phrase("quoted", language).format(question_of(fact, terms, language))


def _runs(codes: Sequence[str]) -> list[str]:
    """Shorten codes in a row: A1, A2, A3 to A1-A3."""
    runs: list[list[str]] = []
    for code in codes:
        if runs and _follows(runs[-1][-1], code):
            runs[-1].append(code)
        else:
            runs.append([code])
    return [text for run in runs for text in (run if len(run) < _LEAST_RUN else [f"{run[0]}–{run[-1]}"])]


def _follows(one: str, other: str) -> bool:
    parts = [re.fullmatch(r"([A-Za-z][\w.]*?)(\d+)", code) for code in (one, other)]
    if parts[0] is None or parts[1] is None:
        return False
    return parts[0][1] == parts[1][1] and int(parts[1][2]) == int(parts[0][2]) + 1
