import math
from itertools import combinations, product

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shapely import box
from tests.policy.rule_worlds import (
    LAYERS,
    LEAVES,
    PARENT,
    QUESTION,
    STAGES,
    UNIT,
    WORDS,
    Patch,
    Question,
    World,
    as_facts,
    book,
    boxes,
    cells_of,
    coded,
    joined,
    level,
    packs_of_rules,
    patches,
    questions,
    row,
    rows,
)

from shanshui.policy.engine.decisions import Parcel, decide
from shanshui.policy.engine.smallest_change import answers
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers

GOOD = ("allowed", "allowed_with_conditions")
SIDE = 100.0  # of the parcel [m]


def random_worlds(number):
    unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(deadline=None, max_examples=number, suppress_health_check=unhurried)


def put(*rules, facts=None, **layers):
    """Ask for a square of 100 m; layers as lists of boxes, keys A-0, A-1, ..."""
    control = ControlLayers(
        [
            ControlLayer.of(name, [box(*edges) for edges in every], [f"{name}-{at}" for at in range(len(every))])
            for name, every in layers.items()
        ]
    )
    return decide(book(*rules), control, Parcel("P", box(0, 0, SIDE, SIDE)), QUESTION | (facts or {}))


def again(found, polygon):
    """Ask for what remains."""
    return decide(found.book, found.layers, Parcel("P", polygon), found.facts).outcome


def checked(found):
    """Give the cut of a decision after it was made, and asked again."""
    cut, parcel = found.cut, found.parcel.polygon
    assert cut.outcome in GOOD
    assert again(found, cut.remaining) == cut.outcome
    assert shapely.difference(cut.remaining, parcel).area < 1e-6
    assert cut.area_m2 == pytest.approx(parcel.area - cut.remaining.area, rel=1e-9)
    assert 0 < cut.area_m2 < parcel.area
    assert not cut.remaining.buffer(-0.01).is_empty  # more than a line remains
    lost = shapely.difference(parcel, cut.remaining)
    for (layer, key), area in zip(cut.polygons, cut.areas_m2, strict=True):
        (at,) = np.flatnonzero(found.layers[layer].keys == key)
        assert area == pytest.approx(lost.intersection(found.layers[layer].polygons[at]).area, rel=1e-9)
        assert area > 0
    assert len(set(cut.polygons)) == len(cut.polygons)
    return cut


PROHIBIT = row("prohibit", layer="land", priority=1)


# --- Ground: whole polygons -----------------------------------------------------------------------------------------
def test_the_overlap_with_one_polygon():
    cut = checked(put(PROHIBIT, row("allow"), land=[(90, -9, 200, 200), (300, 0, 400, 9)]))
    assert (cut.polygons, cut.area_m2, cut.outcome) == ((("land", "land-0"),), pytest.approx(1000.0), "allowed")
    assert cut.remaining.equals(box(0, 0, 90, 100))


def test_all_polygons_that_prohibit_and_no_other():
    rules = [PROHIBIT, row("conditions", layer="water"), row("allow")]
    cut = checked(put(*rules, land=[(90, -9, 200, 200), (-9, -9, 5, 200)], water=[(40, 40, 60, 60)]))
    assert cut.polygons == (("land", "land-0"), ("land", "land-1"))
    assert cut.areas_m2 == (pytest.approx(1000.0), pytest.approx(500.0))
    assert cut.outcome == "allowed_with_conditions"


def test_ground_in_two_polygons_counts_once():
    cut = checked(put(PROHIBIT, row("allow"), land=[(90, -9, 200, 200), (80, -9, 95, 200)]))
    assert cut.area_m2 == pytest.approx(2000.0)
    assert cut.areas_m2 == (pytest.approx(1000.0), pytest.approx(1500.0))


def test_a_parcel_wholly_in_one_layer_with_a_corner_in_another():
    """All of it lies in the red line, say, a corner in the core zone: the corner is left out."""
    rules = [row("prohibit", layer="land", when='touches("water")', priority=1), row("conditions", layer="land")]
    found = put(*rules, land=[(-9, -9, 200, 200)], water=[(90, -9, 200, 200)])
    cut = checked(found)
    assert (cut.polygons, cut.area_m2) == ((("water", "water-0"),), pytest.approx(1000.0))
    assert cut.outcome == "allowed_with_conditions"


