import pandas as pd
from tests.chapters.zoning.small_lists import NO_COUNTIES, ZONES, firms, lists, row

from shanshui.chapters.zoning.access_lists.coverage import BY_FIRM, COVERAGE, access_list_coverage, firms_by_access_list
from shanshui.chapters.zoning.access_lists.words import CLASSES_ZH, LEVELS_ZH

PROVINCE = {"list": "their", "level": "province"}


def covered(*rows, zones=ZONES, given=None, **chosen):
    """Give ground, class and rows of what stands in the table for a county and industry."""
    table = access_list_coverage(lists(*rows), zones, given)
    assert table.columns.tolist() == COVERAGE
    for column, value in chosen.items():
        table = table[table[column] == value]
    return [" ".join(filter(None, one)) for one in table[["ground", "class", "rows"]].itertuples(index=False)]


def test_every_division_is_told_in_every_county():
    table = access_list_coverage(lists(row("prohibited", "0610", county="X"), row("allowed", "C")), ZONES)
    assert len(table) == 3 * 98
    assert table["county"].unique().tolist() == ["X", "Y", "Z"]
    assert table["county_name"].unique().tolist() == ["Xiao", "Yan", "Zhou"]
    assert table["function_type"].unique().tolist() == ["ecological", "agricultural", ""]
    # 31 divisions of manufacturing in three counties, and one class of coal in one.
    assert table["class"].value_counts().to_dict() == {"none": 294 - 93 - 1, "allowed": 93, "prohibited": 1}
    told = table[(table["county"] == "X") & (table["industry"] == "0610")].iloc[0]
    assert told["industry_name"] == "Mining and washing of bituminous coal and anthracite"
    assert told["industry_name_zh"] == "烟煤和无烟煤开采洗选"
    assert told["class_zh"] == "禁止类"
    assert (told["levels"], told["lists"], told["rows"], told["from"], told["to"]) == (
        *("county", "own", "1"),
        *("2020-01-01", ""),
    )
    # A class that is prohibited says nothing of its division.
    assert covered(row("prohibited", "0610"), county="X", industry="06") == ["none"]
    assert covered(row("prohibited", "0610"), county="X", industry="0610") == ["prohibited 1"]
    nothing = table[table["industry"] == "01"].iloc[0]
    assert (nothing["class_zh"], nothing["from"], nothing["to"], nothing["levels"]) == ("未规定", "", "", "")


def test_codes_of_firms_are_told_too():
    given = firms(("f", "X", "0911"))
    assert covered(row("allowed", "09"), given=given, county="Y", industry="0911") == ["allowed 1"]
    assert covered(row("allowed", "09"), county="Y", industry="0911") == []


def test_a_study_without_counties_is_told_as_one():
    rows = row("allowed", "09"), row("restricted", "06", function_type="ecological")
    table = access_list_coverage(lists(*rows), NO_COUNTIES)
    assert table["county"].unique().tolist() == [""]
    assert table.loc[table["industry"] == "09", "class"].tolist() == ["allowed"]
    assert table.loc[table["industry"] == "06", "class"].tolist() == ["none"]


def test_function_types_choose_counties():
    rows = row("prohibited", "06", function_type="ecological"), row("restricted", "06", function_type="农产品主产区")
    assert covered(*rows, industry="06") == ["prohibited 1", "restricted 2", "none"]


