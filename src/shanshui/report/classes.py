"""The classes of a raster: their names, colours and areas, the many small ones together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import rasterio.windows
from numpy.typing import NDArray

from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import REGION
from shanshui.report.legends import Entry, class_entries
from shanshui.report.material import Material, lines
from shanshui.report.pictures import NOTHING_THERE
from shanshui.report.words import sentence

# How many classes of a raster get a line of their own; the rest share one colour.
SHOWN = 12
OTHER = "#4d4d4d"
# The map of what is inside the red line; other maps with its codes only tell what speaks for that.
RED_LINE_CELLS = "red_line_cells"
# Colours for codes without a legend (Tol's "muted" scheme, which colour-blind readers can tell apart).
DISTINCT = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499")
SQUARE_METRES_A_HECTARE = 1e4


@dataclass(frozen=True)
class Classes:
    """The classes of a raster.

    Parameters
    ----------
    colours : dict of int to str
        By code, as ``#rrggbb``; at most 255.
    names : dict of int to str
        By code, in the report's language.
    entries : list of Entry
        The legend.
    """

    colours: dict[int, str]
    names: dict[int, str]
    entries: list[Entry]

    def indices(self, cells: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Give the place of each cell's class among the colours; `NOTHING_THERE` where it has none."""
        found = np.full(cells.shape, NOTHING_THERE, np.uint8)
        for place, code in enumerate(self.colours):
            found[cells == code] = place
        return found


def classes_of(
    quantity: Quantity, pictures: list[NDArray[np.float64]], years: list[int | None], material: Material
) -> Classes:
    """Name and colour the classes of a raster, the largest first; the many small ones share one colour.

    Parameters
    ----------
    quantity : Quantity
        What it holds.
    pictures : list of float64 ndarray (rows, columns)
        Codes, one a year; NaN for no data.
    years : list of int or None
        The years.
    material : Material
        The study.

    Returns
    -------
    Classes
        Areas are those of the last year.
    """
    present = {int(code) for cells in pictures for code in np.unique(cells[np.isfinite(cells)])}
    legend = material.legend(quantity.name)
    if legend is None:
        colours = {code: DISTINCT[place % len(DISTINCT)] for place, code in enumerate(sorted(present))}
        names = {code: str(code) for code in colours}
    else:
        column = "name_zh" if material.words.language == "zh" and "name_zh" in legend else "name"
        names = {int(row.code): sentence(str(getattr(row, column))) for row in lines(legend)}
        colours = {int(row.code): str(row.colour) for row in lines(legend)}
    counted = AREAS[quantity.name](colours, material) if quantity.name in AREAS else {}
    areas = counted or _areas(quantity, years[-1], material)
    # A class may be too small for the picture and still have an area.
    codes = [code for code in names if code in present or areas.get(code)]
    if legend is not None and "inside" in legend:
        return sided_classes(codes, legend, areas, quantity.name == RED_LINE_CELLS, material)
    if quantity.name in AREAS:
        codes.sort(key=lambda code: (-areas.get(code, 0.0), code))
    few = codes if len(codes) <= SHOWN + 2 else codes[: SHOWN + 1]
    shown = [(colours[code], names[code], areas.get(code, 0.0)) for code in few]
    rest = codes[len(few) :]
    if rest:
        total = sum(areas.get(code, 0.0) for code in rest)
        shown.append((OTHER, sentence(material.words("other_classes", count=len(rest))), total))
    merged = {code: OTHER if code in rest else colours[code] for code in codes[:NOTHING_THERE]}
    return Classes(merged, names, class_entries(shown, material.words))


def sided_classes(
    codes: list[int], legend: pd.DataFrame, areas: dict[int, float], decided: bool, material: Material
) -> Classes:
    """Give classes that lie inside or outside of something: all of them, those inside first.

    Parameters
    ----------
    codes : list of int
        The classes that occur.
    legend : DataFrame
        Columns code, inside (1 or 0), name, name_zh, colour.
    areas : dict of int to float
        By code [ha].
    decided : bool
        Whether the classes are inside or outside; otherwise they speak for or against it only.
    material : Material
        The study.

    Returns
    -------
    Classes
        None share a colour: a small class inside does not look like one outside. Shares are of both sides together.
    """
    words = material.words
    column = "name_zh" if words.language == "zh" else "name"
    rows = {int(row.code): row for row in lines(legend) if row.code in codes}
    names = {code: sentence(str(getattr(row, column))) for code, row in rows.items()}
    colours = {code: str(row.colour) for code, row in rows.items()}
    keys = ("inside", "outside_of") if decided else ("speaks_for", "speaks_against")
    sides = [(key, [code for code in rows if bool(rows[code].inside) == (key == keys[0])]) for key in keys]
    whole = sum(areas.get(code, 0.0) for code in rows)
    entries = []
    for key, here in sides:
        # Each side is headed by its own sum.
        heading = [("", sentence(words(key)), sum(areas.get(code, 0.0) for code in here))] if len(here) > 1 else []
        listed = [(colours[code], names[code], areas.get(code, 0.0)) for code in here]
        entries += class_entries([*heading, *listed], words, whole)
    return Classes(colours, names, entries)


def _areas(quantity: Quantity, year: int | None, material: Material) -> dict[int, float]:
    """Measure each class of a product's raster, tile by tile [ha]."""
    grid = material.study.inputs.grid
    assert grid is not None
    area = material.study.inputs.sources["cell_area"]
    found: dict[int, float] = {}
    with rasterio.open(material.study.output.path(quantity, year)) as source:
        for window in grid.tiles():
            place = rasterio.windows.Window(window.column, window.row, window.width, window.height)
            codes = source.read(1, window=place, masked=True)
            known, where = np.unique(codes.compressed(), return_inverse=True)
            cells = area.read(None, window)[~np.ma.getmaskarray(codes)]
            for code, square_metres in zip(known.tolist(), np.bincount(where, cells).tolist(), strict=False):
                found[code] = found.get(code, 0.0) + square_metres / SQUARE_METRES_A_HECTARE
    return found


def _conversion_areas(colours: dict[int, str], material: Material) -> dict[int, float]:
    """Area of each conversion in the region, from the table of transitions, border cells by their share [ha]."""
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
    return {code: area for code, area in areas.items() if code in colours}


def land_cover_classes(legend: pd.DataFrame, hectares: dict[str, float], material: Material) -> Classes:
    """Give the classes of the source's land cover, coloured and listed by first-level ecosystem.

    Parameters
    ----------
    legend : DataFrame
        Columns code, name, name_zh, level1.
    hectares : dict of str to float
        Area of each first-level ecosystem, by its English name [ha]; empty where no table knows it.
    material : Material
        The study.

    Returns
    -------
    Classes
    """
    groups: Any = material.ecosystems.set_index("level1")
    known = {int(row.code): int(row.level1) for row in lines(legend) if row.level1 in groups.index}
    colours = {code: str(groups["colour"][group]) for code, group in list(known.items())[:NOTHING_THERE]}
    names = {int(row.code): material.class_name(str(row.name), "land_cover") for row in lines(legend)}
    entries = [
        (
            str(groups["colour"][group]),
            material.class_name(str(name)),
            hectares.get(str(name), 0.0 if hectares else None),
        )
        for group in sorted(set(known.values()))
        if (name := groups["ecosystem"][group])
    ]
    return Classes(colours, names, class_entries(entries, material.words))


# Class rasters whose areas a table knows; they are listed by area. Code to area [ha].
AREAS: dict[str, Callable[[dict[int, str], Material], dict[int, float]]] = {"land_conversion": _conversion_areas}
