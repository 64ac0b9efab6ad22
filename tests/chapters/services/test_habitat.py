import math

import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import StudyError
from shanshui.base.grid import Window
from shanshui.chapters.services import habitat
from shanshui.data.legends import ecosystem_scheme
from shanshui.data.scratch import ScratchRaster
from shanshui.policy.parameters import read_pack

NAN, INF = np.nan, np.inf
# Rows in another order than the arrays: town first there.
ITEMS = pd.DataFrame({"item": ["town", "field"]})
THREATS = pd.DataFrame(
    {
        "threat": ["field", "town"],
        "maximum_distance_m": [150.0, 600.0],
        "weight": [0.5, 1.0],
        "decay": ["linear", "exponential"],
    }
)
SENSITIVITY = pd.DataFrame({"code": [1, 2], "habitat": [1.0, 0.6], "field": [0.4, 0.5], "town": [0.8, 0.6]})


def on_disk(folder, cells):
    cells = np.asarray(cells)
    raster = ScratchRaster(folder, cells.shape[-2:], 16, cells.dtype, planes=None if cells.ndim == 2 else len(cells))
    raster.write(Window(0, 0, *cells.shape[-2:]), cells)
    return raster


def impacts(folder, threat, least=0.0, threats=THREATS):
    sides = on_disk(folder, np.full((1, 6), 100.0))
    rows = habitat.threats_in_order(ITEMS, threats)
    raster = habitat.threat_impact(on_disk(folder, threat), rows, sides, sides, least_threat=least)
    return raster.read(Window(0, 0, 1, 6))[:, 0]


def test_each_threat_fades_with_distance_up_to_its_own_reach(tmp_path):
    threat = np.array([[[1, 0, 0, 0, 0, 0]], [[0, 0, 0.2, 0, 0, NAN]]], np.float32)
    town = [1, *(math.exp(-2.99 * cells / 6) for cells in range(1, 6))]
    np.testing.assert_allclose(impacts(tmp_path, threat), [town, [0, 1 / 3, 1, 1 / 3, 0, 0]], rtol=1e-6)


def test_what_is_a_source_is_told_by_the_least_threat(tmp_path):
    threat = np.array([[[0.5, 0, 0, 0, 0, 0]], [[0, 0, 0.2, 0, 0, 0.3]]], np.float32)
    assert (impacts(tmp_path, threat, 0.2) > 0).tolist() == [[True] * 6, [False] * 4 + [True] * 2]
    assert not impacts(tmp_path, threat, 0.5).any()


def test_threats_of_layer_and_table_have_the_same_names():
    with pytest.raises(StudyError, match=r"items town, field, and the table threats has field, rail"):
        habitat.threats_in_order(ITEMS, THREATS.replace("town", "rail"))
    with pytest.raises(StudyError, match=r"layers\.threat\.items"):
        habitat.threats_in_order(ITEMS, THREATS[:1])
    with pytest.raises(StudyError) as error:
        habitat.threats_in_order(ITEMS, THREATS[:1].assign(weight=0.0))
    assert [problem.key for problem in error.value.problems] == ["layers.threat.items", "tables.threats.columns.weight"]


def degraded(codes, town, field, threats=THREATS, sensitivity=SENSITIVITY, access=None):
    # A town reaches 600 m and decays exponentially, a field 150 m, linearly.
    town, field = np.array(town, float), np.array(field, float)
    left = np.exp(-2.99 * town / 600) * (town <= 600), np.clip(1 - field / 150, 0, None)
    near = np.array(left, np.float32)[:, np.newaxis]
    rows, of_threats = habitat.threats_in_order(ITEMS, threats), habitat.threat_sensitivity(threats, sensitivity)
    return habitat.habitat_degradation(np.array([codes], np.int32), near, rows, of_threats, access)[0]


def test_degradation_by_hand():
    made = degraded([1, 2, -1, 9], [300, INF, 0, 0], [75, 0, 0, 0])
    # Weights two thirds and one third. Class 1: 2/3 x exp(-1.495) x 0.8 + 1/3 x 0.5 x 0.4; class 2: 1/3 x 0.5.
    assert made[0] == pytest.approx(2 / 3 * math.exp(-1.495) * 0.8 + 1 / 3 * 0.5 * 0.4, rel=1e-6)
    assert made[0] == pytest.approx(0.119596 + 0.066667, abs=1e-5)
    assert made[1] == pytest.approx(1 / 6, rel=1e-6)
    assert np.isnan(made[2:]).all()


def test_access_scales_degradation():
    access = np.array([[0.5, NAN]], np.float32)
    made = degraded([2, 2], [INF, INF], [0, 0], access=access)
    assert made.tolist() == pytest.approx([1 / 12, 1 / 6], rel=1e-6)


