"""Opening the control layers of a study: their polygons in one plane, with what rules may ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from shanshui.base.errors import Problems, did_you_mean
from shanshui.data.files import digest_bytes
from shanshui.data.vectors import layers_of, mend, reprojected
from shanshui.policy.ground.control_layers import ControlLayer
from shanshui.policy.language.terms import Terms
from shanshui.policy.rules.names import value_codes
from shanshui.study.schema import ControlSection, located
from shanshui.study.zonings import read_polygons, texts

DEGREES = "EPSG:4326"
# The centre of the plane is told to this part of a degree, so that a border that is drawn anew does not move it.
_DIGITS = 2


def plane_around(region: geopandas.GeoDataFrame) -> pyproj.CRS:
    """Give the plane in which areas are true areas, around the middle of a region.

    Parameters
    ----------
    region : GeoDataFrame
        Its outline.

    Returns
    -------
    CRS
        Lambert azimuthal equal-area [m].

    Examples
    --------
    >>> region = geopandas.GeoDataFrame(geometry=[shapely.box(110, 24, 112, 25)], crs=DEGREES)
    >>> plane_around(region).coordinate_operation.method_name
    'Lambert Azimuthal Equal Area'
    """
    left, bottom, right, top = reprojected(region, DEGREES).total_bounds
    middle = {"lon_0": round((left + right) / 2, _DIGITS), "lat_0": round((bottom + top) / 2, _DIGITS)}
    return pyproj.CRS.from_dict({"proj": "laea", **middle, "datum": "WGS84", "units": "m"})


def read_control_layer(
    name: str,
    section: ControlSection,
    folder: Path,
    region: geopandas.GeoDataFrame,
    named: Mapping[str, set[str]],
    terms: Terms,
    problems: Problems,
) -> ControlLayer | None:
    """Read one control layer.

    Parameters
    ----------
    name : str
        By which rules name it.
    section : ControlSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    region : GeoDataFrame
        The outline of the region, in the plane of the control layers.
    named : mapping of str to set of str
        The values that rules name in its columns.
    terms : Terms
        What values are called, as which they may be written.
    problems : Problems
        Takes what is wrong, and notes of what was mended or left out.

    Returns
    -------
    ControlLayer or None
        In the plane, without polygons that lie outside of the region; None where something is wrong.
    """
    key = f"decisions.layers.{name}"
    path = located(section.path, folder)
    if section.layer is None and not _one_layer(path, key, problems):
        return None
    frame, found = read_polygons(path, section.layer, section.where, f"{key}.path", section.encoding)
    problems += found
    if frame is None:
        return None
    headers = [str(column) for column in frame.columns.drop(frame.geometry.name)]
    wanted = {f"{key}.columns.{ours}": header for ours, header in section.columns.items()}
    if section.key is not None:
        wanted[f"{key}.key"] = section.key
    missing = {where: header for where, header in wanted.items() if header not in headers}
    for where, header in missing.items():
        problems.fault(where, f"{path.name} has no column {header!r}", did_you_mean(header, headers))
    if missing:
        return None
    columns = section.columns or {header: header for header in headers}
    table = pd.DataFrame({ours: texts(frame[header]) for ours, header in columns.items()}, index=frame.index)
    for column in table:
        table[column] = _spelled(
            table[column],
            value_codes(name, str(column), terms),
            named.get(str(column), set()),
            f"{key}.columns.{column}",
            problems,
        )
    keys = pd.Series([""] * len(frame), frame.index) if section.key is None else texts(frame[section.key])
    bare = (keys == "").to_numpy()
    rows = pd.Series([f"row {row}" for row in range(1, len(frame) + 1)], frame.index)
    keys = keys.where(~bare, rows)
    if section.key is not None and bare.any():
        mended = f"they go by their row in the file, as {keys[bare].iloc[0]}"
        problems.note(f"{key}.key", f"{int(bare.sum())} polygons have no {section.key}", mended)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    kept = _in_region(key, path.name, shapes, frame.crs, region, problems)
    if kept is None:
        return None
    table, keys, shapes = table[kept], keys[kept], shapes[kept]
    table, keys, shapes = _each_once(f"{key}.key", table, keys, shapes, problems)
    drawn = geopandas.GeoDataFrame(table, geometry=shapes, crs=frame.crs)
    source = "; ".join(text for text in (section.source, section.licence, section.citation) if text)
    return replace(control_layer(name, drawn, keys, region, section.scale), source=source)


def control_layer(
    name: str, frame: geopandas.GeoDataFrame, keys: Any, region: geopandas.GeoDataFrame, scale: float
) -> ControlLayer:
    """Make a control layer of polygons in any coordinates.

    Parameters
    ----------
    name : str
        By which rules name it.
    frame : GeoDataFrame
        Valid polygons, and what is known of them as text.
    keys : sequence of str
        Their names.
    region : GeoDataFrame
        The outline of the region, in the plane of the control layers.
    scale : float
        Of the map they were drawn on.

    Returns
    -------
    ControlLayer
        Its fingerprint is that of its polygons as they were drawn, and of all that is known of them.
    """
    keys = np.asarray(keys, object)
    columns = {str(column): frame[column].to_numpy(object) for column in frame.columns.drop(frame.geometry.name)}
    said = ["\n".join(each) for each in (columns, keys, *columns.values())]
    digest = digest_bytes(repr(scale), frame.crs.to_wkt(), *said, *shapely.to_wkb(frame.geometry.to_numpy()))
    # What is valid in one plane may cross itself in another by the rounding of coordinates.
    placed, _ = mend(reprojected(frame[[frame.geometry.name]], region.crs))
    return ControlLayer(name, placed.geometry.to_numpy(), keys, columns, scale, digest)


def layers_of_zones(zones: geopandas.GeoDataFrame, region: geopandas.GeoDataFrame) -> dict[str, ControlLayer]:
    """Give the zonings of a study as control layers, so that rules may ask for zones.

    Parameters
    ----------
    zones : GeoDataFrame
        The zones of all zonings that have polygons, with the columns of the vocabulary's `zone_polygons`.
    region : GeoDataFrame
        The outline of the region, in the plane of the control layers.

    Returns
    -------
    dict of str to ControlLayer
        By zoning.
    """
    drawn = zones[shapely.area(zones.geometry.to_numpy()) > 0]
    scale = ControlSection.model_fields["scale"].default
    return {
        str(zoning): replace(
            control_layer(str(zoning), rows.drop(columns="zoning"), rows["zone"], region, scale), zoning=True
        )
        for zoning, rows in drawn.groupby("zoning", sort=False)
    }


def _one_layer(path: Path, key: str, problems: Problems) -> bool:
    """Tell whether a file has only one layer with geometries, or cannot be read anyway."""
    try:
        names = layers_of(path, drawn=True) if path.exists() else []
    except OSError:
        return True
    if len(names) > 1:
        problems.fault(f"{key}.layer", f"is not said, and {path.name} has {len(names)}", did_you_mean("", names))
    return len(names) <= 1


def _in_region(
    key: str, file: str, shapes: NDArray[Any], crs: Any, region: geopandas.GeoDataFrame, problems: Problems
) -> NDArray[np.bool_] | None:
    """Tell which polygons have ground and reach the box around the region; None where x and y stand exchanged."""
    empty = ~(shapely.area(shapes) > 0)
    if empty.any():
        fault = f"{int(empty.sum())} of {len(shapes)} features of {file} have no ground"
        problems.note(f"{key}.path", fault, "left out")
    around = reprojected(region, crs).total_bounds
    boxes = shapely.bounds(shapes)
    inside, exchanged = _meet(boxes, around), _meet(boxes[:, [1, 0, 3, 2]], around) & ~empty
    if not inside.any() and exchanged.any():
        fault = f"{file} lies outside of the region, and in it where x and y are exchanged"
        problems.fault(f"{key}.path", fault, "exchange its coordinates, or give the file its true CRS")
        return None
    outside = ~inside & ~empty
    if not inside.any():
        problems.note(f"{key}.path", f"none of the polygons of {file} lies in the region", "check its CRS")
    elif outside.any():
        fault = f"{int(outside.sum())} of {len(shapes)} polygons of {file} lie outside of the region"
        stray = int((outside & exchanged).sum())
        hint = f"{stray} of them would lie in it were their x and y exchanged: correct them" if stray else "left out"
        problems.note(f"{key}.path", fault, hint)
    return inside & ~empty


def _meet(boxes: NDArray[np.float64], around: NDArray[np.float64]) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):  # those of empty polygons are NaN
        return np.asarray((boxes[:, :2] <= around[2:]).all(axis=1) & (boxes[:, 2:] >= around[:2]).all(axis=1))


def _each_once(
    key: str, table: pd.DataFrame, keys: pd.Series[str], shapes: NDArray[Any], problems: Problems
) -> tuple[pd.DataFrame, pd.Series[str], NDArray[Any]]:
    """Make parts of which the same is known one polygon, and number polygons of one key of which other things are."""
    if not keys.duplicated().any():
        return table, keys, shapes
    same = table.assign(**{"": keys}).groupby(["", *table.columns], sort=False).ngroup().to_numpy()
    _, first, count = np.unique(same, return_index=True, return_counts=True)
    together = np.split(np.argsort(same, kind="stable"), np.cumsum(count)[:-1])
    shapes = shapes.copy()
    for group in np.flatnonzero(count > 1):
        shapes[first[group]] = shapely.union_all(shapes[together[group]])
    if (count > 1).any():
        one = keys.iloc[first[count > 1][0]]
        fault = f"{int((count > 1).sum())} keys stand at several parts of a polygon, as {one!r}"
        problems.note(key, fault, "each is taken as one polygon")
    table, keys, shapes = table.iloc[first], keys.iloc[first], shapes[first]
    twice = keys.duplicated(keep=False)
    if twice.any():
        number = keys.groupby(keys).cumcount() + 1
        numbered = keys + " (" + number.astype(str) + ")"
        fault = f"{keys[twice].nunique()} keys stand at polygons of which other things are known"
        problems.note(key, fault, f"they are numbered, as {numbered[twice].iloc[0]!r}")
        keys = keys.where(~twice, numbered)
    return table, keys, shapes


def _spelled(
    words: pd.Series[str], codes: dict[str, str], named: set[str], key: str, problems: Problems
) -> pd.Series[str]:
    """Bring the values of a column to the codes that rules name; what a strange word means is not known."""
    if not codes:
        return words
    codes = {"": "", **{value: value for value in named}, **codes}
    strange = sorted(set(words) - set(codes))
    for word in strange:
        fault = f"{word!r} ({int((words == word).sum())} polygons) is none of its values"
        mend = f"taken as not known; {did_you_mean(word, codes)}"
        problems.note(key, fault, mend)
    return words.map(lambda word: codes.get(word, ""))


def check_columns(layers: Mapping[str, ControlLayer], asked: Mapping[str, set[str]], problems: Problems) -> None:
    """Say where control layers and rules do not fit each other.

    Parameters
    ----------
    layers : mapping of str to ControlLayer
        The control layers.
    asked : mapping of str to set of str
        The layers that rules ask about, and the columns of each.
    problems : Problems
        Takes notes: layers that no rule asks about, columns that lack, cells that are empty.
    """
    for name, layer in layers.items():
        key = f"decisions.layers.{name}"
        if name not in asked:
            problems.note(key, "is asked about by no rule", did_you_mean(name, set(asked) - set(layers)))
            continue
        for column in sorted(asked[name]):
            where = f"{key}.columns.{column}"
            if column not in layer.columns:
                problems.note(where, "is not given, and rules ask for it", "they stay unanswered")
            elif (empty := int((layer.columns[column] == "").sum())) > 0:
                problems.note(where, f"is not known of {empty} polygons", "rules stay unanswered there")
