"""What may come inside the red line, what may leave it, and by which rule (paper 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problems, StudyError
from shanshui.base.grid import Window, crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.delineation import SQUARE_METRES_PER_HECTARE, SQUARE_METRES_PER_KM2
from shanshui.chapters.pattern.grounds import NO_DATA, NO_GROUND, last_year
from shanshui.chapters.pattern.importance import EXTREME, SERVICES
from shanshui.policy.language.conditions import Condition
from shanshui.policy.rules.chapter_rules import RuleTable, about_chapter_rules, read_chapter_rules
from shanshui.policy.rules.findings import Findings, Value
from shanshui.policy.rules.ranking import first_that_holds
from shanshui.science.code_sums import share_in_region
from shanshui.science.coverage import BLOCK, PolygonCover
from shanshui.science.faces_area import EllipsoidArea, metres_of
from shanshui.science.faces_made import mend
from shanshui.science.outlines import trace_outlines
from shanshui.science.patches import find_patches
from shanshui.science.polygon_sums import sum_over_polygons

PACK = "red_line_adjustment"
_TABLE = "tables.red_line_adjustment_rules"
IN, OUT = "in", "out"
# What a rule may speak of: cells, by what they are worth; or what is drawn.
CELL = "cell"
BANK, SURROUNDINGS, BELT = "source_river_bank", "wetland_surroundings", "shelter_belt"
SETTLEMENT, FARMLAND, INFRASTRUCTURE, FOREST = "settlement", "farmland_block", "infrastructure", "commercial_forest"
MINING = "mining_right"
DRAWN = (BANK, SURROUNDINGS, BELT, SETTLEMENT, FARMLAND, INFRASTRUCTURE, FOREST, MINING)
# Numbers that the ready rules on cells have in the raster of grounds, whatever others a study has; what never comes in.
READY_CELLS = ("A1", "A2", "A3", "A4")
NEVER_IN = 255
_COLOURS = ("#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#e69f00", "#0072b2", "#f0e442", "#999999")
_CODE = re.compile("[A-Za-z]+[0-9]+[A-Za-z]*")
_REQUIRED = ("code", "order", "direction", "ground", "when", "force")
_OPTIONAL = ("name", "name_zh", "english", "chinese")
# Codes of red lines of fragile land, by what it is fragile to.
_FRAGILE_TO = {
    21: "water_erosion",
    22: "desertification",
    23: "rocky_desertification",
    24: "salinisation",
    25: "coastal_erosion",
}
# First-level ecosystems.
_CROPLAND, _UNUSED = 5, 7
_SECOND_LEVELS = 10
# A patch of cells hangs together by sides, as its outline does.
_SIDES = 4
# Points on a quarter of a circle around what is widened.
_QUARTER = 8

AnyYears = Annotated[Series, AtLeast(0)]
Polygons = NDArray[Any]


@step
def red_line_adjustment_rules() -> pd.DataFrame:
    """Rules by which ground comes inside the red line or leaves it.

    Returns
    -------
    DataFrame
        Columns code, order (within a direction; the first that holds decides), direction (in or out), ground (cell, or
        what is drawn), when (the condition), name, name_zh, force (shall or may), english, chinese, document, article,
        valid_from, status.

    Notes
    -----
    The list of what comes in and what leaves is that of the paper; that unused land of key function comes in is law.
    Which rules bind (shall) and which leave a choice (may) is our choice, but for the law.
    """
    return read_chapter_rules(PACK)


@step
def red_line_in_ground(
    red_line_adjustment_rules: pd.DataFrame,
    red_line_exclusion: NDArray[np.int32],
    zone_cover: ZoneCover,
    service_importance: AnyYears,
    ecosystem: AnyYears,
    fragility_class: AnyYears | None = None,
    fragility_class_dominant: AnyYears | None = None,
    fragility_class_dominant_legend: pd.DataFrame | None = None,
    water_erosion_intensity: AnyYears | None = None,
    wind_erosion_intensity: AnyYears | None = None,
    habitat_quality: AnyYears | None = None,
    habitat_degradation: AnyYears | None = None,
    *,
    undisturbed_habitat_quality: float,
    undisturbed_habitat_degradation: float,
    serious_erosion_intensity: float,
) -> NDArray[np.int32]:
    """Rule by which a cell would come inside the red line, by what it is worth.

    Parameters
    ----------
    red_line_adjustment_rules : DataFrame
        Of the rules on cells the first that surely holds of a cell counts.
    red_line_exclusion : int32 ndarray (rows, columns)
        1 to 3 excluded land, which never comes in; 0 none.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    service_importance : Series of int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important; -1 no data. Of all series the last year counts.
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes.
    fragility_class, fragility_class_dominant : Series of int32 ndarray (rows, columns), optional
        3 extremely fragile; number of the problem to which a cell is most fragile.
    fragility_class_dominant_legend : DataFrame, optional
        Columns code and line_type: 21 water erosion, 22 desertification, 23 rocky desertification.
    water_erosion_intensity, wind_erosion_intensity : Series of int32 ndarray (rows, columns), optional
        1 micro to 6 extreme.
    habitat_quality, habitat_degradation : Series of float32 ndarray (rows, columns), optional
        [1]; the degradation counts where the quality is not known to the study.
    undisturbed_habitat_quality, undisturbed_habitat_degradation : float
        From which quality on, and up to which degradation land counts as little disturbed [1].
    serious_erosion_intensity : float
        Intensity from which on erosion is serious [1].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 to 4 the rules A1 to A4, from 5 on a study's own, by their codes; 0 none, and on cropland, which never comes
        in; -1 beyond the region, and where the importance is not known and no rule holds.

    Notes
    -----
    The ready rules: extremely important or extremely fragile (A1); unused land that is extremely important (A2);
    extremely fragile to erosion or desertification, or seriously eroded (A3); important and little disturbed (A4).
    """
    rules = Rules(red_line_adjustment_rules)
    importance, land = last_year(service_importance), last_year(ecosystem)
    facts: dict[str, Value] = {
        "service_importance": _known(importance),
        "unused": (land // _SECOND_LEVELS == _UNUSED).ravel(),
        "serious_erosion_intensity": serious_erosion_intensity,
        # As exact as the rasters that are compared with them.
        "undisturbed_habitat_quality": float(np.float32(undisturbed_habitat_quality)),
        "undisturbed_habitat_degradation": float(np.float32(undisturbed_habitat_degradation)),
        "habitat_quality_known": habitat_quality is not None,
    }
    classes = {
        "fragility": fragility_class,
        "water_erosion_intensity": water_erosion_intensity,
        "wind_erosion_intensity": wind_erosion_intensity,
    }
    for name, series in classes.items():
        if series is not None:
            facts[name] = _known(last_year(series))
    if fragility_class_dominant is not None and fragility_class_dominant_legend is not None:
        facts["fragile_to"] = _fragile_to(last_year(fragility_class_dominant), fragility_class_dominant_legend)
    for name, series in (("habitat_quality", habitat_quality), ("habitat_degradation", habitat_degradation)):
        if series is not None:
            facts[name] = last_year(series).ravel()
    seen, numbers = Findings(importance.size, facts), rules.cell_numbers
    # The last place is for cells of which no rule speaks.
    codes = np.array([*(numbers[rule.code] for rule in rules.on_cells), NO_GROUND], np.int32)
    ground = codes[first_that_holds(seen, [rule.when for rule in rules.on_cells])].reshape(importance.shape)
    # What is tilled is kept as farmland, or restored: it does not come in by what its ground is worth.
    tilled = (red_line_exclusion > 0) | (land // _SECOND_LEVELS == _CROPLAND)
    known = zone_cover.region & ((importance != NO_DATA) | (ground != NO_GROUND))
    return np.where(known, np.where(tilled, NO_GROUND, ground), NO_DATA).astype(np.int32)


def _known(classes: NDArray[np.int32]) -> NDArray[np.float32]:
    """Give classes as numbers, NaN where there is no data."""
    return np.where(classes == NO_DATA, np.float32(np.nan), classes.astype(np.float32)).ravel()


def _fragile_to(problem: NDArray[np.int32], legend: pd.DataFrame) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Give the problem to which each cell is most fragile as a code."""
    names = tuple(_FRAGILE_TO.values())
    lines = [*_FRAGILE_TO]
    place = {
        code: lines.index(line) for code, line in zip(legend["code"], legend["line_type"], strict=True) if line in lines
    }
    # The last place is for no data.
    table = np.array([place.get(code, -1) for code in range(int(legend["code"].max()) + 1)] + [-1], np.int64)
    return table[np.minimum(problem, len(table) - 1).ravel()], names


