import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.science.wind_erosion import (
    critical_field_length,
    erodible_fraction,
    greatest_loss,
    loss_at,
    ridge_roughness,
    roughness_factor,
    roughness_of_ridges,
    soil_loss,
    transport_capacity,
    vegetation_factor,
)

FACTORS = st.floats(1e-4, 500.0)


def cell(value):
    return np.full((1, 1), value, np.float32)


# The equation


def test_the_parts_of_the_equation_by_hand():
    assert transport_capacity(10.0) == pytest.approx(1098.0)
    assert critical_field_length(1.0) == pytest.approx(150.71)
    # ln(150.71) - 0.3711 ln(10) = 5.01536 - 0.85449 = 4.16087
    assert critical_field_length(10.0) == pytest.approx(math.exp(4.16087), rel=1e-4)
    assert critical_field_length(0.0) == math.inf


@pytest.mark.parametrize(("factors", "published"), [(10.0, 14.5), (50.0, 59.2), (100.0, 51.3)])
def test_the_printed_equation_at_50_m_gives_the_known_numbers_and_is_not_monotonic(factors, published):
    assert loss_at(factors, 50.0) == pytest.approx(published, abs=0.05)


@given(FACTORS, st.floats(1.0, 200.0))
def test_the_loss_is_the_derivative_of_what_wind_carries_so_in_kg_a_square_metre(factors, x):
    def carried(distance):
        return transport_capacity(factors) * -math.expm1(-((distance / critical_field_length(factors)) ** 2))

    step = 1e-4 * x
    slope = (carried(x + step) - carried(x - step)) / (2 * step)
    peak = transport_capacity(factors) / critical_field_length(factors)
    assert loss_at(factors, x) == pytest.approx(slope, rel=1e-4, abs=1e-5 * peak)


@given(FACTORS)
def test_the_loss_sums_to_the_capacity(factors):
    x = np.linspace(0.0, 6.0 * critical_field_length(factors), 20_001)
    losses = np.array([loss_at(factors, at) for at in x[::20]])
    assert np.trapezoid(losses, x[::20]) == pytest.approx(transport_capacity(factors), rel=1e-5)


def test_the_greatest_loss_is_where_the_curve_turns():
    # F = 10: s = 64.13, s/sqrt(2) = 45.35 m is nearer than 50 m.
    # sqrt(2)/s x Qmax x exp(-1/2) = 1.41421/64.13 x 1098 x 0.60653 = 14.686
    assert greatest_loss(10.0, 50.0) == pytest.approx(14.686, rel=2e-4)
    # F = 1: s/sqrt(2) = 106.6 m is beyond: 2 x 50/150.71^2 x 109.8 x exp(-(50/150.71)^2) = 0.48342 x 0.89577
    assert greatest_loss(1.0, 50.0) == pytest.approx(0.43303, rel=1e-4)


@given(FACTORS, st.floats(1.0, 500.0))
def test_no_place_up_to_the_distance_loses_more_than_the_greatest_loss(factors, distance):
    found = greatest_loss(factors, distance)
    at = np.linspace(0.0, distance, 2001)
    assert max(loss_at(factors, x) for x in at) == pytest.approx(found, rel=1e-3)
    assert all(loss_at(factors, x) <= found * (1 + 1e-12) for x in at[::100])


@given(FACTORS, FACTORS, st.floats(1.0, 500.0))
def test_the_greatest_loss_never_falls_with_the_factors(one, other, distance):
    low, high = sorted((one, other))
    assert greatest_loss(low, distance) <= greatest_loss(high, distance) * (1 + 1e-12)


@given(FACTORS)
def test_where_wind_is_soon_loaded_doubled_factors_give_more_than_doubled_loss(factors):
    # Qmax/s goes with F^1.3711.
    far = 1e5
    assert greatest_loss(2 * factors, far) == pytest.approx(2**1.3711 * greatest_loss(factors, far), rel=1e-9)


# The soil that wind takes


def test_loss_in_tonnes_a_hectare_by_hand():
    # F = 40 x 0.5 x 0.8 x 0.625 = 10; bare: 14.686 kg/m2 = 146.86 t/ha
    bare = soil_loss(cell(40.0), cell(0.5), cell(0.8), cell(0.625), None, None, 50.0)
    assert bare.dtype == np.float32
    assert bare[0, 0] == pytest.approx(146.86, rel=2e-4)
    # C = 0.1: F = 1, 0.43303 kg/m2 = 4.3303 t/ha
    grown = soil_loss(cell(40.0), cell(0.5), cell(0.8), cell(0.625), cell(0.1), None, 50.0)
    assert grown[0, 0] == pytest.approx(4.3303, rel=1e-4)


def test_nothing_is_lost_without_wind_and_where_there_is_no_soil():
    land = np.array([[1, 0, -1]], np.int32)
    wind = np.full((1, 3), 10.0, np.float32)
    one = np.ones((1, 3), np.float32)
    found = soil_loss(wind, one, one, one, one, land, 50.0)
    assert found[0, 0] == pytest.approx(146.86, rel=2e-4)
    assert found[0, 1] == 0
    assert np.isnan(found[0, 2])
    assert (soil_loss(0 * wind, one, one, one, None, None, 50.0) == 0).all()
    # Water has no soil to lose, even where the soil map is empty.
    assert soil_loss(wind, one * np.nan, one, one, one, land, 50.0)[0, 1] == 0


