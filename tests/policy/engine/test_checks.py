from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.policy.rule_worlds import PARENT, TERMS, World, book, completions, conditions, holds, pack, row, rows
from tests.policy.rule_worlds import Question as Asked

from shanshui.policy.engine.checks import check_book, gaps, implies
from shanshui.policy.language.parsing import parse
from shanshui.policy.rules.packs import RuleBook


def faults(*rules, **packs):
    """Give what is refused, as it is told; what is left open is no fault."""
    found = check_book(book(*rules, **packs))
    return [str(problem) for problem in found if problem.severity == "error"]


def one(text):
    return parse(text, TERMS)


# --- Contradictions -------------------------------------------------------------------------------------------------
NARROW_AND_WIDE = [
    # where the first applies, the second does too
    ({}, {}),
    ({"when": "built"}, {}),
    ({"when": "built and wet"}, {"when": "wet and built"}),
    ({"when": "built and wet"}, {"when": "wet"}),
    ({"when": "not built"}, {"when": "not built"}),
    ({"layer": "land"}, {}),
    ({"layer": "land", "where": "zone=core"}, {"layer": "land"}),
    ({"layer": "land", "where": "zone=core"}, {"layer": "land", "where": "zone=buffer|core"}),
    ({"layer": "land", "where": "zone=core;kind=x"}, {"layer": "land", "where": "kind=x|y"}),
    ({"layer": "land"}, {"when": 'touches("land")'}),
    ({"activity": "A.1"}, {"activity": "A"}),
    ({"activity": "A.1.1;B"}, {"activity": "B;A.1"}),
    ({"activity": "not A"}, {"activity": "not A.1"}),
    ({"industry": "0610"}, {"industry": "06"}),
    ({"industry": "06"}, {"industry": "B"}),
    ({"when": "slope < 10"}, {"when": "slope < 25"}),
    ({"when": "slope < 10"}, {"when": "slope <= 10"}),
    ({"when": "slope >= 25"}, {"when": "slope > 10"}),
    ({"when": "10 <= slope < 25"}, {"when": "slope < 25"}),
    ({"when": 'stage == "mining"'}, {"when": 'stage in ("mining", "survey")'}),
    ({"when": 'since >= "2021-01-01"'}, {"when": 'since > "2020-01-01"'}),
    ({"when": "built or wet"}, {"when": "built or wet"}),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("narrow", "wide"), NARROW_AND_WIDE)
def test_two_rules_that_contradict_each_other_are_refused(narrow, wide, turned):
    first, second = ("prohibit", "allow") if turned else ("allow", "prohibit")
    (fault,) = faults(row(first, code="N", **narrow), row(second, code="W", **wide))
    assert "contradicts" in fault
    assert "N" in fault
    assert "W" in fault
    assert len(faults(row(second, code="W", **wide), row(first, code="N", **narrow))) == 1


@pytest.mark.parametrize(("narrow", "wide"), NARROW_AND_WIDE)
@pytest.mark.parametrize(
    "others",
    [
        {"priority": 1},  # the exception comes first
        {"valid_from": "2030-01-01"},  # never both at once
        {"effect": "refer", "refers_to": "red_line"},
    ],
)
def test_what_does_not_meet_does_not_contradict(narrow, wide, others):
    ends = {"valid_to": "2029-12-31"}
    assert (
        faults(row(code="N", **narrow) | {k: str(v) for k, v in others.items()}, row("prohibit", **wide, **ends)) == []
    )


NO_PAIR = [
    ({"when": "built"}, {"when": "wet"}),  # they may meet: a tie then, which is told, but neither holds the other
    ({"when": "built"}, {"when": "not built"}),
    ({"layer": "land"}, {"layer": "water"}),
    ({"layer": "land", "where": "zone=core"}, {"layer": "land", "where": "zone=buffer"}),
    ({"layer": "land", "where": "zone=core"}, {"layer": "land", "where": "kind=x"}),
    ({"activity": "A.1"}, {"activity": "A.2"}),
    ({"activity": "A.1"}, {"activity": "not A"}),
    ({"industry": "061"}, {"industry": "062"}),
    ({"when": "slope < 10"}, {"when": "slope > 10"}),
    ({"when": "slope <= 10"}, {"when": "area_m2 <= 10"}),
    ({"when": 'stage == "mining"'}, {"when": 'stage != "mining"'}),
    ({"activity": "A.1", "when": "built"}, {"activity": "A", "when": "wet"}),
    ({"when": 'overlap_percent("land") < 10'}, {"when": 'overlap_percent("water") < 10'}),
]


@pytest.mark.parametrize(("a", "b"), NO_PAIR)
def test_what_nearly_contradicts_is_kept(a, b):
    assert faults(row("allow", **a), row("prohibit", **b)) == []


def test_rules_that_agree_do_not_contradict():
    assert faults(row("prohibit"), row("prohibit", layer="land")) == []


def test_rules_of_two_packs_do_not_contradict():
    assert faults(p=[row("allow")], q=[row("prohibit")]) == []


@pytest.mark.parametrize(("last", "number"), [("2025-12-31", 0), ("2026-01-01", 1)])
def test_one_day_in_common_is_enough(last, number):
    assert len(faults(row("allow", valid_to=last), row("prohibit", valid_from="2026-01-01"))) == number


# --- Twice ----------------------------------------------------------------------------------------------------------
def test_the_same_rule_twice_at_one_time_is_refused_whatever_its_priority():
    for priority in (0, 5):
        (fault,) = faults(row(when="built and wet"), row(when="wet and built", priority=priority))
        assert "says the same as R1 at the same time" in fault
    twice = row("refer", refers_to="red_line")
    assert "the same" in faults(twice, twice | {"priority": "1"})[0]


