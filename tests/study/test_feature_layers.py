"""Layers that stay features: their columns are checked, layers on cells give theirs too, zones come as polygons."""

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui import open_study
from shanshui.base.errors import Problems
from shanshui.base.grid import Grid
from shanshui.base.vocabulary import Quantity, Vocabulary
from shanshui.data.files import Digests
from shanshui.study.features import features_of_layers, open_features
from shanshui.study.schema import LayerSection

CRS = "EPSG:32649"
LEFT, TOP, CELL = 500_000.0, 2_600_000.0, 100.0
GRID = Grid(GeoBox((4, 6), Affine(CELL, 0, LEFT, 0, -CELL, TOP), CRS))
COLUMNS = {"area": "key", "level": "level", "value": "worth"}
PARKS = Quantity(
    "parks", "vector", "p", "p", "p", columns=COLUMNS, required=("area", "level"),
    choices={"level": ("national", "county")}, limits={"value": (0, 10)},
)  # fmt: skip
BOXES = [shapely.box(LEFT, TOP - 100, LEFT + 250, TOP), shapely.box(LEFT + 100, TOP - 300, LEFT + 300, TOP - 50)]


@pytest.fixture
def opened(tmp_path):
    def put(theirs, crs=CRS, quantity=PARKS, grid=GRID, **section):
        geopandas.GeoDataFrame(theirs, geometry=BOXES, crs=CRS).to_crs(crs).to_file(tmp_path / "a.geojson")
        problems = Problems()
        layer = LayerSection(path="a.geojson", **section)
        found = open_features(quantity, layer, tmp_path, grid, Digests(tmp_path / "d.json"), problems)
        return found, [str(one).removeprefix("layers.parks") for one in problems]

    return put


def test_columns_get_our_names_and_others_are_left_behind(opened):
    theirs = {"code": ["P1", "P2"], "grade": ["county", "national"], "points": ["1", "2.5"], "note": ["x", "y"]}
    found, problems = opened(theirs, columns={"area": "code", "level": "grade", "value": "points"})
    assert problems == []
    frame = found.frame
    assert frame.columns.tolist() == ["area", "level", "value", "geometry"]
    assert frame.drop(columns="geometry").to_numpy().tolist() == [["P1", "county", 1.0], ["P2", "national", 2.5]]
    assert [a.equals(b) for a, b in zip(frame.geometry, BOXES, strict=True)] == [True, True]
    assert found.shape == "vector"


def test_without_columns_their_names_must_be_ours(opened):
    found, problems = opened({"area": ["a", "b"], "level": ["county", None], "odd": [1, 2]})
    assert problems == []
    assert found.frame.columns.tolist() == ["area", "level", "geometry"]
    found, problems = opened({"area": ["a", "b"]})
    assert found is None
    assert problems == [".columns.level: is missing; write columns = { level = the header of that column }"]


def test_everything_wrong_with_columns_is_said_at_once(opened):
    theirs = {"area": ["a", "b"], "level": ["country", "county"], "value": ["11", "many"]}
    found, problems = opened(theirs)
    assert found is None
    assert problems == [
        ".columns.value: 1 texts are no number: 'many'; correct them or empty the cells",
        ".columns.level: 'country' is none of its words; did you mean 'county'?",
        ".columns.value: 1 row stands outside 0 to 10 : a row; the furthest is 11; correct the numbers or the unit",
    ]
    found, problems = opened(theirs, columns={"area": "areas", "levels": "level"})
    assert found is None
    assert problems[0].startswith(".columns.area: a.geojson has no column 'areas'")
    assert problems[1].startswith(".columns.levels: is no column of parks")


def test_numbers_stay_numbers_and_gaps_stay_gaps(opened):
    found, problems = opened({"area": ["a", "b"], "level": ["county"] * 2, "value": [3, 4]})
    assert (problems, found.frame["value"].tolist()) == ([], [3, 4])
    found, problems = opened({"area": ["a", "b"], "level": ["county"] * 2, "value": ["3", None]})
    assert problems == []
    assert found.frame["value"][0] == 3
    assert np.isnan(found.frame["value"][1])


def test_features_come_into_the_coordinates_of_the_grid(opened):
    found, _ = opened({"area": ["a", "b"], "level": ["county"] * 2}, crs="EPSG:4326")
    assert found.frame.crs == CRS
    assert [a.symmetric_difference(b).area < 0.01 for a, b in zip(found.frame.geometry, BOXES, strict=True)] == [
        True,
        True,
    ]


