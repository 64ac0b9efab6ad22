"""Water: what of the rain runs off, goes back to the air, and is kept (paper 2.1, 3.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.lookup import values_of_codes


@step
def runoff_coefficients_gong_2017() -> pd.DataFrame:
    """Runoff coefficients by ecosystem after Gong et al., as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, coefficient, unit, source, status.

    Notes
    -----
    HJ 1173-2021 has no table of its own. This one and that of the guide agree on most shrub and grass and contradict
    each other on four of five forests.
    """
    return _profile("gong_2017")


@step
def runoff_coefficients_guide_2019_draft() -> pd.DataFrame:
    """Runoff coefficients by ecosystem after a public script for the red-line guide, as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, coefficient, unit, source, status.
    """
    return _profile("guide_2019_draft")


@step(gives="runoff_coefficient", method="gong_2017")
def runoff_coefficient_gong(
    ecosystem: NDArray[np.int32], runoff_coefficients_gong_2017: pd.DataFrame
) -> NDArray[np.float32]:
    """Runoff coefficient of each ecosystem as measured on plots in China.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    runoff_coefficients_gong_2017 : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Surface runoff over rain.

    Notes
    -----
    Gong et al. (2017), Acta Ecologica Sinica 37(7): 2455-2462, table 2, means over plots. Where the ecosystems do not
    tell two of its types apart, their mean; what it lacks (farmland, built and bare land) is an own choice, and the
    table says so.
    """
    return _looked_up(ecosystem, runoff_coefficients_gong_2017)


@step(gives="runoff_coefficient", method="guide_2019_draft")
def runoff_coefficient_guide(
    ecosystem: NDArray[np.int32], runoff_coefficients_guide_2019_draft: pd.DataFrame
) -> NDArray[np.float32]:
    """Runoff coefficient of each ecosystem as a public script for the red-line guide has it.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    runoff_coefficients_guide_2019_draft : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Surface runoff over rain.

    Notes
    -----
    As implemented in public code for the draft of the double evaluation of 2019 and the guide of 2017; the official
    text was not read.
    """
    return _looked_up(ecosystem, runoff_coefficients_guide_2019_draft)


@step
def surface_runoff(precipitation: NDArray[np.float32], runoff_coefficient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rain that runs off over the ground.

    Parameters
    ----------
    precipitation : float32 ndarray (rows, columns)
        Rain of the year [mm].
    runoff_coefficient : float32 ndarray (rows, columns)
        Surface runoff over rain.

    Returns
    -------
    float32 ndarray (rows, columns)
        Runoff [mm].
    """
    return precipitation * runoff_coefficient


@step
def water_balance(
    precipitation: NDArray[np.float32],
    surface_runoff: NDArray[np.float32],
    evapotranspiration: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Rain less surface runoff and evapotranspiration.

    Parameters
    ----------
    precipitation, surface_runoff, evapotranspiration : float32 ndarray (rows, columns)
        Of the year [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Balance [mm]; below 0 where more water leaves than rain brings, from snow, ice, ground or irrigation.
    """
    return precipitation - surface_runoff - evapotranspiration


@step(gives="water_conservation", method="hj1173_2021")
def water_conservation_hj1173(water_balance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rain that the ecosystem keeps: the water balance where it is positive.

    Parameters
    ----------
    water_balance : float32 ndarray (rows, columns)
        Rain less surface runoff and evapotranspiration [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Water conserved [mm]; 0 where the balance is negative, see `water_clipped`.

    Notes
    -----
    HJ 1173-2021: ``Q = sum A (P - R - ET) x 10^3`` m3, P - R - ET in mm. It calls P the runoff-producing rain, where
    others take all rain; give that as `precipitation` to follow it to the letter. It prints A in m2, and 10^3 fits
    km2 only: a misprint; volumes here are mm x m2 / 1000. A public script takes the absolute value of the balance,
    which turns a deficit into a service; here it is none.
    """
    return np.maximum(water_balance, np.float32(0.0))


@step
def water_clipped(water_balance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the water balance is negative, and water conservation therefore 0.

    Parameters
    ----------
    water_balance : float32 ndarray (rows, columns)
        Rain less surface runoff and evapotranspiration [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        1 where it is negative, 0 elsewhere; the mean over a zone is the clipped share of its area.
    """
    return np.where(np.isnan(water_balance), water_balance, (water_balance < 0).astype(np.float32))


@step
def water_yield(precipitation: NDArray[np.float32], evapotranspiration: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rain less evapotranspiration: what leaves the land over and under ground.

    Parameters
    ----------
    precipitation, evapotranspiration : float32 ndarray (rows, columns)
        Of the year [mm].

    Returns
    -------
    float32 ndarray (rows, columns)
        Yield [mm]; below 0 where evapotranspiration draws on other water than the year's rain.

    Notes
    -----
    As in the annual water yield of InVEST, ``(1 - AET / P) P``.
    """
    return precipitation - evapotranspiration


def _profile(name: str) -> pd.DataFrame:
    table = pd.read_csv(Path(__file__).with_name("runoff_coefficient.csv"))
    return table[table["profile"] == name].drop(columns="profile").reset_index(drop=True)


def _looked_up(ecosystem: NDArray[np.int32], table: pd.DataFrame) -> NDArray[np.float32]:
    return values_of_codes(ecosystem, table["level2"].to_numpy(), table["coefficient"].to_numpy())
