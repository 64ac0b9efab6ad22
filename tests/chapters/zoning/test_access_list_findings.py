import pytest
from tests.chapters.zoning.small_lists import NO_COUNTIES, ZONES, firms, lists, row

from shanshui.chapters.zoning.access_lists.findings import COLUMNS, access_list_findings

GENTLE, STEEP = {"control": "slope_degrees < 25"}, {"control": "slope_degrees < 30"}
PROVINCE = {"list": "their", "level": "province"}


def found(*rows, given=None, zones=ZONES):
    """Give kind and rows of each finding."""
    table = access_list_findings(lists(*rows), zones, given)
    assert table.columns.tolist() == COLUMNS
    return [f"{kind} {numbers}".strip() for kind, numbers in zip(table["finding"], table["rows"], strict=True)]


# --- contradictions ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The same industry, everywhere.
        (row("prohibited", "061"), row("allowed", "061")),
        (row("restricted", "061", **GENTLE), row("allowed", "061")),
        (row("restricted", "061", **GENTLE), row("prohibited", "061")),
        # All counties, and one of them by name or by its function type.
        (row("prohibited", "061"), row("allowed", "061", county="X")),
        (row("prohibited", "061", function_type="ecological"), row("allowed", "061", county="X")),
        (row("prohibited", "061", function_type="ecological"), row("allowed", "061", county="Z")),
        # The weaker row on a part of the ground: a parcel may lie only partly on it.
        (row("prohibited", "061"), row("allowed", "061", ground="urban_boundary")),
        (row("prohibited", "06"), row("allowed", "061", ground="urban_boundary")),
        (row("prohibited", "06", ground="a:zone=core|buffer"), row("allowed", "061", ground="a:zone=core")),
        # One day in common.
        (row("prohibited", "061", valid_to="2021-06-30"), row("allowed", "061", valid_from="2021-06-30")),
        # Another list of the same level.
        (row("prohibited", "061"), row("allowed", "061", list="other")),
    ],
)
def test_rows_that_contradict_each_other(one, other):
    assert found(one, other) == ["contradiction 1; 2"]
    assert found(other, one) == ["contradiction 1; 2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A longer code is a stated exception, whichever is stricter.
        (row("prohibited", "06"), row("allowed", "061")),
        (row("allowed", "06"), row("prohibited", "0610")),
        (row("prohibited", "B"), row("allowed", "06")),
        (row("prohibited", "*", ground="red_line"), row("allowed", "771", ground="red_line")),
        (row("prohibited", "06"), row("allowed", "061", county="X")),
        # The stricter row on a part of the area.
        (row("allowed", "061"), row("prohibited", "061", ground="red_line")),
        (row("allowed", "0610"), row("prohibited", "*", ground="red_line")),
        (row("allowed", "061"), row("prohibited", "061", county="X")),
        (row("allowed", "061"), row("prohibited", "06", county="X")),
        # Nothing in common: ground, counties, industries, days, level.
        (row("prohibited", "061", ground="red_line"), row("allowed", "061", ground="wetlands")),
        (row("prohibited", "061", ground="a:zone=core"), row("allowed", "061", ground="a:zone=buffer")),
        (row("prohibited", "061", county="X"), row("allowed", "061", county="Y")),
        (row("prohibited", "061", county="X"), row("allowed", "061", function_type="agricultural")),
        (row("prohibited", "061"), row("allowed", "062")),
        (row("prohibited", "061", valid_to="2021-06-30"), row("allowed", "061", valid_from="2021-07-01")),
        (row("prohibited", "061"), row("allowed", "061", **PROVINCE)),
        # Two controls that can both be met.
        (row("restricted", "061", **GENTLE), row("restricted", "061", **STEEP)),
        (row("restricted", "061", **GENTLE), row("restricted", "061", control="elevation_m > 2500")),
    ],
)
def test_rows_that_do_not_contradict_each_other(one, other):
    assert found(one, other) == []
    assert found(other, one) == []


