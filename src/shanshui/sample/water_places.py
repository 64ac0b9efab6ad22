"""Where water comes from and stays: head waters of rivers, important wetlands, reservoirs."""

import geopandas as gpd
import numpy as np
import shapely

from shanshui.sample.base_map import BaseMap, around, drawn, parts_of
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import Cover
from shanshui.sample.rivers import CHANNEL, END_BED, END_X, END_Y, RIVER, START_BED, START_X, START_Y
from shanshui.sample.skeleton import MARGIN, SPACING
from shanshui.sample.zone_names import place_names

SOURCE = 10.0  # km2 drained, from which a stream has a name

_HIGH = 120.0  # m, above which the streams of the hills are head waters
_LONG = 2_500.0  # m, of the shortest head water
_RIVERS, _WETLANDS = 24, 14  # at most
_WETLAND, _RESERVOIR = 1.2e5, 1.5e5  # m2, of the smallest
_BLUR, _STRAY = 50.0, 12.0  # m
_RIVER_NAMES, _WETLAND_NAMES = 100, 130  # where in the list of names theirs begin


def build_source_rivers(landscape: Landscape) -> gpd.GeoDataFrame:
    """Give the head waters: the named streams of the hills above where they become rivers.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        lines in the region, from source to mouth, the longest first: ``river`` (its code), ``name``, ``name_zh`` and
        ``length_km``.
    """
    skeleton, segments = landscape.skeleton, landscape.rivers.segments
    # Segments stand in the order of the nodes they begin at.
    drained = skeleton.drained[(skeleton.drained >= CHANNEL) & ~skeleton.sea.ravel()]
    named = (drained >= SOURCE) & (drained < RIVER)
    named &= 0.5 * (segments[:, START_BED] + segments[:, END_BED]) > _HIGH
    ends = segments[named][:, [START_X, START_Y, END_X, END_Y]].reshape(-1, 2) - MARGIN * SPACING
    ends = np.column_stack([WEST + ends[:, 0], NORTH - ends[:, 1]]).reshape(-1, 2, 2)
    streams = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends)), directed=True)
    whole = shapely.get_parts(streams)
    inside = shapely.get_parts(shapely.intersection(whole[shapely.length(whole) > _LONG], landscape.districts.region()))
    lines = sorted(inside[shapely.length(inside) > _LONG], key=lambda line: -line.length)[:_RIVERS]
    names = place_names(_RIVER_NAMES + _RIVERS, landscape.seed)[_RIVER_NAMES:]
    columns = {
        "river": [f"R{k + 1:02d}" for k in range(len(lines))],
        "name": [f"{name} Stream" for name, _ in names[: len(lines)]],
        "name_zh": [f"{name}溪" for _, name in names[: len(lines)]],
        "length_km": [round(line.length / 1_000.0, 2) for line in lines],
    }
    return gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)


def build_wetlands(base: BaseMap, landscape: Landscape) -> gpd.GeoDataFrame:
    """Give the important wetlands: the greatest marshes, flats and lagoons.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        polygons that do not overlap, the greatest first: ``wetland`` (its code), ``name``, ``name_zh``, ``level``
        (national the greatest three, the others provincial) and ``area_ha``.
    """
    wet = np.isin(base.second, np.array((Cover.MARSH, Cover.TIDAL_FLAT, Cover.LAKE), np.uint8)) & base.within
    shapes = drawn(around(wet, _BLUR) - 0.5, base.ground, _WETLAND, _STRAY)
    shapes = parts_of(shapely.intersection(shapes, landscape.districts.region()), _WETLAND)
    shapes = sorted(shapes, key=lambda shape: -shape.area)[:_WETLANDS]
    names = place_names(_WETLAND_NAMES + _WETLANDS, landscape.seed)[_WETLAND_NAMES:]
    columns = {
        "wetland": [f"W{k + 1:02d}" for k in range(len(shapes))],
        "name": [f"{name} Wetland" for name, _ in names[: len(shapes)]],
        "name_zh": [f"{name}湿地" for _, name in names[: len(shapes)]],
        "level": ["national" if k < 3 else "provincial" for k in range(len(shapes))],
        "area_ha": [round(shape.area / 1e4, 2) for shape in shapes],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def build_reservoirs(base: BaseMap, counties: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the reservoirs as the land cover has them, ponds apart.

    Parameters
    ----------
    base : BaseMap
    counties : see `zones.county_table`

    Returns
    -------
    GeoDataFrame
        polygons that do not overlap, the greatest first: ``reservoir`` (its code), ``county`` (the code of the one
        that has most of it) and ``area_ha``.
    """
    water = (base.second == Cover.RESERVOIR) & base.ground.reservoir & base.within
    shapes = drawn(around(water, _BLUR) - 0.5, base.ground, _RESERVOIR, _STRAY)
    shapes = sorted(shapes, key=lambda shape: -shape.area)
    borders = counties.geometry.to_numpy()
    share = shapely.area(shapely.intersection(np.array(shapes)[:, None], borders[None]))
    columns = {
        "reservoir": [f"V{k + 1:02d}" for k in range(len(shapes))],
        "county": counties["code"].to_numpy()[share.argmax(axis=1)],
        "area_ha": [round(shape.area / 1e4, 2) for shape in shapes],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
