"""What must be settled in access lists: contradictions, looser rows, overlapping validity, gaps (paper 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shanshui.base.step import step
from shanshui.chapters.zoning.access_lists.controls import Left, both, left_open, nothing, wider
from shanshui.chapters.zoning.access_lists.rows import (
    LEVELS,
    RESTRICTED,
    Area,
    County,
    Firm,
    ListRow,
    day_text,
)
from shanshui.chapters.zoning.access_lists.verdicts import (
    Rows,
    applying,
    by_level,
    contemporary,
    covers,
    is_exception,
    read_lists,
    replaces,
)
from shanshui.chapters.zoning.access_lists.words import CLASSES_ZH, LEVELS_ZH, ground_words, industry_words
from shanshui.policy.language.ranges import Range
from shanshui.policy.rules.rule import LAST_DAY

CONTRADICTION, LOOSER, OVERLAP, GAP = KINDS = ("contradiction", "looser", "overlap", "gap")
COLUMNS = [
    *("finding", "lists", "rows", "firms", "county", "function_type", "ground", "industry"),
    *("from", "to", "english", "chinese"),
]


@dataclass(frozen=True)
class _Finding:
    kind: str
    rows: tuple[ListRow, ...]
    area: Area
    industry: str
    first: int
    last: int
    english: str
    chinese: str
    firms: tuple[Firm, ...] = ()

    def told(self) -> dict[str, Any]:
        return {
            "finding": self.kind,
            "lists": "; ".join(dict.fromkeys(row.name for row in self.rows)),
            "rows": "; ".join(str(row.number) for row in self.rows),
            "firms": "; ".join(firm.code for firm in self.firms),
            "county": self.area.county,
            "function_type": self.area.function,
            "ground": self.area.ground,
            "industry": self.industry,
            "from": day_text(self.first),
            "to": day_text(self.last),
            "english": self.english,
            "chinese": self.chinese,
        }


@step
def access_list_findings(
    access_lists: pd.DataFrame, zones: pd.DataFrame, firms: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Contradictions, overlaps and gaps of access lists, and rows looser than the level above.

    Parameters
    ----------
    access_lists : DataFrame
        The lists.
    zones : DataFrame
        The zones of the study; those of the zoning county count.
    firms : DataFrame or None
        The firms: an industry of theirs that no list answers is a gap.

    Returns
    -------
    DataFrame
        One row a finding: finding (contradiction, looser, overlap, gap), lists, rows (numbers of rows of the lists),
        firms, county, function_type, ground, industry, from, to (dates; empty where open), english, chinese.

    Raises
    ------
    StudyError
        Naming every row with an unknown industry, class, level, county, function type, fact or date, and every control
        that cannot be read.

    Notes
    -----
    Two rows of one level contradict each other where their classes differ on ground, industry and days in common, and
    neither is a stated exception (a longer industry code on the same ground) nor the stricter one on a part of the
    other's area; so do two restricted rows whose controls no case can meet. A row is looser than one of a level above
    that covers all it speaks of, where its class is weaker, or leaves open more of a fact that both bind. What a lower
    level does not repeat is not looser.
    """
    rows, given, counties = read_lists(access_lists, zones, firms)
    found = [*_contradictions(rows), *_looser(rows), *_written_twice(rows), *_gaps(rows, given, counties)]
    order = sorted(found, key=lambda each: (KINDS.index(each.kind), [row.number for row in each.rows], each.industry))
    return pd.DataFrame([each.told() for each in order], columns=COLUMNS)


