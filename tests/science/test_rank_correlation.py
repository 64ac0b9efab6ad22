import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr, t

from shanshui.science.rank_correlation import rank_correlation


def correlate(one, other):
    return rank_correlation(np.array(one, float), np.array(other, float))


def test_ranks_by_hand():
    found = correlate([86, 97, 99, 100, 101, 103, 106, 110, 112, 113], [2, 20, 28, 27, 50, 29, 7, 17, 6, 12])
    # The squared differences of the ranks sum to 194: 1 - 6 x 194 / (10 x 99).
    ranks = np.argsort(np.argsort([2, 20, 28, 27, 50, 29, 7, 17, 6, 12]))
    squares = int(((np.arange(10) - ranks) ** 2).sum())
    assert squares == 194
    assert found.coefficient == pytest.approx(1 - 6 * 194 / 990, abs=1e-15)
    assert found.places == 10
    # t with 8 degrees of freedom, both sides.
    statistic = found.coefficient * np.sqrt(8 / (1 - found.coefficient**2))
    assert found.probability == pytest.approx(2 * t.sf(abs(statistic), 8), rel=1e-12)


def test_equal_numbers_share_the_mean_of_their_ranks():
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: both have mean 2.5; sum of products of deviations 4.5, of squares 4.5 and 5.
    found = correlate([1, 2, 2, 3], [10, 30, 20, 40])
    assert found.coefficient == pytest.approx(4.5 / np.sqrt(4.5 * 5), rel=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_rises_together_is_one(sign):
    found = correlate([1, 2, 3, 4], [sign * each for each in (1, 10, 100, 1000)])
    assert found.coefficient == pytest.approx(sign)
    assert found.probability == pytest.approx(0.0, abs=1e-12)


def test_places_without_one_of_the_numbers_count_for_nothing():
    assert correlate([1, np.nan, 2, 3, 4], [4, 9, 3, np.nan, 1]).places == 3
    assert correlate([1, np.nan, 2, 3, 4], [4, 9, 3, np.nan, 1]).coefficient == pytest.approx(-1)


@pytest.mark.parametrize(
    ("one", "other", "places"), [([1, 2], [2, 1], 2), ([5, 5, 5], [1, 2, 3], 3), ([1, 2, 3], [5, 5, 5], 3), ([], [], 0)]
)
def test_where_nothing_can_be_said(one, other, places):
    found = correlate(one, other)
    assert found.places == places
    assert np.isnan([found.coefficient, found.probability]).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=30), st.randoms())
def test_like_scipy_and_in_any_order(pairs, random):
    one, other = (np.array(column, float) for column in zip(*pairs, strict=True))
    found = rank_correlation(one, other)
    if np.ptp(one) and np.ptp(other):
        assert found.coefficient == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)
    else:
        assert np.isnan(found.coefficient)
    order = list(range(len(pairs)))
    random.shuffle(order)
    again = rank_correlation(one[order], other[order])
    assert again.coefficient == pytest.approx(found.coefficient, abs=1e-12, nan_ok=True)
