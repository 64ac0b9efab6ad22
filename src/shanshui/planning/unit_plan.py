"""Large plans of units, solved with proof: prices for the rows, cuts of a graph, and local search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.planning.answer import Answer, certified
from shanshui.planning.branch_and_bound import search
from shanshui.planning.conflicts import Conflict
from shanshui.planning.free_part import FreePart, free_part
from shanshui.planning.local_search import SWEEPS, Search
from shanshui.planning.penalties import Penalties, weights
from shanshui.planning.program import IN, Program
from shanshui.planning.regions import contracted, regions
from shanshui.planning.relaxation import Relaxed, relax

# Regions of so many units are decided first, and each time so much smaller ones, down to single units. Beyond the
# greatest size a region that outweighs its edges is not sought.
_FINER: Final = 4
_LARGEST: Final = 256
# A loss of this share of what is at stake with the mean unit is accepted at first with a chance of 1/e, by each search;
# once regions have been decided so much less. In the end it has cooled to this share. An edge counts by this share.
_HEAT: Final = (0.5, 0.2)
_LATER: Final = 0.6
_COOLED: Final = 0.003
_EDGE_STAKE: Final = 0.25
# How much stiffer the rows become with each size of region.
_STIFFER: Final = 2.0
# Searches that start from the same choice with other random numbers; each has a thread.
_CHAINS: Final = len(_HEAT)
# More rounds than this find nothing new.
_MOST_ROUNDS: Final = 5_000
# What branch and bound may take to find a plan where local search found none [s].
_RESCUE: Final = 60.0

SOLVER: Final = "relaxation, cuts and local search"


def solve_units(program: Program, *, seed: int = 0, gap: float = 0.0, moves: int = 120_000_000) -> Answer:
    """Solve a large plan of units, with a bound that says how good the answer is.

    Parameters
    ----------
    program : Program
        What is asked; up to some 100,000 units and some hundred rows.
    seed : int
        Beginning of the random numbers; the same seed gives the same answer.
    gap : float
        Gap (share of the objective) at which the search ends.
    moves : int
        How many changes of a unit or region each of two searches looks at; ten million take about a second.

    Returns
    -------
    Answer
        The best plan found, its bound, and the worth of each row.

    Raises
    ------
    Conflict
        Where no choice keeps the rows and locks.
    StudyError
        Where no plan was found, though none is proven impossible.

    Notes
    -----
    The rows are relaxed at a worth (`relax`). Simulated annealing begins at what the relaxation chooses, decides large
    regions first, then smaller ones, then units, and learns penalties of the rows on the way (`Penalties`). All rows
    are kept on the original numbers in the end. The bound is that of the relaxation: where a row is kept by parts of a
    region that is worth choosing whole or not at all, it lies above the best plan.

    Examples
    --------
    >>> from scipy import sparse
    >>> program = Program(
    ...     [-2.0, -1.0, -2.0], [0, 1], [1, 2], [0.1, 0.1], sparse.csr_array([[1.0, 1.0, 1.0]]), [1.0], [np.inf],
    ...     ("species",), [-1, -1, -1],
    ... )
    >>> answer = solve_units(program)
    >>> answer.selected.tolist(), round(answer.value, 9), round(answer.bound, 6)
    ([False, True, False], -1.2, -1.2)
    """
    part = free_part(program)
    locked = program.fixed == IN
    if part.size == 0:
        if not program.holds(locked):
            raise Conflict(Problem("red_line", "no choice keeps all rows and locks", "ask for less in a row"))
        weight_part, boundary_part = program.parts(locked)
        return certified(program, locked, bound=weight_part - boundary_part, solver=SOLVER, seed=seed)
    relaxed = relax(part)
    if relaxed.infeasible:
        raise Conflict(Problem("red_line", "no choice keeps all rows and locks", "ask for less in a row"))
    attempt = _Attempt(program, part, relaxed, gap)
    rounded = (relaxed.average > 0.5).astype(np.int8)
    local = Search(part, Penalties.of(part, relaxed.worth))
    if local.finish(rounded, weights(part, relaxed.worth), np.random.default_rng([seed, _CHAINS])):
        attempt.take(rounded)
    if not attempt.good_enough:
        levels = _levels(part)
        with ThreadPoolExecutor(_CHAINS) as threads:
            chains = [
                threads.submit(
                    _chain, heat, part, relaxed, levels, moves / len(levels), np.random.default_rng([seed, chain])
                )
                for chain, heat in enumerate(_HEAT)
            ]
            for each in chains:
                attempt.take(each.result())
    if attempt.selected is None:
        found = search(program, seconds=_RESCUE)
        if found.infeasible:
            raise Conflict(Problem("red_line", "no choice keeps all rows and locks", "ask for less in a row"))
        if found.selected is None:
            raise StudyError(Problem("red_line", "no plan was found that keeps every row", "ask for less in a row"))
        return certified(
            program,
            found.selected,
            bound=min(found.bound, relaxed.bound),
            solver="HiGHS",
            seed=seed,
            multipliers=relaxed.worth,
        )
    return certified(
        program, attempt.selected, bound=relaxed.bound, solver=SOLVER, seed=seed, multipliers=relaxed.worth
    )


class _Attempt:
    """The best plan so far."""

    def __init__(self, program: Program, part: FreePart, relaxed: Relaxed, gap: float) -> None:
        self._program, self._part, self._bound, self._gap = program, part, relaxed.bound, gap
        self.selected: NDArray[np.bool_] | None = None
        self._value = -np.inf

    def take(self, chosen: NDArray[np.int8] | None) -> None:
        """Keep a choice of the free units where it holds on the original numbers and is better."""
        if chosen is None:
            return
        selected = self._program.fixed == IN
        selected[self._part.units] = chosen == 1
        weight_part, boundary_part = self._program.parts(selected)
        if weight_part - boundary_part > self._value and self._program.holds(selected):
            self.selected, self._value = selected, weight_part - boundary_part

    @property
    def good_enough(self) -> bool:
        """Whether the gap asked for is reached."""
        scale = max(abs(self._bound), abs(self._value))
        return self.selected is not None and self._bound - self._value <= self._gap * scale


def _levels(part: FreePart) -> list[tuple[NDArray[np.int32], FreePart]]:
    """Give regions from coarse to single units: of each unit its region, and the program of the regions.

    A square of ``n`` units has ``n`` times the weight of one but only ``n ** 0.5`` times its edges: the largest regions
    are those whose weight is worth their edges.
    """
    levels = [(np.arange(part.size, dtype=np.int32), part)]
    edges, weight = 2 * part.price.sum(), np.abs(part.weight).sum()
    outweighs = min((edges / weight) ** 2, _LARGEST) if weight else _LARGEST
    largest = _FINER
    while edges and outweighs > largest / _FINER:
        region = regions(part, largest)
        levels.append((region, contracted(part, region)))
        largest *= _FINER
    return levels[::-1]


def _chain(
    heat: float,
    part: FreePart,
    relaxed: Relaxed,
    levels: list[tuple[NDArray[np.int32], FreePart]],
    moves: float,
    random: np.random.Generator,
) -> NDArray[np.int8] | None:
    """Anneal large regions, then smaller ones, then units; penalties are learned throughout."""
    penalties = Penalties.of(part, relaxed.worth)
    chosen = (relaxed.average > 0.5).astype(np.int8)
    best = found = None
    for region, whole in levels:
        of_regions = (2 * np.bincount(region, chosen) > np.bincount(region)).astype(np.int8)
        stake = np.abs(whole.weight).mean() + _EDGE_STAKE * 2 * whole.price.sum() / whole.size
        rounds = int(np.clip(moves / whole.size / SWEEPS, 1, _MOST_ROUNDS))
        heats = heat * (stake or 1.0) * np.geomspace(1, _COOLED, rounds)
        best = Search(whole, penalties).anneal(of_regions, heats=heats, stiffer=_STIFFER, random=random)
        chosen = of_regions[region]
        # What a coarser level found stays until a finer one finds something.
        found = found if best is None else best[region]
        heat *= _LATER if whole is levels[0][1] else 1.0
    if best is not None:
        chosen = best
    return chosen if Search(part, penalties).finish(chosen, weights(part, relaxed.worth), random) else found
