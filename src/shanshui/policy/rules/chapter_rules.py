"""Rules by which chapters decide of areas, faces, cells and polygons: tables in the language of the rule packs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problems, StudyError, did_you_mean
from shanshui.policy.language.conditions import Condition
from shanshui.policy.language.parsing import ConditionError, parse
from shanshui.policy.language.terms import RULE_PACKS, Terms, read_facts

CHAPTER_FILE, RULES_FILE, FACTS_FILE = "chapter.toml", "chapter_rules.csv", "facts.csv"
_FORCES = {"shall": ("shall", "应当"), "may": ("may", "可以")}
_LABELS = {
    "on": ("on", "对象"),
    "among": ("where one of them", "其中之一"),
    "when": ("when", "条件"),
    "keeps": ("keeps", "保留"),
    "effect": ("then", "结果"),
    "source": ("source", "依据"),
}
_STATUSES = {"official": ("official", "官方文件"), "literature": ("literature", "文献"), "default": ("default", "缺省")}


@dataclass(frozen=True)
class ChapterRules:
    """What there is of the rules of a chapter, beside the rules themselves.

    Parameters
    ----------
    name : str
        Its folder among the rule packs.
    version : str
        Its date, ISO.
    english, chinese : str
        What it is.
    source : str
        Where its rules come from.
    facts : mapping of str to Terms
        What rules may ask for, by what they speak of.
    words : mapping of str to (str, str)
        What the words of its tables are called in English and Chinese.
    """

    name: str
    version: str
    english: str
    chinese: str
    source: str
    facts: Mapping[str, Terms]
    words: Mapping[str, tuple[str, str]]


def chapter_rules() -> list[str]:
    """Name the tables of rules of chapters.

    Examples
    --------
    >>> chapter_rules()
    ['protected_area_integration', 'red_line_adjustment']
    """
    return sorted(path.parent.name for path in RULE_PACKS.glob(f"*/{CHAPTER_FILE}"))


def read_chapter_rules(name: str) -> pd.DataFrame:
    """Read the rules of a chapter that come with shanshui.

    Parameters
    ----------
    name : str
        One of `chapter_rules`.

    Returns
    -------
    DataFrame
        One row a rule, or a case of one; texts, but for order and valid_from.
    """
    path = RULE_PACKS / name / RULES_FILE
    return pd.read_csv(path, dtype={"article": str, "case": str}, keep_default_na=False)


@cache
def about_chapter_rules(name: str) -> ChapterRules:
    """Read what the rules of a chapter may ask for.

    Parameters
    ----------
    name : str
        One of `chapter_rules`.

    Returns
    -------
    ChapterRules

    Raises
    ------
    StudyError
        Where its files are not as they should be.
    """
    folder, problems = RULE_PACKS / name, Problems()
    about = tomllib.loads((folder / CHAPTER_FILE).read_text("utf-8"))
    facts = read_facts(folder / FACTS_FILE, problems)
    for subject, names in about["facts"].items():
        for fact in names:
            if fact not in facts:
                problems.fault(
                    f"{name}/{CHAPTER_FILE}:facts.{subject}", f"there is no fact {fact!r}", did_you_mean(fact, facts)
                )
    if problems:
        raise StudyError(problems)
    terms = {subject: Terms({fact: facts[fact] for fact in names}) for subject, names in about["facts"].items()}
    words = {word: (english, chinese) for word, (english, chinese) in about["words"].items()}
    texts = {word: str(about[word]) for word in ("name", "version", "english", "chinese", "source")}
    return ChapterRules(**texts, facts=terms, words=words)


def with_choices(terms: Terms, fact: str, codes: Iterable[str]) -> Terms:
    """Give terms in which a coded fact has more choices."""
    known = terms.facts[fact]
    choices = tuple(dict.fromkeys([*known.choices, *codes]))
    return Terms({**terms.facts, fact: replace(known, choices=choices)})


class RuleTable:
    """A table of rules while it is being read.

    Parameters
    ----------
    table : DataFrame
        One row a rule, or a case of one.
    key : str
        The table, as a study names it.
    required, optional : tuple of str
        Columns that it must have, and that it may have beside.
    problems : Problems
        Takes what is wrong.
    """

    def __init__(
        self, table: pd.DataFrame, key: str, required: tuple[str, ...], optional: tuple[str, ...], problems: Problems
    ) -> None:
        self._key, self._problems = key, problems
        self._columns = {}
        for name in (*required, *optional):
            if name in table:
                self._columns[name] = [str(text).strip() for text in table[name].astype(object).fillna("")]
            else:
                self._columns[name] = [""] * len(table)
                if name in required:
                    self.fault(name, "is missing", f"give it; {RULES_FILE} of the ready rules shows how")
        self.codes = self._columns["code"]

    def __getitem__(self, column: str) -> list[str]:
        return self._columns[column]

    def fault(self, column: str, fault: str, mend: str) -> None:
        """Say what is wrong with a column."""
        self._problems.fault(f"{self._key}.columns.{column}", fault, mend)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Give a column of numbers; NaN where it is empty."""
        found = np.full(len(self.codes), np.nan)
        for row, text in enumerate(self[column]):
            try:
                found[row] = float(text or "nan")
            except ValueError:
                self.fault(column, f"{self.codes[row]} has {text!r}, which is no number", "write a number")
        return found

    def order(self) -> list[int]:
        """Give the rows in their order; of one order those that stand first."""
        for row, text in enumerate(self["order"]):
            if not text:
                self.fault("order", f"{self.codes[row]} has none", "give every rule a number")
        return [int(row) for row in np.argsort(self.numbers("order"), kind="stable")]

    def check_words(self, column: str, words: Iterable[str]) -> None:
        """Name words that may not stand in a column."""
        for word in sorted(set(self[column]) - set(words)):
            self.fault(column, f"{word!r} is none of its words", did_you_mean(word, words))

    def check_twice(self, *columns: str) -> None:
        """Name rules that stand twice."""
        rows = list(zip(*(self[column] for column in columns), strict=True))
        for row in sorted({row for row in rows if rows.count(row) > 1}):
            self.fault("code", f"rule {' '.join(filter(None, row))} stands twice", "keep one row")

    def condition(self, row: int, column: str, terms: Terms) -> Condition:
        """Read a condition; one that always holds where it cannot be read."""
        try:
            read = parse(self[column][row], terms)
            if read.layers:
                raise ConditionError(
                    f"control layer {min(read.layers)!r} is asked for, and there is no parcel", "ask for facts only"
                )
            return read
        except ConditionError as error:
            self.fault(column, f"{self.codes[row]}: {error.fault}", error.mend)
            return parse("", terms)


