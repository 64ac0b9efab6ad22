import itertools

import numpy as np
import pyproj
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.faces import planarise
from shanshui.science.faces_sides import sides_of
from shanshui.science.lengths import distances, in_metres, metres_at, nearest, segment_lengths, units_within
from shanshui.science.overlaps import depths, overlaps, polygons_of

# Equal in area; the other is true to scale along its middle but for 0.9996.
PLANE, UTM, DEGREES = (pyproj.CRS(f"EPSG:{code}") for code in (6933, 32648, 4326))
SCALE = 0.9996
COLUMNS = ["first", "second", "kind"]


def array(*polygons):
    out = np.empty(len(polygons), object)
    out[:] = polygons
    return out


def box(x, y, width, height):
    """Give a box by the metres from where the scale of the projection is 0.9996."""
    return shapely.box(500_000 + x, y, 500_000 + x + width, y + height)


def found(*polygons, crs=UTM, within=0.99, narrowest=1.0, farthest=100.0, sliver=0.0):
    faces = planarise({"a": array(*polygons)}, crs, sliver=sliver)
    bounds = {"least_within": within, "narrowest": narrowest, "farthest": farthest}
    return overlaps(faces, sides_of(faces, crs), crs, **bounds)


def kinds(*polygons, **keywords):
    return found(*polygons, **keywords)[COLUMNS].to_numpy().tolist()


def one(*polygons, **keywords):
    table = found(*polygons, **keywords)
    assert len(table) == 1
    return table.iloc[0]


def test_an_overlap_by_hand():
    # 1,000 x 400 and 500 x 1,000, which share 200 x 300.
    pair = one(box(0, 0, 1_000, 400), box(800, 100, 500, 1_000))
    assert pair["kind"] == "overlap"
    assert pair["area_m2"] == pytest.approx(200 * 300 / SCALE**2, rel=1e-6)
    assert pair["share_first"] == pytest.approx(0.15, rel=1e-6)
    assert pair["share_second"] == pytest.approx(0.12, rel=1e-6)
    assert pair["depth_m"] == pytest.approx(200 / SCALE, rel=1e-3)
    assert (pair["border_m"], pair["gap_m"], pair["others"]) == (0, 0, 0)


def test_the_one_inside_comes_first():
    outer, inner = box(0, 0, 1_000, 1_000), box(100, 100, 200, 300)
    for polygons, order in (((outer, inner), [1, 0]), ((inner, outer), [0, 1])):
        pair = one(*polygons)
        assert [*pair[COLUMNS]] == [*order, "embedded"]
        assert pair["share_first"] == pytest.approx(1.0)
        assert pair["share_second"] == pytest.approx(0.06)
        assert pair["area_m2"] == pytest.approx(200 * 300 / SCALE**2, rel=1e-6)


def test_how_much_makes_one_embedded_or_a_duplicate():
    # 90 of its 100 columns lie inside.
    outer, inner = box(0, 0, 1_000, 1_000), box(910, 0, 100, 1_000)
    assert kinds(outer, inner, within=0.89) == [[1, 0, "embedded"]]
    assert kinds(outer, inner, within=0.91) == [[0, 1, "overlap"]]
    # Shifted by a hundredth: 0.99 of each.
    twins = box(0, 0, 1_000, 1_000), box(10, 0, 1_000, 1_000)
    assert kinds(*twins, within=0.985) == [[0, 1, "duplicate"]]
    assert kinds(*twins, within=0.995) == [[0, 1, "overlap"]]
    assert kinds(twins[0], twins[0], within=1.0) == [[0, 1, "duplicate"]]
    # 0.99 of the later one, 0.98 of the earlier.
    assert kinds(box(0, 0, 1_000, 1_000), box(20, 0, 990, 1_000), within=0.985) == [[1, 0, "embedded"]]


