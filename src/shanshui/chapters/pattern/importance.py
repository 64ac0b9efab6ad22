"""Importance of each service: which cells hold the first shares of all it gives (paper 2.2)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import AtLeast, IfAny, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.cumulative import (
    BinSums,
    ValueSums,
    break_bins,
    cumulated_breaks,
    guessed_bins,
    sum_by_value,
    sum_in_bins,
)
from shanshui.science.grading import grades

INTENSIVE = (
    "water_conservation",
    "soil_retention",
    "sand_fixation",
    "habitat_quality",
    "species_richness",
    "threatened_species_richness",
    "carbon_sequestration",
    "flood_mitigation",
    "climate_regulation",
)
# Amounts of a cell: they are graded by the amount of an area.
EXTENSIVE = ("weighted_endemism",)
SERVICES = (*INTENSIVE, *EXTENSIVE)
INDICES = ("water_conservation_index", "soil_retention_index", "sand_fixation_index", "biodiversity_npp_index")
GRADED = (*SERVICES, *INDICES)
# 1 general, 2 important, 3 extremely important; a profile with four classes has 0 for what is less than moderate.
EXTREME, IMPORTANT, GENERAL = 3, 2, 1
COLUMNS = ["code", "name", "name_zh", "colour"]
THREE_CLASSES = (
    (GENERAL, "general", "一般重要", "#e0ecf4"),
    (IMPORTANT, "important", "重要", "#8c96c6"),
    (EXTREME, "extremely important", "极重要", "#4d004b"),
)
FOUR_CLASSES = (
    (GENERAL - 1, "general", "一般", "#edf8fb"),
    (GENERAL, "moderately important", "中等重要", "#b3cde3"),
    *THREE_CLASSES[1:],
)

AnyYears = Annotated[Series, AtLeast(0)]


@step(gives="importance_grades", method="double_evaluation_2020")
def grades_of_double_evaluation(*, extremely_important_percent: float, important_percent: float) -> pd.DataFrame:
    """Three classes of importance by cumulated value.

    Parameters
    ----------
    extremely_important_percent, important_percent : float
        Share of the whole value that the extremely important cells hold, and these with the important ones [percent].

    Returns
    -------
    DataFrame
        One row a class, the least one first: code, name, name_zh, colour, percent.

    Raises
    ------
    StudyError
        Where the shares do not rise.

    Notes
    -----
    50 and 80 %: guide of 2017 for the red line and guideline of 2020 for the double evaluation (their texts were not
    obtained; to be checked).
    """
    _rising({"extremely_important_percent": extremely_important_percent, "important_percent": important_percent})
    percents = [100.0, important_percent, extremely_important_percent]
    return three_classes().assign(percent=percents)


@step(gives="importance_grades", method="four_classes")
def grades_of_four_classes(
    *,
    four_classes_extremely_important_percent: float,
    four_classes_important_percent: float,
    four_classes_moderately_important_percent: float,
) -> pd.DataFrame:
    """Four classes of importance by cumulated value.

    Parameters
    ----------
    four_classes_extremely_important_percent, four_classes_important_percent : float
        Share of the whole value that the extremely important cells hold, and these with the important ones [percent].
    four_classes_moderately_important_percent : float
        Share that all but the general ones hold [percent].

    Returns
    -------
    DataFrame
        One row a class, the least one first: code, name, name_zh, colour, percent.

    Raises
    ------
    StudyError
        Where the shares do not rise.

    Notes
    -----
    50, 75 and 90 % (ChinaXiv-201704.00215, ChinaXiv-201803.01078). Where three classes are integrated, moderately
    important and general are both general: our own choice.
    """
    shares = {
        "four_classes_extremely_important_percent": four_classes_extremely_important_percent,
        "four_classes_important_percent": four_classes_important_percent,
        "four_classes_moderately_important_percent": four_classes_moderately_important_percent,
    }
    _rising(shares)
    percents = [100.0, *reversed(shares.values())]
    return pd.DataFrame(FOUR_CLASSES, columns=COLUMNS).assign(percent=percents)


@step(gives="{of}_value_sums", of=GRADED)
def value_sums(
    of: NDArray[np.float32], zone_cover: ZoneCover, cell_area: NDArray[np.float64], *, of_name: str
) -> ValueSums:
    """Area and value of the cells of the region by the upper bits of the value.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        The service, on an equal area or of each cell; NaN where there is no data.
    zone_cover : ZoneCover
        Tells which cells lie in the region; those on its border count by their share.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    of_name : str
        The service.

    Returns
    -------
    ValueSums
        Exact: no order of adding changes them.
    """
    return sum_by_value(zone_cover, _on_equal_area(of, cell_area, of_name), cell_area)


@step(gives="{of}_sampled_sums", of=GRADED, sampled=True)
def sampled_sums(
    of: NDArray[np.float32], zone_cover: ZoneCover, cell_area: NDArray[np.float64], *, of_name: str
) -> ValueSums:
    """Area and value of some cells of the region by the upper bits of the value.

    Parameters
    ----------
    of, zone_cover, cell_area, of_name : float32 ndarray, ZoneCover, float64 ndarray, str
        As in `value_sums`, of a few tiles.

    Returns
    -------
    ValueSums
        No result hangs on them.
    """
    return value_sums(of, zone_cover, cell_area, of_name=of_name)


@step(gives="{of}_guessed_bins", of=GRADED)
def guesses_of_breaks(of_sampled_sums: AnyYears, importance_grades: pd.DataFrame) -> pd.DataFrame:
    """In which bins of values the breaks may lie, all years together.

    Parameters
    ----------
    of_sampled_sums : Series of ValueSums
        By year; None where no sample was taken.
    importance_grades : DataFrame
        The classes and the shares that they hold.

    Returns
    -------
    DataFrame
        Column bin; no row where no sample was taken.
    """
    sampled, percents = _pooled(of_sampled_sums), _percents(importance_grades)
    bins = () if sampled is None else guessed_bins(sampled, percents, len(of_sampled_sums))
    return pd.DataFrame({"bin": np.array(bins, np.int64)})


@step(gives="{of}_guessed_bin_sums", of=GRADED)
def guessed_bin_sums(
    of: NDArray[np.float32],
    of_guessed_bins: pd.DataFrame,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    *,
    of_name: str,
) -> BinSums:
    """Area of each single value in the bins in which breaks may lie.

    Parameters
    ----------
    of, of_guessed_bins, zone_cover, cell_area, of_name : float32 ndarray, DataFrame, ZoneCover, float64 ndarray, str
        As in `bin_sums`.

    Returns
    -------
    BinSums
        Exact: no order of adding changes them.
    """
    return bin_sums(of, of_guessed_bins, zone_cover, cell_area, of_name=of_name)


@step(gives="{of}_break_bins", of=GRADED)
def bins_of_breaks(
    of_value_sums: AnyYears, of_guessed_bins: pd.DataFrame, importance_grades: pd.DataFrame
) -> pd.DataFrame:
    """In which bins of values breaks lie that were not guessed, all years together.

    Parameters
    ----------
    of_value_sums : Series of ValueSums
        By year.
    of_guessed_bins : DataFrame
        Column bin: what was guessed.
    importance_grades : DataFrame
        The classes and the shares that they hold.

    Returns
    -------
    DataFrame
        Column bin.
    """
    bins = break_bins(_pooled(of_value_sums), _percents(importance_grades))
    return pd.DataFrame({"bin": np.setdiff1d(bins, of_guessed_bins["bin"])})


@step(gives="{of}_bin_sums", of=GRADED)
def bin_sums(
    of: NDArray[np.float32],
    of_break_bins: Annotated[pd.DataFrame, IfAny()],
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    *,
    of_name: str,
) -> BinSums:
    """Area of each single value in the bins in which breaks lie that were not guessed.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        The service, on an equal area or of each cell; NaN where there is no data.
    of_break_bins : DataFrame
        Column bin.
    zone_cover : ZoneCover
        Tells which cells lie in the region; those on its border count by their share.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    of_name : str
        The service.

    Returns
    -------
    BinSums
        Exact: no order of adding changes them.
    """
    bins = of_break_bins["bin"].to_numpy(np.int64)
    return sum_in_bins(zone_cover, _on_equal_area(of, cell_area, of_name), cell_area, bins)


@step(gives="{of}_importance_breaks", of=GRADED)
def importance_breaks(
    of_value_sums: AnyYears, of_guessed_bin_sums: AnyYears, of_bin_sums: AnyYears, importance_grades: pd.DataFrame
) -> pd.DataFrame:
    """From which value on a cell has which importance, and what each class holds.

    Parameters
    ----------
    of_value_sums : Series of ValueSums
        By year.
    of_guessed_bin_sums : Series of BinSums
        By year.
    of_bin_sums : Series of BinSums
        By year; None where all breaks were guessed.
    importance_grades : DataFrame
        The classes and the shares that they hold.

    Returns
    -------
    DataFrame
        One row a class, the least one first: code, class_name, percent (share of the value to be held by it and those
        above), least (value from which a cell has it: of an equal area; empty for the least class, and where nothing
        is above 0), value_percent and area_percent (what it holds itself), negative_percent (area below 0).

    Notes
    -----
    Cells of the whole region and of all years together, sorted by the value of an equal area, the greatest first, and
    value x area cumulated: the cells up to 50 % are extremely important, up to 80 % important (guide of 2017). All
    cells of the value at which a share is reached have the better class: else equal cells would be told apart, or the
    class would hold less than its share. What is below 0 counts as 0; a cell of 0 is general. Results depend on the
    region: those of a province and of a county cannot be compared.
    """
    sums = _pooled(of_value_sums)
    inside = [each for each in map(_pooled, (of_guessed_bin_sums, of_bin_sums)) if each is not None]
    found = cumulated_breaks(sums, inside, _percents(importance_grades))
    table = importance_grades[["code", "name", "percent"]].rename(columns={"name": "class_name"})
    table["least"] = [np.nan, *(each.least for each in found)]
    # The least class holds the rest.
    for column, shares in (
        ("value_percent", [1.0, *(each.value_share for each in found), 0.0]),
        ("area_percent", [1.0, *(each.area_share for each in found), 0.0]),
    ):
        table[column] = [100.0 * (held - above) for held, above in pairwise(shares)]
    table["negative_percent"] = [100.0 * sums.negative_share, *[0.0] * len(found)]
    return table


@step(gives="{of}_importance", of=SERVICES)
def importance(
    of: NDArray[np.float32], of_importance_breaks: pd.DataFrame, cell_area: NDArray[np.float64], *, of_name: str
) -> NDArray[np.int32]:
    """Importance of a service by cumulated value.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        The service, on an equal area or of each cell; NaN where there is no data.
    of_importance_breaks : DataFrame
        From which value on a cell has which class.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    of_name : str
        The service.

    Returns
    -------
    int32 ndarray (rows, columns)
        3 extremely important, 2 important, 1 general (of four classes: moderately important), 0 general of four
        classes; -1 no data.

    Notes
    -----
    See the breaks. Breaks are those of all years together, so that years can be compared.
    """
    return graded(_on_equal_area(of, cell_area, of_name), of_importance_breaks)


@step(gives="{of}_importance_legend", of=SERVICES)
def importance_legend(importance_grades: pd.DataFrame) -> pd.DataFrame:
    """Legend of the importance of a service.

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


