"""Rules in words: every kind of condition, names that nobody gave, and whole rule books."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.base.errors import Problems, StudyError
from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.language.conditions import All, AnyOf, Condition, Not, OneOf, Touches, YesNo
from shanshui.policy.language.parsing import parse
from shanshui.policy.language.terms import ALWAYS, RULE_PACKS, Activity, Fact, Terms, read_terms
from shanshui.policy.rules.book_text import document_of, in_words, told
from shanshui.policy.rules.names import (
    answer_in_words,
    code_in_words,
    ground_in_words,
    layer_in_words,
    value_codes,
    value_of_column,
)
from shanshui.policy.rules.packs import COLUMNS, RuleBook, pack_of
from shanshui.policy.rules.phrases import Language, listed, phrase

FACTS = (
    *ALWAYS,
    Fact("new_land", "yes_no", english="Is new land taken?", chinese="是否新增用地？"),
    Fact("slope", "number", "degree", english="How steep is it?", chinese="坡度多大？"),
    Fact("years", "number", "year", english="For how long?", chinese="多长时间？"),
    Fact("most_years", "number", "year", english="For how long at most?", chinese="最长多长时间？"),
    Fact("stage", "code", choices=("survey", "deep_mining"), english="Which stage?", chinese="哪个阶段？"),
    Fact("granted", "date", english="When was it granted?", chinese="何时取得？"),
    Fact("fast_river", "yes_no"),
)
ACTIVITIES = [
    Activity("A", english="all", chinese="全部"),
    *(Activity(f"A{number}", "A", f"work {number}", f"工作{number}") for number in range(1, 7)),
    Activity("Z"),
]
TERMS = Terms({fact.name: fact for fact in FACTS}, {activity.code: activity for activity in ACTIVITIES})


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("", "Always", "在任何情况下"),
        ("new_land", "“Is new land taken?” – yes", "“是否新增用地？”——是"),
        ("not new_land", "“Is new land taken?” – no", "“是否新增用地？”——否"),
        ("fast_river", "“fast river” – yes", "“fast river”——是"),
        ("slope < 25", "“How steep is it?” – less than 25°", "“坡度多大？”——小于25度"),
        ("slope <= 25", "“How steep is it?” – at most 25°", "“坡度多大？”——不超过25度"),
        ("slope > 25", "“How steep is it?” – more than 25°", "“坡度多大？”——大于25度"),
        ("slope >= 25", "“How steep is it?” – at least 25°", "“坡度多大？”——不小于25度"),
        ("slope == 25", "“How steep is it?” – exactly 25°", "“坡度多大？”——等于25度"),
        ("slope != 2.5", "“How steep is it?” – other than 2.5°", "“坡度多大？”——不等于2.5度"),
        ("not slope < 25", "“How steep is it?” – at least 25°", "“坡度多大？”——不小于25度"),
        ("not slope <= 25", "“How steep is it?” – more than 25°", "“坡度多大？”——大于25度"),
        ("not slope > 25", "“How steep is it?” – at most 25°", "“坡度多大？”——不超过25度"),
        ("not slope >= 25", "“How steep is it?” – less than 25°", "“坡度多大？”——小于25度"),
        ("not slope == 25", "“How steep is it?” – other than 25°", "“坡度多大？”——不等于25度"),
        ("not slope != 25", "“How steep is it?” – exactly 25°", "“坡度多大？”——等于25度"),
        ("25 > slope", "“How steep is it?” – less than 25°", "“坡度多大？”——小于25度"),
        ("years <= 1", "“For how long?” – at most 1 year", "“多长时间？”——不超过1年"),
        (
            "years > most_years",
            "“For how long?” – more than the answer to “For how long at most?”",
            "“多长时间？”——大于对“最长多长时间？”的回答",
        ),
        ("area_m2 > 12500", "The area of the parcel is more than 12,500 m²", "地块面积大于12,500平方米"),
        (
            'area_m2 > overlap_m2("sea")',
            "The area of the parcel is more than the part of the parcel in sea areas",
            "地块面积大于地块位于海域内的部分",
        ),
        ('date < "2026-01-01"', "The day of the question is before 2026-01-01", "提出日期早于2026-01-01"),
        ('granted <= "2026-01-01"', "“When was it granted?” – on or before 2026-01-01",
         "“何时取得？”——不晚于2026-01-01"),
        ('granted > "2026-01-01"', "“When was it granted?” – after 2026-01-01", "“何时取得？”——晚于2026-01-01"),
        ('granted >= "2026-01-01"', "“When was it granted?” – on or after 2026-01-01",
         "“何时取得？”——不早于2026-01-01"),
        ('granted == "2026-01-01"', "“When was it granted?” – on 2026-01-01", "“何时取得？”——为2026-01-01"),
        ('granted != "2026-01-01"', "“When was it granted?” – not on 2026-01-01", "“何时取得？”——不为2026-01-01"),
        ('stage == "survey"', "“Which stage?” – survey", "“哪个阶段？”——survey"),
        ('stage != "deep_mining"', "“Which stage?” – not deep mining", "“哪个阶段？”——不是deep mining"),
        (
            'stage in ("survey", "deep_mining")',
            "“Which stage?” – survey or deep mining",
            "“哪个阶段？”——survey或deep mining",
        ),
        ('activity == "A1"', "The activity is “A1 work 1”", "活动为“A1工作1”"),
        (
            'activity in ("A1", "A3", "Z")',
            "The activity is “A1 work 1”, “A3 work 3” or “Z”",
            "活动为“A1工作1”、“A3工作3”或“Z”",
        ),
        (
            'activity not in ("A1", "A2", "A3", "A6", "Z")',
            "The activity is not A1–A3, A6 or Z",
            "活动不是A1–A3、A6或Z",
        ),
        ('activity in ("A1", "A2", "A4", "A5")', "The activity is A1, A2, A4 or A5", "活动为A1、A2、A4或A5"),
        ('industry == "D"', "The industry is “D Production and supply of electricity, heat, gas and water”",
         "行业为“D电力、热力、燃气及水生产和供应业”"),
        ('touches("red_line")', "The parcel overlaps the ecological conservation red line", "地块与生态保护红线重叠"),
        ('not touches("sea")', "The parcel does not overlap sea areas", "地块不与海域重叠"),
        (
            'touches("protected_areas", zone="core|buffer", level="national")',
            "The parcel overlaps protected areas (national; core zone or buffer zone)",
            "地块与自然保护地（国家级；核心区或缓冲区）重叠",
        ),
        (
            'touches("quiet_areas", hum="very_low")',
            "The parcel overlaps quiet areas (hum: very low)",
            "地块与quiet areas（hum：very low）重叠",
        ),
        (
            'overlap_m2("wetlands") >= 500',
            "The part of the parcel in wetlands is at least 500 m²",
            "地块位于湿地内的面积不小于500平方米",
        ),
        (
            'overlap_percent("urban_boundary") < 99',
            "The share of the parcel in the urban development boundary is less than 99%",
            "地块位于城镇开发边界内的面积占比小于99%",
        ),
        (
            "new_land and slope < 5 or fast_river",
            "(“Is new land taken?” – yes; and “How steep is it?” – less than 5°); or “fast river” – yes",
            "（“是否新增用地？”——是；且“坡度多大？”——小于5度）；或“fast river”——是",
        ),
        (
            "not (new_land and slope < 5)",
            "“Is new land taken?” – no; or “How steep is it?” – at least 5°",
            "“是否新增用地？”——否；或“坡度多大？”——不小于5度",
        ),
        (
            "not (new_land or not (fast_river or slope < 5))",
            "“Is new land taken?” – no; and (“fast river” – yes; or “How steep is it?” – less than 5°)",
            "“是否新增用地？”——否；且（“fast river”——是；或“坡度多大？”——小于5度）",
        ),
    ],
)  # fmt: skip
def test_conditions_in_words(text: str, english: str, chinese: str) -> None:
    condition = parse(text, TERMS)
    assert in_words(condition, TERMS, "en") == english
    assert in_words(condition, TERMS, "zh") == chinese


@pytest.mark.parametrize(
    ("condition", "said"), [(AnyOf(()), "Never"), (Not(All(())), "Never"), (Not(AnyOf(())), "Always")]
)
def test_conditions_of_nothing(condition: Condition, said: str) -> None:
    assert in_words(condition, TERMS, "en") == said


leaves = st.sampled_from(
    [YesNo("new_land"), YesNo("fast_river"), Touches("sea"), OneOf("stage", ("survey",), frozenset({"survey"}))]
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)


@given(conditions)
def test_what_is_denied_twice_is_said_once(condition: Condition) -> None:
    assert in_words(Not(Not(condition)), TERMS, "en") == in_words(condition, TERMS, "en")
    assert in_words(Not(condition), TERMS, "en") != in_words(condition, TERMS, "en")


@given(conditions)
def test_every_simple_condition_is_told(condition: Condition) -> None:
    said = in_words(condition, TERMS, "en").lower()
    words = {"new_land": "is new land taken?", "fast_river": "fast river", "sea": "sea areas", "stage": "which stage?"}
    for leaf in condition.leaves():
        assert words[getattr(leaf, "fact", None) or leaf.layer] in said


@pytest.mark.parametrize(
    ("fact", "value", "english", "chinese"),
    [
        ("new_land", True, "yes", "是"),
        ("new_land", "no", "no", "否"),
        ("new_land", "是", "yes", "是"),
        ("slope", 24.999999999999996, "a little less than 25°", "略小于25度"),
        ("slope", 25.000000000000004, "a little more than 25°", "略大于25度"),
        ("slope", "1200.5", "1,200.5°", "1,200.5度"),
        ("years", 1, "1 year", "1年"),
        ("stage", "deep_mining", "deep mining", "deep mining"),
        ("granted", "2026-01-31", "2026-01-31", "2026-01-31"),
        ("activity", "A1", "A1 work 1", "A1工作1"),
        ("industry", "06", "06 Mining and washing of coal", "06煤炭开采和洗选业"),
    ],
)
def test_answers_in_words(fact: str, value: object, english: str, chinese: str) -> None:
    assert (answer_in_words(fact, value, TERMS, "en"), answer_in_words(fact, value, TERMS, "zh")) == (english, chinese)


def test_names_that_nobody_gave() -> None:
    assert value_of_column("wetlands", "importance", "", TERMS, "en") == "importance: not known"
    assert value_of_column("wetlands", "importance", "", TERMS, "zh") == "重要性：不详"
    assert value_of_column("mining_rights", "mineral", "rock_salt", TERMS, "zh") == "矿种：rock salt"
    assert code_in_words("activity", "B9", TERMS, "en") == "B9"
    assert ground_in_words("red_line", (), TERMS, "zh") == "生态保护红线"
    assert listed(["a"], "en") == "a"


def test_names_of_layers_are_whole_and_stand_once() -> None:
    with (RULE_PACKS / "layers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["layer"], row["column"], row["value"]) for row in rows]
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert row["english"], row
        assert re.search("[\u4e00-\u9fff]", row["chinese"]), row


def test_everything_in_the_ready_packs_has_a_name() -> None:
    book, terms = read_rule_book(), read_terms()
    for layer in book.layers:
        assert re.search("[\u4e00-\u9fff]", layer_in_words(layer, terms, "zh")), layer
    for rule in book.rules.values():
        for layer, where in rule.condition.grounds:
            for column, values in where:
                for value in values:
                    assert "：" not in value_of_column(layer, column, value, terms, "zh"), (rule.key, column, value)
    for fact in terms.facts.values():
        for choice in fact.choices:
            assert re.search("[\u4e00-\u9fff]", answer_in_words(fact.name, choice, terms, "zh")), (fact.name, choice)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_ready_rule_book_shows_no_raw_keys(language: Language) -> None:
    book = read_rule_book()
    lines = told(book, language)
    # Who writes rules needs the names of facts, their kinds and choices.
    place = lines.index(phrase("facts", language))
    lines, facts = lines[:place], lines[place + 1 :]
    assert [line.split()[0] for line in facts] == list(book.terms.facts)
    assert any(line.startswith("  mining_stage (survey|exploration|mining): ") for line in facts)
    assert any(line.startswith("  slope_degrees (number degree): ") for line in facts)
    raw = {*book.facts, *book.layers} | {column for columns in book.layers.values() for column in columns}
    raw = {key for key in raw if "_" in key}
    found = [
        line
        for line in lines
        for key in raw
        if re.search(rf"\b{key}\b", line.replace(f"({key})", "").replace(f"（{key}）", ""))
    ]
    assert not found
    assert sum(line.startswith(("  Applies when", "  适用情形")) for line in lines) == len(book.rules)


def row(**given: str) -> dict[str, str]:
    usual = {
        "priority": "10", "effect": "allow", "english": "Allowed.", "chinese": "允许。", "document": "Law of Tests",
        "valid_from": "2020-01-01", "status": "default",
    }  # fmt: skip
    return {**dict.fromkeys(COLUMNS, ""), **usual, **given}


def book() -> RuleBook:
    about = {"name": "line", "version": "2026-01-01", "english": "The line", "chinese": "红线", "source": "Test <1>"}
    rows = [
        row(code="L1", effect="conditions", layer="red_line", activity="A1", evidence="a plan; a map",
            evidence_zh="方案；图", authority="county", article="art. 2", status="official",
            valid_to="2030-12-31", priority="20"),
        row(code="L2", effect="refer", refers_to="line_two"),
    ]  # fmt: skip
    problems = Problems()
    pack = pack_of({**about, "layers": ["red_line"]}, rows, TERMS, problems)
    assert not problems
    return RuleBook([pack], TERMS)


def test_a_rule_book_told_in_english() -> None:
    lines = told(book(), "en")
    assert lines[: lines.index("Facts that conditions may ask for:") - 1] == [
        "The line (line), version 2026-01-01",
        "Source: Test <1>",
        "Control layers: the ecological conservation red line",
        "",
        "L1, allowed with conditions, priority 20",
        "  Applies when:",
        "    - The parcel overlaps the ecological conservation red line",
        "    - The activity is “A1 work 1”",
        "  Text: Allowed.",
        "  Document: Law of Tests, art. 2",
        "  In force: from 2020-01-01 until 2030-12-31",
        "  To bring: a plan; a map",
        "  Decides: county",
        "  Status: text of the law or standard",
        "",
        "L2, decided by “line two”, priority 10",
        "  Applies when:",
        "    - Always",
        "  Text: Allowed.",
        "  Document: Law of Tests",
        "  In force: from 2020-01-01",
        "  Status: default: the text of no law was read",
        "",
        "Activities",
        "  A1 work 1",
    ]


def test_a_rule_book_told_in_chinese() -> None:
    lines = told(book(), "zh")
    assert lines[:7] == [
        "红线（line），版本2026-01-01",
        "来源：Test <1>",
        "管控图层：生态保护红线",
        "",
        "L1，有条件允许，优先级20",
        "  适用情形：",
        "    - 地块与生态保护红线重叠",
    ]
    assert "  须提交：方案；图" in lines
    # Nobody said in Chinese who decides.
    assert "  决定机关：county" in lines
    assert "  有效期：自2020-01-01起至2030-12-31止" in lines
    assert "  依据性质：默认：未查阅法规原文" in lines
    assert document_of(book().rules["line", "L1"], TERMS, "zh") == "Law of Tests，art. 2"


OWN_NAMES = """layer,column,value,english,chinese
plan_units,,,the spatial plan,空间规划
plan_units,unit,,unit of the plan,规划单元
plan_units,unit,Rice,rice fields,水田
plan_units,unit,Forest,forest,林地
,method,open_pit,open pit,露天开采
red_line,,,the ecological conservation red line,生态保护红线
"""
ABOUT = """name = "own"
version = "2026-01-01"
english = "Own"
chinese = "自有"
source = "Own"
layers = ["plan_units"]
"""


def own_pack(folder: Path, **files: str) -> Path:
    rule = row(code="O1", layer="plan_units", where="unit=Rice", document="Law 5/1990", when="method == 'open_pit'")
    head, line = ",".join(COLUMNS), ",".join(rule[name] for name in COLUMNS)
    facts = "fact,kind,unit,choices,english,chinese\nmethod,code,,open_pit;deep,By which method?,采用何种方式？\n"
    texts = {"pack.toml": ABOUT, "rules.csv": f"{head}\n{line}\n", "facts.csv": facts}
    texts |= {f"{name}.csv": text for name, text in files.items()}
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_pack_names_its_own_layers_and_documents(tmp_path: Path) -> None:
    documents = "document,chinese\nLaw 5/1990,《1990年第5号法》\n"
    named = read_rule_book([str(own_pack(tmp_path / "named", layers=OWN_NAMES, documents=documents))])
    bare = read_rule_book([str(own_pack(tmp_path / "bare"))])
    rule, terms = named.rules["own", "O1"], named.terms
    assert in_words(rule.condition, terms, "zh") == ("地块与空间规划（水田）重叠；且“采用何种方式？”——露天开采")
    assert in_words(rule.condition, terms, "en").startswith("The parcel overlaps the spatial plan (rice fields)")
    assert in_words(rule.condition, bare.terms, "zh").startswith("地块与plan units（unit：Rice）重叠")
    assert document_of(rule, terms, "zh") == "《1990年第5号法》"
    assert document_of(rule, terms, "en") == document_of(rule, bare.terms, "zh") == "Law 5/1990"
    assert value_of_column("plan_units", "unit", "", terms, "zh") == "规划单元：不详"
    assert "管控图层：空间规划" in told(named, "zh")
    # Polygons may have a value in any of its words; what is named for a choice of a fact is none.
    assert value_codes("plan_units", "unit", terms) == {
        "Rice": "Rice", "rice fields": "Rice", "水田": "Rice", "Forest": "Forest", "forest": "Forest", "林地": "Forest",
    }  # fmt: skip
    assert value_codes("plan_units", "unit", bare.terms) == {}
    # What is ours keeps its names.
    assert layer_in_words("sea", terms, "zh") == "海域"


def test_names_are_part_of_the_digests_only_where_a_pack_brings_them(tmp_path: Path) -> None:
    books = {
        name: read_rule_book([str(own_pack(tmp_path / name, **files))])
        for name, files in {
            "bare": {},
            "layers": {"layers": OWN_NAMES},
            "other": {"layers": OWN_NAMES.replace("水田", "稻田")},
            "documents": {"documents": "document,chinese\nLaw 5/1990,《1990年第5号法》\n"},
            "none": {"layers": OWN_NAMES.splitlines()[0]},
            "ours": {"layers": f"{OWN_NAMES.splitlines()[0]}\n{OWN_NAMES.splitlines()[-1]}"},
        }.items()
    }
    digests = {name: book.terms.digest for name, book in books.items()}
    assert digests["bare"] == digests["none"] == digests["ours"]
    assert len(set(digests.values())) == 4
    assert len({book["own"].digest for book in books.values()}) == len(books)
    # Without own names it is as if there were none: facts, activities and industries alone.
    bare = books["bare"].terms
    assert bare.digest == Terms(bare.facts, bare.activities, bare.industries, {}, {}).digest


@pytest.mark.parametrize(
    ("name", "rows", "fault"),
    [
        ("layers", ",,x,some,某", "layers.csv:x has no layer, column or words"),
        ("layers", "a,,x,some,某", "layers.csv:a.x has no layer, column or words"),
        ("layers", ",,,some,某", "layers.csv:? has no layer, column or words"),
        ("layers", "a,,,,", "layers.csv:a has no layer, column or words"),
        ("layers", "a,b,c,some,某\na,b,c,more,多", "layers.csv:a.b.c stands twice"),
        ("layers", "red_line,,,the line,红线", "layers.csv:red_line is called otherwise already"),
        ("layers", "a,b,c,some,某\na,b,d,more,某", "layers.csv:a.b.d '某' stands for 'c' as well"),
        ("layers", "a,b,c,some,某\na,b,some,more,多", "layers.csv:a.b.some 'some' stands for 'c' as well"),
        ("documents", "Law,", "documents.csv:Law has an empty cell"),
        ("documents", ",法", "documents.csv:? has an empty cell"),
        ("documents", "Law,法\nLaw,律", "documents.csv:Law stands twice"),
        ("documents", "Forest Law (2019),森林法", "documents.csv:Forest Law (2019) is called otherwise already"),
    ],
)
def test_names_that_cannot_be_right_are_refused(tmp_path: Path, name: str, rows: str, fault: str) -> None:
    head = {"layers": "layer,column,value,english,chinese", "documents": "document,chinese"}[name]
    with pytest.raises(StudyError) as raised:
        read_rule_book([str(own_pack(tmp_path / "own", **{name: f"{head}\n{rows}\n"}))])
    (problem,) = raised.value.problems
    assert fault in f"{problem.key} {problem.fault}"


@pytest.mark.parametrize(
    "rows", ["a,b,c,some,\na,b,d,more,", "a,,,some,某\na,b,,some,某\na,c,x,some,某\na,d,x,some,某"]
)
def test_words_may_be_left_out_in_one_language_and_stand_again_elsewhere(tmp_path: Path, rows: str) -> None:
    text = f"layer,column,value,english,chinese\n{rows}\n"
    terms = read_rule_book([str(own_pack(tmp_path / "own", layers=text))]).terms
    assert "" not in value_codes("a", "b", terms)
    assert layer_in_words("a", terms, "zh") in ("a", "某")


def test_no_industry_has_a_name_alone() -> None:
    assert code_in_words("industry", "none", TERMS, "en") == "no industry"
    assert code_in_words("industry", "none", TERMS, "zh") == "不属于任何行业"
