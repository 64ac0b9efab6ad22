"""The survey in which protected areas are laid out, one after the other, on the land that each is for."""

from collections.abc import Callable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from shanshui.sample.area_kinds import KINDS
from shanshui.sample.area_shapes import Points, Room, coarse, make_room, round_shapes, zones_of
from shanshui.sample.arrays import Field
from shanshui.sample.base_map import BaseMap
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import stream

LEAST = 2e4  # m2, of a piece of an area

_ZONES = {"core": 0.5, "buffer": 0.72, "experimental": 1.0}  # the share of the radius that each reaches to
_NATURAL = np.array((1, 2, 3, 4, 7), np.uint8)  # ecosystems at level 1, water apart


@dataclass(frozen=True)
class Plans:
    """What stands on the ground before areas are laid out; everything in the sample's CRS."""

    region: shapely.Polygon
    sea: shapely.Geometry
    counties: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    """lines, see `river_lines.build_river_lines`"""
    settlements: gpd.GeoDataFrame
    things: gpd.GeoDataFrame
    """see `red_line_conflicts.gather`"""
    reservoirs: gpd.GeoDataFrame
    """see `water_places.build_reservoirs`"""


@dataclass
class Survey:
    """The areas laid out so far, and where there is room for more."""

    base: BaseMap
    landscape: Landscape
    plans: Plans
    room: Room
    land: dict[str, Field]
    """kinds of land, 1 where they are, on cells of 300 m"""
    drawn: dict[str, list[tuple[str, shapely.Geometry]]] = field(default_factory=dict)
    """by key: parts and their shapes as the register has them"""
    true: dict[str, shapely.Geometry] = field(default_factory=dict)
    """by key: the whole of each area, before any fault of the register"""

    def draw(self, key: str) -> int:
        """Give the stream of the noise of an area."""
        return stream(self.landscape.seed, f"protected area: {key}")

    def round(self, key: str, middle: shapely.Point, radius: float) -> shapely.Polygon:
        """Draw an area around a place."""
        return round_shapes(self.base, middle, radius, self.draw(key))[0]

    def place(self, key: str, *shapes: shapely.Geometry, true: shapely.Geometry | None = None) -> None:
        """Add an area without zones, a row for each shape; and as it is in truth, where the register errs."""
        self.drawn[key] = [("", shape) for shape in shapes]
        self.true[key] = shapely.union_all(shapes) if true is None else true
        self.room.take(self.true[key])

    def place_zoned(self, key: str, middle: shapely.Point, radius: float) -> None:
        """Add an area around a place with three zones that do not overlap."""
        shapes = round_shapes(self.base, middle, radius, self.draw(key), shares=tuple(_ZONES.values()))
        self.drawn[key] = [*zip(_ZONES, zones_of(shapes), strict=True)]
        self.true[key] = shapely.union_all(shapes)
        self.room.take(self.true[key])

    def on_rim(self, key: str, worth: Callable[[Points], Field]) -> tuple[shapely.Point, Field]:
        """Find the point on an area's rim that is worth most, and the direction in which it faces, of length 1."""
        shape = self.true[key]
        points = shapely.line_interpolate_point(
            shape.exterior, np.linspace(0.0, 1.0, 48, endpoint=False), normalized=True
        )
        point, middle = points[int(np.argmax(worth(points)))], shapely.centroid(shape)
        out = np.array([point.x - middle.x, point.y - middle.y])
        return point, out / np.hypot(*out)


def moved(point: shapely.Point, *steps: Field) -> shapely.Point:
    """Give the place that some steps, each (2), lead to from another."""
    return shapely.Point(np.array([point.x, point.y]) + np.sum(steps, axis=0))


def begin_survey(base: BaseMap, landscape: Landscape, plans: Plans, reserves: gpd.GeoDataFrame) -> Survey:
    """Begin with the reserves, each with its core drawn over the whole.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    plans : Plans
    reserves : see `reserves.build_reserves`

    Returns
    -------
    Survey
    """
    code = coarse(base.second).astype(np.uint8)
    level1 = LEVEL1[code]
    land = {
        "forest": level1 == 1,
        "dry": np.isin(code, np.array((Cover.STEPPE, Cover.SPARSE_GRASS), np.uint8)),
        "meadow": level1 == 3,
        "sand": code == Cover.SAND,
        "wet": np.isin(code, np.array((Cover.MARSH, Cover.LAKE, Cover.RESERVOIR), np.uint8)),
        "sea": (code == Cover.SEA) & (coarse(base.within) > 0.0),
        "natural": np.isin(level1, _NATURAL),
    }
    survey = Survey(base, landscape, plans, make_room(base), {name: kind.astype(float) for name, kind in land.items()})
    for key, (_, rows) in zip(KINDS, reserves.groupby("name", sort=False), strict=False):
        outer, core = (rows.geometry[rows["part"] == part].iloc[0] for part in ("outer", "core"))
        survey.place(key, outer, true=shapely.union(outer, core))
        survey.drawn[key] = [("experimental", outer), ("core", core)]
    return survey
