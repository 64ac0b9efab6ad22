import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.science.flow_fixtures import MemoryRaster

from shanshui.science.fetch import fetch_of_coast

NAN = np.nan
SIXTEEN = tuple(22.5 * number for number in range(16))
FAR = 1000.0
# Aslant, through corners, and near to each side of a cell.
BEARINGS = (45.0, 112.5, 8.0, 98.0, 188.0, 278.0, 352.0, 262.0)


def fetch(sea, coast, directions=SIXTEEN, farthest=FAR, width=10.0, height=10.0, tile=1000):
    """Give fetches as (rows, columns, directions); NaN where there is no coast."""
    sea, coast = np.array(sea, np.float32), np.array(coast, np.int32)
    widths, heights = (np.broadcast_to(np.reshape(side, (-1, 1)), sea.shape) for side in (width, height))
    rasters = [MemoryRaster(cells, tile) for cells in (sea, coast, widths.astype(float), heights.astype(float))]
    found = np.full((*sea.shape, len(directions)), NAN)
    for part in fetch_of_coast(*rasters, directions, farthest):
        found[part.tile.row + part.rows, part.tile.column + part.columns] = part.fetch
    return found


def at(shape, *cells):
    coast = np.zeros(shape, np.int32)
    for cell in cells:
        coast[cell] = 1
    return coast


def test_a_straight_coast_sees_the_seven_directions_that_lead_off_it():
    """Sea in the north without an end: from 67.5 degrees on either side of north; not along the coast."""
    sea = np.zeros((6, 8))
    sea[:3] = 1
    found = fetch(sea, at(sea.shape, (3, 4)))[3, 4]
    assert found.tolist() == [FAR] * 4 + [0.0] * 9 + [FAR] * 3


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_coast_that_is_turned_has_its_fetch_turned(turns):
    sea = np.zeros((7, 7))
    sea[:3] = 1
    sea[0, 5:] = 0
    coast = at(sea.shape, (3, 3))
    # A turn of the array is anticlockwise: the directions go back by 90 degrees.
    found = fetch(np.rot90(sea, turns), np.rot90(coast, turns))[3, 3]
    np.testing.assert_allclose(found, np.roll(fetch(sea, coast)[3, 3], -4 * turns), rtol=1e-12)


def test_a_bay_by_hand():
    """Five rows by three columns of water, seen from the middle of its west bank: from the side of the cell."""
    sea = np.zeros((7, 7))
    sea[1:6, 3:6] = 1
    found = dict(zip(SIXTEEN, fetch(sea, at(sea.shape, (3, 2)))[3, 2], strict=True))
    # East 30 m of water. North-north-east to the end of the bay 25 m up; east-north-east to the far bank.
    assert found[90.0] == pytest.approx(30.0)
    assert found[22.5] == found[157.5] == pytest.approx(25.0 / math.cos(math.radians(22.5)))
    assert found[67.5] == found[112.5] == pytest.approx(30.0 / math.cos(math.radians(22.5)))
    # North-east it meets the end (25 m) before the far bank (30 m).
    assert found[45.0] == found[135.0] == pytest.approx(25.0 * math.sqrt(2.0))
    assert all(found[direction] == 0.0 for direction in SIXTEEN if direction >= 180.0 or direction == 0.0)


def test_cells_that_are_higher_than_wide():
    """North-east in cells of 10 by 20 m: the end of the bay is 50 m up, so the far bank 30 m off is met first."""
    sea = np.zeros((7, 7))
    sea[1:6, 3:6] = 1
    found = fetch(sea, at(sea.shape, (3, 2)), (45.0, 157.5), height=20.0)[3, 2]
    np.testing.assert_allclose(found, [30.0 * math.sqrt(2.0), 50.0 / math.cos(math.radians(22.5))], rtol=1e-12)


def test_an_island_stops_the_lines_that_meet_it_and_the_rest_leave_the_map():
    sea = np.ones((9, 9))
    sea[:, 0] = 0
    sea[4, 6] = 0
    found = dict(zip(SIXTEEN, fetch(sea, at(sea.shape, (4, 0)))[4, 0], strict=True))
    assert found[90.0] == pytest.approx(50.0)
    # At 22.5 degrees it passes two cells beside the island.
    assert found[67.5] == found[112.5] == found[45.0] == FAR


