import numpy as np
import pytest
from hypothesis import given, settings
from tests.science.flow_fixtures import TILES, MemoryRaster, filled_by_definition, surface, surfaces

from shanshui.base.grid import Window
from shanshui.science.depressions import fill_depressions
from shanshui.science.neighbours import read_with_rim, steps_in_memory
from shanshui.science.spill_graph import Passes, lowest_passes, spill_levels, together
from shanshui.science.tile_lines import TileLines, outermost


def test_two_pits_by_hand():
    # The pit 1 spills over 4 into the pit 2; from there the lowest way out is the 6 at the right edge.
    given_cells = surface(
        [9, 9, 9, 9, 9],
        [9, 1, 4, 2, 6],
        [9, 9, 9, 9, 9],
        [9, 3, 9, 7, 9],
        [9, 9, 8, 9, 9],
    )
    # From 3 the only ways out are the 8, across a corner, and those over a 9; from 7 the same 8.
    assert fill_depressions(given_cells).cells.tolist() == [
        [9, 9, 9, 9, 9],
        [9, 6, 6, 6, 6],
        [9, 9, 9, 9, 9],
        [9, 8, 9, 8, 9],
        [9, 9, 8, 9, 9],
    ]


def test_water_leaves_at_a_cell_without_data():
    nan = np.nan
    rows = [[5, 5, 5, 5, 5], [5, 1, 5, 5, 5], [5, 5, 3, 5, 5], [5, 5, 5, nan, 5], [5, 5, 5, 5, 5]]
    filled = fill_depressions(surface(*rows)).cells
    assert filled[1, 1] == 3
    assert filled[2, 2] == 3
    assert np.isnan(filled[3, 3])
    assert np.isnan(filled).sum() == 1


def test_a_slope_stays_as_it_is():
    slope = np.add.outer(np.arange(9.0), np.arange(11.0) / 16).astype(np.float32)
    assert fill_depressions(MemoryRaster(slope, 4)).cells.tobytes() == slope.tobytes()


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 2)])
def test_where_all_is_edge_nothing_rises(shape):
    cells = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)[::-1]
    assert np.array_equal(fill_depressions(MemoryRaster(cells, 2)).cells, cells)


def test_the_given_surface_is_left_alone():
    cells = np.array([[3, 3, 3], [3, 1, 3], [3, 3, 3]], np.float32)
    fill_depressions(MemoryRaster(cells, 2))
    assert cells[1, 1] == 1


def test_a_raster_without_data_stays_empty():
    assert np.isnan(fill_depressions(MemoryRaster(np.full((5, 5), np.nan, np.float32), 2)).cells).all()


def test_doubles_are_rounded_to_float32():
    cells = np.full((3, 3), 0.1)
    filled = fill_depressions(MemoryRaster(cells, 2)).cells
    assert filled.dtype == np.float32
    assert (filled == np.float32(0.1)).all()


@settings(deadline=None, max_examples=100)
@given(surfaces())
def test_it_is_what_the_definition_says_for_any_tiles(cells):
    wanted = filled_by_definition(cells)
    for tile in TILES:
        assert fill_depressions(MemoryRaster(cells, tile)).cells.tobytes() == wanted.tobytes()


def test_zero_has_one_sign():
    rows = [[1, 1, 1, 1], [-0.0, -1, -2, 0.0], [1, 1, -0.0, 1]]
    for tile in TILES:
        filled = fill_depressions(MemoryRaster(np.float32(rows), tile)).cells
        assert filled[1].tolist() == [0, 0, 0, 0]
        assert not np.signbit(filled).any()


def test_a_depression_winds_through_many_tiles():
    # A ditch goes back and forth, ever deeper; the sill at its mouth sets the level of all of it.
    cells = np.full((25, 25), 9, np.float32)
    ditch = [(1, 0), (1, 1)]
    for row in range(1, 24, 2):
        ditch += [(row, column) for column in (range(1, 24) if row % 4 == 1 else range(23, 0, -1))]
        ditch.append((row + 1, 23 if row % 4 == 1 else 1))
    for number, place in enumerate(ditch[:-1]):
        cells[place] = -number
    cells[1, 0] = 2
    wanted = np.where(cells < 9, 2, 9)
    assert np.array_equal(filled_by_definition(cells), wanted)
    for tile in TILES:
        assert np.array_equal(fill_depressions(MemoryRaster(cells, tile)).cells, wanted)


def test_passes_of_several_parts_are_one_graph():
    # 0 -5- 1 -3- 2 -4- 0: from 1 the lowest way out goes over 3 and 4, from 2 over 4.
    parts = [
        Passes(np.int32([0]), np.int32([1]), np.float32([5])),
        Passes(np.int32([1, 2]), np.int32([2, 0]), np.float32([3, 4])),
    ]
    passes = together(parts)
    assert spill_levels(passes, 4).tolist() == [-np.inf, 4, 4, np.inf]
    assert lowest_passes(passes, 3).height.tolist() == [3, 4]


def test_tiles_share_their_lines():
    lines = TileLines(MemoryRaster(np.zeros((5, 7), np.float32), 3))
    pairs = list(lines.tiles())
    assert [own for own, _ in pairs] == list(MemoryRaster(np.zeros((5, 7)), 3).tiles())
    assert pairs[0][1] == Window(0, 0, 4, 4)
    assert pairs[-1][1] == Window(3, 6, 2, 1)
    numbered = {}
    for row in range(5):
        for column in range(7):
            number = int(lines.numbers(np.array([row]), np.array([column]))[0])
            assert (number == -1) == (row not in (0, 3) and column not in (0, 3, 6))
            assert number < lines.count
            numbered.setdefault(number, []).append((row, column))
    assert all(len(cells) == 1 for number, cells in numbered.items() if number >= 0)


def test_the_outermost_cells_are_each_there_once():
    rows, columns = outermost((4, 5))
    assert len(rows) == 14
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == 14
    assert [len(outermost(shape)[0]) for shape in ((1, 1), (1, 4), (2, 2))] == [1, 4, 4]


def test_the_rim_is_read_with_the_window():
    raster = MemoryRaster(np.arange(12, dtype=np.float32).reshape(3, 4), 2)
    cells = read_with_rim(raster, Window(0, 2, 2, 2))
    assert np.array_equal(
        cells, [[np.nan] * 4, [1, 2, 3, np.nan], [5, 6, 7, np.nan], [9, 10, 11, np.nan]], equal_nan=True
    )
    cells[:] = 0
    assert raster.cells[2, 3] == 11


def test_steps_in_memory_are_those_of_the_neighbours():
    # Ten columns: itself, east, then anticlockwise, rows counted downwards.
    assert steps_in_memory(10).tolist() == [0, 1, -9, -10, -11, -1, 9, 10, 11]
