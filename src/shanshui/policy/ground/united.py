"""Pieces of overlaps put together again, and areas that rounding left a little short of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.policy.ground.divided import polygon_parts

# Points are brought to this grid [m]: much finer than any survey, much coarser than rounding.
GRID = 1e-6


def united(shapes: NDArray[Any], owner: NDArray[np.int64], count: int, grid: float | None = None) -> NDArray[Any]:
    """Unite what belongs together.

    Parameters
    ----------
    shapes : ndarray of shapely geometries (shapes,)
        Any; only polygons are kept.
    owner : int64 ndarray (shapes,)
        What each belongs to.
    count : int
        How many owners there are.
    grid : float, optional
        To which points are brought, so that no cracks are left where something was divided [m]. Takes much longer.

    Returns
    -------
    ndarray of shapely geometries (count,)
        Polygons, multipolygons or, where there is nothing, an empty polygon.

    Examples
    --------
    >>> united(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]), np.array([0, 0]), 1)[0].area
    2.0
    """
    parts, owner = polygon_parts(shapes, owner)
    rank = np.argsort(owner, kind="stable")
    parts, size = parts[rank], np.bincount(owner, minlength=count)
    first = np.cumsum(size) - size
    out = np.full(count, shapely.Polygon(), object)
    out[size == 1] = parts[first[size == 1]]
    for place in np.flatnonzero(size > 1):
        mine = parts[first[place] : first[place] + size[place]]
        out[place] = (
            shapely.disjoint_subset_union_all(mine) if grid is None else shapely.union_all(mine, grid_size=grid)
        )
    return out


def all_or_part(area: NDArray[np.float64], polygons: NDArray[Any]) -> NDArray[np.float64]:
    """Give areas of parts of polygons, those of the whole without the error of rounding.

    Parameters
    ----------
    area : float64 ndarray (polygons,)
        Of a part of each [m2].
    polygons : ndarray of shapely geometries (polygons,)
        The whole.

    Returns
    -------
    float64 ndarray (polygons,)
        The area of the whole where no more than a micrometre along its rim is left; never more than that [m2].

    Examples
    --------
    >>> all_or_part(np.array([0.99999999, 0.9, 1.1]), np.array([shapely.box(0, 0, 1, 1)] * 3)).tolist()
    [1.0, 0.9, 1.0]
    """
    whole = shapely.area(polygons)
    return np.where(whole - area <= GRID * shapely.length(polygons), whole, area)
