"""Areas that pairs of polygons have in common, without drawing what they have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

# The rings of so many polygons are copied at once, to hold little of them in memory.
AT_ONCE = 10_000


@dataclass(frozen=True)
class Sides:
    """The sides of polygons, ring by ring, the polygon on the right of each.

    Parameters
    ----------
    points : float64 ndarray (points, 2)
        Corners, ring after ring [m]; the last of a ring is the first again.
    ring : int64 ndarray (rings + 1,)
        Where the points of each ring begin, and after the last ring.
    polygon : int64 ndarray (polygons + 1,)
        Where the rings of each polygon begin, and after the last polygon.
    bounds : float64 ndarray (polygons, 4)
        Least x and y, greatest x and y of each polygon [m].
    """

    points: NDArray[np.float64]
    ring: NDArray[np.int64]
    polygon: NDArray[np.int64]
    bounds: NDArray[np.float64]

    @classmethod
    def of(cls, polygons: NDArray[Any]) -> Sides:
        """Take the sides of polygons.

        Parameters
        ----------
        polygons : ndarray of shapely polygons (polygons,)
            Not empty, not of several parts.

        Returns
        -------
        Sides
            Of all of them.
        """
        first = _starts(shapely.get_num_coordinates(polygons))
        points, sizes = np.empty((first[-1], 2)), [np.zeros(0, np.int64)]
        for start in range(0, len(polygons), AT_ONCE):
            some = polygons[start : start + AT_ONCE]
            rings = shapely.get_rings(shapely.orient_polygons(some, exterior_cw=True))
            sizes.append(shapely.get_num_coordinates(rings))
            points[first[start] : first[start + len(some)]] = shapely.get_coordinates(rings)
        polygon = _starts(1 + shapely.get_num_interior_rings(polygons))
        return cls(points, _starts(np.concatenate(sizes)), polygon, shapely.bounds(polygons))


def common_areas(one: Sides, other: Sides, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure the areas that pairs of polygons have in common.

    Parameters
    ----------
    one, other : Sides
        Of the polygons of which pairs are made.
    first, second : int64 ndarray (pairs,)
        The polygon of `one` and the polygon of `other` in each pair.

    Returns
    -------
    float64 ndarray (pairs,)
        Area [m2]; where the two only touch or do not meet, 0 but for rounding.

    Notes
    -----
    Let s be 1 for a side that runs to the right and -1 for one that runs to the left, the polygon on its right hand.
    A point lies in the polygon where the sum of s over the sides above it is 1. So the area in common is the sum over
    all sides e of the one and f of the other of s_e s_f times the integral, over the x that both span, of the lower of
    the two. Nothing is decided by comparing points with lines, so sides in common, however nearly, do no harm: the
    error is that of rounding. Heights are taken from the lower left corner of the box that both polygons reach, to keep
    it small. Each pair is worked out by itself: its area does not depend on the others.

    Examples
    --------
    >>> one, other = (Sides.of(np.array([shapely.box(*box)])) for box in ((0, 0, 3, 3), (1, 2, 5, 9)))
    >>> common_areas(one, other, np.array([0]), np.array([0])).tolist()
    [2.0]
    """
    mine = one.points, one.ring, one.polygon, one.bounds
    theirs = other.points, other.ring, other.polygon, other.bounds
    return np.asarray(_common_areas(*mine, *theirs, first, second))


