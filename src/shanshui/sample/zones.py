"""The region, its counties, its townships and its urban agglomerations as vector layers."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.zone_functions import county_functions
from shanshui.sample.zone_names import place_names

PROVINCE = "9901"  # no such province: the codes cannot be mistaken for real ones
AGGLOMERATION = 5_000.0  # m from the middle of a city, within which a township belongs to its agglomeration


def county_table(landscape: Landscape) -> gpd.GeoDataFrame:
    """Give the counties of today.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        one row a county: code, names, what it is for, and a statutory area that is a little off the true one, as in
        yearbooks.
    """
    polygons = landscape.districts.counties()
    names = place_names(len(polygons), landscape.seed)
    functions = county_functions(landscape, len(polygons))
    city = functions["function"] == "urbanisation"
    off = stream(landscape.seed, "statutory area")
    statutory = [p.area / 1e6 * (1.0 + 0.03 * (hash_unit(k, 0, off) - 0.5)) for k, p in enumerate(polygons)]
    functions.insert(0, "code", [f"{PROVINCE}{k + 1:02d}" for k in range(len(polygons))])
    kinds = [("City", "市") if is_city else ("County", "县") for is_city in city]
    functions.insert(1, "name", [f"{name} {kind}" for (name, _), (kind, _) in zip(names, kinds, strict=True)])
    functions.insert(2, "name_zh", [name + kind for (_, name), (_, kind) in zip(names, kinds, strict=True)])
    functions["area_km2"] = np.round(statutory)
    return gpd.GeoDataFrame(functions, geometry=polygons, crs=CRS)


def _townships(landscape: Landscape, counties: gpd.GeoDataFrame, names: list[tuple[str, str]]) -> gpd.GeoDataFrame:
    """Townships, numbered within their county and with its function."""
    parents = landscape.districts.county
    within = [int(np.count_nonzero(parents[:k] == parent)) + 1 for k, parent in enumerate(parents)]
    town = [n == 1 or n % 3 == 0 for n in within]
    columns = {
        "code": [f"{counties['code'][parent]}{n:03d}" for parent, n in zip(parents, within, strict=True)],
        "name": [f"{name} {'Town' if t else 'Township'}" for (name, _), t in zip(names, town, strict=True)],
        "name_zh": [name + ("镇" if t else "乡") for (_, name), t in zip(names, town, strict=True)],
        "county": [counties["code"][parent] for parent in parents],
        "function": [counties["function"][parent] for parent in parents],
    }
    frame = gpd.GeoDataFrame(columns, geometry=landscape.districts.townships, crs=CRS)
    return frame.sort_values("code", ignore_index=True)


def _agglomerations(landscape: Landscape, counties: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The townships around the seat of each city; one that is near to two belongs to the nearer."""
    districts, towns = landscape.districts, landscape.settlements.towns
    cities = np.flatnonzero(counties["function"] == "urbanisation")
    # The towns stand in the order of their townships, and a county's largest is its seat.
    members = [np.flatnonzero(districts.county == city) for city in cities]
    seats = [own[np.argmax(towns.radius[own])] for own in members]
    centres = shapely.points(WEST + towns.x[seats], NORTH - towns.y[seats])
    townships = np.array(districts.townships, dtype=object)
    away = shapely.distance(shapely.centroid(townships)[:, None], centres[None])
    away[seats, range(len(seats))] = 0.0
    nearest = np.where(away.min(axis=1) < AGGLOMERATION, away.argmin(axis=1), -1)
    frame = counties.iloc[cities]
    columns = {
        "key": [f"U{k + 1}" for k in range(len(cities))],
        "name": [name.replace(" City", " agglomeration") for name in frame["name"]],
        "name_zh": [name.removesuffix("市") + "城市群" for name in frame["name_zh"]],
    }
    polygons = [shapely.coverage_union_all(townships[nearest == k]) for k in range(len(cities))]
    return gpd.GeoDataFrame(columns, geometry=polygons, crs=CRS)


def write_zones(landscape: Landscape, counties: gpd.GeoDataFrame, folder: Path) -> None:
    """Write the region, the counties, the townships and the urban agglomerations.

    Parameters
    ----------
    landscape : Landscape
    counties : see `county_table`
    folder : where ``region.gpkg``, ``counties.gpkg``, ``townships.gpkg`` and ``urban_agglomerations.gpkg`` are written
    """
    districts = landscape.districts
    names = place_names(len(counties) + len(districts.townships), landscape.seed)[len(counties) :]
    title = {"name": ["Sample region"], "name_zh": ["示例区域"]}
    region = gpd.GeoDataFrame(title, geometry=[districts.region()], crs=CRS)
    write_vector(folder / "region.gpkg", region)
    write_vector(folder / "counties.gpkg", counties)
    write_vector(folder / "townships.gpkg", _townships(landscape, counties, names))
    write_vector(folder / "urban_agglomerations.gpkg", _agglomerations(landscape, counties))
