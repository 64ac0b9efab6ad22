"""One place: what goes into every figure, and the figure worked out anew."""

import re

import geopandas
import numpy as np
import pyproj
import pytest
import rasterio
import shapely

from shanshui.base.errors import StudyError
from shanshui.study.explain import explain_place
from shanshui.study.study import open_study

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
    assert "it sees the whole region" in told_at(erosion, "flow_accumulation")
    assert "does not stand" not in told_at(erosion, "flow_accumulation")
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


def lines_at(study, row, column, *options):
    """What is told at a place in rows and columns from the upper left corner, by its label."""
    place = f"{500_000 + 100 * column:.1f},{2_600_000 - 100 * row:.1f}"
    told = study.cli("explain", "--at", place, *options)
    assert told.code == 0, told.err
    return dict(re.split(r": |:\n", text, maxsplit=1) for text in re.split(r"\n(?! )", told.out.strip()))


# Where it is


@pytest.mark.parametrize(("row", "column"), [(0, 0), (59, 79), (0, 79), (59, 0), (20, 70)])
def test_every_cell_of_the_grid_is_a_place(study, row, column):
    told = lines_at(study, row + 0.4, column + 0.3)
    assert told["place"].startswith(f"x {500_030 + 100 * column}.0, y {2_599_960 - 100 * row}.0 (longitude 111.0")
    assert told["cell"] == f"row {row}, column {column}, 1.0008 ha"
    assert told["elevation"] == f"{100 + 5 * row + 2 * column} m"


@pytest.mark.parametrize(("row", "column"), [(-1, 30), (60, 30), (79, 30), (30, -1), (30, 80)])
def test_one_cell_further_is_no_place(study, row, column):
    place = f"{500_050 + 100 * column},{2_599_950 - 100 * row}"
    fault = study.cli("explain", "--at", place).one("--at", "outside the grid")
    assert "x 500000 to 508000, y 2594000 to 2600000" in fault


@pytest.mark.parametrize(
    ("place", "degrees"),
    [("180,23", True), ("-180,23", True), ("181,23", False), ("111,90", True), ("111,-90", True), ("111,91", False)],
)
def test_what_may_be_degrees_is_taken_for_degrees(study, place, degrees):
    x, y = (float(part) for part in place.split(","))
    fault = study.cli("explain", "--at", place).only("--at")
    assert (f"({x:.1f}, {y:.1f})" not in fault) == degrees


def test_longitude_and_latitude_are_brought_to_the_grid(study):
    with open_study(study.folder) as opened:
        longitude, latitude = 111.03, 23.48
        told = explain_place(opened, longitude, latitude)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32649", always_xy=True).transform(longitude, latitude)
    assert told["place"] == f"x {x:.1f}, y {y:.1f} (longitude 111.03000, latitude 23.48000)"


@pytest.mark.parametrize(("x", "y"), [(np.inf, 2_597_000.0), (503_000.0, np.nan)])
def test_a_place_of_which_one_number_is_none_is_refused(study, x, y):
    with open_study(study.folder) as opened, pytest.raises(StudyError, match="beyond the projection"):
        explain_place(opened, x, y)


# Zones


@pytest.fixture
def zoned(study):
    """Two counties with a border that runs over the cells; zones on the cells themselves; a region with a bay."""
    # From row 0, column 69.5 to row 60, column 9.5: in row r it crosses the columns 68 - r and 69 - r.
    corners = [(500_000, 2_600_000), (506_950, 2_600_000), (500_950, 2_594_000), (500_000, 2_594_000)]
    west = shapely.Polygon(corners)
    whole = shapely.box(500_000, 2_594_000, 508_000, 2_600_000)
    counties = geopandas.GeoDataFrame(
        {"code": ["w", "east"], "name": ["West", "east"], "function": "ecological", "area_km2": [23.7, 24.3]},
        geometry=[west, whole.difference(west)],
        crs="EPSG:32649",
    )
    study.polygons("counties.gpkg", counties)
    rows, columns = np.mgrid[:60, :80]
    study.raster("block.tif", (1 + (rows >= 31) + 2 * (columns >= 39)).astype(np.uint8), nodata=0)
    study.add('[zones.block]\npath = "block.tif"')
    # Of the rows 35 to 44 the region ends amid column 70.
    study.boundary(whole.difference(shapely.box(507_050, 2_595_500, 508_000, 2_596_500)))
    return study


