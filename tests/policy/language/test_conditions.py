from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.rule_worlds import LEAVES, PARENT, TERMS, Patch, Question, as_facts, holds, joined, shape
from tests.policy.rule_worlds import completions as worlds_of

from shanshui.policy.language.conditions import All, AnyOf, Compared, Not, OneOf, Touches, YesNo, conjuncts
from shanshui.policy.language.grounds import as_where
from shanshui.policy.language.numbers import Constant, FactNumber, Overlap
from shanshui.policy.language.parsing import parse
from shanshui.policy.language.situations import Situation, fact_values
from shanshui.policy.language.truth import Truth

YES, NO, UNKNOWN = Truth.of(True), Truth.of(False), Truth(np.array([False]), np.array([True]))
KLEENE = {"yes": 1.0, "unknown": 0.5, "no": 0.0}  # and: the least, or: the greatest, not: what is left of 1
PARCEL = (0, 0, 2, 2)


def situation(facts, layers=None, parcel=PARCEL, count=None):
    """Give questions about one parcel: a list of values for each fact."""
    count = count or len(next(iter(facts.values()))) if facts else 1
    values, codes = fact_values(facts, TERMS)
    control = Question(parcel, layers or {}).control()
    return Situation(control.overlaps(np.array([shape(parcel)], object)), values, codes, count)


def words(text, facts, layers=None, parcel=PARCEL):
    found = situation(facts, layers, parcel)
    truth = parse(text, TERMS).truth(found)
    return np.broadcast_to(truth.words(), (found.count,)).tolist()


def one_word(text, layers=None, parcel=PARCEL, **facts):
    (word,) = words(text, {name: [value] for name, value in facts.items()}, layers, parcel)
    return word


# --- Three values ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("one", "other"), list(product((YES, NO, UNKNOWN), repeat=2)))
def test_and_or_not_of_three_values(one, other):
    a, b = KLEENE[one.words()[0]], KLEENE[other.words()[0]]
    assert KLEENE[(one & other).words()[0]] == min(a, b)
    assert KLEENE[(one | other).words()[0]] == max(a, b)
    assert KLEENE[(~one).words()[0]] == 1 - a


def test_the_tables_for_conditions_too():
    """The same of conditions, in one array of all nine pairs."""
    values = {True: "yes", False: "no", None: "unknown"}
    pairs = list(product(values, repeat=2))
    facts = {"built": [a for a, _ in pairs], "wet": [b for _, b in pairs]}
    for text, pick in (("built and wet", min), ("built or wet", max)):
        wanted = [pick(values[a], values[b], key=KLEENE.get) for a, b in pairs]
        assert words(text, facts) == wanted
    assert words("not built", {"built": [True, False, None]}) == ["no", "yes", "unknown"]
    assert words("built and not built", {"built": [None]}) == ["unknown"]  # not known to be impossible


def test_all_of_nothing_holds_and_any_of_nothing_does_not():
    asked = situation({"built": [True, None]})
    assert All(()).truth(asked).words().tolist() == ["yes", "yes"]
    assert AnyOf(()).truth(asked).words().tolist() == ["no", "no"]


def test_a_part_that_fails_everywhere_hides_none_that_holds_somewhere():
    facts = {"built": [False, True, True], "wet": [True, False, True], "slope": [1, 1, 1]}
    assert words("built and wet and slope < 2", facts) == ["no", "no", "yes"]
    assert words("built and not built and wet", {"built": [True, False], "wet": [None, None]}) == ["no", "no"]


# --- Numbers and dates ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("<", ["yes", "no", "no", "unknown"]),
        ("<=", ["yes", "yes", "no", "unknown"]),
        (">", ["no", "no", "yes", "unknown"]),
        (">=", ["no", "yes", "yes", "unknown"]),
        ("==", ["no", "yes", "no", "unknown"]),
        ("!=", ["yes", "no", "yes", "unknown"]),
    ],
)
def test_each_operator_below_at_and_above_the_bound(operator, wanted):
    assert words(f"slope {operator} 25", {"slope": [24.999, 25, "25.001", None]}) == wanted
    dates = {"since": ["2019-12-31", "2020-01-01", "2020-01-02", ""]}
    assert words(f'since {operator} "2020-01-01"', dates) == wanted