def test_a_longer_code_decides_within_a_level_and_the_strictest_across_levels():
    rows = row("prohibited", "06"), row("allowed", "061")
    assert covered(*rows, county="X", industry="061") == ["allowed 2"]
    assert covered(*rows, county="X", industry="06") == ["prohibited 1"]
    across = row("prohibited", "06", **PROVINCE), row("allowed", "061")
    assert covered(*across, county="X", industry="061") == ["prohibited 1"]
    assert covered(row("allowed", "06", **PROVINCE), row("restricted", "06"), county="X", industry="06") == [
        "restricted 2"
    ]
    # An exception in one county only.
    one = row("prohibited", "06"), row("allowed", "061", county="X")
    assert covered(*one, industry="061") == ["allowed 2", "prohibited 1", "prohibited 1"]
    # A contradiction: the strictest.
    assert covered(row("prohibited", "06"), row("allowed", "06"), county="X", industry="06") == ["prohibited 1"]
    # A chain: coal is forbidden, hard coal restricted, one class of it allowed.
    chain = row("prohibited", "06"), row("restricted", "061"), row("allowed", "0610")
    table = access_list_coverage(lists(*chain), ZONES).query("county == 'X'").set_index("industry")
    assert table.loc[["06", "061", "0610"], "class"].tolist() == ["prohibited", "restricted", "allowed"]


def test_a_positive_list_of_a_ground():
    rows = (
        row("prohibited", "*", ground="red_line"),
        row("allowed", "77", ground="red_line"),
        row("allowed", "06"),
        row("restricted", "78", ground="protected_areas:zone=general", control="slope_degrees < 5"),
    )
    assert covered(*rows, county="X", industry="77") == ["none", "red_line allowed 2"]
    assert covered(*rows, county="X", industry="06") == ["allowed 3", "red_line prohibited 1"]
    assert covered(*rows, county="X", industry="78") == [
        "none",
        "red_line prohibited 1",
        "protected_areas:zone=general restricted 4",
    ]


def test_controls_that_decide_together():
    rows = (
        row("restricted", "06", control_kind="layout", control="slope_degrees < 5"),
        row("restricted", "061", control_kind="layout", control="slope_degrees < 3 or elevation_m < 9"),
        row("restricted", "06", control_kind="scale", control="site_area_ha > 1", **PROVINCE),
    )
    table = access_list_coverage(lists(*rows), ZONES).query("county == 'X'").set_index("industry")
    assert table.loc["06", "control"] == "(slope_degrees < 5) and (site_area_ha > 1)"
    # The longer code controls the same kind in its own way.
    assert table.loc["061", "control"] == "(slope_degrees < 3 or elevation_m < 9) and (site_area_ha > 1)"
    assert (table.loc["06", "rows"], table.loc["061", "rows"]) == ("1; 3", "2; 3")
    assert (table.loc["06", "levels"], table.loc["06", "lists"]) == ("county; province", "own; their")


def test_periods():
    rows = (
        row("prohibited", "06", valid_from="2020-01-01", valid_to="2021-12-31"),
        row("allowed", "061", valid_from="2021-01-01", valid_to="2021-06-30"),
        row("restricted", "06", valid_from="2023-01-01", valid_to="2023-12-31"),
        row("restricted", "06", valid_from="2024-01-01", valid_to="2024-06-30"),
    )
    table = access_list_coverage(lists(*rows), ZONES).query("county == 'X' and industry == '061'")
    assert table[["class", "rows", "from", "to"]].to_numpy().tolist() == [
        ["prohibited", "1", "2020-01-01", "2020-12-31"],
        ["allowed", "2", "2021-01-01", "2021-06-30"],
        ["prohibited", "1", "2021-07-01", "2021-12-31"],
        ["none", "", "2022-01-01", "2022-12-31"],
        ["restricted", "3", "2023-01-01", "2023-12-31"],
        ["restricted", "4", "2024-01-01", "2024-06-30"],
    ]
    # Days on which nothing changes make no new period.
    one = row("prohibited", "06"), row("allowed", "06", valid_from="2021-01-01", valid_to="2021-06-30")
    table = access_list_coverage(lists(*one), ZONES).query("county == 'X' and industry == '06'")
    assert table[["class", "rows", "from", "to"]].to_numpy().tolist() == [["prohibited", "1", "2020-01-01", ""]]


