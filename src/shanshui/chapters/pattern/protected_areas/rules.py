"""Rules by which protected areas are made whole, read from their table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter

import pandas as pd

from shanshui.base.errors import Problems, StudyError
from shanshui.base.step import step
from shanshui.chapters.pattern.protected_areas.zones import CORE, GENERAL, PARK_USE
from shanshui.policy.language.conditions import All, Condition
from shanshui.policy.language.parsing import ConditionError
from shanshui.policy.language.terms import Terms
from shanshui.policy.rules.chapter_rules import RuleTable, about_chapter_rules, read_chapter_rules, with_choices
from shanshui.policy.rules.ranking import Keeps, parse_keeps

PACK = "protected_area_integration"
_TABLE = "tables.protected_area_rules"
# What a rule is there for: which areas count, which of them keeps common ground, which merge, the zones, the uses on
# the ground, and the balance.
SCOPE, OVERLAP, MERGE, ZONE, USE, BALANCE = KINDS = ("scope", "overlap", "merge", "zone", "use", "balance")
KEEP, MERGED, ADJUST_OUT, WITHDRAW, MANAGE = "keep", "merge", "adjust_out", "withdraw", "manage"
SHALL, MAY = "shall", "may"
_REQUIRED = ("code", "order", "kind", "among", "when", "keeps", "action", "force", "valid_from")
_OPTIONAL = ("case", "reason", "reason_zh")
# Which columns say what a rule means, by its kind; those of other kinds are carried out as a whole.
_MEANING = {SCOPE: ("when",), OVERLAP: ("among", "when", "keeps"), ZONE: ("when", "action"), USE: ("when", "action")}
_ACTIONS = {ZONE: (CORE, GENERAL, PARK_USE), USE: (ADJUST_OUT, WITHDRAW, MANAGE)}
_MEANINGS = ("among", "when", "keeps", "action")
# What sentences of uses may name.
_NAMED = ("uses", "share", "patch")
_ALWAYS = All(())


@step
def protected_area_rules() -> pd.DataFrame:
    """Rules by which protected areas are made whole.

    Returns
    -------
    DataFrame
        Columns code, case, order, kind, among, when, keeps, action, reason, reason_zh, force (shall, may), english,
        chinese, document, article, valid_from, status. One row a rule, or a case of one.
    """
    return read_chapter_rules(PACK)


@dataclass(frozen=True)
class RuleCase:
    """A rule of overlaps, of uses, or of which areas count; or one of its cases.

    Parameters
    ----------
    code, case : str
        Its code; which case of the rule it is, empty where the rule has one only.
    kind : str
        scope, overlap, merge, zone, use or balance.
    among : Condition
        Of overlaps: it speaks where this holds of one of the areas that are left.
    when : Condition
        Of overlaps: which areas yield; of zones and uses: of which faces it speaks; of scope: which areas do not count.
    keeps : Keeps or None
        Of overlaps: the areas that stand are those with the greatest or least number.
    action : str
        Of uses: adjust_out, withdraw or manage; of zones: core, general or park_use.
    reason, reason_zh : str
        What sentences say of whom it decides against; empty where its table says nothing.
    valid_from : float
        Year; NaN where the table says none.
    """

    code: str
    case: str
    kind: str
    among: Condition
    when: Condition
    keeps: Keeps | None
    action: str
    reason: str
    reason_zh: str
    valid_from: float


class Rules:
    """The rules that hold, in their order; this is the one place where their table is read.

    Parameters
    ----------
    table : DataFrame
        Columns code, order, kind, among, when, keeps, action, force, valid_from; case, reason, reason_zh where it has
        them. A rule that is not in the table does not hold.
    categories, levels : iterable of str
        Codes that conditions may name beside the ready ones.

    Raises
    ------
    StudyError
        Naming every condition that cannot be read, every fact and code nobody knows, everything that a rule of its kind
        must or may not say, and every rule that stands twice.
    """

    def __init__(self, table: pd.DataFrame, categories: Iterable[str] = (), levels: Iterable[str] = ()) -> None:
        problems = Problems()
        told = RuleTable(table, _TABLE, _REQUIRED, _OPTIONAL, problems)
        told.check_words("kind", KINDS)
        told.check_words("force", (SHALL, MAY))
        told.check_twice("code", "case")
        facts = about_chapter_rules(PACK).facts
        areas = with_choices(with_choices(facts["area"], "category", categories), "level", levels)
        zones = with_choices(with_choices(facts["zone"], "category", categories), "level", levels)
        terms = {ZONE: zones, USE: facts["use"]}
        years = told.numbers("valid_from")
        order = told.order()
        cases = [_case(told, row, terms.get(told["kind"][row], areas), float(years[row])) for row in order]
        if problems:
            raise StudyError(problems)
        self._cases = cases
        self._may = {code for code, force in zip(told.codes, told["force"], strict=True) if force == MAY}

    def cases(self, kind: str) -> list[RuleCase]:
        """Give the rules of one kind, in their order."""
        return [case for case in self._cases if case.kind == kind]

    def of(self, kind: str) -> list[str]:
        """Give the codes of one kind, in their order."""
        return list(dict.fromkeys(case.code for case in self.cases(kind)))

    def confirmed_by_planner(self, codes: Iterable[str]) -> bool:
        """Tell whether one of the rules only says what may be done, so that a planner has to confirm it."""
        return not self._may.isdisjoint(codes)


def balance_asked(table: pd.DataFrame) -> bool:
    """Tell whether one of the rules of a table asks for a balance (P6)."""
    return bool((table["kind"] == BALANCE).any())


def _case(told: RuleTable, row: int, terms: Terms, valid_from: float) -> RuleCase:
    """Read a row of the table, and say what is wrong with it."""
    kind, code = told["kind"][row], told.codes[row]
    said, ours = {name: told[name][row] for name in _MEANINGS}, _MEANING.get(kind, ())
    if not code:
        told.fault("code", "a rule has no code", "give every rule a code")
    for name, text in said.items():
        if text and name not in ours:
            told.fault(name, f"{code}: a rule of {kind} does not say it", "leave it empty")
    keeps = None
    if kind == OVERLAP and bool(said["when"]) == bool(said["keeps"]):
        told.fault("when", f"{code}: a rule of overlaps says who yields, or whom it keeps", "fill in when or keeps")
    elif kind == OVERLAP and said["keeps"]:
        try:
            keeps = parse_keeps(said["keeps"], terms)
        except ConditionError as error:
            told.fault("keeps", f"{code}: {error.fault}", error.mend)
    elif kind in (SCOPE, ZONE, USE) and not said["when"]:
        told.fault("when", f"{code} says nothing", "write a condition")
    actions = _ACTIONS.get(kind, ())
    if actions and said["action"] not in actions:
        told.fault("action", f"{code}: {said['action']!r} is no action of it", f"write one of {', '.join(actions)}")
    for name in ("reason", "reason_zh"):
        _check_sentence(told, row, name)
    return RuleCase(
        code=code,
        case=told["case"][row],
        kind=kind,
        among=told.condition(row, "among", terms) if "among" in ours else _ALWAYS,
        when=told.condition(row, "when", terms) if "when" in ours else _ALWAYS,
        keeps=keeps,
        action=said["action"],
        reason=told["reason"][row],
        reason_zh=told["reason_zh"][row],
        valid_from=valid_from,
    )


def _check_sentence(told: RuleTable, row: int, column: str) -> None:
    """Name what a sentence of uses cannot be filled in with."""
    text, named = told[column][row], _NAMED if told["kind"][row] == USE else ()
    try:
        strange = [name for _, name, _, _ in Formatter().parse(text) if name is not None and name not in named]
        if not strange:
            text.format(uses="", share=0.0, patch=0.0)
    except ValueError:
        strange = [text]
    if strange:
        mend = f"write {{{'}, {'.join(named)}}} only" if named else "leave braces out"
        told.fault(column, f"{told.codes[row]}: {strange[0]!r} cannot be filled in", mend)
