"""Plans on a grid: against every subset of small grids, and recomputed from the mask alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shanshui.planning.answer import Answer
from shanshui.planning.conflicts import Conflict
from shanshui.planning.grid_plan import GridPlan, solve_grid

SIDE = 4
SUBSETS = ((np.arange(1 << SIDE * SIDE)[:, None] >> np.arange(SIDE * SIDE)) & 1).astype(bool)
KEPT = 1e-9


def random_plan(random: np.random.Generator) -> GridPlan:
    """A plan of 4 x 4 cells, with any of the rows, locks and holes."""
    shape = (SIDE, SIDE)
    value = random.integers(-3 if random.random() < 0.3 else 0, 10, shape).astype(np.float32)
    if random.random() < 0.5:
        value += random.random(shape, dtype=np.float32)
    mask = random.random(shape) > random.choice([0.0, 0.2])
    mask[0, 0] = True
    by_cell = random.random() < 0.3
    area = random.uniform(0.5, 2, shape).astype(np.float32) if by_cell else random.uniform(0.5, 2, SIDE)
    area = np.ones_like(area) if random.random() < 0.4 else area
    price = random.choice([0.0, 0.3, 1.0, 4.0])
    right, down = price * random.uniform(0.5, 1, SIDE), price * random.uniform(0.5, 1, SIDE)
    plan = GridPlan(value, mask, area, right, down, outside=bool(random.random() < 0.5))
    if random.random() < 0.3:
        plan = replace(plan, diagonal=0.7 * price * np.ones(SIDE))
    if random.random() < 0.3:
        along = [random.uniform(0, 2, shape).astype(np.float32) for _ in range(2)]
        plan = replace(plan, along_right=along[0], along_down=along[1])
    cells = np.broadcast_to(area[:, None] if area.ndim == 1 else area, shape).astype(np.float64)
    if random.random() < 0.5:
        chances = [0.1, 0.1, 0.8]
        plan = replace(plan, fixed=random.choice([0, 1, -1], shape, p=chances).astype(np.int8))
    if random.random() < 0.6:
        plan = replace(plan, budget=float(random.uniform(0.3, 1) * cells[mask].sum()))
    if random.random() < 0.3:
        plan = replace(plan, target=float(random.uniform(0, 0.5) * cells[mask].sum()))
    if random.random() < 0.6:
        group = random.integers(-1, 3, shape).astype(np.int16)
        share = random.choice([0.3, 0.5, 0.7384])
        needed = np.array([share * cells[mask & (group == number)].sum() for number in range(3)])
        plan = replace(plan, group=group, needed=needed)
    if random.random() < 0.4:
        amounts = random.integers(0, 4, (2, *shape)).astype(np.float32)
        plan = replace(plan, amounts=amounts, targets=random.uniform(0, 0.5, 2) * amounts[:, mask].sum(axis=1))
    return plan


def subsets_of(plan: GridPlan) -> np.ndarray:
    """Every subset of the cells that are a decision, with the locks (subsets, rows, columns)."""
    bits = np.arange(1 << SIDE * SIDE)
    here = (1 << np.arange(SIDE * SIDE)).reshape(SIDE, SIDE)
    never = here[~plan.mask].sum()
    always = 0
    if plan.fixed is not None:
        never += here[plan.mask & (plan.fixed == 0)].sum()
        always = here[plan.mask & (plan.fixed == 1)].sum()
    return SUBSETS[(bits & never == 0) & (bits & always == always)].reshape(-1, SIDE, SIDE)


def measure(plan: GridPlan, selected: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, boundary and whether it is allowed of many choices (choices, rows, columns), each summed by hand."""
    rows, columns = plan.mask.shape
    chosen = selected & plan.mask
    value = np.where(chosen, np.where(plan.mask, plan.value, 0).astype(np.float64), 0).sum(axis=(1, 2))
    boundary = np.zeros(len(selected))
    steps = [(0, 1, plan.right, plan.along_right), (1, 0, plan.down, plan.along_down)]
    if plan.diagonal is not None:
        steps += [(1, 1, plan.diagonal, None), (1, -1, plan.diagonal, None)]
    for down, aside, price, along in steps:
        for row in range(-1, rows):
            for column in range(-1, columns + 1):
                ends = (row, column), (row + down, column + aside)
                inside = [0 <= r < rows and 0 <= c < columns and plan.mask[r, c] for r, c in ends]
                on = [0 <= r < rows and 0 <= c < columns for r, c in ends]
                if not any(inside) or (not all(inside) and not plan.outside):
                    continue
                states = [
                    chosen[:, r, c] if i else np.zeros(len(chosen), bool)
                    for (r, c), i in zip(ends, inside, strict=True)
                ]
                this = price[max(row, 0)]
                if along is not None and all(on):
                    this = this * np.float64(along[row, column])
                boundary += this * (states[0] != states[1])
    area = plan.area[:, None] if plan.area.ndim == 1 else plan.area
    area = np.broadcast_to(area, plan.mask.shape).astype(np.float64)
    held = np.where(chosen, area, 0)
    whole = held.sum(axis=(1, 2))
    allowed = whole <= plan.budget + KEPT * abs(plan.budget)
    allowed &= whole >= plan.target - KEPT * abs(plan.target)
    for number, needed in enumerate(plan.needed):
        allowed &= np.where(plan.group == number, held, 0).sum(axis=(1, 2)) >= needed * (1 - KEPT)
    for number, needed in enumerate(plan.targets):
        amount = np.where(chosen, plan.amounts[number].astype(np.float64), 0).sum(axis=(1, 2))
        allowed &= amount >= needed * (1 - KEPT)
    if plan.fixed is not None:
        allowed &= (chosen | ~(plan.mask & (plan.fixed == 1))).all(axis=(1, 2))
        allowed &= (~chosen | (plan.fixed != 0)).all(axis=(1, 2))
    return value, boundary, allowed


