"""The boundary of cells: along their sides, and in eight directions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.planning.carriers import Cells
from shanshui.planning.problem import Problem
from shanshui.planning.solve import grid_plan, solve

SIDE, CORNER = math.pi / 8, math.pi / 8 / math.sqrt(2)


def cells(mask, diagonals=True, width=None, height=None):
    rows = len(mask)
    one = np.ones(rows)
    return Cells(np.array(mask, bool), one, one if width is None else width, one if height is None else height,
                 diagonals=diagonals)  # fmt: skip


def test_one_cell_of_nine_parts_four_sides_and_four_corners():
    chosen = np.zeros((3, 3), bool)
    chosen[1, 1] = True
    assert cells(np.ones((3, 3))).boundary(chosen) == pytest.approx(4 * SIDE + 4 * CORNER)
    assert cells(np.ones((3, 3)), diagonals=False).boundary(chosen) == 4


def test_towards_no_data_the_boundary_is_outside():
    mask = [[True, True], [False, True]]
    # The first cell: sides up, left and down; corners up (2), left below, and towards the left of the row above.
    expected = [3 * SIDE + 3 * CORNER, 2 * SIDE + 4 * CORNER, 3 * SIDE + 3 * CORNER]
    assert cells(mask).outside() == pytest.approx(expected)
    first, second, length = cells(mask).edges()
    assert first.tolist() == [0, 1, 0]
    assert second.tolist() == [1, 2, 2]
    assert length == pytest.approx([SIDE, SIDE, CORNER])


@pytest.mark.parametrize("degrees", [0, 10, 22.5, 30, 45, 60, 80])
@pytest.mark.parametrize(("width", "height"), [(1.0, 1.0), (1.0, 1.3)])
def test_a_straight_boundary_is_as_long_as_it_is_whatever_its_direction(degrees, width, height):
    size, angle = 400, math.radians(degrees)
    row, column = np.indices((size, size))
    chosen = (column - size / 2) * width * math.cos(angle) + (row - size / 2) * height * math.sin(angle) > 0.01
    grid = cells(np.ones((size, size)), width=np.full(size, width), height=np.full(size, height))
    # The line through the middle that is at right angles to (cos, sin), from edge to edge.
    along = (size * height / 2 / max(abs(math.cos(angle)), 1e-9), size * width / 2 / max(abs(math.sin(angle)), 1e-9))
    assert grid.boundary(chosen) == pytest.approx(2 * min(along), rel=0.06 if height == 1 else 0.08)


@settings(deadline=None, max_examples=60)
@given(arrays(np.bool_, (4, 5)), arrays(np.bool_, (4, 5)), st.booleans())
def test_edges_and_outside_make_up_the_boundary_of_every_choice(mask, chosen, diagonals):
    chosen = chosen & mask
    grid = cells(mask, diagonals, np.array([1.0, 1.1, 1.2, 1.3]), np.array([0.9, 0.8, 1.0, 1.1]))
    if not mask.any():
        return
    first, second, length = grid.edges()
    picked = chosen[mask]
    assert grid.boundary(chosen) == pytest.approx(length[picked[first] != picked[second]].sum())
    # A choice on a larger grid where all is data: its outside is boundary too, but for the rows beyond the grid.
    everywhere = np.pad(mask, 1)
    rows = [1.0, 1.0, 1.1, 1.2, 1.3, 1.3], [0.9, 0.9, 0.8, 1.0, 1.1, 1.1]
    larger = cells(np.ones_like(everywhere), diagonals, *(np.array(side) for side in rows))
    whole = grid.boundary(chosen) + grid.outside()[picked].sum()
    assert whole == pytest.approx(larger.boundary(np.pad(chosen, 1)), rel=2e-2)


def test_the_solver_of_grids_has_the_same_boundary_as_the_compiled_plan():
    random = np.random.default_rng(3)
    mask = random.random((30, 30)) > 0.1
    plan = Problem(cells(mask, width=np.linspace(1, 1.2, 30))).maximise(random.random((30, 30)).astype(np.float32))
    plan = plan.area_budget(300).boundary_price(0.3)
    answer = solve(plan)
    program = plan.compile()
    weight, boundary = program.parts(answer.selected[mask])
    assert answer.value == pytest.approx(weight - boundary, rel=1e-9)
    assert grid_plan(plan).diagonal is not None
    assert answer.bound >= answer.value
    # Squares are no better than the octagons that eight directions allow.
    flat = Problem(cells(mask, False, np.linspace(1, 1.2, 30))).maximise(plan.of(type(plan.terms[0]))[0].values)
    other = solve(flat.area_budget(300).boundary_price(0.3))
    assert answer.value >= weight_of(program, other.selected[mask]) - 1e-9


def weight_of(program, selected):
    weight, boundary = program.parts(selected)
    return weight - boundary