@pytest.mark.parametrize(("operator", "turned"), [("<", ">"), ("<=", ">="), (">", "<"), (">=", "<="), ("==", "==")])
def test_a_bound_on_the_left_says_the_same(operator, turned):
    facts = {"slope": [24, 25, 26, None]}
    assert words(f"25 {operator} slope", facts) == words(f"slope {turned} 25", facts)


def test_a_chain_asks_for_both():
    facts = {"slope": [9.99, 10, 17, 25, None]}
    assert words("10 <= slope < 25", facts) == ["no", "yes", "yes", "no", "unknown"]
    assert words("not 10 <= slope < 25", facts) == ["yes", "no", "no", "yes", "unknown"]
    assert words("built or 25 > slope >= 10", facts | {"built": [True] * 5}) == ["yes"] * 5
    chain = {"slope": [30, 30, None], "since": ["2020-01-01"] * 3, "date": ["2021-01-01", "2019-01-01", "2021-01-01"]}
    assert words('"2000-01-01" < since < date', chain) == ["yes", "no", "yes"]


def test_two_facts_are_compared():
    facts = {
        "since": ["2020-01-01", "2020-01-01", None, "2020-01-01"],
        "date": ["2020-01-01", "2020-01-02", "2020-01-01", None],
    }
    assert words("since <= date", facts) == ["yes", "yes", "unknown", "unknown"]
    assert words("since == date", facts) == ["yes", "no", "unknown", "unknown"]


def test_the_area_of_the_parcel_is_known():
    assert one_word("area_m2 == 40000") == "yes"
    assert one_word("area_m2 > 40000") == "no"


# --- Codes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rule", list(PARENT))
@pytest.mark.parametrize("asked", list(PARENT))
def test_an_activity_below_counts_and_one_above_is_not_enough(rule, asked):
    """A code and all that lead up to it, written out; whoever names one above has not said enough."""
    above = {"A": ["A"], "A.1": ["A.1", "A"], "A.1.1": ["A.1.1", "A.1", "A"], "A.2": ["A.2", "A"], "B": ["B"]}
    wanted = "yes" if rule in above[asked] else "unknown" if asked in above[rule] else "no"
    assert one_word(f'activity == "{rule}"', activity=asked) == wanted
    turned = {"yes": "no", "no": "yes", "unknown": "unknown"}[wanted]
    assert one_word(f'activity != "{rule}"', activity=asked) == turned
    assert one_word(f'activity not in ("{rule}",)', activity=asked) == turned


@pytest.mark.parametrize("text", ['activity == "{}"', 'activity != "{}"', 'built and activity == "{}" and slope < 3'])
@pytest.mark.parametrize("rule", list(PARENT))
@pytest.mark.parametrize("asked", list(PARENT))
def test_an_activity_excludes_what_cannot_hold_of_it_whatever_else_is_so(text, rule, asked):
    condition = parse(text.format(rule), TERMS)
    unknown = [None] if "built" in text else None
    facts = {"activity": [asked]} | ({"built": unknown, "slope": unknown} if unknown else {})
    assert condition.excludes("activity", asked) == (words(text.format(rule), facts) == ["no"])
    assert not condition.excludes("industry", asked)


def test_nothing_else_excludes_an_activity():
    for text in ("built", "not built", "slope < 3", 'touches("land")', 'not (activity == "A" and built)'):
        assert not parse(text, TERMS).excludes("activity", "A")
    assert not parse('activity == "A" or built', TERMS).excludes("activity", "B")


def test_ground_is_not_looked_at_where_facts_say_no():
    asked = situation({"activity": ["B"]}, {"land": (Patch((0, 0, 1, 1), "core"),)})
    ground = Touches("land")
    rule = All((ground, parse('activity == "A"', TERMS)))
    assert rule.truth(asked).words().tolist() == ["no"]
    assert id(ground) not in asked.truths
    # They are written, and named where they are not known, in the order in which they stand.
    assert str(rule) == 'touches("land") and activity == "A"'
    unknown = situation({"activity": [None]})
    assert [name for name, _ in rule.missing(unknown, np.array([True]))] == ["layers.land", "facts.activity"]


