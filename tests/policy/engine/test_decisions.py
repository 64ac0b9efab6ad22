import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box
from tests.policy.rule_worlds import (
    LAYERS,
    PARENT,
    QUESTION,
    Patch,
    Question,
    book,
    boxes,
    packs_of_rules,
    patches,
    questions,
    row,
    shape,
)

from shanshui.base.errors import StudyError
from shanshui.policy.engine import decisions
from shanshui.policy.engine.decisions import Parcel, decide, decide_all
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers

PARCEL = (0, 0, 2, 2)
INSIDE = Question(PARCEL, {"land": (Patch((0, 0, 4, 4), "core"),), "water": ()})
RULES = [row("prohibit", layer="land", activity="A.1"), row("conditions", activity="A", priority=-1)]


def random_worlds(number):
    unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(deadline=None, max_examples=number, suppress_health_check=unhurried)


def faults(call, *given, **others):
    with pytest.raises(StudyError) as caught:
        call(*given, **others)
    return {problem.key: problem.fault for problem in caught.value.problems}


# --- One question ---------------------------------------------------------------------------------------------------
def test_a_decision_says_which_rules_decide_and_keeps_what_was_asked():
    found = INSIDE.put(book(*RULES))
    assert found.outcome == found.without_slivers == "prohibited"
    assert [rule.code for rule in found.decided_by] == ["R0"]
    assert (found.ties, found.missing) == ((), ())
    assert found.facts == QUESTION
    assert found.parcel.key == "P"
    assert found.verdicts.situation.area_m2.tolist() == [40000.0]


def put(facts):
    return decide(book(*RULES), INSIDE.control(), Parcel("P", shape(PARCEL)), facts)


@pytest.mark.parametrize("blank", [None, "", "  ", float("nan"), pd.NaT, pd.NA])
def test_activity_and_date_must_be_known(blank):
    assert set(faults(put, {})) == {"activity", "date"}
    for name in ("activity", "date"):
        assert list(faults(put, QUESTION | {name: blank})) == [name]


def test_facts_that_cannot_be_are_told_all_at_once():
    wrong = QUESTION | {"slope": "steep", "built": 7, "slop": 3, "area_m2": 5}
    assert set(faults(put, wrong)) == {"facts.slope", "facts.built", "facts.slop", "facts.area_m2"}
    assert "facts.activity" in faults(put, QUESTION | {"activity": "Z"})
    assert "facts.date" in faults(put, QUESTION | {"date": "soon"})


# --- What was measured of the parcel --------------------------------------------------------------------------------
GENTLE = [row("conditions", layer="land", when="slope < 25"), row("prohibit", layer="land", when="slope >= 25")]


def measured(stated=None, rules=GENTLE, **facts):
    parcel = Parcel("P", shape(PARCEL), measured=facts)
    return decide(book(*rules), INSIDE.control(), parcel, QUESTION | (stated or {}))


def test_what_was_measured_answers_where_it_is_not_stated():
    assert measured().missing == ("facts.slope",)
    assert [measured(slope=value).outcome for value in (24.9, 25.0)] == ["allowed_with_conditions", "prohibited"]
    assert (measured(slope=10).facts, measured(slope=10).measured) == (QUESTION | {"slope": 10.0}, {"slope"})
    assert measured({"slope": 30}, slope=10).outcome == "prohibited"
    assert measured({"slope": 30}, slope=10).measured == frozenset()


def test_what_was_measured_and_no_rule_asks_for_is_no_part_of_the_question():
    found = measured(rules=RULES, slope=10)
    assert (found.facts, found.measured) == (QUESTION, frozenset())


def test_what_was_measured_cannot_be_made_another():
    assert measured({"slope": 30}).other_facts == ([("slope", np.nextafter(25.0, 0))], "allowed_with_conditions")
    assert measured(slope=30).other_facts is None


def test_measured_values_that_cannot_be_are_told():
    assert set(faults(measured, slope="steep")) == {"facts.slope"}


@pytest.mark.parametrize("value", [True, "yes", 1, np.True_, 1.0])
def test_a_fact_is_the_same_however_it_is_spelled(value):
    found = decide(
        book(row("prohibit", when="built")), ControlLayers([]), Parcel("P", shape(PARCEL)), QUESTION | {"built": value}
    )
    assert (found.outcome, found.facts["built"]) == ("prohibited", True)


