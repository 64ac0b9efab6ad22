"""Leaves of tables of Chinese divisions, on small tables made by hand."""

import numpy as np
import pandas as pd
import pytest

from shanshui.data.divisions import DivisionError, divisions


def found(rows, levels=3):
    """Rows of code, names, persons, urban."""
    codes = pd.Series([row[0] for row in rows])
    names = pd.DataFrame([row[1 : 1 + levels] for row in rows])
    amounts = pd.DataFrame([row[1 + levels :] for row in rows], dtype="float64")
    return divisions(codes, names, amounts)


def leaves(rows, levels=3):
    result = found(rows, levels)
    return list(result.keys[result.leaves])


PREFECTURE = [
    ("450000", "P", "P", "P", 9, 3),
    ("450100", "P", "Q", "Q", 9, 3),
    ("450102", "P", "Q", "East", 4, 2),
    ("450121", "P", "Q", "West", 5, 1),
]


def test_provinces_and_prefectures_are_divided_by_codes_alone():
    rows = [(code, persons) for code, _, _, _, persons, _ in PREFECTURE]
    assert leaves(rows, levels=0) == ["450102", "450121"]


@pytest.mark.parametrize("code", ["NA", "", "000000", "100000"])
def test_the_nation_is_no_leaf_whatever_its_number(code):
    assert leaves([(code, "N", "N", "N", 77, 7), *PREFECTURE]) == ["450102", "450121"]


def test_a_zone_without_a_code_is_a_leaf_under_its_parent_s_name():
    assert leaves([*PREFECTURE, ("NA", "P", "Q", "Zone", 1, 1)])[-1] == "Q/Zone"


def test_a_prefecture_without_counties_is_a_leaf():
    assert leaves([*PREFECTURE, ("450300", "P", "R", "R", 2, 2)])[-1] == "450300"


def test_a_municipality_s_seat_row_is_divided_by_its_districts():
    rows = [("110000", "B", "B", "B", 3, 3), ("110100", "B", "B", "districts", 3, 3), ("110101", "B", "B", "D", 3, 3)]
    assert leaves(rows) == ["110101"]


ISLANDS = [
    ("460000", "H", "H", "H", 12, 12),
    ("460300", "H", "S", "S", 6, 5),
    ("NA", "H", "one", "one", 4, 3),
    ("NA", "H", "two", "two", 2, 2),
    ("460400", "H", "D", "D", 6, 7),
]


def test_parts_without_codes_that_add_up_to_the_row_before_are_not_counted_again():
    assert leaves(ISLANDS) == ["460300", "460400"]


def test_rows_that_do_not_add_up_in_every_amount_are_rows_of_their_own():
    rows = [*ISLANDS[:3], ("NA", "H", "two", "two", 2, 1), ISLANDS[4]]
    assert leaves(rows) == ["460300", "H/one", "H/two", "460400"]


def test_a_collective_prefecture_without_a_code_is_divided_by_the_counties_that_follow():
    rows = [
        *PREFECTURE,
        ("NA", "P", "direct", "direct", 70, 7),
        ("459001", "P", "A", "A", 30, 3),
        ("459002", "P", "B", "B", 39, 4),
    ]
    assert leaves(rows) == ["450102", "450121", "459001", "459002"]


def test_a_zone_before_counties_of_another_prefecture_stays_a_leaf():
    rows = [*PREFECTURE, ("NA", "P", "Q", "Zone", 1, 1), ("459001", "P", "A", "A", 30, 3)]
    assert leaves(rows) == ["450102", "450121", "Q/Zone", "459001"]


INDENTED = [
    ("450000", "P", 20),
    ("450100", "Q", 9),
    ("450102", "  East", 4),
    ("", "  zone", 5),
    ("451900", "D", 6),
    ("", "  districts", 6),
    ("", "direct", 5),
    ("459001", "  A", 3),
    ("", "  isle", 2),
    ("", "  void", np.nan),
    ("", "a forum's name", np.nan),
]


def test_indented_names():
    result = found(INDENTED, levels=1)
    # the collective row has no code: its own parts bear the province's name
    assert list(result.keys[result.leaves]) == ["450102", "Q/zone", "451900", "459001", "P/isle"]
    assert list(result.names[result.empty]) == ["void", "a forum's name"]


def test_an_indented_nation_above_the_provinces_is_no_leaf():
    assert leaves([("", "N", 20), *INDENTED], levels=1) == leaves(INDENTED, levels=1)


def test_leaves_sum_to_the_whole_and_a_thousand_more_are_a_thousand_more():
    for add in (0, 1000):
        rows = [*PREFECTURE[:2], ("450102", "P", "Q", "East", 4 + add, 2), PREFECTURE[3]]
        result = found(rows)
        assert sum(row[4] for row, leaf in zip(rows, result.leaves, strict=True) if leaf) == 9 + add


def test_two_zones_of_one_name_have_keys_of_their_own():
    rows = [*PREFECTURE, ("450300", "P", "R", "R", 2, 2), ("450302", "P", "R", "C", 1, 1)]
    rows += [("NA", "P", "Q", "Zone", 1, 1), ("NA", "P", "R", "Zone", 1, 1)]
    assert {"Q/Zone", "R/Zone"} < set(leaves(rows))


@pytest.mark.parametrize(
    ("code", "name", "words"), [("4501", "x", "not six digits: '4501'"), ("", "", "neither a code nor")]
)
def test_what_has_no_place_is_refused(code, name, words):
    with pytest.raises(DivisionError, match=words):
        found([*PREFECTURE, (code, name, name, name, 1, 1)])
