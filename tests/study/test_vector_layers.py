"""Layers and tables that are vector files."""

import json
from itertools import pairwise

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import shapely

from shanshui.base.grid import Window
from shanshui.study.study import open_study

CRS = "EPSG:32649"
ALL = Window(0, 0, 60, 80)
CELL = """
shape = "cell"
english = "e"
chinese = "c"
meaning = "M."
"""
WORDS = f"""\
[karst]{CELL}
measure = "intensive"
minimum = 0
maximum = 1

[karst_percent]{CELL}
measure = "intensive"
unit = "percent"

[wetness]{CELL}
measure = "intensive"
unit = "mm"
minimum = 0
maximum = 5000

[kind]{CELL}
measure = "class"
minimum = 1
maximum = 200

[people]{CELL}
measure = "extensive"
unit = "person"

[monthly]{CELL}
measure = "intensive"
axis = "month"

[pressure]{CELL}
measure = "intensive"
axis = "item"

[shores]
shape = "table"
english = "e"
chinese = "c"
meaning = "M."
product = true
any_year = true
columns = {{ name = "name", kind = "kind", length_m = "length", area_m2 = "area", rim_m = "rim" }}
"""


@pytest.fixture
def drawn(study, rectangle):
    """A study with its own words, and a way to write features in its own rows and columns."""
    study.own_words(WORDS, "")

    def write(name, shapes, crs=CRS, columns=None):
        # (row, column, rows, columns) is a rectangle of cells, anything else a geometry.
        geometries = [rectangle(*one) if isinstance(one, tuple) else one for one in shapes]
        frame = geopandas.GeoDataFrame(columns or {}, geometry=geometries, crs=CRS)
        study.polygons(name, frame.to_crs(crs))

    study.draw = write
    return study


def at(row, column):
    return 500_000 + 100 * column, 2_600_000 - 100 * row


def read(study, name, year=None, window=ALL):
    with open_study(study.folder, trust=True) as opened:
        return opened.inputs.sources[name].read(year, window)


def check(study):
    return study.check("--trust")


def layer(name, **keys):
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return f"[layers.{name}]\n" + "\n".join(lines)


# Shares


def test_shares_by_hand_with_overlap_and_beyond_the_region(drawn):
    drawn.draw("karst.gpkg", [(0.5, 0.5, 2, 1.5), (0.5, 1, 1.5, 1), (50, 70, 100, 100), (900, 0, 5, 5)])
    drawn.add(layer("karst", path="karst.gpkg"))
    found = read(drawn, "karst")
    expected = np.zeros((60, 80), np.float32)
    expected[:3, :2] = [[0.25, 0.5], [0.5, 1], [0.25, 0.5]]
    expected[50:, 70:] = 1
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert check(drawn).code == 0


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32650", "EPSG:3857"])
def test_another_crs_gives_the_same_shares(drawn, rectangle, crs):
    drawn.draw("karst.gpkg", [rectangle(3.25, 7.5, 40, 50).segmentize(50)], crs)
    drawn.add(layer("karst", path="karst.gpkg"))
    expected = np.zeros((60, 80))
    rows, columns = np.arange(60), np.arange(80)
    height = np.clip(np.minimum(rows + 1, 43.25) - np.maximum(rows, 3.25), 0, 1)
    width = np.clip(np.minimum(columns + 1, 57.5) - np.maximum(columns, 7.5), 0, 1)
    expected = height[:, None] * width
    np.testing.assert_allclose(read(drawn, "karst"), expected, atol=2e-3)


@pytest.mark.parametrize("name", ["karst.gpkg", "karst.shp", "karst.geojson", "karst.json", "karst.fgb"])
def test_every_format_is_read(drawn, rectangle, name):
    frame = geopandas.GeoDataFrame({"code": [1]}, geometry=[rectangle(10, 20, 5, 6)], crs=CRS)
    drivers = {".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf", ".gpkg": "GPKG"}
    ending = name[name.index(".") :]
    frame = frame if ending in drivers else frame.to_crs("EPSG:4326")
    frame.to_file(drawn.folder / name, driver=drivers.get(ending, "GeoJSON"))
    drawn.add(layer("karst", path=name))
    np.testing.assert_allclose(read(drawn, "karst")[10:15, 20:26], 1, atol=1e-3)
    assert read(drawn, "karst").sum() == pytest.approx(30, rel=1e-3)