def three_classes() -> pd.DataFrame:
    """Give the three classes into which importance is integrated.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return pd.DataFrame(THREE_CLASSES, columns=COLUMNS)


def graded(values: NDArray[np.float32], breaks: pd.DataFrame) -> NDArray[np.int32]:
    """Grade values of an equal area by their breaks.

    Parameters
    ----------
    values : float32 ndarray (rows, columns)
        NaN where there is no data.
    breaks : DataFrame
        One row a class, the least one first, numbered in steps of one: code and least.

    Returns
    -------
    int32 ndarray (rows, columns)
        Codes; -1 no data.

    Examples
    --------
    >>> breaks = pd.DataFrame({"code": [1, 2, 3], "least": [np.nan, 4.0, 9.0]})
    >>> graded(np.array([[3.0, 4.0, 9.0, np.nan]], np.float32), breaks).tolist()
    [[1, 2, 3, -1]]
    """
    least = breaks["least"].to_numpy(np.float64)[1:]
    found = grades(values, np.where(np.isnan(least), np.inf, least).tolist(), at=True)
    return np.add(found, np.int32(breaks["code"].iloc[0] - 1), out=found, where=found > 0)


def _on_equal_area(values: NDArray[np.float32], cell_area: NDArray[np.float64], name: str) -> NDArray[np.float32]:
    """Give the value of an equal area: of an amount of a cell, what lies on a square metre."""
    return (values / cell_area).astype(np.float32) if name in EXTENSIVE else values


def _percents(importance_grades: pd.DataFrame) -> list[float]:
    """Give the share of each class but the least, which has no break."""
    return importance_grades["percent"].tolist()[1:]


def _pooled(series: Series) -> Any:
    """Add up all years; None where there is nothing of any."""
    first, *others = series.values()
    for other in others if first is not None else ():
        first = first + other
    return first


def _rising(shares: dict[str, float]) -> None:
    """Refuse shares that do not rise."""
    pairs = list(shares.items())
    problems = [
        Problem(
            f"policy.overrides.{name}",
            f"is {share:g} %, and {before} is {below:g} %",
            "give each class and those above it more than those above it alone",
        )
        for (before, below), (name, share) in pairwise(pairs)
        if not share > below
    ]
    if problems:
        raise StudyError(problems)
