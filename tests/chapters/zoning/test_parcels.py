"""Steps on parcels, worked by hand: what overlaps, what is decided, what the map shows, and what cannot be right."""

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon, box
from tests.policy.rule_worlds import book as small_book
from tests.policy.rule_worlds import row

from shanshui.base.errors import StudyError
from shanshui.chapters.zoning.parcels import (
    facts_of,
    parcel_decisions,
    parcel_outcomes,
    parcel_overlaps,
    parcels_of,
)
from shanshui.policy.engine.decisions import Parcel, decide
from shanshui.policy.engine.trace import trace
from shanshui.policy.ground.control_layers import ControlLayer, ControlLayers

COLUMNS = [
    *("application", "parcel", "activity", "activity_name", "activity_name_zh", "industry", "date", "outcome"),
    *("without_slivers", "rules", "status", "missing", "ties", "area_ha", "statutory_area_ha", "leave_out_ha"),
    *("leave_out", "change", "trace"),
]
# Of 100 m x 200 m; the land's polygons L-2 and L-1 cover its west from 0 to 40 and from 30 to 50 m, one of water 4 m.
GROUND = ControlLayers(
    [
        ControlLayer.of("water", [box(96, 0, 150, 200)], ["W-1"], scale=10_000),
        ControlLayer.of(
            "land", [box(-50, 0, 40, 200), box(30, 0, 50, 200)], ["L-2", "L-1"], columns={"zone": ["core", "buffer"]}
        ),
    ]
)
# Nothing in the core; elsewhere on land with papers; on water nothing but where it is built; all else is open.
BOOK = small_book(
    row("prohibit", code="C", priority=2, layer="land", where="zone=core", status="official"),
    row("conditions", code="L", priority=1, layer="land", status="literature"),
    row("prohibit", code="W", priority=1, layer="water", when="not built"),
    row(code="O"),
)


@pytest.fixture
def parcels():
    shapes = [box(0, 0, 100, 200), box(200, 0, 300, 200), box(60, 0, 100, 200), box(44, 0, 94, 200)]
    return geopandas.GeoDataFrame({"parcel": ["B", "A", "C", "D"]}, geometry=shapes)


def applied(*rows, **columns):
    """Give applications: key, parcel, activity; and columns for all of them."""
    frame = pd.DataFrame(rows, columns=["application", "parcel", "activity"])
    return frame.assign(**{"date": "2026-06-30"} | columns)


def decided(applications, parcels):
    return parcel_decisions(applications, parcels, GROUND, BOOK)


def faults(applications, parcels):
    with pytest.raises(StudyError) as caught:
        decided(applications, parcels)
    return {problem.key: problem for problem in caught.value.problems}


# What overlaps


def test_each_overlap_stands_with_its_share_and_whether_it_is_a_sliver(parcels):
    told = parcel_overlaps(parcels, GROUND)
    assert list(told.columns) == ["parcel", "layer", "polygon", "area_ha", "percent", "sliver"]
    # 200 m high: 20, 40 and 4 m of 100 m in width, 4 of 40, 6 of 50; half a millimetre at 1 : 10,000 is 5 m.
    assert told.drop(columns=["area_ha", "percent"]).values.tolist() == [
        ["B", "land", "L-1", 0], ["B", "land", "L-2", 0], ["B", "water", "W-1", 1],
        ["C", "water", "W-1", 1], ["D", "land", "L-1", 0],
    ]  # fmt: skip
    np.testing.assert_allclose(told["area_ha"], np.array([20, 40, 4, 4, 6]) * 200 / 10_000)
    np.testing.assert_allclose(told["percent"], [20.0, 40.0, 4.0, 10.0, 12.0])


def test_without_parcels_or_overlaps_the_table_has_its_columns(parcels):
    for some in (parcels.iloc[:0], parcels.iloc[1:2]):
        told = parcel_overlaps(some, GROUND)
        assert (len(told), list(told.columns)) == (0, ["parcel", "layer", "polygon", "area_ha", "percent", "sliver"])


def test_parcels_are_brought_into_the_plane_of_the_layers():
    plane = "+proj=laea +lat_0=30 +lon_0=110 +datum=WGS84 +units=m"
    layers = ControlLayers([ControlLayer.of("land", [box(0, 0, 500, 1000)], ["L"])], None, crs=plane)
    square = geopandas.GeoDataFrame({"parcel": ["P"]}, geometry=[box(0, 0, 1000, 1000)], crs=plane)
    told = parcel_overlaps(square.to_crs("EPSG:4326"), layers)
    assert told[["area_ha", "percent"]].to_numpy() == pytest.approx(np.array([[50.0, 50.0]]), rel=1e-5)
    (parcel,) = parcels_of(square.to_crs("EPSG:4326"), layers)
    assert parcel.polygon.area == pytest.approx(1e6, rel=1e-5)


# What is decided


