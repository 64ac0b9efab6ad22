import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from shapely import box
from tests.policy.rule_worlds import QUESTION, TERMS, Question, book, coded, pack, packs_of_rules, questions, row

from shanshui.policy.engine.decisions import Parcel, decide
from shanshui.policy.engine.trace import digest, trace
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
from shanshui.policy.language.terms import Activity, Terms
from shanshui.policy.rules.packs import RuleBook

RULES = [
    row("prohibit", code="P", layer="land", where="zone=core", activity="A.1", when="not built", priority=2),
    row("conditions", code="C", when="slope < 25 or wet"),
    row("allow", code="A", valid_to="2026-06-29"),
    row("refer", code="S", refers_to="q", layer="water"),
]
LAND = [box(60, -9, 200, 50), box(0, 50, 30, 200), box(500, 0, 600, 9)]


def layers(**changes):
    said = {"columns": {"zone": ["core", "", "core"], "level": ["a", "b", "c"]}, "scale": 10_000, "digest": "land-1"}
    land = ControlLayer.of(**{"name": "land", "polygons": LAND, "keys": ["L-1", "L-2", "L-3"]} | said | changes)
    return ControlLayers([land, ControlLayer.of("water", [box(96, -9, 200, 200)], ["W-1"], digest="water-1")])


def decision(to=None, control=None, parcel=None, facts=None):
    parcel = parcel or Parcel("D-17", box(0, 0, 100, 100), 9876.5, ("a ring was closed",))
    facts = QUESTION | {"built": False, "slope": 10} if facts is None else facts
    control = layers() if control is None else control
    return decide(to or book(p=RULES, q=[row("allow", code="Q")]), control, parcel, facts)


@pytest.fixture(scope="module")
def told():
    return trace(decision())


# --- What it tells --------------------------------------------------------------------------------------------------
def test_the_question(told):
    assert told["question"] == {
        "parcel": "D-17",
        "polygon": told["question"]["polygon"],
        "area_m2": 10_000.0,
        "statutory_area_m2": 9876.5,
        "reaches_out": False,
        "activity": "A.1",
        "industry": "",
        "date": "2026-06-30",
        "facts": {"built": False, "slope": 10.0},
        "measured": [],
    }
    assert len(told["question"]["polygon"]) == 64


def test_packs_and_layers(told):
    assert [(one["name"], one["version"], len(one["digest"])) for one in told["packs"]] == [
        ("p", "2026-01-01", 64),
        ("q", "2026-01-01", 64),
    ]
    assert told["layers"] == [
        {"name": "land", "loaded": True, "digest": "land-1", "scale": 10_000, "tolerance_m": 5.0, "source": ""},
        {"name": "water", "loaded": True, "digest": "water-1", "scale": 10_000.0, "tolerance_m": 5.0, "source": ""},
    ]
    without = trace(decision(control=ControlLayers([])))
    assert without["layers"] == [{"name": "land", "loaded": False}, {"name": "water", "loaded": False}]
    assert without["overlaps"] == []


def test_overlaps_as_an_overlay_of_their_own_finds_them(told):
    """40 x 50 m, 30 x 50 m and a strip of 4 m, which is a sliver at 1 : 10,000."""
    found = [tuple(one.values()) for one in told["overlaps"]]
    assert list(told["overlaps"][0]) == ["layer", "polygon", "area_m2", "percent", "sliver", "columns"]
    assert found == [
        ("land", "L-1", 2000.0, 20.0, False, {"zone": "core"}),
        ("land", "L-2", 1500.0, 15.0, False, {"zone": ""}),
        ("water", "W-1", 400.0, 4.0, True, {}),
    ]


def test_rules_each_with_what_it_asked_and_saw(told):
    prohibit, conditions, allow, refer, other = told["rules"]
    assert prohibit == {
        "pack": "p",
        "code": "P",
        "effect": "prohibit",
        "priority": 2,
        "holds": "yes",
        "conditions": [
            {"text": 'touches("land", zone="core")', "holds": "yes"},
            {"text": 'activity == "A.1"', "holds": "yes"},
            {"text": "not built", "holds": "yes"},
        ],
        "polygons": [["land", "L-1"], ["land", "L-2"]],  # of the second it is not known
        "missing": [],
    }
    assert conditions["conditions"] == [{"text": "slope < 25 or wet", "holds": "yes"}]
    assert (allow["holds"], allow["conditions"], allow["polygons"]) == ("not in force", [], [])
    assert (refer["holds"], refer["polygons"]) == ("yes", [["water", "W-1"]])
    assert (other["pack"], other["holds"], other["conditions"]) == ("q", "yes", [])


def test_outcomes(told):
    assert told["outcomes"] == {"p": "prohibited", "q": "allowed"}
    assert (told["outcome"], told["without_slivers"]) == ("prohibited", "prohibited")
    assert told["decided_by"] == [["p", "P"]]
    assert (told["ties"], told["missing"]) == ([], [])
    assert told["notes"] == ["a ring was closed"]


