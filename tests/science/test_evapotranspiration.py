import math

import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.science.evapotranspiration import (
    MIDDLE_DAYS,
    MONTH_DAYS,
    budyko,
    day_length,
    extraterrestrial_radiation,
    hargreaves,
    thornthwaite,
    turc,
)

JULY = 6
LYON = 45.0 + 43.0 / 60.0


def cell(*values):
    return np.array([values], np.float32)


def months(*values):
    """Twelve months of one cell."""
    return np.array(values, np.float32).reshape(12, 1, 1)


def one_budyko(rain, potential, crop=1.0, roots=1000.0, soil=1000.0, capacity=0.1, vegetated=1.0, z=5.0):
    given = (rain, potential, crop, roots, soil, capacity, vegetated)
    return float(budyko(*[cell(value) for value in given], z)[0, 0])


@pytest.mark.parametrize(
    ("latitude", "day", "expected"),
    [
        # FAO-56, example 8: 20 degrees south on 3 September.
        (-20.0, 246, 32.2),
        # FAO-56, annex 2, table 2.6, on the 15th of the month.
        (0.0, 15, 36.2),
        (40.0, 15, 15.0),
    ],
)
def test_radiation_is_that_of_the_published_tables(latitude, day, expected):
    assert extraterrestrial_radiation([[latitude]], day)[0, 0] == pytest.approx(expected, abs=0.25)


def test_radiation_of_the_published_example_to_its_last_digit():
    # FAO-56, example 8, by its own steps: dr = 0.985, declination 0.120, latitude -0.35, sunset hour angle 1.527.
    turn = 1.527 * math.sin(-0.35) * math.sin(0.120) + math.cos(-0.35) * math.cos(0.120) * math.sin(1.527)
    by_hand = 24 * 60 / math.pi * 0.0820 * 0.985 * turn
    assert by_hand == pytest.approx(32.2, abs=0.05)
    assert extraterrestrial_radiation([[-20.0]], 246)[0, 0] == pytest.approx(32.2, abs=0.03)


def test_radiation_where_the_sun_does_not_rise_or_set():
    assert extraterrestrial_radiation([[80.0]], 355)[0, 0] == 0.0
    # At the pole on midsummer's day the sun circles at its declination: 118.08 dr sin(d) pi / pi.
    day = 172
    declination = 0.409 * math.sin(2 * math.pi * day / 365 - 1.39)
    expected = 24 * 60 * 0.0820 * (1 + 0.033 * math.cos(2 * math.pi * day / 365)) * math.sin(declination)
    assert extraterrestrial_radiation([[90.0]], day)[0, 0] == pytest.approx(expected, rel=1e-5)
    assert day_length([[80.0, -80.0]], day).tolist() == [[24.0, 0.0]]


def test_day_length_is_that_of_the_published_tables():
    # FAO-56, example 9: 20 degrees south on 3 September, 11.7 hours.
    assert day_length([[-20.0]], 246)[0, 0] == pytest.approx(11.7, abs=0.05)
    assert_allclose(day_length([[0.0]], 100), 12.0, rtol=1e-6)
    # Mean hours of the months at 34.08 degrees north (Los Angeles), United States Naval Observatory, to a quarter hour
    # for the light before the sun's centre rises.
    hours = [10.182, 10.973, 11.985, 13.046, 13.940, 14.388, 14.163, 13.404, 12.374, 11.320, 10.401, 9.928]
    found = [float(day_length([[34.0833]], day)[0, 0]) for day in MIDDLE_DAYS]
    assert_allclose(found, hours, atol=0.25)


def test_middle_days_and_days_of_the_months():
    assert [int(30.4 * month - 15) for month in range(1, 13)] == list(MIDDLE_DAYS)
    assert sum(MONTH_DAYS) == 365.25


def test_hargreaves_is_that_of_the_published_example():
    # FAO-56, example 20: Lyon in July, 14.8 to 26.6 degC, 5.0 mm a day of Ra = 40.6 MJ/m2/d.
    found = hargreaves(months(*[26.6] * 12), months(*[14.8] * 12), cell(LYON))
    assert found[JULY, 0, 0] / 31 == pytest.approx(5.0, abs=0.05)
    radiation = extraterrestrial_radiation([[LYON]], 197)[0, 0]
    by_hand = 0.0023 * 0.408 * radiation * (20.7 + 17.8) * math.sqrt(11.8)
    assert found[JULY, 0, 0] == pytest.approx(31 * by_hand, rel=1e-5)


