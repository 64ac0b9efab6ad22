import numpy as np
import pandas as pd
import pytest

from shanshui.chapters import catalogue
from shanshui.chapters.services.class_tables import COEFFICIENTS, by_class

# As a table is read: whole numbers and fractions alike, in no order.
TABLE = pd.DataFrame({"code": [12.0, 3.0, 40.0], "coefficient": [0.25, 98.0, 0.0], "note": ["a", "b", "c"]})


def test_each_class_has_its_own_number_and_what_is_not_listed_none():
    found = by_class(np.array([[3, 12, 40], [-1, 4, 0]], np.int32), TABLE)
    np.testing.assert_array_equal(found, np.array([[98.0, 0.25, 0.0], [np.nan, np.nan, np.nan]], np.float32))
    assert found.dtype == np.float32


@pytest.mark.parametrize("of", COEFFICIENTS)
def test_the_study_s_table_comes_before_what_is_shipped(of):
    methods = [step.method for step in catalogue().methods(of)]
    assert methods[0] == "class_table"
    # One figure for all pools of carbon is the study's own, or there is none.
    assert len(methods) > 1 or of == "carbon_density"
    (step,) = [step for step in catalogue().methods(of) if step.method == "class_table"]
    assert "land_cover" in step.inputs
    assert f"{of}_by_class" in step.inputs


@pytest.mark.parametrize("of", ["crop_coefficient", "root_depth", "vegetated"])
def test_the_shipped_table_goes_by_ecosystem(of):
    assert [step.method for step in catalogue().methods(of)] == ["class_table", "ecosystem"]


def test_what_a_class_may_tell():
    assert len(set(COEFFICIENTS)) == len(COEFFICIENTS)
    pools = {f"carbon_{pool}" for pool in ("density", "aboveground", "belowground", "soil", "dead")}
    carbon = {*pools, "sequestration_ratio", "carbon_fixation_rate", "light_use_efficiency", "saturated_ndvi"}
    assert carbon | {"cover_management", "transpiration_heat_rate"} <= set(COEFFICIENTS)
