"""`shanshui compare` of two red lines: the ledger of the adjustment that made the second from the first."""

import shutil

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from tests.chapters.pattern.red_line_cells import on_disk
from tests.study.adjusted_line import adjusted, block
from tests.study.conftest import CRS, LEFT, TOP, StudyFolder, run_cli
from tests.study.test_explain import ground_of

from shanshui.study.comparing import _of_lines, _of_polygons
from shanshui.study.comparing_lines import AMOUNTS, changes_in_words, red_line_changes
from shanshui.study.study import open_study

MADE = ("red_line_adjustment", "red_line_next", "red_line_adjustment_ledger", "red_line_edits")
# A scenario in which the greater village alone, of 12 cells, may leave, and the refused one is none.
SCENARIO = """
[scenarios.firm.policy.overrides]
populous_settlement_ha = { value = 15, source = "firm" }

[scenarios.firm.layers.red_line_edit]
path = "one_edit.gpkg"
"""
# Hectares of a cell in the middle of the map: (100 / 0.9996)**2 m2.
CELL_HA = 1 / 0.9996**2


@pytest.fixture(scope="module")
def kept(pristine, tmp_path_factory):
    """A study whose line of tomorrow stands, and its scenario; nothing of it is changed."""
    study = adjusted(StudyFolder(shutil.copytree(pristine, tmp_path_factory.mktemp("lines") / "study")))
    edits = geopandas.read_file(study.folder / "edits.gpkg")
    study.polygons("one_edit.gpkg", edits[edits["edit"] == "e1"])
    study.add(SCENARIO)
    for options in ((), ("--scenario", "firm")):
        told = study.run(*MADE, *options)
        assert told.code == 0, told.err
    return study


def compared(study, *words):
    return run_cli("compare", *map(str, words), "--study", str(study.folder))


def ledger(study):
    rows = pd.read_csv(study.out / "tables/red_line_adjustment_ledger.csv")
    return rows[rows["account"] == "line"].reset_index(drop=True)


def total(rows, direction, column="area_ha"):
    return rows.loc[(rows["direction"] == direction) & (rows["function_area"] == "(total)"), column].item()


def test_files_of_two_lines_give_the_ledger_of_the_adjustment(kept, tmp_path):
    before = kept.products()
    lines = kept.folder / "today.gpkg", kept.out / "vectors/red_line_next.gpkg"
    told = compared(kept, *lines, "--to", tmp_path)
    assert told.code == 0, told.err
    ours, theirs = pd.read_csv(tmp_path / "line_changes.csv"), ledger(kept)
    assert ours[["direction", "function_area"]].equals(theirs[["direction", "function_area"]])
    known = {"cropland_ha", "persons", "water_conservation_ppm", "habitat_quality_ppm", "carbon_sequestration_ppm"}
    amounts = [name for name in ours if ours[name].dtype.kind == "f"]
    assert set(amounts) == {"area_ha", *known}
    for name in amounts:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=0, err_msg=name)
        assert total(ours, "in", name) > 0, name
    assert total(ours, "out") == pytest.approx(12 * CELL_HA, rel=1e-4)
    # What the lines share, and what each has alone, is the same in both accounts.
    ground = pd.read_csv(tmp_path / "line.csv").set_index("part")["area_ha"]
    assert ground["first_only"] == pytest.approx(total(ours, "out"), rel=1e-7)
    assert ground["second_only"] == pytest.approx(total(ours, "in"), rel=1e-7)
    assert ground["both"] == pytest.approx(total(ours, "before") - total(ours, "out"), rel=1e-7)
    said = told.out.splitlines()
    assert said[0] == f"line: 1 and {len(geopandas.read_file(lines[1]))} features"
    assert f"line changes: area: {total(ours, 'before'):,.2f} before, {total(ours, 'in'):,.2f} in" in told.out
    assert said[-1].startswith("  not known to the study: soil_retention_ppm, ")
    # Nothing in the output has changed, and nothing is left behind.
    assert kept.products() == before
    assert not [path for path in kept.out.iterdir() if path.name.startswith(".whole-")]


