"""Plans that cannot be kept: what is named against every choice, what would free them against every relaxation."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from shanshui.planning import conflicts
from shanshui.planning.carriers import Units
from shanshui.planning.conflicts import Conflict, LockGroup, explain, relaxed, smallest_change
from shanshui.planning.exact import solve_exact
from shanshui.planning.problem import Problem
from shanshui.planning.program import Program
from shanshui.planning.unit_plan import solve_units

from .plans import CHOICES, PARTS, SmallPlan, small_plan

# Each of these is tight and cannot be kept; the numbers are the seeds.
CASES = [
    (frozenset(parts), seed)
    for parts in (
        {"budget", "target"},
        {"budget", "shares"},
        {"budget", "features"},
        {"budget", "features", "inside"},
        {"shares", "outside"},
        {"features", "outside", "boundary"},
        set(PARTS),
    )
    for seed in range(40)
    if not small_plan(seed, frozenset(parts), tight=True).feasible().any()
][::6]


def explained(plan: SmallPlan) -> tuple[Program, Conflict]:
    program = plan.problem().compile()
    locks = [LockGroup("park", plan.inside.ravel(), 1)] if "inside" in plan.parts else []
    locks += [LockGroup("town", plan.outside.ravel(), 0)] if "outside" in plan.parts else []
    return program, explain(program, locks=locks, size=plan.area.ravel(), size_unit="km2")


def test_there_are_cases():
    assert len(CASES) > 25
    assert {parts for parts, _ in CASES} >= {frozenset(PARTS), frozenset({"shares", "outside"})}


@pytest.mark.parametrize(("parts", "seed"), CASES)
def test_a_conflict_against_every_choice(parts, seed):
    """What conflicts cannot be kept, without any one of its members it can; the relaxation is the least of all."""
    plan = small_plan(seed, parts, tight=True)
    program, conflict = explained(plan)
    kept, rows = plan.kept(), plan.rows()
    assert conflict.conflicts
    # The first conflict is one of the plan as it is; later ones are of the plan eased by those before.
    names = conflict.conflicts[0]
    assert not np.logical_and.reduce([kept[name] for name in names]).any()
    for name in names:
        others = [kept[other] for other in names if other != name]
        assert np.logical_and.reduce([np.ones(len(CHOICES), bool), *others]).any()
    # Of every choice that keeps the locks the sum of what the rows miss, as shares of their limits.
    locked = np.logical_and.reduce([np.ones(len(CHOICES), bool), *plan.locks().values()])
    misses = np.zeros(len(CHOICES))
    for sums, lower, upper in rows.values():
        misses += (
            np.maximum(lower - sums, 0) / abs(lower) if np.isfinite(lower) else np.maximum(sums - upper, 0) / upper
        )
    least = misses[locked].min()
    assert sum(change.relative for change in conflict.changes) == pytest.approx(least, abs=1e-7)
    assert conflict.least == pytest.approx(least, abs=1e-6)
    for change in conflict.changes:
        sums, lower, upper = rows[change.name]
        assert change.old == pytest.approx(lower if change.side == "lower" else upper)
        assert change.relative == pytest.approx(abs(change.new - change.old) / change.old)
        assert np.isclose(sums[locked], change.new).any()
    # The relaxed plan has an answer, the best of all that keep the relaxed rows.
    answer = solve_exact(relaxed(program, conflict.changes))
    fits = locked.copy()
    for name, (sums, lower, upper) in rows.items():
        news = [change for change in conflict.changes if change.name == name]
        lower = news[0].new if news and news[0].side == "lower" else lower
        upper = news[0].new if news and news[0].side == "upper" else upper
        fits &= (sums >= lower - 1e-9) & (sums <= upper + 1e-9)
    assert answer.value == pytest.approx(plan.values()[fits].max(), abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("parts", "seed"), CASES[::5])
def test_any_smaller_relaxation_leaves_it_infeasible(parts, seed):
    program, conflict = explained(small_plan(seed, parts, tight=True))
    for change in [change for change in conflict.changes if change.relative > 1e-3]:
        back = conflicts.Change(
            change.row, change.name, change.side, change.old, change.new + 1e-4 * (change.old - change.new), 0.0
        )
        with pytest.raises(Conflict):
            solve_exact(relaxed(program, [back if other is change else other for other in conflict.changes]))


def shares_and_locks() -> tuple[Problem, np.ndarray]:
    """Ten units of 100 km2: six in function area 7, of which three are locked out, four in function area 8."""
    town = np.arange(10) < 3
    group = np.where(np.arange(10) < 6, 7, 8)
    plan = Problem(Units(np.full(10, 100.0))).maximise(np.ones(10))
    return plan.minimum_share(group, {7: 0.7384, 8: 0.25}).locked_out(town, "town"), town


def test_by_hand_a_share_that_locks_leave_no_room_for():
    """73.84 % of 600 km2 is 443.04; 300 are free, which is 50 %. Two units must be freed to reach 500."""
    plan, town = shares_and_locks()
    conflict = explain(
        plan.compile(), locks=[LockGroup("town", town, 0)], size=np.full(10, 100.0), size_unit="km2", key="red_line"
    )
    assert conflict.conflicts == (("share of function area 7", "town locked out"),)
    assert str(conflict) == (
        "red_line: share of function area 7 needs 73.84 % (443.04 km2), the plan lets it have 300 km2 "
        "because 300 km2 are locked out (town); lower share of function area 7 to 50 % (300 km2), "
        "or free 200 km2 of town"
    )
    assert [(change.old, change.new) for change in conflict.changes] == [(pytest.approx(443.04), 300.0)]
    assert conflict.changes[0].relative == pytest.approx(143.04 / 443.04)


def test_by_hand_a_budget_that_two_shares_do_not_fit_in():
    """5 of 6 and 1 of 4 units make 600 km2; the budget is 300. Alone area 7 could have 200 km2, which is 33.3 %."""
    group = np.where(np.arange(10) < 6, 7, 8)
    plan = Problem(Units(np.full(10, 100.0))).maximise(np.ones(10)).area_budget(300)
    conflict = explain(plan.minimum_share(group, {7: 0.7384, 8: 0.25}).compile())
    assert conflict.conflicts == (("area budget", "share of function area 7"),)
    # Only area 7 and the budget take part: 443.04 alone is above 300. Area 8 still wants its 100 of the 300.
    (problem,) = conflict.problems
    assert problem.fault == (
        "cannot be kept together: area budget (at most 300 km2); "
        "share of function area 7 (at least 73.84 % (443.04 km2))"
    )
    assert problem.mend == ("raise area budget to 600 km2, or lower share of function area 7 to 33.3333 % (200 km2)")
    # Relative: the share gives 243.04 / 443.04 = 0.5486 where the budget would give 300 / 300 = 1.
    assert [str(change) for change in conflict.changes] == ["lower share of function area 7 to 33.3333 % (200 km2)"]


def test_by_hand_a_budget_below_what_is_locked_in():
    park = np.arange(10) < 4
    plan = Problem(Units(np.full(10, 100.0))).maximise(np.ones(10)).area_budget(250).locked_in(park, "park")
    conflict = explain(plan.compile(), locks=[LockGroup("park", park, 1)], size=np.full(10, 100.0), size_unit="km2")
    assert conflict.conflicts == (("area budget", "park locked in"),)
    assert str(conflict) == (
        "red_line: area budget allows 250 km2, but 400 km2 are locked in (park); "
        "raise area budget to 400 km2, or free 200 km2 of park"
    )


def test_two_conflicts_are_both_named_and_the_change_frees_both():
    """Feature a is 4 in all and wants 6; feature b wants 3 of its 3, of which 1 is locked out."""
    program = Program(
        np.ones(4),
        [],
        [],
        [],
        sparse.csr_array([[1.0, 1, 1, 1], [0, 1, 1, 1]]),
        [6, 3],
        [np.inf, np.inf],
        ("a", "b"),
        [-1, 0, -1, -1],
        ("t", "t"),
    )
    conflict = explain(program)
    assert conflict.conflicts == (("a",), ("b", "locked units locked out"))
    assert [(change.name, change.new) for change in conflict.changes] == [("a", 3.0), ("b", 2.0)]
    assert conflict.least == pytest.approx(3 / 6 + 1 / 3)
    text = str(conflict)
    assert "a needs 6 t, the plan lets it have 4 t" in text
    assert "the smallest change that frees it; lower a to 3 t and lower b to 2 t" in text
    assert solve_exact(relaxed(program, conflict.changes)).value == 3.0


def test_rows_that_no_single_choice_of_whole_units_keeps():
    """Between 1.2 and 1.8 of units of 1: shares of units would do, whole ones do not."""
    program = Program(
        np.ones(3),
        [],
        [],
        [],
        sparse.csr_array(np.ones((2, 3))),
        [1.2, -np.inf],
        [np.inf, 1.8],
        ("least", "most"),
        [-1] * 3,
    )
    conflict = explain(program)
    assert conflict.conflicts == (("least", "most"),)
    # To 2 the upper gives 0.2 / 1.8 = 0.111, to 1 the lower gives 0.2 / 1.2 = 0.167.
    assert [(change.name, change.new) for change in conflict.changes] == [("most", 2.0)]


def test_a_limit_of_nought_gives_by_a_share_of_what_there_is():
    program = Program(
        np.ones(2), [], [], [], sparse.csr_array([[1.0, 3.0]]), [-np.inf], [0.0], ("loss",), [1, -1], ("ha",)
    )
    (change,), least, choice = smallest_change(program)
    assert choice is not None
    assert choice.tolist() == [True, False]
    assert (change.side, change.old, change.new, change.relative, least) == (
        "upper",
        0.0,
        1.0,
        0.25,
        pytest.approx(0.25),
    )


def test_many_rows_of_a_conflict_are_counted():
    """Twelve features, each in one unit of 1 km2, and a budget of 5 km2: all thirteen rows take part? No: six do."""
    plan = Problem(Units(np.ones(12))).maximise(np.ones(12)).area_budget(7)
    for unit in range(12):
        plan = plan.target(f"feature {unit}", np.arange(12) == unit, least=1)
    conflict = explain(plan.compile())
    assert len(conflict.conflicts[0]) == 9
    assert conflict.conflicts[0][0] == "area budget"
    assert sum(conflict.weights[0]) == pytest.approx(1)
    assert "3 more rows (" in str(conflict)


def test_many_units_are_explained_by_shares_of_units_and_freed_by_whole_ones():
    random = np.random.default_rng(0)
    count = 3_000
    area, group = random.uniform(0.5, 2, count), random.integers(0, 5, count)
    town = (group == 4) & (random.random(count) < 0.5)
    plan = Problem(Units(area)).maximise(random.random(count)).area_budget(0.5 * area.sum()).minimum_share(group, 0.7)
    plan = plan.target("crane", random.random(count), share=0.1).locked_out(town, "town")
    program = plan.compile()
    conflict = explain(program, locks=[LockGroup("town", town, 0)], size=area, size_unit="km2")
    assert conflict.conflicts[0] == ("share of function area 4", "town locked out")
    assert conflict.conflicts[1][0] == "area budget"
    assert "target of crane" not in conflict.conflicts[1]
    total = sum(change.relative for change in conflict.changes)
    assert conflict.least <= total <= conflict.least + 0.01
    eased = relaxed(program, conflict.changes)
    # By sums: the shares left over from what the locks take need as much as the relaxed budget holds.
    free = area[(group == 4) & ~town].sum()
    budget = eased.upper[0]
    needed = eased.lower[1:6].sum()
    assert needed <= budget * (1 + 1e-9)
    assert eased.lower[5] <= free * (1 + 1e-9)
    with pytest.raises(Conflict):
        raise conflict


@st.composite
def programs(draw):
    """Plans of six units and up to four rows of whole numbers, so that limits are met exactly."""
    rows = draw(st.integers(1, 4))
    matrix = np.array(draw(st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=rows, max_size=rows)))
    lower = np.array(draw(st.lists(st.integers(1, 25), min_size=rows, max_size=rows)), float)
    upper = np.array(draw(st.lists(st.integers(1, 25), min_size=rows, max_size=rows)), float)
    kind = np.array(draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)))
    lower[kind == 0], upper[kind == 1] = -np.inf, np.inf
    fixed = draw(st.lists(st.sampled_from([-1, -1, -1, 0, 1]), min_size=6, max_size=6))
    names = tuple(f"row {number}" for number in range(rows))
    return Program(np.ones(6), [], [], [], sparse.csr_array(matrix.astype(float)), lower, upper, names, fixed)


def nothing_in_a_row() -> Program:
    """A row that asks for 1 of what no unit has any of."""
    return Program(np.ones(6), [], [], [], sparse.csr_array((1, 6)), [1.0], [np.inf], ("row 0",), [-1] * 6)


def test_by_hand_a_row_with_nothing_in_it():
    """0 is all there is of it: the limit gives wholly, and nothing less frees the plan."""
    conflict = explain(nothing_in_a_row(), key="plan")
    assert conflict.conflicts == (("row 0",),)
    assert [(change.new, change.relative) for change in conflict.changes] == [(0.0, 1.0)]
    assert conflict.least == pytest.approx(1.0)
    assert conflict.weights == ((1.0,),)
    assert str(conflict) == "plan: row 0 needs 1, the plan lets it have 0; lower row 0 to 0"


def test_by_hand_what_each_row_and_lock_weighs():
    """Of three units of 1, 3 are wanted and one is locked out: 1/3 is missed, and would be had if all were open."""
    rows = sparse.csr_array(np.ones((1, 3)))
    conflict = explain(Program(np.ones(3), [], [], [], rows, [3.0], [np.inf], ("a",), [0, -1, -1]))
    # The limit giving wholly counts 1, the lock giving wholly 1/3.
    assert conflict.weights == (pytest.approx((0.75, 0.25)),)
    # The same the other way round: two units are locked in where 1 is allowed; each counts 1 of it.
    conflict = explain(Program(np.ones(3), [], [], [], rows, [-np.inf], [1.0], ("a",), [1, 1, -1]))
    assert conflict.conflicts == (("a", "locked units locked in"),)
    assert conflict.weights == (pytest.approx((1 / 3, 2 / 3)),)
    # Between 1.2 and 1.8 of units of 1 there are shares of units: only whole ones conflict, so nothing is weighed.
    both = Program(
        np.ones(3), [], [], [], sparse.csr_array(np.ones((2, 3))), [1.2, -np.inf], [np.inf, 1.8], ("a", "b"), [-1] * 3
    )
    assert explain(both).weights == ((),)


def many_rows(seed: int, count: int, rows: int, budget: float) -> Program:
    """A budget of the area, and 30 % of each of so many features that live on a quarter of the units."""
    random = np.random.default_rng(seed)
    area = random.uniform(0.5, 1.5, count)
    amount = random.lognormal(0, 1, (rows, count)) * (random.random((rows, count)) < 0.25)
    return Program(
        np.ones(count),
        [],
        [],
        [],
        sparse.csr_array(np.vstack([area, amount])),
        [-np.inf, *(0.3 * amount.sum(axis=1))],
        [budget * area.sum(), *[np.inf] * rows],
        ("area budget", *(f"feature {number}" for number in range(rows))),
        np.where(random.random(count) < 0.05, 0, -1),
    )


def missed_by_shares(program: Program, asked: list[int], locked: bool = True, factor: dict[int, float] = {}) -> float:  # noqa: B006
    """The least sum of what these rows miss, as shares of their limits, over shares of units: one plain program."""
    upper = np.isfinite(program.upper[asked])
    limits = np.where(upper, program.upper[asked], program.lower[asked])
    size = limits * [factor.get(row, 1.0) for row in asked]
    rows = np.where(upper, 1, -1)[:, None] * program.matrix[asked].toarray() / size[:, None]
    gives = np.hstack([rows, -np.eye(len(asked))])
    most = np.where((program.fixed == 0) & locked, 0.0, 1.0)
    bounds = [*((0, each) for each in most), *[(0, None)] * len(asked)]
    cost = np.r_[np.zeros(program.size), np.ones(len(asked))]
    return float(linprog(cost, gives, np.where(upper, 1.0, -1.0) * limits / size, bounds=bounds).fun)


@pytest.fixture(scope="module")
def many() -> tuple[Program, Conflict]:
    program = many_rows(0, 3_000, 40, 0.1)
    return program, explain(program, seconds=40)


@pytest.mark.slow
def test_many_units_and_rows_against_plain_programs(many):
    program, conflict = many
    (names,), (weights,) = conflict.conflicts, conflict.weights
    rows = [program.names.index(name) for name in names if "locked" not in name]
    locked = len(rows) < len(names)
    # Not even shares of units keep these rows; without any one of them, or without the lock, they do.
    assert names[0] == "area budget"
    least = missed_by_shares(program, rows, locked)
    assert least > 1e-3
    for row in rows:
        assert missed_by_shares(program, [other for other in rows if other != row], locked) < 1e-7
    if locked:
        assert missed_by_shares(program, rows, False) < 1e-7
    # A weight is by how much less is missed where a limit is eased by a little, as a share of the sum of all.
    limits = np.where(np.isfinite(program.upper), program.upper, program.lower)
    less = []
    for row in rows:
        eased = {"upper": program.upper.copy(), "lower": program.lower.copy()}
        eased["upper" if row == 0 else "lower"][row] += 1e-4 * limits[row] * (1 if row == 0 else -1)
        # What is missed is still counted as a share of the limit as it was.
        factor = limits[row] / (eased["upper" if row == 0 else "lower"][row])
        less.append(least - missed_by_shares(replace(program, **eased), rows, locked, {row: factor}))
    assert np.array(weights[: len(rows)]) / sum(weights[: len(rows)]) == pytest.approx(
        np.array(less) / sum(less), rel=0.02
    )
    assert sum(weights) == pytest.approx(1)
    # The smallest change lies between the least over shares of units and what the search for whole units has found.
    total = sum(change.relative for change in conflict.changes)
    assert conflict.least == pytest.approx(missed_by_shares(program, list(range(41))), rel=2e-4)
    assert conflict.least <= total <= conflict.least * 1.08
    whole = (
        program.matrix.toarray() / np.r_[program.upper[0], program.lower[1:]][:, None] * np.r_[1, [-1.0] * 40][:, None]
    )
    exact = milp(
        np.r_[np.zeros(3_000), np.ones(41)],
        integrality=np.r_[np.ones(3_000), np.zeros(41)],
        bounds=Bounds(np.zeros(3_041), np.r_[np.where(program.fixed == 0, 0.0, 1.0), np.full(41, np.inf)]),
        constraints=LinearConstraint(np.hstack([whole, -np.eye(41)]), -np.inf, np.r_[1.0, [-1.0] * 40]),
        options={"time_limit": 5, "mip_rel_gap": 1e-2},
    )
    assert conflict.least <= exact.fun + 1e-9
    assert exact.mip_dual_bound <= total + 1e-9
    # The plan so changed has a choice that keeps it.
    assert relaxed(program, conflict.changes).holds(conflict.choice)
    assert not program.holds(conflict.choice)


def test_words_for_many_rows_name_the_heaviest_and_lose_none(many):
    _, conflict = many
    heaviest = sorted(zip(conflict.weights[0], conflict.conflicts[0], strict=True), reverse=True)
    heaviest = [name for _, name in heaviest if "locked" not in name]
    assert len(heaviest) > 7
    (problem,) = [problem for problem in conflict.problems if "together" in problem.fault]
    fault = problem.fault
    assert fault.startswith("cannot be kept together: area budget (at most ")
    written = [part.split(" (")[0] for part in fault.removeprefix("cannot be kept together: ").split("; ")]
    assert written[:6] == heaviest[:6]
    assert written[6] == f"{len(heaviest) - 6} more rows"
    assert "raise area budget to" in problem.mend
    text = str(conflict)
    assert "this change frees it, and none that is smaller by more than" in text


def test_one_impossible_target_among_many_units_is_told_from_sums():
    program = many_rows(1, 20_000, 30, 0.9)
    amount = program.matrix[[7]].toarray()[0]
    lower = program.lower.copy()
    lower[7] = 0.99 * amount.sum()
    left = amount[program.fixed < 0].sum()
    assert left < lower[7]
    conflict = explain(replace(program, lower=lower))
    assert conflict.conflicts == (("feature 6", "locked units locked out"),)
    (change,) = conflict.changes
    assert (change.name, change.new) == ("feature 6", pytest.approx(left))
    assert conflict.least == pytest.approx((lower[7] - left) / lower[7])
    (problem,) = conflict.problems
    assert problem.fault.startswith(f"feature 6 needs {lower[7]:,.6g}, the plan lets it have {left:,.6g} because ")
    assert solve_units(relaxed(replace(program, lower=lower), conflict.changes), moves=1_000_000).value > 0


def test_rows_that_only_whole_units_break_are_told_above_the_size_of_the_whole_search():
    """2,500 units of 1; between 1.2 and 1.8 of the first two: shares of units show no conflict, whole ones do."""
    few = np.arange(2_500) < 2
    program = Program(
        np.ones(2_500),
        [],
        [],
        [],
        sparse.csr_array(np.array([few, few], float)),
        [1.2, -np.inf],
        [np.inf, 1.8],
        ("least", "most"),
        [-1] * 2_500,
    )
    conflict = explain(program)
    assert conflict.conflicts == (("least", "most"),)
    assert [(change.name, change.new) for change in conflict.changes] == [("most", 2.0)]


@settings(max_examples=60, deadline=None)
@example(nothing_in_a_row())
@given(programs())
def test_random_plans_conflict_just_where_no_choice_keeps_them(program):
    choices = np.array(list(itertools.product((False, True), repeat=6)))
    choices = choices[((program.fixed < 0) | (choices == program.fixed)).all(1)]
    sums = choices @ program.matrix.toarray().T
    misses = np.maximum(program.lower - sums, 0) / program.lower * np.isfinite(program.lower)
    misses = np.nan_to_num(misses) + np.nan_to_num(np.maximum(sums - program.upper, 0) / program.upper)
    least = misses.sum(1).min()
    if least == 0:
        assert solve_exact(program).value == choices[misses.sum(1) == 0].sum(1).max()
        return
    with pytest.raises(Conflict):
        solve_exact(program)
    conflict = explain(program)
    assert sum(change.relative for change in conflict.changes) == pytest.approx(least, abs=1e-7)
    assert conflict.conflicts
    assert relaxed(program, conflict.changes).holds(conflict.choice)
    assert solve_exact(relaxed(program, conflict.changes)).value >= 0
