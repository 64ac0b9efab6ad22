"""What the sun gives and takes: its radiation in each month, and the evaporation of pans beside the year's rain."""

from pathlib import Path

import numpy as np

from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.rainfall import mean_rain
from shanshui.sample.seasons import wave
from shanshui.sample.small_rasters import fine_geobox, places_of, write_bands
from shanshui.sample.terrain import ground_at

NODATA = 65_535


def sunshine_of(landscape: Landscape) -> tuple[Field, Field]:
    """Give radiation and evaporation on the fine grid.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    tuple of arrays
        Radiation of the sun on the ground (12, rows, columns), MJ/m2 in each month: most in May, before the rains, and
        a little more behind the range, where the sky is clearer. Evaporation of pans over the rain of the year (rows,
        columns): about 2 at the coast, above 4 behind the range.
    """
    seed = landscape.seed
    x, y = places_of(fine_geobox())
    ground = ground_at(x, y, landscape.skeleton, landscape.rivers, seed)
    height = np.maximum(ground.elevation.astype(float), 0.0)
    lee = smooth_step(ground.inland, 12_000.0, 42_000.0)
    cloud = fractal_field(x, y, 16_000.0, 2, stream(seed, "sunshine"))
    radiation = (440.0 + 195.0 * wave(4.7)) * (1.0 + 0.07 * lee + 0.00003 * height + 0.02 * cloud)
    pan = 1_420.0 + 620.0 * lee - 0.25 * height + 40.0 * cloud
    return radiation, pan / mean_rain(x, y, seed)


def write_sunshine(landscape: Landscape, folder: Path) -> None:
    """Write radiation and evaporation.

    Parameters
    ----------
    landscape : Landscape
    folder : where ``monthly_solar_radiation.tif`` (MJ/m2) and ``evaporation_ratio.tif`` (hundredths) are written, means
        of many years, the same for every size of the sample
    """
    radiation, ratio = sunshine_of(landscape)
    files = {
        "monthly_solar_radiation": (radiation, "MJ/m^2", "monthly radiation of the sun"),
        "evaporation_ratio": (100.0 * ratio, "1", "evaporation of pans over precipitation x 100"),
    }
    for file, (values, unit, name) in files.items():
        cells, path = np.rint(values), folder / f"{file}.tif"
        write_bands(path, fine_geobox(), cells, dtype="uint16", nodata=NODATA, unit=unit, name=name)
