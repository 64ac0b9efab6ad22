"""Each bad input is one clear line of `check`, all at once, exit code 2: the key, the fault, the mend."""

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine

VOCABULARY = """\
[canopy]
shape = "cell"
measure = "intensive"
unit = "percent"
minimum = 0
maximum = 100
english = "canopy"
chinese = "植被覆盖度"
meaning = "Share of the ground that plants cover."

[steepness]
shape = "cell"
measure = "intensive"
unit = "m"
product = true
english = "steepness"
chinese = "陡度"
meaning = "Twice the elevation, so that a run reads it."
"""
STEPS = """\
from shanshui.base.step import step


@step(halo=1)
def steepness(elevation):
    return 2 * elevation
"""
LAND_AREA = """
[tables.land_area]
path = "areas.csv"
"""
AREAS = """\
zone,year,keyed_by,class_code,class_name,area_ha
4501,2000,ecosystem,1,forest,100
4501,2020,ecosystem,1,forest,120
"""


def stripped(path, crs=None):
    """Write a raster again with another CRS, or with none."""
    with rasterio.open(path) as source:
        cells, profile = source.read(1), source.profile
    profile["crs"] = crs
    with rasterio.open(path, "w", **profile) as target:
        target.write(cells, 1)


def test_a_good_study_has_no_problem_and_check_writes_nothing(study):
    told = study.check()
    assert (told.code, told.faults, told.out) == (0, [], "no problem found\n")
    assert not study.out.exists()


# Files that are missing or cannot be read


@pytest.mark.parametrize(
    ("lost", "key"),
    [
        ("elevation.tif", "layers.elevation.path"),
        ("land_cover_2020.tif", "layers.land_cover.path"),
        ("counties.gpkg", "zones.county.path"),
        ("legend.csv", "layers.land_cover.legend"),
    ],
)
def test_a_missing_file_is_named(study, lost, key):
    (study.folder / lost).unlink()
    study.check().only(key, f"there is no file {lost}", "correct the path")
    study.run().only(key, f"there is no file {lost}")
    assert not study.products()


def test_a_missing_boundary_is_named(study):
    study.edit("[grid]", '[region]\nboundary = "regoin.gpkg"\n\n[grid]')
    study.check().only("region.boundary", "there is no file regoin.gpkg")


def test_a_missing_table_is_named(study):
    study.add(LAND_AREA)
    study.check().only("tables.land_area.path", "there is no file areas.csv")


def test_a_missing_study_is_named(shanshui, tmp_path):
    shanshui("check", str(tmp_path / "nowhere")).only(str(tmp_path / "nowhere" / "study.toml"), "No such file")


def test_a_year_without_a_file_is_named(study):
    study.edit("years = [2000, 2020]", "years = [2000, 2010, 2020]")
    study.check().only("layers.land_cover.path", "land_cover_2010.tif", "2010", "correct the path or years")


def test_a_path_that_matches_no_year_is_named(study):
    study.edit("years = [2000, 2020]\n", "")
    study.edit('"land_cover_{year}.tif"', '"landcover_{year}.tif"')
    study.check().only("layers.land_cover.path", "no file is called like landcover_{year}.tif")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("elevation.tif", "layers.elevation.path"),
        ("land_cover_2000.tif", "layers.land_cover.path"),
        ("counties.gpkg", "zones.county.path"),
    ],
)
def test_a_file_of_another_kind_is_named(study, name, key):
    study.file(name, "<html>404 Not Found</html>")
    study.check().only(key, "cannot be read")


def test_a_workbook_that_is_none_is_named(study):
    study.add(LAND_AREA.replace("csv", "xlsx"))
    study.file("areas.xlsx", "<html>404 Not Found</html>")
    study.check().only("tables.land_area.path", "cannot be read")


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_raster_that_was_cut_off_is_named_by_check_and_by_run(study, kept):
    random = np.random.default_rng(1).integers(1, 6, (60, 80)).astype(np.uint8)
    path = study.raster("land_cover_2020.tif", random, nodata=0)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    study.check().one("layers.land_cover.path", "land_cover_2020.tif", "cannot be read")
    study.run().one("layers.land_cover.path", "land_cover_2020.tif", "cannot be read")
    assert not (study.out / "tables/land_area.csv").exists()


def test_an_empty_table_is_named(study):
    study.add(LAND_AREA)
    study.file("areas.csv", AREAS.splitlines()[0] + "\n")
    study.check().only("tables.land_area.path", "holds no rows")


def test_a_layer_that_the_vector_file_has_not_is_named(study):
    study.edit('path = "counties.gpkg"', 'path = "counties.gpkg"\nlayer = "contys"')
    study.check().only("zones.county.layer", "contys", "counties")


def test_a_condition_that_is_no_sql_is_named(study):
    study.edit('path = "counties.gpkg"', 'path = "counties.gpkg"\nwhere = "levl ="')
    study.check().only("zones.county.where", "levl =")


# CRS, place and grid


