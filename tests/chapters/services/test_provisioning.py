import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.units import conversion
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.services.provisioning import (
    KINDS,
    carrier_sums,
    carrier_weights,
    known_yields,
    provision,
    provisioning_by_zone,
    provisioning_carriers,
    provisioning_rates,
)
from shanshui.data.legends import ecosystem_scheme

# Two counties, their outside, beside the region and its outside. North: cells 0, 1 and half of 2; south: the rest.
ZONES = pd.DataFrame(
    {
        "zoning": ["region", "region", "county", "county", "county"],
        "zone": ["region", "(outside)", "n", "s", "(outside)"],
    }
)
COVER = ZoneCover(
    signature=np.array([[0, 0, -1, 1, 1]], np.int32),
    members=np.array([[0, 2], [0, 3]], np.int32),
    border_cell=np.array([2, 2, 2]),
    border_zone=np.array([0, 2, 3], np.int32),
    border_share=np.array([1.0, 0.5, 0.5]),
)
AREA = np.array([[100.0, 100.0, 200.0, 100.0, 100.0]])
# Paddy, forest, dry cropland, orchard, lake.
LAND = np.array([[53, 11, 51, 52, 91]], np.int32)
NPP = np.array([[300.0, 900.0, 200.0, 500.0, np.nan]], np.float32)


def yields(*rows, columns=("zone", "product", "kind", "amount", "unit")):
    return pd.DataFrame(rows, columns=list(columns)).assign(zoning="county", zone_name="name")


def spread_out(table, kind, land=LAND, productivity=NPP, carriers=None, series=None):
    """Run all steps of one kind."""
    carriers = provisioning_carriers() if carriers is None else carriers
    lands = Series({None: land}) if series is None else series
    place = lands, COVER, AREA, ZONES, carrier_weights(carriers)
    table = known_yields(table)
    sums = carrier_sums(*place, table, productivity)
    by_zone = provisioning_by_zone(table, sums, ZONES)
    rates = provisioning_rates(by_zone, sums, ZONES)
    return provision(*place, rates, productivity, of_name=kind), by_zone


def test_crops_follow_the_productivity_of_cropland():
    table = yields(("n", "rice", "crop", 50.0, "t"), ("s", "wheat", "crop", 70.0, "t"))
    found, by_zone = spread_out(table, "crop")
    # North: 300 x 100 = 30,000 and 200 x 100 (half of the third cell) = 20,000; south: 20,000 and 500 x 100 = 50,000.
    assert_allclose(found, [[30.0, 0.0, 20.0 + 20.0, 50.0, 0.0]], rtol=1e-6)
    assert found.dtype == np.float32
    assert by_zone["spread"].tolist() == [50.0, 70.0]
    assert by_zone["not_spread"].tolist() == [0.0, 0.0]
    assert by_zone["spread_by"].tolist() == ["productivity", "productivity"]
    assert by_zone["reason"].tolist() == ["", ""]


def test_without_productivity_it_is_the_area():
    found, by_zone = spread_out(yields(("n", "rice", "crop", 50.0, "t")), "crop", productivity=None)
    # 100 m2 and half of 200 m2; in the south there is no figure, and on the border only the north's part is known.
    assert_allclose(found, [[25.0, 0.0, 25.0, np.nan, np.nan]])
    assert by_zone["spread_by"].tolist() == ["area"]


@pytest.mark.parametrize("value", [np.nan, 0.0, -20.0])
def test_a_zone_without_productivity_falls_to_its_area_and_says_so(value):
    productivity = np.array([[value, 900.0, value, 500.0, np.nan]], np.float32)
    table = yields(("n", "rice", "crop", 50.0, "t"), ("s", "wheat", "crop", 70.0, "t"))
    found, by_zone = spread_out(table, "crop", productivity=productivity)
    # In the south all goes to the orchard, the only ground whose productivity is known and above 0.
    assert_allclose(found, [[25.0, 0.0, 25.0, 70.0, 0.0]])
    assert by_zone["spread_by"].tolist() == ["area", "productivity"]


def test_ground_without_productivity_among_other_ground_is_not_known():
    productivity = np.array([[np.nan, 900.0, 200.0, 500.0, np.nan]], np.float32)
    found, _ = spread_out(yields(("n", "rice", "crop", 50.0, "t")), "crop", productivity=productivity)
    assert_allclose(found, [[np.nan, 0.0, 50.0, np.nan, np.nan]])


