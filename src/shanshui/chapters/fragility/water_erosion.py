"""Erosion by water, its intensity, and how sensitive the land is to it (paper 2.2, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.grading import grades, scores
from shanshui.science.lookup import values_of_codes

# 1 t/ha in t/km2.
HECTARES = np.float32(100)
INTENSITIES = (
    (1, "micro", "微度", "#ffffd4"),
    (2, "light", "轻度", "#fee391"),
    (3, "moderate", "中度", "#fec44f"),
    (4, "intense", "强烈", "#fe9929"),
    (5, "very intense", "极强烈", "#d95f0e"),
    (6, "extreme", "剧烈", "#993404"),
)
GRADES = (
    (1, "general", "一般敏感（一般）", "#fff7bc"),
    (2, "sensitive", "敏感（脆弱）", "#fec44f"),
    (3, "extremely sensitive", "极敏感（极脆弱）", "#993404"),
)


@step(gives="water_erosion", method="hj1173_2021")
def erosion_of_hj1173(
    potential_water_erosion: NDArray[np.float32], cover_management: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Erosion by water under the cover that there is.

    Parameters
    ----------
    potential_water_erosion : float32 ndarray (rows, columns)
        R K LS [t/ha/year].
    cover_management : float32 ndarray (rows, columns)
        C [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        R K LS C [t/ha/year].

    Notes
    -----
    HJ 1173-2021, annex A, which has no support practice factor.
    """
    return potential_water_erosion * cover_management


