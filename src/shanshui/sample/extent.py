"""The piece of ground that every sample covers, whatever its number of cells."""

from typing import TypeAlias

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.sample.arrays import Field

CRS = "EPSG:4549"  # CGCS2000, 3-degree Gauss-Kruger zone with central meridian 120 E
WEST, NORTH = 470_000.0, 4_515_000.0  # the north-west corner: a stretch of coast between mountains and the Bohai Sea
SIDE = 60_000.0  # m

Window: TypeAlias = tuple[int, int, int, int]
"""row and column of the first cell, height and width in cells"""


def sample_geobox(size: int) -> GeoBox:
    """Give the grid of a sample.

    Parameters
    ----------
    size : cells a side

    Returns
    -------
    GeoBox
        ``size`` x ``size`` cells over the same 60 km x 60 km, so that another size samples the same landscape.
    """
    cell = SIDE / size
    return GeoBox((size, size), Affine(cell, 0.0, WEST, 0.0, -cell, NORTH), CRS)


def cell_centres(size: int, window: Window) -> tuple[Field, Field]:
    """Give the cell centres of a window in the landscape's own coordinates.

    Parameters
    ----------
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    tuple of arrays (height, width)
        metres east of the west edge and metres south of the north edge. Each is computed from the cell's own number,
        never by adding up, so that a cell lies at the same place in whichever window it is asked for.
    """
    row, column, height, width = window
    x = (np.arange(column, column + width) + 0.5) * SIDE / size
    y = (np.arange(row, row + height) + 0.5) * SIDE / size
    east, south = np.meshgrid(x, y)
    return east, south
