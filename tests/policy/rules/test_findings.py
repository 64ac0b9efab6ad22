import numpy as np
import pytest

from shanshui.policy.language.parsing import parse
from shanshui.policy.language.terms import Fact, Terms
from shanshui.policy.rules.findings import Findings, codes_found

NAN = np.nan
TERMS = Terms(
    {
        "share": Fact("share", "number"),
        "limit": Fact("limit", "number"),
        "mine": Fact("mine", "yes_no"),
        "zone": Fact("zone", "code", choices=("core", "general")),
    }
)
FACES = Findings(
    3,
    {
        "share": np.array([0.1, NAN, 0.3]),
        "limit": 0.2,
        "mine": np.array([True, False, True]),
        "zone": codes_found(np.array(["core", "", "general"], object)),
    },
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("share < limit", ["yes", "unknown", "no"]),
        ("share >= 0.1 and mine", ["yes", "no", "yes"]),
        ('zone == "core" or share > limit', ["yes", "unknown", "yes"]),
        ('zone != "core"', ["no", "unknown", "yes"]),
        ("not mine", ["no", "yes", "no"]),
        ("limit == 0.2", ["yes", "yes", "yes"]),
    ],
)
def test_conditions_are_asked_of_many_things_at_once(text, words):
    assert parse(text, TERMS).truth(FACES).words().tolist() == words


def test_what_is_not_given_is_not_known():
    nothing = Findings(2, {})
    for text in ("share < limit", "mine", 'zone == "core"', 'touches("red_line")', 'overlap_percent("sea") > 1'):
        assert parse(text, TERMS).truth(nothing).words()[0] == "unknown"
    assert parse("mine", TERMS).truth(Findings(2, {"mine": True})).words().tolist() == ["yes", "yes"]


def test_more_facts_leave_the_old_ones_as_they_are():
    parse("share < limit", TERMS).truth(FACES)
    other = FACES.also({"limit": 0.05, "mine": False})
    assert parse("share < limit", TERMS).truth(other).words().tolist() == ["no", "unknown", "no"]
    assert parse("share < limit", TERMS).truth(FACES).words().tolist() == ["yes", "unknown", "no"]
    assert parse("mine", TERMS).truth(other).words().tolist() == ["no"] * 3


def test_codes():
    numbers, names = codes_found(np.array(["b", "a", "b"], object))
    assert (numbers.tolist(), names) == ([1, 0, 1], ("a", "b"))
    numbers, names = codes_found(np.array(["", ""], object))
    assert (numbers.tolist(), names) == ([-1, -1], ())
    numbers, names = codes_found(np.empty(0, object))
    assert (numbers.tolist(), names) == ([], ())
