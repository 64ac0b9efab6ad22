"""The red line by optimisation: what protects most, within an area, with a price on its boundary, and the proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problem as Fault
from shanshui.base.errors import StudyError
from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.chapters.pattern.delineation import (
    FIRST_INSIDE,
    REALMS,
    SQUARE_METRES_PER_KM2,
    Cells,
    draw_patches,
    ledger_of,
)
from shanshui.chapters.pattern.grounds import LAND, MANDATORY, MANDATORY_ON_EXCLUDED, NO_DATA, NO_GROUND, SEA
from shanshui.chapters.pattern.red_line import CERTIFICATE, GIVES, lines_of, named, names_of
from shanshui.chapters.pattern.red_line_certificate import METRES_PER_KM, certified, place_of, without_small_patches
from shanshui.planning.answer import Answer
from shanshui.planning.carriers import Cells as PlanCells
from shanshui.planning.carriers import total
from shanshui.planning.problem import Problem
from shanshui.planning.solve import solve
from shanshui.planning.terms import BoundaryPrice, Objective, Target

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


@step(gives=(*GIVES, "red_line_prices"), method="optimise")
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
) -> tuple[geopandas.GeoDataFrame, WholeRaster, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
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
    GeoDataFrame, raster, DataFrame, DataFrame, DataFrame
        Patches; why each cell lies inside or outside; ledger of areas by reason; certificate; prices of its rows.

    Raises
    ------
    StudyError
        Where the plan makes no sense, or no line keeps all of it: what conflicts, and the smallest change to free it.

    Notes
    -----
    Maximise sum(value x) - price x boundary, subject to area <= budget, share of each function area >= its least share,
    amount of each feature >= its target; mandatory cells inside, excluded cells outside; land and sea by themselves.
    price = compactness x mean value of a km2. The boundary that costs is that between cells of one realm, measured
    across diagonals too (planning/carriers.py). Where a row is missed once small patches are dropped, the plan is made
    again without their cells. The certificate has the value of the first plan and the bound that no other can pass
    (planning/), what was lost with small patches, and what the line reaches in the end; what its reader should know
    stands in rows of its own. A sea that gives nothing, or of which the budget leaves not one cell, is not planned:
    what must be inside is. Memory: about 80 bytes a cell, and 4 for each feature.
    """
    cells = Cells(red_line_ground, red_line_realm, cell_area, cell_width, cell_height)
    names = names_of(function_area_legend)
    given = Given(cells, red_line_value, function_area, names, red_line_features, red_line_features_items)
    percent = {LAND: land_target_percent, SEA: sea_target_percent}
    asked = Asked(percent, function_area_target_percent, compactness_km)
    plans = {realm: plan for realm in REALMS if (plan := posed(given, asked, realm)) is not None}
    answers: dict[int, Answer] = {}
    faults = _nowhere(red_line_features_items, plans.values())
    for realm, plan in plans.items():
        try:
            answers[realm] = solve(plan)
        except StudyError as error:
            faults += error.problems
    if faults:
        raise StudyError(faults)
    smallest = smallest_patch_km2 * SQUARE_METRES_PER_KM2
    line = without_small_patches(cells, plans, answers, smallest)
    rows = [row for realm in plans for row in certified(answers[realm], plans[realm], cells, line, realm)]
    ledger = ledger_of(line, cells)
    if SEA not in plans and (ledger["realm"] == REALMS[SEA]).any():
        rows.append((REALMS[SEA], "not planned: nothing of value fits into the area", "", *[np.nan] * 5))
    lines = lines_of(boundary_line, geobox)
    patches = draw_patches(line, cells, geobox, smoothing_share, lines)
    certificate = pd.DataFrame(rows, columns=CERTIFICATE)
    return patches, line, ledger, certificate, certificate[["realm", "row", "multiplier"]].dropna(ignore_index=True)


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
    names = names_of(function_area_legend)
    given = Given(cells, red_line_value, function_area, names, red_line_features, red_line_features_items)
    percent = {LAND: land_target_percent, SEA: sea_target_percent}
    asked = Asked(percent, function_area_target_percent, compactness_km)
    plan = posed(given, asked, LAND)
    factors = CURVE if compactness_km > 0 else CURVE[:1]
    plans: dict[float, tuple[Problem, Answer]] = {}
    for priced, factor in ((_priced(plan, factor), factor) for factor in factors) if plan else ():
        try:
            plans[factor * compactness_km] = priced, solve(priced)
        except StudyError:
            break
    found = [answer.selected for _, answer in plans.values()]
    rows = [(price, *_best(priced, answer.bound, found)) for price, (priced, answer) in plans.items()]
    return pd.DataFrame(rows, columns=["compactness_km", "value_ppm", "boundary_km", "area_km2", "gap_percent"])


