import math

import numpy as np
import pytest
import shapely
from shapely import box

from shanshui.policy.ground.united import GRID, all_or_part, united
from shanshui.policy.ground.widths import DUST, disc_area, wider


def objects(*values):
    out = np.empty(len(values), object)
    out[:] = values
    return out


L = box(0, 0, 100, 4).union(box(0, 0, 4, 100))
STAR = shapely.union_all([box(-50, -2.4, 50, 2.4), box(-2.4, -50, 2.4, 50)])


@pytest.mark.parametrize(
    ("shape", "width", "wide"),
    [
        (box(0, 0, 100, 4.9), 5.0, False),
        (box(0, 0, 100, 5.0), 5.0, False),
        (box(0, 0, 100, 5.1), 5.0, True),
        (box(0, 0, 5.1, 5.1), 5.0, True),
        (box(0, 0, 4.9, 4.9), 5.0, False),
        # 25 m2 of a square and 19.6 m2 of the disc in it.
        (box(0, 0, 5.0, 5.0), 5.0, False),
        (shapely.Point(0, 0).buffer(2.6, quad_segs=64), 5.0, True),
        (shapely.Point(0, 0).buffer(2.45, quad_segs=64), 5.0, False),
        # The corner of an L of 4 m: the disc at both outer sides and the inner corner has (4 - r) sqrt(2) = r, so
        # r = 4 sqrt(2) / (1 + sqrt(2)) = 2.343 and the width is 4.686.
        (L, 4.6, True),
        (L, 4.8, False),
        # Arms of 4.8 m that cross: the disc through the four inner corners is 4.8 sqrt(2) = 6.788 m wide.
        (STAR, 6.7, True),
        (STAR, 6.9, False),
        # Neither of two parts is wide.
        (shapely.MultiPolygon([box(0, 0, 50, 3), box(0, 10, 50, 13)]), 5.0, False),
        (shapely.MultiPolygon([box(0, 0, 50, 3), box(0, 10, 50, 16)]), 5.0, True),
        (shapely.GeometryCollection([shapely.LineString([(0, 0), (99, 99)]), box(0, 0, 50, 6)]), 5.0, True),
        # A strip of 12 m with a slit in the middle, and with a hole that leaves 6 m.
        (box(0, 0, 100, 12).difference(box(1, 5.9, 99, 6.1)), 6.0, False),
        (box(0, 0, 100, 12).difference(box(1, 4, 99, 4.1)), 6.0, True),
        (shapely.Polygon(), 5.0, False),
        (shapely.LineString([(0, 0), (9, 9)]), 5.0, False),
        (None, 5.0, False),
        (box(0, 0, 100, 0.0009), DUST, False),
        (box(0, 0, 100, 0.0011), DUST, True),
    ],
)
def test_widths_by_hand(shape, width, wide):
    assert wider(objects(shape), width).tolist() == [wide]
    if shape is not None:
        assert wider(objects(box(0, 0, 9e9, 9e9), shape), np.array([1.0, width])).tolist() == [True, wide]


def test_each_has_its_own_width():
    strips = objects(*[box(0, 0, 100, 6)] * 3)
    assert wider(strips, np.array([5.0, 7.0, 5.9])).tolist() == [True, False, True]


def test_shapes_of_random_rims_as_the_greatest_circle_has_it():
    rng = np.random.default_rng(1)
    shapes = []
    for _ in range(60):
        angle = np.sort(rng.uniform(0, 2 * math.pi, 20))
        rim = rng.uniform(2, 30, 20)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        shapes.append(shapely.make_valid(shapely.Polygon(rim)))
    shapes = shapely.get_parts(objects(*shapes))
    depth = 2 * shapely.length(shapely.maximum_inscribed_circle(shapes, 1e-3))
    for share, wide in ((0.99, True), (1.01, False)):
        assert (wider(shapes, share * depth) == wide).all()


def test_disc():
    assert disc_area(2.0) == pytest.approx(math.pi)


def test_pieces_together_are_as_wide_as_the_whole():
    """Two strips of 3 m side by side, each divided, with a crack of rounding between them."""
    crack = 1e-10
    pieces = objects(box(0, 0, 50, 3), box(0, 3 + crack, 50, 6), box(50, 0, 100, 3), box(50 + crack, 3, 100, 6))
    alone = objects(box(0, 0, 1, 1))
    together = united(np.concatenate([pieces, alone]), np.array([2, 2, 2, 2, 0]), 4, GRID)
    assert together[0] is alone[0]
    assert together[1].is_empty
    assert together[3].is_empty
    assert together[2].area == pytest.approx(600.0)
    assert wider(together, 5.9).tolist() == [False, False, True, False]
    assert not wider(pieces, 5.9).any()


def test_united_leaves_lines_out():
    mixed = shapely.GeometryCollection([shapely.LineString([(0, 0), (5, 5)]), box(0, 0, 1, 1)])
    found = united(objects(mixed, shapely.Point(0, 0)), np.array([1, 0]), 2)
    assert found[0].is_empty
    assert found[1].equals(box(0, 0, 1, 1))


def test_the_whole_is_told_without_the_error_of_rounding():
    # The rim of 400 m by a micrometre: 4e-4 m2.
    parcel = objects(*[box(0, 0, 100, 100)] * 5)
    found = all_or_part(np.array([10_000.1, 9_999.9997, 9_999.9995, 500.0, 0.0]), parcel)
    assert found.tolist() == [10_000.0, 10_000.0, 9_999.9995, 500.0, 0.0]