@pytest.mark.parametrize("name", ["elevation.tif", "land_cover_2000.tif"])
def test_a_raster_without_crs_is_named(study, name):
    stripped(study.folder / name)
    study.check().only(f"layers.{name.split('_2')[0].removesuffix('.tif')}.path", name, "has no CRS")


def test_zones_without_crs_are_named(study):
    study.counties.to_file(study.folder / "counties.shp")
    (study.folder / "counties.prj").unlink()
    study.edit("counties.gpkg", "counties.shp")
    study.check().only("zones.county.path", "has no CRS")


def test_a_boundary_without_crs_is_named(study, rectangle):
    geopandas.GeoDataFrame(geometry=[rectangle(0, 0, 10, 10)], crs="EPSG:32649").to_file(study.folder / "region.shp")
    (study.folder / "region.prj").unlink()
    study.edit("[grid]", '[region]\nboundary = "region.shp"\n\n[grid]')
    study.check().only("region.boundary", "has no CRS")


@pytest.mark.parametrize("crs", ["EPSG:32611", "EPSG:3857", "EPSG:4326"])
def test_a_raster_with_the_wrong_crs_does_not_overlap(study, crs):
    stripped(study.folder / "elevation.tif", crs)
    study.check().only("layers.elevation.path", "elevation.tif does not overlap the region", "check its CRS")


def test_a_year_with_the_wrong_crs_does_not_overlap(study):
    stripped(study.folder / "land_cover_2020.tif", "EPSG:32611")
    study.check().only("layers.land_cover.path", "land_cover_2020.tif does not overlap the region")


@pytest.mark.parametrize("crs", ["EPSG:32611", "EPSG:4326"])
def test_zones_with_the_wrong_crs_do_not_overlap(study, crs):
    study.polygons("counties.gpkg", study.counties.set_crs(crs, allow_override=True))
    study.check().only("zones.county.path", "no zone overlaps the region", "check the CRS")


def test_zones_in_another_crs_are_brought_over(study):
    study.polygons("counties.gpkg", study.counties.to_crs("EPSG:4490"))
    assert study.check().code == 0


@pytest.mark.parametrize("crs", ["EPSG:32611", "EPSG:4326"])
def test_a_boundary_with_the_wrong_crs_does_not_overlap(study, rectangle, crs):
    study.boundary(rectangle(0, 0, 10, 10), crs)
    study.check().only("region.boundary", "does not overlap")


def test_a_boundary_elsewhere_does_not_overlap(study, rectangle):
    study.boundary(rectangle(600, 600, 10, 10))
    study.check().only("region.boundary", "does not overlap", "check the CRS of both")


def test_a_layer_elsewhere_does_not_overlap(study):
    study.raster("elevation.tif", np.ones((10, 10), np.float32), transform=Affine(100, 0, 9e5, 0, -100, 1e6))
    study.check().only("layers.elevation.path", "does not overlap the region")


def test_a_resolution_in_metres_needs_a_projected_crs(study):
    study.edit('like = "land_cover"', 'crs = "EPSG:4490"\nresolution = 30')
    study.check().only("grid.crs", "EPSG:4490 counts in degrees", "projected")


def test_a_crs_that_is_none_is_named(study):
    study.edit('like = "land_cover"', 'crs = "EPSG:99999"\nresolution = 30')
    study.check().only("grid.crs", "'EPSG:99999' is no CRS")


def test_a_grid_like_no_layer_is_named(study):
    study.edit('like = "land_cover"', 'like = "landcover"')
    study.check().only("grid.like", "'landcover' is no layer of the study", "did you mean 'land_cover'?")


def test_layers_without_a_grid_are_named(study):
    study.edit('[grid]\nlike = "land_cover"\ntile = 32\n', "")
    study.check().only("grid", "is missing, and the study has layers")


# Values


def test_nodata_that_classes_do_not_declare_is_counted_and_the_value_to_declare_is_named(study):
    study.recode("land_cover_2020.tif", 255, 7, nodata=0)
    line = study.check().only("layers.land_cover.legend", "code 255 in 2020 is not in the legend (7 cells)")
    assert "nodata = 255" in line
    study.edit('legend = "legend.csv"', 'legend = "legend.csv"\nnodata = 255')
    assert study.check().code == 0


def test_nodata_128_of_a_signed_file_is_named(study):
    study.recode("land_cover_2000.tif", 128, 3, nodata=0)
    study.check().only("layers.land_cover.legend", "code 128 in 2000", "(3 cells)", "nodata = 128")


def test_a_class_that_nobody_mapped_is_counted(study):
    study.recode("land_cover_2000.tif", 9, 11, nodata=0)
    told = study.check()
    assert "nodata" not in told.only("layers.land_cover.legend", "code 9 in 2000", "(11 cells)", "add it to the legend")


def test_a_legend_that_loses_a_code_names_it_in_every_year(study):
    study.edit("[years]", "[years]")
    study.file("legend.csv", (study.folder / "legend.csv").read_text().replace("4,town,built\n", ""))
    told = study.check()
    assert [line.partition(" is not")[0] for line in told.faults] == [
        "layers.land_cover.legend: code 4 in 2000",
        "layers.land_cover.legend: code 4 in 2020",
    ]


