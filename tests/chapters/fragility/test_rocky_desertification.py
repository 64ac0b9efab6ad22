import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.chapters.fragility.rocky_desertification import (
    lithology_legend,
    rocky_desertification,
    rocky_desertification_class_by_grade,
    rocky_desertification_class_by_scores,
    rocky_desertification_class_legend,
    rocky_desertification_grade_by_least,
    rocky_desertification_grade_by_mean,
    rocky_desertification_grade_legend,
)
from shanshui.policy.parameters import read_pack

PACK = read_pack("china")


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


def pack_of(step):
    return {name: PACK[name].value for name in step.step.parameters}


def index(carbonate, slope, cover):
    return rocky_desertification(cells(carbonate), cells(slope), cells(cover), **pack_of(rocky_desertification))


def grade(slope, cover, rock, step=rocky_desertification_grade_by_mean):
    return int(step(cells(slope), cells(cover), codes(rock), **pack_of(step))[0, 0])


@pytest.mark.parametrize(
    ("arguments", "product"),
    [
        ((0.30, 0.0, 1.0), 1), ((0.31, 0.0, 1.0), 3), ((0.69, 0.0, 1.0), 3), ((0.70, 0.0, 1.0), 5),
        ((0.01, 8.0, 1.0), 1), ((0.01, 8.1, 1.0), 3), ((0.01, 24.9, 1.0), 3), ((0.01, 25.0, 1.0), 5),
        ((0.01, 0.0, 0.60), 1), ((0.01, 0.0, 0.59), 3), ((0.01, 0.0, 0.21), 3), ((0.01, 0.0, 0.20), 5),
    ],
)  # fmt: skip
def test_every_break_of_the_scores(arguments, product):
    found = index(*arguments)
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(product ** (1 / 3), rel=1e-6)


def test_the_index_is_of_scores_and_not_of_values():
    # 50 % carbonate 3, 30 degrees 5, bare 5: the third root of 75
    assert index(0.5, 30.0, 0.0)[0, 0] == pytest.approx(75 ** (1 / 3), rel=1e-6)
    assert index(1.0, 60.0, 0.0)[0, 0] == pytest.approx(5.0, rel=1e-6)


def test_without_carbonate_land_is_not_sensitive():
    # steep and bare: 25^(1/3) = 2.9 were it karst
    assert index(0.0, 60.0, 0.0)[0, 0] == 1
    assert index(1e-6, 60.0, 0.0)[0, 0] == pytest.approx(25 ** (1 / 3), rel=1e-6)


@pytest.mark.parametrize("missing", range(3))
@pytest.mark.parametrize("carbonate", [0.0, 0.5])
def test_what_is_missing_has_no_index(missing, carbonate):
    arguments = [carbonate, 10.0, 0.5]
    arguments[missing] = np.nan
    assert np.isnan(index(*arguments)).all()


FRACTION = st.floats(0, 1, width=32)


@settings(deadline=None)
@given(FRACTION, st.floats(0, 90, width=32), FRACTION, FRACTION)
def test_more_cover_is_never_more_sensitive(carbonate, slope, one, other):
    assert index(carbonate, slope, max(one, other)) <= index(carbonate, slope, min(one, other))


@settings(deadline=None)
@given(FRACTION, FRACTION, st.floats(0, 90, width=32), st.floats(0, 90, width=32), FRACTION)
def test_more_carbonate_and_slope_are_never_less_sensitive(one, other, level, steep, cover):
    low, high = sorted((one, other))
    flat, steep = sorted((level, steep))
    assert 1 <= index(low, flat, cover)[0, 0] <= index(high, flat, cover)[0, 0] <= 5
    assert index(low, flat, cover) <= index(low, steep, cover)


@pytest.mark.parametrize(
    ("slope", "expected"),
    [(0, 1), (4.9, 1), (5, 2), (15, 2), (15.1, 3), (25, 3), (25.1, 4), (35, 4), (35.1, 5), (80, 5)],
)
def test_slope_alone_by_table_a3(slope, expected):
    """With bare limestone (5, 5) the grade that all reach is that of the slope."""
    assert grade(slope, 0.0, 5, rocky_desertification_grade_by_least) == expected
    # the mean of (slope, 5, 5): 11/3, 12/3, 13/3, 14/3, 15/3
    assert grade(slope, 0.0, 5) == {1: 4, 2: 4, 3: 4, 4: 5, 5: 5}[expected]


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        (1, 1),
        (0.81, 1),
        (0.80, 2),
        (0.60, 2),
        (0.59, 3),
        (0.40, 3),
        (0.39, 4),
        (0.20, 4),
        (0.19, 5),
        (0, 5),
    ],
)
def test_cover_alone_by_table_a3(cover, expected):
    assert grade(60, cover, 5, rocky_desertification_grade_by_least) == expected
    # the mean of (1, cover, 1): 3/3, 4/3, 5/3, 6/3, 7/3
    assert grade(0, cover, 1) == {1: 1, 2: 1, 3: 2, 4: 2, 5: 2}[expected]


