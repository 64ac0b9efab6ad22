"""Importance through the whole engine: tiles, years, methods, corridors, and the areas that the tables tell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Grid
from shanshui.data.rasters import AlignedRaster
from shanshui.study.study import open_study

LAYERS = """
[layers.water_conservation]
path = "water_{year}.tif"
years = [2000, 2020]
unit = "mm"

[layers.soil_retention_index]
path = "soil.tif"

[layers.water_erosion_class]
path = "fragile.tif"

[layers.ecological_corridor]
path = "corridor.tif"
"""
SHARES = {"double_evaluation_2020": (50, 80), "four_classes": (50, 75, 90)}


@pytest.fixture
def graded(study):
    shape = study.cells("land_cover_2000.tif").shape
    random = np.random.default_rng(11)
    for year in (2000, 2020):
        cells = np.floor(random.gamma(1.5, 60, shape)).astype(np.float32)
        cells[random.random(shape) < 0.05] = -9999
        study.raster(f"water_{year}.tif", cells, nodata=-9999)
    study.raster("soil.tif", random.random(shape).astype(np.float32), nodata=-1)
    study.raster("fragile.tif", random.integers(1, 4, shape).astype(np.int32), nodata=-1)
    study.raster("corridor.tif", (random.random(shape) < 0.3).astype(np.float32), nodata=-1)
    study.add(LAYERS)
    return study


def made(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        cells = source.read(1).astype(int)
        return np.where(cells == source.nodata, -1, cells)


def sorted_classes(cells, shares, lowest, pooled=None):
    """Sort the cells, all of one area; cells of equal value have the class of the first among them."""
    pooled = cells if pooled is None else pooled
    values = np.sort(pooled[pooled >= 0].astype(np.float64))[::-1]
    held = np.cumsum(values)
    leasts = [values[np.argmax(held * 100 >= share * held[-1])] for share in shares]
    return np.where(cells < 0, -1, lowest + sum((cells >= least).astype(int) for least in leasts))


@pytest.mark.parametrize("method", list(SHARES))
def test_classes_are_those_of_a_sort_of_both_years(graded, method):
    graded.add(f'[methods]\nimportance_grades = "{method}"\n')
    told = graded.run("water_conservation_importance", "water_conservation_importance_breaks")
    assert told.code == 0, told.err
    years = {year: graded.cells(f"water_{year}.tif") for year in (2000, 2020)}
    pooled = np.concatenate([cells.ravel() for cells in years.values()])
    # On this small plane the areas of cells differ by less than a millionth.
    for year, cells in years.items():
        expected = sorted_classes(cells, SHARES[method], 1 if method == "double_evaluation_2020" else 0, pooled)
        np.testing.assert_array_equal(made(graded, f"water_conservation_importance_{year}"), expected)
    table = pd.read_csv(graded.out / "tables/water_conservation_importance_breaks.csv")
    assert table["value_percent"].sum() == pytest.approx(100)
    assert table["area_percent"].sum() == pytest.approx(100)
    assert table["value_percent"].iloc[-1] >= 50


def test_all_of_it_together_with_corridors_and_areas(graded):
    names = ["soil_retention_importance", "service_importance", "service_importance_dominant", "fragility_class"]
    names += ["biodiversity_importance", "fragility_class_dominant", "integrated_importance", "ecological_importance"]
    told = graded.run(*names, "water_conservation_importance", "ecological_importance_by_zone", "habitat_quality")
    assert told.code == 0, told.err
    water, soil = made(graded, "water_conservation_importance_2020"), made(graded, "soil_retention_importance")
    np.testing.assert_array_equal(soil, sorted_classes(graded.cells("soil.tif"), (50, 80), 1))
    # The land cover tells of the quality of habitats.
    life = made(graded, "biodiversity_importance_2020")
    service, fragile = np.maximum.reduce([water, life, soil]), graded.cells("fragile.tif")
    np.testing.assert_array_equal(made(graded, "service_importance_2020"), service)
    # Of the greatest classes, that of which a cell gives more of all; of the soil only an index is known.
    with rasterio.open(graded.out / "rasters/habitat_quality_2020.tif") as source:
        quality = np.nan_to_num(source.read(1).astype(np.float64))
    rain = np.maximum(graded.cells("water_2020.tif").astype(np.float64), 0)
    of_water = np.where(water == service, rain / rain.sum(), -1)
    of_life = np.where(life == service, quality / quality.sum(), -1)
    first = np.where(np.maximum(of_water, of_life) < 0, 3, np.where(of_water >= of_life, 1, 2))
    dominant = np.where(service <= 1, np.minimum(service, 0), first)
    assert {0, 1, 2, 3} <= set(np.unique(dominant))
    np.testing.assert_array_equal(made(graded, "service_importance_dominant_2020"), dominant)
    np.testing.assert_array_equal(made(graded, "fragility_class"), fragile)
    np.testing.assert_array_equal(made(graded, "fragility_class_dominant"), fragile > 1)
    both = np.maximum(service, fragile)
    np.testing.assert_array_equal(made(graded, "integrated_importance_2020"), both)
    raised = (both == 2) & (graded.cells("corridor.tif") == 1)
    assert raised.any()
    found = made(graded, "ecological_importance_2020")
    np.testing.assert_array_equal(found, np.where(raised, 3, both))
    table = pd.read_csv(graded.out / "tables/ecological_importance_by_zone.csv")
    region = table[(table["zoning"] == "region") & (table["year"] == 2020)].set_index("code")["area_ha"]
    for code, area in region.items():
        # Cells of 100 m a side, measured on the ellipsoid: near to a hectare.
        assert area == pytest.approx((found == code).sum(), rel=2e-3)


def test_the_domain_is_the_region(graded, rectangle):
    # Half a cell short of the twentieth row: cells on the border count by half.
    left, low, right, high = rectangle(0, 0, 20, 80).bounds
    graded.boundary(shapely.box(left, low + 50, right, high))
    told = graded.run("soil_retention_importance", "soil_retention_index_importance_breaks")
    assert told.code == 0, told.err
    cells = graded.cells("soil.tif")[:20].astype(np.float64)
    weights = np.where(np.arange(20)[:, None] == 19, 0.5, 1.0) * np.ones(cells.shape)
    order = np.argsort(-cells.ravel())
    held = np.cumsum((cells * weights).ravel()[order])
    table = pd.read_csv(graded.out / "tables/soil_retention_index_importance_breaks.csv").set_index("code")
    for code, share in ((3, 50), (2, 80)):
        least = cells.ravel()[order][np.argmax(held * 100 >= share * held[-1])]
        assert table.loc[code, "least"] == pytest.approx(least, abs=1e-3)
    assert (made(graded, "soil_retention_importance")[20:] == -1).all()


def test_the_bytes_do_not_depend_on_tiles_or_threads(graded):
    wanted = ("ecological_importance", "water_conservation_importance_breaks", "ecological_importance_by_zone")
    assert graded.run(*wanted).code == 0
    first = {name: content for name, content in graded.products().items() if not name.startswith("receipts")}
    graded.edit("tile = 32", "tile = 16")
    assert graded.run(*wanted, "--threads", "1").code == 0
    second = {name: content for name, content in graded.products().items() if not name.startswith("receipts")}
    assert first == second


def test_shares_that_do_not_rise_are_refused(graded):
    graded.add("[policy.overrides]\nimportant_percent = 40\n")
    graded.run("water_conservation_importance").one("policy.overrides.important_percent", "40", "50")


@pytest.mark.parametrize("misleading", [set(), {"water"}, {"water", "soil"}])
def test_one_reading_more_than_that_which_writes_and_two_where_the_sample_misleads(tmp_path, monkeypatch, misleading):
    monkeypatch.setattr("shanshui.base.grid._SAMPLE_BLOCK", 16)
    side, block = 96, 16
    geobox = GeoBox((side, side), Affine(30, 0, 500_000, 0, -30, 4_000_000), "EPSG:4549")
    sample = list(Grid(geobox).sample())
    assert len(sample) == 16
    profile = {"driver": "GTiff", "height": side, "width": side, "count": 1, "dtype": "float32", "crs": "EPSG:4549"}
    profile |= {"transform": geobox.transform, "tiled": True, "blockxsize": block, "blockysize": block}
    text = '[study]\nname = "t"\n[grid]\nlike = "water_conservation"\n'
    layers = {}
    for seed, (name, word, unit) in enumerate(
        [("water", "water_conservation", "mm"), ("soil", "soil_retention", "t/ha/year")]
    ):
        layers[name] = np.random.default_rng(seed).gamma(2, 100, (side, side)).astype(np.float32)
        if name in misleading:
            # The 20 blocks that are not looked at have nearly all there is.
            for window in sample:
                layers[name][slices(window)] /= 1000
        with rasterio.open(tmp_path / f"{name}.tif", "w", **profile) as out:
            out.write(layers[name], 1)
        text += f'[layers.{word}]\npath = "{name}.tif"\nunit = "{unit}"\n'
    (tmp_path / "study.toml").write_text(text)
    windows, read = {"water": [], "soil": []}, AlignedRaster.read

    def counted(self, window, bands=None):
        windows[Path(self._source.name).stem].append(window.shape)
        return read(self, window, bands)

    monkeypatch.setattr(AlignedRaster, "read", counted)
    with open_study(tmp_path) as opened:
        for found in windows.values():
            found.clear()
        opened.make(["water_conservation_importance", "soil_retention_importance"], threads=1)
    for name, word in (("water", "water_conservation"), ("soil", "soil_retention")):
        with rasterio.open(tmp_path / f"out/rasters/{word}_importance.tif") as source:
            np.testing.assert_array_equal(source.read(1), sorted_classes(layers[name], (50, 80), 1))
        walks = 3 if name in misleading else 2
        assert windows[name] == [(block, block)] * 16 + [(side, side)] * walks


def test_draws_do_without_a_guess(graded):
    # One factor for all cells of a draw: the breaks move with it, and no class changes.
    graded.add('[uncertainty.water_conservation]\ndistribution = "uniform"\nrelative = true\nlow = 0.5\nhigh = 2.0\n')
    assert graded.run("water_conservation_importance", "--draws", "5").code == 0
    with rasterio.open(graded.out / "draws/rasters/water_conservation_importance_confidence_2020.tif") as source:
        confidence = source.read(1)
    known = graded.cells("water_2020.tif") >= 0
    assert set(confidence[known]) == {np.float32(1)}
    assert np.isnan(confidence[~known]).all()


def slices(window):
    return slice(window.row, window.row + window.height), slice(window.column, window.column + window.width)
