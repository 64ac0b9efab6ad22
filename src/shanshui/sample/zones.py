"""The region, its counties and its townships as vector layers."""

from pathlib import Path

import geopandas as gpd
import numpy as np

from shanshui.data.vectors import write_vector
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import hash_unit, stream
from shanshui.sample.zone_functions import county_functions
from shanshui.sample.zone_names import place_names

PROVINCE = "9901"  # no such province: the codes cannot be mistaken for real ones


def _counties(landscape: Landscape, names: list[tuple[str, str]]) -> gpd.GeoDataFrame:
    """Counties with what they are for, and a statutory area that is a little off the true one, as in yearbooks."""
    polygons = landscape.districts.counties()
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


def write_zones(landscape: Landscape, folder: Path) -> None:
    """Write the region, the counties and the townships.

    Parameters
    ----------
    landscape : Landscape
    folder : where ``region.gpkg``, ``counties.gpkg`` and ``townships.gpkg`` are written
    """
    districts = landscape.districts
    count = int(districts.county.max()) + 1
    names = place_names(count + len(districts.townships), landscape.seed)
    counties = _counties(landscape, names[:count])
    title = {"name": ["Sample region"], "name_zh": ["示例区域"]}
    region = gpd.GeoDataFrame(title, geometry=[districts.region()], crs=CRS)
    write_vector(folder / "region.gpkg", region)
    write_vector(folder / "counties.gpkg", counties)
    write_vector(folder / "townships.gpkg", _townships(landscape, counties, names[count:]))
