"""Steps that take a raster as a whole: what they see of it, and where what they make lies until the run ends."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from shanshui.base.grid import Grid, Window
from shanshui.base.raster import WritableRaster
from shanshui.base.vocabulary import Shape
from shanshui.data.rasters import CLASS_NODATA
from shanshui.data.scratch import ScratchRaster
from shanshui.study.inputs import Source
from shanshui.study.plan import Node, Task

# What a killed run leaves of them is found by this name.
PREFIX = ".whole-"


@dataclass(frozen=True)
class SourceRaster:
    """A source of the study in one year, as a whole."""

    source: Any
    year: int | None
    grid: Grid
    folder: Path
    family: weakref.WeakSet[ScratchRaster]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.grid.shape

    def tiles(self) -> Iterator[Window]:
        """Give the tiles of the grid."""
        return self.grid.tiles()

    def read(self, window: Window) -> NDArray[Any]:
        """Read a window."""
        cells: NDArray[Any] = self.source.read(self.year, window)
        return cells

    def blank(self, dtype: DTypeLike, planes: int | None = None) -> WritableRaster:
        """Give a new raster of the same shape and tiles."""
        return ScratchRaster(self.folder, self.shape, self.grid.tile, dtype, self.family, planes)


@dataclass(frozen=True)
class StoredRaster:
    """What a pass made tile by tile, as a whole; beyond the grid it is empty."""

    cells: ScratchRaster
    fill: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.cells.shape

    def tiles(self) -> Iterator[Window]:
        """Give the tiles of the grid."""
        return self.cells.tiles()

    def read(self, window: Window) -> NDArray[Any]:
        """Read a window."""
        return self.cells.read(window, self.fill)

    def blank(self, dtype: DTypeLike, planes: int | None = None) -> WritableRaster:
        """Give a new raster of the same shape and tiles."""
        return self.cells.blank(dtype, planes)


@dataclass
class MadeRasters:
    """Rasters of one quantity that a step made as a whole; a pass reads them like a layer."""

    rasters: dict[int | None, WritableRaster] = field(default_factory=dict)
    shape: Shape = "cell"

    def read(self, year: int | None, window: Window) -> NDArray[Any]:
        """Read the cells of one window."""
        return self.rasters[year].read(window)


class WholeRasters:
    """All rasters that one run makes as a whole; they are gone when it ends.

    Parameters
    ----------
    folder : Path
        The output folder: what does not fit into memory lies there.
    grid : Grid or None
        The grid; a study without one has no such step.
    """

    def __init__(self, folder: Path, grid: Grid | None) -> None:
        self._above = folder
        self._grid = grid
        self._made: dict[str, MadeRasters] = {}
        self._stored: dict[Node, StoredRaster] = {}
        # What a step gave at once, until the plan comes to it.
        self._beside: dict[Node, Any] = {}
        self._family: weakref.WeakSet[ScratchRaster] = weakref.WeakSet()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._above))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for raster in list(self._family):
            raster.close()  # what failed may still hold on to it, and it to the disk
        shutil.rmtree(self._folder, ignore_errors=True)

    def store(self, node: Node, cells: NDArray[Any], window: Window) -> None:
        """Keep one tile of what a step will take as a whole."""
        assert self._grid is not None
        if node not in self._stored:
            planes = None if cells.ndim == 2 else len(cells)
            raster = ScratchRaster(self._folder, self._grid.shape, self._grid.tile, cells.dtype, self._family, planes)
            self._stored[node] = StoredRaster(raster, CLASS_NODATA if cells.dtype.kind == "i" else np.nan)
        self._stored[node].cells.write(window, cells)

    def make(
        self,
        task: Task,
        sources: Mapping[str, Source],
        values: Mapping[Node, Any],
        scalars: Mapping[str, Any],
        beside: WholeRasters | None = None,
    ) -> Any:
        """Carry out one task.

        Parameters
        ----------
        task : Task
            Of a step that takes an input as a whole.
        sources : mapping of str to Source
            What the study gives, and what was made before.
        values : mapping of Node to object
            Tables that are there already.
        scalars : mapping of str to object
            Values of keyword parameters.
        beside : WholeRasters, optional
            Where other rasters that a pass made tile by tile are kept.

        Returns
        -------
        object
            What the step gives: a raster, or a table.
        """
        assert self._grid is not None
        if task.node in self._beside:
            return self._beside.pop(task.node)
        stored = self._stored if beside is None else {**beside._stored, **self._stored}
        seen = {
            node: stored.get(node)
            or SourceRaster(sources[node.name], node.year, self._grid, self._folder, self._family)
            for node in task.needed
            if node.name in task.step.whole
        }
        made = task.step(task.arguments({**values, **seen}), scalars)
        if not task.step.together:
            return made
        for name, part in zip(task.step.together, made, strict=True):
            self._beside[Node(name, task.node.year)] = part
        return self._beside.pop(task.node)

    def made(self, node: Node, raster: WritableRaster) -> MadeRasters:
        """Take a raster that a step made; give all years of it so far, as a pass reads them."""
        rasters = self._made.setdefault(node.name, MadeRasters())
        rasters.rasters[node.year] = raster
        return rasters
