import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.base.step import Series
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters import catalogue
from shanshui.chapters.status.land import (
    ecological_land_share,
    ecosystem,
    ecosystem_legend,
    land_change_by_areas,
    land_conversion,
    land_conversion_legend,
    land_transition_tally,
    zone_area,
)

NOTHING = "no data"
ZONE_YEAR = ["zoning", "zone", "year"]


def areas(frame, zone, year, keyed_by="land_cover", column="area_ha"):
    rows = frame[(frame["zone"] == zone) & (frame["year"] == year) & (frame["keyed_by"] == keyed_by)]
    return dict(zip(rows["class_name"], rows[column], strict=True))


def changes(frame, zone, keyed_by="land_cover"):
    rows = frame[(frame["zone"] == zone) & (frame["keyed_by"] == keyed_by)]
    columns = ["area_from_ha", "area_to_ha", "change_ha", "gain_ha", "loss_ha"]
    return {row["class_name"]: tuple(row[column] for column in columns) for row in rows.to_dict("records")}


# Worked by hand: cells of 1 to 12 ha, row by row.


def test_areas_of_classes_by_hand(two_years):
    found = two_years.area
    assert areas(found, REGION, 1990) == {
        NOTHING: 9,
        "old forest": 1 + 2 + 5,
        "young forest": 3,
        "fields": 4 + 6 + 7 + 8 + 12,
        "town": 10,
        "sea": 11,
    }
    assert areas(found, "1", 1990) == {NOTHING: 9, "old forest": 0.5 + 2 + 5, "fields": 6, "town": 10}
    assert areas(found, "1", 2010) == {NOTHING: 0, "old forest": 0.5 + 9, "fields": 2 + 6, "town": 5 + 10}
    assert areas(found, "2", 2010) == {NOTHING: 7, "old forest": 8, "young forest": 3, "fields": 4, "sea": 11}
    outside = found[(found["zoning"] == "counties") & (found["zone"] == OUTSIDE)]
    assert areas(outside, OUTSIDE, 1990) == {"old forest": 0.5, "fields": 12, "town": 0}
    assert areas(outside, OUTSIDE, 2010) == {"old forest": 0.5, "fields": 0, "town": 12}


def test_cells_are_counted_by_their_share_and_mu_are_fifteenths(two_years):
    assert areas(two_years.area, "1", 1990, column="cells") == {NOTHING: 1, "old forest": 2.5, "fields": 1, "town": 1}
    np.testing.assert_allclose(two_years.area["area_mu"], 15 * two_years.area["area_ha"], rtol=1e-15)


def test_shares_are_of_the_area_with_data(two_years):
    shares = areas(two_years.area, "1", 1990, column="share_percent")
    assert np.isnan(shares.pop(NOTHING))
    assert shares == pytest.approx({"old forest": 7.5 / 0.235, "fields": 6 / 0.235, "town": 10 / 0.235})


def test_classes_of_one_ecosystem_are_added_by_hand(two_years):
    assert areas(two_years.area, REGION, 1990, "ecosystem") == {
        NOTHING: 9,
        "forest": 11,
        "cropland": 37,
        "built": 10,
        "water": 11,
    }
    assert areas(two_years.area, "2", 1990, "ecosystem_type") == {
        NOTHING: 0,
        "broadleaf forest": 0,
        "sparse forest": 3,
        "dry cropland": 4 + 7 + 8,
        "sea": 11,
    }


def test_changes_gains_and_losses_by_hand(two_years):
    # Cells known in both years only: (2, 0) of 9 ha and (1, 2) of 7 ha are left out.
    assert changes(two_years.change, REGION) == {
        NOTHING: (16, 16, 0, 0, 0),
        "old forest": (8, 9, 1, 8, 7),
        "young forest": (3, 3, 0, 0, 0),
        "fields": (30, 12, -18, 2, 20),
        "town": (10, 27, 17, 17, 0),
        "sea": (11, 11, 0, 0, 0),
    }
    assert changes(two_years.change, "1") == {
        NOTHING: (9, 9, 0, 0, 0),
        "old forest": (7.5, 0.5, -7, 0, 7),
        "fields": (6, 8, 2, 2, 0),
        "town": (10, 15, 5, 5, 0),
    }
    assert changes(two_years.change, REGION, "ecosystem")["forest"] == (11, 12, 1, 8, 7)


