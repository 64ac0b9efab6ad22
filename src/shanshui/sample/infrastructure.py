"""Infrastructure of low value for protection: strips of roads, a wind farm, yards and stations."""

import geopandas as gpd
import numpy as np
import shapely

from shanshui.sample.arrays import Mask
from shanshui.sample.base_map import CELLS, WHOLE, BaseMap, Taken, around
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.rasters import SECOND_YEAR

KINDS = ("road", "wind_farm", "quarry_yard", "substation", "hydropower_station")

_HALF_ROAD = 14.0  # m to each side of a road's middle
_TURBINES, _PAD, _HALF_TRACK, _APART = 7, 45.0, 4.0, 320.0  # of a wind farm; m
_YARDS, _SUBSTATIONS, _HYDROPOWER = 3, 3, 2
_YARD, _SUBSTATION, _POWER_HOUSE = (280.0, 170.0), (160.0, 120.0), (110.0, 70.0)  # m, of their sides
_LEAST, _STRAY = 1_500.0, 8.0  # m2, of a piece; m, that a strip may stray from its road


def _block(middle: shapely.Point, sides: tuple[float, float], turn: float) -> shapely.Polygon:
    """A rectangle around a place, turned."""
    x, y = 0.5 * sides[0] * np.array([-1, 1, 1, -1]), 0.5 * sides[1] * np.array([-1, -1, 1, 1])
    cosine, sine = np.cos(turn), np.sin(turn)
    return shapely.Polygon(np.column_stack([middle.x + cosine * x - sine * y, middle.y + sine * x + cosine * y]))


def _wind_farm(base: BaseMap, where: Mask) -> shapely.Geometry:
    """Turbines in a row, with the track between them, along the ridge that stands out most of its surroundings."""
    ground = base.ground
    height = around(ground.elevation, 200.0)
    above = np.where(where, height - around(ground.elevation, 1_500.0), -np.inf)
    row, column = np.unravel_index(np.argmax(above), above.shape)
    turn = np.linspace(0.0, np.pi, 18, endpoint=False)[:, None]
    step = _APART * (np.arange(_TURBINES) - 0.5 * (_TURBINES - 1))
    x, y = ground.x[row, column] + np.cos(turn) * step, ground.y[row, column] + np.sin(turn) * step
    cell, last = ground.x[0, 1] - ground.x[0, 0], height.shape[0] - 1
    rows, columns = (np.clip(way / cell, 0, last).astype(np.int64) for way in (y, x))
    best = int(np.argmax(height[rows, columns].sum(axis=1)))
    towers = shapely.points(WEST + x[best], NORTH - y[best])
    return shapely.union_all(
        [*shapely.buffer(towers, _PAD, quad_segs=4), shapely.LineString(towers).buffer(_HALF_TRACK)]
    )


def build_infrastructure(
    base: BaseMap,
    landscape: Landscape,
    roads: gpd.GeoDataFrame,
    line: gpd.GeoDataFrame,
    taken: list[gpd.GeoDataFrame],
    reservoirs: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Lay out the infrastructure.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    roads : see `roads.build_roads`
    line : today's red line, see `red_line_today.RedLine`
    taken : what stands on the ground already, and is left out
    reservoirs : see `water_places.build_reservoirs`

    Returns
    -------
    GeoDataFrame
        geometries that do not overlap: ``facility`` (its code), ``kind`` (of ``KINDS``) and ``area_ha``. Strips are
        those of the main roads built since the line was drawn.
    """
    turn = stream(landscape.seed, "infrastructure")
    region, red_line = landscape.districts.region(), line.geometry.to_numpy()
    newer = roads.geometry[(roads["since"] == SECOND_YEAR) & (roads["kind"] == "main")].to_numpy()
    rows: list[tuple[str, shapely.Geometry]] = [
        ("wind_farm", _wind_farm(base, number_cells(red_line, CELLS, WHOLE) >= 0))
    ]

    mines = taken[0].geometry[taken[0]["kind"] == "mine"].to_numpy()
    mines = mines[np.argsort(-shapely.area(mines), kind="stable")][:_YARDS]
    for k, mine in enumerate(mines):
        at = shapely.line_interpolate_point(mine.exterior, hash_unit(k, 0, turn), normalized=True)
        rows.append(("quarry_yard", _block(at, _YARD, np.pi * hash_unit(k, 1, turn))))
    # Substations stand by roads in the line.
    ways = roads.geometry.to_numpy()
    of_line, of_ways = shapely.STRtree(ways).query(red_line, predicate="intersects")
    stretches = shapely.get_parts(shapely.intersection(ways[of_ways], red_line[of_line]))
    stretches = stretches[shapely.get_type_id(stretches) == 1]
    for k, stretch in enumerate(stretches[np.argsort(-shapely.length(stretches), kind="stable")][:_SUBSTATIONS]):
        at = shapely.line_interpolate_point(stretch, 0.3 + 0.4 * hash_unit(k, 2, turn), normalized=True)
        rows.append(("substation", _block(at, _SUBSTATION, np.pi * hash_unit(k, 3, turn))))
    for k, water in enumerate(reservoirs.geometry[:_HYDROPOWER]):
        at = shapely.line_interpolate_point(water.exterior, hash_unit(k, 4, turn), normalized=True)
        block = _block(at, _POWER_HOUSE, np.pi * hash_unit(k, 5, turn))
        rows.append(("hydropower_station", shapely.difference(block, water)))
    rows += [
        ("road", shapely.buffer(road.simplify(_STRAY), _HALF_ROAD, cap_style="flat", quad_segs=2)) for road in newer
    ]

    ground = Taken([shape for frame in taken for shape in frame.geometry])
    kinds, shapes = [], []
    for kind, shape in rows:
        free = ground.take(shapely.intersection(shape, region), _LEAST)
        if free:
            kinds.append(kind)
            shapes.append(shapely.multipolygons(free) if len(free) > 1 else free[0])
    columns = {
        "facility": [f"I{k + 1:03d}" for k in range(len(kinds))],
        "kind": kinds,
        "area_ha": np.round(shapely.area(shapes) / 1e4, 2),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
