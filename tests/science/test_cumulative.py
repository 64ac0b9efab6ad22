"""Breaks of a cumulated value: by hand, beside a plain sort in whole numbers, and whatever the tiles."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.base.zones import ZoneCover
from shanshui.science.cumulative import BINS, break_bins, cumulated_breaks, guessed_bins, sum_by_value, sum_in_bins

# Areas that are whole in the units in which they are counted, so that a sort in fractions is the truth.
AREAS = st.integers(1, 2**40).map(lambda units: units / 2**13)
VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, -1.0, 1.0, 2.0, 1e-45, 1.2e-38, 3e38, np.nan, np.inf, -np.inf]),
    st.floats(0, 1000, width=32),
    st.floats(-10, 2.0**100, width=32),
)
CELLS = st.lists(st.tuples(VALUES, AREAS), min_size=1, max_size=40)
PERCENTS = [50.0, 75.0, 80.0, 90.0]


def whole(shape):
    nothing = np.empty(0, np.int64)
    return ZoneCover(
        np.zeros(shape, np.int32), np.array([[0]], np.int32), nothing, nothing.astype(np.int32), np.empty(0, np.float64)
    )


def found(values, areas=None, percents=(50.0, 80.0), cover=None):
    values = np.atleast_2d(np.asarray(values, np.float32))
    areas = np.ones(values.shape) if areas is None else np.atleast_2d(np.asarray(areas, np.float64))
    cover = whole(values.shape) if cover is None else cover
    sums = sum_by_value(cover, values, areas)
    return cumulated_breaks(sums, [sum_in_bins(cover, values, areas, break_bins(sums, percents))], percents)


def leasts(*arguments, **keywords):
    return [each.least for each in found(*arguments, **keywords)]


def sorted_breaks(values, areas, percents):
    """Do the same by sorting, in fractions."""
    cells = [
        (max(Fraction(float(value)), 0), Fraction(float(area)))
        for value, area in zip(np.ravel(values), np.ravel(areas), strict=True)
        if np.isfinite(value)
    ]
    total = sum(value * area for value, area in cells)
    if not total:
        return [np.nan] * len(percents)
    breaks = []
    for percent in percents:
        for least in sorted({value for value, _ in cells}, reverse=True):
            if sum(value * area for value, area in cells if value >= least) * 100 >= Fraction(percent) * total:
                breaks.append(float(least))
                break
    return breaks


def test_by_hand():
    # 10 of 20 is half; with 4 and 2 it is 16, four fifths.
    assert leasts([1, 10, 2, 4, 3]) == [10.0, 3.0]
    # 40 + 30 + 20 of 100: 40 is less than half, 70 is more; 90 is more than 80.
    assert leasts([40, 30, 20, 10]) == [30.0, 20.0]


def test_the_share_itself_is_reached_and_the_next_cell_is_not_taken():
    assert leasts([5, 3, 2]) == [5.0, 3.0]
    assert leasts([4, 3, 3], percents=(40.0,)) == [4.0]
    assert leasts([4, 3, 3], percents=(40.5,)) == [3.0]


def test_a_great_cell_weighs_more_than_a_small_one():
    # 1 x 70 m2 is more than 30 x 2 m2: with equal areas 30 alone would hold half.
    assert leasts([30, 1], [2, 70], percents=(40.0, 50.0)) == [30.0, 1.0]
    assert leasts([30, 1], percents=(40.0, 50.0)) == [30.0, 30.0]


def test_all_cells_of_the_value_at_the_break_are_taken():
    breaks = found([6, 4, 4, 4, 2], percents=(40.0,))
    # 6 of 20 is 30 %, one 4 more would be half: all three make 18 of 20.
    assert [(each.least, each.value_share, each.area_share) for each in breaks] == [(4.0, 0.9, 0.8)]


def test_equal_cells_are_all_taken_and_two_breaks_may_be_one():
    assert [(each.least, each.value_share, each.area_share) for each in found([3, 3, 3])] == [(3.0, 1.0, 1.0)] * 2


def test_one_cell():
    assert leasts([7]) == [7.0, 7.0]


def test_zeros_hold_nothing_and_have_an_area():
    (breaks,) = found([0, 0, 0, 5], percents=(99.0,))
    assert (breaks.least, breaks.value_share, breaks.area_share) == (5.0, 1.0, 0.25)


@pytest.mark.parametrize("values", [[0.0, -0.0], [-3.0, 0.0]])
def test_where_nothing_is_above_zero_there_is_no_break(values):
    for each in found(values):
        assert np.isnan(each.least)
        assert np.isnan(each.value_share)
        assert each.area_share == 0.0


def test_where_nothing_is_known_there_is_no_break():
    (breaks,) = found([np.nan, np.inf, -np.inf], percents=(50.0,))
    assert np.isnan([breaks.least, breaks.value_share, breaks.area_share]).all()


def test_what_is_below_zero_counts_as_zero_and_is_told():
    values, areas = np.array([[-9, 6, 4, -0.0]], np.float32), np.array([[1.0, 1, 1, 2]])
    assert leasts(values, areas) == [6.0, 4.0]
    sums = sum_by_value(whole(values.shape), values, areas)
    assert sums.negative_share == 0.2
    assert np.isnan(sum_by_value(whole((1, 1)), np.array([[np.nan]], np.float32), np.ones((1, 1))).negative_share)
    (breaks,) = found(values, areas, percents=(60.0,))
    assert breaks.area_share == 0.2


def test_neighbouring_floats_are_told_apart():
    one = np.float32(1)
    above = np.nextafter(one, np.float32(2))
    assert leasts([above, one, one], percents=(30.0, 40.0)) == [float(above), 1.0]


def test_the_least_and_the_greatest_floats():
    tiny, huge = np.float32(1e-45), np.float32(3.4e38)
    assert leasts([tiny, tiny * 3], percents=(50.0, 80.0)) == [float(tiny * 3), float(tiny)]
    assert leasts([tiny, huge]) == [float(huge)] * 2
    # The greatest denormal and the least normal float lie side by side.
    normal = np.float32(2.0**-126)
    below = np.nextafter(normal, np.float32(0))
    assert leasts([normal, below], percents=(50.0, 51.0)) == [float(normal), float(below)]


def test_cells_beyond_the_region_and_on_its_border():
    # The second cell lies to a quarter in the region: its 8 count as 2; the third lies beyond it.
    cover = ZoneCover(
        np.array([[0, -1, -2, 0]], np.int32),
        np.array([[0, 2]], np.int32),
        np.array([1, 1]),
        np.array([0, 2], np.int32),
        np.array([0.25, 1.0]),
    )
    values = [[3, 8, 100, 2]]
    # 2 + 3 + 2 = 7: at 28 % the border cell, at 29 % the first.
    assert leasts(values, percents=(28.0, 29.0, 72.0), cover=cover) == [8.0, 3.0, 2.0]
    assert found(values, percents=(28.0,), cover=cover)[0].area_share == pytest.approx(0.25 / 2.25)


@settings(deadline=None, max_examples=300)
@given(CELLS)
def test_the_breaks_are_those_of_a_sort(cells):
    values, areas = np.array([[v for v, _ in cells]], np.float32), np.array([[a for _, a in cells]])
    np.testing.assert_array_equal(leasts(values, areas, PERCENTS), sorted_breaks(values, areas, PERCENTS))


def test_many_cells_as_numpy_sorts_them():
    random = np.random.default_rng(3)
    values = random.gamma(0.7, 200, (300, 400)).astype(np.float32)
    areas = random.integers(1, 2**20, values.shape) / 2**13
    order = np.argsort(-values.ravel().astype(np.float64), kind="stable")
    # Whole numbers: 24 bits of value in steps of 2**-20 would not hold all; Python's own do.
    products = [
        int(Fraction(float(v)) * 2**60) * int(a * 2**13) for v, a in zip(values.ravel(), areas.ravel(), strict=True)
    ]
    held = np.cumsum(np.array(products, object)[order])
    for percent, least in zip(PERCENTS, leasts(values, areas, PERCENTS), strict=True):
        place = next(n for n, value in enumerate(held) if value * 100 >= Fraction(percent) * held[-1])
        assert least == float(values.ravel()[order[place]])


@settings(deadline=None, max_examples=50)
@given(CELLS, st.randoms())
def test_neither_tiles_nor_their_order_change_anything(cells, random):
    def summed(part):
        values, areas = np.array([[v for v, _ in part]], np.float32), np.array([[a for _, a in part]])
        return sum_by_value(whole(values.shape), values, areas), values, areas

    mixed = random.sample(cells, len(cells))
    middle = len(cells) // 3
    at_once = summed(cells)[0]
    (one, *first), (other, *second) = summed(mixed[:middle]), summed(mixed[middle:])
    np.testing.assert_array_equal((one + other).bins, at_once.bins)
    assert (one + other).negative == at_once.negative
    bins = break_bins(at_once, PERCENTS)
    parts = [sum_in_bins(whole(values.shape), values, areas, bins) for values, areas in (first, second)]
    added = cumulated_breaks(one + other, [parts[0] + parts[1]], PERCENTS)
    assert repr(added) == repr(found(*np.array(cells).T, PERCENTS))


def test_bins_are_those_of_the_breaks_each_once():
    values = np.array([[1.0, 1.0, 1000.0]], np.float32)
    sums = sum_by_value(whole((1, 3)), values, np.ones((1, 3)))
    # The upper 16 bits of 1000: exponent 136 and the first 8 of its mantissa's bits, 11110100.
    assert break_bins(sums, (50.0, 80.0)).tolist() == [136 * 256 + 0b11110100]
    assert break_bins(sums, (50.0, 99.95)).tolist() == [127 * 256, 136 * 256 + 0b11110100]
    assert len(sums.bins) == BINS == 255 * 256


def test_sums_do_not_overflow():
    # Each part has a little over 2**61 of lower bits times area, and int64 holds 2**63.
    value = np.array([[np.nextafter(np.float32(2), np.float32(0))]])
    part = sum_by_value(whole((1, 1)), value, np.array([[1e10]]))
    total = part
    for _ in range(99):
        total = total + part
    ((_, held, area),) = total.falling()
    assert area == 100 * int(1e10 * 2**13)
    assert held == area * (2**24 - 1) << 126


def test_bins_are_guessed_around_each_break_of_a_sample():
    sums = sum_by_value(whole((1, 3)), np.array([[1.0, 1.0, 1000.0]], np.float32), np.ones((1, 3)))
    # The breaks lie in the bins of 1 and of 1000: the 256 bins go to both, and to each of two years.
    one, thousand = 127 * 256, 136 * 256 + 0b11110100
    for parts, half in ((1, 64), (2, 32), (32, 2)):
        expected = [*range(one - half, one + half), *range(thousand - half, thousand + half)]
        assert guessed_bins(sums, (50.0, 99.95), parts).tolist() == expected
    assert guessed_bins(sums, (50.0,)).tolist() == list(range(thousand - 128, thousand + 128))
    # Two breaks in one bin, and more years than there are bins.
    assert guessed_bins(sums, (50.0, 80.0)).tolist() == list(range(thousand - 64, thousand + 64))
    assert guessed_bins(sums, (50.0, 99.95), 129).tolist() == []


def test_no_bin_is_guessed_that_there_is_not():
    def guessed(value):
        return guessed_bins(sum_by_value(whole((1, 1)), np.array([[value]], np.float32), np.ones((1, 1))), (50.0, 80.0))

    # 1e-45 lies in the first bin, the greatest float in the last.
    assert guessed(1e-45).tolist() == list(range(64))
    assert guessed(np.finfo(np.float32).max).tolist() == list(range(BINS - 65, BINS))
    assert guessed(0.0).tolist() == guessed(np.nan).tolist() == []


def test_areas_of_single_values_by_hand():
    one = np.float32(1)
    above = np.nextafter(one, np.float32(2))
    # 2**-149 is the second value of the first bin, 1 the first and what follows it the second of bin 127 x 256.
    values = np.array(
        [[one, above, 1e-45, -1e-45, -1.0, np.nan], [-np.nan, np.inf, -np.inf, one, 2.0, one]], np.float32
    )
    areas = np.array([[1, 2, 4, 8, 8, 8], [8, 8, 8, 16, 32, 64]], float)
    # The last cell lies beyond the region; the one before it on its border, to a quarter.
    cover = ZoneCover(
        np.array([[0] * 6, [0, 0, 0, 0, -2, -1]], np.int32),
        np.array([[0]], np.int32),
        np.array([10]),
        np.array([0], np.int32),
        np.array([0.25]),
    )
    inside = sum_in_bins(cover, values, areas, np.array([0, 127 * 256, 128 * 256]))
    expected = np.zeros((3, 2**15))
    expected[0, 1], expected[1, 0], expected[1, 1], expected[2, 0] = 4, 1 + 16, 2, 32 / 4
    np.testing.assert_array_equal(inside.area, expected * 2**13)
    assert sum_in_bins(cover, values, areas, np.empty(0, np.int64)).area.shape == (0, 2**15)


def test_parts_add_up_in_place_and_anew():
    def parts():
        values = np.array([[1.0, 1.5, -2.0]], np.float32), np.array([[1.0, 1.25, -4.0]], np.float32)
        areas = np.array([[1.0, 2.0, 3.0]])
        bins = np.array([127 * 256, 127 * 256 + 64, 127 * 256 + 128])
        return (
            [sum_in_bins(whole((1, 3)), each, areas, bins) for each in values],
            [sum_by_value(whole((1, 3)), each, areas) for each in values],
        )

    # 1 twice with an area of 1, then 1.25 and 1.5 with 2, each the first value of its bin.
    by_bin = [2 * 2**13, 2 * 2**13, 2 * 2**13]
    (one, other), (first, second) = parts()
    for total in (one + other, other + one):
        assert total.area[:, 0].tolist() == by_bin
        assert total.area.sum() == sum(by_bin)
    assert one.area[:, 0].tolist() == [2**13, 0, 2 * 2**13]
    assert other.area[:, 0].tolist() == [2**13, 2 * 2**13, 0]
    summed = first + second
    assert (summed.negative, first.negative) == (6 * 2**13, 3 * 2**13)
    assert first.bins[:, 0].sum() == 6 * 2**13
    for ready in (False, True):
        (one, other), (first, second) = parts()
        if ready:
            assert other.area.any()
        one += other
        assert one.area[:, 0].tolist() == by_bin
        first += second
        np.testing.assert_array_equal(first.bins, summed.bins)
        assert first.negative == summed.negative


@settings(deadline=None, max_examples=200)
@given(CELLS, st.one_of(CELLS, st.just([])), st.randoms(), st.integers(1, 4), st.integers(1, 3))
def test_whatever_was_guessed_and_however_it_is_cut_the_breaks_are_those_of_a_sort(cells, sample, random, cuts, parts):
    """The sample may be of quite other cells: then a second walk finds what was missed."""

    def arrays(part):
        values = np.array([[v for v, _ in part]], np.float32)
        return whole(values.shape), values, np.array([[a for _, a in part]])

    mixed = random.sample(cells, len(cells))
    tiles = [arrays(mixed[i::cuts]) for i in range(cuts) if mixed[i::cuts]]
    guess = guessed_bins(sum_by_value(*arrays(sample or mixed[:1])), PERCENTS, parts)
    first, *others = tiles
    sums, near = sum_by_value(*first), sum_in_bins(*first, guess)
    for tile in others:
        sums += sum_by_value(*tile)
        near += sum_in_bins(*tile, guess)
    missed = np.setdiff1d(break_bins(sums, PERCENTS), guess)
    rest = sum_in_bins(*first, missed)
    for tile in others:
        rest = rest + sum_in_bins(*tile, missed)
    breaks = cumulated_breaks(sums, [near, rest], PERCENTS)
    _, values, areas = arrays(cells)
    np.testing.assert_array_equal([each.least for each in breaks], sorted_breaks(values, areas, PERCENTS))
    assert repr(breaks) == repr(found(values, areas, PERCENTS))
