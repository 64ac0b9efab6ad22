"""The lines along which tiles meet: each is the first row or column of a tile, and the last of the one before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster


class TileLines:
    """Tiles that overlap by one row and one column, and numbers for the cells they share.

    Parameters
    ----------
    raster : WholeRaster
        Its tiles must be a lattice: rows of tiles of one height, columns of one width.

    Notes
    -----
    With the overlap no path of neighbouring cells leaves a tile but through its outermost cells, and these are either
    shared or at the raster's edge.
    """

    def __init__(self, raster: WholeRaster) -> None:
        self._rows, self._columns = raster.shape
        tiles = list(raster.tiles())
        self._row_lines = sorted({tile.row for tile in tiles})
        self._column_lines = sorted({tile.column for tile in tiles})
        self.count = len(self._row_lines) * self._columns + len(self._column_lines) * self._rows

    def tiles(self) -> Iterator[tuple[Window, Window]]:
        """Give each tile, and the tile with the first row and column of the next ones where there are any."""
        for row, next_row in zip(self._row_lines, [*self._row_lines[1:], self._rows], strict=True):
            for column, next_column in zip(self._column_lines, [*self._column_lines[1:], self._columns], strict=True):
                own = Window(row, column, next_row - row, next_column - column)
                down, right = int(next_row < self._rows), int(next_column < self._columns)
                yield own, Window(row, column, own.height + down, own.width + right)

    def numbers(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give each cell on a line a number of its own, below ``count``.

        Parameters
        ----------
        rows, columns : int64 ndarray (cells,)
            Their places in the raster.

        Returns
        -------
        int64 ndarray (cells,)
            -1 for a cell on no line: among the outermost cells, one at the raster's edge.
        """
        row_line = np.searchsorted(self._row_lines, rows, side="right") - 1
        column_line = np.searchsorted(self._column_lines, columns, side="right") - 1
        along_row = row_line * self._columns + columns
        along_column = len(self._row_lines) * self._columns + column_line * self._rows + rows
        on_row = np.asarray(self._row_lines)[row_line] == rows
        on_column = np.asarray(self._column_lines)[column_line] == columns
        return np.where(on_row, along_row, np.where(on_column, along_column, -1))


def outermost(shape: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the cells at the edge of an array, each once.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.

    Returns
    -------
    rows, columns : int64 ndarray (cells,)

    Examples
    --------
    >>> [place.tolist() for place in outermost((3, 2))]
    [[0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]]
    """
    edge = np.ones(shape, bool)
    edge[1:-1, 1:-1] = False
    rows, columns = np.nonzero(edge)
    return rows.astype(np.int64), columns.astype(np.int64)
