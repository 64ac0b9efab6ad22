import tomllib
from pathlib import Path

import geopandas
import numpy as np
import pyproj
import pytest
import shapely
from tests.chapters.pattern.protected_areas.integrated import (
    EQUAL,
    KINDS,
    LEVELS,
    RULES,
    SCALARS,
    areas,
    box,
    grid,
    hectares,
    integrate,
    on,
    row,
    shapes,
    zones,
)

from shanshui.base.step import Series
from shanshui.chapters import pattern
from shanshui.chapters.pattern.protected_areas import faces
from shanshui.policy.parameters import read_pack

PLACE = box(1000, 1000, 300, 200)


def test_a_face_tells_all_that_lies_on_it():
    made = integrate(
        row("A", "forest_park", "county", PLACE),
        row("B", "nature_reserve", "county", PLACE, part="experimental"),
        layers={
            "settlement_polygons": shapes(box(1000, 1000, 100, 200)),
            "permanent_basic_farmland_polygons": shapes(box(1000, 1000, 100, 100)),
            "mining_right": shapes(box(1000, 1000, 100, 100)),
            "commercial_forest": shapes(box(1000, 1000, 100, 200), box(0, 0, 100, 100)),
            "zone_polygons": zones(
                ("prefecture", 7, box(0, 0, 1150, 9000)),
                ("prefecture", 8, box(1100, 0, 9000, 1100)),
                ("prefecture", "(outside)", box(0, 1100, 9000, 9000)),
                ("county", "c", box(0, 0, 9000, 9000)),
                ("natural_unit", "U", box(0, 0, 1200, 9000)),
            ),
        },
    )
    middle = made.faces.geometry.representative_point()
    told = made.faces.set_index([middle.x.astype(int) // 100, middle.y.astype(int) // 100])
    assert told["holds"].to_dict()[10, 10] == "settlement; farmland; mining; plantation"
    assert told["holds"].to_dict()[10, 11] == "settlement; plantation"
    # Where prefectures overlap the first one counts; where there is none it is outside of all.
    assert told["prefecture"].to_dict()[10, 10] == "7"
    assert set(told.loc[[(12, 10)], "prefecture"]) == {"8"}
    assert set(told.loc[[(12, 11)], "prefecture"]) == {"(outside)"}
    assert set(told.loc[[(12, 11)], "prefecture_name"]) == {"(outside)"}
    assert set(told.loc[[(12, 10)], "prefecture_name"]) == {"8 name"}
    assert set(told.loc[[(10, 10)], "natural_unit"]) == {"U"}
    assert set(told.loc[[(12, 10)], "natural_unit"]) == {""}
    overlap = box(1100, 1000, 50, 100)
    both = made.faces[made.faces.geometry.within(overlap.buffer(1e-6))]
    assert both["prefecture"].tolist() == ["7"]
    assert made.faces["area_ha"].sum() == pytest.approx(6.0)
    assert made.faces["face"].tolist() == list(range(1, len(made.faces) + 1))
    assert made.faces.columns.tolist() == faces.COLUMNS
    assert (made.faces["areas"] == "A; B").all()
    assert (made.faces["part"] == "experimental").all()


def test_zones_without_a_name_are_called_by_their_key():
    places = zones(("county", "c", box(0, 0, 9000, 9000)))
    for changed in (places.drop(columns="name"), places.assign(name=None), places.assign(name="")):
        made = integrate(row("A", "geopark", "county", PLACE), layers={"zone_polygons": changed})
        assert made.faces[["prefecture", "prefecture_name"]].to_numpy().tolist() == [["c", "c"]]


def test_a_triple_overlap_is_counted_once_on_the_ground():
    made = integrate(
        row("A", "forest_park", "county", box(1000, 1000, 300, 100)),
        row("B", "wetland_park", "prefecture", box(1100, 1000, 300, 100)),
        row("C", "geopark", "provincial", box(1200, 1000, 300, 100)),
    )
    assert made.faces.groupby("count")["area_ha"].sum().to_dict() == pytest.approx({1: 2, 2: 2, 3: 1})
    assert hectares(made) == pytest.approx({"A": 1, "B": 1, "C": 3})
    assert on(made, "A", "B", "C")["rules"] == "P2"
    total = made.ledger[made.ledger["by"] == "total"].iloc[0]
    # Three times three hectares on five.
    assert total[["registered_ha", "counted_twice_ha", "before_ha"]].tolist() == pytest.approx([9, 4, 5])


def test_an_area_in_a_hole_of_another_does_not_overlap_it():
    ring = box(1000, 1000, 300, 300).difference(box(1100, 1100, 100, 100))
    rows = [row("A", "forest_park", "county", ring), row("B", "geopark", "national", box(1100, 1100, 100, 100))]
    made = integrate(*rows)
    assert made.faces["count"].tolist() == [1, 1]
    assert hectares(made) == pytest.approx({"A": 8, "B": 1})
    # Its whole rim is the other's: 4 x 100 units.
    assert set(integrate(*rows, protected_area_border_m=1.0).faces["into"]) == {"B"}
    # Smaller than the hole: no common border, but within a gap of 40 m.
    rows[1]["geometry"] = box(1130, 1130, 40, 40)
    assert set(integrate(*rows, protected_area_border_m=1.0).faces["into"]) == {"A", "B"}
    assert set(integrate(*rows, protected_area_border_m=1.0, protected_area_gap_m=40.0).faces["into"]) == {"B"}
    # The plan keeps the ground between them bare.
    made = integrate(*rows, protected_area_border_m=1.0, protected_area_gap_m=40.0)
    assert made.plan["area_ha"].sum() == pytest.approx(8.16)


def test_an_embedded_area_is_merged_into_the_one_around_it():
    made = integrate(
        row("A", "forest_park", "provincial", box(1000, 1000, 300, 300)),
        row("B", "nature_reserve", "county", box(1100, 1100, 100, 100), part="experimental"),
    )
    assert hectares(made) == pytest.approx({"A": 9})
    assert made.plan["from_areas"].tolist() == ["A; B"]
    assert made.plan["whole_before_ha"].tolist() == pytest.approx([9])


def test_duplicates_and_areas_without_ground():
    made = integrate(
        row("A", "geopark", "county", PLACE),
        row("B", "geopark", "county", PLACE),
        row("C", "geopark", "county", shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])),
        row("D", "geopark", "county", shapely.Polygon([(3000, 0), (3100, 100), (3100, 0), (3000, 100), (3000, 0)])),
    )
    assert set(made.plan["area"]) == {"A", "D"}
    told = made.identity.set_index("item")["number"]
    assert told["polygons of the register"] == 4
    assert told["of them without area"] == 1
    # A bow tie is two triangles of a quarter of a hectare each.
    assert told["of them mended"] >= 1
    assert hectares(made)["D"] == pytest.approx(0.5)
    total = made.ledger[made.ledger["by"] == "total"].iloc[0]
    assert total["before_ha"] == pytest.approx(6.5)
    assert (made.ledger["holds"] == 1).all()


