"""Permanent basic farmland: the better part of the cropland, in blocks where it lies together on gentle ground."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.base_map import BaseMap, around, drawn, parts_of, without
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import Cover
from shanshui.sample.noise import hash_unit, stream

SHARE = 0.78  # of the cropland, that lies on ground gentle and contiguous enough; edges and villages take some
STEEPEST = 15.0  # degrees

_CROPLAND = np.array((Cover.PADDY, Cover.DRY_CROPLAND), np.uint8)
_TOGETHER = 350.0  # m, over which fields count as lying together
_BLOCK = 750.0  # m, side of a block
_LEAST = 1e4  # m2, of a block
_STRAY = 12.0  # m


def farm_blocks(seed: int) -> list[shapely.Polygon]:
    """Give a net of blocks over the whole extent, as tracks between fields make it."""
    ways = stream(seed, "farmland x"), stream(seed, "farmland y")
    count = int(SIDE / _BLOCK)
    lattice = [(column, row) for row in range(count) for column in range(count)]
    jitter = np.array([[0.15 + 0.7 * hash_unit(*cell, way) for way in ways] for cell in lattice])
    places = (np.array(lattice) + jitter) * _BLOCK
    seats = shapely.multipoints(np.column_stack([WEST + places[:, 0], NORTH - places[:, 1]]))
    extent = shapely.box(WEST, NORTH - SIDE, WEST + SIDE, NORTH)
    return parts_of(shapely.voronoi_polygons(seats, extend_to=extent), 0.0)


def build_basic_farmland(
    base: BaseMap, landscape: Landscape, counties: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Choose the permanent basic farmland.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    counties : see `zones.county_table`
    settlements : see `built_land.build_settlements`

    Returns
    -------
    GeoDataFrame
        one row a block, each within one county, none of which overlap: ``code``, ``county`` (its code) and ``area_ha``.
    """
    crop = np.isin(base.second, _CROPLAND)
    gentle = crop & (base.ground.slope < STEEPEST)
    together = around(gentle, _TOGETHER)
    within = crop & base.within
    rank = np.where(gentle, together, 0.0)
    level = float(np.quantile(rank[within], 1.0 - SHARE))
    # Where fields end within a cell or two, their own edge is the line.
    field = np.minimum(around(gentle, 50.0) - 0.5, 2.0 * (together - level))
    field = np.where(around(base.within, 300.0) > 0.001, field, -0.5)
    land = shapely.union_all(drawn(field, base.ground, _LEAST, _STRAY))
    pieces = parts_of(shapely.intersection(land, counties.geometry.to_numpy()), _LEAST)
    net = np.array(farm_blocks(landscape.seed))
    of_net, of_land = shapely.STRtree(pieces).query(net)[:2]
    cut = parts_of(shapely.intersection(net[of_net], np.array(pieces)[of_land]), _LEAST)
    blocks = without(cut, list(settlements.geometry), _LEAST)
    blocks.sort(key=lambda block: (-round(block.bounds[3]), round(block.bounds[0])))
    owner = shapely.STRtree(counties.geometry.to_numpy()).nearest(shapely.point_on_surface(blocks))
    columns = {
        "code": [f"P{k + 1:05d}" for k in range(len(blocks))],
        "county": counties["code"].to_numpy()[owner],
        "area_ha": np.round(shapely.area(blocks) / 1e4, 2),
    }
    return gpd.GeoDataFrame(columns, geometry=blocks, crs=CRS)


def write_basic_farmland(farmland: gpd.GeoDataFrame, folder: Path) -> None:
    """Write ``permanent_basic_farmland.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "permanent_basic_farmland.gpkg", farmland)
