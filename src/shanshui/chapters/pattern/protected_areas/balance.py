"""Ground that leaves the protected areas, made good prefecture by prefecture (P6)."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd

from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.pattern.protected_areas.register import JOINT, PLACES
from shanshui.chapters.pattern.protected_areas.rules import ADJUST_OUT, balance_asked

SUPPLEMENTS = ["gap", "rank", "prefecture", "area_ha"]
# What gaps call the prefecture, or the county, in which they lie.
_ZONE = "zone"
COLUMNS = [
    "prefecture",
    "prefecture_name",
    "adjusted_out_ha",
    "offered_ha",
    "supplement_ha",
    "balance_ha",
    "lack_ha",
    "holds",
    "supplements",
    "reason",
    "reason_zh",
]
# A balance is not missed by less than this: areas are sums of very many parts [share of what is asked].
_ROUNDING = 1e-9


@step
def protected_area_supplements(
    protected_area_faces: geopandas.GeoDataFrame,
    protected_area_rules: pd.DataFrame,
    protected_area_gaps: geopandas.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Gaps in protection that make good, prefecture by prefecture, what is adjusted out.

    Parameters
    ----------
    protected_area_faces : GeoDataFrame
        Columns action, prefecture, area_ha.
    protected_area_rules : DataFrame
        Whether P6 holds.
    protected_area_gaps : GeoDataFrame, optional
        Candidates: gap (number), rank (1 is the best), zone (prefecture or county; empty in none), area_ha.

    Returns
    -------
    DataFrame
        The gaps taken, prefecture by prefecture in the order of their rank: gap, rank, prefecture, area_ha.

    Notes
    -----
    Of each prefecture the gaps of highest rank are taken one after another until they hold the area that is adjusted
    out there; of the last one only what is still lacking, on ground that the planner chooses. Ground in no prefecture
    is a unit of its own; a study without prefectures and counties is one unit.
    """
    if protected_area_gaps is None or not balance_asked(protected_area_rules):
        return pd.DataFrame(columns=SUPPLEMENTS)
    lost = _lost(protected_area_faces)
    lost_ha = dict(zip(lost.index.astype(str), lost["area_ha"].astype(float), strict=True))
    return chosen_supplements(lost_ha, _placed(protected_area_gaps, lost.index))


def chosen_supplements(lost_ha: dict[str, float], gaps: pd.DataFrame) -> pd.DataFrame:
    """Take the best gaps of each prefecture until they make good what it loses.

    Parameters
    ----------
    lost_ha : dict of str to float
        Area adjusted out by prefecture [ha].
    gaps : DataFrame
        Columns gap, rank, prefecture, area_ha.

    Returns
    -------
    DataFrame
        The rows taken, prefecture by prefecture, with the area that is taken of each.

    Examples
    --------
    >>> gaps = pd.DataFrame({"gap": [1, 2, 3], "rank": [3, 1, 2], "prefecture": "N", "area_ha": [4.0, 3.0, 9.0]})
    >>> chosen_supplements({"N": 5.0}, gaps)[["gap", "area_ha"]].to_numpy().tolist()
    [[2.0, 3.0], [3.0, 2.0]]
    """
    ranked = gaps.sort_values(["prefecture", "rank"], ignore_index=True)
    before = ranked.groupby("prefecture")["area_ha"].cumsum() - ranked["area_ha"]
    wanted = ranked["prefecture"].map(lost_ha).fillna(0.0).to_numpy(np.float64)
    needed = before.to_numpy(np.float64) < wanted * (1 - _ROUNDING)
    taken = np.minimum(ranked["area_ha"], wanted - before)
    return ranked.assign(area_ha=taken)[needed].reset_index(drop=True)


