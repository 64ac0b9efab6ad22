"""Rule packs: folders of dated rules, read and looked through before any question is put to them."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from shanshui.base.errors import Problems, did_you_mean
from shanshui.policy.language.conditions import All, Condition, Not
from shanshui.policy.language.parsing import ConditionError, codes_of, day, parse
from shanshui.policy.language.terms import (
    ACTIVITY,
    RULE_PACKS,
    STATUSES,
    Terms,
    read_activities,
    read_documents,
    read_facts,
    read_names,
    rows_of,
    split,
)
from shanshui.policy.rules.rule import FIRST_DAY, LAST_DAY, Effect, Rule, scoped

PACK_FILE = "pack.toml"
# What a pack may bring itself, beside its rules.
OWN_TERMS = ("facts.csv", "activities.csv", "layers.csv", "documents.csv")
COLUMNS = (
    *("code", "priority", "effect", "refers_to", "layer", "where", "activity", "industry", "when"),
    *("english", "chinese", "evidence", "evidence_zh", "authority", "authority_zh"),
    *("document", "article", "valid_from", "valid_to", "status"),
)
_TEXTS = COLUMNS[9:17]
_EFFECTS: dict[str, Effect] = {effect: effect for effect in get_args(Effect)}


@dataclass(frozen=True)
class RulePack:
    """Rules that belong together, such as those of one law.

    Parameters
    ----------
    name : str
        By which a study asks for it.
    version : str
        Its date, ISO.
    english, chinese : str
        What it is.
    source : str
        Where its rules come from.
    layers : mapping of str to (tuple of str)
        The control layers it asks for, and the columns of each.
    rules : tuple of Rule
        In the order in which they are written.
    digest : str
        Of all that it says.
    """

    name: str
    version: str
    english: str
    chinese: str
    source: str
    layers: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    digest: str

    def by_priority(self, activity: str | None = None) -> tuple[tuple[Rule, ...], ...]:
        """Give the rules, those of the greatest priority first; of an activity only those that may speak of it."""
        found = self._by_priority.get(activity)
        if found is None:
            rules = [rule for rule in self.rules if activity is None or not rule.condition.excludes(ACTIVITY, activity)]
            levels = sorted({rule.priority for rule in rules}, reverse=True)
            found = tuple(tuple(rule for rule in rules if rule.priority == level) for level in levels)
            self._by_priority[activity] = found
        return found

    @cached_property
    def _by_priority(self) -> dict[str | None, tuple[tuple[Rule, ...], ...]]:
        return {}


class RuleBook(Mapping[str, RulePack]):
    """The packs that answer a study's questions.

    Parameters
    ----------
    packs : iterable of RulePack
        Each under another name.
    terms : Terms
        The facts, activities and industries they speak of.
    """

    def __init__(self, packs: Iterable[RulePack], terms: Terms) -> None:
        self._packs = {pack.name: pack for pack in packs}
        self.terms = terms

    def __getitem__(self, name: str) -> RulePack:
        return self._packs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._packs)

    def __len__(self) -> int:
        return len(self._packs)

    @cached_property
    def rules(self) -> dict[tuple[str, str], Rule]:
        """All rules, by pack and code."""
        return {rule.key: rule for pack in self.values() for rule in pack.rules}

    @cached_property
    def layers(self) -> dict[str, tuple[str, ...]]:
        """The control layers that rules ask for, and the columns of each."""
        asked: dict[str, set[str]] = {}
        for pack in self.values():
            for layer, columns in pack.layers.items():
                asked.setdefault(layer, set()).update(columns)
        return {layer: tuple(sorted(asked[layer])) for layer in sorted(asked)}

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The facts that rules ask for, in the order of the terms."""
        asked = frozenset().union(*(rule.condition.facts for rule in self.rules.values()))
        return tuple(name for name in self.terms.facts if name in asked)

    def with_packs(self, packs: Iterable[RulePack]) -> RuleBook:
        """Give the same book with more packs, or with others in their place."""
        return RuleBook([*({**self._packs, **{pack.name: pack for pack in packs}}).values()], self.terms)


