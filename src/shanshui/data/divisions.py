"""Which rows of a table of Chinese divisions stand for themselves, and which only sum up the rows beneath them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# What tables write where there is no code.
_NO_CODE = {"", "NA", "N/A", "nan", "None", "-", "—", "–", "/"}
# The nation is written so where it has a code at all; provinces begin with 11.
_NATION = {"000000", "100000"}


class DivisionError(ValueError):
    """Rows whose place among the divisions cannot be told."""


@dataclass(frozen=True)
class Divisions:
    """The rows of a table, each with its key and its place.

    Parameters
    ----------
    keys : Series of str
        The code or, for a row without one, the names of its parent and its own (``大兴安岭地区/加格达奇``).
    names : Series of str
        Each row's own name; empty where the table has none.
    leaves : ndarray of bool
        Rows that no other row divides.
    empty : ndarray of bool
        Rows with neither a code nor a number: titles, notes, blanks.
    """

    keys: pd.Series[str]
    names: pd.Series[str]
    leaves: NDArray[np.bool_]
    empty: NDArray[np.bool_]


def divisions(codes: pd.Series[str], levels: pd.DataFrame, amounts: pd.DataFrame) -> Divisions:
    """Tell the leaves of a table in which nation, provinces, prefectures and counties stand mixed.

    Parameters
    ----------
    codes : Series of str
        Six digits (GB/T 2260), or one of the marks for none.
    levels : DataFrame of str
        Names: one column a level from the province down, the row's own name repeated to the last; or a single
        column in which leading spaces tell the level; or none.
    amounts : DataFrame of float
        Numbers that add up; NaN where a cell is empty.

    Returns
    -------
    Divisions

    Raises
    ------
    DivisionError
        Naming codes that have not six digits, and rows that have neither code nor name.

    Notes
    -----
    A row is divided, and so no leaf, where

    - its code ends in zeros and other codes begin like the rest of it (``130000``, ``130100`` above ``130102``);
    - other rows name it as their parent, or stand indented beneath it;
    - it has no code and stands on the level of provinces: it lies above them;
    - it has no code, stands on the level of prefectures, and is followed by counties of its province whose
      prefecture (the first four digits) is no row of the table: 省直辖县级行政区划.

    A coded row all of whose parts lack a code stays whole, because other tables know it by its code; its parts are
    left out. Rows without a code that follow a coded prefecture without counties, on the same level, are its parts
    where they add up to it exactly in every amount.

    Examples
    --------
    >>> codes = pd.Series(["130000", "130100", "130102", "130104", "NA"])
    >>> names = pd.DataFrame([["P", "P", "P"], ["P", "Q", "Q"], ["P", "Q", "a"], ["P", "Q", "b"], ["P", "Q", "zone"]])
    >>> persons = pd.DataFrame({"total_persons": [9.0, 9.0, 4.0, 3.0, 2.0]})
    >>> found = divisions(codes, names, persons)
    >>> list(found.keys[found.leaves])
    ['130102', '130104', 'Q/zone']
    """
    code = [_code(text) for text in codes]
    strange = sorted({text for text, known in zip(codes, code, strict=True) if known is None})
    if strange:
        shown = ", ".join(repr(text) for text in strange[:5])
        raise DivisionError(f"{len(strange)} codes have not six digits: {shown}")
    known = [text or "" for text in code]
    empty = np.array([not text for text in known]) & amounts.isna().all(axis=1).to_numpy()
    rows = [number for number in range(len(known)) if not empty[number]]
    names, parents = _places(known, levels, rows)
    nameless = [number for number in rows if not known[number] and not names[number]]
    if nameless:
        raise DivisionError(f"{len(nameless)} rows have neither a code nor a name")
    children: dict[int, list[int]] = {number: [] for number in rows}
    for number in rows:
        parent = parents[number]
        if parent is not None:
            children[parent].append(number)
    above = _above_provinces(known, levels, parents, children, rows)
    divided = above | _divided_by_code(known, rows)
    divided |= _followed_by_counties(known, levels, children, rows)
    parts: set[int] = set()
    for number in rows:
        if not children[number] or number in divided:
            continue
        if known[number] and not any(known[child] for child in children[number]):
            parts.update(_beneath(number, children))
        else:
            divided.add(number)
    parts |= _parts_by_sum(known, levels, amounts, children, divided, rows)
    leaves = np.zeros(len(known), bool)
    leaves[[number for number in rows if number not in divided and number not in parts]] = True
    keys = _keys(known, levels, names, parents)
    return Divisions(pd.Series(keys, codes.index), pd.Series(names, codes.index), leaves, empty)


def _code(text: str) -> str | None:
    """Read a code; "" for none, None for text that is neither."""
    plain = str(text).strip().removesuffix(".0")
    return "" if plain in _NO_CODE else plain if re.fullmatch(r"\d{6}", plain) else None


def _path(levels: pd.DataFrame, number: int) -> tuple[str, ...]:
    """Give the names from the top down to a row's own, each once."""
    path: list[str] = []
    for name in levels.iloc[number]:
        if name.strip() and (not path or path[-1] != name.strip()):
            path.append(name.strip())
    return tuple(path)


