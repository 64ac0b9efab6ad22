"""A binary heap in two arrays: the cell with the lowest key comes first."""

from __future__ import annotations

import numba


@numba.njit(cache=True, nogil=True)
def heap_push(keys, cells, size, key, cell):  # type: ignore[no-untyped-def]
    """Put a cell on the heap.

    Parameters
    ----------
    keys : float ndarray
        Keys, long enough for one more.
    cells : int ndarray
        The cells that have them.
    size : int
        How many there are.
    key : float
        The key of the new one.
    cell : int
        The new one.

    Returns
    -------
    int
        How many there are now.
    """
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] <= key:
            break
        keys[place], cells[place] = keys[above], cells[above]
        place = above
    keys[place], cells[place] = key, cell
    return size + 1


@numba.njit(cache=True, nogil=True)
def heap_pop(keys, cells, size):  # type: ignore[no-untyped-def]
    """Take the first cell away; it is at place 0 until then.

    Parameters
    ----------
    keys : float ndarray
        Keys.
    cells : int ndarray
        The cells that have them.
    size : int
        How many there are, at least one.

    Returns
    -------
    int
        How many are left.
    """
    size -= 1
    key, cell = keys[size], cells[size]
    place, below = 0, 1
    while below < size:
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if key <= keys[below]:
            break
        keys[place], cells[place] = keys[below], cells[below]
        place, below = below, 2 * below + 1
    keys[place], cells[place] = key, cell
    return size
