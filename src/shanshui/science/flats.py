"""How far each cell of a flat is from where the flat drains; flats may reach over any number of tiles."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numba
import numpy as np

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.neighbours import COLUMN_STEP, ROW_STEP, read_with_rim, steps_in_memory

# The distance of a cell from which no way is known.
FAR = np.int32(2**31 - 1)


def settle_flats(surface: WholeRaster, distance: WritableRaster, tiles: Iterable[Window]) -> None:
    """Carry distances over the borders of tiles until none gets shorter.

    Parameters
    ----------
    surface : WholeRaster
        The filled surface [m].
    distance : WritableRaster
        int32 steps within cells of the same level to a cell that drains, as known within each tile; 0 for cells that
        drain, ``FAR`` where no way is known. It is shortened in place.
    tiles : iterable of Window
        Those that have flats which go on beyond them.

    Notes
    -----
    A tile is visited again when a neighbour's border cells have come nearer; the nearest first, as in Dijkstra's
    algorithm, so that few are visited often. The shortest distances do not depend on the order.
    """
    rows, columns = sorted({tile.row for tile in surface.tiles()}), sorted({tile.column for tile in surface.tiles()})
    row_of, column_of = ({start: rank for rank, start in enumerate(starts)} for starts in (rows, columns))
    open_tiles = {(row_of[tile.row], column_of[tile.column]): tile for tile in tiles}
    nearest = dict.fromkeys(open_tiles, 0)
    queue = [(0, place) for place in open_tiles]
    while queue:
        least, place = heapq.heappop(queue)
        if nearest.get(place) != least:
            continue
        del nearest[place]
        tile = open_tiles[place]
        levels, steps = read_with_rim(surface, tile), read_with_rim(distance, tile)
        news = _come_nearer(levels, steps, steps_in_memory(levels.shape[1]))
        if news[0] == FAR:
            continue
        distance.write(tile, steps[1:-1, 1:-1])
        for code in range(1, 9):
            beside = place[0] + ROW_STEP[code], place[1] + COLUMN_STEP[code]
            if news[code] < nearest.get(beside, FAR) and beside in open_tiles:
                nearest[beside] = int(news[code])
                heapq.heappush(queue, (nearest[beside], beside))


@numba.njit(cache=True, nogil=True)
def spread_in_tile(surface, flat, distance, steps):  # type: ignore[no-untyped-def]
    """Find the distances within one tile alone.

    Parameters
    ----------
    surface : float32 ndarray (rows + 2, columns + 2)
        The filled surface with its rim [m].
    flat : bool ndarray (rows + 2, columns + 2)
        Cells that have no lower neighbour and are no outlet; nothing in the rim.
    distance : int32 ndarray (rows + 2, columns + 2)
        Takes the steps; 0 for all that is not flat, ``FAR`` where no way is known. The rim is 0.
    steps : int64 ndarray (9,)
        How far the neighbours lie in memory.

    Returns
    -------
    bool
        Whether a flat goes on beyond the tile.
    """
    level, away, is_flat = surface.ravel(), distance.ravel(), flat.ravel()
    width = surface.shape[1]
    cells = np.flatnonzero(is_flat)
    for cell in cells:
        away[cell] = FAR
    queue = np.empty(len(cells), np.int64)
    last, goes_on = 0, False
    for cell in cells:
        for code in range(1, 9):
            near = cell + steps[code]
            if level[near] == level[cell]:
                if _in_rim(near, width, len(level)):
                    goes_on = True
                elif away[near] == 0 and away[cell] == FAR:
                    away[cell] = 1
                    queue[last] = cell
                    last += 1
    first = 0
    while first < last:
        cell = queue[first]
        first += 1
        for code in range(1, 9):
            near = cell + steps[code]
            # What is not flat is 0 steps away, the rim too; flat cells side by side are of one level.
            if away[near] == FAR:
                away[near] = away[cell] + 1
                queue[last] = near
                last += 1
    return goes_on


@numba.njit(cache=True, nogil=True)
def _in_rim(cell, width, count):  # type: ignore[no-untyped-def]
    column = cell % width
    return cell < width or cell >= count - width or column == 0 or column == width - 1


@numba.njit(cache=True, nogil=True)
def _come_nearer(surface, distance, steps):  # type: ignore[no-untyped-def]
    """Shorten a tile's distances by the ways through its rim.

    Returns
    -------
    int32 ndarray (9,)
        For each neighbouring tile the least distance, beside it, that became shorter; ``FAR`` if none did. Place 0 is
        the least of all.
    """
    level, away = surface.ravel(), distance.ravel()
    rows, width = surface.shape
    seeds, ways = _ways_in(level, away, rows, width, steps)
    surface[0], surface[-1], surface[:, 0], surface[:, -1] = np.nan, np.nan, np.nan, np.nan
    order = np.argsort(ways)
    queue, news = [np.int64(0)], np.full(9, FAR, np.int32)
    seed, first = 0, 1
    while seed < len(order) or first < len(queue):
        # Whichever is nearer: the next way in, or the next cell of the queue.
        if seed < len(order) and (first == len(queue) or ways[order[seed]] <= away[queue[first]]):
            cell, way = seeds[order[seed]], ways[order[seed]]
            seed += 1
            if away[cell] <= way:
                continue
            away[cell] = way
        else:
            cell = queue[first]
            first += 1
        for code in range(1, 9):
            near = cell + steps[code]
            if level[near] == level[cell] and away[near] > away[cell] + 1:
                away[near] = away[cell] + 1
                queue.append(near)
        _tell(cell // width, cell % width, rows, width, away[cell], news)
    return news


@numba.njit(cache=True, nogil=True)
def _ways_in(level, away, rows, width, steps):  # type: ignore[no-untyped-def]
    """Give the outermost cells that come nearer through the rim, and how near."""
    seeds, ways = np.empty(2 * (rows + width), np.int64), np.empty(2 * (rows + width), np.int32)
    count = 0
    for row in range(1, rows - 1):
        inner = row > 1 and row < rows - 2
        for column in range(1, width - 1, max(width - 3, 1) if inner else 1):
            cell, way = row * width + column, away[row * width + column]
            for code in range(1, 9):
                near = cell + steps[code]
                if level[near] == level[cell] and away[near] < way - 1 and _in_rim(near, width, len(level)):
                    way = away[near] + 1
            if way < away[cell]:
                seeds[count], ways[count] = cell, way
                count += 1
    return seeds[:count], ways[:count]


@numba.njit(cache=True, nogil=True)
def _tell(row, column, rows, width, way, news):  # type: ignore[no-untyped-def]
    """Note a new distance for each neighbouring tile that the cell lies beside."""
    news[0] = min(news[0], way)
    north, south = row == 1, row == rows - 2
    west, east = column == 1, column == width - 2
    beside = (True, east, north and east, north, north and west, west, south and west, south, south and east)
    for code in range(1, 9):
        if beside[code]:
            news[code] = min(news[code], way)
