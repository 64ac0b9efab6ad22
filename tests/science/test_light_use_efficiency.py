import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.science.carbon import heterotrophic_respiration
from shanshui.science.light_use_efficiency import (
    absorbed_share,
    given_water_stress,
    net_primary_productivity,
    regional_water_stress,
    warmth_of_month,
    warmth_of_optimum,
)


def months(*values):
    """A year of one cell; a single value stands for all months."""
    given = np.broadcast_to(np.asarray(values, np.float32), 12)
    return given.reshape(12, 1, 1).copy()


def cell(value):
    return np.array([[value]], np.float32)


def year(ndvi=0.4, radiation=500.0, temperature=15.0, stress=0.8, efficiency=0.542, saturated=0.634):
    given = [
        value if isinstance(value, np.ndarray) else months(value) for value in (ndvi, radiation, temperature, stress)
    ]
    return net_primary_productivity(*given, cell(efficiency), cell(saturated)).ravel()


# Light


def test_the_absorbed_share_of_a_worked_index():
    # Grassland, saturated at 0.634, index 0.4.
    by_index = 0.377 / 0.611  # 0.61702
    least, greatest = 1.023 / 0.977, 1.634 / 0.366  # 1.0471, 4.4645
    by_ratio = (1.4 / 0.6 - least) / (greatest - least)  # 0.37638
    assert absorbed_share(0.4, 0.634) == pytest.approx(0.5 * (by_index + by_ratio) * 0.949 + 0.001, rel=1e-5)
    assert absorbed_share(0.4, 0.634) == pytest.approx(0.47237, abs=1e-5)


def test_simple_ratios_of_the_published_table():
    # ChinaXiv-202106.00083, table 1: NDVImin 0.023 is SRmin 1.05, NDVImax 0.747 is SRmax 6.91, 0.647 is 4.67.
    for index, ratio in ((0.023, 1.05), (0.747, 6.91), (0.738, 6.63), (0.676, 5.17), (0.647, 4.67), (0.636, 4.49)):
        assert (1 + index) / (1 - index) == pytest.approx(ratio, abs=0.006)


@pytest.mark.parametrize(("ndvi", "share"), [(-1, 0.001), (0.0, 0.001), (0.023, 0.001), (0.634, 0.95), (1, 0.95)])
def test_the_absorbed_share_at_its_ends(ndvi, share):
    assert absorbed_share(ndvi, 0.634) == pytest.approx(share, abs=1e-6)


def test_the_absorbed_share_rises_with_the_index_and_keeps_what_is_not_known():
    found = absorbed_share(np.linspace(0.03, 0.63, 40), 0.634)
    assert (np.diff(found) > 0).all()
    assert np.isnan(absorbed_share([np.nan, 0.4], 0.634)).tolist() == [True, False]
    assert np.isnan(absorbed_share(0.4, np.nan))
    # What is saturated early takes up more at the same index.
    assert absorbed_share(0.4, 0.634) > absorbed_share(0.4, 0.747)


# Warmth


@pytest.mark.parametrize(("optimum", "stress"), [(0, 0.8), (10, 0.95), (20, 1.0), (30, 0.95), (-10, 0.55), (-40, 0.0)])
def test_first_stress_of_warmth(optimum, stress):
    # 0.8 + 0.02 T - 0.0005 T^2: at 10 degC 0.8 + 0.2 - 0.05, at -10 degC 0.8 - 0.2 - 0.05.
    assert warmth_of_optimum(optimum) == pytest.approx(stress, abs=1e-6)


def second(optimum, temperature):
    cold = 1 + math.exp(0.2 * (optimum - 10 - temperature))
    return 1.184 / cold / (1 + math.exp(0.3 * (-optimum - 10 + temperature)))


@pytest.mark.parametrize("warmer", [-13, -8, -3, 0, 2, 5, 10])
def test_second_stress_of_warmth_is_a_bell(warmer):
    assert warmth_of_month(20, 20 + warmer) == pytest.approx(second(20, 20 + warmer), rel=1e-5)
    # Only the distance to the optimum counts.
    assert warmth_of_month(8, 8 + warmer) == pytest.approx(second(20, 20 + warmer), rel=1e-5)


def test_second_stress_rises_to_the_optimum_and_falls_beyond():
    cooler, warmer = warmth_of_month(20, np.arange(7, 21)), warmth_of_month(20, np.arange(22, 31))
    assert (np.diff(cooler) > 0).all()
    assert (np.diff(warmer) < 0).all()
    # 1.184 / (1 + e^-2) / (1 + e^-3) = 1.184 / 1.13534 / 1.04979.
    assert warmth_of_month(20, 20) == pytest.approx(0.99340, abs=1e-5)


