import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters.fragility.degradation import (
    forest_biomass_greatest,
    forest_biomass_maximum,
    forest_degradation,
    forest_degradation_grade,
    forest_degradation_grade_legend,
    grassland_cover_greatest,
    grassland_cover_maximum,
    grassland_degradation,
    grassland_degradation_grade,
    grassland_degradation_grade_legend,
)
from shanshui.policy.parameters import read_pack

PACK = read_pack("china")
FIVE = ["none", "light", "moderate", "severe", "extreme"]


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


def cover(*region):
    nothing = np.empty(0)
    signature = np.where(np.array([region]), 0, -2).astype(np.int32)
    return ZoneCover(signature, np.zeros((1, 1), np.int32), nothing.astype(int), nothing.astype(np.int32), nothing)


def pack_of(step):
    return {name: PACK[name].value for name in step.step.parameters}


# Broadleaf, needleleaf, broadleaf, shrub, broadleaf beyond the region, broadleaf in no zone, forest without a kind.
KINDS = codes(11, 12, 11, 21, 11, 11, 10)
BIOMASS = cells(200, 80, 150, 999, 999, 998, 60)
REGION = cover(True, True, True, True, False, True, True)
ZONES = codes(3, 3, 110000, 3, 3, -1, 110000)


def test_greatest_biomass_of_each_kind_in_each_zone():
    found = forest_biomass_maximum(Series({2010: forest_biomass_greatest(BIOMASS, KINDS, REGION, ZONES)}))
    assert found.to_dict("records") == [
        {"natural_zone": 3, "level2": 11, "greatest": 200.0},
        {"natural_zone": 3, "level2": 12, "greatest": 80.0},
        {"natural_zone": 110000, "level2": 10, "greatest": 60.0},
        {"natural_zone": 110000, "level2": 11, "greatest": 150.0},
    ]


def test_without_zones_the_region_is_one():
    found = forest_biomass_maximum(Series({None: forest_biomass_greatest(BIOMASS, KINDS, REGION)}))
    assert found["natural_zone"].tolist() == [0, 0, 0]
    assert dict(zip(found["level2"], found["greatest"], strict=True)) == {10: 60, 11: 998, 12: 80}


def test_all_years_together():
    everywhere = cover(True, True)
    years = {
        2010: forest_biomass_greatest(cells(100, 50), codes(11, 12), everywhere),
        2000: forest_biomass_greatest(cells(120, np.nan), codes(11, 12), everywhere),
        2020: forest_biomass_greatest(cells(90, 70), codes(12, 11), everywhere),
    }
    table = forest_biomass_maximum(Series(years))
    assert dict(zip(table["level2"], table["greatest"], strict=True)) == {11: 120, 12: 90}
    # and every year is measured by the same greatest: 100 / 120, 50 / 90
    found = forest_degradation(cells(100, 50), codes(11, 12), table)
    np.testing.assert_allclose(found, cells(100 / 1.2, 50 / 0.9), rtol=1e-6)


def test_forest_against_its_greatest_by_hand():
    table = forest_biomass_maximum(Series({2010: forest_biomass_greatest(BIOMASS, KINDS, REGION, ZONES)}))
    found = forest_degradation(BIOMASS / 2, KINDS, table, ZONES)
    # shrub is no forest; beyond the region 999 / 2 of 200; in no zone nothing
    np.testing.assert_allclose(found, cells(50, 50, 50, np.nan, 249.75, np.nan, 50), rtol=1e-6)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(forest_degradation(BIOMASS, KINDS, table, ZONES)[0, :3], 100)


def test_forest_by_figures_from_plots():
    plots = pd.DataFrame({"natural_zone": [0, 0], "level2": [11, 12], "greatest": [250.0, 0.0]})
    found = forest_degradation(cells(200, 300, 10, 50, np.nan), codes(11, 11, 12, 13, 11), plots)
    # more than in the plots is above 100; nothing is told where the greatest is 0 or not given
    np.testing.assert_allclose(found, cells(80, 120, np.nan, np.nan, np.nan), rtol=1e-6)


def test_where_no_forest_is():
    table = forest_biomass_maximum(Series({2010: forest_biomass_greatest(cells(1), codes(31), cover(True))}))
    assert table.empty
    assert table.columns.tolist() == ["natural_zone", "level2", "greatest"]
    assert np.isnan(forest_degradation(cells(1, 2), codes(11, -1), table)).all()


