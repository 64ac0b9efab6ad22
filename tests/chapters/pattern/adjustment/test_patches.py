import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.chapters.pattern.adjustment import patches
from shanshui.chapters.pattern.adjustment.patches import AREAS, EDITS, GROUND, IN, MANDATORY, OUT, TODAY
from shanshui.science.faces import planarise

CRS = pyproj.CRS("EPSG:6933")
ORDER_IN, ORDER_OUT = ["A1", "B1"], ["C1", "C2"]
HECTARE = 100.0


def box(left, right, low=0, high=1):
    return shapely.box(left * HECTARE, low * HECTARE, right * HECTARE, high * HECTARE)


def cut(**layers):
    named = {"today": TODAY, "areas": AREAS, "mandatory": MANDATORY, "ground": GROUND, "edits": EDITS}
    every = dict.fromkeys((TODAY, AREAS, MANDATORY, GROUND, EDITS, "B1", "B2", "B3", "C1", "C2"), ())
    every |= {named.get(name, name): shapes for name, shapes in layers.items()}
    return planarise({name: np.array(list(shapes), object) for name, shapes in every.items()}, CRS)


def decided(faces, ground=(), edits=(), order_in=ORDER_IN, order_out=ORDER_OUT):
    """`edits`: of each polygon the edit, and whether it goes in."""
    rows, inward = (np.array(list(each)) for each in (zip(*edits, strict=True) if edits else ((), ())))
    rules = np.array([*ground, ""], object)[:-1]
    return patches.decide(faces, order_in, order_out, rules, rows.astype(np.int64), inward.astype(bool))


def at(faces, x, y=0.5):
    """The face at a place, given in hectares."""
    (face,) = np.flatnonzero(shapely.contains_xy(faces.polygons, x * HECTARE, y * HECTARE))
    return face


def told(decisions, face):
    names = {IN: "in", OUT: "out", 0: "stays"}
    return names[decisions.direction[face]], decisions.rule[face], decisions.edit[face]


def test_the_first_rule_that_holds_decides():
    # Today's line is left of 4; a town reaches over it, farmland lies across the town, ground and a bank outside.
    faces = cut(
        today=[box(0, 4)],
        ground=[box(3, 8), box(9, 10)],
        C1=[box(1, 2), box(6, 7)],
        C2=[box(1.5, 3)],
        B1=[box(7.5, 9.5)],
        areas=[box(0, 20)],
    )
    found = decided(faces, ["A1", ""])
    assert told(found, at(faces, 0.5)) == ("stays", "", -1)
    assert told(found, at(faces, 1.2)) == ("out", "C1", -1)
    assert told(found, at(faces, 1.7)) == ("out", "C1", -1)
    assert told(found, at(faces, 2.5)) == ("out", "C2", -1)
    # Ground for protection inside stays, outside it comes in, but not under a town.
    assert told(found, at(faces, 3.5)) == ("stays", "", -1)
    assert told(found, at(faces, 5)) == ("in", "A1", -1)
    assert told(found, at(faces, 6.5)) == ("stays", "", -1)
    assert told(found, at(faces, 7.7)) == ("in", "A1", -1)
    assert told(found, at(faces, 8.5)) == ("in", "B1", -1)
    # On excluded land nothing comes in.
    assert told(found, at(faces, 9.2)) == ("stays", "", -1)
    assert told(found, at(faces, 15)) == ("stays", "", -1)
    other = decided(faces, ["A1", ""], order_in=["B1", "A1"], order_out=["C2", "C1"])
    assert told(other, at(faces, 1.7)) == ("out", "C2", -1)
    assert told(other, at(faces, 7.7)) == ("in", "B1", -1)
    # A rule that is not applied neither lets go nor keeps out.
    fewer = decided(faces, ["A1", ""], order_in=["A1"], order_out=["C2"])
    assert told(fewer, at(faces, 1.2)) == ("stays", "", -1)
    assert told(fewer, at(faces, 6.5)) == ("in", "A1", -1)
    assert told(fewer, at(faces, 8.5)) == ("stays", "", -1)


