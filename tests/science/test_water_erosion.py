"""Kernels of water erosion: rain, soil, slope and cover, on numbers worked by hand."""

import math

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.windows import from_bounds

from shanshui.science.rainfall_erosivity import HALF_MONTHS, erosive_powers, erosive_rain, zhang_erosivity
from shanshui.science.slope_length import field_length, flow_length, invest_length_steepness, slope_steepness
from shanshui.science.soil_erodibility import epic_erodibility, nomograph_erodibility, texture_class
from shanshui.science.water_erosion import cover_factor_by_class, cover_factor_of_cai


def row(*values, dtype=np.float32):
    return np.array([values], dtype)


# Rain


def year_of(*days):
    """Make a year whose first half-month has these days of rain, and in whose other half-months one dry day."""
    first = np.array(days, np.float32).reshape(-1, 1, 1)
    return [first, *(np.zeros((1, 1, 1), np.float32) for _ in range(HALF_MONTHS - 1))]


def test_powers_of_erosive_days_by_hand():
    halves = [row(12, 11.99, 30).reshape(3, 1, 1), row(20).reshape(1, 1, 1)]
    found = erosive_powers(halves, 12.0, 1.7265, [0.3101, 0.3937])
    assert found.item() == pytest.approx(0.3101 * (12**1.7265 + 30**1.7265) + 0.3937 * 20**1.7265, rel=1e-6)


def test_a_missing_day_spreads_over_the_year_of_its_cell_only():
    days = np.array([[[20.0, 20.0, np.nan]], [[np.nan, 5.0, 20.0]]], np.float32)
    assert erosive_powers([days], 12.0, 1.0, [1.0]).tolist()[0][1] == 20.0
    for found in (erosive_powers([days], 12.0, 1.0, [1.0]), *erosive_rain([days], 12.0)):
        assert np.isnan(found).tolist() == [[True, False, True]]


def test_as_many_half_months_as_weights():
    with pytest.raises(ValueError, match="argument 2"):
        erosive_powers([np.zeros((1, 1, 1))], 12.0, 1.0, [1.0, 1.0])


def test_erosive_rain_begins_at_its_threshold():
    found = erosive_rain([row(12, 11.99, 30, 0).reshape(4, 1, 1), row(13).reshape(1, 1, 1)], 12.0)
    assert [each.item() for each in found] == [55.0, 3.0]


def test_zhang_by_hand():
    # Two years with 4 erosive days together: 20, 40 and 30, 30 mm; 120 mm, 60 a year, 30 a day.
    beta = 0.8363 + 18.144 / 30 + 24.455 / 60
    scale = 21.586 * beta**-7.1891
    expected = scale * (20**beta + 40**beta + 2 * 30**beta) / 2
    found = zhang_erosivity([year_of(20, 40, 11.9), year_of(30, 30)], 12.0)
    assert found.item() == pytest.approx(expected, rel=1e-6)
    assert found.dtype == np.float32


def test_zhang_of_one_erosive_day():
    beta = 0.8363 + 18.144 / 50 + 24.455 / 50
    found = zhang_erosivity([year_of(50)], 12.0).item()
    assert found == pytest.approx(21.586 * beta**-7.1891 * 50**beta, rel=1e-6)


def test_zhang_leaves_out_a_year_with_a_missing_day_and_is_zero_without_erosive_rain():
    whole = zhang_erosivity([year_of(20, 40)], 12.0).item()
    assert zhang_erosivity([year_of(20, 40), year_of(90, np.nan)], 12.0).item() == pytest.approx(whole, rel=1e-7)
    assert zhang_erosivity([year_of(11, 5)], 12.0).item() == 0.0
    assert np.isnan(zhang_erosivity([year_of(20, np.nan)], 12.0).item())
    # A year without erosive rain counts: it halves the yearly rain, which is in beta, and the mean.
    beta = 0.8363 + 18.144 / 30 + 24.455 / 30
    halved = 21.586 * beta**-7.1891 * (20**beta + 40**beta) / 2
    assert zhang_erosivity([year_of(20, 40), year_of(3)], 12.0).item() == pytest.approx(halved, rel=1e-6)


# Soil


