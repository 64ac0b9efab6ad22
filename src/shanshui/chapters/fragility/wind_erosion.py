"""Wind erosion: how much, how intense, and how fragile the land is (paper 2.2, 3.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science import wind_erosion as kernels
from shanshui.science.grading import grades, sensitivity_grades
from shanshui.science.lookup import values_of_codes

# 1 t/ha is 100 t/km2.
_TONNES_A_KM2 = 100.0
_LEGEND = ["code", "name", "name_zh", "colour"]


@step
def wind_erosion(
    weather_factor: NDArray[np.float32],
    erodible_fraction: NDArray[np.float32],
    soil_crust_factor: NDArray[np.float32],
    soil_roughness_factor: NDArray[np.float32],
    vegetation_factor: NDArray[np.float32],
    wind_erodible_land: NDArray[np.int32] | None = None,
    *,
    wind_erosion_distance: float,
    wind_erosion_guard: float,
) -> NDArray[np.float32]:
    """Soil that wind takes in a year.

    Parameters
    ----------
    weather_factor : float32 ndarray (rows, columns)
        WF [kg/m].
    erodible_fraction, soil_crust_factor, soil_roughness_factor, vegetation_factor : float32 ndarray (rows, columns)
        EF, SCF, K' and C [1].
    wind_erodible_land : int32 ndarray (rows, columns), optional
        1 where wind reaches soil; 0 gives 0, whatever the factors. Without it all land counts.
    wind_erosion_distance : float
        Distance downwind [m].
    wind_erosion_guard : float
        1: the greatest loss up to the distance; 0: the loss at the distance, as the standard prints it.

    Returns
    -------
    float32 ndarray (rows, columns)
        Loss [t/ha/a].

    Notes
    -----
    SL = 2 x/s^2 Qmax exp(-(x/s)^2), Qmax = 109.8 F, s = 150.71 F^-0.3711, F = WF EF SCF K' C (HJ 1173-2021, annex A),
    in kg/m2, times 10 for t/ha. The greatest of all x up to the distance is taken, as the printed SL at a fixed
    distance falls where F is great; so more cover never gives more erosion.
    """
    return kernels.soil_loss(
        weather_factor,
        erodible_fraction,
        soil_crust_factor,
        soil_roughness_factor,
        vegetation_factor,
        wind_erodible_land,
        wind_erosion_distance,
        wind_erosion_guard >= 0.5,
    )


@step
def wind_erosion_intensity(
    wind_erosion: NDArray[np.float32],
    *,
    light_wind_erosion: float,
    moderate_wind_erosion: float,
    intense_wind_erosion: float,
    very_intense_wind_erosion: float,
    extreme_wind_erosion: float,
) -> NDArray[np.int32]:
    """Intensity of wind erosion.

    Parameters
    ----------
    wind_erosion : float32 ndarray (rows, columns)
        Loss [t/ha/a].
    light_wind_erosion, moderate_wind_erosion, intense_wind_erosion : float
        Loss from which it is light, moderate, intense [t/km2/a].
    very_intense_wind_erosion, extreme_wind_erosion : float
        Loss from which it is very intense, extreme [t/km2/a].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 micro, 2 light, 3 moderate, 4 intense, 5 very intense, 6 extreme, -1 no data.

    Notes
    -----
    Classes of SL 190-2007, in t/km2: 1 t/ha is 100 t/km2.
    """
    breaks = [
        light_wind_erosion,
        moderate_wind_erosion,
        intense_wind_erosion,
        very_intense_wind_erosion,
        extreme_wind_erosion,
    ]
    return grades(wind_erosion, [bound / _TONNES_A_KM2 for bound in breaks], at=True)


@step
def wind_erosion_intensity_legend() -> pd.DataFrame:
    """Legend of the intensity of wind erosion.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (1, "micro", "微度", "#fff7bc"),
        (2, "light", "轻度", "#fee391"),
        (3, "moderate", "中度", "#fec44f"),
        (4, "intense", "强烈", "#ec7014"),
        (5, "very intense", "极强烈", "#993404"),
        (6, "extreme", "剧烈", "#4d1a02"),
    ]
    return pd.DataFrame(rows, columns=_LEGEND)


