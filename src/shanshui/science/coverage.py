"""How zones cover cells: whole numbers inside, exact shares on the borders, made once for every layer and year."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from shanshui.base.grid import Window
from shanshui.base.zones import ZoneCover
from shanshui.science.cell_shares import UNITS, CellShares

# Shares are kept as multiples of this, so that they add up without rounding, in any order.
SHARE_UNITS = 2**24
# Cover is always made in blocks of this side, wherever the tiles lie: so shares are the same, to the
# last bit, for every tile size.
BLOCK = 512
BLOCKS_KEPT = 96
# Corners of polygons are brought to so many places along a cell's side.
CORNERS_A_CELL = 2.0**30
# A gap or an overlap on a cell smaller than this is the rounding of the shares, not a fact [share units].
ROUNDING = 64
# Up to so many zones are listed for a window without looking which of them occur.
COMBINATIONS_UNSEEN = 1024

_NOBODY = -1
_BORDER = -2
_NO_BORDER = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.float64)


@dataclass(frozen=True)
class Shares:
    """How one zoning covers one block.

    Parameters
    ----------
    whole : int32 ndarray (rows, columns)
        The zone that covers the cell wholly and alone; -1 none at all; -2 see the lists.
    cell : int64 ndarray
        Flat index of border cells, once for each zone on it.
    zone : int32 ndarray
        The zone, from 0 within the zoning.
    share : int64 ndarray
        Its share of the cell [1 / 2**24].
    """

    whole: NDArray[np.int32]
    cell: NDArray[np.int64]
    zone: NDArray[np.int32]
    share: NDArray[np.int64]


class PolygonCover:
    """The cover of cells by polygons.

    Parameters
    ----------
    polygons : ndarray of shapely polygons
        The zones, in the coordinates of the grid.
    transform : Affine
        The grid's, from cells to coordinates.
    """

    def __init__(self, polygons: NDArray[Any], transform: Affine) -> None:
        # In units of cells every cell edge is a whole number, exact in floating point.
        inverse = ~transform
        self._polygons = _polygons_only(
            shapely.transform(polygons, lambda xy: _on_lattice(np.column_stack(inverse @ (xy[:, 0], xy[:, 1]))))
        )
        self._tree = shapely.STRtree(self._polygons)
        self._shares = CellShares(self._polygons)

    def shares(self, row: int, column: int, size: int) -> Shares:
        """Find the cover of one block.

        Parameters
        ----------
        row, column, size : int
            The block [cells].

        Returns
        -------
        Shares
        """
        block = shapely.box(column, row, column + size, row + size)
        near = np.sort(self._tree.query(block))
        nothing = np.empty(0, np.int64)
        whole = np.full((size, size), _NOBODY, np.int32)
        if near.size == 0:
            return Shares(whole, nothing, nothing.astype(np.int32), nothing)
        covering = near[shapely.covers(self._polygons[near], block)]
        if near.size == 1 == covering.size:
            whole = np.broadcast_to(np.int32(near[0]), (size, size))
            return Shares(whole, nothing, nothing.astype(np.int32), nothing)
        cell, owner, parts = self._shares.within(near.astype(np.int64), row, column, size, size)
        share = np.rint(parts / (UNITS / SHARE_UNITS)).astype(np.int64)
        kept = share > 0
        if not kept.any():
            return Shares(whole, nothing, nothing.astype(np.int32), nothing)
        cell, zone_of, share = cell[kept], near[owner[kept]].astype(np.int32), share[kept]
        times = np.bincount(cell, minlength=size * size)
        alone = (share == SHARE_UNITS) & (times[cell] == 1)
        flat = whole.ravel()
        flat[cell] = _BORDER
        flat[cell[alone]] = zone_of[alone]
        rest = np.flatnonzero(~alone)
        rest = rest[np.argsort(cell[rest], kind="stable")]
        return Shares(whole, cell[rest], zone_of[rest], share[rest])


def _on_lattice(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move corners to the nearest multiple of a billionth of a cell, so that zones which meet share their sides."""
    return np.rint(corners * CORNERS_A_CELL) / CORNERS_A_CELL