def test_the_lesser_of_two_ways_is_taken():
    rules = [row("prohibit", layer="land", when='touches("water")'), row("allow", priority=-1)]
    for land, water, wanted in ((10, 20, "land"), (20, 10, "water")):
        found = put(*rules, land=[(SIDE - land, -9, 200, 200)], water=[(-9, -9, water, 200)])
        assert [layer for layer, _ in checked(found).polygons] == [wanted]


def test_where_leaving_out_everything_would_leave_no_rule_the_lesser_cut_is_taken():
    """Conditions ask for land: if both were left out nobody would answer."""
    rules = [row("prohibit", layer="land", when='touches("water")', priority=1), row("conditions", layer="land")]
    cut = checked(put(*rules, land=[(90, -9, 200, 200)], water=[(-9, -9, 20, 200)]))
    assert [layer for layer, _ in cut.polygons] == ["water"]


def test_one_prohibition_after_the_other():
    """What is left out for the first must be enough for the second, of another pack, that is then seen."""
    first = [
        row("allow", layer="water", priority=5, when='touches("land")'),
        row("prohibit", layer="water"),
        row("allow", priority=-9),
    ]
    second = [PROHIBIT]
    control = Question((0, 0, 4, 4), {"land": (Patch((3, 0, 4, 4)),), "water": (Patch((0, 3, 4, 4)),)})
    found = control.put(book(p=first, q=second))
    cut = checked(found)
    assert cut.polygons == (("land", "land-0"), ("water", "water-0"))
    assert cut.area_m2 == 7 * UNIT**2


@pytest.mark.parametrize(
    "rules",
    [
        [row("prohibit")],  # ground has nothing to do with it
        [row("prohibit", when="not built"), PROHIBIT],
        [row("prohibit", when='not touches("water")')],
        [row("prohibit", layer="land")],  # then no rule speaks
    ],
)
def test_where_leaving_out_ground_is_no_way(rules):
    found = put(*rules, row("allow", layer="water"), facts={"built": False}, land=[(90, 0, 200, 99)], water=[])
    assert found.outcome == "prohibited"
    assert found.cut is None


def test_where_nothing_would_remain():
    assert put(PROHIBIT, row("allow"), land=[(-9, -9, 200, 200)]).cut is None
    assert put(PROHIBIT, row("allow"), land=[(-9, -9, 50, 200), (50, -9, 200, 200)]).cut is None


def test_what_is_not_prohibited_needs_no_change():
    for rules in ([row("allow")], [row("conditions")], [row("allow", when="wet")]):
        found = put(*rules, land=[(90, -9, 200, 200)])
        assert found.cut is None
        assert found.other_facts is None


# --- Ground: as much as is asked ------------------------------------------------------------------------------------
def enough(measure, limit, overlap, whole=SIDE**2):
    """Work out how much of an overlap has to be left out: (overlap - x) / (whole - x) = limit / 100."""
    if measure == "overlap_m2":
        return overlap - limit
    share = limit / 100
    return (overlap - share * whole) / (1 - share)


@pytest.mark.parametrize("wide", [40, 75, 100])
@pytest.mark.parametrize(
    ("measure", "operator", "limit"),
    [
        ("overlap_percent", ">", 10),
        ("overlap_percent", ">=", 10),
        ("overlap_percent", ">", 35),
        ("overlap_m2", ">", 1000),
        ("overlap_m2", ">=", 2500),
    ],
)
def test_just_enough_is_left_out(measure, operator, limit, wide):
    """Also where all of the parcel is in the layer and a share would never do: then there is no way."""
    rule = row("prohibit", when=f'{measure}("land") {operator} {limit}', priority=1)
    found = put(rule, row("allow"), land=[(SIDE - wide, -9, 200, 200)])
    if wide == SIDE and measure == "overlap_percent":
        assert found.cut is None
        return
    cut = checked(found)
    wanted = enough(measure, limit, wide * SIDE)
    assert cut.area_m2 == pytest.approx(wanted, rel=0.01)
    assert cut.area_m2 >= wanted * (1 - 1e-9)
    assert cut.polygons == (("land", "land-0"),)


def test_just_enough_of_several_polygons():
    """Four strips of 10 m, of which the parcel may overlap 15 m: 25 m are left out."""
    rule = row("prohibit", when='overlap_m2("land") > 1500', priority=1)
    strips = [(at, -9, at + 10, 200) for at in (5, 30, 55, 80)]
    cut = checked(put(rule, row("allow"), land=strips))
    assert cut.area_m2 == pytest.approx(2500, rel=0.01)


