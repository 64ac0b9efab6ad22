import calendar

import numpy as np
import pytest

from shanshui.chapters.services.wind_weather import (
    air_density_of_months,
    air_density_of_year,
    climate_erosivity,
    snow_factor,
    soil_wetness,
    weather_factor,
    wind_force_of_days,
    wind_force_of_half_months,
    wind_force_of_months,
)
from shanshui.policy.parameters import read_pack

# At 2 m, so that speeds are what they are.
WIND = {"wind_height": 2.0, "threshold_wind_speed": 5.0}


def months(value):
    return np.full((12, 1, 1), value, np.float32)


def halves(speed_of_day, leap=False):
    """The year as a step gets it: day 1 to 15, then the rest, month by month; speed_of_day takes month and day."""
    for month in range(1, 13):
        length = calendar.monthrange(2000 if leap else 2001, month)[1]
        days = np.array([speed_of_day(month, day) for day in range(1, length + 1)], np.float32).reshape(-1, 1, 1)
        yield days[:15]
        yield days[15:]


def test_force_by_days_by_hand():
    found = wind_force_of_days(halves(lambda month, day: 7.0 if month == 3 and day in (2, 20) else 4.0), **WIND)
    assert found.shape == (12, 1, 1)
    assert found.dtype == np.float32
    # 7 x 2^2 = 28 on one day of 15, times 15, and on one of 16, times 16
    assert found[:, 0, 0].tolist() == pytest.approx([0, 0, 56, 0, 0, 0, 0, 0, 0, 0, 0, 0])


def test_unknown_days_count_as_those_known_of_their_half_month():
    def speed(month, day):
        if (month, day) == (3, 2):
            return 7.0
        return np.nan if month == 3 and day <= 7 else 4.0

    # 28 over the nine known days of fifteen
    assert wind_force_of_days(halves(speed), **WIND)[2, 0, 0] == pytest.approx(28 / 9 * 15)
    gone = wind_force_of_days(halves(lambda month, day: np.nan if month == 3 and day < 9 else 7.0), **WIND)
    assert np.isnan(gone[2]).all()
    assert np.isfinite(np.delete(gone, 2, axis=0)).all()


def test_a_leap_year_has_a_day_more():
    same = [wind_force_of_days(halves(lambda month, day: 7.0, leap), **WIND) for leap in (False, True)]
    assert same[0].sum() == pytest.approx(365 * 28)
    assert same[1][1, 0, 0] - same[0][1, 0, 0] == pytest.approx(28)


def test_the_three_methods_agree_on_steady_wind():
    by_days = wind_force_of_days(halves(lambda month, day: 5.0 + month / 4), **WIND)
    by_halves = wind_force_of_half_months(
        np.repeat(5 + np.arange(1, 13, dtype=np.float32) / 4, 2)[:, None, None], **WIND
    )
    by_months = wind_force_of_months((5 + np.arange(1, 13, dtype=np.float32) / 4)[:, None, None], **WIND)
    np.testing.assert_allclose(by_halves, by_months, rtol=1e-5)
    np.testing.assert_allclose(np.delete(by_days, 1, 0), np.delete(by_months, 1, 0), rtol=1e-5)
    assert by_months[1, 0, 0] / by_days[1, 0, 0] == pytest.approx(28.25 / 28)
    assert by_halves.dtype == by_months.dtype == np.float32


def test_half_months_by_hand():
    speeds = np.zeros((24, 1, 1), np.float32)
    speeds[0], speeds[3] = 7.0, 6.0
    found = wind_force_of_half_months(speeds, **WIND)
    # 15 days of 28 in January; 13.25 days of 6 in the second half of February
    assert found[:3, 0, 0].tolist() == pytest.approx([420.0, 79.5, 0.0])
    speeds[23] = np.nan
    assert np.isnan(wind_force_of_half_months(speeds, **WIND)[11]).all()


