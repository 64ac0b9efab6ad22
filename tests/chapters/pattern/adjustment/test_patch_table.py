import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from shanshui.base.zones import OUTSIDE
from shanshui.chapters.pattern.adjustment import patch_table
from shanshui.chapters.pattern.adjustment.ledger import accounts, adjustment_ledger
from shanshui.chapters.pattern.adjustment.patches import (
    AREAS,
    EDITS,
    GROUND,
    MANDATORY,
    TODAY,
    decide,
    group,
    sides_of,
)
from shanshui.chapters.pattern.adjustment.rules import red_line_adjustment_rules
from shanshui.science.faces import planarise

CRS = pyproj.CRS("EPSG:6933")
NAN = np.nan
RULES = red_line_adjustment_rules()
EDITED = pd.DataFrame({"edit": ["7", "8"], "reason": ["a road", "a spring"], "origin": ["county", "town"]})
NO_EDITS = EDITED.iloc[:0]
NO_CELLS = pd.DataFrame({"rule": [], "patches": [], "area_ha": []})


def box(left, right, low=0, high=1):
    return shapely.box(100 * left, 100 * low, 100 * right, 100 * high)


def found(smallest=0.0, **layers):
    every = dict.fromkeys((TODAY, AREAS, MANDATORY, GROUND, EDITS, "B1", "C1", "C5"), ())
    every |= {
        {"today": TODAY, "areas": AREAS, "mandatory": MANDATORY, "edits": EDITS}.get(k, k): v for k, v in layers.items()
    }
    faces = planarise({name: np.array(list(shapes), object) for name, shapes in every.items()}, CRS)
    sides = sides_of(faces)
    edits = np.arange(len(every[EDITS])), np.array([True, False])[: len(every[EDITS])][::-1]
    decisions = decide(faces, ["B1"], ["C1", "C5"], np.empty(0, object), *edits)
    patch, dropped = group(decisions, faces, sides, smallest)
    amounts = {"area_ha": faces.area / 1e4, "water_ppm": faces.area / 1e3}
    return patch_table.Found(faces, sides, decisions, patch, dropped, amounts, ["Hills", "Lakes"])


# Today 0 to 8; the hills to 4, the lakes to 9. A town, a mine over it, a bank; a spring and a road of two edits.
WORLD = {
    "today": [box(0, 8)],
    "areas": [box(0, 4), box(4, 9)],
    "mandatory": [box(6, 7)],
    "C1": [box(1, 2), box(6, 6.5)],
    "C5": [box(1.5, 3), box(2.5, 3.5)],
    "B1": [box(8, 10)],
    "edits": [box(5, 5.5), box(11, 13)],
}


def test_a_patch_tells_its_rule_its_place_and_what_it_holds():
    table = patch_table.patch_table(found(**WORLD), RULES, EDITED, {"C5": np.array([2030.0, NAN])}, CRS)
    assert table.columns.tolist() == [*patch_table.COLUMNS, "area_ha", "water_ppm", "geometry"]
    rows = table.set_index("patch")
    assert sorted(rows.index) == [
        "B1-0000850-0000050",
        "B1-0000950-0000050",
        "C1-0000150-0000050",
        "C1-0000625-0000050",
        "C5-0000275-0000050",
        "E-0000525-0000050",
        "E-0001200-0000050",
    ]
    town = rows.loc["C1-0000150-0000050"]
    assert town[["direction", "direction_zh", "rule", "force", "function_area", "edit"]].tolist() == [
        *("out", "调出", "C1", "shall", "Hills", "")
    ]
    assert town["reason"] == "Populous towns and villages leave."
    assert town["reason_zh"] == "人口密集的城镇和村庄调出。"
    assert town["article"] == "2.2"
    assert town["document"].startswith("Zhou, Fan et al. 2024")
    assert town[["inside_before", "mandatory"]].tolist() == [1, 0]
    assert town[["area_ha", "water_ppm"]].tolist() == pytest.approx([1, 10], abs=1e-7)
    # Of the rights the later year counts, and one has none.
    mine = rows.loc["C5-0000275-0000050"]
    assert mine["reason"] == "Ground with a valid mining right may leave. Valid until 2030."
    assert mine["reason_zh"].endswith("有效期至2030年。")
    assert mine["area_ha"] == pytest.approx(1.5, abs=1e-8)
    bank = rows.loc["B1-0000950-0000050"]
    assert bank[["direction", "function_area", "force", "inside_before"]].tolist() == ["in", OUTSIDE, "may", 0]
    assert rows.loc["B1-0000850-0000050", "function_area"] == "Lakes"
    road = rows.loc["E-0000525-0000050"]
    assert road[["direction", "rule", "force", "reason", "reason_zh", "document", "article", "edit"]].tolist() == [
        *("out", "E", "shall", "a road", "a road", "county", "", "7")
    ]
    assert rows.loc["E-0001200-0000050", "edit"] == "8"
    assert rows.loc["C1-0000625-0000050", "mandatory"] == 1
    for shape, hectares in zip(table.geometry, table["area_ha"], strict=True):
        assert shape.area / 1e4 == pytest.approx(hectares, rel=1e-8)


