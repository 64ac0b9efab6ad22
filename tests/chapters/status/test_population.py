"""Population, worked by hand. Function types and levels have no real data: what is tested on them is sample only."""

import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.zones import OUTSIDE, REGION, ZoneCover
from shanshui.chapters.status.groups import Nesting, groups_of, nearest_pair
from shanshui.chapters.status.population import (
    human_land_tension,
    population_by_density,
    population_change,
    population_summary,
    population_sums,
)
from shanshui.chapters.status.population_findings import population_findings

NAN = float("nan")
BANDS = {"urban_near_distance": 50.0, "urban_far_distance": 100.0}
YEARS = {"baseline_year": 2010, "current_year": 2020, "year_tolerance": 2.0}
ATTRIBUTES = ["function", "level", "service", "belt", "parent", "urban_distance_km"]
COUNTIES = {
    "A": ("ecological", "national", "water", "west", "", 0.0),
    "B": ("ecological", "provincial", "soil", "", "", 60.0),
    "C": ("urbanisation", "national", "", "", "", 0.0),
    "D": ("agricultural", "", "", "", "", 50.0),
    "E": ("", "", "", "", "", 120.0),
}


def zones_table(counties=COUNTIES, zoning="county"):
    rows = [(zoning, zone, f"{zone} county", *attributes) for zone, attributes in counties.items()]
    rows.append((zoning, OUTSIDE, OUTSIDE, "", "", "", "", "", NAN))
    return pd.DataFrame(rows, columns=["zoning", "zone", "name", *ATTRIBUTES])


def people(rows, columns=("total_persons", "urban_persons", "rural_persons"), zoning="county"):
    """Rows from {(zone, year): figures}."""
    frame = pd.DataFrame(
        [(zone, year, *figures) for (zone, year), figures in rows.items()],
        columns=["zone", "year", *columns[: len(next(iter(rows.values())))]],
    )
    return frame.assign(zoning=zoning, zone_name=frame["zone"] + " county")


CENSUS = people(
    {
        ("A", 2010): (1000, 200),
        ("A", 2020): (600, 240),
        ("B", 2010): (2000, 500),
        ("B", 2020): (1900, 700),
        ("C", 2010): (6000, 4800),
        ("C", 2020): (9000, 8100),
        ("D", 2010): (1000, NAN),
        ("D", 2020): (1000, NAN),
        ("E", 2010): (500, 100),
    }
)


@pytest.fixture
def change():
    return population_change(CENSUS, zones_table(), much_loss_percent=30.0)


@pytest.fixture
def summary(change):
    return population_summary(change, zones_table(), **BANDS)


