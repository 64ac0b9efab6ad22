"""Lines and areas from a field on a grid: where it passes through zero, and where it lies above."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from shanshui.sample.arrays import Field
from shanshui.sample.extent import NORTH, WEST

Segments = npt.NDArray[Any]


def _crossings(values: Field, x: Field, y: Field, step: tuple[int, int]) -> tuple[Field, Field]:
    """Where the field passes through zero on every edge from a node to the one ``step`` further; NaN where nowhere."""
    rows, columns = values.shape[0] - step[0], values.shape[1] - step[1]
    here, there = values[:rows, :columns], values[step[0] :, step[1] :]
    crosses = (here < 0.0) != (there < 0.0)
    share = np.where(crosses, here / np.where(crosses, here - there, 1.0), np.nan)
    across = x[None, :columns] + share * (x[step[1] :] - x[:columns])[None]
    along = y[:rows, None] + share * (y[step[0] :] - y[:rows])[:, None]
    return across, along


def _segments(values: Field, x: Field, y: Field) -> Segments:
    """Straight pieces of the lines of zero, in the sample's CRS.

    Every square is cut into two triangles, in each of which the field is a plane: then no square has two answers.
    """
    level = _crossings(values, x, y, (0, 1))
    upright = _crossings(values, x, y, (1, 0))
    slanting = _crossings(values, x, y, (1, 1))

    def joined(one: tuple[Field, Field], other: tuple[Field, Field]) -> Field:
        ends = np.stack([np.stack([part.ravel() for part in end], axis=-1) for end in (one, other)], axis=1)
        return ends[np.isfinite(ends).all(axis=(1, 2))]

    def cut(edge: tuple[Field, Field], rows: slice, columns: slice) -> tuple[Field, Field]:
        return edge[0][rows, columns], edge[1][rows, columns]

    whole, first, later = slice(None), slice(None, -1), slice(1, None)
    triangles = (
        (cut(level, first, whole), cut(upright, whole, later)),
        (cut(level, later, whole), cut(upright, whole, first)),
    )
    pairs = []
    for flat, steep in triangles:
        # The line leaves a triangle by two of its three edges.
        pairs += [joined(flat, steep), joined(flat, slanting), joined(steep, slanting)]
    ends = np.concatenate(pairs)
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    ends[..., 0] += WEST
    ends[..., 1] = NORTH - ends[..., 1]
    lines: Segments = shapely.linestrings(ends)
    return lines


def lines_of_zero(values: Field, x: Field, y: Field) -> list[shapely.LineString]:
    """Draw the lines along which a field passes through zero.

    Parameters
    ----------
    values : array (rows, columns)
    x, y : arrays (columns), (rows); metres east and south of the extent's north-west corner

    Returns
    -------
    list of LineString
        in the sample's CRS, from the longest on; closed where they do not leave the field.
    """
    merged = shapely.line_merge(shapely.multilinestrings(_segments(values, x, y)))
    lines = shapely.get_parts(merged)
    return [lines[k] for k in np.argsort(-shapely.length(lines), kind="stable")]


def area_above_zero(values: Field, x: Field, y: Field) -> shapely.MultiPolygon:
    """Draw the area in which a field is above zero.

    Parameters
    ----------
    values : array (rows, columns)
    x, y : arrays (columns), (rows); metres east and south of the extent's north-west corner

    Returns
    -------
    MultiPolygon
        in the sample's CRS; it ends a hundredth of a step beyond the field's own edge.
    """
    padded = np.pad(values, 1, constant_values=-np.abs(values).max() - 1.0)
    hair_x, hair_y = 0.01 * (x[1] - x[0]), 0.01 * (y[1] - y[0])
    wide_x = np.concatenate([[x[0] - hair_x], x, [x[-1] + hair_x]])
    wide_y = np.concatenate([[y[0] - hair_y], y, [y[-1] + hair_y]])
    lines = shapely.multilinestrings(_segments(padded, wide_x, wide_y))
    # Lines do not cross, and outside is below: what an odd number of them surrounds is above.
    area = shapely.build_area(shapely.node(lines))
    return shapely.MultiPolygon([part for part in shapely.get_parts(area) if part.area > 0.0])
