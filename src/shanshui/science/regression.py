"""What another quantity does not explain of every cell's series."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from shanshui.science.lanes import LANES, load_lanes


def linear_residuals(
    stack: NDArray[np.float32], explaining: NDArray[np.float32], minimum_count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Take from every cell's series what a straight line on another quantity explains.

    Parameters
    ----------
    stack : float32 ndarray (dates, rows, columns)
        Values in any unit; what is not finite is a gap.
    explaining : float32 ndarray (dates, rows, columns)
        The other quantity at the same dates, in any unit.
    minimum_count : int
        Dates that a cell needs at which both are known, at least 2.

    Returns
    -------
    residuals : float32 ndarray (dates, rows, columns)
        Value less the line's [unit of the values]; NaN where either is unknown, or too few are known.
    r_squared : float32 ndarray (rows, columns)
        Share of the variance that the line explains [1]; 0 where either quantity is constant.
    slope : float32 ndarray (rows, columns)
        Slope of the line [unit of the values / unit of the other]; 0 where the other is constant, so that the
        residual is value less mean.

    Notes
    -----
    Ordinary least squares over the dates at which both are known. As the residual trend it is the method of Evans
    and Geerken (2004), Discrimination between climate and human-induced dryland degradation.

    Examples
    --------
    >>> values = np.array([1, 2, 6], np.float32).reshape(3, 1, 1)
    >>> rain = np.array([0, 1, 2], np.float32).reshape(3, 1, 1)
    >>> residuals, r_squared, slope = linear_residuals(values, rain, 3)
    >>> residuals.ravel().tolist(), slope.item(), r_squared.round(3).item()
    ([0.5, -1.0, 0.5], 2.5, 0.893...)
    """
    flat = np.asarray(stack, np.float32).reshape(len(stack), -1)
    other = np.asarray(explaining, np.float32).reshape(len(explaining), -1)
    residuals = np.full(flat.shape, np.nan, np.float32)
    r_squared, slope = (np.full(flat.shape[1], np.nan, np.float32) for _ in range(2))
    _linear_residuals(flat, other, max(minimum_count, 2), residuals, r_squared, slope)
    return residuals.reshape(stack.shape), r_squared.reshape(stack.shape[1:]), slope.reshape(stack.shape[1:])


@numba.njit(cache=True, nogil=True)
def _linear_residuals(stack, explaining, minimum, residuals, r_squared, slope):  # type: ignore[no-untyped-def]
    dates = len(stack)
    y, x = np.empty((dates, LANES), np.float32), np.empty((dates, LANES), np.float32)
    known = np.empty(LANES, np.int32)
    sums = np.empty((5, LANES), np.float64)
    for start in range(0, stack.shape[1], LANES):
        if min(load_lanes(stack, start, y, known), load_lanes(explaining, start, x, known)) < minimum:
            continue
        sums[:] = 0.0
        mean_y, mean_x, syy, sxy, sxx = sums
        known[:] = 0
        for date in range(dates):
            for lane in range(LANES):
                both = not (np.isnan(y[date, lane]) or np.isnan(x[date, lane]))
                known[lane] += np.int32(both)
                mean_y[lane] += np.float64(y[date, lane]) if both else 0.0
                mean_x[lane] += np.float64(x[date, lane]) if both else 0.0
        for lane in range(LANES):
            mean_y[lane] /= max(known[lane], 1)
            mean_x[lane] /= max(known[lane], 1)
        for date in range(dates):
            for lane in range(LANES):
                both = not (np.isnan(y[date, lane]) or np.isnan(x[date, lane]))
                dy = y[date, lane] - mean_y[lane] if both else 0.0
                dx = x[date, lane] - mean_x[lane] if both else 0.0
                syy[lane] += dy * dy
                sxy[lane] += dx * dy
                sxx[lane] += dx * dx
        for lane in range(min(LANES, stack.shape[1] - start)):
            if known[lane] < minimum:
                continue
            # The sums are exactly 0 where a quantity is constant: means of equal float32 are exact in float64.
            b = sxy[lane] / sxx[lane] if sxx[lane] > 0.0 else 0.0
            slope[start + lane] = b
            r_squared[start + lane] = b * sxy[lane] / syy[lane] if syy[lane] > 0.0 else 0.0
            for date in range(dates):
                residuals[date, start + lane] = (y[date, lane] - mean_y[lane]) - b * (x[date, lane] - mean_x[lane])
