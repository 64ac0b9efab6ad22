"""Cells flipped one by one where that costs least, until a plan on a grid keeps its rows."""

from __future__ import annotations

import math

import numba
import numpy as np

from shanshui.planning.grid_sums import area_at, at, neighbour, priced_gain, side_price
from shanshui.science.heap import heap_pop, heap_push

# The costs of flips are told apart by quarters of a power of two from 2^-40 to 2^24 of their mean.
_BINS = 256
# As much as is needed, times this, is put on the heap before the first flip.
_PLENTY = 4.0
# Rows of the grid of which every one is looked at; of more, every second, third, and so on.
_SAMPLED = 1000

# Places after those of the groups (and of no group) in what rows lack.
TARGET, BUDGET, FEATURES = 0, 1, 2

ADD, DROP, FILL, TRIM = range(4)


@numba.njit(cache=True, nogil=True)
def _push(keys, cells, size, key, cell):  # type: ignore[no-untyped-def]
    if size == len(keys):
        more_keys, more_cells = np.empty(2 * size, keys.dtype), np.empty(2 * size, cells.dtype)
        more_keys[:size], more_cells[:size] = keys, cells
        keys, cells = more_keys, more_cells
    return keys, cells, heap_push(keys, cells, size, key, cell)


@numba.njit(cache=True, nogil=True)
def _boundary_change(selected, gain, sides, directions, row, column):  # type: ignore[no-untyped-def]
    """What choosing a cell, now not chosen, adds to the price of the boundary between free cells."""
    rows, columns = gain.shape
    change = 0.0
    for direction in range(directions):
        above, beside = neighbour(row, column, direction)
        if 0 <= above < rows and 0 <= beside < columns and not np.isnan(gain[above, beside]):
            price = side_price(sides, row, column, direction)
            change += -price if selected[above, beside] else price
    return change


@numba.njit(cache=True, nogil=True)
def _use(mode, lack, first, groups, area, group, amounts, row, column):  # type: ignore[no-untyped-def]
    """How much a flip brings of what was sought at first: 1 is all; 0 where it brings nothing or breaks a row."""
    place = at(group, row, column)
    covered = area_at(area, row, column)
    tail = groups + 1
    if mode == ADD:
        use = 0.0
        if place >= 0 and lack[place] > 0:
            use = covered / first[place]
        if lack[tail + TARGET] > 0:
            use += covered / first[tail + TARGET]
        for feature in range(len(amounts)):
            short = lack[tail + FEATURES + feature]
            if short > 0:
                use += min(amounts[feature, row, column], short) / first[tail + FEATURES + feature]
        return use
    if mode == FILL:
        return covered / -first[tail + BUDGET] if covered <= -lack[tail + BUDGET] else 0.0
    # A cell is dropped only where every row that asks for at least so much can spare it.
    if lack[tail + TARGET] + covered > 0:
        return 0.0
    if place >= 0 and lack[place] + covered > 0:
        return 0.0
    for feature in range(len(amounts)):
        if lack[tail + FEATURES + feature] + amounts[feature, row, column] > 0:
            return 0.0
    if mode == DROP:
        return covered / first[tail + BUDGET]
    return covered / -first[place] if place >= 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _loss(selected, gain, area, group, amounts, sides, directions, price, worth, row, column):  # type: ignore[no-untyped-def]
    """What the objective loses by a flip where the rows have their prices."""
    loss = _boundary_change(selected, gain, sides, directions, row, column) - priced_gain(
        gain, area, group, amounts, price, worth, row, column
    )
    return -loss if selected[row, column] else loss


@numba.njit(cache=True, nogil=True)
def _flip(selected, area, group, amounts, lack, tail, row, column):  # type: ignore[no-untyped-def]
    """Flip a cell and note what the rows lack then."""
    sign = -1.0 if selected[row, column] else 1.0
    selected[row, column] = not selected[row, column]
    covered = sign * area_at(area, row, column)
    place = at(group, row, column)
    if place >= 0:
        lack[place] -= covered
    lack[tail + TARGET] -= covered
    lack[tail + BUDGET] += covered
    for feature in range(len(amounts)):
        lack[tail + FEATURES + feature] -= sign * amounts[feature, row, column]