def test_the_cells_of_each_row_are_as_wide_as_that_row():
    """North-east: 5 m up and east in the row of 10 m, then 2.5 cells of 5 m, that is 7.5 of the 10 m of that row."""
    sea = [[0, 0, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 1, 1]]
    found = fetch(sea, at((3, 5), (2, 0)), (45.0,), width=[5.0, 5.0, 10.0])[2, 0]
    np.testing.assert_allclose(found, (5.0 + 7.5) * math.sqrt(2.0), rtol=1e-12)


def test_the_width_of_a_row_is_that_of_its_middle_cell():
    sea = np.ones((1, 5), np.float32)
    sea[0, [0, 4]] = 0
    width = MemoryRaster(np.array([[9.0, 9.0, 10.0, 9.0, 9.0]]), 10)
    parts = fetch_of_coast(MemoryRaster(sea, 10), MemoryRaster(at((1, 5), (0, 0)), 10), width, width, (90.0,), FAR)
    assert [part.fetch.tolist() for part in parts] == [[[30.0]]]


def test_no_fetch_is_longer_than_the_longest():
    sea = np.ones((3, 12))
    sea[:, [0, 11]] = 0
    coast = at(sea.shape, (1, 0))
    assert [fetch(sea, coast, (90.0,), farthest)[1, 0, 0] for farthest in (45.0, 99.0, 101.0)] == [45.0, 99.0, 100.0]


def test_land_beyond_the_longest_fetch_is_of_no_matter():
    """A strip of rows is in memory; land further away than it does not stop the line."""
    sea = np.ones((40, 3))
    sea[[0, 39]] = 0
    coast = at(sea.shape, (39, 1))
    for tile in (4, 100):
        assert fetch(sea, coast, (0.0,), 100.0, tile=tile)[39, 1, 0] == 100.0
        assert fetch(sea, coast, (0.0,), 1000.0, tile=tile)[39, 1, 0] == 380.0


def test_what_is_not_known_counts_as_open_sea():
    sea = np.array([[0, 1, NAN, 1, 0, 1, NAN, NAN, NAN]], np.float32)
    found = fetch(sea, at(sea.shape, (0, 0), (0, 4), (0, 2)), (90.0, 270.0))[0]
    # The land at the other end is met behind the gap; east of it lies nothing that is known.
    np.testing.assert_array_equal(found[[0, 4]], [[30.0, 0.0], [FAR, 30.0]])
    # A coast cell of which nothing is known has no fetch.
    assert np.isnan(found[2]).all()


def test_half_a_cell_of_sea_is_sea():
    sea = np.array([[0.49, 0.5, 1.0, 0.5, 0.49]], np.float32)
    assert fetch(sea, at(sea.shape, (0, 0)), (90.0,))[0, 0, 0] == 30.0


def test_a_spit_sees_both_waters():
    sea = np.ones((5, 9))
    sea[2] = 0
    sea[0] = 0
    found = dict(zip(SIXTEEN, fetch(sea, at(sea.shape, (2, 4)))[2, 4], strict=True))
    assert found[0.0] == pytest.approx(10.0)
    assert found[180.0] == FAR
    assert found[90.0] == found[270.0] == 0.0


def test_sea_at_a_corner_only_is_looked_at_from_the_corner():
    sea = np.zeros((4, 4))
    sea[:2, 2:] = 1
    found = fetch(sea, at(sea.shape, (2, 1)), (45.0, 0.0, 90.0, 225.0, 22.5))[2, 1]
    np.testing.assert_allclose(found, [FAR, 0.0, 0.0, 0.0, FAR], rtol=1e-12)


def test_a_line_through_corners_touches_no_neighbour():
    sea = np.zeros((6, 6))
    sea[[0, 1, 2, 3, 4], [5, 4, 3, 2, 1]] = 1
    found = fetch(sea, at(sea.shape, (5, 0)), (45.0,), farthest=60.0)[5, 0, 0]
    assert found == 60.0
    sea[1, 4] = 0
    assert fetch(sea, at(sea.shape, (5, 0)), (45.0,))[5, 0, 0] == pytest.approx(30.0 * math.sqrt(2.0))


