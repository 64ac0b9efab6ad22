import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Grid, Window

sides = st.integers(1, 60)


def grid_of(rows, columns, tile=1024, width=30.0, height=30.0):
    return Grid(GeoBox((rows, columns), Affine(width, 0, 0, 0, -height, 0), "EPSG:32748"), tile)


@given(rows=sides, columns=sides, tile=st.integers(1, 70))
def test_tiles_cover_every_cell_exactly_once(rows, columns, tile):
    times = np.zeros((rows, columns), int)
    for window in grid_of(rows, columns, tile).tiles():
        assert window.row >= 0
        assert window.column >= 0
        assert 1 <= window.height <= tile
        assert 1 <= window.width <= tile
        times[window.row : window.row + window.height, window.column : window.column + window.width] += 1
        assert window.row + window.height <= rows
        assert window.column + window.width <= columns
    assert (times == 1).all()


def test_tiles_come_row_by_row():
    assert [(window.row, window.column) for window in grid_of(3, 5, 2).tiles()] == [
        (0, 0),
        (0, 2),
        (0, 4),
        (2, 0),
        (2, 2),
        (2, 4),
    ]


def test_a_halo_lies_on_every_side():
    assert Window(10, 20, 4, 6).padded(3) == Window(7, 17, 10, 12)
    assert Window(0, 0, 1, 1).padded(0) == Window(0, 0, 1, 1)


def test_the_cell_size_is_the_side_of_the_square_of_equal_area():
    assert grid_of(2, 2, width=20.0, height=45.0).cell_size == pytest.approx(30.0)


def test_the_whole_is_one_window():
    grid = grid_of(7, 9)
    assert grid.shape == (7, 9)
    assert grid.whole == Window(0, 0, 7, 9)
    assert list(grid.tiles()) == [grid.whole]


def test_a_sample_is_a_sixth_each_way_and_four_rows_at_least():
    # 14 x 48 blocks of 512 cells, the last ones cut: 4 rows of 8.
    windows = list(grid_of(13 * 512 + 100, 47 * 512 + 30).sample())
    rows = sorted({window.row for window in windows})
    # The middles of four parts of 14 blocks: 1.75, 5.25, 8.75 and 12.25.
    assert rows == [512, 5 * 512, 8 * 512, 12 * 512]
    assert [sum(window.row == row for window in windows) for row in rows] == [8] * 4
    assert {window.shape for window in windows} == {(512, 512)}
    # In the first row the middles of eight parts of 48; in the next 0.618 of a part further, round the corner.
    columns = [[window.column // 512 for window in windows if window.row == row] for row in rows[:2]]
    assert columns == [list(range(3, 48, 6)), list(range(0, 48, 6))]


@given(rows=st.integers(1, 9000), columns=st.integers(1, 9000))
def test_a_sample_has_each_tile_once_and_of_a_small_grid_every_cell(rows, columns):
    windows = list(grid_of(rows, columns).sample())
    assert len(set(windows)) == len(windows)
    for window in windows:
        assert window.row % 512 == window.column % 512 == 0
        assert window.shape == (min(512, rows - window.row), min(512, columns - window.column))
        assert min(window.shape) > 0
    if max(rows, columns) <= 4 * 512:
        assert sum(window.height * window.width for window in windows) == rows * columns