@pytest.mark.parametrize("missing", range(5))
def test_a_missing_factor_is_no_small_one(missing):
    factors = [cell(10.0), cell(0.5), cell(0.5), cell(0.5), cell(0.5)]
    factors[missing] = cell(np.nan)
    assert np.isnan(soil_loss(*factors, None, 50.0)).all()


# The factors


def test_erodible_fraction_by_hand():
    # 29.09 + 0.31 x 60 + 0.17 x 25 + 0.33 x 60/15 - 2.59 x 1 - 0.95 x 5 = 45.92 percent
    args = [cell(60.0), cell(25.0), cell(15.0), cell(1.0)]
    assert erodible_fraction(*args, cell(5.0))[0, 0] == pytest.approx(0.4592, rel=1e-5)
    # without carbonate 4.75 more
    assert erodible_fraction(*args, None)[0, 0] == pytest.approx(0.5067, rel=1e-5)


def test_erodible_fraction_where_the_regression_has_no_answer():
    sand = np.array([[95.0, 0.0, np.nan, 95.0, 0.0, 99.9]], np.float32)
    clay = np.array([[0.0, 0.0, 0.0, np.nan, 60.0, 0.1]], np.float32)
    other = np.zeros_like(sand)
    matter = np.array([[1.0, 1.0, 1.0, 1.0, 30.0, 1.0]], np.float32)
    found = erodible_fraction(sand, other, clay, matter, None)
    # sand without clay: no bound, 1; neither sand nor clay: 29.09 - 2.59; peat: below 0
    np.testing.assert_allclose(found, [[1.0, 0.265, np.nan, np.nan, 0.0, 1.0]], rtol=1e-5)


@given(st.floats(5.5, 93.6), st.floats(0.5, 69.5), st.floats(5.0, 39.3), st.floats(0.18, 4.79), st.floats(0.0, 25.2))
def test_erodible_fraction_needs_no_cut_within_the_soils_of_the_regression(sand, silt, clay, matter, carbonate):
    found = erodible_fraction(cell(sand), cell(silt), cell(clay), cell(matter), cell(carbonate))[0, 0]
    by_hand = 29.09 + 0.31 * sand + 0.17 * silt + 0.33 * sand / clay - 2.59 * matter - 0.95 * carbonate
    if 0 <= by_hand <= 100:
        assert found == pytest.approx(by_hand / 100, abs=1e-5)
    else:
        assert found in (0, 1)


def test_ridges_in_centimetres_of_metres():
    # 0.2 x 3^2 / 60 = 0.03 m = 3 cm
    assert ridge_roughness(3.0, 60.0) == pytest.approx(3.0)
    # exp(1.86 x 3 - 2.41 x 3^0.934): 3^0.934 = exp(0.934 x 1.098612) = 2.790174; 5.58 - 6.724319 = -1.144319
    assert roughness_of_ridges(3.0) == pytest.approx(math.exp(-1.144319), rel=1e-5)
    assert roughness_of_ridges(0.0) == 1.0


def test_rougher_ground_than_the_regression_knows_keeps_the_least_factor():
    ridges = np.linspace(0.0, 18.0, 200)
    factors = [roughness_of_ridges(ridge) for ridge in ridges]
    assert (np.diff(factors) < 1e-9).all()
    least = roughness_of_ridges(18.0)
    assert least == pytest.approx(0.0938, abs=1e-4)
    # As printed, ground of 60 cm would be more open to the wind than level ground.
    assert math.exp(1.86 * 60 - 2.41 * 60**0.934) > 1
    assert roughness_of_ridges(60.0) == pytest.approx(least, rel=1e-6)
    assert roughness_of_ridges(1e6) == pytest.approx(least, rel=1e-6)


def test_roughness_from_relief_over_two_cells():
    # L = 40 + 20 = 60 m; relief 3 m: 3 cm as above
    found = roughness_factor(np.array([[3.0, 0.0, np.nan]], np.float32), np.full((1, 3), 40.0), np.full((1, 3), 20.0))
    np.testing.assert_allclose(found, [[math.exp(-1.144319), 1.0, np.nan]], rtol=1e-5)
    assert found.dtype == np.float32


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.3, 0.26874), (1.0, 0.012525)])
def test_cover_counts_in_percent(share, expected):
    # exp(-0.0438 x 30) = exp(-1.314) = 0.26874; exp(-4.38) = 0.012525; with the fraction it would be 0.987
    assert vegetation_factor(cell(0.0438), cell(share))[0, 0] == pytest.approx(expected, rel=1e-4)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.1, 300.0), st.floats(5.0, 200.0))
def test_more_cover_is_never_more_erosion(one, other, weather, distance):
    less, more = sorted((one, other))
    rest = (cell(0.8), cell(0.9), cell(0.9))
    losses = [
        soil_loss(cell(weather), *rest, vegetation_factor(cell(0.1151), cell(cover)), None, distance)[0, 0]
        for cover in (less, more)
    ]
    bare = soil_loss(cell(weather), *rest, None, None, distance)[0, 0]
    assert losses[1] <= losses[0] <= bare


def test_no_cover_no_fixation():
    arguments = (cell(120.0), cell(0.8), cell(0.9), cell(0.9))
    bare = soil_loss(*arguments, None, None, 50.0)
    assert bare[0, 0] == soil_loss(*arguments, vegetation_factor(cell(0.1151), cell(0.0)), None, 50.0)[0, 0]