def test_what_would_come_of_each_answer():
    rules = [
        row("prohibit", when='stage == "mining" and not built', priority=1),
        row("conditions", when='stage == "survey"'),
        row("allow", when='stage != "survey"'),
    ]
    found = Question(PARCEL, {}, {"built": False}).put(book(*rules))
    assert found.missing == ("facts.stage",)
    assert found.answers == [
        ("stage", "survey", "allowed_with_conditions"),
        ("stage", "mining", "prohibited"),
        ("stage", "closing", "allowed"),
    ]
    built = Question(PARCEL, {}, {"stage": "mining"}).put(book(*rules))
    assert built.answers == [("built", True, "allowed"), ("built", False, "prohibited")]
    assert INSIDE.put(book(*RULES)).answers == []


@random_worlds(60)
@given(packs_of_rules, questions())
def test_each_answer_is_that_of_the_question_with_this_fact(packs, question):
    to = book(**packs)
    for name, value, outcome in question.put(to).answers:
        facts = {**question.facts, name: value}
        assert Question(question.parcel, question.layers, facts, question.extent).put(to).outcome == outcome


# --- Slivers --------------------------------------------------------------------------------------------------------
def strip(width, scale=10_000):
    """Give a layer that overlaps the east rim of a parcel of 100 m by so much."""
    layer = ControlLayer.of("land", [box(100 - width, -50, 300, 150)], ["L"], scale=scale)
    parcel = Parcel("P", box(0, 0, 100, 100))
    return decide(
        book(row("prohibit", layer="land"), row("allow", priority=-1)), ControlLayers([layer]), parcel, QUESTION
    )


@pytest.mark.parametrize(
    ("width", "scale", "outcome", "without"),
    [
        (0, 10_000, "allowed", "allowed"),
        (0.0005, 10_000, "allowed", "allowed"),  # dust: half a millimetre
        (0.01, 10_000, "prohibited", "allowed"),
        (4.9, 10_000, "prohibited", "allowed"),  # 0.5 mm at 1 : 10,000 are 5 m
        (5.1, 10_000, "prohibited", "prohibited"),
        (5.1, 50_000, "prohibited", "allowed"),  # 25 m
        (25.5, 50_000, "prohibited", "prohibited"),
        (0.6, 1_000, "prohibited", "prohibited"),  # 0.5 m
    ],
)
def test_slivers_count_and_it_is_told_what_would_be_without_them(width, scale, outcome, without):
    found = strip(width, scale)
    assert (found.outcome, found.without_slivers) == (outcome, without)
    table = decide_all(found.book, found.layers, [found.parcel.polygon], QUESTION)
    assert table[["outcome", "without_slivers"]].to_numpy().tolist() == [[outcome, without]]


# --- Many questions -------------------------------------------------------------------------------------------------
def singly(to, control, parcels, facts):
    """Decide one parcel after the other."""
    found = []
    for polygon, each in zip(parcels, facts, strict=True):
        one = decide(to, control, Parcel("P", polygon), each)
        found.append(
            {
                "area_m2": one.verdicts.situation.area_m2[0],
                "outcome": one.outcome,
                "without_slivers": one.without_slivers,
                "rules": "; ".join(":".join(rule.key) for rule in one.decided_by),
                "missing": "; ".join(one.missing),
                "ties": "; ".join(f"{name}:{'/'.join(codes)}" for name, codes in one.ties),
            }
        )
    return pd.DataFrame(found)


def sorted_cells(table):
    """Bring what is named in one cell to one order."""
    named = ["rules", "missing", "ties"]
    return table.assign(**{name: table[name].map(lambda text: "; ".join(sorted(text.split("; ")))) for name in named})


def placed(cells, shift):
    """Give a parcel that does not keep to the cells."""
    return shapely.affinity.translate(shape(cells), *shift)


@st.composite
def batches(draw):
    layers = {name: draw(patches()) for name in LAYERS if draw(st.integers(0, 3))}
    extent = draw(st.sampled_from([None, (0, 0, 4, 6)]))
    shifts = st.sampled_from([(0, 0), (3, 0), (0, -50), (99.9995, 0), (97, 1.5)])
    parcels = [placed(draw(boxes()), draw(shifts)) for _ in range(draw(st.integers(1, 9)))]
    facts = {
        "activity": [draw(st.sampled_from(list(PARENT))) for _ in parcels],
        "slope": [draw(st.sampled_from([5, 10, 25, None])) for _ in parcels],
        "built": draw(st.sampled_from([True, False, None])),
        "stage": [draw(st.sampled_from(["mining", "survey", ""])) for _ in parcels],
        "date": [draw(st.sampled_from(["2026-06-30", "2026-07-01", "2026-08-01"])) for _ in parcels],
    }
    return Question(PARCEL, layers, extent=extent).control(), parcels, facts