def test_a_threat_without_sensitivities_or_any_weight_is_named():
    with pytest.raises(StudyError, match="no sensitivity to town; there is one to field"):
        degraded([1], [0], [0], sensitivity=SENSITIVITY.drop(columns="town"))
    with pytest.raises(StudyError, match="no threat has a weight above 0"):
        degraded([1], [0], [0], threats=THREATS.assign(weight=0.0))
    # One without weight among others does nothing.
    made = degraded([1], [0], [0], threats=THREATS.assign(weight=[0.5, 0.0]))
    assert made[0] == pytest.approx(0.4)


def test_suitability_is_that_of_the_class():
    made = habitat.habitat_suitability(np.array([[1, 2, 9, -1]], np.int32), SENSITIVITY)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, np.float32([[1, 0.6, NAN, NAN]]))


def test_at_the_half_saturation_half_of_the_quality_is_left():
    suitability, pressed = np.float32([[1, 0.6, 0.6, NAN]]), np.float32([[0.1, 0.1, 0, 0]])
    made = habitat.habitat_quality(suitability, pressed, half_saturation=0.1)
    np.testing.assert_allclose(made, [[0.5, 0.3, 0.6, NAN]], rtol=1e-6)


def test_sources_by_class():
    classes = pd.DataFrame({"threat": ["town", "town"], "code": [5, 7]})
    made = habitat.threat_of_classes(np.array([[5, 7, 1, -1]], np.int32), classes, THREATS)
    assert made.dtype == np.float32
    # A threat that no class is a source of has none.
    np.testing.assert_array_equal(made, [[[0, 0, 0, NAN]], [[1, 1, 0, NAN]]])
    assert habitat.threat_items_of_classes(THREATS, classes)["item"].tolist() == ["field", "town"]


def test_classes_of_no_threat_and_of_no_legend_are_named_together():
    legend = pd.DataFrame({"code": [5, 7]})
    classes = pd.DataFrame({"threat": ["town", "mine", "town"], "code": [5.0, 7.0, 8.0]})
    with pytest.raises(StudyError) as error:
        habitat.threat_items_of_classes(THREATS, classes, legend)
    assert [(problem.key.rpartition(".")[2], problem.fault) for problem in error.value.problems] == [
        ("code", "8 is not in the legend of the land cover"),
        ("threat", "mine is no threat of the table threats"),
    ]
    # Without a legend any code will do.
    assert len(habitat.threat_items_of_classes(THREATS, classes[::2])) == 2


def test_by_ecosystem_the_legend_tells_sources_and_sensitivities():
    legend = pd.DataFrame(
        {"code": [1, 20, 30, 40, 50], "level2": [11, 61, 63, 53, 94], "name": ["a", "b", "c", "d", "e"]}
    )
    classes = habitat.threat_classes_by_ecosystem(legend, habitat.threat_ecosystem_table())
    assert sorted(zip(classes["threat"], classes["code"], strict=True)) == [
        ("built", 20),
        ("cropland", 40),
        ("industry_mining_transport", 30),
    ]
    rows = habitat.habitat_sensitivity_by_ecosystem(legend, habitat.habitat_sensitivity_table())
    assert list(rows) == ["code", "habitat", "built", "industry_mining_transport", "cropland"]
    # Forest land, urban land twice, paddy; the sea has none.
    assert rows.set_index("code").T.to_dict("list") == {
        1: [1, 0.8, 0.7, 0.7],
        20: [0, 0, 0, 0],
        30: [0, 0, 0, 0],
        40: [0.4, 0.5, 0.5, 0],
    }


def test_every_ecosystem_but_the_sea_has_its_row():
    table = habitat.habitat_sensitivity_table()
    assert table["level2"].is_unique
    assert set(ecosystem_scheme()["level2"]) - set(table["level2"]) == {94}
    names = ecosystem_scheme().set_index("level2")["name"]
    assert (names[table["level2"]].to_numpy() == table["name"].to_numpy()).all()
    sources = habitat.threat_ecosystem_table()
    assert sources["level2"].is_unique
    assert sources["level2"].tolist() == [60, 61, 63, 50, 51, 53]
    # Of the table of 2025: lakes and rivers.
    rows = table.set_index("level2")[["habitat", "built", "industry_mining_transport", "cropland"]]
    assert rows.loc[91].tolist() == [0.9, 0.9, 0.5, 0.7]
    assert rows.loc[92].tolist() == [1, 0.9, 0.6, 0.7]
    assert rows.loc[32].tolist() == [0.8, 0.7, 0.7, 0.6]


def test_threats_that_are_shipped():
    rows = habitat.shipped_threats().set_index("threat")[["maximum_distance_m", "weight", "decay"]]
    assert rows.T.to_dict("list") == {
        "built": [8000, 1, "exponential"],
        "industry_mining_transport": [6000, 0.8, "exponential"],
        "cropland": [2000, 0.5, "linear"],
    }


def test_parameters_are_those_of_invest():
    pack = read_pack("china")
    assert (pack["half_saturation"].value, pack["least_threat"].value) == (0.05, 0)


def test_impacts_keep_the_order_of_the_threats():
    assert habitat.threat_impact_items(ITEMS)["item"].tolist() == ["town", "field"]
