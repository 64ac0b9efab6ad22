"""Bringing zones in: polygons or rasters, mended, keyed, measured, clipped to the region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray

from shanshui.base.errors import Problem, Problems, did_you_mean
from shanshui.base.grid import Grid, Window
from shanshui.base.zones import FUNCTION_TYPES, OUTSIDE, REGION, Zoning, function_type
from shanshui.data.divisions import DivisionError, divisions
from shanshui.data.rasters import AlignedRaster, read_facts
from shanshui.data.tables import EXCEL, numbers, read_table, whole_numbers
from shanshui.data.vectors import distance_to_nearest, layers_of, mend, read_vector, reprojected
from shanshui.science.cell_area import CellArea, polygon_area
from shanshui.science.coverage import Cover, Everywhere, PolygonCover, RasterCover
from shanshui.science.tally import AREA_UNITS
from shanshui.study.schema import RegionSection, ZoneSection, located

# The zoning from whose nearest zone every zone has its distance.
URBAN = "urban_agglomeration"
TABLES = {".csv", ".xls", *EXCEL}
RASTERS = {".tif", ".tiff", ".vrt", ".img", ".asc"}
ATTRIBUTES = ("name", "function", "level", "service", "belt", "parent")
SQUARE_METRES_A_HECTARE = 10_000.0
# Overlaps smaller than this are rounding of coordinates [m2].
NEGLIGIBLE_AREA = 1000.0


@dataclass(frozen=True)
class ReadZoning:
    """A zoning, how it covers the grid's cells, and what was met on the way.

    Parameters
    ----------
    zoning : Zoning or None
        None where it could not be read.
    cover : Cover or None
        None in a study without a grid.
    problems : list of Problem
        Faults, and notes of what was mended.
    drawn : GeoSeries or None
        The polygons as they were drawn, before the region's boundary cut them; one a zone.
    """

    zoning: Zoning | None
    cover: Cover | None
    problems: list[Problem]
    drawn: geopandas.GeoSeries | None = None


def read_boundary(section: RegionSection, folder: Path) -> tuple[geopandas.GeoDataFrame | None, list[Problem]]:
    """Read the region's boundary as one polygon in its own CRS.

    Parameters
    ----------
    section : RegionSection
        What study.toml says.
    folder : Path
        The study's folder.

    Returns
    -------
    GeoDataFrame or None, list of Problem
        One row; None where there is no boundary or it is no good.
    """
    if section.boundary is None:
        return None, []
    key = "region.boundary"
    frame, problems = read_polygons(located(section.boundary, folder), section.layer, None, key)
    if frame is None:
        return None, problems
    whole = geopandas.GeoDataFrame(geometry=[shapely.union_all(frame.geometry.to_numpy())], crs=frame.crs)
    return whole, problems


def region_zoning(boundary: geopandas.GeoDataFrame | None, grid: Grid | None, name: str) -> ReadZoning:
    """Make the zoning "region": one zone, the boundary or, without one, the whole grid.

    Parameters
    ----------
    boundary : GeoDataFrame or None
        The boundary.
    grid : Grid or None
        The study's grid.
    name : str
        What the study is called.

    Returns
    -------
    ReadZoning
    """
    row = _blank_row(REGION, REGION, name)
    if boundary is None:
        if grid is not None:
            corners = np.array([grid.geobox.extent.geom], object)
            row["area_ha"], row["map_area_ha"] = _areas(corners, pyproj.CRS.from_wkt(grid.crs))
        zones = pd.DataFrame([*row.to_dict("records"), *_blank_row(REGION, OUTSIDE, OUTSIDE).to_dict("records")])
        return ReadZoning(Zoning(REGION, zones, None), Everywhere() if grid else None, [])
    row["area_ha"], row["map_area_ha"] = _areas(boundary.geometry.to_numpy(), boundary.crs)
    zones = pd.concat([row, _blank_row(REGION, OUTSIDE, OUTSIDE)], ignore_index=True)
    polygons = (boundary if grid is None else reprojected(boundary, grid.crs)).geometry.to_numpy()
    cover = None if grid is None else PolygonCover(polygons, grid.geobox.transform)
    return ReadZoning(Zoning(REGION, zones, polygons), cover, [], boundary.geometry)


def read_zoning(
    name: str, section: ZoneSection, folder: Path, grid: Grid | None, boundary: geopandas.GeoDataFrame | None
) -> ReadZoning:
    """Read one zoning of the study.

    Parameters
    ----------
    name : str
        Its name in study.toml.
    section : ZoneSection
        What study.toml says of it.
    folder : Path
        The study's folder.
    grid : Grid or None
        The study's grid; None in a study of tables and polygons.
    boundary : GeoDataFrame or None
        The region's boundary, to which zones are clipped.

    Returns
    -------
    ReadZoning
    """
    key = f"zones.{name}"
    path = located(section.path, folder)
    if path.suffix.lower() in RASTERS:
        if grid is None:
            return ReadZoning(
                None, None, [Problem(f"{key}.path", "is a raster, and the study has no grid", "give [grid]")]
            )
        on_grid = None if name == URBAN else _read_raster_on_grid(name, path, grid, key)
        if on_grid is not None:
            return on_grid
        frame, problems = _polygonised(path, f"{key}.path")
        columns: dict[str, str] = {}
        key_column: str | None = "value"
    else:
        columns, key_column = {str(ours): theirs for ours, theirs in section.columns.items()}, section.key
        if path.suffix.lower() in TABLES:
            frame, problems = _read_table_of_zones(path, section, key)
        else:
            frame, problems = read_polygons(path, section.layer, section.where, f"{key}.path", section.encoding)
            problems += _only_of_tables(section, key)
    if frame is None:
        return ReadZoning(None, None, problems)
    bare = frame.geometry.isna().all()
    if bare and grid is not None:
        fault = "holds no polygons, and the study has a grid"
        mend_by = 'give polygons, or name the column that holds them as WKT: geometry = "..."'
        problems.append(Problem(f"{key}.path", fault, mend_by))
    named, faults = _attributes(name, frame, key_column, columns, key)
    problems += faults
    if Problems(problems).fatal:
        return ReadZoning(None, None, problems)
    if bare:
        zones = pd.concat([named, _blank_row(name, OUTSIDE, OUTSIDE)], ignore_index=True)
        return ReadZoning(Zoning(name, zones, np.full(len(named), shapely.Polygon(), object)), None, problems)
    drawn = frame.geometry
    named["area_ha"], named["map_area_ha"] = _areas(frame.geometry.to_numpy(), frame.crs)
    problems += _overlaps(frame, named, key)
    placed = frame if grid is None else reprojected(frame, grid.crs)
    # A copy: what lies beyond the region is cut off below, and distances want the zone as it was drawn.
    polygons = placed.geometry.to_numpy().copy()
    with np.errstate(invalid="ignore"):  # coordinates that are none, of a wrong CRS
        whole_areas = shapely.area(polygons)
    if boundary is not None:
        region = reprojected(boundary, placed.crs).geometry.iloc[0]
        shapely.prepare(region)
        crossing = ~shapely.covers(region, polygons)
        polygons[crossing] = _areal(shapely.intersection(polygons[crossing], region))
    if grid is not None:
        beyond = _beyond(polygons, whole_areas, named, grid, key)
        # Cities beyond the region are near or far all the same.
        problems += [replace(p, mend="", severity="note") for p in beyond] if name == URBAN else beyond
        if any(problem.severity == "error" for problem in problems):
            return ReadZoning(None, None, problems)
    zones = pd.concat([named, _blank_row(name, OUTSIDE, OUTSIDE)], ignore_index=True)
    cover = None if grid is None else PolygonCover(polygons, grid.geobox.transform)
    return ReadZoning(Zoning(name, zones, polygons), cover, problems, drawn)


def urban_distances(read: Sequence[ReadZoning]) -> NDArray[np.float64]:
    """Measure how far every zone of a study is from the nearest zone of the zoning "urban_agglomeration".

    Parameters
    ----------
    read : sequence of ReadZoning
        Every zoning of the study.

    Returns
    -------
    float64 ndarray
        One a row of all zonings' zones, in their order [km]: 0 where it touches one; NaN for zones without
        polygons, for the outsides, and everywhere without that zoning.
    """
    cities = next((one.drawn for one in read if one.zoning is not None and one.zoning.name == URBAN), None)
    distances = []
    for one in read:
        zones = 0 if one.zoning is None else len(one.zoning)
        of_zones = np.full(zones, np.nan)
        if cities is not None and one.drawn is not None and zones:
            of_zones[: len(one.drawn)] = distance_to_nearest(one.drawn, cities)
        distances.append(of_zones)
    return np.concatenate(distances) if distances else np.array([])


def _only_of_tables(section: ZoneSection, key: str) -> list[Problem]:
    """Name the keys that polygons of a file of their own have no use for."""
    given = {"sheet": section.sheet, "geometry": section.geometry, "leaves": section.leaves, "levels": section.levels}
    return [
        Problem(f"{key}.{word}", "is for zones in a table, and this is none", "leave it out")
        for word, value in given.items()
        if value
    ]


def _read_table_of_zones(
    path: Path, section: ZoneSection, key: str
) -> tuple[geopandas.GeoDataFrame | None, list[Problem]]:
    """Read zones from a table: their polygons from a column of WKT, or none."""
    given = {"layer": section.layer, "where": section.where, "encoding": section.encoding}
    problems = [
        Problem(f"{key}.{word}", "is for files of polygons, and this is a table", "leave it out")
        for word, value in given.items()
        if value
    ]
    if not path.exists():
        return None, [*problems, Problem(f"{key}.path", f"there is no file {path.name}", "correct the path")]
    wanted = {str(ours): theirs for ours, theirs in section.columns.items()}
    wanted |= {f"levels.{number}": header for number, header in enumerate(section.levels, 1)}
    wanted |= {word: str(value) for word, value in (("key", section.key), ("geometry", section.geometry)) if value}
    levels = [word for word in wanted if word.startswith("levels.")]
    if section.key is None:
        return None, [*problems, Problem(f"{key}.key", "is not given", "name the column that tells zones apart")]
    frame, faults = read_table(
        path, wanted, key=key, sheet=section.sheet, header_row=section.header_row, indented=levels
    )
    for word in ("key", "geometry", *levels):
        faults = [replace(p, key=p.key.replace(f"{key}.columns.{word}", f"{key}.{word}")) for p in faults]
    if section.levels and not section.leaves:
        problems.append(Problem(f"{key}.levels", "is given, and leaves is not", "write leaves = true, or leave it out"))
    if problems or faults:
        return None, problems + faults
    if section.leaves:
        counts = whole_numbers(path, without=[section.key], sheet=section.sheet, header_row=section.header_row)
        try:
            found = divisions(frame["key"], frame[levels], counts)
        except DivisionError as fault:
            mend_by = "leaves = true is for six-digit codes; give names by levels, or leave it out"
            return None, [Problem(f"{key}.leaves", str(fault), mend_by)]
        frame = frame.assign(key=found.keys)[found.leaves].reset_index(drop=True)
    attributes = pd.DataFrame({theirs: frame[ours] for ours, theirs in wanted.items() if ours not in levels})
    if section.geometry is None:
        return geopandas.GeoDataFrame(attributes, geometry=[None] * len(frame), crs="EPSG:4326"), []
    try:
        crs = pyproj.CRS.from_user_input(section.crs)
    except pyproj.exceptions.CRSError:
        return None, [Problem(f"{key}.crs", f"{section.crs!r} is no CRS", "write one such as EPSG:4326 or EPSG:4490")]
    polygons = shapely.from_wkt(frame["geometry"].to_numpy(object), on_invalid="ignore")
    broken = frame["key"][shapely.is_missing(polygons) & (frame["geometry"] != "").to_numpy()]
    if len(broken):
        shown = ", ".join(broken.head(5)) + (" ..." if len(broken) > 5 else "")
        text = f"{len(broken)} texts are no polygon as WKT: {shown}"
        return None, [Problem(f"{key}.geometry", text, "name the column that holds WKT, or mend these texts")]
    return _only_polygons(geopandas.GeoDataFrame(attributes, geometry=polygons, crs=crs), f"{key}.path")


def read_polygons(
    path: Path, layer: str | None, where: str | None, key: str, encoding: str | None = None
) -> tuple[geopandas.GeoDataFrame | None, list[Problem]]:
    """Read a file of polygons, mended.

    Parameters
    ----------
    path : Path
        The file.
    layer : str or None
        Its layer, where it has several.
    where : str or None
        Which features, as the condition of an SQL query.
    key : str
        The key in study.toml that names the file; layer and where stand beside it.
    encoding : str, optional
        Of the attributes.

    Returns
    -------
    GeoDataFrame or None, list of Problem
        In its own CRS, features without geometry among them; None where something is wrong.
    """
    if not path.exists():
        return None, [Problem(key, f"there is no file {path.name}", "correct the path")]
    section = key.rpartition(".")[0]
    try:
        names = layers_of(path)
        if layer is not None and layer not in names:
            fault = f"{path.name} has no layer {layer!r}"
            return None, [Problem(f"{section}.layer", fault, did_you_mean(layer, names))]
    except OSError as error:
        return None, [Problem(key, f"cannot be read: {error}", "give a GeoPackage, shapefile or GeoJSON")]
    try:
        frame = read_vector(path, layer, where, encoding)
    except OSError as error:
        if where is not None:
            fault = f"{where!r} is no condition ({error})"
            return None, [Problem(f"{section}.where", fault, "write SQL, for example: level = 'county'")]
        return None, [Problem(key, f"cannot be read: {error}", "give polygons")]
    if frame.crs is None:
        return None, [Problem(key, "has no CRS", "give the file one (a .prj beside a shapefile)")]
    if frame.empty:
        return None, [
            Problem(key, "holds no feature" + (f" where {where}" if where else ""), "correct the file or where")
        ]
    return _only_polygons(frame, key)


def _only_polygons(frame: geopandas.GeoDataFrame, key: str) -> tuple[geopandas.GeoDataFrame | None, list[Problem]]:
    """Refuse what is no polygon, and mend what is a bad one."""
    kinds = set(frame.geometry.geom_type.dropna()) - {"Polygon", "MultiPolygon"}
    if kinds:
        return None, [Problem(key, f"holds {', '.join(sorted(kinds))}, not polygons", "give polygons")]
    frame, mended = mend(frame)
    notes = []
    if mended:
        notes = [Problem(key, f"{mended} of {len(frame)} polygons were invalid and have been mended", "", "note")]
    return frame, notes


def _polygonised(path: Path, key: str) -> tuple[geopandas.GeoDataFrame | None, list[Problem]]:
    """Turn a raster of zone codes into polygons, so that zones on another grid are covered exactly."""
    try:
        with rasterio.open(path) as source:
            if source.crs is None:
                return None, [Problem(key, "has no CRS", "give the file one")]
            # Numbered anew: GDAL draws shapes of 32-bit codes at most.
            codes, numbers = np.unique(source.read(1), return_inverse=True)
            cells = numbers.reshape(source.shape).astype(np.int32)
            found = list(rasterio.features.shapes(cells, mask=source.read_masks(1) > 0, transform=source.transform))
            crs = source.crs.to_wkt()
    except rasterio.errors.RasterioError as error:
        return None, [Problem(key, f"cannot be read: {error}", "give a raster of zone codes")]
    parts = pd.DataFrame(
        {
            "value": [int(codes[int(number)]) for _, number in found],
            "part": [shapely.geometry.shape(s) for s, _ in found],
        }
    )
    merged = parts.groupby("value")["part"].agg(lambda part: shapely.union_all(part.to_numpy()))
    values = [str(value) for value in merged.index]
    return geopandas.GeoDataFrame({"value": values}, geometry=list(merged), crs=crs), []


def _read_raster_on_grid(name: str, path: Path, grid: Grid, key: str) -> ReadZoning | None:
    """Read zones from a raster on the grid itself: cells have one zone or none, and no geometry is needed."""
    try:
        read_facts(path)
    except OSError as error:
        return ReadZoning(
            None, None, [Problem(f"{key}.path", f"cannot be read: {error}", "give a raster of zone codes")]
        )
    raster = AlignedRaster(path, grid.geobox, measure="class")
    if raster.resampling != "as it is":
        raster.close()
        return None
    area = CellArea(grid.geobox)
    # In whole square centimetres, so that no order of tiles changes the sum.
    totals: dict[int, int] = {}
    for window in grid.tiles():
        cells, areas = raster.read(window), area.window(window)
        codes, place = np.unique(cells, return_inverse=True)
        sums = np.zeros(len(codes), np.int64)
        np.add.at(sums, place.ravel(), np.rint(areas.ravel() * AREA_UNITS).astype(np.int64))
        for code, total in zip(codes.tolist(), sums.tolist(), strict=True):
            if code >= 0:
                totals[code] = totals.get(code, 0) + total
    if not totals:
        return ReadZoning(None, None, [Problem(f"{key}.path", "holds no zone", "give a raster of zone codes")])
    codes = np.array(sorted(totals))
    zones = _blank_rows(name, [str(code) for code in codes])
    zones["area_ha"] = [totals[code] / AREA_UNITS / SQUARE_METRES_A_HECTARE for code in codes]

    def read(window: Window) -> NDArray[np.int32]:
        cells = raster.read(window)
        number = np.minimum(np.searchsorted(codes, cells), len(codes) - 1)
        return np.where(codes[number] == cells, number, -1).astype(np.int32)

    zones = pd.concat([zones, _blank_row(name, OUTSIDE, OUTSIDE)], ignore_index=True)
    return ReadZoning(Zoning(name, zones, None), RasterCover(read), [])


def _attributes(
    name: str, frame: geopandas.GeoDataFrame, key_column: str | None, columns: dict[str, str], key: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Take the key and the attributes of the zones out of their columns, and find what is wrong with them."""
    problems = []
    have = [str(column) for column in frame.columns if column != frame.geometry.name]
    for ours, theirs in {"key": key_column, **columns}.items():
        where = f"{key}.key" if ours == "key" else f"{key}.columns.{ours}"
        if theirs is None:
            problems.append(
                Problem(where, "is not given", "name the column that tells zones apart: " + ", ".join(have))
            )
        elif theirs not in have:
            problems.append(Problem(where, f"there is no column {theirs!r}", did_you_mean(theirs, have)))
    if problems:
        return pd.DataFrame(), problems
    keys = texts(frame[key_column])
    blank = int((keys == "").sum())
    if blank:
        problems.append(Problem(f"{key}.key", f"{blank} zones have no {key_column}", "give every zone its key"))
    doubled = sorted(set(keys[keys.duplicated() & (keys != "")]))
    if doubled:
        shown = ", ".join(doubled[:5]) + (" ..." if len(doubled) > 5 else "")
        problems.append(
            Problem(
                f"{key}.key", f"{shown} stands for more than one zone", "dissolve these zones, or take another column"
            )
        )
    undrawn = ~(shapely.area(frame.geometry.to_numpy()) > 0)
    for empty in () if frame.geometry.isna().all() else keys[undrawn]:
        problems.append(Problem(f"{key}.path", f"zone {empty!r} is empty: it has no area", "draw it, or delete it"))
    named = _blank_rows(name, list(keys))
    for ours, theirs in columns.items():
        if ours == "area_km2":
            stated, strange = numbers(texts(frame[theirs]))
            if strange:
                shown = ", ".join(repr(text) for text in strange[:3])
                mend_by = "correct them or empty the cells"
                problems.append(Problem(f"{key}.columns.area_km2", f"no number: {shown}", mend_by))
            named["statutory_area_ha"] = 100.0 * stated.to_numpy()
        else:
            named[ours] = texts(frame[theirs]).to_numpy()
    if "function" in columns:
        kinds = named["function"].map(lambda text: function_type(text) if text else "")
        for text in sorted(set(named["function"][kinds.isna()])):
            problems.append(
                Problem(f"{key}.columns.function", f"{text!r} is no function type", did_you_mean(text, FUNCTION_TYPES))
            )
        named["function"] = kinds.fillna("")
    return named, problems


