import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.chapters.services.soil_erodibility import (
    erodibility_of_china,
    erodibility_of_epic,
    erodibility_of_nomograph,
)


def row(*values):
    return np.array([values], np.float32)


def test_the_line_of_china_on_epic_by_hand():
    # Sand 30, silt 45, clay 25, carbon 2 percent.
    epic = (
        (0.2 + 0.3 * math.exp(-0.0256 * 30 * 0.55))
        * (45 / 70) ** 0.3
        * (1 - 0.5 / (2 + math.exp(3.72 - 5.9)))
        * (1 - 0.49 / (0.7 + math.exp(-5.51 + 22.9 * 0.7)))
    )
    soil = row(30), row(45), row(25), row(2)
    assert erodibility_of_epic(*soil, soil_parts_tolerance=1.0).item() == pytest.approx(0.1317 * epic, rel=1e-5)
    by_hand = 0.1317 * (-0.01383 + 0.51575 * epic)
    assert erodibility_of_china(*soil, soil_parts_tolerance=1.0).item() == pytest.approx(by_hand, rel=1e-5)
    assert 0.01 < by_hand < 0.03


@pytest.mark.parametrize("method", [erodibility_of_epic, erodibility_of_china])
def test_parts_that_do_not_sum_to_100(method):
    carbon = row(2, 2, 2, 2)
    found = method(
        row(30, 31.5, 34, 0.3), row(45, 47.25, 51, 0.45), row(25, 26.25, 28, 0.25), carbon, soil_parts_tolerance=10.0
    )
    assert found[0, 1] == pytest.approx(found[0, 0], rel=1e-5)
    # 113 percent, and fractions taken for percent.
    assert np.isnan(found[0, 2:]).all()
    exact = method(row(31.5), row(47.25), row(26.25), row(2), soil_parts_tolerance=1.0)
    assert np.isnan(exact).all()


@given(st.floats(0, 100), st.floats(0, 1), st.floats(0, 40))
def test_erodibility_lies_between_0_and_what_soils_have(clay, share, carbon):
    sand = (100 - clay) * share
    soil = row(sand), row(100 - clay - sand), row(clay), row(carbon)
    epic = erodibility_of_epic(*soil, soil_parts_tolerance=0.1).item()
    china = erodibility_of_china(*soil, soil_parts_tolerance=0.1).item()
    assert 0 <= epic <= 0.1317 * 0.5
    assert china == pytest.approx(max(0, -0.01383 * 0.1317 + 0.51575 * epic), abs=1e-6)


def test_the_nomograph_takes_its_inputs_in_their_order():
    silt, very_fine_sand, clay, matter = row(30), row(12), row(18), row(2.5)
    codes = np.array([[4]], np.int32), np.array([[2]], np.int32)
    by_hand = (2.1e-4 * 9.5 * (42 * 82) ** 1.14 + 3.25 * 2 + 2.5 * -1) / 100 * 0.1317
    found = erodibility_of_nomograph(silt, very_fine_sand, clay, matter, *codes)
    assert found.item() == pytest.approx(by_hand, rel=1e-6)
    assert found.dtype == np.float32
