from collections import Counter

import pytest

from shanshui.policy.language.industries import Industries, Industry, read_industries

ALL = Industries()


def test_the_standard_is_complete():
    # GB/T 4754-2017: 20 sections, 97 divisions, 473 groups.
    kinds = Counter("section" if code.isalpha() else len(code) for code in ALL.listed)
    assert kinds == {"section": 20, 2: 97, 3: 473}
    assert list(ALL.divisions) == [f"{number:02d}" for number in range(1, 98)]
    assert [code for code in ALL.listed if code.isalpha()] == list("ABCDEFGHIJKLMNOPQRST")


# First and last division of each section, as the standard has them.
SECTIONS = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_covers_its_divisions(section):
    first, last = SECTIONS[section]
    assert ALL.prefixes(section) == (section, *(f"{number:02d}" for number in range(first, last + 1)))


def test_every_group_stands_under_its_division_and_has_its_section():
    for code, industry in ALL.listed.items():
        assert industry.code == code
        assert industry.english
        assert any("\u4e00" <= letter <= "\u9fff" for letter in industry.chinese)
        assert industry.section == (code if code.isalpha() else ALL.listed[code[:2]].section)
    assert {code[:2] for code in ALL.listed if len(code) == 3} == set(ALL.divisions)


@pytest.mark.parametrize(
    ("code", "chinese"),
    [
        ("011", "谷物种植"),
        ("0610", "烟煤和无烟煤开采洗选"),
        ("09", "有色金属矿采选业"),
        ("103", "采盐"),
        ("222", "造纸"),
        ("301", "水泥、石灰和石膏制造"),
        ("441", "电力生产"),
        ("613", "民宿服务"),
        ("771", "生态保护"),
        ("786", "游览景区管理"),
        ("970", "国际组织"),
    ],
)
def test_known_codes_have_their_names(code, chinese):
    assert ALL.knows(code)
    assert ALL.fault(code) is None
    assert ALL.name(code, "chinese") == chinese


def test_a_class_is_known_by_its_group():
    assert ALL.knows("0999") is False
    assert ALL.knows("0939") is True
    assert ALL.name("0911", "english") == "Mining and dressing of common non-ferrous metal ores"
    assert not ALL.knows("09111")
    assert not ALL.knows("061x")
    assert not ALL.knows("Bxxx")


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("6", "did you mean '06'?"),
        ("611x", "did you mean '611'?"),
        ("064", "did you mean '06"),
        ("Z", "use one of: A, B, C"),
        ("00", "use one of: 01, 02"),
        ("", "use one of: A, B, C"),
        ("煤", "use one of: A, B, C"),
    ],
)
def test_an_unknown_code_is_told_with_what_may_be_meant(code, mend):
    fault = ALL.fault(code)
    assert fault.startswith(f"there is no industry {code!r} in GB/T 4754-2017 (")
    assert mend in fault
    with pytest.raises(KeyError, match="there is no industry"):
        ALL.name(code, "english")


def test_what_covers_what():
    assert ALL.covers("06", "06")
    assert ALL.covers("06", "0610")
    assert ALL.covers("B", "B")
    assert ALL.covers("B", "1200")
    assert not ALL.covers("B", "13")
    assert not ALL.covers("061", "06")
    assert not ALL.covers("06", "B")


def test_other_tables_may_be_given():
    own = Industries({"A": Industry("A", "all", "全", "A"), "01": Industry("01", "one", "一", "A")})
    assert own.prefixes("A") == ("A", "01")
    assert not own.knows("011")
    assert read_industries()["A"].english == "Agriculture, forestry, animal husbandry and fishery"


def test_what_stands_above_a_code():
    assert ALL.above("0610") == ("B", "06", "061")
    assert ALL.above("97") == ("T",)
    assert ALL.above("B") == ()
