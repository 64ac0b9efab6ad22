"""Layers with items that the study names: a file an item, or a band an item."""

import json

import numpy as np
import pytest
import rasterio

from shanshui.base.grid import Window
from shanshui.study.study import open_study

ITEMS = ("urban", "crop", "road_2")
FIELDS = np.random.default_rng(5).random((2, 3, 60, 80)).astype(np.float32)
WORDS = """\
[pressure]
shape = "cell"
axis = "item"
measure = "intensive"
minimum = 0
maximum = 1
english = "pressure"
chinese = "压力"
meaning = "Of each item."

[pressure_items]
shape = "table"
english = "items"
chinese = "项"
meaning = "Items of the pressure."
columns = { item = "its name" }

[doubled]
shape = "cell"
axis = "item"
measure = "intensive"
english = "doubled"
chinese = "倍"
meaning = "Twice the pressure."

[heaviest]
shape = "cell"
measure = "intensive"
product = true
english = "heaviest"
chinese = "最大"
meaning = "Pressure of the first item, doubled, and of the rest."

[item_count]
shape = "table"
product = true
english = "count"
chinese = "数"
meaning = "Items in their order."
columns = { item = "its name", place = "its place" }
"""
STEPS = """\
import numpy as np
import pandas as pd
from shanshui.base.step import step


@step(halo=1)
def doubled(pressure):
    \"\"\"Twice the pressure.\"\"\"
    return 2 * pressure


@step
def heaviest(doubled, pressure, pressure_items):
    \"\"\"Pressure of the first item doubled, and the last.\"\"\"
    assert len(pressure_items) == len(pressure) == len(doubled)
    return doubled[0] + pressure[list(pressure_items["item"]).index("road_2")]


@step
def item_count(pressure_items):
    \"\"\"Items in their order.\"\"\"
    return pressure_items.assign(place=range(len(pressure_items)))
"""
LAYER = '[layers.pressure]\npath = "{path}"\nitems = ["urban", "crop", "road_2"]'


@pytest.fixture
def pressed(study):
    """Write the items of 2000 and 2020 both ways."""
    study.own_words(WORDS, STEPS)
    with rasterio.open(study.folder / "elevation.tif") as source:
        profile = source.profile | {"dtype": "float32", "nodata": None, "count": 3}
    for year, fields in zip((2000, 2020), FIELDS, strict=True):
        with rasterio.open(study.folder / f"pressure_{year}.tif", "w", **profile) as target:
            target.write(fields)
        for item, field in zip(ITEMS, fields, strict=True):
            study.raster(f"{item}_{year}.tif", field)
    return study


def read(study, year, window):
    with open_study(study.folder, trust=True) as opened:
        layer = opened.inputs.sources["pressure"]
        return layer.read(year, window)


def check(study):
    return study.check("--trust")


@pytest.mark.parametrize(
    ("path", "years"),
    [("pressure_{year}.tif", (2000, 2020)), ("{item}_{year}.tif", (2000, 2020)), ("{item}_2020.tif", (None,))],
)
def test_bands_and_files_give_the_same_items(pressed, path, years):
    pressed.add(LAYER.replace("{path}", path))
    for year in years:
        fields = FIELDS[0 if year == 2000 else 1]
        np.testing.assert_array_equal(read(pressed, year, Window(10, 20, 30, 40)), fields[:, 10:40, 20:60])
    assert check(pressed).code == 0


@pytest.mark.parametrize("path", ["pressure_2020.tif", "{item}_2020.tif"])
def test_steps_see_the_items_and_their_names_in_order(pressed, path):
    pressed.add(LAYER.replace("{path}", path))
    told = pressed.run("heaviest", "item_count", "--trust")
    assert told.code == 0, told.err
    with rasterio.open(pressed.out / "rasters" / "heaviest.tif") as source:
        np.testing.assert_allclose(source.read(1), 2 * FIELDS[1][0] + FIELDS[1][2], rtol=1e-6)
    table = (pressed.out / "tables" / "item_count.csv").read_text()
    assert table == "item,place\nurban,0\ncrop,1\nroad_2,2\n"
    receipt = json.loads((pressed.out / "receipts" / "heaviest.json").read_text())
    named = [entry["item"] for entry in receipt["inputs"] if "item" in entry]
    if "{item}" in path:
        assert named == list(ITEMS)
    else:
        assert [entry["items"] for entry in receipt["inputs"] if entry["name"] == "pressure"] == [list(ITEMS)]


