"""Carbon that the soil breathes out."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray


def heterotrophic_respiration(
    temperature: NDArray[np.float32], precipitation: NDArray[np.float32], share: float
) -> NDArray[np.float32]:
    """Carbon that soil life breathes out in a year.

    Parameters
    ----------
    temperature : float32 ndarray (12, rows, columns)
        Mean temperature of each month [degC].
    precipitation : float32 ndarray (12, rows, columns)
        Rain of each month [mm].
    share : float
        Factor of 46.5 percent in the equation.

    Returns
    -------
    float32 ndarray (rows, columns)
        Carbon [g/m2/year]; NaN where a month is not known.

    Notes
    -----
    ``Rh = sum over months 0.22 (exp(0.0912 T) + ln(0.3145 P + 1)) x 30 x 46.5 %``, T in degC, P in mm (as printed in
    ChinaXiv-202106.00081 and 202209.00152). Every month has 30 days there.

    Examples
    --------
    >>> year = np.zeros((12, 1, 1), np.float32)
    >>> f"{heterotrophic_respiration(year, year, 0.465)[0, 0]:.3f}"
    '36.828'
    """
    months = np.asarray(temperature, np.float32), np.asarray(precipitation, np.float32)
    return np.asarray(_respiration(*months, np.float32(0.22 * 30.0 * share)), np.float32)


@numba.njit(cache=True, nogil=True)
def _respiration(temperature, precipitation, scale):  # type: ignore[no-untyped-def]
    months, rows, columns = temperature.shape
    out = np.zeros((rows, columns), np.float32)
    for i in range(rows):
        for month in range(months):
            for j in range(columns):
                warmth = math.exp(np.float32(0.0912) * temperature[month, i, j])
                wetness = math.log(np.float32(0.3145) * precipitation[month, i, j] + np.float32(1.0))
                out[i, j] += scale * (warmth + wetness)
    return out