def test_shallow_overlaps_are_differences_of_drawing():
    shallow = box(0, 0, 1_000, 1_000), box(995, 0, 1_000, 1_000)
    assert kinds(*shallow, narrowest=4.9) == [[0, 1, "overlap"]]
    pair = one(*shallow, narrowest=5.1)
    assert pair["kind"] == "adjacent"
    assert pair["area_m2"] == pytest.approx(5_000 / SCALE**2, rel=1e-6)
    crumb = box(0, 0, 1_000, 1_000), box(999.5, 999.5, 1_000, 1_000)
    assert kinds(*crumb, narrowest=0.4) == [[0, 1, "overlap"]]
    # What is shallow itself is embedded all the same.
    assert kinds(box(0, 0, 1_000, 1_000), box(0, 0, 2, 1_000), narrowest=10) == [[1, 0, "embedded"]]


def test_side_by_side():
    left = box(0, 0, 1_000, 1_000)
    pair = one(left, box(1_000, 400, 300, 1_000))
    assert [*pair[COLUMNS]] == [0, 1, "adjacent"]
    assert pair["border_m"] == pytest.approx(600 / SCALE, rel=1e-6)
    assert (pair["area_m2"], pair["depth_m"], pair["gap_m"], pair["share_first"]) == (0, 0, 0, 0)
    # Borders that both have on the same side part nothing.
    assert found(left, box(500, 0, 500, 500))["border_m"].tolist() == [0]
    # Both: an overlap of 100 x 100 and, elsewhere, a common border of 300.
    lshaped = shapely.union_all([box(900, 0, 600, 100), box(1_000, 100, 500, 300)])
    pair = one(left, lshaped)
    assert pair["kind"] == "overlap"
    assert pair["border_m"] == pytest.approx(300 / SCALE, rel=1e-6)


def test_how_near_is_adjacent():
    left, right = box(0, 0, 1_000, 1_000), box(1_040, 0, 100, 100)
    assert kinds(left, right, farthest=39.9) == []
    pair = one(left, right, farthest=40.1)
    assert pair["kind"] == "adjacent"
    assert pair["gap_m"] == pytest.approx(40 / SCALE, rel=1e-6)
    assert pair["border_m"] == 0
    # Corners meet.
    corner = one(left, box(1_000, 1_000, 50, 50), farthest=0)
    assert [*corner[["kind", "border_m", "gap_m"]]] == ["adjacent", 0, 0]


RING = shapely.difference(box(0, 0, 1_000, 1_000), box(200, 200, 600, 600))


def test_in_a_hole():
    island = box(400, 300, 200, 200)
    for polygons, order in (((RING, island), [1, 0]), ((island, RING), [0, 1])):
        pair = one(*polygons, farthest=50)
        assert [*pair[COLUMNS]] == [*order, "in_hole"]
        assert pair["gap_m"] == pytest.approx(100 / SCALE, rel=1e-6)
    # It fills the hole: the whole rim is common border.
    pair = one(RING, box(200, 200, 600, 600))
    assert [*pair[COLUMNS]] == [1, 0, "in_hole"]
    assert pair["border_m"] == pytest.approx(2_400 / SCALE, rel=1e-6)
    # Over the rim by more than a difference of drawing.
    assert kinds(RING, box(150, 300, 200, 200)) == [[0, 1, "overlap"]]
    # Beside the outer rim, and partly in the hole.
    assert kinds(RING, box(1_000, 0, 50, 50)) == [[0, 1, "adjacent"]]
    assert kinds(RING, shapely.MultiPolygon([island, box(3_000, 0, 50, 50)])) == []
    # A ring in a ring in a ring, and two parts each with a hole.
    inner = shapely.difference(box(300, 300, 400, 400), box(400, 400, 200, 200))
    core = box(450, 450, 100, 100)
    assert kinds(RING, inner, core, farthest=10) == [[1, 0, "in_hole"], [2, 0, "in_hole"], [2, 1, "in_hole"]]
    two = shapely.MultiPolygon([RING, shapely.affinity.translate(RING, 5_000)])
    assert kinds(two, box(5_400, 400, 100, 100), farthest=10) == [[1, 0, "in_hole"]]


def test_how_many_more_cover_a_part_of_an_overlap():
    polygons = box(0, 0, 100, 100), box(50, 0, 100, 100), box(60, 0, 10, 10), box(80, 50, 100, 10), box(140, 0, 50, 40)
    table = found(*polygons, narrowest=0.1).set_index(["first", "second"])
    assert table.loc[(0, 1), "others"] == 2
    assert table.loc[(2, 0), "others"] == 1
    assert table.loc[(0, 3), "others"] == 1
    assert table.loc[(1, 3), "others"] == 1
    assert table.loc[(1, 4), "others"] == 0