@step(gives="wind_erosion_class", method="double_evaluation_2020")
def wind_erosion_class_by_intensity(wind_erosion_intensity: NDArray[np.int32]) -> NDArray[np.int32]:
    """Fragility by the intensity of wind erosion.

    Parameters
    ----------
    wind_erosion_intensity : int32 ndarray (rows, columns)
        1 micro to 6 extreme.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 fragile (moderate, intense), 3 extremely fragile (very intense, extreme), -1 no data.

    Notes
    -----
    Guideline of 2020 for the double evaluation (its text was not obtained; to be checked).

    Examples
    --------
    >>> wind_erosion_class_by_intensity(np.array([[1, 2, 3, 4, 5, 6, -1]], np.int32)).tolist()
    [[1, 1, 2, 2, 3, 3, -1]]
    """
    return _grades(wind_erosion_intensity, {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3})


@step(gives="wind_erosion_class", method="hj1174_2021")
def wind_erosion_class_by_desertification(desertification: NDArray[np.int32]) -> NDArray[np.int32]:
    """Fragility by the degree of desertification.

    Parameters
    ----------
    desertification : int32 ndarray (rows, columns)
        0 other land, 1 light to 4 extreme.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general (light, other land), 2 fragile (moderate), 3 extremely fragile (severe, extreme), -1 no data.

    Notes
    -----
    Degrees of HJ 1174-2021; which of them is how fragile is our own choice.

    Examples
    --------
    >>> wind_erosion_class_by_desertification(np.array([[0, 1, 2, 3, 4, -1]], np.int32)).tolist()
    [[1, 1, 2, 3, 3, -1]]
    """
    return _grades(desertification, {0: 1, 1: 1, 2: 2, 3: 3, 4: 3})


@step(gives="wind_erosion_class", method="guide_2017")
def wind_erosion_class_by_sensitivity(
    desertification_sensitivity: NDArray[np.float32],
    *,
    sensitive_desertification: float,
    extreme_desertification: float,
) -> NDArray[np.int32]:
    """Sensitivity to desertification in three grades.

    Parameters
    ----------
    desertification_sensitivity : float32 ndarray (rows, columns)
        D, 1 to 5.
    sensitive_desertification, extreme_desertification : float
        D above which land is sensitive, extremely sensitive.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 sensitive, 3 extremely sensitive, -1 no data.

    Notes
    -----
    Guide of 2017 for the red line: up to 2, 2 to 4, above 4; a public program of 2019 cuts at 2.33 and 3.66.

    Examples
    --------
    >>> found = np.array([[1.0, 2.0, 2.1, 4.0, 4.1, np.nan]], np.float32)
    >>> wind_erosion_class_by_sensitivity(found, sensitive_desertification=2.0, extreme_desertification=4.0).tolist()
    [[1, 1, 2, 2, 3, -1]]
    """
    return sensitivity_grades(desertification_sensitivity, sensitive_desertification, extreme_desertification)


@step
def wind_erosion_class_legend() -> pd.DataFrame:
    """Legend of the fragility to wind erosion.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (1, "general", "一般", "#fee391"),
        (2, "fragile", "脆弱", "#ec7014"),
        (3, "extremely fragile", "极脆弱", "#662506"),
    ]
    return pd.DataFrame(rows, columns=_LEGEND)


def _grades(codes: NDArray[np.int32], grades: dict[int, int]) -> NDArray[np.int32]:
    """Give the grade of each code; -1 for codes without one."""
    found = values_of_codes(codes, list(grades), list(grades.values()))
    return np.where(np.isfinite(found), found, -1).astype(np.int32)
