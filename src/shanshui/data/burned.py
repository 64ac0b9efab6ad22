"""Vector features brought onto the cells of a grid: shares, values, and sums over the ranges of many species."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import geopandas
import numpy as np
import shapely
from affine import Affine
from numpy.typing import DTypeLike, NDArray
from odc.geo.geobox import GeoBox
from rasterio.enums import MergeAlg
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds

from shanshui.base.grid import Window, crs_of
from shanshui.data.rasterizing import rasterized
from shanshui.data.vectors import reprojected
from shanshui.science.coverage import SHARE_UNITS, PolygonCover

# Features are always burned in blocks of this side, wherever the tiles lie: so cells come out the same for every tile
# size.
BLOCK = 512
BLOCKS_KEPT = 64
# Features are cut so many cells beyond a block, and beyond the grid by this part of its width: no cut lies on a cell.
_BEYOND_BLOCK = 2.0
_BEYOND_GRID = 0.05

# From cells to the plane in which features are burned: one unit a cell, rows downwards.
_CELLS = Affine(1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
_AREAL, _LINE, _POINT = 2, 1, 0


def placed(frame: geopandas.GeoDataFrame, geobox: GeoBox) -> NDArray[Any]:
    """Bring features to the cells of a grid: x is the column, y the row downwards from 0.

    Parameters
    ----------
    frame : GeoDataFrame
        Valid features in any CRS.
    geobox : GeoBox
        The grid.

    Returns
    -------
    ndarray of shapely geometries
        One a feature, cut to the surroundings of the grid; empty where it lies elsewhere.
    """
    near = _cut(frame, geobox)
    there = reprojected(near, crs_of(geobox)).geometry.to_numpy()
    inverse = ~geobox.transform

    def to_cells(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        columns, rows = inverse @ (xy[:, 0], xy[:, 1])
        return np.column_stack([columns, -rows])

    with np.errstate(invalid="ignore"):
        bounds = shapely.bounds(there)
    # What a projection cannot hold lies beyond the grid.
    lost = ~np.isfinite(bounds).all(axis=1)
    there = np.where(lost, shapely.Point(), there)
    return _sound(shapely.transform(there, to_cells))


def touches_grid(geometries: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which features touch the grid.

    Parameters
    ----------
    geometries : ndarray of shapely geometries
        From `placed`.
    shape : tuple of int
        Rows and columns of the grid.

    Returns
    -------
    bool ndarray
        One a feature.
    """
    return np.asarray(shapely.intersects(shapely.box(0, -shape[0], shape[1], 0), geometries), bool)


