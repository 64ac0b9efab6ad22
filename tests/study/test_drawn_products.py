"""What the draws have left in the output, without a run."""

import json
from pathlib import PurePosixPath
from types import SimpleNamespace

import pandas as pd
import pytest

from shanshui.data.files import Digests
from shanshui.study.drawn_products import current_draws, drawn_output, raster_files, region_shares
from shanshui.study.products import Output

SHARES = """\
zoning,zone,year,uncertain,share_percent
region,45,2020,rain,20.5
region,45,2020,cover,79.5
region,(outside),2020,rain,100.0
county,4501,2020,rain,100.0
"""


@pytest.fixture
def left(tmp_path):
    """A study with a product and a table by zone, whose draws stand in its output."""
    study = SimpleNamespace(
        output=Output(tmp_path / "out", Digests(tmp_path / "digests")),
        keys=lambda names: {name: f"key of {name}" for name in names},
        catalogue=SimpleNamespace(vocabulary={"soil": None, "soil_by_zone": None}),
    )
    output = drawn_output(study)
    for name in ("soil", "soil_by_zone"):
        path = output.folder / "tables" / f"{name}_shares.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SHARES)
        output.receipt_path(name).parent.mkdir(parents=True, exist_ok=True)
        output.write_receipt(name, {"key": "own key", "of": f"key of {name}"}, [path])
    return study


def tell(study, name, **changes):
    """Change a receipt."""
    path = drawn_output(study).receipt_path(name)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_draws_stand_in_a_folder_of_their_own(left):
    assert drawn_output(left).folder == left.output.folder / "draws"
    assert drawn_output(left).digests is left.output.digests


def test_draws_belong_to_the_product_as_it_stands(left):
    assert current_draws(left, "soil")["of"] == "key of soil"
    assert current_draws(left, "rain") is None
    tell(left, "soil", of="key of another soil")
    assert current_draws(left, "soil") is None
    (drawn_output(left).folder / "tables" / "soil_by_zone_shares.csv").write_text("changed")
    assert current_draws(left, "soil_by_zone") is None


def paths(*names):
    return [PurePosixPath(name) for name in names]


def test_rasters_of_a_year_are_those_that_end_in_it():
    files = dict.fromkeys(["rasters/a_mean_2000.tif", "rasters/a_mean_2020.tif", "tables/a_2020.csv"])
    receipt = {"files": files, "years": [2000, 2020]}
    assert raster_files(receipt, "a", 2020) == paths("rasters/a_mean_2020.tif")
    assert raster_files(receipt, "a", 2000) == paths("rasters/a_mean_2000.tif")
    # Asked for no year, those of no year.
    assert raster_files(receipt, "a", None) == []
    receipt = {"files": files | {"rasters/a_mean.tif": ""}, "years": [2000, 2020]}
    assert raster_files(receipt, "a", None) == paths("rasters/a_mean.tif")
    receipt = {"files": dict.fromkeys(["rasters/b_mean.tif", "tables/b.csv"]), "years": []}
    assert raster_files(receipt, "b", None) == paths("rasters/b_mean.tif")


@pytest.mark.parametrize("name", ["soil", "soil_by_zone"])
def test_the_shares_of_the_region_are_the_greatest_first(left, name):
    found = region_shares(left, name)
    pd.testing.assert_frame_equal(
        found, pd.DataFrame({"year": [2020, 2020], "uncertain": ["cover", "rain"], "share_percent": [79.5, 20.5]})
    )


def test_a_table_without_years_has_none(left):
    path = drawn_output(left).folder / "tables" / "soil_by_zone_shares.csv"
    path.write_text("zoning,zone,uncertain,share_percent\nregion,045,rain,100.0\n")
    drawn_output(left).write_receipt("soil_by_zone", {"key": "own key", "of": "key of soil_by_zone"}, [path])
    assert region_shares(left, "soil").to_dict("list") == {"uncertain": ["rain"], "share_percent": [100.0]}


def test_there_are_no_shares_where_the_table_was_not_drawn_or_has_changed_since_or_was_too_few(left):
    assert region_shares(left, "rain") is None
    left.catalogue.vocabulary["rain_by_zone"] = None
    assert region_shares(left, "rain") is None
    output = drawn_output(left)
    path = output.folder / "tables" / "rain_by_zone_draws.csv"
    path.write_text("zone\n")
    output.write_receipt("rain_by_zone", {"key": "own key", "of": "key of rain_by_zone"}, [path])
    # With few draws there are the draws and no shares.
    assert current_draws(left, "rain_by_zone") is not None
    assert region_shares(left, "rain") is None
    tell(left, "soil_by_zone", of="key of another")
    assert region_shares(left, "soil") is None


def test_a_word_that_is_gone_has_no_shares(left):
    del left.catalogue.vocabulary["soil_by_zone"]
    assert region_shares(left, "soil") is None