def epic_by_hand(sand, silt, clay, carbon):
    other = 1 - sand / 100
    return (
        (0.2 + 0.3 * math.exp(-0.0256 * sand * (1 - silt / 100)))
        * (silt / (clay + silt)) ** 0.3
        * (1 - 0.25 * carbon / (carbon + math.exp(3.72 - 2.95 * carbon)))
        * (1 - 0.7 * other / (other + math.exp(-5.51 + 22.9 * other)))
    )


@pytest.mark.parametrize(
    "soil", [(40, 40, 20, 1.5), (85, 10, 5, 0.3), (8, 82, 10, 4.0), (20, 20, 60, 0.8), (59.5, 0.5, 40, 1)]
)
def test_erodibility_of_epic_by_hand_and_the_line_on_it(soil):
    cells = [row(part) for part in soil]
    by_hand = epic_by_hand(*soil)
    assert epic_erodibility(*cells, 10.0).item() == pytest.approx(0.1317 * by_hand, rel=1e-5)
    line = epic_erodibility(*cells, 10.0, -0.01383, 0.51575).item()
    assert line == pytest.approx(0.1317 * (-0.01383 + 0.51575 * by_hand), rel=1e-4)


def test_erodibility_at_the_limits_of_the_parts():
    sand, silt, clay = row(50, 50, 100), row(50, 0, 0), row(0, 50, 0)
    carbon = row(1, 1, 1)
    found = epic_erodibility(sand, silt, clay, carbon, 10.0)
    # Without clay the second factor is 1; without silt the soil does not erode, and the line below 0 is 0.
    without_clay = epic_by_hand(50, 50, 0, 1)
    np.testing.assert_allclose(found, [[0.1317 * without_clay, 0, 0]], rtol=1e-5)
    np.testing.assert_array_equal(epic_erodibility(sand, silt, clay, carbon, 10.0, -0.01383, 0.51575)[0, 1:], [0, 0])
    no_carbon = epic_erodibility(row(40), row(40), row(20), row(0), 10.0).item()
    assert no_carbon == pytest.approx(0.1317 * epic_by_hand(40, 40, 20, 0), rel=1e-5)


def test_parts_near_100_are_brought_to_100_and_others_are_no_soil():
    whole = epic_erodibility(row(40), row(40), row(20), row(1.5), 10.0).item()
    carbon = row(1.5, 1.5, 1.5, 1.5, 1.5)
    sand, silt, clay = row(44, 36, 0.4, 44.4, 45), row(44, 36, 0.4, 44.4, 60), row(22, 18, 0.2, 22.2, -5)
    found = epic_erodibility(sand, silt, clay, carbon, 10.0)
    np.testing.assert_allclose(found, [[whole, whole, np.nan, np.nan, np.nan]], rtol=1e-5)
    assert texture_class(sand, silt, clay, 10.0).tolist() == [[5, 5, -1, -1, -1]]


def test_an_unknown_part_or_carbon_stays_unknown():
    for missing in range(4):
        soil = [row(np.nan if part == missing else value) for part, value in enumerate((40, 40, 20, 1.5))]
        assert np.isnan(epic_erodibility(*soil, 10.0)).all()
        assert np.isnan(epic_erodibility(*soil, 10.0, -0.01383, 0.51575)).all()
        if missing < 3:
            assert texture_class(*soil[:3], 10.0).tolist() == [[-1]]


def test_nomograph_by_hand():
    codes = [np.array([[code]], np.int32) for code in (3, 5)]
    found = nomograph_erodibility(row(40), row(10), row(20), row(2), *codes).item()
    by_hand = (2.1e-4 * (12 - 2) * ((40 + 10) * (100 - 20)) ** 1.14 + 3.25 * (3 - 2) + 2.5 * (5 - 3)) / 100
    assert found == pytest.approx(0.1317 * by_hand, rel=1e-6)


def test_the_nomograph_needs_its_codes_and_is_never_negative():
    given = (row(first, *[other] * 4) for first, other in ((0, 40), (0, 10), (90, 20), (6, 2)))
    structure, permeability = row(1, -1, 2, 0, 2, dtype=np.int32), row(1, 3, -1, 3, 0, dtype=np.int32)
    found = nomograph_erodibility(*given, structure, permeability)
    np.testing.assert_array_equal(found, [[0, np.nan, np.nan, np.nan, np.nan]])


