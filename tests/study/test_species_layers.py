"""The ranges of species: one file of polygons, a table of categories, three maps."""

import json

import geopandas
import numpy as np
import pytest
import rasterio
import shapely

from shanshui.base.grid import Window
from shanshui.study.study import open_study

CRS = "EPSG:32649"
MAPS = ("species_richness", "weighted_endemism", "threatened_species_richness")
LAYER = '[layers.species_ranges]\npath = "ranges.gpkg"\nitem_column = "name"'
TABLE = '[tables.species]\npath = "species.csv"'
LIST = "species,category\n熊,CR\ncrane,易危\nfrog,LC\n"
OWN = """\
[kept]
shape = "cell"
english = "e"
chinese = "c"
meaning = "M."
measure = "intensive"
"""


@pytest.fixture
def ranged(study, rectangle):
    """A study with ranges drawn in its own rows and columns."""

    def write(shapes, names, crs=CRS):
        geometries = [rectangle(*one) if isinstance(one, tuple) else one for one in shapes]
        study.polygons("ranges.gpkg", geopandas.GeoDataFrame({"name": names}, geometry=geometries, crs=CRS).to_crs(crs))

    study.draw = write
    # The bear has two parts that overlap; the frog two rows of the file.
    bear = shapely.MultiPolygon([rectangle(0, 0, 20, 20), rectangle(30, 30, 10, 10)])
    study.draw([bear, (10, 10, 20, 30), (50, 70, 5, 5), (52, 72, 8, 8)], ["熊", "crane", "frog", "frog"])
    study.file("species.csv", LIST)
    study.add(f"{LAYER}\n\n{TABLE}")
    return study


def product(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1)


def presence():
    """Bear, crane and frog by hand."""
    cells = np.zeros((3, 60, 80))
    cells[0, :20, :20] = cells[0, 30:40, 30:40] = 1
    cells[1, 10:30, 10:40] = 1
    cells[2, 50:55, 70:75] = cells[2, 52:60, 72:80] = 1
    return cells


def test_the_maps_by_hand(ranged):
    told = ranged.run(*MAPS)
    assert told.code == 0, told.err
    bear, crane, frog = presence()
    np.testing.assert_array_equal(product(ranged, MAPS[0]), bear + crane + frog)
    # On this small region all cells are of one size, to a hundred-thousandth: 500, 600 and 80 cells (25 + 64 - 9).
    np.testing.assert_allclose(product(ranged, MAPS[1]), bear / 500 + crane / 600 + frog / 80, rtol=1e-4)
    np.testing.assert_array_equal(product(ranged, MAPS[2]), bear)
    receipt = json.loads((ranged.out / "receipts" / "threatened_species_richness.json").read_text())
    assert {entry["path"] for entry in receipt["inputs"]} >= {"ranges.gpkg", "species.csv"}
    assert receipt["grid"]["rows_columns"] == [60, 80]


def test_endemism_of_a_region_that_holds_all_ranges_is_the_number_of_species(ranged):
    assert ranged.run("weighted_endemism").code == 0
    assert product(ranged, "weighted_endemism").sum(dtype=float) == pytest.approx(3, rel=1e-5)


def test_a_range_that_reaches_beyond_counts_by_its_part_in_the_region(ranged):
    # A hundred columns, of which 80 lie in the region; one polygon of three is far away.
    ranged.draw([(10, 0, 10, 100), (900, 0, 10, 10), (0, 0, 10, 10)], ["熊", "crane", "frog"])
    assert ranged.run("weighted_endemism").code == 0
    found = product(ranged, "weighted_endemism").astype(float)
    assert found[10:20].sum() == pytest.approx(0.8, rel=1e-3)
    assert found[:10].sum() == pytest.approx(1, rel=1e-5)
    told = ranged.check()
    assert told.code == 0
    assert any("layers.species_ranges.path: 1 of 3 species do not reach the region: crane" in n for n in told.notes)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32650"])
