"""Salinisation: how sensitive the land is to it (paper 2.2, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.fragility.legends import sensitivity_legend
from shanshui.science.grading import scores, sensitivity_grades
from shanshui.science.lookup import values_of_codes

_TEXTURES = Path(__file__).with_name("salinisation_texture.csv")
# Where no rain falls the ratio has no bound; all from 15 on scores alike.
_LARGEST_RATIO = np.float32(1000)


@step(gives="evaporation_ratio", method="potential_evapotranspiration")
def ratio_of_evapotranspiration(
    potential_evapotranspiration: NDArray[np.float32], precipitation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Evaporation over precipitation, of what the air could take.

    Parameters
    ----------
    potential_evapotranspiration : float32 ndarray (rows, columns)
        Of the year [mm].
    precipitation : float32 ndarray (rows, columns)
        Rain and snow of the year [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        I [1], at most 1000.

    Notes
    -----
    The guide says evaporation, which pans overstate beside a short grass: a layer of measured evaporation over
    precipitation comes first where a study brings one.

    Examples
    --------
    >>> even = np.array([[800.0, 800.0, 800.0]], np.float32)
    >>> ratio_of_evapotranspiration(even, np.array([[400.0, 0.0, np.nan]], np.float32)).tolist()
    [[2.0, 1000.0, nan]]
    """
    return _ratio(potential_evapotranspiration, precipitation)


@step(gives="evaporation_ratio", method="aridity_index")
def ratio_of_aridity(aridity_index: NDArray[np.float32]) -> NDArray[np.float32]:
    """Evaporation over precipitation, from the aridity index.

    Parameters
    ----------
    aridity_index : float32 ndarray (rows, columns)
        Precipitation over potential evapotranspiration [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        I [1], its inverse, at most 1000.

    Examples
    --------
    >>> ratio_of_aridity(np.array([[0.5, 0.0, np.nan]], np.float32)).tolist()
    [[2.0, 1000.0, nan]]
    """
    return _ratio(np.ones_like(aridity_index), aridity_index)


@step
def salinisation_texture_scores() -> pd.DataFrame:
    """How readily each soil texture turns saline, in the scores of the guide of 2017.

    Returns
    -------
    DataFrame
        One row a texture: code, texture, score (1, 3, 5), source, status.

    Notes
    -----
    Sand and clay 1, clay loam and loam 3, sandy loam 5, as implemented in a public program of 2019; what it does not
    name is our own reading and is marked so.
    """
    return pd.read_csv(_TEXTURES)


@step
def salinisation(
    evaporation_ratio: NDArray[np.float32],
    groundwater_mineralisation: NDArray[np.float32],
    groundwater_depth: NDArray[np.float32],
    soil_texture: NDArray[np.int32],
    salinisation_texture_scores: pd.DataFrame,
    *,
    sensitive_evaporation_ratio: float,
    extreme_evaporation_ratio: float,
    sensitive_mineralisation: float,
    extreme_mineralisation: float,
    sensitive_groundwater_depth: float,
    extreme_groundwater_depth: float,
) -> NDArray[np.float32]:
    """Sensitivity to salinisation by the guide of 2017.

    Parameters
    ----------
    evaporation_ratio : float32 ndarray (rows, columns)
        I, evaporation over precipitation [1].
    groundwater_mineralisation : float32 ndarray (rows, columns)
        M, salts dissolved in the groundwater [g/L].
    groundwater_depth : float32 ndarray (rows, columns)
        D, of the groundwater below the surface [m].
    soil_texture : int32 ndarray (rows, columns)
        Texture, 1 sand to 12 clay; -1 where there is no data.
    salinisation_texture_scores : DataFrame
        Scores of the textures, K.
    sensitive_evaporation_ratio, extreme_evaporation_ratio : float
        Ratio above which it is sensitive, from which it is extremely so [1].
    sensitive_mineralisation, extreme_mineralisation : float
        Mineralisation above which it is sensitive, from which it is extremely so [g/L].
    sensitive_groundwater_depth, extreme_groundwater_depth : float
        Depth below which (nearer the surface) it is sensitive, up to which it is extremely so [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        Y, 1 to 5.

    Notes
    -----
    Y = (I M D K)^(1/4), each as its score 1, 3 or 5 (guide of 2017 for the red line, as implemented in a public program
    of 2019). Of the five levels of 2003 only those of mineralisation and depth were found (ChinaXiv-201809.00030, with
    a gap from 15 to 25 g/L), so there is no method for them.
    """
    table = salinisation_texture_scores
    product = values_of_codes(soil_texture, table["code"].to_numpy(), table["score"].to_numpy())
    product = product * scores(evaporation_ratio, sensitive_evaporation_ratio, extreme_evaporation_ratio)
    product *= scores(groundwater_mineralisation, sensitive_mineralisation, extreme_mineralisation)
    product *= scores(groundwater_depth, sensitive_groundwater_depth, extreme_groundwater_depth, falling=True)
    return np.sqrt(np.sqrt(product))


@step
def salinisation_class(
    salinisation: NDArray[np.float32], *, sensitive_index: float, extreme_index: float
) -> NDArray[np.int32]:
    """Sensitivity to salinisation in three grades.

    Parameters
    ----------
    salinisation : float32 ndarray (rows, columns)
        Y, 1 to 5.
    sensitive_index, extreme_index : float
        Index above which land is sensitive, extremely sensitive.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 sensitive, 3 extremely sensitive; -1 no data.

    Notes
    -----
    Guide of 2017 for the red line: up to 2, 2 to 4, above 4; a public program of 2019 cuts at 2.33 and 3.66 elsewhere,
    and here at 1, 3, 5, 6 and 7, of which scores up to 5 cannot reach the last.
    """
    return sensitivity_grades(salinisation, sensitive_index, extreme_index)


@step
def salinisation_class_legend() -> pd.DataFrame:
    """Legend of the sensitivity to salinisation.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return sensitivity_legend()


def _ratio(above: NDArray[np.float32], below: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divide; the largest ratio where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.minimum(above / below, _LARGEST_RATIO)
    return np.where((below == 0) & np.isfinite(above), _LARGEST_RATIO, found).astype(np.float32)
