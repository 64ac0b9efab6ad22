"""Hand edits: ground in and out, moved stretches, patches kept and refused, and all that may be wrong with them."""

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.errors import StudyError
from shanshui.chapters.pattern.adjustment.edits import (
    EditAreas,
    checked,
    edits_on_patches,
    red_line_edit_areas,
    red_line_today,
)

CRS = pyproj.CRS("EPSG:32649")
GRID = GeoBox((20, 20), Affine(100, 0, 0, 0, -100, 2000), CRS)
LINE = np.array([shapely.box(0, 0, 1000, 1000)])


def edit_areas(frame, line):
    today = red_line_today(geopandas.GeoDataFrame(geometry=line, crs=CRS), geobox=GRID)
    return EditAreas.of(frame, red_line_edit_areas(frame, today, geobox=GRID))


def edits(*rows, **more):
    columns = ["edit", "kind", "reason", "origin", "geometry"]
    frame = pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows])
    return geopandas.GeoDataFrame(frame.assign(**more), geometry="geometry", crs=CRS)


def told(*rows, **more):
    with pytest.raises(StudyError) as raised:
        edit_areas(edits(*rows, **more), LINE)
    return [str(problem) for problem in raised.value.problems]


def move(*points):
    return edit_areas(edits(("m", "move", "r", "county", shapely.LineString(points))), LINE)


def test_polygons_go_in_and_out_as_drawn():
    boxes = shapely.box(1000, 0, 1100, 100), shapely.box(0, 0, 50, 50)
    found = edit_areas(edits(("a", "in", "wood", "north", boxes[0]), ("b", "out", "farm", "south", boxes[1])), LINE)
    assert found.inward.tolist() == [True, False]
    assert found.edit.tolist() == [0, 1]
    assert [one.equals(two) for one, two in zip(found.polygons, boxes, strict=True)] == [True, True]
    assert found.rows["reason"].tolist() == ["wood", "farm"]
    assert found.rows["date"].tolist() == ["", ""]


def test_a_course_outside_takes_in_what_lies_between():
    found = move((200, 1000), (200, 1200), (600, 1200), (600, 1000))
    assert found.inward.tolist() == [True]
    assert found.polygons[0].equals(shapely.box(200, 1000, 600, 1200))


def test_a_course_inside_lets_go_the_smaller_side():
    found = move((200, 1000), (200, 900), (600, 900), (600, 1000))
    assert found.inward.tolist() == [False]
    assert found.polygons[0].equals(shapely.box(200, 900, 600, 1000))
    # Across the whole: the narrow strip goes.
    found = move((0, 300), (1000, 300))
    assert found.polygons[0].equals(shapely.box(0, 0, 1000, 300))


def test_a_course_that_crosses_does_both():
    found = move((100, 1000), (100, 1100), (300, 1100), (300, 950), (500, 950), (500, 1000))
    kinds = dict(zip(found.inward.tolist(), found.polygons, strict=True))
    assert kinds[True].equals(shapely.box(100, 1000, 300, 1100))
    assert kinds[False].equals(shapely.box(300, 950, 500, 1000))
    assert found.edit.tolist() == [0, 0]


def test_ends_near_the_boundary_are_brought_onto_it():
    found = move((200, 1030), (200, 1200), (600, 1200), (600, 960))
    assert found.inward.tolist() == [True]
    assert found.polygons[0].area == pytest.approx(400 * 200)


def test_a_course_in_a_hole_takes_the_smaller_part_of_it():
    ring = np.array([shapely.box(0, 0, 1000, 1000) - shapely.box(200, 200, 800, 800)])
    line = shapely.LineString([(300, 200), (300, 800)])
    found = edit_areas(edits(("m", "move", "r", "county", line)), ring)
    assert found.inward.tolist() == [True]
    assert found.polygons[0].equals(shapely.box(200, 200, 300, 800))


def test_a_course_that_ends_nowhere_is_refused():
    line = shapely.LineString([(200, 1000), (200, 1300)])
    (said,) = told(("m", "move", "r", "county", line))
    assert "edit m ends nowhere near today's line" in said
    (said,) = told(("m", "move", "r", "county", shapely.LineString([(100, 1000), (300, 1000)])))
    assert "or runs along it" in said


def test_a_course_in_parts_is_taken_whole_or_not_at_all():
    good, bad = [(200, 1000), (200, 1200), (600, 1200), (600, 1000)], [(200, 1300), (300, 1400)]
    other = [(0, 200), (-100, 200), (-100, 400), (0, 400)]
    found = edit_areas(edits(("m", "move", "r", "c", shapely.MultiLineString([good, other]))), LINE)
    assert found.inward.tolist() == [True, True]
    for parts in ([good, bad], [bad, good]):
        (said,) = told(("m", "move", "r", "c", shapely.MultiLineString(parts)))
        assert "edit m ends nowhere near today's line" in said


