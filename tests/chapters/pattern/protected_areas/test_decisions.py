import numpy as np
import pandas as pd
import pytest
import shapely
from tests.chapters.pattern.protected_areas.integrated import (
    RULES,
    box,
    frame,
    gaps,
    hectares,
    integrate,
    on,
    row,
    shapes,
    zones,
)

from shanshui.base.errors import StudyError
from shanshui.chapters.pattern.protected_areas import balance, decisions
from shanshui.chapters.pattern.protected_areas.rules import Rules

# Two boxes of 6 ha that overlap on 2 ha.
LEFT, RIGHT = box(1000, 1000, 300, 200), box(1200, 1000, 300, 200)
NORTH, SOUTH = "north", "south"
# Everything that meets along a metre is merged.
MERGING = {"protected_area_border_m": 1.0}


def meet(first, second, **more):
    """Two areas that overlap: category, level and what else is said of each."""
    made = integrate(
        row("A", first[0], first[1], LEFT, **(first[2] if len(first) > 2 else {})),
        row("B", second[0], second[1], RIGHT, **(second[2] if len(second) > 2 else {})),
        **more,
    )
    assert made.faces["area_ha"].sum() == pytest.approx(10.0)
    return on(made, "A", "B"), made


# P1


def test_p1_a_national_park_wins_whatever_overlaps():
    face, made = meet(("national_park", "national"), ("nature_reserve", "national", {"value": 9}))
    assert (face["winner"], face["into"], face["rule"], face["action"]) == ("A", "A", "P1", "merge")
    assert (face["category"], face["level"], face["count"], face["confirm"]) == ("national_park", "national", 2, 0)
    assert face["area_ha"] == pytest.approx(2.0)
    assert hectares(made) == pytest.approx({"A": 6.0, "B": 4.0})
    told = "A (national park) stands: B (national nature reserve) gives way to the national park (P1)."
    assert face["reason"].startswith(told)
    assert face["reason_zh"].startswith("保留A（国家公园）：B（国家级自然保护区）国家公园范围内不再保留（P1）。")


def test_p1_what_qualifies_for_a_national_park_becomes_one():
    face, made = meet(("forest_park", "county", {"qualified": 1}), ("nature_reserve", "national"))
    assert (face["winner"], face["rule"]) == ("A", "P1")
    assert (face["category"], face["level"]) == ("national_park", "national")
    # The ground that only it covers is national park too.
    assert (on(made, "A")["category"], on(made, "A")["level"]) == ("national_park", "national")
    assert (on(made, "B")["category"], on(made, "B")["level"]) == ("nature_reserve", "national")
    assert made.plan.set_index("area")["category"].to_dict() == {"A": "national_park", "B": "nature_reserve"}
    face, _ = meet(("forest_park", "county", {"qualified": 0}), ("nature_reserve", "national"))
    assert (face["winner"], face["rule"]) == ("B", "P2")


def test_p1_nothing_else_is_kept_within_its_range():
    made = integrate(
        row("A", "national_park", "national", box(0, 1000, 1000, 1000)),
        row("B", "nature_reserve", "national", box(200, 1200, 100, 100)),
        row("C", "scenic_area", "national", box(250, 1250, 100, 100)),
    )
    assert set(made.faces["into"]) == {"A"}
    assert made.plan["area_ha"].sum() == pytest.approx(100.0)
    assert made.plan["from_areas"].unique().tolist() == ["A; B; C"]
    assert made.plan["from_count"].unique().tolist() == [3]


# P2


@pytest.mark.parametrize(
    ("higher", "lower"), [("national", "provincial"), ("provincial", "prefecture"), ("prefecture", "county")]
)
def test_p2_the_lower_level_is_merged_into_the_higher(higher, lower):
    # A park of higher level also wins over a reserve: the level is looked at first.
    face, made = meet(("nature_reserve", lower, {"value": 9, "part": "experimental"}), ("wetland_park", higher))
    assert (face["winner"], face["into"], face["rule"], face["action"]) == ("B", "B", "P2", "merge")
    assert face["confirm"] == 0
    assert (face["category"], face["level"]) == ("wetland_park", higher)
    assert hectares(made) == pytest.approx({"A": 4.0, "B": 6.0})
    assert f"A ({lower} nature reserve) is of a lower level (P2)" in face["reason"]
    assert "级别较低，服从高级别（P2）" in face["reason_zh"]


# P3


@pytest.mark.parametrize("reserve", ["nature_reserve", "aquatic_germplasm_reserve", "small_reserve"])
@pytest.mark.parametrize(
    "park", ["forest_park", "wetland_park", "geopark", "marine_park", "desert_park", "scenic_area"]
)
def test_p3_of_one_level_the_reserve_is_kept_before_the_park(reserve, park):
    face, _ = meet((park, "county", {"value": 9}), (reserve, "county", {"value": 1}))
    assert (face["winner"], face["rule"], face["action"], face["confirm"]) == ("B", "P3", "merge", 0)
    assert face["category"] == reserve
    assert "is a nature park and gives way to the nature reserve of its level (P3)" in face["reason"]


# P4


def test_p4_of_two_parks_the_one_of_higher_value_is_kept():
    face, _ = meet(("forest_park", "county", {"value": 1}), ("wetland_park", "county", {"value": 2}))
    assert (face["winner"], face["rule"], face["confirm"]) == ("B", "P4", 1)
    assert face["reason"].startswith("B (county wetland park) stands: A (county forest park) is of lower value (P4).")
    assert face["reason"].endswith("To be confirmed by the planner.")
    assert face["reason_zh"].endswith("须经规划人员确认。")
    # A reserve beside a reserve of its level has no rule of its own, and is taken by this one.
    face, _ = meet(("nature_reserve", "county", {"value": 3}), ("small_reserve", "county", {"value": 2}))
    assert (face["winner"], face["rule"], face["confirm"]) == ("A", "P4", 1)


def test_p4_where_a_value_is_not_known_the_larger_is_kept():
    kinds = ("forest_park", "county", {"value": 5}), ("wetland_park", "county")
    face, _ = meet(*kinds)
    # Both have six hectares, no year is known: the key decides.
    assert (face["winner"], face["rule"]) == ("A", "P4")
    assert "is equal in all that counts, and stands later in the order of keys (P4)" in face["reason"]
    made = integrate(
        row("A", "forest_park", "county", LEFT, value=5, established=1900),
        row("B", "wetland_park", "county", box(1200, 1000, 301, 200)),
    )
    assert on(made, "A", "B")["winner"] == "B"
    assert "A (county forest park) is smaller (P4)" in on(made, "A", "B")["reason"]


def test_p4_areas_that_differ_by_less_than_a_square_metre_are_equal():
    # B is longer by a thousandth of a unit, 0.2 m2; then by a hundredth, 2 m2.
    for longer, winner in ((0.001, "A"), (0.01, "B")):
        made = integrate(
            row("A", "forest_park", "county", LEFT, established=1990),
            row("B", "wetland_park", "county", box(1200, 1000, 300 + longer, 200), established=2000),
        )
        assert on(made, "A", "B")["winner"] == winner


