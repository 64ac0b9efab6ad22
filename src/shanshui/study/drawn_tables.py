"""Tables of many draws: mean, standard deviation and quantiles of every number, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def summary_of_tables(frames: Sequence[pd.DataFrame], quantiles: Sequence[float]) -> pd.DataFrame:
    """Summarise the tables of all draws.

    Parameters
    ----------
    frames : sequence of DataFrame
        One a draw, with the same columns. Numbers with a fraction are what varies; all else names a row.
    quantiles : sequence of float
        Which quantiles are wanted [percent].

    Returns
    -------
    DataFrame
        One row a row of the tables and number that varies: what names it, ``column``, ``mean``,
        ``standard_deviation``, ``quantile_05`` ..., and ``draws``, in how many of them the row has the number.

    Examples
    --------
    >>> frames = [pd.DataFrame({"zone": ["a"], "mean": [value]}) for value in (1.0, 2.0, 3.0)]
    >>> print(summary_of_tables(frames, []).to_string(index=False))
    zone column  mean  standard_deviation  draws
       a   mean   2.0                 1.0      3
    """
    long, names = _long(frames)
    grouped = long.groupby([*names, "column"], sort=False, dropna=False)["drawn"]
    told = grouped.agg(mean="mean", standard_deviation="std", draws="count")
    for quantile in quantiles:
        told.insert(len(told.columns) - 1, f"quantile_{quantile:02.0f}", grouped.quantile(quantile / 100))
    found = told.reset_index()
    return found.drop(columns="again") if (found["again"] == 0).all() else found


def zone_means(frames: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, NDArray[np.float64]] | None:
    """Give the means by zone of all draws.

    Parameters
    ----------
    frames : sequence of DataFrame
        One a draw.

    Returns
    -------
    DataFrame, float64 ndarray (draws, rows), or None
        What names the rows that have a mean in every draw, and the means; None where it is no table of means by zone.
    """
    if not {"zoning", "zone", "mean"} <= set(frames[0].columns):
        return None
    long, names = _long([frame.drop(columns=_numbers(frame, but="mean")) for frame in frames])
    wide = long.pivot_table("drawn", index="draw", columns=names, sort=False, dropna=False).dropna(axis=1)
    if wide.empty:
        return None
    return wide.columns.to_frame(index=False).drop(columns="again"), wide.to_numpy(np.float64)


def _numbers(frame: pd.DataFrame, but: str = "") -> list[str]:
    return [str(name) for name in frame.columns if frame[name].dtype.kind == "f" and name != but]


def _long(frames: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[str]]:
    """Put all draws into one table, one row a number; and tell which columns name it."""
    varying = _numbers(frames[0])
    names = [str(name) for name in frames[0].columns if name not in varying]
    numbered = []
    for draw, frame in enumerate(frames):
        # Rows that are called the same are told apart by their order.
        again = frame.groupby(names, sort=False, dropna=False).cumcount() if names else np.arange(len(frame))
        numbered.append(frame.assign(again=again, draw=draw))
    long = pd.concat(numbered).melt([*names, "again", "draw"], varying, "column", "drawn")
    return long, [*names, "again"]
