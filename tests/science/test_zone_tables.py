import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.science.tally import tally_classes
from shanshui.science.zone_sums import sum_by_zone
from shanshui.science.zone_tables import class_areas_by_zone, means_by_zone

# The zones of the cover `by_hand`: cells (0, 0), (0, 1) and (1, 0) of 1, 2 and 4 ha; the last is beyond the region.
ZONES = pd.DataFrame(
    {
        "zoning": ["region", "region", "half", "half", "half"],
        "zone": ["region", "(outside)", "w", "e", "(outside)"],
        "name": ["Region", "(outside)", "West", "East", "(outside)"],
    }
)
AREA = np.array([[1e4, 2e4], [4e4, 8e4]])
LEGEND = pd.DataFrame({"code": [3, 7], "name": ["some", "much"]})


def sums(cover, values, area=AREA):
    return sum_by_zone(cover, np.array(values, np.float32), area, len(ZONES))


def tally(cover, classes):
    indices = np.array(classes)
    return tally_classes(cover, AREA, indices, indices, 3)


def rows(table, *columns):
    return [tuple(row) for row in table[list(columns)].to_numpy().tolist()]


# Means and totals

# 100, 300 and 20 on 1, 2 (a quarter in the west, the rest in the east) and 4 ha.
BY_ZONE = {
    "Region": (7.0, 100 * 1 + 300 * 2 + 20 * 4),
    "West": (1.5, 100 * 1 + 300 * 0.5),
    "East": (1.5, 300 * 1.5),
    "(outside)": (4.0, 20 * 4),
}
VALUES = [[100.0, 300.0], [20.0, 5000.0]]


@pytest.mark.parametrize(
    ("unit", "total_unit", "of_a_hectare"),
    # 1 mm on a hectare is 10 m3, and 1 t/ha on it 1 t.
    [("mm", "m3", 10.0), ("t/ha/year", "t/year", 1.0)],
)
def test_mean_area_and_total_by_hand(by_hand, unit, total_unit, of_a_hectare):
    found = means_by_zone(Series({2010: sums(by_hand, VALUES)}), ZONES, "thing", unit)
    assert rows(found, "zoning", "zone", "zone_name", "measure", "year", "total_unit") == [
        ("region", "region", "Region", "thing", 2010, total_unit),
        ("half", "w", "West", "thing", 2010, total_unit),
        ("half", "e", "East", "thing", 2010, total_unit),
        ("half", "(outside)", "(outside)", "thing", 2010, total_unit),
    ]
    for name, area, mean, total in rows(found, "zone_name", "area_ha", "mean", "total"):
        hectares, held = BY_ZONE[name]
        assert area == hectares
        assert mean == pytest.approx(held / hectares, rel=1e-12)
        assert total == pytest.approx(held * of_a_hectare, rel=1e-12)


def test_what_does_not_add_up_has_no_total(by_hand):
    for unit in ("", "1"):
        found = means_by_zone(Series({2010: sums(by_hand, VALUES)}), ZONES, "thing", unit)
        assert list(found.columns) == ["zoning", "zone", "zone_name", "measure", "year", "mean", "area_ha"]
    assert list(means_by_zone(Series({2010: sums(by_hand, VALUES)}), ZONES, "thing").columns) == list(found.columns)


def test_the_zones_of_a_zoning_sum_to_the_region(by_hand):
    found = means_by_zone(Series({2010: sums(by_hand, VALUES)}), ZONES, "thing", "mm")
    parts = found.groupby("zoning")[["area_ha", "total"]].sum()
    assert parts.loc["half"].tolist() == pytest.approx(parts.loc["region"].tolist(), rel=1e-12)


def test_a_quantity_without_years_has_no_year_column(by_hand):
    found = means_by_zone(Series({None: sums(by_hand, VALUES)}), ZONES, "thing", "mm")
    assert "year" not in found
    assert len(found) == 4


def test_a_zone_without_a_value_has_no_row_and_a_cell_without_one_no_area(by_hand):
    found = means_by_zone(Series({2010: sums(by_hand, [[100.0, 300.0], [np.nan, 1.0]])}), ZONES, "thing", "mm")
    assert found["zone_name"].tolist() == ["Region", "West", "East"]
    assert found["area_ha"].tolist() == [3.0, 1.5, 1.5]
    assert found["total"].tolist() == pytest.approx([7000.0, 2500.0, 4500.0])
    assert means_by_zone(Series({2010: sums(by_hand, np.full((2, 2), np.nan))}), ZONES, "thing", "mm").empty


