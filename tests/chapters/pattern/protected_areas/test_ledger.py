import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.chapters.pattern.protected_areas.integrated import (
    EQUAL,
    KINDS,
    LEVELS,
    RULES,
    SCALARS,
    box,
    gaps,
    grid,
    integrate,
    row,
    shapes,
    zones,
)

from shanshui.chapters.pattern.protected_areas import balance, faces, ledger, plan, register

AMOUNTS = ["registered_ha", "counted_twice_ha", "before_ha", "moved_out_ha", "gained_ha", "adjusted_out_ha"]
AMOUNTS += ["supplement_ha", "after_ha"]
PLACES = zones(("prefecture", "west", box(0, 0, 1200, 9000)), ("prefecture", "east", box(1200, 0, 9000, 9000)))


def rows_of(made, by):
    return made.ledger[made.ledger["by"] == by].set_index("group")


def amounts(made, by, group):
    return rows_of(made, by).loc[group, AMOUNTS].tolist()


def holds(made):
    """Every row holds, all that has parts is their sum, and no ground is lost or stands twice."""
    table = made.ledger
    assert (table["holds"] == 1).all()
    assert made.identity["holds"].dropna().eq(1).all()
    total = rows_of(made, "total").iloc[0]
    for by in ("category", "level", "prefecture"):
        rows = rows_of(made, by)
        for name in {*AMOUNTS, "withdraw_ha", "manage_ha"} - {"moved_out_ha", "gained_ha"}:
            assert rows[name].sum() == pytest.approx(total[name], rel=1e-9, abs=1e-12)
        # On the whole nothing moves: what one group gives, another has.
        assert rows["moved_out_ha"].sum() == pytest.approx(rows["gained_ha"].sum(), rel=1e-9, abs=1e-12)
    kept = table[table["by"] != "identity"]
    left = kept["registered_ha"] - kept["counted_twice_ha"]
    np.testing.assert_allclose(left, kept["before_ha"], rtol=1e-9, atol=1e-12)
    after = (
        kept["before_ha"] - kept["moved_out_ha"] + kept["gained_ha"] - kept["adjusted_out_ha"] + kept["supplement_ha"]
    )
    np.testing.assert_allclose(after, kept["after_ha"], rtol=1e-9, atol=1e-9)
    assert total["moved_out_ha"] == total["gained_ha"] == 0


def test_a_ledger_worked_by_hand():
    # A: 6 ha national reserve (experimental); B: 6 ha county park, of which 2 ha on A; C: 4 ha provincial geopark that
    # touches B, with a field of 1 ha; D: a county scenic area of 1 ha that stands twice in the register, within A.
    made = integrate(
        row("A", "nature_reserve", "national", box(1000, 1000, 300, 200), part="experimental"),
        row("B", "forest_park", "county", box(1200, 1000, 300, 200)),
        row("C", "geopark", "provincial", box(1500, 1000, 200, 200)),
        row("D", "scenic_area", "county", box(1000, 1000, 100, 100)),
        row("D", "scenic_area", "county", box(1000, 1000, 100, 100)),
        layers={
            "zone_polygons": zones(
                *(("prefecture", zone, shape) for zone, shape in zip(PLACES["zone"], PLACES.geometry, strict=True)),
                # A is a unit of its own: only B and C merge.
                ("natural_unit", "U", box(0, 0, 1300, 9000)),
                ("natural_unit", "V", box(1300, 0, 9000, 9000)),
            ),
            "permanent_basic_farmland_polygons": shapes(box(1600, 1000, 100, 100)),
        },
        protected_area_border_m=100.0,
        least_adjusted_out_ha=0.5,
        offered=gaps((7, 1, "east", 1.75)),
    )
    holds(made)
    # registered, counted twice, before, moved out, gained, adjusted out, supplements, after
    assert amounts(made, "category", "nature_reserve") == pytest.approx([6, 0, 6, 0, 0, 0, 0, 6])
    assert amounts(made, "category", "forest_park") == pytest.approx([6, 2, 4, 4, 0, 0, 0, 0])
    assert amounts(made, "category", "geopark") == pytest.approx([4, 0, 4, 0, 4, 1, 0, 7])
    assert amounts(made, "category", "scenic_area") == pytest.approx([2, 2, 0, 0, 0, 0, 0, 0])
    assert amounts(made, "category", "supplement") == pytest.approx([0, 0, 0, 0, 0, 0, 1, 1])
    assert amounts(made, "level", "national") == pytest.approx([6, 0, 6, 0, 0, 0, 0, 6])
    assert amounts(made, "level", "provincial") == pytest.approx([4, 0, 4, 0, 4, 1, 0, 7])
    assert amounts(made, "level", "county") == pytest.approx([8, 4, 4, 4, 0, 0, 0, 0])
    assert amounts(made, "prefecture", "west") == pytest.approx([4 + 2, 2, 4, 0, 0, 0, 0, 4])
    assert amounts(made, "prefecture", "east") == pytest.approx([2 + 6 + 4, 2, 10, 0, 0, 1, 1, 10])
    assert amounts(made, "total", "total") == pytest.approx([18, 4, 14, 0, 0, 1, 1, 14])
    total = rows_of(made, "total").loc["total"]
    before, after = rows_of(made, "category")["areas_before"], rows_of(made, "category")["areas_after"]
    assert before.to_dict() == {"nature_reserve": 1, "forest_park": 1, "geopark": 1, "scenic_area": 1, "supplement": 0}
    assert after.to_dict() == {"nature_reserve": 1, "forest_park": 0, "geopark": 1, "scenic_area": 0, "supplement": 0}
    assert rows_of(made, "level").loc["county", "areas_before"] == 2
    assert total[["areas_before", "areas_after"]].tolist() == [4, 2]
    names = rows_of(made, "category")[["name", "name_zh"]]
    assert names.loc["geopark"].tolist() == ["geopark", "地质公园"]
    assert names.loc["supplement"].tolist() == ["supplements", "补划"]
    assert rows_of(made, "level").loc["county", ["name", "name_zh"]].tolist() == ["county", "县级"]
    assert rows_of(made, "prefecture").loc["west", ["name", "name_zh"]].tolist() == ["west name", "west name"]
    assert total[["name", "name_zh"]].tolist() == ["all", "合计"]
    plan = made.plan.set_index("area")
    assert plan["area_ha"].to_dict() == pytest.approx({"A": 6, "C": 7})
    assert plan["change_ha"].to_dict() == pytest.approx({"A": 0, "C": 3})


