"""Writing rasters: Cloud Optimized GeoTIFF, window by window, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio._err import CPLE_BaseError
from rasterio.windows import Window

from shanshui.base.grid import crs_of
from shanshui.data.files import replacing

# Bounds GDAL's block cache [bytes], so that memory does not grow with the raster or with the machine; a copy
# meets each block once and needs less than a walk.
CACHE_BYTES = 32 * 1024 * 1024
COPY_CACHE_BYTES = 8 * 1024 * 1024
BLOCK = 512


class RasterWriter:
    """An open raster to which windows are written."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def write(self, array: NDArray[Any], row: int, column: int) -> None:
        """Write one window.

        Parameters
        ----------
        array : ndarray (rows, columns) or (bands, rows, columns)
            The cells.
        row, column : int
            Where its first cell lies.
        """
        height, width = array.shape[-2:]
        cells = np.asarray(array, self._target.dtypes[0]).reshape(-1, height, width)
        self._target.write(cells, window=Window(column, row, width, height))


@contextmanager
def raster_writer(
    path: Path,
    geobox: GeoBox,
    *,
    dtype: str,
    nodata: float,
    tags: Mapping[str, str],
    bands: int = 1,
    overview: Literal["nearest", "mode", "average"] = "nearest",
    colours: Mapping[int, tuple[int, int, int]] | None = None,
) -> Iterator[RasterWriter]:
    """Open a raster that becomes a Cloud Optimized GeoTIFF when it is whole.

    The windows go to an uncompressed file beside it; leaving the block without an exception compresses
    that file once, with overviews, and renames it into place.

    Parameters
    ----------
    path : Path
        Where the raster shall stand.
    geobox : GeoBox
        Its shape, transform and CRS.
    dtype : str
        The type of its cells.
    nodata : float
        The value that means no data; declared in the file.
    tags : mapping of str to str
        Facts about it: unit, long_name ...
    bands : int
        How many it has; those of one cell lie together, so that reading one of them decodes all.
    overview : {"nearest", "mode", "average"}
        How overviews are made.
    colours : mapping of int to (red, green, blue), optional
        A colour table, for uint8 classes.

    Yields
    ------
    RasterWriter
        To write windows to, from one thread at a time.

    Raises
    ------
    OSError
        Where the disk takes less than the whole file; what stood at `path` before still stands.
    """
    profile = {
        "driver": "GTiff",
        "height": geobox.shape[0],
        "width": geobox.shape[1],
        "count": bands,
        "dtype": dtype,
        "nodata": nodata,
        "crs": crs_of(geobox),
        "transform": geobox.transform,
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
        "bigtiff": "if_safer",
        "sparse_ok": True,
    }
    with _as_os_error(), rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), replacing(path) as finished:
        raw = finished.with_name(f"{finished.name}.raw.tif")
        with rasterio.open(raw, "w", **profile) as target:
            target.update_tags(**tags)
            for band in range(1, bands + 1):
                target.update_tags(band, **tags)
            if colours:
                target.write_colormap(1, {code: (*rgb, 255) for code, rgb in colours.items()})
            yield RasterWriter(target)
        _require_whole(raw)
        with rasterio.Env(GDAL_CACHEMAX=COPY_CACHE_BYTES):
            rasterio.shutil.copy(
                raw,
                finished,
                driver="COG",
                compress="DEFLATE",
                level=1,
                predictor="YES",
                blocksize=BLOCK,
                num_threads="2",
                overview_resampling=overview.upper(),
                bigtiff="IF_SAFER",
            )
        raw.unlink()
        _require_whole(finished)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Turn what GDAL raises past rasterio's own errors, on a full disk, into one that says so."""
    try:
        yield
    except CPLE_BaseError as error:
        raise OSError(str(error)) from None


def _require_whole(path: Path) -> None:
    """Make sure that every block of a raster lies inside its file: GDAL may keep silent on a failed last write."""
    size = path.stat().st_size
    with rasterio.open(path) as source:
        for (row, column), _ in source.block_windows(1):
            offset, length = (
                int(source.get_tag_item(f"BLOCK_{part}_{column}_{row}", "TIFF", bidx=1) or 0)
                for part in ("OFFSET", "SIZE")
            )
            if offset + length > size:
                raise OSError(f"{path.name} was not written whole: is the disk full?")
