import openpyxl
import pandas as pd
import pytest

from shanshui.data.tables import numbers, read_table, write_table

COUNTIES = "county,population\n安吉,10\n德清,20\n"


def text_of(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def csv(tmp_path):
    return lambda text, encoding="utf-8": text_of(tmp_path / "table.csv", text, encoding)


@pytest.fixture
def excel(tmp_path):
    """Write a workbook of one sheet from rows and merged areas; give its path."""

    def written(rows, merged=(), sheet="Sheet1"):
        book = openpyxl.Workbook()
        page = book.active
        page.title = sheet
        for row in rows:
            page.append(row)
        for area in merged:
            page.merge_cells(area)
        path = tmp_path / "book.xlsx"
        book.save(path)
        return path

    return written


def read(path, columns=None, **options):
    return read_table(path, columns or {}, key="tables.people", **options)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_chinese_tables_are_read_in_the_encodings_they_come_in(csv, encoding):
    frame, problems = read(csv(COUNTIES, encoding), {"zone": "county", "people": "population"})
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["安吉", "德清"], "people": ["10", "20"]}


@pytest.mark.parametrize(
    "text",
    [
        "zone;people\nA;1,234\nB;22,345\n",
        "zone\tpeople\nA\t1,234\nB\t22,345\n",
        'zone,people\nA,"1,234"\nB,"22,345"\n',
        'zone,people\r\n"A","1,234"\r\n"B","22,345"\r\n',
        "zone;people;\nA;1,234;\nB;22,345;\n",
    ],
    ids=["semicolons", "tabs", "commas", "all quoted", "a last empty column"],
)
def test_any_separator_is_recognised_beside_thousands_separators(csv, text):
    frame, problems = read(csv(text), {"zone": "zone", "people": "people"})
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["A", "B"], "people": ["1,234", "22,345"]}


def test_a_separator_inside_quotes_is_text(csv):
    text = 'code,name\n1,"forest; dense, old"\n2,"grass; thin, ""young"""\n3,water\n'
    frame, problems = read(csv(text))
    assert problems == []
    assert list(frame["name"]) == ["forest; dense, old", 'grass; thin, "young"', "water"]


def test_doubled_quotes_far_down_the_file_are_read_as_well(csv):
    # Beyond what a look at the first lines tells.
    rows = "".join(f'{n},"name, {n}"\n' for n in range(1000))
    frame, problems = read(csv(f'code,name\n{rows}1000,"a ""quoted"" name, last"\n'))
    assert problems == []
    assert len(frame) == 1001
    assert frame["name"].iloc[-1] == 'a "quoted" name, last'


def test_a_single_column_is_a_table_too(csv):
    frame, problems = read(csv("zone\nA\nB\n"))
    assert problems == []
    assert list(frame["zone"]) == ["A", "B"]


def test_line_breaks_and_spaces_in_headers_do_not_matter(csv):
    frame, problems = read(
        csv('"county\nname","population (10 000\n persons)"\nA,1\n'),
        {"zone": "county name", "people": "population(10 000 persons)"},
    )
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["A"], "people": ["1"]}


def test_a_line_break_within_a_cell_does_not_part_its_row(csv):
    frame, problems = read(csv('zone,note,people\nA,"first\nsecond",1\nB,a\x0bb,2\n'))
    assert problems == []
    assert list(frame["people"]) == ["1", "2"]


def test_rows_shorter_or_longer_than_the_header_and_empty_rows_are_survived(csv):
    frame, problems = read(csv("zone,people\nA\n,\n\nB,2,3\n"))
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["A", "B"], "people": ["", "2"]}


def test_the_header_may_stand_further_down(csv):
    frame, problems = read(csv("Yearbook 2020,,\n,,\nzone,people,x\nA,1,2\n"), {"people": "people"}, header_row=3)
    assert problems == []
    assert frame.to_dict("list") == {"people": ["1"]}


def test_a_missing_header_is_named_with_the_one_that_was_meant(csv):
    _, problems = read(csv(COUNTIES), {"zone": "county", "people": "populaton"})
    [problem] = problems
    assert problem.key == "tables.people.columns.people"
    assert "'populaton'" in problem.fault
    assert problem.mend == "did you mean 'population'?"


def test_every_wrong_column_is_named_at_once(csv):
    _, problems = read(csv("a,a,b\n1,2,3\n"), {"x": "a", "y": "c", "z": "d", "w": "b"})
    assert {problem.key.rpartition(".")[2] for problem in problems} == {"x", "y", "z"}


