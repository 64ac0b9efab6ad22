"""Nature reserves: on the highest forest, in the largest wetland, in the steppe and on the karst."""

import geopandas as gpd
import numpy as np
from scipy.ndimage import uniform_filter

from shanshui.sample.arrays import Field
from shanshui.sample.contours import area_above_zero
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import CRS
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.legend import LEVEL1, Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.rock import LIMESTONE, rock_of
from shanshui.sample.small_rasters import SOIL_SIZE

# Name, level, radius in m; how open the outer part and the core are to threats, 1 wholly.
_RESERVES = (
    ("Mountain forest reserve", "national", 5_000.0),
    ("Coastal wetland reserve", "national", 4_200.0),
    ("Steppe reserve", "provincial", 3_400.0),
    ("Karst reserve", "provincial", 2_800.0),
)
_OUTER, _CORE = 0.8, 0.4
_CORE_SHARE = 0.5  # of the radius
_INNER = 3_500.0  # m from the region's border, within which no reserve has its middle
_SQUARE = 13  # cells a side, over which land is looked at to find the middle


def build_reserves(landscape: Landscape) -> gpd.GeoDataFrame:
    """Lay out the nature reserves.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        polygons, two a reserve, of which the core lies within the whole: ``name``, ``level``, ``part`` and ``access``,
        how open it is to threats.
    """
    window = (0, 0, SOIL_SIZE, SOIL_SIZE)
    tile, seed = tile_of(landscape, SOIL_SIZE, window), landscape.seed
    cover, x, y = tile.second, tile.ground.x, tile.ground.y
    inner = number_cells([landscape.districts.region().buffer(-_INNER)], SOIL_SIZE, window) == 0
    wet = np.isin(cover, np.array((Cover.MARSH, Cover.TIDAL_FLAT, Cover.LAKE), np.uint8))
    dry = np.isin(cover, np.array((Cover.STEPPE, Cover.SAND), np.uint8))
    kinds: tuple[Field, ...] = (
        np.where(LEVEL1[cover] == 1, tile.ground.elevation, 0.0),
        wet.astype(float),
        dry.astype(float),
        (rock_of(landscape).lithology == LIMESTONE).astype(float),
    )
    taken = np.zeros(cover.shape, np.bool_)
    rows = []
    for number, ((name, level, radius), kind) in enumerate(zip(_RESERVES, kinds, strict=True)):
        worth = np.where(inner & ~taken, uniform_filter(kind, _SQUARE), -1.0)
        middle = np.unravel_index(np.argmax(worth), worth.shape)
        away = np.hypot(x - x[middle], y - y[middle])
        bent = 0.45 * fractal_field(x, y, 2.0 * radius, 3, stream(seed, f"reserve {number}"))
        for part, share, access in (("outer", 1.0, _OUTER), ("core", _CORE_SHARE, _CORE)):
            shape = area_above_zero(share + share * bent - away / radius, x[0], y[:, 0])
            rows.append((name, level, part, access, max(shape.geoms, key=lambda polygon: polygon.area)))
        taken |= away < 2.5 * radius
    columns = ("name", "level", "part", "access", "geometry")
    frame = gpd.GeoDataFrame([dict(zip(columns, row, strict=True)) for row in rows], crs=CRS)
    return frame.set_geometry(frame.geometry.simplify(20.0))
