import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.fragility.by_zone import DEGRADATIONS, class_by_zone, class_tally, grade_by_zone, grade_tally
from shanshui.chapters.fragility.degradation import forest_degradation_grade_legend
from shanshui.chapters.fragility.water_erosion import water_erosion_class_legend

ZONES = pd.DataFrame(
    {
        "zoning": ["region", "region", "half", "half", "half"],
        "zone": ["region", "(outside)", "w", "e", "(outside)"],
        "name": ["Region", "(outside)", "West", "East", "(outside)"],
    }
)
# The third cell lies to a quarter in the west and to three in the east; the last is beyond the region.
COVER = ZoneCover(
    signature=np.array([[0, 0, -1, 1, 1, -2]], np.int32),
    members=np.array([[0, 2], [0, 3]], np.int32),
    border_cell=np.array([2, 2, 2]),
    border_zone=np.array([0, 2, 3], np.int32),
    border_share=np.array([1.0, 0.25, 0.75]),
)
AREA = np.array([[1e4, 2e4, 4e4, 8e4, 16e4, 32e4]])
GRADES = np.array([[1, -1, 3, 2, 3, 1]], np.int32)


def table(grades=GRADES, year=2010):
    tally = class_tally(grades, COVER, AREA)
    return class_by_zone(Series({year: tally}), ZONES, water_erosion_class_legend())


def test_the_area_of_each_grade_by_hand():
    found = table()
    areas = {(row.zone, row.code): (row.area_ha, row.share_percent) for row in found.itertuples()}
    expected = {
        ("region", -1): (2.0, np.nan),
        ("region", 1): (1.0, 100 / 29),
        ("region", 2): (8.0, 800 / 29),
        ("region", 3): (20.0, 2000 / 29),
        ("w", -1): (2.0, np.nan),
        ("w", 1): (1.0, 50.0),
        ("w", 3): (1.0, 50.0),
        ("e", 2): (8.0, 800 / 27),
        ("e", 3): (19.0, 1900 / 27),
    }
    assert list(areas) == list(expected)
    for key, numbers in expected.items():
        assert areas[key] == pytest.approx(numbers, nan_ok=True), key
    assert set(found["year"]) == {2010}
    names = dict(zip(found["code"], found["class_name"], strict=True))
    legend = water_erosion_class_legend()
    assert names == {-1: "no data"} | dict(zip(legend["code"], legend["name"], strict=True))


def test_rows_of_a_zone_sum_to_its_area_and_zones_to_the_region():
    areas = table().groupby("zone")["area_ha"].sum()
    assert areas.to_dict() == {"region": 31.0, "w": 4.0, "e": 27.0}


def test_without_years_and_without_any_data():
    found = table(np.full((1, 6), -1, np.int32), year=None)
    assert "year" not in found
    assert found["class_name"].tolist() == ["no data"] * 3
    assert found["area_ha"].tolist() == [31.0, 4.0, 27.0]
    assert found["share_percent"].isna().all()


@pytest.mark.parametrize("erosion", ["water_erosion", "wind_erosion"])
def test_both_erosions_have_a_table_with_or_without_years(erosion):
    (tally,) = catalogue().methods(f"{erosion}_class_tally")
    assert f"{erosion}_class" in tally.inputs
    (step,) = catalogue().methods(f"{erosion}_class_by_zone")
    assert step.series == {f"{erosion}_class_tally": 0}


def test_the_five_grades_of_degradation_by_hand():
    grades = np.array([[5, -1, 4, 2, 3, 1]], np.int32)
    found = grade_by_zone(Series({2010: grade_tally(grades, COVER, AREA)}), ZONES, forest_degradation_grade_legend())
    areas = {(row.zone, row.code): row.area_ha for row in found.itertuples()}
    assert areas == pytest.approx(
        {("region", -1): 2, ("region", 2): 8, ("region", 3): 16, ("region", 4): 4, ("region", 5): 1}
        | {("w", -1): 2, ("w", 4): 1, ("w", 5): 1, ("e", 2): 8, ("e", 3): 16, ("e", 4): 3}
    )
    names = dict(zip(found["code"], found["class_name"], strict=True))
    assert names == {-1: "no data", 2: "light", 3: "moderate", 4: "severe", 5: "extreme"}


@pytest.mark.parametrize("of", DEGRADATIONS)
def test_every_degradation_has_five_grades(of):
    (step,) = {step.name: step for step in catalogue().methods(f"{of}_grade_legend")}.values()
    assert step.function()["code"].tolist() == [1, 2, 3, 4, 5]
