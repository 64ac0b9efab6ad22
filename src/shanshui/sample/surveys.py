"""Rasters of nature and people on the sample's own cells: threats, coastal habitats, biomass and water quality."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from shanshui.data.cog import RasterWriter, raster_writer
from shanshui.sample import biomass, coastal_habitats, rasters, water_quality
from shanshui.sample.extent import Window, sample_geobox
from shanshui.sample.landscape import Landscape, tile_of
from shanshui.sample.legend import NODATA
from shanshui.sample.rasters import FIRST_YEAR, SECOND_YEAR, THREADS, windows_of
from shanshui.sample.roads import road_cells
from shanshui.sample.threats import ITEMS, threats_at


@dataclass(frozen=True)
class Kind:
    """How the cells of one raster are stored."""

    dtype: str
    nodata: float
    unit: str
    name: str


def kinds() -> dict[str, Kind]:
    """Give every raster by the name of its file."""
    found = {}
    for year in (FIRST_YEAR, SECOND_YEAR):
        for item in ITEMS:
            found[f"threat_{item}_{year}"] = Kind("uint8", NODATA, "1", f"sources of threats: {item} {year}")
        found[f"biomass_{year}"] = Kind("uint16", biomass.NODATA, "t/ha", f"biomass {year}")
    name = "coastal habitat: 1 mangrove, 2 salt marsh, 3 seagrass, 4 reef, 5 dune or beach"
    found["coastal_habitat"] = Kind("uint8", coastal_habitats.NODATA, "1", name)
    for quality, (unit, scale) in water_quality.SCALES.items():
        words = f"{quality.replace('_', ' ')} x {scale:,.0f}"
        found[quality] = Kind("uint16", water_quality.NODATA, unit, words)
    return found


def surveys_of(landscape: Landscape, roads: gpd.GeoDataFrame, size: int, window: Window) -> dict[str, npt.NDArray[Any]]:
    """Compute the cells of every raster in one window.

    Parameters
    ----------
    landscape : Landscape
    roads : see `roads.build_roads`
    size : cells a side of the whole grid
    window : row, column, height and width

    Returns
    -------
    dict of str to array (rows, columns)
        by the names of `kinds`, as they are stored: the same cells in whichever window they are asked for.
    """
    tile = tile_of(landscape, size, window)
    cells: dict[str, npt.NDArray[Any]] = {}
    for year, cover in ((FIRST_YEAR, tile.first), (SECOND_YEAR, tile.second)):
        threats = threats_at(cover, road_cells(roads, year, size, window))
        cells |= {f"threat_{item}_{year}": threats[k] for k, item in enumerate(ITEMS)}
        cells[f"biomass_{year}"] = biomass.biomass_at(landscape, tile, year == SECOND_YEAR)
    cells["coastal_habitat"] = coastal_habitats.habitat_at(tile.ground, tile.second, landscape.seed)
    quality = water_quality.quality_at(tile.ground, tile.second, landscape.settlements, landscape.seed)
    for name, values in quality.items():
        counts = np.rint(values * water_quality.SCALES[name][1])
        cells[name] = np.where(np.isnan(counts), water_quality.NODATA, counts).astype(np.uint16)
    return cells


def write_surveys(
    landscape: Landscape,
    roads: gpd.GeoDataFrame,
    folder: Path,
    size: int,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write all of these rasters.

    Parameters
    ----------
    landscape : Landscape
    roads : see `roads.build_roads`
    folder : where they are written
    size : cells a side
    progress : called with the tiles done and the tiles in all
    """
    geobox, windows = sample_geobox(size), windows_of(size, rasters.TILE)
    with ExitStack() as stack, ThreadPoolExecutor(THREADS) as pool:

        def writer(file: str, kind: Kind) -> RasterWriter:
            tags, path = {"unit": kind.unit, "long_name": kind.name}, folder / f"{file}.tif"
            return stack.enter_context(raster_writer(path, geobox, dtype=kind.dtype, nodata=kind.nodata, tags=tags))

        writers = {file: writer(file, kind) for file, kind in kinds().items()}
        done = 0
        # A few tiles at a time, so that no more of them than threads wait in memory.
        for start in range(0, len(windows), THREADS):
            some = windows[start : start + THREADS]
            waiting = [pool.submit(surveys_of, landscape, roads, size, window) for window in some]
            for (row, column, _, _), future in zip(some, waiting, strict=True):
                for file, cells in future.result().items():
                    writers[file].write(cells, row, column)
                done += 1
                if progress is not None:
                    progress(done, len(windows))
