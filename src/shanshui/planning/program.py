"""The one form every plan of units is brought to before it is solved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy import sparse

FREE, OUT, IN = -1, 0, 1

# Sums in float64 depend on their order; a row is held when it misses its limit by less than this share of the limit.
ROUNDING = 1e-9


def frozen(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """Keep an array so that nobody can write to it.

    Parameters
    ----------
    values : array_like
        Numbers.
    dtype : numpy type
        What the copy holds.

    Returns
    -------
    ndarray
        It refuses to be written to: a copy, or the array itself where it owns its numbers and was frozen before.

    Examples
    --------
    >>> kept = frozen([1, 2], np.float64)
    >>> kept.flags.writeable, frozen(kept, np.float64) is kept
    (False, True)
    """
    if isinstance(values, np.ndarray) and values.dtype == dtype and values.base is None and not values.flags.writeable:
        return values
    copy = np.array(values, dtype=dtype)
    copy.flags.writeable = False
    return copy


@dataclass(frozen=True, eq=False)
class Program:
    """A choice among units: each in or out, a sum to be maximised, sums that are to lie between limits.

    Parameters
    ----------
    weight : float64 ndarray (units,)
        What a chosen unit adds to the objective (unit of the objective). A cost is a negative weight; the boundary of
        a unit with the outside is folded in.
    first, second : int32 ndarray (edges,)
        Units on the two sides of an edge.
    price : float64 ndarray (edges,)
        What the objective loses where just one side of the edge is chosen (unit of the objective); not negative.
    matrix : csr_array float64 (rows, units)
        What a chosen unit adds to each row (unit of the row).
    lower, upper : float64 ndarray (rows,)
        Limits of the rows (unit of the row); -inf and inf where there is none.
    names : tuple of str (rows,)
        What each row is, in words.
    fixed : int8 ndarray (units,)
        -1 free, 0 locked out, 1 locked in.
    units : tuple of str (rows,)
        Units of the rows; empty: no units are written.
    whole : float64 ndarray (rows,), optional
        What 100 % is of a row whose limit was given as a share (unit of the row); NaN where it was given as a figure;
        empty: NaN in every row.

    Notes
    -----
    Maximise ``sum_i weight_i x_i - sum_e price_e |x_first(e) - x_second(e)|`` over x in {0, 1}^units, subject to
    ``lower_r <= sum_i matrix_ri x_i <= upper_r`` for every row r. The arrays are copied and cannot be written to.

    Examples
    --------
    >>> matrix = sparse.csr_array([[1.0, 1.0]])
    >>> program = Program([3.0, 1.0], [0], [1], [0.5], matrix, [-np.inf], [1.0], ("area",), [-1, -1])
    >>> program.parts(np.array([True, False]))
    (3.0, 0.5)
    >>> program.holds(np.array([True, True]))
    False
    """

    weight: NDArray[np.float64]
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    price: NDArray[np.float64]
    matrix: sparse.csr_array
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    names: tuple[str, ...]
    fixed: NDArray[np.int8]
    units: tuple[str, ...] = ()
    whole: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Freeze the arrays and see that they fit each other."""
        for name in ("weight", "price", "lower", "upper"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))
        for name in ("first", "second"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int32))
        object.__setattr__(self, "fixed", frozen(self.fixed, np.int8))
        whole = self.whole if len(self.whole) else np.full(len(self.names), np.nan)
        object.__setattr__(self, "whole", frozen(whole, np.float64))
        object.__setattr__(self, "units", tuple(self.units) or ("",) * len(self.names))
        matrix = sparse.csr_array(self.matrix, dtype=np.float64, copy=True)
        for part in (matrix.data, matrix.indices, matrix.indptr):
            part.flags.writeable = False
        object.__setattr__(self, "matrix", matrix)
        count, rows, edges = len(self.weight), len(self.names), len(self.price)
        lengths = tuple(map(len, (self.lower, self.upper, self.units, whole, self.first, self.second, self.fixed)))
        if self.matrix.shape != (rows, count) or lengths != (rows, rows, rows, rows, edges, edges, count):
            raise ValueError("the arrays of a program do not fit each other")

    @property
    def size(self) -> int:
        """Number of units."""
        return len(self.weight)

    def parts(self, selected: NDArray[np.bool_]) -> tuple[float, float]:
        """Weigh a choice.

        Parameters
        ----------
        selected : bool ndarray (units,)
            The choice.

        Returns
        -------
        tuple of float
            Sum of the weights, and the price of the edges with just one side chosen; the objective is their difference.
        """
        cut = selected[self.first] != selected[self.second]
        return float(self.weight[selected].sum()), float(self.price[cut].sum())

    def reached(self, selected: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum every row over a choice.

        Parameters
        ----------
        selected : bool ndarray (units,)
            The choice.

        Returns
        -------
        float64 ndarray (rows,)
            What each row reaches (unit of the row).
        """
        return np.asarray(self.matrix @ selected.astype(np.float64), np.float64)

    def missed(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """Say by how much each row misses its limits.

        Parameters
        ----------
        reached : float64 ndarray (rows,)
            What each row reaches (unit of the row).

        Returns
        -------
        float64 ndarray (rows,)
            0 where a row lies between its limits, but for the rounding of sums (unit of the row).
        """
        return missed(reached, self.lower, self.upper)

    def holds(self, selected: NDArray[np.bool_]) -> bool:
        """Whether a choice keeps every row and every lock.

        Parameters
        ----------
        selected : bool ndarray (units,)
            The choice.

        Returns
        -------
        bool
            True where it may be built as it is.
        """
        locked = self.fixed != FREE
        if not np.array_equal(selected[locked], self.fixed[locked] == IN):
            return False
        return not self.missed(self.reached(selected)).any()


def missed(reached: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say by how much sums miss their limits.

    Parameters
    ----------
    reached, lower, upper : float64 ndarray (rows,)
        Sums and their limits (one unit a row).

    Returns
    -------
    float64 ndarray (rows,)
        0 where a sum lies between its limits, but for `ROUNDING` times the limit.

    Examples
    --------
    >>> missed(np.array([4.0, 6.0]), np.array([5.0, 5.0]), np.array([9.0, 5.5])).tolist()
    [1.0, 0.5]
    """
    short = lower - reached
    over = reached - upper
    short[short <= ROUNDING * np.abs(lower)] = 0
    over[over <= ROUNDING * np.abs(upper)] = 0
    return np.maximum(np.maximum(short, over), 0)
