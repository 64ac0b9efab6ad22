"""The terms of rules: the facts that a question may state, and the kinds of activity it may be about."""

from __future__ import annotations

import csv
import hashlib
import keyword
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, get_args

from shanshui.base.errors import Problems, StudyError, did_you_mean
from shanshui.policy.language.industries import Industries

RULE_PACKS = Path(__file__).parents[1] / "rule_packs"
Kind = Literal["yes_no", "number", "code", "date", "activity", "industry"]
YES_NO, NUMBER, CODE, DATE, ACTIVITY, INDUSTRY = get_args(Kind)
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
# The fact that is measured and never told.
AREA = "area_m2"
STATUSES = ("official", "literature", "default")
# A control layer, a column of it and a value there, or the first parts of these; in English and Chinese.
Named = tuple[str, str, str]
Words = tuple[str, str]
_FEW = 6
_LIMITS = {
    **dict.fromkeys(("m2", "hectare", "t", "year"), (0.0, math.inf)),
    **{"percent": (0.0, 100.0), "degree": (0.0, 90.0)},
}


@dataclass(frozen=True)
class Fact:
    """A fact that conditions may ask for.

    Parameters
    ----------
    name : str
        By which conditions name it.
    kind : {"yes_no", "number", "code", "date", "activity", "industry"}
        What its value is.
    unit : str
        Of a number; "" otherwise.
    choices : tuple of str
        What a code may be.
    english, chinese : str
        The question that is put to who applies.
    """

    name: str
    kind: Kind
    unit: str = ""
    choices: tuple[str, ...] = ()
    english: str = ""
    chinese: str = ""

    @property
    def limits(self) -> tuple[float, float]:
        """Between which values a number of its unit lies."""
        return _LIMITS.get(self.unit, (-math.inf, math.inf))


@dataclass(frozen=True)
class Activity:
    """A kind of activity.

    Parameters
    ----------
    code, parent : str
        Its code, and that of the kind it belongs to; "" where it belongs to none.
    english, chinese : str
        What it is.
    conditions : str
        What its document makes it depend on, in words.
    source : str
        Document and article.
    status : {"official", "literature", "default"}
        How far it can be trusted.
    """

    code: str
    parent: str = ""
    english: str = ""
    chinese: str = ""
    conditions: str = ""
    source: str = ""
    status: str = "default"


# Facts of every question, whatever the packs are.
ALWAYS = (
    Fact("activity", "activity", english="What is to be done?", chinese="拟开展什么活动？"),
    Fact("industry", "industry", english="Which industry is it of (GB/T 4754)?", chinese="属于哪个行业（GB/T 4754）？"),
    Fact("date", "date", english="On which day is it asked?", chinese="哪一天提出？"),
    Fact("area_m2", "number", "m2", english="How large is the parcel?", chinese="地块面积多大？"),
)


@lru_cache(maxsize=1)
def ready_names() -> Mapping[Named, Words]:
    """Give what the ready packs call control layers, their columns and values, and the choices of facts.

    Returns
    -------
    mapping of (str, str, str) to (str, str)
        By layer, column and value, of which a name for any layer has no layer: English and Chinese.
    """
    problems = Problems()
    names = read_names(RULE_PACKS / "layers.csv", problems)
    if problems:
        raise StudyError(problems)
    return names


@lru_cache(maxsize=1)
def ready_documents() -> Mapping[str, str]:
    """Give what the documents of the ready packs are called in Chinese.

    Returns
    -------
    mapping of str to str
        By the name that rules give them.
    """
    problems = Problems()
    documents = read_documents(RULE_PACKS / "documents.csv", problems)
    if problems:
        raise StudyError(problems)
    return documents


