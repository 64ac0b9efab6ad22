import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from shanshui.policy.ground import control_layers as module
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers, Overlaps


def objects(*values):
    out = np.empty(len(values), object)
    out[:] = values
    return out


def layer(name, *polygons, **others):
    return ControlLayer.of(name, polygons, [f"{name}-{place}" for place in range(len(polygons))], **others)


def laid(parcels, *polygons, extent=None, **others):
    """Lay parcels over one layer, "a"."""
    return ControlLayers([layer("a", *polygons, **others)], extent).overlaps(objects(*parcels))


def star(rng, middle, reach, corners):
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = reach * rng.uniform(0.2, 1.0, corners)
    rim = np.asarray(middle) + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.make_valid(shapely.Polygon(rim))


def table(found):
    return list(zip(found.parcel, found.layer, found.polygon, found.area_m2, found.sliver, strict=True))


def test_squares_by_hand():
    control = ControlLayers(
        [
            layer("a", box(0, 0, 10, 10), box(10, 0, 20, 10), scale=1_000),
            layer("none", scale=1_000),
            layer("b", box(5, 5, 100, 100), scale=1_000),
        ]
    )
    assert list(control) == ["a", "none", "b"]
    assert len(control) == 3
    assert control["b"].keys.tolist() == ["b-0"]
    found = control.overlaps(
        objects(box(8, 0, 14, 10), box(200, 200, 201, 201), box(50, 50, 52, 53), box(9, 9, 10, 10))
    )
    assert isinstance(found, Overlaps)
    assert found.layers == ("a", "none", "b")
    assert found.parcels == 4
    assert found.whole.tolist() == [60.0, 1.0, 6.0, 1.0]
    expected = [
        (0, 0, 0, 20.0, False),
        (0, 0, 1, 40.0, False),
        (0, 2, 0, 30.0, False),
        (2, 2, 0, 6.0, False),
        (3, 0, 0, 1.0, False),
        (3, 2, 0, 1.0, False),
    ]
    assert [tuple(row) for row in table(found)] == expected
    assert found.area_m2.dtype == np.float64
    assert [each.dtype for each in (found.parcel, found.layer, found.polygon)] == [np.int64] * 3
    assert found.area("a", {})[0].tolist() == found.area("a", {})[1].tolist() == [60.0, 0.0, 0.0, 1.0]
    assert found.area("none", {})[1].tolist() == [0.0] * 4
    assert found.touches("a", {})[0].tolist() == [True, False, False, True]
    assert found.touches("none", {})[1].tolist() == [False] * 4
    assert found.touches("b", {})[1].tolist() == [True, False, True, True]
    assert list(found.of(0)) == [("a", 0, 20.0, False), ("a", 1, 40.0, False), ("b", 0, 30.0, False)]
    assert list(found.of(1)) == []
    assert found.polygons_of(0, "a", {}).tolist() == [0, 1]
    assert found.polygons_of(1, "a", {}).tolist() == []
    assert found.polygons_of(2, "b", {}).tolist() == [0]


def test_no_layers_and_no_parcels():
    found = ControlLayers([]).overlaps(objects(box(0, 0, 1, 1)))
    assert found.layers == ()
    assert found.whole.tolist() == [1.0]
    assert table(found) == []
    empty = ControlLayers([layer("a", box(0, 0, 1, 1))]).overlaps(objects())
    assert empty.parcels == 0
    assert empty.area("a", {})[0].tolist() == []
    assert empty.outside.tolist() == []
    with pytest.raises(KeyError):
        empty.control["b"]


def test_ground_in_several_polygons_counts_once():
    found = laid(
        [box(0, 0, 10, 10), box(0, 0, 2, 2), box(9, 0, 14, 10), box(30, 0, 40, 10)],
        box(0, 0, 6, 10),
        box(4, 0, 12, 10),
        box(5, 0, 6, 10),
        box(12, 0, 20, 10),
        box(30, 0, 36, 10),
        box(34, 0, 35, 4),
        scale=100,
    )
    # The first parcel has 60 + 60 + 10 in three polygons which together are all of it; the third 30 + 20 in two that
    # only touch; of the last the second polygon is in the first.
    assert found.area("a", {})[0] == pytest.approx([100.0, 4.0, 50.0, 60.0])
    assert found.area("a", {})[0][0] == 100.0
    assert found.area_m2[found.parcel == 0].tolist() == [60.0, 60.0, 10.0]
    assert found.ground(0, "a", {}).equals(box(0, 0, 10, 10))
    assert found.ground(3, "a", {}).equals(box(30, 0, 36, 10))
    assert found.ground(1, "a", {}).area == pytest.approx(4.0)


