import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from odc.geo.geobox import GeoBox
from scipy import ndimage

from shanshui.base.grid import Window
from shanshui.data.scratch import ScratchRaster
from shanshui.science.patches_lines import crossings
from shanshui.science.patches_snapped import snap_patches
from shanshui.science.patches_standing import Standing, is_inside, ledger


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory):
    """Put an array on disk, in tiles."""
    folder = tmp_path_factory.mktemp("snapped")

    def put(cells, tile=999):
        cells = np.asarray(cells)
        raster = ScratchRaster(folder, cells.shape, tile, cells.dtype)
        raster.write(whole(raster), cells)
        return raster

    return put


def whole(raster):
    return Window(0, 0, *raster.shape)


def cells_of(raster):
    return raster.read(whole(raster))


def grid(shape):
    """A grid whose columns and rows, counted down, are x and y."""
    return GeoBox(shape, Affine(1, 0, 0, 0, 1, 0), "EPSG:32648")


def lines(*each):
    return np.array([None if one is None else shapely.LineString(one) for one in each], object)


def links(crossed):
    return sorted(zip(crossed.row.tolist(), crossed.column.tolist(), crossed.below.tolist(), strict=True))


def test_crossings_by_hand():
    # From (0.2, 0.2) down to (2.9, 1.1): the centres' rows are at y = 0.5, 1.5; columns at x = 0.5, 1.5, 2.5.
    crossed = crossings(lines([(0.2, 0.2), (2.9, 1.1)]), grid((2, 3)))
    # y = 0.5 is reached at x = 0.2 + 0.3 * 3 = 1.1: place 0.6 between the first centres. x = 1.5 at y = 0.6333, x = 2.5
    # at y = 0.9667: downwards from the first row at 0.1333 and 0.4667. x = 0.5 at y = 0.3: above the first centre.
    assert links(crossed) == [(0, 0, False), (0, 1, True), (0, 2, True)]
    np.testing.assert_allclose(crossed.place, [0.6, 0.4 / 3, 1.4 / 3], atol=4e-6)
    assert crossed.line.tolist() == [0, 0, 0]
    assert crossed.walls(Window(0, 0, 2, 3)).tolist() == [[1, 2, 2], [0, 0, 0]]
    assert crossed.walls(Window(-1, 1, 2, 3)).tolist() == [[0, 0, 0], [2, 2, 0]]


def test_of_several_lines_the_first_counts():
    crossed = crossings(lines([(1.2, 0), (1.2, 2)], [(0.9, 0), (0.9, 2)], [(2.1, 0), (2.1, 2)]), grid((2, 3)))
    assert links(crossed) == [(0, 0, False), (0, 1, False), (1, 0, False), (1, 1, False)]
    assert crossed.line.tolist() == [0, 2, 0, 2]
    np.testing.assert_allclose(crossed.place, [0.7, 0.6, 0.7, 0.6], atol=4e-6)


def test_lines_along_centres_and_beyond_the_grid():
    # Exactly along a column of centres: each row is crossed once, on one side.
    crossed = crossings(lines([(1.5, -5), (1.5, 9)]), grid((3, 4)))
    assert len({row for row, _, below in links(crossed) if not below}) == len(crossed) == 3
    assert len(crossings(lines([(-3, -1), (9, -2)], [(-1, 0), (-1, 9)], None), grid((3, 4)))) == 0
    assert len(crossings(np.array([], object), grid((3, 4)))) == 0
    several = shapely.MultiLineString([[(1, 0), (1, 3)], [(3, 0), (3, 3)]])
    both = crossings(np.array([shapely.Point(1, 1), several], object), grid((3, 4)))
    assert links(both) == sorted([(row, column, False) for row in range(3) for column in (0, 2)])
    assert both.line.tolist() == [1] * 6


points = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), min_size=2, max_size=6, unique=True)


