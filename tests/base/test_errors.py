import pickle

import pytest

from shanshui.base.errors import Problem, StudyError, did_you_mean


def test_a_problem_reads_as_key_fault_and_mend():
    assert str(Problem("grid.crs", "is not given", "name one")) == "grid.crs: is not given; name one"
    assert str(Problem("grid.crs", "was mended", "")) == "grid.crs: was mended"


def test_an_error_holds_every_problem_once_and_sorted_by_key():
    later, sooner = Problem("b", "is wrong", ""), Problem("a", "is wrong", "mend it")
    error = StudyError([later, sooner, Problem("b", "is wrong", "")])
    assert error.problems == (sooner, later)
    assert str(error) == "a: is wrong; mend it\nb: is wrong"
    assert StudyError(later).problems == (later,)


def test_a_problem_is_an_error_unless_it_says_it_is_a_note():
    assert Problem("a", "b", "c").severity == "error"


@pytest.mark.parametrize(
    ("word", "known", "clause"),
    [
        ("resoltion", ["crs", "resolution"], "did you mean 'resolution'?"),
        ("landcover", ["land_cover", "land_change"], "did you mean 'land_cover'?"),
        ("xyz", ["crs", "like"], "use one of: crs, like"),
        ("xyz", ["like", "crs"], "use one of: crs, like"),
        ("xyz", [], "leave it out"),
    ],
)
def test_the_nearest_known_word_is_named_and_else_all_of_them(word, known, clause):
    assert did_you_mean(word, known) == clause


def test_an_error_from_another_process_is_the_same():
    error = StudyError([Problem("b", "is wrong", "mend it"), Problem("a", "is missing", "give it")])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.problems) == (str(error), error.problems)
