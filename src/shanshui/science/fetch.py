"""How far the water reaches from the coast in any direction: the fetch, over which wind raises waves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster
from shanshui.science.neighbours import read_with_rim

# A cell is sea where the sea covers at least so much of it.
SEA_SHARE = 0.5
COAST = 1
_LAND, _SEA, _UNKNOWN = 0, 1, 2
# Two sides of a cell are reached together, in its corner, where they are so near to each other [m].
_CORNER = 1e-6


@dataclass(frozen=True)
class CoastFetch:
    """The fetch of the coast cells of one tile.

    Parameters
    ----------
    tile : Window
        The tile.
    rows, columns : int64 ndarray (cells,)
        Where its coast cells lie, counted from the tile's first cell.
    fetch : float64 ndarray (cells, directions)
        How far the water reaches [m]; NaN at a cell that is neither sea nor beside it.
    """

    tile: Window
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    fetch: NDArray[np.float64]


def fetch_of_coast(
    sea: WholeRaster,
    coast: WholeRaster,
    width: WholeRaster,
    height: WholeRaster,
    directions: Sequence[float],
    farthest: float,
) -> Iterator[CoastFetch]:
    """Measure how far the water reaches from each coast cell.

    Parameters
    ----------
    sea : WholeRaster
        Share of each cell that is sea; NaN where nothing is known.
    coast : WholeRaster
        1 in coast cells.
    width, height : WholeRaster
        Sides of the cells [m].
    directions : sequence of float
        Where to look, clockwise from the north of the grid [degree].
    farthest : float
        No fetch is longer than this [m].

    Yields
    ------
    CoastFetch
        Of each tile that has coast cells.

    Notes
    -----
    From the middle of each side that a coast cell has with the sea (where it meets the sea in corners only, from
    these) a straight line is drawn in each direction that leads into the water. Its length up to the first cell of
    land is measured exactly, cell by cell; the longest counts, and where no line leads into the water the fetch is 0. A
    coast cell that is sea itself is left from its centre. A line that passes through the very corner of a cell
    touches neither neighbour.

    Beyond the map, and where nothing is known of a cell, the sea is taken to go on: a line that leaves the map has the
    longest fetch. So a map should reach as far over the sea as its islands and opposite shores matter.

    A row has the width of its middle cell; so on a grid in degrees a line keeps its bearing. Memory: one bit for each
    cell of the strip that is as high as a row of tiles and twice `farthest`.
    """
    columns = sea.shape[1]
    widths, heights = _middle_column(width), _middle_column(height)
    reach = int(np.ceil(farthest / heights.min())) + 1
    bands = _bands(coast)
    land: dict[int, NDArray[np.uint8]] = {}
    east, south = np.sin(np.radians(directions)), -np.cos(np.radians(directions))
    # What is nothing but the rounding of pi leads nowhere.
    east[np.abs(east) < 1e-12], south[np.abs(south) < 1e-12] = 0.0, 0.0
    for first, tiles in bands.items():
        found = [(tile, np.argwhere(np.asarray(coast.read(tile)) == COAST).T) for tile in tiles]
        if not any(cells.size for _, cells in found):
            continue
        low, high = first - reach, first + tiles[0].height + reach
        near = [row for row, others in bands.items() if row < high and row + others[0].height > low]
        land = {row: land[row] if row in land else _land_bits(sea, bands[row]) for row in near}
        strip = np.concatenate([land[row] for row in near])
        for tile, (rows, places) in found:
            if len(rows):
                states = _states(read_with_rim(sea, tile))
                where = strip, near[0], widths, heights, columns, states, tile.row, tile.column
                yield CoastFetch(tile, rows, places, _fetch_of_cells(*where, rows, places, east, south, farthest))


def _middle_column(sides: WholeRaster) -> NDArray[np.float64]:
    rows, columns = sides.shape
    return np.asarray(sides.read(Window(0, columns // 2, rows, 1)), np.float64)[:, 0]


def _bands(raster: WholeRaster) -> dict[int, list[Window]]:
    """Give the tiles of each row of tiles, by its first row."""
    bands: dict[int, list[Window]] = {}
    for tile in raster.tiles():
        bands.setdefault(tile.row, []).append(tile)
    return bands


def _states(share: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.where(np.isnan(share), _UNKNOWN, np.where(share >= SEA_SHARE, _SEA, _LAND)).astype(np.uint8)


def _land_bits(sea: WholeRaster, tiles: list[Window]) -> NDArray[np.uint8]:
    """Give a row of tiles with a bit for each cell: whether it is land."""
    land = np.zeros((tiles[0].height, sea.shape[1]), bool)
    for tile in tiles:
        land[:, tile.column : tile.column + tile.width] = _states(sea.read(tile)) == _LAND
    return np.packbits(land, axis=1, bitorder="little")


@numba.njit(cache=True, nogil=True)
def _fetch_of_cells(  # type: ignore[no-untyped-def]
    land, land_row, widths, heights, columns, states, tile_row, tile_column, rows, places, east, south, farthest
):
    """Measure the fetch of the coast cells of a tile.

    Parameters
    ----------
    land : uint8 ndarray (rows of the strip, bytes)
        A bit for each cell: whether it is land.
    land_row : int
        Row of the raster in which the strip begins.
    widths, heights : float64 ndarray (rows of the raster,)
        Sides of the cells of each row [m].
    columns : int
        Columns of the raster.
    states : uint8 ndarray (rows + 2, columns + 2)
        Land, sea or unknown: the tile with its rim.
    tile_row, tile_column : int
        Where the tile begins.
    rows, places : int64 ndarray (cells,)
        Rows and columns of the coast cells within the tile.
    east, south : float64 ndarray (directions,)
        Parts of each direction.
    farthest : float
        Longest fetch [m].

    Returns
    -------
    float64 ndarray (cells, directions)
        Fetch [m].
    """
    fetch = np.full((len(rows), len(east)), np.nan)
    for number in range(len(rows)):
        i, j = rows[number] + 1, places[number] + 1
        row, column = tile_row + rows[number], tile_column + places[number]
        if states[i, j] == 2:
            continue
        if states[i, j] == 1:
            for d in range(len(east)):
                fetch[number, d] = _length(
                    land, land_row, widths, heights, columns, row, column, 0.5, 0.5, east[d], south[d], farthest
                )
            continue
        sides = states[i - 1, j] == 1 or states[i + 1, j] == 1 or states[i, j - 1] == 1 or states[i, j + 1] == 1
        for down in range(-1, 2):
            for right in range(-1, 2):
                if states[i + down, j + right] != 1 or (sides and down != 0 and right != 0):
                    continue
                # Where the line begins, seen from the cell that it enters.
                x, y = 0.5 - 0.5 * right, 0.5 - 0.5 * down
                for d in range(len(east)):
                    leads = (right == 0 or east[d] * right > 0) and (down == 0 or south[d] * down > 0)
                    length = 0.0
                    if leads:
                        r, c = row + down, column + right
                        length = _length(
                            land, land_row, widths, heights, columns, r, c, x, y, east[d], south[d], farthest
                        )
                    if not fetch[number, d] >= length:
                        fetch[number, d] = length
    return fetch


@numba.njit(cache=True, nogil=True)
def _length(  # type: ignore[no-untyped-def]
    land, land_row, widths, heights, columns, row, column, x, y, east, south, farthest
):
    """Measure a line from a place in a cell up to the first cell of land.

    Parameters
    ----------
    land, land_row, widths, heights, columns : uint8 ndarray, int, float64 ndarray, float64 ndarray, int
        As in `_fetch_of_cells`.
    row, column : int
        The cell.
    x, y : float
        The place in it, from its west and north side [0 to 1].
    east, south : float
        Parts of the direction.
    farthest : float
        Longest length [m].

    Returns
    -------
    float
        Length [m].
    """
    done = 0.0
    while done < farthest:
        if row < 0 or row >= len(widths) or column < 0 or column >= columns:
            return farthest
        if (land[row - land_row, column >> 3] >> (column & 7)) & 1:
            return done
        across, down = np.inf, np.inf
        if east != 0.0:
            across = (1.0 - x if east > 0.0 else x) * widths[row] / abs(east)
        if south != 0.0:
            down = (1.0 - y if south > 0.0 else y) * heights[row] / abs(south)
        length = min(across, down)
        done += length
        x += east * length / widths[row]
        y += south * length / heights[row]
        if across <= length + _CORNER:
            column += 1 if east > 0.0 else -1
            x = 0.0 if east > 0.0 else 1.0
        if down <= length + _CORNER:
            row += 1 if south > 0.0 else -1
            y = 0.0 if south > 0.0 else 1.0
    return farthest
