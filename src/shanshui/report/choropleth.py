"""Zones coloured by how far something rose or fell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shanshui.report.legends import Entry
from shanshui.report.words import Words, number, sentence

# From a fall over "stayed" to a rise (ColorBrewer BrBG, which colour-blind readers can tell apart).
CHANGE_COLOURS = {
    -3: "#8c510a", -2: "#d8b365", -1: "#f6e8c3", 0: "#f5f5f5", 1: "#c7eae5", 2: "#5ab4ac", 3: "#01665e",
}  # fmt: skip
UNKNOWN_COLOUR = "#ffffff"
# A zone that moved by less has stayed as it was [points].
STAYED = 0.05


@dataclass(frozen=True)
class ChangeClasses:
    """The colour of each zone, and the legend."""

    colours: dict[str, str]
    entries: list[Entry]


def round_step(largest: float) -> float:
    """Choose the width of a step, so that the third is open and reaches the largest change.

    Parameters
    ----------
    largest : float
        The largest absolute change.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten, not less than 0.1.

    Examples
    --------
    >>> round_step(29.3), round_step(2.4), round_step(0.0)
    (10.0, 1.0, 0.1)
    """
    wanted = max(largest / 3.0, 0.1)
    power = 10.0 ** math.floor(math.log10(wanted) + 1e-9)
    return min((power * factor for factor in (1, 2, 5, 10)), key=lambda step: (step < 0.99 * wanted, step))


def change_classes(changes: pd.Series, words: Words) -> ChangeClasses:
    """Sort zones into falls, rises and those that stayed.

    Parameters
    ----------
    changes : Series of float
        Change by zone [points].
    words : Words
        The language.

    Returns
    -------
    ChangeClasses
        Only the classes that occur stand in the legend, each with the number of its zones.
    """
    step = round_step(float(changes.abs().max()))
    limits = [-2 * step, -step, -STAYED, STAYED, step, 2 * step]
    places = np.searchsorted(limits, changes.to_numpy(), side="right") - 3
    decimals = 0 if step >= 1 else 1
    shown = [number(limit, 2 if abs(limit) == STAYED else decimals, signed=True) for limit in limits]
    ranges = [
        words("below", limit=shown[0]),
        *(words("span", low=shown[place], high=shown[place + 1]) for place in range(5)),
        words("above", limit=shown[5]),
    ]
    counts = {place: int((places == place).sum()) for place in range(-3, 4)}
    entries = [
        Entry(CHANGE_COLOURS[place], sentence(words("choropleth_entry", range=ranges[place + 3], count=count)), "")
        for place, count in counts.items()
        if count
    ]
    colours = {str(zone): CHANGE_COLOURS[int(place)] for zone, place in zip(changes.index, places, strict=True)}
    return ChangeClasses(colours, entries)
