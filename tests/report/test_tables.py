"""Tables, charts and methods: what is shown first, how numbers stand, and what a status looks like."""

import numpy as np
import pandas as pd
import pytest

from shanshui.base.vocabulary import Quantity
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
