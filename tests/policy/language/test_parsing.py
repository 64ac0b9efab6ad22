import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.rule_worlds import LEAVES, TERMS, joined

from shanshui.policy.language.conditions import All
from shanshui.policy.language.parsing import ConditionError, codes_of, day, parse


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("built", "built"),
        ("not built", "not built"),
        ("not not built", "not not built"),
        ("built and wet or slope<3", "built and wet or slope < 3"),
        ("built and (wet or slope < 3)", "built and (wet or slope < 3)"),
        ("not (built or wet)", "not (built or wet)"),
        ("not 10 <= slope < 25", "not (slope >= 10 and slope < 25)"),
        ("10 <= slope < 25", "slope >= 10 and slope < 25"),
        ("25 == slope", "slope == 25"),
        ("25 != slope", "slope != 25"),
        ("-3.5 < slope", "slope > -3.5"),
        ("slope <= 1e3", "slope <= 1000.0"),
        ("area_m2 > 20_000", "area_m2 > 20000"),
        ('since >= "2020-02-29"', 'since >= "2020-02-29"'),
        ('stage == "mining"', 'stage == "mining"'),
        ('"mining" == stage', 'stage == "mining"'),
        ("stage in ['mining', 'survey']", 'stage in ("mining", "survey")'),
        ('stage not in ("mining", "survey")', 'not stage in ("mining", "survey")'),
        ('stage != "mining"', 'not stage == "mining"'),
        ('touches("land", zone="core|buffer", kind="x")', 'touches("land", kind="x", zone="core|buffer")'),
        ('overlap_percent("land") > overlap_percent("water")', 'overlap_percent("land") > overlap_percent("water")'),
        ("  built\n", "built"),
        ("(built and\n wet)", "built and wet"),
    ],
)
def test_what_is_read_can_be_written_again(text, read):
    assert str(parse(text, TERMS)) == read
    assert parse(read, TERMS) == parse(text, TERMS)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_asks_for_nothing(text):
    assert parse(text, TERMS) == All(())


