import csv
from datetime import date

import pytest
from tests.policy.rule_worlds import TERMS, about, book, coded, faults, pack, row

from shanshui.base.errors import Problems, StudyError
from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.language.terms import read_activities, read_facts, read_terms
from shanshui.policy.rules.packs import COLUMNS, RuleBook, pack_of, read_rule_pack, ready_packs
from shanshui.policy.rules.rule import FIRST_DAY, LAST_DAY, scoped

TOML = """\
name = "{name}"
version = "2026-01-01"
english = "Own rules"
chinese = "自定规则"
source = "none"
layers = ["red_line", "forests"]
"""
ACTIVITY_COLUMNS = "code,parent,english,chinese,conditions,source,status\n"
FACT_COLUMNS = "fact,kind,unit,choices,english,chinese\n"


@pytest.fixture
def write(tmp_path):
    """Write a pack, in a folder of its own."""

    def write(*rows, name="own", toml=TOML, header=COLUMNS, encoding="utf-8", **others):
        folder = tmp_path / f"pack{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "pack.toml").write_text(toml.format(name=name), "utf-8")
        with (folder / "rules.csv").open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows([one.get(column, "") for column in header] for one in coded(rows or [row()]))
        for file, text in others.items():
            (folder / f"{file}.csv").write_text(text, "utf-8")
        return folder

    return write


def told(*folders):
    """Give what is wrong with packs, as it is told."""
    with pytest.raises(StudyError) as caught:
        read_rule_book([str(folder) for folder in folders])
    return [str(problem) for problem in caught.value.problems if problem.severity == "error"]


def read(*folders):
    return read_rule_book([str(folder) for folder in folders])


# --- A pack that is right -------------------------------------------------------------------------------------------
def test_all_that_a_rule_says_is_read(write):
    folder = write(
        row(
            "conditions",
            code="K1",
            priority="-3",
            layer="red_line",
            where="zone=core|buffer; kind = basic ",
            activity="A1.1; A2",
            industry="not 06;B",
            when="disturbed_area_m2 < 25 and not unavoidable",
            english="Text, with a comma",
            chinese="条文",
            evidence="a paper; a map",
            evidence_zh="证明；图",
            authority="the county",
            authority_zh="县",
            document="Law",
            article="article 3",
            valid_from="2020-02-29",
            valid_to="2026-12-31",
            status="literature",
        )
    )
    made = read(folder)["own"]
    (rule,) = made.rules
    assert (made.name, made.version, made.english, made.chinese) == ("own", "2026-01-01", "Own rules", "自定规则")
    assert made.layers == {"red_line": ("kind", "zone"), "forests": ()}
    assert (rule.key, rule.priority, rule.effect, rule.refers_to) == (("own", "K1"), -3, "conditions", "")
    assert [str(part) for part in rule.conditions] == [
        'touches("red_line", kind="basic", zone="core|buffer")',
        'activity in ("A1.1", "A2")',
        'not industry in ("06", "B")',
        "disturbed_area_m2 < 25",
        "not unavoidable",
    ]
    assert (rule.english, rule.chinese, rule.evidence, rule.evidence_zh) == (
        *("Text, with a comma", "条文"),
        *("a paper; a map", "证明；图"),
    )
    assert (rule.authority, rule.authority_zh, rule.document, rule.article) == ("the county", "县", "Law", "article 3")
    assert (rule.valid_from, rule.valid_to) == (date(2020, 2, 29).toordinal(), date(2026, 12, 31).toordinal())
    assert rule.status == "literature"


def test_a_rule_without_an_end_holds_for_good():
    (rule,) = pack(row(valid_from="2020-01-01")).rules
    assert rule.valid_to == LAST_DAY
    first = date(2020, 1, 1).toordinal()
    assert [rule.in_force(at) for at in (FIRST_DAY, first - 1, first, LAST_DAY)] == [False, False, True, True]


