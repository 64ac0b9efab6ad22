"""How sure a product is, from its draws: a sentence on the region, a map, and what makes it uncertain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import OUTSIDE, REGION
from shanshui.report.charts import ROW, Chart, Mark, round_ticks, text
from shanshui.report.confidence import CONFIDENCE
from shanshui.report.maps import Map
from shanshui.report.material import Material, lines
from shanshui.report.red_line import core_sentences
from shanshui.report.tables import BY_ZONE
from shanshui.report.words import marks as axis_marks
from shanshui.report.words import number
from shanshui.study.drawn_products import drawn_output, region_shares

# Names take so much room beside the bars, and the plot ends there [percent].
ROOM, END = 42.0, 80.0
BAR, REST = "#54278f", "#b9c0bd"
# What the shares leave is no uncertain thing of its own.
TOGETHER = "together, and by bends"
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Sureness:
    """What the draws of a product tell.

    Parameters
    ----------
    title : str
        With the number of draws.
    said : list of str
        Sentences on the region.
    map : Map or None
        Of the standard deviation, or of the confidence in a class.
    chart : Chart or None
        Shares of the variance of the region's mean.
    note : str
        Why there are no shares.
    files : list of str
        Where all numbers stand in the output folder.
    """

    title: str
    said: list[str]
    map: Map | None
    chart: Chart | None
    note: str
    files: list[str]


def sureness(quantity: Quantity, material: Material, maps: Mapping[str, Map]) -> Sureness | None:
    """Tell how sure a product is.

    Parameters
    ----------
    quantity : Quantity
        The product.
    material : Material
        The study.
    maps : mapping of str to Map
        Maps of the draws, by product.

    Returns
    -------
    Sureness or None
        None where there are no draws, or these are not of the product as it stands. What is told of a region's mean
        stands with the quantity itself, and only without one with the table of its zones.
    """
    name = quantity.name
    receipt = material.drawn.get(name)
    if receipt is None:
        return None
    words, draws = material.words, receipt["draws"]
    about = name.removesuffix(BY_ZONE)
    table = f"{about}{BY_ZONE}"
    tells = quantity.shape == "cell" or about not in material.drawn
    summary = _region(table, material) if tells else None
    said: list[str] = []
    chart, note = None, ""
    if summary is not None:
        said = _sentences(summary, about, material)
        shares = region_shares(material.study, table)
        if shares is not None:
            chart = _chart(shares, material)
        elif (summary["column"] == "mean").any():
            note = words("shares_too_few")
    kept = "_draws.csv"
    if name == CONFIDENCE:
        said, kept = core_sentences(material), "_mean.tif"
    files = [f"draws/{path}" for path in receipt["files"] if str(path).endswith(kept)]
    return Sureness(words("drawn", draws=draws), said, maps.get(name), chart, note, files)


def uncertain_name(name: str, material: Material) -> str:
    """Name what is uncertain: a parameter of the policy, or a quantity.

    Parameters
    ----------
    name : str
        As the study has it.
    material : Material
        The study.

    Returns
    -------
    str
    """
    parameter = material.study.parameters.get(name)
    if parameter is None:
        return material.named(name)
    said = parameter.chinese if material.words.language == "zh" else parameter.english
    return said or name


def _region(table: str, material: Material) -> pd.DataFrame | None:
    """Give what was drawn of the region, of the year that the report is about."""
    path = drawn_output(material.study).folder / "tables" / f"{table}_draws.csv"
    if table not in material.drawn or not path.exists():
        return None
    rows = pd.read_csv(path, dtype={"zone": "str", "zoning": "str"})
    if not {"zoning", "zone", "column"} <= set(rows):
        return None
    rows = rows[(rows["zoning"] == REGION) & (rows["zone"] != OUTSIDE)]
    return _of_year(rows, material)


def _of_year(rows: pd.DataFrame, material: Material) -> pd.DataFrame:
    if "year" not in rows or rows.empty:
        return rows
    year = material.after if (rows["year"] == material.after).any() else rows["year"].max()
    return rows[rows["year"] == year]


def _when(rows: pd.DataFrame, material: Material) -> str:
    return material.words("in_year", year=int(rows["year"].iloc[0])) if "year" in rows and len(rows) else ""


def _sentences(rows: pd.DataFrame, about: str, material: Material) -> list[str]:
    words, draws = material.words, material.drawn[f"{about}{BY_ZONE}"]["draws"]
    told = {"draws": draws, "year": _when(rows, material)}
    known = material.study.catalogue.vocabulary.get(about)
    unit = "" if known is None or known.unit == "1" else words.of("units", known.unit)
    said = []
    for row in lines(rows[(rows["column"] == "mean") & (rows["draws"] == draws)]):
        decimals = decimals_of_deviation(row.standard_deviation)
        numbers = {"mean": number(row.mean, decimals), "deviation": number(row.standard_deviation, decimals)}
        said.append(words("drawn_mean", unit=f" {unit}" if unit else "", **numbers, **told))
    shares = rows[(rows["column"] == "share_percent") & rows["mean"].notna()]
    if len(shares) and "class_name" in shares:
        listed = [_share(row, draws, about, material) for row in lines(shares)]
        said.append(words("drawn_classes", classes=words("clause").join(listed), **told))
    return said


def _share(row: Any, draws: int, about: str, material: Material) -> str:
    """Say which share of the region a class has; in a draw without a row of it, it has none."""
    mean = row.mean * row.draws / draws
    deviation = row.standard_deviation if row.draws > 1 else 0.0
    squares = (row.draws - 1) * deviation**2 + row.draws * row.mean**2
    spread = math.sqrt(max(squares - draws * mean**2, 0.0) / (draws - 1))
    name = material.class_name(str(row.class_name), about)
    return material.words("drawn_class", name=name, mean=number(mean, 1), deviation=number(spread, 1))


def decimals_of_deviation(deviation: float) -> int:
    """Choose the decimals of a mean with its standard deviation: two digits of the latter count.

    Parameters
    ----------
    deviation : float
        The standard deviation.

    Returns
    -------
    int

    Examples
    --------
    >>> [decimals_of_deviation(value) for value in (190.0, 19.0, 1.9, 0.019, 0.0)]
    [0, 0, 1, 3, 2]
    """
    if not deviation > 0:
        return 2
    return min(max(1 - math.floor(math.log10(deviation)), 0), MOST_DECIMALS)


def _chart(shares: pd.DataFrame, material: Material) -> Chart:
    words = material.words
    shown = _of_year(shares, material)
    rest = shown["uncertain"] == TOGETHER
    shown = pd.concat([shown[~rest], shown[rest]])
    low, high = min(float(shown["share_percent"].min()), 0.0), max(float(shown["share_percent"].max()), 1.0)
    width, height = END - ROOM, ROW * (len(shown) + 1) + 4

    def across(value: float) -> float:
        return ROOM + width * (value - low) / (high - low)

    marks = []
    ticks = round_ticks(low, high, 4)
    for tick, said in zip(ticks, axis_marks(ticks), strict=True):
        marks.append(Mark("line", across(tick), ROW - 4, across(tick), height, style="zero" if tick == 0 else "grid"))
        marks.append(text(across(tick), 8, said, "middle axis"))
    for place, row in enumerate(lines(shown)):
        middle, share = ROW * (place + 1.5), float(row.share_percent)
        together = row.uncertain == TOGETHER
        name = words("together") if together else uncertain_name(row.uncertain, material)
        value = f"{number(share, 1)} %"
        begin, end = sorted((across(0.0), across(share)))
        marks.append(text(0, middle, name, room=ROOM - 1))
        told = f"{name}{words('colon')}{value}"
        marks.append(Mark("rect", begin, middle - 7, end - begin, 14, REST if together else BAR, told))
        marks.append(text(100, middle, value, "end"))
    title = words("shares_chart", year=_when(shown, material))
    return Chart(title, words("shares_note"), height, marks)