@step
def red_line_net_value(
    red_line_prices: pd.DataFrame,
    red_line_value: NDArray[np.float32],
    red_line_realm: NDArray[np.int32],
    function_area: NDArray[np.int32],
    function_area_legend: pd.DataFrame,
    cell_area: NDArray[np.float64],
) -> NDArray[np.float32]:
    """What a cell is worth to the plan beyond the price of its area: why it is chosen or not.

    Parameters
    ----------
    red_line_prices : DataFrame
        Columns realm, row and multiplier.
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
        above 0 a cell pays for itself, but for its boundary; NaN where the line was not planned, or so small that its
        multipliers are not known. Targets of features add to this and are not in it.
    """
    names = names_of(function_area_legend)
    worth = np.full((len(REALMS) + 1, max(names, default=0) + 1), np.nan)
    for realm, label in REALMS.items():
        rows = red_line_prices[red_line_prices["realm"] == label].set_index("row")["multiplier"]
        if "area" not in rows.index:
            continue
        worth[realm] = rows["area"]
        for number, name in names.items():
            share = rows.get(f"share of function area {name}", 0.0)
            worth[realm, number] += 0.0 if np.isnan(share) else share
    area = cell_area / SQUARE_METRES_PER_KM2
    price = worth[np.clip(red_line_realm, 0, SEA), named(function_area, names)]
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
        None where the region has no cell of the realm; of the sea also where nothing can be chosen for its value.
    """
    shape, cells = given.cells.ground.shape, given.cells
    ground, mask = np.empty(shape, np.int8), np.empty(shape, np.bool_)
    value, area, group = np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.int16)
    for tile in given.cells.ground.tiles():
        here = place_of(tile)
        ground[here] = cells.ground.read(tile)
        mask[here] = (ground[here] != NO_DATA) & (cells.realm.read(tile) == realm)
        value[here] = np.nan_to_num(given.value.read(tile))
        area[here] = np.asarray(cells.area.read(tile), np.float64) / SQUARE_METRES_PER_KM2
        group[here] = named(given.function_area.read(tile), given.names) - 1
    if not mask.any():
        return None
    middle = Window(0, shape[1] // 2, shape[0], 1)
    width, height = (
        np.asarray(side.read(middle), np.float64)[:, 0] / METRES_PER_KM for side in (cells.width, cells.height)
    )
    # Measured across diagonals: along the sides of cells every line would follow rows and columns.
    carrier = PlanCells(mask, area, width, height, diagonals=True)
    whole = total(carrier)
    budget = asked.percent[realm] / 100.0 * whole
    excluded = (ground > NO_GROUND) & (ground < FIRST_INSIDE)
    if realm == SEA and not (value[mask].any() and area[mask & ~excluded].min(initial=np.inf) <= budget):
        return None
    plan = Problem(carrier, key=f"red_line.{REALMS[realm]}").maximise(value, "share of the region's services")
    plan = plan.area_budget(budget)
    inside = np.unique(group[mask & (group >= 0)]).tolist()
    if inside and asked.function_percent > 0 and realm == LAND:
        labels = {number: given.names[number + 1] for number in inside}
        plan = plan.minimum_share(group, dict.fromkeys(inside, asked.function_percent / 100.0), labels=labels)
    if given.features is not None and given.targets is not None:
        columns = given.targets[["item", "target_percent", "unit"]]
        for number, (name, percent, unit) in enumerate(columns.itertuples(index=False)):
            amount = np.zeros(shape, np.float32)
            for tile in given.features.tiles():
                amount[place_of(tile)] = given.features.read(tile)[number]
            amount[~mask] = 0.0
            if amount.any():
                plan = plan.target(str(name), amount, share=float(percent) / 100.0, unit=str(unit))
    plan = plan.locked_in((ground == MANDATORY) | (ground == MANDATORY_ON_EXCLUDED), "mandatory areas")
    plan = plan.locked_out(excluded, "excluded land")
    return plan.boundary_price(asked.compactness * total(carrier, value) / whole, outside=False)


def _nowhere(items: pd.DataFrame | None, plans: Iterable[Problem]) -> list[Fault]:
    """Tell which features have a target and occur in no plan."""
    found = {target.name for plan in plans for target in plan.of(Target)}
    lacking = [str(name) for name in ([] if items is None else items["item"]) if str(name) not in found]
    key, mend = "tables.red_line_targets.columns.feature", "leave its target out"
    return [Fault(key, f"there is no {name} in the region", mend) for name in lacking]


def _priced(plan: Problem, factor: float) -> Problem:
    """Give the same plan with another price of boundary."""
    terms = (
        replace(term, price=factor * term.price) if isinstance(term, BoundaryPrice) else term for term in plan.terms
    )
    return replace(plan, terms=tuple(terms))


def _best(plan: Problem, bound: float, found: Iterable[NDArray[np.bool_]]) -> tuple[float, float, float, float]:
    """Give value, boundary, area and gap of the choice that is best at the price of a plan: all keep its rows."""
    carrier, price = plan.carrier, plan.of(BoundaryPrice)[0].price
    assert isinstance(carrier, PlanCells)
    measured = [
        (total(carrier, plan.of(Objective)[0].values, where=each), carrier.boundary(each), total(carrier, where=each))
        for each in found
    ]
    value, length, area = max(measured, key=lambda one: one[0] - price * one[1])
    objective = value - price * length
    scale = max(abs(bound), abs(objective))
    return value, length, area, 100.0 * max(bound - objective, 0.0) / scale if scale else 0.0
