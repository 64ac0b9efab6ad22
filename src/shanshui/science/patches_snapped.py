"""The boundary of patches moved onto given lines, sliver by sliver."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.distance import distance_to
from shanshui.science.patches import WALL_BELOW, WALL_RIGHT, Patches, find_patches
from shanshui.science.patches_lines import Crossings
from shanshui.science.patches_standing import Change, Rule, Standing, changed, is_inside, is_outside

_UNCHANGED = -1
# A cell beside a line, among the walls.
_BESIDE = 4
# What a sliver would become: inside or outside.
_ADDED, _REMOVED = 1, 2
# So many times as much of a sliver's new boundary must lie on lines as not: it is longer than it is wide.
_ALONG = 2
# Sides are added up in whole millimetres, so that the order does not matter.
_MILLIMETRE = 1000.0


def snap_patches(
    standing: WholeRaster,
    rule: WholeRaster,
    area: WholeRaster,
    width: WholeRaster,
    height: WholeRaster,
    lines: Crossings,
    farthest: float,
    share: float,
    neighbours: int,
) -> Change:
    """Move the boundary of patches onto lines near by.

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
    lines : Crossings
        Rivers, ridges, borders, as `crossings` gives them.
    farthest : float
        How far the boundary may move [m].
    share : float
        By how much of its area a patch may change, additions and removals together, 0 to 1.
    neighbours : int
        By which patches hang together, 8 or 4.

    Returns
    -------
    Change
        A row for each sliver: reason (``snapped_in`` or ``snapped_out``), number, cells, area [m2], row, column; and
        patch (its number before), line (its place among the lines).

    Notes
    -----
    What is done: a cell lies between boundary and line where the straight distances to both together are at most
    `farthest`, with half a cell taken from one and given to the other, so that k cells between two straight ones are k
    cells apart. Such cells that hang together by their sides, without crossing a line, are a sliver: of cells outside
    one that may be added, of cells inside one that may be removed. Excluded cells are in no added sliver, mandatory
    cells in no removed one. A sliver moves whole, and only if it borders on what it would become part of, and if of the
    boundary that would come to be more than twice as much lies on a line as not: so where a line crosses the boundary
    at more than some 27 degrees nothing moves.
    Slivers are taken by their area, the smallest first; one that touches a taken one of the other kind stays, and so
    does one by which its patch (that with which it shares the longest border) would change by more than `share`.

    Limits: the boundary then goes along the sides of cells that are nearest to the line, within a cell of it (the
    outlines may follow the line itself, see `smoothed`). Where boundary and line part, at the distance `farthest`, the
    boundary goes across by the shortest way. A sliver that bridges two patches is counted on one of them. A patch that
    is cut in two by a removal stays so. Distances are measured straight, also across other lines.
    """
    sides = _beside_lines(standing, lines)

    def beside(cells: NDArray[np.uint8]) -> NDArray[np.bool_]:
        return np.asarray(cells & _BESIDE, np.bool_)

    to_inside = distance_to(standing, width, height, is_inside, farthest)
    to_outside = distance_to(standing, width, height, is_outside, farthest)
    to_line = distance_to(sides, width, height, beside, farthest)
    zone = standing.blank(np.uint8)
    for tile in standing.tiles():
        inside, rules, line = is_inside(standing.read(tile)), rule.read(tile), to_line.read(tile).astype(np.float64)
        # Distances are held in short numbers: a hair of slack, so that what is exactly as far is within.
        most = farthest * (1.0 + 1e-6)
        added = ~inside & (rules != Rule.EXCLUDED) & (to_inside.read(tile) + line <= most)
        removed = inside & (rules != Rule.MANDATORY) & (to_outside.read(tile) + line <= most)
        zone.write(tile, np.where(added, _ADDED, np.where(removed, _REMOVED, 0)).astype(np.uint8))
    slivers = find_patches(zone, area, lambda cells: cells, 4, sides)
    patches = find_patches(standing, area, is_inside, neighbours)
    borders = _Borders.of(standing, slivers, patches, sides, width, height, lines)
    taken, patch = _taken(slivers, patches, borders, share)
    kinds = np.array([_UNCHANGED, Standing.SNAPPED_IN, Standing.SNAPPED_OUT])
    change = changed(standing, slivers, np.where(taken, kinds[slivers.value], _UNCHANGED), area, rule)
    number = change.pieces["number"].to_numpy()
    return Change(change.standing, change.pieces.assign(patch=patch[number - 1], line=borders.line[number - 1]))


def _beside_lines(standing: WholeRaster, lines: Crossings) -> WritableRaster:
    """Give the walls that lines make, and the cells on both sides of each."""
    sides = standing.blank(np.uint8)
    for tile in standing.tiles():
        walls = lines.walls(tile.padded(1))
        core, left, upper = walls[1:-1, 1:-1], walls[1:-1, :-2], walls[:-2, 1:-1]
        beside = (core > 0) | ((left & WALL_RIGHT) > 0) | ((upper & WALL_BELOW) > 0)
        sides.write(tile, core | np.where(beside, _BESIDE, 0).astype(np.uint8))
    return sides


@dataclass(frozen=True)
class _Borders:
    """What the slivers border on.

    Parameters
    ----------
    on_line, open : int64 ndarray (slivers,)
        Length of the boundary that would come to be: on lines, and not [mm].
    patch : int64 ndarray (slivers,)
        The patch that changes; 0 where it borders on none.
    line : int64 ndarray (slivers,)
        The line on which most of it lies; -1 for none.
    opposed : int64 ndarray (pairs, 2)
        Slivers of two kinds that touch.
    """

    on_line: NDArray[np.int64]
    open: NDArray[np.int64]
    patch: NDArray[np.int64]
    line: NDArray[np.int64]
    opposed: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        standing: WholeRaster,
        slivers: Patches,
        patches: Patches,
        sides: WholeRaster,
        width: WholeRaster,
        height: WholeRaster,
        lines: Crossings,
    ) -> _Borders:
        """Measure the borders, tile by tile."""
        on_line, uncut = (np.zeros(len(slivers) + 1, np.int64) for _ in range(2))
        patch_sides, line_sides, opposed = ([np.empty((0, 3), np.int64)] for _ in range(3))
        for tile in standing.tiles():
            if not slivers.numbers.read(tile).any():
                continue
            rim = tile.padded(1)
            inside = is_inside(standing.read(rim))
            here = _inside_raster(rim, standing.shape)
            crossed = np.full((2, *rim.shape), -1, np.int32)
            near = lines.within(rim)
            crossed[near.below.astype(int), near.row - rim.row, near.column - rim.column] = near.line
            given = slivers.numbers.read(rim), patches.numbers.read(rim), inside, here, sides.read(rim), crossed
            lengths = (np.nan_to_num(side.read(rim)) * _MILLIMETRE for side in (width, height))
            found = _borders(*given, *(np.rint(each).astype(np.int64) for each in lengths), on_line, uncut)
            for kept, pairs in zip((patch_sides, line_sides, opposed), found, strict=True):
                kept.append(_summed(pairs))
        return cls(
            on_line[1:],
            uncut[1:],
            _most(patch_sides, len(slivers), 0),
            _most(line_sides, len(slivers), -1),
            _summed(np.concatenate(opposed))[:, :2],
        )


def _inside_raster(window: Window, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which cells of a window lie within the raster."""
    rows, columns = window.row + np.arange(window.height), window.column + np.arange(window.width)
    down, along = (rows >= 0) & (rows < shape[0]), (columns >= 0) & (columns < shape[1])
    return np.asarray(down[:, None] & along, np.bool_)