def ready_packs() -> list[str]:
    """Name the packs that come with shanshui."""
    return sorted(path.parent.name for path in RULE_PACKS.glob(f"*/{PACK_FILE}"))


def read_rule_pack(folder: Path, terms: Terms, problems: Problems) -> RulePack | None:
    """Read one pack.

    Parameters
    ----------
    folder : Path
        Holds pack.toml and rules.csv.
    terms : Terms
        What its rules may speak of.
    problems : Problems
        Takes what is wrong.

    Returns
    -------
    RulePack or None
        None where something is wrong.
    """
    before = len(problems)
    about = _about(folder / PACK_FILE, problems)
    rows = rows_of(folder / "rules.csv", COLUMNS, problems)
    if len(problems) > before:
        return None
    if not rows:
        problems.fault(f"{folder.name}/rules.csv", "holds no rule", "write one row for each")
    pack = pack_of(about, rows, terms, problems)
    own = [(folder / name).read_bytes() for name in OWN_TERMS if (folder / name).exists()]
    if own:
        pack = replace(pack, digest=hashlib.sha256(b"".join([pack.digest.encode(), *own])).hexdigest())
    return None if len(problems) > before else pack


def pack_of(about: Mapping[str, Any], rows: Iterable[Mapping[str, str]], terms: Terms, problems: Problems) -> RulePack:
    """Make a pack of its rows.

    Parameters
    ----------
    about : mapping
        name, version, english, chinese, source; layers, those it may ask for.
    rows : iterable of mapping of str to str
        The columns of rules.csv.
    terms : Terms
        What its rules may speak of.
    problems : Problems
        Takes what is wrong.

    Returns
    -------
    RulePack
        Without the rules that have faults.
    """
    rows = [dict(row) for row in rows]
    rules = []
    same: dict[Condition, Condition] = {}  # what several rules ask is found out once
    for row in rows:
        rule = _rule(about["name"], row, terms, problems)
        if rule is not None:
            parts = tuple(same.setdefault(part, part) for part in rule.conditions)
            rules.append(replace(rule, condition=All(parts)))
    layers: dict[str, set[str]] = {layer: set() for layer in about["layers"]}
    for rule in rules:
        for layer, where in rule.condition.grounds:
            if layer not in layers:
                problems.fault(
                    f"{about['name']}:{rule.code}", f"there is no control layer {layer!r}", did_you_mean(layer, layers)
                )
                continue
            layers[layer].update(column for column, _ in where)
    said = json.dumps([{**about, "layers": sorted(layers)}, rows], ensure_ascii=False, sort_keys=True)
    return RulePack(
        **{name: str(about[name]) for name in ("name", "version", "english", "chinese", "source")},
        layers={layer: tuple(sorted(columns)) for layer, columns in layers.items()},
        rules=tuple(rules),
        digest=hashlib.sha256(said.encode()).hexdigest(),
    )


def _about(path: Path, problems: Problems) -> dict[str, Any]:
    wanted = {"name": str, "version": str, "english": str, "chinese": str, "source": str, "layers": list}
    where = f"{path.parent.name}/{path.name}"
    try:
        about = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        problems.fault(where, f"cannot be read ({error})", "correct the file")
        return {}
    for name, kind in wanted.items():
        if not isinstance(about.get(name), kind):
            problems.fault(
                f"{where}:{name}",
                "is missing" if name not in about else "is of another kind",
                f"give it as {_KINDS[kind]}",
            )
        elif about[name] == "" and name != "source":
            problems.fault(f"{where}:{name}", "is empty", "write it")
    for name in sorted(set(about) - set(wanted)):
        problems.fault(f"{where}:{name}", "is not known", did_you_mean(name, wanted))
    if isinstance(about.get("layers"), list) and not all(isinstance(layer, str) for layer in about["layers"]):
        problems.fault(f"{where}:layers", "holds what is no name", f"give it as {_KINDS[list]}")
    if isinstance(about.get("version"), str):
        _day(f"{where}:version", about["version"], FIRST_DAY, problems)
    return about


_KINDS: dict[type, str] = {str: "a text", list: "a list of names"}


