import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.chapters.services.slope_length_steepness import (
    length_by_steepness,
    length_of_field,
    length_of_flow,
    length_steepness_of_invest,
    slope_percent,
    steepness_of_hj1173,
    steepness_of_mccool_and_liu,
)


def row(*values):
    return np.array([values], np.float32)


def exponent(angle):
    sine = math.sin(math.radians(angle))
    beta = (sine / 0.0896) / (3 * sine**0.8 + 0.56)
    return beta / (1 + beta)


def test_steepness_of_both_methods_on_each_side_of_their_breaks():
    def line(factor, offset, *angles):
        return [factor * math.sin(math.radians(angle)) + offset for angle in angles]

    angles = row(0, 4.99, 5.0, 5.13, 5.14, 9.99, 10.0, 10.19, 10.2, 28.8, 28.81, 50)
    of_hj1173 = [*line(10.8, 0.03, 0, 4.99, 5, 5.13), *line(16.8, -0.5, 5.14, 9.99, 10, 10.19)]
    of_hj1173 += [*line(21.91, -0.96, 10.2, 28.8), 9.5988, 9.5988]
    np.testing.assert_allclose(steepness_of_hj1173(angles), [of_hj1173], rtol=1e-6)
    of_liu = [*line(10.8, 0.03, 0, 4.99), *line(16.8, -0.5, 5, 5.13, 5.14, 9.99)]
    of_liu += line(21.91, -0.96, 10, 10.19, 10.2, 28.8, 28.81, 50)
    np.testing.assert_allclose(steepness_of_mccool_and_liu(angles), [of_liu], rtol=1e-6)


def test_the_printed_constant_would_not_meet_the_printed_end():
    sine = math.sin(math.radians(28.81))
    assert 21.91 * sine - 0.96 == pytest.approx(9.5988, abs=3e-4)
    assert 21.9 * sine - 0.96 == pytest.approx(9.594, abs=3e-4)


def test_length_of_a_field_by_hand():
    found = length_of_field(row(10), row(60), mccool_c=0.0896).item()
    assert found == pytest.approx((60 / 22.13) ** exponent(10), rel=1e-6)


def plane(east, south, width=30.0, height=20.0, shape=(5, 6)):
    """Make a plane that rises east and south, with its slope and the sides of its cells."""
    rows, columns = np.indices(shape)
    elevation = (east * width * columns + south * height * rows).astype(np.float32)
    angle = math.degrees(math.atan(math.hypot(east, south)))
    return elevation, np.full(shape, angle, np.float32), np.full(shape, width), np.full(shape, height), angle


@pytest.mark.parametrize(("east", "south"), [(0.2, 0.0), (0.0, -0.2), (0.12, 0.16), (-0.1, 0.1)])
def test_length_of_flow_takes_the_aspect_from_the_ground(east, south):
    elevation, slope, width, height, angle = plane(east, south)
    count = np.full(elevation.shape, 4, np.float32)
    scalars = {"mccool_c": 0.0896, "longest_slope_length": 1e9}
    found = length_of_flow(count, slope, elevation, width, height, **scalars)
    m, side = exponent(angle), math.sqrt(600)
    x = (abs(east) + abs(south)) / math.hypot(east, south)
    area = 3 * 600
    by_hand = ((area + 600) ** (m + 1) - area ** (m + 1)) / (side ** (m + 2) * x**m * 22.13**m)
    np.testing.assert_allclose(found[1:-1, 1:-1], by_hand, rtol=1e-4)
    assert found.shape == elevation.shape


def test_length_of_flow_ends_at_the_longest_slope_and_is_nan_off_the_ground():
    elevation, slope, width, height, angle = plane(0.2, 0.0)
    count = np.full(elevation.shape, 4000, np.float32)
    elevation[2, 2] = np.nan
    found = length_of_flow(count, slope, elevation, width, height, mccool_c=0.0896, longest_slope_length=122.0)
    assert np.isnan(found[2, 2])
    assert np.isfinite(found).sum() == found.size - 1
    np.testing.assert_allclose(found[0, 0], (122 / 22.13) ** exponent(angle), rtol=1e-5)


@given(st.integers(1, 100_000), st.floats(0, 60))
def test_more_above_never_shortens_a_slope(count, angle):
    sides = np.full((1, 2), 30.0)
    given = row(count, count + 1), row(angle, angle), row(0, 0), sides, sides
    less, more = length_of_flow(*given, mccool_c=0.0896, longest_slope_length=122.0)[0]
    assert 0 < less <= more * (1 + 1e-6)
    assert more <= (122 / 22.13) ** exponent(angle) * (1 + 1e-6)


def test_length_by_steepness_is_a_product():
    assert length_by_steepness(row(2, np.nan, 1), row(3, 1, np.nan)).tolist()[0][0] == 6.0
    assert np.isnan(length_by_steepness(row(np.nan, 1), row(1, np.nan))).all()


@pytest.mark.parametrize(("east", "south"), [(0.3, 0.4), (-0.05, 0.0), (0.0, 0.0)])
def test_slope_in_percent_of_a_plane(east, south):
    elevation, _, width, height, _ = plane(east, south)
    elevation[0, 0] = np.nan
    found = slope_percent(elevation, width, height)
    np.testing.assert_allclose(found[1:, 1:], 100 * math.hypot(east, south), rtol=1e-4)
    assert np.isnan(found[0, 0])
    assert found.dtype == np.float32


def test_invest_takes_the_side_of_the_square_of_equal_area():
    width, height = np.full((1, 1), 45.0), np.full((1, 1), 20.0)  # a side of 30 m
    given = row(101), row(20)
    found = length_steepness_of_invest(*given, width, height, invest_largest_length_factor=122.0).item()
    angle = math.atan(0.2)
    m, area, x = exponent(math.degrees(angle)), math.sqrt(100 * 900), math.sin(angle) + math.cos(angle)
    length = ((area + 900) ** (m + 1) - area ** (m + 1)) / (30 ** (m + 2) * x**m * 22.13**m)
    assert found == pytest.approx(length * (16.8 * math.sin(angle) - 0.5), rel=1e-5)
    bounded = length_steepness_of_invest(*given, width, height, invest_largest_length_factor=0.5).item()
    assert bounded == pytest.approx(0.5 * (16.8 * math.sin(angle) - 0.5), rel=1e-6)
