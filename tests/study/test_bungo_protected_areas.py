"""Protected areas and today's red line of Bungo: against an overlay of the raw polygons, by another route."""

import itertools
import math
import shutil

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import rasterio.features
import shapely
import shapely.geometry
from tests.chapters.status.test_land_bungo import areal_scale
from tests.study.conftest import run_cli

pytestmark = pytest.mark.real
PRODUCTS = (
    "protected_area_faces", "protected_area_conflicts", "protected_area_fragmentation", "protected_area_plan",
    "protected_area_gaps", "protected_area_ledger", "protected_area_balance", "national_park_candidates",
    "red_line_adjustment", "red_line_next", "red_line_adjustment_ledger", "ecological_importance", "soil_retention",
)  # fmt: skip
PARK, FOREST, BANKS, CUSTOM = "Kerinci Seblat National Park", "Protected Forest", "Riparian Zone", "Customary Forest"
AREAS, TODAY = (PARK, FOREST, BANKS, CUSTOM), (PARK, FOREST, BANKS)
MINE, PLANTATION, URBAN = "mining", "plantation", "settlement"
HECTARE = 1e4
# Strips narrower than a metre go to the ground beside them, of which the overlay knows nothing: 11 m2 of the banks.
OVERLAY = 1e-6
# In places the units of the plan meet with less than this between them: one border, drawn twice [m].
DRAWN = 1e-3


class Results:
    """What the run wrote."""

    def __init__(self, folder):
        self.folder = folder

    def table(self, name):
        return pd.read_csv(self.folder / "tables" / f"{name}.csv")

    def vector(self, name):
        return geopandas.read_file(self.folder / "vectors" / f"{name}.gpkg")

    def raster(self, name):
        with rasterio.open(self.folder / "rasters" / f"{name}.tif") as source:
            return source.read(1, masked=True).astype(np.float64).filled(np.nan), source.transform


@pytest.fixture(scope="module")
def raw(shared_data):
    """The polygons as published, mended, in the CRS of the files: UTM 48 S."""

    def read(name, column, value):
        frame = geopandas.read_file(shared_data / "bungo" / "vector" / f"{name}_bungo.shp")
        assert frame.crs.to_epsg() == 32748
        return frame.set_index(column).geometry.make_valid()[value]

    units = {name: read("planning_unit", "id", name) for name in (*TODAY, "Settlement")}
    return {
        **{name: units[name] for name in TODAY},
        CUSTOM: read("customary_forest", "HA", CUSTOM),
        MINE: read("mining_area", "pertambang", "Mining Area"),
        PLANTATION: read("plantation", "Kebun", "Plantation"),
        URBAN: units["Settlement"],
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory, shared_data, project):
    """Run the example in a folder of our own."""
    folder = tmp_path_factory.mktemp("bungo")
    for path in (project / "examples" / "bungo").iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANSHUI_DATA", str(shared_data))
        told = run_cli("run", str(folder), *PRODUCTS)
    assert told.code == 0, told.err
    return Results(folder / "out")


# The other route: geodesics along the raw polygons, whose sides are divided so that they stay straight in the plane.

TO_DEGREES = pyproj.Transformer.from_crs("EPSG:32748", "EPSG:4326", always_xy=True)
GEOD = pyproj.Geod(ellps="WGS84")
LONGEST = 100.0
# So many rows of cells are cut at once.
BAND = 8


def in_degrees(shape):
    divided = shapely.segmentize(shape, LONGEST)
    return shapely.transform(divided, lambda points: np.column_stack(TO_DEGREES.transform(*points.T)))


def hectares(shape):
    """Area on the ellipsoid, ring by ring [ha]."""
    total = []
    for part in shapely.get_parts(shapely.get_parts(shape)):
        if isinstance(part, shapely.Polygon):
            # Ring by ring: of a whole polygon segmentize would mend what the divided sides touch.
            placed = [in_degrees(ring) for ring in (part.exterior, *part.interiors)]
            rings = [abs(GEOD.polygon_area_perimeter(*ring.xy)[0]) for ring in placed]
            total += [rings[0], *(-hole for hole in rings[1:])]
    return math.fsum(total) / HECTARE


