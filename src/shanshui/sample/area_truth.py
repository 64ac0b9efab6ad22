"""The truth about protected areas: how they stand to each other, and what lies in them that has no place there."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from shanshui.data.tables import write_table
from shanshui.sample.area_kinds import PLANTED, code_of
from shanshui.sample.area_register import Register

LEAST = 100.0  # m2, of the smallest common ground that is told
_BORDER = 1.0  # m, of the shortest common border that is told
_SAME = 1.0  # m2, by which the same ground may differ


def _relation(one: shapely.Geometry, other: shapely.Geometry) -> tuple[str, bool, float, float]:
    """How two areas stand to each other (or empty), whether the second holds the first, and the m2 and m they share."""
    common = float(shapely.area(shapely.intersection(one, other)))
    turned = bool(other.area > one.area)
    if common > max(one.area, other.area) - _SAME:
        return "duplicate", False, common, 0.0
    if common > min(one.area, other.area) - _SAME:
        return "embedded", turned, common, 0.0
    if common > LEAST:
        return "overlap", False, common, 0.0
    border = float(shapely.length(shapely.intersection(shapely.boundary(one), shapely.boundary(other))))
    for holder, held in ((one, other), (other, one)):
        holes = [shapely.Polygon(hole) for part in shapely.get_parts(holder) for hole in part.interiors]
        if any(shapely.area(shapely.difference(held, hole)) < _SAME for hole in holes):
            return "in_hole", holder is other, common, border
    return "adjacent" if border > _BORDER else "", False, common, border


def relations(register: Register) -> pd.DataFrame:
    """Tell how protected areas stand to each other.

    Parameters
    ----------
    register : Register

    Returns
    -------
    DataFrame
        one row a pair, of all that occur, by the lines as they are in truth: ``kind``, ``area`` and ``other``,
        ``area_ha`` that both cover, ``border_m`` that they share where they cover nothing in common, ``planted``
        (1, or 0: by chance). ``embedded``: the other lies within the area; ``in_hole``: in a hole of it;
        ``duplicate``: both are the same ground; ``adjacent``: they touch along a line.
    """
    codes, shapes = register.areas["area"].to_numpy(), register.areas.geometry.to_numpy()
    planted = {frozenset((code_of(one), code_of(other))) for one, other in PLANTED}
    rows = []
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    for one, other in pairs[pairs[:, 0] < pairs[:, 1]].tolist():
        kind, turned, common, border = _relation(shapes[one], shapes[other])
        if kind:
            first, second = (other, one) if turned else (one, other)
            pair = int(frozenset((codes[one], codes[other])) in planted)
            rows.append((kind, codes[first], codes[second], round(common / 1e4, 4), round(border, 1), pair))
    columns = ["kind", "area", "other", "area_ha", "border_m", "planted"]
    return pd.DataFrame(rows, columns=columns).sort_values(["kind", "area", "other"], ignore_index=True)


def exits(register: Register, things: gpd.GeoDataFrame, rights: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell what lies in protected areas though it has no place there.

    Parameters
    ----------
    register : Register
    things : see `red_line_conflicts.gather`
    rights : mining rights, ``right`` and ``thing``

    Returns
    -------
    DataFrame
        ``area``, ``part`` (empty where the area has none), ``kind``, ``thing`` (its code), ``right`` (of a mine that
        has one) and ``area_ha`` of the thing that lies within the part.
    """
    parts, shapes = register.parts.geometry.to_numpy(), things.geometry.to_numpy()
    of_parts, of_things = shapely.STRtree(shapes).query(parts, predicate="intersects")
    area = shapely.area(shapely.intersection(parts[of_parts], shapes[of_things]))
    kept = area > LEAST
    of_parts, of_things = of_parts[kept], of_things[kept]
    thing = things["thing"].to_numpy()[of_things]
    columns = {
        "area": register.parts["area"].to_numpy()[of_parts],
        "part": register.parts["part"].to_numpy()[of_parts],
        "kind": things["kind"].to_numpy()[of_things],
        "thing": thing,
        "right": pd.Series(thing).map(rights.set_index("thing")["right"]).fillna("").to_numpy(),
        "area_ha": np.round(area[kept] / 1e4, 4),
    }
    return pd.DataFrame(columns).sort_values(["area", "part", "kind", "thing"], ignore_index=True)


def write_area_truth(register: Register, things: gpd.GeoDataFrame, rights: gpd.GeoDataFrame, folder: Path) -> None:
    """Write ``protected_area_relations.csv`` and ``protected_area_exits.csv`` to a folder."""
    write_table(folder / "protected_area_relations.csv", relations(register))
    write_table(folder / "protected_area_exits.csv", exits(register, things, rights))
