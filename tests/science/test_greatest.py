import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.greatest import Greatest, greatest_by_key


def found(keys, values):
    greatest = greatest_by_key(np.array([keys], np.int32), np.array([values], np.float32))
    return dict(zip(greatest.keys.tolist(), greatest.values.tolist(), strict=True))


def test_by_hand():
    assert found([4, 2, 4, 2, -1, 9], [1.0, 5.0, 3.0, 4.0, 99.0, np.nan]) == {2: 5.0, 4: 3.0}
    assert found([7, 7, 7], [-3.0, -2.0, np.inf]) == {7: -2.0}
    assert found([0, 0], [0.0, 0.5]) == {0: 0.5}
    assert found([-1], [1.0]) == {}


def test_keys_rise_and_have_their_types():
    greatest = greatest_by_key(np.array([[5, 1, 3]], np.int32), np.array([[1, 2, 3]], np.float32))
    assert greatest.keys.tolist() == [1, 3, 5]
    assert (greatest.keys.dtype, greatest.values.dtype) == (np.int32, np.float32)


def test_more_keys_than_there_is_room_for_at_first():
    keys = np.random.default_rng(1).permutation(np.repeat(np.arange(100, dtype=np.int32), 3)).reshape(20, 15)
    values = np.arange(300, dtype=np.float32).reshape(20, 15)
    greatest = greatest_by_key(keys, values)
    assert greatest.keys.tolist() == list(range(100))
    assert greatest.values.tolist() == [values[keys == key].max() for key in range(100)]


CELLS = st.lists(st.tuples(st.integers(-1, 5), st.floats(-9, 9, width=32)), max_size=30)


@settings(deadline=None)
@given(CELLS, CELLS)
def test_parts_add_up_to_the_whole(here, there):
    def of(part):
        return greatest_by_key(
            np.array([[key for key, _ in part]], np.int32).reshape(1, -1),
            np.array([[value for _, value in part]], np.float32).reshape(1, -1),
        )

    both, whole = of(here) + of(there), of(here + there)
    assert both.keys.tolist() == whole.keys.tolist()
    assert both.values.tolist() == whole.values.tolist()
    assert isinstance(both, Greatest)
