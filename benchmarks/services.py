"""Services and fragilities in one pass, beside bare reads and writes.

The inputs lie on the grid itself; flow accumulation is given, for it is made between the passes and has a benchmark of
its own, as have the distances of habitat quality. CPU seconds of water yield and of the soil-loss equation stand beside
those that InVEST 3.20 took for its own models on a landscape of the same size on a machine of this class: they were not
measured in the same run.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.windows import Window as RasterWindow

from benchmarks.timing import in_turn
from shanshui.base.grid import Window
from shanshui.data.cog import raster_writer
from shanshui.study.plan import Made
from shanshui.study.study import open_study

# Lowest and highest value, unit, bands; smooth fields with a little noise.
LAYERS: dict[str, tuple[float, float, str, int]] = {
    "elevation": (0, 900, "m", 1),
    "flow_accumulation": (1, 400, "1", 1),
    "vegetation_cover": (0, 1, "1", 1),
    "precipitation": (250, 1500, "mm", 1),
    "potential_evapotranspiration": (500, 1300, "mm", 1),
    "storm_precipitation": (0, 400, "mm", 1),
    "mean_temperature": (2, 18, "degC", 1),
    "soil_depth": (100, 2000, "mm", 1),
    "available_water_capacity": (0.05, 0.3, "1", 1),
    "sand_content": (20, 70, "percent", 1),
    "silt_content": (10, 20, "percent", 1),
    "clay_content": (10, 70, "percent", 1),
    "organic_carbon": (0.2, 4, "percent", 1),
    "net_primary_productivity": (50, 1200, "g/m**2/year", 1),
    "carbonate_share": (0, 1, "1", 1),
    "groundwater_mineralisation": (0.3, 40, "g/L", 1),
    "groundwater_depth": (0.3, 30, "m", 1),
    "monthly_temperature_maximum": (-5, 34, "degC", 12),
    "monthly_wind_speed": (1, 12, "m/s", 12),
    "monthly_snow_cover": (0, 1, "1", 12),
}
PRODUCTS = (
    "water_conservation", "water_yield", "evapotranspiration", "surface_runoff", "flood_mitigation",
    "rainfall_erosivity", "soil_erodibility", "slope", "slope_length_steepness", "cover_management", "soil_retention",
    "water_erosion", "water_erosion_class",
    "weather_factor", "erodible_fraction", "soil_crust_factor", "soil_roughness_factor", "vegetation_factor",
    "sand_fixation", "wind_erosion", "wind_erosion_class",
    "carbon_stock", "carbon_sequestration", "climate_regulation", "climate_regulation_electricity",
    "rocky_desertification", "rocky_desertification_class", "salinisation", "salinisation_class",
)  # fmt: skip
LEGEND = "code,name,ecosystem\n" + "".join(
    f"{code},{name},{name}\n"
    for code, name in enumerate(("broadleaf forest", "broadleaf shrub", "steppe", "dry cropland", "bare land"), 1)
)
WATER_YIELD = ("water_yield",)
SOIL_LOSS = ("slope_length_steepness", "water_erosion", "soil_retention")
CARBON = ("carbon_stock",)
# CPU seconds of InVEST 3.20.2 on 3,000 x 3,000 cells: annual water yield, sediment delivery of which the soil-loss
# equation is a part, and carbon.
INVEST_WATER_YIELD, INVEST_SEDIMENT, INVEST_CARBON = 16.0, 85.8, 2.6


def measure(folder: Path, quick: bool) -> Iterator[str]:
    """Print the ratio of a run to its bare reads and writes, and the CPU seconds of two models."""
    side = 1000 if quick else 3000
    study = write_study(folder / "study", side)
    with open_study(study) as opened:
        used = [name for name in opened.resolver.closure(PRODUCTS) if name in (*LAYERS, "land_cover")]
        assert all(isinstance(opened.resolver[name], Made) for name in PRODUCTS)

    def bare() -> None:
        _read_and_write(study, folder / "bare", used, made)

    def run() -> None:
        shutil.rmtree(study / "out" / "rasters", ignore_errors=True)
        with open_study(study) as opened:
            opened.make(PRODUCTS)

    run()
    made = {path.stem: rasterio.open(path).read(1) for path in sorted((study / "out" / "rasters").glob("*.tif"))}
    alone, whole = in_turn(bare, run, rounds=1 if quick else 2)
    yield f"{len(used)} inputs, {len(PRODUCTS)} rasters, {side} x {side} cells, 2 threads, medians"
    yield f"reads and writes alone   {alone:7.2f} s"
    yield f"shanshui run             {whole:7.2f} s   {whole / alone:.2f} times"
    for title, products, theirs in (
        ("annual water yield", WATER_YIELD, INVEST_WATER_YIELD),
        ("soil loss: LS, erosion, retention, flow routing apart", SOIL_LOSS, INVEST_SEDIMENT),
        ("carbon stock", CARBON, INVEST_CARBON),
    ):
        seconds = []
        for _ in range(2):
            shutil.rmtree(study / "out" / "rasters", ignore_errors=True)
            begun = time.process_time()
            with open_study(study) as opened:
                opened.make(products)
            seconds.append(time.process_time() - begun)
        beside = "" if quick else f"; InVEST's own model {theirs:.1f}, {theirs / min(seconds):.1f} times as much"
        yield f"{title}: {min(seconds):.2f} CPU s{beside}"


def write_study(folder: Path, side: int) -> Path:
    """Write a study of so many cells a side."""
    geobox = GeoBox((side, side), Affine(30.0, 0, 500_000, 0, -30.0, 4_000_000), "EPSG:4549")
    (folder / "inputs").mkdir(parents=True)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    rng = np.random.default_rng(5)
    for number, (name, (low, high, _, bands)) in enumerate(LAYERS.items()):
        with raster_writer(
            folder / "inputs" / f"{name}.tif", geobox, dtype="float32", nodata=-9999, tags={}, bands=bands
        ) as raster:
            layers = []
            for band in range(bands):
                wave = 0.5 + 0.4 * np.sin(x / (211 + 17 * number + band)) * np.cos(y / (307 + 13 * number))
                share = np.clip(wave + rng.integers(0, 64, (side, side)) / 1024, 0, 1)
                layers.append(np.where(x + y < 500, -9999, low + (high - low) * share).astype(np.float32))
            if name == "clay_content":
                # The three parts of the soil sum to 100.
                with ExitStack() as stack:
                    others = [
                        stack.enter_context(rasterio.open(folder / "inputs" / f"{other}.tif")).read(1)
                        for other in ("sand_content", "silt_content")
                    ]
                layers = [np.where(x + y < 500, -9999, 100 - others[0] - others[1]).astype(np.float32)]
            raster.write(layers[0] if bands == 1 else np.stack(layers), 0, 0)
    cover = 1 + ((np.sin(x / 97) + np.cos(y / 131) + 2) * 1.25).astype(np.uint8) % 5
    with raster_writer(
        folder / "inputs" / "land_cover.tif", geobox, dtype="uint8", nodata=0, tags={}, overview="mode"
    ) as raster:
        raster.write(cover, 0, 0)
    (folder / "legend.csv").write_text(LEGEND)
    sections = "".join(
        f'[layers.{name}]\npath = "inputs/{name}.tif"\nunit = "{unit}"\n' for name, (_, _, unit, _) in LAYERS.items()
    )
    (folder / "study.toml").write_text(
        '[study]\nname = "benchmark"\n[grid]\nlike = "land_cover"\n'
        f'[layers.land_cover]\npath = "inputs/land_cover.tif"\nlegend = "legend.csv"\n{sections}'
    )
    return folder


def _read_and_write(study: Path, out: Path, used: list[str], made: dict[str, np.ndarray]) -> None:
    """Read every layer that is used and write what a run writes, tile by tile, and compute nothing."""
    with ExitStack() as stack:
        sources = [stack.enter_context(rasterio.open(study / "inputs" / f"{name}.tif", num_threads=2)) for name in used]
        locks = [Lock() for _ in sources]
        with open_study(study) as opened:
            assert opened.inputs.grid is not None
            grid = opened.inputs.grid
        writers = {}
        for name, cells in made.items():
            classes = cells.dtype == np.uint8
            writers[name] = stack.enter_context(
                raster_writer(
                    out / f"{name}.tif",
                    grid.geobox,
                    dtype=cells.dtype.name,
                    nodata=255 if classes else np.nan,
                    tags={},
                    overview="mode" if classes else "average",
                )
            )

        def read(window: Window) -> None:
            place = RasterWindow(window.column, window.row, window.width, window.height)
            for source, lock in zip(sources, locks, strict=True):
                with lock:
                    source.read(window=place)

        windows = list(grid.tiles())
        with ThreadPoolExecutor(2) as pool:
            for window, _ in zip(windows, pool.map(read, windows), strict=True):
                rows = slice(window.row, window.row + window.height)
                columns = slice(window.column, window.column + window.width)
                for name, writer in writers.items():
                    writer.write(made[name][rows, columns], window.row, window.column)