def test_percent_is_of_the_earlier_area_and_left_out_below_the_smallest(make_land, zoned, two_years):
    rows = two_years.change.query("zone == 'region' and keyed_by == 'land_cover'").set_index("class_name")
    assert rows["change_percent"]["fields"] == pytest.approx(-60.0)
    assert rows["change_percent"]["town"] == pytest.approx(170.0)
    strict = make_land(two_years.maps, *zoned, smallest_base_area=10.0)
    for frame in (strict.change, strict.change_by_areas):
        rows = frame.query("zone == 'region' and keyed_by == 'land_cover'").set_index("class_name")
        assert np.isnan(rows["change_percent"]["old forest"])
        assert not np.isnan(rows["change_percent"]["town"])


def test_transitions_by_hand(two_years):
    rows = two_years.transition.query("zone == 'region' and keyed_by == 'land_cover'")
    found = {(row.from_name, row.to_name): (row.area_ha, row.share_percent) for row in rows.itertuples()}
    assert {key: area for key, (area, _) in found.items()} == {
        (NOTHING, "old forest"): 9,
        ("old forest", "old forest"): 1,
        ("old forest", "fields"): 2,
        ("old forest", "town"): 5,
        ("young forest", "young forest"): 3,
        ("fields", NOTHING): 7,
        ("fields", "old forest"): 8,
        ("fields", "fields"): 10,
        ("fields", "town"): 12,
        ("town", "town"): 10,
        ("sea", "sea"): 11,
    }
    assert found["old forest", "town"][1] == pytest.approx(62.5)
    assert (rows["from_code"][rows["from_name"] == NOTHING] == "").all()


def test_ecological_share_leaves_the_sea_out(two_years):
    rows = two_years.share.set_index(ZONE_YEAR)
    region = rows.loc[(REGION, REGION, 1990)]
    assert (region["ecological_ha"], region["land_ha"]) == (11, 58)
    assert region["share_percent"] == pytest.approx(100 * 11 / 58)
    south = rows.loc[("counties", "2", 2010)]
    assert (south["ecological_ha"], south["land_ha"]) == (11, 15)


def test_without_second_levels_the_first_tell_the_ecological_share(two_years):
    coarse = two_years.area[two_years.area["keyed_by"] == "ecosystem"]
    region = ecological_land_share(coarse).set_index(ZONE_YEAR).loc[(REGION, REGION, 1990)]
    # The sea cannot be told from other water there.
    assert (region["ecological_ha"], region["land_ha"]) == (22, 69)


def test_a_zone_of_sea_alone_has_no_share(make_land):
    land = make_land({2000: [[9, 1]], 2010: [[9, 1]]}, np.array([[0, 1]]), ["Bay", "Wood"], np.full((1, 2), 1e4))
    shares = land.share.set_index(ZONE_YEAR)["share_percent"]
    assert np.isnan(shares["counties", "1", 2000])
    assert shares["counties", "2", 2000] == 100.0


# Identities


def keys(frame, *columns):
    return frame.groupby(["zoning", "zone", "keyed_by", *columns])


@pytest.fixture(params=["two_years", "three_years"])
def land(request):
    return request.getfixturevalue(request.param)


def check_identities(land):
    change, transition, area = land.change, land.transition, land.area
    np.testing.assert_allclose(change["change_ha"], change["area_to_ha"] - change["area_from_ha"], atol=1e-12)
    np.testing.assert_allclose(change["change_ha"], change["gain_ha"] - change["loss_ha"], rtol=1e-9, atol=1e-9)
    # What one class loses others gain.
    totals = keys(change, "year_from", "year_to")[["gain_ha", "loss_ha"]].sum()
    np.testing.assert_allclose(totals["gain_ha"], totals["loss_ha"], rtol=1e-9, atol=1e-9)
    # Rows and columns of the transitions sum to the areas of the two years.
    known = area.set_index(["zoning", "zone", "keyed_by", "class_code", "year"])["area_ha"]
    for side, year in (("from_code", "year_from"), ("to_code", "year_to")):
        sums = keys(transition, side, "year_from", "year_to")["area_ha"].sum().reset_index()
        for row in sums.to_dict("records"):
            expected = known[row["zoning"], row["zone"], row["keyed_by"], row[side], row[year]]
            assert row["area_ha"] == pytest.approx(expected, rel=1e-9)
        # And no area is missing from them.
        assert sums["area_ha"].sum() == pytest.approx(
            sum(known.xs(key, level="keyed_by").xs(when, level="year").sum()
                for key in ("land_cover", "ecosystem")
                for when in transition.drop_duplicates(["year_from", "year_to"])[year]), rel=1e-9)  # fmt: skip
    # Classes sum to the zone in every year and by every key; zones sum to the region.
    sums = keys(area, "year")["area_ha"].sum()
    for _, by_zone in sums.groupby(level=["zoning", "zone"]):
        np.testing.assert_allclose(by_zone, by_zone.iloc[0], rtol=1e-9)
    by_zoning = area.groupby(["zoning", "keyed_by", "year", "class_code"])["area_ha"].sum()
    counties, region = (by_zoning.xs(name, level="zoning") for name in ("counties", REGION))
    # Parts of a border cell are rounded to a square centimetre (1e-8 ha) each.
    pd.testing.assert_series_equal(counties, region, rtol=1e-9, atol=2.5e-7)
    # The rows keyed by ecosystem are the rows of the source's classes put together.
    first = {"1": "1", "2": "1", "5": "5", "7": "6", "9": "9", "": ""}
    source = area[area["keyed_by"] == "land_cover"]
    grouped = source.assign(code=source["class_code"].map(first)).groupby([*ZONE_YEAR, "code"])["area_ha"].sum()
    own = area[area["keyed_by"] == "ecosystem"].set_index([*ZONE_YEAR, "class_code"])["area_ha"]
    pd.testing.assert_series_equal(
        own.sort_index(), grouped.sort_index(), check_names=False, check_index_type=False, rtol=1e-9
    )
    shares = keys(area[area["class_code"] != ""], "year")["share_percent"].sum(min_count=1).dropna()
    np.testing.assert_allclose(shares, 100.0, rtol=1e-9)
    np.testing.assert_allclose(
        keys(transition, "year_from", "year_to", "from_code")["share_percent"].sum(), 100.0, rtol=1e-9
    )


