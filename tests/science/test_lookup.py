import tracemalloc

import numpy as np
import pytest

from shanshui.science.lookup import values_of_codes


@pytest.mark.parametrize("far", [40, 2_000_000_000], ids=["near", "far apart"])
def test_each_code_gets_its_number_and_others_none(far):
    codes = np.array([[far, 3, -1], [7, 0, 41]], np.int32)
    found = values_of_codes(codes, [far, 3, 7], [1.5, 0.25, -2.0])
    np.testing.assert_array_equal(found, np.float32([[1.5, 0.25, np.nan], [-2.0, np.nan, np.nan]]))


def test_an_empty_table_tells_nothing():
    assert np.isnan(values_of_codes(np.array([[1]], np.int32), [], [])).all()


@pytest.mark.parametrize("apart", [1, 100_000], ids=["side by side", "far apart"])
def test_codes_on_either_side_of_the_table_have_no_number(apart):
    codes = np.array([[3, 3 + apart], [2, 4 + apart], [-1, 2_000_000_000]], np.int32)
    found = values_of_codes(codes, [3, 3 + apart], [0.5, 0.25])
    np.testing.assert_array_equal(found, np.float32([[0.5, 0.25], [np.nan, np.nan], [np.nan, np.nan]]))


def test_codes_far_apart_take_no_room_between_them():
    tracemalloc.start()
    found = values_of_codes(np.array([[3, 5_000_003]], np.int32), [3, 5_000_003], [0.5, 0.25])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.tolist() == [[0.5, 0.25]]
    assert most < 1_000_000
