import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.pattern import integration
from shanshui.policy.parameters import read_pack


def row(*codes):
    return np.array([codes], np.int32)


def services(counted=0.0, **given):
    given = {f"{name}_importance": cells for name, cells in given.items()}
    return [
        step(**given, other_services_counted=counted).tolist()[0]
        for step in (integration.service_importance, integration.service_importance_dominant)
    ]


def test_the_greatest_service_and_which_it_is():
    found, dominant = services(
        water_conservation=row(1, 2, 1, -1, -1, 3),
        biodiversity=row(1, 2, 2, 3, -1, 2),
        soil_retention=row(1, 1, 3, 3, -1, -1),
    )
    assert found == [1, 2, 3, 3, -1, 3]
    # Without shares, of equals the first; none where all are general.
    assert dominant == [0, 1, 3, 2, -1, 1]


NAMED = ["water_conservation", "biodiversity", "soil_retention", "sand_fixation", "coast"]
OTHERS = ["carbon_sequestration", "flood_mitigation", "climate_regulation"]


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMED + OTHERS, 1)))
def test_each_service_alone_has_its_own_number(number, name):
    found = services(counted=1.0, **{name: row(3, 2, 1, 0, -1)})
    assert found == [[3, 2, 1, 1, -1], [number, number, 0, 0, -1]]
    legend = integration.service_importance_dominant_legend().set_index("code")
    assert legend.loc[number, "line_type"] == [11, 12, 13, 14, 15, 15, 15, 15][number - 1]
    assert legend.loc[number, "name"].split()[0] == {"coast": "coastal"}.get(name, name.split("_")[0])


@pytest.mark.parametrize("name", OTHERS)
def test_services_that_the_guidelines_do_not_name_count_where_asked_for(name):
    assert services(water_conservation=row(1, -1), **{name: row(3, 3)}) == [[1, -1], [0, -1]]
    assert services(counted=1.0, water_conservation=row(1, -1), **{name: row(3, 3)})[0] == [3, 3]
    assert services(**{name: row(3, 1)}) == [[-1, -1], [-1, -1]]
    assert read_pack("china")["other_services_counted"].value == 0.0


NAN = np.nan
BIODIVERSITY = ["habitat_quality", "species_richness", "threatened_species_richness", "weighted_endemism"]


def dominant(counted=0.0, shares=None, **classes):
    given = {f"{name}_importance": cells for name, cells in classes.items()}
    given |= {f"{name}_share": np.array([cells], np.float32) for name, cells in (shares or {}).items()}
    found = integration.service_importance_dominant(**given, other_services_counted=counted)
    assert found.dtype == np.int32
    return found.tolist()[0]


def test_of_equal_classes_the_service_of_which_a_cell_gives_most():
    found = dominant(
        water_conservation=row(3, 3, 3, 2, 1, -1),
        soil_retention=row(3, 3, 3, 3, 1, -1),
        shares={"water_conservation": [2, 1, 0, 9, 9, 9], "soil_retention": [1, 2, 0, 1, 1, 1]},
    )
    # More of the water; more of the soil; of equals the first; a greater class before a greater share; none stands out.
    assert found == [1, 3, 1, 3, 0, -1]


def test_services_without_a_share_come_after_those_with_one_in_their_order():
    found = dominant(
        water_conservation=row(3, 3, 3, 3, -1),
        soil_retention=row(3, 3, 3, 2, 3),
        sand_fixation=row(3, 3, 2, 2, 3),
        coast=row(3, 3, 3, 3, 3),
        shares={"water_conservation": [NAN, NAN, NAN, 0, 9], "sand_fixation": [0, NAN, 9, 9, NAN]},
    )
    # The first has a share, though it is nothing; none has one; sand is of a lesser class; the same; the soil has none.
    assert found == [4, 1, 1, 1, 3]
    assert dominant(soil_retention=row(3), coast=row(3), shares={"soil_retention": [0]}) == [3]
    assert dominant(water_conservation=row(3), coast=row(3), shares={"soil_retention": [5]}) == [1]


