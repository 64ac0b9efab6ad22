import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern import protection
from shanshui.chapters.pattern.importance import SERVICES, value_sums
from shanshui.science.sums import Sums

NAN = np.nan
# Six cells: four within, one of which a quarter lies in the region, and one beyond.
COVER = ZoneCover(
    np.array([[0, 0, 0, -1, 0, -2]], np.int32),
    np.array([[0]], np.int32),
    np.array([3, 3], np.int64),
    np.array([0, 1], np.int32),
    np.array([0.25, 0.75]),
)
AREA = np.array([[100.0, 200.0, 100.0, 400.0, 100.0, 100.0]])


def cells(*values):
    return np.array([values], np.float32)


def share(values, name="water_conservation"):
    sums = value_sums(values, COVER, AREA, of_name=name)
    return protection.share_of_region(values, sums, COVER, AREA, of_name=name)


def test_a_service_is_shared_by_value_times_area_within_the_region():
    found = share(cells(5, 2, NAN, 1, -3, 50))
    # 500, 400, no data, 400 x a quarter, below 0, beyond: together 1000.
    np.testing.assert_allclose(found, [[5e5, 4e5, NAN, 1e5, 0, NAN]], rtol=1e-6)
    assert found.dtype == np.float32


def test_an_amount_of_a_cell_is_not_multiplied_by_its_area():
    found = share(cells(5, 2, 2, 4, 0, 50), "weighted_endemism")
    np.testing.assert_allclose(found, [[5e5, 2e5, 2e5, 1e5, 0, NAN]], rtol=1e-6)


def test_of_a_service_that_is_nowhere_nobody_has_a_share():
    assert share(cells(0, 0, -1, 0, NAN, 7))[0, :4].tolist() == [0, 0, 0, 0]


def test_shares_sum_to_a_million():
    random = np.random.default_rng(5)
    whole = ZoneCover(np.zeros((40, 50), np.int32), np.array([[0]], np.int32), *(np.empty(0, int),) * 2, np.empty(0))
    area = random.uniform(5e5, 1e6, (40, 50))
    values = random.gamma(0.3, 10, (40, 50)).astype(np.float32)
    for name in ("soil_retention", "weighted_endemism"):
        sums = value_sums(values, whole, area, of_name=name)
        found = protection.share_of_region(values, sums, whole, area, of_name=name)
        assert found.sum(dtype=float) == pytest.approx(1e6, rel=1e-6)


def test_fragile_land_by_area_of_the_last_year():
    years = Series({2000: np.full((1, 6), 1, np.int32), 2020: np.array([[3, 3, 2, 3, -1, 3]], np.int32)})
    sums = protection.fragile_area_sums(years, COVER, AREA)
    # 100, 200, and a quarter of 400.
    assert sums.amounts == {"fragile_land": (400 * 2**18,)}
    found = protection.fragile_share(years, sums, COVER, AREA)
    np.testing.assert_array_equal(found, [[250_000, 500_000, 0, 250_000, NAN, NAN]])
    none = Series({None: np.full((1, 6), 2, np.int32)})
    found = protection.fragile_share(none, protection.fragile_area_sums(none, COVER, AREA), COVER, AREA)
    np.testing.assert_array_equal(found, [[0, 0, 0, 0, 0, NAN]])


def given(**shares):
    return {f"{name}_share": Series({2000: cells(9, 9, 9), 2020: values}) for name, values in shares.items()}


def test_each_function_weighs_the_same_and_within_it_each_service():
    life = {"habitat_quality": cells(2, 4, NAN), "species_richness": cells(4, NAN, NAN)}
    found = protection.red_line_value(**given(water_conservation=cells(6, 0, NAN), **life))
    # Biodiversity: 3, 2 and nothing; with water the mean of both.
    np.testing.assert_array_equal(found, [[4.5, 1.0, NAN]])
    fragile = protection.red_line_value(**given(water_conservation=cells(6, 0, NAN)), fragile_share=cells(NAN, 2, 8))
    np.testing.assert_array_equal(fragile, [[3.0, 1.0, 4.0]])
    assert found.dtype == np.float32


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_in_the_value_by_its_function(name):
    others = {other: cells(0, 0, 0) for other in SERVICES}
    found = protection.red_line_value(**given(**others | {name: cells(28, 56, 0)}))
    # Seven functions, four services of biodiversity.
    life = ("habitat_quality", "species_richness", "threatened_species_richness", "weighted_endemism")
    np.testing.assert_allclose(found, cells(1, 2, 0) if name in life else cells(4, 8, 0))


def test_what_lies_inside_and_how_much_better_than_chance():
    codes = np.array([[11, 4, 44, 31, -1, -1]], np.int32)
    water = Series({2020: cells(5e5, 4e5, NAN, 1e5, 0, NAN)})
    fragile = cells(250_000, 500_000, 0, 250_000, NAN, NAN)
    sums = protection.red_line_protected_sums(codes, COVER, AREA, water, fragile_share=fragile)
    part = 2**18
    # Water has data on 100 + 200 + 100 + 100 m2, of which 100 + 100 are inside; fragile land on 500, 300 inside.
    assert sums.amounts == {
        "water_conservation": tuple(part * each for each in (600_000, 1_000_000, 200, 500)),
        "fragile_land": tuple(part * each for each in (500_000, 1_000_000, 300, 500)),
    }
    table = protection.red_line_protection(sums).set_index("feature")
    assert table.loc["water_conservation"].tolist() == [60, 60 / 40]
    assert table.loc["fragile_land"].tolist() == [50, 50 / 60]


def test_nothing_inside_and_nothing_at_all():
    table = protection.red_line_protection(Sums({"a": (0, 8, 0, 4), "b": (0, 0, 2, 4)}))
    expected = pd.DataFrame({"feature": ["a", "b"], "inside_percent": [0.0, NAN], "per_area": [NAN, NAN]})
    pd.testing.assert_frame_equal(table, expected)
