"""Opening the rasters of a study and finding what is wrong with what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from odc.geo.geobox import GeoBox
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.grid import Grid, crs_of
from shanshui.base.units import UNCHANGED, Conversion, UnitError, conversion
from shanshui.base.vocabulary import AXIS_LENGTHS, Axis, Quantity, Vocabulary
from shanshui.data.files import Digests
from shanshui.data.legends import read_legend
from shanshui.data.rasters import AlignedRaster, RasterFacts, read_facts
from shanshui.study.inputs import ConstantSource, LayerSource, When
from shanshui.study.schema import NAME, LayerSection, located

# What to do about a file with another number of bands.
_BAND_MENDS = {
    "month": "give one band a month, or files with {{month}} in their path ({name} is monthly)",
    "half_month": "give one band a half-month, 24 in all ({name} is half-monthly)",
    "day": "give one band a day, 365 or 366 in all ({name} is daily)",
}


@dataclass(frozen=True)
class LayerFile:
    """One file of a layer: how study.toml writes its path, where it is, what it says of itself."""

    text: str
    path: Path
    facts: RasterFacts


# By year, and month or item counted from 1; None where it has no year, or where one file holds all months or items.
LayerFiles = dict[When, LayerFile]


def find_layer(
    name: str,
    section: LayerSection,
    folder: Path,
    vocabulary: Vocabulary,
    mapped: Mapping[int, int],
    problems: Problems,
) -> LayerFiles:
    """Find a layer's files and open each.

    Parameters
    ----------
    name : str
        The layer, which is a quantity.
    section : LayerSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    vocabulary : Vocabulary
        Every quantity that is known.
    mapped : mapping of int to int
        Years of the study to the layer's years that stand for them.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    dict of (int or None, int or None) to LayerFile
        By year of the study and month or item; files with a fault are left out.
    """
    key = f"layers.{name}"
    quantity = cell_quantity(name, vocabulary, problems)
    if quantity is None:
        return {}
    given = {word: getattr(section, word) for word in ("column", "item_column", "layer", "where")}
    for word in [word for word, value in given.items() if value is not None]:
        problems.fault(f"{key}.{word}", "is for vector files, and this is a raster", "leave it out")
    files: LayerFiles = {}
    for year, part, text in layer_paths(quantity, section, folder, mapped, problems):
        path = located(text, folder)
        try:
            facts = read_facts(path, section.band)
        except OSError:
            mend = "give a GeoTIFF or another raster that GDAL reads"
            problems.fault(f"{key}.path", f"{text} cannot be read as a raster", mend)
            continue
        single = quantity.axis == "none" or (quantity.axis == "item" and part is not None)
        if quantity.axis == "item" and part is None and facts.bands != len(section.items or ()):
            fault = f"names {len(section.items or ())}, and {text} has {facts.bands} bands"
            problems.fault(f"{key}.items", fault, "name each band, in their order, or give files with {item}")
        elif quantity.axis not in ("none", "item") and part is None and facts.bands not in _band_counts(quantity.axis):
            mend = _BAND_MENDS[quantity.axis].format(name=name)
            problems.fault(f"{key}.path", f"{text} has {facts.bands} bands", mend)
        elif single and facts.bands > 1 and "band" not in section.model_fields_set:
            mend = "write band = the one that is meant"
            problems.fault(f"{key}.band", f"is not said, and {text} has {facts.bands} bands", mend)
        elif section.band > facts.bands:
            problems.fault(f"{key}.band", f"is {section.band}, and {text} has {facts.bands}", "give one it has")
        elif facts.geobox.crs is None:
            problems.fault(f"{key}.path", f"{text} has no CRS", "give the file one (gdal_edit -a_srs)")
        elif not (facts.geobox.crs.projected or facts.geobox.crs.geographic):
            problems.fault(f"{key}.path", f"{text} has a CRS of no place on Earth", "give the file its true one")
        else:
            files[year, part] = LayerFile(text, path, facts)
    return files


def layer_paths(
    quantity: Quantity, section: LayerSection, folder: Path, mapped: Mapping[int, int], problems: Problems
) -> list[tuple[int | None, int | None, str]]:
    """Give the paths of a layer's files, as far as they are there.

    Parameters
    ----------
    quantity : Quantity
        What the vocabulary says of the layer.
    section : LayerSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    mapped : mapping of int to int
        Years of the study to the layer's years that stand for them.
    problems : Problems
        Takes what is found wrong, files that are missing among it.

    Returns
    -------
    list of (int or None, int or None, str)
        Year of the study, month or item from 1, and the path as study.toml writes it.
    """
    key = f"layers.{quantity.name}"
    if "{month}" in section.path and quantity.axis != "month":
        problems.fault(f"{key}.path", f"holds {{month}}, and {quantity.name} has no months", "give one file a year")
        return []
    if not _items_fit(key, section, quantity, problems):
        return []
    paths = _year_paths(quantity.name, section, folder, mapped, problems)
    if quantity.axis == "month":
        found = _month_paths(key, paths, folder, problems)
    elif "{item}" in section.path:
        items = list(enumerate(section.items or (), start=1))
        found = [(year, part, text.replace("{item}", item)) for year, text in paths.items() for part, item in items]
    else:
        found = [(year, None, text) for year, text in paths.items()]
    there = []
    for year, part, text in found:
        if located(text, folder).exists():
            there.append((year, part, text))
            continue
        item = "" if part is None or section.items is None else f" for {section.items[part - 1]}"
        when, or_years = ("", "") if year is None else (f" in {year}" if item else f" for {year}", " or years")
        problems.fault(f"{key}.path", f"there is no file {text}{item}{when}", f"correct the path{or_years}")
    return there


def _items_fit(key: str, section: LayerSection, quantity: Quantity, problems: Problems) -> bool:
    """Name what is wrong with the items of a layer: those a quantity has not, or those that have no good name."""
    before, items = len(problems), section.items
    if quantity.axis != "item":
        mend = f"leave it out: {quantity.name} has no items"
        for word in ("items", "item_column"):
            if getattr(section, word) is not None:
                problems.fault(f"{key}.{word}", "is for quantities with items", mend)
        if "{item}" in section.path:
            problems.fault(f"{key}.path", f"holds {{item}}, and {quantity.name} has no items", "give one file")
    elif not items:
        mend = 'name what the files or the bands hold, for example items = ["urban", "crop"]'
        problems.fault(f"{key}.items", "is missing", mend)
    else:
        bad = [item for item in items if not NAME.fullmatch(item)]
        if bad:
            shown = ", ".join(repr(item) for item in bad)
            problems.fault(f"{key}.items", f"{shown} is no good name", "use lower-case letters, digits and underscores")
        for item in dict.fromkeys(item for item in items if items.count(item) > 1):
            problems.fault(f"{key}.items", f"{item!r} stands {items.count(item)} times", "name each item once")
    return len(problems) == before


def cell_quantity(name: str, vocabulary: Vocabulary, problems: Problems) -> Quantity | None:
    """Find the quantity on cells that a layer gives.

    Parameters
    ----------
    name : str
        The layer.
    vocabulary : Vocabulary
        Every quantity that is known.
    problems : Problems
        Takes the fault, where there is no such quantity.

    Returns
    -------
    Quantity or None
    """
    quantity = vocabulary.get(name)
    if quantity is None or quantity.shape != "cell":
        cells = [word for word, known in vocabulary.items() if known.shape == "cell"]
        problems.fault(f"layers.{name}", "is no quantity that a raster can give", did_you_mean(name, cells))
        return None
    return quantity


def open_layer(
    section: LayerSection,
    quantity: Quantity,
    files: LayerFiles,
    folder: Path,
    grid: Grid | None,
    digests: Digests,
    problems: Problems,
) -> LayerSource | None:
    """Open a layer's files for reading on the grid.

    Parameters
    ----------
    section : LayerSection
        What study.toml says of it.
    quantity : Quantity
        What the vocabulary says of it.
    files : dict of (int or None, int or None) to LayerFile
        Its files, by year and month.
    folder : Path
        The study's folder.
    grid : Grid or None
        None where the grid could not be made; then only faults are looked for.
    digests : Digests
        Fingerprints of files.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    LayerSource or None
        None where something is wrong.
    """
    key = f"layers.{quantity.name}"
    before = len(problems)
    line = unit_conversion(key, section, quantity, problems)
    of_classes = section.resampling in ("nearest", "mode")
    if (
        section.resampling is not None
        and section.resampling != "nearest"
        and of_classes != (quantity.measure == "class")
    ):
        mend = "leave it out: the measure decides"
        problems.fault(f"{key}.resampling", f"{section.resampling!r} does not suit {quantity.name}", mend)
    known: frozenset[int] | None = None
    if section.legend is not None:
        legend, faults = read_legend(located(section.legend, folder), f"{key}.legend")
        problems += faults
        known = None if faults else frozenset(legend["code"])
    elif quantity.name == "land_cover":
        problems.fault(f"{key}.legend", "is missing", "give a table with the columns code, name, ecosystem")
    if grid is None or line is None or len(problems) > before:
        return None
    for file in files.values():
        if not _overlap(file.facts.geobox, grid.geobox):
            problems.fault(f"{key}.path", f"{file.text} does not overlap the region", "check its CRS and the region's")
            return None
    rasters = {
        when: AlignedRaster(
            file.path,
            grid.geobox,
            band=section.band
            if quantity.axis == "none" or when[1] is not None
            else tuple(range(1, file.facts.bands + 1)),
            measure=quantity.measure,
            conversion=_after_scale(section, file.facts, line),
            nodata=section.nodata_values,
            valid=(quantity.minimum, quantity.maximum),
            resampling=section.resampling,
        )
        for when, file in files.items()
    }
    told: dict[str, Any] = {
        word: getattr(section, word)
        for word in ("unit", "source", "licence", "citation")
        if getattr(section, word) is not None
    }
    told |= {"band": section.band, "nodata": list(section.nodata_values)}
    told |= {word: getattr(section, word) for word in ("scale", "offset") if getattr(section, word) is not None}
    where = {when: (file.text, file.path) for when, file in files.items()}
    items = tuple(section.items or ())
    return LayerSource(quantity.name, quantity, rasters, told, where, digests, known, section.unit or "1", items)


def open_constant(
    name: str, section: LayerSection, vocabulary: Vocabulary, problems: Problems
) -> ConstantSource | None:
    """Take a number that stands for every cell.

    Parameters
    ----------
    name : str
        The layer, which is a quantity.
    section : LayerSection
        What study.toml says of it.
    vocabulary : Vocabulary
        Every quantity that is known.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    ConstantSource or None
        None where something is wrong.
    """
    key = f"layers.{name}"
    quantity = cell_quantity(name, vocabulary, problems)
    if quantity is None or section.value is None:
        return None
    if quantity.axis == "item":
        problems.fault(f"{key}.value", f"cannot stand for {name}, which differs from item to item", "give files")
        return None
    if quantity.measure != "intensive" or quantity.axis != "none":
        problems.fault(f"{key}.value", f"cannot stand for {name}, which differs from cell to cell", "give a raster")
        return None
    line = unit_conversion(key, section, quantity, problems)
    if line is None:
        return None
    value = section.value * line.scale + line.offset
    low, high = quantity.minimum, quantity.maximum
    if not np.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        problems.fault(f"{key}.value", f"is {value:g}, beyond {low} to {high}", "correct the number or its unit")
        return None
    if section.unit in ("percent", "%") and 0 < section.value <= 1:
        fault = f"is {section.value:g} percent: it looks like a fraction"
        problems.fault(f"{key}.value", fault, 'write unit = "1", or the number in percent')
        return None
    told = {word: getattr(section, word) for word in ("value", "unit", "source", "licence", "citation")}
    return ConstantSource(name, value, {word: said for word, said in told.items() if said is not None})


def bounds_in(geobox: GeoBox, crs: str) -> tuple[float, float, float, float] | None:
    """Give the rectangle around a grid in other coordinates.

    Parameters
    ----------
    geobox : GeoBox
        The grid.
    crs : str
        The other CRS, as WKT.

    Returns
    -------
    (left, bottom, right, top) or None
        None where it lies beyond what that CRS can hold.
    """
    try:
        edges = transform_bounds(crs_of(geobox), crs, *geobox.boundingbox.bbox, densify_pts=21)
    except RasterioError:
        return None
    return edges if np.isfinite(edges).all() else None


def _year_paths(
    name: str, section: LayerSection, folder: Path, mapped: Mapping[int, int], problems: Problems
) -> dict[int | None, str]:
    """Give the path of each year of the study."""
    key = f"layers.{name}"
    years = section.years
    if "{year}" not in section.path:
        if years and len(years) > 1:
            problems.fault(f"{key}.path", "names one file for several years", "write {year} in it")
        return {years[0] if years and len(years) == 1 else None: section.path}
    if years is None:
        searched = located(section.path, folder)
        text = re.escape(searched.name).replace(r"\{year\}", r"(\d{4})").replace(r"\{month\}", r"\d\d")
        pattern = re.compile(text.replace(r"\{item\}", f"(?:{'|'.join(section.items or ())})"))
        names = [file.name for file in searched.parent.iterdir()] if searched.parent.is_dir() else []
        years = sorted({int(match[1]) for match in map(pattern.fullmatch, names) if match})
    if not years:
        problems.fault(f"{key}.path", f"no file is called like {section.path}", "correct the path")
    for theirs in sorted(set(mapped.values()) - set(years)):
        problems.fault(f"years.map.{name}", f"the layer has no year {theirs}", f"it has {years}")
    theirs_of = {year: year for year in years if year not in mapped.values()} | dict(mapped)
    return {ours: section.path.replace("{year}", str(theirs)) for ours, theirs in sorted(theirs_of.items())}


def _band_counts(axis: Axis) -> tuple[int, ...]:
    """Tell how many bands a year may have: leap years may lack their day."""
    return (365, 366) if axis == "day" else (AXIS_LENGTHS[axis],)


def _month_paths(
    key: str, paths: Mapping[int | None, str], folder: Path, problems: Problems
) -> list[tuple[int | None, int | None, str]]:
    """Give the path of each month of each year; months without a file are left out and named."""
    found: list[tuple[int | None, int | None, str]] = []
    for year, text in paths.items():
        if "{month}" not in text:
            found.append((year, None, text))
            continue
        months = {month: text.replace("{month}", f"{month:02d}") for month in range(1, AXIS_LENGTHS["month"] + 1)}
        there = {month: path for month, path in months.items() if located(path, folder).exists()}
        lost = ", ".join(str(month) for month in months if month not in there)
        when = "" if year is None else f" in {year}"
        if not there:
            problems.fault(f"{key}.path", f"there is no file {text}{when}", "correct the path; months are 01 to 12")
        elif lost:
            problems.note(f"{key}.path", f"months {lost}{when} have no file", "these months have no data")
        found += [(year, month, path) for month, path in there.items()]
    return found


def unit_conversion(key: str, section: LayerSection, quantity: Quantity, problems: Problems) -> Conversion | None:
    """Find how numbers in the file's unit become the vocabulary's.

    Parameters
    ----------
    key : str
        The layer's section in study.toml.
    section : LayerSection
        What it says.
    quantity : Quantity
        What the vocabulary says of it.
    problems : Problems
        Takes the fault, where the unit is missing or no good.

    Returns
    -------
    Conversion or None
    """
    if quantity.measure == "class" or (section.unit is None and quantity.unit == "1"):
        return UNCHANGED
    if section.unit is None:
        mend = f"write the unit of the file, for example unit = {quantity.unit!r}"
        problems.fault(f"{key}.unit", "is missing", mend)
        return None
    try:
        return conversion(section.unit, quantity.unit)
    except UnitError as fault:
        problems.fault(f"{key}.unit", str(fault), f"give a unit that can become {quantity.unit}")
        return None


def _after_scale(section: LayerSection, facts: RasterFacts, line: Conversion) -> Conversion:
    """Put the scale that study.toml gives, or else the file's own, before the conversion of the unit."""
    scale = facts.scale if section.scale is None else section.scale
    offset = facts.offset if section.offset is None else section.offset
    return Conversion(scale * line.scale, offset * line.scale + line.offset)


def _overlap(one: GeoBox, other: GeoBox) -> bool:
    """Tell whether the rectangles around two grids touch, in the coordinates of the second."""
    edges = bounds_in(one, crs_of(other))
    if edges is None:
        return False
    left, bottom, right, top = edges
    there = other.boundingbox
    return left < there.right and right > there.left and bottom < there.top and top > there.bottom
