import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.chapters import catalogue
from shanshui.chapters.services.evapotranspiration import (
    crop_coefficient_of_ecosystem,
    evapotranspiration_budyko,
    evapotranspiration_coefficients,
    evapotranspiration_turc,
    root_depth_of_ecosystem,
    vegetated_by_ecosystem,
)
from shanshui.chapters.services.water import (
    runoff_coefficient_gong,
    runoff_coefficient_guide,
    runoff_coefficients_gong_2017,
    runoff_coefficients_guide_2019_draft,
    surface_runoff,
    water_balance,
    water_clipped,
    water_conservation_hj1173,
    water_yield,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack
from shanshui.science.evapotranspiration import budyko, turc

CODES = ecosystem_scheme()["level2"].tolist()
GONG, GUIDE = runoff_coefficients_gong_2017(), runoff_coefficients_guide_2019_draft()


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


def gong(code):
    return float(runoff_coefficient_gong(codes(code), GONG)[0, 0])


def guide(code):
    return float(runoff_coefficient_guide(codes(code), GUIDE)[0, 0])


@pytest.mark.parametrize("rows", [GONG, GUIDE], ids=["gong", "guide"])
def test_every_ecosystem_has_one_runoff_coefficient_in_each_profile(rows):
    assert "profile" not in rows
    assert rows["level2"].tolist() == CODES
    assert rows["name"].tolist() == ecosystem_scheme()["name"].tolist()
    assert rows["coefficient"].between(0, 1).all()
    assert set(rows["status"]) <= {"literature", "default"}
    assert rows["source"].str.len().min() > 20
    # Nobody may take an own choice for a published number.
    assert (rows["status"][rows["source"].str.startswith("Own choice")] == "default").all()
    assert (rows["status"][rows["source"].str.contains("mean of")] == "default").all()


def test_runoff_coefficients_are_the_published_ones():
    # Gong et al. (2017), table 2 [percent]; types that the scheme does not tell apart by their mean.
    published = {
        10: (4.65 + 4.52 + 3.52 + 2.70 + 0.88) / 5,
        11: (4.65 + 2.70) / 2,
        12: (4.52 + 0.88) / 2,
        13: 3.52,
        14: 19.20,
        20: (4.26 + 4.17 + 4.17) / 3,
        21: (4.26 + 4.17) / 2,
        22: 4.17,
        23: 19.20,
        30: (8.20 + 6.54 + 3.94 + 9.37 + 9.13 + 3.87) / 6,
        31: 8.20,
        32: (6.54 + 3.94 + 9.13) / 3,
        33: (9.37 + 3.87) / 2,
        41: 0.0,
        52: 9.57,
        93: 0.0,
    }
    for code, percent in published.items():
        assert gong(code) == pytest.approx(percent / 100, abs=1e-6)
    # The script of the guide.
    scripted = {
        10: (2.67 + 3.02 + 2.29 + 1.33 + 0.88) / 5,
        11: (2.67 + 1.33) / 2,
        12: (3.02 + 0.88) / 2,
        13: 2.29,
        14: 19.2,
        21: (4.26 + 4.17) / 2,
        22: 4.17,
        23: 19.2,
        30: (8.20 + 4.78 + 9.37) / 3,
        31: 8.20,
        32: 4.78,
        33: 9.37,
        34: 18.27,
    }
    for code, percent in scripted.items():
        assert guide(code) == pytest.approx(percent / 100, abs=1e-6)
    # Own choices, the same in both.
    for code, fraction in {
        34: 0.1827,
        51: 0.0957,
        53: 0.0957,
        61: 0.6,
        62: 0.15,
        74: 0.1827,
        81: 0.0,
        91: 0.0,
        94: 1.0,
    }.items():
        assert gong(code) == guide(code) == pytest.approx(fraction)
    assert set(GUIDE["status"]) == {"default"}
    assert GONG.set_index("level2")["status"][[13, 14, 22, 23, 31, 41, 52, 93]].eq("literature").all()


def test_cells_without_ecosystem_have_no_coefficient():
    assert np.isnan(runoff_coefficient_gong(codes(-1, 999), GONG)).all()
    assert runoff_coefficient_gong(codes(11), GONG).dtype == np.float32


def test_the_published_table_comes_first():
    methods = [step.method for step in catalogue().methods("runoff_coefficient")]
    assert methods == ["class_table", "gong_2017", "guide_2019_draft"]
    methods = [step.method for step in catalogue().methods("evapotranspiration")]
    assert methods == ["budyko_zhang_2004", "turc_1954"]
    assert "hj1173_2021" in [step.method for step in catalogue().methods("water_conservation")]


def test_water_by_hand():
    rain, coefficient, evaporated = cells(1000.0), cells(0.05), cells(600.0)
    runoff = surface_runoff(rain, coefficient)
    assert runoff[0, 0] == pytest.approx(50.0)
    balance = water_balance(rain, runoff, evaporated)
    assert balance[0, 0] == pytest.approx(350.0)
    assert water_conservation_hj1173(balance)[0, 0] == pytest.approx(350.0)
    assert water_yield(rain, evaporated)[0, 0] == pytest.approx(400.0)
    assert water_clipped(balance)[0, 0] == 0.0


def test_more_evapotranspiration_than_rain_is_no_service_and_is_counted():
    balance = water_balance(cells(300.0, 300.0, np.nan), cells(10.0, 0.0, 0.0), cells(400.0, 300.0, 100.0))
    assert_array_equal(balance, cells(-110.0, 0.0, np.nan))
    assert_array_equal(water_conservation_hj1173(balance), cells(0.0, 0.0, np.nan))
    assert_array_equal(water_clipped(balance), cells(1.0, 0.0, np.nan))
    assert water_clipped(balance).dtype == water_conservation_hj1173(balance).dtype == np.float32
    assert water_yield(cells(300.0), cells(400.0)).tolist() == [[-100.0]]


@given(st.floats(0, 5000, width=32), st.floats(0, 1, width=32), st.floats(0, 5000, width=32))
def test_what_flows_in_flows_out_where_nothing_is_clipped(rain, coefficient, evaporated):
    runoff = surface_runoff(cells(rain), cells(coefficient))
    balance = water_balance(cells(rain), runoff, cells(evaporated))
    kept, clipped = water_conservation_hj1173(balance), water_clipped(balance)
    assert kept[0, 0] >= 0
    if clipped[0, 0] == 0:
        assert kept[0, 0] + runoff[0, 0] + evaporated == pytest.approx(rain, abs=2e-3)
    else:
        assert kept[0, 0] == 0
        assert runoff[0, 0] + evaporated > rain - 2e-3


def test_budyko_and_runoff_never_conserve_more_than_the_yield():
    rain = np.linspace(50, 2000, 200, dtype=np.float32)[None]
    full = np.ones_like(rain)
    evaporated = evapotranspiration_budyko(
        rain, 900 * full, full, 1000 * full, 1000 * full, 0.15 * full, full, seasonality_constant=5.0
    )
    assert_allclose(evaporated, budyko(rain, 900 * full, full, 1000 * full, 1000 * full, 0.15 * full, full, 5.0))
    kept = water_conservation_hj1173(water_balance(rain, surface_runoff(rain, 0.05 * full), evaporated))
    assert (kept <= water_yield(rain, evaporated)).all()
    # The constant matters: a higher one evaporates more.
    more = evapotranspiration_budyko(
        rain, 900 * full, full, 1000 * full, 1000 * full, 0.15 * full, full, seasonality_constant=9.0
    )
    assert (more >= evaporated).all()
    assert (more > evaporated + 1).any()


def test_turc_takes_rain_and_temperature():
    assert_array_equal(evapotranspiration_turc(cells(700.0), cells(12.0)), turc(cells(700.0), cells(12.0)))


def test_every_ecosystem_has_its_coefficients_of_evapotranspiration():
    table = evapotranspiration_coefficients()
    assert table["level2"].tolist() == CODES
    assert table["name"].tolist() == ecosystem_scheme()["name"].tolist()
    assert table["crop_coefficient"].between(0.1, 1.3).all()
    assert set(table["vegetated"]) == {0, 1}
    # Plants that take water from the soil have roots, and only those.
    assert ((table["root_depth"] > 0) == (table["vegetated"] == 1)).all()
    assert set(table["status"]) == {"default"}
    vegetated = dict(zip(table["level2"], table["vegetated"], strict=True))
    groups = pd.Series(CODES) // 10
    for code, group in zip(CODES, groups, strict=True):
        assert vegetated[code] == (group in (1, 2, 3, 5))


def test_coefficients_of_evapotranspiration_by_ecosystem():
    table, here = evapotranspiration_coefficients(), codes(11, 12, 33, 41, 51, 53, 61, 62, 63, 74, 91, -1)
    nothing = np.nan
    # Built land by InVEST: 0.1 f + 0.6 (1 - f) with f = 0.6, 0.2 and 0.8.
    built = [0.1 * sealed + 0.6 * (1 - sealed) for sealed in (0.6, 0.2, 0.8)]
    assert_allclose(
        crop_coefficient_of_ecosystem(here, table), cells(1.0, 1.0, 0.75, 1.1, 0.8, 1.0, *built, 0.5, 1.0, nothing)
    )
    assert_array_equal(
        root_depth_of_ecosystem(here, table), cells(3000, 3500, 1200, 0, 1000, 600, 0, 0, 0, 0, 0, nothing)
    )
    assert_array_equal(vegetated_by_ecosystem(here, table), cells(1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, nothing))


def test_the_constant_of_the_curve_is_in_the_pack():
    found = read_pack("china")["seasonality_constant"]
    assert (found.value, found.status, found.unit) == (5.0, "default", "1")
    assert found.minimum <= found.value <= found.maximum
