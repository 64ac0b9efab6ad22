"""The smallest change of its limits that frees a plan, with a choice that keeps it then."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from shanshui.planning.elastic import ANSWER, FINER, NOTHING, Elastic
from shanshui.planning.limits import Change, Limit, feasibility, inequalities, limit_at, limits_of, scale
from shanshui.planning.program import FREE, IN, OUT, ROUNDING, Program

# Up to so many free units are asked for as whole ones; beyond, shares of units hardly differ from them.
WHOLE_UNITS: Final = 2_000
# A share of a unit that is nearer than this to 0 or 1 is whole.
_WHOLE: Final = 1e-9
# What it costs in a search by prices when a limit gives that may not.
_FIRM: Final = 1e4
# What the solver says where nothing keeps the rows.
_INFEASIBLE: Final = 2
# Beside the units that are not whole so many others, which hang in the balance, are chosen anew; each search has this
# part of the time that is left, and the last is the one that ends within this share of what the limits give at least.
_OTHERS: Final = (0, 100, 1_000)
_PART_OF_TIME: Final = 1 / 3
_NEAR: Final = 2e-3
# The shortest of these searches [s].
_SHORTEST: Final = 1.0


def smallest_change(
    program: Program, limits: Sequence[Limit] | None = None, *, divisible: bool = False, seconds: float = 6.0
) -> tuple[list[Change], float, NDArray[np.bool_] | None]:
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
        Least in the sum of the relative changes; empty where nothing must give, or no choice was found.
    float
        No change with a smaller sum frees the plan; inf where none does.
    bool ndarray (units,) or None
        A choice that keeps the plan so changed; None where none was found, or shares of units may be chosen.

    Notes
    -----
    An elastic program (Chinneck 2008, Feasibility and Infeasibility in Optimization, ch. 6): each limit b may give by
    b s, and the sum of all s is least. Above 2,000 free units it is solved over shares of units, of which no more than
    there are limits are not whole; these are then made whole at the least further change.
    """
    every = limits_of(program)
    gives = np.array([limits is None or limit in limits for limit in every])
    matrix, most = inequalities(program)
    low, high = (program.fixed == IN).astype(np.float64), (program.fixed != OUT).astype(np.float64)
    if not divisible and np.count_nonzero(program.fixed == FREE) <= WHOLE_UNITS:
        shares, least = _whole(matrix, most, gives, low, high, seconds)
    else:
        shares, least = _shares(matrix, most, gives, low, high, not divisible, seconds)
    if shares is None:
        return [], least, None
    reached = program.matrix @ shares
    changes = []
    for limit, may, size in zip(every, gives, scale(program, every), strict=True):
        (row, side), old, new = limit, limit_at(program, limit), float(reached[limit[0]])
        if (old - new if side == "lower" else new - old) > ROUNDING * abs(old):
            if not may:
                return [], least, None
            unit, whole = program.units[row], float(program.whole[row])
            changes.append(Change(row, program.names[row], side, old, new, float(abs(new - old) / size), unit, whole))
    choice = None if divisible else shares > 0.5
    return sorted(changes, key=lambda change: -change.relative), least, choice


