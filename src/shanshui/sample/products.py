"""What the counties yield, and how many visit them, as yearbooks tell it."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from shanshui.data.tables import write_table
from shanshui.sample.conversions import FORESTS
from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import EVERYWHERE, Landscape, tile_of
from shanshui.sample.legend import Cover
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR
from shanshui.sample.skeleton import NODES, SPACING

_GRASS = (Cover.MEADOW, Cover.STEPPE, Cover.TUSSOCK, Cover.SPARSE_GRASS)
_FRESH = (Cover.RIVER, Cover.LAKE, Cover.RESERVOIR)


@dataclass(frozen=True)
class Product:
    """One product of the yearbook."""

    name: str
    kind: str
    """of `shanshui`: crop, livestock, timber, fishery, water or energy"""
    covers: tuple[Cover, ...]
    """land cover that yields it"""
    a_hectare: float
    """in the last year, in the unit of the truth"""
    growth: float
    """what a hectare yielded in the first year, as a share"""
    unit: str
    """of the truth"""
    printed: str
    """unit of the yearbook"""
    factor: float
    """units of the truth in one of the yearbook"""


PRODUCTS = (
    Product("rice", "crop", (Cover.PADDY,), 7.2, 0.80, "t", "1e4 t", 1e4),
    Product("maize", "crop", (Cover.DRY_CROPLAND,), 3.9, 0.72, "t", "1e4 t", 1e4),
    Product("fruit", "crop", (Cover.ORCHARD,), 19.0, 0.55, "t", "1e4 t", 1e4),
    Product("beef and mutton", "livestock", _GRASS, 0.045, 0.60, "t", "t", 1.0),
    Product("milk", "livestock", _GRASS, 0.16, 0.40, "t", "t", 1.0),
    Product("sheep in stock", "livestock", _GRASS, 1.3, 0.85, "head", "head", 1.0),
    Product("timber", "timber", FORESTS, 0.55, 1.60, "m3", "m3", 1.0),
    Product("freshwater fish", "fishery", (Cover.LAKE, Cover.RESERVOIR), 1.7, 0.50, "t", "t", 1.0),
    Product("sea fish", "fishery", (Cover.SEA,), 0.45, 1.10, "t", "t", 1.0),
    Product("fresh water", "water", _FRESH, 21_000.0, 0.90, "m3", "1e4 m3", 1e4),
    Product("hydropower", "energy", (Cover.RESERVOIR,), 5_200.0, 0.70, "kWh", "1e4 kWh", 1e4),
)
_DIGITS = 4  # of what the yearbook prints in tens of thousands
_UNEVEN = 0.2  # how much more the best county yields of a hectare than the worst

# Visits in 10,000 by function of the county: the least, and how much more they may be.
_VISITS = {"ecological": (45.0, 60.0), "agricultural": (30.0, 40.0), "urbanisation": (380.0, 260.0)}
_FIRST_VISITS = 0.08  # of those of the last year


@dataclass(frozen=True)
class Products:
    """What is printed, and what that means."""

    yearbook: pd.DataFrame
    """``code``, ``year``, ``product``, ``kind``, ``amount``, ``unit``"""
    truth: pd.DataFrame
    """``zone``, ``year``, ``product``, ``kind``, ``amount`` and ``unit``: t, m3, kWh or head"""
    visits: pd.DataFrame
    """``code``, ``year``, ``visits`` in 10,000"""


def build_products(landscape: Landscape, counties: gpd.GeoDataFrame) -> Products:
    """Make up what the counties yield and how many visit them.

    Parameters
    ----------
    landscape : Landscape
    counties : of today, see `zones.county_table`

    Returns
    -------
    Products
        a county yields in proportion to the land that bears a product; no row where it has none. The truth is what the
        printed figure means, so that their sums are the same to the unit.
    """
    tile = tile_of(landscape, NODES, EVERYWHERE)
    county = number_cells(list(counties.geometry), NODES, EVERYWHERE)
    hectares = SPACING * SPACING / 10_000.0
    draw = stream(landscape.seed, "products")
    printed, truth, visits = [], [], []
    for year, cover in ((FIRST_YEAR, tile.first), (SECOND_YEAR, tile.second)):
        for number, product in enumerate(PRODUCTS):
            bears = np.isin(cover, np.array(product.covers, np.uint8)) & (county >= 0)
            area = hectares * np.bincount(county[bears], minlength=len(counties))
            for k, code in enumerate(counties["code"]):
                amount = area[k] * product.a_hectare * (1.0 if year == SECOND_YEAR else product.growth)
                amount *= 1.0 + _UNEVEN * (hash_unit(k, number, draw) - 0.5)
                shown = round(float(amount / product.factor), _DIGITS if product.factor > 1.0 else 0)
                if shown > 0.0:
                    row = (code, year, product.name, product.kind)
                    printed.append((*row, shown, product.printed))
                    truth.append((*row, round(shown * product.factor), product.unit))
        for k, (code, function) in enumerate(zip(counties["code"], counties["function"], strict=True)):
            least, more = _VISITS[function]
            persons = (least + more * hash_unit(k, 0, draw + 1)) * (1.0 if year == SECOND_YEAR else _FIRST_VISITS)
            visits.append((code, year, round(persons, 2)))
    columns = ["year", "product", "kind", "amount", "unit"]
    return Products(
        pd.DataFrame(printed, columns=["code", *columns]),
        pd.DataFrame(truth, columns=["zone", *columns]),
        pd.DataFrame(visits, columns=["code", "year", "visits"]),
    )


def write_products(products: Products, directory: Path) -> None:
    """Write the yields, the visits and the truth.

    Parameters
    ----------
    products : Products
    directory : of the study; ``inputs`` and ``truth`` are in it
    """
    write_table(directory / "inputs/products.csv", products.yearbook)
    write_table(directory / "inputs/visits.csv", products.visits)
    write_table(directory / "truth/products.csv", products.truth)
