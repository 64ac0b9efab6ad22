"""The ready packs: without faults and gaps, and every rule with the case that its article decides."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from shapely import box
from tests.policy.pack_fixtures import BUILD, DAY, LAND, NONE, PARCEL, answers, asked, layers_of, of_pack, unfavourable

from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.engine.checks import check_book
from shanshui.policy.engine.decisions import decide, decide_all
from shanshui.policy.engine.trace import trace
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.rules.packs import ready_packs

CORE, PARK = "protected_areas category=nature_reserve zone=core", "protected_areas category=national_park zone=general"
# Worked from the articles: ground and activity, what the applicant answers otherwise than favourably, outcome of the
# pack, and the rules from which it follows.
with (Path(__file__).with_name("ready_pack_cases.csv")).open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def book():
    return read_rule_book()


# ------------------------------------------------------------------------------------------ the packs as a whole
def test_there_are_twelve_packs_without_faults_and_without_gaps(book):
    assert ready_packs() == sorted(book)
    assert sorted(book) == [
        *("basic_farmland", "forests", "grassland", "mining_rights", "national_park", "net_zero"),
        *("protected_area_zones", "red_line", "sea", "urban_boundary", "water_sources", "wetlands"),
    ]
    assert [str(problem) for problem in check_book(book)] == []


# Articles that have been read in full and are marked so: only these may be called official.
OFFICIAL = {
    "Regulation on the implementation of the Land Administration Law, State Council order 743": ("20",),
    "Nature Reserves Regulation (2017), State Council order 687": ("18", "26", "27", "28", "29", "30"),
    "Scenic Areas Regulation (2016), State Council orders 474, 666": ("7",),
    "Wetlands Protection Law (2021)": ("19", "20", "21"),
}


def test_only_articles_read_in_full_are_official(book):
    official = [rule for rule in book.rules.values() if rule.status == "official"]
    assert len(official) == 17
    for rule in official:
        own = rule.article.split(";")[0].removeprefix("arts. ").removeprefix("art. ")
        assert set(own.split(", ")) <= set(OFFICIAL[rule.document]), rule.key
    for code, activity in book.terms.activities.items():
        assert (activity.status == "official") == (code == "P1")


def test_every_rule_speaks_both_languages_and_conditions_name_who_decides(book):
    for rule in book.rules.values():
        assert any("一" <= letter <= "鿿" for letter in rule.chinese), rule.key
        if rule.effect == "conditions":
            assert all((rule.evidence, rule.evidence_zh, rule.authority, rule.authority_zh)), rule.key


# What the controls of access lists ask for: ready packs hold no list.
OF_LISTS = {
    *("existing_firm", "slope_degrees", "elevation_m", "inside_industrial_park", "distance_to_river_m", "site_area_ha"),
    *("annual_output_t", "herd_heads", "clean_production_level", "water_reuse_percent", "obsolete_process"),
}


def test_every_fact_is_asked_by_some_rule_or_list_and_put_in_both_languages(book):
    assert set(book.terms.facts) - set(book.facts) == {"industry", "date", "area_m2"} | OF_LISTS
    assert all(fact.english.endswith("?") and fact.chinese.endswith("？") for fact in book.terms.facts.values())


GROUNDS = {
    "plain": (),
    "red line": ("red_line",),
    **{
        f"{zone} zone of a reserve": ("red_line", f"protected_areas category=nature_reserve zone={zone}")
        for zone in ("core", "buffer", "experimental", "unzoned", "general")
    },
    "scenic area": ("protected_areas category=scenic_area zone=general",),
    "forest park": ("protected_areas category=forest_park zone=general",),
    "core of a national park": ("red_line", "protected_areas category=national_park zone=core"),
    "national park": ("red_line", "protected_areas category=national_park zone=general"),
    "farmland": ("basic_farmland",),
    "public-welfare forest": ("forests kind=public_welfare",),
    "commercial forest": ("forests kind=commercial",),
    "basic grassland": ("grassland kind=basic",),
    "grassland": ("grassland kind=other",),
    "national wetland": ("wetlands importance=national",),
    "general wetland": ("wetlands importance=general",),
    **{f"{zone} zone of a source": (f"water_sources zone={zone}",) for zone in ("first", "second", "outer")},
    "sea": ("sea",),
    "town": ("urban_boundary",),
    "mining right": ("mining_rights",),
}


@pytest.mark.parametrize("ground", GROUNDS)
def test_where_all_is_answered_every_activity_is_decided_without_a_tie(book, ground):
    layers = layers_of(book, *GROUNDS[ground])
    parents = {activity.parent for activity in book.terms.activities.values()}
    codes = list(book.terms.activities)
    for changes in (NONE, BUILD, LAND):
        facts = answers(book, changes) | {"activity": codes, "date": DAY}
        told = decide_all(book, layers, [PARCEL.polygon] * len(codes), facts)
        assert set(told.ties) == {""}
        # A kind that has kinds below it, on ground where these differ, cannot be decided; all else can.
        open_ = told.outcome == "undetermined"
        assert {code for code, is_open in zip(codes, open_, strict=True) if is_open} <= parents
        assert set(told.missing[open_]) <= {"facts.activity"}


# What is bound to no ground: towns, industry and resorts; mineral work; net-zero works; reclamation, which is at sea.
ANYWHERE = {
    "urban_boundary": {"D", "D2", "D3", "D7"},
    "mining_rights": {"D", "D1", "A7", "A7.1", "A7.2", "A7.3", "A7.4", "A7.5", "A7.6"},
    "net_zero": {"NZ", "NZ1", "NZ2", "NZ3", "NZ4"},
    "sea": {"X1", "X1.1", "X1.2"},
}


@pytest.mark.parametrize("pack", ready_packs())
def test_outside_its_ground_a_pack_restricts_nothing_whatever_the_answers(pack):
    alone = read_rule_book([pack])
    codes = list(alone.terms.activities)
    facts = unfavourable(alone) | {"activity": codes, "date": DAY}
    told = decide_all(alone, layers_of(alone), [PARCEL.polygon] * len(codes), facts)
    assert {code for code, out in zip(codes, told.outcome, strict=True) if out != "allowed"} == ANYWHERE.get(
        pack, set()
    )


@pytest.mark.parametrize(
    ("pack", "ground"),
    [
        *(("national_park", f"protected_areas category=nature_reserve zone={zone}") for zone in ("core", "general")),
        *(("sea", ground) for ground in ("red_line", CORE)),
    ],
)
def test_ground_of_another_kind_is_no_ground_of_a_pack(pack, ground):
    alone = read_rule_book([pack])
    codes = [code for code in alone.terms.activities if not code.startswith("X")]
    facts = unfavourable(alone) | {"activity": codes, "date": DAY}
    told = decide_all(alone, layers_of(alone, ground), [PARCEL.polygon] * len(codes), facts)
    assert set(told.outcome) == {"allowed"}


def test_priorities_are_those_of_the_effects_but_for_three_rules(book):
    tiers = {"allow": 10, "conditions": 20, "refer": 55, "prohibit": 60}
    others = {
        ("red_line", "R6"): 30,  # residents on built-up land are spared certification
        ("red_line", "R2"): 80,  # the core zone prohibits before all else that depends on facts
        ("red_line", "X1"): 100,
    }
    for rule in book.rules.values():
        assert rule.priority == others.get(rule.key, tiers[rule.effect]), rule.key


@pytest.mark.parametrize("layer", ["red_line", "protected_areas", "wetlands", "basic_farmland", "water_sources", "sea"])
def test_a_layer_that_is_not_loaded_never_allows(book, layer):
    loaded = ControlLayers(each for name, each in layers_of(book).items() if name != layer)
    facts = answers(book, LAND) | {"activity": "D6", "date": DAY}
    decision = decide(book, loaded, PARCEL, facts)
    assert decision.outcome == "undetermined"
    assert f"layers.{layer}" in decision.missing
    assert decide(book, layers_of(book), PARCEL, facts).outcome == "allowed"


# ------------------------------------------------------------------------------------------ each rule
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rules']}-{case['activity']}")
def test_a_case_is_decided_by_the_rules_of_its_article(book, case):
    grounds = tuple(filter(None, case["ground"].split(";")))
    changes = dict(answer.split("=") for answer in filter(None, case["answers"].split("; ")))
    decision = asked(book, grounds, case["activity"], changes)
    assert of_pack(decision, case["pack"]) == (case["outcome"], case["rules"].split())


def test_every_rule_has_a_case(book):
    told = {(case["pack"], code) for case in CASES for code in case["rules"].split()}
    assert {rule.key for rule in book.rules.values() if rule.effect != "refer"} == told


def test_a_national_park_is_left_to_its_own_pack():
    alone = read_rule_book(["protected_area_zones"])
    facts = answers(alone, NONE) | {"activity": "A1.2", "date": DAY}
    decision = decide(alone, layers_of(alone, PARK), PARCEL, facts)
    assert (decision.outcome, decision.missing) == ("undetermined", ("packs.national_park",))


def test_the_town_boundary_leaves_one_percent_to_the_accuracy_of_the_map(book):
    facts = answers(book, LAND | {"concentrated_urban_building": "yes"}) | {"activity": "D3", "date": DAY}
    for width, outcome in ((98.9, "prohibited"), (99, "allowed_with_conditions")):
        layers = layers_of(book, "urban_boundary", shape=box(0, 0, width, 100))
        assert decide(book, layers, PARCEL, facts).outcome == outcome


# ------------------------------------------------------------------------------------------ the days on which they hold
FIRST_DAYS = [
    ("red_line", ("red_line",), "D2", "2022-08-16"),
    ("protected_area_zones", (CORE,), "A3.1", "2017-10-07"),
    ("national_park", (PARK,), "D2", "2022-06-01"),
    ("basic_farmland", ("basic_farmland",), "A2.4", "2020-01-01"),
    ("forests", ("forests kind=commercial",), "D8", "2020-07-01"),
    ("grassland", ("grassland kind=other",), "D8", "2021-04-29"),
    ("wetlands", ("wetlands importance=general",), "D8", "2022-06-01"),
    ("water_sources", ("water_sources zone=first",), "D7", "2018-01-01"),
    ("mining_rights", ("mining_rights",), "D1", "2025-07-01"),
    ("net_zero", (), "NZ1", "2024-01-01"),
]


@pytest.mark.parametrize(("pack", "grounds", "activity", "day"), FIRST_DAYS)
def test_a_law_holds_from_its_first_day(book, pack, grounds, activity, day):
    before = str(np.datetime64(day) - np.timedelta64(1, "D"))
    changes = {"holds_mining_right": "no", "unavoidable": "no"}
    assert of_pack(asked(book, grounds, activity, changes, day), pack)[0] == "prohibited"
    # What held before is not known.
    weighed = next(
        one for one in asked(book, grounds, activity, changes, before).verdicts.packs if one.pack.name == pack
    )
    assert (weighed.lapsed.tolist(), weighed.bits.tolist()) == ([True], [0b1111])


DAYS = {
    ("red_line", "R10A"): "2021-09-01",
    ("red_line", "R10B"): "2021-09-01",
    ("red_line", "R10C"): "2021-09-01",
    ("red_line", "R10D"): "2020-01-01",
    ("protected_area_zones", "Z2"): "2022-06-01",
    **{("protected_area_zones", code): "2019-06-15" for code in ("Z3", "G1", "G2")},
    **{("protected_area_zones", code): "2011-03-01" for code in ("G3", "G4")},
    **{("protected_area_zones", code): "2016-02-06" for code in ("S1", "S2", "S3", "S4", "S7")},
    **{("basic_farmland", code): "2011-01-08" for code in ("F5", "F7")},
    ("basic_farmland", "F9"): "2019-01-03",
    ("basic_farmland", "F9A"): "2021-09-01",
    ("grassland", "L4"): "2020-07-31",
    **{("sea", code): "2018-07-14" for code in ("O2", "O3")},
    **{("sea", code): "2002-01-01" for code in ("O1", "O8", "O10")},
}
MAIN = {pack: day for pack, _, _, day in FIRST_DAYS} | {"sea": "2024-01-01", "urban_boundary": "2023-10-08"}


def test_every_rule_holds_from_the_first_day_of_its_document_and_has_no_last_day(book):
    for rule in book.rules.values():
        first = date.fromordinal(rule.valid_from).isoformat()
        assert first == DAYS.get(rule.key, MAIN[rule.pack]), rule.key
        assert rule.valid_to == date.max.toordinal()


def test_the_trace_of_a_decision_tells_the_rule_and_its_ground(book):
    told = trace(asked(book, ("red_line",), "D2", LAND))
    assert (told["outcome"], told["decided_by"]) == ("prohibited", [["red_line", "R3"]])
