"""The red line by optimisation: what protects most, within an area, with a price on its boundary, and the proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.errors import StudyError
from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.delineation import (
    CHOSEN,
    DROPPED,
    FIRST_INSIDE,
    NOT_CHOSEN,
    REALMS,
    SQUARE_METRES_PER_KM2,
    Cells,
    boundary_length,
    draw_patches,
    drop_small,
    ledger_of,
)
from shanshui.chapters.pattern.grounds import LAND, MANDATORY, MANDATORY_ON_EXCLUDED, NO_DATA, SEA
from shanshui.chapters.pattern.red_line import CERTIFICATE, GIVES, lines_of
from shanshui.planning.answer import Answer
from shanshui.planning.carriers import Cells as PlanCells
from shanshui.planning.problem import Problem
from shanshui.planning.solve import solve

METRES_PER_KM = 1000.0
# Multiples of the study's price of boundary at which a plan is made for the curve.
CURVE = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Asked:
    """What a plan of the red line is asked for, beside what lies on the cells.

    Parameters
    ----------
    percent : dict of int to float
        Area budget by realm, as a share of it [percent].
    function_percent : float
        Least share of each function area [percent].
    compactness : float
        Price of the boundary, as the width of a strip of mean value [km].
    """

    percent: dict[int, float]
    function_percent: float
    compactness: float


@dataclass(frozen=True)
class Given:
    """Rasters and tables of a plan."""

    cells: Cells
    value: WholeRaster
    function_area: WholeRaster
    names: dict[int, str]
    features: WholeRaster | None
    targets: pd.DataFrame | None


@step(gives=GIVES, method="optimise")
def red_line_by_plan(
    red_line_ground: WholeRaster,
    red_line_realm: WholeRaster,
    red_line_value: WholeRaster,
    cell_area: WholeRaster,
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    function_area: WholeRaster,
    function_area_legend: pd.DataFrame,
    boundary_line: geopandas.GeoDataFrame | None = None,
    red_line_features: WholeRaster | None = None,
    red_line_features_items: pd.DataFrame | None = None,
    *,
    smallest_patch_km2: float,
    smoothing_share: float,
    land_target_percent: float,
    sea_target_percent: float,
    function_area_target_percent: float,
    compactness_km: float,
    geobox: GeoBox,
) -> tuple[geopandas.GeoDataFrame, WholeRaster, pd.DataFrame, pd.DataFrame]:
    """The red line by optimisation: the greatest value within the area, with proof.

    Parameters
    ----------
    red_line_ground : raster
        What speaks for and against each cell; -1 no data.
    red_line_realm : raster
        1 land, 2 sea.
    red_line_value : raster
        What each cell gives of the region's whole [ppm].
    cell_area : raster
        Area of the cells [m2].
    cell_width, cell_height : raster
        Sides of the cells [m].
    function_area : raster
        Number of the function area of each cell; -1 none.
    function_area_legend : DataFrame
        Columns code and name.
    boundary_line : GeoDataFrame, optional
        Rivers, ridges, borders: smoothed boundaries follow them.
    red_line_features : raster (features, rows, columns), optional
        Amounts of features with a target.
    red_line_features_items : DataFrame, optional
        Columns item and target_percent.
    smallest_patch_km2 : float
        Patches below it are dropped afterwards, and the loss is told [km2].
    smoothing_share : float
        By how much of its area a patch may change by smoothing [1].
    land_target_percent, sea_target_percent : float
        Area budget, as a share of the land and of the sea [percent].
    function_area_target_percent : float
        Least share of each function area [percent].
    compactness_km : float
        Price of the boundary, as the width of a strip of land of mean value [km].
    geobox : GeoBox
        The grid.

    Returns
    -------
    GeoDataFrame, raster, DataFrame, DataFrame
        Patches; why each cell lies inside or outside; ledger of areas by reason; certificate.

    Raises
    ------
    StudyError
        Where the plan makes no sense, or no line keeps all of it: what conflicts, and the smallest change to free it.

    Notes
    -----
    Maximise sum(value x) - price x boundary, subject to area <= budget, share of each function area >= its least share,
    amount of each feature >= its target; mandatory cells inside, excluded cells outside; land and sea by themselves.
    price = compactness x mean value of a km2. The boundary is that between cells of one realm. The certificate has
    the value of the plan and the bound that no other plan can pass (planning/). Memory: about 60 bytes a cell, and 4
    for each feature.
    """
    cells = Cells(red_line_ground, red_line_realm, cell_area, cell_width, cell_height)
    names = dict(zip(function_area_legend["code"].tolist(), function_area_legend["name"].tolist(), strict=True))
    given = Given(cells, red_line_value, function_area, names, red_line_features, red_line_features_items)
    percent = {LAND: land_target_percent, SEA: sea_target_percent}
    asked = Asked(percent, function_area_target_percent, compactness_km)
    codes = red_line_ground.blank(np.int32)
    for tile in codes.tiles():
        codes.write(tile, red_line_ground.read(tile))
    answers: dict[int, Answer] = {}
    problems: list[object] = []
    for realm in REALMS:
        problem = posed(given, asked, realm)
        if problem is None:
            continue
        try:
            answers[realm] = solve(problem)
        except StudyError as error:
            problems += error.problems
            continue
        _write_choice(codes, cells, realm, answers[realm].selected)
    if problems:
        raise StudyError(problems)  # type: ignore[arg-type]
    line = drop_small(cells, codes, smallest_patch_km2 * SQUARE_METRES_PER_KM2)
    rows = [row for realm, answer in answers.items() for row in _certified(answer, given, codes, line, realm)]
    lines = lines_of(boundary_line, geobox)
    patches = draw_patches(line, cells, geobox, smoothing_share, lines)
    return patches, line, ledger_of(line, cells), pd.DataFrame(rows, columns=CERTIFICATE)


@step
def red_line_price_curve(
    red_line_ground: WholeRaster,
    red_line_realm: WholeRaster,
    red_line_value: WholeRaster,
    cell_area: WholeRaster,
    cell_width: WholeRaster,
    cell_height: WholeRaster,
    function_area: WholeRaster,
    function_area_legend: pd.DataFrame,
    red_line_features: WholeRaster | None = None,
    red_line_features_items: pd.DataFrame | None = None,
    *,
    land_target_percent: float,
    sea_target_percent: float,
    function_area_target_percent: float,
    compactness_km: float,
) -> pd.DataFrame:
    """The price of compactness: how much value a shorter boundary costs.

    Parameters
    ----------
    red_line_ground : raster
        What speaks for and against each cell; -1 no data.
    red_line_realm : raster
        1 land, 2 sea; only the land is planned here.
    red_line_value : raster
        What each cell gives of the region's whole [ppm].
    cell_area : raster
        Area of the cells [m2].
    cell_width, cell_height : raster
        Sides of the cells [m].
    function_area : raster
        Number of the function area of each cell; -1 none.
    function_area_legend : DataFrame
        Columns code and name.
    red_line_features : raster (features, rows, columns), optional
        Amounts of features with a target.
    red_line_features_items : DataFrame, optional
        Columns item and target_percent.
    land_target_percent, sea_target_percent : float
        Area budget, as a share of the land and of the sea [percent].
    function_area_target_percent : float
        Least share of each function area [percent].
    compactness_km : float
        Price of the boundary, as the width of a strip of land of mean value [km].

    Returns
    -------
    DataFrame
        One row a price, from none to eight times the study's: compactness_km, value_ppm, boundary_km, area_km2,
        gap_percent; no row where no line keeps what is asked.
    """
    cells = Cells(red_line_ground, red_line_realm, cell_area, cell_width, cell_height)
    names = dict(zip(function_area_legend["code"].tolist(), function_area_legend["name"].tolist(), strict=True))
    given = Given(cells, red_line_value, function_area, names, red_line_features, red_line_features_items)
    percent = {LAND: land_target_percent, SEA: sea_target_percent}
    asked = Asked(percent, function_area_target_percent, compactness_km)
    rows = []
    for factor in CURVE:
        problem = posed(given, replace(asked, compactness=factor * compactness_km), LAND)
        if problem is None:
            break
        try:
            answer = solve(problem)
        except StudyError:
            break
        area = sum(
            float(problem.carrier.areas(band)[answer.selected[band][problem.carrier.mask[band]]].sum())
            for band in problem.carrier.bands()
        )
        length = _chosen_boundary(answer.selected, problem)
        rows.append((factor * compactness_km, answer.weight_part, length, area, 100.0 * answer.gap))
    return pd.DataFrame(rows, columns=["compactness_km", "value_ppm", "boundary_km", "area_km2", "gap_percent"])


@step
def red_line_net_value(
    red_line_certificate: pd.DataFrame,
    red_line_value: NDArray[np.float32],
    red_line_realm: NDArray[np.int32],
    function_area: NDArray[np.int32],
    function_area_legend: pd.DataFrame,
    cell_area: NDArray[np.float64],
) -> NDArray[np.float32]:
    """What a cell is worth to the plan beyond the price of its area: why it is chosen or not.

    Parameters
    ----------
    red_line_certificate : DataFrame
        Rows with their multipliers.
    red_line_value : float32 ndarray (rows, columns)
        What each cell gives of the region's whole [ppm].
    red_line_realm : int32 ndarray (rows, columns)
        1 land, 2 sea.
    function_area : int32 ndarray (rows, columns)
        Number of the function area of each cell; -1 none.
    function_area_legend : DataFrame
        Columns code and name.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        value - area x (multiplier of the area budget + that of its function area's share, which is not above 0) [ppm]:
        above 0 a cell pays for itself, but for its boundary; NaN where the line was not planned. Targets of features
        add to this and are not in it.
    """
    names = dict(zip(function_area_legend["code"].tolist(), function_area_legend["name"].tolist(), strict=True))
    worth = np.full((len(REALMS) + 1, max(names, default=0) + 1), np.nan)
    for realm, label in REALMS.items():
        rows = red_line_certificate[red_line_certificate["realm"] == label].set_index("row")["multiplier"]
        if "area" not in rows.index:
            continue
        worth[realm] = rows["area"]
        for number, name in names.items():
            share = rows.get(f"share of function area {name}", 0.0)
            worth[realm, number] += 0.0 if np.isnan(share) else share
    area = cell_area / SQUARE_METRES_PER_KM2
    price = worth[np.clip(red_line_realm, 0, SEA), np.maximum(function_area, 0)]
    return (red_line_value - area * price).astype(np.float32)


def posed(given: Given, asked: Asked, realm: int) -> Problem | None:
    """Put the plan of one realm into words.

    Parameters
    ----------
    given : Given
        What lies on the cells.
    asked : Asked
        What is asked.
    realm : int
        1 land, 2 sea.

    Returns
    -------
    Problem or None
        None where the region has no cell of the realm.
    """
    shape, cells = given.cells.ground.shape, given.cells
    ground, mask = np.empty(shape, np.int8), np.empty(shape, np.bool_)
    value, area, group = np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.int16)
    for tile in given.cells.ground.tiles():
        here = _place(tile)
        ground[here] = cells.ground.read(tile)
        mask[here] = (ground[here] != NO_DATA) & (cells.realm.read(tile) == realm)
        value[here] = np.nan_to_num(given.value.read(tile))
        area[here] = np.asarray(cells.area.read(tile), np.float64) / SQUARE_METRES_PER_KM2
        group[here] = given.function_area.read(tile)
    if not mask.any():
        return None
    middle = Window(0, shape[1] // 2, shape[0], 1)
    width, height = (
        np.asarray(side.read(middle), np.float64)[:, 0] / METRES_PER_KM for side in (cells.width, cells.height)
    )
    carrier = PlanCells(mask, area, width, height)
    whole = float(area[mask].sum(dtype=np.float64))
    plan = Problem(carrier, key=f"red_line.{REALMS[realm]}").maximise(value, "share of the region's services")
    plan = plan.area_budget(asked.percent[realm] / 100.0 * whole)
    if given.names and asked.function_percent > 0 and realm == LAND:
        inside = np.unique(group[mask & (group > 0)]).tolist()
        shares = {number - 1: asked.function_percent / 100.0 for number in inside}
        labels = {number - 1: given.names[number] for number in inside}
        plan = plan.minimum_share(np.maximum(group - 1, -1).astype(np.int16), shares, labels=labels)
    if given.features is not None and given.targets is not None:
        for number, (name, percent) in enumerate(given.targets[["item", "target_percent"]].itertuples(index=False)):
            amount = np.zeros(shape, np.float32)
            for tile in given.features.tiles():
                amount[_place(tile)] = given.features.read(tile)[number]
            amount[~mask] = 0.0
            if amount.any():
                plan = plan.target(str(name), amount, share=float(percent) / 100.0)
    plan = plan.locked_in((ground == MANDATORY) | (ground == MANDATORY_ON_EXCLUDED), "mandatory areas")
    plan = plan.locked_out((ground > 0) & (ground < FIRST_INSIDE), "excluded land")
    mean = float(value[mask].sum(dtype=np.float64)) / whole
    return plan.boundary_price(asked.compactness * mean, outside=False)


def _certified(
    answer: Answer, given: Given, codes: WholeRaster, line: WholeRaster, realm: int
) -> Iterable[tuple[object, ...]]:
    """Give the rows of the certificate of one realm: of the plan, and of what was dropped afterwards."""
    name = REALMS[realm]
    none = float("nan")
    yield name, "objective", "ppm", none, answer.bound, answer.value, none, none
    yield name, "value", "ppm", none, none, answer.weight_part, none, none
    yield name, "price of boundary", "ppm", none, none, answer.boundary_part, none, none
    yield name, "gap", "percent", none, none, 100.0 * answer.gap, none, none
    for row in answer.rows:
        lower, upper = (limit if np.isfinite(limit) else none for limit in (row.lower, row.upper))
        label = "area" if row.name == "area budget" else row.name
        yield name, label, row.unit, lower, upper, row.reached, 1.0, row.multiplier
    yield name, "boundary", "km", none, none, boundary_length(codes, given.cells, realm) / METRES_PER_KM, none, none
    lost_value = lost_area = 0.0
    for tile in line.tiles():
        lost = (line.read(tile) == DROPPED) & (given.cells.realm.read(tile) == realm)
        if lost.any():
            lost_value += float(np.nan_to_num(given.value.read(tile))[lost].sum(dtype=np.float64))
            lost_area += float(np.asarray(given.cells.area.read(tile), np.float64)[lost].sum())
    yield name, "value lost with small patches", "ppm", none, none, lost_value, none, none
    yield name, "area lost with small patches", "km2", none, none, lost_area / SQUARE_METRES_PER_KM2, none, none


def _write_choice(codes: WritableRaster, cells: Cells, realm: int, selected: NDArray[np.bool_]) -> None:
    """Write a choice among the codes: what is chosen keeps its ground."""
    for tile in codes.tiles():
        code, chosen = codes.read(tile), selected[_place(tile)]
        here = (code != NO_DATA) & (cells.realm.read(tile) == realm)
        code[here & chosen & (code == 0)] = CHOSEN
        code[here & ~chosen & (code >= FIRST_INSIDE)] = NOT_CHOSEN
        codes.write(tile, code)


def _chosen_boundary(selected: NDArray[np.bool_], problem: Problem) -> float:
    """Measure the boundary of a choice between cells of its realm [km]."""
    carrier = problem.carrier
    assert isinstance(carrier, PlanCells)
    mask = carrier.mask
    across = (selected[:, 1:] != selected[:, :-1]) & mask[:, 1:] & mask[:, :-1]
    down = (selected[1:] != selected[:-1]) & mask[1:] & mask[:-1]
    return float(across.sum(axis=1) @ carrier.height + down.sum(axis=1) @ carrier.width[:-1])


def _place(tile: Window) -> tuple[slice, slice]:
    return slice(tile.row, tile.row + tile.height), slice(tile.column, tile.column + tile.width)
