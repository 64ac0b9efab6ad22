"""What counties brought back about the red line by hand: a piece out, a piece in, and a moved stretch."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from shanshui.data.vectors import write_vector
from shanshui.sample.extent import CRS
from shanshui.sample.red_line_today import RedLine

_AROUND = 25.0  # m around a village that is to leave the line
_CHORD = (350.0, 1_600.0)  # m, from one end of a moved stretch to the other
_BAY = (2e4, 4e5)  # m2, between the stretch as it was and as it is to be
_STEPS = (4, 6, 9, 13, 18)  # sides of the line, that a moved stretch replaces


def _moved_stretch(red_line: RedLine) -> shapely.LineString:
    """The straight way over the mouth of the greatest bay, between two vertices of the line."""
    shapes = red_line.polygons.geometry[red_line.polygons["realm"] == "land"].to_numpy()
    tree = shapely.STRtree(shapes)
    chords: list[tuple[float, int, tuple[float, ...]]] = []
    for number, shape in enumerate(shapes):
        points = shapely.get_coordinates(shapely.normalize(shape).exterior)[:-1]
        for steps in _STEPS:
            if len(points) > 2 * steps:
                way = np.stack([np.roll(points, -k, axis=0) for k in range(steps + 1)], axis=1)
                # What the way and its chord enclose; a rim runs clockwise, so a bay is to the left of its chord's end.
                x, y = (way - way[:, :1]).transpose(2, 0, 1)
                bay = 0.5 * (x[:, :-1] * y[:, 1:] - x[:, 1:] * y[:, :-1]).sum(axis=1)
                length = np.hypot(x[:, -1], y[:, -1])
                fits = (length > _CHORD[0]) & (length < _CHORD[1]) & (bay > _BAY[0]) & (bay < _BAY[1])
                chords += [(-bay[k], number, tuple(way[k, [0, -1]].ravel())) for k in np.flatnonzero(fits)]
    for _, number, ends in sorted(chords):
        chord = shapely.LineString([ends[:2], ends[2:]])
        if chord.touches(shapes[number]) and tree.query(chord, predicate="intersects").tolist() == [number]:
            return chord
    raise ValueError("today's red line has no bay")


def build_edits(red_line: RedLine, counties: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the edits.

    Parameters
    ----------
    red_line : RedLine
    counties : see `zones.county_table`

    Returns
    -------
    GeoDataFrame
        ``edit`` (its code), ``kind`` (out, in or move), ``reason``, ``origin`` (the county) and ``date``. Out: around
        the greatest village in the line; in: a middling piece of what
        the line left out; move: a line whose ends are
        vertices of today's red line, over a bay of it.
    """
    conflicts, left_out = red_line.conflicts, red_line.left_out.geometry.to_numpy()
    village = conflicts[conflicts["kind"] == "village"].iloc[0]
    held = red_line.polygons.geometry[red_line.polygons["code"] == village["polygon"]].iloc[0]
    out = shapely.intersection(shapely.buffer(village.geometry, _AROUND), held)
    stretch = _moved_stretch(red_line)
    middling = left_out[np.argsort(shapely.area(left_out), kind="stable")[len(left_out) // 2]]
    shapes = [out, middling, stretch]
    borders = counties.geometry.to_numpy()
    owner = [int(np.argmin(shapely.distance(borders, shapely.point_on_surface(shape)))) for shape in shapes]
    columns = {
        "edit": ["E1", "E2", "E3"],
        "kind": ["out", "in", "move"],
        "reason": [
            "The village has more than a thousand people; it was there before the line.",
            "The valley is as well wooded as what lies around it.",
            "The line follows the edge of the forest, as walked in the field.",
        ],
        "origin": [counties["name"][k] for k in owner],
        "date": ["2026-03-12", "2026-03-12", "2026-04-02"],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def write_edits(edits: gpd.GeoDataFrame, folder: Path) -> None:
    """Write ``red_line_edits.gpkg``, of polygons and a line, to a folder, the same for every size of the sample."""
    write_vector(folder / "red_line_edits.gpkg", edits)