# Names and centres after the Soil Survey Manual, and points on both sides of every line of the triangle.
@pytest.mark.parametrize(
    ("sand", "silt", "clay", "code"),
    [
        (92, 5, 3, 1), (86, 13, 1, 1), (85, 14, 1, 2), (82, 12, 6, 2), (75, 20, 5, 3), (65, 25, 10, 3), (60, 25, 15, 3),
        (51, 42, 7, 5), (51, 43, 6, 3), (52, 30, 18, 5), (53, 29, 18, 3), (60, 13, 27, 4), (60, 20, 20, 4),
        (60.5, 20, 19.5, 3), (52, 27, 21, 4), (52, 28, 20, 5), (46, 27, 27, 4), (45, 28, 27, 9), (46, 20, 34, 4),
        (40, 40, 20, 5), (46, 19, 35, 6), (45, 20, 35, 9), (52, 6, 42, 6), (50, 14, 36, 6), (40, 49, 11, 5),
        (40, 50, 10, 7), (20, 65, 15, 7), (3, 70, 27, 10), (4, 70, 26, 7), (10, 80, 10, 8), (8, 80, 12, 7),
        (10, 79, 11, 7), (7, 87, 6, 8), (33, 33, 34, 9), (20, 45, 35, 10), (21, 45, 34, 9), (21, 40, 39, 9),
        (10, 55, 35, 10), (20, 40, 40, 11), (21, 39, 40, 12), (6, 47, 47, 11), (20, 20, 60, 12), (45, 15, 40, 12),
        (46, 14, 40, 6), (10, 51, 39, 10), (84, 8, 8, 2), (83, 7, 10, 2), (78, 10, 12, 3), (55, 38, 7, 3),
        (85, 15, 0, 2), (70, 30, 0, 3), (20.3, 44.7, 35, 9), (86.3, 10.7, 3, 2), (90, 0.1, 9.9, 1),
        (74.7, 20.3, 5, 3), (84.2, 1.8, 14, 2),
        (75, 22, 3, 2), (72, 24, 4, 3), (71, 21, 8, 3),
    ],
)  # fmt: skip
def test_texture_by_the_triangle(sand, silt, clay, code):
    assert texture_class(row(sand), row(silt), row(clay), 0.001).tolist() == [[code]]


@pytest.mark.parametrize(
    ("soil", "code"), [((46, 27, 27), 4), ((46, 14, 40), 6), ((39, 51, 10), 7), ((20, 39, 41), 12)]
)
def test_texture_is_that_of_the_parts_brought_to_100(soil, code):
    # Each in turn would be of another class, had one part not been raised by a twentieth.
    assert texture_class(*(row(0.95 * part) for part in soil), 10.0).tolist() == [[code]]


@given(st.floats(0, 100, width=32), st.floats(0, 1, width=32))
def test_every_soil_has_one_texture_and_only_its_corner_is_coarse(clay, share):
    sand = (100 - clay) * share
    code = texture_class(row(sand), row(100 - clay - sand), row(clay), 0.01).item()
    assert 1 <= code <= 12
    assert (code == 12) <= (clay >= 39.99)
    assert (code in (1, 2)) <= (sand > 69.9)


# Slope


def test_steepness_branches_by_hand():
    sine = [math.sin(math.radians(angle)) for angle in (2, 8, 20)]
    found = slope_steepness(row(2, 8, 20, 35, 80, np.nan), 5.14, 10.20, 28.81)
    expected = [10.8 * sine[0] + 0.03, 16.8 * sine[1] - 0.5, 21.91 * sine[2] - 0.96, 9.5988, 9.5988, np.nan]
    np.testing.assert_allclose(found, [expected], rtol=1e-6)


def test_steepness_is_continuous_where_it_ends_and_steps_at_10_20():
    before, at = slope_steepness(row(28.8099, 28.81), 5.14, 10.20, 28.81)[0]
    assert at == np.float32(9.5988)
    assert before == pytest.approx(9.5986, abs=1e-4)
    before, at = slope_steepness(row(10.1999, 10.20), 5.14, 10.20, 28.81)[0]
    assert before == pytest.approx(2.475, abs=1e-3)
    assert at == pytest.approx(2.920, abs=1e-3)
    # At 5.14 the second branch holds: 1.005 against 0.998.
    assert slope_steepness(row(5.14), 5.14, 10.20, 28.81).item() == pytest.approx(1.00512, abs=1e-4)


