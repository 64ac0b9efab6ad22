import numpy as np
import pytest

from shanshui.sample.noise import fractal_field, hash_field, spot_field, stream


def test_a_stream_is_named_by_its_seed_and_its_name():
    assert stream(1, "moisture") == stream(1, "moisture")
    assert len({stream(seed, name) for seed in (1, 2, 11) for name in ("moisture", "coast", "1/coast")}) == 9


def test_hashes_are_evenly_spread_and_independent():
    field = hash_field(0, 0, 400, 500, stream(1, "test"))
    assert field.min() >= 0.0
    assert field.max() < 1.0
    counts, _ = np.histogram(field, bins=10, range=(0.0, 1.0))
    # 20,000 in each of ten bins, standard deviation 134: five of them
    np.testing.assert_allclose(counts, 20_000, atol=670)
    for shifted in (field[:, 1:], field[1:, :]):
        part = field[: shifted.shape[0], : shifted.shape[1]]
        assert abs(np.corrcoef(part.ravel(), shifted.ravel())[0, 1]) < 0.012


def test_a_hash_belongs_to_its_cell_and_not_to_the_window():
    whole = hash_field(-3, -5, 40, 40, 7)
    np.testing.assert_array_equal(hash_field(7, 15, 10, 10, 7), whole[10:20, 20:30])


def test_gradient_noise_vanishes_at_the_points_of_its_lattice():
    x, y = np.meshgrid(np.arange(-3, 4) * 250.0, np.arange(-3, 4) * 250.0)
    np.testing.assert_array_equal(fractal_field(x, y, 250.0, 1, 99), 0.0)
    assert np.abs(fractal_field(x + 60.0, y + 90.0, 250.0, 1, 99)).min() > 0.0


def test_noise_is_continuous_across_the_squares_of_its_lattice():
    x = np.linspace(-1_000.0, 1_000.0, 200_001)[None, :]  # 1 cm apart
    field = fractal_field(x, np.full_like(x, 33.0), 500.0, 3, 5)
    # The slope of an octave stays below about 2 x 2 x 1.9 / wavelength, alike for every octave.
    assert np.abs(np.diff(field)).max() < 0.01 * 3 * 8.0 / 500.0
    assert abs(field.mean()) < 0.5
    assert np.abs(field).max() < 2.0


def test_noise_does_not_depend_on_the_order_in_which_places_are_asked():
    x, y = np.meshgrid(np.linspace(0.0, 9_000.0, 31), np.linspace(0.0, 9_000.0, 37))
    field = fractal_field(x, y, 700.0, 4, 5)
    np.testing.assert_array_equal(fractal_field(x[::-1, ::-1], y[::-1, ::-1], 700.0, 4, 5), field[::-1, ::-1])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_square_holds_one_whole_spot(number):
    x, y = np.meshgrid(np.arange(0.5, 300.0), np.arange(0.5, 300.0))
    inside = spot_field(x, y, 100.0, 10.0, 30.0, number) < 0.0
    for row in range(0, 300, 100):
        for column in range(0, 300, 100):
            cells = np.count_nonzero(inside[row : row + 100, column : column + 100])
            assert 300 <= cells <= 2_850  # pi r^2 with r from 10 to 30 gives 314 to 2827
