"""Outlines without the steps of the cells: smooth, but every cell's centre stays on its side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.science.outlines import Outlines, arc_areas
from shanshui.science.patches_lines import Crossings

# So many times each point moves half the way to the line between its neighbours.
_ROUNDS = 100
# A side that follows a given line keeps so far from the cells' centres [cells].
_CLEAR = 0.01
# A straight side passes so many points at most.
_LONGEST = 64
# Halvings in the search for the shift that keeps the area.
_HALVINGS = 50
# How an arc is drawn: along the cells, by all its points, or by those that are needed.
_ALONG_CELLS, _ALL_POINTS, _FEW_POINTS = 0, 1, 2


@dataclass(frozen=True)
class Smoothing:
    """Smoothed outlines, and what came of each arc and patch.

    Parameters
    ----------
    outlines : Outlines
        The same arcs and rings with other points.
    kept : bool ndarray (arcs,)
        Arcs that stayed along the cells, because else an area would have changed too much.
    before, after : float64 ndarray (patches + 1,)
        Areas in the plane of the grid, by the number of the patch [cells].
    """

    outlines: Outlines
    kept: NDArray[np.bool_]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def smoothed(
    outlines: Outlines,
    shape: tuple[int, int],
    share: float,
    reach: float = 0.4,
    slack: float = 0.1,
    lines: Crossings | None = None,
) -> Smoothing:
    """Smooth outlines, each arc once, so that neighbours keep a common border.

    Parameters
    ----------
    outlines : Outlines
        As `trace_outlines` gives them.
    shape : tuple of int
        Rows and columns of the raster; outlines at its edge stay there.
    share : float
        By how much of its area a polygon may change at most, 0 to 1.
    reach : float
        How far an outline may move from the middle of a cell's side, towards the centre of either cell, below 0.5
        [cells].
    slack : float
        By how much a point may be off where it is left out [cells].
    lines : Crossings, optional
        Rivers, ridges, borders: where an outline has such a line between the same two cells, it follows the line
        itself, up to a hundredth of a cell from the centres.

    Returns
    -------
    Smoothing

    Notes
    -----
    Each side of a cell on an outline is crossed by the link between the centres of its two cells. The smoothed outline
    is a chain of points, one on each such link, in the same order, joined by straight lines; the ends of arcs stay.
    Between links the chain lies within the square of four centres around a corner, through which no other arc passes,
    except from the same meeting point. So, by construction, no outline crosses itself or another, polygons stay valid
    and without overlap, and **every cell's centre stays on its side**: drawn on the grid by centres, the polygons give
    the same cells again; excluded cells stay out and mandatory ones in by their centres, and along a link no outline
    comes nearer to a centre than 0.5 - `reach` cells.

    Points move towards the line between their neighbours, 100 rounds of half the way. Then all points of an arc move by
    one amount to the left or right, until the area on its left is exactly what it was along the cells (what lies
    between cells and given lines is left out of this); so areas stay, unless `reach` is too short. Then points are left
    out where the straight line still crosses their links, at most `slack` away. If then a polygon has changed by more
    than `share`, its arcs take their points back, and if need be go along the cells: then nothing is changed. Areas are
    those in the plane of the grid. What is ragged at more than a cell stays so.
    """
    arcs = len(outlines.left)
    sides = _Sides.of(outlines, shape, reach, lines)
    loose = sides.lowest < sides.highest
    offset = np.where(loose, 0.0, sides.lowest)
    swept = arc_areas(outlines.points, outlines.start)
    given = sides.middle, sides.leftwards, sides.start
    _relax(*given, sides.lowest, sides.highest, sides.first, sides.last, sides.closed, swept, offset)
    everywhere = np.ones(len(offset), np.bool_)
    few = _thinned(*given, sides.lowest, sides.highest, sides.first, sides.last, sides.closed, offset, slack)
    # The three drawings of each arc, one behind the other, from coarse to fine.
    drawings = [
        (outlines.points, outlines.start),
        sides.drawn(offset, everywhere),
        sides.drawn(offset, few),
    ]
    change = np.column_stack([arc_areas(*drawing) - swept for drawing in drawings])
    change[:, _ALONG_CELLS] = 0.0
    drawing = np.full(arcs, _FEW_POINTS)
    before = outlines.areas()
    while True:
        moved = np.zeros(len(before))
        here = change[np.arange(arcs), drawing]
        np.add.at(moved, outlines.left, here)
        np.add.at(moved, outlines.right, -here)
        moved[0] = 0.0
        # A hair of slack for the rounding of sums.
        wrong = np.abs(moved) > share * before + 1e-9 * (before > 0)
        back = (wrong[outlines.left] | wrong[outlines.right]) & (drawing > _ALONG_CELLS)
        if not back.any():
            break
        drawing[back] -= 1
    points, start = _chosen(drawings, drawing)
    smooth = replace(outlines, points=points, start=start)
    return Smoothing(smooth, drawing == _ALONG_CELLS, before, smooth.areas())


@dataclass(frozen=True)
class _Sides:
    """The sides of cells along all arcs.

    Parameters
    ----------
    start : int64 ndarray (arcs + 1,)
        Where each arc begins among the sides.
    middle, leftwards : float64 ndarray (sides, 2)
        The middle of each side, and the step from there to the left; columns and rows [cells].
    lowest, highest : float64 ndarray (sides,)
        How far the outline may move to the left [cells]; equal where it is fixed.
    first, last : float64 ndarray (arcs, 2)
        The ends of each arc, or anything where it is closed.
    closed : bool ndarray (arcs,)
        Arcs without ends.
    """

    start: NDArray[np.int64]
    middle: NDArray[np.float64]
    leftwards: NDArray[np.float64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    closed: NDArray[np.bool_]

    @classmethod
    def of(cls, outlines: Outlines, shape: tuple[int, int], reach: float, lines: Crossings | None) -> _Sides:
        """Divide arcs into the sides of cells."""
        start, middle, leftwards = _divided(outlines.points, outlines.start)
        begins, ends = outlines.start[:-1], outlines.start[1:] - 1
        first, last = outlines.points[begins], outlines.points[ends]
        meeting = _meeting(outlines)
        closed = (first == last).all(axis=1) & ~meeting
        lowest, highest = np.full(len(middle), -reach), np.full(len(middle), reach)
        at_edge = (middle[:, 0] == 0) | (middle[:, 0] == shape[1]) | (middle[:, 1] == 0) | (middle[:, 1] == shape[0])
        lowest[at_edge] = highest[at_edge] = 0.0
        if lines is not None and len(lines):
            at, place = _on_lines(middle, leftwards, lines, shape)
            at, place = at[~at_edge[at]], place[~at_edge[at]]
            lowest[at] = highest[at] = np.clip(place, _CLEAR - 0.5, 0.5 - _CLEAR)
        return cls(start, middle, leftwards, lowest, highest, first, last, closed)

    def drawn(
        self, offset: NDArray[np.float64], kept: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the points and starts of arcs through the points that are kept."""
        points = self.middle + offset[:, None] * self.leftwards
        drawn, start = _drawn(points, self.start, kept, self.first, self.last, self.closed)
        return drawn, start


