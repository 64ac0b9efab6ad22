"""Vegetation by zone: means, changes, trends and their ranking (paper 1.1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import Series, step
from shanshui.base.zones import OUTSIDE, ZoneCover
from shanshui.chapters.status.vegetation_trends import FALL, KINDS, MEASURES, RISE, TRENDS, compared_years
from shanshui.science.mann_kendall import mann_kendall_z, two_sided_p
from shanshui.science.tally import Tally, tally_classes
from shanshui.science.theil_sen import theil_sen_slope
from shanshui.science.zone_sums import ZoneSums, sum_by_zone
from shanshui.science.zone_tables import means_by_zone

ZONE = ["zoning", "zone", "zone_name"]
# A zone's mean falls when its trend is significant at this level, two-sided.
SIGNIFICANT = 0.05


@step(gives="{of}_zone_sums", of=tuple(MEASURES))
def zone_sums(
    of: NDArray[np.float32], zone_cover: ZoneCover, cell_area: NDArray[np.float64], zones: pd.DataFrame
) -> ZoneSums:
    """Sums over the cells of every zone, weighted by their area.

    Parameters
    ----------
    of : float32 ndarray (rows, columns)
        The quantity in one year; NaN where there is no data.
    zone_cover : ZoneCover
        Which zones cover the cells, and by which share on their borders.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells on the ellipsoid [m2].
    zones : DataFrame
        The zones.

    Returns
    -------
    ZoneSums
        Exact: no order of adding changes them.
    """
    return sum_by_zone(zone_cover, of, cell_area, len(zones))


@step(gives="{of}_by_zone", of=tuple(MEASURES))
def by_zone(of_zone_sums: Series, zones: pd.DataFrame, *, of_name: str) -> pd.DataFrame:
    """Mean over each zone, by year.

    Parameters
    ----------
    of_zone_sums : Series of ZoneSums
        Sums by year.
    zones : DataFrame
        The zones.
    of_name : str
        The quantity.

    Returns
    -------
    DataFrame
        One row a zone and year in which the zone has data; area in hectares.

    Notes
    -----
    mean = sum(value x area) / sum(area) over the cells that have a value, border cells by their share.
    """
    return means_by_zone(of_zone_sums, zones, of_name)


@step(gives="{of}_trend_tally", of=TRENDS)
def trend_tally(of_trend: NDArray[np.int32], zone_cover: ZoneCover, cell_area: NDArray[np.float64]) -> Tally:
    """Area by zone and kind of trend.

    Parameters
    ----------
    of_trend : int32 ndarray (rows, columns)
        Kind of trend, 1 to 5; -1 where there is none.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].

    Returns
    -------
    Tally
        Class 0 is "no trend told".
    """
    kinds = np.maximum(of_trend, 0)
    return tally_classes(zone_cover, cell_area, kinds, kinds, len(KINDS) + 1)


@step
def vegetation_by_zone(
    ndvi_by_zone: pd.DataFrame | None = None,
    vegetation_cover_by_zone: pd.DataFrame | None = None,
    net_primary_productivity_by_zone: pd.DataFrame | None = None,
    gross_primary_productivity_by_zone: pd.DataFrame | None = None,
    rain_use_efficiency_by_zone: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every measure of vegetation that the study has, by zone and year, in one table.

    Parameters
    ----------
    ndvi_by_zone, vegetation_cover_by_zone, net_primary_productivity_by_zone, gross_primary_productivity_by_zone, \
rain_use_efficiency_by_zone : DataFrame, optional
        Means over zones by year.

    Returns
    -------
    DataFrame
        Their rows one after another, with the unit of the means.
    """
    given = (
        ndvi_by_zone,
        vegetation_cover_by_zone,
        net_primary_productivity_by_zone,
        gross_primary_productivity_by_zone,
        rain_use_efficiency_by_zone,
    )
    frames = [frame for frame in given if frame is not None]
    columns = [*ZONE, "measure", "unit", "year", "mean", "area_ha"]
    if not frames:
        return pd.DataFrame(columns=columns)
    found = pd.concat(frames, ignore_index=True)
    return found.assign(unit=found["measure"].map(MEASURES))[columns]


@step
def vegetation_change(vegetation_by_zone: pd.DataFrame, *, period_start: int, period_end: int) -> pd.DataFrame:
    """Change of each measure of vegetation in each zone over the study's period.

    Parameters
    ----------
    vegetation_by_zone : DataFrame
        Means by zone and year.
    period_start, period_end : int
        Baseline and current year of the study; where a measure has no such year, its first or last within, and its
        first and last of all where fewer than two lie within.

    Returns
    -------
    DataFrame
        One row a zone and measure; change in the measure's unit and in percent of the earlier mean.
    """
    labels = [*ZONE, "measure", "unit"]
    frames = []
    for _, rows in vegetation_by_zone.groupby("measure", sort=False):
        years = tuple(sorted(set(rows["year"])))
        if len(years) < 2:
            continue
        first, last = compared_years(years, period_start, period_end)
        means = {year: rows[rows["year"] == year].set_index(labels)["mean"] for year in (first, last)}
        frame = pd.DataFrame({"mean_from": means[first], "mean_to": means[last]})
        # In the order of the zones: pandas sorts what it has to align.
        frame = frame.reindex(rows.set_index(labels).index.unique())
        frames.append(frame.reset_index().assign(year_from=first, year_to=last))
    columns = [*labels, "year_from", "year_to", "mean_from", "mean_to"]
    found = pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns, dtype="float64")
    difference = found["mean_to"] - found["mean_from"]
    base = found["mean_from"].where(found["mean_from"] > 0)
    return found.assign(change=difference, change_percent=100.0 * difference / base)