def test_another_crs_gives_the_same_maps(ranged, rectangle, crs):
    # Borders between centres: a rounding moves none of them over a centre.
    shapes = [rectangle(0.2, 0.2, 20, 20).segmentize(50), rectangle(10.2, 10.2, 20, 30).segmentize(50)]
    ranged.draw(shapes, ["熊", "crane"], crs)
    assert ranged.run(*MAPS[:2]).code == 0
    expected = np.zeros((60, 80))
    expected[:20, :20] = 1
    expected[10:30, 10:40] += 1
    np.testing.assert_array_equal(product(ranged, MAPS[0]), expected)
    assert product(ranged, MAPS[1]).sum(dtype=float) == pytest.approx(2, rel=1e-4)


def test_vulnerable_species_count_by_a_parameter(ranged):
    ranged.add('[policy]\noverrides = { vulnerable_species_weight = { value = 1, unit = "1", source = "Red List" } }')
    assert ranged.run(MAPS[2]).code == 0
    bear, crane, _ = presence()
    np.testing.assert_array_equal(product(ranged, MAPS[2]), bear + crane)


def test_no_byte_depends_on_the_tiles_and_many_species_are_no_matter(ranged):
    random = np.random.default_rng(4)
    spots, sizes = random.uniform(0, 80, (300, 2)), random.uniform(100, 3000, 300)
    discs = [
        shapely.Point(500_000 + 100 * x, 2_600_000 - 100 * y).buffer(size)
        for (x, y), size in zip(spots, sizes, strict=True)
    ]
    ranged.draw(discs, [f"species {number // 2}" for number in range(300)], "EPSG:4326")
    ranged.file(
        "species.csv", "species,category\n" + "".join(f"species {n},{'CR' if n % 3 else 'VU'}\n" for n in range(150))
    )
    made = []
    for before, tile in ((32, 64), (64, 100), (100, 4096)):
        ranged.edit(f"tile = {before}", f"tile = {tile}")
        assert ranged.run(*MAPS).code == 0
        made.append({name: content for name, content in ranged.products().items() if name.endswith(".tif")})
    assert len(made[0]) == 3
    assert made[0] == made[1] == made[2]
    rows, columns = np.mgrid[:60, :80]
    x, y = 500_000 + 100 * (columns + 0.5), 2_600_000 - 100 * (rows + 0.5)
    pairs = [
        shapely.contains_xy(one, x, y) | shapely.contains_xy(two, x, y)
        for one, two in zip(discs[::2], discs[1::2], strict=True)
    ]
    difference = product(ranged, MAPS[0]) - np.sum(pairs, axis=0)
    # A centre within a hand's breadth of a border may fall on either side of it in other coordinates.
    assert (difference != 0).sum() <= 3
    assert product(ranged, MAPS[2]).max() < product(ranged, MAPS[0]).max()


def test_a_place_is_explained(ranged):
    assert ranged.run(*MAPS).code == 0
    told = ranged.cli("explain", "--at", "501550,2598450")
    assert told.code == 0, told.err
    lines = told.out
    assert "species_richness" in lines
    assert "gives 2, as in the product" in lines


def test_a_step_of_the_study_sees_the_ranges(ranged):
    steps = (
        "import numpy as np\nfrom shanshui.base.step import step\n\n\n@step\ndef kept(species_ranges):\n"
        '    """Sum of the places of the species."""\n    assert species_ranges.species == ("crane", "frog", "熊")\n'
        "    return species_ranges.sum(np.array([4.0, 2.0, 1.0]))\n"
    )
    ranged.own_words(OWN, steps)
    told = ranged.run("kept", "--trust")
    assert told.code == 0, told.err
    bear, crane, frog = presence()
    np.testing.assert_array_equal(product(ranged, "kept"), bear + 4 * crane + 2 * frog)


def test_beyond_the_grid_there_is_nothing(ranged):
    with open_study(ranged.folder) as opened:
        found = opened.inputs.sources["species_ranges"].read(None, Window(-1, -1, 62, 82)).sum(np.ones(3))
    assert np.isnan(found[0]).all()
    assert np.isnan(found[:, -1]).all()
    np.testing.assert_array_equal(found[1:-1, 1:-1], presence().sum(axis=0))


def test_new_ranges_and_new_categories_make_the_maps_anew(ranged):
    assert ranged.run(*MAPS).code == 0
    ranged.file("species.csv", LIST.replace("LC", "EN"))
    with open_study(ranged.folder) as opened:
        assert opened.stale(MAPS) == [MAPS[2]]
    ranged.draw([(0, 0, 1, 1)], ["熊"])
    with open_study(ranged.folder) as opened:
        assert sorted(opened.stale(MAPS)) == sorted(MAPS)