def test_hargreaves_takes_each_month_by_its_days_and_radiation():
    found = hargreaves(months(*[20.0] * 12), months(*[11.0] * 12), cell(30.0))
    for month, (day, days) in enumerate(zip(MIDDLE_DAYS, MONTH_DAYS, strict=True)):
        radiation = extraterrestrial_radiation([[30.0]], day)[0, 0]
        # 0.0023 x 0.408 x (15.5 + 17.8) x 3
        assert found[month, 0, 0] == pytest.approx(days * radiation * 0.0023 * 0.408 * 33.3 * 3.0, rel=1e-5)


def test_hargreaves_at_its_edges():
    warm, cold, equal, turned = 0.0, -40.0, 10.0, 5.0
    maximum = np.full((12, 1, 4), [warm, cold, equal, turned], np.float32)
    minimum = np.full((12, 1, 4), [-10.0, -50.0, 10.0, 6.0], np.float32)
    found = hargreaves(maximum, minimum, np.full((1, 4), 30.0))
    assert (found[:, 0, 0] > 0).all()
    assert (found[:, 0, 1] == 0).all()  # colder than -17.8 degC
    assert (found[:, 0, 2] == 0).all()  # no range of temperature
    assert np.isnan(found[:, 0, 3]).all()  # the minimum above the maximum
    maximum[3, 0, 0] = np.nan
    found = hargreaves(maximum, minimum, np.full((1, 4), 30.0))
    assert np.isnan(found[3, 0, 0])
    assert np.isfinite(found[4, 0, 0])


# Monthly temperatures of Aberdeen, 57.1526 degrees north, with day lengths and evapotranspiration of the worked example
# in the documentation of PyETo (Thornthwaite equation), which has February with 28 days.
ABERDEEN = (3.1, 3.5, 5.0, 6.7, 9.3, 12.1, 14.3, 14.1, 11.8, 8.9, 5.5, 3.8)
HOURS = (
    *(7.18284, 9.13513, 11.52300, 14.03535, 16.27700, 17.50521),
    *(16.89145, 14.86177, 12.39415, 9.88498, 7.65825, 6.48952),
)
EVAPORATED = (
    *(11.04591, 14.22586, 27.80287, 43.17887, 70.47695, 93.99421),
    *(109.69882, 95.24492, 64.99452, 41.06372, 19.56209, 12.09018),
)


def test_thornthwaite_is_that_of_a_worked_example():
    found = thornthwaite(months(*ABERDEEN), cell(0.0)).ravel()  # at the equator days have 12 hours
    leap = np.where(np.arange(12) == 1, 28.25 / 28.0, 1.0)
    assert_allclose(found, np.array(EVAPORATED) * 12.0 / np.array(HOURS) * leap, rtol=2e-5)


def test_thornthwaite_by_day_length():
    found = thornthwaite(months(*ABERDEEN), cell(57.1526)).ravel()
    leap = np.where(np.arange(12) == 1, 28.25 / 28.0, 1.0)
    # The middle day stands for the month's mean day length.
    assert_allclose(found, np.array(EVAPORATED) * leap, rtol=0.02)
    hours = np.array([day_length([[57.1526]], day)[0, 0] for day in MIDDLE_DAYS])
    assert_allclose(found, thornthwaite(months(*ABERDEEN), cell(0.0)).ravel() * hours / 12.0, rtol=1e-5)