def test_where_known_unknown_and_not_there():
    zones = {"zone": ["core", "buffer", "", "core"], "kind": ["x", "x", "x", ""]}
    parcels = [box(10 * place, 0, 10 * place + 10, 10) for place in range(4)]
    found = laid([*parcels, box(0, 0, 40, 10)], *parcels, columns=zones)

    def told(**where):
        where = {column: tuple(values.split("|")) for column, values in where.items()}
        sure, possible = found.touches("a", where)
        low, high = found.area("a", where)
        assert (low > 0).tolist() == sure.tolist()
        assert (high > 0).tolist() == possible.tolist()
        assert low is not high
        return sure.astype(int).tolist(), possible.astype(int).tolist(), low[4], high[4]

    assert told() == ([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], 400.0, 400.0)
    assert told(zone="core") == ([1, 0, 0, 1, 1], [1, 0, 1, 1, 1], 200.0, 300.0)
    assert told(zone="core|buffer") == ([1, 1, 0, 1, 1], [1, 1, 1, 1, 1], 300.0, 400.0)
    assert told(zone="core", kind="x") == ([1, 0, 0, 0, 1], [1, 0, 1, 1, 1], 100.0, 300.0)
    assert told(zone="buffer", kind="y") == ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], 0.0, 0.0)
    assert told(zone="none") == ([0, 0, 0, 0, 0], [0, 0, 1, 0, 1], 0.0, 100.0)
    assert told(level="z") == ([0, 0, 0, 0, 0], [1, 1, 1, 1, 1], 0.0, 400.0)
    assert told(level="z", zone="buffer") == ([0, 0, 0, 0, 0], [0, 1, 1, 0, 1], 0.0, 200.0)
    rows = found.rows(4, "a", {"zone": ("core",)})
    assert [each.tolist() for each in rows] == [[0, 3], [2]]
    assert found.polygons_of(4, "a", {"zone": ("core",)}).tolist() == [0, 2, 3]
    assert found.polygons_of(1, "a", {"zone": ("core",)}).tolist() == []
    assert found.ground(4, "a", {"zone": ("core",)}).area == pytest.approx(300.0)
    assert found.ground(1, "a", {"zone": ("core",)}).is_empty


def test_low_and_high_count_ground_once_each():
    found = laid([box(0, 0, 10, 10)], box(0, 0, 6, 10), box(4, 0, 8, 10), columns={"zone": ["core", ""]})
    low, high = found.area("a", {"zone": ("core",)})
    assert low.tolist() == [60.0]
    assert high == pytest.approx([80.0])


@pytest.mark.parametrize(
    ("polygon", "scale", "sliver"),
    [
        # 0.5 mm at 1 : 10,000 are 5 m.
        (box(0, 0, 500, 4.9), 10_000, True),
        (box(0, 0, 500, 5.1), 10_000, False),
        (box(0, 0, 500, 5.1), 10_300, True),
        (box(0, 0, 500, 20.0), 50_000, True),
        (box(0, 0, 4.0, 4.0), 10_000, True),
        (box(0, 0, 5.2, 5.2), 10_000, False),
        # The corner of an L of 4 m is 4.69 m wide, that of one of 4.4 m 5.15 m.
        (box(0, 0, 100, 4).union(box(0, 0, 4, 100)), 10_000, True),
        (box(0, 0, 100, 4.4).union(box(0, 0, 4.4, 100)), 10_000, False),
        # Two strips of 3 m, not wide together, and joined by a square of 6 m.
        (shapely.MultiPolygon([box(0, 0, 100, 3), box(0, 9, 100, 12)]), 10_000, True),
        (shapely.union_all([box(0, 0, 100, 3), box(0, 9, 100, 12), box(50, 3, 56, 9)]), 10_000, False),
    ],
)
def test_slivers_by_hand(polygon, scale, sliver):
    parcel = box(-900, -900, 900, 900)
    found = laid([parcel], polygon, scale=scale)
    assert found.sliver.tolist() == [sliver]
    # The other way round: the parcel is narrow, the polygon wide.
    assert laid([polygon], parcel, scale=scale).sliver.tolist() == [sliver]
    kept = found.without_slivers()
    assert kept.parcels == 1
    assert kept.touches("a", {})[0].tolist() == [not sliver]
    assert kept.area("a", {})[0] == pytest.approx([0.0 if sliver else polygon.area])
    assert found.area("a", {})[0] == pytest.approx([polygon.area])


