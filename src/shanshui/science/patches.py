"""Patches: cells that hang together, found tile by tile, numbered and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.tally import AREA_UNITS

# What a cell has that is in no patch.
NO_PATCH = 0

# Walls of a cell: towards the next cell of its row, and towards the cell below.
WALL_RIGHT, WALL_BELOW = 1, 2


@dataclass(frozen=True)
class Patches:
    """Patches in the order of their first cells, row by row; the first has the number 1.

    Parameters
    ----------
    numbers : WritableRaster
        int32, the number of the patch in which a cell lies; 0 in none.
    value : int64 ndarray (patches,)
        The class whose cells make up each patch.
    cells : int64 ndarray (patches,)
        How many they are.
    area : int64 ndarray (patches,)
        Area [cm2]: whole numbers, so that no order of adding changes a sum.
    first : int64 ndarray (patches,)
        The first cell, counted row by row through the raster.
    row, column, height, width : int64 ndarray (patches,)
        The smallest window that holds each.
    """

    numbers: WritableRaster
    value: NDArray[np.int64]
    cells: NDArray[np.int64]
    area: NDArray[np.int64]
    first: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    height: NDArray[np.int64]
    width: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def square_metres(self) -> NDArray[np.float64]:
        """Areas [m2]."""
        return np.asarray(self.area / AREA_UNITS, np.float64)

    def table(self) -> pd.DataFrame:
        """Give a row a patch: number, value, cells, area [m2], and the window row, column, height, width."""
        columns = {name: getattr(self, name) for name in ("value", "cells")}
        window = {name: getattr(self, name) for name in ("row", "column", "height", "width")}
        return pd.DataFrame({"number": np.arange(1, len(self) + 1), **columns, "area": self.square_metres, **window})

    def at_edge(self) -> NDArray[np.bool_]:
        """Tell of each patch whether it has a cell at the edge of the raster."""
        rows, columns = self.numbers.shape
        low, right = self.row + self.height == rows, self.column + self.width == columns
        return np.asarray((self.row == 0) | (self.column == 0) | low | right, np.bool_)


def find_patches(
    found: WholeRaster,
    area: WholeRaster,
    belongs: Callable[[NDArray[Any]], NDArray[Any]],
    neighbours: int,
    walls: WholeRaster | None = None,
) -> Patches:
    """Find the patches of a raster: neighbouring cells of the same class.

    Parameters
    ----------
    found : WholeRaster
        What the cells are known by.
    area : WholeRaster
        Area of the cells [m2].
    belongs : callable
        Gives the class of each cell of a window, a whole number or a truth value; 0 for cells in no patch.
    neighbours : int
        8, or 4 where cells that only share a corner do not hang together.
    walls : WholeRaster, optional
        uint8, which neighbours are parted all the same: 1 between a cell and the next of its row, 2 between a cell and
        the one below, 3 both. Only with 4 neighbours.

    Returns
    -------
    Patches

    Raises
    ------
    ValueError
        Where `neighbours` is neither 4 nor 8, or walls stand among 8.

    Notes
    -----
    Each tile is labelled by itself, then labels that meet at seams are joined (union-find; Rosenfeld and Pfaltz 1966,
    Sequential operations in digital picture processing), then all are numbered by their first cell: numbers do not
    depend on the tiles. Memory: some tiles, and about 100 bytes for each patch of each tile, of which there may be
    2**31. Areas are rounded to the square centimetre cell by cell, then summed exactly.
    """
    if neighbours not in (4, 8) or (walls is not None and neighbours == 8):
        raise ValueError(f"cells have 4 or 8 neighbours, and 4 where there are walls, not {neighbours}")
    numbers = found.blank(np.int32)
    columns = found.shape[1]
    pieces = [np.zeros((8, 1), np.int64)]
    count = 1
    for tile in found.tiles():
        values = np.asarray(belongs(found.read(tile))).astype(np.int64)
        walled = np.zeros((1, 1), np.uint8) if walls is None else walls.read(tile)
        labels, here = _label(values, walled, walls is not None, neighbours == 8)
        pieces.append(_measure(labels, here, values, area.read(tile), tile.row, tile.column, columns))
        labels[labels > 0] += count - 1
        numbers.write(tile, labels)
        count += here
    measured = np.concatenate(pieces, axis=1)
    above = np.arange(count, dtype=np.int32)
    for tile in found.tiles():
        labels = numbers.read(tile.padded(1))
        walled = np.zeros((1, 1), np.uint8) if walls is None else walls.read(tile.padded(1))
        _join_seams(labels, measured[0], walled, walls is not None, neighbours == 8, above)
    _flatten(above)
    value, cells, areas, first, top, left, bottom, right = _gathered(measured[:, 1:], above[1:] - 1)
    order = np.argsort(first, kind="stable")
    number = np.zeros(count, np.int32)
    roots = np.flatnonzero(above[1:] == np.arange(1, count)) + 1
    number[roots[order]] = np.arange(1, len(order) + 1)
    number = number[above]
    for tile in found.tiles():
        numbers.write(tile, number[numbers.read(tile)])
    sizes = top, left, bottom - top + 1, right - left + 1
    return Patches(numbers, *(each[order] for each in (value, cells, areas, first, *sizes)))


def count_in(
    patches: Patches, marked: WholeRaster, is_marked: Callable[[NDArray[Any]], NDArray[Any]]
) -> NDArray[np.int64]:
    """Count the marked cells of each patch.

    Parameters
    ----------
    patches : Patches
        Any number.
    marked : WholeRaster
        What the cells are known by.
    is_marked : callable
        Tells of the cells of a window which are marked.

    Returns
    -------
    int64 ndarray (patches,)
    """
    counts = np.zeros(len(patches) + 1, np.int64)
    for tile in marked.tiles():
        numbers = patches.numbers.read(tile)[np.asarray(is_marked(marked.read(tile)), np.bool_)]
        counts += np.bincount(numbers, minlength=len(counts))
    return counts[1:]


def touching(patches: Patches, others: Patches, neighbours: int) -> NDArray[np.int64]:
    """Find which patches touch which of others.

    Parameters
    ----------
    patches, others : Patches
        Of one raster's shape.
    neighbours : int
        8, or 4 where a shared corner is no touch.

    Returns
    -------
    int64 ndarray (pairs, 2)
        Numbers of one and the other, each pair once, in order.
    """
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)] + [(1, 1), (1, -1), (-1, 1), (-1, -1)] * (neighbours == 8)
    many = len(others) + 1
    pairs = [np.empty(0, np.int64)]
    for tile in patches.numbers.tiles():
        here = patches.numbers.read(tile)
        if not here.any():
            continue
        around = others.numbers.read(tile.padded(1))
        for down, right in steps:
            there = around[1 + down : 1 + down + tile.height, 1 + right : 1 + right + tile.width]
            both = (here > 0) & (there > 0)
            pairs.append(np.unique(here[both].astype(np.int64) * many + there[both]))
    return np.column_stack(np.divmod(np.unique(np.concatenate(pairs)), many))


def _gathered(measured: NDArray[np.int64], root: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Put the measures of pieces together, piece by piece of each root."""
    roots, place = np.unique(root, return_inverse=True)
    put = [measured[0, roots]]
    for measure in measured[1:3]:
        total = np.zeros(len(roots), np.int64)
        np.add.at(total, place, measure)
        put.append(total)
    for measure, extreme in zip(measured[3:], (np.minimum,) * 3 + (np.maximum,) * 2, strict=True):
        best = measure[roots].copy()
        extreme.at(best, place, measure)
        put.append(best)
    return put


