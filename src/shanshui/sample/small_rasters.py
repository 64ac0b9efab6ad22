"""The grids of the weather and of the soil, the same for every size of the sample, and small files upon them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.io import MemoryFile

from shanshui.data.files import replacing
from shanshui.sample.arrays import Field
from shanshui.sample.extent import CRS, NORTH, SIDE, WEST, sample_geobox

COARSE = 6  # cells of 30 seconds a side of a cell of 0.05 degrees
SOIL_SIZE = 240  # cells a side of the soil: 250 m

_CELLS = 120  # a degree: 30 seconds, as gridded rain of China has
_AROUND = 3  # cells of 30 seconds beyond the extent


def _grid(left: int, bottom: int, right: int, top: int, cells: int) -> GeoBox:
    """The grid between edges that are counted in cells of 1 / ``cells`` degrees from the origin."""
    # The corner as a quotient, so that it is the same number whatever the library's rounding.
    corner = Affine(1.0 / cells, 0.0, left / cells, 0.0, -1.0 / cells, top / cells)
    return GeoBox((top - bottom, right - left), corner, "EPSG:4326")


def _edges() -> tuple[int, int, int, int]:
    """West, south, east and north edge of the fine grid in cells of 30 seconds."""
    to_degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(WEST, NORTH - SIDE, WEST + SIDE, NORTH)
    low = [int(np.floor(edge * _CELLS)) - _AROUND for edge in (west, south)]
    high = [int(np.ceil(edge * _CELLS)) + _AROUND for edge in (east, north)]
    return low[0], low[1], high[0], high[1]


def fine_geobox() -> GeoBox:
    """Give the grid of the monthly weather: 30 seconds, a few cells beyond the extent on each side."""
    return _grid(*_edges(), _CELLS)


def coarse_geobox() -> GeoBox:
    """Give the grid of the daily weather: 0.05 degrees, its cells made of whole cells of `fine_geobox`, around it."""
    left, bottom, right, top = _edges()
    return _grid(left // COARSE, bottom // COARSE, -(-right // COARSE), -(-top // COARSE), _CELLS // COARSE)


def soil_geobox() -> GeoBox:
    """Give the grid of the soil: 250 m over the extent."""
    return sample_geobox(SOIL_SIZE)


def places_of(geobox: GeoBox, parts: int = 1) -> tuple[Field, Field]:
    """Give the places of a grid of longitude and latitude in the landscape's own coordinates.

    Parameters
    ----------
    geobox : of the grid
    parts : into which each cell is cut a side

    Returns
    -------
    tuple of arrays (rows x parts, columns x parts)
        metres east of the west edge of the extent and metres south of its north edge, of the middle of each part.
    """
    rows, columns = geobox.shape
    cell = geobox.transform.a / parts
    lon = geobox.transform.c + (np.arange(columns * parts) + 0.5) * cell
    lat = geobox.transform.f - (np.arange(rows * parts) + 0.5) * cell
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    east, north = to_metres.transform(*np.meshgrid(lon, lat))
    return east - WEST, NORTH - north


def cell_means(values: Field, parts: int) -> Field:
    """Average the parts of each cell.

    Parameters
    ----------
    values : array (..., rows x parts, columns x parts)
    parts : a side of a cell

    Returns
    -------
    array (..., rows, columns)

    Examples
    --------
    >>> cell_means(np.array([[1.0, 2.0, 5.0, 5.0], [3.0, 4.0, 5.0, 5.0]]), 2)
    array([[2.5, 5. ]])
    """
    *before, rows, columns = values.shape
    return values.reshape(*before, rows // parts, parts, columns // parts, parts).mean(axis=(-3, -1))


def write_bands(
    path: Path, geobox: GeoBox, bands: npt.NDArray[Any], *, dtype: str, nodata: float, unit: str, name: str
) -> None:
    """Write a small raster whole.

    Parameters
    ----------
    path : of the file
    geobox : of its grid
    bands : array (bands, rows, columns) or (rows, columns), numbers as they are stored
    dtype : of its cells
    nodata : the value that means no data; declared in the file
    unit, name : of what it holds
    """
    cells = np.asarray(bands, dtype).reshape(-1, *geobox.shape)
    profile = {
        "driver": "GTiff",
        "count": cells.shape[0],
        "height": cells.shape[1],
        "width": cells.shape[2],
        "dtype": dtype,
        "nodata": nodata,
        "crs": str(geobox.crs),
        "transform": geobox.transform,
        "compress": "DEFLATE",
        "predictor": 2,
        "interleave": "band",  # a few days of a year are then read without the others
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.update_tags(unit=unit, long_name=name)
            target.write(cells)
        with replacing(path) as finished:
            finished.write_bytes(memory.getbuffer())