def test_several_activities():
    facts = {"activity": ["A", "A.1", "A.1.1", "A.2", "B", None]}
    assert words('activity in ("A.1", "B")', facts) == ["unknown", "yes", "yes", "no", "yes", "unknown"]
    # A code above one of them that is itself below another: it is one of them.
    assert words('activity in ("A", "A.1.1")', facts) == ["yes", "yes", "yes", "yes", "no", "unknown"]


@pytest.mark.parametrize(
    ("rule", "asked", "wanted"),
    [
        ("06", "06", "yes"),
        ("06", "061", "yes"),  # a group of the division
        ("06", "0610", "yes"),  # a class
        ("06", "B", "unknown"),  # its section says not enough
        ("06", "07", "no"),
        ("06", "C", "no"),
        ("B", "B", "yes"),
        ("B", "06", "yes"),
        ("B", "12", "yes"),
        ("B", "13", "no"),  # section C begins
        ("C", "13", "yes"),
        ("0610", "061", "unknown"),
        ("0610", "06", "unknown"),
        ("0610", "B", "unknown"),
        ("0610", "0620", "no"),
        ("0610", "062", "no"),
        ("061", "0610", "yes"),
    ],
)
def test_an_industry_below_counts_and_one_above_is_not_enough(rule, asked, wanted):
    assert one_word(f'industry == "{rule}"', industry=asked) == wanted


def test_codes_of_a_list():
    facts = {"stage": ["survey", "mining", "closing", ""]}
    assert words('stage in ("survey", "mining")', facts) == ["yes", "yes", "no", "unknown"]
    assert words('stage == "closing"', facts) == ["no", "no", "yes", "unknown"]
    assert words('stage != "closing"', facts) == ["yes", "yes", "no", "unknown"]
    assert words('stage not in ("survey", "mining")', facts) == ["no", "no", "yes", "unknown"]
    assert words('stage == "closing"', {"built": [True]}) == ["unknown"]  # not given at all


# --- Ground ---------------------------------------------------------------------------------------------------------
def land(*zones):
    """Give a layer that covers the left half of the parcel, once for each zone."""
    return {"land": tuple(Patch((0, 0, 1, 2), zone) for zone in zones)}


@pytest.mark.parametrize(
    ("text", "zones", "wanted"),
    [
        ('touches("land")', ["core"], "yes"),
        ('touches("land")', [], "no"),
        ('touches("land")', [""], "yes"),
        ('touches("land", zone="core")', ["core"], "yes"),
        ('touches("land", zone="core")', ["buffer"], "no"),
        ('touches("land", zone="core")', [""], "unknown"),
        ('touches("land", zone="core")', ["", "core"], "yes"),
        ('touches("land", zone="core|buffer")', ["buffer"], "yes"),
        ('touches("land", zone="core", kind="x")', ["core"], "unknown"),  # there is no such column
        ('touches("land", zone="core", kind="x")', ["buffer"], "no"),
        ('overlap_m2("land") == 20000', ["core", "buffer"], "yes"),  # ground in both counts once
        ('overlap_m2("land") < 20000', ["core"], "no"),
        ('overlap_m2("land", zone="core") > 0', [""], "unknown"),
        ('overlap_m2("land", zone="core") <= 20000', [""], "yes"),  # it cannot be more
        ('overlap_m2("land", zone="core") > 20000', [""], "no"),
        ('overlap_percent("land") == 50', ["core"], "yes"),
        ('overlap_percent("land") >= 50', ["core"], "yes"),
        ('overlap_percent("land", zone="core") < 50', ["", "buffer"], "unknown"),
        ('overlap_percent("land", zone="core") >= 50', ["", "core"], "yes"),
        ('overlap_m2("land", zone="core") > overlap_m2("land", zone="buffer")', ["core"], "yes"),
        ('overlap_m2("land", zone="core") > overlap_m2("land", zone="buffer")', [""], "unknown"),
        ('area_m2 > overlap_m2("land")', ["core"], "yes"),
    ],
)
def test_ground(text, zones, wanted):
    assert one_word(text, land(*zones)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('touches("water")', "unknown"),
        ('not touches("water", zone="core")', "unknown"),
        ('overlap_m2("water") > 0', "unknown"),
        ('overlap_m2("water") > 40000', "no"),  # more than the parcel there cannot be
        ('overlap_percent("water") <= 100', "yes"),
        ('overlap_percent("water") < 0', "no"),
        ('overlap_percent("water") <= 0', "unknown"),  # none of it, perhaps
        ('overlap_percent("water") >= 100', "unknown"),  # all of it, perhaps
        ('overlap_percent("water") == 100', "unknown"),
        ('0 >= overlap_m2("water")', "unknown"),
        ('overlap_percent("water") < 100', "unknown"),
    ],
)
def test_a_layer_that_is_not_loaded(text, wanted):
    assert one_word(text, land("core")) == wanted