def metres(lines):
    """Length on the ellipsoid [m]."""
    lines = [line for line in shapely.get_parts(shapely.get_parts(lines)) if line.length > 0]
    return math.fsum(GEOD.geometry_length(in_degrees(line)) for line in lines)


def near(expected):
    """An area of the overlay: within a millionth, or those strips [ha]."""
    return pytest.approx(expected, rel=OVERLAY, abs=0.002)


@pytest.fixture(scope="module")
def faces(results):
    frame = results.vector("protected_area_faces")
    frame["keys"] = [frozenset(areas.split("; ")) for areas in frame["areas"]]
    frame["uses"] = [frozenset(filter(None, (holds or "").split("; "))) for holds in frame["holds"]]
    return frame


def part_of(raw, inside, outside=()):
    """The ground that all of some polygons cover and none of some others."""
    ground = shapely.intersection_all([raw[name] for name in inside])
    return shapely.difference(ground, shapely.union_all([raw[name] for name in outside])) if outside else ground


# What the study brings


@pytest.mark.parametrize("table", ["protected_area_categories", "protected_area_levels"])
def test_the_words_of_the_example_are_the_usual_ones_but_for_their_spellings(project, table):
    ours = pd.read_csv(project / "examples" / "bungo" / f"{table}.csv").set_index("code")
    usual = pd.read_csv(project / "src/shanshui/chapters/pattern/protected_areas" / f"{table}.csv").set_index("code")
    columns = [column for column in ("class", "rank", "english", "chinese") if column in usual]
    pd.testing.assert_frame_equal(ours[columns], usual.loc[ours.index, columns])
    assert sorted(itertools.chain(*(aliases.split("; ") for aliases in ours["aliases"]))) == sorted(AREAS)
    assert (ours["status"] == "default").all()


# Faces


def test_faces_make_up_each_area_and_their_union(faces, raw):
    for name in AREAS:
        mine = faces[[name in keys for keys in faces["keys"]]]
        assert mine["area_ha"].sum() == pytest.approx(hectares(raw[name]), rel=OVERLAY)
    union = shapely.union_all([raw[name] for name in AREAS])
    assert faces["area_ha"].sum() == pytest.approx(hectares(union), rel=OVERLAY)
    # The column is the area of the polygon that stands beside it.
    drawn = [hectares(polygon) for polygon in faces.geometry]
    np.testing.assert_allclose(faces["area_ha"], drawn, rtol=1e-6, atol=1e-6)


def test_every_pair_of_area_and_use_overlaps_as_in_the_overlay(faces, raw):
    found = {}
    for name, use in itertools.product(AREAS, (MINE, PLANTATION, URBAN)):
        on = [name in keys and use in uses for keys, uses in zip(faces["keys"], faces["uses"], strict=True)]
        found[name, use] = faces.loc[on, "area_ha"].sum()
        assert found[name, use] == near(hectares(raw[name].intersection(raw[use]))), (name, use)
    # The units of the plan do not overlap each other, and the customary forest has no town.
    assert [found[name, URBAN] for name in AREAS] == [0, 0, 0, 0]
    assert found[CUSTOM, MINE] == found[PARK, PLANTATION] == 0
    assert min(found[BANKS, MINE], found[BANKS, PLANTATION], found[FOREST, PLANTATION]) > 1000


@pytest.mark.parametrize("keys", [{PARK}, {FOREST}, {BANKS}, {CUSTOM}, {FOREST, CUSTOM}, {BANKS, CUSTOM}])
@pytest.mark.parametrize("uses", [set(), {MINE}, {PLANTATION}, {MINE, PLANTATION}])
def test_every_set_of_areas_and_uses_has_the_ground_of_the_overlay(faces, raw, keys, uses):
    covered, bare = keys | uses, {*AREAS, MINE, PLANTATION, URBAN} - keys - uses
    same = [(each == keys) and (use == uses) for each, use in zip(faces["keys"], faces["uses"], strict=True)]
    assert faces.loc[same, "area_ha"].sum() == near(hectares(part_of(raw, covered, sorted(bare))))


def test_no_other_set_of_areas_has_a_face(faces):
    assert {*faces["keys"]} == {
        frozenset(keys) for keys in ([PARK], [FOREST], [BANKS], [CUSTOM], [FOREST, CUSTOM], [BANKS, CUSTOM])
    }


