"""How high water must rise on its way out, where places are joined by passes of known height."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

# The place where water leaves.
OUTSIDE = 0


@dataclass(frozen=True)
class Passes:
    """Passes between places.

    Parameters
    ----------
    one, other : int32 ndarray (passes,)
        The places that each joins; ``OUTSIDE`` is 0.
    height : float32 ndarray (passes,)
        How high each is [m].
    """

    one: NDArray[np.int32]
    other: NDArray[np.int32]
    height: NDArray[np.float32]


def together(parts: list[Passes]) -> Passes:
    """Put the passes of several parts one after the other.

    Parameters
    ----------
    parts : list of Passes
        At least one.

    Returns
    -------
    Passes
    """
    return Passes(
        np.concatenate([part.one for part in parts]),
        np.concatenate([part.other for part in parts]),
        np.concatenate([part.height for part in parts]),
    )


def lowest_passes(passes: Passes, places: int) -> Passes:
    """Keep so many passes that the lowest way from any place to any other is among them.

    Parameters
    ----------
    passes : Passes
        Any number.
    places : int
        How many places there are, ``OUTSIDE`` included.

    Returns
    -------
    Passes
        Fewer than there are places, lowest first.

    Notes
    -----
    The minimum spanning forest (Kruskal 1956): its ways have the lowest possible highest pass.

    Examples
    --------
    >>> triangle = Passes(np.int32([0, 1, 2]), np.int32([1, 2, 0]), np.float32([3, 1, 2]))
    >>> kept = lowest_passes(triangle, 3)
    >>> kept.one.tolist(), kept.other.tolist(), kept.height.tolist()
    ([1, 2], [2, 0], [1.0, 2.0])
    """
    order = np.argsort(passes.height, kind="stable")
    kept = order[_joins(passes.one, passes.other, order, np.arange(places, dtype=np.int32))]
    return Passes(passes.one[kept], passes.other[kept], passes.height[kept])


def spill_levels(passes: Passes, places: int) -> NDArray[np.float32]:
    """Give the highest pass on each place's lowest way to the outside.

    Parameters
    ----------
    passes : Passes
        Any number.
    places : int
        How many places there are, ``OUTSIDE`` included.

    Returns
    -------
    float32 ndarray (places,)
        Level [m]; -inf for the outside itself, inf where no way leads there.

    Examples
    --------
    >>> spill_levels(Passes(np.int32([0, 1, 2]), np.int32([1, 2, 0]), np.float32([3, 1, 2])), 4).tolist()
    [-inf, 2.0, 2.0, inf]
    """
    order = np.argsort(passes.height, kind="stable")
    levels = np.full(places, np.inf, np.float32)
    levels[OUTSIDE] = -np.inf
    _levels(passes.one, passes.other, passes.height, order, np.arange(places, dtype=np.int32), levels)
    return levels


@numba.njit(cache=True, nogil=True)
def _root(above, place):  # type: ignore[no-untyped-def]
    while above[place] != place:
        above[place] = above[above[place]]
        place = above[place]
    return place


@numba.njit(cache=True, nogil=True)
def _joins(one, other, order, above):  # type: ignore[no-untyped-def]
    """Tell of each pass, in order, whether it joins what was apart."""
    joins = np.zeros(len(order), np.bool_)
    for rank in range(len(order)):
        a, b = _root(above, one[order[rank]]), _root(above, other[order[rank]])
        if a != b:
            above[max(a, b)] = min(a, b)
            joins[rank] = True
    return joins


@numba.njit(cache=True, nogil=True)
def _levels(one, other, height, order, above, levels):  # type: ignore[no-untyped-def]
    """Join place after place; all that come to the outside together are given the height of that pass."""
    # The places of a group are a ring: the next of each.
    following = np.arange(len(above)).astype(np.int32)
    for rank in range(len(order)):
        a, b = _root(above, one[order[rank]]), _root(above, other[order[rank]])
        if a == b:
            continue
        if a > b:
            a, b = b, a
        if a == OUTSIDE:
            place = b
            while True:
                levels[place] = height[order[rank]]
                place = following[place]
                if place == b:
                    break
        above[b] = a
        following[a], following[b] = following[b], following[a]
