"""Decisions of a study: asked on the command line and in Python, replayed, printed, and made for tables."""

import json
import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from shanshui.base.errors import StudyError
from shanshui.policy.engine.trace import digest, trace
from shanshui.policy.rules.rule import ALLOWED, CONDITIONAL, PROHIBITED, UNDETERMINED
from shanshui.study.study import open_study

CRS = "EPSG:32649"
ON = "2026-11-27"
PACK = """\
name = "own"
version = "2026-01-01"
english = "Own rules"
chinese = "自定规则"
source = "made for a test"
layers = ["line", "county", "wells"]
"""
HEADER = (
    "code,priority,effect,refers_to,layer,where,activity,industry,when,english,chinese,evidence,evidence_zh,authority,"
    "authority_zh,document,article,valid_from,valid_to,status\n"
)
# Outside the line all is open; in its core nothing is; elsewhere in it by its slope; near wells nothing at all.
RULES = (
    HEADER
    + 'W1,1,allow,,,,,,"not touches(""line"")",Open outside the line.,红线外开放,,,,,Law,art. 1,2020-01-01,,official\n'
    + "W2,2,prohibit,,line,zone=core,,,,Nothing in the core.,核心区禁止,,,,,Law,art. 2,2020-01-01,,literature\n"
    + "W3,2,conditions,,line,zone=general,,,steepness_degrees < 25,Gentle slopes.,缓坡,a map,图,the county,县,Law,"
    "art. 3,2020-01-01,,default\n"
    + "W4,1,prohibit,,line,zone=general,,,,The rest.,其余,,,,,Law,art. 4,2020-01-01,,official\n"
)
FACTS = "fact,kind,unit,choices,english,chinese\nsteepness_degrees,number,degree,,How steep is it?,坡度多大？\n"
LAYERS = """\
[layers.parcel]
path = "parcels.gpkg"
columns = { parcel = "pid", statutory_area_mu = "mu" }

[decisions]
packs = ["own"]

[decisions.layers.line]
path = "line.gpkg"
key = "patch"
columns = { zone = "part" }
"""


@pytest.fixture
def deciding(study: Any, rectangle: Callable[..., Any]) -> Any:
    """A study with three parcels of 20 cells (20 ha), a line of two parts, and four rules."""
    (study.folder / "own").mkdir()
    study.file("own/pack.toml", PACK)
    study.file("own/rules.csv", RULES)
    study.file("own/facts.csv", FACTS)
    parcels = {"pid": ["P-1", "P-2", "P-3"], "mu": [300.0, 290.0, None]}
    shapes = [rectangle(5, 5, 4, 5), rectangle(5, 25, 4, 5), rectangle(40, 60, 4, 5)]
    study.polygons("parcels.gpkg", geopandas.GeoDataFrame(parcels, geometry=shapes, crs=CRS))
    line = {"patch": ["R-1", "R-2"], "part": ["core", "general"]}
    # The first covers two columns of the first parcel, 8 cells of 20; the second all of the second.
    shapes = [rectangle(0, 0, 20, 7), rectangle(0, 20, 20, 20)]
    study.polygons("line.gpkg", geopandas.GeoDataFrame(line, geometry=shapes, crs=CRS))
    study.add(LAYERS)
    return study


def decided(study: Any, parcel: str, **facts: Any) -> Any:
    with open_study(study.folder) as opened:
        return opened.decide(parcel, "D1", date=ON, facts=facts)


# What comes of it


def test_each_parcel_has_the_outcome_of_its_ground(deciding: Any) -> None:
    assert decided(deciding, "P-1").outcome == PROHIBITED
    assert decided(deciding, "P-2", steepness_degrees=24).outcome == CONDITIONAL
    assert decided(deciding, "P-2", steepness_degrees=25).outcome == PROHIBITED
    assert decided(deciding, "P-2").outcome == UNDETERMINED
    assert decided(deciding, "P-3").outcome == ALLOWED


