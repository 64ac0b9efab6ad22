"""What the tables by zone share: a column by year, pairs of years, zones that are parts of others, groups of zones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import Series

KEY = ["zoning", "zone"]
ZONE = [*KEY, "zone_name"]
ALL = "all"
NOT_GIVEN = "not given"
# Where the amount of a zone counts when zones of two years are put together.
BOTH, ONE_YEAR, ELSEWHERE = "both years", "one year", "elsewhere"
# Words that stand in the usual order; others follow as the table of zones has them.
FUNCTIONS = ("ecological", "agricultural", "urbanisation")
LEVELS = ("national", "provincial")


def by_year(table: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    """Spread a column of a table over the years.

    Parameters
    ----------
    table : DataFrame
        Columns zoning, zone, year and `column`.
    column : str
        The column.
    name : str
        The table's name in study.toml, for the problems.

    Returns
    -------
    DataFrame
        One row a zone (index zoning, zone, in the table's order), one column a year; NaN where there is no figure.

    Raises
    ------
    StudyError
        Where a zone has several rows for one year.

    Examples
    --------
    >>> table = pd.DataFrame({"zoning": "county", "zone": ["A", "A"], "year": [2010, 2000], "persons": [3.0, 2.0]})
    >>> by_year(table, "persons", "population").to_numpy().tolist()
    [[2.0, 3.0]]
    """
    doubled = table[table.duplicated([*KEY, "year"])].drop_duplicates([*KEY, "year"])
    if len(doubled):
        raise StudyError(
            Problem(
                f"tables.{name}.columns.zone",
                f"zone {row.zone!r} of {row.zoning!r} has several rows for {row.year}",
                "keep one row a zone and year",
            )
            for row in doubled.head(5).itertuples()
        )
    values = table.set_index([*KEY, "year"])[column].astype("float64")
    return values.unstack("year", sort=False).sort_index(axis=1)  # noqa: PD010


def zone_names(table: pd.DataFrame) -> pd.Series[str]:
    """Give the name of each zone by zoning and zone, the last one where years differ."""
    return table.sort_values("year", kind="stable").drop_duplicates(KEY, keep="last").set_index(KEY)["zone_name"]


def year_pairs(years: Iterable[int]) -> list[tuple[int, int]]:
    """Give every two years, the earlier one first."""
    return Series({int(year): None for year in years}).pairs()


def nearest_year(years: Iterable[int], wanted: int, tolerance: float) -> int | None:
    """Find the year nearest to the one wanted.

    Parameters
    ----------
    years : iterable of int
        The years there are.
    wanted : int
        The year.
    tolerance : float
        How far the nearest may be [years].

    Returns
    -------
    int or None
        Of two that are equally near the earlier one; None where none is near enough.

    Examples
    --------
    >>> nearest_year([2009, 2011, 2015], 2010, 2), nearest_year([2015], 2010, 2)
    (2009, None)
    """
    near = [year for year in years if abs(year - wanted) <= tolerance]
    return min(near, key=lambda year: (abs(year - wanted), year), default=None)


def nearest_pair(years: Iterable[int], before: int, after: int, tolerance: float) -> tuple[int, int] | None:
    """Find the two years nearest to those that the study compares; None where there are no two."""
    have = sorted({int(year) for year in years})
    first, last = nearest_year(have, before, tolerance), nearest_year(have, after, tolerance)
    return None if first is None or last is None or first == last else (first, last)


def chosen_years(frame: pd.DataFrame | None, before: int, after: int, tolerance: float) -> pd.DataFrame | None:
    """Give the rows of a table of pairs of years for the two years nearest to those that are compared.

    Parameters
    ----------
    frame : DataFrame or None
        Columns year_from and year_to.
    before, after : int
        The two years.
    tolerance : float
        How far the table's years may be from these [years].

    Returns
    -------
    DataFrame or None
        With the columns baseline_year and current_year; None where there are no such rows.
    """
    if frame is None or frame.empty:
        return None
    pair = nearest_pair([*frame["year_from"], *frame["year_to"]], before, after, tolerance)
    if pair is None:
        return None
    rows = frame[(frame["year_from"] == pair[0]) & (frame["year_to"] == pair[1])]
    return rows.assign(baseline_year=pair[0], current_year=pair[1])


def percent(part: pd.Series[float], whole: pd.Series[float]) -> pd.Series[float]:
    """Give a part in percent of a whole; NaN where the whole is not positive."""
    return 100.0 * part / whole.where(whole > 0)


class Nesting:
    """Which zones are parts of other zones of the same zoning, by their column `parent`.

    Parents that run in a circle are keys of another zoning that happen to stand here too; they tell nothing.

    Parameters
    ----------
    zones : DataFrame
        The zones.
    """

    def __init__(self, zones: pd.DataFrame) -> None:
        self._above: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        for zoning, frame in zones.groupby("zoning", sort=False):
            known = set(frame["zone"])
            parents = {
                zone: parent
                for zone, parent in zip(frame["zone"], frame["parent"], strict=True)
                if parent in known and parent != zone
            }
            chains = {zone: _chain(zone, parents) for zone in parents}
            if None not in chains.values():
                for zone, chain in chains.items():
                    self._above[str(zoning), zone] = tuple((str(zoning), parent) for parent in chain or ())

    def counted(self, index: pd.Index[Any], first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.str_]:
        """Tell for each zone where its amount counts when two years are put together, so that nothing counts twice.

        Parameters
        ----------
        index : MultiIndex
            Of zoning and zone.
        first, second : bool ndarray
            Whether the zone has a figure in the earlier and in the later year.

        Returns
        -------
        ndarray of str
            "both years": has figures in both, and no part of it has; "one year": has a figure in one of them, and
            neither its parts nor what it is a part of are counted; "elsewhere": counted with other zones, or no
            figure at all.
        """
        keys = list(index)
        compared = self._leaves(key for key, known in zip(keys, first & second, strict=True) if known)
        covered = compared | self._all_above(compared)
        single: set[tuple[str, str]] = set()
        for known in (first, second):
            here = [key for key, has in zip(keys, known, strict=True) if has]
            free = [key for key in here if key not in covered and compared.isdisjoint(self._above.get(key, ()))]
            single |= self._leaves(free)
        return np.array([BOTH if key in compared else ONE_YEAR if key in single else ELSEWHERE for key in keys], "str")

    def _leaves(self, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        have = set(keys)
        return have - self._all_above(have)

    def _all_above(self, keys: set[tuple[str, str]]) -> set[tuple[str, str]]:
        return {above for key in keys for above in self._above.get(key, ())}


def compare_years(values: pd.DataFrame, before: int, after: int, nesting: Nesting) -> pd.DataFrame:
    """Put two years of one amount side by side.

    Parameters
    ----------
    values : DataFrame
        As `by_year` gives it.
    before, after : int
        The two years.
    nesting : Nesting
        Which zones are parts of others.

    Returns
    -------
    DataFrame
        Columns zoning, zone, value_from, value_to and counted (see `Nesting.counted`), for the zones that have a
        figure in one of the years at least.
    """
    one, other = values[before].to_numpy(), values[after].to_numpy()
    counted = nesting.counted(values.index, ~np.isnan(one), ~np.isnan(other))
    frame = values.index.to_frame(index=False).assign(value_from=one, value_to=other, counted=counted)
    return frame.dropna(subset=["value_from", "value_to"], how="all").reset_index(drop=True)


def ecosystem_areas(land_area: pd.DataFrame) -> pd.DataFrame:
    """Give the areas of first-level ecosystems.

    Parameters
    ----------
    land_area : DataFrame
        Areas by zone, year and class, keyed by ecosystem or, where a study gives no such rows, by ecosystem type.

    Returns
    -------
    DataFrame
        Columns zoning, zone, year, level1 (the code) and area_ha; cells without data are left out.
    """
    by_first_level = (land_area["keyed_by"] == "ecosystem").any()
    rows = land_area[land_area["keyed_by"] == ("ecosystem" if by_first_level else "ecosystem_type")]
    codes = pd.to_numeric(rows["class_code"], errors="coerce")
    rows = rows[codes.notna()]
    level1 = codes.dropna().astype("int64") // (1 if by_first_level else 10)
    parts = rows[[*KEY, "year"]].assign(level1=level1, area_ha=rows["area_ha"])
    return parts.groupby([*KEY, "year", "level1"], sort=False, as_index=False).sum()


def groups_of(
    keys: pd.DataFrame, zones: pd.DataFrame, urban_near_distance: float, urban_far_distance: float
) -> pd.DataFrame:
    """Put zones into groups: by function, level, both, belt, service, and distance to urban agglomerations.

    Parameters
    ----------
    keys : DataFrame
        Columns zoning and zone: the zones that there are figures of.
    zones : DataFrame
        The zones with their attributes.
    urban_near_distance, urban_far_distance : float
        Where the bands of distance to urban agglomerations end [km].

    Returns
    -------
    DataFrame
        Columns zoning, zone, grouping, group and order: every zone once in every grouping that tells its zoning's
        zones apart, and in the grouping "all". Zones without the attribute are the group "not given", so that the
        groups sum to the whole.
    """
    distinct = keys[KEY].drop_duplicates()
    known = zones.drop_duplicates(KEY)
    told = distinct.merge(known.drop(columns=["name"]), on=KEY, how="left")
    words = {name: told[name].fillna("").astype("str") for name in ("function", "level", "service", "belt")}
    both = (words["function"] + ", " + words["level"]).where((words["function"] != "") & (words["level"] != ""), "")
    groups = {
        ALL: pd.Series(ALL, index=told.index),
        "function": words["function"],
        "level": words["level"],
        "function and level": both,
        "service": words["service"],
        "belt": words["belt"],
        "urban distance": _bands(told["urban_distance_km"], urban_near_distance, urban_far_distance),
    }
    frames = []
    for place, (grouping, group) in enumerate(groups.items()):
        frame = told[KEY].assign(grouping=grouping, group=group.where(group != "", NOT_GIVEN))
        given = (frame["group"] != NOT_GIVEN).groupby(frame["zoning"]).transform("any")
        rank = frame["group"].map(_ranks(grouping, frame["group"], urban_near_distance, urban_far_distance))
        frames.append(frame.assign(place=place, rank=rank)[given])
    found = pd.concat(frames, ignore_index=True)
    found["zoning_place"] = pd.factorize(found["zoning"])[0]
    found["order"] = found.groupby(["zoning_place", "place", "rank"]).ngroup()
    return found[[*KEY, "grouping", "group", "order"]]


def _chain(zone: str, parents: dict[str, str]) -> list[str] | None:
    """Give the zones above a zone; None where they run in a circle."""
    chain: list[str] = []
    while zone in parents:
        zone = parents[zone]
        if zone in chain:
            return None
        chain.append(zone)
    return chain


def _band_names(near: float, far: float) -> list[str]:
    return ["0 km", f"up to {near:g} km", f"{near:g} to {far:g} km", f"beyond {far:g} km"]


def _bands(distance: pd.Series[float], near: float, far: float) -> pd.Series[str]:
    names = _band_names(near, far)
    chosen = np.select([distance <= 0, distance <= near, distance <= far, distance > far], names, default="")
    return pd.Series(chosen, index=distance.index)


def _ranks(grouping: str, groups: pd.Series[str], near: float, far: float) -> dict[str, int]:
    """Give the place of each group in its grouping; what is not given comes last."""
    usual = {
        "function": list(FUNCTIONS),
        "level": list(LEVELS),
        "function and level": [f"{function}, {level}" for function in FUNCTIONS for level in LEVELS],
        "urban distance": _band_names(near, far),
    }.get(grouping, [])
    names = [group for group in dict.fromkeys([*usual, *groups]) if group != NOT_GIVEN]
    return {group: place for place, group in enumerate([*names, NOT_GIVEN])}
