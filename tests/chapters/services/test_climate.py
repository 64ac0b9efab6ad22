import calendar

import numpy as np
import pytest
from numpy.testing import assert_allclose

from shanshui.base.days import Days
from shanshui.base.units import conversion
from shanshui.chapters import catalogue
from shanshui.chapters.services.climate import (
    mean_temperature_of_months,
    monthly_precipitation_of_days,
    monthly_temperature_of_extremes,
    potential_evapotranspiration_hargreaves,
    potential_evapotranspiration_of_months,
    potential_evapotranspiration_thornthwaite,
    precipitation_of_days,
    precipitation_of_months,
)
from shanshui.science.evapotranspiration import hargreaves, thornthwaite


def year_of_days(length, values):
    """Days as the engine gives them; `values` has one a day."""
    return Days(length, lambda first, last: np.asarray(values[first:last], np.float32).reshape(-1, 1, 1))


@pytest.mark.parametrize(("year", "length"), [(2021, 365), (2020, 366)])
def test_days_fall_into_their_months(year, length):
    # Each day has the number of its month.
    values = [month for month in range(1, 13) for _ in range(calendar.monthrange(year, month)[1])]
    found = monthly_precipitation_of_days(year_of_days(length, values))
    assert found.shape == (12, 1, 1)
    assert found.dtype == np.float32
    assert found.ravel().tolist() == [m * calendar.monthrange(year, m)[1] for m in range(1, 13)]
    assert precipitation_of_days(year_of_days(length, values)).tolist() == [[float(sum(values))]]
    assert precipitation_of_months(found).tolist() == [[float(sum(values))]]


def test_a_day_without_data_makes_its_month_and_the_year_unknown():
    values = [1.0] * 365
    values[40] = np.nan  # 10 February
    months = monthly_precipitation_of_days(year_of_days(365, values))
    assert np.isnan(months.ravel()).tolist() == [False, True, *[False] * 10]
    assert np.isnan(precipitation_of_days(year_of_days(365, values))).all()
    assert np.isnan(precipitation_of_months(months)).all()


def test_mean_temperature_counts_each_month_by_its_days():
    warm_january = np.zeros((12, 1, 1), np.float32)
    warm_january[0] = 36.525
    assert mean_temperature_of_months(warm_january)[0, 0] == pytest.approx(36.525 * 31 / 365.25, rel=1e-6)
    warm_february = np.zeros((12, 1, 1), np.float32)
    warm_february[1] = 36.525
    assert mean_temperature_of_months(warm_february)[0, 0] == pytest.approx(2.825, rel=1e-6)
    assert mean_temperature_of_months(np.full((12, 1, 1), 7.5, np.float32))[0, 0] == pytest.approx(7.5, rel=1e-6)
    assert not warm_january[1:].any()  # its input is left as it was
    warm_january[5] = np.nan
    assert np.isnan(mean_temperature_of_months(warm_january)).all()


def test_monthly_temperature_is_the_middle():
    assert monthly_temperature_of_extremes(np.float32([[[20.0]]]), np.float32([[[-4.0]]])).tolist() == [[[8.0]]]


def test_potential_evapotranspiration_is_that_of_the_kernels_and_sums_up():
    warm, cold = np.full((12, 1, 2), 25.0, np.float32), np.full((12, 1, 2), 12.0, np.float32)
    latitude = np.array([[10.0, 50.0]])
    months = potential_evapotranspiration_hargreaves(warm, cold, latitude)
    assert_allclose(months, hargreaves(warm, cold, latitude))
    assert_allclose(potential_evapotranspiration_thornthwaite(warm, latitude), thornthwaite(warm, latitude))
    year = potential_evapotranspiration_of_months(months)
    assert_allclose(year, months.sum(axis=0), rtol=1e-6)
    assert year[0, 0] > year[0, 1]
    months[3, 0, 0] = np.nan
    assert np.isnan(potential_evapotranspiration_of_months(months)).tolist() == [[True, False]]


def test_methods_stand_in_their_order():
    orders = {
        "precipitation": ["months", "days"],
        "monthly_potential_evapotranspiration": ["hargreaves", "thornthwaite"],
    }
    for word, methods in orders.items():
        assert [step.method for step in catalogue().methods(word)] == methods


def test_kelvin_become_degrees_at_the_door():
    unit = catalogue().vocabulary["monthly_temperature"].unit
    change = conversion("kelvin", unit)
    assert 300.0 * change.scale + change.offset == pytest.approx(26.85)
    for word in ("mean_temperature", "monthly_temperature_maximum", "monthly_temperature_minimum"):
        assert catalogue().vocabulary[word].unit == unit
    # A layer in kelvin whose unit nobody told is beyond what air may have.
    assert catalogue().vocabulary["monthly_temperature"].maximum < 200
    humidity = catalogue().vocabulary["monthly_relative_humidity"]
    assert (humidity.minimum, humidity.maximum) == (0, 1)
    assert conversion("percent", humidity.unit).scale == 0.01


@pytest.mark.parametrize("word", ["daily_precipitation", "monthly_precipitation", "monthly_temperature"])
def test_axes(word):
    assert catalogue().vocabulary[word].axis == ("day" if word.startswith("daily") else "month")
