"""Plantations of production forest: orchards, and stands of timber of which some lie within the red line of today."""

import geopandas as gpd
import numpy as np
import shapely

from shanshui.sample.base_map import BaseMap, around, drawn, without
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import Cover
from shanshui.sample.noise import fractal_field, stream

# How many stands of timber lie within the red line and outside it, at most.
_STANDS = {True: 6, False: 8}
_STAND, _BY_ROAD = 6e4, 1_800.0  # m2; m from a road, beyond which no timber is grown
_GENTLE = 24.0  # degrees, of a slope from which timber can be taken


def build_commercial_forest(
    base: BaseMap, landscape: Landscape, roads: gpd.GeoDataFrame, line: gpd.GeoDataFrame, things: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Choose the plantations of production forest.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    roads : see `roads.build_roads`
    line : today's red line, see `red_line_today.RedLine`
    things : see `red_line_conflicts.gather`

    Returns
    -------
    GeoDataFrame
        polygons that do not overlap: ``stand`` (its code), ``kind`` (orchard or timber) and ``area_ha``. Orchards are
        those that are told as plantations in the red line's conflicts; stands of timber are forest on the map, some
        of them within the line.
    """
    ground = base.ground
    wood = np.isin(base.second, np.array((Cover.NEEDLELEAF, Cover.BROADLEAF, Cover.MIXED), np.uint8)) & base.within
    patch = fractal_field(ground.x, ground.y, 1_700.0, 2, stream(landscape.seed, "timber"))
    field = np.minimum(around(wood & (ground.slope < _GENTLE), 60.0) - 0.5, patch - 0.42)
    stands = np.array(without(drawn(field, ground, _STAND, 15.0), list(things.geometry), _STAND))
    near = shapely.STRtree(roads.geometry.to_numpy()).query(stands, predicate="dwithin", distance=_BY_ROAD)[0]
    stands = stands[np.unique(near)]
    held = shapely.STRtree(line.geometry.to_numpy()).query(shapely.point_on_surface(stands), predicate="within")[0]
    inside = np.isin(np.arange(len(stands)), held)
    order = np.argsort(-shapely.area(stands), kind="stable")
    timber = np.concatenate([order[inside[order] == within][:count] for within, count in _STANDS.items()])
    orchards = things[things["kind"] == "plantation"]
    codes = [*orchards["thing"], *(f"T{k + 1:03d}" for k in range(len(timber)))]
    shapes = [*orchards.geometry, *stands[timber]]
    columns = {
        "stand": codes,
        "kind": ["orchard"] * len(orchards) + ["timber"] * len(timber),
        "area_ha": np.round(shapely.area(shapes) / 1e4, 2),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
