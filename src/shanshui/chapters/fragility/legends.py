"""Legends that several fragilities share."""

from __future__ import annotations

import pandas as pd

COLUMNS = ["code", "name", "name_zh", "colour"]


def sensitivity_legend() -> pd.DataFrame:
    """Give the three grades of sensitivity of the guide of 2017.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (1, "general", "一般敏感（一般）", "#fff7bc"),
        (2, "sensitive", "敏感（脆弱）", "#fec44f"),
        (3, "extremely sensitive", "极敏感（极脆弱）", "#993404"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def degradation_legend(none: str, none_zh: str) -> pd.DataFrame:
    """Give the five grades of HJ 1174-2021.

    Parameters
    ----------
    none, none_zh : str
        What the first grade is called.

    Returns
    -------
    DataFrame
        Columns code, name, name_zh, colour.
    """
    rows = [
        (1, none, none_zh, "#ffffd4"),
        (2, "light", "轻度", "#fed98e"),
        (3, "moderate", "中度", "#fe9929"),
        (4, "severe", "重度", "#cc4c02"),
        (5, "extreme", "极重度", "#662506"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