@settings(deadline=None, max_examples=80)
@given(places=points, side=st.sampled_from([2.0, 3.0, 7.0]))
def test_walls_part_what_a_closed_line_parts(places, side):
    # Corners often lie on centres or between them: a closed line must still not leak.
    hull = shapely.MultiPoint([(x / side, y / side) for x, y in places]).convex_hull
    if hull.geom_type != "Polygon":
        return
    crossed = crossings(np.array([hull.exterior], object), grid((12, 13)))
    walls = crossed.walls(Window(0, 0, 12, 13))
    rows, columns = np.mgrid[:12, :13] + 0.5
    inner = shapely.contains_xy(shapely.buffer(hull, -1e-4), columns, rows)
    outer = ~shapely.contains_xy(shapely.buffer(hull, 1e-4), columns, rows)
    # From inside, walk over all links without a wall.
    reached = inner.copy()
    for _ in range(12 * 13):
        grown = reached.copy()
        grown[:, 1:] |= reached[:, :-1] & ((walls[:, :-1] & 1) == 0)
        grown[:, :-1] |= reached[:, 1:] & ((walls[:, :-1] & 1) == 0)
        grown[1:] |= reached[:-1] & ((walls[:-1] & 2) == 0)
        grown[:-1] |= reached[1:] & ((walls[:-1] & 2) == 0)
        if (grown == reached).all():
            break
        reached = grown
    assert not (reached & outer).any()


def snapped(on_disk, standing, given_lines, farthest, share=1.0, rule=None, tile=999, side=10.0, neighbours=8):
    standing = np.asarray(standing, np.uint8)
    rule = np.zeros(standing.shape, np.uint8) if rule is None else np.asarray(rule, np.uint8)
    sides = on_disk(np.full(standing.shape, side), tile)
    area = on_disk(np.full(standing.shape, side * side), tile)
    crossed = crossings(given_lines, grid(standing.shape))
    given = on_disk(standing, tile), on_disk(rule, tile), area, sides, sides, crossed
    return snap_patches(*given, farthest, share, neighbours)


HALF = np.zeros((12, 20), np.uint8)
HALF[6:] = 1


@pytest.mark.parametrize("tile", [1, 5, 999])
def test_the_boundary_moves_to_a_line_outside(on_disk, tile):
    # The boundary is at row 6, the line at row 4: two rows of 20 cells of 100 m2.
    river = lines([(-1, 4), (21, 4)])
    assert snapped(on_disk, HALF, river, 19.9, tile=tile).pieces.empty
    change = snapped(on_disk, HALF, river, 20.0, tile=tile)
    after = cells_of(change.standing)
    assert (after[4:6] == Standing.SNAPPED_IN).all()
    assert (after[:4] == 0).all()
    assert (after[6:] == 1).all()
    row = {"reason": "snapped_in", "number": 1, "cells": 40, "area": 4000.0, "row": 4, "column": 0}
    assert change.pieces.to_dict("records") == [row | {"patch": 1, "line": 0}]


@pytest.mark.parametrize("tile", [1, 5, 999])
def test_the_boundary_moves_to_a_line_inside(on_disk, tile):
    river = lines(None, [(-1, 7), (21, 7)])
    assert snapped(on_disk, HALF, river, 9.9, tile=tile).pieces.empty
    change = snapped(on_disk, HALF, river, 10.0, tile=tile)
    after = cells_of(change.standing)
    assert (after[6] == Standing.SNAPPED_OUT).all()
    assert is_inside(after).sum() == 100
    row = {"reason": "snapped_out", "number": 1, "cells": 20, "area": 2000.0, "row": 6, "column": 0}
    assert change.pieces.to_dict("records") == [row | {"patch": 1, "line": 1}]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
def test_any_direction(on_disk, turned, mirrored):
    cells = HALF[::-1] if mirrored else HALF
    at = 8 if mirrored else 4
    river = lines([(at, -1), (at, 21)]) if turned else lines([(-1, at), (21, at)])
    cells = cells.T if turned else cells
    after = cells_of(snapped(on_disk, cells, river, 20.0).standing)
    after = after.T if turned else after
    after = after[::-1] if mirrored else after
    assert (after[4:6] == Standing.SNAPPED_IN).all()
    assert (after == Standing.SNAPPED_IN).sum() == 40


