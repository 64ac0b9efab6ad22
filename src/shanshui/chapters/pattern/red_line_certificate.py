"""What a planned red line keeps of what was asked: small patches dropped, the plan made again, and its certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from shanshui.base.errors import StudyError
from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster
from shanshui.chapters.pattern.delineation import (
    CHOSEN,
    DROPPED,
    FIRST_INSIDE,
    NOT_CHOSEN,
    REALMS,
    Cells,
    boundary_length,
    drop_small,
)
from shanshui.chapters.pattern.grounds import MANDATORY, MANDATORY_ON_EXCLUDED, NO_DATA, NO_GROUND
from shanshui.planning.answer import Answer
from shanshui.planning.carriers import Cells as PlanCells
from shanshui.planning.carriers import areas_by_group, total
from shanshui.planning.problem import Problem
from shanshui.planning.program import missed
from shanshui.planning.solve import solve
from shanshui.planning.terms import Objective, Shares, Target

METRES_PER_KM = 1000.0
# So often a plan is made again because small patches took a row with them.
_ROUNDS = 4


def without_small_patches(
    cells: Cells, plans: Mapping[int, Problem], answers: Mapping[int, Answer], smallest: float
) -> WritableRaster:
    """Write what was chosen as codes and drop small patches; where a row is missed for that, choose again without them.

    Parameters
    ----------
    cells : Cells
        What is known of each cell.
    plans, answers : mapping of int to Problem, Answer
        What was asked and what was found, by realm.
    smallest : float
        Patches below it are dropped [m2].

    Returns
    -------
    WritableRaster
        int32, why each cell lies inside or outside.
    """
    chosen, dropped = (
        {realm: answer.selected for realm, answer in answers.items()},
        np.zeros(cells.ground.shape, np.bool_),
    )
    eased = list(plans)
    line = _written(cells, chosen, dropped, smallest)
    for _ in range(_ROUNDS):
        short = [realm for realm in eased if not _kept(plans[realm], answers[realm], _inside(line, cells.realm, realm))]
        if not short:
            break
        for tile in line.tiles():
            dropped[place_of(tile)] |= line.read(tile) == DROPPED
        for realm in short:
            try:
                chosen[realm] = solve(plans[realm].locked_out(dropped, "small patches")).selected
            except StudyError:
                eased.remove(realm)  # without them the rows cannot be kept: the certificate tells what is missed
        line = _written(cells, chosen, dropped, smallest)
    return line


def _written(
    cells: Cells, chosen: Mapping[int, NDArray[np.bool_]], dropped: NDArray[np.bool_], smallest: float
) -> WritableRaster:
    """Write a choice as codes, without its small patches; what is chosen keeps its ground."""
    codes = cells.ground.blank(np.int32)
    for tile in codes.tiles():
        here, code, realm = place_of(tile), cells.ground.read(tile), cells.realm.read(tile)
        inside = np.isin(code, (MANDATORY, MANDATORY_ON_EXCLUDED))
        for number, selected in chosen.items():
            inside |= selected[here] & (realm == number)
        code[inside & (code == NO_GROUND)] = CHOSEN
        left = ~inside & ((code >= FIRST_INSIDE) | dropped[here])
        codes.write(tile, np.where(left & (code != NO_DATA), np.where(dropped[here], DROPPED, NOT_CHOSEN), code))
    return drop_small(cells, codes, smallest)


def _inside(line: WholeRaster, realms: WholeRaster, realm: int) -> NDArray[np.bool_]:
    """Tell which cells of a realm lie inside."""
    inside = np.zeros(line.shape, np.bool_)
    for tile in line.tiles():
        inside[place_of(tile)] = (line.read(tile) >= FIRST_INSIDE) & (realms.read(tile) == realm)
    return inside


def _reached(plan: Problem, inside: NDArray[np.bool_]) -> dict[str, float]:
    """Give what a choice reaches in each row of a plan."""
    carrier = plan.carrier
    found = {"area budget": total(carrier, where=inside)}
    for shares in plan.of(Shares):
        areas = areas_by_group(carrier, shares.group, inside)
        found |= {shares.name(number): float(areas[number]) for number in shares.share}
    return found | {f"target of {target.name}": total(carrier, target.amount, inside) for target in plan.of(Target)}


def _kept(plan: Problem, answer: Answer, inside: NDArray[np.bool_]) -> bool:
    """Tell whether a choice keeps what its plan asks at least."""
    reached = _reached(plan, inside)
    held = np.array([reached[row.name] for row in answer.rows])
    lower = np.array([row.lower for row in answer.rows])
    return not missed(held, lower, np.full(len(held), np.inf)).any()


def certified(
    answer: Answer, plan: Problem, cells: Cells, line: WholeRaster, realm: int
) -> Iterable[tuple[object, ...]]:
    """Give the rows of the certificate of one realm: of the plan, and of the line without its small patches.

    Parameters
    ----------
    answer : Answer
        The first plan, with its proof.
    plan : Problem
        What was asked.
    cells : Cells
        What is known of each cell.
    line : WholeRaster
        int32, why each cell lies inside or outside, in the end.
    realm : int
        1 land, 2 sea.

    Yields
    ------
    tuple
        The columns `CERTIFICATE`.
    """
    inside, carrier = _inside(line, cells.realm, realm), plan.carrier
    assert isinstance(carrier, PlanCells)
    reached = _reached(plan, inside)
    units = {f"target of {target.name}": target.unit for target in plan.of(Target)}
    name, none = REALMS[realm], float("nan")
    yield name, "objective", "ppm", none, answer.bound, answer.value, none, none
    yield name, "value", "ppm", none, none, answer.weight_part, none, none
    yield name, "price of boundary", "ppm", none, none, answer.boundary_part, none, none
    yield name, "gap", "percent", none, none, 100.0 * answer.gap, none, none
    lost_value = answer.weight_part - total(carrier, plan.of(Objective)[0].values, inside)
    lost_area = total(carrier, where=answer.selected) - reached["area budget"]
    yield name, "value lost with small patches", "ppm", none, none, lost_value, none, none
    yield name, "area lost with small patches", "km2", none, none, lost_area, none, none
    for row in answer.rows:
        held = reached[row.name]
        holds = not missed(np.array([held]), np.array([row.lower]), np.array([row.upper])).any()
        lower, upper = (limit if np.isfinite(limit) else none for limit in (row.lower, row.upper))
        label, unit = "area" if row.name == "area budget" else row.name, units.get(row.name, row.unit)
        yield name, label, unit, lower, upper, held, float(holds), row.multiplier + 0.0  # no minus before 0
    yield name, "boundary", "km", none, none, boundary_length(line, cells, realm) / METRES_PER_KM, none, none
    yield name, "boundary between cells", "km", none, none, carrier.boundary(inside), none, none
    for note in answer.notes:
        yield name, note, "", none, none, none, none, none


def place_of(tile: Window) -> tuple[slice, slice]:
    """Give where a tile lies in an array of the whole raster.

    Parameters
    ----------
    tile : Window
        The tile.

    Returns
    -------
    tuple of slice
        Rows and columns.
    """
    return slice(tile.row, tile.row + tile.height), slice(tile.column, tile.column + tile.width)
