"""What may be wrong with the numbers of a table, told before anything is computed from them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.ranges import CATEGORIES, category_of
from shanshui.base.units import column_unit, is_amount
from shanshui.base.vocabulary import Quantity

# A ratio between two years beyond this, over half of the zones, is a change of unit and no growth.
UNIT_JUMP = 300.0
# Numbers that sum up others meet their sum this closely; what was rounded to 10,000 does.
SUM_TOLERANCE = 0.01
# ... and of a row without a code, which may be a zone as large as all others together, by this.
SAME_SUM = 1e-5
# So many species stand in one message.
NAMED = 1000
# Yearbooks round parts and wholes apart: a part may stand so far above its whole.
ROUNDED = 0.01


def check_values(key: str, frame: pd.DataFrame, quantity: Quantity, problems: Problems) -> None:
    """Name numbers beyond the limits of their column, and parts above their whole.

    Parameters
    ----------
    key : str
        The table's section in study.toml.
    frame : DataFrame
        Its rows, in the vocabulary's units.
    quantity : Quantity
        What the vocabulary says of it: `limits` and `at_most`.
    problems : Problems
        Takes what is found wrong.
    """
    for column, (low, high) in quantity.limits.items():
        if column not in frame or frame[column].dtype.kind != "f":
            continue
        values = frame[column]
        beyond = (values < low) | (values > high)
        if beyond.any():
            furthest = values[beyond].iloc[int(np.argmax(np.abs(values[beyond])))]
            fault = (
                f"{_rows(beyond)} outside {low:,g} to {high:,g} {column_unit(column) or ''}: {_places(frame, beyond)}; "
                f"the furthest is {furthest:,.6g}"
            )
            problems.fault(f"{key}.columns.{column}", fault, "correct the numbers or the unit")
    for part, whole in quantity.at_most.items():
        if part not in frame or whole not in frame or {frame[part].dtype.kind, frame[whole].dtype.kind} != {"f"}:
            continue
        above = frame[part] > frame[whole] * (1.0 + ROUNDED)
        if above.any():
            fault = f"{_rows(above)} above {whole}: {_places(frame, above)}"
            problems.fault(f"{key}.columns.{part}", fault, "correct the numbers, or the two headers")


def check_choices(key: str, frame: pd.DataFrame, quantity: Quantity, problems: Problems) -> None:
    """Name words that may not stand in their column.

    Parameters
    ----------
    key : str
        The table's section in study.toml.
    frame : DataFrame
        Its rows.
    quantity : Quantity
        What the vocabulary says of it: `choices`.
    problems : Problems
        Takes what is found wrong.
    """
    for column, words in quantity.choices.items():
        told = frame[column].dropna() if column in frame else ()
        for strange in sorted(set(map(str, told)) - set(words)):
            problems.fault(f"{key}.columns.{column}", f"{strange!r} is none of its words", did_you_mean(strange, words))


def check_repeats(key: str, frame: pd.DataFrame, problems: Problems) -> None:
    """Name rows that repeat the sum of other rows: the nation among its counties, a prefecture beside its own.

    Parameters
    ----------
    key : str
        The table's section in study.toml.
    frame : DataFrame
        Its rows, keys as they are written.
    problems : Problems
        Takes what is found wrong.
    """
    amounts = [column for column in frame.columns if is_amount(column) and frame[column].dtype.kind == "f"]
    if not amounts or frame.empty:
        return
    others = [
        column
        for column in frame.columns
        if column not in ("zone", "zone_name") and frame[column].dtype.kind not in "f"
    ]
    found: list[str] = []
    groups = [rows for _, rows in frame.groupby(others, sort=False)] if others else [frame]
    for rows in groups:
        found += _repeats(rows["zone"].astype("str").tolist(), rows[amounts[0]].to_numpy(float))
    doubled = list(dict.fromkeys(found))
    if doubled:
        shown = ", ".join(doubled[:5]) + (" ..." if len(doubled) > 5 else "")
        fault = f"{len(doubled)} key{'s repeat' if len(doubled) > 1 else ' repeats'} the sum of other rows: {shown}"
        mend = "write leaves = true, which keeps only the rows that no other divides"
        problems.fault(f"{key}.columns.zone", fault, mend)


def check_rows(key: str, frame: pd.DataFrame, problems: Problems) -> None:
    """Name rows that stand twice, and a unit that changes from one year to the next.

    Parameters
    ----------
    key : str
        The table in study.toml.
    frame : DataFrame
        All its rows, matched to the zones.
    problems : Problems
        Takes what is found wrong.
    """
    keys = [column for column in frame.columns if column != "zone_name" and column_unit(column) is None]
    if {"length_m", "area_m2"} & set(frame.columns):
        keys = list(frame.columns)  # drawn features may be parts of one thing: only the very same row stands twice
    twice = frame.duplicated(keys) if keys else pd.Series(False, frame.index)
    if twice.any():
        column = "zone" if "zone" in frame else keys[0]
        fault = f"{_rows(twice)} beside another of the same key: {_places(frame, twice)}"
        problems.fault(f"{key}.columns.{column}", fault, "keep one row for each")
    if "year" not in frame or frame["year"].dtype.kind != "i" or twice.any():
        return
    parts = [rows for _, rows in frame.groupby("zoning", sort=False)] if "zoning" in frame else [frame]
    for column in [name for name in frame.columns if column_unit(name) in ("person", "yuan")]:
        if frame[column].dtype.kind != "f":
            continue
        for part in parts:
            _check_unit(key, column, part, [name for name in keys if name != "year"], problems)


def check_species(frame: pd.DataFrame, ranged: tuple[str, ...] | None, problems: Problems) -> None:
    """Name categories that are none, species told twice, and those that only the table or only the ranges know.

    Parameters
    ----------
    frame : DataFrame
        The study's table of species: columns species and category.
    ranged : tuple of str or None
        The species that have ranges; None where the study has no ranges.
    problems : Problems
        Takes what is found wrong.
    """
    key = "tables.species"
    if not {"species", "category"} <= set(frame):
        return  # named where the table was read
    for text in sorted({str(text) for text in frame["category"] if category_of(str(text)) is None}):
        shown = repr(text) if text else "an empty cell"
        fault = f"{shown} is no category of the Red List ({int((frame['category'] == text).sum())} species)"
        problems.fault(f"{key}.columns.category", fault, f"write one of {', '.join(CATEGORIES)}, or its name")
    twice = sorted(set(frame["species"][frame["species"].duplicated()]))
    if twice:
        problems.fault(f"{key}.columns.species", f"{_names(twice)} stand twice", "keep one row for each species")
    if ranged is None:
        return
    told = set(frame["species"])
    unknown, unplaced = [one for one in ranged if one not in told], sorted(told - set(ranged))
    if len(unknown) == len(ranged):
        fault = f"none of its {len(told)} species has a range (the first range is of {ranged[0]})"
        problems.fault(f"{key}.columns.species", fault, did_you_mean(ranged[0], told))
        return
    if unknown:
        fault = f"{len(unknown)} species have a range and no row here: {_names(unknown)}"
        problems.note(f"{key}.columns.species", fault, "they count as species, and not as threatened ones")
    if unplaced:
        fault = f"{len(unplaced)} species have no range: {_names(unplaced)}"
        problems.note(f"{key}.columns.species", fault, "they count nowhere")


def _names(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")


def _check_unit(key: str, column: str, frame: pd.DataFrame, others: list[str], problems: Problems) -> None:
    """Name a year from which the numbers of most zones are hundreds of times those of the year before."""
    by_year = frame.assign(**{" ": 0}).pivot_table(index=[*others, " "], columns="year", values=column)
    for before, after in pairwise(sorted(by_year.columns)):
        ratios = (by_year[after] / by_year[before].where(by_year[before] > 0)).dropna()
        ratio = float(ratios.median()) if len(ratios) else 1.0
        if 1.0 / UNIT_JUMP <= ratio <= UNIT_JUMP:
            continue
        change = f"{ratio:,.0f} times" if ratio > 1.0 else f"1/{1.0 / max(ratio, 1e-12):,.0f} of"
        fault = f"is in {after} about {change} what it is in {before}: the unit changes between these years"
        mend = "give each year its unit: two sections of the table, each with its own units"
        problems.fault(f"{key}.columns.{column}", fault, mend)


def _repeats(keys: list[str], values: Any) -> list[str]:
    """Give the keys of one year whose number is the sum of other rows'."""
    codes = {key: number for number, key in enumerate(keys) if len(key) == 6 and key.isdigit()}
    below: dict[str, list[int]] = {}
    for code, number in codes.items():
        for prefix in {code[:2], code[:4]}:
            below.setdefault(prefix, []).append(number)
    found, divided = [], set()
    for code, number in codes.items():
        if not code.endswith("00"):
            continue
        width = 2 if code.endswith("0000") else 4
        parts = [part for part in below[code[:width]] if part != number]
        # Of a province either the prefectures or the counties beneath it stand in the table, or both.
        upper = [part for part in parts if keys[part].endswith("00")]
        lower = [part for part in parts if not keys[part].endswith("00")]
        if any(some and _close(values[number], np.nansum(values[some])) for some in (parts, upper, lower)):
            found.append(code)
            divided.add(number)
    rest = [number for number in range(len(keys)) if number not in divided]
    total = float(np.nansum(values[rest]))
    # A zone may well hold half of all; the sum of the others to the last digits is no chance.
    whole = [
        number
        for number in rest
        if len(rest) > 3 and values[number] > 0 and abs(2.0 * values[number] - total) <= SAME_SUM * total
    ]
    return [keys[number] or "(no key)" for number in whole] + found


def _close(one: float, other: float) -> bool:
    return bool(one > 0.0 and abs(one - other) <= SUM_TOLERANCE * one)


def _rows(which: pd.Series[bool]) -> str:
    count = int(which.sum())
    return f"{count} row stands" if count == 1 else f"{count} rows stand"


def _places(frame: pd.DataFrame, which: pd.Series[bool]) -> str:
    """Name the first rows by zone and year."""
    rows = frame[which].head(5)
    named = []
    for number in range(len(rows)):
        row = rows.iloc[number]
        zone = str(row["zone"]) or "(no key)" if "zone" in rows else "a row"
        named.append(f"{zone} in {row['year']}" if "year" in rows else zone)
    return ", ".join(named) + (" ..." if which.sum() > 5 else "")
