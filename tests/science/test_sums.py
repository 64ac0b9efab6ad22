import pytest

from shanshui.science.sums import Sums


def test_sums_of_parts_add_up():
    one, other = Sums({"a": (1, 2), "b": (3, 4)}), Sums({"a": (10, 20), "b": (30, 40)})
    assert (one + other).amounts == (other + one).amounts == {"a": (11, 22), "b": (33, 44)}


def test_parts_with_other_numbers_do_not_add_up():
    with pytest.raises(ValueError, match="shorter"):
        Sums({"a": (1, 2)}) + Sums({"a": (1,)})