@numba.njit(cache=True, nogil=True)
def _root(above, place):  # type: ignore[no-untyped-def]
    while above[place] != place:
        above[place] = above[above[place]]
        place = above[place]
    return place


@numba.njit(cache=True, nogil=True)
def _union(above, one, other):  # type: ignore[no-untyped-def]
    one, other = _root(above, one), _root(above, other)
    if one < other:
        above[other] = one
    else:
        above[one] = other


@numba.njit(cache=True, nogil=True)
def _flatten(above):  # type: ignore[no-untyped-def]
    """Let every place point at its root; a root is never above a place of a lower number."""
    for place in range(len(above)):
        above[place] = above[above[place]]


@numba.njit(cache=True, nogil=True)
def _label(values, walls, walled, eight):  # type: ignore[no-untyped-def]
    """Label the patches within a tile from 1 on, by their first cells; give the labels and their number."""
    rows, columns = values.shape
    labels = np.zeros((rows, columns), np.int32)
    above = np.zeros(rows * columns + 1, np.int32)
    count = 0
    for i in range(rows):
        for j in range(columns):
            value = values[i, j]
            if value == 0:
                continue
            label = 0
            if j > 0 and values[i, j - 1] == value and not (walled and walls[i, j - 1] & WALL_RIGHT):
                label = labels[i, j - 1]
            if i > 0:
                if values[i - 1, j] == value and not (walled and walls[i - 1, j] & WALL_BELOW):
                    if label == 0:
                        label = labels[i - 1, j]
                    else:
                        _union(above, label, labels[i - 1, j])
                if eight:
                    for k in (j - 1, j + 1):
                        if 0 <= k < columns and values[i - 1, k] == value:
                            if label == 0:
                                label = labels[i - 1, k]
                            else:
                                _union(above, label, labels[i - 1, k])
            if label == 0:
                count += 1
                above[count] = count
                label = count
            labels[i, j] = label
    final = np.zeros(count + 1, np.int32)
    kept = 0
    for label in range(1, count + 1):
        root = _root(above, label)
        if root == label:
            kept += 1
            final[label] = kept
        else:
            final[label] = final[root]
    for i in range(rows):
        for j in range(columns):
            labels[i, j] = final[labels[i, j]]
    return labels, kept


