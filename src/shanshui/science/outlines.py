"""The outlines of patches along the sides of cells: arcs that neighbours share, and the polygons they bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster
from shanshui.science.patches import NO_PATCH

# Headings in which an outline leaves a corner, clockwise: a turn to the left is three further.
EAST, SOUTH, WEST, NORTH = range(4)
# Which of the patches around a corner (upper left, upper right, lower left, lower right) is on the left of who leaves
# it, and which on the right, by heading.
_LEFT, _RIGHT = np.array([1, 3, 2, 0]), np.array([3, 2, 0, 1])


@dataclass(frozen=True)
class Outlines:
    """Arcs between patches, and how they go round each.

    Parameters
    ----------
    points : float64 ndarray (points, 2)
        Columns and rows of the arcs' points, one arc after the other; corners of cells lie at whole numbers. Where an
        arc is closed its first point is also the last.
    start : int64 ndarray (arcs + 1,)
        Where each arc begins among the points.
    left, right : int32 ndarray (arcs,)
        The patch on each side of it, 0 for none.
    ring_start : int64 ndarray (rings + 1,)
        Where each ring begins among `ring_arcs`.
    ring_arcs : int64 ndarray
        Twice the number of an arc, and one more where the ring goes along it backwards. Rings have their patch on the
        left: those around it turn against the clock, those around its holes with it.
    ring_shell : int64 ndarray (rings,)
        The ring around the piece of the patch to which the ring belongs: itself, or another where it is a hole.
    """

    points: NDArray[np.float64]
    start: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    ring_start: NDArray[np.int64]
    ring_arcs: NDArray[np.int64]
    ring_shell: NDArray[np.int64]

    @property
    def ring_patch(self) -> NDArray[np.int32]:
        """The patch of each ring."""
        first = self.ring_arcs[self.ring_start[:-1]]
        return np.where(first % 2 == 0, self.left[first // 2], self.right[first // 2])

    def areas(self) -> NDArray[np.float64]:
        """Give the area of each patch in the plane of the grid [cells], by its number; the first is outside all."""
        swept = arc_areas(self.points, self.start)
        areas = np.zeros(int(max(self.left.max(initial=0), self.right.max(initial=0))) + 1)
        np.add.at(areas, self.left, swept)
        np.add.at(areas, self.right, -swept)
        areas[NO_PATCH] = 0.0
        return areas

    def polygons(self, geobox: GeoBox) -> tuple[NDArray[np.int32], NDArray[np.object_]]:
        """Draw the patches.

        Parameters
        ----------
        geobox : GeoBox
            The grid.

        Returns
        -------
        int32 ndarray (patches,), ndarray of shapely polygons (patches,)
            Their numbers in order, and a Polygon for each, or a MultiPolygon where it is in pieces (those that share
            only a corner among them), in the CRS of the grid. A side that two patches share has the same points.
        """
        transform = geobox.transform
        x = transform.a * self.points[:, 0] + transform.b * self.points[:, 1] + transform.c
        y = transform.d * self.points[:, 0] + transform.e * self.points[:, 1] + transform.f
        return self._drawn(np.column_stack([x, y]))

    def _drawn(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.object_]]:
        """Put the rings of all patches together from other points of the same arcs."""
        if not len(self.ring_shell):
            return np.empty(0, np.int32), np.empty(0, object)
        rings = _rings(points, self.start, self.ring_start, self.ring_arcs)
        shell = self.ring_shell == np.arange(len(rings))
        piece = np.cumsum(shell) - 1
        holes = np.flatnonzero(~shell)
        holes = holes[np.argsort(piece[self.ring_shell[holes]], kind="stable")]
        pieces = shapely.polygons(rings[shell])
        if holes.size:
            bounded = piece[self.ring_shell[holes]]
            having = np.unique(bounded)
            order = np.concatenate([np.flatnonzero(shell)[having], holes])
            owner = np.concatenate([having, bounded])
            place = np.argsort(owner, kind="stable")
            pieces[having] = shapely.polygons(*_shells_and_holes(rings, order[place], owner[place], having))
        patch = self.ring_patch[shell]
        order = np.argsort(patch, kind="stable")
        numbers, first, count = np.unique(patch[order], return_index=True, return_counts=True)
        polygons = pieces[order][first]
        several = np.repeat(count > 1, count)
        if several.any():
            at = np.repeat(np.arange(len(numbers)), count)[several]
            groups = np.unique(at, return_inverse=True)[1]
            polygons[count > 1] = shapely.multipolygons(pieces[order][several], indices=groups)
        return numbers.astype(np.int32), polygons


def trace_outlines(numbers: WholeRaster) -> Outlines:
    """Trace the outlines of patches along the sides of their cells.

    Parameters
    ----------
    numbers : WholeRaster
        int32, the number of each cell's patch; 0 in none. Cells of a number need not hang together.

    Returns
    -------
    Outlines
        Points only where an outline turns or where three patches meet; arcs begin and end where three meet, where two
        cells of a patch share a corner only, and where outlines turn at the edge of the raster. The same whatever the
        tiles.

    Notes
    -----
    The tiles give the corners at which an outline turns, branches or ends; each is joined to the next of its row and
    column that has a side towards it. Arcs are the ways between branchings. Where two cells of a patch share only a
    corner, the outline turns there: pieces touch but do not cross. A ring that comes to a corner twice is parted there,
    so every polygon is valid. Memory: some tiles, and about 200 bytes for each corner.
    """
    rows, columns = numbers.shape
    parts = [np.empty((0, 6), np.int32)]
    for tile in numbers.tiles():
        down = tile.height + (tile.row + tile.height == rows)
        along = tile.width + (tile.column + tile.width == columns)
        cells = numbers.read(Window(tile.row - 1, tile.column - 1, down + 1, along + 1))
        parts.append(_corners(cells, tile.row, tile.column))
    corners = np.concatenate(parts)
    corners = corners[np.lexsort([corners[:, 1], corners[:, 0]])]
    row, column, sides = corners[:, 0], corners[:, 1], corners[:, 2:]
    link = _links(row, column, sides)
    at_edge = (row == 0) | (row == rows) | (column == 0) | (column == columns)
    branches = ((link >= 0).sum(axis=1) > 2) | at_edge
    at, start, leaving, arriving, left, right = _arcs(link, np.ascontiguousarray(sides), branches)
    points = np.column_stack([column[at], row[at]]).astype(np.float64)
    following = _following(at, start, leaving, arriving, link)
    ring_start, ring_arcs = _cycles(at, start, following, left, right)
    traced = Outlines(points, start, left, right, ring_start, ring_arcs, np.arange(len(ring_start) - 1))
    return Outlines(points, start, left, right, ring_start, ring_arcs, _shells(traced))


def arc_areas(points: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give for each arc what it adds to the area on its left, so that the arcs round a patch add up to its area.

    Parameters
    ----------
    points : float64 ndarray (points, 2)
        Columns and rows.
    start : int64 ndarray (arcs + 1,)
        Where each arc begins.

    Returns
    -------
    float64 ndarray (arcs,)
        [cells]; exact while points are whole numbers.
    """
    return np.asarray(_arc_areas(points, start), np.float64)


