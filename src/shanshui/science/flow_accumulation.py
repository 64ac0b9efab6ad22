"""How many cells drain through each cell."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.flow_direction import NO_DATA
from shanshui.science.neighbours import read_with_rim, steps_in_memory

_NOWHERE, _UNKNOWN = -1, -2
_DONE = 255


def flow_accumulation(direction: WholeRaster) -> WritableRaster:
    """Count the cells whose water passes through each cell, the cell itself included.

    Parameters
    ----------
    direction : WholeRaster
        uint8 codes as `flow_direction` gives them; no circles.

    Returns
    -------
    WritableRaster
        float64, whole numbers of cells (exact below 2**53); NaN where there is no data.

    Notes
    -----
    Two passes (Barnes 2017, Parallel non-divergent flow accumulation for trillion cell digital elevation models,
    Environmental Modelling & Software 92). The first adds up within each tile and finds, for each cell where water
    enters it, the cell of another tile that this water enters next. These make a forest, along which inflows are added
    up. The second pass counts within each tile again, inflows included. Memory: some tiles, and about 50 bytes for each
    cell at which water enters a tile.
    """
    accumulation = direction.blank(np.float64)
    columns = direction.shape[1]
    tiles = list(direction.tiles())
    entries, following, entered, amounts = [], [], [], []
    for tile in tiles:
        codes = read_with_rim(direction, tile)
        steps = steps_in_memory(codes.shape[1])
        count = (codes != NO_DATA).astype(np.float64)
        _count_tile(codes, count, steps)
        beyond = _beyond(count)
        entered.append(_number(beyond, tile, columns))
        amounts.append(count.ravel()[beyond])
        enters, leaves = _ways_through(codes, steps)
        entries.append(_number(enters, tile, columns))
        following.append(np.where(leaves == _NOWHERE, _NOWHERE, _number(leaves, tile, columns)))
    inflow = _inflows(*(np.concatenate(each) for each in (entries, following, entered, amounts)))
    done = 0
    for tile, cells in zip(tiles, entries, strict=True):
        codes = read_with_rim(direction, tile)
        count = (codes != NO_DATA).astype(np.float64)
        row, column = np.divmod(cells, columns)
        count[row - tile.row + 1, column - tile.column + 1] += inflow[done : done + len(cells)]
        done += len(cells)
        _count_tile(codes, count, steps_in_memory(codes.shape[1]))
        count[codes == NO_DATA] = np.nan
        accumulation.write(tile, count[1:-1, 1:-1])
    return accumulation


def _beyond(count: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the cells of it that water has entered."""
    rim = np.ones(count.shape, bool)
    rim[1:-1, 1:-1] = False
    return np.flatnonzero(rim & (count > 0))


def _number(cells: NDArray[np.int64], tile: Window, columns: int) -> NDArray[np.int64]:
    """Give cells of a tile with its rim their numbers in the raster, row after row."""
    row, column = np.divmod(cells, tile.width + 2)
    return (row + tile.row - 1) * columns + column + tile.column - 1


