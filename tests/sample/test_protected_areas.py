"""The register of protected areas: what was planted in it holds by shapely alone, on three seeds."""

import itertools
import tomllib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from shanshui.sample.area_shapes import crossed, cut_along, drawn_again, figure_of_eight, zones_of
from shanshui.sample.area_truth import _relation

CHINESE = {
    "国家公园": "national_park",
    "自然保护区": "nature_reserve",
    "森林公园": "forest_park",
    "湿地公园": "wetland_park",
    "地质公园": "geopark",
    "海洋公园": "marine_park",
    "沙漠公园": "desert_park",
    "草原公园": "grassland_park",
    "风景名胜区": "scenic_area",
    "水产种质资源保护区": "aquatic_germplasm_reserve",
    "自然保护小区": "small_reserve",
    "国家级": "national",
    "省级": "provincial",
    "市级": "prefecture",
    "县级": "county",
}
OVERLAPS = [
    ("A01", "A05"), ("A05", "A06"), ("A01", "A06"), ("A07", "A08"), ("A07", "A09"), ("A08", "A09"), ("A02", "A10"),
    ("A02", "A11"), ("A10", "A11"), ("A04", "A36"),
]  # fmt: skip
TRIPLES = [("A01", "A05", "A06"), ("A07", "A08", "A09"), ("A02", "A10", "A11")]
PLANTED = {
    "overlap": OVERLAPS,
    "embedded": [("A01", "A14"), ("A03", "A15")],
    "in_hole": [("A17", "A18")],
    "duplicate": [("A19", "A20"), ("A21", "A22")],
    "adjacent": [("A23", "A24"), ("A24", "A25"), ("A26", "A27"), ("A28", "A29")],
}
# Registered otherwise than they are.
FAULTY = {"A22", "A29", "A33", "A34"}
SQUARE = shapely.box(0.0, 0.0, 100.0, 100.0)


@pytest.fixture(scope="module")
def register(planned):
    return gpd.read_file(planned[1] / "inputs/protected_areas.gpkg")


@pytest.fixture(scope="module")
def areas(register):
    """The whole ground of every area by its code, mended."""
    mended = shapely.make_valid(register.geometry.to_numpy(), method="structure", keep_collapsed=False)
    rows = register["area"].to_numpy()
    return {code: shapely.union_all(mended[rows == code]) for code in dict.fromkeys(rows)}


@pytest.fixture(scope="module")
def relations(planned):
    return pd.read_csv(planned[1] / "truth/protected_area_relations.csv")


@pytest.fixture(scope="module")
def exits(planned):
    return pd.read_csv(planned[1] / "truth/protected_area_exits.csv", keep_default_na=False)


def common(one, other):
    return shapely.area(shapely.intersection(one, other))


def shared_border(one, other):
    return shapely.intersection(shapely.boundary(one), shapely.boundary(other))


def test_all_categories_and_levels_are_registered_half_of_them_in_chinese(register):
    assert list(register.columns) == [
        "area", "name", "name_zh", "category", "level", "part", "established", "main_resource", "access", "geometry",
    ]  # fmt: skip
    assert register["area"].nunique() == 38
    assert len(register) == 48
    assert not register.drop(columns="access").isna().any().any()
    one = register.drop_duplicates("area").set_index("area")
    chinese = one["category"].isin(list(CHINESE))
    assert chinese.sum() == 19
    assert (chinese == one["level"].isin(list(CHINESE))).all()
    assert set(one["category"].replace(CHINESE)) == set(list(CHINESE.values())[:11])
    assert set(one["level"].replace(CHINESE)) == {"national", "provincial", "prefecture", "county"}
    assert one["established"].between(1986, 2021).all()
    assert one.index[one["main_resource"] == "cultural"].tolist() == ["A35"]
    assert one["category"]["A35"] in ("scenic_area", "风景名胜区")
    assert one["name"].is_unique
    assert one["name_zh"].is_unique
    # The rows of an area tell the same but for their part.
    same = ["name", "name_zh", "category", "level", "established", "main_resource"]
    assert len(register[["area", *same]].drop_duplicates()) == 38


