"""How polygons fall apart: patches, the greatest of them, effective mesh size, division, and edge, from their faces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from shanshui.science.faces import Faces
from shanshui.science.faces_sides import NOTHING, Sides, cover_matrix


def fragmentation(faces: Faces, sides: Sides) -> pd.DataFrame:
    """Measure the fragmentation of each polygon.

    Parameters
    ----------
    faces : Faces
        Of the polygons.
    sides : Sides
        Of these faces.

    Returns
    -------
    DataFrame
        One row a polygon, in their order: patches (parts that hang together by sides, not by corners alone), area_m2,
        largest_share (of the area in the greatest patch) [1], mesh_m2 (effective mesh size), division [1], edge_m
        (length of the rim, holes among it). Without a face: 0 patches, area and edge, and NaN else.

    Notes
    -----
    Effective mesh size m = sum(a_i**2) / A and degree of division D = 1 - sum((a_i / A)**2), with the areas a_i of the
    patches and A their sum: Jaeger 2000, Landscape division, splitting index, and effective mesh size, Landscape
    Ecology 15, equations 4 and 1. m is the area in which an animal at a random place can move.

    Examples
    --------
    >>> import pyproj, shapely
    >>> from shanshui.science.faces import planarise
    >>> from shanshui.science.faces_sides import sides_of
    >>> crs = pyproj.CRS("EPSG:6933")
    >>> parts = [shapely.box(0, 0, 1_000, 1_000), shapely.box(2_000, 0, 5_000, 1_000)]
    >>> faces = planarise({"parks": np.array([shapely.MultiPolygon(parts)])}, crs)
    >>> found = fragmentation(faces, sides_of(faces, crs)).round(1)
    >>> found[["patches", "area_m2", "mesh_m2", "division"]].to_numpy().tolist()
    [[2.0, 4000000.0, 2500000.0, 0.4]]
    """
    return _measured(faces, sides, cover_matrix(faces))


def fragmentation_together(faces: Faces, sides: Sides) -> pd.DataFrame:
    """Measure the fragmentation of all that any polygon covers, each place counted once.

    Parameters
    ----------
    faces : Faces
        Of the polygons.
    sides : Sides
        Of these faces.

    Returns
    -------
    DataFrame
        One row, as `fragmentation`.
    """
    return _measured(faces, sides, csr_array(np.ones((len(faces), 1))))


def _measured(faces: Faces, sides: Sides, covering: Any) -> pd.DataFrame:
    """Measure the fragmentation of what covers faces, by the matrix of both (faces, things)."""
    things = covering.shape[1]
    patch, owner = _patches(sides, covering)
    face = np.repeat(np.arange(len(faces)), np.diff(covering.indptr))
    area = np.bincount(patch, faces.area[face], len(owner))
    whole = np.bincount(owner, area, things)
    largest = np.zeros(things)
    np.maximum.at(largest, owner, area)
    squares = np.bincount(owner, area**2, things)
    with np.errstate(invalid="ignore"):
        measures = {"largest_share": largest / whole, "mesh_m2": squares / whole, "division": 1 - squares / whole**2}
    patches = np.bincount(owner, minlength=things)
    return pd.DataFrame({"patches": patches, "area_m2": whole, **measures, "edge_m": _edges(sides, covering)})


def _patches(sides: Sides, covering: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the patch of each entry of the matrix, and whose each patch is."""
    shared = sides.between_faces()
    things, entries = covering.shape[1], len(covering.indices)
    # Entries lie face by face, the things of each in rising order: their keys rise.
    key = np.repeat(np.arange(covering.shape[0]), np.diff(covering.indptr)) * things + covering.indices
    common = covering[shared.face].multiply(covering[shared.other]).tocoo()
    side, thing = common.coords
    ends = tuple(np.searchsorted(key, each[side] * things + thing) for each in (shared.face, shared.other))
    graph = coo_array((np.ones(len(side), bool), ends), (entries, entries))
    count, patch = connected_components(graph, directed=False)
    owner = np.empty(count, np.int64)
    owner[patch] = covering.indices
    return patch.astype(np.int64), owner


def _edges(sides: Sides, covering: Any) -> NDArray[np.float64]:
    """Add up the sides that things have on one hand only."""
    rim = sides.other == NOTHING
    shared = sides.between_faces()
    change = abs(covering[shared.face] - covering[shared.other])
    inner = change.T @ shared.length
    return np.asarray(inner + covering[sides.face[rim]].T @ sides.length[rim], np.float64)
