"""Distributions of uncertain numbers, and draws from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Kind = Literal["normal", "triangular", "uniform"]

# A normal distribution has tails: as much of it may lie beyond the valid range, and is cut off; more is a fault.
TAIL = 0.01


@dataclass(frozen=True)
class Distribution:
    """What an uncertain number may be.

    Parameters
    ----------
    kind : {"normal", "triangular", "uniform"}
        Its shape.
    value : float
        The number itself: the mean of a normal distribution, the peak of a triangular one.
    standard_deviation : float
        Of a normal one.
    low, high : float
        Ends of a triangular or uniform one.
    minimum, maximum : float
        The range in which the number makes sense; the tails of a normal distribution beyond it are cut off.

    Examples
    --------
    >>> Distribution("triangular", 3.0, low=1.0, high=5.0).at(np.array([0.0, 0.5, 1.0])).tolist()
    [1.0, 3.0, 5.0]
    """

    kind: Kind
    value: float
    standard_deviation: float = math.nan
    low: float = math.nan
    high: float = math.nan
    minimum: float = -math.inf
    maximum: float = math.inf

    def fault(self) -> str | None:
        """Say what is wrong with it; None where nothing is, or where there is no number at all."""
        if math.isnan(self.value):
            return None
        if self.kind == "normal":
            if not self.standard_deviation >= 0:
                return f"has the standard deviation {self.standard_deviation:g}"
            outside = self._outside()
            if outside > TAIL:
                side = "below" if self._below() > outside / 2 else "above"
                end = self.minimum if side == "below" else self.maximum
                return f"puts {100 * outside:.2g} % of the draws {side} {end:g}"
            return None
        if not self.low <= self.high:
            return f"reaches from {self.low:g} to {self.high:g}"
        if self.kind == "triangular" and not self.low <= self.value <= self.high:
            return f"reaches from {self.low:g} to {self.high:g}, and its peak is {self.value:g}"
        for end in (self.low, self.high):
            if not self.minimum <= end <= self.maximum:
                return f"reaches {end:g}, and the range is {self.minimum:g} to {self.maximum:g}"
        return None

    def at(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the values below which these shares of all draws lie.

        Parameters
        ----------
        share : float64 ndarray
            Between 0 and 1.

        Returns
        -------
        float64 ndarray
            Quantiles, never beyond the valid range.
        """
        if self.kind == "normal":
            if self.standard_deviation == 0:
                return np.full(np.shape(share), self.value)
            below = self._below()
            inner = below + share * (1.0 - self._outside())
            values = np.asarray(stats.norm.ppf(inner, self.value, self.standard_deviation))
            return np.asarray(np.minimum(np.maximum(values, self.minimum), self.maximum))
        if self.low == self.high:
            return np.full(np.shape(share), self.low)
        if self.kind == "uniform":
            return self.low + share * (self.high - self.low)
        peak = (self.value - self.low) / (self.high - self.low)
        return np.asarray(stats.triang.ppf(share, peak, self.low, self.high - self.low))

    def _below(self) -> float:
        if self.standard_deviation == 0:
            return float(self.value < self.minimum)
        return float(stats.norm.cdf(self.minimum, self.value, self.standard_deviation))

    def _outside(self) -> float:
        if self.standard_deviation == 0:
            return float(not self.minimum <= self.value <= self.maximum)
        return self._below() + float(stats.norm.sf(self.maximum, self.value, self.standard_deviation))


def stratified_shares(name: str, number: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Draw evenly: each of so many equal strata once, in an order of chance.

    Parameters
    ----------
    name : str
        The uncertain number; another name gives other draws, whatever else is uncertain.
    number : int
        How many numbers of that name are drawn, each for itself (the rows of a class table).
    draws : int
        How many draws.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    float64 ndarray (draws, number)
        Shares between 0 and 1, to be given to `Distribution.at`.

    Notes
    -----
    Latin hypercube sampling (McKay, Beckman and Conover 1979, Technometrics 21): a mean over the draws varies far less
    than with draws made independently.
    """
    random = np.random.default_rng([seed, *name.encode()])
    strata = np.stack([random.permutation(draws) for _ in range(number)], axis=1)
    shares: NDArray[np.float64] = (strata + random.random((draws, number))) / draws
    return shares
