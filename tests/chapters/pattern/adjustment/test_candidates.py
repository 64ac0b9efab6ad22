import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from tests.chapters.pattern.red_line_cells import on_disk

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.adjustment import candidates
from shanshui.chapters.pattern.integration import fragility_class_dominant_legend
from shanshui.policy.rules.chapter_rules import about_chapter_rules

NAN = np.nan
NUMBERS = {"A1": 1, "A2": 2, "A3": 3, "A4": 4, "N2": 254}
RULES = candidates.red_line_adjustment_rules()
# Equal-area: squares of 100 m are of a hectare.
CRS = pyproj.CRS("EPSG:6933")


def grid(rows, columns):
    return GeoBox((rows, columns), Affine(100, 0, 0, 0, -100, 100 * rows), "EPSG:6933")


def frame(*shapes, **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:6933")


def hectares(column, row, columns=1, rows=1):
    """A box of whole hectares, of a grid of ten rows, counted from the upper left."""
    top = 1000 - 100 * row
    return shapely.box(100 * column, top - 100 * rows, 100 * (column + columns), top)


def everywhere(size, beyond=()):
    signature = np.zeros((1, size), np.int32)
    signature[0, list(beyond)] = -2
    nothing = np.empty(0, np.int64)
    return ZoneCover(signature, np.array([[0]], np.int32), nothing, nothing.astype(np.int32), np.empty(0))


def years(*codes, kind=np.int32):
    # An earlier year says something else everywhere.
    return Series({2010: np.zeros((1, len(codes)), kind), 2020: np.array([codes], kind)})


LIMITS = {
    "undisturbed_habitat_quality": 0.7,
    "undisturbed_habitat_degradation": 0.02,
    "serious_erosion_intensity": 5,
}


def grounds(importance, land, excluded=None, rules=RULES, beyond=(), **optional):
    size = len(importance)
    excluded = [0] * size if excluded is None else excluded
    given = {name: years(*values, kind=np.asarray(values).dtype) for name, values in optional.items()}
    if "fragility_class_dominant" in given:
        given["fragility_class_dominant_legend"] = fragility_class_dominant_legend()
    found = candidates.red_line_in_ground(
        rules,
        np.array([excluded], np.int32),
        everywhere(size, beyond),
        years(*importance),
        years(*land),
        **given,
        **LIMITS,
    )
    assert found.dtype == np.int32
    return found[0].tolist()


def test_the_rules_are_whole():
    assert RULES.columns.tolist() == [
        *("code", "order", "direction", "ground", "when", "name", "name_zh", "force"),
        *("english", "chinese", "document", "article", "valid_from", "status"),
    ]
    assert sorted(RULES["code"]) == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "C1", "C2", "C3", "C4", "C5"]
    assert (RULES["direction"] == np.where(RULES["code"].str[0] == "C", "out", "in")).all()
    assert set(RULES["force"]) == {"shall", "may"}
    assert RULES["status"].isin(["official", "literature", "default"]).all()
    # Only the law is official, and it binds.
    assert RULES[RULES["status"] == "official"][["code", "force", "article"]].to_numpy().tolist() == [
        ["A2", "shall", "22"]
    ]
    assert RULES["english"].str.endswith(".").all()
    assert RULES["chinese"].str.endswith("。").all()
    rules = candidates.Rules(RULES)
    assert rules.order("in") == ["A2", "A3", "A1", "A4", "B1", "B2", "B3"]
    assert rules.order("out") == ["C1", "C2", "C3", "C4", "C5"]
    assert rules.cell_numbers == {"A1": 1, "A2": 2, "A3": 3, "A4": 4}
    assert [rule.code for rule in rules.on_drawn] == ["B1", "B2", "B3", "C1", "C2", "C3", "C4", "C5"]


def refused(table):
    with pytest.raises(StudyError) as caught:
        candidates.Rules(table)
    return [str(each).removeprefix("tables.red_line_adjustment_rules.columns.") for each in caught.value.problems]