def test_parts_and_access(register):
    parts = register.groupby("area")["part"].apply(list)
    assert all(parts[code] == ["experimental", "core"] for code in ("A01", "A02", "A03", "A04"))
    assert all(parts[code] == ["core", "buffer", "experimental"] for code in ("A09", "A37"))
    assert parts["A31"] == ["", "", ""]
    others = parts.drop(["A01", "A02", "A03", "A04", "A09", "A31", "A37"])
    assert all(part == [""] for part in others)
    known = register["access"].notna()
    assert known.tolist() == [True] * 8 + [False] * 40
    for code in ("A09", "A37"):
        zones = register.geometry[register["area"] == code].to_numpy()
        assert max(common(one, other) for one, other in itertools.combinations(zones, 2)) < 1e-3
        core, _, experimental = zones
        assert shapely.distance(core, experimental) > 0.0 or core.touches(experimental)


def test_planted_overlaps_are_partial_and_three_are_triple(areas):
    for one, other in OVERLAPS:
        assert common(areas[one], areas[other]) > 5e4
        assert shapely.area(shapely.difference(areas[one], areas[other])) > 5e4
        assert shapely.area(shapely.difference(areas[other], areas[one])) > 5e4
    for codes in TRIPLES:
        assert shapely.intersection_all([areas[code] for code in codes]).area > 5e4


def test_areas_within_others_and_in_a_hole(areas):
    for one, other in PLANTED["embedded"]:
        assert areas[one].contains(areas[other])
    holder, held = areas["A17"], areas["A18"]
    assert common(holder, held) < 1e-3
    holes = [shapely.Polygon(ring) for ring in holder.interiors]
    assert sum(hole.equals(held) for hole in holes) == 1
    filled = shapely.union(holder, held)
    assert len(filled.interiors) == len(holes) - 1


def test_the_same_ground_is_registered_twice(areas):
    assert areas["A19"].equals(areas["A20"])
    one, other = areas["A21"], areas["A22"]
    assert not one.equals(other)
    assert common(one, other) / shapely.union(one, other).area > 0.96
    assert 1.0 < shapely.hausdorff_distance(one, other) <= 8.0


def test_a_chain_of_three_crosses_a_county_border(areas, planned):
    counties = gpd.read_file(planned[1] / "inputs/counties.gpkg").geometry.to_numpy()
    first, middle, last = (areas[code] for code in ("A23", "A24", "A25"))
    owners = [int(np.argmax(shapely.area(shapely.intersection(counties, one)))) for one in (first, middle, last)]
    assert owners[0] != owners[1] == owners[2]
    assert all(common(counties[k], one) > one.area - 1.0 for k, one in zip(owners, (first, middle, last), strict=True))
    border = shared_border(first, middle)
    assert border.length > 500.0
    rims = shapely.boundary(counties)
    assert (
        max(
            shapely.hausdorff_distance(border, shapely.intersection(border.buffer(1e-3), rim))
            for rim in rims[owners[:2]]
        )
        < 1.0
    )
    assert shared_border(middle, last).length > 500.0
    assert not first.intersects(last)
    assert max(common(first, middle), common(middle, last)) < 1e-3
    assert min(first.area, middle.area, last.area) > 5e5


def test_both_sides_of_a_valley_touch(areas):
    one, other = areas["A26"], areas["A27"]
    assert common(one, other) < 1e-3
    assert shared_border(one, other).length > 1_000.0
    both = shapely.union(one, other)
    assert both.geom_type == "Polygon"
    assert 6e6 < both.area < 3e7


def test_a_border_that_was_digitised_twice_leaves_slivers(areas):
    one, other = areas["A28"], areas["A29"]
    overlap = shapely.intersection(one, other)
    closed = shapely.buffer(shapely.buffer(shapely.union(one, other), 9.0), -9.0)
    gaps = shapely.difference(closed, shapely.union(one, other))
    for slivers in (overlap, gaps):
        wide = [part for part in shapely.get_parts(slivers) if part.area > 50.0]
        assert wide
        assert shapely.buffer(shapely.multipolygons(wide), -8.0).is_empty
    assert shared_border(one, other).length < 50.0


