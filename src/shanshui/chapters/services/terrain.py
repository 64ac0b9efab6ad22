"""Terrain: how steep it is, and how water runs over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step
from shanshui.science import depressions, relief
from shanshui.science import flow_accumulation as accumulation
from shanshui.science import flow_direction as direction


@step(halo=1)
def slope(
    elevation: NDArray[np.float32], cell_width: NDArray[np.float64], cell_height: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Slope of the ground, from the cells around.

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height [m]; NaN where there is no data.
    cell_width, cell_height : float64 ndarray (rows, columns)
        Sides of the cells on the ellipsoid [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        Slope [degree]; NaN where the cell has no data.

    Notes
    -----
    Horn (1981), Hill shading and the reflectance map: weights 1, 2, 1 on either side. A neighbour without data stands
    at the height that a straight line through two other cells tells, or at the cell's own height.
    """
    return relief.slope(elevation, cell_width, cell_height)


@step(halo=1)
def relief_amplitude(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relief amplitude: highest less lowest elevation of three by three cells.

    Parameters
    ----------
    elevation : float32 ndarray (rows, columns)
        Height [m]; NaN where there is no data.

    Returns
    -------
    float32 ndarray (rows, columns)
        Difference [m]; neighbours without data do not count; NaN where the cell itself has none.
    """
    return relief.amplitude(elevation)


@step
def filled_elevation(elevation: WholeRaster) -> WholeRaster:
    """Elevation without depressions: the lowest surface from which everything drains.

    Parameters
    ----------
    elevation : raster
        Height [m]; NaN where there is no data.

    Returns
    -------
    raster
        Height [m], never below the ground.

    Notes
    -----
    filled = over all paths to the edge of the data, the lowest of their highest points (Barnes, Lehman and Mulla
    2014, Priority-flood). Memory: a few tiles.
    """
    return depressions.fill_depressions(elevation)


@step
def flow_direction(filled_elevation: WholeRaster, cell_width: WholeRaster, cell_height: WholeRaster) -> WholeRaster:
    """Direction of flow, to one of eight neighbours.

    Parameters
    ----------
    filled_elevation : raster
        Height without depressions [m].
    cell_width, cell_height : raster
        Sides of the cells [m]; those in the middle of the grid decide what is steepest.

    Returns
    -------
    raster
        1 to 8 anticlockwise from east, 0 where water leaves the map, 255 where there is no data.

    Notes
    -----
    O'Callaghan and Mark (1984): steepest descent, drop over distance. Cells of a flat drain to its nearest outlet.
    Every cell drains. Memory: a few tiles.
    """
    return direction.flow_direction(filled_elevation, _middle(cell_width), _middle(cell_height))


@step
def flow_accumulation(flow_direction: WholeRaster) -> WholeRaster:
    """Flow accumulation: the number of cells that drain through each.

    Parameters
    ----------
    flow_direction : raster
        1 to 8, 0 where water leaves the map, 255 where there is no data.

    Returns
    -------
    raster
        Cells, the cell itself included; 0 where there is no data.

    Notes
    -----
    Exact, in two walks over the tiles (Barnes 2017, Parallel non-divergent flow accumulation). Memory: a few tiles.
    """
    return accumulation.flow_accumulation(flow_direction)


def _middle(raster: WholeRaster) -> float:
    rows, columns = raster.shape
    return float(raster.read(Window(rows // 2, columns // 2, 1, 1))[0, 0])