def rule(code, order, direction, ground, when, force="may", **others):
    given = {"code": code, "order": order, "direction": direction, "ground": ground, "when": when, "force": force}
    return pd.DataFrame([given | {"english": f"{code} holds.", "chinese": f"{code}。"} | others])


def test_rules_that_cannot_be_read_are_refused_together():
    wrong = pd.concat(
        [
            rule("A1", 1, "out", "cell", "service_importance = 3"),
            rule("A2", 2, "in", "cell", ""),
            rule("A3", 3, "in", "cell", 'fragile_to == "water"'),
            rule("A4", "x", "in", "cell", "area_ha > 3"),
            rule("C1", 5, "up", "setlement", "area_ha > 3", "must"),
            rule("C2", 6, "out", "farmland_block", "unused"),
            rule("C2", "", "out", "farmland_block", 'touches("red_line")'),
            rule("today", 8, "in", "shelter_belt", "perons > 3"),
        ]
    )
    cell, drawn = (
        ", ".join(sorted(terms.facts)) for terms in about_chapter_rules("red_line_adjustment").facts.values()
    )
    assert refused(wrong) == [
        "code: 'today' is no code; write letters and a number, as A1",
        "code: rule C2 stands twice; keep one row",
        "direction: 'up' is none of its words; use one of: in, out",
        "direction: A1 speaks of cells, which only come in; write in",
        "force: 'must' is none of its words; use one of: may, shall",
        "ground: 'setlement' is none of its words; did you mean 'settlement'?",
        "order: A4 has 'x', which is no number; write a number",
        "order: C2 has none; give every rule a number",
        "when: A1: 'service_importance = 3' cannot be read; "
        "write for example: slope_degrees < 25 and not reclaims_land",
        "when: A2 would bring all cells in; write a condition",
        "when: A3: fragile_to is never 'water'; "
        "use one of: coastal_erosion, desertification, rocky_desertification, salinisation, water_erosion",
        f"when: A4: there is no fact 'area_ha'; use one of: {cell}",
        "when: C2: control layer 'red_line' is asked for, and there is no parcel; ask for facts only",
        f"when: C2: there is no fact 'unused'; use one of: {drawn}",
        "when: today: there is no fact 'perons'; did you mean 'persons'?",
    ]
    assert refused(RULES.drop(columns=["when", "ground"]))[-1].startswith("when: is missing; give it")
    many = pd.concat([rule(f"D{number}", number, "in", "cell", "unused") for number in range(251)])
    assert refused(many) == ["ground: 251 rules speak of cells; join some of them by or"]
    assert len(candidates.Rules(many[:-1]).on_cells) == 250


def test_a_study_may_bring_other_conditions_and_rules_of_its_own():
    # Important land is enough for A1; rules that are new take the numbers from five on.
    wider = RULES.assign(when=RULES["when"].where(RULES["code"] != "A1", "service_importance >= 2"))
    assert grounds([3, 2, 1], [11, 11, 11], rules=wider) == [1, 1, 0]
    own = pd.concat(
        [RULES, rule("N2", 0, "in", "cell", "unused"), rule("D1", 9, "in", "cell", "habitat_quality < 0.5")]
    )
    quality = np.array([0.4, 0.6, 0.4, NAN], np.float32)
    assert grounds([3, 1, 1, 1], [72, 72, 11, 11], rules=own, habitat_quality=quality) == [6, 6, 5, 0]
    # A rule of its own on its own: its number does not hang on the others.
    assert grounds([3, 3], [72, 11], rules=rule("N2", 0, "in", "cell", "unused")) == [5, 0]
    # Where no rule holds, and the importance is not known, nothing is known.
    assert grounds([-1, -1], [72, 11], rules=own) == [6, -1]
    legend = candidates.red_line_in_ground_legend(own).set_index("code")
    assert legend.loc[[5, 6], "name"].tolist() == ["D1 D1 holds.", "N2 N2 holds."]
    assert legend.loc[[5, 6], "name_zh"].tolist() == ["D1D1。", "N2N2。"]
    assert legend["colour"].is_unique


