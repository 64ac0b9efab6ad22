"""Which protected areas, with the gaps beside them, could become national parks (GB/T 39737; paper 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shanshui.base.grid import Window, crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.grounds import AnyYears, last_year
from shanshui.chapters.pattern.importance import EXTREME
from shanshui.chapters.pattern.protected_areas.conflicts import (
    SQUARE_METRES_PER_HECTARE,
    areas_of,
    called,
)
from shanshui.chapters.pattern.protected_areas.national_park_conditions import (
    CONDITIONS,
    JOINT,
    JOINT_ZH,
    Measure,
    judged,
)
from shanshui.chapters.pattern.protected_areas.register import NATIONAL_PARK
from shanshui.science.faces_area import EllipsoidArea
from shanshui.science.polygon_sums import sum_by_class, sum_over_polygons

NO_DATA = -1
HECTARES_PER_KM2 = 100.0
NATIONAL = "national"
# First-level ecosystems that people have made: cropland and built land.
_MADE, _SECOND_LEVELS = (5, 6), 10
_OF_CLUSTER = [
    *("candidate", "areas", "names", "names_zh", "gaps", "national_park"),
    *("area_ha", "protected_ha", "gap_ha", "national_percent"),
]
COLUMNS = [
    *("candidate", "rank", "areas", "names", "names_zh", "gaps", "national_park", "score", "criteria_met"),
    *(*CONDITIONS, "area_ha", "protected_ha", "gap_ha", "national_percent", "species_percent", "natural_percent"),
    *("extreme_percent", "population_density", "reason", "reason_zh"),
]


@step
def natural_land(ecosystem: AnyYears) -> NDArray[np.float32]:
    """Whether a cell is natural land in the last year.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes by year; the last year counts.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 any ecosystem but cropland and built land, 0 these [1]; NaN where there is no data.

    Examples
    --------
    >>> from shanshui.base.step import Series
    >>> natural_land(Series({2000: np.array([[11, 11, 11, 11]]), 2020: np.array([[31, 53, 61, -1]])})).tolist()
    [[1.0, 0.0, 0.0, nan]]
    """
    land = last_year(ecosystem)
    natural = np.where(np.isin(land // _SECOND_LEVELS, _MADE), np.float32(0), np.float32(1))
    return np.where(land == NO_DATA, np.float32(np.nan), natural)


@step
def present_population_density(population_density: AnyYears) -> NDArray[np.float32]:
    """Population density in the last year.

    Parameters
    ----------
    population_density : Series of float32 ndarray (rows, columns)
        By year [persons/km2]; the last year counts.

    Returns
    -------
    float32 ndarray (rows, columns)
        That of the last year [persons/km2].
    """
    return last_year(population_density)


@step
def national_park_candidates(
    protected_area_importance: WholeRaster,
    cell_area: WholeRaster,
    protected_areas: geopandas.GeoDataFrame,
    protected_area_conflicts: pd.DataFrame,
    protected_area_gaps: geopandas.GeoDataFrame,
    natural_land: WholeRaster | None = None,
    present_population_density: WholeRaster | None = None,
    threatened_species_richness: WholeRaster | None = None,
    *,
    protected_area_gap_m: float,
    national_park_area_km2: float,
    national_park_population_density: float,
    national_park_natural_percent: float,
    national_park_extreme_percent: float,
    national_park_national_percent: float,
    national_park_species_percent: float,
    geobox: GeoBox,
) -> pd.DataFrame:
    """Clusters of protected areas with the gaps beside them, scored as national parks.

    Parameters
    ----------
    protected_area_importance : raster
        int32: 1 general, 2 important, 3 extremely important; -1 no data.
    cell_area : raster
        Area of the cells [m2].
    protected_areas : GeoDataFrame
        The register: area, name, name_zh, category, level.
    protected_area_conflicts : DataFrame
        Pairs of areas that overlap, nest or touch: area and other.
    protected_area_gaps : GeoDataFrame
        Unprotected patches: gap, area_ha, nearest (area), distance_m.
    natural_land : raster, optional
        1 natural, 0 not [1].
    present_population_density : raster, optional
        [persons/km2].
    threatened_species_richness : raster, optional
        Number of threatened species.
    protected_area_gap_m : float
        Gaps so near to an area belong to its cluster [m].
    national_park_area_km2 : float
        Least area [km2].
    national_park_population_density : float
        Greatest population density [persons/km2].
    national_park_natural_percent, national_park_extreme_percent : float
        Least share of natural and of extremely important land [percent].
    national_park_national_percent : float
        Least share of the cluster's protected land that is of national level [percent].
    national_park_species_percent : float
        Least richness of threatened species at the richest place, as a share of the region's [percent].
    geobox : GeoBox
        The grid.

    Returns
    -------
    DataFrame
        One row a cluster, the best first: candidate, rank, areas, names, names_zh, gaps (joined by semicolons),
        national_park (areas of it that are one), score (0 to 100), criteria_met, representative, important, feasible (1
        met, 0 not, NaN where nothing is known), area_ha, protected_ha, gap_ha, national_percent, species_percent,
        natural_percent, extreme_percent, population_density, reason, reason_zh.

    Notes
    -----
    The conditions of GB/T 39737-2020 (superseded): national representativeness (protected land of national level,
    threatened species), ecological importance (extremely important land, natural land, size), feasibility of
    management (population density; owners of the land are not known). The standard's thresholds were not found: the
    pack's are examples of research or our own. A condition is met when all that is known of it is reached; its score is
    the mean over what is known of min(1, value / asked), or of min(1, asked / value) for what should be low; the
    score is 100 times the mean over the conditions of which something is known. The rank goes by conditions met,
    then score, then area. Where areas of a cluster overlap, the place counts once. A gap belongs to the cluster of the
    nearest area.
    """
    areas = areas_of(protected_areas)
    cluster = _clusters(areas, protected_area_conflicts)
    measure = EllipsoidArea(np.asarray(areas.total_bounds), pyproj.CRS(crs_of(geobox)))
    near = protected_area_gaps[protected_area_gaps["distance_m"] <= protected_area_gap_m].sort_values("gap")
    of_gap = pd.Series(cluster, areas["area"].to_numpy()).reindex(near["nearest"]).to_numpy(np.int64)
    table, shapes = _described(areas, cluster, near, of_gap, measure)
    weight: Callable[[Window], NDArray[Any]] = cell_area.read
    table["natural_percent"] = _mean(shapes, geobox, natural_land, weight) * 100
    table["extreme_percent"] = _mean(shapes, geobox, protected_area_importance, weight, _extreme) * 100
    table["population_density"] = _mean(shapes, geobox, present_population_density, weight)
    table["species_percent"] = _richest(shapes, geobox, threatened_species_richness)
    park_ha = national_park_area_km2 * HECTARES_PER_KM2
    richest = "greatest richness of threatened species against the region's", "受威胁物种丰富度峰值占全区峰值"
    of_national = "protected land of national level", "国家级自然保护地占比"
    extreme, natural = ("extremely important land", "极重要区占比"), ("natural land", "自然生态系统占比")
    size, people = ("area", "面积"), ("population density", "人口密度")
    square: dict[str, Any] = {"per": HECTARES_PER_KM2, "unit": " km2", "unit_zh": "平方千米"}
    density: dict[str, Any] = {"unit": " persons/km2", "unit_zh": "人/平方千米"}
    measures = [
        Measure("national_percent", "representative", national_park_national_percent, True, *of_national),
        Measure("species_percent", "representative", national_park_species_percent, True, *richest),
        Measure("extreme_percent", "important", national_park_extreme_percent, True, *extreme),
        Measure("natural_percent", "important", national_park_natural_percent, True, *natural),
        Measure("area_ha", "important", park_ha, True, *size, **square),
        Measure("population_density", "feasible", national_park_population_density, False, *people, **density),
    ]
    return _ranked(judged(table, measures))


def _clusters(areas: geopandas.GeoDataFrame, pairs: pd.DataFrame) -> NDArray[np.int64]:
    """Give the cluster of each area: those of pairs hang together, in the order of their first areas."""
    place = pd.Series(np.arange(len(areas)), areas["area"].to_numpy())
    ends = place.reindex(pairs["area"]).to_numpy(np.int64), place.reindex(pairs["other"]).to_numpy(np.int64)
    graph = coo_array((np.ones(len(pairs), bool), ends), (len(areas), len(areas)))
    cluster = connected_components(graph, directed=False)[1]
    return np.asarray(pd.factorize(cluster)[0], np.int64)


def _described(
    areas: geopandas.GeoDataFrame,
    cluster: NDArray[np.int64],
    gaps: geopandas.GeoDataFrame,
    of_gap: NDArray[np.int64],
    measure: EllipsoidArea,
) -> tuple[pd.DataFrame, NDArray[Any]]:
    """Say of what each cluster is made and how much of it is of national level, and draw it with its gaps."""
    rows, shapes = [], np.empty(int(cluster.max(initial=-1)) + 1, object)
    drawn, beside = areas.geometry.to_numpy(), gaps.geometry.to_numpy()
    for number in range(len(shapes)):
        ours, near = np.flatnonzero(cluster == number), np.flatnonzero(of_gap == number)
        mine = areas.iloc[ours]
        union = shapely.union_all(drawn[ours])
        of_level = shapely.union_all(drawn[ours][(mine["level"] == NATIONAL).to_numpy()])
        protected, national = measure.of(np.array([union, of_level])) / SQUARE_METRES_PER_HECTARE
        added = float(gaps["area_ha"].iloc[near].sum())
        shapes[number] = shapely.union_all(np.append(beside[near], union))
        told = mine.to_dict("records")
        names = [
            JOINT.join(called(each, "english") for each in told),
            JOINT_ZH.join(called(each, "chinese") for each in told),
        ]
        parks = JOINT.join(mine.loc[mine["category"] == NATIONAL_PARK, "area"])
        of_gaps = JOINT.join(gaps["gap"].iloc[near].astype(str))
        amounts = protected + added, protected, added, 100 * national / protected
        rows.append((number + 1, JOINT.join(mine["area"]), *names, of_gaps, parks, *amounts))
    return pd.DataFrame(rows, columns=_OF_CLUSTER), shapes


def _mean(
    shapes: NDArray[Any],
    geobox: GeoBox,
    raster: WholeRaster | None,
    weight: Callable[[Window], NDArray[Any]],
    valued: Callable[[NDArray[Any]], NDArray[Any]] = lambda cells: cells,
) -> NDArray[np.float64]:
    """Give the mean over polygons, weighted by the cells' area; NaN where nothing is known."""
    if raster is None:
        return np.full(len(shapes), np.nan)

    def amount(window: Window) -> NDArray[Any]:
        return np.asarray(valued(raster.read(window)) * weight(window), np.float64)

    def known(window: Window) -> NDArray[Any]:
        return np.where(np.isnan(valued(raster.read(window))), np.nan, weight(window))

    total = sum_over_polygons(shapes, geobox, {"amount": amount, "known": known}).total
    return (total["amount"] / total["known"]).to_numpy(np.float64)


def _extreme(importance: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.where(importance == NO_DATA, np.nan, importance == EXTREME)


def _richest(shapes: NDArray[Any], geobox: GeoBox, richness: WholeRaster | None) -> NDArray[np.float64]:
    """Give the greatest number of species on a cell of each polygon, against that of the region [percent]."""
    if richness is None:
        return np.full(len(shapes), np.nan)

    def species(window: Window) -> NDArray[np.int64]:
        return np.rint(np.nan_to_num(richness.read(window), nan=NO_DATA)).astype(np.int64)

    region = max((int(species(tile).max()) for tile in richness.tiles()), default=0)
    found = sum_by_class(shapes, geobox, species).groupby("polygon")["class"].max()
    most = found.reindex(range(len(shapes))).to_numpy(np.float64)
    return 100 * most / region if region > 0 else np.full(len(shapes), np.nan)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    order = np.lexsort([-table["area_ha"], -table["score"], -table["criteria_met"]])
    found = table.iloc[order].reset_index(drop=True)
    found["rank"] = np.arange(1, len(found) + 1)
    return found[COLUMNS]
