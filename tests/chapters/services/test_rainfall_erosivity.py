import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.base.days import Days
from shanshui.base.step import Series
from shanshui.chapters.services.rainfall_erosivity import (
    erosivity_of_bols,
    erosivity_of_renard,
    erosivity_of_zhang,
    mean_erosivity,
    relative_rainfall_erosivity,
    yearly_rainfall_erosivity,
)

SEASON = {"erosivity_warm_first_month": 5.0, "erosivity_warm_last_month": 9.0}


def year_with(rain, days=365):
    """Make a year with rain on some of its days, counted from 0, in one cell; the rest is dry."""
    fallen = np.zeros((days, 1, 1), np.float32)
    for day, amount in rain.items():
        fallen[day] = amount
    return Days(days, lambda first, last: fallen[first:last])


def erosivity(rain, days=365, **given):
    return yearly_rainfall_erosivity(year_with(rain, days), **{"erosive_daily_rain": 12.0, **SEASON, **given}).item()


# Of a year of 365 days: 30 April is day 119, 1 May day 120, 30 September day 272, 1 October day 273.
@pytest.mark.parametrize(("day", "alpha"), [(0, 0.3101), (119, 0.3101), (120, 0.3937), (272, 0.3937), (273, 0.3101)])
def test_a_day_counts_by_the_season_it_lies_in(day, alpha):
    assert erosivity({day: 40}) == pytest.approx(alpha * 40**1.7265, rel=1e-6)


def test_days_add_up_and_only_those_of_erosive_rain():
    found = erosivity({10: 12, 11: 11.9, 180: 55})
    assert found == pytest.approx(0.3101 * 12**1.7265 + 0.3937 * 55**1.7265, rel=1e-6)
    assert erosivity({10: 12, 180: 55}, erosive_daily_rain=20.0) == pytest.approx(0.3937 * 55**1.7265, rel=1e-6)


def test_the_warm_season_may_run_over_the_new_year():
    southern = {"erosivity_warm_first_month": 11.0, "erosivity_warm_last_month": 3.0}
    # 31 October, 1 November, 31 March, 1 April of a leap year: days 304, 305, 90 and 91.
    for day, alpha in ((304, 0.3101), (305, 0.3937), (90, 0.3937), (91, 0.3101), (182, 0.3101)):
        assert erosivity({day: 30}, 366, **southern) == pytest.approx(alpha * 30**1.7265, rel=1e-6)
    assert erosivity({0: 30}, erosivity_warm_first_month=1.0, erosivity_warm_last_month=12.0) > 0.39 * 30**1.7265


def test_a_year_with_a_missing_day_is_unknown_and_the_mean_is_of_the_others():
    assert np.isnan(erosivity({3: np.nan, 100: 30}))
    years = Series(
        {year: np.array([[value]], np.float32) for year, value in ((2001, 100), (2002, np.nan), (2003, 400))}
    )
    assert mean_erosivity(years).tolist() == [[250.0]]
    assert mean_erosivity(Series({2001: np.array([[100]], np.float32)})).tolist() == [[100.0]]
    assert np.isnan(mean_erosivity(Series({2001: np.array([[np.nan]], np.float32)}))).all()


def test_zhang_takes_all_years_and_reads_their_days_twice():
    years = Series({2001: year_with({10: 20, 180: 40}), 2002: year_with({5: 30, 200: 30, 201: 11}, 366)})
    beta = 0.8363 + 18.144 / 30 + 24.455 / 60
    by_hand = 21.586 * beta**-7.1891 * (20**beta + 40**beta + 2 * 30**beta) / 2
    assert erosivity_of_zhang(years, erosive_daily_rain=12.0).item() == pytest.approx(by_hand, rel=1e-6)


def of_year(*values):
    return Series({None: np.array([values], np.float32)})


def test_renard_and_freimund_by_hand_and_nearly_continuous():
    found = erosivity_of_renard(of_year(500, 850, 850.01, 1500, np.nan))[0]
    expected = [0.0483 * 500**1.61, 0.0483 * 850**1.61]
    expected += [587.8 - 1.219 * rain + 0.004105 * rain**2 for rain in (850.01, 1500)]
    np.testing.assert_allclose(found, [*expected, np.nan], rtol=1e-6)
    assert found[2] / found[1] == pytest.approx(1, abs=0.002)
    assert found[2] != pytest.approx(0.0483 * 850.01**1.61, rel=1e-3)


def test_bols_by_hand():
    found = erosivity_of_bols(of_year(2400, np.nan), bols_unit_factor=9.81)
    np.testing.assert_allclose(found, [[9.81 * 2.5 * 2400**2 / (100 * (0.073 * 2400 + 0.73)), np.nan]], rtol=1e-6)
    assert erosivity_of_bols(of_year(0), bols_unit_factor=9.81).item() == 0


@pytest.mark.parametrize("method", [erosivity_of_renard, lambda rain: erosivity_of_bols(rain, bols_unit_factor=9.81)])
def test_yearly_rain_is_taken_as_the_mean_of_the_years(method):
    years = Series({2001: np.array([[900, 700]], np.float32), 2002: np.array([[1100, np.nan]], np.float32)})
    np.testing.assert_array_equal(method(years), method(of_year(1000, 700)))


def test_monthly_rain_gives_a_relative_figure_by_hand():
    months = np.zeros((12, 1, 3), np.float32)
    months[[5, 6], 0, 0] = 100, 300
    months[2, 0, 2] = np.nan
    by_hand = sum(1.735 * 10 ** (1.5 * math.log10(rain**2 / 400) - 0.8188) for rain in (100, 300))
    found = relative_rainfall_erosivity(months, relative_erosivity_constant=0.8188)
    np.testing.assert_allclose(found, [[by_hand, 0, np.nan]], rtol=1e-6)


def test_the_two_constants_of_the_monthly_formula_differ_by_5_457():
    months = np.full((12, 1, 1), 80, np.float32)
    low, high = (relative_rainfall_erosivity(months, relative_erosivity_constant=c).item() for c in (0.8188, 0.08188))
    assert high / low == pytest.approx(5.457, abs=1e-3)


@given(st.floats(12, 400), st.floats(1, 2), st.integers(0, 364))
def test_more_rain_never_erodes_less(rain, more, day):
    assert erosivity({day: rain * more}) >= erosivity({day: rain}) > 0
