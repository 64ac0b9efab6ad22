"""Regions of units that are decided as one."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shanshui.planning.arcs import Arcs
from shanshui.planning.free_part import FreePart, free_part
from shanshui.planning.program import FREE, Program

# Joining ends where more than this share of the regions is left by a round.
_FEWER: Final = 0.9


@numba.njit(cache=True, nogil=True)
def _partners(
    order: NDArray[np.int64],
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    price: NDArray[np.float64],
    size: NDArray[np.int64],
    largest: int,
) -> NDArray[np.int64]:
    """Join each region in turn with the free neighbour it shares most with, by their sizes; give the lower number."""
    joined = np.full(size.size, -1, np.int64)
    for i in order:
        if joined[i] >= 0:
            continue
        best = i
        most = 0.0
        for a in range(start[i], start[i + 1]):
            j = head[a]
            if joined[j] >= 0 or size[i] + size[j] > largest:
                continue
            # Squares of any size share alike when their edge is measured by the root of the sizes.
            shared = price[a] / np.sqrt(size[i] * size[j])
            if shared > most:
                most = shared
                best = j
        joined[i] = joined[best] = min(i, best)
    return joined


def regions(part: FreePart, largest: int) -> NDArray[np.int32]:
    """Join units pair by pair to compact regions.

    Parameters
    ----------
    part : FreePart
        The program.
    largest : int
        How many units a region may have.

    Returns
    -------
    int32 ndarray (free,)
        Number of the region of each unit, from 0; a region is connected by edges.

    Notes
    -----
    Matching of heavy edges (Karypis and Kumar 1998), smallest regions first, until hardly any two can be joined.
    """
    region = np.arange(part.size, dtype=np.int32)
    size = np.ones(part.size, np.int64)
    first, second, price = part.first, part.second, part.price
    while True:
        arcs = Arcs.of(first, second, price, size.size)
        order = np.argsort(size, kind="stable")
        joined, number = np.unique(
            _partners(order, arcs.start, arcs.head, arcs.price, size, largest), return_inverse=True
        )
        if joined.size > _FEWER * size.size:
            return region
        region = number[region].astype(np.int32)
        size = np.bincount(number, size).astype(np.int64)
        first, second, price = _joined_edges(number[first], number[second], price, joined.size)


def contracted(part: FreePart, region: NDArray[np.int32]) -> FreePart:
    """Make of each region one unit.

    Parameters
    ----------
    part : FreePart
        The program.
    region : int32 ndarray (free,)
        Region of each unit, from 0.

    Returns
    -------
    FreePart
        A program of the regions. Its objective plus its constant is that of the whole.
    """
    count = int(region.max(initial=-1)) + 1
    first, second, price = _joined_edges(region[part.first], region[part.second], part.price, count)
    member = sparse.csr_array((np.ones(part.size), (np.arange(part.size), region)), shape=(part.size, count))
    whole = Program(
        np.bincount(region, part.weight, count).astype(np.float64),
        first,
        second,
        price,
        part.rows @ member,
        part.lower,
        part.upper,
        ("",) * part.lower.size,
        np.full(count, FREE),
    )
    return free_part(whole, part.constant)


def _joined_edges(
    one: NDArray[np.integer[Any]], other: NDArray[np.integer[Any]], price: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Make one edge of all between the same two regions; those inside a region are gone."""
    crossing = one != other
    one, other = one[crossing], other[crossing]
    pair, place = np.unique(
        np.minimum(one, other).astype(np.int64) * count + np.maximum(one, other), return_inverse=True
    )
    both = np.bincount(place, price[crossing], pair.size).astype(np.float64)
    return (pair // count).astype(np.int32), (pair % count).astype(np.int32), both
