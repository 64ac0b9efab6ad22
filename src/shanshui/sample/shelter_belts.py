"""Shelter belts: narrow rows of trees beside roads and fields in the dry part of the region."""

import geopandas as gpd
import numpy as np
import shapely

from shanshui.sample.base_map import BaseMap, Taken, around, drawn
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import Cover

BELTS = 40  # about
WIDTH = 18.0  # m

_DRY = 0.10  # share of steppe and sand around a place, from which on it is dry
_AROUND = 1_800.0  # m
_OFF = 32.0  # m from a road's middle, or a field's edge, to the middle of a belt
_LENGTHS = (420.0, 1_500.0)  # m, of the shortest and the longest
_FREE = 250.0  # m between belts in a row
_STRAIGHT = 0.97  # of the width times the length, that the area of a belt has at least


def build_shelter_belts(
    base: BaseMap,
    landscape: Landscape,
    roads: gpd.GeoDataFrame,
    farmland: gpd.GeoDataFrame,
    taken: list[gpd.GeoDataFrame],
) -> gpd.GeoDataFrame:
    """Plant the belts.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    roads : see `roads.build_roads`
    farmland : see `basic_farmland.build_basic_farmland`
    taken : what stands on the ground already, and is left out

    Returns
    -------
    GeoDataFrame
        polygons that do not overlap: ``belt`` (its code), ``beside`` (road or farmland) and ``area_ha``.
    """
    dry = np.isin(base.second, np.array((Cover.STEPPE, Cover.SPARSE_GRASS, Cover.SAND), np.uint8))
    field = np.where(base.within, around(dry, _AROUND) - _DRY, -_DRY)
    ground = shapely.union_all(drawn(field, base.ground, 1e6, 60.0))
    ground = shapely.intersection(ground, landscape.districts.region())
    blocks = farmland.geometry.to_numpy()
    blocks = blocks[shapely.intersects(blocks, ground)]
    rims = shapely.boundary(shapely.union_all(shapely.buffer(blocks, _OFF, quad_segs=2)))
    rows: list[tuple[str, float, shapely.LineString]] = []
    for beside, lines in (
        ("road", shapely.offset_curve(roads.geometry.to_numpy(), _OFF)),
        ("farmland", shapely.simplify(rims, 25.0)),
    ):
        pieces = shapely.get_parts(shapely.get_parts(np.atleast_1d(shapely.intersection(lines, ground))))
        for piece in pieces[shapely.get_type_id(pieces) == 1]:
            # Long ways have a belt after the other.
            starts = np.arange(0.0, max(piece.length - _LENGTHS[0], 0.0), _LENGTHS[1] + _FREE)
            for start in starts.tolist():
                end = min(start + _LENGTHS[1], piece.length)
                points = shapely.line_interpolate_point(piece, np.linspace(start, end, 12))
                rows.append((beside, start - end, shapely.LineString(points).simplify(4.0)))
    chosen: dict[str, list[shapely.Polygon]] = {"road": [], "farmland": []}
    free = Taken([shape for frame in taken for shape in frame.geometry])
    for beside, _, line in sorted(rows, key=lambda row: row[1]):
        if len(chosen[beside]) < BELTS // 2:
            strip = shapely.buffer(line, 0.5 * WIDTH, cap_style="flat")
            # None where a way bends so sharply that the rows would meet.
            if strip.area > _STRAIGHT * WIDTH * line.length:
                chosen[beside] += free.take(strip, WIDTH * _LENGTHS[0])
    shapes = [shape for belts in chosen.values() for shape in belts]
    columns = {
        "belt": [f"B{k + 1:02d}" for k in range(len(shapes))],
        "beside": [beside for beside, belts in chosen.items() for _ in belts],
        "area_ha": np.round(shapely.area(shapes) / 1e4, 2),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
