"""Penalties of broken rows: by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from shanshui.planning.free_part import FreePart, free_part
from shanshui.planning.penalties import Penalties, learn, margins, penalty, weights
from shanshui.planning.program import Program

NO = np.inf


def part_of(matrix: list[list[float]], lower: list[float], upper: list[float]) -> FreePart:
    count = len(matrix[0])
    names = tuple("abcdef"[: len(matrix)])
    return free_part(
        Program(
            np.full(count, -3.0), [0], [1], [2.0], sparse.csr_array(matrix), lower, upper, names, np.full(count, -1)
        )
    )


def test_penalty() -> None:
    # 2 short of 10: (3 + 0.5 x 2)^2 / (2 x 0.5) = 16; at the limit 9; beyond 10 + 3 / 0.5 = 16 nothing.
    assert penalty(8.0, 10.0, NO, 3.0, 0.0, 0.5) == pytest.approx(16)
    assert penalty(10.0, 10.0, NO, 3.0, 0.0, 0.5) == pytest.approx(9)
    assert penalty(12.0, 10.0, NO, 3.0, 0.0, 0.5) == pytest.approx(4)
    assert penalty(16.0, 10.0, NO, 3.0, 0.0, 0.5) == 0
    assert penalty(40.0, 10.0, NO, 3.0, 0.0, 0.5) == 0
    # 1 above 20: (4 + 0.5)^2 = 20.25; 8 below it nothing.
    assert penalty(21.0, -NO, 20.0, 0.0, 4.0, 0.5) == pytest.approx(20.25)
    assert penalty(12.0, -NO, 20.0, 0.0, 4.0, 0.5) == 0
    # Both limits at once, wanted alike: (1 + 0.5)^2 + (4 - 0.5)^2, over 2 x 0.5.
    assert penalty(9.0, 10.0, 10.0, 1.0, 4.0, 0.5) == pytest.approx(1.5**2 + 3.5**2)


def test_margins() -> None:
    # A thousandth of what is there: 4 x 500 = 2,000; one unit of many: 3,000 / 3,000; a thousandth of the distance.
    many = [[1.0] * 3000]
    assert margins(part_of([[500.0] * 4], [700.0], [NO])) == pytest.approx([2.0])
    assert margins(part_of(many, [700.0], [NO])) == pytest.approx([1.0])
    assert margins(part_of(many, [700.0], [701.0])) == pytest.approx([0.001], rel=1e-4)


def test_weights() -> None:
    part = part_of([[1.0, 1.0], [4.0, 6.0], [5.0, 0.0], [2.0, -2.0], [0.0, 0.0]], [0.5] * 5, [NO] * 5)
    # In all: 2 x 3 = 6, 10 x 0.2 = 2, 5 x 2 = 10, 4 x 0.1 = 0.4; middle (2 + 6) / 2 = 4, of which a tenth is 0.4.
    assert weights(part, np.array([3.0, -0.2, 2.0, 0.1, 0.0])) == pytest.approx([3.0, 0.2, 2.0, 0.1, 0.4])
    assert weights(part, np.array([3.0, -0.2, 2.0, 0.0, 0.0])) == pytest.approx([3.0, 0.2, 2.0, 0.15, 0.6])
    # Nothing is worth anything: a tenth of weights and edges, 2 x 3 + 2 = 8.
    assert weights(part, np.zeros(5)) == pytest.approx([0.4, 0.08, 0.16, 0.2, 0.8])


def test_beginning() -> None:
    row = [1.0] * 3000
    part = part_of([row, row, row, row, row], [1000.0, -NO, 10.0, 0.0, 9000.0], [NO, 2000.0, NO, 2500.0, NO])
    found = Penalties.of(part, np.array([2.0, -3.0, 0.5, -1.0, 1.0]))
    assert found.lower == pytest.approx([1001, -NO, 11, 1, 9001])
    assert found.upper == pytest.approx([NO, 1999, NO, 2499, NO])
    assert found.short.tolist() == [2, 0, 0.5, 0, 1]
    assert found.over.tolist() == [0, 3, 0, 1, 0]
    # A twentieth of the limit, of the greater one, of no more than there is (3,000), and no less than one unit.
    assert 1 / found.stiffness == pytest.approx([1001 / 20 / 2, 1999 / 20 / 3, 1 / 0.5, 2499 / 20, 3000 / 20])


def test_learning() -> None:
    lower, upper = np.array([10.0, -NO, 10.0, -NO]), np.array([NO, 20.0, NO, 20.0])
    short, over, stiffness = np.array([1.0, 0, 0.1, 0]), np.array([0, 2.0, 0, 0.1]), np.full(4, 0.5)
    learn(np.array([6.0, 30.0, 15.0, 15.0]), lower, upper, short, over, stiffness)
    # 1 + 0.1 x 0.5 x 4; 2 + 0.1 x 0.5 x 10; what has room falls by 0.25, not below 0.
    assert short == pytest.approx([1.2, 0, 0, 0])
    assert over == pytest.approx([0, 2.5, 0, 0])
    learn(np.array([12.0, 18.0, 10.0, 20.0]), lower, upper, short, over, stiffness)
    assert short == pytest.approx([1.1, 0, 0, 0])
    assert over == pytest.approx([0, 2.4, 0, 0])