@given(st.recursive(st.sampled_from(LEAVES), joined, max_leaves=8))
def test_brackets_are_kept_where_they_matter(text):
    """Read again it is the same condition, but for brackets within or, which change nothing."""
    once = str(parse(text, TERMS))
    assert str(parse(once, TERMS)) == once
    assert ast.dump(ast.parse(once)) == ast.dump(ast.parse(str(parse(once, TERMS))))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("builtt", "there is no fact 'builtt'"),
        ("slop < 3", "there is no fact 'slop'"),
        ("slope", "slope alone says neither yes nor no"),
        ("stage", "stage alone"),
        ("since", "since alone"),
        ("not slope", "slope alone"),
        ("built and slope", "slope alone"),
        ("built == True", "built says yes or no"),
        ("built < 3", "built says yes or no"),
        ("slope < True", "True and False are not compared"),
        ("slope < built", "built says yes or no"),
        ("slope < wide", "there is no fact 'wide'"),
        ("slope + 1 < 3", "'slope + 1' is nothing to compare with"),
        ("slope < 3 * 2", "'3 * 2' is nothing to compare with"),
        ("-slope < 3", "'-slope' is nothing to compare with"),
        ('slope < "3"', "is nothing to compare with"),
        ("slope in (1, 2)", "'slope' is no code"),
        ("slope is 3", "'slope' is no code"),
        ("slope < 3j", "is nothing to compare with"),
        ("slope < None", "is nothing to compare with"),
        ('stage < "mining"', "stage is a code"),
        ('stage is "mining"', "stage is a code"),
        ('stage == ("mining", "survey")', "stage is a code"),
        ('stage == "minin"', "stage is never 'minin'"),
        ("stage == mining", "mining stands where stage needs a code"),
        ("stage == 3", "3 stands where stage needs a code"),
        ("stage == stage", "stage stands where stage needs a code"),
        ('activity == "Z9"', "there is no activity 'Z9'"),
        ('industry == "999"', "there is no industry '999'"),
        ('industry == "6"', "did you mean '06'"),
        ("since < 2020", "'2020' is nothing to compare with"),
        ('since < "2020-02-30"', "'2020-02-30' is no date"),
        ('since < "20200101"', "'20200101' is no date"),
        ("since < slope", "slope is a number"),
        ("slope < since", "slope is a number"),
        ('overlap_m2("land") < since', "is nothing to compare with"),
        ('overlap_m2("land")', "is no condition"),
        ('overlap_percent("land") in ("a",)', "is no code"),
        ("touches()", "names no control layer"),
        ("touches(land)", "names no control layer"),
        ('touches("land", "water")', "names no control layer"),
        ('touches("land", zone=1)', "cannot be read"),
        ('touches("land", zone=core)', "cannot be read"),
        ('touches("land", **built)', "cannot be read"),
        ('touches("land", zone="")', "zone"),
        ('touches("land", zone="core|")', "zone"),
        ('touches("land", zone="core", zone="buffer")', "zone"),
        ('touches("land") == True', "is nothing to compare with"),
        ("covers('land')", "is no condition"),
        ("__import__('os').system('true')", "is no condition"),
        ("built if wet else built", "is no condition"),
        ("built & wet", "is no condition"),
        ("~built", "is no condition"),
        ("lambda: built", "is no condition"),
        ("(built := wet)", "is no condition"),
        ("[built]", "is no condition"),
        ("True", "is no condition"),
        ("3", "is no condition"),
        ('"built"', "is no condition"),
        ("built wet", "cannot be read"),
        ("slope <", "cannot be read"),
        ("slope = 3", "cannot be read"),
        ("(built", "cannot be read"),
        ("built\0", "cannot be read"),
        ("built; wet", "cannot be read"),
        ("1 < 2", "1"),
        ("stage in ()", "stage"),
        ("slope < " + "9" * 400, "9"),
    ],
)
def test_what_is_refused(text, fault):
    with pytest.raises(ConditionError) as caught:
        parse(text, TERMS)
    assert fault in caught.value.fault + caught.value.mend
    assert caught.value.mend
    assert str(caught.value) == f"{caught.value.fault}; {caught.value.mend}"


def read_or_refused(text):
    try:
        return bool(str(parse(text, TERMS))) or not text.strip()
    except ConditionError as error:
        return bool(error.fault and error.mend)


@pytest.mark.parametrize("number", [90, 400, 5000])
def test_a_condition_without_end_is_read_or_refused(number):
    assert read_or_refused("not " * number + "built")
    assert read_or_refused("(" * number + "built" + ")" * number)
    assert read_or_refused("built and " * number + "wet")


@given(st.text(alphabet='abuilt <>=!()"0123.,:[]#and or not', max_size=30))
def test_any_text_is_read_or_refused(text):
    assert read_or_refused(text)


def test_the_mend_names_what_was_meant():
    for text, meant in (("slopes < 3", "'slope'"), ('stage == "mine"', "'mining'")):
        with pytest.raises(ConditionError) as caught:
            parse(text, TERMS)
        assert meant in caught.value.mend


def test_days_are_counted_from_the_first_of_the_calendar():
    assert day("0001-01-01") == 1
    assert day("0001-12-31") == 365
    assert day("2026-01-31") - day("2025-12-31") == 31
    for text in ("2025-02-29", "2026-1-1", "1 May", "", "2026-01-01T00:00", "20260101", "2026-W01-1"):
        with pytest.raises(ConditionError):
            day(text)


def test_codes_of_activities_and_industries():
    one = codes_of("activity", ("A.1", "B"), TERMS)
    assert one.codes == ("A.1", "B")
    assert (one.matches, one.wider) == ({"A.1", "A.1.1", "B"}, {"A"})
    two = codes_of("industry", ("B", "131"), TERMS)
    assert two.matches == {"B", *(f"{number:02d}" for number in range(6, 13)), "131"}
    assert two.wider == {"C", "13"}
