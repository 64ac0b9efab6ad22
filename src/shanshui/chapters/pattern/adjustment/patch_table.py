"""Patches of an adjustment as a table: where, by which rule, what they hold, and what became of each (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from shanshui.base.zones import OUTSIDE
from shanshui.chapters.pattern.adjustment.balance import FUNCTION_AREA, SERVICE, TOTAL
from shanshui.chapters.pattern.adjustment.ledger import AREA, DIRECTIONS_ZH, IN, OUT
from shanshui.chapters.pattern.adjustment.patches import (
    NOBODY,
    Decisions,
    Sides,
    dissolved,
    greatest_of,
    keys_of,
    summed,
)
from shanshui.science.faces import Faces

# The rule of what an edit asks for.
EDIT, EDIT_ENGLISH, EDIT_CHINESE = "E", "A hand edit asks for it.", "手工修改要求。"
SHALL, MAY = "shall", "may"
CHOSEN, NOT_NEEDED, BY_EDIT, PROTECTED = "chosen by balance", "not needed", "edit", "kept: protected area"
WHY_ZH = {
    SHALL: "应当调整",
    CHOSEN: "平衡选定",
    NOT_NEEDED: "无需调整",
    BY_EDIT: "手工修改",
    PROTECTED: "保留：自然保护地等必须保护区域",
}
# Less than this would be told as 0.00 ha.
_LEAST_TOLD = 0.005
COLUMNS = [
    *("patch", "direction", "direction_zh", "rule", "force", "reason", "reason_zh", "document", "article"),
    *("function_area", "edit", "inside_before", "mandatory"),
]


@dataclass(frozen=True)
class Found:
    """All that is known of the faces.

    Parameters
    ----------
    faces : Faces
        Of today's line and of all that may change it.
    sides : Sides
        Which share sides.
    decisions : Decisions
        What becomes of each.
    patch : int64 ndarray (faces,)
        The patch of each, from 0; -1 none.
    dropped : bool ndarray (faces,)
        Which are in patches that were too small.
    amounts : dict of str to float64 ndarray (faces,)
        What each holds: area_ha and all that adds up.
    places : sequence of str
        The function areas.
    """

    faces: Faces
    sides: Sides
    decisions: Decisions
    patch: NDArray[np.int64]
    dropped: NDArray[np.bool_]
    amounts: Mapping[str, NDArray[np.float64]]
    places: Sequence[str]

    @property
    def place(self) -> NDArray[Any]:
        """The function area of each face, by name."""
        return np.array([*self.places, OUTSIDE], object)[self.decisions.area]

    @property
    def rule(self) -> NDArray[Any]:
        """The rule that decides each face, `EDIT` where an edit does."""
        return np.where(self.decisions.edit != NOBODY, EDIT, self.decisions.rule)


def patch_table(
    found: Found,
    rules: pd.DataFrame,
    edits: pd.DataFrame,
    valid_until: Mapping[str, NDArray[np.float64]],
    crs: pyproj.CRS,
) -> geopandas.GeoDataFrame:
    """Tell of each patch where it is, by which rule, and what it holds.

    Parameters
    ----------
    found : Found
        All that is known of the faces.
    rules : DataFrame
        Columns code, force, english, chinese, document, article.
    edits : DataFrame
        Columns edit, reason, origin, in the order in which decisions number them.
    valid_until : mapping of str to float64 ndarray
        Of each rule on rights to mine: the last year of each right in the faces' layer of the rule; NaN where it is not
        known.
    crs : pyproj.CRS
        That of the grid.

    Returns
    -------
    GeoDataFrame
        One row a patch, in their order: `COLUMNS` and the amounts. What an edit asks for binds (shall).
    """
    size = int(found.patch.max(initial=NOBODY)) + 1
    shapes = dissolved(found.faces, found.patch)
    # Faces of a patch are alike: the first tells of all.
    numbers, first = np.unique(found.patch, return_index=True)
    first = first[numbers >= 0]
    decisions = found.decisions
    direction = np.where(decisions.inside[first], OUT, IN)
    rule, edit = found.rule[first], decisions.edit[first]
    texts = rules.set_index("code")[["force", "english", "chinese", "document", "article"]].reindex(rule)
    told = {name: texts[name].to_numpy(object) for name in texts}
    for place in np.flatnonzero(edit != NOBODY):
        row = edits.iloc[edit[place]]
        own = SHALL, row["reason"], row["reason"], row["origin"], ""
        for name, text in zip(told, own, strict=True):
            told[name][place] = text
    for mining, of_rights in valid_until.items():
        years = greatest_of(found.faces, mining, of_rights)
        last = np.full(size, np.nan)
        held = found.patch >= 0
        np.fmax.at(last, found.patch[held], years[held])
        for place in np.flatnonzero((rule == mining) & np.isfinite(last)):
            told["english"][place] = f"{told['english'][place]} Valid until {last[place]:.0f}."
            told["chinese"][place] = f"{told['chinese'][place]}有效期至{last[place]:.0f}年。"
    names = np.append(edits["edit"].to_numpy(object), "")
    table = pd.DataFrame(
        {
            "direction": direction.astype(object),
            "direction_zh": [DIRECTIONS_ZH[each] for each in direction],
            "rule": rule,
            "force": told["force"],
            "reason": told["english"],
            "reason_zh": told["chinese"],
            "document": told["document"],
            "article": told["article"],
            "function_area": found.place[first],
            "edit": names[edit],
            "inside_before": decisions.inside[first].astype(np.int64),
            "mandatory": decisions.mandatory[first].astype(np.int64),
        }
    )
    table.insert(0, "patch", np.array(keys_of(shapes, rule.tolist(), crs), object))
    table = table.assign(**summed(found.patch, found.amounts, size))
    return geopandas.GeoDataFrame(table, geometry=shapes, crs=crs)


def fixed(patches: pd.DataFrame, spoken: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell which patches are decided whatever the balances.

    Parameters
    ----------
    patches : DataFrame
        As `patch_table` gives it.
    spoken : int64 ndarray (patches,)
        1 an edit keeps the patch, 0 it refuses it, -1 none speaks of it.

    Returns
    -------
    int64 ndarray (patches,)
        1 it is taken, 0 it is not, -1 it is decided by its rule: what must be inside does not leave, whatever an edit
        says.
    """
    by_edit = np.where(patches["edit"] != "", 1, NOBODY)
    return np.where(_protected(patches), 0, np.where(spoken != NOBODY, spoken, by_edit)).astype(np.int64)