def _summed(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up the lengths of equal pairs."""
    frame = pd.DataFrame(pairs, columns=["one", "other", "length"])
    return np.asarray(frame.groupby(["one", "other"], as_index=False)["length"].sum().to_numpy(), np.int64)


def _most(parts: list[NDArray[np.int64]], slivers: int, nothing: int) -> NDArray[np.int64]:
    """Give for each sliver that with which it has the longest border, the first of equals."""
    pairs = _summed(np.concatenate(parts))
    best = np.full(slivers + 1, nothing, np.int64)
    # The longest comes last and stays.
    order = np.lexsort([-pairs[:, 1], pairs[:, 2]])
    best[pairs[order, 0]] = pairs[order, 1]
    return best[1:]


def _taken(
    slivers: Patches, patches: Patches, borders: _Borders, share: float
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Choose the slivers that move, the smallest first; give them and the patch of each."""
    patch = borders.patch
    fit = (patch > 0) & (borders.on_line > _ALONG * borders.open)
    left = np.floor(share * patches.area).astype(np.int64)
    order = np.flatnonzero(fit)
    order = order[np.argsort(slivers.area[order], kind="stable")]
    opposed: dict[int, list[int]] = {}
    for one, other in borders.opposed.tolist():
        opposed.setdefault(one, []).append(other)
        opposed.setdefault(other, []).append(one)
    taken = np.zeros(len(slivers), np.bool_)
    for at in order.tolist():
        where = int(patch[at]) - 1
        if slivers.area[at] <= left[where] and not any(taken[other - 1] for other in opposed.get(at + 1, [])):
            taken[at] = True
            left[where] -= slivers.area[at]
    return taken, patch


@numba.njit(cache=True, nogil=True)
def _borders(slivers, patches, inside, here, sides, crossed, width, height, on_line, uncut):  # type: ignore[no-untyped-def]
    """Walk round each sliver's cells; all arrays have one cell more than the tile on each side.

    Parameters
    ----------
    slivers, patches : int32 ndarray (rows, columns)
        Numbers.
    inside, here : bool ndarray (rows, columns)
        Which cells are inside patches, and within the raster.
    sides : uint8 ndarray (rows, columns)
        Walls.
    crossed : int32 ndarray (2, rows, columns)
        The line to the right, and below.
    width, height : int64 ndarray (rows, columns)
        Sides [mm].
    on_line, uncut : int64 ndarray (slivers + 1,)
        Take the lengths.

    Returns
    -------
    int64 ndarrays (pairs, 3)
        Slivers with patches, with lines, and with slivers of the other kind, and the length of the side [mm].
    """
    rows, columns = slivers.shape
    room = 0
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            room += 4 * (slivers[i, j] > 0)
    with_patch, with_line = np.empty((room, 3), np.int64), np.empty((room, 3), np.int64)
    opposed = np.empty((room, 3), np.int64)
    patch_at = line_at = opposed_at = 0
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            sliver = slivers[i, j]
            if sliver == 0:
                continue
            for k, m in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if not here[k, m]:
                    continue
                upright = m != j
                length = height[i, j] if upright else width[i, j]
                line = crossed[0, i, min(j, m)] if upright else crossed[1, min(i, k), j]
                alike = inside[k, m] == inside[i, j]
                if alike and line >= 0:
                    on_line[sliver] += length
                    with_line[line_at, 0], with_line[line_at, 1], with_line[line_at, 2] = sliver, line, length
                    line_at += 1
                elif alike and slivers[k, m] != sliver:
                    uncut[sliver] += length
                elif not alike and line < 0:
                    patch = patches[i, j] if inside[i, j] else patches[k, m]
                    with_patch[patch_at, 0], with_patch[patch_at, 1] = sliver, patch
                    with_patch[patch_at, 2] = length
                    patch_at += 1
                    if slivers[k, m] > 0:
                        opposed[opposed_at, 0], opposed[opposed_at, 1] = sliver, slivers[k, m]
                        opposed[opposed_at, 2] = length
                        opposed_at += 1
    return with_patch[:patch_at], with_line[:line_at], opposed[:opposed_at]
