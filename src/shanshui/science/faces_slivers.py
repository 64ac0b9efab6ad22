"""Pieces too narrow to mean anything: merged into a neighbour, and told polygon by polygon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cut:
    """Pieces of the plane and what covers each.

    Parameters
    ----------
    polygons : ndarray of shapely.Polygon (pieces,)
        They do not overlap.
    area : float64 ndarray (pieces,)
        Areas on the ellipsoid [m2].
    cover_start : int64 ndarray (pieces + 1,)
        Where the cover of each begins in `cover`.
    cover : int64 ndarray
        Polygons, in rising order for each piece.
    cluster : int64 ndarray (pieces,)
        The cluster of each.
    """

    polygons: NDArray[Any]
    area: NDArray[np.float64]
    cover_start: NDArray[np.int64]
    cover: NDArray[np.int64]
    cluster: NDArray[np.int64]

    def of(self, piece: int | np.int64) -> NDArray[np.int64]:
        """Give the polygons that cover a piece."""
        return self.cover[self.cover_start[piece] : self.cover_start[piece + 1]]

    def taken(self, which: NDArray[np.int64]) -> Cut:
        """Take some of the pieces."""
        counts = np.diff(self.cover_start)[which]
        start = np.concatenate([[0], np.cumsum(counts)])
        places = np.arange(start[-1]) + np.repeat(self.cover_start[which] - start[:-1], counts)
        return Cut(self.polygons[which], self.area[which], start, self.cover[places], self.cluster[which])


@dataclass(frozen=True)
class Slivers:
    """What happened to pieces that are narrower than the scale.

    Parameters
    ----------
    merged : int
        How many were merged into a neighbour.
    merged_area : float
        Their area [m2].
    kept : int
        How many stayed faces, since no wider face shares a side with them.
    kept_area : float
        Their area [m2].
    gaps : int
        Holes so narrow between polygons, which are covered by none and stay so.
    gap_area : float
        Their area [m2].
    gained, lost : float64 ndarray (polygons,)
        What each polygon gained and lost by it [m2].
    """

    merged: int
    merged_area: float
    kept: int
    kept_area: float
    gaps: int
    gap_area: float
    gained: NDArray[np.float64]
    lost: NDArray[np.float64]


def merge_slivers(cut: Cut, width: float, polygons: int) -> tuple[Cut, Slivers]:
    """Drop what nothing covers, and merge narrow pieces into the neighbour with the longest shared side.

    Parameters
    ----------
    cut : Cut
        Holes that nothing covers among them.
    width : float
        Pieces of a lesser mean width, twice the area through the length of the rim, are merged [units of the plane].
    polygons : int
        The number of polygons.

    Returns
    -------
    Cut, Slivers
        The covered pieces that are left, in their order, and what was merged.

    Notes
    -----
    A sliver takes the cover of the face into which it goes. Slivers that have only slivers beside them follow in later
    rounds, once one of these has gone into a wider face.
    """
    covered = np.diff(cut.cover_start) > 0
    gained, lost = np.zeros(polygons), np.zeros(polygons)
    narrow = np.zeros(len(covered), bool)
    if width > 0:
        narrow = 2 * shapely.area(cut.polygons) < width * shapely.length(cut.polygons)
    gap = narrow & ~covered
    gaps, gap_area = int(gap.sum()), float(cut.area[gap].sum())
    cut, narrow = cut.taken(np.flatnonzero(covered)), narrow[covered]
    into = _hosts(cut.polygons, narrow)
    merged = np.flatnonzero(into != np.arange(len(into)))
    kept = narrow & (into == np.arange(len(into)))
    for piece in merged:
        mine, new = cut.of(piece), cut.of(into[piece])
        lost[np.setdiff1d(mine, new)] += cut.area[piece]
        gained[np.setdiff1d(new, mine)] += cut.area[piece]
    slivers = Slivers(
        len(merged),
        float(cut.area[merged].sum()),
        int(kept.sum()),
        float(cut.area[kept].sum()),
        gaps,
        gap_area,
        gained,
        lost,
    )
    if not len(merged):
        return cut, slivers
    shapes = cut.polygons.copy()
    area = np.asarray(np.bincount(into, cut.area, len(into)), np.float64)
    order = merged[np.argsort(into[merged], kind="stable")]
    hosts, starts = np.unique(into[order], return_index=True)
    for host, guests in zip(hosts, np.split(order, starts[1:]), strict=True):
        shapes[host] = shapely.coverage_union_all(cut.polygons[np.append(guests, host)])
    left = np.flatnonzero(into == np.arange(len(into)))
    return Cut(shapes, area, cut.cover_start, cut.cover, cut.cluster).taken(left), slivers


def _hosts(polygons: NDArray[Any], narrow: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the piece into which each goes: itself, but for slivers that have a wider neighbour."""
    into = np.arange(len(polygons))
    if not narrow.any():
        return into
    near = np.unique(shapely.STRtree(polygons).query(polygons[narrow])[1])
    first, second, length = shared_sides(polygons[near])
    first, second = near[first], near[second]
    # Each pair both ways: who goes, and where.
    guest, host, length = np.append(first, second), np.append(second, first), np.append(length, length)
    waiting = narrow.copy()
    while True:
        able = waiting[guest] & ~waiting[host]
        if not able.any():
            return into
        guests, hosts, lengths = guest[able], into[host[able]], length[able]
        order = np.lexsort((hosts, -lengths, guests))
        going, best = np.unique(guests[order], return_index=True)
        into[going] = hosts[order][best]
        waiting[going] = False


def shared_sides(polygons: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Find which polygons of a coverage share sides.

    Parameters
    ----------
    polygons : ndarray of shapely.Polygon
        They do not overlap, and have the same corners along the sides that they share.

    Returns
    -------
    int64 ndarray, int64 ndarray, float64 ndarray
        Pairs of polygons, the lesser number first, and the length of what they share [units of the plane].

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 1, 3, 2)])
    >>> [each.tolist() for each in shared_sides(boxes)]
    [[0], [1], [1.0]]
    """
    rings, of_ring = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    start, stop, owner = points[:-1][inner], points[1:][inner], of_ring[ring[:-1][inner]]
    turned = (start[:, 0] > stop[:, 0]) | ((start[:, 0] == stop[:, 0]) & (start[:, 1] > stop[:, 1]))
    start[turned], stop[turned] = stop[turned], start[turned]
    sides = np.column_stack([start, stop])
    order = np.lexsort((owner, *sides.T))
    sides, owner = sides[order], owner[order]
    same = (sides[1:] == sides[:-1]).all(1)
    pairs, which = np.unique(np.column_stack([owner[:-1][same], owner[1:][same]]), axis=0, return_inverse=True)
    lengths = np.hypot(*(sides[1:][same, :2] - sides[1:][same, 2:]).T)
    return pairs[:, 0], pairs[:, 1], np.asarray(np.bincount(which, lengths, len(pairs)), np.float64)