def test_edits_go_before_rules():
    faces = cut(
        today=[box(0, 4)],
        ground=[box(4, 8)],
        C1=[box(0, 1)],
        edits=[box(0.5, 2), box(2, 3), box(3, 6), box(7, 9)],
    )
    found = decided(faces, ["A1"], [(0, True), (1, False), (2, True), (5, False)])
    assert told(found, at(faces, 0.2)) == ("out", "C1", -1)
    # Wanted inside, and is: it does not leave as a town.
    assert told(found, at(faces, 0.7)) == ("stays", "", -1)
    assert told(found, at(faces, 1.5)) == ("stays", "", -1)
    assert told(found, at(faces, 2.5)) == ("out", "", 1)
    assert told(found, at(faces, 3.5)) == ("stays", "", -1)
    assert told(found, at(faces, 5)) == ("in", "", 2)
    assert told(found, at(faces, 6.5)) == ("in", "A1", -1)
    # Wanted outside, and is: it does not come in.
    assert told(found, at(faces, 7.5)) == ("stays", "", -1)
    assert told(found, at(faces, 8.5)) == ("stays", "", -1)


def test_what_must_be_inside_and_the_function_area_are_told():
    faces = cut(today=[box(0, 4)], mandatory=[box(1, 2), box(5, 6)], areas=[box(0, 3), box(2.5, 5)])
    found = decided(faces)
    assert found.mandatory[at(faces, 1.5)]
    assert not found.mandatory[at(faces, 0.5)]
    assert found.inside[at(faces, 1.5)]
    assert not found.inside[at(faces, 4.5)]
    # Where two areas overlap the first counts.
    assert [found.area[at(faces, x)] for x in (1.5, 2.7, 3.5, 5.5)] == [0, 0, 1, -1]


def test_strips_do_as_what_lies_beside_them():
    # A town ends two metres before the edge of today's line, ground begins two metres after it.
    faces = cut(today=[box(0, 4)], ground=[box(4.02, 8)], C1=[box(2, 3.98)], areas=[box(0, 20)])
    sides = patches.sides_of(faces)
    found = decided(faces, ["A1"])
    assert told(found, at(faces, 3.99)) == told(found, at(faces, 4.01)) == ("stays", "", -1)
    # Strips of 100 m by 2 m have a mean width of 1.96 m.
    assert patches.follow(found, faces, sides, 1.9, CRS).direction.tolist() == found.direction.tolist()
    followed = patches.follow(found, faces, sides, 2.0, CRS)
    assert told(followed, at(faces, 3.99)) == ("out", "C1", -1)
    assert told(followed, at(faces, 4.01)) == ("in", "A1", -1)
    for place in (1, 3, 6, 12):
        assert told(followed, at(faces, place)) == told(found, at(faces, place))


def test_strips_that_must_be_inside_or_that_an_edit_speaks_of_decide_for_themselves():
    faces = cut(today=[box(0, 4)], mandatory=[box(3.98, 4)], C1=[box(2, 3.98)], areas=[box(0, 20)])
    sides = patches.sides_of(faces)
    followed = patches.follow(decided(faces), faces, sides, 2.0, CRS)
    assert told(followed, at(faces, 3.99)) == ("stays", "", -1)
    # Nor does a strip do as what must be inside.
    faces = cut(today=[box(0, 4)], mandatory=[box(2, 3.98)], C1=[box(2, 3.98)], areas=[box(0, 20)])
    followed = patches.follow(decided(faces), faces, patches.sides_of(faces), 2.0, CRS)
    assert told(followed, at(faces, 3.99)) == ("stays", "", -1)
    faces = cut(today=[box(0, 4)], edits=[box(3.98, 4)], areas=[box(0, 20)])
    followed = patches.follow(decided(faces, edits=[(3, False)]), faces, patches.sides_of(faces), 2.0, CRS)
    assert told(followed, at(faces, 3.99)) == ("out", "", 3)


