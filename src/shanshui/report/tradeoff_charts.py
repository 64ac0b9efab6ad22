"""Trade-offs between services: a table of colours by pair, one by bundle, and the zones coloured by their bundle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from shanshui.report.canvas import ZoneSheet
from shanshui.report.charts import ROW, Chart, Mark, is_dark, text
from shanshui.report.choropleth import COLOURS, UNKNOWN
from shanshui.report.legends import Entry
from shanshui.report.maps import Fill, Map, Panel
from shanshui.report.material import Material, lines
from shanshui.report.words import number, sentence

PAIRS, BUNDLES = "service_correlation", "service_bundles"
# Where one colour ends and the next begins: of a rank correlation, and of standard deviations.
RHO_LIMITS = (-0.7, -0.4, -0.1, 0.1, 0.4, 0.7)
DEVIATION_LIMITS = (-1.0, -0.5, -0.1, 0.1, 0.5, 1.0)
# Names of services take so much room, and a column as much at most [percent].
ROOM, WIDEST = 36.0, 11.0
# Colours of bundles: Okabe and Ito's, then three of Tol's "muted", which colour-blind readers can tell apart.
FILLS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#332288", "#882255", "#ddcc77",
)  # fmt: skip
# What is so sure that it is written in bold.
SURE = ("synergy", "trade-off")
Cell = tuple[float, str, bool, str]


def tradeoff_charts(name: str, material: Material) -> list[Chart]:
    """Draw the tables of trade-offs and of bundles.

    Parameters
    ----------
    name : str
        A product; others than these two have no such chart.
    material : Material
        The study.

    Returns
    -------
    list of Chart
        For each zoning: pairs of services by their rank correlation, once for their values and once for their change;
        or bundles by how the services stand in them.
    """
    frame = material.frame(name)
    if name not in (PAIRS, BUNDLES) or frame is None:
        return []
    if name == BUNDLES:
        return [_bundles(rows, str(zoning), material) for zoning, rows in frame.groupby("zoning", sort=False)]
    parts = frame[frame["rank_correlation"].notna()].groupby(["zoning", "compared"], sort=False)
    return [_pairs(rows, str(zoning), str(compared), material) for (zoning, compared), rows in parts]


def bundle_map(name: str, sheet: ZoneSheet, material: Material) -> Map | None:
    """Colour the zones of one zoning by their bundle.

    Parameters
    ----------
    name : str
        A product; others than the bundles have no such map.
    sheet : ZoneSheet
        The zoning on the canvas.
    material : Material
        The study.

    Returns
    -------
    Map or None
        None where the zoning has no bundles.
    """
    frame, words = material.frame(name), material.words
    if name != BUNDLES or frame is None:
        return None
    rows = frame[frame["zoning"] == sheet.name].drop_duplicates("zone")
    if rows.empty:
        return None
    bundle = dict(zip(rows["zone"].astype("str"), rows["bundle"], strict=True))
    told = {row.bundle: f"{row.bundle} {_names(row.bundle_name, material)}" for row in lines(rows)}
    fills = [
        Fill(place, _colour(bundle[zone]), told[bundle[zone]])
        if zone in bundle
        else Fill(place, UNKNOWN, words("no_data"))
        for place, zone in enumerate(sheet.keys)
        if sheet.paths[place]
    ]
    counts = {each: int((rows["bundle"] == each).sum()) for each in sorted(told)}
    entries = [Entry(_colour(each), told[each], words("zones_counted", count=count)) for each, count in counts.items()]
    unknown = len(sheet.keys) - len(bundle)
    if unknown > 0:
        entries.append(Entry(UNKNOWN, sentence(words("no_data")), words("zones_counted", count=unknown)))
    title = words("bundle_map", zoning=words.zoning(sheet.name))
    alt = words("alt_map", title=title, told=words("comma").join(told[each] for each in counts))
    return Map(f"map-{name}-{sheet.name}", title, [], [Panel("", alt, "", fills)], entries, zoning=sheet.name)


def _pairs(rows: pd.DataFrame, zoning: str, compared: str, material: Material) -> Chart:
    words = material.words
    services = list(dict.fromkeys([*rows["service_a"], *rows["service_b"]]))
    names = [f"{place} {material.named(service)}" for place, service in enumerate(services, 1)]
    cells: dict[tuple[int, int], Cell] = {}
    for row in lines(rows):
        column, line = sorted((services.index(row.service_a), services.index(row.service_b)))
        pair = " – ".join(material.named(services[place]) for place in (column, line))
        said = number(row.rank_correlation, 2)
        relation = words.value(str(row.relation))
        told = f"{pair}{words('colon')}{said}{words('clause')}{relation}{words('clause')}p {number(row.p, 3)}"
        told += _span(row, material)
        cells[line, column] = row.rank_correlation, said, row.relation in SURE, told
    heads = [(str(place), "") for place in range(1, len(services))]
    # Not every two services share the same years: what is told of a cell says which.
    spans = {_span(row, material) for row in lines(rows)}
    years = spans.pop() if len(spans) == 1 else ""
    title = words(f"correlation_chart_{compared}", zoning=words.zoning(zoning), years=years)
    few, most = int(rows["zones"].min()), int(rows["zones"].max())
    zones = str(most) if few == most else words("span", low=few, high=most)
    note = words("correlation_note", zones=zones)
    return _heatmap(title, note, names, heads, cells, RHO_LIMITS, zoning, material)


def _span(row: Any, material: Material) -> str:
    """Say of which years a pair of services is."""
    if not row.to_year:
        return ""
    if not row.from_year:
        return material.words("in_year", year=row.to_year)
    return material.words("in_years", before=row.from_year, after=row.to_year)


def _bundles(rows: pd.DataFrame, zoning: str, material: Material) -> Chart:
    words = material.words
    services = list(dict.fromkeys(rows["service"]))
    means = rows.pivot_table(index="service", columns="bundle", values="standardised")
    sizes = rows.groupby("bundle")["zone"].nunique()
    cells: dict[tuple[int, int], Cell] = {}
    for line, service in enumerate(services):
        for column, bundle in enumerate(sizes.index):
            mean = float(means.loc[service, bundle])
            said = number(mean, 1, signed=True)
            told = f"{bundle}{words('clause')}{material.named(service)}{words('colon')}{said}"
            cells[line, column] = mean, said, False, told
    heads = [(str(bundle), f"({count})") for bundle, count in sizes.items()]
    title = words("bundle_chart", zoning=words.zoning(zoning))
    named = [material.named(service) for service in services]
    return _heatmap(title, words("bundle_note"), named, heads, cells, DEVIATION_LIMITS, zoning, material)


def _heatmap(
    title: str,
    note: str,
    names: Sequence[str],
    heads: Sequence[tuple[str, str]],
    cells: dict[tuple[int, int], Cell],
    limits: Sequence[float],
    zoning: str,
    material: Material,
) -> Chart:
    """Draw a table of colours; a cell is its value, what is written, whether in bold, and what is told of it."""
    width = min((100.0 - ROOM) / max(len(heads), 1), WIDEST)
    top = 2 * ROW if any(below for _, below in heads) else ROW
    marks = []
    for column, (head, below) in enumerate(heads):
        marks.append(text(ROOM + width * (column + 0.5), ROW / 2, head, "middle strong"))
        if below:
            marks.append(text(ROOM + width * (column + 0.5), ROW * 1.5, below, "middle axis"))
    for line, name in enumerate(names):
        middle = top + ROW * (line + 0.5)
        marks.append(text(0, middle, name, room=ROOM - 1))
        for column in range(len(heads)):
            if (line, column) not in cells:
                continue
            value, said, bold, told = cells[line, column]
            colour = _shade(value, limits)
            marks.append(Mark("rect", ROOM + width * column, middle - 11, width - 0.3, 22, colour, told))
            style = " ".join(["middle", *(["light"] if is_dark(colour) else []), *(["strong"] if bold else [])])
            marks.append(text(ROOM + width * (column + 0.5), middle, said, style))
    shown = [number(limit, 1, signed=True) for limit in limits]
    words = material.words
    ranges = [
        words("below", limit=shown[0]),
        *(words("span", low=low, high=high) for low, high in pairwise(shown)),
        words("above", limit=shown[-1]),
    ]
    legend = [(colour, sentence(said)) for colour, said in zip(COLOURS.values(), ranges, strict=True)]
    return Chart(title, note, top + ROW * len(names) + 4, marks, legend, "", zoning)


def _shade(value: float, limits: Sequence[float]) -> str:
    return COLOURS[int(np.searchsorted(limits, value, side="right")) - len(COLOURS) // 2]


def _colour(bundle: int) -> str:
    return FILLS[(int(bundle) - 1) % len(FILLS)]


def _names(services: str, material: Material) -> str:
    """Name what a bundle is high in."""
    return material.words("comma").join(material.named(service) for service in services.split(", "))
