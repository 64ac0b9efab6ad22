from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.policy.rule_worlds import (
    CLUES,
    LAYERS,
    LEVELS,
    TERMS,
    WORDS,
    Patch,
    Question,
    book,
    coded,
    completions,
    conditions,
    effects,
    joined,
    level,
    levels_of,
    outcome_of,
    packs_of_rules,
    patches,
    questions,
    references,
    row,
    shape,
)

from shanshui.policy.engine.decisions import Parcel, decide
from shanshui.policy.engine.weighing import stricter, weigh
from shanshui.policy.language.situations import Situation, fact_values

PARCEL = (0, 0, 2, 2)
INSIDE = Question(PARCEL, {"land": (Patch((0, 0, 4, 4), "core"),), "water": ()})
MOST = 400  # so many worlds are tried for a question


def random_worlds(number):
    unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(deadline=None, max_examples=number, suppress_health_check=unhurried)


def outcome(*rules, question=INSIDE, **packs):
    return question.put(book(*rules, **packs)).outcome


# --- One pack -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("effect", "wanted"), list(zip(LEVELS, WORDS[1:], strict=True)))
def test_one_rule_that_applies_decides(effect, wanted):
    assert outcome(row(effect)) == wanted


def test_where_no_rule_speaks_nothing_is_allowed():
    silent = INSIDE.put(book(row("allow", activity="B")))
    assert (silent.outcome, silent.missing, silent.decided_by) == ("undetermined", (), ())


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [("allow", "conditions", 2), ("conditions", "prohibit", 3), ("allow", "prohibit", 3), ("allow", "allow", 1)],
)
def test_of_one_priority_the_strictest_decides_in_any_order(one, other, wanted, order):
    assert outcome(*[row(one), row(other)][::order]) == WORDS[wanted]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("high", "low"), [(1, 0), (0, -1), (10, 9)])
def test_the_greatest_priority_decides_whatever_lies_below(high, low, order):
    rules = [row("allow", priority=high), row("prohibit", priority=low)][::order]
    assert outcome(*rules) == "allowed"
    assert INSIDE.put(book(*rules)).ties == ()


def test_a_rule_that_does_not_apply_hides_nothing():
    assert outcome(row("allow", priority=9, activity="B"), row("prohibit")) == "prohibited"


def test_a_tie_is_told_and_the_strictest_counts():
    rules = [row("allow", code="X"), row("conditions", code="Y"), row("conditions", code="Z")]
    tied = INSIDE.put(book(*rules))
    assert tied.outcome == "allowed_with_conditions"
    assert tied.ties == (("p", ("X", "Y")), ("p", ("X", "Z")))  # Y and Z agree
    assert [rule.code for rule in tied.decided_by] == ["Y", "Z"]


def test_a_tie_below_what_decides_is_none():
    assert INSIDE.put(book(row("conditions", priority=1), row("allow"), row("prohibit"))).ties == ()


# --- Several packs --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("one", "other"), list(product(LEVELS, repeat=2)))
def test_the_strictest_pack_wins_whatever_the_priorities(one, other):
    wanted = WORDS[max(LEVELS[one], LEVELS[other])]
    assert outcome(p=[row(one, priority=99)], q=[row(other, priority=-5)]) == wanted


def test_a_pack_that_is_silent_leaves_the_others_alone():
    both = INSIDE.put(book(p=[row("allow")], q=[row("prohibit", activity="B")]))
    assert (both.outcome, [rule.key for rule in both.decided_by]) == ("allowed", [("p", "R0")])


def test_rules_of_two_packs_are_no_tie():
    assert INSIDE.put(book(p=[row("allow")], q=[row("prohibit")])).ties == ()


def test_stricter_of_all_sets_by_trying_all_pairs():
    for one, other in product(range(1, 16), repeat=2):
        pairs = product(*([at for at in range(4) if bits >> at & 1] for bits in (one, other)))
        wanted = sum(1 << at for at in {max(pair) for pair in pairs})
        assert stricter(np.uint8([one]), np.uint8([other])).tolist() == [wanted]


# --- What is not known ----------------------------------------------------------------------------------------------
def test_what_is_not_known_never_allows():
    found = INSIDE.put(book(row("allow", when="built")))
    assert (found.outcome, found.missing) == ("undetermined", ("facts.built",))


def test_an_unknown_prohibition_leaves_it_open_and_a_sure_one_settles_it():
    assert outcome(row("allow"), row("prohibit", when="built")) == "undetermined"
    assert outcome(row("allow"), row("prohibit", when="built"), row("prohibit", when='touches("land")')) == "prohibited"
    assert outcome(p=[row("allow", when="built")], q=[row("prohibit")]) == "prohibited"