def test_the_seven_square_kilometres_of_mine_in_the_park_are_a_face_from_which_mining_withdraws(faces, raw):
    found = faces[[keys == {PARK} and MINE in uses for keys, uses in zip(faces["keys"], faces["uses"], strict=True)]]
    assert len(found) == 1
    face = found.iloc[0]
    ground = raw[PARK].intersection(raw[MINE])
    # 7.06 km2 in the CRS of the files; there an area is 1.0024 times that on the ellipsoid.
    assert face.geometry.area / 1e6 == pytest.approx(7.060, abs=5e-4)
    assert face["area_ha"] == pytest.approx(704.3, abs=0.05)
    assert face["area_ha"] == near(hectares(ground))
    assert face.geometry.symmetric_difference(ground).area < 1.0
    # The park's own zones are not known, so it is core throughout (P8); there mining withdraws by law (P10, shall).
    assert (face["winner"], face["into"], face["zone"]) == (PARK, PARK, "core")
    assert (face["action"], face["rule"], face["rules"], face["confirm"]) == ("withdraw", "P10", "P8; P10", 0)
    assert "mining right" in face["reason"]
    assert "矿业权" in face["reason_zh"]
    # All of it was primary forest: extremely important throughout.
    assert face["importance"] == pytest.approx(3.0, abs=0.01)


def expected(keys, uses):
    """What the rules say of each set, by hand.

    Overlaps: the provincial forest before the customary one of the regency (P2); of two small reserves of the regency
    the larger, 109 km2 of banks before 62 of customary forest (P4, a planner confirms it). Banks and customary forest
    touch the protected forest by more than 200 m, so they become one with it (P5, to be confirmed); the park touches
    none. None has zones, so all is core (P8), and mines withdraw (P10). A permit for a plantation is no such use.
    """
    winner = PARK if PARK in keys else FOREST if FOREST in keys else BANKS if BANKS in keys else CUSTOM
    rules = ["P2"] if keys == {FOREST, CUSTOM} else ["P4"] if keys == {BANKS, CUSTOM} else []
    rules += ["P5"] if winner in (BANKS, CUSTOM) else []
    rules = rules or ["P8"]
    action = "keep" if rules == ["P8"] else "merge"
    confirm = int("P4" in rules or "P5" in rules)
    if MINE in uses:
        action, rules = "withdraw", [*rules, "P10"]
    return winner, PARK if winner == PARK else FOREST, "core", action, "; ".join(rules), confirm


def test_what_becomes_of_each_face_is_what_the_rules_say(faces):
    columns = ["winner", "into", "zone", "action", "rules", "confirm"]
    for face in faces.itertuples():
        found = tuple(getattr(face, column) for column in columns)
        assert found == expected(face.keys, face.uses), face.face


# Pairs, fragments


def test_the_conflicts_are_those_of_the_overlay(results, raw):
    table = results.table("protected_area_conflicts")
    found = {frozenset([row.area, row.other]): row for row in table.itertuples()}
    assert len(found) == len(table)
    overlapping = set()
    for pair in itertools.combinations(AREAS, 2):
        overlap = raw[pair[0]].intersection(raw[pair[1]])
        if hectares(overlap) < 1e-6:
            assert frozenset(pair) not in found or found[frozenset(pair)].kind == "adjacent"
            continue
        overlapping.add(frozenset(pair))
        row = found[frozenset(pair)]
        assert row.kind == "overlap"
        assert row.area_ha == pytest.approx(hectares(overlap), rel=OVERLAY)
        assert row.percent == pytest.approx(100 * hectares(overlap) / hectares(raw[row.area]), rel=OVERLAY)
        assert row.other_percent == pytest.approx(100 * hectares(overlap) / hectares(raw[row.other]), rel=OVERLAY)
        assert row.triple == 0
        # The greatest circle: ground within half the depth of the rim is all of it, and a little less is not. At the
        # edge of the UTM zone a metre on the ground is 1.0012 on the map.
        half = row.depth_m / 2 * 1.0012
        assert overlap.buffer(-half * 1.003).is_empty
        assert not overlap.buffer(-half * 0.997).is_empty
    assert overlapping == {frozenset([FOREST, CUSTOM]), frozenset([BANKS, CUSTOM])}


