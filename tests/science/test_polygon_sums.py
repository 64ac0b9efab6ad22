"""Sums of rasters over polygons: by hand, against shapely's own cuts, whatever the blocks."""

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.science import polygon_sums
from shanshui.science.polygon_sums import sum_by_class, sum_over_polygons


def grid(rows, columns, side=10.0):
    return GeoBox((rows, columns), Affine(side, 0, 0, 0, -side, rows * side), "EPSG:6933")


def reading(cells):
    cells = np.asarray(cells)
    return lambda window: cells[window.row : window.row + window.height, window.column : window.column + window.width]


def boxes(*bounds):
    return np.array([shapely.box(*each) for each in bounds], object)


def test_overlapping_polygons_each_have_their_own_sum():
    wood = reading(np.array([[1, 2, 4], [8, 16, 32]], np.float32))
    # The first covers half of the left column, the second the upper middle cell and a quarter of the lower one,
    # the third all.
    polygons = boxes((0, 0, 5, 20), (10, 7.5, 20, 20), (0, 0, 30, 20))
    sums = sum_over_polygons(polygons, grid(2, 3), {"wood": wood})
    assert sums.total["wood"].tolist() == [0.5 + 4, 2 + 0.25 * 16 * 1, 63]
    assert sums.cells["wood"].tolist() == [1, 1.25, 6]
    assert sums.mean["wood"].tolist() == [4.5, 6 / 1.25, 10.5]


def test_no_data_and_cells_that_nobody_covers():
    wood = reading(np.array([[np.nan, 3.0]], np.float32))
    sums = sum_over_polygons(boxes((0, 0, 10, 10), (0, 0, 20, 10), (200, 0, 210, 10)), grid(1, 2), {"wood": wood})
    assert sums.total["wood"].tolist() == [0, 3, 0]
    assert sums.cells["wood"].tolist() == [0, 1, 0]
    np.testing.assert_array_equal(sums.mean["wood"], [np.nan, 3, np.nan])


def test_what_lies_beyond_the_grid_has_no_cells():
    asked = []

    def wood(window):
        asked.append(window)
        return np.full(window.shape, 2.0)

    sums = sum_over_polygons(boxes((-50, -50, 500, 500)), grid(3, 4), {"wood": wood})
    assert sums.total["wood"].tolist() == [24]
    assert asked == [Window(0, 0, 3, 4)]


def test_a_polygon_with_a_hole_and_one_of_two_parts():
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    pair = shapely.union(shapely.box(0, 0, 10, 10), shapely.box(20, 20, 30, 25))
    sums = sum_over_polygons(
        np.array([ring, pair]), grid(3, 3), {"n": reading(np.arange(9.0).reshape(3, 3)), "flag": reading(np.eye(3) > 0)}
    )
    # Rows from the top: the middle cell holds 4; the lower left 6, the upper right 2.
    assert sums.total["n"].tolist() == [36 - 4, 6 + 0.5 * 2]
    assert sums.total["flag"].tolist() == [2, 0]


def test_nothing_missing_and_empty():
    wood = {"wood": reading(np.ones((2, 2)))}
    none = sum_over_polygons(np.empty(0, object), grid(2, 2), wood)
    assert list(none.total.columns) == ["wood"]
    assert len(none.total) == len(none.cells) == 0
    sums = sum_over_polygons(np.array([None, shapely.Polygon(), shapely.box(0, 0, 5, 5)]), grid(2, 2), wood)
    assert sums.total["wood"].tolist() == [0, 0, 0.25]
    assert len(sum_by_class(np.empty(0, object), grid(2, 2), reading(np.ones((2, 2), int)), wood)) == 0


def test_values_of_very_different_size_do_not_drown_each_other():
    # In floating point 1e30 + 1 - 1e30 is 0 in this order.
    wood = reading(np.array([[1e30, 1.0, -1e30]]))
    assert sum_over_polygons(boxes((0, 0, 30, 10)), grid(1, 3), {"wood": wood}).total["wood"].tolist() == [1.0]


