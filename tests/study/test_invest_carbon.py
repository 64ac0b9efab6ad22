"""A whole study beside InVEST 3.20.2: the carbon stock of four pools by class of land cover."""

import shutil

import numpy as np
import pytest
import rasterio
from tests.study.conftest import run_cli
from tests.study.test_invest import LEGEND

pytestmark = pytest.mark.real

POOLS = {"aboveground": "c_above", "belowground": "c_below", "soil": "c_soil", "dead": "c_dead"}
HEAD = """\
[study]
name = "Beside InVEST"

[grid]
like = "land_cover"

[layers.land_cover]
path = "inputs/lulc.tif"
legend = "legend.csv"
"""


def cells(path):
    with rasterio.open(path) as source:
        return source.read(1, masked=True).astype(np.float64).filled(np.nan)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, shared_data):
    """The study, run."""
    made = tmp_path_factory.mktemp("carbon")
    shutil.copytree(shared_data / "invest/inputs", made / "inputs")
    tables = [
        f'[tables.carbon_{pool}_by_class]\npath = "inputs/biophysical.csv"\n'
        f'columns = {{ code = "lucode", coefficient = "{column}" }}\nunit = "t/ha"\n'
        for pool, column in POOLS.items()
    ]
    (made / "study.toml").write_text("\n".join([HEAD, *tables]), "utf-8")
    (made / "legend.csv").write_text(LEGEND, "utf-8")
    told = run_cli("run", str(made), "carbon_stock", *[f"carbon_{pool}" for pool in POOLS])
    assert told.code == 0, told.err
    return made


def test_carbon_stock_is_that_of_invest(folder, shared_data):
    ours = cells(folder / "out/rasters/carbon_stock.tif")
    theirs = cells(shared_data / "invest/outputs/c_storage_bas.tif")
    known = np.isfinite(theirs)
    assert known.sum() > 100_000
    np.testing.assert_array_equal(np.isfinite(ours), known)
    np.testing.assert_allclose(ours[known], theirs[known], rtol=1e-5)
    # Forest, and bare land, of which three pools are 0.
    classes = cells(folder / "inputs/lulc.tif")
    assert set(ours[classes == 1]) == {70 + 18 + 90 + 5}
    assert set(ours[classes == 7]) == {15}


def test_the_stock_is_the_sum_of_its_pools(folder):
    pools = sum(cells(folder / f"out/rasters/carbon_{pool}.tif") for pool in POOLS)
    np.testing.assert_allclose(cells(folder / "out/rasters/carbon_stock.tif"), pools, rtol=1e-6)
