"""Opening the layers of a study that are vector files: their shares or values on cells, and the ranges of species."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.grid import Grid
from shanshui.base.units import UNCHANGED, Conversion, UnitError, conversion
from shanshui.base.vocabulary import Quantity, Vocabulary
from shanshui.data.burned import BurnedFeatures, BurnedRanges, placed, touches_grid
from shanshui.data.files import Digests
from shanshui.data.legends import read_legend
from shanshui.data.rasters import CLASS_NODATA
from shanshui.data.vectors import VECTORS, layers_of, mend, read_vector
from shanshui.science.cell_area import polygon_area
from shanshui.study.inputs import RangesSource, VectorSource, When, file_facts, unmapped_mend
from shanshui.study.layers import layer_paths, unit_conversion
from shanshui.study.schema import LayerSection, located

# So many names stand in one message.
_FEW, _MANY = 5, 1000
_OF_RASTERS = ("band", "scale", "offset", "resampling")
_GREATEST_CODE = 2**31 - 1


def is_vector(section: LayerSection) -> bool:
    """Tell whether a layer's files are vector data, by their ending."""
    return Path(section.path).suffix.lower() in VECTORS


def of_ranges(name: str, vocabulary: Vocabulary) -> bool:
    """Tell whether a layer holds the ranges of many species."""
    return name in vocabulary and vocabulary[name].shape == "cover" and name != "zone_cover"


def open_vector_layer(
    quantity: Quantity,
    section: LayerSection,
    folder: Path,
    grid: Grid | None,
    mapped: Mapping[int, int],
    digests: Digests,
    problems: Problems,
) -> VectorSource | None:
    """Open a layer of vector files for reading on the grid.

    Parameters
    ----------
    quantity : Quantity
        What the vocabulary says of it: a quantity on cells.
    section : LayerSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    grid : Grid or None
        None where the grid could not be made; then only faults are looked for.
    mapped : mapping of int to int
        Years of the study to the layer's years that stand for them.
    digests : Digests
        Fingerprints of files.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    VectorSource or None
        None where something is wrong.
    """
    key = f"layers.{quantity.name}"
    before = _faults(problems)
    _only_of_rasters(key, section, problems)
    line = _line(key, section, quantity, problems)
    codes = _codes(key, section, folder, problems)
    if quantity.axis not in ("none", "item"):
        problems.fault(
            f"{key}.path", f"is a vector file, and {quantity.name} has several values a year", "give rasters"
        )
    if quantity.axis == "item" and ("{item}" in section.path) == (section.item_column is not None):
        mend_by = "write either {item} in the path, or the column that tells items apart"
        problems.fault(
            f"{key}.item_column", "is missing" if section.item_column is None else "is one too many", mend_by
        )
    if _faults(problems) > before:
        return None
    features: dict[When, BurnedFeatures] = {}
    files: dict[When, tuple[str, Path]] = {}
    for year, part, text in layer_paths(quantity, section, folder, mapped, problems):
        path = located(text, folder)
        files[year, part] = text, path
        frame = read_features(key, section, text, path, problems)
        values = None if frame is None else _values(key, section, quantity, text, frame, line, codes, problems)
        if frame is None or values is None:
            continue
        kept = np.isfinite(values)
        frame, values = frame[kept], values[kept]
        if section.item_column is None:
            parts = {part: np.ones(len(frame), bool)}
        else:
            parts = _by_item(key, section, frame, problems)
        if grid is None:
            continue
        cells = placed(frame, grid.geobox)
        here = touches_grid(cells, grid.shape)
        if not here.any():
            problems.fault(f"{key}.path", f"{text} does not overlap the region", "check its CRS and the region's")
            continue
        sizes = shapely.area(frame.geometry.to_numpy())
        for which, chosen in parts.items():
            if not (chosen & here).any() and which is not None and section.items is not None:
                problems.note(f"{key}.items", f"{section.items[which - 1]} has no feature in the region")
            features[year, which] = _burned(quantity, section, line, cells, values, sizes, chosen & here, grid)
    if grid is None or _faults(problems) > before:
        return None
    words = ("column", "item_column", "layer", "where", "unit", "legend", "source", "licence", "citation")
    facts: dict[str, Any] = {word: getattr(section, word) for word in words}
    facts |= {"nodata": list(section.nodata_values) or None}
    facts |= {"burned": "share of each cell" if section.column is None else "value of the feature"}
    items = tuple(section.items or ())
    return VectorSource(quantity.name, quantity, features, facts, files, digests, grid, items)