def test_the_smallest_change(told):
    change = told["smallest_change"]
    ground = {"cut": [["L-1", 2000.0], ["L-2", 1500.0]], "area_m2": 3500.0, "outcome": "allowed_with_conditions"}
    assert change["ground"] | {"cut": [[one["polygon"], one["area_m2"]] for one in change["ground"]["cut"]]} == ground
    assert change["facts"] == {
        "changes": [{"fact": "built", "from": False, "to": True}],
        "outcome": "allowed_with_conditions",
    }
    # A may be A.1, and A.1.1 is.
    assert change["activities"] == [["A.2", "allowed_with_conditions"], ["B", "allowed_with_conditions"]]
    assert change["answers"] == []


def test_what_is_not_known():
    found = trace(decision(facts=QUESTION | {"slope": 10}))
    assert found["outcome"] == "undetermined"
    assert found["missing"] == ["facts.built"]
    first = found["rules"][0]
    assert (first["holds"], first["missing"]) == ("unknown", ["facts.built"])
    assert first["conditions"][2] == {"text": "not built", "holds": "unknown"}
    assert found["decided_by"] == []
    assert found["smallest_change"] == {
        "ground": None,
        "facts": None,
        "activities": [["A.2", "allowed_with_conditions"], ["B", "allowed_with_conditions"]],
        "answers": [["built", True, "allowed_with_conditions"], ["built", False, "prohibited"]],
    }


def test_ties_and_silent_packs():
    found = trace(decision(book(p=coded([row("allow"), row("prohibit")]), q=[row("allow", activity="B")])))
    assert found["ties"] == [{"pack": "p", "rules": ["R0", "R1"]}]
    assert found["outcomes"] == {"p": "prohibited", "q": None}


@pytest.mark.parametrize("effect", ["allow", "prohibit"])
def test_that_a_parcel_reaches_out_of_the_study_is_told(effect):
    control = ControlLayers([], extent=box(0, 0, 50, 50))
    found = trace(decision(book(row(effect)), control))
    assert any("reaches out of the study" in note for note in found["notes"])
    assert "a ring was closed" in found["notes"]
    inside = trace(decision(book(row(effect)), ControlLayers([], extent=box(-1, -1, 101, 101))))
    assert inside["notes"] == ["a ring was closed"]


def test_a_parcel_without_ground():
    found = trace(decision(parcel=Parcel("E", shapely.Polygon())))
    assert (found["outcome"], found["question"]["area_m2"], found["overlaps"]) == ("undetermined", 0.0, [])


def test_areas_are_told_to_a_hundredth_and_shares_to_a_ten_thousandth():
    """A strip of 33.33337 m of 100 m: 3333.337 m2, 33.33337 %."""
    control = ControlLayers([ControlLayer.of("land", [box(100 - 33.33337, -9, 200, 200)], ["L"])])
    (one,) = trace(decision(control=control))["overlaps"]
    assert (one["area_m2"], one["percent"]) == (3333.34, 33.3334)


# --- The hash -------------------------------------------------------------------------------------------------------
def test_the_hash_is_that_of_all_else_but_the_notes(told):
    rest = {name: value for name, value in told.items() if name not in ("hash", "notes")}
    said = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert told["hash"] == hashlib.sha256(said.encode()).hexdigest() == digest(told) == digest(rest)
    # It survives being written and read.
    assert digest(json.loads(json.dumps(told))) == told["hash"]
    assert digest(told | {"outcome": "allowed"}) != told["hash"]


def test_the_same_question_gives_the_same_hash(told):
    assert trace(decision())["hash"] == told["hash"]
    ring = Parcel("D-17", shapely.Polygon([(100, 0), (0, 0), (0, 100), (100, 100)]), 9876.5, ("a ring was closed",))
    assert trace(decision(parcel=ring))["hash"] == told["hash"]  # the same ground, drawn from another corner
    for facts in ({"slope": "10.0", "built": "no"}, {"built": 0, "slope": 10.0, "wet": None, "industry": ""}):
        assert trace(decision(facts=facts | QUESTION))["hash"] == told["hash"]


def test_a_fact_that_was_measured_is_told_apart_from_one_that_was_stated(told):
    unstated = QUESTION | {"built": False}
    found = trace(decision(**parcel_with(measured={"slope": 10.0}), facts=unstated))
    assert found["question"] == told["question"] | {"measured": ["slope"]}
    assert (found["outcome"], found["notes"]) == (told["outcome"], told["notes"])
    assert found["hash"] != told["hash"]


