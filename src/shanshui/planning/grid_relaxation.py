"""A plan on a grid with prices in place of its rows: one cut, which proves a bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.planning.grid_board import BANDS, GridBoard
from shanshui.planning.grid_flips import BUDGET, TARGET
from shanshui.planning.grid_sums import GREATEST_UNITS, account, change_prices
from shanshui.science.grid_cut import GridCut

# Units of the cut in the mean gain of a cell, and the most that the price of a side may have: eight of them together
# stay below the greatest gain.
_FINENESS = 2.0**20
_GREATEST_SIDE = GREATEST_UNITS / 8


class GridRelaxation:
    """The plan with prices in place of rows: what is left is one cut."""

    def __init__(self, board: GridBoard) -> None:
        self.board = board
        plan, gain = board.plan, board.gain
        mean = np.mean([np.nanmean(np.abs(row)) for row in gain if np.isfinite(row).any()] or [1.0])
        self.mean = float(mean) or 1.0
        steepest = max(float(np.max(plan.right, initial=0.0)), float(np.max(plan.down, initial=0.0)))
        for along in (plan.along_right, plan.along_down):
            if along is not None:
                steepest *= max(1.0, float(along.max(initial=1.0)))
        if plan.diagonal is not None:
            steepest = max(steepest, float(np.max(plan.diagonal, initial=0.0)))
        fineness = min(_FINENESS / self.mean, _GREATEST_SIDE / steepest if steepest else np.inf)
        # A power of two: the scaling itself rounds nothing.
        self.scale = 2.0 ** np.floor(np.log2(fineness))
        diagonal = None if plan.diagonal is None else self._whole(plan.diagonal, None)
        self.cut = GridCut(
            plan.mask.shape,
            self._whole(plan.right, plan.along_right),
            self._whole(plan.down, plan.along_down),
            diagonal,
            diagonal,
            np.isnan(gain),
        )
        self.prices = (np.full(board.groups + 1, np.nan), np.zeros(len(board.amounts)))

    def _whole(self, price: NDArray[np.float64], along: NDArray[np.float32] | None) -> NDArray[np.int32]:
        """Round prices down: a flow that keeps them keeps the true prices."""
        by_row = np.asarray(price, np.float64)[:, None] * self.scale
        whole: NDArray[np.int32] = np.floor(by_row if along is None else by_row * along).astype(np.int32)
        return whole

    def solve(self, multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Give the bound at some prices of the rows, and what the smallest best set reaches."""
        board = self.board
        area, worth = self.prices_of(multipliers)
        old, self.prices = self.prices, (area, worth)
        board.banded(
            lambda band, first, last: change_prices(
                *board.values, old, self.prices, self.scale, self.cut.residual, first, last
            )
        )
        self.cut.solve(board.threads)
        bounds = np.zeros(board.mask.shape[0])
        least = np.zeros((BANDS, board.groups + 1 + len(board.amounts)))
        trees = self.cut.trees()
        board.banded(
            lambda band, first, last: account(
                *board.values,
                area,
                worth,
                self.scale,
                self.cut.residual,
                trees,
                least[band],
                bounds,
                first,
                last,
            )
        )
        priced = multipliers > 0
        sign = np.ones(len(multipliers))
        sign[board.groups + 1 + BUDGET] = -1
        terms = multipliers[priced] * sign[priced] * (board.base - board.limits)[priced]
        flow = float(bounds.sum()) / self.scale
        size = flow + abs(board.constant) + float(np.abs(terms).sum())
        size += float((multipliers[priced] * (board.most + np.abs(board.limits))[priced]).sum())
        rounding = 2.0**-52 * (sum(board.mask.shape) + 64) * size
        bound = flow + board.constant + board.error + float(terms.sum()) + rounding
        return bound, board.base + board.whole(least.sum(axis=0))

    def prices_of(self, multipliers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the price of area in each group, and in none, and that of each feature."""
        tail = self.board.groups + 1
        area = multipliers[:tail] + (multipliers[tail + TARGET] - multipliers[tail + BUDGET])
        return area, multipliers[tail + 2 :].copy()
