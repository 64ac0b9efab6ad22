"""The coast: where it is, what grows before it, and whom that protects (paper 2.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.raster import WholeRaster
from shanshui.base.step import AtLeast, Series, Somewhere, step
from shanshui.base.zones import ZoneCover
from shanshui.science.code_sums import CodeSums, share_in_region, sum_by_code
from shanshui.science.distance import distance_to, distances_to, nearest_source
from shanshui.science.fetch import COAST, SEA_SHARE
from shanshui.science.lookup import values_of_codes

SEA_CODE = 94
CROPLAND = 5
# Code, names, colour. The order is that of the codes.
HABITATS = (
    (1, "mangrove", "红树林", "#117733"),
    (2, "salt marsh", "盐沼", "#999933"),
    (3, "seagrass", "海草床", "#88ccee"),
    (4, "coral or oyster reef", "珊瑚礁或牡蛎礁", "#cc6677"),
    (5, "dune or beach", "沙丘或沙滩", "#ddcc77"),
)
NO_HABITAT = (0, "none of these", "无", "#bbbbbb")
# Which of several habitats a coast cell shows on the map, the more protective first, as InVEST's coastal vulnerability
# model ranks them: reef and mangrove 1, dune and marsh 2, seagrass 4.
BY_PROTECTION = (1, 4, 2, 5, 3)
# `nearest_coast` holds the segment and one bit for each habitat.
SEGMENT = 2 ** len(HABITATS)
SQUARE_METRES_A_HECTARE = 10_000.0
HECTARES_A_SQUARE_KILOMETRE = 100.0
METRES_A_KILOMETRE = 1000.0
# So many m2/s make one unit in which wave exposure is summed, lest the sum outgrow its whole numbers.
EXPOSURE_UNIT = 1000.0


@step(gives="sea", method="ecosystem")
def sea_of_ecosystem(ecosystem: NDArray[np.int32]) -> NDArray[np.float32]:
    """Sea as the land cover maps it.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 sea, 0 other; NaN where there is no data.
    """
    return np.where(ecosystem >= 0, np.float32(ecosystem == SEA_CODE), np.float32(np.nan))


@step(gives="coast", method="segments")
def coast_of_segments(coast_segment: NDArray[np.int32]) -> NDArray[np.int32]:
    """Coast cells as the study's own coast lines have them.

    Parameters
    ----------
    coast_segment : int32 ndarray (rows, columns)
        Code of the segment on every cell that its line touches; -1 elsewhere.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 coast, 0 elsewhere.
    """
    return (coast_segment >= 0).astype(np.int32)


@step(gives="coast", method="sea", halo=1)
def coast_of_sea(sea: NDArray[np.float32]) -> NDArray[np.int32]:
    """Coast cells: land that has sea among its eight neighbours.

    Parameters
    ----------
    sea : float32 ndarray (rows, columns)
        Share of each cell that is sea; from one half on it is sea. NaN where there is no data.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 coast, 0 elsewhere, -1 where there is no data. Beyond the map there is no sea.
    """
    wet = np.pad(sea >= SEA_SHARE, 1)
    rows, columns = sea.shape
    beside = np.zeros(sea.shape, bool)
    for down in range(3):
        for right in range(3):
            beside |= wet[down : down + rows, right : right + columns]
    return np.where(np.isnan(sea), -1, beside & (sea < SEA_SHARE)).astype(np.int32)


@step
def coast_legend() -> pd.DataFrame:
    """Legend of the coast.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [(0, "elsewhere", "其他", "#d9d0c4"), (1, "coast", "海岸", "#332288")]
    return pd.DataFrame(rows, columns=["code", "name", "name_zh", "colour"])


@step
def coast_distance(coast: WholeRaster, cell_width: WholeRaster, cell_height: WholeRaster) -> WholeRaster:
    """Distance to the nearest coast cell, on either side of the coast.

    Parameters
    ----------
    coast : raster
        1 coast.
    cell_width, cell_height : raster
        Sides of the cells [m].

    Returns
    -------
    raster
        Straight distance between centres [m], 0 on the coast; NaN where the map has no coast.
    """
    distance = distance_to(coast, cell_width, cell_height, lambda cells: cells == COAST, np.inf)
    for tile in distance.tiles():
        cells = distance.read(tile)
        distance.write(tile, np.where(np.isinf(cells), np.float32(np.nan), cells))
    return distance