def test_p4_of_two_of_one_size_the_older_is_kept():
    face, _ = meet(
        ("forest_park", "county", {"established": 2001}),
        ("wetland_park", "county", {"established": 1999}),
    )
    assert (face["winner"], face["rule"]) == ("B", "P4")
    assert "A (county forest park) is younger (P4)" in face["reason"]
    # A year that is not known decides nothing.
    face, _ = meet(("forest_park", "county"), ("wetland_park", "county", {"established": 1999}))
    assert face["winner"] == "A"


def test_the_last_that_yields_gives_the_rule_and_all_are_told():
    common = box(1000, 1000, 100, 100)
    made = integrate(
        row("A", "forest_park", "county", common, name="Pine Hill", name_zh="松山"),
        row("B", "wetland_park", "provincial", common, name="Goose Lake", value=1),
        row("C", "nature_reserve", "provincial", common, name_zh="鹤湖", part="core"),
    )
    face = on(made, "A", "B", "C")
    assert (face["winner"], face["rule"], face["rules"], face["count"]) == ("C", "P3", "P2; P3", 3)
    assert face["reason"] == (
        "鹤湖 (provincial nature reserve) stands: Pine Hill (county forest park) is of a lower level (P2); "
        "Goose Lake (provincial wetland park) is a nature park and gives way to the nature reserve of its level (P3). "
        "It is core protection zone, by the zone that the nature reserve has there (P8)."
    )
    assert face["reason_zh"] == (
        "保留鹤湖（省级自然保护区）：松山（县级森林公园）级别较低，服从高级别（P2）；"
        "Goose Lake（省级湿地公园）为自然公园，同级别保护强度优先（P3）。划为核心保护区：依自然保护区原功能分区（P8）。"
    )
    # Three polygons of one hectare, on the ground one.
    assert made.faces["area_ha"].sum() == pytest.approx(1.0)


# P7


def test_p7_a_new_scenic_area_has_no_claim_on_a_reserve():
    for said in ({"established": 2007}, {"new": 1}):
        face, _ = meet(("scenic_area", "national", said), ("nature_reserve", "county"))
        assert (face["winner"], face["rule"], face["action"]) == ("B", "P7", "merge")
        assert "A (national scenic area) is new and must not overlap a nature reserve (P7)" in face["reason"]
    # Of the year in which the regulation came into force, and earlier, it is not new: the level decides.
    for said in ({"established": 2006}, {"new": 0}, {}):
        face, _ = meet(("scenic_area", "national", said), ("nature_reserve", "county"))
        assert (face["winner"], face["rule"]) == ("A", "P2")


def test_p7_speaks_of_scenic_areas_and_reserves_only():
    face, _ = meet(("scenic_area", "national", {"new": 1}), ("forest_park", "county"))
    assert (face["winner"], face["rule"]) == ("A", "P2")
    face, _ = meet(("forest_park", "national", {"new": 1}), ("nature_reserve", "county"))
    assert (face["winner"], face["rule"]) == ("A", "P2")


# P5

PARKS = [
    row("A", "forest_park", "county", box(1000, 1000, 200, 100)),
    row("B", "wetland_park", "provincial", box(1200, 1000, 200, 100), name="Goose Lake", name_zh="雁湖"),
]
UNITS = zones(("natural_unit", "U", box(0, 0, 5000, 5000)))


def test_p5_adjacent_areas_of_one_natural_unit_are_merged():
    made = integrate(*PARKS, layers={"zone_polygons": UNITS}, **MERGING)
    face = on(made, "A")
    assert (face["winner"], face["into"], face["rule"], face["action"]) == ("A", "B", "P5", "merge")
    assert (face["category"], face["level"], face["confirm"]) == ("wetland_park", "provincial", 1)
    assert face["natural_unit"] == "U"
    # A hundred units to the north at the equator of this projection are 87 m.
    assert (
        "It is merged into Goose Lake (provincial wetland park): it meets Goose Lake along 87 m in the natural unit "
        "U name (P5)."
    ) in face["reason"]
    assert "归并入雁湖（省级湿地公园）：在自然地理单元“U name”内与雁湖相接87米（P5）。" in face["reason_zh"]
    assert (on(made, "B")["into"], on(made, "B")["rule"], on(made, "B")["action"]) == ("B", "P8", "keep")
    assert made.plan["area"].tolist() == ["B"]
    assert made.plan[["area_ha", "whole_before_ha", "whole_after_ha", "change_ha"]].to_numpy().tolist()[
        0
    ] == pytest.approx([4.0, 2.0, 4.0, 2.0])


def test_p5_the_common_border_must_be_long_enough():
    # In a zone of UTM, on its middle meridian, a metre on the ground is 0.9996 units.
    rows = [
        row("A", "forest_park", "county", box(499_800, 1000, 200, 100)),
        row("B", "geopark", "national", box(500_000, 1000, 9, 100)),
    ]
    for least, into in ((100.0 / 0.9996 - 0.01, "B"), (100.0 / 0.9996 + 0.01, "A")):
        made = integrate(*rows, crs="EPSG:32648", protected_area_border_m=least)
        assert on(made, "A")["into"] == into


def test_p5_a_border_of_many_pieces_is_added_up():
    # Another area cuts A's border into two faces.
    third = row("C", "scenic_area", "county", box(1100, 1000, 100, 50), established=1950)
    made = integrate(*PARKS, third, layers={"zone_polygons": UNITS}, protected_area_border_m=80.0)
    assert set(made.faces["into"]) == {"B"}
    # Its half of the border alone is too short: A stands on both faces.
    assert len(made.faces) == 3


def test_p5_the_neighbour_with_the_longest_border_is_told():
    # A meets B along 100 units to the north, C along 200 to the east.
    above = row("C", "geopark", "county", box(1000, 1100, 200, 100), established=1950)
    for rows in ([*PARKS, above], [above, *PARKS]):
        made = integrate(*rows, **MERGING)
        assert set(made.faces["into"]) == {"B"}
        assert "it meets C along" in on(made, "A")["reason"]
        # C ends in B too, through A.
        assert "It is merged into Goose Lake (provincial wetland park): it meets A along" in on(made, "C")["reason"]


def test_p5_areas_in_different_units_stay_apart():
    units = zones(("natural_unit", "U", box(0, 0, 1200, 5000)), ("natural_unit", "V", box(1200, 0, 5000, 5000)))
    made = integrate(*PARKS, layers={"zone_polygons": units}, protected_area_gap_m=5.0, **MERGING)
    assert hectares(made) == pytest.approx({"A": 2.0, "B": 2.0})
    # What lies in no unit meets nothing.
    none = zones(("natural_unit", "U", box(0, 0, 500, 500)))
    assert set(integrate(*PARKS, layers={"zone_polygons": none}, **MERGING).faces["into"]) == {"A", "B"}


def test_p5_where_units_are_not_known_adjacency_alone_decides_and_that_is_told():
    made = integrate(*PARKS, **MERGING)
    assert set(made.faces["into"]) == {"B"}
    assert "where natural units are not known (P5)" in on(made, "A")["reason"]
    assert "自然地理单元未知，仅依相邻" in on(made, "A")["reason_zh"]
    assert on(made, "A")["natural_unit"] == ""