def _inflows(
    entries: NDArray[np.int64],
    following: NDArray[np.int64],
    entered: NDArray[np.int64],
    amounts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Add up what enters tiles from all others.

    Parameters
    ----------
    entries : int64 ndarray (entries,)
        Cells at which water enters a tile.
    following : int64 ndarray (entries,)
        The entry at which this water enters the next tile; -1 if it stays.
    entered : int64 ndarray (outflows,)
        Entries that water from within a tile enters.
    amounts : float64 ndarray (outflows,)
        How much [cells].

    Returns
    -------
    float64 ndarray (entries,)
        Inflow from outside the tile [cells].
    """
    order = np.argsort(entries)
    inflow = np.zeros(len(entries))
    np.add.at(inflow, order[np.searchsorted(entries, entered, sorter=order)], amounts)
    goes_on = following != _NOWHERE
    following[goes_on] = order[np.searchsorted(entries, following[goes_on], sorter=order)]
    _add_along(following, inflow)
    return inflow


@numba.njit(cache=True, nogil=True)
def _count_tile(codes, count, steps):  # type: ignore[no-untyped-def]
    """Add up along the flow paths within a tile.

    Parameters
    ----------
    codes : uint8 ndarray (rows + 2, columns + 2)
        Directions, with the rim.
    count : float64 ndarray (rows + 2, columns + 2)
        What each cell gives; it becomes what passes through. In the rim only what leaves the tile is left.
    steps : int64 ndarray (9,)
        How far the neighbours lie in memory.
    """
    code, total = codes.ravel(), count.ravel()
    rows, width = codes.shape
    count[0], count[-1], count[:, 0], count[:, -1] = 0, 0, 0, 0
    # How many neighbours have still to give their water. In the rim one more, so that it never flows on there.
    waiting = np.zeros(codes.shape, np.uint8)
    waiting[0], waiting[-1], waiting[:, 0], waiting[:, -1] = 1, 1, 1, 1
    left = waiting.ravel()
    for row in range(1, rows - 1):
        for cell in range(row * width + 1, row * width + width - 1):
            if 1 <= code[cell] <= 8:
                left[cell + steps[code[cell]]] += 1
    for row in range(1, rows - 1):
        for start in range(row * width + 1, row * width + width - 1):
            cell = start
            while left[cell] == 0:
                left[cell] = _DONE
                if not 1 <= code[cell] <= 8:
                    break
                below = cell + steps[code[cell]]
                total[below] += total[cell]
                left[below] -= 1
                cell = below


@numba.njit(cache=True, nogil=True)
def _ways_through(codes, steps):  # type: ignore[no-untyped-def]
    """Give the cells of a tile that water enters from the rim, and where in the rim this water leaves; -1 if it stays.

    Parameters
    ----------
    codes : uint8 ndarray (rows + 2, columns + 2)
        Directions, with the rim.
    steps : int64 ndarray (9,)
        How far the neighbours lie in memory.

    Returns
    -------
    enters, leaves : int64 ndarray (entries,)
    """
    code = codes.ravel()
    rows, width = codes.shape
    # Where the water of a cell leaves, once it is known; every cell is walked through once.
    way_out = np.full(codes.shape, _UNKNOWN, np.int64)
    rim = way_out.ravel()
    for row in (0, rows - 1):
        for column in range(width):
            way_out[row, column] = row * width + column
    for row in range(rows):
        for column in (0, width - 1):
            way_out[row, column] = row * width + column
    enters = np.empty(2 * (rows + width), np.int64)
    leaves = np.empty(2 * (rows + width), np.int64)
    count = 0
    for row in range(1, rows - 1):
        inner = 1 < row < rows - 2
        for column in range(1, width - 1, max(width - 3, 1) if inner else 1):
            start = row * width + column
            if not _entered(code, rim, start, steps):
                continue
            cell = start
            while rim[cell] == _UNKNOWN and 1 <= code[cell] <= 8:
                cell = cell + steps[code[cell]]
            out = rim[cell] if rim[cell] != _UNKNOWN else _NOWHERE
            cell = start
            while rim[cell] == _UNKNOWN:
                rim[cell] = out
                if 1 <= code[cell] <= 8:
                    cell = cell + steps[code[cell]]
            enters[count], leaves[count] = start, out
            count += 1
    return enters[:count], leaves[:count]


@numba.njit(cache=True, nogil=True)
def _entered(code, way_out, cell, steps):  # type: ignore[no-untyped-def]
    """Tell whether a cell of the rim flows into this one."""
    for step in range(1, 9):
        near = cell + steps[step]
        # A cell of the rim leaves where it is.
        if way_out[near] == near and 1 <= code[near] <= 8 and near + steps[code[near]] == cell:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def _add_along(following, inflow):  # type: ignore[no-untyped-def]
    """Add up along a forest: each gives what it has to the one that follows."""
    left = np.zeros(len(following), np.int64)
    for entry in following:
        if entry != _NOWHERE:
            left[entry] += 1
    for start in range(len(following)):
        entry = start
        while entry != _NOWHERE and left[entry] == 0:
            left[entry] = _NOWHERE
            if following[entry] != _NOWHERE:
                inflow[following[entry]] += inflow[entry]
                left[following[entry]] -= 1
            entry = following[entry]
