"""What the ground says for and against a place inside the red line (paper 2.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import OUTSIDE, ZoneCover
from shanshui.chapters.pattern.importance import EXTREME

_CODES = Path(__file__).with_name("red_line_codes.csv")
NO_DATA = -1
# Codes of what speaks for and against; the whole list is red_line_codes.csv.
NO_GROUND, CONSTRUCTION, FARMLAND, OTHER_EXCLUDED = 0, 1, 2, 3
MANDATORY, MANDATORY_ON_EXCLUDED, CORRIDOR = 31, 32, 33
OTHER_FUNCTION, OTHER_FRAGILITY = 15, 25
LAND, SEA = 1, 2
# The zoning whose zones are the key ecological function areas.
FUNCTION_AREAS = "function_area"
# Second-level ecosystems: built land without its green, and the sea.
_BUILT, _SEA = (60, 61, 63), 94

AnyYears = Annotated[Series, AtLeast(0)]


@step
def red_line_type(
    ecological_importance: NDArray[np.int32],
    service_importance: NDArray[np.int32],
    service_importance_dominant: NDArray[np.int32],
    service_importance_dominant_legend: pd.DataFrame,
    fragility_class_dominant_legend: pd.DataFrame,
    fragility_class: NDArray[np.int32] | None = None,
    fragility_class_dominant: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """Ground for protection: the function or the problem that makes a cell extremely important or fragile.

    Parameters
    ----------
    ecological_importance, service_importance : int32 ndarray (rows, columns)
        1 general, 2 important, 3 extremely important; -1 no data.
    service_importance_dominant : int32 ndarray (rows, columns)
        Number of the service for which a cell is most important.
    service_importance_dominant_legend, fragility_class_dominant_legend : DataFrame
        Columns code and line_type.
    fragility_class : int32 ndarray (rows, columns), optional
        1 general, 2 fragile, 3 extremely fragile; -1 no data.
    fragility_class_dominant : int32 ndarray (rows, columns), optional
        Number of the problem to which a cell is most fragile.

    Returns
    -------
    int32 ndarray (rows, columns)
        11 to 15 the function, 21 to 25 the problem, 33 important and raised by a corridor, 0 no ground; -1 no data.

    Notes
    -----
    Union of the extremely important and the extremely fragile (guide of 2017; to be checked). Where a cell is both, the
    function names it; where the function or the problem is not known, it is another one (15, 25).
    """
    found = np.where(ecological_importance == EXTREME, CORRIDOR, NO_GROUND)
    if fragility_class is not None and fragility_class_dominant is not None:
        kind = _types(fragility_class_dominant, fragility_class_dominant_legend, OTHER_FRAGILITY)
        found = np.where(fragility_class == EXTREME, kind, found)
    kind = _types(service_importance_dominant, service_importance_dominant_legend, OTHER_FUNCTION)
    found = np.where(service_importance == EXTREME, kind, found)
    return np.where(ecological_importance == NO_DATA, NO_DATA, found).astype(np.int32)


@step
def red_line_mandatory(
    protected_area: NDArray[np.float32] | None = None, mandatory_protection: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Share of each cell that must lie inside the red line.

    Parameters
    ----------
    protected_area : float32 ndarray (rows, columns), optional
        Share in protected areas, 0 to 1 [1].
    mandatory_protection : float32 ndarray (rows, columns), optional
        Share in what must be inside for another reason, 0 to 1 [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        The greater of both [1]: they may cover the same ground.
    """
    return _greatest(protected_area, mandatory_protection)


