"""Pictures: rasters read coarsely, and packed as PNG images with a palette, so that a page can read its cells back."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.features
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.transform import Affine

from shanshui.base.grid import Grid, Window

# The longest side of a picture [pixels]: a larger grid is sampled.
LONGEST = 900
# The index of a pixel without data.
NOTHING_THERE = 255


def picture_shape(shape: tuple[int, int], longest: int = LONGEST) -> tuple[int, int]:
    """Choose the size of a picture of a grid.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the grid [cells].
    longest : int
        The longest side allowed [pixels].

    Returns
    -------
    (int, int)
        Rows and columns [pixels]; a pixel a cell where there is room.

    Examples
    --------
    >>> picture_shape((6000, 3000)), picture_shape((10, 20))
    ((900, 450), (10, 20))
    """
    factor = min(longest / max(shape), 1.0)
    return max(round(shape[0] * factor), 1), max(round(shape[1] * factor), 1)


def sampled(read: Callable[[Window], NDArray[Any]], grid: Grid, shape: tuple[int, int]) -> NDArray[Any]:
    """Take the cell under the middle of each pixel, tile by tile, so that memory does not grow with the grid.

    Parameters
    ----------
    read : callable
        Reads one window of a layer.
    grid : Grid
        The grid.
    shape : (int, int)
        Rows and columns of the picture [pixels].

    Returns
    -------
    float64 ndarray (rows, columns)
        What was read; NaN where nothing was.
    """
    rows, columns = (((np.arange(n) + 0.5) * cells / n).astype(int) for n, cells in zip(shape, grid.shape, strict=True))
    picture = np.full(shape, np.nan)
    for window in grid.tiles():
        top, bottom = np.searchsorted(rows, (window.row, window.row + window.height))
        left, right = np.searchsorted(columns, (window.column, window.column + window.width))
        if top < bottom and left < right:
            cells = read(window)
            picture[top:bottom, left:right] = cells[
                np.ix_(rows[top:bottom] - window.row, columns[left:right] - window.column)
            ]
    return picture


def coarse(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Read a product's raster coarsely, from its overviews.

    Parameters
    ----------
    path : Path
        The raster.
    shape : (int, int)
        Rows and columns of the picture [pixels].

    Returns
    -------
    float64 ndarray (rows, columns)
        NaN where there is no data.
    """
    with rasterio.open(path) as source:
        cells = source.read(1, out_shape=shape, resampling=Resampling.nearest, masked=True)
    return np.ma.filled(cells.astype(np.float64), np.nan)


def outside(polygons: NDArray[Any], transform: Affine, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which pixels lie outside polygons."""
    return rasterio.features.geometry_mask(list(polygons), shape, transform)


def numbered(polygons: NDArray[Any], transform: Affine, shape: tuple[int, int]) -> NDArray[np.uint16]:
    """Write on each pixel the number of the polygon at its middle, from 1; 0 where there is none."""
    known = [(polygon, place + 1) for place, polygon in enumerate(polygons) if not polygon.is_empty]
    if not known:
        return np.zeros(shape, np.uint16)
    return rasterio.features.rasterize(known, shape, transform=transform, dtype="uint16")


def packed(numbers: NDArray[np.uint16]) -> str:
    """Pack whole numbers for the page: little endian, deflated, in base64."""
    return base64.b64encode(zlib.compress(numbers.astype("<u2").tobytes(), 9)).decode("ascii")


def png(indices: NDArray[np.uint8], colours: Sequence[str]) -> str:
    """Pack a picture as a PNG with a palette, in a data address.

    The page reads the indices back from it, so that one picture both shows and tells. Rows are filtered by none or by
    the difference to the left or above (types 0 to 2 of the PNG specification), whichever makes the smallest picture.

    Parameters
    ----------
    indices : uint8 ndarray (rows, columns)
        Places in `colours`; `NOTHING_THERE` is transparent.
    colours : sequence of str
        At most 255, as ``#rrggbb``.

    Returns
    -------
    str
        ``data:image/png;base64,...``
    """
    height, width = indices.shape
    palette = [*colours, *["#ffffff"] * (NOTHING_THERE + 1 - len(colours))]
    left = np.diff(indices, axis=1, prepend=np.uint8(0))
    above = np.diff(indices, axis=0, prepend=np.uint8(0))
    bodies = [
        zlib.compress(np.insert(rows, 0, kind, axis=1).tobytes(), 9) for kind, rows in enumerate((indices, left, above))
    ]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, body)
        for name, body in (
            (b"IHDR", struct.pack(">2I5B", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(bytes.fromhex(colour[1:]) for colour in palette)),
            (b"tRNS", b"\xff" * NOTHING_THERE + b"\x00"),
            (b"IDAT", min(bodies, key=len)),
            (b"IEND", b""),
        )
    )
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