def test_the_banks_touch_the_protected_forest(results, raw):
    table = results.table("protected_area_conflicts")
    row = table[table["kind"] == "adjacent"].iloc[0]
    assert {row["area"], row["other"]} == {FOREST, BANKS}
    forest, banks = (shapely.boundary(shapely.set_precision(raw[name], DRAWN)) for name in (FOREST, BANKS))
    assert row["border_m"] == pytest.approx(metres(forest.intersection(banks)), rel=1e-5)
    assert row["gap_m"] == 0
    assert (table["kind"] == "adjacent").sum() == 1


def test_fragmentation_is_that_of_the_parts(results, raw):
    table = results.table("protected_area_fragmentation").set_index("area")
    union = shapely.union_all([raw[name] for name in AREAS], grid_size=DRAWN)
    wholes = {name: raw[name] for name in AREAS} | {"(all)": union}
    assert set(table.index) == set(wholes)
    for name, whole in wholes.items():
        sizes = np.array([hectares(part) for part in shapely.get_parts(whole)])
        row = table.loc[name]
        assert row["patches"] == len(sizes)
        assert row["area_ha"] == pytest.approx(sizes.sum(), rel=OVERLAY)
        assert row["largest_percent"] == pytest.approx(100 * sizes.max() / sizes.sum(), rel=OVERLAY)
        assert row["effective_mesh_km2"] == pytest.approx((sizes**2).sum() / sizes.sum() / 100, rel=OVERLAY)
        division = 100 * (1 - (sizes**2).sum() / sizes.sum() ** 2)
        assert row["division_percent"] == pytest.approx(division, abs=1e-4)
        assert row["edge_km"] == pytest.approx(metres(shapely.boundary(whole)) / 1000, rel=1e-5)
        assert row["edge_density_m_ha"] == pytest.approx(1000 * row["edge_km"] / row["area_ha"], rel=1e-9)


# The ledger and the plan


def test_the_ledger_is_that_of_the_raw_polygons(results, raw):
    ledger = results.table("protected_area_ledger")
    total = ledger[ledger["by"] == "total"].iloc[0]
    area = {name: hectares(raw[name]) for name in AREAS}
    union = shapely.union_all([raw[name] for name in AREAS])
    twice = hectares(raw[FOREST].intersection(raw[CUSTOM])) + hectares(raw[BANKS].intersection(raw[CUSTOM]))
    assert total["registered_ha"] == pytest.approx(sum(area.values()), rel=OVERLAY)
    assert total["before_ha"] == pytest.approx(hectares(union), rel=OVERLAY)
    assert total["counted_twice_ha"] == pytest.approx(twice, rel=OVERLAY)
    # Nothing leaves: all is core.
    assert total["after_ha"] == total["before_ha"]
    assert (total["adjusted_out_ha"], total["supplement_ha"], total["manage_ha"]) == (0, 0, 0)
    assert total["withdraw_ha"] == pytest.approx(hectares(union.intersection(raw[MINE])), rel=OVERLAY)
    assert (total["areas_before"], total["areas_after"]) == (4, 2)
    rows = ledger.set_index(["by", "group"])
    # Banks and customary forest become part of the protected forest; what it had of the latter was its own before.
    moved = area[BANKS] + area[CUSTOM] - twice
    for by, (top, middle, low) in (
        ("category", ("national_park", "nature_reserve", "small_reserve")),
        ("level", ("national", "provincial", "county")),
    ):
        assert (rows.loc[by].index == [top, middle, low]).all()
        assert rows.loc[(by, top), "before_ha"] == pytest.approx(area[PARK], rel=OVERLAY)
        assert rows.loc[(by, top), "after_ha"] == pytest.approx(area[PARK], rel=OVERLAY)
        assert rows.loc[(by, middle), "before_ha"] == pytest.approx(area[FOREST], rel=OVERLAY)
        assert rows.loc[(by, middle), "gained_ha"] == pytest.approx(moved, rel=OVERLAY)
        assert rows.loc[(by, middle), "after_ha"] == pytest.approx(area[FOREST] + moved, rel=OVERLAY)
        assert rows.loc[(by, low), "registered_ha"] == pytest.approx(area[BANKS] + area[CUSTOM], rel=OVERLAY)
        assert rows.loc[(by, low), "moved_out_ha"] == pytest.approx(moved, rel=OVERLAY)
        assert rows.loc[(by, low), "after_ha"] == 0
        in_park = hectares(raw[PARK].intersection(raw[MINE]))
        assert rows.loc[(by, top), "withdraw_ha"] == near(in_park)
        assert rows.loc[(by, middle), "withdraw_ha"] == near(total["withdraw_ha"] - in_park)


