import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.chapters import catalogue
from shanshui.chapters.fragility.water_erosion import erosion_of_hj1173, erosion_of_rusle
from shanshui.chapters.services.soil import potential_water_erosion, retention_of_hj1173, retention_of_rusle
from shanshui.policy.parameters import read_pack


def row(*values):
    return np.array([values], np.float32)


factor = st.floats(0, 1, width=32)
number = st.floats(0, 10_000, width=32)


def test_potential_erosion_is_a_product_and_unknown_without_any_of_its_factors():
    assert potential_water_erosion(row(5000), row(0.03), row(4)).item() == pytest.approx(600, rel=1e-6)
    for missing in range(3):
        factors = [row(np.nan if place == missing else 1) for place in range(3)]
        assert np.isnan(potential_water_erosion(*factors)).all()


def test_retention_by_hand():
    assert retention_of_hj1173(row(600), row(0.1)).item() == pytest.approx(540, rel=1e-6)
    assert retention_of_rusle(row(600), row(0.1), row(0.5)).item() == pytest.approx(570, rel=1e-6)
    assert np.isnan(retention_of_hj1173(row(np.nan, 1), row(0.5, np.nan))).all()
    assert np.isnan(retention_of_rusle(row(np.nan, 1, 1), row(0.5, np.nan, 1), row(1, 1, np.nan))).all()


@given(number, factor, factor)
def test_what_is_kept_and_what_is_lost_are_the_potential(potential, cover, practice):
    whole, c, p = row(potential), row(cover), row(practice)
    tolerance = {"rel": 1e-5, "abs": 1e-5}
    assert (retention_of_hj1173(whole, c) + erosion_of_hj1173(whole, c)).item() == pytest.approx(potential, **tolerance)
    both = retention_of_rusle(whole, c, p) + erosion_of_rusle(whole, c, p)
    assert both.item() == pytest.approx(potential, **tolerance)


@given(st.floats(0, 1e4, width=32), st.floats(0, 0.125, width=32), st.floats(0, 50, width=32), factor)
def test_doubling_the_rain_s_power_doubles_erosion_and_no_cover_keeps_nothing(rain, soil, slope, cover):
    once, twice = (potential_water_erosion(row(times * rain), row(soil), row(slope)) for times in (1, 2))
    found = (erosion_of_hj1173(potential, row(cover)) for potential in (once, twice))
    low, high = (each.item() for each in found)
    assert high == pytest.approx(2 * low, rel=1e-6, abs=1e-30)
    assert retention_of_hj1173(once, row(1)).item() == 0
    assert retention_of_rusle(once, row(1), row(1)).item() == 0
    np.testing.assert_array_equal(retention_of_hj1173(once, row(0)), once)


ORDER = {
    "rainfall_erosivity": ["hj1173_2021", "zhang_2002", "renard_freimund_1994", "bols_1978"],
    "soil_erodibility": ["hj1173_2021", "epic", "nomograph"],
    "slope_length_factor": ["hj1173_2021", "desmet_govers"],
    "slope_steepness_factor": ["hj1173_2021", "mccool_liu"],
    "slope_length_steepness": ["product", "invest"],
    "cover_management": ["class_table", "hj1173_2021", "cai_2000"],
    "support_practice": ["class_table", "ecosystem"],
    "soil_retention": ["hj1173_2021", "rusle"],
    "water_erosion": ["hj1173_2021", "rusle"],
    "water_erosion_class": ["double_evaluation_2020", "guide_2017"],
}


@pytest.mark.parametrize("word", ORDER)
def test_methods_in_their_order(word):
    assert [step.method for step in catalogue().methods(word)] == ORDER[word]


def test_products_and_units():
    words = catalogue().vocabulary
    products = ["rainfall_erosivity", "soil_erodibility", "slope_length_steepness", "cover_management"]
    products += ["soil_retention", "water_erosion", "water_erosion_class"]
    assert all(words[name].product for name in products)
    assert {words[name].unit for name in ("potential_water_erosion", "soil_retention", "water_erosion")} == {
        "t/ha/year"
    }
    assert words["rainfall_erosivity"].unit == "MJ*mm/ha/h/year"
    assert words["soil_erodibility"].unit == "t*ha*h/ha/MJ/mm"
    # What the relative figure gives goes nowhere.
    assert not [step for step in catalogue().steps if "relative_rainfall_erosivity" in step.inputs]


PACK = {
    "erosive_daily_rain": (12.0, "mm", "default"),
    "erosivity_warm_first_month": (5.0, "1", "default"),
    "erosivity_warm_last_month": (9.0, "1", "default"),
    "bols_unit_factor": (9.81, "1", "default"),
    "relative_erosivity_constant": (0.8188, "1", "default"),
    "soil_parts_tolerance": (10.0, "percent", "default"),
    "mccool_c": (0.0896, "1", "literature"),
    "longest_slope_length": (122.0, "m", "literature"),
    "invest_largest_length_factor": (122.0, "1", "literature"),
    "tolerable_soil_loss": (500.0, "t/km**2/year", "default"),
    "water_erosion_moderate": (2500.0, "t/km**2/year", "official"),
    "water_erosion_intense": (5000.0, "t/km**2/year", "official"),
    "water_erosion_very_intense": (8000.0, "t/km**2/year", "official"),
    "water_erosion_extreme": (15000.0, "t/km**2/year", "official"),
    "sensitive_rainfall_erosivity": (100.0, "MJ*mm/ha/h/year", "default"),
    "extreme_rainfall_erosivity": (600.0, "MJ*mm/ha/h/year", "default"),
    "sensitive_relief_amplitude": (50.0, "m", "default"),
    "extreme_relief_amplitude": (300.0, "m", "default"),
    "water_erosion_dense_cover": (0.6, "1", "default"),
    "water_erosion_sparse_cover": (0.2, "1", "default"),
    "water_erosion_sensitive_score": (2.0, "1", "default"),
    "water_erosion_extreme_score": (4.0, "1", "default"),
}


def test_the_pack_s_scalars_and_what_they_rest_on():
    pack = read_pack("china")
    assert {name: (pack[name].value, pack[name].unit, pack[name].status) for name in PACK} == PACK