def test_the_place_of_the_grid_is_a_part_of_the_key(opened):
    columns = {"area": ["a", "b"], "level": ["county"] * 2}
    moved = Grid(GeoBox((4, 6), Affine(CELL, 0, LEFT + 50, 0, -CELL, TOP), CRS))
    assert opened(columns)[0].key == opened(columns)[0].key != opened(columns, grid=moved)[0].key


def test_a_layer_on_cells_gives_its_features_too(tmp_path):
    frame = geopandas.GeoDataFrame({"kind": ["town", "mine"]}, geometry=BOXES, crs=CRS)
    frame.to_file(tmp_path / "a.gpkg")
    words = Vocabulary([
        Quantity("town", "cell", "t", "t", "t", measure="intensive"),
        Quantity("town_polygons", "vector", "t", "t", "t", features_of="town"),
        Quantity("mine_polygons", "vector", "m", "m", "m", features_of="mine"),
    ])  # fmt: skip
    layers = {"town": LayerSection(path="a.gpkg", where="kind = 'town'"), "mine": LayerSection(path="b.tif")}
    found = features_of_layers(layers, tmp_path, words, GRID, Digests(tmp_path / "d.json"))
    assert list(found) == ["town_polygons"]
    # Outlines alone: nothing else of them is read.
    assert found["town_polygons"].frame.columns.tolist() == ["geometry"]
    assert found["town_polygons"].frame.geometry[0].equals(BOXES[0])
    frame.assign(kind=[0, 1]).to_file(tmp_path / "c.gpkg")
    layers = {"town": LayerSection(path="c.gpkg", column="kind"), "mine": LayerSection(path="c.gpkg")}
    other = features_of_layers(layers, tmp_path, words, GRID, Digests(tmp_path / "d.json"))
    # Of a column of shares, what has some.
    assert [one.equals(BOXES[1]) for one in other["town_polygons"].frame.geometry] == [True]
    assert len(other["mine_polygons"].frame) == 2
    assert other["town_polygons"].key != other["mine_polygons"].key
    assert features_of_layers(layers, tmp_path, words, None, Digests(tmp_path / "d.json")) == {}


def test_zones_come_as_polygons_without_the_region(study):
    with open_study(study.folder) as opened:
        frame = opened.inputs.sources["zone_polygons"].frame
        counties = study.counties
        assert frame["zoning"].unique().tolist() == ["county"]
        assert frame["zone"].tolist() == counties["code"].astype(str).tolist()
        assert [a.equals(b) for a, b in zip(frame.geometry, counties.geometry, strict=True)] == [True] * len(counties)


def test_columns_are_for_features_only(study):
    study.edit('unit = "m"', 'unit = "m"\ncolumns = { a = "b" }')
    told = study.check()
    told.only("layers.elevation.columns", "is for features", "name one column")


def test_several_files_make_one_layer(opened, tmp_path):
    other = {"name": ["c"], "rank": ["county"]}
    geopandas.GeoDataFrame(other, geometry=[BOXES[0]], crs=CRS).to_crs("EPSG:4326").to_file(tmp_path / "b.gpkg")
    also = [{"path": "b.gpkg", "columns": {"area": "name", "level": "rank"}}]
    found, problems = opened({"area": ["a", "b"], "level": ["county", "national"]}, also=also)
    assert problems == []
    assert found.frame["area"].tolist() == ["a", "b", "c"]
    assert found.frame["level"].tolist() == ["county", "national", "county"]
    assert found.frame.crs == CRS
    assert [fact["path"] for fact in found.facts] == ["a.geojson", "b.gpkg"]
    also = [{"path": "b.gpkg", "columns": {"area": "names"}}, {"path": "c.gpkg"}]
    found, problems = opened({"area": ["a", "b"], "level": ["county", "national"]}, also=also)
    assert found is None
    assert problems[0].startswith(".also.1.columns.area: b.gpkg has no column 'names'")
    assert problems[1].startswith(".also.2.path: there is no file c.gpkg")
    also = [{"path": "b.gpkg", "columns": {"area": "name", "level": "rank"}, "also": [{"path": "b.gpkg"}]}]
    found, problems = opened({"area": ["a", "b"], "level": ["county", "national"]}, also=also)
    assert found is None
    assert problems == [".also.1.also: stands within another one; write it beside the others"]


def test_the_files_of_a_layer_are_counted_from_one(study):
    study.add('[layers.mining_right]\npath = "a.gpkg"\n[[layers.mining_right.also]]\npath = "b.gpkg"\nwher = "x"')
    assert study.check().only("layers.mining_right.also.1.wher", "is not a known key", "where")