def test_rules_are_kept_in_order_and_given_by_priority():
    made = pack(*(row(code=code, priority=priority) for code, priority in (("a", 1), ("b", 9), ("c", -4), ("d", 9))))
    assert [rule.code for rule in made.rules] == ["a", "b", "c", "d"]
    assert [[rule.code for rule in level] for level in made.by_priority()] == [["b", "d"], ["a"], ["c"]]


def test_rules_that_cannot_speak_of_an_activity_are_left_out():
    rules = [row(code="a", activity="A"), row(code="b", activity="not A"), row(code="c", activity="A.1"), row(code="d")]
    made = pack(*rules)
    named = {code: [rule.code for rule in sum(made.by_priority(code), ())] for code in ("A", "A.1", "B", None)}
    # Whoever only says A may mean A.1.
    assert named == {"A": ["a", "c", "d"], "A.1": ["a", "c", "d"], "B": ["b", "d"], None: ["a", "b", "c", "d"]}


def test_a_book_of_several_packs():
    packs = {"p": [row(when="wet and slope < 3", layer="land")], "q": [row(layer="land", where="zone=core")]}
    both = book(**packs)
    assert list(both) == ["p", "q"]
    assert len(both) == 2
    assert list(both.rules) == [("p", "R0"), ("q", "R0")]
    assert both.layers == {"land": ("zone",), "water": ()}
    assert both.facts == ("wet", "slope")
    other = both.with_packs([pack(row("prohibit"), name="q"), pack(row(), name="r")])
    assert list(other) == ["p", "q", "r"]
    assert other["q"].rules[0].effect == "prohibit"
    assert both["q"].rules[0].effect == "allow"


def test_the_digest_is_that_of_all_that_is_said():
    rules = coded([row("conditions", layer="land"), row("prohibit")])
    problems = Problems()

    def digest(rules, **others):
        return pack_of(about() | others, rules, TERMS, problems).digest

    same = digest(rules)
    assert same == digest([dict(reversed(one.items())) for one in rules])
    others = [digest(rules, version="2026-01-02"), digest(rules, name="q"), digest(rules, layers=["land", "sea"])]
    others.append(digest(rules[::-1]))
    for column in COLUMNS:
        changed = {"priority": "7", "effect": "allow", "status": "literature", "valid_from": "2001-01-01"}
        changed |= {"valid_to": "2030-01-01", "activity": "A", "industry": "06", "when": "built", "where": "zone=core"}
        changed |= {"layer": "water"}
        others.append(digest([rules[0] | {column: changed.get(column, "other")}, rules[1]]))
    assert len({same, *others}) == 1 + len(others)


def test_the_digest_of_the_terms_is_also_that_of_those_a_pack_brings(write):
    folder = write(
        activities=f"{ACTIVITY_COLUMNS}Q1,,walk,散步,,,default\n", facts=f"{FACT_COLUMNS}steep,yes_no,,,?,？\n"
    )
    digests = [read(folder).terms.digest, read_terms().digest]
    (folder / "activities.csv").write_text(f"{ACTIVITY_COLUMNS}Q1,A1,walk,散步,,,default\n", "utf-8")
    digests.append(read(folder).terms.digest)
    (folder / "facts.csv").write_text(f"{FACT_COLUMNS}steep,yes_no,,,Steep?,？\n", "utf-8")
    digests.append(read(folder).terms.digest)
    assert len(set(digests)) == 4
    assert read(folder).terms.digest == digests[-1]


def test_own_terms_are_added(write):
    rules = [
        row(activity="Q1.1", when="steep and not unavoidable"),
        row("prohibit", activity="Q1", code="P", priority=-1),
    ]
    folder = write(
        *rules,
        activities=f"{ACTIVITY_COLUMNS}Q1.1,Q1,run,跑步,,,default\nQ1,A1,walk,散步,,,literature\n",
        facts=f"{FACT_COLUMNS}steep,yes_no,,,Steep?,陡吗？\n",
    )
    made = read(folder)
    assert made.terms.above("Q1.1") == {"Q1", "A1"}
    assert "Q1.1" in made.terms.below("A1")
    assert made.facts == ("activity", "unavoidable", "steep")


