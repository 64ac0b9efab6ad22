"""One service graded by cumulated value, from reading it to the classes on disk, beside bare reads and writes.

The service is a layer, so that its first reading is counted too; made by the same run, it is summed up as it is made.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.windows import Window as RasterWindow

from benchmarks.landscape import BLOCK, CRS
from shanshui.base.grid import Window
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.importance import graded
from shanshui.data.cog import raster_writer
from shanshui.science.cumulative import BinSums, guessed_bins, sum_by_value, sum_in_bins
from shanshui.study.study import open_study

SERVICE = "water_conservation"
RUN = """
import sys, time
from benchmarks.peak import peak_kilobytes
from shanshui.study.study import open_study
begun = time.perf_counter()
with open_study(sys.argv[1]) as study:
    study.make([sys.argv[2]])
print(time.perf_counter() - begun, peak_kilobytes())
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print nanoseconds a cell of the kernels, then seconds of a run beside bare ones, and its peak memory."""
    yield from _kernels()
    peaks = []
    for side in (1000, 2000) if quick else (4000, 20000):
        study = write_study(folder / str(side), side)
        reading = _timed(lambda study=study: _walk(study, None))
        told = subprocess.run(
            [sys.executable, "-c", RUN, str(study), f"{SERVICE}_importance"], capture_output=True, text=True, check=True
        )
        seconds, kilobytes = (float(word) for word in told.stdout.split()[-2:])
        with rasterio.open(study / "out" / "rasters" / f"{SERVICE}_importance.tif") as made:
            classes = made.read(1)
        bare = _timed(lambda study=study, classes=classes: _walk(study, classes))
        peaks.append(kilobytes / 1024)
        yield (
            f"{side:6d} x {side:<6d} graded {seconds:6.1f} s   read once and classes written {bare:6.1f} s, "
            f"{seconds / bare:.2f} times   read twice and written {bare + reading:6.1f} s, "
            f"{seconds / (bare + reading):.2f} times   peak {peaks[-1]:6.0f} MB"
        )
        shutil.rmtree(study)
    yield f"ratio of the peaks {peaks[1] / peaks[0]:.2f}"


def write_study(folder: Path, side: int) -> Path:
    """Write a study of one service: smooth, with noise, a tenth without data."""
    (folder / "inputs").mkdir(parents=True)
    geobox = GeoBox((side, side), Affine(30.0, 0, 500_000, 0, -30.0, 4_000_000), CRS)
    path = folder / "inputs" / f"{SERVICE}.tif"
    with raster_writer(path, geobox, dtype="float32", nodata=-9999, tags={}, overview="average") as raster:
        for row in range(0, side, BLOCK):
            for column in range(0, side, BLOCK):
                shape = min(BLOCK, side - row), min(BLOCK, side - column)
                y = (row + np.arange(shape[0], dtype=np.float32))[:, None]
                x = (column + np.arange(shape[1], dtype=np.float32))[None, :]
                wave = 1.1 + np.sin(x / 611) * np.cos(y / 907)
                noise = np.random.default_rng([row, column]).random(shape, np.float32)
                raster.write(np.where(noise < 0.1, -9999, 300 * wave * (1 + noise)).astype(np.float32), row, column)
    (folder / "study.toml").write_text(
        f'[study]\nname = "grading"\n[grid]\nlike = "{SERVICE}"\n'
        f'[layers.{SERVICE}]\npath = "inputs/{SERVICE}.tif"\nunit = "mm"\n'
    )
    return folder


def _kernels() -> Iterator[str]:
    """Tell what each kernel costs, one thread."""
    side = 2000
    nothing = np.empty(0, np.int64)
    values = np.random.default_rng(1).gamma(2, 100, (side, side)).astype(np.float32)
    areas = np.full(values.shape, 900.0)
    cover = ZoneCover(np.zeros(values.shape, np.int32), np.zeros((1, 1), np.int32), nothing, nothing, areas[:0].ravel())
    sums = sum_by_value(cover, values, areas)
    part = sum_in_bins(cover, values, areas, guessed_bins(sums, (50.0, 80.0)))

    def added(total: BinSums = part + part) -> None:
        total += sum_in_bins(cover, values, areas, part.bins)

    breaks = pd.DataFrame({"code": [1, 2, 3], "least": [np.nan, 150.0, 300.0]})
    for title, work in (
        ("sums by value", lambda: sum_by_value(cover, values, areas)),
        ("cells in the guessed bins", lambda: sum_in_bins(cover, values, areas, part.bins)),
        ("the same, added up", added),
        ("classes", lambda: graded(values, breaks)),
    ):
        work()
        seconds = min(_timed(work) for _ in range(3))
        yield f"{title}: {seconds / values.size * 1e9:.1f} ns a cell (1 thread)"


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _walk(study: Path, classes: np.ndarray | None) -> None:
    """Read the service tile by tile and, where classes are given, write them."""
    with open_study(study) as opened:
        assert opened.inputs.grid is not None
        grid = opened.inputs.grid
    lock = Lock()
    windows = list(grid.tiles())
    with rasterio.open(study / "inputs" / f"{SERVICE}.tif", num_threads=2) as source, ThreadPoolExecutor(2) as pool:

        def read(window: Window) -> None:
            with lock:
                source.read(window=RasterWindow(window.column, window.row, window.width, window.height))

        reads = zip(windows, pool.map(read, windows), strict=True)
        if classes is None:
            list(reads)
            return
        with raster_writer(
            study / "bare.tif", grid.geobox, dtype="uint8", nodata=255, tags={}, overview="mode"
        ) as writer:
            for window, _ in reads:
                rows = slice(window.row, window.row + window.height)
                columns = slice(window.column, window.column + window.width)
                writer.write(classes[rows, columns], window.row, window.column)