def test_a_line_on_the_boundary_or_across_it_moves_nothing(on_disk):
    assert snapped(on_disk, HALF, lines([(-1, 6), (21, 6)]), 50.0).pieces.empty
    assert snapped(on_disk, HALF, lines([(10, -1), (10, 13)]), 50.0).pieces.empty
    assert snapped(on_disk, HALF, lines([(4, 0), (14, 12)]), 30.0).pieces.empty


def test_the_edge_of_the_raster_is_no_boundary(on_disk):
    # Four columns wide and two rows deep: only if its ends counted would it be too short.
    assert snapped(on_disk, HALF[:, :4], lines([(-1, 4), (21, 4)]), 20.0).pieces["cells"].tolist() == [8]


def test_a_boundary_on_one_line_does_not_go_on_to_another(on_disk):
    assert snapped(on_disk, HALF, lines([(-1, 6), (21, 6)], [(-1, 4), (21, 4)]), 50.0).pieces.empty


def test_a_line_along_another_patch_is_no_place_for_a_boundary(on_disk):
    # The gap of two rows would be closed: no boundary would lie on the line then.
    cells = HALF.copy()
    cells[:4] = 1
    assert snapped(on_disk, cells, lines([(-1, 4), (21, 4)]), 20.0).pieces.empty


@pytest.mark.parametrize("sense", [1, -1])
def test_a_line_that_crosses_flatly_takes_both_slivers(on_disk, sense):
    cells = np.zeros((12, 40), np.uint8)
    cells[6:] = 1
    # It rises by 4 rows in 40 columns through the boundary: added on one side, removed on the other.
    change = snapped(on_disk, cells, lines([(-1, 6 - 2.1 * sense), (41, 6 + 2.1 * sense)]), 20.0)
    pieces = change.pieces
    assert sorted(pieces["reason"]) == ["snapped_in", "snapped_out"]
    rows, columns = np.mgrid[:12, :40] + 0.5
    below = rows > 6 + (columns - 20) * 0.1 * sense
    np.testing.assert_array_equal(is_inside(cells_of(change.standing)), below)


def test_a_share_bounds_the_change(on_disk):
    # 120 cells inside; 40 would come: a third.
    river = lines([(-1, 4), (21, 4)])
    assert snapped(on_disk, HALF, river, 20.0, share=0.334).pieces["cells"].tolist() == [40]
    assert snapped(on_disk, HALF, river, 20.0, share=0.333).pieces.empty


def test_the_smallest_sliver_comes_first(on_disk):
    # Two lines, on both sides of the patch: rows 2 to 9 are inside; one row of 20 above, two rows of 20 below.
    cells = np.zeros((14, 20), np.uint8)
    cells[2:10] = 1
    both = lines([(-1, 12), (21, 12)], [(-1, 1), (21, 1)])
    # 160 cells: an eighth is 20, and three eighths are 60.
    small = snapped(on_disk, cells, both, 30.0, share=0.374)
    assert small.pieces[["cells", "line"]].to_numpy().tolist() == [[20, 1]]
    assert snapped(on_disk, cells, both, 30.0, share=0.124).pieces.empty
    assert snapped(on_disk, cells, both, 30.0, share=0.376).pieces["cells"].tolist() == [20, 40]


def test_of_lines_on_both_sides_the_nearer_wins(on_disk):
    # One line a row outside, one two rows inside: only the first is taken.
    change = snapped(on_disk, HALF, lines([(-1, 5), (21, 5)], [(-1, 8), (21, 8)]), 30.0)
    assert change.pieces[["reason", "line"]].to_numpy().tolist() == [["snapped_in", 0]]
    change = snapped(on_disk, HALF, lines([(-1, 4), (21, 4)], [(-1, 7), (21, 7)]), 30.0)
    assert change.pieces[["reason", "line"]].to_numpy().tolist() == [["snapped_out", 1]]


