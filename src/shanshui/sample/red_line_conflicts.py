"""Legacy conflicts of the older red line: which villages, fields, mines, plantations and roads it was drawn over."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from shanshui.sample.arrays import Field, Mask
from shanshui.sample.base_map import CELLS, BaseMap, around, drawn, without
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST
from shanshui.sample.legend import Cover
from shanshui.sample.rasters import SECOND_YEAR
from shanshui.sample.red_line_sketch import Sketch

KINDS = ("town", "village", "road_strip", "farmland", "mine", "plantation")
# How many of each kind the line was drawn over.
_VILLAGES, _TOWNS, _FIELDS, _MINES, _PLANTATIONS, _STRIPS = 6, 1, 3, 2, 3, 2

_CELL = SIDE / CELLS
_APART = 2_500.0  # m between planted conflicts of one kind
_STRIP_WIDTH, _STRIP_LENGTH = 45.0, (900.0, 2_200.0)  # m to each side of a road; the least and the greatest length
_MINE, _PLANTATION = 2e4, 4e4  # m2, of the smallest
_MARGIN = 60.0  # m around what lies within the line already


@dataclass(frozen=True)
class Lobe:
    """A piece of land that the line was drawn around though it did not stand out."""

    start: tuple[float, float]
    """in the sample's CRS: the nearest place inside the line"""
    end: tuple[float, float]
    """the place it was drawn out to"""
    radius: float
    """m"""

    def area(self) -> shapely.Polygon:
        """Give all land that the lobe may reach."""
        return shapely.buffer(shapely.LineString([self.start, self.end]), 1.35 * self.radius)

    def score(self, base: BaseMap, bent: Field) -> Field:
        """Tell how far inside the lobe each place is, above 0 inside; its edge is bent by a noise."""
        x, y = base.ground.x, base.ground.y
        one = np.array([self.start[0] - WEST, NORTH - self.start[1]])
        way = np.array([self.end[0] - WEST, NORTH - self.end[1]]) - one
        share = ((x - one[0]) * way[0] + (y - one[1]) * way[1]) / max(float(way @ way), 1.0)
        share = np.clip(share, 0.0, 1.0)
        away = np.hypot(x - one[0] - share * way[0], y - one[1] - share * way[1])
        return 1.0 - away / self.radius + np.clip(0.3 * bent, -0.25, 0.25)


def built_strips(sketch: Sketch, base: BaseMap, roads: gpd.GeoDataFrame) -> list[shapely.Polygon]:
    """Line roads with houses where they were built through the red line since it was drawn.

    Parameters
    ----------
    sketch : Sketch
    base : BaseMap
    roads : see `roads.build_roads`

    Returns
    -------
    list of Polygon
        strips along the longest stretches, narrower than a cell of the map of land cover.
    """
    inner = shapely.union_all(drawn(around(sketch.line, 100.0) - 0.6, base.ground, 1e5, 20.0))
    # The newer roads first; in a landscape where none of them meets the line, an older one.
    stretches = []
    for since, line in zip(roads["since"], roads.geometry, strict=True):
        found = shapely.get_parts(shapely.intersection(line, inner))
        stretches += [(since != SECOND_YEAR, -part.length, part) for part in found if part.length > _STRIP_LENGTH[0]]
    chosen: list[shapely.LineString] = []
    for _, _, line in sorted(stretches, key=lambda one: one[:2]):
        if len(chosen) < _STRIPS and all(line.distance(other) > _APART for other in chosen):
            half = 0.5 * min(0.8 * line.length, _STRIP_LENGTH[1])
            middle = 0.5 * line.length
            places = shapely.line_interpolate_point(line, np.linspace(middle - half, middle + half, 40))
            chosen.append(shapely.LineString(places))
    return [shapely.buffer(line, _STRIP_WIDTH, cap_style="flat") for line in chosen]


