"""Protected areas cut into faces, and what lies on each."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.pattern.grounds import AnyYears, last_year
from shanshui.chapters.pattern.protected_areas.decisions import (
    FARMLAND,
    HOLDS,
    MINING,
    PLANTATION,
    SETTLEMENT,
    areas_of,
)
from shanshui.chapters.pattern.protected_areas.face_decisions import decide
from shanshui.chapters.pattern.protected_areas.register import SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.protected_areas.rules import Rules
from shanshui.chapters.pattern.protected_areas.zones import PARK_USE, strictest
from shanshui.science.faces import Faces, planarise
from shanshui.science.faces_sides import Sides, sides_of
from shanshui.science.polygon_sums import sum_over_polygons

# Balances are kept by prefecture; where a study has none, by county.
BALANCE_ZONINGS = ("prefecture", "county")
NATURAL_UNIT = "natural_unit"
# Of the identity of faces, what the ledger builds on.
REGISTERED, GAINED, LOST = "area of the register's polygons", "gained by narrow faces", "lost by narrow faces"
COLUMNS = [
    "face",
    "areas",
    "polygons",
    "count",
    "winner",
    "into",
    "category",
    "level",
    "part",
    "zone",
    "rule",
    "rules",
    "action",
    "confirm",
    "reason",
    "reason_zh",
    "holds",
    "importance",
    "natural_unit",
    "prefecture",
    "prefecture_name",
    "area_ha",
    "geometry",
]
IDENTITY = ["item", "item_zh", "number", "unit", "holds"]
_REGISTER = "register"


@step
def protected_area_importance(ecological_importance: AnyYears) -> NDArray[np.int32]:
    """Ecological importance by which the ground of protected areas is judged.

    Parameters
    ----------
    ecological_importance : Series of int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important, by year; the last year counts.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 to 3; -1 no data.
    """
    found: NDArray[np.int32] = last_year(ecological_importance)
    return found


@step(gives=("protected_area_faces", "protected_area_face_identity"))
def protected_area_faces(
    protected_areas: geopandas.GeoDataFrame,
    protected_area_categories: pd.DataFrame,
    protected_area_levels: pd.DataFrame,
    protected_area_rules: pd.DataFrame,
    settlement_polygons: geopandas.GeoDataFrame | None = None,
    permanent_basic_farmland_polygons: geopandas.GeoDataFrame | None = None,
    mining_right: geopandas.GeoDataFrame | None = None,
    commercial_forest: geopandas.GeoDataFrame | None = None,
    park_use_area: geopandas.GeoDataFrame | None = None,
    zone_polygons: geopandas.GeoDataFrame | None = None,
    protected_area_importance: WholeRaster | None = None,
    *,
    protected_area_sliver_m: float,
    protected_area_gap_m: float,
    protected_area_border_m: float,
    high_value_importance: float,
    low_value_importance: float,
    obvious_impact_share: float,
    least_adjusted_out_ha: float,
    cultural_scenic_areas_leave: float,
    geobox: GeoBox,
) -> tuple[geopandas.GeoDataFrame, pd.DataFrame]:
    """Faces of protected areas, each with what is decided of it and why.

    Parameters
    ----------
    protected_areas : GeoDataFrame
        One row a part of an area, as `register.protected_areas` gives them.
    protected_area_categories, protected_area_levels, protected_area_rules : DataFrame
        Words and rules.
    settlement_polygons, permanent_basic_farmland_polygons, mining_right, commercial_forest : GeoDataFrame, optional
        What may lie on them.
    park_use_area : GeoDataFrame, optional
        Where a park-use zone is asked for.
    zone_polygons : GeoDataFrame, optional
        Columns zoning, zone, name: of the zonings prefecture (else county) and natural_unit.
    protected_area_importance : raster, optional
        Ecological importance, 1 to 3; -1 no data.
    protected_area_sliver_m : float
        Faces of a lesser mean width are merged into a neighbour [m].
    protected_area_gap_m : float
        Areas so near to each other are adjacent [m].
    protected_area_border_m : float
        Areas with a common border of at least this length are merged [m].
    high_value_importance, low_value_importance : float
        Mean importance from which on ground is of high value, and below which it is of low value [1].
    obvious_impact_share : float
        Share of an area's general control zone under uses from which on their impact is obvious [1].
    least_adjusted_out_ha : float
        Patches of uses from this area on are adjusted out [ha].
    cultural_scenic_areas_leave : float
        1: scenic areas of cultural landscape are no protected areas.
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame, DataFrame
        Faces that at least one area covers, with the columns of the vocabulary; how well their areas add up, and what
        became of narrow faces.

    Notes
    -----
    All layers are planarised once. Of each face it is decided, one after the other: which area stands (P12, P7, P1 to
    P4), into which that is merged (P5), the zone (P8), and what becomes of the uses on it (P9 to P11). The rule of a
    face is the last of these that changed it, but for the zone; `rules` has them all. A face that only one area covers,
    and on which nothing stands in the way, has the rule of its zone.
    """
    crs = pyproj.CRS(geobox.crs)
    rules = Rules(protected_area_rules, protected_area_categories["code"], protected_area_levels["code"])
    layers = {
        SETTLEMENT: settlement_polygons,
        FARMLAND: permanent_basic_farmland_polygons,
        MINING: mining_right,
        PLANTATION: commercial_forest,
        PARK_USE: park_use_area,
    }
    zonings = _Zonings(zone_polygons)
    faces = _cut(protected_areas, layers, zonings, crs, protected_area_sliver_m)
    kept = np.flatnonzero(faces.covered_by(_REGISTER))
    table = face_table(faces, kept, protected_areas, zonings)
    table["importance"] = _mean(protected_area_importance, faces.polygons[kept], geobox)
    table["geometry"] = faces.polygons[kept]
    ground: dict[str, float] = {}
    for keys, area in zip(table["keys"], table["area_ha"], strict=True):
        for key in keys:
            ground[key] = ground.get(key, 0.0) + area
    areas = areas_of(protected_areas, protected_area_categories, protected_area_levels, ground)
    decided = decide(
        table,
        _sides_between(faces, kept, crs),
        areas,
        rules,
        crs,
        units=zonings.units,
        gap_m=protected_area_gap_m,
        border_m=protected_area_border_m,
        high_value_importance=high_value_importance,
        low_value_importance=low_value_importance,
        obvious_impact_share=obvious_impact_share,
        least_adjusted_out_ha=least_adjusted_out_ha,
        cultural_scenic_areas_leave=bool(cultural_scenic_areas_leave),
    )
    return geopandas.GeoDataFrame(decided[COLUMNS], geometry="geometry", crs=crs), identity_table(faces)


class _Zonings:
    """The prefectures and natural units of a study, as far as it has them."""

    def __init__(self, zone_polygons: geopandas.GeoDataFrame | None) -> None:
        zones = geopandas.GeoDataFrame({"zoning": [], "zone": [], "name": []}, geometry=[])
        if zone_polygons is not None:
            zones = zone_polygons[zone_polygons["zone"] != OUTSIDE]
        there = [zoning for zoning in BALANCE_ZONINGS if (zones["zoning"] == zoning).any()]
        self.prefectures = zones[zones["zoning"] == there[0]] if there else None
        of_unit = zones[zones["zoning"] == NATURAL_UNIT]
        self.natural_units = of_unit if len(of_unit) else None
        self.units = None if self.natural_units is None else _names(self.natural_units)


def _names(zones: geopandas.GeoDataFrame) -> dict[str, str]:
    """Give the names of zones by their keys; the key where one has none."""
    names = zones["name"] if "name" in zones else zones["zone"]
    return {
        str(key): str(key if pd.isna(name) or name == "" else name)
        for key, name in zip(zones["zone"], names, strict=True)
    }


def _cut(
    protected_areas: geopandas.GeoDataFrame,
    layers: Mapping[str, geopandas.GeoDataFrame | None],
    zonings: _Zonings,
    crs: pyproj.CRS,
    sliver: float,
) -> Faces:
    """Planarise the register with all else that has to be known of each face."""
    own = protected_areas.geometry.to_numpy()
    tree = shapely.STRtree(own)

    def meeting(layer: geopandas.GeoDataFrame | None) -> NDArray[np.object_]:
        shapes = np.empty(0, object) if layer is None else layer.geometry.to_numpy()
        # What meets no protected area cuts no face that is kept; it stays in its place, without a face.
        left = shapes.copy()
        near = np.unique(tree.query(shapes, predicate="intersects")[0]) if len(shapes) else np.empty(0, np.int64)
        far = np.setdiff1d(np.arange(len(shapes)), near)
        left[far] = None
        return left

    others = {name: meeting(layer) for name, layer in layers.items()}
    others |= {BALANCE_ZONINGS[0]: meeting(zonings.prefectures), NATURAL_UNIT: meeting(zonings.natural_units)}
    return planarise({_REGISTER: own, **others}, crs, sliver=sliver)


def face_table(
    faces: Faces, kept: NDArray[np.int64], protected_areas: geopandas.GeoDataFrame, zonings: _Zonings
) -> pd.DataFrame:
    """Say of each face what lies on it.

    Parameters
    ----------
    faces : Faces
        Of the register and of all other layers.
    kept : int64 ndarray
        The faces that protected areas cover.
    protected_areas : GeoDataFrame
        Columns area and part.
    zonings : _Zonings
        Prefectures and natural units.

    Returns
    -------
    DataFrame
        Columns keys (tuple of areas), parts (tuple, the part of each that counts), times (tuple, how many polygons of
        each), settlement, farmland, mining, plantation, park_use (bool), prefecture, prefecture_name, natural_unit
        (empty in none), area_ha.
    """
    key, part = protected_areas["area"].tolist(), protected_areas["part"].tolist()
    whose = faces.layer[faces.cover] == faces.layers.index(_REGISTER)
    covering: dict[int, dict[str, list[str]]] = {face: {} for face in kept.tolist()}
    for face, row in zip(faces.cover_face[whose].tolist(), faces.row[faces.cover[whose]].tolist(), strict=True):
        covering[face].setdefault(key[row], []).append(part[row])
    on = [dict(sorted(covering[face].items())) for face in kept.tolist()]
    columns: dict[str, object] = {
        "keys": [tuple(each) for each in on],
        "parts": [tuple(strictest(parts) for parts in each.values()) for each in on],
        "times": [tuple(len(parts) for parts in each.values()) for each in on],
    }
    columns |= {name: faces.covered_by(name)[kept] for name in (*HOLDS, PARK_USE)}
    place, names = REGION, {REGION: REGION, OUTSIDE: OUTSIDE}
    prefecture = np.full(len(faces), place, object)
    if zonings.prefectures is not None:
        prefecture = _first_of(faces, BALANCE_ZONINGS[0], zonings.prefectures, OUTSIDE)
        names |= _names(zonings.prefectures)
    unit = np.full(len(faces), "", object)
    if zonings.natural_units is not None:
        unit = _first_of(faces, NATURAL_UNIT, zonings.natural_units, "")
    columns |= {
        "prefecture": prefecture[kept],
        "prefecture_name": [names[each] for each in prefecture[kept]],
        "natural_unit": unit[kept],
        "area_ha": faces.area[kept] / SQUARE_METRES_PER_HECTARE,
    }
    return pd.DataFrame(columns, index=range(len(kept)))


def _first_of(faces: Faces, layer: str, zones: geopandas.GeoDataFrame, none: str) -> NDArray[np.object_]:
    """Give the zone of each face; where zones overlap the first one."""
    keys = np.array([*map(str, zones["zone"]), none], object)
    return np.asarray(keys[faces.first_of(layer)], object)


def _mean(raster: WholeRaster | None, polygons: NDArray[np.object_], geobox: GeoBox) -> NDArray[np.float64]:
    """Give the mean importance of each face; NaN where it is not known."""
    if raster is None:
        return np.full(len(polygons), np.nan)

    def known(window: Window) -> NDArray[np.float64]:
        classes = raster.read(window)
        return np.where(classes > 0, classes, np.nan)

    sums = sum_over_polygons(polygons, geobox, {"importance": known})
    return sums.mean["importance"].to_numpy(np.float64)


def _sides_between(faces: Faces, kept: NDArray[np.int64], crs: pyproj.CRS) -> Sides:
    """Give the sides that two of some faces share, in the numbers of these."""
    sides = sides_of(faces, crs).between_faces()
    number = np.full(len(faces), -1)
    number[kept] = np.arange(len(kept))
    face, other = number[sides.face], number[sides.other]
    both = (face >= 0) & (other >= 0)
    return Sides(face[both], other[both], sides.length[both])


def identity_table(faces: Faces) -> pd.DataFrame:
    """Say how well the areas of faces add up, and what became of narrow ones.

    Parameters
    ----------
    faces : Faces
        Of the register and of all other layers.

    Returns
    -------
    DataFrame
        Columns item, item_zh, number, unit, holds (1 or 0; empty where nothing is asked).
    """
    found, slivers = faces.identity(), faces.slivers
    own = faces.layer == faces.layers.index(_REGISTER)
    drawn = faces.polygon_area[own], slivers.gained[own], slivers.lost[own]
    hectares = [each / SQUARE_METRES_PER_HECTARE for each in drawn]
    mine = np.flatnonzero(own)
    rows = [
        ("polygons of the register", "名录图斑数", own.sum(), "1", np.nan),
        ("of them mended", "其中已修复图斑数", np.isin(mine, faces.mended).sum(), "1", np.nan),
        ("of them without area", "其中无面积图斑数", np.isin(mine, faces.without_area).sum(), "1", np.nan),
        (REGISTERED, "名录图斑面积", hectares[0].sum(), "ha", np.nan),
        ("faces of all layers", "全部图层的面块数", len(faces), "1", np.nan),
        ("faces x multiplicity less polygons", "面块乘重数与图斑面积之差", found.total, "1", float(found.holds)),
        ("faces less union", "面块与并集面积之差", found.union, "1", float(found.holds)),
        ("greatest difference of one polygon", "单个图斑最大相对差", found.worst, "1", float(found.holds)),
        ("narrow faces merged", "归并的碎屑面块数", slivers.merged, "1", np.nan),
        ("their area", "归并碎屑面积", slivers.merged_area / SQUARE_METRES_PER_HECTARE, "ha", np.nan),
        ("narrow faces kept", "保留的碎屑面块数", slivers.kept, "1", np.nan),
        ("area of those kept", "保留碎屑面积", slivers.kept_area / SQUARE_METRES_PER_HECTARE, "ha", np.nan),
        (GAINED, "名录图斑因碎屑增加", hectares[1].sum(), "ha", np.nan),
        (LOST, "名录图斑因碎屑减少", hectares[2].sum(), "ha", np.nan),
    ]
    return pd.DataFrame(rows, columns=IDENTITY).astype({"number": np.float64})
