"""Why a plan cannot be kept: the rows and locks that conflict, and the smallest change that frees it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from shanshui.base.errors import Problem, StudyError
from shanshui.planning.branch_and_bound import search
from shanshui.planning.program import FREE, IN, OUT, ROUNDING, Program

# What conflicts is asked of whole units up to so many, of shares of units beyond: there the two hardly differ.
WHOLE_UNITS = 2_000
# So many rows of a conflict are written out, and so many ways out of it are sought.
LISTED = 6
# So many conflicts that have nothing to do with each other are looked for.
CONFLICTS = 10
# Each search for a way out may take so much of the time.
PART_OF_TIME = 0.1
# The solver keeps rows and gaps to 1e-6; limits of so much instead of 1 are kept by so much better.
FINER = 1e3
# Of many units and few rows it takes a tenth of the time of the simplex method.
INTERIOR_POINT = "highs-ipm"
# A share of a unit that is nearer than this to 0 or 1 is whole.
WHOLE = 1e-9
# Limits that give less than this share of themselves do not give: it is the solver's tolerance.
NOTHING = 1e-7

Side = Literal["lower", "upper"]
Limit = tuple[int, Side]


@dataclass(frozen=True, eq=False)
class LockGroup:
    """Units that are locked for one reason.

    Parameters
    ----------
    name : str
        The reason.
    where : bool ndarray (units,)
        The units.
    state : {0, 1}
        Locked out or locked in.
    """

    name: str
    where: NDArray[np.bool_]
    state: int

    def __str__(self) -> str:
        return f"{self.name} locked {'in' if self.state == IN else 'out'}"


Member = Limit | LockGroup


@dataclass(frozen=True)
class Change:
    """How far one limit of a row must give.

    Parameters
    ----------
    row : int
        Number of the row.
    name : str
        The row in words.
    side : {"lower", "upper"}
        Which of its limits.
    old, new : float
        The limit before and after (unit of the row).
    relative : float
        Size of the change as a share of the limit; of what the row could reach where the limit is 0.
    unit : str
        Unit of the row.
    whole : float
        What 100 % is (unit of the row); NaN where the limit was not given as a share.

    Examples
    --------
    >>> print(Change(0, "share of function area 7", "lower", 812.0, 640.0, 0.21, "km2", 1100.0))
    lower share of function area 7 to 58.1818 % (640 km2)
    """

    row: int
    name: str
    side: Side
    old: float
    new: float
    relative: float
    unit: str = ""
    whole: float = np.nan

    def __str__(self) -> str:
        verb = "lower" if self.side == "lower" else "raise"
        return f"{verb} {self.name} to {_figures(self.new, self.side, self.unit, self.whole)}"


class Conflict(StudyError):  # noqa: N818 (what it is called where plans are made)
    """A plan that no choice keeps; says which rows and locks conflict, and what would free it.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        The conflicts, in words.
    conflicts : sequence of tuple of str
        Of each conflict the names of its rows and locks: they cannot be kept together, but without any one of them.
    changes : sequence of Change
        The smallest change that frees the plan, least in the sum of the relative changes.
    least : float
        No change with a smaller sum of relative changes frees the plan.
    """

    def __init__(
        self,
        problems: Problem | Iterable[Problem],
        conflicts: Sequence[tuple[str, ...]] = (),
        changes: Sequence[Change] = (),
        least: float = 0.0,
    ) -> None:
        super().__init__(problems)
        self.conflicts = tuple(conflicts)
        self.changes = tuple(changes)
        self.least = least


def relaxed(program: Program, changes: Iterable[Change]) -> Program:
    """Change the limits of a plan.

    Parameters
    ----------
    program : Program
        The plan.
    changes : iterable of Change
        What gives.

    Returns
    -------
    Program
        The same plan with the new limits.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    for change in changes:
        (lower if change.side == "lower" else upper)[change.row] = change.new
    return replace(program, lower=lower, upper=upper)