def test_the_years_of_rights():
    # Side by side and over each other: the last year that any of them holds.
    for years in ([2030.0, 2040.0], [2040.0, 2030.0]):
        table = patch_table.patch_table(found(**WORLD), RULES, EDITED, {"C5": np.array(years)}, CRS)
        mine = table.set_index("patch").loc["C5-0000275-0000050"]
        assert mine["reason"] == "Ground with a valid mining right may leave. Valid until 2040."
    # One without a year tells none.
    table = patch_table.patch_table(found(**WORLD), RULES, EDITED, {"C5": np.array([NAN, NAN])}, CRS)
    mine = table.set_index("patch").loc["C5-0000275-0000050"]
    assert mine["reason"] == "Ground with a valid mining right may leave."


def test_what_is_decided_whatever_the_balances():
    table = patch_table.patch_table(found(**WORLD), RULES, EDITED, {"C5": np.array([2030.0, NAN])}, CRS).set_index(
        "patch"
    )
    nothing_said = np.full(len(table), -1)
    given = pd.Series(patch_table.fixed(table, nothing_said), table.index).to_dict()
    assert given == {
        "B1-0000850-0000050": -1,
        "B1-0000950-0000050": -1,
        "C1-0000150-0000050": -1,
        "C1-0000625-0000050": 0,
        "C5-0000275-0000050": -1,
        "E-0000525-0000050": 1,
        "E-0001200-0000050": 1,
    }
    kept = pd.Series(patch_table.fixed(table, np.ones(len(table), int)), table.index)
    # What must be inside does not leave, though an edit says so.
    assert kept[kept != 1].to_dict() == {"C1-0000625-0000050": 0}
    assert (patch_table.fixed(table, np.zeros(len(table), int)) == 0).all()


def test_what_became_of_each():
    table = patch_table.patch_table(found(**WORLD), RULES, EDITED, {"C5": np.array([2030.0, NAN])}, CRS)
    taken = table["patch"].isin(["C1-0000150-0000050", "B1-0000850-0000050", "E-0000525-0000050"]).to_numpy()
    spoken = np.where(table["patch"] == "C5-0000275-0000050", 0, -1)
    told = patch_table.decided(table, taken, spoken).set_index("patch")
    assert told["why"].to_dict() == {
        "B1-0000850-0000050": "chosen by balance",
        "B1-0000950-0000050": "not needed",
        "C1-0000150-0000050": "shall",
        "C1-0000625-0000050": "kept: protected area",
        "C5-0000275-0000050": "edit",
        "E-0000525-0000050": "edit",
        "E-0001200-0000050": "edit",
    }
    assert told["taken"].sum() == 3
    assert (told["why_zh"] == told["why"].map(patch_table.WHY_ZH)).all()


