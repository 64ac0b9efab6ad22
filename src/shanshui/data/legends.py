"""Legends: from the codes of any land-cover scheme to the project's two-level ecosystems."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, did_you_mean
from shanshui.data.tables import read_table

SCHEME = Path(__file__).with_name("ecosystems.csv")


@lru_cache(maxsize=1)
def _scheme() -> pd.DataFrame:
    return pd.read_csv(SCHEME, dtype={"hj1166": "str"}, keep_default_na=False)


def ecosystem_scheme() -> pd.DataFrame:
    """Give the project's ecosystems.

    Returns
    -------
    DataFrame
        Columns level1 and level2 (codes), ecosystem and name with their Chinese names, ``ecological``
        (whether the paper's ecological land counts it), the code in HJ 1166-2021, and a colour. The second
        level follows HJ 1166-2021, table A.1, with water parted from wetland, and paddy, woody wetland,
        mudflat, reservoir and sea added.
    """
    return _scheme().copy()


def read_legend(path: Path, key: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a legend.

    Parameters
    ----------
    path : Path
        CSV or Excel with the columns ``code`` (of the source), ``name``, ``ecosystem`` (code or name of the
        second level, or name of the first), and perhaps ``name_zh`` and ``colour``.
    key : str
        Its key in study.toml, for the problems.

    Returns
    -------
    DataFrame, list of Problem
        Columns code, name, name_zh, level1, level2, colour, sorted by code; and every problem found.
    """
    if not path.exists():
        return pd.DataFrame(), [Problem(key, f"there is no file {path.name}", "correct the path")]
    frame, problems = read_table(path, {}, key=key)
    if problems:  # of a legend, study.toml says nothing but the path
        return frame, [replace(problem, key=key) for problem in problems]
    missing = [column for column in ("code", "name", "ecosystem") if column not in frame]
    if missing:
        return frame, [
            Problem(key, f"{path.name} has no column {column!r}", did_you_mean(column, frame.columns))
            for column in missing
        ]
    scheme = ecosystem_scheme()
    codes = pd.to_numeric(frame["code"], errors="coerce")
    for row in frame.index[codes.isna() | (codes % 1 != 0)]:
        problems.append(
            Problem(key, f"{path.name}: code {frame['code'][row]!r} is no whole number", "write the source's code")
        )
    for code in sorted(set(codes[codes.duplicated()].dropna().astype(int))):
        problems.append(Problem(key, f"{path.name}: code {code} stands twice", "keep one line for it"))
    level2 = []
    for text in frame["ecosystem"]:
        found = _ecosystem(text, scheme)
        if found is None:
            known = [*scheme["name"], *scheme["ecosystem"].unique()]
            problems.append(Problem(key, f"{path.name}: {text!r} is no ecosystem", did_you_mean(text, known)))
        level2.append(found if found is not None else 0)
    if problems:
        return frame, sorted(set(problems))
    legend = pd.DataFrame({"code": codes.astype(int), "name": frame["name"], "level2": level2})
    legend["name_zh"] = frame["name_zh"] if "name_zh" in frame else frame["name"]
    described = scheme.set_index("level2").loc[legend["level2"]]
    legend["level1"] = described["level1"].to_numpy()
    own = frame["colour"] if "colour" in frame else pd.Series("", index=frame.index)
    # A colour that is none (they occur) falls back on the ecosystem's.
    usable = own.str.fullmatch(r"#[0-9A-Fa-f]{6}").astype(bool)
    legend["colour"] = np.where(usable, own, described["colour"])
    columns = ["code", "name", "name_zh", "level1", "level2", "colour"]
    return legend[columns].sort_values("code", ignore_index=True), []


def _ecosystem(text: str, scheme: pd.DataFrame) -> int | None:
    """Find the second-level code that a legend means by a code or a name."""
    if text.isdigit():
        return int(text) if int(text) in set(scheme["level2"]) else None
    wanted = text.strip().lower()
    for column in ("name", "name_zh"):
        found = scheme["level2"][scheme[column].str.lower() == wanted]
        if len(found):
            return int(found.iloc[0])
    for column in ("ecosystem", "ecosystem_zh"):
        found = scheme["level2"][scheme[column].str.lower() == wanted]
        if len(found):
            return int(found.iloc[0])  # the first of each group is "kind not told"
    return None
