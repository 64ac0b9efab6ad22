"""The parts of a grid in which several choices differ, each of them one decision of a small plan."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.planning.grid_board import GridBoard
from shanshui.planning.grid_sums import area_at, at, neighbour, side_price

# As many choices as a whole number has bits to spare.
MOST_CHOICES = 62


class Choices:
    """Several choices, one bit of a number for each.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.

    Attributes
    ----------
    bits : int64 ndarray (rows, columns)
        Bit k is set where choice k has the cell.
    count : int
        How many choices there are.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.bits = np.zeros(shape, np.int64)
        self.count = 0

    def add(self, selected: NDArray[np.bool_]) -> None:
        """Add a choice; beyond `MOST_CHOICES` none is taken.

        Parameters
        ----------
        selected : bool ndarray (rows, columns)
            The choice.
        """
        if self.count < MOST_CHOICES:
            for row, chosen in zip(self.bits, selected, strict=True):
                row |= chosen.astype(np.int64) << self.count
            self.count += 1


@dataclass(frozen=True, eq=False)
class Atoms:
    """Parts of a grid that are chosen as a whole or not at all.

    Parameters
    ----------
    label : int32 ndarray (rows, columns)
        Number of the atom of each cell; -1: none, the cell is decided.
    gain : float64 ndarray (atoms,)
        What choosing an atom adds, the sides it shares with decided cells included (unit of the objective).
    start, head, price : ndarray
        Neighbours of each atom, one after the other, and the price of parting from them (unit of the objective).
    row_start, row, amount : ndarray
        The rows each atom counts for, one after the other, and how much. Rows are the groups, the whole area, features.
    """

    label: NDArray[np.int32]
    gain: NDArray[np.float64]
    start: NDArray[np.int64]
    head: NDArray[np.int64]
    price: NDArray[np.float64]
    row_start: NDArray[np.int64]
    row: NDArray[np.int64]
    amount: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of atoms."""
        return len(self.gain)


def find_atoms(board: GridBoard, choices: Choices) -> Atoms:
    """Find the connected parts whose cells the same choices have, where some have them and some have not.

    Parameters
    ----------
    board : GridBoard
        The plan.
    choices : Choices
        Choices that all keep the locks.

    Returns
    -------
    Atoms

    Examples
    --------
    Two choices of a row of five cells that have the second in common. They differ in the first and third: two atoms.

    >>> from shanshui.planning.grid_board import GridPlan
    >>> plan = GridPlan(np.full((1, 5), 3.0, np.float32), np.ones((1, 5), bool), np.ones(1), np.ones(1), np.ones(1))
    >>> choices = Choices((1, 5))
    >>> choices.add(np.array([[True, True, False, False, False]]))
    >>> choices.add(np.array([[False, True, True, False, False]]))
    >>> atoms = find_atoms(GridBoard(plan, 1), choices)
    >>> atoms.label.tolist()
    [[0, -1, 1, -1, -1]]

    The first is worth 3 less three sides outside, and one side less towards the second cell; the third is worth 3 less
    two sides outside, one less towards the second and one more towards the fourth.

    >>> atoms.gain.tolist()
    [1.0, 1.0]
    """
    gain, area, group, amounts = board.values
    full = (1 << choices.count) - 1
    label, count = _label(choices.bits, full, gain, board.directions)
    features = len(amounts)
    worth = np.zeros(count)
    sums = np.zeros((count, 1 + features))
    first, second, price, of_cell, of_group, covered = _contract(
        label, count, choices.bits, full, gain, area, group, amounts, board.sides, board.directions, worth, sums
    )
    ends = np.concatenate([first * count + second, second * count + first])
    pair, which = np.unique(ends, return_inverse=True)
    total = np.bincount(which, np.concatenate([price, price]), len(pair)).astype(np.float64)
    own, which = np.unique(of_cell * board.groups + of_group, return_inverse=True)
    whole = np.arange(count)
    member = np.concatenate([own // max(board.groups, 1), np.repeat(whole, 1 + features)])
    row = np.concatenate([own % max(board.groups, 1), np.tile(board.groups + np.arange(1 + features), count)])
    amount = np.concatenate([np.bincount(which, covered, len(own)), sums.ravel()])
    order = np.lexsort((row, member))
    return Atoms(
        label,
        worth,
        np.searchsorted(pair // max(count, 1), np.arange(count + 1)),
        pair % max(count, 1),
        total,
        np.searchsorted(member[order], np.arange(count + 1)),
        row[order],
        amount[order],
    )


@numba.njit(cache=True, nogil=True)
def _label(bits, full, gain, directions):  # type: ignore[no-untyped-def]
    rows, columns = bits.shape
    label = np.full((rows, columns), -1, np.int32)
    stack = np.empty(1024, np.int64)
    count = 0
    for row in range(rows):
        for column in range(columns):
            known = bits[row, column]
            if known == 0 or known == full or label[row, column] >= 0 or np.isnan(gain[row, column]):
                continue
            label[row, column] = count
            stack[0] = row * columns + column
            size = 1
            while size > 0:
                size -= 1
                cell = stack[size]
                for direction in range(directions):
                    above, beside = neighbour(cell // columns, cell % columns, direction)
                    if not (0 <= above < rows and 0 <= beside < columns) or np.isnan(gain[above, beside]):
                        continue
                    if label[above, beside] >= 0 or bits[above, beside] != known:
                        continue
                    label[above, beside] = count
                    if size == len(stack):
                        longer = np.empty(2 * size, np.int64)
                        longer[:size] = stack
                        stack = longer
                    stack[size] = above * columns + beside
                    size += 1
            count += 1
    return label, count


@numba.njit(cache=True, nogil=True)
def _contract(  # type: ignore[no-untyped-def]
    label, count, bits, full, gain, area, group, amounts, sides, directions, worth, sums
):
    """Sum gains, area and features of atoms; list the sides between two, and the area of each cell in its group."""
    rows, columns = gain.shape
    many, cells = 0, 0
    for turn in range(2):
        if turn == 1:
            first, second = np.empty(many, np.int64), np.empty(many, np.int64)
            price = np.empty(many)
            of_cell, of_group = np.empty(cells, np.int64), np.empty(cells, np.int64)
            covered = np.empty(cells)
            many, cells = 0, 0
        for row in range(rows):
            for column in range(columns):
                one = label[row, column]
                if one < 0:
                    continue
                place = at(group, row, column)
                if turn == 1:
                    held = area_at(area, row, column)
                    worth[one] += gain[row, column]
                    sums[one, 0] += held
                    for feature in range(len(amounts)):
                        sums[one, 1 + feature] += amounts[feature, row, column]
                    if place >= 0:
                        of_cell[cells], of_group[cells], covered[cells] = one, place, held
                if place >= 0:
                    cells += 1
                for direction in range(directions):
                    above, beside = neighbour(row, column, direction)
                    if not (0 <= above < rows and 0 <= beside < columns) or np.isnan(gain[above, beside]):
                        continue
                    other = label[above, beside]
                    if other == one:
                        continue
                    if other < 0:
                        if turn == 1:
                            this = side_price(sides, row, column, direction)
                            worth[one] += this if bits[above, beside] == full else -this
                    elif direction % 2 == 0:
                        if turn == 1:
                            first[many], second[many] = one, other
                            price[many] = side_price(sides, row, column, direction)
                        many += 1
    return first, second, price, of_cell, of_group, covered
