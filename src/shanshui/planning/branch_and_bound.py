"""Branch and bound over a program (HiGHS, through scipy), kept exact on the original numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from shanshui.planning.program import FREE, IN, Program

# The objective is brought to this greatest coefficient, so that the solver's absolute gap of 1e-6 is a share of 1e-9.
GREATEST = 1e3
# The solver's bound may be wrong by its tolerances: of the gap, and of the reduced cost of every column.
GAP_TOLERANCE, COLUMN_TOLERANCE = 1e-6, 1e-7
# The solver keeps rows to 1e-6 only. A choice that misses by less is forbidden and the search goes on, so many times.
ROUNDS = 50


@dataclass(frozen=True, eq=False)
class Found:
    """What branch and bound ended with.

    Parameters
    ----------
    selected : bool ndarray (units,) or None
        The best choice found; None where none was.
    bound : float
        No choice is better (unit of the objective); -inf: there is none.
    infeasible : bool
        Whether it is proven that no choice keeps the rows and locks.
    """

    selected: NDArray[np.bool_] | None
    bound: float
    infeasible: bool = False


def search(program: Program, *, seconds: float = 60.0, nodes: int | None = None, gap: float = 0.0) -> Found:
    """Search the tree of choices.

    Parameters
    ----------
    program : Program
        What is asked.
    seconds : float
        Time after which the best found so far is given.
    nodes : int, optional
        Nodes of the tree after which the same happens.
    gap : float
        Gap (share of the objective) at which the search ends.

    Returns
    -------
    Found
        The best choice that keeps every row on the original numbers, and the bound.

    Notes
    -----
    The price of an edge is written as ``price (x_first + x_second - 2 z)`` with a continuous z between 0 and 1,
    z <= x_first and z <= x_second. Beside ``price y`` with y >= x_first - x_second and y >= x_second - x_first it is
    the same relaxation, and on grids of 100 to 1,024 cells it left a smaller gap or took less time. The bound is the
    solver's plus its tolerances; where they alone part it from the choice, the choice is the best one.
    """
    end = time.monotonic() + seconds
    count, edges = program.size, len(program.price)
    degree = np.bincount(program.first, program.price, count) + np.bincount(program.second, program.price, count)
    cost = np.concatenate([degree - program.weight, -2 * program.price])
    scale = GREATEST / np.abs(cost).max(initial=0.0) if cost.any() else 1.0
    options: dict[str, Any] = {"mip_rel_gap": gap} if nodes is None else {"mip_rel_gap": gap, "node_limit": nodes}
    integrality = np.concatenate([np.ones(count), np.zeros(edges)])
    lower = np.concatenate([program.fixed == IN, np.zeros(edges)]).astype(float)
    upper = np.concatenate([(program.fixed == IN) | (program.fixed == FREE), np.ones(edges)]).astype(float)
    constraints = [*_rows(program), *_edges(program)]
    bound = np.inf
    for _ in range(ROUNDS):
        options["time_limit"] = max(0.0, end - time.monotonic())
        result = milp(
            cost * scale,
            integrality=integrality,
            bounds=Bounds(lower, upper),
            constraints=constraints,
            options=options,
        )
        if result.status == 2:
            return Found(None, -np.inf, infeasible=True)
        if result.mip_dual_bound is not None:
            tolerance = GAP_TOLERANCE + COLUMN_TOLERANCE * len(cost)
            bound = min(bound, (tolerance - result.mip_dual_bound) / scale)
        if result.x is None:
            break
        selected = result.x[:count] > 0.5
        if program.holds(selected):
            weight_part, boundary_part = program.parts(selected)
            value = weight_part - boundary_part
            proven = bound - value <= 2 * tolerance / scale
            return Found(selected, value if proven else bound)
        # This one choice and no other is forbidden: at least one unit must change.
        row = np.where(selected, -1.0, 1.0)
        forbidden = sparse.hstack([sparse.csr_array(row[None, :]), sparse.csr_array((1, edges))])
        constraints.append(LinearConstraint(forbidden, 1.0 - np.count_nonzero(selected), np.inf))
    return Found(None, bound)


def _rows(program: Program) -> list[LinearConstraint]:
    """Bring every row to the greatest coefficient 1, so that the solver's absolute tolerance is a share of it."""
    if not program.names:
        return []
    size = np.maximum(abs(program.matrix).max(axis=1).toarray(), np.finfo(float).tiny)
    size = np.where(size > np.finfo(float).tiny, size, 1.0)
    scaled = sparse.csr_array(sparse.diags_array(1 / size) @ program.matrix)
    wide = sparse.hstack([scaled, sparse.csr_array((len(size), len(program.price)))], format="csr")
    return [LinearConstraint(wide, program.lower / size, program.upper / size)]


def _edges(program: Program) -> list[LinearConstraint]:
    """Let the variable of each edge be 1 only where both sides are chosen."""
    edges = len(program.price)
    if not edges:
        return []
    at, ones, both = np.arange(edges), np.ones(edges), sparse.eye_array(edges)
    sides = [
        sparse.hstack([sparse.csr_array((-ones, (at, side)), shape=(edges, program.size)), both])
        for side in (program.first, program.second)
    ]
    return [LinearConstraint(sparse.vstack(sides, format="csr"), -np.inf, 0.0)]