def test_an_unknown_rule_that_cannot_change_anything_is_not_missed():
    """What is weaker than what surely holds on its own level, and what lies below, does not count."""
    for weak in (
        row("allow", when="built"),
        row("conditions", when="built"),
        row("prohibit", when="built", priority=-1),
    ):
        found = INSIDE.put(book(row("conditions"), weak))
        assert (found.outcome, found.missing) == ("allowed_with_conditions", ())


def test_an_unknown_rule_above_that_says_the_same_changes_nothing():
    assert outcome(row("conditions", priority=5, when="built"), row("conditions")) == "allowed_with_conditions"


def test_only_what_can_matter_is_missing():
    """On the lower level conditions surely hold: whether the allowance beside them applies is all the same."""
    rules = [row("prohibit", priority=9, when="built"), row("conditions"), row("allow", when="wet")]
    found = INSIDE.put(book(*rules))
    assert (found.outcome, found.missing) == ("undetermined", ("facts.built",))


def test_a_pack_that_can_be_no_stricter_than_another_is_not_missing():
    packs = {
        "p": [row("conditions"), row("prohibit", when="built")],
        "q": [row("allow"), row("conditions", when="wet")],
    }
    found = INSIDE.put(book(**packs))
    assert (found.outcome, found.missing) == ("undetermined", ("facts.built",))


@pytest.mark.parametrize("effect", LEVELS)
def test_a_layer_that_is_not_loaded_never_allows(effect):
    rules = [row(effect, layer="land"), row("allow", priority=-1)]
    found = Question(PARCEL, {"water": ()}).put(book(*rules))
    same = effect == "allow"  # what is allowed either way is allowed
    assert found.outcome == ("allowed" if same else "undetermined")
    assert found.missing == (() if same else ("layers.land",))


def test_a_sure_prohibition_stands_where_a_layer_is_not_loaded():
    rules = [row("allow", layer="water"), row("prohibit", layer="land", where="zone=core")]
    found = Question(PARCEL, {"land": INSIDE.layers["land"]}).put(book(*rules))
    assert (found.outcome, found.missing) == ("prohibited", ())


def test_an_unknown_zone_leaves_it_open():
    rules = [row("allow"), row("prohibit", layer="land", where="zone=core")]
    for zone, wanted in (("core", "prohibited"), ("buffer", "allowed"), ("", "undetermined")):
        found = Question(PARCEL, {"land": (Patch(PARCEL, zone),)}).put(book(*rules))
        assert found.outcome == wanted
        assert found.missing == (("layers.land.zone",) if zone == "" else ())


def test_a_column_that_a_layer_lacks_is_not_known():
    rules = [row("allow"), row("prohibit", layer="land", where="part=core")]
    assert INSIDE.put(book(*rules)).missing == ("layers.land.part",)
    assert Question(PARCEL, {"land": ()}).put(book(*rules)).outcome == "allowed"  # it overlaps no polygon at all


# --- Dates ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ("2025-12-31", "undetermined"),  # before any rule
        ("2026-01-01", "prohibited"),  # the first day
        ("2026-06-30", "prohibited"),  # the last day
        ("2026-07-01", "allowed"),  # the next one begins
        ("9999-12-31", "allowed"),
    ],
)
def test_rules_hold_from_their_first_day_to_their_last(date, wanted):
    rules = [
        row("prohibit", valid_from="2026-01-01", valid_to="2026-06-30"),
        row("allow", valid_from="2026-07-01"),
    ]
    found = Question(PARCEL, facts={"date": date}).put(book(*rules))
    assert (found.outcome, found.missing) == (wanted, ("packs.p",) if wanted == "undetermined" else ())


def test_where_only_rules_of_another_time_speak_the_law_of_the_day_is_not_known():
    land = row("prohibit", layer="land", valid_from="2026-01-01", valid_to="2026-06-30")
    to = book(p=[land], q=[row("allow")])
    found = {
        day: Question(PARCEL, INSIDE.layers, {"date": day}).put(to)
        for day in ("2025-12-31", "2026-06-30", "2026-07-01")
    }
    assert [one.outcome for one in found.values()] == ["undetermined", "prohibited", "undetermined"]
    assert found["2025-12-31"].missing == found["2026-07-01"].missing == ("packs.p",)
    # Outside its ground the pack has nothing to say at any time.
    assert Question(PARCEL, {"land": (), "water": ()}, {"date": "2025-12-31"}).put(to).outcome == "allowed"