def open_ranges(
    name: str, section: LayerSection, folder: Path, grid: Grid | None, digests: Digests, problems: Problems
) -> RangesSource | None:
    """Open the ranges of many species.

    Parameters
    ----------
    name : str
        The layer.
    section : LayerSection
        What study.toml says of it.
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
    RangesSource or None
        None where something is wrong.
    """
    key = f"layers.{name}"
    before = _faults(problems)
    _only_of_rasters(key, section, problems)
    for word in ("value", "unit", "nodata", "legend", "column", "items", "years"):
        if getattr(section, word) is not None:
            problems.fault(f"{key}.{word}", "is not for ranges of species", "leave it out")
    if "{" in section.path.replace("${", ""):
        problems.fault(f"{key}.path", "names several files", "give one file with the ranges of all species")
    if section.item_column is None:
        problems.fault(f"{key}.item_column", "is missing", "name the column that holds the species")
    if not is_vector(section):
        problems.fault(f"{key}.path", "is no vector file", "give the ranges as polygons (GeoPackage, shapefile ...)")
    if _faults(problems) > before:
        return None
    path = located(section.path, folder)
    if not path.exists():
        problems.fault(f"{key}.path", f"there is no file {section.path}", "correct the path")
        return None
    frame = read_features(key, section, section.path, path, problems)
    if frame is None:
        return None
    column = str(section.item_column)
    names = _texts(frame[column])
    bare = int((names == "").sum())
    if bare:
        problems.fault(f"{key}.item_column", f"{bare} features have no species", f"fill the column {column}")
    kinds = set(frame.geometry.geom_type) - {"Polygon", "MultiPolygon"}
    if kinds:
        problems.fault(f"{key}.path", f"holds {', '.join(sorted(kinds))}, not polygons", "give polygons")
    if bare or kinds:
        return None
    species = sorted(set(names))
    geometries = frame.geometry.to_numpy()
    # Parts of one range that overlap count once.
    whole = np.array([shapely.union_all(geometries[(names == one).to_numpy()]) for one in species], object)
    if grid is None:
        return None
    cells = placed(geopandas.GeoDataFrame(geometry=whole, crs=frame.crs), grid.geobox)
    here = touches_grid(cells, grid.shape)
    if not here.any():
        problems.fault(f"{key}.path", f"{section.path} does not overlap the region", "check its CRS and the region's")
        return None
    if not here.all():
        beyond = [one for one, inside in zip(species, here, strict=True) if not inside]
        problems.note(
            f"{key}.path", f"{len(beyond)} of {len(species)} species do not reach the region: {_listed(beyond)}"
        )
    areas = np.array([polygon_area(whole[k : k + 1], frame.crs)[0] for k in range(len(species))], np.float64)
    about = {
        word: getattr(section, word) for word in ("item_column", "layer", "where", "source", "licence", "citation")
    }
    facts = file_facts(name, section.path, path, digests, about)
    return RangesSource(name, tuple(species), areas, BurnedRanges(cells, grid.shape), facts, grid)


def _faults(problems: Problems) -> int:
    return sum(problem.severity == "error" for problem in problems)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MANY]) + (" ..." if len(names) > _MANY else "")


def _only_of_rasters(key: str, section: LayerSection, problems: Problems) -> None:
    """Name the keys that vector files have no use for."""
    for word in _OF_RASTERS:
        if word in section.model_fields_set:
            problems.fault(f"{key}.{word}", "is for rasters, and this is a vector file", "leave it out")


def _line(key: str, section: LayerSection, quantity: Quantity, problems: Problems) -> Conversion:
    """Find how shares or values become the vocabulary's unit."""
    if quantity.measure == "extensive":
        fault = f"is a vector file, and {quantity.name} is an amount of each cell"
        problems.fault(f"{key}.path", fault, "give a raster")
        return UNCHANGED
    if section.column is not None:
        return unit_conversion(key, section, quantity, problems) or UNCHANGED
    if section.unit is not None:
        problems.fault(f"{key}.unit", "is given, and shares of cells have none", "leave it out, or give column")
    if section.nodata is not None:
        problems.fault(f"{key}.nodata", "is given, and no column is read", "leave it out, or give column")
    try:
        if quantity.measure != "class":
            return conversion("1", quantity.unit)
    except UnitError:
        pass
    fault = f"is missing: {quantity.name} is no share of a cell"
    problems.fault(
        f"{key}.column",
        fault,
        "name the column that holds its " + ("codes" if quantity.measure == "class" else "values"),
    )
    return UNCHANGED


