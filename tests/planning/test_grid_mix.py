"""Choices put together from parts of several: by hand, and against every way to put them together."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from shanshui.planning.grid_atoms import MOST_CHOICES, Choices, find_atoms
from shanshui.planning.grid_board import GridBoard, GridPlan
from shanshui.planning.grid_mix import mix

INF = np.inf


def small_plan(random: np.random.Generator, side: int = 6) -> GridPlan:
    """Groups, features, holes, locks, diagonals and a budget on a few cells."""
    shape = (side, side)
    plan = GridPlan(
        random.integers(0, 9, shape).astype(np.float32),
        random.random(shape) > 0.1,
        random.uniform(0.5, 2, side),
        random.uniform(0.5, 1, side),
        random.uniform(0.5, 1, side),
        diagonal=random.uniform(0.2, 0.5, side),
        along_right=random.uniform(0, 2, shape).astype(np.float32),
        along_down=random.uniform(0, 2, shape).astype(np.float32),
        budget=18.0,
        target=6.0,
        group=random.integers(-1, 3, shape).astype(np.int16),
        needed=np.array([2.0, 3.0, 1.0]),
        amounts=random.integers(0, 4, (2, *shape)).astype(np.float32),
        targets=np.array([10.0, 8.0]),
    )
    return replace(plan, fixed=random.choice([0, 1, -1], shape, p=[0.05, 0.05, 0.9]).astype(np.int8))


def drawn_choices(board: GridBoard, random: np.random.Generator, count: int) -> list[np.ndarray]:
    """Choices that keep the locks, as rectangles laid over one another."""
    found = []
    rows, columns = board.mask.shape
    for _ in range(count):
        chosen = np.zeros((rows, columns), bool)
        for _ in range(2):
            top, left = random.integers(0, rows - 1), random.integers(0, columns - 1)
            chosen[top : top + 3, left : left + 3] = True
        found.append((chosen | (board.fixed == 1)) & (board.fixed != 0) & board.mask)
    return found


def penalised(board: GridBoard, selected: np.ndarray, multipliers: np.ndarray) -> float:
    """The objective less twice the price of what is broken, from sums over the whole grid."""
    worth, boundary = board.parts(selected)
    lack = np.maximum(board.lack(selected), 0)
    tail = board.groups + 1
    mean = multipliers[multipliers > 0].mean()
    price = np.maximum(multipliers, mean)
    price[tail : tail + 2] = price[tail : tail + 2].max()
    return worth - boundary - 2 * float((price * np.where(np.isfinite(lack), lack, 0)).sum())


@pytest.mark.parametrize("seed", range(6))
def test_atoms_add_up_to_the_sums_over_the_grid(seed: int) -> None:
    random = np.random.default_rng(seed)
    board = GridBoard(small_plan(random), 1)
    drawn = drawn_choices(board, random, 3)
    choices = Choices(board.mask.shape)
    for chosen in drawn:
        choices.add(chosen)
    atoms = find_atoms(board, choices)
    assert atoms.size > 3
    # Flipping atoms changes value less boundary, and what rows reach, by what the atoms say.
    places = np.r_[: board.groups, board.groups + 1, board.groups + 3 : len(board.limits)]
    inside = atoms.label >= 0
    for chosen in drawn:
        states = np.zeros(atoms.size, bool)
        states[atoms.label[inside]] = chosen[inside]
        base = chosen & ~inside
        worth, boundary = board.parts(base)
        reached = board.reached(base)[places]
        parted = 0.0
        for atom in range(atoms.size):
            around = slice(atoms.start[atom], atoms.start[atom + 1])
            parted += float(atoms.price[around][states[atoms.head[around]] != states[atom]].sum()) / 2
            if states[atom]:
                rows = slice(atoms.row_start[atom], atoms.row_start[atom + 1])
                np.add.at(reached, atoms.row[rows], atoms.amount[rows])
        after = board.parts(chosen)
        assert worth - boundary + atoms.gain[states].sum() - parted == pytest.approx(after[0] - after[1])
        np.testing.assert_allclose(reached, board.reached(chosen)[places])


@pytest.mark.parametrize("seed", range(6))
def test_no_other_mixture_is_better(seed: int) -> None:
    random = np.random.default_rng(seed)
    board = GridBoard(small_plan(random), 1)
    multipliers = np.array([1.0, 2.0, 0.5, 0.0, 0.0, 1.0, 0.5, 0.3])
    choices = Choices(board.mask.shape)
    drawn = drawn_choices(board, random, 2)
    for chosen in drawn:
        choices.add(chosen)
    atoms = find_atoms(board, choices)
    assert 1 <= atoms.size <= 12
    best = -INF
    for states in itertools.product([False, True], repeat=atoms.size):
        chosen = np.where(atoms.label >= 0, np.array(states)[atoms.label], drawn[0])
        best = max(best, penalised(board, chosen, multipliers))
    mixed = mix(board, choices, drawn[0], multipliers, 0)
    assert penalised(board, mixed, multipliers) == pytest.approx(best)
    np.testing.assert_array_equal(mixed[atoms.label < 0], drawn[0][atoms.label < 0])
    np.testing.assert_array_equal(mixed, mix(board, choices, drawn[0], multipliers, 0))


def test_the_better_half_of_either_choice_by_hand() -> None:
    # Two groups of three cells, far apart, no price outside; each asks for 2. The first choice is good in the first
    # group (5 + 4 - 1 side), the second in the second. One choice has the left two, the other the right two of each
    # group: the middle cell is common to both.
    value = np.array([[5, 4, 1, 0, 0, 1, 4, 5]], np.float32)
    group = np.array([[0, 0, 0, -1, -1, 1, 1, 1]], np.int16)
    plan = GridPlan(
        value, np.ones((1, 8), bool), np.ones(1), np.ones(1), np.ones(1), outside=False, group=group,
        needed=np.array([2.0, 2.0]), budget=4.0,
    )  # fmt: skip
    board = GridBoard(plan, 1)
    choices = Choices((1, 8))
    left = np.array([[True, True, False, False, False, True, True, False]])
    choices.add(left)
    choices.add(np.array([[False, True, True, False, False, False, True, True]]))
    mixed = mix(board, choices, left, np.array([1.0, 1.0, 0.0, 0.0, 1.0]), 0)
    assert mixed.astype(int).tolist() == [[1, 1, 0, 0, 0, 0, 1, 1]]


def test_choices_that_are_alike_leave_nothing_to_mix() -> None:
    board = GridBoard(small_plan(np.random.default_rng(0)), 1)
    chosen = drawn_choices(board, np.random.default_rng(1), 1)[0]
    choices = Choices(board.mask.shape)
    choices.add(chosen)
    choices.add(chosen)
    assert find_atoms(board, choices).size == 0
    np.testing.assert_array_equal(mix(board, choices, chosen, np.ones(8), 0), chosen)


def test_only_so_many_choices_are_taken() -> None:
    choices = Choices((1, 2))
    for _ in range(MOST_CHOICES):
        choices.add(np.array([[True, False]]))
    choices.add(np.array([[False, True]]))
    assert choices.count == MOST_CHOICES
    assert choices.bits.tolist() == [[(1 << MOST_CHOICES) - 1, 0]]
