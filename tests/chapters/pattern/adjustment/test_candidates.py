import numpy as np
import pandas as pd
from tests.chapters.pattern.adjustment.own_rules import rule

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters.pattern.adjustment import candidates
from shanshui.chapters.pattern.adjustment.rules import red_line_adjustment_rules
from shanshui.chapters.pattern.integration import fragility_class_dominant_legend

NAN = np.nan
RULES = red_line_adjustment_rules()


def everywhere(size, beyond=()):
    signature = np.zeros((1, size), np.int32)
    signature[0, list(beyond)] = -2
    nothing = np.empty(0, np.int64)
    return ZoneCover(signature, np.array([[0]], np.int32), nothing, nothing.astype(np.int32), np.empty(0))


def years(*codes, kind=np.int32):
    # An earlier year says something else everywhere.
    return Series({2010: np.zeros((1, len(codes)), kind), 2020: np.array([codes], kind)})


LIMITS = {
    "undisturbed_habitat_quality": 0.7,
    "undisturbed_habitat_degradation": 0.02,
    "serious_erosion_intensity": 5,
}


def grounds(importance, land, excluded=None, rules=RULES, beyond=(), **optional):
    size = len(importance)
    excluded = [0] * size if excluded is None else excluded
    given = {name: years(*values, kind=np.asarray(values).dtype) for name, values in optional.items()}
    if "fragility_class_dominant" in given:
        given["fragility_class_dominant_legend"] = fragility_class_dominant_legend()
    found = candidates.red_line_in_ground(
        rules,
        np.array([excluded], np.int32),
        everywhere(size, beyond),
        years(*importance),
        years(*land),
        **given,
        **LIMITS,
    )
    assert found.dtype == np.int32
    return found[0].tolist()


def test_a_study_may_bring_other_conditions_and_rules_of_its_own():
    # Important land is enough for A1; rules that are new take the numbers from five on.
    wider = RULES.assign(when=RULES["when"].where(RULES["code"] != "A1", "service_importance >= 2"))
    assert grounds([3, 2, 1], [11, 11, 11], rules=wider) == [1, 1, 0]
    own = pd.concat(
        [RULES, rule("N2", 0, "in", "cell", "unused"), rule("D1", 9, "in", "cell", "habitat_quality < 0.5")]
    )
    quality = np.array([0.4, 0.6, 0.4, NAN], np.float32)
    assert grounds([3, 1, 1, 1], [72, 72, 11, 11], rules=own, habitat_quality=quality) == [6, 6, 5, 0]
    # A rule of its own on its own: its number does not hang on the others.
    assert grounds([3, 3], [72, 11], rules=rule("N2", 0, "in", "cell", "unused")) == [5, 0]
    # Where no rule holds, and the importance is not known, nothing is known.
    assert grounds([-1, -1], [72, 11], rules=own) == [6, -1]
    legend = candidates.red_line_in_ground_legend(own).set_index("code")
    assert legend.loc[[5, 6], "name"].tolist() == ["D1 D1 holds.", "N2 N2 holds."]
    assert legend.loc[[5, 6], "name_zh"].tolist() == ["D1D1。", "N2N2。"]
    assert legend["colour"].is_unique


def test_the_first_rule_that_holds_names_a_cell():
    # Extremely important forest, sand, bare land, saline land; the last unused code and the first built one.
    assert grounds([3, 3, 3, 3, 3, 3], [11, 72, 74, 73, 79, 63]) == [1, 2, 2, 2, 2, 1]
    # Unused land that is only important is none of it.
    assert grounds([2, 1, 1], [72, 72, 80]) == [0, 0, 0]
    other = RULES.assign(order=RULES["order"].where(RULES["code"] != "A1", 0))
    assert grounds([3, 3], [11, 72], rules=other) == [1, 1]
    # A rule that the table leaves out is not applied.
    assert grounds([3, 3], [11, 72], rules=RULES[RULES["code"] != "A2"]) == [1, 1]
    assert grounds([3, 3], [11, 72], rules=RULES[RULES["code"] != "A1"]) == [0, 2]


