"""What covers the soil against rain, as a factor of water erosion."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

# Codes of classes lie below this.
_CODES = 100
# From these covers on the next class holds, the last one above its bound [percent].
_COVER_BOUNDS = (10.0, 30.0, 50.0, 70.0, 90.0)
COVER_CLASSES = len(_COVER_BOUNDS) + 1


def cover_factor_by_class(
    classes: NDArray[np.int32],
    cover: NDArray[np.float32],
    codes: NDArray[np.int64],
    values: NDArray[np.float64],
    tilled: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Cover factor by the class of the land and the class of its cover.

    Parameters
    ----------
    classes : int32 ndarray (rows, columns)
        Codes below 100; -1 no data.
    cover : float32 ndarray (rows, columns)
        Share of the ground under vegetation [1].
    codes : int64 ndarray (codes,)
        The codes that have an answer.
    values : float64 ndarray (codes, 6)
        Factor by class of cover: below 10, 10 to 30, 30 to 50, 50 to 70, 70 to 90, above 90 percent [1].
    tilled : bool ndarray (codes,)
        For which codes the formula for dry cropland holds instead.

    Returns
    -------
    float32 ndarray (rows, columns)
        C [1]. A class with one value for every cover has it where the cover is unknown too; all else unknown is NaN.

    Notes
    -----
    HJ 1173-2021, annex A. Dry cropland: 0.221 - 0.595 lg(cover), not above 1.
    """
    table = np.full((_CODES, COVER_CLASSES), np.nan, np.float32)
    table[codes] = values
    by_formula = np.zeros(_CODES, np.bool_)
    by_formula[codes] = tilled
    out = np.empty(classes.shape, np.float32)
    given = np.asarray(classes, np.int32).ravel(), np.asarray(cover, np.float32).ravel()
    _by_class(*given, table, by_formula, np.array(_COVER_BOUNDS, np.float32), out.ravel())
    return out


def cover_factor_of_cai(cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cover factor from cover alone.

    Parameters
    ----------
    cover : float32 ndarray (rows, columns)
        Share of the ground under vegetation [1].

    Returns
    -------
    float32 ndarray (rows, columns)
        C [1].

    Notes
    -----
    Cai Chongfa et al. (2000), Study of applying USLE and geographical information system IDRISI to predict soil
    erosion in small watershed: 1 without cover, 0.6508 - 0.3436 lg(cover in percent) up to 78.3 percent, 0 beyond.

    Examples
    --------
    >>> cover_factor_of_cai(np.array([[0, 0.1, 0.783, 0.9]], np.float32)).round(3)
    array([[1.   , 0.307, 0.   , 0.   ]], dtype=float32)
    """
    out = np.empty(cover.shape, np.float32)
    _cai(np.asarray(cover, np.float32).ravel(), out.ravel())
    return out


@numba.njit(cache=True, nogil=True)
def _by_class(classes, cover, table, by_formula, bounds, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        code = classes[i]
        if not 0 <= code < len(table):
            out[i] = np.nan
            continue
        if by_formula[code]:
            if cover[i] > 0.0:
                out[i] = min(0.221 - 0.595 * math.log10(cover[i]), 1.0)
            else:
                out[i] = 1.0 if cover[i] == 0.0 else np.nan
            continue
        # In float32 a cover of 0.7 is 70 percent exactly.
        percent = np.float32(100) * cover[i]
        place = 0
        for bound in range(len(bounds) - 1):
            place += percent >= bounds[bound]
        place += percent > bounds[-1]
        known = percent == percent or table[code, 0] == table[code, -1]
        out[i] = table[code, place] if known else np.nan


@numba.njit(cache=True, nogil=True)
def _cai(cover, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        percent = np.float32(100) * cover[i]
        if percent > np.float32(78.3):
            out[i] = 0.0
        elif percent > 0.0:
            out[i] = min(0.6508 - 0.3436 * math.log10(percent), 1.0)
        else:
            out[i] = 1.0 if percent == 0.0 else np.nan
