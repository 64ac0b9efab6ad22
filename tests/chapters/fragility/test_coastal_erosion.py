import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.chapters.fragility.coastal_erosion import (
    coast_type_legend,
    coast_type_scores,
    coastal_erosion,
    coastal_erosion_class,
    coastal_erosion_class_legend,
)
from shanshui.policy.parameters import read_pack

PACK = read_pack("china")
ARTIFICIAL, BEDROCK, BIOGENIC, SANDY, MUD = 1, 2, 3, 4, 5


def cells(*values):
    return np.array([values], np.float32)


def pack_of(step):
    return {name: PACK[name].value for name in step.step.parameters}


def index(kind, surge=0.0, waves=0.0, retreat=0.0, **other):
    return coastal_erosion(
        np.array([[kind]], np.int32),
        cells(surge),
        cells(waves),
        cells(retreat),
        coast_type_scores(),
        **pack_of(coastal_erosion) | other,
    )


@pytest.mark.parametrize(("kind", "score"), [(ARTIFICIAL, 1), (BEDROCK, 1), (BIOGENIC, 3), (SANDY, 5), (MUD, 5)])
def test_type_alone(kind, score):
    found = index(kind)
    assert found.dtype == np.float32
    # surge, waves and retreat score 1
    assert found[0, 0] == pytest.approx((0.2 * score + 0.4 + 0.4 + 1) / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("surge", "waves", "sum_of_scores"),
    [
        (1.4, 0.0, 2), (1.5, 0.0, 4), (2.9, 0.0, 4), (3.0, 0.0, 6),
        (0.0, 0.39, 2), (0.0, 0.4, 4), (0.0, 0.99, 4), (0.0, 1.0, 6),
        (3.0, 1.0, 10), (1.5, 1.0, 8),
    ],
)  # fmt: skip
def test_every_break_of_surge_and_waves(surge, waves, sum_of_scores):
    assert index(BEDROCK, surge, waves)[0, 0] == pytest.approx((0.2 + 0.4 * sum_of_scores + 1) / 2, rel=1e-6)


@pytest.mark.parametrize("kind", [ARTIFICIAL, BEDROCK, SANDY])
@pytest.mark.parametrize(("retreat", "score"), [(-20, 1), (0, 1), (0.49, 1), (0.5, 3), (1.99, 3), (2.0, 5), (90, 5)])
def test_retreat_of_sand_and_of_what_is_taken_so(kind, retreat, score):
    assert index(kind, retreat=retreat) - index(kind) == pytest.approx((score - 1) / 2, abs=1e-6)


@pytest.mark.parametrize("kind", [BIOGENIC, MUD])
@pytest.mark.parametrize(("retreat", "score"), [(-20, 1), (0.99, 1), (1.0, 3), (9.99, 3), (10.0, 5)])
def test_retreat_of_mud_and_of_what_is_taken_so(kind, retreat, score):
    assert index(kind, retreat=retreat) - index(kind) == pytest.approx((score - 1) / 2, abs=1e-6)


def test_by_hand():
    # ((0.2 x 5 + 0.4 x 3 + 0.4 x 5) + 3) / 2 = (4.2 + 3) / 2
    assert index(SANDY, 2.0, 1.2, 1.0)[0, 0] == pytest.approx(3.6, rel=1e-6)
    # on the breaks of the grades, to the bit: ((0.2 + 0.4 + 0.4) + 3) / 2 and ((1 + 2 + 2) + 3) / 2
    assert index(BEDROCK, 0.0, 0.0, 1.0)[0, 0] == 2
    assert index(SANDY, 3.0, 1.0, 1.0)[0, 0] == 4
    # ((0.6 + 1.2 + 1.2) + 1) / 2 and + 5
    assert index(BIOGENIC, 2.0, 0.5, 0.0)[0, 0] == 2
    assert index(BIOGENIC, 2.0, 0.5, 20.0)[0, 0] == 4


def test_only_the_ratios_of_the_weights_count():
    doubled = {"coast_type_weight": 0.4, "storm_surge_weight": 0.8, "wave_height_weight": 0.8}
    assert index(SANDY, 2.0, 1.2, 1.0, **doubled) == index(SANDY, 2.0, 1.2, 1.0)
    # ((5 x 1 + 3 x 0 + 5 x 0) / 1 + 3) / 2
    alone = {"coast_type_weight": 1.0, "storm_surge_weight": 0.0, "wave_height_weight": 0.0}
    assert index(SANDY, 2.0, 1.2, 1.0, **alone)[0, 0] == 4


def test_nothing_off_the_coast_and_without_data():
    assert np.isnan(index(-1, 1.0, 1.0, 1.0)).all()
    assert np.isnan(index(9, 1.0, 1.0, 1.0)).all()
    for missing in range(1, 4):
        arguments = [SANDY, 1.0, 1.0, 1.0]
        arguments[missing] = np.nan
        assert np.isnan(index(*arguments)).all()


SIZES = st.floats(0, 20, width=32)


@settings(deadline=None)
@given(st.integers(1, 5), SIZES, SIZES, SIZES, SIZES)
def test_more_sea_is_never_less_sensitive(kind, surge, waves, one, other):
    low, high = sorted((one, other))
    assert 1 <= index(kind, surge, waves, low)[0, 0] <= index(kind, surge, waves, high)[0, 0] <= 5
    assert index(kind, low, waves, 1.0) <= index(kind, high, waves, 1.0)
    assert index(kind, surge, low, 1.0) <= index(kind, surge, high, 1.0)


def test_classes_and_legends():
    found = coastal_erosion_class(cells(1, 2, 2.1, 4, 4.1, np.nan), **pack_of(coastal_erosion_class))
    assert found.tolist() == [[1, 1, 2, 2, 3, -1]]
    assert coastal_erosion_class_legend()["code"].tolist() == [1, 2, 3]
    table, legend = coast_type_scores(), coast_type_legend()
    assert table["code"].tolist() == legend["code"].tolist()
    assert table["name"].tolist() == legend["name"].tolist()
    assert legend["name"].tolist() == ["artificial", "bedrock", "natural biogenic", "sandy", "silt and mud"]


def test_shipped_numbers():
    """Table of the guide's scores as a public program of 2019 has it; retreat of other coasts than two is our own."""
    table = coast_type_scores().set_index("code")
    assert table["score"].to_dict() == {ARTIFICIAL: 1, BEDROCK: 1, BIOGENIC: 3, SANDY: 5, MUD: 5}
    sand, mud = table.loc[SANDY], table.loc[MUD]
    assert (sand["sensitive_retreat"], sand["extreme_retreat"]) == (0.5, 2.0)
    assert (mud["sensitive_retreat"], mud["extreme_retreat"]) == (1.0, 10.0)
    retreat = ["sensitive_retreat", "extreme_retreat"]
    assert (table.loc[[ARTIFICIAL, BEDROCK], retreat] == sand[retreat]).all(axis=None)
    assert (table.loc[BIOGENIC, retreat] == mud[retreat]).all()
    assert table["source"].str.contains("our own").tolist() == [True, True, True, False, False]
    assert set(table["status"]) == {"default"}
    assert set(table["unit"]) == {"m/year"}
    guide = {
        "sensitive_storm_surge": 1.5, "extreme_storm_surge": 3.0, "sensitive_wave_height": 0.4,
        "extreme_wave_height": 1.0, "coast_type_weight": 0.2, "storm_surge_weight": 0.4, "wave_height_weight": 0.4,
    }  # fmt: skip
    assert {name: PACK[name].value for name in guide} == guide
    assert {PACK[name].status for name in guide} == {"default"}