def test_the_way_back_is_the_ledger_turned_round(kept, tmp_path):
    lines = kept.out / "vectors/red_line_next.gpkg", kept.folder / "today.gpkg"
    assert compared(kept, *lines, "--to", tmp_path).code == 0
    ours, theirs = pd.read_csv(tmp_path / "line_changes.csv"), ledger(kept)
    for one, other in (("before", "after"), ("in", "out"), ("out", "in"), ("after", "before")):
        for name in ("area_ha", "persons", "water_conservation_ppm"):
            assert total(ours, one, name) == pytest.approx(total(theirs, other, name), rel=1e-9)


def test_another_crs_is_brought_to_the_grid(kept, tmp_path):
    """A line of 20 by 30 cells in degrees, against the same one in a file of lines and points too."""
    line = geopandas.GeoDataFrame(geometry=[block(10, 10, 20, 30)], crs=CRS)
    # In degrees a straight side is another one: it is drawn of short pieces.
    fine = line.set_geometry(line.geometry.segmentize(50)).to_crs(4326)
    fine.to_file(tmp_path / "degrees.geojson", driver="GeoJSON")
    half = geopandas.GeoDataFrame(geometry=[block(10, 10, 10, 30), shapely.Point(LEFT, TOP)], crs=CRS)
    half.to_file(tmp_path / "half.gpkg")
    told = compared(kept, tmp_path / "degrees.geojson", tmp_path / "half.gpkg", "--to", tmp_path / "to")
    assert told.code == 0, told.err
    rows = pd.read_csv(tmp_path / "to/line_changes.csv")
    assert total(rows, "before") == pytest.approx(600 * CELL_HA, rel=1e-4)
    assert total(rows, "out") == pytest.approx(300 * CELL_HA, rel=1e-4)
    assert total(rows, "in") == pytest.approx(0, abs=1e-2)
    assert "1 and 1 features" in told.out


def test_two_scenarios_account_for_their_lines(kept, tmp_path):
    told = run_cli("compare", str(kept.folder), "@firm", "red_line_next", "--to", str(tmp_path))
    assert told.code == 0, told.err
    assert "red_line_next changes: area: " in told.out
    rows = pd.read_csv(tmp_path / "red_line_next_changes.csv")
    # In the scenario the village of 12 cells stays inside: 12 cells more.
    assert total(rows, "in") == pytest.approx(12 * CELL_HA, rel=1e-4)
    assert total(rows, "out") == pytest.approx(0, abs=1e-6)
    # What the first study knows of both lines: the tables of both say it too.
    mine = ledger(kept)
    firm = pd.read_csv(kept.out / "scenarios/firm/tables/red_line_adjustment_ledger.csv")
    firm = firm[firm["account"] == "line"]
    for name in ("area_ha", "persons", "water_conservation_ppm"):
        assert total(rows, "before", name) == pytest.approx(total(mine, "after", name), rel=1e-9)
        assert total(rows, "after", name) == pytest.approx(total(firm, "after", name), rel=1e-9)
    ground = pd.read_csv(tmp_path / "red_line_next.csv").set_index("part")["area_ha"]
    assert ground["second_only"] == pytest.approx(total(rows, "in"), rel=1e-6)
    # Another product that is drawn has no such ledger.
    told = run_cli("compare", str(kept.folder), "@firm", "red_line_adjustment")
    assert "features" in told.out
    assert "changes" not in told.out
    told = run_cli("compare", str(kept.folder), str(kept.folder), "red_line_next")
    assert told.out == "red_line_next: the same, byte for byte\n"


def test_lines_that_were_drawn_have_a_ledger_too(study, tmp_path):
    """The line of a study drops a pond of 2 by 2 cells, that of a scenario keeps it."""
    ground_of(study)
    study.add("[policy.overrides]\nsmoothing_share = { value = 0, source = 'the cells themselves' }")
    study.add("[scenarios.fine.policy.overrides]\nsmallest_patch_km2 = { value = 0.01, source = 'fine' }")
    for options in ((), ("--scenario", "fine")):
        assert study.run("red_line", *options).code == 0
    assert run_cli("compare", str(study.folder), "@fine", "red_line", "--to", str(tmp_path)).code == 0
    rows = pd.read_csv(tmp_path / "red_line_changes.csv")
    assert total(rows, "in") == pytest.approx(4 * CELL_HA, rel=1e-4)
    assert total(rows, "after") == pytest.approx((1200 - 20 + 4) * CELL_HA, rel=1e-4)


