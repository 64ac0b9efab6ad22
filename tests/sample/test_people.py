import geopandas as gpd
import pandas as pd
import pytest

CODES = {"行政区代码": str, "code": str, "old": str, "new": str, "zone": str}


def table(sample, name):
    return pd.read_csv(sample / f"{name}.csv", dtype=CODES)


@pytest.fixture(scope="module")
def counties(sample):
    return gpd.read_file(sample / "inputs/counties.gpkg").set_index("code")


@pytest.fixture(scope="module")
def people(sample):
    return table(sample, "truth/population").set_index(["year", "zone"])


@pytest.fixture(scope="module")
def old(sample):
    """The first census in persons, with our names."""
    names = {"行政区代码": "code", "总人口": "total", "城镇人口": "urban", "乡村人口": "rural"}
    census = table(sample, "inputs/census_2000").rename(columns=names).set_index("code")
    return (census[["total", "urban", "rural"]] * 10_000).round().astype(int)


def test_urban_and_rural_sum_to_the_total(sample, old, people):
    new = table(sample, "inputs/census_2020")
    for frame in (old, new, people.rename(columns=lambda name: name.removesuffix("_persons"))):
        assert (frame["urban"] + frame["rural"] == frame["total"]).all()
        assert (frame[["urban", "rural"]] > 0).all().all()


def test_the_first_census_knows_the_counties_of_its_time(counties, old, sample):
    changes = table(sample, "inputs/county_changes")
    gone = set(old.index) - set(counties.index)
    come = set(counties.index) - set(old.index)
    assert gone == set(changes["old"])
    assert come == set(changes["new"])
    assert len(gone) == len(come) == 3
    assert (changes.groupby("old")["share"].sum().round(9) == 1.0).all()
    assert sorted(changes.groupby("new").size()) == [1, 1, 2]  # one county was two
    assert sorted(changes.groupby("old").size()) == [1, 1, 2]  # and two were one


def test_the_shares_carry_the_people_of_then_onto_the_counties_of_today_exactly(sample, old, people):
    changes = table(sample, "inputs/county_changes")
    shares = {(row.old, row.new): row.share for row in changes.itertuples()}
    shares |= {(code, code): 1.0 for code in old.index if code not in set(changes["old"])}
    for kind in ("total", "urban", "rural"):
        carried: dict[str, float] = {}
        for (before, after), share in shares.items():
            carried[after] = carried.get(after, 0.0) + share * old.loc[before, kind]
        truth = people.loc[2000, f"{kind}_persons"]
        assert set(carried) == set(truth.index)
        for code, persons in carried.items():
            assert persons == pytest.approx(truth[code], abs=1e-6)
        assert old[kind].sum() == truth.sum()


def test_the_second_census_is_the_truth(sample, counties, people):
    new = table(sample, "inputs/census_2020").set_index("code")
    assert list(new.index) == list(counties.index)
    for kind in ("total", "urban", "rural"):
        assert (new[kind] == people.loc[2020, f"{kind}_persons"]).all()


def test_ecological_counties_lose_people_and_cities_gain(counties, people):
    then, now = (people.loc[year, "total_persons"] for year in (2000, 2020))
    change = (now / then - 1.0).reindex(counties.index)
    function = counties["function"]
    assert change[function == "ecological"].mean() < -0.08
    assert (change[function == "ecological"] < 0).all()
    assert (change[function == "urbanisation"] > 0.15).all()
    assert (change < -0.3).sum() == 1


def test_agglomerations_hold_the_cities_and_do_not_overlap(sample, counties):
    zones = gpd.read_file(sample / "inputs/urban_agglomerations.gpkg")
    assert list(zones["key"]) == ["U1", "U2"]
    assert zones["name"].is_unique
    assert zones.is_valid.all()
    assert zones.geometry[0].intersection(zones.geometry[1]).area == 0.0
    cities = counties[counties["function"] == "urbanisation"]
    for zone, city in zip(zones.geometry, cities.geometry, strict=True):
        assert zone.intersection(city).area > 0.3 * zone.area
    away = counties.distance(zones.union_all())
    assert (away == 0.0).any()
    assert away.max() > 2_000.0
