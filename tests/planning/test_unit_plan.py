"""Plans of units solved by relaxation and local search: every choice of small ones, by hand, and larger ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from shanshui.planning.conflicts import Conflict
from shanshui.planning.free_part import free_part
from shanshui.planning.program import ROUNDING, Program
from shanshui.planning.unit_plan import _levels, solve_units

NO = np.inf


def random_program(random: np.random.Generator) -> Program:
    """A small program with edges, rows of all kinds and locks; every fifth or so cannot be kept."""
    count = int(random.integers(1, 13))
    edges = int(random.integers(0, 3 * count)) if count > 1 else 0
    first = random.integers(0, count, edges)
    second = (first + random.integers(1, max(count, 2), edges)) % count
    whole = random.random() < 0.5
    rows = int(random.integers(0, 5))
    matrix = random.integers(-2, 6, (rows, count)) if whole else random.uniform(-0.5, 2, (rows, count))
    matrix = matrix * (random.random((rows, count)) < 0.7)
    weight = random.integers(-6, 7, count) if whole else random.normal(0, 3, count)
    if random.random() < 0.5:
        weight = -np.abs(weight)
    lower, upper = np.full(rows, -NO), np.full(rows, NO)
    for row in range(rows):
        total = matrix[row][matrix[row] > 0].sum()
        kind = random.integers(4)
        if kind in (0, 2):
            lower[row] = random.uniform(0.1, 0.7) * total
        if kind in (1, 2):
            upper[row] = max(lower[row], 0) + random.uniform(0.05, 0.5) * total
        if kind == 3:
            lower[row] = upper[row] = matrix[row][random.random(count) < 0.5].sum()
    price = random.uniform(0, random.choice([0.1, 1.0, 10.0]), edges)
    fixed = random.choice([-1, -1, -1, -1, 0, 1], count)
    return Program(
        weight, first, second, price, sparse.csr_array(matrix.astype(float)), lower, upper, tuple("abcde"[:rows]), fixed
    )


def every_choice(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """Objective of every choice, and whether it keeps every row and lock."""
    count = program.size
    choices = (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(bool)
    apart = choices[:, program.first] != choices[:, program.second]
    values = choices @ program.weight - apart @ program.price
    reached = choices @ program.matrix.toarray().T
    slack_lower, slack_upper = ROUNDING * np.abs(program.lower), ROUNDING * np.abs(program.upper)
    slack_lower[np.isinf(slack_lower)] = 0
    slack_upper[np.isinf(slack_upper)] = 0
    kept = ((reached >= program.lower - slack_lower) & (reached <= program.upper + slack_upper)).all(axis=1)
    kept &= (choices[:, program.fixed == 1]).all(axis=1) & ~(choices[:, program.fixed == 0]).any(axis=1)
    return values, kept


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_value_optimum_and_bound_of_every_small_plan(part: int) -> None:
    random = np.random.default_rng(part)
    impossible = lost = 0
    for number in range(100):
        program = random_program(random)
        values, kept = every_choice(program)
        if not kept.any():
            impossible += 1
            with pytest.raises(Conflict):
                solve_units(program, seed=number)
            continue
        best = values[kept].max()
        answer = solve_units(program, seed=number)
        selected = answer.selected
        place = int(selected @ (1 << np.arange(program.size)))
        assert kept[place]
        assert answer.value == pytest.approx(values[place], abs=1e-12, rel=1e-12)
        assert answer.value <= best + 1e-9
        assert best <= answer.bound + 1e-12 * max(abs(best), 1)
        lost += answer.value < best - 1e-9
        reached = program.matrix.toarray() @ selected
        assert [row.reached for row in answer.rows] == pytest.approx(reached.tolist())
    # Both kinds occur, and of what can be kept the optimum itself is found nearly always.
    assert 5 < impossible < 60
    assert lost <= 5


def landscape(side: int, price: float) -> Program:
    """Cells of a grid, ten features in patches, 30 % of each."""
    random = np.random.default_rng(4)
    node = np.arange(side * side).reshape(side, side)
    first = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    second = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    place = np.mgrid[0:side, 0:side].reshape(2, -1) / side
    centre = random.random((10, 2, 1))
    matrix = np.exp(-30 * ((place - centre) ** 2).sum(axis=1)) * random.uniform(0.5, 1.5, (10, side * side))
    cost = random.uniform(1, 5, side * side)
    return Program(
        -cost,
        first,
        second,
        np.full(first.size, price),
        sparse.csr_array(matrix),
        0.3 * matrix.sum(axis=1),
        np.full(10, NO),
        tuple("abcdefghij"),
        np.full(side * side, -1),
    )


@pytest.mark.parametrize("price", [0.0, 0.1, 1.0])
def test_gap_rows_and_boundary_of_a_landscape(price: float) -> None:
    program = landscape(40, price)
    answer = solve_units(program, seed=3, moves=2_000_000)
    chosen = answer.selected.reshape(40, 40)
    sides = (chosen[:, 1:] != chosen[:, :-1]).sum() + (chosen[1:] != chosen[:-1]).sum()
    assert answer.boundary_part == pytest.approx(price * sides)
    assert answer.weight_part == pytest.approx(program.weight[answer.selected].sum())
    assert (program.matrix.toarray() @ answer.selected >= program.lower * (1 - ROUNDING)).all()
    assert 0 <= answer.gap < 0.03
    again = solve_units(program, seed=3, moves=2_000_000)
    assert np.array_equal(again.selected, answer.selected)
    assert again.bound == answer.bound


def test_part_of_a_whole_that_is_not_worth_parting() -> None:
    # A quarter to a third of 12 x 12 cells, with nothing but boundary to pay. No choice of 36 to 50 cells has fewer
    # than 12 sides: one that fills a row fills no column, so each of 12 columns has a side, and the other way round;
    # one that fills neither has a side in each row and column it touches, and 36 cells touch at least 12 (6 x 6). The
    # relaxation pays nothing: it takes a quarter of the whole.
    side = 12
    node = np.arange(side * side).reshape(side, side)
    first = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    second = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    area = sparse.csr_array(np.ones((1, side * side)))
    nothing, free = np.zeros(side * side), np.full(side * side, -1)
    program = Program(nothing, first, second, np.full(first.size, 5.0), area, [36.0], [50.0], ("area",), free)
    for seed in range(3):
        answer = solve_units(program, seed=seed, moves=2_000_000)
        assert answer.value == -60
        assert answer.bound == pytest.approx(0, abs=1e-6)


def test_regions_are_as_large_as_edges_matter() -> None:
    def sizes(price: float, weights: float = 1.0) -> list[int]:
        program = landscape(40, price)
        weight = np.full(1600, -weights)
        rows = (program.matrix, program.lower, program.upper, program.names)
        part = free_part(Program(weight, program.first, program.second, program.price, *rows, program.fixed))
        return [int(np.bincount(region).max()) for region, _ in _levels(part)]

    # Of 3,120 edges each unit has 3.9: at a price of 1 a region of 3.9^2 = 15.2 units weighs as much as its edges.
    assert sizes(1.0) == [16, 4, 1]
    # 0.39^2 = 0.15 and 0.98^2 = 0.95; 1.17^2 = 1.4; 7.8^2 = 61; 39^2 is far beyond 256.
    assert sizes(0.1) == sizes(0.25) == [1]
    assert sizes(0.3) == [4, 1]
    assert sizes(2.0) == [64, 16, 4, 1]
    assert sizes(10.0) == sizes(1.0, 0.0) == [256, 64, 16, 4, 1]
    assert sizes(0.0) == sizes(0.0, 0.0) == [1]


def test_by_hand() -> None:
    # Of four units in a row two are wanted. 3 and 4 together cost 1 + 2 + 0.6 = 3.6; 1 and 3, which are cheaper, have
    # three sides: 1 + 1 + 3 x 0.6 = 3.8.
    program = Program(
        [-1.0, -4.0, -1.0, -2.0],
        [0, 1, 2],
        [1, 2, 3],
        [0.6, 0.6, 0.6],
        sparse.csr_array([[1.0, 1.0, 1.0, 1.0]]),
        [2.0],
        [NO],
        ("species",),
        [-1, -1, -1, -1],
    )
    answer = solve_units(program)
    assert answer.selected.tolist() == [False, False, True, True]
    assert answer.value == pytest.approx(-3.6)
    # At a worth y of the row unit 1 gives y - 1.6; 1, 3 and 4 give 3 y - 5.2; less 2 y both are -3.4 at y = 1.8,
    # where nothing else gives more: there the bound is lowest.
    assert answer.bound == pytest.approx(-3.4, rel=1e-4)
    assert answer.rows[0].multiplier == pytest.approx(1.8, rel=1e-2)


def test_all_locked() -> None:
    program = Program([2.0, 1.0], [0], [1], [0.5], sparse.csr_array([[1.0, 1.0]]), [1.0], [1.0], ("area",), [1, 0])
    answer = solve_units(program)
    assert (answer.value, answer.bound) == (1.5, 1.5)
    with pytest.raises(Conflict):
        solve_units(Program([2.0], [], [], [], sparse.csr_array([[1.0]]), [2.0], [NO], ("area",), [1]))
