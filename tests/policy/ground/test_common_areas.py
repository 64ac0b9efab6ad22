import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from shanshui.policy.ground import common_areas as module
from shanshui.policy.ground.common_areas import Sides, common_areas, near_length, runs, sums


def star(rng, middle, reach, corners):
    """Make a polygon that is seen whole from its middle."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = reach * rng.uniform(0.2, 1.0, corners)
    rim = np.asarray(middle) + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.make_valid(shapely.Polygon(rim))


def area_of(one, other):
    polygons = np.array([one, other], object)
    sides = Sides.of(polygons)
    return common_areas(sides, sides, np.array([0]), np.array([1]))[0]


RING = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))


@pytest.mark.parametrize(
    ("one", "other", "area"),
    [
        (box(0, 0, 3, 3), box(1, 2, 5, 9), 2.0),
        (box(0, 0, 3, 3), box(3, 0, 5, 3), 0.0),
        (box(0, 0, 3, 3), box(0, 3, 3, 5), 0.0),
        (box(0, 0, 3, 3), box(3, 3, 5, 5), 0.0),
        (box(0, 0, 3, 3), box(9, 9, 11, 11), 0.0),
        (box(0, 0, 9, 9), box(2, 3, 4, 4), 2.0),
        (box(0, 0, 9, 9), box(0, 0, 9, 9), 81.0),
        # The hole of 4 m2 is left out, whichever is the first.
        (RING, box(3, 3, 7, 7), 12.0),
        (RING, box(5, 5, 20, 20), 24.0),
        (RING, RING, 96.0),
        # Below the line y = x: half of the square 2 x 2 from (1, 1).
        (shapely.Polygon([(0, 0), (9, 0), (9, 9)]), box(1, 1, 3, 3), 2.0),
        # Two triangles of base 4 that cross: they have a triangle of base 4 and height 1 in common.
        (shapely.Polygon([(0, 0), (4, 0), (0, 2)]), shapely.Polygon([(0, 0), (4, 0), (4, 2)]), 2.0),
        # A roof seen from the ground below: only its ends are seen over the box.
        (shapely.Polygon([(0, 0), (0, 5), (2, 9), (4, 5), (4, 0)]), box(1, 1, 9, 3), 6.0),
        # A tooth of the one above the box: it goes up and comes down between the box's left and right.
        (shapely.Polygon([(0, 0), (0, 8), (2, 8), (2, 2), (3, 2), (3, 8), (6, 8), (6, 0)]), box(1, 1, 5, 4), 10.0),
    ],
)
def test_by_hand(one, other, area):
    for a, b in ((one, other), (other, one), (one.reverse(), other)):
        assert area_of(a, b) == pytest.approx(area, abs=1e-12)


def test_random_polygons_as_geos_has_it():
    rng = np.random.default_rng(3)
    ours = np.array([star(rng, rng.uniform(0, 100, 2), 40, 22) for _ in range(40)], object)
    theirs = np.array([star(rng, rng.uniform(0, 100, 2), 60, 57) for _ in range(40)], object)
    ours, theirs = (shapely.get_parts(each) for each in (ours, theirs))
    first, second = (each.ravel() for each in np.meshgrid(np.arange(len(ours)), np.arange(len(theirs))))
    found = common_areas(Sides.of(ours), Sides.of(theirs), first, second)
    expected = shapely.area(shapely.intersection(ours[first], theirs[second]))
    assert (expected > 0).sum() > 500
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_far_from_the_origin_no_digits_are_lost():
    rng = np.random.default_rng(4)
    one, other = star(rng, (0, 0), 40, 22), star(rng, (9, 5), 60, 57)
    away = [shapely.transform(each, lambda at: at + 2.0**22) for each in (one, other)]
    # Corners are rounded to 2^-30 m there: the rim of about 500 m sweeps less than 500 x 2^-30 m2.
    assert area_of(*away) == pytest.approx(area_of(one, other), abs=500 * 2.0**-30)


def test_each_pair_by_itself_to_the_last_bit():
    rng = np.random.default_rng(5)
    polygons = shapely.get_parts(np.array([star(rng, rng.uniform(0, 50, 2), 40, 30) for _ in range(30)], object))
    sides = Sides.of(polygons)
    first, second = (each.ravel() for each in np.meshgrid(np.arange(len(polygons)), np.arange(len(polygons))))
    whole = common_areas(sides, sides, first, second)
    some = rng.permutation(len(first))[:200]
    np.testing.assert_array_equal(whole[some], common_areas(sides, sides, first[some], second[some]))
    alone = [area_of(polygons[a], polygons[b]) for a, b in zip(first[:50], second[:50], strict=True)]
    np.testing.assert_array_equal(whole[:50], alone)


def test_sides_are_the_same_however_many_polygons_are_taken_at_once(monkeypatch):
    polygons = np.array([box(0, 0, 1, 2), RING, box(5, 5, 6, 7), RING.reverse(), box(8, 8, 9, 9)], object)
    whole = Sides.of(polygons)
    # Clockwise from the lower left corner; the hole of the second the other way round.
    assert whole.ring.tolist() == [0, 5, 10, 15, 20, 25, 30, 35]
    assert whole.polygon.tolist() == [0, 1, 3, 4, 6, 7]
    assert shapely.is_ccw(shapely.linearrings(whole.points.reshape(7, 5, 2))).tolist() == [0, 0, 1, 0, 0, 1, 0]
    monkeypatch.setattr(module, "AT_ONCE", 2)
    again = Sides.of(polygons)
    for one, other in zip(vars(whole).values(), vars(again).values(), strict=True):
        np.testing.assert_array_equal(one, other)


corner = st.tuples(st.integers(0, 8), st.integers(0, 8))


@given(st.lists(corner, min_size=3, max_size=7), st.lists(corner, min_size=3, max_size=7))
def test_corners_on_a_grid_with_sides_in_common(one, other):
    """Corners on a coarse grid: sides lie on each other, corners on sides, again and again."""
    one, other = (shapely.get_parts(shapely.make_valid(shapely.Polygon(each))) for each in (one, other))
    one, other = (each[shapely.get_type_id(each) == 3] for each in (one, other))
    for a in one:
        for b in other:
            assert area_of(a, b) == pytest.approx(a.intersection(b).area, abs=1e-11)


def test_nothing_in_nothing_out():
    nothing = Sides.of(np.array([], object))
    assert common_areas(nothing, nothing, np.array([], int), np.array([], int)).tolist() == []
    assert near_length(nothing, np.array([], int), np.empty((0, 4))).tolist() == []


@pytest.mark.parametrize(
    ("around", "length"),
    [
        ((4.0, 1.0, 6.0, 2.0), 1.0),  # of the right side
        ((-1.0, -1.0, 9.0, 9.0), 20.0),
        ((4.0, 3.0, 9.0, 9.0), 3.0),  # 1 m of the top, 2 m of the right
        ((1.0, 1.0, 2.0, 2.0), 0.0),
        ((6.0, 0.0, 7.0, 9.0), 0.0),
        ((0.0, 6.0, 5.0, 7.0), 0.0),
        ((5.0, 0.0, 9.0, 5.0), 5.0),  # along the rim of the box
    ],
)
def test_length_of_a_square_in_a_box(around, length):
    square = Sides.of(np.array([box(0, 0, 5, 5)]))
    assert near_length(square, np.array([0]), np.array([around])).tolist() == [length]


def test_length_near_boxes_is_never_less_than_within():
    rng = np.random.default_rng(6)
    polygons = shapely.get_parts(np.array([star(rng, (0, 0), 40, 30) for _ in range(20)], object))
    low = rng.uniform(-40, 20, (len(polygons), 2))
    boxes = np.hstack([low, low + rng.uniform(5, 60, low.shape)])
    found = near_length(Sides.of(polygons), np.arange(len(polygons)), boxes)
    rims = shapely.boundary(polygons)
    within = shapely.length(shapely.intersection(rims, shapely.box(*boxes.T)))
    assert (found >= within - 1e-9).all()
    assert (found <= shapely.length(rims) + 1e-9).all()
    assert found.sum() < 1.5 * within.sum()


def test_small_helpers():
    assert runs(np.array([5, 0, 9]), np.array([2, 3, 0])).tolist() == [5, 6, 0, 1, 2]
    assert sums(np.array([1, 1]), np.array([0.5, 0.25]), 3).tolist() == [0.0, 0.75, 0.0]
    assert sums(np.array([], int), np.array([]), 2).dtype == np.float64
