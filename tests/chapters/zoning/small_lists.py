"""Small access lists, counties and firms."""

import pandas as pd

from shanshui.base.errors import Problems
from shanshui.chapters.zoning.access_lists.rows import counties_of, read_access_lists
from shanshui.policy.language.terms import read_terms

TERMS = read_terms()
ZONES = pd.DataFrame(
    [
        ("county", "X", "Xiao", "ecological"),
        ("county", "Y", "Yan", "agricultural"),
        ("county", "Z", "Zhou", ""),
        ("prefecture", "P", "Pu", "urbanisation"),
    ],
    columns=["zoning", "zone", "name", "function"],
)
NO_COUNTIES = ZONES[ZONES["zoning"] != "county"]


def row(verdict, industry, **more):
    """Give a row: of a county list and valid from 2020 unless told otherwise."""
    return {"list": "own", "level": "county", "valid_from": "2020-01-01", "class": verdict, "industry": industry} | more


def lists(*rows):
    return pd.DataFrame(list(rows)).fillna("")


def firms(*rows):
    return pd.DataFrame(
        [dict(zip(("firm", "county", "industry", "since", "parcel"), one, strict=False)) for one in rows]
    ).fillna("")


def read(*rows):
    problems = Problems()
    found = read_access_lists(lists(*rows), counties_of(ZONES), TERMS, problems)
    assert not problems
    return found
