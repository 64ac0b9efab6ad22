import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import OUTSIDE, REGION, ZoneCover
from shanshui.chapters.pattern import grounds
from shanshui.chapters.pattern.integration import fragility_class_dominant_legend, service_importance_dominant_legend

NAN = np.nan
ZONES = pd.DataFrame(
    [
        (REGION, REGION, "All"),
        ("county", "1", "North"),
        ("county", OUTSIDE, ""),
        ("function_area", "a", "Hills"),
        ("function_area", "b", "Lakes"),
        ("function_area", OUTSIDE, ""),
    ],
    columns=["zoning", "zone", "name"],
)


def row(*codes):
    return np.array([codes], np.int32)


def shares(*values):
    return np.array([values], np.float32)


def cover(signature, members=((0, 1, 3),), border=()):
    cells, zones, parts = zip(*border, strict=True) if border else ((), (), ())
    return ZoneCover(
        np.array([signature], np.int32),
        np.array(members, np.int32).reshape(-1, 3),
        np.array(cells, np.int64),
        np.array(zones, np.int32),
        np.array(parts, np.float64),
    )


def types(importance, service, dominant, fragile=None, problem=None):
    legends = service_importance_dominant_legend(), fragility_class_dominant_legend()
    rest = [None if each is None else row(*each) for each in (fragile, problem)]
    return grounds.red_line_type(row(*importance), row(*service), row(*dominant), *legends, *rest)[0].tolist()


def test_each_service_and_each_problem_has_its_code():
    numbers = range(1, 9)
    # Water, biodiversity, soil, sand; coast, carbon, flood and climate are other functions.
    assert types([3] * 8, [3] * 8, numbers) == [11, 12, 13, 14, 15, 15, 15, 15]
    assert types([3] * 5, [1] * 5, [0] * 5, [3] * 5, range(1, 6)) == [21, 22, 23, 24, 25]


def test_a_ground_is_extreme_and_the_function_names_what_is_both():
    importance, service, fragile = [3, 3, 3, 2, 1, 3, -1, 2], [3, 2, 1, 2, 1, 2, -1, 2], [3, 3, 3, 1, 1, 2, 3, 2]
    found = types(importance, service, [1, 1, 0, 1, 0, 2, -1, 2], fragile, [2, 2, 3, 0, 0, 1, 1, 1])
    # Both; the problem alone, twice; important only; nothing; raised by a corridor; no data; both but important only.
    assert found == [11, 22, 23, 0, 0, 33, -1, 0]
    # Without classes of fragility only functions are left.
    assert types([3, 3], [3, 2], [4, 4]) == [14, 33]


def test_what_is_extreme_for_an_unknown_reason_is_another_one():
    assert types([3, 3, 3, 3], [3, 3, 3, 3], [0, -1, 9, 40]) == [15] * 4
    assert types([3, 3, 3], [1, 1, 1], [0, 0, 0], [3, 3, 3], [0, -1, 12]) == [25] * 3


def test_mandatory_is_the_greater_share():
    park, water = shares(0.2, 0.9, NAN, NAN), shares(0.5, 0.1, 0.3, NAN)
    np.testing.assert_array_equal(grounds.red_line_mandatory(park, water), shares(0.5, 0.9, 0.3, NAN))
    np.testing.assert_array_equal(grounds.red_line_mandatory(None, water), water)


def test_exclusions_in_order_from_the_last_year():
    land = Series({2000: row(61, 10, 10, 10, 10, 10, 10), 2020: row(60, 61, 63, 62, 10, 10, -1)})
    town, field = shares(0, 0, 0, 0.5, 0.5, 0, NAN), shares(1, 1, 1, 1, 1, 0.49, 0.5)
    other = shares(1, 0, 0, 1, 0, 1, 1)
    found = grounds.red_line_exclusion(land, town, field, other, least_excluded_share=0.5)
    assert found[0].tolist() == [1, 1, 1, 1, 1, 3, 2]
    # Urban green is not construction land; of land cover alone the built is excluded.
    assert grounds.red_line_exclusion(land, least_excluded_share=0.5)[0].tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert found.dtype == np.int32


def test_the_sea_is_the_sea_and_all_else_is_land():
    land = Series({2000: row(94, 94, 94, 94), 2020: row(94, 93, 10, -1)})
    assert grounds.red_line_realm(land)[0].tolist() == [2, 1, 1, 1]


def ground(kind, excluded, mandatory=None, signature=None):
    region = cover([0] * len(kind) if signature is None else signature)
    years = Series({2000: row(*[21] * len(kind)), 2020: row(*kind)})
    given = None if mandatory is None else shares(*mandatory)
    return grounds.red_line_ground(years, row(*excluded), region, given, least_mandatory_share=0.5)[0].tolist()