def test_ground_that_becomes_a_national_park_moves_to_its_category_and_level():
    made = integrate(row("A", "forest_park", "county", box(1000, 1000, 300, 200), qualified=1))
    holds(made)
    assert amounts(made, "category", "forest_park") == pytest.approx([6, 0, 6, 6, 0, 0, 0, 0])
    assert amounts(made, "category", "national_park") == pytest.approx([0, 0, 0, 0, 6, 0, 0, 6])
    assert amounts(made, "level", "national") == pytest.approx([0, 0, 0, 0, 6, 0, 0, 6])
    # Within the prefecture, and on the whole, it goes nowhere.
    assert amounts(made, "total", "total")[3:5] == [0, 0]
    # What leaves does so from the category and level that it had.
    field = {"permanent_basic_farmland_polygons": shapes(box(1000, 1000, 100, 100))}
    leaving = row("A", "forest_park", "county", box(1000, 1000, 300, 200), qualified=1)
    made = integrate(leaving, layers=field, least_adjusted_out_ha=0.5)
    holds(made)
    assert amounts(made, "category", "forest_park") == pytest.approx([6, 0, 6, 5, 0, 1, 0, 0])
    assert amounts(made, "category", "national_park") == pytest.approx([0, 0, 0, 0, 5, 0, 0, 5])


def test_what_leaves_an_area_that_is_merged_keeps_the_category_of_that_area():
    made = integrate(
        row("A", "forest_park", "county", box(1000, 1000, 100, 100)),
        row("B", "geopark", "national", box(1100, 1000, 100, 100)),
        layers={"permanent_basic_farmland_polygons": shapes(box(1000, 1000, 50, 100))},
        protected_area_border_m=1.0,
        least_adjusted_out_ha=0.1,
    )
    holds(made)
    out = made.faces[made.faces["action"] == "adjust_out"].iloc[0]
    assert out[["winner", "into", "category", "level"]].tolist() == ["A", "", "forest_park", "county"]
    assert amounts(made, "category", "forest_park") == pytest.approx([1, 0, 1, 0.5, 0, 0.5, 0, 0])
    assert amounts(made, "category", "geopark") == pytest.approx([1, 0, 1, 0, 0.5, 0, 0, 1.5])


def test_the_identities_are_told_as_rows():
    made = integrate(
        row("A", "forest_park", "county", box(1000, 1000, 300, 200)),
        row("B", "forest_park", "county", box(1200, 1000, 300, 200)),
    )
    told = rows_of(made, "identity")
    assert told.index.tolist() == [
        "register",
        "plan",
        "category before",
        "category after",
        "level before",
        "level after",
        "prefecture before",
        "prefecture after",
    ]
    assert told["expected_ha"].tolist() == pytest.approx([12] + [10] * 7)
    assert told["after_ha"].tolist() == pytest.approx([12] + [10] * 7)
    assert told.loc["plan", ["name", "name_zh"]].tolist() == ["areas after integration and faces", "整合后保护地与面块"]
    assert told.loc["level after", "name"] == "total and rows by level: after"
    assert told.loc["level before", "name_zh"] == "合计与分项之和：整合前"