@pytest.mark.parametrize(
    ("row", "column", "region", "county", "block"),
    [
        # The first cell of all, and one in the other county: the name is told where it says more than the code.
        (0.5, 0.5, "region Small region", "w West", "1"),
        (40.5, 60.5, "region Small region", "east", "4"),
        # One cell that the border crosses, and so it does the next ones: the zones of the place, not of the cell.
        (30.5, 38.5, "region Small region", "w West", "1"),
        (30.9, 38.9, "region Small region", "east", "1"),
        # The edge of the region crosses a cell, which is wholly told as its part; beyond it there are no zones.
        (40.5, 70.2, "region Small region", "east", "4"),
        (40.5, 70.9, "region Small region", "east", "4"),
        (40.5, 75.5, "none", "none", "none"),
    ],
)
def test_the_zones_that_hold_a_place(zoned, row, column, region, county, block):
    told = lines_at(zoned, row, column)
    assert told["zone of region"] == region
    assert told["zone of county"] == county
    assert told["zone of block"] == block


# Layers


def test_what_the_layers_hold_in_words(study):
    codes, ground = study.cells("land_cover_2020.tif"), study.cells("elevation.tif")
    codes[30, 30], codes[30, 31], codes[30, 32] = 4, 0, 1
    ground[30, 30], ground[30, 31] = -1.0, -9999.0
    study.raster("land_cover_2020.tif", codes, nodata=0)
    study.raster("elevation.tif", ground, nodata=-9999.0)
    study.raster("cover.tif", np.full((60, 80), 45, np.uint8))
    study.add('[layers.vegetation_cover]\npath = "cover.tif"\nunit = "percent"')
    told = lines_at(study, 30.5, 30.5)
    assert told["land_cover 2020"] == "4 town"
    assert told["elevation"] == "-1 m"
    assert told["vegetation_cover"] == "0.45"
    told = lines_at(study, 30.5, 31.5)
    assert (told["land_cover 2020"], told["elevation"]) == ("no data", "no data")
    assert lines_at(study, 30.5, 32.5)["land_cover 2020"] == "1 wood"


# Products


def test_every_line_of_a_product(erosion):
    told = lines_at(erosion, 30.5, 30.5)
    # A town: C of 0.01 and, of the 123.7628 t/ha that bare ground would lose, 0.99.
    assert told["cover_management 2020"].splitlines() == [
        "0.01",
        "  by hj1173_2021: Cover and management factor by ecosystem and class of cover.",
        "    ecosystem_2020 = 60",
        "    vegetation_cover = 0.45",
        "    gives 0.01, as in the product",
    ]
    first, by, potential, cover, gives = told["soil_retention 2020"].splitlines()
    bare = float(re.fullmatch(r"    potential_water_erosion = ([\d.]+) t/ha/year", potential)[1])
    assert by == "  by hj1173_2021: Soil that its cover keeps in place."
    assert cover == "    cover_management_2020 = 0.01"
    assert float(re.fullmatch(r"([\d.]+) t/ha/year", first)[1]) == pytest.approx(0.99 * bare, rel=1e-5)
    assert float(re.fullmatch(r"    gives ([\d.]+) t/ha/year, as in the product", gives)[1]) == pytest.approx(
        0.99 * bare, rel=1e-6
    )


def test_a_method_without_a_name_is_called_by_its_step(study):
    assert study.run("slope").code == 0
    told = lines_at(study, 30.5, 30.5)["slope"].splitlines()
    assert told[1] == "  by slope: Slope of the ground, from the cells around."
    assert told[2] == "    elevation = 310 m"


def test_a_class_is_told_by_its_name_and_no_data_is_the_same_in_both(study):
    codes = study.cells("land_cover_2020.tif")
    codes[30, 31] = 0
    study.raster("land_cover_2020.tif", codes, nodata=0)
    assert study.run("land_conversion").code == 0
    # Wood became town.
    changed = lines_at(study, 30.5, 40.5)["land_conversion"].splitlines()
    assert changed[0] == "16 forest to built"
    assert changed[2:] == [
        "    ecosystem_2000 = 10",
        "    ecosystem_2020 = 60",
        "    baseline_year = 2000",
        "    current_year = 2020",
        "    gives 16, as in the product",
    ]
    nothing = lines_at(study, 30.5, 31.5)["land_conversion"].splitlines()
    assert nothing[0] == "no data"
    assert nothing[3] == "    ecosystem_2020 = no data <- no data"
    assert nothing[-1] == "    gives no data, as in the product"