def test_a_contradiction_is_told_with_ground_and_days():
    table = access_list_findings(
        lists(
            row("prohibited", "06", county="X", ground="a", valid_to="2022-12-31"),
            row("allowed", "06", list="other", ground="a:zone=core", function_type="ecological"),
            row("allowed", "061", county="X", ground="a", valid_from="2021-01-01"),
        ),
        ZONES,
    )
    (told,) = table.to_dict("records")
    assert told == {
        "finding": "contradiction",
        "lists": "own; other",
        "rows": "1; 2",
        "firms": "",
        "county": "X",
        "function_type": "ecological",
        "ground": "a:zone=core",
        "industry": "06",
        "from": "2020-01-01",
        "to": "2022-12-31",
        "english": "row 1 has 06 prohibited, row 2 has 06 allowed",
        "chinese": "第1行将06列为禁止类，第2行将06列为允许类",
    }


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("slope_degrees < 5", "slope_degrees > 5", True),
        ("slope_degrees <= 5", "slope_degrees >= 5", False),
        ("slope_degrees <= 5", "slope_degrees > 5", True),
        ("slope_degrees < 5", "slope_degrees >= 5", True),
        ("slope_degrees == 5", "slope_degrees < 5", True),
        ("slope_degrees == 5", "slope_degrees <= 5", False),
        ("inside_industrial_park", "not inside_industrial_park", True),
        ("inside_industrial_park", "inside_industrial_park and slope_degrees < 5", False),
        ('clean_production_level == "I"', 'clean_production_level in ("II", "III")', True),
        ('clean_production_level in ("I", "II")', 'clean_production_level in ("II", "III")', False),
        # Not simple: not compared.
        ("slope_degrees < 5 or elevation_m < 5", "slope_degrees > 5", False),
        ("slope_degrees != 5", "slope_degrees == 5", False),
        ('date < "2025-01-01"', 'date > "2025-01-01"', True),
    ],
)
def test_two_controls_that_no_case_meets(one, other, contradict):
    rows = [row("restricted", "061", control=one), row("restricted", "061", control=other)]
    assert found(*rows) == (["contradiction 1; 2"] if contradict else [])
    # One that takes the place of the other does not contradict it; one of another kind stands beside it.
    exception = rows[1] | {"industry": "0610"}
    assert found(rows[0], exception) == []
    kinds = rows[0] | {"control_kind": "scale"}, exception | {"control_kind": "layout"}
    assert found(*kinds) == (["contradiction 1; 2"] if contradict else [])


def test_the_facts_of_two_controls_are_named():
    controls = "slope_degrees < 5 and elevation_m < 900", "elevation_m > 900 and slope_degrees > 5"
    table = access_list_findings(lists(*(row("restricted", "06", control=one) for one in controls)), ZONES)
    assert table["english"][0] == f"no slope_degrees, elevation_m meets both {controls[0]} and {controls[1]}"
    assert table["chinese"][0] == f"没有任何slope_degrees, elevation_m能同时满足“{controls[0]}”与“{controls[1]}”"


# --- looser than the level above ---


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (row("allowed", "061"), row("prohibited", "061")),
        (row("allowed", "061"), row("restricted", "061", **GENTLE)),
        (row("restricted", "061", **GENTLE), row("prohibited", "061")),
        (row("allowed", "061", county="X"), row("prohibited", "06")),
        (row("allowed", "061", county="X"), row("prohibited", "*", function_type="ecological")),
        (row("allowed", "061", ground="red_line"), row("prohibited", "061")),
        (row("allowed", "061", ground="a:zone=core"), row("prohibited", "061", ground="a")),
        # The control leaves open more of a fact that both bind.
        (row("restricted", "061", **STEEP), row("restricted", "06", **GENTLE)),
        (row("restricted", "06", control="slope_degrees <= 25"), row("restricted", "06", **GENTLE)),
        (
            row("restricted", "06", control="slope_degrees < 20 and elevation_m < 2600"),
            row("restricted", "06", control="slope_degrees < 25 and elevation_m < 2500"),
        ),
        (
            row("restricted", "06", control='clean_production_level in ("I", "II")'),
            row("restricted", "06", control='clean_production_level == "I"'),
        ),
        (
            row("restricted", "06", control="water_reuse_percent >= 70"),
            row("restricted", "06", control="water_reuse_percent >= 80"),
        ),
        (
            row("restricted", "06", control="water_reuse_percent >= 80"),
            row("restricted", "06", control="water_reuse_percent > 80"),
        ),
    ],
)
def test_rows_looser_than_the_level_above(low, high):
    assert found(low, high | PROVINCE) == ["looser 1; 2"]
    assert found(high | PROVINCE, low) == ["looser 2; 1"]
    assert found(low, high | {"level": "national"}) == ["looser 1; 2"]
    assert found(low, high | {"level": "prefecture"}) == ["looser 1; 2"]
    # The other way round it is stricter.
    assert "looser 1; 2" not in found(low | PROVINCE, high)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (row("prohibited", "061"), row("allowed", "061")),
        (row("restricted", "061", **GENTLE), row("restricted", "061", **GENTLE)),
        (row("restricted", "061", control="slope_degrees < 20"), row("restricted", "061", **GENTLE)),
        # What a lower level does not repeat is not looser: narrower industries and grounds, other facts.
        (row("allowed", "06"), row("prohibited", "061")),
        (row("allowed", "061"), row("prohibited", "061", ground="red_line")),
        (row("restricted", "061", control="elevation_m < 900"), row("restricted", "061", **GENTLE)),
        (row("restricted", "061", control="slope_degrees < 99 or elevation_m < 9"), row("restricted", "061", **GENTLE)),
        # Elsewhere, or at another time.
        (row("allowed", "061", county="Y"), row("prohibited", "061", function_type="ecological")),
        (row("allowed", "061", valid_to="2020-12-31"), row("prohibited", "061", valid_from="2021-01-01")),
    ],
)
def test_rows_that_are_not_looser(low, high):
    assert found(low, high | PROVINCE) == []


