"""Shapes of protected areas: bent rounds, rings of zones, pieces that share a border, and the faults of real data."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt

from shanshui.sample.arrays import Codes, Field, Mask
from shanshui.sample.base_map import CELLS, BaseMap, around, parts_of
from shanshui.sample.contours import area_above_zero
from shanshui.sample.extent import NORTH, SIDE, WEST
from shanshui.sample.noise import fractal_field, hash_unit

BENT = 0.45  # how far noise moves the edge of an area, as a share of its radius
REACH = 1.3  # radii that an area nearly always stays within
_CROWDED = 0.6  # radii, from the middle of an area to the next: so that some overlap by chance
STRAY = 20.0  # m, that a drawn line may stray

Points: TypeAlias = npt.NDArray[Any]

_STEP = 3  # cells of the base map a side of a cell on which places are chosen
_CELL = SIDE / CELLS


@dataclass
class Room:
    """Where there is room for areas; arrays are (rows, columns) of cells of 300 m."""

    x: Field
    """m east of the extent's west edge"""
    y: Field
    """m south of its north edge"""
    inner: Field
    """m to the region's border from inside it, negative outside"""
    free: Field
    """m to the nearest area that was placed; those that are, take their ground by and by"""

    def take(self, shape: shapely.Geometry) -> None:
        """Take the ground of an area, as the circle around its middle that holds it."""
        middle = shapely.centroid(shape)
        points = shapely.get_coordinates(shape)
        reach = float(np.hypot(points[:, 0] - middle.x, points[:, 1] - middle.y).max())
        away = np.hypot(self.x - (middle.x - WEST), self.y - (NORTH - middle.y)) - reach
        np.minimum(self.free, away, out=self.free)

    def best(self, kind: Mask | Field, radius: float) -> shapely.Point:
        """Find the best place for an area.

        Parameters
        ----------
        kind : array (rows, columns) of 300 m, the land it is to have
        radius : m

        Returns
        -------
        Point
            Where there is no room for it, the place that lacks least.
        """
        worth = around(kind, 0.5 * radius)
        worth = worth / max(float(worth.max()), 1e-9)
        lack = np.clip(1.0 - self.free / (_CROWDED * radius), 0.0, None)
        lack += np.clip(1.0 - self.inner / (REACH * radius), 0.0, None)
        row, column = np.unravel_index(np.argmax(worth - 2.0 * lack), worth.shape)
        return shapely.Point(WEST + self.x[row, column], NORTH - self.y[row, column])

    def at(self, values: Field, points: Points) -> Field:
        """Give the values of the cells that points lie in."""
        side, last = _STEP * _CELL, values.shape[0] - 1
        x, y = shapely.get_coordinates(points).T
        column = np.clip((x - WEST) / side, 0, last).astype(np.int64)
        row = np.clip((NORTH - y) / side, 0, last).astype(np.int64)
        found: Field = values[row, column]
        return found


