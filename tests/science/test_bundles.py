from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.science.bundles import _means, bundles, silhouettes, standardised

CENTRES = np.array([[0.0, 0.0, 5.0], [5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [5.0, 5.0, 5.0]])


def planted(sizes, seed=0):
    truth = np.repeat(np.arange(len(sizes)), sizes)
    random = np.random.default_rng(seed)
    return CENTRES[truth] + random.normal(0, 0.3, (len(truth), 3)), truth


@pytest.mark.parametrize("sizes", [(9, 6), (4, 9, 6), (5, 8, 12, 3)])
def test_planted_bundles_are_found_and_numbered_by_size(sizes):
    values, truth = planted(sizes)
    found = bundles(values, 6)
    rank = np.argsort(np.argsort(-np.array(sizes))) + 1
    assert_array_equal(found, rank[truth])


def test_no_more_bundles_than_asked_for():
    values, _ = planted((5, 8, 12, 3))
    assert bundles(values, 3).max() == 3
    assert bundles(values, 2).max() == 2


@settings(deadline=None, max_examples=15)
@given(st.permutations(range(21)), st.integers(0, 3))
def test_the_order_of_the_places_changes_nothing(order, seed):
    values = np.random.default_rng(seed).normal(0, 1, (21, 3)) + planted((4, 9, 8), seed)[0] / 5
    assert_array_equal(bundles(values[list(order)], 5), bundles(values, 5)[list(order)])


def test_places_that_do_not_differ_are_one_bundle():
    assert bundles(np.ones((9, 2)), 5).tolist() == [1] * 9


def test_two_kinds_of_places_are_two_bundles():
    assert bundles(np.array([[1.0], [0.0], [1.0], [0.0], [1.0]]), 5).tolist() == [1, 2, 1, 2, 1]


def test_of_bundles_of_one_size_the_lowest_comes_first():
    assert bundles(np.array([[9.0], [0.0], [9.1], [0.1]]), 2).tolist() == [2, 1, 2, 1]


@pytest.mark.parametrize("seed", [2, 3, 9, 12, 13, 18, 23, 29])
def test_of_many_beginnings_the_best_is_kept(seed):
    """On a line the best bundles are pieces of it: all ways to cut it are tried."""
    values = np.sort(np.random.default_rng(seed).uniform(0, 100, 14)).round(0)

    def away(parts):
        return sum(float(((part - part.mean()) ** 2).sum()) for part in parts)

    least = min(away(np.split(values, cuts)) for cuts in combinations(range(1, 14), 4))
    found = _means(values[:, None], 5)
    assert len(np.unique(found)) == 5
    assert away([values[found == name] for name in np.unique(found)]) == pytest.approx(least)


def test_of_equal_silhouettes_the_fewest_bundles_are_kept():
    # Of two bundles: 0 three times 1; 2: a = 2, b = 2; 3: a = 1.5, b = 3; 5: a = 2.5, b = 5; the sum is 4.
    # Of three, with 5 alone: three times 1; 2: a = 1, b = 2; 3: a = 1, b = 2; 5: 0; the sum is 4 too.
    values = np.array([[0.0], [0.0], [0.0], [2.0], [3.0], [5.0]])
    assert silhouettes(values, np.array([1, 1, 1, 2, 2, 2])).sum() == pytest.approx(4)
    assert silhouettes(values, np.array([1, 1, 1, 2, 2, 3])).sum() == pytest.approx(4)
    assert bundles(values, 3).tolist() == [1, 1, 1, 2, 2, 2]


def test_few_places():
    assert bundles(np.zeros((1, 2)), 4).tolist() == [1]
    # Of two places each would be alone.
    assert bundles(np.array([[0.0], [1.0]]), 4).tolist() == [1, 1]
    assert bundles(np.array([[0.0], [1.0], [9.0]]), 4).tolist() == [1, 1, 2]


def test_silhouettes_by_hand():
    values = np.array([[0.0], [2.0], [10.0], [14.0], [30.0]])
    found = silhouettes(values, np.array([1, 1, 2, 2, 3]))
    # 0: a = 2, b = (10 + 14) / 2; 2: a = 2, b = (8 + 12) / 2; 10: a = 4, b = (10 + 8) / 2; 14: a = 4,
    # b = (14 + 12) / 2.
    assert_allclose(found, [10 / 12, 8 / 10, 5 / 9, 9 / 13, 0.0])


def test_a_place_nearer_to_another_bundle_is_below_zero():
    found = silhouettes(np.array([[0.0], [1.0], [9.0], [10.0], [11.0]]), np.array([1, 1, 1, 2, 2]))
    # 9: a = (9 + 8) / 2 = 8.5, b = 1.5.
    assert found[2] == pytest.approx(-7 / 8.5)


def test_silhouettes_of_places_that_are_the_same():
    assert_array_equal(silhouettes(np.zeros((4, 1)), np.array([1, 1, 2, 2])), 0.0)


def test_standardised_by_hand():
    # Mean 4, deviations -3, -1, 4; their squares sum to 26.
    found = standardised(np.array([[1.0, 7.0], [3.0, 7.0], [8.0, 7.0]]))
    assert_allclose(found[:, 0], np.array([-3, -1, 4]) / np.sqrt(26 / 3))
    assert_array_equal(found[:, 1], 0.0)
