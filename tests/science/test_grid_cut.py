"""The cut of a grid: against every subset, against scipy's maximum flow, and against itself solved anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from shanshui.science import grid_cut, grid_cut_trees
from shanshui.science.grid_cut import GREATEST_PRICE, GridCut

STEPS = [(0, 1), (1, 0), (1, 1), (1, -1)]
SIDE = 4
SUBSETS = ((np.arange(1 << SIDE * SIDE)[:, None] >> np.arange(SIDE * SIDE)) & 1).astype(np.int16)
# Differences between the two cells of every side, for every subset: 0 or 1.
BOARD = SUBSETS.reshape(-1, SIDE, SIDE)


def edges(prices: list[np.ndarray], holes: np.ndarray) -> list[tuple[tuple[int, int], tuple[int, int], int]]:
    rows, columns = holes.shape
    found = []
    for (down, aside), price in zip(STEPS, prices, strict=False):
        for row in range(rows):
            for column in range(columns):
                below, beside = row + down, column + aside
                if below < rows and 0 <= beside < columns and not holes[row, column] and not holes[below, beside]:
                    found.append(((row, column), (below, beside), int(price[row, column])))
    return found


def random_grid(random, rows, columns, directions, greatest, price, share_of_holes):
    holes = random.random((rows, columns)) < share_of_holes
    gain = random.integers(-greatest, greatest + 1, (rows, columns)).astype(np.int32)
    gain[holes] = 0
    prices = [random.integers(0, price + 1, (rows, columns)).astype(np.int32) for _ in range(directions // 2)]
    return gain, prices, holes


def solved(gain, prices, holes, threads=1):
    cut = GridCut(gain.shape, *prices, holes=holes)
    cut.residual += gain
    return cut, cut.solve(threads)


@pytest.mark.parametrize("directions", [4, 8])
def test_no_subset_of_4_x_4_cells_is_better(directions: int) -> None:
    random = np.random.default_rng(directions)
    differ = {}
    for down, aside in STEPS:
        for row in range(SIDE - down):
            for column in range(max(0, -aside), SIDE - max(0, aside)):
                ends = (row, column), (row + down, column + aside)
                differ[ends] = BOARD[:, row, column] != BOARD[:, row + down, column + aside]
    for case in range(1000):
        greatest, price = random.choice([1, 2, 9, 50]), random.choice([0, 1, 3, 20])
        gain, prices, holes = random_grid(random, SIDE, SIDE, directions, greatest, price, random.choice([0, 0.2, 0.5]))
        value = SUBSETS @ gain.ravel()
        for first, second, amount in edges(prices, holes):
            if amount:
                value = value - amount * differ[first, second]
        value[(SUBSETS[:, holes.ravel()] > 0).any(axis=1)] = -(10**6)
        best = BOARD[value == value.max()]
        cut, reached = solved(gain, prices, holes, threads=1 + case % 2)
        assert reached == value.max()
        # The best sets have a smallest and a greatest member.
        np.testing.assert_array_equal(cut.chosen(), best.all(axis=0))
        np.testing.assert_array_equal(cut.greatest() & ~holes, best.any(axis=0))


def flow_by_scipy(gain, prices, holes) -> int:
    """The greatest value is the sum of positive gains less the minimum cut."""
    number = np.arange(gain.size).reshape(gain.shape)
    source, sink = gain.size, gain.size + 1
    first, second, amount = [], [], []
    for one, other, price in edges(prices, holes):
        first += [number[one], number[other]]
        second += [number[other], number[one]]
        amount += [price, price]
    for cell, worth in zip(number.ravel(), gain.ravel(), strict=True):
        first.append(source if worth > 0 else cell)
        second.append(cell if worth > 0 else sink)
        amount.append(abs(int(worth)))
    graph = sparse.csr_array((np.array(amount, np.int32), (first, second)), shape=(gain.size + 2,) * 2)
    return int(np.maximum(gain, 0).sum()) - int(maximum_flow(sparse.csr_matrix(graph), source, sink).flow_value)


@pytest.mark.parametrize("directions", [4, 8])
def test_scipy_finds_the_same_value(directions: int) -> None:
    random = np.random.default_rng(3 + directions)
    for _ in range(40):
        rows, columns = random.integers(1, 61, 2)
        greatest, price = random.choice([1, 10, 10000]), random.choice([1, 10, 1000, 50000])
        grid = random_grid(random, rows, columns, directions, greatest, price, random.choice([0, 0.1, 0.4]))
        assert solved(*grid, threads=random.integers(1, 4))[1] == flow_by_scipy(*grid)


@pytest.mark.parametrize("directions", [4, 8])
def test_solved_again_is_solved_anew_on_any_number_of_threads(directions: int) -> None:
    random = np.random.default_rng(5 + directions)
    for _ in range(25):
        rows, columns = random.integers(1, 40, 2)
        greatest, price = random.choice([3, 100, 10000]), random.choice([1, 30, 5000])
        gain, prices, holes = random_grid(random, rows, columns, directions, greatest, price, random.choice([0, 0.3]))
        kept = [GridCut(gain.shape, *prices, holes=holes) for _ in range(3)]
        now = np.zeros_like(gain)
        for change in range(30):
            if change % 5 == 0:
                new = random.integers(-greatest, greatest + 1, gain.shape).astype(np.int32)
            else:
                new = now + np.int32(random.integers(-greatest // 3 - 1, greatest // 3 + 2)) * (
                    random.random(gain.shape) < random.choice([0.1, 1])
                )
            new = np.where(holes, 0, new).astype(np.int32)
            cold, value = solved(new, prices, holes)
            for threads, cut in enumerate(kept, start=1):
                cut.residual += new - now
                assert cut.solve(threads) == value
                np.testing.assert_array_equal(cut.chosen(), cold.chosen())
                np.testing.assert_array_equal(cut.greatest(), cold.greatest())
            now = new


def test_a_row_of_cells_by_hand() -> None:
    # Both ends are worth 5 and 4; the middle costs 3. Both ends apart: 5 + 4 - 2 x 2 = 5; all three: 6.
    cut = GridCut((1, 3), right=2, down=0)
    cut.residual += np.array([[5, -3, 4]], np.int32)
    assert cut.solve() == 6
    assert cut.chosen().tolist() == [[True, True, True]]
    # At 4 more the middle costs 7: apart they are worth 5, together 2.
    cut.residual[0, 1] -= 4
    assert cut.solve() == 5
    assert cut.chosen().tolist() == [[True, False, True]]


def test_of_equal_sets_the_smallest_is_chosen() -> None:
    # With the second cell: 3 - 1 - 1 = 1 (its own gain -1, the side to the third 1); without it: 3 - 2 = 1.
    cut = GridCut((1, 3), right=np.array([[2, 1, 0]], np.int32), down=0)
    cut.residual += np.array([[3, -1, -9]], np.int32)
    assert cut.solve() == 1
    assert cut.chosen().tolist() == [[True, False, False]]
    assert cut.greatest().tolist() == [[True, True, False]]


def test_nothing_flows_through_a_hole() -> None:
    cut = GridCut((1, 3), right=9, down=9, holes=np.array([[False, True, False]]))
    cut.residual += np.array([[4, 0, -4]], np.int32)
    assert cut.solve() == 4
    assert cut.chosen().tolist() == [[True, False, False]]


def test_steps_to_the_right_and_to_the_left_below_have_their_own_prices() -> None:
    for right_price, left_price, expected in ((3, 0, 7), (0, 3, 10)):
        cut = GridCut((2, 2), 0, 0, right_price, left_price)
        cut.residual += np.array([[10, -20], [-20, -20]], np.int32)
        assert cut.solve() == expected


@pytest.mark.parametrize("price", [-1, GREATEST_PRICE + 1])
def test_a_price_out_of_range_is_refused(price: int) -> None:
    with pytest.raises(ValueError, match="a price must lie between 0 and"):
        GridCut((2, 2), price, 0)
    GridCut((2, 2), 0, GREATEST_PRICE)


def test_the_greatest_prices_and_gains_do_not_overflow() -> None:
    most = GREATEST_PRICE
    cut = GridCut((1, 2), most, 0)
    cut.residual += np.array([[2 * most, -2 * most]], np.int32)
    assert cut.solve() == most
    cut.residual += np.array([[0, 2 * most]], np.int32)
    assert cut.solve() == 2 * most


def test_more_active_cells_than_there_is_room_for_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    # The search of plain Python with room for 8 cells, in tiles of 2 x 2, beside the compiled one.
    for name in ("fill_capacity", "meet_neighbours", "settle_roots", "grow_trees"):
        monkeypatch.setattr(grid_cut, name, getattr(grid_cut_trees, name).py_func)
    for name in ("_adopt", "_with_room"):
        monkeypatch.setattr(grid_cut_trees, name, getattr(grid_cut_trees, name).py_func)
    monkeypatch.setattr(grid_cut_trees, "WAITING", 8)
    monkeypatch.setattr(grid_cut_trees, "TILE", 2)
    random = np.random.default_rng(11)
    for _ in range(20):
        grid = random_grid(random, 12, 13, 4, 40, 30, 0.1)
        assert solved(*grid, threads=2)[1] == flow_by_scipy(*grid)


def test_a_full_clock_begins_anew() -> None:
    random = np.random.default_rng(12)
    gain, prices, holes = random_grid(random, 20, 20, 4, 40, 30, 0.1)
    cut, value = solved(gain, prices, holes)
    cut._clock = 2**30 + 1
    cut.residual += np.where(holes, 0, 5).astype(np.int32)
    assert cut.solve() == solved(np.where(holes, 0, gain + 5).astype(np.int32), prices, holes)[1]
    assert cut._clock < 2**20
    assert value >= 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_more_gain_never_drops_a_cell(seed: int, rows: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    gain, prices, holes = random_grid(random, rows, columns, 4, 20, 8, 0.2)
    cut, value = solved(gain, prices, holes)
    before = cut.chosen()
    more = np.where(holes, 0, random.integers(0, 6, gain.shape)).astype(np.int32)
    cut.residual += more
    assert value <= cut.solve() <= value + more.sum()
    assert (cut.chosen() >= before).all()
