"""Prefectures: counties that lie together, three or so to each."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.extent import CRS
from shanshui.sample.zone_names import place_names

PREFECTURES = 3

_FIRST_NAME = 150  # where in the list of names theirs begin


def group_counties(counties: gpd.GeoDataFrame) -> np.ndarray:
    """Group counties into prefectures.

    Parameters
    ----------
    counties : see `zones.county_table`

    Returns
    -------
    array (counties) of int
        number of the prefecture of each, from north-west to south-east; each is one piece of land.
    """
    shapes = counties.geometry.to_numpy()
    border = shapely.length(shapely.intersection(shapes[:, None], shapes[None]))
    np.fill_diagonal(border, 0.0)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    away = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    first = [0]
    while len(first) < PREFECTURES:
        first.append(int(np.argmax(away[first].min(axis=0))))
    group = np.full(len(shapes), -1)
    group[sorted(first)] = range(PREFECTURES)
    while (group < 0).any():
        # The smallest that has a free neighbour takes the one with which it has the longest border.
        common = np.array([np.where(group < 0, border[group == k].sum(axis=0), 0.0) for k in range(PREFECTURES)])
        area = np.array([shapely.area(shapes[group == k]).sum() for k in range(PREFECTURES)])
        grows = int(np.argmin(np.where(common.max(axis=1) > 0.0, area, np.inf)))
        group[int(np.argmax(common[grows]))] = grows
    return group


def build_prefectures(counties: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Unite counties to prefectures.

    Parameters
    ----------
    counties : see `zones.county_table`
    seed : of the sample

    Returns
    -------
    GeoDataFrame
        polygons: ``key``, ``name``, ``name_zh`` and ``counties``, their codes.
    """
    group, shapes = group_counties(counties), counties.geometry.to_numpy()
    names = place_names(_FIRST_NAME + PREFECTURES, seed)[_FIRST_NAME:]
    columns = {
        "key": [f"Z{k + 1}" for k in range(PREFECTURES)],
        "name": [f"{name} Prefecture" for name, _ in names],
        "name_zh": [f"{name}地区" for _, name in names],
        "counties": [" ".join(counties["code"][group == k]) for k in range(PREFECTURES)],
    }
    united = [shapely.coverage_union_all(shapes[group == k]) for k in range(PREFECTURES)]
    return gpd.GeoDataFrame(columns, geometry=united, crs=CRS)


def write_prefectures(counties: gpd.GeoDataFrame, seed: int, folder: Path) -> None:
    """Write ``prefectures.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "prefectures.gpkg", build_prefectures(counties, seed))
