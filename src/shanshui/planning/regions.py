"""Regions of units that are decided as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shanshui.planning.free_part import FreePart, free_part
from shanshui.planning.program import Program


def regions(part: FreePart, choices: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the connected units on which all of several choices agree among themselves.

    Parameters
    ----------
    part : FreePart
        The program.
    choices : bool ndarray (choices, free)
        Choices.

    Returns
    -------
    int32 ndarray (free,)
        Number of the region of each unit, from 0.
    """
    alike = (choices[:, part.first] == choices[:, part.second]).all(axis=0)
    joined = sparse.coo_array(
        (np.ones(np.count_nonzero(alike), np.int8), (part.first[alike], part.second[alike])), shape=(part.size,) * 2
    )
    return np.asarray(connected_components(joined, directed=False)[1], np.int32)


def contracted(part: FreePart, region: NDArray[np.int32], state: NDArray[np.int8]) -> FreePart:
    """Make of each region one unit.

    Parameters
    ----------
    part : FreePart
        The program.
    region : int32 ndarray (free,)
        Region of each unit, from 0.
    state : int8 ndarray (regions,)
        -1 to be decided, 0 out, 1 in.

    Returns
    -------
    FreePart
        A program of the regions to be decided; `FreePart.units` are their numbers. Its objective plus its constant is
        that of the whole.
    """
    count = state.size
    crossing = region[part.first] != region[part.second]
    one, other = region[part.first[crossing]], region[part.second[crossing]]
    pair, place = np.unique(
        np.minimum(one, other).astype(np.int64) * count + np.maximum(one, other), return_inverse=True
    )
    member = sparse.csr_array((np.ones(part.size), (np.arange(part.size), region)), shape=(part.size, count))
    whole = Program(
        np.bincount(region, part.weight, count).astype(np.float64),
        pair // count,
        pair % count,
        np.bincount(place, part.price[crossing], pair.size).astype(np.float64),
        part.rows @ member,
        part.lower,
        part.upper,
        ("",) * part.lower.size,
        state,
    )
    return free_part(whole, part.constant)
