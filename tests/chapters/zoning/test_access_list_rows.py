import numpy as np
import pandas as pd
import pytest
from tests.chapters.zoning.small_lists import NO_COUNTIES, TERMS, ZONES, firms, lists, read, row

from shanshui.base.errors import Problems, StudyError
from shanshui.chapters.zoning.access_lists.coverage import access_list_coverage, firms_by_access_list
from shanshui.chapters.zoning.access_lists.findings import access_list_findings
from shanshui.chapters.zoning.access_lists.rows import Area, County, counties_of, day_text, read_firms
from shanshui.chapters.zoning.access_lists.rules import rules_of
from shanshui.policy.rules.rule import FIRST_DAY, LAST_DAY


def faults(table, zones=ZONES, given=None):
    with pytest.raises(StudyError) as caught:
        access_list_findings(table, zones, given)
    return [str(problem) for problem in caught.value.problems]


def test_a_row_is_read():
    (one,) = read(
        row(
            "restricted",
            "0610",
            county="X",
            ground=" protected_areas: zone=general|core ; level=national ",
            control_kind="layout",
            control="slope_degrees < 25",
            existing_firms_deadline="2022-12-31",
            valid_to="2025-12-31 00:00:00",
            english="Coal.",
            chinese="煤。",
            source="Document 1",
            status="official",
        )
    )
    where = (("level", ("national",)), ("zone", ("general", "core")))
    assert one.area == Area("X", "ecological", "protected_areas", where)
    assert one.area.ground == "protected_areas:level=national;zone=general|core"
    assert (one.number, one.name, one.level, one.verdict, one.industry) == (1, "own", "county", "restricted", "0610")
    assert (one.control_kind, str(one.condition)) == ("layout", "slope_degrees < 25")
    assert [day_text(day) for day in (one.first, one.last, one.deadline)] == ["2020-01-01", "2025-12-31", "2022-12-31"]
    assert (one.english, one.chinese, one.source, one.status) == ("Coal.", "煤。", "Document 1", "official")


def test_what_is_left_empty():
    one, other = read(row("allowed", "*", function_type="重点生态功能区"), row("prohibited", "B", county="Z"))
    assert one.area == Area("", "ecological")
    assert other.area == Area("Z", "")
    assert one.area.ground == ""
    assert (one.last, one.deadline, one.control, one.status) == (LAST_DAY, None, "", "default")
    assert (day_text(FIRST_DAY), day_text(LAST_DAY), day_text(None)) == ("", "", "")
    assert [one.strictness, other.strictness] == [0, 2]


def test_counties_are_the_zones_of_their_zoning():
    assert counties_of(ZONES) == {
        "X": County("X", "Xiao", "ecological"),
        "Y": County("Y", "Yan", "agricultural"),
        "Z": County("Z", "Zhou", ""),
    }
    bare = pd.DataFrame({"zoning": ["county"], "zone": [7.0], "name": [np.nan]})
    assert counties_of(bare) == {"7": County("7", "7", "")}


@pytest.mark.parametrize(
    ("column", "cells", "fault"),
    [
        ("industry", {"industry": "6"}, "row 2: there is no industry '6' in GB/T 4754-2017 (did you mean '06'?)"),
        ("industry", {"industry": ""}, "row 2: the cell is empty"),
        ("class", {"class": "prohibit"}, "row 2: 'prohibit' is none of its words; did you mean 'prohibited'?"),
        ("level", {"level": "provincial"}, "row 2: 'provincial' is none of its words; did you mean 'province'?"),
        ("level", {"level": ""}, "row 2: the cell is empty"),
        ("list", {"list": ""}, "row 2: the cell is empty"),
        ("county", {"county": "W"}, "row 2: there is no county 'W'"),
        ("function_type", {"function_type": "park"}, "row 2: 'park' is no function type"),
        ("function_type", {"county": "X", "function_type": "urbanisation"}, "row 2: county X is ecological"),
        ("control_kind", {"control_kind": "size"}, "row 2: 'size' is none of its words; use one of: clean"),
        ("control", {"control": "slop_degrees < 25"}, "row 2: there is no fact 'slop_degrees'; did you mean 'slope_d"),
        ("control", {"control": "slope_degrees < "}, "row 2: 'slope_degrees <' cannot be read"),
        ("control", {"class": "allowed", "control": "slope_degrees < 25"}, "row 2: is given for what is allowed"),
        ("control", {"class": "prohibited", "control": "slope_degrees < 2"}, "row 2: is given for what is prohibited"),
        ("valid_from", {"valid_from": ""}, "row 2: the cell is empty"),
        ("valid_from", {"valid_from": "1.1.2020"}, "row 2: '1.1.2020' is no date; write it as 2026-01-31"),
        ("valid_to", {"valid_to": "2019-12-31"}, "row 2: lies before valid_from"),
        ("existing_firms_deadline", {"existing_firms_deadline": "2019-12-31"}, "row 2: lies before valid_from"),
        (
            "existing_firms_deadline",
            {"class": "allowed", "existing_firms_deadline": "2022-12-31"},
            "row 2: is given for what is allowed",
        ),
        ("ground", {"ground": "red_line:zone"}, "row 2: "),
        ("ground", {"ground": ":zone=core"}, "row 2: chooses polygons of no layer"),
        ("status", {"status": "sure"}, "row 2: 'sure' is none of its words"),
    ],
)
def test_a_bad_row_is_refused_by_its_number(column, cells, fault):
    (problem,) = faults(lists(row("allowed", "01"), row("restricted", "06") | cells))
    assert problem.startswith(f"tables.access_lists.columns.{column}: {fault}")


