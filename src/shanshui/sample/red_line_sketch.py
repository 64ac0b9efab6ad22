"""What an older red line was drawn after: the land cover of the first year, each place for what it stood out for."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from shanshui.sample.arrays import Codes, Field, Mask, smooth_step
from shanshui.sample.base_map import CELLS, WHOLE, BaseMap, around, standing_out
from shanshui.sample.coastal_habitats import DUNE, habitat_at
from shanshui.sample.coastal_habitats import NODATA as NO_HABITAT
from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.rock import LIMESTONE, rock_of
from shanshui.sample.small_rasters import SOIL_SIZE

# Codes of two digits (LXBM): function 11 to 15, sensitivity 21 to 25; what each is called.
TYPES: dict[int, tuple[str, str]] = {
    11: ("water conservation", "水源涵养"),
    12: ("biodiversity maintenance", "生物多样性维护"),
    13: ("soil retention", "水土保持"),
    14: ("sand fixation", "防风固沙"),
    22: ("land desertification", "土地沙化"),
    23: ("rocky desertification", "石漠化"),
    24: ("salinisation", "盐渍化"),
    25: ("coastal erosion", "海岸侵蚀"),
}
# The share of the region's land, or of its sea, that stood out for each.
_LAND = {11: 0.13, 12: 0.05, 13: 0.10, 14: 0.05, 22: 0.03, 23: 0.015, 24: 0.006}
_SEA = {12: 0.22, 25: 0.12}
LEFT_OUT = 0.14  # of the land that stood out, which the line left out all the same

_FOUNDED_SINCE = "Karst reserve"  # the line is older than it
_EDGE = 0.07  # how far noise moves the edge of what stands out


@dataclass(frozen=True)
class Sketch:
    """What stood out; arrays are (types, rows, columns) on the cells of the base map, above 0 inside."""

    land: Field
    """in the order of `land_types`, with what was left out"""
    sea: Field
    """in the order of `sea_types`"""
    left_out: Mask
    """(rows, columns): what stood out on land and was left out"""

    @property
    def line(self) -> Mask:
        """The cells within the line on land."""
        inside: Mask = (self.land.max(axis=0) > 0.0) & ~self.left_out
        return inside


def land_types() -> tuple[int, ...]:
    """Give the types on land."""
    return tuple(_LAND)


def sea_types() -> tuple[int, ...]:
    """Give the types at sea."""
    return tuple(_SEA)


def _is(cover: Codes, *kinds: Cover) -> Mask:
    where: Mask = np.isin(cover, np.array(kinds, np.uint8))
    return where


def _karst(landscape: Landscape) -> Field:
    """Where limestone lies, on the cells of the base map."""
    nearest = (np.arange(CELLS) * SOIL_SIZE) // CELLS
    limestone = rock_of(landscape).lithology == LIMESTONE
    return limestone[nearest[:, None], nearest[None]].astype(float)


def _worth(base: BaseMap, landscape: Landscape, cores: npt.NDArray[np.bool_]) -> dict[int, Field]:
    """What every place of the land was worth for each type."""
    ground, cover = base.ground, base.first
    level1 = LEVEL1[cover]
    natural = around((level1 != 5) & (level1 != 6), 250.0) ** 2
    high = smooth_step(around(ground.elevation, 400.0), 80.0, 650.0)
    steep = around(smooth_step(ground.slope, 10.0, 28.0), 450.0)
    forest = around(level1 == 1, 600.0)
    along = np.exp(0.7 * fractal_field(ground.x, ground.y, 15_000.0, 2, stream(landscape.seed, "older red line")))
    wet = around(_is(cover, Cover.MARSH, Cover.TIDAL_FLAT, Cover.LAKE), 350.0)
    return {
        11: forest * (0.3 + high) * along * natural,
        12: (wet + 1.2 * around(cores & (level1 != 5), 200.0)) * natural,
        13: steep * (0.4 + forest) / along * natural,
        14: around(_is(cover, Cover.STEPPE, Cover.SPARSE_GRASS), 700.0) * natural,
        22: around(_is(cover, Cover.SAND), 450.0) * natural,
        23: around(_karst(landscape), 400.0) * smooth_step(ground.slope, 4.0, 16.0) * natural,
        24: around(_is(cover, Cover.SALINE), 250.0) * natural,
    }


def sketch_red_line(base: BaseMap, landscape: Landscape, reserves: gpd.GeoDataFrame) -> Sketch:
    """Tell what the line was drawn after.

    Parameters
    ----------
    base : BaseMap
    landscape : Landscape
    reserves : see `reserves.build_reserves`; the line takes in the core of those that were there

    Returns
    -------
    Sketch
        valleys and ridges in it are those of the landscape.
    """
    ground, seed = base.ground, landscape.seed
    known = reserves[(reserves["part"] == "core") & (reserves["name"] != _FOUNDED_SINCE)]
    cores = number_cells([shapely.union_all(known.geometry.to_numpy())], CELLS, WHOLE) == 0
    land = base.within & (base.first != Cover.SEA)
    edge = _EDGE * fractal_field(ground.x, ground.y, 1_300.0, 3, stream(seed, "edge of the older red line"))
    worth = _worth(base, landscape, cores)
    scores = np.array([standing_out(worth[kind], land, share) + edge for kind, share in _LAND.items()])

    # Whole valleys were left out, but no reserve.
    best = scores.max(axis=0)
    inside = land & (best > 0.0)
    gap = fractal_field(ground.x, ground.y, 7_000.0, 2, stream(seed, "left out of the older red line"))
    gap = np.where(cores, -1.0, gap)
    left_out = inside & (gap > np.quantile(gap[inside], 1.0 - LEFT_OUT))

    habitat = habitat_at(ground, base.second, seed)
    at_sea = base.within & (base.first == Cover.SEA)
    sand = around(habitat == DUNE, 900.0)
    life = around((habitat != NO_HABITAT) & (habitat != DUNE), 500.0)
    if at_sea.any():
        shore = smooth_step(ground.inland, -2_500.0, 0.0)
        sea = np.array([standing_out(kind, at_sea, _SEA[type_]) for type_, kind in ((12, life), (25, sand * shore))])
    else:
        sea = np.full((len(_SEA), *land.shape), -1.0)
    return Sketch(scores, sea, left_out)
