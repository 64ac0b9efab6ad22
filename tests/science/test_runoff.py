import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.science.runoff import retained_by_curve_number, storm_totals, sum_of_days


def days(*values):
    """Days of one cell."""
    return np.array(values, np.float32).reshape(-1, 1, 1)


def retained(rain, number, threshold=50.0):
    return float(retained_by_curve_number([days(*rain)], np.array([[number]], np.float32), threshold)[0, 0])


def test_days_are_summed_over_all_parts():
    rain = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    assert_array_equal(sum_of_days([rain[:2], rain[2:]]), rain.sum(axis=0))
    assert sum_of_days([rain]).dtype == np.float32
    rain[1, 0, 1] = np.nan
    assert np.isnan(sum_of_days([rain[:1], rain[1:]])).tolist() == [[False, True], [False, False]]
    with pytest.raises(ValueError, match="without days"):
        sum_of_days([])


def test_storm_days_begin_at_the_threshold():
    # 50 is a storm, 49.9 none: 50 + 70.5 + 120 over three days.
    rain, count = storm_totals([days(49.9, 50.0, 0.0), days(70.5), days(120.0, 3.0)], 50.0)
    assert rain.tolist() == [[240.5]]
    assert count.tolist() == [[3.0]]
    rain, count = storm_totals([days(49.9, 50.0, 0.0), days(70.5)], 60.0)
    assert (float(rain[0, 0]), float(count[0, 0])) == (70.5, 1.0)
    with pytest.raises(ValueError, match="without days"):
        storm_totals([], 50.0)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_day_without_data_makes_the_year_unknown(place):
    values = [80.0, 0.0, 60.0]
    values[place] = np.nan
    rain, count = storm_totals([days(*values)], 50.0)
    assert np.isnan(rain).all()
    assert np.isnan(count).all()
    assert np.isnan(retained(values, 70.0))


def test_curve_number_by_hand():
    # CN 80: S = 25400 / 80 - 254 = 63.5 mm. 100 mm: (100 - 12.7)^2 / (100 + 50.8) = 50.54 mm run off.
    assert retained([100.0], 80.0) == pytest.approx(100 - 87.3**2 / 150.8, rel=1e-6)
    # TR-55, table 2-1 [inches]: CN 80 and 5.0 inches of rain run off 2.89 inches.
    assert (127.0 - retained([127.0], 80.0)) / 25.4 == pytest.approx(2.89, abs=0.005)
    # Storm days add up, each by itself; others do not count.
    assert retained([100.0, 20.0, 100.0], 80.0) == pytest.approx(2 * (100 - 87.3**2 / 150.8), rel=1e-6)


def test_curve_number_at_its_ends():
    assert retained([90.0], 0.0) == 90.0  # S without end
    assert retained([90.0], 100.0) == 0.0  # S = 0
    # CN 40: S = 381 mm, 0.2 S = 76.2: a storm below it is held wholly.
    assert retained([76.0], 40.0) == 76.0
    assert retained([77.0], 40.0) == pytest.approx(77 - 0.8**2 / (77 + 304.8), rel=1e-6)
    assert np.isnan(retained([90.0], np.nan))
    assert np.isnan(retained([10.0], np.nan))
    assert retained([10.0], 80.0) == 0.0
    # A storm day begins at the threshold itself: 50 - 37.3^2 / 100.8 mm.
    assert retained([50.0], 80.0) == pytest.approx(50 - 37.3**2 / 100.8, rel=1e-6)


@given(
    st.lists(st.floats(0, 500, width=32), min_size=1, max_size=30),
    st.floats(0, 100, width=32),
    st.floats(0, 100, width=32),
)
def test_what_is_held_is_between_nothing_and_the_storm_rain(rain, number, other):
    storms = float(storm_totals([days(*rain)], 50.0)[0][0, 0])
    held = retained(rain, number)
    assert -1e-3 <= held <= storms * (1 + 1e-6)
    # A higher curve number never holds more back.
    assert retained(rain, max(number, other)) <= retained(rain, min(number, other)) + 1e-3


def test_parts_do_not_change_the_sums():
    generator = np.random.default_rng(4)
    rain = generator.gamma(0.3, 60.0, (31, 3, 4)).astype(np.float32)
    number = generator.uniform(30, 98, (3, 4)).astype(np.float32)
    whole = retained_by_curve_number([rain], number, 50.0)
    assert_allclose(retained_by_curve_number([rain[:15], rain[15:]], number, 50.0), whole, rtol=1e-6)
    assert_array_equal(storm_totals([rain[:15], rain[15:]], 50.0)[1], (rain >= 50).sum(axis=0))


def test_a_curve_number_of_one_is_none_of_nought():
    # S = 25400 - 254 = 25146 mm, 0.2 S = 5029.2: of 6000 mm run off 970.8^2 / (6000 + 20116.8) mm.
    assert retained([6000.0], 1.0) == pytest.approx(6000 - 970.8**2 / 26116.8, rel=1e-5)


def test_a_dry_day_on_sealed_ground_holds_nothing_back():
    """With a threshold of 0 every day counts; rain and storage of 0 leave 0 and not 0 / 0."""
    assert retained([0.0, 10.0], 100.0, threshold=0.0) == 0.0
