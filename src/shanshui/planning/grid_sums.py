"""Sums over the cells of a plan on a grid: gains at given prices, the bound they prove, and what a choice reaches."""

from __future__ import annotations

import numba
import numpy as np

from shanshui.science.grid_cut_trees import SOURCE, TREE

# A gain beyond this decides by itself: greater than the sides of a cell together, and far from overflow.
GREATEST_UNITS = 2.0**29

# Directions are numbered: right, left, down, up, down right, up left, down left, up right.


@numba.njit(cache=True, nogil=True, inline="always")
def at(values, row, column):  # type: ignore[no-untyped-def]
    """Give what an array holds at a cell.

    Parameters
    ----------
    values : ndarray (rows, columns) or (1, 1)
        One value for each cell, or for all.
    row, column : int
        The cell.

    Returns
    -------
    scalar
        The value.
    """
    return values[row, column] if values.size > 1 else values[0, 0]


@numba.njit(cache=True, nogil=True, inline="always")
def area_at(area, row, column):  # type: ignore[no-untyped-def]
    """Give the area of a cell.

    Parameters
    ----------
    area : tuple
        Area by row, float64 ndarray (rows,), and by what it is multiplied, float32 ndarray (rows, columns) or (1, 1).
    row, column : int
        The cell.

    Returns
    -------
    float
        Area [km2].
    """
    return area[0][row] * at(area[1], row, column)


@numba.njit(cache=True, nogil=True)
def side_price(sides, row, column, direction):  # type: ignore[no-untyped-def]
    """Give the price of one side of a cell.

    Parameters
    ----------
    sides : tuple
        Prices of the sides to the right, downwards and diagonally, float64 ndarray (rows,), and the multipliers of the
        first two, float32 ndarray (rows, columns) or (1, 1); the number of columns.
    row, column : int
        The cell.
    direction : int
        Its number.

    Returns
    -------
    float
        Price (unit of the value); for sides of the grid itself that of the first or last row, without multiplier.
    """
    right, down, diagonal, along_right, along_down, columns = sides
    rows = len(right)
    if direction == 0:
        return right[row] * at(along_right, row, column) if column + 1 < columns else right[row]
    if direction == 1:
        return right[row] * at(along_right, row, column - 1) if column > 0 else right[row]
    if direction == 2:
        return down[row] * at(along_down, row, column) if row + 1 < rows else down[row]
    if direction == 3:
        return down[row - 1] * at(along_down, row - 1, column) if row > 0 else down[0]
    if direction == 4 or direction == 6:
        return diagonal[row]
    return diagonal[max(row - 1, 0)]


@numba.njit(cache=True, nogil=True)
def neighbour(row, column, direction):  # type: ignore[no-untyped-def]
    """Give the row and column of a neighbour.

    Parameters
    ----------
    row, column : int
        The cell.
    direction : int
        Its number.

    Returns
    -------
    tuple of int
        Row and column, perhaps beyond the grid.
    """
    if direction < 2:
        return row, column + 1 - 2 * direction
    downwards = 1 - 2 * (direction & 1)
    if direction < 4:
        return row + downwards, column
    return row + downwards, column + (downwards if direction < 6 else -downwards)


@numba.njit(cache=True, nogil=True)
def fold_locks(value, mask, fixed, sides, directions, outside, gain, first, last):  # type: ignore[no-untyped-def]
    """Write the gains of the free cells, the sides they share with cells that are decided included.

    Parameters
    ----------
    value : float32 ndarray (rows, columns)
        What a chosen cell is worth.
    mask : bool ndarray (rows, columns)
        Where there is a decision.
    fixed : int8 ndarray (rows, columns)
        -1 free, 0 out, 1 in.
    sides : tuple
        As `side_price` takes it.
    directions : int
        Number of neighbours.
    outside : bool
        Whether sides towards no data and the end of the grid have a price.
    gain : float32 ndarray (rows, columns)
        Takes the gain of free cells; NaN elsewhere.
    first, last : int
        Rows.

    Returns
    -------
    constant : float
        Value of the cells locked in less the price of their sides.
    error : float
        Sum of what the gains lost by rounding to float32.
    """
    rows, columns = value.shape
    constant, error = 0.0, 0.0
    for row in range(first, last):
        for column in range(columns):
            lock = at(fixed, row, column)
            if not mask[row, column] or lock == 0:
                gain[row, column] = np.nan
                continue
            total = np.float64(value[row, column])
            folded = False
            for direction in range(directions):
                above, beside = neighbour(row, column, direction)
                inside = 0 <= above < rows and 0 <= beside < columns and mask[above, beside]
                if inside:
                    other = at(fixed, above, beside)
                    if other == lock:
                        continue
                    if lock == 1:
                        total -= side_price(sides, row, column, direction)
                    elif other == 1:
                        total += side_price(sides, row, column, direction)
                        folded = True
                    elif other == 0:
                        total -= side_price(sides, row, column, direction)
                        folded = True
                elif outside:
                    total -= side_price(sides, row, column, direction)
                    folded = True
            if lock == 1:
                constant += total
                gain[row, column] = np.nan
            else:
                gain[row, column] = np.float32(total)
                if folded:
                    error += abs(np.float64(gain[row, column]) - total)
    return constant, error