def test_percent_is_a_share_too(drawn):
    drawn.draw("karst.gpkg", [(0, 0, 0.5, 1)])
    drawn.add(layer("karst_percent", path="karst.gpkg"))
    assert read(drawn, "karst_percent")[0, :2].tolist() == [50, 0]


def test_lines_and_points_are_one_where_they_touch(drawn):
    drawn.draw("karst.gpkg", [shapely.LineString([at(2.5, 1.5), at(2.5, 4.5)]), shapely.Point(at(7.5, 0.5))])
    drawn.add(layer("karst", path="karst.gpkg"))
    found = read(drawn, "karst")
    assert np.argwhere(found == 1).tolist() == [[2, 1], [2, 2], [2, 3], [2, 4], [7, 0]]
    assert found.sum() == 5


# Values


def test_class_codes_of_the_smallest_polygon_that_holds_the_centre(drawn):
    drawn.draw("kinds.gpkg", [(10, 10, 4, 4), (0, 0, 20.4, 20), (10, 10, 4, 4)], columns={"code": [3, 2, 3]})
    drawn.add(layer("kind", path="kinds.gpkg", column="code"))
    expected = np.full((60, 80), -1)
    expected[:20, :20] = 2
    expected[10:14, 10:14] = 3
    found = read(drawn, "kind")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, expected)


def test_class_codes_keep_to_the_valid_range_and_to_whole_numbers(drawn):
    drawn.draw("kinds.gpkg", [(0, 0, 20, 20), (0, 0, 3, 3)], columns={"code": [2.5, 2.0]})
    drawn.add(layer("kind", path="kinds.gpkg", column="code"))
    check(drawn).only("layers.kind.column", "1 features of kinds.gpkg hold no whole class code")
    drawn.draw("kinds.gpkg", [(0, 0, 20, 20), (0, 0, 3, 3)], columns={"code": [2, 201]})
    check(drawn).only("layers.kind.column", "1 features of kinds.gpkg lie outside 1 to 200", "201")
    drawn.edit('column = "code"', 'column = "code"\nnodata = 201')
    assert check(drawn).code == 0
    assert set(read(drawn, "kind").ravel().tolist()) == {-1, 2}


def test_land_cover_as_polygons_needs_its_legend(drawn):
    drawn.draw("cover.gpkg", [(0, 0, 60, 40), (0, 40, 60, 40)], columns={"code": [1, 9]})
    drawn.edit('like = "land_cover"', 'like = "elevation"')
    drawn.edit(
        'path = "land_cover_{year}.tif"\nyears = [2000, 2020]\nlegend', 'path = "cover.gpkg"\ncolumn="code"\nlegend'
    )
    drawn.edit("[years]\nbaseline = 2000\ncurrent = 2020\n", "")
    check(drawn).only("layers.land_cover.legend", "code 9 of cover.gpkg is not in the legend (1 features)")
    drawn.draw("cover.gpkg", [(0, 0, 60, 40), (0, 40, 60, 40)], columns={"code": [1, 5]})
    assert drawn.run("land_cover", "--trust").code == 0
    with rasterio.open(drawn.out / "rasters" / "land_cover.tif") as source:
        assert np.unique(source.read(1)).tolist() == [1, 5]
    drawn.edit('legend = "legend.csv"', "")
    check(drawn).only("layers.land_cover.legend", "is missing")


def test_numbers_are_converted_and_cells_without_a_feature_are_empty(drawn):
    drawn.draw("wet.gpkg", [(5, 5, 10, 10), (0, 0, 3, 3)], columns={"height": [12.5, np.nan]})
    drawn.add(layer("wetness", path="wet.gpkg", column="height", unit="cm"))
    found = read(drawn, "wetness")
    assert np.isfinite(found).sum() == 100
    np.testing.assert_array_equal(found[5:15, 5:15], 125)
    told = check(drawn)
    assert told.code == 0
    assert any("layers.wetness.column: 1 of 2 features of wet.gpkg have no height" in note for note in told.notes)


def test_a_layer_a_year(drawn):
    for year, code in ((2000, 4), (2020, 5)):
        drawn.draw(f"kinds_{year}.gpkg", [(0, 0, 60, 80)], columns={"code": [code]})
    drawn.add(layer("kind", path="kinds_{year}.gpkg", column="code"))
    assert set(read(drawn, "kind", 2000).ravel()) == {4}
    assert set(read(drawn, "kind", 2020).ravel()) == {5}