def test_the_first_rule_that_holds_names_a_cell():
    # Extremely important forest, sand, bare land, saline land; the last unused code and the first built one.
    assert grounds([3, 3, 3, 3, 3, 3], [11, 72, 74, 73, 79, 63]) == [1, 2, 2, 2, 2, 1]
    # Unused land that is only important is none of it.
    assert grounds([2, 1, 1], [72, 72, 80]) == [0, 0, 0]
    other = RULES.assign(order=RULES["order"].where(RULES["code"] != "A1", 0))
    assert grounds([3, 3], [11, 72], rules=other) == [1, 1]
    # A rule that the table leaves out is not applied.
    assert grounds([3, 3], [11, 72], rules=RULES[RULES["code"] != "A2"]) == [1, 1]
    assert grounds([3, 3], [11, 72], rules=RULES[RULES["code"] != "A1"]) == [0, 2]


def test_fragile_and_eroded_land():
    # Extremely fragile to: nothing known, water erosion, desertification, rocky, salt, the coast; and only fragile.
    fragile, problem = [3, 3, 3, 3, 3, 3, 2], [0, 1, 2, 3, 4, 5, 1]
    found = grounds([1] * 7, [11] * 7, fragility_class=fragile, fragility_class_dominant=problem)
    assert found == [1, 3, 3, 3, 1, 1, 0]
    assert grounds([1] * 4, [11] * 4, water_erosion_intensity=[4, 5, 6, -1]) == [0, 3, 3, 0]
    assert grounds([1] * 4, [11] * 4, wind_erosion_intensity=[6, 4, 5, -1]) == [3, 0, 3, 0]
    both = {"water_erosion_intensity": [5, 1], "wind_erosion_intensity": [1, 5]}
    assert grounds([1, 1], [11, 11], **both) == [3, 3]


def test_important_and_little_disturbed_land():
    quality = np.array([0.7, 0.6999, 0.9, 0.9, NAN], np.float32)
    assert grounds([2, 2, 1, 3, 2], [11] * 5, habitat_quality=quality) == [4, 0, 0, 1, 0]
    degradation = np.array([0.02, 0.0201, 0.0, NAN], np.float32)
    assert grounds([2, 2, 1, 2], [11] * 4, habitat_degradation=degradation) == [4, 0, 0, 0]
    # Where the quality is known it decides.
    both = {"habitat_quality": quality[:2], "habitat_degradation": degradation[[1, 0]]}
    assert grounds([2, 2], [11, 11], **both) == [4, 0]
    assert grounds([2], [11]) == [0]


def test_excluded_land_and_what_is_not_known():
    assert grounds([3, 3, 3, 3], [11] * 4, excluded=[0, 1, 2, 3]) == [1, 0, 0, 0]
    # Beyond the region; unknown; unknown, but fragile.
    found = grounds([3, -1, -1, 3], [11] * 4, beyond=[3], fragility_class=[1, 1, 3, 1])
    assert found == [1, -1, 1, -1]


