import numpy as np
import pandas as pd
import pytest

from shanshui.chapters.pattern import conflicts
from shanshui.science.sums import Sums

NAN = np.nan
COLUMNS = ["mandatory", "mandatory_zh", "excluded", "excluded_zh", "cells", "area_ha"]
# Cells of 1, 2, 4 ... ha: each sum tells which cells it holds.
AREA = 1e4 * 2.0 ** np.arange(8)[np.newaxis]
HECTARE = 10**8


def row(*codes):
    return np.array([codes], np.int32)


def sums(ground, exclusion, park=None, area=AREA, least=0.5):
    park = None if park is None else np.array([park], np.float32)
    return conflicts.red_line_conflict_sums(ground, exclusion, area, park, least_mandatory_share=least).amounts


def test_every_pair_of_kinds_is_counted_by_itself():
    ground, exclusion = row(32, 32, 32, 32, 32, 32, 32, 32), row(1, 2, 3, 1, 2, 3, 1, 1)
    found = sums(ground, exclusion, [1, 0.5, 0.9, 0.49, 0, NAN, 0, 1])
    # Construction land 1 + 128, farmland 2, other 4; and 8 + 64, 16, 32.
    assert found == {
        "protected area": (2, 129 * HECTARE, 1, 2 * HECTARE, 1, 4 * HECTARE),
        "other mandatory protection": (2, 72 * HECTARE, 1, 16 * HECTARE, 1, 32 * HECTARE),
    }
    assert all(type(each) is int for amounts in found.values() for each in amounts)


def test_nothing_but_what_is_mandatory_on_excluded_land_counts():
    # Mandatory alone, excluded alone, beyond the region, a corridor; and one conflict.
    ground, exclusion = row(31, 1, 2, 3, -1, 33, 11, 32), row(0, 1, 2, 3, 1, 0, 0, 2)
    found = sums(ground, exclusion, [1] * 8)
    assert found == {
        "protected area": (0, 0, 1, 128 * HECTARE, 0, 0),
        "other mandatory protection": (0, 0, 0, 0, 0, 0),
    }


def test_the_share_from_which_on_a_protected_area_counts():
    ground, exclusion, area = row(32, 32), row(1, 1), np.array([[1e4, 2e4]])
    shares = [0.3, 0.29]
    assert sums(ground, exclusion, shares, area, 0.3)["protected area"][:2] == (1, HECTARE)
    assert sums(ground, exclusion, shares, area, 0.29)["protected area"][:2] == (2, 3 * HECTARE)
    assert sums(ground, exclusion, shares, area, 0.5)["other mandatory protection"][:2] == (2, 3 * HECTARE)


def test_without_protected_areas_it_is_another_protection():
    found = sums(row(32, 31), row(3, 0), area=np.array([[5e3, 1e4]]))
    assert found == {"protected area": (0,) * 6, "other mandatory protection": (0, 0, 0, 0, 1, HECTARE // 2)}


def test_a_conflict_of_no_known_kind_is_one_with_other_excluded_land():
    found = sums(row(32), row(0), [1], np.array([[1e4]]))
    assert found["protected area"] == (0, 0, 0, 0, 1, HECTARE)


def test_areas_are_whole_square_centimetres():
    # 0.00026 m2 are 2.6 cm2.
    found = sums(row(32, 32), row(1, 1), [1, 1], np.array([[0.00026, 0.00026]]))
    assert found["protected area"][:2] == (2, 6)


def test_parts_in_any_order_sum_to_the_whole():
    random = np.random.default_rng(3)
    shape = 40, 30
    ground, exclusion = random.choice([31, 32, 0], shape).astype(np.int32), random.integers(0, 4, shape, np.int32)
    park, area = random.random(shape, np.float32), random.uniform(8e5, 9e5, shape)
    parts = [
        conflicts.red_line_conflict_sums(*(each[half] for each in (ground, exclusion, area, park)), **LEAST)
        for half in (slice(0, 13), slice(13, 40))
    ]
    whole = conflicts.red_line_conflict_sums(ground, exclusion, area, park, **LEAST)
    assert parts[0] + parts[1] == parts[1] + parts[0] == whole
    table = conflicts.red_line_conflicts(whole)
    assert len(table) == 6
    assert table["cells"].sum() == (ground == 32).sum()
    assert table["area_ha"].sum() == pytest.approx(area[ground == 32].sum() / 1e4, rel=1e-9)


LEAST = {"least_mandatory_share": 0.5}


def test_one_row_a_pair_that_meets():
    found = conflicts.red_line_conflicts(
        Sums(
            {
                "protected area": (3, 7 * HECTARE, 0, 0, 2, HECTARE // 4),
                "other mandatory protection": (0, 0, 5, 9 * HECTARE, 0, 0),
            }
        )
    )
    expected = [
        ("protected area", "自然保护地", "construction land", "建设用地", 3, 7.0),
        ("protected area", "自然保护地", "other excluded land", "其他不划入土地", 2, 0.25),
        ("other mandatory protection", "其他必须保护区域", "permanent basic farmland", "永久基本农田", 5, 9.0),
    ]
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected, columns=COLUMNS))


def test_no_row_where_nothing_meets():
    found = conflicts.red_line_conflicts(Sums(sums(row(31, 1), row(0, 1), [1, 0], np.array([[1e4, 1e4]]))))
    assert found.empty
    assert found.columns.tolist() == COLUMNS
