import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters.services.npp_index import (
    biodiversity_npp_index,
    factor_extremes,
    factor_range,
    mean_of_years,
    sand_fixation_index,
    seepage_factor,
    seepage_factor_table,
    soil_retention_index,
    water_conservation_index,
)
from shanshui.chapters.services.soil_properties import soil_texture_legend

# Each factor from 0 at its least to 1 at its greatest value.
RANGES = pd.DataFrame(
    [
        ("net_primary_productivity", 100.0, 500.0),
        ("precipitation", 200.0, 1000.0),
        ("slope", 0.0, 60.0),
        ("soil_erodibility", 0.01, 0.05),
        ("climate_erosivity", 0.0, 20.0),
        ("mean_temperature", -5.0, 15.0),
        ("elevation", 500.0, 4500.0),
    ],
    columns=["factor", "least", "greatest"],
)


def cells(*values):
    return np.array([values], np.float32)


def cover(region):
    nothing = np.empty(0)
    signature = np.where(region, 0, -2).astype(np.int32)
    return ZoneCover(signature, np.zeros((1, 1), np.int32), nothing.astype(int), nothing.astype(np.int32), nothing)


def test_mean_of_the_years_and_of_none():
    years = Series({2001: cells(1.0, np.nan, np.nan), 2002: cells(2.0, 4.0, np.nan), 2003: cells(6.0, 6.0, 8.0)})
    np.testing.assert_array_equal(mean_of_years(years), cells(3.0, 5.0, np.nan))
    np.testing.assert_array_equal(mean_of_years(Series({None: cells(1.0, np.nan)})), cells(1.0, np.nan))


def test_extremes_of_the_region_alone_and_of_what_there_is():
    region = np.array([[True, True, True, False]])
    slope = cells(3.0, np.nan, 7.0, 90.0)
    npp = cells(200.0, 150.0, 400.0, 9.0)
    found = factor_range(factor_extremes(cover(region), npp, slope=slope))
    assert found.to_dict("records") == [
        {"factor": "net_primary_productivity", "least": 150.0, "greatest": 400.0},
        {"factor": "slope", "least": 3.0, "greatest": 7.0},
    ]


def test_each_factor_keeps_its_own_name():
    everywhere = cover(np.ones((1, 2), bool))
    factors = [cells(10.0 * k, 10.0 * k + 1) for k in range(1, 8)]
    found = factor_range(factor_extremes(everywhere, *factors)).set_index("factor")
    assert found["least"].to_dict() == {
        "net_primary_productivity": 10.0, "precipitation": 20.0, "slope": 30.0, "soil_erodibility": 40.0,
        "climate_erosivity": 50.0, "mean_temperature": 60.0, "elevation": 70.0,
    }  # fmt: skip
    assert (found["greatest"] == found["least"] + 1).all()


def test_parts_of_a_region_add_up_to_the_whole():
    random = np.random.default_rng(3)
    slope = random.normal(10, 5, (9, 12)).astype(np.float32)
    slope[0] = np.nan
    whole = factor_extremes(cover(np.ones((9, 12), bool)), slope=slope)
    parts = [factor_extremes(cover(np.ones(part.shape, bool)), slope=part) for part in np.split(slope, 9)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    assert total == whole
    # A part without any value, first or last, changes nothing.
    assert parts[1] + parts[0] == parts[0] + parts[1] == parts[1]


def test_seepage_by_texture():
    table, names = seepage_factor_table(), soil_texture_legend()
    assert dict(zip(table["code"], table["texture"], strict=True)) == dict(
        zip(names["code"], names["name"], strict=True)
    )
    np.testing.assert_allclose(table["seepage"], table["rank"] / 13, atol=1e-6)
    assert sorted(table["rank"]) == list(range(2, 14))
    by_name = table.set_index("texture")["seepage"]
    assert by_name["sand"] == 1
    assert by_name.idxmin() == "silty clay"
    assert set(table["status"]) == {"default"}
    found = seepage_factor(np.array([[1, 12, 5, -1]], np.int32), table)
    np.testing.assert_allclose(found, [[1.0, 3 / 13, 9 / 13, np.nan]], rtol=1e-5)


def test_water_by_hand():
    # NPP 0.5, seepage 0.8, rain 0.25, slope 1/3: 0.5 x 0.8 x 0.25 x 2/3
    found = water_conservation_index(cells(300.0), cells(0.8), cells(400.0), cells(20.0), RANGES)
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(0.5 * 0.8 * 0.25 * 2 / 3, rel=1e-6)


def test_soil_by_hand():
    # NPP 0.5, K 0.25, slope 1/3: 0.5 x 0.75 x 2/3
    found = soil_retention_index(cells(300.0), cells(0.02), cells(20.0), RANGES)
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(0.25, rel=1e-6)


def test_sand_by_hand_and_plains_count():
    # NPP 0.5, K 0.25, Fq 0.2; 1/cos of 60 degrees is 2, the greatest: level ground is a half
    found = sand_fixation_index(cells(300.0, 300.0), cells(0.02, 0.02), cells(4.0, 4.0), cells(0.0, 60.0), RANGES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.0125, 0.025]], rtol=1e-5)


def test_biodiversity_by_hand():
    # NPP 0.5, rain 0.25, warmth (5 + 5) / 20 = 0.5, height (1500 - 500) / 4000 = 0.25: 0.5 x 0.25 x 0.5 x 0.75
    found = biodiversity_npp_index(cells(300.0), cells(400.0), cells(5.0), cells(1500.0), RANGES)
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(0.046875, rel=1e-6)
    assert biodiversity_npp_index(cells(900.0), cells(2000.0), cells(30.0), cells(0.0), RANGES)[0, 0] == 1


def test_indices_stay_within_0_and_1_beyond_the_region_too():
    best = sand_fixation_index(cells(900.0), cells(0.09), cells(30.0), cells(75.0), RANGES)
    assert best[0, 0] == 1
    assert soil_retention_index(cells(900.0), cells(0.0), cells(-1.0), RANGES)[0, 0] == 1
    assert water_conservation_index(cells(50.0), cells(1.0), cells(1e4), cells(0.0), RANGES)[0, 0] == 0


def test_a_factor_that_is_the_same_everywhere_counts_one_half():
    flat = RANGES.assign(greatest=RANGES["least"])
    assert soil_retention_index(cells(100.0), cells(0.01), cells(0.0), flat)[0, 0] == 0.125
    assert np.isnan(soil_retention_index(cells(np.nan), cells(0.01), cells(0.0), flat)).all()
    none = RANGES.assign(least=np.nan, greatest=np.nan)
    assert soil_retention_index(cells(100.0), cells(0.01), cells(0.0), none)[0, 0] == 0.125


@pytest.mark.parametrize(
    "index", [water_conservation_index, soil_retention_index, sand_fixation_index, biodiversity_npp_index]
)
def test_what_is_missing_gives_no_index(index):
    inputs = len(index.step.inputs) - 1
    for missing in range(inputs):
        factors = [cells(np.nan if place == missing else 0.5) for place in range(inputs)]
        assert np.isnan(index(*factors, RANGES)).all()