def test_p5_areas_that_touch_in_a_corner_stay_apart():
    made = integrate(PARKS[0], row("B", "geopark", "national", box(1200, 1100, 200, 100)), **MERGING)
    assert set(made.faces["into"]) == {"A", "B"}


def test_p5_a_gap_up_to_the_width_is_no_border():
    # 30 m between them on the middle meridian of a zone of UTM, over a length of 100 m.
    rows = [
        row("A", "forest_park", "county", box(499_900, 1000, 100, 100)),
        row("B", "geopark", "national", box(500_030, 1000, 100, 100)),
    ]
    for gap, least, into in (
        (31.0, 90.0, "B"),
        (29.0, 90.0, "A"),
        (31.0, 150.0, "A"),
        (0.0, 1.0, "A"),
        (29.0, 0.0, "A"),
    ):
        made = integrate(*rows, crs="EPSG:32648", protected_area_gap_m=gap, protected_area_border_m=least)
        assert on(made, "A")["into"] == into
    # Within the gap's reach: the side, and of the sides beside it so much that the distance is at most 50 m:
    # 100 + 2 x (50 - 30) = 140 m, in units of 0.9996.
    told = integrate(*rows, crs="EPSG:32648", protected_area_gap_m=50.0, protected_area_border_m=139.0)
    assert "it meets B along 140 m" in on(told, "A")["reason"]
    # Of a longer neighbour 100 + 2 x sqrt(50^2 - 30^2) = 180 m lie in reach: the lesser of both counts.
    rows[1]["geometry"] = box(500_030, 900, 100, 300)
    told = integrate(*rows, crs="EPSG:32648", protected_area_gap_m=50.0, protected_area_border_m=139.0)
    assert "it meets B along 140 m" in on(told, "A")["reason"]


def test_p5_chains_are_merged_across_the_border_of_prefectures():
    chain = [
        row("A", "forest_park", "county", box(1000, 1000, 100, 100)),
        row("B", "nature_reserve", "county", box(1100, 1000, 100, 100), part="experimental"),
        row("C", "wetland_park", "prefecture", box(1200, 1000, 100, 100)),
        row("D", "geopark", "provincial", box(1300, 1000, 100, 100)),
        row("E", "geopark", "national", box(1500, 1000, 100, 100)),
    ]
    places = zones(
        ("prefecture", NORTH, box(0, 0, 1150, 9000)),
        ("prefecture", SOUTH, box(1150, 0, 9000, 9000)),
        ("natural_unit", "U", box(0, 0, 9000, 9000)),
    )
    made = integrate(*chain, layers={"zone_polygons": places}, **MERGING)
    # A meets B only, and yet ends in D; E lies apart.
    assert hectares(made) == pytest.approx({"D": 4.0, "E": 1.0})
    assert made.faces.set_index("winner")["level"].to_dict() == dict.fromkeys("ABCD", "provincial") | {"E": "national"}
    whole = made.plan[made.plan["area"] == "D"]
    assert whole["from_areas"].tolist() == ["A; B; C; D"]
    assert whole["prefectures"].tolist() == ["north name; south name"]
    # The experimental zone of the reserve and the parks are general control zone.
    assert whole["zone"].tolist() == ["general"]
    assert whole["area_ha"].tolist() == pytest.approx([4.0])
    by_place = made.ledger[made.ledger["by"] == "prefecture"].set_index("group")
    assert by_place["after_ha"].to_dict() == pytest.approx({NORTH: 1.5, SOUTH: 3.5})


def test_p5_a_reserve_made_of_county_areas_may_rise():
    rows = [
        row("A", "forest_park", "county", box(1000, 1000, 100, 100)),
        row("B", "nature_reserve", "county", box(1100, 1000, 100, 100), part="experimental"),
    ]
    made = integrate(*rows, **MERGING)
    assert made.plan["area"].tolist() == ["B"]
    assert made.plan["note"].tolist() == [
        "A nature reserve made of several areas may be upgraded to a provincial one (P5)."
    ]
    assert "可升格为省级自然保护区" in made.plan["note_zh"].iloc[0]
    made = integrate(rows[0], rows[1] | {"level": "prefecture"}, **MERGING)
    assert made.plan["note"].str.len().min() > 0
    # Not one that stands alone, nor one that is provincial, nor a park.
    assert integrate(*rows).plan["note"].tolist() == ["", ""]
    for kind, level in (("nature_reserve", "provincial"), ("geopark", "prefecture")):
        made = integrate(rows[0], rows[1] | {"category": kind, "level": level}, **MERGING)
        assert made.plan["area"].tolist() == ["B"]
        assert made.plan["note"].tolist() == [""]


def test_p5_an_area_that_has_no_ground_left_joins_nothing():
    made = integrate(
        row("A", "geopark", "county", box(1000, 1000, 100, 100)),
        row("B", "geopark", "national", box(1000, 1000, 100, 100)),
        row("C", "geopark", "provincial", box(1100, 1000, 100, 100)),
        **MERGING,
    )
    assert made.plan["area"].tolist() == ["B"]
    assert made.plan["from_areas"].tolist() == ["A; B; C"]


# P6

PLACES = zones(("prefecture", NORTH, box(0, 0, 1200, 9000)), ("prefecture", SOUTH, box(1200, 0, 9000, 9000)))
# A park of 60 ha in each prefecture; a village of 2 ha in the northern one, of 5 ha in the southern one.
TOWNS = [row("A", "forest_park", "county", box(200, 1000, 2000, 600))]
VILLAGES = shapes(box(400, 1200, 200, 100), box(1400, 1200, 250, 200))
LOSING = {"layers": {"zone_polygons": PLACES, "settlement_polygons": VILLAGES}, "least_adjusted_out_ha": 1.0}


def test_p6_the_best_gaps_of_each_prefecture_make_good_what_it_loses():
    offered = gaps((1, 3, NORTH, 1.5), (2, 1, NORTH, 0.75), (3, 2, NORTH, 1.25), (4, 4, SOUTH, 5.0), (5, 5, SOUTH, 1.0))
    made = integrate(*TOWNS, offered=offered, **LOSING)
    # North: 0.75 + 1.25 = 2 is just enough; the third is not touched. South: the first alone holds five.
    assert made.added["gap"].tolist() == [2, 3, 4]
    told = made.balance.set_index("prefecture")
    assert told.loc[NORTH, ["adjusted_out_ha", "offered_ha", "supplement_ha"]].tolist() == pytest.approx([2, 3.5, 2])
    assert told.loc[SOUTH, ["adjusted_out_ha", "offered_ha", "supplement_ha"]].tolist() == pytest.approx([5, 6, 5])
    assert told["balance_ha"].tolist() == pytest.approx([0, 0], abs=1e-6)
    assert told["lack_ha"].tolist() == [0, 0]
    assert told["holds"].tolist() == [1, 1]
    assert told["supplements"].to_dict() == {NORTH: "2; 3", SOUTH: "4"}
    assert told.loc[NORTH, "reason"] == "north name adjusts out 2.00 ha and supplements 2.00 ha (P6)."
    assert told.loc[NORTH, "reason_zh"] == "north name调出2.00公顷，补充2.00公顷（P6）。"


