import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.relief import amplitude, gradient, slope

SIDE = np.full((5, 5), 30.0)


def plane(east, south):
    rows, columns = np.mgrid[:5, :5]
    return (100.0 + east * 30.0 * columns + south * 30.0 * rows).astype(np.float32)


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_plane_has_one_slope_to_its_very_edge(east, south):
    expected = np.degrees(np.arctan(np.hypot(east, south)))
    np.testing.assert_allclose(slope(plane(east, south), SIDE, SIDE), expected, atol=2e-3)
    found = gradient(plane(east, south), SIDE, SIDE)
    np.testing.assert_allclose(found[0], east, atol=1e-4)
    np.testing.assert_allclose(found[1], south, atol=1e-4)


def test_the_weights_of_horn():
    """A single cell of 8 m in the north-east: (8 x 1) / (8 x 30) to the east and to the north."""
    ground = np.zeros((3, 3), np.float32)
    ground[0, 2] = 8.0
    east, south = gradient(ground, SIDE[:3, :3], SIDE[:3, :3])
    assert east[1, 1] == pytest.approx(1 / 30)
    assert south[1, 1] == pytest.approx(-1 / 30)
    ground = np.zeros((3, 3), np.float32)
    ground[1, 2] = 8.0
    east, south = gradient(ground, SIDE[:3, :3], SIDE[:3, :3])
    assert east[1, 1] == pytest.approx(2 / 30)
    assert south[1, 1] == 0


def test_width_and_height_are_not_exchanged():
    wide, high = np.full((5, 5), 60.0), np.full((5, 5), 15.0)
    east, south = gradient(plane(1.0, 1.0), wide, high)
    assert east[2, 2] == pytest.approx(0.5)
    assert south[2, 2] == pytest.approx(2.0)


def test_a_hole_beside_the_cell_changes_no_plane_and_has_no_slope_itself():
    ground = plane(0.5, -0.25)
    ground[2, 3] = np.nan
    found = slope(ground, SIDE, SIDE)
    assert np.isnan(found[2, 3])
    # The cell between the hole and the edge has nothing to its left or right: it is level that way.
    expected = np.degrees(np.arctan(np.hypot(0.5, 0.25)))
    np.testing.assert_allclose(np.delete(found.ravel(), [13, 14]), expected, atol=2e-3)
    assert 0 < found[2, 4] < expected


def test_an_island_of_one_cell_is_level():
    ground = np.full((3, 3), np.nan, np.float32)
    ground[1, 1] = 7.0
    assert slope(ground, SIDE[:3, :3], SIDE[:3, :3])[1, 1] == 0
    assert amplitude(ground)[1, 1] == 0


def test_amplitude_is_of_nine_cells():
    ground = np.zeros((4, 4), np.float32)
    ground[0, 0], ground[3, 3] = -5.0, 9.0
    found = amplitude(ground)
    assert found[1, 1] == 5
    assert found[2, 2] == 9
    assert found[0, 3] == 0


@pytest.mark.parametrize("shape", [(3, 6), (6, 3), (4, 4)])
def test_edges_of_a_curved_ground_by_definition(shape):
    """A neighbour that is missing: the line through the cell, along the row of the neighbour, or along its column."""
    ground = np.random.default_rng(7).integers(0, 50, shape).astype(np.float32)
    known = {(i, j): float(ground[i, j]) for i in range(shape[0]) for j in range(shape[1])}

    def height(i, j, down, right):
        lines = [
            ((i, j), (i - down, j - right)),
            ((i, j + right), (i - down, j + right)),
            ((i + down, j), (i + down, j - right)),
        ]
        if (i + down, j + right) in known:
            return known[i + down, j + right]
        return next(2 * known[near] - known[far] for near, far in lines if near in known and far in known)

    east, south = gradient(ground, np.full(shape, 10.0), np.full(shape, 20.0))
    # Cells of which every neighbour has a line; the others are at the corners.
    for i, j in sorted(set(known) - {(i, j) for i in (0, shape[0] - 1) for j in (0, shape[1] - 1)}):
        at = {(down, right): height(i, j, down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right}
        rise_east = sum(weight * (at[row, 1] - at[row, -1]) for row, weight in ((-1, 1), (0, 2), (1, 1)))
        rise_south = sum(weight * (at[1, column] - at[-1, column]) for column, weight in ((-1, 1), (0, 2), (1, 1)))
        assert east[i, j] == pytest.approx(rise_east / 80, abs=1e-5)
        assert south[i, j] == pytest.approx(rise_south / 160, abs=1e-5)
