"""The published tables of the red line: the decision table and the activities of 自然资发〔2022〕142号, row by row."""

import pytest
from shapely import box
from tests.policy.pack_fixtures import BUILD, DAY, LAND, NONE, PARCEL, WORDS, answers, asked, layers_of, of_pack

from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.engine.decisions import Parcel, decide
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers


@pytest.fixture(scope="module")
def book():
    return read_rule_book()


# ------------------------------------------------------------------------------------------ the decision table of 142
CORE = "protected_areas category=nature_reserve zone=core"
EXPERIMENTAL = "protected_areas category=nature_reserve zone=experimental"
PARK = "protected_areas category=forest_park zone=general"
# rule, in_redline, pa_zone, activity_class, new_construction_land, decision, evidence_required, authority (published);
# then the case: ground, activity, facts, outcome of the red line, rules.
TABLE = [
    (
        ("R1", "no", "none", "any", "any", "ordinary use control", "", ""),
        *((), "D2", LAND, "a", ["R1"]),
    ),
    (
        (
            "R2",
            "yes",
            "core_protection",
            "any",
            "any",
            "prohibit in principle",
            "exception list of the protected area",
            "protected-area law",
        ),
        *(("red_line", CORE), "A5", NONE, "p", ["R2"]),
    ),
    (
        (
            "R3",
            "yes",
            "not_core",
            "not in A1-A10 and not national major project",
            "any",
            "prohibit (development or production construction)",
            "",
            "",
        ),
        *(("red_line",), "D2", LAND, "p", ["R3"]),
    ),
    (
        (
            "R4",
            "yes",
            "not_core",
            "A1-A10",
            "yes",
            "allow after certification",
            (
                "provincial government certification opinion 符合允许有限人为活动认定意见 attached at "
                "farmland conversion / land acquisition / sea-use application"
            ),
            (
                "existing approval level kept; pre-review gives special note; forestry opinion first "
                "where a protected area is touched"
            ),
        ),
        *(("red_line",), "A6.1", LAND, "c", ["R4"]),
    ),
    (
        (
            "R5",
            "yes",
            "not_core",
            "A1-A10",
            "no with construction",
            "allow after certification",
            "county or city government review by natural resources + ecology + forestry and certification opinion",
            "county/city government",
        ),
        *(("red_line",), "A5.3", BUILD, "c", ["R5"]),
    ),
    (
        (
            "R6",
            "yes",
            "not_core",
            "A2 living facilities within existing built-up land",
            "no",
            "allow without certification",
            "",
            "",
        ),
        *(("red_line",), "A2.5", BUILD | {"within_existing_built_land": "yes"}, "a", ["R6"]),
    ),
    (
        (
            "R7",
            "yes",
            "not_core",
            "A1-A10",
            "no without construction",
            "allow managed by the sector department",
            "",
            "sector department",
        ),
        *(("red_line",), "A2.1", NONE, "c", ["R7"]),
    ),
    (
        (
            "R8",
            "yes",
            "not_core",
            "national major project",
            "yes",
            "may occupy",
            (
                "provincial government unavoidability opinion 不可避让论证意见 + necessity + "
                "economical use + mitigation + EIA"
            ),
            "MNR pre-review then State Council",
        ),
        *(("red_line",), "M2", LAND, "c", ["R8"]),
    ),
    (
        (
            "R9",
            "yes",
            "any",
            "crosses over or under without land application",
            "no",
            "no land application inside redline - record only",
            "forestry consent when experimental zone of a nature reserve",
            "",
        ),
        *(("red_line",), "C2", BUILD, "c", ["R9"]),
    ),
    (
        (
            "R9",
            "yes",
            "any",
            "crosses over or under without land application",
            "no",
            "no land application inside redline - record only",
            "forestry consent when experimental zone of a nature reserve",
            "",
        ),
        *(("red_line", EXPERIMENTAL), "C1", BUILD, "c", ["R9", "R9A"]),
    ),
    (
        (
            "R9",
            "yes",
            "any",
            "crosses over or under without land application",
            "no",
            "no land application inside redline - record only",
            "forestry consent when experimental zone of a nature reserve",
            "",
        ),
        *(("red_line", "protected_areas category=national_park zone=core"), "C2", BUILD, "c", ["R9"]),
    ),
    (
        (
            "R10",
            "yes",
            "not_core",
            "temporary land",
            "no",
            "as temporary use of permanent basic farmland",
            "restoration bond and plan",
            "city natural resources",
        ),
        *(("red_line",), "T1", NONE, "c", ["R10", "R10C"]),
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0][0])
def test_rows_of_the_decision_table(book, row):
    published, grounds, activity, changes, outcome, codes = row
    found = asked(book, grounds, activity, changes)
    assert of_pack(found, "red_line") == (WORDS[outcome], codes)
    rule = book.rules["red_line", published[0]]
    assert {"R1": "allow", "R6": "allow", "R2": "prohibit", "R3": "prohibit"}.get(
        published[0], "conditions"
    ) == rule.effect
    asked_for = {
        "provincial government certification opinion": "opinion of the provincial government that it is an allowed",
        "county or city government review": "certifying opinion of the county or city government",
        "provincial government unavoidability opinion": (
            "opinion of the provincial government that the red line cannot be avoided"
        ),
        "restoration bond": "restoration bond",
    }
    for words, told in asked_for.items():
        if words in published[6]:
            assert told in rule.evidence


