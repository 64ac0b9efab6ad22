"""Tables that must be whole, and tables with a column for each name in another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.grid import Window
from shanshui.base.vocabulary import Quantity, Vocabulary
from shanshui.study.schema import StudyFile
from shanshui.study.table_checks import check_values


def check_wide(file: StudyFile, sources: Mapping[str, Any], vocabulary: Vocabulary, problems: Problems) -> None:
    """Name what a table lacks that must be whole, lengths below a cell, and columns that fit no name or are missing.

    Parameters
    ----------
    file : StudyFile
        What study.toml says.
    sources : mapping of str to Source
        Everything that could be opened.
    vocabulary : Vocabulary
        Its keys `complete`, `at_least_a_cell` and `column_per`.
    problems : Problems
        Takes what is found wrong.
    """
    given = {name: (vocabulary[name], sources[name].frame) for name in file.tables if name in sources}
    naming = dict(word.column_per.split(".") for word, _ in given.values() if word.column_per)
    for name, (word, frame) in given.items():
        if word.complete:
            for column in word.required if set(word.required) <= set(frame) else ():
                _filled(name, column, word, frame, problems)
        for column in word.at_least_a_cell:
            _at_least_a_cell(name, column, word, frame, sources, problems)
        if name in naming and naming[name] in frame:
            _names(name, naming[name], frame, sources, problems)
        table, _, column = word.column_per.partition(".")
        if table in given and column in given[table][1]:
            _columns(name, word, frame, file, list(dict.fromkeys(given[table][1][column])), problems)


def _filled(name: str, column: str, word: Quantity, frame: pd.DataFrame, problems: Problems) -> None:
    """Name the rows in which a column is empty."""
    first = word.required[0]
    rows = frame[frame[column].isna() | (frame[column] == "")]
    shown = [f"{first} {key:g}" if isinstance(key, float) else f"{first} {key}" for key in rows[first][:5]]
    if shown and column != first:
        problems.fault(f"tables.{name}.columns.{column}", f"{', '.join(shown)} has no {column}", "write it")
    elif shown:
        problems.fault(f"tables.{name}.columns.{column}", f"{len(rows)} rows have none", "write it")


def _at_least_a_cell(
    name: str, column: str, word: Quantity, frame: pd.DataFrame, sources: Mapping[str, Any], problems: Problems
) -> None:
    """Name lengths below the side of a cell in the middle of the grid."""
    if column not in frame or frame[column].dtype.kind != "f" or "cell_width" not in sources:
        return
    side = min(float(_middle(sources[side])) for side in ("cell_width", "cell_height"))
    below = frame[(frame[column] >= 0) & (frame[column] < side)]
    shown = [f"{row[word.required[0]]} {row[column]:g} m" for _, row in below.iterrows()][:5]
    if shown:
        fault = f"less than one cell of {side:,.4g} m: {', '.join(shown)}"
        problems.fault(f"tables.{name}.columns.{column}", fault, f'write units = {{ {column} = "km" }} if it is in km')


def _middle(source: Any) -> float:
    rows, columns = source.grid.shape
    return float(source.read(None, Window(rows // 2, columns // 2, 1, 1))[0, 0])


def _names(name: str, column: str, frame: pd.DataFrame, sources: Mapping[str, Any], problems: Problems) -> None:
    """Name what stands twice, and what differs from the items of the layer that is called like the column."""
    names = frame[column]
    for twice in sorted(set(names[names.duplicated()])):
        problems.fault(f"tables.{name}.columns.{column}", f"{twice!r} stands twice", "keep one row for it")
    if f"{column}_items" not in sources:
        return
    items = sources[f"{column}_items"].frame["item"]
    for lost in sorted(set(items) - set(names)):
        problems.fault(f"tables.{name}.columns.{column}", f"the layer's item {lost!r} has no row", "add a row for it")
    for strange in sorted(set(names) - set(items)):
        mend = did_you_mean(strange, items)
        problems.fault(f"tables.{name}.columns.{column}", f"{strange!r} is no item of layers.{column}", mend)


def _columns(
    name: str, word: Quantity, frame: pd.DataFrame, file: StudyFile, names: list[str], problems: Problems
) -> None:
    """Name columns that are missing, that hold something else than numbers, and that are there for no name."""
    about = word.column_per
    mapped = {column for section in file.tables[name] for column in section.columns}
    for each in names:
        key = f"tables.{name}.columns.{each}"
        if each not in frame:
            problems.fault(key, f"is missing, and {about} has it", f"write {each} = the header of that column")
        elif frame[each].dtype.kind == "f":
            _filled(name, each, word, frame, problems)
        elif each not in mapped:  # of a column that is named this has been told
            problems.fault(key, "holds texts that are no number", "correct them")
    strange = [str(column) for column in frame if column not in (*word.columns, *names)]
    for column in strange:
        if column in mapped:
            mend = did_you_mean(column, [*word.columns, *names])
            problems.fault(f"tables.{name}.columns.{column}", f"is neither a column of {name} nor in {about}", mend)
    spare = [column for column in strange if column not in mapped]
    if spare:
        problems.note(f"tables.{name}", f"columns that are not in {about}: {', '.join(spare)}", "left out")
    numbers = frame[[each for each in names if each in frame]]
    limits = dict.fromkeys(names, word.limits.get(about, (-np.inf, np.inf)))
    check_values(f"tables.{name}", numbers, replace(word, limits=limits, at_most={}), problems)