@numba.njit(cache=True, nogil=True)
def priced_gain(gain, area, group, amounts, price, worth, row, column):  # type: ignore[no-untyped-def]
    """Give the gain of a cell at the prices of the rows.

    Parameters
    ----------
    gain, area, group, amounts : ndarray
        Of the plan.
    price : float64 ndarray (groups + 1,)
        Price of area in each group, and in none.
    worth : float64 ndarray (features,)
        Price of each feature.
    row, column : int
        The cell.

    Returns
    -------
    float
        Gain (unit of the value).
    """
    total = gain[row, column] + area_at(area, row, column) * price[at(group, row, column)]
    for feature in range(len(worth)):
        total += worth[feature] * amounts[feature, row, column]
    return total


@numba.njit(cache=True, nogil=True, inline="always")
def in_units(scaled):  # type: ignore[no-untyped-def]
    """Round a scaled gain to whole units.

    Parameters
    ----------
    scaled : float
        Gain times scale.

    Returns
    -------
    float
        A whole number.
    """
    return np.rint(min(max(scaled, -GREATEST_UNITS), GREATEST_UNITS))


@numba.njit(cache=True, nogil=True)
def _price_row(gain, area, group, amounts, price, worth, scale, row, scaled):  # type: ignore[no-untyped-def]
    """Write the scaled gains of a row of cells at the prices of the rows of the plan; NaN where there is none."""
    columns = gain.shape[1]
    covered = area[0][row]
    by_cell = area[1].size > 1
    if group.size > 1:
        for column in range(columns):
            scaled[column] = covered * price[group[row, column]]
    else:
        scaled[:] = covered * price[group[0, 0]]
    if by_cell:
        for column in range(columns):
            scaled[column] *= area[1][row, column]
    for column in range(columns):
        scaled[column] += gain[row, column]
    for feature in range(len(worth)):
        if worth[feature] != 0:
            for column in range(columns):
                scaled[column] += worth[feature] * amounts[feature, row, column]
    for column in range(columns):
        scaled[column] *= scale


@numba.njit(cache=True, nogil=True)
def change_prices(gain, area, group, amounts, old, new, scale, residual, first, last):  # type: ignore[no-untyped-def]
    """Add to the residuals of a cut what a change of prices adds to the gains.

    Parameters
    ----------
    gain, area, group, amounts : ndarray
        Of the plan.
    old, new : tuple of float64 ndarray
        Price of area by group, price of each feature; an old price of NaN: there was none.
    scale : float
        Units of the cut in a unit of the value.
    residual : int32 ndarray (rows, columns)
        Of the cut; changed.
    first, last : int
        Rows.
    """
    begun = not np.isnan(old[0][0])
    columns = gain.shape[1]
    now, before = np.empty(columns), np.empty(columns)
    for row in range(first, last):
        _price_row(gain, area, group, amounts, new[0], new[1], scale, row, now)
        if begun:
            _price_row(gain, area, group, amounts, old[0], old[1], scale, row, before)
        else:
            before[:] = 0
        for column in range(columns):
            # NaN, where there is no decision, becomes 0.
            if now[column] == now[column]:
                residual[row, column] += np.int32(in_units(now[column]) - in_units(before[column]))