class BurnedFeatures:
    """Features on the cells of a grid, window by window.

    Without values: the exact share of each cell that polygons cover, however often, and 1 where a line or a point
    touches it. With values: that of the polygon that holds the cell's centre, of several the smallest; lines give
    theirs to every cell they touch, points to their cell, both before polygons.

    Parameters
    ----------
    geometries : ndarray of shapely geometries
        From `placed`.
    shape : tuple of int
        Rows and columns of the grid; beyond it cells are empty.
    scale : float
        By which shares are multiplied: 100 makes percent of them.
    values : ndarray or None
        One a feature.
    sizes : float64 ndarray or None
        One a feature: by which the smallest of several is told. Only with values.
    empty : float
        What a cell without a value holds.
    dtype : dtype
        Of the cells.
    """

    def __init__(
        self,
        geometries: NDArray[Any],
        shape: tuple[int, int],
        *,
        scale: float = 1.0,
        values: NDArray[Any] | None = None,
        sizes: NDArray[np.float64] | None = None,
        empty: float = np.nan,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self._empty, self._dtype, self._scale = empty, np.dtype(dtype), scale
        kinds = shapely.get_dimensions(geometries)
        order = np.arange(len(geometries))
        if sizes is not None:
            # What is burned later lies on top: of polygons the smallest.
            order = np.argsort(-sizes, kind="stable")
        order = order[kinds[order] >= 0]
        self._geometries, self._kinds = geometries[order], kinds[order]
        self._values = None if values is None else np.asarray(values, self._dtype)[order]
        self._tree = shapely.STRtree(self._geometries)
        self._blocks = _Blocks(shape, self._dtype, empty)

    def read(self, window: Window) -> NDArray[Any]:
        """Give the cells of one window.

        Parameters
        ----------
        window : Window
            Any; it may reach beyond the grid, where cells are empty.

        Returns
        -------
        ndarray (rows, columns)
        """
        return self._blocks.window(window, None, self._block)

    def _block(self, row: int, column: int) -> NDArray[Any]:
        near = np.sort(self._tree.query(_box(row, column)))
        cut = _cut_to(self._geometries[near], row, column)
        kinds = self._kinds[near]
        if self._values is None:
            return (self._shares(cut, kinds, row, column) * self._scale).astype(self._dtype)
        cells = np.full((BLOCK, BLOCK), self._empty, self._dtype)
        for kind in (_AREAL, _LINE, _POINT):  # lines lie on polygons, points on both
            numbered = [(one, k + 1) for k, one in enumerate(cut) if kinds[k] == kind and not one.is_empty]
            burned = _rasterized(numbered, row, column, np.int32, all_touched=kind == _LINE)
            found = burned > 0
            cells[found] = self._values[near][burned[found] - 1]
        return cells

    def _shares(self, cut: NDArray[Any], kinds: NDArray[Any], row: int, column: int) -> NDArray[np.float64]:
        shares = np.zeros((BLOCK, BLOCK))
        areal = _sound(cut[kinds == _AREAL])
        if areal.size:
            whole = shapely.union_all(areal)
            found = PolygonCover(np.array([whole], object), _CELLS).shares(row, column, BLOCK)
            shares[found.whole == 0] = 1.0
            shares.ravel()[found.cell] = found.share / SHARE_UNITS
        thin = [(one, 1) for one in cut[kinds != _AREAL] if not one.is_empty]
        shares[_rasterized(thin, row, column, np.uint8, all_touched=True) > 0] = 1.0
        return shares


class BurnedRanges:
    """Sums over many features, each of which a cell lies in or not, window by window.

    Parameters
    ----------
    geometries : ndarray of shapely polygons
        From `placed`; the parts of one do not overlap.
    shape : tuple of int
        Rows and columns of the grid; beyond it cells are NaN.
    """

    def __init__(self, geometries: NDArray[Any], shape: tuple[int, int]) -> None:
        self._geometries = geometries
        self._tree = shapely.STRtree(geometries)
        self._blocks = _Blocks(shape, np.dtype(np.float32), np.nan)

    def sum(self, weights: NDArray[np.float64], window: Window) -> NDArray[np.float32]:
        """Add up the weights of the features that hold each cell's centre.

        Parameters
        ----------
        weights : float64 ndarray
            One a feature.
        window : Window
            Any.

        Returns
        -------
        float32 ndarray (rows, columns)
        """
        known = np.ascontiguousarray(weights, np.float64)

        def block(row: int, column: int) -> NDArray[np.float32]:
            near = np.sort(self._tree.query(_box(row, column)))
            near = near[known[near] != 0.0]
            cut = _cut_to(self._geometries[near], row, column)
            pairs = [(one, known[k]) for k, one in zip(near, cut, strict=True) if not one.is_empty]
            return _rasterized(pairs, row, column, np.float64, merge_alg=MergeAlg.add).astype(np.float32)

        return self._blocks.window(window, known.tobytes(), block)


class _Blocks:
    """Blocks of cells, made once and kept for a while."""

    def __init__(self, shape: tuple[int, int], dtype: np.dtype[Any], empty: float) -> None:
        self._shape, self._dtype, self._empty = shape, dtype, empty
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def window(self, window: Window, name: Hashable, make: Callable[[int, int], NDArray[Any]]) -> NDArray[Any]:
        """Put a window together; cells beyond the grid are empty."""
        cells = np.full(window.shape, self._empty, self._dtype)
        top, left = max(window.row, 0), max(window.column, 0)
        bottom = min(window.row + window.height, self._shape[0])
        right = min(window.column + window.width, self._shape[1])
        if top >= bottom or left >= right:
            return cells
        for i in range(top // BLOCK, -(-bottom // BLOCK)):
            for j in range(left // BLOCK, -(-right // BLOCK)):
                first, last = max(top, i * BLOCK), min(bottom, (i + 1) * BLOCK)
                west, east = max(left, j * BLOCK), min(right, (j + 1) * BLOCK)
                block = self._block(name, i, j, make)
                part = block[first - i * BLOCK : last - i * BLOCK, west - j * BLOCK : east - j * BLOCK]
                cells[first - window.row : last - window.row, west - window.column : east - window.column] = part
        return cells

    def _block(self, name: Hashable, i: int, j: int, make: Callable[[int, int], NDArray[Any]]) -> NDArray[Any]:
        key = (name, i, j)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            block = self._kept[key] = make(i * BLOCK, j * BLOCK)
            if len(self._kept) > BLOCKS_KEPT:
                self._kept.popitem(last=False)
            return block


def _rasterized(pairs: list[tuple[Any, Any]], row: int, column: int, dtype: DTypeLike, **options: Any) -> NDArray[Any]:
    """Burn features on one block of cells; 0 where there is none."""
    if not pairs:
        return np.zeros((BLOCK, BLOCK), dtype)
    transform = _CELLS @ Affine.translation(column, row)
    return rasterized(pairs, (BLOCK, BLOCK), transform, dtype, **options)


def _box(row: int, column: int, beyond: float = 0.0) -> Any:
    """Give the square of one block."""
    return shapely.box(column - beyond, -row - BLOCK - beyond, column + BLOCK + beyond, -row + beyond)


def _cut_to(geometries: NDArray[Any], row: int, column: int) -> NDArray[Any]:
    """Cut features to the surroundings of one block."""
    cut: NDArray[Any] = shapely.clip_by_rect(geometries, *_box(row, column, _BEYOND_BLOCK).bounds)
    return cut


def _cut(frame: geopandas.GeoDataFrame, geobox: GeoBox) -> geopandas.GeoDataFrame:
    """Cut features to the surroundings of a grid, in their own coordinates."""
    try:
        left, bottom, right, top = transform_bounds(
            crs_of(geobox), frame.crs.to_wkt(), *geobox.boundingbox.bbox, densify_pts=21
        )
    except RasterioError:
        return frame
    # A grid across the date line has its left edge right of its right one.
    if not (np.isfinite([left, bottom, right, top]).all() and left < right):
        return frame
    x, y = _BEYOND_GRID * (right - left), _BEYOND_GRID * (top - bottom)
    geometries = frame.geometry.to_numpy()
    cut = shapely.clip_by_rect(geometries, left - x, bottom - y, right + x, top + y)
    return frame.set_geometry(geopandas.GeoSeries(_sound(cut), index=frame.index, crs=frame.crs))


def _sound(geometries: NDArray[Any]) -> NDArray[Any]:
    """Mend what moving and cutting broke; of what falls into parts of several kinds, keep the largest kind."""
    kept = np.asarray(geometries, object).copy()
    broken = ~shapely.is_valid(kept)
    kept[broken] = shapely.make_valid(kept[broken])
    for place in np.flatnonzero(shapely.get_type_id(kept) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(kept[place])
        kept[place] = shapely.union_all(parts[shapely.get_dimensions(parts) == shapely.get_dimensions(kept[place])])
    return kept