def test_ground_of_polygons_in_two_crs():
    """A box of 4 by 4 cells, and 2 by 4 of them in degrees: nothing lies in the second only."""
    whole, half = (geopandas.GeoDataFrame(geometry=[block(10, 10, 4, width)], crs=CRS) for width in (4, 2))
    found = _of_polygons("line", whole, half.to_crs(4326))
    assert found.rows["area_ha"].tolist() == pytest.approx([8 * CELL_HA, 8 * CELL_HA, 0], rel=1e-4, abs=1e-3)
    found = _of_polygons("line", whole, whole)
    assert found.rows["area_ha"].tolist() == pytest.approx([16 * CELL_HA, 0, 0], rel=1e-4)
    assert found.told[1:] == ["both: 16.01 ha", "first only: 0.00 ha", "second only: 0.00 ha"]


def test_what_cannot_be_told_is_said(make_study):
    line = geopandas.GeoDataFrame(geometry=[block(10, 10, 2, 2)], crs=CRS)
    one, other = make_study("one"), make_study("other")
    for path in other.folder.glob("*.tif"):
        with rasterio.open(path) as source:
            cells, profile = source.read(1)[:30], source.profile
        with rasterio.open(path, "w", **(profile | {"height": 30})) as target:
            target.write(cells, 1)
    with open_study(one.folder) as first, open_study(other.folder) as second:
        found = _of_lines("red_line", first, second, line, line, None)
        assert (found.name, found.rows) == ("red_line changes", None)
        assert found.told == ["the grids differ: 60 x 80 cells of 100, and 30 x 80 cells of 100"]
        # A study whose grid is the first's is fine: neither function areas nor services are needed. A line that was
        # drawn on another grid is brought to it.
        found = _of_lines("red_line", first, first, line, line.to_crs(4326), None)
    assert found.told[0] == "area: 4.00 before, 0.00 in, 0.00 out, 4.00 after (ha)"
    (one.folder / "elevation.tif").unlink()
    with open_study(one.folder) as first:
        found = _of_lines("red_line", first, first, line, line, None)
    assert found.told[0] == "cannot be told"
    assert found.told[1].startswith("layers.elevation.path: ")
    assert found.rows is None


GRID = GeoBox((10, 20), Affine(100, 0, 0, 0, -100, 1000), "EPSG:6933")


def test_two_boxes_by_hand(tmp_path):
    """A row of cells of 1 ha, the first ten of them in Hills: columns 4 to 8 before, 6.5 to 12 after."""

    def frame(*shapes, **columns):
        return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:6933")

    def box(left, right):
        return shapely.box(100 * left, 0, 100 * right, 100)

    zones = frame(box(0, 10), box(0, 5), zoning=["function_area", "county"], zone=["h", "c"], name=["Hills", "C"])
    names = [name.removesuffix("_ppm") + "_present_share" for name in AMOUNTS[2:-1]]
    # Each amount is another number of whole units in every cell.
    words = ["red_line_cropland", "red_line_persons", *names, "fragile_present_share"]
    rasters = {word: on_disk(tmp_path, np.full((10, 20), number + 1, np.float32)) for number, word in enumerate(words)}
    rows = red_line_changes(frame(box(4, 8)), frame(box(6.5, 12)), zones, **rasters, geobox=GRID)
    cells = rows.pivot_table(index="direction", columns="function_area", values="area_ha")
    expected = {
        "before": (4, 0, 4),
        "in": (10 - 8, 12 - 10, 4),
        "out": (6.5 - 4, 0, 2.5),
        "after": (10 - 6.5, 12 - 10, 5.5),
    }
    for direction, numbers in expected.items():
        for area, number in zip(("Hills", "(outside)", "(total)"), numbers, strict=True):
            assert cells.loc[direction, area] == pytest.approx(number, rel=1e-8, abs=1e-9)
            row = rows[(rows["direction"] == direction) & (rows["function_area"] == area)].iloc[0]
            for times, name in enumerate(AMOUNTS, start=1):
                assert row[name] == pytest.approx(number * times, rel=1e-6, abs=1e-9), name
    assert list(rows) == ["direction", "direction_zh", "function_area", "area_ha", *AMOUNTS]
    bare = red_line_changes(frame(box(4, 8)), frame(box(6.5, 12)), zones, geobox=GRID)
    assert list(bare) == ["direction", "direction_zh", "function_area", "area_ha"]


