"""Importance and fragility brought together: the greatest of each, the matrix of both, and corridors (paper 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.importance import COLUMNS, EXTREME, GENERAL, IMPORTANT, three_classes
from shanshui.chapters.pattern.protection import FUNCTIONS
from shanshui.science.tally import Tally, tally_classes
from shanshui.science.zone_tables import class_areas_by_zone

_SERVICES = Path(__file__).with_name("dominant_services.csv")
_FRAGILITIES = Path(__file__).with_name("dominant_fragilities.csv")
_MATRIX = Path(__file__).with_name("importance_matrix.csv")
CLASSES = 3
NO_DATA = -1

AnyYears = Annotated[Series, AtLeast(0)]
Class = NDArray[np.int32] | None
Share = NDArray[np.float32] | None
# What tells how much of each service a cell gives, in the order of the numbers of the services; nothing of the coast.
MEASURES = (
    ("water_conservation",),
    FUNCTIONS["biodiversity"],
    ("soil_retention",),
    ("sand_fixation",),
    (),
    ("carbon_sequestration",),
    ("flood_mitigation",),
    ("climate_regulation",),
)
# Below every share: a service of which none is known in a cell.
_NO_SHARE = np.float32(-1)


@step
def service_importance(
    water_conservation_importance: NDArray[np.int32] | None = None,
    biodiversity_importance: NDArray[np.int32] | None = None,
    soil_retention_importance: NDArray[np.int32] | None = None,
    sand_fixation_importance: NDArray[np.int32] | None = None,
    coast_importance: NDArray[np.int32] | None = None,
    carbon_sequestration_importance: NDArray[np.int32] | None = None,
    flood_mitigation_importance: NDArray[np.int32] | None = None,
    climate_regulation_importance: NDArray[np.int32] | None = None,
    *,
    other_services_counted: float,
) -> NDArray[np.int32]:
    """Importance for services: the greatest over those that count.

    Parameters
    ----------
    water_conservation_importance, biodiversity_importance, soil_retention_importance, sand_fixation_importance, \
coast_importance : int32 ndarray (rows, columns), optional
        Importance of each; -1 no data.
    carbon_sequestration_importance, flood_mitigation_importance, climate_regulation_importance : int32 ndarray \
(rows, columns), optional
        The same of services that the guidelines do not name.
    other_services_counted : float
        Whether these count (1) or not (0).

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important; -1 where none that counts has data.

    Notes
    -----
    Maximum over single results (guideline of 2020; to be checked). A service without data in a cell says nothing there:
    the others decide. Of four classes, moderately important and general are general.
    """
    named = (
        water_conservation_importance,
        biodiversity_importance,
        soil_retention_importance,
        sand_fixation_importance,
        coast_importance,
    )
    others = (carbon_sequestration_importance, flood_mitigation_importance, climate_regulation_importance)
    return _greatest(_counted(named, others, other_services_counted))[0]


@step
def service_importance_dominant(
    water_conservation_importance: NDArray[np.int32] | None = None,
    biodiversity_importance: NDArray[np.int32] | None = None,
    soil_retention_importance: NDArray[np.int32] | None = None,
    sand_fixation_importance: NDArray[np.int32] | None = None,
    coast_importance: NDArray[np.int32] | None = None,
    carbon_sequestration_importance: NDArray[np.int32] | None = None,
    flood_mitigation_importance: NDArray[np.int32] | None = None,
    climate_regulation_importance: NDArray[np.int32] | None = None,
    water_conservation_share: Share = None,
    habitat_quality_share: Share = None,
    species_richness_share: Share = None,
    threatened_species_richness_share: Share = None,
    weighted_endemism_share: Share = None,
    soil_retention_share: Share = None,
    sand_fixation_share: Share = None,
    carbon_sequestration_share: Share = None,
    flood_mitigation_share: Share = None,
    climate_regulation_share: Share = None,
    *,
    other_services_counted: float,
) -> NDArray[np.int32]:
    """Service for which a cell is most important.

    Parameters
    ----------
    water_conservation_importance, biodiversity_importance, soil_retention_importance, sand_fixation_importance, \
coast_importance : int32 ndarray (rows, columns), optional
        Importance of each; -1 no data.
    carbon_sequestration_importance, flood_mitigation_importance, climate_regulation_importance : int32 ndarray \
(rows, columns), optional
        The same of services that the guidelines do not name.
    water_conservation_share, habitat_quality_share, species_richness_share, threatened_species_richness_share, \