def test_thornthwaite_at_its_edges():
    cool = [-5.0, 0.0, *[10.0] * 10]
    found = thornthwaite(months(*cool), cell(0.0)).ravel()
    assert found[0] == found[1] == 0.0
    # Frost adds nothing to the heat index: 10 months of (10 / 5)^1.514.
    index = 10 * 2.0**1.514
    power = 6.75e-7 * index**3 - 7.71e-5 * index**2 + 1.792e-2 * index + 0.49239
    assert found[3] == pytest.approx(16 * (100 / index) ** power, rel=1e-5)  # April has 30 days
    # Heat: at 30 degC 16.0 cm in 30 days of 12 hours, whatever the index.
    hot = thornthwaite(months(*[30.0] * 12), cell(0.0)).ravel()
    assert hot[3] == pytest.approx(-415.85 + 32.24 * 30 - 0.43 * 900, rel=1e-5)
    edge = thornthwaite(months(26.5, *[20.0] * 11), cell(0.0)).ravel()
    assert edge[0] == pytest.approx((-415.85 + 32.24 * 26.5 - 0.43 * 26.5**2) * 31 / 30, rel=1e-5)
    assert (thornthwaite(months(*[-3.0] * 12), cell(40.0)) == 0).all()
    # All twelve months are needed for the heat index.
    assert np.isnan(thornthwaite(months(np.nan, *[20.0] * 11), cell(40.0))).all()


def test_budyko_by_hand():
    # Water 1000 mm x 0.1 = 100 mm; w = 1.25 + 5 x 100 / 1000 = 1.75; PET / P = 0.8 x 1000 / 1000 = 0.8.
    share = 1 + 0.8 - (1 + 0.8**1.75) ** (1 / 1.75)
    assert one_budyko(1000.0, 1000.0, crop=0.8) == pytest.approx(1000 * share, rel=1e-6)
    # The shallower of roots and soil counts: 400 mm x 0.1 = 40 mm, w = 1.45.
    share = 1 + 1.0 - (1 + 1.0) ** (1 / 1.45)
    assert one_budyko(1000.0, 1000.0, roots=400.0) == pytest.approx(1000 * share, rel=1e-6)
    assert one_budyko(1000.0, 1000.0, soil=400.0) == pytest.approx(1000 * share, rel=1e-6)
    # w is at most 5: 1.25 + 5 x 1000 / 1000 is more.
    share = 1 + 1.0 - 2.0 ** (1 / 5.0)
    assert one_budyko(1000.0, 1000.0, roots=5000.0, soil=5000.0, capacity=0.2) == pytest.approx(1000 * share, rel=1e-6)


def test_budyko_on_land_without_plants_needs_no_soil():
    assert one_budyko(500.0, 1000.0, crop=0.3, soil=np.nan, roots=np.nan, capacity=np.nan, vegetated=0.0) == 300.0
    assert one_budyko(200.0, 1000.0, crop=0.3, soil=np.nan, vegetated=0.0) == 200.0
    for missing in ("soil", "roots", "capacity"):
        assert math.isnan(one_budyko(500.0, 1000.0, **{missing: np.nan}))
    assert math.isnan(one_budyko(500.0, 1000.0, roots=np.nan, soil=2000.0))
    assert math.isnan(one_budyko(500.0, 1000.0, vegetated=np.nan))
    assert math.isnan(one_budyko(500.0, 1000.0, vegetated=-1.0))
    assert math.isnan(one_budyko(np.nan, 1000.0, vegetated=0.0))
    assert math.isnan(one_budyko(500.0, np.nan, vegetated=0.0))
    assert math.isnan(one_budyko(500.0, 1000.0, crop=np.nan, vegetated=0.0))


def test_budyko_at_its_limits():
    assert one_budyko(0.0, 1000.0) == 0.0
    assert one_budyko(800.0, 0.0) == 0.0
    # Energy without end takes all rain; rain without end leaves the potential.
    assert one_budyko(10.0, 1e7) == pytest.approx(10.0, rel=1e-3)
    assert one_budyko(1e7, 1000.0, roots=5000.0, soil=5000.0, z=1e6) == pytest.approx(1000.0, rel=1e-3)


@given(
    rain=st.floats(0, 5000, width=32),
    potential=st.floats(0, 3000, width=32),
    crop=st.floats(0, 1.5, width=32),
    depth=st.floats(0, 5000, width=32),
    capacity=st.floats(0, 0.5, width=32),
    vegetated=st.sampled_from([0.0, 1.0]),
    z=st.floats(1, 30),
)
def test_budyko_gives_neither_more_than_the_rain_nor_more_than_the_air_takes(
    rain, potential, crop, depth, capacity, vegetated, z
):
    found = one_budyko(rain, potential, crop, depth, depth, capacity, vegetated, z)
    assert 0.0 <= found <= rain
    assert found <= crop * potential * (1 + 1e-6) + 1e-6


