"""Provisioning: yields of the statistics, spread over the cells of each zone so that its sum is kept (paper 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.units import UnitError, conversion
from shanshui.base.zones import ZoneCover
from shanshui.science.lookup import values_of_codes
from shanshui.science.spreading import latest, numbers_of_zones, of_nearest_year, rates_of, spread
from shanshui.science.zone_sums import ZoneSums, sum_by_zone

AnyYears = Annotated[Series, AtLeast(0)]
KEY = ["zoning", "zone"]
# Kinds of products, and the unit in which the products of a kind are added up.
KINDS = {"crop": "t", "livestock": "t", "timber": "m**3", "fishery": "t", "water": "m**3", "energy": "kWh"}
# What grows follows the productivity; of what water gives, the productivity of plants tells nothing.
GROWING = ("crop", "livestock", "timber")
PRODUCTIVITY, AREA = "productivity", "area"
# Why an amount is not on the map.
OTHER_UNIT, OTHER_YEAR, NO_GROUND = "not in the unit of the map", "not the year of the map", "no such ground"


@dataclass(frozen=True)
class CarrierSums:
    """Sums of what carries each kind of product; those of two parts of a region add up to those of both.

    Parameters
    ----------
    year : int or None
        The year of the land; None where it has none.
    area : mapping of str to ZoneSums
        By kind: weight of the ecosystem x area [m2].
    productivity : mapping of str to ZoneSums
        By kind: weight of the ecosystem x NPP x area [g/year]; only of what grows, and where the study has NPP.
    """

    year: int | None
    area: Mapping[str, ZoneSums]
    productivity: Mapping[str, ZoneSums]

    def __add__(self, other: CarrierSums) -> CarrierSums:
        return CarrierSums(
            self.year,
            {kind: sums + other.area[kind] for kind, sums in self.area.items()},
            {kind: sums + other.productivity[kind] for kind, sums in self.productivity.items()},
        )


@step
def provisioning_carriers() -> pd.DataFrame:
    """Which ecosystems carry which kind of product, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a kind and second-level ecosystem: kind, level2, name, weight, unit, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("provisioning_carriers.csv"))


@step
def carrier_weights(provisioning_carriers: pd.DataFrame) -> pd.DataFrame:
    """How strongly a square metre of each ecosystem draws each kind of product.

    Parameters
    ----------
    provisioning_carriers : DataFrame
        Columns kind, level2, weight.

    Returns
    -------
    DataFrame
        These columns, one row a kind and ecosystem.

    Raises
    ------
    StudyError
        Where a kind has several rows for an ecosystem.
    """
    weights = provisioning_carriers[["kind", "level2", "weight"]]
    twice = weights[weights.duplicated(["kind", "level2"])].drop_duplicates(["kind", "level2"])
    problems = [
        Problem(
            "tables.provisioning_carriers",
            f"{kind} has several rows for {', '.join(f'{code:g}' for code in rows['level2'])}",
            "keep one row a kind and ecosystem",
        )
        for kind, rows in twice.groupby("kind", sort=False)
    ]
    if problems:
        raise StudyError(problems)
    return weights


@step
def known_yields(provisioning_yields: pd.DataFrame) -> pd.DataFrame:
    """Yields that the statistics tell, each once.

    Parameters
    ----------
    provisioning_yields : DataFrame
        One row a zone, product and, where it has years, year: kind, amount, unit.

    Returns
    -------
    DataFrame
        The rows with an amount.

    Raises
    ------
    StudyError
        Where a product stands twice, or a kind is given by two zonings: then it would be counted twice.
    """
    known = provisioning_yields[provisioning_yields["amount"].notna()].reset_index(drop=True)
    _require_once(known)
    return known


