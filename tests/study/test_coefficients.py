"""A coefficient as a raster, as a class table, or as a number."""

import numpy as np
import pytest
import rasterio

CLASSES = "lucode,usle_c,other\n1,0.003,x\n2,0.05,x\n3,0.25,x\n4,0.01,x\n5,0,x\n"
TABLE = (
    '[tables.cover_management_by_class]\npath = "classes.csv"\ncolumns = { code = "lucode", coefficient = "usle_c" }'
)
C = {1: 0.003, 2: 0.05, 3: 0.25, 4: 0.01, 5: 0.0}


def product(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1)


def test_a_class_table_comes_before_what_shanshui_ships(study):
    study.file("classes.csv", CLASSES)
    study.add(TABLE)
    assert study.run("cover_management").code == 0
    codes = study.cells("land_cover_2020.tif")
    expected = np.vectorize(C.get)(codes).astype(np.float32)
    np.testing.assert_array_equal(product(study, "cover_management_2020"), expected)
    assert "by class_table" in study.cli("explain", "--at", "503000,2597000").out


def test_a_class_without_a_coefficient_is_refused(study):
    study.file("classes.csv", CLASSES.replace("4,0.01,x\n", ""))
    study.add(TABLE)
    study.check().only("tables.cover_management_by_class", "class 4 (town) has no coefficient")


def test_a_class_with_two_coefficients_is_refused(study):
    study.file("classes.csv", CLASSES + "4,0.5,x\n")
    study.add(TABLE)
    study.check().only("tables.cover_management_by_class", "class 4 stands twice")


def test_a_coefficient_that_is_no_number_is_refused(study):
    study.file("classes.csv", CLASSES.replace("0.25", "a quarter"))
    study.add(TABLE)
    study.check().one("tables.cover_management_by_class.columns.coefficient", "no number", "a quarter")


def test_a_number_stands_for_every_cell_in_the_unit_it_declares(study):
    study.add('[layers.cover_management]\nvalue = 12.5\nunit = "percent"')
    assert study.run("cover_management").code == 0
    assert set(product(study, "cover_management").ravel().tolist()) == {0.125}


@pytest.mark.parametrize(
    ("row", "key", "words"),
    [
        ("3,45,x", "tables.cover_management_by_class.columns.coefficient", ("outside 0 to 1", "45")),
        ("3,-0.2,x", "tables.cover_management_by_class.columns.coefficient", ("outside 0 to 1", "-0.2")),
        ("3,,x", "tables.cover_management_by_class", ("class 3 (field) has no coefficient",)),
        ("x,0.25,x", "tables.cover_management_by_class.columns.code", ("no number", "'x'")),
        (",0.25,x", "tables.cover_management_by_class.columns.code", ("1 rows have no whole code",)),
        ("3.5,0.25,x", "tables.cover_management_by_class.columns.code", ("1 rows have no whole code",)),
    ],
)
def test_rows_that_tell_no_coefficient_of_a_class_are_refused(study, row, key, words):
    study.file("classes.csv", CLASSES.replace("3,0.25,x", row))
    study.add(TABLE)
    study.check().one(key, *words)


def test_a_class_table_is_converted_by_the_unit_it_declares(study):
    study.file("classes.csv", CLASSES)
    study.add(TABLE.replace("cover_management", "root_depth") + '\nunit = "m"')
    assert study.run("root_depth").code == 0
    expected = np.vectorize(C.get)(study.cells("land_cover_2020.tif")) * 1000
    np.testing.assert_allclose(product(study, "root_depth_2020"), expected, rtol=1e-6)


def test_a_class_table_in_percent_becomes_a_share(study):
    study.file("classes.csv", CLASSES.replace("0.25", "25"))
    study.add(TABLE + '\nunit = "percent"')
    assert study.run("cover_management").code == 0
    assert set(np.round(product(study, "cover_management_2020")[study.cells("land_cover_2020.tif") == 3], 6)) == {0.25}


def test_a_scenario_puts_a_number_in_the_place_of_a_raster_and_the_other_way(study):
    study.add('[layers.soil_erodibility]\nvalue = 0.02\nunit = "t*ha*h/ha/MJ/mm"')
    study.raster("k.tif", np.full((60, 80), 0.03, np.float32))
    study.add('[scenarios.flat.layers.elevation]\nvalue = 7\n[scenarios.soil.layers.soil_erodibility]\npath = "k.tif"')
    assert study.run("slope", "--scenario", "flat").code == 0
    with rasterio.open(study.out / "scenarios" / "flat" / "rasters" / "slope.tif") as source:
        assert (source.read(1) == 0).all()
    assert study.check("--scenario", "soil").code == 0


def test_a_grid_like_a_number_is_refused(study):
    study.add('[layers.cover_management]\nvalue = 0.1\nunit = "1"')
    study.edit('like = "land_cover"', 'like = "cover_management"')
    study.check().one("grid.like", "is one number", "name a layer of files")


@pytest.mark.parametrize(
    ("section", "key", "words"),
    [
        ("[layers.cover_management]\nvalue = 12.5", "layers.cover_management.value", ("12.5", "beyond 0 to 1")),
        ('[layers.cover_management]\nvalue = 0.1\npath = "a.tif"', "layers.cover_management", ("path, or value",)),
        ('[layers.cover_management]\nvalue = nan\nunit = "1"', "layers.cover_management.value", ("nan",)),
        ("[layers.cover_management]", "layers.cover_management", ("path, or value",)),
        ("[layers.ecosystem]\nvalue = 11", "layers.ecosystem.value", ("differs from cell to cell",)),
        ('[layers.cover_managment]\nvalue = 0.1\nunit = "1"', "layers.cover_managment", ("cover_management",)),
        ('[layers.precipitation]\nvalue = 900\nunit = "degC"', "layers.precipitation.unit", ("mm",)),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(study, section, key, words):
    study.add(section)
    study.check().one(key, *words)
