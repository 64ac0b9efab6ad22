import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.data.scratch import ScratchRaster
from shanshui.science.outlines import trace_outlines
from shanshui.science.outlines_smoothed import smoothed
from shanshui.science.patches_lines import crossings


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory):
    """Put an array on disk, in tiles."""
    folder = tmp_path_factory.mktemp("outlines")

    def put(cells, tile=999):
        cells = np.asarray(cells, np.int32)
        raster = ScratchRaster(folder, cells.shape, tile, cells.dtype)
        raster.write(Window(0, 0, *raster.shape), cells)
        return raster

    return put


def grid(shape, side=1.0):
    """A grid whose lower left corner is the origin."""
    return GeoBox(shape, Affine(side, 0, 0, 0, -side, shape[0] * side), "EPSG:32648")


def traced(on_disk, cells, tile=999):
    return trace_outlines(on_disk(cells, tile))


def polygons(on_disk, cells):
    return traced(on_disk, cells).polygons(grid(np.shape(cells)))


def centres(polygon, shape):
    """Draw a polygon by the centres of cells."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return shapely.contains_xy(polygon, columns + 0.5, shape[0] - rows - 0.5)


def test_one_cell_is_a_square(on_disk):
    numbers, drawn = polygons(on_disk, [[0, 0, 0], [0, 4, 0], [0, 0, 0]])
    assert numbers.tolist() == [4]
    assert drawn[0].equals(shapely.box(1, 1, 2, 2))
    assert len(drawn[0].exterior.coords) == 5
    assert drawn[0].exterior.is_ccw


@pytest.mark.parametrize("tile", [1, 2, 999])
def test_nothing_and_all(on_disk, tile):
    nothing = traced(on_disk, np.zeros((3, 4)), tile)
    numbers, drawn = nothing.polygons(grid((3, 4)))
    assert (len(numbers), len(drawn), nothing.areas().tolist()) == (0, 0, [0.0])
    assert smoothed(nothing, (3, 4), 0.01).outlines.polygons(grid((3, 4)))[0].size == 0
    everything = traced(on_disk, np.ones((3, 4)), tile)
    assert everything.polygons(grid((3, 4)))[1][0].equals(shapely.box(0, 0, 4, 3))
    assert len(everything.points) == 8
    # At the edge of the raster nothing is smoothed.
    smooth = smoothed(everything, (3, 4), 0.01).outlines.polygons(grid((3, 4)))[1][0]
    assert smooth.equals(shapely.box(0, 0, 4, 3))


def test_coordinates_are_those_of_the_grid(on_disk):
    box = GeoBox((2, 3), Affine(10, 2, 500, 3, -20, 900), "EPSG:32648")
    _, drawn = traced(on_disk, [[0, 0, 0], [0, 0, 1]]).polygons(box)
    # The corner of row 1 and column 2: x = 500 + 20 + 2, y = 900 + 6 - 20; a column is (10, 3), a row (2, -20).
    expected = shapely.Polygon([(522, 886), (532, 889), (534, 869), (524, 866)])
    assert drawn[0].equals(expected)


def test_cells_that_share_a_corner_are_two_polygons(on_disk):
    for cells in ([[1, 0], [0, 1]], [[0, 1], [1, 0]]):
        _, drawn = polygons(on_disk, cells)
        assert drawn[0].geom_type == "MultiPolygon"
        assert drawn[0].is_valid
        assert [part.area for part in drawn[0].geoms] == [1, 1]


def test_a_ring_closed_by_a_corner(on_disk):
    # The outline of the 1s comes twice to the corner where the ring closes: a shell and a hole that touch.
    cells = [[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    _, drawn = polygons(on_disk, cells)
    assert drawn[0].is_valid
    assert (drawn[0].geom_type, len(drawn[0].interiors), drawn[0].area) == ("Polygon", 1, 7)
    assert shapely.Polygon(drawn[0].interiors[0]).equals(shapely.box(1, 2, 2, 3))


NESTED = np.zeros((9, 11), np.int32)
NESTED[1:8, 1:8] = 5
NESTED[2:7, 2:7] = 0
NESTED[3:6, 3:6] = 5
NESTED[4, 4] = 0
NESTED[2:4, 9] = 5
NESTED[6, 9] = 2


@pytest.mark.parametrize("tile", [1, 4, 999])
def test_nested_holes_and_islands(on_disk, tile):
    numbers, drawn = traced(on_disk, NESTED, tile).polygons(grid(NESTED.shape))
    assert numbers.tolist() == [2, 5]
    assert drawn[0].equals(shapely.box(9, 2, 10, 3))
    assert drawn[1].is_valid
    parts = sorted(drawn[1].geoms, key=lambda part: part.area)
    # 2 cells; 9 - 1 cells; 49 - 25 cells.
    assert [(part.area, len(part.interiors)) for part in parts] == [(2, 0), (8, 1), (24, 1)]


def test_two_holes_of_one_shell_and_shells_without(on_disk):
    cells = np.ones((5, 9), np.int32)
    cells[:, 5] = 0
    cells[1, 1] = cells[3, 3] = cells[2, 7] = 0
    _, drawn = polygons(on_disk, cells)
    assert [len(part.interiors) for part in drawn[0].geoms] == [2, 1]
    assert drawn[0].area == 45 - 5 - 3


def test_neighbours_share_their_points(on_disk):
    cells = [[1, 1, 2, 2], [1, 2, 2, 3], [1, 1, 3, 3]]
    outlines = traced(on_disk, cells)
    numbers, drawn = outlines.polygons(grid((3, 4)))
    assert numbers.tolist() == [1, 2, 3]
    # By hand: 5 + 4 + 3 cells.
    assert shapely.area(drawn).tolist() == [5, 4, 3]
    assert outlines.areas().tolist() == [0, 5, 4, 3]
    # The border of 1 and 2 is 4 sides long, that of 1 and 3 one, that of 2 and 3 three.
    shared = [shapely.length(shapely.shared_paths(one.exterior, other.exterior)) for one, other in pairs(drawn)]
    assert shared == [4, 1, 3]


def pairs(drawn):
    return [(drawn[0], drawn[1]), (drawn[0], drawn[2]), (drawn[1], drawn[2])]


patches = arrays(np.int32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 2))
blocks = arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 3)).map(
    lambda cells: np.kron(cells, np.ones((3, 2), np.int32))
)


@settings(deadline=None, max_examples=80)
@given(cells=patches | blocks)
def test_polygons_are_their_cells_whatever_the_tiles(on_disk, cells):
    outlines = traced(on_disk, cells, 999)
    for tile in (7, 16):
        other = traced(on_disk, cells, tile)
        for name in outlines.__dataclass_fields__:
            assert getattr(other, name).tobytes() == getattr(outlines, name).tobytes()
    numbers, drawn = outlines.polygons(grid(cells.shape))
    assert numbers.tolist() == [number for number in np.unique(cells) if number]
    assert shapely.is_valid(drawn).all()
    for number, polygon in zip(numbers, drawn, strict=True):
        assert polygon.area == (cells == number).sum() == outlines.areas()[number]
        np.testing.assert_array_equal(centres(polygon, cells.shape), cells == number)


@settings(deadline=None, max_examples=80)
@given(cells=patches | blocks, share=st.sampled_from([0.0, 0.001, 0.01, 1.0]), reach=st.sampled_from([0.1, 0.4, 0.49]))
def test_smoothed_polygons_keep_their_cells_and_areas(on_disk, cells, share, reach):
    outlines = traced(on_disk, cells)
    smooth = smoothed(outlines, cells.shape, share, reach, 0.2)
    numbers, drawn = smooth.outlines.polygons(grid(cells.shape))
    assert numbers.tolist() == [number for number in np.unique(cells) if number]
    assert shapely.is_valid(drawn).all()
    for number, polygon in zip(numbers, drawn, strict=True):
        size = (cells == number).sum()
        assert smooth.before[number] == size
        assert abs(polygon.area - size) <= share * size + 1e-8
        assert polygon.area == pytest.approx(smooth.after[number], abs=1e-8)
        np.testing.assert_array_equal(centres(polygon, cells.shape), cells == number)
    # No overlap, and nothing beyond the raster.
    if len(drawn):
        together = shapely.union_all(drawn)
        assert together.area == pytest.approx(shapely.area(drawn).sum(), abs=1e-7)
        assert shapely.box(0, 0, *cells.shape[::-1]).buffer(1e-9).covers(together)


DISC = (np.hypot(*(np.mgrid[:41, :41] - 20)) < 15.3).astype(np.int32)


def test_a_disc_becomes_round(on_disk):
    outlines = traced(on_disk, DISC)
    steps = outlines.polygons(grid(DISC.shape))[1][0]
    result = smoothed(outlines, DISC.shape, 0.01)
    smooth = result.outlines.polygons(grid(DISC.shape))[1][0]
    assert not result.kept.any()
    assert abs(smooth.area / DISC.sum() - 1) < 0.01
    # Steps make the way round 4 / pi times as long as that of the circle of the same area.
    circle = 2 * np.sqrt(np.pi * DISC.sum())
    assert steps.length > 1.25 * circle
    assert smooth.length < 1.01 * circle
    # Fewer points than sides of cells, and all within half a cell of the steps.
    assert len(smooth.exterior.coords) < steps.length / 2
    assert shapely.hausdorff_distance(smooth.exterior, shapely.segmentize(steps.exterior, 0.1)) < 0.72


def test_areas_stay_exactly_without_slack(on_disk):
    # A point is left out only where it lies on the line: so nothing but the shift, which is exact, moves the area.
    smooth = smoothed(traced(on_disk, DISC), DISC.shape, 1.0, slack=0.0)
    assert not smooth.kept.any()
    assert smooth.after[1] == pytest.approx(DISC.sum(), abs=1e-9)
    loose = smoothed(traced(on_disk, DISC), DISC.shape, 1.0, slack=0.3)
    assert abs(loose.after[1] - DISC.sum()) > 1e-6
    assert len(loose.outlines.points) < len(smooth.outlines.points)


def test_a_single_cell_becomes_a_diamond_of_its_area(on_disk):
    cells = np.zeros((3, 3), np.int32)
    cells[1, 1] = 1
    smooth = smoothed(traced(on_disk, cells), (3, 3), 0.01).outlines.polygons(grid((3, 3)))[1][0]
    half = np.sqrt(0.5)
    expected = shapely.Polygon([(1.5 - half, 1.5), (1.5, 1.5 + half), (1.5 + half, 1.5), (1.5, 1.5 - half)])
    assert shapely.symmetric_difference(smooth, expected).area < 1e-9
    # Within 0.1 cells of the middles of its sides it cannot keep its area: 2 * 0.6**2 < 1. It stays along the cells.
    kept = smoothed(traced(on_disk, cells), (3, 3), 0.01, reach=0.1)
    assert kept.kept.all()
    assert kept.outlines.polygons(grid((3, 3)))[1][0].equals(shapely.box(1, 1, 2, 2))


@pytest.mark.parametrize(("slope", "most"), [(1 / 3, 0.09), (1 / 12, 0.09), (-1 / 20, 0.07)])
def test_a_straight_line_aslant_is_found_again(on_disk, slope, most):
    rows, columns = np.mgrid[:40, :60]
    cells = np.zeros((42, 62), np.int32)
    cells[1:-1, 1:-1] = np.where(rows + 0.5 > 20.2 + slope * (columns - 29.5), 1, 2)
    smooth = smoothed(traced(on_disk, cells), cells.shape, 0.01, reach=0.49, slack=0.02)
    arc = np.flatnonzero((smooth.outlines.left > 0) & (smooth.outlines.right > 0))[0]
    points = smooth.outlines.points[smooth.outlines.start[arc] : smooth.outlines.start[arc + 1]]
    inner = points[(points[:, 0] > 5) & (points[:, 0] < 57)]
    off = (inner[:, 1] - 1) - 20.2 - slope * (inner[:, 0] - 31)
    assert len(points) < 30
    assert np.abs(off).max() < most


def test_a_long_straight_side_passes_64_links_at_most(on_disk):
    cells = np.zeros((6, 150), np.int32)
    cells[3:] = 1
    smooth = smoothed(traced(on_disk, cells), cells.shape, 0.01).outlines
    inner = smooth.points[smooth.points[:, 1] == 3]
    # From the end at 0: the 64th link is at 63.5, the next so many further at 127.5.
    assert np.unique(inner[:, 0]).tolist() == [0, 63.5, 127.5, 150]


def test_an_outline_follows_a_given_line(on_disk):
    cells = np.zeros((20, 30), np.int32)
    cells[8:, 2:28] = 1
    # The line is a third of a cell below the upper side of the cells; the centres are half a cell below.
    line = shapely.LineString([(0, 11 + 2 / 3), (30, 11 + 2 / 3)])
    crossed = crossings(np.array([line]), grid(cells.shape))
    follows = smoothed(traced(on_disk, cells), cells.shape, 0.05, lines=crossed)
    plain = smoothed(traced(on_disk, cells), cells.shape, 0.05)
    for column in (6.2, 15.0, 23.9):
        assert upper_side(follows, cells.shape, column) == pytest.approx(8 + 1 / 3, abs=1e-5)
        assert abs(upper_side(plain, cells.shape, column) - 8) < 0.2


def upper_side(smooth, shape, column):
    """Give the row at which a column enters the first polygon."""
    polygon = smooth.outlines.polygons(grid(shape))[1][0]
    down = shapely.LineString([(column, 0), (column, shape[0])])
    return shape[0] - shapely.intersection(polygon, down).bounds[3]


def test_an_upright_line_on_either_side_of_a_patch(on_disk):
    cells = np.zeros((30, 20), np.int32)
    cells[2:28, 5:12] = 1
    box = grid(cells.shape)
    for x, edge in ((4.75, 5), (12.25, 12)):
        crossed = crossings(np.array([shapely.LineString([(x, 0), (x, 30)])]), box)
        smooth = smoothed(traced(on_disk, cells), cells.shape, 0.1, lines=crossed)
        polygon = smooth.outlines.polygons(box)[1][0]
        across = shapely.intersection(polygon, shapely.LineString([(0, 15), (20, 15)])).bounds
        assert across[0 if edge == 5 else 2] == pytest.approx(x, abs=1e-5)


def test_a_line_through_centres_keeps_clear_of_them(on_disk):
    cells = np.zeros((12, 30), np.int32)
    cells[5:9, 2:28] = 1
    line = shapely.LineString([(0, 12 - 5.4999), (30, 12 - 5.4999)])
    crossed = crossings(np.array([line]), grid(cells.shape))
    smooth = smoothed(traced(on_disk, cells), cells.shape, 1.0, lines=crossed)
    polygon = smooth.outlines.polygons(grid(cells.shape))[1][0]
    np.testing.assert_array_equal(centres(polygon, cells.shape), cells == 1)
    assert upper_side(smooth, cells.shape, 15.2) == pytest.approx(5.49, abs=1e-9)


def test_a_share_of_nothing_keeps_all_arcs(on_disk):
    rng = np.random.default_rng(4)
    cells = np.kron(rng.integers(0, 3, (5, 5)), np.ones((4, 4), np.int64))
    strict = smoothed(traced(on_disk, cells), cells.shape, 0.0)
    np.testing.assert_allclose(strict.after, strict.before, atol=1e-9)
    loose = smoothed(traced(on_disk, cells), cells.shape, 0.01)
    assert len(loose.outlines.points) < len(strict.outlines.points)
    assert not np.array_equal(loose.after, loose.before)