def test_less_than_a_hectare_and_a_value_of_nothing_have_rows(by_hand):
    found = means_by_zone(Series({2010: sums(by_hand, np.zeros((2, 2)), AREA / 1e4)}), ZONES, "thing", "mm")
    assert found["area_ha"].tolist() == pytest.approx([7e-4, 1.5e-4, 1.5e-4, 4e-4])
    assert found["mean"].tolist() == found["total"].tolist() == [0, 0, 0, 0]


def test_years_follow_one_another_within_each_zone(by_hand):
    later = [[10.0, 30.0], [np.nan, 1.0]]
    found = means_by_zone(Series({2020: sums(by_hand, later), 2010: sums(by_hand, VALUES)}), ZONES, "thing", "mm")
    assert rows(found, "zone_name", "year") == [
        ("Region", 2010),
        ("Region", 2020),
        ("West", 2010),
        ("West", 2020),
        ("East", 2010),
        ("East", 2020),
        ("(outside)", 2010),
    ]
    assert found.index.tolist() == list(range(7))
    assert found.set_index(["zone_name", "year"]).loc[("East", 2020), "mean"] == pytest.approx(30.0)


# Areas of classes


def test_area_and_share_of_each_class_by_hand(by_hand):
    """The cell of 1 ha is of the first class, that of 2 ha of the second; that of 4 ha has no data."""
    found = class_areas_by_zone(Series({2010: tally(by_hand, [[1, 2], [0, 1]])}), ZONES, LEGEND)
    none = None
    expected = [
        ("region", "Region", 2010, -1, "no data", 4.0, none),
        ("region", "Region", 2010, 3, "some", 1.0, 100 / 3),
        ("region", "Region", 2010, 7, "much", 2.0, 200 / 3),
        ("half", "West", 2010, 3, "some", 1.0, 100 / 1.5),
        ("half", "West", 2010, 7, "much", 0.5, 50 / 1.5),
        ("half", "East", 2010, 7, "much", 1.5, 100.0),
        ("half", "(outside)", 2010, -1, "no data", 4.0, none),
    ]
    columns = ["zoning", "zone_name", "year", "code", "class_name", "area_ha"]
    assert rows(found, *columns) == [row[:-1] for row in expected]
    shares = [np.nan if share is none else share for *_, share in expected]
    assert found["share_percent"].tolist() == pytest.approx(shares, nan_ok=True)
    assert list(found.columns) == ["zoning", "zone", *columns[1:], "share_percent"]
    assert found["zone"].tolist() == ["region"] * 3 + ["w", "w", "e", "(outside)"]
    assert found.index.tolist() == list(range(7))


def test_classes_with_those_without_data_sum_to_the_zone_and_zones_to_the_region(by_hand):
    found = class_areas_by_zone(Series({2010: tally(by_hand, [[1, 2], [0, 1]])}), ZONES, LEGEND)
    areas = found.groupby("zone")["area_ha"].sum()
    assert areas["region"] == 7
    assert [areas["w"], areas["e"], areas["(outside)"]] == [1.5, 1.5, 4.0]
    shares = found[found["code"] > 0].groupby("zone")["share_percent"].sum()
    assert shares.tolist() == pytest.approx([100.0] * 3)


def test_classes_without_years_and_with_two(by_hand):
    first, second = tally(by_hand, [[1, 1], [1, 1]]), tally(by_hand, [[2, 2], [2, 2]])
    assert "year" not in class_areas_by_zone(Series({None: first}), ZONES, LEGEND)
    found = class_areas_by_zone(Series({2020: second, 2010: first}), ZONES, LEGEND)
    assert rows(found, "zone", "year", "code")[:4] == [
        ("region", 2010, 3),
        ("region", 2020, 7),
        ("w", 2010, 3),
        ("w", 2020, 7),
    ]
    assert set(found["share_percent"]) == {100.0}


def test_classes_of_less_than_a_hectare_have_shares(by_hand):
    indices = np.array([[1, 2], [0, 1]])
    small = tally_classes(by_hand, AREA / 1e4, indices, indices, 3)
    found = class_areas_by_zone(Series({2010: small}), ZONES, LEGEND).set_index(["zone", "code"])
    assert found["area_ha"][("w", 7)] == pytest.approx(5e-5)
    assert found["share_percent"][("w", 7)] == pytest.approx(50 / 1.5)


def test_a_zone_without_any_known_class_has_its_area_and_no_share(by_hand):
    """The cell (1, 0), of 4 ha, is in no half; the share of what is not known is nobody's."""
    nothing = tally(by_hand, [[1, 1], [0, 0]])
    with np.errstate(all="raise"):
        found = class_areas_by_zone(Series({2010: nothing}), ZONES, LEGEND)
    outside = found[(found["zoning"] == "half") & (found["zone"] == "(outside)")]
    assert rows(outside, "class_name", "area_ha") == [("no data", 4.0)]
    assert np.isnan(outside["share_percent"]).all()
