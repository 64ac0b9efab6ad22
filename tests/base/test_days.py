import numpy as np
import pytest

from shanshui.base.days import HALF_MONTH_DAYS, Days

# The second halves; the first always has fifteen days.
COMMON = [16, 13, 16, 15, 16, 15, 16, 16, 15, 16, 15, 16]


def numbered(days):
    """Days on 4 x 4 cells, each with its own number; and the pieces that were asked for."""
    asked = []

    def read(first, last):
        asked.append((first, last))
        return np.arange(first, last)[:, None, None] * np.ones((4, 4)) + np.arange(16).reshape(4, 4) / 100

    return Days(days, read), asked


@pytest.mark.parametrize(("days", "february"), [(365, 13), (366, 14)], ids=["common", "leap"])
def test_twenty_four_half_months_that_hold_every_day_once_and_in_order(days, february):
    year, asked = numbered(days)
    seconds = [COMMON[0], february, *COMMON[2:]]
    halves = list(year)
    assert [len(half) for half in halves] == [length for second in seconds for length in (15, second)]
    assert np.concatenate(halves)[:, 0, 0].tolist() == list(range(days))
    assert asked[0][0] == 0
    assert asked[-1][1] == days
    assert max(len(half) for half in halves) == HALF_MONTH_DAYS


def test_a_year_can_be_gone_over_again_and_is_read_anew():
    year, asked = numbered(365)
    next(iter(year))
    assert asked == [(0, 15)]
    assert len(list(year)) == 24
    assert len(asked) == 25


@pytest.mark.parametrize("days", [365, 366])
def test_trimmed_days_are_the_same_days_without_the_margin(days):
    year, _ = numbered(days)
    for half, inner in zip(year, year.trimmed(1), strict=True):
        np.testing.assert_array_equal(inner, half[:, 1:3, 1:3])