def test_areas_are_those_on_the_ellipsoid(deciding: Any) -> None:
    decision = decided(deciding, "P-1")
    # A second route: geodesics around the corners in degrees, sides of the grid's plane divided finely.
    frame = geopandas.read_file(deciding.folder / "parcels.gpkg").iloc[:1]
    outline = frame.geometry.segmentize(10).to_crs("EPSG:4326").iloc[0].exterior
    area = abs(frame.to_crs("EPSG:4326").crs.get_geod().polygon_area_perimeter(*outline.xy)[0])
    assert trace(decision)["question"]["area_m2"] == pytest.approx(area, rel=1e-6)
    # UTM near its middle draws lengths 0.9996 short, so areas by 1 / 0.9996 ** 2 too small.
    assert area == pytest.approx(200_000 / 0.9996**2, rel=1e-5)
    (overlap,) = (one for one in trace(decision)["overlaps"] if one["layer"] == "line")
    assert (overlap["polygon"], overlap["columns"]) == ("R-1", {"zone": "core"})
    assert overlap["percent"] == pytest.approx(40.0, abs=1e-3)


def test_the_ground_to_leave_out_makes_it_allowed(deciding: Any) -> None:
    decision = decided(deciding, "P-1")
    assert decision.cut.area_m2 == pytest.approx(80_000 / 0.9996**2, rel=1e-5)
    parcels = geopandas.read_file(deciding.folder / "parcels.gpkg")
    line = geopandas.read_file(deciding.folder / "line.gpkg")
    parcels.loc[0, "geometry"] = shapely.difference(parcels.geometry[0], line.geometry[0])
    deciding.polygons("parcels.gpkg", parcels)
    assert decided(deciding, "P-1").outcome == ALLOWED


def test_the_same_question_has_the_same_hash_and_other_questions_have_others(deciding: Any) -> None:
    first = trace(decided(deciding, "P-1"))
    assert trace(decided(deciding, "P-1"))["hash"] == first["hash"] == digest(first)
    assert trace(decided(deciding, "P-2"))["hash"] != first["hash"]
    deciding.file("own/rules.csv", RULES.replace("art. 2", "art. 22"))
    assert trace(decided(deciding, "P-1"))["hash"] != first["hash"]


