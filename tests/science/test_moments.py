import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shanshui.science.moments import Moments

ARRAYS = hnp.arrays(np.float32, st.tuples(st.integers(2, 9), st.integers(1, 3), st.integers(1, 3)),
                    elements=st.floats(-1e4, 1e4, width=32))  # fmt: skip


@settings(deadline=None)  # the kernel is compiled in the first example
@given(ARRAYS)
def test_they_are_those_of_all_values_at_once(values):
    moments = Moments(values.shape[1:])
    for one in values:
        moments.add(one)
    wide = values.astype(np.float64)
    np.testing.assert_allclose(moments.mean, wide.mean(axis=0), rtol=1e-5, atol=1e-2)
    np.testing.assert_allclose(moments.standard_deviation, wide.std(axis=0, ddof=1), rtol=1e-4, atol=1e-2)


def test_a_small_deviation_on_a_large_mean_is_not_lost():
    moments = Moments((1,))
    for value in (1_000_000.0, 1_000_001.0, 1_000_002.0):
        moments.add(np.array([value], np.float32))
    assert moments.mean.tolist() == [1_000_001.0]
    assert moments.standard_deviation.tolist() == [1.0]


def test_a_cell_that_one_array_lacks_has_neither():
    moments = Moments((2,))
    moments.add(np.array([1.0, np.nan], np.float32))
    moments.add(np.array([2.0, 2.0], np.float32))
    assert np.isnan(moments.mean).tolist() == [False, True]
    assert np.isnan(moments.standard_deviation).tolist() == [False, True]


def test_an_array_need_not_be_in_one_piece():
    moments = Moments((2, 2))
    cells = np.arange(16, dtype=np.float32).reshape(4, 4)
    moments.add(cells[1:3, 1:3])
    moments.add(cells[1:3, 1:3])
    assert moments.mean.tolist() == [[5.0, 6.0], [9.0, 10.0]]
