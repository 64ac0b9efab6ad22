"""The landscape of a seed: everything that does not depend on the size, built once, and any window of cells from it."""

from dataclasses import dataclass

from shanshui.sample.arrays import Codes
from shanshui.sample.conversions import Patches, convert, plant
from shanshui.sample.districts import Districts, build_districts, number_cells
from shanshui.sample.extent import Window, cell_centres
from shanshui.sample.land_cover import land_cover_at
from shanshui.sample.rivers import Rivers, build_rivers
from shanshui.sample.settlements import Settlements, place_settlements
from shanshui.sample.skeleton import NODES, Skeleton, build_skeleton
from shanshui.sample.terrain import Ground, ground_at
from shanshui.sample.trends import Trends, plant_trends

EVERYWHERE: Window = (0, 0, NODES, NODES)  # the whole extent at the skeleton's fineness


@dataclass(frozen=True)
class Landscape:
    """What a seed makes of the extent."""

    seed: int
    skeleton: Skeleton
    rivers: Rivers
    districts: Districts
    settlements: Settlements
    patches: Patches
    trends: Trends


@dataclass(frozen=True)
class Tile:
    """A window of cells as it is in truth, before any error of a map."""

    ground: Ground
    first: Codes
    """land cover of the first year"""
    second: Codes
    """land cover of the second year"""


def build_landscape(seed: int) -> Landscape:
    """Build the landscape of a seed.

    Parameters
    ----------
    seed : any integer

    Returns
    -------
    Landscape
        the same for every size of the sample. What must be chosen (sites of towns, patches of change) is chosen on the
        skeleton's own grid.
    """
    skeleton = build_skeleton(seed)
    rivers = build_rivers(skeleton)
    districts = build_districts(seed)
    x, y = cell_centres(NODES, EVERYWHERE)
    ground = ground_at(x, y, skeleton, rivers, seed)
    township = number_cells(districts.townships, NODES, EVERYWHERE)
    settlements = place_settlements(ground, township, districts, seed)
    cover = land_cover_at(ground, settlements, seed)
    patches = plant(ground, cover, township >= 0, settlements, seed)
    trends = plant_trends(settlements, patches, seed)
    return Landscape(seed, skeleton, rivers, districts, settlements, patches, trends)


def tile_of(landscape: Landscape, size: int, window: Window) -> Tile:
    """Compute a window of cells.

    Parameters
    ----------
    landscape : Landscape
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    Tile
        each cell by itself: the same whatever the window it is asked for in.
    """
    x, y = cell_centres(size, window)
    ground = ground_at(x, y, landscape.skeleton, landscape.rivers, landscape.seed)
    first = land_cover_at(ground, landscape.settlements, landscape.seed)
    return Tile(ground, first, convert(ground, first, landscape.patches, landscape.seed))