@pytest.mark.parametrize(
    ("value", "options", "declared"),
    [
        (-9999.0, 'unit = "m"', "-9999"),
        (-32768.0, 'unit = "m"', "-32768"),
        (1e20, 'unit = "m"', "1e+20"),
        (-3.4028234663852886e38, 'unit = "m"', "-3.402823"),
        # what is declared is a value of the file, before scale and unit
        (-9999.0, 'unit = "ft"', "-9999"),
        (-9999.0, 'unit = "m"\nscale = 0.1', "-9999"),
    ],
)
def test_undeclared_nodata_is_named_and_declaring_it_as_told_mends_it(study, value, options, declared):
    study.edit('unit = "m"', options)
    study.recode("elevation.tif", value, 5, nodata=None)
    line = study.check().only("layers.elevation", "5 cells", "-500 to 9000 m", f"nodata = {declared}")
    told = line.partition("nodata = ")[2].split()[0].rstrip(",")
    study.edit('path = "elevation.tif"', f'path = "elevation.tif"\nnodata = {told}')
    assert study.check().faults == []


def test_a_value_out_of_range_is_counted_and_named(study):
    study.recode("elevation.tif", 12_000.0, 2)
    study.check().only("layers.elevation", "2 cells", "-500 to 9000 m", "12000", "correct unit or scale")


def test_a_layer_of_nothing_but_nodata_is_named(study):
    study.raster("elevation.tif", np.full((60, 80), -9999.0, np.float32), nodata=-9999.0)
    study.check().only("layers.elevation", "has no data in the region")


def test_a_missing_unit_is_named(study):
    study.edit('unit = "m"\n', "")
    study.check().only("layers.elevation.unit", "is missing", "unit = 'm'")


@pytest.mark.parametrize(("unit", "fault"), [("kg", "cannot become 'm'"), ("metr", "is not known"), ("m m/", "known")])
def test_an_impossible_unit_is_named(study, unit, fault):
    study.edit('unit = "m"', f'unit = "{unit}"')
    study.check().only("layers.elevation.unit", f"unit '{unit}'", fault, "give a unit")


def test_a_band_the_file_has_not_is_named(study):
    study.edit('unit = "m"', 'unit = "m"\nband = 3')
    study.check().only("layers.elevation.band", "is 3, and elevation.tif has 1")


def test_percent_given_as_fraction_is_named(study):
    study.own_words(VOCABULARY, STEPS)
    study.add('[layers.canopy]\npath = "cover.tif"\nunit = "percent"')
    study.raster("cover.tif", np.linspace(0, 0.93, 4800, dtype=np.float32).reshape(60, 80))
    study.check("--trust").only("layers.canopy.unit", "looks like a fraction", 'unit = "1"')
    study.edit('unit = "percent"', 'unit = "1"')
    assert study.check("--trust").code == 0


def test_a_fraction_given_as_percent_is_out_of_range(study):
    study.own_words(VOCABULARY, STEPS)
    study.add('[layers.canopy]\npath = "cover.tif"\nunit = "1"')
    study.raster("cover.tif", np.linspace(0, 93, 4800, dtype=np.float32).reshape(60, 80))
    study.check("--trust").only("layers.canopy", "0 to 100 percent", "unit or scale")


def test_a_run_refuses_unmapped_classes_with_the_lines_of_check_and_leaves_no_product_of_them(study):
    study.recode("land_cover_2020.tif", 255, 7, nodata=0)
    study.recode("land_cover_2000.tif", 9, 11, nodata=0)
    told = study.run()
    assert told.code == 2
    assert told.faults == study.check().faults
    assert len(told.faults) == 2
    # the zones' areas hang on no raster
    assert set(study.products()) <= {"tables/zone_area.csv", "receipts/zone_area.json"}
    assert study.leftovers() == []


def test_a_run_refuses_values_out_of_range_with_the_lines_of_check_however_often_a_halo_reads_a_cell(study):
    study.own_words(VOCABULARY, STEPS)
    cells = study.cells("elevation.tif")
    cells[32, 32] = cells[31, 31] = 12_000.0  # at the corner of four tiles
    study.raster("elevation.tif", cells)
    line = study.check("--trust").only("layers.elevation", "2 cells")
    assert study.run("steepness", "--trust").only("layers.elevation") == line
    assert not study.products()


def test_a_run_after_a_refused_one_makes_what_an_undisturbed_one_makes(study, undisturbed):
    good = (study.folder / "land_cover_2020.tif").read_bytes()
    study.recode("land_cover_2020.tif", 255, 7, nodata=0)
    assert study.run().code == 2
    study.file("land_cover_2020.tif", good)
    assert study.run().code == 0
    assert study.products() == undisturbed


def test_a_refused_run_leaves_the_products_of_the_last_one(study):
    assert study.run().code == 0
    before = study.products()
    study.recode("land_cover_2020.tif", 255, 7, nodata=0)
    assert study.run().code == 2
    assert study.products() == before


