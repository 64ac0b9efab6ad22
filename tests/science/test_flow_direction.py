import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.science.flow_fixtures import STEP, TILES, MemoryRaster, directions_by_definition, path, surface, surfaces

from shanshui.science.depressions import fill_depressions
from shanshui.science.flow_direction import flow_direction


@pytest.mark.parametrize("code", STEP)
def test_the_codes_begin_in_the_east_and_go_anticlockwise(code):
    # One neighbour of the middle is lower.
    cells = np.full((3, 3), 2, np.float32)
    cells[1 + STEP[code][0], 1 + STEP[code][1]] = 1
    assert flow_direction(MemoryRaster(cells, 1000), 30, 30).cells[1, 1] == code


def test_a_valley_by_hand():
    # The middle column falls southwards by 1; the sides fall by 2 towards it, across a corner by 3 over 1.41: steeper.
    cells = surface([8, 6, 4, 6, 8], [7, 5, 3, 5, 7], [6, 4, 2, 4, 6], [5, 3, 1, 3, 5], [4, 2, 0, 2, 4])
    assert flow_direction(cells, 1, 1).cells.tolist() == [
        [8, 8, 7, 6, 6],
        [8, 8, 7, 6, 6],
        [8, 8, 7, 6, 6],
        [8, 8, 7, 6, 6],
        [1, 1, 0, 5, 5],
    ]


@pytest.mark.parametrize(
    ("width", "height", "code"),
    # South falls by 2, east by 3: 2/30 is less than 3/30; 2/30 is more than 3/50; 2/50 is less than 3/50 again.
    [(30, 30, 1), (50, 30, 7), (50, 50, 1)],
)
def test_width_and_height_of_a_cell_count(width, height, code):
    assert flow_direction(surface([9, 9, 9], [9, 5, 2], [9, 3, 9]), width, height).cells[1, 1] == code


@pytest.mark.parametrize(
    ("corner", "code"),
    # The corner is 5 away, and the south 4: a drop of 4 there is one of 1; 5 across the corner is the same.
    [(5.1, 8), (4.9, 7), (5.0, 7)],
)
def test_a_corner_is_as_far_as_pythagoras_says(corner, code):
    assert flow_direction(surface([9, 9, 9], [9, 9, 9], [9, 5, 9 - corner]), 3, 4).cells[1, 1] == code


def test_of_equal_drops_the_lowest_code_is_taken():
    assert flow_direction(surface([2, 1, 2], [1, 2, 1], [2, 1, 2]), 1, 1).cells[1, 1] == 1
    assert flow_direction(surface([2, 1, 2], [1, 2, 2], [2, 1, 2]), 1, 1).cells[1, 1] == 3


def test_a_flat_drains_by_the_fewest_steps():
    # A plain of 1 within walls; it drains at the 0 in the right edge.
    cells = surface([5, 5, 5, 5, 5], [5, 1, 1, 1, 5], [5, 1, 1, 1, 0], [5, 1, 1, 1, 5], [5, 5, 5, 5, 5])
    # (2, 3), (1, 3) and (3, 3) fall into the 0; every cell of the column before has a way of one step to one of them.
    assert flow_direction(cells, 1, 1).cells[1:4, 1:4].tolist() == [[1, 1, 8], [1, 1, 1], [1, 1, 2]]


def test_a_flat_drains_into_an_outlet_of_its_level():
    # All of one level: at the edge water leaves. West of the middle the nearest are the three at the left edge, of
    # which the north-western has the lowest code; the middle is two steps away, all its neighbours are one.
    codes = flow_direction(surface(*[[1] * 5] * 5), 1, 1).cells
    assert codes[0].tolist() == [0] * 5
    assert codes[2].tolist() == [0, 4, 1, 1, 0]


def test_outlets_and_cells_without_data():
    nan = np.nan
    cells = surface([3, 3, 3, 3, 3], [3, 3, 3, 3, 3], [3, 3, 2, nan, 3], [3, 3, 3, 3, 3], [3, 3, 3, 3, 3])
    codes = flow_direction(cells, 1, 1).cells
    assert codes[2, 3] == 255
    # Beside the hole: the lowest lets its water out, one with a lower neighbour gives it to that.
    assert codes[2, 2] == 0
    assert codes[1, 3] == 6
    assert codes[2, 4] == 0


def test_a_depression_is_refused():
    for tile in (1, 2, 1000):
        with pytest.raises(ValueError, match="fill_depressions"):
            flow_direction(MemoryRaster(np.float32([[2, 2, 2, 2], [2, 1, 1, 2], [2, 2, 2, 2]]), tile), 1, 1)


@settings(deadline=None, max_examples=100)
@given(surfaces(), st.sampled_from([(30.0, 30.0), (20.5, 31.25)]))
def test_it_is_what_the_definition_says_for_any_tiles(cells, sides):
    filled = fill_depressions(MemoryRaster(cells, 1000)).cells
    wanted = directions_by_definition(filled, *sides)
    for tile in TILES:
        assert flow_direction(MemoryRaster(filled, tile), *sides).cells.tobytes() == wanted.tobytes()


@settings(deadline=None, max_examples=50)
@given(surfaces())
def test_all_water_leaves_and_never_rises(cells):
    filled = fill_depressions(MemoryRaster(cells, 5)).cells
    codes = flow_direction(MemoryRaster(filled, 5), 30, 30).cells
    assert np.array_equal(codes == 255, np.isnan(cells))
    for place in np.argwhere(codes != 255):
        way = path(codes, tuple(int(part) for part in place))
        assert len(way) == len(set(way))
        levels = [filled[each] for each in way]
        assert levels == sorted(levels, reverse=True)


def test_a_lake_larger_than_many_tiles():
    # One level behind a wall with one gap; a wall within makes the water go round.
    cells = np.full((40, 40), 1, np.float32)
    cells[[0, -1]], cells[:, [0, -1]] = 5, 5
    cells[10, 1:30], cells[20, 10:39], cells[30, 1:30] = 5, 5, 5
    cells[1, 0] = 0
    wanted = directions_by_definition(cells, 30, 30)
    for tile in (1, 4, *TILES):
        assert flow_direction(MemoryRaster(cells, tile), 30, 30).cells.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("columns", [9, 10, 17, 18])
@pytest.mark.parametrize("outlet", [0, 1])
def test_a_flat_that_ends_in_a_strip_one_or_two_columns_wide(columns, outlet):
    """Tiles of eight: the last is as high as the others and a column or two wide; the way out lies at one end of it."""
    cells = np.full((23, columns), 5, np.float32)
    cells[0, :] = cells[-1, :] = cells[:, 0] = cells[:, -1] = 9
    cells[-1 if outlet else 0, columns - 2] = 4
    wanted = flow_direction(MemoryRaster(cells, 1000), 30, 30).cells
    np.testing.assert_array_equal(flow_direction(MemoryRaster(cells, 8), 30, 30).cells, wanted)
