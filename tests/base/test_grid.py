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