@pytest.mark.parametrize(("last", "number"), [("2025-12-31", 0), ("2026-01-01", 1)])
def test_one_rule_may_follow_itself(last, number):
    assert len(faults(row(valid_to=last), row(valid_from="2026-01-01"))) == number


def test_references_to_two_packs_are_not_the_same():
    assert faults(row("refer", refers_to="red_line"), row("refer", refers_to="forests")) == []


def test_a_code_that_stands_twice_is_refused():
    (fault,) = faults(row(code="X", valid_to="2020-01-01"), row(code="X", valid_from="2021-01-01"))
    assert "p:X: stands twice" in fault
    assert faults(p=[row(code="X")], q=[row(code="X")]) == []


# --- References -----------------------------------------------------------------------------------------------------
def sent(to):
    return row("refer", refers_to=to, code=f"TO-{to}")


def test_a_reference_to_a_pack_that_there_is_not():
    (fault,) = faults(row(), sent("red_lin"))
    assert "p:TO-red_lin.refers_to: there is no pack 'red_lin'; did you mean 'red_line'?" in fault
    assert faults(row(), sent("red_line")) == []  # a ready pack that is not asked
    assert faults(p=[sent("q")], q=[row()]) == []


@pytest.mark.parametrize(
    ("packs", "named"),
    [
        ({"p": ["p"]}, ["p"]),
        ({"p": ["q"], "q": ["p"]}, ["p", "q"]),
        ({"p": ["q"], "q": ["r"], "r": ["p"]}, ["p", "q", "r"]),
        ({"p": ["q"], "q": ["r"], "r": ["q"]}, ["q", "r"]),  # p leads into a circle and is in none
        ({"p": ["q", "r"], "q": ["s"], "r": ["s"], "s": []}, []),  # two ways are no circle
        ({"p": ["q"], "q": ["r"], "r": []}, []),
    ],
)
def test_circles_are_refused(packs, named):
    rules = {name: [row(), *(sent(to) for to in others)] for name, others in packs.items()}
    found = faults(**rules)
    assert [fault.partition(":")[0] for fault in found] == named
    assert all("refer back to it" in fault for fault in found)


# --- Implication ----------------------------------------------------------------------------------------------------
BOUNDS = [f"slope {operator} {bound}" for operator in ("<", "<=", ">", ">=") for bound in (9, 10, 11)]


@pytest.mark.parametrize(("first", "second"), list(product(BOUNDS, repeat=2)))
def test_one_bound_follows_from_another(first, second):
    """Tried at all numbers that can tell them apart."""
    values = [half / 2 for half in range(14, 26)]
    found = all(eval(second, {"slope": at}) for at in values if eval(first, {"slope": at}))
    assert implies(one(first), one(second)) == found


@pytest.mark.parametrize(("first", "second"), list(product(PARENT, repeat=2)))
def test_one_activity_follows_from_another(first, second):
    above = {"A": "A", "A.1": "A A.1", "A.1.1": "A A.1 A.1.1", "A.2": "A A.2", "B": "B"}
    follows = second in above[first].split()
    assert implies(one(f'activity == "{first}"'), one(f'activity == "{second}"')) == follows
    assert implies(one(f'activity != "{second}"'), one(f'activity != "{first}"')) == follows


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conditions, conditions)
def test_what_follows_holds_in_every_world(first, second):
    a, b = one(first), one(second)
    if implies(a, b):
        question = Asked((0, 0, 2, 1), {})
        for place, (world, _) in enumerate(completions(question, sorted(a.facts | b.facts))):
            assert isinstance(world, World)
            assert not holds(first, world) or holds(second, world)
            if place > 300:
                break


# --- Gaps -----------------------------------------------------------------------------------------------------------
def notes(*rules):
    made = pack(*rules)
    return [(problem.severity, problem.fault) for problem in gaps(made, RuleBook([made], TERMS))]


def test_activities_of_which_a_pack_says_nothing_are_noted():
    assert notes(row()) == []
    assert notes(row(activity="A")) == [("note", "says nothing outside its layers of B")]
    assert notes(row(activity="A.1;B")) == [("note", "says nothing outside its layers of A.2")]


def test_gaps_are_those_of_each_ground():
    """On land what is said of it, in the core what is said of the core too."""
    everywhere = "says nothing outside its layers of A, A.1, A.1.1, A.2, B"
    core = row(layer="land", where="zone=core", activity="A.1")
    assert notes(row(layer="land", activity="B")) == [
        ("note", everywhere),
        ("note", 'says nothing on touches("land") of A, A.1, A.1.1, A.2'),
    ]
    outside, inside = notes(core, row(layer="land", activity="B"))
    assert outside == ("note", everywhere)
    assert inside == ("note", 'says nothing on touches("land", zone="core") of A.2')


def test_what_is_perhaps_said_is_no_gap():
    assert notes(row(when="built")) == []
    assert notes(row(when="area_m2 > 20")) == []
    ((_, outside),) = notes(row(when='overlap_m2("land") > 20'))
    assert outside.startswith("says nothing outside its layers")


def test_many_gaps_are_counted():
    outside = notes(row(activity="B", layer="land"))[0][1]
    assert outside == "says nothing outside its layers of A, A.1, A.1.1, A.2, B"


def test_gaps_stop_nothing():
    assert faults(row(activity="A")) == []
    assert [problem.severity for problem in check_book(book(row(activity="A")))] == ["note"]


@settings(deadline=None, max_examples=60)
@given(st.lists(rows(), min_size=1, max_size=5))
def test_any_rules_are_looked_through(rules):
    """Whatever is found is told with its mend; rules in another order have as many faults."""
    found = faults(*rules)
    assert len(faults(*rules[::-1])) == len(found)
    assert all("; " in fault for fault in found)