# --- Columns that are wrong -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value", "key", "fault"),
    [
        ("code", "", "p:?", "has no code"),
        ("priority", "", "p:R0.priority", "is ''"),
        *(
            ("priority", text, "p:R0.priority", f"is {text!r}")
            for text in ("high", "1.5", "--5", "²", "1-", "-", "1 2")
        ),
        ("effect", "", "p:R0.effect", "is ''"),
        ("effect", "alow", "p:R0.effect", "is 'alow'"),
        ("refers_to", "q", "p:R0.refers_to", "goes with refer"),
        ("status", "", "p:R0.status", "is ''"),
        ("status", "oficial", "p:R0.status", "is 'oficial'"),
        ("english", "", "p:R0.english", "is empty"),
        ("chinese", "", "p:R0.chinese", "is empty"),
        ("document", "", "p:R0.document", "is empty"),
        ("valid_from", "", "p:R0.valid_from", "is empty"),
        ("valid_from", "2026-13-01", "p:R0.valid_from", "is no date"),
        ("valid_from", "20260101", "p:R0.valid_from", "is no date"),
        ("valid_to", "1999-12-31", "p:R0.valid_to", "lies before valid_from"),
        ("valid_to", "never", "p:R0.valid_to", "is no date"),
        ("layer", "lnd", "p:R0", "there is no control layer 'lnd'"),
        ("when", 'touches("lnd")', "p:R0", "there is no control layer 'lnd'"),
        ("when", 'overlap_m2("lnd") > 0', "p:R0", "there is no control layer 'lnd'"),
        ("where", "zone=core", "p:R0.where", "no layer"),
        ("activity", "A9", "p:R0.activity", "there is no activity 'A9'"),
        ("activity", "not A9", "p:R0.activity", "there is no activity 'A9'"),
        ("activity", "not", "p:R0.activity", ""),
        ("activity", ";", "p:R0.activity", ""),
        ("activity", "A not B", "p:R0.activity", "there is no activity"),
        ("industry", "99", "p:R0.industry", "there is no industry '99'"),
        ("industry", ";;", "p:R0.industry", ""),
        ("when", "slop < 3", "p:R0.when", "there is no fact 'slop'"),
        ("when", "slope", "p:R0.when", "neither yes nor no"),
    ],
)
def test_a_column_that_is_wrong(column, value, key, fault):
    (problem,) = faults(row() | {column: value})
    assert problem.key == key
    assert fault in problem.fault
    assert problem.mend


@pytest.mark.parametrize("where", ["zone", "zone=", "=core", "zone=core|", "zone=core;zone=buffer", "zone=core;kind"])
def test_a_choice_of_polygons_that_cannot_be_read(where):
    (problem,) = faults(row(layer="land", where=where))
    assert problem.key == "p:R0.where"
    with pytest.raises(ValueError):
        scoped("land", where, ())


def test_what_goes_with_an_effect():
    (problem,) = faults(row("refer"))
    assert (problem.key, problem.fault) == ("p:R0.refers_to", "goes with refer")
    (problem,) = faults(row("conditions", evidence=""))
    assert problem.key == "p:R0.evidence"
    for effect in ("allow", "prohibit"):
        assert not faults(row(effect, evidence=""))
    assert not faults(row("refer", refers_to="q", evidence=""))


def test_one_day_is_long_enough():
    assert not faults(row(valid_from="2026-01-01", valid_to="2026-01-01"))


def test_all_faults_of_all_rules_at_once():
    wrong = {"effect": "x", "priority": "y", "status": "z", "english": "", "chinese": "", "document": ""}
    wrong |= {
        "activity": "Q",
        "industry": "999",
        "when": "zz",
        "where": "zone=core",
        "valid_from": "no",
        "valid_to": "no",
    }
    found = faults(row() | wrong, row(code=""), row(when="zz"))
    assert {problem.key for problem in found} == {*(f"p:R0.{name}" for name in wrong), "p:?", "p:R2.when"}