def test_land_that_is_not_known_has_no_value():
    land = np.array([[-1, 11, 51, 52, 91]], np.int32)
    found, _ = spread_out(yields(("n", "rice", "crop", 50.0, "t")), "crop", land=land)
    assert_allclose(found, [[np.nan, 0.0, 50.0, np.nan, np.nan]])


def test_yields_of_a_zone_without_cropland_are_not_lost():
    land = np.array([[11, 11, 11, 51, 91]], np.int32)
    table = yields(("n", "rice", "crop", 50.0, "t"), ("s", "rice", "crop", 20.0, "t"))
    found, by_zone = spread_out(table, "crop", land=land)
    assert by_zone["spread"].tolist() == [0.0, 20.0]
    assert by_zone["not_spread"].tolist() == [50.0, 0.0]
    assert by_zone["reason"].tolist() == ["no such ground", ""]
    assert by_zone["spread_by"].tolist() == ["", "productivity"]
    assert (by_zone["spread"] + by_zone["not_spread"]).tolist() == table["amount"].tolist()
    # Where the amount could not be placed nothing is known; the border's southern half is forest, which has none.
    assert_array_equal(found, [[np.nan, np.nan, 0.0, 20.0, 0.0]])


def test_nothing_yielded_is_nothing_on_every_cell():
    found, by_zone = spread_out(yields(("n", "rice", "crop", 0.0, "t")), "crop")
    assert_array_equal(found, [[0.0, 0.0, 0.0, np.nan, np.nan]])
    assert by_zone["reason"].tolist() == [""]


def test_products_of_a_kind_are_added_up_in_its_unit():
    table = yields(("n", "rice", "crop", 4.0, "1e4 t"), ("n", "oil", "crop", 5000.0, "kg"))
    found, by_zone = spread_out(table, "crop", productivity=None)
    # 40,000 t and 5 t, over two halves.
    assert_allclose(found[0, [0, 2]], [20002.5, 20002.5])
    assert by_zone["spread"].tolist() == [4.0, 5000.0]


def test_heads_stand_in_the_table_only():
    land = np.array([[32, 32, 31, 11, 11]], np.int32)
    table = yields(("n", "sheep", "livestock", 900.0, "head"), ("n", "beef", "livestock", 12.0, "t"))
    found, by_zone = spread_out(table, "livestock", land=land, productivity=None)
    assert by_zone["reason"].tolist() == ["not in the unit of the map", ""]
    assert by_zone["not_spread"].tolist() == [900.0, 0.0]
    assert by_zone["spread_by"].tolist() == ["", "area"]
    # 12 t over 300 m2.
    assert_allclose(found[0, :3], [4.0, 4.0, 4.0])


def test_water_does_not_follow_the_productivity_of_plants():
    land = np.array([[91, 92, 11, 93, 94]], np.int32)
    table = yields(
        ("n", "fish", "fishery", 30.0, "t"),
        ("s", "fish", "fishery", 30.0, "t"),
        ("s", "supply", "water", 8.0, "m3"),
        ("n", "power", "energy", 2.0, "GWh"),
    )
    productivity = np.array([[5.0, 50.0, 500.0, 5.0, 5.0]], np.float32)
    fish, by_zone = spread_out(table, "fishery", land=land, productivity=productivity)
    assert_allclose(fish, [[15.0, 15.0, 0.0, 15.0, 15.0]])
    assert set(by_zone["spread_by"]) == {"area"}
    # No fresh water from the sea; power on the river, not on the lake.
    assert_allclose(spread_out(table, "water", land=land)[0][0, 3:], [8.0, 0.0])
    assert_allclose(spread_out(table, "energy", land=land)[0][0, :2], [0.0, 2e6])


def test_timber_grows_in_forest_and_is_measured_in_cubic_metres():
    found, by_zone = spread_out(yields(("n", "logs", "timber", 7.0, "m3"), ("n", "wood", "timber", 3.0, "t")), "timber")
    assert_allclose(found[0, :2], [0.0, 7.0])
    assert by_zone["reason"].tolist() == ["", "not in the unit of the map"]


def test_a_kind_without_figures_is_not_known():
    assert np.isnan(spread_out(yields(("n", "rice", "crop", 1.0, "t")), "timber")[0]).all()


