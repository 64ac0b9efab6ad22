"""Opening the layers of a study that stay what they are, lines or polygons: a step sees them as features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.grid import Grid, crs_of
from shanshui.base.vocabulary import Quantity, Vocabulary
from shanshui.data.files import Digests, digest_bytes
from shanshui.data.tables import numbers
from shanshui.data.vectors import reprojected
from shanshui.study.inputs import TableSource, file_facts, place_key
from shanshui.study.schema import LayerSection, located
from shanshui.study.table_checks import check_choices, check_values
from shanshui.study.vector_layers import is_vector, read_features

# What says how cells are made or read: nothing of that is done.
_OF_CELLS = (
    *("band", "scale", "offset", "resampling", "value", "unit", "nodata", "legend"),
    *("column", "item_column", "items", "years"),
)


def open_features(
    quantity: Quantity,
    section: LayerSection,
    folder: Path,
    grid: Grid | None,
    digests: Digests,
    problems: Problems,
) -> TableSource | None:
    """Open a layer of features.

    Parameters
    ----------
    quantity : Quantity
        Of the shape ``vector``.
    section : LayerSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    grid : Grid or None
        Where its coordinates shall lie; None where it could not be made: then only faults are looked for.
    digests : Digests
        Fingerprints of files.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    TableSource or None
        A GeoDataFrame in the CRS of the grid; None where something is wrong.
    """
    key = f"layers.{quantity.name}"
    parts = [(key, section), *((f"{key}.also.{number}", part) for number, part in enumerate(section.also, 1))]
    read = [_part(where, part, quantity, folder, problems) for where, part in parts]
    if grid is None or any(frame is None for frame in read):
        return None
    sources = [
        _source(quantity.name, where, part, located(part.path, folder), frame, grid, digests, problems)
        for (where, part), frame in zip(parts, read, strict=True)
        if frame is not None
    ]
    if len(sources) == 1:
        return sources[0]
    facts = [fact for source in sources for fact in source.facts]
    frame = pd.concat([source.frame for source in sources], ignore_index=True)
    return TableSource(frame, digest_bytes(*(source.key for source in sources)), facts, shape="vector")


def _part(
    key: str, section: LayerSection, quantity: Quantity, folder: Path, problems: Problems
) -> geopandas.GeoDataFrame | None:
    """Read one file of a layer of features; None where something is wrong."""
    odd = [word for word in _OF_CELLS if word in section.model_fields_set]
    for word in odd:
        problems.fault(f"{key}.{word}", "is for cells, and these features stay features", "leave it out")
    nested = bool(section.also) and ".also." in key
    if nested:
        problems.fault(f"{key}.also", "stands within another one", "write it beside the others")
    if not is_vector(section):
        problems.fault(f"{key}.path", "is no vector file", "give a GeoPackage, shapefile or GeoJSON")
        return None
    path = located(section.path, folder)
    if not path.exists():
        problems.fault(f"{key}.path", f"there is no file {section.path}", "correct the path")
        return None
    frame = read_features(key, section, section.path, path, problems)
    frame = None if frame is None else _with_columns(key, section, quantity, frame, problems)
    return None if odd or nested else frame


def features_of_layers(
    layers: Mapping[str, LayerSection], folder: Path, vocabulary: Vocabulary, grid: Grid | None, digests: Digests
) -> dict[str, TableSource]:
    """Give the features of layers that are brought onto cells too, for steps that want them as they are drawn.

    Parameters
    ----------
    layers : mapping of str to LayerSection
        What study.toml says of its layers.
    folder : Path
        The study's folder.
    vocabulary : Vocabulary
        Every quantity that is known: those with `features_of` are given.
    grid : Grid or None
        Where coordinates shall lie; None where it could not be made.
    digests : Digests
        Fingerprints of files.

    Returns
    -------
    dict of str to TableSource
        Their outlines alone; of a layer with a column those whose number is above 0. What is wrong with a file has been
        told with its layer; of those none is given, nor of rasters and of layers with years.
    """
    found: dict[str, TableSource] = {}
    for name, quantity in vocabulary.items():
        section = layers.get(quantity.features_of)
        if section is None or grid is None or not is_vector(section) or section.years:
            continue
        path = located(section.path, folder)
        frame = read_features(name, section, section.path, path, Problems()) if path.exists() else None
        if frame is not None:
            if section.column is not None:
                values = pd.to_numeric(frame[section.column], errors="coerce")
                frame = frame[(values > 0) & ~values.isin(section.nodata_values)].reset_index(drop=True)
            outlines = frame[[frame.geometry.name]]
            found[name] = _source(name, name, section, path, outlines, grid, digests, Problems())
    return found


def _source(
    name: str,
    key: str,
    section: LayerSection,
    path: Path,
    frame: geopandas.GeoDataFrame,
    grid: Grid,
    digests: Digests,
    problems: Problems,
) -> TableSource:
    about: dict[str, Any] = {
        word: getattr(section, word) for word in ("layer", "where", "source", "licence", "citation")
    }
    about |= {word: told for word in ("columns", "column", "nodata") if (told := getattr(section, word))}
    facts = file_facts(name, section.path, path, digests, about)
    placed = reprojected(frame, crs_of(grid.geobox))
    lost = ~np.isfinite(placed.bounds.to_numpy()).all(axis=1)
    if lost.any():  # the grid's coordinates cannot tell where they lie
        fault = f"{int(lost.sum())} of {len(frame)} features of {section.path} lie nowhere on the map"
        problems.note(f"{key}.path", fault, "left out; are their x and y exchanged?")
        placed = placed[~lost].reset_index(drop=True)
    return TableSource(placed, digest_bytes(repr(facts), place_key(grid)), facts, shape="vector")


def _with_columns(
    key: str, section: LayerSection, quantity: Quantity, frame: geopandas.GeoDataFrame, problems: Problems
) -> geopandas.GeoDataFrame | None:
    """Give the columns their names in the vocabulary; name what lacks, what is strange, what is no number."""
    geometry = frame.geometry.name
    theirs = [str(name) for name in frame.columns.drop(geometry)]
    count = len(problems)
    for ours, header in section.columns.items():
        if ours not in quantity.columns:
            problems.fault(
                f"{key}.columns.{ours}", f"is no column of {quantity.name}", did_you_mean(ours, quantity.columns)
            )
        elif header not in theirs:
            problems.fault(
                f"{key}.columns.{ours}", f"{section.path} has no column {header!r}", did_you_mean(header, theirs)
            )
    if len(problems) > count:
        return None
    if section.columns:
        named = pd.DataFrame({ours: frame[header] for ours, header in section.columns.items()}, index=frame.index)
    else:
        named = frame[[column for column in theirs if column in quantity.columns or not quantity.columns]]
    for column in quantity.required:
        if column not in named:
            mend = f"write columns = {{ {column} = the header of that column }}"
            problems.fault(f"{key}.columns.{column}", "is missing", mend)
    for column in [column for column in quantity.limits if column in named]:
        if named[column].dtype.kind in "if":
            continue
        values, strange = numbers(named[column].astype("str").where(named[column].notna(), ""))
        if strange:
            shown = ", ".join(repr(text) for text in strange[:3])
            fault = f"{len(strange)} texts are no number: {shown}"
            problems.fault(f"{key}.columns.{column}", fault, "correct them or empty the cells")
        named = named.assign(**{column: values})
    check_choices(key, named, quantity, problems)
    check_values(key, named, quantity, problems)
    if any(problem.severity == "error" for problem in problems[count:]):
        return None
    return geopandas.GeoDataFrame(named, geometry=frame.geometry.to_numpy(), crs=frame.crs)