def gather(
    base: BaseMap,
    settlements: gpd.GeoDataFrame,
    farmland: gpd.GeoDataFrame,
    strips: list[shapely.Polygon],
) -> gpd.GeoDataFrame:
    """Gather everything that has no place within a red line.

    Parameters
    ----------
    base : BaseMap
    settlements : see `built_land.build_settlements`
    farmland : see `basic_farmland.build_basic_farmland`
    strips : see `built_strips`

    Returns
    -------
    GeoDataFrame
        one row a thing: ``kind`` (of ``KINDS``) and ``thing``, its code where it has one; polygons that do not
        overlap.
    """
    along = shapely.buffer(shapely.union_all(strips), 1.0)
    kinds = settlements["kind"].mask(shapely.covers(along, settlements.geometry.to_numpy()), "road_strip")
    rows = [*zip(kinds, settlements["code"], settlements.geometry, strict=True)]
    rows += [("farmland", code, block) for code, block in zip(farmland["code"], farmland.geometry, strict=True)]
    for kind, cover, least in (("mine", Cover.MINE, _MINE), ("plantation", Cover.ORCHARD, _PLANTATION)):
        field = np.where(base.within, around(base.second == cover, 60.0), 0.0) - 0.5
        pieces = without(drawn(field, base.ground, least, 12.0), [row[2] for row in rows], 0.5 * least)
        rows += [(kind, f"{kind[0].upper()}{k + 1:03d}", piece) for k, piece in enumerate(pieces)]
    found, things, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"kind": found, "thing": things}, geometry=list(shapes), crs=CRS)


def _cells(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of places."""
    x, y = shapely.get_coordinates(places).T
    column, row = ((x - WEST) / _CELL).astype(np.int64), ((NORTH - y) / _CELL).astype(np.int64)
    return np.clip(row, 0, CELLS - 1), np.clip(column, 0, CELLS - 1)


def _centre(row: int, column: int) -> tuple[float, float]:
    return WEST + (column + 0.5) * _CELL, NORTH - (row + 0.5) * _CELL


def _apart(places: np.ndarray, order: np.ndarray, count: int) -> list[int]:
    """The first places of an order that lie apart."""
    chosen: list[int] = []
    for k in order.tolist():
        if len(chosen) < count and all(shapely.distance(places[k], places[j]) > _APART for j in chosen):
            chosen.append(k)
    return chosen


def plant_conflicts(sketch: Sketch, things: gpd.GeoDataFrame) -> tuple[list[Lobe], list[shapely.Polygon]]:
    """Choose the conflicts.

    Parameters
    ----------
    sketch : Sketch
    things : see `gather`

    Returns
    -------
    tuple of lists
        lobes that the line has beyond what stood out; and the land on which it was drawn over whatever stands there.
        Everywhere else it leaves out what has no place in it.
    """
    line: Mask = sketch.line
    away, nearest = distance_transform_edt(~line, return_indices=True)
    lobes: list[Lobe] = []
    spared: list[shapely.Polygon] = []

    def reach(place: shapely.Point, radius: float) -> None:
        row, column = (int(one[0]) for one in _cells(np.array([place])))
        start = _centre(*(int(one) for one in nearest[:, row, column]))
        lobes.append(Lobe(start, (place.x, place.y), radius))
        spared.append(lobes[-1].area())

    for kind, count, least, near, far in (
        ("village", _VILLAGES, 2e4, 150.0, 1_000.0),
        ("farmland", _FIELDS, 1e5, 150.0, 900.0),
    ):
        own = things.geometry[things["kind"] == kind].to_numpy()
        own = own[shapely.area(own) > least]
        middle = shapely.point_on_surface(own)
        off = away[_cells(middle)] * _CELL
        fit = np.where((off > near) & (off < far), shapely.area(own), 0.0)
        order = np.argsort(-fit, kind="stable")[: np.count_nonzero(fit)]
        for k in _apart(middle, order, count):
            reach(middle[k], float(np.sqrt(shapely.area(own[k]) / np.pi)) + 180.0)

    towns = things.geometry[things["kind"] == "town"].to_numpy()
    edges = shapely.line_interpolate_point(
        shapely.boundary(towns)[:, None], np.linspace(0.0, 1.0, 60, endpoint=False)[None], normalized=True
    )
    off = away[_cells(edges.ravel())].reshape(edges.shape) * _CELL
    at = off.argmin(axis=1)
    order = np.argsort(np.where(shapely.area(towns) > 5e5, off.min(axis=1), np.inf), kind="stable")
    for k in order[:_TOWNS].tolist():
        reach(edges[k, at[k]], 380.0)

    for kind, count in (("mine", _MINES), ("plantation", _PLANTATIONS), ("road_strip", _STRIPS)):
        own = things.geometry[things["kind"] == kind].to_numpy()
        middle = shapely.point_on_surface(own)
        off = away[_cells(middle)] * _CELL
        # The greatest of those within the line; where there are too few, the nearest to it.
        order = np.lexsort((-shapely.area(own), off))
        for k in _apart(middle, order, count):
            spared.append(shapely.buffer(own[k], _MARGIN))
            if off[k] > 0.0:
                reach(middle[k], float(np.sqrt(shapely.area(own[k]) / np.pi)) + 100.0)
    return lobes, spared
