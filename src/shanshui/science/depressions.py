"""Depressions of a surface, filled so that water finds its way out."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.heap import heap_pop, heap_push
from shanshui.science.neighbours import read_with_rim, steps_in_memory
from shanshui.science.spill_graph import OUTSIDE, Passes, lowest_passes, spill_levels, together
from shanshui.science.tile_lines import TileLines, outermost

_UNSEEN, _NO_DATA = -1, -2
_ZERO = np.float32(0)


def fill_depressions(elevation: WholeRaster) -> WritableRaster:
    """Raise every cell to the level at which water leaves it.

    Parameters
    ----------
    elevation : WholeRaster
        Elevation [m], floating point; NaN = no data.

    Returns
    -------
    WritableRaster
        float32, the filled surface [m]; NaN where there is no data.

    Notes
    -----
    The level of a cell is the lowest possible maximum of the elevation over all paths of neighbouring cells (eight a
    cell) from it to an outlet. An outlet is a cell at the raster's edge or beside a cell without data. This defines the
    surface whatever the order in which it is computed; the bytes are the same for any tiles.

    Each tile is filled by priority flood (Barnes, Lehman, Mulla 2014, Priority-flood, Computers & Geosciences 62; only
    cells beside what is not known yet wait on the heap, as in Zhou, Sun, Fu 2016, An efficient variant of the
    priority-flood algorithm, Computers & Geosciences 90) as if water left at its outermost cells. The lowest passes
    between these are kept (the graph of Barnes 2016, Parallel priority-flood depression filling for trillion cell
    digital elevation models, Computers & Geosciences 96; here tiles share their outermost cells, and a minimum spanning
    forest holds all that counts). The graph of all tiles gives the levels of the shared cells. Where one of these
    rises, the tile's lower cells that are joined to it rise to the same level. Memory: some tiles, and about 40 bytes
    for each cell on the lines between tiles.
    """
    filled = elevation.blank(np.float32)
    lines = TileLines(elevation)
    found = []
    for own, shared in lines.tiles():
        # Of the two zeros only one is left, or the order would decide which a level gets.
        surface = read_with_rim(elevation, shared).astype(np.float32, copy=False) + _ZERO
        edge, places = _edge(lines, shared)
        one, other, height = _fill_tile(surface.ravel(), surface.shape[1], edge, steps_in_memory(surface.shape[1]))
        passes = lowest_passes(Passes(one, other, height), len(edge) + 1)
        places = np.concatenate([[np.int32(OUTSIDE)], places])
        found.append(Passes(places[passes.one], places[passes.other], passes.height))
        filled.write(own, _own(surface, own))
    levels = spill_levels(together(found), lines.count + 1)
    # No pass leads to what is an outlet itself; it keeps its level.
    levels[np.isposinf(levels)] = -np.inf
    for own, shared in lines.tiles():
        edge, places = _edge(lines, shared)
        surface = read_with_rim(filled, shared)
        if _raise_tile(surface, edge, levels[places], steps_in_memory(surface.shape[1])):
            filled.write(own, _own(surface, own))
    return filled


def _edge(lines: TileLines, shared: Window) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give where a tile's outermost cells lie in memory, rim included, and their places in the graph of all tiles."""
    rows, columns = outermost(shared.shape)
    cells = (rows + 1) * (shared.width + 2) + columns + 1
    places = lines.numbers(rows + shared.row, columns + shared.column) + 1
    return cells.astype(np.int32), places.astype(np.int32)


def _own(surface: NDArray[np.float32], own: Window) -> NDArray[np.float32]:
    return surface[1 : own.height + 1, 1 : own.width + 1]