def test_ground_beside_the_parcel_does_not_count():
    beside = {"land": (Patch((2, 0, 4, 2), "core"),)}
    assert one_word('touches("land")', beside) == "no"
    assert one_word('overlap_percent("land") == 0', beside) == "yes"


@given(st.floats(1, 1000), st.floats(1, 1000), st.floats(0.1, 0.9))
def test_a_parcel_wholly_in_a_layer_is_so_to_100_percent(width, height, share):
    """In one polygon, and in two that share an edge: never more and never less."""
    from shapely import box

    from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers

    parcel = np.array([box(0, 0, width, height)], object)
    at = share * width
    for polygons in ([box(-9, -9, width + 9, height + 9)], [box(-9, -9, at, 2000), box(at, -9, 2000, 2000)]):
        layer = ControlLayer.of("land", polygons, [str(place) for place in range(len(polygons))])
        asked = Situation(ControlLayers([layer]).overlaps(parcel), {}, {}, 1)
        for operator, wanted in ((">=", "yes"), ("<=", "yes"), ("<", "no"), (">", "no"), ("==", "yes")):
            condition = parse(f'overlap_percent("land") {operator} 100', TERMS)
            assert condition.truth(asked).words().tolist() == [wanted]


def test_a_parcel_without_ground_overlaps_nothing():
    from shapely import Polygon

    control = Question(PARCEL, land("core")).control()
    asked = Situation(control.overlaps(np.array([Polygon()], object)), {}, {}, 1)
    for text in ('touches("land")', 'overlap_percent("land") > 0', 'overlap_m2("land") > 0'):
        assert parse(text, TERMS).truth(asked).words().tolist() == ["no"]


# --- What is missing ------------------------------------------------------------------------------------------------
def missing(text, layers=None, **facts):
    asked = situation({name: [value] for name, value in facts.items()}, layers)
    return {name for name, where in parse(text, TERMS).missing(asked, np.ones(1, bool)) if where[0]}


@pytest.mark.parametrize(
    ("text", "facts", "wanted"),
    [
        ("built and wet", {"built": False}, set()),
        ("built and wet", {"built": True}, {"facts.wet"}),
        ("built or wet", {"built": True}, set()),
        ("built or wet", {}, {"facts.built", "facts.wet"}),
        ("not (built and slope < 3)", {"slope": 9}, set()),
        ("not (built and slope < 3)", {"slope": 1}, {"facts.built"}),
        ("since < date", {"date": "2026-01-01"}, {"facts.since"}),
        ('stage == "mining"', {}, {"facts.stage"}),
        ('activity == "A.1"', {"activity": "A"}, {"facts.activity"}),
        ('industry == "06" and activity == "B"', {"activity": "A"}, set()),
        ('touches("land")', {}, {"layers.land"}),
        ('overlap_percent("land") > slope', {"slope": 10}, {"layers.land"}),
        ('overlap_percent("land") > slope', {}, {"layers.land", "facts.slope"}),
        ('overlap_m2("land") > 99999', {}, set()),
    ],
)
def test_what_would_have_to_be_known(text, facts, wanted):
    assert missing(text, **facts) == wanted


def test_a_column_is_named_where_it_is_what_is_not_known():
    text = 'touches("land", zone="core", kind="x")'
    assert missing('touches("land", zone="core")', land("")) == {"layers.land.zone"}
    assert missing('touches("land", zone="core")', land("core")) == set()
    assert missing(text, land("buffer")) == set()
    assert "layers.land.kind" in missing(text, land("core"))


def test_only_those_questions_lack_it_that_are_looked_at():
    asked = situation({"built": [None, None, True]})
    (found,) = parse("built", TERMS).missing(asked, np.array([False, True, True]))
    assert (found[0], found[1].tolist()) == ("facts.built", [False, True, False])