def row(frame, **wanted):
    found = frame[np.logical_and.reduce([frame[column] == value for column, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


def test_change_by_hand(change):
    a = row(change, zone="A")
    assert (a["total_from_persons"], a["total_to_persons"], a["total_change_persons"]) == (1000, 600, -400)
    assert a["total_change_percent"] == pytest.approx(-40)
    assert (a["urban_change_persons"], a["rural_from_persons"], a["rural_to_persons"]) == (40, 800, 360)
    assert a["rural_change_percent"] == pytest.approx(-55)
    # The whole is A to D: 10,000 and 12,500.
    assert (a["share_from_percent"], a["share_to_percent"]) == pytest.approx((10.0, 4.8))
    assert (a["urban_share_from_percent"], a["urban_share_to_percent"]) == pytest.approx((20, 40))
    assert change.set_index("zone")["loses"].to_dict() == {"A": True, "B": True, "C": False, "D": False, "E": False}
    assert change["zone"][change["loses_much"]].tolist() == ["A"]


def test_a_zone_without_a_figure_in_one_year_is_named_and_not_lost(change):
    e = row(change, zone="E")
    assert e["zone_name"] == "E county"
    assert e["total_from_persons"] == 500
    assert np.isnan(e[["total_to_persons", "total_change_persons", "share_from_percent"]].to_numpy(float)).all()
    assert (e["loses"], e["counted"]) == (False, "one year")


def test_where_neither_urban_nor_rural_is_known_both_are_nan(change):
    d = row(change, zone="D")
    assert d[["urban_from_persons", "rural_from_persons", "urban_share_to_percent"]].isna().all()
    assert d["total_change_percent"] == 0
    bare = population_change(CENSUS.drop(columns="urban_persons"), zones_table(), much_loss_percent=30.0)
    assert bare[["urban_from_persons", "rural_to_persons"]].isna().all(axis=None)


def test_a_missing_urban_population_is_the_rest():
    table = people({("A", 2010): (1000, NAN, 800), ("A", 2020): (600, 240, NAN)})
    found = row(population_change(table, zones_table(), much_loss_percent=30.0), zone="A")
    assert (found["urban_from_persons"], found["rural_to_persons"]) == (200, 360)


def test_the_loss_that_is_much_is_a_parameter(change):
    strict = population_change(CENSUS, zones_table(), much_loss_percent=40.0)
    assert not strict["loses_much"].any()
    assert change["loses_much"].sum() == 1


def test_shares_of_both_years_sum_to_the_whole(change):
    both = change[change["counted"] == "both years"]
    assert both[["share_from_percent", "share_to_percent"]].sum().tolist() == pytest.approx([100, 100], rel=1e-12)


def test_every_pair_of_three_years():
    table = people({(zone, year): (100.0 + year % 7,) for zone in "AB" for year in (2000, 2010, 2020)})
    found = population_change(table, zones_table(), much_loss_percent=30.0)
    pairs = found[["year_from", "year_to"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[2000, 2010], [2000, 2020], [2010, 2020]]


def test_one_year_alone_gives_tables_without_rows():
    found = population_change(CENSUS[CENSUS["year"] == 2010], zones_table(), much_loss_percent=30.0)
    groups = population_summary(found, zones_table(), **BANDS)
    assert (len(found), len(groups)) == (0, 0)
    assert len(population_findings(found, groups, **YEARS, much_loss_percent=30.0)) == 0


def test_a_zone_given_twice_is_refused_and_named():
    with pytest.raises(StudyError, match=r"zone 'A' of 'county' has several rows for 2010; keep one row"):
        population_change(pd.concat([CENSUS, CENSUS.head(1)]), zones_table(), much_loss_percent=30.0)


def test_urban_and_rural_that_miss_the_total_are_not_known():
    # As Dongguan's are in a published table of 2010.
    table = people({("A", 2010): (8220207, 7271322, 1770639), ("A", 2020): (10466625, 9644871, 821754)})
    found = row(population_change(table, zones_table(), much_loss_percent=30.0), zone="A")
    assert found[["urban_from_persons", "rural_from_persons", "urban_share_from_percent"]].isna().all()
    assert (found["total_change_persons"], found["urban_to_persons"]) == (2246418, 9644871)
    rounded = people({("A", 2010): (1000, 200, 795), ("A", 2020): (600, 240, 360)})
    found = row(population_change(rounded, zones_table(), much_loss_percent=30.0), zone="A")
    assert (found["urban_from_persons"], found["rural_from_persons"]) == (200, 795)


def test_groups_by_hand(summary):
    ecological = row(summary, grouping="function", group="ecological")
    assert (ecological["zones"], ecological["zones_compared"]) == (2, 2)
    assert (ecological["total_from_persons"], ecological["total_to_persons"]) == (3000, 2500)
    assert ecological["total_change_percent"] == pytest.approx(-100 / 6)
    assert (ecological["share_from_percent"], ecological["share_to_percent"]) == pytest.approx((30, 20))
    assert ecological["urban_share_to_percent"] == pytest.approx(100 * 940 / 2500)
    assert (ecological["zones_losing"], ecological["zones_losing_much"]) == (2, 1)
    assert ecological["zones_losing_much_percent"] == pytest.approx(50)
    national = row(summary, grouping="level", group="national")
    assert (national["total_from_persons"], national["total_to_persons"]) == (7000, 9600)
    both = row(summary, grouping="function and level", group="ecological, national")
    assert both["total_change_percent"] == pytest.approx(-40)


def test_bands_of_distance_by_hand(summary):
    bands = summary[summary["grouping"] == "urban distance"].set_index("group")
    assert bands.index.tolist() == ["0 km", "up to 50 km", "50 to 100 km", "beyond 100 km"]
    assert bands["total_to_persons"].tolist()[:3] == [9600, 1000, 1900]
    assert (bands["zones"]["beyond 100 km"], bands["zones_compared"]["beyond 100 km"]) == (1, 0)
    assert bands["uncompared_from_persons"]["beyond 100 km"] == 500


def test_the_groups_of_every_grouping_sum_to_the_whole(summary):
    amounts = ["zones", "zones_compared", "zones_losing", "zones_gaining", "uncompared_from_persons"]
    amounts += [f"{kind}_{end}_persons" for kind in ("total", "urban", "rural") for end in ("from", "to")]
    whole = summary[summary["grouping"] == "all"]
    groupings = summary["grouping"].unique().tolist()
    assert groupings == ["all", "function", "level", "function and level", "service", "belt", "urban distance"]
    for grouping in groupings:
        parts = summary[summary["grouping"] == grouping]
        np.testing.assert_allclose(parts[amounts].sum(), whole[amounts].iloc[0], rtol=1e-12)
        assert parts["share_to_percent"].sum() == pytest.approx(100, rel=1e-12)
    assert whole["zones"].tolist() == [5]


def test_an_attribute_that_no_zone_has_makes_no_grouping():
    plain = zones_table(dict.fromkeys(COUNTIES, ("", "", "", "", "", NAN)))
    found = population_change(CENSUS, plain, much_loss_percent=30.0)
    assert population_summary(found, plain, **BANDS)["grouping"].tolist() == ["all"]


def test_the_urban_share_of_a_group_is_of_zones_whose_urban_people_are_known(summary):
    # D's urban people are not known: of A, B and C there are 9,000 and 11,500.
    whole = row(summary, grouping="all")
    assert whole["urban_share_from_percent"] == pytest.approx(100 * 5500 / 9000)
    assert whole["urban_share_to_percent"] == pytest.approx(100 * 9040 / 11500)


# Zones that are parts of others.


def nested(parents):
    return zones_table({zone: ("", "", "", "", parent, NAN) for zone, parent in parents.items()})


def test_a_prefecture_beside_its_counties_counts_once():
    zones = nested({"P": "", "A": "P", "B": "P", "Q": ""})
    table = people(
        {(zone, year): (n,) for zone, n in {"P": 300, "A": 100, "B": 200, "Q": 50}.items() for year in (2010, 2020)}
    )
    found = population_change(table, zones, much_loss_percent=30.0).set_index("zone")
    assert found["counted"].to_dict() == {"P": "elsewhere", "A": "both years", "B": "both years", "Q": "both years"}
    whole = population_summary(found.reset_index(), zones, **BANDS)
    assert whole["total_to_persons"].tolist() == [350]
    # Beside the 350 of the whole, the prefecture has 300.
    assert found["share_to_percent"]["P"] == pytest.approx(100 * 300 / 350)


def test_counties_known_in_one_year_leave_their_prefecture_to_be_compared():
    zones = nested({"P": "", "A": "P", "B": "P"})
    table = people({("P", 2010): (300,), ("A", 2010): (100,), ("B", 2010): (200,), ("P", 2020): (360,)})
    found = population_change(table, zones, much_loss_percent=30.0)
    assert found.set_index("zone")["counted"].to_dict() == {"P": "both years", "A": "elsewhere", "B": "elsewhere"}
    whole = population_summary(found, zones, **BANDS).iloc[0]
    assert (whole["total_from_persons"], whole["total_to_persons"], whole["uncompared_from_persons"]) == (300, 360, 0)


def test_a_county_that_is_new_counts_beside_its_sister():
    zones = nested({"P": "", "A": "P", "B": "P"})
    table = people(
        {("P", 2010): (100,), ("A", 2010): (100,), ("P", 2020): (130,), ("A", 2020): (90,), ("B", 2020): (40,)}
    )
    found = population_change(table, zones, much_loss_percent=30.0)
    assert found.set_index("zone")["counted"].to_dict() == {"P": "elsewhere", "A": "both years", "B": "one year"}
    whole = population_summary(found, zones, **BANDS).iloc[0]
    assert (whole["total_to_persons"], whole["uncompared_to_persons"]) == (90, 40)


def test_parents_that_are_keys_of_another_zoning_nest_nothing():
    # Townships 1 to 3 lie in counties 1 and 2, whose keys stand among the townships' by chance.
    zones = nested({"1": "2", "2": "1", "3": "1"})
    index = pd.MultiIndex.from_tuples([("county", zone) for zone in "123"])
    known = np.ones(3, bool)
    assert Nesting(zones).counted(index, known, known).tolist() == ["both years"] * 3


def test_zones_that_nobody_described_are_not_given():
    keys = pd.DataFrame({"zoning": "county", "zone": ["A", "Z"]})
    found = groups_of(keys, zones_table(), 50.0, 100.0)
    assert row(found, zone="Z", grouping="function")["group"] == "not given"


def test_years_that_are_near_enough_are_taken():
    assert nearest_pair([2009, 2011, 2020], 2010, 2021, 2) == (2009, 2020)
    assert nearest_pair([2010], 2010, 2011, 2) is None
    assert nearest_pair([2000, 2010], 2010, 2020, 2) is None


# From maps of density.


def test_people_are_density_times_area():
    # 2 x 3 cells of 4 km2: three in A, of which the first only by a quarter, two in B, the last in none.
    zones = pd.concat(
        [
            pd.DataFrame([(REGION, REGION, "Whole"), (REGION, OUTSIDE, OUTSIDE)], columns=["zoning", "zone", "name"]),
            zones_table({"A": COUNTIES["A"], "B": COUNTIES["B"]}),
        ],
        ignore_index=True,
    )
    cover = ZoneCover(
        np.array([[-1, 0, 1], [0, 1, 2]], np.int32),
        np.array([[0, 2], [0, 3], [0, 4]], np.int32),
        np.array([0, 0, 0]),
        np.array([0, 2, 4], np.int32),
        np.array([1.0, 0.25, 0.75]),
    )
    area = np.full((2, 3), 4e6)
    density = np.array([[10, 20, 30], [np.nan, 50, 60]], np.float32)
    sums = Series({2010: population_sums(density, cover, area, zones)})
    found = population_by_density(sums, zones).set_index(["zoning", "zone"])
    # A: a quarter of the first cell and the second; B: the third and the fifth; the rest is outside every county.
    assert found["total_persons"].to_dict() == {
        (REGION, REGION): 4 * (10 + 20 + 30 + 50 + 60),
        ("county", "A"): 4 * (2.5 + 20),
        ("county", "B"): 4 * (30 + 50),
        ("county", OUTSIDE): 4 * (7.5 + 60),
    }
    assert found[["urban_persons", "rural_persons"]].isna().all(axis=None)
    assert set(found["year"]) == {2010}


def test_the_land_outside_every_zone_counts_with_its_people_and_not_as_a_zone():
    table = people({(zone, year): (100,) for zone in ("A", OUTSIDE) for year in (2010, 2020)})
    found = population_summary(population_change(table, zones_table(), much_loss_percent=30.0), zones_table(), **BANDS)
    whole = row(found, grouping="all")
    assert (whole["zones"], whole["total_to_persons"]) == (1, 200)
    assert row(found, grouping="function", group="not given")["total_to_persons"] == 100


# People and land.


def land_rows(years, areas, keyed_by="ecosystem"):
    codes = {"forest": 1, "cropland": 5, "built": 6, "dry cropland": 51, "broadleaf forest": 11, "residential": 61}
    rows = [
        {"zone": zone, "year": year, "class_code": str(codes[name]), "class_name": name, "area_ha": factor * area}
        for year, factor in years.items()
        for zone, classes in areas.items()
        for name, area in classes.items()
    ]
    return pd.DataFrame(rows).assign(zoning="county", zone_name="name", keyed_by=keyed_by)


LAND = {"A": {"forest": 5000.0, "cropland": 1000.0, "built": 100.0}, "B": {"cropland": 700.0}}


def test_tension_by_hand():
    land = pd.concat([land_rows({2010: 1.0}, LAND), land_rows({2018: 0.5}, LAND)])
    found = human_land_tension(CENSUS, land, year_tolerance=2.0)
    a = found[found["zone"] == "A"].set_index(["measure", "year"])
    # 50 km2 of forest in 2010, 25 km2 in 2018, which stands for 2020.
    assert a["value"].to_dict() == {
        ("people", 2010): 20,
        ("people", 2020): 24,
        ("cropland", 2010): 20,
        ("cropland", 2020): 20,
        ("built land", 2010): 2,
        ("built land", 2020): 2,
    }
    assert a["change"]["people", 2020] == 4
    assert a["change_percent"]["people", 2020] == pytest.approx(20)
    assert set(a["land_year"].xs(2020, level="year")) == {2018}
    assert set(a["since_year"]) == {2010}
    # Without ecological land there is nothing to divide by; without land there is no row.
    assert found[found["zone"] == "B"]["value"].isna().all()
    assert set(found["zone"]) == {"A", "B"}


def test_tension_from_ecosystem_types_alone():
    types = {"A": {"broadleaf forest": 5000.0, "dry cropland": 1000.0, "residential": 100.0}}
    found = human_land_tension(CENSUS, land_rows({2010: 1.0}, types, "ecosystem_type"), year_tolerance=2.0)
    assert found["value"].tolist() == [20, 20, 2]


def test_years_too_far_from_any_map_give_no_tension():
    found = human_land_tension(CENSUS, land_rows({2013: 1.0}, LAND), year_tolerance=2.0)
    assert len(found) == 0


# In sentences.


def test_sentences_say_the_numbers_of_the_tables(change, summary):
    found = population_findings(change, summary, **YEARS, much_loss_percent=30.0)
    assert found["english"].tolist() == [
        "From 2010 to 2020 the population of key ecological function areas fell by 16.7 %, while that of main "
        "agricultural production areas hardly changed and that of urbanisation areas rose by 50.0 %; the share of the "
        "whole that lives there went from 30.0 % to 20.0 %.",
        "In 'county', 2 of the 4 zones (50.0 %) lost people from 2010 to 2020; 1 of these lost more than 30 %: A "
        "county.",
        "The population of 'county' (the 4 zones with figures in both years) rose by 25.0 % from 2010 to 2020, from "
        "10,000 to 12,500 persons; the urban share went from 61.1 % to 78.6 %.",
        "In national key ecological function areas the population fell by 40.0 %, in provincial key ecological "
        "function areas it fell by 5.0 %.",
        "In or next to urban agglomerations the population rose by 37.1 %, 50 to 100 km from them it fell by 5.0 %.",
        "Of 'county', 1 zone has figures in only one of the years 2010 and 2020 and cannot be compared: E county.",
    ]
    assert found["chinese"].str.contains("2010—2020年，重点生态功能区常住人口下降16.7%").any()
    assert found["chinese"].str.endswith("。").all()


def test_only_five_of_the_zones_that_lose_much_are_named():
    names = [f"Z{i}" for i in range(8)]
    table = people({(zone, year): (n,) for zone in names for year, n in ((2010, 100), (2020, 50))})
    zones = zones_table(dict.fromkeys(names, ("", "", "", "", "", NAN)))
    moved = population_change(table, zones, much_loss_percent=30.0)
    found = population_findings(moved, population_summary(moved, zones, **BANDS), **YEARS, much_loss_percent=30.0)
    assert "all 8 zones lost people" in found["english"][0]
    assert "Z0 county, Z1 county, Z2 county, Z3 county, Z4 county and 3 more" in found["english"][0]
    assert "等8个" in found["chinese"][0]


def test_years_without_population_have_no_sentence(change, summary):
    found = population_findings(change, summary, **YEARS | {"current_year": 2000}, much_loss_percent=30.0)
    assert found.columns.tolist() == ["english", "chinese"]
    assert found.empty
