"""The overlaps and legacy conflicts planted in the sample's protected areas are found, on three seeds."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.study.planted_lines import SEEDS, Planted, on_ellipsoid, planted, shared

from shanshui.sample.area_kinds import PLANTED, code_of

pytestmark = pytest.mark.slow
# m: by which a line strays that the sample digitises twice; from which on an overlap is more than drawing, and up to
# which areas are adjacent, both by the policy pack.
TWICE, SLIVER, GAP = 8.0, 1.0, 50.0
# Strips below that scale along the outside are no ground of the faces: where the same ground was digitised twice.
ROUGH = 2e-5
KINDS = {
    **dict.fromkeys(("town", "village", "road_strip"), "settlement"),
    **{"farmland": "farmland", "mine": "mining", "plantation": "plantation"},
}
# Which layer of the study has what lies in the areas, and its column of codes.
LAYERS = {
    "settlement": ("settlements", "code"),
    "farmland": ("permanent_basic_farmland", "code"),
    "mining": ("mining_rights", "thing"),
    "plantation": ("commercial_forest", "stand"),
}
# Some surveys write Chinese.
CHINESE = {
    **{"地质公园": "geopark", "森林公园": "forest_park", "水产种质资源保护区": "aquatic_germplasm_reserve"},
    **{"沙漠公园": "desert_park", "湿地公园": "wetland_park", "自然保护区": "nature_reserve"},
    **{"自然保护小区": "small_reserve", "草原公园": "grassland_park"},
    **{"国家级": "national", "省级": "provincial", "市级": "prefecture", "县级": "county"},
}
# Two names of the same ground, and a common border, each of which was digitised twice.
SAME, BORDER = ("digitised first", "digitised again"), ("gap, one", "gap, two")


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return planted(tmp_path_factory.getbasetemp(), request.param)


@pytest.fixture(scope="module")
def register(made: Planted) -> geopandas.GeoSeries:
    """Each area as one shape, its rims mended."""
    layer = made.layer("inputs/protected_areas")
    return layer.set_geometry(layer.make_valid()).dissolve("area").geometry


def named(pair: tuple[str, str]) -> str:
    """Name a pair of areas, in whatever order."""
    return " ".join(sorted(pair))


DIGITISED = {named((code_of(one), code_of(other))) for one, other in (SAME, BORDER)}


def by_pair(table: pd.DataFrame) -> pd.DataFrame:
    pairs = [named(pair) for pair in zip(table["area"], table["other"], strict=True)]
    assert len(set(pairs)) == len(pairs)
    return table.assign(pair=pairs).set_index("pair")


def scores(found: set[object], true: set[object]) -> tuple[float, float]:
    """Precision and recall."""
    return len(found & true) / max(len(found), 1), len(found & true) / max(len(true), 1)


def test_every_pair_is_found_and_none_is_made_up(made, register, record_property):
    found, truth = by_pair(made.made["protected_area_conflicts"]), by_pair(made.table("truth/protected_area_relations"))
    # The truth tells of areas that meet; the product of those as well that lie near each other.
    shapes = register.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=GAP)
    near = {named((register.index[i], register.index[j])) for i, j in zip(one, other, strict=True) if i < j}
    apart = {pair for pair in near if shapely.distance(*(register[code] for code in pair.split())) > 0}
    wanted = {(pair, kind) for pair, kind in truth["kind"].items() if pair not in DIGITISED}
    wanted |= {(pair, "adjacent") for pair in apart - set(truth.index)}
    told = {(pair, kind) for pair, kind in found["kind"].items() if pair not in DIGITISED}
    for kind in ("overlap", "embedded", "duplicate", "in_hole", "adjacent"):
        precision, recall = scores({row for row in told if row[1] == kind}, {row for row in wanted if row[1] == kind})
        record_property(kind, str((precision, recall)))
        print(f"seed {made.seed} {kind}: precision {precision:.3f}, recall {recall:.3f}")
        assert precision == 1.0, kind
        assert recall == 1.0, kind
    assert set(found.index) >= DIGITISED
    planted_pairs = {named((code_of(one), code_of(other))) for one, other in PLANTED}
    assert planted_pairs == set(truth.index[truth["planted"] == 1])
    assert planted_pairs <= set(found.index)


def test_pairs_digitised_twice_are_told_by_the_scale_of_drawing(made):
    found = by_pair(made.made["protected_area_conflicts"])
    same, border = (named((code_of(one), code_of(other))) for one, other in (SAME, BORDER))
    assert found.loc[same, "kind"] == "duplicate"
    row = found.loc[border]
    assert row["depth_m"] <= TWICE
    # The sample strays by more than the pack's scale: what is deeper than that is an overlap.
    assert row["kind"] == ("overlap" if row["depth_m"] >= SLIVER else "adjacent")
    assert max(row["percent"], row["other_percent"]) < 0.5


def test_of_each_pair_the_ground_is_that_of_the_truth(made, register):
    found, truth = by_pair(made.made["protected_area_conflicts"]), by_pair(made.table("truth/protected_area_relations"))
    for pair, row in found.iterrows():
        if pair not in DIGITISED and pair in truth.index:
            assert row["area_ha"] == pytest.approx(truth.loc[pair, "area_ha"], rel=5e-5, abs=1e-3), pair
            assert row["border_m"] == pytest.approx(truth.loc[pair, "border_m"], rel=1e-3, abs=0.5), pair
        one, other = register[row["area"]], register[row["other"]]
        common = shapely.intersection(one, other)
        assert row["percent"] == pytest.approx(100 * common.area / one.area, rel=1e-3, abs=0.01), pair
        assert row["other_percent"] == pytest.approx(100 * common.area / other.area, rel=1e-3, abs=0.01), pair
        if row["kind"] == "embedded":
            # The inner one comes first, as it lies in the other wholly.
            assert row["percent"] > 99.9, pair
        if row["kind"] == "overlap" and common.area > 0:
            deepest = max(
                2 * shapely.length(shapely.maximum_inscribed_circle(part, 0.5))
                for part in shapely.get_parts(common)
                if shapely.get_dimensions(part) == 2
            )
            assert row["depth_m"] == pytest.approx(deepest, rel=2e-3, abs=2.0), pair


def ground_of(made, kind, codes):
    """What lies in areas, of one kind: the features of the study's layer that the truth names."""
    layer, column = LAYERS[kind]
    frame = made.layer(f"inputs/{layer}")
    return frame.geometry[frame[column].isin(codes)]


