"""Which rows and locks of a plan cannot be kept together, though they could without any one of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shanshui.planning.branch_and_bound import search
from shanshui.planning.elastic import GUESS, NOTHING, Elastic, Given
from shanshui.planning.limits import (
    Change,
    Limit,
    feasibility,
    inequalities,
    limit_at,
    limits_of,
    relaxed,
    scale,
    without,
)
from shanshui.planning.program import FREE, IN, OUT, ROUNDING, Program
from shanshui.planning.smallest_change import WHOLE_UNITS

# So many conflicts that have nothing to do with each other are looked for.
_CONFLICTS: Final = 10
# Of so many free units branch and bound can tell whether they conflict where shares of them do not.
_SEARCHED: Final = 5_000


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


@dataclass(frozen=True, eq=False)
class ConflictSet:
    """Rows and locks that cannot be kept together.

    Parameters
    ----------
    program : Program
        The plan in which they were found: of single rows that ask for too much it asks what they can have.
    rows : list of (row, "lower" or "upper")
        The limits.
    locks : list of LockGroup
        The locks.
    weights : tuple of float
        Of each limit and then of each lock the share of the conflict that would go with it: of a limit if it gave
        wholly, of a lock if all of it were opened. They add up to 1; empty where only whole units conflict, as shares
        of them would fit.
    """

    program: Program
    rows: list[Limit]
    locks: list[LockGroup]
    weights: tuple[float, ...]


def conflict_sets(
    program: Program, locks: Sequence[LockGroup] = (), *, divisible: bool = False, seconds: float = 20.0
) -> list[ConflictSet]:
    """Find conflicts one after the other.

    Parameters
    ----------
    program : Program
        A plan that no choice keeps.
    locks : sequence of LockGroup, optional
        Why units are locked; what is locked for no named reason is put into groups of its own.
    divisible : bool
        Whether shares of units may be chosen.
    seconds : float
        Time after which the sets are given that may hold more than they need to.

    Returns
    -------
    list of ConflictSet
        First each limit that is out of reach by itself, by sums alone; then, where these ask for what they can have,
        conflicts that have no limit in common.

    Notes
    -----
    Each is an irreducible infeasible set found by the deletion filter (Chinneck 2008, Feasibility and Infeasibility in
    Optimization, ch. 6): what can be left out with the rest still infeasible is left out, locks first. Up to 2,000 free
    units each question is decided over whole units, by branch and bound. Beyond, it is decided over shares of units
    (`Elastic`): what these cannot keep whole units cannot either. The prices of what gives as little as it can name
    the limits that take part; of these the one with the lowest price is tried first. Up to 5,000 free units whole ones
    are asked where shares of them find no conflict.
    """
    end = time.monotonic() + seconds
    groups = _all_groups(program, locks)
    found, eased = [], program
    for change in _hopeless(program):
        limit: Limit = (change.row, change.side)
        found.append(_weighed(program, [limit], _needed_locks(program, groups, limit), end))
        eased = relaxed(eased, [change])
    free = np.count_nonzero(program.fixed == FREE)
    if divisible or free > WHOLE_UNITS:
        found += _over_shares(eased, groups, end)
    if divisible or free > _SEARCHED or (found and free > WHOLE_UNITS):
        return found
    return found + _over_units(eased, groups, end)


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


def _hopeless(program: Program) -> list[Change]:
    """Give the limits that no choice keeps whatever the other rows are, eased to what can be reached."""
    gain, loss = program.matrix.maximum(0), program.matrix.minimum(0)
    can, must = (program.fixed != OUT).astype(np.float64), (program.fixed == IN).astype(np.float64)
    reach = {"lower": gain @ can + loss @ must, "upper": gain @ must + loss @ can}
    changes = []
    for (row, side), size in zip(limits_of(program), scale(program, limits_of(program)), strict=True):
        old, best = limit_at(program, (row, side)), float(reach[side][row])
        short = old - best if side == "lower" else best - old
        if short > ROUNDING * abs(old):
            changes.append(Change(row, program.names[row], side, old, best, float(short / size)))
    return changes


def _needed_locks(program: Program, groups: Sequence[LockGroup], limit: Limit) -> list[LockGroup]:
    """Leave out the locks without which a limit that is out of reach by itself is so still."""
    needed = list(groups)
    for group in groups:
        fewer = [other for other in needed if other is not group]
        if _hopeless(_part(program, [limit], fewer)):
            needed = fewer
    return needed


def _over_shares(program: Program, groups: Sequence[LockGroup], end: float) -> list[ConflictSet]:
    """Find conflicts that not even shares of units get round."""
    found: list[ConflictSet] = []
    limits = limits_of(program)
    elastic = Elastic(*inequalities(program))
    asked = np.ones(len(limits))
    while len(found) < _CONFLICTS and asked.any() and time.monotonic() < end:
        given = elastic.least(asked, *_box(program, groups), difference=GUESS, end=end)
        if given.least <= NOTHING:
            break
        needed, locks, given = _filtered(elastic, program, groups, given, end)
        rows = [limits[number] for number in np.flatnonzero(needed)]
        found.append(_told(program, rows, locks, given, given.prices[needed]))
        asked[needed] = 0
    return found


def _filtered(
    elastic: Elastic, program: Program, groups: Sequence[LockGroup], given: Given, end: float
) -> tuple[NDArray[np.bool_], list[LockGroup], Given]:
    """Leave out of limits with a price and of locks what is not needed."""
    prices, locks = given.prices, list(groups)
    for group in groups:
        fewer = [other for other in locks if other is not group]
        cost = (prices > 0).astype(np.float64)
        tried = elastic.least(cost, *_box(program, fewer), prices=prices, enough=NOTHING, end=end)
        if tried.least > NOTHING:
            prices, locks = tried.prices, fewer
    low, high = _box(program, locks)
    for number in np.argsort(prices, kind="stable"):
        if not prices[number] or time.monotonic() > end:
            continue
        cost = (prices > 0).astype(np.float64)
        cost[number] = 0
        if not cost.any():
            break
        tried = elastic.least(cost, low, high, prices=prices, enough=NOTHING, end=end)
        if tried.least > NOTHING:
            prices = tried.prices
    needed = prices > 0
    return needed, locks, elastic.least(needed.astype(np.float64), low, high, prices=prices, end=end)


def _over_units(program: Program, groups: Sequence[LockGroup], end: float) -> list[ConflictSet]:
    """Find conflicts that no choice of whole units gets round."""
    found: list[ConflictSet] = []
    # What is tried first is left out first: locks, then the last rows; so the first rows remain.
    left: list[Member] = [*groups, *reversed(limits_of(program))]
    while len(found) < _CONFLICTS and _impossible(program, left, end):
        needed = list(left)
        for member in left:
            fewer = [other for other in needed if other is not member]
            if time.monotonic() < end and _impossible(program, fewer, end):
                needed = fewer
        rows, locks = sorted(_rows(needed)), _locks(needed)
        found.append(_weighed(program, rows, locks, end))
        left = [*groups, *(row for row in _rows(left) if row not in rows)]
    return found


def _impossible(program: Program, members: Sequence[Member], end: float) -> bool:
    """Whether no choice of whole units keeps these alone."""
    part = _part(program, _rows(members), _locks(members))
    return bool(part.names) and search(part, seconds=max(1.0, end - time.monotonic())).infeasible


def _weighed(program: Program, rows: list[Limit], locks: list[LockGroup], end: float) -> ConflictSet:
    """Find what each limit and lock has to do with a conflict."""
    part = _part(program, rows, locks)
    given = Elastic(*inequalities(part)).least(np.ones(len(rows)), *_box(program, locks), end=end)
    order = sorted(rows, key=lambda limit: (limit[1] == "upper", limit[0]))
    return _told(program, rows, locks, given, given.prices[[order.index(limit) for limit in rows]])


def _told(
    program: Program, rows: list[Limit], locks: list[LockGroup], given: Given, prices: NDArray[np.float64]
) -> ConflictSet:
    """Bring what goes with each limit and lock to shares of the conflict; the limits in the order of the rows."""
    if given.least <= NOTHING:
        return ConflictSet(program, sorted(rows), locks, ())
    order = sorted(range(len(rows)), key=rows.__getitem__)
    parts = [float(prices[number]) for number in order]
    for group in locks:
        held = group.where & (program.fixed == group.state)
        parts.append(float(np.maximum(given.gains if group.state == IN else -given.gains, 0)[held].sum()))
    return ConflictSet(program, [rows[number] for number in order], locks, tuple(np.array(parts) / sum(parts)))


def _part(program: Program, rows: Sequence[Limit], locks: Iterable[LockGroup]) -> Program:
    """Give the plan that has these rows and locks alone, and seeks nothing."""
    kept = set(rows)
    part = without(program, [limit for limit in limits_of(program) if limit not in kept])
    return feasibility(replace(part, fixed=_fixed(program, locks)))


def _fixed(program: Program, locks: Iterable[LockGroup]) -> NDArray[np.int8]:
    fixed = np.full(program.size, FREE, np.int8)
    for group in locks:
        fixed[group.where & (program.fixed == group.state)] = group.state
    return fixed


def _box(program: Program, locks: Iterable[LockGroup]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    fixed = _fixed(program, locks)
    return (fixed == IN).astype(np.float64), (fixed != OUT).astype(np.float64)


def _rows(members: Sequence[Member]) -> list[Limit]:
    return [member for member in members if not isinstance(member, LockGroup)]


def _locks(members: Sequence[Member]) -> list[LockGroup]:
    return [member for member in members if isinstance(member, LockGroup)]
