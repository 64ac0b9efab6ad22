import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.science.wind_weather import (
    MONTH_DAYS,
    add_wind_force,
    add_windy_days,
    air_density,
    climate_erosivity,
    dryness_index,
    soil_wetness,
    to_two_metres,
    weather_factor,
)


def months(value):
    return np.full((12, 1, 1), value, np.float32)


def force_of(speeds, days, factor=1.0, threshold=5.0):
    total = np.zeros((1, 1), np.float32)
    add_wind_force(total, np.array(speeds, np.float32).reshape(-1, 1, 1), days, factor, threshold)
    return total[0, 0]


def test_the_year_has_its_days():
    assert sum(MONTH_DAYS) == 365.25
    assert MONTH_DAYS[1] == 28.25


def test_wind_at_two_metres():
    # (2/10)^(1/7) = exp(-1.609438/7) = 0.794597
    assert to_two_metres(10.0) == pytest.approx(0.794597, rel=1e-6)
    assert to_two_metres(2.0) == 1.0
    # 7 m/s at 10 m is 5.562 at 2 m: 5.562179 x 0.562179^2 = 1.75789
    assert force_of([7.0], 1.0, to_two_metres(10.0)) == pytest.approx(1.75789, rel=1e-4)


def test_force_of_the_wind_by_hand():
    # mean of 8 x 3^2 = 72, 6 x 1^2 = 6 and two below the threshold: 78/4 = 19.5, times 15 days
    assert force_of([8.0, 6.0, 5.0, 1.0], 15.0) == pytest.approx(292.5)
    assert force_of([5.0], 30.0) == 0
    # Wind below the threshold: (u - ut)^2 is above zero there too.
    assert force_of([1.0, 2.0], 15.0) == 0


def test_days_nobody_measured_count_as_the_measured_ones_up_to_half():
    assert force_of([8.0, np.nan, 6.0, np.nan], 15.0) == pytest.approx(15 * 39.0)
    assert np.isnan(force_of([8.0, np.nan, np.nan], 15.0))
    assert np.isnan(force_of([8.0, np.inf, np.inf], 15.0))
    assert np.isnan(force_of([np.nan], 30.0))


def test_force_adds_to_what_there_is():
    total = np.full((2, 1), 10.0, np.float32)
    add_wind_force(total, np.array([[[7.0], [4.0]]], np.float32), 2.0, 1.0, 5.0)
    np.testing.assert_allclose(total, [[10 + 2 * 28], [10]])


@given(st.lists(st.floats(0.0, 30.0), min_size=2, max_size=16))
def test_the_force_of_the_mean_wind_is_never_above_the_mean_force(speeds):
    assert force_of([np.mean(speeds)], 15.0) <= force_of(speeds, 15.0) * (1 + 1e-4) + 1e-3


def test_air_density_takes_metres_and_degrees_celsius():
    # 2000 m, 10 degC: 348 x (1.013 - 0.2366 + 0.0192)/283.15 = 348 x 0.7956/283.15
    found = air_density(np.array([[2000.0, np.nan]], np.float32), np.full((12, 1, 2), 10.0, np.float32))
    assert found.shape == (12, 1, 2)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[3], [[348 * 0.7956 / 283.15, np.nan]], rtol=1e-6)


def test_soil_wetness_by_hand():
    # 100 mm could go; 40 mm in 31/4 of 31 days: (100 - 40 x 0.25)/100 = 0.9
    found = soil_wetness(months(100.0), months(40.0), None, months(31 / 4))
    assert found[0, 0, 0] == pytest.approx(0.9)
    assert found[3, 0, 0] == pytest.approx(1 - 0.4 * 31 / 4 / 30)
    # 20 mm of irrigation: 1 - 0.6 x 0.25
    assert soil_wetness(months(100.0), months(40.0), months(20.0), months(31 / 4))[0, 0, 0] == pytest.approx(0.85)
    # rain days not known: as if it rained every day
    assert soil_wetness(months(100.0), months(40.0), None, None)[0, 0, 0] == pytest.approx(0.6)
    # more rain days than days are all days
    assert soil_wetness(months(100.0), months(40.0), None, months(31.0))[1, 0, 0] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("potential", "rain", "expected"),
    [(10.0, 50.0, 0.0), (10.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 3.0, 0.0), (-1.0, 3.0, 0.0), (-1.0, 0.0, 1.0)],
)
def test_wet_and_frozen_months_are_defined(potential, rain, expected):
    assert soil_wetness(months(potential), months(rain), None, None)[5, 0, 0] == expected


