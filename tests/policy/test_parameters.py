import typing

import pytest

from shanshui.base.errors import StudyError
from shanshui.base.units import conversion
from shanshui.chapters import catalogue
from shanshui.policy.parameters import PACKS, Parameter, Status, overridden, read_pack

NAMES = sorted(path.name for path in PACKS.iterdir() if path.is_dir())


@pytest.fixture
def pack():
    words = {"english": "smallest area", "chinese": "最小面积"}
    return {
        "smallest_area": Parameter("smallest_area", 2.0, "ha", "GB 1, article 2", "official", **words),
        "profile": Parameter("profile", "guide_2017", "1", "own choice", "default", **words),
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_of_a_pack_has_every_field_and_a_legal_status(name):
    for key, parameter in read_pack(name).items():
        assert parameter.name == key
        for field in ("unit", "source", "english", "chinese"):
            assert isinstance(getattr(parameter, field), str)
            assert getattr(parameter, field).strip()
        assert parameter.status in typing.get_args(Status)
        assert conversion(parameter.unit, parameter.unit).identity


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_pack_is_written_so_that_overrides_convert_its_unit(name):
    # Only floats are converted: a whole number must be written 1.0.
    assert all(isinstance(parameter.value, (float, str)) for parameter in read_pack(name).values())


def test_the_pack_has_every_scalar_that_a_step_takes():
    given_by_the_study = {"baseline_year", "current_year", "period_start", "period_end", "cell_size", "geobox"}
    taken = {name for step in catalogue().steps for name in step.parameters} - given_by_the_study
    assert taken <= set(read_pack("china"))


def test_an_unknown_pack_is_named_with_the_one_that_was_meant():
    with pytest.raises(StudyError) as error:
        read_pack("chian")
    [problem] = error.value.problems
    assert (problem.key, problem.mend) == ("policy.pack", "did you mean 'china'?")


def test_an_override_is_in_the_pack_s_unit_and_becomes_a_default(pack):
    made, problems = overridden(pack, {"smallest_area": 5})
    assert problems == []
    assert made["smallest_area"].value == 5.0
    assert isinstance(made["smallest_area"].value, float)
    assert made["smallest_area"].status == "default"
    assert made["smallest_area"].source == "the study's own value"
    assert made["smallest_area"].unit == "ha"
    assert made["profile"] == pack["profile"]
    assert pack["smallest_area"].value == 2.0


@pytest.mark.parametrize(("value", "unit", "hectares"), [(30, "mu", 2.0), (0.5, "km2", 50.0), (10_000, "m2", 1.0)])
def test_an_override_in_another_unit_is_converted(pack, value, unit, hectares):
    made, problems = overridden(pack, {"smallest_area": {"value": value, "unit": unit, "source": "a letter"}})
    assert problems == []
    assert made["smallest_area"].value == pytest.approx(hectares, rel=1e-14)
    assert (made["smallest_area"].source, made["smallest_area"].status) == ("a letter", "default")


def test_text_is_replaced_by_text(pack):
    made, problems = overridden(pack, {"profile": "gep_2020"})
    assert problems == []
    assert made["profile"].value == "gep_2020"


def test_every_wrong_override_is_named_at_once_and_changes_nothing(pack):
    wrong = {
        "smalest_area": 3,
        "smallest_area": {"value": 1, "unit": "kelvin"},
        "profile": {"source": "nothing else"},
    }
    made, problems = overridden(pack, wrong)
    assert made == pack
    found = {problem.key.removeprefix("policy.overrides."): problem for problem in problems}
    assert set(found) == set(wrong)
    assert found["smalest_area"].mend == "did you mean 'smallest_area'?"
    assert "'kelvin' cannot become 'ha'" in found["smallest_area"].fault


@pytest.mark.parametrize("given", ["much", [1], None, {"value": "much"}, {"value": 1, "unit": "hectar"}, {"valu": 1}])
def test_what_is_no_number_is_refused(pack, given):
    made, problems = overridden(pack, {"smallest_area": given})
    assert made["smallest_area"] == pack["smallest_area"]
    assert [problem.key for problem in problems] == ["policy.overrides.smallest_area"]