def test_a_part_that_saves_next_to_nothing_is_not_worth_it():
    """0.5 % less: the whole polygon is left out."""
    rule = row("prohibit", when='overlap_m2("land") > 20', priority=1)
    cut = checked(put(rule, row("allow"), land=[(60, -9, 200, 200)]))
    assert cut.area_m2 == pytest.approx(4000)
    assert cut.remaining.equals(box(0, 0, 60, 100))


# --- Ground: by trying everything -----------------------------------------------------------------------------------
POSITIVE = (
    *("", 'touches("land")', 'touches("water", zone="core")', 'touches("land", zone="buffer|outer")', "built"),
    *('touches("land") and touches("water")', 'touches("land", zone="core") or touches("water")', "slope < 25"),
)


@st.composite
def prohibited(draw):
    """Draw rules that prohibit because of ground, above one that does not, and a parcel."""
    rules = [
        row(
            "prohibit",
            priority=draw(st.integers(1, 2)),
            layer=draw(st.sampled_from(LAYERS)),
            when=draw(st.sampled_from(POSITIVE)),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    rules.append(row(draw(st.sampled_from(["allow", "conditions"])), layer=draw(st.sampled_from(["", "", *LAYERS]))))
    known = patches(("core", "buffer", "outer"))
    facts = {"built": draw(st.booleans()), "slope": draw(st.sampled_from([10.0, 30.0]))}
    return coded(rules), Question(draw(boxes()), {name: draw(known) for name in LAYERS}, facts)


@random_worlds(100)
@given(prohibited())
def test_no_lesser_choice_of_polygons_would_do(drawn):
    """All choices of polygons are tried, ground counted cell by cell: the least area is the same, and so is None."""
    rules, question = drawn
    found = question.put(book(*rules))
    assume(found.outcome == "prohibited")
    layers = {name: tuple((cells_of(one.cells), one.zone) for one in every) for name, every in question.layers.items()}
    parcel = cells_of(question.parcel)
    every = [cells for patches_ in layers.values() for cells, _ in patches_ if cells & parcel]
    least = math.inf
    for number in range(1, len(every) + 1):
        for chosen in combinations(every, number):
            rest = parcel - frozenset().union(*chosen)
            if rest and level({"p": rules}, World(rest, layers, as_facts(found.facts)), {}) in (1, 2):
                least = min(least, len(parcel) - len(rest))
    if least == math.inf:
        assert found.cut is None
        return
    cut = checked(found)
    assert cut.area_m2 == pytest.approx(least * UNIT**2)
    # None of the polygons could stay.
    shapes = {
        (layer, str(key)): polygon
        for layer in LAYERS
        for key, polygon in zip(found.layers[layer].keys, found.layers[layer].polygons, strict=True)
    }
    for number in range(1, len(cut.polygons)):
        for fewer in combinations(cut.polygons, number):
            rest = found.parcel.polygon.difference(shapely.union_all([shapes[one] for one in fewer]))
            if rest.area > cut.remaining.area:
                assert again(found, rest) not in GOOD


HOW_MUCH = ('overlap_percent("land") > 20', 'overlap_m2("water", zone="core") >= 20000', 'overlap_m2("land") > 10000')


@random_worlds(60)
@given(packs_of_rules, questions(), st.sampled_from(POSITIVE[1:4] + HOW_MUCH))
def test_any_cut_holds_when_it_is_made(packs, question, when):
    found = question.put(book(**packs, stern=[row("prohibit", when=when), row("allow", priority=-1)]))
    assume(found.outcome == "prohibited")
    if found.cut is not None:
        checked(found)


# --- Facts ----------------------------------------------------------------------------------------------------------
def changed(found):
    """Give the facts that would have to be others after they were changed, and asked again."""
    changes, outcome = found.other_facts
    facts = found.facts | dict(changes)
    assert decide(found.book, found.layers, found.parcel, facts).outcome == outcome
    assert outcome in GOOD
    assert all(found.facts[name] != value for name, value in changes)
    return dict(changes), outcome


def test_one_fact_that_would_help():
    rules = [row("prohibit", when="built and slope >= 25", priority=1), row("allow")]
    assert changed(put(*rules, facts={"built": True, "slope": 30})) == ({"built": False}, "allowed")


def test_a_number_just_below_or_above_its_bound():
    for when, slope, check in (
        ("slope >= 25", 30, "<"),
        ("slope > 25", 30, "<="),
        ("slope <= 25", 9, ">"),
        ("25 > slope", 9, ">="),
    ):
        found = put(row("prohibit", when=when, priority=1), row("allow"), facts={"slope": slope})
        changes, _ = changed(found)
        assert changes["slope"] == pytest.approx(25)
        assert eval(f"{changes['slope']!r} {check} 25")


def test_two_facts_where_one_does_not_help():
    rules = [row("prohibit", when="built or wet", priority=1), row("conditions")]
    assert changed(put(*rules, facts={"built": True, "wet": True})) == (
        {"built": False, "wet": False},
        "allowed_with_conditions",
    )


def test_allowed_is_better_than_with_conditions_but_fewer_facts_are_better_still():
    rules = [
        row("prohibit", when='stage == "mining" and built', priority=1),
        row("conditions", when="built"),
        row("allow", when="not built"),
    ]
    found = put(*rules, facts={"stage": "mining", "built": True})
    assert changed(found) == ({"built": False}, "allowed")
    rules = [
        row("prohibit", when='stage == "mining"', priority=1),
        row("conditions", when="built"),
        row("allow", when="not built"),
    ]
    found = put(*rules, facts={"stage": "mining", "built": True})
    changes, outcome = changed(found)
    assert (list(changes), outcome) == (["stage"], "allowed_with_conditions")


def test_where_no_other_fact_helps():
    three = [row("prohibit", when='built or wet or stage == "mining"', priority=1), row("allow")]
    found = put(*three, facts={"built": True, "wet": True, "stage": "mining"})
    assert found.other_facts is None
    assert put(row("prohibit", layer="land"), row("allow", when="built"), land=[(0, 0, 9, 9)]).other_facts is None
    # Activity, industry and date are the question itself.
    assert put(row("prohibit", activity="A", valid_to="2026-12-31"), row("allow", activity="B")).other_facts is None


TOLD = [leaf for leaf in LEAVES if "since" not in leaf and "> slope" not in leaf]
SLOPES = (-1e9, 5.0, 9.9, 10.0, 10.1, 24.9, 25.0, 25.1, 59.9, 60.0, 60.1, 1e9)


@random_worlds(50)
@given(
    st.lists(rows(st.recursive(st.sampled_from(TOLD), joined, max_leaves=3)), min_size=1, max_size=3),
    st.fixed_dictionaries(
        {
            "built": st.booleans(),
            "wet": st.booleans(),
            "slope": st.sampled_from([5, 10, 25]),
            "stage": st.sampled_from(STAGES),
        }
    ),
    patches(("core", "buffer")),
)
def test_no_fewer_facts_would_do(rules, facts, ground):
    """One and two other facts are tried with every value that conditions could tell apart."""
    question = Question((0, 0, 3, 3), {"land": ground, "water": ground[:1]}, {**facts, "industry": "06"})
    found = question.put(book(*rules))
    assume(found.outcome == "prohibited")
    values = {"built": (True, False), "wet": (True, False), "slope": SLOPES, "stage": STAGES}
    asked = [name for name in found.book.facts if name in values]
    for number in (1, 2):
        changes = [
            dict(zip(names, chosen, strict=True))
            for names in combinations(asked, number)
            for chosen in product(*(values[name] for name in names))
        ]
        outcomes = set(answers(found.book, found.verdicts, found.facts, changes))
        if outcomes & set(GOOD):
            made, outcome = changed(found)
            assert len(made) == number
            assert outcome == ("allowed" if "allowed" in outcomes else "allowed_with_conditions")
            return
    assert found.other_facts is None


# --- Activities -----------------------------------------------------------------------------------------------------
@random_worlds(50)
@given(packs_of_rules, questions())
def test_each_other_activity_that_is_told_was_asked(packs, question):
    to = book(**packs)
    found = question.put(to)
    wanted = []
    for code in PARENT:
        other = Question(question.parcel, question.layers, {**question.facts, "activity": code}, question.extent)
        outcome = other.put(to).outcome
        if outcome in GOOD and code != found.facts["activity"]:
            wanted.append((code, outcome))
    assert found.activities == wanted


def test_activities_by_hand():
    rules = [
        row("prohibit", layer="land", activity="A.1"),
        row("conditions", activity="A", priority=-1),
        row("allow", activity="B"),
    ]
    found = put(*rules, land=[(90, -9, 200, 200)])
    assert found.outcome == WORDS[3]
    # Of A it is not known whether it is A.1.
    assert found.activities == [("A.2", "allowed_with_conditions"), ("B", "allowed")]
