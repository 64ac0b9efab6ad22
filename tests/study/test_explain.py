"""One place: what goes into every figure, and the figure worked out anew."""

import re

import numpy as np
import pytest
import rasterio

PLACE = "503050,2596950"  # row 30, column 30


@pytest.fixture
def erosion(study):
    """A study with all that RUSLE needs: everything but the ground as one number."""
    for name, value, unit in (
        ("rainfall_erosivity", 5000, "MJ*mm/ha/h/year"),
        ("soil_erodibility", 0.02, "t*ha*h/ha/MJ/mm"),
        ("vegetation_cover", 45, "percent"),
    ):
        study.add(f'[layers.{name}]\nvalue = {value}\nunit = "{unit}"')
    assert study.run("soil_retention", "cover_management", "slope_length_steepness").code == 0
    return study


def told_at(study, label, place=PLACE):
    lines = study.cli("explain", "--at", place).out.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"{label}:"))
    last = next((i for i in range(first + 1, len(lines)) if not lines[i].startswith("  ")), len(lines))
    return "\n".join(lines[first:last])


def test_the_result_follows_from_the_factors_that_are_printed(erosion):
    told = told_at(erosion, "soil_retention 2020")
    values = {name: float(value) for name, value in re.findall(r"^    (\w+) = ([\d.e+-]+)", told, re.MULTILINE)}
    result = float(re.search(r"gives ([\d.]+)", told)[1])
    expected = values["potential_water_erosion"] * (1 - values["cover_management_2020"])
    assert result == pytest.approx(expected, rel=1e-5)
    assert "as in the product" in told


def test_a_place_is_worked_out_from_its_neighbours_too(erosion):
    """The slope needs the cells around: 5 m a row and 2 m a column of 100 m."""
    erosion.run("slope")
    told = told_at(erosion, "slope")
    assert float(re.search(r"gives ([\d.]+)", told)[1]) == pytest.approx(np.degrees(np.arctan(0.05385)), rel=1e-3)


def test_what_sees_the_whole_region_is_said_and_then_taken_from_the_product(erosion):
    assert "flow_accumulation sees the whole region" in told_at(erosion, "slope_length_steepness")
    assert erosion.run("flow_accumulation").code == 0
    assert "as in the product" in told_at(erosion, "slope_length_steepness")


def test_the_input_that_has_no_data_is_named(erosion):
    with rasterio.open(erosion.folder / "land_cover_2020.tif") as source:
        codes = source.read(1)
    codes[30, 30] = 0
    erosion.raster("land_cover_2020.tif", codes, nodata=0)
    assert erosion.run("soil_retention", "cover_management").code == 0
    told = told_at(erosion, "soil_retention 2020")
    assert re.search(r"cover_management_2020 = no data.* <- no data", told)
    assert "gives no data" in told
    assert re.search(r"ecosystem_2020 = no data.* <- no data", told_at(erosion, "cover_management 2020"))


def test_a_product_that_holds_something_else_is_found_out(erosion):
    path = erosion.out / "rasters" / "cover_management_2020.tif"
    receipt = (erosion.out / "receipts" / "cover_management.json").read_text("utf-8")
    assert "stale" not in told_at(erosion, "cover_management 2020")
    path.write_bytes(path.read_bytes() + b"x")
    assert receipt  # the receipt still speaks of the old bytes
    assert "stale: run again" in told_at(erosion, "cover_management 2020")


def test_show_tells_every_factor_with_source_and_status(erosion):
    told = erosion.cli("show", "soil_retention").out
    assert "rainfall_erosivity [MJ*mm/ha/h/year]: given, 5000" in told
    assert re.search(r"longest_slope_length = 122.0 m \(literature; .+\)", told)
    assert re.search(r"\d+ rows \(official; HJ 1173-2021, annex A", told)
    assert "R K LS (1 - C)" in told