def _codes(key: str, section: LayerSection, folder: Path, problems: Problems) -> frozenset[int] | None:
    """Read the codes of a legend."""
    if section.legend is None:
        if key == "layers.land_cover":
            problems.fault(f"{key}.legend", "is missing", "give a table with the columns code, name, ecosystem")
        return None
    legend, faults = read_legend(located(section.legend, folder), f"{key}.legend")
    problems += faults
    return None if faults else frozenset(legend["code"])


def read_features(
    key: str, section: LayerSection, text: str, path: Path, problems: Problems
) -> geopandas.GeoDataFrame | None:
    """Read a file's features: those that have a geometry, mended.

    Parameters
    ----------
    key : str
        The layer's key in study.toml.
    section : LayerSection
        What study.toml says of it.
    text, path : str, Path
        As study.toml writes it, and where it is.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    GeoDataFrame or None
        In its own CRS; None where something is wrong.
    """
    try:
        names = layers_of(path, drawn=True)
        if section.layer is not None and section.layer not in names:
            fault = f"{text} has no layer {section.layer!r}"
            problems.fault(f"{key}.layer", fault, did_you_mean(section.layer, names))
            return None
        if section.layer is None and len(names) > 1:
            problems.fault(f"{key}.layer", f"is not said, and {text} has {len(names)}", did_you_mean("", names))
            return None
    except OSError as error:
        problems.fault(f"{key}.path", f"{text} cannot be read: {error}", "give a GeoPackage, shapefile or GeoJSON")
        return None
    try:
        frame = read_vector(path, section.layer or next(iter(names), None), section.where)
    except OSError as error:
        if section.where is not None:
            fault = f"{section.where!r} is no condition on {text} ({error})"
            problems.fault(f"{key}.where", fault, "write SQL, for example: kind = 'mine'")
            return None
        problems.fault(f"{key}.path", f"{text} cannot be read: {error}", "give a GeoPackage, shapefile or GeoJSON")
        return None
    if frame.crs is None:
        problems.fault(f"{key}.path", f"{text} has no CRS", "give the file one (a .prj beside a shapefile)")
        return None
    if not (frame.crs.is_projected or frame.crs.is_geographic):
        problems.fault(f"{key}.path", f"{text} has a CRS of no place on Earth", "give the file its true one")
        return None
    if frame.empty and section.where is not None:
        problems.fault(f"{key}.where", f"no feature of {text} has {section.where}", "correct the condition")
        return None
    there = True
    for word in ("column", "item_column"):
        column = getattr(section, word)
        if column is not None and column not in frame.columns.drop(frame.geometry.name):
            mend_by = did_you_mean(column, [str(name) for name in frame.columns.drop(frame.geometry.name)])
            problems.fault(f"{key}.{word}", f"{text} has no column {column!r}", mend_by)
            there = False
    count = len(frame)
    mended, odd = mend(frame)
    bare = (shapely.is_missing(mended.geometry.to_numpy()) | shapely.is_empty(mended.geometry.to_numpy())).astype(bool)
    if bare.all():
        problems.fault(f"{key}.path", f"{text} holds no feature with a geometry", "correct the file or its layer")
        return None
    if odd:
        problems.note(f"{key}.path", f"{odd} of {count} geometries of {text} were invalid and have been mended")
    if bare.any():
        problems.note(f"{key}.path", f"{int(bare.sum())} of {count} features of {text} have no geometry", "left out")
    return mended[~bare].reset_index(drop=True) if there else None