def decided(
    patches: geopandas.GeoDataFrame, taken: NDArray[np.bool_], spoken: NDArray[np.int64]
) -> geopandas.GeoDataFrame:
    """Tell what became of each patch.

    Parameters
    ----------
    patches : GeoDataFrame
        As `patch_table` gives it.
    taken : bool ndarray (patches,)
        Which come in or leave.
    spoken : int64 ndarray (patches,)
        As `fixed` takes it.

    Returns
    -------
    GeoDataFrame
        With taken, why and why_zh.
    """
    why = np.where(taken, np.where(patches["force"] == SHALL, SHALL, CHOSEN), NOT_NEEDED).astype(object)
    why[(patches["edit"] != "").to_numpy() | (spoken != NOBODY)] = BY_EDIT
    why[_protected(patches)] = PROTECTED
    return patches.assign(taken=taken.astype(np.int64), why=why, why_zh=[WHY_ZH[each] for each in why])


def broken_rules(
    found: Found, edits: pd.DataFrame, rules: pd.DataFrame, excluded: NDArray[np.bool_], extreme: NDArray[np.float64]
) -> dict[str, list[str]]:
    """Tell what speaks against edits.

    Parameters
    ----------
    found : Found
        All that is known of the faces.
    edits : DataFrame
        Column edit, in the order in which decisions number them.
    rules : DataFrame
        Columns code, direction, english.
    excluded : bool ndarray (faces,)
        Excluded land.
    extreme : float64 ndarray (faces,)
        Extremely important or extremely fragile land in each [ha].

    Returns
    -------
    dict of str to list of str
        By edit, in words, with the area of the ground that it changes: excluded land and ground that a rule lets go
        which would come in; ground that must be inside and stays, and extremely important or fragile land that leaves.
    """
    area, decisions = found.amounts[AREA], found.decisions
    leaving = rules[(rules["direction"] == OUT) & rules["code"].isin(found.faces.layers)]
    coming_in = {"excluded land": np.where(excluded, area, 0.0)}
    for code, english in zip(leaving["code"], leaving["english"], strict=True):
        coming_in[f"{code} {english.rstrip('.')}"] = np.where(found.faces.covered_by(code), area, 0.0)
    going_out = {
        "must be inside, and stays": np.where(decisions.mandatory, area, 0.0),
        "extremely important or extremely fragile": np.where(decisions.mandatory, 0.0, extreme),
    }
    out: dict[str, list[str]] = {}
    for against, inside in ((coming_in, False), (going_out, True)):
        number = np.where(decisions.inside == inside, decisions.edit, NOBODY)
        for text, hectares in summed(number, against, len(edits)).items():
            for place in np.flatnonzero(hectares >= _LEAST_TOLD):
                out.setdefault(str(edits["edit"].iloc[place]), []).append(f"{text}: {hectares[place]:,.2f} ha")
    return out


