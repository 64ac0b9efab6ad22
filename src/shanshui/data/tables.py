"""Reading and writing tables: CSV, Excel and the attributes of vector data, with messy headers mapped by name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from shanshui.base.errors import Problem, did_you_mean
from shanshui.data.files import replacing
from shanshui.data.vectors import VECTORS, layers_of, measured, mend, read_vector

EXCEL = {".xlsx", ".xlsm"}
# A polygon written as text passes the 131,072 characters that the csv module allows by itself.
LONGEST_CELL = 1 << 30
# What features bring beside their attributes, measured on the ellipsoid.
LENGTH, AREA = "length_m", "area_m2"
# Stands between the name of a column and its year while a table still has one column a year.
_OF_YEAR = " of "


def read_table(
    path: Path,
    columns: Mapping[str, str],
    *,
    key: str,
    sheet: str | None = None,
    header_row: int = 1,
    indented: Collection[str] = (),
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table and give its columns our names.

    Parameters
    ----------
    path : Path
        CSV (any of UTF-8, GB18030), Excel, or vector data: its attributes, and the length and the area of its features
        as the columns ``length_m`` and ``area_m2``.
    columns : mapping of str to str
        Our name to their header; headers are compared without spaces and line breaks. Empty takes all as
        they are. ``{year}`` in a header stands for four digits: such columns are brought under each other by
        `stacked`.
    key : str
        The table's key in study.toml, for the problems.
    sheet : str, optional
        The sheet of a workbook or the layer of vector data; the first by default.
    header_row : int
        The row that holds the headers, from 1.
    indented : collection of str
        Our names of columns whose leading spaces say something, and are kept.

    Returns
    -------
    DataFrame, list of Problem
        Text columns everywhere (numbers are read where they are used); the problems found. With a problem the
        table may be empty.
    """
    header, body, problems = _rows(path, key, sheet, header_row)
    if problems:
        return pd.DataFrame(), problems
    width = len(header)
    written = pd.DataFrame([(row + [""] * width)[:width] for row in body], columns=range(width), dtype="str")
    frame = written.apply(lambda column: column.str.strip())
    filled = (frame != "").any(axis=1)
    written, frame = written[filled].reset_index(drop=True), frame[filled].reset_index(drop=True)
    if frame.empty:
        return frame, [Problem(f"{key}.path", "holds no rows", "give a table with rows below its headers")]
    if not columns:
        columns = {name: name for name in header if name}
    taken = {}
    for ours, theirs in columns.items():
        of_years = _places_of_years(_plain(theirs), header)
        places = [i for i, name in enumerate(header) if name == _plain(theirs)]
        if of_years:
            for year, place in of_years.items():
                taken[f"{ours}{_OF_YEAR}{year}"] = frame.iloc[:, place]
        elif len(places) == 1:
            taken[ours] = (written if ours in indented else frame).iloc[:, places[0]]
        elif places:
            fault = f"{theirs!r} heads {len(places)} columns"
            problems.append(Problem(f"{key}.columns.{ours}", fault, "rename one of them in the file"))
        else:
            fault, near = f"no column is headed {theirs!r}", did_you_mean(_plain(theirs), [h for h in header if h])
            problems.append(Problem(f"{key}.columns.{ours}", fault, near))
    return pd.DataFrame(taken), problems


def whole_numbers(
    path: Path, *, without: Collection[str] = (), sheet: str | None = None, header_row: int = 1
) -> pd.DataFrame:
    """Read the columns of a table that hold nothing but whole numbers: its counts.

    Parameters
    ----------
    path, sheet, header_row : Path, str, int
        As in `read_table`.
    without : collection of str
        Headers of columns that are no counts, such as codes.

    Returns
    -------
    DataFrame of float
        Columns by their place; the same rows as `read_table` gives. Empty where the table cannot be read.
    """
    header, body, problems = _rows(path, "", sheet, header_row)
    if problems:
        return pd.DataFrame()
    width = len(header)
    frame = pd.DataFrame([(row + [""] * width)[:width] for row in body], columns=range(width), dtype="str")
    frame = frame.apply(lambda column: column.str.strip())
    frame = frame[(frame != "").any(axis=1)].reset_index(drop=True)
    found = {}
    for place, name in enumerate(header):
        if name in map(_plain, without):
            continue
        values, strange = numbers(frame[place])
        if not strange and values.notna().any() and (values.dropna() % 1 == 0).all():
            found[place] = values
    return pd.DataFrame(found, index=frame.index)