def test_control_data_that_changes_changes_the_digest_and_the_file_it_is_in_does_not(deciding: Any) -> None:
    def digest_of_line() -> str:
        (layer,) = (one for one in trace(decided(deciding, "P-1"))["layers"] if one["name"] == "line")
        return str(layer["digest"])

    before, line = digest_of_line(), geopandas.read_file(deciding.folder / "line.gpkg")
    line.to_file(deciding.folder / "line.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    deciding.edit('path = "line.gpkg"', 'path = "line.fgb"')
    assert digest_of_line() == before
    line["part"] = ["core", "core"]
    line.to_file(deciding.folder / "line.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    assert digest_of_line() != before


def test_a_layer_that_is_not_loaded_never_allows(deciding: Any) -> None:
    deciding.write(deciding.text[: deciding.text.index("[decisions.layers.line]")])
    decision = decided(deciding, "P-3")
    assert decision.outcome == UNDETERMINED
    assert "layers.line" in decision.missing


def test_without_decisions_all_ready_packs_are_asked_and_no_layer_is_loaded(deciding: Any) -> None:
    from shanshui.policy.rules.packs import ready_packs

    deciding.write(deciding.text[: deciding.text.index("[decisions]")])
    with open_study(deciding.folder) as opened:
        assert list(opened.decisions.book) == ready_packs()
        assert opened.decide("P-3", "D1", date=ON).outcome == UNDETERMINED


def test_rules_may_ask_for_zones_of_the_study(deciding: Any) -> None:
    deciding.file(
        "own/rules.csv",
        HEADER + "Z1,1,allow,,county,function=agricultural,,,,a,b,,,,,L,1,2020-01-01,,official\n"
        "Z2,1,prohibit,,county,zone=4501,,,,a,b,,,,,L,1,2020-01-01,,official\n",
    )
    # rows 0 to 29 and columns 0 to 39 are county 4501; the first and second parcel lie there, the third in 4504
    assert [decided(deciding, parcel).outcome for parcel in ("P-1", "P-3")] == [PROHIBITED, UNDETERMINED]
    deciding.edit('columns = { parcel = "pid"', 'where = "pid <> \'P-2\'"\ncolumns = { parcel = "pid"')
    with open_study(deciding.folder) as opened:
        assert {*opened.decisions.layers} == {"county", "line"}
        assert opened.decisions.layers["county"].keys.tolist() == ["4501", "4502", "4503", "4504"]


def test_a_scenario_has_rules_of_its_own(deciding: Any) -> None:
    (deciding.folder / "other").mkdir()
    deciding.file("other/pack.toml", PACK.replace('"own"', '"other"'))
    deciding.file("other/rules.csv", HEADER + "O1,1,allow,,,,,,,a,b,,,,,L,1,2020-01-01,,official\n")
    deciding.add('[scenarios.open.decisions]\npacks = ["other"]')
    with open_study(deciding.folder, "open") as opened:
        assert opened.decide("P-1", "D1", date=ON).outcome == ALLOWED
        assert "line" in opened.decisions.layers
    assert decided(deciding, "P-1").outcome == PROHIBITED


# What is measured of the ground

ELEVATION = '[layers.elevation]\npath = "elevation.tif"\nunit = "m"\n'
STEEP = HEADER + (
    "S1,1,conditions,,line,zone=general,,,slope_degrees < 25 and elevation_m < 300,Gentle and low.,缓坡低地,"
    "a map,图,the county,县,L,1,2020-01-01,,official\n"
    "S2,1,prohibit,,line,zone=general,,,slope_degrees >= 25 or elevation_m >= 300,Steep or high.,陡坡或高地,,,,,L,2,"
    "2020-01-01,,official\n"
)


@pytest.fixture
def rising(deciding: Any) -> Any:
    """The same study; the ground rises by 10 m a cell towards the east, and the rules ask how steep and high it is."""
    deciding.raster("elevation.tif", np.tile(np.arange(80, dtype="float32") * 10, (60, 1)))
    deciding.file("own/rules.csv", STEEP)
    return deciding


def test_slope_and_elevation_that_nobody_states_are_measured(rising: Any) -> None:
    decision = decided(rising, "P-2")
    # Columns 25 to 29 stand at 250 to 290 m; a cell of 100 m in UTM near its middle is 100 / 0.9996 m wide.
    slope = round(math.degrees(math.atan(0.1 * 0.9996)), 2)
    assert decision.parcel.measured == {"slope_degrees": slope, "elevation_m": 270.0}
    assert (decision.outcome, decision.measured) == (CONDITIONAL, {"slope_degrees", "elevation_m"})
    assert trace(decision)["notes"] == []
    rising.raster("elevation.tif", np.full((60, 80), 500, "float32"))
    assert decided(rising, "P-2").outcome == PROHIBITED


def test_what_is_measured_is_told_as_such(rising: Any) -> None:
    told = rising.cli("explain", "--parcel", "P-2", "--activity", "D1", "--on", ON)
    assert re.search(r"\(elevation_m\) 270 m \[measured\]", told.out), told.out
    told = rising.cli("explain", "--parcel", "P-2", "--on", ON, "--language", "zh")
    assert re.search(r"据研究数据测算.*（elevation_m）270米", told.out, re.DOTALL), told.out


def test_what_is_stated_comes_before_what_is_measured_and_that_it_is_another_is_said(rising: Any) -> None:
    stated = decided(rising, "P-2", elevation_m=310)
    assert (stated.outcome, stated.measured) == (PROHIBITED, {"slope_degrees"})
    assert trace(stated)["notes"] == ["elevation_m is stated as 310.0, and was measured as 270.0"]


def test_tables_and_single_questions_take_the_same_measurements(rising: Any) -> None:
    rising.file("applications.csv", f"application,parcel,activity,date,facts\nA,P-2,D1,{ON},\n"
                f"B,P-2,D1,{ON},elevation_m = 310\n")  # fmt: skip
    rising.add('[tables.applications]\npath = "applications.csv"')
    rising.run("parcel_decisions", "parcel_terrain")
    made = pd.read_csv(rising.out / "tables/parcel_decisions.csv", index_col="application")
    single = {"A": decided(rising, "P-2"), "B": decided(rising, "P-2", elevation_m=310)}
    assert made["outcome"].to_dict() == {"A": CONDITIONAL, "B": PROHIBITED}
    assert {key: trace(one)["hash"] for key, one in single.items()} == made["trace"].to_dict()
    table = pd.read_csv(rising.out / "tables/parcel_terrain.csv", index_col="parcel")
    assert table.loc["P-2"].to_dict() == single["A"].parcel.measured


def test_what_the_study_gives_of_the_ground_is_not_measured(rising: Any) -> None:
    rising.file("surveyed.csv", "parcel,slope_degrees,elevation_m\nP-2,30,270\n")
    rising.add('[tables.parcel_terrain]\npath = "surveyed.csv"')
    decision = decided(rising, "P-2")
    assert (decision.outcome, decision.facts["slope_degrees"]) == (PROHIBITED, 30.0)


def test_where_no_ground_is_known_nothing_is_measured(deciding: Any) -> None:
    deciding.file("own/rules.csv", STEEP)
    deciding.edit(ELEVATION, "")
    decision = decided(deciding, "P-2")
    assert (decision.outcome, decision.parcel.measured) == (UNDETERMINED, {})


# The parcel


def test_the_statutory_area_stands_beside_the_computed_one(deciding: Any) -> None:
    # 300 mu are 300 * 2000 / 3 m2 = 200,000 m2; the computed area is 0.08 % more: nothing to say.
    told = trace(decided(deciding, "P-1"))
    assert told["question"]["statutory_area_m2"] == pytest.approx(200_000)
    assert told["notes"] == []
    assert trace(decided(deciding, "P-3"))["question"]["statutory_area_m2"] is None


@pytest.mark.parametrize(("mu", "notes"), [(285.3, 0), (285.1, 1), (315.1, 0), (315.4, 1)])
def test_a_statutory_area_that_is_another_by_more_than_a_twentieth_is_said(
    deciding: Any, mu: float, notes: int
) -> None:
    # Computed: 200,160 m2 = 300.24 mu; a twentieth less are 285.23 mu, a twentieth more are 315.25 mu.
    parcels = geopandas.read_file(deciding.folder / "parcels.gpkg")
    parcels.loc[0, "mu"] = mu
    deciding.polygons("parcels.gpkg", parcels)
    told = trace(decided(deciding, "P-1"))["notes"]
    assert len(told) == notes
    assert all("statutory" in note and f"{(mu / 300.24 - 1) * 100:+.1f} %" in note for note in told)


def test_an_outline_that_crosses_itself_is_mended_and_said_of_that_parcel_alone(deciding: Any, rectangle: Any) -> None:
    parcels = geopandas.read_file(deciding.folder / "parcels.gpkg")
    left, low, right, high = rectangle(40, 60, 4, 4).bounds
    # A bow tie: two triangles, each a quarter of the square of 4 by 4 cells.
    parcels.loc[2, "geometry"] = shapely.Polygon([(left, low), (right, high), (right, low), (left, high)])
    deciding.polygons("parcels.gpkg", parcels)
    decision = decided(deciding, "P-3")
    assert decision.parcel.polygon.area == pytest.approx(80_000 / 0.9996**2, rel=1e-5)
    assert [note for note in trace(decision)["notes"] if "not valid" in note]
    assert trace(decided(deciding, "P-1"))["notes"] == []


def test_a_parcel_without_ground_is_refused_as_such(deciding: Any) -> None:
    parcels = geopandas.read_file(deciding.folder / "parcels.gpkg")
    parcels.loc[2, "geometry"] = None
    deciding.polygons("parcels.gpkg", parcels)
    deciding.cli("explain", "--parcel", "P-3", "--activity", "D1").one("parcel", "P-3", "no ground")


def test_a_parcel_that_reaches_out_or_lies_outside_is_undetermined(deciding: Any, rectangle: Any) -> None:
    parcels = geopandas.read_file(deciding.folder / "parcels.gpkg")
    parcels.loc[1, "geometry"] = rectangle(5, 78, 4, 5)  # three of five columns lie beyond the last, the 80th
    parcels.loc[2, "geometry"] = rectangle(5, 90, 4, 5)
    deciding.polygons("parcels.gpkg", parcels)
    for parcel, words in (("P-2", "reaches out"), ("P-3", "wholly outside")):
        decision = decided(deciding, parcel)
        assert (decision.outcome, "parcel" in decision.missing) == (UNDETERMINED, True)
        assert any(words in note for note in trace(decision)["notes"])
    assert not any("wholly" in note for note in trace(decided(deciding, "P-2"))["notes"])


def turn_the_third(deciding: Any, crs: str) -> None:
    """Exchange x and y of the third parcel."""
    parcels = geopandas.read_file(deciding.folder / "parcels.gpkg").to_crs(crs)
    turned = shapely.transform(parcels.geometry[2], lambda points: points[:, ::-1])
    shapes = [*parcels.geometry[:2], turned]
    deciding.polygons("parcels.gpkg", geopandas.GeoDataFrame(parcels[["pid", "mu"]], geometry=shapes, crs=crs))


def test_a_parcel_whose_coordinates_stand_exchanged_is_said_to_be_so(deciding: Any) -> None:
    turn_the_third(deciding, CRS)
    decision = decided(deciding, "P-3")
    assert decision.outcome == UNDETERMINED
    assert any("x and y are exchanged" in note for note in trace(decision)["notes"])


def test_a_parcel_at_111_degrees_north_is_refused_and_the_others_are_not(deciding: Any) -> None:
    turn_the_third(deciding, "EPSG:4326")
    deciding.cli("explain", "--parcel", "P-3", "--activity", "D1").one("parcel", "P-3", "nowhere", "x and y")
    assert decided(deciding, "P-1").outcome == PROHIBITED
    assert any("1 of 3 features" in note and "nowhere" in note for note in deciding.check().notes)


# The command line


def test_the_decision_is_told_outcome_first(deciding: Any) -> None:
    told = deciding.cli("explain", "--parcel", "P-1", "--activity", "D1", "--on", ON)
    assert told.code == 0, told.err
    lines = told.out.splitlines()
    assert lines[0] == "outcome: prohibited"
    # 200,160 m2 are 20.016 ha and 300.24 mu; the register says 300 mu.
    assert lines[1] == "parcel: P-1: 20.0160 ha (300.24 mu) computed; 20.0000 ha (300.00 mu) in the register"
    for words in (
        f"date: {ON}",
        "own:W2 Nothing in the core.",
        "Law, art. 2",
        "seen: line R-1",
        "leave out 8.0064 ha: 8.0064 ha lie in line, R-1: then allowed",
        "own 2026-01-01",
    ):
        assert words in told.out, words
    # A text of the literature needs no warning.
    assert "status" not in told.out
    assert re.search(r"^hash of the trace: [0-9a-f]{64}$", told.out, re.MULTILINE)


def test_conditions_evidence_authority_and_a_status_of_ours_are_told(deciding: Any) -> None:
    told = deciding.cli("explain", "--parcel", "P-2", "--activity", "D1", "--on", ON, "--fact", "steepness_degrees=10")
    assert told.out.startswith("outcome: allowed with conditions\n")
    for words in ("evidence: a map", "decided by: the county", "[status: ", "How steep is it? (steepness_degrees) 10°"):
        assert words in told.out, words


def test_what_is_missing_is_told_with_what_would_come_of_it(deciding: Any) -> None:
    told = deciding.cli("explain", "--parcel", "P-2", "--activity", "D1", "--on", ON)
    assert told.out.startswith("outcome: undetermined\n")
    assert "missing:\n  How steep is it? (steepness_degrees)\n" in told.out


def test_chinese_is_told_in_chinese(deciding: Any) -> None:
    options = ("--parcel", "P-1", "--activity", "D1", "--on", ON, "--language", "zh")
    told = deciding.cli("explain", *options).out
    for words in ("判定结果: 禁止", "核心区禁止", "20.0160公顷（300.24亩）", "避让8.0064公顷"):
        assert words in told, words
    deciding.edit('name = "Small region"', 'name = "Small region"\nlanguage = "zh"')
    assert deciding.cli("explain", *options[:-2]).out == told


def test_today_is_the_day_where_none_is_given_and_is_told(deciding: Any) -> None:
    told = deciding.cli("explain", "--parcel", "P-1", "--activity", "D1").out
    assert f"date: {date.today().isoformat()}" in told
    assert "undetermined" in deciding.cli("explain", "--parcel", "P-1", "--activity", "D1", "--on", "2019-12-31").out


def test_slivers_are_told_with_the_outcome_without_them(deciding: Any, rectangle: Any) -> None:
    line = geopandas.read_file(deciding.folder / "line.gpkg")
    left, low, _, high = rectangle(5, 5, 4, 5).bounds
    # 4 m of the parcel: at 1 : 10,000 half a millimetre is 5 m, at 1 : 5,000 it is 2.5 m.
    line.loc[0, "geometry"] = shapely.box(left - 500, low - 100, left + 4, high + 100)
    deciding.polygons("line.gpkg", line)
    told = deciding.cli("explain", "--parcel", "P-1", "--activity", "D1", "--on", ON).out
    assert told.startswith("outcome: prohibited\n")
    assert "narrower than the map can tell" in told
    assert "without slivers: allowed\n" in told
    deciding.edit('key = "patch"', 'key = "patch"\nscale = 5000')
    assert "slivers" not in deciding.cli("explain", "--parcel", "P-1", "--activity", "D1", "--on", ON).out


def test_a_parcel_alone_tells_every_overlap_and_every_main_activity(deciding: Any) -> None:
    told = deciding.cli("explain", "--parcel", "P-1", "--on", ON)
    assert told.code == 0, told.err
    assert re.search(r"line, R-1: 80,06\d\.\d m2 \(40\.00 %\), ", told.out)
    assert re.search(r"(the )?counties, 4501: 200,16\d\.\d m2 \(100\.00 %\)", told.out)
    with open_study(deciding.folder) as opened:
        main = [code for code, one in opened.decisions.book.terms.activities.items() if not one.parent]
    outcomes = re.findall(r"^  (\w+) .*: (\w+)$", told.out[told.out.index("what may be done there") :], re.MULTILINE)
    assert [code for code, _ in outcomes] == main
    assert {outcome for _, outcome in outcomes} == {"prohibited"}


def test_the_trace_is_written_and_is_the_answer(deciding: Any) -> None:
    path = deciding.folder / "decision.json"
    told = deciding.cli("explain", "--parcel", "P-1", "--activity", "D1", "--on", ON, "--to", str(path))
    written = json.loads(path.read_text("utf-8"))
    assert written == json.loads(json.dumps(trace(decided(deciding, "P-1"))))
    assert digest(written) == written["hash"]
    assert written["hash"] in told.out


def test_the_page_is_written(deciding: Any) -> None:
    path = deciding.folder / "decision.html"
    told = deciding.cli("explain", "--parcel", "P-1", "--activity", "D1", "--on", ON, "--to", str(path))
    assert told.code == 0, told.err
    assert "P-1" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ((), "--at", "--parcel"),
        (("--at", "1,2", "--parcel", "P-1"), "--at", "so is --parcel"),
        (("--at", "1,2", "--activity", "D1"), "--activity", "for parcels"),
        (("--at", "1,2", "--fact", "a=1"), "--fact", "for parcels"),
        (("--at", "1,2", "--on", ON), "--on", "for parcels"),
        (("--parcel", "P-1", "--to", "a.json"), "--to", "no activity"),
        (("--parcel", "P-1", "--activity", "D1", "--to", "a.pdf"), "--to", "a.pdf"),
        (("--parcel", "P-1", "--activity", "D1", "--fact", "steep"), "--fact", "steep"),
        (("--parcel", "P-1", "--activity", "D1", "--fact", "a=1", "--fact", "a=2"), "--fact", "twice"),
        (("--parcel", "P-1", "--activity", "D1", "--fact", "date=2026-01-01"), "facts.date", "place of its own"),
        (
            ("--parcel", "P-1", "--activity", "D1", "--fact", "steepness_degree=2"),
            "facts.steepness_degree",
            "'steepness_degrees'",
        ),
        (
            ("--parcel", "P-1", "--activity", "D1", "--fact", "steepness_degrees=steep"),
            "facts.steepness_degrees",
            "steep",
        ),
        (("--parcel", "P-1", "--activity", "D1", "--on", "yesterday"), "facts.date", "yesterday"),
        (("--parcel", "P-1", "--activity", "D1x"), "facts.activity", "did you mean 'D1"),
        (("--parcel", "P-1", "--activity", "D1", "--industry", "9999"), "facts.industry", "9999"),
        (("--parcel", "P1", "--activity", "D1"), "parcel", "did you mean 'P-1'"),
        (("--parcel", "P-1", "--activity", "D1", "--language", "fr"), "--language", "fr"),
    ],
)
def test_a_question_that_cannot_be_put_is_one_line(deciding: Any, options: Any, key: str, words: str) -> None:
    deciding.cli("explain", *options).only(key, words)


