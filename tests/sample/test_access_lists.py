"""Access lists, firms, and the faults that were planted in them, on three seeds."""

import geopandas as gpd
import pandas as pd
import pytest

from shanshui.policy.language.parsing import parse
from shanshui.policy.language.terms import read_terms


@pytest.fixture(scope="module")
def tables(planned):
    folder = planned[1]

    def read(name):
        return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)

    return {
        name.split("/")[1]: read(name)
        for name in (
            "inputs/access_lists",
            "inputs/access_lists_province",
            "inputs/firms",
            "truth/access_list_faults",
        )
    }


def rows_of(tables, text):
    """The rows that a fault is about."""
    places = [place.split(".csv:") for place in text.split("; ")] if text else []
    return [tables[file].iloc[int(number) - 1] for file, number in places]


@pytest.fixture(scope="module")
def faults(tables):
    return [(row.kind, rows_of(tables, row.rows), row.industry) for row in tables["access_list_faults"].itertuples()]


def test_codes_classes_and_controls_are_known(tables):
    terms = read_terms()
    for name in ("access_lists", "access_lists_province"):
        frame = tables[name]
        assert set(frame["class"]) == {"prohibited", "restricted", "allowed"}
        assert not [code for code in frame["industry"] if terms.industries.fault(code)]
        assert set(frame["control_kind"]) <= {"scale", "layout", "process", "clean", ""}
        assert ((frame["class"] == "restricted") >= (frame["control"] != "")).all()
        for control in set(frame["control"]) - {""}:
            parse(control, terms)
        assert (frame["english"] != "").all()
        assert (frame["chinese"] != "").all()
    assert not [code for code in tables["firms"]["industry"] if terms.industries.fault(code)]


def test_the_list_is_that_of_an_ecological_county(tables, planned):
    counties = gpd.read_file(planned[1] / "inputs/counties.gpkg").set_index("code")
    (county,) = set(tables["access_lists"]["county"])
    assert counties["function"][county] == "ecological"
    assert set(tables["access_lists_province"]["county"]) == {""}
    assert set(tables["access_lists_province"]["function_type"]) == {"ecological"}
    firms = tables["firms"]
    assert set(firms["county"]) == {county}
    assert firms["firm"].is_unique
    parcels = gpd.read_file(planned[1] / "inputs/parcels.gpkg").set_index("parcel")
    own = firms["parcel"][firms["parcel"] != ""]
    assert len(own) > 0
    assert own.is_unique
    assert (parcels["land_use"][own] == "built").all()
    inside = parcels.geometry[own].representative_point().within(counties.geometry[county])
    assert inside.all()
    assert pd.to_datetime(firms["since"]).between("1992-01-01", "2024-12-31").all()


def test_every_kind_of_fault_is_planted(faults):
    assert {kind for kind, _, _ in faults} == {"contradiction", "looser", "overlap", "gap"}
    for _, rows, industry in faults:
        assert all(row["industry"] == industry for row in rows)


def test_contradictions_are_on_the_same_ground_at_the_same_time(faults):
    ((one, other),) = [rows for kind, rows, _ in faults if kind == "contradiction"]
    assert {one["class"], other["class"]} == {"allowed", "prohibited"}
    assert one["zone"] == other["zone"]
    assert one["valid_from"] == other["valid_from"]
    assert one["valid_to"] == other["valid_to"] == ""


def test_looser_rows_stand_below_stricter_ones_of_the_province(faults):
    strict = {"allowed": 0, "restricted": 1, "prohibited": 2}
    pairs = [rows for kind, rows, _ in faults if kind == "looser"]
    assert len(pairs) == 3
    for row, above in pairs:
        assert (row["level"], above["level"]) == ("county", "province")
        assert strict[row["class"]] <= strict[above["class"]]
        if row["class"] == above["class"]:
            limits = [float(each["control"].removeprefix("area_m2 <= ")) for each in (row, above)]
            assert limits[0] > limits[1]


def test_rows_that_hold_twice_have_days_in_common(faults):
    ((one, other),) = [rows for kind, rows, _ in faults if kind == "overlap"]
    same = [column for column in one.index if column not in ("valid_from", "valid_to")]
    assert (one[same] == other[same]).all()
    assert other["valid_from"] < one["valid_to"]


def test_gaps_are_gaps(tables, faults):
    gaps = [(rows, industry) for kind, rows, industry in faults if kind == "gap"]
    listed = [*tables["access_lists"]["industry"], *tables["access_lists_province"]["industry"]]
    firms = set(tables["firms"]["industry"])
    for rows, industry in gaps:
        if len(rows) == 2:
            assert rows[0]["valid_to"] < "2025-01-01" < rows[1]["valid_from"]
        elif len(rows) == 1:
            assert (rows[0]["class"], rows[0]["control"]) == ("restricted", "")
        else:
            assert industry in firms
            assert not any(industry.startswith(code) for code in listed)
    answered = {code for code in firms if any(code.startswith(other) for other in listed)}
    assert firms - answered == {industry for rows, industry in gaps if not rows}
