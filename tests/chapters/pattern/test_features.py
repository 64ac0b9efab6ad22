import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern import features

NAN = np.nan
BROUGHT = pd.DataFrame({"item": ["panda", "crane"]})
# Of the third cell a half lies in the region.
COVER = ZoneCover(
    np.array([[0, 0, -1]], np.int32),
    np.array([[0]], np.int32),
    np.array([2], np.int64),
    np.array([0], np.int32),
    np.array([0.5]),
)
AREA = np.array([[1e6, 2e6, 4e6]])


def targets(*names, percent=30.0):
    return pd.DataFrame({"feature": names, "target_percent": percent})


def test_features_stand_in_the_order_of_the_table():
    names = ["crane", "soil_retention", "ecosystem 42", "fragile_land"]
    table = pd.DataFrame({"feature": names, "target_percent": [10.0, 20.0, 30.0, 40.0], "remark": "x"})
    found = features.red_line_features_items(table, BROUGHT)
    assert found["item"].tolist() == names
    assert found["target_percent"].tolist() == [10, 20, 30, 40]
    assert found["unit"].tolist() == ["km2", "ppm", "km2", "ppm"]
    # A layer's feature of the name of a service is that of the layer.
    own = features.red_line_features_items(targets("fragile_land"), pd.DataFrame({"item": ["fragile_land"]}))
    assert own["unit"].tolist() == ["km2"]


def test_what_is_no_feature_and_what_stands_twice_is_told_at_once():
    with pytest.raises(StudyError) as error:
        features.red_line_features_items(targets("panda", "ecosystem", "ecosystem 42", "ecosystem 42"), None)
    told = [str(problem) for problem in error.value.problems]
    assert len(told) == 3
    assert all(text.startswith("tables.red_line_targets.columns.feature: ") for text in told)
    assert any("no feature 'panda'; give one of water_conservation" in text for text in told)
    assert any("no feature 'ecosystem'" in text for text in told)
    assert any("'ecosystem 42' has 2 targets; give one" in text for text in told)
    assert features.red_line_features_items(targets("panda"), BROUGHT)["item"].tolist() == ["panda"]


def amounts(*names, **given):
    items = features.red_line_features_items(targets(*names), given.get("protected_feature_items"))
    return features.red_line_features(items, COVER, AREA, **given)


def test_amounts_of_all_kinds():
    land = Series({2000: np.array([[42, 42, 42]], np.int32), 2020: np.array([[42, 10, 42]], np.int32)})
    ranges = np.array([[[1, 0.5, NAN]], [[0, 0.25, 1]]], np.float32)
    water = Series({2020: np.array([[5, NAN, 7]], np.float32)})
    fragile = np.array([[NAN, 3, 4]], np.float32)
    found = amounts(
        "crane",
        "ecosystem 42",
        "water_conservation",
        "fragile_land",
        "panda",
        ecosystem=land,
        protected_feature=ranges,
        protected_feature_items=BROUGHT,
        water_conservation_share=water,
        fragile_share=fragile,
    )
    # Areas in the region: 1, 2 and 2 km2.
    expected = [[0, 0.5, 2], [1, 0, 2], [5, 0, 7], [0, 3, 4], [1, 1, 0]]
    np.testing.assert_array_equal(found[:, 0], expected)
    assert found.dtype == np.float32


@pytest.mark.parametrize("name", ["sand_fixation", "fragile_land", "ecosystem 42"])
def test_a_target_of_what_the_study_cannot_have_is_refused(name):
    with pytest.raises(StudyError, match=f"the study has no {name}; leave its target out"):
        amounts(name)
