import numpy as np
import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.science import theil_sen
from shanshui.science.mann_kendall import false_discovery_threshold, mann_kendall_z, two_sided_p
from shanshui.science.regression import linear_residuals
from shanshui.science.theil_sen import theil_sen_slope


def as_stack(*series):
    """Series as the cells of one row."""
    return np.array(series, np.float32).T[:, None, :]


def random_series(cells, dates, *, seed, gaps=0.2, ties=True):
    """Random walks with a drift, in steps of 0.1 where there are to be ties; at least two values known."""
    random = np.random.default_rng(seed)
    drift = random.normal(0, 0.1, cells)[:, None] * np.arange(dates)
    series = random.normal(0, 1, (cells, dates)) + drift
    if ties:
        series = np.round(series * random.choice([1, 10], (cells, 1))) / 10
    empty = random.random((cells, dates)) < random.uniform(0, 2 * gaps, (cells, 1))
    empty[np.arange(cells), random.integers(0, dates // 2, cells)] = False
    empty[np.arange(cells), random.integers(dates // 2, dates, cells)] = False
    return np.where(empty, np.nan, series).astype(np.float32)


def middle_slopes(series, times):
    """The two middle slopes of one series in float64, pair by pair."""
    known = np.flatnonzero(np.isfinite(series))
    values = series.astype(np.float64)
    slopes = sorted((values[j] - values[i]) / (times[j] - times[i]) for i in known for j in known if i < j)
    return slopes[(len(slopes) - 1) // 2], slopes[len(slopes) // 2]


def assert_is_median(slopes, series, times):
    """Within 2 units in the last place of the greater middle slope; times may not be whole numbers."""
    for slope, values in zip(slopes, series, strict=True):
        lower, upper = middle_slopes(values, times)
        assert abs(slope - (lower + upper) / 2) <= 2 * np.finfo(np.float32).eps * max(abs(lower), abs(upper))


def test_a_thousand_series_with_ties_and_gaps_against_pymannkendall():
    series = random_series(1000, 20, seed=1)
    z = mann_kendall_z(as_stack(*series), 2).ravel()
    slope = theil_sen_slope(as_stack(*series), np.arange(20.0), 2).ravel()
    assert_is_median(slope, series, np.arange(20.0))
    tied = 0
    for cell, values in enumerate(series):
        # It skips gaps for Z, and takes each slope over the true number of dates.
        other = pymannkendall.original_test(values)
        n = np.isfinite(values).sum()
        tied += other.var_s < n * (n - 1) * (2 * n + 5) / 18
        assert z[cell] == np.float32(other.z)
        assert slope[cell] == pytest.approx(other.slope, rel=1e-6, abs=1e-7)
    assert tied > 500


def test_z_by_hand():
    # 3 5 5 _ 2 5: rises 3-5 three times; falls 3-2 once, 5-2 twice; rise 2-5: S = 4 - 3. One group of three fives:
    # var = (5 * 4 * 15 - 3 * 2 * 11) / 18 = 13, so Z = (1 - 1) / sqrt(13). With 9 in the place of the last:
    # rises 3-5 two, 3-9, 5-9 two, 2-9: S = 6 - 3; a group of two: var = (300 - 2 * 1 * 9) / 18.
    z = mann_kendall_z(as_stack([3, 5, 5, np.nan, 2, 5], [3, 5, 5, np.nan, 2, 9]), 5)
    np.testing.assert_allclose(z, [[0.0, 2 / np.sqrt(282 / 18)]], rtol=1e-7)


def test_unequal_times_by_hand():
    # Slopes: 2010-2011 2/1, 2010-2013 3/3, 2010-2017 14/7, 2011-2013 1/2, 2011-2017 12/6, 2013-2017 11/4:
    # in order 0.5, 1, 2, 2, 2, 2.75. Without 2011: 1, 2, 2.75. Without 2010 and 2017: 0.5.
    times = np.array([2010.0, 2011.0, 2013.0, 2017.0])
    gap = np.nan
    cells = as_stack([1, 3, 4, 15], [1, gap, 4, 15], [gap, 3, 4, gap])
    np.testing.assert_array_equal(theil_sen_slope(cells, times, 2), [[2.0, 2.0, 0.5]])


def test_an_even_number_of_pairs_gives_the_mean_of_the_middle_ones():
    # 0 1 3 9 a year apart: 1, 1.5, 3, 2, 4, 6.
    np.testing.assert_array_equal(theil_sen_slope(as_stack([0, 1, 3, 9]), np.arange(4.0), 4), [[2.5]])


def test_two_dates():
    cells = as_stack([1, 4], [4, 1], [2, 2], [1, np.nan])
    slope = theil_sen_slope(cells, np.array([2010.0, 2020.0]), 2)
    np.testing.assert_allclose(slope, [[0.3, -0.3, 0, np.nan]], rtol=2e-7)
    # S = 1, less the 1 of the continuity correction.
    np.testing.assert_array_equal(mann_kendall_z(cells, 2), [[0, 0, 0, np.nan]])


@pytest.mark.parametrize("dates", [1, 2, 20, 120])
def test_equal_values_have_no_trend_and_a_single_one_has_no_answer(dates):
    cells = as_stack([0.3] * dates, [np.nan] * (dates - 1) + [1])
    expected = [[0.0, np.nan]] if dates > 1 else [[np.nan, np.nan]]
    np.testing.assert_array_equal(theil_sen_slope(cells, np.arange(float(dates)), 0), expected)
    np.testing.assert_array_equal(mann_kendall_z(cells, 0), expected)


def test_gaps_at_both_ends_leave_what_lies_between():
    inner = random_series(50, 12, seed=2, gaps=0)
    outer = np.full((50, 20), np.nan, np.float32)
    outer[:, 3:15] = inner
    years, some = np.arange(2001.0, 2021.0), np.arange(2004.0, 2016.0)
    np.testing.assert_array_equal(mann_kendall_z(as_stack(*outer), 8), mann_kendall_z(as_stack(*inner), 8))
    np.testing.assert_array_equal(
        theil_sen_slope(as_stack(*outer), years, 8), theil_sen_slope(as_stack(*inner), some, 8)
    )


def test_too_few_values_give_no_answer_and_the_infinite_is_a_gap():
    cells = as_stack([1, 2, 3, np.nan], [1, 2, 3, np.inf], [1, 2, 3, 4])
    for answer in (theil_sen_slope(cells, np.arange(4.0), 4), mann_kendall_z(cells, 4)):
        assert np.isnan(answer).tolist() == [[True, True, False]]
    np.testing.assert_array_equal(theil_sen_slope(cells, np.arange(4.0), 3), [[1, 1, 1]])


@pytest.mark.parametrize("dates", [*range(3, 30), 40, 41, 42, 60])
def test_series_of_every_length(dates):
    # Up to 40 dates by the network, beyond by counting.
    times = 2000 + np.cumsum(np.random.default_rng(dates).uniform(0.05, 3, dates))
    for gaps in (0, 0.4):
        series = random_series(20, dates, seed=dates, gaps=gaps, ties=dates % 2 == 0)
        assert_is_median(theil_sen_slope(as_stack(*series), times, 2).ravel(), series, times)
        z = mann_kendall_z(as_stack(*series), 2).ravel()
        assert z.tolist() == [np.float32(pymannkendall.original_test(values).z) for values in series]


def test_ten_years_of_months():
    times = 2010 + np.arange(120) / 12
    series = np.concatenate([random_series(5, 120, seed=3), random_series(5, 120, seed=4, gaps=0, ties=False)])
    assert_is_median(theil_sen_slope(as_stack(*series), times, 8).ravel(), series, times)


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1e-20, 0), (1e20, 0), (1, 1e6), (0, 3)])
def test_network_and_counting_give_the_same_bits(monkeypatch, scale, shift):
    stack = as_stack(*(random_series(300, 21, seed=5) * scale + shift))
    # A value that a forgotten nodata left stretches the range of the slopes.
    stack[4, 0, ::7] = 65533
    times = np.arange(21) * 0.7
    first = theil_sen_slope(stack, times, 3)
    monkeypatch.setattr(theil_sen, "NETWORK_PAIRS", 0)
    np.testing.assert_array_equal(theil_sen_slope(stack, times, 3), first)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 13), (3, 43), (16, 16)])
