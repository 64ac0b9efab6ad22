import pandas as pd
import pytest

CODES = {"code": str, "zone": str}


@pytest.fixture(scope="module")
def tables(sample):
    names = ("inputs/yearbook", "inputs/price_index", "inputs/national", "truth/economy", "truth/population")
    return {name.split("/")[1]: pd.read_csv(sample / f"{name}.csv", dtype=CODES) for name in names}


def test_every_county_has_figures_in_both_years_of_the_census(tables):
    yearbook, people = tables["yearbook"], tables["population"]
    for year in (2000, 2020):
        found = set(yearbook.loc[yearbook["year"] == year, "code"])
        assert found == set(people.loc[people["year"] == year, "zone"])
    assert set(yearbook["year"]) <= set(tables["price_index"]["year"])
    assert set(yearbook["year"]) == set(tables["national"]["year"])


def test_truth_is_the_yearbook_at_the_prices_of_the_last_year(tables):
    level = dict(tables["price_index"].to_numpy().tolist())
    assert level[2000] == 100.0
    assert 1.3 < level[2020] / level[2000] < 2.6
    truth = tables["economy"].set_index(["zone", "year"])
    for row in tables["yearbook"].itertuples():
        told = truth.loc[(row.code, row.year)]
        factor = level[2020.0] / level[float(row.year)]
        assert told["gross_domestic_product_yuan"] == pytest.approx(row.gdp * 100_000_000 * factor, abs=0.01)
        assert told["budget_expenditure_yuan"] == pytest.approx(row.expenditure * 10_000 * factor, abs=0.01)


def test_product_and_expenditure_a_head_are_plausible(tables):
    people = tables["population"].set_index(["zone", "year"])["total_persons"]
    truth = tables["economy"].set_index(["zone", "year"])
    head = truth.div(people, axis=0).dropna()  # the years of the censuses
    product, spent = (
        {year: head.xs(year, level="year")[column] for year in (2000, 2020)}
        for column in ("gross_domestic_product_yuan", "budget_expenditure_yuan")
    )
    assert product[2020].between(25_000, 120_000).all()
    assert product[2000].between(4_000, 30_000).all()
    assert spent[2020].between(8_000, 18_000).all()
    nation = tables["national"].set_index("year")
    mean = nation.loc[2020, "gdp"] * 1e8 / (nation.loc[2020, "population"] * 1e4)
    assert product[2020].min() < mean < product[2020].max()
