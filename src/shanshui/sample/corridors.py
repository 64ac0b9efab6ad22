"""Ecological corridors: strips between the reserves along forest and rivers, away from towns and fields."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from shanshui.data.vectors import write_vector
from shanshui.sample.arrays import Field
from shanshui.sample.base_map import around
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import EVERYWHERE, Landscape, tile_of
from shanshui.sample.legend import LEVEL1
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.roads import easiest_way
from shanshui.sample.skeleton import NODES, SPACING

# How hard it is for animals to pass each node, by ecosystem at level 1, from forest to water.
_RESISTANCE = np.array([1.0, 1.0, 1.6, 2.0, 1.4, 6.0, 40.0, 4.0, 4.0, 3.0])
_BANK, _BY_RIVER = 400.0, 0.5  # m from a river, along which it is easier by this factor
_BESIDE_TOWNS = 60.0  # how much harder it is amid built-up land, of which a part is felt beside it
_BEYOND = 50.0  # outside the region
_HALF_WIDTH, _UNEVEN, _LEAST = 260.0, 160.0, 120.0  # m: the mean, how far noise moves it, and the least
_STEP = 60.0  # m between the places along a way at which its width is drawn


def _resistance(landscape: Landscape) -> Field:
    """How hard it is to pass each node."""
    tile = tile_of(landscape, NODES, EVERYWHERE)
    level1 = LEVEL1[tile.second]
    effort = _RESISTANCE[level1] + _BESIDE_TOWNS * around(level1 == 6, 500.0)
    effort = np.where((tile.ground.bank < _BANK) & (level1 != 6), _BY_RIVER * effort, effort)
    inside = number_cells([landscape.districts.region()], NODES, EVERYWHERE) == 0
    return np.where(inside, effort, effort + _BEYOND)


def _effort_along(way: shapely.LineString, resistance: Field) -> float:
    """The effort of a whole way, in metres of the easiest ground."""
    places = shapely.line_interpolate_point(way, np.arange(0.5 * _STEP, way.length, _STEP))
    x, y = shapely.get_coordinates(places).T
    column, row = ((x - WEST) / SPACING).astype(np.int64), ((NORTH - y) / SPACING).astype(np.int64)
    return float(np.sum(resistance[row, column]) * _STEP)


def _strip(way: shapely.LineString, draw: int) -> shapely.Polygon:
    """A strip of uneven width along a way."""
    places = shapely.line_interpolate_point(way, np.arange(0.0, way.length, _STEP))
    x, y = shapely.get_coordinates(places).T
    bent = fractal_field(x[None] - WEST, NORTH - y[None], 2_500.0, 3, draw)[0]
    circles = shapely.buffer(places, np.maximum(_HALF_WIDTH + _UNEVEN * bent, _LEAST))
    return shapely.simplify(shapely.union_all(circles), 15.0)


def build_corridors(landscape: Landscape, reserves: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the corridors.

    Parameters
    ----------
    landscape : Landscape
    reserves : see `reserves.build_reserves`

    Returns
    -------
    GeoDataFrame
        one row a corridor of the least net that joins all reserves: ``code``, ``name``, ``start`` and ``end``, the
        reserves it joins. It touches both and overlaps none.
    """
    outer = reserves[reserves["part"] == "outer"].reset_index(drop=True)
    core = reserves[reserves["part"] == "core"].set_index("name").loc[outer["name"]]
    middle = shapely.get_coordinates(shapely.point_on_surface(core.geometry.to_numpy()))
    middle = np.column_stack([middle[:, 0] - WEST, NORTH - middle[:, 1]])
    resistance = _resistance(landscape)
    count = len(outer)
    pairs = [(one, other) for one in range(count) for other in range(one + 1, count)]
    ways = {pair: easiest_way(resistance, middle[pair[0]], middle[pair[1]], NODES) for pair in pairs}
    efforts = [_effort_along(ways[pair], resistance) for pair in pairs]
    net = minimum_spanning_tree(coo_array((efforts, tuple(np.array(pairs).T)), (count, count)))
    joined = [tuple(sorted(pair)) for pair in np.argwhere(net.toarray() > 0.0).tolist()]
    reserved, region = shapely.union_all(outer.geometry.to_numpy()), landscape.districts.region()
    rows = []
    for k, (one, other) in enumerate(joined):
        strip = _strip(ways[one, other], stream(landscape.seed, f"corridor {k}"))
        start, end = outer["name"][one], outer["name"][other]
        shape = shapely.difference(shapely.intersection(strip, region), reserved)
        rows.append((f"C{k + 1}", f"{start} - {end}", start, end, shape))
    codes, names, starts, ends, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"code": codes, "name": names, "start": starts, "end": ends}, geometry=list(shapes), crs=CRS
    )


def write_corridors(landscape: Landscape, reserves: gpd.GeoDataFrame, folder: Path) -> None:
    """Write ``ecological_corridor.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "ecological_corridor.gpkg", build_corridors(landscape, reserves))
