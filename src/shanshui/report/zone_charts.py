"""Charts of a number by zone: slopes between two years, lines over many, and bars ranked by change."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from shanshui.base.zones import REGION
from shanshui.report.charts import ROW, Chart, Mark, round_ticks, text
from shanshui.report.material import Material, lines
from shanshui.report.measures import Reading
from shanshui.report.words import decimals_for, number
from shanshui.report.words import marks as axis_marks

# Of many zones those that fell furthest and those that rose furthest are drawn.
FALLS_SHOWN, RISES_SHOWN = 20, 10
# More zones than this make a slope chart or a chart of lines unreadable; then only the furthest have names.
MOST_SLOPES, NAMED_LINES = 14, 4
FALL, RISE, REST = "#8c510a", "#01665e", "#b9c0bd"
REGION_INK = "#1d2523"
# Colours of lines (Tol's "bright" and "muted"), which colour-blind readers can tell apart.
LINES = (
    "#4477aa", "#cc3311", "#228833", "#aa3377", "#997700", "#009988", "#882255", "#332288", "#666633", "#0077bb",
)  # fmt: skip
# Where the plot of a ranked chart ends, the two sides of a slope chart, and where lines begin [percent].
BARS_END, SLOPES, CURVES_BEGIN = 82.0, (42.0, 58.0), 10.0
# Names of zones have so much room: by letter, so that they fit on a phone too, and within limits [percent].
ROOM_BY_LETTER, LEAST_ROOM, MOST_ROOM = 1.6, 16.0, 45.0
TALL = 300


def zone_charts(reading: Reading, material: Material) -> list[Chart]:
    """Draw one number of every zoning.

    Parameters
    ----------
    reading : Reading
        The number.
    material : Material
        The study.

    Returns
    -------
    list of Chart
        For each zoning with at least two zones bars ranked by change, and before them a slope chart where there are two
        years and few zones, or lines where there are more years.
    """
    found = []
    for zoning in dict.fromkeys(reading.values["zoning"]):
        moved = reading.of_zoning(zoning)
        if zoning == REGION or len(moved) < 2:
            continue
        years = sorted(set(reading.years["year"])) if len(reading.years) else []
        if len(years) > 2:
            found.append(_lines(reading, zoning, moved, years, material))
        elif "before" in moved and len(moved) <= MOST_SLOPES:
            found.append(_slopes(reading, zoning, moved, material))
        found.append(_ranked(reading, zoning, moved, material))
    return found


def _note(unit: str, key: str, material: Material) -> str:
    said = material.words("unit_is", unit=unit) if unit else ""
    return f"{said} {material.words(key)}".strip()


def _room(names: Iterable[str]) -> float:
    """Give the room that names take beside a chart [percent]; a Chinese letter is as wide as two Latin ones."""
    letters = max(sum(1 + (ord(letter) > 0x2E80) for letter in str(name)) for name in names)
    return min(max(ROOM_BY_LETTER * letters + 2, LEAST_ROOM), MOST_ROOM)


def _ranked(reading: Reading, zoning: str, moved: pd.DataFrame, material: Material) -> Chart:
    left = len(moved) - FALLS_SHOWN - RISES_SHOWN
    shown = moved if left <= 0 else pd.concat([moved.head(FALLS_SHOWN), moved.tail(RISES_SHOWN)])
    low, high = min(float(moved["change"].min()), 0.0), max(float(moved["change"].max()), 0.0)
    decimals = 1 if reading.column.endswith("_percent") else decimals_for(max(-low, high))
    start = _room(shown["zone_name"])
    width = BARS_END - start

    def across(value: float) -> float:
        return start + width * (value - low) / ((high - low) or 1.0)

    height = ROW * (len(shown) + 1) + 4
    marks = []
    ticks = round_ticks(low, high, 4)
    for tick, said in zip(ticks, axis_marks(ticks, signed=True), strict=True):
        marks.append(Mark("line", across(tick), ROW - 4, across(tick), height, style="zero" if tick == 0 else "grid"))
        marks.append(text(across(tick), 8, said, "middle axis"))
    for place, row in enumerate(lines(shown)):
        middle = ROW * (place + 1.5)
        begin, end = sorted((across(0.0), across(float(row.change))))
        value = number(float(row.change), decimals, signed=True)
        colour = FALL if row.change < 0 else RISE
        marks.append(text(0, middle, str(row.zone_name), room=start - 1))
        told = f"{row.zone_name}{material.words('colon')}{value} {reading.change_unit}".strip()
        marks.append(Mark("rect", begin, middle - 7, end - begin, 14, colour, told))
        marks.append(text(100, middle, value, "end"))
    more = material.words("ranked_more", count=left) if left > 0 else ""
    title = reading.titled("ranked_chart", zoning, material.words)
    return Chart(title, _note(reading.change_unit, "ranked_note", material), height, marks, [], more, zoning)


def _slopes(reading: Reading, zoning: str, moved: pd.DataFrame, material: Material) -> Chart:
    ends = moved[["before", "after"]].to_numpy(float)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    decimals = 1 if reading.unit == "%" else decimals_for(max(abs(low), abs(high)))
    top, bottom = ROW + 12, ROW + 12 + max(TALL, ROW * len(moved)) - ROW

    def down(values: np.ndarray) -> np.ndarray:
        return bottom - (values - low) / ((high - low) or 1.0) * (bottom - top)

    left, right = down(ends[:, 0]), down(ends[:, 1])
    labels = [_apart(left), _apart(right)]
    height = max(bottom, *labels[0], *labels[1]) + 14
    marks = [
        text(SLOPES[0], 8, str(reading.before), "middle strong"),
        text(SLOPES[1], 8, str(reading.after), "middle strong"),
        *(Mark("line", place, ROW, place, height, style="grid") for place in SLOPES),
    ]
    for place, row in enumerate(lines(moved)):
        colour = FALL if row.change < 0 else RISE
        values = [number(float(value), decimals) for value in (row.before, row.after)]
        told = f"{row.zone_name}{material.words('colon')}{values[0]} → {values[1]} {reading.unit}".strip()
        marks.append(Mark("line", SLOPES[0], left[place], SLOPES[1], right[place], colour, told, "slope"))
        for at, y in zip(SLOPES, (left[place], right[place]), strict=True):
            marks.append(Mark("dot", at, y, 4, 0, colour, told))
        marks.append(text(SLOPES[0] - 2, labels[0][place], f"{row.zone_name} {values[0]}", "end"))
        marks.append(text(SLOPES[1] + 2, labels[1][place], f"{values[1]} {row.zone_name}"))
    legend = [(FALL, material.words("falls")), (RISE, material.words("rises"))]
    title = reading.titled("slope_chart", zoning, material.words, change=False)
    return Chart(title, _note(reading.unit, "slope_note", material), height, marks, legend, "", zoning)


def _apart(places: np.ndarray, least: float = 15.0) -> list[float]:
    """Move labels down until they no longer overlap."""
    found = places.astype(float).copy()
    order = np.argsort(found, kind="stable")
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + least)
    return [float(place) for place in found]


def _lines(reading: Reading, zoning: str, moved: pd.DataFrame, years: list[int], material: Material) -> Chart:
    rows = reading.years[reading.years["zoning"].isin([zoning, REGION])]
    wide = rows.pivot_table(index=["zoning", "zone"], columns="year", values="value", sort=False).reindex(columns=years)
    # The region stands beside its zones only where it is of their kind: a share or a mean, no sum.
    own = wide.loc[[zoning]]
    whole = wide.loc[[REGION]] if REGION in wide.index else wide.iloc[:0]
    if len(whole) and float(whole.max(axis=1).iloc[0]) > 1.05 * float(np.nanmax(own.to_numpy())):
        whole = whole.iloc[:0]
    drawn = pd.concat([own, whole]).to_numpy(float)
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    top, bottom = 14.0, float(TALL)
    names = dict(zip(moved["zone"], moved["zone_name"], strict=True))
    order = list(moved["zone"])
    named = order if len(order) <= len(LINES) else [*order[:NAMED_LINES], *order[-NAMED_LINES:]]
    end = 100.0 - _room([material.words("whole_region"), *(str(names[zone]) for zone in named)])
    width = end - CURVES_BEGIN

    def across(year: int) -> float:
        return 100.0 * (year - years[0]) / (years[-1] - years[0])

    def down(value: float) -> float:
        return bottom - (value - low) / ((high - low) or 1.0) * (bottom - top)

    def placed(values: np.ndarray) -> list[tuple[float, float]]:
        return [(across(year), down(float(value))) for year, value in zip(years, values, strict=True)]

    marks = []
    ticks = round_ticks(low, high)
    for tick, said in zip(ticks, axis_marks(ticks), strict=True):
        marks.append(Mark("line", CURVES_BEGIN, down(tick), end, down(tick), style="grid"))
        marks.append(text(CURVES_BEGIN - 1, down(tick), said, "end axis"))
    for year in _few(years):
        # The last year leaves the room on its right to the names.
        style = "end axis" if year == years[-1] else "middle axis"
        marks.append(text(CURVES_BEGIN + width * across(year) / 100, bottom + 18, str(year), style))
    room = (CURVES_BEGIN, 0.0, width, bottom)
    ends: list[tuple[float, str, str]] = []
    for zone in [*(zone for zone in order if zone not in named), *named]:
        colour = LINES[named.index(zone)] if zone in named else REST
        values = own.loc[(zoning, zone)].to_numpy(float)
        style = "named" if zone in named else ""
        marks += _curves(placed(values), room, colour, str(names[zone]), style)
        if zone in named and np.isfinite(values).any():
            ends.append((down(values[np.isfinite(values)][-1]), str(names[zone]), colour))
    if len(whole):
        values = whole.iloc[0].to_numpy(float)
        marks += _curves(placed(values), room, REGION_INK, material.words("whole_region"), "whole")
        ends.append((down(values[np.isfinite(values)][-1]), material.words("whole_region"), REGION_INK))
    labels = _apart(np.array([each[0] for each in ends]))
    for y, (_, name, colour) in zip(labels, ends, strict=True):
        marks.append(text(end + 1.5, y, name, room=100 - end - 1.5, colour=colour))
    left = len(order) - len(named)
    more = material.words("lines_more", count=left) if left > 0 else ""
    title = reading.titled("lines_chart", zoning, material.words, change=False)
    height = max([bottom + 20, *labels]) + 10
    return Chart(title, _note(reading.unit, "lines_note", material), height, marks, [], more, zoning)


def _few(years: list[int]) -> list[int]:
    """Choose the years that are written below a chart."""
    step = -(-len(years) // 6)
    return [year for year in years[::step] if years[-1] - year >= step or year == years[-1]] + (
        [] if (len(years) - 1) % step == 0 else [years[-1]]
    )


def _curves(
    points: list[tuple[float, float]], room: tuple[float, float, float, float], colour: str, name: str, style: str
) -> list[Mark]:
    """Draw a line in pieces: it has a gap where a year is not known."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if np.isfinite(point[1]):
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [Mark("curve", *room, colour, name, style, tuple(piece)) for piece in pieces if piece]