@step
def red_line_in_ground_legend(red_line_adjustment_rules: pd.DataFrame) -> pd.DataFrame:
    """Legend of the rules by which cells come in.

    Parameters
    ----------
    red_line_adjustment_rules : DataFrame
        The rules.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rules = Rules(red_line_adjustment_rules)
    numbers, names = rules.cell_numbers, {rule.code: (rule.name, rule.name_zh) for rule in rules.on_cells}
    rows = [(NO_GROUND, "none", "无", "#e5e5e5")]
    for code, number in numbers.items():
        name, name_zh = names[code]
        rows.append((number, f"{code} {name}", f"{code}{name_zh}", _COLOURS[(number - 1) % len(_COLOURS)]))
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def red_line_extreme(
    zone_cover: ZoneCover, service_importance: AnyYears, fragility_class: AnyYears | None = None
) -> NDArray[np.float32]:
    """Whether a cell is extremely important or extremely fragile.

    Parameters
    ----------
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    service_importance : Series of int32 ndarray (rows, columns)
        3 extremely important, -1 no data; the last year counts.
    fragility_class : Series of int32 ndarray (rows, columns), optional
        3 extremely fragile, -1 no data; the last year counts.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 or 0 [1]; NaN beyond the region, and where neither is known.
    """
    classes = [last_year(service_importance)]
    if fragility_class is not None:
        classes.append(last_year(fragility_class))
    greatest = np.maximum.reduce(classes)
    return np.where(zone_cover.region & (greatest > 0), greatest == EXTREME, np.nan).astype(np.float32)


@step(gives="{of}_present_share", of=SERVICES)
def present_share(of_share: AnyYears, zone_cover: ZoneCover) -> NDArray[np.float32]:
    """What the whole of a cell gives of the region in the last year.

    Parameters
    ----------
    of_share : Series of float32 ndarray (rows, columns)
        What the part of each cell in the region gives, by year or without years [ppm].
    zone_cover : ZoneCover
        Tells which share of the cells lies in the region.

    Returns
    -------
    float32 ndarray (rows, columns)
        [ppm], on the region's border as if the cell were in it with all of its area: of a polygon each cell counts with
        the share that the polygon covers. NaN where there is no data.
    """
    return _of_whole_cells(last_year(of_share), zone_cover)


@step
def fragile_present_share(fragile_share: NDArray[np.float32], zone_cover: ZoneCover) -> NDArray[np.float32]:
    """What the whole of a cell holds of the region's extremely fragile land.

    Parameters
    ----------
    fragile_share : float32 ndarray (rows, columns)
        What the part of each cell in the region holds [ppm].
    zone_cover : ZoneCover
        Tells which share of the cells lies in the region.

    Returns
    -------
    float32 ndarray (rows, columns)
        [ppm], as `present_share` counts.
    """
    return _of_whole_cells(fragile_share, zone_cover)


@step
def red_line_present_value(red_line_value: NDArray[np.float32], zone_cover: ZoneCover) -> NDArray[np.float32]:
    """Value of the whole of a cell for the red line.

    Parameters
    ----------
    red_line_value : float32 ndarray (rows, columns)
        That of the part of each cell in the region [ppm].
    zone_cover : ZoneCover
        Tells which share of the cells lies in the region.

    Returns
    -------
    float32 ndarray (rows, columns)
        [ppm], as `present_share` counts.
    """
    return _of_whole_cells(red_line_value, zone_cover)


@step
def red_line_persons(
    population_density: AnyYears, zone_cover: ZoneCover, cell_area: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Residents of a cell in the last year.

    Parameters
    ----------
    population_density : Series of float32 ndarray (rows, columns)
        [person/km2].
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        [person]; NaN where there is no data, and beyond the region.
    """
    persons = last_year(population_density) * cell_area / SQUARE_METRES_PER_KM2
    return np.where(zone_cover.region, persons, np.nan).astype(np.float32)


