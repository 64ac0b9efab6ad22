"""A plan that keeps every row, found from the solution of the relaxation by many small changes."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.planning.arcs import Arcs
from shanshui.planning.free_part import FreePart
from shanshui.planning.penalties import Penalties, learn, penalty

# Sweeps between two changes of heat and penalties.
SWEEPS: Final = 4
# Until then what a row pays may grow by this factor, and by this share of what it pays at its limit.
_MOVED: Final = 1.5
_MOVED_FIRST: Final = 0.1
# Changes that would be accepted with a chance below exp(-14), one in a million, are not looked at closely.
_HOPELESS: Final = 14.0
# What is broken in the end is mended in so many rounds, in which the stiffness grows by this factor; the heat is this
# share of the mean weight.
_MENDING_ROUNDS: Final = 60
_MENDING_STIFFER: Final = 100.0
_COOL: Final = 1e-6
# What is broken even then is mended unit by unit: each time the row weighs more by this factor; after so many steps for
# each row (and 100 more) that is given up.
_REPAIR_GROWTH: Final = 1.1
_REPAIR_STEPS: Final = 20


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
def _most(
    reached: NDArray[np.float64],
    columns: NDArray[np.int32],
    row: NDArray[np.int32],
    value: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    short: NDArray[np.float64],
    over: NDArray[np.float64],
    stiffness: NDArray[np.float64],
    most: NDArray[np.float64],
) -> None:
    """Find the most that rows may pay for choosing each unit, and for dropping it, until the next round."""
    for i in range(most.shape[0]):
        most[i] = 0
        for k in range(columns[i], columns[i + 1]):
            r = row[k]
            rise = max(short[r] + stiffness[r] * (lower[r] - reached[r]), 0.0)
            fall = max(over[r] + stiffness[r] * (reached[r] - upper[r]), 0.0)
            for_more = abs(value[k]) * (_MOVED * rise + _MOVED_FIRST * short[r])
            for_less = abs(value[k]) * (_MOVED * fall + _MOVED_FIRST * over[r])
            most[i, 0] += for_more if value[k] > 0 else for_less
            most[i, 1] += for_less if value[k] > 0 else for_more


@numba.njit(cache=True, nogil=True)
def _sweep(
    chosen: NDArray[np.int8],
    best: NDArray[np.int8],
    reached: NDArray[np.float64],
    objective: float,
    highest: float,
    weight: NDArray[np.float64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    price: NDArray[np.float64],
    columns: NDArray[np.int32],
    row: NDArray[np.int32],
    value: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    short: NDArray[np.float64],
    over: NDArray[np.float64],
    stiffness: NDArray[np.float64],
    most: NDArray[np.float64],
    heat: float,
    random: np.random.Generator,
) -> tuple[float, float]:
    """Look at every unit in turn, some times over, and change it where that pays, or by chance where it costs little.

    Gives the objective without penalties, and that of ``best``.
    """
    _most(reached, columns, row, value, lower, upper, short, over, stiffness, most)
    for _ in range(SWEEPS):
        for i in range(chosen.size):
            sign = -1.0 if chosen[i] else 1.0
            plain = _plain(i, chosen, weight, start, head, price)
            # What is hopeless is not looked at closely.
            if plain + most[i, chosen[i]] < -_HOPELESS * heat:
                continue
            rise = plain
            for k in range(columns[i], columns[i + 1]):
                r = row[k]
                there = reached[r] + sign * value[k]
                rise -= penalty(there, lower[r], upper[r], short[r], over[r], stiffness[r])
                rise += penalty(reached[r], lower[r], upper[r], short[r], over[r], stiffness[r])
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
    return objective, highest


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
    short: NDArray[np.float64],
    over: NDArray[np.float64],
    stiffness: NDArray[np.float64],
    growth: float,
    heats: NDArray[np.float64],
    random: np.random.Generator,
) -> bool:
    """Sweep at each heat, and let the penalties learn.

    The objective is the weights less the edges less the penalties of the rows. The best choice seen after a sweep that
    breaks no row goes to ``best``. Gives whether there was one.
    """
    most = np.empty((chosen.size, 2))
    objective = 0.0
    highest = -np.inf
    for heat in heats:
        objective, highest = _sweep(
            chosen,
            best,
            reached,
            objective,
            highest,
            weight,
            start,
            head,
            price,
            columns,
            row,
            value,
            lower,
            upper,
            short,
            over,
            stiffness,
            most,
            heat,
            random,
        )
        learn(reached, lower, upper, short, over, stiffness)
        stiffness *= growth
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
    breach_price: NDArray[np.float64],
    steps: int,
) -> bool:
    """Change the unit that repairs most of the worst broken row for the least loss, until none is broken."""
    for _ in range(steps):
        worst = -1
        most = 0.0
        for r in range(lower.size):
            lack = breach_price[r] * _broken(reached[r], lower[r], upper[r])
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
                    repaired += breach_price[r] * less
                else:
                    loss -= breach_price[r] * less
            if not helps or repaired <= 0:
                continue
            score = loss / repaired if loss > 0 else loss * repaired
            if score < best_score:
                best_score = score
                best = i
        # Where a row is mended again and again at the cost of others, it comes to weigh more than they.
        breach_price[worst] *= _REPAIR_GROWTH
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


class Search:
    """Many small changes to a choice of units, with the penalty of breaking a row learned on the way.

    Parameters
    ----------
    part : FreePart
        The program; units may be regions of units.
    penalties : Penalties
        What the breach of a row costs; it is learned on.
    """

    def __init__(self, part: FreePart, penalties: Penalties) -> None:
        self._part = part
        self._penalties = penalties
        arcs = Arcs.of(part.first, part.second, part.price, part.size)
        columns = part.columns
        self._graph = (part.weight, arcs.start, arcs.head, arcs.price, columns.indptr, columns.indices, columns.data)

    def anneal(
        self, chosen: NDArray[np.int8], *, heats: NDArray[np.float64], stiffer: float, random: np.random.Generator
    ) -> NDArray[np.int8] | None:
        """Change a choice, less and less by chance.

        Parameters
        ----------
        chosen : int8 ndarray (free,)
            The choice, changed in place.
        heats : float64 ndarray (rounds,)
            A loss of so much is accepted with a chance of 1/e, in each round of sweeps (unit of the objective).
        stiffer : float
            By how much the stiffness of the penalties has grown in the end.
        random : Generator
            Where chance comes from.

        Returns
        -------
        int8 ndarray (free,) or None
            The best choice seen that breaks no row; None: none was seen.
        """
        rows = self._penalties
        best = np.empty_like(chosen)
        found = _anneal(
            chosen,
            best,
            self._reached(chosen),
            *self._graph,
            rows.lower,
            rows.upper,
            rows.short,
            rows.over,
            rows.stiffness,
            stiffer ** (1 / heats.size),
            heats,
            random,
        )
        return best if found else None

    def finish(self, chosen: NDArray[np.int8], weights: NDArray[np.float64], random: np.random.Generator) -> bool:
        """Change a choice until no row is broken and no single change pays.

        Parameters
        ----------
        chosen : int8 ndarray (free,)
            The choice, changed in place.
        weights : float64 ndarray (rows,)
            How rows weigh against each other, above 0 (unit of the objective by unit of the row).
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
            best = self.anneal(chosen, heats=np.full(_MENDING_ROUNDS, cool), stiffer=_MENDING_STIFFER, random=random)
            if best is not None:
                chosen[:] = best
        reached = self._reached(chosen)
        steps = _REPAIR_STEPS * (part.lower.size + 100)
        members = (part.rows.indptr, part.rows.indices)
        if not _repair(chosen, reached, *self._graph, *members, part.lower, part.upper, weights.copy(), steps):
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

    def _breaks(self, reached: NDArray[np.float64]) -> bool:
        return bool(((reached < self._part.lower) | (reached > self._part.upper)).any())

    def _reached(self, chosen: NDArray[np.int8]) -> NDArray[np.float64]:
        return np.asarray(self._part.rows @ chosen.astype(np.float64))
