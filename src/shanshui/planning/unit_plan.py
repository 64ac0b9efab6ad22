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
from shanshui.planning.local_search import Search, margins
from shanshui.planning.program import IN, Program
from shanshui.planning.regions import contracted, regions
from shanshui.planning.relaxation import Relaxation, Relaxed, relax

# Searches that start from the same choice with other random numbers; each has a thread.
_CHAINS: Final = 2
# Worths are changed by these shares, so many times each, to find out where choices near the best differ.
_CHANGES: Final = (0.03, 0.1, 0.3)
_CUTS: Final = 20
# Share of the moves that is made with regions; the rest is made with units.
_REGION_MOVES: Final = 0.6
# More sweeps than this find nothing new.
_MOST_SWEEPS: Final = 20_000
# A loss of this share of the mean weight is accepted at first with a chance of 1/e; where there are fewer sweeps than
# these it begins so much cooler; each search has its own. In the end it has cooled to this share.
_HEAT: Final = (0.7, 0.1)
_SLOW: Final = (20_000, 2_000)
# Greatest penalty of a broken row at first (worth of the row). Where rows pull one way the first search finds more,
# with any penalty; where they pull against each other the second, as great penalties would freeze what heat is to move.
_MOST_PENALTY: Final = (np.inf, 1.6)
_COOLED: Final = 0.003
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
    The rows are relaxed at a worth (`relax`); cuts at worths near the best differ in regions that are decided as one by
    simulated annealing, and then unit by unit. All rows are kept on the original numbers in the end.

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
    first = np.random.default_rng([seed, _CHAINS])
    rounded = (relaxed.average > 0.5).astype(np.int8)
    if Search(part, relaxed.worth, margins(part)).finish(rounded, first):
        attempt.take(rounded)
    if not attempt.good_enough:
        region, share, state = _undecided(part, relaxed, first)
        with ThreadPoolExecutor(_CHAINS) as threads:
            chains = [
                threads.submit(
                    _chain, chain, part, relaxed, region, share, state, moves, np.random.default_rng([seed, chain])
                )
                for chain in range(_CHAINS)
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


def _undecided(
    part: FreePart, relaxed: Relaxed, random: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int8]]:
    """Cut at worths near the best: give each unit's region, the share that is chosen of each, and which are decided."""
    relaxation = Relaxation(part)
    choices = list(relaxed.choices)
    for change in _CHANGES:
        for _ in range(_CUTS):
            worth = relaxed.worth * np.exp(change * random.normal(size=relaxed.worth.size))
            choices.append(relaxation.solve(worth)[1])
    kept = np.array(choices)
    region = regions(part, kept)
    count = np.bincount(region)
    share = np.bincount(region, relaxed.average) / count
    first = np.zeros(count.size, np.int64)
    first[region] = np.arange(part.size)
    # All units of a region are alike in every choice: one stands for it.
    common = kept[:, first].mean(axis=0)
    state = np.where(common == 0, 0, np.where(common == 1, 1, -1)).astype(np.int8)
    return region, share, state


def _chain(
    chain: int,
    part: FreePart,
    relaxed: Relaxed,
    region: NDArray[np.int32],
    share: NDArray[np.float64],
    state: NDArray[np.int8],
    moves: int,
    random: np.random.Generator,
) -> NDArray[np.int8] | None:
    """Anneal regions, then units."""
    margin = margins(part)
    whole = contracted(part, region, state)
    decided = state.copy()
    if whole.size:
        chosen = (share[whole.units] > 0.5).astype(np.int8)
        best = _anneal(chain, Search(whole, relaxed.worth, margin), whole, chosen, moves * _REGION_MOVES, random)
        decided[whole.units] = chosen if best is None else best
    chosen = decided[region]
    local = Search(part, relaxed.worth, margin)
    best = _anneal(chain, local, part, chosen, moves * (1 - _REGION_MOVES), random)
    if best is not None:
        chosen = best
    return chosen if local.finish(chosen, random) else best


def _anneal(
    chain: int, local: Search, part: FreePart, chosen: NDArray[np.int8], moves: float, random: np.random.Generator
) -> NDArray[np.int8] | None:
    """Anneal a choice in place; the fewer sweeps there are, the cooler it begins."""
    stake = float(np.abs(part.weight).mean() or part.price.sum() / part.size) or 1.0
    sweeps = min(moves / part.size, _MOST_SWEEPS)
    hot = _HEAT[chain] * stake * min(1.0, sweeps / _SLOW[chain])
    return local.anneal(
        chosen,
        hot=hot,
        cold=hot * _COOLED,
        moves=sweeps * part.size,
        most=_MOST_PENALTY[chain],
        random=random,
    )
