"""Legends of maps: colours with names, and the areas and shares where they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shanshui.report.scales import Scale
from shanshui.report.words import Words, number


@dataclass(frozen=True)
class Entry:
    """One line of a legend: a colour (#rrggbb; empty for a heading), its name, and an area or count in words."""

    colour: str
    name: str
    text: str


@dataclass(frozen=True)
class Ramp:
    """The legend of a scale: its colours from low to high, its marks (place in percent, number), its unit."""

    colours: tuple[str, ...]
    ticks: list[tuple[float, str]]
    unit: str


def class_entries(
    lines: Sequence[tuple[str, str, float | None]], words: Words, whole: float | None = None
) -> list[Entry]:
    """Write the legend of classes.

    Parameters
    ----------
    lines : sequence of (str, str, float or None)
        Colour, name, and area where it is known [ha].
    words : Words
        The language.
    whole : float, optional
        What shares are of; the sum of all areas by default [ha].

    Returns
    -------
    list of Entry
        With each area its share of the whole.
    """
    if whole is None:
        whole = sum(area for _, _, area in lines if area is not None)

    def said(area: float | None) -> str:
        if area is None:
            return ""
        share = number(100 * area / whole, 1) if whole else number(0.0, 1)
        return words("area_and_share", area=number(area, 0), share=share)

    return [Entry(colour, name, said(area)) for colour, name, area in lines]


def ramp(scale: Scale, unit: str) -> Ramp:
    """Write the legend of a scale.

    Parameters
    ----------
    scale : Scale
        The scale.
    unit : str
        In words; empty for a plain number.

    Returns
    -------
    Ramp
    """
    return Ramp(scale.stops, scale.ticks, unit)
