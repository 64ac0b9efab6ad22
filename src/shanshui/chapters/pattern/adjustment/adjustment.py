"""From the red line of today to that of tomorrow, as a ledger of patches (paper 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
from odc.geo.geobox import GeoBox

from shanshui.base.grid import crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.adjustment import balance, edits
from shanshui.chapters.pattern.adjustment.candidate_polygons import (
    blocks,
    drawn_ground,
    polygons_of,
    spoken_of,
    valid_until_of,
    widened,
)
from shanshui.chapters.pattern.adjustment.ledger import AREA, accounts, adjustment_ledger, function_areas_of, on_faces
from shanshui.chapters.pattern.adjustment.next_line import draw_next_line
from shanshui.chapters.pattern.adjustment.patch_table import (
    EDIT,
    EDIT_CHINESE,
    EDIT_ENGLISH,
    Found,
    broken_rules,
    decided,
    fixed,
    patch_table,
    todays_amounts,
    too_small,
)
from shanshui.chapters.pattern.adjustment.patches import (
    AREAS,
    EDITS,
    GROUND,
    MANDATORY,
    STAYS,
    TODAY,
    decide,
    excluded_faces,
    follow,
    group,
    sides_of,
)
from shanshui.chapters.pattern.adjustment.rules import (
    BANK,
    BELT,
    FARMLAND,
    FOREST,
    IN,
    INFRASTRUCTURE,
    MINING,
    OUT,
    SETTLEMENT,
    SURROUNDINGS,
    Rules,
)
from shanshui.chapters.pattern.delineation import REALMS, SQUARE_METRES_PER_HECTARE
from shanshui.chapters.pattern.protection import FRAGILE, FUNCTIONS
from shanshui.science.faces import planarise
from shanshui.science.polygon_sums import Amount

GIVES = ("red_line_adjustment", "red_line_next", "red_line_adjustment_ledger", "red_line_edits")
CROPLAND, PERSONS, EXTREME = "cropland_ha", "persons", "extreme_ha"


@step(gives=GIVES)
def red_line_adjusted(
    red_line_adjustment_rules: pd.DataFrame,
    red_line_in_ground: WholeRaster,
    red_line_exclusion: WholeRaster,
    red_line_extreme: WholeRaster,
    red_line_present_value: WholeRaster,
    red_line_realm: WholeRaster,
    red_line_cropland: WholeRaster,
    cell_area: WholeRaster,
    red_line_today: geopandas.GeoDataFrame,
    zone_polygons: geopandas.GeoDataFrame,
    red_line_persons: WholeRaster | None = None,
    protected_area_polygons: geopandas.GeoDataFrame | None = None,
    mandatory_protection_polygons: geopandas.GeoDataFrame | None = None,
    source_river: geopandas.GeoDataFrame | None = None,
    important_wetland: geopandas.GeoDataFrame | None = None,
    reservoir_area: geopandas.GeoDataFrame | None = None,
    shelter_belt: geopandas.GeoDataFrame | None = None,
    settlement_polygons: geopandas.GeoDataFrame | None = None,
    permanent_basic_farmland_polygons: geopandas.GeoDataFrame | None = None,
    infrastructure: geopandas.GeoDataFrame | None = None,
    commercial_forest: geopandas.GeoDataFrame | None = None,
    mining_right: geopandas.GeoDataFrame | None = None,
    red_line_edit: geopandas.GeoDataFrame | None = None,
    red_line_edit_areas: geopandas.GeoDataFrame | None = None,
    water_conservation_present_share: WholeRaster | None = None,
    soil_retention_present_share: WholeRaster | None = None,
    sand_fixation_present_share: WholeRaster | None = None,
    habitat_quality_present_share: WholeRaster | None = None,
    species_richness_present_share: WholeRaster | None = None,
    threatened_species_richness_present_share: WholeRaster | None = None,
    weighted_endemism_present_share: WholeRaster | None = None,
    carbon_sequestration_present_share: WholeRaster | None = None,
    flood_mitigation_present_share: WholeRaster | None = None,
    climate_regulation_present_share: WholeRaster | None = None,
    fragile_present_share: WholeRaster | None = None,
    *,
    source_river_bank_m: float,
    important_wetland_surroundings_m: float,
    reservoir_surroundings_m: float,
    populous_settlement_ha: float,
    populous_settlement_persons: float,
    contiguous_cropland_ha: float,
    infrastructure_value_percent: float,
    commercial_forest_value_percent: float,
    adjustment_year: float,
    smallest_adjustment_ha: float,
    sliver_width_m: float,
    red_line_total_percent: float,
    red_line_service_percent: float,
    function_area_target_percent: float,
    geobox: GeoBox,
) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """The adjustment of the red line: what leaves, what comes in, and the line that comes of it.

    Parameters
    ----------
    red_line_adjustment_rules : DataFrame
        Columns code, order, direction, ground, when, force, english, chinese, document, article.
    red_line_in_ground : raster
        The rule by which a cell would come in, from 1 on; 0 none.
    red_line_exclusion : raster
        1 to 3 excluded land, 0 none.
    red_line_extreme : raster
        1 extremely important or extremely fragile, 0 not.
    red_line_present_value : raster
        What each cell gives of everything that the region gives [ppm].
    red_line_realm : raster
        1 land, 2 sea.
    red_line_cropland : raster
        Cropland of each cell [ha].
    cell_area : raster
        Area of the cells [m2].
    red_line_today : GeoDataFrame
        Today's red line.
    zone_polygons : GeoDataFrame
        All zones; those of the zoning ``function_area`` count.
    red_line_persons : raster, optional
        Residents of each cell [person].
    protected_area_polygons, mandatory_protection_polygons : GeoDataFrame, optional
        Ground that never leaves.
    source_river, important_wetland, reservoir_area, shelter_belt : GeoDataFrame, optional
        What is drawn and may come in, or whose surroundings may.
    settlement_polygons, permanent_basic_farmland_polygons, infrastructure, commercial_forest, mining_right : \
