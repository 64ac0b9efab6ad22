"""The summary, worked by hand. Function types and levels have no real data: all of this is sample only."""

import numpy as np
import pandas as pd
import pytest

from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.status.status_findings import status_findings
from shanshui.chapters.status.summary import status_summary

NAN = float("nan")
PARAMETERS = {
    "baseline_year": 2000,
    "current_year": 2020,
    "year_tolerance": 2.0,
    "urban_near_distance": 50.0,
    "urban_far_distance": 100.0,
}
ZONES = pd.DataFrame(
    [
        (REGION, REGION, "", ""),
        ("county", "A", "ecological", "national"),
        ("county", "B", "ecological", "provincial"),
        ("county", "C", "urbanisation", "national"),
        ("county", OUTSIDE, "", ""),
    ],
    columns=["zoning", "zone", "function", "level"],
).assign(service="", belt="", parent="", urban_distance_km=NAN, name=lambda frame: frame["zone"])

CODES = {"forest": 1, "cropland": 5, "built": 6}
# zone: class: area in 2000 and 2020 [ha]
AREAS = {
    "A": {"forest": (60, 70), "cropland": (40, 30)},
    "B": {"forest": (20, 20), "cropland": (75, 70), "built": (5, 10)},
    "C": {"cropland": (60, 30), "built": (40, 70)},
    OUTSIDE: {"forest": (20, 20)},
}


def land_table(years=(2000, 2020)):
    rows = [
        {"zone": zone, "year": year, "class_code": str(CODES[name]), "class_name": name, "area_ha": float(areas[i])}
        for zone, classes in AREAS.items()
        for name, areas in classes.items()
        for i, year in enumerate(years)
    ]
    counties = pd.DataFrame(rows).assign(zoning="county")
    whole = counties.groupby(["year", "class_code", "class_name"], as_index=False)["area_ha"].sum()
    table = pd.concat([whole.assign(zoning=REGION, zone=REGION), counties], ignore_index=True)
    return table.assign(zone_name=table["zone"], keyed_by="ecosystem")


# zone: mean in 2000 and 2020, area with data [ha]
MEANS = {"A": ((0.5, 0.6), 100), "B": ((0.4, 0.4), 300), "C": ((0.3, NAN), 100)}
VEGETATION = pd.DataFrame(
    [
        {"zone": zone, "year": year, "mean": means[i], "area_ha": float(area)}
        for zone, (means, area) in MEANS.items()
        for i, year in enumerate((2000, 2020))
    ]
).assign(zoning="county", zone_name="name", measure="vegetation_cover", unit="1")

PEOPLE = pd.DataFrame(
    [("all", "all", 100, 120, 40), ("function", "ecological", 30, 24, 6), ("function", "urbanisation", 70, 96, 34)],
    columns=["grouping", "group", "total_from_persons", "total_to_persons", "urban_from_persons"],
).assign(zoning="county", year_from=2000, year_to=2020, urban_to_persons=NAN, rural_from_persons=NAN)
PEOPLE["rural_to_persons"] = NAN

MONEY = pd.DataFrame(
    [("all", "all", 20_000.0, 50_000.0), ("function", "ecological", 10_000.0, 30_000.0)],
    columns=["grouping", "group", "value_from", "value_to"],
).assign(zoning="county", year_from=2000, year_to=2020, measure="gross domestic product per head", unit="yuan/person")