def test_scattered_parts_an_edge_and_broken_rims(areas, register, planned):
    rows = register.groupby("area").size()
    assert rows["A30"] == 1
    assert len(shapely.get_parts(areas["A30"])) == 4
    assert rows["A31"] == 3
    assert len(shapely.get_parts(areas["A31"])) == 3
    region = planned[0].districts.region()
    assert 0.1 < common(areas["A32"], region) / areas["A32"].area < 0.9
    broken = register["area"][~register.geometry.is_valid].tolist()
    assert broken == ["A33", "A34"]
    assert "Self-intersection" in shapely.is_valid_reason(register.geometry[register["area"] == "A33"].iloc[0])
    lobes = shapely.get_parts(areas["A34"])
    assert len(lobes) == 2
    assert lobes[0].area == pytest.approx(lobes[1].area, rel=1e-9)
    assert lobes[0].touches(lobes[1])


def test_the_truth_names_what_was_planted_and_no_more_as_such(relations):
    planted = relations[relations["planted"] == 1]
    for kind, pairs in PLANTED.items():
        found = planted[planted["kind"] == kind]
        assert {frozenset(pair) for pair in zip(found["area"], found["other"], strict=True)} == set(
            map(frozenset, pairs)
        )
    # The one that holds the other stands first.
    for kind in ("embedded", "in_hole"):
        found = planted[planted["kind"] == kind]
        assert sorted(zip(found["area"], found["other"], strict=True)) == PLANTED[kind]
    assert set(relations["planted"]) <= {0, 1}


def test_the_truth_tells_all_pairs_that_have_common_ground(relations, areas):
    """A second route: every pair of the register itself, by the predicates of shapely."""
    expected = {}
    for one, other in itertools.combinations(sorted(set(areas) - FAULTY), 2):
        area = common(areas[one], areas[other])
        if area > 100.0:
            inside = areas[one].buffer(1e-3).contains(areas[other]), areas[other].buffer(1e-3).contains(areas[one])
            kind = "duplicate" if all(inside) else "embedded" if any(inside) else "overlap"
            expected[frozenset((one, other))] = kind, area / 1e4
    told = relations[(relations["area_ha"] > 0.0) & ~relations["area"].isin(FAULTY) & ~relations["other"].isin(FAULTY)]
    pairs = [frozenset(pair) for pair in zip(told["area"], told["other"], strict=True)]
    assert set(pairs) == set(expected)
    for pair, kind, area in zip(pairs, told["kind"], told["area_ha"], strict=True):
        assert kind == expected[pair][0]
        assert area == pytest.approx(expected[pair][1], abs=6e-5)
    touching = relations[relations["kind"].isin(("adjacent", "in_hole"))]
    assert (touching["area_ha"] == 0.0).all()
    for one, other, border in zip(touching["area"], touching["other"], touching["border_m"], strict=True):
        if not {one, other} & FAULTY:
            assert border == pytest.approx(shared_border(areas[one], areas[other]).length, abs=0.06)


def test_the_truth_tells_what_has_no_place_in_protected_areas(exits, register, planned):
    inputs = planned[1] / "inputs"
    assert set(exits["kind"]) >= {"town", "village", "farmland", "mine", "plantation"}
    clean = exits[~exits["area"].isin(FAULTY)]
    for name, kinds, key in (
        ("settlements", ("town", "village", "road_strip"), "code"),
        ("permanent_basic_farmland", ("farmland",), "code"),
        ("commercial_forest", ("plantation",), "stand"),
    ):
        things = gpd.read_file(inputs / f"{name}.gpkg").set_index(key).geometry
        told = clean[clean["kind"].isin(kinds)].groupby("area")["area_ha"].sum()
        for code, rows in register.groupby("area"):
            if code not in FAULTY:
                found = shapely.area(shapely.intersection(things.to_numpy(), shapely.union_all(rows.geometry))) / 1e4
                # Overlaps below 0.01 ha are not told.
                assert told.get(code, 0.0) == pytest.approx(found[found > 1e-9].sum(), abs=0.3), (name, code)
    # A core that was drawn over the whole takes from it.
    row = register[(register["area"] == "A01")]
    core = row.geometry[row["part"] == "core"].iloc[0]
    fields = gpd.read_file(inputs / "permanent_basic_farmland.gpkg").geometry
    told = exits[(exits["area"] == "A01") & (exits["part"] == "core") & (exits["kind"] == "farmland")]
    assert told["area_ha"].sum() == pytest.approx(fields.intersection(core).area.sum() / 1e4, abs=0.1)


