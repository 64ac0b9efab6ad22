"""Terrain at any fineness: the skeleton bent, interpolated and roughened, with its valleys kept open."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from shanshui.sample.arrays import Field, Mask, smooth_step
from shanshui.sample.noise import fractal_field, stream
from shanshui.sample.rivers import Rivers, valley_field
from shanshui.sample.skeleton import MARGIN, SPACING, Skeleton

NODATA = -9999.0


@dataclass(frozen=True)
class Ground:
    """What is known of the ground under a window of cells; arrays are (rows, columns)."""

    x: Field
    """m east of the extent's west edge"""
    y: Field
    """m south of its north edge"""
    elevation: Field
    """m; below 0 in the sea and nowhere else"""
    slope: Field
    """degrees, over the length of the skeleton's spacing, so that it is the same at every cell size"""
    southness: Field
    """-1 on a steep north slope to 1 on a steep south slope"""
    inland: Field
    """m from the coast, roughly; negative in the sea"""
    valley: Field
    """1 on a valley floor, 0 outside valleys"""
    above_river: Field
    """m above the river bed; infinite outside valleys"""
    bank: Field
    """m to the edge of the nearest large river; negative in it"""
    reservoir: Mask
    """under the water level behind a dam"""


@njit(cache=True, nogil=True)
def _spline_weights(share: float) -> tuple[float, float, float, float]:
    """Weights of four nodes in a cubic B-spline."""
    rest = 1.0 - share
    return (
        rest * rest * rest / 6.0,
        (3.0 * share * share * share - 6.0 * share * share + 4.0) / 6.0,
        (3.0 * rest * rest * rest - 6.0 * rest * rest + 4.0) / 6.0,
        share * share * share / 6.0,
    )


@njit(cache=True, nogil=True)
def _spline_slopes(share: float) -> tuple[float, float, float, float]:
    """Derivatives of the same weights."""
    rest = 1.0 - share
    return (
        -rest * rest / 2.0,
        (3.0 * share * share - 4.0 * share) / 2.0,
        -(3.0 * rest * rest - 4.0 * rest) / 2.0,
        share * share / 2.0,
    )


@njit(cache=True, nogil=True)
def spline_field(column: Field, row: Field, nodes: Field) -> tuple[Field, Field, Field]:
    """Interpolate a coarse grid by a cubic B-spline, smooth to the second derivative.

    Parameters
    ----------
    column, row : arrays (rows, columns), places in node spacings, 0 at the first node; held inside the grid
    nodes : array (node rows, node columns)

    Returns
    -------
    tuple of arrays (rows, columns)
        the value and its derivatives along the columns and along the rows, per node spacing.
    """
    value, across, along = np.empty(column.shape), np.empty(column.shape), np.empty(column.shape)
    for i in range(column.shape[0]):
        for j in range(column.shape[1]):
            left = min(max(int(np.floor(column[i, j])), 1), nodes.shape[1] - 3)
            top = min(max(int(np.floor(row[i, j])), 1), nodes.shape[0] - 3)
            share_x = min(max(column[i, j] - left, 0.0), 1.0)
            share_y = min(max(row[i, j] - top, 0.0), 1.0)
            weights_x, weights_y = _spline_weights(share_x), _spline_weights(share_y)
            slopes_x, slopes_y = _spline_slopes(share_x), _spline_slopes(share_y)
            total, total_across, total_along = 0.0, 0.0, 0.0
            for m in range(4):
                for n in range(4):
                    node = nodes[top - 1 + m, left - 1 + n]
                    total += weights_y[m] * weights_x[n] * node
                    total_across += weights_y[m] * slopes_x[n] * node
                    total_along += slopes_y[m] * weights_x[n] * node
            value[i, j], across[i, j], along[i, j] = total, total_across, total_along
    return value, across, along


def _bend(x: Field, y: Field, seed: int) -> tuple[Field, Field]:
    """Shift places by smooth noise: rivers meander and ridges wind, and no line of the skeleton's grid is left to see.

    The shifts vary so slowly that no two places change sides: what drains before the bend drains after it.
    """
    bent = []
    for name, place in (("bend x", x), ("bend y", y)):
        far = fractal_field(x, y, 3_600.0, 2, stream(seed, name))
        near = fractal_field(x, y, 900.0, 2, stream(seed, "near " + name))
        bent.append(place + 440.0 * far + 110.0 * near)
    return bent[0], bent[1]


def ground_at(x: Field, y: Field, skeleton: Skeleton, rivers: Rivers, seed: int) -> Ground:
    """Describe the ground at given places.

    Parameters
    ----------
    x, y : arrays (rows, columns), m
    skeleton, rivers : of the landscape
    seed : of the sample

    Returns
    -------
    Ground
        each place by itself, so that the same place has the same ground in every tile and at every cell size.
    """
    bent_x, bent_y = _bend(x, y, seed)
    column, row = bent_x / SPACING - 0.5 + MARGIN, bent_y / SPACING - 0.5 + MARGIN
    smooth, across, along = spline_field(column, row, skeleton.height)
    bed, valley, bank, pool = valley_field(bent_x, bent_y, rivers)

    fall = np.hypot(across, along) / SPACING
    # Roughness grows with the slope and stops at the valley floor, so that the floor still falls with its river.
    rough = fractal_field(x, y, 700.0, 6, stream(seed, "roughness"))
    inland = spline_field(column, row, skeleton.inland)[0] + 110.0 * rough
    rough = rough * (2.0 + 125.0 * np.minimum(fall, 0.6)) * (1.0 - valley)
    above = np.maximum(smooth + rough - bed, 0.0)
    land = np.where(valley > 0.0, bed + above * (1.0 - valley), smooth + rough)
    land = np.maximum(land, 0.3 + 0.0004 * np.maximum(inland, 0.0) * (1.0 - valley))
    in_river = smooth_step(bank, 0.0, -15.0) * valley
    land = np.maximum(land - 1.2 * in_river, 0.1)
    reservoir = (land < pool) & (inland > 0.0)
    land = np.where(reservoir, pool, land)
    floor = -0.4 + 0.0011 * inland + 0.5 * np.minimum(rough, 0.0)
    return Ground(
        x=x,
        y=y,
        elevation=np.where(inland < 0.0, floor, land).astype(np.float32),
        slope=np.degrees(np.arctan(fall)) * (1.0 - 0.6 * valley),
        southness=-along / SPACING / np.maximum(fall, 0.05),
        inland=inland,
        valley=valley,
        above_river=np.where(valley > 0.0, np.maximum(land - bed, 0.0), np.inf),
        bank=bank,
        reservoir=reservoir,
    )
