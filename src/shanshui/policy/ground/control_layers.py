"""Control layers, and what of parcels lies in their polygons."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.policy.ground.common_areas import Sides, common_areas, near_length, runs, sums
from shanshui.policy.ground.divided import divided
from shanshui.policy.ground.overlaps import Overlaps, Where
from shanshui.policy.ground.united import GRID, all_or_part, united
from shanshui.policy.ground.widths import DUST, disc_area, wider

__all__ = ["ControlLayer", "ControlLayers", "Overlaps"]

# What is drawn side by side may differ by half a millimetre on the map.
DRAWN = 0.5e-3
# What has less area than the least disc that is not dust is dust.
LEAST_AREA = disc_area(DUST)
# Pieces with no more of a parcel [m2] are not drawn.
NOTHING = 1e-9
# So many parcels are worked on at once by each thread.
PORTION = 2_000
THREADS = os.cpu_count()


@dataclass(frozen=True)
class ControlLayer:
    """Polygons that rules ask about.

    Parameters
    ----------
    name : str
        By which rules name it.
    polygons : ndarray of shapely geometries (polygons,)
        Valid, in an equal-area plane [m].
    keys : ndarray of str (polygons,)
        Their names.
    columns : mapping of str to (ndarray of str (polygons,))
        What is known of them; "" where it is not known.
    scale : float
        Of the map they were drawn on: 10,000 stands for 1 : 10,000.
    digest : str
        Of what they were read from.
    zoning : bool
        Whether they are the zones of a zoning, such as counties, which restrict nothing by themselves.
    source : str
        Where they come from, and by which licence; "" where nobody said it.

    Examples
    --------
    >>> ControlLayer.of("red_line", [shapely.box(0, 0, 9, 9)], ["R-1"], scale=10_000).tolerance_m
    5.0
    """

    name: str
    polygons: NDArray[Any]
    keys: NDArray[Any]
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    scale: float = 10_000.0
    digest: str = ""
    zoning: bool = False
    source: str = ""

    @classmethod
    def of(cls, name: str, polygons: Sequence[Any], keys: Sequence[str], **others: Any) -> ControlLayer:
        """Make a layer of plain lists.

        Parameters
        ----------
        name : str
            By which rules name it.
        polygons : sequence of shapely geometries
            As above.
        keys : sequence of str
            As above.
        **others
            As above; columns may be of plain lists.

        Returns
        -------
        ControlLayer
        """
        columns = {key: _objects(values) for key, values in others.pop("columns", {}).items()}
        return cls(name, _objects(polygons), _objects(keys), columns, **others)

    @property
    def tolerance_m(self) -> float:
        """Overlaps nowhere wider than this [m] may come of drawing alone."""
        return DRAWN * self.scale

    def fits(self, where: Where, rows: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell which polygons have given values in given columns.

        Parameters
        ----------
        where : mapping of str to (tuple of str)
            The values that will do, by column; all columns have to fit.
        rows : int64 ndarray (rows,)
            The polygons asked for.

        Returns
        -------
        sure, possible : bool ndarray (rows,)
            Possible is also what is not known: where the value is "", or the layer has no such column.
        """
        if not where:
            return np.ones(len(rows), bool), np.ones(len(rows), bool)
        key = tuple(where.items())
        if key not in self._fitting:
            self._fitting[key] = self._fit(where)
        sure, possible = self._fitting[key]
        return sure[rows], possible[rows]

    @cached_property
    def _fitting(self) -> dict[Any, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """What was found out of all polygons: rules ask for the same values again and again."""
        return {}

    def _fit(self, where: Where) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        sure, possible = (np.ones(len(self.polygons), bool) for _ in range(2))
        for column, choices in where.items():
            if column not in self.columns:
                sure[:] = False
                continue
            values = self.columns[column]
            fit = np.zeros(len(values), bool)
            for choice in choices:
                fit |= values == choice
            sure &= fit
            possible &= fit | (values == "")
        return sure, possible


class ControlLayers(Mapping[str, ControlLayer]):
    """All control layers of a study, ready to be laid under parcels.

    Parameters
    ----------
    layers : iterable of ControlLayer
        Each of another name.
    extent : shapely geometry, optional
        The ground that the layers were drawn for; None where nothing is said.
    crs : CRS, optional
        The plane, for those who bring parcels into it.

    Examples
    --------
    >>> line = ControlLayer.of("red_line", [shapely.box(0, 0, 100, 100)], ["R-1"])
    >>> found = ControlLayers([line]).overlaps(np.array([shapely.box(50, 0, 150, 100), shapely.box(100, 0, 200, 100)]))
    >>> found.area("red_line", {})[0].tolist(), found.touches("red_line", {})[0].tolist()
    ([5000.0, 0.0], [True, False])
    """

    def __init__(self, layers: Iterable[ControlLayer], extent: Any = None, crs: Any = None) -> None:
        self._layers = {layer.name: layer for layer in layers}
        self.crs = crs
        self.names = tuple(self._layers)
        self.extent = extent
        size = [len(layer.polygons) for layer in self._layers.values()]
        # Polygons are numbered through all layers.
        self._start = np.cumsum([0, *size])
        self._layer = np.repeat(np.arange(len(size)), size)
        self._tolerance = np.array([layer.tolerance_m for layer in self._layers.values()], np.float64)
        every = _objects([polygon for layer in self._layers.values() for polygon in layer.polygons])
        self._pieces, self._owner = divided(every)
        self._count = np.bincount(self._owner, minlength=len(every))
        self._first = np.cumsum(self._count) - self._count
        self._tree = shapely.STRtree(self._pieces)
        self._sides = Sides.of(self._pieces)
        self._rim = shapely.length(self._pieces)

    def __getitem__(self, name: str) -> ControlLayer:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def overlaps(self, polygons: NDArray[Any]) -> Overlaps:
        """Find what parcels overlap.

        Parameters
        ----------
        polygons : ndarray of shapely geometries (parcels,)
            In the plane of the layers. One that is missing, empty or no polygon overlaps nothing; one that crosses
            itself is taken as `shapely.make_valid` mends it.

        Returns
        -------
        Overlaps
            Those of one parcel are the same to the last bit whatever the other parcels are.
        """
        parcels = _mended(polygons)
        order = _side_by_side(parcels)
        portions = [order[start : start + PORTION] for start in range(0, max(len(order), 1), PORTION)]
        if len(portions) == 1:
            found = [self._found(parcels, order)]
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                found = list(pool.map(lambda some: self._found(parcels, some), portions))
        parcel, number, area, sliver = (np.concatenate(each) for each in zip(*found, strict=True))
        # The polygons of each parcel are in order already.
        rank = np.argsort(parcel, kind="stable")
        number = number[rank]
        layer = self._layer[number]
        return Overlaps(self, parcels, parcel[rank], layer, number - self._start[layer], area[rank], sliver[rank])

    def _found(self, parcels: NDArray[Any], some: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Find what some of the parcels overlap: parcel, number of the polygon, area, whether it is a sliver."""
        parts, owner = divided(parcels[some])
        first, second = self._tree.query(parts)
        rank = np.lexsort((second, first))
        first, second = first[rank], second[rank]
        sides = Sides.of(parts)
        common = common_areas(sides, self._sides, first, second)
        # A row for each parcel and polygon.
        key, row = np.unique(owner[first] * len(self._layer) + self._owner[second], return_inverse=True)
        place_of_parcel, number = np.divmod(key, max(len(self._layer), 1))
        parcel = some[place_of_parcel]
        area = all_or_part(sums(row, common, len(key)), parcels[parcel])
        kept, sliver = area >= LEAST_AREA, np.zeros(len(key), bool)
        tolerance = self._tolerance[self._layer[number]]
        # What is not plainly wide, by its area and all the rim that could be its own, is drawn: first by all the rim
        # that its parcel and polygon have, then by what of it is near.
        rim = shapely.length(parts)[first] + self._rim[second]
        pairs = np.flatnonzero((kept & (2 * area < tolerance * sums(row, rim, len(key))))[row])
        rim = near_length(sides, first[pairs], self._sides.bounds[second[pairs]])
        rim += near_length(self._sides, second[pairs], sides.bounds[first[pairs]])
        near = sums(row[pairs], rim, len(key))
        narrow = (near > 0) & (2 * area < tolerance * near)
        pairs, asked = np.flatnonzero(narrow[row] & (common > NOTHING)), np.flatnonzero(narrow)
        drawn = shapely.intersection(parts[first[pairs]], self._pieces[second[pairs]])
        owner = np.searchsorted(asked, row[pairs])
        thin = np.flatnonzero(~wider(united(drawn, owner, len(asked)), tolerance[asked]))
        # Cracks between pieces may have made them narrow.
        again = np.isin(owner, thin)
        shapes = united(drawn[again], np.searchsorted(thin, owner[again]), len(thin), GRID)
        sliver[asked[thin]] = ~wider(shapes, tolerance[asked[thin]])
        kept[asked[thin]] = wider(shapes, DUST)
        return parcel[kept], number[kept], area[kept], sliver[kept]

    def shared(self, layer: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of some polygons of a layer overlap another of them.

        Parameters
        ----------
        layer : str
            Its name.
        rows : int64 ndarray (polygons,)
            Rows of the layer, growing.

        Returns
        -------
        bool ndarray (polygons,)
            True where it does.
        """
        number = rows + self._start[self.names.index(layer)]
        pieces = runs(self._first[number], self._count[number])
        one = np.repeat(np.arange(len(number)), self._count[number])
        first, second = self._tree.query(self._pieces[pieces])
        other = np.searchsorted(number, self._owner[second])
        kept = (one[first] < other) & (other < len(number))
        kept[kept] &= number[other[kept]] == self._owner[second[kept]]
        first, second, other = first[kept], second[kept], other[kept]
        key, pair = np.unique(one[first] * len(number) + other, return_inverse=True)
        common = sums(pair, common_areas(self._sides, self._sides, pieces[first], second), len(key)) >= LEAST_AREA
        out = np.zeros(len(number), bool)
        out[np.concatenate(np.divmod(key[common], max(len(number), 1)))] = True
        return out

    def drawn(self, parcel: Any, layer: str, rows: NDArray[np.int64], grid: float | None = None) -> Any:
        """Draw what of a parcel lies in any of some polygons of a layer.

        Parameters
        ----------
        parcel : shapely geometry
            Valid.
        layer : str
            Its name.
        rows : int64 ndarray
            Rows of the layer, growing.
        grid : float, optional
            To which points are brought, so that no cracks are left between pieces [m].

        Returns
        -------
        shapely polygon or multipolygon
            Empty where nothing does.
        """
        number = rows + self._start[self.names.index(layer)]
        near = self._tree.query(parcel)
        near = np.sort(near[np.isin(self._owner[near], number)])
        return united(shapely.intersection(parcel, self._pieces[near]), np.zeros(len(near), np.int64), 1, grid)[0]


def _objects(values: Iterable[Any]) -> NDArray[Any]:
    every = list(values)
    out = np.empty(len(every), object)
    out[:] = every
    return out


def _mended(polygons: NDArray[Any]) -> NDArray[Any]:
    """Give valid geometries; empty ones for those that are missing or not finite."""
    out = _objects(polygons)
    out[shapely.is_missing(out)] = shapely.Polygon()
    bad = np.flatnonzero(~shapely.is_valid(out))
    points, place = shapely.get_coordinates(out[bad], return_index=True)
    out[bad[place[~np.isfinite(points).all(axis=1)]]] = shapely.Polygon()
    out[bad] = shapely.make_valid(out[bad])
    return out


def _side_by_side(parcels: NDArray[Any]) -> NDArray[np.int64]:
    """Order parcels so that those in one portion lie near each other and near the same polygons."""
    corner = np.nan_to_num(shapely.bounds(parcels)[:, :2])
    if len(corner) <= PORTION:
        return np.arange(len(corner))
    low, high = corner.min(axis=0), corner.max(axis=0)
    cells = np.sqrt(len(corner) / PORTION)
    column, row = ((corner - low) / np.maximum(high - low, 1.0) * cells).astype(np.int64).T
    return np.lexsort((row, column))