def test_everything_wrong_with_edits_is_said_at_once():
    box = shapely.box(0, 0, 10, 10)
    said = told(
        ("a", "in", "", "north", box),
        ("a", "inn", "r", "", box),
        ("c", "in", "r", "o", shapely.Point(0, 0)),
        ("d", "move", "r", "o", box),
        ("e", "keep", "r", "o", box),
        ("f", "keep", "r", "o", box),
        ("g", "refuse", "r", "o", box),
        patch=["", "", "", "", "", "C1-1-1", "C1-1-1"],
    )
    for text in (
        "'a' stands twice",
        "columns.reason: 1 of 7 edits have none",
        "columns.origin: 1 of 7 edits have none",
        "edit a has 'inn'; did you mean 'in'?",
        "edit c is of kind in and drawn as Point; draw it as a polygon",
        "edit d is of kind move and drawn as Polygon; draw it as a line",
        "edit e names no patch",
        "edits f, g keep and refuse patch C1-1-1",
    ):
        assert any(text in one for one in said), text
    assert len(said) == 8


def test_edits_that_contradict_each_other_are_refused():
    boxes = shapely.box(0, 0, 100, 100), shapely.box(50, 0, 150, 100)
    (said,) = told(("a", "in", "r", "o", boxes[0]), ("b", "out", "r", "o", boxes[1]))
    assert "edit a wants 0.5000 ha inside that edit b wants outside" in said
    touching = shapely.box(100, 0, 150, 100)
    found = edit_areas(edits(("a", "in", "r", "o", boxes[0]), ("b", "out", "r", "o", touching)), LINE)
    assert len(found.polygons) == 2


def test_no_edits_are_none():
    found = EditAreas.of(None, None)
    assert (len(found.rows), len(found.polygons)) == (0, 0)
    assert checked(found.rows, pd.DataFrame(columns=["patch", "edit", "direction", "area_ha", "taken"]), {}).empty


def test_patches_are_kept_and_refused_by_their_keys():
    box = shapely.box(0, 0, 1, 1)
    rows = edit_areas(
        edits(("a", "keep", "r", "o", box), ("b", "refuse", "r", "o", box), patch=["C1-1-1", "A1-2-2"]), LINE
    ).rows
    assert edits_on_patches(rows, np.array(["A1-2-2", "B1-9-9", "C1-1-1"], object)).tolist() == [0, -1, 1]


def test_it_is_told_what_came_of_each_edit():
    box = shapely.box(0, 0, 1, 1)
    kinds = ["in", "out", "keep", "refuse", "keep", "keep", "out"]
    frame = edits(*[(name, kind, "r", "o", box) for name, kind in zip("abcdefg", kinds, strict=True)])
    frame["geometry"] = [box, shapely.box(5, 5, 6, 6), box, box, box, box, shapely.box(8, 8, 9, 9)]
    frame["patch"] = ["", "", "C1-1-1", "A1-2-2", "A1-3-3", "C1-9-9", ""]
    rows = edit_areas(frame, LINE).rows
    patches = pd.DataFrame(
        {
            "patch": ["E-1-1", "C1-1-1", "A1-2-2", "C1-9-9", "E-8-8"],
            "edit": ["a", "", "", "", "g"],
            "direction": ["in", "out", "in", "out", "out"],
            "area_ha": [4.0, 3.0, 2.0, 5.0, 1.0],
            "taken": [1, 1, 0, 0, 0],
        }
    )
    found = checked(rows, patches, {"a": ["it comes in on farmland"]})
    assert found["outcome"].tolist() == [
        *("carried out", "nothing to change", "carried out", "carried out", "patch is gone"),
        *("it must stay", "it must stay"),
    ]
    assert found["in_ha"].tolist() == [4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert found["out_ha"].tolist() == [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]
    assert found["breaks"].tolist() == ["it comes in on farmland", "", "", "", "", "", ""]
    assert (found["outcome_zh"] != "").all()


def test_a_line_off_the_map_is_refused():
    away = geopandas.GeoDataFrame(geometry=[shapely.box(90_000, 0, 91_000, 1000)], crs=CRS)
    with pytest.raises(StudyError, match="lies outside of the study; check its CRS, and whether x and y are swapped"):
        red_line_today(away, geobox=GRID)
    assert red_line_today(away[:0], geobox=GRID).empty