def test_the_identities_of_the_ledger_hold(results):
    ledger = results.table("protected_area_ledger")
    assert (ledger["holds"] == 1).all()
    assert (ledger["by"] == "identity").sum() == 8
    np.testing.assert_allclose(ledger["after_ha"], ledger["expected_ha"], rtol=1e-9, atol=1e-6)
    groups = ledger[ledger["by"] != "identity"]
    np.testing.assert_allclose(groups["registered_ha"] - groups["counted_twice_ha"], groups["before_ha"], rtol=1e-9)
    flow = groups["before_ha"] - groups["moved_out_ha"] + groups["gained_ha"] - groups["adjusted_out_ha"]
    np.testing.assert_allclose(flow + groups["supplement_ha"], groups["after_ha"], rtol=1e-9, atol=1e-6)
    amounts = ["registered_ha", "counted_twice_ha", "before_ha", "after_ha", "withdraw_ha"]
    sums = groups.groupby("by")[amounts].sum()
    for by in ("category", "level", "prefecture"):
        np.testing.assert_allclose(sums.loc[by], sums.loc["total"], rtol=1e-9)
    balance = results.table("protected_area_balance")
    assert balance["adjusted_out_ha"].tolist() == [0]
    assert balance["holds"].tolist() == [1]


def test_the_plan_is_the_same_ground_without_overlaps(results, raw):
    plan = results.vector("protected_area_plan").set_index("area")
    assert plan.index.tolist() == [PARK, FOREST]
    rest = shapely.union_all([raw[FOREST], raw[BANKS], raw[CUSTOM]])
    for name, whole in ((PARK, raw[PARK]), (FOREST, rest)):
        assert plan.loc[name, "area_ha"] == pytest.approx(hectares(whole), rel=OVERLAY)
        # Strips of less than a metre, of 267 km2.
        assert plan.loc[name, "geometry"].symmetric_difference(whole).area < 50.0
        before = hectares(raw[name])
        assert plan.loc[name, "whole_before_ha"] == pytest.approx(before, rel=OVERLAY)
        assert plan.loc[name, "change_ha"] == near(hectares(whole) - before)
    assert plan.loc[FOREST, "from_count"] == 3
    assert plan.geometry.iloc[0].intersection(plan.geometry.iloc[1]).area < 1e-3


# Gaps and parks


def test_gaps_are_extremely_important_and_unprotected(results, raw):
    gaps = results.vector("protected_area_gaps")
    importance, transform = results.raster("ecological_importance_2010")
    extreme = importance == 3
    outlines = rasterio.features.shapes(extreme.astype(np.uint8), extreme, connectivity=4, transform=transform)
    valuable = shapely.union_all([shapely.geometry.shape(outline) for outline, _ in outlines])
    free = shapely.difference(valuable, shapely.union_all([raw[name] for name in AREAS]))
    found = shapely.union_all(gaps.geometry.to_numpy())
    np.testing.assert_allclose(gaps["area_ha"], [hectares(gap) for gap in gaps.geometry], rtol=OVERLAY)
    assert hectares(found) == pytest.approx(gaps["area_ha"].sum(), rel=OVERLAY)
    assert shapely.difference(found, free).area < 1.0
    # No patch of 100 ha and more is left out, and none below is told.
    assert gaps["area_ha"].min() >= 100
    left = [hectares(part) for part in shapely.get_parts(shapely.difference(free, found))]
    assert max(left) < 100
    assert hectares(found) + sum(left) == pytest.approx(hectares(free), rel=OVERLAY)