@pytest.mark.parametrize(("measured", "notes"), [(10.0, 0), (27.5, 1)])
def test_a_statement_that_is_not_what_was_measured_is_said(told, measured, notes):
    found = trace(decision(**parcel_with(measured={"slope": measured})))
    said = [note for note in found["notes"] if note == "slope is stated as 10.0, and was measured as 27.5"]
    assert len(said) == notes
    assert found["hash"] == told["hash"]


def test_how_the_data_came_to_be_as_it_is_does_not_count(told):
    found = trace(decision(**parcel_with(notes=())))
    assert found["notes"] == []
    assert found["hash"] == told["hash"]


def parcel_with(**changes):
    said = {"key": "D-17", "polygon": box(0, 0, 100, 100), "statutory_area_m2": 9876.5, "notes": ("a ring was closed",)}
    return {"parcel": Parcel(**said | changes)}


def facts_with(**changes):
    return {"facts": QUESTION | {"built": False, "slope": 10} | changes}


def rules_with(**changes):
    return {"to": book(p=[RULES[0] | changes, *RULES[1:]], q=[row("allow", code="Q")])}


MORE = Terms(TERMS.facts, {**TERMS.activities, "Z": Activity("Z")})
CHANGES = {
    "a corner of the parcel moved by a millimetre": parcel_with(polygon=box(0, 0, 100, 100.001)),
    "the parcel moved": parcel_with(polygon=box(0, 0, 101, 100)),
    "its key": parcel_with(key="D-18"),
    "its statutory area": parcel_with(statutory_area_m2=None),
    "a fact": facts_with(built=True),
    "a fact that changes no answer": facts_with(slope=11),
    "a fact no rule asks for": facts_with(stage="mining"),
    "a fact that is not known": facts_with(built=None),
    "the activity": facts_with(activity="A.1.1"),
    "the industry": facts_with(industry="06"),
    "the date": facts_with(date="2026-07-01"),
    "what the layer was read from": {"control": layers(digest="land-2")},
    "its scale": {"control": layers(scale=25_000)},
    "a polygon under the parcel": {"control": layers(polygons=[box(59.9, -9, 200, 50), *LAND[1:]])},
    "the key of a polygon": {"control": layers(keys=["L-9", "L-2", "L-3"])},
    "a value that rules ask for": {"control": layers(columns={"zone": ["core", "core", "core"]})},
    "a layer that is not loaded": {"control": ControlLayers([layers()["land"]])},
    "a word of a rule": rules_with(english="other text"),
    "the document": rules_with(document="another law"),
    "the status": rules_with(status="literature"),
    "a condition": rules_with(when="not built and slope < 90"),
    "its last day": rules_with(valid_to="2030-01-01"),
    "a rule less": {"to": book(p=RULES[:3], q=[row("allow", code="Q")])},
    "a pack less": {"to": book(p=RULES)},
    "an activity that there may be": {"to": RuleBook([pack(*RULES), pack(row("allow", code="Q"), name="q")], MORE)},
}


def test_any_change_gives_another_hash(told):
    hashes = {name: trace(decision(**change))["hash"] for name, change in CHANGES.items()}
    assert told["hash"] not in hashes.values()
    assert len(set(hashes.values())) == len(hashes)


PROGRAM = """
from tests.policy.engine.test_trace import decision, trace
print(trace(decision())["hash"])
"""


def test_two_processes_give_the_same_hash(told, project):
    """Sets of texts are in another order in each of them."""
    path = os.pathsep.join([str(project), str(project / "src"), os.environ.get("PYTHONPATH", "")])
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=project, env=environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout.split() == [told["hash"]]


# --- Any question ---------------------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(packs_of_rules, questions())
def test_any_trace_is_json_and_agrees_with_its_decision(packs, question):
    to = book(**packs)
    found = question.put(to)
    told = trace(found)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert trace(question.put(to)) == told
    assert told["outcome"] == found.outcome
    # Areas are those of an overlay by another way.
    areas = {(one["layer"], one["polygon"]): one["area_m2"] for one in told["overlaps"]}
    for name, layer in found.layers.items():
        for key, polygon in zip(layer.keys, layer.polygons, strict=True):
            area = shapely.intersection(found.parcel.polygon, polygon).area
            if name in to.layers:
                assert areas.get((name, str(key)), 0.0) == pytest.approx(area, abs=0.01)
    # A rule holds where all its conditions do.
    for rule in told["rules"]:
        words = {one["holds"] for one in rule["conditions"]}
        if rule["holds"] != "not in force":
            assert rule["holds"] == ("no" if "no" in words else "unknown" if "unknown" in words else "yes")
            assert bool(rule["missing"]) == (rule["holds"] == "unknown")
    assert {by[0] for by in told["decided_by"]} <= set(packs)
    assert np.isfinite(told["question"]["area_m2"])


def test_a_question_without_facts_of_its_own():
    assert trace(Question((0, 0, 1, 1)).put(book(row("allow"))))["question"]["facts"] == {}
