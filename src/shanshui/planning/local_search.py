"""A plan that keeps every row, found from the solution of the relaxation by many small changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.planning.free_part import FreePart

# A broken row costs at least so many times its worth; at first so many times.
_LEAST_PENALTY: Final = 1.02
_FIRST_PENALTY: Final = 1.5
# How much the greatest penalty rises until the end.
_RISE: Final = 10.0
# See `margins`.
_ROOM: Final = 1e-3
# A row without worth is given this share of the middle worth of the others, so that breaking it is never free.
_LEAST_WORTH: Final = 0.1
# After so many sweeps the penalty of a broken row grows, and that of another decays, by these factors.
_SWEEPS: Final = 4
_GROWTH: Final = 1.03
_DECAY: Final = 0.99
# What is broken in the end is mended in so many rounds, in which the penalty grows by this factor; the heat is this
# share of the mean weight.
_MENDING_ROUNDS: Final = 60
_MENDING_GROWTH: Final = 1.06
_COOL: Final = 1e-6
# What is broken even then is mended unit by unit: each time the row weighs more by this factor; after so many steps for
# each row (and 100 more) that is given up.
_REPAIR_GROWTH: Final = 1.1
_REPAIR_STEPS: Final = 20
# Changes that would be accepted with a chance below exp(-14), one in a million, are not looked at closely.
_HOPELESS: Final = 14.0


@dataclass(frozen=True, eq=False)
class Arcs:
    """The neighbours of each unit, one after the other.

    Parameters
    ----------
    start : int64 ndarray (units + 1,)
        Where those of a unit begin.
    head : int32 ndarray (arcs,)
        The neighbour.
    price : float64 ndarray (arcs,)
        Price of parting from it (unit of the objective).
    """

    start: NDArray[np.int64]
    head: NDArray[np.int32]
    price: NDArray[np.float64]

    @classmethod
    def of(cls, part: FreePart) -> Arcs:
        """List the neighbours of a program's units.

        Parameters
        ----------
        part : FreePart
            The program.

        Returns
        -------
        Arcs
        """
        one = np.concatenate([part.first, part.second])
        other = np.concatenate([part.second, part.first])
        order = np.argsort(one, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(one, minlength=part.size))])
        return cls(start, other[order], np.concatenate([part.price, part.price])[order])


@numba.njit(cache=True, nogil=True)
def _broken(at: float, lower: float, upper: float) -> float:
    return max(lower - at, 0.0) + max(at - upper, 0.0)


@numba.njit(cache=True, nogil=True)
def _plain(
    i: int,
    chosen: NDArray[np.int8],
    weight: NDArray[np.float64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    price: NDArray[np.float64],
) -> float:
    """Change of weights and edges when a unit is changed."""
    rise = float(-weight[i] if chosen[i] else weight[i])
    for a in range(start[i], start[i + 1]):
        rise += -price[a] if chosen[head[a]] == chosen[i] else price[a]
    return rise


@numba.njit(cache=True, nogil=True)
def _anneal(
    chosen: NDArray[np.int8],
    best: NDArray[np.int8],
    reached: NDArray[np.float64],
    weight: NDArray[np.float64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    price: NDArray[np.float64],
    columns: NDArray[np.int32],
    row: NDArray[np.int32],
    value: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    penalty: NDArray[np.float64],
    least: NDArray[np.float64],
    most_penalty: NDArray[np.float64],
    growth: float,
    decay: float,
    hot: float,
    cold: float,
    rounds: int,
    random: np.random.Generator,
) -> bool:
    """Look at every unit in turn and change it where that pays, or by chance where it costs little.

    The objective is the weights less the edges less the penalty of what is broken of each row. After each round of
    sweeps the penalty grows where a row is broken and decays where it is not. The best choice seen after a sweep that
    breaks no row goes to ``best``. Gives whether there was one.
    """
    most = np.zeros((chosen.size, 2))
    objective = 0.0
    highest = -np.inf
    for turn in range(rounds):
        progress = turn / max(rounds - 1, 1)
        heat = hot * (cold / hot) ** progress
        # The most that rows can add to choosing a unit, and to dropping it: what is hopeless is not looked at closely.
        most[:] = 0
        for i in range(chosen.size):
            for k in range(columns[i], columns[i + 1]):
                r = row[k]
                size = penalty[r] * abs(value[k])
                if lower[r] > -np.inf:
                    most[i, 0 if value[k] > 0 else 1] += size
                if upper[r] < np.inf:
                    most[i, 1 if value[k] > 0 else 0] += size
        for _ in range(_SWEEPS):
            for i in range(chosen.size):
                sign = -1.0 if chosen[i] else 1.0
                plain = _plain(i, chosen, weight, start, head, price)
                if plain + most[i, chosen[i]] < -_HOPELESS * heat:
                    continue
                rise = plain
                for k in range(columns[i], columns[i + 1]):
                    r = row[k]
                    there = reached[r] + sign * value[k]
                    rise -= penalty[r] * (_broken(there, lower[r], upper[r]) - _broken(reached[r], lower[r], upper[r]))
                if rise > 0 or rise > heat * np.log(random.random()):
                    chosen[i] = 1 - chosen[i]
                    objective += plain
                    for k in range(columns[i], columns[i + 1]):
                        reached[row[k]] += sign * value[k]
            held = True
            for r in range(lower.size):
                held = held and lower[r] <= reached[r] <= upper[r]
            if held and objective > highest:
                highest = objective
                best[:] = chosen
        for r in range(lower.size):
            if lower[r] <= reached[r] <= upper[r]:
                penalty[r] = max(penalty[r] * decay, least[r])
            else:
                penalty[r] = min(penalty[r] * growth, most_penalty[r] * (1 + _RISE * progress * progress))
    return highest > -np.inf


@numba.njit(cache=True, nogil=True)
def _repair(
    chosen: NDArray[np.int8],
    reached: NDArray[np.float64],
    weight: NDArray[np.float64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    price: NDArray[np.float64],
    columns: NDArray[np.int32],
    row: NDArray[np.int32],
    value: NDArray[np.float64],
    members: NDArray[np.int32],
    member: NDArray[np.int32],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    penalty: NDArray[np.float64],
    steps: int,
) -> bool:
    """Change the unit that repairs most of the worst broken row for the least loss, until none is broken."""
    for _ in range(steps):
        worst = -1
        most = 0.0
        for r in range(lower.size):
            lack = penalty[r] * _broken(reached[r], lower[r], upper[r])
            if lack > most:
                most = lack
                worst = r
        if worst < 0:
            return True
        up = reached[worst] < lower[worst]
        best = -1
        best_score = np.inf
        for m in range(members[worst], members[worst + 1]):
            i = member[m]
            sign = -1.0 if chosen[i] else 1.0
            loss = -_plain(i, chosen, weight, start, head, price)
            repaired = 0.0
            helps = False
            for k in range(columns[i], columns[i + 1]):
                r = row[k]
                step = sign * value[k]
                if r == worst:
                    helps = (step > 0) == up
                    if not helps:
                        break
                less = _broken(reached[r], lower[r], upper[r]) - _broken(reached[r] + step, lower[r], upper[r])
                if less > 0:
                    repaired += penalty[r] * less
                else:
                    loss -= penalty[r] * less
            if not helps or repaired <= 0:
                continue
            score = loss / repaired if loss > 0 else loss * repaired
            if score < best_score:
                best_score = score
                best = i
        # Where a row is mended again and again at the cost of others, it comes to weigh more than they.
        penalty[worst] *= _REPAIR_GROWTH
        if best < 0:
            return False
        sign = -1.0 if chosen[best] else 1.0
        chosen[best] = 1 - chosen[best]
        for k in range(columns[best], columns[best + 1]):
            reached[row[k]] += sign * value[k]
    return False


@numba.njit(cache=True, nogil=True)
def _descend(
    order: NDArray[np.int64],
    chosen: NDArray[np.int8],
    reached: NDArray[np.float64],
    weight: NDArray[np.float64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    price: NDArray[np.float64],
    columns: NDArray[np.int32],
    row: NDArray[np.int32],
    value: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> int:
    """Change every unit in turn where that pays and breaks no row; count the changes."""
    changes = 0
    for i in order:
        if _plain(i, chosen, weight, start, head, price) <= 0:
            continue
        sign = -1.0 if chosen[i] else 1.0
        holds = True
        for k in range(columns[i], columns[i + 1]):
            there = reached[row[k]] + sign * value[k]
            if not lower[row[k]] <= there <= upper[row[k]]:
                holds = False
                break
        if holds:
            changes += 1
            chosen[i] = 1 - chosen[i]
            for k in range(columns[i], columns[i + 1]):
                reached[row[k]] += sign * value[k]
    return changes


def margins(part: FreePart) -> NDArray[np.float64]:
    """Say how far inside their limits rows are to be aimed.

    Where every row lies within less than a unit of its limit, no unit can be changed any more: room for one is left.

    Parameters
    ----------
    part : FreePart
        The program, unit by unit.

    Returns
    -------
    float64 ndarray (rows,)
        What one unit adds where it adds anything, but no more than a thousandth of what is there and of the distance
        of the limits (unit of the row).
    """
    size = np.asarray(abs(part.rows).sum(axis=1), np.float64)
    typical = size / np.maximum(np.diff(part.rows.indptr), 1)
    return np.asarray(np.minimum(typical, _ROOM * np.minimum(part.upper - part.lower, size)), np.float64)


class Search:
    """Many small changes to a choice of units, with the price of breaking a row learned on the way.

    Parameters
    ----------
    part : FreePart
        The program.
    worth : float64 ndarray (rows,)
        Worth of one unit of each row (unit of the objective by unit of the row).
    margin : float64 ndarray (rows,)
        How far inside its limits a row is aimed, see `margins` (unit of the row).
    """

    def __init__(self, part: FreePart, worth: NDArray[np.float64], margin: NDArray[np.float64]) -> None:
        self._part = part
        arcs = Arcs.of(part)
        # Rows are compared by what they are worth in all.
        size = abs(part.rows).sum(axis=1)
        size = np.where(size > 0, size, 1.0)
        in_all = np.abs(worth) * size
        if in_all.any():
            middle = float(np.median(in_all[in_all > 0]))
        else:
            middle = float(np.abs(part.weight).sum() + part.price.sum()) or 1.0
        self._worth = np.maximum(in_all, _LEAST_WORTH * middle) / size
        self._inner = part.lower + margin, part.upper - margin
        columns = part.columns
        self._graph = (part.weight, arcs.start, arcs.head, arcs.price, columns.indptr, columns.indices, columns.data)

    def anneal(
        self,
        chosen: NDArray[np.int8],
        *,
        hot: float,
        cold: float,
        moves: float,
        most: float,
        random: np.random.Generator,
    ) -> NDArray[np.int8] | None:
        """Change a choice, less and less by chance.

        Parameters
        ----------
        chosen : int8 ndarray (free,)
            The choice, changed in place.
        hot, cold : float
            A loss of so much is accepted with a chance of 1/e, at first and at last (unit of the objective).
        moves : float
            How many changes are looked at.
        most : float
            Greatest penalty of a broken row at first (worth of the row); it rises elevenfold to the end.
        random : Generator
            Where chance comes from.

        Returns
        -------
        int8 ndarray (free,) or None
            The best choice seen that breaks no row; None: none was seen.
        """
        rounds = max(1, round(moves / (_SWEEPS * chosen.size)))
        return self._sweep(chosen, _FIRST_PENALTY, most, _GROWTH, _DECAY, hot, cold, rounds, random)

    def finish(self, chosen: NDArray[np.int8], random: np.random.Generator) -> bool:
        """Change a choice until no row is broken and no single change pays.

        Parameters
        ----------
        chosen : int8 ndarray (free,)
            The choice, changed in place.
        random : Generator
            Where chance comes from.

        Returns
        -------
        bool
            Whether no row is broken.
        """
        part = self._part
        if self._breaks(self._reached(chosen)):
            # Most of what is broken is mended in sweeps, cheapest first, as the penalty grows little by little.
            cool = _COOL * float(np.abs(part.weight).mean()) + np.finfo(float).tiny
            best = self._sweep(
                chosen, _LEAST_PENALTY, np.inf, _MENDING_GROWTH, 1.0, cool, cool, _MENDING_ROUNDS, random
            )
            if best is not None:
                chosen[:] = best
        reached = self._reached(chosen)
        steps = _REPAIR_STEPS * (part.lower.size + 100)
        members = (part.rows.indptr, part.rows.indices)
        if not _repair(chosen, reached, *self._graph, *members, part.lower, part.upper, self._worth.copy(), steps):
            return False
        while True:
            # What pays most comes first.
            parted = np.where(chosen[part.first] == chosen[part.second], part.price, -part.price)
            joins = np.bincount(part.first, parted, chosen.size) + np.bincount(part.second, parted, chosen.size)
            rise = np.where(chosen == 1, -part.weight, part.weight) - joins
            order = np.flatnonzero(rise > 0)
            order = order[np.argsort(-rise[order], kind="stable")]
            if not _descend(order, chosen, self._reached(chosen), *self._graph, part.lower, part.upper):
                return True

    def _sweep(
        self,
        chosen: NDArray[np.int8],
        penalty: float,
        most: float,
        growth: float,
        decay: float,
        hot: float,
        cold: float,
        rounds: int,
        random: np.random.Generator,
    ) -> NDArray[np.int8] | None:
        best = np.empty_like(chosen)
        found = _anneal(
            chosen,
            best,
            self._reached(chosen),
            *self._graph,
            *self._inner,
            penalty * self._worth,
            _LEAST_PENALTY * self._worth,
            most * self._worth,
            growth,
            decay,
            hot,
            cold,
            rounds,
            random,
        )
        return best if found else None

    def _breaks(self, reached: NDArray[np.float64]) -> bool:
        return bool(((reached < self._part.lower) | (reached > self._part.upper)).any())

    def _reached(self, chosen: NDArray[np.int8]) -> NDArray[np.float64]:
        return np.asarray(self._part.rows @ chosen.astype(np.float64))
