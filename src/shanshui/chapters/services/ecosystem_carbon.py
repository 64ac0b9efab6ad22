"""Carbon of the ecosystems as it comes with shanshui: for a study that has no figures of its own (paper 2.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.lookup import of_ecosystem

POOLS = ("aboveground", "belowground", "soil", "dead")


@step
def carbon_pool_table() -> pd.DataFrame:
    """Carbon of four pools by ecosystem, as it comes with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, aboveground, belowground, soil, dead [t/ha], unit, source,
        status.

    Notes
    -----
    China's means over forests, shrublands, grasslands and croplands (Tang et al. 2018), split over the pools by an own
    choice, and own choices for the rest. An old forest of the tropics holds several times as much above ground, a young
    one half: a study that has figures of its own gives them.
    """
    return pd.read_csv(Path(__file__).with_name("carbon_pools.csv"))


@step(gives="carbon_{of}", method="ecosystem", of=POOLS)
def pool_of_ecosystem(
    ecosystem: NDArray[np.int32], carbon_pool_table: pd.DataFrame, *, of_name: str
) -> NDArray[np.float32]:
    """Carbon of each ecosystem in one pool: above ground, in the roots, in the soil, in dead wood and litter.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    carbon_pool_table : DataFrame
        The table that comes with shanshui.
    of_name : str
        The pool.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [t/ha]; of the soil that of the first metre.
    """
    return of_ecosystem(ecosystem, carbon_pool_table, of_name)


@step
def sequestration_table() -> pd.DataFrame:
    """Ratio of productivities and rate of carbon fixation by ecosystem, as they come with shanshui.

    Returns
    -------
    DataFrame
        One row a second-level ecosystem: level2, name, ratio, rate [t/ha/year], unit, source, status.

    Notes
    -----
    Cropland fixes nothing: what grows is eaten within the year.
    """
    return pd.read_csv(Path(__file__).with_name("sequestration.csv"))


@step(gives="sequestration_ratio", method="ecosystem")
def ratio_of_ecosystem(ecosystem: NDArray[np.int32], sequestration_table: pd.DataFrame) -> NDArray[np.float32]:
    """Net ecosystem over net primary productivity of each ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    sequestration_table : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Ratio.
    """
    return of_ecosystem(ecosystem, sequestration_table, "ratio")


@step(gives="carbon_fixation_rate", method="ecosystem")
def rate_of_ecosystem(ecosystem: NDArray[np.int32], sequestration_table: pd.DataFrame) -> NDArray[np.float32]:
    """Rate of carbon fixation of each ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    sequestration_table : DataFrame
        The table that comes with shanshui.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [t/ha/year].
    """
    return of_ecosystem(ecosystem, sequestration_table, "rate")