@step(gives="water_erosion", method="rusle")
def erosion_of_rusle(
    potential_water_erosion: NDArray[np.float32],
    cover_management: NDArray[np.float32],
    support_practice: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Erosion by water under the cover and works that there are.

    Parameters
    ----------
    potential_water_erosion : float32 ndarray (rows, columns)
        R K LS [t/ha/year].
    cover_management, support_practice : float32 ndarray (rows, columns)
        C and P [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        R K LS C P [t/ha/year].

    Notes
    -----
    Renard et al. (1997), Agriculture Handbook 703.
    """
    return potential_water_erosion * cover_management * support_practice


@step
def water_erosion_intensity(
    water_erosion: NDArray[np.float32],
    *,
    tolerable_soil_loss: float,
    water_erosion_moderate: float,
    water_erosion_intense: float,
    water_erosion_very_intense: float,
    water_erosion_extreme: float,
) -> NDArray[np.int32]:
    """Grade of the intensity of water erosion.

    Parameters
    ----------
    water_erosion : float32 ndarray (rows, columns)
        Soil lost [t/ha/year].
    tolerable_soil_loss : float
        Below it erosion is micro; differs between regions [t/km2/year].
    water_erosion_moderate, water_erosion_intense, water_erosion_very_intense, water_erosion_extreme : float
        From these on the next grade holds [t/km2/year].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 micro, 2 light, 3 moderate, 4 intense, 5 very intense, 6 extreme; -1 no data.

    Notes
    -----
    HJ 1174-2021, with the values of SL 190-2007: 200, 500 or 1000 by region, 2500, 5000, 8000, 15000 t/km2/year.
    """
    bounds = [tolerable_soil_loss, water_erosion_moderate, water_erosion_intense]
    bounds += [water_erosion_very_intense, water_erosion_extreme]
    return grades(HECTARES * water_erosion, bounds, at=True)


@step
def water_erosion_intensity_legend() -> pd.DataFrame:
    """Legend of the intensity of water erosion.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return _legend(INTENSITIES)


@step(gives="water_erosion_class", method="double_evaluation_2020")
def class_by_intensity(water_erosion_intensity: NDArray[np.int32]) -> NDArray[np.int32]:
    """Sensitivity to water erosion by its intensity.

    Parameters
    ----------
    water_erosion_intensity : int32 ndarray (rows, columns)
        1 micro to 6 extreme; -1 no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        3 where erosion is very intense or extreme, 2 where moderate or intense, 1 below; -1 no data.

    Notes
    -----
    Guide for evaluating resource and environmental carrying capacity and territorial suitability (trial, 2020), as
    quoted; its text was not read.

    Examples
    --------
    >>> class_by_intensity(np.array([[-1, 1, 2, 3, 4, 5, 6]], np.int32)).tolist()
    [[-1, 1, 1, 2, 2, 3, 3]]
    """
    grade = 1 + (water_erosion_intensity >= 3) + (water_erosion_intensity >= 5)
    return np.where(water_erosion_intensity > 0, grade, -1).astype(np.int32)


@step
def water_erosion_texture_scores() -> pd.DataFrame:
    """How readily each soil texture erodes, in the scores of the guide of 2017.

    Returns
    -------
    DataFrame
        A row for each texture class, with source and status, and what another source says where they disagree.
    """
    return pd.read_csv(Path(__file__).with_name("water_erosion_texture.csv"))


@step(gives="water_erosion_class", method="guide_2017")
def class_by_scores(
    rainfall_erosivity: NDArray[np.float32],
    soil_texture: NDArray[np.int32],
    relief_amplitude: NDArray[np.float32],
    vegetation_cover: NDArray[np.float32],
    water_erosion_texture_scores: pd.DataFrame,
    *,
    sensitive_rainfall_erosivity: float,
    extreme_rainfall_erosivity: float,
    sensitive_relief_amplitude: float,
    extreme_relief_amplitude: float,
    water_erosion_dense_cover: float,
    water_erosion_sparse_cover: float,
    water_erosion_sensitive_score: float,
    water_erosion_extreme_score: float,
) -> NDArray[np.int32]:
    """Sensitivity to water erosion by the scores of rain, soil, relief and cover.

    Parameters
    ----------
    rainfall_erosivity : float32 ndarray (rows, columns)
        R [MJ*mm/ha/h/year].
    soil_texture : int32 ndarray (rows, columns)
        Texture class, 1 sand to 12 clay; -1 no data.
    relief_amplitude : float32 ndarray (rows, columns)
        Highest less lowest elevation around [m].
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground under vegetation [1].
    water_erosion_texture_scores : DataFrame
        Score of each texture.
    sensitive_rainfall_erosivity, extreme_rainfall_erosivity : float
        From the first on R scores 3, above the second 5 [MJ*mm/ha/h/year].
    sensitive_relief_amplitude, extreme_relief_amplitude : float
        Above the first relief scores 3, above the second 5 [m].
    water_erosion_dense_cover, water_erosion_sparse_cover : float
        Below the first cover scores 3, up to the second 5 [1].
    water_erosion_sensitive_score, water_erosion_extreme_score : float
        From the first mean score on land is sensitive, above the second extremely so [1].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 sensitive, 3 extremely sensitive; -1 no data.

    Notes
    -----
    Guide for delineating ecological red lines (2017): SS = (R K LS C) ** (1/4) of scores 1, 3 and 5. The bounds and
    scores are those of public code and of common use: see the parameters.
    """
    soil = values_of_codes(
        soil_texture,
        water_erosion_texture_scores["code"].to_numpy(np.int64),
        water_erosion_texture_scores["score"].to_numpy(np.float64),
    )
    product = soil * scores(rainfall_erosivity, sensitive_rainfall_erosivity, extreme_rainfall_erosivity, (True, False))
    product *= scores(relief_amplitude, sensitive_relief_amplitude, extreme_relief_amplitude, at=False)
    product *= scores(vegetation_cover, water_erosion_dense_cover, water_erosion_sparse_cover, falling=True)
    bounds = (water_erosion_sensitive_score, water_erosion_extreme_score)
    return grades(np.sqrt(np.sqrt(product)), bounds, (True, False))


@step
def water_erosion_class_legend() -> pd.DataFrame:
    """Legend of the sensitivity to water erosion.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return _legend(GRADES)


def _legend(rows: tuple[tuple[int, str, str, str], ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])
