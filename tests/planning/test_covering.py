"""Covering plans: by hand, against every choice, and against branch and bound."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from shanshui.planning.conflicts import Conflict
from shanshui.planning.covering import solve_covering
from shanshui.planning.exact import solve_exact
from shanshui.planning.program import Program


def program(cost, amounts, lower, fixed=None):
    rows = len(lower)
    free = [-1] * len(cost) if fixed is None else fixed
    matrix = sparse.csr_array(np.atleast_2d(np.asarray(amounts, float)))
    names = tuple(f"row {number}" for number in range(rows))
    return Program(-np.asarray(cost, float), [], [], [], matrix, lower, [np.inf] * rows, names, free)


def test_by_hand():
    # 5 units are asked: 4 + 1 cost 4.5, 3 + 2 cost 4, 4 + 2 cost 5.
    found = solve_covering(program([3.5, 2.5, 1.5, 1.0], [[4, 3, 2, 1]], [5.0]))
    assert found.selected.tolist() == [False, True, True, False]
    assert found.value == -4.0
    assert found.bound >= found.value
    # What is locked counts, whatever it costs.
    found = solve_covering(program([3.5, 2.5, 1.5, 1.0], [[4, 3, 2, 1]], [5.0], [1, 0, -1, -1]))
    assert found.selected.tolist() == [True, False, False, True]


def test_nothing_is_asked_and_nothing_is_there():
    assert solve_covering(program([1.0, 2.0], [[1, 1]], [-np.inf])).selected.tolist() == [False, False]
    assert solve_covering(program([1.0, 2.0], [[1, 1]], [-np.inf], [-1, 1])).selected.tolist() == [False, True]


def test_what_even_everything_misses_is_named():
    with pytest.raises(Conflict, match="not even everything together keeps row 1"):
        solve_covering(program([1.0, 1.0], [[1, 1], [2, 0]], [2.0, 3.0]))
    # All of it is just enough.
    assert solve_covering(program([1.0, 1.0], [[1, 1], [2, 1]], [2.0, 3.0])).selected.all()


def test_other_plans_are_refused():
    whole = program([1.0, 1.0], [[1, 1]], [1.0])
    for change in (
        {"weight": np.array([1.0, -1.0])},
        {"upper": np.array([2.0])},
        {"matrix": sparse.csr_array([[1.0, -1.0]])},
        {"first": [0], "second": [1], "price": [1.0]},
    ):
        parts = {name: getattr(whole, name) for name in ("weight", "first", "second", "price", "matrix", "lower")}
        parts |= {"upper": whole.upper, "names": whole.names, "fixed": whole.fixed}
        with pytest.raises(ValueError, match="the plan has"):
            solve_covering(Program(**parts | change))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**31))
def test_no_other_choice_costs_less(seed):
    random = np.random.default_rng(seed)
    units, rows = int(random.integers(1, 9)), int(random.integers(1, 4))
    cost, amounts = random.integers(0, 9, units), random.integers(0, 6, (rows, units))
    fixed = random.choice([-1, -1, -1, 0, 1], units)
    possible = np.array(
        [c for c in product((0, 1), repeat=units) if all(c[i] == f for i, f in enumerate(fixed) if f >= 0)]
    )
    reach = (possible @ amounts.T).max(0)
    lower = np.floor(random.random(rows) * (reach + 1))
    found = solve_covering(program(cost, amounts, lower, fixed))
    holding = possible[(possible @ amounts.T >= lower).all(1)]
    best = -(holding @ cost).min()
    assert (amounts @ found.selected >= lower).all()
    assert found.value == pytest.approx(best)
    assert found.bound >= best - 1e-9


def test_many_units_come_close_to_the_bound_and_never_change():
    random = np.random.default_rng(3)
    cost, amounts = random.uniform(1, 2, 800), random.uniform(0, 1, (12, 800)) ** 3
    whole = program(cost, amounts, 0.4 * amounts.sum(1))
    first, second = solve_covering(whole), solve_covering(whole)
    assert (first.selected == second.selected).all()
    assert first.gap < 5e-3
    assert solve_exact(whole, seconds=5.0).bound <= first.bound + 1e-6 * abs(first.bound)
    # Nothing that is chosen could be left out.
    sums = amounts @ first.selected
    for unit in np.flatnonzero(first.selected):
        assert (sums - amounts[:, unit] < whole.lower).any()


def test_rows_that_only_everything_keeps_are_settled_by_sums():
    # Rows of tiny and of large amounts, each asked for in full but for a rounding.
    random = np.random.default_rng(8)
    amounts = random.uniform(0, 1, (6, 300)) * (random.random((6, 300)) < 0.2) * 10.0 ** random.integers(-6, 6, (6, 1))
    lower = amounts.sum(1) * (1 - 1e-9)
    lower[3:] *= 0.3
    found = solve_covering(program(random.uniform(1, 2, 300), amounts, lower))
    assert found.selected[(amounts[:3] > 0).any(0)].all()
    assert (amounts @ found.selected >= lower).all()
    assert found.bound >= found.value
