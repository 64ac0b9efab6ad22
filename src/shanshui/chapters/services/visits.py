"""Visits for recreation: those of the statistics, spread over each zone by what its places offer (paper 2.1)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.errors import Problem, StudyError
from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import ZoneCover
from shanshui.science.spreading import latest, numbers_of_zones, of_nearest_year, rates_of, spread
from shanshui.science.zone_sums import ZoneSums, sum_by_zone

AnyYears = Annotated[Series, AtLeast(0)]
KEY = ["zoning", "zone"]
OTHER_YEAR, NO_OPPORTUNITY = "not the year of the map", "no opportunity"


@step
def opportunity_sums(
    recreation_opportunity: NDArray[np.float32],
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    zones: pd.DataFrame,
) -> ZoneSums:
    """Opportunity for recreation, summed over the cells of every zone.

    Parameters
    ----------
    recreation_opportunity : float32 ndarray (rows, columns)
        What a place offers, 0 to 1; NaN where there is no data.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zones : DataFrame
        The zones.

    Returns
    -------
    ZoneSums
        Sums of opportunity x m2.
    """
    return sum_by_zone(zone_cover, recreation_opportunity, cell_area, len(zones))


@step
def known_visits(visits: pd.DataFrame) -> pd.DataFrame:
    """Visits that the statistics tell, each once.

    Parameters
    ----------
    visits : DataFrame
        One row a zone and, where it has years, year: visits in persons.

    Returns
    -------
    DataFrame
        The rows with a number.

    Raises
    ------
    StudyError
        Where a zone stands twice, or two zonings give visits: then they would be counted twice.
    """
    known = visits[visits["visits_persons"].notna()].reset_index(drop=True)
    _require_once(known)
    return known


@step
def visits_by_zone(known_visits: pd.DataFrame, opportunity_sums: AnyYears, zones: pd.DataFrame) -> pd.DataFrame:
    """Visits of every zone, and what of them is spread over its cells.

    Parameters
    ----------
    known_visits : DataFrame
        One row a zone and, where it has years, year: visits in persons.
    opportunity_sums : Series of ZoneSums
        Opportunity by zone and year; the latest year is taken.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        One row a figure; visits = spread + not_spread, in persons.

    Notes
    -----
    Mapped is the year nearest to that of the opportunity, of two the later one.
    """
    known = known_visits
    year, sums = latest(opportunity_sums)
    reasons = np.select(
        [~of_nearest_year(known, year, ["zoning"]), ~(sums.total[numbers_of_zones(known, zones)] > 0)],
        [OTHER_YEAR, NO_OPPORTUNITY],
        default="",
    )
    columns = [*KEY, "zone_name", *(["year"] if "year" in known else []), "visits_persons"]
    return known[columns].assign(
        spread_persons=known["visits_persons"].where(reasons == "", 0.0),
        not_spread_persons=known["visits_persons"].mask(reasons == "", 0.0),
        reason=reasons,
    )


@step
def visit_rates(visits_by_zone: pd.DataFrame, opportunity_sums: AnyYears, zones: pd.DataFrame) -> pd.DataFrame:
    """Visits to a square metre of full opportunity in each zone.

    Parameters
    ----------
    visits_by_zone : DataFrame
        Visits of every zone, and what of them is spread.
    opportunity_sums : Series of ZoneSums
        Opportunity by zone and year; the latest year is taken.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        Columns zoning, zone, rate in persons a m2 a year, of zones whose visits are spread.

    Notes
    -----
    rate = visits / sum(opportunity x area).
    """
    spread_out = visits_by_zone[~visits_by_zone["reason"].isin([OTHER_YEAR, NO_OPPORTUNITY])]
    totals = latest(opportunity_sums)[1].total[numbers_of_zones(spread_out, zones)]
    return spread_out[KEY].assign(rate=rates_of(spread_out["spread_persons"].to_numpy(float), totals))


@step
def recreation_visits(
    recreation_opportunity: AnyYears,
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    zones: pd.DataFrame,
    visit_rates: pd.DataFrame,
) -> NDArray[np.float32]:
    """Visits to each cell: what the statistics of its zone say, spread by opportunity.

    Parameters
    ----------
    recreation_opportunity : Series of float32 ndarray (rows, columns)
        What a place offers, 0 to 1, by year; NaN where there is no data. The latest year is taken.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zones : DataFrame
        The zones.
    visit_rates : DataFrame
        Visits to a square metre of full opportunity in each zone.

    Returns
    -------
    float32 ndarray (rows, columns)
        Persons a year; NaN in zones without a figure that could be spread, and where there is no data.

    Notes
    -----
    cell = sum over its zones of visits x opportunity x area x share / (sum of that over the zone).
    """
    rates = np.full(len(zones), np.nan)
    rates[numbers_of_zones(visit_rates, zones)] = visit_rates["rate"]
    return spread(zone_cover, latest(recreation_opportunity)[1], cell_area, rates).astype(np.float32)


def _require_once(known: pd.DataFrame) -> None:
    """Refuse what would be counted twice."""
    keys = [*KEY, *(["year"] if "year" in known else [])]
    problems = [
        Problem("tables.visits.columns.zone", f"zone {row.zone!r} has several rows for one year", "keep one")
        for row in known[known.duplicated(keys)].drop_duplicates(keys).head(5).itertuples()
    ]
    zonings = known["zoning"].unique()
    if len(zonings) > 1:
        fault = f"visits are given by several zonings ({', '.join(zonings)}) and would be counted twice"
        problems.append(Problem("tables.visits.zoning", fault, "give them by one zoning"))
    if problems:
        raise StudyError(problems)