def test_tolerance_is_that_of_the_layer():
    control = ControlLayers(
        [layer("fine", box(0, 0, 99, 4), scale=5_000), layer("coarse", box(0, 0, 99, 4), scale=9_000)]
    )
    assert control["fine"].tolerance_m == 2.5
    found = control.overlaps(objects(box(-9, -9, 200, 200)))
    assert found.sliver.tolist() == [False, True]
    kept = found.without_slivers()
    assert table(kept) == [(0, 0, 0, pytest.approx(396.0), False)]


def test_each_polygon_of_several_is_a_sliver_by_itself():
    found = laid([box(0, 0, 100, 100)], box(0, 0, 100, 3), box(0, 3, 100, 6), box(0, 6, 100, 50))
    assert found.sliver.tolist() == [True, True, False]


def test_where_a_polygon_is_divided_no_sliver_is_made():
    """A rim of 4,000 corners: it is divided into many pieces; a parcel of 6 m along a cut is not narrow."""
    disc = shapely.Point(0, 0).buffer(1000, quad_segs=1000)
    control = ControlLayers([layer("a", disc)])
    # The first cut is at x = 0, the next at y = 0; the third at x = 500 or - 500.
    parcels = [box(-3, -990, 3, 990), box(-990, -3, 990, 3), box(497, -400, 503, 400), box(-2.4, -990, 2.4, 990)]
    found = control.overlaps(objects(*parcels))
    assert found.sliver.tolist() == [False, False, False, True]
    assert found.area_m2 == pytest.approx([parcel.intersection(disc).area for parcel in parcels])
    assert found.ground(0, "a", {}).geom_type == "Polygon"
    assert found.ground(0, "a", {}).area == pytest.approx(parcels[0].area)
    rough = disc.boundary.intersection(box(0, 990, 90, 1001)).buffer(3, cap_style="flat")
    found = control.overlaps(objects(rough))
    assert found.sliver.tolist() == [True]
    assert found.area_m2 == pytest.approx([rough.intersection(disc).area])


def test_dust_is_nothing():
    parcel = box(0, 0, 1000, 10)
    for reach, counts in ((0.0, False), (0.0009, False), (0.0011, True)):
        found = laid([parcel], box(0, 10 - reach, 1000, 50))
        assert found.touches("a", {})[1].tolist() == [counts]
        assert found.area("a", {})[1].tolist() == [pytest.approx(1000 * reach) if counts else 0.0]
        assert found.sliver.tolist() == [True] * counts
        assert found.ground(0, "a", {}).is_empty != counts
    # A square of 1.1 mm counts, a triangle of 1.1 mm, in which there is a disc of 0.64 mm, does not.
    assert len(laid([parcel], box(-5, -5, 0.0011, 0.0011)).parcel) == 1
    corner = shapely.Polygon([(-1, -1), (0.0011, 0), (0, 0.0011)])
    assert len(laid([parcel], corner).parcel) == 0
    # A parcel of the width of dust overlaps nothing even where it is wholly inside.
    assert len(laid([box(0, 0, 1000, 0.0009)], box(-1, -1, 2000, 1)).parcel) == 0


def test_what_lies_inside_has_its_area_to_the_last_bit():
    rng = np.random.default_rng(1)
    parcels = objects(*[star(rng, rng.uniform(-100, 100, 2), 100, 22) for _ in range(50)])
    found = laid(parcels, shapely.Point(0, 0).buffer(400, quad_segs=500))
    np.testing.assert_array_equal(found.area_m2, found.whole)
    halves = laid(parcels, box(-999, -999, 3, 999), box(3, -999, 999, 999))
    np.testing.assert_array_equal(halves.area("a", {})[0], halves.whole)


BOW_TIE = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def test_parcels_that_are_no_polygons_or_cross_themselves():
    with np.errstate(invalid="ignore"):
        nowhere = shapely.Polygon([(0, 0), (np.nan, 1), (2, 2)])
    odd = [None, shapely.Polygon(), shapely.Point(5, 5), shapely.LineString([(0, 0), (9, 9)]), nowhere]
    found = laid([*odd, BOW_TIE, box(0, 0, 1, 1)], box(0, 0, 10, 3), extent=box(0, 0, 10, 10))
    # A bow tie is two triangles of 25 m2 that meet at (5, 5). The one of (10, 0), (10, 10) has below y = 3 the corner
    # (10, 0), (10, 3), (7, 3) of 3^2 / 2 = 4.5 m2, and so has the other.
    assert found.whole.tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 50.0, 1.0]
    assert found.area("a", {})[0] == pytest.approx([0, 0, 0, 0, 0, 9.0, 1.0])
    assert found.touches("a", {})[0].tolist() == [False] * 5 + [True] * 2
    assert found.outside.tolist() == [False] * 7


