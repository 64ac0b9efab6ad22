"""From codes of classes to numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


def values_of_codes(codes: NDArray[np.int32], known: ArrayLike, values: ArrayLike) -> NDArray[np.float32]:
    """Look up a number for each cell by the code of its class.

    Parameters
    ----------
    codes : int32 ndarray (rows, columns)
        Codes; -1 where there is no data.
    known : int array-like (classes,)
        The codes that have a number, each once, in any order.
    values : float array-like (classes,)
        Their numbers.

    Returns
    -------
    float32 ndarray (rows, columns)
        NaN where there is no data or the code has no number.

    Examples
    --------
    >>> values_of_codes(np.array([[5, -1, 3]], np.int32), [3, 5], [0.25, 0.5]).tolist()
    [[0.5, nan, 0.25]]
    """
    order = np.argsort(np.asarray(known, np.int64))
    sorted_codes = np.asarray(known, np.int64)[order]
    numbers = np.append(np.asarray(values, np.float32)[order], np.float32(np.nan))
    if not len(sorted_codes):
        return np.full(codes.shape, np.nan, np.float32)
    low, high = int(sorted_codes[0]), int(sorted_codes[-1])
    if high - low < 65536:
        # One step of arithmetic and one look a cell; the last entry is for all that has no number.
        table = np.full(high - low + 2, np.nan, np.float32)
        table[sorted_codes - low] = numbers[:-1]
        return table[np.where((codes >= low) & (codes <= high), codes - low, high - low + 1)]
    place = np.searchsorted(sorted_codes, codes)
    found = sorted_codes[np.minimum(place, len(sorted_codes) - 1)] == codes
    return numbers[np.where(found, place, len(sorted_codes))]


def of_ecosystem(ecosystem: NDArray[np.int32], table: pd.DataFrame, column: str) -> NDArray[np.float32]:
    """Look up what a table tells of each second-level ecosystem.

    Parameters
    ----------
    ecosystem : int32 ndarray (rows, columns)
        Second-level codes; -1 where there is no data.
    table : DataFrame
        Column ``level2`` with the codes, and the numbers.
    column : str
        Where the numbers stand.

    Returns
    -------
    float32 ndarray (rows, columns)
        NaN where the table has no such code.

    Examples
    --------
    >>> table = pd.DataFrame({"level2": [11, 51], "share": [0.5, 0.25]})
    >>> of_ecosystem(np.array([[51, -1, 11]], np.int32), table, "share").tolist()
    [[0.25, nan, 0.5]]
    """
    return values_of_codes(ecosystem, table["level2"].to_numpy(), table[column].to_numpy())