def test_cells_do_not_depend_on_their_neighbours(shape):
    cells = shape[0] * shape[1]
    series = random_series(max(cells, 1), 9, seed=6)[:cells]
    stack = series.T.reshape(9, *shape)
    slope, z = theil_sen_slope(stack, np.arange(9.0), 4), mann_kendall_z(stack, 4)
    assert slope.shape == z.shape == shape
    for cell, values in enumerate(series):
        alone = as_stack(values)
        np.testing.assert_array_equal(slope.ravel()[cell], theil_sen_slope(alone, np.arange(9.0), 4).item())
        np.testing.assert_array_equal(z.ravel()[cell], mann_kendall_z(alone, 4).item())


def test_a_view_of_a_larger_stack():
    stack = as_stack(*random_series(60, 10, seed=7)).reshape(10, 6, 10)
    window = stack[:, 1:4, 2:9]
    np.testing.assert_array_equal(mann_kendall_z(window, 3), mann_kendall_z(stack, 3)[1:4, 2:9])


# Whole eighths, with which sums and differences are exact in float32.
eighths = st.integers(-8000, 8000).map(lambda number: number / 8) | st.just(np.nan)
some_cells = st.tuples(st.integers(2, 25), st.just(1), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=eighths)
)


@settings(deadline=None, max_examples=50)
@given(some_cells, st.integers(-40, 40))
def test_adding_a_line_shifts_the_slope(stack, quarters):
    times = np.cumsum(np.arange(len(stack)) % 3 + 1.0)
    line = (quarters / 4 * times).astype(np.float32)[:, None, None]
    before, after = theil_sen_slope(stack, times, 2), theil_sen_slope(stack + line, times, 2)
    np.testing.assert_allclose(after - before, np.where(np.isnan(before), np.nan, quarters / 4), atol=1e-3)


