"""The balance of infrastructure that restores what it disturbs, worked by hand."""

import numpy as np
import pandas as pd
import pytest
from tests.policy.rule_worlds import TERMS

from shanshui.base.errors import StudyError
from shanshui.chapters.zoning.net_zero import net_zero_balance
from shanshui.policy.engine.books import read_rule_book
from shanshui.policy.rules.packs import RuleBook

COLUMNS = ["application", "parcel", "activity", "outcome", "disturbed_ha", "restored_ha", "balance_ha", "holds"]


@pytest.fixture(scope="module")
def book():
    return read_rule_book(["net_zero"])


def areas(disturbed=None, restored=None):
    named = {"disturbed_area_m2": disturbed, "restored_area_m2": restored}
    return "; ".join(f"{name} = {value}" for name, value in named.items() if value is not None)


def balance(book, *rows):
    """Give the balance of applications: activity, facts, outcome."""
    keys = [f"N{place}" for place in range(len(rows))]
    asked = pd.DataFrame(
        {
            "application": keys,
            "parcel": [f"P{place}" for place in range(len(rows))],
            "activity": [activity for activity, _, _ in rows],
            "facts": [facts for _, facts, _ in rows],
        }
    )
    told = pd.DataFrame({"application": keys[::-1], "outcome": [outcome for _, _, outcome in rows[::-1]]})
    return net_zero_balance(asked, told, book)


def test_each_application_and_the_whole_have_their_balance(book):
    told = balance(
        book,
        ("NZ", areas(10_000, 12_000), "allowed_with_conditions"),
        ("NZ2", areas(5_000, 5_000), "undetermined"),
        ("D1", areas(7_000, 0), "allowed"),
        ("NZ1", areas(90_000, 1_000), "prohibited"),
        ("NZ1", areas(0.5, 0), "allowed"),
    )
    assert list(told.columns) == COLUMNS
    assert told["application"].tolist() == ["N0", "N1", "N3", "N4", "total"]
    assert told["parcel"].tolist() == ["P0", "P1", "P3", "P4", ""]
    assert told["activity"].tolist() == ["NZ", "NZ2", "NZ1", "NZ1", "NZ"]
    assert told["outcome"].tolist() == ["allowed_with_conditions", "undetermined", "prohibited", "allowed", ""]
    # What is prohibited is not built: the whole is that of the first, the second and the last.
    np.testing.assert_allclose(told["disturbed_ha"], [1.0, 0.5, 9.0, 0.00005, 1.50005])
    np.testing.assert_allclose(told["restored_ha"], [1.2, 0.5, 0.1, 0.0, 1.7])
    np.testing.assert_allclose(told["balance_ha"], [0.2, 0.0, -8.9, -0.00005, 0.19995])
    assert told["holds"].tolist() == [1.0, 1.0, 0.0, 0.0, 1.0]


def test_the_whole_does_not_hold_where_more_is_disturbed(book):
    total = balance(book, ("NZ", areas(3_000, 2_000), "allowed"), ("NZ", areas(1_000, 1_500), "allowed")).iloc[-1]
    assert total["balance_ha"] == pytest.approx(-0.05)
    assert total["holds"] == 0.0


def test_the_whole_holds_where_as_much_is_restored_as_is_disturbed(book):
    total = balance(book, ("NZ", areas(3_000, 2_000), "allowed"), ("NZ", areas(2_000, 3_000), "allowed")).iloc[-1]
    assert (total["balance_ha"], total["holds"]) == (0.0, 1.0)


@pytest.mark.parametrize("facts", [areas(5_000), areas(None, 5_000), "", None, np.nan])
def test_what_is_not_known_of_one_is_not_known_of_the_whole(book, facts):
    told = balance(book, ("NZ", areas(10_000, 12_000), "allowed"), ("NZ", facts, "undetermined"))
    assert told["balance_ha"].isna().tolist() == [False, True, True]
    assert told["holds"].isna().tolist() == [False, True, True]


def test_what_is_prohibited_need_not_be_known(book):
    told = balance(book, ("NZ", areas(10_000, 12_000), "allowed"), ("NZ", None, "prohibited"))
    assert told["balance_ha"].iloc[-1] == pytest.approx(0.2)
    assert told["holds"].iloc[-1] == 1.0


@pytest.mark.parametrize("rows", [(), (("D1", areas(1, 1), "allowed"),)])
def test_without_any_there_is_the_empty_sum(book, rows):
    told = balance(book, *rows)
    assert list(told.columns) == COLUMNS
    assert told["application"].tolist() == ["total"]


def test_rules_that_know_no_such_class_have_no_balance():
    assert balance(RuleBook([], TERMS), ("NZ", areas(1, 0), "allowed"))["application"].tolist() == ["total"]


def test_applications_without_facts_have_an_unknown_balance(book):
    asked = pd.DataFrame({"application": [1], "parcel": [2.0], "activity": ["NZ"]})
    told = net_zero_balance(asked, pd.DataFrame({"application": ["1"], "outcome": ["undetermined"]}), book)
    assert told["application"].tolist() == ["1", "total"]
    assert told["parcel"].tolist() == ["2", ""]
    assert told["balance_ha"].isna().all()


def test_areas_that_are_none_and_facts_that_cannot_be_read_are_named(book):
    rows = [
        ("NZ", areas("much", -1), "allowed"),
        ("NZ", areas("inf", "nan"), "allowed"),
        ("NZ", "rubbish", "allowed"),
        ("D1", "rubbish", "allowed"),
    ]
    with pytest.raises(StudyError) as caught:
        balance(book, *rows)
    assert [problem.key for problem in caught.value.problems] == [
        "applications:N0.facts.disturbed_area_m2", "applications:N0.facts.restored_area_m2",
        "applications:N1.facts.disturbed_area_m2", "applications:N1.facts.restored_area_m2",
        "applications:N2.facts",
    ]  # fmt: skip
    assert "'much'" in caught.value.problems[0].fault


def test_applications_of_one_key_are_refused(book):
    asked = pd.DataFrame({"application": ["n", "n"], "parcel": "P", "activity": "NZ", "facts": ""})
    told = pd.DataFrame({"application": ["n"], "outcome": ["allowed"]})
    with pytest.raises(StudyError, match="n stand twice"):
        net_zero_balance(asked, told, book)