@step
def red_line_exclusion(
    ecosystem: AnyYears,
    settlement: NDArray[np.float32] | None = None,
    permanent_basic_farmland: NDArray[np.float32] | None = None,
    excluded_land: NDArray[np.float32] | None = None,
    *,
    least_excluded_share: float,
) -> NDArray[np.int32]:
    """Land that stays outside the red line.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes by year; the last year counts.
    settlement, permanent_basic_farmland, excluded_land : float32 ndarray (rows, columns), optional
        Share of each cell, 0 to 1 [1].
    least_excluded_share : float
        Share from which on a cell counts as such land [1].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 construction land (built ecosystems, urban green apart, and settlements), 2 permanent basic farmland, 3 other,
        0 none; the first that holds.
    """
    least = np.float32(least_excluded_share)
    land = last_year(ecosystem)
    found = np.zeros(land.shape, np.int32)
    for code, share in (
        (OTHER_EXCLUDED, excluded_land),
        (FARMLAND, permanent_basic_farmland),
        (CONSTRUCTION, settlement),
    ):
        if share is not None:
            found[share >= least] = code
    found[np.isin(land, _BUILT)] = CONSTRUCTION
    return found


@step
def red_line_realm(ecosystem: AnyYears) -> NDArray[np.int32]:
    """Land or sea.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes by year; the last year counts.

    Returns
    -------
    int32 ndarray (rows, columns)
        2 where the ecosystem is the sea, 1 elsewhere: what must be inside has its realm without an ecosystem too.
    """
    return np.where(last_year(ecosystem) == _SEA, SEA, LAND).astype(np.int32)


@step
def function_area(zone_cover: ZoneCover, zones: pd.DataFrame) -> NDArray[np.int32]:
    """Function area in which most of a cell lies.

    Parameters
    ----------
    zone_cover : ZoneCover
        Which zones cover the cells.
    zones : DataFrame
        The zones; those of the zoning ``function_area`` count.

    Returns
    -------
    int32 ndarray (rows, columns)
        Its number in the order of the zoning, from 1; -1 where most of the cell lies in none, and where the study has
        no such zoning.
    """
    numbers = np.full(len(zones) + 1, NO_DATA, np.int32)
    rows = _function_areas(zones)
    numbers[rows] = np.arange(1, len(rows) + 1)
    # A cell is in one zone of each zoning: that of ours is the only one with a number.
    combinations = numbers[zone_cover.members].max(axis=1, initial=NO_DATA)
    # The last two stand for the signatures -1 and -2: the border, and beyond the region.
    found = np.append(combinations, [NO_DATA, NO_DATA])[zone_cover.signature]
    ours = (zones["zoning"] == FUNCTION_AREAS).to_numpy()[zone_cover.border_zone]
    cell, zone, share = (
        each[ours] for each in (zone_cover.border_cell, zone_cover.border_zone, zone_cover.border_share)
    )
    # The last one written stays: the greatest share, of equals the first zone.
    order = np.lexsort([-zone, share])
    found.reshape(-1)[cell[order]] = numbers[zone[order]]
    return found.astype(np.int32)


@step
def function_area_legend(zones: pd.DataFrame) -> pd.DataFrame:
    """Names of the function areas.

    Parameters
    ----------
    zones : DataFrame
        The zones; those of the zoning ``function_area`` count.

    Returns
    -------
    DataFrame
        Columns code and name, of equal names with the code of the zone; no row where the study has no such zoning.
    """
    areas = zones.iloc[_function_areas(zones)]
    twice = areas["name"].duplicated(keep=False)
    names = areas["name"].where(~twice, areas["name"] + " " + areas["zone"].astype(str))
    return pd.DataFrame({"code": np.arange(1, len(areas) + 1), "name": names.to_numpy()})