def test_p6_a_balance_that_cannot_hold_says_which_prefecture_lacks_how_much():
    offered = gaps((1, 1, NORTH, 50.0), (2, 2, SOUTH, 1.25), (3, 3, SOUTH, 0.5), (4, 4, "elsewhere", 99.0))
    made = integrate(*TOWNS, offered=offered, **LOSING)
    told = made.balance.set_index("prefecture")
    # What the north has too much does not help the south: 5 - 1.25 - 0.5 = 3.25.
    assert told["holds"].to_dict() == {NORTH: 1.0, SOUTH: 0.0}
    assert told["lack_ha"].to_dict() == pytest.approx({NORTH: 0, SOUTH: 3.25})
    # Of the fifty hectares in the north only two are needed.
    assert told["balance_ha"].to_dict() == pytest.approx({NORTH: 0, SOUTH: -3.25})
    assert told.loc[SOUTH, "reason"] == (
        "south name adjusts out 5.00 ha; all gaps in protection on offer there hold 1.75 ha, "
        "so 3.25 ha are lacking (P6)."
    )
    assert told.loc[SOUTH, "reason_zh"] == ("south name调出5.00公顷；该处保护空缺合计仅1.75公顷，尚缺3.25公顷（P6）。")
    assert made.added["gap"].tolist() == [1, 2, 3]


def test_p6_without_gaps_what_is_lost_is_lacking():
    made = integrate(*TOWNS, **LOSING)
    assert len(made.added) == 0
    told = made.balance.set_index("prefecture")
    assert told["lack_ha"].to_dict() == pytest.approx({NORTH: 2, SOUTH: 5})
    assert told.loc[NORTH, "reason"] == (
        "north name adjusts out 2.00 ha; no gaps in protection are known, so 2.00 ha are not made good (P6)."
    )
    assert "无保护空缺可供补充，尚缺2.00公顷" in told.loc[NORTH, "reason_zh"]
    assert told["offered_ha"].tolist() == [0, 0]


def test_p6_a_prefecture_that_loses_nothing_needs_nothing():
    made = integrate(*TOWNS, offered=gaps((1, 1, NORTH, 2.0)), layers={"zone_polygons": PLACES})
    assert len(made.added) == 0
    assert made.balance["holds"].tolist() == [1, 1]
    assert made.balance["reason"].tolist() == ["north name adjusts nothing out.", "south name adjusts nothing out."]
    assert made.balance["reason_zh"].iloc[0] == "north name无调出面积。"


def test_p6_counties_take_the_place_of_prefectures_and_the_region_that_of_both():
    layers = LOSING["layers"] | {"zone_polygons": PLACES.assign(zoning="county")}
    made = integrate(*TOWNS, offered=gaps((1, 1, SOUTH, 9.0)), **LOSING | {"layers": layers})
    assert made.balance["prefecture"].tolist() == [NORTH, SOUTH]
    assert made.balance["holds"].tolist() == [0, 1]
    layers = {"settlement_polygons": VILLAGES}
    made = integrate(*TOWNS, offered=gaps((1, 1, "", 7.5)), **LOSING | {"layers": layers})
    assert made.balance["prefecture"].tolist() == ["region"]
    assert made.balance["supplement_ha"].tolist() == pytest.approx([7.0])
    # Ground in no prefecture is a unit of its own.
    layers = LOSING["layers"] | {"zone_polygons": PLACES[:1]}
    made = integrate(*TOWNS, offered=gaps((1, 1, "", 5.5)), **LOSING | {"layers": layers})
    assert made.balance.set_index("prefecture")["balance_ha"].to_dict() == pytest.approx({NORTH: -2, "(outside)": 0})
    assert (
        "Ground in no prefecture adjusts out 5.00 ha" in made.balance.set_index("prefecture").loc["(outside)", "reason"]
    )


def test_p6_is_not_asked_for_where_the_rule_does_not_hold():
    rules = RULES[RULES["code"] != "P6"]
    made = integrate(*TOWNS, offered=gaps((1, 1, NORTH, 9.0)), rules=rules, **LOSING)
    assert len(made.added) == 0
    assert made.balance["holds"].isna().all()
    assert made.balance["reason"].iloc[0] == "No balance by prefecture is asked for."
    assert made.balance["reason_zh"].iloc[0] == "未要求以设区市为单位占补平衡。"


def test_p6_a_balance_is_not_missed_by_the_rounding_of_sums():
    faces = pd.DataFrame({"prefecture": ["N"] * 10, "prefecture_name": "N", "action": "adjust_out", "area_ha": 0.1})
    whole = gaps((1, 1, "N", 1.0 - 1e-12), (2, 2, "N", 5.0))
    added = balance.protected_area_supplements(faces, RULES, whole)
    assert added["gap"].tolist() == [1]
    told = balance.protected_area_balance(faces, RULES, added, whole)
    assert told["holds"].tolist() == [1]
    assert told["lack_ha"].tolist() == [0]
    # ... but by a ten-thousandth of it.
    short = gaps((1, 1, "N", 0.9999))
    told = balance.protected_area_balance(faces, RULES, balance.protected_area_supplements(faces, RULES, short), short)
    assert told["lack_ha"].tolist() == pytest.approx([1e-4])
    assert told["holds"].tolist() == [0]


# P9, P10, P11

AREA = box(1000, 1000, 1000, 1000)
VILLAGE, FIELD, MINE = box(1100, 1100, 200, 200), box(1500, 1100, 300, 200), box(1500, 1500, 100, 100)
USED = {
    "settlement_polygons": shapes(VILLAGE),
    "permanent_basic_farmland_polygons": shapes(FIELD),
    "mining_right": shapes(MINE),
}


def used(part, importance=None, category="nature_reserve", layers=USED, **scalars):
    values = None if importance is None else np.full((100, 100), importance)
    made = integrate(row("A", category, "county", AREA, part=part), layers=layers, importance=values, **scalars)
    return made, made.faces.set_index("holds")


def test_p9_a_village_of_low_value_is_adjusted_out_wherever_it_lies():
    for part in ("core", "experimental"):
        made, told = used(part, importance=1)
        face = told.loc["settlement"]
        assert (face["action"], face["rule"], face["into"], face["zone"]) == ("adjust_out", "P9", "", "")
        assert (face["winner"], face["category"], face["confirm"]) == ("A", "nature_reserve", 1)
        assert "The settlement is of low value and is adjusted out after scientific assessment (P9)." in face["reason"]
        assert "该处城镇村屯保护价值低，经科学评估后调出（P9）。" in face["reason_zh"]
        # Farmland of low value is none of its business.
        assert told.loc["farmland", "rule"] in ("P10", "P11")
        assert face["importance"] == 1.0
        assert made.plan["whole_after_ha"].iloc[0] == pytest.approx(100 - (4 if part == "core" else 10))