def test_on_another_grid_the_ranges_are_others(ranged):
    with open_study(ranged.folder) as opened:
        before = opened.inputs.sources["species_ranges"].key
    ranged.edit('like = "land_cover"', f'crs = "{CRS}"\nresolution = 200')
    with open_study(ranged.folder) as opened:
        assert opened.inputs.sources["species_ranges"].key != before


# What may be wrong


def test_species_that_only_one_side_knows_are_named(ranged):
    ranged.file("species.csv", "species,category\n熊,CR\nheron,VU\n")
    told = ranged.check()
    assert told.code == 0
    assert any(
        "tables.species.columns.species: 2 species have a range and no row here: crane, frog" in n for n in told.notes
    )
    assert any("tables.species.columns.species: 1 species have no range: heron" in n for n in told.notes)
    ranged.file("species.csv", "species,category\nHeron,VU\n")
    ranged.check().only("tables.species.columns.species", "none of its 1 species has a range")


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        (LIST.replace("LC", "rare"), "category", ("'rare' is no category of the Red List (1 species)", "CR")),
        (LIST.replace("LC", ""), "category", ("an empty cell is no category",)),
        (LIST + "frog,EN\n", "species", ("frog stand twice",)),
        (LIST.replace("category", "status"), "category", ("is missing",)),
    ],
)
def test_faults_of_the_table(ranged, table, column, words):
    ranged.file("species.csv", table)
    ranged.check().only(f"tables.species.columns.{column}", *words)


def test_mended_polygons_and_empty_ones_are_named(ranged):
    bow = shapely.Polygon([(500_000, 2_600_000), (500_200, 2_599_800), (500_000, 2_599_800), (500_200, 2_600_000)])
    ranged.draw([bow, None, (10, 10, 5, 5)], ["熊", "crane", "frog"])
    told = ranged.check()
    assert told.code == 0, told.err
    assert any("1 of 3 geometries of ranges.gpkg were invalid" in note for note in told.notes)
    assert any("1 of 3 features of ranges.gpkg have no geometry" in note for note in told.notes)
    assert ranged.run(MAPS[0]).code == 0
    assert product(ranged, MAPS[0]).sum() >= 25


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('item_column = "name"', "", "item_column", ("is missing", "the species")),
        ('item_column = "name"', 'item_column = "nmae"', "item_column", ("no column 'nmae'", "'name'")),
        ('"ranges.gpkg"', '"elevation.tif"', "path", ("is no vector file",)),
        ('"ranges.gpkg"', '"none.gpkg"', "path", ("there is no file none.gpkg",)),
        ('"ranges.gpkg"', '"ranges_{year}.gpkg"', "path", ("names several files",)),
        ('item_column = "name"', 'item_column = "name"\nunit = "1"', "unit", ("is not for ranges",)),
        ('item_column = "name"', 'item_column = "name"\nband = 2', "band", ("is for rasters",)),
        ('item_column = "name"', 'item_column = "name"\nitems = ["a"]', "items", ("is not for ranges",)),
    ],
)
def test_faults_of_the_layer(ranged, old, new, key, words):
    ranged.edit(old, new)
    ranged.check().only(f"layers.species_ranges.{key}", *words)


def test_faults_of_the_polygons(ranged):
    ranged.draw([(900, 0, 5, 5)], ["熊"])
    ranged.check().only("layers.species_ranges.path", "does not overlap the region")
    ranged.draw([shapely.Point(500_050, 2_599_950)], ["熊"])
    ranged.check().only("layers.species_ranges.path", "holds Point, not polygons")
    ranged.draw([(0, 0, 5, 5), (1, 1, 5, 5)], ["熊", None])
    ranged.check().only("layers.species_ranges.item_column", "1 features have no species")


def test_the_cover_of_zones_cannot_be_a_layer(ranged):
    ranged.add('[layers.zone_cover]\npath = "ranges.gpkg"')
    ranged.check().only("layers.zone_cover", "is no quantity that a raster can give")
