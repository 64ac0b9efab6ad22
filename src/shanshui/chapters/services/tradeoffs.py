"""Trade-offs and synergies between services, zone by zone: which go together, and which zones are alike (paper 2.1)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from shanshui.base.step import step
from shanshui.base.units import conversion
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.chapters.services.provisioning import KINDS, OTHER_UNIT
from shanshui.science.bundles import bundles, silhouettes, standardised
from shanshui.science.rank_correlation import rank_correlation

KEY = ["zoning", "zone"]
ZONE = [*KEY, "zone_name"]
VALUES, CHANGE = "values", "change"
SYNERGY, TRADE_OFF, NONE = "synergy", "trade-off", "none"
FEW_ZONES, ALIKE, NO_YEAR = "too few zones", "the same everywhere", "no year in common"
CORRELATION = [
    "zoning", "service_a", "service_b", "compared", "from_year", "to_year",
    "zones", "rank_correlation", "p", "relation",
]  # fmt: skip
# The column of a service without years, before all years.
UNDATED = -1
# A bundle is named by so many of the services that stand highest in it.
NAMED = 2


@step
def service_values(
    zones: pd.DataFrame,
    water_conservation_by_zone: pd.DataFrame | None = None,
    soil_retention_by_zone: pd.DataFrame | None = None,
    sand_fixation_by_zone: pd.DataFrame | None = None,
    flood_mitigation_by_zone: pd.DataFrame | None = None,
    habitat_quality_by_zone: pd.DataFrame | None = None,
    species_richness_by_zone: pd.DataFrame | None = None,
    carbon_stock_by_zone: pd.DataFrame | None = None,
    carbon_sequestration_by_zone: pd.DataFrame | None = None,
    climate_regulation_by_zone: pd.DataFrame | None = None,
    recreation_opportunity_by_zone: pd.DataFrame | None = None,
    net_primary_productivity_by_zone: pd.DataFrame | None = None,
    provisioning_by_zone: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every service of every zone on an equal area, in one table.

    Parameters
    ----------
    zones : DataFrame
        The zones.
    water_conservation_by_zone, soil_retention_by_zone, sand_fixation_by_zone, flood_mitigation_by_zone : DataFrame, \
optional
        Means over each zone, by year where the service has years.
    habitat_quality_by_zone, species_richness_by_zone, carbon_stock_by_zone, carbon_sequestration_by_zone, \
climate_regulation_by_zone, recreation_opportunity_by_zone : DataFrame, optional
        The same of these.
    net_primary_productivity_by_zone : DataFrame, optional
        The same of NPP.
    provisioning_by_zone : DataFrame, optional
        Yields of each zone by product.

    Returns
    -------
    DataFrame
        One row a zone, service and year: zoning, zone, zone_name, service, year (NaN where the service has none) and
        value: the mean over the zone, or of products the amount of a kind on a hectare of the zone.

    Notes
    -----
    Of a kind of product those zones and years are taken that have a figure of every product of the kind.
    """
    tables = {
        "water_conservation": water_conservation_by_zone,
        "soil_retention": soil_retention_by_zone,
        "sand_fixation": sand_fixation_by_zone,
        "flood_mitigation": flood_mitigation_by_zone,
        "habitat_quality": habitat_quality_by_zone,
        "species_richness": species_richness_by_zone,
        "carbon_stock": carbon_stock_by_zone,
        "carbon_sequestration": carbon_sequestration_by_zone,
        "climate_regulation": climate_regulation_by_zone,
        "recreation_opportunity": recreation_opportunity_by_zone,
        "net_primary_productivity": net_primary_productivity_by_zone,
    }
    frames = [_means(service, table) for service, table in tables.items() if table is not None]
    if provisioning_by_zone is not None:
        frames.append(_products(provisioning_by_zone, zones))
    found = pd.concat(frames, ignore_index=True)
    return found[(found["zone"] != OUTSIDE) & (found["zoning"] != REGION)].reset_index(drop=True)


