"""Features on cells: shares, values and sums, the same for every window."""

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.data import burned
from shanshui.data.burned import BurnedFeatures, BurnedRanges, placed, touches_grid

UTM = "EPSG:32648"
LEFT, TOP, CELL = 400_000.0, 3_000_000.0, 100.0


def grid(rows, columns, crs=UTM, cell=CELL, left=LEFT, top=TOP):
    return GeoBox((rows, columns), Affine(cell, 0, left, 0, -cell, top), crs)


def cells(*geometries):
    """Geometries drawn in columns and rows, rows downwards."""
    return shapely.transform(np.array(geometries, object), lambda xy: xy * (1, -1))


def frame(*geometries, crs=UTM):
    """The same in metres of the grid."""
    drawn = shapely.transform(np.array(geometries, object), lambda xy: xy * (CELL, -CELL) + (LEFT, TOP))
    return geopandas.GeoDataFrame(geometry=drawn, crs=UTM).to_crs(crs)


def whole(features, rows, columns):
    return features.read(Window(0, 0, rows, columns))


def test_features_are_placed_in_columns_and_rows():
    drawn = shapely.box(1, 2, 4, 3)
    found = placed(frame(drawn, shapely.Point(0.5, 1.5)), grid(5, 6))
    assert found[0].bounds == pytest.approx((1, -3, 4, -2))
    assert (found[1].x, found[1].y) == pytest.approx((0.5, -1.5))


def test_features_in_other_coordinates_come_to_the_same_place():
    drawn = frame(shapely.box(1, 2, 4, 3), crs="EPSG:4326")
    assert placed(drawn, grid(5, 6))[0].bounds == pytest.approx((1, -3, 4, -2), abs=1e-3)


def test_what_is_far_away_is_cut_off_and_does_not_touch_the_grid():
    band = frame(shapely.box(-1e4, 1, 1e4, 2), shapely.box(100, 100, 110, 110), shapely.box(6, 0, 7, 1))
    found = placed(band, grid(5, 6))
    left, _, right, _ = found[0].bounds
    assert -1.0 < left < 0.0 < 6.0 < right < 7.0
    assert touches_grid(found, (5, 6)).tolist() == [True, False, True]
    assert touches_grid(cells(shapely.box(6.01, 0, 7, 1), shapely.box(0, 5.01, 1, 6)), (5, 6)).tolist() == [
        False,
        False,
    ]


def test_what_moving_broke_is_mended_and_keeps_its_area():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    spike = shapely.Polygon([(3, 0), (5, 0), (5, 2), (4, 2), (4, 4), (4, 2), (3, 2)])
    found = placed(frame(bow, spike), grid(5, 6))
    assert shapely.is_valid(found).all()
    assert set(shapely.get_dimensions(found)) == {2}
    assert not set(shapely.get_type_id(found)) & {shapely.GeometryType.GEOMETRYCOLLECTION}
    np.testing.assert_allclose(shapely.area(found), [2, 4])


def test_shares_of_cells_by_hand():
    # A box over a quarter of cell (0, 0), half of (0, 1) and (1, 0), all of (1, 1).
    found = whole(BurnedFeatures(cells(shapely.box(0.5, 0.5, 2, 2)), (3, 3)), 3, 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.25, 0.5, 0], [0.5, 1, 0], [0, 0, 0]])


def test_polygons_that_overlap_cover_a_cell_once():
    twice = cells(shapely.box(0, 0, 0.75, 1), shapely.box(0.25, 0, 1, 1), shapely.box(0.25, 0, 1, 1))
    np.testing.assert_array_equal(whole(BurnedFeatures(twice, (1, 2)), 1, 2), [[1, 0]])


def test_percent_of_cells():
    found = BurnedFeatures(cells(shapely.box(0, 0, 0.5, 1)), (1, 2), scale=100.0)
    np.testing.assert_array_equal(whole(found, 1, 2), [[50, 0]])


