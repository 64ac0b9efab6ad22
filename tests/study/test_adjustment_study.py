"""The adjustment of the red line through the whole engine: its ledger, edits that survive, and what is refused."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.study.adjusted_line import TODAY, adjusted, block
from tests.study.conftest import CELL, COLUMNS, CRS, LEFT, ROWS, TOP
from tests.study.planted_lines import on_ellipsoid
from tests.study.test_explain import lines_at

MADE = ("red_line_adjustment", "red_line_next", "red_line_adjustment_ledger", "red_line_edits")
REGISTER = '\n[layers.protected_area_register]\npath = "register.gpkg"\n'
AREAS = ("protected_area_conflicts", "protected_area_faces", "protected_area_ledger")
# A hectare of cells near the middle of the map has so many on the ellipsoid: (1 / 0.9996)**2.
CELL_HA = 1 / 0.9996**2
# The middle of the village of Er county: 30 + 4.5 / 2 columns and 25 + 2 / 2 rows from the corner.
VILLAGE = "C1-0503225-2597400"


@pytest.fixture
def line(study):
    return adjusted(study)


def run(study, *products):
    told = study.run(*(products or MADE))
    assert told.code == 0, told.err
    return told


def table(study, name):
    return pd.read_csv(study.out / f"tables/{name}.csv", keep_default_na=False)


def drawn(study, name):
    return geopandas.read_file(study.out / f"vectors/{name}.gpkg")


def edits(study, shapes, **columns):
    study.polygons("edits.gpkg", geopandas.GeoDataFrame(columns, geometry=shapes, crs=CRS))


def numbers(study, account="line", place="(total)"):
    rows = pd.read_csv(study.out / "tables/red_line_adjustment_ledger.csv")
    rows = rows[(rows["account"] == account) & (rows["function_area"] == place)]
    return rows.set_index("direction")


def on_cells(shape, cells):
    """Add up what cells hold by the share of each that a shape covers, each cut by itself."""
    total = 0.0
    for row, column in np.argwhere(np.isfinite(cells)):
        cell = block(row, column, 1, 1)
        if shape.intersects(cell):
            total += cells[row, column] * shape.intersection(cell).area / cell.area
    return total


# What adds up


def test_areas_services_people_and_cropland_of_both_lines_by_another_route(line):
    run(line)
    water = line.cells("water.tif").astype(float)
    water[water < 0] = np.nan
    # Every cell is a hectare on the plane, and lies in the region wholly.
    held = {
        "water_conservation_ppm": 1e6 * water / np.nansum(water),
        "persons": line.cells("persons.tif").astype(float) / 100 * CELL_HA,
        "cropland_ha": (line.cells("land_cover_2020.tif") == 3) * CELL_HA,
    }
    tomorrow = drawn(line, "red_line_next")
    lines = {"before": TODAY, "after": shapely.union_all(tomorrow.geometry.to_numpy())}
    told = numbers(line)
    for direction, shape in lines.items():
        assert told.loc[direction, "area_ha"] == pytest.approx(on_ellipsoid([shape], CRS)[0], rel=1e-7)
        for name, cells in held.items():
            assert told.loc[direction, name] == pytest.approx(on_cells(shape, cells), rel=2e-5), (direction, name)
    # By hand: A1 brings rows 5 to 9 of columns 30 to 49 and rows 10 to 14 of columns 40 to 49, but for built land and
    # fields, and an edit 4 x 5.5 cells; the village of 12 cells leaves, that of 9 is refused.
    free = ~np.isin(line.cells("land_cover_2020.tif"), (3, 4))
    coming = free[5:10, 30:50].sum() + free[10:15, 40:50].sum() + 22
    assert told.loc["in", "area_ha"] == pytest.approx(coming * CELL_HA, rel=1e-4)
    assert told.loc["out", "area_ha"] == pytest.approx(12 * CELL_HA, rel=1e-4)
    amounts = ["area_ha", *held]
    change = told.loc["before", amounts] + told.loc["in", amounts] - told.loc["out", amounts]
    np.testing.assert_allclose(change.astype(float), told.loc["after", amounts].astype(float), rtol=1e-9)
    balance = pd.read_csv(line.out / "tables/red_line_adjustment_ledger.csv")
    balance = balance[balance["account"] == "balance"].set_index("reason")
    row = balance.loc["water conservation inside the line"]
    assert row["lower"] == pytest.approx(on_cells(TODAY, held["water_conservation_ppm"]), rel=2e-5)
    assert row["reached"] == pytest.approx(on_cells(lines["after"], held["water_conservation_ppm"]), rel=2e-5)
    assert row["holds"] == 1
    for place, rows in (("Hills", (0, 20.4)), ("Lakes", (20.4, 50.4))):
        zone = block(rows[0], 0, rows[1] - rows[0], 60)
        for direction, shape in lines.items():
            hectares = on_ellipsoid([shape.intersection(zone)], CRS)[0]
            assert numbers(line, place=place).loc[direction, "area_ha"] == pytest.approx(hectares, rel=1e-7)


def test_a_line_around_the_whole_region_holds_all_of_it(line):
    whole = shapely.box(LEFT + 50, TOP - ROWS * CELL + 50, LEFT + COLUMNS * CELL - 50, TOP - 50)
    line.boundary(whole)
    line.polygons("today.gpkg", geopandas.GeoDataFrame({"name": ["all"]}, geometry=[whole], crs=CRS))
    edits(line, [block(40, 20, 4, 5)], edit=["e1"], kind=["in"], reason=["a"], origin=["b"])
    run(line)
    told = numbers(line).loc["before"]
    assert told["area_ha"] == pytest.approx((ROWS - 1) * (COLUMNS - 1) * CELL_HA, rel=1e-4)
    assert told["water_conservation_ppm"] == pytest.approx(1e6, rel=1e-5)


# Edits


KEPT = ["edit", "kind", "reason", "origin", "patch", "outcome"]


def test_edits_survive_a_run_after_something_else_has_changed(line):
    run(line)
    before, patches = table(line, "red_line_edits"), drawn(line, "red_line_adjustment")
    # Water far from the line and from all edits: every product hangs on it.
    water = line.cells("water.tif")
    water[55:, 60:] *= 3
    line.raster("water.tif", water, nodata=-9999)
    told = run(line)
    assert [f"made {name}" for name in MADE] == told.out.splitlines()[: len(MADE)]
    after, again = table(line, "red_line_edits"), drawn(line, "red_line_adjustment")
    pd.testing.assert_frame_equal(before, after)
    assert after[KEPT].to_numpy().tolist() == [
        ["e1", "in", "A spring rises here.", "Yi county", "", "carried out"],
        ["e2", "refuse", "Nobody lives there any more.", "Er county", VILLAGE, "carried out"],
    ]
    assert patches["patch"].tolist() == again["patch"].tolist()
    assert patches["taken"].tolist() == again["taken"].tolist()
    # Only what is asked for, where it is asked for.
    asked = again[again["edit"] == "e1"]
    assert shapely.area(asked.union_all().symmetric_difference(block(40, 20, 4, 5.5))) < 1e-3
    assert asked[["reason", "document", "taken", "why"]].to_numpy().tolist() == [
        ["A spring rises here.", "Yi county", 1, "edit"]
    ]
    refused = again[again["patch"] == VILLAGE]
    assert refused[["rule", "taken", "why"]].to_numpy().tolist() == [["C1", 0, "edit"]]
    tomorrow = drawn(line, "red_line_next").union_all()
    assert tomorrow.covers(block(25.01, 30.01, 1.98, 4.48))


def test_a_patch_that_is_not_needed_is_kept_by_its_key(line):
    line.edit("function_area_target_percent = { value = 5", "function_area_target_percent = { value = 0")
    line.edit(
        "smallest_adjustment_ha",
        'red_line_total_percent = { value = 0, source = "none" }\n'
        'red_line_service_percent = { value = 0, source = "none" }\nsmallest_adjustment_ha',
    )
    rules = (line.folder / "rules.csv").read_text("utf-8")
    line.file("rules.csv", rules.replace("A1,1,in,shall", "A1,1,in,may"))
    run(line)
    patches = drawn(line, "red_line_adjustment")
    not_needed = patches[(patches["rule"] == "A1") & (patches["taken"] == 0)]
    assert set(not_needed["why"]) == {"not needed"}
    key = not_needed.sort_values("area_ha")["patch"].iloc[-1]
    inside = not_needed[not_needed["patch"] == key].geometry.iloc[0].representative_point()
    edits(
        line,
        [inside, block(25, 30, 2, 4.5)],
        edit=["e3", "e2"],
        kind=["keep", "refuse"],
        reason=["We want it.", "Nobody lives there any more."],
        origin=["San county", "Er county"],
        patch=[key, VILLAGE],
    )
    run(line)
    told = drawn(line, "red_line_adjustment").set_index("patch")
    assert told.loc[key, ["taken", "why"]].tolist() == [1, "edit"]
    assert told.loc[VILLAGE, ["taken", "why"]].tolist() == [0, "edit"]
    assert told.drop(index=[key, VILLAGE])["edit"].eq("").all()
    assert drawn(line, "red_line_next").union_all().covers(inside)
    came = table(line, "red_line_edits").set_index("edit")
    assert came["outcome"].tolist() == ["carried out"] * 2
    assert float(came.loc["e3", "in_ha"]) == pytest.approx(told.loc[key, "area_ha"])


def test_an_edit_of_a_patch_that_is_gone_is_kept_and_told(line):
    run(line)
    villages = geopandas.read_file(line.folder / "villages.gpkg")
    line.polygons("villages.gpkg", villages.iloc[:1])
    run(line)
    came = table(line, "red_line_edits").set_index("edit")
    assert came.loc["e2", ["reason", "origin", "patch", "outcome", "outcome_zh"]].tolist() == [
        *("Nobody lives there any more.", "Er county", VILLAGE, "patch is gone", "图斑已不存在"),
    ]
    assert came.loc["e1", "outcome"] == "carried out"
    # It is told again, and the edit carried out, when the patch comes back.
    line.polygons("villages.gpkg", villages)
    run(line)
    assert table(line, "red_line_edits").set_index("edit").loc["e2", "outcome"] == "carried out"


def in_a_park(study):
    """The greater village lies in a protected area, and its county asks that it leaves all the same."""
    park = geopandas.GeoDataFrame({"name": ["park"]}, geometry=[block(18, 11, 8, 10)], crs=CRS)
    study.polygons("park.gpkg", park)
    study.add('[layers.protected_area]\npath = "park.gpkg"')
    # Its part in the southern function area, rows 20.4 to 23.
    key = "C1-0501450-2597830"
    point = shapely.Point(LEFT + 14.5 * CELL, TOP - 21.5 * CELL)
    edits(study, [point], edit=["e1"], kind=["keep"], reason=["a"], origin=["b"], patch=[key])
    run(study)
    return key


def test_ground_that_must_be_inside_stays_whatever_an_edit_says(line):
    key = in_a_park(line)
    patch = drawn(line, "red_line_adjustment").set_index("patch").loc[key]
    assert patch[["taken", "mandatory", "why"]].tolist() == [0, 1, "kept: protected area"]
    assert drawn(line, "red_line_next").union_all().covers(block(20.01, 12.51, 2.98, 3.98))


def test_an_edit_that_cannot_let_go_of_protected_ground_is_not_told_as_carried_out(line):
    in_a_park(line)
    came = table(line, "red_line_edits").set_index("edit").loc["e1"]
    assert came["outcome"] != "carried out"


def test_edits_are_seen_by_explain_and_in_the_report_after_another_run(line):
    run(line)
    line.raster("persons.tif", line.cells("persons.tif") * np.float32(1.5), nodata=-9999)
    run(line)
    said = lines_at(line, 41.5, 22.5)["adjustment of the red line"]
    assert "A spring rises here." in said
    assert "edit e1, asked for by Yi county" in said
    said = lines_at(line, 25.5, 32.5)["adjustment of the red line"]
    assert "edit e2 (refuse): Nobody lives there any more, asked for by Er county" in said
    told = line.cli("report")
    assert told.code == 0, told.err
    pages = [path.read_text("utf-8") for path in line.out.rglob("*.html")]
    assert pages
    page = "\n".join(pages)
    for words in ("A spring rises here.", "Yi county", "Nobody lives there any more.", "Er county", "carried out"):
        assert words in page, words


# What is wrong with edits


def contradicting(study):
    edits(
        study,
        [block(40, 20, 4, 5), block(41, 21, 2, 2)],
        **{"edit": ["e1", "e2"], "kind": ["in", "out"], "reason": ["a", "b"], "origin": ["x", "y"]},
    )
    return "edit e1 wants 4.0000 ha inside that edit e2 wants outside"


def keeping_and_refusing(study):
    edits(
        study,
        [block(25, 30, 2, 4)] * 2,
        edit=["e1", "e2"],
        kind=["keep", "refuse"],
        reason=["a", "b"],
        origin=["x", "y"],
        patch=[VILLAGE, VILLAGE],
    )
    return f"edits e1, e2 keep and refuse patch {VILLAGE}"


def moving_what_is_not_there(study):
    way = shapely.LineString([(LEFT + 6000, TOP - 500), (LEFT + 6500, TOP - 700)])
    edits(study, [way], edit=["e1"], kind=["move"], reason=["a"], origin=["x"])
    return "edit e1 ends nowhere near today's line"


@pytest.mark.parametrize("fault", [contradicting, keeping_and_refusing, moving_what_is_not_there])
def test_edits_that_cannot_be_carried_out_are_refused_and_nothing_is_written(line, fault):
    words = fault(line)
    line.run(*MADE).only("layers.red_line_edit", words)
    assert not (line.out / "vectors").exists() or not list((line.out / "vectors").glob("red_line_*"))


@pytest.mark.parametrize("fault", [contradicting, keeping_and_refusing, moving_what_is_not_there])
def test_check_finds_edits_that_cannot_be_carried_out(line, fault):
    words = fault(line)
    line.check().only("layers.red_line_edit", words)


def test_all_faults_of_edits_are_told_at_once(line):
    edits(
        line,
        [block(40, 20, 4, 5), block(41, 41, 2, 2), block(1, 1, 1, 1), block(50, 1, 1, 1)],
        edit=["e1", "e1", "e3", "e4"],
        kind=["in", "out", "keep", "move"],
        reason=["a", "", "c", "d"],
        origin=["x", None, "z", "w"],
        patch=["", "", "", ""],
    )
    told = line.run(*MADE)
    told.one("layers.red_line_edit.columns.edit", "'e1' stands twice")
    told.one("layers.red_line_edit.columns.reason", "1 of 4 edits have none")
    told.one("layers.red_line_edit.columns.origin", "1 of 4 edits have none")
    told.one("layers.red_line_edit.columns.patch", "edit e3 names no patch")
    told.one("layers.red_line_edit", "edit e4 is of kind move and drawn as Polygon")
    assert len(told.faults) == 5


def test_a_kind_that_is_none_is_refused_with_the_one_that_is_meant(line):
    edits(line, [block(40, 20, 4, 5)], edit=["e1"], kind=["inn"], reason=["a"], origin=["x"])
    for told in (line.check(), line.run(*MADE)):
        told.only("layers.red_line_edit.columns.kind", "'inn'", "did you mean 'in'?")


# What is wrong with today's line


def swapped(shape):
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def test_a_line_with_x_and_y_exchanged_is_refused(line):
    line.polygons("today.gpkg", geopandas.GeoDataFrame({"name": ["x"]}, geometry=[swapped(TODAY)], crs=CRS))
    line.run(*MADE).only("layers.present_red_line", "lies outside of the study", "whether x and y are swapped")


def test_check_finds_a_line_with_x_and_y_exchanged(line):
    line.polygons("today.gpkg", geopandas.GeoDataFrame({"name": ["x"]}, geometry=[swapped(TODAY)], crs=CRS))
    line.check().only("layers.present_red_line", "lies outside of the study")


def test_a_line_in_degrees_gives_the_same_ledger(line):
    run(line)
    before = numbers(line)
    degrees = geopandas.read_file(line.folder / "today.gpkg").to_crs("EPSG:4490")
    # Straight in the plane: sides of a kilometre bend by less than a millimetre.
    degrees = degrees.set_geometry(geopandas.GeoSeries([shapely.segmentize(TODAY, 200.0)], crs=CRS).to_crs("EPSG:4490"))
    line.polygons("today.gpkg", degrees)
    run(line)
    after = numbers(line)
    amounts = ["area_ha", "cropland_ha", "persons", "water_conservation_ppm"]
    np.testing.assert_allclose(after[amounts].to_numpy(), before[amounts].to_numpy(), rtol=1e-6)


def test_a_line_that_crosses_itself_and_stands_twice_is_mended_and_counted_once(line):
    left, right = block(10, 10, 10, 10).bounds, block(10, 30, 10, 10)
    west, south, east, north = left
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    frame = geopandas.GeoDataFrame({"name": ["bow", "one", "two"]}, geometry=[bow, right, right], crs=CRS)
    line.polygons("today.gpkg", frame)
    for told in (line.check(), run(line)):
        assert told.code == 0, told.err
        note = [text for text in told.notes if "layers.present_red_line" in text]
        assert len(note) == 1
        assert "1 of 3 geometries of today.gpkg were invalid and have been mended" in note[0]
    # Two triangles of a quarter each, and the block once.
    assert numbers(line).loc["before", "area_ha"] == pytest.approx((50 + 100) * CELL_HA, rel=1e-4)


def test_a_line_across_the_edge_of_the_map_keeps_its_whole_area(line):
    over = block(30, 70, 20, 30)
    line.polygons("today.gpkg", geopandas.GeoDataFrame({"name": ["over"]}, geometry=[over], crs=CRS))
    run(line)
    told = numbers(line).loc["before"]
    assert told["area_ha"] == pytest.approx(20 * 30 * CELL_HA, rel=2e-4)
    persons = line.cells("persons.tif")[30:50, 70:].astype(float).sum() / 100 * CELL_HA
    assert told["persons"] == pytest.approx(persons, rel=1e-4)


# What is wrong with protected areas


def register(study, shapes, crs=CRS, **columns):
    study.polygons("register.gpkg", geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs))
    study.add(REGISTER)


def test_everything_wrong_with_the_register_is_told_at_once_by_check_and_by_run(study):
    shapes = [block(10, 10, 10, 10), block(30, 30, 5, 5), swapped(block(1, 1, 5, 5)), block(20, 40, 5, 5)]
    register(
        study,
        shapes,
        area=["a", "b", "c", "d"],
        category=[None, "wetlnd_park", "forest_park", "nature_reserve"],
        level=["national", "county", "county", "galactic"],
    )
    key = "layers.protected_area_register"
    for told in (study.check(), study.run(*AREAS)):
        assert told.code == 2
        assert "Traceback" not in told.err
        told.one(key, "x and y look exchanged: 3 (c)", "exchange x and y")
        told.one(f"{key}.columns.level", "'galactic', which nobody knows: 4 (d)", "use one of: city, county")
        category = [text for text in told.faults if text.startswith(f"{key}.columns.category: ")]
        assert len(category) == 2
        assert "'wetlnd_park', which nobody knows: 2 (b); did you mean 'wetland park'?" in category[0]
        assert "without a category: 1 (a); write its category" in category[1]
        assert len(told.faults) == 4
    assert not list(study.out.rglob("protected_area_*.gpkg"))


def test_areas_that_cross_themselves_repeat_and_lie_across_the_edge(study):
    west, south, east, north = block(10, 10, 10, 10).bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    shapes = [bow, block(35, 5, 5, 5), block(35, 5, 5, 5), block(50, 70, 20, 20)]
    register(study, shapes, area=["a", "b", "c", "d"], category=["forest_park"] * 4, level=["county"] * 4)
    mended = "1 of 4 geometries of register.gpkg were invalid and have been mended"
    for told in (study.check(), run(study, *AREAS)):
        assert told.code == 0, told.err
        assert [mended in text for text in told.notes] == [True]
    pairs = table(study, "protected_area_conflicts")
    assert pairs[["area", "other", "kind"]].to_numpy().tolist() == [["b", "c", "duplicate"]]
    assert pairs["area_ha"].item() == pytest.approx(25 * CELL_HA, rel=2e-4)
    ledger = pd.read_csv(study.out / "tables/protected_area_ledger.csv").set_index(["by", "group"])
    total = ledger.loc[("total", "total")]
    # Half of the bow's box; the block twice, of which once is counted; the whole of what lies across the edge.
    assert total["registered_ha"] == pytest.approx((50 + 25 + 25 + 400) * CELL_HA, rel=3e-4)
    assert total["counted_twice_ha"] == pytest.approx(25 * CELL_HA, rel=2e-4)
    assert total["before_ha"] == pytest.approx((50 + 25 + 400) * CELL_HA, rel=3e-4)
    # Three quarters of that lie in no county.
    assert ledger.loc[("prefecture", "(outside)"), "before_ha"] == pytest.approx(300 * CELL_HA, rel=4e-4)
    assert (ledger.loc["identity", "holds"] == 1).all()


def test_areas_in_another_crs_are_the_same_ground(study):
    shapes = [block(10, 10, 10, 10), block(15, 15, 10, 10)]
    columns = {"area": ["a", "b"], "category": ["自然保护区", "forest park"], "level": ["国家级", "county"]}
    register(study, shapes, **columns)
    run(study, *AREAS)
    before = pd.read_csv(study.out / "tables/protected_area_conflicts.csv")
    fine = geopandas.GeoSeries(shapely.segmentize(np.array(shapes), 100.0), crs=CRS).to_crs("EPSG:4490")
    study.polygons("register.gpkg", geopandas.GeoDataFrame(columns, geometry=fine.to_numpy(), crs="EPSG:4490"))
    run(study, *AREAS)
    after = pd.read_csv(study.out / "tables/protected_area_conflicts.csv")
    for column in ("area_ha", "percent", "other_percent", "depth_m"):
        np.testing.assert_allclose(after[column], before[column], rtol=1e-5)
    assert before["area_ha"].item() == pytest.approx(25 * CELL_HA, rel=2e-4)
    assert before["percent"].item() == pytest.approx(25.0, rel=1e-6)
