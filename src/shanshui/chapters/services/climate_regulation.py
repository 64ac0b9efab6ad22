"""Climate regulation: heat that plants and open water take up when it is hot (paper 2.1, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.evapotranspiration import MONTH_DAYS
from shanshui.science.lookup import of_ecosystem

YEAR_DAYS = 365.25
SQUARE_METRES = 10_000.0
MEGAJOULES_A_KILOWATT_HOUR = 3.6


@step(gives="cooling_days", method="months")
def cooling_days_of_months(
    monthly_temperature_maximum: NDArray[np.float32], *, cooling_temperature: float
) -> NDArray[np.float32]:
    """Days on which cooling is wanted: those of the months whose days are hot on the average.

    Parameters
    ----------
    monthly_temperature_maximum : float32 ndarray (12, rows, columns)
        Mean of the days' highest temperatures [degC].
    cooling_temperature : float
        Highest temperature of a day above which cooling is wanted [degC].

    Returns
    -------
    float32 ndarray (rows, columns)
        Days [d]; NaN where a month has no data.

    Notes
    -----
    A month counts whole or not at all. Who knows the days gives them as a layer or a number.
    """
    days = _by_month(monthly_temperature_maximum > np.float32(cooling_temperature))
    return np.where(np.isnan(monthly_temperature_maximum).any(axis=0), np.float32(np.nan), days)


@step(gives="cooling_season_share", method="months")
def season_share_of_months(
    monthly_temperature_maximum: NDArray[np.float32],
    monthly_potential_evapotranspiration: NDArray[np.float32],
    *,
    cooling_temperature: float,
) -> NDArray[np.float32]:
    """Share of the year's evaporation that falls in hot months, from the potential one.

    Parameters
    ----------
    monthly_temperature_maximum : float32 ndarray (12, rows, columns)
        Mean of the days' highest temperatures [degC].
    monthly_potential_evapotranspiration : float32 ndarray (12, rows, columns)
        Of each month [mm].
    cooling_temperature : float
        Highest temperature of a day above which cooling is wanted [degC].

    Returns
    -------
    float32 ndarray (rows, columns)
        Share, 0 to 1; 0 where nothing evaporates all the year.
    """
    hot = monthly_temperature_maximum > np.float32(cooling_temperature)
    total = monthly_potential_evapotranspiration.sum(axis=0, dtype=np.float32)
    taken = np.where(hot, monthly_potential_evapotranspiration, np.float32(0)).sum(axis=0, dtype=np.float32)
    share = taken / np.where(total > 0, total, np.float32(1))
    unknown = np.isnan(total) | np.isnan(monthly_temperature_maximum).any(axis=0)
    return np.where(unknown, np.float32(np.nan), share)


@step(gives="cooling_season_share", method="days")
def season_share_of_days(cooling_days: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of the year's evaporation that falls on hot days, as if each day of the year evaporated as much.

    Parameters
    ----------
    cooling_days : float32 ndarray (rows, columns)
        Days on which cooling is wanted [d].

    Returns
    -------
    float32 ndarray (rows, columns)
        Share, 0 to 1: rather too small, for more evaporates when it is hot.
    """
    return np.minimum(cooling_days / np.float32(YEAR_DAYS), np.float32(1))


@step
def cooling_table() -> pd.DataFrame:
    """Heat that plants take up in transpiring, and which ecosystems are open water, as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, heat_rate [kJ/m2/day], open_water (1 or 0), unit, source,
        status.

    Notes
    -----
    70.4 kJ/m2 a day for forest and 25.6 for shrub and grassland are repeated in accounts of ecosystem products. They
    are small: 1 mm of transpiration takes up 2,450 kJ/m2, so that they stand for 0.03 and 0.01 mm. Forests on the
    Loess Plateau give off 219 to 257 mm from June to September (Xiao et al. 2019, Acta Ecologica Sinica 39(16):
    5836-5846), which is 4,400 to 5,200 kJ/m2 a day. The method `evapotranspiration` has that order of size.
    """
    return pd.read_csv(Path(__file__).with_name("cooling.csv"))


