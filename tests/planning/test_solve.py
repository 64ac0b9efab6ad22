"""The same plan by every solver, refusals in words, and what a reader of the answer is told."""

from __future__ import annotations

import numpy as np
import pytest

from shanshui.base.errors import StudyError
from shanshui.planning import solve as solving
from shanshui.planning.carriers import Cells, Units
from shanshui.planning.conflicts import Conflict
from shanshui.planning.problem import Problem
from shanshui.planning.solve import explained, grid_plan, solve

from .plans import CHOICES, PARTS, small_plan


@pytest.mark.parametrize("seed", range(6))
def test_exact_units_and_grid_bracket_the_optimum(monkeypatch, seed):
    plan = small_plan(seed, frozenset(PARTS) - ({"target"} if seed % 2 else set()))
    problem, feasible = plan.problem(), plan.feasible()
    if not feasible.any():
        pytest.skip("no choice keeps this one")
    best = plan.values()[feasible].max()
    exact = solve(problem)
    assert exact.value == pytest.approx(best, abs=1e-8)
    assert exact.selected.shape == (4, 4)
    monkeypatch.setattr(solving, "EXACT_UNITS_WITH_EDGES", 0)
    grid = solve(problem)
    chosen = int(np.flatnonzero((grid.selected.ravel() == CHOICES).all(1))[0])
    assert feasible[chosen]
    # The grid holds numbers in float32.
    assert grid.value == pytest.approx(plan.values()[chosen], abs=1e-5)
    assert grid.value <= best + 1e-5
    assert grid.bound >= best - 1e-5
    assert {row.name for row in grid.rows} >= set(plan.rows())


@pytest.mark.parametrize("seed", range(4))
def test_a_large_plan_of_units_goes_to_the_relaxation(monkeypatch, seed):
    plan = small_plan(seed, frozenset({"budget", "shares", "features", "boundary"}))
    program = plan.problem().compile()
    cells = plan.problem().carrier
    units = Units(plan.area.ravel(), *cells.edges(), exposed=cells.outside())
    problem = (
        Problem(units).maximise(plan.value.ravel()).area_budget(plan.budget).minimum_share(plan.group.ravel(), 0.3)
    )
    problem = problem.target("crane", plan.feature[0].ravel(), share=0.4).boundary_price(plan.price)
    problem = problem.target("panda", plan.feature[1].ravel(), least=plan.feature_least)
    np.testing.assert_allclose(problem.compile().matrix.toarray(), program.matrix.toarray())
    np.testing.assert_allclose(problem.compile().weight, program.weight)
    best = plan.values()[plan.feasible()].max()
    assert solve(problem).value == pytest.approx(best, abs=1e-8)
    monkeypatch.setattr(solving, "EXACT_UNITS_WITH_EDGES", 0)
    answer = solve(problem)
    assert answer.value <= best + 1e-8
    assert answer.bound >= best - 1e-8


def test_without_a_price_the_limit_of_exactness_is_another(monkeypatch):
    problem = small_plan(1, frozenset({"budget"})).problem()
    monkeypatch.setattr(solving, "EXACT_UNITS_WITH_EDGES", 0)
    assert solve(problem).solver == "HiGHS"
    monkeypatch.setattr(solving, "EXACT_UNITS", 0)
    assert solve(problem).solver != "HiGHS"


def test_a_search_that_ends_early_is_joined_by_the_relaxation(monkeypatch):
    plan = small_plan(0, frozenset({"budget", "shares", "boundary"}))
    exact = solving.solve_exact

    def early(program, *, seconds):
        # What a search gives that stopped at its first plan: nothing but what it must, and a bound far above.
        from dataclasses import replace

        return replace(exact(program, seconds=seconds), bound=99.0)

    monkeypatch.setattr(solving, "solve_exact", early)
    best = plan.values()[plan.feasible()].max()
    answer = solve(plan.problem())
    assert answer.value == pytest.approx(best, abs=1e-8)
    assert best - 1e-8 <= answer.bound < 99


def four() -> Problem:
    return Problem(Units([1, 2, 3, 4], [0, 1, 2], [1, 2, 3], [1, 1, 1])).maximise([4, 3, 2, 1])


def test_all_faults_are_refused_at_once():
    with pytest.raises(StudyError) as raised:
        solve(four().area_target(99).target("crane", [0, 0, 0, 0], share=0.5).boundary_price(-1))
    assert [problem.key for problem in raised.value.problems] == [
        "red_line.area_target",
        "red_line.boundary_price",
        "red_line.target.crane",
    ]


