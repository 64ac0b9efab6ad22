"""Erodibility and texture of soil from the sizes of its grains and its carbon."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

# From the customary units of the United States to t*ha*h/ha/MJ/mm (Foster et al. 1981).
CUSTOMARY_TO_SI = 0.1317


def epic_erodibility(
    sand: NDArray[np.float32],
    silt: NDArray[np.float32],
    clay: NDArray[np.float32],
    organic_carbon: NDArray[np.float32],
    tolerance: float,
    offset: float = 0.0,
    factor: float = 1.0,
) -> NDArray[np.float32]:
    """Erodibility of soil by EPIC, in SI units, perhaps brought onto measured values by a straight line.

    Parameters
    ----------
    sand, silt, clay : float32 ndarray (rows, columns)
        Parts of the soil by weight: 0.05 to 2, 0.002 to 0.05 and below 0.002 mm [percent].
    organic_carbon : float32 ndarray (rows, columns)
        Organic carbon by weight [percent].
    tolerance : float
        So far from 100 the sum of the parts may be; it is then brought to 100 [percent].
    offset, factor : float
        Of the straight line on EPIC's value in its own units.

    Returns
    -------
    float32 ndarray (rows, columns)
        Erodibility [t*ha*h/ha/MJ/mm], never below 0; NaN where an input is unknown or the parts do not sum to 100.

    Notes
    -----
    Williams (1990), The erosion-productivity impact calculator (EPIC) model; as printed in HJ 1173-2021, annex A::

        K_EPIC = (0.2 + 0.3 exp(-0.0256 sand (1 - silt/100))) * (silt/(clay + silt))**0.3
                 * (1 - 0.25 C/(C + exp(3.72 - 2.95 C))) * (1 - 0.7 n/(n + exp(-5.51 + 22.9 n))),  n = 1 - sand/100

    Without clay the second factor is 1, without silt 0 (and 0 for pure sand, where it has no limit).

    Examples
    --------
    >>> parts = [np.array([[part]], np.float32) for part in (40, 40, 20, 1.5)]
    >>> epic_erodibility(*parts, 10.0).round(5)
    array([[0.0343]], dtype=float32)
    """
    cells = [np.asarray(part, np.float32) for part in (sand, silt, clay, organic_carbon)]
    out = np.empty(cells[0].shape, np.float32)
    _epic(*(part.ravel() for part in cells), tolerance, offset, factor, out.ravel())
    return out


def nomograph_erodibility(
    silt: NDArray[np.float32],
    very_fine_sand: NDArray[np.float32],
    clay: NDArray[np.float32],
    organic_matter: NDArray[np.float32],
    structure: NDArray[np.int32],
    permeability: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Erodibility of soil by the nomograph, in SI units.

    Parameters
    ----------
    silt, very_fine_sand, clay : float32 ndarray (rows, columns)
        Parts of the soil by weight: 0.002 to 0.05, 0.05 to 0.1 and below 0.002 mm [percent].
    organic_matter : float32 ndarray (rows, columns)
        Organic matter by weight [percent].
    structure : int32 ndarray (rows, columns)
        1 very fine granular to 4 blocky, platy or massive; -1 unknown.
    permeability : int32 ndarray (rows, columns)
        1 rapid to 6 very slow; -1 unknown.

    Returns
    -------
    float32 ndarray (rows, columns)
        Erodibility [t*ha*h/ha/MJ/mm], never below 0; NaN where an input is unknown.

    Notes
    -----
    Wischmeier and Smith (1978), Predicting rainfall erosion losses, Agriculture Handbook 537:
    100 K = 2.1e-4 (12 - OM) M ** 1.14 + 3.25 (structure - 2) + 2.5 (permeability - 3), with
    M = (silt + very fine sand) (100 - clay), in customary units. Made for soils with at most 70 percent of silt and
    very fine sand and 4 percent of organic matter.

    Examples
    --------
    >>> soil = [np.array([[part]], np.float32) for part in (40, 10, 20, 2)]
    >>> nomograph_erodibility(*soil, np.array([[2]], np.int32), np.array([[3]], np.int32)).round(5)
    array([[0.03533]], dtype=float32)
    """
    size = (silt + very_fine_sand) * (np.float32(100) - clay)
    value = 2.1e-4 * (12.0 - organic_matter) * size**1.14
    value = (value + 3.25 * (structure - 2.0) + 2.5 * (permeability - 3.0)) / 100.0
    known = (structure > 0) & (permeability > 0)
    return np.where(known, np.maximum(CUSTOMARY_TO_SI * value, 0.0), np.nan).astype(np.float32)


