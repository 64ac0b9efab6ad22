import numpy as np
import pytest
import shapely

from shanshui.sample.contours import area_above_zero, lines_of_zero
from shanshui.sample.extent import NORTH, WEST

SIDE = 10.0 * np.arange(101.0)
X, Y = np.meshgrid(SIDE, SIDE)


def test_a_plane_is_cut_along_a_straight_line():
    lines = lines_of_zero(X - 503.0, SIDE, SIDE)
    assert len(lines) == 1
    assert lines[0].length == pytest.approx(1_000.0)
    assert shapely.get_coordinates(lines[0])[:, 0] == pytest.approx(WEST + 503.0)
    assert lines[0].bounds[1::2] == pytest.approx((NORTH - 1_000.0, NORTH))


def test_a_slanting_plane_is_cut_exactly():
    # Above zero is the triangle below x + y = 905: half of 905 squared.
    area = area_above_zero(905.0 - X - Y, SIDE, SIDE)
    assert area.area == pytest.approx(905.0**2 / 2.0, rel=2e-3)
    line = lines_of_zero(905.0 - X - Y, SIDE, SIDE)[0]
    assert line.length == pytest.approx(905.0 * np.sqrt(2.0))


def test_a_ring_has_a_hole_and_a_disc_in_it():
    away = np.hypot(X - 500.0, Y - 500.0)
    field = np.maximum(np.minimum(400.0 - away, away - 250.0), 100.0 - away)
    area = area_above_zero(field, SIDE, SIDE)
    assert area.is_valid
    assert sorted(len(part.interiors) for part in area.geoms) == [0, 1]
    assert area.area == pytest.approx(np.pi * (400.0**2 - 250.0**2 + 100.0**2), rel=2e-3)
    lines = lines_of_zero(field, SIDE, SIDE)
    assert [line.is_closed for line in lines] == [True] * 3
    assert [round(line.length / np.pi) for line in lines] == [800, 500, 200]


def test_nothing_and_everything():
    assert lines_of_zero(np.ones_like(X), SIDE, SIDE) == []
    assert area_above_zero(-np.ones_like(X), SIDE, SIDE).is_empty
    assert area_above_zero(np.ones_like(X), SIDE, SIDE).area == pytest.approx(1e6, rel=1e-3)


def test_any_field_is_above_zero_in_its_area_and_nowhere_else():
    rng = np.random.default_rng(1)
    side = 10.0 * np.arange(12.0)
    for _ in range(30):
        field = rng.normal(size=(12, 12))
        area = area_above_zero(field, side, side)
        assert area.is_valid
        x, y = np.meshgrid(WEST + side, NORTH - side)
        np.testing.assert_array_equal(shapely.contains_xy(area, x, y), field > 0.0)