def test_a_conflict_names_the_locks():
    """Of the 7 km2 of groups 2 the town takes 4; 80 % are 5.6."""
    problem = four().minimum_share([1, 1, 2, 2], {2: 0.8}).locked_out([False, False, False, True], "town")
    with pytest.raises(Conflict) as raised:
        solve(problem)
    assert raised.value.conflicts == (("share of function area 2", "town locked out"),)
    assert str(raised.value) == (
        "red_line: share of function area 2 needs 80 % (5.6 km2), the plan lets it have 3 km2 because 4 km2 are locked "
        "out (town); lower share of function area 2 to 42.8571 % (3 km2), or free 4 km2 of town"
    )


def test_a_budget_below_the_locks_is_a_conflict_and_an_empty_plan_a_fault():
    with pytest.raises(Conflict, match=r"area budget allows 2 km2, but 7 km2 are locked in \(park\)"):
        solve(four().area_budget(2).locked_in([False, False, True, True], "park"))
    with pytest.raises(StudyError, match="the plan would be empty") as raised:
        solve(four().area_budget(0.5))
    assert not isinstance(raised.value, Conflict)


def test_a_large_grid_is_explained_by_its_classes(monkeypatch):
    """A 40 x 40 grid of 1 km2: group 0 is its upper half, 800 km2, of which the town takes 400."""
    rows = np.arange(1600).reshape(40, 40) // 40
    value = np.random.default_rng(0).random((40, 40))
    cells = Cells(np.ones((40, 40), bool), np.ones(40), np.ones(40), np.ones(40))
    problem = Problem(cells).maximise(value).minimum_share((rows >= 20).astype(int), {0: 0.7384, 1: 0.25})
    problem = problem.locked_out((rows >= 10) & (rows < 20), "town").area_budget(1000).boundary_price(0.01)
    monkeypatch.setattr(solving, "EXPLAINED_UNITS", 1000)
    with pytest.raises(Conflict) as raised:
        solve(problem)
    # 73.84 % of 800 are 590.72, 400 are left; 190.72 of the town must go.
    (found,) = raised.value.problems
    assert found.fault == (
        "share of function area 0 needs 73.84 % (590.72 km2), the plan lets it have 400 km2 because 400 km2 are locked "
        "out (town)"
    )
    assert found.mend == "lower share of function area 0 to 50 % (400 km2), or free 190.72 km2 of town"
    eased = Problem(cells).maximise(value).minimum_share((rows >= 20).astype(int), {0: 0.5, 1: 0.25})
    eased = eased.locked_out((rows >= 10) & (rows < 20), "town").area_budget(1000).boundary_price(0.01)
    assert solve(eased).rows
    # One by one it is the same but for whole cells: 191 of the town.
    monkeypatch.setattr(solving, "EXPLAINED_UNITS", 10_000)
    assert "free 191 km2 of town" in str(explained(problem))


def test_more_than_a_grid_can_take_is_refused():
    cells = Cells(np.ones((30, 30), bool), np.ones(30), np.ones(30), np.ones(30))
    problem = Problem(cells).maximise(np.ones((30, 30))).minimum_share(np.zeros((30, 30), int), 0.5)
    problem = problem.minimum_share(np.zeros((30, 30), int), 0.3, kind="basin").boundary_price(1).boundary_price(2)
    with pytest.raises(StudyError) as raised:
        grid_plan(problem)
    assert [found.key for found in raised.value.problems] == ["red_line.boundary_price", "red_line.minimum_share"]


def test_what_a_grid_is_handed():
    mask = np.array([[True, False], [True, True]])
    right, below = np.full((2, 2, 2), 2.0)
    problem = Problem(Cells(mask, [1, 2], [3, 4], [5, 6])).maximise([[1, 2], [3, 4]]).area_budget(4).area_target(1)
    problem = problem.minimum_share([[0, 1], [2, 2]], {2: 0.5}, labels={2: "Yi"}).target(
        "crane", [[1, 9], [1, 2]], share=0.5
    )
    problem = problem.locked_in([[True, True], [False, False]]).locked_out([[False, False], [True, False]])
    handed = grid_plan(problem.boundary_price(0.5, outside=False, multiplier=(right, below)))
    assert (handed.right.tolist(), handed.down.tolist(), handed.outside) == ([2.5, 3.0], [1.5, 2.0], False)
    assert (handed.budget, handed.target) == (4, 1)
    assert (handed.needed.tolist(), handed.group_names[2]) == ([0, 0, 2.0], "share of function area Yi")
    assert (handed.targets.tolist(), handed.feature_names) == ([2.0], ("target of crane",))
    assert handed.fixed.tolist() == [[1, -1], [0, -1]]
    assert handed.along_right.tolist() == [[2, 2], [2, 2]]
    cost = grid_plan(Problem(Cells(mask, [1, 2], [3, 4], [5, 6])).minimise([[1, 2], [3, 4]]))
    assert cost.value.tolist() == [[-1, -2], [-3, -4]]
    assert (cost.budget, cost.target, cost.outside, cost.right.tolist()) == (np.inf, -np.inf, False, [0, 0])


