"""Climate: rain and warmth of the months and the year, and what the air can take up (paper 2.1)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.evapotranspiration import MONTH_DAYS, hargreaves, thornthwaite
from shanshui.science.runoff import sum_of_days


@step(gives="monthly_precipitation", method="days")
def monthly_precipitation_of_days(daily_precipitation: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rain of each month as the sum of its days.

    Parameters
    ----------
    daily_precipitation : iterable of float32 ndarray (days, rows, columns)
        Rain of the days of the 24 half-months, two a month [mm].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Rain [mm]; NaN where a day of the month has no data.
    """
    halves = [sum_of_days([half]) for half in daily_precipitation]
    return np.stack([first + second for first, second in zip(halves[::2], halves[1::2], strict=True)])


@step(gives="precipitation", method="months")
def precipitation_of_months(monthly_precipitation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rain of the year as the sum of its months.

    Parameters
    ----------
    monthly_precipitation : float32 ndarray (12, rows, columns)
        Rain of each month [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Rain [mm]; NaN where a month has no data.
    """
    return monthly_precipitation.sum(axis=0, dtype=np.float32)


@step(gives="precipitation", method="days")
def precipitation_of_days(daily_precipitation: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rain of the year as the sum of its days.

    Parameters
    ----------
    daily_precipitation : iterable of float32 ndarray (days, rows, columns)
        Rain of the days of the 24 half-months [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Rain [mm]; NaN where a day has no data.
    """
    return sum_of_days(daily_precipitation)


@step(gives="monthly_temperature", method="maximum_and_minimum")
def monthly_temperature_of_extremes(
    monthly_temperature_maximum: NDArray[np.float32], monthly_temperature_minimum: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mean temperature of each month as the middle between its mean daily maximum and minimum.

    Parameters
    ----------
    monthly_temperature_maximum, monthly_temperature_minimum : float32 ndarray (12, rows, columns)
        Mean daily maximum and minimum [degC].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Temperature [degC].

    Notes
    -----
    FAO-56 (Allen et al. 1998), equation 9.
    """
    return np.float32(0.5) * (monthly_temperature_maximum + monthly_temperature_minimum)


@step(gives="mean_temperature", method="months")
def mean_temperature_of_months(monthly_temperature: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean temperature of the year, each month by its days.

    Parameters
    ----------
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature of each month [degC].

    Returns
    -------
    float32 ndarray (rows, columns)
        Temperature [degC]; NaN where a month has no data.
    """
    shares = np.asarray(MONTH_DAYS, np.float32) / np.float32(sum(MONTH_DAYS))
    mean = shares[0] * monthly_temperature[0]
    for share, degrees in zip(shares[1:], monthly_temperature[1:], strict=True):
        mean += share * degrees
    return np.asarray(mean, np.float32)


@step(gives="monthly_potential_evapotranspiration", method="hargreaves")
def potential_evapotranspiration_hargreaves(
    monthly_temperature_maximum: NDArray[np.float32],
    monthly_temperature_minimum: NDArray[np.float32],
    latitude: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Potential evapotranspiration of each month from the daily range of temperature.

    Parameters
    ----------
    monthly_temperature_maximum, monthly_temperature_minimum : float32 ndarray (12, rows, columns)
        Mean daily maximum and minimum [degC].
    latitude : float ndarray (rows, columns)
        Latitude [degree].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Evapotranspiration of a well watered short grass [mm]; NaN where the minimum stands above the maximum.

    Notes
    -----
    ``0.0023 Ra (T + 17.8) sqrt(Tmax - Tmin)`` (Hargreaves and Samani 1985; FAO-56, equation 52), Ra the radiation
    above the air, in mm of water it can evaporate; see `science.evapotranspiration`.
    """
    return hargreaves(monthly_temperature_maximum, monthly_temperature_minimum, latitude)


@step(gives="monthly_potential_evapotranspiration", method="thornthwaite")
def potential_evapotranspiration_thornthwaite(
    monthly_temperature: NDArray[np.float32], latitude: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Potential evapotranspiration of each month from mean temperature and day length.

    Parameters
    ----------
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature of each month [degC].
    latitude : float ndarray (rows, columns)
        Latitude [degree].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Evapotranspiration [mm]; 0 in months at or below 0 degC.

    Notes
    -----
    Thornthwaite (1948), above 26.5 degC after Willmott et al. (1985); see `science.evapotranspiration`.
    """
    return thornthwaite(monthly_temperature, latitude)


@step(gives="potential_evapotranspiration", method="months")
def potential_evapotranspiration_of_months(
    monthly_potential_evapotranspiration: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Potential evapotranspiration of the year as the sum of its months.

    Parameters
    ----------
    monthly_potential_evapotranspiration : float32 ndarray (12, rows, columns)
        Of each month [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Evapotranspiration [mm]; NaN where a month has no data.
    """
    return monthly_potential_evapotranspiration.sum(axis=0, dtype=np.float32)
