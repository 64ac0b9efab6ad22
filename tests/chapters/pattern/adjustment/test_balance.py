"""Which patches are taken: by hand on a few, against all choices on some, and what cannot hold."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.chapters.pattern.adjustment.balance import Limits, choose

KEEP_ALL = Limits(100.0, 0.0, 100.0)


def patches(*rows):
    return pd.DataFrame(rows, columns=["direction", "force", "function_area", "area_ha", "water_conservation_ppm"])


def before(total=100.0, water=50.0, **areas):
    rows = [("total", "", 1000.0, total)]
    rows += [("function_area", name, whole, amount) for name, (whole, amount) in areas.items()]
    rows += [("service", "water_conservation_ppm", 1e6, water)]
    return pd.DataFrame(rows, columns=["account", "name", "whole", "amount"])


def free(count):
    return np.full(count, -1)


def test_what_shall_happen_does_and_what_may_only_makes_it_good():
    # A town of 10 ha leaves: 10 ha must come in; 6 + 4 ha do, which also bring its 5 ppm of water back.
    table = patches(
        ("out", "shall", "a", 10.0, 5.0),
        ("in", "may", "a", 6.0, 4.0),
        ("in", "may", "a", 4.0, 1.0),
        ("in", "may", "a", 20.0, 1.0),
    )
    found = choose(table, before(), free(4), KEEP_ALL)
    assert found.taken.tolist() == [True, True, True, False]
    assert found.rows["reached"].tolist() == [100.0, 50.0]
    assert found.rows["holds"].tolist() == [1.0, 1.0]
    assert found.rows["reason"].tolist() == ["area of the line", "water conservation inside the line"]
    assert found.gap_percent == pytest.approx(0.0, abs=0.01)


def test_nothing_comes_in_that_is_not_needed():
    table = patches(("in", "may", "a", 6.0, 4.0), ("in", "shall", "a", 3.0, 0.0))
    found = choose(table, before(), free(2), KEEP_ALL)
    assert found.taken.tolist() == [False, True]
    assert found.rows["reached"].tolist() == [103.0, 50.0]


def test_what_may_leave_does_where_that_can_be_made_good_and_stays_elsewhere():
    # 8 ha may leave with 2 ppm of water, 5 ha more with 9 ppm; only 4 ppm and 20 ha can come in.
    table = patches(
        ("out", "may", "a", 8.0, 2.0),
        ("out", "may", "a", 5.0, 9.0),
        ("in", "may", "a", 20.0, 4.0),
    )
    found = choose(table, before(), free(3), KEEP_ALL)
    assert found.taken.tolist() == [True, False, True]
    assert found.rows["reached"].tolist() == [112.0, 52.0]


def test_of_equal_areas_the_one_that_is_worth_more_comes_in():
    table = patches(("out", "shall", "a", 5.0, 0.0), ("in", "may", "a", 5.0, 1.0), ("in", "may", "a", 5.0, 2.0))
    assert choose(table, before(), free(3), KEEP_ALL).taken.tolist() == [True, False, True]


def test_a_share_of_a_function_area_is_made_good_in_that_area():
    limits = Limits(100.0, 50.0, 0.0)
    table = patches(("in", "may", "north", 9.0, 0.0), ("in", "may", "south", 9.0, 0.0))
    found = choose(table, before(north=(40.0, 15.0), south=(40.0, 20.0)), free(2), limits)
    assert found.taken.tolist() == [True, False]
    rows = found.rows[found.rows["function_area"] != ""]
    assert rows["lower"].tolist() == [20.0, 20.0]
    assert rows["reached"].tolist() == [24.0, 20.0]
    assert rows["holds"].tolist() == [1.0, 1.0]


def test_a_balance_that_cannot_hold_is_told_with_what_can_be_reached():
    limits = Limits(100.0, 50.0, 0.0)
    table = patches(("in", "may", "north", 2.0, 0.0), ("out", "may", "north", 1.0, 0.0), ("in", "may", "", 9.0, 0.0))
    found = choose(table, before(north=(40.0, 15.0)), free(3), limits)
    assert found.taken.tolist() == [True, False, False]
    row = found.rows[found.rows["function_area"] == "north"].iloc[0]
    assert (row["lower"], row["reached"], row["holds"]) == (20.0, 17.0, 0.0)
    assert found.rows["holds"].tolist() == [1.0, 0.0, 1.0]


def test_what_is_fixed_stays_whatever_its_force():
    table = patches(("out", "shall", "a", 4.0, 0.0), ("in", "shall", "a", 3.0, 0.0), ("in", "may", "a", 2.0, 0.0))
    found = choose(table, before(), np.array([0, 0, 1]), KEEP_ALL)
    assert found.taken.tolist() == [False, False, True]
    assert found.rows["reached"].tolist() == [102.0, 50.0]


def test_no_patch_is_no_change():
    found = choose(patches(), before(), free(0), KEEP_ALL)
    assert (found.taken.tolist(), found.rows["holds"].tolist()) == ([], [1.0, 1.0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
def test_no_other_choice_costs_less(seed):
    random = np.random.default_rng(seed)
    count = 7
    table = pd.DataFrame(
        {
            "direction": random.choice(["in", "out"], count),
            "force": random.choice(["may", "may", "shall"], count),
            "function_area": random.choice(["north", "south", ""], count),
            "area_ha": random.integers(1, 9, count).astype(float),
            "water_conservation_ppm": random.integers(0, 9, count).astype(float),
        }
    )
    start = before(north=(60.0, 30.0), south=(60.0, 20.0))
    limits = Limits(100.0, 50.0, 100.0)
    found = choose(table, start, free(count), limits)
    area, water, incoming = table["area_ha"], table["water_conservation_ppm"], table["direction"] == "in"
    density = water / area
    worth = density / density.max() if density.max() > 0 else density

    def reached(taken):
        sign = np.where(incoming, 1.0, -1.0) * taken
        parts = [100.0 + (sign * area).sum()]
        parts += [s + (sign * area)[table["function_area"] == n].sum() for n, s in (("north", 30), ("south", 20))]
        return np.array([*parts, 50.0 + (sign * water).sum()])

    def cost(taken):
        return (np.where(incoming, np.where(taken, 0.01 * (1 - 0.5 * worth), 0), np.where(taken, 0, 1.0)) * area)[
            table["force"] == "may"
        ].sum()

    shall = (table["force"] == "shall").to_numpy()
    choices = [np.array(one) for one in product((False, True), repeat=count) if np.array(one)[shall].all()]
    wanted = np.array([100.0, 30.0, 30.0, 50.0])
    best = np.max([reached(one) for one in choices], axis=0)
    least = np.minimum(wanted, best)
    possible = [cost(one) for one in choices if (reached(one) >= least - 1e-9).all()]
    np.testing.assert_allclose(found.rows["reached"], reached(found.taken))
    assert (found.rows["holds"] == (reached(found.taken) >= wanted - 1e-6)).all()
    assert (reached(found.taken) >= least - 1e-6).all()
    assert cost(found.taken) == pytest.approx(min(possible), abs=1e-3)