@step
def protected_area_balance(
    protected_area_faces: geopandas.GeoDataFrame,
    protected_area_rules: pd.DataFrame,
    protected_area_supplements: pd.DataFrame,
    protected_area_gaps: geopandas.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Whether each prefecture makes good the protected area that it loses, and what it lacks.

    Parameters
    ----------
    protected_area_faces : GeoDataFrame
        Columns action, prefecture, prefecture_name, area_ha.
    protected_area_rules : DataFrame
        Whether P6 holds.
    protected_area_supplements : DataFrame
        Gaps taken: gap, prefecture, area_ha.
    protected_area_gaps : GeoDataFrame, optional
        All that were on offer: zone, area_ha.

    Returns
    -------
    DataFrame
        One row a prefecture with protected ground: prefecture, prefecture_name, adjusted_out_ha, offered_ha,
        supplement_ha, balance_ha (supplements less what is adjusted out), lack_ha, holds (1 or 0; empty where the rule
        does not hold), supplements (keys), reason, reason_zh.
    """
    asked = balance_asked(protected_area_rules)
    by_place = protected_area_supplements.groupby("prefecture")
    taken, keys = by_place["area_ha"].sum(), by_place["gap"].agg(lambda each: JOINT.join(map(str, each)))
    losses, gaps = _lost(protected_area_faces), protected_area_gaps
    offered = pd.Series(dtype=np.float64)
    if gaps is not None:
        offered = _placed(gaps, losses.index).groupby("prefecture")["area_ha"].sum()
    rows = []
    for place, lost in losses.iterrows():
        out, name = float(lost["area_ha"]), str(lost["prefecture_name"])
        supplied, offer = float(taken.get(place, 0.0)), float(offered.get(place, 0.0))
        lack = max(out - supplied, 0.0) if supplied < out * (1 - _ROUNDING) else 0.0
        told = _reasons(PLACES.get(name, (name, name)), out, supplied, offer, lack, known=gaps is not None, asked=asked)
        holds = float(lack == 0.0) if asked else np.nan
        rows.append((place, name, out, offer, supplied, supplied - out, lack, holds, keys.get(place, ""), *told))
    return pd.DataFrame(rows, columns=COLUMNS)


def _placed(gaps: pd.DataFrame, prefectures: pd.Index) -> pd.DataFrame:
    """Give the gaps with their prefecture by the word that faces have for it."""
    place = gaps[_ZONE].astype(str).where(gaps[_ZONE] != "", OUTSIDE)
    if REGION in prefectures:
        place = pd.Series(REGION, gaps.index)
    return pd.DataFrame(gaps).assign(prefecture=place)[SUPPLEMENTS]


def _lost(faces: pd.DataFrame) -> pd.DataFrame:
    """Give each prefecture's name and the area that is adjusted out in it, by its key."""
    area = faces["area_ha"].where(faces["action"] == ADJUST_OUT, 0.0)
    named = pd.DataFrame(
        {
            "prefecture": faces["prefecture"],
            "prefecture_name": faces["prefecture_name"],
            "area_ha": area,
        }
    )
    return named.groupby("prefecture").agg({"prefecture_name": "first", "area_ha": "sum"})


def _reasons(
    name: tuple[str, str], out: float, supplied: float, offer: float, lack: float, *, known: bool, asked: bool
) -> tuple[str, str]:
    """Say whether a balance holds, in English and Chinese."""
    if not asked:
        return "No balance by prefecture is asked for.", "未要求以设区市为单位占补平衡。"
    if out == 0.0:
        return f"{name[0]} adjusts nothing out.", f"{name[1]}无调出面积。"
    both = f"{name[0]} adjusts out {out:,.2f} ha", f"{name[1]}调出{out:,.2f}公顷"
    if lack == 0.0:
        return f"{both[0]} and supplements {supplied:,.2f} ha (P6).", f"{both[1]}，补充{supplied:,.2f}公顷（P6）。"
    if not known:
        return (
            f"{both[0]}; no gaps in protection are known, so {lack:,.2f} ha are not made good (P6).",
            f"{both[1]}；无保护空缺可供补充，尚缺{lack:,.2f}公顷（P6）。",
        )
    return (
        f"{both[0]}; all gaps in protection on offer there hold {offer:,.2f} ha, so {lack:,.2f} ha are lacking (P6).",
        f"{both[1]}；该处保护空缺合计仅{offer:,.2f}公顷，尚缺{lack:,.2f}公顷（P6）。",
    )
