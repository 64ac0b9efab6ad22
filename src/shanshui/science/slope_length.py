"""Length and steepness of slopes as factors of water erosion."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

# Length of the plots on which the soil loss equation was made [m].
PLOT_LENGTH = 22.13


def slope_steepness(slope: NDArray[np.float32], moderate: float, steep: float, steepest: float) -> NDArray[np.float32]:
    """Steepness factor by three branches of the sine of the slope, and a constant beyond.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    moderate, steep, steepest : float
        From these slopes on the second and third branch and the constant hold [degree].

    Returns
    -------
    float32 ndarray (rows, columns)
        S [1].

    Notes
    -----
    10.8 sin + 0.03, 16.8 sin - 0.5 (McCool et al. 1987), 21.91 sin - 0.96 (Liu Baoyuan et al. 1994), 9.5988.

    Examples
    --------
    >>> slope_steepness(np.array([[0, 5.14, 30, 60]], np.float32), 5.14, 10.2, 28.81).round(3)
    array([[0.03 , 1.005, 9.599, 9.599]], dtype=float32)
    """
    out = np.empty(slope.shape, np.float32)
    breaks = np.array((moderate, steep, steepest), np.float32)
    _steepness(np.asarray(slope, np.float32).ravel(), *breaks, out.ravel())
    return out


def field_length(slope: NDArray[np.float32], length: NDArray[np.float32], mccool_c: float) -> NDArray[np.float32]:
    """Length factor of a slope of known length.

    Parameters
    ----------
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    length : float32 ndarray (rows, columns)
        Length of the slope along the ground's plan [m].
    mccool_c : float
        The sine at which rills and the land between them erode alike [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        L = (length / 22.13) ** m [1].

    Notes
    -----
    m = beta / (1 + beta), beta = (sin / c) / (3 sin ** 0.8 + 0.56) (McCool et al. 1989).
    """
    out = np.empty(slope.shape, np.float32)
    cells = (np.asarray(given, np.float32).ravel() for given in (slope, length))
    _field_length(*cells, mccool_c, out.ravel())
    return out


def flow_length(
    accumulation: NDArray[np.float32],
    slope: NDArray[np.float32],
    rise: tuple[NDArray[np.float32], NDArray[np.float32]],
    width: NDArray[np.float64],
    height: NDArray[np.float64],
    mccool_c: float,
    longest: float,
) -> NDArray[np.float32]:
    """Length factor from the area that drains through a cell.

    Parameters
    ----------
    accumulation : float32 ndarray (rows, columns)
        Cells that drain through each, itself counted [1]; 0 unknown.
    slope : float32 ndarray (rows, columns)
        Slope [degree].
    rise : two float32 ndarrays (rows, columns)
        Rise of the ground along rows and along columns [m/m].
    width, height : float64 ndarray (rows, columns)
        Sides of the cells [m].
    mccool_c : float
        As for `field_length` [1].
    longest : float
        Longest slope along which water runs as a sheet or in rills [m].

    Returns
    -------
    float32 ndarray (rows, columns)
        L [1], at most that of a slope of the longest length.

    Notes
    -----
    Desmet and Govers (1996), A GIS procedure for automatically calculating the USLE LS factor, equation 9::

        L = ((A + D**2)**(m + 1) - A**(m + 1)) / (D**(m + 2) x**m 22.13**m),  x = |sin a| + |cos a|

    with A the area above the cell [m2], D its side (of the square of equal area) [m], a the aspect (x is 1 on the
    flat) and m as for `field_length`. With n cells above, A = n D**2, and the equation is, with q = D / (22.13 x),
    L = (n + 1) ((n + 1) q)**m - n (n q)**m.
    """
    out = np.empty(slope.shape, np.float32)
    cells = (np.ascontiguousarray(given, np.float32).ravel() for given in (accumulation, slope, *rise, width, height))
    _flow_length(*cells, mccool_c, longest, out.ravel())
    return out


def invest_length_steepness(
    accumulation: NDArray[np.float32],
    slope_percent: NDArray[np.float32],
    side: NDArray[np.float32],
    largest: float,
) -> NDArray[np.float32]:
    """Length and steepness as InVEST 3.20 computes them, to reproduce its results.

    Parameters
    ----------
    accumulation : float32 ndarray (rows, columns)
        Cells that drain through each, itself counted [1]; 0 unknown.
    slope_percent : float32 ndarray (rows, columns)
        Slope [percent].
    side : float32 ndarray (rows, columns)
        Side of the cells [m].
    largest : float
        Largest length factor [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        LS [1].

    Notes
    -----
    The form of `flow_length` in three ways not that of Desmet and Govers: A is the square root of the area above, in
    metres, added to square metres; the angle of the slope stands in x where the aspect belongs; and the longest
    length, in metres, bounds the factor, a pure number. m is 0.2, 0.3, 0.4, 0.5 up to 1, 3.5, 5, 9 percent of slope
    and continuous beyond; S is 10.8 sin + 0.03 below 9 percent, then 16.8 sin - 0.5. Source code of natcap/invest,
    src/natcap/invest/sdr/sdr.py, commit 54ff9ca.
    """
    out = np.empty(slope_percent.shape, np.float32)
    cells = (np.asarray(given, np.float32).ravel() for given in (accumulation, slope_percent, side))
    _invest(*cells, largest, out.ravel())
    return out


@numba.njit(cache=True, nogil=True)
def _steepness(slope, moderate, steep, steepest, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        sine = math.sin(math.radians(np.float64(slope[i])))
        if slope[i] >= steepest:
            out[i] = 9.5988
        elif slope[i] >= steep:
            out[i] = 21.91 * sine - 0.96
        elif slope[i] >= moderate:
            out[i] = 16.8 * sine - 0.5
        else:
            out[i] = 10.8 * sine + 0.03


@numba.njit(cache=True, nogil=True)
def _exponent(sine, mccool_c):  # type: ignore[no-untyped-def]
    beta = sine / mccool_c / (3.0 * sine**0.8 + 0.56)
    return beta / (1.0 + beta)


@numba.njit(cache=True, nogil=True)
def _field_length(slope, length, mccool_c, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        if length[i] >= 0.0:
            out[i] = (length[i] / PLOT_LENGTH) ** _exponent(math.sin(math.radians(np.float64(slope[i]))), mccool_c)
        else:
            out[i] = np.nan  # or level ground of unknown length would have a factor: NaN to the power of 0 is 1


@numba.njit(cache=True, nogil=True)
def _flow_length(accumulation, slope, along_rows, along_columns, width, height, mccool_c, longest, out):  # type: ignore[no-untyped-def]
    longest_log = math.log(longest / PLOT_LENGTH)
    for i in range(len(out)):
        east, south = abs(np.float64(along_rows[i])), abs(np.float64(along_columns[i]))
        above = np.float64(accumulation[i]) - 1.0
        if not (above >= 0.0 and slope[i] >= 0.0 and east + south >= 0.0):
            out[i] = np.nan
            continue
        across = (east + south) / math.hypot(east, south) if east + south > 0.0 else 1.0
        m = _exponent(math.sin(math.radians(np.float64(slope[i]))), mccool_c)
        reach = math.sqrt(np.float64(width[i]) * height[i]) / (PLOT_LENGTH * across)
        factor = (above + 1.0) * (reach * (above + 1.0)) ** m - above * (reach * above) ** m
        out[i] = min(factor, math.exp(m * longest_log))


@numba.njit(cache=True, nogil=True)
def _invest(accumulation, slope_percent, side, largest, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        percent = np.float64(slope_percent[i])
        if not (percent >= 0.0 and accumulation[i] >= 1.0):
            out[i] = np.nan
            continue
        angle = math.atan(percent / 100.0)
        sine = math.sin(angle)
        steepness = 10.8 * sine + 0.03 if percent < 9.0 else 16.8 * sine - 0.5
        if percent <= 1.0:
            m = 0.2
        elif percent <= 3.5:
            m = 0.3
        elif percent <= 5.0:
            m = 0.4
        elif percent <= 9.0:
            m = 0.5
        else:
            m = _exponent(sine, 0.0896)
        d = np.float64(side[i])
        area = math.sqrt((accumulation[i] - 1.0) * d * d)
        across = sine + math.cos(angle)
        factor = ((area + d * d) ** (m + 1.0) - area ** (m + 1.0)) / (d ** (m + 2.0) * across**m * PLOT_LENGTH**m)
        out[i] = min(factor, largest) * steepness
