"""Filled depressions, flow directions and flow accumulation of a rough surface that lies on disk."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from shanshui.base.grid import Window
from shanshui.data.scratch import ScratchRaster
from shanshui.science.depressions import fill_depressions
from shanshui.science.flow_accumulation import flow_accumulation
from shanshui.science.flow_direction import flow_direction

TILE = 1024
WORK = """
import sys
from benchmarks.peak import peak_kilobytes
from pathlib import Path
from benchmarks.flow import route, rough_surface
surface = rough_surface(Path(sys.argv[1]), int(sys.argv[2]))
route(surface)
print(peak_kilobytes())
"""


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print processor seconds of each part, nanoseconds a cell, and the peak memory of two sizes."""
    route(rough_surface(folder, 50))
    for side in (500, 1000) if quick else (3000, 6000):
        rounds = [route(rough_surface(folder, side)) for _ in range(1 if quick else 3)]
        seconds = np.median(rounds, axis=0)
        parts = zip(("fill", "direction", "accumulation"), seconds, strict=True)
        yield (
            f"{side:6d} x {side:<6d} "
            + "   ".join(f"{name} {spent:6.2f} s" for name, spent in parts)
            + f"   all {seconds.sum():6.2f} s   {seconds.sum() / side**2 * 1e9:4.0f} ns a cell (processor, 1 thread)"
        )
    peaks = []
    for side in (1000, 2000) if quick else (4000, 12000):
        command = [sys.executable, "-c", WORK, str(folder), str(side)]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(told.stdout.split()[-1]) / 1024)
        yield f"{side:6d} x {side:<6d} peak {peaks[-1]:7.0f} MB"
    yield f"ratio {peaks[1] / peaks[0]:.2f}"


def route(surface: ScratchRaster) -> list[float]:
    """Fill, direct and accumulate; give the processor seconds of each, and see that no cell is lost."""
    clock = [time.process_time()]
    filled = fill_depressions(surface)
    clock.append(time.process_time())
    direction = flow_direction(filled, 30.0, 30.0)
    clock.append(time.process_time())
    accumulation = flow_accumulation(direction)
    clock.append(time.process_time())
    left = sum(accumulation.read(tile)[direction.read(tile) == 0].sum() for tile in surface.tiles())
    assert left == surface.shape[0] * surface.shape[1]
    return np.diff(clock).tolist()


def rough_surface(folder: Path, side: int) -> ScratchRaster:
    """Make hills of all sizes, each half as wide and as high as the next; a tenth of the cells lies in depressions."""
    surface = ScratchRaster(folder, (side, side), TILE, np.float32)
    for tile in surface.tiles():
        surface.write(tile, _hills(tile))
    return surface


def _hills(tile: Window) -> np.ndarray:
    """Give a tile of the same endless surface."""
    rows = (tile.row + np.arange(tile.height))[:, None]
    columns = (tile.column + np.arange(tile.width))[None, :]
    hills = np.zeros(tile.shape)
    for octave in range(11):
        wide = 2**octave
        y, x = rows / wide, columns / wide
        at_y, at_x = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
        down, right = (part * part * (3 - 2 * part) for part in (y - at_y, x - at_x))
        above = _chance(at_y, at_x, octave) * (1 - right) + _chance(at_y, at_x + 1, octave) * right
        below = _chance(at_y + 1, at_x, octave) * (1 - right) + _chance(at_y + 1, at_x + 1, octave) * right
        hills += wide * (above * (1 - down) + below * down)
    return hills.astype(np.float32)


def _chance(row: np.ndarray, column: np.ndarray, octave: int) -> np.ndarray:
    """Give a number between 0 and 1 that only depends on the place (a multiplicative hash)."""
    mixed = row.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    mixed = (mixed + np.uint64(octave)) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    return (mixed >> np.uint64(40)).astype(np.float64) / 2**24