def test_no_area_is_lost_or_counted_twice(land):
    check_identities(land)


def test_zone_totals_are_the_areas_of_their_cells(land, zoned):
    zones, _, area, shares = zoned
    sums = land.area[land.area["keyed_by"] == "land_cover"].groupby(["zoning", "zone", "year"])["area_ha"].sum()
    hectares = area / 1e4
    for year in land.maps:
        assert sums[REGION, REGION, year] == pytest.approx(hectares.sum(), rel=1e-9)
        for zone in (0, 1):
            expected = (hectares * shares)[zones == zone].sum()
            assert sums["counties", str(zone + 1), year] == pytest.approx(expected, rel=1e-9)


@st.composite
def regions(draw):
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    zones = draw(arrays(np.int64, shape, elements=st.integers(-1, 2)))
    zones.flat[0] = 2
    shares = draw(arrays(np.float64, shape, elements=st.sampled_from([1.0, 1.0, 0.25, 1 / 1024])))
    area = draw(arrays(np.float64, shape, elements=st.floats(100.0, 1e6)))
    codes = st.sampled_from([-1, 1, 2, 5, 7, 9])
    years = draw(st.lists(st.integers(1980, 2024), min_size=2, max_size=3, unique=True))
    maps = {year: draw(arrays(np.int32, shape, elements=codes)) for year in years}
    maps[years[0]].flat[-1] = 5
    return maps, zones, ["a", "b", "c"], area, shares


# Without shrinking: an example that fails is small as it is.
@settings(deadline=None, max_examples=15, phases=[Phase.reuse, Phase.generate])
@given(regions())
def test_no_area_is_lost_whatever_the_maps_and_zones(make_land, made):
    check_identities(make_land(*made))


def test_both_methods_of_change_agree_where_every_cell_has_data(three_years):
    labels = ["zoning", "zone", "keyed_by", "class_code", "class_name", "year_from", "year_to"]
    columns = ["area_from_ha", "area_to_ha", "change_ha", "change_percent"]
    cells = three_years.change.set_index(labels)[columns].sort_index()
    by_areas = three_years.change_by_areas.set_index(labels)[columns].sort_index()
    # A class that a zone holds in another year only has a row of zeros in the one and none in the other.
    both = cells.index.intersection(by_areas.index)
    np.testing.assert_allclose(cells.loc[both].to_numpy(float), by_areas.loc[both].to_numpy(float), rtol=1e-9)
    for frame in (cells, by_areas):
        rest = frame.loc[frame.index.difference(both)]
        assert (rest[["area_from_ha", "area_to_ha"]] == 0).all(axis=None)
    assert len(both) > 30
    assert three_years.change_by_areas[["gain_ha", "loss_ha"]].isna().all(axis=None)


def test_the_memory_of_changes_by_areas_grows_with_the_rows_and_not_with_their_combinations():
    def peak(townships):
        rows = [
            (f"z{n}", f"name {n}", year, str(code), f"class {code}", float(n + code))
            for n in range(townships)
            for year in (2000, 2010)
            for code in (1, 5, 6)
        ]
        columns = ["zone", "zone_name", "year", "class_code", "class_name", "area_ha"]
        frame = pd.DataFrame(rows, columns=columns).assign(zoning="townships", keyed_by="ecosystem")
        tracemalloc.start()
        change = land_change_by_areas(frame, smallest_base_area=0.0)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(change) == 3 * townships
        return used

    peak(10)
    assert peak(400) < 8 * peak(100)