@pytest.mark.parametrize(
    ("temperature", "halved"), [(30.0, False), (30.1, True), (7.0, False), (6.9, True), (-30, True)]
)
def test_far_from_the_optimum_second_stress_is_half_of_that_at_it(temperature, halved):
    wanted = 0.5 * 1.184 / 1.135335 / 1.049787 if halved else second(20, temperature)
    assert warmth_of_month(20, temperature) == pytest.approx(wanted, rel=1e-4)


# Water


def stress_of_rain(p, ep0):
    rn = math.sqrt(ep0 * p) * (0.369 + 0.598 * math.sqrt(ep0 / p))
    e = p * rn * (p**2 + rn**2 + p * rn) / ((p + rn) * (p**2 + rn**2))
    return 0.5 + 0.5 * min(1, e / ((e + ep0) / 2))


def test_water_stress_of_a_worked_month():
    # Rain 50 mm, Ep0 80 mm: Rn = sqrt(4000) (0.369 + 0.598 sqrt(1.6)) = 63.2456 x 1.125414 = 71.1776 mm;
    # E = 50 x 71.1776 (2500 + 5066.25 + 3558.88) / (121.1776 x 7566.25) = 43.184 mm; Ep = (43.184 + 80) / 2 = 61.592.
    found = regional_water_stress(months(50), months(80))
    assert_allclose(found, 0.5 + 0.5 * 43.184 / 61.592, rtol=2e-5)
    assert stress_of_rain(50, 80) == pytest.approx(found[0, 0, 0], rel=1e-5)


@settings(deadline=None)
@given(st.floats(0.5, 800), st.floats(0.5, 300))
def test_water_stress_of_any_rain(p, ep0):
    found = regional_water_stress(months(p), months(ep0))
    assert found[3, 0, 0] == pytest.approx(stress_of_rain(p, ep0), abs=2e-5)
    assert ((found >= 0.5) & (found <= 1)).all()


def test_water_stress_without_rain_and_with_much():
    assert_array_equal(regional_water_stress(months(0), months(80)).ravel(), np.full(12, 0.5, np.float32))
    assert_array_equal(regional_water_stress(months(900), months(80)).ravel(), np.ones(12, np.float32))


def test_water_stress_of_a_given_evapotranspiration():
    assert_allclose(given_water_stress(months(30), months(80)), 0.5 + 0.5 * 30 / 80, rtol=1e-6)
    assert_array_equal(given_water_stress(months(90), months(80)), months(1))
    assert_array_equal(given_water_stress(months(-5), months(80)), months(0.5))


@pytest.mark.parametrize("function", [regional_water_stress, given_water_stress])
def test_a_month_in_which_nothing_evaporates_has_the_stress_of_the_month_before(function):
    water, potential = months(40), months(100)
    water[9] = 90
    potential[10:] = 0
    potential[:2] = 0
    found = function(water, potential).ravel()
    assert found[9] > found[8]
    # November and December as October, and January and February as December.
    assert_array_equal(found[[10, 11, 0, 1]], np.repeat(found[9], 4))
    assert_array_equal(found[2:9], np.repeat(found[2], 7))
    assert_array_equal(function(months(0), months(0)), months(0.5))


@pytest.mark.parametrize("function", [regional_water_stress, given_water_stress])
def test_a_month_in_which_little_evaporates_has_a_stress_of_its_own(function):
    water, potential = months(100), months(100)
    water[2], potential[2] = 0.1, 0.5
    found = function(water, potential).ravel()
    assert 0.5 < found[2] < found[1] - 0.1


@pytest.mark.parametrize("function", [regional_water_stress, given_water_stress])
def test_a_month_between_others_has_the_stress_of_the_one_before_it_and_not_of_december(function):
    water, potential = months(40, 70, *[20] * 10), months(100)
    potential[2] = 0
    found = function(water, potential).ravel()
    assert found[2] == found[1] > found[0] > found[11]


@pytest.mark.parametrize("function", [regional_water_stress, given_water_stress])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("other", [0, 80])
def test_water_stress_of_what_is_not_known(function, which, other):
    given = [months(other), months(other)]
    given[which][4] = np.nan
    assert np.isnan(function(*given)).ravel().tolist() == [month == 4 for month in range(12)]


# All together


def test_a_worked_month_of_casa():
    # The greenest month, July, has 20 degC; the month asked for 15 degC, index 0.4, 500 MJ/m2, W 0.8, grassland.
    ndvi, temperature = months(0.4), months(15)
    ndvi[6], temperature[6] = 0.5, 20
    found = year(ndvi=ndvi, temperature=temperature)
    fpar = 0.47237
    apar = 0.5 * 500 * fpar  # 118.09 MJ/m2
    t1 = 0.8 + 0.02 * 20 - 0.0005 * 400  # 1
    t2 = 1.184 / (1 + math.exp(-1)) / (1 + math.exp(-4.5))  # 0.85607
    assert found[0] == pytest.approx(0.542 * t1 * t2 * 0.8 * apar, rel=2e-5)
    assert found[0] == pytest.approx(43.836, abs=0.01)


