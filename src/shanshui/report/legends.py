"""Legends of maps: colours with names, and the areas where a table knows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shanshui.report.words import Words, decimals_for, number

# How many classes of a raster get a line of their own; the rest share one colour.
SHOWN = 12
OTHER = "#4d4d4d"
# Colours for codes without a legend (Tol's "muted" scheme, which colour-blind readers can tell apart).
DISTINCT = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499")
# From little to much, even in lightness (ColorBrewer YlGnBu).
RAMP = ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494")
# The few cells beyond these shares of all cells do not stretch the ramp.
TAILS = (0.02, 0.98)


@dataclass(frozen=True)
class Entry:
    """One line of a legend: a colour (#rrggbb), its name, and an area or count in words."""

    colour: str
    name: str
    text: str


def class_entries(lines: Iterable[tuple[str, str, float | None]], words: Words) -> list[Entry]:
    """Write the legend of classes.

    Parameters
    ----------
    lines : iterable of (str, str, float or None)
        Colour, name, and area where it is known [ha].
    words : Words
        The language.

    Returns
    -------
    list of Entry
    """
    return [
        Entry(colour, name, "" if area is None else words("hectares", area=number(area, 0)))
        for colour, name, area in lines
    ]


def range_entries(cells: NDArray[np.float64], unit: str) -> tuple[NDArray[np.int32], dict[int, str], list[Entry]]:
    """Sort the values of a picture into steps of equal width.

    Parameters
    ----------
    cells : float64 ndarray (rows, columns)
        Values; NaN for no data.
    unit : str
        In words; "1" is not written.

    Returns
    -------
    int32 ndarray, dict of int to str, list of Entry
        The step of each cell (-1 for no data), the colour of each step, and the legend.
    """
    known = cells[np.isfinite(cells)]
    if not known.size:
        return np.full(cells.shape, -1, np.int32), {}, []
    low, high = np.quantile(known, TAILS)
    if low == high:
        low, high = float(known.min()), float(known.max())
    steps = len(RAMP) if high > low else 1
    limits = np.linspace(low, high, steps + 1)
    found = np.where(np.isfinite(cells), np.searchsorted(limits[1:-1], cells, side="right"), -1).astype(np.int32)
    decimals = decimals_for(float((high - low) / steps) if high > low else abs(float(low))) + (1 if high > low else 0)
    shown = [number(limit, decimals) for limit in (float(known.min()), *limits[1:-1], float(known.max()))]
    text = "" if unit == "1" else unit
    entries = [Entry(RAMP[step], f"{shown[step]} – {shown[step + 1]}", text) for step in range(steps)]
    return found, dict(enumerate(RAMP[:steps])), entries
