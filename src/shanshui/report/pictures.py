"""Pictures: rasters read coarsely, coloured, and packed as PNG images that stand in the page itself."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from shanshui.base.grid import Grid, Window

# The longest side of a picture, and below what a small grid is drawn with several pixels a cell [pixels].
LONGEST = 900
SMALL = 600


def picture_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Choose the size of a picture of a grid.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the grid [cells].

    Returns
    -------
    (int, int)
        Rows and columns [pixels], the longest side at most `LONGEST`.

    Examples
    --------
    >>> picture_shape((6000, 3000)), picture_shape((10, 20))
    ((900, 450), (300, 600))
    """
    longest = max(shape)
    factor = LONGEST / longest if longest > LONGEST else max(SMALL // longest, 1)
    return max(round(shape[0] * factor), 1), max(round(shape[1] * factor), 1)


def sampled(read: Callable[[Window], NDArray[Any]], grid: Grid, shape: tuple[int, int]) -> NDArray[Any]:
    """Take the cell under the middle of each pixel, tile by tile, so that memory does not grow with the grid.

    Parameters
    ----------
    read : callable
        Reads one window of a class layer.
    grid : Grid
        The grid.
    shape : (int, int)
        Rows and columns of the picture [pixels].

    Returns
    -------
    int32 ndarray (rows, columns)
        Codes; -1 where there is no data.
    """
    rows, columns = (((np.arange(n) + 0.5) * cells / n).astype(int) for n, cells in zip(shape, grid.shape, strict=True))
    picture = np.full(shape, -1, np.int32)
    for window in grid.tiles():
        top, bottom = np.searchsorted(rows, (window.row, window.row + window.height))
        left, right = np.searchsorted(columns, (window.column, window.column + window.width))
        if top < bottom and left < right:
            cells = read(window)
            picture[top:bottom, left:right] = cells[
                np.ix_(rows[top:bottom] - window.row, columns[left:right] - window.column)
            ]
    return picture


def coarse(path: Path, shape: tuple[int, int]) -> NDArray[Any]:
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


def coloured(codes: NDArray[Any], colours: Mapping[int, str]) -> NDArray[np.uint8]:
    """Colour the codes of a picture; a code without a colour is transparent.

    Parameters
    ----------
    codes : ndarray (rows, columns)
        Whole numbers; NaN for no data.
    colours : mapping of int to str
        As ``#rrggbb``.

    Returns
    -------
    uint8 ndarray (4, rows, columns)
        Red, green, blue, alpha.
    """
    picture = np.zeros((4, *codes.shape), np.uint8)
    for code, colour in colours.items():
        picture[:, codes == code] = np.array([*bytes.fromhex(colour[1:]), 255], np.uint8)[:, None]
    return picture


def pixel_transform(grid: Grid, shape: tuple[int, int]) -> Affine:
    """Give the transform from pixels of a picture to the coordinates of the grid."""
    return grid.geobox.transform @ Affine.scale(grid.shape[1] / shape[1], grid.shape[0] / shape[0])


def draw_borders(picture: NDArray[np.uint8], polygons: NDArray[Any], transform: Affine, ink: tuple[int, ...]) -> None:
    """Draw the borders of polygons, one pixel wide.

    Parameters
    ----------
    picture : uint8 ndarray (4, rows, columns)
        Changed in place.
    polygons : ndarray of shapely geometries
        In the coordinates of the grid.
    transform : Affine
        From pixels to these coordinates.
    ink : tuple of int
        Red, green, blue, alpha.
    """
    lines = [line for line in shapely.boundary(polygons[~shapely.is_empty(polygons)]) if not line.is_empty]
    if lines:
        drawn = rasterio.features.rasterize(lines, picture.shape[1:], transform=transform, dtype="uint8")
        picture[:, drawn > 0] = np.array(ink, np.uint8)[:, None]


def outside(polygons: NDArray[Any], transform: Affine, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which pixels lie outside polygons."""
    return rasterio.features.geometry_mask(list(polygons), shape, transform)


def png(picture: NDArray[np.uint8]) -> str:
    """Pack a picture as a PNG in a data address.

    Parameters
    ----------
    picture : uint8 ndarray (4, rows, columns)
        Red, green, blue, alpha.

    Returns
    -------
    str
        ``data:image/png;base64,...``
    """
    _, height, width = picture.shape
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it stands on no map but in a page
        with memory.open(driver="PNG", height=height, width=width, count=4, dtype="uint8", zlevel=9) as target:
            target.write(picture)
        return "data:image/png;base64," + base64.b64encode(memory.read()).decode("ascii")


def outline_paths(polygons: NDArray[Any], transform: Affine, tolerance: float = 0.4) -> list[str]:
    """Turn polygons into the path data of an inline SVG.

    Parameters
    ----------
    polygons : ndarray of shapely geometries
        In the coordinates of the grid.
    transform : Affine
        From pixels to these coordinates.
    tolerance : float
        How far a simplified line may stray [pixels].

    Returns
    -------
    list of str
        One a polygon; empty where it is smaller than a pixel.
    """
    back = ~transform
    inverse = np.array([[back.a, back.b], [back.d, back.e]])
    placed = shapely.transform(polygons, lambda points: points @ inverse.T + (back.c, back.f))
    simple = shapely.simplify(placed, tolerance)
    return ["".join(_ring(ring) for part in shapely.get_parts(each) for ring in _rings(part)) for each in simple]


def _rings(part: Any) -> list[Any]:
    return [part.exterior, *part.interiors] if part.geom_type == "Polygon" and not part.is_empty else []


def _ring(ring: Any) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring)[:-1]) + "Z"