def test_a_doubled_header_is_refused_where_it_is_wanted_and_only_there(csv):
    path = csv("zone,area,area\nA,1,2\n")
    frame, problems = read(path, {"zone": "zone"})
    assert problems == []
    assert list(frame["zone"]) == ["A"]
    for columns in ({"area_ha": "area"}, None):
        _, problems = read(path, columns)
        [problem] = problems
        assert "heads 2 columns" in problem.fault


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_one_problem(csv, text):
    _, problems = read(csv(text), {"zone": "zone"})
    assert len(problems) == 1


def test_a_missing_file_and_one_that_is_no_workbook_are_problems(tmp_path):
    for path in (tmp_path / "none.csv", text_of(tmp_path / "no.xlsx", "not a workbook"), tmp_path / "none.xlsx"):
        _, problems = read(path)
        [problem] = problems
        assert problem.key == "tables.people.path"


def test_a_workbook_gives_the_texts_of_its_cells(excel):
    frame, problems = read(excel([["zone", "people"], ["A", 12], ["B", 3.5], [None, None], [330523, None]]))
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["A", "B", "330523"], "people": ["12", "3.5", ""]}


def test_an_unknown_sheet_is_named_with_the_one_that_was_meant(excel):
    _, problems = read(excel([["zone"]], sheet="人口"), sheet="人囗")
    [problem] = problems
    assert problem.key == "tables.people.sheet"
    assert "人口" in problem.mend


def test_a_title_over_the_table_is_refused_and_the_row_below_it_proposed(excel):
    path = excel([["Yearbook", None, None], ["zone", "people", "x"], ["A", 1, 2]], ["A1:C1"])
    _, problems = read(path, {"zone": "zone"})
    [problem] = problems
    assert problem.key == "tables.people.header_row"
    assert "A1:C1" in problem.fault
    assert "2" in problem.mend
    frame, problems = read(path, {"zone": "zone", "people": "people"}, header_row=2)
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["A"], "people": ["1"]}


def test_a_header_of_two_rows_is_read_by_its_lower_row(excel):
    # The usual yearbook: "county" spans two rows, "area" spans two columns.
    rows = [["county", "area", None], [None, "1990", "2000"], ["A", 1, 2]]
    path = excel(rows, ["A1:A2", "B1:C1"])
    _, problems = read(path, {"zone": "county"})
    assert [problem.key for problem in problems] == ["tables.people.header_row"]
    assert "perhaps 2" in problems[0].mend
    frame, problems = read(path, {"zone": "county", "area": "2000"}, header_row=2)
    assert problems == []
    assert frame.to_dict("list") == {"zone": ["A"], "area": ["2"]}


def test_numbers_are_read_as_tables_write_them():
    column = pd.Series(["1,234", " 12 ", "1 234 567", "-3.5", "1e3", "1，234", "", "-", "—", "...", "1\u00a0234"])
    found, bad = numbers(column)
    assert bad == []
    expected = [1234, 12, 1234567, -3.5, 1000, 1234, None, None, None, None, 1234]
    assert [None if pd.isna(value) else value for value in found] == expected


def test_what_is_no_number_is_named():
    found, bad = numbers(pd.Series(["12", "twelve", "12 ha", "1.2.3"]))
    assert bad == ["1.2.3", "12 ha", "twelve"]
    assert found[0] == 12
    assert found[1:].isna().all()


@pytest.mark.parametrize("text", ["0,5", "12,34", "1.234,5"])
def test_a_decimal_comma_is_not_taken_for_a_thousands_separator(text):
    found, bad = numbers(pd.Series([text]))
    assert bad == [text], f"{text} was read as {found[0]}"


def test_numbers_are_written_so_that_they_read_back_the_same(tmp_path):
    frame = pd.DataFrame({"zone": ["安吉", 'a "b", c'], "area_ha": [0.1 + 0.2, 1e-17], "cells": [1, None]})
    path = tmp_path / "deep" / "t.csv"
    write_table(path, frame)
    pd.testing.assert_frame_equal(pd.read_csv(path), frame)
    assert b"\r" not in path.read_bytes()
    first = path.read_bytes()
    write_table(path, frame)
    assert path.read_bytes() == first
    assert [item.name for item in path.parent.iterdir()] == ["t.csv"]
