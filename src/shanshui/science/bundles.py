"""Bundles: places that are alike in many numbers, found the same way in whatever order the places come."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

# k-means ends in a good or a bad place by where it begins: the best of so many seeded beginnings is kept.
BEGINNINGS = 10
# It settles in far fewer rounds.
ROUNDS = 30


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring every column to mean 0 and standard deviation 1.

    Parameters
    ----------
    values : float64 ndarray (places, columns)
        Numbers, in any units.

    Returns
    -------
    float64 ndarray (places, columns)
        0 where a column is the same everywhere.

    Examples
    --------
    >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    spread = np.where(np.ptp(values, axis=0) > 0, values.std(axis=0), np.inf)
    return np.asarray((values - values.mean(axis=0)) / spread, np.float64)


def silhouettes(values: NDArray[np.float64], bundle: NDArray[np.int64]) -> NDArray[np.float64]:
    """Say how much better each place lies in its bundle than in the next one.

    Parameters
    ----------
    values : float64 ndarray (places, columns)
        Standardised numbers.
    bundle : int64 ndarray (places,)
        The bundle of each place; at least two of them.

    Returns
    -------
    float64 ndarray (places,)
        1 well within, 0 between two, below 0 nearer to another bundle; 0 for a place that is alone in its bundle.

    Notes
    -----
    s = (b - a) / max(a, b), a the mean distance to the others of the bundle, b the least mean distance to another
    bundle (Rousseeuw 1987, Silhouettes: a graphical aid to the interpretation and validation of cluster analysis).

    Examples
    --------
    >>> silhouettes(np.array([[0.0], [1.0], [4.0]]), np.array([1, 1, 2])).round(3).tolist()
    [0.75, 0.667, 0.0]
    """
    from scipy.spatial.distance import cdist

    names, place = np.unique(bundle, return_inverse=True)
    sizes = np.bincount(place)
    sums = np.stack([cdist(values, values[bundle == name]).sum(axis=1) for name in names], axis=1)
    rows = np.arange(len(values))
    own = sums[rows, place] / np.maximum(sizes[place] - 1, 1)
    means = sums / sizes
    means[rows, place] = np.inf
    nearest = means.min(axis=1)
    greater = np.maximum(own, nearest)
    found = (nearest - own) / np.where(greater > 0, greater, 1.0)
    return np.asarray(np.where(sizes[place] > 1, found, 0.0), np.float64)


def bundles(values: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Part places into bundles of those that are alike.

    Parameters
    ----------
    values : float64 ndarray (places, columns)
        Standardised numbers, none of them NaN.
    most : int
        The greatest number of bundles that is tried.

    Returns
    -------
    int64 ndarray (places,)
        1 for the largest bundle, and so on; 1 everywhere where no two places differ.

    Notes
    -----
    k-means (Lloyd) from seeded beginnings after Arthur and Vassilvitskii (2007), for every number of bundles from 2 on;
    kept is the number with the greatest mean silhouette, of equal ones the least. Places are put in the order of their
    numbers first, so that their order in the table changes nothing.
    """
    order = np.lexsort(values.T[::-1])
    ordered = values[order]
    different = len(np.unique(ordered, axis=0))
    best, kept = -np.inf, np.zeros(len(values), np.int64)
    for count in range(2, min(most, different, len(values) - 1) + 1):
        found = _means(ordered, count)
        score = float(silhouettes(ordered, found).mean())
        # Where rounding alone makes more bundles better, fewer are kept.
        if score > best + 1e-9:
            best, kept = score, found
    bundle = np.empty(len(values), np.int64)
    bundle[order] = _by_size(kept)
    return bundle


def _means(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Find the best k-means of so many bundles."""
    from scipy.cluster.vq import kmeans2

    least, kept = np.inf, np.zeros(len(values), np.int64)
    for seed in range(BEGINNINGS):
        with warnings.catch_warnings():
            # A beginning that leaves a bundle empty is worse than another one, or told by its silhouette.
            warnings.simplefilter("ignore", UserWarning)
            centres, found = kmeans2(values, count, iter=ROUNDS, minit="++", seed=seed)
        away = float(((values - centres[found]) ** 2).sum())
        if away < least * (1 - 1e-12) and len(np.unique(found)) == count:
            least, kept = away, found.astype(np.int64)
    return kept


def _by_size(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number bundles from the largest on; of two that are as large the one with the lowest first place comes first."""
    names, first, sizes = np.unique(found, return_index=True, return_counts=True)
    rank = np.empty(len(names), np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(1, len(names) + 1)
    return np.asarray(rank[np.searchsorted(names, found)], np.int64)
