"""The faces of a noded net of lines, traced along its half-edges."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import shapely
from numpy.typing import NDArray


def polygonize(net: Any) -> NDArray[Any]:
    """Find the faces of a net.

    Parameters
    ----------
    net : shapely.LineString, LinearRing or MultiLineString
        Noded: lines meet at their ends only. Lines that end nowhere or part nothing bound no face.

    Returns
    -------
    ndarray of shapely.Polygon
        All bounded faces, whatever covers them, with their holes.

    Notes
    -----
    Each line is two half-edges, with a face on the left of each. The half-edge that follows one is, at its end, the
    next in clockwise direction from its twin. A closed walk that comes by a node twice is parted there. Of the rings,
    those that turn against the clock are shells, the others holes: of the shell in their walk, or of the least shell
    around them where a walk has none. What shapely.polygonize gives, but faster, and without Python's lock for the most
    part.

    Examples
    --------
    >>> cross = shapely.MultiLineString([[(0, 0), (2, 0), (2, 2), (0, 0)], [(2, 0), (3, 0)]])
    >>> [face.area for face in polygonize(cross)]
    [2.0]
    """
    # Its bytes, since millions of lines as objects would need more time and memory than all the rest.
    whole = net
    if shapely.get_type_id(net) != shapely.GeometryType.MULTILINESTRING:
        whole = shapely.MultiLineString([] if shapely.is_empty(net) else [shapely.get_coordinates(net)])
    points = shapely.get_coordinates(whole)
    known = np.frombuffer(shapely.to_wkb(whole, byte_order=1), np.uint8)
    start = _line_starts(known, shapely.get_num_geometries(whole))
    first, last = start[:-1], start[1:] - 1
    # Half-edges 2 n and 2 n + 1 go along line n and back.
    origin = np.empty(2 * len(first), np.int64)
    ends = np.stack([points[first], points[last]], 1).reshape(-1, 2)
    origin[:] = np.unique(np.ascontiguousarray(ends).view(np.complex128).ravel(), return_inverse=True)[1]
    away = np.stack([points[first + 1] - points[first], points[last - 1] - points[last]], 1).reshape(-1, 2)
    angle = np.arctan2(away[:, 1], away[:, 0])
    around = np.lexsort((angle, origin))
    while True:
        following = _following(around, origin)
        walk = _walks(around, following)
        # A line with one walk on both sides parts nothing.
        useless = walk[around] == walk[around ^ 1]
        if not useless.any():
            break
        around = around[~useless]
    edges, ring_start, ring_walk = _rings(around, following, origin)
    corners, corner_start, area = _outlines(edges, ring_start, points, start)
    rings = shapely.linearrings(corners, indices=np.repeat(np.arange(len(area)), np.diff(corner_start)))
    shell = area > 0
    if not shell.any():
        return np.empty(0, object)
    face_of_walk = np.full(int(ring_walk.max()) + 1, -1)
    face_of_walk[ring_walk[shell]] = np.arange(int(shell.sum()))
    face = face_of_walk[ring_walk]
    free = np.flatnonzero(face < 0)
    if len(free):
        hole, around_it = shapely.STRtree(shapely.polygons(rings[shell])).query(
            shapely.points(corners[corner_start[free]]), predicate="within"
        )
        order = np.lexsort((area[shell][around_it], hole))
        hole, least = np.unique(hole[order], return_index=True)
        face[free[hole]] = around_it[order][least]
    kept = np.flatnonzero(face >= 0)
    kept = kept[np.lexsort((~shell[kept], face[kept]))]
    return np.asarray(shapely.polygons(rings[kept], indices=face[kept]), object)


@numba.njit(cache=True, nogil=True)
def _line_starts(known, lines):  # type: ignore[no-untyped-def]
    """Give where each line begins among the points, from well-known binary: a head of 9 bytes, then 16 a point."""
    start = np.zeros(lines + 1, np.int64)
    at = np.int64(9)
    for line in range(lines):
        count = np.int64(0)
        for byte in range(4):
            count += np.int64(known[at + 5 + byte]) << (8 * byte)
        start[line + 1] = start[line] + count
        at += 9 + 16 * count
    return start


@numba.njit(cache=True, nogil=True)
def _following(around, origin):  # type: ignore[no-untyped-def]
    """Give the half-edge that follows each around the face on its left."""
    out = np.full(origin.size, -1, np.int64)
    begin = 0
    while begin < around.size:
        end = begin
        while end < around.size and origin[around[end]] == origin[around[begin]]:
            end += 1
        for place in range(begin, end):
            before = place - 1 if place > begin else end - 1
            out[around[place] ^ 1] = around[before]
        begin = end
    return out


@numba.njit(cache=True, nogil=True)
def _walks(around, following):  # type: ignore[no-untyped-def]
    """Number the closed walks."""
    walk = np.full(following.size, -1, np.int64)
    number = 0
    for first in around:
        if walk[first] < 0:
            edge = first
            while walk[edge] < 0:
                walk[edge] = number
                edge = following[edge]
            number += 1
    return walk


@numba.njit(cache=True, nogil=True)
def _rings(around, following, origin):  # type: ignore[no-untyped-def]
    """Part the closed walks where they come by a node twice."""
    edges = np.empty(around.size, np.int64)
    ring_start, ring_walk = np.empty(around.size + 1, np.int64), np.empty(around.size, np.int64)
    done = np.zeros(following.size, np.bool_)
    # Where on the path a node was left, from 1; 0 while it is not on it.
    left = np.zeros(origin.max() + 1 if origin.size else 0, np.int64)
    path = np.empty(around.size, np.int64)
    written, rings, walks = 0, 0, 0
    for first in around:
        if done[first]:
            continue
        length, edge = 0, first
        while not done[edge]:
            done[edge] = True
            path[length] = edge
            length += 1
            left[origin[edge]] = length
            here = origin[edge ^ 1]
            if left[here]:
                begin = left[here] - 1
                ring_start[rings], ring_walk[rings] = written, walks
                rings += 1
                for place in range(begin, length):
                    edges[written] = path[place]
                    left[origin[path[place]]] = 0
                    written += 1
                length = begin
            edge = following[edge]
        walks += 1
    ring_start[rings] = written
    return edges, ring_start[: rings + 1], ring_walk[:rings]


@numba.njit(cache=True, nogil=True)
def _outlines(edges, ring_start, points, start):  # type: ignore[no-untyped-def]
    """Give the corners of rings, the first also last, and twice the areas they enclose, negative with the clock."""
    rings = ring_start.size - 1
    corner_start = np.zeros(rings + 1, np.int64)
    for ring in range(rings):
        total = 1
        for place in range(ring_start[ring], ring_start[ring + 1]):
            line = edges[place] // 2
            total += start[line + 1] - start[line] - 1
        corner_start[ring + 1] = corner_start[ring] + total
    corners, area = np.empty((corner_start[rings], 2), np.float64), np.zeros(rings, np.float64)
    for ring in range(rings):
        at = corner_start[ring]
        for place in range(ring_start[ring], ring_start[ring + 1]):
            line, back = edges[place] // 2, edges[place] % 2
            count = start[line + 1] - start[line] - 1
            for k in range(count):
                corners[at] = points[start[line + 1] - 1 - k] if back else points[start[line] + k]
                at += 1
        corners[at] = corners[corner_start[ring]]
        x, y = corners[at]
        for k in range(corner_start[ring], at):
            one, other = corners[k], corners[k + 1]
            area[ring] += (one[0] - x) * (other[1] - y) - (other[0] - x) * (one[1] - y)
    return corners, corner_start, area