def test_parcels_of_several_parts_and_with_holes():
    several = shapely.MultiPolygon([box(0, 0, 2, 2), box(8, 0, 12, 2)])
    ring = box(0, 0, 10, 10).difference(box(2, 2, 8, 8))
    found = laid([several, ring], box(1, 0, 10, 2), box(3, 3, 7, 7), box(20, 20, 21, 21), scale=100)
    assert [row[:3] for row in table(found)] == [(0, 0, 0), (1, 0, 0)]
    assert found.area_m2 == pytest.approx([2 + 4, 18])


def test_polygons_of_several_parts_are_one_row():
    several = shapely.MultiPolygon([box(0, 0, 2, 2), box(8, 0, 12, 2)])
    found = laid([box(0, 0, 10, 1)], several, shapely.Polygon(), several, scale=100)
    assert [row[:4] for row in table(found)] == [(0, 0, 0, pytest.approx(4.0)), (0, 0, 2, pytest.approx(4.0))]
    assert found.area("a", {})[0] == pytest.approx([4.0])


def test_outside():
    inside, rim = box(0, 0, 10, 10), box(90, 0, 100, 10)
    parcels = [
        inside,
        rim,
        box(95, 0, 100.0009, 10),
        box(95, 0, 100.0011, 10),
        box(95, 0, 105, 10),
        box(200, 0, 201, 1),
    ]
    extent = box(0, 0, 100, 100)
    assert laid(parcels, extent=extent).outside.tolist() == [False, False, False, True, True, True]
    assert laid(parcels).outside.tolist() == [False] * 6


def test_a_parcel_of_very_many_corners():
    big = shapely.Point(0, 0).buffer(1000, quad_segs=2000)
    grid = [box(x, y, x + 250, y + 250) for x in range(-1000, 1000, 250) for y in range(-1000, 1000, 250)]
    found = laid([big], *grid)
    there = [row for row, each in enumerate(grid) if big.intersection(each).area > 0]
    # The four boxes in the corners are wholly outside of the circle.
    assert found.polygon.tolist() == there
    assert len(there) == 60
    assert found.area_m2 == pytest.approx([big.intersection(grid[row]).area for row in there])
    assert found.area("a", {})[0].tolist() == [big.area]


def one_by_one(parcels, polygons, tolerance):
    """The same by plain shapely, pair by pair."""
    rows = []
    for place, parcel in enumerate(parcels):
        for row, polygon in enumerate(polygons):
            common = shapely.intersection(parcel, polygon)
            if common.area > 0 and not common.buffer(-0.0005).is_empty:
                rows.append((place, row, common.area, common.buffer(-tolerance / 2, quad_segs=32).is_empty))
    return rows


def test_random_polygons_one_by_one():
    rng = np.random.default_rng(8)
    parcels = [star(rng, rng.uniform(0, 300, 2), 60, 22) for _ in range(40)]
    polygons = [star(rng, rng.uniform(0, 300, 2), 90, corners) for corners in (8, 57, 57, 130, 300) for _ in range(6)]
    found = laid(parcels, *polygons, scale=30_000)
    expected = one_by_one(parcels, polygons, 15.0)
    assert len(expected) > 100
    assert list(zip(found.parcel, found.polygon, strict=True)) == [row[:2] for row in expected]
    np.testing.assert_allclose(found.area_m2, [row[2] for row in expected], atol=1e-8)
    sliver = np.array([row[3] for row in expected])
    assert 20 < sliver.sum() < len(expected) - 20
    np.testing.assert_array_equal(found.sliver, sliver)
    united = shapely.union_all(polygons)
    together = [shapely.intersection(parcel, united).area for parcel in parcels]
    np.testing.assert_allclose(found.area("a", {})[0], together, atol=1e-3)
    for place in range(0, 40, 7):
        assert found.ground(place, "a", {}).symmetric_difference(parcels[place] & united).area < 1e-3