@numba.njit(cache=True, nogil=True)
def account(  # type: ignore[no-untyped-def]
    gain, area, group, amounts, price, worth, scale, residual, trees, least, bounds, first, last
):
    """Sum the bound that a flow proves, and what the smallest best set reaches.

    Parameters
    ----------
    gain, area, group, amounts : ndarray
        Of the plan.
    price, worth : float64 ndarray
        Price of area by group, price of each feature.
    scale : float
        Units of the cut in a unit of the value.
    residual, trees : ndarray (rows, columns)
        Of the cut.
    least : float64 ndarray (groups + 1 + features,)
        Takes what the smallest best set reaches.
    bounds : float64 ndarray (rows,)
        Takes the bound of each row [units].
    first, last : int
        Rows.

    Notes
    -----
    Any flow that keeps the prices of the sides gives a bound: the sum of max(gain + inflow, 0). The gain here is that
    before it was rounded, so the bound holds for it and not only for whole units.
    """
    groups = len(price)
    columns = gain.shape[1]
    scaled = np.empty(columns)
    by_cell, grouped = area[1].size > 1, group.size > 1
    for row in range(first, last):
        _price_row(gain, area, group, amounts, price, worth, scale, row, scaled)
        bound = 0.0
        for column in range(columns):
            total = scaled[column]
            left = residual[row, column] + (total - in_units(total))
            # NaN, where there is no decision, is not greater.
            if left > 0:
                bound += left
        bounds[row] = bound
        for column in range(columns):
            tree = trees[row, column] & TREE
            if tree != SOURCE or scaled[column] != scaled[column]:
                continue
            place = groups - 1
            if grouped and group[row, column] >= 0:
                place = group[row, column]
            covered = area[0][row] * (area[1][row, column] if by_cell else 1.0)
            least[place] += covered
            for feature in range(len(worth)):
                least[groups + feature] += amounts[feature, row, column]


@numba.njit(cache=True, nogil=True)
def reach(selected, mask, fixed, only, area, group, amounts, reached, first, last):  # type: ignore[no-untyped-def]
    """Sum the area by group and the features of cells.

    Parameters
    ----------
    selected, mask : bool ndarray (rows, columns)
        Cells that are summed where they are a decision.
    fixed : int8 ndarray (rows, columns)
        Locks.
    only : int
        Only cells with this lock; 2: all.
    area, group, amounts : ndarray
        Of the plan.
    reached : float64 ndarray (groups + 1 + features,)
        Takes the sums.
    first, last : int
        Rows.
    """
    groups = len(reached) - len(amounts)
    for row in range(first, last):
        for column in range(mask.shape[1]):
            if not mask[row, column] or not at(selected, row, column):
                continue
            if only != 2 and at(fixed, row, column) != only:
                continue
            place = at(group, row, column)
            reached[groups - 1 if place < 0 else place] += area_at(area, row, column)
            for feature in range(len(amounts)):
                reached[groups + feature] += amounts[feature, row, column]


@numba.njit(cache=True, nogil=True)
def objective_parts(value, mask, sides, directions, outside, selected, parts, first, last):  # type: ignore[no-untyped-def]
    """Sum the value and the price of the boundary of a choice, row by row.

    Parameters
    ----------
    value, mask : ndarray (rows, columns)
        Of the plan.
    sides : tuple
        As `side_price` takes it.
    directions : int
        Number of neighbours.
    outside : bool
        Whether sides towards no data and the end of the grid have a price.
    selected : bool ndarray (rows, columns)
        The choice.
    parts : float64 ndarray (rows, 2)
        Takes value and price of the boundary.
    first, last : int
        Rows.
    """
    rows, columns = value.shape
    for row in range(first, last):
        worth, boundary = 0.0, 0.0
        for column in range(columns):
            if not mask[row, column] or not selected[row, column]:
                continue
            worth += value[row, column]
            for direction in range(directions):
                above, beside = neighbour(row, column, direction)
                if 0 <= above < rows and 0 <= beside < columns and mask[above, beside]:
                    if not selected[above, beside]:
                        boundary += side_price(sides, row, column, direction)
                elif outside:
                    boundary += side_price(sides, row, column, direction)
        parts[row, 0] = worth
        parts[row, 1] = boundary
