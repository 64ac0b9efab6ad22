"""Choosing the one grid of a study."""

from __future__ import annotations

import geopandas
import numpy as np
import pyproj
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine

from shanshui.base.errors import Problems, did_you_mean
from shanshui.base.grid import Grid, crs_of
from shanshui.data.vectors import reprojected
from shanshui.study.layers import LayerFiles, bounds_in
from shanshui.study.schema import StudyFile


def choose_grid(
    file: StudyFile, layers: dict[str, LayerFiles], boundary: geopandas.GeoDataFrame | None, problems: Problems
) -> Grid | None:
    """Make the grid that study.toml asks for: a layer's own, or a projected one.

    Parameters
    ----------
    file : StudyFile
        What study.toml says.
    layers : dict of str to LayerFiles
        The files of every layer.
    boundary : GeoDataFrame or None
        The region's boundary; the grid is cut to it.
    problems : Problems
        Takes what is found wrong.

    Returns
    -------
    Grid or None
        None in a study without layers, and where something is wrong.
    """
    section = file.grid
    if section is None:
        if file.layers:
            problems.fault(
                "grid", "is missing, and the study has layers", 'write like = "a layer", or crs and resolution'
            )
        return None
    if section.like is not None:
        if section.like not in file.layers:
            mend = did_you_mean(section.like, file.layers)
            problems.fault("grid.like", f"{section.like!r} is no layer of the study", mend)
            return None
        if file.layers[section.like].value is not None:
            problems.fault("grid.like", f"{section.like!r} is one number and has no grid", "name a layer of files")
            return None
        files = layers.get(section.like)
        if not files:
            return None  # its own fault has been named
        geobox = next(iter(files.values())).facts.geobox
        turned = abs(geobox.transform.b) + abs(geobox.transform.d) > 0
        if turned and geobox.crs is not None and geobox.crs.geographic:
            problems.fault(
                "grid.like", f"{section.like!r} is a turned grid in degrees", "give crs and resolution instead"
            )
            return None
        cut = geobox if boundary is None else _cut(geobox, boundary, problems)
        return None if cut is None else Grid(cut, section.tile)
    assert section.resolution is not None
    try:
        crs = pyproj.CRS.from_user_input(section.crs)
    except pyproj.exceptions.CRSError:
        problems.fault("grid.crs", f"{section.crs!r} is no CRS", 'write for example "EPSG:4549"')
        return None
    if not crs.is_projected:
        fault = f"{section.crs} counts in degrees, and resolution is in metres"
        problems.fault("grid.crs", fault, "give a projected CRS, or like")
        return None
    bounds = _bounds(layers, boundary, crs)
    if bounds is None:
        problems.fault("grid", "has no extent: there is neither a boundary nor a layer", "give [region] boundary")
        return None
    left, bottom, right, top = bounds
    size = section.resolution / crs.axis_info[0].unit_conversion_factor
    column, row = np.floor(left / size), np.ceil(top / size)
    width, height = int(np.ceil(right / size) - column), int(row - np.floor(bottom / size))
    transform = Affine(size, 0, column * size, 0, -size, row * size)
    return Grid(GeoBox((height, width), transform, crs.to_wkt()), section.tile)


def _bounds(
    layers: dict[str, LayerFiles], boundary: geopandas.GeoDataFrame | None, crs: pyproj.CRS
) -> tuple[float, ...] | None:
    """Find what the grid has to hold: the boundary, or else every layer."""
    if boundary is not None:
        return tuple(float(edge) for edge in reprojected(boundary, crs.to_wkt()).total_bounds)
    boxes = [bounds_in(file.facts.geobox, crs.to_wkt()) for files in layers.values() for file in files.values()]
    edges = np.array([box for box in boxes if box is not None])
    if not len(edges):
        return None
    return (*edges[:, :2].min(axis=0), *edges[:, 2:].max(axis=0))


def _cut(geobox: GeoBox, boundary: geopandas.GeoDataFrame, problems: Problems) -> GeoBox | None:
    """Cut a layer's grid to the cells that the boundary touches."""
    left, bottom, right, top = reprojected(boundary, crs_of(geobox)).total_bounds
    if not np.isfinite([left, bottom, right, top]).all():  # beyond what the grid's CRS can hold
        problems.fault("region.boundary", "does not overlap the layer that gives the grid", "check the CRS of both")
        return None
    corners = [~geobox.transform @ corner for corner in ((left, top), (right, bottom), (left, bottom), (right, top))]
    # A boundary that runs along a cell's edge, but for rounding, does not take the next cell.
    first_column, first_row = np.maximum(np.floor(np.min(corners, axis=0) + 1e-6).astype(int), 0)
    last_column, last_row = np.ceil(np.max(corners, axis=0) - 1e-6).astype(int)
    last_row, last_column = min(last_row, geobox.shape[0]), min(last_column, geobox.shape[1])
    if first_row >= last_row or first_column >= last_column:
        problems.fault("region.boundary", "does not overlap the layer that gives the grid", "check the CRS of both")
        return None
    shape = (int(last_row - first_row), int(last_column - first_column))
    return GeoBox(shape, geobox.transform @ Affine.translation(int(first_column), int(first_row)), geobox.crs)
