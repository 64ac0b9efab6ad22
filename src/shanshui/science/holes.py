"""Holes in patches filled, and patches too small dropped."""

from __future__ import annotations

import numpy as np

from shanshui.base.raster import WholeRaster
from shanshui.science.patches import count_in, find_patches
from shanshui.science.patches_standing import Change, Rule, Standing, changed, is_inside, is_outside
from shanshui.science.tally import AREA_UNITS

_UNCHANGED = -1


def fill_holes(standing: WholeRaster, rule: WholeRaster, area: WholeRaster, below: float, neighbours: int) -> Change:
    """Fill the holes whose area is below a threshold.

    Parameters
    ----------
    standing : WholeRaster
        uint8, each a `Standing`.
    rule : WholeRaster
        uint8, each a `Rule`.
    area : WholeRaster
        Area of the cells [m2].
    below : float
        Holes of this area and more stay [m2].
    neighbours : int
        By which patches hang together, 8 or 4; holes hang together by the other.

    Returns
    -------
    Change
        What was filled stands there as ``filled``.

    Notes
    -----
    A hole is cells outside that hang together and do not reach the edge of the raster. Its area is that of all its
    cells, excluded ones among them, and without the islands in it. Excluded cells stay outside: the hole is filled
    around them.
    """
    holes = find_patches(standing, area, is_outside, 12 - neighbours)
    small = ~holes.at_edge() & (holes.area < round(below * AREA_UNITS))
    return changed(standing, holes, np.where(small, Standing.FILLED, _UNCHANGED), area, rule, Rule.EXCLUDED)


def drop_small_patches(
    standing: WholeRaster, rule: WholeRaster, area: WholeRaster, below: float, neighbours: int
) -> Change:
    """Drop the patches whose area is below a threshold.

    Parameters
    ----------
    standing, rule, area : WholeRaster
        As in `fill_holes`.
    below : float
        Patches of this area and more stay [m2].
    neighbours : int
        By which patches hang together, 8 or 4.

    Returns
    -------
    Change
        What was dropped stands there as ``dropped``.

    Notes
    -----
    A patch with a mandatory cell in it stays whole, however small.
    """
    patches = find_patches(standing, area, is_inside, neighbours)
    held = count_in(patches, rule, lambda rules: rules == Rule.MANDATORY) > 0
    small = (patches.area < round(below * AREA_UNITS)) & ~held
    return changed(standing, patches, np.where(small, Standing.DROPPED, _UNCHANGED), area, rule, Rule.MANDATORY)
