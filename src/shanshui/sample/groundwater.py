"""Groundwater: near the surface and salt at the coast and in the hollows behind the range, deep and fresh elsewhere."""

from pathlib import Path

import numpy as np

from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.climate import climate_at
from shanshui.sample.extent import cell_centres
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.small_rasters import SOIL_SIZE, soil_geobox, write_bands
from shanshui.sample.terrain import ground_at

NODATA = 65_535


def groundwater_of(landscape: Landscape) -> dict[str, Field]:
    """Give the groundwater on the grid of the soil.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    dict of str to array (rows, columns)
        ``groundwater_mineralisation`` (g/L) and ``groundwater_depth`` (m); NaN in the sea.
    """
    seed = landscape.seed
    x, y = cell_centres(SOIL_SIZE, (0, 0, SOIL_SIZE, SOIL_SIZE))
    ground = ground_at(x, y, landscape.skeleton, landscape.rivers, seed)
    uneven = fractal_field(x, y, 4_000.0, 3, stream(seed, "groundwater"))
    dry = smooth_step(climate_at(ground, seed).moisture, 0.50, 0.26)
    height = np.where(np.isfinite(ground.above_river), ground.above_river, 40.0)
    # How near a place is to the bottom of its valley; water from the slopes gathers and dries up there.
    low = np.maximum(ground.valley, smooth_step(ground.slope, 7.0, 1.5)) * smooth_step(height, 45.0, 0.0)
    hollow = dry * smooth_step(low + 0.25 * uneven, 0.20, 0.75)
    shore = smooth_step(ground.inland + 900.0 * uneven, 5_500.0, 300.0) * smooth_step(ground.slope, 9.0, 1.0)
    depth = 3.0 + 27.0 * smooth_step(ground.slope, 2.0, 20.0) + 9.0 * dry
    depth = depth * (1.0 - 0.75 * ground.valley) * np.exp(0.35 * uneven)
    depth = depth * (1.0 - 0.92 * hollow) * (1.0 - 0.85 * shore)
    salt = 0.35 + 1.2 * dry + 42.0 * hollow**1.5 * np.exp(0.4 * uneven) + 32.0 * shore**2
    groundwater = {"groundwater_mineralisation": salt, "groundwater_depth": np.maximum(depth, 0.2)}
    return {name: np.where(ground.inland < 0.0, np.nan, values) for name, values in groundwater.items()}


def write_groundwater(landscape: Landscape, folder: Path) -> None:
    """Write the groundwater.

    Parameters
    ----------
    landscape : Landscape
    folder : where a file of each name in `groundwater_of` is written, in tenths, the same for every size of the sample
    """
    for name, values in groundwater_of(landscape).items():
        unit = "m" if name == "groundwater_depth" else "g/L"
        cells = np.where(np.isnan(values), NODATA, np.rint(10.0 * values))
        path, words = folder / f"{name}.tif", name.replace("_", " ") + " x 10"
        write_bands(path, soil_geobox(), cells, dtype="uint16", nodata=NODATA, unit=unit, name=words)