def test_strongest_kinds_come_first():
    polygons = box(0, 0, 100, 100), box(100, 0, 50, 50), box(20, 20, 10, 10), box(50, 50, 100, 100), box(20, 20, 10, 10)
    assert kinds(*polygons, narrowest=0.1, farthest=0) == [
        [2, 4, "duplicate"],
        *([2, 0, "embedded"], [4, 0, "embedded"], [0, 3, "overlap"], [0, 1, "adjacent"], [1, 3, "adjacent"]),
    ]


def test_rows_are_counted_from_the_top():
    polygons = box(0, 0, 100, 100), box(100, 0, 50, 50), box(20, 20, 10, 10)
    assert found(*polygons, narrowest=0.1).index.tolist() == [0, 1, 2]


def test_without_polygons_and_with_empty_ones():
    assert kinds() == []
    assert kinds(shapely.Polygon(), None) == []
    assert kinds(shapely.Polygon(), box(0, 0, 10, 10), box(5, 0, 10, 10), narrowest=0.1) == [[1, 2, "overlap"]]
    assert len(depths(array(), UTM)) == 0
    assert depths(array(shapely.Polygon()), UTM).tolist() == [0]


def test_depth_is_the_diameter_of_the_greatest_circle():
    # In a right-angled triangle (3, 4, 5) it is 2, in a ring of squares the width of the sides, in a disc its own.
    triangle = shapely.Polygon([(500_000, 0), (500_300, 0), (500_000, 400)])
    disc = shapely.Point(500_000, 0).buffer(100, quad_segs=64)
    two = shapely.MultiPolygon([box(0, 0, 10, 10), box(100, 0, 30, 40)])
    expected = np.array([200, 200, 200, 30])
    # The corners of the ring hold more than its sides: the circle touches the inner corner.
    assert depths(array(triangle, disc, two), UTM) * SCALE == pytest.approx(expected[[0, 2, 3]], rel=2e-3)
    side = 2 * 200 * (2 - np.sqrt(2))
    assert depths(array(RING), UTM)[0] * SCALE == pytest.approx(side, rel=2e-3)


def test_depth_in_degrees_is_in_metres():
    # At 60 degrees a degree of longitude has 55,800 m, one of latitude 111,412 m.
    wide, narrow = shapely.box(100, 60, 100.04, 60.01), shapely.box(100, 60, 100.01, 60.04)
    assert depths(array(wide, narrow), DEGREES) == pytest.approx([1_114.1, 558.0 * 0.9996], rel=1e-3)


def test_segments_follow_what_is_straight_in_the_plane():
    # Along the parallel of 60 degrees by a quarter of the Earth: N cos(60) pi / 2.
    a, flattening = 6_378_137.0, 1 / 298.257223563
    squared = flattening * (2 - flattening)
    normal = a / np.sqrt(1 - squared * 0.75)
    lengths = segment_lengths(np.array([[10.0, 60.0]]), np.array([[100.0, 60.0]]), DEGREES)
    assert lengths == pytest.approx([normal * 0.5 * np.pi / 2], rel=1e-7)
    # Along a meridian from 30 degrees to the pole: the quarter of 10,001,965.729 m less 3,320,113.398 m.
    lengths = segment_lengths(np.array([[7.0, 30.0], [7.0, 90.0]]), np.array([[7.0, 90.0], [7.0, 30.0]]), DEGREES)
    assert lengths == pytest.approx([6_681_852.331] * 2, abs=0.01)
    # Any number at once, either way, and of no length.
    start, end = np.array([[5e5, 0.0], [5e5, 9e3], [5e5, 7.0]]), np.array([[5e5, 9e3], [5e5, 0.0], [5e5, 7.0]])
    lengths = segment_lengths(start, end, UTM)
    assert lengths == pytest.approx([9_000 / SCALE, 9_000 / SCALE, 0])


