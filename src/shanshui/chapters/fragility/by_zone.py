"""Fragility by zone: the area of each grade."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.tally import Tally, tally_classes
from shanshui.science.zone_tables import class_areas_by_zone

# Fragility has three grades, degradation five; class 0 stands for cells without data.
FRAGILITIES = ("water_erosion", "wind_erosion", "rocky_desertification", "salinisation", "coastal_erosion")
CLASSES = 3
DEGRADATIONS = ("rocky_desertification", "forest_degradation", "grassland_degradation", "trophic_state")
GRADES = 5

AnyYears = Annotated[Series, AtLeast(0)]


@step(gives="{of}_class_tally", of=FRAGILITIES)
def class_tally(of_class: NDArray[np.int32], zone_cover: ZoneCover, cell_area: NDArray[np.float64]) -> Tally:
    """Area by zone and grade.

    Parameters
    ----------
    of_class : int32 ndarray (rows, columns)
        Grade, 1 to 3; -1 where there is none.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    Tally
        Class 0 is "no data".
    """
    classes = np.maximum(of_class, 0)
    return tally_classes(zone_cover, cell_area, classes, classes, CLASSES + 1)


@step(gives="{of}_class_by_zone", of=FRAGILITIES)
def class_by_zone(of_class_tally: AnyYears, zones: pd.DataFrame, of_class_legend: pd.DataFrame) -> pd.DataFrame:
    """Area of each grade of fragility in each zone.

    Parameters
    ----------
    of_class_tally : Series of Tally
        Area by zone and grade, by year.
    zones : DataFrame
        The zones.
    of_class_legend : DataFrame
        Codes and names of the grades.

    Returns
    -------
    DataFrame
        One row a zone, year and grade; the rows of a zone, cells without data among them, sum to its area.
    """
    return class_areas_by_zone(of_class_tally, zones, of_class_legend)


@step(gives="{of}_grade_tally", of=DEGRADATIONS)
def grade_tally(of_grade: NDArray[np.int32], zone_cover: ZoneCover, cell_area: NDArray[np.float64]) -> Tally:
    """Area by zone and grade of degradation.

    Parameters
    ----------
    of_grade : int32 ndarray (rows, columns)
        Grade, 1 to 5; -1 where there is none.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    Tally
        Class 0 is "no data".
    """
    grades = np.maximum(of_grade, 0)
    return tally_classes(zone_cover, cell_area, grades, grades, GRADES + 1)


@step(gives="{of}_grade_by_zone", of=DEGRADATIONS)
def grade_by_zone(of_grade_tally: AnyYears, zones: pd.DataFrame, of_grade_legend: pd.DataFrame) -> pd.DataFrame:
    """Area of each grade of degradation in each zone.

    Parameters
    ----------
    of_grade_tally : Series of Tally
        Area by zone and grade, by year.
    zones : DataFrame
        The zones.
    of_grade_legend : DataFrame
        Codes and names of the grades.

    Returns
    -------
    DataFrame
        One row a zone, year and grade; the rows of a zone, cells without data among them, sum to its area.
    """
    return class_areas_by_zone(of_grade_tally, zones, of_grade_legend)
