"""Which uncertain numbers make a result uncertain: shares of its variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def variance_shares(inputs: NDArray[np.float64], results: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share the variance of results among the numbers that were drawn.

    Parameters
    ----------
    inputs : float64 ndarray (draws, numbers)
        What was drawn; at least two draws more than numbers.
    results : float64 ndarray (draws, results)
        What came of it.

    Returns
    -------
    float64 ndarray (numbers, results)
        Share of each number [1]; NaN where a result does not vary. What the shares of a result leave of 1 is due to
        bends and to numbers that work together, and is never negative.

    Notes
    -----
    share = standardised coefficient of the linear regression x correlation; over all numbers they sum to R squared
    (Pratt 1987, Dividing the indivisible). Of a linear model with independent numbers it is
    coefficient^2 x variance of the number / variance of the result, the first-order index of Sobol.

    Examples
    --------
    >>> numbers = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    >>> variance_shares(numbers, numbers @ [[3.0], [4.0]]).round(6).tolist()
    [[0.36], [0.64]]
    """
    shares = np.zeros((inputs.shape[1], results.shape[1]))
    given, moving = _standardised(inputs)
    come, varying = _standardised(results)
    coefficients = np.linalg.lstsq(given, come, rcond=None)[0]
    shares[np.ix_(moving, varying)] = coefficients * (given.T @ come) / len(inputs)
    shares[:, ~varying] = np.nan
    return shares


def _standardised(columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Bring columns to mean 0 and deviation 1; leave out those that vary in their last digits only, and tell which."""
    deviations = columns - columns.mean(axis=0)
    spread = deviations.std(axis=0)
    varying = spread > 1e-12 * np.abs(columns).max(axis=0)
    return deviations[:, varying] / spread[varying], varying