def with_own_terms(terms: Terms, folder: Path, problems: Problems) -> Terms:
    """Add what a pack brings itself: facts, activities, and what layers and documents are called."""
    facts, activities, layers, documents = (folder / name for name in OWN_TERMS)
    if facts.exists():
        terms = replace(terms, facts={**terms.facts, **read_facts(facts, problems, terms.facts)})
    if activities.exists():
        terms = replace(
            terms, activities={**terms.activities, **read_activities(activities, problems, terms.activities)}
        )
    if layers.exists():
        terms = replace(terms, names={**terms.names, **read_names(layers, problems, terms.names)})
    if documents.exists():
        terms = replace(terms, documents={**terms.documents, **read_documents(documents, problems, terms.documents)})
    return terms


def _rule(pack: str, row: Mapping[str, str], terms: Terms, problems: Problems) -> Rule | None:
    key, before = f"{pack}:{row['code'] or '?'}", len(problems)
    if not row["code"]:
        problems.fault(key, "has no code", "give every rule a code")
    effect = _EFFECTS.get(row["effect"])
    if effect is None:
        problems.fault(f"{key}.effect", f"is {row['effect']!r}", did_you_mean(row["effect"], _EFFECTS))
    if (effect == "refer") != bool(row["refers_to"]):
        problems.fault(f"{key}.refers_to", "goes with refer", "name the pack, or choose another effect")
    if not re.fullmatch(r"-?[0-9]{1,6}", row["priority"]):
        problems.fault(f"{key}.priority", f"is {row['priority']!r}", "give a whole number")
    if row["status"] not in STATUSES:
        problems.fault(f"{key}.status", f"is {row['status']!r}", did_you_mean(row["status"], STATUSES))
    for name in ("english", "chinese", "document"):
        if not row[name]:
            problems.fault(f"{key}.{name}", "is empty", "a rule carries its article and its document")
    if effect == "conditions" and not row["evidence"]:
        problems.fault(f"{key}.evidence", "is empty", "say what has to be brought or kept")
    first = _day(f"{key}.valid_from", row["valid_from"], FIRST_DAY, problems)
    last = _day(f"{key}.valid_to", row["valid_to"], LAST_DAY, problems)
    if not row["valid_from"]:
        problems.fault(f"{key}.valid_from", "is empty", "give the day from which it holds")
    if last < first:
        problems.fault(f"{key}.valid_to", "lies before valid_from", "correct one of the two")
    parts: list[Condition] = []
    for name in ("activity", "industry"):
        parts += _listed(key, name, row[name], terms, problems)
    try:
        parts.append(parse(row["when"], terms))
    except ConditionError as error:
        problems.fault(f"{key}.when", error.fault, error.mend)
    try:
        condition = scoped(row["layer"], row["where"], tuple(parts))
    except ValueError as error:
        problems.fault(f"{key}.where", str(error), "write for example zone=core|buffer;kind=basic, with its layer")
    if effect is None or len(problems) > before:
        return None
    return Rule(
        pack=pack,
        code=row["code"],
        priority=int(row["priority"]),
        effect=effect,
        condition=condition,
        refers_to=row["refers_to"],
        **{name: row[name] for name in _TEXTS},
        valid_from=first,
        valid_to=last,
        status=row["status"],
    )


def _listed(key: str, fact: str, text: str, terms: Terms, problems: Problems) -> list[Condition]:
    """Read a list of codes, ``A1;A2`` or ``not A1;A2``."""
    words = text.removeprefix("not ")
    codes = tuple(split(words))
    if not text:
        return []
    if not codes:
        problems.fault(f"{key}.{fact}", f"{text!r} names no code", "give codes, or leave the cell empty")
        return []
    try:
        condition = codes_of(fact, codes, terms)
    except ConditionError as error:
        problems.fault(f"{key}.{fact}", error.fault, error.mend)
        return []
    return [Not(condition) if text.startswith("not ") else condition]


def _day(key: str, text: str, otherwise: int, problems: Problems) -> int:
    if not text:
        return otherwise
    try:
        return day(text)
    except ConditionError as error:
        problems.fault(key, error.fault, "write it as 2026-01-31")
        return otherwise
