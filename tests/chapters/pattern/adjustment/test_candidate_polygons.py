import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from tests.chapters.pattern.adjustment.own_rules import rule
from tests.chapters.pattern.red_line_cells import on_disk

from shanshui.chapters.pattern.adjustment.candidate_polygons import (
    blocks,
    drawn_ground,
    polygons_of,
    spoken_of,
    valid_until_of,
    widened,
    worth_of,
)
from shanshui.chapters.pattern.adjustment.rules import DRAWN, Rules, red_line_adjustment_rules

NAN = np.nan
NUMBERS = {"A1": 1, "A2": 2, "A3": 3, "A4": 4, "N2": 254}
RULES = red_line_adjustment_rules()
# Equal-area: squares of 100 m are of a hectare.
CRS = pyproj.CRS("EPSG:6933")


def grid(rows, columns):
    return GeoBox((rows, columns), Affine(100, 0, 0, 0, -100, 100 * rows), "EPSG:6933")


def frame(*shapes, **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:6933")


def hectares(column, row, columns=1, rows=1):
    """A box of whole hectares, of a grid of ten rows, counted from the upper left."""
    top = 1000 - 100 * row
    return shapely.box(100 * column, top - 100 * rows, 100 * (column + columns), top)


def drawn(folder, ground, excluded=None, today=(), drawn_in=(), smallest=0.0):
    ground = np.asarray(ground, np.int32)
    excluded = np.zeros(ground.shape, np.int32) if excluded is None else np.asarray(excluded, np.int32)
    rasters = (on_disk(folder, each) for each in (ground, excluded, np.full(ground.shape, 1e4)))
    layers = (np.array(each, object) for each in (list(today), list(drawn_in)))
    return drawn_ground(*rasters, *layers, grid(*ground.shape), smallest, NUMBERS)


def test_cells_are_drawn_class_by_class(tmp_path):
    ground = np.zeros((10, 10), int)
    ground[0, :3], ground[0, 3:5], ground[5, 5], ground[6, 6], ground[9, 9] = 1, 2, 4, 4, -1
    found = drawn(tmp_path, ground)
    assert found.code.tolist() == ["A1", "A2", "A4", "A4"]
    wanted = [hectares(0, 0, 3), hectares(3, 0, 2), hectares(5, 5), hectares(6, 6)]
    assert all(shapely.equals(found.polygons, wanted))
    assert found.dropped.empty


def test_small_patches_of_cells_are_dropped_and_told(tmp_path):
    ground = np.zeros((10, 10), int)
    ground[0, :3], ground[5, 5], ground[7, 7], ground[9, :2] = 1, 4, 4, 3
    found = drawn(tmp_path, ground, smallest=2e4)
    assert found.code.tolist() == ["A1", "A3"]
    assert found.dropped.to_numpy().tolist() == [["A4", 2, 2.0]]
    assert drawn(tmp_path, ground, smallest=2e4 + 1).code.tolist() == ["A1"]


def test_cells_of_todays_line_and_excluded_ones_that_nobody_asks_for_are_left_out(tmp_path):
    ground, excluded = np.zeros((10, 10), int), np.zeros((10, 10), int)
    ground[0] = 1
    excluded[4], excluded[8] = 2, 1
    # Half a cell of today's line leaves its cell in.
    today = [shapely.box(0, 900, 350, 1000)]
    river = [shapely.box(0, 560, 250, 700)]
    found = drawn(tmp_path, ground, excluded, today, river, smallest=5e4)
    assert found.code.tolist() == ["A1", ""]
    assert all(shapely.equals(found.polygons, [hectares(3, 0, 7), hectares(0, 4, 3)]))


def test_surroundings():
    lines = frame(shapely.LineString([(0, 0), (1000, 0)]))
    (bank,) = widened(lines, 50, CRS)
    # Two strips of 50 m, and the two half circles, which a polygon falls short of.
    assert bank.area == pytest.approx(1000 * 100 + np.pi * 50**2, rel=1e-3)
    assert bank.bounds == pytest.approx((-50, -50, 1050, 50))
    feet = pyproj.CRS("EPSG:2263")
    assert widened(lines, 50, feet)[0].bounds[3] == pytest.approx(50 / 0.3048, rel=1e-5)
    assert len(widened(None, 50, CRS)) == 0
    wetland = frame(hectares(0, 0))
    assert widened(wetland, 0, CRS)[0].equals(hectares(0, 0))


def test_surroundings_in_degrees_are_as_wide_everywhere():
    lines = geopandas.GeoDataFrame(geometry=[shapely.LineString([(100, 60), (100, 60.2)])], crs="EPSG:4326")
    (bank,) = widened(lines, 5000, pyproj.CRS("EPSG:4326"))
    west, south, east, _ = bank.bounds
    geodesic = pyproj.Geod(ellps="WGS84")
    assert geodesic.inv(west, 60.1, east, 60.1)[2] == pytest.approx(10_000, rel=0.01)
    assert geodesic.inv(100, south, 100, 60)[2] == pytest.approx(5_000, rel=0.01)


GIVEN = ("settlement", "farmland_block", "infrastructure", "commercial_forest", "mining_right")


def leaving(folder, *layers, value=None, persons=None, rules=RULES, **own):
    # A little less than two and three hectares: the ellipsoid rounds.
    limits = {
        "populous_settlement_ha": 1.9999,
        "contiguous_cropland_ha": 2.9999,
        "populous_settlement_persons": 10.0,
        "infrastructure_value_percent": 100.1,
        "commercial_forest_value_percent": 70.1,
        "adjustment_year": 2025.0,
    }
    value = np.ones((10, 10), np.float32) if value is None else value
    rasters = on_disk(folder, value), on_disk(folder, np.full((10, 10), 1e4))
    persons = None if persons is None else on_disk(folder, persons)
    shapes = dict.fromkeys(DRAWN, np.empty(0, object)) | dict(zip(GIVEN, map(polygons_of, layers), strict=True))
    shapes["farmland_block"] = blocks(shapes["farmland_block"])
    years = valid_until_of(layers[4])
    return spoken_of(Rules(rules), shapes, years, *rasters, persons, grid(10, 10), limits | own)


def test_what_may_leave(tmp_path):
    # Nine rows of a worth of 1 and 3, whose mean is 2.
    value = np.ones((10, 10), np.float32)
    value[:, 5:], value[9] = 3, NAN
    persons = np.full((10, 10), 5, np.float32)
    persons[:, 0] = 4
    towns = frame(hectares(0, 0), hectares(1, 0, 2), hectares(0, 2, 1, 2), hectares(4, 4, 1, 3))
    # Two fields that touch make a block of three hectares, two that share a corner only do not.
    fields = frame(hectares(0, 5), hectares(1, 5, 2), hectares(5, 5), hectares(6, 6, 2))
    roads = frame(hectares(4, 1, 2), hectares(4, 2, 3), hectares(2, 9), hectares(0, 3))
    forest = frame(hectares(1, 7, 5), hectares(2, 7, 5))
    mines = frame(*(hectares(k, 8) for k in range(4)), valid_until=[2024, 2025, 2040, NAN])
    found = leaving(tmp_path, towns, fields, roads, forest, mines, value=value, persons=persons)
    # One hectare is too small; two of eight residents are too few.
    assert all(shapely.equals(found.polygons["C1"], towns.geometry.to_numpy()[[1, 3]]))
    assert [each.area for each in found.polygons["C2"]] == [3e4]
    # Worth the mean, 7 / 6 of it, not known, half of it.
    assert all(shapely.equals(found.polygons["C3"], roads.geometry.to_numpy()[[0, 3]]))
    # 7 / 10 and 9 / 10 of the mean.
    assert all(shapely.equals(found.polygons["C4"], forest.geometry.to_numpy()[:1]))
    assert all(shapely.equals(found.polygons["C5"], mines.geometry.to_numpy()[1:]))
    np.testing.assert_array_equal(found.valid_until["C5"], [2025, 2040, NAN])


def test_what_is_not_known_asks_for_nothing(tmp_path):
    towns, mines = frame(hectares(1, 0, 2), hectares(0, 2)), frame(hectares(0, 0))
    found = leaving(tmp_path, towns, None, None, None, mines)
    assert [len(found.polygons[rule]) for rule in ("C1", "C2", "C3", "C4", "C5")] == [1, 0, 0, 0, 1]
    nothing = leaving(tmp_path, None, None, None, None, None)
    assert [len(each) for each in nothing.polygons.values()] == [0] * 8
    # Of a residents' map without data, and of ground whose worth is not known, it is not known whether they leave.
    found = leaving(
        tmp_path, towns, None, frame(hectares(0, 0)), None, None, persons=np.full((10, 10), NAN, np.float32)
    )
    assert [len(found.polygons[rule]) for rule in ("C1", "C3")] == [0, 1]
    found = leaving(tmp_path, None, None, frame(hectares(0, 0)), None, None, value=np.full((10, 10), NAN, np.float32))
    assert len(found.polygons["C3"]) == 0


def test_conditions_on_what_is_drawn_are_those_of_the_table(tmp_path):
    towns, mines = (
        frame(hectares(0, 0), hectares(1, 0, 3)),
        frame(hectares(0, 4), hectares(3, 4), valid_until=[2020, 2030]),
    )
    small = RULES.assign(when=RULES["when"].where(RULES["code"] != "C1", "area_ha < 2"))
    assert [each.area for each in leaving(tmp_path, towns, None, None, None, mines, rules=small).polygons["C1"]] == [
        1e4
    ]
    # Any ground may have any measure, and come in or leave: rights that have ended come in, worthy towns leave.
    value = np.ones((10, 10), np.float32)
    value[0, 0] = 3
    own = pd.concat(
        [
            rule("D1", 1, "in", "mining_right", "valid_until < adjustment_year"),
            rule("C9", 1, "out", "settlement", "value_percent > 150 and persons >= 3"),
            rule("C8", 2, "out", "mining_right", "valid_until_known and valid_until > 2029"),
        ]
    )
    persons = np.full((10, 10), 3, np.float32)
    found = leaving(tmp_path, towns, None, None, None, mines, rules=own, value=value, persons=persons)
    assert list(found.polygons) == ["D1", "C8", "C9"]
    assert all(shapely.equals(found.polygons["D1"], mines.geometry.to_numpy()[:1]))
    assert all(shapely.equals(found.polygons["C9"], towns.geometry.to_numpy()[:1]))
    assert {rule: years.tolist() for rule, years in found.valid_until.items()} == {"D1": [2020], "C8": [2030]}


def test_the_worth_of_ground_is_that_of_its_area(tmp_path):
    # Cells of two sizes: the same value on half the area is worth twice as much.
    value, area = np.full((10, 10), 2, np.float32), np.full((10, 10), 1e4)
    area[:, 5:] = 5e3
    rasters = on_disk(tmp_path, value), on_disk(tmp_path, area)
    polygons = np.array([hectares(0, 0), hectares(7, 0), hectares(4, 0, 2)])
    # The mean is 200 of 75 hectares.
    worth = worth_of(polygons, *rasters, grid(10, 10))
    assert worth.tolist() == pytest.approx([2 / (200 / 75), 4 / (200 / 75), 4 / 1.5 / (200 / 75)])
    nothing = on_disk(tmp_path, np.zeros((10, 10), np.float32))
    assert worth_of(polygons, nothing, rasters[1], grid(10, 10)).tolist() == [0, 0, 0]


def test_polygons_that_cross_themselves_are_mended(tmp_path):
    bow = shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)])
    assert polygons_of(frame(bow))[0].is_valid
    # Two triangles of a hectare each.
    found = leaving(tmp_path, frame(bow), frame(bow), None, None, None, contiguous_cropland_ha=0.9999)
    assert found.polygons["C1"][0].area == pytest.approx(2e4)
    assert [part.area for part in found.polygons["C2"]] == pytest.approx([1e4, 1e4])
