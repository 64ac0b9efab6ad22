"""Faces: polygons of several layers cut into the parts that one and the same set of them covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from shanshui.science.faces_area import EllipsoidArea, metres_of
from shanshui.science.faces_made import attribute, clusters_of, grid_of, mend, planar
from shanshui.science.faces_slivers import Cut, Slivers, merge_slivers

# Accounts must close to this share of the area.
EXACT = 1e-8


@dataclass(frozen=True)
class Identity:
    """How well accounts by faces close.

    Parameters
    ----------
    total : float
        Sum of face area x multiplicity against the sum of the areas of the polygons, as a share of the latter.
    union : float
        Sum of the areas of the faces against the area of the union of all polygons, as a share of the latter.
    worst : float
        The greatest difference of one polygon, as a share of its area.
    worst_polygon : int
        Which it is; -1 where there is none.
    holds : bool
        Whether no difference is greater than 1e-8, and what the grid of coordinates can move.
    """

    total: float
    union: float
    worst: float
    worst_polygon: int
    holds: bool


@dataclass(frozen=True)
class Faces:
    """Faces and the polygons that cover each.

    Parameters
    ----------
    polygons : ndarray of shapely.Polygon (faces,)
        The faces: they do not overlap; what no polygon covers is in none.
    area : float64 ndarray (faces,)
        Their areas on the ellipsoid [m2].
    cover_start : int64 ndarray (faces + 1,)
        Where the cover of each begins in `cover`.
    cover : int64 ndarray
        The polygons that cover each face, in rising order. Polygons are counted through all layers.
    cluster : int64 ndarray (faces,)
        The cluster: polygons that hang together and were cut by each other only.
    layers : tuple of str
        The names of the layers.
    layer : int64 ndarray (polygons,)
        The layer of each polygon.
    row : int64 ndarray (polygons,)
        Its place in that layer.
    polygon_area : float64 ndarray (polygons,)
        The area of each polygon, once mended [m2]: 0 where it has none.
    mended : int64 ndarray
        Polygons that crossed or overlapped themselves and were mended.
    without_area : int64 ndarray
        Polygons that are missing, empty, or narrower than the grid of coordinates: no face has them.
    slivers : Slivers
        What was merged because it was too narrow, and what the polygons gained and lost by it.
    union_area : float
        The area of the union of all polygons, found without the faces [m2].
    rounding : float64 ndarray (polygons,)
        How much the area of each may be moved by the grid of coordinates, at most [m2].
    """

    polygons: NDArray[Any]
    area: NDArray[np.float64]
    cover_start: NDArray[np.int64]
    cover: NDArray[np.int64]
    cluster: NDArray[np.int64]
    layers: tuple[str, ...]
    layer: NDArray[np.int64]
    row: NDArray[np.int64]
    polygon_area: NDArray[np.float64]
    mended: NDArray[np.int64]
    without_area: NDArray[np.int64]
    slivers: Slivers
    union_area: float
    rounding: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.polygons)

    @property
    def multiplicity(self) -> NDArray[np.int64]:
        """How many polygons cover each face."""
        return np.diff(self.cover_start)

    @cached_property
    def cover_face(self) -> NDArray[np.int64]:
        """The face of each entry of `cover`."""
        return np.repeat(np.arange(len(self)), self.multiplicity)

    @cached_property
    def _by_polygon(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The faces of each polygon: where they begin, and which they are, in rising order."""
        order = np.argsort(self.cover, kind="stable")
        counts = np.bincount(self.cover, minlength=len(self.layer))
        return np.concatenate([[0], np.cumsum(counts)]), self.cover_face[order]

    def faces_of(self, polygon: int) -> NDArray[np.int64]:
        """Give the faces that make up a polygon, in rising order."""
        start, faces = self._by_polygon
        return faces[start[polygon] : start[polygon + 1]]

    def covered_by(self, layer: str) -> NDArray[np.bool_]:
        """Tell for each face whether a polygon of a layer covers it."""
        out = np.zeros(len(self), bool)
        out[self.cover_face[self.layer[self.cover] == self.layers.index(layer)]] = True
        return out

    def first_of(self, layer: str) -> NDArray[np.int64]:
        """Give for each face the first polygon of a layer that covers it, by its place in the layer; -1 none."""
        ours = np.flatnonzero(self.layer[self.cover] == self.layers.index(layer))[::-1]
        out = np.full(len(self), -1, np.int64)
        # The cover is in rising order, so the first one is written last.
        out[self.cover_face[ours]] = self.row[self.cover[ours]]
        return out

    @property
    def doubles(self) -> NDArray[np.int64]:
        """Polygons that have the same faces as an earlier one of the same layer."""
        start, faces = self._by_polygon
        seen: set[tuple[int, bytes]] = set()
        found = []
        for polygon in np.flatnonzero(np.diff(start)):
            key = int(self.layer[polygon]), faces[start[polygon] : start[polygon + 1]].tobytes()
            if key in seen:
                found.append(polygon)
            seen.add(key)
        return np.array(found, np.int64)

    def area_by_polygon(self) -> pd.DataFrame:
        """Account for the area of every polygon by its faces.

        Returns
        -------
        DataFrame
            One row a polygon, in their order: `layer`, `row`, `faces`, `area_m2`, `alone_m2` (no other polygon covers
            it) and `shared_m2`.
        """
        polygons = len(self.layer)
        area = self.area[self.cover_face]
        alone = np.where(self.multiplicity[self.cover_face] == 1, area, 0.0)
        whole, own = (np.bincount(self.cover, each, polygons) for each in (area, alone))
        return pd.DataFrame(
            {
                "layer": np.array(self.layers, object)[self.layer],
                "row": self.row,
                "faces": np.bincount(self.cover, minlength=polygons),
                "area_m2": whole,
                "alone_m2": own,
                "shared_m2": whole - own,
            }
        )

    def area_by_multiplicity(self) -> pd.DataFrame:
        """Account for the area that so many polygons cover.

        Returns
        -------
        DataFrame
            One row a multiplicity that occurs: `multiplicity`, `faces`, `area_m2`.
        """
        faces, area = np.bincount(self.multiplicity), np.bincount(self.multiplicity, self.area)
        occurring = np.flatnonzero(faces)
        return pd.DataFrame({"multiplicity": occurring, "faces": faces[occurring], "area_m2": area[occurring]})

    def area_by_layers(self) -> pd.DataFrame:
        """Account for the area that exactly one set of layers covers.

        Returns
        -------
        DataFrame
            One row a set that occurs: a boolean column for each layer, `faces`, `area_m2`.
        """
        covering = np.zeros((len(self), len(self.layers)), bool)
        covering[self.cover_face, self.layer[self.cover]] = True
        sets, which = np.unique(covering, axis=0, return_inverse=True)
        table = pd.DataFrame(sets, columns=list(self.layers))
        table["faces"] = np.bincount(which, minlength=len(sets))
        table["area_m2"] = np.bincount(which, self.area, len(sets))
        return table

    def dissolve(self, key: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Join the faces that have the same key.

        Parameters
        ----------
        key : ndarray (faces,)
            Anything that can be sorted.

        Returns
        -------
        ndarray (keys,), ndarray of shapely geometries (keys,)
            The keys in rising order, and the polygon or multipolygon of each.
        """
        keys, which = np.unique(key, return_inverse=True)
        members = np.split(self.polygons[np.argsort(which, kind="stable")], np.cumsum(np.bincount(which))[:-1])
        joined = np.empty(len(keys), object)
        for number, faces in enumerate(members[: len(keys)]):
            joined[number] = faces[0] if len(faces) == 1 else shapely.coverage_union_all(faces)
        return keys, joined

    def identity(self) -> Identity:
        """Check that no area was counted twice or lost.

        Returns
        -------
        Identity
            Polygons with what they gained and lost by the merging of slivers.
        """
        wanted = self.polygon_area + self.slivers.gained - self.slivers.lost
        found = np.bincount(self.cover, self.area[self.cover_face], len(wanted))
        off = np.abs(found - wanted)
        whole, moved = float(self.polygon_area.sum()), float(self.rounding.sum())
        total = abs(float(np.sum(self.area * self.multiplicity) - wanted.sum()))
        union = abs(float(self.area.sum()) - self.union_area)
        share = np.divide(off, self.polygon_area, out=np.zeros_like(off), where=self.polygon_area > 0)
        holds = (
            total <= EXACT * whole + moved
            and union <= EXACT * self.union_area + moved
            and bool(np.all(off <= EXACT * self.polygon_area + self.rounding))
        )
        return Identity(
            total / whole if whole else 0.0,
            union / self.union_area if self.union_area else 0.0,
            float(share.max(initial=0.0)),
            int(share.argmax()) if len(share) else -1,
            holds,
        )


def planarise(layers: Mapping[str, NDArray[Any]], crs: pyproj.CRS, *, sliver: float = 0.0, threads: int = 2) -> Faces:
    """Cut polygons of any number of layers into faces, each with the polygons that cover it.

    Parameters
    ----------
    layers : mapping of str to ndarray of shapely geometries
        Polygons and multipolygons, which may overlap, nest, touch and repeat within a layer and between layers; all in
        one CRS. What is None, empty, or has no area is kept as a polygon without faces.
    crs : pyproj.CRS
        Theirs.
    sliver : float
        Faces whose mean width (twice the area through the length of the rim) is less are merged into the neighbour
        with which they share the longest side; 0 merges none [m].
    threads : int
        How many work at once; the result is the same for any number.

    Returns
    -------
    Faces

    Raises
    ------
    ValueError
        Where coordinates are not finite, or lie where the CRS has no place on the Earth.
    ArithmeticError
        Where the accounts do not close: never by the input, so it is a fault of the software.

    Notes
    -----
    Polygons that intersect each other, directly or through others, are a cluster. The rims of a cluster are noded by
    snap rounding (Hobby 1999) onto a grid of 2**-48 of the greatest coordinate, some tens of
    nanometres: noding without it loses
    faces where a corner lies on another polygon's side but for rounding. The nodes' net gives the faces, a point inside
    of each tells what covers it, among the polygons of its own cluster only: a hole in one cluster may hold another.

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)])
    >>> faces = planarise({"parks": boxes}, pyproj.CRS("EPSG:6933"))
    >>> faces.area_by_multiplicity()[["multiplicity", "area_m2"]].round(6).to_numpy().tolist()
    [[1.0, 2.0], [2.0, 1.0]]
    >>> faces.identity().holds
    True
    """
    whole = [np.asarray(layer, object) for layer in layers.values()]
    sizes = np.array([len(layer) for layer in whole], np.int64)
    given, layer = np.concatenate([np.empty(0, object), *whole]), np.repeat(np.arange(len(sizes)), sizes)
    row = np.concatenate([np.empty(0, np.int64), *(np.arange(size) for size in sizes)])
    finite = np.isfinite(shapely.bounds(given)).all(1) | shapely.is_empty(given) | shapely.is_missing(given)
    if not finite.all():
        first = int(np.argmin(finite))
        raise ValueError(f"polygon {row[first]} of {list(layers)[layer[first]]} has coordinates that are not numbers")
    polygons, mended = mend(given)
    bounds = shapely.total_bounds(polygons) if len(polygons) else np.full(4, np.nan)
    measure = EllipsoidArea(bounds, crs)
    grid = grid_of(bounds)
    # Narrower than the grid: corners in a line but for rounding.
    polygons[shapely.area(polygons) <= grid * shapely.length(polygons)] = shapely.Polygon()
    cluster = clusters_of(polygons)
    pieces, piece_cluster, unions = planar(polygons, cluster, grid, threads)
    cover_start, cover = attribute(pieces, piece_cluster, polygons, cluster, grid, threads)
    cut = Cut(pieces, measure.of(pieces), cover_start, cover, piece_cluster)
    cut, slivers = merge_slivers(cut, sliver / metres_of(crs), len(polygons))
    polygon_area = measure.of(polygons)
    # A side moves by less than the grid; in square metres as the polygon itself.
    plane = shapely.area(polygons)
    density = np.divide(polygon_area, plane, out=np.zeros_like(plane), where=plane > 0)
    faces = Faces(
        polygons=cut.polygons,
        area=cut.area,
        cover_start=cut.cover_start,
        cover=cut.cover,
        cluster=cut.cluster,
        layers=tuple(layers),
        layer=layer,
        row=row,
        polygon_area=polygon_area,
        mended=np.flatnonzero(mended),
        without_area=np.flatnonzero(plane == 0.0),
        slivers=slivers,
        union_area=float(measure.of(unions).sum()),
        rounding=grid * shapely.length(polygons) * density,
    )
    identity = faces.identity()
    if not identity.holds:
        raise ArithmeticError(f"faces do not add up to their polygons: {identity}")
    return faces
