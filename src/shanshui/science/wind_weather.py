"""Wind and weather as they erode: force of the wind, wetness of the soil, dryness of the climate."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

# Days of the months, February with its mean over four years: for data that do not tell the year.
MONTH_DAYS = (31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0)
FIRST_HALF_DAYS = 15.0
GRAVITY = 9.8  # m/s2
ZERO_CELSIUS = 273.15  # K

_DAYS = np.array(MONTH_DAYS, np.float32)
# The dryness of warmth without any rain, which has no bound.
_DRIEST = np.float32(1000)


def to_two_metres(height: float) -> float:
    """Give the factor that brings a wind speed to 2 m above the ground.

    Parameters
    ----------
    height : float
        Height of the measurement above the ground [m].

    Returns
    -------
    float
        By the power law u2 = u1 (2 / height)^(1/7).

    Examples
    --------
    >>> round(to_two_metres(10.0), 4), to_two_metres(2.0)
    (0.7946, 1.0)
    """
    return float((2.0 / height) ** (1.0 / 7.0))


def add_wind_force(
    total: NDArray[np.float32], speeds: NDArray[np.float32], days: float, factor: float, threshold: float
) -> None:
    """Add the wind force of one period to what there is of each cell.

    Parameters
    ----------
    total : float32 ndarray (rows, columns)
        Takes the force [m3/s3], the days counted as a plain number.
    speeds : float32 ndarray (observations, rows, columns)
        Wind speed as measured [m/s]; what is not finite is no observation.
    days : float
        Days of the period.
    factor : float
        Brings the speed to 2 m, see `to_two_metres`.
    threshold : float
        Speed at 2 m below which nothing moves [m/s].

    Notes
    -----
    The mean of u (u - threshold)^2 over the observations, 0 for those at or below the threshold, times the days. A
    cell of which fewer than half of the observations are known becomes NaN: wind that nobody measured is not calm.

    Examples
    --------
    >>> total = np.zeros((1, 1), np.float32)
    >>> add_wind_force(total, np.array([[[7.0]], [[4.0]]], np.float32), 15.0, 1.0, 5.0)  # (7 x 2^2 + 0) / 2 x 15
    >>> float(total[0, 0])
    210.0
    """
    speeds = np.ascontiguousarray(speeds, np.float32)
    _add_wind_force(total, speeds, np.float32(days), np.float32(factor), np.float32(threshold))


def air_density(elevation: NDArray[np.float32], temperature: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the density of the air.

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height above the sea [m].
    temperature : float32 ndarray (..., rows, columns)
        Of the air [degC].

    Returns
    -------
    float32 ndarray, shaped as temperature
        Density [kg/m3].

    Notes
    -----
    rho = 348 (1.013 - 0.1183 EL + 0.0048 EL^2) / T with EL in **kilometres** and T in **kelvin** (RWEQ, Fryrear et
    al. 1998; HJ 1173-2021, annex A).

    Examples
    --------
    >>> f"{air_density(np.zeros((1, 1), np.float32), np.full((1, 1), 15.0, np.float32))[0, 0]:.3f}"
    '1.223'
    """
    kilometres = elevation / np.float32(1000.0)
    pressure = 348.0 * (1.013 - 0.1183 * kilometres + 0.0048 * kilometres * kilometres)
    return (pressure / (temperature + np.float32(ZERO_CELSIUS))).astype(np.float32)