def test_p9_needs_a_value_that_is_known_to_be_low():
    _, told = used("core")
    assert told.loc["settlement", "rule"] == "P10"
    assert np.isnan(told.loc["settlement", "importance"])
    _, told = used("core", importance=2)
    assert told.loc["settlement", "rule"] == "P10"
    # Just at the limit it is not low.
    _, told = used("core", importance=2, low_value_importance=2.0)
    assert told.loc["settlement", "rule"] == "P10"
    _, told = used("core", importance=2, low_value_importance=2.001)
    assert told.loc["settlement", "rule"] == "P9"


def test_p10_in_a_core_zone_uses_withdraw_and_the_ground_stays():
    made, told = used("buffer")
    for name, words in (
        ("settlement", "settlement"),
        ("farmland", "permanent basic farmland"),
        ("mining", "mining right"),
    ):
        face = told.loc[name]
        assert (face["action"], face["rule"], face["into"], face["zone"]) == ("withdraw", "P10", "A", "core")
        assert f"The {words} in the core protection zone withdraws step by step (P10)." in face["reason"]
        assert face["confirm"] == 0
    assert "核心保护区内的矿业权逐步有序退出（P10）。" in told.loc["mining", "reason_zh"]
    assert made.plan["area_ha"].sum() == pytest.approx(100)
    total = made.ledger[made.ledger["by"] == "total"].iloc[0]
    assert total["withdraw_ha"] == pytest.approx(4 + 6 + 1)
    assert total["adjusted_out_ha"] == 0


def test_p11_in_a_general_zone_a_mine_withdraws_and_large_patches_leave():
    # The village has 4 ha and stays, the field has 6 ha and leaves.
    made, told = used("experimental")
    assert told["action"].to_dict() == {
        "": "keep",
        "settlement": "manage",
        "farmland": "adjust_out",
        "mining": "withdraw",
    }
    assert told.drop("")["rule"].unique().tolist() == ["P11"]
    assert told.drop("")["confirm"].tolist() == [1, 1, 1]
    assert (
        "The settlement without obvious impact lies in a patch of only 4.00 ha and stays under management (P11)."
        in (told.loc["settlement", "reason"])
    )
    assert (
        "The permanent basic farmland without obvious impact lies in a patch of 6.00 ha and is adjusted out (P11)."
        in (told.loc["farmland", "reason"])
    )
    assert (
        "The mining right in the general control zone has an obvious impact and withdraws step by step (P11)."
        in (told.loc["mining", "reason"])
    )
    assert "永久基本农田无明显影响，连片6.00公顷，予以调出（P11）。" in told.loc["farmland", "reason_zh"]
    total = made.ledger[made.ledger["by"] == "total"].iloc[0]
    assert total[["withdraw_ha", "manage_ha", "adjusted_out_ha", "after_ha"]].tolist() == pytest.approx([1, 4, 6, 94])
    # Of just the least area it leaves too.
    _, told = used("experimental", least_adjusted_out_ha=float(told.loc["settlement", "area_ha"]))
    assert told.loc["settlement", "action"] == "adjust_out"


def test_p11_the_impact_is_obvious_where_uses_take_a_great_share_of_the_zone():
    # 4 + 6 + 1 = 11 of 100 ha.
    for share, action in ((0.109, "withdraw"), (0.111, "adjust_out")):
        _, told = used("experimental", obvious_impact_share=share)
        assert told.loc["farmland", "action"] == action
    _, told = used("experimental", obvious_impact_share=0.109)
    assert (
        "such uses take 11.0 % of the general control zone, an obvious impact (P11)." in told.loc["farmland", "reason"]
    )
    assert "城镇村屯占一般控制区11.0%，影响明显，逐步有序退出（P11）。" in told.loc["settlement", "reason_zh"]
    # The core zone of the area does not count: 11 ha of the 50 ha that are general control zone.
    rows = [
        row("A", "nature_reserve", "county", box(1000, 1000, 1000, 1000), part="experimental"),
        row("A", "nature_reserve", "county", box(3000, 1000, 1000, 1000), part="core"),
        row("B", "geopark", "county", box(5000, 1000, 1000, 1000)),
    ]
    made = integrate(*rows, layers=USED, obvious_impact_share=0.1099)
    assert made.faces.set_index("holds").loc["farmland", "action"] == "withdraw"


def test_p11_a_patch_is_what_hangs_together_within_one_area():
    # Two fields of 3 ha side by side, in two faces since a prefecture's border parts them.
    field = shapes(box(1100, 1100, 300, 100), box(1100, 1200, 300, 100))
    layers = {"permanent_basic_farmland_polygons": field}
    _, told = used("experimental", layers=layers)
    assert told.loc["farmland", "action"].tolist() == ["adjust_out", "adjust_out"]
    assert "a patch of 6.00 ha" in told.loc["farmland", "reason"].iloc[0]
    # They touch in a corner only: two patches.
    corner = shapes(box(1100, 1100, 300, 100), box(1400, 1200, 300, 100))
    _, told = used("experimental", layers={"permanent_basic_farmland_polygons": corner})
    assert told.loc["farmland", "action"].tolist() == ["manage", "manage"]
    # A mine beside a field withdraws by itself: three hectares are left.
    beside = {"permanent_basic_farmland_polygons": field[:1], "mining_right": field[1:]}
    _, told = used("experimental", layers=beside)
    assert told["action"].to_dict() == {"": "keep", "farmland": "manage", "mining": "withdraw"}
    # They belong to two areas: two patches.
    made = integrate(
        row("A", "geopark", "county", box(1000, 1000, 1000, 200)),
        row("B", "geopark", "county", box(1000, 1200, 1000, 200)),
        layers=layers,
    )
    assert made.faces.set_index("holds").loc["farmland", "action"].tolist() == ["manage", "manage"]


def test_uses_of_ground_that_is_not_protected_are_left_alone():
    face = {"settlement": True, "farmland": False, "mining": False, "importance": 1.0, "area_ha": 9.0}
    table = pd.DataFrame([face | {"into": "", "zone": ""}, face | {"into": "A", "zone": "general"}])
    limits = {"low_value_importance": 1.5, "obvious_impact_share": 0.5, "least_adjusted_out_ha": 1.0}
    told = decisions.uses(table, np.empty((0, 2), np.int64), Rules(RULES), **limits)
    assert told["rule"].tolist() == ["", "P9"]
    assert told["action"].tolist() == ["", "adjust_out"]


def test_plantations_alone_are_told_and_kept():
    _, told = used("experimental", layers={"commercial_forest": shapes(VILLAGE)})
    assert (told.loc["plantation", "action"], told.loc["plantation", "rule"]) == ("keep", "P8")
    # On a field as well, both are told.
    _, told = used(
        "core", layers={"commercial_forest": shapes(FIELD), "permanent_basic_farmland_polygons": shapes(FIELD)}
    )
    assert told.loc["farmland; plantation", "action"] == "withdraw"


