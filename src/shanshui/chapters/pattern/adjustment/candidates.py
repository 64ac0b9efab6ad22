"""What may come inside the red line, what may leave it, and by which rule (paper 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problem, StudyError
from shanshui.base.grid import Window, crs_of
from shanshui.base.raster import WholeRaster
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.delineation import SQUARE_METRES_PER_HECTARE, SQUARE_METRES_PER_KM2
from shanshui.chapters.pattern.grounds import NO_DATA, NO_GROUND, last_year
from shanshui.chapters.pattern.importance import EXTREME, SERVICES
from shanshui.science.code_sums import share_in_region
from shanshui.science.coverage import BLOCK, PolygonCover
from shanshui.science.faces_area import EllipsoidArea, metres_of
from shanshui.science.faces_made import mend
from shanshui.science.outlines import trace_outlines
from shanshui.science.patches import find_patches
from shanshui.science.polygon_sums import sum_over_polygons

_RULES = Path(__file__).with_name("red_line_adjustment_rules.csv")
# Rules that look at cells, and the numbers they have in the raster of grounds; then what never comes in.
CELL_RULES = {"A1": 1, "A2": 2, "A3": 3, "A4": 4}
NEVER_IN = 9
# Rules that look at what is drawn.
DRAWN_IN, DRAWN_OUT = ("B1", "B2", "B3"), ("C1", "C2", "C3", "C4", "C5")
IMPORTANT = 2
# Codes of red lines of land that is fragile to water erosion, desertification, rocky desertification.
_ERODED = (21, 22, 23)
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
        Columns code, order (within a direction; the first that holds decides), direction (in or out), force (shall or
        may), english, chinese, document, article, valid_from, status.

    Notes
    -----
    The list of what comes in and what leaves is that of the paper; that unused land of key function comes in is law.
    Which rules bind (shall) and which leave a choice (may) is our choice, but for the law.
    """
    return pd.read_csv(_RULES, dtype={"article": str}, keep_default_na=False)


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
        Columns code and order: of the rules A1 to A4 the first that holds counts.
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
        1 extremely important or extremely fragile (A1), 2 unused land that is extremely important (A2), 3 extremely
        fragile to erosion or desertification, or seriously eroded (A3), 4 important and little disturbed (A4); 0 none,
        and on cropland, which never comes in; -1 beyond the region, and where the importance is not known.
    """
    importance, land = last_year(service_importance), last_year(ecosystem)
    nowhere = np.zeros(importance.shape, np.bool_)
    fragile = nowhere if fragility_class is None else last_year(fragility_class) == EXTREME
    eroded = nowhere
    if fragility_class_dominant is not None and fragility_class_dominant_legend is not None:
        legend = fragility_class_dominant_legend
        problems = legend["code"][legend["line_type"].isin(_ERODED)]
        eroded = fragile & np.isin(last_year(fragility_class_dominant), problems)
    for intensity in (water_erosion_intensity, wind_erosion_intensity):
        if intensity is not None:
            eroded = eroded | (last_year(intensity) >= serious_erosion_intensity)
    undisturbed = nowhere
    if habitat_quality is not None:
        undisturbed = last_year(habitat_quality) >= np.float32(undisturbed_habitat_quality)
    elif habitat_degradation is not None:
        undisturbed = last_year(habitat_degradation) <= np.float32(undisturbed_habitat_degradation)
    holds = {
        "A1": (importance == EXTREME) | fragile,
        "A2": (importance == EXTREME) & (land // _SECOND_LEVELS == _UNUSED),
        "A3": eroded,
        "A4": (importance == IMPORTANT) & undisturbed,
    }
    found = np.full(importance.shape, NO_GROUND, np.int32)
    for code in reversed(in_order(red_line_adjustment_rules, "in")):
        if code in holds:
            found[holds[code]] = CELL_RULES[code]
    # What is tilled is kept as farmland, or restored: it does not come in by what its ground is worth.
    found[(red_line_exclusion > 0) | (land // _SECOND_LEVELS == _CROPLAND)] = NO_GROUND
    known = zone_cover.region & ((importance != NO_DATA) | fragile | eroded)
    return np.where(known, found, NO_DATA).astype(np.int32)


@step
def red_line_in_ground_legend() -> pd.DataFrame:
    """Legend of the rules by which cells come in.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (NO_GROUND, "none", "无", "#e5e5e5"),
        (CELL_RULES["A1"], "A1 extremely important or fragile", "A1极重要或极敏感脆弱", "#009e73"),
        (CELL_RULES["A2"], "A2 unused land of key function", "A2具有重要生态功能的未利用地", "#cc79a7"),
        (CELL_RULES["A3"], "A3 serious desertification or erosion", "A3水土流失与沙化石漠化严重", "#d55e00"),
        (CELL_RULES["A4"], "A4 little disturbed, of potential value", "A4低干扰且具潜在价值", "#56b4e9"),
    ]
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


