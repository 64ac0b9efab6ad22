"""What access lists say together: which row is an exception to which, and what decides in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pandas as pd

from shanshui.base.errors import Problems, StudyError
from shanshui.chapters.zoning.access_lists.rows import (
    EVERY_INDUSTRY,
    LEVELS,
    RESTRICTED,
    Area,
    County,
    Firm,
    ListRow,
    counties_of,
    read_access_lists,
    read_firms,
)
from shanshui.policy.language.industries import Industries
from shanshui.policy.language.terms import read_terms
from shanshui.policy.rules.rule import LAST_DAY

INDUSTRIES = Industries()


class Rows(Sequence[ListRow]):
    """The rows of lists, and quickly those of one county.

    Parameters
    ----------
    rows : iterable of ListRow
        In the order of their numbers.
    """

    def __init__(self, rows: Iterable[ListRow]) -> None:
        self._rows = list(rows)
        self._by_county: dict[str, list[ListRow]] = {}
        self._by_industry: dict[str, dict[str, list[ListRow]]] = {}
        for county in {row.area.county for row in self._rows} - {""}:
            self._by_county[county] = [row for row in self._rows if row.area.county in ("", county)]
        self._everywhere = [row for row in self._rows if not row.area.county]

    def __getitem__(self, place: Any) -> Any:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def of_county(self, county: str) -> list[ListRow]:
        """Give the rows that speak of a county or of all counties."""
        return self._by_county.get(county, self._everywhere)

    def speaking(self, county: str, industry: str) -> list[ListRow]:
        """Give the rows that speak of an industry in a county, on whatever ground and whenever."""
        if county not in self._by_industry:
            sorted_out = self._by_industry[county] = {}
            for row in self.of_county(county):
                sorted_out.setdefault(row.industry, []).append(row)
        found = [row for code in above(industry) for row in self._by_industry[county].get(code, ())]
        return sorted(found, key=lambda row: row.number)

    def near(self, row: ListRow) -> list[ListRow]:
        """Give the rows that may have a county in common with a row."""
        return self.of_county(row.area.county) if row.area.county else self._rows

    def pairs(self) -> Iterator[tuple[ListRow, ListRow]]:
        """Give every two rows that have a county, industries and days in common, the earlier one first."""
        for one in self._rows:
            for other in self.near(one):
                if other.number > one.number and contemporary(one, other) and related(one.industry, other.industry):
                    yield one, other


def read_lists(
    access_lists: pd.DataFrame, zones: pd.DataFrame, firms: pd.DataFrame | None
) -> tuple[Rows, list[Firm], dict[str, County]]:
    """Read lists and firms, with the counties that they speak of.

    Parameters
    ----------
    access_lists : DataFrame
        The lists.
    zones : DataFrame
        The zones of the study; those of the zoning county count.
    firms : DataFrame or None
        The firms.

    Returns
    -------
    Rows, list of Firm, dict of str to County
        The counties by code.

    Raises
    ------
    StudyError
        Naming everything that cannot be read.
    """
    problems, terms = Problems(), read_terms()
    counties = counties_of(zones)
    rows = Rows(read_access_lists(access_lists, counties, terms, problems))
    given = read_firms(firms, counties, terms, problems)
    if problems.fatal:
        raise StudyError(problems)
    return rows, given, counties


def above(industry: str) -> tuple[str, ...]:
    """Give the codes by which a list may speak of an industry: all, its section, and what it begins with.

    Examples
    --------
    >>> above("0610"), above("B")
    (('*', 'B', '06', '061', '0610'), ('*', 'B'))
    """
    return (EVERY_INDUSTRY, *INDUSTRIES.above(industry), industry)


def related(one: str, other: str) -> bool:
    """Tell whether one of two industries is the other, or above it."""
    return covers(one, other) or covers(other, one)


@cache
def covers(listed: str, industry: str) -> bool:
    """Tell whether a code of a list is an industry, or above it; "*" is above all.

    Examples
    --------
    >>> covers("*", "061"), covers("B", "061"), covers("061", "06")
    (True, True, False)
    """
    return listed == EVERY_INDUSTRY or (industry != EVERY_INDUSTRY and INDUSTRIES.covers(listed, industry))


def contemporary(one: ListRow, other: ListRow) -> bool:
    """Tell whether two rows hold on a day in common."""
    return max(one.first, other.first) <= min(one.last, other.last)


def is_exception(row: ListRow, general: ListRow) -> bool:
    """Tell whether a row is a stated exception to another.

    Parameters
    ----------
    row, general : ListRow
        Rows of one level.

    Returns
    -------
    bool
        Whether its industry is below that of the other, on the same ground, and in the same counties or some of them.
        Its ground may not be narrower: a parcel may lie only partly on it.
    """
    below = row.industry != general.industry and covers(general.industry, row.industry)
    return below and row.area.same_ground(general.area) and row.area.within(general.area)


def replaces(row: ListRow, general: ListRow) -> bool:
    """Tell whether a row takes the place of another where both would apply.

    Parameters
    ----------
    row, general : ListRow
        Rows.

    Returns
    -------
    bool
        Whether it is an exception of the same level that is weaker, or that controls the same in another way. One that
        is stricter, or controls something else, stands beside the other.
    """
    if row.level != general.level or not contemporary(row, general) or not is_exception(row, general):
        return False
    both_restricted = row.verdict == general.verdict == RESTRICTED
    return row.strictness < general.strictness or (both_restricted and row.control_kind == general.control_kind)


def applying(rows: Iterable[ListRow], area: Area, industry: str) -> list[ListRow]:
    """Give the rows that speak of an industry in an area, whenever.

    Parameters
    ----------
    rows : iterable of ListRow
        The lists.
    area : Area
        A county, its function type, and one ground; no ground stands for land where no ground of a list lies.
    industry : str
        Code of GB/T 4754.

    Returns
    -------
    list of ListRow
    """
    return [row for row in rows if area.within(row.area) and covers(row.industry, industry)]


def deciding(rows: Iterable[ListRow]) -> list[ListRow]:
    """Give, of rows that apply at one time in one place, those that decide.

    Parameters
    ----------
    rows : iterable of ListRow
        As `applying` gives them.

    Returns
    -------
    list of ListRow
        Without those that an exception replaces, the strictest of all levels.
    """
    given = list(rows)
    standing = [row for row in given if not any(replaces(other, row) for other in given)]
    strictest = max((row.strictness for row in standing), default=0)
    return [row for row in standing if row.strictness == strictest]


def periods(rows: list[ListRow]) -> list[tuple[int, int, list[ListRow]]]:
    """Divide the time in which rows apply.

    Parameters
    ----------
    rows : list of ListRow
        As `applying` gives them.

    Returns
    -------
    list of (int, int, list of ListRow)
        First and last day of each period [days of the calendar], and the rows that decide in it. None decides between
        two validities; before the first and after the last there is no period.
    """
    starts = sorted({row.first for row in rows} | {row.last + 1 for row in rows if row.last < LAST_DAY})
    found: list[tuple[int, int, list[ListRow]]] = []
    for start, following in pairwise([*starts, LAST_DAY + 1]):
        end = following - 1
        ruling = deciding(row for row in rows if row.first <= start and end <= row.last)
        if found and found[-1][2] == ruling:
            found[-1] = (found[-1][0], end, ruling)
        else:
            found.append((start, end, ruling))
    if found and not found[-1][2]:
        found.pop()
    return found


def by_level(rows: Iterable[ListRow]) -> dict[str, list[ListRow]]:
    """Give the rows of each level that has any, the highest level first."""
    given = list(rows)
    found = {level: [row for row in given if row.level == level] for level in LEVELS}
    return {level: of_level for level, of_level in found.items() if of_level}