# Items


def test_items_from_files_and_from_a_column_are_the_same(drawn):
    shapes = {"urban": (0, 0, 10, 10), "road": shapely.LineString([at(30.5, 0.5), at(30.5, 79.5)])}
    for item, shape in shapes.items():
        drawn.draw(f"{item}.gpkg", [shape])
    drawn.draw("all.gpkg", [*shapes.values(), (40, 40, 1, 1)], columns={"what": ["urban", "road", "mine"]})
    drawn.add(layer("pressure", path="{item}.gpkg", items=["road", "urban"]))
    first = read(drawn, "pressure")
    assert first.shape == (2, 60, 80)
    assert (first[0].sum(), first[1].sum()) == (80, 100)
    assert check(drawn).code == 0
    drawn.edit('path = "{item}.gpkg"', 'path = "all.gpkg"\nitem_column = "what"')
    np.testing.assert_array_equal(read(drawn, "pressure"), first)
    told = check(drawn)
    assert told.code == 0
    assert any("layers.pressure.items: 1 features are of none of them: 'mine'" in note for note in told.notes)


def test_an_item_without_features_in_the_region_is_named_and_is_zero(drawn):
    drawn.draw("all.gpkg", [(0, 0, 5, 5), (900, 0, 5, 5)], columns={"what": ["urban", "road"]})
    drawn.add(layer("pressure", path="all.gpkg", items=["road", "urban"], item_column="what"))
    assert read(drawn, "pressure")[0].max() == 0
    assert any("layers.pressure.items: road has no feature in the region" in note for note in check(drawn).notes)


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ({"path": "all.gpkg", "items": ["urban"]}, "item_column", ("is missing", "{item}")),
        ({"path": "all.gpkg", "items": ["urbn"], "item_column": "what"}, "items", ("'urbn' is in no row", "'urban'")),
        ({"path": "all.gpkg", "items": ["urban"], "item_column": "wht"}, "item_column", ("no column 'wht'", "'what'")),
        ({"path": "all.gpkg", "item_column": "what"}, "items", ("is missing",)),
        ({"path": "{item}.gpkg", "items": ["urban"]}, "path", ("no file urban.gpkg for urban",)),
        ({"path": "{item}.gpkg", "items": ["all"], "item_column": "what"}, "item_column", ("is one too many",)),
    ],
)
def test_faults_of_items(drawn, keys, key, words):
    drawn.draw("all.gpkg", [(0, 0, 5, 5)], columns={"what": ["urban"]})
    drawn.add(layer("pressure", **keys))
    check(drawn).only(f"layers.pressure.{key}", *words)


# What the engine makes of it


def test_no_byte_depends_on_the_tiles(drawn, rectangle):
    random = np.random.default_rng(3)
    discs = [
        shapely.Point(at(*spot)).buffer(size)
        for spot, size in zip(random.uniform(0, 80, (40, 2)), range(90, 2090, 50), strict=True)
    ]
    drawn.draw("discs.gpkg", discs, "EPSG:4326", {"code": np.arange(1, 41), "height": random.uniform(0, 9, 40)})
    drawn.add(layer("karst", path="discs.gpkg"))
    drawn.add(layer("kind", path="discs.gpkg", column="code"))
    drawn.add(layer("wetness", path="discs.gpkg", column="height", unit="mm"))
    made = []
    for before, tile in pairwise((32, 64, 100, 16, 4096)):
        drawn.edit(f"tile = {before}", f"tile = {tile}")
        assert drawn.run("karst", "kind", "wetness", "--trust").code == 0
        made.append({name: content for name, content in drawn.products().items() if name.endswith(".tif")})
    assert len(made[0]) == 3
    assert all(other == made[0] for other in made)


def test_the_receipt_tells_the_file(drawn):
    drawn.draw("karst.gpkg", [(0, 0, 9, 9)])
    drawn.add(layer("karst", path="karst.gpkg", source="Survey", licence="CC0"))
    assert drawn.run("karst", "--trust").code == 0
    receipt = json.loads((drawn.out / "receipts" / "karst.json").read_text())
    (told,) = [entry for entry in receipt["inputs"] if entry["name"] == "karst"]
    assert (told["path"], told["source"], told["licence"]) == ("karst.gpkg", "Survey", "CC0")
    assert len(told["digest"]) == 32
    with open_study(drawn.folder, trust=True) as opened:
        assert opened.stale(["karst"]) == []
    drawn.draw("karst.gpkg", [(0, 0, 9, 8)])
    with open_study(drawn.folder, trust=True) as opened:
        assert opened.stale(["karst"]) == ["karst"]