def test_uses_outside_of_protected_areas_are_no_faces():
    far = {"settlement_polygons": shapes(box(5000, 5000, 100, 100), box(1900, 1900, 200, 200))}
    made, told = used("core", layers=far)
    assert len(made.faces) == 2
    assert told.loc["settlement", "area_ha"] == pytest.approx(1.0)
    assert made.faces["area_ha"].sum() == pytest.approx(100)


# P12


def test_p12_a_cultural_scenic_area_leaves_only_where_that_is_asked_for():
    rows = [
        row("A", "scenic_area", "national", LEFT, main_resource="cultural"),
        row("B", "forest_park", "county", RIGHT),
    ]
    made = integrate(*rows)
    assert (on(made, "A")["into"], on(made, "A", "B")["into"]) == ("A", "A")
    made = integrate(*rows, cultural_scenic_areas_leave=1.0)
    face = on(made, "A")
    assert (face["into"], face["action"], face["rule"], face["confirm"]) == ("", "adjust_out", "P12", 1)
    assert face["reason"] == (
        "A (national scenic area) has cultural landscape as its main resource and is no protected area (P12). "
        "To be confirmed by the planner."
    )
    assert face["reason_zh"] == "A（国家级风景名胜区）以人文景观为主要资源，不作为自然保护地（P12）。须经规划人员确认。"
    # Where another area lies too, that one stands.
    face = on(made, "A", "B")
    assert (face["winner"], face["into"], face["rules"]) == ("B", "B", "P12")
    assert "Only B (county forest park) lies here." in face["reason"]
    assert hectares(made) == pytest.approx({"": 4.0, "B": 6.0})
    total = made.ledger[made.ledger["by"] == "total"].iloc[0]
    assert total[["before_ha", "adjusted_out_ha", "after_ha"]].tolist() == pytest.approx([10, 4, 6])


@pytest.mark.parametrize(
    ("category", "resource"), [("scenic_area", "natural"), ("scenic_area", ""), ("geopark", "cultural")]
)
def test_p12_speaks_of_scenic_areas_of_cultural_landscape_only(category, resource):
    made = integrate(row("A", category, "county", LEFT, main_resource=resource), cultural_scenic_areas_leave=1.0)
    assert on(made, "A")["into"] == "A"


# The table of rules


def test_a_rule_that_is_not_in_the_table_does_not_hold():
    kinds = ("nature_reserve", "county", {"value": 1}), ("forest_park", "national", {"value": 2})
    without = lambda *codes: RULES[~RULES["code"].isin(codes)]  # noqa: E731
    assert meet(*kinds)[0]["rule"] == "P2"
    face, _ = meet(*kinds, rules=without("P2"))
    assert (face["winner"], face["rule"]) == ("A", "P3")
    face, _ = meet(*kinds, rules=without("P2", "P3"))
    assert (face["winner"], face["rule"]) == ("B", "P4")
    face, _ = meet(*kinds, rules=without("P2", "P3", "P4"))
    assert (face["winner"], face["rule"]) == ("A", "P1")
    assert "stands later in the order of keys (P1)" in face["reason"]
    face, _ = meet(*kinds, rules=without("P1", "P2", "P3", "P4", "P7"))
    # The key decides, by no rule; what is left is the rule of the zone.
    assert (face["winner"], face["rule"], face["rules"]) == ("A", "P8", "P8")
    assert "stands later in the order of keys. It is core" in face["reason"]
    assert integrate(*PARKS, rules=without("P5"), **MERGING).plan["area"].tolist() == ["A", "B"]
    made = integrate(row("A", "geopark", "county", AREA), rules=without("P8"), layers=USED)
    assert set(made.plan["zone"]) == {""}
    assert set(made.faces["action"]) == {"keep"}
    rules = without("P9", "P10", "P11")
    made = integrate(row("A", "nature_reserve", "county", AREA), rules=rules, layers=USED)
    assert set(made.faces["action"]) == {"keep"}
    scenic = row("A", "scenic_area", "county", LEFT, main_resource="cultural")
    assert on(integrate(scenic, rules=without("P12"), cultural_scenic_areas_leave=1.0), "A")["into"] == "A"
    new = ("scenic_area", "national", {"new": 1}), ("nature_reserve", "county")
    assert meet(*new, rules=without("P7"))[0]["rule"] == "P2"


def test_rules_are_applied_in_their_order():
    swapped = RULES.assign(order=RULES["order"].where(~RULES["code"].eq("P2"), 5.5))
    face, _ = meet(("nature_reserve", "county"), ("forest_park", "national"), rules=swapped)
    assert (face["winner"], face["rule"]) == ("A", "P3")
    # Rows may stand in any order.
    face, _ = meet(("nature_reserve", "county"), ("forest_park", "national"), rules=swapped[::-1])
    assert (face["winner"], face["rule"]) == ("A", "P3")
    first = RULES.assign(order=RULES["order"].where(~RULES["code"].eq("P10"), 8.5))
    made = integrate(
        row("A", "nature_reserve", "county", AREA), rules=first, layers=USED, importance=np.ones((100, 100))
    )
    assert made.faces.set_index("holds").loc["settlement", "rule"] == "P10"


def test_what_is_new_hangs_on_the_year_of_the_rule():
    later = RULES.assign(valid_from=RULES["valid_from"].where(RULES["code"] != "P7", 2010))
    kinds = ("scenic_area", "national", {"established": 2008}), ("nature_reserve", "county")
    assert meet(*kinds)[0]["rule"] == "P7"
    assert meet(*kinds, rules=later)[0]["rule"] == "P2"


def test_a_force_of_may_asks_for_a_planner():
    firm = RULES.assign(force="shall")
    face, _ = meet(("forest_park", "county"), ("wetland_park", "county"), rules=firm)
    assert (face["rule"], face["confirm"]) == ("P4", 0)
    assert "planner" not in face["reason"]


def with_rule(code, order, kind, **others):
    """The ready rules and one more."""
    empty = dict.fromkeys(RULES.columns, "")
    return pd.concat(
        [RULES, pd.DataFrame([empty | {"code": code, "order": order, "kind": kind, "force": "shall"} | others])]
    )


def said(code, column, text, case=None):
    """The ready rules, one of which says something else."""
    ours = RULES["code"].eq(code) & (True if case is None else RULES["case"].eq(case))
    return RULES.assign(**{column: RULES[column].where(~ours, text)})


def test_another_condition_makes_another_area_stand():
    kinds = ("forest_park", "county", {"value": 1, "established": 1980}), ("wetland_park", "national", {"value": 2})
    assert (meet(*kinds)[0]["winner"], meet(*kinds)[0]["rule"]) == ("B", "P2")
    assert (meet(*kinds, rules=said("P2", "keeps", "least level_rank"))[0]["winner"]) == "A"
    # The year of one is not known: the oldest cannot be told, and the next rule decides.
    assert (meet(*kinds, rules=said("P2", "keeps", "least established"))[0]["rule"]) == "P4"
    turned = said("P4", "keeps", "least value", case="value")
    assert meet(kinds[0], ("wetland_park", "county", {"value": 2}), rules=turned)[0]["winner"] == "A"
    # Scenic areas that are not new have no claim on a reserve either.
    old = ("scenic_area", "national", {"established": 1990}), ("nature_reserve", "county")
    assert meet(*old)[0]["rule"] == "P2"
    assert meet(*old, rules=said("P7", "when", 'category == "scenic_area"'))[0]["rule"] == "P7"
    beside = said("P7", "among", 'of_class == "national_park"')
    assert meet(("scenic_area", "national", {"new": 1}), ("nature_reserve", "county"), rules=beside)[0]["rule"] == "P2"