def test_months_and_days_that_go_in(study):
    """Rain of 10, 20, ... 120 mm a month; of 0 to 365 tenths of a mm a day, their mean 18.25 mm."""
    months = np.broadcast_to(np.float32(10 * np.arange(1, 13))[:, None, None], (12, 60, 80)).copy()
    months[6, 30, 31] = np.nan
    days = np.broadcast_to(np.arange(366, dtype=np.float32)[:, None, None] / 10, (366, 60, 80)).copy()
    days[100:, 30, 31], days[:, 30, 32] = np.nan, np.nan
    for name, cells in (("months.tif", months), ("days_2020.tif", days)):
        with rasterio.open(study.folder / "elevation.tif") as source:
            profile = source.profile | {"count": len(cells), "nodata": np.nan}
        with rasterio.open(study.folder / name, "w", **profile) as target:
            target.write(cells)
    study.add('[layers.monthly_precipitation]\npath = "months.tif"\nunit = "mm"')
    study.add('[layers.daily_precipitation]\npath = "days_{year}.tif"\nunit = "mm"\nyears = [2020]')
    assert study.run("relative_rainfall_erosivity", "yearly_rainfall_erosivity").code == 0
    told = lines_at(study, 30.5, 30.5)
    by_month = "    monthly_precipitation = 10 20 30 40 50 60 70 80 90 100 110 120 mm"
    assert by_month in told["relative_rainfall_erosivity"].splitlines()
    assert told["relative_rainfall_erosivity"].endswith("as in the product")
    # They are no layers with one number for the place.
    assert not [label for label in told if "precipitation" in label]
    assert "    daily_precipitation_2020 = 18.25 mm" in told["yearly_rainfall_erosivity 2020"].splitlines()
    told = lines_at(study, 30.5, 31.5)
    by_month = "    monthly_precipitation = 10 20 30 40 50 60 nan 80 90 100 110 120 mm <- no data"
    assert by_month in told["relative_rainfall_erosivity"].splitlines()
    assert told["relative_rainfall_erosivity"].endswith("gives no data, as in the product")
    # Of the days that are known the mean is 4.95 mm.
    assert "    daily_precipitation_2020 = 4.95 mm" in told["yearly_rainfall_erosivity 2020"].splitlines()
    told = lines_at(study, 30.5, 32.5)
    assert "    daily_precipitation_2020 = no data <- no data" in told["yearly_rainfall_erosivity 2020"].splitlines()


def test_a_product_on_another_grid_or_with_unknown_classes_is_read_as_it_is(study):
    """One that somebody wrote over: of ten rows and twenty columns, with a class that no legend has."""
    assert study.run("land_conversion").code == 0
    cells = np.full((10, 20), 77, np.int16)
    cells[0, 0], cells[9, 19] = 16, -32768
    written = study.raster("other.tif", cells, nodata=-32768)
    (study.out / "rasters" / "land_conversion.tif").write_bytes(written.read_bytes())
    for row, column, said in (
        (0.5, 0.5, "16 forest to built"),
        (0.5, 1.5, "77 (not in the legend)"),
        (1.5, 0.5, "77 (not in the legend)"),
        (9.5, 19.5, "no data"),
        (9.5, 0.5, "77 (not in the legend)"),
    ):
        assert lines_at(study, row, column)["land_conversion"] == f"{said} (stale: run again)"
    for row, column in ((5.5, 30.5), (30.5, 5.5), (10.5, 0.5), (0.5, 20.5)):
        assert "land_conversion" not in lines_at(study, row, column)


def test_what_has_no_receipt_is_no_product(study):
    assert study.run("slope").code == 0
    assert "slope" in lines_at(study, 30.5, 30.5)
    (study.out / "receipts" / "slope.json").unlink()
    assert "slope" not in lines_at(study, 30.5, 30.5)