def test_fragile_and_eroded_land():
    # Extremely fragile to: nothing known, water erosion, desertification, rocky, salt, the coast; and only fragile.
    fragile, problem = [3, 3, 3, 3, 3, 3, 2], [0, 1, 2, 3, 4, 5, 1]
    found = grounds([1] * 7, [11] * 7, fragility_class=fragile, fragility_class_dominant=problem)
    assert found == [1, 3, 3, 3, 1, 1, 0]
    assert grounds([1] * 4, [11] * 4, water_erosion_intensity=[4, 5, 6, -1]) == [0, 3, 3, 0]
    assert grounds([1] * 4, [11] * 4, wind_erosion_intensity=[6, 4, 5, -1]) == [3, 0, 3, 0]
    both = {"water_erosion_intensity": [5, 1], "wind_erosion_intensity": [1, 5]}
    assert grounds([1, 1], [11, 11], **both) == [3, 3]


def test_important_and_little_disturbed_land():
    quality = np.array([0.7, 0.6999, 0.9, 0.9, NAN], np.float32)
    assert grounds([2, 2, 1, 3, 2], [11] * 5, habitat_quality=quality) == [4, 0, 0, 1, 0]
    degradation = np.array([0.02, 0.0201, 0.0, NAN], np.float32)
    assert grounds([2, 2, 1, 2], [11] * 4, habitat_degradation=degradation) == [4, 0, 0, 0]
    # Where the quality is known it decides.
    both = {"habitat_quality": quality[:2], "habitat_degradation": degradation[[1, 0]]}
    assert grounds([2, 2], [11, 11], **both) == [4, 0]
    assert grounds([2], [11]) == [0]


def test_excluded_land_and_what_is_not_known():
    assert grounds([3, 3, 3, 3], [11] * 4, excluded=[0, 1, 2, 3]) == [1, 0, 0, 0]
    # Beyond the region; unknown; unknown, but fragile.
    found = grounds([3, -1, -1, 3], [11] * 4, beyond=[3], fragility_class=[1, 1, 3, 1])
    assert found == [1, -1, 1, -1]


def test_the_legend_has_every_code():
    legend = candidates.red_line_in_ground_legend(RULES)
    assert legend["code"].tolist() == [0, 1, 2, 3, 4]
    assert legend["name"].tolist() == [
        "none",
        "A1 extremely important or fragile",
        "A2 unused land of key function",
        "A3 serious desertification or erosion",
        "A4 little disturbed, of potential value",
    ]
    assert legend["name_zh"].tolist()[1:3] == ["A1极重要或极敏感脆弱", "A2具有重要生态功能的未利用地"]
    assert legend["colour"].tolist() == ["#e5e5e5", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"]


def test_extreme_cells():
    cover = everywhere(6, beyond=[5])
    found = candidates.red_line_extreme(cover, years(3, 2, 1, -1, -1, 3), years(1, 3, 2, 3, -1, 3))
    np.testing.assert_array_equal(found, [[1, 1, 0, 1, NAN, NAN]])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(
        candidates.red_line_extreme(cover, years(3, 2, 1, -1, 1, 3)), [[1, 0, 0, NAN, 0, NAN]]
    )


def test_persons_cropland_and_the_share_of_the_last_year():
    area = np.array([[1e6, 5e5, 2e4, 2e4]])
    border = ZoneCover(
        np.array([[0, 0, -1, -2]], np.int32),
        np.array([[0]], np.int32),
        np.array([2]),
        np.array([0], np.int32),
        np.array([0.25]),
    )
    persons = candidates.red_line_persons(years(10, 20, 100, 7, kind=np.float32), border, area)
    # The third cell of 0.02 km2 lies in the region by a quarter: a polygon counts it by what it covers.
    np.testing.assert_allclose(persons, [[10, 10, 2, NAN]], rtol=1e-6)
    cropland = candidates.red_line_cropland(years(51, 60, 59, 50), border, area)
    np.testing.assert_allclose(cropland, [[100, 0, 2, NAN]], rtol=1e-6)
    assert persons.dtype == cropland.dtype == np.float32
    land = candidates.red_line_cropland(years(-1, 49, 50, 50), border, area)
    np.testing.assert_allclose(land, [[NAN, 0, 2, NAN]], rtol=1e-6)
    shares = years(1, 2, 3, 4, kind=np.float32)
    np.testing.assert_allclose(candidates.present_share(shares, border), [[1, 2, 12, NAN]])
    for step in (candidates.fragile_present_share, candidates.red_line_present_value):
        np.testing.assert_allclose(step(shares[2020], border), [[1, 2, 12, NAN]])
