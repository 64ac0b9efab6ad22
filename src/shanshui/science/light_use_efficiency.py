"""Carbon that plants bind from the light they take up: the CASA model, month by month."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

# What the equations of the model have as numbers; see `net_primary_productivity`.
BARE_NDVI = 0.023
LEAST_LIGHT, GREATEST_LIGHT = 0.001, 0.95
PHOTOSYNTHETIC_SHARE = 0.5
COLDEST = -10.0


def absorbed_share(ndvi: ArrayLike, saturated_ndvi: ArrayLike) -> NDArray[np.float32]:
    """Share of the photosynthetic light that vegetation takes up.

    Parameters
    ----------
    ndvi : float array-like
        Vegetation index.
    saturated_ndvi : float array-like
        Vegetation index at which this kind of vegetation takes up all it can; above 0.023.

    Returns
    -------
    float32 ndarray
        FPAR, 0.001 to 0.95.

    Notes
    -----
    Zhu, Pan and Zhang (2007), Journal of Plant Ecology 31(3): 413-424: the mean of a straight line on the index and one
    on the simple ratio SR = (1 + NDVI) / (1 - NDVI), each from 0.001 at bare ground to 0.95 at `saturated_ndvi`, and
    no more beyond. Bare ground is NDVI 0.023 (SR 1.05) for all kinds of vegetation.

    Examples
    --------
    >>> [f"{share:.3f}" for share in absorbed_share([0.0, 0.5, 0.9], 0.5)]
    ['0.001', '0.950', '0.950']
    """
    index, full = np.broadcast_arrays(np.asarray(ndvi, np.float32), np.asarray(saturated_ndvi, np.float32))
    return np.asarray(_absorbed_shares(index.ravel(), full.ravel()), np.float32).reshape(index.shape)


def warmth_of_optimum(optimum: ArrayLike) -> NDArray[np.float32]:
    """Loss of efficiency where plants have their best month in cold or heat.

    Parameters
    ----------
    optimum : float array-like
        Mean temperature of the month in which vegetation is greenest [degC].

    Returns
    -------
    float32 ndarray
        T1: 1 at 20 degC, never below 0.

    Notes
    -----
    ``T1 = 0.8 + 0.02 Topt - 0.0005 Topt^2`` (Potter et al. 1993, Global Biogeochemical Cycles 7(4): 811-841).

    Examples
    --------
    >>> [f"{share:.2f}" for share in warmth_of_optimum([0.0, 20.0])]
    ['0.80', '1.00']
    """
    given = np.asarray(optimum, np.float32)
    return np.asarray([_first_stress(value) for value in given.ravel()], np.float32).reshape(given.shape)


def warmth_of_month(optimum: ArrayLike, temperature: ArrayLike) -> NDArray[np.float32]:
    """Loss of efficiency in months colder or warmer than the best.

    Parameters
    ----------
    optimum : float array-like
        Mean temperature of the month in which vegetation is greenest [degC].
    temperature : float array-like
        Mean temperature of the month [degC].

    Returns
    -------
    float32 ndarray
        T2, 0 to 1.

    Notes
    -----
    ``T2 = 1.184 / (1 + exp(0.2 (Topt - 10 - T))) / (1 + exp(0.3 (T - 10 - Topt)))`` (Potter et al. 1993). More than
    10 degrees above or 13 below the optimum it is half of what it is there (Zhu, Pan and Zhang 2007), which makes T2
    rise from 0.42 to 0.50 where the 13 degrees are passed: as it is published.

    Examples
    --------
    >>> [f"{share:.4f}" for share in warmth_of_month(20.0, [20.0, 33.0])]
    ['0.9934', '0.4967']
    """
    best, degrees = np.broadcast_arrays(np.asarray(optimum, np.float32), np.asarray(temperature, np.float32))
    found = [_second_stress(one, other) for one, other in zip(best.ravel(), degrees.ravel(), strict=True)]
    return np.asarray(found, np.float32).reshape(best.shape)


def regional_water_stress(precipitation: NDArray[np.float32], potential: NDArray[np.float32]) -> NDArray[np.float32]:
    """Loss of efficiency for want of water, from rain and what the air could take up.

    Parameters
    ----------
    precipitation : float32 ndarray (12, rows, columns)
        Rain of each month [mm].
    potential : float32 ndarray (12, rows, columns)
        Potential evapotranspiration of each month, Ep0 [mm].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        W, 0.5 (dry) to 1 (wet).

    Notes
    -----
    ``W = 0.5 + 0.5 E / Ep`` (Potter et al. 1993), with E of Zhou and Zhang (1995, Acta Phytoecologica Sinica 19(3):
    193-200) and Ep of Boucher's complementary relation, as in Zhu, Pan and Zhang (2007):
    ``E = P Rn (P^2 + Rn^2 + P Rn) / ((P + Rn) (P^2 + Rn^2))``, ``Ep = (E + Ep0) / 2``,
    ``Rn = sqrt(Ep0 P) (0.369 + 0.598 sqrt(Ep0 / P))``, net radiation in mm of water; E / Ep is cut at 1. In a month in
    which the air takes up nothing W is that of the month before.
    """
    return np.asarray(_regional_stress(_single(precipitation), _single(potential)), np.float32)


def given_water_stress(actual: NDArray[np.float32], potential: NDArray[np.float32]) -> NDArray[np.float32]:
    """Loss of efficiency for want of water, from actual and potential evapotranspiration.

    Parameters
    ----------
    actual, potential : float32 ndarray (12, rows, columns)
        Evapotranspiration of each month [mm].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        W, 0.5 (dry) to 1 (wet).

    Notes
    -----
    ``W = 0.5 + 0.5 E / Ep`` (Potter et al. 1993), E / Ep cut to 0 and 1. In a month in which the air takes up nothing
    W is that of the month before.
    """
    return np.asarray(_given_stress(_single(actual), _single(potential)), np.float32)


def net_primary_productivity(
    ndvi: NDArray[np.float32],
    radiation: NDArray[np.float32],
    temperature: NDArray[np.float32],
    water_stress: NDArray[np.float32],
    efficiency: NDArray[np.float32],
    saturated_ndvi: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Carbon bound in each month by the CASA model.

    Parameters
    ----------
    ndvi : float32 ndarray (12, rows, columns)
        Vegetation index.
    radiation : float32 ndarray (12, rows, columns)
        Radiation of the sun on the ground, the sum of the month [MJ/m2].
    temperature : float32 ndarray (12, rows, columns)
        Mean temperature [degC].
    water_stress : float32 ndarray (12, rows, columns)
        W, 0.5 to 1.
    efficiency : float32 ndarray (rows, columns)
        Greatest light-use efficiency [g/MJ] of carbon.
    saturated_ndvi : float32 ndarray (rows, columns)
        Vegetation index at which this kind of vegetation takes up all it can.

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Carbon [g/m2]; NaN in a month in which something is not known.

    Notes
    -----
    ``NPP = e T1 T2 W x 0.5 SOL FPAR`` (Potter et al. 1993; Zhu, Pan and Zhang 2007); half of the sun's radiation is
    photosynthetic. T1 is `warmth_of_optimum`, and 0 in months at or below -10 degC; T2 `warmth_of_month`; FPAR
    `absorbed_share`. The optimum is the temperature of the greenest month of the year, of the first of several.
    """
    months = (_single(values) for values in (ndvi, radiation, temperature, water_stress))
    return np.asarray(_casa(*months, _single(efficiency), _single(saturated_ndvi)), np.float32)