SEEN = """
[seen]
shape = "cell"
measure = "intensive"
english = "a"
chinese = "一"
meaning = "A."

[seen_twice]
shape = "cell"
measure = "intensive"
english = "b"
chinese = "二"
meaning = "B."

[nearly]
shape = "cell"
measure = "intensive"
english = "c"
chinese = "三"
meaning = "C."

[as_good_as]
shape = "cell"
measure = "intensive"
english = "d"
chinese = "四"
meaning = "D."

[lost]
shape = "cell"
measure = "intensive"
english = "e"
chinese = "五"
meaning = "E."

[found]
shape = "cell"
measure = "intensive"
english = "f"
chinese = "六"
meaning = "F."
"""
SEEN_STEPS = """
import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step


@step
def seen(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    '''How many cells it sees.'''
    return np.full_like(elevation, elevation.size)


@step
def seen_twice(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    '''Twice as many.'''
    return 2 * seen


@step
def nearly(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    '''One, and 1.02e-5 more where there is more than one cell.'''
    return np.full_like(elevation, 1.0 if elevation.size == 1 else 1.0 + 1.02e-5)


@step
def as_good_as(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    '''One, and 0.98e-5 more where there is more than one cell.'''
    return np.full_like(elevation, 1.0 if elevation.size == 1 else 1.0 + 0.98e-5)


@step
def lost(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    '''Three, and nothing where there is more than one cell.'''
    return np.full_like(elevation, 3.0 if elevation.size == 1 else np.nan)


@step
def found(elevation: NDArray[np.float32]) -> NDArray[np.float32]:
    '''Three, and nothing where there is one cell.'''
    return np.full_like(elevation, np.nan if elevation.size == 1 else 3.0)
"""


def test_a_step_that_looks_around_is_found_out(study):
    """Of tiles of 32 by 32 cells it sees 1024, of a place one; what differs by more than 1 in 100 000 is said."""
    study.own_words(SEEN, SEEN_STEPS)
    assert study.run("seen_twice", "nearly", "as_good_as", "lost", "found", "--trust").code == 0
    told = lines_at(study, 20.5, 20.5, "--trust")
    assert told["seen_twice"].splitlines() == [
        "2048",
        "  by seen_twice: Twice as many.",
        "    seen = 1",
        "    gives 2; the product holds 2048: it sees more than this place",
    ]
    assert told["nearly"].splitlines()[-1].startswith("    gives 1; the product holds 1.00001: it sees more")
    assert told["as_good_as"].splitlines()[-1] == "    gives 1, as in the product"
    assert told["lost"].splitlines()[0] == "no data"
    assert told["lost"].splitlines()[-1].startswith("    gives 3; the product holds n")
    assert told["found"].splitlines()[-1].startswith("    gives no data; the product holds 3")


# Features, and the red line


def ground_of(study):
    """Ground of 60 x 80 cells: water in the rows 10 to 39 and columns 10 to 49, farmland and a reserve in it."""
    ground = np.zeros((60, 80), np.int16)
    ground[10:40, 10:50] = 11
    ground[20:22, 20:30] = 2
    ground[30:40, 10:20] = 31
    ground[50:52, 60:62] = 11
    ground[0, 0] = -1
    study.raster("ground.tif", ground, nodata=-1)
    study.add('[layers.red_line_ground]\npath = "ground.tif"')
    return study


def test_the_patch_that_holds_a_place_and_why(study):
    ground_of(study)
    study.add("[policy.overrides]\nsmoothing_share = { value = 0, source = 'the cells themselves' }")
    assert study.run("red_line", "red_line_cells", "red_line_ground").code == 0
    told = lines_at(study, 15.5, 15.5)
    first, patch, ground = told["red line"].splitlines()
    assert (first, ground) == ("inside: 11 water conservation, by grade", "  ground: 11 water conservation")
    # 30 x 40 cells of 1.0008 ha, without 20 of farmland.
    area = re.fullmatch(r"  in patch 1 of ([\d,.]+) ha, water conservation", patch)[1]
    assert float(area.replace(",", "")) == pytest.approx(1180 * 1.0008, rel=1e-4)
    assert told["red_line_cells"].startswith("11 water conservation\n  by grade: it sees the whole region")
    columns = dict(part.split(" ", 1) for part in told["red_line"].split(", "))
    assert columns["patch"] == "1"
    assert (columns["type"], columns["cells"], columns["realm"]) == ("water conservation", "1180", "land")
    assert float(columns["area_ha"]) == pytest.approx(1180 * 1.0008, rel=1e-4)
    assert float(columns["mandatory_ha"]) == pytest.approx(100 * 1.0008, rel=1e-4)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (20.5, 25.5, "outside: 2 permanent basic farmland, by grade"),
        (35.5, 15.5, "inside: 31 mandatory, by grade"),
        (50.5, 60.5, "outside: 4 small patch dropped, by grade"),
        (5.5, 5.5, "outside: 0 no ground, by grade"),
        (0.5, 0.5, "no data"),
    ],
)
def test_inside_or_outside_in_a_word(study, row, column, said):
    ground_of(study)
    assert study.run("red_line", "red_line_cells").code == 0
    told = lines_at(study, row, column)
    assert told["red line"].splitlines()[0] == said
    assert ("in patch" in told["red line"]) == said.startswith("inside")
    assert (told["red_line"] == "none here") != said.startswith("inside")


