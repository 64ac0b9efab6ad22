"""One pass: each tile of each input is decoded once, all steps run on it, what was asked for is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from shanshui.base.days import Days
from shanshui.base.grid import Grid, Window
from shanshui.base.zones import ZoneCover
from shanshui.data.rasters import CLASS_NODATA
from shanshui.study.plan import Node, Pass

Write = Callable[[Node, Any, Window], None]


def run_pass(
    walk: Pass,
    grid: Grid,
    sources: Mapping[str, Any],
    tables: Mapping[Node, Any],
    scalars: Mapping[str, Any],
    write: Write,
    *,
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

    def work(window: Window) -> dict[Node, Any]:
        return _run_tile(walk, window, sources, tables, scalars, clipped)

    for window, results in _in_order(work, grid.tiles(), threads):
        for node, value in results.items():
            if node in walk.summed:
                sums[node] = sums[node] + value if node in sums else value
            else:
                write(node, value, window)
        tile_done()
    return sums


def _run_tile(
    walk: Pass,
    window: Window,
    sources: Mapping[str, Any],
    tables: Mapping[Node, Any],
    scalars: Mapping[str, Any],
    clipped: bool,
) -> dict[Node, Any]:
    """Compute one tile; give what is written and what is summed."""
    values: dict[Node, Any] = {}
    covers: dict[int, ZoneCover] = {}

    def cover(cells: int) -> ZoneCover:
        if cells not in covers:
            covers[cells] = sources["zone_cover"].read(None, window.padded(cells))
        return covers[cells]

    def read(node: Node) -> None:
        if node not in values and node in walk.given and sources[node.name].shape == "cell":
            values[node] = sources[node.name].read(node.year, window.padded(walk.pad[node]))

    for task in walk.tasks:
        # Read when it is first needed and let go after the last time: a hundred months never stand there together.
        for needed in task.needed:
            read(needed)
        reach = walk.pad[task.node] + task.step.halo
        seen = {}
        for needed in task.needed:
            if needed.name == "zone_cover":
                seen[needed] = cover(reach)
            elif needed in values:
                seen[needed] = _trimmed(values[needed], walk.pad[needed] - reach)
            else:
                seen[needed] = tables[needed]
        result = task.step(task.arguments(seen), scalars)
        if isinstance(result, np.ndarray) and result.dtype == np.float64:
            # As it is written: whether a later step sees it here or reads it back makes no difference.
            result = result.astype(np.float32)
        values[task.node] = result if task.node in walk.summed else _trimmed(result, task.step.halo)
        for spent in walk.spent[task.node]:
            values.pop(spent, None)
    for node in walk.written:
        read(node)
    kept = {node: _trimmed(values[node], walk.pad[node]) for node in walk.written}
    if clipped:
        region = cover(0).region
        empty = {node: CLASS_NODATA if node in walk.classes else np.float32(np.nan) for node in kept}
        kept = {node: np.where(region, cells, empty[node]) for node, cells in kept.items()}
    # What is summed up is not masked: it knows the zones itself.
    return kept | {node: values[node] for node in walk.summed}


def _trimmed(cells: Any, margin: int) -> Any:
    """Cut so many cells off each side."""
    if margin == 0:
        return cells
    if isinstance(cells, Days):
        return cells.trimmed(margin)
    if not isinstance(cells, np.ndarray):
        return cells
    return cells[..., margin:-margin, margin:-margin]


def _in_order(
    work: Callable[[Window], dict[Node, Any]], windows: Iterator[Window], threads: int
) -> Iterator[tuple[Window, dict[Node, Any]]]:
    """Work on a few windows at once and give the results in the windows' order."""
    if threads == 1:
        for window in windows:
            yield window, work(window)
        return
    waiting: deque[tuple[Window, Future[dict[Node, Any]]]] = deque()
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
