"""Degradation through the whole engine: greatest values of all years and tiles, zones, areas of two years."""

import numpy as np
import pandas as pd
import pytest
import rasterio

CONSTANT = """
[layers.carbonate_share]
value = 0.5
unit = "1"

[layers.slope]
value = 30.0
unit = "degree"

[layers.vegetation_cover]
path = "cover_{year}.tif"
years = [2000, 2020]
unit = "1"

[layers.biomass]
path = "biomass_{year}.tif"
years = [2000, 2020]
unit = "kg/m**2"
"""
ZONES = """
[layers.natural_zone]
path = "zones.tif"
"""


@pytest.fixture
def degraded(study):
    shape = study.cells("land_cover_2000.tif").shape
    noise = np.random.default_rng(5)
    for year in (2000, 2020):
        study.raster(f"cover_{year}.tif", noise.random(shape).astype(np.float32), nodata=-1)
        study.raster(f"biomass_{year}.tif", (noise.random(shape) * 30).astype(np.float32), nodata=-1)
    study.add(CONSTANT)
    return study


def made(study, name):
    with rasterio.open(study.out / "rasters" / name) as source:
        return source.read(1)


def kind(study, year, name):
    codes = {"forest": 1, "grassland": 2}
    return study.cells(f"land_cover_{year}.tif") == codes[name]


@pytest.mark.parametrize("zoned", [False, True])
def test_the_greatest_of_all_years_and_tiles(degraded, zoned):
    zones = np.zeros(degraded.cells("land_cover_2000.tif").shape, np.int32)
    if zoned:
        zones[:, 40:] = 7
        degraded.raster("zones.tif", zones)
        degraded.add(ZONES)
    told = degraded.run("forest_degradation", "grassland_degradation", "grassland_degradation_grade")
    assert told.code == 0, told.err
    for name, layer in (("forest", "biomass"), ("grassland", "cover")):
        values = {year: degraded.cells(f"{layer}_{year}.tif").astype(float) for year in (2000, 2020)}
        for zone in np.unique(zones):
            here = {year: kind(degraded, year, name) & (zones == zone) for year in (2000, 2020)}
            greatest = max(values[year][here[year]].max() for year in (2000, 2020))
            for year in (2000, 2020):
                found = made(degraded, f"{name}_degradation_{year}.tif")
                expected = 100 * values[year][here[year]] / greatest
                np.testing.assert_allclose(found[here[year]], expected, rtol=2e-3)
        outside = made(degraded, f"{name}_degradation_2000.tif")[~kind(degraded, 2000, name)]
        assert np.isnan(outside).all() or (outside < 0).all()


def test_wetland_lost_by_county(degraded):
    told = degraded.run("wetland_loss", "land_change")
    assert told.code == 0, told.err
    found = pd.read_csv(degraded.out / "tables/wetland_loss.csv")
    changes = pd.read_csv(degraded.out / "tables/land_change.csv")
    lakes = changes[(changes["keyed_by"] == "ecosystem_type") & (changes["class_code"] == 91)]
    lakes = lakes[lakes["area_from_ha"] > 0]
    assert found["zone"].tolist() == lakes["zone"].tolist()
    np.testing.assert_allclose(found["lost_ha"], -lakes["change_ha"], atol=1e-6)


def test_rocky_desertification_of_constants_and_layers(degraded):
    told = degraded.run("rocky_desertification", "rocky_desertification_class")
    assert told.code == 0, told.err
    # carbonate 3, slope 5, cover 1, 3 or 5
    cover = degraded.cells("cover_2020.tif")
    expected = np.cbrt(15.0 * np.where(cover >= np.float32(0.6), 1, np.where(cover > np.float32(0.2), 3, 5)))
    np.testing.assert_allclose(made(degraded, "rocky_desertification_2020.tif"), expected, rtol=2e-3)
