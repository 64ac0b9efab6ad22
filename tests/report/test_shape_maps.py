"""Maps of polygons, and what is said of the adjustment: each class with its area, nothing counted twice."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from shanshui.report.adjustment import adjustment_findings
from shanshui.report.canvas import make_canvas
from shanshui.report.maps import shape_maps
from shanshui.report.material import Material
from shanshui.report.shape_maps import COLOURS, shapes
from shanshui.report.words import Words


class Drawn(Material):
    """A study whose features and tables are given."""

    def __init__(self, study, language="en", frames=None, **drawn):
        super().__init__(study, Words(language))
        self._read |= frames or {}
        self._drawn = drawn
        self.__dict__ |= {"red_line": None, "standing": [], "drawn": {}}

    def shapes(self, name):
        return self._drawn.get(name)


def cells(study, row, column, rows, columns):
    """A rectangle of cells of the study's grid."""
    transform = study.inputs.grid.geobox.transform
    left, top = transform @ (column, row)
    right, low = transform @ (column + columns, row + rows)
    return shapely.box(left, low, right, top)


def frame(study, *rows, **columns):
    crs = study.inputs.grid.geobox.crs.to_wkt()
    return geopandas.GeoDataFrame(columns, geometry=[cells(study, *row) for row in rows], crs=crs)


def entries(drawn):
    return {entry.name: (entry.colour, entry.text) for entry in drawn.classes.entries}


def test_what_becomes_of_the_line_with_each_hectare_once(study):
    line = frame(study, (0, 0, 10, 10), kept_ha=[90.0], area_ha=[100.0])
    patches = frame(
        study, (0, 10, 5, 2), (5, 10, 5, 2), (0, 0, 2, 2), (4, 4, 2, 2),
        direction=["in", "in", "out", "out"], taken=[1, 0, 1, 0], area_ha=[10.0, 11.0, 4.0, 5.0],
    )  # fmt: skip
    (drawn,) = shapes(Drawn(study, red_line_next=line, red_line_adjustment=patches))
    assert drawn.product == "red_line_adjustment"
    # Of the 90 ha of today's line that stay, 5 would leave and are kept: they have a colour of their own.
    assert {name: text.split(" ha")[0] for name, (_, text) in entries(drawn).items()} == {
        "Stays inside": "85",
        "Comes in": "10",
        "Leaves": "4",
        "May come in, and does not": "11",
        "Would leave, and stays": "5",
    }
    assert entries(drawn)["Comes in"][0] == COLOURS["comes_in"]
    names = [drawn.classes.names[code] for code in drawn.codes]
    assert names == ["Stays inside", "Comes in", "May come in, and does not", "Leaves", "Would leave, and stays"]
    alone = shapes(Drawn(study, red_line_adjustment=patches.iloc[:1]))
    assert list(entries(alone[0])) == ["Comes in"]


def test_faces_have_two_maps_and_the_plan_its_zones(study):
    faces = frame(
        study, (0, 0, 4, 4), (0, 4, 4, 4), (4, 0, 4, 4), (4, 4, 4, 4),
        count=[1, 2, 3, 5], action=["keep", "merge", "adjust_out", "keep"], area_ha=[1.0, 2.0, 3.0, 4.0],
    )  # fmt: skip
    plan = frame(study, (0, 0, 4, 8), (4, 4, 4, 4), zone=["core", "general"], area_ha=[3.0, 4.0])
    material = Drawn(study, "zh", protected_area_faces=faces, protected_area_plan=plan)
    depth, action, zones = shapes(material)
    assert {name: text.split("公顷")[0].strip() for name, (_, text) in entries(depth).items()} == {
        "一处保护地": "1",
        "两处重叠": "2",
        "三处及以上重叠": "7",
    }
    assert list(entries(action)) == ["维持现状", "并入其他保护地", "调出保护地"]
    assert list(entries(zones)) == ["核心保护区", "一般控制区"]
    views = shape_maps(material, make_canvas(material))
    assert [view.anchor for view in views["protected_area_faces"]] == [
        "map-protected_area_faces-depth",
        "map-protected_area_faces-action",
    ]
    assert [view.anchor for view in views["protected_area_plan"]] == ["map-protected_area_plan"]
    assert views["protected_area_faces"][0].title.endswith("：重叠层数")