def test_a_study_without_parcels_says_so(study: Any) -> None:
    study.cli("explain", "--parcel", "P-1", "--activity", "D1").only("layers.parcel", "is not in the study")


# Rule packs


def test_check_reads_the_packs_and_layers(deciding: Any) -> None:
    told = deciding.check()
    assert told.code == 0, told.err
    deciding.file("own/rules.csv", RULES.replace("steepness_degrees < 25", "steepness_degree < 25"))
    deciding.check().one("own:W3.when", "steepness_degrees")


def test_check_of_a_folder_with_a_pack_checks_the_pack(deciding: Any, shanshui: Any) -> None:
    folder = str(deciding.folder / "own")
    told = shanshui("check", folder)
    assert told.code == 0, told.err
    assert "no problem found" in told.out
    deciding.file("own/rules.csv", RULES.replace("zone=core", "zone:core"))
    shanshui("check", folder).only("own:W2.where", "zone:core")


def test_show_rules_tells_the_rule_book(deciding: Any, shanshui: Any, tmp_path: Any, monkeypatch: Any) -> None:
    told = deciding.cli("show", "rules")
    assert told.code == 0, told.err
    assert "Nothing in the core." in told.out
    assert "核心区禁止" in deciding.cli("show", "rules", "--language", "zh").out
    monkeypatch.chdir(tmp_path)
    ready = shanshui("show", "rules").out
    assert "red_line" in ready
    assert "Nothing in the core." not in ready
    # A folder of that name is a study like any other.
    deciding.folder.rename(tmp_path / "rules")
    assert "land_change" in shanshui("show", "rules").out