@numba.njit(cache=True, nogil=True)
def _fill_tile(level, width, edge, steps):  # type: ignore[no-untyped-def]
    """Fill one tile as if water left at its edge, and give the passes between the places where it leaves.

    Parameters
    ----------
    level : float32 ndarray (cells,)
        The surface with its rim, row after row; it is filled in place.
    width : int
        Columns, the rim included.
    edge : int32 ndarray (places,)
        The outermost cells within the rim; they are the places 1, 2, ..., and place 0 is the outside.
    steps : int64 ndarray (9,)
        How far the neighbours lie in memory.

    Returns
    -------
    one, other : int32 ndarray (passes,)
        Places whose waters meet.
    height : float32 ndarray (passes,)
        How high.
    """
    place = np.full(len(level), _NO_DATA, np.int32)
    keys, cells = np.empty(len(level), np.float32), np.empty(len(level), np.int32)
    size = _start(level, width, edge, steps, place, keys, cells)
    # A queue of cells on slopes that rise from what is known; what lies in a depression waits on a stack.
    slope, pit = np.empty(len(level), np.int32), np.empty(len(level), np.int32)
    while size > 0:
        outlet = cells[0]
        size = heap_pop(keys, cells, size)
        water, first, last, depth = level[outlet], 0, 0, 1
        pit[0] = outlet
        while depth > 0:
            depth -= 1
            cell = pit[depth]
            for code in range(1, 9):
                near = cell + steps[code]
                if place[near] == _UNSEEN:
                    place[near] = place[outlet]
                    if level[near] <= water:
                        level[near] = water
                        pit[depth] = near
                        depth += 1
                    else:
                        slope[last] = near
                        last += 1
        while first < last:
            cell = slope[first]
            first += 1
            waits = False
            for code in range(1, 9):
                near = cell + steps[code]
                if place[near] != _UNSEEN:
                    continue
                below = cell
                if level[near] <= level[cell]:
                    below = _lower(level, place, near, steps)
                if below < 0:
                    waits = True
                else:
                    place[near] = place[below]
                    slope[last] = near
                    last += 1
            if waits:
                size = heap_push(keys, cells, size, level[cell], cell)
    return _meetings(level, width, steps, place)


@numba.njit(cache=True, nogil=True)
def _start(level, width, edge, steps, place, keys, cells):  # type: ignore[no-untyped-def]
    """Put the outlets and the outermost cells on the heap; give how many there are."""
    for row in range(1, len(level) // width - 1):
        for cell in range(row * width + 1, row * width + width - 1):
            if level[cell] == level[cell]:
                place[cell] = _UNSEEN
    for rank in range(len(edge)):
        if place[edge[rank]] == _UNSEEN:
            place[edge[rank]] = rank + 1
    size = 0
    for row in range(1, len(level) // width - 1):
        for cell in range(row * width + 1, row * width + width - 1):
            if place[cell] == _NO_DATA:
                continue
            # The sum is NaN if one of them is.
            around = _ZERO
            for code in range(1, 9):
                around += level[cell + steps[code]]
            if around != around:
                place[cell] = OUTSIDE
            if place[cell] != _UNSEEN:
                size = heap_push(keys, cells, size, level[cell], cell)
    return size


@numba.njit(cache=True, nogil=True)
def _lower(level, place, cell, steps):  # type: ignore[no-untyped-def]
    """Find a neighbour that is known and lower; -1 if there is none."""
    for code in range(1, 9):
        near = cell + steps[code]
        if place[near] >= 0 and level[near] < level[cell]:
            return near
    return -1


@numba.njit(cache=True, nogil=True)
def _meetings(level, width, steps, place):  # type: ignore[no-untyped-def]
    """Give the pairs of neighbours whose water leaves at different places, and the level at which it meets."""
    # East, and the three below: every pair once.
    below = np.array([steps[1], steps[6], steps[7], steps[8]])
    count = 0
    for step in below:
        for cell in range(width + 1, len(level) - width - 1):
            a, b = place[cell], place[cell + step]
            count += a != b and a != _NO_DATA and b != _NO_DATA
    one, other = np.empty(count, np.int32), np.empty(count, np.int32)
    height = np.empty(count, np.float32)
    count = 0
    for step in below:
        for cell in range(width + 1, len(level) - width - 1):
            a, b = place[cell], place[cell + step]
            if a != b and a != _NO_DATA and b != _NO_DATA:
                one[count], other[count] = a, b
                height[count] = max(level[cell], level[cell + step])
                count += 1
    return one, other, height


@numba.njit(cache=True, nogil=True)
def _raise_tile(surface, edge, levels, steps):  # type: ignore[no-untyped-def]
    """Raise the outermost cells to their levels, and with each what is lower and joined to it; tell if any rose."""
    level = surface.ravel()
    surface[0], surface[-1], surface[:, 0], surface[:, -1] = np.nan, np.nan, np.nan, np.nan
    rose = False
    for rank in range(len(edge)):
        water = levels[rank]
        if not level[edge[rank]] < water:
            continue
        rose = True
        wet = [edge[rank]]
        level[edge[rank]] = water
        while len(wet) > 0:
            cell = wet.pop()
            for code in range(1, 9):
                near = cell + steps[code]
                if level[near] < water:
                    level[near] = water
                    wet.append(near)
    return rose