def row(frame, **wanted):
    found = frame[np.logical_and.reduce([frame[column] == value for column, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture
def summary():
    return status_summary(ZONES, land_table(), VEGETATION, PEOPLE, MONEY, **PARAMETERS)


def test_areas_by_hand(summary):
    forest = row(summary, indicator="area of forest", group="ecological")
    assert (forest["baseline"], forest["current"], forest["change"], forest["change_percent"]) == (80, 90, 10, 12.5)
    # Of 100 and 110 ha of forest in all, 20 of them outside every county.
    assert forest["share_of_whole_baseline_percent"] == pytest.approx(80)
    assert forest["share_of_whole_current_percent"] == pytest.approx(100 * 90 / 110)
    built = row(summary, indicator="area of built", group="ecological, national")
    assert (built["baseline"], built["current"]) == (0, 0)
    assert np.isnan(built["change_percent"])
    region = row(summary, zoning=REGION, indicator="area of forest")
    assert (region["grouping"], region["current"]) == ("all", 110)


def test_the_share_of_ecological_land_is_of_all_land_of_the_group(summary):
    ecological = row(summary, indicator="share of ecological land", group="ecological")
    assert (ecological["baseline"], ecological["current"]) == pytest.approx((40, 45))
    assert ecological["change"] == pytest.approx(5)
    assert np.isnan(ecological["change_percent"])
    assert np.isnan(ecological["share_of_whole_current_percent"])
    whole = row(summary, zoning="county", indicator="share of ecological land", grouping="all")
    assert whole["current"] == pytest.approx(100 * 110 / 320)


def test_means_of_vegetation_are_weighted_by_area(summary):
    cover = row(summary, indicator="mean vegetation cover", group="ecological")
    # (0.5 x 100 + 0.4 x 300) / 400 and (0.6 x 100 + 0.4 x 300) / 400
    assert (cover["baseline"], cover["current"]) == pytest.approx((0.425, 0.45))
    # C has no mean in 2020, so the whole is that of A and B.
    assert row(summary, indicator="mean vegetation cover", grouping="all")["current"] == pytest.approx(0.45)
    assert "urbanisation" not in set(summary[summary["indicator"] == "mean vegetation cover"]["group"])


def test_population_and_economy_come_from_their_summaries(summary):
    people = row(summary, indicator="total population", group="ecological")
    assert (people["baseline"], people["current"], people["change_percent"]) == (30, 24, -20)
    shares = people[["share_of_whole_baseline_percent", "share_of_whole_current_percent"]]
    assert shares.tolist() == pytest.approx([30, 20])
    assert "urban population" not in set(summary["indicator"])
    money = row(summary, indicator="gross domestic product per head", group="ecological")
    assert (money["baseline"], money["current"], money["change_percent"]) == (10_000, 30_000, 200)


def test_the_groups_sum_to_the_whole(summary):
    amounts = summary[summary["indicator"].str.startswith("area of") & (summary["zoning"] == "county")]
    for _, rows in amounts.groupby(["indicator"]):
        whole = rows[rows["grouping"] == "all"][["baseline", "current"]].iloc[0]
        for grouping in ("function", "level", "function and level"):
            parts = rows[rows["grouping"] == grouping]
            np.testing.assert_allclose(parts[["baseline", "current"]].sum(), whole, rtol=1e-12)
            assert parts["share_of_whole_current_percent"].sum() == pytest.approx(100)


def test_every_input_but_the_zones_can_be_missing(summary):
    inputs = {
        "land_area": land_table(),
        "vegetation_by_zone": VEGETATION,
        "population_summary": PEOPLE,
        "economy_summary": MONEY,
    }
    alone = [status_summary(ZONES, **{name: table}, **PARAMETERS) for name, table in inputs.items()]
    assert sum(map(len, alone)) == len(summary)
    nothing = status_summary(ZONES, **PARAMETERS)
    assert nothing.columns.tolist() == summary.columns.tolist()
    assert (len(nothing), len(status_findings(nothing))) == (0, 0)


def test_each_table_brings_the_years_that_are_nearest():
    found = status_summary(ZONES, land_table((2001, 2019)), None, PEOPLE, None, **PARAMETERS)
    years = found.groupby("indicator")[["baseline_year", "current_year"]].first()
    assert years.loc["area of forest"].tolist() == [2001, 2019]
    assert years.loc["total population"].tolist() == [2000, 2020]
    series = VEGETATION.assign(year=VEGETATION["year"].map({2000: 2011, 2020: 2020}))
    found = status_summary(ZONES, None, series, **PARAMETERS)
    assert set(found["baseline_year"]) == {2011}
    assert len(status_summary(ZONES, land_table((2005, 2015)), **PARAMETERS)) == 0


def test_sentences_say_the_numbers_of_the_table(summary):
    found = status_findings(summary)
    assert found["english"].tolist() == [
        "Key ecological function areas hold 81.8 % of the forest, 76.9 % of the cropland and 20.0 % of the people.",
        "From 2000 to 2020 the share of ecological land rose by 5.0 points in key ecological function areas and hardly "
        "changed in urbanisation areas.",
        "From 2000 to 2020 the area of forest rose by 12.5 % in key ecological function areas.",
        "From 2000 to 2020 the area of built land rose by 100.0 % in key ecological function areas and rose by 75.0 % "
        "in urbanisation areas.",
        "From 2000 to 2020 mean vegetation cover rose by 5.9 % in key ecological function areas.",
        "From 2000 to 2020 the share of ecological land rose by 10.0 points in national key ecological function areas "
        "and hardly changed in provincial key ecological function areas.",
        "From 2000 to 2020 the area of forest rose by 16.7 % in national key ecological function areas and hardly "
        "changed in provincial key ecological function areas.",
        "From 2000 to 2020 the area of built land rose by 100.0 % in provincial key ecological function areas.",
        "From 2000 to 2020 mean vegetation cover rose by 20.0 % in national key ecological function areas and "
        "hardly changed in provincial key ecological function areas.",
    ]
    assert found["chinese"][1] == "2000—2020年，生态用地占比：重点生态功能区上升5.0个百分点，城市化地区基本不变。"


def test_zones_without_functions_give_no_sentence():
    plain = ZONES.assign(function="", level="")
    assert len(status_findings(status_summary(plain, land_table(), **PARAMETERS))) == 0
