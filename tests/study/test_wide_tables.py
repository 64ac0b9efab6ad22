"""Tables that must be whole, and tables with a column a name, without a run."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import Problems
from shanshui.base.vocabulary import Quantity
from shanshui.study.wide_tables import check_wide

THREATS = Quantity(
    "threats", "table", "e", "c", "m",
    columns={"threat": "t", "reach": "r", "weight": "w"}, required=("threat", "reach", "weight"),
    complete=True, at_least_a_cell=("reach",),
)  # fmt: skip
WIDE = Quantity(
    "wide", "table", "e", "c", "m",
    columns={"code": "c", "habitat": "h"}, required=("code", "habitat"), complete=True,
    column_per="threats.threat", limits={"threats.threat": (0.0, 1.0), "habitat": (0.0, 1.0)},
)  # fmt: skip
THREAT_ROWS = pd.DataFrame({"threat": ["town", "road"], "reach": [2000.0, 700.0], "weight": [1.0, 0.5]})
WIDE_ROWS = pd.DataFrame({"code": [1, 2], "habitat": [0.5, 1.0], "town": [0.25, 0.5], "road": [0.0, 1.0]})


class Sides:
    """The sides of the cells: each its row and column, so that only the one in the middle is what it should be."""

    def __init__(self, side, shape=(7, 5)):
        self.grid, self.side = SimpleNamespace(shape=shape), side

    def read(self, year, window):
        assert year is None
        assert (window.height, window.width) == (1, 1)
        middle = (window.row, window.column) == (3, 2)
        return np.array([[self.side if middle else 1e9]], np.float32)


def told(threats=THREAT_ROWS, wide=WIDE_ROWS, items=None, mapped=(), words=(THREATS, WIDE), more=None, files=None):
    """Give what is said of a table of threats and one with a column for each."""
    frames = {"threats": threats, "wide": wide}
    sources = {name: SimpleNamespace(frame=frame) for name, frame in frames.items() if frame is not None}
    if items is not None:
        sources["threat_items"] = SimpleNamespace(frame=pd.DataFrame({"item": items}))
    sources |= more or {}
    columns = dict.fromkeys(mapped, "header")
    tables = files or {name: [SimpleNamespace(columns=columns)] for name in frames}
    problems = Problems()
    check_wide(SimpleNamespace(tables=tables), sources, {word.name: word for word in words}, problems)
    return [str(problem) for problem in problems]


def test_nothing_is_said_of_tables_that_are_whole():
    assert told() == []
    assert told(items=["road", "town"]) == []


@pytest.mark.parametrize("empty", [np.nan, ""])
def test_a_cell_that_is_empty_is_named_by_the_first_column(empty):
    weights = pd.Series([1.0, empty], dtype=object if empty == "" else float)
    assert told(THREAT_ROWS.assign(weight=weights)) == [
        "tables.threats.columns.weight: threat road has no weight; write it"
    ]


def test_a_number_in_the_first_column_is_told_without_a_fraction():
    frame = WIDE_ROWS.assign(code=[1.0, 2.0], habitat=[0.5, np.nan])
    assert told(wide=frame) == ["tables.wide.columns.habitat: code 2 has no habitat; write it"]


def test_rows_without_the_first_column_are_counted():
    assert told(THREAT_ROWS, WIDE_ROWS.assign(code=[np.nan, np.nan])) == [
        "tables.wide.columns.code: 2 rows have none; write it"
    ]


def test_five_rows_are_named():
    frame = pd.DataFrame({"code": range(1, 8), "habitat": [np.nan] * 7, "town": 0.5, "road": 0.5})
    assert told(wide=frame) == [
        "tables.wide.columns.habitat: code 1, code 2, code 3, code 4, code 5 has no habitat; write it"
    ]


def test_a_table_need_not_be_whole_and_one_without_its_columns_has_been_told_of():
    loose = Quantity("threats", "table", "e", "c", "m", columns=THREATS.columns, required=THREATS.required)
    assert told(THREAT_ROWS.assign(weight=[1.0, np.nan]), words=(loose, WIDE)) == []
    assert told(pd.DataFrame({"threat": ["town", "road"], "weight": [np.nan, 1.0]})) == []


def sides(width, height):
    return {"cell_width": Sides(width), "cell_height": Sides(height)}


@pytest.mark.parametrize(("width", "height"), [(500.0, 800.0), (800.0, 500.0)])
def test_lengths_below_the_shorter_side_of_the_middle_cell_are_named(width, height):
    frame = THREAT_ROWS.assign(reach=[500.0, 499.0])
    assert told(frame, more=sides(width, height)) == [
        "tables.threats.columns.reach: less than one cell of 500 m: road 499 m; "
        'write units = { reach = "km" } if it is in km'
    ]
    # Below 0 is beyond the limits, which is told elsewhere; 0 is below a cell.
    frame = THREAT_ROWS.assign(reach=[0.0, -1.0])
    (one,) = told(frame, more=sides(width, height))
    assert "town 0 m;" in one
    frame = THREAT_ROWS.assign(reach=[0.5, 600.0])
    (one,) = told(frame, more=sides(width, height))
    assert "town 0.5 m;" in one


def test_five_lengths_are_named():
    frame = pd.DataFrame({"threat": list("abcdefg"), "reach": 1.0, "weight": 1.0})
    (one,) = told(frame, None, more=sides(2.0, 2.0))
    assert one.count(" 1 m") == 5


def test_lengths_are_not_looked_at_without_a_grid_or_numbers_or_the_column():
    short = THREAT_ROWS.assign(reach=[1.0, 1.0])
    assert told(short) == []
    assert told(short.drop(columns="reach"), more=sides(2.0, 2.0)) == []
    assert told(short.assign(reach=["far", "near"]), more=sides(2.0, 2.0)) == []


def test_names_that_stand_twice_are_named():
    frame = pd.concat([THREAT_ROWS, THREAT_ROWS.iloc[:1]])
    assert told(frame) == ["tables.threats.columns.threat: 'town' stands twice; keep one row for it"]


def test_names_differ_from_the_items_of_the_layer():
    assert told(items=["town", "roads"]) == [
        "tables.threats.columns.threat: the layer's item 'roads' has no row; add a row for it",
        "tables.threats.columns.threat: 'road' is no item of layers.threat; did you mean 'roads'?",
    ]
    # Without a table of which they are columns, names are looked at by nobody.
    assert told(items=["town", "roads"], wide=None) == []
    nameless = THREAT_ROWS.rename(columns={"threat": "what"})
    assert told(nameless, items=["town", "roads"], words=(THREATS, WIDE)) == []


def test_a_column_is_missing_or_holds_texts():
    assert told(wide=WIDE_ROWS.drop(columns="road")) == [
        "tables.wide.columns.road: is missing, and threats.threat has it; write road = the header of that column"
    ]
    texts = WIDE_ROWS.assign(road=["low", "high"])
    assert told(wide=texts) == ["tables.wide.columns.road: holds texts that are no number; correct them"]
    # Of a column that study.toml names this has been told.
    assert told(wide=texts, mapped=["road"]) == []


def test_a_column_of_a_name_must_be_whole_and_within_its_limits():
    assert told(wide=WIDE_ROWS.assign(town=[0.5, np.nan])) == ["tables.wide.columns.town: code 2 has no town; write it"]
    for beyond in (1.5, -0.5):
        (one,) = told(wide=WIDE_ROWS.assign(town=[0.5, beyond]))
        assert one.startswith("tables.wide.columns.town: ")
        assert f"{beyond:g}" in one
    free = Quantity(
        "wide", "table", "e", "c", "m", columns=WIDE.columns, required=("code",), column_per="threats.threat"
    )
    assert told(wide=WIDE_ROWS.assign(town=[-1e9, 1e9]), words=(THREATS, free)) == []


def test_columns_for_no_name_are_a_fault_where_study_toml_names_them_and_else_left_out():
    spare = WIDE_ROWS.assign(rail=[0.5, 0.5], river=[0.5, 0.5])
    assert told(wide=spare) == ["tables.wide: columns that are not in threats.threat: rail, river; left out"]
    assert told(wide=spare, mapped=["rail", "code", "town"]) == [
        "tables.wide.columns.rail: is neither a column of wide nor in threats.threat; "
        "use one of: code, habitat, road, town",
        "tables.wide: columns that are not in threats.threat: river; left out",
    ]


def test_without_the_table_of_names_no_column_is_looked_at():
    spare = WIDE_ROWS.assign(rail=[0.5, 0.5]).drop(columns="town")
    assert told(None, spare) == []
    assert told(THREAT_ROWS.rename(columns={"threat": "what"}), spare) == []
    # Nor a table that study.toml names and that could not be opened.
    assert told(None, None) == []