def _links(row: NDArray[np.int32], column: NDArray[np.int32], sides: NDArray[np.int32]) -> NDArray[np.int32]:
    """Find the corner at the other end of the sides that leave each corner, by heading; -1 where none does."""
    upper_left, upper_right, lower_left, lower_right = sides.T
    link = np.full((len(row), 4), -1, np.int32)
    eastwards, westwards = (np.flatnonzero(each) for each in (upper_right != lower_right, upper_left != lower_left))
    link[eastwards, EAST], link[westwards, WEST] = westwards, eastwards
    order = np.lexsort([row, column])
    southwards = order[(lower_left != lower_right)[order]]
    northwards = order[(upper_left != upper_right)[order]]
    link[southwards, SOUTH], link[northwards, NORTH] = northwards, southwards
    return link


def _shells(traced: Outlines) -> NDArray[np.int64]:
    """Find for each ring the one around its piece of the patch: the smallest that holds it, whosever the others are."""
    count = len(traced.ring_shell)
    shell = np.arange(count)
    if not count:
        return shell
    rings = _rings(traced.points, traced.start, traced.ring_start, traced.ring_arcs)
    # Rows go down: what turns against the clock on the map turns with it in columns and rows.
    is_hole = shapely.is_ccw(rings)
    holes = np.flatnonzero(is_hole)
    if not holes.size:
        return shell
    patch = traced.ring_patch
    shells = np.flatnonzero(~is_hole)
    single = np.bincount(patch[shells], minlength=int(patch.max()) + 1) == 1
    only = np.zeros(len(single), np.int64)
    only[patch[shells]] = shells
    shell[holes] = only[patch[holes]]
    holes = holes[~single[patch[holes]]]
    if not holes.size:
        return shell
    shells = shells[~single[patch[shells]]]
    # No other side of the patch goes through the middle of a hole's first side.
    first, second = (shapely.get_coordinates(shapely.get_point(rings[holes], k)) for k in (0, 1))
    middles = shapely.points((first + second) / 2.0)
    areas = shapely.polygons(rings[shells])
    around, which = shapely.STRtree(middles).query(areas, predicate="contains")
    order = np.lexsort([-shapely.area(areas)[around], which])
    # The smallest comes last and stays.
    shell[holes[which[order]]] = shells[around[order]]
    return shell