def test_an_infinite_value_is_refused():
    with pytest.raises(OverflowError):
        sum_over_polygons(boxes((0, 0, 20, 10)), grid(1, 2), {"wood": reading(np.array([[np.inf, 1.0]]))})


def test_classes_of_overlapping_polygons():
    classes = reading([[7, -1, 3], [7, 3, 3]])
    area = reading(np.array([[100, 100, 100], [200, 200, 200]]))
    polygons = boxes((0, 0, 15, 20), (15, 0, 30, 20), (10, 10, 20, 20))
    table = sum_by_class(polygons, grid(2, 3), classes, {"area": area})
    # Third: only the cell without a class.
    assert table.to_numpy().tolist() == [
        [0, 3, 0.5, 100],
        [0, 7, 2, 300],
        [1, 3, 0.5 + 2, 100 + 100 + 200],
    ]
    assert list(table.columns) == ["polygon", "class", "cells", "area"]


@pytest.mark.parametrize("block", [4, 7, 64])
def test_blocks_do_not_matter(block, monkeypatch):
    rng = np.random.default_rng(3)
    cells, kinds = rng.normal(size=(30, 41)).astype(np.float32), rng.integers(-1, 4, (30, 41))
    centres = shapely.points(rng.uniform(0, 410, 40), rng.uniform(0, 300, 40))
    polygons = shapely.buffer(centres, rng.uniform(3, 90, 40))
    wanted = sum_over_polygons(polygons, grid(30, 41), {"a": reading(cells)})
    by_class = sum_by_class(polygons, grid(30, 41), reading(kinds), {"a": reading(cells)})
    monkeypatch.setattr(polygon_sums, "BLOCK", block)
    found = sum_over_polygons(polygons, grid(30, 41), {"a": reading(cells)})
    np.testing.assert_array_equal(found.total["a"], wanted.total["a"])
    np.testing.assert_array_equal(found.cells["a"], wanted.cells["a"])
    assert by_class.equals(sum_by_class(polygons, grid(30, 41), reading(kinds), {"a": reading(cells)}))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_against_cuts_of_every_cell_by_shapely(seed, rows, columns):
    rng = np.random.default_rng(seed)
    cells, kinds = rng.normal(size=(rows, columns)), rng.integers(-1, 3, (rows, columns))
    corners = rng.uniform(-10, 10 * max(rows, columns) + 10, (4, 3, 2))
    polygons = np.array([shapely.Polygon(each) for each in corners], object)
    sums = sum_over_polygons(polygons, grid(rows, columns), {"a": reading(cells)})
    table = sum_by_class(polygons, grid(rows, columns), reading(kinds), {"a": reading(cells)})
    row, column = np.indices((rows, columns)).reshape(2, -1)
    top = rows * 10.0
    square = shapely.box(column * 10.0, top - row * 10.0 - 10, column * 10.0 + 10, top - row * 10.0)
    share = shapely.area(shapely.intersection(polygons[:, None], square[None])) / 100
    np.testing.assert_allclose(sums.total["a"], share @ cells.ravel(), atol=1e-6)
    np.testing.assert_allclose(sums.cells["a"], share.sum(1), atol=1e-6)
    for polygon, kind, count, amount in table.to_numpy():
        of_kind = share[int(polygon)] * (kinds.ravel() == kind)
        assert kind >= 0
        assert count == pytest.approx(of_kind.sum(), abs=1e-6)
        assert amount == pytest.approx(of_kind @ cells.ravel(), abs=1e-6)
    in_classes = table.groupby("polygon")["cells"].sum().reindex(range(4), fill_value=0)
    np.testing.assert_allclose(in_classes, share @ (kinds.ravel() >= 0), atol=1e-6)


def test_a_partition_adds_up_to_its_whole():
    rng = np.random.default_rng(5)
    cells = rng.uniform(0, 9, (20, 20)).astype(np.float32)
    whole = shapely.box(3, 3, 188, 171)
    cut = shapely.get_parts(
        shapely.polygonize(
            shapely.get_parts(
                shapely.node(shapely.union_all([whole.boundary, *shapely.linestrings(rng.uniform(0, 200, (12, 2, 2)))]))
            )
        )
    )
    parts = cut[shapely.covers(whole.buffer(1e-9), cut)]
    sums = sum_over_polygons(np.append(parts, whole), grid(20, 20), {"a": reading(cells)}).total["a"].to_numpy()
    assert len(parts) == 10
    assert sums[:-1].sum() == pytest.approx(sums[-1], rel=1e-8)