def texture_class(
    sand: NDArray[np.float32], silt: NDArray[np.float32], clay: NDArray[np.float32], tolerance: float
) -> NDArray[np.int32]:
    """Texture class of soil by the triangle of the United States.

    Parameters
    ----------
    sand, silt, clay : float32 ndarray (rows, columns)
        Parts of the soil by weight: 0.05 to 2, 0.002 to 0.05 and below 0.002 mm [percent].
    tolerance : float
        So far from 100 the sum of the parts may be; it is then brought to 100 [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        From coarse to fine 1 sand, 2 loamy sand, 3 sandy loam, 4 sandy clay loam, 5 loam, 6 sandy clay, 7 silt loam,
        8 silt, 9 clay loam, 10 silty clay loam, 11 silty clay, 12 clay; -1 where a part is unknown or they do not
        sum to 100.

    Notes
    -----
    United States Department of Agriculture, Soil Survey Manual (Handbook 18), chapter 3.

    Examples
    --------
    >>> sand, silt, clay = (np.array([part], np.float32) for part in ([90, 40, 20], [5, 40, 20], [5, 20, 60]))
    >>> texture_class(sand, silt, clay, 10.0).tolist()
    [[1, 5, 12]]
    """
    cells = [np.asarray(part, np.float32) for part in (sand, silt, clay)]
    out = np.empty(cells[0].shape, np.int32)
    _texture(*(part.ravel() for part in cells), tolerance, out.ravel())
    return out


@numba.njit(cache=True, nogil=True)
def _scale(sand, silt, clay, tolerance):  # type: ignore[no-untyped-def]
    """Give the factor that brings the sum of the parts to 100, or NaN where they are no parts of one soil."""
    total = np.float64(sand) + silt + clay
    near = abs(total - 100.0) <= tolerance and min(sand, silt, clay) >= 0.0
    return 100.0 / total if near else np.nan


@numba.njit(cache=True, nogil=True)
def _epic(sands, silts, clays, carbons, tolerance, offset, factor, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        scale = _scale(sands[i], silts[i], clays[i], tolerance)
        sand, silt, clay, carbon = sands[i] * scale, silts[i] * scale, clays[i] * scale, np.float64(carbons[i])
        if not silt >= 0.0:
            out[i] = np.nan
            continue
        other = 1.0 - sand / 100.0
        by_sand = 0.2 + 0.3 * math.exp(-0.0256 * sand * (1.0 - silt / 100.0))
        by_silt = (silt / (clay + silt)) ** 0.3 if silt > 0.0 else 0.0
        by_carbon = 1.0 - 0.25 * carbon / (carbon + math.exp(3.72 - 2.95 * carbon))
        by_other = 1.0 - 0.7 * other / (other + math.exp(-5.51 + 22.9 * other))
        value = CUSTOMARY_TO_SI * (offset + factor * by_sand * by_silt * by_carbon * by_other)
        # A comparison with NaN is false: an unknown carbon stays unknown.
        out[i] = 0.0 if value < 0.0 else value


@numba.njit(cache=True, nogil=True)
def _texture(sands, silts, clays, tolerance, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        scale = _scale(sands[i], silts[i], clays[i], tolerance)
        sand, silt, clay = sands[i] * scale, silts[i] * scale, clays[i] * scale
        if not silt >= 0.0:
            out[i] = -1
        elif silt + 1.5 * clay < 15.0:
            out[i] = 1
        elif silt + 2.0 * clay < 30.0:
            out[i] = 2
        elif clay >= 40.0 and sand <= 45.0:
            out[i] = 11 if silt >= 40.0 else 12
        elif clay >= 35.0 and sand > 45.0:
            out[i] = 6
        elif clay >= 27.0 and sand <= 45.0:
            out[i] = 10 if sand <= 20.0 else 9
        elif silt >= 50.0:
            out[i] = 8 if silt >= 80.0 and clay < 12.0 else 7
        elif clay >= 20.0 and silt < 28.0:
            out[i] = 4
        elif clay >= 7.0 and sand <= 52.0:
            out[i] = 5
        else:
            out[i] = 3