def test_what_speaks_against_an_edit():
    # Today to 8. The road leaves over protected ground of 1 ha and worthy ground; the spring comes in over a town.
    world = found(
        today=[box(0, 8)],
        mandatory=[box(5, 6)],
        C1=[box(11, 11.5), box(7, 7.5)],
        edits=[box(5, 7.5), box(11, 13)],
    )
    extreme = world.faces.area / 1e4 * (shapely.get_x(shapely.centroid(world.faces.polygons)) > 550)
    excluded = shapely.get_x(shapely.centroid(world.faces.polygons)) > 1150
    told = patch_table.broken_rules(world, EDITED, RULES, excluded, extreme)
    assert told == {
        "7": ["must be inside, and stays: 1.00 ha", "extremely important or extremely fragile: 1.50 ha"],
        "8": ["excluded land: 1.50 ha", "C1 Populous towns and villages leave: 0.50 ha"],
    }
    assert patch_table.broken_rules(world, EDITED, RULES, excluded & False, extreme * 0) == {
        "7": ["must be inside, and stays: 1.00 ha"],
        "8": ["C1 Populous towns and villages leave: 0.50 ha"],
    }
    plain = found(**WORLD)
    size = len(plain.faces)
    assert patch_table.broken_rules(plain, EDITED, RULES, np.zeros(size, bool), np.zeros(size)) == {}


def test_mandatory_ground_that_would_come_in_is_not_kept_out():
    table = patch_table.patch_table(
        found(today=[box(0, 1)], mandatory=[box(2, 3)], B1=[box(2, 3)]), RULES, NO_EDITS, {}, CRS
    )
    assert table[["direction", "mandatory"]].to_numpy().tolist() == [["in", 1]]
    assert patch_table.fixed(table, np.array([-1])).tolist() == [-1]


def test_what_todays_line_holds():
    before = patch_table.todays_amounts(found(**WORLD)).set_index(["account", "name"])
    assert before.columns.tolist() == ["whole", "amount"]
    # All faces reach to 10, and the spring of two hectares.
    assert before.loc["total", ""].tolist() == pytest.approx([12, 8], abs=1e-7)
    assert before.loc["function_area", "Hills"].tolist() == pytest.approx([4, 4], abs=1e-7)
    assert before.loc["function_area", "Lakes"].tolist() == pytest.approx([5, 4], abs=1e-7)
    assert before.loc["service", "water_ppm"].tolist() == pytest.approx([1e6, 80], abs=1e-6)
    assert len(before) == 4


def test_what_was_too_small_is_told():
    cells = pd.DataFrame({"rule": ["A4"], "patches": [3], "area_ha": [1.5]})
    # The town of a hectare in two areas, twice half a hectare of mines, and a bank.
    world = {"C1": [box(3.5, 4.5)], "C5": [box(0, 0.5), box(2, 2.5)], "B1": [box(8, 8.2)]}
    told = patch_table.too_small(found(1.2e4, today=[box(0, 8)], areas=WORLD["areas"], **world), cells)
    wanted = [
        ["in", "调入", "B1", "Lakes", 1, 0.2, 2],
        ["out", "调出", "C1", "Hills", 1, 0.5, 5],
        ["out", "调出", "C1", "Lakes", 1, 0.5, 5],
        ["out", "调出", "C5", "Hills", 2, 1.0, 10],
        ["in", "调入", "A4", "", 3, 1.5, NAN],
    ]
    assert told.columns.tolist() == [
        *("direction", "direction_zh", "rule", "function_area", "patches", "area_ha", "water_ppm")
    ]
    for row, expected in zip(told.to_numpy().tolist(), wanted, strict=True):
        assert row[:5] == expected[:5]
        assert row[5:] == pytest.approx(expected[5:], abs=1e-7, nan_ok=True)
    nothing = patch_table.too_small(found(today=[box(0, 8)]), NO_CELLS)
    assert len(nothing) == 0


