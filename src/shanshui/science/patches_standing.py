"""Where a cell stands: inside what is protected or outside, and why; and the ledger of areas that moved."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.science.patches import Patches
from shanshui.science.tally import AREA_UNITS


class Standing(enum.IntEnum):
    """Where a cell stands and why; from 1 to 4 it is inside."""

    OUT = 0
    IN = 1
    FILLED = 2
    JOINED = 3
    SNAPPED_IN = 4
    DROPPED = 5
    SNAPPED_OUT = 6


class Rule(enum.IntEnum):
    """What may become of a cell: anything; never inside (no data is so too); never outside."""

    FREE = 0
    EXCLUDED = 1
    MANDATORY = 2


@dataclass(frozen=True)
class Change:
    """What one step of delineation did.

    Parameters
    ----------
    standing : WritableRaster
        uint8, where each cell stands now: a `Standing`.
    pieces : DataFrame
        A row for each piece that changed: reason (the `Standing` it got), number (of the hole, gap, patch or sliver),
        cells, area [m2], row and column (of its first cell). Pieces of no cell are left out.
    """

    standing: WritableRaster
    pieces: pd.DataFrame


def is_inside(standing: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which cells are inside.

    Parameters
    ----------
    standing : integer ndarray
        Each a `Standing`.

    Returns
    -------
    bool ndarray

    Examples
    --------
    >>> is_inside(np.arange(7)).tolist()
    [False, True, True, True, True, False, False]
    """
    return np.asarray((standing >= Standing.IN) & (standing <= Standing.SNAPPED_IN), np.bool_)


def is_outside(standing: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which cells are outside; `standing` is as for `is_inside`."""
    return ~is_inside(standing)


def changed(
    standing: WholeRaster,
    pieces: Patches,
    becomes: NDArray[np.integer],
    area: WholeRaster,
    rule: WholeRaster,
    never: Rule | None = None,
) -> Change:
    """Give the cells of some pieces another standing.

    Parameters
    ----------
    standing : WholeRaster
        uint8, each a `Standing`.
    pieces : Patches
        Holes, gaps, patches or slivers.
    becomes : integer ndarray (pieces,)
        What each becomes, a `Standing`; -1 where it stays as it is.
    area : WholeRaster
        Area of the cells [m2].
    rule : WholeRaster
        uint8, each a `Rule`.
    never : Rule, optional
        Cells of this rule stay as they are.

    Returns
    -------
    Change
    """
    out = standing.blank(np.uint8)
    columns = standing.shape[1]
    code = np.concatenate([[-1], becomes]).astype(np.int64)
    cells, square = np.zeros(len(code), np.int64), np.zeros(len(code), np.int64)
    first = np.full(len(code), np.iinfo(np.int64).max)
    for tile in standing.tiles():
        stands, numbers = standing.read(tile), pieces.numbers.read(tile)
        moved = code[numbers] >= 0
        if never is not None:
            moved &= rule.read(tile) != never
        if moved.any():
            number = numbers[moved]
            stands[moved] = code[number]
            cells += np.bincount(number, minlength=len(code))
            np.add.at(square, number, np.rint(area.read(tile)[moved] * AREA_UNITS).astype(np.int64))
            at_row, at_column = np.nonzero(moved)
            np.minimum.at(first, number, (tile.row + at_row) * columns + tile.column + at_column)
        out.write(tile, stands)
    number = np.flatnonzero(cells)
    frame = {
        "reason": [Standing(each).name.lower() for each in code[number]],
        "number": number,
        "cells": cells[number],
        "area": square[number] / AREA_UNITS,
        "row": first[number] // columns,
        "column": first[number] % columns,
    }
    return Change(out, pd.DataFrame(frame))


def ledger(standing: WholeRaster, area: WholeRaster) -> pd.DataFrame:
    """Count cells and area by where they stand.

    Parameters
    ----------
    standing : WholeRaster
        uint8, each a `Standing`.
    area : WholeRaster
        Area of the cells [m2].

    Returns
    -------
    DataFrame
        A row for every `Standing`: reason, inside (true or false), cells, area [m2]. The rows sum to the raster.
    """
    cells, square = np.zeros(len(Standing), np.int64), np.zeros(len(Standing), np.int64)
    for tile in standing.tiles():
        stands = standing.read(tile).ravel()
        cells += np.bincount(stands, minlength=len(Standing))
        np.add.at(square, stands, np.rint(area.read(tile).ravel() * AREA_UNITS).astype(np.int64))
    reasons = [each.name.lower() for each in Standing]
    inside = is_inside(np.arange(len(Standing)))
    return pd.DataFrame({"reason": reasons, "inside": inside, "cells": cells, "area": square / AREA_UNITS})