@numba.njit(cache=True, nogil=True)
def _collect(  # type: ignore[no-untyped-def]
    mode, selected, gain, area, group, amounts, sides, directions, price, worth, lack, mean, trimmed
):
    """Put the flips with the least loss per use on a heap: for each row several times as much as it needs."""
    rows, columns = gain.shape
    groups = len(price) - 1
    adding = mode in (ADD, FILL)
    own = np.zeros(groups + 1, np.bool_)
    for place in range(groups + 1):
        own[place] = mode == TRIM or (mode == ADD and lack[place] > 0)
    bins = np.zeros((groups + 1, _BINS))
    limit = np.full(groups + 1, _BINS, np.int64)
    # Groups none of whose cells can be of use are passed over.
    idle = np.zeros(groups + 1, np.bool_)
    if mode == ADD:
        for place in range(groups + 1):
            idle[place] = not lack[place] > 0
        for other in range(groups + 1, len(lack)):
            if other != groups + 1 + BUDGET and lack[other] > 0:
                idle[:] = False
    elif mode != FILL:
        for place in range(groups):
            idle[place] = lack[place] >= 0 or (mode == TRIM and not trimmed[place])
        idle[groups] = mode == TRIM
    keys, cells, size = np.empty(1024), np.empty(1024, np.int64), 0
    for turn in range(2):
        # Of a large grid some rows are enough to know the bins.
        step = 1 + rows // _SAMPLED if turn == 0 else 1
        if turn == 1:
            # The bin of loss up to which there is plenty: for each row that needs cells of one group, and for the rest.
            shared = np.zeros(_BINS)
            for place in range(groups + 1):
                if not own[place]:
                    shared += bins[place]
            for place in range(groups + 1):
                run = 0.0
                for k in range(_BINS):
                    run += bins[place, k] if own[place] else shared[k]
                    if run > _PLENTY:
                        limit[place] = k
                        break
        for row in range(0, rows, step):
            for column in range(columns):
                place = at(group, row, column)
                if selected[row, column] == adding or idle[place] or np.isnan(gain[row, column]):
                    continue
                use = _use(mode, lack, lack, groups, area, group, amounts, row, column)
                if use <= 0:
                    continue
                loss = _loss(selected, gain, area, group, amounts, sides, directions, price, worth, row, column)
                ratio = loss / mean
                k = 0 if ratio <= 0 else min(max(int(4 * (math.log2(ratio) + 40)), 0), _BINS - 1)
                if turn == 0:
                    bins[place, k] += use * step
                elif k <= limit[place]:
                    keys, cells, size = _push(keys, cells, size, loss / use, row * columns + column)
    return keys, cells, size