def test_lines_and_points_give_one_to_what_they_touch():
    line, point = shapely.LineString([(0.2, 0.9), (2.8, 0.95)]), shapely.Point(1.5, 2.5)
    found = whole(BurnedFeatures(cells(line, point, shapely.box(0, 2, 0.5, 3)), (3, 3)), 3, 3)
    np.testing.assert_array_equal(found, [[1, 1, 1], [0, 0, 0], [0.5, 1, 0]])


def test_beyond_the_grid_cells_are_empty():
    found = BurnedFeatures(cells(shapely.box(-9, -9, 9, 9)), (2, 2)).read(Window(-1, -1, 4, 4))
    assert np.isnan(found).sum() == 12
    np.testing.assert_array_equal(found[1:3, 1:3], 1)
    assert np.isnan(BurnedFeatures(cells(shapely.box(-9, -9, 9, 9)), (2, 2)).read(Window(5, 0, 2, 2))).all()


def test_of_several_polygons_the_smallest_that_holds_the_centre_wins():
    drawn = cells(shapely.box(1, 1, 2, 2), shapely.box(0, 0, 4, 4), shapely.box(0, 0, 2.4, 3))
    codes, sizes = np.array([7, 8, 9]), shapely.area(drawn)
    expected = [[9, 9, 8, 8, -1], [9, 7, 8, 8, -1], [9, 9, 8, 8, -1], [8, 8, 8, 8, -1]]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        found = BurnedFeatures(drawn[order], (4, 5), values=codes[order], sizes=sizes[order], empty=-1, dtype=np.int32)
        np.testing.assert_array_equal(whole(found, 4, 5), expected)
        assert whole(found, 4, 5).dtype == np.int32


def test_a_line_gives_its_value_to_every_cell_it_touches():
    line = shapely.LineString([(0.1, 0.8), (3.9, 1.6)])
    # It crosses y = 1 at x = 1.05: cells (0, 0), (0, 1) and then (1, 1) to (1, 3).
    found = whole(BurnedFeatures(cells(line), (2, 4), values=np.array([7.0]), sizes=np.zeros(1)), 2, 4)
    nothing = np.nan
    np.testing.assert_array_equal(found, [[7, 7, nothing, nothing], [nothing, 7, 7, 7]])


def test_a_grid_across_the_date_line_has_features_on_both_sides():
    # Mercator around 150 degrees east; 180 degrees lies at 30 degrees of the equator's length.
    middle = np.radians(30) * 6378137.0
    here = grid(10, 10, "EPSG:3832", 1000.0, middle - 5000.0, 5000.0)
    degree = np.degrees(1000.0 / 6378137.0)
    boxes = [shapely.box(180 - 3 * degree, -degree, 180 - degree, degree), shapely.box(-180, 0, degree - 180, degree)]
    found = placed(geopandas.GeoDataFrame(geometry=boxes, crs="EPSG:4326"), here)
    np.testing.assert_allclose(found[0].bounds, (2, -6, 4, -4), atol=0.01)
    np.testing.assert_allclose(found[1].bounds, (5, -5, 6, -4), atol=0.01)


def test_lines_and_points_lie_on_polygons():
    drawn = cells(shapely.Point(0.5, 0.5), shapely.LineString([(0.5, 0.5), (2.5, 0.5)]), shapely.box(0, 0, 3, 2))
    values = np.array([0.25, 0.5, 0.75])
    found = whole(BurnedFeatures(drawn, (2, 4), values=values, sizes=shapely.area(drawn)), 2, 4)
    np.testing.assert_array_equal(found, [[0.25, 0.5, 0.5, np.nan], [0.75, 0.75, 0.75, np.nan]])


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(burned, "BLOCK", 16)


coordinates = st.floats(-5, 45, allow_nan=False, width=32)


@st.composite
def triangles(draw):
    found = []
    for _ in range(draw(st.integers(1, 5))):
        corners = [(draw(coordinates), draw(coordinates)) for _ in range(3)]
        polygon = shapely.Polygon(corners)
        if polygon.is_valid and polygon.area > 1e-3:
            found.append(polygon)
    return cells(*found) if found else np.empty(0, object)


