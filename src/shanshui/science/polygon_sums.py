"""Sums of rasters over polygons that may overlap: exact shares of cells, and sums that no order of adding changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.base.zones import ZoneCover
from shanshui.science.cell_shares import UNITS, CellShares
from shanshui.science.coverage import BLOCK
from shanshui.science.faces_made import mend
from shanshui.science.zone_sums import BINS, ZoneSums, sum_by_zone

# Reads an amount of each cell of a window within the grid: `read` of a raster, or a function of several.
Amount = Callable[[Window], NDArray[Any]]
# Polygons are looked at together while the boxes around them hold so many cells: entries of 24 bytes.
TOGETHER = 2**21
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
    if not len(drawn):
        return
    shares = CellShares(drawn)
    bounds = shares.bounds
    tree = shapely.STRtree(shapely.box(*bounds.T))

    def listed(near: NDArray[np.int64], window: Window) -> Iterator[_Cover]:
        low, high = (window.column, window.row), (window.column + window.width, window.row + window.height)
        sides = np.minimum(bounds[near, 2:] + 1, high) - np.maximum(bounds[near, :2] - 1, low)
        batch = np.cumsum(np.prod(np.maximum(sides, 0), axis=1)) // TOGETHER
        for few in np.split(near, np.flatnonzero(np.diff(batch)) + 1):
            cell, owner, share = shares.within(few, window.row, window.column, *window.shape)
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
