"""The usual course of the year: temperature, humidity and snow of each month."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shanshui.sample.arrays import Field, smooth_step
from shanshui.sample.climate import COAST_TEMPERATURE, LAPSE
from shanshui.sample.landscape import Landscape
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.rain_days import month_rain
from shanshui.sample.rainfall import YEARS
from shanshui.sample.small_rasters import fine_geobox, places_of, write_bands
from shanshui.sample.terrain import ground_at

KELVIN = 273.15
TEMPERATURE_NODATA, SHARE_NODATA = -9999, 255

_MONTHS = np.arange(12)[:, None, None]


@dataclass(frozen=True)
class Seasons:
    """Means of many years; arrays are (12, rows, columns)."""

    temperature: Field
    """degrees Celsius"""
    maximum: Field
    """degrees Celsius, mean of the days' maxima"""
    minimum: Field
    """degrees Celsius, mean of the days' minima"""
    humidity: Field
    """percent"""
    snow_cover: Field
    """percent of the days, with snow deeper than 25.4 mm"""


def wave(peak: float) -> Field:
    """Give a wave of one year, (12, 1, 1): 1 in the month ``peak`` (0 is January), -1 half a year away, mean 0."""
    return np.cos(2.0 * np.pi * (_MONTHS - peak) / 12.0)


def seasons_of(landscape: Landscape) -> Seasons:
    """Give the usual course of the year on the fine grid.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    Seasons
        The mean of the year's temperatures is that of `climate.climate_at` but for sunny slopes. Behind the range the
        summer is as warm, the winter colder, the day's span wider and the air drier; snow lies where it is cold and
        something falls in winter, longest on the heights.
    """
    seed = landscape.seed
    x, y = places_of(fine_geobox())
    ground = ground_at(x, y, landscape.skeleton, landscape.rivers, seed)
    height = np.maximum(ground.elevation.astype(float), 0.0)
    lee = smooth_step(ground.inland, 8_000.0, 44_000.0)
    summer, spring = wave(6.3), wave(3.5)

    lapse = LAPSE + 0.0006 * summer
    temperature = COAST_TEMPERATURE - lapse * height + (14.8 + 2.2 * lee) * summer
    span = 8.0 + 4.5 * lee + 1.2 * spring + 0.8 * fractal_field(x, y, 8_000.0, 2, stream(seed, "span of the day"))
    humidity = 62.0 + 13.0 * wave(6.8) - 4.0 * spring - 13.0 * lee + 0.004 * height
    humidity += 2.5 * fractal_field(x, y, 15_000.0, 2, stream(seed, "humidity"))

    rain = np.mean([month_rain(x, y, year, seed) for year in YEARS], axis=0) / 10.0
    cold = smooth_step(temperature, 1.0, -13.0)
    snow_cover = 95.0 * cold * smooth_step(rain + 0.006 * height, 0.0, 16.0)
    return Seasons(
        temperature=temperature,
        maximum=temperature + 0.54 * span,
        minimum=temperature - 0.46 * span,
        humidity=np.clip(humidity, 15.0, 95.0),
        snow_cover=snow_cover,
    )


def write_seasons(landscape: Landscape, folder: Path) -> None:
    """Write the temperature, humidity and snow of each month.

    Parameters
    ----------
    landscape : Landscape
    folder : where ``monthly_temperature.tif``, ``monthly_temperature_maximum.tif`` and
        ``monthly_temperature_minimum.tif`` (tenths of a kelvin), ``monthly_relative_humidity.tif`` and
        ``monthly_snow_cover.tif`` (percent) are written, the same for every size of the sample
    """
    seasons, geobox = seasons_of(landscape), fine_geobox()
    temperatures = {
        "monthly_temperature": (seasons.temperature, "monthly mean temperature x 10"),
        "monthly_temperature_maximum": (seasons.maximum, "monthly mean of daily maximum temperature x 10"),
        "monthly_temperature_minimum": (seasons.minimum, "monthly mean of daily minimum temperature x 10"),
    }
    for file, (degrees, name) in temperatures.items():
        cells, nodata = np.rint(10.0 * (degrees + KELVIN)), TEMPERATURE_NODATA
        write_bands(folder / f"{file}.tif", geobox, cells, dtype="int16", nodata=nodata, unit="kelvin", name=name)
    shares = {
        "monthly_relative_humidity": (seasons.humidity, "monthly relative humidity"),
        "monthly_snow_cover": (seasons.snow_cover, "share of days with snow deeper than 25.4 mm"),
    }
    for file, (percent, name) in shares.items():
        cells, nodata = np.rint(percent), SHARE_NODATA
        write_bands(folder / f"{file}.tif", geobox, cells, dtype="uint8", nodata=nodata, unit="percent", name=name)
