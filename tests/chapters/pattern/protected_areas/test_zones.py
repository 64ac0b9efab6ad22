import numpy as np
import pytest
from tests.chapters.pattern.protected_areas.integrated import box, integrate, on, row, shapes

from shanshui.chapters.pattern.protected_areas import zones

PLACE = box(1000, 1000, 400, 100)


def zone(category, part, importance=None, **more):
    values = None if importance is None else np.full((100, 100), importance)
    made = integrate(row("A", category, "county", PLACE, part=part), importance=values, **more)
    return made, made.faces.iloc[0]


@pytest.mark.parametrize("category", ["nature_reserve", "small_reserve", "aquatic_germplasm_reserve"])
@pytest.mark.parametrize(
    ("part", "expected"),
    [("core", "core"), ("buffer", "core"), ("experimental", "general"), ("general", "general"), ("", "core")],
)
def test_p8_zones_of_a_reserve(category, part, expected):
    _, face = zone(category, part)
    assert (face["zone"], face["part"], face["rule"], face["action"]) == (expected, part, "P8", "keep")
    told = "since the nature reserve has no zones" if part == "" else "by the zone that the nature reserve has there"
    names = {"core": "core protection zone", "general": "general control zone"}
    assert face["reason"].endswith(f"It is {names[expected]}, {told} (P8).")
    names = {"core": "核心保护区", "general": "一般控制区"}
    told = "自然保护区未分区" if part == "" else "依自然保护区原功能分区"
    assert face["reason_zh"].endswith(f"划为{names[expected]}：{told}（P8）。")


@pytest.mark.parametrize("park", ["forest_park", "scenic_area", "grassland_park"])
def test_p8_parks_are_general_control_zones(park):
    _, face = zone(park, "")
    assert face["zone"] == "general"
    assert face["reason"].endswith("It is general control zone, as a nature park (P8).")
    # However valuable: it is not experimental ground of a reserve.
    assert zone(park, "", importance=3)[1]["zone"] == "general"


@pytest.mark.parametrize(("part", "expected"), [("core", "core"), ("general", "general"), ("", "core")])
def test_p8_a_national_park_keeps_its_own_zones(part, expected):
    _, face = zone("national_park", part, importance=3)
    assert face["zone"] == expected
    told = "since the zones of the national park are not known" if part == "" else "by the national park's own zones"
    assert told in face["reason"]


def test_p8_undisturbed_experimental_ground_of_high_value_becomes_core():
    _, face = zone("nature_reserve", "experimental", importance=3)
    assert (face["zone"], face["importance"]) == ("core", 3.0)
    assert "since it is experimental ground of high value and undisturbed (P8)" in face["reason"]
    assert "实验区内无干扰且价值较高" in face["reason_zh"]
    assert zone("nature_reserve", "experimental", importance=2)[1]["zone"] == "general"
    # From the limit on.
    assert zone("nature_reserve", "experimental", importance=2, high_value_importance=2.0)[1]["zone"] == "core"
    assert zone("nature_reserve", "experimental", importance=2, high_value_importance=2.01)[1]["zone"] == "general"
    # What is drawn as general control zone was weighed before.
    assert zone("nature_reserve", "general", importance=3)[1]["zone"] == "general"


@pytest.mark.parametrize(
    "layer", ["settlement_polygons", "permanent_basic_farmland_polygons", "mining_right", "commercial_forest"]
)
def test_p8_disturbed_experimental_ground_stays_general(layer):
    made, _ = zone("nature_reserve", "experimental", importance=3, layers={layer: shapes(box(1000, 1000, 100, 100))})
    told = made.faces.set_index("holds")["zone"].to_dict()
    assert told.pop("") == "core"
    assert list(told.values()) == ["general"]


