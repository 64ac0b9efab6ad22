import math
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from tests.policy.rule_worlds import TERMS, Patch, Question, shape

from shanshui.base.errors import StudyError
from shanshui.policy.language.parsing import day
from shanshui.policy.language.situations import Situation, fact_values, plain_facts

PARCEL = (0, 0, 2, 2)


def values(name, *given):
    return fact_values({name: list(given)}, TERMS)[0][name].tolist()


def faults(**given):
    with pytest.raises(StudyError) as caught:
        fact_values({name: [value] for name, value in given.items()}, TERMS)
    return caught.value.problems


def situation(*parcels, layers=None, facts=None, extent=None):
    found, codes = fact_values(facts or {}, TERMS)
    control = Question(PARCEL, layers or {}, extent=extent).control()
    return Situation(control.overlaps(np.array([shape(parcel) for parcel in parcels], object)), found, codes)


# --- Values -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "yes", [True, np.True_, 1, 1.0, np.int64(1), np.float32(1), "yes", "Yes", " TRUE ", "y", "1", "是"]
)
def test_every_spelling_of_yes(yes):
    assert values("built", yes) == [1.0]
    assert plain_facts({"built": yes}, TERMS) == {"built": True}


@pytest.mark.parametrize(
    "no", [False, np.False_, 0, 0.0, np.int64(0), np.float32(0), "no", "NO", "false", "n", "0", "否"]
)
def test_every_spelling_of_no(no):
    assert values("built", no) == [0.0]
    assert plain_facts({"built": no}, TERMS) == {"built": False}


UNKNOWN = [None, "", "  ", math.nan, np.float64("nan"), np.float32("nan"), pd.NA, pd.NaT]


@pytest.mark.parametrize("unknown", UNKNOWN, ids=repr)
@pytest.mark.parametrize("name", ["built", "slope", "since", "date"])
def test_every_spelling_of_not_known(name, unknown):
    assert math.isnan(values(name, unknown)[0])
    assert plain_facts({name: unknown}, TERMS) == {}


@pytest.mark.parametrize("unknown", UNKNOWN, ids=repr)
@pytest.mark.parametrize("name", ["stage", "activity", "industry"])
def test_a_code_that_is_not_known(name, unknown):
    assert values(name, unknown) == [-1]
    assert plain_facts({name: unknown}, TERMS) == {}


@pytest.mark.parametrize("number", [25, 25.0, "25", " 25.0 ", "2.5e1", np.int32(25), np.float32(25)])
def test_every_spelling_of_a_number(number):
    assert values("slope", number) == [25.0]
    assert plain_facts({"slope": number}, TERMS) == {"slope": 25.0}


def test_numbers_keep_all_their_digits():
    given = [0.1, math.nextafter(25, 30), -1e-300, 1e300, 123456789.123456789, -0.5]
    assert values("slope", *given) == given


@pytest.mark.parametrize(
    "given",
    [
        *(
            "2026-06-30",
            " 2026-06-30 ",
            date(2026, 6, 30),
            datetime(2026, 6, 30, 23, 59),
            pd.Timestamp("2026-06-30 12:00"),
        ),
        *(np.datetime64("2026-06-30"), np.datetime64("2026-06-30T12:00:00", "ns")),
    ],
    ids=repr,
)
def test_every_spelling_of_a_date(given):
    assert values("since", given) == [date(2026, 6, 30).toordinal()]
    assert plain_facts({"since": given}, TERMS) == {"since": "2026-06-30"}


