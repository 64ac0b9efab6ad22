"""Matching the keys of a table to the zones: by code, by a correspondence of changed units, or named as unmatched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, Problems, did_you_mean
from shanshui.base.units import column_unit, is_amount
from shanshui.base.zones import Zoning
from shanshui.data.tables import numbers, read_table
from shanshui.study.schema import TableSection, located

# The column in which a row's own name travels to the messages; no table keeps it.
OWN_NAME = "(own name)"
# How many keys a fault and a note name.
_FEW, _MANY = 5, 1000
_SHARES_SUM = 1e-6


def matched(
    key: str, section: TableSection, frame: pd.DataFrame, zonings: list[Zoning], folder: Path, problems: Problems
) -> pd.DataFrame:
    """Match a table's keys to the zones, and give it the columns that zones bring.

    Parameters
    ----------
    key : str
        The table's section in study.toml.
    section : TableSection
        What it says.
    frame : DataFrame
        The rows, in the vocabulary's units.
    zonings : list of Zoning
        Every zoning of the study.
    folder : Path
        The study's folder.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    DataFrame
        The rows whose zone is known, with the columns zoning and zone_name.
    """
    if section.zoning is not None and section.zoning not in [zoning.name for zoning in zonings]:
        mend = did_you_mean(section.zoning, [zoning.name for zoning in zonings])
        problems.fault(f"{key}.zoning", f"{section.zoning!r} is no zoning of the study", mend)
        return frame
    if "zoning" not in frame:
        # The zoning that knows most of the keys is meant.
        best = max(zonings, key=lambda zoning: int(frame["zone"].isin(zoning.zones["zone"]).sum()))
        frame = frame.assign(zoning=best.name)
    names = {
        (zoning.name, zone): text
        for zoning in zonings
        for zone, text in zip(zoning.zones["zone"], zoning.zones["name"], strict=True)
    }
    if section.correspondence is not None:
        frame = _carried_over(key, section.correspondence, frame, names, folder, problems)
    pairs = list(zip(frame["zoning"], frame["zone"], strict=True))
    known = np.array([pair in names for pair in pairs], bool)
    if not known.all():
        _name_unmatched(key, section, frame[~known], problems)
    kept = frame[known].reset_index(drop=True)
    _name_reused(key, kept, names, problems)
    if "zone_name" in kept:
        return kept
    return kept.assign(zone_name=[names[pair] for pair in zip(kept["zoning"], kept["zone"], strict=True)])


def named(problems: Iterable[Problem], old: str, new: str) -> list[Problem]:
    """Give problems whose keys begin like ``old`` the beginning ``new``."""
    return [
        replace(problem, key=new + problem.key.removeprefix(old)) if problem.key.startswith(old) else problem
        for problem in problems
    ]


def _name_unmatched(key: str, section: TableSection, lost: pd.DataFrame, problems: Problems) -> None:
    """Name the keys that match no zone, and what their rows hold."""
    zones = sorted(set(lost["zone"]))
    many = len(zones) > 1
    shown = _listed(lost, _MANY if section.drop_unmatched else _FEW)
    fault = f"{len(zones)} {'keys match' if many else 'key matches'} no zone: {shown}{_holding(lost, many)}"
    if section.drop_unmatched:
        problems.note(f"{key}.columns.zone", fault, "left out, as drop_unmatched says")
    else:
        mend = "correct them, give a correspondence, or write drop_unmatched = true"
        problems.fault(f"{key}.columns.zone", fault, mend)


def _name_reused(key: str, kept: pd.DataFrame, names: dict[tuple[str, str], str], problems: Problems) -> None:
    """Name the keys under which the table has another name than the zones: a code may have been given anew."""
    if OWN_NAME not in kept:
        return
    found = {
        f"{zone} {own} / {names[zoning, zone]}"
        for zoning, zone, own in zip(kept["zoning"], kept["zone"], kept[OWN_NAME].fillna(""), strict=True)
        # County, city and district differ in the last character; of another place the first ones differ.
        if own and names[zoning, zone] != zone and own[:2] != names[zoning, zone][:2]
    }
    if found:
        fault = f"{len(found)} keys match by code and bear another name: {', '.join(sorted(found))}"
        problems.note(f"{key}.columns.zone", fault, "see whether each is the same place")


def _listed(rows: pd.DataFrame, most: int) -> str:
    """List the keys of rows, each with its own name where that is known."""
    if OWN_NAME in rows:
        texts = [
            zone if zone.endswith(f"/{name}") or not name else f"{zone} {name}"
            for zone, name in zip(rows["zone"], rows[OWN_NAME], strict=True)
        ]
    else:
        texts = list(rows["zone"])
    keys = sorted({text or "(no key)" for text in texts})
    return ", ".join(keys[:most]) + (" ..." if len(keys) > most else "")


def _holding(rows: pd.DataFrame, many: bool) -> str:
    """Say what rows hold of the first amount of their table."""
    amounts = [column for column in rows.columns if is_amount(column) and rows[column].dtype.kind == "f"]
    if not amounts:
        return ""
    column = amounts[0]
    by_year = rows.groupby("year")[column].sum() if "year" in rows else pd.Series({None: rows[column].sum()})
    sums = [f"{total:,.6g}" if total % 1 else f"{total:,.0f}" for total in by_year]
    told = [text if year is None else f"{text} in {year}" for text, year in zip(sums, by_year.index, strict=True)]
    return f" (they hold {column} " + ", ".join(told) + ")" if many else f" (it holds {column} " + ", ".join(told) + ")"


def _carried_over(
    key: str,
    text: str,
    frame: pd.DataFrame,
    names: dict[tuple[str, str], str],
    folder: Path,
    problems: Problems,
) -> pd.DataFrame:
    """Bring the amounts of changed units to the zones that took their place."""
    where = f"{key}.correspondence"
    changes = _read_changes(where, text, folder, problems)
    if changes is None:
        return frame
    zonings = set(frame["zoning"])
    zones = {zone for zoning, zone in names if zoning in zonings}
    nowhere = sorted(set(changes["new"]) - zones)
    if nowhere:
        shown = ", ".join(nowhere[:_FEW]) + (" ..." if len(nowhere) > _FEW else "")
        problems.fault(where, f"{len(nowhere)} new keys match no zone: {shown}", "correct them")
        return frame
    rows = frame.assign(**{"(row)": np.arange(len(frame))})
    dated, undated = changes[changes["year"].notna()], changes[changes["year"].isna()].drop(columns="year")
    moved = []
    if "year" in rows and len(dated):
        dated = dated.assign(year=dated["year"].astype(int))
        moved.append(rows.merge(dated, left_on=["zone", "year"], right_on=["old", "year"]))
    taken = set().union(*(set(part["(row)"]) for part in moved))
    unknown = np.array([pair not in names for pair in zip(rows["zoning"], rows["zone"], strict=True)], bool)
    free = rows[unknown & ~rows["(row)"].isin(taken).to_numpy()]
    moved.append(free.merge(undated, left_on="zone", right_on="old"))
    carried = pd.concat(moved, ignore_index=True)
    if carried.empty:
        return frame
    amounts = [column for column in frame.columns if is_amount(column)]
    rates = [column for column in frame.columns if column_unit(column) is not None and column not in amounts]
    if rates:
        fault = f"{', '.join(rates)} cannot be carried over to other zones: a rate has no sum"
        problems.fault(where, fault, "leave these columns out, or bring the table in the units of its zones")
        return frame
    shown = _listed(carried, _MANY)
    count = carried["zone"].nunique()
    fault = f"{count} key{'s are' if count > 1 else ' is'} carried over: {shown}{_holding(_whole(carried), count > 1)}"
    problems.note(where, fault, "as the correspondence says")
    stayed = frame[~rows["(row)"].isin(set(carried["(row)"])).to_numpy()]
    carried = carried.assign(zone=carried["new"], **{a: carried[a] * carried["share"] for a in amounts})
    return _added_up(stayed, carried[list(frame.columns)], amounts)


def _whole(carried: pd.DataFrame) -> pd.DataFrame:
    """Give each row that is carried over once, before it is shared out."""
    return carried.drop_duplicates("(row)")


def _added_up(stayed: pd.DataFrame, carried: pd.DataFrame, amounts: list[str]) -> pd.DataFrame:
    """Add what is carried over to the rows of the zones it comes to; a sum with a hole in it is a hole."""
    keys = [column for column in carried.columns if column not in (*amounts, "zone_name", OWN_NAME)]
    met = set(carried[keys].itertuples(index=False, name=None))
    touched = np.array([row in met for row in stayed[keys].itertuples(index=False, name=None)], bool)
    together = pd.concat([stayed[touched], carried], ignore_index=True)
    groups = together.groupby(keys, sort=False, dropna=False)
    sums, counts, sizes = groups[amounts].sum(), groups[amounts].count(), groups.size()
    sums = sums.where(counts.eq(sizes, axis=0)).reset_index()
    columns = [column for column in stayed.columns if column in (*keys, *amounts)]
    return pd.concat([stayed[~touched], sums[columns]], ignore_index=True)


def _read_changes(where: str, text: str, folder: Path, problems: Problems) -> pd.DataFrame | None:
    """Read a correspondence: old, new, share, year."""
    path = located(text, folder)
    if not path.exists():
        problems.fault(where, f"there is no file {text}", "correct the path")
        return None
    frame, faults = read_table(path, {}, key=where)
    problems.extend(replace(fault, key=where) for fault in faults)
    missing = [column for column in ("old", "new") if column not in frame]
    if faults or missing:
        for column in () if faults else missing:
            problems.fault(
                where, f"{text} has no column {column!r}", "give the columns old, new and perhaps share, year"
            )
        return None
    changes = frame[["old", "new"]].copy()
    for column, usual in (("share", 1.0), ("year", np.nan)):
        values, strange = numbers(frame[column]) if column in frame else (pd.Series(usual, frame.index), [])
        changes[column] = values.fillna(usual)
        if strange:
            shown = ", ".join(repr(word) for word in strange[:3])
            problems.fault(where, f"{column}: {len(strange)} texts are no number: {shown}", "correct them")
            return None
    totals = changes.groupby(["old", "year"], dropna=False)["share"].sum()
    wrong = totals[(totals - 1.0).abs() > _SHARES_SUM].reset_index()
    for old, year, total in wrong.itertuples(index=False, name=None):
        when = "" if pd.isna(year) else f" in {year:.0f}"
        problems.fault(where, f"the shares of {old}{when} sum to {total:g}, not to 1", "correct them")
    if ((changes["share"] <= 0) | (changes["share"] > 1)).any():
        problems.fault(where, "a share is not above 0 and at most 1", "correct it")
    return changes if (totals - 1.0).abs().max() <= _SHARES_SUM else None