@step
def coastal_habitat_ecosystems() -> pd.DataFrame:
    """Which ecosystems are a coastal habitat where they lie at the coast, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, habitat, unit, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("coastal_habitat.csv"))


@step(gives="coastal_habitat", method="ecosystem")
def coastal_habitat_of_ecosystem(
    ecosystem: NDArray[np.int32],
    coast_distance: NDArray[np.float32],
    coastal_habitat_ecosystems: pd.DataFrame,
    *,
    coastal_habitat_reach: float,
) -> NDArray[np.int32]:
    """Coastal habitats from land cover: wetland and sand within reach of the coast.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    coast_distance : float32 ndarray (rows, columns)
        Distance to the coast [m].
    coastal_habitat_ecosystems : DataFrame
        The table that comes with shanshui.
    coastal_habitat_reach : float
        How far a habitat lies from the coast at most [m].

    Returns
    -------
    int32 ndarray (rows, columns)
        1 mangrove, 2 salt marsh, 5 dune or beach, 0 none of these, -1 where there is no data. Seagrass and reefs lie
        under water, where land cover does not show them.

    Notes
    -----
    Woody wetland is mangrove and marsh is salt marsh only by the coast; a marsh inland is neither. Mudflat (43) is none
    of the five: it is bare, and to count it as marsh would overstate what plants do.
    """
    table = coastal_habitat_ecosystems
    habitat = values_of_codes(ecosystem, table["level2"].to_numpy(), table["habitat"].to_numpy())
    near = (coast_distance <= coastal_habitat_reach) & np.isfinite(habitat)
    return np.where(ecosystem < 0, -1.0, np.where(near, habitat, 0.0)).astype(np.int32)


@step
def coastal_habitat_legend() -> pd.DataFrame:
    """Legend of the coastal habitats.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return pd.DataFrame([NO_HABITAT, *HABITATS], columns=["code", "name", "name_zh", "colour"])


