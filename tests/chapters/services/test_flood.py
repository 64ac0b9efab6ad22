import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.base.step import Series
from shanshui.base.units import column_unit
from shanshui.base.zones import OUTSIDE, REGION, ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.services.flood import (
    curve_number_of_ecosystem,
    curve_numbers,
    flood_mitigation_by_curve_number,
    flood_mitigation_by_storage,
    hydrologic_soil_group,
    hydrologic_soil_group_legend,
    hydrologic_soil_groups,
    is_marsh,
    storm_days,
    storm_precipitation,
    storm_runoff,
    storm_runoff_coefficient,
)
from shanshui.chapters.services.flood_storage import (
    COMPONENTS,
    flood_storage,
    lake_storage,
    lake_storage_coefficients,
    land_flood_storage,
    marsh_flood_sums,
    reservoir_storage,
    vegetation_flood_sums,
)
from shanshui.chapters.services.soil_properties import TEXTURES
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack

SCHEME = ecosystem_scheme()
PACK = read_pack("china")
MARSH = {name: PACK[name].value for name in ("marsh_water_depth", "marsh_water_share")}


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


def days(*values):
    """Half-months, each with the days of one row of cells."""
    return [np.array(half, np.float32)[:, None, :] for half in values]


def test_storms_of_a_year():
    rain = days([[60.0, 49.0], [10.0, 50.0]], [[100.0, 0.0]])
    assert storm_precipitation(rain, storm_threshold=50.0).tolist() == [[160.0, 50.0]]
    assert storm_days(rain, storm_threshold=50.0).tolist() == [[2.0, 1.0]]
    assert storm_precipitation(rain, storm_threshold=80.0).tolist() == [[100.0, 0.0]]
    assert storm_days(rain, storm_threshold=80.0).tolist() == [[1.0, 0.0]]


def test_storm_runoff_is_by_the_coefficient_of_all_rain_where_none_is_given():
    coefficient = storm_runoff_coefficient(cells(0.1))
    assert storm_runoff(cells(200.0), coefficient)[0, 0] == pytest.approx(20.0)


def test_storage_of_vegetation_and_marsh_by_hand():
    ecosystem = codes(11, 22, 34, 41, 40, 42, 43, 51, 61, 74, 91, -1)
    rain = np.full(ecosystem.shape, 200.0, np.float32)
    found = flood_mitigation_by_storage(rain, rain * np.float32(0.1), ecosystem, **MARSH)
    # 200 - 20 on vegetation; 0.3 m x 0.7 = 210 mm on marsh; nothing elsewhere.
    assert_allclose(found, cells(180, 180, 180, 210, 210, 210, 0, 0, 0, 0, 0, np.nan), rtol=1e-6)
    assert found.dtype == np.float32


def test_no_rain_known_nothing_held_back_known():
    ecosystem = codes(11, 41, 51)
    nothing = np.full((1, 3), np.nan, np.float32)
    assert np.isnan(flood_mitigation_by_storage(nothing, nothing, ecosystem, **MARSH)).all()
    number = cells(70.0, 98.0, 80.0)
    rain = days([[np.nan, np.nan, np.nan]])
    assert np.isnan(flood_mitigation_by_curve_number(rain, number, ecosystem, storm_threshold=50.0, **MARSH)).all()


@given(st.floats(0, 5000, width=32), st.floats(0, 1, width=32))
def test_storage_is_between_nothing_and_the_storm_rain(rain, coefficient):
    runoff = storm_runoff(cells(rain), cells(coefficient))
    held = flood_mitigation_by_storage(cells(rain), runoff, codes(11), **MARSH)[0, 0]
    assert 0 <= held <= rain
    assert held + runoff[0, 0] == pytest.approx(rain, abs=1e-3)


def test_curve_number_retention_by_hand():
    rain = days([[100.0, 100.0, 100.0, 100.0]], [[20.0, 20.0, 20.0, 20.0]])
    number = cells(80.0, 98.0, 100.0, 80.0)
    found = flood_mitigation_by_curve_number(rain, number, codes(11, 41, 91, -1), storm_threshold=50.0, **MARSH)
    # S = 63.5 mm: 100 - 87.3^2 / 150.8; marsh takes 210 mm; water holds nothing back.
    assert_allclose(found, cells(100 - 87.3**2 / 150.8, 210.0, 0.0, np.nan), rtol=1e-6)
    found = flood_mitigation_by_curve_number(rain, number, codes(11, 11, 11, 11), storm_threshold=10.0, **MARSH)
    # With a lower threshold the 20 mm count too: 20 - 7.3^2 / 70.8.
    assert found[0, 0] == pytest.approx(100 - 87.3**2 / 150.8 + 20 - 7.3**2 / 70.8, rel=1e-6)