@step
def carrier_sums(
    ecosystem: AnyYears,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    zones: pd.DataFrame,
    carrier_weights: pd.DataFrame,
    known_yields: pd.DataFrame,
    mean_net_primary_productivity: NDArray[np.float32] | None = None,
) -> CarrierSums:
    """Sums over the cells of every zone of what the products of the statistics are spread by.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes by year; -1 where there is no data. The latest year is taken.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zones : DataFrame
        The zones.
    carrier_weights : DataFrame
        Columns kind, level2, weight.
    known_yields : DataFrame
        The statistics; they tell which kinds are needed.
    mean_net_primary_productivity : float32 ndarray (rows, columns), optional
        Carbon bound in a year, mean over the years [g/m2/a].

    Returns
    -------
    CarrierSums
        Exact sums.
    """
    year, land = latest(ecosystem)
    area, productivity = {}, {}
    for kind in dict.fromkeys(known_yields["kind"]):
        by_area, by_productivity = _draws(land, carrier_weights, kind, mean_net_primary_productivity)
        area[kind] = sum_by_zone(zone_cover, by_area, cell_area, len(zones))
        if by_productivity is not None:
            productivity[kind] = sum_by_zone(zone_cover, by_productivity, cell_area, len(zones))
    return CarrierSums(year, area, productivity)


@step
def provisioning_by_zone(known_yields: pd.DataFrame, carrier_sums: CarrierSums, zones: pd.DataFrame) -> pd.DataFrame:
    """Yields of every zone, how each is spread over its cells, and what is not spread, and why.

    Parameters
    ----------
    known_yields : DataFrame
        One row a zone, product and, where it has years, year: kind, amount, unit.
    carrier_sums : CarrierSums
        What the products of each kind are spread by.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        One row a figure; amount = spread + not_spread, in the unit of the statistics.

    Notes
    -----
    Mapped is, of each product, the year nearest to that of the land, of two the later one. Products of a kind are added
    up in its unit: t of crops, livestock and fishery, m3 of timber and water, kWh of energy; others (heads, say) stand
    in this table only. Crops, livestock and timber are spread by productivity, where a zone has none of it known and
    above zero by area.
    """
    known = known_yields
    places = numbers_of_zones(known, zones)
    area = _totals(known["kind"], places, carrier_sums.area)
    productivity = _totals(known["kind"], places, carrier_sums.productivity)
    factors = np.array([_factor(unit, kind) for unit, kind in zip(known["unit"], known["kind"], strict=True)], float)
    faults = [np.isnan(factors), ~of_nearest_year(known, carrier_sums.year, ["kind", "product"]), ~(area > 0)]
    reasons = np.select(faults, [OTHER_UNIT, OTHER_YEAR, NO_GROUND], default="")
    mapped = reasons == ""
    columns = [*KEY, "zone_name", *(["year"] if "year" in known else []), "kind", "product", "unit", "amount"]
    return known[columns].assign(
        spread=known["amount"].where(mapped, 0.0),
        not_spread=known["amount"].mask(mapped, 0.0),
        spread_by=np.where(mapped, np.where(productivity > 0, PRODUCTIVITY, AREA), ""),
        reason=reasons,
    )


@step
def provisioning_rates(
    provisioning_by_zone: pd.DataFrame, carrier_sums: CarrierSums, zones: pd.DataFrame
) -> pd.DataFrame:
    """How much of the products of each kind goes to a unit of what they are spread by.

    Parameters
    ----------
    provisioning_by_zone : DataFrame
        Yields of every zone, and by what they are spread.
    carrier_sums : CarrierSums
        What the products of each kind are spread by.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        One row a zone and kind: zoning, zone, kind, spread_by, rate in the kind's unit a m2, or a g of carbon a year.

    Notes
    -----
    rate = sum of the amounts / sum(weight x NPP x area), or / sum(weight x area).
    """
    rows = provisioning_by_zone[provisioning_by_zone["spread_by"].isin([PRODUCTIVITY, AREA])]
    factors = [_factor(unit, kind) for unit, kind in zip(rows["unit"], rows["kind"], strict=True)]
    amounts = rows.assign(amount=rows["spread"] * np.array(factors, float))
    table = amounts.groupby([*KEY, "kind", "spread_by"], sort=False)["amount"].sum().reset_index()
    places = numbers_of_zones(table, zones)
    totals = np.where(
        table["spread_by"] == PRODUCTIVITY,
        _totals(table["kind"], places, carrier_sums.productivity),
        _totals(table["kind"], places, carrier_sums.area),
    )
    return table.drop(columns="amount").assign(rate=rates_of(table["amount"].to_numpy(float), totals))