def test_each_of_many_questions_is_asked_on_its_own_day():
    rules = [row("prohibit", valid_from="2026-01-01", valid_to="2026-06-30"), row("allow", valid_from="2026-07-01")]
    days = ["2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01", "2030-01-01"]
    wanted = ["undetermined", "prohibited", "prohibited", "allowed", "allowed"]
    values, codes = fact_values({"activity": ["B"] * 5, "date": days}, TERMS)
    overlaps = INSIDE.control().overlaps(np.array([shape(PARCEL)] * 5, object))
    assert weigh(book(*rules), Situation(overlaps, values, codes)).outcome.tolist() == wanted


# --- Reference ------------------------------------------------------------------------------------------------------
SENT = [row("refer", refers_to="q", layer="land")]


def test_what_is_sent_to_a_pack_that_is_not_asked_is_open():
    found = INSIDE.put(book(p=SENT))
    assert (found.outcome, found.missing) == ("undetermined", ("packs.q",))


@pytest.mark.parametrize("effect", LEVELS)
def test_what_is_sent_to_a_pack_that_is_asked_is_decided_there(effect):
    found = INSIDE.put(book(p=SENT, q=[row(effect)]))
    assert (found.outcome, [rule.key for rule in found.decided_by]) == (WORDS[LEVELS[effect]], [("q", "R0")])


def test_a_reference_that_does_not_apply_asks_for_nothing():
    elsewhere = Question((10, 10, 12, 12), INSIDE.layers)
    assert elsewhere.put(book(p=[*SENT, row("allow")])).outcome == "allowed"


@pytest.mark.parametrize("priority", [-1, 0, 1])
def test_a_sure_prohibition_stands_beside_a_reference_to_a_pack_that_is_not_asked(priority):
    """Were that pack asked, the prohibition would stand whatever it said: so it stands now."""
    rules = [*SENT, row("prohibit", priority=priority)]
    for effect in LEVELS:
        assert outcome(p=rules, q=[row(effect)]) == "prohibited"
    assert outcome(p=rules) == "prohibited"


def test_a_question_sent_to_a_pack_that_does_not_answer_it_is_open():
    """That a third pack allows it is no answer."""
    found = INSIDE.put(book(p=SENT, q=[row("allow", activity="B")], r=[row("allow")]))
    assert (found.outcome, found.missing) == ("undetermined", ("packs.q",))
    assert outcome(p=SENT, q=[row("allow", activity="B")], r=[row("prohibit")]) == "prohibited"


def test_references_in_a_row_are_followed():
    """What is sent on twice is decided at the end, and open where nobody answers there."""
    on = [row("refer", refers_to="r")]
    for effect in LEVELS:
        assert outcome(p=SENT, q=on, r=[row(effect)]) == WORDS[LEVELS[effect]]
    found = INSIDE.put(book(p=SENT, q=on))
    assert (found.outcome, found.missing) == ("undetermined", ("packs.r",))


def test_a_reference_of_which_it_is_not_known_whether_it_applies():
    sent = [row("refer", refers_to="q", when="built"), row("allow")]
    found = INSIDE.put(book(p=sent))
    assert (found.outcome, set(found.missing)) == ("undetermined", {"packs.q", "facts.built"})
    assert outcome(p=sent, q=[row("allow")]) == "allowed"
    assert outcome(p=sent, question=Question(PARCEL, INSIDE.layers, {"built": False})) == "allowed"


def test_a_reference_leaves_open_only_what_may_be_stricter():
    packs = {"p": [*SENT, row("conditions")], "r": [row("conditions")]}
    assert INSIDE.put(book(**packs)).missing == ("packs.q",)
    assert outcome(**packs, q=[row("allow")]) == "allowed_with_conditions"


# --- Ground ---------------------------------------------------------------------------------------------------------
def test_a_parcel_that_reaches_out_of_the_study_is_open_unless_it_is_surely_prohibited():
    out = Question(PARCEL, INSIDE.layers, extent=(0, 0, 1, 9))
    found = out.put(book(row("allow")))
    assert (found.outcome, found.missing) == ("undetermined", ("parcel",))
    assert out.put(book(row("allow"), row("prohibit", layer="land"))).outcome == "prohibited"
    assert Question(PARCEL, INSIDE.layers, extent=PARCEL).put(book(row("allow"))).outcome == "allowed"