@step
def red_line_cropland(
    ecosystem: AnyYears, zone_cover: ZoneCover, cell_area: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Cropland of a cell in the last year.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes; 50 to 59 are cropland, orchards among them; -1 no data.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        [ha]; NaN where the ecosystem is not known, and beyond the region.
    """
    land = last_year(ecosystem)
    hectares = np.where(land // _SECOND_LEVELS == _CROPLAND, cell_area, 0.0) / SQUARE_METRES_PER_HECTARE
    known = zone_cover.region & (land != NO_DATA)
    return np.where(known, hectares, np.nan).astype(np.float32)


def _of_whole_cells(share: NDArray[np.float32], zone_cover: ZoneCover) -> NDArray[np.float32]:
    inside = share_in_region(zone_cover)
    return np.where(inside > 0, share / np.where(inside > 0, inside, 1.0), np.nan).astype(np.float32)


@dataclass(frozen=True)
class Rule:
    """A rule by which ground comes in or leaves.

    Parameters
    ----------
    code : str
        Its code.
    direction : str
        in or out.
    ground : str
        What it speaks of: cell, or what is drawn.
    when : Condition
        Of which cells or polygons it speaks: those of which this surely holds.
    name, name_zh : str
        What legends call it.
    """

    code: str
    direction: str
    ground: str
    when: Condition
    name: str
    name_zh: str


class Rules:
    """The rules of the adjustment, in their order.

    Parameters
    ----------
    table : DataFrame
        Columns code, order, direction, ground, when, force; name, name_zh, english, chinese where it has them. A rule
        that is not in the table is not applied.

    Raises
    ------
    StudyError
        Naming every condition that cannot be read, every fact, code, direction and ground nobody knows, and every rule
        that stands twice.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        problems = Problems()
        told = RuleTable(table, _TABLE, _REQUIRED, _OPTIONAL, problems)
        told.check_words("direction", (IN, OUT))
        told.check_words("ground", (CELL, *DRAWN))
        told.check_words("force", ("shall", "may"))
        told.check_twice("code")
        facts = about_chapter_rules(PACK).facts
        self.table, self._rules = table, []
        for row in told.order():
            code, direction, ground = told.codes[row], told["direction"][row], told["ground"][row]
            # Keys of patches begin with the code, and layers of faces are named by words.
            if not _CODE.fullmatch(code):
                told.fault("code", f"{code!r} is no code", "write letters and a number, as A1")
            if ground == CELL and direction == OUT:
                told.fault("direction", f"{code} speaks of cells, which only come in", f"write {IN}")
            if ground == CELL and not told["when"][row]:
                told.fault("when", f"{code} would bring all cells in", "write a condition")
            when = told.condition(row, "when", facts["cell" if ground == CELL else "drawn"])
            names = told["name"][row] or told["english"][row], told["name_zh"][row] or told["chinese"][row]
            self._rules.append(Rule(code, direction, ground, when, *names))
        if len(self.on_cells) >= NEVER_IN - len(READY_CELLS):
            told.fault("ground", f"{len(self.on_cells)} rules speak of cells", "join some of them by or")
        if problems:
            raise StudyError(problems)

    def order(self, direction: str) -> list[str]:
        """Give the codes of the rules of one direction, the first to look at first."""
        return [rule.code for rule in self._rules if rule.direction == direction]

    @property
    def on_cells(self) -> list[Rule]:
        """The rules on cells, in their order."""
        return [rule for rule in self._rules if rule.ground == CELL]

    @property
    def on_drawn(self) -> list[Rule]:
        """The rules on what is drawn, those by which it comes in first, and by their codes."""
        drawn = [rule for rule in self._rules if rule.ground != CELL]
        return sorted(drawn, key=lambda rule: (rule.direction != IN, rule.code))

    @property
    def cell_numbers(self) -> dict[str, int]:
        """The numbers of the rules on cells in the raster of grounds."""
        ours = sorted(rule.code for rule in self.on_cells)
        known = {code: number for number, code in enumerate(READY_CELLS, 1) if code in ours}
        own = [code for code in ours if code not in known]
        return known | {code: number for number, code in enumerate(own, len(READY_CELLS) + 1)}


@dataclass(frozen=True)
class Ground:
    """Ground that a rule on cells speaks of, drawn along the sides of the cells.

    Parameters
    ----------
    polygons : ndarray of shapely polygons (patches,)
        In the CRS of the grid.
    code : object ndarray of str (patches,)
        The rule of each; empty: excluded land, which never comes in.
    dropped : DataFrame
        What was too small: rule, patches, area_ha, by the whole areas of its cells.
    """

    polygons: Polygons
    code: NDArray[Any]
    dropped: pd.DataFrame


def drawn_ground(
    in_ground: WholeRaster,
    exclusion: WholeRaster,
    cell_area: WholeRaster,
    today: Polygons,
    drawn_in: Polygons,
    geobox: GeoBox,
    smallest: float,
    cell_numbers: Mapping[str, int],
) -> Ground:
    """Draw the cells that would come in, and the excluded ones under what is drawn.

    Parameters
    ----------
    in_ground : WholeRaster
        int32, the rule by which a cell would come in.
    exclusion : WholeRaster
        int32, above 0 excluded land.
    cell_area : WholeRaster
        Area of the cells [m2].
    today : ndarray of shapely polygons
        Today's red line: cells wholly inside one of its polygons are left out.
    drawn_in : ndarray of shapely polygons
        What is drawn and may come in: only excluded cells that it touches are drawn.
    geobox : GeoBox
        The grid.
    smallest : float
        Patches of cells that are smaller are left out; those of excluded land are not [m2].
    cell_numbers : mapping of str to int
        The numbers of the rules in `in_ground`.

    Returns
    -------
    Ground
    """
    kept = in_ground.blank(np.uint8)
    inside, under = PolygonCover(today, geobox.transform), PolygonCover(drawn_in, geobox.transform)
    rows, columns = kept.shape
    for row in range(0, rows, BLOCK):
        for column in range(0, columns, BLOCK):
            window = Window(row, column, min(BLOCK, rows - row), min(BLOCK, columns - column))
            part = np.s_[: window.height, : window.width]
            found = np.maximum(in_ground.read(window), 0)
            found[inside.shares(row, column, BLOCK).whole[part] >= 0] = 0
            touched = under.shares(row, column, BLOCK).whole[part] != -1
            found[touched & (exclusion.read(window) > 0)] = NEVER_IN
            kept.write(window, found.astype(np.uint8))
    patches = find_patches(kept, cell_area, lambda cells: cells, _SIDES)
    names = np.full(NEVER_IN + 1, "", object)
    names[list(cell_numbers.values())] = list(cell_numbers)
    code, area = names[patches.value], patches.square_metres
    small = (area < smallest) & (patches.value != NEVER_IN)
    numbers, polygons = trace_outlines(patches.numbers).polygons(geobox)
    large = ~small[numbers - 1]
    dropped = pd.DataFrame({"rule": code[small], "patches": 1, "area_ha": area[small] / SQUARE_METRES_PER_HECTARE})
    return Ground(polygons[large], code[numbers - 1][large], dropped.groupby("rule", as_index=False).sum())


def widened(shapes: geopandas.GeoDataFrame | None, metres: float, crs: pyproj.CRS) -> Polygons:
    """Give shapes with what lies around them.

    Parameters
    ----------
    shapes : GeoDataFrame or None
        Lines or polygons.
    metres : float
        How wide the surroundings are [m].
    crs : pyproj.CRS
        Theirs.

    Returns
    -------
    ndarray of shapely polygons
        In the plane; of geographic coordinates with degrees of longitude as short as they are in the middle of each.
    """
    if shapes is None:
        return np.empty(0, object)
    given = shapes.geometry.to_numpy()
    distance = metres / metres_of(crs)
    if not crs.is_geographic:
        return np.asarray(shapely.buffer(given, distance, quad_segs=_QUARTER), object)
    out = np.empty(len(given), object)
    for number, shape in enumerate(given):
        narrow = np.array([np.cos(np.radians(shapely.bounds(shape)[[1, 3]].mean())), 1.0])
        flat = shapely.transform(shape, lambda xy, narrow=narrow: xy * narrow)
        wide = shapely.buffer(flat, distance, quad_segs=_QUARTER)
        out[number] = shapely.transform(wide, lambda xy, narrow=narrow: xy / narrow)
    return out


def polygons_of(shapes: geopandas.GeoDataFrame | None) -> Polygons:
    """Give the polygons of a layer, mended where they cross themselves; none where the study does not have it."""
    return np.empty(0, object) if shapes is None else mend(np.asarray(shapes.geometry.to_numpy(), object))[0]


@dataclass(frozen=True)
class Spoken:
    """What is drawn and a rule speaks of.

    Parameters
    ----------
    polygons : dict of str to ndarray of shapely polygons
        By rule; those by which ground comes in first.
    valid_until : dict of str to float64 ndarray
        Of the rules on rights to mine: the last year of each of their polygons; NaN where it is not known.
    """

    polygons: dict[str, Polygons]
    valid_until: dict[str, NDArray[np.float64]]


def spoken_of(
    rules: Rules,
    drawn: Mapping[str, Polygons],
    valid_until: NDArray[np.float64],
    value: WholeRaster,
    cell_area: WholeRaster,
    persons: WholeRaster | None,
    geobox: GeoBox,
    limits: Mapping[str, float],
) -> Spoken:
    """Find of which of what is drawn the rules speak, each polygon by itself and as a whole.

    Parameters
    ----------
    rules : Rules
        The rules.
    drawn : mapping of str to ndarray of shapely polygons
        By what they are, as `DRAWN` names it, in the CRS of the grid.
    valid_until : float64 ndarray
        The last year of each right to mine; NaN where it is not known.
    value : WholeRaster
        What each cell gives of everything that the region gives [ppm].
    cell_area : WholeRaster
        Area of the cells [m2].
    persons : WholeRaster or None
        Residents of each cell.
    geobox : GeoBox
        The grid.
    limits : mapping of str to float
        Scalars that conditions may ask for.

    Returns
    -------
    Spoken
        Since it hangs on the polygon and not on the line, what left does not come back by the next run. A polygon of
        which it is not known whether the condition holds is not spoken of.
    """
    asked: dict[str, set[str]] = {}
    for rule in rules.on_drawn:
        asked.setdefault(rule.ground, set()).update(rule.when.facts)
    facts = {ground: _facts_of(ground, drawn, asked[ground], valid_until, limits) for ground in asked}
    _measure(facts, drawn, asked, value, cell_area, persons, geobox)
    polygons, years = {}, {}
    for rule in rules.on_drawn:
        ours = drawn[rule.ground]
        holds = rule.when.truth(Findings(len(ours), facts[rule.ground])).sure
        polygons[rule.code] = ours[holds]
        if rule.ground == MINING:
            years[rule.code] = valid_until[holds]
    return Spoken(polygons, years)


def _facts_of(
    ground: str,
    drawn: Mapping[str, Polygons],
    asked: set[str],
    valid_until: NDArray[np.float64],
    limits: Mapping[str, float],
) -> dict[str, Value]:
    years = valid_until if ground == MINING else np.full(len(drawn[ground]), np.nan)
    facts: dict[str, Value] = {"valid_until": years, "valid_until_known": ~np.isnan(years), **limits}
    return {name: value for name, value in facts.items() if name in asked}


def _measure(
    facts: Mapping[str, dict[str, Value]],
    drawn: Mapping[str, Polygons],
    asked: Mapping[str, set[str]],
    value: WholeRaster,
    cell_area: WholeRaster,
    persons: WholeRaster | None,
    geobox: GeoBox,
) -> None:
    """Measure polygons, as far as conditions ask for it."""

    def wanting(fact: str) -> list[str]:
        return [ground for ground in DRAWN if fact in asked.get(ground, ())]

    ellipsoid = EllipsoidArea(bounds_of(drawn[ground] for ground in wanting("area_ha")), pyproj.CRS(crs_of(geobox)))
    for ground in wanting("area_ha"):
        facts[ground]["area_ha"] = ellipsoid.of(drawn[ground]) / SQUARE_METRES_PER_HECTARE
    for ground in wanting("persons_known"):
        facts[ground]["persons_known"] = persons is not None
    if persons is not None:
        for ground in wanting("persons"):
            known = sum_over_polygons(drawn[ground], geobox, {"persons": persons.read})
            facts[ground]["persons"] = known.total["persons"].to_numpy(np.float64)
    judged = wanting("value_percent")
    together = np.concatenate([np.empty(0, object), *(drawn[ground] for ground in judged)])
    worth = 100.0 * worth_of(together, value, cell_area, geobox) if len(together) else np.empty(0)
    ends = np.cumsum([len(drawn[ground]) for ground in judged])
    for ground, part in zip(judged, np.split(worth, ends[:-1]) if judged else (), strict=True):
        facts[ground]["value_percent"] = part


def valid_until_of(mining_right: geopandas.GeoDataFrame | None) -> NDArray[np.float64]:
    """Give the last year of each right to mine; NaN where it is not known."""
    if mining_right is None:
        return np.empty(0)
    if "valid_until" not in mining_right:
        return np.full(len(mining_right), np.nan)
    return np.asarray(mining_right["valid_until"].to_numpy(np.float64), np.float64)


def worth_of(polygons: Polygons, value: WholeRaster, cell_area: WholeRaster, geobox: GeoBox) -> NDArray[np.float64]:
    """Give the value of a square metre of each polygon against that of the region's mean.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        In the CRS of the grid.
    value : WholeRaster
        What each cell gives of everything that the region gives [ppm].
    cell_area : WholeRaster
        Area of the cells [m2].
    geobox : GeoBox
        The grid.

    Returns
    -------
    float64 ndarray
        [1]; NaN where nothing of a polygon is known.
    """

    def known_area(window: Window) -> NDArray[np.float64]:
        return np.where(np.isnan(value.read(window)), np.nan, cell_area.read(window))

    everything = np.append(polygons, geobox.extent.geom)
    sums = sum_over_polygons(everything, geobox, {"value": value.read, "area": known_area}).total
    density = (sums["value"] / sums["area"].where(sums["area"] > 0)).to_numpy(np.float64)
    return np.asarray(density[:-1] / density[-1] if density[-1] > 0 else density[:-1], np.float64)


def blocks(polygons: Polygons) -> Polygons:
    """Join polygons that touch or overlap.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        Any.

    Returns
    -------
    ndarray of shapely.Polygon
        One a block; those that share a corner only are apart.
    """
    return np.asarray(shapely.get_parts(shapely.union_all(polygons)), object) if len(polygons) else polygons


def bounds_of(layers: Iterable[Polygons]) -> NDArray[np.float64]:
    """Give the bounds of all polygons of several layers; NaN where there are none."""
    whole = np.concatenate([np.empty(0, object), *layers])
    return np.asarray(shapely.total_bounds(whole), np.float64) if len(whole) else np.full(4, np.nan)
