"""The economy, worked by hand. There are no real data with function types: all of this is sample only."""

import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import StudyError
from shanshui.chapters.status.economy import (
    economy_change_at_comparable_prices,
    economy_change_at_current_prices,
    economy_summary,
)
from shanshui.chapters.status.economy_findings import economy_findings

NAN = float("nan")
BELIEVED = {"baseline_year": 2010, "least_product_per_head": 1000.0, "greatest_product_per_head": 1e7}
COMPARABLE = {"current_year": 2020, **BELIEVED}
BANDS = {"urban_near_distance": 50.0, "urban_far_distance": 100.0}
YEARS = {"baseline_year": 2010, "current_year": 2020, "year_tolerance": 2.0}
PRODUCT, PER_HEAD = "gross domestic product", "gross domestic product per head"
SPENT, SPENT_PER_HEAD = "public budget expenditure", "public budget expenditure per head"

ZONES = pd.DataFrame(
    [("A", "ecological"), ("B", "ecological"), ("C", "urbanisation"), ("D", "urbanisation"), ("E", "")],
    columns=["zone", "function"],
).assign(zoning="county", level="", service="", belt="", parent="", urban_distance_km=NAN)
ZONES["name"] = ZONES["zone"] + " county"

# zone: persons in 2010 and 2020 [thousands], product [million yuan of the year], expenditure [million yuan of the year]
FIGURES = {
    "A": ((10, 10), (200, 400), (40, 100)),
    "B": ((20, 10), (200, 400), (60, 80)),
    "C": ((40, 50), (2000, 6000), (200, 600)),
    "D": ((10, 10), (1000, 1800), (100, 120)),
    "E": ((20, 20), (600, 1400), (200, 500)),
}


def long(place, column, scale):
    rows = [
        {"zone": zone, "year": year, column: scale * figures[place][i]}
        for zone, figures in FIGURES.items()
        for i, year in enumerate((2010, 2020))
    ]
    return pd.DataFrame(rows).assign(zoning="county", zone_name=lambda frame: frame["zone"] + " county")


POPULATION = long(0, "total_persons", 1e3)
ECONOMY = long(1, "gross_domestic_product_yuan", 1e6).assign(
    budget_expenditure_yuan=long(2, "budget_expenditure_yuan", 1e6)["budget_expenditure_yuan"]
)
# Prices rose by a quarter: at those of 2020 the product of 2010 is 1.25 times as much.
INDEX = pd.DataFrame({"year": [2010, 2020], "price_index": [80.0, 100.0]})
NATION = pd.DataFrame(
    {
        "year": [2010, 2020],
        "population_persons": [1e9, 1.2e9],
        "gross_domestic_product_yuan": [4e13, 9.6e13],
        "budget_expenditure_yuan": [8e12, 1.8e13],
    }
)


@pytest.fixture
def change():
    return economy_change_at_comparable_prices(ECONOMY, POPULATION, INDEX, ZONES, **COMPARABLE)


@pytest.fixture
def summary(change):
    return economy_summary(change, ZONES, **BANDS)


