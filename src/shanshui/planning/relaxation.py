"""How good a plan of units can be at most: its rows are given prices, and what is left is one cut of a graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.planning.bundle import minimise
from shanshui.planning.free_part import FreePart
from shanshui.science.graph_cut import LARGEST_SUM, GraphCut

# Of float64: the greatest relative error of one operation.
_UNIT_ROUNDOFF: Final = 2.0**-53


@numba.njit(cache=True, nogil=True)
def _gains(
    start: NDArray[np.int32],
    row: NDArray[np.int32],
    value: NDArray[np.float64],
    weight: NDArray[np.float64],
    worth: NDArray[np.float64],
    gain: NDArray[np.float64],
) -> None:
    """Gain of each unit at the worth of the rows, rounded up by more than the sum can have lost."""
    for i in range(weight.size):
        total = weight[i]
        size = abs(total)
        for k in range(start[i], start[i + 1]):
            part = value[k] * worth[row[k]]
            total += part
            size += abs(part)
        gain[i] = total + size * (start[i + 1] - start[i] + 2) * _UNIT_ROUNDOFF


@numba.njit(cache=True, nogil=True)
def _whole_gains(
    gain: NDArray[np.float64], scale: float, incident: NDArray[np.int64], whole: NDArray[np.int64]
) -> tuple[float, float]:
    """Round gains up to whole numbers; of those that outweigh all edges of the unit the rest is summed apart."""
    rest = 0.0
    lost = 0.0
    for i in range(gain.size):
        most = incident[i] + 1
        scaled = gain[i] * scale
        if scaled >= most:
            whole[i] = most
            part = gain[i] - most / scale - lost
            total = rest + part
            lost = (total - rest) - part
            rest = total
        elif scaled <= -most:
            whole[i] = -most
        else:
            whole[i] = np.int64(np.ceil(scaled))
    return rest, abs(rest) * 4 * _UNIT_ROUNDOFF


class Relaxation:
    """The greatest value of a program whose rows may be broken at a price.

    Parameters
    ----------
    part : FreePart
        The program without its locks.

    Notes
    -----
    For any worth ``y`` of the rows, positive where a row must not fall short and negative where it must not exceed,
    ``max_x weight x - edges + sum_r y_r (a_r x - limit_r)`` is no less than the best value that keeps the rows
    (Geoffrion 1974). The maximum is one minimum cut. Gains are rounded up to whole numbers and prices down, so the
    bound holds whatever rounding did. Limits are taken as wide as a row may miss them (`FreePart.outer_lower`).
    """

    def __init__(self, part: FreePart) -> None:
        self.part = part
        self._gain = np.empty(part.size)
        self._cut: GraphCut | None = None
        if part.price.size:
            self._scale = 2.0 ** math.floor(math.log2(LARGEST_SUM / 16 / (part.price.sum() + part.size * 1e-300)))
            price = np.floor(part.price * self._scale).astype(np.int64)
            self._incident = np.zeros(part.size, np.int64)
            np.add.at(self._incident, part.first, price)
            np.add.at(self._incident, part.second, price)
            self._whole = np.empty(part.size, np.int64)
            self._cut = GraphCut(part.first, part.second, price, part.size)

    def gains(self, worth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gain of each free unit, edges apart, when rows have a worth.

        Parameters
        ----------
        worth : float64 ndarray (rows,)
            Worth of one unit of each row (unit of the objective by unit of the row).

        Returns
        -------
        float64 ndarray (free,)
            Rounded up (unit of the objective).
        """
        columns = self.part.columns
        _gains(columns.indptr, columns.indices, columns.data, self.part.weight, worth, self._gain)
        return self._gain

    def solve(self, worth: NDArray[np.float64]) -> tuple[float, NDArray[np.bool_]]:
        """Find the best choice when rows have a worth, and what it says about the program.

        Parameters
        ----------
        worth : float64 ndarray (rows,)
            Worth of one unit of each row (unit of the objective by unit of the row). Not above 0 where a row has no
            lower limit, not below where it has no upper.

        Returns
        -------
        tuple of float and bool ndarray (free,)
            No choice that keeps the rows has a greater objective (unit of the objective); the best choice.
        """
        gain = self.gains(worth)
        if self._cut is None:
            chosen = gain > 0
            parts = [math.fsum(gain[chosen])]
        else:
            rest, lost = _whole_gains(gain, self._scale, self._incident, self._whole)
            parts = [self._cut.choose(self._whole) / self._scale, rest, lost]
            chosen = self._cut.chosen
        parts += (-worth * _limits(worth, self.part)).tolist()
        parts.append(self.part.constant)
        size = math.fsum(abs(each) for each in parts)
        return math.fsum(parts) + size * 4 * _UNIT_ROUNDOFF, chosen


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What the relaxation says about a program.

    Parameters
    ----------
    bound : float
        No choice that keeps rows and locks has a greater objective (unit of the objective).
    worth : float64 ndarray (rows,)
        Worth of one unit of each row that gives this bound (unit of the objective by unit of the row).
    choices : bool ndarray (choices, free)
        Best choices at worths near that; the rows are kept by their average, not by each.
    shares : float64 ndarray (choices,)
        The weights of the average.
    infeasible : bool
        Whether the bound lies below every choice: none keeps the rows.
    """

    bound: float
    worth: NDArray[np.float64]
    choices: NDArray[np.bool_]
    shares: NDArray[np.float64]
    infeasible: bool

    @property
    def average(self) -> NDArray[np.float64]:
        """Share of each unit in the solution of the relaxation (free,), 0 to 1."""
        return np.asarray(self.shares @ self.choices)


def relax(part: FreePart, *, tolerance: float = 1e-5, evaluations: int = 400) -> Relaxed:
    """Find the worth of the rows that gives the lowest bound.

    Parameters
    ----------
    part : FreePart
        The program without its locks.
    tolerance : float
        Share of the objective at which the search ends.
    evaluations : int
        How many cuts are made at most.

    Returns
    -------
    Relaxed
        The bound and what leads to it.
    """
    relaxation = Relaxation(part)
    below, above = np.isfinite(part.lower), np.isfinite(part.upper)
    size = abs(part.rows).sum(axis=1)
    size = np.where(size > 0, size, 1.0)
    objective = np.abs(part.weight).sum() + 2 * part.price.sum() + abs(part.constant) + np.finfo(float).tiny
    # Every choice has at least this objective; a bound below it proves that there is none.
    least = part.constant + part.weight[part.weight < 0].sum() - part.price.sum()
    least -= objective * (part.size + part.price.size + 4) * _UNIT_ROUNDOFF
    # Worth is counted in units that make rows alike: of the objective that lies on the units of a row, for each unit of
    # the row and for the whole of it.
    stake = np.abs(part.weight) + objective / part.size
    natural = abs(part.rows).sign() @ stake / size
    each = np.sqrt(np.maximum(natural, np.finfo(float).tiny) * objective / size)
    unit = np.concatenate([each[below], -each[above]])
    limits = np.concatenate([part.outer_lower[below], part.outer_upper[above]])
    lowest, at = np.inf, np.zeros(size.size)

    def worth(z: NDArray[np.float64]) -> NDArray[np.float64]:
        both = np.zeros(size.size)
        both[below] = (z * unit)[: below.sum()]
        both[above] += (z * unit)[below.sum() :]
        return both

    def function(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.uint8]]:
        nonlocal lowest, at
        now = worth(z)
        bound, chosen = relaxation.solve(now)
        if bound < lowest:
            lowest, at = bound, now
        reached = part.rows @ chosen.astype(np.float64)
        slope = (np.concatenate([reached[below], reached[above]]) - limits) * unit / objective
        # A row with both limits pays one of them; the model pays both as if there were two rows.
        paid = bound + float(now @ _limits(now, part)) - float((z * unit) @ limits)
        return paid / objective, slope, np.packbits(chosen)

    found = minimise(
        function, np.zeros(limits.size), tolerance=tolerance, evaluations=evaluations, enough=least / objective
    )
    used = np.flatnonzero(found.shares > 1e-4)
    choices = np.array([np.unpackbits(found.marks[k], count=part.size) for k in used], bool)
    shares = found.shares[used] / found.shares[used].sum()
    return Relaxed(lowest, at, choices, shares, bool(lowest < least))


def _limits(worth: NDArray[np.float64], part: FreePart) -> NDArray[np.float64]:
    return np.where(worth > 0, part.outer_lower, np.where(worth < 0, part.outer_upper, 0.0))
