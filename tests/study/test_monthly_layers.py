"""Layers with a value a month: one file a year with twelve bands, or a file a month."""

import numpy as np
import pytest
import rasterio

from shanshui.base.grid import Window
from shanshui.study.study import open_study

MONTHS = np.random.default_rng(2).integers(-2000, 10000, (2, 12, 60, 80)).astype(np.int16)
LAYER = '[layers.monthly_ndvi]\npath = "{path}"\nscale = 0.0001\nnodata = -3000'


@pytest.fixture
def monthly(study):
    """Write the months of 2000 and 2020 both ways."""
    with rasterio.open(study.folder / "elevation.tif") as source:
        profile = source.profile | {"dtype": "int16", "nodata": None}
    for year, months in zip((2000, 2020), MONTHS, strict=True):
        with rasterio.open(study.folder / f"ndvi_{year}.tif", "w", **(profile | {"count": 12})) as target:
            target.write(months)
        for month, cells in enumerate(months, start=1):
            study.raster(f"ndvi_{year}_{month:02d}.tif", cells)
    return study


def read(study, year):
    with open_study(study.folder) as opened:
        layer = opened.inputs.sources["monthly_ndvi"]
        assert layer.years == (2000, 2020)
        return layer.read(year, Window(10, 20, 30, 40))


@pytest.mark.parametrize("path", ["ndvi_{year}.tif", "ndvi_{year}_{month}.tif"])
def test_bands_and_files_give_the_same_months(monthly, path):
    monthly.add(LAYER.replace("{path}", path))
    for year, months in zip((2000, 2020), MONTHS, strict=True):
        np.testing.assert_allclose(read(monthly, year), months[:, 10:40, 20:60] * 0.0001, atol=1e-7)
    assert monthly.check().code == 0


def test_a_month_without_a_file_has_no_data_and_is_named(monthly):
    (monthly.folder / "ndvi_2020_07.tif").unlink()
    monthly.add(LAYER.replace("{path}", "ndvi_{year}_{month}.tif"))
    found = read(monthly, 2020)
    assert np.isnan(found[6]).all()
    assert np.isfinite(np.delete(found, 6, axis=0)).all()
    told = monthly.check()
    assert told.code == 0
    assert any("layers.monthly_ndvi.path: months 7 in 2020 have no file" in note for note in told.notes)


def test_another_number_of_bands_is_a_fault(monthly):
    with rasterio.open(monthly.folder / "ndvi_2020.tif") as source:
        profile, months = source.profile, source.read()
    with rasterio.open(monthly.folder / "ndvi_2020.tif", "w", **(profile | {"count": 11})) as target:
        target.write(months[:11])
    monthly.add(LAYER.replace("{path}", "ndvi_{year}.tif"))
    monthly.check().one("layers.monthly_ndvi.path", "has 11 bands", "one band a month")


def test_months_in_the_path_of_a_yearly_layer_are_a_fault(monthly):
    monthly.add('[layers.precipitation]\npath = "ndvi_{year}_{month}.tif"\nunit = "mm"')
    monthly.check().one("layers.precipitation.path", "has no months")


def test_a_value_out_of_range_is_told_with_its_month(monthly):
    cells = MONTHS[1][4].copy()
    cells[0, 0] = 20000
    monthly.raster("ndvi_2020_05.tif", cells)
    monthly.add(LAYER.replace("{path}", "ndvi_{year}_{month}.tif"))
    monthly.check().one("layers.monthly_ndvi", "1 cells in 2020-05 lie outside -1 to 1")
