"""Opening vector files without a run: what is wrong with them is named, and what is right comes onto the grid."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.errors import Problems
from shanshui.base.grid import Grid
from shanshui.base.vocabulary import Quantity
from shanshui.data.files import Digests
from shanshui.study.schema import LayerSection
from shanshui.study.vector_layers import _listed, _texts, is_vector, of_ranges, open_ranges, open_vector_layer

CRS = "EPSG:32649"
LEFT, TOP, CELL, ROWS, COLUMNS = 500_000.0, 2_600_000.0, 100.0, 4, 6
GRID = Grid(GeoBox((ROWS, COLUMNS), Affine(CELL, 0, LEFT, 0, -CELL, TOP), CRS))


def word(name, **more):
    return Quantity(name, "cell", name, name, name, **({"measure": "intensive"} | more))


SHARE = word("karst", minimum=0.0, maximum=1.0)
DEPTH = word("depth", unit="m", minimum=-5.0, maximum=500.0)
KIND = word("kind", measure="class", minimum=1.0, maximum=200.0)
CODES = word("codes", measure="class")
WARMTH = word("warmth", unit="degC")
PRESSURE = word("pressure", axis="item")


def box(row, column, rows, columns):
    """Give a rectangle of cells."""
    left, top = LEFT + CELL * column, TOP - CELL * row
    return shapely.box(left, top - CELL * rows, left + CELL * columns, top)


FAR = box(900, 900, 1, 1)


class Place:
    """A folder, and what is said of the layers in it."""

    def __init__(self, folder):
        self.folder, self.digests = folder, Digests(folder / "digests.json")

    def put(self, name, geometries, layer=None, crs=CRS, mode="w", **columns):
        frame = geopandas.GeoDataFrame(columns, geometry=geometries, crs=crs)
        frame.to_file(self.folder / name, layer=layer, mode=mode)

    def open(self, quantity, grid=GRID, before=(), mapped=None, **section):
        problems = Problems()
        for add in before:
            getattr(problems, add)("elsewhere", "was wrong", "mend it")
        found = open_vector_layer(
            quantity, LayerSection(**section), self.folder, grid, mapped or {}, self.digests, problems
        )
        return found, [str(one).removeprefix(f"layers.{quantity.name}") for one in problems[len(before) :]]

    def cells(self, quantity, **section):
        source, problems = self.open(quantity, **section)
        assert problems == []
        return source.read(None, GRID.whole)

    def told(self, quantity, **section):
        """What is wrong; then there is no source."""
        source, problems = self.open(quantity, **section)
        assert source is None
        return problems

    def ranges(self, grid=GRID, before=(), **section):
        problems = Problems()
        for add in before:
            getattr(problems, add)("elsewhere", "was wrong", "mend it")
        found = open_ranges("ranges", LayerSection(**section), self.folder, grid, self.digests, problems)
        return found, [str(one).removeprefix("layers.ranges") for one in problems[len(before) :]]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def filled(value, default, *rows_columns):
    cells = np.full((ROWS, COLUMNS), default, np.float32)
    for rows, columns in rows_columns:
        cells[rows, columns] = value
    return cells


def test_vector_files_are_known_by_their_ending():
    assert is_vector(LayerSection(path="a.GPKG"))
    assert is_vector(LayerSection(path="a/b.shp"))
    assert not is_vector(LayerSection(path="a.tif"))
    cover = {name: Quantity(name, "cover", "e", "c", "m") for name in ("ranges", "zone_cover")} | {"karst": SHARE}
    assert of_ranges("ranges", cover)
    assert not of_ranges("zone_cover", cover)
    assert not of_ranges("karst", cover)
    assert not of_ranges("else", cover)


# Shares


def test_shares_of_cells(place):
    place.put("a.gpkg", [box(0, 0, 1, 1.5), box(2, 5, 9, 9), FAR])
    found = filled(1, 0, (0, 0), (slice(2, 4), 5))
    found[0, 1] = 0.5
    np.testing.assert_allclose(place.cells(SHARE, path="a.gpkg"), found, atol=1e-6)
    source, _ = place.open(SHARE, path="a.gpkg", source="s", licence="l", citation="c")
    assert source.facts == {
        "column": None, "item_column": None, "layer": None, "where": None, "unit": None, "legend": None,
        "source": "s", "licence": "l", "citation": "c", "nodata": None, "burned": "share of each cell",
    }  # fmt: skip
    assert (source.name, source.years, source.items, source.quantity, source.grid) == ("karst", (), (), SHARE, GRID)
    percent = word("part", unit="percent")
    np.testing.assert_allclose(place.cells(percent, path="a.gpkg"), 100 * found, atol=1e-4)


def test_what_was_wrong_before_does_not_matter(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)])
    for before in (["fault"], ["note"], ["fault", "fault", "note"]):
        source, problems = place.open(SHARE, path="a.gpkg", before=before)
        assert source is not None
        assert problems == []
        source, problems = place.open(SHARE, path="a.gpkg", unit="m", before=before)
        assert source is None
        assert problems == [".unit: is given, and shares of cells have none; leave it out, or give column"]
        source, problems = place.open(SHARE, path="a.gpkg", layer="b", before=before)
        assert source is None
        assert problems == [".layer: a.gpkg has no layer 'b'; use one of: a"]


def test_without_a_grid_only_faults_are_looked_for(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)])
    assert place.told(SHARE, path="a.gpkg", grid=None) == []
    (told,) = place.told(DEPTH, path="a.gpkg", column="deep", unit="m", grid=None)
    assert told.startswith(".column: a.gpkg has no column 'deep'")


def test_what_lies_elsewhere_does_not_overlap_the_region(place):
    place.put("a.gpkg", [FAR])
    assert place.told(SHARE, path="a.gpkg") == [
        ".path: a.gpkg does not overlap the region; check its CRS and the region's"
    ]


def test_a_file_a_year_and_one_of_them_at_fault(place):
    place.put("a_2000.gpkg", [box(0, 0, 1, 1)])
    place.put("a_2020.gpkg", [box(1, 1, 1, 1)])
    source, problems = place.open(SHARE, path="a_{year}.gpkg", years=[2000, 2020])
    assert problems == []
    assert source.years == (2000, 2020)
    np.testing.assert_array_equal(source.read(2020, GRID.whole), filled(1, 0, (1, 1)))
    np.testing.assert_array_equal(source.read(2000, GRID.whole), filled(1, 0, (0, 0)))
    (place.folder / "a_2000.gpkg").write_bytes(b"nothing")
    (told,) = place.told(SHARE, path="a_{year}.gpkg", years=[2000, 2020])
    assert told.startswith(".path: a_2000.gpkg cannot be read: ")
    assert told.endswith("; give a GeoPackage, shapefile or GeoJSON")


def test_keys_of_rasters_are_for_rasters(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)])
    for key, value in {"band": 1, "scale": 1.0, "offset": 0.0, "resampling": "nearest"}.items():
        assert place.told(SHARE, path="a.gpkg", **{key: value}) == [
            f".{key}: is for rasters, and this is a vector file; leave it out"
        ]


def test_shares_have_no_unit_and_no_values(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)])
    assert place.told(SHARE, path="a.gpkg", nodata=1.0) == [
        ".nodata: is given, and no column is read; leave it out, or give column"
    ]
    assert place.told(DEPTH, path="a.gpkg") == [
        ".column: is missing: depth is no share of a cell; name the column that holds its values"
    ]
    assert place.told(KIND, path="a.gpkg") == [
        ".column: is missing: kind is no share of a cell; name the column that holds its codes"
    ]
    amount = word("people", measure="extensive", unit="person")
    assert place.told(amount, path="a.gpkg", column="x", unit="person") == [
        ".path: is a vector file, and people is an amount of each cell; give a raster"
    ]
    monthly = word("rain", axis="month")
    assert place.told(monthly, path="a.gpkg") == [
        ".path: is a vector file, and rain has several values a year; give rasters"
    ]


# Values


def test_numbers_are_converted_and_cells_without_a_feature_are_empty(place):
    place.put("a.gpkg", [box(0, 0, 1, 2), box(0, 1, 2, 2), FAR], deep=[1.0, 300.0, np.nan])
    source, problems = place.open(DEPTH, path="a.gpkg", column="deep", unit="cm", nodata=[7.0, 8.0])
    assert problems == [".column: 1 of 3 features of a.gpkg have no deep; they are left out"]
    # Of two the smaller: 1 cm.
    expected = filled(0.01, np.nan, (0, slice(0, 2)))
    expected[0, 2], expected[1, 1:3] = 3, 3
    found = source.read(None, GRID.whole)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float32
    assert source.facts["burned"] == "value of the feature"
    assert source.facts["nodata"] == [7.0, 8.0]
    assert source.facts["column"] == "deep"
    place.put("a.gpkg", [box(0, 0, 1, 2)], warm=[293.15])
    cells = place.cells(WARMTH, path="a.gpkg", column="warm", unit="kelvin")
    np.testing.assert_allclose(cells, filled(20, np.nan, (0, slice(0, 2))), rtol=1e-6)


def test_no_data_is_left_out(place):
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], deep=[-9999.0, 4.0])
    source, problems = place.open(DEPTH, path="a.gpkg", column="deep", unit="m", nodata=-9999.0)
    assert problems == [".column: 1 of 2 features of a.gpkg have no deep; they are left out"]
    np.testing.assert_array_equal(source.read(None, GRID.whole), filled(4, np.nan, (1, 1)))
    assert place.told(DEPTH, path="a.gpkg", column="deep", unit="m", nodata=[-9999.0, 4.0]) == [
        ".column: deep of a.gpkg is empty; fill it, or name another column"
    ]


def test_a_value_must_lie_within_the_range_and_its_ends_belong_to_it(place):
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1), box(2, 2, 1, 1)], deep=[-5.0, 500.0, 0.0])
    assert np.nanmax(place.cells(DEPTH, path="a.gpkg", column="deep", unit="m")) == 500
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1), box(2, 2, 1, 1)], deep=[-5.5, 600.0, 700.0])
    assert place.told(DEPTH, path="a.gpkg", column="deep", unit="m") == [
        ".column: 3 features of a.gpkg lie outside -5 to 500 (the furthest is 700); "
        "declare it as nodata if it means no data, or correct unit or column"
    ]
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], deep=[-5.5, np.nan])
    told = place.told(DEPTH, path="a.gpkg", column="deep", unit="m")
    assert told[1].startswith(".column: 1 features of a.gpkg lie outside -5 to 500 (the furthest is -5.5)")
    # A quantity without a range.
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], warm=[-1e6, 1e6])
    assert np.nanmin(place.cells(WARMTH, path="a.gpkg", column="warm", unit="degC")) == -1e6


def test_percent_that_looks_like_a_fraction(place):
    for most, wrong in ((0.5, True), (1.0, True), (1.02, False), (1.5, False), (0.0, False)):
        place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], part=[0.0, most])
        _, problems = place.open(SHARE, path="a.gpkg", column="part", unit="percent")
        assert (problems != []) == wrong
        if wrong:
            assert problems == [
                '.unit: is percent, but no feature of a.gpkg is above 1: it looks like a fraction; write unit = "1"'
            ]
    place.put("a.gpkg", [box(0, 0, 1, 1)], part=[0.5])
    assert place.open(SHARE, path="a.gpkg", column="part", unit="%")[0] is None
    np.testing.assert_array_equal(
        place.cells(SHARE, path="a.gpkg", column="part", unit="1"), filled(0.5, np.nan, (0, 0))
    )
    assert place.told(DEPTH, path="a.gpkg", column="part")[0].startswith(".unit: is missing; write the unit")


def test_a_column_of_texts_or_of_nothing_holds_no_numbers(place):
    place.put("a.gpkg", [box(k, 0, 1, 1) for k in range(4)] + [box(0, 1, 1, 1)], what=["a", "b", None, "a", "c"])
    mend = "name a column of numbers, or write codes for these texts"
    told = place.told(SHARE, path="a.gpkg", column="what")
    assert told == [f".column: what of a.gpkg holds no numbers but 'a', 'b', 'c'; {mend}"]
    place.put("a.gpkg", [box(0, k, 1, 1) for k in range(4)], what=["a", "b", "c", "d"])
    told = place.told(SHARE, path="a.gpkg", column="what")
    assert told == [f".column: what of a.gpkg holds no numbers but 'a', 'b', 'c'; {mend}"]
    place.put("a.gpkg", [box(0, k, 1, 1) for k in range(2)], what=[True, True])
    told = place.told(SHARE, path="a.gpkg", column="what")
    assert told == [f".column: what of a.gpkg holds no numbers but True; {mend}"]
    place.put("a.gpkg", [box(0, k, 1, 1) for k in range(2)], what=pd.Series([None, None], dtype=object))
    told = place.told(SHARE, path="a.gpkg", column="what")
    assert told == [f".column: what of a.gpkg holds no numbers but nothing; {mend}"]


def test_classes_are_whole_numbers(place):
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], code=[3, 5])
    found = place.cells(KIND, path="a.gpkg", column="code")
    expected = filled(3, -1, (0, 0))
    expected[1, 1] = 5
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int32
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], code=[3.5, 5.0])
    assert place.told(KIND, path="a.gpkg", column="code") == [
        ".column: 1 features of a.gpkg hold no whole class code; give whole numbers, or declare the odd value as nodata"
    ]
    # The greatest that 32 bits hold.
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], code=[2147483647, 4])
    assert place.cells(CODES, path="a.gpkg", column="code")[0, 0] == 2147483647
    for beyond in (2147483648, -2147483648):
        place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], code=[beyond, 4])
        (told,) = place.told(CODES, path="a.gpkg", column="code")
        assert told.startswith(".column: 1 features of a.gpkg hold no whole class code")
    # A class that is not known is left out, and is no odd one.
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], code=[np.nan, 4.0])
    source, (told,) = place.open(KIND, path="a.gpkg", column="code")
    assert "1 of 2 features" in told
    np.testing.assert_array_equal(source.read(None, GRID.whole), filled(4, -1, (1, 1)))


def test_every_class_stands_in_the_legend(place):
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1), box(2, 2, 1, 1)], code=[3, 5, 5])
    (place.folder / "legend.csv").write_text("code,name,ecosystem\n3,wood,forest\n5,grass,grassland\n")
    assert place.open(KIND, path="a.gpkg", column="code", legend="legend.csv")[1] == []
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1), box(2, 2, 1, 1)], code=[3, 6, 6])
    (told,) = place.told(KIND, path="a.gpkg", column="code", legend="legend.csv")
    assert told.startswith(".legend: code 6 of a.gpkg is not in the legend (2 features); ")
    # A code that is odd is told once.
    place.put("a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 1)], code=[3.0, 6.5])
    (told,) = place.told(KIND, path="a.gpkg", column="code", legend="legend.csv")
    assert "no whole class code" in told
    assert place.told(KIND, path="a.gpkg", column="code", legend="lost.csv") == [
        ".legend: there is no file lost.csv; correct the path"
    ]
    cover = word("land_cover", measure="class")
    assert place.told(cover, path="a.gpkg", column="code") == [
        ".legend: is missing; give a table with the columns code, name, ecosystem"
    ]


# The file


def test_which_layer_of_a_file(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)], layer="one")
    assert place.cells(SHARE, path="a.gpkg")[0, 0] == 1
    place.put("a.gpkg", [box(1, 1, 1, 1)], layer="two", mode="a")
    for name, spot in (("one", (0, 0)), ("two", (1, 1))):
        np.testing.assert_array_equal(place.cells(SHARE, path="a.gpkg", layer=name), filled(1, 0, spot))
    assert place.told(SHARE, path="a.gpkg") == [".layer: is not said, and a.gpkg has 2; use one of: one, two"]
    assert place.told(SHARE, path="a.gpkg", layer="too") == [".layer: a.gpkg has no layer 'too'; did you mean 'two'?"]


def test_a_condition_takes_only_some_features(place):
    place.put(
        "a.gpkg", [box(0, 0, 1, 1), box(1, 1, 1, 2), box(3, 3, 1, 1)], kind=["mine", "other", "mine"], deep=[1, 2, 3]
    )
    chosen = place.cells(SHARE, path="a.gpkg", where="kind = 'mine'")
    np.testing.assert_array_equal(chosen, filled(1, 0, (0, 0), (3, 3)))
    np.testing.assert_array_equal(place.cells(SHARE, path="a.gpkg", where="deep = 2"), filled(1, 0, (1, slice(1, 3))))
    deep = place.cells(DEPTH, path="a.gpkg", where="kind = 'other'", column="deep", unit="m")
    np.testing.assert_array_equal(deep, filled(2, np.nan, (1, slice(1, 3))))
    # Another condition is another layer, and the receipt tells it.
    source, _ = place.open(SHARE, path="a.gpkg", where="deep = 2")
    (told,) = source.describe()
    assert told["where"] == "deep = 2"


def test_faults_of_a_condition(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)], kind=["mine"])
    assert place.told(SHARE, path="a.gpkg", where="kind = 'mines'") == [
        ".where: no feature of a.gpkg has kind = 'mines'; correct the condition"
    ]
    (told,) = place.told(SHARE, path="a.gpkg", where="kin = 'mine'")
    assert told.startswith(".where: \"kin = 'mine'\" is no condition on a.gpkg (")
    assert told.endswith("); write SQL, for example: kind = 'mine'")
    # A file that cannot be read is no fault of the condition; nor is one that holds nothing, where there is none.
    (place.folder / "b.gpkg").write_bytes(b"no database")
    (told,) = place.told(SHARE, path="b.gpkg", where="kind = 'mine'")
    assert told.startswith(".path: b.gpkg cannot be read")


def test_one_number_has_no_condition():
    with pytest.raises(ValueError, match="a value goes only with unit"):
        LayerSection(value=1.0, where="kind = 'mine'")


def test_a_file_needs_a_place_on_earth(place):
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        place.put("a.gpkg", [box(0, 0, 1, 1)], crs=None)
    assert place.told(SHARE, path="a.gpkg") == [
        ".path: a.gpkg has no CRS; give the file one (a .prj beside a shapefile)"
    ]
    place.put("b.gpkg", [box(0, 0, 1, 1)], crs='LOCAL_CS["site",UNIT["metre",1]]')
    (told,) = place.told(SHARE, path="b.gpkg")
    assert told == ".path: b.gpkg has a CRS of no place on Earth; give the file its true one"
    frame = geopandas.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=CRS).to_crs("EPSG:4326")
    place.put("c.gpkg", list(frame.geometry), crs="EPSG:4326")
    np.testing.assert_allclose(place.cells(SHARE, path="c.gpkg"), filled(1, 0, (0, 0)), atol=1e-3)


def test_columns_that_a_file_lacks(place):
    place.put("a.gpkg", [box(0, 0, 1, 1)], deep=[1.0])
    assert place.told(DEPTH, path="a.gpkg", column="depp", unit="m") == [
        ".column: a.gpkg has no column 'depp'; did you mean 'deep'?"
    ]
    # The shapes themselves are no column.
    (told,) = place.told(DEPTH, path="a.gpkg", column="geometry", unit="m")
    assert told == ".column: a.gpkg has no column 'geometry'; use one of: deep"
    (told,) = place.told(PRESSURE, path="a.gpkg", item_column="what", items=["b"])
    assert told == ".item_column: a.gpkg has no column 'what'; use one of: deep"


def test_shapes_are_mended_and_what_has_none_is_left_out(place):
    left, top = LEFT, TOP
    bow = shapely.Polygon([(left, top), (left + 100, top), (left, top - 100), (left + 100, top - 100)])
    place.put("a.gpkg", [bow, None, shapely.Polygon(), box(2, 2, 1, 1)])
    source, problems = place.open(SHARE, path="a.gpkg")
    assert problems == [
        ".path: 1 of 4 geometries of a.gpkg were invalid and have been mended",
        ".path: 2 of 4 features of a.gpkg have no geometry; left out",
    ]
    found = filled(1, 0, (2, 2))
    found[0, 0] = 0.5
    np.testing.assert_allclose(source.read(None, GRID.whole), found, atol=1e-6)
    place.put("a.gpkg", [None, None], deep=[1.0, 2.0])
    (told,) = place.told(DEPTH, path="a.gpkg", column="deep", unit="m")
    assert told.endswith("a.gpkg holds no feature with a geometry; correct the file or its layer")


# Items


def test_items_come_from_files_or_from_a_column(place):
    place.put("one.gpkg", [box(0, 0, 1, 1)])
    place.put("two.gpkg", [box(1, 1, 1, 1)])
    by_file, problems = place.open(PRESSURE, path="{item}.gpkg", items=["one", "two"])
    assert problems == []
    place.put("a.gpkg", [box(1, 1, 1, 1), box(0, 0, 1, 1), FAR], what=["two", "one", "one"])
    by_column, problems = place.open(PRESSURE, path="a.gpkg", item_column="what", items=["one", "two"])
    assert problems == []
    assert by_file.items == by_column.items == ("one", "two")
    for source in (by_file, by_column):
        cells = source.read(None, GRID.whole)
        np.testing.assert_array_equal(cells, np.stack([filled(1, 0, (0, 0)), filled(1, 0, (1, 1))]))
    assert place.told(PRESSURE, path="{item}.gpkg", items=["one", "two"], item_column="what")[0] == (
        ".item_column: is one too many; write either {item} in the path, or the column that tells items apart"
    )
    assert place.told(PRESSURE, path="a.gpkg", items=["one", "two"])[0] == (
        ".item_column: is missing; write either {item} in the path, or the column that tells items apart"
    )


def test_an_item_without_a_row_or_without_a_feature_in_the_region(place):
    place.put("a.gpkg", [box(1, 1, 1, 1), FAR, box(0, 0, 1, 1)], what=["two", "one", "two"])
    source, problems = place.open(PRESSURE, path="a.gpkg", item_column="what", items=["one", "two"])
    assert problems == [".items: one has no feature in the region"]
    cells = source.read(None, GRID.whole)
    assert (cells[0] == 0).all()
    assert cells[1].sum() == 2
    assert place.told(PRESSURE, path="a.gpkg", item_column="what", items=["one", "tow"])[0] == (
        ".items: 'tow' is in no row of the column what; did you mean 'two'?"
    )


def test_features_of_other_items_are_named(place):
    names = ["one", *"abcdef", "a", None]
    place.put("a.gpkg", [box(0, 0, 1, 1)] * 9, what=names)
    source, problems = place.open(PRESSURE, path="a.gpkg", item_column="what", items=["one"])
    assert source is not None
    assert problems == [".items: 8 features are of none of them: '', 'a', 'b', 'c', 'd' ...; left out"]
    place.put("a.gpkg", [box(0, 0, 1, 1)] * 6, what=["one", *"abcde"])
    _, problems = place.open(PRESSURE, path="a.gpkg", item_column="what", items=["one"])
    assert problems == [".items: 5 features are of none of them: 'a', 'b', 'c', 'd', 'e'; left out"]


def test_names_as_texts():
    column = pd.Series([7.0, 7.5, np.nan, None, " wood ", 3], dtype=object)
    assert _texts(column).tolist() == ["7", "7.5", "", "", "wood", "3"]
    assert _texts(pd.Series([4, None], dtype="Int64")).tolist() == ["4", ""]
    assert _texts(pd.Series([4.0, np.nan])).tolist() == ["4", ""]


def test_a_thousand_names_are_told():
    names = [f"n{k}" for k in range(1001)]
    assert _listed(names[:2]) == "n0, n1"
    assert _listed(names[:1000]) == ", ".join(names[:1000])
    assert _listed(names) == ", ".join(names[:1000]) + " ..."


# Ranges


def test_ranges_of_species(place):
    shapes = [box(0, 0, 2, 1), box(1, 0, 2, 1), box(0, 3, 1, 1)]
    place.put("r.gpkg", shapes, who=["b", "b", "a"])
    source, problems = place.ranges(path="r.gpkg", item_column="who", source="s", before=["note", "fault"])
    assert problems == []
    assert source.name == "ranges"
    assert source.species == ("a", "b")
    # Two rectangles of two cells that share one are three.
    np.testing.assert_allclose(source.areas, [1e4, 3e4], rtol=2e-3)
    (fact,) = source.facts
    assert (fact["item_column"], fact["source"]) == ("who", "s")
    found = source.read(None, GRID.whole)
    expected = filled(2, 0, (slice(0, 3), 0))
    expected[0, 3] = 1
    np.testing.assert_allclose(found.sum(np.array([1.0, 2.0])), expected, atol=1e-6)
    assert source.grid is GRID


def test_ranges_without_a_grid_are_only_looked_at(place):
    place.put("r.gpkg", [box(0, 0, 2, 1)], who=["b"])
    assert place.ranges(grid=None, path="r.gpkg", item_column="who") == (None, [])


def test_ranges_that_do_not_reach_the_region_are_named(place):
    place.put("r.gpkg", [box(0, 0, 2, 1), FAR, FAR], who=["b", "c", "a"])
    source, problems = place.ranges(path="r.gpkg", item_column="who")
    assert source.species == ("a", "b", "c")
    assert problems == [".path: 2 of 3 species do not reach the region: a, c"]
    np.testing.assert_allclose(source.areas[1], 2e4, rtol=2e-3)
    place.put("r.gpkg", [FAR], who=["c"])
    assert place.ranges(path="r.gpkg", item_column="who") == (
        None,
        [".path: r.gpkg does not overlap the region; check its CRS and the region's"],
    )


def test_faults_of_ranges(place, monkeypatch):
    place.put("r.gpkg", [box(0, 0, 2, 1)], who=["b"])
    plain = {"path": "r.gpkg", "item_column": "who"}
    keys = {"unit": "m", "nodata": 1.0, "legend": "l.csv", "column": "who", "items": ["b"], "years": [2000]}
    for key, value in keys.items():
        told = place.ranges(**plain, **{key: value}, before=["fault"])
        assert told == (None, [f".{key}: is not for ranges of species; leave it out"])
    assert place.ranges(**plain, band=1) == (None, [".band: is for rasters, and this is a vector file; leave it out"])
    assert place.ranges(path="{year}.gpkg", item_column="who") == (
        None,
        [".path: names several files; give one file with the ranges of all species"],
    )
    assert place.ranges(path="r.gpkg") == (
        None,
        [".item_column: is missing; name the column that holds the species"],
    )
    assert place.ranges(path="r.tif", item_column="who") == (
        None,
        [".path: is no vector file; give the ranges as polygons (GeoPackage, shapefile ...)"],
    )
    assert place.ranges(path="q.gpkg", item_column="who") == (
        None,
        [".path: there is no file q.gpkg; correct the path"],
    )
    _, problems = place.ranges(path="r.gpkg", item_column="whom")
    assert problems == [".item_column: r.gpkg has no column 'whom'; did you mean 'who'?"]
    # A name from the environment is not one of several files.
    monkeypatch.setenv("RANGES", "r.gpkg")
    source, problems = place.ranges(path="${RANGES}.gpkg", item_column="who")
    assert problems == [".path: there is no file ${RANGES}.gpkg; correct the path"]
    monkeypatch.setenv("RANGES", "r")
    source, problems = place.ranges(path="${RANGES}.gpkg", item_column="who")
    assert source is not None
    assert problems == []


def test_features_without_a_species_and_shapes_without_an_area_are_faults(place):
    place.put("r.gpkg", [box(0, 0, 2, 1), box(0, 1, 1, 1), box(1, 1, 1, 1)], who=["b", None, " "])
    assert place.ranges(path="r.gpkg", item_column="who") == (
        None,
        [".item_column: 2 features have no species; fill the column who"],
    )
    line, point = shapely.LineString([(LEFT, TOP), (LEFT + 50, TOP - 50)]), shapely.Point(LEFT + 50, TOP - 50)
    whole = shapely.MultiPolygon([box(0, 0, 1, 1), box(2, 2, 1, 1)])
    place.put("r.geojson", [line, point, whole, box(0, 1, 1, 1)], crs=CRS, who=["a", "b", "c", "d"])
    assert place.ranges(path="r.geojson", item_column="who") == (
        None,
        [".path: holds LineString, Point, not polygons; give polygons"],
    )
    place.put("m.gpkg", [whole, whole], who=["c", "d"])
    assert place.ranges(path="m.gpkg", item_column="who")[1] == []
