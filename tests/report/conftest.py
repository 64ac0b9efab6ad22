"""A tiny study: two years of land cover on a grid of known size, two zones, and what a study's own steps give."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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

OWN_WORDS = """
[greenness]
shape = "cell"
measure = "intensive"
unit = "mm"
product = true
english = "greenness"
chinese = "绿度"
meaning = "Drawn for this test."
meaning_zh = "为测试而绘。"

[greenness_change]
shape = "cell"
measure = "intensive"
product = true
english = "change of the greenness"
chinese = "绿度变化"
meaning = "Drawn for this test."
meaning_zh = "为测试而绘。"

[inhabitants]
shape = "table"
product = true
english = "inhabitants of the zones"
chinese = "居民"
meaning = "Counted for this test."
meaning_zh = "为测试而计。"
columns = { zoning = "zoning", zone = "zone", zone_name = "name", year = "year", total_persons = "inhabitants" }
"""

# The greenness of a cell is its row in 2000 and ten more in 2020.
OWN_STEPS = """
import numpy as np
import pandas as pd
from shanshui.base.step import Series, step

@step
def greenness(land_cover, cell_area):
    \"\"\"Greenness.\"\"\"
    return np.add.outer(np.arange(land_cover.shape[0]), np.zeros(land_cover.shape[1])) + 10.0 * (land_cover == 4)

@step
def greenness_change(greenness: Series):
    \"\"\"Change of the greenness.\"\"\"
    return greenness[greenness.years[-1]] - greenness[greenness.years[0]]

@step
def inhabitants(zones):
    \"\"\"People.\"\"\"
    rows = [
        (row.zoning, row.zone, row.name, year, 1000.0 + 10 * (year - 2000) * (-1 if row.zone == "w" else 1))
        for row in zones.itertuples(index=False) for year in (2000, 2010, 2020)
    ]
    return pd.DataFrame(rows, columns=["zoning", "zone", "zone_name", "year", "total_persons"])
"""

PEOPLE = """
[study]
name = "Two counties"

[zones.clinic]
path = "clinics.csv"
key = "code"
columns = { name = "name" }

[zones.county]
path = "counties.gpkg"
key = "code"
columns = { name = "name" }

[[tables.population]]
path = "people.csv"
zoning = "county"
columns = { zone = "zone", year = "year", total_persons = "people" }

[[tables.population]]
path = "patients.csv"
zoning = "clinic"
columns = { zone = "zone", year = "year", total_persons = "people" }

[years]
baseline = 2010
current = 2020
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


def build(folder: Path, years: list[int], language: str = "en", own: bool = False) -> Study:
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
    if own:
        (folder / "steps.py").write_text(OWN_STEPS, "utf-8")
        (folder / "vocabulary.toml").write_text(OWN_WORDS, "utf-8")
    return shanshui.open_study(folder, trust=own)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give the study of two years, with every product made."""
    found = build(tmp_path_factory.mktemp("report") / "study", [2000, 2020], own=True)
    found.make()
    return found


@pytest.fixture(scope="session")
def write_study() -> Callable[..., Study]:
    """Give a way to write another study in any folder."""
    return build


@pytest.fixture
def build_study(tmp_path: Path) -> Callable[..., Study]:
    """Give a way to write another study."""
    return lambda years, language="en": build(tmp_path / "study", years, language)


@pytest.fixture
def people(tmp_path: Path) -> Study:
    """Give a study without a grid: people of two counties with polygons, and of two clinics that have none."""
    (tmp_path / "study.toml").write_text(PEOPLE, "utf-8")
    squares = [shapely.box(left, 2_590_000, left + 10_000, 2_600_000) for left in (500_000, 510_000)]
    counties = geopandas.GeoDataFrame(
        {"code": ["w", "e"], "name": ["West", "East"]}, geometry=squares, crs="EPSG:32649"
    )
    counties.to_file(tmp_path / "counties.gpkg", engine="pyogrio")
    (tmp_path / "clinics.csv").write_text("code,name\nn,North\ns,South\n", "utf-8")
    tables = {
        "people.csv": ["w,2010,1000", "w,2020,900", "e,2010,400", "e,2020,500"],
        "patients.csv": ["n,2010,100", "n,2020,90", "s,2010,80", "s,2020,96"],
    }
    for name, rows in tables.items():
        (tmp_path / name).write_text("\n".join(["zone,year,people", *rows]) + "\n", "utf-8")
    study = shanshui.open_study(tmp_path)
    study.make()
    return study


@contextmanager
def opened(path: Path, width: int = 1280) -> Iterator[Any]:
    """Open a page from disk without a network; an error of its scripts fails the test."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI", "").lower() in {"", "0", "false"}:
            pytest.skip("there is no Chromium here")
        pytest.fail("there is no Chromium here; where CI is set, these tests must run", pytrace=False)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, accept_downloads=True)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
        page.goto(path.as_uri())
        yield page
        browser.close()
    assert not faults


@pytest.fixture(scope="session")
def browse() -> Callable[..., Any]:
    """Give a way to open a page in the system's Chromium."""
    return opened