@pytest.mark.parametrize("name", [*NAMED[:1], *NAMED[2:4], *OTHERS])
def test_the_share_of_each_service_is_its_own(name):
    shares = {each: [5, 5] for each in (*NAMED[:1], *NAMED[2:4], *OTHERS)} | {name: [6, 4]}
    found = dominant(1.0, shares, **{each: row(2, 2) for each in NAMED + OTHERS})
    number = (NAMED + OTHERS).index(name) + 1
    assert found == [number, 3 if name == "water_conservation" else 1]


@pytest.mark.parametrize("name", BIODIVERSITY)
def test_each_measure_of_biodiversity_alone_is_its_share(name):
    assert dominant(
        water_conservation=row(3, 3, 3),
        biodiversity=row(3, 3, 3),
        shares={"water_conservation": [5, 5, 5], name: [6, 4, NAN]},
    ) == [2, 1, 1]


def test_the_share_of_biodiversity_is_the_mean_of_what_the_study_has_of_it():
    classes = {"water_conservation": row(3, 3, 3, 3, 3), "biodiversity": row(3, 3, 3, 3, 3)}
    water = {"water_conservation": [5, 5, 5, 5, 0]}
    # 11 / 2, 9 / 2; what has no data in a cell gives nothing there: 9 / 2, 12 / 2; nothing is known.
    shares = water | {"habitat_quality": [9, 9, 9, 12, NAN], "weighted_endemism": [2, 0, NAN, NAN, NAN]}
    assert dominant(shares=shares, **classes) == [2, 1, 1, 2, 1]
    # 21 / 4 and 19 / 4.
    four = dict(zip(BIODIVERSITY, ([9, 9], [6, 5], [4, 3], [2, 2]), strict=True))
    classes, water = {name: cells[:, :2] for name, cells in classes.items()}, {"water_conservation": [5, 5]}
    assert dominant(shares=water | four, **classes) == [2, 1]


def test_services_that_do_not_count_lead_nowhere_whatever_they_give():
    given = {"water_conservation": row(2), "carbon_sequestration": row(3)}
    shares = {"water_conservation": [1], "carbon_sequestration": [9]}
    assert dominant(0.0, shares, **given) == [1]
    assert dominant(1.0, shares, **given) == [6]


def test_shares_hang_on_the_services_alone():
    of = {step.gives: step.inputs for step in catalogue().steps if step.gives.endswith(("_share", "_value_sums"))}
    for name in (*NAMED[:1], *NAMED[2:4], *OTHERS, *BIODIVERSITY):
        assert set(of[f"{name}_share"]) == {name, f"{name}_value_sums", "zone_cover", "cell_area"}
        assert set(of[f"{name}_value_sums"]) == {name, "zone_cover", "cell_area"}


PROBLEMS = ["water_erosion", "wind_erosion", "rocky_desertification", "salinisation", "coastal_erosion"]


@pytest.mark.parametrize(("number", "name"), list(enumerate(PROBLEMS, 1)))
def test_each_fragility_alone_has_its_own_number(number, name):
    given = {f"{name}_class": row(3, 2, 1, -1)}
    assert integration.fragility_class(**given).tolist() == [[3, 2, 1, -1]]
    assert integration.fragility_class_dominant(**given).tolist() == [[number, number, 0, -1]]
    legend = integration.fragility_class_dominant_legend().set_index("code")
    assert legend.loc[number, "line_type"] == 20 + number


def test_the_greatest_fragility_and_which_it_is():
    given = {"water_erosion_class": row(1, 2, 3, -1), "coastal_erosion_class": row(-1, 2, 1, 2)}
    assert integration.fragility_class(**given).tolist() == [[1, 2, 3, 2]]
    assert integration.fragility_class_dominant(**given).tolist() == [[0, 1, 1, 5]]


def test_every_fragility_has_three_grades():
    for name in PROBLEMS:
        word = catalogue().vocabulary[f"{name}_class"]
        assert (word.minimum, word.maximum) == (1, 3)


# Rows: services general, important, extreme; columns: fragility general, fragile, extreme.
MATRIX = [[1, 2, 3], [2, 2, 3], [3, 3, 3]]


