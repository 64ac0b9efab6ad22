"""Volumes of flood water that vegetation, marshes, lakes and reservoirs hold back, zone by zone (paper 2.1, 3.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.base.zones import REGION, ZoneCover
from shanshui.chapters.services.flood import is_marsh
from shanshui.science.zone_sums import ZoneSums, sum_by_zone

ZONE = ["zoning", "zone", "zone_name"]
COMPONENTS = ("vegetation", "marsh", "lake", "reservoir")
TOTAL = "total"
# 1 mm on 1 m2 is 1/1000 m3.
MILLIMETRES_A_METRE = 1000.0
# The equations of lakes give units of 10,000 m3.
LAKE_UNIT = 10_000.0


@step
def vegetation_flood_sums(
    flood_mitigation: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    zones: pd.DataFrame,
) -> ZoneSums:
    """Flood water held back on land other than marsh, summed over the cells of every zone.

    Parameters
    ----------
    flood_mitigation : float32 ndarray (rows, columns)
        Water held back [mm].
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zones : DataFrame
        The zones.

    Returns
    -------
    ZoneSums
        Sums of mm x m2.
    """
    values = np.where(is_marsh(ecosystem), np.float32(np.nan), flood_mitigation)
    return sum_by_zone(zone_cover, values, cell_area, len(zones))


@step
def marsh_flood_sums(
    flood_mitigation: NDArray[np.float32],
    ecosystem: NDArray[np.int32],
    zone_cover: ZoneCover,
    cell_area: NDArray[np.float64],
    zones: pd.DataFrame,
) -> ZoneSums:
    """Flood water that marshes can take up, summed over the cells of every zone.

    Parameters
    ----------
    flood_mitigation : float32 ndarray (rows, columns)
        Water held back [mm].
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    zone_cover : ZoneCover
        Which zones cover the cells.
    cell_area : float64 ndarray (rows, columns)
        Area of the cells [m2].
    zones : DataFrame
        The zones.

    Returns
    -------
    ZoneSums
        Sums of mm x m2.
    """
    values = np.where(is_marsh(ecosystem), flood_mitigation, np.float32(np.nan))
    return sum_by_zone(zone_cover, values, cell_area, len(zones))


@step
def land_flood_storage(
    vegetation_flood_sums: Annotated[Series, AtLeast(0)],
    marsh_flood_sums: Annotated[Series, AtLeast(0)],
    zones: pd.DataFrame,
) -> pd.DataFrame:
    """Flood water that vegetation and marshes hold back in each zone, by year.

    Parameters
    ----------
    vegetation_flood_sums, marsh_flood_sums : Series of ZoneSums
        Sums of mm x m2 by year.
    zones : DataFrame
        The zones.

    Returns
    -------
    DataFrame
        One row a zone, component that the zone has, and year; volume in m3. Without the column year where the study's
        rain has none.

    Notes
    -----
    Sum of mm x m2 / 1000. (HJ 1173-2021 and Baima Zhuoga et al. 2017 misprint one unit each; see `water_conservation`
    and `flood_mitigation`.)
    """
    frames = []
    for component, series in (("vegetation", vegetation_flood_sums), ("marsh", marsh_flood_sums)):
        for year, sums in series.items():
            volume = sums.total / MILLIMETRES_A_METRE
            frame = _zone_columns(zones).assign(component=component, year=year, volume_m3=volume)
            frames.append(frame[frame["volume_m3"].notna()])
    found = pd.concat(frames, ignore_index=True)
    undated = all(year is None for series in (vegetation_flood_sums, marsh_flood_sums) for year in series)
    return found.drop(columns="year") if undated else found.astype({"year": "int64"})


@step
def lake_storage_coefficients() -> pd.DataFrame:
    """Equations of lake storage by lake region, as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a lake region: lake_region, name_zh, intercept, exponent, exchanges, unit, source, status.
    """
    return pd.read_csv(Path(__file__).with_name("lake_storage.csv"))


@step
def lake_storage(lake: pd.DataFrame, lake_storage_coefficients: pd.DataFrame) -> pd.DataFrame:
    """Flood water that each lake can take up, of its area.

    Parameters
    ----------
    lake : DataFrame
        Lakes: zone, area_km2, lake_region (by its English or Chinese name), and perhaps lake, its name.
    lake_storage_coefficients : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    DataFrame
        The lakes, with volume_m3.

    Notes
    -----
    ``V = exp(a) A^b T x 10^4`` m3, A in km2; a, b and the times T that the water is exchanged in a year by lake region.
    Those of the Tibetan plateau are of Baima Zhuoga et al. (2017), ChinaXiv-201711.00120; the source of the others was
    not read.
    """
    table = lake_storage_coefficients
    named = pd.concat([table.assign(lake_region=table["name_zh"]), table]).set_index("lake_region")
    of_lake = named.loc[lake["lake_region"], ["intercept", "exponent", "exchanges"]].reset_index(drop=True)
    area = lake["area_km2"].reset_index(drop=True)
    volume = LAKE_UNIT * np.exp(of_lake["intercept"]) * area ** of_lake["exponent"] * of_lake["exchanges"]
    return lake.reset_index(drop=True).assign(volume_m3=volume)


@step
def reservoir_storage(reservoir: pd.DataFrame, *, reservoir_flood_share: float) -> pd.DataFrame:
    """Flood water that each reservoir can take up, as a share of its capacity.

    Parameters
    ----------
    reservoir : DataFrame
        Reservoirs: zone, capacity_m3, and perhaps reservoir, its name.
    reservoir_flood_share : float
        Share of the capacity.

    Returns
    -------
    DataFrame
        The reservoirs, with volume_m3.
    """
    return reservoir.assign(volume_m3=reservoir_flood_share * reservoir["capacity_m3"])


@step
def flood_storage(
    zones: pd.DataFrame,
    land_flood_storage: pd.DataFrame | None = None,
    lake_storage: pd.DataFrame | None = None,
    reservoir_storage: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Flood water that each zone holds back, by component and in total.

    Parameters
    ----------
    zones : DataFrame
        The zones.
    land_flood_storage : DataFrame, optional
        Of vegetation and marsh, by zone and year.
    lake_storage, reservoir_storage : DataFrame, optional
        Of each lake and reservoir.

    Returns
    -------
    DataFrame
        One row a zone, year and component that the zone has, and their total; volume in m3. Lakes and reservoirs
        count in the zoning that their table is keyed to (the first, where it is several) and in the whole region.
        They have no year of their own: they count in every year of vegetation and marsh, and where these have no year
        or are missing there is no column year.
    """
    land = land_flood_storage
    parts = [] if land is None else [land]
    years = [None] if land is None or "year" not in land else sorted(set(land["year"]))
    for component, waters in (("lake", lake_storage), ("reservoir", reservoir_storage)):
        if waters is None:
            continue
        summed = _waters_by_zone(waters, zones).assign(component=component)
        parts += [summed if year is None else summed.assign(year=year) for year in years]
    if not parts:
        return pd.DataFrame(columns=[*ZONE, "component", "volume_m3"])
    found = pd.concat(parts, ignore_index=True)
    keys = [*ZONE, *(["year"] if "year" in found else [])]
    totals = found.groupby(keys, sort=False, as_index=False)["volume_m3"].sum().assign(component=TOTAL)
    found = pd.concat([found, totals], ignore_index=True)
    places = _zone_columns(zones).reset_index().set_index(["zoning", "zone"])["index"]
    order = {component: number for number, component in enumerate((*COMPONENTS, TOTAL))}
    found["place"] = places.loc[pd.MultiIndex.from_frame(found[["zoning", "zone"]])].to_numpy()
    found["order"] = found["component"].map(order)
    by = ["place", *keys[len(ZONE) :], "order"]
    return found.sort_values(by, kind="stable", ignore_index=True)[[*keys, "component", "volume_m3"]]


def _zone_columns(zones: pd.DataFrame) -> pd.DataFrame:
    return zones[["zoning", "zone"]].assign(zone_name=zones["name"]).reset_index(drop=True)


def _waters_by_zone(waters: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Sum the volumes over the zones of the waters' own zoning and over the region."""
    own = waters[waters["zoning"] == waters["zoning"].iloc[0]]
    copies = [own[["zoning", "zone", "volume_m3"]]]
    region = zones[zones["zoning"] == REGION]
    if own["zoning"].iloc[0] != REGION and len(region):
        whole = {"zoning": REGION, "zone": region["zone"].iloc[0]}
        copies.append(own[["volume_m3"]].assign(**whole))
    summed = pd.concat(copies).groupby(["zoning", "zone"], sort=False, as_index=False)["volume_m3"].sum(min_count=1)
    return summed.merge(_zone_columns(zones), on=["zoning", "zone"])[[*ZONE, "volume_m3"]]
