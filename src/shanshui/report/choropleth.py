"""Zones coloured by how far something rose or fell."""

from __future__ import annotations

import math

import numpy as np

from shanshui.report.canvas import ZoneSheet
from shanshui.report.legends import Entry
from shanshui.report.maps import Fill, Map, Panel
from shanshui.report.material import Material, lines
from shanshui.report.measures import Reading
from shanshui.report.words import Words, decimals_for, number, sentence

# From a fall over "stayed" to a rise (ColorBrewer BrBG, which colour-blind readers can tell apart).
COLOURS = {
    -3: "#8c510a", -2: "#d8b365", -1: "#f6e8c3", 0: "#ffffff", 1: "#c7eae5", 2: "#5ab4ac", 3: "#01665e",
}  # fmt: skip
UNKNOWN = "#bdbdbd"
# A zone that moved by less than this share of a step has stayed as it was.
STAYED = 0.05
# A few zones that moved further than all others do not stretch the steps.
MOST_ZONES_WITHIN = 0.95


def round_step(largest: float) -> float:
    """Choose the width of a step, so that the third is open and reaches the largest change.

    Parameters
    ----------
    largest : float
        The largest absolute change.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> round_step(29.3), round_step(2.4), round_step(0.0)
    (10.0, 1.0, 1.0)
    """
    if largest <= 0:
        return 1.0
    wanted = largest / 3.0
    power = 10.0 ** math.floor(math.log10(wanted) + 1e-9)
    return min((power * factor for factor in (1, 2, 5, 10)), key=lambda step: (step < 0.99 * wanted, step))


def zone_map(reading: Reading, sheet: ZoneSheet, material: Material) -> Map | None:
    """Colour the zones of one zoning by how far a number moved.

    Parameters
    ----------
    reading : Reading
        The number.
    sheet : ZoneSheet
        The zoning on the canvas.
    material : Material
        The study.

    Returns
    -------
    Map or None
        None where no zone's change is known. Only the classes that occur stand in the legend, each with the number of
        its zones.
    """
    words, moved = material.words, reading.of_zoning(sheet.name)
    if moved.empty:
        return None
    changes = dict(zip(moved["zone"].astype("str"), moved["change"], strict=True))
    step = round_step(float(moved["change"].abs().quantile(MOST_ZONES_WITHIN)))
    limits = [-2 * step, -step, -STAYED * step, STAYED * step, step, 2 * step]
    places = {zone: int(np.searchsorted(limits, change, side="right")) - 3 for zone, change in changes.items()}
    decimals = decimals_for(float(moved["change"].abs().max()))

    def told(change: float) -> str:
        return f"{number(change, decimals, signed=True)} {reading.change_unit}".strip()

    fills = [
        Fill(place, COLOURS[places[zone]], told(changes[zone]))
        if zone in changes
        else Fill(place, UNKNOWN, words("no_data"))
        for place, zone in enumerate(sheet.keys)
        if sheet.paths[place]
    ]
    title = reading.titled("change_by_zoning", sheet.name, words)
    worst = words("comma").join(f"{row.zone_name} {told(float(row.change))}" for row in lines(moved.iloc[:3]))
    panel = Panel("", words("alt_map", title=title, told=words("alt_zones", furthest=worst)), "", fills)
    entries = _entries(limits, list(places.values()), reading.change_unit, step, words)
    unknown = len(sheet.keys) - len(changes)
    if unknown > 0:
        entries.append(Entry(UNKNOWN, sentence(words("no_data")), words("zones_counted", count=unknown)))
    anchor = f"map-{reading.product}-{reading.column}-{sheet.name}"
    return Map(anchor, title, [], [panel], entries, zoning=sheet.name)


def _entries(limits: list[float], places: list[int], unit: str, step: float, words: Words) -> list[Entry]:
    decimals = max(-math.floor(math.log10(step) + 1e-9), 0)
    # The narrow class in the middle needs up to two decimals more than a step.
    fewest = next(more for more in (0, 1, 2) if math.isclose(round(STAYED * step, decimals + more), STAYED * step))
    shown = [number(limit, decimals + (fewest if abs(limit) < step else 0), signed=True) for limit in limits]
    ranges = [
        words("below", limit=shown[0]),
        *(words("span", low=shown[place], high=shown[place + 1]) for place in range(5)),
        words("above", limit=shown[5]),
    ]
    return [
        Entry(COLOURS[place], sentence(f"{ranges[place + 3]} {unit}".strip()), words("zones_counted", count=count))
        for place in COLOURS
        if (count := places.count(place))
    ]
