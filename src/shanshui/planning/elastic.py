"""How little limits must give where shares of units may be chosen: a linear program of few rows and many units."""

from __future__ import annotations

import time
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

# The solver keeps rows to 1e-7; limits of so much instead of 1 are kept by so much better.
FINER: Final = 1e3
# Limits that give less than this in sum do not give: it is far above the solver's tolerance.
NOTHING: Final = 1e-7
# So many units are given to the solver at first, and at most so many more in each round.
CORE: Final = 1_500
# Prices are guessed from every third unit; where these leave room, from limits that are harder by so much.
_THIRD: Final = 3
_HARDER: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
# Value and bound of a guess may differ by this share; of an answer by this.
GUESS: Final = 1e-4
ANSWER: Final = 1e-7
# Prices below this part of what giving costs are nought, and units that would gain less than this stay as they are.
_NO_PRICE: Final = 1e-9
_NO_GAIN: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Given:
    """How much the limits give.

    Parameters
    ----------
    value : float
        What giving costs with these shares of the units.
    least : float
        What it costs at least: proven by the prices alone, whatever the solver did.
    prices : float64 ndarray (limits,)
        How much less it would cost if a limit were eased by 1; not below 0 and not above the cost of giving.
    gains : float64 ndarray (units,)
        What choosing a unit adds at these prices; who adds less than 0 is chosen.
    shares : float64 ndarray (units,)
        The share that is chosen of each unit.
    """

    value: float
    least: float
    prices: NDArray[np.float64]
    gains: NDArray[np.float64]
    shares: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Proof:
    """What prices prove: the least cost, and what choosing each unit adds."""

    least: float
    prices: NDArray[np.float64]
    gains: NDArray[np.float64]