def test_decisions_stand_in_the_order_of_the_applications_with_all_that_is_told(parcels):
    frame = parcels.assign(statutory_area_mu=[30.0, np.nan, 12.0, 15.0])
    asked = applied(("z", "B", "A.1"), ("a", "A", "B"), ("m", "D", "A"), facts="built = yes", industry="06")
    told = decided(asked, frame)
    assert list(told.columns) == COLUMNS
    assert told["application"].tolist() == ["z", "a", "m"]
    assert told["parcel"].tolist() == ["B", "A", "D"]
    assert told["outcome"].tolist() == ["prohibited", "allowed", "allowed_with_conditions"]
    assert told["rules"].tolist() == ["p:C", "p:O", "p:L"]
    assert told["status"].tolist() == ["official", "default", "literature"]
    assert told["industry"].tolist() == ["06"] * 3
    assert told["date"].tolist() == ["2026-06-30"] * 3
    np.testing.assert_allclose(told["area_ha"], [2.0, 2.0, 1.0])
    # 30 mu are 2 ha, 15 mu are 1 ha.
    np.testing.assert_allclose(told["statutory_area_ha"], [2.0, np.nan, 1.0])
    # The core lies on 40 m of it; the other 60 m lie in the buffer and on water and may be built upon.
    np.testing.assert_allclose(told["leave_out_ha"], [0.8, np.nan, np.nan])
    assert told["leave_out"].tolist() == ["land:L-2", "", ""]
    assert told["missing"].tolist() == ["", "", ""]


def test_slivers_and_facts_that_would_change_it_are_told(parcels):
    told = decided(applied(("n", "C", "A"), ("y", "C", "A"), ("?", "C", "A")).assign(
        facts=["built = no", " built=yes ;", None]
    ), parcels)  # fmt: skip
    assert told["outcome"].tolist() == ["prohibited", "allowed", "undetermined"]
    assert told["without_slivers"].tolist() == ["allowed"] * 3
    assert told["change"].tolist() == ["built = True", "", ""]
    assert told["missing"].tolist() == ["", "", "facts.built"]
    assert told["status"].tolist()[:2] == ["default", "default"]
    np.testing.assert_allclose(told["leave_out_ha"], [0.08, np.nan, np.nan])


def test_ties_are_told(parcels):
    tied = small_book(row(code="R1"), row("conditions", code="R2"))
    told = parcel_decisions(applied(("a", "A", "A")), parcels, GROUND, tied)
    assert told["ties"].item() == "p:R1/R2"
    assert told["outcome"].item() == "allowed_with_conditions"


def test_of_several_rules_the_weakest_status_is_told(parcels):
    both = small_book(row("prohibit", code="R1", status="official"), row("prohibit", code="R2", status="literature"))
    assert parcel_decisions(applied(("a", "A", "A")), parcels, GROUND, both)["status"].item() == "literature"


def test_the_trace_is_that_of_the_question(parcels):
    told = decided(applied(("a", "B", "A.1"), facts="built = yes"), parcels.assign(statutory_area_mu=30.0))
    one = decide(
        BOOK, GROUND, Parcel("B", parcels.geometry[0], 20_000.0),
        {"activity": "A.1", "date": "2026-06-30", "built": True},
    )  # fmt: skip
    assert told["trace"].item() == trace(one)["hash"]


def test_columns_that_may_lack_may_lack(parcels):
    told = decided(applied(("a", "B", "A")), parcels)
    assert told["outcome"].item() == "prohibited"
    assert told["industry"].item() == ""
    assert np.isnan(told["statutory_area_ha"].item())
    empty = decided(applied(("a", "B", "A"), industry=np.nan, facts=None), parcels)
    pd.testing.assert_frame_equal(empty, told)


def test_keys_that_are_numbers_are_found_as_texts(parcels):
    numbered = parcels.assign(parcel=[1.0, 2.0, 3.0, 4.0])
    told = decided(applied((7, 2, "B"), (8, 1.0, "A")), numbered)
    assert told["parcel"].tolist() == ["2", "1"]
    assert told["outcome"].tolist() == ["allowed", "prohibited"]
    assert set(parcel_overlaps(numbered, GROUND)["parcel"]) == {"1", "3", "4"}
    shown = parcel_outcomes(numbered, told.assign(parcel=[2, 1]))
    assert shown[["parcel", "outcome"]].values.tolist() == [["1", "prohibited"], ["2", "allowed"]]


def test_an_industry_that_was_read_as_a_number_is_the_code(parcels):
    told = decided(applied(("a", "A", "B"), ("b", "A", "B")).assign(industry=[13.0, np.nan]), parcels)
    assert told["industry"].tolist() == ["13", ""]


def test_without_applications_there_are_no_decisions_and_nothing_is_shown(parcels):
    told = decided(applied(), parcels)
    assert (len(told), list(told.columns)) == (0, COLUMNS)
    shown = parcel_outcomes(parcels, told)
    assert len(shown) == 0
    assert {"parcel", "applications", "outcome", "area_ha", "geometry"} <= set(shown.columns)