def test_grassland_of_a_zone_is_measured_by_one_greatest():
    kinds, zones = codes(31, 34, 32, 11, 33, 30), codes(1, 1, 2, 2, 2, -1)
    covers = cells(0.8, 0.4, 0.6, 0.99, 0.3, 0.9)
    everywhere = cover(*[True] * 6)
    table = grassland_cover_maximum(Series({2010: grassland_cover_greatest(covers, kinds, everywhere, zones)}))
    assert table.columns.tolist() == ["natural_zone", "greatest"]
    assert table["natural_zone"].tolist() == [1, 2]
    np.testing.assert_allclose(table["greatest"], [0.8, 0.6], rtol=1e-6)
    found = grassland_degradation(covers, kinds, table, zones)
    np.testing.assert_allclose(found, cells(100, 50, 100, np.nan, 50, np.nan), rtol=1e-6)
    assert found.dtype == np.float32


def test_grassland_of_all_years_within_the_region():
    kinds = codes(31, 32, 33)
    years = {
        year: grassland_cover_greatest(cells(*covers), kinds, cover(True, True, False))
        for year, covers in {2000: (0.5, 0.2, 1.0), 2020: (0.25, np.nan, 1.0)}.items()
    }
    table = grassland_cover_maximum(Series(years))
    assert table.to_dict("records") == [{"natural_zone": 0, "greatest": 0.5}]
    np.testing.assert_allclose(grassland_degradation(cells(0.25, 0.2, 0), kinds, table), cells(50, 40, 0), rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "breaks"),
    [(forest_degradation_grade, (90, 75, 60, 30)), (grassland_degradation_grade, (90, 80, 70, 50))],
)
def test_every_break_belongs_to_the_milder_grade(step, breaks):
    values = [value for at in breaks for value in (at, at - 0.1)]
    found = step(cells(100, *values, 0, np.nan), **pack_of(step))
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, -1]]
    assert found.dtype == np.int32


SHARE = st.floats(0, 1, width=32)


@settings(deadline=None)
@given(SHARE, SHARE, st.floats(0.125, 1, width=32))
def test_more_cover_is_never_more_degraded(one, other, most):
    table = pd.DataFrame({"natural_zone": [0], "greatest": [most]})
    low, high = sorted((one, other))
    index = grassland_degradation(cells(low, high), codes(31, 31), table)
    less, more = grassland_degradation_grade(index, **pack_of(grassland_degradation_grade))[0]
    assert 5 >= less >= more >= 1


@settings(deadline=None)
@given(st.lists(st.tuples(SHARE, st.sampled_from([11, 12, 31]), st.integers(-1, 3)), min_size=1, max_size=12))
def test_the_greatest_has_100_and_nothing_has_more(found):
    values, kinds, zones = (np.array([part]) for part in zip(*found, strict=True))
    values, kinds, zones = values.astype(np.float32), kinds.astype(np.int32), zones.astype(np.int32)
    table = forest_biomass_maximum(
        Series({2010: forest_biomass_greatest(values, kinds, cover(*[True] * len(found)), zones)})
    )
    index = forest_degradation(values, kinds, table, zones)
    counted = (kinds // 10 == 1) & (zones >= 0)
    assert np.isnan(index[~counted]).all()
    for zone in range(4):
        for kind in (11, 12):
            here = index[counted & (zones == zone) & (kinds == kind)]
            if np.isfinite(here).any():
                assert here.max() == 100


def test_legends():
    for legend in (forest_degradation_grade_legend(), grassland_degradation_grade_legend()):
        assert legend["code"].tolist() == [1, 2, 3, 4, 5]
        assert legend["name"].tolist() == FIVE
        assert legend["name_zh"].tolist() == ["未退化", "轻度", "中度", "重度", "极重度"]
        assert legend["colour"].is_unique


def test_shipped_numbers():
    """HJ 1174-2021, tables A.4 and A.5."""
    standard = {
        "undegraded_forest": 90, "light_forest_degradation": 75, "moderate_forest_degradation": 60,
        "severe_forest_degradation": 30, "undegraded_grassland": 90, "light_grassland_degradation": 80,
        "moderate_grassland_degradation": 70, "severe_grassland_degradation": 50,
    }  # fmt: skip
    assert {name: PACK[name].value for name in standard} == standard
    assert {(PACK[name].status, PACK[name].unit) for name in standard} == {("official", "percent")}