def test_mapped_is_the_year_nearest_to_the_land():
    early, late = np.array([[11, 11, 11, 11, 11]], np.int32), LAND
    table = yields(
        ("n", "rice", "crop", 10.0, "t", 2016),
        ("n", "rice", "crop", 20.0, "t", 2019),
        ("n", "rice", "crop", 30.0, "t", 2021),
        ("n", "oil", "crop", 5.0, "t", 2010),
        columns=("zone", "product", "kind", "amount", "unit", "year"),
    )
    found, by_zone = spread_out(table, "crop", productivity=None, series=Series({2000: early, 2020: late}))
    # Of 2019 and 2021 the later one; of oil there is only 2010.
    assert by_zone["reason"].tolist() == ["not the year of the map", "not the year of the map", "", ""]
    assert by_zone["not_spread"].tolist() == [10.0, 20.0, 0.0, 0.0]
    assert by_zone["year"].tolist() == [2016, 2019, 2021, 2010]
    assert_allclose(found[0, [0, 2]], [17.5, 17.5])


@pytest.mark.parametrize(
    ("land_year", "mapped"), [(2018, 2019), (2017, 2016), (None, 2019), (2030, 2019), (1990, 2016)]
)
def test_which_year_is_nearest(land_year, mapped):
    rows = [("n", "rice", "crop", 1.0, "t", year) for year in (2016, 2019)]
    table = yields(*rows, columns=("zone", "product", "kind", "amount", "unit", "year"))
    _, by_zone = spread_out(table, "crop", series=Series({land_year: LAND}))
    assert by_zone.loc[by_zone["reason"] == "", "year"].tolist() == [mapped]


def test_figures_that_are_missing_are_left_out():
    _, by_zone = spread_out(yields(("n", "rice", "crop", np.nan, "t"), ("s", "rice", "crop", 5.0, "t")), "crop")
    assert by_zone["zone"].tolist() == ["s"]


def test_own_carriers_and_weights():
    carriers = pd.DataFrame({"kind": "crop", "level2": [53, 51], "weight": [3.0, 1.0]})
    table = yields(("n", "rice", "crop", 80.0, "t"))
    by_area, _ = spread_out(table, "crop", productivity=None, carriers=carriers)
    # 3 x 100 and 1 x 100.
    assert_allclose(by_area[0, [0, 2]], [60.0, 20.0])
    by_npp, _ = spread_out(table, "crop", carriers=carriers)
    # 3 x 300 x 100 and 1 x 200 x 100: 9 to 2.
    assert_allclose(by_npp[0, [0, 2]], [80 * 9 / 11, 80 * 2 / 11], rtol=1e-6)


def test_however_little_ground_draws_it_is_ground():
    carriers = pd.DataFrame({"kind": "crop", "level2": [53, 51], "weight": [1e-6, 1e-6]})
    table = yields(("n", "rice", "crop", 80.0, "t"))
    found, by_zone = spread_out(table, "crop", carriers=carriers)
    assert by_zone["spread_by"].tolist() == ["productivity"]
    # 300 x 100 and 200 x 100, as without weights.
    assert_allclose(found[0, [0, 2]], [48.0, 32.0], rtol=1e-6)
    assert_allclose(spread_out(table, "crop", carriers=carriers, productivity=None)[0][0, [0, 2]], [40.0, 40.0])


def test_land_without_years_will_do():
    assert carrier_sums.step.series == {"ecosystem": 0}
    assert provision.step.series == {"ecosystem": 0}


def test_what_would_be_counted_twice_is_refused():
    twice = yields(("n", "rice", "crop", 1.0, "t"), ("n", "rice", "crop", 2.0, "t"))
    with pytest.raises(StudyError, match=r"'n' has several rows for rice"):
        spread_out(twice, "crop")
    nested = yields(("n", "rice", "crop", 1.0, "t"), ("region", "rice", "crop", 2.0, "t"))
    nested.loc[1, "zoning"] = "region"
    with pytest.raises(StudyError, match=r"several zonings \(county, region\)"):
        spread_out(nested, "crop")
    carriers = pd.DataFrame({"kind": "crop", "level2": [53, 53], "weight": [3.0, 1.0]})
    with pytest.raises(StudyError, match=r"several rows for 53"):
        spread_out(yields(("n", "rice", "crop", 1.0, "t")), "crop", carriers=carriers)