def _rings(
    points: NDArray[np.float64], start: NDArray[np.int64], ring_start: NDArray[np.int64], ring_arcs: NDArray[np.int64]
) -> NDArray[Any]:
    """Put the points of rings together and make them shapely rings."""
    along, ring = _ring_points(start, ring_start, ring_arcs)
    return np.asarray(shapely.linearrings(points[along], indices=ring), object)


def _shells_and_holes(
    rings: NDArray[Any], order: NDArray[np.int64], owner: NDArray[np.int64], having: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give shells, and their holes in rows as long as the longest, filled up with None."""
    first = np.searchsorted(owner, having)
    count = np.diff(np.append(first, len(owner))) - 1
    holes = np.full((len(having), int(count.max())), None, object)
    is_hole = np.ones(len(order), np.bool_)
    is_hole[first] = False
    at = np.repeat(np.arange(len(having)), count)
    holes[at, np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)] = rings[order[is_hole]]
    return rings[order[first]], holes


@numba.njit(cache=True, nogil=True)
def _corners(cells, first_row, first_column):  # type: ignore[no-untyped-def]
    """Find the corners of cells at which an outline does not go straight on.

    Parameters
    ----------
    cells : int32 ndarray (rows + 1, columns + 1)
        Patches, one row and column more above and to the left.
    first_row, first_column : int
        Of the first corner.

    Returns
    -------
    int32 ndarray (corners, 6)
        Row, column, and the patches at upper left, upper right, lower left and lower right.
    """
    rows, columns = cells.shape[0] - 1, cells.shape[1] - 1
    for counting in (True, False):
        if counting:
            size = 0
        else:
            out = np.empty((size, 6), np.int32)
        at = 0
        for i in range(rows):
            for j in range(columns):
                a, b, c, d = cells[i, j], cells[i, j + 1], cells[i + 1, j], cells[i + 1, j + 1]
                if (a == b and c == d) or (a == c and b == d):
                    continue
                if not counting:
                    out[at, 0], out[at, 1] = first_row + i, first_column + j
                    out[at, 2], out[at, 3], out[at, 4], out[at, 5] = a, b, c, d
                at += 1
        size = at
    return out


@numba.njit(cache=True, nogil=True)
def _arcs(link, sides, branches):  # type: ignore[no-untyped-def]
    """Follow the outlines from branching to branching, then those that have none.

    Parameters
    ----------
    link : int32 ndarray (corners, 4)
        The corner at the end of each side.
    sides : int32 ndarray (corners, 4)
        The patches around each corner.
    branches : bool ndarray (corners,)
        Corners at which arcs begin and end.

    Returns
    -------
    int64 ndarray (points,), int64 ndarray (arcs + 1,)
        Corners along the arcs, and where each begins.
    int8 ndarray (arcs,), int8 ndarray (arcs,)
        The headings in which each leaves and arrives.
    int32 ndarray (arcs,), int32 ndarray (arcs,)
        The patches on its left and right.
    """
    corners, ends = len(link), (link >= 0).sum()
    # An arc has one point more than sides, and at least one side.
    at = np.empty(ends, np.int64)
    start = np.zeros(ends // 2 + 1, np.int64)
    leaving, arriving = np.empty(ends // 2, np.int8), np.empty(ends // 2, np.int8)
    left, right = np.empty(ends // 2, np.int32), np.empty(ends // 2, np.int32)
    done = np.zeros((corners, 4), np.bool_)
    arcs = points = 0
    for branching in (True, False):
        for corner in range(corners):
            if branches[corner] != branching:
                continue
            for first in range(4):
                if link[corner, first] < 0 or done[corner, first]:
                    continue
                leaving[arcs] = first
                left[arcs], right[arcs] = sides[corner, _LEFT[first]], sides[corner, _RIGHT[first]]
                here, heading = corner, first
                at[points] = here
                points += 1
                while True:
                    done[here, heading] = True
                    here = link[here, heading]
                    done[here, (heading + 2) % 4] = True
                    at[points] = here
                    points += 1
                    if here == corner or branches[here]:
                        break
                    left_turn, right_turn = (heading + 3) % 4, (heading + 1) % 4
                    heading = left_turn if link[here, left_turn] >= 0 else right_turn
                arriving[arcs] = heading
                arcs += 1
                start[arcs] = points
    return at[:points], start[: arcs + 1], leaving[:arcs], arriving[:arcs], left[:arcs], right[:arcs]


@numba.njit(cache=True, nogil=True)
def _following(at, start, leaving, arriving, link):  # type: ignore[no-untyped-def]
    """Find the arc by which the outline of the patch on the left goes on, for both ways along each arc."""
    arcs = len(start) - 1
    out = np.full((len(link), 4), -1, np.int64)
    for arc in range(arcs):
        first, last = at[start[arc]], at[start[arc + 1] - 1]
        out[first, leaving[arc]] = 2 * arc
        out[last, (arriving[arc] + 2) % 4] = 2 * arc + 1
    following = np.empty(2 * arcs, np.int64)
    for way in range(2 * arcs):
        arc = way // 2
        if way % 2 == 0:
            corner, heading = at[start[arc + 1] - 1], int(arriving[arc])
        else:
            corner, heading = at[start[arc]], (int(leaving[arc]) + 2) % 4
        for turn in (3, 0, 1):
            if link[corner, (heading + turn) % 4] >= 0:
                following[way] = out[corner, (heading + turn) % 4]
                break
    return following


@numba.njit(cache=True, nogil=True)
def _cycles(at, start, following, left, right):  # type: ignore[no-untyped-def]
    """Go round all patches; where a way comes to a corner twice, what lies between becomes a ring of its own."""
    ways = len(following)
    done = np.zeros(ways, np.bool_)
    ring_start, ring_arcs = np.zeros(ways + 1, np.int64), np.empty(ways, np.int64)
    # Where on the way a corner was last left; ways so far.
    seen = np.full(at.max() + 1 if len(at) else 0, -1, np.int64)
    path = np.empty(ways, np.int64)
    rings = used = 0
    for first in range(ways):
        patch = left[first // 2] if first % 2 == 0 else right[first // 2]
        if done[first] or patch == NO_PATCH:
            continue
        way, length = first, 0
        while not done[way]:
            done[way] = True
            arc = way // 2
            begin, end = at[start[arc]], at[start[arc + 1] - 1]
            if way % 2 == 1:
                begin, end = end, begin
            seen[begin] = length
            path[length] = way
            length += 1
            if seen[end] >= 0:
                back = seen[end]
                for k in range(back, length):
                    ring_arcs[used] = path[k]
                    used += 1
                    # Corners of the ring are free again; that at which it closed is left anew when the way goes on.
                    other = path[k] // 2
                    seen[at[start[other]]] = -1
                    seen[at[start[other + 1] - 1]] = -1
                rings += 1
                ring_start[rings] = used
                length = back
            way = following[way]
    return ring_start[: rings + 1], ring_arcs[:used]


@numba.njit(cache=True, nogil=True)
def _ring_points(start, ring_start, ring_arcs):  # type: ignore[no-untyped-def]
    """Give the places of the rings' points, and the ring of each; shapely closes them."""
    size = 0
    for way in ring_arcs:
        size += start[way // 2 + 1] - start[way // 2] - 1
    along, ring = np.empty(size, np.int64), np.empty(size, np.int64)
    used = 0
    for number in range(len(ring_start) - 1):
        for k in range(ring_start[number], ring_start[number + 1]):
            arc = ring_arcs[k] // 2
            begin, end = start[arc], start[arc + 1] - 1
            for point in range(end - begin):
                along[used] = end - point if ring_arcs[k] % 2 else begin + point
                ring[used] = number
                used += 1
    return along, ring


@numba.njit(cache=True, nogil=True)
def _arc_areas(points, start):  # type: ignore[no-untyped-def]
    areas = np.empty(len(start) - 1)
    for arc in range(len(areas)):
        # Seen from the arc's first point, so that no digits are lost far from the origin.
        begin, end = start[arc], start[arc + 1] - 1
        x, y = points[begin, 0], points[begin, 1]
        total = points[end, 0] * y - x * points[end, 1]
        for k in range(begin, end):
            total += (points[k + 1, 0] - x) * (points[k, 1] - y) - (points[k, 0] - x) * (points[k + 1, 1] - y)
        areas[arc] = total / 2.0
    return areas
