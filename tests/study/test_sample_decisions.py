"""Land decisions on three seeds: what is planted is found, by every way to ask, and changes do what they should."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.rule_worlds import row

from shanshui.base.errors import Problems
from shanshui.chapters.zoning.parcels import parcels_of
from shanshui.policy.engine.decisions import Parcel, decide, decide_all
from shanshui.policy.engine.trace import trace
from shanshui.policy.ground.control_layers import ControlLayers
from shanshui.policy.rules.packs import RuleBook, pack_of, ready_packs
from shanshui.policy.rules.rule import OUTCOMES as RULED
from shanshui.sample import write_sample
from shanshui.sample.application_cases import MODEST
from shanshui.study.deciding import find_parcel
from shanshui.study.study import Study, open_study

pytestmark = pytest.mark.slow
SEEDS, SIZE = (1, 2, 5), 200
MADE = (
    *("slope", "parcel_terrain"),
    *("parcel_decisions", "parcel_overlaps", "parcel_outcomes", "net_zero_balance"),
    *("access_list_findings", "access_list_coverage", "firms_by_access_list"),
)
GOOD = ("allowed", "allowed_with_conditions")
OUTCOMES = (*GOOD, "prohibited", "undetermined")
# The files of the control layers, with the columns of their keys.
FILES = {
    "red_line": ("red_line_today", "code"), "protected_areas": ("protected_areas", "area"),
    "basic_farmland": ("permanent_basic_farmland", "code"), "forests": ("forests", "forest"),
    "grassland": ("grassland", "grassland"), "wetlands": ("important_wetlands", "wetland"),
    "water_sources": ("water_sources", "source"), "sea": ("sea", "name"),
    "urban_boundary": ("urban_boundary", "boundary"), "mining_rights": ("mining_rights", "right"),
}  # fmt: skip
# Where ground in a layer is what opens a door, and not what closes one.
OPENING = {"urban_boundary", "mining_rights"}
ACTIVITIES = ("D1", "A5.3", "A4.1", "NZ2", "D12")
MU_PER_HECTARE = 15.0


@dataclass(frozen=True)
class Told:
    """A sample, what is made of it, and the study still open."""

    folder: Path
    study: Study
    made: Mapping[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """Read a table of the sample as it stands, every cell a text."""
        return pd.read_csv(self.folder / f"{name}.csv", dtype=str, keep_default_na=False)

    @property
    def book(self) -> RuleBook:
        return self.study.decisions.book

    @property
    def layers(self) -> ControlLayers:
        return self.study.decisions.layers

    @cached_property
    def parcels(self) -> dict[str, Parcel]:
        return {each.key: each for each in parcels_of(self.study.inputs.sources["parcel"].frame, self.layers)}

    @cached_property
    def applications(self) -> pd.DataFrame:
        """The applications, with their facts read."""
        return self.table("inputs/applications").assign(facts=lambda frame: frame["facts"].map(facts_of))

    @cached_property
    def asked(self) -> tuple[np.ndarray, dict[str, list[Any]]]:
        """All applications as one batch: polygons, and facts column by column."""
        shapes = np.array([self.parcels[key].polygon for key in self.applications["parcel"]], object)
        names = sorted({name for facts in self.applications["facts"] for name in facts})
        columns = {name: [facts.get(name) for facts in self.applications["facts"]] for name in names}
        return shapes, columns | {name: self.applications[name].tolist() for name in ("activity", "industry", "date")}

    def outcomes(self, book: RuleBook | None = None, layers: ControlLayers | None = None) -> pd.DataFrame:
        """Ask all applications anew, with other rules or other ground."""
        return decide_all(book or self.book, layers if layers is not None else self.layers, *self.asked)


def facts_of(text: str) -> dict[str, str]:
    return dict(pair.split(" = ") for pair in text.split("; ") if pair)


@pytest.fixture(scope="module", params=SEEDS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.getbasetemp() / f"planted_{request.param}"
    if not folder.exists():
        write_sample(folder, SIZE, request.param)
    with open_study(folder) as study:
        yield Told(folder, study, study.run(*MADE))


@pytest.fixture(scope="module")
def decisions(told: Told) -> pd.DataFrame:
    return told.made["parcel_decisions"].set_index("application")


# What was planted


@pytest.mark.parametrize("column", ["outcome", "without_slivers"])
def test_every_application_is_decided_as_it_was_planted(told: Told, decisions: pd.DataFrame, column: str) -> None:
    truth = told.table("truth/decisions").set_index("application")
    assert decisions.index.tolist() == truth.index.tolist()
    for outcome in OUTCOMES:
        found, wanted = (set(frame.index[frame[column] == outcome]) for frame in (decisions, truth))
        assert wanted, outcome
        precision, recall = len(found & wanted) / max(len(found), 1), len(found & wanted) / len(wanted)
        assert (precision, recall) == (1.0, 1.0), (outcome, sorted(found ^ wanted))


def test_the_row_of_the_decision_table_is_among_what_decides(told: Told, decisions: pd.DataFrame) -> None:
    truth = told.table("truth/decisions").set_index("application")
    for key, wanted in truth[truth["law"] != ""].iterrows():
        if wanted["outcome"] != "undetermined":
            assert wanted["law"] in {rule.partition(":")[0] for rule in decisions["rules"][key].split("; ")}, key


def test_planted_conflicts_are_all_found_and_no_others(told: Told) -> None:
    truth = told.table("truth/parcel_conflicts").astype({"area_m2": float})
    there = truth[truth["kind"] != "touching"].set_index(["parcel", "layer"])
    found = told.made["parcel_overlaps"]
    found = found[found["layer"].isin(FILES)].groupby(["parcel", "layer"]).agg({"area_ha": "sum", "sliver": "min"})
    assert set(truth["layer"]) == set(FILES)
    assert set(truth["kind"]) == {"inside", "partial", "sliver", "touching"}
    wanted, given_ = set(there.index), set(found.index)
    assert (len(wanted & given_) / len(given_), len(wanted & given_) / len(wanted)) == (1.0, 1.0), wanted ^ given_
    both = there.join(found)
    # The truth is measured in the sample's plane, the table in one of true areas.
    np.testing.assert_allclose(both["area_ha"] * 10_000, both["area_m2"], rtol=1e-4)
    assert ((both["kind"] == "sliver") == (both["sliver"] == 1)).all()


def test_planted_faults_of_access_lists_are_all_found_and_no_others(told: Told) -> None:
    # Files stand in the order of their lists: the county's, then the province's.
    lists = {"access_lists.csv": 0, "access_lists_province.csv": len(told.table("inputs/access_lists"))}
    wanted = set()
    for fault in told.table("truth/access_list_faults").itertuples():
        places = [place.split(":") for place in fault.rows.split("; ") if place]
        wanted.add((fault.kind, tuple(str(lists[file] + int(number)) for file, number in places), fault.industry))
    listed = told.made["access_list_findings"].fillna("")
    found = {
        (each.finding, tuple(text for text in str(each.rows).split("; ") if text), each.industry)
        for each in listed.itertuples()
    }
    assert len(listed) == len(wanted) > 5
    assert found == wanted


def test_firms_without_a_list_are_those_of_the_gaps(told: Told) -> None:
    firms = told.made["firms_by_access_list"].set_index("firm")
    register = told.table("inputs/firms").set_index("firm")
    assert set(firms.index) == set(register.index)
    gaps = told.table("truth/access_list_faults").query("kind == 'gap' and rows == ''")["industry"]
    assert len(gaps) > 0
    listed = told.made["access_list_findings"]
    for industry in gaps:
        named = listed.loc[(listed["finding"] == "gap") & (listed["industry"] == industry), "firms"].item()
        of_it = register.index[register["industry"] == industry]
        assert named.split("; ") == sorted(of_it)
        assert (firms.loc[of_it, "class"] == "none").all()


def test_slope_and_elevation_of_parcels_are_those_of_another_route(told: Told) -> None:
    parcels = told.study.inputs.sources["parcel"].frame
    table = told.made["parcel_terrain"].set_index("parcel")
    assert table.index.tolist() == parcels["parcel"].tolist()
    assert table.notna().to_numpy().mean() > 0.95
    grounds = {"slope_degrees": "out/rasters/slope.tif", "elevation_m": "inputs/elevation.tif"}
    for column, path in grounds.items():
        with rasterio.open(told.folder / path) as source:
            there = parcels[["parcel", "geometry"]].to_crs(source.crs)
        means = exact_extract(told.folder / path, there, "mean", include_cols="parcel", output="pandas")
        means = means.set_index("parcel")["mean"]
        known = table[column].notna()
        np.testing.assert_allclose(table[column][known], means[known], atol=0.06 if column == "elevation_m" else 0.006)


def test_a_list_asks_how_steep_and_high_the_ground_is_and_nobody_has_to_say(told: Told) -> None:
    # The province's list, in its ecological counties: livestock (031) below 25 degrees and 2,500 m.
    terrain = told.made["parcel_terrain"].set_index("parcel").dropna()
    by_slope = terrain.sort_values("slope_degrees").index
    steep = (terrain["slope_degrees"] >= 25) | (terrain["elevation_m"] >= 2500)
    asked = [*by_slope[::15], *by_slope[-20:]]
    found = set()
    for key in asked:
        decision = told.study.decide(key, "D12", "031", "2026-06-30", MODEST)
        assert not {"facts.slope_degrees", "facts.elevation_m"} & set(decision.missing)
        assert decision.measured == {"slope_degrees", "elevation_m"}
        counties = [one["columns"] for one in trace(decision)["overlaps"] if one["layer"] == "county"]
        speaks = any(county["function"] == "ecological" for county in counties)
        (listed,) = (one for one in decision.verdicts.packs if one.pack.name == "access_lists_province")
        found.add((speaks, bool(steep[key]), bool(listed.bits[0] == 1 << RULED.index("prohibited"))))
    assert {(True, False, False), (True, True, True)} <= found
    assert {prohibits for speaks, high, prohibits in found if not (speaks and high)} == {False}
    assert (True, True, False) not in found


def test_the_balance_is_that_of_the_applications(told: Told, decisions: pd.DataFrame) -> None:
    balance = told.made["net_zero_balance"].set_index("application")
    chosen = told.applications.set_index("application")
    chosen = chosen[chosen["activity"].str.startswith("NZ")]
    assert balance.index.tolist() == [*chosen.index, "total"]
    assert len(chosen) > 0
    stands = {"disturbed": 0.0, "restored": 0.0}
    for key, application in chosen.iterrows():
        areas = {name: float(application["facts"][f"{name}_area_m2"]) / 10_000 for name in stands}
        assert balance.loc[key, "outcome"] == decisions.loc[key, "outcome"]
        assert balance.loc[key, "balance_ha"] == pytest.approx(areas["restored"] - areas["disturbed"], abs=1e-12)
        assert balance.loc[key, "holds"] == (areas["restored"] >= areas["disturbed"])
        if decisions.loc[key, "outcome"] != "prohibited":
            stands = {name: stands[name] + areas[name] for name in stands}
    for name, area in stands.items():
        assert balance.loc["total", f"{name}_ha"] == pytest.approx(area)


def test_the_map_shows_the_strictest_outcome_of_each_parcel(told: Told, decisions: pd.DataFrame) -> None:
    order = ["prohibited", "undetermined", "allowed_with_conditions", "allowed"]
    strictest = decisions.groupby("parcel")["outcome"].agg(lambda found: min(found, key=order.index))
    shown = told.made["parcel_outcomes"].set_index("parcel")
    assert shown["outcome"].to_dict() == strictest.to_dict()
    assert shown.crs is not None


# Areas


def in_degrees(frame: geopandas.GeoDataFrame) -> np.ndarray:
    """Give shapes in degrees, their sides as they run in their own plane."""
    shapes = frame.geometry.make_valid()
    step = 0.001 if frame.crs.is_geographic else 100.0
    dense = geopandas.GeoSeries(shapely.segmentize(shapes.to_numpy(), step), crs=frame.crs)
    return dense.to_crs(GEODETIC).to_numpy()


GEODETIC = "EPSG:4490"
ELLIPSOID = pyproj.CRS(GEODETIC).get_geod()


def hectares(shape: Any) -> float:
    """Measure ground on the ellipsoid, along geodesics."""
    return abs(ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) / 10_000


def polygons_of(shape: Any) -> Any:
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type.endswith("Polygon")])


def test_areas_are_those_of_an_overlay_of_the_two_files_on_the_ellipsoid(told: Told) -> None:
    parcels = geopandas.read_file(told.folder / "inputs/parcels.gpkg")
    keys, shapes = parcels["parcel"].to_numpy(), in_degrees(parcels)
    wanted: dict[tuple[str, str, str], float] = {}
    for layer, (file, column) in FILES.items():
        frame = geopandas.read_file(told.folder / f"inputs/{file}.gpkg")
        grounds = in_degrees(frame)
        of_parcel, of_ground = shapely.STRtree(grounds).query(shapes, predicate="intersects")
        for number, place in zip(of_parcel, of_ground, strict=True):
            area = hectares(polygons_of(shapely.intersection(shapes[number], grounds[place])))
            key = (keys[number], layer, str(frame[column].iloc[place]))
            wanted[key] = wanted.get(key, 0.0) + area
    found = told.made["parcel_overlaps"]
    found = found[found["layer"].isin(FILES)].assign(
        polygon=found["polygon"].map(lambda key: re.sub(r" \(\d+\)$", "", key))
    )
    found = found.groupby(["parcel", "layer", "polygon"])["area_ha"].sum()
    # What is nowhere wider than a millimetre is a common border: less than a square metre here.
    assert {key for key in wanted if wanted[key] > 1e-4} == set(found.index)
    for key, area in found.items():
        # Sides in degrees run to a millimetre as they should: 1 m2 along 1 km.
        assert area == pytest.approx(wanted[key], rel=1e-6, abs=1e-4), key
    shares = told.made["parcel_overlaps"].merge(
        pd.DataFrame({"parcel": keys, "whole": [hectares(polygons_of(shape)) for shape in shapes]}), on="parcel"
    )
    np.testing.assert_allclose(shares["percent"], 100 * shares["area_ha"] / shares["whole"], rtol=1e-6)


def test_statutory_areas_stand_beside_computed_ones_and_wrong_ones_are_said(
    told: Told, decisions: pd.DataFrame
) -> None:
    parcels = geopandas.read_file(told.folder / "inputs/parcels.gpkg").set_index("parcel")
    computed = dict(zip(parcels.index, map(hectares, in_degrees(parcels)), strict=True))
    for application in decisions.itertuples():
        assert application.area_ha == pytest.approx(computed[application.parcel], rel=1e-6)
        mu = parcels.loc[application.parcel, "statutory_area_mu"]
        assert application.statutory_area_ha == pytest.approx(mu / MU_PER_HECTARE, rel=1e-12)
    wrong = told.table("truth/statutory_areas").set_index("parcel")["off_percent"].astype(float)
    off = 100 * (parcels["statutory_area_mu"] / MU_PER_HECTARE / pd.Series(computed) - 1)
    assert set(off.index[off.abs() > 4]) == set(wrong.index)
    np.testing.assert_allclose(off[wrong.index], wrong, atol=0.6)
    for key in [*wrong.index, *off.index[off.abs() < 1][:20]]:
        said = [note for note in find_parcel(told.study, key).notes if "statutory area" in note]
        assert len(said) == (abs(off[key]) > 5), key


# One question and many


def favourable(told: Told) -> dict[str, str]:
    """Facts of an application that tells very many."""
    return max(told.applications["facts"], key=len)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_a_batch_answers_every_parcel_as_single_questions_do(told: Told, activity: str) -> None:
    parcels, known = list(told.parcels.values()), favourable(told)
    # Of every third parcel nothing more is known, of another third but the half.
    half = dict(list(known.items())[::2])
    facts = [({}, half, known)[number % 3] for number in range(len(parcels))]
    columns = {name: [each.get(name) for each in facts] for name in known}
    question = {"activity": activity, "date": "2026-03-31"}
    batch = decide_all(told.book, told.layers, [each.polygon for each in parcels], question | columns)
    assert len(batch) == len(parcels) > 500
    for parcel, more, row_ in zip(parcels, facts, batch.itertuples(), strict=True):
        one = decide(told.book, told.layers, parcel, question | more)
        assert (one.outcome, one.without_slivers) == (row_.outcome, row_.without_slivers), parcel.key
        assert "; ".join(":".join(rule.key) for rule in one.decided_by) == row_.rules, parcel.key
        assert sorted(one.missing) == sorted(filter(None, row_.missing.split("; "))), parcel.key
        assert "; ".join(f"{pack}:{'/'.join(codes)}" for pack, codes in one.ties) == row_.ties, parcel.key
    assert len(set(batch["outcome"])) > 1


def again(told: Told, application: Any) -> Any:
    return told.study.decide(
        application.parcel, application.activity, application.industry or None, application.date, application.facts
    )


def test_the_trace_of_the_table_is_that_of_the_question_asked_anew(told: Told, decisions: pd.DataFrame) -> None:
    for application in told.applications.itertuples():
        decision = again(told, application)
        assert decisions.loc[application.application, "trace"] == trace(decision)["hash"]
        assert decisions.loc[application.application, "outcome"] == decision.outcome
    # Another day, and it is another question.
    assert trace(again(told, application._replace(date="2026-11-01")))["hash"] != trace(decision)["hash"]
    assert decisions["trace"].is_unique


# What would change it


def test_the_ground_that_is_to_be_left_out_is_left_out_and_it_is_asked_again(
    told: Told, decisions: pd.DataFrame
) -> None:
    seen = 0
    for application in told.applications.itertuples():
        told_ = decisions.loc[application.application]
        decision = again(told, application)
        if decision.cut is None:
            assert np.isnan(told_["leave_out_ha"])
            assert told_["leave_out"] == ""
            continue
        assert decision.outcome == "prohibited"
        seen += 1
        whole = decision.parcel.polygon
        key = application.application
        # By the polygons that the table names, drawn anew.
        named = [name.split(":", 1) for name in told_["leave_out"].split("; ")]
        grounds = shapely.union_all(
            [told.layers[layer].polygons[list(told.layers[layer].keys).index(each)] for layer, each in named]
        )
        rest = decision.cut.remaining
        lost = shapely.difference(whole, rest)
        assert told_["leave_out_ha"] * 10_000 == pytest.approx(shapely.area(whole) - shapely.area(rest), rel=1e-9)
        assert shapely.area(shapely.difference(lost, grounds)) < 1e-3, key
        anew = decide(told.book, told.layers, Parcel("rest", rest), decision.facts)
        assert (anew.outcome in GOOD, anew.outcome) == (True, decision.cut.outcome), key
        # With a strip of it back, it is not allowed: nothing less would do.
        for layer, each in named:
            kept = [(name, other) for name, other in named if (name, other) != (layer, each)]
            others = shapely.union_all(
                [told.layers[name].polygons[list(told.layers[name].keys).index(other)] for name, other in kept]
            )
            less = shapely.difference(whole, others)
            assert decide(told.book, told.layers, Parcel("less", less), decision.facts).outcome not in GOOD, key
    assert seen >= 10


def test_facts_that_are_to_be_others_are_changed_and_it_is_asked_again(told: Told, decisions: pd.DataFrame) -> None:
    seen = 0
    for application in told.applications.itertuples():
        other = again(told, application).other_facts
        change = decisions.loc[application.application, "change"]
        assert (other is None) == (change == "")
        if other is None:
            continue
        changes, outcome = other
        assert change == "; ".join(f"{name} = {value}" for name, value in changes)
        anew = again(told, application._replace(facts=application.facts | dict(changes)))
        assert (anew.outcome in GOOD, anew.outcome) == (True, outcome)
        for name, _ in changes if len(changes) > 1 else ():
            fewer = {each: value for each, value in changes if each != name}
            assert again(told, application._replace(facts=application.facts | fewer)).outcome not in GOOD
        seen += 1
    assert seen >= 5


# Monotonicity, and layers that are not loaded

PRIORITIES = st.sampled_from([-1, 0, 10, 20, 40, 60, 80, 100, 1000])


@st.composite
def prohibitions(draw: Any, book: RuleBook) -> tuple[str, dict[str, str]]:
    """Draw a ready pack and a prohibition to add to it."""
    pack = draw(st.sampled_from(ready_packs()))
    rule = row("prohibit", code="NEW", priority=draw(PRIORITIES))
    layers = sorted(book[pack].layers)
    if layers and draw(st.booleans()):
        rule["layer"] = draw(st.sampled_from(layers))
    if draw(st.booleans()):
        codes = st.sampled_from(sorted(book.terms.activities))
        rule["activity"] = draw(st.sampled_from(["", "not "])) + ";".join(draw(st.lists(codes, min_size=1, max_size=3)))
    if draw(st.booleans()):
        facts = [name for name in book.facts if book.terms.facts[name].kind == "yes_no"]
        names = draw(st.lists(st.sampled_from(facts), min_size=1, max_size=2))
        rule["when"] = draw(st.sampled_from([" and ", " or "])).join(
            draw(st.sampled_from(["", "not "])) + name for name in names
        )
    return pack, rule


def with_rule(book: RuleBook, name: str, rule: dict[str, str]) -> RuleBook:
    problems, pack = Problems(), book[name]
    about = {"name": name, "version": pack.version, "english": "a", "chinese": "a", "source": "a"}
    made = pack_of(about | {"layers": sorted(pack.layers)}, [rule], book.terms, problems)
    assert not problems, problems
    return book.with_packs([replace(pack, rules=(*pack.rules, *made.rules))])


def no_less_strict(before: pd.DataFrame, after: pd.DataFrame) -> None:
    for column in ("outcome", "without_slivers"):
        pairs = set(zip(before[column], after[column], strict=True))
        assert not {(was, now) for was, now in pairs if now in GOOD and was not in GOOD}
        assert ("allowed_with_conditions", "allowed") not in pairs
        assert all(now == "prohibited" for was, now in pairs if was == "prohibited")


def test_a_prohibition_that_is_added_never_makes_anything_allowed(told: Told) -> None:
    before = told.outcomes()
    changed = set()

    @settings(max_examples=60)
    @given(prohibitions(told.book))
    def check(drawn: tuple[str, dict[str, str]]) -> None:
        after = told.outcomes(with_rule(told.book, *drawn))
        no_less_strict(before, after)
        changed.update(np.flatnonzero((before["outcome"] != after["outcome"]).to_numpy()))

    check()
    assert len(changed) > 10


@pytest.mark.parametrize("known", ["all", "half"])
def test_ground_of_a_restricting_layer_that_is_left_out_never_makes_anything_prohibited(told: Told, known: str) -> None:
    shapes, facts = told.asked
    if known == "half":
        always = ("activity", "date", "industry")
        facts = {name: column for place, (name, column) in enumerate(facts.items()) if place % 2 or name in always}
    before = decide_all(told.book, told.layers, shapes, facts)
    touched = opened = 0
    for layer in sorted(set(FILES) - OPENING):
        ground = told.layers[layer].polygons
        of_shape, of_ground = shapely.STRtree(ground).query(shapes, predicate="intersects")
        rest = shapes.copy()
        for number in np.unique(of_shape):
            near = shapely.union_all(ground[of_ground[of_shape == number]])
            rest[number] = polygons_of(shapely.difference(shapes[number], near))
        stays = np.array([not shape.is_empty and shape.area > 100.0 for shape in rest]) & np.isin(
            np.arange(len(shapes)), of_shape
        )
        if not stays.any():
            continue
        columns = {name: [column[place] for place in np.flatnonzero(stays)] for name, column in facts.items()}
        after = decide_all(told.book, told.layers, rest[stays], columns)
        was, now = before["outcome"].to_numpy()[stays], after["outcome"].to_numpy()
        assert not ((now == "prohibited") & (was != "prohibited")).any(), layer
        touched += int(stays.sum())
        opened += int((np.isin(now, GOOD) & (was == "prohibited")).sum())
    assert touched >= 20
    assert opened >= 5 or known == "half"


@pytest.mark.parametrize("layer", FILES)
def test_without_a_control_layer_what_hangs_on_it_is_undetermined_and_never_allowed(told: Told, layer: str) -> None:
    rest = ControlLayers([told.layers[name] for name in told.layers if name != layer], told.layers.extent)
    # The applications; and every activity on parcels that the layer touches, all facts being known.
    overlaps = told.made["parcel_overlaps"]
    on_it = overlaps.loc[overlaps["layer"] == layer, "parcel"].unique()[:30]
    pairs = [(told.parcels[key].polygon, activity) for key in on_it for activity in told.book.terms.activities]
    known = favourable(told) | {"industry": "none", "date": "2026-03-31", "activity": [one for _, one in pairs]}
    shapes = [shape for shape, _ in pairs]
    builds = {"new_construction_land": "yes", "covers_strategic_mineral": "yes", "has_required_approval": "no"}
    asked = (told.asked, (shapes, known), (shapes, known | builds))
    # Rules that ask for this ground alone in one of the conditions that must all hold.
    hanging = {
        ":".join(rule.key)
        for rule in told.book.rules.values()
        if any({name for name, _ in part.grounds} == {layer} and not part.facts for part in rule.conditions)
    }
    changed = 0
    for polygons, facts in asked:
        before, after = (decide_all(told.book, layers, polygons, facts) for layers in (told.layers, rest))
        lacking = after["missing"].str.split("; ").map(lambda names: f"layers.{layer}" in names)
        assert (after["outcome"][lacking] == "undetermined").all()
        # What is decided all the same is decided as before, and by no rule that cannot be answered.
        assert ((before["outcome"] == after["outcome"]) | lacking).all()
        settled = after["rules"][after["outcome"] != "undetermined"].str.split("; ")
        assert settled.map(hanging.isdisjoint).all()
        changed += int((lacking & (before["outcome"] != "undetermined")).sum())
    assert changed > 0


def test_a_study_without_the_layer_says_so_of_every_application(told: Told, tmp_path: Path) -> None:
    folder = tmp_path / "without"
    shutil.copytree(told.folder, folder, ignore=shutil.ignore_patterns("out", "truth", "*.lock"))
    path = folder / "study.toml"
    text = path.read_text("utf-8")
    cut = re.sub(r"\[decisions\.layers\.red_line\]\n(?:[^\[\n].*\n)*", "", text)
    assert len(cut) < len(text)
    path.write_text(cut, "utf-8")
    with open_study(folder) as study:
        after = study.run("parcel_decisions").set_index("application")
    before = told.made["parcel_decisions"].set_index("application")
    rest = ControlLayers([told.layers[name] for name in told.layers if name != "red_line"], told.layers.extent)
    assert after["outcome"].tolist() == told.outcomes(layers=rest)["outcome"].tolist()
    changed = before["outcome"] != after["outcome"]
    assert changed.any()
    assert (after["outcome"][changed] == "undetermined").all()
    assert after["missing"][changed].str.contains("layers.red_line", regex=False).all()


def test_all_applications_in_a_batch_are_decided_as_in_the_table(told: Told) -> None:
    made, batch = told.made["parcel_decisions"], told.outcomes()
    for column in ("outcome", "without_slivers", "rules", "ties"):
        assert batch[column].tolist() == made[column].tolist(), column
    assert batch["missing"].str.split("; ").map(sorted).tolist() == made["missing"].str.split("; ").map(sorted).tolist()
