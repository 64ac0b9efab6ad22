import numpy as np
import pytest

from shanshui.science.variance_shares import variance_shares


def designed():
    """Three numbers with no correlation at all: every combination of -1 and 1, twice."""
    return np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)] * 2, float)


def test_shares_of_a_linear_model_are_squares_of_its_terms():
    """2 a + 3 b + 6 c: variances 4, 9 and 36 of 49; a result on another scale has the same shares."""
    numbers = designed()
    result = numbers @ [2.0, 3.0, 6.0]
    found = variance_shares(numbers, np.stack([result, 1000 - 5 * result], axis=1))
    expected = np.array([4, 9, 36]) / 49
    np.testing.assert_allclose(found, np.stack([expected, expected], axis=1))


def test_the_spread_of_a_number_counts():
    numbers = designed() * [1.0, 10.0, 1.0] + [5.0, 100.0, -3.0]
    found = variance_shares(numbers, (numbers @ [1.0, 1.0, 1.0])[:, None])[:, 0]
    np.testing.assert_allclose(found, np.array([1, 100, 1]) / 102)


def test_what_works_together_is_left_over():
    """a + b c: of the variance 2 half is due to b and c together."""
    numbers = designed()
    found = variance_shares(numbers, (numbers[:, 0] + numbers[:, 1] * numbers[:, 2])[:, None])[:, 0]
    np.testing.assert_allclose(found, [0.5, 0.0, 0.0], atol=1e-12)


def test_shares_sum_to_the_fit_also_where_numbers_go_together():
    random = np.random.default_rng(3)
    numbers = random.normal(size=(40, 4))
    numbers[:, 1] += numbers[:, 0]
    result = numbers @ [1.0, -2.0, 0.5, 0.0] + random.normal(size=40)
    found = variance_shares(numbers, result[:, None])[:, 0]
    design = np.column_stack([np.ones(40), numbers])
    residual = result - design @ np.linalg.lstsq(design, result, rcond=None)[0]
    assert found.sum() == pytest.approx(1 - residual.var() / result.var())


def test_what_does_not_vary_has_no_share_and_none_to_give():
    numbers = designed()
    numbers[:, 1] = 7.3
    found = variance_shares(numbers, np.stack([numbers[:, 0], np.full(16, 0.1)], axis=1))
    np.testing.assert_allclose(found[:, 0], [1.0, 0.0, 0.0], atol=1e-12)
    assert np.isnan(found[:, 1]).all()


@pytest.mark.parametrize("level", [1e-9, 1e9])
def test_what_varies_in_its_last_digits_only_does_not_vary(level):
    """A sum of the same parts in another order differs by some 1e-16 of it; half a millionth of it is no noise."""
    numbers = designed()
    noise = level * (1 + 1e-15 * numbers[:, 1])
    real = level * (1 + 5e-7 * numbers[:, 0])
    found = variance_shares(numbers, np.stack([noise, real], axis=1))
    assert np.isnan(found[:, 0]).all()
    np.testing.assert_allclose(found[:, 1], [1.0, 0.0, 0.0], atol=1e-6)
