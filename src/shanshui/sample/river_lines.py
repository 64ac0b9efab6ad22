"""Rivers as lines on a map."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.extent import CRS, NORTH, WEST
from shanshui.sample.landscape import Landscape
from shanshui.sample.rivers import END_X, END_Y, HALF_WIDTH, START_X, START_Y
from shanshui.sample.skeleton import MARGIN, SPACING


def build_river_lines(landscape: Landscape) -> gpd.GeoDataFrame:
    """Give the rivers that are wide enough for a map, from confluence to confluence.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    GeoDataFrame
        lines, ``width_m`` at their upper end
    """
    segments = landscape.rivers.segments
    wide = segments[segments[:, HALF_WIDTH] > 0.0]
    ends = wide[:, [START_X, START_Y, END_X, END_Y]].reshape(-1, 2, 2) - MARGIN * SPACING
    ends = np.column_stack([WEST + ends[..., 0].ravel(), NORTH - ends[..., 1].ravel()]).reshape(-1, 2, 2)
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends)), directed=True))
    width = dict(zip(map(tuple, ends[:, 0]), 2.0 * wide[:, HALF_WIDTH], strict=True))
    widths = [round(width[line.coords[0]], 1) for line in lines]
    return gpd.GeoDataFrame({"width_m": widths}, geometry=lines, crs=CRS)


def write_river_lines(landscape: Landscape, folder: Path) -> None:
    """Write ``rivers.gpkg`` to a folder, the same for every size of the sample."""
    write_vector(folder / "rivers.gpkg", build_river_lines(landscape))