@step
def service_correlation(
    service_values: pd.DataFrame,
    *,
    least_zones_compared: float,
    least_rank_correlation: float,
    correlation_significance: float,
) -> pd.DataFrame:
    """Rank correlation of every two services over the zones of each zoning.

    Parameters
    ----------
    service_values : DataFrame
        Services by zone and year.
    least_zones_compared : float
        With fewer zones nothing is said [1].
    least_rank_correlation : float
        From where on two services are said to go together or against each other [1].
    correlation_significance : float
        Greatest probability of chance at which it is said [1].

    Returns
    -------
    DataFrame
        One row a zoning, pair of services and what is compared: the values of the latest year that both have, and the
        change from the first to the latest of these years.

    Notes
    -----
    Spearman's rho; synergy where rho >= the least and p <= the significance, trade-off where rho <= minus the least
    likewise. Zones are no independent draws, and many pairs are tried: p is a measure of size beside the number of
    zones and proves nothing. A correlation over zones need not hold within them.
    """
    limits = least_zones_compared, least_rank_correlation, correlation_significance
    rows = []
    for zoning, of_zoning in service_values.groupby("zoning", sort=False):
        wide = {
            str(service): frame.pivot_table(index="zone", columns=frame["year"].fillna(UNDATED), values="value")
            for service, frame in of_zoning.groupby("service", sort=False)
        }
        for one, other in combinations(wide, 2):
            for *what, first, second in _compared(wide[one], wide[other]):
                found = _told(first, second, *limits) if first is not None else (0, np.nan, np.nan, NO_YEAR)
                rows.append((zoning, one, other, *what, *found))
    return pd.DataFrame(rows, columns=CORRELATION)


@step
def service_bundles(
    service_values: pd.DataFrame, *, least_zones_compared: float, most_service_bundles: float
) -> pd.DataFrame:
    """Zones that are alike in their services.

    Parameters
    ----------
    service_values : DataFrame
        Services by zone and year; the latest year of each is taken.
    least_zones_compared : float
        A zoning with fewer zones is left out [1].
    most_service_bundles : float
        The greatest number of bundles that is tried [1].

    Returns
    -------
    DataFrame
        One row a zone and service: bundle (1 is the largest), its name, silhouette of the zone, standardised value,
        share of the service in the zone's services.

    Notes
    -----
    standardised = (value - mean) / standard deviation over the zones; bundles by k-means of these, as many as give the
    greatest mean silhouette. A bundle's name is the services that stand highest in it, above the mean of all zones.
    share = level / sum of the levels of the zone, level 0 at the lowest zone of the zoning and 1 at the highest.
    Services that are the same everywhere, or known in less than half of the zones, are left out, and then zones that
    lack one of the others.
    """
    frames = []
    for zoning, of_zoning in service_values.groupby("zoning", sort=False):
        last = of_zoning.groupby("service", sort=False)["year"].transform("max")
        latest = of_zoning[of_zoning["year"].isna() | (of_zoning["year"] == last)]
        # Zones and services in the order of their names: nothing depends on how the table has them.
        wide = latest.pivot_table(index="zone", columns="service", values="value")
        wide = wide.loc[:, 2 * wide.notna().sum() >= len(wide)].dropna()
        wide = wide.loc[:, wide.max() > wide.min()]
        if len(wide) < least_zones_compared or wide.shape[1] < 2:
            continue
        names = of_zoning.drop_duplicates("zone").set_index("zone")["zone_name"]
        found = _bundled(wide, int(most_service_bundles)).assign(zoning=zoning, zone_name=names)
        frames.append(found.loc[[zone for zone in names.index if zone in wide.index]])
    columns = [*ZONE, "bundle", "bundle_name", "silhouette", "service", "standardised", "share_percent"]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames).reset_index(names="zone")[columns]


def _means(service: str, table: pd.DataFrame) -> pd.DataFrame:
    """Take the means of one service by zone."""
    years = table["year"].astype(float) if "year" in table else np.nan
    return table[ZONE].assign(service=service, year=years, value=table["mean"])


