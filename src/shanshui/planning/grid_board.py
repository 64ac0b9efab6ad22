"""What a plan with one decision per grid cell asks for, and the sums that tell what a choice reaches."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.planning.grid_flips import BUDGET
from shanshui.planning.grid_sums import fold_locks, objective_parts, reach
from shanshui.planning.program import ROUNDING

# Parts of the grid that are summed apart: their number does not depend on the threads, so neither do the sums.
BANDS = 32


@dataclass(frozen=True, eq=False)
class GridPlan:
    """A choice among the cells of a grid.

    Sought is the set of cells with the greatest sum of values less the price of its boundary that keeps every row.

    Parameters
    ----------
    value : float32 ndarray (rows, columns)
        What a chosen cell adds to the objective (unit of the objective); not looked at outside the mask.
    mask : bool ndarray (rows, columns)
        Where there is a decision.
    area : float64 ndarray (rows,) or float32 ndarray (rows, columns)
        Area of each cell of a row, or of each cell [km2]; more than 0.
    right, down : float64 ndarray (rows,)
        Price of the side that a cell shares with the one to its right, and with the one below (unit of the objective).
    diagonal : float64 ndarray (rows,), optional
        With 8 neighbours: price of the step from a cell to the two below it to the right and to the left.
    along_right, along_down : float32 ndarray (rows, columns), optional
        Multipliers of the prices of sides between two cells, as less than 1 along natural lines.
    outside : bool
        Whether the sides towards no data and the end of the grid have their price too.
    budget, target : float
        Most and least area that is chosen [km2].
    group : int16 ndarray (rows, columns), optional
        Number of the group of each cell, from 0; -1 for none.
    needed : float64 ndarray (groups,)
        Least area that is chosen in each group [km2].
    amounts : float32 ndarray (features, rows, columns), optional
        How much of each feature a cell holds (unit of the feature); not negative, not NaN within the mask.
    targets : float64 ndarray (features,)
        Least amount of each that is chosen (unit of the feature).
    fixed : int8 ndarray (rows, columns), optional
        -1 free, 0 locked out, 1 locked in.
    group_names, feature_names : tuple of str
        What the rows are called; numbered by default.
    key : str
        Where the plan is written down, as in study.toml.
    """

    value: NDArray[np.float32]
    mask: NDArray[np.bool_]
    area: NDArray[np.float64] | NDArray[np.float32]
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    diagonal: NDArray[np.float64] | None = None
    along_right: NDArray[np.float32] | None = None
    along_down: NDArray[np.float32] | None = None
    outside: bool = True
    budget: float = np.inf
    target: float = -np.inf
    group: NDArray[np.int16] | None = None
    needed: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    amounts: NDArray[np.float32] | None = None
    targets: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    fixed: NDArray[np.int8] | None = None
    group_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    key: str = "red_line"

    def row_names(self) -> list[str]:
        """Name the places of what is reached and lacked: groups, no group, target, budget, features.

        Returns
        -------
        list of str
            Names.
        """
        groups = list(self.group_names) or [f"group {number}" for number in range(len(self.needed))]
        features = list(self.feature_names) or [f"feature {number}" for number in range(len(self.targets))]
        return [*groups, "", "area target", "area budget", *features]


def plain(values: Any, dtype: Any) -> NDArray[Any]:
    """Give an array in the one form for which the kernels are compiled: in order, not to be written to.

    A single value becomes one of (1, 1) that stands for all cells.
    """
    array = np.ascontiguousarray(values, dtype)
    view = array.reshape(1, 1) if np.ndim(values) == 0 else array.view()
    view.flags.writeable = False
    return view


class GridBoard:
    """The arrays of a plan in the form the kernels take, and the sums they make, band by band."""

    def __init__(self, plan: GridPlan, threads: int) -> None:
        rows, columns = shape = plan.mask.shape
        self.plan = plan
        self.threads = threads
        self.value = plain(plan.value, np.float32)
        self.mask = plain(plan.mask, np.bool_)
        by_row = plan.area.ndim == 1
        self.area = (
            plain(plan.area, np.float64) if by_row else plain(np.ones(rows), np.float64),
            plain(np.float32(1) if by_row else plan.area, np.float32),
        )
        self.group = plain(np.int16(-1) if plan.group is None else plan.group, np.int16)
        self.fixed = plain(np.int8(-1) if plan.fixed is None else plan.fixed, np.int8)
        self.amounts = plain(np.zeros((0, *shape)) if plan.amounts is None else plan.amounts, np.float32)
        self.directions = 4 if plan.diagonal is None else 8
        self.sides = (
            plain(plan.right, np.float64),
            plain(plan.down, np.float64),
            plain(np.zeros(rows) if plan.diagonal is None else plan.diagonal, np.float64),
            plain(np.float32(1) if plan.along_right is None else plan.along_right, np.float32),
            plain(np.float32(1) if plan.along_down is None else plan.along_down, np.float32),
            columns,
        )
        self.groups = len(plan.needed)
        self.gain = np.empty(shape, np.float32)
        folded = self.banded(
            lambda band, first, last: fold_locks(
                self.value, self.mask, self.fixed, self.sides, self.directions, plan.outside, self.gain, first, last
            )
        )
        self.constant = sum(part[0] for part in folded)
        self.error = sum(part[1] for part in folded)
        self.base = self.reached(plain(np.True_, np.bool_), only=1)
        self.most = self.base + self.reached(plain(np.True_, np.bool_), only=-1)
        # What the rows ask for, in the order of `GridPlan.row_names`.
        self.limits = np.concatenate([plan.needed, [-np.inf, plan.target, plan.budget], plan.targets])
        self.values = (self.gain, self.area, self.group, self.amounts)

    def banded(self, work: Callable[[int, int, int], Any]) -> list[Any]:
        """Do something for each band of rows.

        Parameters
        ----------
        work : callable
            From the number of the band, its first row and the one after its last to a result.

        Returns
        -------
        list
            The results.
        """
        rows = self.mask.shape[0]
        bands = min(BANDS, rows)
        edges = [rows * band // bands for band in range(bands + 1)]
        if self.threads == 1:
            return list(map(work, range(bands), edges[:-1], edges[1:]))
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, range(bands), edges[:-1], edges[1:]))

    def whole(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put the whole area twice between the groups and the features: once for the target, once for the budget."""
        area = reached[: self.groups + 1].sum()
        return np.concatenate([reached[: self.groups + 1], [area, area], reached[self.groups + 1 :]])

    def reached(self, selected: NDArray[np.bool_], only: int = 2) -> NDArray[np.float64]:
        """Sum what a choice reaches in each row."""
        sums = np.zeros((BANDS, self.groups + 1 + len(self.amounts)))
        self.banded(
            lambda band, first, last: reach(
                selected, self.mask, self.fixed, only, self.area, self.group, self.amounts, sums[band], first, last
            )
        )
        return self.whole(sums.sum(axis=0))

    def parts(self, selected: NDArray[np.bool_]) -> tuple[float, float]:
        """Sum the value and the price of the boundary of a choice."""
        parts = np.zeros((self.mask.shape[0], 2))
        self.banded(
            lambda band, first, last: objective_parts(
                self.value,
                self.mask,
                self.sides,
                self.directions,
                self.plan.outside,
                selected,
                parts,
                first,
                last,
            )
        )
        worth, boundary = parts.sum(axis=0)
        return float(worth), float(boundary)

    def lack(self, selected: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Give what each row lacks, negative where it has more; for the budget by how much it is exceeded."""
        lack: NDArray[np.float64] = self.limits - self.reached(selected)
        lack[self.groups + 1 + BUDGET] *= -1
        return lack

    def kept(self, lack: NDArray[np.float64]) -> bool:
        """Whether every row is kept."""
        return bool(np.all(lack <= ROUNDING * np.where(np.isfinite(self.limits), np.abs(self.limits), 0)))
