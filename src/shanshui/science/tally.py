"""Areas counted by zone and class, exactly: whole numbers, so that no order of adding changes them."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.zones import ZoneCover

# Areas are counted in square centimetres: int64 then holds the Earth, and a cell is rounded by 1e-8 of itself.
AREA_UNITS = 10_000
# Cells are counted in the units of the shares of border cells.
CELL_UNITS = 2**24


@dataclass(frozen=True)
class Tally:
    """Area and number of cells by (zone, from, to), for one pair of years; tallies add up.

    Parameters
    ----------
    zone, before, after : int32 ndarray
        The zone's number and the index of the class before and after; sorted, each combination once.
    area : int64 ndarray
        Area [cm2].
    cells : int64 ndarray
        Cells [1 / 2**24].
    """

    zone: NDArray[np.int32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    area: NDArray[np.int64]
    cells: NDArray[np.int64]

    def __add__(self, other: Tally) -> Tally:
        key = np.stack(
            [np.concatenate([getattr(tally, name) for tally in (self, other)]) for name in ("zone", "before", "after")]
        )
        area, cells = np.concatenate([self.area, other.area]), np.concatenate([self.cells, other.cells])
        order = np.lexsort(key[::-1])
        key = key[:, order]
        first = np.flatnonzero(np.concatenate([[True], (key[:, 1:] != key[:, :-1]).any(axis=0)])[: key.shape[1]])
        if first.size == 0:
            return self
        zone, before, after = key[:, first]
        return Tally(zone, before, after, np.add.reduceat(area[order], first), np.add.reduceat(cells[order], first))

    @property
    def hectares(self) -> NDArray[np.float64]:
        """Areas [ha]."""
        return self.area / (AREA_UNITS * 10_000)

    @property
    def cell_count(self) -> NDArray[np.float64]:
        """Numbers of cells, shares of border cells included."""
        return self.cells / CELL_UNITS


class Tallies(dict[tuple[int, int], Tally]):
    """A tally for every pair of years (twice the same year: the areas of that year); they add up pair by pair."""

    def __add__(self, other: Tallies) -> Tallies:
        return Tallies({pair: self[pair] + other[pair] for pair in self})


def tally_classes(
    cover: ZoneCover,
    cell_area: NDArray[np.float64],
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    classes: int,
) -> Tally:
    """Count area and cells by zone and pair of classes.

    Parameters
    ----------
    cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    before, after : integer ndarray (rows, columns)
        Index of the class, from 0 to `classes` - 1, at the two dates (the same twice for one date).
    classes : int
        How many classes there are; cells without data are one of them.

    Returns
    -------
    Tally
        Every zoning's zones, their outside included; so the parts of each zoning sum to the region.
    """
    inside = _tally_inside(cover.signature, cell_area, before, after, len(cover.members), classes)
    border = _tally_border(
        cover.border_cell, cover.border_share, cell_area.ravel(), before.ravel(), after.ravel(), classes
    )
    combination, pair = np.nonzero(inside[..., 1])
    zones = cover.members[combination].ravel()
    layers = cover.members.shape[1]
    zone = np.concatenate([zones, cover.border_zone])
    pair = np.concatenate([np.repeat(pair, layers), border[:, 0]])
    counted = inside[np.nonzero(inside[..., 1])]
    area = np.concatenate([np.repeat(counted[:, 0], layers), border[:, 1]])
    cells = np.concatenate([np.repeat(counted[:, 1], layers), border[:, 2]])
    nothing = np.empty(0, np.int32)
    empty = Tally(nothing, nothing, nothing, nothing.astype(np.int64), nothing.astype(np.int64))
    return empty + Tally(
        zone.astype(np.int32), (pair // classes).astype(np.int32), (pair % classes).astype(np.int32), area, cells
    )


@numba.njit(cache=True, nogil=True)
def _tally_inside(signature, cell_area, before, after, combinations, classes):  # type: ignore[no-untyped-def]
    counted = np.zeros((combinations, classes * classes, 2), np.int64)
    for i in range(signature.shape[0]):
        for j in range(signature.shape[1]):
            combination = signature[i, j]
            if combination >= 0:
                pair = before[i, j] * classes + after[i, j]
                counted[combination, pair, 0] += np.int64(np.rint(cell_area[i, j] * AREA_UNITS))
                counted[combination, pair, 1] += CELL_UNITS
    return counted


@numba.njit(cache=True, nogil=True)
def _tally_border(cell, share, cell_area, before, after, classes):  # type: ignore[no-untyped-def]
    listed = np.empty((cell.size, 3), np.int64)
    for n in range(cell.size):
        listed[n, 0] = before[cell[n]] * classes + after[cell[n]]
        listed[n, 1] = np.int64(np.rint(cell_area[cell[n]] * share[n] * AREA_UNITS))
        listed[n, 2] = np.int64(np.rint(share[n] * CELL_UNITS))
    return listed
