import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from shanshui.science.faces import planarise
from shanshui.science.faces_sides import sides_of
from shanshui.science.fragmentation import fragmentation, fragmentation_together

UTM = pyproj.CRS("EPSG:32648")
SCALE = 0.9996
COLUMNS = ["patches", "area_m2", "largest_share", "mesh_m2", "division", "edge_m"]


def box(x, y, width, height):
    return shapely.box(500_000 + x, y, 500_000 + x + width, y + height)


def array(*polygons):
    out = np.empty(len(polygons), object)
    out[:] = polygons
    return out


def measured(*polygons):
    faces = planarise({"a": array(*polygons)}, UTM)
    sides = sides_of(faces, UTM)
    tables = [each(faces, sides)[COLUMNS] for each in (fragmentation, fragmentation_together)]
    for table in tables:
        table[["area_m2", "mesh_m2"]] *= SCALE**2
        table["edge_m"] *= SCALE
    return [table.to_numpy() for table in tables]


def test_three_patches_by_hand():
    # 10,000 + 30,000 + 60,000 m2: mesh (1 + 9 + 36) 1e8 / 1e5 = 46,000; division 1 - 0.46; rims 400 + 800 + 1,000.
    patches = shapely.MultiPolygon([box(0, 0, 100, 100), box(200, 0, 300, 100), box(600, 0, 300, 200)])
    expected = [3, 1e5, 0.6, 46_000, 0.54, 2_200]
    for table in measured(patches):
        assert table[0] == pytest.approx(expected, rel=1e-6)


def test_one_patch_is_not_divided_and_holes_have_rims():
    ring = box(0, 0, 300, 300) - box(100, 100, 100, 100)
    for table in measured(ring):
        assert table[0] == pytest.approx([1, 80_000, 1, 80_000, 0, 1_600], rel=1e-6, abs=1e-9)


def test_corners_do_not_hold_together():
    own, together = measured(shapely.MultiPolygon([box(0, 0, 100, 100), box(100, 100, 100, 100)]))
    assert own[0] == pytest.approx([2, 20_000, 0.5, 10_000, 0.5, 800], rel=1e-6)
    assert together[0] == pytest.approx(own[0])


def test_together_no_place_counts_twice_and_neighbours_are_one_patch():
    # Two that overlap on 50 x 100, a third beside them, a fourth apart.
    own, together = measured(box(0, 0, 100, 100), box(50, 0, 100, 100), box(150, 0, 50, 100), box(500, 0, 100, 100))
    assert own[:, 0].tolist() == [1, 1, 1, 1]
    assert own[:, 1] == pytest.approx([1e4, 1e4, 5e3, 1e4], rel=1e-6)
    assert own[:, 5] == pytest.approx([400, 400, 300, 400], rel=1e-6)
    # 200 x 100 and 100 x 100: mesh (4 + 1) 1e8 / 3e4.
    assert together[0] == pytest.approx([2, 3e4, 2 / 3, 5e4 / 3, 4 / 9, 1_000], rel=1e-6)


def test_another_area_across_does_not_divide():
    road = box(140, -50, 20, 200)
    own, _ = measured(box(0, 0, 300, 100), road)
    assert own[0] == pytest.approx([1, 30_000, 1, 30_000, 0, 800], rel=1e-6, abs=1e-9)


def test_without_area():
    own, together = measured(shapely.Polygon())
    for table in (own, together):
        assert table[0, [0, 1, 5]].tolist() == [0, 0, 0]
        assert np.isnan(table[0, 2:5]).all()
    own, together = measured()
    assert (own.shape, together.shape) == ((0, 6), (1, 6))
    own, _ = measured(shapely.Polygon(), box(0, 0, 100, 100))
    assert own[:, 0].tolist() == [0, 1]


CELL = 100


def drawn(cells):
    rows, columns = np.nonzero(cells)
    return shapely.union_all([box(CELL * j, CELL * i, CELL, CELL) for i, j in zip(rows, columns, strict=True)])


def by_cells(cells):
    labels, count = ndimage.label(cells)
    sizes = np.bincount(labels.ravel())[1:] * CELL**2
    around = np.pad(cells, 1).astype(int)
    rim = np.abs(np.diff(around, axis=0)).sum() + np.abs(np.diff(around, axis=1)).sum()
    whole = sizes.sum()
    return [count, whole, sizes.max() / whole, (sizes**2).sum() / whole, 1 - ((sizes / whole) ** 2).sum(), rim * CELL]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from([0.3, 0.6, 0.9]))
def test_agrees_with_a_count_of_cells(seed, count, density):
    random = np.random.default_rng(seed)
    cells = [random.random((6, 7)) < density for _ in range(count)]
    for each in cells:
        each[random.integers(6), random.integers(7)] = True
    own, together = measured(*(drawn(each) for each in cells))
    for row, each in zip(own, cells, strict=True):
        assert row == pytest.approx(by_cells(each), rel=1e-5, abs=1e-7)
    assert together[0] == pytest.approx(by_cells(np.any(cells, axis=0)), rel=1e-5, abs=1e-7)
    # What lies in a mesh is no more than there is, and the more divided the less.
    assert (own[:, 3] <= own[:, 1] * (1 + 1e-9)).all()
    assert own[:, 4] == pytest.approx(1 - own[:, 3] / own[:, 1], abs=1e-9)