def near_length(sides: Sides, polygon: NDArray[np.int64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure the sides of polygons within boxes: not less than there is, a little more near corners.

    Parameters
    ----------
    sides : Sides
        Of the polygons.
    polygon : int64 ndarray (pairs,)
        Which polygon.
    box : float64 ndarray (pairs, 4)
        Least x and y, greatest x and y [m].

    Returns
    -------
    float64 ndarray (pairs,)
        [m].

    Examples
    --------
    >>> square = Sides.of(np.array([shapely.box(0, 0, 5, 5)]))
    >>> near_length(square, np.array([0]), np.array([[4.0, 1, 6, 2]])).tolist()
    [1.0]
    """
    return np.asarray(_near_length(sides.points, sides.ring, sides.polygon, polygon, box))


def sums(place: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sum values by place, each one after the other: the same to the last bit whatever lies in other places.

    Parameters
    ----------
    place : int64 ndarray (values,)
        Where each belongs.
    values : float64 ndarray (values,)
        Any.
    count : int
        How many places there are.

    Returns
    -------
    float64 ndarray (count,)
        0 where there is no value.

    Examples
    --------
    >>> sums(np.array([2, 0, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [2.0, 0.0, 4.0]
    """
    return np.bincount(place, values, count).astype(np.float64, copy=False)


def runs(start: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of several runs, one run after the other.

    Parameters
    ----------
    start, count : int64 ndarray (runs,)
        The first number of each run, and how many there are.

    Returns
    -------
    int64 ndarray
        All numbers.

    Examples
    --------
    >>> runs(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    return np.arange(count.sum()) + np.repeat(start - np.cumsum(count) + count, count)


def _starts(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give where each of several runs begins, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(count, dtype=np.int64)])


@numba.njit(cache=True, nogil=True)
def _common_areas(
    points: NDArray[np.float64],
    ring: NDArray[np.int64],
    polygon: NDArray[np.int64],
    bounds: NDArray[np.float64],
    other_points: NDArray[np.float64],
    other_ring: NDArray[np.int64],
    other_polygon: NDArray[np.int64],
    other_bounds: NDArray[np.float64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Measure what pairs have in common; see `common_areas`."""
    out = np.zeros(len(first))
    mine = np.empty((_most_points(ring, polygon, first), 5))
    theirs = np.empty((_most_points(other_ring, other_polygon, second), 5))
    for pair in range(len(first)):
        one, other = first[pair], second[pair]
        here, there = bounds[one], other_bounds[other]
        x, y = max(here[0], there[0]), max(here[1], there[1])
        ours = _near(points, ring[polygon[one] : polygon[one + 1] + 1], there, x, y, mine)
        count = _near(other_points, other_ring[other_polygon[other] : other_polygon[other + 1] + 1], here, x, y, theirs)
        total = 0.0
        for side in range(ours):
            begin, end, start, rise, sign = mine[side]
            for match in range(count):
                left = max(begin, theirs[match, 0])
                wide = min(end, theirs[match, 1]) - left
                if not wide > 0:
                    continue
                # Heights of the one, and of the other above it, at the left and at the right.
                height = start + (left - begin) * rise
                above = theirs[match, 2] + (left - theirs[match, 0]) * theirs[match, 3] - height
                above_right = above + wide * (theirs[match, 3] - rise)
                below = min(above, 0.0) + min(above_right, 0.0)
                if above * above_right < 0:
                    # They cross, and what lies below is a triangle: its share of the width is its depth over the
                    # whole change.
                    below *= -below / abs(above_right - above)
                total += wide * (height + (wide * rise + below) / 2) * (sign * theirs[match, 4])
        out[pair] = total
    return out


@numba.njit(cache=True, nogil=True)
def _most_points(ring: NDArray[np.int64], polygon: NDArray[np.int64], some: NDArray[np.int64]) -> int:
    most = 0
    for one in some:
        most = max(most, ring[polygon[one + 1]] - ring[polygon[one]])
    return most


@numba.njit(cache=True, nogil=True)
def _near(
    points: NDArray[np.float64],
    ring: NDArray[np.int64],
    box: NDArray[np.float64],
    shift_x: float,
    shift_y: float,
    out: NDArray[np.float64],
) -> int:
    """Take the sides that are not wholly left, right or below of a box; a chain of sides above it becomes one side.

    Sides above the box are above all of the other polygon, however far: only where their chain begins and ends counts.
    Of each it writes left, right, height at the left, slope and sign, and gives how many there are.
    """
    count = 0
    least_x, least_y, most_x, top = box
    for which in range(len(ring) - 1):
        side, last = ring[which], ring[which + 1] - 1
        while side < last:
            x, y, to_x, to_y = points[side, 0], points[side, 1], points[side + 1, 0], points[side + 1, 1]
            side += 1
            if min(y, to_y) >= top:
                while side < last and points[side + 1, 1] >= top:
                    side += 1
                to_x, y, to_y = points[side, 0], top, top
            elif max(y, to_y) <= least_y:
                continue
            left, right = min(x, to_x), max(x, to_x)
            if left < right and right > least_x and left < most_x:
                out[count, 0], out[count, 1] = left - shift_x, right - shift_x
                out[count, 2] = (y if to_x > x else to_y) - shift_y
                out[count, 3] = (to_y - y) / (to_x - x)
                out[count, 4] = 1.0 if to_x > x else -1.0
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _near_length(
    points: NDArray[np.float64],
    ring: NDArray[np.int64],
    polygon: NDArray[np.int64],
    some: NDArray[np.int64],
    box: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Measure sides within boxes; see `near_length`."""
    out = np.zeros(len(some))
    for pair in range(len(some)):
        for which in range(polygon[some[pair]], polygon[some[pair] + 1]):
            for side in range(ring[which], ring[which + 1] - 1):
                x, y, to_x, to_y = points[side, 0], points[side, 1], points[side + 1, 0], points[side + 1, 1]
                share = min(
                    _share_within(x, to_x, box[pair, 0], box[pair, 2]),
                    _share_within(y, to_y, box[pair, 1], box[pair, 3]),
                )
                if share > 0:
                    out[pair] += math.hypot(to_x - x, to_y - y) * share
    return out


@numba.njit(cache=True, nogil=True)
def _share_within(begin: float, end: float, least: float, most: float) -> float:
    """Give the share of a step that lies between two values; of none at all, 1 or 0."""
    within = min(max(begin, end), most) - max(min(begin, end), least)
    if begin == end:
        return 1.0 if within >= 0 else 0.0
    return max(within / abs(end - begin), 0.0)