# Legends


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ecosystem\n", "ecosistem\n", ["has no column 'ecosystem'", "did you mean 'ecosistem'?"]),
        ("forest", "forrest", ["'forrest' is no ecosystem", "did you mean 'forest'?"]),
        ("2,grass", "x,grass", ["code 'x' is no whole number"]),
        ("2,grass", "1,grass", ["code 1 stands twice"]),
    ],
)
def test_a_fault_in_a_legend_is_named(study, old, new, words):
    text = (study.folder / "legend.csv").read_text()
    assert text.count(old) == 1
    study.file("legend.csv", text.replace(old, new))
    study.check().only("layers.land_cover.legend", "legend.csv", *words)


def test_land_cover_without_a_legend_is_named(study):
    study.edit('legend = "legend.csv"\n', "")
    study.check().only("layers.land_cover.legend", "is missing", "code, name, ecosystem")


# Zones


def test_a_zone_key_that_is_not_given_is_named_with_the_columns_there_are(study):
    study.edit('key = "code"\n', "")
    study.check().only("zones.county.key", "is not given", "code, name, function, area_km2")


def test_a_zone_key_that_is_no_column_is_named(study):
    study.edit('key = "code"', 'key = "cod"')
    study.check().only("zones.county.key", "there is no column 'cod'", "did you mean 'code'?")


def test_a_zone_attribute_that_is_no_column_is_named(study):
    study.edit('name = "name"', 'name = "naem"')
    study.check().only("zones.county.columns.name", "there is no column 'naem'", "did you mean 'name'?")


def test_a_doubled_zone_key_is_named(study):
    study.polygons("counties.gpkg", study.counties.assign(code=["4501", "4501", "4503", "4504"]))
    study.check().only("zones.county.key", "4501 stands for more than one zone", "dissolve")


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_blank_zone_keys_are_counted(study, blank):
    study.polygons("counties.gpkg", study.counties.assign(code=["4501", blank, blank, "4504"]))
    study.check().only("zones.county.key", "2 zones have no code", "give every zone its key")


def test_blank_keys_among_numbers_are_counted_and_the_others_have_no_decimal_point(study):
    study.polygons("counties.gpkg", study.counties.assign(code=[4501.0, np.nan, 4501.0, 4504.0]))
    told = study.check()
    assert told.code == 2
    assert any("1 zone" in line and "no code" in line for line in told.faults)
    assert any("4501 stands for more than one zone" in line for line in told.faults)


@pytest.mark.parametrize("name", ["id", "ID", "fid", "value", "geom_id"])
def test_a_zone_column_called_id_keeps_its_own_values(study, name):
    frame = study.counties.rename(columns={"code": name})
    frame.to_file(study.folder / "counties.geojson", engine="pyogrio")
    study.edit('"counties.gpkg"', '"counties.geojson"')
    study.edit('key = "code"', f'key = "{name}"')
    assert study.run("land_area").code == 0
    areas = pd.read_csv(study.out / "tables/land_area.csv", dtype={"zone": "str"})
    of_counties = areas[(areas["zoning"] == "county") & (areas["keyed_by"] == "land_cover") & (areas["year"] == 2000)]
    cells = of_counties.groupby("zone")["cells"].sum()
    assert {key: cells[key] for key in ("4501", "4502", "4503", "4504")} == dict.fromkeys(
        ["4501", "4502", "4503", "4504"], pytest.approx(1200.0, abs=1e-6)
    )
    before = study.cells("land_cover_2000.tif")
    woods = of_counties[of_counties["class_code"] == 1].set_index("zone")["cells"]
    assert woods["4503"] == pytest.approx((before[30:, :40] == 1).sum(), abs=1e-6)


def test_an_invalid_polygon_is_mended_and_said_so_and_its_area_is_right(study):
    left, top = 500_000.0, 2_600_000.0
    # a bow tie: two triangles of 2 km x 1 km / 2 that meet at a point
    tie = shapely.Polygon([(left, top), (left + 2000, top - 2000), (left + 2000, top), (left, top - 2000), (left, top)])
    assert not tie.is_valid
    frame = study.counties
    frame.loc[0, "geometry"] = tie
    study.polygons("counties.gpkg", frame)
    told = study.check()
    note = "note: zones.county.path: 1 of 4 polygons were invalid and have been mended"
    assert (told.code, told.notes) == (0, [note])
    told = study.run("land_area", "zone_area")
    assert (told.code, told.notes) == (0, [note])
    areas = pd.read_csv(study.out / "tables/zone_area.csv", dtype={"zone": "str"}).set_index("zone")
    assert areas.loc["4501", "map_area_ha"] == pytest.approx(200.0, rel=1e-9)
    land = pd.read_csv(study.out / "tables/land_area.csv", dtype={"zone": "str"})
    cells = land[(land["zone"] == "4501") & (land["year"] == 2020) & (land["keyed_by"] == "ecosystem")]["cells"].sum()
    assert cells == pytest.approx(200.0, abs=1e-4)
    assert note.removeprefix("note: ") in (study.out / "receipts/land_area.json").read_text("utf-8")