@step(gives="transpiration_heat_rate", method="ecosystem")
def heat_rate_of_ecosystem(ecosystem: NDArray[np.int32], cooling_table: pd.DataFrame) -> NDArray[np.float32]:
    """Heat that the transpiration of each ecosystem takes up on a hot day.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    cooling_table : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Heat [kJ/m2/day]; 0 where accounts count no cooling by plants.
    """
    return of_ecosystem(ecosystem, cooling_table, "heat_rate")


@step(gives="open_water_share", method="ecosystem")
def open_water_of_ecosystem(ecosystem: NDArray[np.int32], cooling_table: pd.DataFrame) -> NDArray[np.float32]:
    """Whether an ecosystem is open water.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    cooling_table : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 or 0.
    """
    return of_ecosystem(ecosystem, cooling_table, "open_water")


@step(gives="transpiration_heat", method="heat_rate")
def transpiration_heat_of_rate(
    transpiration_heat_rate: NDArray[np.float32], cooling_days: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Heat that plants take up on the hot days, from what they take up in one.

    Parameters
    ----------
    transpiration_heat_rate : float32 ndarray (rows, columns)
        Heat [kJ/m2/day].
    cooling_days : float32 ndarray (rows, columns)
        Days on which cooling is wanted [d].

    Returns
    -------
    float32 ndarray (rows, columns)
        Heat [MJ/ha/year].

    Notes
    -----
    EPP d in accounts of ecosystem products (Baima Zhuoga et al. 2017, ChinaXiv-201711.00120); 1 kJ/m2 is 10 MJ/ha.

    Examples
    --------
    >>> transpiration_heat_of_rate(np.array([[70.4]], np.float32), np.array([[90.0]], np.float32)).round().tolist()
    [[63360.0]]
    """
    return transpiration_heat_rate * cooling_days * np.float32(SQUARE_METRES * 1e-3)


@step(gives="transpiration_heat", method="evapotranspiration")
def transpiration_heat_of_evapotranspiration(
    evapotranspiration: NDArray[np.float32],
    cooling_season_share: NDArray[np.float32],
    transpiration_heat_rate: NDArray[np.float32],
    *,
    latent_heat: float,
) -> NDArray[np.float32]:
    """Heat that plants take up on the hot days, from the year's evapotranspiration.

    Parameters
    ----------
    evapotranspiration : float32 ndarray (rows, columns)
        What the land gives back to the air in the year [mm].
    cooling_season_share : float32 ndarray (rows, columns)
        Share of the year's evaporation that falls on hot days.
    transpiration_heat_rate : float32 ndarray (rows, columns)
        Heat on a hot day [kJ/m2/day]: tells where accounts count cooling by plants, its size is not used.
    latent_heat : float
        Heat that evaporating water takes up [MJ/kg].

    Returns
    -------
    float32 ndarray (rows, columns)
        Heat [MJ/ha/year].

    Notes
    -----
    1 mm is 1 kg/m2. What the soil evaporates beneath the plants is counted with them.
    """
    heat = evapotranspiration * cooling_season_share * np.float32(latent_heat * SQUARE_METRES)
    # Written so that what is not known stays so.
    return np.where(transpiration_heat_rate > 0, heat, transpiration_heat_rate)


@step(gives="water_surface_evaporation", method="potential_evapotranspiration")
def surface_evaporation_of_potential(
    potential_evapotranspiration: NDArray[np.float32],
    cooling_season_share: NDArray[np.float32],
    *,
    open_water_coefficient: float,
) -> NDArray[np.float32]:
    """What open water evaporates on the hot days, from what well watered grass does in the year.

    Parameters
    ----------
    potential_evapotranspiration : float32 ndarray (rows, columns)
        Of a well watered short grass in the year [mm].
    cooling_season_share : float32 ndarray (rows, columns)
        Share of the year's evaporation that falls on hot days.
    open_water_coefficient : float
        Evaporation of open water over that of the grass.

    Returns
    -------
    float32 ndarray (rows, columns)
        Evaporation [mm].
    """
    return potential_evapotranspiration * cooling_season_share * np.float32(open_water_coefficient)


@step
def climate_regulation(
    transpiration_heat: NDArray[np.float32],
    open_water_share: NDArray[np.float32],
    water_surface_evaporation: NDArray[np.float32],
    *,
    latent_heat: float,
) -> NDArray[np.float32]:
    """Heat that plants and open water take out of the air on the hot days of a year.

    Parameters
    ----------
    transpiration_heat : float32 ndarray (rows, columns)
        Heat that plants take up [MJ/ha/year].
    open_water_share : float32 ndarray (rows, columns)
        Share of open water.
    water_surface_evaporation : float32 ndarray (rows, columns)
        What open water evaporates on hot days [mm].
    latent_heat : float
        Heat that evaporating water takes up [MJ/kg].

    Returns
    -------
    float32 ndarray (rows, columns)
        Heat [MJ/ha/year]. Land without water does not need to know what water would evaporate, nor open water what
        plants would.
    """
    return _of_both(open_water_share, transpiration_heat, water_surface_evaporation, latent_heat * SQUARE_METRES)


@step
def climate_regulation_electricity(
    transpiration_heat: NDArray[np.float32],
    open_water_share: NDArray[np.float32],
    water_surface_evaporation: NDArray[np.float32],
    *,
    latent_heat: float,
    air_conditioner_efficiency: float,
    humidifier_energy: float,
) -> NDArray[np.float32]:
    """Electricity that it would take to do what plants and open water do on the hot days of a year.

    Parameters
    ----------
    transpiration_heat : float32 ndarray (rows, columns)
        Heat that plants take up [MJ/ha/year].
    open_water_share : float32 ndarray (rows, columns)
        Share of open water.
    water_surface_evaporation : float32 ndarray (rows, columns)
        What open water evaporates on hot days [mm].
    latent_heat : float
        Heat that evaporating water takes up [MJ/kg].
    air_conditioner_efficiency : float
        Heat that an air conditioner moves for the electricity it takes.
    humidifier_energy : float
        Electricity that a humidifier takes to evaporate water [kWh/m3].

    Returns
    -------
    float32 ndarray (rows, columns)
        Electricity [kWh/ha/year].

    Notes
    -----
    ``EPP S d / (3600 r)`` for plants, ``Ew q 10^3 / 3600 + Ew y`` for water (Baima Zhuoga et al. 2017,
    ChinaXiv-201711.00120): EPP in kJ/m2/day, S the area, d days, r the air conditioner's efficiency, Ew in m3, q in
    J/g, y in kWh/m3. As printed, the heat of plants is divided by r and that of water is not.
    """
    of_plants = transpiration_heat / np.float32(MEGAJOULES_A_KILOWATT_HOUR * air_conditioner_efficiency)
    # A cubic metre weighs 1,000 kg; 1 mm is 10 m3/ha.
    of_water = 10.0 * (latent_heat * 1000.0 / MEGAJOULES_A_KILOWATT_HOUR + humidifier_energy)
    return _of_both(open_water_share, of_plants, water_surface_evaporation, of_water)


def _of_both(
    share: NDArray[np.float32], of_plants: NDArray[np.float32], evaporation: NDArray[np.float32], of_water: float
) -> NDArray[np.float32]:
    """Give the sum over the part of plants and that of water; neither needs data where it has no part."""
    dry = np.where(share < 1, (np.float32(1) - share) * of_plants, np.float32(0))
    wet = np.where(share > 0, share * evaporation * np.float32(of_water), np.float32(0))
    return np.where(np.isnan(share), np.float32(np.nan), dry + wet)


def _by_month(which: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.tensordot(np.asarray(MONTH_DAYS, np.float32), which.astype(np.float32), axes=1)