weighted_endemism_share, soil_retention_share, sand_fixation_share, carbon_sequestration_share, \
flood_mitigation_share, climate_regulation_share : float32 ndarray (rows, columns), optional
        Share of the region's whole that a cell gives [ppm]; NaN no data.
    other_services_counted : float
        Whether the services that the guidelines do not name count (1) or not (0).

    Returns
    -------
    int32 ndarray (rows, columns)
        Number of the service in the order of the classes above, from 1. 0 where all are general, -1 no data.

    Notes
    -----
    Of the services that have the greatest class, the one of which the cell gives most of the region's whole: the shares
    of each sum to a million. That of biodiversity is the mean over what the study has of it; what has no data in a cell
    gives nothing there. Services without a share in a cell come after those with one. Of equals the first. Own choice.
    """
    given = locals()
    named = (
        water_conservation_importance,
        biodiversity_importance,
        soil_retention_importance,
        sand_fixation_importance,
        coast_importance,
    )
    others = (carbon_sequestration_importance, flood_mitigation_importance, climate_regulation_importance)
    classes = _counted(named, others, other_services_counted)
    greatest, _ = _greatest(classes)
    shares = np.full((len(classes), *greatest.shape), -np.inf, np.float32)
    for share, each, measures in zip(shares, classes, MEASURES, strict=True):
        if each is not None:
            share[...] = np.where(each == greatest, _mean_share([given[f"{name}_share"] for name in measures]), -np.inf)
    number = shares.argmax(axis=0) + 1
    return np.where(greatest > GENERAL, number, np.minimum(greatest, 0)).astype(np.int32)


@step
def fragility_class(
    water_erosion_class: NDArray[np.int32] | None = None,
    wind_erosion_class: NDArray[np.int32] | None = None,
    rocky_desertification_class: NDArray[np.int32] | None = None,
    salinisation_class: NDArray[np.int32] | None = None,
    coastal_erosion_class: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """Fragility: the greatest over all problems.

    Parameters
    ----------
    water_erosion_class, wind_erosion_class, rocky_desertification_class, salinisation_class, coastal_erosion_class : \
int32 ndarray (rows, columns), optional
        1 general, 2 fragile, 3 extremely fragile; -1 no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 to 3; -1 where none has data.

    Notes
    -----
    Maximum over single results (guideline of 2020; to be checked). A problem without data in a cell, as erosion of the
    coast far from it, says nothing there: the others decide.
    """
    return _greatest(
        (
            water_erosion_class,
            wind_erosion_class,
            rocky_desertification_class,
            salinisation_class,
            coastal_erosion_class,
        )
    )[0]


@step
def fragility_class_dominant(
    water_erosion_class: NDArray[np.int32] | None = None,
    wind_erosion_class: NDArray[np.int32] | None = None,
    rocky_desertification_class: NDArray[np.int32] | None = None,
    salinisation_class: NDArray[np.int32] | None = None,
    coastal_erosion_class: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """Problem to which a cell is most fragile.

    Parameters
    ----------
    water_erosion_class, wind_erosion_class, rocky_desertification_class, salinisation_class, coastal_erosion_class : \
int32 ndarray (rows, columns), optional
        1 general, 2 fragile, 3 extremely fragile; -1 no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        Number of the problem in the order above, from 1; of equals the first. 0 where all are general, -1 no data.
    """
    return _greatest(
        (
            water_erosion_class,
            wind_erosion_class,
            rocky_desertification_class,
            salinisation_class,
            coastal_erosion_class,
        )
    )[1]


@step
def importance_matrix() -> pd.DataFrame:
    """Ecological importance of each pair of importance for services and fragility.

    Returns
    -------
    DataFrame
        One row a pair: service, fragility, importance (1 to 3), source, status.

    Notes
    -----
    The greater of both, as a public program of 2019 has it.
    """
    return pd.read_csv(_MATRIX)


@step
def integrated_importance(
    service_importance: NDArray[np.int32],
    importance_matrix: pd.DataFrame,
    fragility_class: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """Importance for services and fragility by the matrix, before corrections.

    Parameters
    ----------
    service_importance : int32 ndarray (rows, columns)
        1 general to 3 extremely important; -1 no data.
    importance_matrix : DataFrame
        Columns service, fragility, importance.
    fragility_class : int32 ndarray (rows, columns), optional
        1 general to 3 extremely fragile; -1 no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important; -1 where neither is known.

    Raises
    ------
    StudyError
        Where the matrix lacks a pair or has one twice.

    Notes
    -----
    Where one of both has no data, it counts as general, so that the other decides.
    """
    fragile = np.full_like(service_importance, NO_DATA) if fragility_class is None else fragility_class
    found = _matrix(importance_matrix)[np.maximum(service_importance, GENERAL), np.maximum(fragile, GENERAL)]
    return np.where(np.maximum(service_importance, fragile) == NO_DATA, NO_DATA, found).astype(np.int32)


@step
def ecological_importance(
    integrated_importance: NDArray[np.int32],
    ecological_corridor: NDArray[np.float32] | None = None,
    *,
    least_corridor_share: float,
) -> NDArray[np.int32]:
    """Ecological importance: services and fragility by the matrix, raised along corridors.

    Parameters
    ----------
    integrated_importance : int32 ndarray (rows, columns)
        1 general to 3 extremely important by the matrix; -1 no data.
    ecological_corridor : float32 ndarray (rows, columns), optional
        Share of each cell that lies in a corridor of wild animals, 0 to 1; without it nothing is raised.
    least_corridor_share : float
        Share from which on a cell belongs to the corridor [1].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important; -1 no data.

    Notes
    -----
    In corridors of migration and spawning, important becomes extremely important (guideline of 2020; to be checked).
    """
    if ecological_corridor is None:
        return integrated_importance
    raised = (integrated_importance == IMPORTANT) & (ecological_corridor >= np.float32(least_corridor_share))
    return np.where(raised, EXTREME, integrated_importance).astype(np.int32)


@step
def ecological_importance_tally(
    ecological_importance: NDArray[np.int32], zone_cover: ZoneCover, cell_area: NDArray[np.float64]
) -> Tally:
    """Area by zone and class of ecological importance.

    Parameters
    ----------
    ecological_importance : int32 ndarray (rows, columns)
        1 to 3; -1 no data.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    Tally
        Class 0 is "no data".
    """
    classes = np.maximum(ecological_importance, 0)
    return tally_classes(zone_cover, cell_area, classes, classes, CLASSES + 1)


@step
def ecological_importance_by_zone(
    ecological_importance_tally: AnyYears, zones: pd.DataFrame, ecological_importance_legend: pd.DataFrame
) -> pd.DataFrame:
    """Area of each class of ecological importance in each zone.

    Parameters
    ----------
    ecological_importance_tally : Series of Tally
        Area by zone and class, by year.
    zones : DataFrame
        The zones.
    ecological_importance_legend : DataFrame
        Codes and names of the classes.

    Returns
    -------
    DataFrame
        One row a zone, year and class; the rows of a zone, cells without data among them, sum to its area.
    """
    return class_areas_by_zone(ecological_importance_tally, zones, ecological_importance_legend)


@step(gives="{of}_legend", of=("service_importance", "integrated_importance", "ecological_importance"))
def classes_legend() -> pd.DataFrame:
    """Legend of the integrated classes of importance.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return three_classes()


