import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.features import geometry_mask

CODES = {"code": str, "zone": str}
# Units of the truth in one of the yearbook.
FACTORS = {"t": 1, "1e4 t": 10_000, "m3": 1, "1e4 m3": 10_000, "1e4 kWh": 10_000, "head": 1}


@pytest.fixture(scope="module")
def tables(sample):
    names = ("inputs/products", "inputs/visits", "truth/products", "inputs/counties")
    found = {name: pd.read_csv(sample / f"{name}.csv", dtype=CODES) for name in names[:3]}
    return found | {"counties": gpd.read_file(sample / "inputs/counties.gpkg").set_index("code")}


def test_the_truth_is_what_the_yearbook_says_to_the_unit(tables):
    printed, truth = tables["inputs/products"], tables["truth/products"]
    assert printed["code"].tolist() == truth["zone"].tolist()
    for column in ("year", "product", "kind"):
        assert printed[column].tolist() == truth[column].tolist()
    assert set(printed["unit"]) == set(FACTORS)
    meant = (printed["amount"] * printed["unit"].map(FACTORS)).round().astype(int)
    np.testing.assert_array_equal(meant, truth["amount"])
    assert (truth["unit"] == printed["unit"].str.removeprefix("1e4 ")).all()
    assert (truth["amount"] > 0).all()


def test_no_figure_stands_twice_and_every_kind_is_told_in_both_years(tables):
    printed = tables["inputs/products"]
    assert not printed.duplicated(["code", "year", "product"]).any()
    kinds = {"crop", "livestock", "timber", "fishery", "water", "energy"}
    assert all(set(rows["kind"]) == kinds for _, rows in printed.groupby("year"))
    assert set(printed["year"]) == {2000, 2020}
    assert set(printed["code"]) <= set(tables["counties"].index)
    assert printed.groupby("product")["kind"].nunique().eq(1).all()


def test_a_hectare_of_paddy_yields_as_paddies_do(tables, sample):
    truth, counties = tables["truth/products"], tables["counties"]
    with rasterio.open(sample / "inputs/land_cover_2020.tif") as source:
        paddy, sea, transform = source.read(1) == 11, source.read(1) == 44, source.transform
    rice = truth[(truth["product"] == "rice") & (truth["year"] == 2020)].set_index("zone")["amount"]
    fish = truth[(truth["product"] == "sea fish") & (truth["year"] == 2020)].set_index("zone")["amount"]
    for code, county in counties.geometry.items():
        inside = geometry_mask([county], paddy.shape, transform, invert=True)
        hectares = 9.0 * np.count_nonzero(paddy & inside)
        if hectares > 500.0:
            assert 5.5 < rice[code] / hectares < 9.0, code
        assert (code in fish.index) == bool((sea & inside).sum() > 20), code


def test_yields_have_grown_and_less_timber_is_felled(tables):
    sums = tables["truth/products"].pivot_table(index="product", columns="year", values="amount", aggfunc="sum")
    grown = sums[2020] / sums[2000]
    assert grown["timber"] < 0.8
    assert (grown.drop(["timber", "sea fish"]) > 1.05).all()
    assert sums.loc["sea fish", 2020] / sums.loc["sea fish", 2000] == pytest.approx(1 / 1.1, rel=1e-3)


def test_cities_are_visited_most_and_all_more_than_before(tables):
    visits = tables["inputs/visits"].pivot_table(index="code", columns="year", values="visits")
    assert set(visits.index) == set(tables["counties"].index)
    assert (visits[2020] > 5.0 * visits[2000]).all()
    city = tables["counties"]["function"].loc[visits.index] == "urbanisation"
    assert visits.loc[city, 2020].min() > visits.loc[~city, 2020].max()
