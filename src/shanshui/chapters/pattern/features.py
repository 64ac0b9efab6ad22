"""What a plan of the red line shall hold of single features: services, ecosystems, ranges of species."""

from __future__ import annotations

import re
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.grounds import last_year
from shanshui.chapters.pattern.importance import SERVICES
from shanshui.chapters.pattern.protection import FRAGILE
from shanshui.science.code_sums import share_in_region

AnyYears = Annotated[Series, AtLeast(0)]
_ECOSYSTEM = re.compile(r"ecosystem (\d+)")
_SQUARE_METRES_PER_KM2 = 1e6


@step
def red_line_features_items(
    red_line_targets: pd.DataFrame, protected_feature_items: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Features with a target, in order.

    Parameters
    ----------
    red_line_targets : DataFrame
        Columns feature and target_percent.
    protected_feature_items : DataFrame, optional
        Column item: the features that the study brings as a layer.

    Returns
    -------
    DataFrame
        Columns item, target_percent, and unit: ppm of services and fragile land, km2 of others.

    Raises
    ------
    StudyError
        Where a feature is none, or stands twice.
    """
    brought = [] if protected_feature_items is None else protected_feature_items["item"].tolist()
    known = {*SERVICES, FRAGILE, *brought}
    problems = []
    for name, count in red_line_targets["feature"].value_counts(sort=False).items():
        key = "tables.red_line_targets.columns.feature"
        if name not in known and not _ECOSYSTEM.fullmatch(str(name)):
            listed = ", ".join([*SERVICES, FRAGILE, "ecosystem CODE", *brought])
            problems.append(Problem(key, f"there is no feature {name!r}", f"give one of {listed}"))
        if count > 1:
            problems.append(Problem(key, f"{name!r} has {count} targets", "give one"))
    if problems:
        raise StudyError(problems)
    targets = red_line_targets.rename(columns={"feature": "item"}).reset_index(drop=True)
    shares = targets["item"].isin({*SERVICES, FRAGILE} - {*brought})
    return targets[["item", "target_percent"]].assign(unit=np.where(shares, "ppm", "km2"))


@step
def red_line_features(
    red_line_features_items: pd.DataFrame,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    ecosystem: AnyYears | None = None,
    protected_feature: NDArray[np.float32] | None = None,
    protected_feature_items: pd.DataFrame | None = None,
    water_conservation_share: AnyYears | None = None,
    soil_retention_share: AnyYears | None = None,
    sand_fixation_share: AnyYears | None = None,
    habitat_quality_share: AnyYears | None = None,
    species_richness_share: AnyYears | None = None,
    threatened_species_richness_share: AnyYears | None = None,
    weighted_endemism_share: AnyYears | None = None,
    carbon_sequestration_share: AnyYears | None = None,
    flood_mitigation_share: AnyYears | None = None,
    climate_regulation_share: AnyYears | None = None,
    fragile_share: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Amounts of the features with a target.

    Parameters
    ----------
    red_line_features_items : DataFrame
        Column item: the features, in order.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    ecosystem : Series of int32 ndarray (rows, columns), optional
        Second-level codes by year; the last year counts.
    protected_feature : float32 ndarray (items, rows, columns), optional
        Share of each cell with each feature that the study brings, 0 to 1 [1].
    protected_feature_items : DataFrame, optional
        Column item: their order.
    water_conservation_share, soil_retention_share, sand_fixation_share, habitat_quality_share, \
species_richness_share, threatened_species_richness_share, weighted_endemism_share, carbon_sequestration_share, \
flood_mitigation_share, climate_regulation_share : Series of float32 ndarray (rows, columns), optional
        Share of the region's whole, by year; the last year counts [ppm].
    fragile_share : float32 ndarray (rows, columns), optional
        Share of the region's extremely fragile land [ppm].

    Returns
    -------
    float32 ndarray (features, rows, columns)
        [ppm] of services and fragile land, [km2] of others; 0 where there is nothing.

    Raises
    ------
    StudyError
        Where the study cannot have a service that has a target.
    """
    given = dict(locals())
    square = (cell_area * share_in_region(zone_cover) / _SQUARE_METRES_PER_KM2).astype(np.float32)
    brought = [] if protected_feature_items is None else protected_feature_items["item"].tolist()
    found = []
    for name in red_line_features_items["item"]:
        code = _ECOSYSTEM.fullmatch(name)
        if name in brought and protected_feature is not None:
            amount = protected_feature[brought.index(name)] * square
        elif code and ecosystem is not None:
            amount = np.where(last_year(ecosystem) == int(code[1]), square, np.float32(0))
        elif name == FRAGILE and fragile_share is not None:
            amount = fragile_share
        elif isinstance(given.get(f"{name}_share"), Series):
            amount = last_year(given[f"{name}_share"])
        else:
            fault = f"the study has no {name}"
            raise StudyError(Problem("tables.red_line_targets.columns.feature", fault, "leave its target out"))
        found.append(np.nan_to_num(amount))
    return np.stack(found).astype(np.float32)