def in_order(rules: pd.DataFrame, direction: str) -> list[str]:
    """Give the codes of the rules of one direction, the first to look at first.

    Parameters
    ----------
    rules : DataFrame
        Columns code, order, direction.
    direction : str
        ``in`` or ``out``.

    Returns
    -------
    list of str
    """
    ours = rules[rules["direction"] == direction].sort_values("order", kind="stable")
    return [str(code) for code in ours["code"]]


def checked_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Refuse rules that nobody can carry out.

    Parameters
    ----------
    rules : DataFrame
        Columns code, order, direction, force.

    Returns
    -------
    DataFrame
        The same.

    Raises
    ------
    StudyError
        Where a code is none of ours, stands twice, or in the wrong direction.
    """
    key = "tables.red_line_adjustment_rules.columns.code"
    known = dict.fromkeys((*CELL_RULES, *DRAWN_IN), "in") | dict.fromkeys(DRAWN_OUT, "out")
    problems = []
    for code, direction in zip(rules["code"], rules["direction"], strict=True):
        if code not in known:
            problems.append(Problem(key, f"there is no rule {code!r}", f"give some of {', '.join(known)}"))
        elif direction != known[code]:
            problems.append(Problem(key, f"{code} goes {known[code]}, not {direction}", f"write {known[code]}"))
    for code in sorted(set(rules["code"][rules["code"].duplicated()])):
        problems.append(Problem(key, f"{code!r} stands more than once", "give each rule one row"))
    if problems:
        raise StudyError(problems)
    return rules


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
    names[list(CELL_RULES.values())] = list(CELL_RULES)
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
class Limits:
    """From which size and up to which worth what is drawn may leave.

    Parameters
    ----------
    settlement, cropland : float
        Least area of a settlement, and of a block of farmland [m2].
    persons : float
        Least residents of a settlement [person].
    infrastructure, forest : float
        Greatest value of a square metre, against that of the region's mean [1].
    year : float
        Rights to mine that end before are not valid.
    """

    settlement: float
    cropland: float
    persons: float
    infrastructure: float
    forest: float
    year: float


@dataclass(frozen=True)
class Leaving:
    """What is drawn and may leave.

    Parameters
    ----------
    polygons : dict of str to ndarray of shapely polygons
        By rule, those that the rule speaks of.
    valid_until : float64 ndarray
        The last year of each right to mine; NaN where it is not known.
    """

    polygons: dict[str, Polygons]
    valid_until: NDArray[np.float64]


def leaving(
    settlements: geopandas.GeoDataFrame | None,
    farmland: geopandas.GeoDataFrame | None,
    infrastructure: geopandas.GeoDataFrame | None,
    commercial_forest: geopandas.GeoDataFrame | None,
    mining_right: geopandas.GeoDataFrame | None,
    value: WholeRaster,
    cell_area: WholeRaster,
    persons: WholeRaster | None,
    geobox: GeoBox,
    limits: Limits,
) -> Leaving:
    """Find which of what is drawn may leave the red line, each polygon by itself and as a whole.

    Parameters
    ----------
    settlements, farmland, infrastructure, commercial_forest, mining_right : GeoDataFrame or None
        In the CRS of the grid; rights may have a column valid_until.
    value : WholeRaster
        What each cell gives of everything that the region gives [ppm].
    cell_area : WholeRaster
        Area of the cells [m2].
    persons : WholeRaster or None
        Residents of each cell.
    geobox : GeoBox
        The grid.
    limits : Limits
        From which size and up to which worth.

    Returns
    -------
    Leaving
        Since it hangs on the polygon and not on the line, what left does not come back by the next run. A polygon whose
        worth is not known stays.
    """
    layers = {
        "C1": polygons_of(settlements),
        "C2": blocks(polygons_of(farmland)),
        "C3": polygons_of(infrastructure),
        "C4": polygons_of(commercial_forest),
        "C5": polygons_of(mining_right),
    }
    measure = EllipsoidArea(bounds_of(layers.values()), pyproj.CRS.from_wkt(crs_of(geobox)))
    kept = {
        "C1": measure.of(layers["C1"]) >= limits.settlement,
        "C2": measure.of(layers["C2"]) >= limits.cropland,
    }
    if persons is not None:
        known = sum_over_polygons(layers["C1"], geobox, {"persons": persons.read})
        kept["C1"] &= known.total["persons"].to_numpy() >= limits.persons
    judged = np.concatenate([layers["C3"], layers["C4"]])
    worth = worth_of(judged, value, cell_area, geobox) if len(judged) else np.empty(0)
    of_works, of_forest = np.split(worth, [len(layers["C3"])])
    kept["C3"], kept["C4"] = of_works <= limits.infrastructure, of_forest <= limits.forest
    until = np.full(len(layers["C5"]), np.nan)
    if mining_right is not None and "valid_until" in mining_right:
        until = mining_right["valid_until"].to_numpy(np.float64)
    kept["C5"] = ~(until < limits.year)
    return Leaving({rule: layers[rule][kept[rule]] for rule in layers}, until[kept["C5"]])


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
