"""Neighbouring patches joined where the gap between them is narrow."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster
from shanshui.science.patches import find_patches, touching
from shanshui.science.patches_standing import Change, Rule, Standing, changed, is_inside

_UNCHANGED = -1


def join_patches(
    standing: WholeRaster,
    rule: WholeRaster,
    area: WholeRaster,
    width: WholeRaster,
    height: WholeRaster,
    gap: float,
    neighbours: int,
) -> Change:
    """Fill the gaps between different patches that are at most so wide.

    Parameters
    ----------
    standing : WholeRaster
        uint8, each a `Standing`.
    rule : WholeRaster
        uint8, each a `Rule`.
    area : WholeRaster
        Area of the cells [m2].
    width, height : WholeRaster
        Sides of the cells [m].
    gap : float
        The widest gap that is filled [m].
    neighbours : int
        By which patches hang together, 8 or 4.

    Returns
    -------
    Change
        What was filled stands there as ``joined``.

    Notes
    -----
    The gap at a cell outside is the straight distance from its centre to that of the nearest inside cell of one patch,
    and on to that of the nearest cell of another patch, less one cell (the square root of width times height): k cells
    between two straight borders are a gap of k cells. Cells whose gap is at most `gap` are filled, unless they are
    excluded; what is filled must touch two patches, or it stays out: a strip of excluded cells keeps patches apart.

    A closing of the patches as sets (dilation, then erosion) would fill their own inlets too, and cannot tell gaps of
    three cells from gaps of four. Whether a gap between patches that stand aslant is bridged may differ by a quarter of
    a cell, because cells do not lie on the shortest line between them. One round: what comes near through a bridge is
    joined by a second call. Time goes by `gap` in cells; memory: a tile with a rim as wide as the gap.
    """
    patches = find_patches(standing, area, is_inside, neighbours)
    between = standing.blank(np.uint8)
    rows, columns = standing.shape
    middle = Window(0, columns // 2, rows, 1)
    across = np.asarray(width.read(middle), np.float64)[:, 0]
    down = np.asarray(height.read(middle), np.float64)[:, 0]
    place = np.cumsum(down) - down / 2
    side = np.sqrt(across * down)
    limit = gap + side
    farthest = float(limit.max())
    rim = int(max(farthest / across.min(), farthest / down.min())) + 1
    for tile in standing.tiles():
        numbers = patches.numbers.read(tile.padded(rim))
        if not numbers.any():
            continue
        core = np.s_[rim : rim + tile.height, rim : rim + tile.width]
        free = (rule.read(tile) != Rule.EXCLUDED) & (numbers[core] == 0)
        between.write(tile, _between(numbers, free, rim, tile.row, across, place, limit))
    gaps = find_patches(between, area, _as_they_are, neighbours)
    partners = touching(gaps, patches, neighbours)[:, 0]
    joins = np.bincount(partners, minlength=len(gaps) + 1)[1:] > 1
    return changed(standing, gaps, np.where(joins, Standing.JOINED, _UNCHANGED), area, rule, Rule.EXCLUDED)


def _as_they_are(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cells


@numba.njit(cache=True, nogil=True)
def _between(numbers, free, rim, first_row, across, place, limit):  # type: ignore[no-untyped-def]
    """Tell of each cell whether two patches are together as near as the limit of its row.

    Parameters
    ----------
    numbers : int32 ndarray (rows + 2 rim, columns + 2 rim)
        Patches, 0 for none.
    free : bool ndarray (rows, columns)
        Cells that are asked for.
    rim : int
        How many cells there are more on each side.
    first_row : int
        Row of the raster in which the tile begins.
    across, place, limit : float64 ndarray (rows of the raster,)
        Width of the cells of each row, where it lies, and the limit [m].

    Returns
    -------
    uint8 ndarray (rows, columns)
    """
    rows, columns = free.shape
    wide = numbers.shape[1]
    out = np.zeros((rows, columns), np.uint8)
    # The nearest patch along each column, the nearest other one, and how far they are.
    one, other = np.zeros((rows, wide), np.int32), np.zeros((rows, wide), np.int32)
    far, farther = np.full((rows, wide), np.inf), np.full((rows, wide), np.inf)
    # Of each column the patch met last and the other one before it, and the rows where.
    near, next_near = np.zeros(wide, np.int32), np.zeros(wide, np.int32)
    at, next_at = np.zeros(wide, np.int64), np.zeros(wide, np.int64)
    for way in (1, -1):
        near[:], next_near[:] = 0, 0
        step = 0 if way == 1 else len(numbers) - 1
        while 0 <= step < len(numbers):
            i, row = step - rim, first_row + step - rim
            for column in range(wide):
                number = numbers[step, column]
                if number > 0:
                    if number != near[column]:
                        next_near[column], next_at[column] = near[column], at[column]
                    near[column], at[column] = number, row
                if not 0 <= i < rows:
                    continue
                if near[column] > 0:
                    away = abs(place[row] - place[at[column]])
                    _nearer(one, other, far, farther, i, column, near[column], away)
                if next_near[column] > 0:
                    away = abs(place[row] - place[next_at[column]])
                    _nearer(one, other, far, farther, i, column, next_near[column], away)
            step += way
    for i in range(rows):
        width, most = across[first_row + i], limit[first_row + i]
        reach = min(int(most / width), rim)
        # A hair of slack, so that a gap of exactly the limit is within it.
        most *= 1.0 + 1e-9
        for j in range(columns):
            if not free[i, j]:
                continue
            first, nearest, second = 0, np.inf, np.inf
            for column in range(j + rim - reach, j + rim + reach + 1):
                if one[i, column] == 0:
                    continue
                along = ((column - j - rim) * width) ** 2
                for both in range(2):
                    number = one[i, column] if both == 0 else other[i, column]
                    vertical = far[i, column] if both == 0 else farther[i, column]
                    square = along + vertical * vertical
                    if number == 0:
                        continue
                    if number == first:
                        nearest = min(nearest, square)
                    elif square < nearest:
                        first, nearest, second = number, square, nearest
                    else:
                        second = min(second, square)
            if np.sqrt(nearest) + np.sqrt(second) <= most:
                out[i, j] = 1
    return out


@numba.njit(cache=True, nogil=True)
def _nearer(one, other, far, farther, i, column, number, distance):  # type: ignore[no-untyped-def]
    """Put a patch among the two nearest of a cell's column."""
    if number == one[i, column]:
        far[i, column] = min(far[i, column], distance)
    elif distance < far[i, column]:
        other[i, column], farther[i, column] = one[i, column], far[i, column]
        one[i, column], far[i, column] = number, distance
    elif distance < farther[i, column]:
        other[i, column], farther[i, column] = number, distance
