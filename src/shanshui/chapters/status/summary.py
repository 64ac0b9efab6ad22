"""Summary: every indicator of the chapter for each kind of zone, side by side (paper 1.1-1.3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from shanshui.base.step import step
from shanshui.chapters.status.groups import (
    ALL,
    BOTH,
    KEY,
    Nesting,
    by_year,
    chosen_years,
    compare_years,
    ecosystem_areas,
    groups_of,
    nearest_pair,
    percent,
)
from shanshui.chapters.status.land import ecological_land_share
from shanshui.chapters.status.vegetation_trends import compared_years
from shanshui.data.legends import ecosystem_scheme

# The ecosystems of the first level whose areas are compared.
ECOSYSTEMS = ("forest", "shrub", "grassland", "wetland", "water", "cropland", "built")
ECOLOGICAL_SHARE = "share of ecological land"
POPULATION = {"total": "total population", "urban": "urban population", "rural": "rural population"}
PER_HEAD = ("gross domestic product per head", "public budget expenditure per head")
_LABELS = ["zoning", "indicator", "unit", "grouping", "group"]
_SHARES = ["share_of_whole_baseline_percent", "share_of_whole_current_percent"]
_COLUMNS = [
    *_LABELS,
    "baseline_year",
    "current_year",
    "baseline",
    "current",
    "change",
    "change_percent",
    *_SHARES,
]


@step
def status_summary(
    zones: pd.DataFrame,
    land_area: pd.DataFrame | None = None,
    vegetation_by_zone: pd.DataFrame | None = None,
    population_summary: pd.DataFrame | None = None,
    economy_summary: pd.DataFrame | None = None,
    *,
    baseline_year: int,
    current_year: int,
    year_tolerance: float,
    urban_near_distance: float,
    urban_far_distance: float,
) -> pd.DataFrame:
    """Land, vegetation, population and economy by group of zones, from the baseline to the current year.

    Parameters
    ----------
    zones : DataFrame
        The zones with their attributes.
    land_area : DataFrame, optional
        Areas by zone, year and class [ha].
    vegetation_by_zone : DataFrame, optional
        Means of vegetation by zone, measure and year, and the area with data [ha].
    population_summary : DataFrame, optional
        Population by group [persons].
    economy_summary : DataFrame, optional
        Economy by group [yuan a person].
    baseline_year, current_year : int
        The two years.
    year_tolerance : float
        How far the years of a table may be from these [years]; for vegetation they may be any.
    urban_near_distance, urban_far_distance : float
        Where the bands of distance to urban agglomerations end [km].

    Returns
    -------
    DataFrame
        One row an indicator, zoning, grouping and group; the years are those of its table that are nearest. Change in
        percent is empty for an indicator that is a percentage itself: its change is in points. Shares of the whole
        are given for amounts.

    Notes
    -----
    Areas and persons of a group are sums; the share of ecological land is the sum of ecological land over the sum of
    land; a mean of vegetation is weighted by the area with data; a value per head is a sum over a sum. Only zones with
    figures in both years count, so that groups sum to the whole (the grouping "all").
    """
    wanted = baseline_year, current_year, year_tolerance
    vegetation = _vegetation(vegetation_by_zone, zones, baseline_year, current_year)
    by_zone = [*_land(land_area, zones, *wanted), *vegetation]
    frames = [_by_group(frame, groups_of(frame, zones, urban_near_distance, urban_far_distance)) for frame in by_zone]
    frames += [*_population(population_summary, *wanted), *_economy(economy_summary, *wanted)]
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    result = pd.concat(frames, ignore_index=True)
    change = result["current"] - result["baseline"]
    relative = percent(change, result["baseline"]).where(result["unit"] != "percent")
    # A zoning's rows stay together, then its indicators in the order of the chapter.
    place = result["zoning"].map({zoning: i for i, zoning in enumerate(dict.fromkeys(zones["zoning"]))})
    result = result.assign(change=change, change_percent=relative, place=place)
    return result.sort_values("place", kind="stable", ignore_index=True)[_COLUMNS]


def _land(
    land_area: pd.DataFrame | None, zones: pd.DataFrame, before: int, after: int, tolerance: float
) -> Iterator[pd.DataFrame]:
    pair = None if land_area is None else nearest_pair(land_area["year"], before, after, tolerance)
    if land_area is None or pair is None:
        return
    nesting = Nesting(zones)
    parts = ecosystem_areas(land_area)
    known = parts[[*KEY, "year"]].drop_duplicates().assign(area_ha=0.0)
    codes = ecosystem_scheme().drop_duplicates("level1").set_index("ecosystem")["level1"]
    for name in ECOSYSTEMS:
        here = parts[parts["level1"] == codes[name]]
        if here.empty:
            continue
        # A zone whose land is known and has no such class has none of it.
        filled = pd.concat([here[known.columns], known]).groupby([*KEY, "year"], sort=False, as_index=False).sum()
        areas = compare_years(by_year(filled, "area_ha", "land_area"), *pair, nesting)
        yield _labelled(areas, f"area of {name}", "ha", pair)
    share = ecological_land_share(land_area)
    land = compare_years(by_year(share, "land_ha", "land_area"), *pair, nesting)
    ecological = by_year(share, "ecological_ha", "land_area").reindex(pd.MultiIndex.from_frame(land[KEY]))
    for end, year in zip(("from", "to"), pair, strict=True):
        land[f"weight_{end}"] = land[f"value_{end}"]
        land[f"value_{end}"] = 100.0 * ecological[year].to_numpy() / land[f"weight_{end}"].where(lambda ha: ha > 0)
    yield _labelled(land, ECOLOGICAL_SHARE, "percent", pair)


def _vegetation(
    vegetation_by_zone: pd.DataFrame | None, zones: pd.DataFrame, before: int, after: int
) -> Iterator[pd.DataFrame]:
    """Compare the years that `vegetation_change` compares: series of satellites begin when they begin."""
    if vegetation_by_zone is None:
        return
    nesting = Nesting(zones)
    for (measure, unit), rows in vegetation_by_zone.groupby(["measure", "unit"], sort=False):
        years = tuple(sorted(set(rows["year"])))
        if len(years) < 2:
            continue
        pair = compared_years(years, before, after)
        means = compare_years(by_year(rows, "mean", "vegetation_by_zone"), *pair, nesting)
        areas = by_year(rows, "area_ha", "vegetation_by_zone").reindex(pd.MultiIndex.from_frame(means[KEY]))
        for end, year in zip(("from", "to"), pair, strict=True):
            means[f"weight_{end}"] = areas[year].to_numpy()
        yield _labelled(means, f"mean {str(measure).replace('_', ' ')}", str(unit), pair)


def _labelled(frame: pd.DataFrame, indicator: str, unit: str, pair: tuple[int, int]) -> pd.DataFrame:
    counted = frame[frame["counted"] == BOTH]
    return counted.assign(indicator=indicator, unit=unit, baseline_year=pair[0], current_year=pair[1])


def _by_group(frame: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Put zones together: sums of amounts, or means where the zones have weights."""
    weighted = "weight_from" in frame
    names = {"from": "baseline", "to": "current"}
    amounts = {}
    for end, name in names.items():
        value = frame[f"value_{end}"]
        amounts[name] = value * frame[f"weight_{end}"] if weighted else value
        amounts[f"{name}_weight"] = frame[f"weight_{end}"].where(value.notna()) if weighted else value
    labels = frame[[*KEY, "indicator", "unit", "baseline_year", "current_year"]]
    rows = labels.assign(**amounts).merge(groups, on=KEY)
    keys = ["order", *_LABELS, "baseline_year", "current_year"]
    made = rows.groupby(keys)[list(amounts)].sum(min_count=1).reset_index()
    whole = made[made["grouping"] == ALL].set_index("zoning")
    for name, share in zip(names.values(), _SHARES, strict=True):
        if weighted:
            made[name] = made[name] / made[f"{name}_weight"].where(lambda weight: weight > 0)
            made[share] = np.nan
        else:
            made[share] = percent(made[name], made["zoning"].map(whole[name]))
    return made


def _population(summary: pd.DataFrame | None, before: int, after: int, tolerance: float) -> Iterator[pd.DataFrame]:
    chosen = chosen_years(summary, before, after, tolerance)
    if chosen is None:
        return
    for kind, indicator in POPULATION.items():
        values = {"baseline": chosen[f"{kind}_from_persons"], "current": chosen[f"{kind}_to_persons"]}
        frame = chosen.assign(indicator=indicator, unit="person", **values).dropna(subset=["baseline", "current"])
        whole = frame[frame["grouping"] == ALL].set_index("zoning")
        for name, share in zip(values, _SHARES, strict=True):
            frame[share] = percent(frame[name], frame["zoning"].map(whole[name]))
        yield frame


def _economy(summary: pd.DataFrame | None, before: int, after: int, tolerance: float) -> Iterator[pd.DataFrame]:
    chosen = chosen_years(summary, before, after, tolerance)
    if chosen is None:
        return
    for indicator in PER_HEAD:
        frame = chosen[chosen["measure"] == indicator]
        values = {"baseline": frame["value_from"], "current": frame["value_to"]}
        yield frame.assign(indicator=indicator, **values, **dict.fromkeys(_SHARES, np.nan))
