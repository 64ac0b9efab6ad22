"""Control layers of a study: how dirty data is read, mended, left out or refused."""

from collections.abc import Callable
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from shanshui.base.errors import StudyError
from shanshui.study.study import open_study

CRS = "EPSG:32649"
# Cells of 100 m; UTM near its middle draws lengths 0.9996 short.
CELL_M2 = 10_000 / 0.9996**2
SECTION = """\
[decisions]
packs = ["red_line"]

[decisions.layers.red_line]
path = "line.gpkg"
key = "patch"
columns = { part = "part" }
"""
KEY = "decisions.layers.red_line"


@pytest.fixture
def lined(study: Any) -> Callable[..., Any]:
    """Give a study a red line of these polygons."""

    def make(shapes: Any, crs: str = CRS, **columns: Any) -> Any:
        count = len(shapes)
        told = {"patch": [f"R-{number}" for number in range(1, count + 1)], "part": [""] * count, **columns}
        study.polygons("line.gpkg", geopandas.GeoDataFrame(told, geometry=shapes, crs=crs))
        if "[decisions]" not in study.text:
            study.add(SECTION)
        return study

    return make


def layer_of(study: Any, name: str = "red_line") -> Any:
    with open_study(study.folder) as opened:
        return opened.decisions.layers[name]


def notes_of(study: Any) -> list[str]:
    return [note.removeprefix("note: ") for note in study.check().notes if note.startswith("note: decisions.")]


# What is read


def test_areas_in_the_plane_are_true_areas_wherever_the_file_comes_from(lined: Any, rectangle: Any) -> None:
    for crs in (CRS, "EPSG:4326", "EPSG:3857"):
        # divided first, so that its sides stay where they are in other coordinates
        shapes = geopandas.GeoSeries([rectangle(0, 0, 10, 10).segmentize(50)], crs=CRS).to_crs(crs)
        layer = layer_of(lined(list(shapes), crs))
        assert shapely.area(layer.polygons[0]) == pytest.approx(100 * CELL_M2, rel=1e-5)


def test_keys_and_columns_are_text_and_empty_where_there_is_nothing(lined: Any, rectangle: Any) -> None:
    shapes = [rectangle(0, column, 5, 5) for column in (0, 10, 20)]
    study = lined(shapes, patch=[7.0, 8.0, 9.0], part=["core", None, " "])
    layer = layer_of(study)
    assert layer.keys.tolist() == ["7", "8", "9"]
    assert layer.columns["part"].tolist() == ["core", "", ""]
    assert layer.scale == 10_000


def test_without_columns_they_go_by_their_own_names_and_without_key_by_their_row(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5), rectangle(0, 10, 5, 5)], part=["a", "b"])
    study.edit('key = "patch"\ncolumns = { part = "part" }\n', "")
    layer = layer_of(study)
    assert layer.keys.tolist() == ["row 1", "row 2"]
    assert {name: values.tolist() for name, values in layer.columns.items()} == {
        "patch": ["R-1", "R-2"],
        "part": ["a", "b"],
    }