def _places(codes: list[str], levels: pd.DataFrame, rows: list[int]) -> tuple[list[str], list[int | None]]:
    """Give each row its own name, and the row that its names or its indentation put above it."""
    parents: list[int | None] = [None] * len(codes)
    if levels.shape[1] == 0:
        return [""] * len(codes), parents
    if levels.shape[1] > 1:
        paths = [_path(levels, number) for number in range(len(codes))]
        place: dict[tuple[str, ...], int] = {}
        for number in rows:
            place.setdefault(paths[number], number)
        for number in rows:
            found = place.get(paths[number][:-1])
            parents[number] = None if found == number else found
        return [path[-1] if path else "" for path in paths], parents
    written = list(levels.iloc[:, 0])
    open_rows: list[tuple[int, int]] = []
    for number in rows:
        depth = len(written[number]) - len(written[number].lstrip())
        while open_rows and open_rows[-1][0] >= depth:
            open_rows.pop()
        parents[number] = open_rows[-1][1] if open_rows else None
        open_rows.append((depth, number))
    return [text.strip() for text in written], parents


def _divided_by_code(codes: list[str], rows: list[int]) -> set[int]:
    """Find the provinces and prefectures whose parts have codes that begin like theirs."""
    coded = [number for number in rows if codes[number]]
    provinces, prefectures = pd.Series(dtype="int64"), pd.Series(dtype="int64")
    if coded:
        texts = pd.Series([codes[number] for number in coded])
        provinces, prefectures = texts.str[:2].value_counts(), texts.str[:4].value_counts()
    divided = set()
    for number in coded:
        code = codes[number]
        if code in _NATION:
            more = len(coded) > 1
        elif code.endswith("0000"):
            more = provinces[code[:2]] > 1
        else:
            more = code.endswith("00") and prefectures[code[:4]] > 1
        if more:
            divided.add(number)
    return divided


def _above_provinces(
    codes: list[str],
    levels: pd.DataFrame,
    parents: list[int | None],
    children: dict[int, list[int]],
    rows: list[int],
) -> set[int]:
    """Find the rows without a code that stand on the level of provinces, or right above one without any part."""
    above = set()
    for place, number in enumerate(rows):
        if codes[number]:
            continue
        if levels.shape[1] > 1:
            if len(_path(levels, number)) == 1:
                above.add(number)
        elif parents[number] is None and not children[number]:
            following = rows[place + 1] if place + 1 < len(rows) else None
            if following is not None and codes[following].endswith("0000") and parents[following] is None:
                above.add(number)
    return above


def _followed_by_counties(
    codes: list[str], levels: pd.DataFrame, children: dict[int, list[int]], rows: list[int]
) -> set[int]:
    """Find the prefectures without a code whose counties follow them under names of their own."""
    if levels.shape[1] < 2:
        return set()
    prefectures = {codes[number][:4] for number in rows if codes[number].endswith("00")}
    found = set()
    for place, number in enumerate(rows[:-1]):
        path, below = _path(levels, number), rows[place + 1]
        if (
            codes[number]
            or len(path) != 2
            or str(levels.iloc[number, -1]).strip() != str(levels.iloc[number, -2]).strip()
        ):
            continue
        county = bool(codes[below]) and not codes[below].endswith("00") and codes[below][:4] not in prefectures
        if county and not children[number] and _path(levels, below)[:1] == path[:1]:
            found.add(number)
    return found


def _parts_by_sum(
    codes: list[str],
    levels: pd.DataFrame,
    amounts: pd.DataFrame,
    children: dict[int, list[int]],
    divided: set[int],
    rows: list[int],
) -> set[int]:
    """Find the rows without a code that follow a coded prefecture and add up to it exactly."""
    parts: set[int] = set()
    values = amounts.to_numpy(float)
    for place, number in enumerate(rows):
        whole = bool(codes[number]) and codes[number].endswith("00") and number not in divided and not children[number]
        if not whole or levels.shape[1] < 2:
            continue
        province, run = _path(levels, number)[:1], []
        for below in rows[place + 1 :]:
            if codes[below] or below in divided or children[below] or _path(levels, below)[:1] != province:
                break
            if len(_path(levels, below)) != len(_path(levels, number)):
                break
            run.append(below)
        told = ~np.isnan(values[number])
        if run and told.any():
            total = np.nansum(values[run][:, told], axis=0)
            if np.allclose(total, values[number][told], rtol=1e-12, atol=1e-9):
                parts.update(run)
    return parts


def _beneath(number: int, children: dict[int, list[int]]) -> set[int]:
    """Give all rows beneath one."""
    found: set[int] = set()
    waiting = list(children[number])
    while waiting:
        child = waiting.pop()
        found.add(child)
        waiting += children[child]
    return found


def _keys(codes: list[str], levels: pd.DataFrame, names: list[str], parents: list[int | None]) -> list[str]:
    """Make a key for every row: its code, or the name of the nearest parent that has a code before its own name."""
    keys = list(codes)
    longer = list(codes)
    province = ""
    for number, code in enumerate(codes):
        if code.endswith("0000"):
            province = names[number]
        if code or not names[number]:
            continue
        above, top = parents[number], province
        while above is not None and not codes[above]:
            above = parents[above]
        if levels.shape[1] > 1:
            top = _path(levels, number)[0]
        nearest = names[above] if above is not None else top
        keys[number] = f"{nearest}/{names[number]}" if nearest and nearest != names[number] else names[number]
        longer[number] = f"{top}/{keys[number]}" if top and top != nearest else keys[number]
    doubled = {key for key, count in pd.Series(keys).value_counts().items() if count > 1}
    return [long if key in doubled else key for key, long in zip(keys, longer, strict=True)]