@pytest.mark.parametrize("empty", [None, shapely.Polygon(), shapely.MultiPolygon()])
def test_an_empty_zone_is_named(study, empty):
    frame = study.counties
    frame.loc[2, "geometry"] = empty
    study.polygons("counties.gpkg", frame)
    study.check().only("zones.county.path", "zone '4503' is empty: it has no area", "draw it, or delete it")


def test_a_zone_without_area_is_empty(study):
    frame = study.counties
    frame.loc[2, "geometry"] = shapely.Polygon([(5e5, 2.6e6), (5.01e5, 2.6e6), (5e5, 2.6e6)])
    study.polygons("counties.gpkg", frame)
    assert "zone '4503' is empty" in study.check().one("zones.county.path", "draw it, or delete it")


def test_a_zone_beyond_the_region_is_a_note(study, rectangle):
    frame = study.counties
    frame.loc[2, "geometry"] = rectangle(500, 500, 5, 5)
    study.polygons("counties.gpkg", frame)
    told = study.check()
    assert (told.code, told.notes) == (0, ["note: zones.county.path: zone '4503' lies wholly beyond the region"])


def test_zones_that_are_no_polygons_are_named(study):
    frame = study.counties
    study.polygons("counties.gpkg", frame.set_geometry(frame.centroid))
    study.check().only("zones.county.path", "holds Point, not polygons")


def test_a_condition_that_no_zone_meets_is_named(study):
    study.edit('path = "counties.gpkg"', 'path = "counties.gpkg"\nwhere = "name = \'nobody\'"')
    study.check().only("zones.county.path", "holds no feature where name = 'nobody'")


def test_a_function_that_is_none_is_named(study):
    study.polygons("counties.gpkg", study.counties.assign(function=["ecologicl", "", "ecological", "ecological"]))
    study.check().only("zones.county.columns.function", "'ecologicl' is no function type", "did you mean 'ecological'?")


def test_a_stated_area_that_is_no_number_is_named(study):
    study.polygons("counties.gpkg", study.counties.assign(area_km2=["12", "about 12", "12", "12"]))
    study.check().only("zones.county.columns.area_km2", "'about 12'", "number")


def test_a_parent_that_is_no_zone_is_named(study):
    study.polygons("counties.gpkg", study.counties.assign(province=["45", "45", "45", "45"]))
    study.edit("columns = { ", 'columns = { parent = "province", ')
    study.check().only("zones.county.columns.parent", "45 is no zone of the study")


def test_a_zoning_may_not_be_called_like_the_whole(study):
    study.edit("[zones.county]", "[zones.region]")
    study.check().only("zones.region", "is the name of the whole")


# Tables


def test_a_table_key_that_matches_no_zone_is_named(study):
    study.add(LAND_AREA)
    study.file("areas.csv", AREAS + "4599,2000,ecosystem,1,forest,1\n4598,2000,ecosystem,1,forest,1\n")
    line = study.check().only("tables.land_area.columns.zone", "2 keys match no zone: 4598, 4599")
    assert "drop_unmatched = true" in line
    study.edit('path = "areas.csv"', 'path = "areas.csv"\ndrop_unmatched = true')
    told = study.check()
    assert told.code == 0
    assert any("2 keys match no zone: 4598, 4599" in note for note in told.notes)


@pytest.mark.parametrize("year", ["baseline = 2000", "current = 2020"])
def test_a_table_without_the_year_that_is_compared_is_named(study, year):
    study.add(LAND_AREA)
    study.edit(year, year.replace("2000", "1995").replace("2020", "2025"))
    study.file("areas.csv", AREAS)
    study.check().one("tables.land_area.columns.year", "there is no row of", "2000, 2020")


def test_a_table_of_a_year_nearby_is_taken_and_named(study):
    study.edit("current = 2020", "current = 2021")
    study.add("[years.map.land_cover]\n2021 = 2020")
    census(study, [("4501", 2000, 5000), ("4501", 2020, 6000)])
    told = study.check()
    assert not [fault for fault in told.faults if "tables" in fault]
    assert any("there is no row of 2021" in note for note in told.notes)


@pytest.mark.parametrize("value", ["growing_season_end = 13", "false_discovery_rate = 7", "much_loss_percent = -5"])
def test_a_parameter_beyond_sense_is_named(study, value):
    study.add(f"[policy.overrides]\n{value}")
    study.check().only(f"policy.overrides.{value.split()[0]}", "is ", "give a number")


@pytest.mark.parametrize(("key", "old", "new"), [("baseline", 2000, 1990), ("current", 2020, 2025)])
def test_a_year_of_the_study_that_no_layer_has_is_named(study, key, old, new):
    study.edit(f"{key} = {old}", f"{key} = {new}")
    study.check().only(f"years.{key}", str(new), "2000, 2020")


def test_a_map_of_years_names_layers_and_years_that_are_not_there(study):
    study.edit("[years]", "[years]\nmap = { land_cver = { 2000 = 1998 }, land_cover = { 2010 = 2011 } }")
    told = study.check()
    told.one("years.map.land_cver", "is no layer of the study", "did you mean 'land_cover'?")
    told.one("years.map.land_cover", "the layer has no year 2011")


