"""A plan with one decision per grid cell, solved with proof: a cut for the boundary, prices for the rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.base.errors import Problem
from shanshui.planning.answer import Answer, Row
from shanshui.planning.conflicts import Conflict
from shanshui.planning.grid_flips import ADD, BUDGET, DROP, FILL, TARGET, TRIM, flip_cells, flip_patches
from shanshui.planning.grid_prices import GridPrices
from shanshui.planning.grid_sums import (
    GREATEST_UNITS,
    account,
    change_prices,
    fold_locks,
    objective_parts,
    reach,
)
from shanshui.planning.program import ROUNDING
from shanshui.science.grid_cut import GridCut

# Units of the cut in the mean gain of a cell, and the most that the price of a side may have: eight of them together
# stay below the greatest gain.
_FINENESS = 2.0**20
_GREATEST_SIDE = GREATEST_UNITS / 8
# Patches tried for each that is flipped, and the most cells one may have.
_SEEDS = 32
_LONGEST = 2048
# How often new places for patches are sought before single cells are flipped.
_RESEEDED = 10
# Cuts without a better bound before the best choice so far is repaired.
_STALLED = 4
# Cuts without a better bound or a better plan before the search ends.
_ENDED = 10
# How many mean gains a cell is made to cost at most where no plan was found that keeps every row.
_DEAREST = 2000.0
# Parts of the grid that are summed apart: their number does not depend on the threads, so neither do the sums.
_BANDS = 32


@dataclass(frozen=True, eq=False)
class GridPlan:
    """A choice among the cells of a grid.

    Sought is the set of cells with the greatest sum of values less the price of its boundary that keeps every row.

    Parameters
    ----------
    value : float32 ndarray (rows, columns)
        What a chosen cell adds to the objective (unit of the objective); not looked at outside the mask.
    mask : bool ndarray (rows, columns)
        Where there is a decision.
    area : float64 ndarray (rows,) or float32 ndarray (rows, columns)
        Area of each cell of a row, or of each cell [km2]; more than 0.
    right, down : float64 ndarray (rows,)
        Price of the side that a cell shares with the one to its right, and with the one below (unit of the objective).
    diagonal : float64 ndarray (rows,), optional
        With 8 neighbours: price of the step from a cell to the two below it to the right and to the left.
    along_right, along_down : float32 ndarray (rows, columns), optional
        Multipliers of the prices of sides between two cells, as less than 1 along natural lines.
    outside : bool
        Whether the sides towards no data and the end of the grid have their price too.
    budget, target : float
        Most and least area that is chosen [km2].
    group : int16 ndarray (rows, columns), optional
        Number of the group of each cell, from 0; -1 for none.
    needed : float64 ndarray (groups,)
        Least area that is chosen in each group [km2].
    amounts : float32 ndarray (features, rows, columns), optional
        How much of each feature a cell holds (unit of the feature); not negative, not NaN within the mask.
    targets : float64 ndarray (features,)
        Least amount of each that is chosen (unit of the feature).
    fixed : int8 ndarray (rows, columns), optional
        -1 free, 0 locked out, 1 locked in.
    group_names, feature_names : tuple of str
        What the rows are called; numbered by default.
    key : str
        Where the plan is written down, as in study.toml.
    """

    value: NDArray[np.float32]
    mask: NDArray[np.bool_]
    area: NDArray[np.float64] | NDArray[np.float32]
    right: NDArray[np.float64]
    down: NDArray[np.float64]
    diagonal: NDArray[np.float64] | None = None
    along_right: NDArray[np.float32] | None = None
    along_down: NDArray[np.float32] | None = None
    outside: bool = True
    budget: float = np.inf
    target: float = -np.inf
    group: NDArray[np.int16] | None = None
    needed: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    amounts: NDArray[np.float32] | None = None
    targets: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    fixed: NDArray[np.int8] | None = None
    group_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    key: str = "red_line"

    def row_names(self) -> list[str]:
        """Name the places of what is reached and lacked: groups, no group, target, budget, features.

        Returns
        -------
        list of str
            Names.
        """
        groups = list(self.group_names) or [f"group {number}" for number in range(len(self.needed))]
        features = list(self.feature_names) or [f"feature {number}" for number in range(len(self.targets))]
        return [*groups, "", "area target", "area budget", *features]


def _plain(values: Any, dtype: Any) -> NDArray[Any]:
    """Give an array in the one form for which the kernels are compiled: in order, not to be written to.

    A single value becomes one of (1, 1) that stands for all cells.
    """
    array = np.ascontiguousarray(values, dtype)
    view = array.reshape(1, 1) if np.ndim(values) == 0 else array.view()
    view.flags.writeable = False
    return view


class _Board:
    """The arrays of a plan in the form the kernels take, and the sums they make, band by band."""

    def __init__(self, plan: GridPlan, threads: int) -> None:
        rows, columns = shape = plan.mask.shape
        self.plan = plan
        self.threads = threads
        self.value = _plain(plan.value, np.float32)
        self.mask = _plain(plan.mask, np.bool_)
        by_row = plan.area.ndim == 1
        self.area = (
            _plain(plan.area, np.float64) if by_row else _plain(np.ones(rows), np.float64),
            _plain(np.float32(1) if by_row else plan.area, np.float32),
        )
        self.group = _plain(np.int16(-1) if plan.group is None else plan.group, np.int16)
        self.fixed = _plain(np.int8(-1) if plan.fixed is None else plan.fixed, np.int8)
        self.amounts = _plain(np.zeros((0, *shape)) if plan.amounts is None else plan.amounts, np.float32)
        self.directions = 4 if plan.diagonal is None else 8
        self.sides = (
            _plain(plan.right, np.float64),
            _plain(plan.down, np.float64),
            _plain(np.zeros(rows) if plan.diagonal is None else plan.diagonal, np.float64),
            _plain(np.float32(1) if plan.along_right is None else plan.along_right, np.float32),
            _plain(np.float32(1) if plan.along_down is None else plan.along_down, np.float32),
            columns,
        )
        self.groups = len(plan.needed)
        self.gain = np.empty(shape, np.float32)
        folded = self.banded(
            lambda band, first, last: fold_locks(
                self.value, self.mask, self.fixed, self.sides, self.directions, plan.outside, self.gain, first, last
            )
        )
        self.constant = sum(part[0] for part in folded)
        self.error = sum(part[1] for part in folded)
        self.base = self.reached(_plain(np.True_, np.bool_), only=1)
        self.most = self.base + self.reached(_plain(np.True_, np.bool_), only=-1)
        # What the rows ask for, in the order of `GridPlan.row_names`.
        self.limits = np.concatenate([plan.needed, [-np.inf, plan.target, plan.budget], plan.targets])
        self.values = (self.gain, self.area, self.group, self.amounts)

    def banded(self, work: Callable[[int, int, int], Any]) -> list[Any]:
        rows = self.mask.shape[0]
        bands = min(_BANDS, rows)
        edges = [rows * band // bands for band in range(bands + 1)]
        if self.threads == 1:
            return list(map(work, range(bands), edges[:-1], edges[1:]))
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, range(bands), edges[:-1], edges[1:]))

    def whole(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put the whole area twice between the groups and the features: once for the target, once for the budget."""
        area = reached[: self.groups + 1].sum()
        return np.concatenate([reached[: self.groups + 1], [area, area], reached[self.groups + 1 :]])

    def reached(self, selected: NDArray[np.bool_], only: int = 2) -> NDArray[np.float64]:
        """Sum what a choice reaches in each row."""
        sums = np.zeros((_BANDS, self.groups + 1 + len(self.amounts)))
        self.banded(
            lambda band, first, last: reach(
                selected, self.mask, self.fixed, only, self.area, self.group, self.amounts, sums[band], first, last
            )
        )
        return self.whole(sums.sum(axis=0))

    def parts(self, selected: NDArray[np.bool_]) -> tuple[float, float]:
        """Sum the value and the price of the boundary of a choice."""
        parts = np.zeros((self.mask.shape[0], 2))
        self.banded(
            lambda band, first, last: objective_parts(
                self.value,
                self.mask,
                self.sides,
                self.directions,
                self.plan.outside,
                selected,
                parts,
                first,
                last,
            )
        )
        worth, boundary = parts.sum(axis=0)
        return float(worth), float(boundary)

    def lack(self, selected: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Give what each row lacks, negative where it has more; for the budget by how much it is exceeded."""
        lack: NDArray[np.float64] = self.limits - self.reached(selected)
        lack[self.groups + 1 + BUDGET] *= -1
        return lack

    def kept(self, lack: NDArray[np.float64]) -> bool:
        """Whether every row is kept."""
        return bool(np.all(lack <= ROUNDING * np.where(np.isfinite(self.limits), np.abs(self.limits), 0)))


class _Relaxation:
    """The plan with prices in place of rows: what is left is one cut."""

    def __init__(self, board: _Board) -> None:
        self.board = board
        plan, gain = board.plan, board.gain
        mean = np.mean([np.nanmean(np.abs(row)) for row in gain if np.isfinite(row).any()] or [1.0])
        self.mean = float(mean) or 1.0
        steepest = max(float(np.max(plan.right, initial=0.0)), float(np.max(plan.down, initial=0.0)))
        for along in (plan.along_right, plan.along_down):
            if along is not None:
                steepest *= max(1.0, float(along.max(initial=1.0)))
        if plan.diagonal is not None:
            steepest = max(steepest, float(np.max(plan.diagonal, initial=0.0)))
        fineness = min(_FINENESS / self.mean, _GREATEST_SIDE / steepest if steepest else np.inf)
        # A power of two: the scaling itself rounds nothing.
        self.scale = 2.0 ** np.floor(np.log2(fineness))
        diagonal = None if plan.diagonal is None else self._whole(plan.diagonal, None)
        self.cut = GridCut(
            plan.mask.shape,
            self._whole(plan.right, plan.along_right),
            self._whole(plan.down, plan.along_down),
            diagonal,
            diagonal,
            np.isnan(gain),
        )
        self.prices = (np.full(board.groups + 1, np.nan), np.zeros(len(board.amounts)))

    def _whole(self, price: NDArray[np.float64], along: NDArray[np.float32] | None) -> NDArray[np.int32]:
        """Round prices down: a flow that keeps them keeps the true prices."""
        by_row = np.asarray(price, np.float64)[:, None] * self.scale
        whole: NDArray[np.int32] = np.floor(by_row if along is None else by_row * along).astype(np.int32)
        return whole

    def solve(self, multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Give the bound at some prices of the rows, and what the smallest best set reaches."""
        board = self.board
        area, worth = self.prices_of(multipliers)
        old, self.prices = self.prices, (area, worth)
        board.banded(
            lambda band, first, last: change_prices(
                *board.values, old, self.prices, self.scale, self.cut.residual, first, last
            )
        )
        self.cut.solve(board.threads)
        bounds = np.zeros(board.mask.shape[0])
        least = np.zeros((_BANDS, board.groups + 1 + len(board.amounts)))
        trees = self.cut.trees()
        board.banded(
            lambda band, first, last: account(
                *board.values,
                area,
                worth,
                self.scale,
                self.cut.residual,
                trees,
                least[band],
                bounds,
                first,
                last,
            )
        )
        priced = multipliers > 0
        sign = np.ones(len(multipliers))
        sign[board.groups + 1 + BUDGET] = -1
        terms = multipliers[priced] * sign[priced] * (board.base - board.limits)[priced]
        flow = float(bounds.sum()) / self.scale
        size = flow + abs(board.constant) + float(np.abs(terms).sum())
        size += float((multipliers[priced] * (board.most + np.abs(board.limits))[priced]).sum())
        rounding = 2.0**-52 * (sum(board.mask.shape) + 64) * size
        bound = flow + board.constant + board.error + float(terms.sum()) + rounding
        return bound, board.base + board.whole(least.sum(axis=0))

    def prices_of(self, multipliers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the price of area in each group, and in none, and that of each feature."""
        tail = self.board.groups + 1
        area = multipliers[:tail] + (multipliers[tail + TARGET] - multipliers[tail + BUDGET])
        return area, multipliers[tail + 2 :].copy()


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
    Newton's method (`grid_prices`). From the cut cells are flipped at the least loss until every row is kept.
    """
    board = _Board(plan, threads)
    _refuse(board)
    return _Search(board, gap, rounds, seed).run()


def _refuse(board: _Board) -> None:
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

    def __init__(self, board: _Board, gap: float, rounds: int, seed: int) -> None:
        self.board = board
        self.gap, self.rounds, self.seed = gap, rounds, seed
        self.relaxation = _Relaxation(board)
        self.bound = np.inf
        self.value = -np.inf
        self.multipliers = np.zeros(len(board.limits))
        self.selected: NDArray[np.bool_] | None = None

    def run(self) -> Answer:
        board = self.board
        prices = GridPrices(board.values, board.base, board.most, board.limits, self.seed)
        multipliers = prices.multipliers
        nearest, since, idle = np.inf, 0, 0
        waiting: tuple[NDArray[np.bool_], NDArray[np.float64]] | None = None
        for _ in range(self.rounds if prices.rows.any() else 1):
            before = self.bound
            bound, least = self.relaxation.solve(multipliers)
            if bound < self.bound:
                self.bound, self.multipliers = bound, multipliers
            size = self.gap * abs(self.bound)
            since = 0 if before - self.bound > 0.05 * size else since + 1
            idle = 0 if since == 0 else idle + 1
            miss = prices.miss(least)
            if miss < nearest:
                nearest, waiting = miss, (self.chosen(), multipliers)
            if waiting is not None and (nearest < 0.5 * size or since >= _STALLED):
                known = self.value
                self.offer(*waiting)
                waiting = None
                idle = 0 if self.value > known else idle
                if self.bound - self.value <= self.gap * max(abs(self.bound), abs(self.value)):
                    break
            if idle >= _ENDED:
                break
            multipliers = prices.step(least)
        if waiting is not None:
            self.offer(*waiting)
        if self.bound - self.value > self.gap * max(abs(self.bound), abs(self.value)) and prices.rows.any():
            multipliers = prices.nearest()
            bound, _ = self.relaxation.solve(multipliers)
            if bound < self.bound:
                self.bound, self.multipliers = bound, multipliers
            self.offer(self.chosen(), multipliers)
        # Where room is short, begin with what is locked in, and take what brings most for its area.
        dear = 1.0
        while self.selected is None and dear <= _DEAREST:
            multipliers = self.multipliers.copy()
            multipliers[board.groups + 1 + BUDGET] += (
                dear * self.relaxation.mean / max(float(board.area[0].mean()), 1e-300)
            )
            self.offer(np.asarray(board.mask & (board.fixed == 1)), multipliers)
            dear *= 4
        if self.selected is None:
            raise Conflict(Problem(board.plan.key, "no plan was found that keeps every row", "relax a row"))
        return self.answer()

    def chosen(self) -> NDArray[np.bool_]:
        """Give the choice of the cut with what is locked in."""
        chosen = self.relaxation.cut.chosen()
        if self.board.plan.fixed is not None:
            chosen |= np.asarray(self.board.mask & (self.board.fixed == 1))
        return chosen

    def offer(self, selected: NDArray[np.bool_], multipliers: NDArray[np.float64]) -> None:
        """Repair a choice, and keep it if it is the best so far."""
        board, plan = self.board, self.board.plan
        lack = board.lack(_plain(selected, np.bool_))
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
        lack = board.lack(_plain(selected, np.bool_))
        worth_part, boundary_part = board.parts(_plain(selected, np.bool_))
        if board.kept(lack) and worth_part - boundary_part > self.value:
            self.value = worth_part - boundary_part
            self.selected = selected

    def answer(self) -> Answer:
        board, plan = self.board, self.board.plan
        assert self.selected is not None
        reached = board.reached(_plain(self.selected, np.bool_))
        worth, boundary = board.parts(_plain(self.selected, np.bool_))
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
