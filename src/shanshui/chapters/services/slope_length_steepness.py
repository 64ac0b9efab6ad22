"""How length and steepness of slopes raise erosion: factors L, S and LS (paper 2.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shanshui.base.step import step
from shanshui.science.relief import gradient
from shanshui.science.slope_length import field_length, flow_length, invest_length_steepness, slope_steepness


@step(gives="slope_steepness_factor", method="hj1173_2021")
def steepness_of_hj1173(slope: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steepness factor with the breaks of HJ 1173-2021.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].

    Returns
    -------
    float32 ndarray (rows, columns)
        S [1].

    Notes
    -----
    10.8 sin + 0.03 below 5.14 degrees, 16.8 sin - 0.5 below 10.20, 21.91 sin - 0.96 below 28.81, 9.5988 beyond. The
    standard prints 21.9, rounded: only 21.91 meets its own 9.5988 at 28.81 degrees. At 10.20 S steps from 2.475 to
    2.920.
    """
    return slope_steepness(slope, 5.14, 10.20, 28.81)


@step(gives="slope_steepness_factor", method="mccool_liu")
def steepness_of_mccool_and_liu(slope: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steepness factor with breaks at 5 and 10 degrees, rising to the end.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].

    Returns
    -------
    float32 ndarray (rows, columns)
        S [1].

    Notes
    -----
    10.8 sin + 0.03 below 5 degrees, 16.8 sin - 0.5 below 10 (McCool et al. 1987), 21.91 sin - 0.96 beyond (Liu Baoyuan
    et al. 1994), as in ChinaXiv-202011.00127.
    """
    return slope_steepness(slope, 5.0, 10.0, np.inf)


@step(gives="slope_length_factor", method="hj1173_2021")
def length_of_field(
    slope: NDArray[np.float32], slope_length: NDArray[np.float32], *, mccool_c: float
) -> NDArray[np.float32]:
    """Length factor of slopes whose length the study knows.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    slope_length : float32 ndarray (rows, columns)
        Length of the slope in plan [m].
    mccool_c : float
        Constant of the exponent [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        L [1].

    Notes
    -----
    HJ 1173-2021, annex A: L = (length / 22.13) ** m, m = beta / (1 + beta), beta = (sin / c) / (3 sin ** 0.8 + 0.56).
    The standard prints c rounded, 0.089.
    """
    return field_length(slope, slope_length, mccool_c)


@step(gives="slope_length_factor", method="desmet_govers", halo=1)
def length_of_flow(
    flow_accumulation: NDArray[np.float32],
    slope: NDArray[np.float32],
    elevation: NDArray[np.float32],
    cell_width: NDArray[np.float64],
    cell_height: NDArray[np.float64],
    *,
    mccool_c: float,
    longest_slope_length: float,
) -> NDArray[np.float32]:
    """Length factor from the area that drains through each cell.

    Parameters
    ----------
    flow_accumulation : float32 ndarray (rows, columns)
        Cells that drain through each, itself counted [1]; 0 where there is no data.
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    elevation : float32 ndarray (rows, columns)
        Height of the ground [m], which gives the aspect.
    cell_width, cell_height : float64 ndarray (rows, columns)
        Sides of the cells [m].
    mccool_c : float
        Constant of the exponent [1].
    longest_slope_length : float
        L is at most that of a slope of this length, so that rivers do not count as slopes [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        L [1].

    Notes
    -----
    Desmet and Govers (1996): L = ((A + D**2)**(m + 1) - A**(m + 1)) / (D**(m + 2) x**m 22.13**m), with A the area
    above in square metres, D the side of the cell, x = |sin a| + |cos a| of the aspect a, and m as for
    `length_of_field`.
    """
    rise = gradient(elevation, cell_width, cell_height)
    cells = flow_accumulation, slope, rise, cell_width, cell_height
    return flow_length(*cells, mccool_c, longest_slope_length)


@step(gives="slope_length_steepness", method="product")
def length_by_steepness(
    slope_length_factor: NDArray[np.float32], slope_steepness_factor: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Length and steepness factor.

    Parameters
    ----------
    slope_length_factor, slope_steepness_factor : float32 ndarray (rows, columns)
        L and S [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        L * S [1].
    """
    return slope_length_factor * slope_steepness_factor


@step(halo=1)
def slope_percent(
    filled_elevation: NDArray[np.float32], cell_width: NDArray[np.float64], cell_height: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Slope in percent of the ground without depressions, as InVEST takes it.

    Parameters
    ----------
    filled_elevation : float32 ndarray (rows, columns)
        Height without depressions [m].
    cell_width, cell_height : float64 ndarray (rows, columns)
        Sides of the cells [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        Slope [percent], 0 in a filled depression; NaN where the cell has no data.

    Notes
    -----
    Horn (1981), as for `slope`, which takes the ground as it is.
    """
    east, south = gradient(filled_elevation, cell_width, cell_height)
    return np.float32(100) * np.hypot(east, south)


@step(gives="slope_length_steepness", method="invest")
def length_steepness_of_invest(
    flow_accumulation: NDArray[np.float32],
    slope_percent: NDArray[np.float32],
    cell_width: NDArray[np.float64],
    cell_height: NDArray[np.float64],
    *,
    invest_largest_length_factor: float,
) -> NDArray[np.float32]:
    """Length and steepness factor as InVEST 3.20 computes it: to reproduce its results, not to prefer.

    Parameters
    ----------
    flow_accumulation : float32 ndarray (rows, columns)
        Cells that drain through each, itself counted [1]; 0 where there is no data.
    slope_percent : float32 ndarray (rows, columns)
        Slope of the ground without depressions [percent].
    cell_width, cell_height : float64 ndarray (rows, columns)
        Sides of the cells [m].
    invest_largest_length_factor : float
        L is at most this [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        LS [1].

    Notes
    -----
    It adds the square root of the area above, in metres, to the area of the cell, in square metres; it takes the angle
    of the slope where Desmet and Govers take the aspect; and it bounds the factor by a length in metres. Against the
    published form L is 4 to 13 times too small at 30 m and 100 cells above, and depends on the size of the cells.
    natcap/invest, src/natcap/invest/sdr/sdr.py, commit 54ff9ca.
    """
    side = np.sqrt(cell_width * cell_height).astype(np.float32)
    return invest_length_steepness(flow_accumulation, slope_percent, side, invest_largest_length_factor)
