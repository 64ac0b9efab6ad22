"""A study of tables and polygons without any raster is a full citizen."""

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

STUDY = """\
[study]
name = "Two counties"

[zones.county]
path = "counties.gpkg"
key = "code"
columns = { name = "name", area_km2 = "area_km2" }

[tables.land_area]
path = "yearbook.csv"
unit = "km2"
source = "Yearbook 2021, table 3-2"
columns = { zone = "County code", year = "Year", keyed_by = "Scheme", class_code = "Class no.", class_name = "Class", area_ha = "Area (km2)" }

[years]
baseline = 2000
current = 2020
"""  # noqa: E501
HEADER = ["County  code", "Year", "Scheme", "Class no.", "Remarks", "Class", "Area\n(km2)"]
ROWS = [
    ["4501", 2000, "ecosystem", 1, "", "forest", "1,200.5"],
    ["4501", 2020, "ecosystem", 1, "", "forest", "1,080.45"],
    ["4501", 2000, "ecosystem", 5, "", "cropland", "800"],
    ["4501", 2020, "ecosystem", 5, "estimated", "cropland", "920.05"],
    ["4502", 2000, "ecosystem", 3, "", "grassland", "50"],
    ["4502", 2020, "ecosystem", 3, "", "grassland", "50"],
    ["4502", 2000, "ecosystem", 6, "", "built", "-"],
    ["4502", 2020, "ecosystem", 6, "", "built", " 150 "],
]


def write_csv(path):
    quoted = [[f'"{cell}"' for cell in row] for row in [HEADER, *ROWS]]
    path.write_text("\n".join(",".join(row) for row in quoted) + "\n", "utf-8")


def write_workbook(path):
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Land by county, 2021"])
    page.merge_cells("A1:G1")
    page.append(HEADER)
    for row in ROWS:
        page.append([int(row[0]), *row[1:6], float(row[6]) if row[6].replace(".", "").isdigit() else row[6]])
    book.save(path)


@pytest.fixture
def tables(study):
    """A study of two counties, 10 km x 10 km each, and a yearbook with messy headers."""
    for path in study.folder.iterdir():
        path.unlink()
    study.write(STUDY)
    squares = [shapely.box(left, 2_590_000, left + 10_000, 2_600_000) for left in (500_000, 510_000)]
    attributes = {"code": [4501, 4502], "name": ["West", "East"], "area_km2": [2000.0, 100.0]}
    study.polygons("counties.gpkg", geopandas.GeoDataFrame(attributes, geometry=squares, crs="EPSG:32649"))
    write_csv(study.folder / "yearbook.csv")
    return study


@pytest.fixture
def workbook(tables):
    """The same yearbook as a workbook with a title above its headers."""
    write_workbook(tables.folder / "yearbook.xlsx")
    tables.edit('"yearbook.csv"', '"yearbook.xlsx"\nheader_row = 2')
    return tables


def read(study, name):
    return pd.read_csv(study.out / f"tables/{name}.csv", dtype={"zone": "str", "class_code": "str"})


def test_check_finds_nothing_wrong(tables):
    told = tables.check()
    assert (told.code, told.err, told.out) == (0, "", "no problem found\n")


def test_a_run_makes_what_can_be_made_and_skips_the_rest_with_the_chain_of_reasons(tables):
    told = tables.run()
    assert told.code == 0
    assert told.faults == []
    made = [line.removeprefix("made ") for line in told.out.splitlines()]
    land = ["ecological_land_share", "land_area", "land_change", "land_findings", "zone_area"]
    assert sorted(made) == sorted([*land, "status_summary", "status_findings", "wetland_loss"])
    assert [path.stem for path in sorted((tables.out / "tables").iterdir())] == sorted(made)
    reason = "the study gives no land_cover, and no step makes it"
    skipped = [note for note in told.notes if reason in note]
    assert any("land_conversion" in note for note in skipped)
    assert any("land_transition" in note and "the study has no grid" in note for note in skipped)
    chain = tables.cli("show", "land_transition").out
    assert "it needs land_transition_tally" in chain
    assert reason in chain


@pytest.mark.parametrize("kind", ["tables", "workbook"])
def test_changes_are_those_worked_out_by_hand(kind, request):
    study = request.getfixturevalue(kind)
    assert study.run().code == 0
    change = read(study, "land_change").set_index(["zone", "class_name"])
    assert set(change["zoning"]) == {"county"}
    assert set(change["zone_name"]) == {"West", "East"}
    assert set(zip(change["year_from"], change["year_to"], strict=True)) == {(2000, 2020)}
    forest = change.loc[("4501", "forest")]
    assert forest["area_from_ha"] == pytest.approx(120_050.0, rel=1e-12)
    assert forest["area_to_ha"] == pytest.approx(108_045.0, rel=1e-12)
    assert forest["change_ha"] == pytest.approx(-12_005.0, rel=1e-9)
    assert forest["change_percent"] == pytest.approx(-10.0, rel=1e-9)
    assert change.loc[("4501", "cropland"), "change_percent"] == pytest.approx(100 * 12_005 / 80_000, rel=1e-9)
    assert change.loc[("4502", "grassland"), "change_ha"] == 0.0
    # nothing was built in 2000, so there is no percentage; gain and loss cannot be known from areas
    built = change.loc[("4502", "built")]
    assert (built["area_from_ha"], built["area_to_ha"]) == (0.0, pytest.approx(15_000.0))
    assert pd.isna(built["change_percent"])
    assert change[["gain_ha", "loss_ha"]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["tables", "workbook"])
