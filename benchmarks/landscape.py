"""A study to measure on: seven layers in, four services out, each step a small compiled kernel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.data.cog import raster_writer

CRS = "EPSG:4549"
LAYERS = ("rain", "evaporation", "runoff_share", "erosivity", "erodibility", "steepness", "cover")
SERVICES = ("water_kept", "soil_lost", "soil_kept", "greenness")
BLOCK = 1000

STEPS = '''"""Four small kernels."""

import numba
import numpy as np

from shanshui.base.step import step


@step
def water_kept(rain, evaporation, runoff_share):
    """Rain less runoff and evaporation [mm]."""
    return _water(rain, evaporation, runoff_share)


@step
def soil_lost(erosivity, erodibility, steepness, cover):
    """Product of the factors [t/ha]."""
    return _loss(erosivity, erodibility, steepness, cover)


@step
def soil_kept(erosivity, erodibility, steepness, cover):
    """Potential less actual loss [t/ha]."""
    return _kept(erosivity, erodibility, steepness, cover)


@step
def greenness(cover, rain):
    """Cover by rain."""
    return _green(cover, rain)


@numba.njit(cache=True, nogil=True)
def _water(rain, evaporation, runoff_share):
    out = np.empty_like(rain)
    for i in range(rain.shape[0]):
        for j in range(rain.shape[1]):
            out[i, j] = max(rain[i, j] * (np.float32(1) - runoff_share[i, j]) - evaporation[i, j], np.float32(0))
    return out


@numba.njit(cache=True, nogil=True)
def _loss(r, k, ls, c):
    out = np.empty_like(r)
    for i in range(r.shape[0]):
        for j in range(r.shape[1]):
            out[i, j] = r[i, j] * k[i, j] * ls[i, j] * (np.float32(1) - c[i, j])
    return out


@numba.njit(cache=True, nogil=True)
def _kept(r, k, ls, c):
    out = np.empty_like(r)
    for i in range(r.shape[0]):
        for j in range(r.shape[1]):
            out[i, j] = r[i, j] * k[i, j] * ls[i, j] * c[i, j]
    return out


@numba.njit(cache=True, nogil=True)
def _green(c, p):
    out = np.empty_like(c)
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            out[i, j] = np.sqrt(c[i, j]) * p[i, j]
    return out
'''


def write_study(
    folder: Path, side: int, layers: tuple[str, ...] = LAYERS, services: tuple[str, ...] = SERVICES
) -> Path:
    """Write a study of so many cells a side, in memory that does not depend on it."""
    geobox = GeoBox((side, side), Affine(30.0, 0, 500_000, 0, -30.0, 4_000_000), CRS)
    (folder / "inputs").mkdir(parents=True)
    for number, name in enumerate(layers):
        with raster_writer(
            folder / "inputs" / f"{name}.tif", geobox, dtype="float32", nodata=-9999, tags={}, overview="nearest"
        ) as raster:
            for row in range(0, side, BLOCK):
                for column in range(0, side, BLOCK):
                    shape = min(BLOCK, side - row), min(BLOCK, side - column)
                    raster.write(_field(number, row, column, shape), row, column)
    words = "".join(
        f'[{name}]\nshape = "cell"\nmeasure = "intensive"\nenglish = "{name}"\nchinese = "{name}"\nmeaning = "-"\n'
        + ("product = true\n" if name in services else "")
        for name in (*layers, *services)
    )
    (folder / "vocabulary.toml").write_text(words)
    (folder / "steps.py").write_text(STEPS)
    sections = "".join(f'[layers.{name}]\npath = "inputs/{name}.tif"\nunit = "1"\n' for name in layers)
    (folder / "study.toml").write_text(f'[study]\nname = "benchmark"\n[grid]\nlike = "{layers[0]}"\n{sections}')
    return folder


def _field(number: int, row: int, column: int, shape: tuple[int, int]) -> np.ndarray:
    """Give smooth values between 0 and 1 with a little noise, and a corner without data."""
    y = (row + np.arange(shape[0], dtype=np.float32))[:, None]
    x = (column + np.arange(shape[1], dtype=np.float32))[None, :]
    wave = 0.5 + 0.4 * np.sin(x / (211 + 17 * number)) * np.cos(y / (307 + 13 * number))
    noise = np.random.default_rng([number, row, column]).integers(0, 64, shape) / 1024
    values = (wave + noise).astype(np.float32)
    values[(x + y) < 500] = -9999
    return np.asarray(values)
