"""The skeleton of the landscape: a coarse surface on which every drop finds its way to the sea."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shanshui.sample.arrays import Field, Mask, bump, smooth_step
from shanshui.sample.erosion import accumulate, erode, flood, steepest_receivers
from shanshui.sample.extent import SIDE
from shanshui.sample.noise import fractal_field, stream

NODES = 256  # a side of the extent
SPACING = SIDE / NODES  # m
MARGIN = 10  # nodes beyond each side, so that the extent is nowhere at the skeleton's own edge
SUMMITS = 1650.0  # m, that the highest thousandth of the land passes

_EROSION_STEPS, _EROSION_STEP, _EROSION_EXPONENT = 36, 6.0, 0.46


@dataclass(frozen=True)
class Skeleton:
    """The coarse surface and its drainage; arrays are (NODES + 2 MARGIN) a side, or flat where said."""

    height: Field
    """m; 0 in the sea; falls from every land node to its receiver"""
    inland: Field
    """m from the coast, roughly; negative in the sea"""
    sea: Mask
    receiver: npt.NDArray[np.int64]
    """flat: number of the node that each node drains to; sea nodes give themselves"""
    drained: Field
    """flat: km2 that drain through each node"""


def node_position(node: npt.NDArray[np.int64], columns: int) -> tuple[Field, Field]:
    """Give the place of skeleton nodes.

    Parameters
    ----------
    node : flat numbers
    columns : of the skeleton

    Returns
    -------
    tuple of arrays
        metres east and south of the extent's north-west corner; a node stands in the middle of its square.
    """
    return (node % columns - MARGIN + 0.5) * SPACING, (node // columns - MARGIN + 0.5) * SPACING


def distance_inland(x: Field, y: Field, seed: int) -> Field:
    """Give the signed distance from the coast, which lies to the south-east.

    Parameters
    ----------
    x, y : arrays, m
    seed : of the sample

    Returns
    -------
    array
        m, negative in the sea: a straight coast, bent into bays and headlands by noise.
    """
    bays = 6500.0 * fractal_field(x, y, 26_000.0, 6, stream(seed, "coast"))
    return 60_500.0 - 0.75 * x - 0.66 * y + bays


def _uplift(inland: Field, x: Field, y: Field, seed: int) -> Field:
    """Strength of the uplift: coastal plain, hills, a range along the coast, and a lower plateau behind it."""
    uneven = fractal_field(x, y, 13_000.0, 4, stream(seed, "uplift"))
    massifs = smooth_step(fractal_field(x, y, 9_000.0, 3, stream(seed, "massifs")), 0.15, 0.6)
    shifted = inland + 7_000.0 * fractal_field(x, y, 22_000.0, 2, stream(seed, "range"))
    plain = 0.012 + 0.10 * massifs * smooth_step(inland, 2_000.0, 6_000.0)
    hills = 0.16 * smooth_step(shifted, 8_000.0, 18_000.0)
    range_ = 0.9 * bump(shifted, 27_000.0, 10_000.0)
    return np.maximum(plain + (hills + range_) * (1.0 + 0.75 * uneven), 0.008)


def build_skeleton(seed: int) -> Skeleton:
    """Raise and erode the skeleton of a landscape.

    Parameters
    ----------
    seed : of the sample

    Returns
    -------
    Skeleton
        its highest land about ``SUMMITS`` high. It does not depend on the size of the sample.
    """
    side = NODES + 2 * MARGIN
    x, y = (position.reshape(side, side) for position in node_position(np.arange(side * side), side))
    inland = distance_inland(x, y, seed)
    sea = inland < 0.0
    # The surface to begin with rises inland with enough noise that rivers do not run straight.
    rough = 3.0 * fractal_field(x, y, 5_000.0, 5, stream(seed, "first surface"))
    height = np.where(sea, 0.0, np.maximum(inland / 2_000.0 + rough, 0.0))
    uplift = _uplift(inland, x, y, seed)
    height = erode(height, uplift, sea, _EROSION_STEPS, _EROSION_STEP, _EROSION_EXPONENT)
    height *= SUMMITS / np.quantile(height[~sea], 0.999)
    height, order = flood(height, sea)
    receiver = steepest_receivers(height, sea)
    drained = accumulate(order, receiver) * (SPACING / 1000.0) ** 2
    return Skeleton(height, inland, sea, receiver, drained)
