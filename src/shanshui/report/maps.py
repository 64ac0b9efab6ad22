"""Maps of rasters: panels of one scale or legend, each a picture whose cells the page can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import Affine

from shanshui.base.vocabulary import Quantity
from shanshui.base.zones import REGION
from shanshui.report.canvas import Canvas
from shanshui.report.classes import AREAS, Classes, classes_of, land_cover_classes
from shanshui.report.confidence import CONFIDENCE, confidence_classes
from shanshui.report.legends import Entry, Ramp, ramp
from shanshui.report.material import Material
from shanshui.report.pictures import LONGEST, coarse, numbered, outside, picture_shape, png, sampled
from shanshui.report.red_line_classes import LINED
from shanshui.report.scales import (
    COOLING,
    GREENING,
    HARM,
    LIVING,
    RISING,
    STORED,
    UNSURE,
    VISITED,
    Scale,
    scale_of,
)
from shanshui.report.shape_maps import OUTCOMES, Shapes, shapes
from shanshui.report.words import number
from shanshui.study.drawn_products import drawn_output, raster_files

# Of a yearly raster so many years are drawn, evenly chosen, the first and the last among them.
MOST_PANELS = 6
# What all pictures of a page may weigh, and one figure of them [bytes]; a figure that weighs more is drawn coarser.
PAGE_BYTES = 7_000_000
FIGURE_BYTES = 900_000
# The coarsest that a panel may become [pixels], and by what it shrinks.
COARSEST, SHRINK = 160, 0.75
PERCENT = 100.0

# Chapters whose maps have colours of their own, and quantities that have others than their chapter.
STOPS = {
    "vegetation": GREENING, "habitat": GREENING, "species": LIVING, "carbon": STORED, "climate_regulation": COOLING,
    "recreation": VISITED, "water_erosion": HARM, "wind_erosion": HARM, "rocky_desertification": HARM,
    "salinisation": HARM, "coastal_erosion": HARM[2:], "degradation": HARM,
    # A coast is a thin line, on which the palest colours would be lost.
    "coast": RISING[2:],
}  # fmt: skip
# The indices of degraded forest and grassland are low where much is lost.
OWN_STOPS = {"habitat_degradation": HARM, "forest_degradation": HARM[::-1], "grassland_degradation": HARM[::-1]}
# A map beside another is not drawn larger than this [pixels].
BESIDE = 560


@dataclass(frozen=True)
class Fill:
    """A zone of a choropleth: its place in its zoning, its colour, and how much it is."""

    place: int
    colour: str
    text: str


@dataclass(frozen=True)
class Panel:
    """One picture of a map.

    Parameters
    ----------
    label, alt : str
        Its year, empty where there is only one; and what it shows, for who cannot see it.
    image : str
        A PNG in a data address; empty for a choropleth.
    fills : list of Fill
        For a choropleth.
    """

    label: str
    alt: str
    image: str = ""
    fills: list[Fill] = field(default_factory=list)


@dataclass(frozen=True)
class Map:
    """A map: one panel, or several that share a legend.

    Parameters
    ----------
    anchor, title : str
        Its address in the page, and what it shows.
    notes : list of str
        How it is read.
    panels : list of Panel
        The pictures.
    legend : list of Entry
        Of classes.
    ramp : Ramp or None
        Of values.
    tell : dict
        What the page says of a cell: names by index, or how an index becomes a value.
    zoning : str
        For a choropleth, which zones it colours.
    line : bool
        Whether the red line lies over it.
    """

    anchor: str
    title: str
    notes: list[str]
    panels: list[Panel]
    legend: list[Entry] = field(default_factory=list)
    ramp: Ramp | None = None
    tell: dict[str, Any] = field(default_factory=dict)
    zoning: str = ""
    line: bool = False


def raster_maps(material: Material, canvas: Canvas) -> dict[str, Map]:
    """Draw the land cover and every raster product.

    Parameters
    ----------
    material : Material
        The study.
    canvas : Canvas
        What maps share.

    Returns
    -------
    dict of str to Map
        By the quantity's name; the pictures of all together weigh at most `PAGE_BYTES`, or are as coarse as allowed.
    """
    if material.study.inputs.grid is None:
        return {}
    drawn = [quantity for quantity in material.standing if quantity.shape == "cell"]
    allowed = _allowed(material)
    found = {"land_cover": _land_cover(material, canvas, allowed)}
    found |= {quantity.name: _product(quantity, material, canvas, allowed) for quantity in drawn}
    line = material.red_line is not None
    return {name: replace(view, line=line and name in LINED) for name, view in found.items() if view is not None}


def draw_maps(material: Material, canvas: Canvas) -> dict[str, Map]:
    """Draw how sure each raster product is, where it has draws: in the year that the report is about.

    Parameters
    ----------
    material : Material
        The study.
    canvas : Canvas
        What maps share.

    Returns
    -------
    dict of str to Map
        By product: the standard deviation of a quantity; of classes in which share of the draws they stand.
    """
    if material.study.inputs.grid is None:
        return {}
    allowed = _allowed(material)
    cells = [quantity for quantity in material.standing if quantity.shape == "cell" and quantity.name in material.drawn]
    found = {quantity.name: _deviation(quantity, material, canvas, allowed) for quantity in cells}
    return {name: view for name, view in found.items() if view is not None}


def _allowed(material: Material) -> int:
    """Give what one figure may weigh [bytes]."""
    cells = [quantity.name for quantity in material.standing if quantity.shape == "cell"]
    return min(FIGURE_BYTES, PAGE_BYTES // (len(cells) + len(material.drawn.keys() & set(cells)) + 1))


def _deviation(quantity: Quantity, material: Material, canvas: Canvas, allowed: int) -> Map | None:
    if quantity.name == CONFIDENCE:
        return _confidence(material, canvas, allowed)
    receipt, words = material.drawn[quantity.name], material.words
    years = receipt["years"]
    year = material.after if material.after in years else years[-1] if years else None
    classes = quantity.measure == "class"
    kind = "confidence" if classes else "standard_deviation"
    paths = [
        path for path in raster_files(receipt, quantity.name, year) if path.stem.startswith(f"{quantity.name}_{kind}")
    ]
    if not paths:
        return None
    path = drawn_output(material.study).folder / paths[0]
    factor = PERCENT if classes else 1.0

    def read(shape: tuple[int, int]) -> NDArray[np.float64]:
        return coarse(path, shape) * factor

    word = replace(quantity, measure="intensive", minimum=0.0, unit="percent" if classes else quantity.unit)
    scale = scale_of(word, [read(canvas.shape)], UNSURE[::-1] if classes else UNSURE)
    if scale is None:
        return None
    images, step = _images([read], scale.indices, scale.colours, canvas, material, allowed, BESIDE)
    title = words("confidence_map" if classes else "standard_deviation_map", draws=receipt["draws"])
    view = _figure(quantity.name, title, [year], images, step, scale, material, word.unit)
    return replace(view, anchor=f"map-{quantity.name}-{kind}", notes=[words("dark_is_unsure"), *view.notes])


def _confidence(material: Material, canvas: Canvas, allowed: int) -> Map | None:
    """Draw how often each cell is inside the red line."""
    found = confidence_classes(material)
    if found is None:
        return None
    read, classes = found
    images, step = _images([read], classes.indices, list(classes.colours.values()), canvas, material, allowed)
    title = material.words("core_map", draws=material.drawn[CONFIDENCE]["draws"])
    view = _figure(CONFIDENCE, title, [None], images, step, classes, material)
    return replace(view, anchor=f"map-{CONFIDENCE}-core", line=material.red_line is not None)


def shape_maps(material: Material, canvas: Canvas) -> dict[str, list[Map]]:
    """Draw the products that are polygons.

    Parameters
    ----------
    material : Material
        The study.
    canvas : Canvas
        What maps share.

    Returns
    -------
    dict of str to list of Map
        By product.
    """
    found: dict[str, list[Map]] = {}
    for each in shapes(material):
        found.setdefault(each.product, []).append(_shapes(each, material, canvas, _allowed(material)))
    return found


def _shapes(drawn: Shapes, material: Material, canvas: Canvas, allowed: int) -> Map:
    """Draw polygons, each in the colour of its class."""
    grid, classes, words = material.study.inputs.grid, drawn.classes, material.words
    assert grid is not None

    def read(shape: tuple[int, int]) -> NDArray[np.float64]:
        stretch = Affine.scale(grid.shape[1] / shape[1], grid.shape[0] / shape[0])
        places = numbered(drawn.polygons, grid.geobox.transform @ stretch, shape)
        return np.where(places > 0, np.r_[np.nan, drawn.codes][places], np.nan)

    images, step = _images([read], classes.indices, list(classes.colours.values()), canvas, material, allowed)
    title = material.title(material.study.catalogue.vocabulary[drawn.product])
    if drawn.view:
        title = words("shape_view", title=title, view=words(f"shape_by_{drawn.view}"))
    view = _figure(drawn.product, title, [None], images, step, classes, material)
    line = material.red_line is not None and drawn.product in LINED
    anchor = f"{view.anchor}-{drawn.view}" if drawn.view else view.anchor
    notes = [words("parcels_marked"), *view.notes] if drawn.product == OUTCOMES else view.notes
    return replace(view, anchor=anchor, line=line, notes=notes)


def spread(years: tuple[int, ...], most: int = MOST_PANELS) -> list[int | None]:
    """Choose years evenly, the first and the last among them.

    Parameters
    ----------
    years : tuple of int
        In order; none where a quantity is not yearly.
    most : int
        How many at most.

    Returns
    -------
    list of int or None
        One None where there are no years.

    Examples
    --------
    >>> spread((2010, 2011, 2012, 2013, 2014, 2015, 2016), 4), spread(())
    ([2010, 2012, 2014, 2016], [None])
    """
    if not years:
        return [None]
    places = np.rint(np.linspace(0, len(years) - 1, min(most, len(years)))).astype(int)
    return [years[place] for place in dict.fromkeys(places.tolist())]


def _land_cover(material: Material, canvas: Canvas, allowed: int) -> Map | None:
    source = material.study.inputs.sources.get("land_cover")
    legend = material.legend("land_cover")
    if source is None or source.shape != "cell" or legend is None:
        return None
    grid = material.study.inputs.grid
    years = spread(source.years)
    areas = material.frame("land_area")
    hectares: dict[str, float] = {}
    if areas is not None and years[-1] is not None:
        rows = areas[(areas["zoning"] == REGION) & (areas["keyed_by"] == "ecosystem") & (areas["year"] == years[-1])]
        hectares = {str(name): float(area) for name, area in rows.groupby("class_name")["area_ha"].sum().items()}
    read = [partial(_codes, partial(source.read, year), grid) for year in years]
    classes = land_cover_classes(legend, hectares, material)
    title = material.words("land_cover_map")
    images, step = _images(read, classes.indices, list(classes.colours.values()), canvas, material, allowed)
    return _figure("land_cover", title, years, images, step, classes, material)


def _codes(read: Callable[..., NDArray[Any]], grid: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    codes = sampled(read, grid, shape)
    return np.where(codes < 0, np.nan, codes)


def _product(quantity: Quantity, material: Material, canvas: Canvas, allowed: int) -> Map | None:
    if quantity.name == CONFIDENCE:
        # Without draws it says no more than the map of the cells.
        return None
    years = spread(material.study.years(quantity.name))
    read = [partial(coarse, material.study.output.path(quantity, year)) for year in years]
    first = [cells(canvas.shape) for cells in read]
    scale: Classes | Scale | None
    if quantity.measure == "class":
        scale = classes_of(quantity, first, years, material)
    else:
        stops = OWN_STOPS.get(quantity.name) or STOPS.get(material.chapter_of(quantity), RISING)
        scale = scale_of(quantity, first, stops)
    if scale is None:
        return None
    colours = list(scale.colours.values()) if isinstance(scale, Classes) else scale.colours
    images, step = _images(read, scale.indices, colours, canvas, material, allowed)
    return _figure(quantity.name, material.title(quantity), years, images, step, scale, material, quantity.unit)


def _images(
    read: Sequence[Callable[[tuple[int, int]], NDArray[np.float64]]],
    indices: Callable[[NDArray[np.float64]], NDArray[np.uint8]],
    colours: list[str],
    canvas: Canvas,
    material: Material,
    allowed: int,
    most: int = LONGEST,
) -> tuple[list[str], float]:
    """Draw all panels as finely as the page has room for; tell how much coarser than the grid that is."""
    grid = material.study.inputs.grid
    assert grid is not None
    region = material.zonings[0].polygons
    # Panels side by side are smaller on the page, too.
    longest = float(min(max(canvas.shape), most if len(read) == 1 else BESIDE))
    while True:
        shape = picture_shape(grid.shape, max(int(longest), 1))
        beyond = None
        if region is not None:
            stretch = Affine.scale(grid.shape[1] / shape[1], grid.shape[0] / shape[0])
            beyond = outside(region, grid.geobox.transform @ stretch, shape)
        images = []
        for cells in (one(shape) for one in read):
            if beyond is not None:
                cells[beyond] = np.nan
            images.append(png(indices(cells), colours))
        if sum(map(len, images)) <= allowed or longest * SHRINK < COARSEST:
            return images, max(grid.shape) / max(shape)
        longest *= SHRINK


def _figure(
    name: str,
    title: str,
    years: list[int | None],
    images: list[str],
    step: float,
    scale: Classes | Scale,
    material: Material,
    unit: str = "1",
) -> Map:
    words = material.words
    notes = [words("became")] if name in AREAS else []
    if step > 1.01:
        notes.append(words("sampled", step=f"{step:.1f}"))
    if len(years) < len(material.study.years(name)):
        notes.append(words("years_chosen", shown=len(years), total=len(material.study.years(name))))
    said = "" if unit == "1" else words.of("units", unit)
    if isinstance(scale, Classes):
        if len(years) > 1 and any(entry.text for entry in scale.entries):
            notes.append(words("areas_of_year", year=years[-1]))
        largest = words("comma").join(f"{entry.name} {entry.text}".strip() for entry in scale.entries[:3])
        alt = words("alt_classes", largest=largest)
        bar = None
        tell: dict[str, Any] = {"names": [scale.names[code] for code in scale.colours]}
        entries = scale.entries
    else:
        low, high = (number(value, scale.decimals, scale.diverging) for value in (scale.least, scale.most))
        alt = words("alt_values", low=low, high=high, unit=said).strip()
        bar, entries = ramp(scale, said), []
        tell = {
            "low": scale.low,
            "step": scale.step,
            "decimals": scale.decimals,
            "signed": scale.diverging,
            "unit": said,
            "below": scale.least < scale.low - scale.step / 2,
            "above": scale.most > scale.high + scale.step / 2,
        }
    panels = []
    for year, image in zip(years, images, strict=True):
        label = "" if year is None else str(year)
        panels.append(Panel(label, words("alt_map", title=f"{title} {label}".strip(), told=alt), image))
    return Map(f"map-{name}", title, notes, panels, entries, bar, tell)