def test_a_cell_that_many_polygons_part_is_shared_without_rest():
    # Twelve thin triangles around one point, none of whose shares is a round number.
    angles = np.linspace(0, 2 * np.pi, 13)
    rim = np.column_stack([3.7 + 9 * np.cos(angles), 4.1 + 9 * np.sin(angles)])
    parts = np.array([shapely.Polygon([(3.7, 4.1), *rim[k : k + 2]]) for k in range(12)])
    sums = sum_over_polygons(parts, grid(1, 1), {"n": reading(np.array([[1.0]]))})
    whole = shapely.area(shapely.intersection(shapely.union_all(parts), shapely.box(0, 0, 10, 10))) / 100
    assert sums.total["n"].sum() == pytest.approx(whole, abs=12 / 2**29)


@pytest.mark.parametrize(
    "transform",
    [
        Affine(10, 0, 0, 0, 10, 0),
        Affine(-10, 0, 80, 0, -10, 60),
        Affine.translation(20, 30) @ Affine.rotation(33.0) @ Affine.scale(7, -4),
    ],
)
def test_grids_that_are_turned(transform):
    rng = np.random.default_rng(1)
    cells = rng.random((6, 8))
    turned = GeoBox((6, 8), transform, "EPSG:6933")
    polygons = shapely.buffer(shapely.points(rng.uniform(0, 60, 9), rng.uniform(0, 60, 9)), rng.uniform(2, 20, 9))
    row, column = np.indices((6, 8)).reshape(2, -1)
    corners = [transform * (column + dx, row + dy) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))]
    squares = shapely.polygons(np.moveaxis(np.array(corners), 0, 1).transpose(2, 1, 0))
    share = shapely.area(shapely.intersection(polygons[:, None], squares)) / shapely.area(squares)
    sums = sum_over_polygons(polygons, turned, {"n": reading(cells)})
    np.testing.assert_allclose(sums.total["n"], share @ cells.ravel(), atol=1e-6)


def test_polygons_that_cross_themselves_and_are_wound_either_way():
    bow = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
    ring = [(0, 0), (20, 0), (20, 20), (0, 20)]
    hole = [(5, 5), (15, 5), (15, 15), (5, 15)]
    wound = [shapely.Polygon(one, [other]) for one in (ring, ring[::-1]) for other in (hole, hole[::-1])]
    ones = {"n": reading(np.ones((2, 2)))}
    assert sum_over_polygons(np.array([bow, *wound]), grid(2, 2), ones).total["n"].tolist() == [2, 3, 3, 3, 3]


@pytest.mark.parametrize("together", [1, 3000, 2**21])
def test_how_many_are_looked_at_together_does_not_matter(together, monkeypatch):
    # Eighty polygons over the same cells.
    monkeypatch.setattr(polygon_sums, "TOGETHER", together)
    polygons = np.array([shapely.box(0, 0, 300, 300), *[shapely.box(-50, 100, 200, 200)] * 79])
    sums = sum_over_polygons(polygons, grid(40, 40), {"n": reading(np.ones((40, 40)))})
    assert sums.total["n"].tolist() == [900.0] + [200.0] * 79


def test_steep_sides_in_every_column():
    # A strip of a thousandth of a cell that climbs through all rows, within one column and across one.
    for lean in (0.0, 1e-11, 0.3, 13.0):
        strip = shapely.Polygon([(13.2, 0), (13.21, 0), (13.21 + lean, 200), (13.2 + lean, 200)])
        sums = sum_over_polygons(np.array([strip]), grid(20, 3), {"n": reading(np.ones((20, 3)))})
        assert sums.total["n"][0] == pytest.approx(0.02, abs=1e-6)
