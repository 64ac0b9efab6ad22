import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.base.zones import ZoneCover
from shanshui.science.zone_sums import sum_by_zone

# From 2**-200 to 2**200, so that no product leaves the range that the bins hold.
nasty = st.floats(-(2.0**200), 2.0**200, allow_nan=False).map(lambda value: value if abs(value) > 2.0**-200 else 0.0)


def alone(shape):
    nothing = np.empty(0, np.int64)
    return ZoneCover(
        np.zeros(shape, np.int32), np.array([[0]], np.int32), nothing, nothing.astype(np.int32), np.empty(0, np.float64)
    )


def total_of(values):
    values = np.asarray(values, np.float64)[None, :]
    return sum_by_zone(alone(values.shape), values, np.ones(values.shape), 1).total[0]


@pytest.mark.parametrize(
    "values",
    [
        [1e60, 1.0, -1e60],
        [1e50, 1e-50, -1e50, -1e-50],
        [0.1] * 10,
        [-0.1] * 7 + [0.7],
        [2.0**200, -(2.0**-190), -(2.0**200)],
        [-1.0, 2.0**-53],
        [1.0, 2.0**-53],
        [math.pi, -math.e, 1e16, -1e16, 3e-17],
        [-5.0],
        [0.0, -0.0],
        [2.0**31, 2.0**32, -(2.0**33), 1.5],
    ],
)
def test_sums_are_exact_where_plain_adding_is_not(values):
    assert total_of(values) == math.fsum(values)


def test_the_total_is_the_exact_sum_rounded_once():
    # 1 + 2**-53 lies half way between two floats; what comes after decides, however small it is.
    assert total_of([1.0, 2.0**-53, 2.0**-100]) == 1.0 + 2.0**-52
    assert total_of([1.0, 2.0**-53, -(2.0**-100)]) == 1.0


@settings(deadline=None, max_examples=150)
@given(st.lists(nasty, min_size=1, max_size=40))
def test_any_sum_is_that_of_fsum(values):
    assert total_of(values) == math.fsum(values)


@settings(deadline=None, max_examples=100)
@given(st.lists(nasty, min_size=2, max_size=40), st.data())
def test_no_order_and_no_split_changes_a_bit(values, data):
    def sums(part):
        part = np.array(part, np.float64)[None, :]
        return sum_by_zone(alone(part.shape), part, np.ones(part.shape), 1)

    whole = sums(values)
    shuffled = data.draw(st.permutations(values))
    cut = data.draw(st.integers(1, len(values) - 1))
    split = sums(shuffled[cut:]) + sums(shuffled[:cut])
    np.testing.assert_array_equal(split.bins, whole.bins)
    assert split.total.tobytes() == whole.total.tobytes()


def test_two_by_two_cells_by_hand(by_hand):
    values = np.array([[2.0, 4.0], [np.nan, 100.0]], np.float32)
    area = np.array([[100.0, 200.0], [300.0, 400.0]])
    sums = sum_by_zone(by_hand, values, area, 5)
    # Region: cells (0, 0) and (0, 1). Zone 2: the first and a quarter of the second. Zone 3: three quarters.
    np.testing.assert_array_equal(sums.weight, [300, 0, 150, 150, 0])
    np.testing.assert_array_equal(sums.total, [1000, np.nan, 400, 600, np.nan])
    np.testing.assert_array_equal(sums.mean, [1000 / 300, np.nan, 400 / 150, 4, np.nan])


def test_with_weights_of_one_it_is_a_sum_of_an_amount_by_covered_share(by_hand):
    sums = sum_by_zone(by_hand, np.array([[2.0, 4.0], [8.0, 100.0]]), np.ones((2, 2)), 5)
    np.testing.assert_array_equal(sums.total, [14, np.nan, 3, 3, 8])


def test_a_zone_that_sums_to_nothing_is_not_one_without_data(one_zone):
    sums = sum_by_zone(one_zone((1, 2)), np.array([[5.0, -5.0]]), np.ones((1, 2)), 1)
    assert sums.total.tolist() == [0.0]
    assert sums.mean.tolist() == [0.0]


def test_parts_of_a_border_cell_sum_to_the_region(by_hand):
    area = np.array([[100.1, 200.3], [300.7, 400.9]])
    values = np.array([[2.3, 4.7], [8.9, 1.1]])
    total = sum_by_zone(by_hand, values, area, 5).total
    # Areas are counted in whole 1 / 2**13 m2.
    assert total[2] + total[3] + total[4] == pytest.approx(total[0], rel=1e-6)


@settings(deadline=None, max_examples=50)
@given(
    arrays(np.float32, (5, 7), elements=st.floats(-1e6, 1e6, width=32)),
    arrays(np.int32, (5, 7), elements=st.integers(0, 3)),
)
def test_every_zone_has_the_exact_sum_of_its_cells(values, zones):
    nothing = np.empty(0, np.int64)
    members = np.arange(4, dtype=np.int32)[:, None]
    cover = ZoneCover(zones, members, nothing, nothing.astype(np.int32), np.empty(0, np.float64))
    total = sum_by_zone(cover, values, np.ones((5, 7)), 4).total
    for zone in range(4):
        cells = values[zones == zone].astype(np.float64)
        expected = math.fsum(cells) if cells.size else math.nan
        np.testing.assert_equal(total[zone], expected)


def test_a_value_too_large_to_be_summed_is_refused_and_not_lost(one_zone):
    with pytest.raises(OverflowError):
        sum_by_zone(one_zone((1, 1)), np.array([[2.0**300]]), np.ones((1, 1)), 1)


def test_millions_of_equal_cells_do_not_overflow(one_zone):
    values = np.full((1000, 1000), 0.1)
    sums = sum_by_zone(one_zone((1000, 1000)), values, np.ones((1000, 1000)), 1)
    for _ in range(10):
        sums = sums + sums
    assert sums.total[0] == float(Fraction(0.1) * 10**6 * 2**10)
