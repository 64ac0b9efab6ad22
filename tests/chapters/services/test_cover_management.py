import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.chapters.services.cover_management import (
    COVER_CLASSES,
    cover_management_by_class,
    cover_management_of_cai,
    cover_management_table,
    support_practice_by_ecosystem,
    support_practice_table,
)
from shanshui.data.legends import ecosystem_scheme

ECOSYSTEMS = ecosystem_scheme()["level2"].tolist()
# HJ 1173-2021, annex A.
FOREST = [0.1, 0.08, 0.06, 0.02, 0.004, 0.001]
SHRUB = [0.4, 0.22, 0.14, 0.085, 0.04, 0.011]
GRASS = [0.45, 0.24, 0.15, 0.09, 0.043, 0.011]
ORCHARD = [0.42, 0.23, 0.14, 0.089, 0.042, 0.011]
COVERS = [0.05, 0.2, 0.4, 0.6, 0.8, 0.95]


def factors(code, *covers):
    cells = np.full((1, len(covers)), code, np.int32)
    return cover_management_by_class(cells, np.array([covers], np.float32), cover_management_table())[0]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((10, 11, 12, 13, 14), FOREST), ((20, 21, 22, 23), SHRUB), ((30, 31, 32, 33, 34), GRASS), ((52,), ORCHARD),
        ((53, 40, 41, 42, 43), [0] * 6), ((60, 61, 62, 63), [0.01] * 6), ((70, 71, 72, 73, 74), [0.7] * 6),
        ((80, 81, 90, 91, 92, 93, 94), [0] * 6),
    ],
)  # fmt: skip
def test_the_factors_of_the_standard(codes, expected):
    for code in codes:
        np.testing.assert_array_equal(factors(code, *COVERS), np.array(expected, np.float32))


@pytest.mark.parametrize("code", [50, 51])
def test_dry_cropland_has_its_formula(code):
    found = factors(code, 0.02, *COVERS, np.nan)
    expected = [1, *(min(0.221 - 0.595 * math.log10(cover), 1) for cover in COVERS), np.nan]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("table", [cover_management_table(), support_practice_table()])
def test_every_ecosystem_has_an_answer_with_its_source_and_status(table):
    assert table["level2"].tolist() == ECOSYSTEMS
    assert table["name"].tolist() == ecosystem_scheme()["name"].tolist()
    assert table["source"].str.len().gt(5).all()
    assert set(table["status"]) <= {"official", "literature", "default"}
    assert (table["unit"] == 1).all()


def test_what_the_standard_does_not_say_is_not_called_official():
    table = cover_management_table().set_index("level2")
    ours = [43, 50, 52, 70, 74, 80, 81, 90, 93, 94]
    assert sorted(table.index[table["status"] == "default"]) == ours
    assert set(table.loc[[code for code in ECOSYSTEMS if code not in ours], "status"]) == {"official"}
    assert set(table["rule"]) == {"classes", "dry_cropland"}
    assert table.loc[table["rule"] == "classes", COVER_CLASSES].notna().all(axis=None)
    assert "official" not in set(support_practice_table()["status"])


@given(st.sampled_from(ECOSYSTEMS), st.floats(0, 1, width=32), st.floats(0, 1, width=32))
def test_more_cover_never_more_erosion_within_an_ecosystem(code, one, other):
    low, high = factors(code, *sorted((one, other)))
    assert 0 <= high <= low <= 1


def test_water_and_towns_have_their_factor_where_cover_is_unknown_and_forests_have_not():
    assert factors(91, np.nan).tolist() == [0.0]
    assert factors(61, np.nan).tolist() == [np.float32(0.01)]
    assert np.isnan(factors(11, np.nan)).all()
    assert np.isnan(factors(-1, 0.5)).all()


def test_cai_takes_the_cover_as_a_fraction_and_works_in_percent():
    found = cover_management_of_cai(np.array([[0, 0.3, 0.783, 0.8, np.nan]], np.float32))[0]
    np.testing.assert_allclose(found[:2], [1, 0.6508 - 0.3436 * math.log10(30)], rtol=1e-6)
    assert found[2] == pytest.approx(0.0001, abs=5e-5)
    assert found[3] == 0
    assert np.isnan(found[4])


def test_practice_by_ecosystem():
    cells = np.array([[51, 50, 53, 52, 11, 21, 31, 73, 61, 91, 41, 81, -1]], np.int32)
    found = support_practice_by_ecosystem(cells, support_practice_table())
    expected = np.array([[0.47, 0.47, 0.47, 0.74, 1, 1, 1, 1, 0, 0, 0, 1, np.nan]], np.float32)
    np.testing.assert_array_equal(found, expected)


def test_a_study_s_own_rows_are_taken():
    table = cover_management_table().query("level2 == 11").assign(under_10=0.9)
    found = cover_management_by_class(np.array([[11, 12]], np.int32), np.array([[0, 0]], np.float32), table)
    np.testing.assert_array_equal(found, np.array([[0.9, np.nan]], np.float32))