def test_the_same_to_the_last_bit_however_parcels_are_portioned(monkeypatch):
    rng = np.random.default_rng(9)
    parcels = objects(*[star(rng, rng.uniform(0, 1000, 2), 60, 22) for _ in range(100)], None, BOW_TIE)
    polygons = [star(rng, rng.uniform(0, 1000, 2), 150, corners) for corners in (57, 300) for _ in range(20)]
    control = ControlLayers([layer("a", *polygons[::2]), layer("b", *polygons[1::2], scale=40_000)])
    columns = ("parcel", "layer", "polygon", "area_m2", "sliver", "whole")
    whole = control.overlaps(parcels)
    assert 0 < whole.sliver.sum() < len(whole.sliver)
    areas = control.overlaps(parcels).area("a", {})[0]
    for portion, threads in ((7, 1), (7, 3), (50, 2)):
        monkeypatch.setattr(module, "PORTION", portion)
        monkeypatch.setattr(module, "THREADS", threads)
        again = control.overlaps(parcels)
        for column in columns:
            np.testing.assert_array_equal(getattr(again, column), getattr(whole, column), strict=True)
        np.testing.assert_array_equal(again.area("a", {})[0], areas)
    order = rng.permutation(len(parcels))
    turned = control.overlaps(parcels[order])
    np.testing.assert_array_equal(turned.area("a", {})[0], areas[order])


def test_portions_are_of_parcels_side_by_side(monkeypatch):
    monkeypatch.setattr(module, "PORTION", 25)
    squares = [box(x, y, x + 1, y + 1) for x in range(20) for y in range(20)]
    parcels = objects(*np.random.default_rng(2).permutation(np.array(squares, object)))
    order = module._side_by_side(parcels)
    assert sorted(order) == list(range(400))
    # 16 portions of 25: most fill a square of 5 by 5, and none lies all over the 400 m2.
    extents = [shapely.union_all(parcels[order[start : start + 25]]).envelope.area for start in range(0, 400, 25)]
    assert np.median(extents) == 25
    assert max(extents) <= 100


squares = st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), *[st.integers(0, 20)] * 2, *[st.integers(1, 12)] * 2)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(squares, min_size=1, max_size=5),
    st.lists(st.tuples(squares, st.sampled_from(["core", "buffer", ""])), max_size=6),
)
def test_properties(parcels, polygons):
    """Parcels and polygons of whole metres, so that sides often lie on each other."""
    shapes = [polygon for polygon, _ in polygons]
    zones = [zone for _, zone in polygons]
    found = laid(parcels, *shapes, scale=4_000, columns={"zone": zones})
    where = {"zone": ("core",)}
    sure, possible = found.touches("a", where)
    low, high = found.area("a", where)
    assert (low <= high + 1e-9).all()
    assert (high <= found.whole).all()
    assert not (sure & ~possible).any()
    for place, parcel in enumerate(parcels):
        for zone_set, area, touch in (({"core"}, low, sure), ({"core", ""}, high, possible)):
            ground = shapely.union_all([shape for shape, zone in zip(shapes, zones, strict=True) if zone in zone_set])
            expected = parcel.intersection(ground).area
            assert area[place] == pytest.approx(expected, abs=1e-4)
            assert touch[place] == (expected > 0)
        assert found.ground(place, "a", where).area == pytest.approx(high[place], abs=1e-4)
    # An overlap of boxes is a box: a sliver where its shorter side is 2 m or less.
    for place, row, sliver in zip(found.parcel, found.polygon, found.sliver, strict=True):
        left, bottom, right, top = parcels[place].intersection(shapes[row]).bounds
        assert sliver == (min(right - left, top - bottom) <= 2)
    assert len(found.parcel) == sum(parcel.intersection(shape).area > 0 for parcel in parcels for shape in shapes)


def test_a_narrow_parcel_that_is_the_polygon_itself_is_a_sliver():
    strips = [box(0, 0, 500, 4.9), box(0, 100, 500, 105.1)]
    assert laid(strips, *strips).sliver.tolist() == [True, False]


def test_a_crack_of_rounding_makes_no_sliver():
    """Two strips of 3 m with a tenth of a nanometre between them are 6 m wide."""
    cracked = shapely.MultiPolygon([box(0, 0, 100, 3), box(0, 3 + 1e-10, 100, 6)])
    assert laid([box(-9, -9, 200, 20)], cracked).sliver.tolist() == [False]


def test_many_narrow_teeth_are_slivers_though_they_cover_most_of_the_parcel():
    """22 teeth of 4 m, half a metre apart: 8800 m2, more than half of 5 m along the rim of the parcel, of 400 m."""
    teeth = [box(4.5 * place, -10, 4.5 * place + 4, 110) for place in range(22)]
    comb = shapely.union_all([*teeth, box(0, -20, 98.5, -10)])
    found = ControlLayers([ControlLayer.of("land", [comb], ["comb"])]).overlaps(np.array([box(0, 0, 100, 100)], object))
    assert found.area_m2.tolist() == [pytest.approx(8800.0)]
    assert found.sliver.tolist() == [True]
