import types

import pytest

from shanshui.base.catalogue import Catalogue
from shanshui.base.errors import StudyError
from shanshui.base.raster import WholeRaster
from shanshui.base.step import step

WORDS = """
[rain]
shape = "cell"
unit = "mm"
english = "rain"
chinese = "降水"
meaning = "Rain."
[snow]
shape = "cell"
unit = "mm"
english = "snow"
chinese = "雪"
meaning = "Snow."
[water]
shape = "cell"
product = true
english = "water"
chinese = "水"
meaning = "Water."
["{of}_mean"]
shape = "table"
product = true
english = "mean of {of.english}"
chinese = "{of.chinese}均值"
meaning = "Mean of {of}."
"""


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "vocabulary.toml"
    path.write_text(WORDS, "utf-8")
    return path


def module(*functions):
    made = types.ModuleType("toy")
    for function in functions:
        function.__module__ = "toy"
        setattr(made, function.__name__, function)
    return made


@step(gives="water", method="sum")
def water_from_both(rain, snow): ...


@step(gives="water", method="rain")
def water_from_rain(rain): ...


@step(gives="{of}_mean", of=("rain", "snow"))
def mean(of): ...


def test_methods_of_a_quantity_come_in_the_order_in_which_they_are_written(vocabulary):
    catalogue = Catalogue([vocabulary], [module(water_from_both, water_from_rain)])
    assert [made.method for made in catalogue.methods("water")] == ["sum", "rain"]
    assert catalogue.methods("rain") == []


def test_words_of_a_family_are_generated_and_the_pattern_is_no_product(vocabulary):
    catalogue = Catalogue([vocabulary], [module(mean)])
    assert [made.gives for made in catalogue.steps] == ["rain_mean", "snow_mean"]
    assert catalogue.vocabulary["snow_mean"].chinese == "雪均值"
    assert [made.name for made in catalogue.products] == ["water", "rain_mean", "snow_mean"]


def test_one_step_that_gives_several_quantities_stands_under_each(vocabulary):
    @step(gives=("snow", "water"), method="melt")
    def melt(rain: WholeRaster): ...

    catalogue = Catalogue([vocabulary], [module(melt)])
    assert [made.gives for made in catalogue.steps] == ["snow", "water"]
    assert catalogue.methods("snow")[0].together == catalogue.methods("water")[0].together == ("snow", "water")


def test_only_a_step_that_takes_a_raster_as_a_whole_may_give_several(vocabulary):
    @step(gives=("snow", "water"))
    def melt(rain): ...

    with pytest.raises(StudyError, match="takes no raster as a whole"):
        Catalogue([vocabulary], [module(melt)])


def test_one_method_given_twice_is_refused(vocabulary):
    @step(gives="water", method="sum")
    def water_again(rain): ...

    with pytest.raises(StudyError) as error:
        Catalogue([vocabulary], [module(water_from_both, water_again)])
    [problem] = error.value.problems
    assert "water" in problem.key
    assert "twice" in problem.fault


def test_every_word_that_nobody_knows_is_named_with_the_one_that_was_meant(vocabulary):
    @step
    def watr(rain, snoww): ...

    with pytest.raises(StudyError) as error:
        Catalogue([vocabulary], [module(watr)])
    assert {(problem.fault, problem.mend) for problem in error.value.problems} == {
        ("'watr' is not in the vocabulary", "did you mean 'water'?"),
        ("'snoww' is not in the vocabulary", "did you mean 'snow'?"),
    }
    assert all(problem.key == "step toy.watr" for problem in error.value.problems)


def test_a_word_in_two_files_is_refused(vocabulary, tmp_path):
    second = tmp_path / "second.toml"
    second.write_text(WORDS, "utf-8")
    with pytest.raises(StudyError, match="rain"):
        Catalogue([vocabulary, second], [])


def test_a_step_imported_from_another_module_is_not_taken_twice(vocabulary):
    borrower = types.ModuleType("borrower")
    borrower.water_from_rain = water_from_rain
    catalogue = Catalogue([vocabulary], [module(water_from_rain), borrower])
    assert len(catalogue.methods("water")) == 1


def test_what_a_study_adds_comes_after_what_was_there(vocabulary, tmp_path):
    first = Catalogue([vocabulary], [module(water_from_both)])
    more = tmp_path / "more.toml"
    more.write_text('[ice]\nshape = "cell"\nenglish = "ice"\nchinese = "冰"\nmeaning = "Ice."\n', "utf-8")

    @step(gives="water", method="own")
    def own_water(ice): ...

    both = first.extended([more], [module(own_water)])
    assert [made.method for made in both.methods("water")] == ["sum", "own"]
    assert "ice" in both.vocabulary
    assert "ice" not in first.vocabulary
