"""A plan with one decision per grid cell, solved with proof: a cut for the boundary, prices for the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.base.errors import Problem
from shanshui.planning.answer import Answer, Row
from shanshui.planning.conflicts import Conflict
from shanshui.planning.grid_atoms import Choices
from shanshui.planning.grid_bands import move_near
from shanshui.planning.grid_board import GridBoard, GridPlan, plain
from shanshui.planning.grid_flips import ADD, BUDGET, DROP, FILL, TARGET, TRIM, flip_cells, flip_patches
from shanshui.planning.grid_mix import mix
from shanshui.planning.grid_prices import GridPrices
from shanshui.planning.grid_relaxation import GridRelaxation
from shanshui.planning.program import ROUNDING

__all__ = ["GridPlan", "solve_grid"]

# Patches tried for each that is flipped, and the most cells one may have.
_SEEDS = 32
_LONGEST = 2048
# How often new places for patches are sought before single cells are flipped.
_RESEEDED = 10
# Cuts without a better bound before the best choice so far is repaired.
_STALLED = 4
# Cuts without a better bound or a better plan before the search ends.
_ENDED = 10
# A choice that misses the rows by more than so many times the gap is not repaired at once: that would cost too much.
_HOPELESS = 20.0
# Rounds without a better plan before no more is sought.
_IDLE_ROUNDS = 2
# Distances from the boundary within which the best choice is moved, round by round; how many cuts each takes, and how
# many of these, those that miss least, are mixed.
_DISTANCES = ((16, 8, 4, 2, 1), (8, 4, 2, 1), (4, 2, 1), (12, 6, 3, 1), (8, 4, 2, 1), (4, 2, 1))
_CUTS = 11
_MIXED = 4
# How many mean gains a cell is made to cost at most where no plan was found that keeps every row.
_DEAREST = 2000.0


def solve_grid(plan: GridPlan, *, gap: float = 1e-4, rounds: int = 60, threads: int = 2, seed: int = 0) -> Answer:
    """Find a set of cells that keeps every row, and prove how good it is.

    Parameters
    ----------
    plan : GridPlan
        What is asked.
    gap : float
        The search ends when no plan can be better by a greater share of the objective.
    rounds : int
        It ends at the latest after so many cuts.
    threads : int
        How many parts of the grid are worked on at the same time; the choice does not depend on it, the bound only in
        digits that the rounding to whole units leaves open.
    seed : int
        Beginning of the random numbers by which cells are drawn for the first prices.

    Returns
    -------
    Answer
        The plan with its bound; the multipliers of the rows are their prices at the best bound.

    Raises
    ------
    Conflict
        Where a row cannot be kept even with all cells, rows contradict each other, or no plan that keeps all was found.

    Notes
    -----
    Lagrangian relaxation: with a price on what each row asks for, the rest is one minimum cut, which is solved
    exactly. Its value is an upper bound of the objective of every plan that keeps the rows (Fisher 1981, The Lagrangian
    relaxation method for solving integer programming problems, Management Science 27(1): 1-18). The prices move by
    Newton's method (`grid_prices`). The choice of the cut is moved near its boundary until it
    all but keeps the rows (`grid_bands`); the best parts of what was met on the way are put together (`grid_mix`), and
    cells are flipped at the least loss until every row is kept.
    """
    board = GridBoard(plan, threads)
    _refuse(board)
    return _Search(board, gap, rounds, seed).run()


def _refuse(board: GridBoard) -> None:
    """Refuse what cannot be kept even with all cells, and locks or shares beyond the budget."""
    plan, names = board.plan, board.plan.row_names()
    tail = board.groups + 1
    problems = []
    for place, (limit, most) in enumerate(zip(board.limits, board.most, strict=True)):
        if place == tail + BUDGET:
            continue
        if limit - most > ROUNDING * abs(limit):
            problems.append(
                Problem(
                    plan.key,
                    f"{names[place]} needs {limit:g}, all cells together hold {most:g}",
                    f"ask for at most {most:g}",
                )
            )
    locked = board.base[tail + BUDGET]
    shares = float(np.maximum(plan.needed, board.base[: board.groups]).sum())
    least = max(plan.target, shares + board.base[board.groups])
    over = ROUNDING * abs(plan.budget)
    if locked - plan.budget > over:
        problems.append(
            Problem(
                plan.key, f"area budget allows {plan.budget:g}, {locked:g} are locked in", f"allow at least {locked:g}"
            )
        )
    elif least - plan.budget > over:
        problems.append(
            Problem(
                plan.key,
                f"area budget allows {plan.budget:g}, the groups or the target need {least:g}",
                f"allow at least {least:g}",
            )
        )
    if problems:
        raise Conflict(problems)


class _Search:
    """Prices and plans, each made better by the other."""

    def __init__(self, board: GridBoard, gap: float, rounds: int, seed: int) -> None:
        self.board = board
        self.gap, self.rounds, self.seed = gap, rounds, seed
        self.relaxation = GridRelaxation(board)
        self.bound = np.inf
        self.value = -np.inf
        self.multipliers = np.zeros(len(board.limits))
        self.selected: NDArray[np.bool_] | None = None

    def run(self) -> Answer:
        board = self.board
        prices = GridPrices(board.values, board.base, board.most, board.limits, self.seed)
        multipliers = prices.multipliers
        nearest, since, idle = np.inf, 0, 0
        waiting = start = None
        for _ in range(self.rounds if prices.rows.any() else 1):
            before = self.bound
            least = self.priced(multipliers)
            size = self.gap * abs(self.bound)
            since = 0 if before - self.bound > 0.05 * size else since + 1
            idle = 0 if since == 0 else idle + 1
            miss = prices.miss(least)
            if miss < nearest:
                nearest, start = miss, (self.chosen(), multipliers)
                waiting = start
            if waiting is not None and (nearest < 0.5 * size or (since >= _STALLED and nearest < _HOPELESS * size)):
                known = self.value
                self.offer(*waiting)
                waiting = None
                idle = 0 if self.value > known else idle
                if self.near():
                    break
            if idle >= _ENDED:
                break
            multipliers = prices.step(least)
        if not self.near() and prices.rows.any():
            multipliers = prices.nearest()
            miss = prices.miss(self.priced(multipliers))
            if miss < nearest:
                start = (self.chosen(), multipliers)
        if start is not None:
            self.refine(start[0])
        if waiting is not None and self.selected is None:
            self.offer(*waiting)
        # Where room is short, begin with what is locked in, and take what brings most for its area.
        dear = 1.0
        while self.selected is None and dear <= _DEAREST:
            multipliers = self.multipliers.copy()
            multipliers[board.groups + 1 + BUDGET] += (
                dear * self.relaxation.mean / max(float(board.area[0].mean() * board.area[1].mean()), 1e-300)
            )
            self.offer(np.asarray(board.mask & (board.fixed == 1)), multipliers)
            dear *= 4
        if self.selected is None:
            raise Conflict(Problem(board.plan.key, "no plan was found that keeps every row", "relax a row"))
        return self.answer()

    def priced(self, multipliers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cut at some prices, keep the bound if it is the best, and give what the smallest best set reaches."""
        bound, least = self.relaxation.solve(multipliers)
        if bound < self.bound:
            self.bound, self.multipliers = bound, multipliers
        return least

    def near(self) -> bool:
        """Whether no plan can be better than the best one by more than the gap."""
        known = self.selected is not None
        return known and self.bound - self.value <= self.gap * max(abs(self.bound), abs(self.value))

    def refine(self, selected: NDArray[np.bool_]) -> None:
        """Move a choice near its boundary until it keeps the rows, and mix what was met on the way."""
        board = self.board
        idle = 0
        for turn, distances in enumerate(_DISTANCES):
            if self.near() or idle == _IDLE_ROUNDS:
                break
            known = self.value
            choices = Choices(board.mask.shape)
            if self.selected is not None:
                selected = self.selected
                choices.add(selected)
            # Within a band as wide as the grid everything may flip together again.
            for distance in (each for each in distances if 2 * each <= max(selected.shape)):
                kept: list[tuple[float, int, NDArray[np.uint8]]] = []
                moved = move_near(board, selected, self.multipliers, distance, _CUTS)
                for cut, (miss, chosen) in enumerate(moved):
                    kept.append((miss, cut, np.packbits(chosen)))
                    kept = sorted(kept)[:_MIXED]
                    if kept[0][1] == cut:
                        selected = chosen
                for _, _, packed in kept:
                    choices.add(np.unpackbits(packed, count=selected.size).view(bool).reshape(selected.shape))
            if self.selected is not None:
                selected = self.selected
            self.offer(mix(board, choices, selected, self.multipliers, self.seed + turn), self.multipliers)
            idle = 0 if self.value > known else idle + 1

    def chosen(self) -> NDArray[np.bool_]:
        """Give the choice of the cut with what is locked in."""
        chosen = self.relaxation.cut.chosen()
        if self.board.plan.fixed is not None:
            chosen |= np.asarray(self.board.mask & (self.board.fixed == 1))
        return chosen

    def offer(self, selected: NDArray[np.bool_], multipliers: NDArray[np.float64]) -> None:
        """Repair a choice, and keep it if it is the best so far."""
        board, plan = self.board, self.board.plan
        lack = board.lack(plain(selected, np.bool_))
        area, worth = self.relaxation.prices_of(multipliers)
        tail = board.groups + 1
        budget = tail + BUDGET
        paid = np.append(multipliers[: board.groups], multipliers[budget])
        nowhere = np.zeros(board.groups, bool)
        # Area beyond what a group needs, and features beyond their targets, are worth nothing.
        plain_area = np.full_like(area, multipliers[tail + TARGET] - multipliers[budget])
        plain_worth = np.zeros_like(worth)

        def flip(mode: int, trimmed: NDArray[np.bool_] = nowhere) -> None:
            prices = (area, worth) if mode == ADD else (plain_area, plain_worth)
            arrays = (*board.values, board.sides, board.directions, *prices, lack, self.relaxation.mean, trimmed)
            for _ in range(_RESEEDED):
                flips = flip_patches(mode, selected, *arrays, paid if mode != TRIM else 0 * paid, _SEEDS, _LONGEST)
                if not flips or (mode == ADD and not short()) or (mode == DROP and lack[budget] <= 0):
                    break
            if (mode == ADD and short()) or (mode == DROP and lack[budget] > 0):
                flip_cells(mode, selected, *arrays)

        def short() -> bool:
            return bool((np.delete(lack, budget) > 0).any())

        for _ in range(30):
            before = lack.copy()
            if short():
                flip(ADD)
            trimmed = (multipliers[: board.groups] > 0) & (lack[: board.groups] < 0)
            if trimmed.any():
                flip(TRIM, trimmed)
            if lack[budget] > 0:
                flip(DROP)
            elif np.isfinite(plan.budget) and lack[budget] < 0:
                flip(FILL)
            if (lack == before).all():
                break
        lack = board.lack(plain(selected, np.bool_))
        worth_part, boundary_part = board.parts(plain(selected, np.bool_))
        if board.kept(lack) and worth_part - boundary_part > self.value:
            self.value = worth_part - boundary_part
            self.selected = selected

    def answer(self) -> Answer:
        board, plan = self.board, self.board.plan
        assert self.selected is not None
        reached = board.reached(plain(self.selected, np.bool_))
        worth, boundary = board.parts(plain(self.selected, np.bool_))
        tail = board.groups + 1
        rows = []
        for place, name in enumerate(plan.row_names()):
            limit, paid = float(board.limits[place]), float(self.multipliers[place])
            if not np.isfinite(limit):
                continue
            upper = place == tail + BUDGET
            rows.append(
                Row(
                    name,
                    -np.inf if upper else limit,
                    limit if upper else np.inf,
                    float(reached[place]),
                    paid if upper else -paid,
                    "km2" if place < tail + 2 else "",
                )
            )
        return Answer(self.selected, worth, boundary, self.bound, tuple(rows), "grid cut", self.seed)