class Elastic:
    """Limits that may give: sums over units that are to be at most so much.

    Parameters
    ----------
    matrix : sparse array (limits, units)
        What a unit adds to each sum, as a share of the limit.
    most : float64 ndarray (limits,)
        The limits: 1, -1 or 0.
    core : int
        How many units are given to the solver at first.

    Notes
    -----
    Minimise ``sum_l cost_l s_l`` subject to ``sum_i matrix_li x_i - s_l <= most_l``, ``low <= x <= high``, ``s >= 0``
    (the elastic program of Chinneck 2008, Feasibility and Infeasibility in Optimization, ch. 6). For any prices y with
    ``0 <= y <= cost`` the least cost is no less than ``sum_i min(d_i low_i, d_i high_i) - y most`` where ``d = y
    matrix``: so prices with a sum above 0 prove that the limits cannot be kept. It is solved by sifting (Bixby et al.
    1992, Operations Research 40: 885): all but some thousands of units stay where the prices put them; the solver is
    given the others, and in each round those that its new prices would put elsewhere.

    Examples
    --------
    >>> given = Elastic(sparse.csr_array([[1.0, 1.0], [-0.5, -0.5]]), np.array([1.0, -1.0])).least(
    ...     np.array([1.0, 1.0]), np.zeros(2), np.ones(2)
    ... )
    >>> given.value, given.least, given.prices.tolist()
    (0.5, 0.5, [0.5, 1.0])
    """

    def __init__(self, matrix: sparse.csr_array, most: NDArray[np.float64], *, core: int = CORE) -> None:
        self._columns = sparse.csc_array(matrix)
        self._sizes = abs(self._columns)
        self._most = most
        self._core = core

    def least(
        self,
        cost: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        *,
        prices: NDArray[np.float64] | None = None,
        enough: float = np.inf,
        difference: float = ANSWER,
        end: float = np.inf,
    ) -> Given:
        """Find how little the limits can give.

        Parameters
        ----------
        cost : float64 ndarray (limits,)
            What it costs when a limit gives by 1; 0 where it does not matter.
        low, high : float64 ndarray (units,)
            The least and the greatest share of each unit.
        prices : float64 ndarray (limits,), optional
            A guess of the prices, as those of a problem like this one.
        enough : float
            The search ends where the least cost is proven to be above this.
        difference : float
            It ends too where value and bound differ by this share.
        end : float
            Time of the monotonic clock after which it ends with what it has (s).

        Returns
        -------
        Given
            The least cost lies between `Given.least` and `Given.value`.
        """
        if prices is None:
            for shares in (low, high):
                if self._costs(cost, shares) <= NOTHING:
                    return Given(self._costs(cost, shares), 0.0, np.zeros(len(cost)), np.zeros(len(low)), shares)
        free = np.flatnonzero(low < high)
        prices = np.minimum(self._guess(cost, low, high, free, end)[0] if prices is None else prices, cost)
        best = self._proven(prices, low, high)
        shares = np.where(best.gains < 0, high, low)
        core = np.zeros(len(low), bool)
        core[self.undecided(prices, free, self._core)] = True
        value = self._costs(cost, shares)
        while best.least <= enough and time.monotonic() < end:
            part = np.flatnonzero(core)
            rest = shares.copy()
            rest[part] = 0
            solved = self._solved(cost, part, self._most - self._columns @ rest, low, high, end)
            if solved is None:
                break
            shares[part], prices = solved
            value = self._costs(cost, shares)
            now = self._proven(prices, low, high)
            best = max(best, now, key=attrgetter("least"))
            wrong = np.where(now.gains < 0, (high - shares) * -now.gains, (shares - low) * now.gains) * ~core
            others = np.flatnonzero(wrong > _NO_GAIN)
            if value - best.least <= difference * max(1.0, value) or value <= NOTHING or not others.size:
                break
            core[_greatest(wrong, others, self._core)] = True
        return Given(value, best.least, best.prices, best.gains, shares)

    def undecided(self, prices: NDArray[np.float64], among: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Find the units that the prices decide least.

        Parameters
        ----------
        prices : float64 ndarray (limits,)
            Prices of the limits.
        among : int64 ndarray
            Numbers of the units to look at.
        count : int
            How many are wanted.

        Returns
        -------
        int64 ndarray (at most `count`,)
            Numbers of those whose gains nearly cancel their losses.
        """
        both = np.maximum(self._sizes.T @ prices, np.finfo(float).tiny)
        return _greatest(-np.abs(self._gains(prices)) / both, among, count)

    def _costs(self, cost: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
        return float(cost @ np.maximum(self._columns @ shares - self._most, 0))

    def _proven(self, prices: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> _Proof:
        gains = self._gains(prices)
        return _Proof(float(np.minimum(gains * low, gains * high).sum() - prices @ self._most), prices, gains)

    def _gains(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self._columns.T @ prices, np.float64)

    def _guess(
        self,
        cost: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        free: NDArray[np.int64],
        end: float,
    ) -> tuple[NDArray[np.float64], int]:
        """Solve it for a third of the units in place of all, guessed from a third of it: prices, and how much harder.

        Limits that leave room have no prices; so they are made harder until they have some, and the prices then point
        to a choice that is near the limits as they are.
        """
        if free.size <= 2 * self._core:
            return np.zeros(len(cost)), 0
        some = np.random.default_rng(free.size).choice(free, free.size // _THIRD, replace=False)
        most = self._most - self._columns @ np.where(low < high, 0.0, low)
        sample = self._columns[:, some] * (free.size / some.size)
        third = Elastic(sample, most, core=self._core)
        prices, level = third._guess(cost, low[some], high[some], np.arange(some.size), end)
        for harder in range(level, len(_HARDER)):
            third._most = most - _HARDER[harder]
            given = third.least(cost, low[some], high[some], prices=prices, difference=GUESS, end=end)
            if given.least > NOTHING:
                return given.prices, harder
        return prices, level

    def _solved(
        self,
        cost: NDArray[np.float64],
        part: NDArray[np.int64],
        most: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        end: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Solve it for some units: their shares, and the prices of the limits; None where the time was over."""
        counted = np.flatnonzero(cost > 0)
        gives = -sparse.eye_array(counted.size)
        result = linprog(
            np.concatenate([np.zeros(part.size), cost[counted]]),
            sparse.hstack([FINER * self._columns[:, part][counted], gives], format="csc"),
            FINER * most[counted],
            bounds=np.vstack([np.column_stack([low[part], high[part]]), np.tile([0.0, np.inf], (counted.size, 1))]),
            method="highs-ds",
            options={} if np.isinf(end) else {"time_limit": max(1.0, end - time.monotonic())},
        )
        if result.x is None:
            return None
        prices = np.zeros(len(cost))
        prices[counted] = np.minimum(-result.ineqlin.marginals, cost[counted])
        prices[prices < _NO_PRICE * cost] = 0
        return np.clip(result.x[: part.size], low[part], high[part]), prices


def _greatest(values: NDArray[np.float64], among: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Give the numbers of the greatest values."""
    if among.size <= count:
        return among
    return np.asarray(among[np.argpartition(-values[among], count)[:count]])