# Tables of decisions


STEPS = '''
import pandas as pd

from shanshui.base.step import step


@step
def outcomes_there(control_layers: object, rule_book: object) -> pd.DataFrame:
    """Which layers and packs there are."""
    return pd.DataFrame({"layer": [", ".join(control_layers)], "pack": [", ".join(rule_book)]})
'''
WORD = """\
[outcomes_there]
shape = "table"
product = true
english = "what there is"
chinese = "已有内容"
meaning = "Which layers and packs there are."
"""


def test_a_step_may_take_layers_and_rules(deciding: Any) -> None:
    deciding.own_words(WORD, STEPS)
    told = deciding.run("outcomes_there", "--trust")
    assert told.code == 0, told.err
    table = pd.read_csv(deciding.out / "tables/outcomes_there.csv")
    assert table.to_dict("records") == [{"layer": "county, line", "pack": "own"}]
    receipt = json.loads((deciding.out / "receipts/outcomes_there.json").read_text("utf-8"))
    inputs = {entry["name"]: entry for entry in receipt["inputs"]}
    assert inputs["decisions.layers.line"]["path"] == "line.gpkg"
    assert inputs["decisions.layers.line"]["columns"] == {"zone": "part"}
    assert inputs["rule_book.own"]["value"] == "own of 2026-01-01"


