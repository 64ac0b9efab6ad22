"""Desertification: how far it has gone, and how sensitive the land is to it (paper 2.2, 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science import wind_weather
from shanshui.science.grading import grades, scores
from shanshui.science.lookup import values_of_codes

_TEXTURES = Path(__file__).with_name("texture_sensitivity.csv")
# Breaks in percent are brought to shares, so that a cover of 0.3 lies at 30 percent to the bit.
_PERCENT = 100.0
# Groups of ecosystems that can become desert: shrub, grassland, desert and bare land.
_DESERTIFYING = (2, 3, 7)


@step
def desertification(
    ecosystem: NDArray[np.int32],
    vegetation_cover: NDArray[np.float32],
    *,
    light_desertification_cover: float,
    moderate_desertification_cover: float,
    severe_desertification_cover: float,
) -> NDArray[np.int32]:
    """Degree of desertification by vegetation cover.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.
    light_desertification_cover, moderate_desertification_cover, severe_desertification_cover : float
        Cover above which it is light; from which it is moderate, severe [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        0 other land, 1 light, 2 moderate, 3 severe, 4 extreme, -1 no data.

    Notes
    -----
    HJ 1174-2021: cover above 50 % is light, 30 to 50 moderate, 10 to 30 severe, below 10 extreme; the share of
    wind-eroded or gobi land, its other sign of severe, is not used. It is told of land that can become desert: shrub,
    grassland, desert and bare land; not of forest, wetland, cropland, built land, ice and water. The standard grades
    sandy land alone, by the national bulletin, and all else as none: in a wet region read light as none.
    """
    breaks = (light_desertification_cover, moderate_desertification_cover, severe_desertification_cover)
    degree = grades(vegetation_cover, [cover / _PERCENT for cover in breaks], at=(True, False, False), falling=True)
    degree = np.where(np.isin(ecosystem // 10, _DESERTIFYING), degree, 0)
    return np.where(ecosystem >= 0, degree, -1).astype(np.int32)


@step
def desertification_legend() -> pd.DataFrame:
    """Legend of the degrees of desertification.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (0, "other land", "非评价土地", "#e5e5e5"),
        (1, "light", "轻度", "#fee391"),
        (2, "moderate", "中度", "#fec44f"),
        (3, "severe", "重度", "#cc4c02"),
        (4, "extreme", "极重度", "#662506"),
    ]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def dryness_index(
    monthly_temperature: NDArray[np.float32], monthly_precipitation: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Index of dryness of the warm months.

    Parameters
    ----------
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature [degC].
    monthly_precipitation : float32 ndarray (12, rows, columns)
        Rain and snow [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        I [degC/mm], at most 1000 (no rain); 0 where no month is warm.

    Notes
    -----
    I = 0.16 sum T / sum P over the period of 10 degC and more (guide of 2017 for the red line, as implemented in a
    public program and in geogsci.com/CN/figure/309537). T are daily means: a month counts with its mean times its
    days, and wholly or not at all.
    """
    return wind_weather.dryness_index(monthly_temperature, monthly_precipitation)


@step
def sand_wind_days(
    daily_wind_speed: Iterable[NDArray[np.float32]],
    *,
    sand_wind_speed: float,
    sand_wind_season_start: float,
    sand_wind_season_end: float,
) -> NDArray[np.float32]:
    """Days of winter and spring with wind that moves sand.

    Parameters
    ----------
    daily_wind_speed : iterable of 24 float32 ndarray (days, rows, columns)
        Mean wind speed of each day as measured [m/s], half-month by half-month.
    sand_wind_speed : float
        Speed from which a day counts [m/s].
    sand_wind_season_start, sand_wind_season_end : float
        First and last month, 1 to 12; a season from December to May takes both ends of the calendar year.

    Returns
    -------
    float32 ndarray (rows, columns)
        Days; NaN where fewer than half of the days of a half-month of the season are known.

    Notes
    -----
    Days of 6 m/s and more in December and January to May (ChinaXiv-201811.00060, table 1). Unknown days count as the
    known ones of their half-month.
    """
    first, last = int(sand_wind_season_start), int(sand_wind_season_end)
    days: NDArray[np.float32] | None = None
    for half, speeds in enumerate(daily_wind_speed):
        month = half // 2 + 1
        if days is None:
            days = np.zeros(speeds.shape[1:], np.float32)
        if first <= month <= last or (first > last and not last < month < first):
            wind_weather.add_windy_days(days, speeds, sand_wind_speed)
    assert days is not None
    return days


@step
def texture_sensitivity_table() -> pd.DataFrame:
    """Scores of soil textures for desertification.

    Returns
    -------
    DataFrame
        One row a texture: code, score (1, 3, 5), source, status.

    Notes
    -----
    Guide of 2017 for the red line: rock and clay 1, gravel and loam 3, sand 5. Soil maps tell neither rock nor gravel.
    """
    return pd.read_csv(_TEXTURES)


@step
def desertification_sensitivity(
    dryness_index: NDArray[np.float32],
    sand_wind_days: NDArray[np.float32],
    soil_texture: NDArray[np.int32],
    vegetation_cover: NDArray[np.float32],
    texture_sensitivity_table: pd.DataFrame,
    *,
    sensitive_dryness: float,
    extreme_dryness: float,
    sensitive_wind_days: float,
    extreme_wind_days: float,
    sensitive_cover: float,
    extreme_cover: float,
) -> NDArray[np.float32]:
    """Sensitivity to desertification by the guide of 2017.

    Parameters
    ----------
    dryness_index : float32 ndarray (rows, columns)
        I [degC/mm].
    sand_wind_days : float32 ndarray (rows, columns)
        W, days with wind that moves sand.
    soil_texture : int32 ndarray (rows, columns)
        Texture, 1 sand to 12 clay; -1 where there is no data.
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.
    texture_sensitivity_table : DataFrame
        Scores of the textures.
    sensitive_dryness, extreme_dryness : float
        Dryness above which it is sensitive, from which it is extremely so.
    sensitive_wind_days, extreme_wind_days : float
        Days above which it is sensitive, from which it is extremely so.
    sensitive_cover, extreme_cover : float
        Cover below which it is sensitive, up to which it is extremely so [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        D, 1 to 5.

    Notes
    -----
    D = (I W K C)^(1/4), each as its **score** 1, 3 or 5, not as its value (guide of 2017 for the red line;
    geogsci.com/CN/figure/309537).
    """
    table = texture_sensitivity_table
    product = values_of_codes(soil_texture, table["code"].to_numpy(), table["score"].to_numpy())
    product = product * scores(dryness_index, sensitive_dryness, extreme_dryness)
    product *= scores(sand_wind_days, sensitive_wind_days, extreme_wind_days)
    product *= scores(vegetation_cover, sensitive_cover / _PERCENT, extreme_cover / _PERCENT, falling=True)
    return np.sqrt(np.sqrt(product))