def test_only_what_stands_is_compared_between_levels():
    # The province's own exception allows what the county allows.
    province = row("prohibited", "06", **PROVINCE), row("allowed", "061", **PROVINCE)
    assert found(row("allowed", "061"), *province) == []
    assert found(row("allowed", "062"), *province) == ["looser 1; 2"]
    # An exception that ends earlier leaves days open.
    assert found(row("allowed", "061"), province[0], province[1] | {"valid_to": "2030-12-31"}) == ["looser 1; 2"]
    # What another row of the county forbids, or binds, counts with it.
    county = row("allowed", "061"), row("prohibited", "061", ground="red_line")
    assert found(*county, row("prohibited", "061", ground="red_line", **PROVINCE)) == []
    controls = row("restricted", "06", **STEEP), row("restricted", "06", control="slope_degrees < 20")
    assert found(*controls, row("restricted", "06", **GENTLE, **PROVINCE)) == []


def test_a_looser_row_is_compared_with_the_strictest_row_above():
    rows = (
        row("allowed", "061", county="X"),
        row("restricted", "06", **GENTLE, **PROVINCE),
        row("prohibited", "B", **PROVINCE),
    )
    # The restriction of coal is the province's exception to its prohibition of mining.
    assert found(*rows) == ["looser 1; 2"]
    stricter = (
        row("prohibited", "06", ground="a", **PROVINCE),
        row("restricted", "0610", ground="a", **GENTLE, **PROVINCE),
    )
    assert found(row("allowed", "061", ground="a"), *stricter) == ["looser 1; 2"]


def test_only_the_strictest_row_of_a_level_is_called_looser():
    county = row("allowed", "061"), row("restricted", "061", **GENTLE)
    assert found(*county, row("prohibited", "061", **PROVINCE)) == ["contradiction 1; 2", "looser 2; 3"]
    province = row("prohibited", "061", **PROVINCE), row("restricted", "061", **GENTLE, **PROVINCE)
    assert found(row("allowed", "061"), *province) == ["contradiction 2; 3", "looser 1; 2"]


def test_how_a_looser_row_is_told():
    table = access_list_findings(
        lists(row("restricted", "06", **GENTLE, **PROVINCE), row("restricted", "061", **STEEP), row("allowed", "062")),
        ZONES,
    )
    assert table["lists"].tolist() == ["own; their", "own; their"]
    assert table["industry"].tolist() == ["061", "062"]
    assert table["english"].tolist() == [
        "the county asks for slope_degrees < 30, the province for slope_degrees < 25",
        "the county has 062 allowed, the province restricted",
    ]
    assert table["chinese"].tolist() == [
        "县级要求“slope_degrees < 30”，省级要求“slope_degrees < 25”",
        "县级将062列为允许类，省级列为限制类",
    ]


# --- written twice ---


def test_rows_written_twice():
    one = row("restricted", "06", county="X", control_kind="layout", **GENTLE, valid_to="2022-12-31")
    again = one | {"control": "slope_degrees<25", "valid_from": "2022-12-31", "valid_to": "", "source": "another"}
    assert found(one, again) == ["overlap 1; 2"]
    assert found(one, again | {"valid_from": "2023-01-01"}) == []
    assert found(one, again | {"control": "slope_degrees < 24"}) == []
    assert found(one, again | {"control_kind": "scale"}) == []
    assert found(one, again | {"county": "Y"}) == []
    assert found(one, again | {"ground": "a"}) == []
    assert found(one, again | {"industry": "061"}) == []
    assert found(one, again | {"level": "province"}) == []
    assert "overlap 1; 2" not in found(one, again | {"class": "prohibited", "control": ""})
    told = access_list_findings(lists(one, again), ZONES).iloc[0]
    assert (told["from"], told["to"]) == ("2022-12-31", "2022-12-31")
    assert told["english"] == "rows 1 and 2 say the same of 06 in one time"
    assert told["chinese"] == "第1行与第2行在同一时期对06作了相同规定"


