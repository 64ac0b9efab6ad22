"""Where a parcel can be planted: on given control polygons and clear of all others, or across the border of one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import distance_transform_edt

from shanshui.sample.arrays import Field, Mask
from shanshui.sample.base_map import CELLS, WHOLE, BaseMap
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import NORTH, SIDE, WEST
from shanshui.sample.noise import hash_field, hash_unit, stream

Where = tuple[str, Mapping[str, str]]
"""A control layer, and what the columns of its polygons are to hold; nothing for any of them."""

SLIVER = 2.0  # m, the width of a planted sliver
CLEAR = 12.0  # m, at least, between a planted parcel and what it is to be clear of

_CELL = SIDE / CELLS
_TRIES = 60
_CORNERS = 7  # of a parcel that lies within one ground
_EDGE = (130.0, 420.0)  # m, of a straight border across which a parcel is laid
_NOTHING = 0.01  # m, within which nothing is told apart


@dataclass(frozen=True)
class Overlap:
    """What a parcel has of a control layer."""

    layer: str
    kind: str
    """inside, partial, sliver or touching"""
    area_m2: float
    """by construction, in the sample's plane"""


@dataclass
class Sites:
    """The ground on which parcels are planted, and those that are."""

    base: BaseMap
    region: shapely.Polygon
    layers: Mapping[str, gpd.GeoDataFrame]
    """control layers by name"""
    seed: int
    planted: list[shapely.Polygon] = field(default_factory=list)
    _trees: dict[str, shapely.STRtree] = field(default_factory=dict)
    _depths: dict[str, Field] = field(default_factory=dict)
    _rooms: dict[tuple[str, ...], Field] = field(default_factory=dict)
    _edges: dict[str, tuple[Field, Field, npt.NDArray[np.int64]]] = field(default_factory=dict)
    _within: Field = field(init=False)
    _chance: Field = field(init=False)

    def __post_init__(self) -> None:
        """Mend the rims that cross themselves, and measure the region."""
        for name, frame in self.layers.items():
            self._trees[name] = shapely.STRtree(shapely.make_valid(frame.geometry.to_numpy()))
        shapely.prepare(self.region)
        self._within = _signed_distance(self.base.within)
        self._chance = hash_field(0, 0, CELLS, CELLS, stream(self.seed, "parcels")).ravel()

    def rows(self, where: Where) -> npt.NDArray[np.int64]:
        """Give the rows of a layer whose columns hold what is asked for."""
        layer, columns = where
        frame = self.layers[layer]
        fits = np.ones(len(frame), bool)
        for column, value in columns.items():
            fits &= (frame[column] == value).to_numpy()
        return np.flatnonzero(fits)

    def is_clear(self, shape: shapely.Geometry, layers: list[str], margin: float) -> bool:
        """Tell whether a shape is farther than a margin from everything in some layers."""
        return all(not len(self._trees[name].query(shape, "dwithin", margin)) for name in layers)

    def is_in_region(self, shape: shapely.Geometry) -> bool:
        """Tell whether a shape lies within the region."""
        return bool(self.region.contains_properly(shape))

    def is_free(self, shape: shapely.Geometry, margin: float) -> bool:
        """Tell whether no other parcel is planted near a shape."""
        return not self.planted or float(shapely.distance(shape, self.planted).min()) > margin

    def _deep_in(self, where: Where) -> Field:
        """How far inside of some polygons, above 0, or outside, below 0, each cell lies, in m."""
        key = _key(where)
        if key not in self._depths:
            shapes = self._trees[where[0]].geometries[self.rows(where)]
            self._depths[key] = _signed_distance(number_cells(shapes.tolist(), CELLS, WHOLE) >= 0)
        return self._depths[key]

    def room(self, wanted: list[Where]) -> Field:
        """Tell how far each cell is from where a ground ends: every wanted polygon, none of any other layer."""
        key = tuple(_key(where) for where in wanted)
        if key not in self._rooms:
            deep = self._within
            for where in wanted:
                deep = np.minimum(deep, self._deep_in(where))
            self._rooms[key] = self._clear_of(deep, {layer for layer, _ in wanted})
        return self._rooms[key]

    def _clear_of(self, deep: Field, named: set[str]) -> Field:
        """The same, where it is clear of all layers but some."""
        for layer in self.layers:
            if layer not in named:
                deep = np.minimum(deep, -self._deep_in((layer, {})))
        return deep

    def _candidates(self, deep: Field, reach: float, name: str) -> Iterator[tuple[float, float]]:
        """Places with room enough, in an order by chance; then those that have most of it."""
        flat = deep.ravel()
        fit = np.flatnonzero(flat > reach + 0.5 * _CELL)
        # Another place in the one order for every plant.
        chance = (self._chance[fit] + hash_unit(0, 0, stream(self.seed, name))) % 1.0
        order = fit[np.argsort(chance, kind="stable")][:_TRIES]
        near = np.flatnonzero((flat > 0.0) & (flat <= reach + 0.5 * _CELL))
        deepest = near[np.argsort(-flat[near], kind="stable")][:_TRIES]
        for cell in [*order.tolist(), *deepest.tolist()]:
            yield WEST + (cell % CELLS + 0.5) * _CELL, NORTH - (cell // CELLS + 0.5) * _CELL

    def within(
        self, wanted: list[Where], reach: float, name: str, only: Mask | None = None
    ) -> tuple[shapely.Polygon, list[Overlap]] | None:
        """Find a parcel wholly inside polygons of every wanted layer and clear of all others.

        Parameters
        ----------
        wanted : layers and their polygons; a parcel is within one of them each
        reach : m, that the parcel reaches at most from its middle
        name : of the plant, for chance
        only : cells that its middle may lie in; all where None

        Returns
        -------
        tuple of Polygon and list of Overlap, or None
            None where there is no room.
        """
        deep = self.room(wanted)
        if only is not None:
            deep = np.where(only, deep, -np.inf)
        named = {layer for layer, _ in wanted}
        others = [layer for layer in self.layers if layer not in named]
        shape_of = stream(self.seed, f"shape of {name}")
        turn = (
            2.0 * np.pi * (np.arange(_CORNERS) + np.array([0.6 * hash_unit(k, 0, shape_of) for k in range(_CORNERS)]))
        )
        far = reach * np.array([0.65 + 0.35 * hash_unit(k, 1, shape_of) for k in range(_CORNERS)])
        ring = np.column_stack([far * np.cos(turn / _CORNERS), far * np.sin(turn / _CORNERS)])
        for x, y in self._candidates(deep, reach, name):
            shape = shapely.Polygon(np.round(ring + np.array([x, y]), 2))
            if not self._fits(shape, others):
                continue
            if all(self._holds(where, shape) for where in wanted):
                self.planted.append(shape)
                return shape, [Overlap(layer, "inside", shape.area) for layer, _ in wanted]
        return None

    def _fits(self, shape: shapely.Polygon, others: list[str]) -> bool:
        """Tell whether a parcel has its place: in the region, clear of other layers and of what is planted."""
        return self.is_in_region(shape) and self.is_free(shape, CLEAR) and self.is_clear(shape, others, CLEAR)

    def _holds(self, where: Where, shape: shapely.Polygon) -> bool:
        """Tell whether one polygon asked for holds a shape and all others of its layer that meet it are asked for."""
        rows, tree = self.rows(where), self._trees[where[0]]
        met = tree.query(shape, "intersects")
        near = tree.geometries[met]
        held = np.isin(met, rows) & shapely.contains_properly(near, shape)
        return bool(held.any() and np.isin(met, rows).all())

    def across(
        self, where: Where, inward: float, outward: float, kind: str, name: str
    ) -> tuple[shapely.Polygon, list[Overlap]] | None:
        """Find a parcel across a straight piece of a polygon's border, clear of everything else.

        Parameters
        ----------
        where : the layer and its polygons
        inward, outward : m, that the parcel reaches into the polygon and out of it
        kind : of overlap
        name : of the plant, for chance

        Returns
        -------
        tuple of Polygon and list of Overlap, or None
            None where there is no room. The overlap is the border's length times ``inward``.
        """
        layer = where[0]
        tree, others = self._trees[layer], [name for name in self.layers if name != layer]
        chance = stream(self.seed, name)
        if (key := _key(where)) not in self._edges:
            self._edges[key] = _straight_edges(tree.geometries, self.rows(where))
        starts, ends, owners = self._edges[key]
        order = np.argsort([hash_unit(k, 0, chance) for k in range(len(starts))], kind="stable")
        away = self._clear_of(self._within, {layer})
        middle = 0.5 * (starts + ends)
        column = np.clip((middle[:, 0] - WEST) / _CELL, 0, CELLS - 1).astype(np.int64)
        row = np.clip((NORTH - middle[:, 1]) / _CELL, 0, CELLS - 1).astype(np.int64)
        order = order[away[row, column][order] > 100.0][: 4 * _TRIES]
        for k in order.tolist():
            start, end = starts[k], ends[k]
            length = float(np.hypot(*(end - start)))
            along = (end - start) / length
            out = np.array([along[1], -along[0]])  # rings run with their inside to the left
            if kind != "touching":
                start, end = start + 10.0 * along, end - 10.0 * along
                length -= 20.0
            shape = _box(start, end, -inward * out, outward * out)
            beyond = _box(start + _NOTHING * along, end - _NOTHING * along, _NOTHING * out, outward * out)
            if not self._fits(shape, others):
                continue
            if len(tree.query(beyond, "intersects")):
                continue
            held = _box(start + _NOTHING * along, end - _NOTHING * along, -_NOTHING * out, -max(inward, 1.0) * out)
            met = tree.query(held, "intersects")
            if met.tolist() == [owners[k]] and shapely.covers(tree.geometries[owners[k]], held):
                self.planted.append(shape)
                return shape, [Overlap(layer, kind, length * inward)]
        return None


def _key(where: Where) -> str:
    """One word for a layer and what its polygons are to hold."""
    layer, columns = where
    return ";".join((layer, *(f"{column}={value}" for column, value in columns.items())))


def _signed_distance(held: Mask) -> Field:
    """How far inside, above 0, or outside, below 0, each cell lies, in m."""
    outside = distance_transform_edt(~held) if held.any() else np.full(held.shape, 2.0 * CELLS)
    inside: Field = distance_transform_edt(held)
    return (inside - outside) * _CELL


def _box(start: Field, end: Field, near: Field, far: Field) -> shapely.Polygon:
    """The rectangle along a line, from one step beside it to another."""
    return shapely.Polygon([start + near, end + near, end + far, start + far])


def _straight_edges(
    shapes: npt.NDArray[np.object_], rows: npt.NDArray[np.int64]
) -> tuple[Field, Field, npt.NDArray[np.int64]]:
    """The long straight edges of some polygons, their inside to the left: starts, ends, and the rows they are of."""
    starts, ends, owners = [], [], []
    for row in rows.tolist():
        for part in shapely.get_parts(shapes[row]):
            if part.geom_type != "Polygon":
                continue
            ring = shapely.get_coordinates(part.exterior)
            if not shapely.is_ccw(part.exterior):
                ring = ring[::-1]
            length = np.hypot(*np.diff(ring, axis=0).T)
            fit = np.flatnonzero((length > _EDGE[0]) & (length < _EDGE[1]))
            starts.append(ring[fit])
            ends.append(ring[fit + 1])
            owners.append(np.full(len(fit), row))
    if not starts:
        return np.empty((0, 2)), np.empty((0, 2)), np.empty(0, np.int64)
    return np.concatenate(starts), np.concatenate(ends), np.concatenate(owners)