def test_the_mean_importance_of_a_face_counts_cells_by_their_share():
    # Cells of 100 units; rows count from the north. The area covers four cells of row 89, columns 10 to 13.
    values = np.full((100, 100), 1)
    values[89, 10:14] = [3, 3, 2, -1]
    made = integrate(row("A", "nature_reserve", "county", PLACE, part="experimental"), importance=values)
    assert made.faces["importance"].tolist() == pytest.approx([8 / 3])
    half = integrate(row("A", "geopark", "county", box(1150, 1000, 100, 100)), importance=values)
    assert half.faces["importance"].tolist() == pytest.approx([2.5])
    # Beyond all data it is not known.
    none = integrate(row("A", "geopark", "county", box(1300, 1000, 100, 100)), importance=values)
    assert none.faces["importance"].isna().all()


def test_the_intensity_of_protection_is_not_lowered():
    # A park of higher level takes over ground that was core of a reserve of lower level.
    rows = [
        row("A", "forest_park", "national", PLACE),
        row("B", "nature_reserve", "county", box(1000, 1000, 200, 100), part="core"),
        row("B", "nature_reserve", "county", box(1200, 1000, 100, 100), part="experimental"),
    ]
    made = integrate(*rows)
    zoned = made.faces.assign(x=made.faces.geometry.bounds["minx"]).set_index("x")
    assert zoned["zone"].to_dict() == {1000: "core", 1200: "general", 1300: "general"}
    assert zoned["winner"].unique().tolist() == ["A"]
    assert zoned["rules"].to_dict() == {1000: "P2; P8", 1200: "P2", 1300: "P8"}
    assert zoned["rule"].to_dict() == {1000: "P2", 1200: "P2", 1300: "P8"}
    assert "since protection there must not be lowered (P8)" in zoned.loc[1000, "reason"]
    assert "保护强度不降低" in zoned.loc[1000, "reason_zh"]
    # A national park keeps its own zones there too.
    rows[0] |= {"category": "national_park", "part": "general"}
    assert set(integrate(*rows).faces["zone"]) == {"general"}
    # Ground that only qualifies for one does not lose its core.
    rows[0] |= {"category": "forest_park", "part": "", "qualified": 1}
    assert on(integrate(*rows[:2]), "A", "B")["zone"] == "core"


def test_park_use_zones_lie_in_general_control_zones_only():
    asked = {"layers": {"park_use_area": shapes(box(1100, 1000, 100, 100))}}
    made, _ = zone("forest_park", "", **asked)
    assert made.faces.groupby("zone")["area_ha"].sum().to_dict() == pytest.approx({"general": 3, "park_use": 1})
    told = made.faces.set_index("zone").loc["park_use"]
    assert "It is park-use zone, since a park-use area lies there (P8)." in told["reason"]
    assert "划为游憩利用区：位于游憩利用范围（P8）。" in told["reason_zh"]
    assert made.plan.set_index("zone")["zone_zh"].to_dict() == {"general": "一般控制区", "park_use": "游憩利用区"}
    made, _ = zone("nature_reserve", "core", **asked)
    assert set(made.faces["zone"]) == {"core"}
    # A use in a park-use zone is one in a general control zone.
    layers = asked["layers"] | {"mining_right": shapes(box(1100, 1000, 100, 100))}
    made, _ = zone("forest_park", "", layers=layers)
    assert made.faces.set_index("zone").loc["park_use", ["action", "rule"]].tolist() == ["withdraw", "P11"]


def test_of_parts_of_one_area_on_the_same_ground_the_strictest_counts():
    for parts, expected in (
        (["", "experimental"], "experimental"),
        (["experimental", "core"], "core"),
        (["buffer", "experimental"], "buffer"),
        (["buffer", "core"], "core"),
        (["general", "experimental"], "experimental"),
        ([""], ""),
    ):
        assert zones.strictest(parts) == zones.strictest(parts[::-1]) == expected
    # The whole area drawn once more around its zones.
    made = integrate(
        row("A", "nature_reserve", "county", PLACE),
        row("A", "nature_reserve", "county", box(1000, 1000, 100, 100), part="experimental"),
    )
    told = made.faces.set_index("polygons")
    assert told["zone"].to_dict() == {"1": "core", "2": "general"}
    assert told["count"].tolist() == [1, 1]
