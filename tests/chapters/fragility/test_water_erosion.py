import numpy as np
import pytest

from shanshui.chapters.fragility.water_erosion import (
    class_by_intensity,
    class_by_scores,
    erosion_of_hj1173,
    erosion_of_rusle,
    water_erosion_class_legend,
    water_erosion_intensity,
    water_erosion_intensity_legend,
    water_erosion_texture_scores,
)
from shanshui.chapters.services.soil_properties import TEXTURES

INTENSITY = {
    "tolerable_soil_loss": 500.0,
    "water_erosion_moderate": 2500.0,
    "water_erosion_intense": 5000.0,
    "water_erosion_very_intense": 8000.0,
    "water_erosion_extreme": 15000.0,
}
GUIDE = {
    "sensitive_rainfall_erosivity": 100.0,
    "extreme_rainfall_erosivity": 600.0,
    "sensitive_relief_amplitude": 50.0,
    "extreme_relief_amplitude": 300.0,
    "water_erosion_dense_cover": 0.6,
    "water_erosion_sparse_cover": 0.2,
    "water_erosion_sensitive_score": 2.0,
    "water_erosion_extreme_score": 4.0,
}


def row(*values):
    return np.array([values], np.float32)


def test_erosion_by_hand():
    assert erosion_of_hj1173(row(600), row(0.1)).item() == pytest.approx(60, rel=1e-6)
    assert erosion_of_rusle(row(600), row(0.1), row(0.5)).item() == pytest.approx(30, rel=1e-6)
    assert np.isnan(erosion_of_hj1173(row(np.nan, 1), row(0.5, np.nan))).all()
    assert np.isnan(erosion_of_rusle(row(np.nan, 1, 1), row(0.5, np.nan, 1), row(1, 1, np.nan))).all()


def test_intensity_in_tonnes_from_a_square_kilometre():
    lost = row(0, 4.99, 5, 24.9, 25, 49.9, 50, 79.9, 80, 149.9, 150, 900, np.nan)
    assert water_erosion_intensity(lost, **INTENSITY).tolist() == [[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, -1]]


@pytest.mark.parametrize(("tolerable", "grades"), [(200.0, [2, 2, 2]), (500.0, [1, 2, 2]), (1000.0, [1, 1, 2])])
def test_the_lowest_grade_ends_where_the_region_says(tolerable, grades):
    found = water_erosion_intensity(row(2, 5, 10), **{**INTENSITY, "tolerable_soil_loss": tolerable})
    assert found.tolist() == [grades]


def test_class_by_intensity():
    assert class_by_intensity(np.array([[-1, 1, 2, 3, 4, 5, 6]], np.int32)).tolist() == [[-1, 1, 1, 2, 2, 3, 3]]


def graded(rain, texture, relief, cover, **scalars):
    cells = row(rain), np.array([[texture]], np.int32), row(relief), row(cover)
    return class_by_scores(*cells, water_erosion_texture_scores(), **{**GUIDE, **scalars}).item()


SAND, LOAM, SILT = 1, 5, 8  # score 1, 3, 5


@pytest.mark.parametrize(
    ("cell", "grade"),
    [
        ((50, SAND, 20, 0.8), 1),  # 1 1 1 1
        ((300, LOAM, 20, 0.8), 1),  # 3 3 1 1: 1.73
        ((300, SILT, 20, 0.8), 1),  # 3 5 1 1: 1.97
        ((300, LOAM, 100, 0.8), 2),  # 3 3 3 1: 2.28
        ((900, SILT, 20, 0.8), 2),  # 5 5 1 1: 2.24
        ((900, SILT, 100, 0.4), 2),  # 5 5 3 3: 3.87
        ((900, SILT, 400, 0.4), 3),  # 5 5 5 3: 4.40
        ((900, SILT, 400, 0.1), 3),  # 5 5 5 5
    ],
)
def test_grades_by_hand(cell, grade):
    assert graded(*cell) == grade


@pytest.mark.parametrize(
    ("place", "values"),
    [(0, (99, 100, 600, 601)), (2, (50, 50.1, 300, 300.1)), (3, (0.6, 0.59, 0.21, 0.2))],
)
def test_each_score_changes_at_its_bounds(place, values):
    """With two other scores 1 and 5, the four values give 1, 3, 3 and 5: told apart by the breaks of the grade."""
    for value, score in zip(values, (1, 3, 3, 5), strict=True):
        cell = [50, SILT, 20, 0.8]
        cell[place] = value
        mean = (5 * score) ** 0.25
        assert graded(*cell, water_erosion_sensitive_score=mean - 1e-3) == 2
        assert graded(*cell, water_erosion_sensitive_score=mean + 1e-3) == 1
        assert graded(*cell, water_erosion_sensitive_score=1.0, water_erosion_extreme_score=mean - 1e-3) == 3
        assert graded(*cell, water_erosion_sensitive_score=1.0, water_erosion_extreme_score=mean + 1e-3) == 2


def test_a_mean_on_a_break():
    # All scores 1: the mean is exactly 1.
    assert graded(50, SAND, 20, 0.8, water_erosion_sensitive_score=1.0) == 2
    assert graded(50, SAND, 20, 0.8, water_erosion_sensitive_score=1.0, water_erosion_extreme_score=1.0) == 2


def test_an_unknown_input_gives_no_grade():
    assert graded(np.nan, LOAM, 20, 0.5) == -1
    assert graded(50, -1, 20, 0.5) == -1
    assert graded(50, LOAM, np.nan, 0.5) == -1
    assert graded(50, LOAM, 20, np.nan) == -1


def test_the_texture_scores_name_who_disagrees():
    table = water_erosion_texture_scores()
    assert table["code"].tolist() == [code for code, *_ in TEXTURES]
    assert table["name"].tolist() == [name for _, name, *_ in TEXTURES]
    assert table["score"].tolist() == [1, 1, 3, 3, 3, 1, 5, 5, 3, 3, 3, 1]
    disputed = table[table["other_score"].notna()]
    assert dict(zip(disputed["code"], disputed["other_score"], strict=True)) == {3: 5, 9: 5, 10: 5, 11: 5}
    assert set(table["status"]) == {"default"}


@pytest.mark.parametrize(("legend", "count"), [(water_erosion_intensity_legend, 6), (water_erosion_class_legend, 3)])
def test_legends(legend, count):
    found = legend()
    assert list(found.columns) == ["code", "name", "name_zh", "colour"]
    assert found["code"].tolist() == list(range(1, count + 1))
    # Darker with every grade.
    light = [sum(int(colour[place : place + 2], 16) for place in (1, 3, 5)) for colour in found["colour"]]
    assert light == sorted(light, reverse=True)