def test_a_table_in_percent_that_holds_fractions_is_named(study):
    study.add('[tables.ecological_land_share]\npath = "shares.csv"')
    study.file("shares.csv", "zone,year,share_percent\n4501,2000,0.61\n4501,2020,0.6\n")
    line = study.check().only("tables.ecological_land_share.columns.share_percent", "looks like a fraction")
    assert "multiply it by 100" in line


def test_a_table_with_text_for_numbers_is_named(study):
    study.add(LAND_AREA)
    study.file("areas.csv", AREAS.replace("120", "about 120"))
    study.check().only("tables.land_area.columns.area_ha", "no number: 'about 120'")


def test_a_table_with_negative_areas_is_named(study):
    study.add(LAND_AREA)
    study.file("areas.csv", AREAS.replace("120", "-120"))
    study.check().only("tables.land_area.columns.area_ha", "negative")


def test_a_table_whose_unit_is_impossible_is_named(study):
    study.add(LAND_AREA + 'unit = "kg"\n')
    study.file("areas.csv", AREAS)
    study.check().only("tables.land_area.unit", "unit 'kg' cannot become 'hectare'")


def test_a_table_whose_header_is_not_there_is_named(study):
    study.add(LAND_AREA + 'columns = { zone = "zone", year = "yaer" }\n')
    study.file("areas.csv", AREAS)
    study.check().only("tables.land_area.columns.year", "no column is headed 'yaer'", "did you mean 'year'?")


def test_a_table_column_that_is_none_of_ours_is_named(study):
    study.add(LAND_AREA + 'columns = { zone = "zone", yaer = "year" }\n')
    study.file("areas.csv", AREAS)
    study.check().one("tables.land_area.columns.yaer", "is no column of land_area", "did you mean 'year'?")


@pytest.mark.parametrize("lost", ["year", "class_name", "area_ha", "keyed_by"])
def test_a_table_without_a_column_that_is_needed_is_named(study, lost):
    frame = pd.DataFrame([line.split(",") for line in AREAS.splitlines()[1:]], columns=AREAS.splitlines()[0].split(","))
    frame.drop(columns=lost).to_csv(study.folder / "areas.csv", index=False)
    study.add(LAND_AREA)
    study.check().only(f"tables.land_area.columns.{lost}", "is missing")


def test_a_table_that_is_no_quantity_is_named(study):
    study.add(LAND_AREA.replace("land_area", "land_aera"))
    study.file("areas.csv", AREAS)
    study.check().only("tables.land_aera", "is no quantity that a table can give", "did you mean 'land_area'?")


def test_a_layer_that_is_no_quantity_is_named(study):
    study.edit("[layers.elevation]", "[layers.elevatoin]")
    study.check().only("layers.elevatoin", "is no quantity that a raster can give", "did you mean 'elevation'?")


def workbook(path, merged):
    book = openpyxl.Workbook()
    page = book.active
    page.title = "2000"
    page.append(["Land by county", None, None, None, None, None])
    page.append(["County code", "Year", "Scheme", "Code", "Class", "Area\n(ha)"])
    page.append(["4501", 2000, "ecosystem", 1, "forest", 100.5])
    page.append(["4501", 2020, "ecosystem", 1, "forest", "1,120.5"])
    if merged:
        page.merge_cells("A1:F1")
    book.save(path)


EXCEL = """
[tables.land_area]
path = "areas.xlsx"
columns = { zone = "County code", year = "Year", keyed_by = "Scheme", class_code = "Code", class_name = "Class", area_ha = "Area (ha)" }
"""  # noqa: E501


def test_an_excel_file_with_merged_headers_is_named_with_the_row_to_take(study):
    workbook(study.folder / "areas.xlsx", merged=True)
    study.add(EXCEL)
    line = study.check().only("tables.land_area.header_row", "row 1 holds merged headers (A1:F1)")
    assert "perhaps 2" in line
    study.edit('path = "areas.xlsx"', 'path = "areas.xlsx"\nheader_row = 2')
    assert study.check().faults == []


def test_a_sheet_that_is_not_there_is_named(study):
    workbook(study.folder / "areas.xlsx", merged=False)
    study.add(EXCEL + 'sheet = "200"\nheader_row = 2\n')
    study.check().only("tables.land_area.sheet", "there is no sheet '200'", "did you mean '2000'?")


# study.toml itself