def check(plan: GridPlan, answer: Answer) -> None:
    """The answer keeps every row, and its figures are those of its mask."""
    value, boundary, allowed = measure(plan, answer.selected[None])
    assert allowed[0]
    assert not (answer.selected & ~plan.mask).any()
    assert answer.weight_part == pytest.approx(value[0], abs=1e-9)
    assert answer.boundary_part == pytest.approx(boundary[0], abs=1e-9)
    assert answer.value <= answer.bound


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, 4))])
def test_no_subset_of_a_small_grid_is_better_than_the_bound(part: int) -> None:
    random = np.random.default_rng(part)
    solved = missed = 0
    gaps = []
    for _ in range(300):
        plan = random_plan(random)
        value, boundary, allowed = measure(plan, subsets_of(plan))
        best = (value - boundary)[allowed].max(initial=-np.inf)
        try:
            answer = solve_grid(plan, threads=1, rounds=30)
        except Conflict:
            # Only where there is no plan, or the few cells leave so little room that none was found.
            missed += bool(np.isfinite(best))
            continue
        check(plan, answer)
        assert answer.value <= best + 1e-9
        assert best <= answer.bound + 1e-9
        solved += 1
        gaps.append((best - answer.value) / max(abs(best), 1))
    assert solved > 200
    assert missed <= 3
    assert np.median(gaps) < 0.01


def hills(side: int, seed: int = 0) -> np.ndarray:
    """Rough hills, none below 0."""
    random = np.random.default_rng(seed)
    coarse = random.standard_normal((side // 10 + 1, side // 10 + 1))
    value = np.kron(coarse, np.ones((10, 10)))[:side, :side] + 0.7 * random.standard_normal((side, side))
    return np.maximum(value + 1.5, 0).astype(np.float32)


def large_plan(side: int = 90, price: float = 0.2, **changes: object) -> GridPlan:
    """Nine groups with a share, a budget, holes and locks."""
    random = np.random.default_rng(8)
    third = np.arange(side) * 3 // side
    group = (third[:, None] * 3 + third).astype(np.int16)
    group[::2, ::3] = -1
    mask = random.random((side, side)) > 0.05
    fixed = random.choice([0, 1, -1], (side, side), p=[0.02, 0.02, 0.96]).astype(np.int8)
    area = np.linspace(1, 1.2, side)
    cells = np.broadcast_to(area[:, None], mask.shape)
    held = mask & (group >= 0)
    needed = 0.45 * np.bincount(group[held], cells[held], 9)
    prices = price * np.linspace(1, 0.8, side)
    budget = 0.4 * float(cells[mask].sum())
    plan = GridPlan(hills(side), mask, area, prices, price * np.ones(side), budget=budget)
    return replace(plan, **{"group": group, "needed": needed, "fixed": fixed, **changes})


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({}, 0.003),
        ({"diagonal": 0.1 * np.ones(90)}, 0.004),
        ({"outside": False, "price": 1.0}, 0.08),
        ({"target": 2000.0}, 0.003),
    ],
)
def test_a_plan_recomputed_from_its_mask(changes: dict[str, object], gap: float) -> None:
    plan = large_plan(**changes)
    answer = solve_grid(plan, gap=gap / 4)
    check(plan, answer)
    assert answer.gap < gap
    again = solve_grid(plan, gap=gap / 4, threads=1)
    np.testing.assert_array_equal(answer.selected, again.selected)
    assert answer.bound == pytest.approx(again.bound, rel=1e-8)
    reached = {row.name: row.reached for row in answer.rows}
    chosen = answer.selected & plan.mask
    cells = np.broadcast_to(plan.area[:, None], chosen.shape)
    assert reached["area budget"] == pytest.approx(cells[chosen].sum())
    assert reached["group 4"] == pytest.approx(cells[chosen & (plan.group == 4)].sum())