def column_of(name: str) -> str:
    """Give the column to which a column of one year belongs; any other belongs to itself."""
    return name.rsplit(_OF_YEAR, 1)[0]


def stacked(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring the columns of several years under each other: one row a year.

    Parameters
    ----------
    frame : DataFrame
        From `read_table`.

    Returns
    -------
    DataFrame
        The same frame where no header held ``{year}``; else with the column ``year`` and, for each year, the
        rows that hold anything for it.
    """
    wide = [tuple(name.rsplit(_OF_YEAR, 1)) for name in frame.columns if _OF_YEAR in name]
    if not wide:
        return frame
    names = list(dict.fromkeys(name for name, _ in wide))
    same = [name for name in frame.columns if _OF_YEAR not in name]
    parts = []
    for year in sorted({year for _, year in wide}):
        part = frame[same].assign(year=year)
        for name in names:
            header = f"{name}{_OF_YEAR}{year}"
            part[name] = frame.get(header, "")
        parts.append(part[(part[names] != "").any(axis=1)])
    return pd.concat(parts, ignore_index=True)


def numbers(column: pd.Series[str]) -> tuple[pd.Series[float], list[str]]:
    """Read numbers as tables write them: 1234.5, 1,234.5 or 1 234.5.

    A comma that does not part thousands ("0,5") is not guessed at: it makes the text no number.

    Parameters
    ----------
    column : Series of str
        The text.

    Returns
    -------
    Series of float, list of str
        The numbers, NaN where the cell is empty or holds a dash; and the texts that are no number.
    """
    text = column.astype("str").str.strip()
    empty = text.isin(["", "-", "—", "–", "nan", "NA", "N/A", "..."])
    parted = text.str.fullmatch(r"[+-]?\d{1,3}([,，\s\u00a0]\d{3})+(\.\d+)?")
    joined = text.str.replace(r"[,，\s\u00a0]", "", regex=True)
    values = pd.to_numeric(text.where(~parted, joined).where(~empty), errors="coerce")
    return values.astype("float64"), sorted(set(text[values.isna() & ~empty]))


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a CSV, whole or not at all; numbers so that they read back the same.

    Parameters
    ----------
    path : Path
        Where it shall stand.
    frame : DataFrame
        One row a fact, units in the column names.
    """
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")


def _rows(path: Path, key: str, sheet: str | None, header_row: int) -> tuple[list[str], list[list[str]], list[Problem]]:
    """Read the headers and the rows beneath them."""
    excel = path.suffix.lower() in EXCEL
    if path.suffix.lower() in VECTORS:
        return _read_attributes(path, key, sheet)
    if path.suffix.lower() == ".xls":
        return [], [], [Problem(f"{key}.path", "is an old Excel file (.xls)", "save it as .xlsx")]
    try:
        # A workbook takes seconds to read; zones and tables often come from the same one.
        read = _read_excel(path, sheet, header_row, path.stat().st_mtime_ns) if excel else (_read_csv(path), [])
    except (OSError, ValueError, KeyError) as error:
        return [], [], [Problem(f"{key}.path", f"cannot be read: {error}", "give a CSV or XLSX file")]
    rows, problems = read
    skipped = 0 if excel else header_row - 1
    if problems or len(rows) <= skipped:
        nothing = Problem(f"{key}.path", "holds no rows", "give a table with a header row")
        return [], [], [replace(problem, key=f"{key}.{problem.key}") for problem in problems] or [nothing]
    return [_plain(cell) for cell in rows[skipped]], rows[skipped + 1 :], []


def _read_attributes(path: Path, key: str, layer: str | None) -> tuple[list[str], list[list[str]], list[Problem]]:
    """Read the attributes of vector data as a table of text, with what is measured of its features."""
    try:
        names = layers_of(path, drawn=True)
        if layer is not None and layer not in names:
            fault = f"{path.name} has no layer {layer!r}"
            return [], [], [Problem(f"{key}.layer", fault, did_you_mean(layer, names))]
        if layer is None and len(names) > 1:
            fault = f"is not said, and {path.name} has {len(names)}"
            return [], [], [Problem(f"{key}.layer", fault, did_you_mean("", names))]
        frame = read_vector(path, layer or next(iter(names), None))
    except OSError as error:
        return [], [], [Problem(f"{key}.path", f"cannot be read: {error}", "give a GeoPackage, shapefile or GeoJSON")]
    if frame.crs is None:
        return [], [], [Problem(f"{key}.path", "has no CRS", "give the file one (a .prj beside a shapefile)")]
    attributes = frame.drop(columns=frame.geometry.name)
    for column in (LENGTH, AREA):
        if column in attributes:
            fault = f"has a column {column}, and so is called what is measured"
            return [], [], [Problem(f"{key}.path", fault, "rename that column in the file")]
    if frame.empty:
        return [], [], [Problem(f"{key}.path", "holds no feature", "correct the file or its layer")]
    lengths, areas = measured(mend(frame)[0])
    attributes[LENGTH], attributes[AREA] = lengths, areas
    columns = [[_text(value) for value in attributes[name]] for name in attributes]
    return [_plain(str(name)) for name in attributes], [list(row) for row in zip(*columns, strict=True)], []


def _text(value: object) -> str:
    """Write an attribute as text; nothing where there is none."""
    return "" if value is None or value is pd.NaT or value is pd.NA or value != value else _written(value)


def _plain(cell: str) -> str:
    return "".join(str(cell).split())


def _written(cell: object) -> str:
    """Write a cell of a workbook as text: whole numbers without a decimal point, so that codes stay codes."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).rstrip()


def _places_of_years(theirs: str, header: list[str]) -> dict[str, int]:
    """Find the columns whose header is one text but for its year."""
    if "{year}" not in theirs:
        return {}
    pattern = re.compile(re.escape(theirs).replace(r"\{year\}", r"(\d{4})"))
    matches = [(pattern.fullmatch(name), place) for place, name in enumerate(header)]
    return {match[1]: place for match, place in matches if match}


def _read_csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030", "latin-1"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    try:
        delimiter = csv.Sniffer().sniff(text[:4096], delimiters=",;\t").delimiter
    except csv.Error:
        delimiter = ","
    csv.field_size_limit(LONGEST_CELL)
    # Of the sniffed dialect only the delimiter: it guesses wrongly about quotes that it has not met.
    return [[cell.rstrip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


@lru_cache(maxsize=2)
def _read_excel(path: Path, sheet: str | None, header_row: int, changed: int) -> tuple[list[list[str]], list[Problem]]:
    import openpyxl  # slow to import, and few studies bring a workbook

    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception as error:
        # openpyxl raises many kinds (zip, xml, key errors) for a file that is no workbook.
        raise OSError(f"not an Excel workbook ({error})") from None
    if sheet is not None and sheet not in book.sheetnames:
        return [], [Problem("sheet", f"there is no sheet {sheet!r}", did_you_mean(sheet, book.sheetnames))]
    page = book[sheet] if sheet else book.worksheets[0]
    merged = [
        str(area)
        for area in page.merged_cells.ranges
        if area.min_row <= header_row <= area.max_row and area.size["columns"] > 1
    ]
    if merged:
        wide = [area for area in page.merged_cells.ranges if area.size["columns"] > 1 and area.min_row <= header_row]
        below = max(area.max_row for area in wide) + 1
        return [], [
            Problem(
                "header_row",
                f"row {header_row} holds merged headers ({', '.join(sorted(merged))}), so columns cannot be told apart",
                f"set header_row to the row with one header a column (perhaps {below})",
            )
        ]
    rows = [[_written(cell) for cell in row] for row in page.iter_rows(min_row=header_row, values_only=True)]
    for area in page.merged_cells.ranges:
        if area.size["columns"] == 1 and area.min_row < header_row <= area.max_row and rows:
            # A header that reaches down over several rows stands in the first of them.
            rows[0][area.min_col - 1] = str(page.cell(area.min_row, area.min_col).value or "").strip()
    return rows, []