def test_marshes():
    every = SCHEME["level2"].to_numpy(np.int32)[None]
    assert every[is_marsh(every)].tolist() == [40, 41, 42]


def test_soil_groups_follow_the_texture():
    table = hydrologic_soil_groups()
    assert [(row.texture, row.name_) for row in table.rename(columns={"name": "name_"}).itertuples()] == [
        (code, name) for code, name, *_ in TEXTURES
    ]
    groups = dict(zip(table["name"], table["group"], strict=True))
    # TR-55, appendix A.
    assert groups == (
        dict.fromkeys(("sand", "loamy sand", "sandy loam"), 1)
        | dict.fromkeys(("loam", "silt loam", "silt"), 2)
        | {"sandy clay loam": 3}
        | dict.fromkeys(("clay loam", "silty clay loam", "sandy clay", "silty clay", "clay"), 4)
    )
    assert dict(zip(table["name"], table["status"], strict=True))["silt"] == "default"
    found = hydrologic_soil_group(codes(1, 5, 4, 12, -1, 13), table)
    assert found.tolist() == [[1, 2, 3, 4, -1, -1]]
    assert found.dtype == np.int32


def test_soil_groups_have_a_legend():
    legend = hydrologic_soil_group_legend()
    assert legend["code"].tolist() == [1, 2, 3, 4]
    assert legend["name"].str[0].tolist() == ["A", "B", "C", "D"]
    brightness = [sum(bytes.fromhex(colour[1:])) for colour in legend["colour"]]
    assert brightness == sorted(brightness, reverse=True)