@random_worlds(50)
@given(packs_of_rules, batches())
def test_many_questions_are_answered_as_each_by_itself(packs, batch):
    control, parcels, facts = batch
    to = book(**packs)
    single = [
        {name: value[at] if isinstance(value, list) else value for name, value in facts.items()}
        for at in range(len(parcels))
    ]
    table = decide_all(to, control, parcels, facts)
    pd.testing.assert_frame_equal(
        sorted_cells(table), sorted_cells(singly(to, control, parcels, single)), check_dtype=False, check_exact=True
    )
    for portion in (1, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(decisions, "PORTION", portion)
            pd.testing.assert_frame_equal(sorted_cells(decide_all(to, control, parcels, facts)), sorted_cells(table))


def test_one_value_is_that_of_all_parcels():
    parcels = [shape((at, 0, at + 1, 1)) for at in (0, 3, 6)]
    rules = [row("prohibit", layer="land", when="built"), row("allow", activity="A", priority=-1)]
    to, control = book(*rules), INSIDE.control()
    one = decide_all(to, control, parcels, QUESTION | {"built": True})
    assert one.outcome.tolist() == ["prohibited", "prohibited", "allowed"]
    each = {"built": [True] * 3, "activity": np.array(["A.1"] * 3), "date": pd.Series(["2026-06-30"] * 3)}
    pd.testing.assert_frame_equal(one, decide_all(to, control, parcels, each))
    varied = decide_all(to, control, parcels, QUESTION | {"built": [False, None, None]})
    assert varied.outcome.tolist() == ["allowed", "undetermined", "allowed"]
    assert varied.missing.tolist() == ["", "facts.built", ""]
    assert varied.rules.tolist() == ["p:R1", "", "p:R1"]


def test_ties_are_told_of_many_too():
    rules = [row("allow"), row("conditions"), row("prohibit", layer="land")]
    table = decide_all(book(*rules), INSIDE.control(), [shape(PARCEL), shape((9, 9, 10, 10))], QUESTION)
    assert table.outcome.tolist() == ["prohibited", "allowed_with_conditions"]
    assert set(table.ties[0].split("; ")) == {"p:R0/R1", "p:R0/R2", "p:R1/R2"}
    assert table.ties[1] == "p:R0/R1"


@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_as_many_values_as_parcels(number):
    parcels = [shape(PARCEL)] * 3
    told = faults(decide_all, book(*RULES), INSIDE.control(), parcels, QUESTION | {"built": [True] * number})
    assert f"{number} values for 3 parcels" in told["built"]


def test_what_is_missing_in_one_row_is_refused():
    call = (decide_all, book(*RULES), INSIDE.control(), [shape(PARCEL)] * 2)
    assert list(faults(*call, QUESTION | {"date": ["2026-06-30", ""]})) == ["date"]
    assert list(faults(*call, QUESTION | {"activity": ["A", None]})) == ["activity"]
    assert set(faults(*call, {})) == {"activity", "date"}


@pytest.mark.parametrize("value", ["", []])
def test_no_parcels_no_answers(value):
    table = decide_all(book(*RULES), INSIDE.control(), [], QUESTION | {"built": value})
    assert len(table) == 0
    assert list(table) == ["area_m2", "outcome", "without_slivers", "rules", "missing", "ties"]


def test_geometry_that_is_none_is_open_among_others_that_are_decided():
    crossed = shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)])  # two triangles of 10,000 m2 each
    parcels = [shapely.Polygon(), shape(PARCEL), None, crossed, shapely.LineString([(0, 0), (1, 1)])]
    table = decide_all(book(*RULES), INSIDE.control(), parcels, QUESTION)
    assert table.outcome.tolist() == ["undetermined", "prohibited", "undetermined", "prohibited", "undetermined"]
    assert table.missing.tolist() == ["parcel", "", "parcel", "", "parcel"]
    assert table.area_m2.tolist()[3] == pytest.approx(20_000)


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(decisions, "PORTION", 2)
    done = []
    decide_all(book(*RULES), INSIDE.control(), [shape(PARCEL)] * 5, QUESTION, done.append)
    assert done == [2, 4, 5]