def told_chapter_rules(language: str) -> list[str]:
    """Write all rules of the chapters in words, those of each in their order.

    Parameters
    ----------
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    list of str
        Lines.
    """
    number, text = (1, "chinese") if language == "zh" else (0, "english")
    lines: list[str] = []
    for name in chapter_rules():
        about = about_chapter_rules(name)
        if lines:
            lines.append("")
        lines.append(f"{(about.english, about.chinese)[number]} ({name}, {about.version})")
        for row in read_chapter_rules(name).sort_values("order", kind="stable").to_dict("records"):
            head = " ".join(filter(None, [row["code"], row.get("case", "")]))
            words = _FORCES[row["force"]][number], _STATUSES[row["status"]][number]
            said = {
                "on": about.words[row.get("kind") or row["ground"]][number],
                "among": row.get("among", ""),
                "when": row["when"],
                "keeps": row.get("keeps", ""),
                "effect": about.words.get(row.get("action") or row.get("direction", ""), ("", ""))[number],
                "source": ", ".join(filter(None, [row["document"], row["article"], str(row["valid_from"])])),
            }
            lines += ["", f"{head} ({', '.join(words)}): {row[text]}"]
            lines += [f"  {_LABELS[label][number]}: {what}" for label, what in said.items() if what]
    return lines
