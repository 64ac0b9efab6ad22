import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.base.grid import Window
from shanshui.science.coverage import SHARE_UNITS, Coverage, Everywhere, PolygonCover, RasterCover

# Shares are rounded to 2**-24; where several zones share a cell the largest takes up their rounding.
ROUNDING = 8 / SHARE_UNITS
PLAIN = Affine(1, 0, 0, 0, -1, 0)


def shares_of(cover, zones):
    """The share of every cell by zone, as a plain array (zones, rows, columns)."""
    flat = np.zeros((zones, cover.signature.size))
    inside = np.flatnonzero(cover.signature >= 0)
    for members in cover.members[cover.signature.ravel()[inside]].T:
        flat[members, inside] = 1.0
    np.add.at(flat, (cover.border_zone, cover.border_cell), cover.border_share)
    return flat.reshape(zones, *cover.signature.shape)


def coverage_of(shape, *zonings, transform=PLAIN, region=None):
    covers = [Everywhere() if region is None else PolygonCover(np.array([region]), transform)]
    covers += [PolygonCover(np.array(polygons, object), transform) for polygons in zonings]
    return Coverage(covers, [1, *(len(polygons) for polygons in zonings)], shape)


def exact_shares(polygon, shape, transform=PLAIN):
    """The shares by shapely: the area of the intersection of every cell with the polygon."""
    rows, columns = np.indices(shape)
    inverse = ~transform
    in_cells = shapely.transform(
        polygon,
        lambda xy: np.column_stack(
            [
                inverse.a * xy[:, 0] + inverse.b * xy[:, 1] + inverse.c,
                inverse.d * xy[:, 0] + inverse.e * xy[:, 1] + inverse.f,
            ]
        ),
    )
    return shapely.area(shapely.intersection(shapely.box(columns, rows, columns + 1, rows + 1), in_cells))


def star(generator, rows, columns, points=9):
    """A polygon that is not convex, somewhere on the grid and a little beyond it."""
    angles = np.sort(generator.uniform(0, 2 * np.pi, points))
    radius = generator.uniform(0.1, 0.6, points) * min(rows, columns)
    x = generator.uniform(0, columns) + radius * np.cos(angles)
    y = -generator.uniform(0, rows) + radius * np.sin(angles)
    return shapely.Polygon(np.column_stack([x, y]))


def voronoi(generator, rows, columns, number):
    points = shapely.MultiPoint(generator.uniform((0, -rows), (columns, 0), (number, 2)))
    cells = shapely.voronoi_polygons(points, extend_to=shapely.box(-9, -rows - 9, columns + 9, 9))
    return list(shapely.get_parts(cells))


@pytest.mark.parametrize("seed", range(12))
def test_shares_are_the_areas_of_intersection_with_the_cells(seed):
    generator = np.random.default_rng(seed)
    rows, columns = 23, 31
    polygon = star(generator, rows, columns)
    if not polygon.is_valid:
        polygon = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    shares = shares_of(coverage_of((rows, columns), [polygon]).window(Window(0, 0, rows, columns)), 4)
    # exactextract computes in float32 coordinates of the cell.
    np.testing.assert_allclose(shares[2], exact_shares(polygon, (rows, columns)), atol=2e-6)
    np.testing.assert_array_equal(shares[0], 1.0)
    np.testing.assert_array_equal(shares[2] + shares[3], 1.0)
    np.testing.assert_array_equal(shares[1], 0.0)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(lambda v: v[0] != v[1] and v[2] != v[3]),
    st.sampled_from([30.0, 0.0003, 99.98016592873559, 1.0]),
)
def test_boxes_have_the_shares_of_lengths_multiplied(edges, cell):
    # The corners lie on eighths of a cell; the expected shares are the products of overlaps along each axis.
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    transform = Affine(cell, 0, 7 * cell, 0, -cell, 50 * cell)
    box = shapely.box((7 + left / 8) * cell, (50 - bottom / 8) * cell, (7 + right / 8) * cell, (50 - top / 8) * cell)

    def overlap(low, high):
        starts = np.arange(5)
        return np.clip(np.minimum(high / 8, starts + 1) - np.maximum(low / 8, starts), 0, 1)

    shares = shares_of(coverage_of((5, 5), [box], transform=transform).window(Window(0, 0, 5, 5)), 4)
    np.testing.assert_allclose(shares[2], np.outer(overlap(top, bottom), overlap(left, right)), atol=1e-6)


