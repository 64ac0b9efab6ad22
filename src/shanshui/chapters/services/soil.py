"""Soil that vegetation and practice keep in place (paper 2.1, 3.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step


@step
def potential_water_erosion(
    rainfall_erosivity: NDArray[np.float32],
    soil_erodibility: NDArray[np.float32],
    slope_length_steepness: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Erosion by water of bare ground without any works.

    Parameters
    ----------
    rainfall_erosivity : float32 ndarray (rows, columns)
        R [MJ*mm/ha/h/year].
    soil_erodibility : float32 ndarray (rows, columns)
        K [t*ha*h/ha/MJ/mm].
    slope_length_steepness : float32 ndarray (rows, columns)
        LS [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        R K LS [t/ha/year].

    Notes
    -----
    Revised universal soil loss equation (Renard et al. 1997, Agriculture Handbook 703); HJ 1173-2021, annex A.
    """
    return rainfall_erosivity * soil_erodibility * slope_length_steepness


@step(gives="soil_retention", method="hj1173_2021")
def retention_of_hj1173(
    potential_water_erosion: NDArray[np.float32], cover_management: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Soil that its cover keeps in place.

    Parameters
    ----------
    potential_water_erosion : float32 ndarray (rows, columns)
        R K LS [t/ha/year].
    cover_management : float32 ndarray (rows, columns)
        C [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        R K LS (1 - C) [t/ha/year].

    Notes
    -----
    HJ 1173-2021, annex A, which has no support practice factor.
    """
    return potential_water_erosion * (np.float32(1) - cover_management)


@step(gives="soil_retention", method="rusle")
def retention_of_rusle(
    potential_water_erosion: NDArray[np.float32],
    cover_management: NDArray[np.float32],
    support_practice: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Soil that its cover and works keep in place.

    Parameters
    ----------
    potential_water_erosion : float32 ndarray (rows, columns)
        R K LS [t/ha/year].
    cover_management, support_practice : float32 ndarray (rows, columns)
        C and P [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        R K LS (1 - C P) [t/ha/year].

    Notes
    -----
    Renard et al. (1997), Agriculture Handbook 703.
    """
    return potential_water_erosion * (np.float32(1) - cover_management * support_practice)
