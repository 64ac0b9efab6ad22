"""Bringing tables in: columns named, keys matched to zones, numbers in the vocabulary's units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.units import UnitError, column_unit, conversion
from shanshui.base.vocabulary import Vocabulary
from shanshui.base.zones import Zoning
from shanshui.data.files import Digests, digest_bytes
from shanshui.data.tables import numbers, read_table
from shanshui.study.inputs import TableSource, file_facts
from shanshui.study.schema import StudyFile, TableSection, located


def open_table(
    name: str,
    file: StudyFile,
    folder: Path,
    vocabulary: Vocabulary,
    zonings: list[Zoning],
    digests: Digests,
    problems: Problems,
) -> TableSource | None:
    """Read one table of the study.

    Parameters
    ----------
    name : str
        The table, which is a quantity.
    file : StudyFile
        What study.toml says.
    folder : Path
        The study's folder.
    vocabulary : Vocabulary
        Every quantity that is known.
    zonings : list of Zoning
        The zones that its keys must match.
    digests : Digests
        Fingerprints of files.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    TableSource or None
        None where it cannot be read.
    """
    key, section = f"tables.{name}", file.tables[name]
    quantity = vocabulary.get(name)
    if quantity is None or quantity.shape != "table":
        tables = [word for word, known in vocabulary.items() if known.shape == "table"]
        problems.fault(key, "is no quantity that a table can give", did_you_mean(name, tables))
        return None
    path = located(section.path, folder)
    if not path.exists():
        problems.fault(f"{key}.path", f"there is no file {section.path}", "correct the path")
        return None
    for column in section.columns:
        if column not in quantity.columns:
            mend = did_you_mean(column, quantity.columns)
            problems.fault(f"{key}.columns.{column}", f"is no column of {name}", mend)
    frame, faults = read_table(path, section.columns, key=key, sheet=section.sheet, header_row=section.header_row)
    problems += faults
    if faults or frame.empty:
        return None
    for column in quantity.required:
        if column not in frame:
            problems.fault(f"{key}.columns.{column}", "is missing", f"write {column} = the header of that column")
    for column, words in quantity.choices.items():
        for strange in sorted(set(frame.get(column, [])) - set(words)):
            problems.fault(f"{key}.columns.{column}", f"{strange!r} is none of its words", did_you_mean(strange, words))
    frame = _with_numbers(key, section, frame, problems)
    _require_years(key, file, frame, problems)
    if "zone" in frame and zonings:  # where a zoning could not be read, its own fault is enough
        frame = _matched(key, section, frame, zonings, problems)
    about = {word: getattr(section, word) for word in ("unit", "source", "licence", "citation")}
    facts = file_facts(key, section.path, path, digests, about)
    return TableSource(frame, digest_bytes(repr(facts), repr(section), frame.to_csv()), facts)


def _matched(
    key: str, section: TableSection, frame: pd.DataFrame, zonings: list[Zoning], problems: Problems
) -> pd.DataFrame:
    """Match a table's keys to the zones, and give it the columns that zones bring."""
    if "zoning" not in frame:
        # The zoning that knows most of the keys is meant.
        best = max(zonings, key=lambda zoning: int(frame["zone"].isin(zoning.zones["zone"]).sum()))
        frame = frame.assign(zoning=best.name)
    names = {
        (zoning.name, zone): text
        for zoning in zonings
        for zone, text in zip(zoning.zones["zone"], zoning.zones["name"], strict=True)
    }
    pairs = list(zip(frame["zoning"], frame["zone"], strict=True))
    lost = sorted({zone for zoning, zone in pairs if (zoning, zone) not in names})
    if lost:
        shown = ", ".join(lost[:5]) + (" ..." if len(lost) > 5 else "")
        fault = f"{len(lost)} key{'s' if len(lost) > 1 else ''} match no zone: {shown}"
        if section.drop_unmatched:
            problems.note(f"{key}.columns.zone", fault, "left out, as drop_unmatched says")
        else:
            problems.fault(f"{key}.columns.zone", fault, "correct them, or write drop_unmatched = true")
    kept = frame[np.array([pair in names for pair in pairs], bool)].reset_index(drop=True)
    if "zone_name" in kept:
        return kept
    return kept.assign(zone_name=[names[pair] for pair in zip(kept["zoning"], kept["zone"], strict=True)])


def _with_numbers(key: str, section: TableSection, frame: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Read the columns that hold numbers, in the units that their names tell."""
    made = frame.copy()
    for column in frame.columns:
        where = f"{key}.columns.{column}"
        unit, year = column_unit(column), column.startswith("year")
        if unit is None and not year:
            continue
        values, strange = numbers(frame[column])
        if strange:
            shown = ", ".join(repr(text) for text in strange[:3])
            problems.fault(where, f"{len(strange)} texts are no number: {shown}", "correct them or empty the cells")
        elif year and values.isna().any():
            problems.fault(where, f"{int(values.isna().sum())} rows have no year", "give every row its year")
        elif year:
            made[column] = values.astype(int)
        else:
            made[column] = _converted(key, where, section, str(unit), values, problems)
    return made


def _converted(
    key: str, where: str, section: TableSection, unit: str, values: pd.Series[float], problems: Problems
) -> pd.Series[float]:
    if unit == "percent":
        if 0 < values.abs().max() <= 1:
            fault = "is percent, but no value is above 1: it looks like a fraction"
            problems.fault(where, fault, "multiply it by 100 in the file")
        return values
    if unit == "hectare" and (values < 0).any():
        problems.fault(where, f"{int((values < 0).sum())} areas are negative", "correct them")
    if section.unit is None:
        return values
    try:
        line = conversion(section.unit, unit)
    except UnitError as fault:
        problems.fault(f"{key}.unit", str(fault), f"give a unit that can become {unit}")
        return values
    return values * line.scale + line.offset


def _require_years(key: str, file: StudyFile, frame: pd.DataFrame, problems: Problems) -> None:
    """Name the years that the study compares and the table has not."""
    if "year" not in frame or frame["year"].dtype.kind != "i":
        return
    have = sorted(set(frame["year"].tolist()))
    for year in (file.years.baseline, file.years.current):
        if year is not None and year not in have:
            problems.fault(f"{key}.columns.year", f"there is no row of {year}", f"it has {have}")