def made_again(made, identity=None, planned=None):
    account = made.identity if identity is None else identity
    whole = made.plan if planned is None else planned
    return ledger.protected_area_ledger(made.faces, account, made.read, whole, made.added, KINDS, LEVELS)


def test_an_identity_that_does_not_hold_is_told():
    made = integrate(
        row("A", "forest_park", "county", box(1000, 1000, 300, 200)),
        row("B", "forest_park", "county", box(1200, 1000, 300, 200)),
    )
    for change, held in ((1e-9, 1), (1e-7, 0)):
        planned = made.plan.assign(area_ha=made.plan["area_ha"] * (1 + change))
        told = made_again(made, planned=planned).set_index("group")
        assert (told.loc["plan", "holds"], told.loc["register", "holds"]) == (held, 1)
        registered = made.identity["item"] == faces.REGISTERED
        identity = made.identity.assign(number=made.identity["number"] * (1 + change * registered))
        told = made_again(made, identity=identity).set_index("group")
        assert (told.loc["plan", "holds"], told.loc["register", "holds"]) == (1, held)


def test_what_narrow_faces_move_is_told_and_the_ledger_holds():
    # B overlaps A on a strip 2 units wide and 200 long, 0.04 ha, which is narrower than 3 m.
    rows = [
        row("A", "forest_park", "national", box(1000, 1000, 302, 200)),
        row("B", "forest_park", "county", box(1300, 1000, 300, 200)),
    ]
    assert len(integrate(*rows, protected_area_sliver_m=1.0).faces) == 3
    made = integrate(*rows, protected_area_sliver_m=3.0)
    holds(made)
    assert len(made.faces) == 2
    told = made.identity.set_index("item")["number"]
    assert told["narrow faces merged"] == 1
    assert told["their area"] == pytest.approx(0.04)
    # It goes into one of the two, and is lost to the other.
    assert (told[faces.GAINED], told[faces.LOST]) == pytest.approx((0, 0.04))
    assert told[faces.REGISTERED] == pytest.approx(12.04)
    assert rows_of(made, "identity").loc["register", ["expected_ha", "after_ha"]].tolist() == pytest.approx([12, 12])
    # A strip that nothing else touches stays, and is told too.
    lone = integrate(row("A", "geopark", "county", box(1000, 1000, 302, 1)), protected_area_sliver_m=3.0)
    told = lone.identity.set_index("item")["number"]
    assert (told["narrow faces merged"], told["narrow faces kept"]) == (0, 1)
    assert told["area of those kept"] == pytest.approx(0.0302)


# An independent route: every metre of a small map by itself.

SIZE = 40
CATEGORIES = KINDS["code"].tolist()


@st.composite
def registers(draw):
    """Boxes, triangles and rings on whole metres, of any category, level and part."""
    number = st.integers(0, SIZE)
    rows = []
    for place in range(draw(st.integers(1, 7))):
        x, y = sorted((draw(number), draw(number))), sorted((draw(number), draw(number)))
        if x[0] == x[1] or y[0] == y[1]:
            continue
        shape = shapely.box(x[0], y[0], x[1], y[1])
        if draw(st.booleans()) and min(x[1] - x[0], y[1] - y[0]) > 2:
            shape = shape.difference(shapely.box(x[0] + 1, y[0] + 1, x[1] - 1, y[1] - 1))
        more = {
            "part": draw(st.sampled_from(["", "core", "buffer", "experimental"])),
            "established": draw(st.sampled_from([None, 1990, 2006, 2007])),
            "value": draw(st.sampled_from([None, 1.0, 2.0])),
            "new": draw(st.sampled_from([0, 0, 1])),
            "qualified": draw(st.sampled_from([0, 0, 0, 1])),
        }
        level = draw(st.sampled_from(LEVELS["code"].tolist()))
        rows.append(row(f"K{place}", draw(st.sampled_from(CATEGORIES)), level, shape, **more))
    return rows


def squares(shape):
    """The square metres that a shape on whole metres covers."""
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    return shapely.contains_xy(shape, x, y)