@pytest.mark.parametrize("when", ['not touches("water")', 'overlap_percent("water") < 50', 'overlap_m2("water") == 0'])
def test_what_lies_out_of_the_study_is_not_known_to_be_free(when):
    """That nothing is found where nobody looked does not say that nothing is there."""
    for extent in ((0, 0, 1, 9), (50, 50, 60, 60)):
        out = Question(PARCEL, INSIDE.layers, extent=extent)
        assert out.put(book(row("prohibit", when=when), row("allow"))).outcome == "undetermined"
    assert INSIDE.put(book(row("prohibit", when=when), row("allow"))).outcome == "prohibited"


def test_a_parcel_without_ground_is_open():
    from shapely import Polygon

    found = decide(book(row("allow")), INSIDE.control(), Parcel("P", Polygon()), INSIDE.known)
    assert (found.outcome, found.missing) == ("undetermined", ("parcel",))


# --- By trying everything -------------------------------------------------------------------------------------------
@random_worlds(100)
@given(packs_of_rules, questions(), st.sampled_from(["allow", "conditions"]))
def test_what_is_determined_comes_of_every_world_that_may_be_so(packs, question, base):
    packs = {**packs, "base": [row(base)]}
    to = book(**packs)
    found = question.put(to).outcome
    assume(found != "undetermined")
    worlds = completions(question, to.facts, references(packs), MOST)
    assert {level(packs, *world) for world in worlds} == {WORDS.index(found)}


@random_worlds(100)
@given(packs_of_rules, questions())
def test_where_all_is_known_the_answer_is_that_of_the_definition(packs, question):
    question = Question(
        question.parcel,
        {name: tuple(Patch(one.cells, one.zone or "core") for one in question.layers.get(name, ())) for name in LAYERS},
        {"built": True, "wet": False, "slope": 17.5, "stage": "mining", "since": "2020-01-01", "industry": "0610"}
        | dict(question.facts)
        | {"activity": "A.1.1", "industry": "0610"},
    )
    packs = {**packs, "elsewhere": packs.get("elsewhere", [row("allow", activity="B")])}
    packs["nowhere"] = [row("conditions", code="N", activity="A.2")]
    assert question.put(book(**packs)).outcome == outcome_of(levels_of(packs, question))


@st.composite
def read_once(draw):
    """Draw packs in which every condition is of facts that stand nowhere else."""
    left = iter(CLUES)
    packs = {}
    for name in ("p", "q")[: draw(st.integers(1, 2))]:
        rules = []
        for _ in range(draw(st.integers(1, 4))):
            text = draw(st.recursive(st.just("clue"), joined, max_leaves=2))
            parts = text.split("clue")
            when = parts[0] + "".join(next(left) + part for part in parts[1:])
            effect = draw(effects)
            sent = draw(st.sampled_from(["elsewhere", "nowhere"])) + name if effect == "refer" else ""
            whole = draw(st.sampled_from(["", when, when, when]))
            rules.append(row(effect, priority=draw(st.integers(0, 2)), refers_to=sent, when=whole))
        packs[name] = coded(rules)
    return packs


@random_worlds(80)
@given(read_once(), st.lists(st.sampled_from([True, False, None, None]), min_size=16, max_size=16))
def test_the_answer_is_exact_where_no_fact_is_asked_for_twice(packs, known):
    """Not more is left open than has to be: the answer is that of all worlds together."""
    sent = [one["refers_to"] for rules in packs.values() for one in rules if one["refers_to"]]
    assume(len(sent) == len(set(sent)))
    facts = {name: value for name, value in zip(CLUES, known, strict=True) if value is not None}
    question = Question(PARCEL, dict.fromkeys(LAYERS, ()), facts)
    assume(sum(name not in facts for name in book(**packs).facts) + 2 * len(sent) <= 10)
    levels = levels_of(packs, question)
    found = question.put(book(**packs))
    assert found.outcome == outcome_of(levels)
    bits, wanted = int(found.verdicts.bits[0]), sum(1 << one for one in levels)
    # Whether a reference applies may hang on the same fact as what decides in its place: then more is thought possible.
    assert bits & wanted == wanted
    assert sent or bits == wanted


@random_worlds(60)
@given(read_once(), st.lists(st.sampled_from([True, False, None, None]), min_size=16, max_size=16))
def test_what_is_missing_settles_the_question_and_something_of_it_matters(packs, known):
    """With every answer to all that is missing there is one outcome, and not the same one with each."""
    assume(not references(packs))
    facts = {name: value for name, value in zip(CLUES, known, strict=True) if value is not None}
    question = Question(PARCEL, dict.fromkeys(LAYERS, ()), facts)
    found = question.put(book(**packs))
    missing = [name.removeprefix("facts.") for name in found.missing]
    assert not set(missing) & set(facts)
    answers = {}
    for world, _ in completions(question, found.book.facts):
        answers.setdefault(tuple(world.facts[name] for name in missing), set()).add(level(packs, world, {}))
    assert all(len(levels) == 1 for levels in answers.values())
    assert bool(missing) == (len(set().union(*answers.values())) > 1)