@pytest.mark.parametrize("missing", ["no cell", "every cell"])
def test_years_that_share_no_cell_or_all_of_them_give_tables_too(make_land, missing):
    first = np.full((2, 2), 1)
    second = first if missing == "no cell" else np.full((2, 2), -1)
    land = make_land({2000: first, 2010: second}, np.zeros((2, 2), int), ["a"], np.full((2, 2), 1e4))
    rows = land.change.query("zoning == 'region' and keyed_by == 'land_cover'")
    name = "old forest" if missing == "no cell" else NOTHING
    assert rows["class_name"].tolist() == [name]
    assert rows[["area_from_ha", "area_to_ha", "change_ha"]].to_numpy().tolist() == [[4, 4, 0]]


def test_maps_without_any_data_have_no_change_by_areas(make_land):
    empty = np.full((1, 2), -1)
    land = make_land({2000: empty, 2010: empty}, np.zeros((1, 2), int), ["a"], np.full((1, 2), 1e4))
    assert (land.area["class_name"] == NOTHING).all()
    assert land.change_by_areas.empty
    assert list(land.change_by_areas.columns) == list(land.change.columns)


def test_a_single_year_has_areas_and_shares_and_no_change(make_land):
    land = make_land({2000: np.array([[1, 5]])}, np.zeros((1, 2), int), ["a"], np.full((1, 2), 1e4))
    assert areas(land.area, REGION, 2000) == {"old forest": 1, "fields": 1}
    assert land.share["share_percent"].tolist() == [50, 50]
    assert land.change_by_areas.empty
    assert set(land_transition_tally.step.series.items()) == {("land_cover", 2)}


def test_tables_have_the_columns_that_the_vocabulary_describes(two_years):
    frames = {
        "land_area": two_years.area,
        "land_change": two_years.change,
        "land_transition": two_years.transition,
        "ecological_land_share": two_years.share,
        "zone_area": zone_area(two_years.zones),
    }
    for name, frame in frames.items():
        assert set(frame.columns) == set(catalogue().vocabulary[name].columns), name
    assert list(two_years.change_by_areas.columns) == list(two_years.change.columns)


# Cells


def test_cells_are_relabelled_by_the_legend_and_unknown_codes_have_no_ecosystem(legend):
    cells = np.array([[1, 2, 9], [-1, 3, 500]], np.int32)
    expected = [[11, 14, 94], [-1, -1, -1]]
    assert ecosystem(cells, legend).tolist() == expected
    assert ecosystem(cells, legend).dtype == np.int32


def test_the_order_of_a_legend_does_not_matter(legend):
    cells = np.array([[1, 2, 9, 5, 7, -1]], np.int32)
    shuffled = legend.sample(frac=1, random_state=3)
    assert ecosystem(cells, shuffled).tolist() == ecosystem(cells, legend).tolist()


def test_conversion_is_ten_times_before_plus_after_by_hand():
    years = {2000: np.array([[11, 14, 51, -1, 94]]), 2020: np.array([[14, 61, 10, 51, -1]])}
    found = land_conversion(Series(years), baseline_year=2000, current_year=2020)
    assert found.tolist() == [[0, 16, 51, -1, -1]]
    back = land_conversion(Series(years), baseline_year=2020, current_year=2000)
    assert back.tolist() == [[0, 61, 15, -1, -1]]


def test_every_conversion_has_one_line_in_its_legend():
    legend = land_conversion_legend()
    assert legend["code"].is_unique
    assert set(legend["code"]) == {0} | {10 * a + b for a in range(1, 10) for b in range(1, 10) if a != b}
    row = legend.set_index("code").loc[16]
    assert (row["name"], row["name_zh"]) == ("forest to built", "森林→建设用地")
    assert set(ecosystem_legend().columns) == {"code", "name", "name_zh", "colour"}


def test_areas_of_zones_are_set_beside_the_stated_ones_by_hand():
    zones = pd.DataFrame(
        {
            "zoning": ["region", "region", "c"],
            "zone": ["region", OUTSIDE, "1"],
            "name": ["W", OUTSIDE, "One"],
            "area_ha": [200.0, np.nan, 90.0],
            "map_area_ha": [201.0, np.nan, np.nan],
            "statutory_area_ha": [np.nan, np.nan, 100.0],
        }
    )
    found = zone_area(zones).to_dict("records")
    assert [row["zone_name"] for row in found] == ["W", "One"]
    assert (found[1]["area_mu"], found[1]["difference_percent"]) == (1350.0, pytest.approx(-10.0))
    assert np.isnan(found[0]["difference_percent"])
