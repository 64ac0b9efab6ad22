"""Sums of rasters over polygons that may overlap: exact shares of cells, and sums that no order of adding changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.base.zones import ZoneCover
from shanshui.science.coverage import BLOCK
from shanshui.science.faces_made import mend
from shanshui.science.zone_sums import BINS, ZoneSums, sum_by_zone

# Reads an amount of each cell of a window within the grid: `read` of a raster, or a function of several.
Amount = Callable[[Window], NDArray[Any]]
# Shares are counted in these parts: their product with a float32 has no rounding in a float64.
UNITS = 2**28
# Polygons are looked at together while the boxes around them hold so many cells: entries of 24 bytes.
TOGETHER = 2**21
# Columns: a piece of a side that is no wider is upright, but for rounding.
NARROW = 1e-9
_NONE = np.empty((0, 1), np.int32)


@dataclass(frozen=True)
class PolygonSums:
    """Sums over polygons.

    Parameters
    ----------
    total : DataFrame
        One row a polygon, one column an amount: the sum of the amount of each cell times the share of the cell that the
        polygon covers [unit of the amount]; 0 where the polygon covers no cell with data.
    cells : DataFrame
        The same rows and columns: how many cells with data the polygon covers, shares counted [cells].
    """

    total: pd.DataFrame
    cells: pd.DataFrame

    @property
    def mean(self) -> pd.DataFrame:
        """Mean of each amount over the cells of each polygon; NaN where it covers none with data."""
        return self.total / self.cells.where(self.cells > 0)


def sum_over_polygons(polygons: NDArray[Any], geobox: GeoBox, amounts: Mapping[str, Amount]) -> PolygonSums:
    """Add up amounts of cells over polygons.

    Parameters
    ----------
    polygons : ndarray of shapely polygons and multipolygons
        In the CRS of the grid; they may overlap, and reach beyond the grid: what lies there has no cells.
    geobox : GeoBox
        The grid.
    amounts : mapping of str to callable
        Each gives what the cells of a window hold; NaN counts as no data. A density times the cell's area is an amount.

    Returns
    -------
    PolygonSums

    Notes
    -----
    Sum of v(cell) x s(cell, polygon), s the exact share of the cell's rectangle in the plane, rounded to 2**-28: the
    area to the right of each side, with its sign, added up along the rows. The product of a float32 and a share has no
    rounding, and products are added exactly: the sum is that of real numbers, rounded once. Shares of polygons that
    part a cell add up to it within 2**-29 for each of them.

    Examples
    --------
    >>> from affine import Affine
    >>> grid = GeoBox((1, 2), Affine(10, 0, 0, 0, -10, 10), "EPSG:6933")
    >>> boxes = np.array([shapely.box(0, 0, 15, 10), shapely.box(5, 0, 15, 5)])
    >>> sums = sum_over_polygons(boxes, grid, {"wood": lambda window: np.array([[4.0, 8.0]])})
    >>> sums.total["wood"].tolist(), sums.cells["wood"].tolist()
    ([8.0, 3.0], [1.5, 0.5])
    """
    found = {name: _Totals(len(polygons)) for name in amounts}
    for window, covers in _covers(polygons, geobox):
        values = {name: np.asarray(amount(window), np.float64) for name, amount in amounts.items()}
        for cover in covers:
            for name, cells in values.items():
                found[name].add(cover.polygons, _summed(cover, cover.owner, cells, len(cover.polygons)))
    return PolygonSums(
        pd.DataFrame({name: each.total for name, each in found.items()}, index=range(len(polygons))),
        pd.DataFrame({name: each.cells for name, each in found.items()}, index=range(len(polygons))),
    )


def sum_by_class(
    polygons: NDArray[Any], geobox: GeoBox, classes: Amount, amounts: Mapping[str, Amount] | None = None
) -> pd.DataFrame:
    """Add up amounts of cells over polygons, class by class.

    Parameters
    ----------
    polygons : ndarray of shapely polygons and multipolygons
        In the CRS of the grid; they may overlap.
    geobox : GeoBox
        The grid.
    classes : callable
        Gives the class of the cells of a window; cells below 0 are left out.
    amounts : mapping of str to callable, optional
        As in `sum_over_polygons`.

    Returns
    -------
    DataFrame
        One row a polygon and class that occurs in it, in rising order: polygon (its place), class, cells (how many,
        shares counted) and the sum of each amount.

    Examples
    --------
    >>> from affine import Affine
    >>> grid = GeoBox((1, 2), Affine(10, 0, 0, 0, -10, 10), "EPSG:6933")
    >>> box = np.array([shapely.box(0, 0, 15, 10)])
    >>> sum_by_class(box, grid, lambda window: np.array([[7, 3]])).to_numpy().tolist()
    [[0.0, 3.0, 0.5], [0.0, 7.0, 1.0]]
    """
    amounts = amounts or {}
    # Of each window: polygon and class of each pair, and the sums of each.
    pairs: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    sums: list[dict[str, ZoneSums]] = []
    for window, covers in _covers(polygons, geobox):
        values = {name: np.asarray(amount(window), np.float64) for name, amount in amounts.items()}
        values["cells"] = np.ones(window.shape)
        kinds, kind = np.unique(classes(window), return_inverse=True)
        for cover in covers:
            kind_of = kind.ravel()[cover.cell]
            held = kinds[kind_of] >= 0
            own = replace(cover, cell=cover.cell[held], owner=cover.owner[held], share=cover.share[held])
            found, number = np.unique(own.owner * len(kinds) + kind_of[held], return_inverse=True)
            pairs.append(
                np.column_stack([own.polygons[found // len(kinds)], kinds[found % len(kinds)]]).astype(np.int64)
            )
            sums.append({name: _summed(own, number, cells, len(found)) for name, cells in values.items()})
    keys = pd.DataFrame(np.concatenate(pairs), columns=["polygon", "class"])
    number = keys.groupby(["polygon", "class"], sort=True).ngroup().to_numpy().astype(np.int64)
    table = keys.drop_duplicates().sort_values(["polygon", "class"], ignore_index=True)
    for name in ("cells", *amounts):
        totals, begin = _Totals(len(table)), 0
        for part, found_sums in zip(pairs[1:], sums, strict=True):
            totals.add(number[begin : begin + len(part)], found_sums[name])
            begin += len(part)
        table[name] = totals.total
    return table


class _Totals:
    """Exact sums of so many things, added up window by window."""

    def __init__(self, size: int) -> None:
        self._sums = ZoneSums(np.zeros((size, BINS), np.int64), np.zeros(size, np.int64), UNITS)

    def add(self, which: NDArray[np.int64], sums: ZoneSums) -> None:
        """Add sums to some of the things, each told once."""
        own = ZoneSums(self._sums.bins[which], self._sums.weights[which], UNITS) + sums
        self._sums.bins[which], self._sums.weights[which] = own.bins, own.weights

    @property
    def total(self) -> NDArray[np.float64]:
        """The sums; 0 where nothing was added."""
        return np.nan_to_num(self._sums.total)

    @property
    def cells(self) -> NDArray[np.float64]:
        """How many cells gave a value."""
        return self._sums.weight


@dataclass(frozen=True)
class _Cover:
    """How some polygons cover the cells of a window.

    Parameters
    ----------
    polygons : int64 ndarray (polygons,)
        Which polygons these are.
    cell : int64 ndarray (entries,)
        Flat index of a cell in the window.
    owner : int64 ndarray (entries,)
        The polygon that covers it, by its place among `polygons`.
    share : float64 ndarray (entries,)
        The share of the cell, a multiple of 1 / UNITS.
    """

    polygons: NDArray[np.int64]
    cell: NDArray[np.int64]
    owner: NDArray[np.int64]
    share: NDArray[np.float64]


def _covers(polygons: NDArray[Any], geobox: GeoBox) -> Iterator[tuple[Window, Iterator[_Cover]]]:
    """Give the windows of the grid in which polygons lie, and what they cover there, some polygons at a time."""
    rows, columns = geobox.shape
    inverse = ~geobox.transform
    mended, _ = mend(np.asarray(polygons, object))
    # In units of cells, columns and rows.
    drawn = shapely.transform(mended, lambda xy: np.column_stack(inverse @ (xy[:, 0], xy[:, 1])))
    parts, owner = shapely.get_parts(drawn, return_index=True)
    if not len(parts):
        return
    _, points, (rings, shells) = shapely.to_ragged_array(parts)
    first = np.searchsorted(owner, np.arange(len(drawn) + 1))
    bounds = shapely.bounds(drawn)
    shapes = (
        np.ascontiguousarray(points),
        rings.astype(np.int64),
        shells.astype(np.int64),
        first.astype(np.int64),
        bounds,
    )
    tree = shapely.STRtree(shapely.box(*bounds.T))

    def listed(near: NDArray[np.int64], window: Window) -> Iterator[_Cover]:
        low, high = (window.column, window.row), (window.column + window.width, window.row + window.height)
        sides = np.minimum(bounds[near, 2:] + 1, high) - np.maximum(bounds[near, :2] - 1, low)
        batch = np.cumsum(np.prod(np.maximum(sides, 0), axis=1)) // TOGETHER
        for few in np.split(near, np.flatnonzero(np.diff(batch)) + 1):
            cell, owner, share = _listed(*shapes, few, window.row, window.column, *window.shape)
            yield _Cover(few, cell, owner, share / UNITS)

    for row in range(0, rows, BLOCK):
        for column in range(0, columns, BLOCK):
            window = Window(row, column, min(BLOCK, rows - row), min(BLOCK, columns - column))
            near = np.sort(tree.query(shapely.box(column, row, column + window.width, row + window.height)))
            if len(near):
                yield window, listed(near.astype(np.int64), window)


def _summed(cover: _Cover, number: NDArray[np.int64], values: NDArray[np.float64], size: int) -> ZoneSums:
    """Add up the values under each entry of a cover by a number that each entry has."""
    entries = ZoneCover(np.empty((0, 0), np.int32), _NONE, cover.cell, number.astype(np.int32), cover.share)
    return sum_by_zone(entries, values, np.ones(values.shape), size, UNITS)


@numba.njit(cache=True, nogil=True)
def _listed(points, rings, shells, first, bounds, few, row, column, height, width):  # type: ignore[no-untyped-def]
    """Find the shares of cells that polygons cover in a window [1 / UNITS].

    Each side adds the area to the right of it within its rows, with a sign: sums along the rows then give the covered
    area of each cell. Sides are always taken downwards, so that two polygons that share one get the same number with
    the other sign.
    """
    size = max(1024, height * width)
    cells, owners, shares = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.float64)
    count = 0
    for number in range(len(few)):
        polygon = few[number]
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
