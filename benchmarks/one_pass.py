"""Seven layers in, four services out, in one pass, beside the same reads and writes alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import numpy as np
import rasterio
from rasterio.windows import Window as RasterWindow

from benchmarks.landscape import LAYERS, SERVICES, write_study
from benchmarks.timing import in_turn
from shanshui.data.cog import raster_writer
from shanshui.study.study import open_study


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the ratio of a run to its bare reads and writes."""
    side = 1500 if quick else 6000
    study = write_study(folder / "study", side)

    def bare() -> None:
        _read_and_write(study, folder / "bare")

    def run() -> None:
        shutil.rmtree(study / "out", ignore_errors=True)
        with open_study(study, trust=True) as opened:
            # Fingerprints are taken before: they are read once in a file's life, not once a run.
            opened.make()

    alone, whole = in_turn(bare, run, rounds=1 if quick else 3)
    yield f"{len(LAYERS)} inputs, {len(SERVICES)} outputs, {side} x {side} cells, 2 threads, medians"
    yield f"reads and writes alone   {alone:7.2f} s"
    yield f"shanshui run             {whole:7.2f} s   {whole / alone:.2f} times"


def _read_and_write(study: Path, out: Path) -> None:
    """Read every layer and write as many rasters, tile by tile, and compute nothing."""
    with ExitStack() as stack:
        sources = [
            stack.enter_context(rasterio.open(study / "inputs" / f"{name}.tif", num_threads=2)) for name in LAYERS
        ]
        locks = [Lock() for _ in sources]
        with open_study(study, trust=True) as opened:
            assert opened.inputs.grid is not None
            grid = opened.inputs.grid
        writers = [
            stack.enter_context(
                raster_writer(
                    out / f"{name}.tif", grid.geobox, dtype="float32", nodata=np.nan, tags={}, overview="average"
                )
            )
            for name in SERVICES
        ]

        def read(window: object) -> list[np.ndarray]:
            cells = []
            for source, lock in zip(sources, locks, strict=True):
                with lock:
                    place = RasterWindow(window.column, window.row, window.width, window.height)  # type: ignore[attr-defined]
                    cells.append(source.read(1, window=place))
            return cells

        windows = list(grid.tiles())
        with ThreadPoolExecutor(2) as pool:
            for window, cells in zip(windows, pool.map(read, windows), strict=True):
                for writer, values in zip(writers, cells, strict=False):
                    writer.write(values, window.row, window.column)