def test_the_legend_has_every_code():
    legend = candidates.red_line_in_ground_legend(RULES)
    assert legend["code"].tolist() == [0, 1, 2, 3, 4]
    assert legend["name"].tolist() == [
        "none",
        "A1 extremely important or fragile",
        "A2 unused land of key function",
        "A3 serious desertification or erosion",
        "A4 little disturbed, of potential value",
    ]
    assert legend["name_zh"].tolist()[1:3] == ["A1极重要或极敏感脆弱", "A2具有重要生态功能的未利用地"]
    assert legend["colour"].tolist() == ["#e5e5e5", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"]


def test_extreme_cells():
    cover = everywhere(6, beyond=[5])
    found = candidates.red_line_extreme(cover, years(3, 2, 1, -1, -1, 3), years(1, 3, 2, 3, -1, 3))
    np.testing.assert_array_equal(found, [[1, 1, 0, 1, NAN, NAN]])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(
        candidates.red_line_extreme(cover, years(3, 2, 1, -1, 1, 3)), [[1, 0, 0, NAN, 0, NAN]]
    )


def test_persons_cropland_and_the_share_of_the_last_year():
    area = np.array([[1e6, 5e5, 2e4, 2e4]])
    border = ZoneCover(
        np.array([[0, 0, -1, -2]], np.int32),
        np.array([[0]], np.int32),
        np.array([2]),
        np.array([0], np.int32),
        np.array([0.25]),
    )
    persons = candidates.red_line_persons(years(10, 20, 100, 7, kind=np.float32), border, area)
    # The third cell of 0.02 km2 lies in the region by a quarter: a polygon counts it by what it covers.
    np.testing.assert_allclose(persons, [[10, 10, 2, NAN]], rtol=1e-6)
    cropland = candidates.red_line_cropland(years(51, 60, 59, 50), border, area)
    np.testing.assert_allclose(cropland, [[100, 0, 2, NAN]], rtol=1e-6)
    assert persons.dtype == cropland.dtype == np.float32
    land = candidates.red_line_cropland(years(-1, 49, 50, 50), border, area)
    np.testing.assert_allclose(land, [[NAN, 0, 2, NAN]], rtol=1e-6)
    shares = years(1, 2, 3, 4, kind=np.float32)
    np.testing.assert_allclose(candidates.present_share(shares, border), [[1, 2, 12, NAN]])
    for step in (candidates.fragile_present_share, candidates.red_line_present_value):
        np.testing.assert_allclose(step(shares[2020], border), [[1, 2, 12, NAN]])


def drawn(folder, ground, excluded=None, today=(), drawn_in=(), smallest=0.0):
    ground = np.asarray(ground, np.int32)
    excluded = np.zeros(ground.shape, np.int32) if excluded is None else np.asarray(excluded, np.int32)
    rasters = (on_disk(folder, each) for each in (ground, excluded, np.full(ground.shape, 1e4)))
    layers = (np.array(each, object) for each in (list(today), list(drawn_in)))
    return candidates.drawn_ground(*rasters, *layers, grid(*ground.shape), smallest, NUMBERS)


def test_cells_are_drawn_class_by_class(tmp_path):
    ground = np.zeros((10, 10), int)
    ground[0, :3], ground[0, 3:5], ground[5, 5], ground[6, 6], ground[9, 9] = 1, 2, 4, 4, -1
    found = drawn(tmp_path, ground)
    assert found.code.tolist() == ["A1", "A2", "A4", "A4"]
    wanted = [hectares(0, 0, 3), hectares(3, 0, 2), hectares(5, 5), hectares(6, 6)]
    assert all(shapely.equals(found.polygons, wanted))
    assert found.dropped.empty


def test_small_patches_of_cells_are_dropped_and_told(tmp_path):
    ground = np.zeros((10, 10), int)
    ground[0, :3], ground[5, 5], ground[7, 7], ground[9, :2] = 1, 4, 4, 3
    found = drawn(tmp_path, ground, smallest=2e4)
    assert found.code.tolist() == ["A1", "A3"]
    assert found.dropped.to_numpy().tolist() == [["A4", 2, 2.0]]
    assert drawn(tmp_path, ground, smallest=2e4 + 1).code.tolist() == ["A1"]


def test_cells_of_todays_line_and_excluded_ones_that_nobody_asks_for_are_left_out(tmp_path):
    ground, excluded = np.zeros((10, 10), int), np.zeros((10, 10), int)
    ground[0] = 1
    excluded[4], excluded[8] = 2, 1
    # Half a cell of today's line leaves its cell in.
    today = [shapely.box(0, 900, 350, 1000)]
    river = [shapely.box(0, 560, 250, 700)]
    found = drawn(tmp_path, ground, excluded, today, river, smallest=5e4)
    assert found.code.tolist() == ["A1", ""]
    assert all(shapely.equals(found.polygons, [hectares(3, 0, 7), hectares(0, 4, 3)]))


def test_surroundings():
    lines = frame(shapely.LineString([(0, 0), (1000, 0)]))
    (bank,) = candidates.widened(lines, 50, CRS)
    # Two strips of 50 m, and the two half circles, which a polygon falls short of.
    assert bank.area == pytest.approx(1000 * 100 + np.pi * 50**2, rel=1e-3)
    assert bank.bounds == pytest.approx((-50, -50, 1050, 50))
    feet = pyproj.CRS("EPSG:2263")
    assert candidates.widened(lines, 50, feet)[0].bounds[3] == pytest.approx(50 / 0.3048, rel=1e-5)
    assert len(candidates.widened(None, 50, CRS)) == 0
    wetland = frame(hectares(0, 0))
    assert candidates.widened(wetland, 0, CRS)[0].equals(hectares(0, 0))


def test_surroundings_in_degrees_are_as_wide_everywhere():
    lines = geopandas.GeoDataFrame(geometry=[shapely.LineString([(100, 60), (100, 60.2)])], crs="EPSG:4326")
    (bank,) = candidates.widened(lines, 5000, pyproj.CRS("EPSG:4326"))
    west, south, east, _ = bank.bounds
    geodesic = pyproj.Geod(ellps="WGS84")
    assert geodesic.inv(west, 60.1, east, 60.1)[2] == pytest.approx(10_000, rel=0.01)
    assert geodesic.inv(100, south, 100, 60)[2] == pytest.approx(5_000, rel=0.01)


DRAWN = ("settlement", "farmland_block", "infrastructure", "commercial_forest", "mining_right")


def leaving(folder, *layers, value=None, persons=None, rules=RULES, **own):
    # A little less than two and three hectares: the ellipsoid rounds.
    limits = {
        "populous_settlement_ha": 1.9999,
        "contiguous_cropland_ha": 2.9999,
        "populous_settlement_persons": 10.0,
        "infrastructure_value_percent": 100.1,
        "commercial_forest_value_percent": 70.1,
        "adjustment_year": 2025.0,
    }
    value = np.ones((10, 10), np.float32) if value is None else value
    rasters = on_disk(folder, value), on_disk(folder, np.full((10, 10), 1e4))
    persons = None if persons is None else on_disk(folder, persons)
    shapes = dict.fromkeys(candidates.DRAWN, np.empty(0, object)) | dict(
        zip(DRAWN, map(candidates.polygons_of, layers), strict=True)
    )
    shapes["farmland_block"] = candidates.blocks(shapes["farmland_block"])
    years = candidates.valid_until_of(layers[4])
    return candidates.spoken_of(candidates.Rules(rules), shapes, years, *rasters, persons, grid(10, 10), limits | own)


def test_what_may_leave(tmp_path):
    # Nine rows of a worth of 1 and 3, whose mean is 2.
    value = np.ones((10, 10), np.float32)
    value[:, 5:], value[9] = 3, NAN
    persons = np.full((10, 10), 5, np.float32)
    persons[:, 0] = 4
    towns = frame(hectares(0, 0), hectares(1, 0, 2), hectares(0, 2, 1, 2), hectares(4, 4, 1, 3))
    # Two fields that touch make a block of three hectares, two that share a corner only do not.
    fields = frame(hectares(0, 5), hectares(1, 5, 2), hectares(5, 5), hectares(6, 6, 2))
    roads = frame(hectares(4, 1, 2), hectares(4, 2, 3), hectares(2, 9), hectares(0, 3))
    forest = frame(hectares(1, 7, 5), hectares(2, 7, 5))
    mines = frame(*(hectares(k, 8) for k in range(4)), valid_until=[2024, 2025, 2040, NAN])
    found = leaving(tmp_path, towns, fields, roads, forest, mines, value=value, persons=persons)
    # One hectare is too small; two of eight residents are too few.
    assert all(shapely.equals(found.polygons["C1"], towns.geometry.to_numpy()[[1, 3]]))
    assert [each.area for each in found.polygons["C2"]] == [3e4]
    # Worth the mean, 7 / 6 of it, not known, half of it.
    assert all(shapely.equals(found.polygons["C3"], roads.geometry.to_numpy()[[0, 3]]))
    # 7 / 10 and 9 / 10 of the mean.
    assert all(shapely.equals(found.polygons["C4"], forest.geometry.to_numpy()[:1]))
    assert all(shapely.equals(found.polygons["C5"], mines.geometry.to_numpy()[1:]))
    np.testing.assert_array_equal(found.valid_until["C5"], [2025, 2040, NAN])


def test_what_is_not_known_asks_for_nothing(tmp_path):
    towns, mines = frame(hectares(1, 0, 2), hectares(0, 2)), frame(hectares(0, 0))
    found = leaving(tmp_path, towns, None, None, None, mines)
    assert [len(found.polygons[rule]) for rule in ("C1", "C2", "C3", "C4", "C5")] == [1, 0, 0, 0, 1]
    nothing = leaving(tmp_path, None, None, None, None, None)
    assert [len(each) for each in nothing.polygons.values()] == [0] * 8
    # Of a residents' map without data, and of ground whose worth is not known, it is not known whether they leave.
    found = leaving(
        tmp_path, towns, None, frame(hectares(0, 0)), None, None, persons=np.full((10, 10), NAN, np.float32)
    )
    assert [len(found.polygons[rule]) for rule in ("C1", "C3")] == [0, 1]
    found = leaving(tmp_path, None, None, frame(hectares(0, 0)), None, None, value=np.full((10, 10), NAN, np.float32))
    assert len(found.polygons["C3"]) == 0


def test_conditions_on_what_is_drawn_are_those_of_the_table(tmp_path):
    towns, mines = (
        frame(hectares(0, 0), hectares(1, 0, 3)),
        frame(hectares(0, 4), hectares(3, 4), valid_until=[2020, 2030]),
    )
    small = RULES.assign(when=RULES["when"].where(RULES["code"] != "C1", "area_ha < 2"))
    assert [each.area for each in leaving(tmp_path, towns, None, None, None, mines, rules=small).polygons["C1"]] == [
        1e4
    ]
    # Any ground may have any measure, and come in or leave: rights that have ended come in, worthy towns leave.
    value = np.ones((10, 10), np.float32)
    value[0, 0] = 3
    own = pd.concat(
        [
            rule("D1", 1, "in", "mining_right", "valid_until < adjustment_year"),
            rule("C9", 1, "out", "settlement", "value_percent > 150 and persons >= 3"),
            rule("C8", 2, "out", "mining_right", "valid_until_known and valid_until > 2029"),
        ]
    )
    persons = np.full((10, 10), 3, np.float32)
    found = leaving(tmp_path, towns, None, None, None, mines, rules=own, value=value, persons=persons)
    assert list(found.polygons) == ["D1", "C8", "C9"]
    assert all(shapely.equals(found.polygons["D1"], mines.geometry.to_numpy()[:1]))
    assert all(shapely.equals(found.polygons["C9"], towns.geometry.to_numpy()[:1]))
    assert {rule: years.tolist() for rule, years in found.valid_until.items()} == {"D1": [2020], "C8": [2030]}


def test_the_worth_of_ground_is_that_of_its_area(tmp_path):
    # Cells of two sizes: the same value on half the area is worth twice as much.
    value, area = np.full((10, 10), 2, np.float32), np.full((10, 10), 1e4)
    area[:, 5:] = 5e3
    rasters = on_disk(tmp_path, value), on_disk(tmp_path, area)
    polygons = np.array([hectares(0, 0), hectares(7, 0), hectares(4, 0, 2)])
    # The mean is 200 of 75 hectares.
    worth = candidates.worth_of(polygons, *rasters, grid(10, 10))
    assert worth.tolist() == pytest.approx([2 / (200 / 75), 4 / (200 / 75), 4 / 1.5 / (200 / 75)])
    nothing = on_disk(tmp_path, np.zeros((10, 10), np.float32))
    assert candidates.worth_of(polygons, nothing, rasters[1], grid(10, 10)).tolist() == [0, 0, 0]


def test_polygons_that_cross_themselves_are_mended(tmp_path):
    bow = shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)])
    assert candidates.polygons_of(frame(bow))[0].is_valid
    # Two triangles of a hectare each.
    found = leaving(tmp_path, frame(bow), frame(bow), None, None, None, contiguous_cropland_ha=0.9999)
    assert found.polygons["C1"][0].area == pytest.approx(2e4)
    assert [part.area for part in found.polygons["C2"]] == pytest.approx([1e4, 1e4])