def test_the_table_is_made_anew_when_rules_or_layers_change_and_only_then(deciding: Any) -> None:
    deciding.own_words(WORD, STEPS)
    deciding.run("outcomes_there", "--trust")
    assert "nothing to compute" in deciding.run("outcomes_there", "--trust").out
    deciding.file("own/rules.csv", RULES.replace("art. 2", "art. 22"))
    assert "made outcomes_there" in deciding.run("outcomes_there", "--trust").out
    line = geopandas.read_file(deciding.folder / "line.gpkg")
    deciding.polygons("line.gpkg", line.assign(part=["core", "core"]))
    assert "made outcomes_there" in deciding.run("outcomes_there", "--trust").out
    deciding.edit('key = "patch"', 'key = "patch"\nscale = 5000')
    assert "made outcomes_there" in deciding.run("outcomes_there", "--trust").out
    assert "nothing to compute" in deciding.run("outcomes_there", "--trust").out


def test_without_decisions_the_step_is_skipped_with_the_reason(study: Any) -> None:
    study.own_words(WORD, STEPS)
    told = study.run("--trust")
    assert told.code == 0, told.err
    assert any("outcomes_there" in note and "the study has no [decisions]" in note for note in told.notes)
    asked = study.run("outcomes_there", "--trust")
    assert asked.code == 2
    assert [fault for fault in asked.faults if "it needs rule_book, and the study has no [decisions]" in fault]


