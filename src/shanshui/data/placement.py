"""Where the cells of one grid lie on another."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import rasterio
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.transform import Affine

from shanshui.base.grid import crs_of
from shanshui.base.vocabulary import Measure
from shanshui.science.smooth_surface import SmoothSurface


def places_of(
    block: Affine, crs: str, to_source: Affine, source_crs: str, span: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Find where the nodes of a block lie in a file.

    Parameters
    ----------
    block : Affine
        From the block's rows and columns to coordinates.
    crs : str
        Of these coordinates, as WKT.
    to_source : Affine
        From the file's coordinates to its columns and rows.
    source_crs : str
        Of the file, as WKT.
    span : (float, float)
        The first and the last node, in rows and columns of the block.

    Returns
    -------
    (rows, columns) or None
        float64 ndarrays (NODES, NODES), to be laid under a `SmoothSurface`; None where the file's projection does
        not reach.
    """
    nodes = SmoothSurface((span[0], span[0]), (span[1], span[1]))
    columns_at, rows_at = np.meshgrid(nodes.columns, nodes.rows)
    return _transformed(block, crs, to_source, source_crs, rows_at, columns_at)


def cell_edges(
    window: Affine, source_crs: str, block: Affine, crs: str, shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], ...] | None:
    """Find the edges of a file's cells on a block of the grid.

    Parameters
    ----------
    window : Affine
        From rows and columns of the part of the file to its coordinates.
    source_crs : str
        Of the file, as WKT.
    block : Affine
        From the block's rows and columns to coordinates.
    crs : str
        Of these coordinates, as WKT.
    shape : (int, int)
        Rows and columns of the part of the file.

    Returns
    -------
    (top, bottom, left, right) or None
        float64 ndarrays of that shape [cells of the grid]; None where a projection does not reach.
    """
    surface = SmoothSurface((0.0, 0.0), (float(shape[0]), float(shape[1])))
    columns_at, rows_at = np.meshgrid(surface.columns, surface.rows)
    corners = _transformed(window, source_crs, ~block, crs, rows_at, columns_at)
    if corners is None:
        return None
    at = np.arange(shape[0] + 1.0), np.arange(shape[1] + 1.0)
    rows, columns = (surface.through(place).at(*at) for place in corners)
    # The edge between two cells is where its two corners lie on average, for both of them.
    across, along = (rows[:, :-1] + rows[:, 1:]) / 2, (columns[:-1] + columns[1:]) / 2
    return across[:-1], across[1:], along[:, :-1], along[:, 1:]


def _transformed(
    place: Affine, crs: str, to_cells: Affine, other_crs: str, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Turn rows and columns of one grid into those of another; None where a projection does not reach."""
    x, y = place.a * columns + place.b * rows + place.c, place.d * columns + place.e * rows + place.f
    if other_crs != crs:
        x, y = _transformer(crs, other_crs).transform(x, y)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return to_cells.d * x + to_cells.e * y + to_cells.f, to_cells.a * x + to_cells.b * y + to_cells.c


@lru_cache(maxsize=64)
def _transformer(crs: str, other: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, other, always_xy=True)


def resampling_method(measure: Measure, cells_per_cell: float, chosen: str | None) -> str:
    """Decide how a file on another grid is brought over.

    Parameters
    ----------
    measure : str
        Of the quantity.
    cells_per_cell : float
        How many cells of the file lie along the side of one cell of the grid.
    chosen : str or None
        What the study chose.

    Returns
    -------
    str
        The study's choice, or the measure's.

    Examples
    --------
    >>> resampling_method("class", 3.0, None), resampling_method("intensive", 0.1, None)
    ('mode', 'bilinear')
    """
    if chosen is not None:
        return chosen
    coarser = cells_per_cell > 1.5
    if measure == "class":
        return "mode" if coarser else "nearest"
    if measure == "extensive":
        return "sum"
    return "average" if coarser else "bilinear"


def cells_per_cell(source: Any, geobox: GeoBox) -> float:
    """Tell how many cells of a file lie along the side of one cell of the grid, at the grid's centre."""
    rows, columns = geobox.shape
    row, column = np.array([[rows / 2, rows / 2 + 1]]), np.array([[columns / 2, columns / 2 + 1]])
    found = _transformed(geobox.transform, crs_of(geobox), ~source.transform, source.crs.to_wkt(), row, column)
    return 1.0 if found is None else float(max(np.ptp(found[0]), np.ptp(found[1])))


def whole_cell_offset(source: Any, geobox: GeoBox) -> tuple[int, int] | None:
    """Tell by how many rows and columns a file is shifted against the grid, if it lies on it at all."""
    if source.crs != rasterio.CRS.from_wkt(crs_of(geobox)):
        return None
    rows, columns = geobox.shape
    corners = np.array([(0, 0), (columns, 0), (0, rows), (columns, rows)], float)
    shifts = np.array([~source.transform @ (geobox.transform @ tuple(corner)) for corner in corners]) - corners
    column, row = np.rint(shifts[0])
    # Every corner of the grid is a corner of the file's cells, to a thousandth of a cell.
    if np.abs(shifts - (column, row)).max() > 1e-3:
        return None
    return int(row), int(column)
