"""Where lines pass between the centres of neighbouring cells."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.science.patches import WALL_BELOW, WALL_RIGHT

# Lines are moved by so much [cells], so that none goes exactly through a centre.
_ASIDE = (2.0**-20, 0.618 * 2.0**-20)


@dataclass(frozen=True)
class Crossings:
    """The links between centres of neighbouring cells that lines cross, each once; row by row.

    Parameters
    ----------
    row, column : int32 ndarray (links,)
        The cell at which the link begins: the upper or left one.
    below : bool ndarray (links,)
        Whether it leads to the cell below; else to the next of the row.
    place : float64 ndarray (links,)
        Where on the link, 0 to 1.
    line : int32 ndarray (links,)
        Which line; the first where several cross.
    """

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    below: NDArray[np.bool_]
    place: NDArray[np.float64]
    line: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.row)

    def within(self, window: Window) -> Crossings:
        """Give those whose first cell lies in a window."""
        few = slice(*np.searchsorted(self.row, [window.row, window.row + window.height]))
        inside = (self.column[few] >= window.column) & (self.column[few] < window.column + window.width)
        kept = few.start + np.flatnonzero(inside)
        return Crossings(self.row[kept], self.column[kept], self.below[kept], self.place[kept], self.line[kept])

    def walls(self, window: Window) -> NDArray[np.uint8]:
        """Give the walls that the lines make in a window: for each cell 1 to the right, 2 below, 3 both."""
        here = self.within(window)
        walls = np.zeros(window.shape, np.uint8)
        at = here.row - window.row, here.column - window.column
        np.bitwise_or.at(walls, at, np.where(here.below, WALL_BELOW, WALL_RIGHT).astype(np.uint8))
        return walls


def crossings(lines: NDArray[np.object_], geobox: GeoBox) -> Crossings:
    """Find where lines cross the links between centres of neighbouring cells.

    Parameters
    ----------
    lines : ndarray of shapely lines
        In the CRS of the grid: LineString, LinearRing or MultiLineString; others, empty ones and None have no effect.
    geobox : GeoBox
        The grid.

    Returns
    -------
    Crossings

    Notes
    -----
    A way from centre to centre by rows and columns cannot get from one side of a line to the other without a link that
    the line crosses. Lines are moved by a millionth of a cell, so that none passes exactly through a centre. Memory:
    about 60 bytes for each cell of the lines' length.
    """
    rows, columns = (int(size) for size in geobox.shape)
    parts, owner = shapely.get_parts(lines, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner]
    drawn = np.isin(shapely.get_type_id(parts), (1, 2))
    points, part = shapely.get_coordinates(parts[drawn], return_index=True)
    inverse = ~geobox.transform
    x = inverse.a * points[:, 0] + inverse.b * points[:, 1] + inverse.c - 0.5 + _ASIDE[0]
    y = inverse.d * points[:, 0] + inverse.e * points[:, 1] + inverse.f - 0.5 + _ASIDE[1]
    found = _crossed(x, y, part, owner[drawn].astype(np.int32), rows, columns)
    row, column, below, place, line = found
    order = np.lexsort([place, line, below, column, row])
    link = np.column_stack([row, column, below])[order]
    fresh = np.ones(len(link), np.bool_)
    fresh[1:] = (link[1:] != link[:-1]).any(axis=1)
    kept = order[fresh]
    return Crossings(row[kept], column[kept], below[kept], place[kept], line[kept])


@numba.njit(cache=True, nogil=True)
def _crossed(x, y, part, owner, rows, columns):  # type: ignore[no-untyped-def]
    """Find all crossings of the links, in cells; centres are at whole numbers."""
    for counting in (True, False):
        if counting:
            size = 0
        else:
            row, column = np.empty(size, np.int32), np.empty(size, np.int32)
            below, place = np.empty(size, np.bool_), np.empty(size)
            line = np.empty(size, np.int32)
        at = 0
        for k in range(1, len(x)):
            if part[k] != part[k - 1]:
                continue
            # Rows of centres that the segment crosses: links along them.
            low, high = min(y[k - 1], y[k]), max(y[k - 1], y[k])
            for i in range(max(int(np.ceil(low)), 0), min(int(np.ceil(high)), rows)):
                where = x[k - 1] + (i - y[k - 1]) / (y[k] - y[k - 1]) * (x[k] - x[k - 1])
                j = int(np.floor(where))
                if 0 <= j < columns - 1:
                    if not counting:
                        row[at], column[at], below[at] = i, j, False
                        place[at], line[at] = where - j, owner[part[k]]
                    at += 1
            low, high = min(x[k - 1], x[k]), max(x[k - 1], x[k])
            for j in range(max(int(np.ceil(low)), 0), min(int(np.ceil(high)), columns)):
                where = y[k - 1] + (j - x[k - 1]) / (x[k] - x[k - 1]) * (y[k] - y[k - 1])
                i = int(np.floor(where))
                if 0 <= i < rows - 1:
                    if not counting:
                        row[at], column[at], below[at] = i, j, True
                        place[at], line[at] = where - i, owner[part[k]]
                    at += 1
        size = at
    return row, column, below, place, line
