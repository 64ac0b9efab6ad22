"""Why a plan cannot be kept, in words: the rows and locks that conflict, and the smallest change that frees it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.planning.irreducible import ConflictSet, LockGroup, conflict_sets
from shanshui.planning.limits import Change, Limit, figure, relaxed, wanted, without
from shanshui.planning.program import Program
from shanshui.planning.smallest_change import smallest_change, smallest_opening

__all__ = ["Change", "Conflict", "LockGroup", "explain", "relaxed", "smallest_change"]

# So many rows of a conflict are written out, and so many ways out of it are sought.
LISTED = 6
# Each search for a way out may take so much of the time.
PART_OF_TIME = 0.1
# A change is called the smallest where it is greater than the least by no more than this share.
ROUNDED = 1e-6
SMALLEST = "this is the smallest change that frees it"


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
    weights : sequence of tuple of float
        Of each conflict and in its order the share of it that would go with a row that gave wholly, or with a lock
        that were opened; they add up to 1. Empty where only whole units conflict, as shares of them would fit.
    choice : bool ndarray (units,) or None
        A choice that keeps the plan so changed; None where none was found, or shares of units may be chosen.
    """

    def __init__(
        self,
        problems: Problem | Iterable[Problem],
        conflicts: Sequence[tuple[str, ...]] = (),
        changes: Sequence[Change] = (),
        least: float = 0.0,
        weights: Sequence[tuple[float, ...]] = (),
        choice: NDArray[np.bool_] | None = None,
    ) -> None:
        super().__init__(problems)
        self.conflicts = tuple(conflicts)
        self.changes = tuple(changes)
        self.least = least
        self.weights = tuple(weights)
        self.choice = choice


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
    See `conflict_sets` for what conflicts and `smallest_change` for what frees it; above 2,000 free units both ask for
    shares of units, and the change is then made one of whole units. The new limits are the sums of
    `Conflict.choice`, which so keeps the plan that is changed.

    Examples
    --------
    >>> from scipy import sparse
    >>> matrix = sparse.csr_array([[1.0, 1.0], [1.0, 0.0]])
    >>> program = Program([1.0, 1.0], [], [], [], matrix, [2.0, -np.inf], [np.inf, 0.5], ("area", "cost"), [-1, -1])
    >>> conflict = explain(program)
    >>> conflict.conflicts
    (('area', 'cost'),)
    >>> [str(change) for change in conflict.changes]
    ['lower area to 1']
    """
    end = time.monotonic() + seconds
    size = np.ones(program.size) if size is None else size
    found = conflict_sets(program, locks, divisible=divisible, seconds=seconds / 3)
    changes, least, choice = smallest_change(program, divisible=divisible, seconds=seconds / 3)
    problems = []
    for conflict in found:
        others = [limit for other in found for limit in other.rows if limit not in conflict.rows]
        rest = without(conflict.program, others)
        # Where one change frees it, it is not sought again as a way out.
        known = changes[0] if len(found) == len(changes) == 1 else None
        mend = _ways_out(rest, conflict, known, size, size_unit, divisible, seconds * PART_OF_TIME, end)
        problems.append(Problem(key, _fault(conflict, size, size_unit), mend))
    how_small = _how_small(changes, least)
    if changes and (len(changes) > 1 or len(found) != 1 or how_small != SMALLEST):
        listed = [str(change) for change in changes[:LISTED]]
        listed += [f"{len(changes) - LISTED} more rows give too"] if len(changes) > LISTED else []
        problems.append(Problem(key, f"cannot be kept; {how_small}", " and ".join(listed)))
    names = [(*(program.names[row] for row, _ in each.rows), *map(str, each.locks)) for each in found]
    return Conflict(
        problems or Problem(key, "no choice keeps all rows and locks", "ask for less in a row"),
        names,
        changes,
        least,
        [each.weights for each in found],
        choice,
    )


def _how_small(changes: Sequence[Change], least: float) -> str:
    """Say whether a change is the smallest, and if that is not known, by how much another could be smaller."""
    total = sum(change.relative for change in changes)
    if total - least <= ROUNDED * total:
        return SMALLEST
    if not least:
        return "this change frees it"
    smaller = figure(np.ceil(1e4 * (1 - least / total)) / 100, "%")
    return f"this change frees it, and none that is smaller by more than {smaller} does"


def _fault(conflict: ConflictSet, size: NDArray[np.float64], size_unit: str) -> str:
    """Say what conflicts, with the figures."""
    program, rows, groups = conflict.program, conflict.rows, conflict.locks
    if len(rows) == 1:
        row, side = rows[0]
        unit, asked = program.units[row], wanted(program, rows[0])
        amount = program.matrix[[row]].toarray()[0]
        held = np.zeros(program.size, bool)
        for group in groups:
            held |= group.where & (program.fixed == group.state)
        locked, names = figure(float(amount[held].sum()), unit), ", ".join(group.name for group in groups)
        if side == "upper":
            return f"{program.names[row]} allows {asked}, but {locked} are locked in ({names})"
        most = figure(float(amount[~held].sum()), unit)
        because = f" because {locked} are locked out ({names})" if groups else ""
        return f"{program.names[row]} needs {asked}, the plan lets it have {most}{because}"
    strongest = _strongest(conflict)
    # Where not all are written, their weights say which these are and what the others have to do with it.
    weights = _weights(conflict) if len(rows) > LISTED else {}
    listed = [
        f"{program.names[limit[0]]} (at {'least' if limit[1] == 'lower' else 'most'} {wanted(program, limit)}"
        f"{f', {_percent(weights[limit])} of the conflict' if weights else ''})"
        for limit in strongest
    ]
    if len(rows) > LISTED:
        others = sum(weights[limit] for limit in rows if limit not in strongest) if weights else 0.0
        more = f"{len(rows) - LISTED} more {'row' if len(rows) == LISTED + 1 else 'rows'}"
        listed.append(f"{more} ({_percent(others)})" if weights else more)
    listed += [f"{group} ({figure(float(size[group.where].sum()), size_unit)})" for group in groups]
    return "cannot be kept together: " + "; ".join(listed)


def _weights(conflict: ConflictSet) -> dict[Limit, float]:
    """Give the weight of each limit; nothing where there are none."""
    return dict(zip(conflict.rows, conflict.weights, strict=False))


def _strongest(conflict: ConflictSet) -> list[Limit]:
    """Choose the limits that are written out: all in their order, or the heaviest first."""
    if len(conflict.rows) <= LISTED or not conflict.weights:
        return conflict.rows[:LISTED]
    weights = _weights(conflict)
    return sorted(conflict.rows, key=lambda limit: -weights[limit])[:LISTED]


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def _ways_out(
    program: Program,
    conflict: ConflictSet,
    known: Change | None,
    size: NDArray[np.float64],
    size_unit: str,
    divisible: bool,
    seconds: float,
    end: float,
) -> str:
    """Say of each row or lock of a conflict how far it must give if it gives alone."""
    ways: list[str] = []
    surely = len(conflict.rows) <= LISTED
    for limit in _strongest(conflict):
        if known is not None and limit == (known.row, known.side):
            ways.append(str(known))
            continue
        if time.monotonic() > end:
            return ", or ".join(ways) or "the time was over before a way out was found"
        changes, least, _ = smallest_change(program, [limit], divisible=divisible, seconds=seconds)
        ways += [str(change) for change in changes]
        surely &= bool(np.isinf(least))
    for group in conflict.locks:
        if time.monotonic() > end:
            surely = False
            break
        locked = group.where & (program.fixed == group.state)
        opened = smallest_opening(program, locked, size, divisible=divisible, seconds=seconds)
        ways += [] if opened is None else [f"free {figure(opened, size_unit)} of {group.name}"]
    none = "no one of them frees it alone" if surely else "none was found that frees it alone"
    return ", or ".join(ways) or f"{none}: let several give"
