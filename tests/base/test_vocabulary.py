import pytest

from shanshui.base.errors import StudyError
from shanshui.base.vocabulary import Quantity, Vocabulary, read_quantities

RAIN = """
[rain]
shape = "cell"
measure = "intensive"
unit = "mm"
minimum = 0
english = "rain"
chinese = "降水"
meaning = "Rain in a year."
"""
FAMILY = """
["{of}_by_zone"]
shape = "table"
product = true
english = "{of.english} by zone"
chinese = "分区{of.chinese}"
meaning = "Mean of {of.english} in {of.unit}."
columns = { zone = "key of the zone", "{of}_mean" = "mean [{of.unit}]" }
"""


@pytest.fixture
def words(tmp_path):
    def read(text):
        path = tmp_path / "vocabulary.toml"
        path.write_text(text, "utf-8")
        return read_quantities(path)

    return read


def test_a_word_is_read_with_all_that_is_said_of_it(words):
    [rain] = words(RAIN)
    said = {"english": "rain", "chinese": "降水", "meaning": "Rain in a year."}
    assert rain == Quantity("rain", "cell", **said, measure="intensive", unit="mm", minimum=0)
    assert (rain.maximum, rain.product, rain.family) == (None, False, False)


def test_a_name_twice_is_refused_and_named(words):
    rain = words(RAIN)
    with pytest.raises(StudyError) as error:
        Vocabulary([*rain, *rain])
    [problem] = error.value.problems
    assert problem.key == "vocabulary.rain"
    assert "twice" in problem.fault


def test_every_unknown_key_missing_key_and_impossible_choice_is_named_at_once(words):
    with pytest.raises(StudyError) as error:
        words('[rain]\nshape = "cel"\nmeasure = "intense"\nunits = "mm"\nenglish = "rain"\n[snow]\nshape = "cell"\n')
    found = {problem.key.partition(":")[2]: problem for problem in error.value.problems}
    assert set(found) == {
        "rain.shape",
        "rain.measure",
        "rain.units",
        "rain.chinese",
        "rain.meaning",
        "snow.english",
        "snow.chinese",
        "snow.meaning",
    }
    assert found["rain.shape"].mend == "did you mean 'cell'?"
    assert found["rain.measure"].mend == "did you mean 'intensive'?"
    assert found["rain.units"].mend == "did you mean 'unit'?"
    assert found["rain.chinese"].fault == "is missing"


def test_a_member_of_a_family_has_its_name_unit_and_words_filled_in(words):
    rain, family = words(RAIN + FAMILY)
    assert family.family
    member = family.member(rain)
    assert not member.family
    assert member.name == "rain_by_zone"
    assert member.english == "rain by zone"
    assert member.chinese == "分区降水"
    assert member.meaning == "Mean of rain in mm."
    assert dict(member.columns) == {"zone": "key of the zone", "rain_mean": "mean [mm]"}
    assert (member.shape, member.product) == ("table", True)


def test_a_vocabulary_is_a_mapping_in_the_order_of_writing(words):
    vocabulary = Vocabulary(words(RAIN + FAMILY))
    assert list(vocabulary) == ["rain", "{of}_by_zone"]
    assert len(vocabulary) == 2
    assert vocabulary["rain"].unit == "mm"
