import numpy as np
import pandas as pd
import pytest

from shanshui.base.errors import StudyError
from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.pattern import biodiversity, coast, importance, index_importance
from shanshui.policy.parameters import read_pack

PACK = {name: parameter.value for name, parameter in read_pack("china").items()}
THREE = importance.grades_of_double_evaluation(extremely_important_percent=50.0, important_percent=80.0)
FOUR = importance.grades_of_four_classes(
    four_classes_extremely_important_percent=50.0,
    four_classes_important_percent=75.0,
    four_classes_moderately_important_percent=90.0,
)


def cover(shape):
    nothing = np.empty(0, np.int64)
    return ZoneCover(
        np.zeros(shape, np.int32), np.array([[0]], np.int32), nothing, nothing.astype(np.int32), np.empty(0, np.float64)
    )


def breaks(years, areas, grades=THREE, name="water_conservation", sampled=None):
    zones = cover(areas.shape)
    sums = Series({year: importance.value_sums(cells, zones, areas, of_name=name) for year, cells in years.items()})
    guess = importance.guesses_of_breaks(Series(dict.fromkeys(years) if sampled is None else sampled), grades)
    near = {
        year: importance.guessed_bin_sums(cells, guess, zones, areas, of_name=name) for year, cells in years.items()
    }
    bins = importance.bins_of_breaks(sums, guess, grades)
    inside = {year: importance.bin_sums(cells, bins, zones, areas, of_name=name) for year, cells in years.items()}
    return importance.importance_breaks(sums, Series(near), Series(inside), grades)


def graded(values, areas=None, grades=THREE, name="water_conservation"):
    values = np.array([values], np.float32)
    areas = np.ones(values.shape) if areas is None else np.array([areas], np.float64)
    return importance.importance(values, breaks({None: values}, areas, grades, name), areas, of_name=name).tolist()[0]


def test_three_classes_by_hand():
    # 40 + 30 of 100 is the first half, 90 four fifths; the fourth holds the rest. What is unknown has no class.
    assert graded([10, 40, np.nan, 30, 20, -5, np.inf]) == [1, 3, -1, 3, 2, 1, -1]


def test_four_classes_by_hand():
    # Of 100: 40 and 26 reach half, 15 more 81, 10 more 91.
    assert graded([40, 10, 26, 15, 9], grades=FOUR) == [3, 1, 3, 2, 0]
    assert FOUR["code"].tolist() == [0, 1, 2, 3]
    assert graded([50, 20, 5, 20, 5], grades=FOUR) == [3, 2, 0, 2, 0]
    # 50, 75 and 90 are reached exactly
    assert graded([50, 25, 15, 6, 4], grades=FOUR) == [3, 2, 1, 0, 0]


def test_an_amount_of_a_cell_is_graded_by_the_amount_of_an_area():
    # 6 on 1 m2 is worth more than 8 on 4 m2, and 6 of 14 is not yet half.
    assert graded([6, 8], [1, 4], name="weighted_endemism") == [3, 3]
    assert graded([7, 6, 1], [1, 4, 4], name="weighted_endemism") == [3, 2, 1]
    # As densities 7, 6 and 1, the second alone holds 24 of 35.
    assert graded([7, 6, 1], [1, 4, 4]) == [3, 3, 1]


def test_intensive_and_extensive_services_are_what_the_vocabulary_calls_them():
    words = catalogue().vocabulary
    assert {words[name].measure for name in (*importance.INTENSIVE, *importance.INDICES)} == {"intensive"}
    assert {words[name].measure for name in importance.EXTENSIVE} == {"extensive"}


def test_years_are_graded_by_the_breaks_of_all_years_together():
    areas = np.ones((1, 3))
    years = {2000: np.array([[1, 2, 3]], np.float32), 2020: np.array([[4, 10, 20]], np.float32)}
    table = breaks(years, areas)
    # 20 of 40 is half; 20 + 10 + 4 is 85 %.
    assert table["least"].tolist()[1:] == [4.0, 20.0]
    grades = {
        year: importance.importance(cells, table, areas, of_name="soil_retention") for year, cells in years.items()
    }
    assert grades[2000].tolist() == [[1, 1, 1]]
    assert grades[2020].tolist() == [[2, 2, 3]]


def test_the_table_of_breaks_by_hand():
    table = breaks({None: np.array([[50, 30, 15, 5, -1, np.nan]], np.float32)}, np.array([[1.0, 1, 2, 1, 3, 9]]))
    # 50 + 30 + 30 + 5 = 115: half is 57.5 (50 + 30 = 80), four fifths 92 (110). Area with data: 8.
    assert table["code"].tolist() == [1, 2, 3]
    assert table["class_name"].tolist() == ["general", "important", "extremely important"]
    assert table["percent"].tolist() == [100.0, 80.0, 50.0]
    np.testing.assert_array_equal(table["least"], [np.nan, 15.0, 30.0])
    np.testing.assert_allclose(table["value_percent"], [500 / 115, 3000 / 115, 8000 / 115])
    np.testing.assert_allclose(table["area_percent"], [50.0, 25.0, 25.0])
    assert table["negative_percent"].tolist() == [37.5, 0.0, 0.0]


def test_where_there_is_nothing_all_is_general():
    assert graded([0, -1, np.nan]) == [1, 1, -1]
    assert graded([0, 0], grades=FOUR) == [0, 0]
    assert graded([np.nan, np.nan]) == [-1, -1]
    assert graded([5, 5, 5]) == [3, 3, 3]