@step
def nearest_coast(
    coast_segment: WholeRaster,
    coastal_habitat: WholeRaster,
    sea: Annotated[WholeRaster, Somewhere(SEA_SHARE)],
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    *,
    coastal_habitat_reach: float,
) -> WholeRaster:
    """Nearest coast cell of each cell: its segment, and the habitats within reach of it.

    Parameters
    ----------
    coast_segment : raster
        Code of the segment on coast cells; -1 elsewhere.
    coastal_habitat : raster
        1 mangrove to 5 dune or beach.
    sea : raster
        Share of each cell that is sea; a coast needs some.
    cell_width, cell_height : raster
        Sides of the cells [m].
    coastal_habitat_reach : float
        How far a habitat may lie from the coast that it protects [m].

    Returns
    -------
    raster
        32 times the segment, plus 1, 2, 4, 8 and 16 for the five habitats; -1 where the map has no coast. Of two coast
        cells as near as each other one counts, so that every cell belongs to one segment.
    """
    codes = [habitat for habitat, *_ in HABITATS]

    def kinds(cells: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.stack([cells == code for code in codes])

    reach = [coastal_habitat_reach] * len(codes)
    distance = distances_to(coastal_habitat, cell_width, cell_height, kinds, reach)
    bits = 2 ** np.arange(len(codes), dtype=np.int32)[:, np.newaxis, np.newaxis]
    coded = coast_segment.blank(np.int32)
    for tile in coded.tiles():
        segment = coast_segment.read(tile)
        within = (np.isfinite(distance.read(tile)) * bits).sum(axis=0, dtype=np.int32)
        coded.write(tile, np.where(segment >= 0, SEGMENT * segment + within, -1).astype(np.int32))
    return nearest_source(coded, cell_width, cell_height, lambda cells: cells >= 0, np.inf)


@step
def protecting_habitat(coast: NDArray[np.int32], nearest_coast: NDArray[np.int32]) -> NDArray[np.int32]:
    """Habitat that protects each coast cell.

    Parameters
    ----------
    coast : int32 ndarray (rows, columns)
        1 coast.
    nearest_coast : int32 ndarray (rows, columns)
        Segment and habitats of the nearest coast cell.

    Returns
    -------
    int32 ndarray (rows, columns)
        On coast cells the most protective of the habitats within reach, 0 where there is none; -1 elsewhere.

    Notes
    -----
    Natural Capital Project, InVEST user's guide, Coastal Vulnerability: reef and mangrove rank 1, marsh and dune 2,
    seagrass 4. Of the same rank the earlier in this order shows: mangrove, reef, marsh, dune, seagrass.
    """
    found = np.where((coast == COAST) & (nearest_coast >= 0), 0, -1)
    for code in reversed(BY_PROTECTION):
        found = np.where((found >= 0) & _has(nearest_coast, code), code, found)
    return found.astype(np.int32)


@step
def protecting_habitat_legend() -> pd.DataFrame:
    """Legend of the habitats that protect the coast.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return coastal_habitat_legend()


@step
def coastal_protection_sums(
    coast: NDArray[np.int32],
    nearest_coast: NDArray[np.int32],
    coast_distance: NDArray[np.float32],
    coastal_habitat: NDArray[np.int32],
    sea: NDArray[np.float32],
    cell_area: NDArray[np.float64],
    zone_cover: ZoneCover,
    wave_exposure: NDArray[np.float32] | None = None,
    elevation: NDArray[np.float32] | None = None,
    ecosystem: NDArray[np.int32] | None = None,
    population_density: NDArray[np.float32] | None = None,
    *,
    coastal_habitat_reach: float,
    coastal_hinterland_distance: float,
    low_lying_elevation: float,
) -> CodeSums:
    """Sums of coast, habitats and low land by the nearest coast's segment and habitats.

    Parameters
    ----------
    coast : int32 ndarray (rows, columns)
        1 coast.
    nearest_coast : int32 ndarray (rows, columns)
        Segment and habitats of the nearest coast cell.
    coast_distance : float32 ndarray (rows, columns)
        Distance to the coast [m].
    coastal_habitat : int32 ndarray (rows, columns)
        1 mangrove to 5 dune or beach.
    sea : float32 ndarray (rows, columns)
        Share of each cell that is sea.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zone_cover : ZoneCover
        Which zones cover the cells: only what lies in the region counts.
    wave_exposure : float32 ndarray (rows, columns), optional
        Of coast cells [m2/s].
    elevation : float32 ndarray (rows, columns), optional
        Height [m]; without it nothing is told of the land behind the coast.
    ecosystem : int32 ndarray (rows, columns), optional
        Second-level codes.
    population_density : float32 ndarray (rows, columns), optional
        Residents [person/km2].
    coastal_habitat_reach : float
        How far a habitat may lie from the coast that it protects [m].
    coastal_hinterland_distance : float
        Up to which distance land lies behind the coast [m].
    low_lying_elevation : float
        Up to which height it is low [m].

    Returns
    -------
    CodeSums
        Exact: no order of adding changes them.
    """
    share = share_in_region(zone_cover)
    hectares = share * cell_area / SQUARE_METRES_A_HECTARE
    at_coast = coast == COAST
    # A coast cell is as long as the square of its area has sides.
    length = np.where(at_coast, np.sqrt(cell_area) / METRES_A_KILOMETRE, 0.0)
    amounts = {"whole_coast_km": length, "coast_km": length * share}
    for code, *_ in HABITATS:
        near = (coastal_habitat == code) & (coast_distance <= coastal_habitat_reach)
        amounts[_habitat(code)] = np.where(near, hectares, 0.0)
    if wave_exposure is not None:
        amounts["exposed"] = np.where(np.isfinite(wave_exposure) & at_coast, share, 0.0)
        amounts["exposure"] = amounts["exposed"] * wave_exposure / EXPOSURE_UNIT
    if elevation is not None:
        behind = (coast_distance <= coastal_hinterland_distance) & (sea < SEA_SHARE)
        low = np.where(behind & (elevation <= low_lying_elevation), hectares, 0.0)
        amounts["land_ha"] = low
        if ecosystem is not None:
            amounts["cropland_ha"] = np.where(ecosystem // 10 == CROPLAND, low, 0.0)
        if population_density is not None:
            amounts["persons"] = low * population_density / HECTARES_A_SQUARE_KILOMETRE
    return sum_by_code(nearest_coast, amounts)


@step
def segment_lines(coast_segments: pd.DataFrame) -> pd.DataFrame:
    """Segments of the coast as the study tells of them, one row each.

    Parameters
    ----------
    coast_segments : DataFrame
        The study's own table of segments: segment, and perhaps name, coast_type and length_m.

    Returns
    -------
    DataFrame
        Columns segment, and of the others those that it has; the first name and type, and the sum of the lengths [m].

    Raises
    ------
    StudyError
        Where a code is no whole number.

    Examples
    --------
    >>> segment_lines(pd.DataFrame({"segment": [2.0, 1.0, 2.0], "length_m": [30.0, 5.0, 10.0]})).to_dict("list")
    {'segment': [1, 2], 'length_m': [5.0, 40.0]}
    """
    odd = int((coast_segments["segment"] % 1 != 0).sum())
    if odd:
        fault = f"{odd} row{'s have' if odd > 1 else ' has'} no whole number"
        raise StudyError(
            Problem("tables.coast_segments.columns.segment", fault, "give each segment the code of its line")
        )
    rows = coast_segments.assign(segment=coast_segments["segment"].astype(np.int64)).groupby("segment")
    lines = {told: rows[told].first() for told in ("name", "coast_type") if told in coast_segments}
    if "length_m" in coast_segments:
        lines["length_m"] = rows["length_m"].sum(min_count=1)
    return pd.DataFrame(lines, pd.Index(list(rows.groups), name="segment")).reset_index()


@step
def coastal_protection(
    coastal_protection_sums: Annotated[Series, AtLeast(0)],
    coastal_habitat_legend: pd.DataFrame,
    segment_lines: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Habitats that protect each segment of the coast: area, length of coast, width, and what lies behind.

    Parameters
    ----------
    coastal_protection_sums : Series of CodeSums
        Sums by segment and habitats of the coast.
    coastal_habitat_legend : DataFrame
        Names of the habitats.
    segment_lines : DataFrame, optional
        What the study tells of its segments.

    Returns
    -------
    DataFrame
        One row a segment, year and habitat within reach of it. A cell of habitat belongs to the segment of the nearest
        coast cell, so areas sum to the whole; lengths, persons and cropland are those of the coast that has the habitat
        within reach, and where it has two of them they stand in both rows: `coast_by_segment` counts them once.

    Notes
    -----
    protected length = length of the segment x share of its coast cells, by their sides, that have the habitat within
    reach; mean width = area / protected length, NaN where a neighbour's habitat protects the segment and it has none of
    its own, and where what it has lies before coast outside the region.
    """
    names = coastal_habitat_legend.set_index("code")["name"]
    frames = []
    for year, sums in coastal_protection_sums.items():
        lines = _lines(sums, segment_lines)
        for code, *_ in HABITATS:
            here = _has(sums.codes, code)
            rows = _told(lines, year).assign(habitat=code, habitat_name=names.loc[code])
            rows["area_ha"] = _by_segment(sums, _habitat(code), lines)
            rows["protected_length_m"] = lines["length_m"] * _coast_share(sums, here, lines)
            area, length = rows["area_ha"], rows["protected_length_m"]
            rows["mean_width_m"] = SQUARE_METRES_A_HECTARE * area.where(area > 0) / length.where(length > 0)
            rows["wave_exposure"] = _mean_exposure(sums, lines)
            rows["behind_cropland_ha"] = _by_segment(sums, "cropland_ha", lines, here)
            rows["behind_persons"] = _by_segment(sums, "persons", lines, here)
            frames.append(rows[(length > 0) | (area > 0)])
    return _in_order(frames, ["segment", "habitat"])


@step
def coast_by_segment(
    coastal_protection_sums: Annotated[Series, AtLeast(0)], segment_lines: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Segments of the coast: how much of each any habitat protects, and what lies behind.

    Parameters
    ----------
    coastal_protection_sums : Series of CodeSums
        Sums by segment and habitats of the coast.
    segment_lines : DataFrame, optional
        What the study tells of its segments.

    Returns
    -------
    DataFrame
        One row a segment and year; every coast cell and every cell behind the coast counts once.

    Notes
    -----
    The length is that of the segment's own line as far as it lies in the region; without such a table it is the sum of
    the sides of its coast cells, which misses the true one where the coast runs askew to the grid.
    """
    frames = []
    for year, sums in coastal_protection_sums.items():
        lines = _lines(sums, segment_lines)
        protected = sums.codes % SEGMENT > 0
        rows = _told(lines, year).assign(length_m=lines["length_m"], length_from=lines["length_from"])
        share = _coast_share(sums, protected, lines)
        rows["protected_length_m"] = lines["length_m"] * share
        rows["protected_percent"] = 100.0 * share
        rows["habitat_area_ha"] = sum(_by_segment(sums, _habitat(code), lines) for code, *_ in HABITATS)
        rows["wave_exposure"] = _mean_exposure(sums, lines)
        for name in ("land_ha", "cropland_ha", "persons"):
            rows[f"behind_{name}"] = _by_segment(sums, name, lines)
            rows[f"protected_{name}"] = _by_segment(sums, name, lines, protected)
        frames.append(rows)
    return _in_order(frames, ["segment"])


def _habitat(code: int) -> str:
    return f"habitat_{code}_ha"


def _has(codes: NDArray[np.integer], habitat: int) -> NDArray[np.bool_]:
    """Tell which codes of the nearest coast have a habitat within reach."""
    return np.asarray((codes >= 0) & ((codes >> (habitat - 1)) & 1 == 1))


def _lines(sums: CodeSums, segments: pd.DataFrame | None) -> pd.DataFrame:
    """Give the segments that have coast in the region, with name, type and length within it."""
    codes = sums.codes // SEGMENT
    by_cells = pd.DataFrame({"inside": sums["coast_km"], "whole": sums["whole_coast_km"]}).groupby(codes).sum()
    by_cells = by_cells[by_cells["inside"] > 0]
    lines = pd.DataFrame({"length_m": METRES_A_KILOMETRE * by_cells["inside"], "length_from": "cells"}, by_cells.index)
    lines = lines.assign(segment_name="", coast_type="")
    if segments is None:
        return lines
    own = segments.set_index("segment").reindex(lines.index)
    for column, told in (("segment_name", "name"), ("coast_type", "coast_type")):
        if told in own:
            lines[column] = own[told].fillna("")
    if "length_m" in own:
        measured = own["length_m"] * by_cells["inside"] / by_cells["whole"]
        lines["length_from"] = np.where(measured > 0, "line", "cells")
        lines["length_m"] = measured.where(measured > 0, lines["length_m"])
    return lines


def _told(lines: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Begin the rows of a table: which segment, and when."""
    rows = lines[["segment_name", "coast_type"]].copy()
    rows.insert(0, "segment", lines.index)
    if year is not None:
        rows["year"] = year
    return rows


def _by_segment(
    sums: CodeSums, name: str, lines: pd.DataFrame, which: NDArray[np.bool_] | None = None
) -> pd.Series[float]:
    """Sum an amount over the habitats of each segment, or over some of them; NaN where it was not summed."""
    if name not in sums.names:
        return pd.Series(np.nan, lines.index)
    amount = sums[name] if which is None else np.where(which, sums[name], 0.0)
    return pd.Series(amount).groupby(sums.codes // SEGMENT).sum().reindex(lines.index)


def _coast_share(sums: CodeSums, which: NDArray[np.bool_], lines: pd.DataFrame) -> pd.Series[float]:
    """Give the share of each segment's coast cells, by their sides, whose codes are among these."""
    return _by_segment(sums, "coast_km", lines, which) / _by_segment(sums, "coast_km", lines)


def _mean_exposure(sums: CodeSums, lines: pd.DataFrame) -> pd.Series[float]:
    """Give the mean wave exposure of each segment's coast cells that have one."""
    return EXPOSURE_UNIT * _by_segment(sums, "exposure", lines) / _by_segment(sums, "exposed", lines)


def _in_order(frames: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    table = pd.concat(frames)
    by = [*keys, *(["year"] if "year" in table else [])]
    return table.sort_values(by, kind="stable", ignore_index=True)
