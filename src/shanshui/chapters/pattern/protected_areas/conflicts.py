"""Which protected areas overlap, nest, repeat and touch, and how fragmented they are (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely

from shanshui.base.step import step
from shanshui.chapters.pattern.protected_areas.register import NATIONAL_PARK
from shanshui.science.faces import planarise
from shanshui.science.faces_sides import sides_of
from shanshui.science.fragmentation import fragmentation, fragmentation_together
from shanshui.science.overlaps import ADJACENT, DUPLICATE, EMBEDDED, IN_HOLE, OVERLAP, overlaps

SQUARE_METRES_PER_HECTARE, SQUARE_METRES_PER_KM2, METRES_PER_KM = 1e4, 1e6, 1e3
# The key of the row that speaks of all areas, each place counted once.
ALL = "(all)"
OF_AREA = ["area", "name", "name_zh", "category", "level"]
KINDS_ZH = {DUPLICATE: "重复", EMBEDDED: "嵌套", OVERLAP: "交叉重叠", IN_HOLE: "位于天窗内", ADJACENT: "相邻"}
CONFLICTS = [
    *OF_AREA,
    *("other", "other_name", "other_name_zh", "other_category", "other_level", "kind", "kind_zh"),
    *("area_ha", "percent", "other_percent", "depth_m", "border_m", "gap_m", "triple", "told", "told_zh"),
]
FRAGMENTATION = [
    *OF_AREA,
    *("patches", "area_ha", "largest_percent", "effective_mesh_km2", "division_percent", "edge_km"),
    "edge_density_m_ha",
]
_TOLD = {
    DUPLICATE: "{one} and {other} are the same ground: {area} ha, {share} of the one, {other_share} of the other",
    EMBEDDED: "{one} lies inside {other}: {area} ha, {share} of the former, {other_share} of the latter",
    OVERLAP: "{one} and {other} overlap on {area} ha: {share} of one, {other_share} of the other, up to {depth} m deep",
    IN_HOLE: "{one} lies in a hole of {other}, {beside}",
    ADJACENT: "{one} and {other} are adjacent, {beside}",
}
_TOLD_ZH = {
    DUPLICATE: "{one}与{other}范围重复：{area}公顷，分别占两者面积的{share}和{other_share}",
    EMBEDDED: "{one}嵌套于{other}内：{area}公顷，占前者面积的{share}、后者面积的{other_share}",
    OVERLAP: "{one}与{other}交叉重叠{area}公顷：分别占两者面积的{share}和{other_share}，最深{depth}米",
    IN_HOLE: "{one}位于{other}的天窗内，{beside}",
    ADJACENT: "{one}与{other}相邻，{beside}",
}


@step
def protected_area_conflicts(
    protected_areas: geopandas.GeoDataFrame,
    protected_area_categories: pd.DataFrame,
    protected_area_levels: pd.DataFrame,
    *,
    protected_area_embedded_percent: float,
    protected_area_sliver_m: float,
    protected_area_gap_m: float,
) -> pd.DataFrame:
    """Pairs of protected areas that overlap, nest, repeat or touch.

    Parameters
    ----------
    protected_areas : GeoDataFrame
        The register: area, name, name_zh, category, level; parts of one area count as one.
    protected_area_categories, protected_area_levels : DataFrame
        Columns code, english, chinese.
    protected_area_embedded_percent : float
        Share from which on an area lies inside another [percent].
    protected_area_sliver_m : float
        Overlaps less deep are differences of drawing: such areas are adjacent [m].
    protected_area_gap_m : float
        Areas so near to each other are adjacent [m].

    Returns
    -------
    DataFrame
        One row a pair: area and other with name, name_zh, category and level (of nested ones the inner comes first),
        kind, kind_zh, area_ha (of the overlap), percent and other_percent (of each), depth_m (diameter of the greatest
        circle in the overlap), border_m (common border), gap_m (distance), triple (how many more areas cover a part
        of the overlap), told, told_zh. By kind, within each the greatest overlap first.

    Notes
    -----
    All areas are on the ellipsoid, and from one ledger of faces.
    """
    areas = areas_of(protected_areas)
    crs = pyproj.CRS(areas.crs)
    faces = planarise({"areas": areas.geometry.to_numpy()}, crs)
    pairs = overlaps(
        faces,
        sides_of(faces, crs),
        crs,
        least_within=protected_area_embedded_percent / 100,
        narrowest=protected_area_sliver_m,
        farthest=protected_area_gap_m,
    )
    table = pd.DataFrame(areas.drop(columns="geometry"))
    ours = table.iloc[pairs["first"]].reset_index(drop=True)
    theirs = table.iloc[pairs["second"]].reset_index(drop=True)
    theirs.columns = ["other", *(f"other_{name}" for name in OF_AREA[1:])]
    found = pd.concat([ours, theirs, pairs.drop(columns=["first", "second", "area_m2"])], axis=1)
    found["kind_zh"] = found["kind"].map(KINDS_ZH).astype(object)
    found["area_ha"] = pairs["area_m2"] / SQUARE_METRES_PER_HECTARE
    found["percent"], found["other_percent"] = found["share_first"] * 100, found["share_second"] * 100
    found["triple"] = found["others"]
    categories, levels = (each.set_index("code") for each in (protected_area_categories, protected_area_levels))
    for column, sentences, language in (("told", _TOLD, "english"), ("told_zh", _TOLD_ZH, "chinese")):
        names = categories[language], levels[language]
        told = [_told(row, sentences, language, *names) for row in found.to_dict("records")]
        found[column] = pd.Series(told, found.index, dtype=object)
    rank = found["kind"].map({kind: place for place, kind in enumerate(KINDS_ZH)})
    order = np.lexsort([found["other"], found["area"], -found["border_m"], -found["area_ha"], rank])
    return found.iloc[order].reset_index(drop=True)[CONFLICTS]


@step
def protected_area_fragmentation(protected_areas: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Patches, effective mesh size and edge of each protected area, and of all together.

    Parameters
    ----------
    protected_areas : GeoDataFrame
        The register: area, name, name_zh, category, level; parts of one area count as one.

    Returns
    -------
    DataFrame
        One row an area in the order of the register, and a last one, `(all)`, of all together: area, name, name_zh,
        category, level, patches, area_ha, largest_percent (share of the area in its greatest patch),
        effective_mesh_km2, division_percent, edge_km, edge_density_m_ha.

    Notes
    -----
    Effective mesh size after Jaeger 2000. In the last row areas that touch or overlap make one
    patch, and no place counts twice.
    """
    areas = areas_of(protected_areas)
    crs = pyproj.CRS(areas.crs)
    faces = planarise({"areas": areas.geometry.to_numpy()}, crs)
    sides = sides_of(faces, crs)
    measures = pd.concat([fragmentation(faces, sides), fragmentation_together(faces, sides)], ignore_index=True)
    whole = pd.DataFrame([(ALL, "all areas together", "全部自然保护地", "", "")], columns=OF_AREA)
    found = pd.concat([areas[OF_AREA], whole], ignore_index=True)
    found["patches"] = measures["patches"]
    found["area_ha"] = measures["area_m2"] / SQUARE_METRES_PER_HECTARE
    found["largest_percent"] = measures["largest_share"] * 100
    found["effective_mesh_km2"] = measures["mesh_m2"] / SQUARE_METRES_PER_KM2
    found["division_percent"] = measures["division"] * 100
    found["edge_km"] = measures["edge_m"] / METRES_PER_KM
    found["edge_density_m_ha"] = measures["edge_m"] / found["area_ha"]
    return pd.DataFrame(found)[FRAGMENTATION]


