"""Rain of every year: dry behind the range, wetter there from year to year, and one year of drought."""

from functools import cache
from pathlib import Path

import numpy as np

from shanshui.data.cog import raster_writer
from shanshui.sample.arrays import Field, bump, smooth_step
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.skeleton import distance_inland
from shanshui.sample.small_rasters import fine_geobox, places_of

YEARS = tuple(range(2011, 2021))
MIDDLE = (YEARS[0] + YEARS[-1]) / 2.0
DROUGHT, DROUGHT_ANOMALY = 2015, -0.38
TREND = 0.013  # a year, as a share of the mean, on the dry side of the range

_NODATA = -9999.0


@cache
def region_anomalies(seed: int) -> dict[int, float]:
    """Give how far the region's rain departs from its mean.

    Parameters
    ----------
    seed : of the sample

    Returns
    -------
    dict of int to float
        by year, as a share of the mean: within 0.12 in common years, whose straight line is level, and
        ``DROUGHT_ANOMALY`` in the drought.
    """
    common = np.array([year for year in YEARS if year != DROUGHT])
    drawn = np.array([0.16 * (hash_unit(int(year), 0, stream(seed, "rain of years")) - 0.5) for year in common])
    away = common - common.mean()
    level = drawn - drawn.mean() - away * (away @ drawn) / (away @ away)
    return {**{int(year): float(share) for year, share in zip(common, level, strict=True)}, DROUGHT: DROUGHT_ANOMALY}


def mean_rain(x: Field, y: Field, seed: int) -> Field:
    """Give the mean annual rain.

    Parameters
    ----------
    x, y : arrays (rows, columns), m, anywhere
    seed : of the sample

    Returns
    -------
    array of the same shape
        mm: about 650 at the coast, most on the range, least behind it.
    """
    inland = distance_inland(x, y, seed)
    lee = smooth_step(inland, 20_000.0, 44_000.0)
    uneven = fractal_field(x, y, 18_000.0, 2, stream(seed, "mean rain"))
    return 650.0 + 110.0 * bump(inland, 24_000.0, 9_000.0) - 260.0 * lee + 35.0 * uneven


def rain_anomaly(x: Field, y: Field, year: int, seed: int) -> Field:
    """Give how far the rain of a year departs from the mean of its place.

    Parameters
    ----------
    x, y : arrays (rows, columns), m, anywhere
    year : one of ``YEARS``
    seed : of the sample

    Returns
    -------
    array of the same shape
        a share of `mean_rain`: the region's own departure, a little that differs from place to place, and on the dry
        side of the range a rise of ``TREND`` a year.
    """
    local = 0.035 * fractal_field(x, y, 24_000.0, 2, stream(seed, f"rain of {year}"))
    lee = smooth_step(distance_inland(x, y, seed), 24_000.0, 40_000.0)
    return region_anomalies(seed)[year] + local + TREND * (year - MIDDLE) * lee


def year_rain(x: Field, y: Field, year: int, seed: int) -> Field:
    """Give the rain of a year.

    Parameters
    ----------
    x, y : arrays (rows, columns), m, anywhere
    year : one of ``YEARS``
    seed : of the sample

    Returns
    -------
    array of the same shape
        tenths of a millimetre, whole numbers.
    """
    return np.rint(10.0 * mean_rain(x, y, seed) * (1.0 + rain_anomaly(x, y, year, seed)))


def write_precipitation(folder: Path, seed: int) -> None:
    """Write the rain of every year.

    Parameters
    ----------
    folder : where ``precipitation_YEAR.tif`` are written, mm, the same for every size of the sample
    seed : of the sample
    """
    geobox = fine_geobox()
    x, y = places_of(geobox)
    for year in YEARS:
        tags = {"unit": "mm", "long_name": f"precipitation {year}"}
        path = folder / f"precipitation_{year}.tif"
        with raster_writer(path, geobox, dtype="float32", nodata=_NODATA, tags=tags, overview="average") as target:
            target.write(year_rain(x, y, year, seed) / 10.0, 0, 0)