def _contradictions(rows: Rows) -> Iterator[_Finding]:
    for of_level in by_level(rows).values():
        for one, other in Rows(of_level).pairs():
            if not one.area.meets(other.area):
                continue
            if one.verdict != other.verdict:
                weak, strict = sorted((one, other), key=lambda row: row.strictness)
                narrower = strict.area.within(weak.area) and strict.area != weak.area
                if not (is_exception(weak, strict) or is_exception(strict, weak) or narrower):
                    yield _pair(CONTRADICTION, one, other, *_classes_differ(one, other))
            elif one.verdict == RESTRICTED and not (replaces(one, other) or replaces(other, one)):
                impossible = [
                    fact for fact, left, right in _in_common(left_open(one.condition), left_open(other.condition))
                    if nothing(both(left, right))
                ]  # fmt: skip
                if impossible:
                    facts = ", ".join(impossible)
                    yield _pair(
                        CONTRADICTION,
                        one,
                        other,
                        f"no {facts} meets both {one.control} and {other.control}",
                        f"没有任何{facts}能同时满足“{one.control}”与“{other.control}”",
                    )


def _classes_differ(one: ListRow, other: ListRow) -> tuple[str, str]:
    return (
        f"row {one.number} has {one.industry} {one.verdict}, row {other.number} has {other.industry} {other.verdict}",
        f"第{one.number}行将{one.industry}列为{CLASSES_ZH[one.verdict]}，"
        f"第{other.number}行将{other.industry}列为{CLASSES_ZH[other.verdict]}",
    )


def _looser(rows: Rows) -> Iterator[_Finding]:
    for low in rows:
        near = rows.near(low)
        for high in near:
            if LEVELS.index(high.level) >= LEVELS.index(low.level) or not contemporary(low, high):
                continue
            covered = low.area.meets(high.area) and low.area.ground_within(high.area)
            if not (covered and covers(high.industry, low.industry)):
                continue
            place = _in_both(low, high)
            days = max(low.first, high.first), min(low.last, high.last)
            mine = _standing(near, low.level, place, low.industry, days)
            theirs = _standing(near, high.level, place, low.industry, days)
            if low not in _strictest(mine) or high not in _strictest(theirs):
                continue
            if low.strictness < high.strictness:
                yield _pair(
                    LOOSER,
                    low,
                    high,
                    f"the {low.level} has {low.industry} {low.verdict}, the {high.level} {high.verdict}",
                    f"{LEVELS_ZH[low.level]}将{low.industry}列为{CLASSES_ZH[low.verdict]}，"
                    f"{LEVELS_ZH[high.level]}列为{CLASSES_ZH[high.verdict]}",
                )
            elif low.verdict == high.verdict == RESTRICTED:
                yield from _wider_control(low, high, _strictest(mine))


def _wider_control(low: ListRow, high: ListRow, mine: list[ListRow]) -> Iterator[_Finding]:
    """Compare a control with that of the level above; what other rows of its own level ask counts with it."""
    together: dict[str, Left] = {}
    for row in mine:
        for fact, left in left_open(row.condition).items():
            together[fact] = both(together[fact], left) if fact in together else left
    own = left_open(low.condition)
    facts = [
        fact
        for fact, left, theirs in _in_common(together, left_open(high.condition))
        if fact in own and wider(left, theirs)
    ]
    if facts:
        yield _pair(
            LOOSER,
            low,
            high,
            f"the {low.level} asks for {low.control}, the {high.level} for {high.control}",
            f"{LEVELS_ZH[low.level]}要求“{low.control}”，{LEVELS_ZH[high.level]}要求“{high.control}”",
        )


def _in_common(one: dict[str, Left], other: dict[str, Left]) -> Iterator[tuple[str, Left, Left]]:
    """Give what two controls leave open of the facts that both bind."""
    for fact, left in one.items():
        if fact in other and isinstance(left, Range) == isinstance(other[fact], Range):
            yield fact, left, other[fact]


def _standing(rows: list[ListRow], level: str, place: Area, industry: str, days: tuple[int, int]) -> list[ListRow]:
    """Give the rows of a level that hold in a place all these days, without those that an exception replaces."""
    here = [
        row
        for row in applying(rows, place, industry)
        if row.level == level and row.first <= days[0] and days[1] <= row.last
    ]
    return [row for row in here if not any(replaces(other, row) for other in here)]


