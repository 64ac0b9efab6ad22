"""Charts of the land: shares by year, losses and gains, and what became what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from shanshui.base.zones import OUTSIDE, REGION
from shanshui.report.charts import ROW, Chart, Mark, Matrix, is_dark, text
from shanshui.report.material import NO_DATA, Material, lines
from shanshui.report.words import number

# Narrower parts of a bar have no room for their number [percent].
ROOM_FOR_NUMBER = 9.0


def land_charts(name: str, material: Material) -> list[Chart | Matrix]:
    """Give the charts of a product of the land; most products have none."""
    frame = material.frame(name)
    if name not in CHARTS or frame is None or material.before is None or material.after is None:
        return []
    rows = _whole_region(frame)
    return [CHARTS[name](rows, material)] if len(rows) else []


def _whole_region(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the rows of the region that are keyed by first-level ecosystem and have data."""
    chosen = (frame["zoning"] == REGION) & (frame["zone"] != OUTSIDE) & (frame["keyed_by"] == "ecosystem")
    for column in ("class_name", "from_name", "to_name"):
        if column in frame:
            chosen &= frame[column] != NO_DATA
    return frame[chosen]


def _compared(frame: pd.DataFrame, material: Material) -> pd.DataFrame:
    return frame[(frame["year_from"] == material.before) & (frame["year_to"] == material.after)]


def _shares(rows: pd.DataFrame, material: Material) -> Chart:
    shares = rows.pivot_table(index="year", columns="class_name", values="share_percent")
    present = [name for name in material.colours if name in shares]
    known = shares[present].fillna(0.0)
    marks, start, room = [], 9.0, 91.0
    for place, (year, line) in enumerate(zip(known.index, known.to_numpy(), strict=True)):
        at, middle = start, 34 * place + 17
        marks.append(text(0, middle, str(year)))
        for name, share in zip(present, line.tolist(), strict=True):
            colour, width = material.colours[name], room * share / 100
            told = f"{material.class_name(name)} {number(share, 1)} %"
            marks.append(Mark("rect", at, middle - 15, width, 30, colour, told))
            if share >= ROOM_FOR_NUMBER:
                style = "middle light" if is_dark(colour) else "middle"
                marks.append(text(at + width / 2, middle, number(share, 1), style))
            at += width
    legend = [(material.colours[name], material.class_name(name)) for name in present]
    return Chart(material.words("share_chart"), material.words("share_chart_note"), 34 * len(known), marks, legend)


def _gains_and_losses(rows: pd.DataFrame, material: Material) -> Chart:
    words = material.words
    changes = _compared(rows, material).dropna(subset=["gain_ha", "loss_ha"])
    changes = changes.sort_values("change_ha", kind="stable")
    largest = max(float(changes[["gain_ha", "loss_ha"]].max().max()) if len(changes) else 0.0, 1e-9)
    middle_line, reach, height = 52.0, 18.0, ROW * (len(changes) + 1) + 4
    marks = [
        text(middle_line - 1, 10, words("loss"), "end axis"),
        text(middle_line + 1, 10, words("gain"), "axis"),
        text(100, 10, words("net"), "end axis"),
        Mark("line", middle_line, ROW - 4, middle_line, height, style="zero"),
    ]
    for place, row in enumerate(lines(changes)):
        middle = ROW * (place + 1.5)
        colour = material.colours.get(row.class_name, "#777777")
        marks.append(text(0, middle, material.class_name(row.class_name), room=20))
        for side, area, way in (("loss", float(row.loss_ha), -1), ("gain", float(row.gain_ha), 1)):
            width, amount = reach * area / largest, number(area, 0)
            told = f"{words(side)}{words('colon')}{amount}"
            marks.append(Mark("rect", middle_line - (width if way < 0 else 0), middle - 8, width, 16, colour, told))
            marks.append(text(middle_line + way * (width + 0.8), middle, amount, "end" if way < 0 else ""))
        marks.append(text(100, middle, number(float(row.change_ha), 0, signed=True), "end strong"))
    title = words("change_chart", before=material.before, after=material.after)
    return Chart(title, words("change_chart_note"), height, marks)


def _transitions(rows: pd.DataFrame, material: Material) -> Matrix:
    words, moved = material.words, _compared(rows, material)
    matrix = moved.pivot_table(index="from_name", columns="to_name", values="area_ha", aggfunc="sum", fill_value=0.0)
    present = [name for name in material.colours if name in matrix.index or name in matrix.columns]
    areas = matrix.reindex(index=present, columns=present, fill_value=0.0).to_numpy()
    stayed = np.eye(len(present), dtype=bool)
    # The square root lets small transitions be seen beside large ones.
    shades = np.where(areas > 0, 6 + 54 * (areas / max(areas[~stayed].max(initial=0.0), 1e-9)) ** 0.5, 0.0)
    shades[stayed] = -1.0
    cells = [
        [(number(area, 0) if area else "", shade) for area, shade in zip(line, dark, strict=True)]
        for line, dark in zip(areas.tolist(), shades.tolist(), strict=True)
    ]
    names = [(material.colours[name], material.class_name(name)) for name in present]
    title = words("matrix_chart", before=material.before, after=material.after)
    return Matrix(title, words("matrix_chart_note"), words("from_to"), names, cells)


# The products that have charts of their own.
CHARTS: dict[str, Callable[[pd.DataFrame, Material], Chart | Matrix]] = {
    "land_area": _shares,
    "land_change": _gains_and_losses,
    "land_transition": _transitions,
}
