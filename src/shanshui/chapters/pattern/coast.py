"""Importance of the coast for protection against the sea (paper 2.2)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.chapters.pattern.importance import three_classes
from shanshui.science.lookup import values_of_codes

_TYPES = Path(__file__).with_name("coast_importance.csv")


@step
def coast_importance_table() -> pd.DataFrame:
    """Importance of each type of coast.

    Returns
    -------
    DataFrame
        One row a type: code, importance, source, status.
    """
    return pd.read_csv(_TYPES)


@step
def coast_importance(coast_type: NDArray[np.int32], coast_importance_table: pd.DataFrame) -> NDArray[np.int32]:
    """Importance of the coast for protection against the sea.

    Parameters
    ----------
    coast_type : int32 ndarray (rows, columns)
        1 artificial to 5 silt and mud; -1 off the coast.
    coast_importance_table : DataFrame
        Columns code and importance.

    Returns
    -------
    int32 ndarray (rows, columns)
        1 to 3; -1 off the coast.

    Notes
    -----
    Guideline of 2020 for the double evaluation (its text was not obtained; to be checked): biogenic, sandy and bedrock
    coasts are extremely important, other natural ones important.
    """
    table = coast_importance_table
    found = values_of_codes(coast_type, table["code"].to_numpy(), table["importance"].to_numpy())
    return np.where(np.isfinite(found), found, -1).astype(np.int32)


@step
def coast_importance_legend() -> pd.DataFrame:
    """Legend of the importance of the coast.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    return three_classes()
