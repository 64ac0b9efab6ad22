"""Sums of one raster by the zones of another, beside reading both, exactextract and rasterstats."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas
import numpy as np
import rasterio
import rasterstats
import shapely
from affine import Affine
from exactextract import exact_extract
from odc.geo.geobox import GeoBox
from rasterio.windows import Window as RasterWindow

from benchmarks.landscape import CRS, _field
from benchmarks.timing import in_turn
from shanshui.base.grid import Grid
from shanshui.data.cog import raster_writer
from shanshui.data.rasters import AlignedRaster
from shanshui.science.cell_area import CellArea
from shanshui.science.coverage import Coverage, Everywhere, RasterCover
from shanshui.science.zone_sums import AREA_UNITS, SHARE_UNITS, sum_by_zone

ZONES_A_SIDE = 50


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print seconds and ratios to reading both rasters."""
    side = 1000 if quick else 3000
    grid = Grid(
        GeoBox((side, side), Affine(30.0, 0, 500_000, 0, -30.0, 4_000_000), CRS),
    )
    step = side // ZONES_A_SIDE
    values, zones = folder / "values.tif", folder / "zones.tif"
    rows, columns = np.indices((side, side))
    codes = (rows // step * ZONES_A_SIDE + columns // step).astype("int32")
    for path, cells, nodata in ((values, _field(0, 0, 0, (side, side)), -9999), (zones, codes, -1)):
        with raster_writer(path, grid.geobox, dtype=cells.dtype.name, nodata=nodata, tags={}) as raster:
            raster.write(cells, 0, 0)
    side_length = step * 30
    corners = [
        (500_000 + j * side_length, 4_000_000 - i * side_length) for i, j in np.ndindex(ZONES_A_SIDE, ZONES_A_SIDE)
    ]
    squares = [shapely.box(left, top - side_length, left + side_length, top) for left, top in corners]
    frame = geopandas.GeoDataFrame({"zone": range(len(squares))}, geometry=squares, crs=CRS)
    results: dict[str, np.ndarray] = {}

    def read() -> None:
        with rasterio.open(values) as one, rasterio.open(zones) as two, ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda source: _read_all(source, grid), (one, two)))

    def ours(weighted: bool) -> None:
        value = AlignedRaster(values, grid.geobox)
        zone = AlignedRaster(zones, grid.geobox, measure="class")
        coverage = Coverage([Everywhere(), RasterCover(zone.read)], [1, len(squares)], grid.shape)
        area = CellArea(grid.geobox)

        def work(window):  # type: ignore[no-untyped-def]
            cells = value.read(window)
            weights, units = (
                (area.window(window), AREA_UNITS) if weighted else (np.broadcast_to(1.0, window.shape), SHARE_UNITS)
            )
            return sum_by_zone(coverage.window(window), cells, weights, len(squares) + 3, units)

        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(work, grid.tiles()))
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        results["shanshui"] = total.mean[2:-1]

    def exact() -> None:
        found = exact_extract(
            values, frame, ["mean"], include_cols=["zone"], strategy="raster-sequential", output="pandas"
        )
        results["exactextract"] = found["mean"].to_numpy()

    few = 100

    def stats() -> None:
        rasterstats.zonal_stats(squares[:few], values, stats=["mean", "sum"], nodata=-9999)

    rounds = 1 if quick else 3
    alone, sums, means, extract, slow = in_turn(
        read, lambda: ours(weighted=False), lambda: ours(weighted=True), exact, stats, rounds=rounds
    )
    slow *= len(squares) / few
    yield f"{side * side / 1e6:.0f} M cells, {len(squares)} zones, 2 threads, medians"
    yield f"reading both rasters                  {alone:7.2f} s"
    for name, seconds in (
        ("shanshui, exact sums", sums),
        ("shanshui, means by area on ellipsoid", means),
        ("exactextract, mean", extract),
        (f"rasterstats (from {few} zones)", slow),
    ):
        yield f"{name:<37} {seconds:7.2f} s   {seconds / alone:.1f} times"
    difference = np.nanmax(np.abs(results["shanshui"] / results["exactextract"] - 1))
    yield f"largest difference to exactextract   {difference:.1e} (cell areas on the ellipsoid against equal ones)"


def _read_all(source: rasterio.DatasetReader, grid: Grid) -> None:
    for window in grid.tiles():
        source.read(1, window=RasterWindow(window.column, window.row, window.width, window.height))