def test_row_r11_refers_to_the_special_laws_and_the_stricter_wins(book):
    # Moderate tourism is a limited human activity, but the first zone of a water source does not bear it.
    decision = asked(book, ("red_line", "water_sources zone=first"), "A5.1")
    assert of_pack(decision, "red_line")[0] == "allowed_with_conditions"
    assert decision.outcome == "prohibited"
    assert [rule.pack for rule in decision.decided_by] == ["water_sources"]


@pytest.mark.parametrize(
    ("code", "ground", "pack"),
    [
        ("R11A", EXPERIMENTAL, "protected_area_zones"),
        ("R11B", "protected_areas category=scenic_area zone=general", "protected_area_zones"),
        ("R11C", "water_sources zone=outer", "water_sources"),
        ("R11D", "protected_areas category=national_park zone=general", "national_park"),
    ],
)
def test_row_r11_leaves_open_what_the_special_law_says_when_its_pack_is_not_asked(code, ground, pack):
    alone = read_rule_book(["red_line"])
    assert alone.rules["red_line", code].refers_to == pack
    facts = answers(alone, NONE) | {"activity": "A5.1", "date": DAY}
    decision = decide(alone, layers_of(alone, "red_line", ground), PARCEL, facts)
    assert (decision.outcome, decision.missing) == ("undetermined", (f"packs.{pack}",))
    # What the red line itself prohibits stays prohibited.
    assert (
        decide(alone, layers_of(alone, "red_line", ground), PARCEL, facts | {"activity": "D2"}).outcome == "prohibited"
    )
    both = read_rule_book(["red_line", pack, "protected_area_zones", "national_park"])
    facts = answers(both, NONE) | {"activity": "A5.1", "date": DAY}
    assert decide(both, layers_of(both, "red_line", ground), PARCEL, facts).outcome != "undetermined"


def test_a_parcel_partly_in_the_core_zone_is_prohibited(book):
    layers = dict(layers_of(book, "red_line"))
    layers["protected_areas"] = ControlLayer.of(
        "protected_areas", [box(90, 0, 300, 100)], ["N-1"], columns={"category": ["nature_reserve"], "zone": ["core"]}
    )
    facts = answers(book, NONE) | {"activity": "A5.1", "date": DAY}
    assert decide(book, ControlLayers(layers.values()), PARCEL, facts).outcome == "prohibited"
    beside = Parcel("P-2", box(0, 0, 90, 100))
    assert decide(book, ControlLayers(layers.values()), beside, facts).outcome == "allowed_with_conditions"