def test_where_a_layer_comes_from_is_kept(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    assert layer_of(study).source == ""
    study.add('licence = "CC BY 4.0"')
    assert layer_of(study).source == "CC BY 4.0"
    study.add('citation = "Li 2024"\nsource = "County office"')
    assert layer_of(study).source == "County office; CC BY 4.0; Li 2024"


PACK = {
    "pack.toml": 'name = "own"\nversion = "2026-01-01"\nenglish = "Own"\nchinese = "自有"\nsource = "Own"\n'
    'layers = ["plan_units"]\n',
    "rules.csv": "code,priority,effect,refers_to,layer,where,activity,industry,when,english,chinese,evidence,"
    "evidence_zh,authority,authority_zh,document,article,valid_from,valid_to,status\n"
    "O1,1,allow,,plan_units,unit=rice,,,,Yes.,可以。,,,,,Law,,2020-01-01,,default\n",
    "layers.csv": "layer,column,value,english,chinese\nplan_units,unit,forest,woodland,林地\n"
    "plan_units,unit,rice,paddy,水田\n",
}


def test_values_may_be_written_as_an_own_pack_names_them(lined: Any, rectangle: Any) -> None:
    shapes = [rectangle(0, column, 5, 5) for column in (0, 10, 20, 30)]
    study = lined(shapes, part=["林地", "woodland", "rice", "hut"])
    (study.folder / "own").mkdir()
    for name, text in PACK.items():
        (study.folder / "own" / name).write_text(text, "utf-8")
    study.edit('packs = ["red_line"]', 'packs = ["own"]')
    study.edit("[decisions.layers.red_line]", "[decisions.layers.plan_units]")
    study.edit('columns = { part = "part" }', 'columns = { unit = "part" }')

    def units() -> list[str]:
        return [str(value) for value in layer_of(study, "plan_units").columns["unit"]]

    assert units() == ["forest", "forest", "rice", ""]
    assert any("columns.unit: 'hut' (1 polygons) is none of its values" in note for note in notes_of(study))
    with open_study(study.folder) as opened:
        before = opened.decisions.sources["control_layers"].key
    # A value that gets a name is known; where no value has one, any may stand there.
    path = study.folder / "own" / "layers.csv"
    path.write_text(PACK["layers.csv"] + "plan_units,unit,hut,hut,棚屋\n", "utf-8")
    assert units() == ["forest", "forest", "rice", "hut"]
    with open_study(study.folder) as opened:
        assert opened.decisions.sources["control_layers"].key != before
    path.unlink()
    assert units() == ["林地", "woodland", "rice", "hut"]


def test_zonings_are_control_layers_and_a_layer_of_that_name_comes_before(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    county = layer_of(study, "county")
    assert county.keys.tolist() == ["4501", "4502", "4503", "4504"]
    assert county.columns["function"].tolist() == ["ecological", "agricultural", "urbanisation", "ecological"]
    assert shapely.area(county.polygons) == pytest.approx(1200 * CELL_M2, rel=1e-5)
    study.add('[decisions.layers.county]\npath = "line.gpkg"\nkey = "patch"')
    assert layer_of(study, "county").keys.tolist() == ["R-1"]


def test_the_region_is_the_boundary_or_else_the_grid(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    with open_study(study.folder) as opened:
        assert opened.decisions.layers.extent.area == pytest.approx(60 * 80 * CELL_M2, rel=1e-5)
    study.boundary(rectangle(0, 0, 30, 40))  # the first county; two others touch it along a line, the last in a point
    with open_study(study.folder) as opened:
        assert opened.decisions.layers.extent.area == pytest.approx(30 * 40 * CELL_M2, rel=1e-5)
        assert opened.decisions.layers["county"].keys.tolist() == ["4501"]
    assert study.check().code == 0


# What is mended, left out or said


def test_polygons_that_cross_themselves_are_mended(lined: Any, rectangle: Any) -> None:
    left, low, right, high = rectangle(0, 0, 10, 10).bounds
    bow = shapely.Polygon([(left, low), (right, high), (right, low), (left, high)])
    study = lined([bow, rectangle(0, 20, 5, 5)])
    layer = layer_of(study)
    # Two triangles, a quarter of the square each.
    assert shapely.area(layer.polygons) == pytest.approx([50 * CELL_M2, 25 * CELL_M2], rel=1e-5)
    assert any(f"{KEY}.path: 1 of 2 polygons were invalid and have been mended" in note for note in notes_of(study))


def test_parts_of_one_key_are_one_polygon(lined: Any, rectangle: Any) -> None:
    # Two parts that overlap by 5 x 5 cells, and one of its own.
    shapes = [rectangle(0, 0, 5, 10), rectangle(0, 5, 5, 10), rectangle(20, 0, 5, 5)]
    study = lined(shapes, patch=["R-1", "R-1", "R-2"])
    layer = layer_of(study)
    assert layer.keys.tolist() == ["R-1", "R-2"]
    assert shapely.area(layer.polygons) == pytest.approx([75 * CELL_M2, 25 * CELL_M2], rel=1e-5)
    assert any(f"{KEY}.key: 1 keys stand at several parts" in note and "'R-1'" in note for note in notes_of(study))


def test_polygons_of_one_key_of_which_other_things_are_known_are_numbered(lined: Any, rectangle: Any) -> None:
    shapes = [rectangle(0, column, 5, 5) for column in (0, 10, 20, 30)]
    study = lined(shapes, patch=["A", "B", "A", "A"], part=["core", "core", "general", "core"])
    layer = layer_of(study)
    assert layer.keys.tolist() == ["A (1)", "B", "A (2)"]
    assert layer.columns["part"].tolist() == ["core", "core", "general"]
    assert shapely.area(layer.polygons) == pytest.approx([50 * CELL_M2, 25 * CELL_M2, 25 * CELL_M2], rel=1e-5)
    assert any("other things are known" in note and "'A (1)'" in note for note in notes_of(study))


def test_polygons_without_a_key_go_by_their_row_and_stay_apart(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, column, 5, 5) for column in (0, 10, 20)], patch=["R-1", None, ""])
    assert layer_of(study).keys.tolist() == ["R-1", "row 2", "row 3"]
    assert any(f"{KEY}.key: 2 polygons have no patch" in note and "row 2" in note for note in notes_of(study))


def test_features_without_ground_are_left_out(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5), None, shapely.Polygon()])
    assert layer_of(study).keys.tolist() == ["R-1"]
    assert any(f"{KEY}.path: 2 of 3 features of line.gpkg have no ground" in note for note in notes_of(study))


