import pandas as pd
import pytest

from shanshui.base.errors import Problems
from shanshui.policy.language.parsing import parse
from shanshui.policy.language.terms import Fact, Terms
from shanshui.policy.parameters import read_pack
from shanshui.policy.rules import chapter_rules
from shanshui.policy.rules.packs import ready_packs
from shanshui.policy.rules.ranking import parse_keeps

NAMES = ["protected_area_integration", "red_line_adjustment"]
TERMS = Terms({"share": Fact("share", "number"), "zone": Fact("zone", "code", choices=("core", "general"))})
KEY = "tables.some_rules"


def test_rules_of_chapters_are_no_packs_that_answer_questions():
    assert chapter_rules.chapter_rules() == NAMES
    assert not set(NAMES) & set(ready_packs())


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_of_the_ready_rules_can_be_read(name):
    about, rules = chapter_rules.about_chapter_rules(name), chapter_rules.read_chapter_rules(name)
    assert about.name == name
    asked = set()
    for row in rules.to_dict("records"):
        subject = {"use": "use", "zone": "zone", "cell": "cell"}.get(row.get("kind", row.get("ground")))
        terms = about.facts[subject or ("area" if "kind" in rules else "drawn")]
        asked |= parse(row["when"], terms).facts | parse(row.get("among", ""), terms).facts
        if row.get("keeps"):
            asked.add(parse_keeps(row["keeps"], terms).fact)
    # The limits of the policy that are offered are asked for; every fact has its question in both languages.
    offered = {fact for terms in about.facts.values() for fact in terms.facts}
    assert offered & set(read_pack("china")) <= asked
    for terms in about.facts.values():
        for fact in terms.facts.values():
            assert fact.english.endswith("?")
            assert fact.chinese.endswith("？")
            assert fact.unit or fact.kind != "number"


def test_the_book_in_words():
    told = chapter_rules.told_chapter_rules("en")
    assert told[0] == "Integration of protected areas (protected_area_integration, 2026-11-27)"
    place = told.index(
        "P7 (shall, official): A scenic area established after the regulation came into force must not overlap a "
        "nature reserve: it has no claim on the common ground."
    )
    assert told[place - 1 : place + 6] == [
        "",
        told[place],
        "  on: which area keeps common ground",
        '  where one of them: of_class == "nature_reserve"',
        '  when: category == "scenic_area" and (new or established > valid_from)',
        "  source: 风景名胜区条例（国务院令第474号）, 第七条, 2006",
        "",
    ]
    assert "  keeps: greatest level_rank" in told
    assert any(line.startswith("P11 large (may, default): ") for line in told)
    assert told.index("Adjustment of the red line (red_line_adjustment, 2026-11-27)") > place
    assert told[told.index("  on: mining rights") + 2] == "  then: it leaves"
    chinese = chapter_rules.told_chapter_rules("zh")
    assert len(chinese) == len(told)
    assert chinese[0].startswith("自然保护地整合优化 (")
    for line in ("  对象: 重叠范围归属", "  结果: 调出红线", "  保留: greatest level_rank", "  结果: 逐步有序退出"):
        assert line in chinese
    assert any(line.startswith("P7 (应当, 官方文件): 条例施行后") for line in chinese)
    # The rules of a chapter stand in their order.
    heads = [line.split()[0] for line in told if line and not line.startswith(" ")]
    assert heads[1:7] == ["P12", "P7", "P1", "P2", "P3", "P4"]


def read(rows, required=("code", "order", "when"), optional=("case",)):
    problems = Problems()
    return chapter_rules.RuleTable(pd.DataFrame(rows), KEY, required, optional, problems), problems


def test_rows_are_read_in_their_order():
    told, problems = read(
        [
            {"code": " X2 ", "order": "2", "when": None},
            {"code": "X1", "order": 1.5, "when": "share > 1"},
            {"code": "X0", "order": 2},
        ]
    )
    assert told.codes == ["X2", "X1", "X0"]
    assert told.order() == [1, 0, 2]
    assert told["when"] == ["", "share > 1", ""]
    assert told["case"] == ["", "", ""]
    assert str(told.condition(1, "when", TERMS)) == "share > 1"
    assert told.condition(0, "when", TERMS).truth  # one that always holds
    assert not problems


def test_what_is_wrong_with_a_table_is_told_with_its_column():
    told, problems = read([{"code": "X1", "order": "a", "case": ""}, {"code": "X1", "order": "", "case": ""}])
    told.order()
    told.check_twice("code", "case")
    told.check_words("code", ["X2", "X3"])
    assert [str(each) for each in problems] == [
        f"{KEY}.columns.when: is missing; give it; chapter_rules.csv of the ready rules shows how",
        f"{KEY}.columns.order: X1 has none; give every rule a number",
        f"{KEY}.columns.order: X1 has 'a', which is no number; write a number",
        f"{KEY}.columns.code: rule X1 stands twice; keep one row",
        f"{KEY}.columns.code: 'X1' is none of its words; use one of: X2, X3",
    ]
    told, problems = read(
        [{"code": "X1", "order": 1, "when": text} for text in ("shares > 1", 'overlap_m2("sea") > 1')]
    )
    assert [str(told.condition(row, "when", TERMS)) for row in (0, 1)] == ["", ""]
    assert [str(each) for each in problems] == [
        f"{KEY}.columns.when: X1: there is no fact 'shares'; did you mean 'share'?",
        f"{KEY}.columns.when: X1: control layer 'sea' is asked for, and there is no parcel; ask for facts only",
    ]


def test_cases_of_one_code_are_apart():
    told, problems = read([{"code": "X1", "order": 1, "when": "", "case": case} for case in ("a", "b", "b")])
    told.check_twice("code", "case")
    assert [str(each) for each in problems] == [f"{KEY}.columns.code: rule X1 b stands twice; keep one row"]


def test_more_choices():
    more = chapter_rules.with_choices(TERMS, "zone", ["core", "outer"])
    assert more.facts["zone"].choices == ("core", "general", "outer")
    assert TERMS.facts["zone"].choices == ("core", "general")
    assert parse('zone == "outer"', more).facts == {"zone"}
