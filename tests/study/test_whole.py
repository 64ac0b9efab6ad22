"""Steps that take a raster as a whole, between the passes."""

import numpy as np
import pandas as pd
import rasterio


def product(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1)


def test_water_runs_down_the_plane_to_its_corner(study):
    """The ground falls 5 m a row northwards and 2 m a column westwards: all drains towards the first row."""
    assert study.run("flow_accumulation", "flow_direction", "filled_elevation").code == 0
    accumulation = product(study, "flow_accumulation")
    assert accumulation.min() == 1
    np.testing.assert_array_equal(product(study, "filled_elevation"), study.cells("elevation.tif"))
    # Straight north falls 5 m in 100 m, north-west 7 m in 141 m: north is the steeper by a little.
    assert set(np.unique(product(study, "flow_direction")[1:, 1:])) == {3}
    np.testing.assert_array_equal(accumulation[1:, 5], np.arange(59, 0, -1))
    # Along the first row it runs west, and leaves in the corner.
    np.testing.assert_array_equal(accumulation[0], 60 * np.arange(80, 0, -1))


def test_it_is_read_by_a_pass_with_its_halo_and_thrown_away(study):
    assert study.run("slope_length_factor").code == 0
    assert np.isfinite(product(study, "slope_length_factor")).all()
    assert not list(study.out.glob(".whole-*"))


def test_what_a_killed_run_left_is_cleared(study):
    (study.out / ".whole-abc").mkdir(parents=True)
    (study.out / ".whole-abc" / "tiles").write_bytes(b"x")
    assert study.run("land_area").code == 0
    assert not (study.out / ".whole-abc").exists()


def test_tiles_change_no_byte(make_study):
    found = []
    for tile in (16, 64):
        study = make_study(f"tile{tile}")
        study.edit("tile = 32", f"tile = {tile}")
        rough = study.cells("elevation.tif") + np.random.default_rng(1).integers(0, 40, (60, 80)).astype(np.float32)
        rough[20:25, 30:40] = -9999.0
        study.raster("elevation.tif", rough, nodata=-9999.0)
        assert study.run("flow_accumulation", "slope_length_steepness").code == 0
        found.append({name: study.products()[f"rasters/{name}.tif"] for name in ("flow_accumulation",)})
        found[-1]["ls"] = study.products()["rasters/slope_length_steepness.tif"]
    assert found[0] == found[1]


HIGHEST = """
[highest]
shape = "cell"
measure = "intensive"
unit = "1"
english = "a"
chinese = "高"
meaning = "A."

[highest_table]
shape = "table"
english = "b"
chinese = "表"
meaning = "B."
columns = { highest = "c" }
"""
HIGHEST_STEPS = """
import numpy as np
import pandas as pd

from shanshui.base.raster import WholeRaster
from shanshui.base.step import step


def _most(raster):
    return np.nanmax([np.nanmax(raster.read(tile)) for tile in raster.tiles()])


@step
def highest(slope: WholeRaster) -> WholeRaster:
    '''Share of the highest slope.'''
    most, out = _most(slope), slope.blank(np.float32)
    for tile in out.tiles():
        out.write(tile, slope.read(tile) / most)
    return out


@step
def highest_table(slope: WholeRaster, highest: WholeRaster) -> pd.DataFrame:
    '''The highest of both.'''
    return pd.DataFrame({"highest": [_most(slope), _most(highest)]})
"""


def test_what_is_made_tile_by_tile_is_taken_as_a_whole_after_its_pass(study):
    study.own_words(HIGHEST, HIGHEST_STEPS)
    assert study.run("slope", "highest", "highest_table", "--trust").code == 0
    slopes, shares = product(study, "slope"), product(study, "highest")
    assert slopes.max() > 0
    np.testing.assert_array_equal(shares, slopes / slopes.max())
    found = pd.read_csv(study.out / "tables" / "highest_table.csv")
    np.testing.assert_allclose(found["highest"], [slopes.max(), 1.0])


def test_it_is_the_same_whether_its_input_is_a_product_or_not(study):
    study.own_words(HIGHEST, HIGHEST_STEPS)
    assert study.run("highest", "--trust").code == 0
    alone = study.products()["rasters/highest.tif"]
    assert not (study.out / "rasters" / "slope.tif").exists()
    assert not list(study.out.glob(".whole-*"))
    study.edit("tile = 32", "tile = 16")
    assert study.run("slope", "highest", "--trust").code == 0
    assert study.products()["rasters/highest.tif"] == alone


def test_what_a_layer_cannot_hold_stops_a_step_on_the_whole_too(study):
    study.recode("elevation.tif", 99999.0, 2, nodata=-9999)
    study.run("flow_accumulation").one("layers.elevation", "2 cells", "99999")


BOTH_STEPS = """
import numpy as np
import pandas as pd

from shanshui.base.raster import WholeRaster
from shanshui.base.step import step

CALLS = []


@step(gives=("highest", "highest_table"))
def both(slope: WholeRaster) -> tuple[WholeRaster, pd.DataFrame]:
    '''The slope, and how often it was asked for.'''
    CALLS.append(1)
    out = slope.blank(np.float32)
    for tile in out.tiles():
        out.write(tile, slope.read(tile))
    return out, pd.DataFrame({"highest": [len(CALLS)]})
"""


def test_one_step_may_give_a_raster_and_a_table_and_is_carried_out_once(study):
    study.own_words(HIGHEST, BOTH_STEPS)
    assert study.run("slope", "highest", "highest_table", "--trust").code == 0
    np.testing.assert_array_equal(product(study, "highest"), product(study, "slope"))
    path = study.out / "tables" / "highest_table.csv"
    assert pd.read_csv(path)["highest"].tolist() == [1]
    # One of them alone is made as well.
    path.unlink()
    assert study.run("highest_table", "--trust").code == 0
    assert pd.read_csv(path)["highest"].tolist() == [1]
