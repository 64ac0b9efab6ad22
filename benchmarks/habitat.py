"""Habitat quality with three threats beside InVEST's own, as a whole run and by its parts.

CPU seconds stand beside those that InVEST 3.20 took for its habitat model on a landscape of the same size, with as many
threats that reach as far, on a machine of this class: they were not measured in the same run.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.windows import Window as RasterWindow

from shanshui.base.grid import Window
from shanshui.data.cog import raster_writer
from shanshui.data.scratch import ScratchRaster
from shanshui.science.distance import distances_to
from shanshui.science.habitat import degradation, impact, quality
from shanshui.science.lookup import values_of_codes
from shanshui.study.study import open_study

TILE = 1024
THREATS = ("urban", "crop", "road")
DISTANCES = (6000.0, 1500.0, 2000.0)
PRODUCTS = ("habitat_degradation", "habitat_quality")
# CPU seconds of InVEST 3.20.2 on 3,000 x 3,000 cells of 30 m.
INVEST = 12.7
LEGEND = """\
code,name,ecosystem
1,forest,forest
2,shrub,shrub
3,grass,grassland
4,crop,cropland
5,built,built
"""
TABLE = """\
threat,maximum_distance_m,weight,decay
urban,6000,1,exponential
crop,1500,0.5,linear
road,2000,0.7,linear
"""
SENSITIVITY = """\
code,habitat,urban,crop,road
1,1,0.8,0.6,0.5
2,0.8,0.7,0.5,0.4
3,0.6,0.6,0.5,0.3
4,0.3,0.4,0,0.2
5,0,0,0,0
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the CPU seconds of a run, of its bare reads and writes, and of the parts between them."""
    side = 1000 if quick else 3000
    study = write_study(folder / "study", side)

    def run() -> None:
        shutil.rmtree(study / "out" / "rasters", ignore_errors=True)
        with open_study(study) as opened:
            opened.make(PRODUCTS)

    run()
    spent = _least(run)
    beside = "" if quick else f"; InVEST's own model {INVEST}, {INVEST / spent:.1f} times as much"
    yield f"{side} x {side} cells, 3 threats: {spent:.2f} CPU s{beside}"
    yield f"reads and writes alone: {_least(lambda: _read_and_write(study, folder)):.2f} CPU s"
    cover, threat = _landscape(side)
    with ScratchRaster(folder, (side, side), TILE, np.float32, planes=3) as threats:
        threats.write(Window(0, 0, side, side), threat)
        with threats.blank(np.float64) as sides:
            sides.write(Window(0, 0, side, side), np.full((side, side), 30.0))

            def left(kind: int, distance: np.ndarray) -> np.ndarray:
                return impact(distance, DISTANCES[kind], kind == 0)

            def walk() -> ScratchRaster:
                return distances_to(threats, sides, sides, lambda cells: cells > 0, DISTANCES, left)  # type: ignore[return-value]

            yield f"impacts of three threats: {_least(walk):.2f} CPU s"
            near = walk().read(Window(0, 0, side, side))
    codes = np.arange(1, 6)
    rows = np.array([line.split(",") for line in SENSITIVITY.split()[1:]], float)
    given = cover.astype(np.int32), near, codes, rows[:, 2:], np.array([1, 0.5, 0.7])
    pressed = degradation(*given)
    suitable = values_of_codes(given[0], codes, rows[:, 1])
    yield f"degradation: {_least(lambda: degradation(*given)):.2f} CPU s"
    yield f"quality: {_least(lambda: quality(suitable, pressed, 0.05)):.2f} CPU s"


def write_study(folder: Path, side: int) -> Path:
    """Write a study of so many cells a side."""
    (folder / "inputs").mkdir(parents=True)
    cover, threat = _landscape(side)
    for name, cells in zip(("land_cover", *THREATS), (cover, *threat.astype(np.uint8)), strict=True):
        path, nodata = folder / "inputs" / f"{name}.tif", 0 if name == "land_cover" else 255
        with raster_writer(path, _geobox(side), dtype="uint8", nodata=nodata, tags={}, overview="mode") as raster:
            raster.write(cells, 0, 0)
    for name, text in (("legend", LEGEND), ("threats", TABLE), ("sensitivity", SENSITIVITY)):
        (folder / f"{name}.csv").write_text(text)
    (folder / "study.toml").write_text(
        '[study]\nname = "benchmark"\n[grid]\nlike = "land_cover"\n'
        '[layers.land_cover]\npath = "inputs/land_cover.tif"\nlegend = "legend.csv"\n'
        f'[layers.threat]\npath = "inputs/{{item}}.tif"\nitems = {list(THREATS)}\nunit = "1"\n'
        '[tables.threats]\npath = "threats.csv"\n[tables.habitat_sensitivity]\npath = "sensitivity.csv"\n'
    )
    return folder


def _geobox(side: int) -> GeoBox:
    return GeoBox((side, side), Affine(30.0, 0, 500_000, 0, -30.0, 4_000_000), "EPSG:4549")


def _landscape(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Give land cover in patches, and as threats its towns, its fields and roads between them."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    noise = np.random.default_rng(5).integers(0, 64, (side, side)) / 320
    wave = (np.sin(x / 97) * np.cos(y / 131) + np.sin((x + y) / 53) + 2) / 4 + noise
    cover = np.clip(1 + wave * 4.2, 1, 5).astype(np.uint8)
    cover[x + y < 500] = 0
    roads = ((x + y) % 400 < 1) | (x % 700 < 1)
    return cover, np.stack([cover == 5, cover == 4, roads]).astype(np.float32)


def _least(work: Callable[[], object]) -> float:
    """Give the least processor seconds of three rounds, after one that is not counted."""
    seconds = []
    for _ in range(4):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds[1:])


def _read_and_write(study: Path, folder: Path) -> None:
    """Read every layer and write what a run writes, tile by tile, and compute nothing."""
    made = {}
    for name in PRODUCTS:
        with rasterio.open(study / "out" / "rasters" / f"{name}.tif") as source:
            made[name] = source.read(1)
    with open_study(study) as opened, ExitStack() as stack:
        assert opened.inputs.grid is not None
        grid = opened.inputs.grid
        sources = [
            stack.enter_context(rasterio.open(study / "inputs" / f"{name}.tif")) for name in ("land_cover", *THREATS)
        ]
        writers = {
            name: stack.enter_context(
                raster_writer(folder / f"{name}.tif", grid.geobox, dtype="float32", nodata=np.nan, tags={})
            )
            for name in PRODUCTS
        }
        for window in grid.tiles():
            place = RasterWindow(window.column, window.row, window.width, window.height)
            for source in sources:
                source.read(window=place)
            rows = slice(window.row, window.row + window.height)
            columns = slice(window.column, window.column + window.width)
            for name, writer in writers.items():
                writer.write(made[name][rows, columns], window.row, window.column)
