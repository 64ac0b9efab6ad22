"""What a table by zone says, read from its columns: which number leads, and by how much it moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from shanshui.base.zones import OUTSIDE
from shanshui.report.material import Material
from shanshui.report.words import Words

# Of one table so many numbers are charted and mapped.
MOST_READINGS = 6
MOST_COLUMNS = 2
# Numbers that are no measure of a zone.
NO_MEASURE = {"year", "years", "code", "rank", "cells", "z", "p", "count", "zones"}
# The columns that say what a row of a long table measures.
MEASURES = ("measure", "indicator")
MOVES = {"change", "slope", "growth"}
ZONE = ["zoning", "zone", "zone_name"]


@dataclass(frozen=True)
class Reading:
    """One number of each zone.

    Parameters
    ----------
    product, column : str
        Where it stands.
    title, change_title : str
        What it is, and what its change is, in the report's language.
    unit, change_unit : str
        Of the values, and of their change: that of a share is told in points.
    values : DataFrame
        Columns zoning, zone, zone_name, change; and ``before``, ``after`` where these are known.
    years : DataFrame
        Columns zoning, zone, zone_name, year, value, for a table with a row a year; otherwise empty.
    before, after : int or None
        Between which years it moved, where the table says so.
    """

    product: str
    column: str
    title: str
    change_title: str
    unit: str
    change_unit: str
    values: pd.DataFrame
    years: pd.DataFrame
    before: int | None
    after: int | None

    def titled(self, key: str, zoning: str, words: Words, change: bool = True) -> str:
        """Give the title of a chart or map of it, with the years between which it moved where the table says so."""
        named = {"title": self.change_title if change else self.title, "zoning": words.zoning(zoning)}
        if self.before is None:
            return words(f"{key}_undated", **named)
        return words(key, years=words("between", before=self.before, after=self.after), **named)

    def of_zoning(self, zoning: str) -> pd.DataFrame:
        """Give the zones of one zoning whose change is known, the furthest fall first."""
        part = self.values[(self.values["zoning"] == zoning) & self.values["change"].notna()]
        return part.sort_values("change", kind="stable", ignore_index=True)


def readings(name: str, material: Material) -> list[Reading]:
    """Read a table by zone.

    Parameters
    ----------
    name : str
        The product.
    material : Material
        The study.

    Returns
    -------
    list of Reading
        None for a table without zones, without a number that moves, or with several rows a zone and year that only
        its own chapter can tell apart.
    """
    frame = material.frame(name)
    if frame is None or frame.empty:
        return []
    if {"grouping", "group"} <= set(frame):
        frame = _as_zones(frame, material)
    if not set(ZONE) <= set(frame):
        return []
    rows = frame[frame["zone"] != OUTSIDE]
    found = []
    for measure, part in _by_measure(rows):
        yearly = "year" in part
        read = list((_over_years if yearly else _moved)(part, material))
        for column, values, years, before, after in read[: 1 if measure else MOST_COLUMNS]:
            title, unit = _title_and_unit(name, measure, column, part, material)
            change_unit = material.words("points") if yearly and unit == "%" else unit
            change = material.words("change_of", title=title) if yearly else title
            found.append(Reading(name, column, title, change, unit, change_unit, values, years, before, after))
    return found[:MOST_READINGS]


def _as_zones(frame: pd.DataFrame, material: Material) -> pd.DataFrame:
    """Take groups of zones for zones, and what they are grouped by for the zoning; of several zonings the first."""
    if "zoning" in frame:
        frame = frame[frame["zoning"] == frame["zoning"].iloc[0]]
    names = [material.words.value(str(group)) for group in frame["group"]]
    return frame.assign(zoning=frame["grouping"], zone=frame["group"], zone_name=names)


def _by_measure(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Part a long table by its column `measure`; give nothing where rows of a zone still cannot be told apart."""
    keys = [*ZONE, *(column for column in ("year", "year_from", "year_to") if column in rows)]
    long = next((column for column in MEASURES if column in rows), None)
    if long:
        parts = [(str(measure), part) for measure, part in rows.groupby(long, sort=False)]
    else:
        parts = [("", rows)]
    for measure, part in parts:
        if not part.duplicated(keys).any():
            yield measure, part


def _numbers(part: pd.DataFrame) -> list[str]:
    return [
        str(column)
        for column in part.select_dtypes("number")
        if not NO_MEASURE & set(str(column).split("_")) and part[column].notna().any()
    ]


def _over_years(
    part: pd.DataFrame, material: Material
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame, int | None, int | None]]:
    """Read a table with a row a zone and year: only shares where it has some, for they can be compared."""
    columns = [column for column in _numbers(part) if not MOVES & set(column.split("_"))]
    columns = [column for column in columns if column == "value" or column.endswith("_percent")] or columns
    known = sorted(set(part["year"]))
    before = next((year for year in known if year == material.before), known[0])
    after = next((year for year in known if year == material.after), known[-1])
    if before == after:
        return
    for column in columns:
        wide = part.pivot_table(index=ZONE, columns="year", values=column, sort=False)
        if before not in wide or after not in wide:
            continue
        values = wide[[before, after]].set_axis(["before", "after"], axis=1).reset_index()
        values["change"] = values["after"] - values["before"]
        years = part[[*ZONE, "year", column]].rename(columns={column: "value"})
        yield column, values, years, int(before), int(after)


def _moved(
    part: pd.DataFrame, material: Material
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame, int | None, int | None]]:
    """Read a table that tells changes itself, over the years that are compared or else the longest span."""
    before = after = None
    if {"year_from", "year_to"} <= set(part):
        pairs = {(int(low), int(high)) for low, high in zip(part["year_from"], part["year_to"], strict=True)}
        compared = (material.before, material.after)
        longest = max(pairs, key=lambda pair: (pair[1] - pair[0], pair))
        before, after = next((pair for pair in pairs if pair == compared), longest)
        part = part[(part["year_from"] == before) & (part["year_to"] == after)]
    columns = [column for column in _numbers(part) if MOVES & set(column.split("_"))]
    columns.sort(key=lambda column: (not column.endswith("_percent"), "change" not in column))
    for column in columns:
        values = part[ZONE].assign(change=part[column].astype(float))
        pair = [column.replace("change", end) for end in ("from", "to")]
        if "change" in column and set(pair) <= set(part):
            values = values.assign(before=part[pair[0]], after=part[pair[1]])
        yield column, values, pd.DataFrame(), before, after


def _title_and_unit(product: str, measure: str, column: str, part: pd.DataFrame, material: Material) -> tuple[str, str]:
    """Say what a number is, and in which unit: of a long table the row says it, or the vocabulary."""
    words, vocabulary = material.words, material.study.catalogue.vocabulary
    heading, unit = words.heading_and_unit(column)
    title = material.named(measure or product)
    if measure and not unit:
        known = vocabulary[measure].unit if measure in vocabulary else ""
        unit = words.of("units", str(part["unit"].iloc[0]) if "unit" in part else known)
    if column not in ("share_percent", "value"):
        title = words("of_measure", measure=title, column=heading[:1].lower() + heading[1:])
    return title, "" if unit == "1" else unit