def test_an_area_across_the_edge_of_the_grid_is_kept_whole():
    made = integrate(row("A", "geopark", "county", box(-500, -500, 1000, 1000)), importance=np.full((100, 100), 3))
    assert hectares(made) == pytest.approx({"A": 100})
    assert made.faces["importance"].tolist() == [3.0]


def test_lines_and_points_among_the_uses_cut_nothing():
    line, point = shapely.LineString([(900, 1100), (1400, 1100)]), shapely.Point(1100, 1100)
    layer = shapes(line, point, None, box(1200, 1000, 100, 200))
    made = integrate(row("A", "geopark", "county", PLACE), layers={"settlement_polygons": layer})
    assert sorted(made.faces["holds"]) == ["", "settlement"]
    assert made.faces["area_ha"].sum() == pytest.approx(6.0)
    # Nor is a line one of the polygons whose areas must add up.
    assert made.identity["holds"].dropna().eq(1).all()


def test_the_identity_names_what_it_counts():
    made = integrate(
        row("A", "geopark", "county", PLACE),
        row("B", "geopark", "county", box(1100, 1000, 300, 200)),
        layers={"settlement_polygons": shapes(box(1000, 1000, 100, 100), box(5000, 5000, 100, 100))},
    )
    told = made.identity.set_index("item")
    assert told.loc["polygons of the register", "number"] == 2
    # Left of the overlap two, the overlap, the rest of B.
    assert told.loc["faces of all layers", "number"] == 4
    assert told.loc[faces.REGISTERED, "number"] == pytest.approx(12)
    for name in ("faces x multiplicity less polygons", "faces less union", "greatest difference of one polygon"):
        assert 0 <= told.loc[name, "number"] < 1e-8
        assert told.loc[name, "holds"] == 1
    assert told["holds"].notna().sum() == 3
    assert told.loc[[faces.REGISTERED, faces.GAINED, faces.LOST, "their area"], "unit"].tolist() == ["ha"] * 4
    assert told["item_zh"].str.len().min() > 0


