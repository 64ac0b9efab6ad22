"""What the breach of a row costs during a search, and how that is learned on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.planning.free_part import FreePart

# A row that misses its limit by this share of it costs twice what it is worth at the limit.
_BAND: Final = 0.05
# A row without worth is given this share of the middle worth of the others, so that breaking it is never free.
_LEAST_WORTH: Final = 0.1
# Share of a breach that is added to the cost after each round.
_STEP: Final = 0.1
# See `margins`.
_ROOM: Final = 1e-3


def margins(part: FreePart) -> NDArray[np.float64]:
    """Say how far inside their limits rows are to be aimed.

    Where every row lies within less than a unit of its limit, no unit can be changed any more: room for one is left.

    Parameters
    ----------
    part : FreePart
        The program, unit by unit.

    Returns
    -------
    float64 ndarray (rows,)
        What one unit adds where it adds anything, but no more than a thousandth of what is there and of the distance
        of the limits (unit of the row).
    """
    size = np.asarray(abs(part.rows).sum(axis=1), np.float64)
    return np.asarray(np.minimum(_typical(part, size), _ROOM * np.minimum(part.upper - part.lower, size)), np.float64)


@numba.njit(cache=True, nogil=True)
def penalty(reached: float, lower: float, upper: float, short: float, over: float, stiffness: float) -> float:
    """Cost of what a row reaches, up to a constant (unit of the objective).

    Parameters
    ----------
    reached, lower, upper : float
        What it reaches, and its limits (unit of the row).
    short, over : float
        Cost of a little less at the lower limit and of a little more at the upper one (unit of the objective by unit
        of the row).
    stiffness : float
        How much that rises by unit of breach (unit of the objective by square unit of the row).

    Returns
    -------
    float
        Least where the row is kept with room to spare.
    """
    below = max(short + stiffness * (lower - reached), 0.0)
    above = max(over + stiffness * (reached - upper), 0.0)
    return (below * below + above * above) / (2 * stiffness)


@numba.njit(cache=True, nogil=True)
def learn(
    reached: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    short: NDArray[np.float64],
    over: NDArray[np.float64],
    stiffness: NDArray[np.float64],
) -> None:
    """Let the breach of a row that is broken cost more, and that of another less.

    Parameters
    ----------
    reached, lower, upper : float64 ndarray (rows,)
        What each row reaches, and its limits (unit of the row).
    short, over : float64 ndarray (rows,)
        See `penalty`; changed in place.
    stiffness : float64 ndarray (rows,)
        See `penalty`.
    """
    for r in range(reached.size):
        # Where there is no limit the breach is infinitely far away: the cost stays 0.
        short[r] = max(short[r] + _STEP * stiffness[r] * (lower[r] - reached[r]), 0.0)
        over[r] = max(over[r] + _STEP * stiffness[r] * (reached[r] - upper[r]), 0.0)


@dataclass(frozen=True, eq=False)
class Penalties:
    """What the breach of each row costs; the numbers are changed in place.

    Parameters
    ----------
    lower, upper : float64 ndarray (rows,)
        Limits that are aimed at (unit of the row).
    short, over : float64 ndarray (rows,)
        Cost of a little less at the lower limit and of a little more at the upper one (unit of the objective by unit
        of the row).
    stiffness : float64 ndarray (rows,)
        How much that rises by unit of breach (unit of the objective by square unit of the row).

    Notes
    -----
    Augmented Lagrangian (Hestenes 1969, Powell 1969; Rockafellar 1973 for inequalities). A multiplier alone makes
    whole patches come and go at one price; a penalty alone freezes what lies on a limit. Of both together the patch
    shrinks until its row is kept.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    short: NDArray[np.float64]
    over: NDArray[np.float64]
    stiffness: NDArray[np.float64]

    @classmethod
    def of(cls, part: FreePart, worth: NDArray[np.float64]) -> Penalties:
        """Begin with the worth of the rows.

        Parameters
        ----------
        part : FreePart
            The program, unit by unit.
        worth : float64 ndarray (rows,)
            Worth of one unit of each row (unit of the objective by unit of the row).

        Returns
        -------
        Penalties
        """
        margin = margins(part)
        lower, upper = part.lower + margin, part.upper - margin
        size = np.asarray(abs(part.rows).sum(axis=1), np.float64)
        far = np.maximum(np.where(np.isfinite(lower), abs(lower), 0), np.where(np.isfinite(upper), abs(upper), 0))
        # A limit near 0 or beyond what is there says nothing about the size of the row.
        band = np.maximum(_BAND * np.minimum(far, size), np.where(size > 0, _typical(part, size), 1.0))
        return cls(lower, upper, np.maximum(worth, 0), np.maximum(-worth, 0), weights(part, worth) / band)


def weights(part: FreePart, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh rows against each other: by their worth, but none by nothing.

    Parameters
    ----------
    part : FreePart
        The program, unit by unit.
    worth : float64 ndarray (rows,)
        Worth of one unit of each row (unit of the objective by unit of the row).

    Returns
    -------
    float64 ndarray (rows,)
        Above 0; rows are compared by what they are worth in all (unit of the objective by unit of the row).
    """
    size = np.asarray(abs(part.rows).sum(axis=1), np.float64)
    size = np.where(size > 0, size, 1.0)
    in_all = np.abs(worth) * size
    if in_all.any():
        middle = float(np.median(in_all[in_all > 0]))
    else:
        middle = float(np.abs(part.weight).sum() + part.price.sum()) or 1.0
    return np.asarray(np.maximum(in_all, _LEAST_WORTH * middle) / size, np.float64)


def _typical(part: FreePart, size: NDArray[np.float64]) -> NDArray[np.float64]:
    """What one unit adds to each row where it adds anything."""
    return np.asarray(size / np.maximum(np.diff(part.rows.indptr), 1), np.float64)