def test_the_ledger_adds_up():
    world = found(**WORLD)
    table = patch_table.patch_table(world, RULES, EDITED, {"C5": np.array([2030.0, NAN])}, CRS)
    taken = (table["mandatory"] == 0).to_numpy()
    patches = patch_table.decided(table, taken, np.full(len(table), -1))
    after = world.decisions.inside ^ np.append(taken, False)[world.patch]
    line = accounts(world.decisions.inside, after, world.decisions.area, world.places, world.amounts)
    balances = pd.DataFrame(
        [("Total area.", "总面积。", "", "ha", 8.0, 9.0, 1.0)],
        columns=["reason", "reason_zh", "function_area", "unit", "lower", "reached", "holds"],
    )
    texts = pd.concat([RULES, pd.DataFrame([{"code": "E", "english": "An edit.", "chinese": "修改。"}])])
    names = ["area_ha", "water_ppm"]
    ledger = adjustment_ledger(patches, patch_table.too_small(world, NO_CELLS), line, balances, texts, names)
    assert ledger.columns.tolist() == [
        *("account", "account_zh", "direction", "direction_zh", "rule", "reason", "reason_zh", "why", "function_area"),
        *("patches", "area_ha", "water_ppm", "unit", "lower", "reached", "holds"),
    ]
    assert ledger["account"].unique().tolist() == ["taken", "not taken", "line", "balance"]
    assert ledger["account_zh"].unique().tolist() == ["采纳", "未采纳", "红线", "平衡"]
    of = {name: ledger[ledger["account"] == name] for name in ledger["account"].unique()}
    total = of["line"][of["line"]["function_area"] == "(total)"].set_index("direction")
    for name in names:
        assert of["taken"].groupby("direction")[name].sum().to_dict() == pytest.approx(
            {"in": total.loc["in", name], "out": total.loc["out", name]}, rel=1e-12
        )
        change = total[name]
        assert change["before"] + change["in"] - change["out"] == pytest.approx(change["after"], rel=1e-12)
    # Banks in and out of the lakes, a spring; a town, a mine, a road: 4 hectares in, 3 out.
    assert total["area_ha"].to_dict() == pytest.approx({"before": 8, "in": 4, "out": 3, "after": 9}, abs=1e-7)
    rows = of["taken"].set_index(["rule", "function_area"])
    assert rows["patches"].to_dict() == {
        ("B1", OUTSIDE): 1,
        ("B1", "Lakes"): 1,
        ("E", OUTSIDE): 1,
        ("C1", "Hills"): 1,
        ("C5", "Hills"): 1,
        ("E", "Lakes"): 1,
    }
    assert rows.loc[("B1", "Lakes"), "reason"] == "The banks of source rivers may come in."
    assert rows.loc[("E", "Lakes"), "reason_zh"] == "修改。"
    assert of["not taken"][["rule", "why", "function_area"]].to_numpy().tolist() == [
        ["C1", "kept: protected area", "Lakes"]
    ]
    assert of["balance"][["reason", "reason_zh", "unit", "lower", "reached", "holds"]].to_numpy().tolist() == [
        ["Total area.", "总面积。", "ha", 8, 9, 1]
    ]
    assert (
        ledger[["direction", "rule", "why", "unit"]] == ledger[["direction", "rule", "why", "unit"]].fillna("")
    ).all(axis=None)


def test_patches_of_one_rule_are_summed():
    world = found(today=[box(0, 9)], areas=[box(0, 9)], C1=[box(0, 1), box(2, 4)])
    table = patch_table.patch_table(world, RULES, NO_EDITS, {}, CRS)
    patches = patch_table.decided(table, np.array([True, True]), np.array([-1, -1]))
    none = accounts(world.decisions.inside, world.decisions.inside, world.decisions.area, world.places, world.amounts)
    empty = pd.DataFrame(columns=["reason", "reason_zh", "function_area", "unit", "lower", "reached", "holds"])
    small = patch_table.too_small(world, pd.DataFrame({"rule": ["A4"], "patches": [3], "area_ha": [1.5]}))
    ledger = adjustment_ledger(patches, small, none, empty, RULES, ["area_ha", "water_ppm"])
    row = ledger[ledger["account"] == "taken"].iloc[0]
    assert (row["patches"], row["rule"], row["function_area"]) == (2, "C1", "Hills")
    assert row["area_ha"] == pytest.approx(3, abs=1e-7)
    # What is not known of the cells is not known of their sum.
    row = ledger[ledger["account"] == "too small"].iloc[0]
    assert (row["direction"], row["rule"], row["patches"], row["area_ha"]) == ("in", "A4", 3, 1.5)
    assert np.isnan(row["water_ppm"])