def test_faces_are_the_same_in_another_projection():
    rows = [
        row("A", "forest_park", "county", box(1000, 1000, 3000, 2000)),
        row("B", "nature_reserve", "county", box(2500, 1500, 3000, 2000), part="core"),
    ]
    plain = integrate(*rows)
    turned = geopandas.GeoSeries([each["geometry"].segmentize(50) for each in rows], crs=EQUAL).to_crs("EPSG:4326")
    moved = [each | {"geometry": shape} for each, shape in zip(rows, turned, strict=True)]
    here = type(grid())((100, 100), grid("EPSG:4326", 0.001).affine, "EPSG:4326")
    degrees = integrate(*moved, crs="EPSG:4326", geobox=here)
    assert hectares(degrees) == pytest.approx(hectares(plain), rel=1e-6)
    assert degrees.ledger["holds"].eq(1).all()


def test_the_last_year_of_importance_counts():
    series = Series({2000: np.array([[1]]), 2020: np.array([[3]])})
    assert faces.protected_area_importance(series).tolist() == [[3]]


def test_two_runs_give_the_same():
    rows = [row(key, "geopark", "county", box(1000 + 90 * number, 1000, 300, 200)) for number, key in enumerate("CAB")]
    first, second = integrate(*rows, protected_area_gap_m=5.0), integrate(*rows, protected_area_gap_m=5.0)
    assert first.faces.equals(second.faces)
    assert first.ledger.equals(second.ledger)
    # The order of the register changes no decision.
    turned = integrate(*rows[::-1], protected_area_gap_m=5.0)
    assert hectares(turned) == pytest.approx(hectares(first))


def test_what_the_steps_give_is_what_the_vocabulary_says():
    folder = Path(pattern.__file__).parent / "protected_areas"
    made = integrate(row("A", "geopark", "county", PLACE))
    given = {
        "faces": {"protected_area_faces": made.faces, "protected_area_face_identity": made.identity},
        "plan": {"protected_area_plan": made.plan},
        "balance": {"protected_area_balance": made.balance, "protected_area_supplements": made.added},
        "ledger": {"protected_area_ledger": made.ledger},
        "register": {
            "protected_areas": made.read,
            "protected_area_categories": KINDS,
            "protected_area_levels": LEVELS,
        },
        "decisions": {"protected_area_rules": RULES},
    }
    for name, words in given.items():
        entries = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        for word, table in words.items():
            assert list(entries[word]["columns"]) == [each for each in table.columns if each != "geometry"], word
    assert made.faces.crs == made.plan.crs == pyproj.CRS(EQUAL)


def test_scalars_are_those_of_the_pack():
    pack = read_pack("china")
    assert set(SCALARS) <= set(pack)
    assert {name: pack[name].value for name in SCALARS} == {
        "protected_area_sliver_m": 1,
        "protected_area_gap_m": 50,
        "protected_area_border_m": 200,
        "high_value_importance": 2.5,
        "low_value_importance": 1.5,
        "obvious_impact_share": 0.2,
        "least_adjusted_out_ha": 5,
        "cultural_scenic_areas_leave": 0,
    }
    assert {pack[name].status for name in SCALARS} == {"default"}


def test_a_register_of_many_kinds_keeps_its_order():
    read = areas(row("B", "geopark", "county", PLACE), row("A", "geopark", "county", PLACE))
    assert list(faces.areas_of(read, KINDS, LEVELS, {"A": 3.0})) == ["B", "A"]
    assert faces.areas_of(read, KINDS, LEVELS, {"A": 3.0})["B"].area_ha == 0.0