# --- What follows ---------------------------------------------------------------------------------------------------
@random_worlds(80)
@given(packs_of_rules, questions(), st.sampled_from([*("p", "q")]), conditions, st.integers(-2, 3))
def test_a_further_prohibition_never_loosens_anything(packs, question, where, when, priority):
    """The answer stays, or it becomes prohibited, or it becomes open because the new condition is not known.

    In particular nothing becomes allowed, with conditions or without, that was not, and what is prohibited stays so:
    also where the new rule is of a low priority, or is the first of its pack.
    """
    before = question.put(book(**packs)).outcome
    more = {**packs, where: [*packs.get(where, []), row("prohibit", code="NEW", when=when, priority=priority)]}
    if where not in packs:
        # A pack that nobody asked may be one that others refer to: these two are not.
        assert all(one["refers_to"] != where for rules in packs.values() for one in rules)
    after = question.put(book(**more)).outcome
    assert after in {before, "prohibited", "undetermined"}
    assert after == "prohibited" or before != "prohibited"


POSITIVE = (
    *('touches("land")', 'touches("land", zone="core")', 'overlap_m2("land") > 20000', 'touches("land") and built'),
    *('overlap_percent("land", zone="core") >= 50', '30000 <= overlap_m2("land")'),
)


@random_worlds(80)
@given(
    packs_of_rules,
    questions(),
    st.lists(
        st.sampled_from(
            [
                *('touches("land")', 'touches("land", zone="core")', 'overlap_m2("land") > 20000'),
                *(
                    'overlap_percent("land", zone="core") >= 50',
                    'touches("land") and built',
                    '30000 <= overlap_m2("land")',
                ),
            ]
        ),
        min_size=1,
        max_size=3,
    ),
    patches(),
    st.data(),
)
def test_less_overlap_with_a_layer_that_only_prohibits_never_prohibits(packs, question, whens, ground, data):
    """The layer is asked for by prohibitions only, and none of them asks that it is not there."""
    others = {
        name: [one | {"layer": "", "where": ""} for one in rules if "land" not in one["when"]]
        for name, rules in packs.items()
    }
    added = [
        row("prohibit", code=f"L{at}", when=when, priority=data.draw(st.integers(-1, 2)))
        for at, when in enumerate(whens)
    ]
    packs = {**others, "p": [*others.get("p", []), *added]}
    kept = tuple(one for one in ground if data.draw(st.booleans()))
    answers = []
    for some in (ground, kept):
        asked = Question(question.parcel, {**question.layers, "land": some}, question.facts, question.extent)
        answers.append(asked.put(book(**packs)).outcome)
    assert answers[0] == "prohibited" or answers[1] != "prohibited"


def test_questions_are_weighed_each_for_itself():
    """Three activities about one parcel, as many questions as there are values."""
    from tests.policy.rule_worlds import TERMS

    from shanshui.policy.language.situations import Situation, fact_values

    rules = [row("prohibit", layer="land", activity="A.1.1"), row("conditions", activity="A", priority=-1)]
    control = INSIDE.control()
    shapes = np.array([shape(PARCEL)], object)
    values, codes = fact_values({"activity": ["A.1.1", "A.2", "B", "A"], "date": ["2026-01-01"] * 4}, TERMS)
    found = weigh(book(*rules), Situation(control.overlaps(shapes), values, codes, 4))
    assert found.outcome.tolist() == ["prohibited", "allowed_with_conditions", "undetermined", "undetermined"]
    assert {name: where.tolist() for name, where in found.missing().items()} == {
        "facts.activity": [False, False, False, True]
    }


@pytest.mark.parametrize(
    ("activities", "levels"),
    [
        (["A", "B"], [0b0010, 0b1000]),
        # Silence, what A is allowed, and what B is not.
        (["A", None], [0b0010, 0b1011]),
        ([None, "B"], [0b1011, 0b1000]),
    ],
)
def test_an_activity_that_one_question_names_is_not_that_of_the_others(activities, levels):
    facts, codes = fact_values({"activity": activities, "date": ["2026-06-30"] * 2}, TERMS)
    overlaps = INSIDE.control().overlaps(np.array([shape(PARCEL)], object))
    both = book(row("allow", activity="A"), row("prohibit", activity="B"))
    assert weigh(both, Situation(overlaps, facts, codes, 2)).bits.tolist() == levels
