"""Rocky desertification of karst: how sensitive the land is to it, and how far it has gone (paper 2.2, 3.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.fragility.legends import COLUMNS, degradation_legend, sensitivity_legend
from shanshui.science.grading import grades, scores, sensitivity_grades

# Breaks in percent are brought to shares, so that a share of 0.3 lies at 30 percent to the bit.
PERCENT = 100.0
LITHOLOGIES = (
    (0, "no carbonate rock", "非碳酸盐岩", "#e5e5e5"),
    (1, "buried carbonate", "埋藏型碳酸盐岩", "#ffffcc"),
    (2, "sub-impure carbonate", "次不纯碳酸盐岩", "#a1dab4"),
    (3, "impure carbonate", "不纯碳酸盐岩", "#41b6c4"),
    (4, "dolomite", "白云岩", "#2c7fb8"),
    (5, "limestone and dolomite", "灰岩与白云岩", "#253494"),
)


@step
def lithology_legend() -> pd.DataFrame:
    """Legend of the lithology of karst.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return pd.DataFrame(LITHOLOGIES, columns=COLUMNS)


@step
def rocky_desertification(
    carbonate_share: NDArray[np.float32],
    slope: NDArray[np.float32],
    vegetation_cover: NDArray[np.float32],
    *,
    sensitive_carbonate: float,
    extreme_carbonate: float,
    sensitive_karst_slope: float,
    extreme_karst_slope: float,
    sensitive_karst_cover: float,
    extreme_karst_cover: float,
) -> NDArray[np.float32]:
    """Sensitivity to rocky desertification by the guide of 2017.

    Parameters
    ----------
    carbonate_share : float32 ndarray (rows, columns)
        D, share of the ground where carbonate rock crops out, 0 to 1.
    slope : float32 ndarray (rows, columns)
        P [degree].
    vegetation_cover : float32 ndarray (rows, columns)
        C, share of the ground that is covered, 0 to 1.
    sensitive_carbonate, extreme_carbonate : float
        Share of carbonate above which it is sensitive, from which it is extremely so [percent].
    sensitive_karst_slope, extreme_karst_slope : float
        Slope above which it is sensitive, from which it is extremely so [degree].
    sensitive_karst_cover, extreme_karst_cover : float
        Cover below which it is sensitive, up to which it is extremely so [percent].

    Returns
    -------
    float32 ndarray (rows, columns)
        S, 1 to 5; 1 where there is no carbonate rock at all.

    Notes
    -----
    S = (D P C)^(1/3), each as its score 1, 3 or 5 (guide of 2017 for the red line, as implemented in a public program
    of 2019). That land without carbonate has 1, whatever its slope and cover, is our own reading: the guide speaks of
    karst.
    """
    product = scores(carbonate_share, sensitive_carbonate / PERCENT, extreme_carbonate / PERCENT)
    product *= scores(slope, sensitive_karst_slope, extreme_karst_slope)
    product *= scores(vegetation_cover, sensitive_karst_cover / PERCENT, extreme_karst_cover / PERCENT, falling=True)
    karst = (carbonate_share > 0) | np.isnan(product)
    return np.where(karst, np.cbrt(product), np.float32(1)).astype(np.float32)


