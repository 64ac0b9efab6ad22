"""The raster layers of the sample and the truth about them, written tile by tile in memory that does not grow."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shanshui.data.cog import RasterWriter, raster_writer
from shanshui.data.tables import write_table
from shanshui.sample import legend, terrain
from shanshui.sample.arrays import Codes, Field
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import SIDE, Window, sample_geobox
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.legend import COLOURS, LEVEL1
from shanshui.sample.map_errors import misclassify

FIRST_YEAR, SECOND_YEAR = 2000, 2020
TILE = 512  # cells a side
THREADS = 2
OUTSIDE = 255  # no truth is told beyond the region


@dataclass(frozen=True)
class Layers:
    """The cells of every raster in one window; arrays are (rows, columns)."""

    elevation: Field
    """m"""
    first: Codes
    """land cover on the map of the first year"""
    second: Codes
    """land cover on the map of the second year"""
    conversion: Codes
    """truth: first class * 10 + second class at ecosystem level 1; 0 unchanged; 255 outside the region"""
    errors: Codes
    """truth: 0 both maps right, 1 the first wrong, 2 the second wrong, 3 both; 255 outside the region"""


def layers_of(landscape: Landscape, size: int, window: Window) -> Layers:
    """Compute the cells of every raster in one window.

    Parameters
    ----------
    landscape : Landscape
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    Layers
        the same cells in whichever window they are asked for.
    """
    tile = tile_of(landscape, size, window)
    row, column = window[:2]
    first, first_wrong = misclassify(tile.first, FIRST_YEAR, row, column, landscape.seed)
    second, second_wrong = misclassify(tile.second, SECOND_YEAR, row, column, landscape.seed)
    was, became = LEVEL1[tile.first], LEVEL1[tile.second]
    inside = number_cells([landscape.districts.region()], size, window) == 0
    conversion = np.where(was == became, np.uint8(0), was * np.uint8(10) + became)
    errors = first_wrong * np.uint8(1) + second_wrong * np.uint8(2)
    return Layers(
        elevation=tile.ground.elevation,
        first=first,
        second=second,
        conversion=np.where(inside, conversion, np.uint8(OUTSIDE)),
        errors=np.where(inside, errors, np.uint8(OUTSIDE)),
    )


def windows_of(size: int, tile: int) -> list[Window]:
    """Cut a grid into tiles.

    Parameters
    ----------
    size : cells a side of the grid
    tile : cells a side of a tile

    Returns
    -------
    list of windows
        row, column, height and width; the last of a row or column may be smaller.
    """
    starts = range(0, size, tile)
    return [(row, column, min(tile, size - row), min(tile, size - column)) for row in starts for column in starts]


def _in_order(landscape: Landscape, size: int, windows: list[Window]) -> Iterator[tuple[Window, Layers]]:
    """Compute tiles on a few threads and give them in their order, never more than one ahead of each thread."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[tuple[Window, Future[Layers]]] = deque()
        for window in windows:
            waiting.append((window, pool.submit(layers_of, landscape, size, window)))
            if len(waiting) > THREADS:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()


def _conversion_table(cells: npt.NDArray[np.int64], size: int) -> pd.DataFrame:
    """Cells and hectares of each conversion in the region; ``cells`` counts every code of the truth raster."""
    codes = np.array([code for code in np.flatnonzero(cells) if code not in (0, OUTSIDE)], np.int64)
    hectares = (SIDE / size) ** 2 / 10_000.0
    return pd.DataFrame(
        {"from": codes // 10, "to": codes % 10, "cells": cells[codes], "area_ha": np.round(cells[codes] * hectares, 4)}
    )


def write_rasters(
    landscape: Landscape, folder: Path, size: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write all rasters and the table of true conversions.

    Parameters
    ----------
    landscape : Landscape
    folder : of the study; ``inputs`` and ``truth`` are in it
    size : cells a side
    progress : called with the tiles done and the tiles in all
    """
    geobox = sample_geobox(size)
    windows = windows_of(size, TILE)
    cells = np.zeros(256, np.int64)
    with ExitStack() as stack:

        def classes(path: str, name: str, colours: dict[int, tuple[int, int, int]] | None = None) -> RasterWriter:
            tags = {"unit": "1", "long_name": name}
            writer = raster_writer(
                folder / path, geobox, dtype="uint8", nodata=legend.NODATA, tags=tags, overview="mode", colours=colours
            )
            return stack.enter_context(writer)

        elevation = stack.enter_context(
            raster_writer(
                folder / "inputs/elevation.tif",
                geobox,
                dtype="float32",
                nodata=terrain.NODATA,
                tags={"unit": "m", "long_name": "elevation above sea level"},
                overview="average",
            )
        )
        first, second = (
            classes(f"inputs/land_cover_{year}.tif", f"land cover {year}", COLOURS)
            for year in (FIRST_YEAR, SECOND_YEAR)
        )
        conversion = classes("truth/conversion.tif", "true conversion of ecosystems: from * 10 + to")
        errors = classes("truth/map_errors.tif", "wrong cells: 1 in the first map, 2 in the second, 3 in both")
        for done, ((row, column, _, _), layers) in enumerate(_in_order(landscape, size, windows), start=1):
            elevation.write(layers.elevation, row, column)
            first.write(layers.first, row, column)
            second.write(layers.second, row, column)
            conversion.write(layers.conversion, row, column)
            errors.write(layers.errors, row, column)
            cells += np.bincount(layers.conversion.ravel(), minlength=256)
            if progress is not None:
                progress(done, len(windows))
    write_table(folder / "truth/conversions.csv", _conversion_table(cells, size))
