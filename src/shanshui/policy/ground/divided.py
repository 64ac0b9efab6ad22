"""Polygons of many vertices divided into pieces of few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

# A piece has at most about so many vertices: many fewer make too many pieces, many more make each of them slow.
VERTICES = 128
# The areas of pieces sum to that of their polygon to this share of it.
ACCURACY = 1e-9


def divided(polygons: NDArray[Any], vertices: int = VERTICES) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Divide polygons along straight lines until no piece has more than so many vertices.

    Parameters
    ----------
    polygons : ndarray of shapely geometries (polygons,)
        Valid; what is not a polygon or is empty has no pieces.
    vertices : int
        Pieces with more are halved across their longer extent.

    Returns
    -------
    pieces : ndarray of shapely polygons
        Valid, each of one part; a polygon of several parts has at least one for each. Sorted by polygon.
    polygon : int64 ndarray (pieces,)
        Of which polygon each is a piece.

    Notes
    -----
    Halving goes on piece by piece, so the pieces are the leaves of a tree of rectangles; those that lie wholly in the
    polygon are rectangles themselves. No piece overlaps another, and together they are the polygon.

    Examples
    --------
    >>> pieces, polygon = divided(np.array([shapely.Point(0, 0).buffer(100, quad_segs=64)]))
    >>> bool(shapely.get_num_coordinates(pieces).max() <= VERTICES), round(float(shapely.area(pieces).sum()))
    (True, 31413)
    """
    whole, owner = polygon_parts(polygons, np.arange(len(polygons)))
    if not (shapely.get_num_coordinates(whole) > vertices).any():
        return whole, owner
    pieces, part = _pieces(whole, vertices, _clipped)
    area = shapely.area(whole)
    gone = np.abs(np.bincount(part, shapely.area(pieces), len(whole)) - area) > ACCURACY * area
    gone[part[~shapely.is_valid(pieces)]] = True
    if gone.any():
        again, of = _pieces(whole[gone], vertices, _overlaid)
        kept = ~gone[part]
        pieces, part = np.concatenate([pieces[kept], again]), np.concatenate([part[kept], np.flatnonzero(gone)[of]])
    order = np.argsort(part, kind="stable")
    return pieces[order], owner[part[order]]


def _pieces(
    polygons: NDArray[Any], vertices: int, cut: Callable[..., NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    pieces, owner = polygons, np.arange(len(polygons))
    done = []
    while True:
        large = shapely.get_num_coordinates(pieces) > vertices
        done.append((pieces[~large], owner[~large]))
        if not large.any():
            break
        pieces, owner = polygon_parts(_halves(pieces[large], cut), np.tile(owner[large], 2))
    return np.concatenate([pieces for pieces, _ in done]), np.concatenate([owner for _, owner in done])


def _halves(polygons: NDArray[Any], cut: Callable[..., NDArray[Any]]) -> NDArray[Any]:
    """Give the lower or left half of each, then the upper or right half of each."""
    left, bottom, right, top = shapely.bounds(polygons).T
    wide = right - left > top - bottom
    middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
    lower = cut(polygons, left, bottom, np.where(wide, middle_x, right), np.where(wide, top, middle_y))
    upper = cut(polygons, np.where(wide, middle_x, left), np.where(wide, bottom, middle_y), right, top)
    return np.concatenate([lower, upper])


def _clipped(polygons: NDArray[Any], *sides: NDArray[np.float64]) -> NDArray[Any]:
    """Cut rectangles out of polygons: fast, but what comes out is not always valid."""
    out = np.empty(len(polygons), object)
    for place, (polygon, *box) in enumerate(zip(polygons, *(each.tolist() for each in sides), strict=True)):
        try:
            out[place] = shapely.clip_by_rect(polygon, *box)
        except (
            shapely.errors.GEOSException
        ):  # it gives up on some valid polygons that a corner of the rectangle touches
            out[place] = shapely.intersection(polygon, shapely.box(*box))
    return out


def _overlaid(polygons: NDArray[Any], *sides: NDArray[np.float64]) -> NDArray[Any]:
    """Cut rectangles out of polygons: always valid, but slow."""
    return np.asarray(shapely.intersection(polygons, shapely.box(*sides)))


def polygon_parts(geometries: NDArray[Any], owner: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Give the parts that are polygons and not empty, also those of collections.

    Parameters
    ----------
    geometries : ndarray of shapely geometries (geometries,)
        Any; None has no parts.
    owner : int64 ndarray (geometries,)
        What each belongs to.

    Returns
    -------
    parts : ndarray of shapely polygons
        In the order of the geometries.
    owner : int64 ndarray
        What each part belongs to.

    Examples
    --------
    >>> parts, owner = polygon_parts(np.array([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]), np.array([7, 8]))
    >>> len(parts), owner.tolist()
    (1, [8])
    """
    if ((shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(geometries)).all():
        return geometries, owner
    parts, place = shapely.get_parts(geometries, return_index=True)
    # A part of a collection may have parts again.
    parts, again = shapely.get_parts(parts, return_index=True)
    kept = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return parts[kept], owner[place[again[kept]]]
