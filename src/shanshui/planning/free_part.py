"""What is left of a program of units when the locks are put in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shanshui.planning.program import FREE, IN, ROUNDING, Program


@dataclass(frozen=True, eq=False)
class FreePart:
    """What is left of a program to be decided when the locks are put in.

    Parameters
    ----------
    units : int64 ndarray (free,)
        The units that are free.
    weight : float64 ndarray (free,)
        What choosing one adds, edges to locked units included (unit of the objective).
    first, second : int32 ndarray (edges,)
        The free units on both sides of an edge.
    price : float64 ndarray (edges,)
        Price of cutting it, above 0 (unit of the objective).
    columns : csr_array float64 (free, rows)
        What a unit adds to each row.
    rows : csr_array float64 (rows, free)
        The same, row by row.
    lower, upper : float64 ndarray (rows,)
        Limits less what locked units add. Sums between them lie well within what `Program.missed` lets pass.
    outer_lower, outer_upper : float64 ndarray (rows,)
        The same, so wide that no sum which `Program.missed` lets pass lies outside, whatever rounding did to it.
    constant : float
        Objective of the locked units alone.
    """

    units: NDArray[np.int64]
    weight: NDArray[np.float64]
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    price: NDArray[np.float64]
    columns: sparse.csr_array
    rows: sparse.csr_array
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    outer_lower: NDArray[np.float64]
    outer_upper: NDArray[np.float64]
    constant: float

    @property
    def size(self) -> int:
        """Number of free units."""
        return self.units.size

    def value(self, chosen: NDArray[np.int8]) -> float:
        """Weigh a choice of the free units.

        Parameters
        ----------
        chosen : int8 ndarray (free,)
            1 for a chosen unit, 0 for another.

        Returns
        -------
        float
            The objective (unit of the objective).
        """
        cut = chosen[self.first] != chosen[self.second]
        return float(self.weight[chosen == 1].sum() - self.price[cut].sum() + self.constant)


def free_part(program: Program, constant: float = 0.0) -> FreePart:
    """Put the locks of a program in.

    Parameters
    ----------
    program : Program
        What was asked.
    constant : float
        What the objective of every choice has besides (unit of the objective).

    Returns
    -------
    FreePart
        A program of the free units alone: its objective plus its constant is that of the whole.
    """
    free = program.fixed == FREE
    inside = program.fixed == IN
    units = np.flatnonzero(free)
    place = np.cumsum(free, dtype=np.int32) - np.int32(1)
    weight = program.weight.copy()
    constant += float(program.weight[inside].sum())
    ends_free = free[program.first].astype(np.int8) + free[program.second]
    # An edge from a free unit to a chosen one is cut unless the free one is chosen as well.
    for one, other in ((program.first, program.second), (program.second, program.first)):
        lone = free[one] & ~free[other]
        to_chosen = inside[other[lone]]
        np.add.at(weight, one[lone], np.where(to_chosen, 1.0, -1.0) * program.price[lone])
        constant -= program.price[lone][to_chosen].sum()
    apart = (ends_free == 0) & (inside[program.first] != inside[program.second])
    constant -= program.price[apart].sum()
    both = (ends_free == 2) & (program.first != program.second) & (program.price > 0)
    rows = sparse.csr_array(program.matrix[:, units])
    rows.sum_duplicates()
    rows.eliminate_zeros()
    locked = program.reached(inside)
    entries = program.matrix.tocoo()
    lower, upper = ROUNDING * np.abs(program.lower), ROUNDING * np.abs(program.upper)
    # An infinite limit stays what it is.
    lower[np.isinf(lower)] = 0
    upper[np.isinf(upper)] = 0
    lost = np.bincount(entries.row, np.abs(entries.data), lower.size) * (program.size + 2) * np.finfo(np.float64).eps
    return FreePart(
        units,
        weight[units],
        place[program.first[both]],
        place[program.second[both]],
        program.price[both].copy(),
        sparse.csr_array(rows.T.tocsr()),
        rows,
        program.lower - lower / 2 - locked,
        program.upper + upper / 2 - locked,
        program.lower - lower - lost - locked,
        program.upper + upper + lost - locked,
        float(constant),
    )