@step
def fragility_class_legend() -> pd.DataFrame:
    """Legend of the fragility.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (GENERAL, "general", "一般脆弱", "#fff7bc"),
        (IMPORTANT, "fragile", "脆弱", "#fec44f"),
        (EXTREME, "extremely fragile", "极脆弱", "#993404"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


@step
def service_importance_dominant_legend() -> pd.DataFrame:
    """Legend of the services for which cells are most important.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour, and line_type: the code of such an area in a red line.

    Notes
    -----
    Codes of the guide of 2017 for the red line: 11 water, 12 biodiversity, 13 soil, 14 sand, 15 others.
    """
    return pd.read_csv(_SERVICES)


@step
def fragility_class_dominant_legend() -> pd.DataFrame:
    """Legend of the problems to which cells are most fragile.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour, and line_type: the code of such an area in a red line.

    Notes
    -----
    Codes of the guide of 2017 for the red line: 21 water erosion, 22 desertification, 23 rocky desertification,
    24 salinisation, 25 others.
    """
    return pd.read_csv(_FRAGILITIES)


def _counted(named: Sequence[Class], others: Sequence[Class], counted: float) -> list[Class]:
    """Give the services that count; those that do not have no data."""
    if counted >= 0.5:
        return [*named, *others]
    return [*named, *(None if each is None else np.full_like(each, NO_DATA) for each in others)]


def _mean_share(shares: Sequence[Share]) -> NDArray[np.float32]:
    """Give the mean of the shares that are there; below 0 where none is known."""
    there = [share for share in shares if share is not None]
    if not there:
        return np.asarray(_NO_SHARE)
    stacked = np.stack(there)
    return np.where(np.isfinite(stacked).any(axis=0), np.nan_to_num(stacked).mean(axis=0), _NO_SHARE)


def _greatest(classes: Sequence[Class]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the greatest class, and which has it first: numbered from 1, 0 where all are general."""
    shape = next(each.shape for each in classes if each is not None)
    greatest, which = np.full(shape, NO_DATA, np.int32), np.full(shape, NO_DATA, np.int32)
    for number, each in enumerate(classes, 1):
        if each is not None:
            # What is less than general, of four classes, is general.
            integrated = np.where(each == NO_DATA, NO_DATA, np.maximum(each, GENERAL)).astype(np.int32)
            higher = integrated > greatest
            which[higher] = np.where(integrated[higher] > GENERAL, number, 0)
            greatest[higher] = integrated[higher]
    return greatest, which


def _matrix(table: pd.DataFrame) -> NDArray[np.int32]:
    """Give the matrix as an array by both classes."""
    pairs = list(zip(table["service"].astype(int), table["fragility"].astype(int), strict=True))
    classes = range(GENERAL, CLASSES + 1)
    wanted = [(service, fragile) for service in classes for fragile in classes]
    problems = [
        Problem(
            "tables.importance_matrix",
            f"has {pairs.count(pair)} rows of service {pair[0]} and fragility {pair[1]}",
            "give one row of each pair",
        )
        for pair in wanted
        if pairs.count(pair) != 1
    ]
    if problems:
        raise StudyError(problems)
    matrix = np.full((CLASSES + 1, CLASSES + 1), NO_DATA, np.int32)
    for pair, importance in zip(pairs, table["importance"].astype(int), strict=True):
        matrix[pair] = importance
    return matrix
