from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from shapely import box
from tests.chapters.zoning.small_lists import TERMS, ZONES, firms, lists, row

from shanshui.base.errors import StudyError
from shanshui.chapters.zoning.access_lists.coverage import firms_by_access_list
from shanshui.chapters.zoning.access_lists.rules import packs_of, rules_of
from shanshui.policy.engine.checks import check_book
from shanshui.policy.engine.decisions import Parcel, decide, decide_all
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
from shanshui.policy.language.terms import Terms
from shanshui.policy.rules.packs import COLUMNS, RuleBook

PROVINCE = {"list": "their", "level": "province"}
# Three counties side by side, each 100 m wide; the ground a lies across their lower, b across their upper third.
COUNTIES = ControlLayer.of(
    "county",
    [box(0, 0, 100, 90), box(100, 0, 200, 90), box(200, 0, 300, 90)],
    ["X", "Y", "Z"],
    columns={"zone": ["X", "Y", "Z"], "function": ["ecological", "agricultural", "urbanisation"]},
)
GROUND_A = ControlLayer.of("a", [box(0, 0, 300, 30)], ["A-1"], columns={"zone": ["core"]})
GROUND_B = ControlLayer.of("b", [box(0, 60, 300, 90)], ["B-1"])
LAYERS = ControlLayers([COUNTIES, GROUND_A, GROUND_B])
PLACES = {
    (county, ground): box(left + 10, low, left + 90, low + 20)
    for county, left in (("X", 0), ("Y", 100), ("Z", 200))
    for ground, low in (("a:zone=core", 5), ("", 35), ("b", 65))
}
ACTIVITY = next(iter(TERMS.activities))


def book_of(*rows):
    return RuleBook(packs_of(lists(*rows), ZONES, TERMS), TERMS)


def outcome(*rows, county="X", ground="", industry="0610", day="2024-01-01", existing="no", layers=LAYERS, **facts):
    told = {"activity": ACTIVITY, "date": day, "industry": industry, "existing_firm": existing} | facts
    return decide(book_of(*rows), layers, Parcel("P", PLACES[county, ground]), told).outcome


# --- the rows themselves ---


def test_a_prohibition_becomes_one_rule():
    one = row("prohibited", "06", county="X", ground="a:zone=core|buffer", english="No coal", chinese="禁止采煤。")
    (rule,) = rules_of(lists(one | {"source": "Document 1", "status": "official"}), ZONES, TERMS)["access_lists_county"]
    assert tuple(rule) == COLUMNS
    assert {name: text for name, text in rule.items() if text} == {
        "code": "1",
        "priority": "3",
        "effect": "prohibit",
        "layer": "a",
        "where": "zone=core|buffer",
        "industry": "06",
        "when": 'touches("county", zone="X")',
        "english": "No coal.",
        "chinese": "禁止采煤。",
        "document": "Document 1",
        "article": "own, row 1",
        "valid_from": "2020-01-01",
        "status": "official",
    }


def test_a_permission_of_every_industry_by_function_type():
    one = row("allowed", "*", function_type="ecological", valid_to="2020-12-31")
    (rule,) = rules_of(lists(one), ZONES, TERMS)["access_lists_county"]
    assert {name: text for name, text in rule.items() if text} == {
        "code": "1",
        "priority": "1",
        "effect": "allow",
        "layer": "county",
        "where": "function=ecological",
        "english": "every industry is allowed.",
        "chinese": "所有行业为允许类。",
        "document": "own",
        "article": "own, row 1",
        "valid_from": "2020-01-01",
        "valid_to": "2020-12-31",
        "status": "default",
    }


