"""Economy: product and public expenditure by zone, at comparable prices and per head (paper 1.3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import step
from shanshui.base.zones import OUTSIDE
from shanshui.chapters.status.groups import (
    ALL,
    BOTH,
    KEY,
    ZONE,
    Nesting,
    by_year,
    compare_years,
    groups_of,
    percent,
    zone_names,
)

PRODUCT, EXPENDITURE = "gross domestic product", "public budget expenditure"
PER_HEAD = " per head"
AMOUNTS = {PRODUCT: "gross_domestic_product_yuan", EXPENDITURE: "budget_expenditure_yuan"}
NATIONAL, OF_ZONES = "national average", "mean of all zones"
_PAIR = ["year_from", "year_to"]
_VALUES = [
    "value_from",
    "value_to",
    "change",
    "change_percent",
    "change_a_year_percent",
    "share_from_percent",
    "share_to_percent",
    "persons_from",
    "persons_to",
    "urbanisation_mean_from",
    "urbanisation_mean_to",
    "of_urbanisation_mean_from_percent",
    "of_urbanisation_mean_to_percent",
    "average_from",
    "average_to",
    "of_average_from_percent",
    "of_average_to_percent",
]
_BELOW = [f"zones_below_average_{end}{unit}" for end in ("from", "to") for unit in ("", "_percent")]


@step(gives="economy_change", method="comparable_prices")
def economy_change_at_comparable_prices(
    economy: pd.DataFrame,
    population: pd.DataFrame,
    price_index: pd.DataFrame,
    zones: pd.DataFrame,
    national_economy: pd.DataFrame | None = None,
    *,
    baseline_year: int,
    current_year: int,
    least_product_per_head: float,
    greatest_product_per_head: float,
) -> pd.DataFrame:
    """Product and public expenditure by zone, whole and per head, at prices of the current year.

    Parameters
    ----------
    economy : DataFrame
        Gross domestic product and public budget expenditure by zone and year [yuan at prices of the year].
    population : DataFrame
        Persons by zone and year.
    price_index : DataFrame
        Level of prices by year, on any one base.
    zones : DataFrame
        The zones; those whose function is urbanisation are the first yardstick.
    national_economy : DataFrame, optional
        Persons, product and expenditure of the nation by year; the second yardstick.
    baseline_year : int
        The year that every other year is put beside; the nearest that the table has.
    current_year : int
        The year whose prices are taken.
    least_product_per_head, greatest_product_per_head : float
        What the median of the product per head is believed to lie between [yuan a person].

    Returns
    -------
    DataFrame
        By zone, measure and pair of years, one of which is the baseline: values in yuan and yuan a person, change in
        percent and a year, share of the whole, and values per head in percent of the mean of the urbanisation areas
        and of the average.

    Raises
    ------
    StudyError
        Where a year has no price index, or the product per head is not to be believed.

    Notes
    -----
    comparable = amount x index of the current year / index of its year. Expenditure is put on the same prices. Growth
    a year = ((to / from) ** (1 / years) - 1) x 100. A mean per head is the sum of the amounts over the sum of the
    persons. The average is the national one where the nation's figures are given for both years, else that of all
    zones of the zoning with figures in both years; the column `reference` says which.
    """
    years = sorted({int(year) for year in economy["year"]} | {current_year})
    factors = _price_factors(price_index, years, current_year)
    limits = least_product_per_head, greatest_product_per_head
    prices = f"prices of {current_year}"
    return _economy_change(economy, population, zones, national_economy, baseline_year, factors, prices, limits)


@step(gives="economy_change", method="current_prices")
def economy_change_at_current_prices(
    economy: pd.DataFrame,
    population: pd.DataFrame,
    zones: pd.DataFrame,
    national_economy: pd.DataFrame | None = None,
    *,
    baseline_year: int,
    least_product_per_head: float,
    greatest_product_per_head: float,
) -> pd.DataFrame:
    """Product and public expenditure by zone, whole and per head, at the prices of each year: growth holds inflation.

    Parameters
    ----------
    economy, population, zones, national_economy, baseline_year, least_product_per_head, greatest_product_per_head
        As for `economy_change_at_comparable_prices`.

    Returns
    -------
    DataFrame
        The same table; its column `prices` says "current prices".

    Raises
    ------
    StudyError
        Where the product per head is not to be believed.

    Notes
    -----
    For a study without a table `price_index`. Levels, shares and ratios to the means of one year are the same as at
    comparable prices; change and growth are not.
    """
    factors = {int(year): 1.0 for year in economy["year"]}
    limits = least_product_per_head, greatest_product_per_head
    return _economy_change(
        economy, population, zones, national_economy, baseline_year, factors, "current prices", limits
    )


@step
def economy_summary(
    economy_change: pd.DataFrame,
    zones: pd.DataFrame,
    *,
    urban_near_distance: float,
    urban_far_distance: float,
) -> pd.DataFrame:
    """Product and public expenditure by function, level, service, belt and nearness to cities.

    Parameters
    ----------
    economy_change : DataFrame
        Change by zone.
    zones : DataFrame
        The zones with their attributes.
    urban_near_distance, urban_far_distance : float
        Where the bands of distance to urban agglomerations end [km].

    Returns
    -------
    DataFrame
        By zoning, measure, grouping, group and pair of years, over zones with figures in both years.

    Notes
    -----
    Amounts of a group are sums, values per head are sums over sums, so that groups sum to the whole (the grouping
    "all"). A zone is below the average where its value per head is less than the average of `economy_change`.
    """
    counted = economy_change[economy_change["counted"] == BOTH].reset_index(drop=True)
    groups = groups_of(counted, zones, urban_near_distance, urban_far_distance)
    per_head = counted["measure"].str.endswith(PER_HEAD)
    sums, numbers = {}, {"zones": counted["zone"] != OUTSIDE}
    for end in ("from", "to"):
        persons, value = counted[f"persons_{end}"], counted[f"value_{end}"]
        sums[f"persons_{end}"] = persons
        sums[f"amount_{end}"] = value.where(~per_head, value * persons)
        numbers[f"zones_below_average_{end}"] = numbers["zones"] & (value < counted[f"average_{end}"])
    labels = ["measure", "unit", "prices", "reference"]
    # These are the same for all zones of a zoning.
    yardsticks = [f"{mean}_{end}" for mean in ("urbanisation_mean", "average") for end in ("from", "to")]
    rows = counted[[*KEY, *labels, *_PAIR, *yardsticks]].assign(**sums, **numbers).merge(groups, on=KEY)
    by_group = rows.groupby(["order", "zoning", "grouping", "group", *_PAIR, "measure"], sort=False)
    frame = by_group[list(sums)].sum(min_count=1).join(by_group[[*labels[1:], *yardsticks]].first())
    frame = frame.join(by_group[list(numbers)].sum().astype("int64")).reset_index()
    per_head = frame["measure"].str.endswith(PER_HEAD)
    whole = frame[frame["grouping"] == ALL].set_index(["zoning", *_PAIR, "measure"])
    of_whole = whole.reindex(pd.MultiIndex.from_frame(frame[["zoning", *_PAIR, "measure"]]))
    for end in ("from", "to"):
        amount, persons = frame[f"amount_{end}"], frame[f"persons_{end}"]
        frame[f"value_{end}"] = (amount / persons.where(persons > 0)).where(per_head, amount)
        total = pd.Series(of_whole[f"amount_{end}"].to_numpy(), index=frame.index)
        frame[f"share_{end}_percent"] = percent(amount, total).where(~per_head)
        below = percent(frame[f"zones_below_average_{end}"], frame["zones"])
        frame[f"zones_below_average_{end}_percent"] = below.where(per_head)
    frame = _with_growth(_against_means(frame))
    frame = frame.sort_values(["order", *_PAIR], kind="stable", ignore_index=True)
    return frame[["zoning", "grouping", "group", *_PAIR, *labels, "zones", *_VALUES, *_BELOW]]


def _price_factors(price_index: pd.DataFrame, years: list[int], current_year: int) -> dict[int, float]:
    """Give what an amount of each year is multiplied by; every fault of the index is named."""
    doubled = sorted(set(price_index["year"][price_index["year"].duplicated()]))
    index = price_index.drop_duplicates("year").set_index("year")["price_index"].astype("float64").dropna()
    lacking = [year for year in years if year not in index.index]
    below = [int(year) for year in index.index[index <= 0]]
    faults = [
        (doubled, "has several rows for", "keep one row a year"),
        (lacking, "has no index for", "add the index, or take these years out of tables.economy"),
        (below, "has an index that is not above 0 for", "correct it"),
    ]
    problems = [
        Problem("tables.price_index", f"{fault} {', '.join(map(str, found))}", mend)
        for found, fault, mend in faults
        if found
    ]
    if problems:
        raise StudyError(problems)
    return {year: float(index[current_year] / index[year]) for year in years}


def _economy_change(
    economy: pd.DataFrame,
    population: pd.DataFrame,
    zones: pd.DataFrame,
    national_economy: pd.DataFrame | None,
    baseline_year: int,
    factors: Mapping[int, float],
    prices: str,
    limits: tuple[float, float],
) -> pd.DataFrame:
    amounts = {measure: by_year(economy, column, "economy") for measure, column in AMOUNTS.items() if column in economy}
    spread = amounts[PRODUCT]
    persons = by_year(population, "total_persons", "population").reindex(index=spread.index, columns=spread.columns)
    _require_credible(spread / persons.where(persons > 0), *limits)
    national = _national(national_economy, factors)
    urban = zones[zones["function"] == "urbanisation"].set_index(KEY).index
    nesting, names = Nesting(zones), zone_names(economy)
    years = [int(year) for year in spread.columns]
    baseline = min(years, key=lambda year: abs(year - baseline_year))
    frames = []
    # Yearbooks come every year: all pairs would be too many to read. The baseline beside itself gives the columns also
    # where there is no other year; no row of it is kept.
    for before, after in (sorted((baseline, year)) for year in years):
        for measure, nominal in amounts.items():
            amount = nominal * pd.Series(factors).reindex(nominal.columns)
            means = {measure: amount, measure + PER_HEAD: amount / persons.where(persons > 0)}
            for name, values in means.items():
                frame = compare_years(values, before, after, nesting)
                index = pd.MultiIndex.from_frame(frame[KEY])
                labels = {"measure": name, "unit": "yuan" if name == measure else "yuan/person", "prices": prices}
                frame = frame.assign(zone_name=names.reindex(index).to_numpy(), **labels, year_from=before)
                frame = frame.assign(year_to=after, persons_from=persons[before].reindex(index).to_numpy())
                frame["persons_to"] = persons[after].reindex(index).to_numpy()
                both = frame["counted"] == BOTH
                yardstick = national.get(name, {})
                own = before in yardstick and after in yardstick
                frame["reference"] = (NATIONAL if own else OF_ZONES) if name != measure else ""
                for end, year in (("from", before), ("to", after)):
                    value = frame[f"value_{end}"]
                    whole = value.where(both).groupby(frame["zoning"]).transform("sum")
                    known = frame[["value_from", "value_to"]].notna().all(axis=1)
                    frame[f"share_{end}_percent"] = percent(value, whole).where(known & (name == measure))
                    cities = both & index.isin(urban)
                    per_head = name != measure
                    frame[f"urbanisation_mean_{end}"] = _mean_per_head(frame, cities, end) if per_head else np.nan
                    mean = yardstick[year] if own else _mean_per_head(frame, both, end)
                    frame[f"average_{end}"] = mean if per_head else np.nan
                frames.append(_with_growth(_against_means(frame)))
    result = pd.concat(frames, ignore_index=True)
    result = result[result["year_from"] < result["year_to"]].reset_index(drop=True)
    return result[[*ZONE, *_PAIR, "measure", "unit", "prices", "reference", "counted", *_VALUES]]


def _mean_per_head(frame: pd.DataFrame, chosen: pd.Series[bool], end: str) -> pd.Series[float]:
    """Give, for the zoning of each row, the sum of the amounts over the sum of the persons of the chosen zones."""
    persons = frame[f"persons_{end}"].where(chosen)
    amount = frame[f"value_{end}"] * persons
    by_zoning = [each.groupby(frame["zoning"]).transform("sum") for each in (amount, persons)]
    return by_zoning[0] / by_zoning[1].where(by_zoning[1] > 0)


def _against_means(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        **{
            f"of_{mean}_{end}_percent": percent(frame[f"value_{end}"], frame[f"{mean}_{end}"])
            for mean in ("urbanisation_mean", "average")
            for end in ("from", "to")
        }
    )


def _with_growth(frame: pd.DataFrame) -> pd.DataFrame:
    one, other = frame["value_from"], frame["value_to"]
    years = (frame["year_to"] - frame["year_from"]).where(lambda span: span > 0)
    ratio = (other / one.where(one > 0)).where(other >= 0)
    return frame.assign(
        change=other - one,
        change_percent=percent(other - one, one),
        change_a_year_percent=100.0 * (ratio ** (1.0 / years) - 1.0),
    )


def _national(national_economy: pd.DataFrame | None, factors: Mapping[int, float]) -> dict[str, dict[int, float]]:
    """Give the nation's values per head by measure and year, at the same prices."""
    if national_economy is None:
        return {}
    found: dict[str, dict[int, float]] = {}
    frame = national_economy[national_economy["year"].isin(list(factors))]
    persons = frame["population_persons"].astype("float64")
    for measure, column in AMOUNTS.items():
        if column in frame:
            per_head = frame[column].astype("float64") / persons.where(persons > 0)
            values = zip(frame["year"], per_head, strict=True)
            found[measure + PER_HEAD] = {int(year): value * factors[int(year)] for year, value in values if value > 0}
    return found


def _require_credible(per_head: pd.DataFrame, least: float, greatest: float) -> None:
    """Refuse figures whose unit is most likely another one than was said."""
    medians = per_head.median().dropna()
    problems = []
    for year, median in medians[(medians < least) | (medians > greatest)].items():
        if median < least:
            key, unit = "tables.economy.units", 'gross_domestic_product_yuan = "1e4 yuan"'
        else:
            key, unit = "tables.population.units", 'total_persons = "1e4 person"'
        problems.append(
            Problem(
                key,
                f"the median of the product per head in {year} is {median:,.4g} yuan, "
                f"not between {least:,.0f} and {greatest:,.0f}",
                f"if the unit is wrong, write it: {unit}; if not, widen "
                f"policy.overrides.{'least' if median < least else 'greatest'}_product_per_head",
            )
        )
    if problems:
        raise StudyError(problems)
