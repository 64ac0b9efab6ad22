"""The prices of the rows of a plan on a grid: a start from a sample of cells, then Newton steps that learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from shanshui.planning.grid_flips import BUDGET, TARGET

# Cells drawn for the first prices.
_SAMPLE = 1 << 17


class GridPrices:
    """Prices that move towards those with the least bound.

    Parameters
    ----------
    values : tuple of ndarray
        Gain (NaN: no decision), area, group and amounts of the plan.
    base, most, limits : float64 ndarray (rows,)
        What the locked cells reach, what all cells reach, and what is asked for.
    seed : int
        Beginning of the random numbers.

    Attributes
    ----------
    multipliers : float64 ndarray (rows,)
        The prices now, 0 or more: what one unit of each row's limit is worth.
    rows : bool ndarray (rows,)
        Rows that ask for something.
    """

    def __init__(self, values, base, most, limits, seed) -> None:  # type: ignore[no-untyped-def]
        gain, area, group, amounts = values
        self.base, self.most, self.limits = base, most, limits
        features = len(amounts)
        self.groups = len(limits) - features - 3
        tail = self.groups + 1
        self.sign = np.ones(len(limits))
        self.sign[tail + BUDGET] = -1
        # A row that every choice keeps needs no price.
        self.rows = np.isfinite(limits) & np.where(self.sign > 0, limits > base, limits < most)
        self.multipliers = np.zeros(len(limits))
        # The rows each group of cells takes part in: price of area in the group, then those of the features.
        self.to_prices = np.zeros((tail, 1 + features, len(limits)))
        for place in range(tail):
            self.to_prices[place, 0, [place, tail + TARGET, tail + BUDGET]] = 1, 1, -1
        self.to_prices[:, np.arange(1, features + 1), tail + 2 + np.arange(features)] = 1
        self.to_prices[:, :, ~self.rows] = 0
        flat = self._draw(gain, seed)
        row, column = np.divmod(flat, gain.shape[1])
        self._gain = gain[row, column].astype(np.float64)
        self._group = np.broadcast_to(group, gain.shape)[row, column].astype(np.int64) % tail
        self._held = np.stack(
            [
                area[0][row] * np.broadcast_to(area[1], gain.shape)[row, column],
                *(amount[row, column] for amount in amounts),
            ]
        ).astype(np.float64)
        self._part = (most - base)[tail + BUDGET] / max(self._held[0].sum(), 1e-300)
        self.width = (float(np.std(self._gain / self._held[0])) or 1.0) if len(flat) else 1.0
        self.learnt = np.ones(tail)
        self.low, self.high = np.full(self.groups, -np.inf), np.full(self.groups, np.inf)
        self.was, self.same = np.zeros(self.groups, bool), np.zeros(self.groups, np.int64)
        self.last_low, self.last_high = np.full((2, 2, self.groups), np.inf)
        self.last, self.cap = 0.0, np.inf
        self.reached: NDArray[np.float64] | None = None
        self.old = self.multipliers
        self._begin()
        del self._gain, self._group, self._held

    def miss(self, reached: NDArray[np.float64]) -> float:
        """Estimate what it costs to keep the rows from what a cut reaches (unit of the objective)."""
        short = self.sign * (self.limits - reached)
        short[~self.rows] = 0
        price = np.where(self.multipliers > 0, self.multipliers, np.where(short > 0, self.multipliers.mean(), 0))
        return float((price * np.abs(short)).sum())

    def step(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move the prices by what the cut at the present ones reaches.

        Parameters
        ----------
        reached : float64 ndarray (rows,)
            What the smallest best set reaches.

        Returns
        -------
        float64 ndarray (rows,)
            New prices.
        """
        if self.reached is not None:
            change = self.multipliers - self.old
            expected = self.learnt * (self.matrices[:, 0] * (self.to_prices @ change)).sum(axis=1)
            actual = (reached - self.reached)[: self.groups + 1]
            known = np.abs(expected) > 0
            ratio = np.where(known, actual / np.where(known, expected, 1), 1)
            self.learnt = np.clip(self.learnt * np.clip(ratio, 0.3, 3.0), 0.01, 100.0)
        self.reached, self.old = reached, self.multipliers
        self.multipliers = self._guard(reached, self._newton(reached, self.learnt))
        return self.multipliers

    def nearest(self) -> NDArray[np.float64]:
        """Give each group the last of its prices at which least was missing or too much.

        Returns
        -------
        float64 ndarray (rows,)
            Prices.
        """
        tail = self.groups + 1
        whole = self.multipliers[tail + TARGET] - self.multipliers[tail + BUDGET]
        price = np.where(self.last_low[1] < self.last_high[1], self.last_low[0], self.last_high[0])
        known = self.rows[: self.groups] & np.isfinite(self.last_low[0]) & np.isfinite(self.last_high[0])
        new = self.multipliers.copy()
        new[: self.groups] = np.where(known, np.maximum(price - whole, 0.0), new[: self.groups])
        return new

    def _guard(self, reached: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Keep steps from swinging: cells that flip together are no curve that a Newton step could follow.

        The price of area in a group stays between one that was too low and one that was too high; that of the whole
        area may move less far each time it turns back, else farther.
        """
        tail = self.groups + 1
        new = wanted.copy()
        whole = self.old[tail + TARGET] - self.old[tail + BUDGET]
        change = wanted[tail + TARGET] - wanted[tail + BUDGET] - whole
        if np.isinf(self.cap):
            self.cap = 2 * abs(change) or np.inf
        else:
            self.cap *= 0.7 if change * self.last < 0 else 1.3
        self.last = float(np.clip(change, -self.cap, self.cap))
        aim_whole = whole + self.last
        aim_whole = aim_whole if self.rows[tail + BUDGET] else max(aim_whole, 0.0)
        aim_whole = aim_whole if self.rows[tail + TARGET] else min(aim_whole, 0.0)
        new[tail + TARGET], new[tail + BUDGET] = max(aim_whole, 0.0), max(-aim_whole, 0.0)
        short = reached[: self.groups] < self.limits[: self.groups]
        price = self.old[: self.groups] + whole
        aim = wanted[: self.groups] + (whole + change)
        # What lies beyond a limit that others have moved is no limit any more.
        self.high[short & (price >= self.high)] = np.inf
        self.low[~short & (price <= self.low)] = -np.inf
        # What was missing or too much at the last price on either side.
        miss = np.abs(reached[: self.groups] - self.limits[: self.groups])
        self.last_low[:, short] = np.stack([price, miss])[:, short]
        self.last_high[:, ~short] = np.stack([price, miss])[:, ~short]
        self.low = np.where(short, np.maximum(self.low, price), self.low)
        self.high = np.where(short, self.high, np.minimum(self.high, price))
        both = np.isfinite(self.low) & np.isfinite(self.high)
        room = np.where(both, self.high - self.low, 0.0)
        self.same = np.where(short == self.was, self.same + 1, 0)
        self.was = short
        aim = np.where(both, np.clip(aim, self.low + 0.05 * room, self.high - 0.05 * room), aim)
        aim = np.where(both & (self.same >= 2), 0.5 * (self.low + self.high), aim)
        free = ~self.rows[: self.groups] | ((wanted[: self.groups] == 0) & ~both)
        new[: self.groups] = np.where(free, 0.0, np.maximum(aim - aim_whole, 0.0))
        # Prices move together: let the limits give a little.
        self.low -= 0.02 * room
        self.high += 0.02 * room
        return new

    def _draw(self, gain: NDArray[np.float32], seed: int) -> NDArray[np.int64]:
        """Draw free cells."""
        flat = gain.reshape(-1)
        if flat.size <= _SAMPLE:
            return np.flatnonzero(~np.isnan(flat))
        drawn = np.sort(np.random.default_rng(seed).integers(0, flat.size, 4 * _SAMPLE))
        return drawn[~np.isnan(flat[drawn])]

    def _begin(self) -> None:
        """Find prices that fit the sample where boundaries have no price."""
        for turn in range(40):
            soft = self.width * max(0.02, 0.5**turn)
            reached = self._smooth(soft)
            step = self._newton(reached, self.learnt) - self.multipliers
            largest = np.abs(step[: self.groups + 3]).max(initial=0)
            step *= min(1.0, self.width / largest) if largest else 1.0
            self.multipliers = np.maximum(self.multipliers + step, 0)
            if turn > 8 and largest < 1e-3 * self.width:
                break

    def _smooth(self, soft: float) -> NDArray[np.float64]:
        """Give what the sample reaches where each cell is chosen by a share that rises smoothly with its gain."""
        tail = self.groups + 1
        prices = self.to_prices @ self.multipliers
        total = self._gain + (prices[self._group].T * self._held).sum(axis=0)
        share = 1 / (1 + np.exp(-np.clip(total / self._held[0] / soft, -40, 40)))
        density = share * (1 - share) / (soft * self._held[0])
        self.matrices = np.zeros((tail, len(self._held), len(self._held)))
        for one in range(len(self._held)):
            for other in range(one + 1):
                product = density * self._held[one] * self._held[other] * self._part
                self.matrices[:, one, other] = np.bincount(self._group, product, tail)
                self.matrices[:, other, one] = self.matrices[:, one, other]
        by_group = np.bincount(self._group, share * self._held[0] * self._part, tail)
        features = (self._held[1:] * share).sum(axis=1) * self._part
        reached: NDArray[np.float64] = self.base + np.concatenate([by_group, [by_group.sum()] * 2, features])
        return reached

    def _newton(self, reached: NDArray[np.float64], learnt: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minimise the quadratic model of the bound over prices of 0 or more."""
        rows = np.flatnonzero(self.rows)
        if not len(rows):
            return self.multipliers
        curve = np.zeros((len(self.limits), len(self.limits)))
        for to, matrix, factor in zip(self.to_prices, self.matrices, learnt, strict=True):
            curve += factor * to.T @ matrix @ to
        curve = curve[np.ix_(rows, rows)]
        slope = (self.sign * (reached - self.limits))[rows]
        diagonal = np.sqrt(np.maximum(np.diag(curve), 1e-12 * max(np.diag(curve).max(), 1e-300)))
        scaled = curve / np.outer(diagonal, diagonal) + 1e-6 * np.eye(len(rows))
        root = np.linalg.cholesky(scaled)
        linear = scaled @ (diagonal * self.multipliers[rows]) - slope / diagonal
        found, _ = nnls(root.T, np.linalg.solve(root, linear))
        new = np.zeros(len(self.limits))
        new[rows] = found / diagonal
        return new
