import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.chapters.fragility.salinisation import (
    ratio_of_aridity,
    ratio_of_evapotranspiration,
    salinisation,
    salinisation_class,
    salinisation_class_legend,
    salinisation_texture_scores,
)
from shanshui.chapters.services.soil_properties import TEXTURES
from shanshui.policy.parameters import read_pack

PACK = read_pack("china")
# Textures of the scores 1, 3 and 5.
CLAY, LOAM, SANDY_LOAM = 12, 5, 3


def cells(*values):
    return np.array([values], np.float32)


def pack_of(step):
    return {name: PACK[name].value for name in step.step.parameters}


def index(ratio, mineralisation, depth, texture):
    return salinisation(
        cells(ratio),
        cells(mineralisation),
        cells(depth),
        np.array([[texture]], np.int32),
        salinisation_texture_scores(),
        **pack_of(salinisation),
    )


@pytest.mark.parametrize(
    ("arguments", "product"),
    [
        ((3.0, 0, 9, CLAY), 1), ((3.1, 0, 9, CLAY), 3), ((14.9, 0, 9, CLAY), 3), ((15.0, 0, 9, CLAY), 5),
        ((0, 5.0, 9, CLAY), 1), ((0, 5.1, 9, CLAY), 3), ((0, 24.9, 9, CLAY), 3), ((0, 25.0, 9, CLAY), 5),
        ((0, 0, 5.0, CLAY), 1), ((0, 0, 4.9, CLAY), 3), ((0, 0, 1.1, CLAY), 3), ((0, 0, 1.0, CLAY), 5),
        ((0, 0, 9, LOAM), 3), ((0, 0, 9, SANDY_LOAM), 5),
    ],
)  # fmt: skip
def test_every_break_of_the_scores(arguments, product):
    found = index(*arguments)
    assert found.dtype == np.float32
    assert found[0, 0] == pytest.approx(product**0.25, rel=1e-6)


def test_the_index_is_of_scores_and_not_of_values():
    # 20 times 5, 10 g/L 3, 0.5 m 5, loam 3: the fourth root of 225
    assert index(20, 10, 0.5, LOAM)[0, 0] == pytest.approx(225**0.25, rel=1e-6)
    assert index(15, 25, 1, SANDY_LOAM)[0, 0] == pytest.approx(5.0, rel=1e-6)


@pytest.mark.parametrize("missing", range(4))
def test_what_is_missing_has_no_index(missing):
    arguments = [4.0, 10.0, 2.0, LOAM]
    arguments[missing] = -1 if missing == 3 else np.nan
    assert np.isnan(index(*arguments)).all()


PLENTY = st.floats(0, 40, width=32)


@settings(deadline=None)
@given(PLENTY, PLENTY, PLENTY, PLENTY, st.integers(1, 12))
def test_deeper_groundwater_is_never_more_sensitive_and_saltier_never_less(ratio, salt, one, other, texture):
    low, high = sorted((one, other))
    assert index(ratio, salt, high, texture) <= index(ratio, salt, low, texture)
    assert index(ratio, low, 2.0, texture) <= index(ratio, high, 2.0, texture)
    assert index(low, salt, 2.0, texture) <= index(high, salt, 2.0, texture)


def test_evaporation_over_precipitation():
    potential, rain = cells(1200, 1200, 0, np.nan, 1200), cells(300, 0, 300, 300, np.nan)
    np.testing.assert_array_equal(ratio_of_evapotranspiration(potential, rain), cells(4, 1000, 0, np.nan, np.nan))
    assert ratio_of_evapotranspiration(cells(3000), cells(0.001)).tolist() == [[1000]]
    assert ratio_of_evapotranspiration(cells(0, np.nan), cells(0, 0))[0, 0] == 1000
    assert np.isnan(ratio_of_evapotranspiration(cells(np.nan), cells(0))).all()
    # 200 mm of rain for 1000 mm: an aridity index of 0.2
    np.testing.assert_array_equal(ratio_of_aridity(cells(0.25, 0, np.nan)), cells(4, 1000, np.nan))
    assert ratio_of_evapotranspiration(cells(1), cells(2)).dtype == np.float32
    assert ratio_of_aridity(cells(2)).dtype == np.float32
    assert ratio_of_evapotranspiration.step.method == "potential_evapotranspiration"
    assert ratio_of_aridity.step.method == "aridity_index"


def test_classes():
    # the fourth roots of 15, 25 and 225, 375: 1.97, 2.24, 3.87, 4.40
    found = salinisation_class(cells(1, 15, 25, 225, 375, 625, np.nan) ** 0.25, **pack_of(salinisation_class))
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, -1]]
    assert salinisation_class_legend()["code"].tolist() == [1, 2, 3]
    assert salinisation_class_legend()["name_zh"].str.startswith(("一般", "敏感", "极敏感")).all()


def test_textures_by_what_they_are():
    """Public program of 2019: sand and clay 1, clay loam and loam 3, sandy loam 5; others as what they are near."""
    table = salinisation_texture_scores()
    assert dict(zip(table["code"], table["texture"], strict=True)) == {code: name for code, name, *_ in TEXTURES}
    scores = table.set_index("texture")["score"]
    assert set(scores.index[scores == 1]) == {"sand", "loamy sand", "sandy clay", "silty clay", "clay"}
    assert set(scores.index[scores == 5]) == {"sandy loam"}
    assert set(scores.index[scores == 3]) == {
        "loam", "silt loam", "silt", "clay loam", "sandy clay loam", "silty clay loam",
    }  # fmt: skip
    own = table.set_index("texture")["source"].str.contains("our own reading")
    assert set(own.index[~own]) == {"sand", "sandy loam", "loam", "clay loam", "clay"}
    assert set(table["status"]) == {"default"}


def test_shipped_numbers():
    """Table of the guide's scores as a public program of 2019 has it."""
    guide = {
        "sensitive_evaporation_ratio": 3, "extreme_evaporation_ratio": 15, "sensitive_mineralisation": 5,
        "extreme_mineralisation": 25, "sensitive_groundwater_depth": 5, "extreme_groundwater_depth": 1,
    }  # fmt: skip
    assert {name: PACK[name].value for name in guide} == guide
    assert {PACK[name].status for name in guide} == {"default"}
    assert [PACK[name].unit for name in guide] == ["1", "1", "g/L", "g/L", "m", "m"]
