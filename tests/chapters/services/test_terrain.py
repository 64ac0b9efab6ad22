import numpy as np
import pytest
from tests.science.flow_fixtures import MemoryRaster, surface

from shanshui.chapters import catalogue
from shanshui.chapters.services.terrain import (
    filled_elevation,
    flow_accumulation,
    flow_direction,
    relief_amplitude,
    slope,
)


def sides(value, shape=(3, 3)):
    return np.full(shape, value)


def test_slope_of_a_plane_that_rises_three_to_the_east_and_four_to_the_south():
    """Cells of 10 by 20 m: 3 m a column is 0.3, 8 m a row 0.4; together 0.5."""
    ground = (np.arange(3) * 3.0 + np.arange(3)[:, None] * 8.0).astype(np.float32)
    found = slope(ground, sides(10.0), sides(20.0))
    np.testing.assert_allclose(found, np.degrees(np.arctan(0.5)), rtol=1e-6)
    assert found.dtype == np.float32
    ground[0, 0] = np.nan
    assert np.isnan(slope(ground, sides(10.0), sides(20.0))[0, 0])


def test_amplitude_is_of_the_cells_around():
    ground = np.array([[3, 9, 100], [5, 4, np.nan], [6, 7, 1]], np.float32)
    expected = [[9 - 3, 100 - 3, 100 - 4], [9 - 3, 100 - 1, np.nan], [7 - 4, 7 - 1, 7 - 1]]
    np.testing.assert_array_equal(relief_amplitude(ground), expected)


def test_the_engine_gives_both_one_cell_on_each_side():
    for word in ("slope", "relief_amplitude"):
        (step,) = catalogue().methods(word)
        assert step.halo == 1


def test_water_of_a_pit_runs_over_its_lowest_rim():
    """The pit 2 fills to the 5 in the west, its only way out, and all its water leaves there."""
    ground = surface([9, 9, 9, 9], [5, 2, 4, 9], [9, 9, 9, 9])
    filled = filled_elevation(ground)
    np.testing.assert_array_equal(filled.cells, [[9, 9, 9, 9], [5, 5, 5, 9], [9, 9, 9, 9]])
    code = flow_direction(filled, surface(*[[30.0] * 4] * 3), surface(*[[30.0] * 4] * 3))
    assert code.cells.tolist() == [[7, 7, 7, 6], [0, 5, 5, 5], [3, 3, 3, 4]]
    # Five run into the 4, which with two more runs into the 2, which with two more leaves in the west: all twelve.
    assert flow_accumulation(code).cells.tolist() == [[1, 1, 1, 1], [12, 9, 6, 1], [1, 1, 1, 1]]


@pytest.mark.parametrize(("width", "height", "code"), [(10.0, 30.0, 1), (30.0, 10.0, 7)], ids=["east", "south"])
def test_the_nearer_of_two_equally_deep_neighbours_is_the_steeper(width, height, code):
    ground = surface([9, 9, 9], [9, 6, 3], [9, 3, 8])
    found = flow_direction(ground, surface(*[[width] * 3] * 3), surface(*[[height] * 3] * 3))
    assert found.cells[1, 1] == code


def test_sides_in_the_middle_of_the_grid_decide():
    """Of 4 by 4 cells those of (2, 2) stand for all."""
    ground = surface([9, 9, 9, 9], [9, 6, 3, 1], [9, 3, 8, 9], [9, 1, 9, 9])
    near, far = np.full((4, 4), 10.0), np.full((4, 4), 10.0)
    far[2, 2] = 30.0
    for width, height, code in ((far, near, 7), (near, far, 1)):
        found = flow_direction(ground, MemoryRaster(width, 1000), MemoryRaster(height, 1000))
        assert found.cells[1, 1] == code