def test_metres_of_a_unit():
    # On the middle meridian of UTM both axes have the scale 0.9996.
    assert metres_at(np.array([[5e5, 3e6]]), UTM)[0] == pytest.approx(np.eye(2) / SCALE, abs=1e-6)
    # On the date line.
    assert metres_at(np.array([[180.0, 0.0]]), DEGREES)[0] == pytest.approx(np.diag([111_319.49, 110_574.28]), rel=1e-6)
    # Web Mercator is stretched by 1 / cos(latitude), but for the ellipsoid.
    x, y = pyproj.Transformer.from_crs(DEGREES, "EPSG:3857", always_xy=True).transform(100, 60)
    frame = metres_at(np.array([[x, y]]), pyproj.CRS("EPSG:3857"))[0]
    assert frame[0, 0] == pytest.approx(55_800.0 / 111_319.49, rel=1e-4)
    feet = metres_at(np.array([[656_166.0, 2.85e6]]), pyproj.CRS("EPSG:2249"))[0]
    assert np.linalg.det(feet) == pytest.approx(0.3048006**2, rel=1e-3)
    place = np.array([[100.0, 60.0]])
    moved = in_metres(array(shapely.Point(100.01, 60.02)), place, metres_at(place, DEGREES))
    assert [moved[0].x, moved[0].y] == pytest.approx([558.0, 2_228.2], rel=1e-4)


def test_distance_in_degrees_is_the_shortest_on_the_ground():
    here = shapely.Point(100, 60)
    east, north = shapely.Point(100.015, 60), shapely.Point(100, 60.01)
    assert distances(array(here, here), array(east, north), DEGREES) == pytest.approx([837.0, 1_114.1], rel=1e-4)
    # The north is nearer by degrees, the east by metres.
    which, far = nearest(array(here), array(north, east), DEGREES)
    assert (which.tolist(), far[0]) == ([1], pytest.approx(837.0, rel=1e-4))
    # To a slanted line the shortest way is not that by degrees: with legs of 1 degree it is
    # e n / sqrt(e**2 + n**2) of e = 55,800 and n = 111,412, in the small.
    line = shapely.LineString([(100.1, 60), (100, 60.1)])
    expected = 0.1 * 55_800 * 111_412 / np.hypot(55_800, 111_412)
    assert distances(array(here), array(line), DEGREES) == pytest.approx([expected], rel=2e-3)
    assert distances(array(here), array(here.buffer(0.1)), DEGREES).tolist() == [0]
    assert distances(array(), array(), DEGREES).tolist() == []


def test_the_nearest_of_equals_is_the_first():
    middle = box(0, 0, 10, 10)
    others = array(box(30, 0, 10, 10), box(0, 30, 10, 10), box(-30, 0, 10, 10))
    which, far = nearest(array(middle, box(28, 0, 1, 1)), others, UTM)
    assert far == pytest.approx([20 / SCALE, 1 / SCALE], rel=1e-6)
    assert which[1] == 0
    assert nearest(array(middle), array(others[1], others[1]), UTM)[0].tolist() == [0]
    which, far = nearest(array(middle), array(), UTM)
    assert which.tolist() == [-1]
    assert np.isnan(far).all()


def test_a_reach_in_units_holds_the_metres():
    reach = units_within(array(shapely.Point(100, 60)), 1_000.0, DEGREES)[0]
    assert reach * 55_800 >= 1_000
    assert reach * 55_800 < 1_100


def test_narrow_gaps_in_degrees():
    # 0.001 degrees of longitude at 60 degrees: 55.8 m.
    left, right = shapely.box(100, 60, 100.01, 60.01), shapely.box(100.011, 60, 100.02, 60.01)
    assert kinds(left, right, crs=DEGREES, farthest=55.0) == []
    assert one(left, right, crs=DEGREES, farthest=56.0)["gap_m"] == pytest.approx(55.8, rel=1e-3)


def blob(random, side):
    angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(5, 20)))
    reach = random.uniform(200, 1_500, len(angles))
    middle = random.uniform(0, side, 2) + np.array([0, 3e6])
    return shapely.Polygon(middle + np.column_stack([reach * np.cos(angles), reach * np.sin(angles)])).buffer(0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 12), st.sampled_from([1_000, 4_000]))