def test_a_core_holds_a_mine_and_a_cultural_area_a_town(exits, planned):
    mine = exits[(exits["area"] == "A37") & (exits["kind"] == "mine")]
    assert "core" in set(mine["part"])
    rights = gpd.read_file(planned[1] / "inputs/mining_rights.gpkg").set_index("thing")["right"]
    mines = exits[exits["kind"] == "mine"]
    assert (mines["right"] == mines["thing"].map(rights).fillna("")).all()
    assert (mines["right"] != "").any()
    assert (exits["right"][exits["kind"] != "mine"] == "").all()
    town = exits[(exits["area"] == "A35") & (exits["kind"] == "town")]
    assert town["area_ha"].sum() > 5.0
    assert exits["area_ha"].min() >= 0.01


def test_how_two_squares_stand_to_each_other():
    ring = shapely.difference(shapely.box(-50.0, -50.0, 150.0, 150.0), SQUARE)
    beside, over = shapely.box(100.0, 0.0, 150.0, 60.0), shapely.box(50.0, 50.0, 150.0, 150.0)
    within = shapely.box(10.0, 10.0, 30.0, 30.0)
    assert _relation(SQUARE, SQUARE) == ("duplicate", False, 10_000.0, 0.0)
    assert _relation(SQUARE, within) == ("embedded", False, 400.0, 0.0)
    assert _relation(within, SQUARE) == ("embedded", True, 400.0, 0.0)
    assert _relation(SQUARE, over) == ("overlap", False, 2_500.0, 0.0)
    assert _relation(ring, SQUARE) == ("in_hole", False, 0.0, 400.0)
    assert _relation(SQUARE, ring) == ("in_hole", True, 0.0, 400.0)
    assert _relation(SQUARE, beside) == ("adjacent", False, 0.0, 60.0)
    assert _relation(SQUARE, shapely.box(100.0, 100.0, 150.0, 150.0))[0] == ""
    # Less than 100 m2 in common is no overlap.
    assert _relation(SQUARE, shapely.box(99.0, 0.0, 200.0, 99.0))[0] == ""
    assert _relation(SQUARE, shapely.box(98.0, 0.0, 200.0, 99.0))[0] == "overlap"


def test_faults_of_real_data():
    # Of a square, two corners in the wrong order: two triangles of a quarter each.
    broken = crossed(SQUARE)
    assert not broken.is_valid
    assert shapely.make_valid(broken, method="structure", keep_collapsed=False).area == pytest.approx(5_000.0)
    whole, rim = figure_of_eight(SQUARE)
    assert whole.is_valid
    assert not rim.is_valid
    assert whole.area == 20_000.0
    assert shapely.make_valid(rim, method="structure", keep_collapsed=False).area == pytest.approx(20_000.0)
    again = drawn_again(SQUARE, 5.0, 3)
    assert again.is_valid
    away = np.hypot(*(shapely.get_coordinates(again) - shapely.get_coordinates(SQUARE)).T)
    assert away.min() >= 2.0
    assert away.max() <= 5.0


def test_pieces_share_their_border_and_zones_do_not_overlap():
    line = shapely.LineString([(-10.0, 30.0), (50.0, 35.0), (110.0, 40.0)])
    pieces = cut_along(SQUARE, line, 1.0)
    # Under the line lie 100 x (30.8333 + 39.1667) / 2 m2.
    assert [piece.area for piece in pieces] == pytest.approx([6_500.0, 3_500.0])
    assert shared_border(*pieces).length == pytest.approx(2.0 * np.hypot(50.0, 25.0 / 6.0))
    assert len(cut_along(SQUARE, line, 4_000.0)) == 1
    zones = zones_of([shapely.box(40, 40, 60, 60), shapely.box(20, 20, 80, 80), SQUARE])
    assert [zone.area for zone in zones] == [400.0, 3_200.0, 6_400.0]


def test_layers_that_take_only_the_reserves_take_their_rows(sample):
    study = tomllib.loads((sample / "study.toml").read_text(encoding="utf-8"))
    reserves = gpd.read_file(sample / "inputs/protected_areas.gpkg").iloc[:8]
    for layer in ("protected_area", "access"):
        section = study["layers"][layer]
        taken = gpd.read_file(sample / section["path"], where=section["where"])
        assert taken.geometry.geom_equals_exact(reserves.geometry, 0.0).tolist() == [True] * 8
        assert set(taken["area"]) == {"A01", "A02", "A03", "A04"}