def test_shares_that_do_not_rise_are_refused():
    with pytest.raises(StudyError) as caught:
        importance.grades_of_double_evaluation(extremely_important_percent=50.0, important_percent=50.0)
    assert [problem.key for problem in caught.value.problems] == ["policy.overrides.important_percent"]
    with pytest.raises(StudyError) as caught:
        importance.grades_of_four_classes(
            four_classes_extremely_important_percent=50.0,
            four_classes_important_percent=40.0,
            four_classes_moderately_important_percent=30.0,
        )
    assert [problem.key.split(".")[-1] for problem in caught.value.problems] == [
        "four_classes_important_percent",
        "four_classes_moderately_important_percent",
    ]


def test_the_shares_that_are_shipped():
    names = ["extremely_important_percent", "important_percent", "four_classes_extremely_important_percent"]
    names += ["four_classes_important_percent", "four_classes_moderately_important_percent"]
    assert [PACK[name] for name in names] == [50.0, 80.0, 50.0, 75.0, 90.0]


@pytest.mark.parametrize(
    "step",
    [
        index_importance.water_conservation_importance_by_index,
        index_importance.soil_retention_importance_by_index,
        index_importance.sand_fixation_importance_by_index,
        biodiversity.biodiversity_importance_by_index,
    ],
)
def test_an_index_is_graded_like_a_service(step):
    values = np.array([[0.5, 0.25, 0.125, np.nan]], np.float32)
    table = breaks({None: values}, np.ones(values.shape), name="water_conservation_index")
    assert step(values, table).tolist() == [[3, 2, 1, -1]]


def test_methods_come_in_the_order_of_what_they_are_worth():
    for service in ("water_conservation", "soil_retention", "sand_fixation"):
        assert [step.method for step in catalogue().methods(f"{service}_importance")] == [None, "npp_index"]
    methods = [step.method for step in catalogue().methods("biodiversity_importance")]
    assert methods == ["species_and_habitat", "species_richness", "npp_index"]
    methods = [step.method for step in catalogue().methods("importance_grades")]
    assert methods == ["double_evaluation_2020", "four_classes"]


def test_biodiversity_is_the_greater_of_species_and_habitat():
    species, habitat = np.array([[3, 1, -1, -1]], np.int32), np.array([[2, 2, 1, -1]], np.int32)
    both = biodiversity.biodiversity_importance_of_species_and_habitat
    assert both(species, habitat).tolist() == [[3, 2, 1, -1]]
    assert both(species).tolist() == species.tolist()
    assert both(None, habitat).tolist() == habitat.tolist()
    assert biodiversity.biodiversity_importance_of_all_species(species).tolist() == species.tolist()


def test_types_of_coast():
    kinds = np.array([[1, 2, 3, 4, 5, -1]], np.int32)
    assert coast.coast_importance(kinds, coast.coast_importance_table()).tolist() == [[1, 3, 3, 3, 2, -1]]


def test_legends_have_the_codes_of_the_classes():
    columns = ["code", "name", "name_zh", "colour"]
    for grades in (THREE, FOUR):
        for legend in (importance.importance_legend(grades), biodiversity.biodiversity_importance_legend(grades)):
            pd.testing.assert_frame_equal(legend, grades[columns])
    assert coast.coast_importance_legend()["code"].tolist() == [1, 2, 3]
    assert THREE["name_zh"].tolist() == ["一般重要", "重要", "极重要"]
    assert FOUR["name_zh"].tolist() == ["一般", "中等重要", "重要", "极重要"]


@pytest.mark.parametrize("name", ["water_conservation", "weighted_endemism"])
def test_no_guess_changes_a_break(name):
    random = np.random.default_rng(4)
    years = {year: random.gamma(1.2, 50, (30, 40)).astype(np.float32) for year in (2000, 2020)}
    areas, zones = random.uniform(1, 2, (30, 40)), cover((30, 40))
    plain = breaks(years, areas, name=name)
    # 3 % are 16 of the 32 bins on either side of a guess at the most.
    for factor, missed in ((1.0, 0), (0.97, 0), (30.0, 2)):
        sampled = {
            year: importance.sampled_sums(cells * np.float32(factor), zones, areas, of_name=name)
            for year, cells in years.items()
        }
        guess = importance.guesses_of_breaks(Series(sampled), THREE)
        # 256 bins, for two years and two breaks.
        assert len(guess) == 2 * 64
        sums = {year: importance.value_sums(cells, zones, areas, of_name=name) for year, cells in years.items()}
        assert len(importance.bins_of_breaks(Series(sums), guess, THREE)) == missed
        pd.testing.assert_frame_equal(breaks(years, areas, name=name, sampled=sampled), plain)


def test_what_was_not_walked_over_is_not_needed():
    values, areas = np.array([[40, 30, 20, 10]], np.float32), np.ones((1, 4))
    sums = Series({None: importance.value_sums(values, cover((1, 4)), areas, of_name="water_conservation")})
    guess = importance.guesses_of_breaks(sums, THREE)
    near = importance.guessed_bin_sums(values, guess, cover((1, 4)), areas, of_name="water_conservation")
    table = importance.importance_breaks(sums, Series({None: near}), Series({None: None}), THREE)
    assert table["least"].tolist()[1:] == [20.0, 30.0]
    # Without a sample there is no guess.
    assert importance.guesses_of_breaks(Series({2000: None, 2020: None}), THREE).empty
