"""Wind erosion by the revised wind erosion equation (RWEQ): what the soil allows and what wind takes."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# 1 kg/m2 is 10 t/ha.
TONNES_A_HECTARE = np.float32(10.0)


def erodible_fraction(
    sand: NDArray[np.float32],
    silt: NDArray[np.float32],
    clay: NDArray[np.float32],
    organic_matter: NDArray[np.float32],
    carbonate: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Give the share of the soil that wind can carry.

    Parameters
    ----------
    sand, silt, clay, organic_matter : float32 ndarray (rows, columns)
        Of the topsoil [percent].
    carbonate : float32 ndarray (rows, columns) or None
        Calcium carbonate [percent]; none without it.

    Returns
    -------
    float32 ndarray (rows, columns)
        EF, 0 to 1.

    Notes
    -----
    EF = (29.09 + 0.31 sa + 0.17 si + 0.33 sa/cl - 2.59 OM - 0.95 CaCO3) / 100, all in percent, cut to 0 and 1. Without
    clay sa/cl has no bound, so that EF is 1 where there is sand; without sand it is 0.
    """
    return np.asarray(_erodible_fraction(sand, silt, clay, organic_matter, carbonate), np.float32)


def roughness_factor(
    relief: NDArray[np.float32], width: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Give the roughness factor of the ground from the relief around each cell.

    Parameters
    ----------
    relief : float32 ndarray (rows, columns)
        Highest less lowest elevation of three by three cells [m].
    width, height : float64 ndarray (rows, columns)
        Sides of the cells [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        K', 0 to 1: `roughness_of_ridges` of `ridge_roughness` over two cells, from the outermost centres to each
        other, a side being the mean of width and height.
    """
    return np.asarray(_roughness_factor(relief, width, height), np.float32)


def vegetation_factor(coefficient: NDArray[np.float32], cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the vegetation factor.

    Parameters
    ----------
    coefficient : float32 ndarray (rows, columns)
        a of the ecosystem [1/percent].
    cover : float32 ndarray (rows, columns)
        Vegetation cover [**fraction**].

    Returns
    -------
    float32 ndarray (rows, columns)
        C = exp(-a SC) with the cover SC in **percent**: 1 for bare ground.
    """
    return np.asarray(_vegetation_factor(coefficient, cover), np.float32)


def soil_loss(
    weather: NDArray[np.float32],
    erodible: NDArray[np.float32],
    crust: NDArray[np.float32],
    roughness: NDArray[np.float32],
    vegetation: NDArray[np.float32] | None,
    land: NDArray[np.int32] | None,
    distance: float,
    guarded: bool = True,
) -> NDArray[np.float32]:
    """Give the soil that wind takes away.

    Parameters
    ----------
    weather : float32 ndarray (rows, columns)
        Weather factor [kg/m].
    erodible, crust, roughness : float32 ndarray (rows, columns)
        Erodible fraction, crust and roughness factor [1].
    vegetation : float32 ndarray (rows, columns) or None
        Vegetation factor [1]; bare ground without.
    land : int32 ndarray (rows, columns) or None
        1 where wind reaches soil, 0 where there is none to take, -1 without data; 1 everywhere without.
    distance : float
        How far downwind [m].
    guarded : bool
        Whether the greatest loss up to the distance is given, see `greatest_loss`, or the one at the distance.

    Returns
    -------
    float32 ndarray (rows, columns)
        Loss in the year [t/ha].
    """
    found = _soil_loss(weather, erodible, crust, roughness, vegetation, land, np.float64(distance), guarded)
    return np.asarray(found, np.float32)


@numba.njit(cache=True, nogil=True)
def transport_capacity(F: float) -> float:
    """Give the most that wind can carry, Qmax = 109.8 F [kg/m], from the product of all factors F [kg/m]."""
    return 109.8 * F


@numba.njit(cache=True, nogil=True)
def critical_field_length(F: float) -> Any:
    """Give the length over which wind loads itself, s = 150.71 F^-0.3711 [m]; infinite where F is 0."""
    return 150.71 / F**0.3711 if F > 0.0 else np.inf


@numba.njit(cache=True, nogil=True)
def loss_at(F: float, x: float) -> Any:
    """Give the loss at a distance, SL = 2 x/s^2 Qmax exp(-(x/s)^2) [kg/m2], as the equation is printed.

    It is the derivative of what wind carries, Q = Qmax [1 - exp(-(x/s)^2)], along its way: so much a square metre.
    """
    s = critical_field_length(F)
    reach = x / s
    return 2.0 * reach / s * transport_capacity(F) * np.exp(-reach * reach)


@numba.njit(cache=True, nogil=True)
def greatest_loss(F: float, z: float) -> Any:
    """Give the greatest loss up to the distance z [kg/m2].

    The loss rises to x = s/sqrt(2) and falls beyond, where wind is loaded. At a fixed distance stronger wind, which
    is loaded sooner, would therefore seem to take less; the greatest loss up to that distance never falls with F.
    """
    return loss_at(F, min(z, critical_field_length(F) / np.sqrt(2.0)))


@numba.njit(cache=True, nogil=True)
def ridge_roughness(relief: float, length: float) -> float:
    """Give Kr = 0.2 dH^2 / L in **centimetres** from the relief dH and the length L, both in metres."""
    return 100.0 * 0.2 * relief * relief / length


@numba.njit(cache=True, nogil=True)
def roughness_of_ridges(Kr: float) -> Any:
    """Give K' = exp(1.86 Kr - 2.41 Kr^0.934) from the ridge roughness [cm], random roughness being 0.

    The regression has its least value, 0.094, at 18.0 cm and rises beyond, to more than 1 above 51 cm: rougher ground
    than the former keeps the least value.
    """
    # Where the derivative is zero: 1.86 = 2.41 x 0.934 Kr^-0.066.
    turn = (2.41 * 0.934 / 1.86) ** (1.0 / 0.066)
    Kr = min(Kr, turn)
    return np.exp(1.86 * Kr - 2.41 * Kr**0.934)


@numba.njit(cache=True, nogil=True)
def _erodible_fraction(sand, silt, clay, organic_matter, carbonate):  # type: ignore[no-untyped-def]
    out = np.empty(sand.shape, np.float32)
    zero, one = np.float32(0), np.float32(1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            sa, cl = sand[i, j], clay[i, j]
            percent = np.float32(29.09) + np.float32(0.31) * sa + np.float32(0.17) * silt[i, j]
            percent -= np.float32(2.59) * organic_matter[i, j]
            if carbonate is not None:
                percent -= np.float32(0.95) * carbonate[i, j]
            if cl == zero:
                # NaN stays NaN: it is not above zero, and adds itself.
                percent += np.float32(np.inf) if sa > zero else zero
            else:
                percent += np.float32(0.33) * sa / cl
            share = percent / np.float32(100)
            out[i, j] = zero if share < zero else (one if share > one else share)
    return out


@numba.njit(cache=True, nogil=True)
def _roughness_factor(relief, width, height):  # type: ignore[no-untyped-def]
    out = np.empty(relief.shape, np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            dH = np.float64(relief[i, j])
            # Not left to min: of NaN and a number it may give either.
            out[i, j] = roughness_of_ridges(ridge_roughness(dH, width[i, j] + height[i, j])) if dH >= 0.0 else np.nan
    return out


@numba.njit(cache=True, nogil=True)
def _vegetation_factor(coefficient, cover):  # type: ignore[no-untyped-def]
    out = np.empty(cover.shape, np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.exp(-coefficient[i, j] * np.float32(100) * cover[i, j])
    return out


@numba.njit(cache=True, nogil=True)
def _soil_loss(weather, erodible, crust, roughness, vegetation, land, distance, guarded):  # type: ignore[no-untyped-def]
    out = np.empty(weather.shape, np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            F = np.float64(weather[i, j]) * erodible[i, j] * crust[i, j] * roughness[i, j]
            if vegetation is not None:
                F *= vegetation[i, j]
            if land is not None:
                if land[i, j] == 0:
                    F = 0.0
                elif land[i, j] < 0:
                    F = np.nan
            if F - F != 0.0:
                out[i, j] = np.nan
            else:
                out[i, j] = TONNES_A_HECTARE * (greatest_loss(F, distance) if guarded else loss_at(F, distance))
    return out
