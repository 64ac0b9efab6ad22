import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.heap import heap_pop, heap_push


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 20)), max_size=40))
def test_the_lowest_key_comes_first_whenever_it_is_taken(doings):
    """A number is put on, None takes one away; the arrays have no more room than that needs."""
    room = sum(key is not None for key in doings)
    keys, cells, size = np.zeros(room, np.float32), np.zeros(room, np.int32), 0
    wanted, key_of = [], {}
    for number, key in enumerate(doings):
        if key is not None:
            size = heap_push(keys, cells, size, key, number)
            heapq.heappush(wanted, key)
            key_of[number] = key
        elif wanted:
            lowest = heapq.heappop(wanted)
            assert keys[0] == lowest
            assert key_of.pop(int(cells[0])) == lowest
            size = heap_pop(keys, cells, size)
        assert size == len(wanted) == len(key_of)
        assert sorted(cells[:size].tolist()) == sorted(key_of)


@pytest.mark.parametrize("count", range(1, 7))
def test_numbers_in_whatever_order_come_off_from_the_lowest_on(count):
    for numbers in itertools.permutations(range(count)):
        keys, cells, size = np.zeros(count, np.float32), np.zeros(count, np.int32), 0
        for number in numbers:
            size = heap_push(keys, cells, size, number / 4, number)
        taken = []
        while size:
            taken.append((float(keys[0]), int(cells[0])))
            size = heap_pop(keys, cells, size)
        assert taken == [(number / 4, number) for number in range(count)]