def test_polygons_outside_of_the_region_are_left_out(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5), rectangle(100, 0, 5, 5), rectangle(58, 78, 5, 5)])
    assert layer_of(study).keys.tolist() == ["R-1", "R-3"]
    notes = notes_of(study)
    assert any(
        f"{KEY}.path: 1 of 3 polygons of line.gpkg lie outside of the region; left out" in note for note in notes
    )
    empty = lined([rectangle(100, 0, 5, 5)])
    assert len(layer_of(empty).polygons) == 0
    assert any(f"{KEY}.path: none of the polygons of line.gpkg lies in the region" in note for note in notes_of(empty))


@pytest.mark.parametrize("crs", [CRS, "EPSG:4326"])
def test_exchanged_coordinates_are_refused_as_such(lined: Any, rectangle: Any, crs: str) -> None:
    shapes = geopandas.GeoSeries([rectangle(0, 0, 5, 5), rectangle(5, 5, 5, 5)], crs=CRS).to_crs(crs)
    turned = [shapely.transform(shape, lambda points: points[:, ::-1]) for shape in shapes]
    lined(turned, crs).check().one(f"{KEY}.path", "x and y are exchanged")
    study = lined([shapes[0], turned[1]], crs)
    assert layer_of(study).keys.tolist() == ["R-1"]
    assert any("1 of them would lie in it were their x and y exchanged" in note for note in notes_of(study))


# What is refused


@pytest.mark.parametrize("kind", ["LineString", "Point"])
def test_lines_and_points_are_refused(lined: Any, rectangle: Any, kind: str) -> None:
    shape = rectangle(0, 0, 5, 5).exterior if kind == "LineString" else rectangle(0, 0, 5, 5).centroid
    shape = shapely.LineString(shape.coords) if kind == "LineString" else shape
    lined([shape]).check().one(f"{KEY}.path", kind, "give polygons")