def exponent(angle, c=0.0896):
    sine = math.sin(math.radians(angle))
    beta = (sine / c) / (3 * sine**0.8 + 0.56)
    return beta / (1 + beta)


def test_a_slope_as_long_as_the_plots_has_a_factor_of_one_whatever_its_angle():
    np.testing.assert_allclose(field_length(row(0, 3, 30), row(22.13, 22.13, 22.13), 0.0896), 1.0, rtol=1e-6)


def test_length_factor_by_hand():
    # 9 percent of slope: beta near 1 is what the constant stands for, so m is near a half.
    angle = math.degrees(math.atan(0.09))
    assert exponent(angle) == pytest.approx(0.5, abs=0.01)
    found = field_length(row(angle, 20, 20, np.nan, 5), row(88.52, 100, 100, 100, np.nan), 0.0896)
    expected = [4 ** exponent(angle), (100 / 22.13) ** exponent(20), (100 / 22.13) ** exponent(20), np.nan, np.nan]
    np.testing.assert_allclose(found, [expected], rtol=1e-6)


def test_short_slopes_have_a_factor_and_no_slope_is_shorter_than_nothing():
    found = field_length(row(20, 20, 20), row(0.0, 0.5, -1.0), 0.0896)
    np.testing.assert_allclose(found, [[0.0, (0.5 / 22.13) ** exponent(20), np.nan]], rtol=1e-6)
    assert field_length(row(20), row(100), 0.089).item() == pytest.approx(
        (100 / 22.13) ** exponent(20, 0.089), rel=1e-6
    )


def desmet(above, angle, width, height, east, south):
    """Compute equation 9 of Desmet and Govers as it is printed."""
    m, side = exponent(angle), math.sqrt(width * height)
    area = above * width * height
    aspect = math.atan2(east, south)
    x = abs(math.sin(aspect)) + abs(math.cos(aspect))
    return ((area + side**2) ** (m + 1) - area ** (m + 1)) / (side ** (m + 2) * x**m * 22.13**m)


@pytest.mark.parametrize("above", [0, 1, 4, 1000, 3_000_000])
@pytest.mark.parametrize(("east", "south"), [(0.3, 0.4), (-0.3, 0.4), (0.5, 0.0), (0.0, -0.5)])
def test_length_from_flow_is_the_printed_equation(above, east, south):
    sides = np.full((1, 1), 30.0), np.full((1, 1), 20.0)
    found = flow_length(row(above + 1), row(12), (row(east), row(south)), *sides, 0.0896, 1e9).item()
    assert found == pytest.approx(desmet(above, 12, 30, 20, east, south), rel=1e-5)


def test_a_strip_of_cells_down_a_plane_is_a_field_of_their_length():
    # 4 cells of 25 m one below the other: their mean L is that of a field of 100 m.
    sides = np.full((1, 4), 25.0)
    found = flow_length(row(1, 2, 3, 4), row(*[8] * 4), (row(*[0.0] * 4), row(*[0.1] * 4)), sides, sides, 0.0896, 1e9)
    assert found.mean() == pytest.approx((100 / 22.13) ** exponent(8), rel=1e-6)


def test_length_from_flow_is_bounded_and_defined_on_flats_and_unknown_without_an_input():
    sides = np.full((1, 7), 30.0)
    accumulation = row(100_000, 1, 50, 0, 5, 5, np.nan)
    slope = row(10, 10, 0, 10, np.nan, 10, 10)
    rise = row(0.1, 0, 0, 0.1, 0.1, np.nan, 0.1), row(0, 0, 0, 0, 0, 0, 0)
    found = flow_length(accumulation, slope, rise, sides, sides, 0.0896, 122.0)[0]
    assert found[0] == pytest.approx((122 / 22.13) ** exponent(10), rel=1e-6)
    assert found[1] == pytest.approx((30 / 22.13) ** exponent(10), rel=1e-6)
    assert found[2] == 1.0
    assert np.isnan(found[3:]).all()


