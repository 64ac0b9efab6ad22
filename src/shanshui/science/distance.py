"""How far each cell lies from the nearest source, exactly, and which source that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.raster import WholeRaster, WritableRaster

# So many rows are in memory together, in their whole width.
_BAND = 64
NO_SOURCE = -1


def distance_to(
    found: WholeRaster,
    width: WholeRaster,
    height: WholeRaster,
    is_source: Callable[[NDArray[Any]], NDArray[np.bool_]],
    farthest: float,
) -> WritableRaster:
    """Measure the straight distance from each cell's centre to that of the nearest source.

    Parameters
    ----------
    found : WholeRaster
        Holds the sources.
    width, height : WholeRaster
        Sides of the cells [m].
    is_source : callable
        Tells of the cells of a window which are sources. What has no data is one only if this says so.
    farthest : float
        From here on nothing is looked for [m]; infinity for no bound.

    Returns
    -------
    WritableRaster
        float32 [m], 0 at sources; infinity where no source lies within `farthest`.

    Notes
    -----
    distance = min over sources of sqrt(dx**2 + dy**2), exact (Meijster, Roerdink and Hesselink 2000, A general
    algorithm for computing distance transforms in linear time; Felzenszwalb and Huttenlocher 2012, Distance transforms
    of sampled functions): first along each column, down and up, then along each row the lower envelope of the parabolas
    (x - i)**2 + dy_i**2, found as the lower convex hull of the points (i, i**2 + dy_i**2). Time goes by the number of
    cells, whatever the distance. Memory: one tile, and 64 rows in their whole width.

    Rows are as far from each other as in the middle of the grid. A row has the width of its middle cell, and distances
    are measured as if all rows had it: on a grid in degrees a source 50 km to the north at latitude 45 has cells less
    wide by 0.8 percent; on a projected grid the scale varies by about 0.1 percent over a zone.
    """

    def one(cells: NDArray[Any]) -> NDArray[np.bool_]:
        return is_source(cells)[np.newaxis]

    return _Walk(found, width, height, one, (farthest,)).distances(planes=None)


def distances_to(
    found: WholeRaster,
    width: WholeRaster,
    height: WholeRaster,
    is_source: Callable[[NDArray[Any]], NDArray[np.bool_]],
    farthest: Sequence[float],
    told: Callable[[int, NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> WritableRaster:
    """Measure the distance to the nearest source of several kinds, in one walk.

    Parameters
    ----------
    found, width, height : WholeRaster
        As in `distance_to`.
    is_source : callable
        Gives (kinds, rows, columns): which cells of a window are sources of each kind.
    farthest : sequence of float
        For each kind [m].
    told : callable, optional
        Takes the number of a kind and distances (rows, columns) [m], before they are rounded, and gives what is to be
        kept of them; the distances themselves if not given.

    Returns
    -------
    WritableRaster
        float32 (kinds, rows, columns) [m, or what `told` gives]; the distance is infinity where no source of that kind
        lies within its `farthest`.
    """
    return _Walk(found, width, height, is_source, farthest).distances(len(farthest), told)


def nearest_source(
    found: WholeRaster,
    width: WholeRaster,
    height: WholeRaster,
    is_source: Callable[[NDArray[Any]], NDArray[np.bool_]],
    farthest: float,
) -> WritableRaster:
    """Find what stands at the nearest source of each cell.

    Parameters
    ----------
    found, width, height, is_source, farthest : WholeRaster, callable, float
        As in `distance_to`.

    Returns
    -------
    WritableRaster
        int32, the value that `found` has at the nearest source; -1 where no source lies within `farthest`. Of two as
        near as each other it is the one above in the same column, or else the one in the column to the left.
    """

    def one(cells: NDArray[Any]) -> NDArray[np.bool_]:
        return is_source(cells)[np.newaxis]

    return _Walk(found, width, height, one, (farthest,)).values()


class _Walk:
    """Down through the tiles, and up again in bands."""

    def __init__(
        self,
        found: WholeRaster,
        width: WholeRaster,
        height: WholeRaster,
        is_source: Callable[[NDArray[Any]], NDArray[np.bool_]],
        farthest: Sequence[float],
    ) -> None:
        rows, columns = found.shape
        middle = Window(0, columns // 2, rows, 1)
        self._found, self._is_source, self._farthest = found, is_source, farthest
        self._width = np.asarray(width.read(middle), np.float64)[:, 0]
        heights = np.asarray(height.read(middle), np.float64)[:, 0]
        # Where the rows lie, from north to south.
        self._place = np.cumsum(heights) - heights / 2
        # Rows are counted in short numbers where they suffice; the highest stands for no source.
        self._type = np.dtype(np.uint16 if rows <= np.iinfo(np.uint16).max else np.uint32)
        self._none = 2 ** (8 * self._type.itemsize) - 1

    def distances(
        self, planes: int | None, told: Callable[[int, NDArray[np.float64]], NDArray[np.float64]] | None = None
    ) -> WritableRaster:
        """Give the distances, in planes or without."""
        out, columns = self._found.blank(np.float32, planes), self._found.shape[1]
        above, _ = self._look_up(with_values=False)
        below = np.full((len(self._farthest), columns), NO_SOURCE, np.int64)
        for band in self._bands():
            up = above.read(band)
            cells, distance = np.empty(up.shape, np.float32), np.empty(up.shape[1:])
            for kind, farthest in enumerate(self._farthest):
                given = up[kind], self._none, below[kind], band.row, self._place, self._width, farthest
                _spread(*given, distance, None, None, None)
                cells[kind] = distance if told is None else told(kind, distance)
            out.write(band, cells[0] if planes is None else cells)
        return out

    def values(self) -> WritableRaster:
        """Give the values of the nearest sources."""
        out, columns = self._found.blank(np.int32), self._found.shape[1]
        above, value_above = self._look_up(with_values=True)
        assert value_above is not None
        below = np.full(columns, NO_SOURCE, np.int64)
        value_below = np.zeros(columns, np.int32)
        for band in self._bands():
            up = above.read(band)[0]
            distance, cells = np.empty(up.shape), np.empty(up.shape, np.int32)
            given = up, self._none, below, band.row, self._place, self._width, self._farthest[0]
            _spread(*given, distance, value_above.read(band), value_below, cells)
            out.write(band, cells)
        return out

    def _bands(self) -> list[Window]:
        """Give strips of rows, the lowest first."""
        rows, columns = self._found.shape
        return [Window(row, 0, min(_BAND, rows - row), columns) for row in range(0, rows, _BAND)][::-1]

    def _look_up(self, with_values: bool) -> tuple[WritableRaster, WritableRaster | None]:
        """Find how many rows above each cell the next source of its column lies, and what stands there."""
        kinds, columns = len(self._farthest), self._found.shape[1]
        above = self._found.blank(self._type, kinds)
        last = np.full((kinds, columns), NO_SOURCE, np.int64)
        value_above = self._found.blank(np.int32) if with_values else None
        last_value = np.zeros(columns, np.int32)
        for tile in self._found.tiles():
            cells = self._found.read(tile)
            sources = np.ascontiguousarray(self._is_source(cells))
            here = np.s_[tile.column : tile.column + tile.width]
            up = np.empty(sources.shape, self._type)
            for kind in range(kinds):
                _scan_down(sources[kind], tile.row, last[kind, here], self._none, up[kind])
            above.write(tile, up)
            if value_above is not None:
                value_above.write(tile, _values_down(sources[0], cells, last_value[here]))
        return above, value_above


def _values_down(source: NDArray[np.bool_], cells: NDArray[Any], last: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give the value of the last source in each column, down to each cell; `last` is carried on."""
    values = np.where(source, cells, 0).astype(np.int32)
    for row in range(len(values)):
        np.copyto(last, values[row], where=source[row])
        values[row] = last
    return values