@pytest.mark.parametrize(
    ("old", "new", "key", "meant"),
    [
        ("[years]", "[yeers]", "yeers", "years"),
        ('name = "Small region"', 'name = "x"\nlangage = "en"', "study.langage", "language"),
        ("[grid]", '[region]\nboundry = "x"\n\n[grid]', "region.boundry", "boundary"),
        ("tile = 32", "tiel = 32", "grid.tiel", "tile"),
        ('unit = "m"', 'unti = "m"', "layers.elevation.unti", "unit"),
        ('key = "code"', 'key = "code"\nlyer = "x"', "zones.county.lyer", "layer"),
        ('name = "name"', 'nmae = "name"', "zones.county.columns.nmae", "name"),
        ("[years]", '[tables.land_area]\npath = "a.csv"\nshet = "x"\n\n[years]', "tables.land_area.shet", "sheet"),
        ("baseline = 2000", "basline = 2000", "years.basline", "baseline"),
        ("[years]", '[policy]\npak = "china"\n\n[years]', "policy.pak", "pack"),
        ("[years]", '[policy]\npack = "chine"\n\n[years]', "policy.pack", "china"),
        (
            "[years]",
            "[policy]\noverrides = { smallest_bas_area = 3 }\n\n[years]",
            "policy.overrides.smallest_bas_area",
            "smallest_base_area",
        ),
        ("[years]", '[methods]\nland_chang = "cells"\n\n[years]', "methods.land_chang", "land_change"),
        ("[years]", '[methods]\nland_change = "cels"\n\n[years]', "methods.land_change", "cells"),
        ("[years]", "[scenarios.fine]\ngrd = { tile = 16 }\n\n[years]", "scenarios.fine.grd", "grid"),
        ("[years]", "[scenarios.fine]\ngrid = { tiel = 16 }\n\n[years]", "scenarios.fine.grid.tiel", "tile"),
    ],
)
def test_a_typo_gives_did_you_mean(study, old, new, key, meant):
    study.edit(old, new)
    study.check().one(key, f"did you mean '{meant}'?")
    study.run().one(key, f"did you mean '{meant}'?")
    assert not study.out.exists()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("tile = 32", 'tile = "big"', "grid.tile"),
        ("tile = 32", "tile = 1", "grid.tile"),
        ("years = [2000, 2020]", 'years = "2000"', "layers.land_cover.years"),
        ('unit = "m"', "unit = 1", "layers.elevation.unit"),
        ('unit = "m"', 'unit = "m"\nnodata = "none"', "layers.elevation.nodata"),
        ('unit = "m"', 'unit = "m"\nresampling = "linear"', "layers.elevation.resampling"),
        ('name = "Small region"', 'name = "x"\nlanguage = "de"', "study.language"),
        ('like = "land_cover"', 'like = "land_cover"\ncrs = "EPSG:4549"', "grid"),
        ('like = "land_cover"', 'crs = "EPSG:4549"', "grid"),
        ('like = "land_cover"', 'crs = "EPSG:4549"\nresolution = -30', "grid.resolution"),
        ("baseline = 2000", 'baseline = "long ago"', "years.baseline"),
        ("baseline = 2000", "map = { land_cover = 2000 }", "years.map.land_cover"),
        ("[years]", '[policy]\noverrides = { smallest_base_area = "ten" }\n\n[years]', None),
        ("[years]", '[policy]\noverrides = { smallest_base_area = { value = 1, unit = "kg" } }\n\n[years]', None),
        ("[years]", "[policy]\noverrides = { smallest_base_area = { valeu = 1 } }\n\n[years]", None),
        ("[years]", "[scenarios]\nfine = 3\n\n[years]", "scenarios.fine"),
        ("[layers.elevation]", "[layers.Elevation]", "layers.Elevation"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(study, old, new, key):
    study.edit(old, new)
    study.check().only(key or "policy.overrides.smallest_base_area")


def test_a_missing_name_is_named(study):
    study.edit('name = "Small region"\n', "")
    study.check().only("study.name", "is missing")


def test_text_that_is_no_toml_is_named_with_its_line(study):
    study.edit('unit = "m"', "unit = m")
    study.check().only("study.toml", "is not valid TOML", "line 15")


def test_text_that_is_not_utf8_is_named(study):
    study.file("study.toml", study.text.replace("Small region", "小区域").encode("gb18030"))
    study.check().only("study.toml", "is not UTF-8", "save it as UTF-8")


def test_an_unknown_scenario_is_named(study):
    study.add("[scenarios.coarse]\ngrid = { tile = 64 }")
    study.check("--scenario", "corse").only("scenarios.corse", "is not in the study", "did you mean 'coarse'?")


def test_a_scenario_that_is_no_section_is_named(study):
    study.add("[scenarios]\ncoarse = 3")
    study.check("--scenario", "coarse").only("scenarios.coarse")


def test_an_unknown_product_is_named(study):
    study.run("land_aera").only("land_aera", "is no product", "did you mean 'land_area'?")
    assert not study.products()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("vocabulary.toml", "[steepness\n"),
        ("vocabulary.toml", VOCABULARY.replace('shape = "cell"', 'shap = "cell"')),
        ("vocabulary.toml", VOCABULARY.replace("[steepness]", "[elevation]")),
        ("steps.py", "def steepness(:\n"),
        ("steps.py", STEPS.replace("(elevation)", "(elevatoin)")),
    ],
)
def test_a_fault_in_a_studys_own_words_or_steps_is_named(study, file, text):
    study.own_words(VOCABULARY, STEPS)
    study.file(file, text)
    told = study.check("--trust")
    assert told.code == 2
    assert told.faults
    assert "Traceback" not in told.err