def smallest_opening(
    program: Program,
    locked: NDArray[np.bool_],
    size: NDArray[np.float64],
    *,
    divisible: bool = False,
    seconds: float = 6.0,
) -> float | None:
    """Find how much of a lock must be opened so that some choice keeps the plan as it is.

    Parameters
    ----------
    program : Program
        The plan; what else is locked stays so.
    locked : bool ndarray (units,)
        The units of the lock: all in, or all out.
    size : float64 ndarray (units,)
        By what it is measured how much is opened, as the area.
    divisible : bool
        Whether shares of units may be chosen.
    seconds : float
        Time after which the smallest opening found so far is given.

    Returns
    -------
    float or None
        How much is chosen that was locked out, or not chosen that was locked in (unit of `size`); None where no choice
        was found.

    Notes
    -----
    What is opened is one more row that is to be 0, and the only one that gives.
    """
    opened = feasibility(replace(program, fixed=np.where(locked, FREE, program.fixed)))
    amount = np.where(locked, size, 0.0)
    held = float(amount[program.fixed == IN].sum())
    wide = Program(
        opened.weight,
        opened.first,
        opened.second,
        opened.price,
        sparse.csr_array(sparse.vstack([opened.matrix, sparse.csr_array(amount[None])])),
        np.append(opened.lower, held or -np.inf),
        np.append(opened.upper, np.inf if held else 0.0),
        (*opened.names, "what is locked"),
        opened.fixed,
    )
    gives: Limit = (len(opened.names), "lower" if held else "upper")
    changes, _, _ = smallest_change(wide, [gives], divisible=divisible, seconds=seconds)
    return abs(changes[0].new - changes[0].old) if changes else None


def _whole(
    matrix: sparse.csr_array,
    most: NDArray[np.float64],
    gives: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    seconds: float,
    gap: float = 0.0,
) -> tuple[NDArray[np.float64] | None, float]:
    """Choose whole units so that the limits give least: the choice, and what they give at least."""
    count, slack = len(low), sparse.csr_array(-sparse.eye_array(len(most), format="csc")[:, gives])
    changes = slack.shape[1]
    result = milp(
        np.concatenate([np.zeros(count), np.full(changes, FINER)]),
        integrality=np.concatenate([np.ones(count), np.zeros(changes)]),
        bounds=Bounds(np.append(low, np.zeros(changes)), np.append(high, np.full(changes, np.inf))),
        constraints=LinearConstraint(FINER * sparse.hstack([matrix, slack], format="csr"), -np.inf, FINER * most),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )
    if result.x is None:
        return None, np.inf if result.status == _INFEASIBLE else 0.0
    # Where every unit is locked it is no search among whole ones, and the least is what was found.
    bound = result.fun if result.mip_dual_bound is None else result.mip_dual_bound
    return np.round(result.x[:count]), max(0.0, float(bound) / FINER)


def _shares(
    matrix: sparse.csr_array,
    most: NDArray[np.float64],
    gives: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    whole: bool,
    seconds: float,
) -> tuple[NDArray[np.float64] | None, float]:
    """Choose shares of units so that the limits give least, and make them whole where they are to be."""
    end = time.monotonic() + seconds
    elastic = Elastic(matrix, most)
    cost = np.where(gives, 1.0, _FIRM)
    given = elastic.least(cost, low, high, difference=_NEAR / 20 if whole else ANSWER, end=end)
    least = max(0.0, given.least)
    if np.maximum(matrix @ given.shares - most, 0)[~gives].sum() > NOTHING:
        firm = elastic.least(np.where(gives, 0.0, 1.0), low, high, prices=given.prices / _FIRM, enough=NOTHING, end=end)
        return None, np.inf if firm.least > NOTHING else least
    if not whole:
        return given.shares, least
    nearest = np.round(given.shares)
    split = np.abs(given.shares - nearest) > _WHOLE
    others = np.flatnonzero((low < high) & ~split)
    best, value = None, np.inf
    for count in _OTHERS:
        part = np.concatenate([np.flatnonzero(split), elastic.undecided(given.prices, others, count)])
        rest = nearest.copy()
        rest[part] = 0
        time_left = max(_SHORTEST, _PART_OF_TIME * (end - time.monotonic()))
        chosen, _ = _whole(matrix[:, part], most - matrix @ rest, gives, low[part], high[part], time_left, _NEAR / 2)
        if chosen is None:
            continue
        rest[part] = chosen
        now = float(np.maximum(matrix @ rest - most, 0)[gives].sum())
        if now < value:
            best, value = rest, now
        if value - least <= _NEAR * least:
            break
    return best, least
