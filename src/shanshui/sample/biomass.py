"""Dry mass of living plants, worn away where people are near; and the zones of natural vegetation."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shanshui.data.tables import write_table
from shanshui.sample.arrays import Codes, Field, smooth_step
from shanshui.sample.climate import climate_at
from shanshui.sample.landscape import Landscape, Tile, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.small_rasters import SOIL_SIZE, soil_geobox, write_bands

NODATA, ZONE_NODATA = 65_535, 255
PLAIN, RANGE, STEPPE = 1, 2, 3  # zones of natural vegetation

# t/ha of stands that nobody touches; land that is not named has 1.
_UNTOUCHED = np.ones(256)
_UNTOUCHED[[Cover.BROADLEAF, Cover.NEEDLELEAF, Cover.MIXED, Cover.WOODLAND]] = 170.0, 150.0, 190.0, 70.0
_UNTOUCHED[[Cover.SHRUB, Cover.ORCHARD, Cover.PARK, Cover.MARSH]] = 26.0, 40.0, 45.0, 12.0
_UNTOUCHED[[Cover.MEADOW, Cover.STEPPE, Cover.TUSSOCK, Cover.SPARSE_GRASS]] = 8.0, 4.0, 7.0, 2.0
_UNTOUCHED[[Cover.PADDY, Cover.DRY_CROPLAND, Cover.VILLAGE]] = 9.0, 8.0, 10.0
# Share of the ground that undegraded grassland covers in each zone, as plots would tell.
_GRASS_COVER = ((PLAIN, 0.55), (RANGE, 0.57), (STEPPE, 0.42))
_RECOVERY = 0.10  # of a worn forest's loss, that is made good between both years


def zones_at(tile: Tile, seed: int) -> Codes:
    """Give the zone of natural vegetation of each cell: ``PLAIN``, ``RANGE`` or ``STEPPE``; no data in the sea."""
    ground = tile.ground
    bent = 1_500.0 * fractal_field(ground.x, ground.y, 9_000.0, 2, stream(seed, "natural zones"))
    zones = np.where(ground.inland + bent < 13_000.0, PLAIN, RANGE)
    zones = np.where(climate_at(ground, seed).moisture < 0.47, STEPPE, zones)
    return np.where(tile.second == Cover.SEA, ZONE_NODATA, zones).astype(np.uint8)


def biomass_at(landscape: Landscape, tile: Tile, second: bool) -> npt.NDArray[np.uint16]:
    """Give the biomass of one year.

    Parameters
    ----------
    landscape : Landscape
    tile : Tile
    second : whether of the second year

    Returns
    -------
    array (rows, columns), uint16
        whole t/ha; ``NODATA`` on water. Forest is worn towards towns and mines and in patches, and has grown a little
        by the second year; of one kind it differs by some tenths from place to place.
    """
    seed, ground = landscape.seed, tile.ground
    x, y = ground.x, ground.y
    cover = tile.second if second else tile.first
    near = [
        smooth_step(sites.score(x, y), -3.0, 0.0)
        for sites in (landscape.settlements.towns, landscape.settlements.mines)
    ]
    patch = smooth_step(fractal_field(x, y, 5_500.0, 3, stream(seed, "worn forest")), 0.05, 0.75)
    worn = 1.0 - (1.0 - 0.35 * near[0]) * (1.0 - 0.5 * near[1]) * (1.0 - 0.55 * patch)
    forest = LEVEL1[cover] == 1
    loss: Field = np.where(forest, worn * (1.0 - _RECOVERY if second else 1.0), 0.3 * patch)
    site = 1.0 + 0.10 * fractal_field(x, y, 2_000.0, 2, stream(seed, "biomass"))
    stock = _UNTOUCHED[cover] * (1.0 - loss) * site
    # To the nearest 2 t/ha where there is much: finer is noise, and makes the file larger.
    stock = np.where(stock > 20.0, 2.0 * np.rint(stock / 2.0), np.rint(stock))
    return np.where(LEVEL1[cover] == 9, NODATA, stock).astype(np.uint16)


def write_natural_zones(landscape: Landscape, folder: Path) -> None:
    """Write ``natural_zone.tif`` and ``grassland_cover.csv`` to a folder, the same for every size of the sample."""
    write_table(folder / "grassland_cover.csv", pd.DataFrame(_GRASS_COVER, columns=["zone", "cover"]))
    zones = zones_at(tile_of(landscape, SOIL_SIZE, (0, 0, SOIL_SIZE, SOIL_SIZE)), landscape.seed)
    name = "zone of natural vegetation: 1 coastal plain, 2 range, 3 steppe"
    path = folder / "natural_zone.tif"
    write_bands(path, soil_geobox(), zones, dtype="uint8", nodata=ZONE_NODATA, unit="1", name=name)
