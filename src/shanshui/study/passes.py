"""One pass: each tile of each input is decoded once, all steps run on it, what was asked for is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from shanshui.base.days import Days
from shanshui.base.grid import Grid, Window
from shanshui.base.ranges import SpeciesRanges
from shanshui.base.zones import ZoneCover
from shanshui.data.rasters import CLASS_NODATA
from shanshui.study.plan import Node, Pass, Task

Write = Callable[[Node, Any, Window], None]
Result = TypeVar("Result")


def run_pass(
    walk: Pass,
    grid: Grid,
    sources: Mapping[str, Any],
    tables: Mapping[Node, Any],
    scalars: Mapping[str, Any],
    write: Write,
    store: Write,
    *,
    tiles: Iterable[Window] | None = None,
    threads: int = 2,
    clipped: bool = False,
    tile_done: Callable[[], None] = lambda: None,
) -> dict[Node, Any]:
    """Walk over the tiles once.

    Parameters
    ----------
    walk : Pass
        What to compute.
    grid : Grid
        The grid.
    sources : mapping of str to Source
        What is read tile by tile.
    tables : mapping of Node to object
        Tables and vectors that are there already.
    scalars : mapping of str to object
        Values of keyword parameters.
    write : callable
        Takes each finished tile of each written node, in tile order, in one thread.
    store : callable
        Takes each finished tile of each node that a step will take as a whole; these are not clipped.
    tiles : iterable of Window, optional
        Some tiles; all of the grid by default.
    threads : int
        How many tiles are worked on at once. It changes no result.
    clipped : bool
        Whether cells beyond the region are masked.
    tile_done : callable
        Called after each tile.

    Returns
    -------
    dict of Node to object
        What was summed up, folded in tile order.
    """
    sums: dict[Node, Any] = {}
    # What a step gave may stand elsewhere too; what came of adding two of them is the pass's own, and grows in place.
    own: set[Node] = set()

    def work(window: Window) -> _Tile:
        return _run_tile(walk, window, sources, tables, scalars, clipped)

    for window, tile in in_order(work, grid.tiles() if tiles is None else tiles, threads):
        for node, value in tile.summed.items():
            if node in own:
                sums[node] += value
            elif node in sums:
                sums[node] = sums[node] + value
                own.add(node)
            else:
                sums[node] = value
        for node, value in tile.stored.items():
            store(node, value, window)
        for node, value in tile.written.items():
            write(node, value, window)
        tile_done()
    return sums


@dataclass(frozen=True)
class _Tile:
    """What one tile gave: cells to be written, cells that are wanted as a whole, and sums."""

    written: dict[Node, Any]
    stored: dict[Node, Any]
    summed: dict[Node, Any]


def _run_tile(
    walk: Pass,
    window: Window,
    sources: Mapping[str, Any],
    tables: Mapping[Node, Any],
    scalars: Mapping[str, Any],
    clipped: bool,
) -> _Tile:
    work = TileWork(walk, window, sources, tables, scalars)
    for task in walk.tasks:
        work.run(task)
        for spent in walk.spent[task.node]:
            work.values.pop(spent, None)
    kept = {node: work.cells(node) for node in walk.written}
    if clipped:
        region = work.cover(0).region
        empty = {node: CLASS_NODATA if node in walk.classes else np.float32(np.nan) for node in kept}
        kept = {node: np.where(region, cells, empty[node]) for node, cells in kept.items()}
    # What is summed up is not masked: it knows the zones itself. Nor is what a step takes as a whole: what lies beyond
    # the region may be near to a cell within.
    stored = {node: work.cells(node) for node in walk.stored}
    return _Tile(kept, stored, {node: work.values[node] for node in walk.summed})


class TileWork:
    """One tile at work: what was read of it, and what steps made of that.

    Parameters
    ----------
    walk : Pass
        The pass; it says how far beyond the tile each node is needed.
    window : Window
        The tile.
    sources : mapping of str to Source
        What is read tile by tile.
    tables : mapping of Node to object
        Tables and vectors that are there already.
    scalars : mapping of str to object
        Values of keyword parameters.
    values : mutable mapping of Node to object, optional
        What is known of the tile already.
    """

    def __init__(
        self,
        walk: Pass,
        window: Window,
        sources: Mapping[str, Any],
        tables: Mapping[Node, Any],
        scalars: Mapping[str, Any],
        values: MutableMapping[Node, Any] | None = None,
    ) -> None:
        self.values = {} if values is None else values
        self._walk, self._window = walk, window
        self._sources, self._tables, self._scalars = sources, tables, scalars
        self._covers: dict[int, ZoneCover] = {}

    def cover(self, cells: int) -> ZoneCover:
        """Give the zones that lie on the tile and so many cells around it."""
        if cells not in self._covers:
            self._covers[cells] = self._sources["zone_cover"].read(None, self._window.padded(cells))
        return self._covers[cells]

    def read(self, node: Node) -> None:
        """Read what comes from a file, the first time it is needed: a hundred months never stand there together."""
        if node not in self.values and node in self._walk.given and self._sources[node.name].shape == "cell":
            window = self._window.padded(self._walk.pad[node])
            self.values[node] = self._sources[node.name].read(node.year, window)

    def run(self, task: Task) -> None:
        """Carry out one task."""
        pad = self._walk.pad
        reach = pad[task.node] + task.step.halo
        seen = {}
        for needed in task.needed:
            self.read(needed)
            if needed.name == "zone_cover":
                seen[needed] = self.cover(reach)
            elif needed in self.values:
                seen[needed] = _trimmed(self.values[needed], pad[needed] - reach)
            else:
                seen[needed] = self._tables[needed]
        result = task.step(task.arguments(seen), self._scalars)
        if isinstance(result, np.ndarray) and result.dtype == np.float64:
            # As it is written: whether a later step sees it here or reads it back makes no difference.
            result = result.astype(np.float32)
        self.values[task.node] = result if task.node in self._walk.summed else _trimmed(result, task.step.halo)

    def cells(self, node: Node) -> Any:
        """Give the tile's own cells of a node."""
        self.read(node)
        return _trimmed(self.values[node], self._walk.pad[node])


def _trimmed(cells: Any, margin: int) -> Any:
    """Cut so many cells off each side."""
    if margin == 0:
        return cells
    if isinstance(cells, Days | SpeciesRanges):
        return cells.trimmed(margin)
    if not isinstance(cells, np.ndarray):
        return cells
    return cells[..., margin:-margin, margin:-margin]


def in_order(
    work: Callable[[Window], Result], windows: Iterable[Window], threads: int
) -> Iterator[tuple[Window, Result]]:
    """Work on a few windows at once and give the results in the windows' order."""
    if threads == 1:
        for window in windows:
            yield window, work(window)
        return
    waiting: deque[tuple[Window, Future[Result]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for window in windows:
                waiting.append((window, pool.submit(work, window)))
                # One more than there are threads, so that none waits while a tile is written.
                if len(waiting) > threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
