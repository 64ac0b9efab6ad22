"""The best set of cells of a grid when every side between a chosen cell and one that is not has a price."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shanshui.science.grid_cut_trees import (
    ACTIVE,
    ORPHAN,
    PARENT,
    SINK,
    SOURCE,
    TREE,
    fill_capacity,
    grow_trees,
    meet_neighbours,
    settle_roots,
)

# Prices above this could overflow the sum of both directions of a side.
GREATEST_PRICE = 2**29
_LAST_CLOCK = 2**30


class GridCut:
    """An exact minimum cut on a grid, which can be solved again after its gains have changed.

    Chosen is the set of cells that maximises the sum of their gains less the prices of the sides between a chosen cell
    and one that is not; of several such sets the smallest, which is part of all the others.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    right, down : int or int32 ndarray (rows, columns) or (rows, 1)
        Price of the side between a cell and its neighbour to the right, and below; at least 0, at most 2^29.
    down_right, down_left : int or int32 ndarray (rows, columns) or (rows, 1)
        With 8 neighbours: that of the diagonal steps. Both or none.
    holes : bool ndarray (rows, columns)
        Cells that are no decision: they are never chosen, and no side of them has a price. None by default.

    Attributes
    ----------
    residual : int32 ndarray (rows, columns)
        What is left of the gain of each cell after the flow. Add to it the gains at the beginning, and later every
        change of a gain; keep it 0 in holes and each gain within 2^30.

    Notes
    -----
    A maximum flow by two search trees that are kept from one augmentation, and from one solution, to the next: Boykov
    and Kolmogorov (2004), An experimental comparison of min-cut/max-flow algorithms for energy minimization in vision,
    IEEE Transactions on Pattern Analysis and Machine Intelligence 26(9): 1124-1137; changes of gains as in Kohli and
    Torr (2007), Dynamic graph cuts for efficient inference in Markov random fields, ibid. 29(12): 2079-2088. The grid
    itself is the graph: 29 bytes a cell with 4 neighbours, 45 with 8. With several threads each solves a strip of rows
    whose seams are closed; then the seams are opened. The chosen set is what the source still reaches, which is the
    same for every maximum flow.

    Examples
    --------
    >>> cut = GridCut((1, 4), right=2, down=0)
    >>> cut.residual += np.array([[5, -1, 3, -9]], np.int32)
    >>> cut.solve()
    5
    >>> cut.chosen().astype(int).tolist()
    [[1, 1, 1, 0]]
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        right: ArrayLike,
        down: ArrayLike,
        down_right: ArrayLike | None = None,
        down_left: ArrayLike | None = None,
        holes: NDArray[np.bool_] | None = None,
    ) -> None:
        rows, columns = shape
        self.shape = shape
        given: list[ArrayLike] = [right, down]
        if down_right is not None and down_left is not None:
            given += [down_right, down_left]
        prices = []
        for price in given:
            known = np.asarray(price)
            if known.size and (known.min() < 0 or known.max() > GREATEST_PRICE):
                raise ValueError(f"a price must lie between 0 and {GREATEST_PRICE}")
            prices.append(np.atleast_2d(np.ascontiguousarray(known, np.int32)))
        steps = [1, columns, columns + 1, columns - 1][: len(prices)]
        self._offsets = np.array([sign * step for step in steps for sign in (1, -1)], np.int64)
        # Room above and below for the neighbours of the first and the last row.
        self._start = columns + 1
        self._end = self._start + rows * columns
        cells = self._end + columns + 1
        self._capacity = np.zeros(cells * len(self._offsets), np.int32)
        self._residual = np.zeros(cells, np.int32)
        self._state = np.zeros(cells, np.uint8)
        self._stamp = np.zeros(cells, np.int32)
        self._distance = np.zeros(cells, np.int32)
        self._clock = 1
        self._fresh = True
        self.residual = self._residual[self._start : self._end].reshape(shape)
        nowhere = np.zeros((1, 1), np.bool_) if holes is None else holes
        for side, price in enumerate(prices):
            fill_capacity(self._capacity, nowhere, price, side, self._offsets, self._start)

    def solve(self, threads: int = 1) -> int:
        """Find the greatest sum of gains less prices.

        Parameters
        ----------
        threads : int
            How many strips are solved at the same time; neither the value nor the chosen set depends on it.

        Returns
        -------
        int
            The greatest value.
        """
        if self._clock > _LAST_CLOCK:
            self._state[:] = 0
            self._clock = 1
            self._stamp[:] = 0
        rows, columns = self.shape
        strips = max(1, min(threads, rows // 2))
        edges = [self._start + columns * (rows * strip // strips) for strip in range(strips + 1)]
        closed = [self._close(edge) for edge in edges[1:-1]]
        if strips == 1:
            self._clock = self._solve_strip(edges[0], edges[1])
        else:
            with ThreadPoolExecutor(strips) as pool:
                self._clock = max(pool.map(self._solve_strip, edges[:-1], edges[1:]))
        self._fresh = False
        for edge, kept in zip(edges[1:-1], closed, strict=True):
            self._open(edge, kept)
            self._clock, _ = self._grow(edge - columns, edge + columns)
        if strips > 1:
            self._grow_all(edges[0], edges[-1])
        return self.value()

    def value(self) -> int:
        """Give the sum of what is left of the source: an upper bound of the greatest value at any time."""
        return sum(int(np.maximum(row, 0).sum(dtype=np.int64)) for row in self.residual)

    def chosen(self) -> NDArray[np.bool_]:
        """Give the smallest best set.

        Returns
        -------
        bool ndarray (rows, columns)
            True for chosen cells.
        """
        return np.asarray((self.trees() & TREE) == SOURCE)

    def greatest(self) -> NDArray[np.bool_]:
        """Give the greatest best set, of which all others are part; holes and what they enclose are in it.

        Returns
        -------
        bool ndarray (rows, columns)
            True for chosen cells.
        """
        return np.asarray((self.trees() & TREE) != SINK)

    def trees(self) -> NDArray[np.uint8]:
        """Give the state of each cell; its bits `TREE` are `SOURCE` for the smallest best set.

        Returns
        -------
        uint8 ndarray (rows, columns)
            A view, not a copy.
        """
        return self._state[self._start : self._end].reshape(self.shape)

    def _solve_strip(self, first: int, last: int) -> int:
        parts = self._capacity, self._residual, self._state, self._stamp, self._distance, self._offsets
        if self._fresh:
            meet_neighbours(self._capacity, self._residual, self._offsets, first, last)
        clock: int = settle_roots(*parts, first, last, self._clock)
        left = True
        while left:
            clock, left = grow_trees(*parts, self.shape[1], first, last, clock)
        return clock

    def _grow(self, first: int, last: int) -> tuple[int, bool]:
        parts = self._capacity, self._residual, self._state, self._stamp, self._distance, self._offsets
        clock, left = grow_trees(*parts, self.shape[1], first, last, self._clock)
        return clock, left

    def _grow_all(self, first: int, last: int) -> None:
        left = True
        while left:
            self._clock, left = self._grow(first, last)

    def _sides(self, edge: int) -> Sequence[tuple[slice, int]]:
        """Name the places of the capacity that lead over a seam: downwards above it, upwards below it."""
        columns, directions = self.shape[1], len(self._offsets)
        above = slice((edge - columns) * directions, edge * directions)
        below = slice(edge * directions, (edge + columns) * directions)
        down = range(2, directions, 2)
        return [(above, direction) for direction in down] + [(below, direction + 1) for direction in down]

    def _close(self, edge: int) -> list[NDArray[np.int32]]:
        directions, columns = len(self._offsets), self.shape[1]
        kept = []
        for place, direction in self._sides(edge):
            side = self._capacity[place][direction::directions]
            kept.append(side.copy())
            side[:] = 0
        for first, upwards in ((edge - columns, 0), (edge, 1)):
            state = self._state[first : first + columns]
            parent = state & PARENT
            across = ((state & TREE) != 0) & (parent >= 2) & (parent < len(self._offsets)) & (parent % 2 == upwards)
            state[across] = state[across] & (TREE | ACTIVE) | ORPHAN
        return kept

    def _open(self, edge: int, kept: list[NDArray[np.int32]]) -> None:
        directions, columns = len(self._offsets), self.shape[1]
        for (place, direction), side in zip(self._sides(edge), kept, strict=True):
            self._capacity[place][direction::directions] = side
        state = self._state[edge - columns : edge + columns]
        state[(state & TREE) != 0] |= ACTIVE