def test_what_has_no_place_in_an_area_is_found_by_place_and_area(made, register, record_property):
    exits, faces = made.table("truth/protected_area_exits"), made.made["protected_area_faces"]
    # A mine without a right stands in no layer of the study, so that nobody can find it.
    exits = exits[(exits["kind"] != "mine") | (exits["right"] != "")]
    exits = exits.assign(kind=exits["kind"].map(KINDS))
    whole = shapely.union_all(register.to_numpy())
    held = faces["holds"].str.split("; ")
    assert set(held.explode()) - {""} == set(LAYERS)
    for kind in LAYERS:
        found = faces.geometry[held.map(lambda each, kind=kind: kind in each)]
        true = ground_of(made, kind, exits["thing"][exits["kind"] == kind])
        true = shapely.intersection(true.to_numpy(), whole)
        precision = shared(found, true).sum() / found.area.sum()
        recall = shared(true, found).sum() / shapely.area(true).sum()
        record_property(kind, str((precision, recall)))
        print(f"seed {made.seed} {kind}: precision {precision:.5f}, recall {recall:.5f}")
        assert precision > 0.999, kind
        assert recall > 0.999, kind


def test_each_area_holds_as_much_of_each_kind_as_the_truth_says(made):
    exits, faces = made.table("truth/protected_area_exits"), made.made["protected_area_faces"]
    exits = exits[(exits["kind"] != "mine") | (exits["right"] != "")]
    true = exits.assign(kind=exits["kind"].map(KINDS)).groupby(["area", "kind"])["area_ha"].sum()
    rows = faces[["areas", "holds", "area_ha"]].assign(
        area=faces["areas"].str.split("; "), kind=faces["holds"].str.split("; ")
    )
    rows = rows.explode("area").explode("kind")
    found = rows[rows["kind"] != ""].groupby(["area", "kind"])["area_ha"].sum()
    again = code_of("digitised again")
    both = (
        pd.concat([true.rename("true"), found.rename("found")], axis=1).fillna(0.0).drop(index=again, errors="ignore")
    )
    # Narrow faces go to their neighbours: by less than a hectare of a thousand.
    np.testing.assert_allclose(both["found"], both["true"], rtol=1e-3, atol=0.05)
    # The truth knows the line as it is, the register that of the second drawing.
    shape, slack = register_rim(made, again)
    assert shape > 0
    for kind in KINDS.values():
        key = again, kind
        assert abs(found.get(key, 0.0) - true.get(key, 0.0)) <= slack


def register_rim(made, code):
    """Area of an area, and what it may be off by where its line strays [ha]."""
    layer = made.layer("inputs/protected_areas")
    shape = shapely.union_all(layer.geometry[layer["area"] == code].to_numpy())
    return shape.area / 1e4, shape.length * TWICE / 1e4


