"""One pass for many draws: each tile of each input is decoded once, and what hangs on no draw is computed once."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shanshui.base.days import Days
from shanshui.base.errors import Problem, StudyError
from shanshui.base.grid import Grid, Window
from shanshui.data.rasters import CLASS_NODATA
from shanshui.science.moments import Moments
from shanshui.study.passes import TileWork, in_order
from shanshui.study.plan import Node, Pass, Task


@dataclass
class Draw:
    """One draw, or the study as it stands.

    Parameters
    ----------
    number : int
        Counted from 1; 0 is the study as it stands.
    scalars : mapping of str to object
        Values of keyword parameters.
    changes : mapping of str to callable
        By layer: what makes its cells those of the draw.
    tables : mapping of str to callable
        By table: what makes it that of the draw.
    values : dict of Node to object
        Tables and sums of this draw.
    made : dict of str to Source
        Rasters of this draw that were made as a whole.
    """

    number: int
    scalars: Mapping[str, Any]
    changes: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    tables: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    values: dict[Node, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def carry_out(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do a part of the work; where that fails, say in which draw."""
        try:
            return work(*arguments)
        except StudyError:
            raise
        except Exception as error:
            if self.number == 0:
                raise
            fault = f"draw {self.number} breaks {name}: {error}"
            raise StudyError(Problem("uncertainty", fault, "narrow the distributions that it hangs on")) from error


@dataclass(frozen=True)
class DrawnPass:
    """What a pass for many draws computes.

    Parameters
    ----------
    walk : Pass
        The pass as it would be without draws.
    moving : collection of str
        What hangs on something uncertain.
    draws : sequence of Draw
        The study as it stands, then the draws.
    quantiles : sequence of float
        Which quantiles are wanted [percent].
    """

    walk: Pass
    moving: Collection[str]
    draws: Sequence[Draw]
    quantiles: Sequence[float]

    @property
    def steady(self) -> tuple[Task, ...]:
        """The tasks that are the same in every draw."""
        return tuple(task for task in self.walk.tasks if task.node.name not in self.moving)

    @property
    def drawn(self) -> tuple[Task, ...]:
        """The tasks that every draw does anew."""
        return tuple(task for task in self.walk.tasks if task.node.name in self.moving)


# Where every draw of one raster goes: its summary's suffix, and the cells of a tile.
Summary = dict[tuple[Node, str], NDArray[Any]]


@dataclass(frozen=True)
class _Tile:
    written: Summary
    lost: dict[Node, int]
    stored: list[dict[Node, Any]]
    summed: list[dict[Node, Any]]


def run_drawn_pass(
    drawn: DrawnPass,
    grid: Grid,
    sources: Mapping[str, Any],
    tables: Mapping[Node, Any],
    write: Callable[[tuple[Node, str], Any, Window], None],
    store: Callable[[Draw | None, Node, Any, Window], None],
    *,
    threads: int = 2,
    clipped: bool = False,
    tile_done: Callable[[], None] = lambda: None,
) -> tuple[dict[Node, Any], dict[Node, int]]:
    """Walk over the tiles once.

    Parameters
    ----------
    drawn : DrawnPass
        What to compute.
    grid : Grid
        The grid.
    sources : mapping of str to Source
        What is read tile by tile.
    tables : mapping of Node to object
        Tables and vectors that are the same in every draw.
    write : callable
        Takes each finished tile of each summary, in tile order, in one thread.
    store : callable
        Takes each finished tile of each node that a step will take as a whole, and its draw.
    threads : int
        How many tiles are worked on at once. It changes no result.
    clipped : bool
        Whether cells beyond the region are masked.
    tile_done : callable
        Called after each tile.

    Returns
    -------
    dict of Node to object, dict of Node to int
        Sums that are the same in every draw (those of a draw go to its values); and how many cells of each written node
        have a value as the study stands and none in some draw.
    """
    sums: dict[Node, Any] = {}
    lost: dict[Node, int] = {}

    def work(window: Window) -> _Tile:
        return _run_tile(drawn, window, sources, tables, clipped)

    for window, tile in in_order(work, grid.tiles(), threads):
        for into, values in zip([sums, *(draw.values for draw in drawn.draws)], tile.summed, strict=True):
            for node, value in values.items():
                into[node] = into[node] + value if node in into else value
        for draw, cells in zip([None, *drawn.draws], tile.stored, strict=True):
            for node, value in cells.items():
                store(draw, node, value, window)
        for key, value in tile.written.items():
            write(key, value, window)
        for node, cells_lost in tile.lost.items():
            lost[node] = lost.get(node, 0) + cells_lost
        tile_done()
    return sums, lost


