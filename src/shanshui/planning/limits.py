"""The limits of the rows of a plan: which there are, how far they give, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shanshui.planning.program import Program

Side = Literal["lower", "upper"]
Limit = tuple[int, Side]


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


def without(program: Program, limits: Iterable[Limit]) -> Program:
    """Leave some limits open.

    Parameters
    ----------
    program : Program
        The plan.
    limits : iterable of (row, "lower" or "upper")
        What is not asked any more.

    Returns
    -------
    Program
        The same plan without them.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    for row, side in limits:
        if side == "lower":
            lower[row] = -np.inf
        else:
            upper[row] = np.inf
    return replace(program, lower=lower, upper=upper)


def feasibility(program: Program) -> Program:
    """Leave out the objective, the edges and the rows without a limit: they do not bear on what can be kept.

    Parameters
    ----------
    program : Program
        The plan.

    Returns
    -------
    Program
        The same units and locks; the rows are numbered anew.
    """
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


def limits_of(program: Program) -> list[Limit]:
    """List the limits there are.

    Parameters
    ----------
    program : Program
        The plan.

    Returns
    -------
    list of (row, "lower" or "upper")
        The lower ones, then the upper ones.
    """
    lower: list[Limit] = [(int(row), "lower") for row in np.flatnonzero(np.isfinite(program.lower))]
    upper: list[Limit] = [(int(row), "upper") for row in np.flatnonzero(np.isfinite(program.upper))]
    return [*lower, *upper]


def limit_at(program: Program, limit: Limit) -> float:
    """Look up a limit.

    Parameters
    ----------
    program : Program
        The plan.
    limit : (row, "lower" or "upper")
        Which one.

    Returns
    -------
    float
        What it is (unit of the row).
    """
    row, side = limit
    return float((program.lower if side == "lower" else program.upper)[row])


def scale(program: Program, limits: Sequence[Limit]) -> NDArray[np.float64]:
    """Give what a change of 1 is of each limit: the limit itself, or where it is 0 all that the row could reach.

    Parameters
    ----------
    program : Program
        The plan.
    limits : sequence of (row, "lower" or "upper")
        Which ones.

    Returns
    -------
    float64 ndarray (limits,)
        Above 0 (unit of the row); 1 where a row has nothing in it and its limit is 0.
    """
    reach = np.asarray(abs(program.matrix).sum(axis=1))
    return np.array([abs(limit_at(program, limit)) or reach[limit[0]] or 1.0 for limit in limits])


def inequalities(program: Program) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Write each limit as a sum that is to be at most 1, -1 or 0.

    Parameters
    ----------
    program : Program
        The plan.

    Returns
    -------
    tuple of csr_array (limits, units) and float64 ndarray (limits,)
        What a chosen unit adds to each sum and what the sum may be, as shares of the limit, in the order of
        `limits_of`.
    """
    limits = limits_of(program)
    sign = np.array([-1.0 if side == "lower" else 1.0 for _, side in limits])
    factor = sign / scale(program, limits)
    matrix = sparse.diags_array(factor) @ program.matrix[[row for row, _ in limits]]
    return sparse.csr_array(matrix), factor * [limit_at(program, limit) for limit in limits]


def wanted(program: Program, limit: Limit) -> str:
    """Write a limit as it was asked for.

    Parameters
    ----------
    program : Program
        The plan.
    limit : (row, "lower" or "upper")
        Which one.

    Returns
    -------
    str
        With its share first where it was given as one.
    """
    row, side = limit
    return _figures(limit_at(program, limit), side, program.units[row], float(program.whole[row]))


def figure(value: float, unit: str, side: Side | None = None) -> str:
    """Write an amount in six digits.

    Parameters
    ----------
    value : float
        The amount.
    unit : str
        Its unit; empty: none is written.
    side : {"lower", "upper"}, optional
        Of a limit: it is rounded to the side where it can be kept.

    Returns
    -------
    str
        The amount and its unit.

    Examples
    --------
    >>> figure(12345.67, "km2", "lower"), figure(12345.67, "km2", "upper")
    ('12,345.6 km2', '12,345.7 km2')
    """
    return f"{_rounded(value, side)} {unit}".rstrip()


def _figures(limit: float, side: Side, unit: str, whole: float) -> str:
    amount = figure(limit, unit, side)
    return amount if np.isnan(whole) or not whole else f"{_rounded(100 * limit / whole, side)} % ({amount})"


def _rounded(value: float, side: Side | None) -> str:
    """Write six digits; a lower limit never above, an upper one never below what it is."""
    if not value or side is None:
        return f"{value:,.6g}"
    step = 10.0 ** (np.floor(np.log10(abs(value))) - 5)
    turn = np.floor if side == "lower" else np.ceil
    return f"{turn(value / step + (1e-6 if side == 'lower' else -1e-6)) * step:,.6g}"