def soil_wetness(
    potential: NDArray[np.float32],
    precipitation: NDArray[np.float32],
    irrigation: NDArray[np.float32] | None,
    rain_days: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Give the factor of soil wetness, month by month.

    Parameters
    ----------
    potential, precipitation : float32 ndarray (12, rows, columns)
        Potential evapotranspiration and precipitation [mm].
    irrigation : float32 ndarray (12, rows, columns) or None
        Irrigation [mm]; none without it.
    rain_days : float32 ndarray (12, rows, columns) or None
        Days with rain or irrigation; every day without it.

    Returns
    -------
    float32 ndarray (12, rows, columns)
        1 for dry soil, 0 for soil that never dries.

    Notes
    -----
    SW = [ETp - (R + I) Rd / Nd] / ETp, cut to 0 and 1. A month without evaporation is the limit of small evaporation:
    0 when any water falls, 1 when none does.
    """
    return np.asarray(_soil_wetness(potential, precipitation, irrigation, rain_days, _DAYS), np.float32)


def weather_factor(
    force: NDArray[np.float32],
    density: NDArray[np.float32],
    wetness: NDArray[np.float32] | None,
    snow: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Sum the weather factor over the months.

    Parameters
    ----------
    force : float32 ndarray (12, rows, columns)
        Wind force [m3/s3].
    density : float32 ndarray (12, rows, columns)
        Density of the air [kg/m3].
    wetness, snow : float32 ndarray (12, rows, columns) or None
        Factors of soil wetness and snow; 1 without.

    Returns
    -------
    float32 ndarray (rows, columns)
        WF = sum of Wf rho / g SW SD [kg/m]; NaN where one month is.
    """
    return np.asarray(_weather_factor(force, density, wetness, snow), np.float32)


def climate_erosivity(
    wind: NDArray[np.float32],
    temperature: NDArray[np.float32],
    humidity: NDArray[np.float32],
    precipitation: NDArray[np.float32],
    factor: float,
) -> NDArray[np.float32]:
    """Give the erosivity of the climate for wind.

    Parameters
    ----------
    wind, temperature, humidity, precipitation : float32 ndarray (12, rows, columns)
        Mean wind speed as measured [m/s], mean temperature [degC], relative humidity [fraction], precipitation [mm].
    factor : float
        Brings the speed to 2 m, see `to_two_metres`.

    Returns
    -------
    float32 ndarray (rows, columns)
        Fq [m3/s3], the days counted as a plain number.

    Notes
    -----
    Fq = 1/100 sum of u2^3 (ETP - P) / ETP d with ETP = 0.19 (20 + T)^2 (1 - r) [mm]. A month adds nothing where P is
    above ETP, where ETP is 0, and below -20 degC, where the square would make cold air thirsty again.
    """
    return np.asarray(
        _climate_erosivity(wind, temperature, humidity, precipitation, np.float32(factor), _DAYS), np.float32
    )


def dryness_index(temperature: NDArray[np.float32], precipitation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the index of dryness of the months that are warm enough to grow.

    Parameters
    ----------
    temperature, precipitation : float32 ndarray (12, rows, columns)
        Mean temperature [degC] and precipitation [mm] of the months.

    Returns
    -------
    float32 ndarray (rows, columns)
        0.16 times the sum of daily temperatures of months of 10 degC and more, over their precipitation [degC/mm], at
        most 1000 (no rain at all); 0 where no month is so warm.
    """
    return np.asarray(_dryness_index(temperature, precipitation, _DAYS), np.float32)


def add_windy_days(total: NDArray[np.float32], speeds: NDArray[np.float32], threshold: float) -> None:
    """Add the days of one period with strong wind to what there is of each cell.

    Parameters
    ----------
    total : float32 ndarray (rows, columns)
        Takes the days.
    speeds : float32 ndarray (days, rows, columns)
        Wind speed of each day of the period [m/s]; what is not finite is no observation.
    threshold : float
        Speed from which a day counts [m/s].

    Notes
    -----
    The share of the observed days times all days; NaN where fewer than half were observed.
    """
    _add_windy_days(total, np.ascontiguousarray(speeds, np.float32), np.float32(threshold))


@numba.njit(cache=True, nogil=True)
def _add_wind_force(total, speeds, days, factor, threshold):  # type: ignore[no-untyped-def]
    """Row by row, so that the sums stay in the nearest cache and every loop is worked on in vectors."""
    layers, rows, columns = speeds.shape
    zero = np.float32(0)
    force, known = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for i in range(rows):
        force[:] = zero
        known[:] = zero
        for k in range(layers):
            line = speeds[k, i]
            for j in range(columns):
                u = line[j] * factor
                finite = u - u == zero
                over = u - threshold
                force[j] += u * over * over if finite and over > zero else zero
                known[j] += np.float32(1) if finite else zero
        for j in range(columns):
            enough = known[j] * np.float32(2) >= np.float32(layers)
            total[i, j] += force[j] / known[j] * days if enough else np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def _add_windy_days(total, speeds, threshold):  # type: ignore[no-untyped-def]
    layers, rows, columns = speeds.shape
    zero, one = np.float32(0), np.float32(1)
    windy, known = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for i in range(rows):
        windy[:] = zero
        known[:] = zero
        for k in range(layers):
            line = speeds[k, i]
            for j in range(columns):
                u = line[j]
                finite = u - u == zero
                windy[j] += one if finite and u >= threshold else zero
                known[j] += one if finite else zero
        for j in range(columns):
            enough = known[j] * np.float32(2) >= np.float32(layers)
            total[i, j] += windy[j] / known[j] * np.float32(layers) if enough else np.float32(np.nan)


@numba.njit(cache=True, nogil=True)
def _soil_wetness(potential, precipitation, irrigation, rain_days, days):  # type: ignore[no-untyped-def]
    months, rows, columns = potential.shape
    out = np.empty((months, rows, columns), np.float32)
    zero, one = np.float32(0), np.float32(1)
    for k in range(months):
        for i in range(rows):
            for j in range(columns):
                water = precipitation[k, i, j]
                if irrigation is not None:
                    water += irrigation[k, i, j]
                if rain_days is not None:
                    water *= min(rain_days[k, i, j] / days[k], one)
                demand = potential[k, i, j]
                if demand > zero:
                    dry = (demand - water) / demand
                else:
                    # NaN stays NaN: it is neither more than nothing nor nothing.
                    dry = zero * demand + (zero if water > zero else one + zero * water)
                out[k, i, j] = zero if dry < zero else (one if dry > one else dry)
    return out


@numba.njit(cache=True, nogil=True)
def _weather_factor(force, density, wetness, snow):  # type: ignore[no-untyped-def]
    months, rows, columns = force.shape
    out = np.zeros((rows, columns), np.float32)
    per_gravity = np.float32(1.0 / GRAVITY)
    for i in range(rows):
        for k in range(months):
            for j in range(columns):
                share = force[k, i, j] * density[k, i, j] * per_gravity
                if wetness is not None:
                    share *= wetness[k, i, j]
                if snow is not None:
                    share *= snow[k, i, j]
                out[i, j] += share
    return out


@numba.njit(cache=True, nogil=True)
def _climate_erosivity(wind, temperature, humidity, precipitation, factor, days):  # type: ignore[no-untyped-def]
    months, rows, columns = wind.shape
    out = np.zeros((rows, columns), np.float32)
    zero = np.float32(0)
    for i in range(rows):
        for k in range(months):
            for j in range(columns):
                u = wind[k, i, j] * factor
                warmth = np.float32(20) + temperature[k, i, j]
                demand = np.float32(0.19) * warmth * warmth * (np.float32(1) - humidity[k, i, j])
                rain = precipitation[k, i, j]
                gust = u * u * u * days[k] / np.float32(100)
                if warmth <= zero or demand <= zero or rain >= demand:
                    # NaN stays NaN.
                    out[i, j] += zero * (gust + demand + rain)
                else:
                    out[i, j] += gust * (demand - rain) / demand
    return out


@numba.njit(cache=True, nogil=True)
def _dryness_index(temperature, precipitation, days):  # type: ignore[no-untyped-def]
    months, rows, columns = temperature.shape
    out = np.empty((rows, columns), np.float32)
    zero = np.float32(0)
    heat, rain = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for i in range(rows):
        heat[:] = zero
        rain[:] = zero
        for k in range(months):
            for j in range(columns):
                warm = temperature[k, i, j]
                grows = not warm < np.float32(10)
                heat[j] += warm * days[k] if grows else zero
                rain[j] += precipitation[k, i, j] if grows else zero * precipitation[k, i, j]
        for j in range(columns):
            if heat[j] == zero:
                out[i, j] = zero * rain[j]
            elif rain[j] == zero:
                out[i, j] = _DRIEST + zero * heat[j]
            else:
                dryness = np.float32(0.16) * heat[j] / rain[j]
                out[i, j] = _DRIEST if dryness > _DRIEST else dryness
    return out
