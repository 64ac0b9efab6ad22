"""Ten years of months: 120 layers to a trend, beside reading them; and the peak memory at two sizes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.windows import Window as RasterWindow

from benchmarks.landscape import CRS
from benchmarks.timing import in_turn
from shanshui.data.cog import raster_writer
from shanshui.study.study import open_study

YEARS = range(2011, 2021)
STUDY = """\
[study]
name = "Ten years of months"

[grid]
like = "monthly_ndvi"

[layers.monthly_ndvi]
path = "ndvi_{year}.tif"
scale = 0.0001
"""
PRODUCTS = ("ndvi_slope", "ndvi_trend_z")
RUN = """
import sys
from benchmarks.peak import peak_kilobytes
from shanshui.study.study import open_study
with open_study(sys.argv[1]) as study:
    study.make(sys.argv[2:])
print(peak_kilobytes())
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the ratio of a run to reading the stack, for the trend and for its kinds on the whole map."""
    side = 600 if quick else 3000
    study = _write_study(folder / str(side), side)

    def bare() -> None:
        windows = [
            RasterWindow(column, row, min(1024, side - column), min(1024, side - row))
            for row in range(0, side, 1024)
            for column in range(0, side, 1024)
        ]

        def read(year: int) -> None:
            with rasterio.open(study / f"ndvi_{year}.tif") as source:
                for window in windows:
                    source.read(window=window)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(read, YEARS))

    def run(*products: str) -> None:
        shutil.rmtree(study / "out", ignore_errors=True)
        with open_study(study) as opened:
            opened.make(products)

    rounds = 1 if quick else 3
    alone, trend, kinds = in_turn(
        bare, lambda: run(*PRODUCTS), lambda: run("ndvi", *PRODUCTS, "ndvi_trend"), rounds=rounds
    )
    yield f"{12 * len(YEARS)} layers, {side} x {side} cells, 2 threads, medians"
    yield f"reading them                          {alone:7.2f} s"
    yield f"slope and statistic, one pass         {trend:7.2f} s   {trend / alone:.2f} times"
    yield f"and kinds on the whole map, two passes{kinds:7.2f} s   {kinds / alone:.2f} times"
    peaks = []
    for size in (side // 2, side):
        told = subprocess.run(
            [sys.executable, "-c", RUN, str(_write_study(folder / f"peak-{size}", size)), *PRODUCTS],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(told.stdout.split()[-1]) / 1024)
        yield f"{size:6d} x {size:<6d} peak {peaks[-1]:7.0f} MB"
    yield f"ratio {peaks[1] / peaks[0]:.2f}"


def _write_study(folder: Path, side: int) -> Path:
    """Write a study of monthly files that compress about as well as real ones do."""
    if folder.exists():
        return folder
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    geobox = GeoBox((side, side), Affine(30.0, 0, 500_000, 0, -30.0, 4_000_000), CRS)
    random = np.random.default_rng(1)
    rows, columns = np.indices((side, side), np.float32)
    base = 4000 + 2000 * np.sin(rows / 90) * np.cos(columns / 70)
    for year in YEARS:
        season = 1500 * np.sin(np.pi * np.arange(12) / 12)
        with raster_writer(
            folder / f"ndvi_{year}.tif", geobox, dtype="int16", nodata=-3000, tags={}, bands=12
        ) as target:
            for row in range(0, side, 512):
                part = base[row : row + 512]
                noise = random.normal(0, 120, (12, *part.shape))
                months = part + season[:, None, None] + noise
                target.write((months / 100).round().astype("int16") * 100, row, 0)
    return folder
