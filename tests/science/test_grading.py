import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.grading import grades, scores, sensitivity_grades

NUMBERS = st.floats(-100, 100, width=32)


def cells(*values):
    return np.array([values], np.float32)


def test_the_break_itself_has_the_worse_grade_where_it_is_said():
    values = cells(0.9, 1.0, 1.1, 1.9, 2.0, 2.1, np.nan, np.inf, -np.inf)
    assert grades(values, (1.0, 2.0), False).tolist() == [[1, 1, 2, 2, 2, 3, -1, -1, -1]]
    assert grades(values, (1.0, 2.0), True).tolist() == [[1, 2, 2, 2, 3, 3, -1, -1, -1]]
    assert grades(values, (1.0, 2.0), (True, False)).tolist() == [[1, 2, 2, 2, 2, 3, -1, -1, -1]]
    assert grades(values, (1.0, 2.0), (False, True)).tolist() == [[1, 1, 2, 2, 3, 3, -1, -1, -1]]


def test_less_is_worse_where_it_falls():
    values = cells(3.0, 2.0, 1.9, 1.0, 0.9, np.nan)
    assert grades(values, (2.0, 1.0), False, falling=True).tolist() == [[1, 1, 2, 2, 3, -1]]
    assert grades(values, (2.0, 1.0), (True, False), falling=True).tolist() == [[1, 2, 2, 2, 3, -1]]


def test_type_and_shape_stay():
    found = grades(np.zeros((2, 3), np.float32), [1.0], True)
    assert (found.dtype, found.shape) == (np.int32, (2, 3))
    found = scores(np.zeros((2, 3), np.float32), 1.0, 2.0)
    assert (found.dtype, found.shape) == (np.float32, (2, 3))


def test_a_break_is_met_in_the_precision_of_the_values():
    assert grades(cells(0.6), [0.6], True).tolist() == [[2]]
    assert grades(cells(0.6), [0.6], False).tolist() == [[1]]


def test_scores_are_1_3_5():
    np.testing.assert_array_equal(scores(cells(1, 1.5, 2, 2.5, np.nan), 1.0, 2.0), cells(1, 3, 5, 5, np.nan))
    np.testing.assert_array_equal(scores(cells(1, 2), 1.0, 2.0, at=True), cells(3, 5))
    np.testing.assert_array_equal(scores(cells(1, 2), 1.0, 2.0, at=False), cells(1, 3))
    np.testing.assert_array_equal(scores(cells(3, 2, 1.5, 1), 2.0, 1.0, falling=True), cells(1, 1, 3, 5))


def test_an_index_of_scores_is_graded_above_its_breaks():
    assert sensitivity_grades(cells(1, 2, 2.01, 4, 4.01, 5, np.nan), 2.0, 4.0).tolist() == [[1, 1, 2, 2, 3, 3, -1]]


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=4, unique=True), NUMBERS, NUMBERS, st.booleans())
def test_more_is_never_milder(breaks, one, other, at):
    rising = sorted(breaks)
    low, high = grades(cells(min(one, other), max(one, other)), rising, at)[0]
    assert 1 <= low <= high <= len(breaks) + 1
    low, high = grades(cells(min(one, other), max(one, other)), rising[::-1], at, falling=True)[0]
    assert 1 <= high <= low <= len(breaks) + 1


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_has_no_score(missing):
    assert np.isnan(scores(cells(missing), 1.0, 2.0)).all()
