"""What the land gives back to the air in a year (paper 2.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.evapotranspiration import budyko, turc
from shanshui.science.lookup import of_ecosystem


@step
def evapotranspiration_coefficients() -> pd.DataFrame:
    """Crop coefficient, root depth and vegetation by ecosystem, as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, crop_coefficient, root_depth [mm], vegetated (1 or 0), unit,
        source, status.
    """
    return pd.read_csv(Path(__file__).with_name("evapotranspiration.csv"))


@step(gives="crop_coefficient", method="ecosystem")
def crop_coefficient_of_ecosystem(
    ecosystem: NDArray[np.int32], evapotranspiration_coefficients: pd.DataFrame
) -> NDArray[np.float32]:
    """Crop coefficient of each ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    evapotranspiration_coefficients : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Multiple of the potential evapotranspiration.

    Notes
    -----
    Orders of size after FAO-56 (Allen et al. 1998) and the user's guide of InVEST; own choices, to be replaced.
    """
    return of_ecosystem(ecosystem, evapotranspiration_coefficients, "crop_coefficient")


@step(gives="root_depth", method="ecosystem")
def root_depth_of_ecosystem(
    ecosystem: NDArray[np.int32], evapotranspiration_coefficients: pd.DataFrame
) -> NDArray[np.float32]:
    """Depth that the roots of each ecosystem reach.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    evapotranspiration_coefficients : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Depth [mm]; 0 without plants.
    """
    return of_ecosystem(ecosystem, evapotranspiration_coefficients, "root_depth")


@step(gives="vegetated", method="ecosystem")
def vegetated_by_ecosystem(
    ecosystem: NDArray[np.int32], evapotranspiration_coefficients: pd.DataFrame
) -> NDArray[np.float32]:
    """Whether plants of each ecosystem take their water from the soil.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    evapotranspiration_coefficients : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        1 or 0. Wetlands, which stand in water, are 0, as in InVEST.
    """
    return of_ecosystem(ecosystem, evapotranspiration_coefficients, "vegetated")


@step(gives="evapotranspiration", method="budyko_zhang_2004")
def evapotranspiration_budyko(
    precipitation: NDArray[np.float32],
    potential_evapotranspiration: NDArray[np.float32],
    crop_coefficient: NDArray[np.float32],
    root_depth: NDArray[np.float32],
    soil_depth: NDArray[np.float32],
    available_water_capacity: NDArray[np.float32],
    vegetated: NDArray[np.floating],
    *,
    seasonality_constant: float,
) -> NDArray[np.float32]:
    """Evapotranspiration by Budyko's curve, of rain, warmth and the water that the soil holds.

    Parameters
    ----------
    precipitation : float32 ndarray (rows, columns)
        Rain of the year [mm].
    potential_evapotranspiration : float32 ndarray (rows, columns)
        Of a well watered short grass [mm].
    crop_coefficient : float32 ndarray (rows, columns)
        Multiple of it that the land's cover would evaporate.
    root_depth, soil_depth : float32 ndarray (rows, columns)
        Depth of roots and of the soil [mm].
    available_water_capacity : float32 ndarray (rows, columns)
        Share of the soil's volume that holds water for plants.
    vegetated : float ndarray (rows, columns)
        1 where plants take water from the soil, 0 elsewhere.
    seasonality_constant : float
        Z of the curve: how evenly rain and warmth fall together over the year.

    Returns
    -------
    float32 ndarray (rows, columns)
        Evapotranspiration [mm], never above the rain. Land that is not vegetated does not need its soil's data.

    Notes
    -----
    ``AET / P = 1 + PET / P - (1 + (PET / P)^w)^(1 / w)``, ``w = min(5, 1.25 + Z AWC / P)``,
    ``AWC = min(root depth, soil depth) x capacity``, ``PET = Kc ET0`` (Zhang et al. 2004; Donohue et al. 2012), and
    ``min(Kc ET0, P)`` on land that is not vegetated, as in the annual water yield of InVEST. Where it does not rain,
    InVEST has no data and this gives 0.
    """
    return budyko(
        precipitation,
        potential_evapotranspiration,
        crop_coefficient,
        root_depth,
        soil_depth,
        available_water_capacity,
        vegetated,
        seasonality_constant,
    )


@step(gives="evapotranspiration", method="turc_1954")
def evapotranspiration_turc(
    precipitation: NDArray[np.float32], mean_temperature: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Evapotranspiration of annual rain and mean temperature alone.

    Parameters
    ----------
    precipitation : float32 ndarray (rows, columns)
        Rain of the year [mm].
    mean_temperature : float32 ndarray (rows, columns)
        Mean temperature of the year [degC].

    Returns
    -------
    float32 ndarray (rows, columns)
        Evapotranspiration [mm], never above the rain.

    Notes
    -----
    Turc (1954): ``P / sqrt(0.9 + (P / L)^2)``, ``L = 300 + 25 T + 0.05 T^3``; all rain where P / L < 0.316. It knows
    nothing of the land's cover.
    """
    return turc(precipitation, mean_temperature)