def test_the_nearest_area_of_each_gap(results, raw):
    gaps = results.vector("protected_area_gaps")
    for gap in gaps.itertuples():
        distances = {name: gap.geometry.distance(raw[name]) for name in AREAS}
        assert gap.distance_m == pytest.approx(min(distances.values()) / 1.0012, rel=2e-3, abs=0.01)
        assert distances[gap.nearest] == pytest.approx(min(distances.values()), abs=0.01)


def test_the_park_is_the_first_candidate_for_a_national_park(results, raw):
    parks = results.table("national_park_candidates").set_index("rank")
    first, second = parks.loc[1], parks.loc[2]
    assert len(parks) == 2
    assert (first["areas"], first["national_park"]) == (PARK, PARK)
    assert set(second["areas"].split("; ")) == {FOREST, BANKS, CUSTOM}
    rest = shapely.union_all([raw[FOREST], raw[BANKS], raw[CUSTOM]])
    gaps = results.vector("protected_area_gaps").set_index("gap")["area_ha"]
    for row, whole, national in ((first, raw[PARK], 100), (second, rest, 0)):
        beside = [int(gap) for gap in str(row["gaps"]).split("; ")]
        assert row["protected_ha"] == near(hectares(whole))
        assert row["gap_ha"] == near(gaps[beside].sum())
        assert row["area_ha"] == near(row["protected_ha"] + row["gap_ha"])
        assert row["national_percent"] == national
    assert (first["representative"], second["representative"]) == (1, 0)
    # The study knows neither species nor people.
    assert parks[["species_percent", "population_density", "feasible"]].isna().all(axis=None)


# Today's line and tomorrow's


@pytest.fixture(scope="module")
def patches(results):
    return results.vector("red_line_adjustment")


@pytest.fixture(scope="module")
def line(results):
    table = results.table("red_line_adjustment_ledger")
    rows = table[table["account"] == "line"]
    return rows.set_index(["direction", "function_area"])["area_ha"]


def test_todays_line_is_the_plan(line, raw):
    assert line["before", BANKS] == pytest.approx(hectares(raw[BANKS]), rel=OVERLAY)
    assert line["before", "(outside)"] == pytest.approx(hectares(raw[PARK]) + hectares(raw[FOREST]), rel=OVERLAY)


def test_before_less_out_with_in_is_after(results, line, patches):
    flow = line["before"] - line["out"] + line["in"]
    np.testing.assert_allclose(flow, line["after"][flow.index], rtol=1e-9)
    for direction in ("before", "in", "out", "after"):
        rows = line[direction]
        assert rows[BANKS] + rows["(outside)"] == pytest.approx(rows["(total)"], rel=1e-9)
    taken = patches[patches["taken"] == 1].groupby("direction")["area_ha"].sum()
    assert line["in", "(total)"] == pytest.approx(taken["in"], rel=1e-9)
    assert line["out", "(total)"] == pytest.approx(taken["out"], rel=1e-9)
    drawn = results.vector("red_line_next")
    assert drawn["area_ha"].sum() == pytest.approx(line["after", "(total)"], rel=1e-9)
    assert drawn["added_ha"].sum() == pytest.approx(line["in", "(total)"], rel=1e-9)
    assert sum(hectares(each) for each in drawn.geometry) == pytest.approx(line["after", "(total)"], rel=1e-7)


def test_what_may_leave_is_the_overlay_of_permits_with_todays_line(results, patches, raw):
    table = results.table("red_line_adjustment_ledger")
    listed = table[table["account"].isin(["taken", "not taken", "too small"]) & (table["direction"] == "out")]
    found = listed.groupby(["rule", listed["why"] == "kept: protected area"])["area_ha"].sum()
    locked = shapely.union_all([raw[PARK], raw[FOREST]])
    # Plantations come before mines in the rules. Strips below 5 m do as the ground beside them.
    plantation, mine = raw[PLANTATION], shapely.difference(raw[MINE], raw[PLANTATION])
    for rule, use in (("C4", plantation), ("C5", mine)):
        assert found[rule, False] == pytest.approx(hectares(raw[BANKS].intersection(use)), abs=0.5)
        assert found[rule, True] == near(hectares(locked.intersection(use)))
    assert set(listed["rule"]) == {"C4", "C5"}
    # The mine in the park is a patch, and the park keeps it.
    of_park = raw[PARK].intersection(raw[MINE])
    patch = patches[patches.intersects(of_park.representative_point()) & (patches["direction"] == "out")].iloc[0]
    assert patch["area_ha"] == near(hectares(of_park))
    assert (patch["rule"], patch["taken"], patch["mandatory"]) == ("C5", 0, 1)
    assert patch["why"] == "kept: protected area"


