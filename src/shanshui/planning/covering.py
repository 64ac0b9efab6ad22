"""Covering plans: sums that need so much at least, at the least cost; the same answer on every machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from shanshui.base.errors import Problem, StudyError
from shanshui.planning.answer import Answer, certified
from shanshui.planning.branch_and_bound import search
from shanshui.planning.conflicts import Conflict
from shanshui.planning.program import FREE, IN, OUT, Program

# So many units beside those that the relaxation divides are decided exactly.
CORE_UNITS = 40
# Nodes of the search tree: a number, not seconds, so that a slow machine finds the same.
CORE_NODES = 5_000
_FOREVER = 1e9
# Of sums of costs [share].
_ROUNDING = 1e-12
# The relaxation's numbers are as exact as this.
_WHOLE = 1e-7
# Rows that everything together keeps with so little to spare are settled by sums [share of the limit].
_TIGHT = 1e-6


def solve_covering(program: Program) -> Answer:
    """Solve a plan whose rows have lower limits and no negative amounts, and whose units cost something.

    Parameters
    ----------
    program : Program
        Without edges; weights are costs and so not above 0.

    Returns
    -------
    Answer
        The plan; its bound is that of the linear relaxation.

    Raises
    ------
    Conflict
        Where not even all units together keep a row.
    ValueError
        Where the program is of another kind.

    Notes
    -----
    A basic solution of the relaxation divides no more units than there are rows; rounded up it keeps every row. Of the
    units that it divides and those whose decision is closest (least reduced cost) the best choice is searched exactly,
    the others stay as the relaxation has them. No clock decides, so the answer is the same on every machine.

    Examples
    --------
    >>> from scipy import sparse
    >>> amounts = sparse.csr_array([[3.0, 2.0, 2.0]])
    >>> program = Program([-3.0, -2.5, -2.0], [], [], [], amounts, [4.0], [np.inf], ("area",), [-1, -1, -1])
    >>> answer = solve_covering(program)
    >>> answer.selected.tolist(), answer.value
    ([False, True, True], -4.5)
    """
    if len(program.price) or (program.weight > 0).any() or (program.matrix.data < 0).any():
        raise ValueError("the plan has edges, gains or negative amounts")
    if np.isfinite(program.upper).any():
        raise ValueError("the plan has upper limits")
    high = (program.fixed != OUT).astype(float)
    asked = program.lower > 0
    short = asked & (program.matrix @ high < program.lower * (1 - 1e-12))
    if short.any():
        names = ", ".join(name for name, lacks in zip(program.names, short, strict=True) if lacks)
        raise Conflict(Problem("plan", f"not even everything together keeps {names}", "ask for less"))
    # A row that only everything together keeps decides all its units; the solver must not meet it with its tolerance.
    spare = program.matrix @ high - program.lower
    tight = asked & (spare <= _TIGHT * program.lower)
    held = program.matrix[tight].tocoo()
    held_in, needed = np.zeros((2, program.size), np.bool_)
    held_in[held.col] = True
    needed[held.col[held.data > spare[tight][held.row]]] = True
    asked_for, program = program, replace(program, fixed=np.where(held_in & (high > 0), IN, program.fixed))
    low = (program.fixed == IN).astype(float)
    # What such a row could just spare may cost another choice nothing: the bound allows for it.
    excused = held_in & ~needed & (asked_for.fixed == FREE)
    allowance = -float(program.weight[excused].sum())
    asked &= ~tight & (program.matrix @ low < program.lower)
    if not asked.any() or not program.size:
        return certified(asked_for, low > 0, bound=float(program.weight @ low) + allowance, solver="by sums")
    # In parts of the limits, so that rows of all units weigh the same.
    rows, least = program.matrix[asked].multiply(1.0 / program.lower[asked][:, None]).tocsr(), np.ones(asked.sum())
    cost = -program.weight
    greatest = cost.max(initial=0.0) or 1.0
    found = linprog(cost / greatest, A_ub=-rows, b_ub=-least, bounds=np.column_stack([low, high]), method="highs-ds")
    if found.status != 0:
        raise StudyError(Problem("plan", f"no plan was found: {found.message}", "report it"))
    rounded = found.x > _WHOLE
    whole = (found.x < _WHOLE) | (found.x > 1 - _WHOLE)
    reduced = np.abs(found.lower.marginals + found.upper.marginals)
    fixed = np.where(whole, np.where(rounded, IN, OUT), FREE).astype(np.int8)
    near = np.argsort(np.where(whole & (program.fixed == FREE), reduced, np.inf), kind="stable")[:CORE_UNITS]
    fixed[near[(program.fixed == FREE)[near]]] = FREE
    core = search(replace(program, fixed=fixed), seconds=_FOREVER, nodes=CORE_NODES).selected
    # Any prices of the rows prove a bound; those of the relaxation, in exact sums, the best one.
    prices = np.maximum(-found.ineqlin.marginals, 0.0)
    gains = cost / greatest - rows.T @ prices
    least_cost = float(prices.sum() + np.minimum(gains * low, gains * high).sum())
    bound = -least_cost * greatest + _ROUNDING * float(cost.sum()) + allowance
    selected = _lean(program, rounded if core is None else core)
    return certified(asked_for, selected, bound=min(bound, 0.0), solver="covering")


def _lean(program: Program, selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out, the dearest first, what no row needs."""
    kept = selected.copy()
    sums = program.matrix @ kept.astype(float)
    columns = program.matrix.tocsc()
    for unit in np.argsort(program.weight, kind="stable"):
        if kept[unit] and program.fixed[unit] == FREE:
            amounts = columns[:, [unit]].toarray().ravel()
            if (sums - amounts >= program.lower).all():
                kept[unit], sums = False, sums - amounts
    return kept
