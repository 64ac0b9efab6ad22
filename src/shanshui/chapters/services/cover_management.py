"""How cover and practice lower erosion: factors C and P (paper 2.1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.lookup import values_of_codes
from shanshui.science.water_erosion import cover_factor_by_class, cover_factor_of_cai

# Columns of the table, from little cover to much.
COVER_CLASSES = ["under_10", "from_10_to_30", "from_30_to_50", "from_50_to_70", "from_70_to_90", "over_90"]


@step
def cover_management_table() -> pd.DataFrame:
    """Cover and management factors by ecosystem and class of cover, as shanshui ships them.

    Returns
    -------
    DataFrame
        A row for each ecosystem of the second level, with source and status.
    """
    return pd.read_csv(Path(__file__).with_name("cover_management.csv"))


@step(gives="cover_management", method="hj1173_2021")
def cover_management_by_class(
    ecosystem: NDArray[np.int32], vegetation_cover: NDArray[np.float32], cover_management_table: pd.DataFrame
) -> NDArray[np.float32]:
    """Cover and management factor by ecosystem and class of cover.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 no data.
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground under vegetation [1].
    cover_management_table : DataFrame
        Factors by ecosystem.

    Returns
    -------
    float32 ndarray (rows, columns)
        C [1]. Ecosystems with one factor for every cover (water, towns, paddy) have it where the cover is unknown too.

    Notes
    -----
    HJ 1173-2021, annex A: six classes of cover with bounds at 10, 30, 50, 70 and 90 percent; dry cropland
    0.221 - 0.595 lg(cover), not above 1 (which it is below 4.9 percent).
    """
    dry = cover_management_table["rule"].to_numpy(str) == "dry_cropland"
    codes, values = cover_management_table["level2"].to_numpy(np.int64), cover_management_table[COVER_CLASSES]
    return cover_factor_by_class(ecosystem, vegetation_cover, codes, values.to_numpy(np.float64), dry)


@step(gives="cover_management", method="cai_2000")
def cover_management_of_cai(vegetation_cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cover and management factor from cover alone.

    Parameters
    ----------
    vegetation_cover : float32 ndarray (rows, columns)
        Share of the ground under vegetation [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        C [1].

    Notes
    -----
    Cai Chongfa et al. (2000): 1 without cover, 0.6508 - 0.3436 lg(cover in percent), not above 1, up to 78.3 percent,
    0 beyond.
    """
    return cover_factor_of_cai(vegetation_cover)


@step
def support_practice_table() -> pd.DataFrame:
    """Support practice factors by ecosystem, as shanshui ships them.

    Returns
    -------
    DataFrame
        A row for each ecosystem of the second level, with source and status.
    """
    return pd.read_csv(Path(__file__).with_name("support_practice.csv"))


@step(gives="support_practice", method="ecosystem")
def support_practice_by_ecosystem(
    ecosystem: NDArray[np.int32], support_practice_table: pd.DataFrame
) -> NDArray[np.float32]:
    """Support practice factor by ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 no data.
    support_practice_table : DataFrame
        Factors by ecosystem.

    Returns
    -------
    float32 ndarray (rows, columns)
        P [1].

    Notes
    -----
    No national table has been found: those of Huanghua (ChinaXiv-201711.00309) stand in where land is worked, and 1
    where it is not. A study that knows its terraces gives P itself.
    """
    codes, values = support_practice_table["level2"], support_practice_table["support_practice"]
    return values_of_codes(ecosystem, codes.to_numpy(np.int64), values.to_numpy(np.float64))
