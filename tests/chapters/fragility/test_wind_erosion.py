import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.chapters.fragility.wind_erosion import (
    wind_erosion,
    wind_erosion_class_by_desertification,
    wind_erosion_class_by_intensity,
    wind_erosion_class_by_sensitivity,
    wind_erosion_class_legend,
    wind_erosion_intensity,
    wind_erosion_intensity_legend,
)
from shanshui.policy.parameters import read_pack


def cells(*values):
    return np.array([values], np.float32)


def pack_of(step):
    pack = read_pack("china")
    return {name: pack[name].value for name in step.step.parameters}


def test_erosion_by_hand():
    # F = 50 x 0.5 x 0.8 x 0.5 x 0.1 = 1: 2 x 50/150.71^2 x 109.8 x exp(-(50/150.71)^2) = 0.43303 kg/m2, x 10
    found = wind_erosion(cells(50.0), cells(0.5), cells(0.8), cells(0.5), cells(0.1), **pack_of(wind_erosion))
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(4.3303, rel=1e-4)
    nearer = wind_erosion(
        cells(50.0),
        cells(0.5),
        cells(0.8),
        cells(0.5),
        cells(0.1),
        **pack_of(wind_erosion) | {"wind_erosion_distance": 25.0},
    )
    # 2 x 25/150.71^2 x 109.8 x exp(-(25/150.71)^2) = 0.241708 x 0.972857
    assert nearer[0, 0] == pytest.approx(2.3515, rel=1e-4)


def test_land_without_soil_and_unknown_land():
    land = np.array([[1, 0, -1]], np.int32)
    one = cells(1.0, 1.0, 1.0)
    found = wind_erosion(one, one, one, one, one, land, **pack_of(wind_erosion))
    np.testing.assert_allclose(found, [[4.3303, 0.0, np.nan]], rtol=1e-4)


@given(st.floats(0.0, 300.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_of_a_factor_is_never_less_erosion(weather, one, other):
    low, high = sorted((one, other))
    losses = [
        wind_erosion(cells(weather), cells(0.9), cells(0.9), cells(0.9), cells(factor), **pack_of(wind_erosion))
        for factor in (low, high)
    ]
    assert losses[0] <= losses[1]


def test_intensity_at_every_break():
    # 200, 2500, 5000, 8000 and 15000 t/km2 are 2, 25, 50, 80 and 150 t/ha
    losses = cells(0.0, 1.99, 2.0, 24.9, 25.0, 49.9, 50.0, 79.9, 80.0, 149.9, 150.0, 1e4, np.nan)
    found = wind_erosion_intensity(losses, **pack_of(wind_erosion_intensity))
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, -1]]
    assert found.dtype == np.int32


def test_grades_of_each_method():
    intensity = np.array([[1, 2, 3, 4, 5, 6, -1]], np.int32)
    assert wind_erosion_class_by_intensity(intensity).tolist() == [[1, 1, 2, 2, 3, 3, -1]]
    degree = np.array([[0, 1, 2, 3, 4, -1]], np.int32)
    assert wind_erosion_class_by_desertification(degree).tolist() == [[1, 1, 2, 3, 3, -1]]
    sensitivity = cells(1.0, 2.0, 2.01, 4.0, 4.01, 5.0, np.nan)
    found = wind_erosion_class_by_sensitivity(sensitivity, **pack_of(wind_erosion_class_by_sensitivity))
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, -1]]
    assert found.dtype == np.int32


def test_every_grade_can_be_reached_and_has_a_name():
    assert wind_erosion_intensity_legend()["code"].tolist() == [1, 2, 3, 4, 5, 6]
    assert wind_erosion_class_legend()["code"].tolist() == [1, 2, 3]
    for legend in (wind_erosion_intensity_legend(), wind_erosion_class_legend()):
        assert list(legend.columns) == ["code", "name", "name_zh", "colour"]
        # dark is severe
        brightness = [sum(int(colour[k : k + 2], 16) for k in (1, 3, 5)) for colour in legend["colour"]]
        assert brightness == sorted(brightness, reverse=True)


def test_what_nobody_read_in_a_standard_is_not_called_official():
    pack = read_pack("china")
    for step in (wind_erosion, wind_erosion_intensity, wind_erosion_class_by_sensitivity):
        assert {pack[name].status for name in step.step.parameters} == {"default"}