@pytest.mark.parametrize(("seed", "number"), [(1, 5), (2, 40), (3, 300), (4, 2500)])
def test_zones_that_partition_the_plane_fill_every_cell_exactly(seed, number):
    rows, columns = 47, 61
    zones = voronoi(np.random.default_rng(seed), rows, columns, number)
    cover = coverage_of((rows, columns), zones).window(Window(0, 0, rows, columns))
    shares = shares_of(cover, len(zones) + 3)
    np.testing.assert_array_equal(shares[2:-1].sum(axis=0), 1.0)
    np.testing.assert_array_equal(shares[-1], 0.0)
    for zone in range(0, len(zones), max(1, len(zones) // 20)):
        expected = exact_shares(zones[zone], (rows, columns))
        np.testing.assert_allclose(shares[2 + zone], expected, atol=5e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_within_a_region_zones_and_their_outside_fill_the_region_s_share_exactly(seed):
    generator = np.random.default_rng(seed)
    rows, columns = 40, 50
    region = shapely.Point(25, -20).buffer(17.3)
    zones = [shapely.intersection(zone, region) for zone in voronoi(generator, rows, columns, 12)]
    zones = [zone for zone in zones if not zone.is_empty]
    bare, kept = zones[0], zones[1:]
    cover = coverage_of((rows, columns), kept, region=region).window(Window(0, 0, rows, columns))
    shares = shares_of(cover, len(kept) + 3)
    np.testing.assert_array_equal(shares[2:].sum(axis=0), shares[0])
    np.testing.assert_allclose(shares[0], exact_shares(region, (rows, columns)), atol=2e-6)
    np.testing.assert_allclose(shares[-1], exact_shares(bare, (rows, columns)), atol=1e-5)
    assert (shares[:, shares[0] == 0] == 0).all()
    np.testing.assert_array_equal(cover.region, shares[0] > 0)


def test_a_cell_that_two_zones_share_is_listed_by_hand():
    west, east = shapely.box(0, -2, 1.25, 0), shapely.box(1.25, -2, 3, 0)
    cover = coverage_of((2, 3), [west, east]).window(Window(0, 0, 2, 3))
    shares = shares_of(cover, 5)
    np.testing.assert_array_equal(shares[2], [[1, 0.25, 0], [1, 0.25, 0]])
    np.testing.assert_array_equal(shares[3], [[0, 0.75, 1], [0, 0.75, 1]])
    np.testing.assert_array_equal(cover.signature[:, 1], [-1, -1])
    assert len(cover.members) == 2


def test_overlapping_zones_count_in_both_and_never_below_zero_outside():
    first, second = shapely.box(0, -2, 2, 0), shapely.box(1, -2, 3, 0)
    shares = shares_of(coverage_of((2, 4), [first, second]).window(Window(0, 0, 2, 4)), 5)
    np.testing.assert_array_equal(shares[2], [[1, 1, 0, 0]] * 2)
    np.testing.assert_array_equal(shares[3], [[0, 1, 1, 0]] * 2)
    np.testing.assert_array_equal(shares[4], [[0, 0, 0, 1]] * 2)


def test_a_zone_smaller_than_a_cell_keeps_its_share():
    small = shapely.box(1.25, -1.5, 1.75, -1.25)
    shares = shares_of(coverage_of((3, 3), [small]).window(Window(0, 0, 3, 3)), 4)
    expected = np.zeros((3, 3))
    expected[1, 1] = 0.125
    np.testing.assert_array_equal(shares[2], expected)
    np.testing.assert_array_equal(shares[3], 1 - expected)


def test_a_hole_is_outside():
    ring = shapely.Polygon(shapely.box(0, -4, 4, 0).exterior, [shapely.box(1, -2.5, 3, -1).exterior])
    shares = shares_of(coverage_of((4, 4), [ring]).window(Window(0, 0, 4, 4)), 4)
    expected = np.ones((4, 4))
    expected[1, 1:3] = 0
    expected[2, 1:3] = 0.5
    np.testing.assert_array_equal(shares[2], expected)
    np.testing.assert_array_equal(shares[3], 1 - expected)


def test_two_zonings_do_not_disturb_each_other():
    # The border of the second zoning crosses cells that are whole in the first.
    first = [shapely.box(0, -2, 2, 0), shapely.box(2, -2, 4, 0)]
    second = [shapely.box(0, -0.5, 4, 0)]
    alone = shares_of(coverage_of((2, 4), first).window(Window(0, 0, 2, 4)), 5)
    both = shares_of(coverage_of((2, 4), first, second).window(Window(0, 0, 2, 4)), 7)
    np.testing.assert_array_equal(both[:5], alone)
    np.testing.assert_array_equal(both[5], [[0.5] * 4, [0] * 4])
    np.testing.assert_array_equal(both[6], [[0.5] * 4, [1] * 4])


def test_a_zone_that_touches_the_region_along_a_line_as_well_keeps_its_area():
    # What an intersection leaves where a zone also touches the border: a polygon and a line.
    mixed = shapely.GeometryCollection([shapely.box(0, -1, 1.5, 0), shapely.LineString([(2, -2), (3, -2)])])
    shares = shares_of(coverage_of((2, 3), [mixed]).window(Window(0, 0, 2, 3)), 4)
    np.testing.assert_array_equal(shares[2], [[1, 0.5, 0], [0, 0, 0]])


@pytest.fixture(scope="module")
def large():
    """Zones over several blocks of 512 cells, within a region, with a raster of zones beside them."""
    generator = np.random.default_rng(7)
    rows, columns = 700, 1100
    region = shapely.Polygon([(40.3, -20.7), (1080.2, -33.3), (1010.9, -650.1), (512.0, -690.4), (30.5, -512.0)])
    zones = [shapely.intersection(zone, region) for zone in voronoi(generator, rows, columns, 60)]
    raster = generator.integers(-1, 4, (rows // 50, columns // 50)).repeat(50, 0).repeat(50, 1).astype(np.int32)

    def read(window):
        out = np.full(window.shape, -1, np.int32)
        top, left = max(window.row, 0), max(window.column, 0)
        bottom, right = min(window.row + window.height, rows), min(window.column + window.width, columns)
        if top < bottom and left < right:
            out[top - window.row : bottom - window.row, left - window.column : right - window.column] = raster[
                top:bottom, left:right
            ]
        return out

    def made():
        covers = [PolygonCover(np.array([region]), PLAIN), PolygonCover(np.array(zones), PLAIN), RasterCover(read)]
        return Coverage(covers, [1, len(zones), 4], (rows, columns))

    return made, region, zones, raster


def test_any_windows_give_the_same_shares_to_the_last_bit(large):
    made, _, zones, _ = large
    number = len(zones) + 8
    whole = shares_of(made().window(Window(0, 0, 700, 1100)), number)
    for side in (64, 100, 700):
        coverage = made()
        pieces = np.zeros_like(whole)
        for row in range(0, 700, side):
            for column in range(0, 1100, side):
                window = Window(row, column, min(side, 700 - row), min(side, 1100 - column))
                pieces[:, row : row + window.height, column : column + window.width] = shares_of(
                    coverage.window(window), number
                )
        np.testing.assert_array_equal(pieces, whole)


def test_windows_that_reach_beyond_the_grid_are_beyond_the_region_there(large):
    made, _, zones, _ = large
    number = len(zones) + 8
    inner = shares_of(made().window(Window(0, 0, 700, 1100)), number)
    outer = shares_of(made().window(Window(-5, -7, 712, 1114)), number)
    np.testing.assert_array_equal(outer[:, 5:705, 7:1107], inner)
    outer[:, 5:705, 7:1107] = 0
    assert (outer == 0).all()


def test_across_block_borders_shares_stay_the_areas_of_intersection(large):
    made, region, zones, raster = large
    number = len(zones) + 8
    window = Window(480, 470, 64, 90)
    shares = shares_of(made().window(window), number)
    moved = Affine(1, 0, 470, 0, -1, -480)
    for zone, polygon in enumerate(zones):
        np.testing.assert_allclose(shares[2 + zone], exact_shares(polygon, window.shape, moved), atol=1e-5)
    # Every zoning's parts fill the region's share, that of the raster too.
    first, last = 2, 2 + len(zones) + 1
    np.testing.assert_array_equal(shares[first:last].sum(axis=0), shares[0])
    np.testing.assert_array_equal(shares[last:].sum(axis=0), shares[0])
    cut = raster[480:544, 470:560]
    for zone in range(4):
        np.testing.assert_array_equal(shares[last + zone], np.where(cut == zone, shares[0], 0))
    np.testing.assert_allclose(shares[0], exact_shares(region, window.shape, moved), atol=2e-6)


def test_zone_areas_in_cells_are_those_of_the_polygons(large):
    made, region, zones, _ = large
    shares = shares_of(made().window(Window(0, 0, 700, 1100)), len(zones) + 8)
    np.testing.assert_allclose(shares[2 : 2 + len(zones)].sum(axis=(1, 2)), shapely.area(zones), rtol=1e-6, atol=1e-4)
    assert shares[0].sum() == pytest.approx(region.area, rel=1e-8)


def test_without_borders_every_cell_is_whole():
    cover = Coverage([Everywhere()], [1], (3, 4)).window(Window(0, 0, 3, 4))
    assert cover.border_cell.size == 0
    np.testing.assert_array_equal(cover.signature, 0)
    assert cover.members.tolist() == [[0]]


def test_more_combinations_than_first_foreseen_are_all_numbered():
    # Every cell a zone of its own: 400 combinations.
    boxes = [shapely.box(x, -y - 1, x + 1, -y) for y in range(20) for x in range(20)]
    cover = coverage_of((20, 20), boxes).window(Window(0, 0, 20, 20))
    assert cover.border_cell.size == 0
    np.testing.assert_array_equal(cover.members[cover.signature][..., 1], 2 + np.arange(400).reshape(20, 20))


def test_a_grid_whose_rows_run_northwards_has_the_same_shares_turned_over():
    polygon = shapely.Polygon([(0.3, 0.2), (4.7, 1.9), (2.2, 4.4)])
    north = Affine(1, 0, 0, 0, 1, 0)
    down = Affine(1, 0, 0, 0, -1, 5)
    window = Window(0, 0, 5, 5)
    first = shares_of(coverage_of((5, 5), [polygon], transform=north).window(window), 4)
    second = shares_of(coverage_of((5, 5), [polygon], transform=down).window(window), 4)
    np.testing.assert_allclose(first[2], second[2][::-1], atol=ROUNDING)
    assert first[2].sum() == pytest.approx(polygon.area, abs=1e-5)


def test_a_sliver_that_crosses_itself_costs_no_cell():
    """Boundaries put together from parts have gaps as thin as the rounding of their corners."""
    region = shapely.Polygon(
        [(0, 0), (9, 0), (9, -9), (0, -9)],
        [[(1.2, -5.5), (4.4, -5.4999999), (8.1, -5.5), (4.4, -5.5), (4.3, -5.4999999)]],
    )
    assert not region.is_valid
    cover = coverage_of((9, 9), region=region).window(Window(0, 0, 9, 9))
    np.testing.assert_allclose(shares_of(cover, 2)[0], 1.0, atol=1e-5)


@pytest.mark.parametrize("beside", [1.519e-40, 1e-300, 1e-17, 1e-12, -1e-40, -1e-17])
def test_a_corner_next_to_nothing_beside_an_edge_counts_no_cell_too_many(beside):
    """A triangle of a quarter of a cell whose highest corner lies on the edge of the first row, or all but."""
    triangle = shapely.Polygon([(13.895, -beside), (0, 1), (0.5, 1)])
    found = PolygonCover(np.array([triangle], object), Affine.identity()).shares(0, 0, 16)
    assert found.share.max() < SHARE_UNITS
    assert found.share.sum() / SHARE_UNITS == pytest.approx(0.25, abs=1e-6)
