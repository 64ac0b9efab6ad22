"""Tables, charts and methods: what is shown first, how numbers stand, and what a status looks like."""

import numpy as np
import pandas as pd
import pytest

from shanshui.base.vocabulary import Quantity
from shanshui.report.downloads import shown_column
from shanshui.report.land_charts import land_charts
from shanshui.report.material import Material
from shanshui.report.measures import readings
from shanshui.report.method import docstring_sections, parameter_line
from shanshui.report.tables import ROWS_SHOWN, view_table
from shanshui.report.words import Words, number
from shanshui.report.zone_charts import zone_charts
from shanshui.study.study import Study

WORD = Quantity("thing", "table", "thing", "东西", "A thing.", columns={"area_ha": "its area"})


@pytest.fixture
def material(study: Study) -> Material:
    return Material(study, Words("en"))


def test_region_stands_open_and_other_zonings_are_folded(material: Material) -> None:
    view = view_table(material.frame("land_change"), material.standing[0], material)
    assert [group.open for group in view.groups] == [True, False]
    assert view.groups[0].title == "Whole region"
    assert view.groups[0].blocks[0].caption == "By ecosystem, first level, 2000 to 2020"
    assert view.total == len(material.frame("land_change"))


def test_long_tables_say_how_much_they_show(material: Material) -> None:
    view = view_table(pd.DataFrame({"name": ["a"] * 999, "area_ha": np.arange(999.0)}), WORD, material)
    assert (view.shown, view.total) == (ROWS_SHOWN, 999)


def test_columns_are_headed_explained_and_aligned(material: Material) -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "year": [1990, 2000], "area_ha": [1234567.8, np.nan]})
    block = view_table(frame, WORD, material).groups[0].blocks[0]
    assert [(column.heading, column.meaning, column.numeric) for column in block.columns] == [
        ("Name", "", False),
        ("Year", "", True),
        ("Area (ha)", "its area", True),
    ]
    assert block.rows == [["a", "1990", "1,234,568"], ["b", "2000", "–"]]


def test_an_empty_table_is_no_fault(material: Material) -> None:
    view = view_table(pd.DataFrame({"name": [], "area_ha": []}), WORD, material)
    assert (view.shown, view.total) == (0, 0)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.0, 1, "0.0"), (-1e-12, 0, "0"), (0.3, 0, "<1"), (-0.3, 0, ">−1"), (1e7, 0, "10,000,000")],
)
def test_numbers(value: float, decimals: int, text: str) -> None:
    assert number(value, decimals) == text


def test_stacked_bars_fill_their_line(material: Material) -> None:
    (chart,) = land_charts("land_area", material)
    bars = [mark for mark in chart.marks if mark.kind == "rect"]
    for middle in {mark.y for mark in bars}:
        assert sum(mark.x2 for mark in bars if mark.y == middle) == pytest.approx(91.0)


def test_matrix_is_square(material: Material) -> None:
    (matrix,) = land_charts("land_transition", material)
    assert {len(row) for row in matrix.cells} == {len(matrix.names)} == {len(matrix.cells)}
    assert [row[place][1] for place, row in enumerate(matrix.cells)] == [-1.0] * len(matrix.cells)


def test_zones_have_lines_over_years_and_bars_by_their_change(material: Material) -> None:
    (reading,) = readings("inhabitants", material)
    lines, bars = zone_charts(reading, material)
    assert len([mark for mark in lines.marks if mark.kind == "curve" and mark.style == "named"]) == 2
    lengths = {mark.text: mark.x2 for mark in bars.marks if mark.kind == "rect"}
    assert lengths["West Valley: −200.0 persons"] == pytest.approx(lengths["East Valley: +200.0 persons"])


def test_zones_of_two_years_have_slopes(material: Material) -> None:
    slopes, bars = zone_charts(readings("ecological_land_share", material)[0], material)
    assert len([mark for mark in slopes.marks if mark.style == "slope"]) == 2
    changes = [mark.text for mark in bars.marks if mark.kind == "rect"]
    assert len(changes) == 2
    assert all("points" in text for text in changes)


BELIEVED = {
    "official": "official",
    "literature": "literature",
    "default": "default",
    "verified": "default",
    "": "default",
}


@pytest.mark.parametrize(("status", "shown"), BELIEVED.items())
def test_only_known_statuses_are_believed(status: str, shown: str) -> None:
    line = parameter_line({"name": "k", "value": 1.5, "unit": "ha", "source": "s", "status": status}, Words("en"))
    assert (line.status, line.badge, line.unit) == (shown, shown, "ha")


def test_a_fact_of_the_study_is_no_official_value() -> None:
    assert parameter_line({"name": "baseline_year", "value": 2000}, Words("zh")).badge == "本研究设定"


def test_docstrings_are_parted() -> None:
    sections = docstring_sections(
        "One line.\n\nParameters\n----------\na : int\n    Words.\n\nNotes\n-----\na = b\nover two."
    )
    assert sections[""] == ["One line."]
    assert sections["Notes"] == ["a = b over two."]


def test_grades_of_a_raster_are_named_by_its_legend(study: Study) -> None:
    # "none" is a relation elsewhere.
    chinese = Material(study, Words("zh"))
    frame = pd.DataFrame({"zone_name": ["a", "b"], "class_name": ["none", "severe"], "area_ha": [1.0, 2.0]})
    word = Quantity("forest_degradation_grade_by_zone", "table", "grades", "分级", "Grades.")
    rows = view_table(frame, word, chinese).groups[0].blocks[0].rows
    assert [row[1] for row in rows] == ["未退化", "重度"]
    lost = pd.DataFrame({"grade": [1, 5], "grade_name": ["none", "extreme"], "area_ha": [1.0, 2.0]})
    block = view_table(lost, WORD, chinese).groups[0].blocks[0]
    assert [row[0] for row in block.rows] == ["未退化", "极重度"]
    # The code says nothing that the name does not.
    assert [column.heading for column in block.columns] == ["等级", "面积（公顷）"]


