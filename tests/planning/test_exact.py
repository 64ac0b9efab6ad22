"""Small plans against every one of their choices, against a second form of the program, and against hand work."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from shanshui.base.errors import StudyError
from shanshui.planning.branch_and_bound import search
from shanshui.planning.carriers import Units
from shanshui.planning.conflicts import Conflict
from shanshui.planning.exact import solve_exact
from shanshui.planning.problem import Problem
from shanshui.planning.program import Program

from .plans import CHOICES, PARTS, small_plan

COMBINATIONS = [frozenset(itertools.compress(PARTS, on)) for on in itertools.product((False, True), repeat=len(PARTS))]


def identity(parts: frozenset[str]) -> str:
    return "+".join(part for part in PARTS if part in parts) or "nothing"


@pytest.mark.parametrize("tight", [False, True], ids=["loose", "tight"])
@pytest.mark.parametrize("parts", COMBINATIONS, ids=identity)
def test_every_combination_of_constraints_equals_every_choice(parts, tight):
    plan = small_plan(COMBINATIONS.index(parts), parts, tight=tight)
    feasible, values = plan.feasible(), plan.values()
    program = plan.problem().compile()
    if not feasible.any():
        with pytest.raises(Conflict):
            solve_exact(program)
        return
    answer = solve_exact(program)
    best = values[feasible].max()
    chosen = int(np.flatnonzero((answer.selected == CHOICES).all(1))[0])
    assert feasible[chosen]
    assert values[chosen] == pytest.approx(best, abs=1e-8)
    assert answer.value == pytest.approx(values[chosen], abs=1e-12)
    assert answer.bound >= best - 1e-8
    assert answer.proven
    for row in answer.rows:
        sums, lower, upper = plan.rows()[row.name]
        assert (row.reached, row.lower, row.upper) == pytest.approx((sums[chosen], lower, upper))
        assert row.slack == pytest.approx(min(sums[chosen] - lower, upper - sums[chosen]))


def test_both_kinds_of_plan_are_among_the_combinations():
    loose = [small_plan(number, parts).feasible().any() for number, parts in enumerate(COMBINATIONS)]
    tight = [small_plan(number, parts, tight=True).feasible().any() for number, parts in enumerate(COMBINATIONS)]
    assert np.mean(loose) > 0.8
    assert 0.2 < np.mean(tight) < 0.9


@pytest.mark.parametrize("seed", range(4))
def test_a_second_form_of_the_program_has_the_same_optimum(seed):
    """Edges as y >= x_i - x_j and y >= x_j - x_i, with all of a 6 x 6 grid in one matrix."""
    random = np.random.default_rng(seed)
    count = 36
    number = np.arange(count).reshape(6, 6)
    first = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    second = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    value, area, feature = random.random(count), random.uniform(1, 2, count), random.random(count)
    price = np.full(len(first), 0.2)
    units = Units(area, first, second, np.ones(len(first)))
    plan = Problem(units).maximise(value).area_budget(20).target("crane", feature, share=0.35).boundary_price(0.2)
    answer = solve_exact(plan.compile())
    at = np.arange(len(first))
    apart = np.zeros((len(first), count))
    apart[at, first], apart[at, second] = 1, -1
    rows = np.block([[apart, -np.eye(len(at))], [-apart, -np.eye(len(at))]])
    limits = np.vstack([np.concatenate([area, 0 * price]), np.concatenate([-feature, 0 * price])])
    result = milp(
        np.concatenate([-value, price]),
        integrality=np.concatenate([np.ones(count), 0 * price]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(rows, -np.inf, 0),
            LinearConstraint(limits, -np.inf, [20, -0.35 * feature.sum()]),
        ],
        options={"mip_rel_gap": 0},
    )
    assert answer.value == pytest.approx(-result.fun, abs=1e-6)
    assert answer.proven


def test_by_hand_a_row_of_three():
    """Units worth 3, 1 and 2.5, each of area 1, budget 2, a price of 1 on each of the two shared sides.

    {0, 2}: 5.5 - 2 = 3.5; {0, 1}: 4 - 1 = 3; {1, 2}: 3.5 - 1 = 2.5; {0}: 3 - 1 = 2. At a price of 2 {0, 1} gives 2
    and {0, 2} 1.5.
    """
    units = Units([1, 1, 1], [0, 1], [1, 2], [1, 1])
    plan = Problem(units).maximise([3, 1, 2.5]).area_budget(2)
    answer = solve_exact(plan.boundary_price(1).compile())
    assert answer.selected.tolist() == [True, False, True]
    assert (answer.weight_part, answer.boundary_part, answer.value, answer.bound) == (5.5, 2.0, 3.5, 3.5)
    dearer = solve_exact(plan.boundary_price(2).compile())
    assert (dearer.selected.tolist(), dearer.value) == ([True, True, False], 2.0)


def test_by_hand_the_outside_counts():
    """Worth 3 and 1, shared side 1, exposed 2 and 0.5, price 1: {0}: 3 - 1 - 2 = 0; both: 4 - 2.5 = 1.5; {1}: -0.5."""
    units = Units([1, 1], [0], [1], [1], exposed=[2, 0.5])
    plan = Problem(units).maximise([3, 1])
    assert solve_exact(plan.boundary_price(1).compile()).value == 1.5
    # Without the outside: {0}: 3 - 1 = 2; both: 4.
    assert solve_exact(plan.boundary_price(1, outside=False).compile()).value == 4.0


def test_by_hand_the_least_cost():
    """Targets of 5 out of 3, 2, 4 at costs of 2, 2, 5: {0, 1} costs 4; {0, 2} 7; {1, 2} 7."""
    plan = Problem(Units([1, 1, 1])).minimise([2, 2, 5]).target("crane", [3, 2, 4], least=5)
    answer = solve_exact(plan.compile())
    assert (answer.selected.tolist(), answer.value, answer.proven) == ([True, True, False], -4.0, True)


def test_a_limit_given_as_a_sum_is_kept_whatever_the_order_of_adding():
    areas = np.full(10, 0.1)
    plan = Problem(Units(areas)).maximise(np.ones(10)).area_budget(0.7)
    assert solve_exact(plan.compile()).value == 7.0


def test_a_row_missed_by_less_than_the_solver_sees_is_still_missed():
    """2 + 1e-7 is over a budget of 2 by less than HiGHS looks at; the next best is 1.5 + 0.5."""
    areas = [1 + 1e-7, 1.0, 0.9, 0.5]
    plan = Problem(Units(areas)).maximise([10.0, 10.0, 1.0, 0.5]).area_budget(2.0)
    answer = solve_exact(plan.compile())
    # {0, 2} and {1, 2} are worth 11.0 and no pair of the first two is allowed; {1, 2} + nothing else fits (2.4).
    assert answer.value == 11.0
    assert answer.rows[0].reached <= 2.0
    assert answer.proven


def test_the_scale_of_the_objective_and_of_the_rows_does_not_matter():
    plan = small_plan(3, frozenset({"budget", "shares", "boundary"}))
    program = plan.problem().compile()
    best = plan.values()[plan.feasible()].max()
    for factor in (1e-9, 1e9):
        scaled = Program(
            program.weight * factor,
            program.first,
            program.second,
            program.price * factor,
            sparse.csr_array(program.matrix * factor),
            program.lower * factor,
            program.upper * factor,
            program.names,
            program.fixed,
        )
        answer = solve_exact(scaled)
        assert answer.value / factor == pytest.approx(best, rel=1e-9)
        assert answer.proven


def hard_program() -> Program:
    random = np.random.default_rng(0)
    number = np.arange(400).reshape(20, 20)
    first = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    second = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    units = Units(np.ones(400), first, second, np.ones(len(first)))
    plan = Problem(units).maximise(random.random(400)).area_budget(150).boundary_price(0.3)
    for name in range(8):
        plan = plan.target(f"feature {name}", random.random(400) * (random.random(400) < 0.3), share=0.4)
    return plan.compile()


def test_what_is_not_proven_says_so():
    program = hard_program()
    answer = solve_exact(program, nodes=1, seconds=20)
    assert not answer.proven
    assert answer.bound > answer.value
    assert answer.gap == pytest.approx((answer.bound - answer.value) / max(abs(answer.bound), abs(answer.value)))


def test_no_plan_in_time_is_refused_in_words():
    with pytest.raises(StudyError, match="no plan was found within 0 s"):
        solve_exact(hard_program(), seconds=0)


def test_a_gap_asked_for_ends_the_search_and_is_stated():
    program = small_plan(5, frozenset({"budget", "shares", "boundary"})).problem().compile()
    loose = solve_exact(program, gap=0.9)
    exact = solve_exact(program)
    assert loose.bound >= exact.value - 1e-9
    assert loose.value <= exact.value + 1e-9


def test_nothing_to_gain_chooses_nothing_with_a_gap_of_nought():
    plan = Problem(Units([1, 1], [0], [1], [1], exposed=[3, 3])).maximise([1, 1]).boundary_price(1)
    answer = solve_exact(plan.compile())
    assert (answer.selected.any(), answer.value, answer.gap, answer.proven) == (False, 0.0, 0.0, True)


def test_an_infeasible_search_says_so():
    program = Program([1.0], [], [], [], sparse.csr_array([[1.0]]), [2.0], [np.inf], ("area",), [-1])
    found = search(program)
    assert (found.infeasible, found.selected, found.bound) == (True, None, -np.inf)
