"""Reading and writing tables: CSV and Excel, with messy headers mapped by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from shanshui.base.errors import Problem, did_you_mean
from shanshui.data.files import replacing

EXCEL = {".xlsx", ".xlsm"}


def read_table(
    path: Path, columns: Mapping[str, str], *, key: str, sheet: str | None = None, header_row: int = 1
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table and give its columns our names.

    Parameters
    ----------
    path : Path
        CSV (any of UTF-8, GB18030) or Excel.
    columns : mapping of str to str
        Our name to their header; headers are compared without spaces and line breaks. Empty takes all as
        they are.
    key : str
        The table's key in study.toml, for the problems.
    sheet : str, optional
        The sheet of a workbook; the first by default.
    header_row : int
        The row that holds the headers, from 1.

    Returns
    -------
    DataFrame, list of Problem
        Text columns everywhere (numbers are read where they are used); the problems found. With a problem the
        table may be empty.
    """
    if path.suffix.lower() == ".xls":
        return pd.DataFrame(), [Problem(f"{key}.path", "is an old Excel file (.xls)", "save it as .xlsx")]
    try:
        rows, problems = (
            _read_excel(path, key, sheet, header_row) if path.suffix.lower() in EXCEL else (_read_csv(path), [])
        )
    except (OSError, ValueError, KeyError) as error:
        return pd.DataFrame(), [Problem(f"{key}.path", f"cannot be read: {error}", "give a CSV or XLSX file")]
    skipped = 0 if path.suffix.lower() in EXCEL else header_row - 1
    if problems or len(rows) <= skipped:
        return pd.DataFrame(), problems or [Problem(f"{key}.path", "holds no rows", "give a table with a header row")]
    header, body = [_plain(cell) for cell in rows[skipped]], rows[skipped + 1 :]
    width = len(header)
    frame = pd.DataFrame([(row + [""] * width)[:width] for row in body], columns=range(width), dtype="str")
    frame = frame[(frame != "").any(axis=1)].reset_index(drop=True)
    if frame.empty:
        return frame, [Problem(f"{key}.path", "holds no rows", "give a table with rows below its headers")]
    if not columns:
        columns = {name: name for name in header if name}
    taken = {}
    for ours, theirs in columns.items():
        places = [i for i, name in enumerate(header) if name == _plain(theirs)]
        if len(places) == 1:
            taken[ours] = frame.iloc[:, places[0]].reset_index(drop=True)
        elif places:
            problems.append(
                Problem(
                    f"{key}.columns.{ours}", f"{theirs!r} heads {len(places)} columns", "rename one of them in the file"
                )
            )
        else:
            problems.append(
                Problem(
                    f"{key}.columns.{ours}", f"no column is headed {theirs!r}", did_you_mean(_plain(theirs), header)
                )
            )
    return pd.DataFrame(taken), problems


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


def _plain(cell: str) -> str:
    return "".join(str(cell).split())


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
    # Of the sniffed dialect only the delimiter: it guesses wrongly about quotes that it has not met.
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def _read_excel(path: Path, key: str, sheet: str | None, header_row: int) -> tuple[list[list[str]], list[Problem]]:
    import openpyxl  # slow to import, and few studies bring a workbook

    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception as error:
        # openpyxl raises many kinds (zip, xml, key errors) for a file that is no workbook.
        raise OSError(f"not an Excel workbook ({error})") from None
    if sheet is not None and sheet not in book.sheetnames:
        return [], [Problem(f"{key}.sheet", f"there is no sheet {sheet!r}", did_you_mean(sheet, book.sheetnames))]
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
                f"{key}.header_row",
                f"row {header_row} holds merged headers ({', '.join(sorted(merged))}), so columns cannot be told apart",
                f"set header_row to the row with one header a column (perhaps {below})",
            )
        ]
    rows = [
        ["" if cell is None else str(cell).strip() for cell in row]
        for row in page.iter_rows(min_row=header_row, values_only=True)
    ]
    for area in page.merged_cells.ranges:
        if area.size["columns"] == 1 and area.min_row < header_row <= area.max_row and rows:
            # A header that reaches down over several rows stands in the first of them.
            rows[0][area.min_col - 1] = str(page.cell(area.min_row, area.min_col).value or "").strip()
    return rows, []
