import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.base.units import conversion
from shanshui.chapters import catalogue
from shanshui.chapters.services.climate_regulation import (
    climate_regulation,
    climate_regulation_electricity,
    cooling_days_of_months,
    cooling_table,
    heat_rate_of_ecosystem,
    open_water_of_ecosystem,
    season_share_of_days,
    season_share_of_months,
    surface_evaporation_of_potential,
    transpiration_heat_of_evapotranspiration,
    transpiration_heat_of_rate,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack

SCHEME = ecosystem_scheme()
CODES = SCHEME["level2"].tolist()
ELECTRICITY = {"latent_heat": 2.45, "air_conditioner_efficiency": 3.0, "humidifier_energy": 120.0}


def cells(*values):
    return np.array([values], np.float32)


def months(*values):
    return np.broadcast_to(np.asarray(values, np.float32), 12).reshape(12, 1, 1).copy()


SUMMER = months(2, 5, 11, 18, 24, 28, 31, 30, 26, 19, 11, 4)


def test_parameters():
    pack = read_pack("china")
    wanted = {
        "cooling_temperature": (26.0, "degC", "default"),
        "air_conditioner_efficiency": (3.0, "1", "default"),
        "latent_heat": (2.45, "MJ/kg", "literature"),
        "humidifier_energy": (120.0, "kWh/m**3", "default"),
        "open_water_coefficient": (1.05, "1", "literature"),
    }
    assert {name: (pack[name].value, pack[name].unit, pack[name].status) for name in wanted} == wanted


# The hot season


def test_days_of_the_hot_months():
    # June, July, August: 30 + 31 + 31; September has just 26, which is not above.
    assert cooling_days_of_months(SUMMER, cooling_temperature=26.0).tolist() == [[92]]
    assert cooling_days_of_months(SUMMER, cooling_temperature=25.9).tolist() == [[122]]
    assert cooling_days_of_months(SUMMER, cooling_temperature=40.0).tolist() == [[0]]
    assert cooling_days_of_months(months(35), cooling_temperature=26.0).tolist() == [[365.25]]
    gap = SUMMER.copy()
    gap[0] = np.nan
    assert np.isnan(cooling_days_of_months(gap, cooling_temperature=26.0)).all()


def test_share_of_the_hot_months():
    evaporated = months(10, 20, 40, 60, 90, 120, 130, 110, 70, 50, 20, 10)
    found = season_share_of_months(SUMMER, evaporated, cooling_temperature=26.0)
    assert found[0, 0] == pytest.approx((120 + 130 + 110) / 730, rel=1e-6)
    assert season_share_of_months(SUMMER, months(0), cooling_temperature=26.0).tolist() == [[0]]
    # Next to nothing evaporates, all of it alike.
    assert season_share_of_months(SUMMER, months(0.05), cooling_temperature=26.0)[0, 0] == pytest.approx(0.25, rel=1e-6)
    assert season_share_of_months(months(35), evaporated, cooling_temperature=26.0)[0, 0] == pytest.approx(1, rel=1e-6)
    for place, given_months in ((0, SUMMER), (1, evaporated)):
        gap = given_months.copy()
        gap[0] = np.nan
        both = [SUMMER, evaporated]
        both[place] = gap
        assert np.isnan(season_share_of_months(*both, cooling_temperature=26.0)).all()


def test_share_of_the_days():
    assert_allclose(season_share_of_days(cells(0, 92, 366, np.nan)), cells(0, 92 / 365.25, 1, np.nan), rtol=1e-6)


# Heat


def test_heat_that_plants_take_up_by_rate():
    # 70.4 kJ/m2 a day, 90 days, 10,000 m2: 63,360,000 kJ = 63,360 MJ.
    found = transpiration_heat_of_rate(cells(70.4, 25.6, 0, np.nan), cells(90, 10, 90, 90))
    assert_allclose(found, cells(63_360, 2_560, 0, np.nan), rtol=1e-6)


def test_heat_that_plants_take_up_by_evapotranspiration():
    # 600 mm, half of it when it is hot: 300 kg/m2 x 2.45 MJ/kg x 10,000 m2.
    share = cells(0.5, 0.5, 0.5, 0.5, np.nan)
    rate = cells(70.4, 25.6, 0, np.nan, 70.4)
    found = transpiration_heat_of_evapotranspiration(cells(600, 600, 600, 600, 600), share, rate, latent_heat=2.45)
    assert_allclose(found, cells(7_350_000, 7_350_000, 0, np.nan, np.nan), rtol=1e-6)


def test_any_rate_above_nothing_tells_that_plants_cool():
    found = transpiration_heat_of_evapotranspiration(cells(1, 1), cells(1, 1), cells(0.5, 0), latent_heat=2.45)
    assert_allclose(found, cells(24_500, 0), rtol=1e-6)


def test_evaporation_of_open_water():
    found = surface_evaporation_of_potential(cells(1000, np.nan), cells(0.4, 0.4), open_water_coefficient=1.05)
    assert_allclose(found, cells(420, np.nan), rtol=1e-6)


def test_heat_of_plants_and_water():
    # Water: 420 mm = 420 kg/m2 x 2.45 MJ/kg = 1,029 MJ/m2 = 10.29e6 MJ/ha. A cell with a quarter of water: both.
    found = climate_regulation(cells(63_360, 63_360, 63_360), cells(0, 1, 0.25), cells(420, 420, 420), latent_heat=2.45)
    assert_allclose(found, cells(63_360, 10_290_000, 0.75 * 63_360 + 0.25 * 10_290_000), rtol=1e-6)


def test_water_that_evaporates_nothing_takes_no_heat():
    assert climate_regulation(cells(500), cells(1), cells(0), latent_heat=2.45).tolist() == [[0]]


def test_what_has_no_part_need_not_be_known():
    for function, given_parameters in (
        (climate_regulation, {"latent_heat": 2.45}),
        (climate_regulation_electricity, ELECTRICITY),
    ):
        unknown = cells(np.nan, np.nan, np.nan, 1, np.nan), cells(0, 1, 0.5, 0.5, np.nan)
        found = function(*unknown, cells(420, 420, 420, np.nan, 420), **given_parameters)
        assert np.isnan(found).tolist() == [[True, False, True, True, True]]
        found = function(cells(100, 100), cells(0, 1), cells(np.nan, np.nan), **given_parameters)
        assert np.isnan(found).tolist() == [[False, True]]
        assert found.dtype == np.float32


def test_electricity_as_the_accounts_have_it():
    # Plants on 1 km2: EPP S d 1e6 / (3600 r) = 70.4 x 1 x 90 x 1e6 / (3600 x 3) = 586,667 kWh: 5,866.67 on a hectare.
    plants = 70.4 * 1 * 90 * 1e6 / (3600 * 3) / 100
    # Water: Ew q 1e3 / 3600 + Ew y with 4,200 m3 on a hectare, q 2450 J/g, y 120 kWh/m3.
    water = 4200 * 2450 * 1e3 / 3600 + 4200 * 120
    given_heat = transpiration_heat_of_rate(cells(70.4, 70.4, 70.4), cells(90, 90, 90))
    found = climate_regulation_electricity(given_heat, cells(0, 1, 0.5), cells(420, 420, 420), **ELECTRICITY)
    assert plants == pytest.approx(5866.67, abs=0.01)
    assert water == pytest.approx(3_362_333, abs=1)
    assert_allclose(found, cells(plants, water, 0.5 * plants + 0.5 * water), rtol=1e-5)


@given(st.floats(0, 1), st.floats(0, 1e6), st.floats(0, 1000))
def test_what_is_saved_lies_between_plants_alone_and_water_alone(share, heat, evaporated):
    found = climate_regulation(cells(heat), cells(share), cells(evaporated), latent_heat=2.45)[0, 0]
    ends = heat, evaporated * 24_500
    assert min(ends) * 0.9999 - 1 <= found <= max(ends) * 1.0001 + 1


def test_units_fit_the_formulas():
    assert conversion("kJ/m**2", "MJ/ha").scale == pytest.approx(10)
    assert conversion("MJ", "kWh").scale == pytest.approx(1 / 3.6)
    words = catalogue().vocabulary
    assert words["climate_regulation"].unit == words["transpiration_heat"].unit == "MJ/ha/year"
    assert words["climate_regulation_electricity"].unit == "kWh/ha/year"
    # What the formulas give where it is wettest and hottest is within the ranges.
    assert words["climate_regulation"].maximum >= 5000 * 24_500
    assert words["climate_regulation_electricity"].maximum >= 5000 * 10 * 1000


# The shipped table


def test_cooling_of_the_ecosystems():
    table = cooling_table()
    forest, low = [10, 11, 12, 13, 14, 42], [20, 21, 22, 23, 30, 31, 32, 33, 34, 40, 41, 62]
    water = [90, 91, 92, 93, 94]
    assert table["level2"].tolist() == CODES
    assert table["name"].tolist() == SCHEME["name"].tolist()
    assert set(table["status"]) == {"default"}
    given_codes = np.array([[*CODES, -1]], np.int32)
    rates = [70.4 if code in forest else 25.6 if code in low else 0 for code in CODES]
    assert_allclose(heat_rate_of_ecosystem(given_codes, table)[0], [*rates, np.nan], rtol=1e-6)
    wet = [float(code in water) for code in CODES]
    assert_array_equal(open_water_of_ecosystem(given_codes, table)[0], np.float32([*wet, np.nan]))


def test_methods_stand_in_their_order():
    orders = {
        "transpiration_heat": ["heat_rate", "evapotranspiration"],
        "cooling_season_share": ["months", "days"],
        "cooling_days": ["months"],
        "transpiration_heat_rate": ["class_table", "ecosystem"],
        "water_surface_evaporation": ["potential_evapotranspiration"],
    }
    for word, methods in orders.items():
        assert [step.method for step in catalogue().methods(word)] == methods
