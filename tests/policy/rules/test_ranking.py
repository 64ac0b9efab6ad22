import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.policy.language.parsing import ConditionError, parse
from shanshui.policy.language.terms import Fact, Terms
from shanshui.policy.rules.findings import Findings, codes_found
from shanshui.policy.rules.ranking import STANDS, Keeps, Ranking, first_that_holds, parse_keeps, rank

NAN = np.nan
TERMS = Terms(
    {
        "level": Fact("level", "number"),
        "value": Fact("value", "number"),
        "park": Fact("park", "yes_no"),
        "kind": Fact("kind", "code", choices=("a", "b")),
    }
)


def ranking(text, among=""):
    yields = parse_keeps(text, TERMS) if text.startswith(("greatest", "least")) else parse(text, TERMS)
    return Ranking(parse(among, TERMS), yields)


def ranked(claims, rules, **facts):
    """Rank groups of claimants: by which rule each yields."""
    count = max(max(each) for each in claims) + 1
    seen = Findings(
        count, {name: np.asarray(values) if not isinstance(values, tuple) else values for name, values in facts.items()}
    )
    group = np.repeat(np.arange(len(claims)), [len(each) for each in claims])
    member = np.array([one for each in claims for one in each])
    by = rank(group, member, [(rule, seen) for rule in rules])
    return [by[group == number].tolist() for number in range(len(claims))]


def test_each_rule_lets_go_those_that_it_makes_yield():
    rules = [ranking("greatest level"), ranking("least value")]
    # 0 and 1 are of one level, 2 of a lower one; of 0 and 1 the second has the lesser value.
    assert ranked([[0, 1, 2], [0, 2], [1], [2, 1]], rules, level=[4.0, 4.0, 3.0], value=[2.0, 1.0, 0.0]) == [
        [1, STANDS, 0],
        [STANDS, 0],
        [STANDS],
        [0, STANDS],
    ]


def test_what_is_not_known_of_one_that_is_left_decides_nothing():
    rules = [ranking("greatest value"), ranking("greatest level")]
    known = {"level": [1.0, 2.0, 3.0], "value": [5.0, NAN, 4.0]}
    assert ranked([[0, 1], [0, 2], [0, 1, 2]], rules, **known) == [[1, STANDS], [STANDS, 0], [1, 1, STANDS]]
    # Of one that has yielded it need not be known.
    turned = [ranking("greatest level"), ranking("least value")]
    assert ranked([[0, 1, 2]], turned, level=[3.0, 1.0, 3.0], value=[5.0, NAN, 4.0]) == [[1, 0, STANDS]]


def test_a_condition_speaks_among_some_only():
    kinds = codes_found(np.array(["a", "b", "", "b"], object))
    rules = [ranking('kind == "b"', 'kind == "a"')]
    # Two of one kind that no rule tells apart: the one that stands first; a kind that is not known does not yield.
    assert ranked([[0, 1], [1, 3], [1, 2], [0, 1, 2, 3]], rules, kind=kinds) == [
        [STANDS, 0],
        [STANDS, 1],
        [STANDS, 1],
        [STANDS, 0, 1, 0],
    ]
    # One that has yielded is no longer among them.
    rules = [ranking("least level"), ranking("park", 'kind == "a"')]
    facts = {
        "level": [2.0, 1.0, 1.0],
        "kind": codes_found(np.array(["a", "b", "b"], object)),
        "park": [False, True, False],
    }
    assert ranked([[0, 1, 2]], rules, **facts) == [[0, STANDS, 2]]


def test_a_rule_by_which_all_would_yield_decides_nothing():
    assert ranked([[0, 1], [0, 2]], [ranking("park")], park=[True, True, False]) == [[STANDS, 1], [0, STANDS]]


def test_without_rules_the_first_stands():
    assert ranked([[2, 1], [0], [3, 0, 2]], [], level=[0.0] * 4) == [[0, STANDS], [STANDS], [0, STANDS, 0]]
    nobody = np.empty(0, np.int64)
    assert rank(nobody, nobody, [(ranking("greatest level"), Findings(0, {"level": np.empty(0)}))]).tolist() == []


@given(
    st.lists(
        st.tuples(st.sampled_from([1.0, 2.0, NAN]), st.sampled_from([1.0, 2.0, NAN]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.permutations(["greatest level", "least value", "park", "greatest value"]),
)
def test_one_at_a_time_gives_the_same(members, texts):
    """A loop over one group, written out."""
    facts = dict(zip(("level", "value", "park"), map(np.array, zip(*members, strict=True)), strict=True))
    expected, left = [STANDS] * len(members), list(range(len(members)))
    for number, text in enumerate(texts):
        numbers = {
            one: dict(zip(("level", "value", "park"), members[one], strict=True))[text.split()[-1]] for one in left
        }
        if text == "park":
            kept = [one for one in left if not numbers[one]]
        elif any(np.isnan(value) for value in numbers.values()):
            continue
        else:
            best = (max if text.startswith("greatest") else min)(numbers.values())
            kept = [one for one in left if numbers[one] == best]
        if kept:
            for one in set(left) - set(kept):
                expected[one] = number
            left = kept
    for one in left[1:]:
        expected[one] = len(texts)
    group = [list(range(len(members)))]
    assert ranked(group * 2, [ranking(text) for text in texts], **facts) == [expected] * 2


def test_whom_a_rule_keeps():
    assert parse_keeps(" greatest  value ", TERMS) == Keeps("value", True)
    assert str(parse_keeps("least level", TERMS)) == "least level"
    for text in ("greatest park", "least kind", "greatest size"):
        with pytest.raises(ConditionError, match="give one of level, value"):
            parse_keeps(text, TERMS)
    for text in ("value", "the greatest value", "most value", ""):
        with pytest.raises(ConditionError, match="keeps nobody; write for example: greatest level"):
            parse_keeps(text, TERMS)


def test_the_first_condition_that_surely_holds():
    seen = Findings(4, {"level": np.array([3.0, 1.0, NAN, 0.0]), "park": np.array([True, True, False, False])})
    asked = [parse(text, TERMS) for text in ("level > 2", "park", "level > 0 or not park")]
    assert first_that_holds(seen, asked).tolist() == [0, 1, 2, 2]
    assert first_that_holds(seen, asked[:1]).tolist() == [0, -1, -1, -1]
    assert first_that_holds(seen, []).tolist() == [-1] * 4