def test_a_rule_of_a_studys_own():
    own = {"among": 'category == "wetland_park"', "when": 'category != "wetland_park"', "valid_from": 2025}
    rules = with_rule("W1", 2.5, "overlap", reason="gives way to the wetland", reason_zh="让位于湿地", **own)
    kinds = ("national_park", "national"), ("wetland_park", "county")
    face, _ = meet(*kinds, rules=rules)
    assert (face["winner"], face["rule"], face["confirm"]) == ("B", "W1", 0)
    assert face["reason"].startswith("B (county wetland park) stands: A (national park) gives way to the wetland (W1).")
    assert "A（国家公园）让位于湿地（W1）。" in face["reason_zh"]
    # After P1 it comes too late; where it says nothing of whom it decides against, that is told in plain words.
    late = meet(*kinds, rules=with_rule("W1", 3.5, "overlap", **own))[0]
    assert (late["winner"], late["rule"]) == ("A", "P1")
    plain = meet(*kinds, rules=with_rule("W1", 2.5, "overlap", **own))[0]
    assert "A (national park) gives way (W1)." in plain["reason"]
    assert "A（国家公园）让位（W1）。" in plain["reason_zh"]
    # A rule by which all would yield decides nothing.
    all_yield = with_rule("W1", 0, "overlap", when='level == "county" or level == "national"')
    assert meet(*kinds, rules=all_yield)[0]["rule"] == "P1"


def test_scope_is_said_by_the_table():
    rows = [row("A", "geopark", "county", LEFT, established=1999), row("B", "forest_park", "county", RIGHT)]
    rules = with_rule("S1", 0, "scope", when="established < valid_from", valid_from=2000)
    made = integrate(*rows, rules=rules)
    face = on(made, "A")
    assert (face["into"], face["action"], face["rule"], face["confirm"]) == ("", "adjust_out", "S1", 0)
    assert face["reason"] == "A (county geopark) is no protected area (S1)."
    assert face["reason_zh"] == "A（县级地质公园）不作为自然保护地（S1）。"
    assert on(made, "A", "B")["winner"] == "B"
    later = integrate(*rows, rules=rules.assign(valid_from=rules["valid_from"].where(rules["code"] != "S1", 1999)))
    assert on(later, "A")["into"] == "A"
    # The first of two rules of scope counts.
    twice = with_rule("S0", 0, "scope", when='category == "scenic_area"')
    scenic = row("A", "scenic_area", "county", LEFT, main_resource="cultural")
    for order, code in ((0, "S0"), (1.5, "P12")):
        ours = twice.assign(order=twice["order"].where(twice["code"] != "S0", order))
        assert on(integrate(scenic, rules=ours, cultural_scenic_areas_leave=1.0), "A")["rule"] == code


def test_uses_are_decided_as_the_table_says():
    # The village has 4 ha and stays, the field has 6 ha and leaves.
    _, told = used("experimental", rules=said("P11", "when", "farmland", case="small"))
    assert (told.loc["settlement", "action"], told.loc["farmland", "action"]) == ("keep", "adjust_out")
    _, told = used("experimental", rules=said("P11", "when", "used and patch_ha < 5", case="large"))
    assert (told.loc["settlement", "action"], told.loc["farmland", "action"]) == ("adjust_out", "manage")
    _, told = used("experimental", rules=said("P11", "action", "manage", case="mining"))
    assert told.loc["mining", "action"] == "manage"
    # The share of uses, 11 of 100 ha, and of the field alone.
    _, told = used("experimental", rules=said("P11", "when", "farmland and share > 0.109", case="share"))
    assert (told.loc["settlement", "action"], told.loc["farmland", "action"]) == ("manage", "withdraw")
    _, told = used("experimental", rules=said("P11", "when", "farmland and share > 0.111", case="share"))
    assert told.loc["farmland", "action"] == "adjust_out"
    # An earlier rule on large patches takes the mine into them: 4, 6 and 1 ha, each by itself.
    early = with_rule("U1", 8.5, "use", when="patch_ha >= 0.5 and face_ha < 2", action="adjust_out")
    made, told = used("experimental", rules=early)
    assert (told.loc["mining", "action"], told.loc["mining", "rule"], told.loc["farmland", "rule"]) == (
        "adjust_out",
        "U1",
        "P11",
    )
    assert "The mining right is adjusted out (U1)." in told.loc["mining", "reason"]
    assert "矿业权予以调出（U1）。" in told.loc["mining", "reason_zh"]
    assert made.faces["into"].eq("").sum() == 2


def test_zones_are_those_of_the_table():
    area = row("A", "nature_reserve", "county", AREA, part="buffer")
    assert set(integrate(area).faces["zone"]) == {"core"}
    core_only = said("P8", "when", 'of_class == "nature_reserve" and part == "core"', case="reserve_core")
    assert set(integrate(area, rules=core_only).faces["zone"]) == {"general"}
    # A study's own rule, whose sentence says nothing more; in the place of the ready ones or before them.
    own = with_rule("Z1", 8, "zone", when='level == "county" and category == "geopark"', action="core")
    made = integrate(
        row("A", "geopark", "county", AREA), row("B", "geopark", "national", box(5000, 0, 99, 99)), rules=own
    )
    assert (on(made, "A")["zone"], on(made, "A")["rule"], on(made, "B")["zone"]) == ("core", "Z1", "general")
    assert on(made, "A")["reason"].endswith("It is core protection zone (Z1).")
    assert on(made, "A")["reason_zh"].endswith("划为核心保护区（Z1）。")
    # What it makes core stays core where it yields.
    face, _ = meet(("geopark", "county"), ("geopark", "national"), rules=own)
    assert (face["winner"], face["zone"], face["rules"]) == ("B", "core", "P2; P8")
    assert "since protection there must not be lowered (P8)" in face["reason"]
    # Without a rule that holds there is no zone.
    none = RULES[~RULES["case"].eq("nature_park")]
    made = integrate(row("A", "geopark", "county", AREA), rules=none)
    assert (on(made, "A")["zone"], on(made, "A")["rule"]) == ("", "")


