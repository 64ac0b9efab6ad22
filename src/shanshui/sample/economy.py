"""Economy: product and public expenditure of the counties at current prices, the price index, and the nation."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from shanshui.data.tables import write_table
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.people import People
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR

YEARS = tuple(range(FIRST_YEAR, SECOND_YEAR + 1, 5))  # that the yearbooks tell of

# By function: yuan a head in the last year, and the growth a year at comparable prices; each the least and how much
# more it may be.
_PRODUCT = {"ecological": (28_000, 10_000), "agricultural": (36_000, 10_000), "urbanisation": (84_000, 30_000)}
_PRODUCT_GROWTH = {"ecological": (0.075, 0.015), "agricultural": (0.075, 0.010), "urbanisation": (0.080, 0.015)}
_SPENT = {"ecological": (12_000, 3_000), "agricultural": (8_500, 2_000), "urbanisation": (14_000, 3_000)}
_SPENT_GROWTH = {"ecological": (0.12, 0.02), "agricultural": (0.11, 0.02), "urbanisation": (0.11, 0.02)}

# The nation, invented like the rest: persons in the first and the last year, yuan a head and growth as above.
_NATION_PERSONS = (980e6, 1_080e6)
_NATION_PRODUCT, _NATION_PRODUCT_GROWTH = 66_000.0, 0.077
_NATION_SPENT, _NATION_SPENT_GROWTH = 15_500.0, 0.11


@dataclass(frozen=True)
class Economy:
    """The economy as the yearbooks print it."""

    yearbook: pd.DataFrame
    """``code``, ``name``, ``year``, ``gdp`` in 1e8 yuan and ``expenditure`` in 1e4 yuan, at current prices"""
    prices: pd.DataFrame
    """``year``, ``index``: the level of prices, the first year 100"""
    nation: pd.DataFrame
    """``year``, ``population`` in 1e4 persons, ``gdp`` and ``expenditure`` in 1e8 yuan at current prices"""

    def truth(self) -> pd.DataFrame:
        """Give what the yearbook says at the prices of the last year, in yuan."""
        level = self.prices.set_index("year")["index"]
        factor = level[SECOND_YEAR] / self.yearbook["year"].map(level)
        return pd.DataFrame(
            {
                "zone": self.yearbook["code"],
                "year": self.yearbook["year"],
                "gross_domestic_product_yuan": (self.yearbook["gdp"] * 1e8 * factor).round(2),
                "budget_expenditure_yuan": (self.yearbook["expenditure"] * 1e4 * factor).round(2),
            }
        )


def _prices(seed: int) -> pd.DataFrame:
    """A price index that rises by 0.5 to 6 percent a year."""
    level, rows = 100.0, [(FIRST_YEAR, 100.0)]
    for year in range(FIRST_YEAR + 1, SECOND_YEAR + 1):
        level *= 1.005 + 0.055 * hash_unit(year, 0, stream(seed, "prices"))
        rows.append((year, round(level, 1)))
    return pd.DataFrame(rows, columns=["year", "index"])


def _nation(level: pd.Series) -> pd.DataFrame:
    """The nation in the years of the yearbooks."""
    year = np.array(YEARS)
    back = SECOND_YEAR - year
    persons = np.interp(year, (FIRST_YEAR, SECOND_YEAR), _NATION_PERSONS)
    current = persons * (level[year] / level[SECOND_YEAR]).to_numpy()
    return pd.DataFrame(
        {
            "year": year,
            "population": np.rint(persons / 1e4).astype(np.int64),
            "gdp": np.round(current * _NATION_PRODUCT / (1.0 + _NATION_PRODUCT_GROWTH) ** back / 1e8, 1),
            "expenditure": np.round(current * _NATION_SPENT / (1.0 + _NATION_SPENT_GROWTH) ** back / 1e8, 1),
        }
    )


def build_economy(counties: gpd.GeoDataFrame, people: People, seed: int) -> Economy:
    """Make up the economy of the counties.

    Parameters
    ----------
    counties : of today, see `zones.county_table`
    people : People
    seed : of the sample

    Returns
    -------
    Economy
        Cities are the richest, ecological counties the poorest; these live on transfers, so that their public
        expenditure a head stands nearer to the cities' than their product does.
    """
    draw = stream(seed, "economy")
    prices = _prices(seed)
    level = prices.set_index("year")["index"]
    persons = people.truth.pivot_table(index="zone", columns="year", values="total_persons")

    def drawn(ranges: Mapping[str, tuple[float, float]], k: int, which: int) -> float:
        least, more = ranges[counties["function"][k]]
        return least + more * hash_unit(k, which, draw)

    rows = []
    for year in YEARS:
        for k, (code, name) in enumerate(zip(counties["code"], counties["name"], strict=True)):
            heads = float(np.interp(year, (FIRST_YEAR, SECOND_YEAR), persons.loc[code, [FIRST_YEAR, SECOND_YEAR]]))
            current = heads * level[year] / level[SECOND_YEAR]
            product = current * drawn(_PRODUCT, k, 0) / (1.0 + drawn(_PRODUCT_GROWTH, k, 1)) ** (SECOND_YEAR - year)
            spent = current * drawn(_SPENT, k, 2) / (1.0 + drawn(_SPENT_GROWTH, k, 3)) ** (SECOND_YEAR - year)
            rows.append((code, name, year, round(product / 1e8, 2), round(spent / 1e4)))
    yearbook = pd.DataFrame(rows, columns=["code", "name", "year", "gdp", "expenditure"])
    return Economy(yearbook, prices, _nation(level))


def write_economy(economy: Economy, directory: Path) -> None:
    """Write the yearbook, the price index, the nation, and the truth.

    Parameters
    ----------
    economy : Economy
    directory : of the study; ``inputs`` and ``truth`` are in it
    """
    write_table(directory / "inputs/yearbook.csv", economy.yearbook)
    write_table(directory / "inputs/price_index.csv", economy.prices)
    write_table(directory / "inputs/national.csv", economy.nation)
    write_table(directory / "truth/economy.csv", economy.truth())