def _areas(polygons: NDArray[Any], crs: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure polygons on the ellipsoid and, where their coordinates are metres, in their plane [ha]."""
    known = pyproj.CRS.from_user_input(crs)
    ellipsoid = polygon_area(polygons, known) / SQUARE_METRES_A_HECTARE
    if not known.is_projected:
        return ellipsoid, np.full(len(polygons), np.nan)
    unit = known.axis_info[0].unit_conversion_factor
    return ellipsoid, shapely.area(polygons) * unit**2 / SQUARE_METRES_A_HECTARE


def _areal(shapes: NDArray[Any]) -> NDArray[Any]:
    """Keep of geometries what has an area: of zones that only touch the region nothing."""
    kept = shapes.copy()
    for number in np.flatnonzero(shapely.get_dimensions(shapes) < 2):
        kept[number] = shapely.Polygon()
    for number in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = [part for part in shapely.get_parts(shapes[number]) if part.geom_type == "Polygon"]
        kept[number] = shapely.MultiPolygon(parts)
    return kept


def _overlaps(frame: geopandas.GeoDataFrame, named: pd.DataFrame, key: str) -> list[Problem]:
    """Say which zones of one zoning overlap: their cells count in both."""
    polygons = frame.geometry.to_numpy()
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = first < second
    shared = shapely.area(shapely.intersection(polygons[first[pairs]], polygons[second[pairs]]))
    if not frame.crs.is_projected:
        shared = shared * 1.11e5**2  # good enough to tell an overlap from rounding
    large = shared > NEGLIGIBLE_AREA
    if not large.any():
        return []
    worst = np.argmax(shared)
    names = (named["zone"][first[pairs][worst]], named["zone"][second[pairs][worst]])
    fault = f"zones overlap by {shared[large].sum() / 1e4:,.1f} ha in all, most {names[0]!r} and {names[1]!r}"
    return [Problem(f"{key}.path", fault, "what they share counts in both", "note")]


def _beyond(
    polygons: NDArray[Any], whole_areas: NDArray[np.float64], named: pd.DataFrame, grid: Grid, key: str
) -> list[Problem]:
    """Name the zones that lie beyond the region or the grid, wholly or in part."""
    extent = grid.geobox.extent.geom
    shapely.prepare(extent)
    nowhere = ~shapely.intersects(extent, polygons) | shapely.is_empty(polygons)
    if nowhere.all():
        fault, mend_by = "no zone overlaps the region", "check the CRS of both"
        return [Problem(f"{key}.path", fault, mend_by)]
    inside = shapely.area(shapely.clip_by_rect(polygons, *grid.geobox.boundingbox.bbox))
    cut = ~nowhere & (inside < 0.999 * whole_areas)
    notes = []
    if cut.any():
        share = 100.0 * (whole_areas - inside)[cut].sum() / whole_areas[cut].sum()
        fault = f"{int(cut.sum())} zone{'s reach' if cut.sum() > 1 else ' reaches'} beyond the region, by {share:.0f} %"
        notes = [Problem(f"{key}.path", fault, "only what lies inside is counted", "note")]
    return notes + [
        Problem(f"{key}.path", f"zone {zone!r} lies wholly beyond the region", "", "note")
        for zone in named["zone"][nowhere]
    ]


def texts(column: pd.Series[Any]) -> pd.Series[str]:
    """Read keys and names as text.

    Parameters
    ----------
    column : Series
        Of any type.

    Returns
    -------
    Series of str
        Whole numbers without a decimal point; "" where there is nothing.
    """
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("string").fillna("").str.strip().astype("str")


def _blank_row(zoning: str, zone: str, name: str) -> pd.DataFrame:
    return _blank_rows(zoning, [zone]).assign(name=name)


def _blank_rows(zoning: str, zones: list[str]) -> pd.DataFrame:
    """Make the rows of zones of which nothing is known but the key."""
    texts = {"zoning": zoning, "zone": zones, "name": zones, **dict.fromkeys(ATTRIBUTES[1:], "")}
    return pd.DataFrame({**texts, "statutory_area_ha": np.nan, "area_ha": np.nan, "map_area_ha": np.nan})
