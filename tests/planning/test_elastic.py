"""Limits that give: by hand, against one plain linear program, and the proof by prices worked out apart."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from shanshui.planning.elastic import NOTHING, Elastic


def limits(seed: int, budget: float, count: int = 2_000, rows: int = 15) -> tuple[np.ndarray, np.ndarray]:
    """A budget as a share of what all units take, and 30 % of each feature; a tenth of the amounts are there."""
    random = np.random.default_rng(seed)
    area = random.uniform(0.5, 1.5, count)
    amount = random.lognormal(0, 1, (rows, count)) * (random.random((rows, count)) < 0.1)
    matrix = np.vstack([area / (budget * area.sum()), -amount / (0.3 * amount.sum(axis=1, keepdims=True))])
    return matrix, np.r_[1.0, [-1.0] * rows]


def plain(matrix, most, cost, low, high) -> float:
    counted = cost > 0
    gives = np.hstack([matrix[counted], -np.eye(counted.sum())])
    bounds = [*zip(low, high, strict=True), *[(0, None)] * counted.sum()]
    return float(linprog(np.r_[np.zeros(len(low)), cost[counted]], gives, most[counted], bounds=bounds).fun)


def test_by_hand():
    """Three units of 1; at most 1 and at least 2. With 1 of them the second gives by half, with 2 the first by 1."""
    elastic = Elastic(sparse.csr_array([[1.0, 1.0, 1.0], [-0.5, -0.5, -0.5]]), np.array([1.0, -1.0]))
    given = elastic.least(np.ones(2), np.zeros(3), np.ones(3))
    assert given.value == pytest.approx(0.5)
    assert given.least == pytest.approx(0.5)
    assert given.prices == pytest.approx([0.5, 1.0])
    assert given.gains == pytest.approx([0.0, 0.0, 0.0])
    assert given.shares.sum() == pytest.approx(1)
    # Where the first gives at a quarter of the cost, it is the first that gives: 1/4 instead of 1/2.
    given = elastic.least(np.array([0.25, 1.0]), np.zeros(3), np.ones(3))
    assert given.value == pytest.approx(0.25)
    assert given.prices == pytest.approx([0.25, 0.5])
    # With all three locked in, the first gives by 2, whatever is chosen.
    assert elastic.least(np.ones(2), np.ones(3), np.ones(3)).least == pytest.approx(2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("core", [40, 200, 5_000])
def test_against_one_plain_program(seed, core):
    matrix, most = limits(seed, 0.04)
    random = np.random.default_rng(seed)
    low, high = np.zeros(2_000), np.ones(2_000)
    low[random.random(2_000) < 0.02] = 1
    high[(random.random(2_000) < 0.1) & (low == 0)] = 0
    elastic = Elastic(sparse.csr_array(matrix), most, core=core)
    cost = np.r_[1.0, random.choice([0.0, 0.5, 1.0], 15)]
    given = elastic.least(cost, low, high)
    least = plain(matrix, most, cost, low, high)
    assert least > 0.01
    assert given.value == pytest.approx(least, rel=1e-6)
    assert given.least == pytest.approx(least, rel=1e-6)
    assert given.least <= least + 1e-12
    # The shares cost the value, and the prices prove the least.
    assert cost @ np.maximum(matrix @ given.shares - most, 0) == pytest.approx(given.value)
    assert ((given.shares >= low) & (given.shares <= high)).all()
    assert ((given.prices >= 0) & (given.prices <= cost)).all()
    gains = given.prices @ matrix
    assert np.minimum(gains * low, gains * high).sum() - given.prices @ most == pytest.approx(given.least, abs=1e-12)
    # Another problem, begun from these prices.
    cost = np.r_[1.0, np.ones(15)]
    again = elastic.least(cost, low, high, prices=given.prices)
    assert again.least == pytest.approx(plain(matrix, most, cost, low, high), rel=1e-6)
    # Asked only whether anything gives, it proves that, and no more than is true.
    some = elastic.least(cost, low, high, enough=NOTHING)
    assert NOTHING < some.least <= again.least * (1 + 1e-6)


@pytest.mark.parametrize("budget", [0.28, 0.4, 0.9])
def test_limits_that_can_be_kept(budget):
    matrix, most = limits(5, budget, 6_000)
    given = Elastic(sparse.csr_array(matrix), most, core=300).least(np.ones(16), np.zeros(6_000), np.ones(6_000))
    assert given.value <= NOTHING
    assert given.least <= NOTHING
    assert (matrix @ given.shares <= most + NOTHING).all()


def test_what_is_given_when_the_time_is_over_still_holds():
    matrix, most = limits(6, 0.05, 6_000)
    elastic = Elastic(sparse.csr_array(matrix), most, core=300)
    box = np.zeros(6_000), np.ones(6_000)
    full = elastic.least(np.ones(16), *box)
    cut = elastic.least(np.ones(16), *box, end=time.monotonic())
    assert cut.least <= full.least <= cut.value
    assert np.maximum(matrix @ cut.shares - most, 0).sum() == pytest.approx(cut.value)
