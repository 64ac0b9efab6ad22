"""Importance of services by their indices of productivity, where the service itself is not known (paper 2.2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.pattern.importance import graded


@step(gives="water_conservation_importance", method="npp_index")
def water_conservation_importance_by_index(
    water_conservation_index: NDArray[np.float32], water_conservation_index_importance_breaks: pd.DataFrame
) -> NDArray[np.int32]:
    """Importance of water conservation by the index of productivity.

    Parameters
    ----------
    water_conservation_index : float32 ndarray (rows, columns)
        0 to 1.
    water_conservation_index_importance_breaks : DataFrame
        From which value on a cell has which class.

    Returns
    -------
    int32 ndarray (rows, columns)
        As by the service itself.
    """
    return graded(water_conservation_index, water_conservation_index_importance_breaks)


@step(gives="soil_retention_importance", method="npp_index")
def soil_retention_importance_by_index(
    soil_retention_index: NDArray[np.float32], soil_retention_index_importance_breaks: pd.DataFrame
) -> NDArray[np.int32]:
    """Importance of soil retention by the index of productivity.

    Parameters
    ----------
    soil_retention_index : float32 ndarray (rows, columns)
        0 to 1.
    soil_retention_index_importance_breaks : DataFrame
        From which value on a cell has which class.

    Returns
    -------
    int32 ndarray (rows, columns)
        As by the service itself.
    """
    return graded(soil_retention_index, soil_retention_index_importance_breaks)


@step(gives="sand_fixation_importance", method="npp_index")
def sand_fixation_importance_by_index(
    sand_fixation_index: NDArray[np.float32], sand_fixation_index_importance_breaks: pd.DataFrame
) -> NDArray[np.int32]:
    """Importance of sand fixation by the index of productivity.

    Parameters
    ----------
    sand_fixation_index : float32 ndarray (rows, columns)
        0 to 1.
    sand_fixation_index_importance_breaks : DataFrame
        From which value on a cell has which class.

    Returns
    -------
    int32 ndarray (rows, columns)
        As by the service itself.
    """
    return graded(sand_fixation_index, sand_fixation_index_importance_breaks)
