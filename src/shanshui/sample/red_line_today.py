"""Today's red line: drawn some years ago, with gaps and with legacy conflicts, and the truth about both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from shanshui.data.tables import write_table
from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field
from shanshui.sample.base_map import CELLS, BaseMap, around, drawn, parts_of, without
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.red_line_conflicts import Lobe, plant_conflicts
from shanshui.sample.red_line_sketch import TYPES, Sketch, land_types, sea_types
from shanshui.sample.zone_names import place_names

LEAST, LEAST_AT_SEA = 3e5, 5e5  # m2, of a polygon of the line
CONFLICT = 100.0  # m2, of the smallest overlap that is told

_STRAY = 25.0  # m, that the drawn line may stray
_NECK = 40.0  # m, half the width below which no neck of land is kept
_OFF = 0.02  # declared areas are off by up to half of this share
_LEAST_GAP = 2e5  # m2, of a piece of left-out land that is told
_FIRST_NAME, _NAMES = 400, 60  # where in the list of names those of the polygons begin, and how many there are
_RIGHT = "C9901002014"  # how the numbers of mining rights begin
_UNTIL = (2026, 2036)  # the last years of mining rights


@dataclass(frozen=True)
class RedLine:
    """Today's red line and what is planted in it."""

    polygons: gpd.GeoDataFrame
    """``code``, ``name``, ``name_zh``, ``LXBM`` (type), ``realm`` (land or sea), ``area_ha`` as declared"""
    conflicts: gpd.GeoDataFrame
    """truth: ``conflict``, ``kind``, ``x``, ``y``, ``area_ha``, ``polygon`` (its code), ``thing``, ``right``"""
    rights: gpd.GeoDataFrame
    """mining rights: ``right`` (its number), ``valid_until`` (year), ``thing``"""
    left_out: gpd.GeoDataFrame
    """truth: pieces that stood out like the line itself and were left out: ``LXBM``, ``area_ha``"""


def _above_others(scores: Field, kind: int) -> Field:
    """Above 0 where a type stands out, and more than any other."""
    others = np.delete(scores, kind, axis=0).max(axis=0)
    best: Field = np.minimum(scores[kind], scores[kind] - others)
    return best


def _with_lobes(sketch: Sketch, lobes: list[Lobe], base: BaseMap, seed: int) -> Field:
    """The scores on land, without what was left out and with the lobes, each of the type it grows from."""
    scores = np.where(sketch.left_out, -np.abs(sketch.land), sketch.land)
    cell = SIDE / CELLS
    bent = fractal_field(base.ground.x, base.ground.y, 900.0, 2, stream(seed, "lobes of the older red line"))
    for lobe in lobes:
        row, column = int((NORTH - lobe.start[1]) / cell), int((lobe.start[0] - WEST) / cell)
        kind = int(sketch.land[:, row, column].argmax())
        own = lobe.score(base, bent)
        scores[kind] = np.where(own > 0.0, np.maximum(scores[kind], own), scores[kind])
    return scores


def _pieces(
    scores: Field, types: tuple[int, ...], base: BaseMap, bounds: shapely.Geometry, cut: list[shapely.Polygon]
) -> Iterator[tuple[int, list[shapely.Polygon]]]:
    """The pieces of each type, none of which overlap, without what is cut out."""
    taken: list[shapely.Polygon] = []
    near = around(base.within, 300.0) > 0.001
    for k, kind in enumerate(types):
        field = np.where(near, _above_others(scores, k), -1.0)
        whole = parts_of(shapely.intersection(drawn(field, base.ground, 1e5, _STRAY), bounds), 0.0)
        free = without(whole, [*cut, *taken], 0.0)
        taken += free
        # Necks that are too narrow to be drawn are left out.
        kept = shapely.intersection(shapely.buffer(shapely.buffer(free, -_NECK), _NECK), free)
        yield kind, parts_of(kept, LEAST)


def _titled(rows: list[tuple[str, int, shapely.Polygon]], seed: int) -> gpd.GeoDataFrame:
    """The polygons with their codes, names and declared areas."""
    names = place_names(_FIRST_NAME + _NAMES, seed)[_FIRST_NAME:]
    off = stream(seed, "declared area")
    columns: dict[str, list[object]] = {key: [] for key in ("code", "name", "name_zh", "LXBM", "realm", "area_ha")}
    for k, (realm, kind, shape) in enumerate(rows):
        name, name_zh = names[k % _NAMES]
        declared = shape.area / 1e4 * (1.0 + _OFF * (hash_unit(k, 0, off) - 0.5))
        told = (
            f"H{kind}{k + 1:03d}",
            f"{name} {TYPES[kind][0]} red line",
            f"{name_zh}{TYPES[kind][1]}生态保护红线",
            kind,
            realm,
            round(declared, 1),
        )
        for column, value in zip(columns.values(), told, strict=True):
            column.append(value)
    return gpd.GeoDataFrame(columns, geometry=[shape for _, _, shape in rows], crs=CRS)