# All at once


def test_every_typo_in_study_toml_is_listed_in_one_go(study):
    study.edit("tile = 32", "tiel = 32")
    study.edit('unit = "m"', 'unti = "m"')
    study.edit("baseline = 2000", 'baseline = "long ago"')
    study.edit("[zones.county]", "[zones.County]")
    told = study.check()
    for key in ("grid.tiel", "layers.elevation.unti", "years.baseline", "zones.County"):
        told.one(key)
    assert len(told.faults) == 4


def test_methods_and_parameters_are_listed_in_one_go(study):
    study.add('[methods]\nland_change = "cels"\n\n[policy]\noverrides = { smallest_bas_area = 3 }')
    told = study.check()
    told.one("methods.land_change")
    told.one("policy.overrides.smallest_bas_area")


def test_faults_of_every_kind_of_input_are_listed_in_one_go_with_those_of_the_cells(study):
    (study.folder / "land_cover_2000.tif").rename(study.folder / "land_cover_1990.tif")
    study.edit("baseline = 2000", "baseline = 1990")
    study.edit("years = [2000, 2020]", "years = [1990, 2020]")
    study.recode("land_cover_2020.tif", 255, 7, nodata=0)
    study.edit('unit = "m"', 'unit = "kg"')
    study.polygons("counties.gpkg", study.counties.assign(code=["4501", "4501", None, "4504"]))
    study.add(LAND_AREA + '\n[tables.ecological_land_share]\npath = "shares.csv"\n')
    study.file("shares.csv", "zone,year,share_percent\n4501,1990,0.61\n4501,2020,0.6\n")
    told = study.check()
    told.one("layers.elevation.unit", "kg")
    told.one("tables.land_area.path", "no file")
    told.one("tables.ecological_land_share.columns.share_percent", "fraction")
    told.one("layers.land_cover.legend", "code 255 in 2020", "(7 cells)")
    of_key = [line for line in told.faults if line.startswith("zones.county.key: ")]
    assert len(of_key) == 2
    assert len(told.faults) == 6
    assert "6 problems" in told.err


# What the chapters on vegetation and people meet


@pytest.mark.parametrize(
    ("layer", "fill"), [("gross_primary_productivity", 65533), ("net_primary_productivity", 32766)]
)
def test_a_fill_value_of_modis_that_is_not_declared_is_named(study, layer, fill):
    cells = np.full((60, 80), 1500, np.uint16)
    cells[:5] = fill
    study.raster("carbon.tif", cells, nodata=65535)
    study.add(f'[layers.{layer}]\npath = "carbon.tif"\nyears = [2020]\nunit = "kg/m**2/year"\nscale = 0.0001')
    study.check().only(f"layers.{layer}", "400 cells", f"nodata = {fill}")
    study.edit("scale = 0.0001", f"scale = 0.0001\nnodata = {fill}")
    assert study.check().code == 0


def test_a_baseline_after_the_current_year_is_named(study):
    study.edit("baseline = 2000\ncurrent = 2020", "baseline = 2020\ncurrent = 2000")
    study.check().only("years", "baseline 2020 lies after current 2000")


def census(study, rows, **options):
    """A table of people by county."""
    study.file("census.csv", "zone,year,total_persons\n" + "\n".join(",".join(map(str, row)) for row in rows))
    more = "".join(f"\n{key} = {value}" for key, value in options.items())
    study.add(f'[tables.population]\npath = "census.csv"{more}')


def test_a_year_that_is_not_whole_is_named(study):
    census(study, [("4501", 2000, 5000), ("4501", "2020.5", 6000)])
    study.check().one("tables.population.columns.year", "2020.5 is no whole year")


def test_a_table_of_which_no_row_matches_is_named(study):
    census(study, [("1", 2000, 5000), ("1", 2020, 6000)], drop_unmatched="true")
    study.check().one("tables.population.columns.zone", "no row matches a zone")


@pytest.mark.parametrize(("people", "repeats"), [(30_100, False), (30_000, True)])
def test_a_county_with_half_of_all_people_is_no_sum_of_the_others(study, people, repeats):
    rows = [("4502", 10_000), ("4503", 10_000), ("4504", 10_000), ("4501", people)]
    census(study, [(zone, year, number) for year in (2000, 2020) for zone, number in rows])
    told = study.check()
    assert any("repeat" in fault for fault in told.faults) is repeats


def test_a_series_of_two_dates_has_no_trend_and_says_why(study):
    cells = np.linspace(0.1, 0.8, 4800, dtype=np.float32).reshape(60, 80)
    for year in (2000, 2020):
        study.raster(f"ndvi_{year}.tif", cells * (1.1 if year == 2020 else 1.0), nodata=-9999)
    study.add('[layers.ndvi]\npath = "ndvi_{year}.tif"')
    told = study.run()
    assert told.code == 0
    assert any("ndvi_slope" in note and "ndvi has 2 years, and 8 are needed" in note for note in told.notes)
    assert "made ndvi_change" in told.out
    assert "made vegetation_change" in told.out