def areas_of(protected_areas: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Dissolve the parts of each protected area.

    Parameters
    ----------
    protected_areas : GeoDataFrame
        The register, one row a part.

    Returns
    -------
    GeoDataFrame
        One row an area, in the order of their first parts: area, name, name_zh, category, level.
    """
    parts = protected_areas.geometry.to_numpy()
    first = protected_areas.drop_duplicates("area")
    rows = protected_areas.reset_index(drop=True).groupby("area", sort=False).indices
    whole = np.empty(len(first), object)
    for place, area in enumerate(first["area"]):
        mine = parts[rows[area]]
        whole[place] = mine[0] if len(mine) == 1 else shapely.union_all(mine)
    table = pd.DataFrame(first[OF_AREA]).reset_index(drop=True)
    return geopandas.GeoDataFrame(table, geometry=whole, crs=protected_areas.crs)


def called(row: Mapping[str, object], language: str, before: str = "") -> str:
    """Give the name by which an area is told, its key where it has none.

    Parameters
    ----------
    row : mapping
        With name and name_zh; the key stands in ``area``, or where `before` is given in that.
    language : {"english", "chinese"}
        Which name comes first.
    before : str
        What stands before the names of the columns, without the underscore.

    Returns
    -------
    str

    Examples
    --------
    >>> called({"area": "A7", "name": "", "name_zh": "卧龙"}, "english")
    '卧龙'
    >>> called({"other": "B1", "other_name": "", "other_name_zh": ""}, "chinese", "other")
    'B1'
    """
    names = ("name", "name_zh") if language == "english" else ("name_zh", "name")
    own = [row[f"{before}_{name}" if before else name] for name in names]
    return str(own[0] or own[1] or row[before or "area"])


def _told(
    row: Mapping[Any, Any], sentences: Mapping[str, str], language: str, categories: pd.Series, levels: pd.Series
) -> str:
    """Tell of a pair in a sentence."""
    one, other = (_titled(row, before, language, categories, levels) for before in ("", "other"))
    numbers = {"area": f"{row['area_ha']:,.1f}", "depth": f"{row['depth_m']:,.0f}"}
    shares = {"share": f"{row['percent']:.1f} %", "other_share": f"{row['other_percent']:.1f} %"}
    beside = _beside(float(str(row["border_m"])), float(str(row["gap_m"])), language)
    told = sentences[str(row["kind"])].format(one=one, other=other, **numbers, **shares, beside=beside)
    return f"{told[0].upper()}{told[1:]}." if language == "english" else f"{told.replace(' %', '%')}。"


def _titled(row: Mapping[Any, Any], before: str, language: str, categories: pd.Series, levels: pd.Series) -> str:
    """Name an area of a pair with its level and category; all national parks are national."""
    start = f"{before}_" if before else ""
    name, code = called(row, language, before), row[f"{start}category"]
    level = [] if code == NATIONAL_PARK else [str(levels[row[f"{start}level"]])]
    if language == "english":
        return " ".join(["the", *level, str(categories[code]), name])
    return f"{''.join(level)}{categories[code]}“{name}”"


def _beside(border: float, gap: float, language: str) -> str:
    if border > 0:
        length = f"{border:,.0f}"
        return f"with {length} m of common border" if language == "english" else f"共有边界{length}米"
    if gap > 0:
        far = f"{gap:,.0f}"
        return f"{far} m apart" if language == "english" else f"相距{far}米"
    return "and they meet" if language == "english" else "两者相接"
