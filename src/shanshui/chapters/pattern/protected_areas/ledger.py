"""The ledger of protected areas, before and after, in which every hectare stands once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import geopandas
import numpy as np
import pandas as pd

from shanshui.base.step import step
from shanshui.chapters.pattern.protected_areas.faces import GAINED, LOST, REGISTERED
from shanshui.chapters.pattern.protected_areas.register import JOINT, PLACES
from shanshui.chapters.pattern.protected_areas.rules import ADJUST_OUT, MANAGE, WITHDRAW

# Accounts must close to this share of what is on the ground.
EXACT = 1e-8
CATEGORY, LEVEL, PREFECTURE, TOTAL, IDENTITY = "category", "level", "prefecture", "total", "identity"
SUPPLEMENT = "supplement"
AMOUNTS = [
    "registered_ha",
    "counted_twice_ha",
    "before_ha",
    "moved_out_ha",
    "gained_ha",
    "adjusted_out_ha",
    "supplement_ha",
    "after_ha",
    "withdraw_ha",
    "manage_ha",
]
COLUMNS = ["by", "group", "name", "name_zh", "areas_before", "areas_after", *AMOUNTS, "expected_ha", "holds"]


@step
def protected_area_ledger(
    protected_area_faces: geopandas.GeoDataFrame,
    protected_area_face_identity: pd.DataFrame,
    protected_areas: geopandas.GeoDataFrame,
    protected_area_plan: geopandas.GeoDataFrame,
    protected_area_supplements: pd.DataFrame,
    protected_area_categories: pd.DataFrame,
    protected_area_levels: pd.DataFrame,
) -> pd.DataFrame:
    """Ledger of protected areas before and after integration, by category, level and prefecture.

    Parameters
    ----------
    protected_area_faces : GeoDataFrame
        Faces and what is decided of them.
    protected_area_face_identity : DataFrame
        What narrow faces moved.
    protected_areas : GeoDataFrame
        Columns area, category, level.
    protected_area_plan : GeoDataFrame
        Columns area, area_ha.
    protected_area_supplements : DataFrame
        Columns prefecture, area_ha.
    protected_area_categories, protected_area_levels : DataFrame
        Columns code, english, chinese.

    Returns
    -------
    DataFrame
        One row a category, level and prefecture, and the total: areas_before, areas_after, registered_ha (sum of the
        polygons), counted_twice_ha, before_ha (on the ground), moved_out_ha, gained_ha, adjusted_out_ha, supplement_ha,
        after_ha; of the latter withdraw_ha (uses withdraw from it) and manage_ha; expected_ha, holds. Then the
        identities: expected_ha against after_ha.

    Notes
    -----
    registered - counted twice = before; before - moved out + gained - adjusted out + supplements = expected = after. Of
    ground that several areas claim the one that stands has it before, and for the others it is counted twice. Ground
    moves from one group to another where areas are merged and where an area becomes a national park. Supplements have
    no category and level yet, and are a row of their own there. Sums are rounded once, whatever their order.
    """
    faces = pd.DataFrame(protected_area_faces.drop(columns="geometry"))
    of_area = pd.DataFrame(protected_areas.drop(columns="geometry")).drop_duplicates("area").set_index("area")
    claims = _claims(faces)
    added = protected_area_supplements
    rows: list[dict[str, object]] = []
    for by, words in ((CATEGORY, protected_area_categories), (LEVEL, protected_area_levels)):
        before, own = faces["winner"].map(of_area[by]), claims["area"].map(of_area[by])
        supplements = pd.DataFrame({"group": SUPPLEMENT, "area_ha": added["area_ha"]})
        names = dict(zip(words["code"], zip(words["english"], words["chinese"], strict=True), strict=True))
        names[SUPPLEMENT] = ("supplements", "补划")
        rows += _grouped(by, faces, claims, (own, before, faces[by]), supplements, names)
    place = faces["prefecture"]
    names = {key: PLACES.get(key, (name, name)) for key, name in zip(place, faces["prefecture_name"], strict=True)}
    supplements = pd.DataFrame({"group": added["prefecture"], "area_ha": added["area_ha"]})
    rows += _grouped(PREFECTURE, faces, claims, (claims[PREFECTURE], place, place), supplements, names)
    whole = pd.Series(TOTAL, faces.index)
    supplements = pd.DataFrame({"group": TOTAL, "area_ha": added["area_ha"]}, index=added.index)
    all_of = pd.Series(TOTAL, claims.index), whole, whole
    total = _grouped(TOTAL, faces, claims, all_of, supplements, {TOTAL: ("all", "合计")})
    table = pd.DataFrame([*rows, *total], columns=COLUMNS)
    identities = _identities(table, protected_area_face_identity, protected_area_plan)
    return pd.DataFrame([*rows, *total, *identities], columns=COLUMNS)


def _claims(faces: pd.DataFrame) -> pd.DataFrame:
    """Give each area on each face, and the area of its polygons there."""
    table = pd.DataFrame(
        {
            "face": faces.index,
            "area": [keys.split(JOINT) for keys in faces["areas"]],
            "times": [times.split(JOINT) for times in faces["polygons"]],
            "area_ha": faces["area_ha"],
            PREFECTURE: faces["prefecture"],
        }
    ).explode(["area", "times"])
    table["area_ha"] = table["area_ha"].astype(np.float64) * table["times"].astype(np.int64)
    return table.reset_index(drop=True)


def _grouped(
    by: str,
    faces: pd.DataFrame,
    claims: pd.DataFrame,
    groups: tuple[pd.Series, pd.Series, pd.Series],
    supplements: pd.DataFrame,
    names: Mapping[str, tuple[str, str]],
) -> list[dict[str, object]]:
    """Give the rows of one way to group: the group of each claim, and that of each face before and after."""
    of_claim, before, after = groups
    area, out = faces["area_ha"], faces["action"] == ADJUST_OUT
    moved = ~out & (before != after)
    amounts = {
        "registered_ha": _sums(claims["area_ha"], of_claim),
        "before_ha": _sums(area, before),
        "moved_out_ha": _sums(area[moved], before[moved]),
        "gained_ha": _sums(area[moved], after[moved]),
        "adjusted_out_ha": _sums(area[out], before[out]),
        "supplement_ha": _sums(supplements["area_ha"], supplements["group"]),
        "staying_ha": _sums(area[~out], after[~out]),
    }
    for action in (WITHDRAW, MANAGE):
        which = faces["action"] == action
        amounts[f"{action}_ha"] = _sums(area[which], after[which])
    areas_before = claims["area"].groupby(of_claim).nunique()
    areas_after = faces.loc[~out, "into"].groupby(after[~out]).nunique()
    rows: list[dict[str, object]] = []
    for group in [name for name in names if any(name in each for each in amounts.values())]:
        of = {name: each.get(group, 0.0) for name, each in amounts.items()}
        expected = math.fsum(
            [of["before_ha"], -of["moved_out_ha"], of["gained_ha"], -of["adjusted_out_ha"], of["supplement_ha"]]
        )
        of["after_ha"] = of.pop("staying_ha") + of["supplement_ha"]
        of["counted_twice_ha"] = of["registered_ha"] - of["before_ha"]
        english, chinese = names[group]
        said: dict[str, object] = {"by": by, "group": group, "name": english, "name_zh": chinese}
        counts = {"areas_before": areas_before.get(group, 0), "areas_after": areas_after.get(group, 0)}
        ground = of["before_ha"] + of["gained_ha"] + of["supplement_ha"]
        rows.append(said | counts | of | _held(expected, of["after_ha"], ground))
    return rows


def _sums(area: pd.Series, groups: pd.Series) -> dict[str, float]:
    """Add up areas by group; each sum is rounded once."""
    return {str(group): math.fsum(area.loc[index]) for group, index in groups.groupby(groups).groups.items()}


def _held(expected: float, found: float, ground: float) -> dict[str, float]:
    return {"expected_ha": expected, "holds": float(abs(expected - found) <= EXACT * ground)}


def _identities(table: pd.DataFrame, faces: pd.DataFrame, plan: geopandas.GeoDataFrame) -> Iterable[dict[str, object]]:
    """Give the identities that must hold between the register, the faces, the plan and the rows of the ledger."""
    moved = faces.set_index("item")["number"]
    total = {name: math.fsum(table.loc[table["by"] == TOTAL, name]) for name in AMOUNTS}
    drawn = math.fsum([moved[REGISTERED], moved[GAINED], -moved[LOST]])
    yield _identity("register", "polygons of the register and faces", "名录图斑与面块", drawn, total["registered_ha"])
    stays = total["after_ha"] - total["supplement_ha"]
    yield _identity(
        "plan", "areas after integration and faces", "整合后保护地与面块", math.fsum(plan["area_ha"]), stays
    )
    for by in (CATEGORY, LEVEL, PREFECTURE):
        rows = table[table["by"] == by]
        for name, chinese in (("before_ha", "整合前"), ("after_ha", "整合后")):
            words = f"total and rows by {by}: {name.removesuffix('_ha')}", f"合计与分项之和：{chinese}"
            yield _identity(f"{by} {name.removesuffix('_ha')}", *words, total[name], math.fsum(rows[name]))


def _identity(group: str, name: str, name_zh: str, expected: float, found: float) -> dict[str, object]:
    said: dict[str, object] = {"by": IDENTITY, "group": group, "name": name, "name_zh": name_zh}
    return said | {"after_ha": found} | _held(float(expected), float(found), float(found))
