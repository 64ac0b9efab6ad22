"""How strongly rain erodes: factor R from daily, yearly or monthly rain (paper 2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import AtLeast, Series, step
from shanshui.science.averages import mean_of_known
from shanshui.science.rainfall_erosivity import HALF_MONTHS, erosive_powers, zhang_erosivity

# HJ 1173-2021, annex A.
EXPONENT = 1.7265
WARM, COLD = 0.3937, 0.3101


@step
def yearly_rainfall_erosivity(
    daily_precipitation: Iterable[NDArray[np.float32]],
    *,
    erosive_daily_rain: float,
    erosivity_warm_first_month: float,
    erosivity_warm_last_month: float,
) -> NDArray[np.float32]:
    """Rainfall erosivity of one year from daily rain.

    Parameters
    ----------
    daily_precipitation : iterable of float32 ndarray (days, rows, columns)
        Rain of each day [mm], half-month by half-month.
    erosive_daily_rain : float
        From this daily rain on soil is eroded [mm].
    erosivity_warm_first_month, erosivity_warm_last_month : float
        Months between which, both included, the warm season's coefficient holds; it may run over the new year.

    Returns
    -------
    float32 ndarray (rows, columns)
        Erosivity [MJ*mm/ha/h/year]; NaN where a day is missing.

    Notes
    -----
    HJ 1173-2021, annex A: sum over the 24 half-months of sum of alpha * P ** 1.7265 over the days of erosive rain,
    alpha 0.3937 in the warm season, 0.3101 in the cold.
    """
    first, last = int(erosivity_warm_first_month), int(erosivity_warm_last_month)
    length = (last - first) % 12
    halves = [half // 2 + 1 for half in range(HALF_MONTHS)]
    weights = [WARM if (month - first) % 12 <= length else COLD for month in halves]
    return erosive_powers(daily_precipitation, erosive_daily_rain, EXPONENT, weights).astype(np.float32)


@step(gives="rainfall_erosivity", method="hj1173_2021")
def mean_erosivity(yearly_rainfall_erosivity: Annotated[Series, AtLeast(1)]) -> NDArray[np.float32]:
    """Rainfall erosivity of a mean year from daily rain.

    Parameters
    ----------
    yearly_rainfall_erosivity : Series of float32 ndarray (rows, columns)
        Erosivity by year [MJ*mm/ha/h/year].

    Returns
    -------
    float32 ndarray (rows, columns)
        Mean of the years that are known [MJ*mm/ha/h/year].

    Notes
    -----
    HJ 1173-2021, annex A: the mean of each half-month over the years, summed; the same as the mean of the years.
    """
    return mean_of_known(yearly_rainfall_erosivity.stacked(), 1)


@step(gives="rainfall_erosivity", method="zhang_2002")
def erosivity_of_zhang(daily_precipitation: Series, *, erosive_daily_rain: float) -> NDArray[np.float32]:
    """Rainfall erosivity of a mean year from daily rain, by a power law that each place gets from its own rain.

    Parameters
    ----------
    daily_precipitation : Series of iterables of float32 ndarray (days, rows, columns)
        Rain of each day by year [mm].
    erosive_daily_rain : float
        From this daily rain on soil is eroded [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Erosivity [MJ*mm/ha/h/year], the mean of the years without a missing day.

    Notes
    -----
    Zhang Wenbo, Xie Yun and Liu Baoyuan (2002): R = lambda * sum of P ** beta, beta = 0.8363 + 18.144 / Pd12 +
    24.455 / Py12, lambda = 21.586 * beta ** -7.1891. The days are read twice.
    """
    return zhang_erosivity(list(daily_precipitation.values()), erosive_daily_rain)


@step(gives="rainfall_erosivity", method="renard_freimund_1994")
def erosivity_of_renard(precipitation: Annotated[Series, AtLeast(0)]) -> NDArray[np.float32]:
    """Rainfall erosivity of a mean year from yearly rain.

    Parameters
    ----------
    precipitation : Series of float32 ndarray (rows, columns)
        Rain by year, or of a mean year [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Erosivity [MJ*mm/ha/h/year].

    Notes
    -----
    Renard and Freimund (1994), Using monthly precipitation data to estimate the R-factor in the revised USLE:
    0.0483 P ** 1.610 up to 850 mm, 587.8 - 1.219 P + 0.004105 P ** 2 beyond, with P the mean of the years; from
    stations in the United States.
    """
    rain = mean_of_known(precipitation.stacked(), 1).astype(np.float64)
    below, beyond = 0.0483 * rain**1.610, 587.8 - 1.219 * rain + 0.004105 * rain**2
    return np.where(rain <= 850.0, below, beyond).astype(np.float32)


@step(gives="rainfall_erosivity", method="bols_1978")
def erosivity_of_bols(precipitation: Annotated[Series, AtLeast(0)], *, bols_unit_factor: float) -> NDArray[np.float32]:
    """Rainfall erosivity of a mean year from yearly rain in the humid tropics.

    Parameters
    ----------
    precipitation : Series of float32 ndarray (rows, columns)
        Rain by year, or of a mean year [mm].
    bols_unit_factor : float
        From the formula's unit to MJ*mm/ha/h [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        Erosivity [MJ*mm/ha/h/year].

    Notes
    -----
    Bols (1978), The iso-erodent map of Java and Madura: 2.5 P ** 2 / (100 (0.073 P + 0.73)), with P the mean of the
    years.
    """
    rain = mean_of_known(precipitation.stacked(), 1).astype(np.float64)
    return (bols_unit_factor * 2.5 * rain**2 / (100.0 * (0.073 * rain + 0.73))).astype(np.float32)


@step
def relative_rainfall_erosivity(
    monthly_precipitation: NDArray[np.float32], *, relative_erosivity_constant: float
) -> NDArray[np.float32]:
    """Erosivity from monthly rain, to compare places and years only.

    Parameters
    ----------
    monthly_precipitation : float32 ndarray (12, rows, columns)
        Rain of each month [mm].
    relative_erosivity_constant : float
        Constant c of the formula [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        Relative erosivity [1]; 0 without rain, NaN where a month is missing.

    Notes
    -----
    Sum over the months of 1.735 * 10 ** (1.5 lg(p ** 2 / P) - c) (Wischmeier and Smith 1978). Sources disagree on c
    (0.8188 or 0.08188, a ratio of 5.457) and its unit is not SI: no tonnes are made of it.
    """
    rain = monthly_precipitation.astype(np.float64)
    year = rain.sum(axis=0)
    # 10 ** (1.5 lg x) is x ** 1.5, which is 0 for a month without rain.
    share = rain**2 / np.where(year == 0.0, 1.0, year)
    return (1.735 * 10.0**-relative_erosivity_constant * (share**1.5).sum(axis=0)).astype(np.float32)