def todays_amounts(found: Found) -> pd.DataFrame:
    """Tell what today's line holds, for the balances.

    Parameters
    ----------
    found : Found
        All that is known of the faces.

    Returns
    -------
    DataFrame
        One row an account: account (total, function_area or service), name (empty, the function area, the column of the
        service), whole (area of all faces, of the function area; of a service the region's million) and amount
        (inside today's line). Areas in ha, services in ppm.
    """
    inside, area, place = found.decisions.inside, found.amounts[AREA], found.decisions.area
    rows = [(TOTAL, "", area.sum(), area[inside].sum())]
    for number, name in enumerate(found.places):
        rows.append((FUNCTION_AREA, name, area[place == number].sum(), area[(place == number) & inside].sum()))
    rows += [(SERVICE, name, 1e6, held[inside].sum()) for name, held in found.amounts.items() if name.endswith("_ppm")]
    return pd.DataFrame(rows, columns=["account", "name", "whole", "amount"])


def _protected(patches: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which patches would leave, and must not: protected areas and other mandatory protection."""
    return np.asarray((patches["direction"] == OUT) & (patches["mandatory"] == 1), np.bool_)


def too_small(found: Found, cells: pd.DataFrame) -> pd.DataFrame:
    """Tell what was dropped.

    Parameters
    ----------
    found : Found
        All that is known of the faces.
    cells : DataFrame
        Patches of cells that were left out before: rule, patches, area_ha.

    Returns
    -------
    DataFrame
        Columns direction, direction_zh, rule, function_area (empty of cells), patches, and the amounts: of cells the
        area only.
    """
    key = np.unique(found.rule.astype(str), return_inverse=True)[1]
    number = found.sides.groups(np.where(found.dropped, key, NOBODY))
    faces = pd.DataFrame(
        {
            "direction": np.where(found.decisions.inside, OUT, IN),
            "rule": found.rule,
            "function_area": found.place,
            "number": number,
            **found.amounts,
        }
    )[found.dropped]
    by = faces.groupby(["direction", "rule", "function_area"], as_index=False)
    rows = by.agg({"number": "nunique", **dict.fromkeys(found.amounts, "sum")}).rename(columns={"number": "patches"})
    whole = pd.concat([rows, cells.assign(direction=IN, function_area="")], ignore_index=True) if len(cells) else rows
    whole.insert(1, "direction_zh", whole["direction"].map(DIRECTIONS_ZH))
    return whole
