"""Everything that is wrong with a plan, found before it is solved and said all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shanshui.base.errors import Problems
from shanshui.planning.carriers import Cells, Units, areas_by_group, total
from shanshui.planning.program import IN, OUT, ROUNDING
from shanshui.planning.terms import AreaLimit, BoundaryPrice, Lock, Objective, Shares, Target

if TYPE_CHECKING:
    from shanshui.planning.problem import Problem


def check(problem: Problem) -> Problems:
    """Find everything that is wrong with a plan.

    Parameters
    ----------
    problem : Problem
        The plan.

    Returns
    -------
    Problems
        Faults with key, fault and mend.
    """
    found = check_data(problem)
    if not found.fatal:
        found += check_room(problem)
    return found


def check_data(problem: Problem) -> Problems:
    """Find what makes no sense whatever the limits are.

    Parameters
    ----------
    problem : Problem
        The plan.

    Returns
    -------
    Problems
        Arrays that do not fit, numbers that cannot be, targets above what exists, locks in and out at once.
    """
    found = Problems()
    _carrier(problem, found)
    if found.fatal:
        return found
    _objective(problem, found)
    names = Counter(term.name for term in problem.terms if isinstance(term, AreaLimit | Target))
    for name in [name for name, count in names.items() if count > 1]:
        found.fault(problem.key, f"{name} is given {names[name]} times", "give it once")
    for limit in problem.of(AreaLimit):
        _area_limit(problem, limit, found)
    for shares in problem.of(Shares):
        _shares(problem, shares, found)
    for target in problem.of(Target):
        _target(problem, target, found)
    _locks(problem, found)
    for boundary in problem.of(BoundaryPrice):
        _boundary(problem, boundary, found)
    return found


def check_room(problem: Problem) -> Problems:
    """Find limits that plain sums show to leave no room.

    Parameters
    ----------
    problem : Problem
        A plan whose data are sound.

    Returns
    -------
    Problems
        Locks above the budget, targets and shares that need more area than it, an empty plan.
    """
    found = Problems()
    carrier, unit = problem.carrier, problem.carrier.unit
    locked_in, locked_out = problem.locks(IN), problem.locks(OUT)
    least = total(carrier, where=locked_in)
    budgets = [limit.area for limit in problem.of(AreaLimit) if not limit.least]
    targets = [limit.area for limit in problem.of(AreaLimit) if limit.least]
    budget = min(budgets, default=np.inf)
    key = f"{problem.key}.area_budget"
    room = budget * (1 + ROUNDING)
    if least > room:
        names = ", ".join(lock.name for lock in problem.of(Lock) if lock.state == IN)
        fault = f"is {budget:,.6g} {unit}, but {least:,.6g} {unit} are locked in ({names})"
        found.fault(key, fault, f"raise it to at least {least:,.6g} {unit} or lock in less")
    if max(targets, default=0.0) > room:
        found.fault(key, f"is {budget:,.6g} {unit}, below the area target of {max(targets):,.6g} {unit}", "raise it")
    for shares in problem.of(Shares):
        wholes = areas_by_group(carrier, shares.group)
        held = np.zeros(len(wholes))
        locked = areas_by_group(carrier, shares.group, locked_in)
        held[: len(locked)] = locked
        needed = held.copy()
        for number, share in shares.share.items():
            needed[number] = max(needed[number], share * wholes[number])
        needs = float(needed.sum()) + least - float(held.sum())
        if needs > room and least <= room:
            fault = f"is {budget:,.6g} {unit}, but the shares of each {shares.kind} need {needs:,.6g} {unit} together"
            factor = (budget - least) / (needs - least)
            found.fault(
                key, fault, f"raise it, or lower what the shares add to the locks to {100 * factor:.4g} % of it"
            )
    if budgets and not locked_in.any():
        free = carrier.mask & ~locked_out
        smallest = min((_smallest(problem, free, band) for band in carrier.bands()), default=np.inf)
        if smallest > room:
            fault = f"is {budget:,.6g} {unit}, less than the smallest that can be chosen: the plan would be empty"
            found.fault(key, fault, "raise it")
    if (carrier.mask & ~locked_out).sum() == 0:
        found.fault(f"{problem.key}.locked_out", "leaves nothing to choose: the plan would be empty", "lock out less")
    return found


def _smallest(problem: Problem, free: NDArray[np.bool_], band: slice) -> float:
    areas = problem.carrier.areas(band)[free[band][problem.carrier.mask[band]]]
    return float(areas.min(initial=np.inf))


def _carrier(problem: Problem, found: Problems) -> None:
    carrier, key = problem.carrier, f"{problem.key}.units"
    if not carrier.size:
        found.fault(key, "hold nothing to decide on", "give at least one unit or one cell with data")
        return
    if isinstance(carrier, Cells):
        rows, area = carrier.shape[0], carrier.area.shape
        if area not in {(rows,), carrier.shape} or carrier.width.shape != (rows,) or carrier.height.shape != (rows,):
            found.fault(key, "have areas or sides that do not fit the rows of the grid", "give one for each row")
            return
        lengths = [carrier.width, carrier.height]
    else:
        count, edges = carrier.size, carrier.length.shape
        if carrier.first.shape != edges or carrier.second.shape != edges or carrier.exposed.shape != (count,):
            found.fault(key, "have edges that do not fit each other", "give two units and one length for each edge")
            return
        ends = np.concatenate([carrier.first, carrier.second])
        if ((ends < 0) | (ends >= count)).any():
            found.fault(key, "have edges to units that do not exist", f"number the units from 0 to {count - 1}")
        elif (carrier.first == carrier.second).any():
            found.fault(key, "have edges from a unit to itself", "leave them out; the outside is `exposed`")
        lengths = [carrier.length, carrier.exposed]
    if not all(np.isfinite(length).all() and (length >= 0).all() for length in lengths):
        found.fault(key, "have lengths that are negative or not a number", "give lengths of 0 or more")
    if not all(_sound(carrier.areas(band)) and (carrier.areas(band) > 0).all() for band in carrier.bands()):
        found.fault(key, "have areas that are not above 0", "leave such units out, or give their area")


def _objective(problem: Problem, found: Problems) -> None:
    key, objectives = f"{problem.key}.objective", problem.of(Objective)
    if len(objectives) != 1:
        found.fault(key, f"is given {len(objectives)} times", "give just one: maximise a value or minimise a cost")
    for objective in objectives:
        sound = _amounts(problem, objective.values, key, objective.name, found)
        if sound and not objective.least and not total(problem.carrier, objective.values) > 0:
            found.fault(key, f"{objective.name} is 0 everywhere", "give a value to what is worth protecting")


def _area_limit(problem: Problem, limit: AreaLimit, found: Problems) -> None:
    key, exists = f"{problem.key}.{limit.name.replace(' ', '_')}", total(problem.carrier)
    if not limit.area > 0 or not np.isfinite(limit.area):
        found.fault(key, f"is {limit.area:g}", "give an area above 0")
    elif limit.least and limit.area > exists * (1 + ROUNDING):
        unit = problem.carrier.unit
        fault = f"is {limit.area:,.6g} {unit}, but only {exists:,.6g} {unit} exist"
        found.fault(key, fault, f"lower it to at most {exists:,.6g} {unit}")


def _shares(problem: Problem, shares: Shares, found: Problems) -> None:
    carrier, key = problem.carrier, f"{problem.key}.minimum_share"
    if shares.group.shape != carrier.shape:
        found.fault(key, f"has groups of the shape {shares.group.shape}, not {carrier.shape}", "give one for each unit")
        return
    if not shares.share:
        found.fault(key, f"finds no {shares.kind} at all", "number the groups from 0")
    wholes = areas_by_group(carrier, shares.group)
    candidates = areas_by_group(carrier, shares.group, ~problem.locks(OUT))
    for number, share in shares.share.items():
        at, name = f"{key}.{shares.labels.get(number, number)}", shares.name(number)
        if not 0 <= share <= 1:
            found.fault(at, f"{name} is {share:g}", "give a share from 0 to 1")
        if not 0 <= number < len(wholes) or not wholes[number]:
            found.fault(
                at, f"{shares.kind} {shares.labels.get(number, number)} has no unit", "leave it out, or see its map"
            )
        elif share > 0 and (number >= len(candidates) or not candidates[number]):
            fault = f"{shares.kind} {shares.labels.get(number, number)} has no candidate: all of it is locked out"
            found.fault(at, fault, "lock out less of it, or ask no share of it")


def _target(problem: Problem, target: Target, found: Problems) -> None:
    key = f"{problem.key}.target.{target.name}"
    if not _amounts(problem, target.amount, key, target.name, found):
        return
    if (target.least is None) == (target.share is None):
        found.fault(key, "gives a least amount and a share, or neither of them", "give just one of the two")
        return
    if target.share is not None and not 0 <= target.share <= 1:
        found.fault(key, f"is a share of {target.share:g}", "give a share from 0 to 1")
    if target.least is not None and not (np.isfinite(target.least) and target.least >= 0):
        found.fault(key, f"is {target.least:g}", "give an amount of 0 or more")
    exists = total(problem.carrier, target.amount)
    if not exists > 0:
        found.fault(key, f"{target.name} does not occur anywhere", "leave the target out, or see its map")
    elif target.least is not None and target.least > exists * (1 + ROUNDING):
        unit = f" {target.unit}".rstrip()
        fault = f"is {target.least:,.6g}{unit}, but only {exists:,.6g}{unit} exist"
        found.fault(key, fault, f"lower it to at most {exists:,.6g}{unit}")


def _locks(problem: Problem, found: Problems) -> None:
    fitting = True
    for lock in problem.of(Lock):
        if lock.where.shape != problem.carrier.shape:
            key = f"{problem.key}.locked_{'in' if lock.state == IN else 'out'}"
            fault = f"{lock.name} has the shape {lock.where.shape}, not {problem.carrier.shape}"
            found.fault(key, fault, "say yes or no for each unit")
            fitting = False
    if not fitting:
        return
    both = problem.locks(IN) & problem.locks(OUT)
    for inner, outer in _pairs(problem, both):
        shared = inner.where & outer.where & problem.carrier.mask
        area = f"{total(problem.carrier, where=shared):,.6g} {problem.carrier.unit}"
        fault = f"{int(shared.sum()):,} units ({area}) are locked in ({inner.name}) and locked out ({outer.name})"
        found.fault(f"{problem.key}.locked_in", fault, "say which of the two wins, and take them out of the other")


def _pairs(problem: Problem, both: NDArray[np.bool_]) -> Iterator[tuple[Lock, Lock]]:
    if both.any():
        for inner in problem.of(Lock):
            for outer in problem.of(Lock):
                if inner.state == IN and outer.state == OUT and (inner.where & outer.where & both).any():
                    yield inner, outer


def _boundary(problem: Problem, boundary: BoundaryPrice, found: Problems) -> None:
    carrier, key = problem.carrier, f"{problem.key}.boundary_price"
    if not (np.isfinite(boundary.price) and boundary.price >= 0):
        found.fault(key, f"is {boundary.price:g}", "give a price of 0 or more")
    shapes = [carrier.shape] * 2 if isinstance(carrier, Cells) else [carrier.length.shape]
    if boundary.multiplier and [part.shape for part in boundary.multiplier] != shapes:
        asked = "one for each edge" if isinstance(carrier, Units) else "two arrays of the shape of the grid"
        found.fault(key, "has multipliers that do not fit", f"give {asked}")
    elif boundary.multiplier and not all(_sound(part) and (part >= 0).all() for part in boundary.multiplier):
        found.fault(key, "has multipliers that are negative or not a number", "give multipliers of 0 or more")
    if isinstance(carrier, Units) and boundary.price > 0:
        if not len(carrier.length):
            found.fault(key, "has no edges to price", "give the shared boundaries of the units")
            return
        alone = carrier.size - len(np.unique(np.concatenate([carrier.first, carrier.second])))
        if alone:
            found.note(key, f"{alone:,} units are islands: they share no boundary with another")


def _amounts(problem: Problem, amount: NDArray[Any], key: str, name: str, found: Problems) -> bool:
    """Whether an array fits the plan and holds amounts."""
    carrier = problem.carrier
    if amount.shape != carrier.shape:
        found.fault(key, f"{name} has the shape {amount.shape}, not {carrier.shape}", "give one number for each unit")
        return False
    unknown = negative = 0
    for band in carrier.bands():
        values = amount[band][carrier.mask[band]]
        unknown += values.size - int(np.count_nonzero(np.isfinite(values)))
        negative += int(np.count_nonzero(values < 0))
    if unknown:
        found.fault(
            key, f"{name} is not a number in {unknown:,} units", "give 0 where there is none, or leave them out"
        )
    if negative:
        found.fault(key, f"{name} is negative in {negative:,} units", "give amounts of 0 or more")
    return not unknown and not negative


def _sound(values: NDArray[Any]) -> bool:
    return bool(np.isfinite(values).all())