def test_a_strip_does_as_the_one_with_which_it_shares_most():
    # A strip of a metre above two hectares of one rule and one of another.
    faces = cut(today=[box(0, 3, 0, 1.01), box(3, 4)], C1=[box(0, 2)], C2=[box(2, 3)], areas=[box(0, 4, -1, 3)])
    found = decided(faces)
    followed = patches.follow(found, faces, patches.sides_of(faces), 3.0, CRS)
    assert told(followed, at(faces, 0.5, 1.005)) == ("out", "C1", -1)
    other = cut(today=[box(0, 3, 0, 1.01), box(3, 4)], C1=[box(0, 1)], C2=[box(1, 3)], areas=[box(0, 4, -1, 3)])
    followed = patches.follow(decided(other), other, patches.sides_of(other), 3.0, CRS)
    assert told(followed, at(other, 0.5, 1.005)) == ("out", "C2", -1)


def grouped(faces, decisions, smallest=0.0):
    return patches.group(decisions, faces, patches.sides_of(faces), smallest)


def test_faces_of_one_decision_that_share_sides_are_a_patch():
    # Two towns beside each other and one apart, farmland beside them, all within two function areas.
    faces = cut(
        today=[box(0, 10)],
        C1=[box(0, 1), box(1, 2), box(5, 7)],
        C2=[box(2, 3)],
        areas=[box(0, 6), box(6, 10)],
        mandatory=[box(1.5, 2)],
    )
    patch, dropped = grouped(faces, decided(faces))
    assert not dropped.any()
    numbers = [patch[at(faces, x)] for x in (0.5, 1.2, 1.7, 2.5, 5.5, 6.5)]
    # The protected part of the town, the farmland and the part in the other function area are patches of their own.
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 5
    assert sorted(set(numbers)) == list(range(5))
    assert patch[at(faces, 4)] == patch[at(faces, 8)] == -1


def test_patches_that_share_a_corner_only_are_apart():
    faces = cut(today=[box(0, 2, 0, 2)], C1=[box(0, 1, 0, 1), box(1, 2, 1, 2)])
    patch, _ = grouped(faces, decided(faces))
    assert patch[at(faces, 0.5, 0.5)] != patch[at(faces, 1.5, 1.5)]


def test_small_patches_are_dropped_but_those_of_edits():
    # A town of 2 ha in two function areas, one of 1 ha, and an edit of a tenth.
    faces = cut(today=[box(0, 10)], C1=[box(0, 2), box(3, 4)], areas=[box(0, 1), box(1, 10)], edits=[box(5, 5.1)])
    found = decided(faces, edits=[(0, False)])
    patch, dropped = grouped(faces, found, 1.5e4)
    assert patch[at(faces, 0.5)] >= 0
    assert patch[at(faces, 1.5)] >= 0
    assert patch[at(faces, 5.05)] >= 0
    assert patch[at(faces, 3.5)] == -1
    assert np.flatnonzero(dropped).tolist() == [at(faces, 3.5)]
    assert not grouped(faces, found, 0.99e4)[1].any()


def test_nothing_to_decide():
    faces = cut()
    found = decided(faces)
    patch, dropped = grouped(faces, patches.follow(found, faces, patches.sides_of(faces), 5.0, CRS), 1.0)
    assert len(patch) == len(dropped) == 0
    faces = cut(today=[box(0, 1)])
    patch, dropped = grouped(faces, decided(faces), 1.0)
    assert patch.tolist() == [-1]
    assert dropped.tolist() == [False]