def _run_tile(
    drawn: DrawnPass, window: Window, sources: Mapping[str, Any], tables: Mapping[Node, Any], clipped: bool
) -> _Tile:
    walk = drawn.walk
    base = TileWork(walk, window, sources, tables, drawn.draws[0].scalars)
    needed_later = {node for task in drawn.drawn for node in task.needed} | {*walk.stored, *walk.summed}
    last = {node: task.node for task in drawn.steady for node in (*task.needed, task.node)}
    for task in drawn.steady:
        base.run(task)
        for node in [node for node, end in last.items() if end == task.node and node not in needed_later]:
            base.values.pop(node, None)
    for node in needed_later:
        if not (node.name in drawn.moving and node.name not in sources):
            base.read(node)
    for node, cells in base.values.items():
        if isinstance(cells, Days):
            base.values[node] = cells.kept()
    region = base.cover(0).region if clipped else None
    summaries = {node: _summary(node, drawn, window) for node in walk.written}
    stored, summed = [_of(walk.stored, base, drawn, moving=False)], []
    summed.append({node: base.values[node] for node in walk.summed if node.name not in drawn.moving})
    for draw in drawn.draws:
        work = _Drawn(walk, window, draw, sources, tables, base)
        for task in drawn.drawn:
            draw.carry_out(str(task.node), work.run, task)
            for spent in walk.spent[task.node]:
                work.own.pop(spent, None)
        for node, summary in summaries.items():
            cells = work.cells(node)
            if region is not None:
                cells = np.where(region, cells, CLASS_NODATA if node in walk.classes else np.float32(np.nan))
            summary.add(cells)
        stored.append(_of(walk.stored, work, drawn, moving=True))
        summed.append({node: work.values[node] for node in walk.summed if node.name in drawn.moving})
    written = {(node, suffix): cells for node, one in summaries.items() for suffix, cells in one.cells().items()}
    return _Tile(written, {node: one.lost for node, one in summaries.items()}, stored, summed)


def _of(nodes: Sequence[Node], work: TileWork, drawn: DrawnPass, moving: bool) -> dict[Node, Any]:
    return {node: work.cells(node) for node in nodes if (node.name in drawn.moving) == moving}


class _Drawn(TileWork):
    """One tile in one draw: what hangs on no draw is taken from what was computed before."""

    def __init__(
        self,
        walk: Pass,
        window: Window,
        draw: Draw,
        sources: Mapping[str, Any],
        tables: Mapping[Node, Any],
        base: TileWork,
    ) -> None:
        self.own: dict[Node, Any] = {}
        for node, cells in base.values.items():
            if node.name in draw.changes:
                self.own[node] = draw.changes[node.name](cells)
        super().__init__(
            walk,
            window,
            ChainMap(draw.made, sources),  # type: ignore[arg-type]
            ChainMap(draw.values, tables),  # type: ignore[arg-type]
            draw.scalars,
            ChainMap(self.own, base.values),
        )
        self._covers = base._covers


class _Amounts:
    """What is kept of the draws of an amount: mean, standard deviation and quantiles."""

    def __init__(self, shape: tuple[int, ...], quantiles: Sequence[float]) -> None:
        self.lost = 0
        self._moments = Moments(shape)
        self._quantiles = quantiles
        self._all: list[NDArray[np.float32]] = []
        self._standing: NDArray[Any] | None = None

    def add(self, cells: NDArray[np.float32]) -> None:
        if self._standing is None:
            self._standing = cells
            return
        self._moments.add(cells)
        if self._quantiles:
            self._all.append(np.array(cells, np.float32))

    def cells(self) -> dict[str, NDArray[np.float32]]:
        assert self._standing is not None
        mean = self._moments.mean
        self.lost = int(np.count_nonzero(np.isfinite(self._standing) & ~np.isfinite(mean)))
        found = {"mean": mean, "standard_deviation": self._moments.standard_deviation}
        if self._quantiles:
            cut = np.quantile(np.stack(self._all), [q / 100 for q in self._quantiles], axis=0)
            found |= {
                f"quantile_{q:02.0f}": part.astype(np.float32) for q, part in zip(self._quantiles, cut, strict=True)
            }
        return found


class _Classes:
    """What is kept of the draws of a class: in which share of them it is that of the study as it stands."""

    def __init__(self, shape: tuple[int, ...], draws: int) -> None:
        self.lost = 0
        self._same = np.zeros(shape, np.int32)
        self._any_lost = np.zeros(shape, np.bool_)
        self._draws = draws
        self._standing: NDArray[Any] | None = None

    def add(self, cells: NDArray[np.int32]) -> None:
        if self._standing is None:
            self._standing = cells
            return
        self._same += cells == self._standing
        self._any_lost |= cells == CLASS_NODATA

    def cells(self) -> dict[str, NDArray[np.float32]]:
        assert self._standing is not None
        known = self._standing != CLASS_NODATA
        self.lost = int(np.count_nonzero(known & self._any_lost))
        share = self._same.astype(np.float32) / np.float32(self._draws)
        return {"confidence": np.where(known, share, np.float32(np.nan))}


def _summary(node: Node, drawn: DrawnPass, window: Window) -> _Amounts | _Classes:
    if node in drawn.walk.classes:
        return _Classes(window.shape, len(drawn.draws) - 1)
    return _Amounts(window.shape, drawn.quantiles)
