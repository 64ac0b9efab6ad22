"""Productivity: carbon that plants bind, by a ratio from the gross or from light and weather (paper 2.1, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science import light_use_efficiency as model
from shanshui.science.lookup import of_ecosystem


@step(gives="net_primary_productivity", method="gross_ratio")
def productivity_of_gross(
    gross_primary_productivity: NDArray[np.float32], *, carbon_use_efficiency: float
) -> NDArray[np.float32]:
    """Net primary productivity as a share of the gross.

    Parameters
    ----------
    gross_primary_productivity : float32 ndarray (rows, columns)
        Carbon that plants bind in a year [g/m2/year].
    carbon_use_efficiency : float
        Net over gross.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [g/m2/year].

    Notes
    -----
    One ratio for all: between years and places the result differs just as the gross does.

    Examples
    --------
    >>> productivity_of_gross(np.array([[300.0, np.nan]], np.float32), carbon_use_efficiency=0.5).tolist()
    [[150.0, nan]]
    """
    return gross_primary_productivity * np.float32(carbon_use_efficiency)


@step(gives="net_primary_productivity", method="months")
def productivity_of_months(monthly_net_primary_productivity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Net primary productivity of the year as the sum of its months.

    Parameters
    ----------
    monthly_net_primary_productivity : float32 ndarray (12, rows, columns)
        Carbon that plants bind in each month [g/m2].

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [g/m2/year]; NaN where a month has no data.
    """
    return monthly_net_primary_productivity.sum(axis=0, dtype=np.float32)


@step(gives="monthly_net_primary_productivity", method="casa")
def productivity_of_light(
    monthly_ndvi: NDArray[np.float32],
    monthly_solar_radiation: NDArray[np.float32],
    monthly_temperature: NDArray[np.float32],
    monthly_water_stress: NDArray[np.float32],
    light_use_efficiency: NDArray[np.float32],
    saturated_ndvi: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Carbon bound in each month by the CASA model, from light, warmth and water.

    Parameters
    ----------
    monthly_ndvi : float32 ndarray (12, rows, columns)
        Vegetation index.
    monthly_solar_radiation : float32 ndarray (12, rows, columns)
        Radiation of the sun on the ground, the sum of the month [MJ/m2].
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature [degC].
    monthly_water_stress : float32 ndarray (12, rows, columns)
        Factor of water stress, 0.5 to 1.
    light_use_efficiency : float32 ndarray (rows, columns)
        Greatest efficiency of the kind of vegetation [g/MJ].
    saturated_ndvi : float32 ndarray (rows, columns)
        Vegetation index at which the kind of vegetation takes up all light it can.

    Returns
    -------
    float32 ndarray (12, rows, columns)
        Carbon [g/m2]; NaN in a month in which something is not known.

    Notes
    -----
    ``NPP = e T1 T2 W x 0.5 SOL FPAR`` (Potter et al. 1993, Global Biogeochemical Cycles 7(4): 811-841; Zhu, Pan and
    Zhang 2007, Journal of Plant Ecology 31(3): 413-424); see `science.light_use_efficiency`.
    """
    return model.net_primary_productivity(
        monthly_ndvi,
        monthly_solar_radiation,
        monthly_temperature,
        monthly_water_stress,
        light_use_efficiency,
        saturated_ndvi,
    )


@step(gives="monthly_water_stress", method="evapotranspiration")
def water_stress_of_evapotranspiration(
    monthly_evapotranspiration: NDArray[np.float32], monthly_potential_evapotranspiration: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Factor of water stress from evapotranspiration, actual and potential.

    Parameters
    ----------
    monthly_evapotranspiration, monthly_potential_evapotranspiration : float32 ndarray (12, rows, columns)
        Of each month [mm].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        0.5 (dry) to 1 (wet).

    Notes
    -----
    ``W = 0.5 + 0.5 E / Ep`` (Potter et al. 1993); see `science.light_use_efficiency`.
    """
    return model.given_water_stress(monthly_evapotranspiration, monthly_potential_evapotranspiration)


@step(gives="monthly_water_stress", method="zhou_zhang_1995")
def water_stress_of_rain(
    monthly_precipitation: NDArray[np.float32], monthly_potential_evapotranspiration: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Factor of water stress from rain and what the air could take up.

    Parameters
    ----------
    monthly_precipitation, monthly_potential_evapotranspiration : float32 ndarray (12, rows, columns)
        Of each month [mm].

    Returns
    -------
    float32 ndarray (12, rows, columns)
        0.5 (dry) to 1 (wet).

    Notes
    -----
    Evapotranspiration of a region after Zhou and Zhang (1995) and Boucher, as in Zhu, Pan and Zhang (2007); see
    `science.light_use_efficiency`.
    """
    return model.regional_water_stress(monthly_precipitation, monthly_potential_evapotranspiration)


@step
def light_use_efficiency_zhu_2006() -> pd.DataFrame:
    """Light-use efficiency by ecosystem after Zhu Wenquan, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, efficiency [g/MJ], saturated_ndvi, unit, source, status.
    """
    return _profile("zhu_2006")


@step
def light_use_efficiency_table_2021() -> pd.DataFrame:
    """Light-use efficiency by ecosystem after ChinaXiv-202106.00083, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, efficiency [g/MJ], saturated_ndvi, unit, source, status.

    Notes
    -----
    It prints the values of Zhu Wenquan in other rows: evergreen broadleaf forest has there what deciduous has here, and
    shrub another number. The scheme's broadleaf forest is the mean of both kinds, and so the same in both tables.
    """
    return _profile("table_2021")


@step(gives="light_use_efficiency", method="zhu_2006")
def efficiency_of_zhu(ecosystem: NDArray[np.int32], light_use_efficiency_zhu_2006: pd.DataFrame) -> NDArray[np.float32]:
    """Light-use efficiency of each ecosystem after Zhu Wenquan.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    light_use_efficiency_zhu_2006 : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon for light taken up [g/MJ].

    Notes
    -----
    Zhu et al. (2006), Chinese Science Bulletin 51(4): 457-463, as printed in ChinaXiv-201703.00404.
    """
    return of_ecosystem(ecosystem, light_use_efficiency_zhu_2006, "efficiency")


@step(gives="light_use_efficiency", method="table_2021")
def efficiency_of_2021(
    ecosystem: NDArray[np.int32], light_use_efficiency_table_2021: pd.DataFrame
) -> NDArray[np.float32]:
    """Light-use efficiency of each ecosystem after ChinaXiv-202106.00083.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    light_use_efficiency_table_2021 : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon for light taken up [g/MJ].

    Notes
    -----
    It contradicts the other table, of which it seems to be a copy with rows exchanged: to be chosen only on purpose.
    """
    return of_ecosystem(ecosystem, light_use_efficiency_table_2021, "efficiency")


@step(gives="saturated_ndvi", method="ecosystem")
def saturated_ndvi_of_ecosystem(
    ecosystem: NDArray[np.int32], light_use_efficiency_zhu_2006: pd.DataFrame
) -> NDArray[np.float32]:
    """Vegetation index at which each ecosystem takes up all light it can.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    light_use_efficiency_zhu_2006 : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Vegetation index.
    """
    return of_ecosystem(ecosystem, light_use_efficiency_zhu_2006, "saturated_ndvi")


def _profile(name: str) -> pd.DataFrame:
    table = pd.read_csv(Path(__file__).with_name("light_use_efficiency.csv"))
    return table[table["profile"] == name].drop(columns="profile").reset_index(drop=True)
