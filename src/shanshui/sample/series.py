"""The yearly rasters of the vegetation and the truth about their trends, written tile by tile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shanshui.data.cog import RasterWriter, raster_writer
from shanshui.sample import productivity, sight
from shanshui.sample.arrays import Mask
from shanshui.sample.districts import number_cells
from shanshui.sample.extent import Window, sample_geobox
from shanshui.sample.landscape import Landscape
from shanshui.sample.legend import Cover
from shanshui.sample.rainfall import MIDDLE, YEARS
from shanshui.sample.rasters import THREADS, TILE, windows_of
from shanshui.sample.vegetation import Vegetation, season_slope, vegetation_of

AROUND = 1_000.0  # m beyond the region to which the series reach
NO_TREND_TOLD, NO_SLOPE_TOLD = -128, -9999.0

YearCells = tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]


def year_cells(vegetation: Vegetation, covered: Mask, year: int, row: int, column: int, seed: int) -> YearCells:
    """Compute the cells of one year in one window.

    Parameters
    ----------
    vegetation : Vegetation
    covered : array (rows, columns), where the series have data
    year : one of `rainfall.YEARS`
    row, column : first cell of the window, counted in the whole grid
    seed : of the sample

    Returns
    -------
    tuple of arrays, int16
        monthly NDVI (12, rows, columns), and net primary productivity (rows, columns).
    """
    ndvi = sight.seen(vegetation, year, row, column, seed)
    npp = productivity.stored_productivity(vegetation, year, row, column, seed)
    return (
        np.where(covered, ndvi, np.int16(sight.NODATA)),
        np.where(covered, npp, np.int16(productivity.NODATA)),
    )


def covered_cells(landscape: Landscape, vegetation: Vegetation, size: int, window: Window) -> tuple[Mask, Mask]:
    """Tell where in a window the series have data, and where the truth is told; neither is in the sea."""
    region = landscape.districts.region()
    reach, inside = (number_cells([area], size, window) == 0 for area in (region.buffer(AROUND), region))
    land = vegetation.first != Cover.SEA
    return reach & land, inside & land


def write_series(
    landscape: Landscape, folder: Path, size: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write monthly NDVI, net primary productivity and their true trends.

    Parameters
    ----------
    landscape : Landscape
    folder : of the study; ``inputs`` and ``truth`` are in it
    size : cells a side
    progress : called with the tiles done and the tiles in all
    """
    geobox, windows, seed = sample_geobox(size), windows_of(size, TILE), landscape.seed
    with ExitStack() as stack, ThreadPoolExecutor(THREADS) as pool:

        def writer(path: str, name: str, unit: str, dtype: str, nodata: float, bands: int = 1) -> RasterWriter:
            tags = {"unit": unit, "long_name": name}
            opened = raster_writer(folder / f"{path}.tif", geobox, dtype=dtype, nodata=nodata, tags=tags, bands=bands)
            return stack.enter_context(opened)

        def of_years(path: str, name: str, unit: str, nodata: int, bands: int = 1) -> dict[int, RasterWriter]:
            names = {year: (f"inputs/{path}_{year}", f"{name} {year}") for year in YEARS}
            return {year: writer(*names[year], unit, "int16", nodata, bands) for year in YEARS}

        ndvi = of_years("ndvi", "monthly NDVI x 10,000", "1", sight.NODATA, 12)
        name = "net primary productivity x 10,000"
        npp = of_years("net_primary_productivity", name, "kg/m^2/a", productivity.NODATA)
        trend = writer("truth/ndvi_trend", "true trend of NDVI", "1", "int8", NO_TREND_TOLD)
        name = "true slope of the growing season's NDVI"
        slope = writer("truth/ndvi_slope", name, "1/a", "float32", NO_SLOPE_TOLD)
        name = "true slope of net primary productivity that rain does not explain"
        residual = writer("truth/residual_slope", name, "percent/a", "float32", NO_SLOPE_TOLD)
        for done, window in enumerate(windows, start=1):
            row, column = window[:2]
            vegetation = vegetation_of(landscape, size, window)
            covered, inside = covered_cells(landscape, vegetation, size, window)
            trend.write(np.where(inside, vegetation.kind, np.int8(NO_TREND_TOLD)), row, column)
            slope.write(np.where(inside, season_slope(vegetation), NO_SLOPE_TOLD), row, column)
            dry = inside & ~productivity.is_water(vegetation)
            rest = productivity.unexplained_slope(vegetation, MIDDLE)
            residual.write(np.where(dry, rest, NO_SLOPE_TOLD), row, column)
            # A few years at a time, so that no more of them than threads wait in memory.
            for start in range(0, len(YEARS), THREADS):
                some = YEARS[start : start + THREADS]
                waiting = [pool.submit(year_cells, vegetation, covered, year, row, column, seed) for year in some]
                for year, future in zip(some, waiting, strict=True):
                    months, total = future.result()
                    ndvi[year].write(months, row, column)
                    npp[year].write(total, row, column)
            if progress is not None:
                progress(done, len(windows))
