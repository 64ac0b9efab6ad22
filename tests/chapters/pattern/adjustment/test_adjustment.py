"""The adjustment as a whole, on a few boxes of whole hectares."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from tests.chapters.pattern.red_line_cells import on_disk

from shanshui.base.errors import StudyError
from shanshui.base.zones import OUTSIDE
from shanshui.chapters.pattern.adjustment import adjustment, balance, edits
from shanshui.chapters.pattern.adjustment.ledger import function_areas_of, line_changes
from shanshui.chapters.pattern.adjustment.rules import red_line_adjustment_rules

RULES = red_line_adjustment_rules()
SCALARS = {
    "source_river_bank_m": 50.0,
    "important_wetland_surroundings_m": 100.0,
    "reservoir_surroundings_m": 20.0,
    "populous_settlement_ha": 0.5,
    "populous_settlement_persons": 10.0,
    "contiguous_cropland_ha": 1.5,
    "infrastructure_value_percent": 120.0,
    "commercial_forest_value_percent": 90.0,
    "adjustment_year": 2025,
    "smallest_adjustment_ha": 0.9,
    "sliver_width_m": 2.0,
    "red_line_total_percent": 100.0,
    "red_line_service_percent": 90.0,
    "function_area_target_percent": 70.0,
}
SHAPE = (10, 20)
GRID = GeoBox(SHAPE, Affine(100, 0, 0, 0, -100, 1000), "EPSG:6933")


NO_BALANCES = pd.DataFrame(columns=balance.ROWS)


@pytest.fixture
def simple(monkeypatch):
    """All that shall be, nothing that may be; what it was asked is kept."""
    asked = {}

    def choose(patches, before, fixed, limits):
        asked.update(patches=patches, before=before, fixed=fixed, limits=limits)
        taken = np.where(fixed >= 0, fixed == 1, patches["force"] == "shall")
        return balance.Choice(taken, asked.get("rows", NO_BALANCES), 0.0)

    monkeypatch.setattr(adjustment.balance, "choose", choose)
    return asked


def box(left, right, low=0, high=1):
    return shapely.box(100 * left, 100 * low, 100 * right, 100 * high)


def frame(*shapes, **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:6933")


def zones(*shapes, names=("Hills", "Lakes")):
    named = names[: len(shapes)]
    return frame(*shapes, zoning=["function_area"] * len(named), zone=list(named), name=list(named))


def cells(value=0, kind=np.float32, **columns):
    """A raster that holds a value in the lowest row of some columns (`at3`), and another everywhere else."""
    out = np.full(SHAPE, value, kind)
    for name, own in columns.items():
        out[-1, int(name[2:])] = own
    return out


def adjusted(folder, today, places=None, ground=None, excluded=None, extreme=None, value=None, realm=None, **layers):
    rasters = [
        cells(kind=np.int32) if ground is None else ground,
        cells(kind=np.int32) if excluded is None else excluded,
        cells() if extreme is None else extreme,
        cells(1) if value is None else value,
        cells(1, np.int32) if realm is None else realm,
        layers.pop("cropland", cells()),
        cells(1e4, np.float64),
    ]
    given = {name: on_disk(folder, own) if isinstance(own, np.ndarray) else own for name, own in layers.items()}
    scalars = {name: given.pop(name, usual) for name, usual in SCALARS.items()}
    rules = given.pop("rules", RULES)
    places = zones(box(0, 5, 0, 10), box(5, 20, 0, 10)) if places is None else places
    on_disks = [on_disk(folder, each) for each in rasters]
    if "red_line_edit" in given:
        given["red_line_edit_areas"] = edits.red_line_edit_areas(given["red_line_edit"], today, geobox=GRID)
    return adjustment.red_line_adjusted(rules, *on_disks, today, places, **given, **scalars, geobox=GRID)


def rounded(table, *columns):
    return [
        tuple(round(v, 6) if isinstance(v, float) else v for v in row)
        for row in table[list(columns)].to_numpy().tolist()
    ]


def test_the_whole_of_an_adjustment(tmp_path, simple):
    ground = cells(kind=np.int32, at12=1, at13=1, at14=1, at15=4, at16=4)
    patches, line, ledger, _ = adjusted(
        tmp_path,
        frame(box(0, 12)),
        ground=ground,
        cropland=cells(at2=0.5, at13=1),
        red_line_persons=cells(3, at2=20, at6=20),
        water_conservation_present_share=cells(10, at2=5),
        fragile_present_share=cells(1),
        settlement_polygons=frame(box(2, 3), box(4, 5), box(6, 7)),
        protected_area_polygons=frame(box(6, 8)),
        mining_right=frame(box(9, 10), box(10, 11), valid_until=[2031, 2020]),
        red_line_edit=frame(box(0, 1), kind=["out"], edit=["e"], reason=["houses"], origin=["county"]),
        rules=RULES.assign(force=RULES["force"].where(RULES["code"] != "A1", "shall")),
    )
    assert rounded(
        patches.sort_values("patch"), "patch", "direction", "rule", "function_area", "area_ha", "taken", "why"
    ) == [
        ("A1-0001350-0000050", "in", "A1", "Lakes", 3, 1, "shall"),
        ("A4-0001600-0000050", "in", "A4", "Lakes", 2, 0, "not needed"),
        ("C1-0000250-0000050", "out", "C1", "Hills", 1, 1, "shall"),
        ("C1-0000650-0000050", "out", "C1", "Lakes", 1, 0, "kept: protected area"),
        ("C5-0000950-0000050", "out", "C5", "Lakes", 1, 0, "not needed"),
        ("E-0000050-0000050", "out", "E", "Hills", 1, 1, "edit"),
    ]
    town = patches.set_index("patch").loc["C1-0000250-0000050"]
    assert [town[name] for name in ("cropland_ha", "persons", "water_conservation_ppm", "fragile_land_ppm")] == [
        *(0.5, 20, 5, 1)
    ]
    assert rounded(line, "patch", "realm", "area_ha", "kept_ha", "added_ha", "origin") == [
        (1, "land", 1, 1, 0, "kept"),
        (2, "land", 12, 9, 3, "kept, A1"),
    ]
    assert line.geometry[0].equals(box(1, 2))
    assert shapely.equals(line.geometry[1], box(3, 15))
    rows = ledger[ledger["account"] == "line"].set_index(["direction", "function_area"])
    assert {key: round(value, 6) for key, value in rows["area_ha"].to_dict().items()} == {
        ("before", "Hills"): 5,
        ("before", "Lakes"): 7,
        ("before", OUTSIDE): 0,
        ("before", "(total)"): 12,
        ("in", "Hills"): 0,
        ("in", "Lakes"): 3,
        ("in", OUTSIDE): 0,
        ("in", "(total)"): 3,
        ("out", "Hills"): 2,
        ("out", "Lakes"): 0,
        ("out", OUTSIDE): 0,
        ("out", "(total)"): 2,
        ("after", "Hills"): 3,
        ("after", "Lakes"): 10,
        ("after", OUTSIDE): 0,
        ("after", "(total)"): 13,
    }
    # Twelve hectares of 10 but one of 5; the town and the houses leave 5 and 10, the ground brings 30.
    water = rows["water_conservation_ppm"]
    assert [water[each, "(total)"] for each in ("before", "in", "out", "after")] == [115, 30, 15, 130]
    assert rows.loc[("in", "Lakes"), "cropland_ha"] == 1
    assert rows.loc[("out", "Hills"), "persons"] == 23


def test_balances_are_asked_and_told(tmp_path, simple):
    simple["rows"] = pd.DataFrame([("Area.", "面积。", "", "ha", 3.0, 2.0, 0.0)], columns=balance.ROWS)
    patches, line, ledger, _ = adjusted(
        tmp_path,
        frame(box(0, 4)),
        settlement_polygons=frame(box(0, 1), box(2, 3)),
        mining_right=frame(box(3, 4)),
        mandatory_protection_polygons=frame(box(0, 1)),
    )
    asked = dict(zip(simple["patches"]["patch"], simple["fixed"], strict=True))
    assert asked == {"C1-0000050-0000050": 0, "C1-0000250-0000050": -1, "C5-0000350-0000050": -1}
    assert simple["limits"] == balance.Limits(100, 70, 90)
    before = simple["before"].set_index(["account", "name"])
    assert before.loc["total", ""]["amount"] == pytest.approx(4, abs=1e-7)
    assert before.loc["function_area", "Hills"][["whole", "amount"]].tolist() == pytest.approx([50, 4], abs=1e-6)
    assert patches.set_index("patch")["why"].to_dict() == {
        "C1-0000050-0000050": "kept: protected area",
        "C1-0000250-0000050": "shall",
        "C5-0000350-0000050": "not needed",
    }
    assert ledger[ledger["account"] == "balance"][["reason", "lower", "reached", "holds"]].to_numpy().tolist() == [
        ["Area.", 3, 2, 0]
    ]
    assert line["area_ha"].sum() == pytest.approx(3, abs=1e-7)


def test_what_leaves_is_made_good(tmp_path):
    # A town of two hectares shall leave; of the belt of three, in two function areas, what makes it good comes in.
    given = {"settlement_polygons": frame(box(0, 2)), "shelter_belt": frame(box(6, 8), box(10, 11))}
    places = zones(box(0, 9), box(9, 20))
    patches, _, ledger, _ = adjusted(tmp_path, frame(box(0, 6)), places, **given, function_area_target_percent=0.0)
    assert rounded(patches.sort_values("patch"), "patch", "taken", "why") == [
        ("B3-0000700-0000050", 1, "chosen by balance"),
        ("B3-0001050-0000050", 0, "not needed"),
        ("C1-0000100-0000050", 1, "shall"),
    ]
    rows = ledger[(ledger["account"] == "balance") & (ledger["unit"] == "ha")]
    assert rounded(rows, "function_area", "lower", "reached", "holds") == [
        ("", 6, 6, 1),
        ("Hills", 0, 6, 1),
        ("Lakes", 0, 0, 1),
    ]
    # Nothing makes four hectares good: everything comes in, and the balance says so.
    given["settlement_polygons"] = frame(box(0, 4))
    patches, _, ledger, _ = adjusted(tmp_path, frame(box(0, 6)), places, **given, function_area_target_percent=0.0)
    assert patches["taken"].tolist() == [1, 1, 1]
    row = ledger[(ledger["account"] == "balance") & (ledger["unit"] == "ha")].iloc[0]
    assert (row["lower"], row["reached"], row["holds"]) == (pytest.approx(6), pytest.approx(5), 0)


def test_edits_are_carried_out_and_told(tmp_path, simple):
    edited = frame(
        box(0, 1),
        box(4, 6),
        shapely.LineString([(200, 100), (200, 50), (300, 50), (300, 100)]),
        shapely.Point(350, 50),
        edit=["houses", "spring", "course", "mine"],
        kind=["out", "in", "move", "keep"],
        reason=["a", "b", "c", "d"],
        origin=["county"] * 4,
        patch=["", "", "", "C5-0000350-0000050"],
    )
    extreme = cells(at0=1)
    excluded = cells(kind=np.int32, at5=2)
    patches, line, _, told = adjusted(
        tmp_path,
        frame(box(0, 4)),
        extreme=extreme,
        excluded=excluded,
        red_line_edit=edited,
        mining_right=frame(box(3, 4)),
        smallest_adjustment_ha=0.1,
    )
    assert rounded(told, "edit", "outcome", "in_ha", "out_ha", "breaks") == [
        ("houses", "carried out", 0, 1, "extremely important or extremely fragile: 1.00 ha"),
        ("spring", "carried out", 2, 0, "excluded land: 1.00 ha"),
        ("course", "carried out", 0, 0.5, ""),
        ("mine", "carried out", 0, 1, ""),
    ]
    assert (patches["why"] == "edit").all()
    assert patches.set_index("rule").loc["C5", "taken"] == 1
    # The houses, half a hectare and the mine leave, the spring comes in.
    assert line["area_ha"].sum() == pytest.approx(4 - 1 - 0.5 - 1 + 2, abs=1e-7)
    again = adjusted(tmp_path, frame(box(0, 4)), red_line_edit=edited)[3]
    assert again.set_index("edit").loc["mine", "outcome"] == "patch is gone"


def test_an_edit_does_not_let_go_of_what_must_be_inside(tmp_path):
    edited = frame(box(0, 2), edit=["e"], kind=["out"], reason=["a"], origin=["b"])
    patches, line, _, told = adjusted(
        tmp_path, frame(box(0, 4)), red_line_edit=edited, protected_area_polygons=frame(box(1, 3))
    )
    assert sorted(rounded(patches, "area_ha", "taken", "why")) == [(1, 0, "kept: protected area"), (1, 1, "edit")]
    assert told["breaks"].tolist() == ["must be inside, and stays: 1.00 ha"]
    assert line["area_ha"].sum() == pytest.approx(3, abs=1e-7)


def test_every_layer_has_its_rule(tmp_path):
    def rules_of(**layers):
        patches = adjusted(tmp_path, frame(box(0, 4)), **layers)[0]
        return patches.groupby(["rule", "direction"])["area_ha"].sum().round(3).to_dict()

    # A river of 3 ha length through the line's end: 50 m on either side, and half a circle.
    river = frame(shapely.LineString([(300, 500), (700, 500)]))
    bank = 4 * 100 * 1e2 / 1e4 + np.pi * 0.25
    assert rules_of(source_river=river) == {("B1", "in"): pytest.approx(bank, abs=0.01)}
    assert rules_of(important_wetland=frame(box(10, 11, 3, 4))) == {
        ("B2", "in"): pytest.approx(1 + 4 + np.pi, abs=0.03)
    }
    assert rules_of(reservoir_area=frame(box(10, 11, 3, 4))) == {
        ("B2", "in"): pytest.approx(1 + 4 * 0.2 + np.pi * 0.04, abs=0.01)
    }
    assert rules_of(shelter_belt=frame(box(3, 6))) == {("B3", "in"): 2}
    assert rules_of(settlement_polygons=frame(box(3, 6))) == {("C1", "out"): 1}
    assert rules_of(settlement_polygons=frame(box(3, 6)), populous_settlement_ha=3.1) == {}
    persons = {"red_line_persons": cells(3)}
    assert rules_of(settlement_polygons=frame(box(3, 6)), **persons, populous_settlement_persons=9) == {
        ("C1", "out"): 1
    }
    assert rules_of(settlement_polygons=frame(box(3, 6)), **persons, populous_settlement_persons=9.1) == {}
    assert rules_of(permanent_basic_farmland_polygons=frame(box(0, 1), box(1, 2))) == {("C2", "out"): 2}
    assert rules_of(permanent_basic_farmland_polygons=frame(box(0, 1))) == {}
    # A mean of 1.2 where that of the region is 1.002.
    worthy = {"value": cells(1, at1=1.4)}
    assert rules_of(infrastructure=frame(box(0, 2)), **worthy) == {("C3", "out"): 2}
    assert rules_of(infrastructure=frame(box(0, 2)), **worthy, infrastructure_value_percent=119.0) == {}
    assert rules_of(commercial_forest=frame(box(0, 2)), **worthy, commercial_forest_value_percent=120.0) == {
        ("C4", "out"): 2
    }
    assert rules_of(commercial_forest=frame(box(0, 2)), **worthy) == {}
    assert rules_of(mining_right=frame(box(0, 2), valid_until=[2025])) == {("C5", "out"): 2}
    assert rules_of(mining_right=frame(box(0, 2), valid_until=[2025]), adjustment_year=2026) == {}
    # Banks do not come in on excluded cells: one under the belt, and one beside it.
    excluded = cells(kind=np.int32, at5=1, at9=1)
    assert rules_of(shelter_belt=frame(box(4, 7)), excluded=excluded) == {("B3", "in"): 2}
    assert rules_of(shelter_belt=frame(box(4, 7)), settlement_polygons=frame(box(5, 6))) == {("B3", "in"): 2}


def test_small_patches_are_told_and_change_nothing(tmp_path):
    ground = cells(kind=np.int32, at10=1)
    layers = {"settlement_polygons": frame(box(0, 1))}
    patches, line, ledger, _ = adjusted(tmp_path, frame(box(0, 4)), ground=ground, smallest_adjustment_ha=1.1, **layers)
    assert len(patches) == 0
    assert line["area_ha"].tolist() == pytest.approx([4], abs=1e-7)
    small = ledger[ledger["account"] == "too small"]
    assert rounded(small, "direction", "rule", "patches", "area_ha", "function_area") == [
        ("in", "A1", 1, 1, ""),
        ("out", "C1", 1, 1, "Hills"),
    ]


def test_a_strip_between_the_line_and_what_comes_in_is_closed(tmp_path):
    # A metre wide and closed at both ends, so that it is a face of its own.
    given = {"shelter_belt": frame(shapely.box(401, 0, 600, 100)), "rules": RULES.assign(force="shall")}
    places = zones(box(0, 5), box(5, 20))
    line = adjusted(tmp_path, frame(box(0, 4)), places, **given)[1]
    assert line["area_ha"].tolist() == pytest.approx([6], abs=1e-7)
    line = adjusted(tmp_path, frame(box(0, 4)), places, **given, sliver_width_m=0.9)[1]
    assert line["area_ha"].tolist() == pytest.approx([4, 1.99], abs=1e-7)


def test_the_realm_comes_from_the_cells(tmp_path):
    realm = cells(1, np.int32, at10=2, at11=2)
    line = adjusted(tmp_path, frame(box(0, 4), box(10, 12)), realm=realm)[1]
    assert line["realm"].tolist() == ["land", "sea"]


def test_no_line_today(tmp_path):
    patches, line, ledger, _ = adjusted(tmp_path, frame(), ground=cells(kind=np.int32, at12=1, at13=1))
    assert rounded(patches, "patch", "taken") == [("A1-0001300-0000050", 1)]
    assert line["origin"].tolist() == ["A1"]
    total = ledger[ledger["function_area"] == "(total)"].set_index("direction")["area_ha"]
    assert total.round(6).to_dict() == {"before": 0, "in": 2, "out": 0, "after": 2}


def test_nothing_at_all(tmp_path):
    patches, line, ledger, _ = adjusted(tmp_path, frame(), places=zones())
    assert len(patches) == len(line) == 0
    assert "persons" in patches.columns
    assert ledger["account"].unique().tolist() == ["line", "balance"]
    assert (ledger["area_ha"].fillna(0) == 0).all()
    assert (ledger["holds"].dropna() == 1).all()


def test_a_line_that_crosses_itself_is_mended(tmp_path):
    bow = shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)])
    line = adjusted(tmp_path, frame(bow))[1]
    assert line["area_ha"].sum() == pytest.approx(2, abs=1e-7)


def test_a_line_that_reaches_beyond_the_map_is_not_cut(tmp_path):
    line = adjusted(tmp_path, frame(box(-3, 1)))[1]
    assert line["area_ha"].tolist() == pytest.approx([4], abs=1e-7)


def test_rules_nobody_knows_are_refused(tmp_path):
    with pytest.raises(StudyError, match="'hut' is none of its words"):
        adjusted(tmp_path, frame(box(0, 1)), rules=RULES.assign(ground=RULES["ground"].replace("settlement", "hut")))


def test_other_rules_make_another_line(tmp_path):
    layers = {"settlement_polygons": frame(box(0, 1)), "shelter_belt": frame(box(3, 6))}

    def rules_of(rules):
        patches = adjusted(tmp_path, frame(box(0, 2)), rules=rules, **layers)[0]
        return dict(zip(patches["rule"], patches["direction"], strict=True))

    assert rules_of(RULES) == {"B3": "in", "C1": "out"}
    # One that is left out; one with another condition; one of a study's own before the ready one.
    assert rules_of(RULES[RULES["code"] != "B3"]) == {"C1": "out"}
    large = RULES.assign(when=RULES["when"].where(RULES["code"] != "C1", "area_ha >= 1000"))
    assert rules_of(large) == {"B3": "in"}
    own = RULES[RULES["code"] == "C1"].assign(code="C0", order=0, when="area_ha < 1000")
    assert rules_of(pd.concat([RULES, own])) == {"B3": "in", "C0": "out"}
    # A belt that leaves does not come in.
    turned = RULES.assign(direction=RULES["direction"].where(RULES["code"] != "B3", "out"))
    assert rules_of(turned) == {"C1": "out"}


def test_keys_and_taken_stay_the_same_when_something_else_changes(tmp_path):
    layers = {"settlement_polygons": frame(box(0, 1)), "shelter_belt": frame(box(3, 6))}
    one = adjusted(tmp_path, frame(box(0, 4)), **layers)[0]
    two = adjusted(tmp_path, frame(box(0, 4)), **layers, mining_right=frame(box(2, 3)))[0]
    assert set(one["patch"]) < set(two["patch"])


@pytest.mark.parametrize("seed", range(12))
def test_two_lines_compared_give_the_ledger_that_made_the_second(tmp_path, seed):
    rng = np.random.default_rng(seed)

    def blobs(count, most):
        centres = shapely.points(rng.uniform(0, 2000, count), rng.uniform(0, 1000, count))
        return frame(*shapely.buffer(centres, rng.uniform(most / 3, most, count), quad_segs=3))

    today = blobs(5, 300)
    layers = {
        "settlement_polygons": blobs(6, 120),
        "permanent_basic_farmland_polygons": blobs(6, 150),
        "shelter_belt": blobs(4, 150),
        "protected_area_polygons": blobs(2, 200),
        "commercial_forest": blobs(4, 150),
    }
    shares = rng.random(SHAPE).astype(np.float32)
    ground = rng.choice([0, 0, 1, 4], SHAPE).astype(np.int32)
    places = zones(box(0, 9, 0, 10), box(9, 17, 0, 10))
    patches, line, ledger, _ = adjusted(
        tmp_path,
        today,
        places,
        ground=ground,
        rules=RULES.assign(force=rng.choice(["shall", "may"], len(RULES))),
        **layers,
        soil_retention_present_share=shares,
    )
    amounts = {"soil_retention_ppm": on_disk(tmp_path, shares).read}
    lines = (each.geometry.to_numpy() for each in (today, line))
    compared = line_changes(*lines, function_areas_of(places), GRID, amounts)
    own = ledger[ledger["account"] == "line"].reset_index(drop=True)
    for name in ("direction", "function_area"):
        assert own[name].tolist() == compared[name].tolist()
    whole = compared["area_ha"].max()
    np.testing.assert_allclose(own["area_ha"], compared["area_ha"], rtol=0, atol=1e-8 * whole)
    np.testing.assert_allclose(own["soil_retention_ppm"], compared["soil_retention_ppm"], rtol=0, atol=1e-5)
    # An independent route: the cuts of shapely in the plane, of which this CRS keeps the area.
    before, after = (shapely.union_all(each.geometry.to_numpy()) for each in (today, line))
    total = own[own["function_area"] == "(total)"].set_index("direction")["area_ha"]
    assert total["in"] == pytest.approx(after.difference(before).area / 1e4, abs=1e-6)
    assert total["out"] == pytest.approx(before.difference(after).area / 1e4, abs=1e-6)
    # The patches that are taken are what changed, and what is protected is still inside.
    taken = patches[patches["taken"] == 1]
    assert taken.groupby("direction")["area_ha"].sum().reindex(["in", "out"], fill_value=0).tolist() == pytest.approx(
        total[["in", "out"]].tolist(), rel=1e-9
    )
    protected = shapely.union_all(layers["protected_area_polygons"].geometry.to_numpy())
    assert before.intersection(protected).difference(after).area == pytest.approx(0, abs=1e-3)
    assert line["area_ha"].sum() == pytest.approx(total["after"], rel=1e-12)