@pytest.mark.parametrize("rock", [1, 2, 3, 4, 5])
def test_rock_alone_by_table_a3(rock):
    assert grade(60, 0.0, rock, rocky_desertification_grade_by_least) == rock


def test_every_combination_has_the_rounded_mean_and_the_least():
    slopes, covers = {1: 0, 2: 10, 3: 20, 4: 30, 5: 40}, {1: 0.9, 2: 0.7, 3: 0.5, 4: 0.3, 5: 0.1}
    for one, two, three in itertools.product(range(1, 6), repeat=3):
        found = grade(slopes[one], covers[two], three)
        assert found == round((one + two + three) / 3), (one, two, three)
        least = grade(slopes[one], covers[two], three, rocky_desertification_grade_by_least)
        assert least == min(one, two, three) <= found


@pytest.mark.parametrize("step", [rocky_desertification_grade_by_mean, rocky_desertification_grade_by_least])
def test_no_grade_without_karst_and_without_data(step):
    assert grade(60, 0.0, 0, step) == 1
    for missing in [(np.nan, 0.5, 3), (10, np.nan, 3), (10, 0.5, -1), (np.nan, 0.5, 0), (10, np.nan, 0), (10, 0.5, 6)]:
        assert grade(*missing, step) == -1
    found = step(cells(1), cells(1), codes(1), **pack_of(step))
    assert found.dtype == np.int32


def test_classes_of_both_methods():
    assert rocky_desertification_class_by_grade(codes(1, 2, 3, 4, 5, -1)).tolist() == [[1, 1, 2, 3, 3, -1]]
    breaks = pack_of(rocky_desertification_class_by_scores)
    # the third roots of 1, 5, 9, 45, 75 and 125: 1, 1.71, 2.08, 3.56, 4.22, 5
    found = np.cbrt(cells(1, 5, 9, 45, 75, 125, np.nan))
    assert rocky_desertification_class_by_scores(found, **breaks).tolist() == [[1, 1, 2, 2, 3, 3, -1]]
    assert rocky_desertification_class_by_grade(codes(5)).dtype == np.int32


def test_the_mean_comes_before_the_least():
    assert rocky_desertification_grade_by_mean.step.method == "hj1174_2021"
    assert rocky_desertification_grade_by_least.step.method == "hj1174_2021_all_reach"
    assert rocky_desertification_class_by_grade.step.method == "double_evaluation_2020"
    assert rocky_desertification_class_by_scores.step.method == "guide_2017"


def test_legends():
    assert lithology_legend()["name"].tolist() == [
        "no carbonate rock", "buried carbonate", "sub-impure carbonate", "impure carbonate", "dolomite",
        "limestone and dolomite",
    ]  # fmt: skip
    assert lithology_legend()["code"].tolist() == [0, 1, 2, 3, 4, 5]
    legend = rocky_desertification_grade_legend()
    assert legend["name"].tolist() == ["none", "light", "moderate", "severe", "extreme"]
    assert legend["name_zh"].tolist() == ["无石漠化", "轻度", "中度", "重度", "极重度"]
    assert legend["code"].tolist() == [1, 2, 3, 4, 5]
    assert rocky_desertification_class_legend()["name"].tolist() == ["general", "sensitive", "extremely sensitive"]
    assert rocky_desertification_class_legend()["code"].tolist() == [1, 2, 3]


def test_shipped_numbers():
    """Table of the guide's scores as a public program of 2019 has it; HJ 1174-2021, table A.3."""
    guide = {
        "sensitive_index": 2, "extreme_index": 4, "sensitive_carbonate": 30, "extreme_carbonate": 70,
        "sensitive_karst_slope": 8, "extreme_karst_slope": 25, "sensitive_karst_cover": 60, "extreme_karst_cover": 20,
    }  # fmt: skip
    standard = {
        "light_karst_slope": 5, "moderate_karst_slope": 15, "severe_karst_slope": 25,
        "extremely_degraded_karst_slope": 35, "light_karst_cover": 80, "moderate_karst_cover": 60,
        "severe_karst_cover": 40, "extremely_degraded_karst_cover": 20,
    }  # fmt: skip
    assert {name: PACK[name].value for name in guide | standard} == guide | standard
    assert {PACK[name].status for name in guide} == {"default"}
    assert {PACK[name].status for name in standard} == {"official"}
    assert {PACK[name].unit for name in guide | standard if "slope" in name} == {"degree"}
    assert {PACK[name].unit for name in guide | standard if "cover" in name or "carbonate" in name} == {"percent"}