def test_a_restriction_with_a_deadline_becomes_three_rules():
    one = row("restricted", "06", control="slope_degrees < 25 or elevation_m < 9", existing_firms_deadline="2022-12-31")
    met, missed, stays = rules_of(lists(one), ZONES, TERMS)["access_lists_county"]
    assert [rule["code"] for rule in (met, missed, stays)] == ["1", "1-control", "1-existing"]
    assert [rule["effect"] for rule in (met, missed, stays)] == ["conditions", "prohibit", "conditions"]
    assert [rule["priority"] for rule in (met, missed, stays)] == ["2", "3", "2"]
    control, existing = "slope_degrees < 25 or elevation_m < 9", 'existing_firm and date <= "2022-12-31"'
    assert met["when"] == f"({control})"
    assert missed["when"] == f"not ({control}) and not ({existing})"
    assert stays["when"] == existing
    assert met["english"] == "06 Mining and washing of coal is restricted."
    words = "“How steep is the ground of the site?” – less than 25°; or “How high does the site lie?” – less than 9 m"
    words_zh = "“项目用地坡度是多少？”——小于25度；或“项目用地海拔是多少？”——小于9米"
    assert met["evidence"] == f"proof of: {words}"
    assert met["evidence_zh"] == f"证明材料：{words_zh}"
    assert missed["english"] == f"06 Mining and washing of coal is restricted. Its control is not met: {words}."
    assert missed["chinese"] == f"06煤炭开采和洗选业为限制类。不符合管控条件：{words_zh}。"
    assert stays["english"].endswith("An existing firm has time until 2022-12-31.")
    assert stays["chinese"].endswith("现有企业须在2022-12-31前完成整改或退出。")
    assert stays["evidence"] == "proof that the firm existed before 2020-01-01"
    assert stays["evidence_zh"] == "2020-01-01前已建成的证明材料"


def test_a_restriction_without_a_control_asks_the_authority():
    one = row("restricted", "06", ground="red_line", existing_firms_deadline="2022-12-31")
    (rule,) = rules_of(lists(one), ZONES, TERMS)["access_lists_county"]
    assert (rule["effect"], rule["priority"], rule["when"]) == ("conditions", "2", "")
    assert rule["evidence"] == "what the authority asks for: the list names no control"
    assert rule["evidence_zh"] == "按主管部门要求：清单未列明管控条件"
    assert rule["english"] == "06 Mining and washing of coal is restricted on red line."
    assert rule["chinese"] == "06煤炭开采和洗选业在red_line范围内为限制类。"


@pytest.mark.parametrize(
    ("general", "exception", "taken_out"),
    [
        ({}, {}, 'not (industry == "061")'),
        ({}, {"county": "X"}, 'not (industry == "061" and touches("county", zone="X"))'),
        (
            {},
            {"function_type": "ecological"},
            'not (industry == "061" and touches("county", function="ecological"))',
        ),
        ({"valid_from": "2019-01-01"}, {}, 'not (industry == "061" and date >= "2020-01-01")'),
        ({}, {"valid_to": "2021-01-01"}, 'not (industry == "061" and date <= "2021-01-01")'),
        ({"valid_to": "2021-01-01"}, {}, 'not (industry == "061")'),
        ({"county": "X"}, {"county": "X"}, 'not (industry == "061")'),
        ({}, {"ground": "a"}, ""),
        ({}, {"level": "province"}, ""),
        ({}, {"class": "prohibited"}, ""),
        ({"valid_to": "2019-12-31", "valid_from": "2019-01-01"}, {}, ""),
    ],
)
def test_a_stated_exception_is_taken_out(general, exception, taken_out):
    rows = row("prohibited", "06") | general, row("allowed", "061") | exception
    packs = rules_of(lists(*rows), ZONES, TERMS)
    assert packs["access_lists_county"][0]["when"] == taken_out
    # Nothing is taken out of the exception itself.
    (other,) = (rule for rules in packs.values() for rule in rules if rule["code"] == "2")
    assert other["when"] == ""