@numba.njit(cache=True, nogil=True)
def _scan_down(source, first_row, last, none, up):  # type: ignore[no-untyped-def]
    """Count the rows up to the last source in each column.

    Parameters
    ----------
    source : bool ndarray (rows, columns)
        Which cells are sources.
    first_row : int
        Row of the raster in which the first row lies.
    last : int64 ndarray (columns,)
        Row of the last source above; -1 where there is none. It is carried on.
    none : int
        What stands for no source.
    up : unsigned ndarray (rows, columns)
        Takes the rows [cells].
    """
    rows, columns = source.shape
    for row in range(rows):
        for column in range(columns):
            if source[row, column]:
                last[column] = first_row + row
            up[row, column] = first_row + row - last[column] if last[column] >= 0 else none


@numba.njit(cache=True, nogil=True)
def _spread(  # type: ignore[no-untyped-def]
    up, none, below, first_row, place, width, farthest, distance, value_above, value_below, value
):
    """Find the nearest source of each cell of a band, from the lowest row to the highest.

    Parameters
    ----------
    up : unsigned ndarray (rows, columns)
        Rows up to the next source above in the column; `none` where there is none [cells].
    none : int
        What stands for no source.
    below : int64 ndarray (columns,)
        Row of the next source below the band; -1 where there is none. It is carried on.
    first_row : int
        Row of the raster in which the band begins.
    place, width : float64 ndarray (rows of the raster,)
        Where each row lies and how wide its cells are [m].
    farthest : float
        Bound [m].
    distance : float64 ndarray (rows, columns)
        Takes the distances [m].
    value_above : int32 ndarray (rows, columns) or None
        What stands at the source above.
    value_below : int32 ndarray (columns,) or None
        What stands at the source below. It is carried on.
    value : int32 ndarray (rows, columns) or None
        Takes what stands at the nearest source.
    """
    rows, columns = up.shape
    # Corners of the lower hull: their columns, the squares of their distances along the column, the points' heights.
    at, square, lift = np.empty(columns, np.int64), np.empty(columns), np.empty(columns)
    held = np.empty(columns if value is not None else 0, np.int32)
    for i in range(rows - 1, -1, -1):
        row = first_row + i
        across = width[row]
        last = -1
        for column in range(columns):
            rows_up = up[i, column]
            vertical = np.inf if rows_up == none else place[row] - place[row - rows_up]
            upwards = True
            if rows_up == 0:
                below[column] = row
                if value is not None:
                    value_below[column] = value_above[i, column]
            elif below[column] >= 0 and place[below[column]] - place[row] < vertical:
                vertical = place[below[column]] - place[row]
                upwards = False
            if vertical > farthest or vertical == np.inf:
                continue
            height = (vertical / across) ** 2
            point = height + np.float64(column) * column
            while last > 0 and (point - lift[last]) * (at[last] - at[last - 1]) <= (lift[last] - lift[last - 1]) * (
                column - at[last]
            ):
                last -= 1
            last += 1
            at[last], square[last], lift[last] = column, height, point
            if value is not None:
                held[last] = value_above[i, column] if upwards else value_below[column]
        if last < 0:
            for column in range(columns):
                distance[i, column] = np.inf
                if value is not None:
                    value[i, column] = NO_SOURCE
            continue
        corner = 0
        for column in range(columns):
            nearest = np.float64(column - at[corner]) ** 2 + square[corner]
            while corner < last:
                following = np.float64(column - at[corner + 1]) ** 2 + square[corner + 1]
                if following >= nearest:
                    break
                nearest = following
                corner += 1
            far = across * np.sqrt(nearest)
            within = far <= farthest
            distance[i, column] = far if within else np.inf
            if value is not None:
                value[i, column] = held[corner] if within else NO_SOURCE
