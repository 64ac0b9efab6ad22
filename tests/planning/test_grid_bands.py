"""Choices moved near their boundary: prices and locks by hand."""

from __future__ import annotations

import numpy as np
import pytest

from shanshui.planning.grid_bands import BandPrices, lock_far, move_near
from shanshui.planning.grid_board import GridBoard, GridPlan

INF = np.inf


def test_cells_near_a_boundary_stay_free() -> None:
    # A square of 3 x 3 in 7 x 7: at distance 1 the eight cells of its ring and the twelve that share a side with it.
    selected = np.zeros((7, 7), bool)
    selected[2:5, 2:5] = True
    mask = np.ones((7, 7), bool)
    ring = selected.copy()
    ring[3, 3] = False
    around = np.zeros((7, 7), bool)
    around[1, 2:5] = around[5, 2:5] = around[2:5, 1] = around[2:5, 5] = True
    locks = lock_far(selected, mask, 1)
    np.testing.assert_array_equal(locks == -1, ring | around)
    assert locks[3, 3] == 1
    assert locks[0, 0] == locks[1, 1] == 0
    # At distance 2 all but the four corners of the grid: they are two steps from the nearest cell with a side.
    np.testing.assert_array_equal(
        np.argwhere(lock_far(selected, mask, 2) != -1).tolist(), [[0, 0], [0, 6], [6, 0], [6, 6]]
    )
    # No decision next to it, no boundary.
    assert (lock_far(selected, selected, 1) == selected).all()


def test_prices_of_area_are_halved_between_too_little_and_too_much() -> None:
    # A group that asks for 5, a budget of 8, a feature that asks for 2; prices 3, 1 and 2: steps of 0.015 x 2 = 0.03.
    limits = np.array([5.0, -INF, -INF, 8.0, 2.0])
    prices = BandPrices(np.array([3.0, 0.0, 0.0, 1.0, 2.0]), limits, 1)
    # The group lacks 1, of the budget 2 are left, the feature has enough. Area in the group costs 3 - 1 = 2: now 2.03.
    # The budget's price falls by 0.03 to 0.97, so the group's is 2.03 + 0.97 = 3. The feature's falls to 1.97.
    step = prices.step(np.array([4.0, 2.0, 6.0, 6.0, 3.0]))
    np.testing.assert_allclose(step, [3.0, 0, 0, 0.97, 1.97])
    # Still too little of the first two: steps of 0.06. The feature lacks 1: half way between 1.97 and 2.
    step = prices.step(np.array([4.5, 2.0, 6.5, 6.5, 1.0]))
    np.testing.assert_allclose(step, [2.09 + 0.91, 0, 0, 0.91, 1.985])
    # Too much in the group and altogether: half way between 2.03 and 2.09; between 0.97 and 0.91. What is reached
    # exactly keeps its price.
    step = prices.step(np.array([6.0, 3.0, 9.0, 9.0, 2.0]))
    np.testing.assert_allclose(step, [2.06 + 0.94, 0, 0, 0.94, 1.985])
    # The group was missed least by 0.5, at the second price; the whole by 1, at the third; the feature not at all.
    np.testing.assert_allclose(prices.nearest(), [2.03 + 0.91, 0, 0, 0.91, 1.985])


def test_a_price_is_never_below_0_nor_beyond_its_reach() -> None:
    limits = np.array([5.0, -INF, 3.0, INF])
    prices = BandPrices(np.array([1.0, 0.0, 0.0, 0.0]), limits, 1)
    for _ in range(30):
        step = prices.step(np.array([4.0, 0.0, 4.0, 4.0]))
    # Ten times the mean of the prices above 0, added to the first one.
    np.testing.assert_allclose(step, [11.0, 0, 0, 0])
    prices = BandPrices(np.array([1.0, 0.0, 0.5, 0.0]), limits, 1)
    for _ in range(30):
        step = prices.step(np.array([6.0, 0.0, 6.0, 6.0]))
        assert (step >= 0).all()
    np.testing.assert_allclose(step, 0, atol=1e-9)
    # The target lacks 1 at no price: it gets one.
    prices = BandPrices(np.zeros(4), limits, 1)
    assert prices.step(np.array([2.0, 0.0, 2.0, 2.0]))[2] == pytest.approx(0.015)


def test_a_blob_that_flips_at_one_price_is_cut_to_size() -> None:
    # Twenty cells of value 1 in a row, the sides between them 2, none outside; a budget for ten. A cut alone takes all
    # or none: 20 x (1 - p) against 0. Near the boundary of the first eight a cut takes one to the right or not:
    # all gains are the same, so at a distance of 3 the boundary moves by 3 either way, and never farther.
    value = np.ones((1, 20), np.float32)
    plan = GridPlan(value, np.ones((1, 20), bool), np.ones(1), 2 * np.ones(1), np.ones(1), outside=False, budget=10.0)
    selected = np.zeros((1, 20), bool)
    selected[0, :8] = True
    start = np.array([0.0, 0.0, 1.1])
    met = list(move_near(GridBoard(plan, 1), selected, start, 3, 8))
    assert len(met) == 8
    sizes = [int(chosen.sum()) for _, chosen in met]
    assert set(sizes) == {5, 11}
    # Missed by 10 - 5 = 5 and by 11 - 10 = 1 at the price of 1.1.
    assert {round(miss, 9) for miss, _ in met} == {5.5, 1.1}
    for _, chosen in met:
        assert chosen[0, :5].all()
        assert not chosen[0, 11:].any()
    # The last cut is made at the price where least was missed.
    assert sizes[-1] == 11


def test_locks_of_the_plan_stay() -> None:
    fixed = np.full((1, 20), -1, np.int8)
    fixed[0, 9] = 0
    fixed[0, 6] = 1
    plan = GridPlan(
        np.ones((1, 20), np.float32),
        np.ones((1, 20), bool),
        np.ones(1),
        0.1 * np.ones(1),
        np.ones(1),
        budget=12.0,
        fixed=fixed,
    )
    selected = np.zeros((1, 20), bool)
    selected[0, 4:8] = True
    for _, chosen in move_near(GridBoard(plan, 1), selected, np.array([0.0, 0.0, 0.5]), 4, 6):
        assert chosen[0, 6]
        assert not chosen[0, 9]
