"""The printed decision: what it says in both languages, which sections it has, and how it looks in a browser."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import shapely

from shanshui.base.errors import Problems
from shanshui.policy.engine.decisions import Decision, Parcel, decide
from shanshui.policy.engine.trace import trace
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers
from shanshui.policy.language.terms import ALWAYS, Activity, Fact, Terms
from shanshui.policy.rules.packs import COLUMNS, RuleBook, pack_of
from shanshui.report.decision_map import decision_map
from shanshui.report.decision_page import decision_page, write_decision
from shanshui.report.decision_words import DecisionWords
from shanshui.report.words import Language

# playwright's driver leaves a pipe to the collector when its process ends
ignored = pytest.mark.filterwarnings("ignore::ResourceWarning")

FACTS = (
    *ALWAYS,
    Fact("new_land", "yes_no", english="Is new land taken?", chinese="是否新增用地？"),
    Fact("slope_degrees", "number", "degree", english="How steep is it?", chinese="坡度多大？"),
    Fact("project_stage", "code", choices=("first_survey", "mining"), english="Which stage?", chinese="哪个阶段？"),
)
ACTIVITIES = (
    Activity("A5", english="visiting & learning", chinese="参观与科普"),
    Activity("D2", english="factories", chinese="工厂"),
    Activity("S", english="fishing at sea", chinese="海上捕捞"),
    Activity("T", english="tying", chinese="捆绑"),
    Activity("Q", english="something quiet", chinese="安静的活动"),
)
TERMS = Terms({fact.name: fact for fact in FACTS}, {activity.code: activity for activity in ACTIVITIES})
LAW = {
    "priority": "10",
    "effect": "allow",
    "document": "Law of Lines",
    "valid_from": "2020-01-01",
    "status": "official",
}


def row(**given: str) -> dict[str, str]:
    texts = {"english": f"Text of {given['code']}.", "chinese": f"{given['code']}的条文。"}
    return {**dict.fromkeys(COLUMNS, ""), **LAW, **texts, **given}


LINE = [
    row(code="L0", when='not touches("red_line")', activity="A5;D2;S;T"),
    row(code="L1", effect="prohibit", priority="20", layer="red_line", activity="D2", article="art. 7",
        english="No factories <here> & nowhere.", chinese="不得建厂<此处>。"),
    row(code="L2", effect="conditions", layer="red_line", activity="A5", when="new_land", status="default",
        evidence="opinion of the county; plan of the <site>", evidence_zh="县级意见；场地平面图",
        authority="county government", authority_zh="县人民政府"),
    row(code="L3", layer="red_line", activity="A5", when="not new_land", status="literature"),
    row(code="L4", effect="prohibit", priority="90", activity="A5", valid_from="2090-01-01"),
    row(code="L5", effect="refer", refers_to="far_sea", activity="S"),
    row(code="L6", activity="T", layer="red_line"),
    row(code="L7", effect="conditions", activity="T", layer="red_line", evidence="a knot"),
]  # fmt: skip
WET = [
    row(code="H0", activity="A5;D2;S;T", when='not touches("wetlands")'),
    row(code="H1", effect="prohibit", layer="wetlands", where="importance=national", activity="D2"),
    row(
        code="H2", effect="conditions", layer="wetlands", activity="A5", when="slope_degrees < 25", evidence="a report"
    ),
    row(code="H3", layer="wetlands", activity="A5", when="slope_degrees >= 25"),
    row(code="H4", layer="wetlands", activity="D2"),
]
# The parcel is 142 m by 100 m; R-17 takes its last 42 m, R-18 its first 2 m.
PARCEL = shapely.box(0, 0, 142, 100)
FREE = shapely.box(500, 0, 600, 100)
RED_LINE = ControlLayer.of(
    "red_line", [shapely.box(100, -40, 260, 100), shapely.box(-90, 0, 2, 100)], ["R-17", "R-18"], digest="d1" * 32
)
WETLANDS = ControlLayer.of(
    "wetlands",
    [shapely.box(1000, 0, 1050, 100)],
    ["W<1>"],
    columns={"importance": [""]},
    scale=50_000,
    digest="d2" * 32,
)


def pack(name: str, rows: list[dict[str, str]], layers: list[str]) -> Any:
    problems = Problems()
    about = {"name": name, "version": "2026-02-03", "english": f"Pack of {name}", "chinese": f"规则包{name}"}
    made = pack_of({**about, "source": f"Source of {name}", "layers": layers}, rows, TERMS, problems)
    assert not problems
    return made


BOOK = RuleBook([pack("line", LINE, ["red_line"]), pack("wet", WET, ["wetlands"])], TERMS)
LAYERS = ControlLayers([RED_LINE, WETLANDS])


def made(
    activity: str, polygon: Any = PARCEL, book: RuleBook = BOOK, layers: ControlLayers = LAYERS,
    notes: tuple[str, ...] = (), registered: float | None = None, **facts: Any,
) -> Decision:  # fmt: skip
    stated = {"activity": activity, "date": "2026-11-27", **facts}
    return decide(book, layers, Parcel("D-17", polygon, registered, notes), stated)


CASES: dict[str, Decision] = {
    "prohibited": made("D2", registered=14_000.0, notes=("The ring was closed.",), industry="14"),
    "conditions": made("A5", new_land=True, project_stage="first_survey"),
    "allowed": made("A5", new_land="no"),
    "undetermined": made("A5"),
    "sliver": made("D2", shapely.box(0, 0, 90, 100)),
    "not loaded": made("A5", FREE, new_land=True, layers=ControlLayers([RED_LINE])),
    "column": made("D2", shapely.box(1000, 0, 1100, 100)),
    "number": made("A5", shapely.box(1000, 0, 1100, 100)),
    "referred": made("S"),
    "tied": made("T"),
    "silent": made("Q"),
    "free": made("A5", FREE),
}


def said(decision: Decision, language: Language = "en") -> str:
    """Give the text of the page as it is read, without tags, one space between words."""
    page = decision_page(decision, language)
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", body)
    for code, letter in {"&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'", "&amp;": "&"}.items():
        text = text.replace(code, letter)
    return re.sub(r"\s+", " ", text)


def section(page: str, name: str) -> str:
    return page[page.index(f'<section id="{name}">') :].split("</section>")[0]


@pytest.mark.parametrize(
    ("case", "english", "chinese"),
    [
        ("prohibited", "“Factories” is prohibited on parcel D-17.", "地块D-17禁止开展“工厂”。"),
        ("conditions", "“Visiting & learning” is allowed on parcel D-17, with conditions.",
         "地块D-17在满足条件后允许开展“参观与科普”。"),
        ("allowed", "“Visiting & learning” is allowed on parcel D-17.", "地块D-17允许开展“参观与科普”。"),
        ("undetermined", "It cannot be told yet whether “Visiting & learning” is allowed on parcel D-17.",
         "目前尚不能判定地块D-17是否允许开展“参观与科普”。"),
    ],
)  # fmt: skip
def test_the_head_says_the_outcome_in_one_sentence(case: str, english: str, chinese: str) -> None:
    for language, sentence in (("en", english), ("zh", chinese)):
        text = said(CASES[case], language)  # type: ignore[arg-type]
        assert sentence in text
        assert "2026-11-27" in text
        page = decision_page(CASES[case], language)  # type: ignore[arg-type]
        assert f'<div class="verdict {CASES[case].outcome}">' in page


def test_marks_differ_in_shape() -> None:
    pages = [decision_page(CASES[case], "en") for case in ("prohibited", "conditions", "allowed", "undetermined")]
    marks = {
        re.search(r'class="verdict.*?<svg class="mark \w+"[^>]*>(.*?)</svg>', page, re.DOTALL)[1] for page in pages
    }
    assert len(marks) == 4


def test_what_was_measured_stands_apart_from_what_was_stated() -> None:
    parcel = Parcel("D-17", shapely.box(1000, 0, 1100, 100), measured={"slope_degrees": 12.25})
    given = {"activity": "A5", "date": "2026-11-27", "new_land": False}
    decision = decide(BOOK, LAYERS, parcel, given)
    page, chinese = decision_page(decision, "en"), decision_page(decision, "zh")
    assert re.findall(r'<section id="(\w+)">', page) == [
        "map",
        "why",
        "bring",
        "stated",
        "measured",
        "overlaps",
        "lawyer",
    ]
    section = re.search(r'<section id="measured">.*?</section>', page, re.DOTALL)[0]
    assert "What was measured from the study's own data" in unescape(section)
    assert "How steep is it?" in section
    assert "12.25°" in section
    assert "据研究数据测算的事实" in chinese
    # The command asks the same again: what is measured is not stated.
    assert "--fact new_land=no" in page
    assert "slope_degrees=" not in page


SECTIONS = ("map", "why", "bring", "missing", "change", "stated", "overlaps", "lawyer")


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("prohibited", "map why change overlaps lawyer"),
        ("conditions", "map why bring stated overlaps lawyer"),
        ("allowed", "map why stated overlaps lawyer"),
        ("undetermined", "map missing change overlaps lawyer"),
        ("sliver", "map why change overlaps lawyer"),
        ("not loaded", "map missing stated overlaps lawyer"),
        ("column", "map missing overlaps lawyer"),
        ("number", "map missing change overlaps lawyer"),
        ("tied", "map why bring overlaps lawyer"),
        ("silent", "map missing change overlaps lawyer"),
        ("free", "map why overlaps lawyer"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_sections_stand_when_they_have_content(case: str, shown: str, language: Language) -> None:
    found = re.findall(r'<section id="(\w+)">', decision_page(CASES[case], language))
    assert [name for name in found if name != "change"] == [name for name in shown.split() if name != "change"]
    decision = CASES[case]
    good = decision.outcome in ("allowed", "allowed_with_conditions")
    has = decision.outcome == "prohibited" or bool(decision.cut or decision.other_facts or decision.activities)
    assert ("change" in found) == (not good and has)


def test_a_prohibition_is_explained() -> None:
    decision, text = CASES["prohibited"], said(CASES["prohibited"])
    assert [rule.code for rule in decision.decided_by] == ["L1"]
    assert "No factories <here> & nowhere." in text
    assert "Law of Lines, art. 7" in text
    assert "text of the law or standard" in text
    # 42 m by 100 m of 14,200 m2, and 2 m by 100 m.
    assert "Ecological conservation red line R-17 4,200 0.4200 6.30 29.58" in text
    assert "Ecological conservation red line R-18 sliver 200 0.0200 0.30 1.41" in text
    assert "14 Manufacture of foods" in text


def test_the_ground_to_leave_out_is_named() -> None:
    text = said(CASES["prohibited"])
    assert (
        "Leave out 0.44 ha (6.60 mu) of the parcel. What remains: 0.98 ha (14.70 mu). The outcome would be: allowed."
        in text
    )
    assert "0.42 ha (6.30 mu) that overlap the ecological conservation red line, polygon R-17" in text
    assert "0.0200 ha (0.30 mu) that overlap the ecological conservation red line, polygon R-18" in text
    chinese = said(CASES["prohibited"], "zh")
    assert "从地块中剔除0.44公顷（6.60亩），剩余0.98公顷（14.70亩），结果将为：允许。" in chinese
    assert "与生态保护红线图斑R-17重叠的0.42公顷（6.30亩）" in chinese


def test_facts_that_would_make_it_allowed_are_named() -> None:
    book = RuleBook(
        [pack("land", [row(code="N1", effect="prohibit", when="new_land"), row(code="N2", when="not new_land")], [])],
        TERMS,
    )
    decision = made("D2", book=book, new_land=True)
    assert "“Is new land taken?”: no, not yes The outcome would be: allowed." in said(decision)
    assert "“是否新增用地？”：由“是”变为“否” 结果将为：允许。" in said(decision, "zh")
    steep = RuleBook(
        [
            pack(
                "land",
                [
                    row(code="N1", effect="prohibit", when="slope_degrees >= 25"),
                    row(code="N2", when="slope_degrees < 25"),
                ],
                [],
            )
        ],
        TERMS,
    )
    assert "“How steep is it?”: a little less than 25°, not 30°" in said(made("D2", book=steep, slope_degrees=30))


def test_where_nothing_helps_it_is_said() -> None:
    book = RuleBook([pack("all", [row(code="N1", effect="prohibit")], [])], TERMS)
    text = said(made("D2", book=book))
    assert "Leaving out ground, or other answers to one or two questions, would not make it allowed." in text
    assert "would not make it allowed" not in said(CASES["prohibited"])


def test_where_what_remains_would_be_undetermined_that_is_said_instead() -> None:
    # Without the ground in the red line no rule of the pack speaks of factories: neither no nor yes.
    rows = [row(code="N1", effect="prohibit", layer="red_line", activity="D2")]
    decision = made("D2", book=RuleBook([pack("line", rows, ["red_line"])], TERMS))
    assert (decision.outcome, decision.cut) == ("prohibited", None)
    text = said(decision)
    assert "Leaving out ground, or other answers" not in text
    assert "If the ground on which it is prohibited were left out, it could not be told" in text
    assert "剔除禁止范围内的用地后，其余部分仍不能判定是否允许" in said(decision, "zh")
    # Behind the red line stand wetlands, on which a rule asks what nobody told: the second layer is left out, too.
    marsh = ControlLayer.of("wetlands", [shapely.box(0, 0, 90, 100)], ["W"], columns={"importance": ["national"]})
    rows.append(row(code="N2", effect="prohibit", layer="wetlands", activity="D2", when='not touches("red_line")'))
    book = RuleBook([pack("line", rows, ["red_line", "wetlands"])], TERMS)
    both = made("D2", book=book, layers=ControlLayers([RED_LINE, marsh]))
    assert "If the ground on which it is prohibited were left out, it could not be told" in said(both)
    # Where nothing of the parcel would remain, nothing is left open.
    inside = made("D2", shapely.box(110, 0, 140, 50), book=book)
    assert "Leaving out ground, or other answers to one or two questions, would not make it allowed." in said(inside)


@pytest.mark.parametrize("case", ["undetermined", "referred", "silent", "column"])
def test_of_what_is_not_known_it_is_not_said_that_nothing_helps(case: str) -> None:
    assert CASES[case].outcome == "undetermined"
    assert "would not make it allowed" not in said(CASES[case])


def test_other_activities_are_listed_with_what_comes_of_them() -> None:
    change = section(decision_page(CASES["prohibited"], "en"), "change")
    assert CASES["prohibited"].activities == [("T", "allowed_with_conditions")]
    assert "Allowed with conditions: 1" in change
    assert "<li>T tying</li>" in change
    assert "A5" not in change


def test_slivers_are_told_where_they_matter() -> None:
    decision = CASES["sliver"]
    assert (decision.outcome, decision.without_slivers) == ("prohibited", "allowed")
    assert ("Overlaps that are narrower than the control maps can tell (1) count here. "
            "Without them the outcome would be: allowed.") in said(decision)  # fmt: skip
    assert "若不计入，结果为：允许。" in said(decision, "zh")
    assert "Overlaps that are narrower than the control maps can tell: 1. The outcome is the same" in said(
        CASES["prohibited"]
    )
    assert "narrower than the control maps" not in said(CASES["free"])


def test_what_to_bring_is_a_checklist() -> None:
    bring = section(decision_page(CASES["conditions"], "en"), "bring")
    assert bring.count('<svg class="box"') == 2
    assert "opinion of the county" in bring
    assert "plan of the &lt;site&gt;" in bring
    assert "county government" in bring
    chinese = section(decision_page(CASES["conditions"], "zh"), "bring")
    assert "县级意见" in chinese
    assert "县人民政府" in chinese
    assert "opinion" not in chinese


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("prohibited", None),
        ("conditions", "default: the text of no law was read"),
        ("allowed", "from a published source"),
    ],
)
def test_a_status_is_marked_plainly(case: str, words: str | None) -> None:
    why = section(decision_page(CASES[case], "en"), "why")
    for other in ("default: the text of no law was read", "from a published source"):
        assert (other in why) == (other == words)


def test_questions_that_are_missing_are_put_with_what_comes_of_each_answer() -> None:
    missing = said(CASES["undetermined"])
    assert "Is new land taken? If “yes”: allowed with conditions If “no”: allowed" in missing
    assert "是否新增用地？ 若为“是”：有条件允许 若为“否”：允许" in said(CASES["undetermined"], "zh")
    assert "The rules ask: “How steep is it?” – less than 25°" in said(CASES["number"])
    assert "规则要求判断：“坡度多大？”——不小于25度" in said(CASES["number"], "zh")


def missing_items(page: str) -> list[tuple[str, list[str], str]]:
    """Give what is missing: the head of each item, the codes of rules told beside it, and of rules told before."""
    found = []
    for part in re.split(r'<p class="asked">|<p class="lack">|<li>(?=[^<\n]+\n)', section(page, "missing"))[1:]:
        codes = re.findall(r'<li><svg class="mark \w*".*?Rule (\w+);', part, re.DOTALL)
        before = re.search(r"Also open because of it: (.*?) \(see above\)", part)
        found.append((re.split(r"[<:]", part)[0], codes, before[1] if before else ""))
    return found


def test_rules_that_are_open_stand_beside_what_is_missing() -> None:
    rows = [
        row(code="P1", effect="prohibit", when="new_land", english="No <new> land.", article="art. 3"),
        row(code="P2", effect="prohibit", when="slope_degrees > 25 and new_land"),
        row(code="P3", effect="prohibit", when="slope_degrees > 45"),
        row(code="P4", effect="prohibit", when='touches("wetlands", importance="national")'),
        row(code="P5", effect="prohibit", when='touches("far_layer")'),
        row(code="P6", effect="prohibit", when='touches("red_line") and new_land'),
    ]
    book = RuleBook([pack("line", rows, ["red_line", "wetlands", "far_layer"])], TERMS)
    decision = made("D2", shapely.box(1000, 0, 1100, 100), book=book)
    page = decision_page(decision, "en")
    # P6 surely does not apply: it is not open.
    items = missing_items(page)
    assert items[:2] == [("Is new land taken?", ["P1", "P2"], ""), ("How steep is it?", ["P3"], "P2")]
    assert sorted(items[2:]) == [("Far layer", ["P5"], ""), ("Wetlands", ["P4"], "")]
    missing = section(page, "missing")
    assert "No &lt;new&gt; land." in missing
    assert "Law of Lines, art. 3" in missing
    assert "Pack of line" in missing
    assert '<span class="effect">prohibited</span>' in missing
    assert "因此不能判定的规则" in section(decision_page(decision, "zh"), "missing")
    assert "同样因此不能判定：P2（见上）。" in said(decision, "zh")
    # The rules of a question that is settled are not told.
    assert "P1" not in section(decision_page(made("D2", FREE, book=book, new_land=True), "en"), "overlaps")


def test_rules_that_send_on_to_a_pack_that_does_not_answer_stand_beside_it() -> None:
    assert missing_items(decision_page(CASES["referred"], "en"))[0][1:] == (["L5"], "")


def test_rules_that_are_not_in_force_on_the_day_stand_beside_what_is_said_of_them() -> None:
    rows = [
        row(code="P1", effect="prohibit", activity="D2", valid_from="2090-01-01"),
        row(code="P2", effect="prohibit", activity="A5", valid_from="2090-01-01"),
    ]
    decision = made("D2", book=RuleBook([pack("line", rows, [])], TERMS))
    (item,) = missing_items(decision_page(decision, "en"))
    assert item[0].startswith("Of the pack “Pack of line”, only rules speak of it that are not in force on the day")
    assert item[1:] == (["P1"], "")
    assert "which says nothing of it" not in said(decision)


def test_rules_that_cannot_change_the_outcome_are_not_open() -> None:
    strict = row(code="P1", effect="prohibit", when="new_land")
    mild = row(code="Q1", effect="conditions", when="slope_degrees > 5", evidence="a plan")
    sure = row(code="Q0", effect="conditions", evidence="a map")
    packs = [pack("a", [strict], []), pack("b", [mild], []), pack("c", [sure], [])]
    decision = made("D2", book=RuleBook(packs, TERMS))
    assert missing_items(decision_page(decision, "en")) == [("Is new land taken?", ["P1"], "")]


@pytest.mark.parametrize(("count", "opened"), [(3, True), (4, False)])
def test_many_open_rules_are_folded(count: int, opened: bool) -> None:
    rows = [row(code=f"P{number}", effect="prohibit", when="new_land") for number in range(count)]
    missing = section(decision_page(made("D2", book=RuleBook([pack("a", rows, [])], TERMS)), "en"), "missing")
    assert ('<details class="open" open>' in missing) == opened
    assert (f"{count} rules that are open because of it" in missing) == (not opened)


def test_an_answer_that_does_not_settle_it_is_not_spelt_out() -> None:
    rows = [
        row(
            code="N1",
            effect="prohibit",
            when="slope_degrees > 5 and (new_land or project_stage == 'mining')",
            priority="20",
        ),
        row(code="N2"),
    ]
    decision = made("A5", book=RuleBook([pack("hill", rows, [])], TERMS))
    assert "Is new land taken? This answer alone does not settle it: others are missing, too." in said(decision)
    assert "If “yes”" not in said(decision)


def test_answers_are_spelt_out_where_one_of_them_settles_it() -> None:
    rows = [row(code="N1", effect="prohibit", when="new_land and slope_degrees > 5", priority="20"), row(code="N2")]
    text = said(made("A5", book=RuleBook([pack("hill", rows, [])], TERMS)))
    assert "Is new land taken? If “yes”: undetermined If “no”: allowed" in text


@pytest.mark.parametrize(
    ("case", "english", "chinese"),
    [
        ("not loaded", "Wetlands: not loaded. Every rule that asks for it is unknown.", "湿地：未载入"),
        ("column", "Wetlands: “importance” is not known of W<1>.", "湿地：W<1>的“重要性”不详。"),
        ("referred", "A rule leaves the decision to the pack “far sea”, which is not among the packs asked.",
         "有规则将判定交由规则包“far sea”"),
        ("silent", "No rule of the packs asked speaks of this activity on this parcel.", "未作规定不等于允许"),
    ],
)  # fmt: skip
def test_what_else_is_missing(case: str, english: str, chinese: str) -> None:
    assert english in said(CASES[case])
    assert chinese in said(CASES[case], "zh")


def test_a_parcel_that_reaches_out_is_undetermined() -> None:
    inside = ControlLayers([RED_LINE, WETLANDS], shapely.box(0, 0, 120, 100))
    decision = made("A5", layers=inside, new_land="no")
    assert "The parcel reaches out of the ground for which control layers are known" in said(decision)


def test_areas_stand_beside_the_registered_ones() -> None:
    text = said(CASES["prohibited"])
    assert "computed from the polygon 14,200 1.4200 21.30" in text
    assert "in the register 14,000 1.4000 21.00" in text
    # 200 of 14,000 m2.
    assert "computed less registered 200 0.0200 0.30 +1.43%" in text
    assert "No registered area is known." not in text
    assert "No registered area is known." in said(CASES["free"])


def test_all_overlaps_stand_with_scale_and_tolerance() -> None:
    overlaps = section(decision_page(CASES["number"], "en"), "overlaps")
    cells = re.findall(r"<t[dh](?: [^>]*)?>(.*?)</t[dh]>", overlaps.split("<tbody>")[1].split("</tbody>")[0])
    # 0.5 mm on a map of 1 : 50,000 is 25 m.
    assert cells == [
        "Wetlands",
        "W&lt;1&gt;",
        "importance: not known",
        "5,000",
        "0.5000",
        "7.50",
        "50.00",
        "no",
        "1:50,000",
        "25",
    ]
    assert "The parcel overlaps no polygon of the control layers that are loaded." in said(CASES["free"])


def cells_of(page: str, name: str, head: str) -> list[list[str]]:
    """Give the rows of the first table after a heading in a section, group headings with them."""
    table = section(page, name).split(head, 1)[1].split("</table>")[0]
    rows = re.findall(r"<tr.*?>(.*?)</tr>", table.split("</thead>")[1], re.DOTALL)
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", one)] for one in rows]


COUNTY = ControlLayer.of("county", [shapely.box(-900, -900, 900, 900)], ["350481"], digest="d3" * 32, zoning=True)


def test_zones_stand_last_under_their_heading_and_not_on_the_map() -> None:
    rows = [row(code="Z1", effect="prohibit", when='touches("county") and touches("red_line")')]
    named = ControlLayer.of("red_line", RED_LINE.polygons, RED_LINE.keys, source="County office; CC BY 4.0; Li <2024>")
    decision = made("D2", book=RuleBook([pack("a", rows, ["county", "red_line", "sea"])], TERMS),
                    layers=ControlLayers([COUNTY, named]))  # fmt: skip
    for language, heading in (("en", "Zones (they restrict nothing by themselves)"), ("zh", "分区（本身不作限制）")):
        page = decision_page(decision, language)  # type: ignore[arg-type]
        overlaps = cells_of(page, "overlaps", "</h2>")
        assert [cells[1] if len(cells) > 1 else cells[0] for cells in overlaps] == ["R-17", "R-18", heading, "350481"]
        # What the rule saw stands in the same order, without the heading.
        assert [cells[1].split()[0] for cells in cells_of(page, "why", "<h4>")] == ["R-17", "R-18", "350481"]
        layers = cells_of(page, "lawyer", f"<h3>{'Control layers' if language == 'en' else '管控图层'}</h3>")
        assert [cells[0].split()[-1] for cells in layers[:2]] == ["red_line", "sea"]
        assert [layers[2], layers[3][0].split()[-1]] == [[heading], "county"]
        assert layers[0][3] == "County office; CC BY 4.0; Li &lt;2024&gt;"
        assert layers[3][3] == ""
    drawn = decision_map(decision)
    assert drawn is not None
    assert [layer.name for layer in drawn.layers] == ["red_line"]
    sources = {layer["name"]: layer.get("source") for layer in trace(decision)["layers"]}
    assert sources == {"red_line": "County office; CC BY 4.0; Li <2024>", "county": "", "sea": None}
    assert "Zones (they" not in said(CASES["prohibited"])


def test_a_share_that_rounds_to_nothing_is_told_as_less() -> None:
    # Of 20,000 m2, 0.9 m2 are 0.0045 percent, 1.1 m2 are 0.0055, and 0.01 m2 so little that the trace says nothing.
    shares = {}
    for side in (0.01, 0.9, 1.1):
        speck = ControlLayer.of("red_line", [shapely.box(0, 0, side, 1)], ["R"])
        decision = made("A5", shapely.box(0, 0, 200, 100), layers=ControlLayers([speck, WETLANDS]))
        for language in ("en", "zh"):
            shares[side, language] = cells_of(decision_page(decision, language), "overlaps", "</h2>")[0][6]
    assert shares == {
        (0.01, "en"): "&lt;0.01", (0.01, "zh"): "&lt;0.01", (0.9, "en"): "&lt;0.01", (0.9, "zh"): "&lt;0.01",
        (1.1, "en"): "0.01", (1.1, "zh"): "0.01",
    }  # fmt: skip


def test_no_industry_goes_by_its_name_alone() -> None:
    text = said(made("D2", industry="none"))
    assert re.search(r"Industry no industry ", text)
    assert "none no industry" not in text


def test_own_names_of_layers_and_documents_are_read_on_the_page() -> None:
    own = Terms(
        TERMS.facts,
        TERMS.activities,
        names={("plan_units", "", ""): ("the plan", "规划"), ("plan_units", "unit", ""): ("unit", "单元"),
               ("plan_units", "unit", "Rice"): ("rice fields", "水田")},
        documents={**TERMS.documents, "Law of Lines": "《线条法》"},
    )  # fmt: skip
    problems = Problems()
    about = {
        "name": "k",
        "version": "2026-01-01",
        "english": "K",
        "chinese": "某",
        "source": "",
        "layers": ["plan_units"],
    }
    rows = [row(code="N1", effect="prohibit", layer="plan_units", where="unit=Rice")]
    book = RuleBook([pack_of(about, rows, own, problems)], own)
    shapes = [shapely.box(0, 0, 50, 50), shapely.box(90, 0, 142, 50)]
    units = ControlLayer.of("plan_units", shapes, ["1", "2"], columns={"unit": ["Rice", ""]})
    text = said(made("D2", book=book, layers=ControlLayers([units])), "zh")
    assert "规划 1 水田" in text
    assert "规划 2 单元：不详" in text
    assert "地块与规划（水田）重叠" in text
    assert "《线条法》" in text
    assert "Law of Lines" not in text
    assert "Plan 1 rice fields" in said(made("D2", book=book, layers=ControlLayers([units])))


def test_every_rule_that_was_tried_is_there() -> None:
    decision = CASES["conditions"]
    lawyer = section(decision_page(decision, "en"), "lawyer")
    assert re.findall(r'<span class="code">(\w+)</span>', lawyer) == [rule.code for rule in BOOK.rules.values()]
    assert lawyer.count('<tr class="decides">') == len(decision.decided_by)
    summaries = re.findall(r'<summary><svg class="mark (\w+)".*?</svg>\s*(.*?)</summary>', lawyer, re.DOTALL)
    assert summaries == [
        ("allowed_with_conditions", "Pack of line: allowed with conditions (8 rules)"),
        ("allowed", "Pack of wet: allowed (5 rules)"),
    ]
    holds = dict(zip(BOOK.rules, re.findall(r'<td class="holds \w+">([\w ]+)', lawyer), strict=True))
    assert holds["line", "L2"] == "yes"
    assert holds["line", "L1"] == "no"
    assert holds["line", "L4"] == "not in force"
    assert "<span>The parcel overlaps the ecological conservation red line</span>" in lawyer
    assert '<strong class="holds yes">yes</strong><span>“Is new land taken?” – yes</span>' in lawyer
    unknown = section(decision_page(CASES["undetermined"], "en"), "lawyer")
    assert '<strong class="holds unknown">unknown</strong><span>“Is new land taken?” – yes</span>' in unknown


def test_ties_are_reported() -> None:
    assert CASES["tied"].outcome == "allowed_with_conditions"
    assert "Pack of line: rules L6, L7 are of one priority and disagree. The strictest counts." in said(CASES["tied"])
    assert "规则包line：规则L6、L7优先级相同而结论不同" in said(CASES["tied"], "zh")
    assert "Rules that disagree" not in said(CASES["allowed"])


def test_it_can_be_checked_and_asked_again() -> None:
    decision = CASES["conditions"]
    text, told = said(decision), trace(decision)
    assert told["hash"] in text
    assert told["question"]["polygon"] in text
    for one in BOOK.values():
        assert one.digest in text
        assert one.version in text
        assert one.source in text
    assert "d1" * 32 in text
    assert (
        "shanshui explain . --parcel D-17 --activity A5 --on 2026-11-27"
        " --fact new_land=yes --fact project_stage=first_survey"
    ) in text
    assert "The ring was closed." in said(CASES["prohibited"])
    assert "--activity D2 --industry 14 --on 2026-11-27" in said(CASES["prohibited"])


def test_names_cannot_break_the_page() -> None:
    for language in ("en", "zh"):
        page = decision_page(made("D2", shapely.box(1000, 0, 1100, 100), notes=("<b>bold</b>",)), language)
        assert "<b>" not in page
        assert "W<1>" not in page
        assert "W&lt;1&gt;" in page
    evil = decide(BOOK, LAYERS, Parcel('"><script>x</script>', PARCEL), {"activity": "D2", "date": "2026-11-27"})
    assert "<script>x" not in decision_page(evil, "en")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_raw_keys_are_read(case: str, language: Language) -> None:
    page = decision_page(CASES[case], language)
    # The command, and the names of packs and layers under their titles, are for the machine.
    page = re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    read = re.sub(r"<[^>]+>", " ", body) + " ".join(re.findall(r'(?:aria-label|title|alt)="([^"]*)"', body))
    assert not re.findall(r"[A-Za-z]+_[A-Za-z_]+", read)
    assert "None" not in read
    if language == "zh":
        for english in ("prohibited", "allowed", "undetermined", "parcel", "overlap", "Text of", "unknown", "sliver"):
            assert english not in read


def test_the_same_decision_gives_the_same_page() -> None:
    assert decision_page(made("A5", new_land="no"), "en") == decision_page(CASES["allowed"], "en")


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "decision.html"
    assert write_decision(CASES["allowed"], path, "zh") == path
    assert path.read_text("utf-8") == decision_page(CASES["allowed"], "zh")
    assert [one.name for one in path.parent.iterdir()] == ["decision.html"]


def test_the_map_shows_what_is_near_and_where_it_would_be_cut() -> None:
    drawn = decision_map(CASES["prohibited"])
    assert drawn is not None
    assert [layer.name for layer in drawn.layers] == ["red_line"]
    assert [label.text for label in drawn.labels] == ["R-17", "R-18"]
    back = drawn.canvas.transform
    ends = [float(number) for number in re.findall(r"[\d.]+", drawn.cut)]
    points = [(back.c + back.a * x, back.f + back.e * y) for x, y in zip(ends[::2], ends[1::2], strict=True)]
    # The cut runs along x = 2 and x = 100, from side to side, and nowhere along the old border.
    assert drawn.cut.count("M") == 2
    assert len(points) == 4
    assert {round(x) for x, _ in points} == {2, 100}
    assert {round(y, -1) for _, y in points} == {0, 100}
    # A sliver is too narrow for a name: R-18 is named beside the parcel, R-17 on it.
    assert 100 < back.c + back.a * drawn.labels[0].x < 142
    assert back.c + back.a * drawn.labels[1].x < 0
    # What lies on the parcel is drawn where it is: from x = 100 to 142, and from 0 to 2.
    on = [float(number) for number in re.findall(r"[ML](-?[\d.]+) ", drawn.layers[0].on)]
    assert {round(back.c + back.a * x) for x in on} == {0, 2, 100, 142}
    # Around it, the frame cuts R-17 off at 142 + 0.35 times the longer extent of 142 m.
    around = [back.c + back.a * float(number) for number in re.findall(r"[ML](-?[\d.]+) ", drawn.layers[0].around)]
    assert max(around) == pytest.approx(142 * 1.35, abs=0.5)


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    drawn = decision_map(CASES["free"])
    assert drawn is not None
    # 100 m and a margin of 35 m on both sides are as high as the sheet: it is square, and 170 m wide.
    assert drawn.canvas.shape == (720, 720)
    assert drawn.canvas.bar.kilometres == 0.05
    assert drawn.canvas.bar.percent == pytest.approx(100 * 50 / 170)
    assert "50 m" in said(CASES["free"])
    assert drawn.layers == []
    assert "5 km" in said(made("A5", shapely.box(20_000, 0, 30_000, 100)))
    # 2,400 m and a margin of 840 m on both sides are 4,080 m, of which a bar of 1 km is less than 30 percent.
    assert "1 km" in said(made("A5", shapely.box(20_000, 0, 22_400, 100)))


def test_each_layer_has_a_hatch_of_its_own() -> None:
    both = made("A5", shapely.union(PARCEL, shapely.box(1000, 0, 1100, 100)), new_land=True)
    drawn = decision_map(both)
    assert drawn is not None
    assert {layer.name: layer.number for layer in drawn.layers} == {"red_line": 0, "wetlands": 1}
    assert drawn.layers[0].hatch != drawn.layers[1].hatch
    page = decision_page(both, "en")
    assert page.count('<pattern id="hatch-') == 2


def test_a_parcel_without_ground_has_no_map() -> None:
    decision = made("A5", shapely.Polygon())
    page = decision_page(decision, "en")
    assert '<section id="map">' not in page
    assert decision.outcome == "undetermined"


def test_areas_are_written_as_registers_write_them() -> None:
    words = DecisionWords("zh", TERMS)
    assert (words.m2(62.44), words.m2(100.4), words.ha(62.44), words.mu(62.44)) == ("62.4", "100", "0.0062", "0.09")
    assert words.area(999.9) == "0.1000公顷（1.50亩）"
    assert words.area(1000.0) == "0.10公顷（1.50亩）"


@pytest.fixture(scope="module", params=["en", "zh"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("decisions")
    return {case: write_decision(CASES[case], folder / f"{case}.html", request.param) for case in CASES}


def test_a_very_small_parcel_has_room_around_it() -> None:
    drawn = decision_map(made("A5", shapely.box(500, 0, 502, 2)))
    assert drawn is not None
    # 2 m and twice 10 m on 720 pixels.
    assert drawn.canvas.transform.a == pytest.approx(22 / 720)


@pytest.mark.parametrize(("wide", "high", "rows"), [(1000, 100, 430), (100, 1000, 720), (100, 80, 634)])
def test_the_sheet_is_never_low_nor_higher_than_wide(wide: float, high: float, rows: int) -> None:
    drawn = decision_map(made("A5", shapely.box(500, 0, 500 + wide, high)))
    assert drawn is not None
    # Of 100 m by 80 m, with 35 m around, 170 : 150 on 720 pixels makes 635 (634 where a half is rounded to even).
    assert drawn.canvas.shape[1] == 720
    assert drawn.canvas.shape[0] == pytest.approx(rows, abs=1)
    left, top = drawn.canvas.transform.c, drawn.canvas.transform.f
    size = drawn.canvas.transform.a
    assert size == pytest.approx(-drawn.canvas.transform.e, rel=0.01)
    # The parcel lies in the middle, with the margin on every side.
    assert left + 360 * size == pytest.approx(500 + wide / 2)
    assert top - drawn.canvas.shape[0] / 2 * size == pytest.approx(high / 2, abs=1)
    assert min(500 - left, top - high) >= 0.35 * max(wide, high) * 0.99


def test_names_on_the_map_leave_each_other_room() -> None:
    # Ten strips of 1 m beside each other: their names would lie on top of each other.
    strips = [shapely.box(10 + number, 0, 11 + number, 100) for number in range(10)]
    layer = ControlLayer.of("red_line", strips, [f"strip-{number}" for number in range(10)], scale=100)
    drawn = decision_map(made("D2", layers=ControlLayers([layer, WETLANDS])))
    assert drawn is not None
    assert [label.text for label in drawn.labels] == ["strip-0"]
    # A hundred squares: no more names than can be read; what is beside the parcel is named last, and only if large.
    squares = [shapely.box(14.2 * x, 10.0 * y, 14.2 * x + 14, 10.0 * y + 9) for x in range(10) for y in range(10)]
    beside = [shapely.box(150, 20, 160, 30), shapely.box(150, 50, 180, 80)]
    layer = ControlLayer.of("red_line", [*squares, *beside], [*map(str, range(100)), "small", "large"])
    drawn = decision_map(made("D2", layers=ControlLayers([layer, WETLANDS])))
    assert drawn is not None
    assert len(drawn.labels) == 24
    assert "small" not in [label.text for label in drawn.labels]
    drawn = decision_map(
        made("D2", layers=ControlLayers([ControlLayer.of("red_line", beside, ["small", "large"]), WETLANDS]))
    )
    assert drawn is not None
    assert [label.text for label in drawn.labels] == ["large"]


def test_a_polygon_over_most_of_the_map_is_named_beside_the_parcel() -> None:
    # The frame reaches 0.35 times 142 m around the parcel. Both polygons cover all of it: the first is named on the
    # parcel, the second beside it.
    wide = [shapely.box(-900, -900, 900, 900), shapely.box(-800, -800, 800, 800)]
    drawn = decision_map(
        made("D2", layers=ControlLayers([ControlLayer.of("red_line", wide, ["one", "two"]), WETLANDS]))
    )
    assert drawn is not None
    assert [label.text for label in drawn.labels] == ["one", "two"]
    back = drawn.canvas.transform
    parcel = shapely.affinity.affine_transform(
        PARCEL, [1 / back.a, 0, 0, 1 / back.e, -back.c / back.a, -back.f / back.e]
    )
    one, two = (shapely.Point(label.x, label.y) for label in drawn.labels)
    assert parcel.contains(one)
    # Half a name of three letters, half its height, a gap, and at most one step between places.
    assert 0 < parcel.distance(two) <= 3 * 10 / 2 + 4 + 12
    box = shapely.box(two.x - 15, two.y - 11, two.x + 15, two.y + 11)
    assert not box.intersects(parcel)
    assert shapely.box(0, 0, 720, drawn.canvas.shape[0]).contains(box)
    # A name for which there is no room anywhere is left out.
    long = ControlLayer.of("red_line", wide[:1], ["x" * 80])
    drawn = decision_map(made("D2", layers=ControlLayers([long, WETLANDS])))
    assert drawn is not None
    assert drawn.labels == []


def test_of_many_rules_those_that_saw_nothing_are_told_in_brief() -> None:
    def cards(count: int) -> tuple[int, int]:
        rows = [row(code=f"N{number}") for number in range(count)]
        page = decision_page(made("A5", book=RuleBook([pack("many", rows, [])], TERMS)), "en")
        return page.count("<article"), section(page, "why").count("<li>")

    assert cards(3) == (3, 0)
    assert cards(4) == (0, 4)


def test_a_short_list_of_other_activities_is_open() -> None:
    change = section(decision_page(CASES["prohibited"], "en"), "change")
    assert "<details open>" in change
    many = Terms(TERMS.facts, {f"K{number}": Activity(f"K{number}", english="x", chinese="某") for number in range(9)})
    for listed, opened in ((6, 1), (7, 0)):
        codes = ";".join(f"K{number}" for number in range(1, listed + 1))
        problems = Problems()
        about = {"name": "k", "version": "2026-01-01", "english": "K", "chinese": "某", "source": "", "layers": []}
        rows = [row(code="N1", effect="prohibit", activity="K0"), row(code="N2", activity=codes)]
        book = RuleBook([pack_of(about, rows, many, problems)], many)
        change = section(decision_page(made("K0", book=book), "en"), "change")
        assert change.count("<details open>") == opened
        assert f"Allowed: {listed}" in change


@ignored
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 900, 360])
def test_it_fits_the_window_and_is_accessible(pages: dict[str, Path], width: int, browse: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.base")
    with browse(pages["prohibited"], width) as page:
        for case in ("prohibited", "conditions", "number"):
            page.goto(pages[case].as_uri())
            page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            cut = "[...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth > box.clientWidth).length"
            assert width < 900 or page.evaluate(cut) == 0
            page.evaluate(axe.AXE_SCRIPT)
            faults = page.evaluate("axe.run()")["violations"]
            assert not [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")]


@ignored
@pytest.mark.slow
def test_in_print_everything_is_open_and_nothing_is_cut_off(pages: dict[str, Path], browse: Callable[..., Any]) -> None:
    with browse(pages["prohibited"], 700) as page:
        assert not page.locator(".tried").first.is_visible()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".tried").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 700
        high = page.evaluate("document.querySelector('#map').getBoundingClientRect().bottom")
        # Head and map stand on the first page: A4 without margins is 269 mm, at 96 pixels an inch.
        assert high < 269 / 25.4 * 96