def _products(table: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Add up the products of each kind on a hectare of each zone."""
    rows = table[table["reason"] != OTHER_UNIT]
    factors = [conversion(unit, KINDS[kind]).scale for unit, kind in zip(rows["unit"], rows["kind"], strict=True)]
    years = rows["year"].astype(float) if "year" in rows else pd.Series(np.nan, rows.index)
    rows = rows.assign(year=years, amount=rows["amount"] * np.array(factors, float))
    groups = rows.groupby([*ZONE, "kind", "year"], sort=False, dropna=False)
    sums = groups["amount"].sum().reset_index()
    # A zone that lacks the figure of one product would stand too low beside the others.
    sums["products"] = groups["product"].nunique().to_numpy()
    sums = sums[sums["products"] == sums.groupby(["zoning", "kind"])["products"].transform("max")]
    area: Any = zones.set_index(KEY)["area_ha"]
    hectares = area.reindex(pd.MultiIndex.from_frame(sums[KEY])).to_numpy(float)
    value: Any = sums["amount"] / np.where(hectares > 0, hectares, np.nan)
    return sums[[*ZONE, "year"]].assign(service=sums["kind"] + "_provision", value=value).dropna(subset="value")


def _compared(one: pd.DataFrame, other: pd.DataFrame) -> list[tuple[str, str, str, Any, Any]]:
    """Give what of two services is put side by side, from and to which year: zones by year."""
    known = [sorted(int(year) for year in frame.columns) for frame in (one, other)]
    ends = known[0][-1], known[1][-1]
    if min(ends) == UNDATED:
        last = str(max(ends)) if max(ends) > UNDATED else ""
        return [(VALUES, "", last, one[ends[0]], other[ends[1]])]
    years = sorted(set(known[0]) & set(known[1]))
    if not years:
        return [(VALUES, "", "", None, None)]
    before, after = years[0], years[-1]
    pairs: list[tuple[str, str, str, Any, Any]] = [(VALUES, "", str(after), one[after], other[after])]
    if before < after:
        pairs.append((CHANGE, str(before), str(after), one[after] - one[before], other[after] - other[before]))
    return pairs


def _told(one: Any, other: Any, fewest: float, least: float, chance: float) -> tuple[int, float, float, str]:
    """Correlate two services, and say what that means."""
    both = pd.concat([one, other], axis=1, join="inner").to_numpy(float)
    found = rank_correlation(both[:, 0], both[:, 1])
    if found.places < fewest:
        return found.places, np.nan, np.nan, FEW_ZONES
    rho, p = found.coefficient, found.probability
    if np.isnan(rho):
        return found.places, rho, p, ALIKE
    sure = abs(rho) >= least and p <= chance
    return found.places, rho, p, NONE if not sure else SYNERGY if rho > 0 else TRADE_OFF


def _bundled(wide: pd.DataFrame, most: int) -> pd.DataFrame:
    """Bundle the zones of one zoning; one row a zone and service."""
    scaled = standardised(wide.to_numpy(float))
    bundle = bundles(scaled, most)
    alike = silhouettes(scaled, bundle)
    names = {
        number: _name(scaled[bundle == number].mean(axis=0), [str(service) for service in wide])
        for number in np.unique(bundle)
    }
    level = (wide - wide.min()) / (wide.max() - wide.min())
    share = 100.0 * level.div(level.sum(axis=1).where(lambda total: total > 0), axis=0)
    frames = [
        pd.DataFrame(
            {
                "bundle": bundle,
                "bundle_name": [names[number] for number in bundle],
                "silhouette": alike,
                "service": service,
                "standardised": scaled[:, place],
                "share_percent": share[service],
            },
            index=wide.index,
        )
        for place, service in enumerate(wide)
    ]
    return pd.concat(frames)


def _name(means: np.ndarray, services: list[str]) -> str:
    """Name a bundle by the services that stand highest in it; by nothing high where none is above the mean."""
    highest = [services[place] for place in np.argsort(-means, kind="stable")[:NAMED] if means[place] > 0]
    return ", ".join(highest) or "low in all"
