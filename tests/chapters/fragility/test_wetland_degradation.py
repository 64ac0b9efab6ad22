from math import e, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.chapters.fragility.wetland_degradation import (
    trophic_state_grade,
    trophic_state_grade_legend,
    trophic_state_of_hj1174,
    trophic_state_of_monitoring_centre,
    wetland_loss,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack

PACK = read_pack("china")


def cells(*values):
    return np.array([values], np.float32)


def pack_of(step):
    return {name: PACK[name].value for name in step.step.parameters}


def changes(*rows):
    """Rows of land_change: zone, years, scheme, class, earlier and later area."""
    columns = ["zone", "year_from", "year_to", "keyed_by", "class_code", "area_from_ha", "area_to_ha"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(zoning="county", zone_name=frame["zone"])


def loss(table):
    return wetland_loss(table, **pack_of(wetland_loss))


def test_loss_by_zone_and_pair_of_years_by_hand():
    table = changes(
        ("a", 2000, 2020, "ecosystem_type", "41", 100.0, 60.0),
        ("a", 2000, 2020, "ecosystem_type", "91", 100.0, 110.0),
        ("a", 2000, 2020, "ecosystem_type", "92", 500.0, 100.0),
        ("a", 2000, 2020, "ecosystem_type", "51", 300.0, 900.0),
        ("a", 2000, 2020, "ecosystem", "4", 100.0, 60.0),
        ("a", 2000, 2020, "land_cover", "41", 7.0, 0.0),
        ("a", 2000, 2020, "ecosystem_type", "", 9.0, 9.0),
        ("a", 2000, 2010, "ecosystem_type", "41", 100.0, 97.0),
        ("b", 2000, 2020, "ecosystem_type", "43", 10.0, 12.0),
        ("c", 2000, 2020, "ecosystem_type", "41", 0.0, 5.0),
    )
    found = loss(table)
    columns = ["zone", "year_to", "area_from_ha", "area_to_ha", "lost_ha", "loss_percent", "grade", "grade_name"]
    assert found[columns].to_numpy().tolist() == [
        ["a", 2020, 200.0, 170.0, 30.0, 15.0, 2, "light"],
        ["a", 2010, 100.0, 97.0, 3.0, 3.0, 1, "none"],
        ["b", 2020, 10.0, 12.0, -2.0, -20.0, 1, "none"],
    ]
    assert found[["zoning", "zone_name", "year_from"]].to_numpy().tolist() == [
        ["county", "a", 2000], ["county", "a", 2000], ["county", "b", 2000],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "grade"),
    [(0, 1), (4.9, 1), (5, 2), (15, 2), (15.1, 3), (30, 3), (30.1, 4), (50, 4), (50.1, 5), (100, 5)],
)
def test_grades_of_the_loss(percent, grade):
    found = loss(changes(("a", 2000, 2020, "ecosystem_type", "41", 100.0, 100.0 - percent)))
    assert found["grade"].tolist() == [grade]
    assert found["grade_name"].tolist() == [["none", "light", "moderate", "severe", "extreme"][grade - 1]]


def test_wetland_is_marsh_and_lake():
    """Not rivers, reservoirs and the sea; water of which no kind is told may be lake."""
    scheme = ecosystem_scheme()
    rows = [("a", 2000, 2020, "ecosystem_type", str(code), float(code), 0.0) for code in scheme["level2"]]
    assert loss(changes(*rows))["area_from_ha"].tolist() == [40 + 41 + 42 + 43 + 90 + 91]


def test_a_zone_without_a_name_and_codes_as_numbers():
    table = changes(("a", 2000, 2020, "ecosystem_type", 41, 4.0, 1.0)).assign(zone_name=np.nan)
    assert loss(table)["loss_percent"].tolist() == [75.0]


def test_a_study_without_wetland():
    found = loss(changes(("a", 2000, 2020, "ecosystem_type", "51", 1.0, 1.0)))
    assert found.empty
    assert {"loss_percent", "grade", "grade_name"} <= set(found.columns)


def level(chlorophyll=1.0, phosphorus=1.0, nitrogen=1.0, permanganate=1.0):
    found = trophic_state_of_hj1174(
        cells(chlorophyll),
        cells(phosphorus),
        cells(nitrogen),
        cells(permanganate),
        **pack_of(trophic_state_of_hj1174),
    )
    assert found.dtype == np.float32
    return float(found[0, 0])


SQUARES = {"chlorophyll": 1.0, "phosphorus": 0.7056, "nitrogen": 0.6724, "permanganate": 0.6889}
LINES = {
    "chlorophyll": (2.5, 1.086), "phosphorus": (9.436, 1.624), "nitrogen": (5.453, 1.694),
    "permanganate": (0.109, 2.661),
}  # fmt: skip
SUM = 1 + 0.7056 + 0.6724 + 0.6889


def test_trophic_level_of_ones_and_by_each_measure():
    # ln 1 is 0: the weighted intercepts
    ones = 10 * sum(SQUARES[name] * LINES[name][0] for name in SQUARES) / SUM
    assert level() == pytest.approx(ones, rel=1e-5)
    for name, (_, slope) in LINES.items():
        assert level(**{name: e}) - level() == pytest.approx(10 * SQUARES[name] * slope / SUM, abs=1e-4)


def test_trophic_level_by_hand():
    # 20 mg/m3, 0.1, 1.5 and 5 mg/L: 57.53, 56.97, 61.40 and 43.92; with 0.326, 0.230, 0.219 and 0.225: 55.19
    parts = {
        "chlorophyll": 10 * (2.5 + 1.086 * log(20)),
        "phosphorus": 10 * (9.436 + 1.624 * log(0.1)),
        "nitrogen": 10 * (5.453 + 1.694 * log(1.5)),
        "permanganate": 10 * (0.109 + 2.661 * log(5)),
    }
    assert [round(part, 2) for part in parts.values()] == [57.53, 56.97, 61.40, 43.92]
    expected = sum(SQUARES[name] * part for name, part in parts.items()) / SUM
    assert level(20, 0.1, 1.5, 5) == pytest.approx(expected, rel=1e-5)
    assert expected == pytest.approx(55.19, abs=0.005)


def five(*measures):
    given = [None if measure is None else cells(measure) for measure in measures]
    return float(trophic_state_of_monitoring_centre(*given, **pack_of(trophic_state_of_monitoring_centre))[0, 0])


def test_five_measures_and_what_there_is_of_them():
    # with what HJ 1174 has, the same
    assert five(20, 0.1, 1.5, None, 5) == pytest.approx(level(20, 0.1, 1.5, 5), rel=1e-6)
    assert five(20) == pytest.approx(10 * (2.5 + 1.086 * log(20)), rel=1e-6)
    # chlorophyll of weight 1 and half a metre of 0.6889: 10 (5.118 + 1.94 ln 2)
    clear = 10 * (5.118 - 1.94 * log(0.5))
    expected = (10 * (2.5 + 1.086 * log(20)) + 0.6889 * clear) / 1.6889
    assert five(20, None, None, 0.5) == pytest.approx(expected, rel=1e-6)
    # published weights of all five: 0.2663, 0.1879, 0.1790, 0.1834, 0.1834
    intercepts = 0.2663 * 2.5 + 0.1879 * 9.436 + 0.1790 * 5.453 + 0.1834 * 5.118 + 0.1834 * 0.109
    assert five(1, 1, 1, 1, 1) == pytest.approx(10 * intercepts, rel=2e-4)
    assert five(1, 1, 1, 2, 1) < five(1, 1, 1, 1, 1)


@pytest.mark.parametrize("bad", [np.nan, 0.0, -1.0])
def test_no_level_of_nothing(bad):
    for place in range(4):
        arguments = [1.0] * 4
        arguments[place] = bad
        assert np.isnan(level(*arguments))
    assert np.isnan(five(20, None, None, bad))


POSITIVE = st.floats(0.0625, 100, width=32)


@settings(deadline=None)
@given(POSITIVE, POSITIVE, POSITIVE)
def test_more_nutrients_are_never_cleaner(one, other, rest):
    low, high = sorted((one, other))
    for place in range(4):
        fewer, more = [rest] * 4, [rest] * 4
        fewer[place], more[place] = low, high
        assert level(*fewer) <= level(*more)


def test_grades_by_the_standards_own_edges():
    values = cells(-5, 29.9, 30, 50, 50.1, 60, 60.1, 70, 70.1, 120, np.nan)
    found = trophic_state_grade(values, **pack_of(trophic_state_grade))
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, -1]]
    legend = trophic_state_grade_legend()
    assert legend["code"].tolist() == [1, 2, 3, 4, 5]
    assert legend["name_zh"].tolist() == ["贫营养", "中营养", "轻度富营养", "中度富营养", "重度富营养"]


def test_shipped_numbers():
    """HJ 1174-2021, annex A.6; correlations of 26 lakes of China."""
    standard = {
        "light_wetland_loss": 5, "moderate_wetland_loss": 15, "severe_wetland_loss": 30, "extreme_wetland_loss": 50,
        "mesotrophic_level": 30, "light_eutrophic_level": 50, "moderate_eutrophic_level": 60,
        "severe_eutrophic_level": 70,
    }  # fmt: skip
    assert {name: PACK[name].value for name in standard} == standard
    assert {PACK[name].status for name in standard} == {"official"}
    lakes = {
        "phosphorus_correlation": 0.84, "nitrogen_correlation": 0.82, "transparency_correlation": -0.83,
        "permanganate_correlation": 0.83,
    }  # fmt: skip
    assert {name: PACK[name].value for name in lakes} == lakes
    assert {PACK[name].status for name in lakes} == {"literature"}
    assert trophic_state_of_hj1174.step.method == "hj1174_2021"
    assert trophic_state_of_monitoring_centre.step.method == "monitoring_centre"