def coarse(values: Mask | Field | Codes) -> Field:
    """Give a field of the base map on the cells on which places are chosen."""
    return np.asarray(values[_STEP // 2 :: _STEP, _STEP // 2 :: _STEP], float)


def make_room(base: BaseMap) -> Room:
    """Make the room of the region in which no area is placed yet.

    Parameters
    ----------
    base : BaseMap

    Returns
    -------
    Room
    """
    x, y = coarse(base.ground.x), coarse(base.ground.y)
    inside = coarse(base.within) > 0.0
    inner = (distance_transform_edt(inside) - distance_transform_edt(~inside)) * _STEP * _CELL
    return Room(x, y, inner, np.full(x.shape, np.inf))


def round_shapes(
    base: BaseMap,
    middle: shapely.Point,
    radius: float,
    draw: int,
    *,
    shares: tuple[float, ...] = (1.0,),
    end: shapely.Point | None = None,
) -> list[shapely.Polygon]:
    """Draw an area around a place, its edge bent by a noise.

    Parameters
    ----------
    base : BaseMap
    middle : in the sample's CRS
    radius : m
    draw : stream of the noise
    shares : of the radius, one for each shape
    end : where the area is long: the place to which its middle reaches

    Returns
    -------
    list of Polygon
        one a share, without holes; a shape of a smaller share lies within that of a greater one but for what the
        drawn line strays.
    """
    end = middle if end is None else end
    spine = shapely.LineString([middle, end])
    west, south, east, north = spine.buffer(1.7 * radius).bounds
    columns = slice(max(int((west - WEST) / _CELL), 0), min(int((east - WEST) / _CELL) + 1, CELLS))
    rows = slice(max(int((NORTH - north) / _CELL), 0), min(int((NORTH - south) / _CELL) + 1, CELLS))
    x, y = base.ground.x[rows, columns], base.ground.y[rows, columns]
    start = np.array([middle.x - WEST, NORTH - middle.y])
    way = np.array([end.x - WEST, NORTH - end.y]) - start
    along = np.clip(((x - start[0]) * way[0] + (y - start[1]) * way[1]) / max(float(way @ way), 1.0), 0.0, 1.0)
    away = np.hypot(x - start[0] - along * way[0], y - start[1] - along * way[1])
    bent = 1.0 + BENT * fractal_field(x, y, 2.0 * radius, 3, draw)
    shapes = []
    for share in shares:
        area = area_above_zero(share * bent - away / radius, x[0], y[:, 0])
        largest = max(area.geoms, key=lambda polygon: polygon.area)
        shapes.append(shapely.Polygon(shapely.simplify(largest, STRAY).exterior))
    return shapes


def zones_of(shapes: list[shapely.Polygon]) -> list[shapely.Geometry]:
    """Turn shapes of rising size into rings that do not overlap: the first whole, each other without those before."""
    rings: list[shapely.Geometry] = []
    for k, shape in enumerate(shapes):
        whole = shapely.union_all(shapes[: k + 1])
        rings.append(shape if k == 0 else shapely.difference(whole, shapely.union_all(shapes[:k])))
    return rings


def cut_along(shape: shapely.Polygon, lines: shapely.Geometry, least: float) -> list[shapely.Polygon]:
    """Cut a polygon along lines.

    Parameters
    ----------
    shape : polygon
    lines : in the same CRS
    least : m2, of a piece

    Returns
    -------
    list of Polygon
        the pieces from the largest on; neighbours share every vertex of their border.
    """
    net = shapely.union_all([shape.exterior, lines])
    faces = parts_of(shapely.polygonize(list(shapely.get_parts(net))), least)
    inside = [face for face in faces if shapely.covers(shape, shapely.point_on_surface(face))]
    return sorted(inside, key=lambda face: -face.area)


def bent_line(start: shapely.Point, end: shapely.Point, draw: int, metres: float = 120.0) -> shapely.LineString:
    """Draw a line between two places that a noise moves aside by about some metres."""
    count = int(shapely.distance(start, end) / 150.0) + 2
    share = np.linspace(0.0, 1.0, count)[:, None]
    one, other = np.array([start.x, start.y]), np.array([end.x, end.y])
    points = one + share * (other - one)
    normal = np.array([one[1] - other[1], other[0] - one[0]]) / max(float(np.hypot(*(other - one))), 1.0)
    aside = fractal_field(points[None, :, 0] - WEST, NORTH - points[None, :, 1], 1_500.0, 3, draw)[0]
    return shapely.LineString(points + metres * aside[:, None] * normal)


def drawn_again(line: shapely.Geometry, metres: float, draw: int) -> shapely.Geometry:
    """Move every vertex of a geometry by up to some metres, as when the same line is digitised once more."""

    def moved(points: Field) -> Field:
        cells = np.rint(10.0 * points).astype(np.int64) % 1_000_003
        # A vertex that stands twice, as the first of a ring does, moves the same way.
        turn = np.array([[hash_unit(int(c), int(r), draw + way) for way in (0, 1)] for c, r in cells])
        away = metres * (0.4 + 0.6 * turn[:, 1])
        angle = 2.0 * np.pi * turn[:, 0]
        return points + away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])

    return shapely.transform(line, moved)


def crossed(shape: shapely.Polygon) -> shapely.Polygon:
    """Break a polygon as real data is broken: two vertices in the wrong order, so that its rim crosses itself."""
    points = shapely.get_coordinates(shape.exterior)[:-1]
    for k in range(len(points)):
        swapped = np.roll(points, -k, axis=0)
        swapped[[1, 2]] = swapped[[2, 1]]
        broken = shapely.Polygon(swapped)
        if not broken.is_valid:
            return broken
    raise ValueError("no two vertices of the polygon cross when they are swapped")


def figure_of_eight(one: shapely.Polygon) -> tuple[shapely.MultiPolygon, shapely.Polygon]:
    """Set a polygon and its image in a point of its rim together.

    Parameters
    ----------
    one : polygon without holes

    Returns
    -------
    tuple
        Both lobes, which meet in that point, as they are in truth; and as one rim that crosses itself there, so that
        it goes around one of them the wrong way.
    """
    points = shapely.get_coordinates(shapely.convex_hull(one))[:-1]
    # Mirrored in its easternmost vertex, a convex shape meets its image there and nowhere else.
    points = np.roll(points, -int(np.argmax(points[:, 0])), axis=0)
    image = 2.0 * points[0] - points
    whole = shapely.MultiPolygon([shapely.Polygon(points), shapely.Polygon(image)])
    return whole, shapely.Polygon(np.vstack([points, points[:1], image[:0:-1], image[:1]]))