def invest_by_hand(count, percent, side, m):
    """Write InVEST's form out: the root of the area above, in metres, stands for the area."""
    angle = math.atan(percent / 100)
    area, x = math.sqrt((count - 1) * side**2), math.sin(angle) + math.cos(angle)
    length = ((area + side**2) ** (m + 1) - area ** (m + 1)) / (side ** (m + 2) * x**m * 22.13**m)
    steepness = 10.8 * math.sin(angle) + 0.03 if percent < 9 else 16.8 * math.sin(angle) - 0.5
    return length * steepness


@pytest.mark.parametrize(
    ("percent", "m"),
    [
        (1, 0.2),
        (1.01, 0.3),
        (3.5, 0.3),
        (3.51, 0.4),
        (5, 0.4),
        (5.01, 0.5),
        (8.99, 0.5),
        (9, 0.5),
        (9.01, None),
        (40, None),
    ],
)
def test_invest_by_hand(percent, m):
    m = exponent(math.degrees(math.atan(percent / 100))) if m is None else m
    found = invest_length_steepness(row(201), row(percent), row(30), 122.0).item()
    assert found == pytest.approx(invest_by_hand(201, percent, 30, m), rel=1e-5)


def test_invest_on_a_ridge_and_on_the_flat():
    found = invest_length_steepness(row(1, 1, 201), row(40, 0, 0), row(30, 30, 30), 122.0)[0]
    ridge = invest_by_hand(1, 40, 30, exponent(math.degrees(math.atan(0.4))))
    np.testing.assert_allclose(
        found, [ridge, invest_by_hand(1, 0, 30, 0.2), invest_by_hand(201, 0, 30, 0.2)], rtol=1e-5
    )


def test_invest_bounds_the_length_and_takes_no_unknown():
    found = invest_length_steepness(row(1000, 0, np.nan, 5), row(5, 5, 5, np.nan), row(900, 30, 30, 30), 2.0)[0]
    assert found[0] == pytest.approx(2.0 * (10.8 * math.sin(math.atan(0.05)) + 0.03), rel=1e-6)
    assert np.isnan(found[1:]).all()


def test_invest_is_many_times_below_the_published_form():
    # As measured: 4.3 to 12.7 times at 30 m and 100 cells above.
    for percent, least in ((1.5, 4.0), (10.0, 12.0)):
        angle = math.degrees(math.atan(percent / 100))
        m = 0.3 if percent < 9 else exponent(angle)
        published = 101 * (101 * 30 / 22.13) ** m - 100 * (100 * 30 / 22.13) ** m
        factor = slope_steepness(row(angle), 5.142, 90.0, 90.0).item()
        found = invest_length_steepness(row(101), row(percent), row(30), 122.0).item() / factor
        assert least < published / found < least * 1.15


@pytest.mark.real
def test_against_what_invest_wrote(shared_data):
    folder = shared_data / "invest"

    def read(name, like=None):
        with rasterio.open(folder / name) as raster:
            window = None if like is None else from_bounds(*like.bounds, raster.transform)
            return raster.read(1, masked=True, window=window).astype(np.float64).filled(np.nan)

    with rasterio.open(folder / "outputs/ls.tif") as made:
        like = made
    factor = read("outputs/ls.tif")
    side = np.full(factor.shape, 90, np.float32)
    accumulation, slope = (read(f"outputs/{name}.tif").astype(np.float32) for name in ("flow_accumulation", "slope"))
    found = invest_length_steepness(accumulation, slope, side, 122.0)
    assert np.isfinite(factor).sum() == 118_376
    assert (np.isfinite(found) == np.isfinite(factor)).all()
    assert np.nanmax(np.abs(found / factor - 1)) < 1e-5

    erosivity, erodibility, land = (read(f"inputs/{name}.tif", like) for name in ("R", "K", "lulc"))
    biophysical = np.genfromtxt(
        folder / "inputs/biophysical.csv", delimiter=",", names=True, dtype=None, encoding="utf8"
    )
    by_code = np.full((2, 9), np.nan)
    by_code[:, biophysical["lucode"]] = biophysical["usle_c"], biophysical["usle_p"]
    cover, practice = by_code[:, np.where(np.isfinite(land), land, 0).astype(int)]
    potential = found * erosivity * erodibility
    theirs = read("outputs/rkls.tif")
    assert np.nanmax(np.abs(potential / theirs - 1)) < 1e-4
    # Where InVEST has nothing it has streams and what drains to none, and we do.
    without = np.isfinite(potential) & ~np.isfinite(theirs)
    assert without.sum() == 118_376 - 116_296
    assert (read("outputs/stream.tif")[without] == 1).all()
    soil_loss, actual = read("outputs/usle.tif"), potential * cover * practice
    both = np.isfinite(soil_loss) & (soil_loss > 0)
    assert both.sum() > 100_000
    assert np.abs(actual[both] / soil_loss[both] - 1).max() < 1e-4
    assert not actual[soil_loss == 0].any()