@settings(max_examples=60, deadline=None)
@given(drawn=triangles(), row=st.integers(-3, 35), column=st.integers(-3, 35), rows=st.integers(1, 30))
def test_a_cell_is_the_same_in_every_window(drawn, row, column, rows):
    window = Window(row, column, rows, 20)
    values = np.arange(len(drawn), dtype=float)
    for features in (
        BurnedFeatures(drawn, (40, 40)),
        BurnedFeatures(drawn, (40, 40), values=values, sizes=shapely.area(drawn)),
    ):
        padded = features.read(Window(-40, -40, 120, 120))
        part = padded[row + 40 : row + 40 + rows, column + 40 : column + 60]
        np.testing.assert_array_equal(features.read(window), part)


@settings(max_examples=60, deadline=None)
@given(drawn=triangles())
def test_shares_lie_in_0_to_1_and_add_up_to_the_area_of_the_union(drawn):
    found = whole(BurnedFeatures(drawn, (40, 40)), 40, 40).astype(float)
    assert found.min() >= 0
    assert found.max() <= 1
    union = shapely.union_all(drawn).intersection(shapely.box(0, -40, 40, 0))
    assert found.sum() == pytest.approx(union.area, abs=1e-2)


def test_blocks_join_without_a_seam(small_blocks):
    circle = shapely.Point(20.3, -21.1).buffer(14.7)
    line = shapely.LineString([(0.3, -38.6), (39.5, -0.5)])
    both = np.array([circle, line], object)
    rows, columns = np.mgrid[:40, :40]
    inside = shapely.contains_xy(circle, columns + 0.5, -rows - 0.5)
    found = whole(BurnedFeatures(both[:1], (40, 40), values=np.array([3.0]), sizes=np.ones(1)), 40, 40)
    np.testing.assert_array_equal(np.isfinite(found), inside)
    shares = whole(BurnedFeatures(both[:1], (40, 40)), 40, 40)
    exact = [[shapely.box(c, -r - 1, c + 1, -r).intersection(circle).area for c in range(40)] for r in range(40)]
    np.testing.assert_allclose(shares, exact, atol=1e-6)
    touched = whole(BurnedFeatures(both[1:], (40, 40)), 40, 40)
    crossed = [
        [shapely.box(c, -r - 1, c + 1, -r).intersection(line).length > 1e-6 for c in range(40)] for r in range(40)
    ]
    np.testing.assert_array_equal(touched > 0, crossed)


def test_blocks_that_are_let_go_come_back_the_same(small_blocks, monkeypatch):
    monkeypatch.setattr(burned, "BLOCKS_KEPT", 1)
    features = BurnedFeatures(np.array([shapely.Point(20, -20).buffer(15)], object), (40, 40))
    first = whole(features, 40, 40)
    np.testing.assert_array_equal(whole(features, 40, 40), first)


def test_sums_over_ranges_count_each_centre_once(small_blocks):
    holes = shapely.box(2, -30, 30, -2).difference(shapely.box(10, -12, 13, -8))
    parts = shapely.MultiPolygon([shapely.box(0, -5, 7, 0), shapely.box(20, -38, 38, -20)])
    drawn = np.array([holes, parts, shapely.Point(15, -15).buffer(9), shapely.Polygon()], object)
    rows, columns = np.mgrid[:40, :40]
    weights = np.array([1.0, 0.25, 1e-3, 5.0])
    expected = sum(
        w * shapely.contains_xy(one, columns + 0.5, -rows - 0.5) for w, one in zip(weights, drawn, strict=True)
    )
    ranges = BurnedRanges(drawn, (40, 40))
    found = ranges.sum(weights, Window(0, 0, 40, 40))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected.astype(np.float32))
    # Other weights do not meet the blocks that were made for the first ones.
    np.testing.assert_array_equal(ranges.sum(0 * weights, Window(0, 0, 40, 40)), 0)
    halo = ranges.sum(weights, Window(-2, 5, 44, 40))
    np.testing.assert_array_equal(halo[2:-2, :35], found[:, 5:])
    assert np.isnan(halo[:2]).all()
    assert np.isnan(halo[:, 35:]).all()