@pytest.mark.parametrize("service", [1, 2, 3])
@pytest.mark.parametrize("fragile", [1, 2, 3])
def test_every_pair_of_the_matrix(service, fragile):
    found = integration.integrated_importance(row(service), integration.importance_matrix(), row(fragile))
    assert found.tolist() == [[MATRIX[service - 1][fragile - 1]]]


def test_what_is_unknown_counts_as_general_and_nothing_known_is_unknown():
    matrix = integration.importance_matrix()
    assert integration.integrated_importance(row(-1, 3, -1), matrix, row(2, -1, -1)).tolist() == [[2, 3, -1]]
    assert integration.integrated_importance(row(1, 2, 3, -1), matrix).tolist() == [[1, 2, 3, -1]]


def test_a_matrix_of_the_studys_own_decides():
    matrix = integration.importance_matrix()
    matrix.loc[(matrix["service"] == 1) & (matrix["fragility"] == 3), "importance"] = 2
    assert integration.integrated_importance(row(1, 3), matrix, row(3, 1)).tolist() == [[2, 3]]


def test_a_matrix_that_lacks_a_pair_or_has_it_twice_is_refused():
    matrix = integration.importance_matrix()
    for broken, count in ((matrix.iloc[1:], 0), (pd.concat([matrix, matrix.iloc[:1]]), 2)):
        with pytest.raises(StudyError) as caught:
            integration.integrated_importance(row(1), broken)
        (problem,) = caught.value.problems
        assert problem.key == "tables.importance_matrix"
        assert f"has {count} rows of service 3 and fragility 3" in str(problem)


def test_corridors_raise_important_to_extremely_important_and_nothing_else():
    share = np.array([[1, 1, 1, 1, 0.5, 0.49, 0, np.nan]], np.float32)
    before = row(1, 2, 3, -1, 2, 2, 2, 2)
    found = integration.ecological_importance(before, share, least_corridor_share=0.5)
    assert found.tolist() == [[1, 3, 3, -1, 3, 2, 2, 2]]
    assert integration.ecological_importance(before, least_corridor_share=0.5).tolist() == before.tolist()
    assert read_pack("china")["least_corridor_share"].value == 0.5


def test_areas_by_zone():
    # The third cell lies to a quarter in the west and to three in the east.
    cover = ZoneCover(
        np.array([[0, 0, -1, 1]], np.int32),
        np.array([[0, 2], [0, 3]], np.int32),
        np.array([2, 2, 2]),
        np.array([0, 2, 3], np.int32),
        np.array([1.0, 0.25, 0.75]),
    )
    zones = pd.DataFrame(
        {
            "zoning": ["region", "region", "half", "half", "half"],
            "zone": ["region", "(outside)", "w", "e", "(outside)"],
            "name": ["Region", "(outside)", "West", "East", "(outside)"],
        }
    )
    tally = integration.ecological_importance_tally(row(1, -1, 3, 2), cover, np.array([[1e4, 2e4, 4e4, 8e4]]))
    table = integration.ecological_importance_by_zone(Series({2020: tally}), zones, integration.classes_legend())
    areas = {(each.zone, each.code): each.area_ha for each in table.itertuples()}
    expected = {("region", -1): 2, ("region", 1): 1, ("region", 2): 8, ("region", 3): 4}
    expected |= {("w", -1): 2, ("w", 1): 1, ("w", 3): 1, ("e", 2): 8, ("e", 3): 3}
    assert areas == pytest.approx(expected)
    assert table["class_name"].unique().tolist() == ["no data", "general", "important", "extremely important"]


def test_legends_hold_every_code_and_no_colour_twice():
    for name in ("service_importance_dominant", "fragility_class_dominant"):
        legend = getattr(integration, f"{name}_legend")()
        assert legend["code"].tolist() == list(range(int(catalogue().vocabulary[name].maximum) + 1))
        assert legend["colour"].is_unique
    assert integration.fragility_class_legend()["name"].tolist() == ["general", "fragile", "extremely fragile"]
    assert integration.classes_legend()["code"].tolist() == [1, 2, 3]