def _meeting(outlines: Outlines) -> NDArray[np.bool_]:
    """Tell of each arc whether more ends than two lie where it begins: those of a closed arc are two."""
    corners = outlines.points[np.concatenate([outlines.start[:-1], outlines.start[1:] - 1])]
    _, place, count = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(count[place.ravel()[: len(outlines.left)]] > 2, np.bool_)


def _on_lines(
    middle: NDArray[np.float64], leftwards: NDArray[np.float64], lines: Crossings, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the sides whose link a line crosses, and how far to the left of their middle it does."""
    upright = leftwards[:, 0] != 0
    row = np.where(upright, np.floor(middle[:, 1]), middle[:, 1] - 1).astype(np.int64)
    column = np.where(upright, middle[:, 0] - 1, np.floor(middle[:, 0])).astype(np.int64)
    wanted = (row * shape[1] + column) * 2 + ~upright
    # Crossings stand row by row, in each cell that to the right before that below.
    held = (lines.row.astype(np.int64) * shape[1] + lines.column) * 2 + lines.below
    found = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    at = np.flatnonzero(held[found] == wanted)
    return at, (lines.place[found[at]] - 0.5) * leftwards[at].sum(axis=1)


def _chosen(
    drawings: list[tuple[NDArray[np.float64], NDArray[np.int64]]], drawing: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Put one of the drawings of each arc one after the other."""
    count = np.column_stack([np.diff(start) for _, start in drawings])[np.arange(len(drawing)), drawing]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    points = np.empty((int(start[-1]), 2))
    for which, (drawn, begins) in enumerate(drawings):
        _copy(drawn, begins, drawing == which, points, start)
    return points, start


@numba.njit(cache=True, nogil=True)
def _copy(drawn, begins, wanted, points, start):  # type: ignore[no-untyped-def]
    for arc in range(len(wanted)):
        if wanted[arc]:
            points[start[arc] : start[arc + 1]] = drawn[begins[arc] : begins[arc + 1]]


@numba.njit(cache=True, nogil=True)
def _divided(points, start):  # type: ignore[no-untyped-def]
    """Divide arcs into the sides of cells: where each arc begins, the middles, and the steps to the left."""
    arcs = len(start) - 1
    begins = np.zeros(arcs + 1, np.int64)
    for arc in range(arcs):
        sides = 0.0
        for k in range(start[arc], start[arc + 1] - 1):
            sides += abs(points[k + 1, 0] - points[k, 0]) + abs(points[k + 1, 1] - points[k, 1])
        begins[arc + 1] = begins[arc] + int(sides)
    middle, leftwards = np.empty((begins[arcs], 2)), np.empty((begins[arcs], 2))
    at = 0
    for arc in range(arcs):
        for k in range(start[arc], start[arc + 1] - 1):
            along, down = points[k + 1, 0] - points[k, 0], points[k + 1, 1] - points[k, 1]
            length = abs(along) + abs(down)
            along, down = along / length, down / length
            for step in range(int(length)):
                middle[at, 0] = points[k, 0] + (step + 0.5) * along
                middle[at, 1] = points[k, 1] + (step + 0.5) * down
                leftwards[at, 0], leftwards[at, 1] = down, -along
                at += 1
    return begins, middle, leftwards


@numba.njit(cache=True, nogil=True)
def _area(middle, leftwards, offset, lowest, highest, shift, first, last, closed, begin, end):  # type: ignore[no-untyped-def]
    """What an arc adds to the area on its left, less what depends on its ends alone, its points shifted."""
    # Measured from the first middle, so that no digits are lost far from the origin.
    x0, y0 = middle[begin, 0], middle[begin, 1]
    if closed:
        moved = min(max(offset[end - 1] + shift, lowest[end - 1]), highest[end - 1])
        x = middle[end - 1, 0] + moved * leftwards[end - 1, 0] - x0
        y = middle[end - 1, 1] + moved * leftwards[end - 1, 1] - y0
    else:
        x, y = first[0] - x0, first[1] - y0
    total = 0.0
    for k in range(begin, end):
        moved = min(max(offset[k] + shift, lowest[k]), highest[k])
        next_x = middle[k, 0] + moved * leftwards[k, 0] - x0
        next_y = middle[k, 1] + moved * leftwards[k, 1] - y0
        total += next_x * y - x * next_y
        x, y = next_x, next_y
    if not closed:
        next_x, next_y = last[0] - x0, last[1] - y0
        total += next_x * y - x * next_y
    return total / 2.0


@numba.njit(cache=True, nogil=True)
def _relax(middle, leftwards, start, lowest, highest, first, last, closed, swept, offset):  # type: ignore[no-untyped-def]
    """Smooth each arc, then shift it until its area is right, where that can be reached.

    Parameters
    ----------
    middle, leftwards, start, lowest, highest, first, last, closed
        As in `_Sides`.
    swept : float64 ndarray (arcs,)
        The area each arc adds on its left.
    offset : float64 ndarray (sides,)
        How far each point lies to the left of the middle; it is changed.
    """
    for arc in range(len(start) - 1):
        begin, end = start[arc], start[arc + 1]
        count = end - begin
        ring = closed[arc]
        fresh = np.empty(count)
        for _ in range(_ROUNDS):
            for k in range(begin, end):
                before = k - 1 if k > begin else end - 1
                after = k + 1 if k < end - 1 else begin
                if k == begin and not ring:
                    x0, y0 = first[arc, 0], first[arc, 1]
                else:
                    x0 = middle[before, 0] + offset[before] * leftwards[before, 0]
                    y0 = middle[before, 1] + offset[before] * leftwards[before, 1]
                if k == end - 1 and not ring:
                    x1, y1 = last[arc, 0], last[arc, 1]
                else:
                    x1 = middle[after, 0] + offset[after] * leftwards[after, 0]
                    y1 = middle[after, 1] + offset[after] * leftwards[after, 1]
                # Where the line between the neighbours crosses the link; half way between them where it does not.
                if leftwards[k, 0] == 0.0:
                    part = (middle[k, 0] - x0) / (x1 - x0) if x1 != x0 else 0.5
                else:
                    part = (middle[k, 1] - y0) / (y1 - y0) if y1 != y0 else 0.5
                if not 0.0 <= part <= 1.0:
                    part = 0.5
                x, y = x0 + part * (x1 - x0) - middle[k, 0], y0 + part * (y1 - y0) - middle[k, 1]
                aim = x * leftwards[k, 0] + y * leftwards[k, 1]
                fresh[k - begin] = min(max((offset[k] + aim) / 2.0, lowest[k]), highest[k])
            offset[begin:end] = fresh
        # Along the cells, seen from the same place as the smoothed arc is measured from.
        wanted = swept[arc]
        if not ring:
            x0, y0 = middle[begin, 0], middle[begin, 1]
            wanted -= (x0 * (first[arc, 1] - last[arc, 1]) - y0 * (first[arc, 0] - last[arc, 0])) / 2.0
        # What lies between the cells and a line that is followed is given up, or gained.
        for k in range(begin, end):
            if lowest[k] == highest[k]:
                wanted -= offset[k]
        given = first[arc], last[arc], ring, begin, end
        # To the left the area on the left shrinks.
        low, high = -1.0, 1.0
        largest = _area(middle, leftwards, offset, lowest, highest, low, *given)
        smallest = _area(middle, leftwards, offset, lowest, highest, high, *given)
        if not smallest <= wanted <= largest:
            continue
        for _ in range(_HALVINGS):
            half = (low + high) / 2.0
            if _area(middle, leftwards, offset, lowest, highest, half, *given) > wanted:
                low = half
            else:
                high = half
        for k in range(begin, end):
            offset[k] = min(max(offset[k] + high, lowest[k]), highest[k])


@numba.njit(cache=True, nogil=True)
def _thinned(middle, leftwards, start, lowest, highest, first, last, closed, offset, slack):  # type: ignore[no-untyped-def]
    """Choose the points that are needed: between two of them a straight line crosses the links of those left out."""
    kept = np.zeros(len(middle), np.bool_)
    for arc in range(len(start) - 1):
        begin, end = start[arc], start[arc + 1]
        if closed[arc]:
            kept[begin] = True
            here, stop = begin, end
        else:
            here, stop = begin - 1, end
        while here < stop:
            to = here + 1
            # `stop` stands for the end of the arc, or for the first point of a ring again.
            while to < stop and to - here < _LONGEST:
                if not _passes(
                    middle, leftwards, lowest, highest, first[arc], last[arc], closed[arc], offset, slack,
                    begin, end, here, to + 1,
                ):  # fmt: skip
                    break
                to += 1
            if to < stop:
                kept[to] = True
            here = to
    return kept


@numba.njit(cache=True, nogil=True)
def _passes(middle, leftwards, lowest, highest, first, last, closed, offset, slack, begin, end, here, to):  # type: ignore[no-untyped-def]
    """Tell whether the straight line between two points crosses all links between, in order, near enough."""
    if here < begin:
        x, y = first[0], first[1]
    else:
        x = middle[here, 0] + offset[here] * leftwards[here, 0]
        y = middle[here, 1] + offset[here] * leftwards[here, 1]
    if to == end and not closed:
        along, down = last[0] - x, last[1] - y
    else:
        target = begin if to == end else to
        along = middle[target, 0] + offset[target] * leftwards[target, 0] - x
        down = middle[target, 1] + offset[target] * leftwards[target, 1] - y
    before = 0.0
    for k in range(here + 1, to):
        # The link is a piece of a column or a row.
        if leftwards[k, 0] == 0.0:
            if along == 0.0:
                return False
            part = (middle[k, 0] - x) / along
            crossed = (y + part * down - middle[k, 1]) * leftwards[k, 1]
        else:
            if down == 0.0:
                return False
            part = (middle[k, 1] - y) / down
            crossed = (x + part * along - middle[k, 0]) * leftwards[k, 0]
        if not before < part < 1.0:
            return False
        loose = slack if lowest[k] < highest[k] else 1e-9
        if abs(crossed - offset[k]) > loose:
            return False
        if lowest[k] < highest[k] and not lowest[k] <= crossed <= highest[k]:
            return False
        before = part
    return True


@numba.njit(cache=True, nogil=True)
def _drawn(points, start, kept, first, last, closed):  # type: ignore[no-untyped-def]
    """Give the points of arcs with their ends, and where each begins."""
    arcs = len(start) - 1
    begins = np.zeros(arcs + 1, np.int64)
    for arc in range(arcs):
        begins[arc + 1] = begins[arc] + kept[start[arc] : start[arc + 1]].sum() + (1 if closed[arc] else 2)
    out = np.empty((begins[arcs], 2))
    for arc in range(arcs):
        at = begins[arc]
        if not closed[arc]:
            out[at] = first[arc]
            at += 1
        for k in range(start[arc], start[arc + 1]):
            if kept[k]:
                out[at] = points[k]
                at += 1
        out[at] = out[begins[arc]] if closed[arc] else last[arc]
    return out, begins