def test_excluded_and_mandatory_cells_do_not_move(on_disk):
    rule = np.zeros(HALF.shape, np.uint8)
    rule[5, 3] = 1
    river = lines([(-1, 4), (21, 4)])
    after = cells_of(snapped(on_disk, HALF, river, 20.0, rule=rule).standing)
    assert after[5, 3] == 0
    assert (after == Standing.SNAPPED_IN).sum() == 39
    rule[:] = 0
    rule[6, 8] = 2
    river = lines([(-1, 8), (21, 8)])
    after = cells_of(snapped(on_disk, HALF, river, 20.0, rule=rule).standing)
    assert after[6, 8] == 1
    assert (after == Standing.SNAPPED_OUT).sum() == 39
    # A mandatory cell outside may come in, an excluded one inside may go.
    rule[6, 8] = 1
    assert (cells_of(snapped(on_disk, HALF, river, 20.0, rule=rule).standing) == Standing.SNAPPED_OUT).sum() == 40


def test_a_short_line_moves_a_stretch_only_where_it_is_longer_than_wide(on_disk):
    # Two rows between; where the line ends the new boundary runs two cells down on each side: 4 sides off the line.
    assert snapped(on_disk, HALF, lines([(6, 4), (14, 4)]), 20.0).pieces.empty
    change = snapped(on_disk, HALF, lines([(5, 4), (14, 4)]), 20.0)
    assert (cells_of(change.standing)[4:6, 5:14] == Standing.SNAPPED_IN).all()
    assert change.pieces["cells"].tolist() == [18]


def test_without_patches_or_lines_nothing_moves(on_disk):
    assert snapped(on_disk, np.zeros((5, 6)), lines([(0, 2), (6, 2)]), 99.0).pieces.empty
    assert snapped(on_disk, np.ones((5, 6)), lines([(0, 2), (6, 2)]), 99.0).pieces.empty
    change = snapped(on_disk, HALF, lines(), 99.0)
    assert change.pieces.empty
    assert {"patch", "line"} <= set(change.pieces.columns)
    np.testing.assert_array_equal(cells_of(change.standing), HALF)


def test_a_sliver_between_patches_counts_on_that_with_the_longer_border(on_disk):
    cells = np.zeros((12, 20), np.uint8)
    cells[6:, :5] = cells[6:, 6:] = 1
    # Over the gap the way to the line is sqrt(5) = 2.24 cells.
    change = snapped(on_disk, cells, lines([(-1, 4), (21, 4)]), 23.0)
    assert change.pieces["patch"].tolist() == [2]


blobs = arrays(np.int8, st.tuples(st.integers(2, 18), st.integers(2, 18)), elements=st.integers(-3, 3))


@settings(deadline=None, max_examples=60)
@given(
    cells=blobs,
    ends=st.lists(st.tuples(st.floats(-2, 20), st.floats(-2, 20)), min_size=2, max_size=4),
    seed=st.integers(0, 3),
)
def test_the_ledger_balances_whatever_the_tiles(on_disk, cells, ends, seed):
    cells = ndimage.grey_closing(cells, 3)
    standing = (cells > 0).astype(np.uint8)
    rule = np.where(cells == -3, 1, np.where(cells == 3, 2, 0)).astype(np.uint8)
    share = [0.05, 0.2, 1.0, 1.0][seed]
    made = [snapped(on_disk, standing, lines(ends), 2.5, share, rule, tile, 1.0) for tile in (7, 16, 999)]
    after = cells_of(made[0].standing)
    for other in made[1:]:
        assert cells_of(other.standing).tobytes() == after.tobytes()
        assert other.pieces.equals(made[0].pieces)
    assert not is_inside(after)[(rule == 1) & (standing == 0)].any()
    assert is_inside(after)[(rule == 2) & (standing == 1)].all()
    pieces = made[0].pieces
    assert pieces["cells"].sum() == (after != standing).sum()
    patches, _ = ndimage.label(standing, np.ones((3, 3)))
    for patch, group in pieces.groupby("patch"):
        assert group["area"].sum() <= share * (patches == patch).sum() + 1e-6
    rows = ledger(made[0].standing, on_disk(np.ones(cells.shape)))
    assert rows["cells"].sum() == cells.size
