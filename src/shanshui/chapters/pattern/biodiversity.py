"""Importance for biodiversity: threatened species, habitats, or productivity (paper 2.2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.pattern.importance import COLUMNS, graded


@step(gives="biodiversity_importance", method="species_and_habitat")
def biodiversity_importance_of_species_and_habitat(
    threatened_species_richness_importance: NDArray[np.int32] | None = None,
    habitat_quality_importance: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """Importance for biodiversity: the greater of those for threatened species and by habitat quality.

    Parameters
    ----------
    threatened_species_richness_importance, habitat_quality_importance : int32 ndarray (rows, columns), optional
        Importance of each; -1 no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        The greater of both; -1 where neither has data.

    Notes
    -----
    Guideline of 2020: priority ecosystems and habitats of endangered species; how they are told is our own choice.

    Examples
    --------
    >>> species, habitat = np.array([[3, 1, -1, -1]]), np.array([[2, 2, 1, -1]])
    >>> biodiversity_importance_of_species_and_habitat(species, habitat).tolist()
    [[3, 2, 1, -1]]
    """
    given = [each for each in (threatened_species_richness_importance, habitat_quality_importance) if each is not None]
    return np.maximum.reduce(given)


@step(gives="biodiversity_importance", method="species_richness")
def biodiversity_importance_of_all_species(species_richness_importance: NDArray[np.int32]) -> NDArray[np.int32]:
    """Importance for biodiversity by the number of species.

    Parameters
    ----------
    species_richness_importance : int32 ndarray (rows, columns)
        Importance by the number of species; -1 no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        The same.
    """
    return species_richness_importance


@step(gives="biodiversity_importance", method="npp_index")
def biodiversity_importance_by_index(
    biodiversity_npp_index: NDArray[np.float32], biodiversity_npp_index_importance_breaks: pd.DataFrame
) -> NDArray[np.int32]:
    """Importance for biodiversity by the index of productivity.

    Parameters
    ----------
    biodiversity_npp_index : float32 ndarray (rows, columns)
        0 to 1.
    biodiversity_npp_index_importance_breaks : DataFrame
        From which value on a cell has which class.

    Returns
    -------
    int32 ndarray (rows, columns)
        As that of a service.
    """
    return graded(biodiversity_npp_index, biodiversity_npp_index_importance_breaks)


@step
def biodiversity_importance_legend(importance_grades: pd.DataFrame) -> pd.DataFrame:
    """Legend of the importance for biodiversity.

    Parameters
    ----------
    importance_grades : DataFrame
        The classes.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return importance_grades[COLUMNS]