def test_a_strong_price_leaves_a_small_gap() -> None:
    # A side costs more than twice the spread of the values: whole hills flip at one price, while each of nine groups
    # asks for a share. A plan from the cut with cells flipped alone leaves more than twice this gap.
    side = 100
    third = np.arange(side) * 3 // side
    group = (third[:, None] * 3 + third).astype(np.int16)
    plan = GridPlan(
        hills(side),
        np.ones((side, side), bool),
        np.ones(side),
        2.5 * np.ones(side),
        2.5 * np.ones(side),
        budget=0.45 * side * side,
        group=group,
        needed=0.42 * np.bincount(group.ravel()),
    )
    answer = solve_grid(plan)
    check(plan, answer)
    assert answer.gap < 0.015
    np.testing.assert_array_equal(answer.selected, solve_grid(plan, threads=1).selected)


@pytest.mark.slow
def test_features_that_overlap_reach_their_targets() -> None:
    amounts = np.stack([hills(90, seed) for seed in range(20, 32)])
    mask = large_plan().mask
    plan = large_plan(amounts=amounts, targets=0.4 * amounts[:, mask].sum(axis=1, dtype=np.float64))
    answer = solve_grid(plan, gap=0.001)
    check(plan, answer)
    assert answer.gap < 0.05
    paid = [row.multiplier for row in answer.rows if row.name.startswith("feature")]
    assert len(paid) == 12
    assert min(paid) < 0


def test_a_budget_by_hand() -> None:
    # Side price 1, four cells in a row of values 3, 1, 1, 4, no price outside. Room for two: 3 and 4 apart cost two
    # sides: 7 - 2 = 5; the last two together cost one: 5 - 1 = 4.
    value = np.array([[3, 1, 1, 4]], np.float32)
    plan = GridPlan(value, np.ones((1, 4), bool), np.ones(1), np.ones(1), np.ones(1), outside=False, budget=2.0)
    answer = solve_grid(plan)
    assert answer.selected.tolist() == [[True, False, False, True]]
    assert (answer.weight_part, answer.boundary_part) == (7.0, 2.0)
    # All four would be worth 9; a unit of area at a price of 2 gives (5 to 9 less 2 x 4) + 2 x 2 = 5 as the bound.
    assert answer.bound == pytest.approx(5.0, rel=0.2)


def test_without_rows_the_cut_alone_is_proven_best() -> None:
    value = hills(40)
    value -= 1
    plan = GridPlan(value, np.ones((40, 40), bool), np.ones(40), 0.3 * np.ones(40), 0.3 * np.ones(40))
    answer = solve_grid(plan)
    check(plan, answer)
    assert answer.gap < 1e-6
    assert answer.rows == ()


def test_what_is_outside_the_mask_is_not_looked_at() -> None:
    plan = large_plan()
    value = np.where(plan.mask, plan.value, np.nan).astype(np.float32)
    np.testing.assert_array_equal(solve_grid(replace(plan, value=value)).selected, solve_grid(plan).selected)


def test_rows_that_cannot_be_kept_are_named() -> None:
    plan = large_plan()
    with pytest.raises(Conflict, match="group 3 needs"):
        solve_grid(replace(plan, needed=np.where(np.arange(9) == 3, 1e6, 0)))
    with pytest.raises(Conflict, match="are locked in"):
        solve_grid(replace(plan, budget=10.0))
    with pytest.raises(Conflict, match="the groups or the target need"):
        solve_grid(replace(plan, budget=0.9 * float(plan.needed.sum())))
    with pytest.raises(Conflict, match="area target needs"):
        solve_grid(replace(plan, target=1e9, budget=np.inf))
    with pytest.raises(Conflict, match="feature 0 needs 5"):
        solve_grid(replace(plan, amounts=np.zeros((1, 90, 90), np.float32), targets=np.array([5.0])))


@pytest.mark.parametrize("state", [0, 1])
def test_where_every_cell_is_locked_nothing_is_left_to_decide(state: int) -> None:
    plan = large_plan(needed=np.zeros(9), budget=np.inf)
    answer = solve_grid(replace(plan, fixed=np.full(plan.mask.shape, state, np.int8)))
    np.testing.assert_array_equal(answer.selected, plan.mask & (state == 1))
    assert answer.gap < 1e-9


def test_a_grid_without_a_decision_has_an_empty_plan() -> None:
    plan = replace(large_plan(needed=np.zeros(9)), mask=np.zeros((90, 90), bool))
    answer = solve_grid(plan)
    assert not answer.selected.any()
    assert (answer.value, answer.gap) == (0, 0)
