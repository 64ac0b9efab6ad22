"""The neighbours of each unit of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Arcs:
    """The neighbours of each unit, one after the other.

    Parameters
    ----------
    start : int64 ndarray (units + 1,)
        Where those of a unit begin.
    head : int32 ndarray (arcs,)
        The neighbour.
    price : float64 ndarray (arcs,)
        Price of parting from it (unit of the objective).

    Examples
    --------
    >>> arcs = Arcs.of(np.array([0, 2]), np.array([1, 1]), np.array([5.0, 7.0]), 3)
    >>> arcs.start.tolist(), arcs.head.tolist(), arcs.price.tolist()
    ([0, 1, 3, 4], [1, 0, 2, 1], [5.0, 5.0, 7.0, 7.0])
    """

    start: NDArray[np.int64]
    head: NDArray[np.int32]
    price: NDArray[np.float64]

    @classmethod
    def of(
        cls, first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]], price: NDArray[np.float64], count: int
    ) -> Arcs:
        """List the neighbours of each unit.

        Parameters
        ----------
        first, second : int ndarray (edges,)
            Units on the two sides of an edge.
        price : float64 ndarray (edges,)
            Price of cutting it (unit of the objective).
        count : int
            How many units there are.

        Returns
        -------
        Arcs
        """
        one = np.concatenate([first, second])
        order = np.argsort(one, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(one, minlength=count))])
        return cls(start, np.concatenate([second, first])[order].astype(np.int32), np.tile(price, 2)[order])
