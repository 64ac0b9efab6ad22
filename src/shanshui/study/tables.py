"""Bringing tables in: columns named, leaves kept, keys matched to zones, numbers in the vocabulary's units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.units import UnitError, column_unit, conversion, is_amount
from shanshui.base.vocabulary import COEFFICIENT, Quantity, Vocabulary
from shanshui.base.zones import Zoning
from shanshui.data.divisions import DivisionError, divisions
from shanshui.data.files import Digests, digest_bytes
from shanshui.data.tables import column_of, numbers, read_table, stacked
from shanshui.data.vectors import VECTORS
from shanshui.study.inputs import TableSource, file_facts
from shanshui.study.matching import OWN_NAME, matched, named
from shanshui.study.schema import StudyFile, TableSection, located, table_keys
from shanshui.study.table_checks import check_choices, check_repeats, check_rows, check_values

_LEVEL = "levels."


# Censuses and land maps rarely fall in one year: so far off, a table is taken for what the study compares [years].
NEAR_YEARS = 2


def open_table(
    name: str,
    file: StudyFile,
    folder: Path,
    vocabulary: Vocabulary,
    zonings: list[Zoning],
    digests: Digests,
    problems: Problems,
) -> TableSource | None:
    """Read one table of the study, from one file or several.

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
    sections, quantity = file.tables[name], vocabulary.get(name)
    if quantity is None or quantity.shape != "table":
        tables = [word for word, known in vocabulary.items() if known.shape == "table"]
        problems.fault(f"tables.{name}", "is no quantity that a table can give", did_you_mean(name, tables))
        return None
    parts, facts = [], []
    for key, section in zip(table_keys(name, sections), sections, strict=True):
        part = _part(key, section, quantity, folder, problems)
        if part is None:
            continue
        if "zone" in part and zonings:  # where a zoning could not be read, its own fault is enough
            if not section.drop_unmatched and not section.leaves:
                check_repeats(key, part, problems)
            part = matched(key, section, part, zonings, folder, problems)
            if section.drop_unmatched and not section.leaves:
                check_repeats(key, part, problems)
        parts.append(part.drop(columns=OWN_NAME, errors="ignore"))
        about = {word: getattr(section, word) for word in ("unit", "source", "licence", "citation")}
        facts += file_facts(key, section.path, located(section.path, folder), digests, about)
        if section.correspondence is not None and located(section.correspondence, folder).exists():
            path = located(section.correspondence, folder)
            facts += file_facts(f"{key}.correspondence", section.correspondence, path, digests, {})
    if len(parts) < len(sections):
        return None
    frame = pd.concat(parts, ignore_index=True)
    if frame.empty:
        problems.fault(
            f"tables.{name}.columns.zone", "no row matches a zone of the study", "check which column holds the keys"
        )
        return None
    if not quantity.any_year:
        _require_years(f"tables.{name}", file, frame, problems)
    if all(column in frame for column in quantity.required):
        check_rows(f"tables.{name}", frame, problems)
    return TableSource(frame, digest_bytes(repr(facts), repr(sections), frame.to_csv()), facts)


def _part(key: str, section: TableSection, quantity: Quantity, folder: Path, problems: Problems) -> pd.DataFrame | None:
    """Read one file of a table: one row a fact, numbers in our units, keys as they are written."""
    path = located(section.path, folder)
    if not path.exists():
        problems.fault(f"{key}.path", f"there is no file {section.path}", "correct the path")
        return None
    for column in section.columns:
        if column not in quantity.columns and not quantity.column_per:
            mend = did_you_mean(column, quantity.columns)
            problems.fault(f"{key}.columns.{column}", f"is no column of {quantity.name}", mend)
    if section.leaves and "zone" not in section.columns:
        problems.fault(f"{key}.columns.zone", "is missing, and leaves = true needs it", "name the column of the codes")
        return None
    levels = {f"{_LEVEL}{number}": header for number, header in enumerate(section.levels, 1)}
    if section.layer is not None and path.suffix.lower() not in VECTORS:
        problems.fault(f"{key}.layer", "is for vector files, and this is none", "leave it out")
        return None
    if levels and not section.leaves:
        problems.fault(f"{key}.levels", "is given, and leaves is not", "write leaves = true, or leave levels out")
    columns = {**section.columns, **levels} if section.columns else {}
    frame, faults = read_table(
        path,
        columns,
        key=key,
        sheet=section.layer or section.sheet,
        header_row=section.header_row,
        indented=levels,
    )
    problems.extend(named(faults, f"{key}.columns.{_LEVEL}", f"{key}.levels."))
    if faults or frame.empty:
        return None
    if section.leaves:
        kept = _leaves(key, frame, problems)
        if kept is None:
            return None
        frame = kept
    frame = stacked(frame.drop(columns=list(levels), errors="ignore"))
    for column in ("year", "zoning"):
        told = getattr(section, column)
        if told is not None and column in frame:
            problems.fault(f"{key}.{column}", "is given, and the table has it as a column", "leave one of them out")
        elif told is not None:
            frame[column] = str(told)
    for column in quantity.required:
        if column not in frame:
            problems.fault(f"{key}.columns.{column}", "is missing", f"write {column} = the header of that column")
    check_choices(key, frame, quantity, problems)
    frame = _with_numbers(key, section, quantity, frame, problems)
    check_values(key, frame, quantity, problems)
    return frame


