"""Peak memory of a run at 4,000 and at 16,000 cells a side; with the routing of water at 4,000 and at 20,000."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from benchmarks.landscape import BLOCK, CRS, write_study
from shanshui.data.cog import raster_writer

RUN = """
import sys, time
from benchmarks.peak import peak_kilobytes
from shanshui.study.study import open_study
begun = time.perf_counter()
with open_study(sys.argv[1], trust=True) as study:
    study.make(sys.argv[2:])
print(time.perf_counter() - begun, peak_kilobytes())
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the peak resident memory of both, and their ratio."""
    yield "one step on three layers"
    peaks = []
    for side in (1000, 4000) if quick else (4000, 16000):
        study = write_study(folder / str(side), side, ("rain", "evaporation", "runoff_share"), ("water_kept",))
        (study / "steps.py").write_text(_only_water((study / "steps.py").read_text()))
        seconds, peak = _peak(study)
        peaks.append(peak)
        yield f"{side:6d} x {side:<6d} {seconds:6.1f} s, peak {peak:7.0f} MB"
        shutil.rmtree(study)
    yield f"ratio {peaks[1] / peaks[0]:.2f}"
    yield "fill, flow direction, flow accumulation, slope and LS"
    peaks = []
    for side in (1000, 4000) if quick else (4000, 20000):
        study = _ground(folder / f"ground{side}", side)
        seconds, peak = _peak(study, "slope_length_steepness")
        peaks.append(peak)
        yield f"{side:6d} x {side:<6d} {seconds:6.1f} s, peak {peak:7.0f} MB"
        shutil.rmtree(study)
    yield f"ratio {peaks[1] / peaks[0]:.2f}"


def _peak(study: Path, *products: str) -> tuple[float, float]:
    """Give the seconds and the peak of a run [MB]."""
    told = subprocess.run(
        [sys.executable, "-c", RUN, str(study), *products], capture_output=True, text=True, check=True
    )
    seconds, kilobytes = told.stdout.split()[-2:]
    return float(seconds), int(kilobytes) / 1024


def _ground(folder: Path, side: int) -> Path:
    """Write a study that holds nothing but the elevation: hills upon a slope, with pits."""
    (folder / "inputs").mkdir(parents=True)
    geobox = GeoBox((side, side), Affine(30.0, 0, 300_000, 0, -30.0, 4_500_000), CRS)
    with raster_writer(
        folder / "inputs" / "elevation.tif", geobox, dtype="float32", nodata=-9999, tags={}, overview="nearest"
    ) as raster:
        for row in range(0, side, BLOCK):
            for column in range(0, side, BLOCK):
                shape = min(BLOCK, side - row), min(BLOCK, side - column)
                y = (row + np.arange(shape[0], dtype=np.float32))[:, None]
                x = (column + np.arange(shape[1], dtype=np.float32))[None, :]
                hills = 40 * np.sin(x / 61) * np.cos(y / 83) + 9 * np.sin(x / 7 + y / 11)
                rough = np.random.default_rng([row, column]).random(shape, np.float32)
                raster.write((500 + 0.05 * x + 0.03 * y + hills + rough).astype(np.float32), row, column)
    (folder / "study.toml").write_text(
        '[study]\nname = "ground"\n[grid]\nlike = "elevation"\n'
        '[layers.elevation]\npath = "inputs/elevation.tif"\nunit = "m"\n'
    )
    return folder


def _only_water(steps: str) -> str:
    """Keep the first step and its kernel."""
    head, rest = steps.split("@step\ndef soil_lost", 1)
    kernel = rest.split("@numba.njit(cache=True, nogil=True)\ndef _water", 1)[1].split("@numba.njit", 1)[0]
    return f"{head}@numba.njit(cache=True, nogil=True)\ndef _water{kernel}"
