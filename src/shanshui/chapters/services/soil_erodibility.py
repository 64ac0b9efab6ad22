"""How easily soil erodes: factor K from the sizes of its grains and its carbon (paper 2.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.soil_erodibility import epic_erodibility, nomograph_erodibility


@step(gives="soil_erodibility", method="hj1173_2021")
def erodibility_of_china(
    sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    organic_carbon: NDArray[np.float32],
    *,
    soil_parts_tolerance: float,
) -> NDArray[np.float32]:
    """Erodibility of soil by EPIC, brought onto measurements in China.

    Parameters
    ----------
    sand_content, silt_content, clay_content : float32 ndarray (rows, columns)
        Parts of the soil by weight [percent].
    organic_carbon : float32 ndarray (rows, columns)
        By weight [percent].
    soil_parts_tolerance : float
        So far from 100 the sum of the parts may be; they are then brought to 100 [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        Erodibility [t*ha*h/ha/MJ/mm]; a value below 0 is 0; NaN where the parts do not sum to 100.

    Notes
    -----
    HJ 1173-2021, annex A: K = (-0.01383 + 0.51575 K_EPIC) 0.1317 (Zhang Keli et al. 2007).
    """
    parts = sand_content, silt_content, clay_content
    return epic_erodibility(*parts, organic_carbon, soil_parts_tolerance, offset=-0.01383, factor=0.51575)


@step(gives="soil_erodibility", method="epic")
def erodibility_of_epic(
    sand_content: NDArray[np.float32],
    silt_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    organic_carbon: NDArray[np.float32],
    *,
    soil_parts_tolerance: float,
) -> NDArray[np.float32]:
    """Erodibility of soil by EPIC as it is.

    Parameters
    ----------
    sand_content, silt_content, clay_content : float32 ndarray (rows, columns)
        Parts of the soil by weight [percent].
    organic_carbon : float32 ndarray (rows, columns)
        By weight [percent].
    soil_parts_tolerance : float
        So far from 100 the sum of the parts may be; they are then brought to 100 [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        Erodibility [t*ha*h/ha/MJ/mm]; NaN where the parts do not sum to 100.

    Notes
    -----
    K = 0.1317 K_EPIC (Williams 1990).
    """
    return epic_erodibility(sand_content, silt_content, clay_content, organic_carbon, soil_parts_tolerance)


@step(gives="soil_erodibility", method="nomograph")
def erodibility_of_nomograph(
    silt_content: NDArray[np.float32],
    very_fine_sand_content: NDArray[np.float32],
    clay_content: NDArray[np.float32],
    organic_matter: NDArray[np.float32],
    soil_structure: NDArray[np.int32],
    soil_permeability: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Erodibility of soil by the nomograph.

    Parameters
    ----------
    silt_content, very_fine_sand_content, clay_content : float32 ndarray (rows, columns)
        Parts of the soil by weight [percent].
    organic_matter : float32 ndarray (rows, columns)
        By weight [percent].
    soil_structure : int32 ndarray (rows, columns)
        1 very fine granular to 4 blocky, platy or massive; -1 no data.
    soil_permeability : int32 ndarray (rows, columns)
        1 rapid to 6 very slow; -1 no data.

    Returns
    -------
    float32 ndarray (rows, columns)
        Erodibility [t*ha*h/ha/MJ/mm]; a value below 0 is 0.

    Notes
    -----
    K = 0.1317 (2.1e-4 (12 - OM) M ** 1.14 + 3.25 (structure - 2) + 2.5 (permeability - 3)) / 100, with
    M = (silt + very fine sand) (100 - clay) (Wischmeier and Smith 1978, Agriculture Handbook 537).
    """
    parts = silt_content, very_fine_sand_content, clay_content
    return nomograph_erodibility(*parts, organic_matter, soil_structure, soil_permeability)
