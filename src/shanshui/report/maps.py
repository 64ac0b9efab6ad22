"""Maps: a picture or an outline of the region, with its legend, scale and north told beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import REGION
from shanshui.report.charts import share_changes
from shanshui.report.choropleth import UNKNOWN_COLOUR, change_classes
from shanshui.report.classes import AREAS, named_classes, unnamed_classes
from shanshui.report.ground import ScaleBar, ground_size, north_is_up, scale_bar
from shanshui.report.legends import Entry, class_entries, range_entries
from shanshui.report.material import Material, lines
from shanshui.report.pictures import (
    coarse,
    coloured,
    draw_borders,
    outline_paths,
    outside,
    picture_shape,
    pixel_transform,
    png,
    sampled,
)
from shanshui.report.words import number

ZONE_INK = (40, 40, 40, 150)
REGION_INK = (20, 20, 20, 255)


@dataclass(frozen=True)
class Frame:
    """What all maps of a study share.

    Parameters
    ----------
    width, height : int
        Of the picture [pixels].
    aspect : float
        Width over height on the ground: cells in degrees are not square there.
    bar : ScaleBar
        The scale bar.
    bar_text : str
        Its length in words.
    north : bool
        Whether north is up.
    """

    width: int
    height: int
    aspect: float
    bar: ScaleBar
    bar_text: str
    north: bool


@dataclass(frozen=True)
class Outline:
    """One zone of a choropleth: its path, its colour, what it is called and how much it is."""

    path: str
    colour: str
    title: str


@dataclass(frozen=True)
class Map:
    """A map.

    Parameters
    ----------
    anchor : str
        Its address in the page.
    title, alt, notes : str, str, list of str
        What it shows, the same for who cannot see it, and how it is read.
    legend : list of Entry
        Its colours.
    image : str
        A PNG in a data address; empty for a choropleth.
    outlines : list of Outline
        For a choropleth.
    """

    anchor: str
    title: str
    alt: str
    notes: list[str]
    legend: list[Entry]
    image: str = ""
    outlines: tuple[Outline, ...] = ()


def make_frame(material: Material) -> Frame | None:
    """Lay out the maps of a study; None in a study without a grid."""
    grid = material.study.inputs.grid
    if grid is None or grid.geobox.crs is None:
        return None
    height, width = picture_shape(grid.shape)
    across, down = ground_size(grid.geobox)
    bar = scale_bar(across)
    text = material.words("kilometres", length=f"{bar.kilometres:,g}")
    return Frame(width, height, across / down, bar, text, north_is_up(grid.geobox))


def make_maps(material: Material) -> list[Map]:
    """Draw every map of a study: the land cover, the raster products, and the zones.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    list of Map
    """
    if make_frame(material) is None:
        return []
    rasters = [quantity for quantity in material.standing if quantity.shape == "cell"]
    drawn = _land_cover(material) + [found for quantity in rasters for found in _product(quantity, material)]
    return drawn + _share_changes(material)


def _years(years: tuple[int, ...], material: Material) -> list[int | None]:
    """Of a yearly layer the two years that are compared, as far as it has them; None of one that is not yearly."""
    if not years:
        return [None]
    return [year for year in dict.fromkeys((material.before, material.after)) if year in years] or [years[-1]]


def _picture(codes: NDArray[Any], colours: dict[int, str], material: Material) -> str:
    """Colour, clip to the region, draw borders, and pack."""
    grid = material.study.inputs.grid
    assert grid is not None
    picture = coloured(codes, colours)
    transform = pixel_transform(grid, codes.shape)
    region = material.zonings[0].polygons
    if region is not None:
        picture[:, outside(region, transform, codes.shape)] = 0
    if material.border_zoning is not None and material.border_zoning.polygons is not None:
        draw_borders(picture, material.border_zoning.polygons, transform, ZONE_INK)
    if region is not None:
        draw_borders(picture, region, transform, REGION_INK)
    return png(picture)


def _notes(material: Material, *first: str) -> list[str]:
    grid, words = material.study.inputs.grid, material.words
    assert grid is not None
    notes = [note for note in first if note]
    if material.border_zoning is not None:
        notes.append(words("borders", zoning=material.border_zoning.name))
    step = max(grid.shape) / max(picture_shape(grid.shape))
    if step > 1:
        notes.append(words("sampled", step=f"{step:.1f}"))
    return notes


def _alt(title: str, legend: list[Entry], material: Material) -> str:
    words = material.words
    largest = words("comma").join(f"{entry.name} {entry.text}".strip() for entry in legend[:3])
    return words("alt_classes", title=title, largest=largest) if largest else words("alt_plain", title=title)


def _land_cover(material: Material) -> list[Map]:
    source = material.study.inputs.sources.get("land_cover")
    legend = material.legend("land_cover")
    grid = material.study.inputs.grid
    if source is None or source.shape != "cell" or legend is None or grid is None:
        return []
    level1 = dict(zip(legend["code"], legend["level1"], strict=True))
    groups = material.ecosystems.set_index("level1")
    areas = material.frame("land_area")
    found = []
    for year in _years(source.years, material):
        codes = sampled(partial(source.read, year), grid, picture_shape(grid.shape))
        colours = {code: groups["colour"][group] for code, group in level1.items() if group in groups.index}
        present = sorted({level1[code] for code in np.unique(codes).tolist() if code in level1})
        hectares: dict[str, float] = {}
        if areas is not None and year is not None:
            rows = areas[(areas["zoning"] == REGION) & (areas["keyed_by"] == "ecosystem") & (areas["year"] == year)]
            hectares = {str(name): float(area) for name, area in rows.groupby("class_name")["area_ha"].sum().items()}
        entries = class_entries(
            [(groups["colour"][g], material.class_name(n := groups["ecosystem"][g]), hectares.get(n)) for g in present],
            material.words,
        )
        title = material.words("land_cover_map", year=year if year is not None else "")
        anchor = f"map-land_cover-{year}"
        image = _picture(codes, colours, material)
        found.append(Map(anchor, title, _alt(title, entries, material), _notes(material), entries, image))
    return found


def _product(quantity: Quantity, material: Material) -> list[Map]:
    grid, study = material.study.inputs.grid, material.study
    assert grid is not None
    years: tuple[int, ...] = study.years(quantity.name)
    found = []
    for year in _years(years, material):
        cells = coarse(study.output.path(quantity, year), picture_shape(grid.shape))
        legend = material.legend(quantity.name) if quantity.measure == "class" else None
        if legend is not None:
            codes, colours, entries = named_classes(cells, quantity, legend, material)
        elif quantity.measure == "class":
            codes, colours, entries = unnamed_classes(cells, material)
        else:
            codes, colours, entries = range_entries(cells, material.words.of("units", quantity.unit))
        title = material.title(quantity) + ("" if year is None else f" {year}")
        anchor = f"map-{quantity.name}" + ("" if year is None else f"-{year}")
        first = material.words("became") if quantity.name in AREAS else ""
        image = _picture(codes, colours, material)
        found.append(Map(anchor, title, _alt(title, entries, material), _notes(material, first), entries, image))
    return found


def _share_changes(material: Material) -> list[Map]:
    """Colour the zones of every polygon zoning by how their share of ecological land changed."""
    grid, words = material.study.inputs.grid, material.words
    frame = material.frame("ecological_land_share")
    if frame is None or grid is None:
        return []
    found = []
    transform = pixel_transform(grid, picture_shape(grid.shape))
    for zoning in material.zonings[1:]:
        moved = share_changes(frame, zoning.name, material).set_index("zone")
        if zoning.polygons is None or moved.empty:
            continue
        classes = change_classes(moved["change"], words)
        outlines = []
        paths = outline_paths(zoning.polygons, transform)
        for zone, name, path in zip(zoning.zones["zone"], zoning.zones["name"], paths, strict=False):
            known = zone in moved.index
            text = number(float(moved["change"][zone]), 1, signed=True) if known else words("no_data")
            colour = classes.colours[zone] if known else UNKNOWN_COLOUR
            if path:
                outlines.append(Outline(path, colour, f"{name}{words('colon')}{text}"))
        title = words("choropleth", before=material.before, after=material.after, zoning=zoning.name)
        worst = moved.iloc[:3]
        said = [Entry("", str(row.zone_name), number(float(row.change), 1, signed=True)) for row in lines(worst)]
        view = Map(f"map-share-{zoning.name}", title, _alt(title, said, material), [], classes.entries)
        found.append(replace(view, outlines=tuple(outlines)))
    return found