def _strictest(rows: list[ListRow]) -> list[ListRow]:
    most = max((row.strictness for row in rows), default=0)
    return [row for row in rows if row.strictness == most]


def _written_twice(rows: Rows) -> Iterator[_Finding]:
    for one, other in rows.pairs():
        if _rule_of(one) == _rule_of(other):
            yield _pair(
                OVERLAP,
                one,
                other,
                f"rows {one.number} and {other.number} say the same of {one.industry} in one time",
                f"第{one.number}行与第{other.number}行在同一时期对{one.industry}作了相同规定",
            )


def _rule_of(row: ListRow) -> tuple[Any, ...]:
    """Give what a row says, without its days and its words."""
    return row.level, row.area, row.industry, row.verdict, row.control_kind, str(row.condition)


def _gaps(rows: Rows, firms: list[Firm], counties: dict[str, County]) -> Iterator[_Finding]:
    for row in rows:
        if row.verdict == RESTRICTED and not row.control:
            yield _Finding(
                GAP,
                (row,),
                row.area,
                row.industry,
                row.first,
                row.last,
                f"row {row.number} restricts {industry_words(row.industry)} and does not say by which control",
                f"第{row.number}行限制{industry_words(row.industry, 'chinese')}，但未给出管控条件",
            )
    yield from _gaps_in_time(rows)
    asked: dict[tuple[str, str], list[Firm]] = {}
    for firm in firms:
        asked.setdefault((firm.county, firm.industry), []).append(firm)
    for (county, industry), of_them in asked.items():
        place = Area(county, counties[county].function)
        here = rows.speaking(county, industry)
        if applying(here, place, industry):
            continue
        grounds = dict.fromkeys(row.area.ground for row in here if place.county_within(row.area))
        only, only_zh = "", ""
        if grounds:
            only = " except on " + ", ".join(map(ground_words, grounds))
            only_zh = f"，仅在{'、'.join(grounds)}范围内有规定"
        yield _Finding(
            GAP,
            (),
            place,
            industry,
            LAST_DAY,
            LAST_DAY,
            f"no list answers {industry_words(industry)} in {counties[county].name}{only} (firms: {len(of_them)})",
            f"{counties[county].name}的{industry_words(industry, 'chinese')}没有任何清单作出规定{only_zh}"
            f"（企业{len(of_them)}家）",
            tuple(of_them),
        )


def _gaps_in_time(rows: Rows) -> Iterator[_Finding]:
    alike: dict[tuple[str, Area, str], list[ListRow]] = {}
    for row in rows:
        alike.setdefault((row.level, row.area, row.industry), []).append(row)
    for group in alike.values():
        in_order = sorted(group, key=lambda row: row.first)
        before = in_order[0]
        for row in in_order[1:]:
            if row.first > before.last + 1:
                first, last = before.last + 1, row.first - 1
                yield _Finding(
                    GAP,
                    (before, row),
                    row.area,
                    row.industry,
                    first,
                    last,
                    f"between row {before.number} and row {row.number} nothing holds for "
                    f"{industry_words(row.industry)} from {day_text(first)} to {day_text(last)}",
                    f"第{before.number}行与第{row.number}行之间，{day_text(first)}至{day_text(last)}"
                    f"{industry_words(row.industry, 'chinese')}没有有效规定",
                )
            before = max(before, row, key=lambda each: each.last)


def _pair(kind: str, one: ListRow, other: ListRow, english: str, chinese: str) -> _Finding:
    """Make a finding of two rows: where, of which industry and when both hold."""
    return _Finding(
        kind,
        (one, other),
        _in_both(one, other),
        other.industry if covers(one.industry, other.industry) else one.industry,
        max(one.first, other.first),
        min(one.last, other.last),
        english,
        chinese,
    )


def _in_both(one: ListRow, other: ListRow) -> Area:
    """Give the area that two rows have in common."""
    ground = one.area if one.area.ground_within(other.area) else other.area
    county, function = one.area.county or other.area.county, one.area.function or other.area.function
    return Area(county, function, ground.layer, ground.where)