def test_what_lists_say_of_firms():
    rows = (
        row("prohibited", "06", existing_firms_deadline="2020-12-31"),
        row("restricted", "15", control="slope_degrees < 5", ground="park"),
        row("allowed", "01", county="Y"),
    )
    given = firms(
        ("old", "X", "0610", "2019-12-31", "L-1"),
        ("new", "X", "0610", "2020-01-01"),
        ("dark", "X", "0610"),
        ("wine", "Y", "151"),
        ("farm", "Y", "011", "1999-01-01"),
        ("other", "Z", "011"),
    )
    table = firms_by_access_list(lists(*rows), ZONES, given)
    assert table.columns.tolist() == BY_FIRM
    shown = table[["firm", "ground", "class", "rows", "deadline"]].to_numpy().tolist()
    assert shown == [
        ["old", "", "prohibited", "1", "2020-12-31"],
        ["new", "", "prohibited", "1", ""],
        ["dark", "", "prohibited", "1", ""],
        ["wine", "", "none", "", ""],
        ["wine", "park", "restricted", "2", ""],
        ["farm", "", "allowed", "3", ""],
        ["other", "", "none", "", ""],
    ]
    assert table["existing"].fillna(-1).tolist() == [1, 0, -1, -1, -1, 1, -1]
    # 2020 is a leap year: from 1 January to 31 December are 365 days.
    assert table["days"].fillna(-1).tolist() == [365, -1, -1, -1, -1, -1, -1]
    old = table.iloc[0]
    assert (old["parcel"], old["county_name"], old["industry_name_zh"]) == ("L-1", "Xiao", "烟煤和无烟煤开采洗选")
    coal = "0610 Mining and washing of bituminous coal and anthracite"
    assert table["english"][0] == f"{coal} is prohibited; an existing firm need not follow until 2020-12-31"
    assert table["chinese"][0] == "0610烟煤和无烟煤开采洗选为禁止类；现有企业过渡期至2020-12-31"
    assert table["english"][1] == f"{coal} is prohibited"
    assert table["english"][3] == "no list answers 151 Manufacture of liquor"
    assert table["chinese"][3] == "151酒的制造未被任何清单规定"
    assert table["english"][4] == "151 Manufacture of liquor is restricted on park: (slope_degrees < 5) must be met"
    assert table["chinese"][4] == "151酒的制造在park范围内为限制类，须满足(slope_degrees < 5)"


def test_the_first_deadline_counts_and_a_row_without_one_binds_at_once():
    deadlines = (
        row("prohibited", "06", existing_firms_deadline="2022-12-31"),
        row("prohibited", "06", **PROVINCE, existing_firms_deadline="2021-01-01", valid_from="2020-12-01"),
    )
    given = firms(("f", "X", "06", "2019-01-01"), ("g", "X", "06", "2020-06-01"))
    table = firms_by_access_list(lists(*deadlines), ZONES, given)
    assert table[["firm", "from", "rows", "existing"]].to_numpy().tolist() == [
        ["f", "2020-01-01", "1", 1.0],
        ["f", "2020-12-01", "1; 2", 1.0],
        ["g", "2020-01-01", "1", 0.0],
        ["g", "2020-12-01", "1; 2", 0.0],
    ]
    assert table["deadline"].tolist() == ["2022-12-31", "2021-01-01", "", ""]
    at_once = firms_by_access_list(lists(deadlines[0], row("prohibited", "06", **PROVINCE)), ZONES, given)
    assert at_once["deadline"].tolist() == ["", ""]


def test_a_study_whose_firms_are_none():
    table = firms_by_access_list(
        lists(row("allowed", "01")), ZONES, pd.DataFrame(columns=["firm", "county", "industry"])
    )
    assert table.columns.tolist() == BY_FIRM
    assert table.empty


def test_words_of_classes_and_levels():
    assert CLASSES_ZH == {"allowed": "允许类", "restricted": "限制类", "prohibited": "禁止类", "none": "未规定"}
    assert LEVELS_ZH == {"national": "国家级", "province": "省级", "prefecture": "市级", "county": "县级"}