def test_another_grid_makes_it_anew(drawn):
    drawn.draw("karst.gpkg", [(0, 0, 9, 9)])
    drawn.add(layer("karst", path="karst.gpkg"))
    assert drawn.run("karst", "--trust").code == 0
    drawn.edit('like = "land_cover"', f'crs = "{CRS}"\nresolution = 200')
    with open_study(drawn.folder, trust=True) as opened:
        assert opened.stale(["karst"]) == ["karst"]


def test_another_order_of_the_items_is_another_layer(drawn):
    drawn.draw("all.gpkg", [(0, 0, 5, 5), (0, 5, 5, 5)], columns={"what": ["urban", "road"]})
    drawn.add(layer("pressure", path="all.gpkg", items=["road", "urban"], item_column="what"))
    with open_study(drawn.folder, trust=True) as opened:
        before = opened.inputs.sources["pressure"].key
    drawn.edit('items = ["road", "urban"]', 'items = ["urban", "road"]')
    with open_study(drawn.folder, trust=True) as opened:
        assert opened.inputs.sources["pressure"].key != before


def test_a_code_that_no_cell_can_hold_is_a_fault(drawn):
    drawn.draw("kinds.gpkg", [(0, 0, 20, 20)], columns={"code": [2**40]})
    drawn.add(layer("kind", path="kinds.gpkg", column="code"))
    told = check(drawn)
    assert told.code == 2
    assert any("1 features of kinds.gpkg hold no whole class code" in line for line in told.faults)


def test_a_place_is_explained(drawn):
    drawn.draw("karst.gpkg", [(0, 0, 9, 8.5)])
    drawn.add(layer("karst", path="karst.gpkg"))
    x, y = at(3.5, 8.5)
    told = drawn.cli("explain", "--at", f"{x},{y}", "--trust")
    assert told.code == 0
    assert "karst" in told.out
    assert "0.5" in told.out


# What may be wrong


def test_invalid_geometries_are_mended_and_missing_ones_named(drawn):
    bow = shapely.Polygon([at(0, 0), at(2, 2), at(0, 2), at(2, 0)])
    drawn.draw("karst.gpkg", [bow, None, shapely.Polygon(), (50, 0, 1, 1)])
    drawn.add(layer("karst", path="karst.gpkg"))
    found = read(drawn, "karst")
    assert found.sum() == pytest.approx(3, abs=1e-5)
    notes = [note for note in check(drawn).notes if "layers.karst.path" in note]
    assert any("1 of 4 geometries of karst.gpkg were invalid and have been mended" in note for note in notes)
    assert any("2 of 4 features of karst.gpkg have no geometry" in note for note in notes)


def test_a_file_without_any_geometry_or_region_or_crs_is_a_fault(drawn, rectangle):
    drawn.add(layer("karst", path="karst.gpkg"))
    check(drawn).only("layers.karst.path", "there is no file karst.gpkg")
    drawn.file("karst.gpkg", "nothing")
    check(drawn).only("layers.karst.path", "karst.gpkg cannot be read")
    drawn.draw("karst.gpkg", [None])
    check(drawn).only("layers.karst.path", "holds no feature with a geometry")
    drawn.draw("karst.gpkg", [(900, 0, 5, 5)])
    check(drawn).only("layers.karst.path", "karst.gpkg does not overlap the region", "CRS")
    geopandas.GeoDataFrame({"a": [1]}, geometry=[rectangle(0, 0, 5, 5)], crs=CRS).to_file(drawn.folder / "bare.shp")
    (drawn.folder / "bare.prj").unlink()
    drawn.edit('"karst.gpkg"', '"bare.shp"')
    check(drawn).only("layers.karst.path", "bare.shp has no CRS")


def test_longitudes_taken_for_metres_are_a_fault(drawn, rectangle):
    frame = geopandas.GeoDataFrame(geometry=[rectangle(0, 0, 5, 5)], crs=CRS)
    drawn.polygons("karst.gpkg", frame.set_crs("EPSG:4326", allow_override=True))
    drawn.add(layer("karst", path="karst.gpkg"))
    check(drawn).only("layers.karst.path", "does not overlap the region")


