"""Spreading amounts of zones over their cells: what `zone_sums` sums up, backwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.science.zone_sums import AREA_UNITS


def rates_of(amounts: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say how much of the amount of a zone goes to one unit of value times weight.

    Parameters
    ----------
    amounts : float64 ndarray (zones,)
        What each zone has to spread; NaN where that is not known.
    totals : float64 ndarray (zones,)
        Sum of value times weight over its cells, as `ZoneSums.total` gives it.

    Returns
    -------
    float64 ndarray (zones,)
        NaN where there is no amount, or nothing to spread it over.

    Examples
    --------
    >>> rates_of(np.array([6.0, 6.0, np.nan]), np.array([4.0, 0.0, 4.0])).tolist()
    [1.5, nan, nan]
    """
    return np.asarray(amounts / np.where(totals > 0, totals, np.nan), np.float64)


def spread(
    cover: ZoneCover,
    values: NDArray[np.floating],
    weights: NDArray[np.float64],
    rates: NDArray[np.float64],
    units: int = AREA_UNITS,
) -> NDArray[np.float64]:
    """Give each cell its part of the amounts of the zones that lie on it.

    Parameters
    ----------
    cover : ZoneCover
        Which zones cover the cells.
    values : float ndarray (rows, columns)
        How much a unit of weight draws; NaN where that is not known.
    weights : float64 ndarray (rows, columns)
        The area of the cell [m2].
    rates : float64 ndarray (zones,)
        From `rates_of`, with the sums of the same values and weights; NaN for zones that have no amount.
    units : int
        In how many parts a weight of 1 is counted, as in `sum_by_zone`.

    Returns
    -------
    float64 ndarray (rows, columns)
        NaN where no zone with an amount lies on the cell, or its value is not known.

    Notes
    -----
    cell = sum over zones of rate x value x weight x share. Weights are rounded as `sum_by_zone` rounds them, so that
    the cells of a zone, each by its share, sum to its amount but for the last digits of a float64.
    """
    out = np.full(values.shape, np.nan)
    if len(cover.members):
        of_members = rates[cover.members]
        known = np.isfinite(of_members)
        of_combination = np.where(known.any(axis=1), np.where(known, of_members, 0.0).sum(axis=1), np.nan)
        _spread_inside(cover.signature, values, weights, units, of_combination, out)
    flat = values.ravel(), weights.ravel()
    _spread_border(cover.border_cell, cover.border_zone, cover.border_share, *flat, units, rates, out.ravel())
    return out


def latest(series: Series) -> tuple[int | None, Any]:
    """Give the latest year of a quantity, None where it has no years, and what it is then.

    Examples
    --------
    >>> latest(Series({2020: "b", 2000: "a"})), latest(Series({None: "a"}))
    ((2020, 'b'), (None, 'a'))
    """
    return list(series.items())[-1]


def numbers_of_zones(rows: pd.DataFrame, zones: pd.DataFrame) -> NDArray[np.int64]:
    """Give the number of the zone of each row.

    Parameters
    ----------
    rows : DataFrame
        Columns zoning and zone.
    zones : DataFrame
        The zones, in the order of their numbers.

    Returns
    -------
    int64 ndarray (rows,)
    """
    index: Any = pd.MultiIndex.from_frame(zones[["zoning", "zone"]])
    return np.asarray(index.get_indexer(pd.MultiIndex.from_frame(rows[["zoning", "zone"]])), np.int64)


def of_nearest_year(rows: pd.DataFrame, wanted: int | None, groups: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which rows of statistics are of the year that is put on the map.

    Parameters
    ----------
    rows : DataFrame
        Perhaps with the column year.
    wanted : int or None
        The year of the map's other data; None where they have none.
    groups : sequence of str
        The columns by which series of years are told apart.

    Returns
    -------
    bool ndarray (rows,)
        Of each series the year nearest to the one wanted, of two the later one; its latest where none is wanted.

    Examples
    --------
    >>> rows = pd.DataFrame({"zoning": "county", "year": [2018, 2019, 2021]})
    >>> of_nearest_year(rows, 2020, ["zoning"]).tolist(), of_nearest_year(rows, 2018, ["zoning"]).tolist()
    ([False, False, True], [True, False, False])
    """
    if "year" not in rows:
        return np.ones(len(rows), bool)
    # The latest of all is the nearest to any year beyond it.
    target = rows["year"].max() if wanted is None else wanted
    # A quarter of a year more or less decides only between two that are as near.
    distance = (rows["year"] - target).abs() - np.where(rows["year"] > target, 0.25, 0.0)
    nearest = distance.groupby([rows[column] for column in groups], sort=False).transform("min")
    return np.asarray(distance == nearest, bool)


@numba.njit(cache=True, nogil=True)
def _spread_inside(signature, values, weights, units, rates, out):  # type: ignore[no-untyped-def]
    rows, columns = signature.shape
    for i in range(rows):
        for j in range(columns):
            if signature[i, j] >= 0:
                out[i, j] = values[i, j] * np.rint(weights[i, j] * units) / units * rates[signature[i, j]]


@numba.njit(cache=True, nogil=True)
def _spread_border(cell, zone, share, values, weights, units, rates, out):  # type: ignore[no-untyped-def]
    for n in range(cell.size):
        place = cell[n]
        part = values[place] * np.rint(weights[place] * share[n] * units) / units * rates[zone[n]]
        if part == part:
            out[place] = part if out[place] != out[place] else out[place] + part