def _single(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _absorbed(ndvi, full, by_index, by_ratio):  # type: ignore[no-untyped-def]
    # Written so that NaN stays NaN.
    index = np.float32(BARE_NDVI) if ndvi < np.float32(BARE_NDVI) else full if ndvi > full else ndvi
    ratio = _ratio(index) - _ratio(np.float32(BARE_NDVI))
    return (index - np.float32(BARE_NDVI)) * by_index + ratio * by_ratio + np.float32(LEAST_LIGHT)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _rises(full):  # type: ignore[no-untyped-def]
    """Give by how much each of the two lines rises, half of their sum being the share."""
    half = np.float32(0.5 * (GREATEST_LIGHT - LEAST_LIGHT))
    return half / (full - np.float32(BARE_NDVI)), half / (_ratio(full) - _ratio(np.float32(BARE_NDVI)))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _ratio(ndvi):  # type: ignore[no-untyped-def]
    return (np.float32(1.0) + ndvi) / (np.float32(1.0) - ndvi)


@numba.njit(cache=True, nogil=True)
def _absorbed_shares(ndvi, full):  # type: ignore[no-untyped-def]
    out = np.empty(ndvi.size, np.float32)
    for i in range(ndvi.size):
        by_index, by_ratio = _rises(full[i])
        out[i] = _absorbed(ndvi[i], full[i], by_index, by_ratio)
    return out


@numba.njit(cache=True, nogil=True)
def _first_stress(optimum):  # type: ignore[no-untyped-def]
    found = np.float32(0.8) + np.float32(0.02) * optimum - np.float32(0.0005) * optimum * optimum
    return np.float32(0.0) if found < 0 else found


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _second_stress(optimum, temperature):  # type: ignore[no-untyped-def]
    warmer = temperature - optimum
    halved = (warmer > np.float32(10.0)) | (warmer < np.float32(-13.0))
    # Both exponentials are powers of one: exp(0.2 (-10 - x)) = exp(-2) / q^2, exp(0.3 (x - 10)) = exp(-3) q^3.
    q = math.exp(np.float32(0.1) * (np.float32(0.0) if halved else warmer))
    cold = np.float32(1.0) + np.float32(math.exp(-2.0)) / (q * q)
    hot = np.float32(1.0) + np.float32(math.exp(-3.0)) * q * q * q
    return (np.float32(0.5 * 1.184) if halved else np.float32(1.184)) / (cold * hot)


@numba.njit(cache=True, nogil=True)
def _filled(stress):  # type: ignore[no-untyped-def]
    """Give months that have no stress of their own (-1) that of the last month known, December before January."""
    months, rows, columns = stress.shape
    for i in range(rows):
        for j in range(columns):
            # A year without any evaporation grows nothing: any value will do, and the driest is taken.
            last = np.float32(0.5)
            for month in range(months):
                if stress[month, i, j] > 0:
                    last = stress[month, i, j]
            for month in range(months):
                if stress[month, i, j] == -1:
                    stress[month, i, j] = last
                elif stress[month, i, j] > 0:
                    last = stress[month, i, j]
    return stress


@numba.njit(cache=True, nogil=True)
def _share_to_stress(share):  # type: ignore[no-untyped-def]
    share = np.float32(1.0) if share > 1 else np.float32(0.0) if share < 0 else share
    return np.float32(0.5) + np.float32(0.5) * share


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _given_stress(actual, potential):  # type: ignore[no-untyped-def]
    out = np.empty(actual.shape, np.float32)
    months, rows, columns = actual.shape
    for month in range(months):
        for i in range(rows):
            for j in range(columns):
                e, ep = actual[month, i, j], potential[month, i, j]
                if ep <= 0 and e == e:
                    out[month, i, j] = np.float32(-1.0)
                else:
                    out[month, i, j] = _share_to_stress(e / ep)
    return _filled(out)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _regional_stress(precipitation, potential):  # type: ignore[no-untyped-def]
    out = np.empty(precipitation.shape, np.float32)
    months, rows, columns = precipitation.shape
    for month in range(months):
        for i in range(rows):
            for j in range(columns):
                p, ep0 = precipitation[month, i, j], potential[month, i, j]
                if ep0 <= 0 and p == p:
                    out[month, i, j] = np.float32(-1.0)
                    continue
                # The same as sqrt(Ep0 P) (0.369 + 0.598 sqrt(Ep0 / P)), and known where there is no rain.
                rn = np.float32(0.369) * math.sqrt(ep0 * p) + np.float32(0.598) * ep0
                e = p * rn * (p * p + rn * rn + p * rn) / ((p + rn) * (p * p + rn * rn))
                out[month, i, j] = _share_to_stress(np.float32(2.0) * e / (e + ep0))
    return _filled(out)


@numba.njit(cache=True, nogil=True)
def _casa(ndvi, radiation, temperature, stress, efficiency, full):  # type: ignore[no-untyped-def]
    """Line by line, so that what months share is worked out once and stays in the nearest cache."""
    months, rows, columns = ndvi.shape
    out = np.empty(ndvi.shape, np.float32)
    greenest, optimum, best, by_index, by_ratio = np.empty((5, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            greenest[j], optimum[j] = -np.inf, np.nan
        for month in range(months):
            for j in range(columns):
                if ndvi[month, i, j] > greenest[j]:
                    greenest[j], optimum[j] = ndvi[month, i, j], temperature[month, i, j]
        for j in range(columns):
            by_index[j], by_ratio[j] = _rises(full[i, j])
            best[j] = efficiency[i, j] * np.float32(PHOTOSYNTHETIC_SHARE) * _first_stress(optimum[j])
        for month in range(months):
            for j in range(columns):
                degrees = temperature[month, i, j]
                share = _absorbed(ndvi[month, i, j], full[i, j], by_index[j], by_ratio[j])
                grown = best[j] * radiation[month, i, j] * share * stress[month, i, j]
                warmth = _second_stress(optimum[j], degrees)
                # Where it freezes hard nothing grows; what is not known stays so.
                out[month, i, j] = grown * (np.float32(0.0) if degrees <= np.float32(COLDEST) else warmth)
    return out