def test_mandatory_before_excluded_before_grounds():
    kind, excluded = [11, 11, 11, 0, 0, 33, -1, -1, -1], [0, 2, 2, 3, 0, 0, 0, 1, 0]
    mandatory = [0.5, 0.5, 0.49, NAN, 1, 0, 0, 0, 0.5]
    assert ground(kind, excluded, mandatory) == [31, 32, 2, 3, 31, 33, -1, 1, 31]
    assert ground(kind, excluded) == [11, 2, 2, 3, 0, 33, -1, 1, -1]


def test_the_border_counts_and_what_lies_beyond_does_not():
    assert ground([11, 11, 11, 11], [0, 0, 1, 0], [0, 1, 1, 1], signature=[0, -1, -2, -2]) == [11, 31, -1, -1]


def areas(found):
    return grounds.function_area(found, ZONES)[0].tolist()


def test_function_areas_are_numbered_in_order():
    members = [(0, 1, 3), (0, 2, 4), (0, 1, 5)]
    assert areas(cover([0, 1, 2, -2], members)) == [1, 2, -1, -1]


def test_on_a_border_the_greatest_share_counts():
    border = [(0, 3, 0.3), (0, 4, 0.7), (1, 4, 0.5), (1, 3, 0.5), (2, 3, 0.2), (2, 5, 0.8), (3, 4, 0.3), (3, 5, 0.1)]
    # The border of a county through a cell of one function area; a county that covers more of a cell than any.
    border += [(4, 1, 0.6), (4, 2, 0.4), (4, 4, 1.0), (2, 1, 1.0), (0, 0, 1.0)]
    assert areas(cover([-1] * 5, border=border)) == [2, 1, -1, 2, 2]


def test_a_tile_of_border_cells_alone():
    assert areas(cover([-1, -1], members=(), border=[(0, 3, 0.5), (1, 4, 0.1)])) == [1, 2]


def test_a_study_without_function_areas_has_none():
    zones = ZONES[:3]
    found = grounds.function_area(cover([0, -1], border=[(1, 1, 0.5)], members=[(0, 1, 1)]), zones)
    assert found[0].tolist() == [-1, -1]
    assert grounds.function_area_legend(zones).empty


def test_names_of_function_areas():
    assert grounds.function_area_legend(ZONES).to_numpy().tolist() == [[1, "Hills"], [2, "Lakes"]]
    twice = ZONES.replace("Lakes", "Hills")
    assert grounds.function_area_legend(twice)["name"].tolist() == ["Hills a", "Hills b"]


def test_the_list_of_codes():
    codes = grounds.red_line_codes()
    assert codes["code"].is_monotonic_increasing
    assert codes["code"].is_unique
    # Inside are those from 11 on, and no others.
    assert (codes["inside"] == (codes["code"] >= 11)).all()
    assert codes["colour"].is_unique
    assert codes["name"].is_unique
    assert codes["name_zh"].is_unique
    assert codes["code"].tolist() == [*range(7), *range(11, 16), *range(21, 26), 31, 32, 33, 41, 42, 43, 44]


def test_legends_hold_just_the_codes_that_occur():
    assert grounds.type_legend()["code"].tolist() == [0, *range(11, 16), *range(21, 26), 33]
    assert grounds.ground_legend()["code"].tolist() == [0, 1, 2, 3, *range(11, 16), *range(21, 26), 31, 32, 33]
    excluded = grounds.exclusion_legend()
    assert excluded["code"].tolist() == [0, 1, 2, 3]
    assert excluded["name"].tolist() == ["none", "construction land", "permanent basic farmland", "other excluded land"]
    assert excluded["name_zh"].iloc[0] == "无"
    assert grounds.realm_legend()["code"].tolist() == [1, 2]


def test_the_last_of_the_years():
    assert grounds.last_year(Series({2000: 1, 2010: 2})) == 2
    assert grounds.last_year(Series({None: 3})) == 3


@pytest.mark.parametrize("least", [0.3, 1.0])
def test_from_which_share_on_land_is_excluded_and_mandatory(least):
    part = shares(0.29, 0.3, 0.99, 1)
    land = Series({2020: row(10, 10, 10, 10)})
    found = grounds.red_line_exclusion(land, part, least_excluded_share=least)[0]
    assert found.tolist() == [int(share >= np.float32(least)) for share in part[0]]
    years = Series({2020: row(0, 0, 0, 0)})
    held = grounds.red_line_ground(years, row(0, 0, 0, 0), cover([0] * 4), part, least_mandatory_share=least)[0]
    assert held.tolist() == (31 * found).tolist()
