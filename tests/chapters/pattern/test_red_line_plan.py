import numpy as np
import pandas as pd
import pytest
from tests.chapters.pattern.red_line_cells import KM2, boundary, box, cells_of, on_disk, read

from shanshui.base.errors import StudyError
from shanshui.chapters.pattern import red_line_plan
from shanshui.chapters.pattern.grounds import LAND
from shanshui.planning.answer import Answer

NAN = np.nan
NAMES = pd.DataFrame({"code": [1, 2], "name": ["Hills", "Lakes"]})
NONE = NAMES[:0]
# Of the side between two cells of a row so much counts as boundary, the rest belongs to their diagonals: the angle of
# the way to the right, half of it.
SIDE = np.arctan2(0.25, 0.4) / 2
ASKED = {"land_target_percent": 30.0, "sea_target_percent": 5.0, "function_area_target_percent": 0.0}
SHAPING = {"smallest_patch_km2": 0.0, "smoothing_share": 0.0}


def given(folder, ground, value, realm=None, areas=None, names=NONE, features=None, items=None, tile=16, lines=()):
    cells = cells_of(folder, ground, realm, tile)
    shape = cells.ground.shape
    areas = np.full(shape, -1) if areas is None else areas
    value, areas = on_disk(folder, np.float32(value), tile), on_disk(folder, np.int32(areas), tile)
    amounts = None if features is None else on_disk(folder, np.float32(features), tile)
    rasters = cells.ground, cells.realm, value, cells.area, cells.width, cells.height, areas
    return *rasters, names, *lines, amounts, items


def by_plan(folder, ground, value, compactness=0.0, **more):
    asked = {name: more.pop(name) for name in [*more] if name in ASKED | SHAPING}
    rasters = given(folder, ground, value, lines=(None,), **more)
    scalars = SHAPING | ASKED | asked | {"compactness_km": compactness, "geobox": box(rasters[0].shape)}
    *found, prices = red_line_plan.red_line_by_plan(*rasters, **scalars)
    assert prices["multiplier"].tolist() == found[3]["multiplier"].dropna().tolist()
    return found


def refused(folder, ground, value, **more):
    with pytest.raises(StudyError) as error:
        by_plan(folder, ground, value, **more)
    return [str(problem) for problem in error.value.problems]


def items(*names, percent=50.0, unit="km2"):
    return pd.DataFrame({"item": names, "target_percent": percent, "unit": unit})


