"""Protected areas that touch: across a county's border, along a valley, and along a line that was digitised twice."""

from itertools import combinations

import numpy as np
import shapely

from shanshui.sample.area_overlaps import SLIVER
from shanshui.sample.area_shapes import bent_line, cut_along, drawn_again, round_shapes
from shanshui.sample.area_survey import LEAST, Survey, moved
from shanshui.sample.arrays import Field
from shanshui.sample.base_map import around, parts_of
from shanshui.sample.contours import area_above_zero
from shanshui.sample.extent import NORTH, WEST
from shanshui.sample.function_areas import number_basins
from shanshui.sample.skeleton import NODES, SPACING

_HALF = 1_250.0  # m, half the width of a chain
_FROM, _CUT, _TO = -1_300.0, 1_700.0, 3_400.0  # m across the border: where a chain begins, is cut and ends
_BEYOND = 4_000.0  # m to either side of a place, that a cut through an area reaches
_BASIN = 14e6  # m2, of the valley whose sides are two areas


def _line_across(middle: shapely.Point, along: Field, draw: int) -> shapely.LineString:
    """A bent line through a place."""
    return bent_line(moved(middle, -_BEYOND * along), moved(middle, _BEYOND * along), draw)


def _crossing(survey: Survey) -> tuple[int, int, shapely.Point, Field]:
    """Two counties, the place on their common border where a chain fits best, and its direction, of length 1."""
    borders = survey.plans.counties.geometry.to_numpy()
    worth = around(survey.land["natural"], 1_200.0) + np.minimum(survey.room.free / 2_600.0, 1.0)
    worth += np.minimum(survey.room.inner / 3_000.0, 1.0)
    found: list[tuple[float, int, int, shapely.Point, Field]] = []
    for one, other in combinations(range(len(borders)), 2):
        common = shapely.get_parts(shapely.line_merge(shapely.intersection(borders[one], borders[other])))
        for line in common[(shapely.get_type_id(common) == 1) & (shapely.length(common) > 2_000.0)]:
            at = np.arange(900.0, line.length - 800.0, 500.0)
            points, before, after = (
                shapely.get_coordinates(shapely.line_interpolate_point(line, at + step))
                for step in (0.0, -900.0, 900.0)
            )
            for point, way in zip(points, after - before, strict=True):
                aside: Field = np.array([-way[1], way[0]]) / max(float(np.hypot(*way)), 1.0)
                for side in (aside, -aside):
                    along = point + np.outer((_FROM, 0.5 * _CUT, _TO), side)
                    score = float(survey.room.at(worth, shapely.points(along)).sum())
                    found.append((score, one, other, shapely.Point(point), side))
    _, one, other, point, side = max(found, key=lambda place: place[0])
    return one, other, point, side


def lay_chain(survey: Survey) -> None:
    """Lay out three areas in a row, the first two on either side of a county's border."""
    one, other, point, side = _crossing(survey)
    borders = survey.plans.counties.geometry.to_numpy()[[one, other]]
    ends = moved(point, _FROM * side), moved(point, _TO * side)
    bar = round_shapes(survey.base, ends[0], _HALF, survey.draw("chain"), end=ends[1])[0]
    bar = max(parts_of(shapely.intersection(bar, shapely.union_all(borders)), 0.0), key=lambda part: part.area)
    cut = _line_across(moved(point, _CUT * side), np.array([-side[1], side[0]]), survey.draw("chain, cut"))
    pieces = np.array(cut_along(bar, shapely.union_all([*shapely.boundary(borders), cut]), LEAST))
    own = [shapely.area(shapely.intersection(pieces, border)) > 0.5 * shapely.area(pieces) for border in borders]
    far = shapely.distance(pieces, ends[1]) < shapely.distance(pieces, moved(point, 0.5 * _CUT * side))
    # The side's direction tells which county the long end lies in.
    near, beyond = own if shapely.distance(borders[0], ends[0]) == 0.0 else own[::-1]
    for key, mine in (("chain, one", near), ("chain, two", beyond & ~far), ("chain, three", beyond & far)):
        survey.place(key, max(pieces[mine], key=lambda piece: piece.area))


def lay_valley_sides(survey: Survey) -> None:
    """Lay out both sides of a valley as areas of their own."""
    basin = number_basins(survey.landscape.skeleton)
    count = np.bincount(basin.ravel())
    rows, columns = np.indices(basin.shape) + 0.5
    x = np.bincount(basin.ravel(), columns.ravel()) / count * SPACING
    y = np.bincount(basin.ravel(), rows.ravel()) / count * SPACING
    middles = shapely.points(WEST + x, NORTH - y)
    worth = around(survey.land["natural"], 1_500.0) + np.minimum(survey.room.free / 3_000.0, 1.0)
    worth += np.minimum(survey.room.inner / 3_000.0, 1.0)
    score = survey.room.at(worth, middles) - 2.0 * np.abs(np.log(count * SPACING**2 / _BASIN))
    chosen = around(basin == int(np.argmax(score)), 220.0) - 0.5
    axis = (np.arange(NODES) + 0.5) * SPACING
    area = area_above_zero(chosen, axis, axis)
    valley = shapely.Polygon(shapely.simplify(max(area.geoms, key=lambda part: part.area), 40.0).exterior)
    corners = shapely.get_coordinates(shapely.oriented_envelope(valley).exterior)
    sides = corners[1:3] - corners[:2]
    along = sides[int(np.argmax(np.hypot(*sides.T)))]
    line = _line_across(shapely.centroid(valley), along / np.hypot(*along), survey.draw("valley"))
    pieces = cut_along(valley, line, LEAST)
    for key, piece in zip(("one side of a valley", "other side of a valley"), pieces, strict=False):
        survey.place(key, piece)


def lay_with_gap(survey: Survey) -> None:
    """Lay out two areas whose common border each digitised for itself: gaps and overlaps narrower than a map shows."""
    middle = survey.room.best(survey.land["natural"], 1_700.0)
    shape, draw = survey.round("gap, one", middle, 1_700.0), survey.draw("gap, two")
    line = _line_across(middle, np.array([0.6, 0.8]), draw)
    first, other = cut_along(shape, line, LEAST)[:2]
    again = cut_along(shape, drawn_again(line, SLIVER, draw), LEAST)
    survey.place("gap, one", first)
    overlap = shapely.area(shapely.intersection(np.array(again), other))
    survey.place("gap, two", again[int(np.argmax(overlap))], true=other)