@numba.njit(cache=True, nogil=True)
def flip_cells(  # type: ignore[no-untyped-def]
    mode, selected, gain, area, group, amounts, sides, directions, price, worth, lack, mean, trimmed
):
    """Flip cells at the least loss per use until what the mode seeks is reached or nothing more can be flipped.

    Parameters
    ----------
    mode : int
        `ADD` cells for rows that lack something, `DROP` cells until the area budget is kept, `FILL` what is left of the
        budget, `TRIM` what groups have in excess. The last two keep only as many flips as make the objective greatest.
    selected : bool ndarray (rows, columns)
        The choice; changed.
    gain, area, group, amounts : ndarray
        Of the plan.
    sides, directions
        As `side_price` takes them.
    price, worth : float64 ndarray
        Prices of the rows at which a flip is judged.
    lack : float64 ndarray (groups + 3 + features,)
        What each group lacks (negative: has more than it needs), -inf for none; what the area lacks to its target; by
        how much it exceeds its budget; what each feature lacks. Changed.
    mean : float
        Mean loss by which the bins of losses are set (unit of the value).
    trimmed : bool ndarray (groups,)
        Groups whose cells may be dropped in `TRIM`.

    Returns
    -------
    flips : int
        How many cells were flipped.
    better : float
        What the objective gained (unit of the value; negative: lost).
    """
    rows, columns = gain.shape
    groups = len(price) - 1
    tail = groups + 1
    adding = mode == ADD
    sought = lack.copy()
    keys, cells, size = _collect(
        mode, selected, gain, area, group, amounts, sides, directions, price, worth, lack, mean, trimmed
    )
    flips = 0
    while size > 0:
        if mode == ADD:
            done = True
            for place in range(len(lack)):
                if place != tail + BUDGET and lack[place] > 0:
                    done = False
        else:
            done = lack[tail + BUDGET] <= 0
        if done:
            break
        key, cell = keys[0], cells[0]
        size = heap_pop(keys, cells, size)
        row, column = cell // columns, cell % columns
        if selected[row, column] == adding:
            continue
        use = _use(mode, lack, sought, groups, area, group, amounts, row, column)
        if use <= 0:
            continue
        now = _loss(selected, gain, area, group, amounts, sides, directions, price, worth, row, column) / use
        if now > key and size > 0 and now > keys[0]:
            keys, cells, size = _push(keys, cells, size, now, cell)
            continue
        _flip(selected, area, group, amounts, lack, tail, row, column)
        flips += 1
        for direction in range(directions):
            above, beside = neighbour(row, column, direction)
            if not (0 <= above < rows and 0 <= beside < columns) or np.isnan(gain[above, beside]):
                continue
            if selected[above, beside] == adding:
                continue
            use = _use(mode, lack, sought, groups, area, group, amounts, above, beside)
            if use > 0:
                loss = _loss(selected, gain, area, group, amounts, sides, directions, price, worth, above, beside)
                keys, cells, size = _push(keys, cells, size, loss / use, above * columns + beside)
    return flips


@numba.njit(cache=True, nogil=True)
def _grow_patch(  # type: ignore[no-untyped-def]
    mode, selected, gain, area, group, amounts, sides, directions, price, worth, lack, place, paid, seed, longest, made
):
    """Flip a patch of cells from one on, each time the neighbour with the least loss; find the best length.

    Returns its score (the lower the better, 0 or more: of no use in `FILL` and `TRIM`), and how many of the flipped
    cells, all of them in `made`, belong to it.
    """
    rows, columns = gain.shape
    groups = len(price) - 1
    tail = groups + 1
    adding = mode in (ADD, FILL)
    sought = lack.copy()
    wanted = 1.0
    if mode == ADD and place == groups:
        wanted = 0.0
        for other in range(len(lack)):
            if other != tail + BUDGET and lack[other] > 0:
                wanted += 1.0
    keys, cells, size = np.empty(64), np.empty(64, np.int64), 0
    keys, cells, size = _push(keys, cells, size, 0.0, seed)
    total, brought, covered, best, length, flips = 0.0, 0.0, 0.0, np.inf, 0, 0
    if mode in (FILL, TRIM):
        best = 0.0
    while size > 0 and flips < longest:
        key, cell = keys[0], cells[0]
        size = heap_pop(keys, cells, size)
        row, column = cell // columns, cell % columns
        if selected[row, column] == adding:
            continue
        use = 0.0
        if mode == ADD and place < groups:
            if at(group, row, column) == place:
                use = area_at(area, row, column) / sought[place]
        else:
            use = _use(mode, lack, sought, groups, area, group, amounts, row, column)
            if mode == TRIM and at(group, row, column) != place:
                use = 0.0
        if use <= 0:
            continue
        loss = _loss(selected, gain, area, group, amounts, sides, directions, price, worth, row, column)
        if flips > 0 and loss > key and size > 0 and loss > keys[0]:
            keys, cells, size = _push(keys, cells, size, loss, cell)
            continue
        total += loss
        brought += use
        covered += area_at(area, row, column)
        _flip(selected, area, group, amounts, lack, tail, row, column)
        made[flips] = cell
        flips += 1
        if mode in (FILL, TRIM):
            score = total - paid * covered
        else:
            over = 0.0
            if mode == DROP:
                over = -lack[tail + BUDGET]
            elif place < groups:
                over = -lack[place]
            cost = total + paid * max(over, 0.0)
            score = cost / min(brought, wanted) if cost > 0 else cost * brought
        if score < best:
            best, length = score, flips
        if brought >= 4 * wanted:
            break
        for direction in range(directions):
            above, beside = neighbour(row, column, direction)
            if not (0 <= above < rows and 0 <= beside < columns) or np.isnan(gain[above, beside]):
                continue
            if selected[above, beside] != adding:
                loss = _loss(selected, gain, area, group, amounts, sides, directions, price, worth, above, beside)
                keys, cells, size = _push(keys, cells, size, loss, above * columns + beside)
    return best, length, flips