@step
def vegetation_trend(
    vegetation_by_zone: pd.DataFrame,
    zones: pd.DataFrame,
    ndvi_trend_tally: Tally | None = None,
    vegetation_cover_trend_tally: Tally | None = None,
    net_primary_productivity_trend_tally: Tally | None = None,
    gross_primary_productivity_trend_tally: Tally | None = None,
    rain_use_efficiency_trend_tally: Tally | None = None,
    residual_trend_tally: Tally | None = None,
    *,
    smallest_trend_years: float,
) -> pd.DataFrame:
    """Trend of each measure of vegetation in each zone, and the zones' ranking.

    Parameters
    ----------
    vegetation_by_zone : DataFrame
        Means by zone and year.
    zones : DataFrame
        The zones.
    ndvi_trend_tally, vegetation_cover_trend_tally, net_primary_productivity_trend_tally, \
gross_primary_productivity_trend_tally, rain_use_efficiency_trend_tally, residual_trend_tally : Tally, optional
        Area by zone and kind of trend.
    smallest_trend_years : float
        Years that a zone needs.

    Returns
    -------
    DataFrame
        One row a zone and measure with years enough. Of the residual only the shares of area are told: it has no
        yearly mean.

    Notes
    -----
    Slope and statistic of the zone's yearly means as for cells (Theil and Sen; Mann and Kendall); a zone falls where
    the two-sided probability is below 5 % and the slope negative. Shares are of the area whose trend is known.
    """
    tallies = {
        "ndvi": ndvi_trend_tally,
        "vegetation_cover": vegetation_cover_trend_tally,
        "net_primary_productivity": net_primary_productivity_trend_tally,
        "gross_primary_productivity": gross_primary_productivity_trend_tally,
        "rain_use_efficiency": rain_use_efficiency_trend_tally,
        "residual": residual_trend_tally,
    }
    units = MEASURES | {"residual": "percent"}
    frames = []
    for measure, tally in tallies.items():
        shares = _shares(tally, zones)
        rows = vegetation_by_zone[vegetation_by_zone["measure"] == measure]
        told = _zone_trends(rows, int(smallest_trend_years)) if len(rows) else shares[[]].reset_index()
        if tally is None and not len(told):
            continue
        frame = shares.join(told.set_index(["zoning", "zone"]), how="left").reset_index()
        frame = frame[frame[["rising_percent", *[c for c in ("zone_slope",) if c in frame]]].notna().any(axis=1)]
        frames.append(frame.assign(measure=measure, unit=f"{units[measure]}/year"))
    columns = [*ZONE, "measure", "unit", "years", "zone_slope", "slope_percent", "zone_z", "zone_p", "falling"]
    columns += ["rising_percent", "falling_percent", "rank"]
    if not frames:
        return pd.DataFrame(columns=columns)
    found = pd.concat(frames, ignore_index=True)
    found["falling"] = (found["zone_p"] < SIGNIFICANT) & (found["zone_slope"] < 0)
    ranked = found["slope_percent"].where(found["zone"] != OUTSIDE)
    found["rank"] = ranked.groupby([found["measure"], found["zoning"]]).rank(ascending=False, method="min")
    return found.reindex(columns=columns)


def _zone_trends(rows: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Give slope and statistic of each zone's yearly means."""
    means = rows.pivot_table(index=["zoning", "zone"], columns="year", values="mean", sort=False)
    means = means.sort_index(axis=1)
    stack = means.to_numpy(np.float32).T[:, None, :].copy()
    slope = theil_sen_slope(stack, means.columns.to_numpy(np.float64), minimum)[0].astype(np.float64)
    z = mann_kendall_z(stack, minimum)[0].astype(np.float64)
    told = np.isfinite(z)
    p = np.where(told, two_sided_p(np.where(told, z, 0.0)), np.nan)
    mean = means.mean(axis=1).to_numpy()
    return pd.DataFrame(
        {
            "years": means.notna().sum(axis=1).to_numpy(),
            "zone_slope": slope,
            "slope_percent": 100.0 * slope / np.where(mean > 0, mean, np.nan),
            "zone_z": z,
            "zone_p": p,
        },
        index=means.index,
    ).reset_index()


def _shares(tally: Tally | None, zones: pd.DataFrame) -> pd.DataFrame:
    """Give, for every zone, the share of the area with a known trend that rises and that falls significantly."""
    labels = zones[["zoning", "zone"]].assign(zone_name=zones["name"]).set_index(["zoning", "zone"])
    if tally is None:
        return labels.assign(rising_percent=np.nan, falling_percent=np.nan)
    area = np.zeros((len(zones), len(KINDS) + 1))
    np.add.at(area, (tally.zone, tally.before), tally.hectares)
    known = area[:, 1:].sum(axis=1)
    known = np.where(known > 0, known, np.nan)
    return labels.assign(rising_percent=100.0 * area[:, RISE] / known, falling_percent=100.0 * area[:, FALL] / known)