def wins(one, other, areas):
    """Tell whether an area stands against another one, said once more in plain words."""
    kind = {
        code: (of_class, rank)
        for code, of_class, rank in zip(KINDS["code"], KINDS["class"], KINDS["rank"], strict=True)
    }
    rank = dict(zip(LEVELS["code"], LEVELS["rank"], strict=True))

    def strength(each):
        park = each["qualified"] == 1 or each["category"] == "national_park"
        return (park, rank[each["level"]], kind[each["category"]][1])

    mine, theirs = strength(one), strength(other)
    return mine > theirs


@settings(max_examples=25, deadline=None)
@given(registers())
def test_every_metre_of_small_registers(rows):
    if not rows:
        return
    made = integrate(*rows)
    holds(made)
    masks = {each["area"]: squares(each["geometry"]) for each in rows}
    by_key = {each["area"]: each for each in rows}
    multiplicity = sum(mask.astype(int) for mask in masks.values())
    hectare = 1e-4
    total = rows_of(made, "total").iloc[0]
    # One square metre of this projection is one on the ellipsoid.
    assert total["registered_ha"] == pytest.approx(multiplicity.sum() * hectare, rel=1e-6)
    assert total["before_ha"] == pytest.approx((multiplicity > 0).sum() * hectare, rel=1e-6)
    assert total["after_ha"] == pytest.approx((multiplicity > 0).sum() * hectare, rel=1e-6)
    ground = dict.fromkeys(by_key, 0.0)
    reserve = KINDS.set_index("code")["class"].eq("nature_reserve")
    for face in made.faces.itertuples():
        keys = face.areas.split("; ")
        ground[face.winner] += face.area_ha
        there = squares(face.geometry)
        covering = [key for key in by_key if (masks[key] & there).any()]
        assert covering == keys
        left = keys
        if any(reserve[by_key[key]["category"]] for key in keys):
            fresh = {key for key in keys if (by_key[key]["established"] or 0) > 2006 or by_key[key]["new"]}
            left = [key for key in keys if not (key in fresh and by_key[key]["category"] == "scenic_area")]
        assert face.winner in left
        assert not any(wins(by_key[key], by_key[face.winner], by_key) for key in left)
    assert sum(ground.values()) == pytest.approx(total["before_ha"], rel=1e-9)
    # The plan's polygons do not overlap, and are what the register covers.
    shapes_after = made.plan.geometry.to_numpy()
    union = shapely.union_all([each["geometry"] for each in rows])
    assert shapely.area(shapes_after).sum() == pytest.approx(union.area, rel=1e-9)
    assert shapely.union_all(shapes_after).area == pytest.approx(union.area, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(registers(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9)), max_size=4))
def test_the_ledger_holds_whatever_merges_and_leaves(rows, fields):
    drawn = [shapely.box(x, y, x + side, y + side) for x, y, side in fields]
    places = zones(
        ("prefecture", "west", shapely.box(0, 0, 17, SIZE)), ("prefecture", "east", shapely.box(17, 0, 33, SIZE))
    )
    if not rows:
        return
    made = integrate(
        *rows,
        layers={
            "zone_polygons": places,
            "permanent_basic_farmland_polygons": shapes(*drawn[:2]),
            "settlement_polygons": shapes(*drawn[2:]),
        },
        protected_area_border_m=2.0,
        protected_area_gap_m=1.0,
        least_adjusted_out_ha=0.002,
        cultural_scenic_areas_leave=1.0,
        offered=gaps((1, 1, "west", 0.001), (2, 2, "east", 0.003)),
    )
    holds(made)
    out = made.faces[made.faces["action"] == "adjust_out"]
    union = shapely.union_all([each["geometry"] for each in rows])
    staying = made.plan["area_ha"].sum()
    assert staying + out["area_ha"].sum() == pytest.approx(union.area * 1e-4, rel=1e-6)
    short = made.balance["supplement_ha"] < made.balance["adjusted_out_ha"] * (1 - 1e-9)
    assert (made.balance["lack_ha"] > 0).equals(short)


def test_a_study_without_protected_areas_has_an_empty_ledger():
    empty = geopandas.GeoDataFrame({"area": [], "category": [], "level": []}, geometry=[], crs=EQUAL)
    made = integrate_frame(empty)
    assert len(made[0]) == 0
    assert (made[1]["holds"] == 1).all()


def integrate_frame(register_frame):
    read = register.protected_areas(register_frame, KINDS, LEVELS, geobox=grid())
    cut, identity = faces.protected_area_faces(read, KINDS, LEVELS, RULES, **SCALARS, geobox=grid())
    whole = plan.protected_area_plan(cut, read)
    added = balance.protected_area_supplements(cut, RULES)
    assert isinstance(balance.protected_area_balance(cut, RULES, added), pd.DataFrame)
    return cut, ledger.protected_area_ledger(cut, identity, read, whole, added, KINDS, LEVELS)