def test_park_and_protected_forest_stay_inside_and_nothing_comes_in_twice(results, patches, raw):
    tomorrow = shapely.union_all(results.vector("red_line_next").geometry.to_numpy())
    for name in (PARK, FOREST):
        assert shapely.difference(raw[name], tomorrow).area < 1.0
    today = shapely.union_all([raw[name] for name in TODAY])
    incoming = shapely.union_all(patches.loc[patches["direction"] == "in"].geometry.to_numpy())
    assert incoming.intersection(today).area < 1.0
    assert patches.loc[patches["direction"] == "in", "inside_before"].eq(0).all()


def test_balances_hold_and_no_more_can_leave(results, patches, line, raw):
    table = results.table("red_line_adjustment_ledger")
    balance = table[table["account"] == "balance"].set_index("reason")
    assert len(balance) == 7
    assert (balance["reached"] >= balance["lower"] * (1 - 1e-9)).all()
    assert (balance["holds"] == 1).all()
    area, share = balance.loc["area of the line"], balance.loc["share of the function area"]
    assert area["lower"] == pytest.approx(sum(hectares(raw[name]) for name in TODAY), rel=OVERLAY)
    assert area["reached"] == pytest.approx(line["after", "(total)"], rel=1e-9)
    assert share["lower"] == pytest.approx(0.7384 * hectares(raw[BANKS]), rel=OVERLAY)
    assert share["reached"] == pytest.approx(line["after", BANKS], rel=1e-9)
    # Were any other patch of the banks let go, they would have less than that share.
    stays = patches[(patches["direction"] == "out") & (patches["taken"] == 0) & (patches["mandatory"] == 0)]
    assert (stays["why"] == "not needed").all()
    assert share["reached"] - stays["area_ha"].min() < share["lower"]


def covered(shape, transform, size):
    """Share of each cell that a polygon covers: on its rim by shapely, elsewhere by the middle of the cell."""
    rim = rasterio.features.rasterize([shape.boundary], size, transform=transform, all_touched=True).astype(bool)
    share = rasterio.features.rasterize([shape], size, transform=transform).astype(np.float64)
    # A line that runs along the sides of cells may be burned on one side of them only.
    rim = np.logical_or.reduce([np.roll(rim, shift, axis) for axis in (0, 1) for shift in (-1, 0, 1)])
    left, top, side, down = transform.c, transform.f, transform.a, -transform.e
    west, _, east, _ = shape.bounds
    for band in range(0, size[0], BAND):
        rows, columns = np.nonzero(rim[band : band + BAND])
        rows += band
        within = shape.intersection(shapely.box(west, top - down * (band + BAND), east, top - down * band))
        boxes = shapely.box(
            left + side * columns, top - down * (rows + 1), left + side * (columns + 1), top - down * rows
        )
        shapely.prepare(within)
        found = shapely.covers(within, boxes).astype(np.float64)
        cut = (found == 0) & shapely.intersects(within, boxes)
        found[cut] = shapely.area(shapely.intersection(within, boxes[cut])) / (side * down)
        share[rows, columns] = found
    return share


def test_soil_retention_inside_both_lines_is_that_of_the_raster(results, raw):
    retention, transform = results.raster("soil_retention_2010")
    amount = np.nan_to_num(retention * areal_scale(transform, retention.shape))
    ppm = 1e6 * amount / amount.sum()
    balance = results.table("red_line_adjustment_ledger").set_index("reason").loc["soil retention inside the line"]
    for column, polygons in (
        ("lower", [raw[name] for name in TODAY]),
        ("reached", results.vector("red_line_next").geometry.to_numpy()),
    ):
        share = covered(shapely.union_all(polygons), transform, retention.shape)
        assert balance[column] == pytest.approx((ppm * share).sum(), rel=1e-5)
