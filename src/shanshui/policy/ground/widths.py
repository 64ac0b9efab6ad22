"""Whether polygons are anywhere wider than so many metres."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.policy.ground.divided import polygon_parts

# Overlaps nowhere wider than this [m] are borders in common.
DUST = 1e-3
# Segments of the quarter circles around inner corners: they fall short of the circle by 0.1 % of the radius.
_SEGMENTS = 16


def disc_area(width: Any) -> Any:
    """Give the area of a disc: what has no more of it is nowhere wider than the disc.

    Parameters
    ----------
    width : float or ndarray
        Diameter [m].

    Returns
    -------
    float or ndarray
        [m2].

    Examples
    --------
    >>> round(disc_area(2.0), 5)
    3.14159
    """
    return math.pi / 4 * width**2


def wider(geometries: NDArray[Any], width: NDArray[np.float64] | float) -> NDArray[np.bool_]:
    """Tell which geometries are somewhere wider than so much.

    Parameters
    ----------
    geometries : ndarray of shapely geometries
        Any; only polygons have a width.
    width : float or float64 ndarray (geometries,)
        Diameter of the disc that has to fit in with room to spare [m].

    Returns
    -------
    bool ndarray (geometries,)
        True where it does.

    Notes
    -----
    The greatest disc in a polygon has a radius of more than area / length of the rim; where that does not tell, the
    polygon is shrunk by half of the width from all sides and something must be left.

    Examples
    --------
    >>> wider(np.array([shapely.box(0, 0, 100, 5.1), shapely.box(0, 0, 100, 4.9)]), 5.0).tolist()
    [True, False]
    """
    parts, owner = polygon_parts(geometries, np.arange(len(geometries)))
    area, rim = shapely.area(parts), shapely.length(parts)
    width = np.broadcast_to(width, len(geometries))[owner]
    wide = 2 * area >= width * rim
    left, bottom, right, top = shapely.bounds(parts).T
    asked = ~wide & (area > disc_area(width)) & (np.minimum(right - left, top - bottom) > width)
    wide[asked] = ~shapely.is_empty(shapely.buffer(parts[asked], -width[asked] / 2, quad_segs=_SEGMENTS))
    return np.bincount(owner[wide], minlength=len(geometries)) > 0
