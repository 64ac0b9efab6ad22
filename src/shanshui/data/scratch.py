"""A raster on disk for the time of a run: read and written by windows, one after the other or many at once."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from shanshui.base.grid import Window

# Whole tiles that stay in memory: a tile, its left and right neighbour, and one to spare.
KEPT_TILES = 4


class ScratchRaster:
    """A raster in one temporary file, tile after tile, of each its planes, of each plane its rows.

    Parameters
    ----------
    folder : Path
        Where the file lies. It takes room only for tiles that were written to.
    shape : tuple of int
        Rows and columns.
    tile : int
        Side of a tile [cells]; those at the right and lower edge may be smaller.
    dtype : dtype
        Of the cells; all are zero at first.
    family : WeakSet of ScratchRaster, optional
        Takes it, and every raster that is made from it: so whoever began can close them all.
    planes : int, optional
        With it the raster has so many layers, and all that is read and written is (planes, rows, columns).

    Notes
    -----
    The file has no name: its room is free as soon as the raster is closed or forgotten, or the process ends, however it
    ends. Any number of threads may read and write at a time; who reads cells while they are written may get some old
    and some new ones.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder, ScratchRaster(Path(folder), (3, 5), 2, np.float32) as raster:
    ...     raster.write(Window(1, 1, 1, 3), np.float32([[1, 2, 3]]))
    ...     raster.read(Window(0, 2, 2, 4)).tolist()
    [[0.0, 0.0, 0.0, nan], [2.0, 3.0, 0.0, nan]]
    """

    def __init__(
        self,
        folder: Path,
        shape: tuple[int, int],
        tile: int,
        dtype: DTypeLike,
        family: weakref.WeakSet[ScratchRaster] | None = None,
        planes: int | None = None,
    ) -> None:
        self.shape = shape
        self.planes = planes
        self._ahead = () if planes is None else (planes,)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._folder, self._tile = folder, tile
        self._across = -(-shape[1] // tile)
        self._file, name = tempfile.mkstemp(prefix="scratch-", dir=folder)
        self.close = weakref.finalize(self, os.close, self._file)
        Path(name).unlink()
        self._tile_cells = tile * tile * (1 if planes is None else planes)
        os.ftruncate(self._file, -(-shape[0] // tile) * self._across * self._tile_cells * self.dtype.itemsize)
        self._kept: OrderedDict[tuple[int, int], NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._writes = 0
        self._family = weakref.WeakSet() if family is None else family
        self._family.add(self)

    def __enter__(self) -> ScratchRaster:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def tiles(self) -> Iterator[Window]:
        """Give the tiles, row by row."""
        rows, columns = self.shape
        for row in range(0, rows, self._tile):
            for column in range(0, columns, self._tile):
                yield Window(row, column, min(self._tile, rows - row), min(self._tile, columns - column))

    def blank(self, dtype: DTypeLike, planes: int | None = None) -> ScratchRaster:
        """Give a new raster of the same folder, shape and tiles, with its own planes; it holds zeros."""
        return ScratchRaster(self._folder, self.shape, self._tile, dtype, self._family, planes)

    def read(self, window: Window, fill: float | None = None) -> NDArray[Any]:
        """Read a window.

        Parameters
        ----------
        window : Window
            Any; it may reach beyond the raster or lie beside it.
        fill : float, optional
            What cells beyond the raster get; NaN by default, 0 in whole numbers.

        Returns
        -------
        ndarray (rows, columns) or (planes, rows, columns)
            The caller's own.
        """
        if fill is None:
            fill = np.nan if self.dtype.kind == "f" else 0
        cells = np.empty((*self._ahead, *window.shape), self.dtype)
        inside = self._inside(window)
        if inside != window:
            cells[:] = fill
        for tile in self._tiles_of(inside):
            part = _common(inside, tile)
            cells[_places(part, window)] = self._part(tile, part)
        return cells

    def write(self, window: Window, cells: NDArray[Any]) -> None:
        """Write a window.

        Parameters
        ----------
        window : Window
            A window within the raster.
        cells : ndarray (rows, columns) or (planes, rows, columns)
            What is to be in it.
        """
        whole = (*self._ahead, *self.shape)
        if cells.shape != (*self._ahead, *window.shape) or self._inside(window) != window:
            raise ValueError(f"cells of shape {cells.shape} do not fit {window} in a raster of shape {whole}")
        for tile in self._tiles_of(window):
            part = _common(window, tile)
            values = np.ascontiguousarray(cells[_places(part, window)], self.dtype)
            for plane, rows in enumerate(values.reshape(-1, *part.shape)):
                if part.width == tile.width:
                    _write_all(self._file, rows, self._offset(tile, plane, part.row, part.column))
                else:
                    for number, row in enumerate(rows):
                        _write_all(self._file, row, self._offset(tile, plane, part.row + number, part.column))
            with self._lock:
                self._writes += 1
                self._kept.pop((tile.row, tile.column), None)

    def _inside(self, window: Window) -> Window:
        """Give what of a window lies within the raster."""
        return _common(window, Window(0, 0, *self.shape))

    def _tiles_of(self, window: Window) -> Iterator[Window]:
        """Give the tiles that share cells with a window within the raster."""
        side = self._tile
        for row in range(window.row // side * side, window.row + window.height, side):
            for column in range(window.column // side * side, window.column + window.width, side):
                if window.height and window.width:
                    yield _common(Window(row, column, side, side), Window(0, 0, *self.shape))

    def _offset(self, tile: Window, plane: int, row: int, column: int) -> int:
        """Give where a cell of a tile lies in the file [bytes]."""
        number = tile.row // self._tile * self._across + tile.column // self._tile
        above = plane * tile.height + row - tile.row
        cell = number * self._tile_cells + above * tile.width + column - tile.column
        return cell * self.dtype.itemsize

    def _part(self, tile: Window, part: Window) -> NDArray[Any]:
        """Give a part of a tile, from what is kept or from the file; a tile read whole is kept."""
        place = tile.row, tile.column
        with self._lock:
            kept, writes = self._kept.get(place), self._writes
            if kept is not None:
                self._kept.move_to_end(place)
        if kept is not None:
            return kept[_places(part, tile)]
        rows = np.empty((*self._ahead, part.height, tile.width), self.dtype)
        for plane, each in enumerate(rows.reshape(-1, part.height, tile.width)):
            _read_all(self._file, each, self._offset(tile, plane, part.row, tile.column))
        if part.height == tile.height:
            with self._lock:
                # What was written in the meantime may or may not be in it.
                if self._writes == writes:
                    self._kept[place] = rows
                    if len(self._kept) > KEPT_TILES:
                        self._kept.popitem(last=False)
        return rows[..., part.column - tile.column : part.column - tile.column + part.width]


def _common(one: Window, other: Window) -> Window:
    """Give what two windows share; nothing has no height or no width."""
    row, column = max(one.row, other.row), max(one.column, other.column)
    end_row = min(one.row + one.height, other.row + other.height)
    end_column = min(one.column + one.width, other.column + other.width)
    return Window(row, column, max(end_row - row, 0), max(end_column - column, 0))


def _places(part: Window, whole: Window) -> tuple[EllipsisType, slice, slice]:
    """Give where a part of a window lies in it, in every plane."""
    row, column = part.row - whole.row, part.column - whole.column
    return ..., slice(row, row + part.height), slice(column, column + part.width)


def _read_all(file: int, values: NDArray[Any], offset: int) -> None:
    """Read into an array; the system may give less at a time than was asked for."""
    room = values.reshape(-1).view(np.uint8).data
    while room:
        done = os.preadv(file, [room], offset)
        if done == 0:
            raise EOFError("a temporary file has become shorter")
        room, offset = room[done:], offset + done


def _write_all(file: int, values: NDArray[Any], offset: int) -> None:
    """Write an array; the system may take less at a time than it was given."""
    left = values.reshape(-1).view(np.uint8).data
    while left:
        done = os.pwrite(file, left, offset)
        left, offset = left[done:], offset + done