@step(gives="{of}_provision", of=tuple(KINDS))
def provision(
    ecosystem: AnyYears,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    zones: pd.DataFrame,
    carrier_weights: pd.DataFrame,
    provisioning_rates: pd.DataFrame,
    mean_net_primary_productivity: NDArray[np.float32] | None = None,
    *,
    of_name: str,
) -> NDArray[np.float32]:
    """Products of one kind on each cell: what the statistics of its zone say, spread by productivity or area.

    Parameters
    ----------
    ecosystem : Series of int32 ndarray (rows, columns)
        Second-level codes by year; -1 where there is no data. The latest year is taken.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zones : DataFrame
        The zones.
    carrier_weights : DataFrame
        Columns kind, level2, weight.
    provisioning_rates : DataFrame
        How much goes to a unit of what the products are spread by.
    mean_net_primary_productivity : float32 ndarray (rows, columns), optional
        Carbon bound in a year, mean over the years [g/m2/a].
    of_name : str
        The kind of product.

    Returns
    -------
    float32 ndarray (rows, columns)
        Amount on the cell in a year [t, m3 or kWh, by kind]. NaN in zones without a figure that could be spread, and
        where the land, or the productivity of land that carries the product, is not known; 0 on other land.

    Notes
    -----
    cell = sum over its zones of amount x weight x NPP x area x share / (sum of that over the zone); where the zone has
    no productivity, the same without NPP. The statistic of a zone that the region cuts is spread over the part within.
    """
    land = latest(ecosystem)[1]
    rates = provisioning_rates[provisioning_rates["kind"] == of_name]
    draws = _draws(land, carrier_weights, of_name, mean_net_primary_productivity)
    out = np.full(cell_area.shape, np.nan)
    for by, values in zip((AREA, PRODUCTIVITY), draws, strict=True):
        rows = rates[rates["spread_by"] == by]
        if values is None or rows.empty:
            continue
        of_zone = np.full(len(zones), np.nan)
        of_zone[numbers_of_zones(rows, zones)] = rows["rate"]
        # Where a border cell draws by area in one zone, it has no productivity and draws nothing in the other zone that
        # goes by productivity: of two numbers one is 0.
        out = np.fmax(out, spread(zone_cover, values, cell_area, of_zone))
    return out.astype(np.float32)


def _draws(
    ecosystem: NDArray[np.int32],
    carriers: pd.DataFrame,
    kind: str,
    productivity: NDArray[np.float32] | None,
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Give how much a square metre draws of a kind of product: by area, and by productivity where that tells of it."""
    rows = carriers[carriers["kind"] == kind]
    weights = values_of_codes(ecosystem, rows["level2"].to_numpy(np.int64), rows["weight"].to_numpy(np.float64))
    # Land that carries nothing of it draws nothing; land that is not known stays so.
    weights = np.where(np.isnan(weights) & (ecosystem >= 0), np.float32(0), weights)
    if productivity is None or kind not in GROWING:
        return weights, None
    return weights, np.where(weights > 0, weights * np.maximum(productivity, np.float32(0)), weights)


def _totals(kinds: pd.Series[str], places: NDArray[np.int64], sums: Mapping[str, ZoneSums]) -> NDArray[np.float64]:
    """Give the sum of the kind and zone of each row; NaN where there is none."""
    totals = np.full(len(kinds), np.nan)
    for kind, of_kind in sums.items():
        rows = np.asarray(kinds == kind)
        totals[rows] = of_kind.total[places[rows]]
    return totals


def _factor(unit: str, kind: str) -> float:
    """Give by what an amount is multiplied to come to the unit of its kind; NaN where it cannot."""
    try:
        return conversion(unit, KINDS[kind]).scale
    except UnitError:
        return np.nan


def _require_once(known: pd.DataFrame) -> None:
    """Refuse what would be counted twice."""
    keys = [*KEY, "product", "kind", *(["year"] if "year" in known else [])]
    where = "tables.provisioning_yields"
    problems = [
        Problem(f"{where}.columns.zone", f"zone {row.zone!r} has several rows for {row.product}", "keep one")
        for row in known[known.duplicated(keys)].drop_duplicates(keys).head(5).itertuples()
    ]
    for kind, zonings in known.groupby("kind", sort=False)["zoning"].unique().items():
        if len(zonings) > 1:
            fault = f"{kind} is given by several zonings ({', '.join(zonings)}) and would be counted twice"
            problems.append(Problem(f"{where}.zoning", fault, "give each kind by one zoning"))
    if problems:
        raise StudyError(problems)