def test_one_product_in_two_years_and_kinds_in_two_zonings_are_no_repeats():
    table = yields(
        ("n", "rice", "crop", 1.0, "t", 2019),
        ("n", "rice", "crop", 2.0, "t", 2020),
        ("region", "logs", "timber", 2.0, "m3", 2020),
        columns=("zone", "product", "kind", "amount", "unit", "year"),
    )
    table.loc[2, "zoning"] = "region"
    found, by_zone = spread_out(table, "timber")
    assert by_zone["reason"].tolist() == ["not the year of the map", "", ""]
    # The only forest cell of the region.
    assert_allclose(found, [[0.0, 2.0, 0.0, 0.0, 0.0]])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from([11, 51, 52, 53, 91, -1]), min_size=5, max_size=5),
    st.lists(st.one_of(st.just(math.nan), st.floats(0, 3270, width=32)), min_size=5, max_size=5),
    st.lists(st.integers(0, 10**7), min_size=2, max_size=2),
)
def test_the_sum_over_the_cells_is_what_is_said_to_be_spread(land, productivity, amounts):
    table = yields(*[(zone, "rice", "crop", float(amount), "t") for zone, amount in zip("ns", amounts, strict=True)])
    cells = np.array([land], np.int32)
    found, by_zone = spread_out(table, "crop", land=cells, productivity=np.array([productivity], np.float32))
    assert ((by_zone["spread"] + by_zone["not_spread"]) == table["amount"]).all()
    total = math.fsum(found[np.isfinite(found)].astype(float))
    # Each cell is rounded to a float32 once.
    assert total == pytest.approx(by_zone["spread"].sum(), rel=2**-23)


def test_parts_of_a_region_add_up_to_the_whole():
    table = yields(("n", "rice", "crop", 50.0, "t"), ("s", "fish", "fishery", 70.0, "t"))
    carriers = provisioning_carriers()
    whole = carrier_sums(Series({2020: LAND}), COVER, AREA, ZONES, carriers, table, NPP)
    none = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0)
    left = ZoneCover(COVER.signature[:, :2], COVER.members, *none)
    right = ZoneCover(
        COVER.signature[:, 2:], COVER.members, COVER.border_cell - 2, COVER.border_zone, COVER.border_share
    )
    parts = [
        carrier_sums(Series({2020: LAND[:, at]}), cover, AREA[:, at], ZONES, carriers, table, NPP[:, at])
        for at, cover in ((slice(2), left), (slice(2, None), right))
    ]
    both = parts[0] + parts[1]
    assert both.year == 2020
    for kind in ("crop", "fishery"):
        assert_array_equal(both.area[kind].total, whole.area[kind].total)
    assert set(both.productivity) == {"crop"}
    assert_array_equal(both.productivity["crop"].total, whole.productivity["crop"].total)


def test_the_shipped_carriers_are_ecosystems_of_the_scheme():
    table, scheme = provisioning_carriers(), ecosystem_scheme().set_index("level2")
    assert set(table["kind"]) == set(KINDS)
    assert not table.duplicated(["kind", "level2"]).any()
    assert scheme.loc[table["level2"], "name"].tolist() == table["name"].tolist()
    assert set(table["status"]) == {"default"}
    first = {kind: {code // 10 for code in rows["level2"]} for kind, rows in table.groupby("kind")}
    assert first == {"crop": {5}, "livestock": {3}, "timber": {1}, "fishery": {9}, "water": {9}, "energy": {9}}
    # All of a first level carry the kind, but the sea gives no fresh water, and lakes and the sea no power.
    whole = {code: set(scheme.index[scheme.index // 10 == code]) for code in (1, 3, 5, 9)}
    codes = {kind: set(rows["level2"]) for kind, rows in table.groupby("kind")}
    assert (codes["crop"], codes["livestock"], codes["timber"]) == (whole[5], whole[3], whole[1])
    assert codes["fishery"] == whole[9]
    assert codes["water"] == whole[9] - {94}
    assert codes["energy"] == {92, 93}
    assert (table["weight"] == 1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_unit_of_a_map_is_that_of_its_kind(kind):
    word = catalogue().vocabulary[f"{kind}_provision"]
    assert conversion(f"{KINDS[kind]}/year", word.unit).identity
    assert word.measure == "extensive"
    assert kind in catalogue().vocabulary["provisioning_yields"].choices["kind"]
    assert kind in catalogue().vocabulary["provisioning_carriers"].choices["kind"]