def test_packs_have_what_a_rule_book_asks_for():
    rows = (
        row("allowed", "01", valid_from="2021-05-01"),
        row("restricted", "06", **PROVINCE, ground="a", control='not touches("b")', source="Document 1"),
        row("allowed", "02", **PROVINCE),
    )
    packs = packs_of(lists(*rows), ZONES, TERMS)
    assert [pack.name for pack in packs] == ["access_lists_province", "access_lists_county"]
    assert [pack.version for pack in packs] == ["2020-01-01", "2021-05-01"]
    assert [pack.source for pack in packs] == ["Document 1; their", "own"]
    assert [sorted(pack.layers) for pack in packs] == [["a", "b", "county"], ["county"]]
    assert [pack.english for pack in packs] == ["access lists, level province", "access lists, level county"]
    assert [pack.chinese for pack in packs] == ["省级产业准入清单", "县级产业准入清单"]
    assert not [problem for problem in check_book(RuleBook(packs, TERMS)) if problem.severity == "error"]
    assert packs_of(lists(*rows), ZONES, TERMS)[0].digest == packs[0].digest


def test_terms_without_the_fact_of_existing_firms_are_refused():
    bare = Terms({name: fact for name, fact in TERMS.facts.items() if name != "existing_firm"}, TERMS.activities)
    table = lists(row("prohibited", "06", existing_firms_deadline="2022-12-31"))
    with pytest.raises(StudyError, match="existing_firm"):
        packs_of(table, ZONES, bare)


# --- what the rule engine makes of them ---


def test_controls_are_tested():
    one = row("restricted", "06", control="slope_degrees < 25 and elevation_m < 2500")
    assert outcome(one, slope_degrees=24.9, elevation_m=2499) == "allowed_with_conditions"
    assert outcome(one, slope_degrees=25, elevation_m=2499) == "prohibited"
    assert outcome(one, slope_degrees=24.9) == "undetermined"
    assert outcome(one, slope_degrees=25) == "prohibited"
    assert outcome(one, industry="011", slope_degrees=1, elevation_m=1) == "undetermined"


@pytest.mark.parametrize(("control", "facts"), [("", {}), ("slope_degrees < 25", {"slope_degrees": 30})])
def test_existing_firms_have_time_until_the_deadline(control, facts):
    verdict = "restricted" if control else "prohibited"
    one = row(verdict, "06", control=control, existing_firms_deadline="2022-12-31")
    assert outcome(one, existing="yes", day="2022-12-31", **facts) == "allowed_with_conditions"
    assert outcome(one, existing="yes", day="2023-01-01", **facts) == "prohibited"
    assert outcome(one, existing="no", day="2022-12-31", **facts) == "prohibited"
    assert outcome(one, existing=None, day="2022-12-31", **facts) == "undetermined"
    assert outcome(one, existing=None, day="2023-01-01", **facts) == "prohibited"


def test_a_positive_list_forbids_all_else_on_its_ground_only():
    rows = row("prohibited", "*", ground="a"), row("allowed", "77", ground="a"), row("allowed", "06")
    assert outcome(*rows, ground="a:zone=core", industry="771") == "allowed"
    assert outcome(*rows, ground="a:zone=core", industry="0610") == "prohibited"
    assert outcome(*rows, industry="0610") == "allowed"
    assert outcome(*rows, industry="771") == "undetermined"
    # An allow list alone forbids nothing.
    assert outcome(rows[1], ground="a:zone=core", industry="0610") == "undetermined"


def test_no_level_loosens_another():
    province, county = row("prohibited", "06", **PROVINCE), row("allowed", "0610")
    assert outcome(province, county) == "prohibited"
    assert outcome(province | {"class": "restricted"}, county) == "allowed_with_conditions"
    assert outcome(province | {"class": "allowed"}, county | {"class": "prohibited"}) == "prohibited"


def test_a_layer_that_is_not_loaded_never_allows():
    rows = row("prohibited", "*", ground="a"), row("allowed", "06")
    assert outcome(*rows, layers=ControlLayers([COUNTIES])) == "undetermined"


