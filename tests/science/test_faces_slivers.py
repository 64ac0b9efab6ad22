import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.science.faces import planarise
from shanshui.science.faces_slivers import shared_sides

PLANE = pyproj.CRS("EPSG:6933")


def array(*polygons):
    out = np.empty(len(polygons), object)
    out[:] = polygons
    return out


def box(x, y, width, height):
    return shapely.box(x, y, x + width, y + height)


def test_an_overlap_too_narrow_goes_to_the_longer_side():
    # b overlaps a by 0.5 x 60 m, mean width 2 * 30 / 121 = 0.496 m. With a it shares 60 + 2 * 0.5 = 61 m, with b 60 m.
    a, b = box(0, 0, 100, 100), box(99.5, 20, 80, 60)
    for scale, merges in ((0.49, False), (0.50, True)):
        faces = planarise({"areas": array(a, b)}, PLANE, sliver=scale)
        assert len(faces) == (2 if merges else 3)
        assert faces.identity().holds
        assert faces.identity().total < 1e-12
        assert faces.slivers.merged == merges
        assert faces.slivers.merged_area == pytest.approx(30 * merges)
        # The strip is a's alone now: b lost it, a had it.
        assert faces.slivers.lost.tolist() == pytest.approx([0, 30 * merges])
        assert faces.slivers.gained.tolist() == [0, 0]
        found = faces.area_by_polygon()["area_m2"].tolist()
        assert found == pytest.approx([10000, 4800 - 30 * merges])
        assert faces.area.sum() == pytest.approx(faces.union_area, rel=1e-12)
        assert faces.area.sum() == pytest.approx(14770)


def test_a_strip_beside_another_area_is_gained_by_it():
    # A strip of one layer alone, 0.5 m wide, between a (100 m of shared side) and nothing.
    strip, a = box(0, 0, 0.5, 100), box(0.5, 0, 50, 100)
    faces = planarise({"one": array(strip), "two": array(a)}, PLANE, sliver=1.0)
    assert len(faces) == 1
    assert faces.cover.tolist() == [1]
    assert faces.slivers.gained.tolist() == pytest.approx([0, 50])
    assert faces.slivers.lost.tolist() == pytest.approx([50, 0])
    assert faces.polygons[0].equals(box(0, 0, 50.5, 100))
    assert faces.identity().holds


def test_slivers_beside_slivers_follow_in_turn_and_lone_ones_are_kept():
    # Strips of 0.5 m: three beside each other and a wide one at the end; two by themselves far away.
    row = [box(0.5 * i, 0, 0.5, 100) for i in range(3)] + [box(1.5, 0, 50, 100)]
    lone = [box(500, 0, 0.5, 100), box(500.5, 0, 0.5, 100)]
    faces = planarise({"areas": array(*row, *lone)}, PLANE, sliver=1.0)
    assert faces.slivers.merged == 3
    assert faces.slivers.merged_area == pytest.approx(150)
    assert faces.slivers.kept == 2
    assert faces.slivers.kept_area == pytest.approx(100)
    assert faces.slivers.gained.tolist() == pytest.approx([0, 0, 0, 150, 0, 0])
    assert faces.slivers.lost.tolist() == pytest.approx([50, 50, 50, 0, 0, 0])
    assert sorted(faces.area) == pytest.approx([50, 50, 5150])
    assert faces.identity().holds


def test_gaps_are_told_and_not_filled():
    # Two halves with a gap of 0.4 x 100 m between them that two bars close, and a court of 20 x 20 m that is no gap.
    halves = box(0, 0, 50, 100).difference(box(10, 10, 20, 20)), box(50.4, 0, 50, 100)
    bars = box(0, -10, 100.4, 10), box(0, 100, 100.4, 10)
    faces = planarise({"areas": array(*halves, *bars)}, PLANE, sliver=1.0)
    assert faces.slivers.gaps == 1
    assert faces.slivers.gap_area == pytest.approx(40)
    assert faces.slivers.merged == faces.slivers.kept == 0
    assert faces.area.sum() == pytest.approx(100.4 * 120 - 40 - 400)
    assert planarise({"areas": array(*halves, *bars)}, PLANE).slivers.gaps == 0


def test_the_scale_is_in_metres_whatever_the_unit():
    feet = pyproj.CRS("EPSG:2261")
    # 2 feet wide: mean width of about 0.6 m.
    areas = array(box(6e5, 9e5, 500, 500), box(6e5 + 498, 9e5 + 100, 400, 300))
    assert planarise({"areas": areas}, feet, sliver=0.59).slivers.merged == 0
    assert planarise({"areas": areas}, feet, sliver=0.63).slivers.merged == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 20)] * 2), min_size=2, max_size=8))
def test_no_area_is_lost_by_merging(boxes):
    areas = array(*(box(x * 1.1, y * 1.1, width, height) for x, y, width, height in boxes))
    before, after = planarise({"areas": areas}, PLANE), planarise({"areas": areas}, PLANE, sliver=1.5)
    assert after.identity().holds
    assert after.area.sum() == pytest.approx(before.area.sum(), rel=1e-12)
    assert shapely.is_valid(after.polygons).all()
    assert shapely.area(after.polygons).sum() == pytest.approx(before.area.sum(), rel=1e-8)
    assert len(after) == len(before) - after.slivers.merged
    change = after.area_by_polygon()["area_m2"] - before.area_by_polygon()["area_m2"]
    assert change.to_numpy() == pytest.approx(after.slivers.gained - after.slivers.lost, abs=1e-6)
    narrow = 2 * shapely.area(after.polygons) < 1.5 * shapely.length(after.polygons)
    assert narrow.sum() >= after.slivers.kept or after.slivers.merged


def test_shared_sides_add_up():
    cross = array(box(0, 0, 2, 2), shapely.Polygon([(2, 0), (4, 0), (4, 2), (2, 2), (2, 1)]), box(0, 2, 2, 1))
    # The first has no corner at (2, 1), so it shares no whole side with the second.
    assert [each.tolist() for each in shared_sides(cross)] == [[0], [2], [2.0]]
    ring = box(0, 0, 3, 3).difference(box(1, 1, 1, 1))
    first, second, length = shared_sides(array(box(1, 1, 1, 1), ring))
    assert (first.tolist(), second.tolist(), length.tolist()) == ([0], [1], [4.0])
