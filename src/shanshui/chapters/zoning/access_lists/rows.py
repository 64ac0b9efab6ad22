"""The rows of access lists, and the firms they speak of: read in one spelling, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.zones import FUNCTION_TYPES, function_type
from shanshui.policy.language.conditions import Condition
from shanshui.policy.language.grounds import Where
from shanshui.policy.language.parsing import ConditionError, parse
from shanshui.policy.language.situations import text_of
from shanshui.policy.language.terms import STATUSES, Terms
from shanshui.policy.rules.rule import FIRST_DAY, LAST_DAY, scoped

# Levels from the highest to the lowest; classes from the weakest to the strictest.
LEVELS = ("national", "province", "prefecture", "county")
ALLOWED, RESTRICTED, PROHIBITED = CLASSES = ("allowed", "restricted", "prohibited")
CONTROL_KINDS = ("scale", "layout", "process", "clean")
EVERY_INDUSTRY = "*"
# The zoning in whose zones lists and firms lie.
COUNTY = "county"
LISTS, FIRMS = "tables.access_lists", "tables.firms"


@dataclass(frozen=True)
class County:
    """A county of the study.

    Parameters
    ----------
    code, name : str
        Key and name of its zone.
    function : str
        Its function type; "" where it is not known.
    """

    code: str
    name: str
    function: str


@dataclass(frozen=True)
class Area:
    """Where a row holds.

    Parameters
    ----------
    county : str
        Key of the county; "" for all.
    function : str
        Function type; "" for all, or where that of the county is not known.
    layer : str
        Control layer; "" for all ground.
    where : tuple of (str, tuple of str)
        Which of its polygons count.
    """

    county: str = ""
    function: str = ""
    layer: str = ""
    where: Where = ()

    @property
    def ground(self) -> str:
        """The ground as it is written in a list."""
        chosen = ";".join(f"{column}={'|'.join(values)}" for column, values in self.where)
        return f"{self.layer}:{chosen}" if chosen else self.layer

    def same_ground(self, other: Area) -> bool:
        """Tell whether it is on the very same ground as another."""
        return (self.layer, self.where) == (other.layer, other.where)

    def ground_within(self, other: Area) -> bool:
        """Tell whether its ground lies in that of another."""
        mine = dict(self.where)
        return not other.layer or (
            self.layer == other.layer
            and all(column in mine and set(mine[column]) <= set(values) for column, values in other.where)
        )

    def county_within(self, other: Area) -> bool:
        """Tell whether its counties are among those of another."""
        return other.county in ("", self.county) and other.function in ("", self.function)

    def within(self, other: Area) -> bool:
        """Tell whether it lies in another."""
        return self.county_within(other) and self.ground_within(other)

    def meets(self, other: Area) -> bool:
        """Tell whether it has ground in common with another, as far as names tell: no layers are overlaid."""
        mine, theirs = dict(self.where), dict(other.where)
        grounds = not (self.layer and other.layer) or (
            self.layer == other.layer
            and all(set(mine[column]) & set(theirs[column]) for column in mine.keys() & theirs.keys())
        )
        pairs = ((self.county, other.county), (self.function, other.function))
        return grounds and all(not one or not two or one == two for one, two in pairs)


@dataclass(frozen=True)
class ListRow:
    """One row of an access list.

    Parameters
    ----------
    number : int
        Which row of the table it is; the first is 1.
    name : str
        The list.
    level : str
        One of `LEVELS`.
    area : Area
        Where it holds; of a named county with the function type of that county.
    written_function : str
        The function type as the list gives it; "" for all.
    verdict : str
        The class: one of `CLASSES`.
    industry : str
        Code of GB/T 4754, or `EVERY_INDUSTRY`.
    control_kind, control : str
        What of a restricted industry is controlled, and the condition that it must meet; "" where not said.
    condition : Condition
        The control, read.
    deadline : int or None
        The last day on which existing firms need not follow [days of the calendar].
    first, last : int
        The first and last day on which it holds [days of the calendar].
    english, chinese, source, status : str
        Its text, where it stands, and how far that can be trusted.
    """

    number: int
    name: str
    level: str
    area: Area
    written_function: str
    verdict: str
    industry: str
    control_kind: str
    control: str
    condition: Condition
    deadline: int | None
    first: int
    last: int
    english: str
    chinese: str
    source: str
    status: str

    @cached_property
    def strictness(self) -> int:
        """How strict its class is."""
        return CLASSES.index(self.verdict)


@dataclass(frozen=True)
class Firm:
    """A firm.

    Parameters
    ----------
    code, county, parcel, industry : str
        Its key, the key of its county, that of its parcel ("" where not said), its code of GB/T 4754.
    since : int or None
        The day since which it exists; None where not known.
    """

    code: str
    county: str
    parcel: str
    industry: str
    since: int | None


def counties_of(zones: pd.DataFrame) -> dict[str, County]:
    """Give the counties of a study.

    Parameters
    ----------
    zones : DataFrame
        The zones of the study; those of the zoning county count.

    Returns
    -------
    dict of str to County
        In the order of the zones.
    """
    rows = zones[zones["zoning"] == COUNTY]
    counties = {}
    for row in rows.to_dict("records"):
        words = {name: text_of(row.get(name)) for name in ("zone", "name", "function")}
        counties[words["zone"]] = County(
            words["zone"], words["name"] or words["zone"], function_type(words["function"]) or ""
        )
    return counties


def read_access_lists(
    access_lists: pd.DataFrame, counties: dict[str, County], terms: Terms, problems: Problems
) -> list[ListRow]:
    """Read access lists.

    Parameters
    ----------
    access_lists : DataFrame
        Columns list, level, class, industry, valid_from; optionally county, function_type, ground, control_kind,
        control, existing_firms_deadline, valid_to, english, chinese, source, status.
    counties : dict of str to County
        Those of the study.
    terms : Terms
        The facts that controls may ask for, and the industries there are.
    problems : Problems
        Takes what is wrong: every row that cannot be understood is named.

    Returns
    -------
    list of ListRow
        Those that can be used.
    """
    found = []
    for number, row in _rows(access_lists, LISTS, ("list", "level", "class", "industry", "valid_from"), problems):
        before = len(problems)
        read = _list_row(number, row, counties, terms, problems)
        if len(problems) == before:
            found.append(read)
    return found


def read_firms(firms: pd.DataFrame | None, counties: dict[str, County], terms: Terms, problems: Problems) -> list[Firm]:
    """Read the firms.

    Parameters
    ----------
    firms : DataFrame or None
        Columns firm, county, industry; optionally parcel, since (a date). None where the study has none.
    counties : dict of str to County
        Those of the study.
    terms : Terms
        The industries there are.
    problems : Problems
        Takes what is wrong.

    Returns
    -------
    list of Firm
        Those that can be used.
    """
    found: dict[str, Firm] = {}
    for number, row in _rows(firms, FIRMS, ("firm", "county", "industry"), problems):
        before = len(problems)
        told = _Told(FIRMS, number, row, problems)
        code, county, industry = told.required("firm"), told.county(counties), told.industry(terms)
        since = told.day("since")
        if code in found:
            told.fault("firm", f"firm {code!r} stands twice", "keep one row for each firm")
        if len(problems) == before:
            found[code] = Firm(code, county, told.text("parcel"), industry, since)
    return list(found.values())


def day_text(day: int | None) -> str:
    """Write a day of the calendar; the first and the last of all stand for an open end.

    Examples
    --------
    >>> day_text(739252), day_text(LAST_DAY)
    ('2025-01-01', '')
    """
    return "" if day in (None, FIRST_DAY, LAST_DAY) else date.fromordinal(int(day or 0)).isoformat()


class _Told:
    """One row while it is being read: what is wrong with it is said by its number."""

    def __init__(self, key: str, number: int, row: dict[str, str], problems: Problems) -> None:
        self._key, self._number, self._row, self._problems = key, number, row, problems

    def text(self, column: str) -> str:
        return self._row.get(column, "")

    def fault(self, column: str, fault: str, mend: str) -> None:
        self._problems.fault(f"{self._key}.columns.{column}", f"row {self._number}: {fault}", mend)

    def required(self, column: str) -> str:
        if not self.text(column):
            self.fault(column, "the cell is empty", f"write its {column}")
        return self.text(column)

    def one_of(self, column: str, words: tuple[str, ...], *, required: bool = False) -> str:
        word = self.required(column) if required else self.text(column)
        if word and word not in words:
            self.fault(column, f"{word!r} is none of its words", did_you_mean(word, words))
        return word

    def day(self, column: str) -> int | None:
        if not self.text(column):
            return None
        try:
            # A spreadsheet adds midnight to its dates.
            return date.fromisoformat(self.text(column).removesuffix(" 00:00:00")).toordinal()
        except ValueError:
            self.fault(column, f"{self.text(column)!r} is no date", "write it as 2026-01-31")
            return None

    def industry(self, terms: Terms) -> str:
        code = self.required("industry")
        fault = terms.industries.fault(code) if code and code != EVERY_INDUSTRY else None
        if fault or (code == EVERY_INDUSTRY and self._key == FIRMS):
            self.fault("industry", fault or "a firm is of one industry", "give a code of GB/T 4754")
        return code

    def county(self, counties: dict[str, County]) -> str:
        county = self.required("county") if self._key == FIRMS else self.text("county")
        if county and not counties:
            self.fault("county", "the study has no zoning named county", "give its counties under [zones.county]")
        elif county and county not in counties:
            self.fault("county", f"there is no county {county!r}", did_you_mean(county, counties))
        return county


def _rows(
    table: pd.DataFrame | None, key: str, required: tuple[str, ...], problems: Problems
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a table as texts, by their numbers; none where a column is missing."""
    if table is None:
        return
    missing = [column for column in required if column not in table]
    for column in missing:
        problems.fault(f"{key}.columns.{column}", "is missing", f"write {column} = the header of that column")
    for number, row in enumerate(() if missing else table.to_dict("records"), 1):
        yield number, {str(column): text_of(value) for column, value in row.items()}