# --- gaps ---


def test_a_restriction_without_a_control():
    table = access_list_findings(lists(row("restricted", "06", county="X", valid_to="2022-12-31")), ZONES)
    told = table.iloc[0]
    assert (told["finding"], told["rows"], told["county"], told["from"], told["to"]) == (
        *("gap", "1", "X"),
        *("2020-01-01", "2022-12-31"),
    )
    assert told["english"] == "row 1 restricts 06 Mining and washing of coal and does not say by which control"
    assert told["chinese"] == "第1行限制06煤炭开采和洗选业，但未给出管控条件"


def test_days_between_two_validities():
    one, other = row("prohibited", "*", valid_to="2021-12-31"), row("allowed", "*", valid_from="2022-01-02")
    table = access_list_findings(lists(other, one), ZONES)
    told = table.iloc[0]
    assert (told["finding"], told["rows"], told["from"], told["to"]) == ("gap", "2; 1", "2022-01-01", "2022-01-01")
    assert told["english"].startswith("between row 2 and row 1 nothing holds for every industry from 2022-01-01")
    assert told["chinese"] == "第2行与第1行之间，2022-01-01至2022-01-01所有行业没有有效规定"
    assert found(one, other | {"valid_from": "2022-01-01"}) == []
    # A row that holds all the time closes it; so it does not on other ground.
    assert found(one, row("prohibited", "*", valid_from="2019-01-01", valid_to="2022-01-01"), other) == ["overlap 1; 2"]
    assert found(one, other | {"ground": "a"}) == []
    assert found(one, other | {"industry": "01"}) == []
    assert found(one, other | {"level": "province"}) == []
    # Closed rows inside a longer one leave no gap.
    long = row("prohibited", "06", valid_to="2030-12-31")
    inside = row("prohibited", "06", valid_from="2021-01-01", valid_to="2021-12-31")
    after = row("prohibited", "06", valid_from="2031-01-01")
    assert found(long, inside, after) == ["overlap 1; 2"]


def test_industries_of_firms_that_no_list_answers():
    given = firms(("a", "X", "0610"), ("b", "X", "0610"), ("c", "Y", "0610"), ("d", "X", "01"), ("e", "Z", "15"))
    rows = row("prohibited", "B", county="Y"), row("allowed", "011", county="X"), row("allowed", "C", ground="park")
    table = access_list_findings(lists(*rows), ZONES, given)
    assert table["finding"].tolist() == ["gap"] * 3
    assert table["firms"].tolist() == ["d", "a; b", "e"]
    assert table["county"].tolist() == ["X", "X", "Z"]
    assert table["industry"].tolist() == ["01", "0610", "15"]
    assert (table[["rows", "lists", "from", "to"]] == "").all(axis=None)
    assert table["english"].tolist() == [
        "no list answers 01 Agriculture in Xiao (firms: 1)",
        "no list answers 0610 Mining and washing of bituminous coal and anthracite in Xiao (firms: 2)",
        "no list answers 15 Manufacture of liquor, beverages and refined tea in Zhou except on park (firms: 1)",
    ]
    assert table["chinese"][2] == "Zhou的15酒、饮料和精制茶制造业没有任何清单作出规定，仅在park范围内有规定（企业1家）"
    assert found(*rows) == []


def test_lists_of_a_study_without_counties():
    assert found(row("allowed", "06"), row("prohibited", "06"), zones=NO_COUNTIES) == ["contradiction 1; 2"]


def test_findings_stand_in_order():
    rows = (
        row("restricted", "06"),
        row("prohibited", "02", **PROVINCE),
        row("allowed", "02"),
        row("allowed", "01"),
        row("prohibited", "01"),
        row("allowed", "03"),
        row("allowed", "03", list="again"),
    )
    assert found(*rows) == ["contradiction 4; 5", "looser 3; 2", "overlap 6; 7", "gap 1"]
    assert found(row("allowed", "01")) == []