@numba.njit(cache=True, nogil=True)
def flip_patches(  # type: ignore[no-untyped-def]
    mode,
    selected,
    gain,
    area,
    group,
    amounts,
    sides,
    directions,
    price,
    worth,
    lack,
    mean,
    trimmed,
    paid,
    seeds,
    longest,
):
    """Flip whole patches where that costs least by what they bring: where boundaries are dear, single cells cost more.

    Parameters
    ----------
    mode, selected, gain, area, group, amounts, sides, directions, price, worth, lack, mean, trimmed
        As in `flip_cells`.
    paid : float64 ndarray (groups + 1,)
        Price of each group's row, and of the budget.
    seeds : int
        How many patches are tried for each that is flipped.
    longest : int
        Most cells of a patch.

    Returns
    -------
    int
        How many cells were flipped.
    """
    columns = gain.shape[1]
    groups = len(price) - 1
    tail = groups + 1
    keys, cells, size = _collect(
        mode, selected, gain, area, group, amounts, sides, directions, price, worth, lack, mean, trimmed
    )
    order = np.argsort(keys[:size])
    made = np.empty(longest, np.int64)
    own = np.empty((groups + 1, seeds), np.int64)
    many = np.zeros(groups + 1, np.int64)
    for member in order:
        place = at(group, cells[member] // columns, cells[member] % columns)
        if place >= 0 and many[place] < seeds:
            own[place, many[place]] = cells[member]
            many[place] += 1
        if many[groups] < seeds:
            own[groups, many[groups]] = cells[member]
            many[groups] += 1
    flips = 0
    # Each group for itself, then what is lacked of the whole.
    for place in range(groups + 1):
        if place < groups:
            if mode in (DROP, FILL) or (mode == ADD and lack[place] <= 0):
                continue
            if mode == TRIM and not trimmed[place]:
                continue
        elif mode == TRIM:
            continue
        left = many[place]
        while left > 0:
            if mode == ADD and place < groups:
                done = lack[place] <= 0
            elif mode == DROP:
                done = lack[tail + BUDGET] <= 0
            elif mode == ADD:
                done = True
                for other in range(len(lack)):
                    if other != tail + BUDGET and lack[other] > 0:
                        done = False
            else:
                done = False
            if done:
                break
            best, chosen, length = np.inf, -1, 0
            candidate = 0
            while candidate < left:
                score, long, flipped = _grow_patch(
                    mode,
                    selected,
                    gain,
                    area,
                    group,
                    amounts,
                    sides,
                    directions,
                    price,
                    worth,
                    lack,
                    place,
                    paid[place],
                    own[place, candidate],
                    longest,
                    made,
                )
                for flip in range(flipped):
                    _flip(selected, area, group, amounts, lack, tail, made[flip] // columns, made[flip] % columns)
                if long == 0:
                    # A place that is of no use now will not be later.
                    left -= 1
                    own[place, candidate] = own[place, left]
                    continue
                if score < best:
                    best, chosen, length = score, candidate, long
                candidate += 1
            if chosen < 0:
                break
            _, _, flipped = _grow_patch(
                mode,
                selected,
                gain,
                area,
                group,
                amounts,
                sides,
                directions,
                price,
                worth,
                lack,
                place,
                paid[place],
                own[place, chosen],
                longest,
                made,
            )
            for flip in range(length, flipped):
                _flip(selected, area, group, amounts, lack, tail, made[flip] // columns, made[flip] % columns)
            flips += length
    return flips