def test_monthly_wind_underestimates():
    gusty = np.array([2.0, 12.0] * 16)
    by_days = wind_force_of_days(halves(lambda month, day: gusty[day]), **WIND)
    means = np.array([np.mean([gusty[day] for day in range(1, n + 1)]) for n in (31, 28, 31, 30)], np.float32)
    monthly = np.resize(means, 12)[:, None, None]
    by_months = wind_force_of_months(monthly, **WIND)
    assert (by_months[:, 0, 0] < 0.2 * by_days[:, 0, 0]).all()
    assert (wind_force_of_months(months(4.9), **WIND) == 0).all()
    assert np.isnan(wind_force_of_months(months(np.nan), **WIND)).all()


def test_wind_is_brought_to_two_metres():
    at_ten = {**WIND, "wind_height": 10.0}
    # 8 m/s at 10 m: 8 x 0.794597 = 6.356779; x 1.356779^2 = 11.70188; 31 days
    expected = pytest.approx(31 * 11.70188, rel=1e-5)
    assert wind_force_of_months(months(8.0), **at_ten)[0, 0, 0] == expected
    assert wind_force_of_half_months(np.full((24, 1, 1), 8.0, np.float32), **at_ten)[0, 0, 0] == expected
    assert wind_force_of_days(halves(lambda month, day: 8.0), **at_ten)[0, 0, 0] == expected
    higher = {**WIND, "threshold_wind_speed": 6.0}
    assert wind_force_of_months(months(7.0), **higher)[0, 0, 0] == pytest.approx(31 * 7)


def test_air_density_by_month_and_by_year():
    elevation = np.zeros((1, 1), np.float32)
    temperature = months(15.0)
    temperature[0] = -10.0
    found = air_density_of_months(elevation, temperature)[:, 0, 0]
    assert found[0] == pytest.approx(348 * 1.013 / 263.15, rel=1e-6)
    assert found[1] == pytest.approx(348 * 1.013 / 288.15, rel=1e-6)
    same = air_density_of_year(elevation, np.full((1, 1), 15.0, np.float32))
    assert same.shape == (12, 1, 1)
    assert same.dtype == np.float32
    assert (same == found[1]).all()


def test_factors_of_wetness_and_snow():
    # a quarter of January's days wet, and half of them under irrigation's 20 mm more
    found = soil_wetness(months(100.0), months(40.0), months(31 / 4), months(20.0))
    assert found[0, 0, 0] == pytest.approx(1 - 60 * 0.25 / 100)
    assert soil_wetness(months(100.0), months(40.0))[0, 0, 0] == pytest.approx(0.6)
    snow = months(0.2)
    snow[6] = np.nan
    assert snow_factor(snow)[0, 0, 0] == pytest.approx(0.8)
    assert snow_factor(snow).dtype == np.float32
    assert np.isnan(snow_factor(snow)[6]).all()


def test_weather_factor_with_and_without_what_a_study_lacks():
    # 12 x 98 x 1.2 / 9.8 = 144
    force, density = months(98.0), months(1.2)
    assert weather_factor(force, density)[0, 0] == pytest.approx(144.0, rel=1e-5)
    assert weather_factor(force, density, months(0.5))[0, 0] == pytest.approx(72.0, rel=1e-5)
    assert weather_factor(force, density, None, months(0.25))[0, 0] == pytest.approx(36.0, rel=1e-5)
    force[3] = np.nan
    assert np.isnan(weather_factor(force, density)).all()


def test_climate_erosivity_at_its_height():
    # u2 = 5 x 0.794597 = 3.972985: cube 62.7113; ETP 85.5, P 42.75: half; 365.25 days, /100
    found = climate_erosivity(months(5.0), months(10.0), months(0.5), months(42.75), wind_height=10.0)
    assert found[0, 0] == pytest.approx(62.7113 / 2 * 3.6525, rel=1e-4)


def test_the_pack_has_wind_at_ten_metres_and_five_metres_a_second():
    pack = read_pack("china")
    told = {name: (pack[name].value, pack[name].unit, pack[name].status) for name in WIND}
    assert told == {"wind_height": (10.0, "m", "default"), "threshold_wind_speed": (5.0, "m/s", "default")}