GeoDataFrame, optional
        What is drawn and may leave.
    red_line_edit, red_line_edit_areas : GeoDataFrame, optional
        What counties bring back, and the ground that it speaks of.
    water_conservation_present_share, soil_retention_present_share, sand_fixation_present_share, \
habitat_quality_present_share, species_richness_present_share, threatened_species_richness_present_share, \
weighted_endemism_present_share, carbon_sequestration_present_share, flood_mitigation_present_share, \
climate_regulation_present_share, fragile_present_share : raster, optional
        Share of each cell in the whole of the region [ppm].
    source_river_bank_m, important_wetland_surroundings_m, reservoir_surroundings_m : float
        Widths of banks and surroundings [m].
    populous_settlement_ha, contiguous_cropland_ha : float
        Least area of a settlement, and of a block of farmland [ha].
    populous_settlement_persons : float
        Least residents of a settlement [person].
    infrastructure_value_percent, commercial_forest_value_percent : float
        Greatest value of a hectare, against that of the region's mean [percent].
    adjustment_year : float
        Rights to mine that end before are not valid.
    smallest_adjustment_ha : float
        Patches below it are dropped [ha].
    sliver_width_m : float
        Strips of a lesser mean width do as the ground beside them [m].
    red_line_total_percent, red_line_service_percent : float
        Share of today's area, and of what today's line holds of each service, that tomorrow's must hold [percent].
    function_area_target_percent : float
        Share of each function area that it must hold [percent].
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame, GeoDataFrame, DataFrame, DataFrame
        The patches, the line of tomorrow, the ledger, and what came of each edit.

    Raises
    ------
    StudyError
        Where a rule cannot be read.

    Notes
    -----
    All polygons and the outlines of the cells are cut once into faces (`planarise`). Each face has its decision: an
    edit before all rules, else the first rule that holds. Faces of one decision that share sides are a patch. Areas are
    those of the faces on the ellipsoid, services the exact sums of the cells under them; so what is before, what comes
    in, what leaves and what is after add up. Faces keep their outline: of a strip that is too narrow only the decision
    is that of its neighbour, and today's line keeps its area.
    """
    given = dict(locals())
    rules = Rules(red_line_adjustment_rules)
    crs = pyproj.CRS.from_wkt(crs_of(geobox))
    today = polygons_of(red_line_today)
    areas = function_areas_of(zone_polygons)
    mandatory = np.concatenate([polygons_of(protected_area_polygons), polygons_of(mandatory_protection_polygons)])
    surroundings = np.append(
        widened(important_wetland, important_wetland_surroundings_m, crs),
        widened(reservoir_area, reservoir_surroundings_m, crs),
    )
    drawn = {
        BANK: widened(source_river, source_river_bank_m, crs),
        SURROUNDINGS: surroundings,
        BELT: polygons_of(shelter_belt),
        SETTLEMENT: polygons_of(settlement_polygons),
        FARMLAND: blocks(polygons_of(permanent_basic_farmland_polygons)),
        INFRASTRUCTURE: polygons_of(infrastructure),
        FOREST: polygons_of(commercial_forest),
        MINING: polygons_of(mining_right),
    }
    limits = {
        "adjustment_year": adjustment_year,
        "populous_settlement_ha": populous_settlement_ha,
        "populous_settlement_persons": populous_settlement_persons,
        "contiguous_cropland_ha": contiguous_cropland_ha,
        "infrastructure_value_percent": infrastructure_value_percent,
        "commercial_forest_value_percent": commercial_forest_value_percent,
    }
    rasters = red_line_present_value, cell_area, red_line_persons
    spoken = spoken_of(rules, drawn, valid_until_of(mining_right), *rasters, geobox, limits)
    smallest = smallest_adjustment_ha * SQUARE_METRES_PER_HECTARE
    asked = edits.EditAreas.of(red_line_edit, red_line_edit_areas)
    order = rules.order(IN), rules.order(OUT)
    coming = [spoken.polygons[rule] for rule in spoken.polygons if rule in order[0]]
    drawn_in = np.concatenate([*coming, asked.polygons[asked.inward]])
    ground = drawn_ground(
        red_line_in_ground, red_line_exclusion, cell_area, today, drawn_in, geobox, smallest, rules.cell_numbers
    )
    layers = {TODAY: today, AREAS: polygons_of(areas), MANDATORY: mandatory, GROUND: ground.polygons}
    faces = planarise(layers | {EDITS: asked.polygons} | spoken.polygons, crs)
    sides = sides_of(faces)
    decisions = follow(decide(faces, *order, ground.code, asked.edit, asked.inward), faces, sides, sliver_width_m, crs)
    patch, dropped = group(decisions, faces, sides, smallest)
    wanted = decisions.inside | (decisions.direction != STAYS)
    amounts = {AREA: faces.area / SQUARE_METRES_PER_HECTARE}
    amounts |= on_faces(faces.polygons, wanted, geobox, _amounts(given))
    realms, extreme = {name: amounts.pop(name) for name in REALMS.values()}, amounts.pop(EXTREME)
    places = areas["label"].tolist()
    found = Found(faces, sides, decisions, patch, dropped, amounts, places)
    patches = patch_table(found, rules.table, asked.rows, spoken.valid_until, crs)
    named = edits.edits_on_patches(asked.rows, patches["patch"].to_numpy(object))
    least = balance.Limits(red_line_total_percent, function_area_target_percent, red_line_service_percent)
    choice = balance.choose(patches, todays_amounts(found), fixed(patches, named), least)
    patches = decided(patches, choice.taken, named)
    after = decisions.inside ^ np.append(choice.taken, False)[patch]
    line = accounts(decisions.inside, after, decisions.area, places, amounts)
    of_edits = pd.DataFrame([(EDIT, EDIT_ENGLISH, EDIT_CHINESE)], columns=["code", "english", "chinese"])
    told = pd.concat([rules.table[["code", "english", "chinese"]], of_edits])
    ledger = adjustment_ledger(patches, too_small(found, ground.dropped), line, choice.rows, told, list(amounts))
    against = broken_rules(found, asked.rows, rules.table, excluded_faces(faces, ground.code), extreme)
    drawn_line = draw_next_line(faces, sides, decisions.inside, after, found.rule, realms, crs)
    return _whole(patches), drawn_line, _whole(ledger), edits.checked(asked.rows, patches, against)


def _amounts(given: Mapping[str, Any]) -> dict[str, Amount]:
    """Give what is summed over faces: cropland, residents, each service, extreme ground [ha], land and sea."""
    rasters = {CROPLAND: given["red_line_cropland"], PERSONS: given["red_line_persons"]}
    rasters |= {f"{name}_ppm": given[f"{name}_present_share"] for each in FUNCTIONS.values() for name in each}
    rasters[f"{FRAGILE}_ppm"] = given["fragile_present_share"]
    amounts: dict[str, Amount] = {name: raster.read for name, raster in rasters.items() if raster is not None}
    realm, extreme, area = given["red_line_realm"], given["red_line_extreme"], given["cell_area"]
    amounts[EXTREME] = lambda window: extreme.read(window) * area.read(window) / SQUARE_METRES_PER_HECTARE
    return amounts | {name: lambda window, code=code: realm.read(window) == code for code, name in REALMS.items()}


def _whole(table: Any) -> Any:
    """Put the column of residents in its place where the study does not know them."""
    if PERSONS not in table:
        table.insert(table.columns.get_loc(CROPLAND) + 1, PERSONS, np.nan)
    return table