def test_the_share_of_ecological_land_is_that_worked_out_by_hand(kind, request):
    study = request.getfixturevalue(kind)
    assert study.run("ecological_land_share").code == 0
    share = read(study, "ecological_land_share").set_index(["zone", "year"])["share_percent"]
    assert share["4501", 2000] == pytest.approx(100 * 1200.5 / 2000.5, rel=1e-12)
    assert share["4501", 2020] == pytest.approx(100 * 1080.45 / 2000.5, rel=1e-12)
    assert share["4502", 2000] == pytest.approx(100.0)
    assert share["4502", 2020] == pytest.approx(25.0)


def test_areas_of_the_zones_stand_beside_the_stated_ones(tables):
    assert tables.run("zone_area").code == 0
    areas = read(tables, "zone_area").set_index("zone")
    assert areas.loc["4501", "map_area_ha"] == pytest.approx(10_000.0, rel=1e-12)
    # near the central meridian the map is 0.9996 of the ellipsoid along each side
    assert areas.loc["4501", "area_ha"] == pytest.approx(10_000.0 / 0.9996**2, rel=2e-6)
    assert areas.loc["4501", "area_mu"] == pytest.approx(15 * areas.loc["4501", "area_ha"])
    assert areas.loc["4502", "statutory_area_ha"] == 10_000.0
    difference = 100 * (areas.loc["4502", "area_ha"] / 10_000.0 - 1)
    assert areas.loc["4502", "difference_percent"] == pytest.approx(difference)


def test_findings_name_the_county_that_lost_most(tables):
    assert tables.run("land_findings").code == 0
    findings = read(tables, "land_findings")
    assert findings["english"].str.contains("2 zones of 'county'").any()
    assert findings["english"].str.contains(r"furthest in East \(-75\.0 points\)").any()
    assert findings["chinese"].str.contains("East").any()


def test_a_table_that_the_study_gives_is_a_product_in_our_words_and_units(tables):
    assert tables.run("land_area").code == 0
    areas = read(tables, "land_area").set_index(["zone", "year", "class_code"])
    assert areas.loc[("4501", 2000, "1"), "area_ha"] == pytest.approx(120_050.0, rel=1e-12)
    assert areas.loc[("4501", 2000, "1"), "zone_name"] == "West"
    assert tables.run("land_area").out.startswith("nothing to compute")


def test_the_receipt_names_the_yearbook_and_the_method(tables):
    assert tables.run().code == 0
    receipt = (tables.out / "receipts/land_change.json").read_text("utf-8")
    assert "Yearbook 2021, table 3-2" in receipt
    assert '"method": "areas"' in receipt
    assert "yearbook.csv" in receipt


def test_run_again_computes_nothing_and_a_changed_yearbook_only_what_hangs_on_it(tables):
    assert tables.run().code == 0
    assert tables.run().out.startswith("nothing to compute")
    path = tables.folder / "yearbook.csv"
    path.write_text(path.read_text("utf-8").replace(" 150 ", "160"), "utf-8")
    told = tables.run()
    assert "made land_change" in told.out
    assert "made zone_area" not in told.out
    assert read(tables, "land_change").set_index(["zone", "class_name"]).loc[("4502", "built"), "area_to_ha"] == 16_000


def test_show_tells_what_is_missing_and_why(tables):
    told = tables.cli("show")
    assert told.code == 0
    states = {line.split()[0]: line for line in told.out.splitlines() if not line.startswith(" ")}
    assert "to be made" in states["land_change"]
    assert "missing" in states["land_transition"]
    assert "the study gives no land_cover" in told.out
    told = tables.cli("show", "land_change")
    assert told.code == 0
    assert "land_change_by_areas" in told.out


def test_a_missing_product_that_is_asked_for_is_refused_with_its_reasons(tables):
    tables.run("land_conversion").only("land_conversion", "cannot be made", "the study gives no land_cover")


def test_explain_at_a_place_says_that_there_is_no_grid(tables):
    tables.cli("explain", "--at", "505000,2595000").only("--at", "the study has no grid", "[grid]")


def test_python_gives_the_tables_as_frames(tables):
    from shanshui import open_study

    with open_study(tables.folder) as study:
        frame = study.run("land_change")
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 4


def test_a_boundary_gives_the_region_its_area(tables):
    whole = geopandas.GeoDataFrame(geometry=[shapely.box(500_000, 2_590_000, 515_000, 2_600_000)], crs="EPSG:32649")
    tables.polygons("region.gpkg", whole)
    tables.edit("[zones.county]", '[region]\nboundary = "region.gpkg"\n\n[zones.county]')
    assert tables.run("zone_area").code == 0
    areas = read(tables, "zone_area").set_index("zone")
    assert areas.loc["region", "map_area_ha"] == pytest.approx(15_000.0, rel=1e-9)


def test_zones_given_as_a_raster_need_a_grid(tables):
    tables.edit('"counties.gpkg"', '"counties.tif"')
    tables.check().one("zones.county.path")


def test_a_scheme_that_nobody_knows_is_named(tables):
    path = tables.folder / "yearbook.csv"
    path.write_text(path.read_text("utf-8").replace("ecosystem", "ecosystems"), "utf-8")
    tables.check().only("tables.land_area.columns.keyed_by", "'ecosystems'", "did you mean 'ecosystem'?")


def test_a_code_that_the_scheme_has_not_is_named_and_its_area_is_not_lost_in_silence(tables):
    path = tables.folder / "yearbook.csv"
    path.write_text(path.read_text("utf-8").replace('"1","","forest"', '"forest","","forest"'), "utf-8")
    tables.run().only("tables.land_area.columns.class_code", "'forest'")
