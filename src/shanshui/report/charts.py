"""Charts: a few kinds, drawn by the page in HTML from what the functions here lay out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from shanshui.base.zones import OUTSIDE, REGION
from shanshui.report.material import NO_DATA, Material, lines
from shanshui.report.words import number

# Of many zones those that fell furthest and those that rose furthest are drawn.
FALLS_SHOWN, RISES_SHOWN = 20, 10
# Narrower parts of a bar have no room for their number [percent].
ROOM_FOR_NUMBER = 7.0


@dataclass(frozen=True)
class Part:
    """A piece of a bar, or a cell: its colour, its width or shade (0 to 100), its text."""

    name: str
    colour: str
    size: float
    text: str
    dark: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a chart: a label, its parts, and a number at the end."""

    label: str
    parts: list[Part]
    text: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart.

    Parameters
    ----------
    kind : {"stacked", "diverging", "matrix", "ranked"}
        Which macro of charts.html draws it.
    title, note : str
        What it shows, and how it is read.
    rows : list of Row
        Its lines.
    legend : list of (colour, name)
        Its colours.
    heads : list of str
        Headings of its columns, where it has some.
    more : str
        What it leaves out.
    """

    kind: str
    title: str
    note: str
    rows: list[Row]
    legend: list[tuple[str, str]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    more: str = ""


def is_dark(colour: str) -> bool:
    """Tell whether white is easier to read than black on a colour (#rrggbb)."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def charts_of(name: str, material: Material) -> list[Chart]:
    """Give the charts that help to read a product; most products have none."""
    frame = material.frame(name)
    if name not in CHARTS or frame is None or material.before is None or material.after is None:
        return []
    return [chart for chart in CHARTS[name](frame, material) if chart.rows]


def _whole_region(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the rows of the region that are keyed by first-level ecosystem and have data."""
    chosen = (frame["zoning"] == REGION) & (frame["zone"] != OUTSIDE) & (frame["keyed_by"] == "ecosystem")
    for column in ("class_name", "from_name", "to_name"):
        if column in frame:
            chosen &= frame[column] != NO_DATA
    return frame[chosen]


def _compared(frame: pd.DataFrame, material: Material) -> pd.DataFrame:
    return frame[(frame["year_from"] == material.before) & (frame["year_to"] == material.after)]


def _shares(frame: pd.DataFrame, material: Material) -> list[Chart]:
    shares = _whole_region(frame).pivot_table(index="year", columns="class_name", values="share_percent")
    present = [name for name in material.colours if name in shares]
    rows = []
    known = shares[present].fillna(0.0)
    for year, line in zip(known.index, known.to_numpy(), strict=True):
        parts = []
        for name, share in zip(present, line.tolist(), strict=True):
            colour = material.colours[name]
            text = number(share, 1)
            room = text if share >= ROOM_FOR_NUMBER else ""
            parts.append(Part(f"{material.class_name(name)} {text} %", colour, share, room, is_dark(colour)))
        rows.append(Row(str(year), parts))
    legend = [(material.colours[name], material.class_name(name)) for name in present]
    return [Chart("stacked", material.words("share_chart"), material.words("share_chart_note"), rows, legend)]


def _gains_and_losses(frame: pd.DataFrame, material: Material) -> list[Chart]:
    words = material.words
    changes = _compared(_whole_region(frame), material).dropna(subset=["gain_ha", "loss_ha"])
    changes = changes.sort_values("change_ha", kind="stable")
    largest = max(float(changes[["gain_ha", "loss_ha"]].max().max()) if len(changes) else 0.0, 1e-9)
    rows = []
    for row in lines(changes):
        colour = material.colours.get(row.class_name, "#777777")
        parts = [
            Part(words(side), colour, 100.0 * float(area) / largest, number(float(area), 0))
            for side, area in (("loss", row.loss_ha), ("gain", row.gain_ha))
        ]
        rows.append(
            Row(material.class_name(row.class_name), parts, number(float(row.change_ha), 0, signed=True), colour)
        )
    title = words("change_chart", before=material.before, after=material.after)
    heads = [words("loss"), words("gain"), words("net")]
    return [Chart("diverging", title, words("change_chart_note"), rows, heads=heads)]


def _transitions(frame: pd.DataFrame, material: Material) -> list[Chart]:
    words = material.words
    moved = _compared(_whole_region(frame), material)
    matrix = moved.pivot_table(index="from_name", columns="to_name", values="area_ha", aggfunc="sum", fill_value=0.0)
    present = [name for name in material.colours if name in matrix.index or name in matrix.columns]
    areas = matrix.reindex(index=present, columns=present, fill_value=0.0).to_numpy()
    moved_only = np.where(np.eye(len(present), dtype=bool), 0.0, areas)
    largest = float(moved_only.max(initial=0.0))
    rows = []
    for before, line in zip(present, areas.tolist(), strict=True):
        parts = []
        for after, area in zip(present, line, strict=True):
            # The square root lets small transitions be seen beside large ones.
            shade = 0.0 if before == after or not area or not largest else 8 + 77 * (area / largest) ** 0.5
            kind = "stayed" if before == after else ""
            parts.append(Part(kind, material.colours[after], shade, number(area, 0) if area else "", shade > 68))
        rows.append(Row(material.class_name(before), parts, colour=material.colours[before]))
    heads = [material.class_name(name) for name in present]
    title = words("matrix_chart", before=material.before, after=material.after)
    legend = [(material.colours[name], material.class_name(name)) for name in present]
    return [Chart("matrix", title, words("matrix_chart_note"), rows, legend, [words("from_to"), *heads])]


def _shares_by_zone(frame: pd.DataFrame, material: Material) -> list[Chart]:
    words, charts = material.words, []
    years = [words("before_dot", year=year) for year in (material.before, material.after)]
    for zoning in material.zonings[1:]:
        moved = share_changes(frame, zoning.name, material)
        left = len(moved) - FALLS_SHOWN - RISES_SHOWN
        shown = moved if left <= 0 else pd.concat([moved.head(FALLS_SHOWN), moved.tail(RISES_SHOWN)])
        rows = []
        for row in lines(shown):
            low, high = min(row.before, row.after), max(row.before, row.after)
            colour = "#8c510a" if row.change < 0 else "#01665e"
            parts = [
                Part("span", colour, low, number(high - low, 2)),
                Part("before", colour, row.before, number(row.before, 1)),
                Part("after", colour, row.after, number(row.after, 1)),
            ]
            rows.append(Row(str(row.zone_name), parts, number(row.change, 1, signed=True)))
        more = words("ranked_more", count=left) if left > 0 else ""
        title = words("ranked_chart", before=material.before, after=material.after, zoning=zoning.name)
        charts.append(Chart("ranked", title, words("ranked_chart_note"), rows, heads=years, more=more))
    return charts


def share_changes(frame: pd.DataFrame, zoning: str, material: Material) -> pd.DataFrame:
    """Give the change in the share of ecological land of each zone.

    Parameters
    ----------
    frame : DataFrame
        The product ecological_land_share [percent].
    zoning : str
        Which zoning.
    material : Material
        The years that are compared.

    Returns
    -------
    DataFrame
        Columns zone, zone_name, before, after [percent], change [points]; the furthest fall first.
    """
    part = frame[(frame["zoning"] == zoning) & (frame["zone"] != OUTSIDE)]
    shares = part.pivot_table(index=["zone", "zone_name"], columns="year", values="share_percent", sort=False)
    if material.before not in shares or material.after not in shares or material.before == material.after:
        return pd.DataFrame(columns=["zone", "zone_name", "before", "after", "change"])
    found = shares[[material.before, material.after]].set_axis(["before", "after"], axis=1).dropna().reset_index()
    return found.assign(change=found["after"] - found["before"]).sort_values("change", kind="stable", ignore_index=True)


# The products that have charts of their own; all others are shown by their table or map alone.
CHARTS: dict[str, Callable[[pd.DataFrame, Material], list[Chart]]] = {
    "land_area": _shares,
    "land_change": _gains_and_losses,
    "land_transition": _transitions,
    "ecological_land_share": _shares_by_zone,
}