def test_the_ledger_before_is_the_ground_of_the_register(made, register):
    """Each area's polygons by geodesics: registered by category and level; the ground by prefecture, counted once."""
    ledger = made.made["protected_area_ledger"].set_index(["by", "group"])
    layer = made.layer("inputs/protected_areas")
    layer = layer.replace({"category": CHINESE, "level": CHINESE})
    layer = layer.assign(hectares=on_ellipsoid(layer.make_valid(), layer.crs))
    for by in ("category", "level"):
        for group, hectares in layer.groupby(by)["hectares"].sum().items():
            told = ledger.loc[(by, group), "registered_ha"]
            # Strips as narrow as the scale are no faces: a few hundred square metres of a rim digitised twice.
            assert told == pytest.approx(hectares, rel=1e-6, abs=0.1), (by, group)
            assert ledger.loc[(by, group), "areas_before"] == layer["area"][layer[by] == group].nunique()
    ground = shapely.union_all(register.to_numpy())
    prefectures = made.layer("inputs/prefectures").set_index("key").geometry
    beyond = shapely.difference(ground, shapely.union_all(prefectures.to_numpy()))
    for key, shape in [*prefectures.items(), ("(outside)", None)]:
        part = beyond if shape is None else shapely.intersection(ground, shape)
        assert ledger.loc[("prefecture", key), "before_ha"] == pytest.approx(
            on_ellipsoid([part], layer.crs)[0], rel=1e-6, abs=0.1
        )
    total = ledger.loc[("total", "total")]
    assert total["registered_ha"] == pytest.approx(layer["hectares"].sum(), rel=ROUGH)
    assert total["before_ha"] == pytest.approx(on_ellipsoid([ground], layer.crs)[0], rel=ROUGH)


def test_the_ledger_after_adds_up_by_category_level_and_prefecture(made, register):
    table, faces = made.made["protected_area_ledger"], made.made["protected_area_faces"]
    ledger = table.set_index(["by", "group"])
    total = ledger.loc[("total", "total")]
    leaving = faces.geometry[faces["action"] == "adjust_out"]
    crs = faces.crs
    assert total["adjusted_out_ha"] == pytest.approx(on_ellipsoid(leaving, crs).sum(), rel=1e-6)
    uses = {"withdraw": "withdraw_ha", "manage": "manage_ha"}
    for action, column in uses.items():
        hectares = on_ellipsoid(faces.geometry[faces["action"] == action], crs).sum()
        assert total[column] == pytest.approx(hectares, rel=1e-6)
    numbers = ["registered_ha", "counted_twice_ha", "before_ha", "adjusted_out_ha", "supplement_ha", "after_ha"]
    for by in ("category", "level", "prefecture"):
        rows = ledger.loc[by]
        np.testing.assert_allclose(rows[numbers].sum(), total[numbers].astype(float), rtol=1e-9, atol=1e-6)
        assert rows["moved_out_ha"].sum() == pytest.approx(rows["gained_ha"].sum())
        counted = rows["registered_ha"] - rows["counted_twice_ha"]
        np.testing.assert_allclose(counted, rows["before_ha"], rtol=1e-9, atol=1e-6)
        after = rows["before_ha"] - rows["moved_out_ha"] + rows["gained_ha"]
        after += rows["supplement_ha"] - rows["adjusted_out_ha"]
        np.testing.assert_allclose(after, rows["after_ha"], rtol=1e-9, atol=1e-6)
    # What stays of each category and level is that of its faces, by the area in which they end.
    stays = faces[faces["action"] != "adjust_out"]
    stays = stays.assign(hectares=on_ellipsoid(stays.geometry, crs))
    for by in ("category", "level"):
        after = stays.groupby(by)["hectares"].sum()
        told = ledger.loc[by]["after_ha"].drop("supplement", errors="ignore")
        for group, hectares in told.items():
            assert hectares == pytest.approx(after.get(group, 0.0), rel=1e-6, abs=1e-3), (by, group)
    assert (table["holds"][table["by"] == "identity"] == 1).all()
    # No ground twice, and none lost but strips below the scale.
    ground, whole = shapely.union_all(register.to_numpy()), shapely.union_all(faces.geometry.to_numpy())
    assert faces.area.sum() == pytest.approx(whole.area, rel=1e-8)
    assert faces["area_ha"].sum() == pytest.approx(total["before_ha"], rel=1e-8)
    assert shapely.area(shapely.difference(whole, ground)) < 1.0
    lost = shapely.get_parts(shapely.difference(ground, whole))
    lost = lost[shapely.area(lost) > 1.0]
    assert (2 * shapely.area(lost) < SLIVER * shapely.length(lost)).all()
    assert shapely.area(lost).sum() < ROUGH * ground.area
