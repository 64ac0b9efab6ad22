"""Charts of the red line: what a shorter boundary costs, and what the line protects against chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from shanshui.report.charts import ROW, Chart, Mark, round_ticks, text
from shanshui.report.material import Material, lines
from shanshui.report.red_line import rounded_up
from shanshui.report.words import marks as axis_marks
from shanshui.report.words import number

PRICE, PROTECTION = "red_line_price_curve", "red_line_protection"
# The plot of the curve: from the left and to the right [percent], from the top and to the bottom [pixels].
LEFT, RIGHT, TOP, BOTTOM = 7.0, 94.0, 44.0, 284.0
DOT, OWN_DOT = 4.5, 7.0
# Two labels need so much room below each other [pixels].
APART = 15.0
# Of bars: names take so much room, and they end there [percent].
ROOM, END = 34.0, 74.0
LINE, OWN, BAR, CHANCE = "#0072b2", "#d55e00", "#009e73", "#222222"


def red_line_charts(name: str, material: Material) -> list[Chart]:
    """Draw the charts of a product of the red line; most products have none.

    Parameters
    ----------
    name : str
        The product.
    material : Material
        The study.

    Returns
    -------
    list of Chart
    """
    frame = material.frame(name)
    if name not in CHARTS or frame is None:
        return []
    rows = frame.dropna()
    return [CHARTS[name](rows, material)] if len(rows) >= LEAST_ROWS[name] else []


def _price(rows: pd.DataFrame, material: Material) -> Chart:
    """Draw value lost against length of boundary, the longest boundary at the right."""
    words = material.words
    rows = rows.sort_values("compactness_km", kind="stable")
    best = float(rows["value_ppm"].iloc[0])
    length, lost = rows["boundary_km"].to_numpy(float), 100 * (best - rows["value_ppm"].to_numpy(float)) / best
    high_x = max(float(length.max()), 1e-9)
    low_y, high_y = min(float(lost.min()), 0.0), max(float(lost.max()), 1e-9)

    def across(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * value / high_x

    def down(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - low_y) / (high_y - low_y)

    marks = [
        text(0, 8, words("price_axis_lost"), "axis"),
        text(RIGHT, BOTTOM + 34, words("price_axis_length"), "end axis"),
    ]
    ticks = round_ticks(low_y, high_y, 5)
    for tick, said in zip(ticks, axis_marks(ticks), strict=True):
        marks.append(Mark("line", LEFT, down(tick), RIGHT, down(tick), style="zero" if tick == 0 else "grid"))
        marks.append(text(LEFT - 1, down(tick), said, "end axis"))
    ticks = round_ticks(0.0, high_x, 6)
    for tick, said in zip(ticks, axis_marks(ticks), strict=True):
        marks.append(Mark("line", across(tick), TOP, across(tick), BOTTOM, style="grid"))
        marks.append(text(across(tick), BOTTOM + 14, said, "middle axis"))
    points = tuple((100 * float(x) / high_x, down(float(y)) - TOP) for x, y in zip(length, lost, strict=True))
    title = words("price_chart")
    marks.append(Mark("curve", LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP, LINE, title, points=points))
    # The own one comes last, so that it lies on top; a label that would lie on another one stands higher.
    chosen = material.study.scalars.get("compactness_km")
    written: list[tuple[float, float]] = []
    for row, x, y in zip(lines(rows), length.tolist(), lost.tolist(), strict=True):
        own = chosen is not None and bool(np.isclose(row.compactness_km, chosen))
        said = words("kilometres", length=f"{row.compactness_km:,g}")
        told = words(
            "price_point", compactness=said, boundary=number(x, 0), lost=number(y, 2), gap=rounded_up(row.gap_percent)
        )
        marks.append(Mark("dot", across(x), down(y), OWN_DOT if own else DOT, 0, OWN if own else LINE, told))
        place = down(y) - 9
        while any(abs(place - other) < APART and abs(across(x) - there) < 12 for there, other in written):
            place -= APART
        left = across(x) > 0.85 * RIGHT
        marks.append(text(across(x) - 1.2 if left else across(x) + 1.2, place, said, "end" if left else "strong" * own))
        written.append((across(x), place))
    legend = [(LINE, words("price_other")), (OWN, words("price_own"))] if chosen is not None else []
    return Chart(title, words("price_note"), BOTTOM + 42, marks, legend)


def _protection(rows: pd.DataFrame, material: Material) -> Chart:
    """Draw which share of each service lies inside, with the share that as much area anywhere would have."""
    words = material.words
    rows = rows.sort_values("inside_percent", ascending=False, kind="stable")
    height = ROW * (len(rows) + 1) + 4

    def across(value: float) -> float:
        return ROOM + (END - ROOM) * value / 100

    marks = []
    for tick in (0, 25, 50, 75, 100):
        marks.append(Mark("line", across(tick), ROW - 4, across(tick), height, style="zero" if tick == 0 else "grid"))
        marks.append(text(across(tick), 8, str(tick), "middle axis"))
    for place, row in enumerate(lines(rows)):
        middle, percent, times = ROW * (place + 1.5), float(row.inside_percent), float(row.per_area)
        chance = percent / times if times else float("nan")
        name = material.named(str(row.feature))
        told = words("protection_told", name=name, percent=number(percent, 1), chance=number(chance, 1))
        marks.append(text(0, middle, name, room=ROOM - 1))
        marks.append(Mark("rect", ROOM, middle - 7, across(percent) - ROOM, 14, BAR, told))
        if chance == chance:
            marks.append(Mark("line", across(chance), middle - 10, across(chance), middle + 10, CHANCE, told, "chance"))
        marks.append(text(100, middle, f"{number(percent, 1)} % · ×{number(times, 2)}", "end"))
    legend = [(BAR, words("protection_inside")), (CHANCE, words("protection_chance"))]
    return Chart(words("protection_chart"), words("protection_note"), height, marks, legend)


CHARTS: dict[str, Callable[[pd.DataFrame, Material], Chart]] = {PRICE: _price, PROTECTION: _protection}
# A curve takes two points.
LEAST_ROWS = {PRICE: 2, PROTECTION: 1}