def test_keys_stay_with_the_place_and_the_rule():
    shapes = np.array([box(0, 1), box(-3, -1), box(0, 1)])
    assert patches.keys_of(shapes, ["A1", "C1", "A1"], CRS) == [
        "A1-0000050-0000050",
        "C1--000200-0000050",
        "A1-0000050-0000050-2",
    ]
    # Others before and after it change nothing.
    assert patches.keys_of(shapes[[1, 0]], ["C1", "A1"], CRS)[1] == "A1-0000050-0000050"
    # Corners on the outline change nothing, nor does the last digit of a half.
    more = shapely.Polygon([(0, 0), (70, 0), (100, 0), (100, 100), (0, 100), (0, 31), (0, 7)])
    assert patches.keys_of(np.array([more]), ["A1"], CRS) == ["A1-0000050-0000050"]
    halves = shapely.box(0, 0, np.array([25, 25 + 1e-7, 25 - 1e-7]), 25)
    assert {key[:18] for key in patches.keys_of(halves, ["A1"] * 3, CRS)} == {"A1-0000013-0000013"}
    # The middle of a ring lies outside: the place is on it.
    ring = shapely.difference(shapely.box(0, 0, 300, 300), shapely.box(40, 60, 290, 290))
    (key,) = patches.keys_of(np.array([ring]), ["A1"], CRS)
    _, x, y = key.split("-")
    assert shapely.contains_xy(ring, int(x), int(y))
    degrees = np.array([shapely.box(99.5, 30.0, 99.6, 30.1)])
    assert patches.keys_of(degrees, ["B1"], pyproj.CRS("EPSG:4326")) == ["B1-9955000-3005000"]


def test_the_greatest_and_the_first_of_what_covers_a_face():
    faces = cut(C1=[box(0, 2), box(1, 3), box(2.5, 3)], today=[box(0, 4)])
    values = np.array([5.0, 7.0, np.nan])
    found = patches.greatest_of(faces, "C1", values)
    assert [found[at(faces, x)] for x in (0.5, 1.5, 2.2, 2.7)] == [5, 7, 7, 7]
    assert np.isnan(found[at(faces, 3.5)])
    first = faces.first_of("C1")
    assert [first[at(faces, x)] for x in (0.5, 1.5, 2.2, 3.5)] == [0, 0, 1, -1]


def test_sums_leave_out_what_belongs_to_nothing():
    found = patches.summed(np.array([1, -1, 1, 0]), {"n": np.array([1.0, 2.0, 4.0, 8.0])}, 3)
    assert found["n"].tolist() == [8, 5, 0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_patches_part_what_is_decided(seed):
    rng = np.random.default_rng(seed)

    def boxes(count):
        left, low = rng.integers(0, 12, (2, count))
        wide, high = rng.integers(1, 6, (2, count))
        return [box(*each) for each in zip(left, left + wide, low, low + high, strict=True)]

    faces = cut(
        today=boxes(4), ground=boxes(3), C1=boxes(2), C2=boxes(2), B1=boxes(2), areas=boxes(3), mandatory=boxes(1)
    )
    found = decided(faces, ["A1", "A1", ""])
    smallest = float(rng.integers(0, 6)) * 1e4
    patch, dropped = grouped(faces, found, smallest)
    assert ((patch >= 0) | dropped == (found.direction != 0)).all()
    assert (found.inside == (found.direction == OUT))[patch >= 0].all()
    for number in range(patch.max(initial=-1) + 1):
        members = patch == number
        for facts in (found.direction, found.rule, found.area, found.mandatory):
            assert len(set(facts[members])) == 1
        joined = shapely.union_all(faces.polygons[members])
        assert joined.geom_type == "Polygon"
        # None beside it is of the same decision.
        alike = (
            (patch >= 0) & ~members & (found.rule == found.rule[members][0]) & (found.area == found.area[members][0])
        )
        alike &= (found.direction == found.direction[members][0]) & (found.mandatory == found.mandatory[members][0])
        assert shapely.length(shapely.intersection(faces.polygons[alike], joined)).sum() == pytest.approx(0, abs=1e-9)
