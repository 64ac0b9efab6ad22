"""Which cells may come inside the red line, by which rule, and what they are worth today (paper 2.2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.adjustment.rules import Rules
from shanshui.chapters.pattern.delineation import SQUARE_METRES_PER_HECTARE, SQUARE_METRES_PER_KM2
from shanshui.chapters.pattern.grounds import NO_DATA, NO_GROUND, AnyYears, last_year
from shanshui.chapters.pattern.importance import EXTREME, SERVICES
from shanshui.policy.rules.findings import Findings, Value
from shanshui.policy.rules.ranking import first_that_holds
from shanshui.science.code_sums import share_in_region

_COLOURS = ("#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#e69f00", "#0072b2", "#f0e442", "#999999")
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
