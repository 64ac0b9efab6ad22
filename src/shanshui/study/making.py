"""Carrying out a plan: what it makes is written, product by product, and each gets its receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shanshui.base.errors import StudyError
from shanshui.base.grid import Grid, Window
from shanshui.study.beforehand import find_beforehand, tables_of
from shanshui.study.inputs import TableSource
from shanshui.study.passes import run_pass
from shanshui.study.plan import Given, Made, Missing, Node, Pass, Plan, Resolver, make_plan
from shanshui.study.products import RasterOutputs, WrittenRasters, column_types
from shanshui.study.progress import Progress
from shanshui.study.receipts import receipt
from shanshui.study.whole import WholeRasters

if TYPE_CHECKING:
    from shanshui.study.study import Study

# A tile with all its arrays shall not take more than this [bytes]; but no tile becomes smaller than that [cells], or
# the blocks of most files would be decoded several times.
TILE_BYTES = 256 * 1024 * 1024
SMALLEST_TILE = 512


class Making:
    """One run of a study.

    Parameters
    ----------
    study : Study
        The study; this run alone holds its output folder.
    whole : WholeRasters
        Takes what the run makes as a whole.
    threads : int
        How many tiles are worked on at once.
    progress : Progress
        Told of every tile.
    """

    def __init__(self, study: Study, whole: WholeRasters, threads: int, progress: Progress) -> None:
        self._study, self._whole = study, whole
        self._threads, self._progress = threads, progress
        self._vocabulary = study.catalogue.vocabulary
        self._values: dict[Node, Any] = {}
        self._files: dict[str, list[Path]] = {}
        self._empty: set[Node] = set()

    def carry_out(self, stale: list[str]) -> None:
        """Make these products, each with its receipt."""
        study = self._study
        made_keys = study.keys(stale)
        # A table that stands there and is current is read back rather than made again.
        standing = {
            name: TableSource(study.output.read_table(self._vocabulary[name]), made_keys[name], [])
            for name in study.resolver.closure(stale)
            if name not in stale and self._stands(name, made_keys[name])
        }
        sources: dict[str, Any] = study.inputs.sources | standing
        resolver = Resolver(study.catalogue, sources, study.file.methods, study.scalars)
        legends = [f"{name}_legend" for name in stale if self._vocabulary[name].measure == "class"]
        legends = [name for name in legends if name in self._vocabulary and not isinstance(resolver[name], Missing)]
        plan = make_plan([*stale, *legends], resolver, study.catalogue)
        self._values = tables_of(sources, plan)
        problems = find_beforehand(study, plan, self._values)
        if problems:
            raise StudyError(problems)
        self._files = {name: [] for name in stale}
        open_products = list(stale)
        for name in stale:  # a table of the study's own that is a product stands there like any other
            if self._vocabulary[name].shape == "table" and isinstance(resolver[name], Given):
                self._write(Node(name))
        for level in plan.levels or range(1):
            for task in plan.between.get(level, ()):
                if task.node in self._values:
                    pass  # made beforehand
                elif task.step.sampled:
                    with ExitStack() as stack:
                        sample = plan.samples[task.node]
                        readable = sources | self._written(plan, level, sample, sources, stack)
                        self._values |= self._sample(sample, readable)
                elif not task.step.whole:
                    self._values[task.node] = task.step(task.arguments(self._values), study.scalars)
                else:
                    self._progress.start(1, task.node.name)
                    made = self._whole.make(task, sources, self._values, study.scalars)
                    if self._vocabulary[task.node.name].shape == "cell":
                        sources[task.node.name] = self._whole.made(task.node, made)
                    else:
                        self._values[task.node] = made
                    refuse_bad_values(study, task.needed)
                    self._progress.advance()
                if task.node in self._values and task.node.name in self._files:
                    self._write(task.node)
            walk = self._busy(plan.passes[level]) if level in plan.passes else None
            if walk and (walk.tasks or walk.written):
                with ExitStack() as stack:
                    readable = sources | self._written(plan, level, walk, sources, stack)
                    self._values |= self._walk(walk, readable)
            for name in [n for n in open_products if len(self._files[n]) == len(study.years(n) or (None,))]:
                self._write_receipt(name, made_keys[name])
                open_products.remove(name)

    def _write(self, node: Node) -> None:
        """Write a table or a vector."""
        path = self._study.output.write(self._vocabulary[node.name], node.year, self._values[node])
        self._files[node.name].append(path)

    def _write_receipt(self, name: str, key: str) -> None:
        value = next((self._values[node] for node in self._values if node.name == name), None)
        columns = column_types(value) if isinstance(value, pd.DataFrame) else None
        told = receipt(self._study, name, key, columns)
        told["empty"] = sorted(str(node) for node in self._empty if node.name == name)
        self._study.output.write_receipt(name, told, self._files[name])

    def _written(
        self, plan: Plan, level: int, walk: Pass, sources: Mapping[str, Any], stack: ExitStack
    ) -> dict[str, WrittenRasters]:
        """Open the products of earlier passes that one pass reads, and that no source gives."""
        earlier = {node for other in plan.passes if other < level for node in plan.passes[other].written}
        years: dict[str, list[int | None]] = {}
        for node in walk.given:
            if node in earlier and node.name not in sources:
                years.setdefault(node.name, []).append(node.year)
        found = {}
        for name in years:
            grid = self._study.inputs.grid
            assert grid is not None
            found[name] = WrittenRasters(self._study.output, self._vocabulary[name], years[name], grid)
            stack.callback(found[name].close)
        return found

    def _stands(self, name: str, key: str) -> bool:
        """Tell whether a table that a step makes stands in the output and is current."""
        found = self._study.resolver[name]
        if not isinstance(found, Made) or found.years or self._vocabulary[name].shape != "table":
            return False
        return self._study.output.current(name, key)

    def _busy(self, walk: Pass) -> Pass:
        """Leave out sums for which a table leaves nothing to do; they are None."""
        idle = {
            task.node
            for task in walk.tasks
            if task.node in walk.summed
            and any(needed.name in task.step.if_any and self._values[needed].empty for needed in task.needed)
        }
        self._values |= dict.fromkeys(idle)
        return walk.without(idle) if idle else walk

    def _sample(self, walk: Pass, sources: dict[str, Any]) -> dict[Node, Any]:
        """Sum up over a few tiles."""
        study = self._study
        grid = study.inputs.grid
        assert grid is not None
        tiles = list(grid.sample())
        self._progress.start(len(tiles), ", ".join(node.name for node in walk.summed))
        return run_pass(
            walk,
            grid,
            sources,
            self._values,
            study.scalars,
            _nothing,
            _nothing,
            tiles=tiles,
            threads=self._threads,
            tile_done=self._progress.advance,
        )

    def _walk(self, walk: Pass, sources: dict[str, Any]) -> dict[Node, Any]:
        """Carry out one pass; its rasters are put in place together, when all is well."""
        study = self._study
        assert study.inputs.grid is not None
        grid = bounded(study.inputs.grid, walk.planes(self._vocabulary))
        words = ", ".join(dict.fromkeys(task.node.name for task in walk.tasks))
        self._progress.start(sum(1 for _ in grid.tiles()), words)
        with ExitStack() as stack:
            rasters = RasterOutputs(study.output, grid, stack)
            for node in walk.written:
                legend = self._values.get(Node(f"{node.name}_legend"))
                self._files[node.name].append(rasters.open(node, self._vocabulary[node.name], legend))
            sums = run_pass(
                walk,
                grid,
                sources,
                self._values,
                study.scalars,
                rasters.write,
                self._whole.store,
                threads=self._threads,
                clipped=study.inputs.clipped,
                tile_done=self._progress.advance,
            )
            self._empty |= rasters.empty
            refuse_bad_values(study, walk.given)
        return sums


def _nothing(node: Node, cells: Any, window: Window) -> None:
    """Keep no cells: a sample has none."""


def refuse_bad_values(study: Study, read: Iterable[Node]) -> None:
    """Stop where a layer that was read holds what it cannot hold.

    Parameters
    ----------
    study : Study
        The study.
    read : iterable of Node
        What was read.

    Raises
    ------
    StudyError
        With every such value that `Study.check` finds.
    """
    used: dict[str, set[int | None]] = {}
    for node in read:
        used.setdefault(node.name, set()).add(node.year)
    layers = [layer for layer in study.inputs.layers if layer.name in used]
    problems = [problem for layer in layers for problem in layer.problems(used[layer.name])]
    if problems:
        # A run counts a cell as often as it reads it; `check` looks at every cell once.
        raise StudyError([found for found in study.check() if found.severity == "error"] or problems)


def bounded(grid: Grid, planes: float, smallest: int = SMALLEST_TILE) -> Grid:
    """Give the grid with tiles in which so many arrays find room: it changes no byte of the result.

    Parameters
    ----------
    grid : Grid
        The study's grid.
    planes : float
        How many arrays of a tile stand there together.
    smallest : int
        No tile becomes smaller [cells].

    Returns
    -------
    Grid
    """
    tile = grid.tile
    while tile > smallest and planes * tile**2 * np.dtype(np.float32).itemsize > TILE_BYTES:
        tile //= 2
    return replace(grid, tile=tile)