def explain(
    program: Program,
    *,
    locks: Sequence[LockGroup] = (),
    size: NDArray[np.float64] | None = None,
    size_unit: str = "units",
    key: str = "red_line",
    divisible: bool = False,
    seconds: float = 60.0,
) -> Conflict:
    """Say which rows and locks of an infeasible plan conflict, and what would free it.

    Parameters
    ----------
    program : Program
        A plan that no choice keeps.
    locks : sequence of LockGroup, optional
        Why units are locked; else all that are locked in are one group, and all that are locked out another.
    size : float64 ndarray (units,), optional
        By what it is measured how much of a lock must give, as the area (`size_unit`); else the units are counted.
    size_unit : str
        Its unit.
    key : str
        Where the plan is written down, as in study.toml.
    divisible : bool
        Whether shares of units may be chosen, as where a unit stands for many cells.
    seconds : float
        Time after which conflicts are given that may hold more than they need to.

    Returns
    -------
    Conflict
        To be raised.

    Notes
    -----
    Each conflict is an irreducible infeasible set found by the deletion filter (Chinneck 2008, Feasibility and
    Infeasibility in Optimization, ch. 6): what can be left out with the rest still infeasible is left out. After a
    conflict its rows are dropped, and the next is sought. The smallest change is an elastic program (ibid., ch. 6):
    each limit b may give by b s, and the sum of all s is least; it is over whole units. Above 2,000 free units
    both are over shares of units; then what is not whole is made whole at the least further change.

    Examples
    --------
    >>> matrix = sparse.csr_array([[1.0, 1.0], [1.0, 0.0]])
    >>> program = Program([1.0, 1.0], [], [], [], matrix, [2.0, -np.inf], [np.inf, 0.5], ("area", "cost"), [-1, -1])
    >>> conflict = explain(program)
    >>> conflict.conflicts
    (('area', 'cost'),)
    >>> [str(change) for change in conflict.changes]
    ['lower area to 1']
    """
    size = np.ones(program.size) if size is None else size
    whole = not divisible and bool(np.count_nonzero(program.fixed == FREE) <= WHOLE_UNITS)
    found = _conflicts(program, _all_groups(program, locks), whole, time.monotonic() + seconds / 3)
    end = time.monotonic() + seconds
    each = seconds * PART_OF_TIME
    changes, least = smallest_change(program, divisible=divisible, seconds=seconds / 6)
    problems = []
    for eased, members in found:
        others = [limit for _, other in found for limit in _rows(other) if limit not in members]
        mend = _ways_out(_without(eased, others), members, size, size_unit, divisible, each, end)
        problems.append(Problem(key, _fault(eased, members, size, size_unit), mend))
    if len(changes) > 1 or len(found) != 1:
        listed = [str(change) for change in changes[:LISTED]]
        listed += [f"{len(changes) - LISTED} more rows give too"] if len(changes) > LISTED else []
        problems.append(Problem(key, "cannot be kept; this is the smallest change that frees it", " and ".join(listed)))
    names = [
        tuple(str(member) if isinstance(member, LockGroup) else program.names[member[0]] for member in members)
        for _, members in found
    ]
    return Conflict(problems, names, changes, least)


def _all_groups(program: Program, locks: Sequence[LockGroup]) -> list[LockGroup]:
    """Put what no given group names into a group of its own."""
    groups = list(locks)
    for state in (IN, OUT):
        named = np.zeros(program.size, bool)
        for group in locks:
            named |= group.where & (group.state == state)
        rest = (program.fixed == state) & ~named
        groups += [LockGroup("locked units", rest, state)] if rest.any() else []
    return groups


def _conflicts(
    program: Program, groups: list[LockGroup], whole: bool, end: float
) -> list[tuple[Program, list[Member]]]:
    """Find conflicts one after the other, each with the plan in which it was found."""
    found: list[tuple[Program, list[Member]]] = []
    # A row that the locks alone make hopeless is a conflict by itself; for the rest it asks for what it can have.
    eased = program
    for change in _hopeless(program):
        members = _needed(program, [*groups, (change.row, change.side)], whole, end)
        found.append((program, members))
        eased = relaxed(eased, [change])
    # What is tried first is left out first: locks, then the last rows; so the first rows remain.
    left: list[Member] = [*groups, *reversed(_limits(eased))]
    while len(found) < CONFLICTS and _impossible(eased, left, whole, end):
        members = _needed(eased, left if whole else _suspects(eased, left, end), whole, end)
        found.append((eased, members))
        left = [member for member in left if isinstance(member, LockGroup) or member not in members]
    return found


