"""A plan in words goes in, an answer with its certificate comes out: by the solver that suits its size."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.base import errors
from shanshui.planning.answer import Answer
from shanshui.planning.carriers import Cells, areas_by_group, total
from shanshui.planning.checks import check_data, check_room
from shanshui.planning.classes import in_classes
from shanshui.planning.conflicts import Conflict, LockGroup, explain
from shanshui.planning.exact import solve_exact
from shanshui.planning.grid_plan import GridPlan, solve_grid
from shanshui.planning.problem import Problem
from shanshui.planning.program import FREE
from shanshui.planning.terms import AreaLimit, BoundaryPrice, Lock, Objective, Shares, Target
from shanshui.planning.unit_plan import solve_units

# Up to so many decisions branch and bound proves the optimum within a minute, as a rule; with a boundary price the
# relaxation it starts from is weaker.
EXACT_UNITS, EXACT_UNITS_WITH_EDGES = 3_000, 400
# What conflicts is sought among so many decisions one by one, beyond among classes of them.
EXPLAINED_UNITS = 200_000


def solve(problem: Problem, *, gap: float = 1e-4, seconds: float = 60.0, seed: int = 0) -> Answer:
    """Solve a plan, and prove how good the answer is.

    Parameters
    ----------
    problem : Problem
        The plan.
    gap : float
        The search may end when no plan can be better by a greater share of the objective.
    seconds : float
        Time for branch and bound, after which the best plan found so far is given with its bound.
    seed : int
        Beginning of the random numbers.

    Returns
    -------
    Answer
        The plan, its bound, and in `notes` what its reader should know. The plan that was put in stays as it was.

    Raises
    ------
    StudyError
        Where the plan makes no sense, all of it at once; or where no plan was found and none was proven impossible.
    Conflict
        Where no choice keeps all rows and locks.

    Examples
    --------
    >>> from shanshui.planning.carriers import Units
    >>> plan = Problem(Units([1, 1, 2], [0, 1], [1, 2], [1, 1])).maximise([5, 4, 1]).area_budget(3).boundary_price(0.1)
    >>> answer = solve(plan)
    >>> answer.selected.tolist(), answer.value, answer.proven, answer.notes
    ([True, True, False], 8.9, True, ())
    """
    found = check_data(problem)
    if found.fatal:
        raise errors.StudyError(problem_ for problem_ in found if problem_.severity == "error")
    room = check_room(problem)
    if room.fatal:
        conflict = explained(problem)
        raise conflict if conflict.conflicts else errors.StudyError(room)
    try:
        answer = _solved(problem, gap, seconds, seed)
    except Conflict as conflict:
        better = explained(problem)
        told = Conflict(replace(each, key=problem.key) for each in conflict.problems)
        raise (better if better.conflicts or better.changes else told) from None
    notes = tuple(f"{note.key}: {note.fault}" for note in found)
    return replace(answer, notes=(*answer.notes, *notes, *_notes(problem, answer)))


def explained(problem: Problem) -> Conflict:
    """Say what conflicts in a plan that no choice keeps, with the names of its locks.

    Parameters
    ----------
    problem : Problem
        The plan.

    Returns
    -------
    Conflict
        To be raised; of more than 200,000 decisions it is found among classes of them.
    """
    many = problem.carrier.size > EXPLAINED_UNITS
    plan = in_classes(problem) if many else problem
    carrier = plan.carrier
    locks = [LockGroup(lock.name, (lock.where & carrier.mask)[carrier.mask], lock.state) for lock in plan.of(Lock)]
    size = np.concatenate([carrier.areas(band) for band in carrier.bands()])
    program = plan.compile()
    return explain(program, locks=locks, size=size, size_unit=carrier.unit, key=plan.key, divisible=many)


def _solved(problem: Problem, gap: float, seconds: float, seed: int) -> Answer:
    carrier = problem.carrier
    priced = any(boundary.price > 0 for boundary in problem.of(BoundaryPrice))
    free = int(np.count_nonzero(carrier.mask & (problem.fixed() == FREE)))
    small = free <= (EXACT_UNITS_WITH_EDGES if priced else EXACT_UNITS)
    if isinstance(carrier, Cells) and not small:
        return solve_grid(grid_plan(problem), gap=gap, seed=seed)
    program = problem.compile()
    solvers = [partial(solve_units, gap=gap, seed=seed)]
    if small:
        solvers.insert(0, partial(solve_exact, seconds=seconds))
    found: list[Answer] = []
    for solver in solvers:
        try:
            found.append(solver(program))
        except Conflict:
            raise
        except errors.StudyError as fault:
            # None was found in its time: the next may find one.
            if solver is solvers[-1] and not found:
                raise errors.StudyError(replace(each, key=problem.key) for each in fault.problems) from None
        if found and found[-1].gap <= gap:
            break
    # Each of them is right; so the best plan goes with the lowest bound.
    best = max(found, key=attrgetter("value"))
    return replace(best, selected=carrier.place(best.selected), bound=min(answer.bound for answer in found))


def grid_plan(problem: Problem) -> GridPlan:
    """Bring a plan of cells to the form that the solver of grids takes.

    Parameters
    ----------
    problem : Problem
        A plan of cells.

    Returns
    -------
    GridPlan
        The same plan.

    Raises
    ------
    StudyError
        Where it has more than one kind of groups, or several prices of single sides.
    """
    carrier = problem.carrier
    assert isinstance(carrier, Cells)
    shares, prices = problem.of(Shares), problem.of(BoundaryPrice)
    found = errors.Problems()
    if len(shares) > 1:
        found.fault(f"{problem.key}.minimum_share", "is given for several kinds of groups", "give one kind on a grid")
    if len(prices) > 1:
        found.fault(f"{problem.key}.boundary_price", "is given several times", "give it once on a grid")
    greatest = max((int(each.group.max(initial=0, where=carrier.mask)) for each in shares), default=0)
    if greatest > np.iinfo(np.int16).max:
        found.fault(f"{problem.key}.minimum_share", f"has a group {greatest}", "number the groups from 0, without gaps")
    if found:
        raise errors.StudyError(found)
    objective: Objective = problem.of(Objective)[0]
    limits, targets = problem.of(AreaLimit), problem.of(Target)
    price = prices[0].price if prices else 0.0
    along: tuple[Any, ...] = prices[0].multiplier if prices and prices[0].multiplier else (None, None)
    group, needed, names = None, np.empty(0), ()
    if shares:
        wholes = areas_by_group(carrier, shares[0].group)
        needed = np.array([shares[0].share.get(number, 0.0) * whole for number, whole in enumerate(wholes)])
        group = np.where(carrier.mask & (shares[0].group >= 0), shares[0].group.astype(np.int16), -1)
        names = tuple(shares[0].name(number) for number in range(len(wholes)))
    right, down, diagonal = carrier.lengths()
    value = _float32(objective.values)
    return GridPlan(
        value=-value if objective.least else value,
        mask=carrier.mask,
        area=carrier.area,
        right=price * right,
        down=price * down,
        diagonal=price * diagonal if carrier.diagonals else None,
        along_right=None if along[0] is None else _float32(along[0]),
        along_down=None if along[1] is None else _float32(along[1]),
        outside=bool(prices and prices[0].outside),
        budget=min((limit.area for limit in limits if not limit.least), default=np.inf),
        target=max((limit.area for limit in limits if limit.least), default=-np.inf),
        group=group,
        needed=needed,
        amounts=np.stack([_float32(target.amount) for target in targets]) if targets else None,
        targets=np.array([target.wanted(total(carrier, target.amount)) for target in targets]),
        fixed=problem.fixed() if problem.of(Lock) else None,
        group_names=names,
        feature_names=tuple(f"target of {target.name}" for target in targets),
        key=problem.key,
    )


def _float32(values: NDArray[Any]) -> NDArray[np.float32]:
    return values.astype(np.float32, copy=False)


def _notes(problem: Problem, answer: Answer) -> list[str]:
    """Say what a reader may not expect of the plan."""
    priced = any(boundary.price > 0 for boundary in problem.of(BoundaryPrice))
    if not answer.selected.any():
        why = ": no unit is worth the price of its boundary" if priced else ""
        return [f"{problem.key}: nothing is chosen{why}"]
    chosen = answer.selected[problem.carrier.mask & (problem.fixed() == FREE)]
    if priced and chosen.size > 1 and (chosen.all() or not chosen.any()):
        which = "all" if chosen.all() else "none"
        return [f"{problem.key}.boundary_price: {which} of what is not locked is chosen: the price may be too strong"]
    return []