@step
def red_line_ground(
    red_line_type: AnyYears,
    red_line_exclusion: NDArray[np.int32],
    zone_cover: ZoneCover,
    red_line_mandatory: NDArray[np.float32] | None = None,
    *,
    least_mandatory_share: float,
) -> NDArray[np.int32]:
    """What speaks for and against each cell, the strongest ground.

    Parameters
    ----------
    red_line_type : Series of int32 ndarray (rows, columns)
        Ground for protection by year, -1 no data; the last year counts.
    red_line_exclusion : int32 ndarray (rows, columns)
        1 to 3 excluded land, 0 none.
    zone_cover : ZoneCover
        Tells which cells lie in the region.
    red_line_mandatory : float32 ndarray (rows, columns), optional
        Share that must be inside, 0 to 1 [1].
    least_mandatory_share : float
        Share from which on a cell must be inside [1].

    Returns
    -------
    int32 ndarray (rows, columns)
        31 mandatory, 32 mandatory though on excluded land (mandatory wins, and the conflict is kept), 1 to 3 excluded,
        11 to 25 and 33 grounds for protection, 0 none; -1 beyond the region, and where nothing is known.
    """
    kind = last_year(red_line_type)
    excluded = red_line_exclusion > 0
    found = np.where(excluded, red_line_exclusion, kind)
    if red_line_mandatory is not None:
        mandatory = red_line_mandatory >= np.float32(least_mandatory_share)
        found = np.where(mandatory, np.where(excluded, MANDATORY_ON_EXCLUDED, MANDATORY), found)
    return np.where(zone_cover.region, found, NO_DATA).astype(np.int32)


@step(gives="red_line_type_legend")
def type_legend() -> pd.DataFrame:
    """Legend of the grounds for protection.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour, source, status.
    """
    codes = red_line_codes()
    return codes[codes["code"].isin([NO_GROUND, CORRIDOR]) | codes["code"].between(11, 25)].reset_index(drop=True)


@step(gives="red_line_ground_legend")
def ground_legend() -> pd.DataFrame:
    """Legend of what speaks for and against.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour, source, status.
    """
    codes = red_line_codes()
    kept = codes["code"].isin([NO_GROUND, CONSTRUCTION, FARMLAND, OTHER_EXCLUDED]) | codes["code"].between(11, CORRIDOR)
    return codes[kept].reset_index(drop=True)


@step(gives="red_line_exclusion_legend")
def exclusion_legend() -> pd.DataFrame:
    """Legend of the excluded land.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour, source, status.
    """
    codes = red_line_codes()
    found = codes[codes["code"] <= OTHER_EXCLUDED].reset_index(drop=True)
    return found.assign(name=["none", *found["name"][1:]], name_zh=["无", *found["name_zh"][1:]])


@step(gives="red_line_realm_legend")
def realm_legend() -> pd.DataFrame:
    """Legend of land and sea.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [(LAND, "land", "陆域", "#e6dccb"), (SEA, "sea", "海域", "#aac8e4")]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


def red_line_codes() -> pd.DataFrame:
    """Give every code of a red line: why a cell is inside or outside.

    Returns
    -------
    DataFrame
        Columns code, inside (0 or 1), name, name_zh, colour, source, status.
    """
    return pd.read_csv(_CODES)


def last_year(series: Series) -> NDArray[Any]:
    """Give the last year of a series; of a quantity without years, the quantity.

    Parameters
    ----------
    series : Series of ndarray
        By year.

    Returns
    -------
    ndarray
    """
    *_, last = series.values()
    found: NDArray[Any] = last
    return found


def _function_areas(zones: pd.DataFrame) -> NDArray[np.int64]:
    """Give the rows of the function areas."""
    return np.flatnonzero((zones["zoning"] == FUNCTION_AREAS) & (zones["zone"] != OUTSIDE))


def _greatest(*shares: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """Give the greatest share of those that are there; where none is known, none."""
    return np.fmax.reduce([share for share in shares if share is not None])


def _types(dominant: NDArray[np.int32], legend: pd.DataFrame, other: int) -> NDArray[np.int32]:
    """Give the codes of red lines for the numbers of services or problems, another one where that is not known."""
    types = np.full(max(int(legend["code"].max()), int(dominant.max(initial=0))) + 1, other, np.int32)
    told = legend[legend["line_type"] > 0]
    types[told["code"].to_numpy()] = told["line_type"].to_numpy()
    return types[np.maximum(dominant, 0)]
