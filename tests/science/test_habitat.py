import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.science.habitat import degradation, impact, quality

NAN, INF = np.nan, np.inf
# Class 1 forest, class 3 grass; threats town (exponential, to 6,000 m, weight 1) and field (linear, to 1,500 m, 0.5).
CODES = np.array([3, 1])
SENSITIVITY = np.array([[0.6, 0.5], [0.8, 0.4]])
WEIGHT, FARTHEST = np.array([1.0, 0.5]), np.array([6000.0, 1500.0])
EXPONENTIAL = np.array([True, False])


def impacts(town, field, farthest=FARTHEST, exponential=EXPONENTIAL):
    near = zip((town, field), farthest, exponential, strict=True)
    return np.array([impact(np.array(distance, float), *way) for distance, *way in near], np.float32)


def degraded(classes, town, field, access=None, codes=CODES):
    given = np.array([classes], np.int32), impacts([town], [field]), np.asarray(codes), SENSITIVITY, WEIGHT
    return degradation(*given, None if access is None else np.array([access], np.float32))[0]


def test_degradation_by_hand():
    # Weights are two thirds and one third. Forest at 0 m of both: 2/3 x 0.8 + 1/3 x 0.4 = 0.6667.
    # Grass, 3,000 m from a town and 375 m from a field: 2/3 x exp(-1.495) x 0.6 + 1/3 x 0.75 x 0.5.
    made = degraded([1, 3], [0, 3000], [0, 375])
    assert made.dtype == np.float32
    assert made[0] == pytest.approx(2 / 3 * 0.8 + 1 / 3 * 0.4, rel=1e-6)
    assert made[1] == pytest.approx(0.089694 + 0.125, abs=1e-5)
    assert made[1] == pytest.approx(2 / 3 * math.exp(-1.495) * 0.6 + 0.125, rel=1e-6)


def test_at_the_maximum_distance_an_exponential_threat_drops_from_a_twentieth_to_nothing():
    made = degraded([1, 1, 1], [6000, 6001, INF], [INF, INF, INF])
    assert made.tolist() == pytest.approx([2 / 3 * 0.050287 * 0.8, 0, 0], abs=1e-6)
    assert made[0] == pytest.approx(2 / 3 * math.exp(-2.99) * 0.8, rel=1e-6)


def test_the_end_of_a_linear_threat_keeps_its_digits():
    # 1,500 m less 0.1 mm is 66.7 parts in a thousand million.
    assert impact(np.array([[1499.9999]]), 1500.0, False)[0, 0] == pytest.approx(1e-4 / 1500, rel=1e-6)


def test_a_linear_threat_fades_to_nothing():
    made = degraded([1, 1, 1, 1], [INF] * 4, [0, 750, 1500, 1501])
    assert made.tolist() == pytest.approx([0.4 / 3, 0.2 / 3, 0, 0], rel=1e-6, abs=1e-9)


def test_access_scales_it_and_where_it_is_unknown_all_is_open():
    whole = degraded([1, 1, 1, 1], [0] * 4, [0] * 4)
    made = degraded([1, 1, 1, 1], [0] * 4, [0] * 4, access=[1, 0.25, 0, NAN])
    np.testing.assert_allclose(made, whole * [1, 0.25, 0, 1], rtol=1e-6)


@pytest.mark.parametrize("far_code", [3, 200_000])
def test_what_has_no_class_or_whose_class_has_no_row_is_unknown(far_code):
    codes = [far_code, 1]
    made = degraded([-1, 0, 1, 2, far_code, 4, 300_000], [INF] * 7, [0] * 7, codes=codes)
    assert np.isnan(made).tolist() == [True, True, False, True, False, True, True]
    assert made[2] == pytest.approx(0.4 / 3, rel=1e-6)
    assert made[4] == pytest.approx(0.5 / 3, rel=1e-6)


def test_a_class_below_zero_is_no_data_even_where_a_code_is_below_zero():
    assert np.isnan(degraded([-1, 1], [0, 0], [0, 0], codes=[-1, 1])).tolist() == [True, False]


def test_a_class_without_sensitivity_to_a_threat_is_unknown_however_far_that_is():
    sensitivity = np.array([[NAN, 0.5], [0.8, 0.4]])
    given = np.array([[3, 1]], np.int32), np.zeros((2, 1, 2), np.float32), CODES, sensitivity, WEIGHT
    assert np.isnan(degradation(*given)).tolist() == [[True, False]]


def test_quality_by_hand():
    # k = 0.05: at D = 0.05 half is left; at 0.1: 1 - 1 / (1 + 0.5**2.5) = 0.150221; at 0.2: 1 / (1 + 4**2.5) = 1 / 33.
    made = quality(np.float32([1, 0.8, 0.8, 0.33]), np.float32([0, 0.05, 0.1, 0.2]), 0.05)
    assert made.dtype == np.float32
    assert made.tolist() == pytest.approx([1, 0.4, 0.8 * 0.150221, 0.01], rel=1e-5)
    assert quality(np.float32([1]), np.float32([0.3]), 0.3)[0] == pytest.approx(0.5)
    # At D = 4 k: 4**2.5 = 32.
    assert quality(np.float32([1]), np.float32([0.4]), 0.1)[0] == pytest.approx(1 / 33, rel=1e-6)


def test_quality_is_unknown_where_either_is():
    made = quality(np.float32([NAN, 1, 0]), np.float32([0.1, NAN, 0.1]), 0.05)
    assert np.isnan(made).tolist() == [True, True, False]
    assert made[2] == 0


shares = st.floats(0, 1, width=32)


# The first drawing of arrays takes a second on a busy machine.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    arrays(np.float32, (2, 1, 6), elements=st.floats(0, 20_000, width=32)),
    arrays(np.float64, (1, 2), elements=st.floats(0, 1)),
    arrays(np.float64, 2, elements=st.floats(0.01, 10)),
    arrays(np.bool_, 2),
)
def test_degradation_lies_between_nothing_and_the_sensitivity_and_falls_with_distance(
    near, sensitivity, weight, exponential
):
    classes, codes = np.ones((1, 6), np.int32), np.array([1])
    left = impacts(*near, exponential=exponential)
    made = degradation(classes, left, codes, sensitivity, weight)
    assert (made >= 0).all()
    assert (made <= sensitivity.max() * (1 + 1e-6)).all()
    farther = degradation(classes, impacts(*(near + 10), exponential=exponential), codes, sensitivity, weight)
    assert (farther <= made).all()
    # Only the ratio of the weights counts.
    again = degradation(classes, left, codes, sensitivity, weight * 7)
    np.testing.assert_allclose(again, made, rtol=1e-5, atol=1e-9)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    arrays(np.float32, 5, elements=shares),
    arrays(np.float32, 5, elements=shares),
    st.floats(0.001, 1),
)
def test_quality_lies_between_nothing_and_the_suitability(suitability, pressed, half):
    made = quality(suitability, pressed, half)
    assert (made >= 0).all()
    assert (made <= suitability).all()
    more = quality(suitability, np.minimum(pressed + np.float32(0.1), np.float32(1)), half)
    assert (more <= made).all()
    assert np.array_equal(made[pressed == 0], suitability[pressed == 0])