def test_every_ecosystem_has_its_curve_numbers():
    table = curve_numbers()
    assert table["level2"].tolist() == SCHEME["level2"].tolist()
    assert table["name"].tolist() == SCHEME["name"].tolist()
    groups = table[["group_a", "group_b", "group_c", "group_d"]]
    assert groups.to_numpy().min() >= 30
    assert groups.to_numpy().max() <= 98
    assert (groups.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert set(table["status"]) == {"literature", "default"}
    assert (table["status"][table["source"].str.contains("own choice")] == "default").all()


def test_curve_numbers_of_the_published_table():
    table = curve_numbers()
    here = np.repeat([11, 14, 21, 23, 31, 32, 34, 51, 53, 61, 62, 63, 74], 4)[None].astype(np.int32)
    group = np.tile([1, 2, 3, 4], 13)[None].astype(np.int32)
    published = [
        *(36, 60, 73, 79),  # woods, fair
        *(43, 65, 76, 82),  # woods and grass, fair
        *(35, 56, 70, 77),  # brush, fair
        *(48, 67, 77, 83),  # brush, poor
        *(30, 58, 71, 78),  # meadow
        *(49, 69, 79, 84),  # pasture, fair
        *(68, 79, 86, 89),  # pasture, poor
        *(67, 78, 85, 89),  # row crops, straight rows, good
        *(62, 71, 78, 81),  # row crops, contoured and terraced, good
        *(77, 85, 90, 92),  # residential, 1/8 acre
        *(39, 61, 74, 80),  # open space, good
        *(81, 88, 91, 93),  # industrial
        *(77, 86, 91, 94),  # fallow, bare soil
    ]
    assert_array_equal(curve_number_of_ecosystem(here, group, table), cells(*published))


def test_curve_numbers_where_soil_or_ecosystem_are_unknown():
    found = curve_number_of_ecosystem(
        codes(11, -1, 91, 91, 41, 999, -1), codes(-1, 1, -1, 2, -1, 1, -1), curve_numbers()
    )
    # Water is the same on every soil.
    assert_array_equal(found, cells(np.nan, np.nan, 98, 98, 98, np.nan, np.nan))


def test_lakes_by_hand():
    lakes = pd.DataFrame(
        {
            "zoning": "county",
            "zone": ["a", "a", "b"],
            "zone_name": ["A", "A", "B"],
            "area_km2": [100.0, 2.0, 10.0],
            "lake_region": ["tibetan_plateau", "eastern_plain", "云贵高原"],
        },
        index=[7, 8, 9],
    )
    found = lake_storage(lakes, lake_storage_coefficients())
    assert found.columns.tolist() == [*lakes.columns, "volume_m3"]
    by_hand = [
        math.exp(6.636) * 100**0.678 * 1e4,  # 1.73e8 m3
        math.exp(4.924) * 2**1.128 * 3.19 * 1e4,
        math.exp(4.904) * 10**0.927 * 1e4,
    ]
    assert found["volume_m3"].tolist() == pytest.approx(by_hand)
    assert by_hand[0] == pytest.approx(1.73e8, rel=0.01)


def test_lake_equations_say_where_they_are_from():
    table = lake_storage_coefficients().set_index("lake_region")
    assert table["status"].to_dict() == {
        "tibetan_plateau": "literature",
        "eastern_plain": "default",
        "mongolia_xinjiang_plateau": "default",
        "yunnan_guizhou_plateau": "default",
        "northeast_plain": "default",
    }
    assert table.loc["mongolia_xinjiang_plateau", ["intercept", "exponent", "exchanges"]].tolist() == [5.653, 0.68, 1]
    assert table.loc["northeast_plain", ["intercept", "exponent", "exchanges"]].tolist() == [5.808, 0.866, 1]
    words = catalogue().vocabulary["lake"].choices["lake_region"]
    assert words == [*table.index, *table["name_zh"]]


def test_reservoirs_by_hand():
    reservoirs = pd.DataFrame({"zone": ["a"], "capacity_m3": [2e8]})
    assert reservoir_storage(reservoirs, reservoir_flood_share=0.35)["volume_m3"].tolist() == [pytest.approx(7e7)]
    assert "volume_m3" not in reservoirs


@pytest.fixture
def zones():
    return pd.DataFrame(
        {
            "zoning": [REGION, "county", "county", "county"],
            "zone": [REGION, "n", "s", OUTSIDE],
            "name": ["all", "North", "South", "outside"],
        }
    )


@pytest.fixture
def cover():
    """Four cells: two in the north, one in the south, one outside."""
    members = np.array([[0, 1], [0, 2], [0, 3]], np.int32)
    empty = np.zeros(0)
    signature = np.array([[0, 0, 1, 2]], np.int32)
    return ZoneCover(signature, members, empty.astype(np.int64), empty.astype(np.int32), empty)


def sums(held, ecosystem, cover, area, zones):
    given = (held, ecosystem, cover, area, zones)
    return vegetation_flood_sums(*given), marsh_flood_sums(*given)


def test_the_marshes_of_garze(zones, cover):
    """Baima Zhuoga et al. (2017): 2864.27 km2 of marsh hold 6.01e8 m3."""
    ecosystem = codes(41, 41, 11, 51)
    rain = np.full((1, 4), 100.0, np.float32)
    held = flood_mitigation_by_storage(rain, rain, ecosystem, **MARSH)
    area = np.array([[2000e6, 864.27e6, 1e6, 1e6]])
    vegetation, marsh = sums(held, ecosystem, cover, area, zones)
    table = land_flood_storage(Series({2010: vegetation}), Series({2010: marsh}), zones).set_index(
        ["zone", "component"]
    )
    assert table.loc[("n", "marsh"), "volume_m3"] == pytest.approx(6.01e8, rel=1e-3)
    assert table.loc[("n", "marsh"), "volume_m3"] == pytest.approx(0.3 * 2864.27 * 0.7 * 1e6, rel=1e-6)
    assert ("s", "marsh") not in table.index


def by_year(years, zones, cover):
    """100 mm held on 2 km2 and 50 mm on 1 km2 of forest, 210 mm on 3 km2 of marsh, in the first year."""
    ecosystem = codes(11, 41, 11, 51)
    area = np.array([[2e6, 3e6, 1e6, 5e6]])
    made = [
        sums(cells(100.0 * (n + 1), 210.0, 50.0 * (n + 1), 0.0), ecosystem, cover, area, zones)
        for n in range(len(years))
    ]
    vegetation = Series({year: pair[0] for year, pair in zip(years, made, strict=True)})
    marsh = Series({year: pair[1] for year, pair in zip(years, made, strict=True)})
    return land_flood_storage(vegetation, marsh, zones)


def waters(zoning, **volumes):
    names = {"n": "North", "s": "South", REGION: "all"}
    return pd.DataFrame(
        {
            "zoning": zoning,
            "zone": list(volumes),
            "zone_name": [names[z] for z in volumes],
            "volume_m3": volumes.values(),
        }
    ).astype({"volume_m3": float})


def volumes_of(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    return dict(zip(table["component"], table["volume_m3"], strict=True))


def test_volumes_of_every_zone_and_year(zones, cover):
    land = by_year([2000, 2010], zones, cover)
    lakes = pd.concat([waters("county", n=1e6, s=2e6), waters("county", n=4e6)], ignore_index=True)
    found = flood_storage(zones, land, lakes, waters("county", s=3e6))
    assert found.columns.tolist() == ["zoning", "zone", "zone_name", "year", "component", "volume_m3"]
    # 100 mm x 2 km2 = 2e5 m3, 210 mm x 3 km2 = 6.3e5 m3, 50 mm x 1 km2 = 5e4 m3.
    north = {"vegetation": 2e5, "marsh": 6.3e5, "lake": 5e6, "total": 5.83e6}
    assert volumes_of(found, zone="n", year=2000) == pytest.approx(north)
    south = {"vegetation": 1e5, "lake": 2e6, "reservoir": 3e6, "total": 5.1e6}
    assert volumes_of(found, zone="s", year=2010) == pytest.approx(south)
    region = {"vegetation": 2.5e5, "marsh": 6.3e5, "lake": 7e6, "reservoir": 3e6, "total": 1.088e7}
    assert volumes_of(found, zone=REGION, year=2000) == pytest.approx(region)
    assert volumes_of(found, zone=OUTSIDE, year=2000) == {"vegetation": 0.0, "total": 0.0}
    # In the order of the zones, years and components.
    assert found["zone"].drop_duplicates().tolist() == [REGION, "n", "s", OUTSIDE]
    assert found["zone_name"].drop_duplicates().tolist() == ["all", "North", "South", "outside"]
    assert found[found["zone"] == "n"]["year"].tolist() == [2000] * 4 + [2010] * 4
    assert found["component"].head(5).tolist() == [*COMPONENTS, "total"]
    keys = ["zoning", "zone", "year"]
    parts = found[found["component"] != "total"].groupby(keys)["volume_m3"].sum()
    totals = found[found["component"] == "total"].set_index(keys)["volume_m3"]
    assert_allclose(totals.sort_index(), parts.sort_index())
    # Nothing is counted twice or lost: the counties and what is outside them sum to the region.
    for year in (2000, 2010):
        totals = found[(found["component"] == "total") & (found["year"] == year)].groupby("zoning")["volume_m3"].sum()
        assert totals["county"] == pytest.approx(totals[REGION])


def test_waters_alone_have_no_year(zones):
    found = flood_storage(zones, None, waters("county", n=1e6), None)
    assert found.columns.tolist() == ["zoning", "zone", "zone_name", "component", "volume_m3"]
    assert volumes_of(found, zone=REGION) == volumes_of(found, zone="n") == {"lake": 1e6, "total": 1e6}
    assert flood_storage(zones).empty


def test_rain_without_years_gives_no_year(zones, cover):
    land = by_year([None], zones, cover)
    assert "year" not in land
    found = flood_storage(zones, land, None, waters("county", s=3e6))
    assert "year" not in found
    assert volumes_of(found, zone="s") == pytest.approx({"vegetation": 5e4, "reservoir": 3e6, "total": 3.05e6})


def test_waters_count_in_the_first_zoning_and_once_in_the_region(zones):
    two = pd.concat([waters("county", n=1e6), waters("basin", n=1e6)], ignore_index=True)
    found = flood_storage(zones, None, two, None)
    assert set(found["zoning"]) == {REGION, "county"}
    assert volumes_of(found, zone=REGION) == {"lake": 1e6, "total": 1e6}
    whole = flood_storage(zones, None, waters(REGION, region=5e6), None)
    assert volumes_of(whole, zone=REGION) == {"lake": 5e6, "total": 5e6}


def test_cells_without_data_are_in_no_volume(zones, cover):
    ecosystem = codes(11, 41, 11, -1)
    held = cells(100.0, np.nan, np.nan, np.nan)
    vegetation, marsh = sums(held, ecosystem, cover, np.full((1, 4), 1e6), zones)
    found = land_flood_storage(Series({2000: vegetation}), Series({2000: marsh}), zones)
    assert found[["zone", "component"]].to_numpy().tolist() == [[REGION, "vegetation"], ["n", "vegetation"]]
    assert found["volume_m3"].tolist() == pytest.approx([1e5, 1e5])
    assert found["year"].dtype == np.int64


def test_parameters_of_the_pack():
    expected = {
        "storm_threshold": (50.0, "mm/day", "default"),
        "marsh_water_depth": (0.3, "m", "literature"),
        "marsh_water_share": (0.7, "1", "literature"),
        "reservoir_flood_share": (0.35, "1", "literature"),
    }
    for name, wanted in expected.items():
        found = PACK[name]
        assert (found.value, found.unit, found.status) == wanted
        assert found.minimum <= found.value <= found.maximum


def test_methods_and_units():
    assert [step.method for step in catalogue().methods("flood_mitigation")] == ["storm_storage", "curve_number"]
    assert column_unit("volume_m3") == column_unit("capacity_m3") == "metre ** 3"
    assert catalogue().vocabulary["flood_mitigation"].product
    # Rain without a year will do.
    (step,) = catalogue().methods("land_flood_storage")
    assert step.series == {"vegetation_flood_sums": 0, "marsh_flood_sums": 0}
    assert catalogue().vocabulary["flood_storage"].product
