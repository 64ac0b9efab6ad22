"""Wind of every day: stronger on the range, and gusty in spring on the open steppe behind it."""

from calendar import monthrange
from pathlib import Path

import numpy as np

from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import fractal_field, hash_unit, stream
from shanshui.sample.rain_days import DAY_YEARS
from shanshui.sample.rainfall import YEARS
from shanshui.sample.seasons import wave
from shanshui.sample.small_rasters import COARSE, cell_means, coarse_geobox, places_of, write_bands
from shanshui.sample.terrain import ground_at

NODATA = 65535

_SPRING = 3.3  # the month of the strongest wind, 0 is January
_LASTING = 0.5  # how much of a day's wind, as the logarithm of its departure, comes from the day before
_STRONGEST = 24.0  # m/s


def usual_wind(landscape: Landscape) -> tuple[Field, Field]:
    """Give the usual wind of each month on the coarse grid, and how gusty it is.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    tuple of arrays (12, rows, columns)
        m/s at 10 m above the ground; and the standard deviation of the logarithm of a day's wind.
    """
    x, y = places_of(coarse_geobox(), COARSE)
    ground = ground_at(x, y, landscape.skeleton, landscape.rivers, landscape.seed)
    height = cell_means(np.maximum(ground.elevation.astype(float), 0.0), COARSE)
    lee = cell_means(smooth_step(ground.inland, 22_000.0, 42_000.0), COARSE)
    sea = cell_means(smooth_step(ground.inland, 4_000.0, -2_000.0), COARSE)
    spring = wave(_SPRING)
    mean = 2.7 + 0.7 * sea + 0.8 * lee + 1.1 * smooth_step(height, 300.0, 1_300.0)
    return mean * (1.0 + (0.16 + 0.18 * lee) * spring), 0.34 + 0.05 * lee + (0.03 + 0.05 * lee) * spring


def _weather(year: int, seed: int) -> Field:
    """How far each day's wind departs from the usual over the whole region: mean 0, standard deviation 1."""
    name = stream(seed, f"wind of {year}")
    days, departure = 365 + (monthrange(year, 2)[1] == 29), 0.0
    departures = np.empty(days)
    for day in range(days):
        # The sum of twelve even draws is as good as normal.
        new = sum(hash_unit(day, draw, name) for draw in range(12)) - 6.0
        departure = _LASTING * departure + np.sqrt(1.0 - _LASTING**2) * new
        departures[day] = departure
    return departures


def day_wind(usual: Field, gusty: Field, year: int, seed: int) -> Field:
    """Give the wind of the days of a year on the coarse grid.

    Parameters
    ----------
    usual, gusty : arrays (12, rows, columns), see `usual_wind`
    year : one of `rainfall.YEARS`
    seed : of the sample

    Returns
    -------
    array (365 or 366, rows, columns)
        tenths of m/s at 10 m above the ground, whole numbers: mean of the day.
    """
    x, y = places_of(coarse_geobox())
    month = np.repeat(np.arange(12), [monthrange(year, number)[1] for number in range(1, 13)])
    wind = np.empty((month.size, *x.shape))
    for day, whole in enumerate(_weather(year, seed)):
        local = 0.35 * fractal_field(x, y, 35_000.0, 2, stream(seed, f"wind of {year}, day {day}"))
        spread = gusty[month[day]]
        # The mean of such winds is the usual one.
        wind[day] = usual[month[day]] * np.exp(spread * (whole + local) - 0.5 * spread**2)
    return np.rint(10.0 * np.minimum(wind, _STRONGEST))


def write_wind(landscape: Landscape, folder: Path) -> None:
    """Write the wind of every day of ``DAY_YEARS`` and its mean of every month over all years.

    Parameters
    ----------
    landscape : Landscape
    folder : where ``daily_wind_speed_YEAR.tif`` (tenths of m/s) and ``monthly_wind_speed.tif`` (hundredths of m/s) are
        written, the same for every size of the sample
    """
    geobox, (usual, gusty) = coarse_geobox(), usual_wind(landscape)
    sums, days = np.zeros((12, *geobox.shape)), np.zeros(12)
    for year in YEARS:
        wind = day_wind(usual, gusty, year, landscape.seed)
        lengths = np.array([monthrange(year, month)[1] for month in range(1, 13)])
        sums += np.add.reduceat(wind, np.cumsum(lengths) - lengths, axis=0)
        days += lengths
        if year in DAY_YEARS:
            path, name = folder / f"daily_wind_speed_{year}.tif", f"daily mean wind speed at 10 m x 10 {year}"
            write_bands(path, geobox, wind, dtype="uint16", nodata=NODATA, unit="m/s", name=name)
    mean, path = np.rint(10.0 * sums / days[:, None, None]), folder / "monthly_wind_speed.tif"
    name = "monthly mean wind speed at 10 m x 100"
    write_bands(path, geobox, mean, dtype="uint16", nodata=NODATA, unit="m/s", name=name)