@pytest.mark.parametrize("frozen", [0.0, 10.0, np.nan])
def test_unknown_weather_is_not_dry(frozen):
    assert np.isnan(soil_wetness(months(frozen), months(np.nan), None, None)).all()
    assert np.isnan(soil_wetness(months(np.nan), months(1.0), None, None)).all()
    assert np.isnan(soil_wetness(months(frozen), months(1.0), None, months(np.nan))).all()
    assert np.isnan(soil_wetness(months(frozen), months(0.0), months(np.nan), None)).all()


def test_weather_factor_by_hand():
    # 12 x 98 x 1.2 / 9.8 x 0.5 x 0.75 = 54
    found = weather_factor(months(98.0), months(1.2), months(0.5), months(0.75))
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(54.0, rel=1e-5)
    assert weather_factor(months(98.0), months(1.2), None, None)[0, 0] == pytest.approx(144.0, rel=1e-5)
    assert weather_factor(months(98.0), months(1.2), None, months(0.75))[0, 0] == pytest.approx(108.0, rel=1e-5)


@pytest.mark.parametrize("missing", range(4))
def test_a_month_without_weather_is_not_calm(missing):
    factors = [months(10.0), months(1.2), months(1.0), months(1.0)]
    factors[missing][4] = np.nan
    assert np.isnan(weather_factor(*factors)).all()


def test_climate_erosivity_by_hand():
    # 10 degC, r 0.5: ETP = 0.19 x 900 x 0.5 = 85.5; u = 2: 8 x (85.5 - 42.75)/85.5 = 4 a day, 365.25 days, /100
    found = climate_erosivity(months(4.0), months(10.0), months(0.5), months(42.75), 0.5)
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(14.61, rel=1e-5)


@pytest.mark.parametrize(
    ("temperature", "humidity", "rain"), [(10.0, 0.5, 90.0), (10.0, 1.0, 0.0), (-20.0, 0.5, 0.0), (-35.0, 0.5, 0.0)]
)
def test_wet_saturated_and_bitter_cold_months_do_not_erode(temperature, humidity, rain):
    assert climate_erosivity(months(9.0), months(temperature), months(humidity), months(rain), 1.0)[0, 0] == 0


def test_a_calm_month_without_thirst_or_rain_adds_nothing():
    calm, wet = months(0.0), months(1.0)
    assert climate_erosivity(calm, months(10.0), wet, calm, 1.0)[0, 0] == 0
    # One windy and dry month of 31 days at 10 degC besides: 27 x 31 / 100.
    wind = calm.copy()
    wind[0], wet[0] = 3.0, 0.0
    assert climate_erosivity(wind, months(10.0), wet, calm, 1.0)[0, 0] == pytest.approx(8.37, rel=1e-6)


@pytest.mark.parametrize("missing", range(4))
def test_a_missing_month_leaves_no_climate_erosivity(missing):
    climate = [months(4.0), months(-30.0), months(0.5), months(10.0)]
    climate[missing][4] = np.nan
    assert np.isnan(climate_erosivity(*climate, 0.8)).all()


def test_dryness_by_hand():
    temperature, rain = months(5.0), months(10.0)
    temperature[5:7], rain[5:7] = 20.0, 61.0
    temperature[7], rain[7] = 10.0, 2.0
    # June and July 20 degC, August 10: 0.16 x (20 x 61 + 10 x 31) / (2 x 61 + 2)
    assert dryness_index(temperature, rain)[0, 0] == pytest.approx(0.16 * 1530 / 124, rel=1e-6)
    assert dryness_index(months(5.0), rain)[0, 0] == 0
    assert dryness_index(temperature, months(0.0))[0, 0] == 1000
    assert dryness_index(temperature, months(1e-4))[0, 0] == 1000
    temperature[0] = np.nan
    assert np.isnan(dryness_index(temperature, rain)[0, 0])
    assert np.isnan(dryness_index(temperature, months(0.0))[0, 0])
    assert np.isnan(dryness_index(months(5.0), months(np.nan))[0, 0])


def test_windy_days_by_hand():
    total = np.ones((1, 3), np.float32)
    speeds = np.array([[6.0, 6.0, 7.0], [5.9, np.nan, np.nan], [9.0, 2.0, np.nan]], np.float32)
    add_windy_days(total, speeds[:, np.newaxis], 6.0)
    # two of three; one of two known in three days; one known of three is too few
    np.testing.assert_allclose(total, [[3.0, 2.5, np.nan]])
    half = np.zeros((1, 1), np.float32)
    add_windy_days(half, np.array([9.0, np.nan], np.float32).reshape(2, 1, 1), 6.0)
    assert half[0, 0] == 2