def test_a_line_that_is_stale_is_not_told_as_the_line(study):
    ground_of(study)
    assert study.run("red_line").code == 0
    assert "red line" not in lines_at(study, 15.5, 15.5)
    assert study.run("red_line_cells").code == 0
    assert "red line" in lines_at(study, 15.5, 15.5)
    study.add("[policy.overrides]\nsmallest_patch_km2 = { value = 0.01, source = 'small' }")
    told = lines_at(study, 15.5, 15.5)
    assert "red line" not in told
    assert told["red_line"].endswith("(stale: run again)")
    assert told["red_line"].startswith("patch 1, ")


def test_a_planned_line_tells_what_a_place_is_worth(study):
    """Value of 1 in the east and 3 in the west; a tenth of the land has room."""
    ground_of(study)
    value = np.ones((60, 80), np.float32)
    value[:, :20] = 3.0
    study.raster("value.tif", value)
    study.add('[layers.red_line_value]\npath = "value.tif"\nunit = "ppm"')
    study.add('[methods]\nred_line = "optimise"')
    study.add(
        "[policy.overrides]\nland_target_percent = { value = 10, source = 'x' }\n"
        "smallest_patch_km2 = { value = 0, source = 'x' }"
    )
    assert study.run("red_line", "red_line_cells", "red_line_ground", "red_line_net_value").code == 0
    cells = study.cells("out/rasters/red_line_cells.tif").astype(int)
    cells[cells > 44] = -1
    worth = study.cells("out/rasters/red_line_net_value.tif")
    kinds = {
        "it pays for itself": (cells >= 11) & (worth > 0),
        "by itself it does not pay; the line is shorter with it, or it must be inside": (cells >= 11) & (worth <= 0),
        "it does not pay for itself": (cells >= 0) & (cells < 11) & (worth <= 0),
        "it would pay for itself, but not for its boundary": np.isin(cells, (0, 6)) & (worth > 0),
        "it would pay for itself, but is excluded": (cells == 2) & (worth > 0),
    }
    found = 0
    for said, where in kinds.items():
        if where.any():
            found += 1
            row, column = np.argwhere(where)[0]
            lines = lines_at(study, row + 0.5, column + 0.5)["red line"].splitlines()
            assert lines[-1] == f"  worth {worth[row, column]:+.4g} ppm beyond the price of its area: {said}"
            assert lines[0].endswith(", by optimise")
            assert any(line.startswith("  ground: ") for line in lines)
    assert found >= 3


LINES = """
[stream]
shape = "vector"
english = "streams"
chinese = "溪流"
meaning = "A."
"""
LINE_STEPS = """
import geopandas
import pandas as pd
import shapely

from shanshui.base.step import step


@step
def stream(zones: pd.DataFrame) -> geopandas.GeoDataFrame:
    '''Two streams that meet, and a pond.'''
    shapes = [
        shapely.LineString([(500000, 2599950), (504000, 2599950)]),
        shapely.LineString([(502050, 2600000), (502050, 2594000)]),
        shapely.box(506000, 2595000, 507000, 2596000),
    ]
    columns = {"name": ["a", "b", "c"], "width_m": [2.5, 10.0, 0.1]}
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:32649")
"""


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        (0.1, 5.9, "name a, width_m 2.5"),
        (0.9, 20.9, "name a, width_m 2.5\n  name b, width_m 10"),
        (1.5, 20.1, "name b, width_m 10"),
        (1.5, 5.5, "none here"),
        (45.5, 65.5, "name c, width_m 0.1"),
        (39.9, 65.5, "none here"),
    ],
)
def test_lines_belong_to_their_cells_and_polygons_to_places(study, row, column, said):
    study.own_words(LINES, LINE_STEPS)
    assert study.run("stream", "--trust").code == 0
    assert lines_at(study, row, column, "--trust")["stream"] == said
