"""Shares of cells that polygons cover, exact on the plane: no polygon is cut, whatever its sides lie on."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

# Shares are counted in these parts: their product with a float32 has no rounding in a float64.
UNITS = 2**28
# Columns: a piece of a side that is no wider is upright, but for rounding.
NARROW = 1e-9


class CellShares:
    """Polygons on a grid, and the shares of its cells that they cover.

    Parameters
    ----------
    polygons : ndarray of shapely polygons and multipolygons
        In units of cells: column and row. They are valid; they may overlap, be empty, and reach beyond the grid.

    Notes
    -----
    Each side adds the area to the right of it within its rows, with a sign; sums along the rows then are the covered
    area of each cell, rounded to 2**-28. Sides are always taken downwards, so that two polygons that share one get the
    same number with the other sign: the shares of polygons that part a cell add up to it within 2**-29 for each.

    Examples
    --------
    >>> shares = CellShares(np.array([shapely.box(0.5, 0, 2, 1), shapely.box(0, 0, 0.25, 1)]))
    >>> cell, owner, share = shares.within(np.array([0, 1]), 0, 0, 1, 2)
    >>> cell.tolist(), owner.tolist(), (share / UNITS).tolist()
    ([0, 1, 0], [0, 0, 1], [0.5, 1.0, 0.25])
    """

    def __init__(self, polygons: NDArray[Any]) -> None:
        parts, owner = shapely.get_parts(polygons, return_index=True)
        self.bounds = shapely.bounds(polygons).reshape(-1, 4)
        points, rings, shells = np.empty((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64)
        if len(parts):
            _, points, (rings, shells) = shapely.to_ragged_array(parts)
        first = np.searchsorted(owner, np.arange(len(polygons) + 1))
        self._points = np.ascontiguousarray(points[:, :2])
        self._rings, self._shells, self._first = (each.astype(np.int64) for each in (rings, shells, first))

    def within(
        self, few: NDArray[np.int64], row: int, column: int, height: int, width: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Find the shares in one window.

        Parameters
        ----------
        few : int64 ndarray (polygons,)
            The polygons to look at.
        row, column, height, width : int
            The window [cells].

        Returns
        -------
        int64 ndarray (entries,), int64 ndarray (entries,), int64 ndarray (entries,)
            Flat index of the cell in the window, the polygon by its place among `few`, and its share of the cell
            [1 / 2**28], above 0. Polygon by polygon, cells in rising order.
        """
        shapes = self._points, self._rings, self._shells, self._first, self.bounds
        cell, owner, share = _listed(*shapes, few, row, column, height, width)
        return cell, owner, share.astype(np.int64)


@numba.njit(cache=True, nogil=True)
def _listed(points, rings, shells, first, bounds, few, row, column, height, width):  # type: ignore[no-untyped-def]
    """Find the shares of cells that polygons cover in a window [1 / UNITS]."""
    size = max(1024, height * width)
    cells, owners, shares = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.float64)
    count = 0
    for number in range(len(few)):
        polygon = few[number]
        if first[polygon] == first[polygon + 1]:
            continue
        top = max(int(np.floor(bounds[polygon, 1])) - row, 0)
        left = max(int(np.floor(bounds[polygon, 0])) - column, 0)
        low = min(int(np.floor(bounds[polygon, 3])) + 1 - row, height)
        right = min(int(np.floor(bounds[polygon, 2])) + 1 - column, width)
        if low <= top or right <= left:
            continue
        ahead = np.zeros((low - top, right - left + 1), np.float64)
        for part in range(first[polygon], first[polygon + 1]):
            for ring in range(shells[part], shells[part + 1]):
                begin, end = rings[ring], rings[ring + 1]
                turn = 0.0
                x, y = points[begin]
                for i in range(begin, end - 1):
                    turn += (points[i, 0] - x) * (points[i + 1, 1] - y) - (points[i + 1, 0] - x) * (points[i, 1] - y)
                # Shells count positive and holes negative, whatever their direction.
                sign = 1.0 if (turn < 0) == (ring == shells[part]) else -1.0
                for i in range(begin, end - 1):
                    _add_side(ahead, points[i], points[i + 1], sign, row + top, column + left)
        for i in range(low - top):
            covered = 0.0
            for j in range(right - left):
                covered += ahead[i, j]
                share = np.rint(min(max(covered, 0.0), 1.0) * UNITS)
                if share > 0:
                    if count == len(cells):
                        cells, owners, shares = _longer(cells), _longer(owners), _longer(shares)
                    cells[count] = (i + top) * width + j + left
                    owners[count], shares[count] = number, share
                    count += 1
    return cells[:count].copy(), owners[:count].copy(), shares[:count].copy()


@numba.njit(cache=True, nogil=True)
def _longer(array):  # type: ignore[no-untyped-def]
    out = np.empty(2 * len(array), array.dtype)
    out[: len(array)] = array
    return out


@numba.njit(cache=True, nogil=True)
def _add_side(ahead, start, stop, sign, row, column):  # type: ignore[no-untyped-def]
    """Add one side, row by row."""
    if start[1] > stop[1]:
        start, stop, sign = stop, start, -sign
    x, y, last_x, last_y = start[0] - column, start[1] - row, stop[0] - column, stop[1] - row
    if last_y <= 0 or y >= ahead.shape[0] or y == last_y:
        return
    lean = (last_x - x) / (last_y - y)
    lower, higher = min(x, last_x), max(x, last_x)
    first, last = max(int(np.floor(y)), 0), min(int(np.ceil(last_y)), ahead.shape[0])
    for i in range(first, last):
        above, below = max(y, float(i)), min(last_y, i + 1.0)
        # Within the side's own columns: rounding may carry a steep one beyond them.
        one = min(max(x + (above - y) * lean, lower), higher)
        other = min(max(x + (below - y) * lean, lower), higher)
        _add_piece(ahead[i], one, other, sign * (below - above))


@numba.njit(cache=True, nogil=True)
def _add_piece(ahead, one, other, height):  # type: ignore[no-untyped-def]
    """Add a piece of a side within one row, column by column."""
    width = len(ahead) - 1
    left, right = min(one, other), max(one, other)
    if right <= 0:
        ahead[0] += height
        return
    if left >= width:
        return
    if right - left < NARROW:
        j = max(int(np.floor((left + right) / 2)), 0)
        within = min(max((left + right) / 2 - j, 0.0), 1.0)
        if j < width:
            ahead[j] += height * (1 - within)
            ahead[j + 1] += height * within
        return
    rise = height / (right - left)
    if left < 0:
        ahead[0] -= rise * left
        left = 0.0
    right = min(right, float(width))
    j = int(np.floor(left))
    while left < right:
        end = min(j + 1.0, right)
        risen, within = rise * (end - left), (left + end) / 2 - j
        ahead[j] += risen * (1 - within)
        ahead[j + 1] += risen * within
        left, j = end, j + 1
