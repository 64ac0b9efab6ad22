import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.science.averages import mean_of_known


@settings(deadline=None)
@given(
    arrays(np.float32, (5, 3, 4), elements=st.floats(-100, 100, width=32) | st.just(float("nan"))),
    st.integers(0, 5),
)
def test_means_are_those_of_the_values_that_are_known(stack, least):
    found = mean_of_known(stack, least)
    for row, column in np.ndindex(3, 4):
        values = stack[:, row, column].astype(float)
        values = values[~np.isnan(values)]
        if len(values) >= max(least, 1):
            assert found[row, column] == pytest.approx(values.mean(), abs=1e-4)
        else:
            assert np.isnan(found[row, column])


def test_what_is_infinite_is_missing():
    stack = np.array([np.inf, 2.0, -np.inf, 4.0], np.float32).reshape(4, 1, 1)
    assert mean_of_known(stack, 2).item() == 3.0
    assert np.isnan(mean_of_known(stack, 3).item())
