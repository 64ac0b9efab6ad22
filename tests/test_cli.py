"""The command line: help that comes at once, a template that is whole, and one line for every mistake."""

import importlib.util
import io
import re
import subprocess
import sys
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine

HEAVY = [
    "numpy",
    "pandas",
    "rasterio",
    "pyogrio",
    "geopandas",
    "shapely",
    "xarray",
    "rioxarray",
    "numba",
    "scipy",
    "pint",
    "pydantic",
    "pyproj",
    "odc",
    "exactextract",
    "openpyxl",
]
LIGHT_HELP = f"""
import sys
known = set({HEAVY})
from shanshui.cli import main
sys.argv = ["shanshui", *{{words}}]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print(sorted(known & set(sys.modules)), file=sys.stderr)
"""
COMMANDS = ["sample", "new", "check", "run", "show", "explain", "report", "demo"]


def shanshui(*words):
    from shanshui.cli import main

    out, err, arguments, code = io.StringIO(), io.StringIO(), sys.argv, 0
    sys.argv = ["shanshui", *map(str, words)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.argv = arguments
    return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())


def refused(told, *words):
    """It said one line and ended with 2."""
    assert told.code == 2, told.out + told.err
    assert len(told.err.splitlines()) == 1, told.err
    for word in words:
        assert word in told.err
    return True


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of two years and two zones, which has run."""
    folder = tmp_path_factory.mktemp("cli") / "study"
    folder.mkdir()
    profile = {"driver": "GTiff", "height": 20, "width": 30, "count": 1, "dtype": "uint8", "nodata": 0}
    profile |= {"crs": "EPSG:32649", "transform": Affine(100, 0, 500_000, 0, -100, 2_600_000)}
    for year, code in ((2000, 1), (2020, 3)):
        cells = np.ones((20, 30), np.uint8)
        cells[5:10, 5:10] = code
        with rasterio.open(folder / f"land_cover_{year}.tif", "w", **profile) as target:
            target.write(cells, 1)
    cells = np.where(np.arange(30) < 15, 1, 2).astype(np.uint8) * np.ones((20, 1), np.uint8)
    with rasterio.open(folder / "halves.tif", "w", **profile) as target:
        target.write(cells, 1)
    (folder / "legend.csv").write_text("code,name,ecosystem\n1,wood,forest\n3,field,cropland\n")
    (folder / "study.toml").write_text(
        '[study]\nname = "Small"\n\n[grid]\nlike = "land_cover"\ntile = 16\n\n'
        '[layers.land_cover]\npath = "land_cover_{year}.tif"\nlegend = "legend.csv"\n\n'
        '[zones.half]\npath = "halves.tif"\n'
    )
    told = shanshui("run", folder)
    assert told.code == 0, told.err
    return folder


# Help


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"]])
def test_help_imports_no_scientific_library(words):
    script = LIGHT_HELP.format(words=words)
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    # typer itself takes pydantic for the help of one command, where it is installed
    assert told.stderr in ("[]\n", "['pydantic']\n" if len(words) > 1 else "[]\n")
    assert "Usage: shanshui" in told.stdout


def test_help_lists_every_command():
    told = shanshui("--help")
    assert told.code == 0
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\b", told.out, re.MULTILINE), command


# The template


def uncommented(text):
    """Take the "#" off every line that is a key or a section."""
    return re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)


@pytest.fixture
def template(tmp_path):
    told = shanshui("new", tmp_path / "begun")
    assert told.code == 0
    assert "shanshui check" in told.out
    return (tmp_path / "begun/study.toml").read_text("utf-8")


@pytest.mark.parametrize("either", ["like", "crs|resolution"])
def test_every_key_of_the_template_is_accepted_when_uncommented(template, either):
    from shanshui.study.schema import StudyFile

    # a grid is like a layer, or has crs and resolution: the two exclude each other
    other = "crs|resolution" if either == "like" else "like"
    text = re.sub(rf"^({other}) = .*\n", "", uncommented(template), flags=re.MULTILINE)
    file = StudyFile.model_validate(tomllib.loads(text))
    assert set(file.layers) >= {"land_cover", "elevation"}
    assert file.zones
    assert file.tables
    assert file.scenarios


def test_the_template_as_it_is_written_is_accepted_but_for_the_inputs_it_names(template, tmp_path):
    told = shanshui("check", tmp_path / "begun")
    assert told.code == 2
    faults = told.err.splitlines()[:-1]
    assert faults
    assert all("inputs/" in line for line in faults), told.err


def test_a_scenario_of_the_template_is_accepted(template, tmp_path):
    from shanshui.study.schema import read_study_file

    text = re.sub(r"^(crs|resolution) = .*\n", "", uncommented(template), flags=re.MULTILINE)
    (tmp_path / "study.toml").write_text(text, "utf-8")
    for name in tomllib.loads(text)["scenarios"]:
        read_study_file(tmp_path / "study.toml", name)


def test_the_template_mentions_every_key_of_the_schema(template):
    from shanshui.study import schema

    content = tomllib.loads(uncommented(template))
    sections = {
        "study": schema.StudySection,
        "region": schema.RegionSection,
        "grid": schema.GridSection,
        "layers": schema.LayerSection,
        "zones": schema.ZoneSection,
        "tables": schema.TableSection,
        "years": schema.YearsSection,
        "policy": schema.PolicySection,
        "uncertainty": schema.UncertaintySection,
        "draws": schema.DrawsSection,
        "decisions": schema.DecisionsSection,
    }
    assert set(content) == set(schema.StudyFile.model_fields) == {*sections, "methods", "scenarios"}
    for name, section in sections.items():
        parts = content[name].values() if name in ("layers", "zones", "tables", "uncertainty") else [content[name]]
        assert set().union(*parts) == set(section.model_fields), name
    assert set().union(*content["decisions"]["layers"].values()) == set(schema.ControlSection.model_fields)
    attributes = {"name", "function", "level", "service", "belt", "parent", "area_km2"}
    assert set().union(*(zones["columns"] for zones in content["zones"].values())) == attributes


def test_every_key_of_the_template_is_told_in_words(template):
    silent = [
        line for line in template.splitlines() if re.match(r"(# )?\w+ = ", line) and "#" not in line.removeprefix("# ")
    ]
    # what speaks for itself, or was told above
    spoken = {"path", "layer", "sheet", "source", "licence", "citation", "offset", "grid", "columns", "overrides"}
    assert {re.match(r"(?:# )?(\w+)", line)[1] for line in silent} <= spoken


def test_new_does_not_write_over_a_study(study):
    before = (study / "study.toml").read_text()
    refused(shanshui("new", study), "already holds a study", "give another folder")
    assert (study / "study.toml").read_text() == before


def test_new_below_a_file_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    refused(shanshui("new", tmp_path / "file/study"), "cannot be written")


def test_a_folder_whose_name_looks_like_markup_is_no_problem(tmp_path):
    folder = tmp_path / "a[b]c[" / "b]"
    told = shanshui("new", folder)
    assert told.code == 0
    assert str(folder / "study.toml") in told.out


# run, show, explain


def test_run_twice_says_that_there_is_nothing_to_compute(study):
    told = shanshui("run", study)
    assert told.code == 0
    assert all(line.startswith("skipped ") for line in told.err.splitlines())
    assert re.fullmatch(r"nothing to compute: all \d+ products are current\n", told.out)


def test_run_of_one_product_names_only_that(study):
    told = shanshui("run", study, "land_area")
    assert told.code == 0
    assert "nothing to compute: " in told.out


def test_the_file_stands_for_its_folder(study):
    assert shanshui("run", study / "study.toml").code == 0


def test_show_lists_every_product_with_both_names(study):
    from shanshui.chapters import catalogue

    told = shanshui("show", study)
    assert told.code == 0
    for quantity in catalogue().products:
        line = next(line for line in told.out.splitlines() if line.split()[0] == quantity.name)
        # The study has land cover and nothing else.
        assert ("current" if quantity.name.startswith(("land", "zone_area", "ecological")) else "") in line
        assert ("missing" if "population" in quantity.name else "") in line
        assert quantity.english in line
        assert quantity.chinese in line


@pytest.mark.parametrize("name", ["land_change", "land_cover", "zones", "cell_area", "land_tally", "elevation"])
def test_show_tells_all_about_one_quantity(study, name):
    told = shanshui("show", study, name)
    assert told.code == 0
    assert told.out.startswith(f"name: {name}: ")
    if name == "land_change":
        for word in ("formula:", "methods:", "parameters:", "smallest_base_area = 1.0 ha (default;", "it is current"):
            assert word in told.out
    if name == "elevation":
        assert "the study gives no elevation" in told.out


def test_show_of_a_word_that_is_none_is_one_line(study):
    refused(shanshui("show", study, "land_chnge"), "is not in the vocabulary", "did you mean 'land_change'?")


@pytest.mark.parametrize("crs", ["EPSG:32649", "EPSG:4326"])
def test_explain_tells_zones_layers_and_products_of_a_place(study, crs):
    x, y = pyproj.Transformer.from_crs("EPSG:32649", crs, always_xy=True).transform(500_550.0, 2_599_450.0)
    at = f"{x:.6f},{y:.6f}"
    told = shanshui("explain", study, "--at", at)
    assert (told.code, told.err) == (0, "")
    lines = dict(line.split(": ", 1) for line in told.out.splitlines() if ": " in line)
    assert lines["cell"].startswith("row 5, column 5")
    assert lines["zone of half"].startswith("1")
    assert "wood" in lines["land_cover 2000"]
    assert "field" in lines["land_cover 2020"]
    assert "forest to cropland" in lines["land_conversion"]


@pytest.mark.parametrize("at", ["here", "1", "1,2,3", "", "nan,nan", "500550;2599450", "inf,0"])
def test_a_place_that_is_none_is_one_line(study, at):
    refused(shanshui("explain", study, "--at", at), "--at: ", "X,Y")


@pytest.mark.parametrize("at", ["0,0", "1e9,1e9", "490000,2599450", "-75,40", "180,90"])
def test_a_place_beyond_the_grid_is_one_line(study, at):
    refused(shanshui("explain", study, "--at", at), "--at: ", "outside the grid", "longitude,latitude")


def test_a_folder_without_a_study_is_one_line(tmp_path):
    for command in ("check", "run", "show"):
        refused(shanshui(command, tmp_path), "study.toml", "shanshui new DIR")


def test_a_scenario_has_products_of_its_own(study):
    text = (study / "study.toml").read_text()
    try:
        scenario = "[scenarios.one.policy.overrides]\nsmallest_base_area = 5"
        (study / "study.toml").write_text(f"{text}\n{scenario}\n")
        assert shanshui("run", study, "land_area", "--scenario", "one").code == 0
        assert (study / "out/scenarios/one/tables/land_area.csv").exists()
    finally:
        (study / "study.toml").write_text(text)


# What others build


@pytest.mark.skipif(importlib.util.find_spec("shanshui.report") is None, reason="the report is not built yet")
def test_the_report_is_a_page_whose_path_is_printed(study):
    pytest.importorskip("shanshui.report", exc_type=ImportError)
    from shanshui import report

    if not hasattr(report, "report"):
        pytest.skip("the report is not built yet")
    told = shanshui("report", study)
    assert told.code == 0, told.err
    assert told.out.strip().endswith("index.html")
    refused(shanshui("report", study, "--language", "de"), "--language", "en or zh")


def test_a_sample_is_a_study_without_a_problem_and_is_not_written_over(tmp_path):
    told = shanshui("sample", tmp_path / "sample", "--size", "60")
    assert told.code == 0
    assert "shanshui run" in told.out
    assert shanshui("check", tmp_path / "sample").code == 0
    refused(shanshui("sample", tmp_path / "sample", "--size", "60"), "already holds a study")
