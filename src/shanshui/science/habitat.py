"""How far threats degrade a habitat, and what quality is left."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.science.lookup import values_of_codes

# Codes so far apart are looked up one by one; closer ones stand in one table.
_WIDEST = 65536
# Rate of exponential decay of the published model: a twentieth is left at the maximum distance.
_DECAY = 2.99


def degradation(
    classes: NDArray[np.int32],
    distance: NDArray[np.float32],
    codes: NDArray[np.int64],
    sensitivity: NDArray[np.float64],
    weight: NDArray[np.float64],
    farthest: NDArray[np.float64],
    exponential: NDArray[np.bool_],
    access: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Sum up what all threats do to each cell.

    Parameters
    ----------
    classes : int32 ndarray (rows, columns)
        Codes of land cover; -1 no data.
    distance : float32 ndarray (threats, rows, columns)
        To the nearest source of each threat [m]; infinity where there is none.
    codes : int64 ndarray (codes,)
        Codes that have a sensitivity.
    sensitivity : float64 ndarray (codes, threats)
        Of each class to each threat [1].
    weight : float64 ndarray (threats,)
        Relative impact; at least one above 0.
    farthest : float64 ndarray (threats,)
        Up to where each threat reaches [m].
    exponential : bool ndarray (threats,)
        Whether it decays exponentially; linearly if not.
    access : float32 ndarray (rows, columns), optional
        How open the land is to threats [1]; NaN counts as 1.

    Returns
    -------
    float32 ndarray (rows, columns)
        Degradation [1]; NaN where there is no land cover or its class has no sensitivity.

    Notes
    -----
    D = sum over threats of w / sum(w) * i(d) * access * S, with i = 1 - d / d_max or exp(-2.99 d / d_max), and 0 beyond
    d_max (InVEST 3.20 user's guide, habitat quality, equations 1 to 3; Sharp et al.). An exponential threat thus drops
    from 0.0503 to 0 at d_max; so it does in InVEST.

    Examples
    --------
    >>> near = np.array([[[0, 500, 1000, 1001]]], np.float32)
    >>> forest = np.array([[1, 1, 1, 1]], np.int32), near, np.array([1]), np.array([[0.5]]), np.array([3.0])
    >>> degradation(*forest, np.array([1000.0]), np.array([False])).tolist()
    [[0.5, 0.25, 0.0, 0.0]]
    """
    low, high = int(codes.min()), int(codes.max())
    if high - low < _WIDEST:
        index, places = np.ascontiguousarray(classes, np.int32), codes - low
        table = np.full((high - low + 1, len(weight)), np.nan)
    else:
        low, places = 0, np.arange(len(codes))
        index = np.nan_to_num(values_of_codes(classes, codes, places), nan=-1).astype(np.int32)
        table = np.full((len(codes), len(weight)), np.nan)
    table[places] = sensitivity * (weight / weight.sum())
    out = np.empty(classes.shape, np.float32)
    opened = np.empty(0, np.float32) if access is None else np.ascontiguousarray(access, np.float32).ravel()
    planes = np.ascontiguousarray(distance, np.float32).reshape(len(weight), -1)
    rate = np.where(exponential, _DECAY / farthest, 1.0 / farthest)
    _degrade(index.ravel(), low, planes, table, farthest, rate, exponential, opened, out.ravel())
    return out


def quality(
    suitability: NDArray[np.float32], degradation: NDArray[np.float32], half_saturation: float
) -> NDArray[np.float32]:
    """Give what quality a degraded habitat has left.

    Parameters
    ----------
    suitability : float32 ndarray (rows, columns)
        Of the land as habitat [1].
    degradation : float32 ndarray (rows, columns)
        D [1].
    half_saturation : float
        k, the degradation at which half of the quality is lost [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        Q = H (1 - D**2.5 / (D**2.5 + k**2.5)) [1] (InVEST 3.20 user's guide, habitat quality, equation 4); NaN where
        either is unknown.

    Examples
    --------
    >>> quality(np.array([0.8, 0.8], np.float32), np.array([0.0, 0.05], np.float32), 0.05).tolist()
    [0.800000011920929, 0.4000000059604645]
    """
    out = np.empty(suitability.shape, np.float32)
    _quality(
        np.ascontiguousarray(suitability, np.float32).ravel(),
        np.ascontiguousarray(degradation, np.float32).ravel(),
        half_saturation,
        out.ravel(),
    )
    return out


@numba.njit(cache=True, nogil=True)
def _degrade(index, low, distance, table, farthest, rate, exponential, access, out):  # type: ignore[no-untyped-def]
    """Fill `out`; `table` holds sensitivity times share of the weights, by code less `low` and by threat."""
    for cell in range(len(out)):
        row = index[cell] - low
        if row < 0 or row >= len(table) or index[cell] < 0:
            out[cell] = np.nan
            continue
        total = 0.0
        for threat in range(len(rate)):
            share = table[row, threat]
            if share == 0.0:
                continue
            far = np.float64(distance[threat, cell])
            if not far <= farthest[threat]:
                # A class without sensitivity stays unknown however far the threat.
                total += 0.0 * share
            elif exponential[threat]:
                total += share * math.exp(-far * rate[threat])
            else:
                total += share * (1.0 - far * rate[threat])
        if len(access) and not np.isnan(access[cell]):
            total *= access[cell]
        out[cell] = total


@numba.njit(cache=True, nogil=True)
def _quality(suitability, degradation, half_saturation, out):  # type: ignore[no-untyped-def]
    half = half_saturation * half_saturation * math.sqrt(half_saturation)
    for cell in range(len(out)):
        degraded = np.float64(degradation[cell])
        lost = degraded * degraded * math.sqrt(degraded)
        out[cell] = suitability[cell] * (half / (lost + half))
