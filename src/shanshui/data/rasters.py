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
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.windows import Window as RasterWindow

from shanshui.base.grid import Window, crs_of
from shanshui.base.units import UNCHANGED, Conversion
from shanshui.base.vocabulary import Measure
from shanshui.data.placement import cell_edges, cells_per_cell, places_of, resampling_method, whole_cell_offset
from shanshui.science.alignment import bilinear, nearest, spread
from shanshui.science.smooth_surface import SmoothSurface

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
# So many cells of a file are spread over larger ones at a time.
OVERLAPPED_AT_ONCE = 2_000_000
Bands = tuple[int, ...]
# A file in strips is read in so many rows at once.
STRIP_ROWS = 128


@dataclass(frozen=True)
class RasterFacts:
    """What a raster file says of itself.

    Parameters
    ----------
    geobox : GeoBox
        Shape, transform and CRS.
    bands : int
        How many bands it has.
    scale, offset : float
        What the file says its numbers are to be multiplied by, and what is to be added.
    """

    geobox: GeoBox
    bands: int
    scale: float
    offset: float


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
            used = min(band, source.count) - 1
            geobox = GeoBox(source.shape, source.transform, crs)
            return RasterFacts(geobox, source.count, source.scales[used], source.offsets[used])
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
        Cells outside the valid range; for classes, cells that hold no whole number.
    codes : dict of int to int
        For classes: how many cells hold each code.
    """

    cells: int = 0
    minimum: float = np.inf
    maximum: float = -np.inf
    outside: int = 0
    codes: dict[int, int] = field(default_factory=dict)


class AlignedRaster:
    """One band of one file, or several, read window by window on the grid, in the vocabulary's unit.

    A file on the grid itself is read as it is. Any other is brought over by a method that the measure
    decides: classes by the nearest cell, or the most frequent where cells become much larger; intensive
    quantities bilinear, or averaged where cells become larger; extensive ones so that the sum is kept. This is
    our own work: GDAL's warper takes short cuts with places (up to an eighth of a cell) and loses up to a
    hundredth of a sum.

    Parameters
    ----------
    path : Path
        The file.
    geobox : GeoBox
        The grid.
    band : int or tuple of int
        The band, from 1; of several bands, arrays have one more axis, the first.
    measure : {"class", "intensive", "extensive", "none"}
        Of the quantity.
    conversion : Conversion
        From the file's unit to the vocabulary's.
    nodata : tuple of float
        Values that mean no data, beside the one the file declares.
    valid : tuple of (float or None, float or None)
        The valid range in the vocabulary's unit.
    resampling : str or None
        "nearest", "mode", "bilinear", "average" or "sum", where the study chose another than the measure's.
    """

    def __init__(
        self,
        path: Path,
        geobox: GeoBox,
        *,
        band: int | tuple[int, ...] = 1,
        measure: Measure = "intensive",
        conversion: Conversion = UNCHANGED,
        nodata: tuple[float, ...] = (),
        valid: tuple[float | None, float | None] = (None, None),
        resampling: str | None = None,
    ) -> None:
        self.path = path
        self.census = Census()
        self._geobox = geobox
        self._bands = (band,) if isinstance(band, int) else band
        self._one = isinstance(band, int)
        self._classes = measure == "class"
        self._conversion = conversion
        self._valid = (-np.inf if valid[0] is None else valid[0], np.inf if valid[1] is None else valid[1])
        # GDAL's handles are not safe between threads: one thread at a time reads a file, others read other files.
        self._lock = threading.Lock()
        self._source = rasterio.open(path, num_threads=2)
        # What the first of its bands says of itself holds for the others.
        band = self._bands[0]
        declared = self._source.nodatavals[band - 1]
        values = np.array([*([] if declared is None else [declared]), *nodata], np.float64)
        cells = np.dtype(self._source.dtypes[band - 1])
        # -9999.9 in a file of float32 is what float32 makes of it.
        self._nodata = values.astype(cells).astype(np.float64) if cells.kind == "f" else values
        self._crs, self._source_crs = crs_of(geobox), self._source.crs.to_wkt()
        self._offset = whole_cell_offset(self._source, geobox)
        self._resampling = None
        if self._offset is None:
            self._resampling = resampling_method(measure, cells_per_cell(self._source, geobox), resampling)
        block = self._source.block_shapes[band - 1]
        self._striped = block[1] == self._source.width and self._source.width > 2 * block[0]
        self._masked = MaskFlags.per_dataset in self._source.mask_flag_enums[band - 1]
        self._strips: OrderedDict[int, NDArray[Any]] = OrderedDict()
        self._code_counts = np.zeros(CODES, np.int64)
        self._blocks: OrderedDict[tuple[int, int], NDArray[Any]] = OrderedDict()

    @property
    def resampling(self) -> str:
        """How it is brought onto the grid, in a word."""
        return self._resampling or "as it is"

    @property
    def empty(self) -> Any:
        """What a cell without data holds: -1 in classes, NaN elsewhere."""
        return CLASS_NODATA if self._classes else np.nan

    def raw(self, value: float) -> str:
        """Write a value of the vocabulary's unit as the file holds it, in as few digits as tell it apart."""
        kind = np.float32 if self._source.dtypes[self._bands[0] - 1] == "float32" else np.float64
        raw = value
        if not self._conversion.identity:
            raw = float(f"{(value - self._conversion.offset) / self._conversion.scale:.12g}")
        return next(text for digits in range(6, 18) if kind(text := f"{raw:.{digits}g}") == kind(raw))

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    @property
    def bands(self) -> int:
        """How many bands are read."""
        return len(self._bands)

    def read(self, window: Window, bands: tuple[int, int] | None = None) -> NDArray[Any]:
        """Read one window of the grid.

        Parameters
        ----------
        window : Window
            It may reach beyond the grid and beyond the file.
        bands : (int, int), optional
            The first of its bands, counted from 0, and the one after the last; all by default.

        Returns
        -------
        ndarray (rows, columns) or (bands, rows, columns)
            int32 codes with -1 for no data, or float32 in the vocabulary's unit with NaN for no data.
        """
        which = self._bands if bands is None else self._bands[slice(*bands)]
        with self._lock:
            if self._offset is not None:
                row, column = self._offset
                cells = self._decoded(which, window.row + row, window.column + column, window.height, window.width)
            else:
                cells = self._from_blocks(which, window)
        return cells[0] if self._one else cells

    def _decoded(self, bands: Bands, row: int, column: int, height: int, width: int) -> NDArray[Any]:
        """Read a window of the file's own grid and bring it through the door, band by band."""
        out = np.empty((len(bands), height, width), np.int32 if self._classes else np.float32)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + height, self._source.height), min(column + width, self._source.width)
        if (bottom - top, right - left) != (height, width):
            out[:] = self.empty
        if top >= bottom or left >= right:
            return out
        inside = out[:, top - row : bottom - row, left - column : right - column]
        for raw, cells in zip(self._raw(bands, top, bottom, left, right), inside, strict=True):
            if self._classes:
                met, minus_ones, odd = _decode_classes(raw, self._nodata, self._code_counts, cells)
                self.census.outside += odd
                self._count_classes(met - odd, minus_ones, cells)
            else:
                low, high = self._valid
                counted = _decode(raw, self._nodata, self._conversion.scale, self._conversion.offset, low, high, cells)
                self._count(*counted)
        return out

    def _raw(self, bands: Bands, top: int, bottom: int, left: int, right: int) -> NDArray[Any]:
        """Read cells of the file as they are, each block once; what a mask covers becomes NaN."""
        if self._masked:
            window = RasterWindow(left, top, right - left, bottom - top)
            mask = self._source.read_masks(bands, window=window)
            return np.where(mask > 0, self._source.read(bands, window=window).astype(np.float64), np.nan)
        # Of a part of many bands no strips are kept: they would fill the memory.
        if not self._striped or bands != self._bands:
            return np.asarray(self._source.read(bands, window=RasterWindow(left, top, right - left, bottom - top)))
        # A file in strips yields whole rows: kept until the walk has come to the end of the row of tiles.
        first, last = top // STRIP_ROWS, -(-bottom // STRIP_ROWS)
        strips = []
        for i in range(first, last):
            if i not in self._strips:
                rows = min(STRIP_ROWS, self._source.height - i * STRIP_ROWS)
                whole = RasterWindow(0, i * STRIP_ROWS, self._source.width, rows)
                self._strips[i] = self._source.read(bands, window=whole)
            self._strips.move_to_end(i)
            strips.append(self._strips[i][:, :, left:right])
        # The row of tiles that ends and the one that begins may be worked on at once.
        while len(self._strips) > 2 * (last - first) + 1:
            self._strips.popitem(last=False)
        return np.concatenate(strips, axis=1)[:, top - first * STRIP_ROWS : bottom - first * STRIP_ROWS]

    def _count_classes(self, cells: int, minus_ones: int, out: NDArray[Any]) -> None:
        strange = cells - minus_ones - int(self._code_counts.sum())
        if minus_ones:
            # Undeclared, though it looks like no data on our side: it must be named.
            self.census.codes[CLASS_NODATA] = self.census.codes.get(CLASS_NODATA, 0) + minus_ones
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

    def _from_blocks(self, bands: Bands, window: Window) -> NDArray[Any]:
        out = np.empty((len(bands), *window.shape), np.int32 if self._classes else np.float32)
        last_row, last_column = window.row + window.height, window.column + window.width
        for i in range(window.row // ALIGNED_BLOCK, -(-last_row // ALIGNED_BLOCK)):
            for j in range(window.column // ALIGNED_BLOCK, -(-last_column // ALIGNED_BLOCK)):
                block = self._block(bands, i, j)
                top, left = i * ALIGNED_BLOCK, j * ALIGNED_BLOCK
                rows = slice(max(top, window.row), min(top + ALIGNED_BLOCK, last_row))
                columns = slice(max(left, window.column), min(left + ALIGNED_BLOCK, last_column))
                out[
                    :,
                    rows.start - window.row : rows.stop - window.row,
                    columns.start - window.column : columns.stop - window.column,
                ] = block[:, rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return out

    def _block(self, bands: Bands, i: int, j: int) -> NDArray[Any]:
        if bands != self._bands:
            # A part of many bands: too many blocks to keep, and one tile alone wants them.
            return self._aligned(bands, i * ALIGNED_BLOCK, j * ALIGNED_BLOCK)
        if (i, j) in self._blocks:
            self._blocks.move_to_end((i, j))
            return self._blocks[i, j]
        block = self._blocks[i, j] = self._aligned(bands, i * ALIGNED_BLOCK, j * ALIGNED_BLOCK)
        if len(self._blocks) > ALIGNED_BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block

    def _aligned(self, bands: Bands, row: int, column: int) -> NDArray[Any]:
        """Bring the part of the file that lies under one block over to the grid."""
        shape = (len(bands), ALIGNED_BLOCK, ALIGNED_BLOCK)
        out = np.full(shape, self.empty, np.int32 if self._classes else np.float32)
        block = self._geobox.transform @ Affine.translation(column, row)
        # Where the block's cells lie in the file, a few cells further than its edge.
        places = places_of(block, self._crs, ~self._source.transform, self._source_crs, (-2.0, ALIGNED_BLOCK + 2.0))
        if places is None:
            return out  # beyond where the file's projection is defined
        rows, columns = places
        first_row, first_column = (max(int(np.floor(place.min())) - 2, 0) for place in places)
        last_row = min(int(np.ceil(rows.max())) + 2, self._source.height)
        last_column = min(int(np.ceil(columns.max())) + 2, self._source.width)
        if first_row >= last_row or first_column >= last_column:
            return out
        if self._resampling not in ("nearest", "bilinear"):
            return self._overlapped(bands, block, (first_row, last_row), (first_column, last_column), out)
        read = self._decoded(bands, first_row, first_column, last_row - first_row, last_column - first_column)
        row_of, column_of = self._surfaces(places, np.arange(0.5, ALIGNED_BLOCK))
        for i, cells in enumerate(read):
            if self._resampling == "nearest":
                out[i] = nearest(cells, row_of - first_row, column_of - first_column, self.empty)
            else:
                out[i] = bilinear(cells, row_of - first_row, column_of - first_column)
        return out

    def _surfaces(
        self, places: tuple[NDArray[np.float64], NDArray[np.float64]], at: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Evaluate rows and columns between the nodes of a block."""
        span = (-2.0, -2.0), (ALIGNED_BLOCK + 2.0, ALIGNED_BLOCK + 2.0)
        rows, columns = (SmoothSurface(*span).through(place).at(at, at) for place in places)
        return rows, columns

    def _overlapped(
        self, bands: Bands, block: Affine, rows: tuple[int, int], columns: tuple[int, int], out: NDArray[Any]
    ) -> NDArray[Any]:
        """Sum, average or take the most frequent of the file's cells that overlap each cell of the block.

        A few million of them at a time: under a block of much larger cells may lie a whole country.
        """
        shape = out.shape[1:]
        total, weight = np.zeros(out.shape), np.zeros(out.shape)
        by_code: dict[tuple[int, int], NDArray[np.float64]] = {}
        width = columns[1] - columns[0]
        step = max(OVERLAPPED_AT_ONCE // (width * len(bands)), 1)
        for row in range(rows[0], rows[1], step):
            read = self._decoded(bands, row, columns[0], min(step, rows[1] - row), width)
            window = self._source.transform @ Affine.translation(columns[0], row)
            edges = cell_edges(window, self._source_crs, block, self._crs, read.shape[1:])
            if edges is None:
                continue
            for i, cells in enumerate(read):
                if self._resampling != "mode":
                    summed = spread(cells, *edges, shape, self._resampling == "sum")
                    total[i] += summed[0]
                    weight[i] += summed[1]
                    continue
                for code in np.unique(cells[cells != CLASS_NODATA]).tolist():
                    held = np.where(cells == code, np.float32(1), np.float32(np.nan))
                    by_code[i, code] = by_code.get((i, code), 0.0) + spread(held, *edges, shape, False)[1]
        if self._resampling == "mode":
            for (i, code), share in sorted(by_code.items()):
                out[i][share > weight[i]] = code
                weight[i] = np.maximum(weight[i], share)
            return out
        covered = weight > 0
        out[covered] = total[covered] if self._resampling == "sum" else total[covered] / weight[covered]
        return out


@numba.njit(cache=True, nogil=True)
def _decode(raw, nodata, scale, offset, low, high, out):
    """Write ``raw * scale + offset`` to `out`, NaN where there is no data, and count what was met.

    No loop branches and none carries a value from cell to cell, so that each is worked on in vectors.
    """
    rows, columns = raw.shape
    missing = np.empty(columns, np.bool_)
    minimum, maximum = np.full(columns, np.inf), np.full(columns, -np.inf)
    cells, outside = 0, 0
    for i in range(rows):
        for j in range(columns):
            missing[j] = not np.isfinite(raw[i, j])
        for k in range(nodata.size):
            for j in range(columns):
                missing[j] |= np.float64(raw[i, j]) == nodata[k]
        for j in range(columns):
            value = np.nan if missing[j] else np.float64(raw[i, j]) * scale + offset
            # NaN is neither lower nor higher than anything.
            minimum[j] = value if value < minimum[j] else minimum[j]
            maximum[j] = value if value > maximum[j] else maximum[j]
            cells += not missing[j]
            outside += (value < low) | (value > high)
            out[i, j] = value
    return cells, minimum.min(), maximum.max(), outside


@numba.njit(cache=True, nogil=True)
def _decode_classes(raw, nodata, counts, out):
    """Write the codes to `out`, -1 where there is no data, and count them."""
    cells, minus_ones, odd = 0, 0, 0
    last, run = np.int64(-2), 0
    first = nodata[0] if nodata.size else np.nan
    for i in range(raw.shape[0]):
        for j in range(raw.shape[1]):
            value = np.float64(raw[i, j])
            missing = value == first or not np.isfinite(value)
            for k in range(1, nodata.size):
                missing = missing or value == nodata[k]
            if missing:
                out[i, j] = CLASS_NODATA
                continue
            cells += 1
            if value != np.rint(value) or abs(value) >= 2147483647.0:
                out[i, j] = CLASS_NODATA
                odd += 1
                continue
            code = np.int64(value)
            out[i, j] = code
            if code == last:
                run += 1
                continue
            # Counted by runs: neighbours mostly have the same code.
            if last >= 0:
                counts[last] += run
            last, run = (code, 1) if 0 <= code < counts.size else (np.int64(-2), 0)
            if code == CLASS_NODATA:
                minus_ones += 1
    if last >= 0:
        counts[last] += run
    return cells, minus_ones, odd