def _hopeless(program: Program) -> list[Change]:
    """Give the limits that no choice keeps whatever the other rows are, eased to what can be reached."""
    gain, loss = program.matrix.maximum(0), program.matrix.minimum(0)
    can, must = (program.fixed != OUT).astype(np.float64), (program.fixed == IN).astype(np.float64)
    reach = {"lower": gain @ can + loss @ must, "upper": gain @ must + loss @ can}
    changes = []
    for (row, side), scale in zip(_limits(program), _scale(program, _limits(program)), strict=True):
        old, best = _limit(program, (row, side)), float(reach[side][row])
        short = old - best if side == "lower" else best - old
        if short > ROUNDING * abs(old):
            changes.append(Change(row, program.names[row], side, old, best, float(short / scale)))
    return changes


def _needed(program: Program, members: Sequence[Member], whole: bool, end: float) -> list[Member]:
    """Leave out one after the other of what cannot be kept together, if the rest still cannot."""
    needed = list(members)
    for member in members:
        fewer = [other for other in needed if other is not member]
        if time.monotonic() < end and _impossible(program, fewer, whole, end):
            needed = fewer
    return [*sorted(_rows(needed)), *_groups(needed)]


def _impossible(program: Program, members: Sequence[Member], whole: bool, end: float) -> bool:
    """Whether these alone cannot be kept."""
    part = _part(program, members)
    if not part.names:
        return False
    if whole:
        return search(part, seconds=max(1.0, end - time.monotonic())).infeasible
    least, _ = _shortfall(part, end)
    return least > NOTHING


def _shortfall(part: Program, end: float) -> tuple[float, NDArray[np.float64]]:
    """Find how little the limits give, in sum, until shares of units keep them, and the price of each limit."""
    matrix, limits = _inequalities(part)
    gives = -sparse.eye_array(len(limits))
    cost = np.concatenate([np.zeros(part.size), np.ones(len(limits))])
    bounds = np.vstack([_box(part), np.tile([0.0, np.inf], (len(limits), 1))])
    options = {"time_limit": max(1.0, end - time.monotonic())}
    wide = sparse.hstack([matrix, gives], format="csr")
    result = linprog(cost, wide, limits, bounds=bounds, method=INTERIOR_POINT, options=options)
    if result.status:
        return 0.0, np.full(len(limits), -1.0)
    return float(result.fun), np.asarray(result.ineqlin.marginals, np.float64)


def _suspects(program: Program, members: Sequence[Member], end: float) -> list[Member]:
    """Leave out the rows that have no price where all give as little as they can: they take no part in a conflict."""
    part = _part(program, members)
    _, prices = _shortfall(part, end)
    priced = dict(zip(_limits(part), prices < -NOTHING, strict=True))
    names = sorted({row for row, _ in _rows(members)})
    return [member for member in members if isinstance(member, LockGroup) or priced[names.index(member[0]), member[1]]]


def _limits(program: Program) -> list[Limit]:
    """List the limits there are: the lower ones, then the upper ones."""
    lower: list[Limit] = [(int(row), "lower") for row in np.flatnonzero(np.isfinite(program.lower))]
    upper: list[Limit] = [(int(row), "upper") for row in np.flatnonzero(np.isfinite(program.upper))]
    return [*lower, *upper]


def _part(program: Program, members: Sequence[Member]) -> Program:
    """Give the plan that has these rows and locks alone, and seeks nothing."""
    fixed = np.full(program.size, FREE, np.int8)
    for group in _groups(members):
        fixed[group.where & (program.fixed == group.state)] = group.state
    kept = set(_rows(members))
    part = _without(program, [limit for limit in _limits(program) if limit not in kept])
    return _feasibility(replace(part, fixed=fixed))


def _feasibility(program: Program) -> Program:
    """Leave out the objective, the edges and the rows without a limit: they do not bear on what can be kept."""
    rows = np.flatnonzero(np.isfinite(program.lower) | np.isfinite(program.upper))
    none = np.empty(0, np.int32)
    return Program(
        np.zeros(program.size),
        none,
        none,
        np.empty(0),
        program.matrix[rows],
        program.lower[rows],
        program.upper[rows],
        tuple(program.names[row] for row in rows),
        program.fixed,
    )