def test_rules_on_plantations_and_on_ground_without_any_use():
    layers = {"commercial_forest": shapes(VILLAGE)}
    forest = {
        "when": "plantation",
        "action": "withdraw",
        "reason": "{uses} of {patch:.0f} ha goes",
        "reason_zh": "{uses}退出",
    }
    _, told = used("experimental", layers=layers, rules=with_rule("U1", 13, "use", **forest))
    assert told.loc["plantation", "action"] == "withdraw"
    assert "The commercial forest of 0 ha goes (U1)." in told.loc["plantation", "reason"]
    assert "商品林退出（U1）。" in told.loc["plantation", "reason_zh"]
    _, told = used("experimental", layers=layers, rules=with_rule("U1", 13, "use", when="not used", action="manage"))
    assert told["action"].unique().tolist() == ["manage"]
    assert "The ground stays under management (U1)." in told.loc["", "reason"]
    assert "土地保留并加强管理（U1）。" in told.loc["", "reason_zh"]


def refused(table, **more):
    with pytest.raises(StudyError) as caught:
        Rules(table, **more)
    return [str(each).removeprefix("tables.protected_area_rules.columns.") for each in caught.value.problems]


def test_rules_that_cannot_be_read_are_refused_together():
    empty = dict.fromkeys(RULES.columns, "") | {"force": "may", "order": "1"}
    wrong = [
        {"code": "", "kind": "merge"},
        {"code": "Q1", "kind": "overlaps"},
        {"code": "Q2", "kind": "overlap"},
        {"code": "Q3", "kind": "overlap", "when": "new", "keeps": "greatest value"},
        {"code": "Q4", "kind": "overlap", "keeps": "greatest category"},
        {"code": "Q5", "kind": "overlap", "keeps": "the older"},
        {"code": "Q6", "kind": "overlap", "when": "share > 1", "action": "manage"},
        {"code": "Q7", "kind": "scope", "among": "new"},
        {"code": "Q8", "kind": "use", "when": "setlement", "action": "leave", "order": ""},
        {"code": "Q9", "kind": "use", "when": 'zone == "outer"', "action": "manage", "reason": "{size} ha"},
        {"code": "Q10", "kind": "use", "when": "mining and", "action": "manage", "reason_zh": "{uses"},
        {"code": "Q11", "kind": "balance", "when": "new", "force": "must", "valid_from": "soon"},
        {"code": "Q12", "kind": "overlap", "when": 'touches("red_line")', "reason": "{uses} goes"},
    ]
    told = refused(pd.concat([RULES, RULES[:2], pd.DataFrame([empty | row for row in wrong])]))
    assert [each.partition("; use one of: used")[0].partition("; use one of: area_ha")[0] for each in told] == [
        "action: Q6: a rule of overlap does not say it; leave it empty",
        "action: Q8: 'leave' is no action of it; write one of adjust_out, withdraw, manage",
        "among: Q7: a rule of scope does not say it; leave it empty",
        "code: a rule has no code; give every rule a code",
        "code: rule P12 stands twice; keep one row",
        "code: rule P7 stands twice; keep one row",
        "force: 'must' is none of its words; use one of: may, shall",
        "keeps: Q4: 'category' is no number that is known of them; give one of class_rank, level_rank, value, "
        "established, area_ha, ground_m2, valid_from",
        "keeps: Q5: 'the older' keeps nobody; write for example: greatest class_rank",
        "kind: 'overlaps' is none of its words; did you mean 'overlap'?",
        "order: Q8 has none; give every rule a number",
        "reason: Q12: 'uses' cannot be filled in; leave braces out",
        "reason: Q9: 'size' cannot be filled in; write {uses}, {share}, {patch} only",
        "reason_zh: Q10: '{uses' cannot be filled in; write {uses}, {share}, {patch} only",
        "valid_from: Q11 has 'soon', which is no number; write a number",
        "when: Q10: 'mining and' cannot be read; write for example: slope_degrees < 25 and not reclaims_land",
        "when: Q11: a rule of balance does not say it; leave it empty",
        "when: Q12: control layer 'red_line' is asked for, and there is no parcel; ask for facts only",
        "when: Q2: a rule of overlaps says who yields, or whom it keeps; fill in when or keeps",
        "when: Q3: a rule of overlaps says who yields, or whom it keeps; fill in when or keeps",
        "when: Q6: there is no fact 'share'",
        "when: Q7 says nothing; write a condition",
        "when: Q8: there is no fact 'setlement'; did you mean 'settlement'?",
        "when: Q9: zone is never 'outer'; use one of: core, general, park_use",
    ]
    assert "keeps: is missing; give it; chapter_rules.csv of the ready rules shows how" in refused(
        RULES.drop(columns="keeps")
    )


def test_categories_of_a_study_may_be_named():
    rules = said("P7", "when", 'category == "karst_park"')
    assert refused(rules)[0].startswith("when: P7: category is never 'karst_park'")
    assert Rules(rules, categories=["karst_park"]).of("overlap") == ["P7", "P1", "P2", "P3", "P4"]
    level = said("P7", "when", 'level == "village"')
    assert Rules(level, levels=["village"]).of("scope") == ["P12"]


def test_the_table_of_rules_has_all_twelve_with_their_sources():
    rules = RULES.drop_duplicates("code")
    assert sorted(rules["code"], key=lambda code: int(code[1:])) == [f"P{number}" for number in range(1, 13)]
    assert rules.groupby("kind")["code"].agg(list).to_dict() == {
        "scope": ["P12"],
        "overlap": ["P7", "P1", "P2", "P3", "P4"],
        "merge": ["P5"],
        "zone": ["P8"],
        "use": ["P9", "P10", "P11"],
        "balance": ["P6"],
    }
    cases = RULES[RULES["case"] != ""].groupby("code")["case"].agg(list).to_dict()
    assert cases == {
        "P4": ["value", "area", "age"],
        "P8": [
            *("unzoned_park", "park_core", "reserve_core", "unzoned", "kept", "raised", "use"),
            *("park_other", "reserve_other", "nature_park"),
        ],
        "P11": ["mining", "share", "large", "small"],
    }
    assert set(RULES["status"]) <= {"official", "literature", "default"}
    assert set(RULES["force"]) == {"shall", "may"}
    assert rules[rules["force"] == "may"]["code"].tolist() == ["P12", "P4", "P5", "P9", "P11"]
    for column in ("english", "chinese", "document"):
        assert (RULES[column].str.len() > 0).all()
    assert RULES["english"].str.endswith(".").all()
    assert RULES["chinese"].str.endswith("。").all()
    # The cases of a rule are of one source.
    for column in ("kind", "force", "document", "article", "valid_from", "status"):
        assert len(RULES.drop_duplicates(["code", column])) == len(rules)
    # The regulation in full text, the province's rules as reported, all else by general knowledge.
    status = rules.set_index("code")["status"]
    assert status[status != "default"].to_dict() == {
        "P7": "official",
        "P2": "literature",
        "P3": "literature",
        "P5": "literature",
        "P6": "literature",
    }
    assert rules.set_index("code").loc[["P7", "P12", "P8"], "valid_from"].tolist() == [2006, 2023, 2020]


def test_no_area_stands_twice_in_an_equal_choice():
    made = integrate(*(row(key, "geopark", "county", LEFT) for key in "CAB"))
    face = on(made, "A", "B", "C")
    assert face["winner"] == "A"
    assert face["rules"] == "P4"
    assert frame(*PARKS).geometry.area.sum() == shapely.area(shapely.box(0, 0, 200, 200))