# ------------------------------------------------------------------------------------------ the activities of 142
# code, activity_zh, conditions: as published; a fact that breaks the condition; the rule that says so.
ACTIVITIES = [
    (
        "A1",
        "管护巡护、保护执法、科研、调查监测、测绘导航、防灾减灾救灾、军事国防、疫情防控及相关必要设施修筑",
        "",
        "A1.4",
        {"damages_ecological_function": "yes"},
        "CA0",
    ),
    (
        "A2",
        "原住居民和其他合法权益主体种植、放牧、捕捞、养殖、修筑生产生活设施",
        (
            "no expansion of existing built-up land / sea-island use / cropland / aquaculture "
            "scale / grazing intensity (grass-livestock balance); excludes ballasted marine "
            "ranching and reclamation aquaculture"
        ),
        "A2.4",
        {"expands_scale": "yes"},
        "CA2",
    ),
    (
        "A2",
        "原住居民和其他合法权益主体种植、放牧、捕捞、养殖、修筑生产生活设施",
        (
            "no expansion of existing built-up land / sea-island use / cropland / aquaculture "
            "scale / grazing intensity (grass-livestock balance); excludes ballasted marine "
            "ranching and reclamation aquaculture"
        ),
        "A2.2",
        {"grass_livestock_balanced": "no"},
        "CA2G",
    ),
    (
        "A3",
        "经依法批准的考古、古生物化石调查发掘、标本采集、文物保护",
        "approval required",
        "A3",
        {"has_required_approval": "no"},
        "CA3",
    ),
    ("A4", "人工商品林抚育采伐、树种更新、竹林采伐经营", "as regulated", "A4", {"owned_plantation": "no"}, "CA4"),
    (
        "A5",
        "适度参观旅游、科普宣教及符合规划的配套服务设施和公共设施",
        "no damage to ecological function",
        "A5",
        {"damages_ecological_function": "yes"},
        "CA0",
    ),
    (
        "A5",
        "适度参观旅游、科普宣教及符合规划的配套服务设施和公共设施",
        "no damage to ecological function",
        "A5",
        BUILD | {"conforms_to_plan": "no"},
        "CA5",
    ),
    (
        "A6",
        "必须且无法避让的线性基础设施、通讯、防洪、供水设施和船舶航行航道疏浚等; 已有合法水利交通设施运维改造",
        "must conform to county-or-higher territorial plan",
        "A6.1",
        {"conforms_to_plan": "no"},
        "CA6",
    ),
    (
        "A6",
        "必须且无法避让的线性基础设施、通讯、防洪、供水设施和船舶航行航道疏浚等; 已有合法水利交通设施运维改造",
        "must conform to county-or-higher territorial plan",
        "A6.2",
        {"unavoidable": "no"},
        "CA6",
    ),
    (
        "A7",
        "地质调查与矿产资源勘查开采(分矿种分权属)",
        "see text; green exploration and restoration",
        "A7.3",
        {"existing_lawful_right": "no"},
        "CA7E",
    ),
    (
        "A7",
        "地质调查与矿产资源勘查开采(分矿种分权属)",
        "see text; green exploration and restoration",
        "A7.4",
        {"expands_scale": "yes"},
        "CA7E",
    ),
    (
        "A7",
        "地质调查与矿产资源勘查开采(分矿种分权属)",
        "see text; green exploration and restoration",
        "A7.5",
        {"expands_scale": "yes"},
        "CA7E",
    ),
    (
        "A7",
        "地质调查与矿产资源勘查开采(分矿种分权属)",
        "see text; green exploration and restoration",
        "A7.6",
        {"mining_stage": "mining", "national_strategy_need": "no"},
        "CA7S",
    ),
    (
        "A8",
        "依据县级以上国土空间规划和生态保护修复专项规划的生态修复",
        "",
        "A8",
        {"under_restoration_plan": "no"},
        "CA8",
    ),
    ("A9", "边界通视道清理及界务工程", "treaty based", "A9", {"under_boundary_treaty": "no"}, "CA9"),
    ("A10", "法律法规规定允许的其他人为活动", "", "A10", {"allowed_by_named_law": "no"}, "CA10"),
]


@pytest.mark.parametrize("row", ACTIVITIES, ids=lambda row: f"{row[3]}-{row[5]}")
def test_rows_of_the_activities_of_142(book, row):
    code, _, _, activity, breaks, rule = row
    assert activity in book.terms.below(code)
    for changes, expected in ((NONE, "R7"), (BUILD, "R5"), (LAND, "R4")):
        outcome, codes = of_pack(asked(book, ("red_line",), activity, changes), "red_line")
        assert outcome == "allowed_with_conditions"
        assert codes == [expected] + (["EA7"] if code == "A7" else ["EA4"] if code == "A4" else [])
    assert of_pack(asked(book, ("red_line",), activity, breaks), "red_line") == ("prohibited", [rule])


@pytest.mark.parametrize("activity", [*dict.fromkeys(row[3] for row in ACTIVITIES), "NZ1", "NZ2", "NZ3"])
def test_only_what_does_no_damage_is_a_limited_activity(book, activity):
    found = of_pack(asked(book, ("red_line",), activity, {"damages_ecological_function": "yes"}), "red_line")
    assert found == ("prohibited", ["CA0"])


def test_row_x1_is_prohibited_in_all_cases(book):
    for activity in ("X1", "X1.1", "X1.2"):
        for ground in ("red_line", CORE):
            found = of_pack(asked(book, ("red_line", ground), activity, LAND), "red_line")
            assert found == ("prohibited", ["X1"])
