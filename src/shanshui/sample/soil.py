"""Soil as a national map has it: sandy behind the range, clay on the plains, thin and dark in the mountains."""

from pathlib import Path

import numpy as np

from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.climate import climate_at
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.legend import Cover
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.small_rasters import SOIL_SIZE, soil_geobox, write_bands

BYTE_NODATA, CARBON_NODATA = 255, -9999

# Not mapped: water and towns.
_UNMAPPED = np.array((Cover.SEA, Cover.LAKE, Cover.RIVER, Cover.RESERVOIR, Cover.TOWN), np.uint8)

# Organic carbon of the topsoil by land cover, g/kg.
_CARBON = np.full(256, 6.0)
_CARBON[[Cover.BROADLEAF, Cover.NEEDLELEAF, Cover.MIXED]] = 24.0, 21.0, 26.0
_CARBON[[Cover.MEADOW, Cover.MARSH, Cover.SHRUB, Cover.WOODLAND]] = 36.0, 30.0, 16.0, 17.0
_CARBON[[Cover.PADDY, Cover.DRY_CROPLAND, Cover.ORCHARD, Cover.TUSSOCK]] = 14.0, 9.5, 10.5, 13.0
_CARBON[[Cover.STEPPE, Cover.SPARSE_GRASS, Cover.SAND]] = 10.0, 4.5, 1.4


def soil_of(landscape: Landscape) -> dict[str, Field]:
    """Give the soil on its own grid.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    dict of str to array (rows, columns)
        ``sand_content``, ``silt_content``, ``clay_content`` (percent, sum to 100), ``organic_carbon`` (g/kg),
        ``calcium_carbonate`` (percent), ``soil_depth`` (cm) and ``available_water_capacity`` (percent); NaN in water
        and towns.
    """
    seed, tile = landscape.seed, tile_of(landscape, SOIL_SIZE, (0, 0, SOIL_SIZE, SOIL_SIZE))
    ground, cover = tile.ground, tile.second
    grain = fractal_field(ground.x, ground.y, 2_500.0, 4, stream(seed, "soil grain"))
    parent = fractal_field(ground.x, ground.y, 11_000.0, 3, stream(seed, "parent rock"))
    dry = smooth_step(climate_at(ground, seed).moisture + 0.04 * grain, 0.48, 0.20)
    drift = (cover == Cover.SAND).astype(float)
    steep = smooth_step(ground.slope, 4.0, 30.0)
    shore = smooth_step(ground.inland, 6_000.0, 500.0)

    clay = 25.0 + 5.0 * ground.valley + 6.0 * shore - 6.0 * steep - 14.0 * dry + 4.0 * parent + 2.5 * grain
    clay = np.clip(clay, 3.0, 55.0) * (1.0 - 0.55 * drift)
    # What is not clay is sand or silt.
    share = 0.44 - 0.16 * shore - 0.08 * ground.valley + 0.12 * steep + 0.34 * dry + 0.07 * parent + 0.05 * grain
    share = np.clip(share + 0.16 * drift, 0.12, 0.96)
    sand = (100.0 - clay) * share
    silt = (100.0 - clay) * (1.0 - share)
    carbon = _CARBON[cover] * np.exp(0.3 * grain + 0.1 * parent) * (1.0 + 0.0002 * np.maximum(ground.elevation, 0.0))
    saline = (cover == Cover.SALINE) | (cover == Cover.TIDAL_FLAT)
    lime = 0.8 + 9.0 * dry * (1.0 - 0.4 * drift) + 4.0 * saline + 1.5 * np.maximum(parent + grain, 0.0)
    depth = 150.0 - 105.0 * steep - 40.0 * smooth_step(ground.elevation, 400.0, 1_500.0) - 20.0 * drift
    depth = np.where(cover == Cover.ROCK, 8.0, np.clip(depth + 18.0 * grain + 25.0 * ground.valley, 15.0, 200.0))
    water = 5.0 + 0.16 * silt + 0.06 * clay + 0.06 * carbon - 0.03 * sand
    soil = {
        "sand_content": sand,
        "silt_content": silt,
        "clay_content": clay,
        "organic_carbon": carbon,
        "calcium_carbonate": lime,
        "soil_depth": depth,
        "available_water_capacity": np.clip(water, 3.0, 25.0),
    }
    unmapped = np.isin(cover, _UNMAPPED)
    return {name: np.where(unmapped, np.nan, values) for name, values in soil.items()}


def write_soil(landscape: Landscape, folder: Path) -> None:
    """Write the soil.

    Parameters
    ----------
    landscape : Landscape
    folder : where a file of each name in `soil_of` is written, the same for every size of the sample, whole percent,
        tenths of g/kg and whole cm. Every part is rounded by itself, so sand, silt and clay sum to 99, 100 or 101.
    """
    for name, values in soil_of(landscape).items():
        carbon = name == "organic_carbon"
        dtype, nodata = ("int16", CARBON_NODATA) if carbon else ("uint8", BYTE_NODATA)
        unit = "g/kg" if carbon else "cm" if name == "soil_depth" else "percent"
        cells = np.rint(10.0 * values if carbon else values)
        cells = np.where(np.isnan(cells), nodata, cells)
        path, words = folder / f"{name}.tif", name.replace("_", " ") + (" x 10" if carbon else "")
        write_bands(path, soil_geobox(), cells, dtype=dtype, nodata=nodata, unit=unit, name=words)