# Cover

CODES = np.array([11, 51, 61], np.int64)
VALUES = np.array([[0.1, 0.08, 0.06, 0.02, 0.004, 0.001], [np.nan] * 6, [0.01] * 6])
DRY = np.array([False, True, False])


def cover_factor(code, *covers):
    classes = np.full((1, len(covers)), code, np.int32)
    return cover_factor_by_class(classes, row(*covers), CODES, VALUES, DRY)[0]


def test_classes_of_cover_have_their_bounds_on_whole_percents():
    found = cover_factor(11, 0, 0.0999, 0.1, 0.2999, 0.3, 0.4999, 0.5, 0.6999, 0.7, 0.9, 0.9001, 1.0)
    expected = [0.1, 0.1, 0.08, 0.08, 0.06, 0.06, 0.02, 0.02, 0.004, 0.004, 0.001, 0.001]
    np.testing.assert_array_equal(found, np.array(expected, np.float32))


def test_dry_cropland_by_hand_and_bare_at_its_root():
    root = 10 ** ((0.221 - 1) / 0.595)
    assert root == pytest.approx(0.0491, abs=5e-5)
    found = cover_factor(51, 0, 0.01, root, 0.0492, 0.1, 0.5, 1.0, np.nan)
    expected = [1, 1, 1, 0.221 - 0.595 * math.log10(0.0492), 0.816, 0.221 - 0.595 * math.log10(0.5), 0.221, np.nan]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found[3] < 1


def test_unknown_cover_matters_only_where_the_factor_depends_on_it():
    assert np.isnan(cover_factor(11, np.nan)).all()
    assert cover_factor(61, np.nan, 0.5).tolist() == [np.float32(0.01)] * 2


@pytest.mark.parametrize("bend", range(1, 6))
def test_a_factor_that_changes_anywhere_needs_the_cover(bend):
    values = np.array([[0.3] * bend + [0.1] * (6 - bend)])
    found = cover_factor_by_class(row(7, dtype=np.int32), row(np.nan), np.array([7]), values, np.array([False]))
    assert np.isnan(found).all()


@pytest.mark.parametrize("code", [0, 99])
def test_every_code_below_100_may_be_a_class(code):
    given = np.array([code]), np.array([[0.3] * 6]), np.array([False])
    assert cover_factor_by_class(row(code, dtype=np.int32), row(0.5), *given).tolist() == [[np.float32(0.3)]]


@pytest.mark.parametrize("code", [-1, 12, 99, 100, 5000])
def test_a_class_that_nobody_knows_has_no_factor(code):
    assert np.isnan(cover_factor(code, 0.5)).all()


def test_cai_at_its_limits():
    least = 10 ** ((0.6508 - 1) / 0.3436)  # percent; below it the line would pass 1
    found = cover_factor_of_cai(row(0, least / 200, least / 100, 0.01, 0.1, 0.5, 0.7829, 0.783, 0.7831, 1, np.nan))[0]
    line = [0.6508 - 0.3436 * math.log10(percent) for percent in (1, 10, 50, 78.29, 78.3)]
    np.testing.assert_allclose(found, [1, 1, 1, *line, 0, 0, np.nan], rtol=1e-5, atol=1e-7)
    assert found[7] == pytest.approx(0.0001, abs=5e-5)


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.sampled_from([11, 51, 61]))
def test_more_cover_never_more_erosion(one, other, code):
    low, high = sorted((one, other))
    for found in (cover_factor(code, low, high), cover_factor_of_cai(row(low, high))[0]):
        assert 0 <= found[1] <= found[0] <= 1
