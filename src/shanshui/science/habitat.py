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


def impact(distance: NDArray[np.float64], farthest: float, exponential: bool) -> NDArray[np.float64]:
    """Give what is left of a threat at a distance from its nearest source.

    Parameters
    ----------
    distance : float64 ndarray (rows, columns)
        To the nearest source [m]; infinity where there is none.
    farthest : float
        Up to where the threat reaches [m].
    exponential : bool
        Whether it decays exponentially; linearly if not.

    Returns
    -------
    float64 ndarray (rows, columns)
        i = 1 - d / d_max or exp(-2.99 d / d_max), and 0 beyond d_max [1] (InVEST 3.20 user's guide, habitat quality,
        equations 1 and 2). An exponential threat thus drops from 0.0503 to 0 at d_max; so it does in InVEST.

    Examples
    --------
    >>> impact(np.array([[0.0, 500.0, 1000.0, 1001.0, np.inf]]), 1000.0, exponential=False).tolist()
    [[1.0, 0.5, 0.0, 0.0, 0.0]]
    """
    out = np.empty(distance.shape)
    _impact(np.ascontiguousarray(distance).ravel(), farthest, exponential, out.ravel())
    return out


def degradation(
    classes: NDArray[np.int32],
    impact: NDArray[np.float32],
    codes: NDArray[np.int64],
    sensitivity: NDArray[np.float64],
    weight: NDArray[np.float64],
    access: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Sum up what all threats do to each cell.

    Parameters
    ----------
    classes : int32 ndarray (rows, columns)
        Codes of land cover; -1 no data.
    impact : float32 ndarray (threats, rows, columns)
        What is left of each threat there [1].
    codes : int64 ndarray (codes,)
        Codes that have a sensitivity.
    sensitivity : float64 ndarray (codes, threats)
        Of each class to each threat [1].
    weight : float64 ndarray (threats,)
        Relative impact; at least one above 0.
    access : float32 ndarray (rows, columns), optional
        How open the land is to threats [1]; NaN counts as 1.

    Returns
    -------
    float32 ndarray (rows, columns)
        D = sum over threats of w / sum(w) * i * access * S [1] (InVEST 3.20 user's guide, habitat quality, equation 3;
        Sharp et al.); NaN where there is no land cover or its class has no sensitivity.

    Examples
    --------
    >>> classes, left = np.array([[1, 1, 1, 2]], np.int32), np.array([[[1, 0.5, 0, 0]]], np.float32)
    >>> degradation(classes, left, np.array([1]), np.array([[0.5]]), np.array([3.0])).tolist()
    [[0.5, 0.25, 0.0, nan]]
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
    planes = np.ascontiguousarray(impact, np.float32).reshape(len(weight), -1)
    _degrade(index.ravel(), low, planes, table, opened, out.ravel())
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
def _impact(distance, farthest, exponential, out):  # type: ignore[no-untyped-def]
    rate = _DECAY / farthest
    for cell in range(len(out)):
        far = distance[cell]
        if not far <= farthest:
            out[cell] = 0.0
        elif exponential:
            out[cell] = math.exp(-far * rate)
        else:
            out[cell] = (farthest - far) / farthest


@numba.njit(cache=True, nogil=True)
def _degrade(index, low, impact, table, access, out):  # type: ignore[no-untyped-def]
    """Fill `out`; `table` holds sensitivity times share of the weights, by code less `low` and by threat."""
    for cell in range(len(out)):
        row = index[cell] - low
        if row < 0 or row >= len(table) or index[cell] < 0:
            out[cell] = np.nan
            continue
        total = 0.0
        for threat in range(len(impact)):
            # A class without sensitivity stays unknown however far the threat.
            total += table[row, threat] * impact[threat, cell]
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
