"""Erosion of coasts: how sensitive they are to it (paper 2.2, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.fragility.legends import COLUMNS, sensitivity_legend
from shanshui.science.grading import scores, sensitivity_grades
from shanshui.science.lookup import values_of_codes

_TYPES = Path(__file__).with_name("coast_type_scores.csv")
COAST_TYPES = (
    (1, "artificial", "人工岸线", "#cc79a7"),
    (2, "bedrock", "基岩岸线", "#0072b2"),
    (3, "natural biogenic", "自然形态和生态功能岸线", "#009e73"),
    (4, "sandy", "砂质岸线", "#f0e442"),
    (5, "silt and mud", "淤泥质岸线", "#d55e00"),
)


@step
def coast_type_legend() -> pd.DataFrame:
    """Legend of the types of coast.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return pd.DataFrame(COAST_TYPES, columns=COLUMNS)


@step
def coast_type_scores() -> pd.DataFrame:
    """Score of each type of coast, and the breaks of its retreat.

    Returns
    -------
    DataFrame
        One row a type: code, score (1, 3, 5), retreat from which it is sensitive and extremely so [m/year], source,
        status.

    Notes
    -----
    Guide of 2017 for the red line, as implemented in a public program of 2019, which has breaks of the retreat for
    sandy coasts and for silt and mud only: bedrock and artificial coasts are taken as sandy, biogenic ones as silt and
    mud, where mangrove and marsh grow.
    """
    return pd.read_csv(_TYPES)


@step
def coastal_erosion(
    coast_type: NDArray[np.int32],
    storm_surge: NDArray[np.float32],
    wave_height: NDArray[np.float32],
    coast_retreat_rate: NDArray[np.float32],
    coast_type_scores: pd.DataFrame,
    *,
    sensitive_storm_surge: float,
    extreme_storm_surge: float,
    sensitive_wave_height: float,
    extreme_wave_height: float,
    coast_type_weight: float,
    storm_surge_weight: float,
    wave_height_weight: float,
) -> NDArray[np.float32]:
    """Sensitivity of coasts to erosion by the guide of 2017.

    Parameters
    ----------
    coast_type : int32 ndarray (rows, columns)
        1 artificial to 5 silt and mud; -1 off the coast.
    storm_surge : float32 ndarray (rows, columns)
        Highest storm surge [m].
    wave_height : float32 ndarray (rows, columns)
        Mean height of the waves [m].
    coast_retreat_rate : float32 ndarray (rows, columns)
        How fast the sea gains land; below 0 where the land grows [m/year].
    coast_type_scores : DataFrame
        Score and breaks of the retreat of each type.
    sensitive_storm_surge, extreme_storm_surge : float
        Surge from which it is sensitive, extremely so [m].
    sensitive_wave_height, extreme_wave_height : float
        Waves from which it is sensitive, extremely so [m].
    coast_type_weight, storm_surge_weight, wave_height_weight : float
        Weights; only their ratios count [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        1 to 5; NaN off the coast.

    Notes
    -----
    ((0.2 type + 0.4 surge + 0.4 waves) + retreat) / 2, each as its score 1, 3 or 5 (guide of 2017 for the red line, as
    implemented in a public program of 2019); the weighted sum is divided by the sum of the weights.
    """
    coast = coast_type >= 0
    # A row of the cells on the coast, which are few.
    kind = coast_type[coast][None]
    surge, waves, rate = (cells[coast][None] for cells in (storm_surge, wave_height, coast_retreat_rate))
    codes = coast_type_scores["code"].to_numpy()
    of_type, sensitive, extreme = (
        values_of_codes(kind, codes, coast_type_scores[column].to_numpy()).astype(np.float64)
        for column in ("score", "sensitive_retreat", "extreme_retreat")
    )
    retreat = np.where(np.isfinite(rate), 1 + 2 * ((rate >= sensitive) + (rate >= extreme).astype(np.float64)), np.nan)
    # In float64, so that sums which are whole numbers come out whole: the grades have breaks there.
    found = coast_type_weight * of_type
    found += storm_surge_weight * scores(surge, sensitive_storm_surge, extreme_storm_surge, at=True)
    found += wave_height_weight * scores(waves, sensitive_wave_height, extreme_wave_height, at=True)
    found /= coast_type_weight + storm_surge_weight + wave_height_weight
    eroded = np.full(coast_type.shape, np.nan, np.float32)
    eroded[coast] = ((found + retreat) / 2)[0]
    return eroded


@step
def coastal_erosion_class(
    coastal_erosion: NDArray[np.float32], *, sensitive_index: float, extreme_index: float
) -> NDArray[np.int32]:
    """Sensitivity of coasts to erosion in three grades.

    Parameters
    ----------
    coastal_erosion : float32 ndarray (rows, columns)
        1 to 5; NaN off the coast.
    sensitive_index, extreme_index : float
        Index above which a coast is sensitive, extremely sensitive.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 sensitive, 3 extremely sensitive; -1 off the coast.

    Notes
    -----
    Guide of 2017 for the red line: up to 2, 2 to 4, above 4; a public program of 2019 cuts at 2.33 and 3.66.
    """
    return sensitivity_grades(coastal_erosion, sensitive_index, extreme_index)


@step
def coastal_erosion_class_legend() -> pd.DataFrame:
    """Legend of the sensitivity of coasts to erosion.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return sensitivity_legend()
