"""The sides of faces: which two faces share how long a side, and which sides face what nothing covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from shanshui.science.faces import Faces
from shanshui.science.lengths import segment_lengths

# What stands in the place of a face where nothing covers the other side.
NOTHING = -1


@dataclass(frozen=True)
class Sides:
    """Sides of faces, one row for each two that share any and for each with a side towards nothing.

    Parameters
    ----------
    face : int64 ndarray (rows,)
        The face.
    other : int64 ndarray (rows,)
        The face on the other side, always a later one; -1 where nothing covers it.
    length : float64 ndarray (rows,)
        How long their common sides are on the ellipsoid [m].
    """

    face: NDArray[np.int64]
    other: NDArray[np.int64]
    length: NDArray[np.float64]

    def between_faces(self) -> Sides:
        """Leave out the sides towards nothing."""
        shared = self.other != NOTHING
        return Sides(self.face[shared], self.other[shared], self.length[shared])


def sides_of(faces: Faces, crs: pyproj.CRS) -> Sides:
    """Find and measure the sides of faces.

    Parameters
    ----------
    faces : Faces
        Any number.
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    Sides
        In the order of the faces.

    Notes
    -----
    Rims of faces are noded: two faces that share a side have the same two points there, to the last bit.

    Examples
    --------
    >>> from shanshui.science.faces import planarise
    >>> crs = pyproj.CRS("EPSG:32648")
    >>> boxes = np.array([shapely.box(500_000, 0, 501_000, 1_000), shapely.box(501_000, 0, 502_000, 500)])
    >>> sides = sides_of(planarise({"parks": boxes}, crs), crs)
    >>> sides.face.tolist(), sides.other.tolist(), sorted((sides.length * 0.9996).round().astype(int).tolist())
    ([0, 0, 1], [-1, 1, -1], [500, 2500, 3500])
    """
    nothing = np.empty(0, np.int64)
    if not len(faces):
        return Sides(nothing, nothing, np.empty(0))
    _, points, (rings, shells) = shapely.to_ragged_array(faces.polygons)
    points = np.ascontiguousarray(points)
    goes_on = np.ones(len(points), bool)
    goes_on[rings[1:] - 1] = False
    at = np.flatnonzero(goes_on)
    ring_face = np.repeat(np.arange(len(faces)), np.diff(shells))
    face = ring_face[np.searchsorted(rings, at, side="right") - 1]
    places, number = np.unique(points.view(np.complex128).ravel(), return_inverse=True)
    low, high = np.minimum(number[at], number[at + 1]), np.maximum(number[at], number[at + 1])
    key = low * len(places) + high
    # Faces come in their order: of two with a common side the earlier stands first.
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.append(True, np.diff(key[order]) != 0))
    twice = np.diff(np.append(first, len(order))) == 2
    one, other = face[order[first]], np.full(len(first), NOTHING)
    other[twice] = face[order[first[twice] + 1]]
    start, end = (places[ends[order[first]]].view(np.float64).reshape(-1, 2) for ends in (low, high))
    lengths = segment_lengths(start, end, crs)
    pairs, which = np.unique(one * (len(faces) + 1) + other + 1, return_inverse=True)
    of, towards = np.divmod(pairs, len(faces) + 1)
    return Sides(of, towards - 1, np.asarray(np.bincount(which, lengths, len(pairs)), np.float64))


def cover_matrix(faces: Faces) -> Any:
    """Give which polygons cover each face as a sparse matrix (faces, polygons) of ones.

    Parameters
    ----------
    faces : Faces
        Any number.

    Returns
    -------
    scipy.sparse.csr_array
    """
    shape = len(faces), len(faces.layer)
    return csr_array((np.ones(len(faces.cover)), faces.cover, faces.cover_start), shape)