def test_codes_are_numbered_and_what_is_not_known_is_below_all():
    found, codes = fact_values(
        {"stage": ["mining", None, "survey", "mining"], "activity": ["B", "A.1", "", "B"]}, TERMS
    )
    assert codes == {"stage": ("mining", "survey"), "activity": ("A.1", "B")}
    assert found["stage"].tolist() == [0, -1, 1, 0]
    assert found["activity"].tolist() == [1, 0, -1, 1]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("built", "maybe", "is 'maybe'"),
        ("built", 2, "is '2'"),
        ("built", 0.5, "is '0.5'"),
        ("slope", "steep", "'steep' is no number"),
        ("slope", True, "'yes' is no number"),
        ("slope", "inf", "'inf' is no number"),
        ("slope", math.inf, "'inf' is no number"),
        ("slope", "25 %", "'25 %' is no number"),
        ("since", "30.6.2026", "'30.6.2026' is no date"),
        ("since", "2026-02-29", "'2026-02-29' is no date"),
        ("since", 2026, "'2026' is no date"),
        ("since", "20260630", "'20260630' is no date"),
        ("stage", "minin", "there is no 'minin'"),
        ("stage", 3, "there is no '3'"),
        ("activity", "a.1", "there is no activity 'a.1'"),
        ("activity", "A.3", "there is no activity 'A.3'"),
        ("industry", "6", "there is no industry '6'"),
        ("industry", 6.0, "did you mean '06'"),
        ("industry", "999", "there is no industry '999'"),
        ("industry", "Z", "there is no industry 'Z'"),
        ("slopes", 3, "is no fact that rules ask for"),
        ("area_m2", 3, "is measured"),
    ],
)
def test_what_a_fact_cannot_be(name, value, fault):
    (problem,) = faults(**{name: value})
    assert problem.key == f"facts.{name}"
    assert fault in problem.fault
    assert problem.mend


def test_all_faults_at_once():
    keys = [
        problem.key for problem in faults(built="maybe", slope="steep", since="soon", stage="x", activity="Z", slop=1)
    ]
    assert keys == ["facts.activity", "facts.built", "facts.since", "facts.slop", "facts.slope", "facts.stage"]


def test_the_mend_names_what_was_meant_and_the_key_is_that_of_the_caller():
    with pytest.raises(StudyError, match=r"question\.slop: .*did you mean 'slope'"):
        fact_values({"slop": [3]}, TERMS, "question")


# --- What is known of a question ------------------------------------------------------------------------------------
def test_what_is_not_given_is_not_known():
    asked = situation(PARCEL, PARCEL)
    assert asked.count == 2
    assert asked.yes_no("built").words().tolist() == ["unknown"] * 2
    assert asked.number("slope").low.tolist() == [-math.inf] * 2
    assert asked.number("slope").high.tolist() == [math.inf] * 2
    numbers, codes = asked.codes("stage")
    assert (numbers.tolist(), codes) == ([-1, -1], ())


def test_numbers_lie_between_what_they_may_be():
    asked = situation(PARCEL, PARCEL, facts={"slope": [3, None], "date": ["2026-01-01", "2026-01-02"]})
    assert asked.number("slope").low.tolist() == [3, -math.inf]
    assert asked.number("slope").high.tolist() == [3, math.inf]
    assert asked.number("date").low.tolist() == [day("2026-01-01"), day("2026-01-02")]
    assert asked.number("area_m2").low.tolist() == asked.number("area_m2").high.tolist() == [40000.0] * 2


def test_ground_is_known_between_what_surely_and_what_possibly_fits():
    """Of four cells one is surely core, one perhaps; a layer that is not loaded may cover nothing or all."""
    layers = {"land": (Patch((0, 0, 1, 1), "core"), Patch((1, 0, 2, 1), ""))}
    asked = situation(PARCEL, (5, 5, 6, 6), layers=layers)
    core = (("zone", ("core",)),)
    assert [part.tolist() for part in asked.overlap("land", core)] == [[10000.0, 0.0], [20000.0, 0.0]]
    assert [part.tolist() for part in asked.overlap("land", ())] == [[20000.0, 0.0]] * 2
    assert [part.tolist() for part in asked.overlap("water", ())] == [[0.0, 0.0], [40000.0, 10000.0]]
    assert asked.touches("land", core).words().tolist() == ["yes", "no"]
    assert asked.touches("water", ()).words().tolist() == ["unknown"] * 2


