import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.policy.distributions import TAIL, Distribution, stratified_shares


def evenly(number):
    return (np.arange(number) + 0.5) / number


def test_a_normal_distribution_by_its_table():
    one = Distribution("normal", 10.0, 2.0)
    np.testing.assert_allclose(one.at(np.array([0.5, 0.8413447461, 0.0227501319])), [10.0, 12.0, 6.0], rtol=1e-9)


def test_what_lies_beyond_the_range_is_cut_off_and_the_rest_drawn_evenly():
    """Below mean - 2.5 deviations lie 0.62 %: the least draw is there, half of the rest is below the middle."""
    one = Distribution("normal", 5.0, 2.0, minimum=0.0)
    assert one.fault() is None
    assert one.at(np.array([0.0]))[0] == pytest.approx(0.0, abs=1e-9)
    below = 0.0062096653
    found = one.at(np.array([0.5]))[0]
    # The share of the whole normal distribution below the middle of what is left.
    assert 0.5 * (1 + math.erf((found - 5.0) / 2.0 / math.sqrt(2))) == pytest.approx(below + (1 - below) / 2)


def test_both_tails_are_cut():
    one = Distribution("normal", 0.5, 0.18, minimum=0.0, maximum=1.0)
    values = one.at(np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(values, [0.0, 0.5, 1.0], atol=1e-9)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Distribution("normal", 1.0, -0.1), "standard deviation -0.1"),
        (Distribution("normal", 1.0, math.nan), "standard deviation nan"),
        (Distribution("normal", 1.0, 0.5, minimum=0.0), "puts 2.3 % of the draws below 0"),
        (Distribution("normal", 0.9, 0.1, minimum=0.0, maximum=1.0), "puts 16 % of the draws above 1"),
        # 4.8 % lie below, 1.6 % above: the side with more of them is told.
        (Distribution("normal", 0.5, 0.3, minimum=0.0, maximum=1.145), "puts 6.4 % of the draws below 0"),
        (Distribution("normal", 2.0, 0.0, maximum=1.0), "puts 1e+02 % of the draws above 1"),
        (Distribution("normal", -2.0, 0.0, minimum=0.0), "puts 1e+02 % of the draws below 0"),
        (Distribution("uniform", 1.0, low=3.0, high=2.0), "reaches from 3 to 2"),
        (Distribution("uniform", 1.0, low=math.nan, high=2.0), "reaches from nan to 2"),
        (Distribution("triangular", 4.0, low=2.0, high=3.0), "its peak is 4"),
        (Distribution("triangular", 1.0, low=2.0, high=3.0), "its peak is 1"),
        (Distribution("uniform", 1.0, low=-1.0, high=2.0, minimum=0.0), "reaches -1"),
        (Distribution("triangular", 1.0, low=0.0, high=7.0, maximum=6.0), "reaches 7"),
    ],
)
def test_what_is_wrong_is_said(one, words):
    assert words in one.fault()


@pytest.mark.parametrize(
    "one",
    [
        Distribution("normal", 1.0, 0.0, minimum=1.0, maximum=1.0),
        Distribution("normal", math.nan, 0.0, minimum=0.0),
        Distribution("uniform", 9.0, low=0.0, high=2.0, minimum=0.0, maximum=2.0),
        Distribution("triangular", 2.0, low=2.0, high=2.0),
        Distribution("triangular", 2.0, low=2.0, high=3.0),
        Distribution("triangular", 3.0, low=2.0, high=3.0),
        # One deviation in a hundred and fifty lies below: 0.67 % is less than 1 %.
        Distribution("normal", 2.475, 1.0, minimum=0.0),
    ],
)
def test_what_is_right_has_no_fault(one):
    assert one.fault() is None


def test_up_to_one_percent_may_be_cut():
    assert TAIL == 0.01
    assert Distribution("normal", 2.33, 1.0, minimum=0.0).fault() is None
    assert Distribution("normal", 2.32, 1.0, minimum=0.0).fault() is not None


def test_what_has_no_width_gives_its_value():
    shares = evenly(3)
    assert Distribution("normal", 4.0, 0.0).at(shares).tolist() == [4.0] * 3
    assert Distribution("uniform", 4.0, low=5.0, high=5.0).at(shares).tolist() == [5.0] * 3
    assert Distribution("triangular", 5.0, low=5.0, high=5.0).at(shares).tolist() == [5.0] * 3
    assert np.isnan(Distribution("normal", math.nan, 0.0).at(shares)).all()


def test_moments_are_those_of_the_textbook():
    shares = evenly(200_000)
    uniform = Distribution("uniform", 0.0, low=2.0, high=8.0).at(shares)
    assert (uniform.mean(), uniform.std()) == pytest.approx((5.0, 6 / math.sqrt(12)), rel=1e-5)
    a, b, c = 1.0, 7.0, 2.0
    triangular = Distribution("triangular", c, low=a, high=b).at(shares)
    variance = (a * a + b * b + c * c - a * b - a * c - b * c) / 18
    assert (triangular.mean(), triangular.std()) == pytest.approx(((a + b + c) / 3, math.sqrt(variance)), rel=1e-4)
    normal = Distribution("normal", 3.0, 0.7).at(shares)
    assert (normal.mean(), normal.std()) == pytest.approx((3.0, 0.7), rel=1e-3)


@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**31))
def test_every_stratum_is_drawn_once(draws, number, seed):
    shares = stratified_shares("name", number, draws, seed)
    assert shares.shape == (draws, number)
    strata = np.sort(np.floor(shares * draws).astype(int), axis=0)
    np.testing.assert_array_equal(strata, np.tile(np.arange(draws)[:, None], (1, number)))


def test_draws_hang_on_the_name_and_the_seed_and_are_each_their_own():
    first = stratified_shares("rain", 3, 50, 1)
    np.testing.assert_array_equal(first, stratified_shares("rain", 3, 50, 1))
    for other in (stratified_shares("snow", 3, 50, 1), stratified_shares("rain", 3, 50, 2)):
        assert not np.allclose(first, other)
    assert np.abs(np.corrcoef(first.T) - np.eye(3)).max() < 0.4
    # Within its stratum a draw lies anywhere.
    within = first * 50 % 1
    assert within.min() < 0.1
    assert within.max() > 0.9