# --- Files that are wrong -------------------------------------------------------------------------------------------
def test_a_folder_without_a_pack(tmp_path):
    with pytest.raises(StudyError, match=r"decisions\.packs: there is no pack 'red_lin'.*did you mean 'red_line'"):
        read_rule_book(["red_lin"], tmp_path)
    with pytest.raises(StudyError, match=r"mine: there is no pack 'none'"):
        read_rule_book(["none"], tmp_path, "mine")


def test_a_pack_file_that_cannot_be_read(write):
    assert "cannot be read" in told(write(toml="name = own"))[0]
    folder = write()
    (folder / "pack.toml").write_bytes(TOML.format(name="own").encode("gb18030"))
    assert "cannot be read" in told(folder)[0]


@pytest.mark.parametrize("key", ["name", "version", "english", "chinese", "source", "layers"])
def test_a_pack_file_that_lacks_something(write, key):
    kept = "".join(f"{line}\n" for line in TOML.splitlines() if not line.startswith(key))
    (fault,) = told(write(toml=kept))
    assert f"pack.toml:{key}: is missing" in fault


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("layers = 'red_line'", "layers"),
        ("layers = [1, 'red_line']", "layers"),
        ("layers = [1]", "layers"),
        ("name = 3", "name"),
        ("version = 2026-01-01", "version"),
        ("version = 'latest'", "version"),
        ("version = '2026-02-30'", "version"),
    ],
)
def test_a_pack_file_with_something_of_another_kind(write, line, key):
    kept = "".join(f"{one}\n" for one in TOML.splitlines() if not one.startswith(key))
    (fault,) = told(write(toml=f"{kept}{line}\n"))
    assert f"pack.toml:{key}" in fault


def test_a_pack_file_with_something_unknown(write):
    (fault,) = told(write(toml=f"{TOML}layer = []\n"))
    assert "pack.toml:layer: is not known; did you mean 'layers'" in fault


def test_rules_that_are_not_there_or_not_in_utf8(write):
    folder = write()
    (folder / "rules.csv").unlink()
    assert "cannot be read" in told(folder)[0]
    assert "is not in UTF-8" in told(write(row(chinese="红线"), encoding="gb18030"))[0]


def test_a_mark_at_the_beginning_is_no_part_of_the_head(write):
    assert list(read(write(encoding="utf-8-sig"))["own"].rules)


def test_columns_that_are_missing_unknown_or_there_twice(write):
    (fault,) = told(write(header=[name for name in COLUMNS if name not in ("when", "status")]))
    assert "has no column when, status" in fault
    (fault,) = told(write(header=[*COLUMNS, "wen"]))
    assert "wen" in fault
    assert "when" in fault
    (fault,) = told(write(header=[*COLUMNS, "when"]))
    assert "when" in fault


def test_every_line_with_a_wrong_number_of_cells_is_named(write):
    folder = write(row(), row("prohibit"), row())
    lines = (folder / "rules.csv").read_text("utf-8").splitlines()
    lines[1] += ",more"
    lines[3] = lines[3].rpartition(",")[0]
    (folder / "rules.csv").write_text("\n".join(lines), "utf-8")
    (fault,) = told(folder)
    assert "2" in fault
    assert "4" in fault
    assert "20 cells" in fault


def test_a_cell_without_end(write):
    assert told(write(row(english="x" * 200_000)))


def test_faults_of_several_packs_are_told_together(write):
    one, two = write(row(effect="x"), name="one"), write(row(when="zz"), name="two")
    assert [fault.partition(":")[0] for fault in told(one, two)] == ["one", "two"]


def test_two_packs_of_one_name(write):
    assert "'red_line'" in told("red_line", write(name="red_line"))[0]
    assert "'own'" in told(write(), write(row("prohibit")))[0]


def test_a_pack_named_twice_is_read_once():
    assert list(read_rule_book(["sea", "sea"])) == ["sea"]


def test_paths_are_seen_from_the_folder(write, tmp_path):
    folder = write()
    assert list(read_rule_book([folder.name, "sea"], tmp_path)) == ["own", "sea"]


