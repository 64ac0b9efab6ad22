"""The truth about tomorrow's red line: what should leave today's and what should come in, each with its reason."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from shanshui.data.tables import write_table
from shanshui.data.vectors import write_vector
from shanshui.sample.base_map import CELLS, WHOLE, BaseMap, Taken, around, drawn, parts_of
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import LEVEL1
from shanshui.sample.red_line_today import CONFLICT, RedLine

BESIDE = 200.0  # m around source rivers, important wetlands and reservoirs

# Why each kind of conflict should leave.
_REASONS = {
    "town": "settlement",
    "village": "settlement",
    "road_strip": "settlement",
    "farmland": "cropland",
    "mine": "mine",
    "plantation": "commercial_forest",
}
_NATURAL = np.array((1, 2, 3, 4, 7), np.uint8)  # ecosystems at level 1, water apart
_LEAST = 4e3  # m2, of a piece that should come in; belts are narrower


def _natural_beside(base: BaseMap, landscape: Landscape, places: list[shapely.Geometry]) -> list[shapely.Polygon]:
    """The natural land near some places, within the region."""
    near = number_cells(shapely.buffer(places, 2.0 * BESIDE).tolist(), CELLS, WHOLE) >= 0
    natural = around(np.isin(LEVEL1[base.second], _NATURAL), 50.0) - 0.5
    pieces = drawn(np.where(near, natural, -0.5), base.ground, _LEAST, 20.0)
    region = landscape.districts.region()
    shapely.prepare(region)
    return [piece if region.contains(piece) else shapely.intersection(piece, region) for piece in pieces]


def _leaving(red_line: RedLine, others: dict[str, gpd.GeoDataFrame]) -> list[tuple[str, str, str, shapely.Geometry]]:
    """Reason, thing, polygon of the line and ground of all that should leave."""
    conflicts = red_line.conflicts
    rows = [
        (_REASONS[kind], thing, polygon, shape)
        for kind, thing, polygon, shape in zip(
            conflicts["kind"], conflicts["thing"], conflicts["polygon"], conflicts.geometry, strict=True
        )
    ]
    inside, codes = red_line.polygons.geometry.to_numpy(), red_line.polygons["code"].to_numpy()
    for reason, frame in others.items():
        shapes, names = frame.geometry.to_numpy(), frame.iloc[:, 0].to_numpy()
        of_line, of_things = shapely.STRtree(shapes).query(inside, predicate="intersects")
        common = shapely.intersection(inside[of_line], shapes[of_things])
        kept = np.flatnonzero(shapely.area(common) > CONFLICT)
        rows += [(reason, names[of_things[k]], codes[of_line[k]], common[k]) for k in kept.tolist()]
    return rows


def red_line_changes(
    base: BaseMap,
    landscape: Landscape,
    red_line: RedLine,
    things: gpd.GeoDataFrame,
    used: dict[str, gpd.GeoDataFrame],
    waters: dict[str, gpd.GeoDataFrame],
    belts: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Tell what should change about today's red line.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    red_line : RedLine
    things : see `red_line_conflicts.gather`
    used : land in use beside those things, by the reason for which it should leave; its first column is its code
    waters : source rivers, wetlands and reservoirs, by the reason for which land beside them should come in; alike
    belts : see `shelter_belts.build_shelter_belts`

    Returns
    -------
    GeoDataFrame
        ``direction`` (out or in), ``reason``, ``thing`` (its code, where it has one), ``polygon`` (of today's line,
        that it leaves), ``x``, ``y``, ``area_ha``. Each piece of ground has one reason, the first in the order of
        settlement, cropland, mine, commercial_forest, infrastructure; left_out, source_river, wetland, reservoir,
        shelter_belt.
    """
    out = _leaving(red_line, used)
    rows: list[tuple[str, str, str, str, shapely.Geometry]] = [("out", *row) for row in out]
    rows += [("in", "left_out", "", "", shape) for shape in red_line.left_out.geometry]
    taken = [*red_line.polygons.geometry, *red_line.left_out.geometry, *things.geometry]
    free = Taken(taken + [shape for frame in used.values() for shape in frame.geometry])
    places = [shape for frame in waters.values() for shape in frame.geometry]
    water = np.array([place for place in places if place.area > 0.0])
    natural = np.array(_natural_beside(base, landscape, places))
    tree = shapely.STRtree(natural)
    for reason, frame in waters.items():
        for code, place in zip(frame.iloc[:, 0], frame.geometry, strict=True):
            beside = shapely.buffer(place, BESIDE, quad_segs=3)
            beside = shapely.difference(beside, shapely.union_all(water[shapely.intersects(water, beside)]))
            near = natural[tree.query(beside, predicate="intersects")]
            ground = shapely.union_all(parts_of(shapely.intersection(near, beside), _LEAST))
            rows += [("in", reason, code, "", piece) for piece in free.take(ground, _LEAST)]
    for code, belt in zip(belts.iloc[:, 0], belts.geometry, strict=True):
        rows += [("in", "shelter_belt", code, "", piece) for piece in free.take(belt, CONFLICT)]
    directions, reasons, codes, polygons, shapes = zip(*rows, strict=True)
    place = shapely.get_coordinates(shapely.point_on_surface(shapes))
    columns = {
        "direction": directions,
        "reason": reasons,
        "thing": codes,
        "polygon": polygons,
        "x": np.round(place[:, 0], 1),
        "y": np.round(place[:, 1], 1),
        "area_ha": np.round(shapely.area(shapes) / 1e4, 4),
    }
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def write_changes(changes: gpd.GeoDataFrame, folder: Path) -> None:
    """Write ``red_line_adjustment.csv`` and ``red_line_adjustment.gpkg``, see `red_line_changes`, to a folder."""
    write_table(folder / "red_line_adjustment.csv", pd.DataFrame(changes.drop(columns="geometry")))
    write_vector(folder / "red_line_adjustment.gpkg", changes)
