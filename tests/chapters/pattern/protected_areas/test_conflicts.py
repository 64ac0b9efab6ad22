import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from shanshui.chapters import catalogue
from shanshui.chapters.pattern.protected_areas.conflicts import (
    areas_of,
    protected_area_conflicts,
    protected_area_fragmentation,
)
from shanshui.science.overlaps import KINDS

# True to scale along the middle of the zone but for 0.9996.
SCALE = 0.9996
CATEGORIES = pd.DataFrame(
    {
        "code": ["nature_reserve", "forest_park"],
        "english": ["nature reserve", "forest park"],
        "chinese": ["自然保护区", "森林公园"],
    }
)
LEVELS = pd.DataFrame(
    {"code": ["national", "county"], "english": ["national", "county"], "chinese": ["国家级", "县级"]}
)
RESERVE, PARK = ("nature_reserve", "national"), ("forest_park", "county")


def box(x, y, width, height):
    return shapely.box(500_000 + x, y, 500_000 + x + width, y + height)


def register(*rows):
    columns = ["area", "name", "name_zh", "category", "level", "geometry"]
    return geopandas.GeoDataFrame(list(rows), columns=columns, geometry="geometry", crs="EPSG:32648")


def conflicts(*rows, embedded=99.0, sliver=1.0, gap=50.0):
    return protected_area_conflicts(
        register(*rows),
        CATEGORIES,
        LEVELS,
        protected_area_embedded_percent=embedded,
        protected_area_sliver_m=sliver,
        protected_area_gap_m=gap,
    )


def test_a_pair_is_told_with_all_that_is_known_of_both():
    # 2,000 x 1,000 and 1,000 x 1,000, which share 500 x 1,000.
    table = conflicts(
        ("A1", "Alpha", "甲", *RESERVE, box(0, 0, 2_000, 1_000)),
        ("B2", "Beta", "乙", *PARK, box(1_500, 0, 1_000, 1_000)),
    )
    assert list(table) == list(catalogue().vocabulary["protected_area_conflicts"].columns)
    row = table.iloc[0]
    assert [*row[["area", "name", "name_zh", "category", "level"]]] == ["A1", "Alpha", "甲", *RESERVE]
    assert [*row[["other", "other_name", "other_name_zh", "other_category", "other_level"]]] == [
        *("B2", "Beta", "乙"),
        *PARK,
    ]
    assert [*row[["kind", "kind_zh", "triple"]]] == ["overlap", "交叉重叠", 0]
    assert row["area_ha"] == pytest.approx(50 / SCALE**2, rel=1e-6)
    assert [row["percent"], row["other_percent"]] == pytest.approx([25, 50], rel=1e-6)
    assert row["depth_m"] == pytest.approx(500 / SCALE, rel=1e-3)
    assert row["told"] == (
        "The national nature reserve Alpha and the county forest park Beta overlap on 50.0 ha: 25.0 % of one, "
        "50.0 % of the other, up to 500 m deep."
    )
    assert (
        row["told_zh"]
        == "国家级自然保护区“甲”与县级森林公园“乙”交叉重叠50.0公顷：分别占两者面积的25.0%和50.0%，最深500米。"
    )


def test_every_kind_has_its_sentence():
    ring = box(0, 10_000, 3_000, 3_000) - box(1_000, 11_000, 1_000, 1_000)
    table = conflicts(
        ("A", "", "", *RESERVE, box(0, 0, 1_000, 1_000)),
        ("B", "", "", *RESERVE, box(0, 0, 1_000, 1_000)),
        ("C", "", "", *PARK, box(100, 100, 100, 200)),
        ("D", "", "", *PARK, box(1_000, 0, 200, 300)),
        ("E", "", "", *PARK, box(1_220, 0, 100, 100)),
        ("F", "", "", *PARK, box(1_320, 100, 100, 100)),
        ("R", "", "", *RESERVE, ring),
        ("H", "", "", *PARK, box(1_400, 11_400, 200, 200)),
    )
    told = {tuple(row[:3]): row[3:] for row in table[["area", "other", "kind", "told", "told_zh"]].to_numpy().tolist()}
    assert told.keys() == {
        *(("A", "B", "duplicate"), ("C", "A", "embedded"), ("C", "B", "embedded"), ("H", "R", "in_hole")),
        *(("A", "D", "adjacent"), ("B", "D", "adjacent"), ("D", "E", "adjacent"), ("E", "F", "adjacent")),
    }
    reserve, park = "national nature reserve", "county forest park"
    assert told["A", "B", "duplicate"] == [
        f"The {reserve} A and the {reserve} B are the same ground: 100.1 ha, 100.0 % of the one, 100.0 % of the other.",
        "国家级自然保护区“A”与国家级自然保护区“B”范围重复：100.1公顷，分别占两者面积的100.0%和100.0%。",
    ]
    assert told["C", "A", "embedded"] == [
        f"The {park} C lies inside the {reserve} A: 2.0 ha, 100.0 % of the former, 2.0 % of the latter.",
        "县级森林公园“C”嵌套于国家级自然保护区“A”内：2.0公顷，占前者面积的100.0%、后者面积的2.0%。",
    ]
    assert told["H", "R", "in_hole"] == [
        f"The {park} H lies in a hole of the {reserve} R, 400 m apart.",
        "县级森林公园“H”位于国家级自然保护区“R”的天窗内，相距400米。",
    ]
    assert told["A", "D", "adjacent"] == [
        f"The {reserve} A and the {park} D are adjacent, with 300 m of common border.",
        "国家级自然保护区“A”与县级森林公园“D”相邻，共有边界300米。",
    ]
    assert told["D", "E", "adjacent"][0] == f"The {park} D and the {park} E are adjacent, 20 m apart."
    assert told["E", "F", "adjacent"] == [
        f"The {park} E and the {park} F are adjacent, and they meet.",
        "县级森林公园“E”与县级森林公园“F”相邻，两者相接。",
    ]
    # The kinds in their order; of adjacent pairs the longest border first.
    assert table["kind"].map(KINDS.index).is_monotonic_increasing
    adjacent = table.loc[table["kind"] == "adjacent", ["area", "other"]].to_numpy().tolist()
    assert adjacent == [["A", "D"], ["B", "D"], ["D", "E"], ["E", "F"]]
    # Two more cover a part of the overlap of the twins: one of them.
    assert table.set_index(["area", "other"]).loc[("A", "B"), "triple"] == 1


