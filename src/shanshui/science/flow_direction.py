"""Into which of its eight neighbours the water of a cell flows."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.flats import FAR, settle_flats, spread_in_tile
from shanshui.science.neighbours import COLUMN_STEP, ROW_STEP, read_with_rim, steps_in_memory

# Codes 1 to 8 are those of the neighbours: east, then anticlockwise.
LEAVES, NO_DATA = 0, 255

_FLAT = 254


def flow_direction(filled: WholeRaster, cell_width: float, cell_height: float) -> WritableRaster:
    """Give each cell the neighbour into which its water flows.

    Parameters
    ----------
    filled : WholeRaster
        A surface without depressions, as `fill_depressions` gives it [m]; NaN = no data.
    cell_width, cell_height : float
        East-west and north-south side of a cell [m].

    Returns
    -------
    WritableRaster
        uint8: 1 east, 2 north-east, 3 north, 4 north-west, 5 west, 6 south-west, 7 south, 8 south-east (anticlockwise;
        rows count downwards); 0 where water leaves the raster; 255 where there is no data.

    Raises
    ------
    ValueError
        If the water of a cell does not find its way out: the surface has a depression.

    Notes
    -----
    Steepest descent (D8: O'Callaghan, Mark 1984, The extraction of drainage networks from digital elevation data,
    Computer Vision, Graphics, and Image Processing 28): the neighbour with the greatest drop over distance, of equal
    ones that of the lowest code. A cell without a lower neighbour is an outlet if it lies at the raster's edge or
    beside a cell without data. Any other is part of a flat. It flows into the neighbour of its level, of equal ones
    that of the lowest code, from which the fewest steps within that level lead to a cell that has a lower neighbour or
    is an outlet.

    Along a flow path the level never rises, and where it stays the steps become fewer: there are no circles. Every
    direction is unique, so that the bytes are the same for any tiles. Memory: some tiles.
    """
    direction, distance = filled.blank(np.uint8), filled.blank(np.int32)
    nearness = _nearness(cell_width, cell_height)
    goes_on = []
    for tile in filled.tiles():
        surface = read_with_rim(filled, tile)
        codes, flat = _steepest(surface, nearness)
        if flat.any():
            away, steps = np.zeros(flat.shape, np.int32), steps_in_memory(flat.shape[1])
            if spread_in_tile(surface, flat, away, steps):
                goes_on.append(tile)
                distance.write(tile, away[1:-1, 1:-1])
            else:
                _finish(surface, away, steps, codes)
        direction.write(tile, codes)
    settle_flats(filled, distance, goes_on)
    for tile in goes_on:
        surface, codes = read_with_rim(filled, tile), np.array(direction.read(tile))
        _finish(surface, read_with_rim(distance, tile), steps_in_memory(surface.shape[1]), codes)
        direction.write(tile, codes)
    return direction


def _nearness(cell_width: float, cell_height: float) -> NDArray[np.float64]:
    """Give one over the distance to each neighbour, by its code [1/m]."""
    places = zip(ROW_STEP[1:], COLUMN_STEP[1:], strict=True)
    away = [math.hypot(row * cell_height, column * cell_width) for row, column in places]
    return np.array([0.0, *(1 / distance for distance in away)])


def _finish(surface, away, steps, codes) -> None:  # type: ignore[no-untyped-def]
    if not _along_flats(surface.ravel(), away.ravel(), steps, codes):
        raise ValueError("the surface has a depression; fill_depressions takes it away")


@numba.njit(cache=True, nogil=True, inline="always")
def _steeper(best, code, slope, its_code):  # type: ignore[no-untyped-def]
    steeper = slope > best
    return slope if steeper else best, its_code if steeper else code


@numba.njit(cache=True, nogil=True)
def _steepest(surface, nearness):  # type: ignore[no-untyped-def]
    """Give the codes of steepest descent; tell (with the rim) which cells are flat.

    Parameters
    ----------
    surface : float32 ndarray (rows + 2, columns + 2)
        The filled surface with its rim [m].
    nearness : float64 ndarray (9,)
        One over the distance to each neighbour [1/m].

    Returns
    -------
    codes : uint8 ndarray (rows, columns)
    flat : bool ndarray (rows + 2, columns + 2)
    """
    rows, columns = surface.shape[0] - 2, surface.shape[1] - 2
    codes, flat = np.empty((rows, columns), np.uint8), np.zeros(surface.shape, np.bool_)
    for row in range(rows):
        north, here, south = surface[row], surface[row + 1], surface[row + 2]
        for column in range(columns):
            w, c, e = column, column + 1, column + 2
            level = np.float64(here[c])
            # NaN is never steeper.
            best, code = _steeper(0.0, _FLAT, (level - here[e]) * nearness[1], 1)
            best, code = _steeper(best, code, (level - north[e]) * nearness[2], 2)
            best, code = _steeper(best, code, (level - north[c]) * nearness[3], 3)
            best, code = _steeper(best, code, (level - north[w]) * nearness[4], 4)
            best, code = _steeper(best, code, (level - here[w]) * nearness[5], 5)
            best, code = _steeper(best, code, (level - south[w]) * nearness[6], 6)
            best, code = _steeper(best, code, (level - south[c]) * nearness[7], 7)
            best, code = _steeper(best, code, (level - south[e]) * nearness[8], 8)
            # The sum is NaN if one of them is.
            around = north[w] + north[c] + north[e] + here[w] + here[e] + south[w] + south[c] + south[e]
            code = LEAVES if code == _FLAT and around != around else code
            code = NO_DATA if level != level else code
            codes[row, column] = code
            flat[row + 1, c] = code == _FLAT
    return codes, flat


@numba.njit(cache=True, nogil=True)
def _along_flats(level, away, steps, codes):  # type: ignore[no-untyped-def]
    """Direct the cells of flats; tell whether all of them drain."""
    rows, columns = codes.shape
    for row in range(rows):
        for column in range(columns):
            if codes[row, column] != _FLAT:
                continue
            cell = (row + 1) * (columns + 2) + column + 1
            if away[cell] == FAR:
                return False
            for code in range(1, 9):
                near = cell + steps[code]
                if level[near] == level[cell] and away[near] == away[cell] - 1:
                    codes[row, column] = code
                    break
    return True