# --- What a condition asks for --------------------------------------------------------------------------------------
def test_a_condition_names_its_facts_and_its_ground():
    condition = parse(
        'built and (slope < 3 or not touches("land", zone="core")) and overlap_m2("water") > area_m2', TERMS
    )
    assert condition.facts == {"built", "slope", "area_m2"}
    assert condition.grounds == {("land", (("zone", ("core",)),)), ("water", ())}
    assert condition.layers == {"land", "water"}
    assert sorted(map(str, condition.leaves())) == [
        "built",
        'overlap_m2("water") > area_m2',
        "slope < 3",
        'touches("land", zone="core")',
    ]
    assert All(()).facts == frozenset()


def test_conditions_are_taken_apart_one_by_one():
    one, two = YesNo("built"), Not(YesNo("wet"))
    assert conjuncts(All((one, two))) == (one, two)
    assert conjuncts(AnyOf((one, two))) == (AnyOf((one, two)),)
    assert parse("built and (wet and slope < 3)", TERMS) == parse("(built and wet) and slope < 3", TERMS)


def test_equal_conditions_are_equal():
    assert parse("slope<25", TERMS) == Compared(FactNumber("slope"), "<", Constant(25.0, "25"))
    assert parse('touches( "land" )', TERMS) == Touches("land")
    assert parse('overlap_m2("land")>1', TERMS) == Compared(Overlap("overlap_m2", "land"), ">", Constant(1.0, "1"))
    assert parse('stage == "mining"', TERMS) == OneOf("stage", ("mining",), frozenset({"mining"}))


@pytest.mark.parametrize("text", ["core|buffer", "core | buffer", " core| buffer "])
def test_values_are_read_without_the_spaces_around_them(text):
    assert as_where([("zone", text)]) == (("zone", ("core", "buffer")),)


@pytest.mark.parametrize(
    ("pairs", "fault"),
    [
        ([("zone", "")], "zone="),
        ([("zone", "core|")], "zone=core|"),
        ([("a", "x"), ("a", "y")], "a twice"),
        ([("", "x")], "=x"),
    ],
)
def test_a_choice_without_a_value_or_of_one_column_twice_is_refused(pairs, fault):
    with pytest.raises(ValueError, match=fault.replace("|", r"\|")):
        as_where(pairs)


# --- By trying everything -------------------------------------------------------------------------------------------
@given(
    st.recursive(st.sampled_from(LEAVES), joined, max_leaves=6),
    st.fixed_dictionaries(
        {"activity": st.sampled_from(list(PARENT)), "date": st.sampled_from(["2025-12-31", "2026-06-30"])},
        optional={
            "built": st.booleans(),
            "wet": st.booleans(),
            "slope": st.sampled_from([5, 10, 25, 60]),
            "stage": st.sampled_from(["survey", "mining", "closing"]),
            "since": st.sampled_from(["2019-12-31", "2020-01-01", "2026-06-30"]),
            "industry": st.sampled_from(["B", "06", "0610", "13"]),
        },
    ),
    st.lists(st.builds(Patch, st.just((0, 0, 1, 2)), st.sampled_from(["core", "buffer", ""])), max_size=2),
)
def test_what_is_told_of_a_condition_holds_in_every_world(text, facts, patches):
    """Also what is written again of what was read says the same."""
    condition = parse(text, TERMS)
    question = Question(PARCEL, {"land": tuple(patches), "water": (Patch((1, 0, 2, 1), "core"),)}, as_facts(facts))
    values, codes = fact_values({name: [value] for name, value in facts.items()}, TERMS)
    asked = Situation(question.control().overlaps(np.array([shape(PARCEL)], object)), values, codes)
    (word,) = condition.truth(asked).words()
    found = set()
    for place, (world, _) in enumerate(worlds_of(question, sorted(condition.facts))):
        found.add(holds(text, world))
        if place > 300:
            break
    if word != "unknown":
        assert found == {word == "yes"}
    again = parse(str(condition), TERMS)
    assert again.truth(asked).words()[0] == word
    lacking = {name for name, where in condition.missing(asked, np.ones(1, bool)) if where[0]}
    assert bool(lacking) == (word == "unknown")
    assert not {name.removeprefix("facts.") for name in lacking} & (set(facts) - {"activity", "industry"})
