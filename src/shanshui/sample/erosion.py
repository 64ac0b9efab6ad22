"""Rivers that carve: stream-power erosion on a coarse grid, every cell of which drains to the sea.

Fractal noise alone looks like crumpled paper: it has pits and no valleys. Ridges, valleys and river nets come from
running water, so the skeleton of the landscape is uplifted and eroded until the two nearly balance (Braun & Willett
2013, Geomorphology 180-181:170-179, the implicit scheme; Barnes et al. 2014, Computers & Geosciences 62:117-127, the
flood).
"""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

from shanshui.sample.arrays import Field, Mask

STEP = 1e-4  # least rise from a cell to the one that it drains to, in the units of the height


@njit(cache=True)
def flood(height: Field, sea: Mask) -> tuple[Field, npt.NDArray[np.int64]]:
    """Fill every pit so that each land cell has a way down to the sea.

    Parameters
    ----------
    height : array (rows, columns)
    sea : array (rows, columns), where the water ends

    Returns
    -------
    filled : array (rows, columns)
        the height, raised where needed so that every land cell has a strictly lower neighbour.
    order : array (cells)
        flat numbers of the cells from low to high: whatever a cell drains to comes before it.
    """
    rows, columns = height.shape
    filled = height.copy()
    order = np.empty(rows * columns, np.int64)
    seen = np.zeros((rows, columns), np.bool_)
    heap = [(0.0, 0)]
    heap.pop()
    for i in range(rows):
        for j in range(columns):
            if sea[i, j]:
                seen[i, j] = True
                heap.append((filled[i, j], i * columns + j))
    heapq.heapify(heap)
    count = 0
    while len(heap) > 0:
        level, cell = heapq.heappop(heap)
        order[count] = cell
        count += 1
        row, column = cell // columns, cell % columns
        for i in range(max(row - 1, 0), min(row + 2, rows)):
            for j in range(max(column - 1, 0), min(column + 2, columns)):
                if not seen[i, j]:
                    seen[i, j] = True
                    filled[i, j] = max(filled[i, j], level + STEP)
                    heapq.heappush(heap, (filled[i, j], i * columns + j))
    return filled, order[:count]


@njit(cache=True)
def steepest_receivers(height: Field, sea: Mask) -> npt.NDArray[np.int64]:
    """Find the neighbour that each cell drains to.

    Parameters
    ----------
    height : array (rows, columns), without pits, see `flood`
    sea : array (rows, columns)

    Returns
    -------
    array (cells)
        flat number of the steepest lower neighbour of eight; sea cells give themselves.
    """
    rows, columns = height.shape
    receiver = np.arange(rows * columns)
    for row in range(rows):
        for column in range(columns):
            if sea[row, column]:
                continue
            steepest = 0.0
            for i in range(max(row - 1, 0), min(row + 2, rows)):
                for j in range(max(column - 1, 0), min(column + 2, columns)):
                    away = np.hypot(i - row, j - column)
                    if away > 0.0:
                        slope = (height[row, column] - height[i, j]) / away
                        if slope > steepest:
                            steepest = slope
                            receiver[row * columns + column] = i * columns + j
    return receiver


@njit(cache=True)
def accumulate(order: npt.NDArray[np.int64], receiver: npt.NDArray[np.int64]) -> Field:
    """Count the cells that drain through each cell, itself included.

    Parameters
    ----------
    order : array (cells), from low to high
    receiver : array (cells)

    Returns
    -------
    array (cells)
        cells.
    """
    drained = np.ones(receiver.size)
    for k in range(order.size - 1, -1, -1):
        cell = order[k]
        if receiver[cell] != cell:
            drained[receiver[cell]] += drained[cell]
    return drained


@njit(cache=True)
def erode(height: Field, uplift: Field, sea: Mask, steps: int, duration: float, exponent: float) -> Field:
    """Let uplift and rivers work on a surface.

    Parameters
    ----------
    height : array (rows, columns), the surface to begin with
    uplift : array (rows, columns), height per unit of time
    sea : array (rows, columns), held at height 0
    steps : how many
    duration : of one step
    exponent : of the drained area in the stream-power law; the one of the slope is 1

    Returns
    -------
    array (rows, columns)
        the surface after ``steps`` of ``dz/dt = U - A^exponent dz/dl``, without pits.
    """
    columns = height.shape[1]
    for _ in range(steps):
        height, order = flood(height, sea)
        receiver = steepest_receivers(height, sea)
        drained = accumulate(order, receiver)
        for cell in order:
            row, column = cell // columns, cell % columns
            down = receiver[cell]
            if down == cell:
                continue
            away = np.hypot(row - down // columns, column - down % columns)
            power = duration * drained[cell] ** exponent / away
            lower = height[down // columns, down % columns]
            raised = height[row, column] + uplift[row, column] * duration
            height[row, column] = max((raised + power * lower) / (1.0 + power), lower)
    return flood(height, sea)[0]
