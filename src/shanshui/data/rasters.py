"""Reading rasters onto the study's grid: nodata, units and classes are put right at the door."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np
import rasterio
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.warp import reproject, transform_bounds
from rasterio.windows import Window as RasterWindow

from shanshui.base.grid import Window, crs_of
from shanshui.base.units import UNCHANGED, Conversion
from shanshui.base.vocabulary import Measure

# The code of a class cell without data, on our side of the door.
CLASS_NODATA = -1
# Codes from 0 up to here are counted in a plain array.
CODES = 65536
# Values that files use for "no data" without saying so.
USUAL_NODATA = (-9999.0, -32768.0, -3.4028234663852886e38, -128.0, 127.0, 128.0, 255.0, 32767.0, 65535.0, 1e20)
# A layer on another grid is brought over in blocks of this side, wherever the tiles lie: so the cells
# come out the same, to the last bit, for every tile size.
ALIGNED_BLOCK = 512
ALIGNED_BLOCKS_KEPT = 64


@dataclass(frozen=True)
class RasterFacts:
    """What a raster file says of itself.

    Parameters
    ----------
    geobox : GeoBox
        Shape, transform and CRS.
    bands : int
        How many bands it has.
    nodata : float or None
        The declared nodata value of the band that is used.
    dtype : str
        The type of its cells.
    """

    geobox: GeoBox
    bands: int
    nodata: float | None
    dtype: str


def read_facts(path: Path, band: int = 1) -> RasterFacts:
    """Open a raster and read what it says of itself.

    Parameters
    ----------
    path : Path
        Any raster that GDAL reads.
    band : int
        The band that is used, from 1.

    Returns
    -------
    RasterFacts

    Raises
    ------
    OSError
        Where it cannot be opened as a raster.
    """
    try:
        with rasterio.open(path) as source:
            crs = source.crs.to_wkt() if source.crs else None
            nodata = source.nodatavals[band - 1] if band <= source.count else None
            return RasterFacts(GeoBox(source.shape, source.transform, crs), source.count, nodata, source.dtypes[0])
    except RasterioError as error:
        raise OSError(str(error)) from None


@dataclass
class Census:
    """What was met while cells came through the door.

    Parameters
    ----------
    cells : int
        Cells with a value.
    minimum, maximum : float
        The range of these values, in the vocabulary's unit; not for classes.
    outside : int
        Cells outside the valid range.
    codes : dict of int to int
        For classes: how many cells hold each code.
    """

    cells: int = 0
    minimum: float = np.inf
    maximum: float = -np.inf
    outside: int = 0
    codes: dict[int, int] = field(default_factory=dict)


class AlignedRaster:
    """One band of one file, read window by window on the grid, in the vocabulary's unit.

    A file on the grid itself is read as it is. Any other is brought over by a method that the measure
    decides: classes by the nearest cell, or the most frequent where cells become much larger; intensive
    quantities bilinear, or averaged where cells become larger; extensive ones so that the sum is kept.

    Parameters
    ----------
    path : Path
        The file.
    geobox : GeoBox
        The grid.
    band : int
        The band, from 1.
    measure : {"class", "intensive", "extensive", "none"}
        Of the quantity.
    conversion : Conversion
        From the file's unit to the vocabulary's.
    nodata : tuple of float
        Values that mean no data, beside the one the file declares.
    valid : tuple of (float or None, float or None)
        The valid range in the vocabulary's unit.
    resampling : str or None
        A method of GDAL's, where the study chose another than the measure's.
    """

    def __init__(
        self,
        path: Path,
        geobox: GeoBox,
        *,
        band: int = 1,
        measure: Measure = "intensive",
        conversion: Conversion = UNCHANGED,
        nodata: tuple[float, ...] = (),
        valid: tuple[float | None, float | None] = (None, None),
        resampling: str | None = None,
    ) -> None:
        self.path = path
        self.census = Census()
        self._geobox = geobox
        self._band = band
        self._classes = measure == "class"
        self._conversion = conversion
        self._valid = (-np.inf if valid[0] is None else valid[0], np.inf if valid[1] is None else valid[1])
        # GDAL's handles are not safe between threads: one thread at a time reads a file, others read other files.
        self._lock = threading.Lock()
        self._source = rasterio.open(path, num_threads=2)
        declared = self._source.nodatavals[band - 1]
        self._nodata = np.array([*([] if declared is None else [declared]), *nodata], np.float64)
        self._offset = _whole_cell_offset(self._source.transform, self._source.crs, geobox)
        self._resampling = None if self._offset else resampling_method(self._source, geobox, measure, resampling)
        self._code_counts = np.zeros(CODES, np.int64)
        self._blocks: OrderedDict[tuple[int, int], NDArray[Any]] = OrderedDict()

    @property
    def resampling(self) -> str:
        """How it is brought onto the grid, in a word."""
        return "as it is" if self._resampling is None else self._resampling.name

    @property
    def empty(self) -> Any:
        """What a cell without data holds: -1 in classes, NaN elsewhere."""
        return CLASS_NODATA if self._classes else np.nan

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def read(self, window: Window) -> NDArray[Any]:
        """Read one window of the grid.

        Parameters
        ----------
        window : Window
            It may reach beyond the grid and beyond the file.

        Returns
        -------
        ndarray (rows, columns)
            int32 codes with -1 for no data, or float32 in the vocabulary's unit with NaN for no data.
        """
        with self._lock:
            if self._offset is not None:
                row, column = self._offset
                return self._decoded(window.row + row, window.column + column, window.height, window.width)
            return self._from_blocks(window)

    def _decoded(self, row: int, column: int, height: int, width: int) -> NDArray[Any]:
        """Read a window of the file's own grid and bring it through the door."""
        out = np.full((height, width), self.empty, np.int32 if self._classes else np.float32)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + height, self._source.height), min(column + width, self._source.width)
        if top >= bottom or left >= right:
            return out
        raw = self._source.read(self._band, window=RasterWindow(left, top, right - left, bottom - top))
        inside = out[top - row : bottom - row, left - column : right - column]
        if self._classes:
            self._count_classes(_decode_classes(raw, self._nodata, self._code_counts, inside), inside)
        else:
            low, high = self._valid
            counted = _decode(raw, self._nodata, self._conversion.scale, self._conversion.offset, low, high, inside)
            self._count(*counted)
        return out

    def _count_classes(self, cells: int, out: NDArray[Any]) -> None:
        strange = cells - int(self._code_counts.sum())
        for code in np.flatnonzero(self._code_counts).tolist():
            self.census.codes[code] = self.census.codes.get(code, 0) + int(self._code_counts[code])
        if strange:
            codes, numbers = np.unique(out[(out < CLASS_NODATA) | (out >= CODES)], return_counts=True)
            for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
                self.census.codes[code] = self.census.codes.get(code, 0) + number
        self._code_counts[:] = 0
        self.census.cells += cells

    def _count(self, cells: int, minimum: float, maximum: float, outside: int) -> None:
        census = self.census
        census.cells += cells
        census.minimum, census.maximum = min(census.minimum, minimum), max(census.maximum, maximum)
        census.outside += outside

    def _from_blocks(self, window: Window) -> NDArray[Any]:
        out = np.empty(window.shape, np.int32 if self._classes else np.float32)
        last_row, last_column = window.row + window.height, window.column + window.width
        for i in range(window.row // ALIGNED_BLOCK, -(-last_row // ALIGNED_BLOCK)):
            for j in range(window.column // ALIGNED_BLOCK, -(-last_column // ALIGNED_BLOCK)):
                block = self._block(i, j)
                top, left = i * ALIGNED_BLOCK, j * ALIGNED_BLOCK
                rows = slice(max(top, window.row), min(top + ALIGNED_BLOCK, last_row))
                columns = slice(max(left, window.column), min(left + ALIGNED_BLOCK, last_column))
                out[
                    rows.start - window.row : rows.stop - window.row,
                    columns.start - window.column : columns.stop - window.column,
                ] = block[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return out

    def _block(self, i: int, j: int) -> NDArray[Any]:
        if (i, j) in self._blocks:
            self._blocks.move_to_end((i, j))
            return self._blocks[i, j]
        block = self._blocks[i, j] = self._aligned(i * ALIGNED_BLOCK, j * ALIGNED_BLOCK)
        if len(self._blocks) > ALIGNED_BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block

    def _aligned(self, row: int, column: int) -> NDArray[Any]:
        """Bring the part of the file that lies under one block over to the grid."""
        assert self._resampling is not None
        out = np.full((ALIGNED_BLOCK, ALIGNED_BLOCK), self.empty, np.int32 if self._classes else np.float32)
        transform = self._geobox.transform @ Affine.translation(column, row)
        bounds = rasterio.transform.array_bounds(ALIGNED_BLOCK, ALIGNED_BLOCK, transform)
        crs = crs_of(self._geobox)
        try:
            left, bottom, right, top = transform_bounds(crs, self._source.crs, *bounds, densify_pts=21)
        except RasterioError:
            return out  # beyond where the file's projection is defined
        corners = [~self._source.transform @ corner for corner in ((left, top), (right, bottom), (left, bottom))]
        # Far enough for every kernel: two cells of the file, and two of the grid where these are larger.
        margin = 2 + 2 * int(np.ceil(self._ratio))
        first_row = int(np.floor(min(y for _, y in corners))) - margin
        first_column = int(np.floor(min(x for x, _ in corners))) - margin
        last_row = int(np.ceil(max(y for _, y in corners))) + margin
        last_column = int(np.ceil(max(x for x, _ in corners))) + margin
        first_row, first_column = max(first_row, 0), max(first_column, 0)
        last_row, last_column = min(last_row, self._source.height), min(last_column, self._source.width)
        if first_row >= last_row or first_column >= last_column:
            return out
        cells = self._decoded(first_row, first_column, last_row - first_row, last_column - first_column)
        reproject(
            cells,
            out,
            src_transform=self._source.transform @ Affine.translation(first_column, first_row),
            src_crs=self._source.crs,
            src_nodata=self.empty,
            dst_transform=transform,
            dst_crs=crs,
            dst_nodata=self.empty,
            resampling=self._resampling,
            tolerance=0.0,
        )
        return out

    @property
    def _ratio(self) -> float:
        return cells_per_cell(self._source, self._geobox)


def cells_per_cell(source: Any, geobox: GeoBox) -> float:
    """Tell how many cells of a file lie along the side of one cell of the grid, at the grid's centre."""
    rows, columns = geobox.shape
    centre = geobox.transform @ (columns / 2, rows / 2)
    aside = geobox.transform @ (columns / 2 + 1, rows / 2 + 1)
    crs = crs_of(geobox)
    (x0, x1), (y0, y1) = rasterio.warp.transform(crs, source.crs, [centre[0], aside[0]], [centre[1], aside[1]])
    across = ~source.transform @ (x1, y1)
    from_centre = ~source.transform @ (x0, y0)
    return float(max(abs(across[0] - from_centre[0]), abs(across[1] - from_centre[1])))


def resampling_method(source: Any, geobox: GeoBox, measure: Measure, chosen: str | None) -> Resampling:
    """Decide how a file on another grid is brought over.

    Parameters
    ----------
    source : rasterio dataset
        The file.
    geobox : GeoBox
        The grid.
    measure : str
        Of the quantity.
    chosen : str or None
        What the study chose.

    Returns
    -------
    Resampling
        The study's choice, or the measure's.
    """
    if chosen is not None:
        return Resampling[chosen]
    coarser = cells_per_cell(source, geobox) > 1.5
    if measure == "class":
        return Resampling.mode if coarser else Resampling.nearest
    if measure == "extensive":
        return Resampling.sum
    return Resampling.average if coarser else Resampling.bilinear


def _whole_cell_offset(transform: Affine, crs: Any, geobox: GeoBox) -> tuple[int, int] | None:
    """Tell by how many rows and columns a file is shifted against the grid, if it lies on it at all."""
    ours = geobox.transform
    same_cells = np.allclose(
        [transform.a, transform.b, transform.d, transform.e], [ours.a, ours.b, ours.d, ours.e], 1e-9
    )
    if not same_cells or crs != rasterio.CRS.from_wkt(crs_of(geobox)):
        return None
    column, row = ~transform @ (ours.c, ours.f)
    if abs(column - round(column)) > 1e-3 or abs(row - round(row)) > 1e-3:
        return None
    return round(row), round(column)


@numba.njit(cache=True, nogil=True)
def _decode(raw, nodata, scale, offset, low, high, out):
    """Write ``raw * scale + offset`` to `out` where there is data, and count what was met."""
    cells, outside = 0, 0
    minimum, maximum = np.inf, -np.inf
    # Nearly every file has one nodata value at most: the loop over the others costs nothing then.
    first = nodata[0] if nodata.size else np.nan
    for i in range(raw.shape[0]):
        for j in range(raw.shape[1]):
            value = np.float64(raw[i, j])
            missing = value == first or not np.isfinite(value)
            for k in range(1, nodata.size):
                missing = missing or value == nodata[k]
            if missing:
                continue
            value = value * scale + offset
            cells += 1
            minimum = min(minimum, value)
            maximum = max(maximum, value)
            if value < low or value > high:
                outside += 1
            out[i, j] = value
    return cells, minimum, maximum, outside


@numba.njit(cache=True, nogil=True)
def _decode_classes(raw, nodata, counts, out):
    """Write the codes to `out` where there is data, and count them."""
    cells = 0
    first = nodata[0] if nodata.size else np.nan
    for i in range(raw.shape[0]):
        for j in range(raw.shape[1]):
            value = np.float64(raw[i, j])
            missing = value == first or not np.isfinite(value)
            for k in range(1, nodata.size):
                missing = missing or value == nodata[k]
            if missing:
                continue
            code = np.int64(value)
            cells += 1
            out[i, j] = code
            if 0 <= code < counts.size:
                counts[code] += 1
    return cells
