"""Two search trees over the cells of a grid, by which `grid_cut` finds a greatest flow."""

from __future__ import annotations

import numba
import numpy as np

# The state of a cell is one byte: the direction of its parent (0 to 7, or one of the two below), its tree, and whether
# it has still to look at its neighbours.
TERMINAL = 8
ORPHAN = 9
PARENT = 15
SOURCE = 16
SINK = 32
TREE = 48
ACTIVE = 64
# Cells of a tile are fed to the search together, so that what it touches stays near the processor.
TILE = 64
# Cells waiting to look at their neighbours; those for which there is no room are found again by their ACTIVE bit.
WAITING = 1 << 16

_FAR = 1 << 30


@numba.njit(cache=True, nogil=True)
def fill_capacity(capacity, holes, price, side, offsets, start):  # type: ignore[no-untyped-def]
    """Write the price of each side of one kind into both directions of it.

    Parameters
    ----------
    capacity : int32 ndarray (padded cells x directions,)
        Takes the prices; must be 0 before.
    holes : bool ndarray (rows, columns) or (1, 1)
        Cells that are no decision: their sides have no capacity.
    price : int32 ndarray (rows, columns), (rows, 1) or (1, 1)
        Of the side between a cell and its neighbour.
    side : int
        Which: 0 to the right, 1 below, 2 below to the right, 3 below to the left.
    offsets : int64 ndarray (directions,)
        Steps in the padded order of the cells: right, left, down, up, down-right, up-left, down-left, up-right.
    start : int
        Place of the first cell.
    """
    columns = offsets[2]
    rows = (len(capacity) // len(offsets) - 2 * start) // columns
    directions = len(offsets)
    some = holes.size > 1
    by_row, by_column = int(price.shape[0] > 1), int(price.shape[1] > 1)
    aside = 0 if side == 1 else (-1 if side == 3 else 1)
    for row in range(rows - (side > 0)):
        for column in range(max(0, -aside), columns - max(0, aside)):
            if some and (holes[row, column] or holes[row + (side > 0), column + aside]):
                continue
            cell = start + row * columns + column
            amount = price[row * by_row, column * by_column]
            capacity[cell * directions + 2 * side] = amount
            capacity[(cell + offsets[2 * side]) * directions + 2 * side + 1] = amount


@numba.njit(cache=True, nogil=True)
def meet_neighbours(capacity, residual, offsets, first, last):  # type: ignore[no-untyped-def]
    """Let neighbours of opposite sign cancel as far as the side between them allows: most of the flow of noisy values.

    Parameters
    ----------
    capacity : int32 ndarray (padded cells x directions,)
        What can still flow from a cell in each direction; changed.
    residual : int32 ndarray (padded cells,)
        What the source can still give (positive) or the sink still take (negative); changed.
    offsets : int64 ndarray (directions,)
        Steps to the neighbours.
    first, last : int
        Range of the cells.
    """
    directions = len(offsets)
    for cell in range(first, last):
        for direction in range(0, directions, 2):
            here = residual[cell]
            if here == 0:
                break
            place = cell * directions + direction
            if capacity[place] == 0:
                continue
            other = cell + offsets[direction]
            there = residual[other]
            if here > 0 and there < 0:
                amount = min(here, -there, capacity[place])
                moved = np.int32(amount)
            elif here < 0 and there > 0:
                amount = min(-here, there, capacity[other * directions + direction + 1])
                moved = np.int32(-amount)
            else:
                continue
            residual[cell] -= moved
            residual[other] += moved
            capacity[place] -= moved
            capacity[other * directions + direction + 1] += moved


@numba.njit(cache=True, nogil=True)
def _with_room(ring, head, count):  # type: ignore[no-untyped-def]
    """Copy a full ring into one of twice the length, its first member to place 0."""
    longer = np.empty(2 * len(ring), ring.dtype)
    for place in range(count):
        longer[place] = ring[(head + place) & (len(ring) - 1)]
    return longer


@numba.njit(cache=True, nogil=True)
def _adopt(  # type: ignore[no-untyped-def]
    capacity, state, stamp, distance, offsets, clock, orphans, head, count, waiting, first_waiting, many_waiting
):
    """Find a new parent for each orphan, or set it free, and then make its children orphans.

    A cell whose stamp equals the clock is known to hang on a terminal.
    """
    directions = len(offsets)
    room_mask = len(waiting) - 1
    while count > 0:
        cell = orphans[head]
        head = (head + 1) & (len(orphans) - 1)
        count -= 1
        here = state[cell]
        if here & PARENT != ORPHAN:
            continue
        tree = here & TREE
        best, nearest = -1, _FAR
        for direction in range(directions):
            other = cell + offsets[direction]
            if tree == SOURCE:
                room = capacity[other * directions + (direction ^ 1)]
            else:
                room = capacity[cell * directions + direction]
            if room == 0 or state[other] & TREE != tree:
                continue
            far = 0
            walker = other
            while True:
                if stamp[walker] == clock:
                    far += distance[walker]
                    break
                parent = state[walker] & PARENT
                far += 1
                if parent == TERMINAL:
                    stamp[walker] = clock
                    distance[walker] = 1
                    break
                if parent == ORPHAN:
                    far = _FAR
                    break
                walker += offsets[parent]
            if far >= _FAR:
                continue
            if far < nearest:
                best, nearest = direction, far
            walker = other
            while stamp[walker] != clock:
                stamp[walker] = clock
                distance[walker] = far
                far -= 1
                walker += offsets[state[walker] & PARENT]
        if best >= 0:
            state[cell] = np.uint8((here & (TREE | ACTIVE)) | best)
            stamp[cell] = clock
            distance[cell] = nearest + 1
            continue
        state[cell] = np.uint8(here & ACTIVE)
        for direction in range(directions):
            other = cell + offsets[direction]
            there = state[other]
            if there & TREE != tree:
                continue
            if there & ACTIVE == 0:
                if tree == SOURCE:
                    room = capacity[other * directions + (direction ^ 1)]
                else:
                    room = capacity[cell * directions + direction]
                if room > 0:
                    there |= ACTIVE
                    state[other] = there
                    if many_waiting < room_mask:
                        waiting[(first_waiting + many_waiting) & room_mask] = other
                        many_waiting += 1
            if there & PARENT == direction ^ 1:
                state[other] = np.uint8((there & (TREE | ACTIVE)) | ORPHAN)
                if count == len(orphans):
                    orphans = _with_room(orphans, head, count)
                    head = 0
                orphans[(head + count) & (len(orphans) - 1)] = other
                count += 1
    return orphans, many_waiting


@numba.njit(cache=True, nogil=True)
def settle_roots(capacity, residual, state, stamp, distance, offsets, first, last, clock):  # type: ignore[no-untyped-def]
    """Make the trees fit the residuals after these were changed, without letting anything flow.

    Parameters
    ----------
    capacity, residual, state, stamp, distance : ndarray
        As in `grid_cut.GridCut`; the last three are changed.
    offsets : int64 ndarray (directions,)
        Steps to the neighbours.
    first, last : int
        Range of the cells.
    clock : int
        The time now.

    Returns
    -------
    int
        The time after it.

    Notes
    -----
    A cell with something left is a root of its tree. A root that has nothing left is an orphan. A cell whose sign has
    changed leaves its tree as a cell set free does: what was its tree's around it must look again.
    """
    directions = len(offsets)
    orphans = np.empty(1 << 12, np.int64)
    nobody = np.empty(1, np.int64)
    for begin in range(first, last, TILE * TILE):
        head, count = 0, 0
        for cell in range(begin, min(begin + TILE * TILE, last)):
            here = state[cell]
            excess = residual[cell]
            if excess == 0:
                parent = here & PARENT
                if parent < TERMINAL:
                    continue
                state[cell] = np.uint8((here & (TREE | ACTIVE)) | ORPHAN)
                if count == len(orphans):
                    orphans = _with_room(orphans, head, count)
                    head = 0
                orphans[(head + count) & (len(orphans) - 1)] = cell
                count += 1
                continue
            tree = SOURCE if excess > 0 else SINK
            old = here & TREE
            if old == tree:
                if here & PARENT != TERMINAL:
                    state[cell] = np.uint8((here & (TREE | ACTIVE)) | TERMINAL)
                    stamp[cell] = clock
                    distance[cell] = 1
                continue
            if old != 0:
                for direction in range(directions):
                    other = cell + offsets[direction]
                    there = state[other]
                    if there & TREE != old:
                        continue
                    if old == SOURCE:
                        room = capacity[other * directions + (direction ^ 1)]
                    else:
                        room = capacity[cell * directions + direction]
                    if room > 0:
                        there |= ACTIVE
                        state[other] = there
                    if there & PARENT == direction ^ 1:
                        state[other] = np.uint8((there & (TREE | ACTIVE)) | ORPHAN)
                        if count == len(orphans):
                            orphans = _with_room(orphans, head, count)
                            head = 0
                        orphans[(head + count) & (len(orphans) - 1)] = other
                        count += 1
            state[cell] = np.uint8(tree | ACTIVE | TERMINAL)
            stamp[cell] = clock
            distance[cell] = 1
        if count > 0:
            clock += 1
            orphans, _ = _adopt(capacity, state, stamp, distance, offsets, clock, orphans, head, count, nobody, 0, 0)
    return clock + 1


@numba.njit(cache=True, nogil=True)
def grow_trees(  # type: ignore[no-untyped-def]
    capacity, residual, state, stamp, distance, offsets, columns, first, last, clock
):
    """Grow both trees from their active cells, and let flow what can wherever they meet, until nothing more can.

    Parameters
    ----------
    capacity, residual, state, stamp, distance : ndarray
        As in `grid_cut.GridCut`; changed.
    offsets : int64 ndarray (directions,)
        Steps to the neighbours.
    columns : int
        Of the grid.
    first, last : int
        Range of whole rows whose active cells are taken up; their trees reach as far as there is capacity.
    clock : int
        The time now.

    Returns
    -------
    clock : int
        The time after it.
    left : bool
        Whether active cells may be left, because more of them waited than there was room for.
    """
    directions = len(offsets)
    waiting = np.empty(WAITING, np.int64)
    room_mask = WAITING - 1
    orphans = np.empty(1 << 12, np.int64)
    left = False
    for top in range(first, last, TILE * columns):
        bottom = min(top + TILE * columns, last)
        for beside in range(0, columns, TILE):
            head, count = 0, 0
            for begin in range(top + beside, bottom, columns):
                for cell in range(begin, begin + min(TILE, columns - beside)):
                    if state[cell] & ACTIVE != 0:
                        waiting[count] = cell
                        count += 1
            while count > 0:
                cell = waiting[head]
                head = (head + 1) & room_mask
                count -= 1
                state[cell] &= np.uint8(255 - ACTIVE)
                while True:
                    here = state[cell]
                    tree = here & TREE
                    if tree == 0:
                        break
                    found = -1
                    for direction in range(directions):
                        other = cell + offsets[direction]
                        if tree == SOURCE:
                            room = capacity[cell * directions + direction]
                        else:
                            room = capacity[other * directions + (direction ^ 1)]
                        if room == 0:
                            continue
                        there = state[other]
                        if there & TREE == 0:
                            state[other] = np.uint8(tree | ACTIVE | (direction ^ 1))
                            stamp[other] = stamp[cell]
                            distance[other] = distance[cell] + 1
                            if there & ACTIVE == 0:
                                if count < room_mask:
                                    waiting[(head + count) & room_mask] = other
                                    count += 1
                                else:
                                    left = True
                        elif there & TREE != tree:
                            found = direction
                            break
                        elif stamp[other] <= stamp[cell] and distance[other] > distance[cell] + 1:
                            state[other] = np.uint8((there & (TREE | ACTIVE)) | (direction ^ 1))
                            stamp[other] = stamp[cell]
                            distance[other] = distance[cell] + 1
                    if found < 0:
                        break
                    # A path from source to sink: how much can flow along it.
                    if tree == SOURCE:
                        giver, taker, out = cell, cell + offsets[found], found
                    else:
                        giver, taker, out = cell + offsets[found], cell, found ^ 1
                    amount = capacity[giver * directions + out]
                    walker = giver
                    while True:
                        parent = state[walker] & PARENT
                        if parent == TERMINAL:
                            break
                        walker += offsets[parent]
                        amount = min(amount, capacity[walker * directions + (parent ^ 1)])
                    amount = min(amount, residual[walker])
                    walker = taker
                    while True:
                        parent = state[walker] & PARENT
                        if parent == TERMINAL:
                            break
                        amount = min(amount, capacity[walker * directions + parent])
                        walker += offsets[parent]
                    amount = min(amount, -residual[walker])
                    # Let it flow; what is full leaves an orphan behind it.
                    first_orphan, many = 0, 0
                    capacity[giver * directions + out] -= amount
                    capacity[taker * directions + (out ^ 1)] += amount
                    walker = giver
                    while True:
                        parent = state[walker] & PARENT
                        if parent == TERMINAL:
                            residual[walker] -= amount
                            full = residual[walker] == 0
                            above = walker
                        else:
                            above = walker + offsets[parent]
                            capacity[above * directions + (parent ^ 1)] -= amount
                            capacity[walker * directions + parent] += amount
                            full = capacity[above * directions + (parent ^ 1)] == 0
                        if full:
                            state[walker] = np.uint8((state[walker] & (TREE | ACTIVE)) | ORPHAN)
                            if many == len(orphans):
                                orphans = _with_room(orphans, first_orphan, many)
                                first_orphan = 0
                            first_orphan = (first_orphan - 1) & (len(orphans) - 1)
                            orphans[first_orphan] = walker
                            many += 1
                        if parent == TERMINAL:
                            break
                        walker = above
                    walker = taker
                    while True:
                        parent = state[walker] & PARENT
                        if parent == TERMINAL:
                            residual[walker] += amount
                            full = residual[walker] == 0
                            above = walker
                        else:
                            above = walker + offsets[parent]
                            capacity[walker * directions + parent] -= amount
                            capacity[above * directions + (parent ^ 1)] += amount
                            full = capacity[walker * directions + parent] == 0
                        if full:
                            state[walker] = np.uint8((state[walker] & (TREE | ACTIVE)) | ORPHAN)
                            if many == len(orphans):
                                orphans = _with_room(orphans, first_orphan, many)
                                first_orphan = 0
                            first_orphan = (first_orphan - 1) & (len(orphans) - 1)
                            orphans[first_orphan] = walker
                            many += 1
                        if parent == TERMINAL:
                            break
                        walker = above
                    clock += 1
                    if many > 0:
                        orphans, count = _adopt(
                            capacity,
                            state,
                            stamp,
                            distance,
                            offsets,
                            clock,
                            orphans,
                            first_orphan,
                            many,
                            waiting,
                            head,
                            count,
                        )
                        if count == room_mask:
                            left = True
    return clock + 1, left