@pytest.mark.parametrize(
    ("name", "keys", "key", "words"),
    [
        ("karst", {"band": 1}, "band", ("is for rasters",)),
        ("karst", {"resampling": "nearest"}, "resampling", ("is for rasters",)),
        ("karst", {"unit": "percent"}, "unit", ("shares of cells have none",)),
        ("karst", {"nodata": 0}, "nodata", ("no column is read",)),
        ("karst", {"layer": "karts"}, "layer", ("no layer 'karts'", "'karst'")),
        ("karst", {"column": "cod"}, "column", ("no column 'cod'", "'code'")),
        ("karst", {"column": "name"}, "column", ("holds no numbers but 'a'",)),
        ("karst", {"column": "none"}, "column", ("none of karst.gpkg is empty",)),
        ("karst", {"column": "code"}, "column", ("1 features of karst.gpkg lie outside 0 to 1", "7")),
        ("karst", {"column": "below"}, "column", ("lie outside 0 to 1", "-0.5")),
        ("karst", {"column": "share", "unit": "percent"}, "unit", ("looks like a fraction",)),
        ("wetness", {"column": "code"}, "unit", ("is missing", "'mm'")),
        ("wetness", {"column": "code", "unit": "kg"}, "unit", ("mm",)),
        ("wetness", {}, "column", ("is missing", "no share of a cell")),
        ("kind", {}, "column", ("is missing", "codes")),
        ("people", {}, "path", ("people is an amount of each cell",)),
        ("monthly", {}, "path", ("several values a year",)),
        ("karst", {"item_column": "code"}, "item_column", ("has no items",)),
        ("nothing_known", {}, "", ("is no quantity",)),
    ],
)
def test_faults(drawn, name, keys, key, words):
    columns = {"code": [7], "name": ["a"], "none": [np.nan], "share": [0.5], "below": [-0.5]}
    drawn.draw("karst.gpkg", [(0, 0, 5, 5)], columns=columns)
    drawn.add(layer(name, path="karst.gpkg", **keys))
    check(drawn).only(f"layers.{name}.{key}".rstrip("."), *words)


def test_several_layers_in_a_file_need_to_know_which(drawn, rectangle):
    for number, name in enumerate(("one", "two")):
        frame = geopandas.GeoDataFrame(geometry=[rectangle(0, 0, 5, 5 + number)], crs=CRS)
        frame.to_file(drawn.folder / "both.gpkg", layer=name, driver="GPKG")
    drawn.add(layer("karst", path="both.gpkg"))
    check(drawn).only("layers.karst.layer", "is not said", "one, two")
    drawn.add('layer = "two"')
    assert read(drawn, "karst").sum() == 30


def test_a_table_beside_the_features_is_no_layer_of_them(drawn):
    # As programs write their styles into a GeoPackage.
    drawn.draw("karst.gpkg", [(0, 0, 5, 5)], columns={"name": ["a"]})
    pyogrio.write_dataframe(pd.DataFrame({"styleQML": ["x"]}), drawn.folder / "karst.gpkg", layer="layer_styles")
    drawn.add(layer("karst", path="karst.gpkg") + '\n[tables.shores]\npath = "karst.gpkg"')
    assert check(drawn).code == 0
    assert read(drawn, "karst").sum() == 25
    drawn.edit("[layers.karst]", '[layers.karst]\nlayer = "layer_styles"')
    check(drawn).only("layers.karst.layer", "no layer 'layer_styles'", "karst")


def test_a_table_of_a_file_with_several_layers_needs_to_know_which(drawn, rectangle):
    for name in ("one", "two"):
        frame = geopandas.GeoDataFrame({"name": [name]}, geometry=[rectangle(0, 0, 5, 5)], crs=CRS)
        frame.to_file(drawn.folder / "both.gpkg", layer=name, driver="GPKG")
    drawn.add('[tables.shores]\npath = "both.gpkg"')
    check(drawn).only("tables.shores.layer", "is not said", "one, two")
    drawn.add('layer = "two"')
    with open_study(drawn.folder, trust=True) as opened:
        assert opened.inputs.sources["shores"].frame["name"].tolist() == ["two"]


