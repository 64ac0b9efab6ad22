"""A tiny study: two years of land cover on a grid of known size, and two zones."""

from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import shanshui
from shanshui.study.study import Study

# 40 x 20 cells of 2.5 km about the central meridian of UTM zone 48 north: 100 km wide, up to the projection's scale.
CELL, COLUMNS, ROWS = 2500.0, 40, 20
LEFT, TOP, CRS = 450_000.0, 3_500_000.0, "EPSG:32648"

STUDY = """
[study]
name = "Two <valleys> & a hill"
language = "{language}"

[grid]
like = "land_cover"

[layers.land_cover]
path = "land_cover_{{year}}.tif"
years = {years}
legend = "legend.csv"
source = "Drawn for this test"

[zones.valley]
path = "valleys.gpkg"
key = "key"
columns = {{ name = "name" }}
licence = "CC0-1.0"
"""

LEGEND = """code,name,name_zh,ecosystem
1,Old wood,老林,broadleaf forest
2,Meadow,草甸地,meadow
3,Field,田地,dry cropland
4,Town,城镇地,residential
"""


def land_cover(year: int) -> np.ndarray:
    """Draw the land: wood in the west, meadow and field in the east, and a town that grows into both."""
    cells = np.ones((ROWS, COLUMNS), np.uint8)
    cells[:, 20:30], cells[:, 30:] = 2, 3
    cells[5:9, 26:34] = 4
    if year > 2000:
        cells[4:12, 15:36] = 4
        cells[15:, 18:24] = 3
        cells[0, 0] = 255
    return cells


def write_raster(path: Path, cells: np.ndarray) -> None:
    """Write one layer on the study's grid."""
    transform = from_origin(LEFT, TOP, CELL, CELL)
    profile = {"driver": "GTiff", "height": ROWS, "width": COLUMNS, "count": 1, "dtype": "uint8", "nodata": 255}
    with rasterio.open(path, "w", crs=CRS, transform=transform, **profile) as target:
        target.write(cells, 1)


def build(folder: Path, years: list[int], language: str = "en") -> Study:
    """Write the study and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    for year in years:
        write_raster(folder / f"land_cover_{year}.tif", land_cover(year))
    middle, bottom, right = LEFT + 20.4 * CELL, TOP - ROWS * CELL, LEFT + COLUMNS * CELL
    shapes = [shapely.box(LEFT, bottom, middle, TOP), shapely.box(middle, bottom, right, TOP)]
    zones = geopandas.GeoDataFrame(
        {"key": ["w", "e"], "name": ["West Valley", "East Valley"]}, geometry=shapes, crs=CRS
    )
    zones.to_file(folder / "valleys.gpkg", engine="pyogrio")
    (folder / "legend.csv").write_text(LEGEND, "utf-8")
    (folder / "study.toml").write_text(STUDY.format(language=language, years=years), "utf-8")
    return shanshui.open_study(folder)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give the study of two years, with every product made."""
    found = build(tmp_path_factory.mktemp("report") / "study", [2000, 2020])
    found.make()
    return found


@pytest.fixture
def build_study(tmp_path: Path) -> Callable[..., Study]:
    """Give a way to write another study."""
    return lambda years, language="en": build(tmp_path / "study", years, language)
