"""A smooth function of row and column, evaluated on millions of cells from a few exact nodes."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline, RectBivariateSpline

# Map projections are so smooth that a cubic spline through so many nodes a side follows them to a millionth of
# a cell over thousands of cells.
NODES = 33


class SmoothSurface:
    """A cubic spline through exact values on a lattice of nodes.

    Parameters
    ----------
    first, last : (float, float)
        Row and column of the first and the last node; beyond them the value at the edge is given.
    """

    def __init__(self, first: tuple[float, float], last: tuple[float, float]) -> None:
        self._first, self._last = first, last
        self.rows = np.linspace(first[0], last[0], NODES)
        self.columns = np.linspace(first[1], last[1], NODES)

    def through(self, values: NDArray[np.float64]) -> SmoothSurface:
        """Lay the surface through its nodes.

        Parameters
        ----------
        values : float64 ndarray (NODES, NODES)
            Exact values at `rows` and `columns`.

        Returns
        -------
        SmoothSurface
            Itself.
        """
        self._row_knots, self._column_knots, coefficients = RectBivariateSpline(self.rows, self.columns, values).tck
        self._coefficients = np.ascontiguousarray(coefficients.reshape(NODES, NODES))
        return self

    def at(self, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate it on a lattice.

        Parameters
        ----------
        rows, columns : float64 ndarray
            Places, in rows and columns.

        Returns
        -------
        float64 ndarray (rows, columns)
            The same for a place, to the last bit, in whatever lattice it is asked for.
        """
        row, row_basis = _basis(np.clip(rows, self._first[0], self._last[0]), self._row_knots)
        column, column_basis = _basis(np.clip(columns, self._first[1], self._last[1]), self._column_knots)
        return np.asarray(_tensor(row, row_basis, column, column_basis, self._coefficients), np.float64)


def _basis(places: NDArray[np.float64], knots: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give, for each place, the first of the four cubic B-splines that are not zero there, and their values."""
    matrix = BSpline.design_matrix(places, knots, 3)
    first = matrix.indices.reshape(-1, 4)[:, 0].astype(np.int64)
    return first, np.ascontiguousarray(matrix.data.reshape(-1, 4).T)


@numba.njit(cache=True, nogil=True)
def _tensor(first_row, row_basis, first_column, column_basis, coefficients):  # type: ignore[no-untyped-def]
    out = np.empty((first_row.size, first_column.size), np.float64)
    along = np.empty(coefficients.shape[1], np.float64)
    basis0, basis1, basis2, basis3 = column_basis[0], column_basis[1], column_basis[2], column_basis[3]
    for i in range(first_row.size):
        for b in range(along.size):
            along[b] = 0.0
            for a in range(4):
                along[b] += row_basis[a, i] * coefficients[first_row[i] + a, b]
        line = out[i]
        for j in range(line.size):
            knot = first_column[j]
            line[j] = (
                basis0[j] * along[knot]
                + basis1[j] * along[knot + 1]
                + basis2[j] * along[knot + 2]
                + basis3[j] * along[knot + 3]
            )
    return out
