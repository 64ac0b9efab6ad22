"""Weather for wind erosion: force of the wind, wetness of the soil, snow, and the weather factor (paper 2.1)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science import wind_weather as kernels

MONTHS = 12


@step(gives="monthly_wind_force", method="daily")
def wind_force_of_days(
    daily_wind_speed: Iterable[NDArray[np.float32]], *, wind_height: float, threshold_wind_speed: float
) -> NDArray[np.float32]:
    """Force of the wind by month, from the wind of each day.

    Parameters
    ----------
    daily_wind_speed : iterable of 24 float32 ndarray (days, rows, columns)
        Mean wind speed of each day [m/s], half-month by half-month.
    wind_height : float
        Height at which it was measured [m].
    threshold_wind_speed : float
        Speed at 2 m below which nothing moves [m/s].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Wf [m3/s3], the days counted as a plain number; NaN where fewer than half of the days of a half-month are known.

    Notes
    -----
    Wf = sum over half-months of [sum of u2 (u2 - ut)^2] Nd / N (RWEQ, Fryrear et al. 1998; HJ 1173-2021, annex A):
    the mean over the N known days, days at or below ut counting 0, times the Nd days of the half-month. u2 = u1 (2 /
    height)^(1/7). The wind of a day is a mean too: gusts within it are lost, and with them a part of the force.
    """
    force: NDArray[np.float32] | None = None
    for half, speeds in enumerate(daily_wind_speed):
        if force is None:
            force = np.zeros((MONTHS, *speeds.shape[1:]), np.float32)
        factor = kernels.to_two_metres(wind_height)
        kernels.add_wind_force(force[half // 2], speeds, float(len(speeds)), factor, threshold_wind_speed)
    assert force is not None
    return force


@step(gives="monthly_wind_force", method="half_monthly")
def wind_force_of_half_months(
    half_monthly_wind_speed: NDArray[np.float32], *, wind_height: float, threshold_wind_speed: float
) -> NDArray[np.float32]:
    """Force of the wind by month, from the mean wind of half-months; too low, see Notes.

    Parameters
    ----------
    half_monthly_wind_speed : float32 ndarray (24, rows, columns)
        Mean wind speed [m/s]; the first half is days 1 to 15.
    wind_height : float
        Height at which it was measured [m].
    threshold_wind_speed : float
        Speed at 2 m below which nothing moves [m/s].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Wf [m3/s3], the days counted as a plain number; NaN where a half-month is.

    Notes
    -----
    As by `daily`, with one observation a half-month. The curve u2 (u2 - ut)^2 is convex: the force of a mean wind is
    less than the mean force of the winds (Jensen), by most where the mean lies near the threshold.
    """
    force = np.zeros((MONTHS, *half_monthly_wind_speed.shape[1:]), np.float32)
    factor = kernels.to_two_metres(wind_height)
    for month, days in enumerate(kernels.MONTH_DAYS):
        first, second = (half_monthly_wind_speed[2 * month + half][np.newaxis] for half in (0, 1))
        rest = days - kernels.FIRST_HALF_DAYS
        kernels.add_wind_force(force[month], first, kernels.FIRST_HALF_DAYS, factor, threshold_wind_speed)
        kernels.add_wind_force(force[month], second, rest, factor, threshold_wind_speed)
    return force


@step(gives="monthly_wind_force", method="monthly")
def wind_force_of_months(
    monthly_wind_speed: NDArray[np.float32], *, wind_height: float, threshold_wind_speed: float
) -> NDArray[np.float32]:
    """Force of the wind by month, from the mean wind of months; much too low, see Notes.

    Parameters
    ----------
    monthly_wind_speed : float32 ndarray (12, rows, columns)
        Mean wind speed [m/s].
    wind_height : float
        Height at which it was measured [m].
    threshold_wind_speed : float
        Speed at 2 m below which nothing moves [m/s].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Wf [m3/s3], the days counted as a plain number; NaN where a month is.

    Notes
    -----
    As by `daily`, with one observation a month. The curve is convex, so that a mean wind underestimates: a month whose
    mean is below 5 m/s at 2 m has no force at all, whatever its storms. Use it to compare places, not for tonnes.
    """
    force = np.zeros((MONTHS, *monthly_wind_speed.shape[1:]), np.float32)
    factor = kernels.to_two_metres(wind_height)
    for month, days in enumerate(kernels.MONTH_DAYS):
        speeds = monthly_wind_speed[month][np.newaxis]
        kernels.add_wind_force(force[month], speeds, days, factor, threshold_wind_speed)
    return force


@step(gives="monthly_air_density", method="monthly_temperature")
def air_density_of_months(
    elevation: NDArray[np.float32], monthly_temperature: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Density of the air by month, from elevation and temperature.

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height above the sea [m].
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature [degC].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Density [kg/m3].

    Notes
    -----
    rho = 348 (1.013 - 0.1183 EL + 0.0048 EL^2) / T, EL in kilometres, T in kelvin (RWEQ; HJ 1173-2021, annex A).
    """
    return kernels.air_density(elevation, monthly_temperature)


