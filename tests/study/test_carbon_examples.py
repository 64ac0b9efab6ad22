"""Carbon of Bungo and productivity of Assaba: the examples against plain numpy on the raw files."""

import csv
import json
import shutil

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window
from tests.study.conftest import run_cli

pytestmark = pytest.mark.real
DATES = (1990, 2000, 2005, 2010)


def cells(path, like=None):
    """Read a raster, where asked for on the extent of another one that is cut from it."""
    with rasterio.open(path) as source:
        window = None
        if like is not None:
            with rasterio.open(like) as other:
                row, column = source.index(*other.xy(0, 0))
                window = Window(column, row, other.width, other.height)
        return source.read(1, masked=True, window=window).astype(np.float64).filled(np.nan)


def run(name, products, made, shared_data, project):
    """Run an example in a folder of our own."""
    for path in (project / "examples" / name).iterdir():
        if path.is_file():
            shutil.copy(path, made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANSHUI_DATA", str(shared_data))
        told = run_cli("run", str(made), *products)
    assert told.code == 0, told.err
    return made / "out"


@pytest.fixture(scope="module")
def bungo(tmp_path_factory, shared_data, project):
    products = ("carbon_stock", "habitat_quality", "habitat_degradation")
    return run("bungo", products, tmp_path_factory.mktemp("bungo"), shared_data, project)


@pytest.fixture(scope="module")
def assaba(tmp_path_factory, shared_data, project):
    products = ("net_primary_productivity", "carbon_sequestration", "carbon_stock")
    return run("assaba", products, tmp_path_factory.mktemp("assaba"), shared_data, project)


@pytest.mark.parametrize("year", DATES)
def test_the_stock_of_bungo_is_that_of_its_table(bungo, shared_data, year):
    with (shared_data / "bungo/table/carbon_bungo.csv").open() as file:
        table = {int(row["ID"]): float(row["CARBON"]) for row in csv.DictReader(file)}
    classes = cells(shared_data / f"bungo/raster/bungo_landcover_{year}r.tif")
    wanted = np.full(classes.shape, np.nan)
    for code, carbon in table.items():
        wanted[classes == code] = carbon
    found = cells(bungo / f"rasters/carbon_stock_{year}.tif")
    assert np.array_equal(np.isfinite(found), np.isfinite(classes))
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_bungo_lost_more_than_a_third_of_its_carbon_where_all_dates_have_data(bungo):
    stocks = [cells(bungo / f"rasters/carbon_stock_{year}.tif") for year in DATES]
    known = np.isfinite(sum(stocks))
    means = [stock[known].mean() for stock in stocks]
    assert known.sum() == 438_768
    np.testing.assert_allclose(means, [142.66, 113.27, 106.20, 87.86], atol=0.01)
    receipt = json.loads((bungo / "receipts/carbon_stock.json").read_text("utf-8"))
    assert {step["gives"]: step["method"] for step in receipt["steps"]}["carbon_stock"] == "total"


def test_habitat_of_bungo_is_good_far_from_people_and_its_saturation_is_half_of_the_highest(bungo, shared_data):
    quality, highest = [], []
    for year in DATES:
        quality.append(cells(bungo / f"rasters/habitat_quality_{year}.tif"))
        highest.append(np.nanmax(cells(bungo / f"rasters/habitat_degradation_{year}.tif")))
    assert max(highest) / 2 == pytest.approx(0.36, abs=0.006)
    classes = cells(shared_data / "bungo/raster/bungo_landcover_2010r.tif")
    means = {code: np.nanmean(quality[3][classes == code]) for code in (1, 16, 17, 25)}
    assert means[1] > 0.8
    assert means[16] < 0.4
    assert means[25] == 0
    known = np.isfinite(sum(quality))
    np.testing.assert_allclose([np.mean(q[known]) for q in quality], [0.493, 0.334, 0.338, 0.342], atol=0.002)


@pytest.mark.parametrize("year", [2010, 2017, 2022])
def test_productivity_of_assaba_is_half_of_the_gross_and_of_a_dryland(assaba, shared_data, year):
    product = assaba / f"rasters/net_primary_productivity_{year}.tif"
    found = cells(product)
    raw = cells(shared_data / f"assaba/MODIS_Gross_Primary_Production_GPP/{year}_GP.tif", product)
    # 65533 is unclassified, 65535 outside; else 0.0001 kg/m2 a year, of which half.
    inside = np.isfinite(cells(assaba / f"rasters/carbon_stock_{year}.tif"))
    known = inside & (raw < 65_533)
    np.testing.assert_array_equal(np.isfinite(found), known)
    np.testing.assert_allclose(found[known], raw[known] * 0.0001 * 1000 * 0.5, rtol=1e-6)
    assert known.sum() == 108_061
    assert 30 < found[known].mean() < 110
    assert found[known].max() < 300


def test_more_rain_makes_more_grow_in_assaba(assaba, shared_data):
    grown, rain = [], []
    for year in range(2010, 2024):
        grown.append(np.nanmean(cells(assaba / f"rasters/net_primary_productivity_{year}.tif")))
        depth = cells(shared_data / f"assaba/Climate_Precipitation_Data/{year}R.tif")
        rain.append(np.nanmean(np.where(depth >= 0, depth, np.nan)))
    assert np.corrcoef(grown, rain)[0, 1] > 0.8
    # 0.15 to 0.35 g of carbon for a millimetre of rain.
    efficiency = np.array(grown) / np.array(rain)
    assert ((efficiency > 0.15) & (efficiency < 0.35)).all()


def test_what_assaba_takes_from_the_air_is_a_part_of_what_grows(assaba, shared_data):
    grown = cells(assaba / "rasters/net_primary_productivity_2010.tif")
    taken = cells(assaba / "rasters/carbon_sequestration_2010.tif")
    path = shared_data / "assaba/Modis_Land_Cover_Data/2010LCT.tif"
    classes = cells(path, assaba / "rasters/carbon_sequestration_2010.tif")
    grass = np.isfinite(grown) & (classes == 10)
    np.testing.assert_allclose(taken[grass], grown[grass] * 0.08 * 0.01 * 44 / 12, rtol=1e-5)
    stock = cells(assaba / "rasters/carbon_stock_2010.tif")
    # 31 t/ha in the soil; above ground, roots and litter as shipped.
    assert np.unique(stock[grass]) == pytest.approx([31 + 0.6 + 4.2 + 0.2], rel=1e-6)