FACES = Quantity("protected_area_faces", "vector", "faces", "面块", "Faces.")


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", ["mining right", "–", "farmland; settlement"]), ("zh", ["矿业权", "–", "农田；居民点"])],
)
def test_words_stay_in_a_column_that_elsewhere_is_kept_or_missed(study: Study, language: str, shown: list[str]) -> None:
    material = Material(study, Words(language))
    frame = pd.DataFrame({"holds": ["mining", "", "farmland; settlement"], "area_ha": [1.0, 2.0, 3.0]})
    rows = view_table(frame, FACES, material).groups[0].blocks[0].rows
    assert [row[0] for row in rows] == shown
    names = shown_column("holds", frame, FACES, material)["names"]
    assert [names.get(text, text) for text in frame["holds"]] == shown


def test_numbers_of_the_same_name_are_kept_or_missed(material: Material) -> None:
    frame = pd.DataFrame({"holds": [1.0, 0.0, np.nan], "taken": [0, 1, 1], "zone": ["a", "b", "c"]})
    block = view_table(frame, WORD, material).groups[0].blocks[0]
    assert block.rows == [["kept", "no", "a"], ["missed", "yes", "b"], ["–", "yes", "c"]]
    assert not any(column.numeric for column in block.columns)
    assert shown_column("holds", frame, WORD, material)["names"]["1.0"] == "kept"


@pytest.mark.parametrize(
    ("language", "heading", "shown", "hidden"),
    [("en", "Name", ["Oak Park", "松林"], "name_zh"), ("zh", "名称", ["Oak Park", "松林"], "name")],
)
def test_what_has_no_name_in_one_language_is_called_by_the_other(
    study: Study, language: str, heading: str, shown: list[str], hidden: str
) -> None:
    material = Material(study, Words(language))
    frame = pd.DataFrame({"name": ["Oak Park", ""], "name_zh": [None, "松林"], "area_ha": [1.0, 2.0]})
    block = view_table(frame, WORD, material).groups[0].blocks[0]
    assert next(column.heading for column in block.columns) == heading
    assert [row[0] for row in block.rows] == shown
    assert {len(row) for row in block.rows} == {2}
    columns = {name: shown_column(name, frame, WORD, material) for name in frame}
    assert [name for name, column in columns.items() if column.get("hidden")] == [hidden]
    (left,) = {"name", "name_zh"} - {hidden}
    assert list(frame.columns)[columns[left]["other"]] == hidden
    assert columns[left]["heading"] == heading
    assert "other" not in columns["area_ha"]


def test_both_names_are_told_in_the_language_of_the_report(study: Study) -> None:
    frame = pd.DataFrame(
        {"name": ["Oak"], "name_zh": ["栎"], "level": ["prefecture"], "zone": ["core"], "part": ["core"]}
    )
    seen = {
        language: view_table(frame, FACES, Material(study, Words(language))).groups[0].blocks[0].rows[0]
        for language in ("en", "zh")
    }
    assert seen["en"] == ["Oak", "prefecture", "core protection zone", "core zone"]
    assert seen["zh"] == ["栎", "地市级", "核心保护区", "核心区"]
    names = {name: shown_column(name, frame, FACES, Material(study, Words("zh")))["names"] for name in frame}
    assert (names["level"], names["zone"], names["part"]) == (
        {"prefecture": "地市级"},
        {"core": "核心保护区"},
        {"core": "核心区"},
    )
    # In other tables a zone is what the study calls it.
    other = Quantity("protected_area_gaps", "vector", "gaps", "空缺", "Gaps.")
    assert view_table(frame, other, Material(study, Words("zh"))).groups[0].blocks[0].rows[0][2] == "core"


@pytest.mark.parametrize(
    ("text", "rows"),
    [("a" * 100, ROWS_SHOWN), ("a" * 101, 60), ("字" * 50, ROWS_SHOWN), ("字" * 51, 60)],
)
def test_of_a_table_with_sentences_fewer_rows_are_shown(material: Material, text: str, rows: int) -> None:
    frame = pd.DataFrame({"reason": ["", text] * 400, "area_ha": np.arange(800.0)})
    view = view_table(frame, WORD, material)
    assert (view.shown, view.total) == (rows, 800)


def test_sentences_in_the_other_language_cost_no_rows(material: Material) -> None:
    frame = pd.DataFrame({"reason": ["short"] * 400, "reason_zh": ["长" * 80] * 400})
    assert view_table(frame, WORD, material).shown == ROWS_SHOWN


@pytest.mark.parametrize(("text", "region", "others"), [("short", 100, 100), ("a" * 101, 30, 30)])
def test_the_region_leaves_half_of_the_rows_to_the_zonings(
    material: Material, text: str, region: int, others: int
) -> None:
    zoning = ["region"] * 300 + ["county"] * 300
    frame = pd.DataFrame({"zoning": zoning, "zone": "a", "reason": text, "area_ha": np.arange(600.0)})
    view = view_table(frame, WORD, material)
    assert [sum(len(block.rows) for block in group.blocks) for group in view.groups] == [region, others]
