"""Access lists as rules: one pack a level, so that no level loosens what another forbids."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from shanshui.base.errors import Problems, StudyError
from shanshui.chapters.zoning.access_lists.rows import (
    COUNTY,
    EVERY_INDUSTRY,
    PROHIBITED,
    RESTRICTED,
    Area,
    ListRow,
    counties_of,
    day_text,
    read_access_lists,
)
from shanshui.chapters.zoning.access_lists.verdicts import by_level, replaces
from shanshui.chapters.zoning.access_lists.words import CLASSES_ZH, LEVELS_ZH, ground_words, industry_words
from shanshui.policy.language.terms import Terms
from shanshui.policy.rules.book_text import in_words
from shanshui.policy.rules.packs import COLUMNS, RulePack, pack_of

# Packs are named after their level.
PACK = "access_lists_"
ALLOW, CONDITIONS, PROHIBIT = "allow", "conditions", "prohibit"
# Where rules of one level meet, the strictest must win: what a weaker row may take from a stricter one is taken out of
# that one's own conditions, never won by rank.
PRIORITIES = {ALLOW: 1, CONDITIONS: 2, PROHIBIT: 3}


def rules_of(access_lists: pd.DataFrame, zones: pd.DataFrame, terms: Terms) -> dict[str, list[dict[str, str]]]:
    """Give the rules that access lists amount to.

    Parameters
    ----------
    access_lists : DataFrame
        The lists.
    zones : DataFrame
        The zones of the study; those of the zoning county count.
    terms : Terms
        The facts that controls may ask for, and the industries there are.

    Returns
    -------
    dict of str to list of dict
        For each level that has rows, the highest first, a pack ``access_lists_LEVEL`` of rows with the columns of
        rules.csv. The control layer ``county`` (columns zone, function) tells in which county a parcel lies.

    Raises
    ------
    StudyError
        As for `access_list_findings`.

    Notes
    -----
    A prohibited row prohibits, an allowed row allows. A restricted row allows with conditions where its control holds,
    and prohibits where it does not. Until the deadline an existing firm (fact existing_firm) is allowed with
    conditions. What is a stated exception to a row (a longer industry code on the same ground) is taken out of it.
    """
    return {
        f"{PACK}{level}": [rule for row in of_level for rule in _rules(row, of_level, terms)]
        for level, of_level in _levels(access_lists, zones, terms).items()
    }


def packs_of(access_lists: pd.DataFrame, zones: pd.DataFrame, terms: Terms) -> list[RulePack]:
    """Give the rule packs that access lists amount to.

    Parameters
    ----------
    access_lists : DataFrame
        The lists.
    zones : DataFrame
        The zones of the study.
    terms : Terms
        The facts that controls may ask for, and the industries there are.

    Returns
    -------
    list of RulePack
        One a level, the highest first; its version is the last day on which a row of it begins to hold.

    Raises
    ------
    StudyError
        As `rules_of`, and where a rule cannot be read: the facts existing_firm and date are asked for.
    """
    problems, packs = Problems(), []
    for level, rows in _levels(access_lists, zones, terms).items():
        asked = {row.area.layer for row in rows}.union(*(row.condition.layers for row in rows))
        about = {
            "name": f"{PACK}{level}",
            "version": day_text(max(row.first for row in rows)),
            "english": f"access lists, level {level}",
            "chinese": f"{LEVELS_ZH[level]}产业准入清单",
            "source": "; ".join(dict.fromkeys(row.source or row.name for row in rows)),
            "layers": sorted((asked | {COUNTY}) - {""}),
        }
        rules = [rule for row in rows for rule in _rules(row, rows, terms)]
        packs.append(pack_of(about, rules, terms, problems))
    if problems.fatal:
        raise StudyError(problems)
    return packs


def _levels(access_lists: pd.DataFrame, zones: pd.DataFrame, terms: Terms) -> dict[str, list[ListRow]]:
    problems = Problems()
    rows = read_access_lists(access_lists, counties_of(zones), terms, problems)
    if problems.fatal:
        raise StudyError(problems)
    return by_level(rows)


def _rules(row: ListRow, of_level: list[ListRow], terms: Terms) -> Iterator[dict[str, str]]:
    taken_out = [f"not ({_scope(other, row)})" for other in of_level if other is not row and replaces(other, row)]
    existing = f'existing_firm and date <= "{day_text(row.deadline)}"' if row.deadline is not None else ""
    new = [f"not ({existing})"] if existing else []
    what, what_zh = _sentence(row)
    if row.verdict == PROHIBITED:
        yield _rule(row, "", PROHIBIT, [*taken_out, *new], what, what_zh)
    elif row.verdict != RESTRICTED:
        yield _rule(row, "", ALLOW, taken_out, what, what_zh)
    elif not row.control:
        evidence = "what the authority asks for: the list names no control", "按主管部门要求：清单未列明管控条件"
        yield _rule(row, "", CONDITIONS, taken_out, what, what_zh, evidence)
    else:
        control, control_zh = in_words(row.condition, terms, "en"), in_words(row.condition, terms, "zh")
        evidence = f"proof of: {control}", f"证明材料：{control_zh}"
        yield _rule(row, "", CONDITIONS, [*taken_out, f"({row.control})"], what, what_zh, evidence)
        missed = f"{what} Its control is not met: {control}.", f"{what_zh}不符合管控条件：{control_zh}。"
        yield _rule(row, "-control", PROHIBIT, [*taken_out, f"not ({row.control})", *new], *missed)
    if existing and (row.verdict == PROHIBITED or row.control):
        last = day_text(row.deadline)
        stays = f"{what} An existing firm has time until {last}.", f"{what_zh}现有企业须在{last}前完成整改或退出。"
        evidence = (
            f"proof that the firm existed before {day_text(row.first)}",
            f"{day_text(row.first)}前已建成的证明材料",
        )
        yield _rule(row, "-existing", CONDITIONS, [*taken_out, existing], *stays, evidence)


def _rule(
    row: ListRow,
    suffix: str,
    effect: str,
    when: list[str],
    english: str,
    chinese: str,
    evidence: tuple[str, str] = ("", ""),
) -> dict[str, str]:
    layer, where, place = _ground(row.area)
    return dict.fromkeys(COLUMNS, "") | {
        "code": f"{row.number}{suffix}",
        "priority": str(PRIORITIES[effect]),
        "effect": effect,
        "layer": layer,
        "where": where,
        "industry": "" if row.industry == EVERY_INDUSTRY else row.industry,
        "when": " and ".join([*place, *when]),
        "english": english,
        "chinese": chinese,
        "evidence": evidence[0],
        "evidence_zh": evidence[1],
        "document": row.source or row.name,
        "article": f"{row.name}, row {row.number}",
        "valid_from": day_text(row.first),
        "valid_to": day_text(row.last),
        "status": row.status,
    }


def _ground(area: Area) -> tuple[str, str, list[str]]:
    """Give the layer of a rule, which of its polygons count, and the county as a condition beside it."""
    if area.layer:
        return area.layer, area.ground.partition(":")[2], [f"touches({_county(area)})"] if _county(area) else []
    column, value = _of_county(area)
    return (COUNTY, f"{column}={value}", []) if value else ("", "", [])


def _of_county(area: Area) -> tuple[str, str]:
    return ("zone", area.county) if area.county else ("function", area.function)


def _county(area: Area) -> str:
    """Give the county, or the function type, of an area as arguments of touches."""
    column, value = _of_county(area)
    return f'"{COUNTY}", {column}="{value}"' if value else ""


def _scope(exception: ListRow, general: ListRow) -> str:
    """Give the condition under which an exception applies, where the row that it is an exception to does."""
    parts = [f'industry == "{exception.industry}"']
    if (exception.area.county, exception.area.function) != (general.area.county, general.area.function):
        parts.append(f"touches({_county(exception.area)})")
    if exception.first > general.first:
        parts.append(f'date >= "{day_text(exception.first)}"')
    if exception.last < general.last:
        parts.append(f'date <= "{day_text(exception.last)}"')
    return " and ".join(parts)


def _sentence(row: ListRow) -> tuple[str, str]:
    """Give the text of a row; where the list has none, one made of its cells."""
    on = f" on {ground_words(row.area.ground)}" if row.area.ground else ""
    on_zh = f"在{row.area.ground}范围内" if row.area.ground else ""
    english = row.english or f"{industry_words(row.industry)} is {row.verdict}{on}"
    chinese = row.chinese or f"{industry_words(row.industry, 'chinese')}{on_zh}为{CLASSES_ZH[row.verdict]}"
    return english.rstrip(".") + ".", chinese.rstrip("。") + "。"