def test_another_order_of_the_items_makes_products_anew(pressed):
    pressed.add(LAYER.replace("{path}", "{item}_2020.tif"))
    assert pressed.run("heaviest", "--trust").code == 0
    pressed.edit('items = ["urban", "crop", "road_2"]', 'items = ["crop", "urban", "road_2"]')
    assert pressed.run("heaviest", "--trust").code == 0
    with rasterio.open(pressed.out / "rasters" / "heaviest.tif") as source:
        np.testing.assert_allclose(source.read(1), 2 * FIELDS[1][1] + FIELDS[1][2], rtol=1e-6)


def test_a_missing_file_is_named_with_its_item_and_year(pressed):
    (pressed.folder / "crop_2000.tif").unlink()
    pressed.add(LAYER.replace("{path}", "{item}_{year}.tif"))
    check(pressed).only("layers.pressure.path", "no file crop_2000.tif for crop in 2000", "or years")


def test_a_value_out_of_range_is_told_with_its_item(pressed):
    field = FIELDS[1][1].copy()
    field[0, 0] = 3
    pressed.raster("crop_2020.tif", field)
    pressed.add(LAYER.replace("{path}", "{item}_{year}.tif"))
    check(pressed).only("layers.pressure", "1 cells of crop in 2020 lie outside 0 to 1")


@pytest.mark.parametrize(
    ("layer", "key", "words"),
    [
        ('path = "{item}_2020.tif"', "items", ("is missing", "for example items =")),
        ('path = "pressure_2020.tif"', "items", ("is missing",)),
        ('path = "pressure_2020.tif"\nitems = []', "items", ("is missing",)),
        ('path = "pressure_2020.tif"\nitems = ["urban", "crop"]', "items", ("names 2", "has 3 bands")),
        ('path = "elevation.tif"\nitems = ["urban", "crop"]', "items", ("names 2", "has 1 bands", "{item}")),
        ('path = "{item}_2020.tif"\nitems = ["urban", "urban"]', "items", ("'urban' stands 2 times",)),
        ('path = "{item}_2020.tif"\nitems = ["Urban", "a b"]', "items", ("'Urban', 'a b' is no good name",)),
        ('path = "{item}_2020.tif"\nitems = ["urban"]\ncolumn = "x"', "column", ("is for vector files",)),
        ('path = "{item}_2020.tif"\nitems = ["urban"]\nwhere = "x = 1"', "where", ("is for vector files",)),
        ("value = 0.5", "value", ("differs from item to item", "give files")),
    ],
)
def test_faults_of_items(pressed, layer, key, words):
    pressed.add(f"[layers.pressure]\n{layer}")
    check(pressed).only(f"layers.pressure.{key}", *words)


def test_items_of_a_quantity_that_has_none_are_a_fault(pressed):
    pressed.add('[layers.slope]\npath = "elevation.tif"\nunit = "degree"\nitems = ["urban"]')
    check(pressed).only("layers.slope.items", "is for quantities with items", "slope has no items")
    pressed.edit('"elevation.tif"\nunit = "degree"\nitems = ["urban"]', '"{item}_2020.tif"\nunit = "degree"')
    check(pressed).only("layers.slope.path", "holds {item}, and slope has no items")


def test_files_of_items_with_several_bands_need_to_know_which(pressed):
    for item in ITEMS:
        (pressed.folder / f"{item}_2020.tif").write_bytes((pressed.folder / "pressure_2020.tif").read_bytes())
    pressed.add(LAYER.replace("{path}", "{item}_2020.tif"))
    assert len([line for line in check(pressed).faults if line.startswith("layers.pressure.band: is not said")]) == 3
    pressed.add("band = 2")
    np.testing.assert_array_equal(read(pressed, None, Window(0, 0, 60, 80)), np.stack([FIELDS[1][1]] * 3))


def test_a_table_of_the_items_beside_the_layer_is_a_fault(pressed):
    pressed.file("items.csv", "item\nurban\n")
    pressed.add(LAYER.replace("{path}", "{item}_2020.tif") + '\n[tables.pressure_items]\npath = "items.csv"')
    check(pressed).only("tables.pressure_items", "stands in layers.pressure.items already")