def _list_row(
    number: int, row: dict[str, str], counties: dict[str, County], terms: Terms, problems: Problems
) -> ListRow:
    told = _Told(LISTS, number, row, problems)
    name, level = told.required("list"), told.one_of("level", LEVELS, required=True)
    verdict, industry = told.one_of("class", CLASSES, required=True), told.industry(terms)
    county, written = told.county(counties), told.text("function_type")
    function = function_type(written) or ""
    if written and not function:
        told.fault("function_type", f"{written!r} is no function type", did_you_mean(written, FUNCTION_TYPES))
    of_county = counties[county].function if county in counties else ""
    if function and of_county and function != of_county:
        told.fault("function_type", f"county {county} is {of_county}", "leave it empty, or name another county")
    kind, control = told.one_of("control_kind", CONTROL_KINDS), told.text("control")
    if control and verdict in (ALLOWED, PROHIBITED):
        told.fault("control", f"is given for what is {verdict}", f"write class = {RESTRICTED}, or leave it empty")
    try:
        condition = parse(control, terms)
    except ConditionError as error:
        told.fault("control", error.fault, error.mend)
        condition = parse("", terms)
    told.required("valid_from")
    first, last = told.day("valid_from"), told.day("valid_to")
    deadline = told.day("existing_firms_deadline")
    if first is not None and last is not None and last < first:
        told.fault("valid_to", "lies before valid_from", "correct one of the two")
    if deadline is not None and verdict == ALLOWED:
        told.fault("existing_firms_deadline", "is given for what is allowed", "leave it empty")
    if first is not None and deadline is not None and deadline < first:
        told.fault("existing_firms_deadline", "lies before valid_from", "correct one of the two")
    return ListRow(
        number=number,
        name=name,
        level=level,
        area=Area(county, of_county or function, *_ground(told)),
        written_function=function,
        verdict=verdict,
        industry=industry,
        control_kind=kind,
        control=control,
        condition=condition,
        deadline=deadline,
        first=FIRST_DAY if first is None else first,
        last=LAST_DAY if last is None else last,
        english=told.text("english"),
        chinese=told.text("chinese"),
        source=told.text("source"),
        status=told.one_of("status", STATUSES) or STATUSES[-1],
    )


def _ground(told: _Told) -> tuple[str, Where]:
    """Read a control layer, and which of its polygons count: ``protected_areas:zone=core|general``."""
    layer, _, chosen = (part.strip() for part in told.text("ground").partition(":"))
    try:
        grounds = scoped(layer, chosen, ()).grounds
    except ValueError as error:
        told.fault("ground", str(error), "write for example red_line, or protected_areas:zone=general")
        return "", ()
    return next(iter(grounds), ("", ()))