def test_areas_of_pairs_are_those_of_intersections_and_sum_by_multiplicity(seed, count, side):
    random = np.random.default_rng(seed)
    polygons = array(*(blob(random, side) for _ in range(count)))
    faces = planarise({"a": polygons[: count // 2], "b": polygons[count // 2 :]}, PLANE)
    table = overlaps(faces, sides_of(faces, PLANE), PLANE, least_within=0.99, narrowest=0.0, farthest=0.0)
    m = faces.multiplicity
    assert table["area_m2"].sum() == pytest.approx(np.sum(faces.area * m * (m - 1) / 2), rel=1e-9)
    pairs = {tuple(sorted(row)): area for *row, area in table[["first", "second", "area_m2"]].to_numpy().tolist()}
    for a, b in itertools.combinations(range(count), 2):
        expected = polygons[a].intersection(polygons[b]).area
        assert pairs.get((a, b), 0.0) == pytest.approx(expected, rel=1e-7, abs=1e-3)
    for row in table.to_dict("records"):
        a, b = polygons[row["first"]], polygons[row["second"]]
        assert row["share_first"] == pytest.approx(row["area_m2"] / a.area, rel=1e-6)
        assert row["share_second"] == pytest.approx(row["area_m2"] / b.area, rel=1e-6)
        common = a.intersection(b)
        others = sum(
            common.intersection(polygons[c]).area > 1e-3 for c in range(count) if c not in (row["first"], row["second"])
        )
        assert row["others"] == others


CELL = 100


def drawn(cells):
    """Draw the union of cells of a small raster."""
    rows, columns = np.nonzero(cells)
    return shapely.union_all([box(CELL * j, CELL * i, CELL, CELL) for i, j in zip(rows, columns, strict=True)])


def facing(one, other):
    """Count the sides between cells that are only in the one and cells that are only in the other."""
    a, b = np.pad(one & ~other, 1), np.pad(other & ~one, 1)
    across = (a[:, 1:] & b[:, :-1]) | (b[:, 1:] & a[:, :-1])
    down = (a[1:] & b[:-1]) | (b[1:] & a[:-1])
    return int(across.sum() + down.sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([0.3, 0.6, 0.9]))
def test_pairs_agree_with_a_count_of_cells(seed, count, density):
    random = np.random.default_rng(seed)
    cells = [random.random((6, 7)) < density for _ in range(count)]
    table = found(*(drawn(each) for each in cells), narrowest=0.0, farthest=0.0, within=2.0)
    pairs = {
        tuple(sorted(row[:2])): row[2:] for row in table[["first", "second", "area_m2", "border_m"]].to_numpy().tolist()
    }
    for a, b in itertools.combinations(range(count), 2):
        area, border = pairs.get((a, b), (0.0, 0.0))
        assert border * SCALE / CELL == pytest.approx(facing(cells[a], cells[b]), rel=1e-5)
        assert area * SCALE**2 / CELL**2 == pytest.approx((cells[a] & cells[b]).sum(), rel=1e-5)


def test_sides_still_match_once_slivers_are_merged():
    polygons = array(box(0, 0, 1_000, 1_000), box(999.5, 0, 1_000, 1_000), box(0, 999.7, 2_000, 500))
    faces = planarise({"a": polygons}, UTM, sliver=2.0)
    sides = sides_of(faces, UTM)
    assert faces.slivers.merged > 0
    rims = np.bincount(sides.face, sides.length, len(faces))
    shared = sides.between_faces()
    rims += np.bincount(shared.other, shared.length, len(faces))
    assert rims == pytest.approx(shapely.length(faces.polygons) / SCALE, rel=1e-6)
    assert (shared.face < shared.other).all()
    assert len(shared.face) < len(sides.face)


def test_polygons_are_what_their_faces_make_up():
    polygons = array(RING, box(500, 500, 1_000, 1_000), shapely.Polygon())
    made = polygons_of(planarise({"a": polygons}, UTM))
    for mine, given_one in zip(made, polygons, strict=True):
        assert mine.symmetric_difference(given_one).area == pytest.approx(0, abs=1e-3)