def _values(
    key: str,
    section: LayerSection,
    quantity: Quantity,
    text: str,
    frame: geopandas.GeoDataFrame,
    line: Conversion,
    codes: frozenset[int] | None,
    problems: Problems,
) -> NDArray[np.float64] | None:
    """Give the value of each feature in the vocabulary's unit, NaN where it has none; 1 where no column is read."""
    if section.column is None:
        return np.ones(len(frame))
    where, column = f"{key}.column", frame[section.column]
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        shown = ", ".join(repr(one) for one in list(dict.fromkeys(column.dropna()))[:3]) or "nothing"
        fault = f"{section.column} of {text} holds no numbers but {shown}"
        problems.fault(where, fault, "name a column of numbers, or write codes for these texts")
        return None
    values = column.to_numpy(np.float64, na_value=np.nan)
    values = np.where(np.isin(values, section.nodata_values), np.nan, values)
    known = np.isfinite(values)
    if not known.any():
        problems.fault(where, f"{section.column} of {text} is empty", "fill it, or name another column")
        return None
    if not known.all():
        missing = f"{int((~known).sum())} of {len(values)} features of {text} have no {section.column}"
        problems.note(where, missing, "they are left out")
    before = _faults(problems)
    if quantity.measure == "class":
        odd = known & ((values % 1 != 0) | (np.abs(values) > _GREATEST_CODE))
        if odd.any():
            mend_by = "give whole numbers, or declare the odd value as nodata"
            problems.fault(where, f"{int(odd.sum())} features of {text} hold no whole class code", mend_by)
        for code in sorted(set(values[known & ~odd].astype(int)) - (codes or set())) if codes is not None else ():
            fault = f"code {code} of {text} is not in the legend ({int((values == code).sum())} features)"
            problems.fault(f"{key}.legend", fault, unmapped_mend([code]))
    else:
        if section.unit in ("percent", "%") and 0 < np.nanmax(values) <= 1:
            fault = f"is percent, but no feature of {text} is above 1: it looks like a fraction"
            problems.fault(f"{key}.unit", fault, 'write unit = "1"')
        values = values * line.scale + line.offset
    low = -np.inf if quantity.minimum is None else quantity.minimum
    high = np.inf if quantity.maximum is None else quantity.maximum
    beyond = known & ((values < low) | (values > high))
    if beyond.any():
        furthest = values[beyond][np.argmax(np.abs(values[beyond]))]
        fault = f"{int(beyond.sum())} features of {text} lie outside {low:g} to {high:g} (the furthest is {furthest:g})"
        problems.fault(where, fault, "declare it as nodata if it means no data, or correct unit or column")
    return values if _faults(problems) == before else None


def _by_item(
    key: str, section: LayerSection, frame: geopandas.GeoDataFrame, problems: Problems
) -> dict[int | None, NDArray[np.bool_]]:
    """Tell which features belong to each item."""
    told = _texts(frame[str(section.item_column)])
    items = section.items or []
    for item in [item for item in items if item not in set(told)]:
        fault = f"{item!r} is in no row of the column {section.item_column}"
        problems.fault(f"{key}.items", fault, did_you_mean(item, [one for one in set(told) if one]))
    others = sorted(set(told) - set(items))
    if others:
        count = int(told.isin(others).sum())
        shown = ", ".join(repr(one) for one in others[:_FEW]) + (" ..." if len(others) > _FEW else "")
        problems.note(f"{key}.items", f"{count} features are of none of them: {shown}", "left out")
    return {part: (told == item).to_numpy(bool) for part, item in enumerate(items, start=1)}


def _texts(column: pd.Series[Any]) -> pd.Series[str]:
    """Give names as text: whole numbers without a decimal point, nothing where there is none."""

    def text(value: Any) -> str:
        if value is None or value is pd.NA or value != value:
            return ""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    return pd.Series([text(value) for value in column], column.index, dtype="str")


def _burned(
    quantity: Quantity,
    section: LayerSection,
    line: Conversion,
    cells: NDArray[Any],
    values: NDArray[np.float64],
    sizes: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    grid: Grid,
) -> BurnedFeatures:
    """Bring some features onto the grid."""
    if section.column is None:
        return BurnedFeatures(cells[chosen], grid.shape, scale=line.scale)
    classes = quantity.measure == "class"
    return BurnedFeatures(
        cells[chosen],
        grid.shape,
        values=values[chosen],
        sizes=sizes[chosen],
        empty=CLASS_NODATA if classes else np.nan,
        dtype=np.int32 if classes else np.float32,
    )