def test_a_file_without_features_is_refused(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    study.polygons("line.gpkg", geopandas.read_file(study.folder / "line.gpkg").iloc[:0])
    study.check().one(f"{KEY}.path", "holds no feature")


def test_a_file_that_is_not_there_stops_every_run(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    study.edit('path = "line.gpkg"', 'path = "lines.gpkg"')
    study.check().one(f"{KEY}.path", "there is no file lines.gpkg")
    study.run("land_change").one(f"{KEY}.path", "there is no file lines.gpkg")


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('key = "patch"', 'key = "path"', f"{KEY}.key", "did you mean 'patch'"),
        ('part = "part"', 'part = "parts"', f"{KEY}.columns.part", "did you mean 'part'"),
        ('key = "patch"', 'key = "patch"\nwhere = "no condition"', f"{KEY}.where", "no condition"),
        ('key = "patch"', 'key = "patch"\nlayer = "lines"', f"{KEY}.layer", "did you mean 'line'"),
        ('key = "patch"', 'keys = "patch"', f"{KEY}.keys", "did you mean 'key'"),
        ('key = "patch"', 'key = "patch"\nscale = 0', f"{KEY}.scale", "greater than 0"),
        ("packs = [", "pack = [", "decisions.pack", "did you mean 'packs'"),
        ('["red_line"]', '["red_lines"]', "decisions.packs", "did you mean 'red_line'"),
        ("layers.red_line]", 'layers."Red line"]', "decisions.layers.Red line", "no good name"),
    ],
)
def test_what_study_toml_says_wrong_is_named(
    lined: Any, rectangle: Any, old: str, new: str, key: str, words: str
) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    study.edit(old, new)
    study.check().one(key, words)


def test_a_file_of_several_layers_asks_for_one(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    more = geopandas.read_file(study.folder / "line.gpkg")
    more.to_file(study.folder / "line.gpkg", driver="GPKG", layer="other")
    study.check().one(f"{KEY}.layer", "has 2", "line, other")


def test_all_faults_of_all_layers_are_told_at_once(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    study.edit('key = "patch"', 'key = "path"')
    study.add('[decisions.layers.forests]\npath = "line.gpkg"\nkey = "path"')
    told = study.check()
    told.one(f"{KEY}.key", "path")
    told.one("decisions.layers.forests.key", "path")
    with open_study(study.folder) as opened, pytest.raises(StudyError) as refused:
        _ = opened.decisions.layers
    assert [problem.key for problem in refused.value.problems] == ["decisions.layers.forests.key", f"{KEY}.key"]


# Whether rules and layers fit each other


def test_what_rules_ask_and_layers_do_not_tell_is_said(lined: Any, rectangle: Any) -> None:
    study = lined([rectangle(0, 0, 5, 5)])
    study.add(
        '[decisions.layers.protected_areas]\npath = "areas.gpkg"\nkey = "name"\n'
        'columns = { zone = "zone" }\n\n[decisions.layers.wetland]\npath = "areas.gpkg"\nkey = "name"'
    )
    areas = {"name": ["A", "B", "C"], "zone": ["core", "cores", None]}
    shapes = [rectangle(0, column, 5, 5) for column in (0, 10, 20)]
    study.polygons("areas.gpkg", geopandas.GeoDataFrame(areas, geometry=shapes, crs=CRS))
    notes = notes_of(study)
    of_areas = "decisions.layers.protected_areas.columns"
    assert any(note.startswith(f"{of_areas}.category: is not given, and rules ask for it") for note in notes)
    assert any(
        note.startswith(
            f"{of_areas}.zone: 'cores' (1 polygons) is none of its values; taken as not known; did you mean"
        )
        for note in notes
    )
    assert any(note.startswith(f"{of_areas}.zone: is not known of 2 polygons") for note in notes)
    assert not any("'core' (" in note for note in notes)
    assert any(note.startswith("decisions.layers.wetland: is asked about by no rule") for note in notes)
    assert not any(note.startswith("decisions.layers.county") for note in notes)


def test_polygons_that_are_valid_in_their_file_and_cross_themselves_in_the_plane_are_mended(lined: Any) -> None:
    # Sides that run back almost on themselves: in other coordinates rounding brings about half of them across.
    rng = np.random.default_rng(1)
    shapes = []
    while len(shapes) < 40:
        start = np.array([500_000.0, 2_600_000.0]) + rng.uniform(1000, 5000, 2) * (1, -1)
        turn, share = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.8)
        side = 90.0 * np.array([np.cos(turn), np.sin(turn)])
        shape = shapely.Polygon([start, start + side, start + share * side, start + rng.uniform(-50, 50, 2)])
        shapes += [shape] if shape.is_valid and shape.area > 1 else []
    layer = layer_of(lined(shapes))
    assert len(layer.polygons) == 40
    assert shapely.is_valid(layer.polygons).all()
