"""Names for the arrays of the sample, and two functions that shape them."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Field: TypeAlias = npt.NDArray[np.floating[Any]]
Mask: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.uint8]


def smooth_step(values: Field, start: float, end: float) -> Field:
    """Rise smoothly from 0 to 1.

    Parameters
    ----------
    values : array of any shape
    start, end : where the rise begins and ends; with ``start`` above ``end`` it is a fall

    Returns
    -------
    array of the same shape
        ``3 t^2 - 2 t^3`` with ``t = (values - start) / (end - start)`` held in [0, 1]: no kink at either end.

    Examples
    --------
    >>> smooth_step(np.array([0.0, 5.0, 10.0, 20.0]), 0.0, 10.0)
    array([0. , 0.5, 1. , 1. ])
    """
    share = np.clip((values - start) / (end - start), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def bump(values: Field, centre: float, width: float) -> Field:
    """Rise to 1 at a centre and fall away on both sides.

    Parameters
    ----------
    values : array of any shape
    centre : where the bump is highest
    width : distance from the centre at which it has fallen to 0.37

    Returns
    -------
    array of the same shape
        ``exp(-((values - centre) / width)^2)``
    """
    return np.exp(-(((values - centre) / width) ** 2))