def _leaves(key: str, frame: pd.DataFrame, problems: Problems) -> pd.DataFrame | None:
    """Keep the rows that no other row divides, year by year and class by class."""
    levels = [column for column in frame.columns if column.startswith(_LEVEL)]
    amounts = [column for column in frame.columns if is_amount(column_of(column))]
    others = [
        column
        for column in frame.columns
        if column not in (*levels, "zone", "zone_name") and column_unit(column_of(column)) is None
    ]
    values = pd.DataFrame({column: numbers(frame[column])[0] for column in amounts}, index=frame.index)
    groups = [frame.index] if not others else [rows.index for _, rows in frame.groupby(others, sort=False)]
    found = []
    try:
        found = [divisions(frame["zone"][rows], frame.loc[rows, levels], values.loc[rows]) for rows in groups]
    except DivisionError as fault:
        mend = "leaves = true is for six-digit codes; give names by levels, or leave it out"
        problems.fault(f"{key}.leaves", str(fault), mend)
        return None
    keys = pd.concat([group.keys for group in found]).reindex(frame.index)
    names = pd.concat([group.names for group in found]).reindex(frame.index)
    leaf = pd.Series(np.concatenate([group.leaves for group in found]), np.concatenate(groups)).reindex(frame.index)
    empty = pd.Series(np.concatenate([group.empty for group in found]), np.concatenate(groups)).reindex(frame.index)
    bare = list(dict.fromkeys(names[empty]))
    if bare:
        problems.note(f"{key}.leaves", f"rows with neither a code nor a number: {', '.join(bare)}", "left out")
    above = int((~leaf & ~empty).sum())
    if above:
        problems.note(f"{key}.leaves", f"{above} rows sum up other rows, or are parts of a coded one", "left out")
    by_name = sorted(set(keys[leaf & keys.str.contains("/")]))
    if by_name:
        problems.note(f"{key}.leaves", f"keys made of names, for want of a code: {', '.join(by_name)}")
    return frame.assign(zone=keys, **{OWN_NAME: names})[leaf].reset_index(drop=True)


def _with_numbers(
    key: str, section: TableSection, quantity: Quantity, frame: pd.DataFrame, problems: Problems
) -> pd.DataFrame:
    """Read the columns that hold numbers: their names tell a unit, or the vocabulary limits."""
    for column in section.units:
        if column not in frame or column_unit(column) is None:
            units = [word for word in frame.columns if column_unit(word) is not None]
            problems.fault(f"{key}.units.{column}", "is no column with a unit", did_you_mean(column, units))
    made = frame.copy()
    for column in frame.columns:
        where = f"{key}.columns.{column}"
        unit, year = column_unit(column), column.startswith("year")
        if unit is None and column in quantity.limits:
            unit = quantity.unit if column == COEFFICIENT else "1"
        own = bool(quantity.column_per) and column not in quantity.columns
        unit = "1" if own else unit
        if unit is None and not year:
            continue
        values, strange = numbers(frame[column])
        if strange and own and column not in section.columns:
            continue  # a column that nobody named may hold words
        if strange:
            shown = ", ".join(repr(text) for text in strange[:3])
            problems.fault(where, f"{len(strange)} texts are no number: {shown}", "correct them or empty the cells")
        elif year and values.isna().any():
            problems.fault(where, f"{int(values.isna().sum())} rows have no year", "give every row its year")
        elif year and (values % 1 != 0).any():
            odd = values[values % 1 != 0].iloc[0]
            problems.fault(where, f"{odd:g} is no whole year", "write years as whole numbers")
        elif year:
            made[column] = values.astype(int)
        else:
            made[column] = _converted(key, column, section, str(unit), values, problems)
    return made


def _converted(
    key: str, column: str, section: TableSection, unit: str, values: pd.Series[float], problems: Problems
) -> pd.Series[float]:
    where = f"{key}.columns.{column}"
    given, told = (section.units[column], f"{key}.units.{column}") if column in section.units else (section.unit, "")
    if unit in ("percent", "1") and not told and column != COEFFICIENT:
        if unit == "percent" and 0 < values.abs().max() <= 1:
            fault = "is percent, but no value is above 1: it looks like a fraction"
            problems.fault(where, fault, "multiply it by 100 in the file")
        return values
    if unit == "hectare" and (values < 0).any():
        problems.fault(where, f"{int((values < 0).sum())} areas are negative", "correct them")
    if given is None:
        return values
    try:
        line = conversion(given, unit)
    except UnitError as fault:
        problems.fault(told or f"{key}.unit", str(fault), f"give a unit that can become {unit}")
        return values
    return values * line.scale + line.offset


def _require_years(key: str, file: StudyFile, frame: pd.DataFrame, problems: Problems) -> None:
    """Name the years that the study compares and the table has not."""
    if "year" not in frame or frame["year"].dtype.kind != "i":
        return
    have = sorted(set(frame["year"].tolist()))
    for year in (file.years.baseline, file.years.current):
        if year is None or year in have:
            continue
        fault = f"there is no row of {year}"
        if any(abs(other - year) <= NEAR_YEARS for other in have):
            problems.note(f"{key}.columns.year", fault, f"it has {have}; what needs the very year is skipped or empty")
        else:
            problems.fault(f"{key}.columns.year", fault, f"it has {have}")