def row(frame, **wanted):
    found = frame[np.logical_and.reduce([frame[column] == value for column, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


def test_the_product_at_comparable_prices_by_hand(change):
    a = row(change, zone="A", measure=PRODUCT)
    assert (a["value_from"], a["value_to"]) == (250e6, 400e6)
    assert a["change_percent"] == pytest.approx(60)
    assert (1 + a["change_a_year_percent"] / 100) ** 10 == pytest.approx(1.6)
    # The whole: 4,000 million at the prices of 2010, 10,000 in 2020.
    assert (a["share_from_percent"], a["share_to_percent"]) == pytest.approx((5, 4))
    assert (a["unit"], a["prices"], a["reference"]) == ("yuan", "prices of 2020", "")
    assert np.isnan(a["average_from"])


def test_values_per_head_beside_urbanisation_areas_and_the_mean_by_hand(change):
    a = row(change, zone="A", measure=PER_HEAD)
    assert (a["value_from"], a["value_to"]) == (25_000, 40_000)
    # C and D: 3,000 million of 50,000 people at prices of 2010; 7,800 of 60,000 in 2020.
    assert (a["urbanisation_mean_from"], a["urbanisation_mean_to"]) == pytest.approx((75_000, 130_000))
    assert a["of_urbanisation_mean_from_percent"] == pytest.approx(100 / 3)
    assert a["of_urbanisation_mean_to_percent"] == pytest.approx(100 * 4 / 13)
    # All: 4,000 million of 100,000 people; 10,000 of 100,000.
    assert (a["average_from"], a["average_to"]) == pytest.approx((50_000, 100_000))
    assert a["of_average_to_percent"] == pytest.approx(40)
    assert (a["unit"], a["reference"]) == ("yuan/person", "mean of all zones")
    assert np.isnan(a["share_to_percent"])
    spent = row(change, zone="B", measure=SPENT_PER_HEAD)
    assert (spent["value_from"], spent["value_to"]) == pytest.approx((3750, 8000))


def test_shares_sum_to_the_whole(change):
    shares = change.groupby("measure")[["share_from_percent", "share_to_percent"]].sum()
    np.testing.assert_allclose(shares.loc[[PRODUCT, SPENT]], 100, rtol=1e-12)


def test_a_constant_index_changes_nothing():
    flat = INDEX.assign(price_index=137.0)
    comparable = economy_change_at_comparable_prices(ECONOMY, POPULATION, flat, ZONES, **COMPARABLE)
    current = economy_change_at_current_prices(ECONOMY, POPULATION, ZONES, **BELIEVED)
    pd.testing.assert_frame_equal(comparable.drop(columns="prices"), current.drop(columns="prices"))
    assert set(current["prices"]) == {"current prices"}


def test_the_base_of_the_index_does_not_matter(change):
    other = INDEX.assign(price_index=INDEX["price_index"] * 7)
    found = economy_change_at_comparable_prices(ECONOMY, POPULATION, other, ZONES, **COMPARABLE)
    pd.testing.assert_frame_equal(found, change)


def test_ratios_to_the_means_do_not_depend_on_prices(change):
    current = economy_change_at_current_prices(ECONOMY, POPULATION, ZONES, **BELIEVED)
    columns = [f"of_{mean}_{end}_percent" for mean in ("urbanisation_mean", "average") for end in ("from", "to")]
    pd.testing.assert_frame_equal(current[columns], change[columns])


def test_the_nation_is_the_yardstick_where_its_figures_are_given():
    found = economy_change_at_comparable_prices(ECONOMY, POPULATION, INDEX, ZONES, NATION, **COMPARABLE)
    a = row(found, zone="A", measure=PER_HEAD)
    # 40,000 yuan a head in 2010 are 50,000 at prices of 2020; in 2020 there are 80,000.
    assert (a["average_from"], a["average_to"], a["reference"]) == (50_000, 80_000, "national average")
    assert row(found, zone="B", measure=SPENT_PER_HEAD)["average_to"] == pytest.approx(15_000)
    later = NATION[NATION["year"] == 2020]
    partly = economy_change_at_comparable_prices(ECONOMY, POPULATION, INDEX, ZONES, later, **COMPARABLE)
    assert set(partly["reference"]) == {"", "mean of all zones"}


def test_years_without_an_index_are_all_named():
    wide = pd.concat([ECONOMY, ECONOMY[ECONOMY["year"] == 2010].assign(year=2005)])
    with pytest.raises(StudyError) as caught:
        economy_change_at_comparable_prices(wide, POPULATION, INDEX.head(1), ZONES, **COMPARABLE)
    (problem,) = caught.value.problems
    assert (problem.key, problem.fault) == ("tables.price_index", "has no index for 2005, 2020")
    assert "tables.economy" in problem.mend


@pytest.mark.parametrize(
    ("index", "fault"),
    [
        ([(2010, 80.0), (2020, 100.0), (2020, 101.0)], "has several rows for 2020"),
        ([(2010, 0.0), (2020, 100.0)], "not above 0 for 2010"),
        ([(2010, NAN), (2020, 100.0)], "has no index for 2010"),
    ],
)
def test_an_index_that_is_none_is_refused(index, fault):
    table = pd.DataFrame(index, columns=["year", "price_index"])
    with pytest.raises(StudyError, match=fault):
        economy_change_at_comparable_prices(ECONOMY, POPULATION, table, ZONES, **COMPARABLE)


def test_a_product_in_10_000_yuan_is_suspected():
    small = ECONOMY.assign(gross_domestic_product_yuan=ECONOMY["gross_domestic_product_yuan"] / 1e4)
    with pytest.raises(StudyError) as caught:
        economy_change_at_current_prices(small, POPULATION, ZONES, **BELIEVED)
    assert [problem.key for problem in caught.value.problems] == ["tables.economy.units"] * 2
    # Per head of 2020, from A to E: 4, 4, 12, 18, 7 yuan.
    assert "in 2020 is 7 yuan, not between 1,000 and 10,000,000" in str(caught.value)
    assert 'gross_domestic_product_yuan = "1e4 yuan"' in str(caught.value)


def test_a_population_in_10_000_persons_is_suspected():
    few = POPULATION.assign(total_persons=POPULATION["total_persons"] / 1e4)
    with pytest.raises(StudyError, match=r"tables\.population\.units: .*\.greatest_product_per_head"):
        economy_change_at_current_prices(ECONOMY, few, ZONES, **BELIEVED)


def test_every_year_is_put_beside_the_baseline():
    more = pd.concat([ECONOMY, *(ECONOMY[ECONOMY["year"] == 2020].assign(year=year) for year in (2005, 2015))])
    found = economy_change_at_current_prices(more, POPULATION, ZONES, **BELIEVED)
    pairs = found[["year_from", "year_to"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[2005, 2010], [2010, 2015], [2010, 2020]]


def test_zones_without_people_have_a_product_and_nothing_per_head():
    fewer = POPULATION[(POPULATION["zone"] != "A")]
    found = economy_change_at_current_prices(ECONOMY, fewer, ZONES, **BELIEVED)
    assert found[found["zone"] == "A"]["measure"].tolist() == [PRODUCT, SPENT]
    empty = POPULATION.assign(total_persons=POPULATION["total_persons"].where(POPULATION["zone"] != "A", 0.0))
    found = economy_change_at_current_prices(ECONOMY, empty, ZONES, **BELIEVED)
    assert found[found["zone"] == "A"]["measure"].tolist() == [PRODUCT, SPENT]


def test_without_expenditure_there_are_only_products():
    found = economy_change_at_current_prices(
        ECONOMY.drop(columns="budget_expenditure_yuan"), POPULATION, ZONES, NATION, **BELIEVED
    )
    assert set(found["measure"]) == {PRODUCT, PER_HEAD}


def test_a_zone_without_a_figure_in_one_year_is_named_and_not_compared():
    gap = ECONOMY[(ECONOMY["zone"] != "E") | (ECONOMY["year"] != 2020)]
    found = economy_change_at_current_prices(gap, POPULATION, ZONES, **BELIEVED)
    e = row(found, zone="E", measure=PER_HEAD)
    assert (e["value_from"], e["counted"]) == (30_000, "one year")
    assert np.isnan(e[["value_to", "change", "change_a_year_percent"]].to_numpy(float)).all()
    # The mean of the others: 3,400 million of 80,000 people.
    assert e["average_from"] == pytest.approx(42_500)


def test_one_year_alone_gives_tables_without_rows():
    found = economy_change_at_current_prices(ECONOMY[ECONOMY["year"] == 2010], POPULATION, ZONES, **BELIEVED)
    groups = economy_summary(found, ZONES, **BANDS)
    assert (len(found), len(groups), len(economy_findings(groups, **YEARS))) == (0, 0, 0)


def test_groups_by_hand(summary):
    ecological = row(summary, group="ecological", measure=PRODUCT)
    assert (ecological["value_from"], ecological["value_to"]) == (500e6, 800e6)
    assert (ecological["share_from_percent"], ecological["share_to_percent"]) == pytest.approx((10, 8))
    per_head = row(summary, group="ecological", measure=PER_HEAD)
    # 500 million of 30,000 people; 800 of 20,000.
    assert (per_head["value_from"], per_head["value_to"]) == pytest.approx((50_000 / 3, 40_000))
    assert per_head["of_urbanisation_mean_to_percent"] == pytest.approx(100 * 4 / 13)
    assert (per_head["zones"], per_head["zones_below_average_to"]) == (2, 2)
    everyone = row(summary, grouping="all", measure=PER_HEAD)
    # Below 100,000 yuan in 2020: A and B with 40,000 and E with 70,000.
    assert everyone["zones_below_average_to_percent"] == pytest.approx(60)
    assert (everyone["of_average_from_percent"], everyone["of_average_to_percent"]) == pytest.approx((100, 100))
    cities = row(summary, group="urbanisation", measure=PER_HEAD)
    assert cities["of_urbanisation_mean_to_percent"] == pytest.approx(100)


def test_the_groups_sum_to_the_whole(summary):
    for measure in (PRODUCT, SPENT):
        rows = summary[summary["measure"] == measure]
        whole = rows[rows["grouping"] == "all"].iloc[0]
        parts = rows[rows["grouping"] == "function"]
        assert parts["group"].tolist() == ["ecological", "urbanisation", "not given"]
        for column in ("zones", "value_from", "value_to", "persons_from", "persons_to", "change"):
            assert parts[column].sum() == pytest.approx(whole[column], rel=1e-12)
        assert parts["share_to_percent"].sum() == pytest.approx(100, rel=1e-12)


def test_sentences_say_the_numbers_of_the_tables(summary):
    found = economy_findings(summary, **YEARS)
    assert found["english"].tolist() == [
        "The product per head of key ecological function areas was 30.8 % of that of urbanisation areas in 2020, "
        "against 22.2 % in 2010.",
        # 180 million of 20,000 people beside 720 of 60,000; 125 of 30,000 beside 375 of 50,000.
        "Public budget expenditure per head of key ecological function areas was 75.0 % of that of urbanisation areas "
        "in 2020, against 55.6 % in 2010.",
        "The product per head was below the mean of all zones in all 2 zones of key ecological function areas in 2020.",
        "Public budget expenditure per head was below the mean of all zones in all 2 zones of key ecological function "
        "areas in 2020.",
        "The product changed by +4.8 % a year in key ecological function areas and +7.6 % a year in urbanisation areas "
        "from 2010 to 2020, at prices of 2020; key ecological function areas made 8.0 % of it in 2020, against 10.0 % "
        "in 2010.",
    ]
    assert "2020年，重点生态功能区人均地区生产总值为城市化地区的30.8%（2010年为22.2%）。" in found["chinese"].tolist()


def test_without_functions_the_whole_is_told(change):
    plain = ZONES.assign(function="")
    found = economy_change_at_current_prices(ECONOMY, POPULATION, plain, **BELIEVED)
    sentences = economy_findings(economy_summary(found, plain, **BANDS), **YEARS)["english"].tolist()
    assert sentences[0] == (
        "The product per head was below the mean of all zones in 3 of the 5 zones (60.0 %) of the region in 2020."
    )
    assert sentences[-1] == "The product changed by +9.6 % a year from 2010 to 2020, at current prices."
