"""A choice moved only near its boundary, until it reaches what the rows of a plan on a grid ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from shanshui.planning.grid_board import GridBoard
from shanshui.planning.grid_flips import BUDGET, TARGET
from shanshui.planning.grid_relaxation import GridRelaxation

# The first step of a price, as a share of the mean of those above 0; it doubles until the row has been missed on both
# sides. The range that is then halved gives way by the second share, as the other prices move too.
_FIRST_STEP = 0.015
_GIVES_WAY = 0.05
# How far a price may move at most, as a multiple of that mean.
_FARTHEST = 10.0


def lock_far(selected: NDArray[np.bool_], mask: NDArray[np.bool_], distance: int) -> NDArray[np.int8]:
    """Lock every cell that is far from the boundary of a choice in the state it has.

    Parameters
    ----------
    selected, mask : bool ndarray (rows, columns)
        The choice, and where there is a decision.
    distance : int
        1: only cells with a side on the boundary stay free; 2: the eight neighbours of these too; and so on.

    Returns
    -------
    int8 ndarray (rows, columns)
        -1 free, 0 locked out, 1 locked in.

    Examples
    --------
    >>> chosen = np.array([[True, True, True, False, False, False]])
    >>> lock_far(chosen, np.ones((1, 6), bool), 2).tolist()
    [[1, -1, -1, -1, -1, 0]]
    """
    near = np.zeros(mask.shape, np.uint8)
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        parted = (selected[one] != selected[other]) & mask[one] & mask[other]
        near[one] |= parted
        near[other] |= parted
    near = ndimage.maximum_filter(near, 2 * distance - 1, mode="constant")
    locks: NDArray[np.int8] = selected.astype(np.int8)
    locks[near > 0] = -1
    return locks


class BandPrices:
    """Prices of rows found by halving: of area in each group, of the whole area, and of each feature.

    Parameters
    ----------
    multipliers : float64 ndarray (rows,)
        Prices to begin with, 0 or more.
    limits : float64 ndarray (rows,)
        What the rows ask for, in the order of `GridPlan.row_names`.
    groups : int
        Number of groups.

    Examples
    --------
    One group that asks for 5 of area, and nothing else. At a price of 2 it lacks 1: the price rises by 0.03. Then it
    has 1 too much: what was too low is raised half way.

    >>> prices = BandPrices(np.array([2.0, 0.0, 0.0, 0.0]), np.array([5.0, -np.inf, -np.inf, np.inf]), 1)
    >>> prices.step(np.array([4.0, 0.0, 4.0, 4.0])).round(4).tolist()
    [2.03, 0.0, 0.0, 0.0]
    >>> prices.step(np.array([6.0, 0.0, 6.0, 6.0])).round(4).tolist()
    [2.015, 0.0, 0.0, 0.0]
    """

    def __init__(self, multipliers: NDArray[np.float64], limits: NDArray[np.float64], groups: int) -> None:
        self.limits, self.groups = limits, groups
        tail = groups + 1
        # The price of a cell's area is that of its group and that of the whole area together: that is what is halved.
        self._own = np.append(np.arange(groups), np.arange(tail + 2, len(limits)))
        self._asks = np.isfinite(limits[self._own])
        whole = multipliers[tail + TARGET] - multipliers[tail + BUDGET]
        self._at = np.append(multipliers[self._own], whole)
        self._at[:groups] += whole
        self._begun = self._at
        above = multipliers[multipliers > 0]
        mean = float(above.mean()) if len(above) else 1.0
        self._move = np.full(len(self._at), _FIRST_STEP * mean)
        self._farthest = _FARTHEST * mean
        self._low, self._high = np.full(len(self._at), -np.inf), np.full(len(self._at), np.inf)
        self._least = np.full(len(self._at), np.inf)
        self._nearest = self._at

    def step(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move the prices by what the cut at the present ones reaches.

        Parameters
        ----------
        reached : float64 ndarray (rows,)
            What the chosen set reaches.

        Returns
        -------
        float64 ndarray (rows,)
            New prices.
        """
        short = self._short(reached)
        nearer = np.abs(short) < self._least
        self._least = np.where(nearer, np.abs(short), self._least)
        self._nearest = np.where(nearer, self._at, self._nearest)
        low = short > 0
        self._low = np.where(low, np.maximum(self._low, self._at), self._low)
        self._high = np.where(low, self._high, np.minimum(self._high, self._at))
        both = np.isfinite(self._low) & np.isfinite(self._high)
        middle = 0.5 * (np.where(both, self._low, 0.0) + np.where(both, self._high, 0.0))
        new = np.where(both, middle, self._at + np.sign(short) * self._move)
        new = np.where(short == 0, self._at, new)
        self._move = np.where(both, self._move, 2 * self._move)
        room = np.where(both, self._high - np.where(both, self._low, 0.0), 0.0)
        self._low, self._high = self._low - _GIVES_WAY * room, self._high + _GIVES_WAY * room
        return self._to(np.clip(new, self._begun - self._farthest, self._begun + self._farthest))

    def nearest(self) -> NDArray[np.float64]:
        """Give each row that of its prices at which it was missed least.

        Returns
        -------
        float64 ndarray (rows,)
            Prices.
        """
        return self._to(self._nearest)

    def _short(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give what is missing at each price, negative where there is too much."""
        tail = self.groups + 1
        lack = self.limits - reached
        if lack[tail + TARGET] > 0:
            whole = lack[tail + TARGET]
        elif lack[tail + BUDGET] < 0 or self._at[-1] < 0:
            whole = lack[tail + BUDGET]
        else:
            # Neither limit is broken: what is paid for the target, if anything, is too much.
            whole = lack[tail + TARGET] if self._at[-1] > 0 else 0.0
        return np.append(np.where(self._asks, lack[self._own], 0.0), whole)

    def _to(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        tail, groups = self.groups + 1, self.groups
        at = at.copy()
        if not np.isfinite(self.limits[tail + TARGET]):
            at[-1] = min(at[-1], 0.0)
        if not np.isfinite(self.limits[tail + BUDGET]):
            at[-1] = max(at[-1], 0.0)
        whole = at[-1]
        at[:groups] = np.where(self._asks[:groups], np.maximum(at[:groups], whole), whole)
        at[groups:-1] = np.where(self._asks[groups:], np.maximum(at[groups:-1], 0.0), 0.0)
        self._at = at
        new = np.zeros(len(self.limits))
        new[self._own] = at[:-1]
        new[:groups] -= whole
        new[tail + TARGET], new[tail + BUDGET] = max(whole, 0.0), max(0.0, -whole)
        return new


def move_near(
    board: GridBoard, selected: NDArray[np.bool_], multipliers: NDArray[np.float64], distance: int, cuts: int
) -> Iterator[tuple[float, NDArray[np.bool_]]]:
    """Cut anew near the boundary of a choice, at prices that approach what the rows ask for.

    Parameters
    ----------
    board : GridBoard
        The plan.
    selected : bool ndarray (rows, columns)
        The choice.
    multipliers : float64 ndarray (rows,)
        Prices of the rows to begin with.
    distance : int
        As in `lock_far`.
    cuts : int
        How many cuts are made.

    Yields
    ------
    miss : float
        What is missing or too much at the prices of the rows (unit of the objective).
    selected : bool ndarray (rows, columns)
        The choice of a cut.

    Notes
    -----
    Where a price of area is such that large parts flip together, no price gives what lies between. Within a band around
    the boundary they cannot: there the same prices give choices of almost any area.
    """
    locks = lock_far(selected, board.mask, distance)
    if board.plan.fixed is not None:
        locks = np.where(board.fixed >= 0, board.fixed, locks)
    near = GridBoard(replace(board.plan, fixed=locks), board.threads)
    relaxation = GridRelaxation(near)
    prices = BandPrices(multipliers, board.limits, board.groups)
    budget = board.groups + 1 + BUDGET
    paid = multipliers > 0
    weight = np.where(np.isfinite(board.limits), np.maximum(multipliers, multipliers.mean()), 0.0)
    weight[budget] = multipliers[budget]
    at = multipliers
    for cut in range(cuts):
        _, reached = relaxation.solve(at)
        lack = np.where(np.isfinite(board.limits), board.limits - reached, 0.0)
        lack[budget] *= -1
        miss = float((weight * np.where(paid, np.abs(lack), np.maximum(lack, 0.0))).sum())
        chosen = relaxation.cut.chosen()
        chosen |= locks == 1
        chosen &= board.mask
        yield miss, chosen
        at = prices.step(reached)
        if cut == cuts - 2:
            at = prices.nearest()
