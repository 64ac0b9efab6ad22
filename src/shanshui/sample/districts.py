"""Townships and counties as one net of lines, so that neighbours share every vertex of their border.

A Voronoi net of scattered seats is densified and bent. The bend depends on a point's place only: a border that two
districts share is bent once, and the districts still tile the region without gap or overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from scipy.spatial import Voronoi

from shanshui.data.rasterizing import rasterized
from shanshui.sample.arrays import Field
from shanshui.sample.extent import NORTH, SIDE, WEST, Window
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.skeleton import distance_inland

LATTICE = 11  # squares a side of the extent, with one township seat in each
COUNTIES = 9
VERTEX_SPACING = 150.0  # m along a border


@dataclass(frozen=True)
class Districts:
    """The net of districts; polygons in the sample's CRS."""

    townships: list[shapely.Polygon]
    county: npt.NDArray[np.int64]
    """(townships): number of the county that each belongs to"""

    def counties(self) -> list[shapely.Polygon]:
        """Give each county as the union of its townships."""
        polygons = np.array(self.townships, dtype=object)
        return [shapely.coverage_union_all(polygons[self.county == k]) for k in range(self.county.max() + 1)]

    def region(self) -> shapely.Polygon:
        """Give the whole region as the union of all townships."""
        return shapely.coverage_union_all(self.townships)


def _bend(points: Field, seed: int) -> Field:
    """Shift points of the landscape by smooth noise, too little for two of them to change sides."""
    x, y = points[:, :1], points[:, 1:]
    shifts = [
        850.0 * fractal_field(x, y, 6_000.0, 2, stream(seed, f"border {axis}"))
        + 130.0 * fractal_field(x, y, 1_100.0, 2, stream(seed, f"near border {axis}"))
        for axis in "xy"
    ]
    return np.hstack([x + shifts[0], y + shifts[1]])


def _border(start: Field, end: Field, seed: int) -> shapely.LineString:
    """A bent border between two corners of the net, in the sample's CRS."""
    steps = max(int(np.ceil(np.hypot(*(end - start)) / VERTEX_SPACING)), 1)
    share = np.linspace(0.0, 1.0, steps + 1)[:, None]
    bent = _bend(start * (1.0 - share) + end * share, seed)
    return shapely.LineString(np.column_stack([WEST + bent[:, 0], NORTH - bent[:, 1]]))


def _seats(seed: int) -> tuple[Field, npt.NDArray[np.bool_]]:
    """Scattered seats, some beyond the extent, and which of them have a township: those on land and well inside."""
    spacing = SIDE / LATTICE
    streams = stream(seed, "seat x"), stream(seed, "seat y")
    lattice = [(column, row) for row in range(-1, LATTICE + 1) for column in range(-1, LATTICE + 1)]
    jitter = np.array([[0.5 + 0.8 * (hash_unit(*cell, way) - 0.5) for way in streams] for cell in lattice])
    seats = (np.array(lattice) + jitter) * spacing
    inland = distance_inland(seats[:, :1], seats[:, 1:], seed)[:, 0]
    edge = np.minimum(seats, SIDE - seats).min(axis=1)
    uneven = fractal_field(seats[:, :1], seats[:, 1:], 15_000.0, 2, stream(seed, "edge of the region"))[:, 0]
    middle = np.hypot(*(seats - SIDE / 2.0).T)
    inside = (edge > spacing + 6_000.0 * np.maximum(uneven, 0.0)) & (middle < 0.56 * SIDE)
    return seats, inside & (inland > -300.0)


def _group(seats: Field) -> npt.NDArray[np.int64]:
    """Group seats into counties: begin with seats far apart, then move each centre to the mean of its group."""
    centres = seats[[int(np.argmin(seats.sum(axis=1)))]]
    while len(centres) < COUNTIES:
        away = np.hypot(*(seats[:, None] - centres[None]).transpose(2, 0, 1)).min(axis=1)
        centres = np.vstack([centres, seats[[int(np.argmax(away))]]])
    group = np.zeros(len(seats), np.int64)
    for _ in range(12):
        group = np.hypot(*(seats[:, None] - centres[None]).transpose(2, 0, 1)).argmin(axis=1)
        centres = np.array([seats[group == k].mean(axis=0) for k in range(COUNTIES)])
    # Numbered from north-west to south-east, as one reads a map.
    rank = np.argsort(np.argsort(centres.sum(axis=1), kind="stable"), kind="stable")
    return rank[group]


def build_districts(seed: int) -> Districts:
    """Divide the landscape into townships and counties.

    Parameters
    ----------
    seed : of the sample

    Returns
    -------
    Districts
        about 60 townships in 9 counties. They reach a little into the sea and leave out the corners of the extent.
    """
    seats, inside = _seats(seed)
    net = Voronoi(seats)
    lines = [
        _border(net.vertices[start], net.vertices[end], seed)
        for (one, other), (start, end) in zip(net.ridge_points, net.ridge_vertices, strict=True)
        if inside[one] or inside[other]
    ]
    faces = shapely.get_parts(shapely.polygonize(lines))
    bent = _bend(seats[inside], seed)
    points = shapely.points(WEST + bent[:, 0], NORTH - bent[:, 1])
    found = shapely.STRtree(faces).query(points, predicate="within")
    polygons = faces[found[1][np.argsort(found[0], kind="stable")]]
    # A township beyond a bay, that touches no other, is left out: the region is one piece.
    main = max(shapely.get_parts(shapely.coverage_union_all(polygons)), key=shapely.area)
    kept = shapely.covers(main, shapely.point_on_surface(polygons))
    return Districts(list(polygons[kept]), _group(seats[inside][kept]))


def number_cells(polygons: Sequence[shapely.Polygon], size: int, window: Window) -> npt.NDArray[np.int16]:
    """Tell which polygon the centre of each cell lies in.

    Parameters
    ----------
    polygons : in the sample's CRS
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    array (height, width)
        number of the polygon from 0; -1 outside all of them.
    """
    row, column, height, width = window
    cell = SIDE / size
    corner = Affine(cell, 0.0, WEST + column * cell, 0.0, -cell, NORTH - row * cell)
    shapes = [(polygon, number) for number, polygon in enumerate(polygons)]
    return rasterized(shapes, (height, width), corner, np.int16, fill=-1)