def test_the_reader_is_told_of_all_or_nothing_and_of_islands():
    """In a ring all units together have no boundary; with an outside they lose more than they gain."""
    ring = Units([1, 1, 1, 1], [0, 1, 2, 3], [1, 2, 3, 0], [1, 1, 1, 1])
    together = solve(Problem(ring).maximise([4, 3, 2, 1]).boundary_price(100))
    assert together.selected.all()
    assert together.notes == (
        "red_line.boundary_price: all of what is not locked is chosen: the price may be too strong",
    )
    walled = Units([1, 1, 1, 1], [0, 1, 2, 3], [1, 2, 3, 0], [1, 1, 1, 1], exposed=[1, 1, 1, 1])
    nothing = solve(Problem(walled).maximise([4, 3, 2, 1]).boundary_price(100))
    assert nothing.notes == ("red_line: nothing is chosen: no unit is worth the price of its boundary",)
    # With the first locked in: alone 4 - 3 x 100, all 10 - 4 x 100; so none of the others.
    park = solve(Problem(walled).maximise([4, 3, 2, 1]).boundary_price(100).locked_in([True, False, False, False]))
    assert park.value == 4 - 300
    assert park.notes == ("red_line.boundary_price: none of what is not locked is chosen: the price may be too strong",)
    part = solve(Problem(ring).maximise([4, 3, 2, 1]).area_budget(2).boundary_price(0.1))
    assert (part.selected.tolist(), part.notes) == ([True, True, False, False], ())
    island = Units([1, 1, 1], [0], [1], [1])
    assert "islands" in solve(Problem(island).maximise([1, 1, 1]).area_budget(2).boundary_price(0.1)).notes[0]


def test_solving_never_changes_the_plan():
    problem = small_plan(1, frozenset(PARTS) - {"target"}).problem()
    before = str(problem)
    first, second = solve(problem), solve(problem)
    assert str(problem) == before
    assert (first.selected == second.selected).all()
    assert (first.value, first.bound) == (second.value, second.bound)


@pytest.mark.parametrize("none", [-1, -3, -9999])
def test_any_number_below_zero_is_no_group_on_a_large_grid(none):
    random = np.random.default_rng(2)
    value, one = random.uniform(0, 1, (60, 60)), np.ones(60)
    group = np.where(random.random((60, 60)) < 0.5, none, random.integers(0, 3, (60, 60)))
    plan = Problem(Cells(np.ones((60, 60), bool), one, one, one)).maximise(value).area_budget(1500.0)
    answer = solve(plan.minimum_share(group, 0.3).boundary_price(0.05))
    assert answer.gap < 1e-3
    without = Problem(Cells(np.ones((60, 60), bool), one, one, one)).maximise(value).area_budget(1500.0)
    free = solve(without.minimum_share(np.maximum(group, -1), 0.3).boundary_price(0.05))
    assert answer.value == free.value


def test_numbers_of_groups_may_be_of_any_type_but_not_of_any_size():
    one, group = np.ones(60), np.arange(3600).reshape(60, 60) % 3
    plan = Problem(Cells(np.ones((60, 60), bool), one, one, one)).maximise(np.ones((60, 60))).boundary_price(0.1)
    assert grid_plan(plan.minimum_share(group.astype(np.uint8), 0.5)).group.tolist() == group.tolist()
    with pytest.raises(StudyError, match="has a group 40002; number the groups from 0, without gaps"):
        grid_plan(plan.minimum_share(group + 40_000, {40_001: 0.5}))


def test_where_the_search_finds_no_plan_in_its_time_the_relaxation_does():
    random = np.random.default_rng(4)
    plan = Problem(Units(np.ones(300))).maximise(random.uniform(1, 2, 300)).area_budget(100.0)
    for k in range(12):
        plan = plan.target(f"feature {k}", random.uniform(0, 1, 300), share=0.3)
    answer = solve(plan, seconds=0.0)
    assert answer.bound >= answer.value > 0
    assert all(row.slack >= -1e-9 for row in answer.rows)


def test_without_a_price_of_boundary_nothing_is_said_of_it():
    told = solve(Problem(Units(np.ones(3))).minimise([1.0, 2.0, 3.0])).notes
    assert told == ("red_line: nothing is chosen",)