def landscape(seed=4, shape=(30, 40)):
    """A value that falls off from some hills, and what speaks for and against each cell."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    value = random.uniform(0, 30, shape)
    for row, column in random.uniform((0, 0), shape, (5, 2)):
        value += 300 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 20)
    ground = random.choice([-1, 0, 1, 2, 11, 21, 31, 32], shape, p=[0.05, 0.5, 0.05, 0.05, 0.2, 0.138, 0.008, 0.004])
    return ground, value.astype(np.float32)


# The plan by hand: small plans are solved to the proven optimum


def test_the_best_cells_within_the_area_by_hand(tmp_path):
    ground = np.array([[0, 12, 2, 31, 11, -1, 0, 0, 21, 32, 0]])
    value = np.array([[9, 5, 99, 1, 7, 99, NAN, 1, 2, 0, 3]])
    patches, codes, ledger, certificate = by_plan(tmp_path, ground, value, land_target_percent=40.0)
    # Ten cells, four inside: two must be; the best of the others are those of 9 and 7.
    assert read(codes).tolist() == [[44, 6, 2, 31, 11, -1, 0, 0, 6, 32, 0]]
    told = certificate.set_index("row")
    assert told["reached"][["objective", "value", "price of boundary", "gap"]].tolist() == [17, 17, 0, 0]
    assert told.loc["objective", "upper"] == 17
    assert told.loc["area", ["upper", "reached", "holds"]].tolist() == pytest.approx([0.4, 0.4, 1])
    assert told.loc["area", "unit"] == "km2"
    assert np.isnan(told.loc["area", "lower"])
    assert told.loc["boundary", "reached"] == pytest.approx(boundary(np.isin(read(codes), (44, 31, 11, 32))))
    assert ledger.set_index("code")["cells"].to_dict() == {0: 3, 2: 1, 6: 2, 11: 1, 31: 1, 32: 1, 44: 1}
    # Of equals the first: of the second patch one cell is mandatory.
    assert patches["code"].tolist() == [44, 11, 31]
    assert patches["added_ha"].tolist() == [10, 0, 0]


def test_the_price_of_the_boundary_by_hand(tmp_path):
    # Five cells, of which two may be inside. Apart the best have 10 and 9, four sides of 0.25 km; together 9 and 8.
    value = np.array([[10, 0, 9, 8, 3]])
    # 30 in half a km2: a side costs 0.25 x SIDE x compactness x 60.
    cheap = by_plan(tmp_path, np.zeros((1, 5)), value, 0.02 / SIDE, land_target_percent=40.0)
    dear = by_plan(tmp_path, np.zeros((1, 5)), value, 0.2 / SIDE, land_target_percent=40.0)
    assert read(cheap[1]).tolist() == [[44, 0, 44, 0, 0]]
    # At the end of the grid there is nothing to pay: one side and two more, at 0.3.
    told = cheap[3].set_index("row")["reached"]
    assert told[["value", "price of boundary", "objective"]].tolist() == pytest.approx([19, 0.9, 18.1])
    # At 3 a side the pair at 9 and 8 has two sides: 11; the best alone has one: 7; both apart three: 10.
    assert read(dear[1]).tolist() == [[0, 0, 44, 44, 0]]
    told = dear[3].set_index("row")["reached"]
    assert told[["value", "price of boundary", "objective"]].tolist() == pytest.approx([17, 6, 11])


def test_each_function_area_has_its_share(tmp_path):
    value = np.array([[9, 8, 7, 1, 2, 3]])
    areas = np.array([[1, 1, 1, 2, 2, -1]])
    asked = {"land_target_percent": 50.0, "function_area_target_percent": 50.0}
    _, codes, _, certificate = by_plan(tmp_path, np.zeros((1, 6)), value, areas=areas, names=NAMES, **asked)
    # Three cells: half of three is two among the hills, half of two is one among the lakes.
    assert read(codes).tolist() == [[44, 44, 0, 0, 44, 0]]
    told = certificate.set_index("row")
    assert told.loc["share of function area Hills", "lower"] == pytest.approx(1.5 * KM2)
    assert told.loc["share of function area Hills", "reached"] == pytest.approx(2 * KM2)
    assert told.loc["share of function area Lakes", "reached"] == pytest.approx(KM2)
    assert (told.loc["share of function area Hills", "unit"], told.loc["share of function area Lakes", "holds"]) == (
        "km2",
        1,
    )
    # Without such a share nothing is asked of them.
    asked["function_area_target_percent"] = 0.0
    free = by_plan(tmp_path, np.zeros((1, 6)), value, areas=areas, names=NAMES, **asked)
    assert read(free[1]).tolist() == [[44, 44, 44, 0, 0, 0]]
    assert not free[3]["row"].str.startswith("share").any()
    asked["function_area_target_percent"] = 1.0
    little = by_plan(tmp_path, np.zeros((1, 6)), value, areas=areas, names=NAMES, **asked)
    assert read(little[1]).tolist() == [[44, 44, 0, 0, 44, 0]]
    asked["function_area_target_percent"] = 50.0
    for zoned, names in ((np.full((1, 6), -1), NAMES), (np.full((1, 6), 7), NAMES), (areas, NONE)):
        told = by_plan(tmp_path, np.zeros((1, 6)), value, areas=zoned, names=names, **asked)[3]
        assert not told["row"].str.startswith("share").any()


def test_each_feature_has_its_share(tmp_path):
    value = np.array([[9, 8, 7, 1, 2, 3]])
    crane = np.array([[[0, 0, 0, 4, 2, 4]]])
    _, codes, _, certificate = by_plan(
        tmp_path, np.zeros((1, 6)), value, features=crane, items=items("crane", percent=60.0), land_target_percent=50.0
    )
    # Of ten cranes six: four and two at least.
    assert read(codes).tolist() == [[44, 0, 0, 0, 44, 44]]
    told = certificate.set_index("row").loc["target of crane"]
    assert told[["unit", "lower", "reached", "holds"]].tolist() == ["km2", pytest.approx(6), 6, 1]


def test_land_and_sea_are_planned_apart(tmp_path):
    realm = np.array([[1, 1, 1, 1, 2, 2, 2, 2]])
    value = np.array([[1, 2, 3, 4, 50, 80, 60, 70]])
    crane = np.array([[[4, 0, 0, 0, 1, 0, 0, 0]]])
    asked = {"land_target_percent": 50.0, "sea_target_percent": 25.0}
    _, codes, _, certificate = by_plan(tmp_path, np.zeros((1, 8)), value, realm=realm, **asked)
    assert read(codes).tolist() == [[0, 0, 44, 44, 0, 44, 0, 0]]
    assert certificate[certificate["row"] == "value"]["reached"].tolist() == [7, 80]
    assert certificate[certificate["row"] == "area"]["upper"].tolist() == pytest.approx([0.2, 0.1])
    # A feature has its share in both.
    codes = by_plan(tmp_path, np.zeros((1, 8)), value, realm=realm, features=crane, items=items("crane"), **asked)[1]
    assert read(codes).tolist() == [[44, 0, 0, 44, 44, 0, 0, 0]]
    # What is on land alone is asked of the land alone, whatever a layer says beyond the region.
    crane[0, 0, 4:] = 0
    found = by_plan(tmp_path, np.zeros((1, 8)), value, realm=realm, features=crane, items=items("crane"), **asked)
    assert read(found[1]).tolist() == [[44, 0, 0, 44, 0, 44, 0, 0]]
    assert found[3][found[3]["row"] == "target of crane"]["realm"].tolist() == ["land"]


@pytest.mark.parametrize(("value", "percent"), [([0, NAN, 0, 0], 50.0), ([5, 6, 7, 8], 20.0)])
def test_a_sea_in_which_nothing_can_be_chosen_keeps_what_must_be_inside(tmp_path, value, percent):
    ground, realm = np.array([[0, 0, 11, 31, 2, 0]]), np.array([[1, 1, 2, 2, 2, 2]])
    _, codes, ledger, certificate = by_plan(
        tmp_path, ground, [[1, 2, *value]], realm=realm, land_target_percent=50.0, sea_target_percent=percent
    )
    assert read(codes).tolist() == [[0, 44, 6, 31, 2, 0]]
    of_sea = certificate[certificate["realm"] == "sea"]
    assert of_sea["row"].tolist() == ["not planned: nothing of value fits into the area"]
    assert of_sea["reached"].isna().all()
    assert ledger["cells"].sum() == 6


def test_without_any_ground_a_plan_still_chooses(tmp_path):
    codes = by_plan(tmp_path, np.zeros((2, 5)), np.arange(10).reshape(2, 5))[1]
    assert (read(codes) == 44).ravel().tolist() == [False] * 7 + [True] * 3


def test_a_region_without_any_cell(tmp_path):
    patches, codes, ledger, certificate = by_plan(tmp_path, np.full((2, 3), -1), np.ones((2, 3)))
    assert len(patches) == len(ledger) == len(certificate) == 0
    assert (read(codes) == -1).all()


def test_islands_and_holes_cost_no_boundary(tmp_path):
    ground = np.full((5, 5), -1)
    ground[0, 0], ground[2:4, 2:4] = 0, 0
    value = np.full((5, 5), 1.0)
    value[0, 0] = 3
    told = by_plan(tmp_path, ground, value, 5.0, land_target_percent=20.0)[3].set_index("row")
    assert told.loc["value", "reached"] == 3
    assert told.loc["price of boundary", "reached"] == 0
    # What is measured afterwards goes all the way round.
    assert told.loc["boundary", "reached"] == pytest.approx(1.3)


def test_small_patches_are_dropped_afterwards_and_the_loss_is_told(tmp_path):
    value = np.array([[9, 0, 8, 7, 0, 0, 6, 5]])
    areas = np.array([[1, 1, 2, 2, -1, -1, -1, -1]])
    crane = np.array([[[6, 0, 1, 1, 0, 0, 0, 2]]])
    more = {"areas": areas, "names": NAMES, "features": crane, "items": items("crane", percent=70.0)}
    asked = {"land_target_percent": 38.0, "function_area_target_percent": 50.0, "smallest_patch_km2": 2 * KM2}
    _, codes, ledger, certificate = by_plan(tmp_path, np.zeros((1, 8)), value, **more, **asked)
    assert read(codes).tolist() == [[4, 0, 44, 44, 0, 0, 0, 0]]
    told = certificate.set_index("row")
    # The plan had 9 + 8 + 7; the line has three things fewer.
    assert told["reached"][["value", "value lost with small patches"]].tolist() == [24, 9]
    assert told.loc["area lost with small patches", "reached"] == pytest.approx(KM2)
    assert told.loc["area", ["reached", "holds"]].tolist() == [pytest.approx(2 * KM2), 1]
    assert told.loc["share of function area Hills", ["reached", "holds"]].tolist() == [pytest.approx(0), 0]
    assert told.loc["share of function area Lakes", ["reached", "holds"]].tolist() == [pytest.approx(2 * KM2), 1]
    assert told.loc["target of crane", ["lower", "reached", "holds"]].tolist() == [pytest.approx(7), 2, 0]
    assert told.loc["boundary", "reached"] == pytest.approx(boundary(read(codes) >= 11))
    assert ledger.set_index("code").loc[4, "area_ha"] == 10


# What makes no sense, and what cannot be


def test_a_budget_below_what_must_be_inside_is_told_with_its_rows(tmp_path):
    told = refused(tmp_path, np.array([[31, 31, 31, 0, 0]]), np.ones((1, 5)), land_target_percent=40.0)
    assert len(told) == 1
    assert told[0].startswith("red_line.land")
    assert "area budget" in told[0]
    assert "mandatory areas" in told[0]


def test_shares_above_the_budget_are_told_with_their_rows(tmp_path):
    areas = np.array([[1, 1, 1, 2, 2, 2]])
    asked = {"land_target_percent": 34.0, "function_area_target_percent": 60.0}
    told = " ".join(refused(tmp_path, np.zeros((1, 6)), np.ones((1, 6)), areas=areas, names=NAMES, **asked))
    for words in ("area budget", "share of function area Hills", "share of function area Lakes"):
        assert words in told


def test_a_function_area_without_a_candidate_is_told(tmp_path):
    asked = {"function_area_target_percent": 60.0}
    told = refused(tmp_path, [[2, 2, 0, 0]], np.ones((1, 4)), areas=[[1, 1, 2, 2]], names=NAMES, **asked)
    assert any("function area Hills has no candidate" in line for line in told)
    # One that has no land in the region asks for nothing.
    areas = [[2, 2, 2, 2]]
    codes = by_plan(
        tmp_path, np.zeros((1, 4)), np.ones((1, 4)), areas=areas, names=NAMES, **asked, land_target_percent=80.0
    )
    assert (read(codes[1]) == 44).sum() == 3


def test_a_target_above_what_can_be_chosen_is_told_with_its_rows(tmp_path):
    crane = np.array([[[9, 0, 1, 0]]])
    told = " ".join(refused(tmp_path, [[2, 0, 0, 0]], np.ones((1, 4)), features=crane, items=items("crane")))
    assert "target of crane" in told


def test_a_feature_that_occurs_nowhere_is_refused(tmp_path):
    nothing = np.zeros((2, 1, 4))
    nothing[0, 0, 1] = 1
    told = refused(tmp_path, np.zeros((1, 4)), np.ones((1, 4)), features=nothing, items=items("crane", "panda"))
    assert told == ["tables.red_line_targets.columns.feature: there is no panda in the region; leave its target out"]


def test_a_share_over_all_and_negative_values_are_refused(tmp_path):
    crane = np.ones((1, 1, 4))
    told = refused(tmp_path, np.zeros((1, 4)), np.ones((1, 4)), features=crane, items=items("crane", percent=101.0))
    assert "red_line.land.target.crane: is a share of 1.01; give a share from 0 to 1" in told
    told = refused(tmp_path, np.zeros((1, 4)), [[1, -1, 1, 1]])
    assert any("negative in 1 units" in line for line in told)
    told = refused(tmp_path, np.zeros((1, 4)), np.zeros((1, 4)))
    assert any("is 0 everywhere" in line for line in told)


def test_land_and_sea_tell_their_faults_together(tmp_path):
    realm = np.array([[1, 1, 2, 2]])
    told = refused(tmp_path, [[31, 31, 31, 31]], np.ones((1, 4)), realm=realm, sea_target_percent=50.0)
    assert [line.split(":")[0] for line in told] == ["red_line.land", "red_line.sea"]


def test_a_price_so_strong_that_only_all_or_nothing_remains_is_told(tmp_path):
    random = np.random.default_rng(1)
    value = random.uniform(1, 2, (6, 6))
    _, codes, _, certificate = by_plan(tmp_path, np.zeros((6, 6)), value, 100.0)
    assert not (read(codes) >= 11).any()
    notes = [row for row in certificate["row"] if "nothing is chosen" in row]
    assert notes == ["red_line.land: nothing is chosen: no unit is worth the price of its boundary"]
    calm = by_plan(tmp_path, np.zeros((6, 6)), value)[3]
    assert not calm["row"].str.startswith("red_line.").any()
    ground = np.zeros((6, 6))
    ground[0, 0] = 31
    locked = by_plan(tmp_path, ground, value, 100.0)[3]
    assert locked["row"].str.contains("boundary_price: none of what is not locked is chosen").sum() == 1


# The certificate, recomputed from the raster


@pytest.mark.parametrize(("compactness", "patch"), [(0.0, 0.0), (0.0, 0.35), (0.05, 0.0), (0.02, 0.65), (0.4, 0.0)])
def test_the_certificate_equals_what_the_raster_tells(tmp_path, compactness, patch):
    ground, value = landscape()
    value[5, 5:8] = NAN
    realm = np.where(np.arange(40) < 32, 1, 2) * np.ones((30, 1), int)
    areas = np.where(np.arange(30) < 9, 1, np.where(np.arange(30) < 20, 2, -1))[:, None] * np.ones((1, 40), int)
    random = np.random.default_rng(8)
    amounts = random.uniform(0, 1, (2, 30, 40)) * (random.random((2, 30, 40)) < 0.3)
    targets = items("crane", "panda", percent=40.0).assign(unit=["km2", "ppm"])
    more = {"realm": realm, "areas": areas, "names": NAMES, "features": amounts, "items": targets}
    asked = {"land_target_percent": 40.0, "sea_target_percent": 50.0, "function_area_target_percent": 35.0}
    patches, codes, ledger, certificate = by_plan(
        tmp_path, ground, value, compactness, **more, **asked, smallest_patch_km2=patch
    )
    codes, worth = read(codes), np.nan_to_num(value).astype(float)
    known, inside = ground >= 0, codes >= 11
    before = inside | (codes == 4)
    assert ((codes == 4).any()) == (patch > 0)
    assert (inside[(ground == 31) | (ground == 32)]).all()
    assert not before[(ground > 0) & (ground < 11)].any()
    for number, name in ((1, "land"), (2, "sea")):
        here = known & (realm == number)
        told = certificate[certificate["realm"] == name].set_index("row")
        reached = told["reached"]
        # Only steps between two cells of the realm have their price.
        sides, angle = 0.0, np.arctan2(0.25, 0.4)
        steps = ((0, 1, 0.25 * angle), (1, 0, 0.4 * (np.pi / 2 - angle)), (1, 1, 0), (1, -1, 0))
        for down, right, length in steps:
            length = length / 2 or 0.1 * np.pi / 4 / (2 * np.hypot(0.4, 0.25))
            one = np.s_[: 30 - down, max(0, -right) : 40 - max(0, right)]
            other = np.s_[down:, max(0, right) : 40 - max(0, -right)]
            sides += length * (here[one] & here[other] & (inside[one] != inside[other])).sum()
        assert reached["boundary between cells"] == pytest.approx(sides, rel=1e-9)
        mean = worth[here].sum() / (KM2 * here.sum())
        if patch == 0:
            assert reached["price of boundary"] == pytest.approx(compactness * mean * sides, rel=1e-6)
        left = worth[inside & here].sum()
        assert reached["value"] - reached["value lost with small patches"] == pytest.approx(left, rel=1e-6)
        assert reached["objective"] == pytest.approx(reached["value"] - reached["price of boundary"], rel=1e-9)
        bound = told.loc["objective", "upper"]
        assert reached["gap"] == pytest.approx(100 * (bound - reached["objective"]) / bound, abs=1e-9)
        assert 0 <= reached["gap"] < 3
        if patch == 0:
            assert reached["value lost with small patches"] == pytest.approx(0, abs=1e-6 * left)
            assert reached["area lost with small patches"] == pytest.approx(0, abs=1e-6)
        assert reached["area"] == pytest.approx(KM2 * (inside & here).sum(), rel=1e-6)
        assert told.loc["area", "upper"] == pytest.approx(
            asked[f"{name}_target_percent"] / 100 * KM2 * here.sum(), rel=1e-6
        )
        assert reached["boundary"] == pytest.approx(boundary(inside & here), rel=1e-9)
        for plane, feature, unit in ((0, "crane", "km2"), (1, "panda", "ppm")):
            row = told.loc[f"target of {feature}"]
            amount = np.float32(amounts[plane]).astype(float)
            assert row["unit"] == unit
            assert row["lower"] == pytest.approx(0.4 * amount[here].sum(), rel=1e-6)
            assert row["reached"] == pytest.approx(amount[inside & here].sum(), rel=1e-6)
            assert row["holds"] == (row["reached"] >= row["lower"] * (1 - 1e-9))
        for group, area in ((1, "Hills"), (2, "Lakes")) if name == "land" else ():
            row = told.loc[f"share of function area {area}"]
            assert row["lower"] == pytest.approx(0.35 * KM2 * (here & (areas == group)).sum(), rel=1e-6)
            assert row["reached"] == pytest.approx(KM2 * (inside & here & (areas == group)).sum(), rel=1e-6)
            assert row["holds"] == (row["reached"] >= row["lower"] * (1 - 1e-9))
        if patch == 0:
            assert told["holds"].dropna().eq(1).all()
        total = ledger[ledger["realm"] == name]
        assert total["cells"].sum() == here.sum()
        assert total[total["inside"] == 1]["area_ha"].sum() == pytest.approx(100 * reached["area"], rel=1e-6)
    assert patches["area_ha"].sum() == pytest.approx(1e2 * KM2 * inside.sum())
    assert patches.geometry.is_valid.all()


def test_the_plan_is_the_same_in_tiles(tmp_path):
    ground, value = landscape(6)
    more = {"features": value[None] > 100, "items": items("hills"), "smallest_patch_km2": 0.3}
    one, other = (by_plan(tmp_path, ground, value, 0.1, **more, tile=tile) for tile in (64, 7))
    np.testing.assert_array_equal(read(one[1]), read(other[1]))
    assert one[0].to_wkb().equals(other[0].to_wkb())
    assert one[2].to_csv() == other[2].to_csv()
    assert one[3].to_csv() == other[3].to_csv()


# Why a cell is chosen


def net_value(certificate, value, realm, areas, names=NAMES, area=KM2 * 1e6):
    shape = np.shape(value)
    given = np.float32(value), np.int32(realm), np.int32(areas)
    return red_line_plan.red_line_net_value(certificate, *given, names, np.full(shape, area))


def test_the_net_value_by_hand():
    rows = [
        ("land", "area", 10.0),
        ("land", "share of function area Hills", -4.0),
        ("land", "share of function area Lakes", NAN),
        ("land", "target of crane", -9.0),
        ("land", "value", NAN),
    ]
    certificate = pd.DataFrame(rows, columns=["realm", "row", "multiplier"])
    found = net_value(certificate, [[1, 1, 1, 1, NAN]], [[1, 1, 1, 2, 1]], [[-1, 1, 2, 1, 1]])
    # A cell of a tenth of a km2 costs 1, among the hills 0.6; the sea was not planned.
    np.testing.assert_allclose(found, [[0, 0.4, 0, NAN, NAN]], atol=1e-6)
    assert found.dtype == np.float32
    np.testing.assert_allclose(net_value(certificate, [[1]], [[1]], [[7]]), [[0]], atol=1e-6)
    # An area of which no share is asked.
    more = pd.DataFrame({"code": [1, 2, 3], "name": ["Hills", "Lakes", "Moors"]})
    np.testing.assert_allclose(net_value(certificate, [[1]], [[1]], [[3]], more), [[0]], atol=1e-6)
    by_rule = certificate.assign(multiplier=NAN)
    assert np.isnan(net_value(by_rule, [[1, 2]], [[1, 1]], [[-1, 1]])).all()
    other = certificate.assign(realm="sea")
    np.testing.assert_allclose(net_value(other, [[1, 1]], [[1, 2]], [[-1, -1]], NONE), [[NAN, 0]], atol=1e-6)


def test_without_a_price_of_boundary_chosen_is_what_has_a_net_value(tmp_path):
    random = np.random.default_rng(12)
    value = random.permutation(80 * 80).reshape(80, 80).astype(np.float32) + 1
    areas = np.where(np.arange(80) < 40, 1, 2)[:, None] * np.ones((1, 80), int)
    value[:40] /= 8
    ground = random.choice([0, 2, 31], (80, 80), p=[0.9, 0.05, 0.05])
    asked = {"function_area_target_percent": 25.0, "land_target_percent": 40.0}
    _, codes, _, certificate = by_plan(tmp_path, ground, value, areas=areas, names=NAMES, **asked)
    told = certificate.set_index("row")
    assert told.loc["area", "multiplier"] > 0
    # The hills would have too little by themselves, the lakes enough.
    assert told.loc["share of function area Hills", "multiplier"] < 0
    assert told.loc["share of function area Lakes", "multiplier"] == 0
    net, chosen, free = net_value(certificate, value, np.ones((80, 80)), areas), read(codes) >= 11, ground == 0
    # But for the few with which the area is filled up to the last.
    assert (net[free & chosen] < 0).sum() <= 3
    assert (net[free & ~chosen] > 0).sum() <= 3
    slack = np.abs(net).mean() * 0.01
    assert net[free & chosen].min() > -slack
    assert net[free & ~chosen].max() < slack


# The price of compactness


def curve(folder, ground, value, compactness=0.1, **more):
    asked = {name: more.pop(name) for name in [*more] if name in ASKED}
    scalars = ASKED | asked | {"compactness_km": compactness}
    return red_line_plan.red_line_price_curve(*given(folder, ground, value, **more), **scalars)


def test_a_shorter_boundary_costs_value(tmp_path):
    ground, value = landscape(3)
    table = curve(tmp_path, ground, value)
    assert table["compactness_km"].tolist() == pytest.approx([0, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8])
    # As far as the plans are proven.
    assert (table["gap_percent"] < 1).all()
    assert (table["value_ppm"].diff().dropna() <= 2e-3 * table["value_ppm"].iloc[0]).all()
    assert (table["boundary_km"].diff().dropna() <= 0.2).all()
    assert table["boundary_km"].iloc[-1] < 0.8 * table["boundary_km"].iloc[0]
    assert (table["area_km2"] <= 0.3 * KM2 * (ground >= 0).sum() * (1 + 1e-6)).all()


def test_the_curve_at_the_study_s_price_is_the_plan(tmp_path):
    ground, value = landscape(3)
    at = curve(tmp_path, ground, value).set_index("compactness_km").loc[0.1]
    told = by_plan(tmp_path, ground, value, 0.1)[3].set_index("row")["reached"]
    assert at["value_ppm"] == told["value"]
    assert at["area_km2"] == pytest.approx(told["area"])
    assert at["gap_percent"] == told["gap"]
    mean = value[ground >= 0].sum() / (KM2 * (ground >= 0).sum())
    assert 0.1 * mean * at["boundary_km"] == pytest.approx(told["price of boundary"], rel=1e-5)


def test_the_curve_without_a_price_without_room_and_without_land(tmp_path):
    value = np.arange(1, 11).reshape(2, 5)
    assert curve(tmp_path, np.zeros((2, 5)), value, 0.0)["compactness_km"].tolist() == [0]
    assert curve(tmp_path, np.full((2, 5), 31), value).empty
    empty = curve(tmp_path, np.zeros((2, 5)), value, realm=np.full((2, 5), 2))
    assert empty.columns.tolist() == ["compactness_km", "value_ppm", "boundary_km", "area_km2", "gap_percent"]
    assert empty.empty


@pytest.mark.parametrize("error", [StudyError])
def test_only_what_cannot_be_ends_the_curve(tmp_path, monkeypatch, error):
    def solved(problem):
        raise error([])

    monkeypatch.setattr(red_line_plan, "solve", solved)
    assert curve(tmp_path, np.zeros((2, 5)), np.ones((2, 5))).empty


def test_notes_of_the_answer_stand_in_the_certificate(tmp_path, monkeypatch):
    def solved(problem):
        chosen = np.zeros(problem.carrier.shape, bool)
        return Answer(chosen, 0.0, 0.0, 1.0, (), "by hand", notes=("see this",))

    monkeypatch.setattr(red_line_plan, "solve", solved)
    certificate = by_plan(tmp_path, np.zeros((1, 4)), np.ones((1, 4)))[3]
    assert certificate["row"].tolist()[-1] == "see this"
    assert certificate["realm"].iloc[-1] == "land"
    assert LAND == 1
