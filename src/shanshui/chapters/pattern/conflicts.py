"""Where what must lie inside the red line meets land that stays outside it (paper 2.2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.pattern.delineation import SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.grounds import (
    CONSTRUCTION,
    FARMLAND,
    MANDATORY_ON_EXCLUDED,
    OTHER_EXCLUDED,
    red_line_codes,
)
from shanshui.science.sums import Sums
from shanshui.science.tally import AREA_UNITS

PROTECTED, OTHER_MANDATORY = "protected area", "other mandatory protection"
CHINESE = {PROTECTED: "自然保护地", OTHER_MANDATORY: "其他必须保护区域"}
EXCLUDED = (CONSTRUCTION, FARMLAND, OTHER_EXCLUDED)
COLUMNS = ["mandatory", "mandatory_zh", "excluded", "excluded_zh", "cells", "area_ha"]


@step
def red_line_conflict_sums(
    red_line_ground: NDArray[np.int32],
    red_line_exclusion: NDArray[np.int32],
    cell_area: NDArray[np.float64],
    protected_area: NDArray[np.float32] | None = None,
    *,
    least_mandatory_share: float,
) -> Sums:
    """Cells and area of what must be inside, though it is excluded land, by the kinds of both.

    Parameters
    ----------
    red_line_ground : int32 ndarray (rows, columns)
        What speaks for and against each cell: 32 mandatory though on excluded land.
    red_line_exclusion : int32 ndarray (rows, columns)
        1 construction land, 2 permanent basic farmland, 3 other, 0 none.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    protected_area : float32 ndarray (rows, columns), optional
        Share in protected areas, 0 to 1 [1].
    least_mandatory_share : float
        Share from which on a cell must be inside [1].

    Returns
    -------
    Sums
        Of protected areas and of what is mandatory for another reason: cells and area [cm2] on construction land,
        on permanent basic farmland, on other excluded land.

    Notes
    -----
    What is both counts once, as protected area; a conflict of which the excluded kind is not known is one with other
    excluded land. So the parts sum to the cells of code 32, each with its whole area like in the ledger.
    """
    meets = red_line_ground == MANDATORY_ON_EXCLUDED
    protected = np.zeros(meets.shape, np.bool_)
    if protected_area is not None:
        protected = protected_area >= np.float32(least_mandatory_share)
    kind = np.where(red_line_exclusion > 0, red_line_exclusion, OTHER_EXCLUDED)
    area = np.rint(cell_area * AREA_UNITS).astype(np.int64)
    found: dict[str, tuple[int, ...]] = {}
    for name, mandatory in ((PROTECTED, protected), (OTHER_MANDATORY, ~protected)):
        there = [meets & mandatory & (kind == code) for code in EXCLUDED]
        found[name] = tuple(int(each) for where in there for each in (where.sum(), area[where].sum()))
    return Sums(found)


@step
def red_line_conflicts(red_line_conflict_sums: Sums) -> pd.DataFrame:
    """Where what must be inside meets excluded land.

    Parameters
    ----------
    red_line_conflict_sums : Sums
        By mandatory kind: cells and area [cm2] on each excluded kind.

    Returns
    -------
    DataFrame
        One row a pair of kinds that meet: mandatory, mandatory_zh, excluded, excluded_zh, cells, area_ha; the rows sum
        to the cells that are mandatory though on excluded land.
    """
    names = red_line_codes().set_index("code")[["name", "name_zh"]]
    rows = []
    for mandatory, amounts in red_line_conflict_sums.amounts.items():
        for code, cells, area in zip(EXCLUDED, amounts[::2], amounts[1::2], strict=True):
            if cells:
                hectares = area / AREA_UNITS / SQUARE_METRES_PER_HECTARE
                rows.append((mandatory, CHINESE[mandatory], *names.loc[code], cells, hectares))
    return pd.DataFrame(rows, columns=COLUMNS)