def test_what_contradicts_is_not_settled_by_the_weaker_row():
    assert outcome(row("prohibited", "06"), row("allowed", "0610", ground="a"), ground="a:zone=core") == "prohibited"
    assert outcome(row("prohibited", "0610", ground="a"), row("allowed", "0610"), ground="a:zone=core") == "prohibited"


ROWS = st.lists(
    st.builds(
        lambda verdict, industry, county, function, ground, level, first, length: row(
            verdict,
            industry,
            county=county,
            function_type="" if county else function,
            ground=ground,
            level=level,
            valid_from=date(2020 + first, 1, 1).isoformat(),
            valid_to="" if length is None else date(2020 + first + length, 12, 31).isoformat(),
        ),
        st.sampled_from(["allowed", "restricted", "prohibited"]),
        st.sampled_from(["*", "B", "06", "061", "0610"]),
        st.sampled_from(["", "X", "Y"]),
        st.sampled_from(["", "ecological", "agricultural"]),
        st.sampled_from(["", "a", "a:zone=core", "b"]),
        st.sampled_from(["province", "county"]),
        st.integers(0, 3),
        st.sampled_from([None, 0, 1]),
    ),
    min_size=1,
    max_size=6,
)
OUTCOMES = {
    "allowed": "allowed",
    "restricted": "allowed_with_conditions",
    "prohibited": "prohibited",
    "none": "undetermined",
}


def expected(table, county, ground, industry, day):
    """Read a verdict off the table of firms; ground of which lists say nothing of their own is as other land."""
    here = table[(table["county"] == county) & (table["industry"] == industry)]
    on = [ground, *([ground.partition(":")[0]] if ":" in ground else []), ""]
    here = here[here["ground"] == next(each for each in on if (here["ground"] == each).any())]
    in_force = here[((here["from"] == "") | (here["from"] <= day)) & ((here["to"] == "") | (day <= here["to"]))]
    return OUTCOMES[in_force["class"].iloc[0] if len(in_force) else "none"]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(2019, 2026))
def test_the_rules_say_what_the_table_of_firms_says(rows, year):
    industries, day = ("0610", "0620", "0110"), f"{year}-07-01"
    asked = [(f"{county}{industry}", county, industry) for county in "XYZ" for industry in industries]
    table = firms_by_access_list(lists(*rows), ZONES, firms(*asked))
    book = RuleBook(packs_of(lists(*rows), ZONES, TERMS), TERMS)
    for industry in industries:
        facts = {"activity": ACTIVITY, "date": day, "industry": industry}
        found = decide_all(book, LAYERS, list(PLACES.values()), facts)["outcome"]
        wanted = [expected(table, county, ground, industry, day) for county, ground in PLACES]
        if all(one["valid_from"] <= day <= (one.get("valid_to") or "9999") for one in rows):
            assert found.tolist() == wanted
        else:
            # Where only rows of another time speak, the list of the day is not known.
            pairs = list(zip(found, wanted, strict=True))
            assert all(one in (other, "undetermined") for one, other in pairs), pairs


def test_a_day_on_which_the_list_is_not_yet_or_no_longer_in_force_is_undetermined():
    rows = [row("prohibited", "061", valid_from="2022-01-01", valid_to="2024-12-31"), row("allowed", "01")]
    book = RuleBook(packs_of(lists(*rows), ZONES, TERMS), TERMS)

    def outcomes(industry):
        asked = [
            {"activity": ACTIVITY, "date": day, "industry": industry}
            for day in ("2021-12-31", "2022-01-01", "2025-01-01")
        ]
        return [set(decide_all(book, LAYERS, list(PLACES.values()), facts)["outcome"]) for facts in asked]

    assert outcomes("0610") == [{"undetermined"}, {"prohibited"}, {"undetermined"}]
    assert outcomes("0110") == [{"allowed"}] * 3