def _inequalities(program: Program) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Write each limit as a sum that is at most 1, -1 or 0; in the order of `_limits`."""
    limits = _limits(program)
    sign = np.array([-1.0 if side == "lower" else 1.0 for _, side in limits])
    scale = sign / _scale(program, limits)
    matrix = sparse.diags_array(scale) @ program.matrix[[row for row, _ in limits]]
    return sparse.csr_array(matrix), scale * [_limit(program, limit) for limit in limits]


def _scale(program: Program, limits: Sequence[Limit]) -> NDArray[np.float64]:
    """Give what a change of 1 is of each limit: the limit itself, or where it is 0 all that the row could reach."""
    reach = np.asarray(abs(program.matrix).sum(axis=1))
    return np.array([abs(_limit(program, limit)) or reach[limit[0]] or 1.0 for limit in limits])


def _box(program: Program) -> NDArray[np.float64]:
    return np.column_stack([program.fixed == IN, program.fixed != OUT]).astype(np.float64)


def smallest_change(
    program: Program, limits: Sequence[Limit] | None = None, *, divisible: bool = False, seconds: float = 6.0
) -> tuple[list[Change], float]:
    """Find how little the limits of an infeasible plan must give so that some choice keeps it.

    Parameters
    ----------
    program : Program
        The plan; its locks are kept.
    limits : sequence of (row, "lower" or "upper"), optional
        Which limits may give; all of them where it is not given.
    divisible : bool
        Whether shares of units may be chosen.
    seconds : float
        Time after which the smallest change found so far is given.

    Returns
    -------
    list of Change
        Least in the sum of the relative changes; empty where nothing must give, or nothing that may give frees it.
    float
        No change with a smaller sum frees the plan; inf where none does.
    """
    every = _limits(program)
    elastic = every if limits is None else list(limits)
    count, gives = program.size, len(elastic)
    matrix, most = _inequalities(program)
    at = ([every.index(limit) for limit in elastic], np.arange(gives))
    slack = sparse.csr_array((-np.ones(gives), at), shape=(len(every), gives))
    rows = LinearConstraint(sparse.hstack([FINER * matrix, FINER * slack], format="csr"), -np.inf, FINER * most)
    cost = np.concatenate([np.zeros(count), np.full(gives, FINER)])
    low = np.concatenate([program.fixed == IN, np.zeros(gives)]).astype(np.float64)
    high = np.concatenate([program.fixed != OUT, np.full(gives, np.inf)]).astype(np.float64)
    bound = None
    if not divisible and np.count_nonzero(program.fixed == FREE) > WHOLE_UNITS:
        box = np.column_stack([low, high])
        shares = linprog(cost, rows.A, FINER * most, bounds=box, method=INTERIOR_POINT, options={"time_limit": seconds})
        if shares.x is None:
            return [], np.inf
        bound = shares.fun
        nearest = np.round(shares.x[:count])
        whole = np.abs(shares.x[:count] - nearest) < WHOLE
        low[:count][whole] = high[:count][whole] = nearest[whole]
    integrality = np.concatenate([np.full(count, 0 if divisible else 1), np.zeros(gives)])
    options = {"mip_rel_gap": 0.0, "time_limit": seconds}
    result = milp(cost, integrality=integrality, bounds=Bounds(low, high), constraints=rows, options=options)
    if result.x is None:
        return [], np.inf
    reached = program.matrix @ (result.x[:count] if divisible else np.round(result.x[:count]))
    changes = []
    for (row, side), scale in zip(elastic, _scale(program, elastic), strict=True):
        old, new = _limit(program, (row, side)), float(reached[row])
        if (old - new if side == "lower" else new - old) > ROUNDING * abs(old):
            unit, share = program.units[row], float(program.whole[row])
            changes.append(Change(row, program.names[row], side, old, new, float(abs(new - old) / scale), unit, share))
    if bound is None:
        bound = result.fun if divisible else result.mip_dual_bound
    return sorted(changes, key=lambda change: -change.relative), max(0.0, float(bound) / FINER)


def _fault(program: Program, members: Sequence[Member], size: NDArray[np.float64], size_unit: str) -> str:
    """Say what conflicts, with the figures."""
    rows, groups = _rows(members), _groups(members)
    if len(rows) == 1:
        row, side = rows[0]
        unit, wanted = program.units[row], _wanted(program, rows[0])
        amount = program.matrix[[row]].toarray()[0]
        held = np.zeros(program.size, bool)
        for group in groups:
            held |= group.where & (program.fixed == group.state)
        locked, names = _figure(float(amount[held].sum()), unit), ", ".join(group.name for group in groups)
        if side == "upper":
            return f"{program.names[row]} allows {wanted}, but {locked} are locked in ({names})"
        most = _figure(float(amount[~held].sum()), unit)
        because = f" because {locked} are locked out ({names})" if groups else ""
        return f"{program.names[row]} needs {wanted}, the plan lets it have {most}{because}"
    listed = [
        f"{program.names[member[0]]} (at {'least' if member[1] == 'lower' else 'most'} {_wanted(program, member)})"
        for member in rows[:LISTED]
    ]
    listed += [f"{len(rows) - LISTED} more rows"] if len(rows) > LISTED else []
    listed += [f"{group} ({_figure(float(size[group.where].sum()), size_unit)})" for group in groups]
    return "cannot be kept together: " + "; ".join(listed)


def _ways_out(
    program: Program,
    members: Sequence[Member],
    size: NDArray[np.float64],
    size_unit: str,
    divisible: bool,
    seconds: float,
    end: float,
) -> str:
    """Say of each row or lock of a conflict how far it must give if it gives alone."""
    ways: list[str] = []
    for member in _rows(members)[:LISTED]:
        if time.monotonic() > end:
            return ", or ".join(ways) or "the time was over before a way out was found"
        ways += [str(change) for change in smallest_change(program, [member], divisible=divisible, seconds=seconds)[0]]
    for group in _groups(members):
        freed = _freed(program, group, size, divisible, seconds)
        ways += [] if freed is None else [f"free {_figure(freed, size_unit)} of {group.name}"]
    return ", or ".join(ways) or "no one of them frees it alone: let several give"


def _freed(
    program: Program, group: LockGroup, size: NDArray[np.float64], divisible: bool, seconds: float
) -> float | None:
    """Find how much of a lock must give if nothing else does; None where that is not enough."""
    opened = group.where & (program.fixed == group.state)
    part = _feasibility(replace(program, fixed=np.where(opened, FREE, program.fixed)))
    matrix, most = _inequalities(part)
    low, high = _box(part).T
    result = milp(
        np.where(opened, -size if group.state == IN else size, 0.0),
        integrality=np.full(part.size, 0 if divisible else 1),
        bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, -np.inf, most),
        options={"time_limit": seconds},
    )
    return None if result.x is None else float((size * np.abs(result.x - group.state))[opened].sum())


def _without(program: Program, sides: Iterable[Limit]) -> Program:
    """Leave some limits open."""
    lower, upper = program.lower.copy(), program.upper.copy()
    for row, side in sides:
        if side == "lower":
            lower[row] = -np.inf
        else:
            upper[row] = np.inf
    return replace(program, lower=lower, upper=upper)


def _rows(members: Sequence[Member]) -> list[Limit]:
    return [member for member in members if not isinstance(member, LockGroup)]


def _groups(members: Sequence[Member]) -> list[LockGroup]:
    return [member for member in members if isinstance(member, LockGroup)]


def _limit(program: Program, member: Limit) -> float:
    row, side = member
    return float((program.lower if side == "lower" else program.upper)[row])


def _wanted(program: Program, member: Limit) -> str:
    return _figures(_limit(program, member), member[1], program.units[member[0]], float(program.whole[member[0]]))


def _figures(limit: float, side: Side, unit: str, whole: float) -> str:
    """Write a limit, with its share first where it was given as one; rounded to the side where it can be kept."""
    figure = _figure(limit, unit, side)
    return figure if np.isnan(whole) or not whole else f"{_rounded(100 * limit / whole, side)} % ({figure})"


def _figure(value: float, unit: str, side: Side | None = None) -> str:
    return f"{_rounded(value, side)} {unit}".rstrip()


def _rounded(value: float, side: Side | None = None) -> str:
    """Write six digits; a lower limit never above, an upper one never below what it is."""
    if not value or side is None:
        return f"{value:,.6g}"
    step = 10.0 ** (np.floor(np.log10(abs(value))) - 5)
    turn = np.floor if side == "lower" else np.ceil
    return f"{turn(value / step + (1e-6 if side == 'lower' else -1e-6)) * step:,.6g}"
