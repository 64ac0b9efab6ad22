"""Rank correlation of two numbers over many places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RankCorrelation:
    """How two numbers go together.

    Parameters
    ----------
    places : int
        How many places have both.
    coefficient : float
        Spearman's rho, -1 to 1; NaN where there are fewer than three places or one number is the same everywhere.
    probability : float
        That ranks without any relation lie as far from 0, on either side; NaN where the coefficient is.
    """

    places: int
    coefficient: float
    probability: float


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> RankCorrelation:
    """Correlate the ranks of two numbers.

    Parameters
    ----------
    one, other : float64 ndarray (places,)
        The numbers, in any unit; places where one of them is NaN count for nothing.

    Returns
    -------
    RankCorrelation

    Notes
    -----
    Spearman's rho: the correlation of the ranks, equal numbers having the mean of their ranks. The probability is that
    of t = rho sqrt((n - 2) / (1 - rho^2)) with n - 2 degrees of freedom, an approximation that is good from about ten
    places on (`scipy.stats.spearmanr`).

    Examples
    --------
    >>> found = rank_correlation(np.array([1.0, 2.0, 3.0, 9.0]), np.array([5.0, 4.0, 4.5, -7.0]))
    >>> found.places, round(found.coefficient, 12), round(found.probability, 12)
    (4, -0.8, 0.2)
    """
    known = np.isfinite(one) & np.isfinite(other)
    one, other, places = one[known], other[known], int(known.sum())
    if places < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return RankCorrelation(places, np.nan, np.nan)
    from scipy.stats import spearmanr  # slow to import, and few studies ask for it

    found = spearmanr(one, other)
    return RankCorrelation(places, float(found.statistic), float(found.pvalue))