@given(
    rain=st.floats(1, 5000, width=32),
    potential=st.floats(1, 3000, width=32),
    capacity=st.floats(0, 0.25, width=32),
    more=st.floats(0, 0.25, width=32),
)
def test_more_soil_water_and_more_energy_never_evaporate_less(rain, potential, capacity, more):
    less = one_budyko(rain, potential, capacity=capacity)
    assert one_budyko(rain, potential, capacity=capacity + more) >= less * (1 - 1e-6)
    assert one_budyko(rain, potential + 1000 * more, capacity=capacity) >= less * (1 - 1e-6)


def test_turc_by_hand():
    # 10 degC: L = 300 + 250 + 50 = 600; P / L = 1: 600 / sqrt(1.9) = 435.3 mm.
    assert turc(cell(600.0), cell(10.0))[0, 0] == pytest.approx(600 / math.sqrt(1.9), rel=1e-6)
    # P / L = 0.3 is below 0.316: all rain. At 0.32 it is 192 / sqrt(0.9 + 0.1024).
    assert turc(cell(180.0), cell(10.0))[0, 0] == 180.0
    assert turc(cell(192.0), cell(10.0))[0, 0] == pytest.approx(192 / math.sqrt(1.0024), rel=1e-6)
    # The cube of T: at 20 degC L = 300 + 500 + 400 = 1200.
    assert turc(cell(1200.0), cell(20.0))[0, 0] == pytest.approx(1200 / math.sqrt(1.9), rel=1e-6)


def test_turc_at_its_edges():
    # At -15 degC L = 300 - 375 - 168.75 is negative: nothing evaporates.
    found = turc(cell(500.0, 0.0, np.nan, 500.0, np.nan), cell(-15.0, 10.0, 10.0, np.nan, -15.0))
    assert_array_equal(found, cell(0.0, 0.0, np.nan, np.nan, np.nan))


@given(st.floats(0, 10000, width=32), st.floats(-60, 40, width=32))
def test_turc_gives_neither_more_than_the_rain_nor_more_than_its_limit(rain, degrees):
    found = float(turc(cell(rain), cell(degrees))[0, 0])
    limit = max(300 + 25 * degrees + 0.05 * degrees**3, 0.0)
    assert 0.0 <= found <= rain
    assert found <= limit * (1 + 1e-5)


@pytest.mark.real
def test_annual_water_yield_beside_invest(shared_data):
    inputs, outputs = shared_data / "invest/inputs", shared_data / "invest/outputs"

    def read(path):
        # InVEST cuts to its watersheds: eight rows and five columns less, at the upper left.
        part = ((8, 400), (5, 400)) if path.parent == inputs else None
        with rasterio.open(path) as source:
            return source.read(1, masked=True, window=part).astype(np.float32).filled(np.nan)

    table = pd.read_csv(inputs / "biophysical.csv").set_index("lucode")
    classes = read(inputs / "lulc.tif")
    known = np.isfinite(classes)
    rows = table.reindex(np.where(known, classes, 1).ravel())
    by_class = {
        column: np.where(known, rows[column].to_numpy().reshape(classes.shape), np.nan)
        for column in ("Kc", "root_depth", "lulc_veg")
    }
    rain, potential = read(inputs / "precip.tif"), read(inputs / "et0.tif")
    soil, capacity = read(inputs / "soildepth.tif"), read(inputs / "pawc.tif")
    found = budyko(rain, potential, by_class["Kc"], by_class["root_depth"], soil, capacity, by_class["lulc_veg"], 5.0)
    for ours, name, tolerance in (
        (rain - found, "wyield", 1e-3), (found, "aet", 1e-3), (found / rain, "fractp", 1e-6)
    ):  # fmt: skip
        theirs = read(outputs / f"{name}.tif")
        assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
        assert np.isfinite(ours).sum() == 118_376
        assert_allclose(ours[np.isfinite(ours)], theirs[np.isfinite(theirs)], rtol=0, atol=tolerance)
