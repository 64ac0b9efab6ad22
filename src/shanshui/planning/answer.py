"""A plan with its certificate: what it reaches, and how much better any other plan could be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shanshui.planning.program import ROUNDING, Program


@dataclass(frozen=True)
class Row:
    """What a plan reaches in one row.

    Parameters
    ----------
    name : str
        The row, in words.
    lower, upper, reached : float
        Limits and what the plan reaches (unit of the row).
    multiplier : float
        What one more unit of the row's limit is worth (unit of the objective by unit of the row); NaN: not known.
    unit : str
        Unit of the row.
    """

    name: str
    lower: float
    upper: float
    reached: float
    multiplier: float = np.nan
    unit: str = ""

    @property
    def slack(self) -> float:
        """Distance to the nearer limit (unit of the row); never negative but for the rounding of sums."""
        return min(self.reached - self.lower, self.upper - self.reached)


@dataclass(frozen=True, eq=False)
class Answer:
    """A plan that keeps every row and lock, and the proof of how good it is.

    Parameters
    ----------
    selected : bool ndarray (units,) or (rows, columns)
        What is chosen.
    weight_part, boundary_part : float
        Sum of the weights of what is chosen, and the price of its boundary (unit of the objective).
    bound : float
        No plan that keeps the rows and locks has a greater value (unit of the objective).
    rows : tuple of Row
        What it reaches in each row.
    solver : str
        Who found it.
    seed : int
        Beginning of the solver's random numbers.
    notes : tuple of str
        What the reader of the plan should know, in words.

    Examples
    --------
    >>> answer = Answer(np.array([True, False]), 10.0, 1.0, 9.9, (), "by hand")
    >>> answer.value, round(answer.gap, 4), answer.proven
    (9.0, 0.0909, False)
    """

    selected: NDArray[np.bool_]
    weight_part: float
    boundary_part: float
    bound: float
    rows: tuple[Row, ...]
    solver: str
    seed: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the choice; refuse a bound that the answer itself disproves."""
        self.selected.flags.writeable = False
        if self.bound < self.value - ROUNDING * (abs(self.weight_part) + abs(self.boundary_part)):
            raise ValueError(f"{self.solver} found {self.value} above the bound {self.bound}")
        object.__setattr__(self, "bound", max(self.bound, self.value))

    @property
    def value(self) -> float:
        """The objective: weights less the price of the boundary."""
        return self.weight_part - self.boundary_part

    @property
    def gap(self) -> float:
        """No plan is better by a greater share of the objective: (bound - value) / max(|bound|, |value|)."""
        scale = max(abs(self.bound), abs(self.value))
        return (self.bound - self.value) / scale if scale else 0.0

    @property
    def proven(self) -> bool:
        """Whether no plan is better, but for the rounding of sums."""
        return self.gap <= ROUNDING


def certified(
    program: Program,
    selected: NDArray[np.bool_],
    *,
    bound: float,
    solver: str,
    seed: int = 0,
    multipliers: Sequence[float] | NDArray[np.float64] | None = None,
) -> Answer:
    """Measure a choice on the original numbers and put the bound beside it.

    Parameters
    ----------
    program : Program
        What was asked.
    selected : bool ndarray (units,)
        The choice; it must keep every row and lock.
    bound : float
        Proven upper bound of the objective (unit of the objective).
    solver : str
        Who found it.
    seed : int
        Beginning of the solver's random numbers.
    multipliers : sequence of float (rows,), optional
        What one more unit of each row's limit is worth (unit of the objective by unit of the row).

    Returns
    -------
    Answer
        The choice with its certificate.

    Raises
    ------
    ValueError
        Where the choice breaks a row or a lock, or lies above its bound: a defect of the solver, never of the plan.

    Examples
    --------
    >>> from scipy import sparse
    >>> program = Program([3.0, 1.0], [], [], [], sparse.csr_array([[1.0, 1.0]]), [-np.inf], [1.0], ("area",), [-1, -1])
    >>> answer = certified(program, np.array([True, False]), bound=3.0, solver="by hand")
    >>> answer.value, answer.gap, answer.rows[0].slack
    (3.0, 0.0, 0.0)
    """
    if not program.holds(selected):
        raise ValueError(f"the choice of {solver} breaks a row or a lock")
    weight_part, boundary_part = program.parts(selected)
    reached = program.reached(selected)
    worth = np.full(len(reached), np.nan) if multipliers is None else np.asarray(multipliers, np.float64)
    rows = tuple(
        Row(name, float(lower), float(upper), float(sum_), float(multiplier), unit)
        for name, lower, upper, sum_, multiplier, unit in zip(
            program.names, program.lower, program.upper, reached, worth, program.units, strict=True
        )
    )
    return Answer(selected.copy(), weight_part, boundary_part, bound, rows, solver, seed)
