"""The patches of the red line as a map has them: their types, colours and areas; and the line over other maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from shanshui.report.canvas import Canvas
from shanshui.report.classes import Classes
from shanshui.report.legends import class_entries
from shanshui.report.material import Material, lines
from shanshui.report.words import sentence

RED_LINE, CELLS = "red_line", "red_line_cells"
# Maps over which the line is drawn.
LINED = (
    "red_line", "red_line_cells", "red_line_ground", "red_line_type", "red_line_value", "red_line_net_value",
    "ecological_importance", "service_importance", "fragility_class",
)  # fmt: skip

# Holes smaller than a square of such a side, as a share of the sheet's longer one, would only be dots.
SMALL_HOLE = 0.01


def patch_classes(material: Material) -> tuple[Any, NDArray[np.float64], Classes] | None:
    """Give what a map of the patches needs.

    Parameters
    ----------
    material : Material
        The study.

    Returns
    -------
    (GeoDataFrame, float64 ndarray, Classes) or None
        The patches, their codes, and the types with their areas; None where there is no patch.
    """
    patches, legend = material.red_line, material.legend(CELLS)
    if patches is None or patches.empty or legend is None:
        return None
    areas = patches.groupby("code")["area_ha"].sum()
    column = "name_zh" if material.words.language == "zh" else "name"
    rows = [row for row in lines(legend) if row.code in areas.index]
    entries = [(str(row.colour), sentence(str(getattr(row, column))), float(areas[row.code])) for row in rows]
    colours = {int(row.code): str(row.colour) for row in rows}
    names = {int(row.code): name for row, (_, name, _) in zip(rows, entries, strict=True)}
    return patches, patches["code"].to_numpy(float), Classes(colours, names, class_entries(entries, material.words))


def without_small_holes(polygons: NDArray[Any], canvas: Canvas) -> NDArray[Any]:
    """Leave out the holes of polygons that are too small for a line around them.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon
        In the coordinates of the canvas.
    canvas : Canvas
        The sheet.

    Returns
    -------
    ndarray of Polygon or MultiPolygon
    """
    least = abs(canvas.transform.determinant) * (SMALL_HOLE * max(canvas.shape)) ** 2

    def kept(part: shapely.Polygon) -> shapely.Polygon:
        holes = [ring for ring in part.interiors if shapely.area(shapely.polygons(ring)) >= least]
        return shapely.Polygon(part.exterior, holes)

    whole = [shapely.multipolygons([kept(part) for part in shapely.get_parts(each)]) for each in polygons]
    return np.array(whole, object)