def test_a_plan_without_zones_is_no_map(study):
    plan = frame(study, (0, 0, 4, 8), zone=[""], area_ha=[3.0])
    assert shapes(Drawn(study, protected_area_plan=plan)) == []


def test_nothing_drawn_is_no_map(study):
    assert shapes(Drawn(study)) == []
    none = frame(study, area_ha=np.empty(0), zone=np.empty(0, object))
    assert shapes(Drawn(study, protected_area_plan=none)) == []


LEDGER = pd.DataFrame(
    [
        ("line", "before", "", "", "", "(total)", 5000.0, None, None, None, None),
        ("line", "in", "", "", "", "(total)", 300.0, None, None, None, None),
        ("line", "out", "", "", "", "(total)", 100.0, None, None, None, None),
        ("line", "after", "", "", "", "(total)", 5200.0, None, None, None, None),
        ("line", "in", "", "", "", "Hills", 300.0, None, None, None, None),
        ("taken", "in", "A1", "Best land.", "极重要。", "Hills", 250.0, None, None, None, None),
        ("taken", "in", "B1", "Banks.", "河岸。", "Hills", 50.0, None, None, None, None),
        ("taken", "out", "C1", "Villages leave.", "村庄调出。", "Lakes", 100.0, None, None, None, None),
        ("balance", "", "", "area of the line", "红线总面积", "", None, "ha", 5000.0, 5200.0, 1.0),
        ("balance", "", "", "share of the function area", "功能区最低占比", "Lakes", None, "ha", 900.0, 850.0, 0.0),
    ],
    columns=[
        *("account", "direction", "rule", "reason", "reason_zh", "function_area", "area_ha"),
        *("unit", "lower", "reached", "holds"),
    ],
)
EDITS = pd.DataFrame(
    {
        "edit": ["E1", "E2"],
        "outcome": ["carried out", "patch is gone"],
        "outcome_zh": ["已落实", "图斑已不存在"],
        "breaks": ["excluded land: 2 ha", None],
    }
)


def test_the_adjustment_in_sentences(study):
    said = adjustment_findings(Drawn(study, frames={"red_line_adjustment_ledger": LEDGER, "red_line_edits": EDITS}))
    assert said == [
        "Today's line holds 50.0 km². 1.00 km² leave and 3.00 km² come in; tomorrow's holds 52.0 km².",
        "Why ground comes in, in km²: A1 (Best land) 2.50; B1 (Banks) 0.50.",
        "Why ground leaves, in km²: C1 (Villages leave) 1.00.",
        "1 of 2 balances cannot hold, whatever of the candidates comes in: "
        "share of the function area Lakes, 850 of 900 ha.",
        "Counties brought back 2 edits: carried out 1, patch is gone 1.",
        "These edits are carried out though they break a rule, and are to be settled: E1.",
    ]
    chinese = adjustment_findings(Drawn(study, "zh", frames={"red_line_adjustment_ledger": LEDGER}))
    assert chinese[1] == "调入依据（平方千米）：A1（极重要）2.50；B1（河岸）0.50。"
    held = LEDGER[LEDGER["holds"] != 0]
    told = adjustment_findings(Drawn(study, frames={"red_line_adjustment_ledger": held}))
    assert told[-1] == "All 1 balances hold: the area, the share of each function area, each service."


@pytest.mark.parametrize("key", sorted(COLOURS))
def test_every_class_has_words_in_both_languages(key):
    english, chinese = (Words(language)(f"shape_{key}") for language in ("en", "zh"))
    assert english
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