@step(gives="monthly_air_density", method="mean_temperature")
def air_density_of_year(elevation: NDArray[np.float32], mean_temperature: NDArray[np.float32]) -> NDArray[np.float32]:
    """Density of the air, the same for every month, from elevation and the year's temperature.

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height above the sea [m].
    mean_temperature : float32 ndarray (rows, columns)
        Mean temperature of the year [degC].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Density [kg/m3]. A month 15 degrees colder than the year has air denser by 5 %.

    Notes
    -----
    As by `monthly_temperature`.
    """
    return np.tile(kernels.air_density(elevation, mean_temperature), (MONTHS, 1, 1))


@step
def soil_wetness(
    monthly_potential_evapotranspiration: NDArray[np.float32],
    monthly_precipitation: NDArray[np.float32],
    monthly_rain_days: NDArray[np.float32] | None = None,
    monthly_irrigation: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Factor of soil wetness of wind erosion, by month.

    Parameters
    ----------
    monthly_potential_evapotranspiration : float32 ndarray (12, rows, columns)
        What the air could take [mm].
    monthly_precipitation : float32 ndarray (12, rows, columns)
        Rain and snow [mm].
    monthly_rain_days : float32 ndarray (12, rows, columns), optional
        Days with rain or irrigation. Without it every day counts as one: soil is wetter and erosion less.
    monthly_irrigation : float32 ndarray (12, rows, columns), optional
        Water given to fields [mm]; without it none.

    Returns
    -------
    float32 ndarray (12, rows, columns)
        1 for dry soil, 0 for soil that never dries.

    Notes
    -----
    SW = [ETp - (R + I) Rd / Nd] / ETp, cut to 0 and 1 (RWEQ, Fryrear et al. 1998; HJ 1173-2021 takes over the factor).
    A frozen month (ETp 0) is the limit of small evaporation: 0 when any rain or snow falls, 1 when none does.
    """
    return kernels.soil_wetness(
        monthly_potential_evapotranspiration, monthly_precipitation, monthly_irrigation, monthly_rain_days
    )


@step
def snow_factor(monthly_snow_cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """Factor of snow of wind erosion, by month.

    Parameters
    ----------
    monthly_snow_cover : float32 ndarray (12, rows, columns)
        Share of the month's days with snow deeper than 25.4 mm.

    Returns
    -------
    float32 ndarray (12, rows, columns)
        1 without snow, 0 under snow all month.

    Notes
    -----
    SD = 1 - P(depth > 25.4 mm) (RWEQ; HJ 1173-2021 takes over the factor; the depth is known from a public program
    only).
    """
    return np.float32(1) - monthly_snow_cover


@step
def weather_factor(
    monthly_wind_force: NDArray[np.float32],
    monthly_air_density: NDArray[np.float32],
    soil_wetness: NDArray[np.float32] | None = None,
    snow_factor: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Weather factor of wind erosion.

    Parameters
    ----------
    monthly_wind_force : float32 ndarray (12, rows, columns)
        Wf of each month [m3/s3], the days counted as a plain number.
    monthly_air_density : float32 ndarray (12, rows, columns)
        Density of the air [kg/m3].
    soil_wetness : float32 ndarray (12, rows, columns), optional
        Factor of soil wetness; without it soil is dry all year: erosion at its most.
    snow_factor : float32 ndarray (12, rows, columns), optional
        Factor of snow; without it there is none: erosion at its most.

    Returns
    -------
    float32 ndarray (rows, columns)
        WF [kg/m]; NaN where one month is: a month that nobody measured is not calm.

    Notes
    -----
    WF = sum over the months of Wf rho / g SW SD with g = 9.8 m/s2 (HJ 1173-2021, annex A, equation of the weather
    factor). The standard sums multi-year means of the twelve months; here it is made for each year that the inputs
    have, and of multi-year means where the study gives these.
    """
    return kernels.weather_factor(monthly_wind_force, monthly_air_density, soil_wetness, snow_factor)


@step
def climate_erosivity(
    monthly_wind_speed: NDArray[np.float32],
    monthly_temperature: NDArray[np.float32],
    monthly_relative_humidity: NDArray[np.float32],
    monthly_precipitation: NDArray[np.float32],
    *,
    wind_height: float,
) -> NDArray[np.float32]:
    """Erosivity of the climate for wind.

    Parameters
    ----------
    monthly_wind_speed : float32 ndarray (12, rows, columns)
        Mean wind speed [m/s].
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature [degC].
    monthly_relative_humidity : float32 ndarray (12, rows, columns)
        Relative humidity, a fraction.
    monthly_precipitation : float32 ndarray (12, rows, columns)
        Rain and snow [mm].
    wind_height : float
        Height at which the wind was measured [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        Fq [m3/s3], the days counted as a plain number.

    Notes
    -----
    Fq = 1/100 sum over the months of u2^3 (ETP - P) / ETP d, ETP = 0.19 (20 + T)^2 (1 - r) (guide of 2017 for the red
    line, as quoted in ChinaXiv-202204.00111). A month adds nothing where it rains more than ETP, where ETP is 0, and
    below -20 degC, where the square would turn.
    """
    return kernels.climate_erosivity(
        monthly_wind_speed,
        monthly_temperature,
        monthly_relative_humidity,
        monthly_precipitation,
        kernels.to_two_metres(wind_height),
    )
