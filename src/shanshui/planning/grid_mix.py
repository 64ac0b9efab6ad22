"""The best of several choices in each part of a grid, put together by annealing."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.planning.grid_atoms import Atoms, Choices, find_atoms
from shanshui.planning.grid_board import GridBoard
from shanshui.planning.grid_flips import BUDGET, TARGET

# What a row lacks costs its price so many times: it can be filled up later, at a little more than that.
_PENALTY = 2.0
# Flips tried for each atom, and altogether.
_TRIES = 4000
_MOST_TRIES = 4_000_000
# The heat at the beginning as a share of the middle loss of a flip, and that at the end as a share of the first.
_HEAT = 0.5
_COOLED = 1e-3
# How often an atom of the other state is sought for a swap.
_DRAWS = 8


def mix(
    board: GridBoard,
    choices: Choices,
    selected: NDArray[np.bool_],
    multipliers: NDArray[np.float64],
    seed: int,
) -> NDArray[np.bool_]:
    """Put a choice together from parts of several.

    Parameters
    ----------
    board : GridBoard
        The plan.
    choices : Choices
        The choices.
    selected : bool ndarray (rows, columns)
        The one of them to begin with.
    multipliers : float64 ndarray (rows,)
        Prices of the rows.
    seed : int
        Beginning of the random numbers.

    Returns
    -------
    bool ndarray (rows, columns)
        A choice that need not keep the rows, but is no worse than the first where what a row lacks costs twice its
        price.

    Notes
    -----
    Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983, Optimization by simulated annealing, Science 220: 671-680)
    over the parts in which the choices differ.
    """
    atoms = find_atoms(board, choices)
    mixed = selected.copy()
    if not atoms.size:
        return mixed
    chosen = np.zeros(atoms.size, bool)
    chosen[atoms.label[atoms.label >= 0]] = selected[atoms.label >= 0]
    tail, groups = board.groups + 1, board.groups
    reached = board.reached(selected)
    limits = board.limits
    keep = np.r_[:groups, tail + TARGET, tail + 2 : len(limits)]
    least, most = limits[keep], np.full(len(keep), np.inf)
    most[groups] = limits[tail + BUDGET]
    mean = float(multipliers[multipliers > 0].mean()) if (multipliers > 0).any() else 1.0
    penalty = _PENALTY * np.maximum(multipliers[keep], mean)
    penalty[groups] = _PENALTY * max(float(multipliers[tail : tail + 2].max()), mean)
    tries = min(_TRIES * atoms.size, _MOST_TRIES)
    best = anneal(_parts(atoms), chosen, reached[keep], least, most, penalty, tries, np.random.default_rng(seed))
    inside = atoms.label >= 0
    mixed[inside] = best[atoms.label[inside]]
    return mixed


def _parts(atoms: Atoms):  # type: ignore[no-untyped-def]
    return atoms.gain, atoms.start, atoms.head, atoms.price, atoms.row_start, atoms.row, atoms.amount


@numba.njit(cache=True, nogil=True)
def _flip(atoms, chosen, reached, least, most, penalty, atom):  # type: ignore[no-untyped-def]
    """Flip an atom and give what the objective, less the penalties, gains."""
    gain, start, head, price, row_start, row, amount = atoms
    sign = -1.0 if chosen[atom] else 1.0
    change = sign * gain[atom]
    for place in range(start[atom], start[atom + 1]):
        change += price[place] if chosen[head[place]] != chosen[atom] else -price[place]
    for place in range(row_start[atom], row_start[atom + 1]):
        this = row[place]
        before, after = reached[this], reached[this] + sign * amount[place]
        broken = max(least[this] - after, 0.0) + max(after - most[this], 0.0)
        broken -= max(least[this] - before, 0.0) + max(before - most[this], 0.0)
        change -= penalty[this] * broken
        reached[this] = after
    chosen[atom] = not chosen[atom]
    return change


@numba.njit(cache=True, nogil=True)
def anneal(atoms, chosen, reached, least, most, penalty, tries, random):  # type: ignore[no-untyped-def]
    """Flip atoms, and swap one for another, ever less often where that makes the choice worse.

    Parameters
    ----------
    atoms : tuple of ndarray
        Those of `Atoms` but the labels.
    chosen : bool ndarray (atoms,)
        The choice to begin with; changed.
    reached, least, most : float64 ndarray (rows,)
        What it reaches in each row (changed), and the limits.
    penalty : float64 ndarray (rows,)
        What a broken limit costs (unit of the objective by unit of the row).
    tries : int
        How many changes are tried.
    random : Generator
        Gives the random numbers.

    Returns
    -------
    bool ndarray (atoms,)
        The best choice met.
    """
    size = len(chosen)
    losses = np.empty(size)
    for atom in range(size):
        losses[atom] = abs(_flip(atoms, chosen, reached, least, most, penalty, atom))
        _flip(atoms, chosen, reached, least, most, penalty, atom)
    hottest = _HEAT * max(np.median(losses), 1e-300)
    heat = hottest
    now, greatest = 0.0, 0.0
    best = chosen.copy()
    for turn in range(tries):
        if turn % size == 0:
            heat = hottest * math.pow(_COOLED, turn / tries)
        one, other = random.integers(0, size), -1
        if random.random() < 0.5:
            for _ in range(_DRAWS):
                drawn = random.integers(0, size)
                if chosen[drawn] != chosen[one]:
                    other = drawn
                    break
        change = _flip(atoms, chosen, reached, least, most, penalty, one)
        if other >= 0:
            change += _flip(atoms, chosen, reached, least, most, penalty, other)
        if change >= 0 or random.random() < math.exp(change / heat):
            now += change
            if now > greatest:
                greatest = now
                best[:] = chosen
        else:
            _flip(atoms, chosen, reached, least, most, penalty, one)
            if other >= 0:
                _flip(atoms, chosen, reached, least, most, penalty, other)
    return best
