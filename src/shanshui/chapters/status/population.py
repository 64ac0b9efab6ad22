"""Population: people by zone and group, their change, and how they press on ecological land (paper 1.2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import Series, step
from shanshui.base.zones import OUTSIDE, ZoneCover
from shanshui.chapters.status.groups import (
    ALL,
    BOTH,
    ELSEWHERE,
    KEY,
    ONE_YEAR,
    ZONE,
    Nesting,
    by_year,
    compare_years,
    ecosystem_areas,
    groups_of,
    nearest_year,
    percent,
    year_pairs,
    zone_names,
)
from shanshui.chapters.status.land import ecological_land_share
from shanshui.science.zone_sums import ZoneSums, sum_by_zone

SQUARE_METRES_A_SQUARE_KILOMETRE = 1e6
HECTARES_A_SQUARE_KILOMETRE = 100.0
RESIDENCE = ("total", "urban", "rural")
# Urban and rural persons may miss their total by so much of it: they are rounded, often to 100 persons.
ROUNDING = 0.01
CROPLAND, BUILT = 5, 6
_SUMMARY_COLUMNS = [
    "zones",
    "zones_compared",
    *[
        f"{kind}_{what}"
        for kind in RESIDENCE
        for what in ("from_persons", "to_persons", "change_persons", "change_percent")
    ],
    "share_from_percent",
    "share_to_percent",
    "urban_share_from_percent",
    "urban_share_to_percent",
    "zones_losing",
    "zones_gaining",
    "zones_losing_much",
    "zones_losing_percent",
    "zones_gaining_percent",
    "zones_losing_much_percent",
    "uncompared_from_persons",
    "uncompared_to_persons",
]


@step
def population_sums(
    population_density: NDArray[np.float32], zone_cover: ZoneCover, cell_area: NDArray[np.float64], zones: pd.DataFrame
) -> ZoneSums:
    """Persons by zone, from a map of population density.

    Parameters
    ----------
    population_density : float ndarray (rows, columns)
        Persons a square kilometre; NaN where it is not known.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells on the ellipsoid [m2].
    zones : DataFrame
        The zones.

    Returns
    -------
    ZoneSums
        Density times area [person m2 / km2], by zone.
    """
    return sum_by_zone(zone_cover, population_density, cell_area, len(zones))


@step(gives="population", method="density")
def population_by_density(population_sums: Series, zones: pd.DataFrame) -> pd.DataFrame:
    """Population of every zone and year, from maps of population density.

    Parameters
    ----------
    population_sums : Series of ZoneSums
        Density times area by zone [person m2 / km2], by year.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        Total persons; urban and rural are not known and are NaN. The part of the region outside every zone is a row,
        where it has cells.

    Notes
    -----
    persons = sum over cells of (density x cell's area on the ellipsoid x covered share). Cells without data count
    nothing; a zone without any cell with data has no figure.
    """
    frames = []
    for year, sums in population_sums.items():
        named = zones[KEY].assign(zone_name=zones["name"], year=year)
        named["total_persons"] = sums.total / SQUARE_METRES_A_SQUARE_KILOMETRE
        named["urban_persons"] = named["rural_persons"] = np.nan
        frames.append(named[(named["zone"] != OUTSIDE) | named["total_persons"].notna()])
    return pd.concat(frames, ignore_index=True)


@step
def population_change(population: pd.DataFrame, zones: pd.DataFrame, *, much_loss_percent: float) -> pd.DataFrame:
    """Change of total, urban and rural population by zone between any two years.

    Parameters
    ----------
    population : DataFrame
        Persons by zone and year; urban and rural where they are known.
    zones : DataFrame
        The zones; by their parents it is known which are parts of others.
    much_loss_percent : float
        A zone that loses more than this share of its population loses much [percent].

    Returns
    -------
    DataFrame
        Persons, change in persons and in percent. A zone that has no figure in one of the two years is a row whose
        change is NaN: its people are not lost, they are not known.

    Raises
    ------
    StudyError
        Where a zone has several rows for one year.

    Notes
    -----
    change = to - from; percent = 100 x change / from; share of the whole = 100 x persons / persons of all zones of the
    zoning that have figures in both years and no part that has (``counted`` is "both years"). A missing rural
    population is total - urban, and the other way round; where neither is known both are NaN, and where the two miss
    the total by more than rounding, too: then one of the three is wrong, and it is not known which.
    """
    people = _by_residence(population)
    nesting, names = Nesting(zones), zone_names(population)
    frames = []
    years = [int(year) for year in people["total"].columns]
    # With one year there is no pair: the year beside itself gives the columns, and no row is kept.
    for before, after in year_pairs(years) or [(years[0], years[0])]:
        frame = compare_years(people["total"], before, after, nesting)
        index = pd.MultiIndex.from_frame(frame[KEY])
        made = frame[KEY].assign(zone_name=names.reindex(index).to_numpy(), year_from=before, year_to=after)
        for kind in RESIDENCE:
            one, other = (people[kind][year].reindex(index).to_numpy() for year in (before, after))
            made = _with_change(made.assign(**{f"{kind}_from_persons": one, f"{kind}_to_persons": other}), kind)
        both = frame["counted"] == BOTH
        known = frame[["value_from", "value_to"]].notna().all(axis=1)
        for end in ("from", "to"):
            persons = made[f"total_{end}_persons"]
            whole = persons.where(both).groupby(made["zoning"]).transform("sum")
            made[f"share_{end}_percent"] = percent(persons, whole).where(known)
            made[f"urban_share_{end}_percent"] = percent(made[f"urban_{end}_persons"], persons)
        made["loses"] = made["total_change_persons"] < 0
        made["loses_much"] = made["total_change_percent"] < -much_loss_percent
        frames.append(made.assign(counted=frame["counted"]))
    result = pd.concat(frames, ignore_index=True)
    return result[result["year_from"] < result["year_to"]].reset_index(drop=True)


@step
def population_summary(
    population_change: pd.DataFrame,
    zones: pd.DataFrame,
    *,
    urban_near_distance: float,
    urban_far_distance: float,
) -> pd.DataFrame:
    """Population by function, level, service, belt and nearness to cities, beside the whole of each zoning.

    Parameters
    ----------
    population_change : DataFrame
        Change by zone.
    zones : DataFrame
        The zones with their attributes.
    urban_near_distance, urban_far_distance : float
        Where the bands of distance to urban agglomerations end [km].

    Returns
    -------
    DataFrame
        By zoning, grouping, group and pair of years. Persons, change and shares are of the zones with figures in both
        years; what is known in one year only stands beside them. Shares of zones that lose or gain are in percent of
        the zones with figures in both years.

    Notes
    -----
    Zones without an attribute are the group "not given", so that the groups of a grouping sum to its whole, the
    grouping "all". The part of the region outside every zone counts with its people, not as a zone.
    """
    counted = population_change[population_change["counted"] != ELSEWHERE]
    groups = groups_of(counted, zones, urban_near_distance, urban_far_distance)
    both, zone = counted["counted"] == BOTH, counted["zone"] != OUTSIDE
    change = counted["total_change_persons"]
    numbers = {
        "zones": zone,
        "zones_compared": both & zone,
        "zones_losing": both & zone & (change < 0),
        "zones_gaining": both & zone & (change > 0),
        "zones_losing_much": both & zone & counted["loses_much"],
    }
    columns: dict[str, pd.Series[float]] = {}
    for kind in RESIDENCE:
        ends = counted[[f"{kind}_from_persons", f"{kind}_to_persons"]]
        known = both & ends.notna().all(axis=1)
        columns |= {str(name): ends[name].where(known) for name in ends}
    # Where urban persons are known, so must be the total that they are a share of.
    urban = both & counted["urban_change_persons"].notna()
    for end in ("from", "to"):
        columns[f"total_beside_urban_{end}"] = counted[f"total_{end}_persons"].where(urban)
        columns[f"uncompared_{end}_persons"] = (
            counted[f"total_{end}_persons"].where(counted["counted"] == ONE_YEAR).fillna(0.0)
        )
    keys = ["order", "zoning", "grouping", "group", "year_from", "year_to"]
    rows = counted[[*KEY, "year_from", "year_to"]].assign(**columns, **numbers).merge(groups, on=KEY)
    by_group = rows.groupby(keys)
    frame = by_group[list(columns)].sum(min_count=1).join(by_group[list(numbers)].sum().astype("int64")).reset_index()
    whole = frame[frame["grouping"] == ALL].set_index(["zoning", "year_from", "year_to"])
    of_whole = whole.reindex(pd.MultiIndex.from_frame(frame[["zoning", "year_from", "year_to"]]))
    for kind in RESIDENCE:
        frame = _with_change(frame, kind)
    for end in ("from", "to"):
        total = frame[f"total_{end}_persons"]
        persons = pd.Series(of_whole[f"total_{end}_persons"].to_numpy(), index=frame.index)
        frame[f"share_{end}_percent"] = percent(total, persons)
        beside = frame[f"total_beside_urban_{end}"]
        frame[f"urban_share_{end}_percent"] = percent(frame[f"urban_{end}_persons"], beside)
    for word in ("losing", "gaining", "losing_much"):
        frame[f"zones_{word}_percent"] = percent(frame[f"zones_{word}"], frame["zones_compared"])
    return frame[[*keys[1:], *_SUMMARY_COLUMNS]]


@step
def human_land_tension(population: pd.DataFrame, land_area: pd.DataFrame, *, year_tolerance: float) -> pd.DataFrame:
    """People, cropland and built land on each square kilometre of ecological land, by zone and year.

    Parameters
    ----------
    population : DataFrame
        Persons by zone and year.
    land_area : DataFrame
        Areas by zone, year and class, keyed by ecosystem or by ecosystem type [ha].
    year_tolerance : float
        How far the year of the land may be from that of the population [years].

    Returns
    -------
    DataFrame
        One row a zone, measure and year of the population; change against the first of these years. `land_year` is
        the year of the land. NaN where a zone has no ecological land.

    Notes
    -----
    tension = amount / ecological land [per km2]. Land is that of the nearest year within the tolerance (of two equally
    near the earlier); a year of the population without land that near gives no row. Ecological land as in
    `ecological_land_share`.
    """
    land = ecological_land_share(land_area).merge(_cropland_and_built(land_area), on=[*KEY, "year"], how="left")
    land = land.rename(columns={"year": "land_year"})
    nearest = {year: nearest_year(land["land_year"].unique(), year, year_tolerance) for year in set(population["year"])}
    people = population[[*ZONE, "year", "total_persons"]]
    people = people.assign(land_year=people["year"].map(nearest)).dropna(subset=["land_year"])
    frame = people.astype({"land_year": "int64"}).merge(land.drop(columns="zone_name"), on=[*KEY, "land_year"])
    frame["ecological_km2"] = frame["ecological_ha"] / HECTARES_A_SQUARE_KILOMETRE
    measures = {
        "people": ("person/km2", frame["total_persons"]),
        "cropland": ("ha/km2", frame["cropland_ha"]),
        "built land": ("ha/km2", frame["built_ha"]),
    }
    rows = pd.concat(
        frame[[*ZONE, "year", "land_year", "ecological_km2"]].assign(
            place=place, measure=measure, unit=unit, amount=amount
        )
        for place, (measure, (unit, amount)) in enumerate(measures.items())
    )
    rows["value"] = rows["amount"] / rows["ecological_km2"].where(rows["ecological_km2"] > 0)
    rows["zone_place"] = rows.groupby(KEY, sort=False).ngroup()
    rows = rows.sort_values(["zone_place", "place", "year"], ignore_index=True)
    by_zone = rows.groupby(["zone_place", "place"], sort=False)
    # The first value, be it NaN, carried down.
    first = rows["value"].where(by_zone.cumcount() == 0).groupby([rows["zone_place"], rows["place"]]).transform("first")
    rows["since_year"] = by_zone["year"].transform("first")
    rows["change"] = rows["value"] - first
    rows["change_percent"] = percent(rows["change"], first)
    columns = ["measure", "unit", "year", "land_year", "ecological_km2", "value", "since_year", "change"]
    return rows[[*ZONE, *columns, "change_percent"]]


def _by_residence(population: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give total, urban and rural persons by year; what can be had from the two others is."""
    columns = {kind: f"{kind}_persons" for kind in RESIDENCE}
    whole = population.reindex(columns=list(dict.fromkeys([*population.columns, *columns.values()])))
    total, urban, rural = (whole[column].astype("float64") for column in columns.values())
    # Published tables hold such rows. Which of the three is wrong cannot be told; the total is kept.
    contradict = (urban + rural - total).abs() > ROUNDING * total.abs()
    urban, rural = urban.fillna(total - rural).mask(contradict), rural.fillna(total - urban).mask(contradict)
    whole = whole.assign(total_persons=total, urban_persons=urban, rural_persons=rural)
    return {kind: by_year(whole, column, "population") for kind, column in columns.items()}


def _with_change(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    one, other = frame[f"{kind}_from_persons"], frame[f"{kind}_to_persons"]
    return frame.assign(**{f"{kind}_change_persons": other - one, f"{kind}_change_percent": percent(other - one, one)})


def _cropland_and_built(land_area: pd.DataFrame) -> pd.DataFrame:
    """Give cropland and built land by zone and year; none where a zone's land has no such class."""
    parts = ecosystem_areas(land_area)
    wide = parts[parts["level1"].isin((CROPLAND, BUILT))].pivot_table(
        index=[*KEY, "year"], columns="level1", values="area_ha", aggfunc="sum", fill_value=0.0
    )
    known = pd.MultiIndex.from_frame(parts[[*KEY, "year"]].drop_duplicates())
    wide = wide.reindex(index=known, columns=[CROPLAND, BUILT]).fillna(0.0)
    return wide.set_axis(["cropland_ha", "built_ha"], axis=1).reset_index()
