from itertools import product
from operator import eq, ge, gt, le, lt

import pytest

from shanshui.policy.language.conditions import Compared
from shanshui.policy.language.numbers import Constant, FactNumber
from shanshui.policy.language.ranges import Range, range_of

OPERATORS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq}
COMPARISONS = list(product(OPERATORS, (1.0, 2.0)))
# Enough to tell any two comparisons with 1 and 2 apart.
NUMBERS = (0.0, 1.0, 1.5, 2.0, 3.0)


def compared(operator, bound):
    return Compared(FactNumber("slope"), operator, Constant(bound, str(bound)))


def fulfil(operator, bound):
    return {number for number in NUMBERS if OPERATORS[operator](number, bound)}


@pytest.mark.parametrize(("one", "other"), list(product(COMPARISONS, repeat=2)))
def test_ranges_are_compared_as_the_numbers_in_them(one, other):
    mine, theirs = range_of(compared(*one)), range_of(compared(*other))
    assert (mine <= theirs) == (fulfil(*one) <= fulfil(*other))
    assert (mine & theirs).empty == (not fulfil(*one) & fulfil(*other))
    assert (mine & theirs <= mine) is True


def test_what_leaves_nothing_open_is_within_anything():
    assert Range(2.0, 1.0) <= Range(5.0, 5.0)
    assert Range(1.0, 1.0, low_open=True) <= Range(5.0, 5.0)
    assert not Range(1.0, 1.0) <= Range(5.0, 5.0)


def test_holes_and_other_facts_are_no_range():
    assert range_of(compared("!=", 1.0)) is None
    assert range_of(Compared(FactNumber("slope"), "<", FactNumber("limit"))) is None