def _polygons_only(geometries: NDArray[Any]) -> NDArray[Any]:
    """Mend what moving the corners broke, and drop the points and lines that come of it.

    A sliver between two rings may cross itself once its corners are rounded; the cover of a polygon that crosses itself
    is wrong in whole cells.
    """
    kept = geometries.copy()
    broken = ~shapely.is_valid(geometries)
    kept[broken] = shapely.make_valid(geometries[broken])
    for place in np.flatnonzero(shapely.get_type_id(kept) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(kept[place])
        areal = np.isin(shapely.get_type_id(parts), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
        kept[place] = shapely.union_all(parts[areal])
    return kept


class RasterCover:
    """The cover of cells by a raster of zones on the grid itself: every cell has one zone or none.

    Parameters
    ----------
    read : callable
        Gives the zone of each cell of a window, from 0, or -1.
    """

    def __init__(self, read: Callable[[Window], NDArray[np.int32]]) -> None:
        self._read = read

    def shares(self, row: int, column: int, size: int) -> Shares:
        """Find the cover of one block; see `PolygonCover.shares`."""
        nothing = np.empty(0, np.int64)
        return Shares(self._read(Window(row, column, size, size)), nothing, nothing.astype(np.int32), nothing)


class Everywhere:
    """The cover of a zoning with one zone that has no border."""

    def shares(self, row: int, column: int, size: int) -> Shares:
        """Find the cover of one block; see `PolygonCover.shares`."""
        nothing = np.empty(0, np.int64)
        return Shares(np.broadcast_to(np.int32(0), (size, size)), nothing, nothing.astype(np.int32), nothing)


Cover = PolygonCover | RasterCover | Everywhere


@dataclass(frozen=True)
class _Piece:
    """What one block holds of a window; `row` and `column`: where the block begins in the window."""

    block: Shares
    row: int
    column: int
    rows: slice
    columns: slice

    @property
    def whole(self) -> NDArray[np.int32]:
        """The part of the block's `whole` that lies in the window."""
        return self.block.whole[
            self.rows.start - self.row : self.rows.stop - self.row,
            self.columns.start - self.column : self.columns.stop - self.column,
        ]


class Coverage:
    """The cover of a grid by several zonings, window by window.

    Parameters
    ----------
    covers : sequence of Cover
        One a zoning; the first is the region, with its single zone.
    sizes : sequence of int
        How many zones each zoning has.
    shape : (int, int)
        Rows and columns of the grid; beyond it there is no region.
    """

    def __init__(self, covers: Sequence[Cover], sizes: Sequence[int], shape: tuple[int, int]) -> None:
        self._covers = list(covers)
        self._shape = shape
        # Each zoning's zones, then its outside.
        self._first = np.concatenate([[0], np.cumsum(np.asarray(sizes) + 1)]).astype(np.int64)
        self._outside = (self._first[1:] - 1).astype(np.int32)
        self._blocks: OrderedDict[tuple[int, int, int], Shares] = OrderedDict()
        self._lock = threading.Lock()

    def window(self, window: Window) -> ZoneCover:
        """Find the cover of one window.

        Parameters
        ----------
        window : Window
            Any window.

        Returns
        -------
        ZoneCover
            The same for a cell in whatever window it is asked for.
        """
        pieces = [self._pieces(k, window) for k in range(len(self._covers))]
        rows, columns = self._shape
        if 0 <= window.row <= rows - window.height and 0 <= window.column <= columns - window.width:
            found = self._without_border(pieces, window)
            if found is not None:
                return found
        whole = np.empty((len(self._covers), *window.shape), np.int32)
        for k, layer in enumerate(pieces):
            for piece in layer:
                whole[k, piece.rows, piece.columns] = piece.whole
        whole[0, : max(-window.row, 0)] = _NOBODY
        whole[0, max(rows - window.row, 0) :] = _NOBODY
        whole[0, :, : max(-window.column, 0)] = _NOBODY
        whole[0, :, max(columns - window.column, 0) :] = _NOBODY
        signature, members = _signatures(whole, self._first, self._outside)
        border = np.flatnonzero(signature == -1)
        if border.size == 0:
            return ZoneCover(signature, members, *_NO_BORDER)
        layers = [Shares(whole[k], *_listed(layer, window)) for k, layer in enumerate(pieces)]
        return ZoneCover(signature, members, *self._border(layers, border))

    def _without_border(self, pieces: list[list[_Piece]], window: Window) -> ZoneCover | None:
        """Give the cover of a window that lies inside one zone of every zoning but one, and has no border.

        That one's zones are the combinations then: nothing needs to be looked up.
        """
        ranges = np.array([_range(layer) for layer in pieces])
        lowest, highest = ranges.T
        telling = np.flatnonzero(lowest != highest)
        k = int(telling[0]) if telling.size else 0
        combinations = int(highest[k] - lowest[k]) + 1
        if lowest.min() < 0 or telling.size > 1 or combinations > COMBINATIONS_UNSEEN:
            return None
        members = np.tile(lowest + self._first[:-1], (combinations, 1)).astype(np.int32)
        members[:, k] += np.arange(combinations, dtype=np.int32)
        signature = np.empty(window.shape, np.int32)
        for piece in pieces[k]:
            np.subtract(piece.whole, np.int32(lowest[k]), out=signature[piece.rows, piece.columns])
        return ZoneCover(signature, members, *_NO_BORDER)

    def _pieces(self, k: int, window: Window) -> list[_Piece]:
        """Find what the blocks of one zoning hold of a window."""
        pieces = []
        last_row, last_column = window.row + window.height, window.column + window.width
        for i in range(window.row // BLOCK, -(-last_row // BLOCK)):
            for j in range(window.column // BLOCK, -(-last_column // BLOCK)):
                # In the window's own rows and columns.
                top, left = i * BLOCK - window.row, j * BLOCK - window.column
                rows = slice(max(top, 0), min(top + BLOCK, window.height))
                columns = slice(max(left, 0), min(left + BLOCK, window.width))
                pieces.append(_Piece(self._block(k, i, j), top, left, rows, columns))
        return pieces

    def _block(self, k: int, i: int, j: int) -> Shares:
        key = (k, i, j)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
            block = self._covers[k].shares(i * BLOCK, j * BLOCK, BLOCK)
            self._blocks[key] = block
            if len(self._blocks) > BLOCKS_KEPT * len(self._covers):
                self._blocks.popitem(last=False)
            return block

    def _border(
        self, layers: list[Shares], border: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """List every zone on every border cell, the outside of each zoning among them.

        Shares of one zoning that fill the region's share but for their rounding are made to fill it exactly.
        """
        region = layers[0].whole.ravel()
        # The region's share of each border cell: whole, or what its own border leaves.
        in_region = np.zeros(region.size, np.int64)
        in_region[border] = np.where(region[border] >= 0, SHARE_UNITS, 0)
        at_edge = np.isin(layers[0].cell, border)
        in_region[layers[0].cell[at_edge]] = layers[0].share[at_edge]
        cells, zones, shares = [border], [np.zeros(border.size, np.int32)], [in_region[border]]
        for k, layer in enumerate(layers[1:], start=1):
            listed = np.isin(layer.cell, border)
            cell, zone, share = layer.cell[listed], layer.zone[listed] + self._first[k], layer.share[listed]
            plain = border[layer.whole.ravel()[border] >= 0]
            cell = np.concatenate([cell, plain])
            zone = np.concatenate([zone, layer.whole.ravel()[plain] + self._first[k]])
            share = np.concatenate([share, np.minimum(SHARE_UNITS, in_region[plain])])
            order = np.lexsort((zone, cell))
            cell, zone, share = cell[order], zone[order], share[order]
            left_over = in_region.copy()
            np.subtract.at(left_over, cell, share)
            # Rounding goes to the largest share of the cell (the last one, when sorted by share).
            by_share = np.lexsort((share, cell))
            last = np.flatnonzero(np.diff(cell[by_share], append=-1))
            largest = by_share[last]
            rounding = np.abs(left_over[cell[largest]]) <= ROUNDING
            share[largest[rounding]] += left_over[cell[largest[rounding]]]
            left_over[cell[largest[rounding]]] = 0
            bare = border[left_over[border] > 0]
            cells += [cell, bare]
            zones += [zone.astype(np.int32), np.full(bare.size, self._outside[k], np.int32)]
            shares += [share, left_over[bare]]
        share = np.concatenate(shares)
        kept = share > 0
        return np.concatenate(cells)[kept], np.concatenate(zones)[kept], share[kept] / SHARE_UNITS


def _range(pieces: list[_Piece]) -> tuple[int, int]:
    """Give the lowest and the highest zone of a window; negative where there are borders or gaps."""
    # Of a block that is one zone all over, one cell tells all.
    parts = [whole[:1, :1] if whole.strides == (0, 0) else whole for whole in (piece.whole for piece in pieces)]
    lowest = min(int(part.min()) for part in parts)
    return lowest, lowest if lowest < 0 else max(int(part.max()) for part in parts)


def _listed(pieces: list[_Piece], window: Window) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Put the lists of one zoning together, for the cells of a window."""
    cells, zones, shares = [], [], []
    for piece in pieces:
        row, column = piece.block.cell // BLOCK + piece.row, piece.block.cell % BLOCK + piece.column
        here = (row >= piece.rows.start) & (row < piece.rows.stop)
        here &= (column >= piece.columns.start) & (column < piece.columns.stop)
        cells.append(row[here] * window.width + column[here])
        zones.append(piece.block.zone[here])
        shares.append(piece.block.share[here])
    cell = np.concatenate(cells)
    order = np.argsort(cell, kind="stable")
    return cell[order], np.concatenate(zones)[order], np.concatenate(shares)[order]


def _signatures(
    whole: NDArray[np.int32], first: NDArray[np.int64], outside: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number the combinations of zones that occur.

    Cells mostly repeat a neighbour; only where none does is the combination looked up.
    """
    origin, heads = _runs(whole)
    zones = whole.reshape(len(whole), -1)[:, heads]
    number = np.full(heads.size, -1, np.int32)
    inside = ~(zones == _BORDER).any(axis=0)
    # Number the combinations layer by layer: sorting whole numbers is many times faster than sorting columns.
    key = np.zeros(int(inside.sum()), np.int64)
    for layer in zones[:, inside]:
        _, key = np.unique((key << 32) | (layer + 1), return_inverse=True)
    _, example, number[inside] = np.unique(key, return_index=True, return_inverse=True)
    number[zones[0] == _NOBODY] = -2
    combinations = zones[:, inside][:, example]
    members = np.where(combinations >= 0, combinations + first[: len(whole), None], outside[:, None])
    return _spread(origin, number), np.ascontiguousarray(members.T, np.int32)


@numba.njit(cache=True, nogil=True)
def _runs(whole):  # type: ignore[no-untyped-def]
    """Tell of each cell whether it repeats the one before (0), the one above (1) or neither (2), and list the last."""
    layers, rows, columns = whole.shape
    origin = np.empty((rows, columns), np.uint8)
    heads = np.empty(64, np.int64)
    count = 0
    before = np.empty(columns, np.bool_)
    above = np.empty(columns, np.bool_)
    for i in range(rows):
        before[:] = True
        before[0] = False
        above[:] = i > 0
        for k in range(layers):
            line, other = whole[k, i], whole[k, max(i - 1, 0)]
            for j in range(1, columns):
                before[j] &= line[j] == line[j - 1]
            for j in range(columns):
                above[j] &= line[j] == other[j]
        for j in range(columns):
            if before[j]:
                origin[i, j] = 0
            elif above[j]:
                origin[i, j] = 1
            else:
                origin[i, j] = 2
                if count == heads.size:
                    larger = np.empty(2 * count, np.int64)
                    larger[:count] = heads
                    heads = larger
                heads[count] = i * columns + j
                count += 1
    return origin, heads[:count].copy()


@numba.njit(cache=True, nogil=True)
def _spread(origin, number):  # type: ignore[no-untyped-def]
    """Give every cell the number of the cell that it repeats."""
    signature = np.empty(origin.shape, np.int32)
    head = 0
    for i in range(origin.shape[0]):
        for j in range(origin.shape[1]):
            if origin[i, j] == 0:
                signature[i, j] = signature[i, j - 1]
            elif origin[i, j] == 1:
                signature[i, j] = signature[i - 1, j]
            else:
                signature[i, j] = number[head]
                head += 1
    return signature