def test_nothing_is_read_that_nobody_asked_for(deciding: Any) -> None:
    deciding.file("own/rules.csv", "no rules")
    deciding.file("line.gpkg", "no polygons")
    told = deciding.run("land_change")
    assert told.code == 0, told.err
    assert deciding.check().code == 2


def test_decisions_in_a_table_are_those_of_single_questions(deciding: Any) -> None:
    deciding.file(
        "applications.csv",
        "application,parcel,activity,date,facts\n"
        f"1,P-1,D1,{ON},\n2,P-2,D1,{ON},steepness_degrees = 24\n3,P-2,D1,{ON},\n4,P-3,D1,{ON},\n",
    )
    columns = ", ".join(f'{name} = "{name}"' for name in ("application", "parcel", "activity", "date", "facts"))
    deciding.add(f'[tables.applications]\npath = "applications.csv"\ncolumns = {{ {columns} }}')
    with open_study(deciding.folder) as opened:
        table = opened.run("parcel_decisions")
        assert table["outcome"].tolist() == [PROHIBITED, CONDITIONAL, UNDETERMINED, ALLOWED]
        hashes = [
            trace(opened.decide(parcel, "D1", date=ON, facts=facts))["hash"]
            for parcel, facts in (("P-1", {}), ("P-2", {"steepness_degrees": "24"}), ("P-2", {}), ("P-3", {}))
        ]
    assert table["trace"].tolist() == hashes


def test_python_refuses_as_the_command_line_does(deciding: Any) -> None:
    with pytest.raises(StudyError, match=r"there is no parcel 'P1'; did you mean 'P-1'\?"):
        decided(deciding, "P1")
    assert math.isclose(decided(deciding, "P-1").parcel.statutory_area_m2, 300 * 2000 / 3)