@dataclass(frozen=True)
class Terms:
    """All facts, activities and industries that rules may speak of, and what else they speak of is called.

    Parameters
    ----------
    facts : mapping of str to Fact
        Those of every question are among them.
    activities : mapping of str to Activity
        By code.
    industries : Industries
        The codes of GB/T 4754.
    names : mapping of (str, str, str) to (str, str)
        As `ready_names`, those of own packs with them.
    documents : mapping of str to str
        As `ready_documents`, likewise.
    """

    facts: Mapping[str, Fact]
    activities: Mapping[str, Activity] = field(default_factory=dict)
    industries: Industries = field(default_factory=Industries)
    names: Mapping[Named, Words] = field(default_factory=ready_names, repr=False)
    documents: Mapping[str, str] = field(default_factory=ready_documents, repr=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that they say; ready names are no part of it, as they decide nothing."""
        said: list[object] = [sorted(self.facts.items()), sorted(self.activities.items())]
        said.append(sorted(self.industries.listed.items()))
        names = sorted(self.names.items() - ready_names().items())
        documents = sorted(self.documents.items() - ready_documents().items())
        if names or documents:
            said += [names, documents]
        return hashlib.sha256(repr(tuple(said)).encode()).hexdigest()

    @cached_property
    def _below(self) -> dict[str, frozenset[str]]:
        below: dict[str, set[str]] = {code: {code} for code in self.activities}
        for code in self.activities:
            above = self.activities[code].parent
            while above:
                below[above].add(code)
                above = self.activities[above].parent
        return {code: frozenset(codes) for code, codes in below.items()}

    def below(self, code: str) -> frozenset[str]:
        """Give an activity and all that belong to it.

        Examples
        --------
        >>> terms = Terms({}, {"A7": Activity("A7"), "A7.1": Activity("A7.1", "A7")})
        >>> sorted(terms.below("A7")), sorted(terms.below("A7.1"))
        (['A7', 'A7.1'], ['A7.1'])
        """
        return self._below[code]

    def above(self, code: str) -> frozenset[str]:
        """Give all activities to which an activity belongs.

        Examples
        --------
        >>> terms = Terms({}, {"A7": Activity("A7"), "A7.1": Activity("A7.1", "A7")})
        >>> sorted(terms.above("A7.1")), sorted(terms.above("A7"))
        (['A7'], [])
        """
        return frozenset(one for one, below in self._below.items() if code in below and one != code)


def read_terms(folder: Path = RULE_PACKS) -> Terms:
    """Read facts.csv and activities.csv of a folder of rule packs.

    Parameters
    ----------
    folder : Path
        That of the ready packs by default.

    Returns
    -------
    Terms

    Raises
    ------
    StudyError
        Naming every fact of an unknown kind, every name that stands twice, and every activity whose parent is not
        there or that is above itself.
    """
    problems = Problems()
    always = {fact.name: fact for fact in ALWAYS}
    facts = always | read_facts(folder / "facts.csv", problems, always)
    activities = read_activities(folder / "activities.csv", problems)
    if problems:
        raise StudyError(problems)
    return Terms(facts, activities)


def read_facts(path: Path, problems: Problems, known: Mapping[str, Fact] | None = None) -> dict[str, Fact]:
    """Read a table of facts.

    Parameters
    ----------
    path : Path
        Columns fact, kind, unit, choices (with semicolons between them), english, chinese.
    problems : Problems
        Takes what is wrong.
    known : mapping of str to Fact, optional
        Others, whose names are taken.

    Returns
    -------
    dict of str to Fact
    """
    facts: dict[str, Fact] = {}
    for row in rows_of(path, ("fact", "kind", "unit", "choices", "english", "chinese"), problems):
        name, kind = row["fact"], _KINDS.get(row["kind"])
        key = f"{path.name}:{name}"
        if not name.isidentifier() or keyword.iskeyword(name):
            problems.fault(key, f"{name!r} is no name", "write letters, digits and underscores, and no word of Python")
        elif kind is None:
            problems.fault(f"{key}.kind", f"is {row['kind']!r}", did_you_mean(row["kind"], _KINDS))
        elif name in facts or name in (known or {}):
            problems.fault(key, "stands twice" if name in facts else "is there already", "take another name")
        else:
            choices = tuple(split(row["choices"]))
            if (kind == CODE) != bool(choices):
                fault = "are missing" if kind == CODE else f"are given, and it is a {kind}"
                problems.fault(f"{key}.choices", fault, "give choices for a code, and only for a code")
            facts[name] = Fact(name, kind, row["unit"], choices, row["english"], row["chinese"])
    return facts


def read_activities(path: Path, problems: Problems, known: Mapping[str, Activity] | None = None) -> dict[str, Activity]:
    """Read a table of activities.

    Parameters
    ----------
    path : Path
        Columns code, parent, english, chinese, conditions, source, status.
    problems : Problems
        Takes what is wrong.
    known : mapping of str to Activity, optional
        Others, to which its own may belong, and whose codes are taken.

    Returns
    -------
    dict of str to Activity
    """
    columns = ("code", "parent", "english", "chinese", "conditions", "source", "status")
    activities: dict[str, Activity] = {}
    for row in rows_of(path, columns, problems):
        key = f"{path.name}:{row['code'] or '?'}"
        if not row["code"]:
            problems.fault(key, "has no code", "give every activity a code")
            continue
        if row["code"] in activities or row["code"] in (known or {}):
            problems.fault(
                key, "stands twice" if row["code"] in activities else "is there already", "take another code"
            )
        if row["status"] not in STATUSES:
            problems.fault(f"{key}.status", f"is {row['status']!r}", did_you_mean(row["status"], STATUSES))
        activities[row["code"]] = Activity(**row)
    every = {**(known or {}), **activities}
    for code, activity in activities.items():
        above, passed = activity.parent, {code}
        while above in every and above not in passed:
            passed.add(above)
            above = every[above].parent
        if above in passed:
            problems.fault(f"{path.name}:{code}.parent", "leads back to itself", "let one of them have no parent")
        elif above:
            problems.fault(f"{path.name}:{code}.parent", f"there is no activity {above!r}", did_you_mean(above, every))
    return activities


def read_names(path: Path, problems: Problems, known: Mapping[Named, Words] | None = None) -> dict[Named, Words]:
    """Read a table of what control layers, their columns and values, and the choices of facts are called.

    Parameters
    ----------
    path : Path
        Columns layer, column, value, english, chinese. A row without value names the column, one without column the
        layer; one without layer holds for any. The choice of a fact is a value of the column of its name.
    problems : Problems
        Takes what is wrong.
    known : mapping of (str, str, str) to (str, str), optional
        Others, which may be repeated and not be changed.

    Returns
    -------
    dict of (str, str, str) to (str, str)
    """
    names: dict[Named, Words] = {}
    for row in rows_of(path, ("layer", "column", "value", "english", "chinese"), problems):
        name, words = (row["layer"], row["column"], row["value"]), (row["english"], row["chinese"])
        key = f"{path.name}:{'.'.join(part for part in name if part) or '?'}"
        if (not row["column"] and (row["value"] or not row["layer"])) or not any(words):
            fault = "has no layer, column or words that it needs"
            problems.fault(key, fault, "name a layer, a column, or a value of a column, in English or Chinese")
        elif name in names:
            problems.fault(key, "stands twice", "keep one row")
        elif words != (known or {}).get(name, words):
            problems.fault(key, "is called otherwise already", "name it for a layer of your own")
        else:
            names[name] = words
    _each_word_once(path, names, problems)
    return names


def _each_word_once(path: Path, names: Mapping[Named, Words], problems: Problems) -> None:
    """Refuse a word that stands for two values of a column: polygons may have it in place of the value."""
    stands: dict[Named, str] = {}
    for (layer, column, value), words in names.items():
        for word in {value, *words} - {""} if value else ():
            other = stands.setdefault((layer, column, word), value)
            if other != value:
                key = f"{path.name}:{'.'.join(part for part in (layer, column, value) if part)}"
                problems.fault(key, f"{word!r} stands for {other!r} as well", "give each value words of its own")


def read_documents(path: Path, problems: Problems, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Read a table of what documents are called in Chinese.

    Parameters
    ----------
    path : Path
        Columns document (as rules name it), chinese.
    problems : Problems
        Takes what is wrong.
    known : mapping of str to str, optional
        Others, which may be repeated and not be changed.

    Returns
    -------
    dict of str to str
    """
    documents: dict[str, str] = {}
    for row in rows_of(path, ("document", "chinese"), problems):
        document, chinese = row["document"], row["chinese"]
        key = f"{path.name}:{document or '?'}"
        if not document or not chinese:
            problems.fault(key, "has an empty cell", "give the document as rules name it, and its Chinese name")
        elif document in documents:
            problems.fault(key, "stands twice", "keep one row")
        elif chinese != (known or {}).get(document, chinese):
            problems.fault(key, "is called otherwise already", "keep that name")
        else:
            documents[document] = chinese
    return documents


def rows_of(path: Path, columns: tuple[str, ...], problems: Problems) -> list[dict[str, str]]:
    """Read the rows of a CSV file, its texts stripped.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    columns : tuple of str
        What it must hold, and all that it may hold.
    problems : Problems
        Takes what is wrong.

    Returns
    -------
    list of dict
        Empty where the file is not as it should be.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = header
            rows = list(reader)
    except csv.Error as error:
        problems.fault(str(path), f"cannot be read ({error})", "correct the file")
        return []
    except OSError as error:
        problems.fault(str(path), f"cannot be read ({error.strerror})", "write the file")
        return []
    except UnicodeDecodeError:
        problems.fault(str(path), "is not in UTF-8", "save it as UTF-8")
        return []
    missing, strange = (
        [name for name in columns if name not in header],
        [name for name in header if name not in columns],
    )
    if missing:
        problems.fault(path.name, f"has no column {', '.join(missing)}", f"its columns are {', '.join(columns)}")
    for name in strange:
        problems.fault(f"{path.name}:{name}", "is no column of it", did_you_mean(name, columns))
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.fault(f"{path.name}:{name}", "stands twice in its head", "keep one column")
    odd = [str(number) for number, row in enumerate(rows, 2) if None in row or None in row.values()]
    if odd:
        lines = ", ".join(odd[:_FEW]) + (f" and {len(odd) - _FEW} more" if len(odd) > _FEW else "")
        fault = (
            f"lines {lines} do not have {len(header)} cells"
            if len(odd) > 1
            else f"line {lines} does not have {len(header)} cells"
        )
        problems.fault(path.name, fault, "quote what has commas in it")
        return []
    return [] if missing or strange else [{name: (text or "").strip() for name, text in row.items()} for row in rows]


def split(text: str) -> list[str]:
    """Give the parts of a text that semicolons divide."""
    return [part.strip() for part in text.split(";") if part.strip()]
