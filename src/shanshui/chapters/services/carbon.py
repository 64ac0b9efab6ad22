"""Carbon: what plants and soil hold, and what they take out of the air in a year (paper 2.1, 3.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.carbon import heterotrophic_respiration

# Mass of carbon dioxide over that of its carbon; and t/ha of one g/m2.
DIOXIDE = 44.0 / 12.0
TONNES = 0.01


@step(gives="carbon_stock", method="total")
def stock_of_density(carbon_density: NDArray[np.float32]) -> NDArray[np.float32]:
    """Carbon stock of a study that has one figure for all pools.

    Parameters
    ----------
    carbon_density : float32 ndarray (rows, columns)
        Carbon [t/ha], of the pools that the study's source counts.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [t/ha].
    """
    return carbon_density.copy()


@step(gives="carbon_stock", method="pools")
def stock_of_pools(
    carbon_aboveground: NDArray[np.float32],
    carbon_belowground: NDArray[np.float32] | None = None,
    carbon_soil: NDArray[np.float32] | None = None,
    carbon_dead: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Carbon stock as the sum of its pools.

    Parameters
    ----------
    carbon_aboveground : float32 ndarray (rows, columns)
        Carbon in stems, leaves and grass [t/ha].
    carbon_belowground, carbon_soil, carbon_dead : float32 ndarray (rows, columns), optional
        Carbon in roots, soil, dead wood and litter [t/ha].

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [t/ha]; NaN where one of the pools has no data.

    Notes
    -----
    As in the carbon model of InVEST. A pool that nothing gives is left out, and the receipt says so; a pool that has no
    data in a cell makes the cell's stock unknown, for a sum without it would look like a loss.

    Examples
    --------
    >>> pools = [np.array([[amount]], np.float32) for amount in (70.0, 18.0, 90.0)]
    >>> stock_of_pools(*pools).tolist()
    [[178.0]]
    """
    stock = carbon_aboveground.copy()
    for pool in (carbon_belowground, carbon_soil, carbon_dead):
        if pool is not None:
            stock += pool
    return stock


@step(gives="soil_respiration", method="months")
def respiration_of_months(
    monthly_temperature: NDArray[np.float32], monthly_precipitation: NDArray[np.float32], *, heterotrophic_share: float
) -> NDArray[np.float32]:
    """Carbon that life in the soil breathes out, from the warmth and rain of the months.

    Parameters
    ----------
    monthly_temperature : float32 ndarray (12, rows, columns)
        Mean temperature [degC].
    monthly_precipitation : float32 ndarray (12, rows, columns)
        Rain [mm].
    heterotrophic_share : float
        Factor of 46.5 percent in the equation.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [g/m2/year]; NaN where a month is not known.

    Notes
    -----
    ``Rh = 0.22 (exp(0.0912 T) + ln(0.3145 P + 1)) x 30 x 46.5 %`` a month (ChinaXiv-202106.00081, 202209.00152). It
    knows nothing of what there is to breathe: on bare ground it gives hundreds of grams, so that the difference to what
    grows there is negative.
    """
    return heterotrophic_respiration(monthly_temperature, monthly_precipitation, heterotrophic_share)


@step(gives="net_ecosystem_productivity", method="soil_respiration")
def ecosystem_productivity_of_respiration(
    net_primary_productivity: NDArray[np.float32], soil_respiration: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Net ecosystem productivity: what plants bind less what the soil breathes out.

    Parameters
    ----------
    net_primary_productivity : float32 ndarray (rows, columns)
        Carbon that plants bind [g/m2/year].
    soil_respiration : float32 ndarray (rows, columns)
        Carbon that life in the soil breathes out [g/m2/year].

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [g/m2/year]; below 0 where the land loses carbon.
    """
    return net_primary_productivity - soil_respiration


@step(gives="net_ecosystem_productivity", method="ratio")
def ecosystem_productivity_of_ratio(
    net_primary_productivity: NDArray[np.float32], sequestration_ratio: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Net ecosystem productivity as a share of the net primary one.

    Parameters
    ----------
    net_primary_productivity : float32 ndarray (rows, columns)
        Carbon that plants bind [g/m2/year].
    sequestration_ratio : float32 ndarray (rows, columns)
        Net ecosystem over net primary productivity.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [g/m2/year].

    Notes
    -----
    Accounts of ecosystem products take one ratio a province. They take productivity as dry matter and 72 / 162 of it as
    carbon; here it is carbon already.
    """
    return net_primary_productivity * sequestration_ratio


@step(gives="carbon_sequestration", method="net_ecosystem_productivity")
def sequestration_of_productivity(net_ecosystem_productivity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Carbon dioxide that the ecosystem takes out of the air, from its net productivity.

    Parameters
    ----------
    net_ecosystem_productivity : float32 ndarray (rows, columns)
        Carbon [g/m2/year].

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon dioxide [t/ha/year]; below 0 where more is given off than taken.

    Notes
    -----
    ``Q = 44 / 12 NEP``, 1 g/m2 = 0.01 t/ha. Losses are not cut off: a region's total is what it gains and loses.

    Examples
    --------
    >>> sequestration_of_productivity(np.array([[300.0, -30.0]], np.float32)).round(4).tolist()
    [[11.0, -1.100000023841858]]
    """
    return net_ecosystem_productivity * np.float32(DIOXIDE * TONNES)


@step(gives="carbon_sequestration", method="fixation_rate")
def sequestration_of_rate(carbon_fixation_rate: NDArray[np.float32]) -> NDArray[np.float32]:
    """Carbon dioxide that the ecosystem takes out of the air, from rates of its kind of land.

    Parameters
    ----------
    carbon_fixation_rate : float32 ndarray (rows, columns)
        Carbon [t/ha/year].

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon dioxide [t/ha/year].
    """
    return carbon_fixation_rate * np.float32(DIOXIDE)