def test_days_of_one_day_are_no_fault():
    same = {"valid_to": "2020-01-01", "existing_firms_deadline": "2020-01-01"}
    assert read(row("prohibited", "06", **same))[0].last == read(row("allowed", "06"))[0].first


def test_everything_is_said_at_once_for_lists_and_firms():
    table = lists(row("bad", "06x", county="W", valid_to="2001-01-01"), row("allowed", "999", status="x"))
    given = firms(("f", "W", "*"), ("f", "X", "061", "never"), ("", "X", ""), ("g", "X", "06"), ("g", "X", "07"))
    said = "\n".join(faults(table, given=given))
    for words in ("'bad'", "'06x'", "'W'", "lies before", "'999'", "'x'", "'never'", "one industry", "stands twice"):
        assert words in said
    assert len(faults(table, given=given)) == 12
    for step in (access_list_coverage, firms_by_access_list):
        with pytest.raises(StudyError, match="stands twice"):
            step(table, ZONES, given)
    with pytest.raises(StudyError, match="'999'"):
        rules_of(table, ZONES, TERMS)


def test_missing_columns_are_named():
    said = faults(lists({"list": "own"}), given=pd.DataFrame({"firm": ["f"]}))
    assert [problem.split(":")[0] for problem in said] == [
        "tables.access_lists.columns.class",
        "tables.access_lists.columns.industry",
        "tables.access_lists.columns.level",
        "tables.access_lists.columns.valid_from",
        "tables.firms.columns.county",
        "tables.firms.columns.industry",
    ]


def test_a_study_without_counties_may_not_name_one():
    (problem,) = faults(lists(row("allowed", "01", county="X")), NO_COUNTIES)
    assert "no zoning named county" in problem


def test_firms_are_read():
    problems = Problems()
    found = read_firms(
        firms(("f", "X", "0610", "2018-05-06", "L-1"), ("g", "Z", "B")), counties_of(ZONES), TERMS, problems
    )
    assert not problems
    assert [(one.code, one.county, one.industry, day_text(one.since), one.parcel) for one in found] == [
        ("f", "X", "0610", "2018-05-06", "L-1"),
        ("g", "Z", "B", "", ""),
    ]
    assert read_firms(None, {}, TERMS, problems) == []


CORE, BOTH = (("zone", ("core",)),), (("zone", ("core", "general")),)


@pytest.mark.parametrize(
    ("one", "other", "within", "meets"),
    [
        (Area("X", "ecological"), Area(), True, True),
        (Area(), Area("X", "ecological"), False, True),
        (Area("X", "ecological"), Area("Y", "agricultural"), False, False),
        (Area("X", "ecological"), Area("", "ecological"), True, True),
        (Area("X", "ecological"), Area("", "agricultural"), False, False),
        (Area(layer="a"), Area(), True, True),
        (Area(layer="a"), Area(layer="b"), False, False),
        (Area(layer="a", where=CORE), Area(layer="a"), True, True),
        (Area(layer="a", where=CORE), Area(layer="a", where=BOTH), True, True),
        (Area(layer="a", where=BOTH), Area(layer="a", where=CORE), False, True),
        (Area(layer="a", where=CORE), Area(layer="a", where=(("zone", ("buffer",)),)), False, False),
        (Area(layer="a", where=CORE), Area(layer="a", where=(("kind", ("k",)),)), False, True),
    ],
)
def test_which_area_lies_in_which(one, other, within, meets):
    assert one.within(other) is within
    assert one.meets(other) is meets
    assert other.meets(one) is meets
    assert one.within(one)
    assert one.same_ground(other) is ((one.layer, one.where) == (other.layer, other.where))