def test_productivity_is_in_proportion_to_light_efficiency_and_water():
    one = year()
    assert_allclose(year(radiation=250.0), one / 2, rtol=1e-6)
    assert_allclose(year(efficiency=0.271), one / 2, rtol=1e-6)
    assert_allclose(year(stress=0.4), one / 2, rtol=1e-6)
    assert not year(radiation=0.0).any()


def test_frozen_months_bind_nothing():
    ndvi, temperature = months(0.3), months(12)
    ndvi[6] = 0.5
    temperature[:3, 0, 0] = -10, -9.9, -40
    found = year(ndvi=ndvi, temperature=temperature)
    assert found[0] == found[2] == 0
    assert found[1] > 0


def test_the_first_of_the_greenest_months_tells_the_optimum():
    ndvi, temperature = months(0.3), months(12)
    ndvi[[5, 8]] = 0.5
    temperature[[5, 8], 0, 0] = 18, 25
    fpar, light = float(absorbed_share(0.3, 0.634)), 0.542 * 0.8 * 250
    wanted = light * fpar * (0.8 + 0.36 - 0.162) * second(18, 12)
    assert year(ndvi=ndvi, temperature=temperature)[0] == pytest.approx(wanted, rel=1e-5)


def test_what_is_not_known_stays_so_and_months_without_an_index_tell_no_optimum():
    for name in ("ndvi", "radiation", "temperature", "stress"):
        given = months({"ndvi": 0.4, "radiation": 500, "temperature": -20, "stress": 0.8}[name])
        given[3] = np.nan
        assert np.isnan(year(**{name: given})).tolist() == [month == 3 for month in range(12)]
    assert np.isnan(year(efficiency=np.nan)).all()
    assert np.isnan(year(saturated=np.nan)).all()
    assert np.isnan(year(ndvi=months(np.nan))).all()


@settings(deadline=None, max_examples=40)
@given(
    arrays(np.float32, (12, 2, 3), elements=st.floats(-0.25, 1, width=32)),
    arrays(np.float32, (12, 2, 3), elements=st.floats(-30, 40, width=32)),
)
def test_productivity_is_that_of_plain_python(ndvi, temperature):
    radiation, stress = np.full_like(ndvi, 450), np.full_like(ndvi, 0.75)
    efficiency, full = np.full((2, 3), 0.8, np.float32), np.full((2, 3), 0.7, np.float32)
    found = net_primary_productivity(ndvi, radiation, temperature, stress, efficiency, full)
    assert found.shape == ndvi.shape
    for i, j in np.ndindex(2, 3):
        optimum = float(temperature[np.argmax(ndvi[:, i, j]), i, j])
        for month in range(12):
            degrees = float(temperature[month, i, j])
            if min(abs(degrees - optimum - 10), abs(degrees - optimum + 13)) < 1e-4:
                continue  # a step, which single precision may take on the other side
            t2 = second(optimum, degrees)
            if not -13 <= degrees - optimum <= 10:
                t2 = second(optimum, optimum) / 2
            t1 = 0 if degrees <= -10 else max(0, 0.8 + 0.02 * optimum - 0.0005 * optimum**2)
            index = min(max(float(ndvi[month, i, j]), 0.023), 0.7)
            low, high = 1.023 / 0.977, 1.7 / 0.3
            share = (index - 0.023) / 0.677 + ((1 + index) / (1 - index) - low) / (high - low)
            wanted = 0.8 * t1 * t2 * 0.75 * 225 * (share / 2 * 0.949 + 0.001)
            assert found[month, i, j] == pytest.approx(wanted, rel=1e-3, abs=1e-3)


# Respiration


def test_respiration_of_a_worked_month():
    # 15 degC and 80 mm: exp(1.368) = 3.92749, ln(26.16) = 3.26423; 0.22 x 7.19172 x 30 x 0.465 = 22.0713 g/m2.
    assert heterotrophic_respiration(months(15), months(80), 0.465) == pytest.approx(12 * 22.0713, rel=1e-4)


def test_respiration_sums_the_months():
    warm, wet = months(5), months(0)
    warm[6], wet[6] = 20, 100
    monthly = [0.22 * (math.exp(0.0912 * t) + math.log(0.3145 * p + 1)) * 30 * 0.465 for t, p in ((5, 0), (20, 100))]
    assert heterotrophic_respiration(warm, wet, 0.465) == pytest.approx(11 * monthly[0] + monthly[1], rel=1e-5)
    assert heterotrophic_respiration(warm, wet, 0.93) == pytest.approx(2 * (11 * monthly[0] + monthly[1]), rel=1e-5)
    wet[2] = np.nan
    assert np.isnan(heterotrophic_respiration(warm, wet, 0.465)).all()