def test_changes_in_words():
    areas = ["Hills", "Lakes", "Moors", "(outside)", "(total)"]
    amounts = {
        "before": ([1000, 20, 3, 0, 1023], 7.0),
        "in": ([0, 5, 0, 0, 5], 1.5),
        "out": ([0, 0, 1, 0, 1], 0.25),
        "after": ([1000, 25, 2, 0, 1027], 8.25),
    }
    parts = []
    for direction, (hectares, persons) in amounts.items():
        part = {"direction": direction, "function_area": areas, "area_ha": hectares, "fragile_land_ppm": 0.0}
        parts.append(pd.DataFrame(part).assign(persons=[0, 0, 0, 0, persons], cropland_ha=[0, 0, 0, 0, 2 * persons]))
    rows = pd.concat(parts)
    assert changes_in_words(rows) == [
        "area: 1,023.00 before, 5.00 in, 1.00 out, 1,027.00 after (ha)",
        "Lakes: 20.00 before, 5.00 in, 0.00 out, 25.00 after (ha)",
        "Moors: 3.00 before, 0.00 in, 1.00 out, 2.00 after (ha)",
        "cropland: 14 before, 3 in, 0.5 out, 16.5 after (ha)",
        "persons: 7 before, 1.5 in, 0.25 out, 8.25 after",
        "fragile land: 0 before, 0 in, 0 out, 0 after (ppm)",
        f"not known to the study: {', '.join(AMOUNTS[2:-1])}",
    ]
    assert len(changes_in_words(rows.assign(**dict.fromkeys(AMOUNTS, 0.0)))) == 3 + len(AMOUNTS)


# What is refused


@pytest.fixture
def line(tmp_path):
    geopandas.GeoDataFrame(geometry=[block(10, 10, 2, 2)], crs=CRS).to_file(tmp_path / "line.gpkg")
    return tmp_path / "line.gpkg"


def test_every_fault_of_both_files_is_named(study, line, tmp_path):
    told = compared(study, tmp_path / "none.gpkg", tmp_path / "nothing.gpkg")
    told.one("FIRST", f"there is no file {tmp_path / 'none.gpkg'}")
    told.one("SECOND", "nothing.gpkg")
    assert len(told.faults) == 2
    compared(study, tmp_path / "none.gpkg", line).only("FIRST", "there is no file")


@pytest.mark.parametrize(
    ("file", "shape", "crs", "fault"),
    [
        ("points.gpkg", shapely.Point(LEFT + 50, TOP - 50), CRS, "holds no polygons"),
        ("rim.gpkg", block(10, 10, 2, 2).boundary, CRS, "holds no polygons"),
        ("far.gpkg", block(10, 200, 2, 2), CRS, "lies outside of the study"),
        ("swapped.geojson", shapely.box(23.4, 111.0, 23.5, 111.1), "EPSG:4326", "lies outside of the study"),
    ],
)
def test_what_is_no_line_of_the_study(study, line, tmp_path, file, shape, crs, fault):
    geopandas.GeoDataFrame(geometry=[shape], crs=crs).to_file(tmp_path / file)
    compared(study, line, tmp_path / file).only("SECOND", fault, file)


def test_files_that_do_not_say_what_they_are(study, line, tmp_path):
    (tmp_path / "text.gpkg").write_text("no polygons", "utf-8")
    compared(study, tmp_path / "text.gpkg", line).only("FIRST", "cannot be read")
    frame = geopandas.read_file(line)
    frame.to_file(tmp_path / "two.gpkg", layer="old")
    frame.to_file(tmp_path / "two.gpkg", layer="new", mode="a")
    compared(study, line, tmp_path / "two.gpkg").only("SECOND", "has 2 layers: ", "old", "new")
    frame.to_file(tmp_path / "bare.shp")
    (tmp_path / "bare.prj").unlink()
    compared(study, tmp_path / "bare.shp", line).only("FIRST", "has no CRS")


def test_files_need_a_study_and_name_no_product(study, line):
    told = run_cli("compare", str(line), str(line))
    told.only("--study", "is missing", "line.gpkg is a file")
    run_cli("compare", str(study.folder), str(line)).only("--study", "line.gpkg is a file")
    compared(study, line, line, "red_line").only("red_line", "compared as they are")


def test_a_study_without_a_grid_accounts_for_nothing(study, line):
    study.write(
        """\
[study]
name = "No map"

[zones.county]
path = "counties.gpkg"
key = "code"
columns = { name = "name" }
"""
    )
    compared(study, line, line).only("grid", "the study has none")