def test_the_grid_cannot_be_that_of_polygons(drawn):
    drawn.draw("karst.gpkg", [(0, 0, 5, 5)])
    drawn.add(layer("karst", path="karst.gpkg"))
    drawn.edit('like = "land_cover"', 'like = "karst"')
    check(drawn).only("grid.like", "'karst' is a vector file and has no grid")


# Tables


def test_a_table_of_features_has_their_length_and_area(drawn):
    shapes = [shapely.LineString([at(0, 0), at(0, 30)]), (10, 10, 20, 20), shapely.Point(at(1, 1)), None]
    drawn.draw("shores.gpkg", shapes, columns={"label": ["a", "b", "c", "d"], "kind": [1, 2, 3, 4]})
    columns = 'columns = { name = "label", kind = "kind", length_m = "length_m", area_m2 = "area_m2" }'
    drawn.add(f'[tables.shores]\npath = "shores.gpkg"\nlayer = "shores"\n{columns}')
    with open_study(drawn.folder, trust=True) as opened:
        found = opened.inputs.sources["shores"].frame
    assert found["name"].tolist() == ["a", "b", "c", "d"]
    assert found["kind"].tolist() == ["1", "2", "3", "4"]
    # At the central meridian the plane is smaller than the ground by 0.9996.
    np.testing.assert_allclose(found["length_m"], [3000 / 0.9996, 8000 / 0.9996, 0, np.nan], rtol=2e-6)
    np.testing.assert_allclose(found["area_m2"], [0, 4e6 / 0.9996**2, 0, np.nan], rtol=2e-6)
    geod = pyproj.Geod(ellps="WGS84")
    line = geopandas.GeoSeries(shapes[:1], crs=CRS).to_crs("EPSG:4326").iloc[0]
    assert found["length_m"][0] == pytest.approx(geod.geometry_length(line), rel=1e-7)


def test_what_is_measured_can_bear_another_name(drawn):
    drawn.draw("shores.gpkg", [(10, 10, 20, 20)], columns={"label": ["b"]})
    drawn.add('[tables.shores]\npath = "shores.gpkg"\ncolumns = { name = "label", rim_m = "length_m" }')
    with open_study(drawn.folder, trust=True) as opened:
        found = opened.inputs.sources["shores"].frame
    assert list(found) == ["name", "rim_m"]
    assert found["rim_m"][0] == pytest.approx(8000 / 0.9996, rel=2e-6)
    assert check(drawn).code == 0


def test_a_polygon_that_crosses_itself_is_mended_before_it_is_measured(drawn):
    drawn.draw("shores.gpkg", [shapely.Polygon([at(0, 0), at(2, 2), at(0, 2), at(2, 0)])], columns={"name": ["a"]})
    drawn.add('[tables.shores]\npath = "shores.gpkg"')
    with open_study(drawn.folder, trust=True) as opened:
        found = opened.inputs.sources["shores"].frame
    # Two triangles of a hectare each; the rim is two sides and two diagonals of 200 m.
    assert found["area_m2"][0] == pytest.approx(2e4 / 0.9996**2, rel=1e-5)
    assert found["length_m"][0] == pytest.approx((400 + 400 * 2**0.5) / 0.9996, rel=1e-5)


def test_faults_of_tables_of_features(drawn, rectangle):
    drawn.add('[tables.shores]\npath = "shores.gpkg"')
    check(drawn).only("tables.shores.path", "there is no file")
    geopandas.GeoDataFrame({"name": [1]}, geometry=[rectangle(0, 0, 5, 5)], crs=CRS).to_file(drawn.folder / "bare.shp")
    (drawn.folder / "bare.prj").unlink()
    drawn.edit('"shores.gpkg"', '"bare.shp"')
    check(drawn).only("tables.shores.path", "has no CRS")
    drawn.edit('"bare.shp"', '"shores.gpkg"')
    drawn.draw("shores.gpkg", [(0, 0, 1, 1)], columns={"length_m": [1.0]})
    check(drawn).only("tables.shores.path", "has a column length_m")
    drawn.draw("shores.gpkg", [(0, 0, 1, 1)], columns={"name": ["a"]})
    drawn.add('layer = "coast"')
    check(drawn).only("tables.shores.layer", "no layer 'coast'")
    drawn.file("shores.csv", "name,length_m\na,1\n")
    drawn.edit('"shores.gpkg"', '"shores.csv"')
    check(drawn).only("tables.shores.layer", "is for vector files")