def test_out_of_the_study_anything_may_be():
    """Found is what lies within; all of the parcel may lie in the layer where part of it is not known."""
    layers = {"land": (Patch((0, 0, 1, 1), "core"),)}
    asked = situation(PARCEL, (0, 0, 1, 2), (1, 0, 3, 2), layers=layers, extent=(0, 0, 1, 2))
    assert asked.touches("land", ()).words().tolist() == ["yes", "yes", "unknown"]
    low, high = asked.overlap("land", ())
    assert low.tolist() == [10000.0, 10000.0, 0.0]
    assert high[1] == 10000.0  # wholly within
    assert high[0] >= 30000.0  # 10,000 m2 found, 20,000 m2 out there
    assert high[2] == 40000.0


def test_without_slivers():
    """A strip of 4 m is narrower than half a millimetre at 1 : 10,000, one of 6 m is not."""
    from shapely import box

    from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers

    parcels = np.array([box(0, 0, 100, 100), box(200, 0, 300, 100)], object)
    layer = ControlLayer.of("land", [box(96, -9, 150, 109), box(294, -9, 350, 109)], ["narrow", "wide"], scale=10_000)
    facts, codes = fact_values({"built": ["yes", "no"]}, TERMS)
    asked = Situation(ControlLayers([layer]).overlaps(parcels), facts, codes)
    assert asked.touches("land", ()).words().tolist() == ["yes", "yes"]
    less = asked.without_slivers()
    assert less.touches("land", ()).words().tolist() == ["no", "yes"]
    assert less.overlap("land", ()).low.tolist() == [0.0, pytest.approx(600.0)]
    assert less.yes_no("built").words().tolist() == ["yes", "no"]
    assert asked.touches("land", ()).words().tolist() == ["yes", "yes"]  # the first is as it was


def test_without_slivers_only_layers_that_have_some_are_asked_anew():
    from shapely import box

    from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
    from shanshui.policy.language.parsing import parse

    strip, half = (
        ControlLayer.of("land", [box(96, 0, 150, 100)], ["L"]),
        ControlLayer.of("water", [box(0, 0, 50, 100)], ["W"]),
    )
    facts, codes = fact_values({"built": ["yes"]}, TERMS)
    asked = Situation(ControlLayers([strip, half]).overlaps(np.array([box(0, 0, 100, 100)], object)), facts, codes)
    told = {
        text: parse(text, TERMS) for text in ("built", 'touches("water")', 'touches("land")', 'overlap_m2("land") > 9')
    }
    both = parse('touches("water") and built', TERMS)
    mixed = parse('touches("land") and built', TERMS)
    for condition in (*told.values(), both, mixed):
        assert condition.truth(asked).words().tolist() == ["yes"]
    less = asked.without_slivers()
    known = {id(told["built"]), id(told['touches("water")']), id(both)}
    assert known <= set(less.truths)
    assert not {id(told['touches("land")']), id(told['overlap_m2("land") > 9']), id(mixed)} & set(less.truths)
    found = [condition.truth(less).words()[0] for condition in (*told.values(), both, mixed)]
    assert found == ["yes", "yes", "no", "no", "yes", "no"]


def test_areas_are_measured_once(monkeypatch):
    asked = situation(PARCEL, layers={"land": (Patch((0, 0, 1, 1), "core"), Patch((1, 0, 2, 1), "buffer"))})
    core, buffer = (("zone", ("core",)),), (("zone", ("core", "buffer")),)
    first = asked.overlap("land", core)
    assert asked.overlap("land", buffer).low.tolist() == [20000.0]
    monkeypatch.setattr(asked.overlaps, "area", None)
    assert asked.overlap("land", core) is first
    assert first.low.tolist() == [10000.0]
