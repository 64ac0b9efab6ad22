"""Applications and what is to be answered, on three seeds."""

import geopandas as gpd
import pandas as pd
import pytest

from shanshui.policy.language.terms import read_terms
from shanshui.sample.application_cases import CASES, MODEST, ORDINARY
from shanshui.sample.parcel_plants import PLANTS

OUTCOMES = ("allowed", "allowed_with_conditions", "prohibited", "undetermined")


@pytest.fixture(scope="module")
def tables(planned):
    folder = planned[1]

    def read(name):
        return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False).set_index("application")

    return read("inputs/applications"), read("truth/decisions")


@pytest.fixture(scope="module")
def conflicts(planned):
    return pd.read_csv(planned[1] / "truth/parcel_conflicts.csv")


@pytest.fixture(scope="module")
def terms():
    return read_terms()


def facts_of(text):
    return dict(pair.split(" = ") for pair in text.split("; ") if pair)


def test_truth_tells_of_every_application(tables, planned):
    applications, truth = tables
    assert 100 <= len(applications) <= 150
    assert applications.index.tolist() == truth.index.tolist()
    assert (applications[["parcel", "activity"]] == truth[["parcel", "activity"]]).all(axis=None)
    parcels = gpd.read_file(planned[1] / "inputs/parcels.gpkg")
    assert set(applications["parcel"]) <= set(parcels["parcel"])
    assert set(truth["outcome"]) == set(OUTCOMES)
    assert set(truth["without_slivers"]) == set(OUTCOMES)
    assert applications["date"].is_monotonic_increasing
    assert applications["date"].between("2025-09-01", "2026-10-31").all()


def test_activities_industries_and_facts_are_known_words(tables, terms):
    applications, _ = tables
    assert set(applications["activity"]) <= set(terms.activities)
    codes = set(applications["industry"]) - {""}
    assert codes
    assert not [code for code in codes if terms.industries.fault(code)]
    assert set(MODEST) <= set(terms.facts)
    for text in applications["facts"]:
        for fact, value in facts_of(text).items():
            known = terms.facts[fact]
            if known.kind == "yes_no":
                assert value in ("yes", "no")
            elif known.kind == "code":
                assert value in known.choices
            else:
                assert float(value) > 0.0


def test_cases_speak_of_grounds_that_are_planted(terms):
    assert {case.plant for case in CASES} <= set(PLANTS)
    assert {case.activity for case in CASES} <= set(terms.activities)
    for case in CASES:
        assert set(case.facts) <= set(MODEST)
        assert case.outcome in OUTCOMES
    rows = {case.rule for case in CASES} - {""}
    assert rows == {"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11"}


def test_only_slivers_have_two_outcomes(tables, conflicts):
    _, truth = tables
    slivers = set(conflicts["parcel"][conflicts["kind"] == "sliver"])
    on_sliver = truth["parcel"].isin(slivers)
    assert (on_sliver == (truth["outcome"] != truth["without_slivers"])).all()
    assert on_sliver.sum() >= 8


def test_the_ground_of_each_application_is_what_its_law_is_about(tables, conflicts):
    _, truth = tables
    kinds = conflicts.set_index(["parcel", "layer"])["kind"]
    layers = {"protected_area_zones": "protected_areas", "national_park": "protected_areas", "net_zero": "red_line"}
    for row in truth.itertuples():
        on = {layer: kind for (parcel, layer), kind in kinds.items() if parcel == row.parcel}
        met = {layer for layer, kind in on.items() if kind != "touching"}
        if row.rule == "R1":
            assert not met
        elif row.law != "urban_boundary":
            assert layers.get(row.law, row.law) in met
        if row.rule == "R2":
            assert {"red_line", "protected_areas"} <= met
        if row.outcome == "allowed" and row.rule != "R6":
            assert not met


def test_some_facts_are_not_told(tables):
    applications, truth = tables
    told = applications["facts"].map(facts_of)
    missing = truth.index[truth["outcome"] == "undetermined"]
    usual = {fact for fact, value in MODEST.items() if value}
    zone = truth["plant"].str.contains("not known")
    assert all(usual - set(told[name]) for name in missing if not zone[name])
    # What decides whatever the facts.
    nothing = truth.index[told.map(len) == 0]
    assert truth.loc[nothing, "outcome"].tolist() == ["prohibited"]


def test_net_zero_disturbance_has_a_balance_on_either_side(tables):
    applications, truth = tables
    told = applications["facts"].map(facts_of)
    balances = {
        truth.loc[name, "outcome"]: float(told[name]["restored_area_m2"]) - float(told[name]["disturbed_area_m2"])
        for name in truth.index[truth["activity"].str.startswith("NZ")]
    }
    assert balances == {"allowed_with_conditions": 600.0, "prohibited": -1_100.0}


def test_ordinary_applications_lie_on_plain_land(tables, planned, conflicts):
    _, truth = tables
    parcels = gpd.read_file(planned[1] / "inputs/parcels.gpkg").set_index("parcel")
    plain = truth[truth["plant"] == ""]
    assert len(plain) >= 12
    for row in plain.itertuples():
        assert row.activity in ORDINARY[parcels["land_use"][row.parcel]]
        assert row.parcel not in set(conflicts["parcel"])