@step(gives="rocky_desertification_grade", method="hj1174_2021")
def rocky_desertification_grade_by_mean(
    slope: NDArray[np.float32],
    vegetation_cover: NDArray[np.float32],
    lithology: NDArray[np.int32],
    *,
    light_karst_slope: float,
    moderate_karst_slope: float,
    severe_karst_slope: float,
    extremely_degraded_karst_slope: float,
    light_karst_cover: float,
    moderate_karst_cover: float,
    severe_karst_cover: float,
    extremely_degraded_karst_cover: float,
) -> NDArray[np.int32]:
    """Grade of rocky desertification: the mean of the grades of slope, cover and rock.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.
    lithology : int32 ndarray (rows, columns)
        0 no carbonate, 1 buried to 5 limestone and dolomite; -1 no data.
    light_karst_slope, moderate_karst_slope, severe_karst_slope, extremely_degraded_karst_slope : float
        Slope from which it is light, above which it is moderate, severe, extreme [degree].
    light_karst_cover, moderate_karst_cover, severe_karst_cover, extremely_degraded_karst_cover : float
        Cover up to which it is light, below which it is moderate, severe, extreme [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 none, 2 light, 3 moderate, 4 severe, 5 extreme; -1 no data. 1 where there is no carbonate.

    Notes
    -----
    HJ 1174-2021, annex A.3, table A.3. The standard grades by "the features of slope, cover and rock together" and does
    not say how they are put together: the mean of the three grades, rounded (thirds never tie), is our own choice, in
    which all three count alike. Where two rows of the table share an edge, it has the milder grade, as in the
    standard's own trophic state.
    """
    slope_breaks = (light_karst_slope, moderate_karst_slope, severe_karst_slope, extremely_degraded_karst_slope)
    cover_breaks = (light_karst_cover, moderate_karst_cover, severe_karst_cover, extremely_degraded_karst_cover)
    parts = _grades_of_parts(slope, vegetation_cover, lithology, slope_breaks, cover_breaks)
    # (a + b + c) / 3, rounded, in whole numbers.
    return _graded_karst((2 * (parts[0] + parts[1] + parts[2]) + 3) // 6, parts, lithology)


@step(gives="rocky_desertification_grade", method="hj1174_2021_all_reach")
def rocky_desertification_grade_by_least(
    slope: NDArray[np.float32],
    vegetation_cover: NDArray[np.float32],
    lithology: NDArray[np.int32],
    *,
    light_karst_slope: float,
    moderate_karst_slope: float,
    severe_karst_slope: float,
    extremely_degraded_karst_slope: float,
    light_karst_cover: float,
    moderate_karst_cover: float,
    severe_karst_cover: float,
    extremely_degraded_karst_cover: float,
) -> NDArray[np.int32]:
    """Grade of rocky desertification: the one that slope, cover and rock all reach.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.
    lithology : int32 ndarray (rows, columns)
        0 no carbonate, 1 buried to 5 limestone and dolomite; -1 no data.
    light_karst_slope, moderate_karst_slope, severe_karst_slope, extremely_degraded_karst_slope : float
        Slope from which it is light, above which it is moderate, severe, extreme [degree].
    light_karst_cover, moderate_karst_cover, severe_karst_cover, extremely_degraded_karst_cover : float
        Cover up to which it is light, below which it is moderate, severe, extreme [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 none, 2 light, 3 moderate, 4 severe, 5 extreme; -1 no data. 1 where there is no carbonate.

    Notes
    -----
    HJ 1174-2021, annex A.3, table A.3, read so that a grade needs all three of its features: never above the grade by
    the mean. Level bare limestone then has none.
    """
    slope_breaks = (light_karst_slope, moderate_karst_slope, severe_karst_slope, extremely_degraded_karst_slope)
    cover_breaks = (light_karst_cover, moderate_karst_cover, severe_karst_cover, extremely_degraded_karst_cover)
    parts = _grades_of_parts(slope, vegetation_cover, lithology, slope_breaks, cover_breaks)
    return _graded_karst(np.minimum(np.minimum(parts[0], parts[1]), parts[2]), parts, lithology)


@step
def rocky_desertification_grade_legend() -> pd.DataFrame:
    """Legend of the grades of rocky desertification.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return degradation_legend("none", "无石漠化")


@step(gives="rocky_desertification_class", method="double_evaluation_2020")
def rocky_desertification_class_by_grade(rocky_desertification_grade: NDArray[np.int32]) -> NDArray[np.int32]:
    """Fragility by the grade of rocky desertification.

    Parameters
    ----------
    rocky_desertification_grade : int32 ndarray (rows, columns)
        1 none to 5 extreme.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general (none, light), 2 fragile (moderate), 3 extremely fragile (severe, extreme); -1 no data.

    Notes
    -----
    Guide for evaluating resource and environmental carrying capacity and territorial suitability (trial, 2020), as
    remembered; its text was not read.

    Examples
    --------
    >>> rocky_desertification_class_by_grade(np.array([[1, 2, 3, 4, 5, -1]], np.int32)).tolist()
    [[1, 1, 2, 3, 3, -1]]
    """
    grade = 1 + (rocky_desertification_grade >= 3) + (rocky_desertification_grade >= 4)
    return np.where(rocky_desertification_grade > 0, grade, -1).astype(np.int32)


@step(gives="rocky_desertification_class", method="guide_2017")
def rocky_desertification_class_by_scores(
    rocky_desertification: NDArray[np.float32], *, sensitive_index: float, extreme_index: float
) -> NDArray[np.int32]:
    """Sensitivity to rocky desertification in three grades.

    Parameters
    ----------
    rocky_desertification : float32 ndarray (rows, columns)
        S, 1 to 5.
    sensitive_index, extreme_index : float
        Index above which land is sensitive, extremely sensitive.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 sensitive, 3 extremely sensitive; -1 no data.

    Notes
    -----
    Guide of 2017 for the red line: up to 2, 2 to 4, above 4; a public program of 2019 cuts at 2.33 and 3.66.
    """
    return sensitivity_grades(rocky_desertification, sensitive_index, extreme_index)


@step
def rocky_desertification_class_legend() -> pd.DataFrame:
    """Legend of the sensitivity to rocky desertification.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return sensitivity_legend()


def _grades_of_parts(
    slope: NDArray[np.float32],
    vegetation_cover: NDArray[np.float32],
    lithology: NDArray[np.int32],
    slope_breaks: tuple[float, ...],
    cover_breaks: tuple[float, ...],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Grade slope, cover and rock; the first break itself has the second grade, the others the milder one."""
    at = (True, False, False, False)
    # Codes of the rock are its grades; 0, no carbonate, has the first.
    known = (lithology >= 0) & (lithology < len(LITHOLOGIES))
    return (
        grades(slope, slope_breaks, at),
        grades(vegetation_cover, [cover / PERCENT for cover in cover_breaks], at, falling=True),
        np.where(known, np.maximum(lithology, 1), -1).astype(np.int32),
    )


def _graded_karst(
    found: NDArray[np.int32],
    parts: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    lithology: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Give 1 where there is no carbonate, -1 where anything is unknown."""
    known = (parts[0] > 0) & (parts[1] > 0) & (parts[2] > 0)
    return np.where(known, np.where(lithology == 0, 1, found), -1).astype(np.int32)
