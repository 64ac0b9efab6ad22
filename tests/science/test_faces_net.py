import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.faces_net import polygonize


def bytes_of(polygons):
    return sorted(shapely.to_wkb(shapely.normalize(np.asarray(polygons, object))).tolist())


def net_of(*polygons):
    return shapely.unary_union([polygon.boundary for polygon in polygons])


@pytest.mark.parametrize(
    ("net", "areas"),
    [
        (shapely.MultiLineString(), []),
        (shapely.LineString(), []),
        (shapely.LineString([(0, 0), (1, 0)]), []),
        (shapely.LinearRing([(0, 0), (2, 0), (2, 2), (0, 2)]), [4]),
        (shapely.LineString([(0, 0), (0, 2), (2, 2), (2, 0), (0, 0)]), [4]),
        # a line that ends nowhere, inside and outside
        (
            shapely.MultiLineString([[(0, 0), (2, 0)], [(2, 0), (2, 2), (0, 0)], [(2, 0), (3, 1)], [(0, 0), (1, 0.5)]]),
            [2],
        ),
        # two triangles joined by a line
        (
            shapely.MultiLineString(
                [[(0, 0), (2, 0), (0, 2), (0, 0)], [(2, 0), (5, 0)], [(5, 0), (6, 0), (6, 1), (5, 0)]]
            ),
            [2, 0.5],
        ),
        # a hole that touches its shell in a corner, from either first point
        (net_of(shapely.box(0, 0, 4, 4), shapely.Polygon([(0, 0), (2, 1), (1, 2)])), [14.5, 1.5]),
        # two squares that touch in a corner, in a ring
        (net_of(shapely.box(0, 0, 9, 9), shapely.box(1, 1, 3, 3), shapely.box(3, 3, 5, 6)), [71, 4, 6]),
        # an island in a hole in a hole
        (net_of(*(shapely.box(n, n, 9 - n, 9 - n) for n in range(4))), [81 - 49, 49 - 25, 25 - 9, 9]),
    ],
)
def test_faces_by_hand(net, areas):
    faces = polygonize(net)
    assert sorted(face.area for face in faces) == pytest.approx(sorted(areas))
    assert shapely.is_valid(faces).all()


def test_a_line_of_very_many_points():
    # More than two bytes can count, and a second line behind it.
    circle = shapely.Point(0, 0).buffer(10, quad_segs=20_000)
    net = shapely.MultiLineString([circle.exterior.coords, shapely.box(2, 2, 3, 3).exterior.coords])
    assert sorted(face.area for face in polygonize(net)) == pytest.approx([1, circle.area - 1])


point = st.tuples(st.integers(0, 7), st.integers(0, 7))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(point, min_size=2, max_size=8), min_size=1, max_size=8), st.floats(0, 3))
def test_faces_of_any_lines_are_those_of_geos(lines, turn):
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    placed = [shapely.LineString(np.array(line, float) * 100 @ rotation) for line in lines]
    net = shapely.unary_union(placed, grid_size=2.0**-30)
    known = shapely.get_parts(shapely.polygonize([net]))
    assert bytes_of(polygonize(net)) == bytes_of(known)
