"""`shanshui compare`: two studies, or two scenarios of one, side by side."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from tests.study.conftest import run_cli

from shanshui.study.comparing import _of_polygons, _of_tables

SCENARIO = """
[scenarios.later.years]
baseline = 2020
current = 2020

[scenarios.gentle.layers.elevation]
path = "gentle.tif"
unit = "m"
"""


@pytest.fixture
def two(study):
    """A study, and a scenario on ground half as high in its first ten rows."""
    with rasterio.open(study.folder / "elevation.tif") as source:
        ground, profile = source.read(1), source.profile
    ground = ground.astype(np.float32)
    ground[:10] /= 2
    with rasterio.open(study.folder / "gentle.tif", "w", **profile) as target:
        target.write(ground.astype(profile["dtype"]), 1)
    study.add(SCENARIO)
    for options in ((), ("--scenario", "gentle")):
        assert study.run("slope", "land_area", "land_change", *options).code == 0
    return study


def test_what_differs_where_and_by_how_much(two, tmp_path):
    told = run_cli("compare", str(two.folder), "@gentle", "slope", "land_area", "--to", str(tmp_path / "to"))
    assert told.code == 0, told.err
    first, second = (rasterio.open(two.out / place / "rasters/slope.tif").read(1) for place in ("", "scenarios/gentle"))
    apart = second.astype(float) - first
    assert f"{(apart != 0).sum():,} of {first.size:,} cells differ" in told.out
    # The place of the greatest fall is told, and it lies there.
    row, column = np.unravel_index(np.argmin(apart), apart.shape)
    assert f"{apart.min():+.7g}" in told.out
    x, y = 500_000 + 100 * (column + 0.5), 2_600_000 - 100 * (row + 0.5)
    assert f"at {x:.6f},{y:.6f}" in told.out
    with rasterio.open(tmp_path / "to/slope.tif") as written:
        np.testing.assert_allclose(written.read(1), apart, rtol=1e-6)
        assert written.crs == rasterio.open(two.out / "rasters/slope.tif").crs
    # Land does not hang on the ground's height.
    assert "land_area: the same, byte for byte" in told.out


def test_all_that_stands_is_compared_and_what_one_lacks_is_said(two):
    assert two.run("elevation_relief", "terrain_relief").code in (0, 2)
    told = run_cli("compare", str(two.folder), f"{two.folder}@later")
    assert told.code == 0, told.err
    assert "slope: stands in the first only" in told.out
    # Which way round is the caller's choice.
    other = run_cli("compare", f"{two.folder}@later", str(two.folder))
    assert "slope: stands in the second only" in other.out


def test_a_product_that_stands_in_neither_is_named(two):
    told = run_cli("compare", str(two.folder), "@gentle", "slop", "land_conversion")
    assert told.code == 2
    assert "slop" in told.err
    assert "slope" in told.err
    assert "land_conversion" in told.err
    assert run_cli("compare", str(two.folder), "@steep").code == 2


def test_other_grids_are_said(make_study):
    one, other = make_study("one"), make_study("other")
    for path in other.folder.glob("*.tif"):
        with rasterio.open(path) as source:
            cells, profile = source.read(1), source.profile
        profile |= {"height": 30}
        with rasterio.open(path, "w", **profile) as target:
            target.write(cells[:30], 1)
    assert one.run("slope").code == other.run("slope").code == 0
    told = run_cli("compare", str(one.folder), str(other.folder), "slope")
    assert "slope: the grids differ: 60 x 80 cells of 100, and 30 x 80 cells of 100" in told.out


def test_classes_that_differ_are_told_with_their_areas(study, tmp_path):
    study.add('\n[scenarios.built.layers.land_cover]\npath = "built_{year}.tif"\n')
    for year in (2000, 2020):
        with rasterio.open(study.folder / f"land_cover_{year}.tif") as source:
            cells, profile = source.read(1), source.profile
        wood = np.argwhere(cells == 1)[:7]
        cells[tuple(wood.T)] = 4
        with rasterio.open(study.folder / f"built_{year}.tif", "w", **profile) as target:
            target.write(cells, 1)
    for options in ((), ("--scenario", "built")):
        assert study.run("ecosystem", *options).code == 0
    told = run_cli("compare", str(study.folder), "@built", "ecosystem", "--to", str(tmp_path))
    assert told.code == 0, told.err
    # Seven cells of a hectare on the map; on the ellipsoid a little less or more.
    rows = pd.read_csv(tmp_path / "ecosystem_2020.csv")
    apart = rows[rows["first_code"] != rows["second_code"]]
    assert len(apart) == 1
    assert apart["area_ha"].item() == pytest.approx(7.0, rel=2e-3)
    assert rows["area_ha"].sum() == pytest.approx(60 * 80, rel=2e-3)
    assert "becomes" in told.out
    with rasterio.open(tmp_path / "ecosystem_2020.tif") as written:
        assert (written.read(1) == 1).sum() == 7


def test_rows_of_tables_meet_by_their_keys():
    first = pd.DataFrame({"zone": ["a", "b", "c"], "year": [1, 1, 1], "area_ha": [1.0, 2.0, np.nan]})
    second = pd.DataFrame({"zone": ["c", "b", "d"], "year": [1, 1, 1], "area_ha": [np.nan, 2.5, 4.0]})
    found = _of_tables("land", first, second)
    assert found.told == [
        "1 rows stand in the first only",
        "1 rows stand in the second only",
        "area_ha differs in 1 of 2 rows, most at zone b, year 1: 2 and 2.5",
    ]
    assert found.rows.to_dict("records") == [
        {"zone": "b", "year": 1, "column": "area_ha", "first": 2.0, "second": 2.5, "difference": 0.5}
    ]
    assert _of_tables("land", first, first.copy()).told == ["the same numbers"]
    told = _of_tables("land", first, first.rename(columns={"area_ha": "area_km2"})).told
    assert told == ["column area_ha stands in the first only", "column area_km2 stands in the second only"]


def test_rows_of_equal_keys_meet_one_by_one():
    first = pd.DataFrame({"zone": ["a", "a"], "area_ha": [1.0, 2.0]})
    second = pd.DataFrame({"zone": ["a", "a", "a"], "area_ha": [1.0, 3.0, 9.0]})
    told = _of_tables("land", first, second).told
    assert told == ["1 rows stand in the second only", "area_ha differs in 1 of 2 rows, most at zone a: 2 and 3"]


def test_polygons_are_compared_by_the_ground_they_cover():
    square = shapely.box(500_000, 4_000_000, 501_000, 4_001_000)
    moved = shapely.box(500_250, 4_000_000, 501_500, 4_001_000)
    frames = [geopandas.GeoDataFrame(geometry=[one], crs="EPSG:32649") for one in (square, moved)]
    found = _of_polygons("line", *frames)
    # At the central meridian a square metre of the map is 1 / 0.9996**2 of the ground.
    areas = [75 / 0.9996**2, 25 / 0.9996**2, 50 / 0.9996**2]
    assert found.rows["area_ha"].tolist() == pytest.approx(areas, rel=1e-5)
    assert found.told[0] == "1 and 1 features"
    assert found.told[1].startswith("both: 75.0")