def test_a_fault_leaves_no_pack(write):
    problems = Problems()
    assert read_rule_pack(write(row(effect="x")), read_terms(), problems) is None
    assert len(problems) == 1
    # What was wrong before has nothing to do with it.
    assert read_rule_pack(write(), read_terms(), problems) is not None


# --- Terms ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (",yes_no,,,x,y", "is no name"),
        ("two words,yes_no,,,x,y", "is no name"),
        ("3d,yes_no,,,x,y", "is no name"),
        ("and,yes_no,,,x,y", "is no name"),
        ("True,yes_no,,,x,y", "is no name"),
        ("depth,numbr,,,x,y", "did you mean 'number'"),
        ("depth,,,,x,y", ".kind"),
        ("depth,code,,,x,y", ".choices: are missing"),
        ("depth,number,m,a;b,x,y", ".choices: are given"),
        ("depth,number,m,,x,y\ndepth,number,m,,x,y", "stands twice"),
    ],
)
def test_a_fact_that_is_wrong(tmp_path, line, fault):
    (tmp_path / "facts.csv").write_text(f"{FACT_COLUMNS}{line}\n", "utf-8")
    problems = Problems()
    read_facts(tmp_path / "facts.csv", problems)
    assert len(problems) == 1
    assert fault in str(problems[0])


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["Q1,Q9,,,,,default"], "there is no activity 'Q9'"),
        (["Q1,Q1,,,,,default"], "leads back to itself"),
        (["Q1,Q2,,,,,default", "Q2,Q1,,,,,default"], "leads back to itself"),
        (["Q1,,,,,,default", "Q1,,,,,,default"], "stands twice"),
        (["Q1,,,,,,offical"], "did you mean 'official'"),
        ([",,,,,,default"], "has no code"),
    ],
)
def test_an_activity_that_is_wrong(tmp_path, lines, fault):
    (tmp_path / "activities.csv").write_text(ACTIVITY_COLUMNS + "\n".join(lines), "utf-8")
    problems = Problems()
    read_activities(tmp_path / "activities.csv", problems)
    assert problems
    assert all(fault in str(problem) for problem in problems)


def test_own_terms_that_change_what_is_there(write):
    """Another parent of A1, or other stages of mining, would change what all ready packs say."""
    (fault,) = told("red_line", write(activities=f"{ACTIVITY_COLUMNS}A1,D1,x,y,,,default\n"))
    assert "activities.csv:A1" in fault
    (fault,) = told("red_line", write(facts=f"{FACT_COLUMNS}mining_stage,code,,x;y,?,？\n"))
    assert "facts.csv:mining_stage" in fault
    (fault,) = told("red_line", write(facts=f"{FACT_COLUMNS}mining_stage,yes_no,,,?,？\n"))
    assert "facts.csv:mining_stage" in fault


def test_the_terms_of_every_question_are_there():
    terms = read_terms()
    assert list(terms.facts)[:4] == ["activity", "industry", "date", "area_m2"]
    assert all(activity.parent in {"", *terms.activities} for activity in terms.activities.values())
    for code in terms.activities:
        assert code in terms.below(code)
        assert code not in terms.above(code)
        assert all(code in terms.below(wider) for wider in terms.above(code))


def test_terms_above_and_below():
    above = {code: set(TERMS.above(code)) for code in TERMS.activities}
    assert above == {"A": set(), "A.1": {"A"}, "A.1.1": {"A", "A.1"}, "A.2": {"A"}, "B": set()}
    below = {code: set(TERMS.below(code)) for code in TERMS.activities}
    assert below["A"] == {"A", "A.1", "A.1.1", "A.2"}
    assert (below["A.1"], below["A.1.1"], below["B"]) == ({"A.1", "A.1.1"}, {"A.1.1"}, {"B"})


def test_all_ready_packs_are_read_by_default():
    assert list(read_rule_book()) == ready_packs()
    assert "red_line" in ready_packs()
    assert isinstance(read_rule_book([]), RuleBook)
