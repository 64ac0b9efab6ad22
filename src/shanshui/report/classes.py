"""The classes of a raster product: their names, colours and areas, the many small ones together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import REGION
from shanshui.report.legends import DISTINCT, OTHER, SHOWN, Entry, class_entries
from shanshui.report.material import Material, lines
from shanshui.report.words import sentence


def named_classes(
    cells: NDArray[Any], quantity: Quantity, legend: pd.DataFrame, material: Material
) -> tuple[NDArray[Any], dict[int, str], list[Entry]]:
    """Name and colour the classes of a raster, the largest first; the many small ones share one colour.

    Parameters
    ----------
    cells : ndarray (rows, columns)
        Codes of the picture; NaN for no data.
    quantity : Quantity
        What the raster holds.
    legend : DataFrame
        Columns code, name, name_zh, colour.
    material : Material
        The study.

    Returns
    -------
    ndarray, dict of int to str, list of Entry
        The codes, the colour of each, and the legend.
    """
    present, counts = np.unique(cells[np.isfinite(cells)].astype(int), return_counts=True)
    pixels = dict(zip(present.tolist(), counts.tolist(), strict=True))
    areas = AREAS[quantity.name](legend, material) if quantity.name in AREAS else {}
    column = "name_zh" if material.words.language == "zh" else "name"
    names = {int(row.code): str(getattr(row, column)) for row in lines(legend)}
    colours = {int(row.code): str(row.colour) for row in lines(legend)}
    # A class may be too small for the picture and still have an area.
    codes = [code for code in names if code in pixels or areas.get(code)]
    codes.sort(key=lambda code: (-areas.get(code, 0.0), -pixels.get(code, 0), code))
    entries, merged = _grouped(codes, names, colours, areas, material)
    return cells, {code: merged.get(code, colours[code]) for code in pixels if code in colours}, entries


def _grouped(
    codes: list[int], names: dict[int, str], colours: dict[int, str], areas: dict[int, float], material: Material
) -> tuple[list[Entry], dict[int, str]]:
    few = codes if len(codes) <= SHOWN + 2 else codes[: SHOWN + 1]
    rest = codes[len(few) :]
    shown = [(colours[code], material.class_name(names[code], ""), areas.get(code)) for code in few]
    if rest:
        total = sum(areas.get(code, 0.0) for code in rest) if areas else None
        shown.append((OTHER, sentence(material.words("other_classes", count=len(rest))), total))
    return class_entries(shown, material.words), dict.fromkeys(rest, OTHER)


def unnamed_classes(cells: NDArray[Any], material: Material) -> tuple[NDArray[Any], dict[int, str], list[Entry]]:
    """Colour codes that no legend names.

    Parameters
    ----------
    cells : ndarray (rows, columns)
        Codes of the picture; NaN for no data.
    material : Material
        The study.

    Returns
    -------
    ndarray, dict of int to str, list of Entry
        The codes, the colour of each, and the legend.
    """
    present = np.unique(cells[np.isfinite(cells)].astype(int)).tolist()
    colours = {code: DISTINCT[place % len(DISTINCT)] for place, code in enumerate(present)}
    return cells, colours, class_entries([(colours[code], str(code), None) for code in present], material.words)


def _conversion_areas(legend: pd.DataFrame, material: Material) -> dict[int, float]:
    """Area of each conversion in the region, from the table of transitions [ha]."""
    frame = material.frame("land_transition")
    if frame is None:
        return {}
    rows = frame[
        (frame["zoning"] == REGION)
        & (frame["zone"] == REGION)
        & (frame["keyed_by"] == "ecosystem")
        & (frame["year_from"] == material.before)
        & (frame["year_to"] == material.after)
        & (frame["from_code"] != "")
        & (frame["to_code"] != "")
    ]
    areas: dict[int, float] = {}
    for row in lines(rows):
        code = 0 if row.from_code == row.to_code else 10 * int(row.from_code) + int(row.to_code)
        areas[code] = areas.get(code, 0.0) + float(row.area_ha)
    return {code: area for code, area in areas.items() if code in set(legend["code"])}


# Class rasters whose areas a table knows: code to area [ha].
AREAS: dict[str, Callable[[pd.DataFrame, Material], dict[int, float]]] = {"land_conversion": _conversion_areas}
