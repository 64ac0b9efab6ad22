"""The eight neighbours of a cell, their codes, and a tile seen with its rim."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster

# Code 1 is east, then anticlockwise: 2 north-east, 3 north, 4 north-west, 5 west, 6 south-west, 7 south, 8 south-east.
# Rows count downwards. Place 0 is the cell itself.
ROW_STEP = (0, 0, -1, -1, -1, 0, 1, 1, 1)
COLUMN_STEP = (0, 1, 1, 0, -1, -1, -1, 0, 1)


def read_with_rim(raster: WholeRaster, window: Window) -> NDArray[Any]:
    """Read a window with one cell more on each side; what lies beyond the raster is empty.

    Parameters
    ----------
    raster : WholeRaster
        Any.
    window : Window
        A window within it.

    Returns
    -------
    ndarray (height + 2, width + 2)
        Contiguous, and the caller's own.
    """
    return np.array(raster.read(window.padded(1)), order="C")


def steps_in_memory(width: int) -> NDArray[np.int64]:
    """Give how far each neighbour lies in memory, by its code; place 0 is the cell itself.

    Parameters
    ----------
    width : int
        Columns of the array, the rim included.

    Returns
    -------
    int64 ndarray (9,)

    Examples
    --------
    >>> steps_in_memory(10)
    array([  0,   1,  -9, -10, -11,  -1,   9,  10,  11])
    """
    return np.array([row * width + column for row, column in zip(ROW_STEP, COLUMN_STEP, strict=True)], np.int64)