def test_greater_overlaps_come_first():
    table = conflicts(
        ("A", "", "", *RESERVE, box(0, 0, 1_000, 1_000)),
        ("B", "", "", *PARK, box(950, 0, 1_000, 500)),
        ("C", "", "", *PARK, box(-900, 0, 1_000, 1_000)),
    )
    assert table["other"].tolist() == ["C", "B"]


def test_thresholds_come_from_the_pack():
    pair = ("A", "", "", *RESERVE, box(0, 0, 1_000, 1_000)), ("B", "", "", *PARK, box(995, 0, 100, 1_000))
    assert conflicts(*pair, sliver=4)["kind"].tolist() == ["overlap"]
    assert conflicts(*pair, sliver=6)["kind"].tolist() == ["adjacent"]
    assert conflicts(*pair, embedded=4.98)["kind"].tolist() == ["embedded"]
    assert conflicts(*pair, embedded=5.02)["kind"].tolist() == ["overlap"]
    apart = pair[0], ("B", "", "", *PARK, box(1_040, 0, 100, 100))
    assert conflicts(*apart, gap=39)["kind"].tolist() == []
    assert conflicts(*apart, gap=41)["kind"].tolist() == ["adjacent"]
    near = pair[0], ("B", "", "", *PARK, box(1_000.6, 0, 100, 100))
    assert conflicts(*near)["told"][0].endswith("are adjacent, 1 m apart.")


def test_parts_of_one_area_are_one():
    rows = register(
        ("B", "", "", *PARK, box(900, 0, 200, 100)),
        ("A", "Alpha", "", *RESERVE, box(0, 0, 1_000, 1_000)),
        ("A", "Alpha", "", *RESERVE, box(1_000, 0, 1_000, 1_000)),
        ("A", "Alpha", "", *RESERVE, box(500, 0, 1_000, 1_000)),
    )
    areas = areas_of(rows)
    assert areas["area"].tolist() == ["B", "A"]
    assert areas["category"].tolist() == ["forest_park", "nature_reserve"]
    assert areas.geometry.area.tolist() == pytest.approx([20_000, 2e6])
    assert areas.crs == rows.crs
    odd = rows.set_index(pd.Index([7, 7, 3, 0]))
    assert areas_of(odd).geometry.area.tolist() == pytest.approx([20_000, 2e6])
    table = conflicts(*(tuple(row) for row in rows.to_numpy()))
    assert table[["area", "other", "kind", "percent", "triple"]].to_numpy().tolist() == [
        ["B", "A", "embedded", pytest.approx(100), 0]
    ]


def test_fragmentation_by_area_and_together():
    # A: 1,000 x 1,000 and, apart, 1,000 x 3,000; B covers a quarter of the former.
    table = protected_area_fragmentation(
        register(
            ("A", "Alpha", "甲", *RESERVE, box(0, 0, 1_000, 1_000)),
            ("A", "Alpha", "甲", *RESERVE, box(2_000, 0, 1_000, 3_000)),
            ("B", "", "", *PARK, box(500, 500, 500, 500)),
        )
    )
    assert list(table) == list(catalogue().vocabulary["protected_area_fragmentation"].columns)
    assert table.iloc[:, :5].to_numpy().tolist() == [
        ["A", "Alpha", "甲", *RESERVE],
        ["B", "", "", *PARK],
        ["(all)", "all areas together", "全部自然保护地", "", ""],
    ]
    numbers = table.iloc[:, 5:].to_numpy(np.float64) * [1, SCALE**2, 1, SCALE**2, 1, SCALE, 1 / SCALE]
    # Patches 1 and 3 km2: mesh 10 / 4, division 1 - 10 / 16; rim 4 + 8 km, 12,000 m on 400 ha.
    assert numbers[0] == pytest.approx([2, 400, 75, 2.5, 37.5, 12, 30], rel=1e-6)
    assert numbers[1] == pytest.approx([1, 25, 100, 0.25, 0, 2, 80], rel=1e-6, abs=1e-9)
    assert numbers[2] == pytest.approx(numbers[0], rel=1e-9)


def test_an_empty_register():
    assert conflicts().empty
    table = protected_area_fragmentation(register())
    assert table["area"].tolist() == ["(all)"]
    assert table["patches"].tolist() == [0]