def _conflicts(polygons: gpd.GeoDataFrame, things: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every overlap of the line with what has no place in it, by kind, the greatest first."""
    shapes, inside = things.geometry.to_numpy(), polygons.geometry.to_numpy()
    of_line, of_things = shapely.STRtree(shapes).query(inside, predicate="intersects")
    common = shapely.intersection(inside[of_line], shapes[of_things])
    kinds, area = things["kind"].to_numpy()[of_things], shapely.area(common)
    order = np.lexsort((-area, kinds))
    order = order[area[order] > CONFLICT]
    place = shapely.get_coordinates(shapely.point_on_surface(common[order]))
    columns = {
        "conflict": [f"K{k + 1:03d}" for k in range(len(order))],
        "kind": kinds[order],
        "x": np.round(place[:, 0], 1),
        "y": np.round(place[:, 1], 1),
        "area_ha": np.round(area[order] / 1e4, 4),
        "polygon": polygons["code"].to_numpy()[of_line[order]],
        "thing": things["thing"].to_numpy()[of_things[order]],
    }
    return gpd.GeoDataFrame(columns, geometry=common[order], crs=CRS)


def _rights(conflicts: gpd.GeoDataFrame, things: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """The rights of all mines, but those within the line, of which only the greatest has one."""
    mines = things[things["kind"] == "mine"]
    within = conflicts["thing"][conflicts["kind"] == "mine"].to_list()
    mines = mines[~mines["thing"].isin(set(within) - set(within[:1]))]
    year, until = stream(seed, "mining rights"), _UNTIL[1] - _UNTIL[0] + 1
    columns = {
        "right": [f"{_RIGHT}{k + 1:04d}" for k in range(len(mines))],
        "valid_until": [_UNTIL[0] + int(hash_unit(k, 0, year) * until) for k in range(len(mines))],
        "thing": mines["thing"].to_numpy(),
    }
    return gpd.GeoDataFrame(columns, geometry=mines.geometry.to_numpy(), crs=CRS)


def build_red_line(
    sketch: Sketch,
    base: BaseMap,
    landscape: Landscape,
    sea: shapely.Geometry,
    things: gpd.GeoDataFrame,
) -> RedLine:
    """Draw today's red line.

    Parameters
    ----------
    sketch : Sketch
    base : BaseMap
    landscape : Landscape
    sea : polygons, in the sample's CRS
    things : what has no place in a red line, see `red_line_conflicts.gather`

    Returns
    -------
    RedLine
        on land and at sea, within the region; its polygons do not overlap.
    """
    seed, region = landscape.seed, landscape.districts.region()
    lobes, spared = plant_conflicts(sketch, things)
    # Everything that has no place in a red line is cut out, but where it was drawn over it.
    cut = without(list(things.geometry), spared, 0.0)
    land = shapely.difference(region, sea)
    scores = _with_lobes(sketch, lobes, base, seed)
    rows = []
    for kind, pieces in _pieces(scores, land_types(), base, land, cut):
        rows += [("land", kind, piece) for piece in pieces]
    at_sea = shapely.intersection(region, sea)
    for kind, pieces in _pieces(sketch.sea, sea_types(), base, at_sea, []):
        rows += [("sea", kind, piece) for piece in pieces if piece.area > LEAST_AT_SEA]
    polygons = _titled(rows, seed)

    best = sketch.land.max(axis=0)
    pieces = drawn(np.where(sketch.left_out, best, -np.abs(best)), base.ground, _LEAST_GAP, _STRAY)
    pieces = parts_of(shapely.intersection(pieces, land), _LEAST_GAP)
    gaps = without(pieces, [*polygons.geometry, *cut], _LEAST_GAP)
    middle = shapely.get_coordinates(shapely.point_on_surface(gaps))
    cell = SIDE / CELLS
    at = ((NORTH - middle[:, 1]) / cell).astype(np.int64), ((middle[:, 0] - WEST) / cell).astype(np.int64)
    columns = {
        "LXBM": np.array(land_types())[sketch.land[:, at[0], at[1]].argmax(axis=0)],
        "area_ha": np.round(shapely.area(gaps) / 1e4, 4),
    }
    conflicts = _conflicts(polygons, things)
    rights = _rights(conflicts, things, seed)
    conflicts.insert(7, "right", conflicts["thing"].map(rights.set_index("thing")["right"]).fillna(""))
    return RedLine(polygons, conflicts, rights, gpd.GeoDataFrame(columns, geometry=gaps, crs=CRS))


def write_red_line(red_line: RedLine, directory: Path) -> None:
    """Write today's red line and the truth about it.

    Parameters
    ----------
    red_line : RedLine
    directory : of the study: ``inputs/red_line_today.gpkg`` and ``mining_rights.gpkg``;
        ``truth/red_line_conflicts.gpkg`` and ``.csv``, and ``red_line_left_out.gpkg``; the same for every size
    """
    write_vector(directory / "inputs/red_line_today.gpkg", red_line.polygons)
    write_vector(directory / "inputs/mining_rights.gpkg", red_line.rights)
    write_vector(directory / "truth/red_line_conflicts.gpkg", red_line.conflicts)
    write_table(directory / "truth/red_line_conflicts.csv", pd.DataFrame(red_line.conflicts.drop(columns="geometry")))
    write_vector(directory / "truth/red_line_left_out.gpkg", red_line.left_out)
