import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from shanshui.policy.ground import divided as module
from shanshui.policy.ground.divided import VERTICES, divided, polygon_parts


def wavy(corners, seed=0, middle=(0.0, 0.0), reach=1000.0):
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    waves = 2 ** np.arange(1, 8)
    rim = (np.sin(np.outer(angle, waves) + rng.uniform(0, 6, len(waves))) / waves**0.8).sum(axis=1)
    radius = reach * np.exp(0.5 * rim)
    return shapely.Polygon(np.asarray(middle) + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def objects(*values):
    out = np.empty(len(values), object)
    out[:] = values
    return out


def checked(polygons, pieces, owner, vertices=VERTICES):
    """Assert that the pieces are the polygons: no more, no less, none twice, none large."""
    assert (np.diff(owner) >= 0).all()
    assert shapely.is_valid(pieces).all()
    assert (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON).all()
    assert shapely.get_num_coordinates(pieces).max() <= vertices
    for place, polygon in enumerate(polygons):
        mine = pieces[owner == place]
        assert shapely.area(mine).sum() == pytest.approx(polygon.area, rel=1e-9)
        together = shapely.union_all(mine)
        assert together.symmetric_difference(polygon).area <= 1e-9 * polygon.area


def test_what_is_small_stays_what_it_is():
    polygons = objects(box(0, 0, 1, 1), wavy(VERTICES - 1))
    pieces, owner = divided(polygons)
    assert owner.tolist() == [0, 1]
    assert pieces[0] is polygons[0]
    assert pieces[1] is polygons[1]


def test_one_vertex_more_and_it_is_divided():
    # A ring of so many corners has one coordinate more, since it ends where it begins.
    pieces, owner = divided(objects(wavy(VERTICES)))
    assert len(pieces) > 1
    assert set(owner) == {0}


def test_pieces_are_the_polygon():
    hole = wavy(300, 1, reach=200.0)
    polygons = objects(wavy(3000), box(0, 0, 5, 5), wavy(900, 2, (3000, 0)).difference(hole), wavy(2000, 3))
    pieces, owner = divided(polygons)
    checked(polygons, pieces, owner)
    assert len(pieces) > 40


def test_within_the_polygon_pieces_are_rectangles():
    pieces, _ = divided(objects(shapely.Point(0, 0).buffer(1000, quad_segs=1024)))
    plain = pieces[shapely.get_num_coordinates(pieces) == 5]
    assert len(plain) > 0
    np.testing.assert_allclose(shapely.area(plain), shapely.area(shapely.envelope(plain)))


def test_halves_are_cut_across_the_longer_extent():
    # 200 x 2 with 201 teeth along a long side: all cuts are upright, so every piece is 2 high.
    upper = [(x, 2 - x % 2) for x in range(200, -1, -1)]
    pieces, _ = divided(objects(shapely.Polygon([(0, 0), (200, 0), *upper])), 60)
    left, bottom, _, top = shapely.bounds(pieces).T
    np.testing.assert_allclose(top - bottom, 2.0)
    assert sorted(left) == [0.0, 50.0, 100.0, 150.0]
    upright = shapely.transform(pieces, lambda at: at[:, ::-1])
    turned, _ = divided(objects(shapely.Polygon([(0, 0), (0, 200), *[(y, x) for x, y in upper]])), 60)
    assert shapely.equals(shapely.union_all(turned), shapely.union_all(upright))
    np.testing.assert_allclose(np.ptp(shapely.bounds(turned)[:, ::2], axis=1), 2.0)


def test_parts_and_what_is_no_polygon():
    several = shapely.MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])
    mixed = shapely.GeometryCollection([shapely.Point(0, 0), several, box(5, 5, 6, 6)])
    given_ = objects(None, shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)]), several, mixed)
    pieces, owner = divided(given_)
    assert owner.tolist() == [3, 3, 4, 4, 4]
    assert shapely.area(pieces).tolist() == [1.0] * 5
    parts, whose = polygon_parts(given_[3:], np.array([7, 9]))
    assert whose.tolist() == [7, 7, 9, 9, 9]
    assert len(parts) == 5
    nothing, no_owner = divided(objects())
    assert len(nothing) == len(no_owner) == 0
    assert no_owner.dtype == np.int64


@pytest.mark.parametrize("spoil", ["lost", "invalid"])
def test_where_fast_cutting_fails_the_sure_way_is_taken(monkeypatch, spoil):
    """Cutting loses one part of the plane for the first polygon only: that one is cut again, the other stays."""
    polygons = objects(wavy(1000), wavy(1000, 5, (20_000, 0)))
    fast = module._clipped
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])

    def spoiled(shapes, *sides):
        out = fast(shapes, *sides)
        first = shapely.bounds(out)[:, 0] < 10_000
        if spoil == "lost":
            out[first] = shapely.Polygon()
        else:
            out[first] = [shapely.MultiPolygon([*shapely.get_parts(each), bow_tie]) for each in out[first]]
        return out

    monkeypatch.setattr(module, "_clipped", spoiled)
    pieces, owner = divided(polygons)
    checked(polygons, pieces, owner)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 400), st.integers(8, 60))
def test_any_polygon(seed, corners, vertices):
    polygon = wavy(corners, seed)
    if polygon.is_valid:
        pieces, owner = divided(objects(polygon, box(0, 0, 1, 1)), vertices)
        checked([polygon, box(0, 0, 1, 1)], pieces, owner, vertices)


def test_a_polygon_at_which_clipping_gives_up_is_overlaid():
    corners = [(19478.030496830634, -19302.574363699187), (19444.418725813983, -19392.469242489966)]
    triangle = shapely.Polygon([*corners, (19459.756937713588, -19351.44710477222)])
    assert triangle.is_valid
    sides = [
        np.array([side]) for side in (17483.33675258331, -21418.491633361897, 20449.04064051093, -19391.224175882584)
    ]
    polygons = np.empty(1, object)
    polygons[0] = triangle
    (clipped,) = module._clipped(polygons, *sides)
    assert clipped.area == pytest.approx(triangle.intersection(box(*(side[0] for side in sides))).area)