@settings(deadline=None, max_examples=50)
@given(some_cells)
def test_negating_and_reversing_flip_the_trend(stack):
    times = np.cumsum(np.arange(len(stack)) % 3 + 1.0)
    slope, z = theil_sen_slope(stack, times, 2), mann_kendall_z(stack, 2)
    np.testing.assert_array_equal(theil_sen_slope(-stack, times, 2), -slope)
    np.testing.assert_array_equal(mann_kendall_z(-stack, 2), -z)
    np.testing.assert_array_equal(theil_sen_slope(stack[::-1], -times[::-1], 2), -slope)
    np.testing.assert_array_equal(mann_kendall_z(stack[::-1], 2), -z)


def test_p_of_z():
    # From the printed table of the normal distribution.
    np.testing.assert_allclose(
        two_sided_p(np.array([[0, 1.0], [-2.0, 3.0]], np.float32)),
        [[1, 0.317310508], [0.0455002639, 0.00269979606]],
        rtol=1e-8,
    )
    assert np.isnan(two_sided_p(np.nan))


def test_residuals_against_polyfit():
    random = np.random.default_rng(8)
    rain = random.normal(400, 90, (200, 14)).astype(np.float32)
    values = (0.3 + rain * 0.002 + random.normal(0, 0.1, rain.shape)).astype(np.float32)
    rain[random.random(rain.shape) < 0.2] = np.nan
    values[random.random(rain.shape) < 0.2] = np.nan
    residuals, r_squared, slope = (each.reshape(-1, 200) for each in linear_residuals(*_stacks(values, rain), 3))
    for cell in range(200):
        both = np.isfinite(values[cell]) & np.isfinite(rain[cell])
        x, y = rain[cell][both].astype(np.float64), values[cell][both].astype(np.float64)
        line = np.polyfit(x, y, 1)
        np.testing.assert_allclose(residuals[both, cell], y - np.polyval(line, x), atol=1e-6)
        assert np.isnan(residuals[~both, cell]).all()
        assert slope[0, cell] == pytest.approx(line[0], rel=1e-5)
        assert r_squared[0, cell] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-5, abs=1e-7)


def _stacks(*series):
    return tuple(as_stack(*each) for each in series)


def test_residuals_where_a_quantity_is_constant_or_too_little_is_known():
    gap = np.nan
    values, rain = _stacks(
        [[0.1, 0.2, 0.6, gap], [0.7, 0.7, 0.7, 0.7], [1, gap, 3, gap]],
        [[0.3, 0.3, 0.3, 0.3], [1, 2, 3, 4], [1, 2, gap, 4]],
    )
    residuals, r_squared, slope = linear_residuals(values, rain, 3)
    np.testing.assert_allclose(
        residuals[:, 0].T, [[-0.2, -0.1, 0.3, gap], [0, 0, 0, 0], [gap, gap, gap, gap]], atol=1e-7
    )
    np.testing.assert_array_equal(r_squared, [[0, 0, gap]])
    np.testing.assert_array_equal(slope, [[0, 0, gap]])


def step_up(p, rate):
    """Benjamini and Hochberg as the textbook has it: which of the p values are significant."""
    significant = np.zeros(len(p), bool)
    order = sorted(range(len(p)), key=lambda k: p[k])
    last = max((k for k in range(1, len(p) + 1) if p[order[k - 1]] <= rate * k / len(p)), default=0)
    significant[order[:last]] = True
    return significant


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.floats(0, 6), min_size=1, max_size=60),
    st.lists(st.floats(0.1, 5.5), max_size=30, unique=True),
    st.sampled_from([0.01, 0.05, 0.1, 0.5]),
)
def test_false_discoveries_against_the_textbook(z, inner, rate):
    edges = np.array([0.0, *sorted(inner)])
    place = np.searchsorted(edges, z, side="right") - 1
    threshold = false_discovery_threshold(np.bincount(place, minlength=len(edges)), edges, rate)
    found = np.array(z) >= threshold
    # The same as the textbook finds where every cell has the p of its bin's lower edge, and none that it does not find.
    assert found.tolist() == step_up(two_sided_p(edges[place]), rate).tolist()
    assert not (found & ~step_up(two_sided_p(z), rate)).any()


def test_false_discoveries_of_nothing():
    edges = np.array([0.0, 2.0])
    assert false_discovery_threshold(np.array([0, 0]), edges, 0.05) == np.inf
    assert false_discovery_threshold(np.array([99, 1]), edges, 0.05) == np.inf
    assert false_discovery_threshold(np.array([0, 10]), edges, 0.05) == 2.0
