"""Degradation of forest and grassland: what there is against the most that grows in the same zone (paper 2.2, 3.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.fragility.legends import degradation_legend
from shanshui.science.grading import grades
from shanshui.science.greatest import Greatest, greatest_by_key
from shanshui.science.lookup import values_of_codes

# First-level codes of the ecosystems; a second-level code is ten times its first-level one and a digit.
FOREST, GRASSLAND = 1, 3
# A natural zone and a second-level code in one number: the codes are below 100, and zones below 2e7 fit in 32 bits.
_TYPES = 100

AnyYears = Annotated[Series, AtLeast(0)]


@step
def forest_biomass_greatest(
    biomass: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    zone_cover: ZoneCover,
    natural_zone: NDArray[np.int32] | None = None,
) -> Greatest:
    """Greatest biomass of each kind of forest in each natural zone, in one year.

    Parameters
    ----------
    biomass : float32 ndarray (rows, columns)
        Of living plants [t/ha].
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    zone_cover : ZoneCover
        Tells which cells lie in the region; those on its border count whole.
    natural_zone : int32 ndarray (rows, columns), optional
        Code of the natural zone; without it the region is one zone, 0.

    Returns
    -------
    Greatest
        By a hundred times the zone plus the second-level code.
    """
    return greatest_by_key(_keys(ecosystem, natural_zone, FOREST, zone_cover), biomass)


@step
def forest_biomass_maximum(forest_biomass_greatest: AnyYears) -> pd.DataFrame:
    """Greatest biomass of each kind of forest in each natural zone, over all years together.

    Parameters
    ----------
    forest_biomass_greatest : Series of Greatest
        By year.

    Returns
    -------
    DataFrame
        Columns natural_zone, level2, greatest [t/ha].

    Notes
    -----
    HJ 1174-2021 takes the biomass of the undisturbed forest of the type, from long observation or plots: a study
    brings such figures as this table. Else the greatest found on the maps stands for it, as the standard's words "the
    greatest biomass of the same type in the same natural zone" allow; one wrong cell then makes all others degraded.
    """
    return _pooled(forest_biomass_greatest)


@step
def forest_degradation(
    biomass: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    forest_biomass_maximum: pd.DataFrame,
    natural_zone: NDArray[np.int32] | None = None,
) -> NDArray[np.float32]:
    """Biomass of forest against the most that its kind has in the same natural zone.

    Parameters
    ----------
    biomass : float32 ndarray (rows, columns)
        Of living plants [t/ha].
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    forest_biomass_maximum : DataFrame
        Greatest biomass by natural zone and kind of forest.
    natural_zone : int32 ndarray (rows, columns), optional
        Code of the natural zone; without it the region is one zone, 0.

    Returns
    -------
    float32 ndarray (rows, columns)
        FDI [percent]: 100 as good as can be, 0 bare; NaN where there is no forest.

    Notes
    -----
    FDI = biomass / greatest x 100 (HJ 1174-2021, annex A.4, equation A.3).
    """
    return _percent_of_greatest(biomass, _keys(ecosystem, natural_zone, FOREST), forest_biomass_maximum)


@step
def forest_degradation_grade(
    forest_degradation: NDArray[np.float32],
    *,
    undegraded_forest: float,
    light_forest_degradation: float,
    moderate_forest_degradation: float,
    severe_forest_degradation: float,
) -> NDArray[np.int32]:
    """Grade of the degradation of forest.

    Parameters
    ----------
    forest_degradation : float32 ndarray (rows, columns)
        FDI [percent].
    undegraded_forest, light_forest_degradation, moderate_forest_degradation, severe_forest_degradation : float
        FDI from which there is none, from which it is no more than light, moderate, severe [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 none, 2 light, 3 moderate, 4 severe, 5 extreme; -1 where there is no forest or no data.

    Notes
    -----
    HJ 1174-2021, table A.4: 90, 75, 60 and 30 %, each the least of the milder grade.
    """
    breaks = (undegraded_forest, light_forest_degradation, moderate_forest_degradation, severe_forest_degradation)
    return grades(forest_degradation, breaks, at=False, falling=True)


@step
def forest_degradation_grade_legend() -> pd.DataFrame:
    """Legend of the degradation of forest.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return degradation_legend("none", "未退化")


@step
def grassland_cover_greatest(
    vegetation_cover: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    zone_cover: ZoneCover,
    natural_zone: NDArray[np.int32] | None = None,
) -> Greatest:
    """Greatest cover of grassland in each natural zone, in one year.

    Parameters
    ----------
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    zone_cover : ZoneCover
        Tells which cells lie in the region; those on its border count whole.
    natural_zone : int32 ndarray (rows, columns), optional
        Code of the natural zone; without it the region is one zone, 0.

    Returns
    -------
    Greatest
        By a hundred times the zone plus 30: all grassland of a zone together.
    """
    return greatest_by_key(_grassland(_keys(ecosystem, natural_zone, GRASSLAND, zone_cover)), vegetation_cover)


@step
def grassland_cover_maximum(grassland_cover_greatest: AnyYears) -> pd.DataFrame:
    """Greatest cover of grassland in each natural zone, over all years together.

    Parameters
    ----------
    grassland_cover_greatest : Series of Greatest
        By year.

    Returns
    -------
    DataFrame
        Columns natural_zone, greatest [1].

    Notes
    -----
    HJ 1174-2021, annex A.5, does not part grasslands of one zone by kind, as it does forests.
    """
    return _pooled(grassland_cover_greatest)[["natural_zone", "greatest"]]


@step
def grassland_degradation(
    vegetation_cover: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    grassland_cover_maximum: pd.DataFrame,
    natural_zone: NDArray[np.int32] | None = None,
) -> NDArray[np.float32]:
    """Cover of grassland against the greatest in the same natural zone.

    Parameters
    ----------
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground that is covered, 0 to 1.
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes.
    grassland_cover_maximum : DataFrame
        Greatest cover by natural zone.
    natural_zone : int32 ndarray (rows, columns), optional
        Code of the natural zone; without it the region is one zone, 0.

    Returns
    -------
    float32 ndarray (rows, columns)
        GDI [percent]: 100 as good as can be, 0 bare; NaN where there is no grassland.

    Notes
    -----
    GDI = cover / greatest x 100 (HJ 1174-2021, annex A.5, equation A.4).
    """
    table = grassland_cover_maximum.assign(level2=10 * GRASSLAND)
    return _percent_of_greatest(vegetation_cover, _grassland(_keys(ecosystem, natural_zone, GRASSLAND)), table)


@step
def grassland_degradation_grade(
    grassland_degradation: NDArray[np.float32],
    *,
    undegraded_grassland: float,
    light_grassland_degradation: float,
    moderate_grassland_degradation: float,
    severe_grassland_degradation: float,
) -> NDArray[np.int32]:
    """Grade of the degradation of grassland.

    Parameters
    ----------
    grassland_degradation : float32 ndarray (rows, columns)
        GDI [percent].
    undegraded_grassland, light_grassland_degradation : float
        GDI from which there is none, from which it is no more than light [percent].
    moderate_grassland_degradation, severe_grassland_degradation : float
        GDI from which it is no more than moderate, severe [percent].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 none, 2 light, 3 moderate, 4 severe, 5 extreme; -1 where there is no grassland or no data.

    Notes
    -----
    HJ 1174-2021, table A.5: 90, 80, 70 and 50 %, each the least of the milder grade.
    """
    breaks = (
        undegraded_grassland,
        light_grassland_degradation,
        moderate_grassland_degradation,
        severe_grassland_degradation,
    )
    return grades(grassland_degradation, breaks, at=False, falling=True)


@step
def grassland_degradation_grade_legend() -> pd.DataFrame:
    """Legend of the degradation of grassland.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return degradation_legend("none", "未退化")


def _keys(
    ecosystem: NDArray[np.int32],
    natural_zone: NDArray[np.int32] | None,
    level1: int,
    zone_cover: ZoneCover | None = None,
) -> NDArray[np.int32]:
    """Number natural zone and kind; -1 for other ecosystems, for cells in no zone, and beyond the region."""
    keys = ecosystem
    counts = ecosystem // 10 == level1
    if natural_zone is not None:
        keys = keys + np.int32(_TYPES) * natural_zone
        counts &= natural_zone >= 0
    if zone_cover is not None:
        counts &= zone_cover.region
    return np.where(counts, keys, np.int32(-1))


def _grassland(keys: NDArray[np.int32]) -> NDArray[np.int32]:
    """Put all kinds of a zone under one number."""
    return np.where(keys >= 0, keys // 10 * 10, np.int32(-1))


def _pooled(years: AnyYears) -> pd.DataFrame:
    found: Greatest | None = None
    for greatest in years.values():
        found = greatest if found is None else found + greatest
    assert found is not None
    kinds = {"natural_zone": found.keys // _TYPES, "level2": found.keys % _TYPES}
    return pd.DataFrame(kinds | {"greatest": found.values})


def _percent_of_greatest(
    values: NDArray[np.float32], keys: NDArray[np.int32], table: pd.DataFrame
) -> NDArray[np.float32]:
    known = table[table["greatest"] > 0]
    numbers = (_TYPES * known["natural_zone"] + known["level2"]).to_numpy(np.int32)
    greatest = values_of_codes(keys, numbers, known["greatest"].to_numpy())
    # Divided first, so that the greatest itself has 100 to the bit.
    return np.asarray(np.float32(100) * (values / greatest), np.float32)