@pytest.mark.parametrize("nothing", [None, Polygon()])
def test_a_parcel_without_ground_is_undetermined(parcels, nothing):
    shapes = [nothing, *parcels.geometry[1:]]
    frame = geopandas.GeoDataFrame(parcels[["parcel"]], geometry=shapes)
    told = decided(applied(("a", "B", "A"), ("b", "A", "A")), frame)
    assert told["outcome"].tolist() == ["undetermined", "allowed"]
    assert told["area_ha"].tolist() == [0.0, 2.0]
    assert "B" not in set(parcel_overlaps(frame, GROUND)["parcel"])


# What cannot be right


def test_everything_that_is_wrong_is_named_with_its_application(parcels):
    asked = applied(
        ("a", "Bb", "A"), ("b", "B", "A.3"), ("c", "B", "A"), ("d", "B", "A"), ("e", "B", None), ("f", "B", "A"),
        ("g", "B", "A"), ("h", "B", "A"), ("i", "B", "A"),
    ).assign(
        facts=[
            None, None, "built yes; wet", "bilt = yes", None, "slope = steep",
            "built = yes; built = no", "activity = B; date = 1999-01-01", "= yes; built =",
        ]
    )  # fmt: skip
    told = faults(asked, parcels)
    assert set(told) == {
        "applications:a.parcel", "applications:b.activity", "applications:c.facts", "applications:d.facts.bilt",
        "applications:e.activity", "applications:f.facts.slope", "applications:g.facts.built",
        "applications:h.activity", "applications:h.date", "applications:i.facts",
    }  # fmt: skip
    assert "'Bb'" in told["applications:a.parcel"].fault
    assert "did you mean 'B'" in told["applications:a.parcel"].mend
    assert "did you mean 'built'" in told["applications:d.facts.bilt"].mend
    assert "is missing" in told["applications:e.activity"].fault
    assert "twice" in told["applications:g.facts.built"].fault
    assert "column" in told["applications:h.date"].fault


@pytest.mark.parametrize("day", [None, "", np.nan])
def test_a_day_has_to_be_given(parcels, day):
    assert set(faults(applied(("a", "B", "A"), date=day), parcels)) == {"applications:a.date"}


def test_a_day_that_is_none_is_refused(parcels):
    assert set(faults(applied(("a", "B", "A"), date="2026-02-30"), parcels)) == {"applications:a.date"}


@pytest.mark.parametrize("keys", [("B", "B", "C", "C"), (1, 1.0, "C", "C")])
def test_parcels_of_one_key_are_refused(parcels, keys):
    twice = parcels.assign(parcel=list(keys))
    for make in (
        lambda: decided(applied(("a", "C", "A")), twice),
        lambda: parcel_overlaps(twice, GROUND),
        lambda: parcels_of(twice, GROUND),
    ):
        with pytest.raises(StudyError, match=r"layers\.parcel\.columns\.parcel: (B|1), C stand twice"):
            make()


@pytest.mark.parametrize("keys", [("a", "a"), (1, "1")])
def test_applications_of_one_key_are_refused(parcels, keys):
    asked = applied((keys[0], "A", "A"), (keys[1], "B", "A"))
    (key,) = faults(asked, parcels)
    assert key == "tables.applications.columns.application"


# Facts


def test_facts_are_read_from_their_cell():
    row_ = {"activity": " A5 ", "industry": np.nan, "date": "2026-01-31", "facts": "a = yes ; b=12;; c = x y;"}
    assert facts_of(row_) == {"activity": "A5", "date": "2026-01-31", "a": "yes", "b": "12", "c": "x y"}
    assert facts_of({"activity": "A5", "industry": "06", "facts": None}) == {"activity": "A5", "industry": "06"}
    assert facts_of({"facts": "a = b = c"}) == {"a": "b = c"}


@pytest.mark.parametrize("text", ["yes", "a yes", "= yes", "a =", "a = yes; b"])
def test_facts_that_cannot_be_read_are_refused(text):
    with pytest.raises(StudyError, match=r"facts: .* cannot be read; write fact = value"):
        facts_of({"facts": text})


# The map


@pytest.mark.parametrize(
    ("outcomes", "strictest", "order"),
    [
        (("allowed", "allowed_with_conditions"), "allowed_with_conditions", "b; a"),
        (("undetermined", "allowed_with_conditions"), "undetermined", "a; b"),
        (("undetermined", "prohibited"), "prohibited", "b; a"),
        (("allowed", "allowed"), "allowed", "a; b"),
    ],
)
def test_the_strictest_outcome_of_a_parcel_is_shown(parcels, outcomes, strictest, order):
    frame = pd.DataFrame({"application": ["a", "b"], "parcel": "A", "outcome": outcomes, "area_ha": 2.0})
    shown = parcel_outcomes(parcels.assign(land_use="field"), frame)
    assert len(shown) == 1
    only = shown.iloc[0]
    assert (only["parcel"], only["applications"], only["outcome"], only["area_ha"]) == ("A", order, strictest, 2.0)
    assert only["geometry"].equals(parcels.geometry[1])
    assert "land_use" not in shown