def test_a_coast_cell_in_the_sea_is_left_from_its_centre():
    sea = np.array([[0, 1, 1, 1, 0]], np.float32)
    assert fetch(sea, at(sea.shape, (0, 2)), (90.0, 270.0))[0, 2].tolist() == [15.0, 15.0]


def test_a_coast_cell_away_from_the_sea_has_no_fetch():
    sea = np.array([[0, 0, 1]], np.float32)
    assert np.isnan(fetch(sea, at(sea.shape, (0, 0)))[0, 0]).all()


def test_without_a_coast_there_is_nothing():
    assert (
        list(
            fetch_of_coast(
                *[MemoryRaster(np.ones((3, 3)), 2)] + [MemoryRaster(np.zeros((3, 3)), 2)] * 1,
                *[MemoryRaster(np.ones((3, 3)), 2)] * 2,
                (0.0,),
                FAR,
            )
        )
        == []
    )


def length_by_definition(sea, row, column, x, y, direction, width, height, farthest):
    """Cut the line at every side of a cell; the pieces' middles tell which cells it passes."""
    east, south = math.sin(math.radians(direction)) / width, -math.cos(math.radians(direction)) / height
    cuts = [0.0, farthest]
    for start, speed in ((column + x, east), (row + y, south)):
        if abs(speed) > 1e-9:
            steps = np.arange(-50, 100)
            cuts += [cut for cut in (steps - start) / speed if 0 < cut < farthest]
    cuts.sort()
    for begin, end in pairwise(cuts):
        if end - begin < 1e-6:
            continue
        middle = (begin + end) / 2
        i, j = math.floor(row + y + south * middle), math.floor(column + x + east * middle)
        if not (0 <= i < sea.shape[0] and 0 <= j < sea.shape[1]):
            return farthest
        if sea[i, j] == 0:
            return begin
    return farthest


def fetch_by_definition(sea, row, column, direction, width, height, farthest):
    if sea[row, column] == 1:
        return length_by_definition(sea, row, column, 0.5, 0.5, direction, width, height, farthest)
    beside = {
        (down, right): 0 <= row + down < sea.shape[0]
        and 0 <= column + right < sea.shape[1]
        and sea[row + down, column + right] == 1
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    sides = [(0, 1), (0, -1), (1, 0), (-1, 0)]
    starts = [way for way in sides if beside[way]] or [way for way in beside if beside[way]]
    found = [NAN] if not starts else [0.0]
    for down, right in starts:
        east, north = math.sin(math.radians(direction)), math.cos(math.radians(direction))
        if (right and east * right < 1e-9) or (down and -north * down < 1e-9):
            continue
        x, y = 0.5 + 0.5 * right, 0.5 + 0.5 * down
        found.append(length_by_definition(sea, row, column, x, y, direction, width, height, farthest))
    return max(found)


@settings(max_examples=150, deadline=None)
@given(
    arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0.0, 1.0, 1.0])),
    st.floats(0, 360),
    st.sampled_from([(10.0, 10.0), (7.0, 12.0)]),
    st.sampled_from([35.0, 200.0]),
)
def test_it_is_the_length_up_to_the_first_land_whatever_the_tiles(sea, direction, sides, farthest):
    coast = np.ones(sea.shape)
    made = [
        fetch(sea, coast, (direction, *BEARINGS), farthest, width=sides[0], height=sides[1], tile=tile)
        for tile in (2, 5, 100)
    ]
    np.testing.assert_array_equal(made[0], made[2])
    np.testing.assert_array_equal(made[1], made[2])
    for (row, column), _ in np.ndenumerate(sea):
        for number, bearing in enumerate((direction, *BEARINGS)):
            expected = fetch_by_definition(sea, row, column, bearing, *sides, farthest)
            assert made[0][row, column, number] == pytest.approx(expected, abs=1e-4, nan_ok=True)
