"""What access lists say of every industry in every county, and of every firm (paper 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from shanshui.base.step import step
from shanshui.chapters.zoning.access_lists.rows import (
    EVERY_INDUSTRY,
    Area,
    County,
    Firm,
    ListRow,
    day_text,
)
from shanshui.chapters.zoning.access_lists.verdicts import INDUSTRIES, Rows, applying, periods, read_lists
from shanshui.chapters.zoning.access_lists.words import CLASSES_ZH, ground_words, industry_words
from shanshui.policy.rules.rule import FIRST_DAY, LAST_DAY

NONE = "none"
_VERDICT = ["ground", "class", "class_zh", "levels", "lists", "rows", "control", "from", "to"]
_INDUSTRY = ["industry", "industry_name", "industry_name_zh"]
COVERAGE = ["county", "county_name", "function_type", *_INDUSTRY, *_VERDICT]
BY_FIRM = [
    *("firm", "county", "county_name", "parcel", *_INDUSTRY, *_VERDICT),
    *("existing", "deadline", "days", "english", "chinese"),
]
# A study without counties is told as one.
_WHOLE = County("", "", "")


@step
def access_list_coverage(
    access_lists: pd.DataFrame, zones: pd.DataFrame, firms: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What the lists say of every industry in every county.

    Parameters
    ----------
    access_lists : DataFrame
        The lists.
    zones : DataFrame
        The zones of the study; those of the zoning county count.
    firms : DataFrame or None
        The firms: their industries are told too.

    Returns
    -------
    DataFrame
        One row a county, industry (all divisions, and codes that lists or firms have), ground on which a list says
        something of its own, and period: county, county_name, function_type, industry, industry_name,
        industry_name_zh, ground (empty where no ground of a list lies), class (prohibited, restricted, allowed, none),
        class_zh, levels, lists and rows that decide, control, from, to (dates; empty where open).

    Raises
    ------
    StudyError
        As for `access_list_findings`.

    Notes
    -----
    A longer industry code is an exception to a shorter one of its level on the same ground; of all that stands the
    strictest of all levels decides.
    """
    rows, given, counties = read_lists(access_lists, zones, firms)
    listed = {row.industry for row in rows if row.industry != EVERY_INDUSTRY and not row.industry.isalpha()}
    industries = sorted({*INDUSTRIES.divisions, *listed, *(firm.industry for firm in given)})
    found = []
    for county in counties.values() or [_WHOLE]:
        of_county = {"county": county.code, "county_name": county.name, "function_type": county.function}
        for industry in industries:
            named = of_county | _named(industry)
            found += [named | verdict for verdict, _ in _verdicts(rows, county, industry)]
    return pd.DataFrame(found, columns=COVERAGE)


@step
def firms_by_access_list(access_lists: pd.DataFrame, zones: pd.DataFrame, firms: pd.DataFrame) -> pd.DataFrame:
    """What the lists say of every firm.

    Parameters
    ----------
    access_lists : DataFrame
        The lists.
    zones : DataFrame
        The zones of the study; those of the zoning county count.
    firms : DataFrame
        The firms.

    Returns
    -------
    DataFrame
        One row a firm, ground and period, as in `access_list_coverage`: firm, county, county_name, parcel, industry,
        industry_name, industry_name_zh, ground, class, class_zh, levels, lists, rows, control, from, to; existing (1
        where the firm is older than the rows that decide, 0 where not; empty where not known), deadline (the last day
        on which an existing firm need not follow) and days (from the first day of the rows to it), english, chinese.

    Raises
    ------
    StudyError
        As for `access_list_findings`.

    Notes
    -----
    Days are counted between dates of the lists; they do not hang on the day of the run.
    """
    rows, given, counties = read_lists(access_lists, zones, firms)
    found = []
    for firm in given:
        county = counties[firm.county]
        of_firm = {"firm": firm.code, "county": county.code, "county_name": county.name, "parcel": firm.parcel}
        for verdict, deciding in _verdicts(rows, county, firm.industry):
            found.append(of_firm | _named(firm.industry) | verdict | _of_existing(firm, verdict, deciding))
    table = pd.DataFrame(found, columns=BY_FIRM)
    return table.astype({"existing": "float64", "days": "float64"})


def _named(industry: str) -> dict[str, str]:
    return {
        "industry": industry,
        "industry_name": INDUSTRIES.name(industry, "english"),
        "industry_name_zh": INDUSTRIES.name(industry, "chinese"),
    }


def _verdicts(rows: Rows, county: County, industry: str) -> Iterator[tuple[dict[str, Any], list[ListRow]]]:
    """Tell what holds for an industry in a county: first where no ground of a list lies, then on each ground."""
    near = rows.speaking(county.code, industry)
    grounds = {(row.area.layer, row.area.where): None for row in near if row.area.layer}
    for layer, where in [("", ()), *grounds]:
        here = applying(near, Area(county.code, county.function, layer, where), industry)
        if layer and not any(row.area.layer for row in here):
            continue
        spans = periods(here) or [(FIRST_DAY, LAST_DAY, [])]
        for first, last, deciding in spans:
            verdict = deciding[0].verdict if deciding else NONE
            yield (
                {
                    "ground": Area(layer=layer, where=where).ground,
                    "class": verdict,
                    "class_zh": CLASSES_ZH[verdict],
                    "levels": "; ".join(dict.fromkeys(row.level for row in deciding)),
                    "lists": "; ".join(dict.fromkeys(row.name for row in deciding)),
                    "rows": "; ".join(str(row.number) for row in deciding),
                    "control": " and ".join(dict.fromkeys(f"({row.control})" for row in deciding if row.control)),
                    "from": day_text(first),
                    "to": day_text(last),
                },
                deciding,
            )


def _of_existing(firm: Firm, verdict: dict[str, Any], deciding: list[ListRow]) -> dict[str, Any]:
    """Tell whether a firm was there before what decides, and until when it need not follow."""
    existing = None
    if firm.since is not None and deciding:
        existing = firm.since < min(row.first for row in deciding)
    deadlines = [row.deadline for row in deciding if row.deadline is not None]
    # A row without a deadline binds existing firms from its first day.
    stays = existing and deciding and len(deadlines) == len(deciding)
    deadline = min(deadlines) if stays else None
    what, what_zh = industry_words(firm.industry), industry_words(firm.industry, "chinese")
    on, on_zh = "", ""
    if verdict["ground"]:
        on, on_zh = f" on {ground_words(verdict['ground'])}", f"在{verdict['ground']}范围内"
    english = f"{what} is {verdict['class']}{on}" if deciding else f"no list answers {what}{on}"
    chinese = f"{what_zh}{on_zh}为{verdict['class_zh']}" if deciding else f"{what_zh}{on_zh}未被任何清单规定"
    if verdict["control"]:
        english, chinese = f"{english}: {verdict['control']} must be met", f"{chinese}，须满足{verdict['control']}"
    if deadline is not None:
        english += f"; an existing firm need not follow until {day_text(deadline)}"
        chinese += f"；现有企业过渡期至{day_text(deadline)}"
    return {
        "existing": None if existing is None else int(existing),
        "deadline": day_text(deadline),
        "days": None if deadline is None else deadline - min(row.first for row in deciding),
        "english": english,
        "chinese": chinese,
    }
