"""What a place gives of the whole region, and what the red line protects of it (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.grounds import last_year, red_line_codes
from shanshui.chapters.pattern.importance import EXTENSIVE, EXTREME, SERVICES
from shanshui.science.code_sums import share_in_region
from shanshui.science.cumulative import ValueSums
from shanshui.science.sums import Sums

AnyYears = Annotated[Series, AtLeast(0)]
_MILLION = 1e6
# Amounts are added up in so many parts of a unit.
_PARTS = 2**18
FRAGILE = "fragile_land"
# Which services serve one function: within it each has the same weight, and each function has the same weight.
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "water": ("water_conservation",),
    "soil": ("soil_retention",),
    "sand": ("sand_fixation",),
    "biodiversity": ("habitat_quality", "species_richness", "threatened_species_richness", "weighted_endemism"),
    "carbon": ("carbon_sequestration",),
    "flood": ("flood_mitigation",),
    "climate": ("climate_regulation",),
}


@step(gives="{of}_share", of=SERVICES)
def share_of_region(
    of: NDArray[np.float32],
    of_value_sums: ValueSums,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    *,
    of_name: str,
) -> NDArray[np.float32]:
    """What a cell gives of the whole of the region.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        The service, on an equal area or of each cell.
    of_value_sums : ValueSums
        The whole of the region.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    of_name : str
        The service.

    Returns
    -------
    float32 ndarray (rows, columns)
        Value x area over the sum of both [ppm]; below 0 counts as 0; NaN where the service has no data.
    """
    amount = np.maximum(of, 0) if of_name in EXTENSIVE else np.maximum(of, 0) * cell_area
    total = of_value_sums.total
    share = amount * (_MILLION / total if total > 0 else 0.0) * share_in_region(zone_cover)
    return np.where(zone_cover.region, share, np.nan).astype(np.float32)


@step
def fragile_area_sums(fragility_class: AnyYears, zone_cover: ZoneCover, cell_area: NDArray[np.float64]) -> Sums:
    """Area of the extremely fragile cells of the region.

    Parameters
    ----------
    fragility_class : Series of int32 ndarray (rows, columns)
        3 extremely fragile; the last year counts.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    Sums
        Area in 1 / 2**18 m2.
    """
    area = _fragile_area(last_year(fragility_class), zone_cover, cell_area)
    return Sums({FRAGILE: (_whole(area),)})


@step
def fragile_share(
    fragility_class: AnyYears, fragile_area_sums: Sums, zone_cover: ZoneCover, cell_area: NDArray[np.float64]
) -> NDArray[np.float32]:
    """What a cell holds of the region's extremely fragile land.

    Parameters
    ----------
    fragility_class : Series of int32 ndarray (rows, columns)
        3 extremely fragile, -1 no data; the last year counts.
    fragile_area_sums : Sums
        Area of all extremely fragile cells.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        [ppm]; NaN where nothing is known.
    """
    classes = last_year(fragility_class)
    total = fragile_area_sums.amounts[FRAGILE][0] / _PARTS
    share = _fragile_area(classes, zone_cover, cell_area) * (_MILLION / total if total > 0 else 0.0)
    return np.where(zone_cover.region & (classes > 0), share, np.nan).astype(np.float32)


@step
def red_line_value(
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
    """Value of a cell for the red line: what it gives of everything that the region gives.

    Parameters
    ----------
    water_conservation_share, soil_retention_share, sand_fixation_share, habitat_quality_share, \
species_richness_share, threatened_species_richness_share, weighted_endemism_share, carbon_sequestration_share, \
flood_mitigation_share, climate_regulation_share : Series of float32 ndarray (rows, columns), optional
        Share of the region's whole, by year; the last year counts [ppm].
    fragile_share : float32 ndarray (rows, columns), optional
        Share of the region's extremely fragile land [ppm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Mean over the functions (water, soil, sand, biodiversity, carbon, flood, climate, fragile land) that the study
        has, of the mean over what serves each [ppm]; NaN where nothing is known. Own choice: each function weighs the
        same; what has no data in a cell gives nothing there.
    """
    given = _given(locals(), FUNCTIONS)
    means = [np.nan_to_num(shares).mean(axis=0) for shares in given.values()]
    known = np.any([np.isfinite(shares).any(axis=0) for shares in given.values()], axis=0)
    return np.where(known, np.mean(means, axis=0), np.nan).astype(np.float32)


@step
def red_line_protected_sums(
    red_line_cells: NDArray[np.int32],
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
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
) -> Sums:
    """Of every service, what lies inside the red line and what the region has, and the areas of both.

    Parameters
    ----------
    red_line_cells : int32 ndarray (rows, columns)
        Why a cell is inside or outside; -1 no data.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    water_conservation_share, soil_retention_share, sand_fixation_share, habitat_quality_share, \
species_richness_share, threatened_species_richness_share, weighted_endemism_share, carbon_sequestration_share, \
flood_mitigation_share, climate_regulation_share : Series of float32 ndarray (rows, columns), optional
        Share of the region's whole, by year; the last year counts [ppm].
    fragile_share : float32 ndarray (rows, columns), optional
        Share of the region's extremely fragile land [ppm].

    Returns
    -------
    Sums
        By feature: share inside, share of all, area inside and area of all, each where the feature has data
        [1 / 2**18 ppm, 1 / 2**18 m2].
    """
    codes = red_line_codes()
    inside = np.isin(red_line_cells, codes["code"][codes["inside"] == 1])
    area = cell_area * share_in_region(zone_cover)
    found = {}
    for name, (share,) in _given(locals(), {name: (name,) for each in FUNCTIONS.values() for name in each}).items():
        there = np.isfinite(share)
        parts = (share[there & inside], share[there], area[there & inside], area[there])
        found[name] = tuple(_whole(part) for part in parts)
    return Sums(found)


@step
def red_line_protection(red_line_protected_sums: Sums) -> pd.DataFrame:
    """What the red line protects.

    Parameters
    ----------
    red_line_protected_sums : Sums
        By feature: share inside and of all, area inside and of all.

    Returns
    -------
    DataFrame
        One row a feature: feature, inside_percent, per_area.
    """
    rows = []
    for feature, (inside, whole, inside_area, whole_area) in red_line_protected_sums.amounts.items():
        percent = 100.0 * inside / whole if whole else np.nan
        chance = 100.0 * inside_area / whole_area if whole_area else np.nan
        rows.append((feature, percent, percent / chance if chance else np.nan))
    return pd.DataFrame(rows, columns=["feature", "inside_percent", "per_area"])


def _given(arguments: Mapping[str, object], functions: Mapping[str, tuple[str, ...]]) -> dict[str, NDArray[np.float32]]:
    """Stack the shares that serve each function, of those that are there; the fragile land serves its own."""
    found = {}
    for function, services in functions.items():
        series = [arguments[f"{name}_share"] for name in services]
        shares = [last_year(each) for each in series if isinstance(each, Series)]
        if shares:
            found[function] = np.stack(shares)
    fragile = arguments["fragile_share"]
    if isinstance(fragile, np.ndarray):
        found[FRAGILE] = fragile[np.newaxis]
    return found


def _fragile_area(
    classes: NDArray[np.int32], zone_cover: ZoneCover, cell_area: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.where(classes == EXTREME, cell_area * share_in_region(zone_cover), 0.0)


def _whole(amounts: NDArray[np.floating]) -> int:
    """Add amounts up, each as a whole number of parts: so no order of adding changes the sum."""
    return int(np.rint(np.asarray(amounts, np.float64) * _PARTS).astype(np.int64).sum())