@numba.njit(cache=True, nogil=True)
def _measure(labels, count, values, area, first_row, first_column, columns):  # type: ignore[no-untyped-def]
    """Give value, cells, area [cm2], first cell, top, left, bottom and right of each label."""
    out = np.zeros((8, count), np.int64)
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            at = labels[i, j] - 1
            if at < 0:
                continue
            row, column = first_row + i, first_column + j
            if out[1, at] == 0:
                out[0, at] = values[i, j]
                out[3, at] = row * columns + column
                out[4, at], out[5, at], out[7, at] = row, column, column
            out[1, at] += 1
            out[2, at] += np.int64(np.rint(area[i, j] * AREA_UNITS))
            out[5, at] = min(out[5, at], column)
            out[6, at] = row
            out[7, at] = max(out[7, at], column)
    return out


@numba.njit(cache=True, nogil=True)
def _join_seams(labels, value, walls, walled, eight, above):  # type: ignore[no-untyped-def]
    """Join the labels of a tile with those above it and to its left; the array has one cell more on each side."""
    rows, columns = labels.shape
    for j in range(1, columns - 1):
        here = labels[1, j]
        if here == 0:
            continue
        for k in range(j - 1, j + 2):
            there = labels[0, k]
            if there == 0 or value[there] != value[here] or (k != j and not eight):
                continue
            if not (walled and walls[0, k] & WALL_BELOW):
                _union(above, here, there)
    for i in range(1, rows - 1):
        here = labels[i, 1]
        if here == 0:
            continue
        for k in range(i - 1, i + 2):
            there = labels[k, 0]
            if there == 0 or value[there] != value[here] or (k != i and not eight):
                continue
            if not (walled and walls[k, 0] & WALL_RIGHT):
                _union(above, here, there)
