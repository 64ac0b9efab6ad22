"""Only what is stale runs: receipts, keys, and what hangs on what."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shanshui.study import code_key as code_keys
from shanshui.study.study import open_study

GROUND = {"slope", "flow_accumulation", "slope_length_steepness"}
# What hangs on land cover, cell by cell; recreation also on the relief.
LIVING = {"carbon_stock", "carbon_sequestration", "habitat_quality", "habitat_degradation", "recreation_opportunity"}
COMPARED = {"service_correlation", "service_bundles"}
# Of the services, what is graded, and the line around it.
GRADED = {"habitat_quality", "carbon_sequestration"}
IMPORTANCE = {f"{name}_importance{part}" for name in GRADED for part in ("", "_breaks")} | {
    "biodiversity_importance", "service_importance", "service_importance_dominant", "ecological_importance",
    "ecological_importance_by_zone",
}  # fmt: skip
LINE = {
    "red_line", "red_line_cells", "red_line_ledger", "red_line_certificate", "red_line_conflicts",
    "red_line_confidence", "red_line_ground", "red_line_type", "red_line_value", "red_line_protection",
    "red_line_price_curve",
}  # fmt: skip
ALL = GROUND | LIVING | IMPORTANCE | LINE | {f"{name}_by_zone" for name in LIVING} | COMPARED | {
    "zone_area", "land_area", "land_change", "land_transition", "ecological_land_share", "land_conversion",
    "land_findings", "status_summary", "status_findings", "wetland_loss",
}  # fmt: skip


def _made(folder: Path, *products: str) -> set[str]:
    with open_study(folder) as study:
        return set(study.make(products).made)


def test_run_again_without_a_change_computes_nothing(study: Any) -> None:
    assert _made(study.folder) == ALL
    before = study.products()
    assert _made(study.folder) == set()
    assert study.products() == before
    assert f"nothing to compute: all {len(ALL)} products are current" in study.run().out


def test_a_changed_parameter_runs_what_hangs_on_it(study: Any) -> None:
    _made(study.folder)
    before = study.products()
    study.add("[policy]\noverrides = { smallest_base_area = 1000 }")
    assert _made(study.folder) == {"land_change", "land_findings", "wetland_loss"}
    changed = {name for name, content in study.products().items() if before[name] != content}
    # The sentences come out the same here; their receipt says by which parameter.
    told = {f"receipts/{name}.json" for name in ("land_change", "land_findings", "wetland_loss")}
    assert {"tables/land_change.csv", *told} <= changed
    assert changed <= {"tables/land_change.csv", "tables/land_findings.csv", "tables/wetland_loss.csv", *told}
    parameter = json.loads((study.out / "receipts" / "land_change.json").read_text("utf-8"))["parameters"][0]
    assert (parameter["name"], parameter["value"], parameter["status"]) == ("smallest_base_area", 1000.0, "default")


def test_a_changed_input_runs_what_hangs_on_it(study: Any) -> None:
    _made(study.folder)
    cells = study.cells("land_cover_2020.tif")
    cells[0, 0] = 1 if cells[0, 0] != 1 else 2
    study.raster("land_cover_2020.tif", cells, nodata=0)
    assert _made(study.folder) == ALL - {"zone_area"} - GROUND


def test_a_touched_input_runs_nothing(study: Any) -> None:
    _made(study.folder)
    (study.folder / "land_cover_2020.tif").touch()
    assert _made(study.folder) == set()


def test_a_changed_zone_runs_the_tables_and_not_the_raster(study: Any) -> None:
    _made(study.folder)
    counties = study.counties
    counties.loc[0, "name"] = "Renamed"
    study.polygons("counties.gpkg", counties)
    assert _made(study.folder) == ALL - {"land_conversion"} - GROUND - LIVING


def test_a_layer_runs_only_what_uses_it(study: Any) -> None:
    _made(study.folder)
    study.recode("elevation.tif", 7.0, 3, nodata=-9999)
    recreation = {"recreation_opportunity", "recreation_opportunity_by_zone"}
    assert _made(study.folder) == GROUND | recreation | COMPARED


def test_a_table_that_is_current_is_read_back_for_what_hangs_on_it(study: Any) -> None:
    _made(study.folder)
    whole = study.products()
    (study.out / "receipts" / "land_findings.json").unlink()
    assert _made(study.folder) == {"land_findings"}
    assert study.products() == whole


def test_products_asked_for_one_by_one_have_the_bytes_of_one_run(make_study: Callable[..., Any]) -> None:
    whole, parts = make_study("whole"), make_study("parts")
    _made(whole.folder)
    for name in sorted(ALL):
        assert _made(parts.folder, name) == {name}
    assert parts.products() == whole.products()


def test_a_scenario_stands_beside_the_study_and_leaves_it_alone(study: Any) -> None:
    _made(study.folder)
    before = study.products()
    study.add("[scenarios.strict]\npolicy = { overrides = { smallest_base_area = 1000 } }")
    with open_study(study.folder, scenario="strict") as opened:
        assert set(opened.make().made) == ALL
    after = study.products()
    assert {name: after[name] for name in before} == before
    assert after["scenarios/strict/tables/land_change.csv"] != before["tables/land_change.csv"]
    assert after["scenarios/strict/tables/land_area.csv"] == before["tables/land_area.csv"]


# Which code a key covers

PACKAGE = {
    "__init__.py": "",
    "chapter.py": 'from pkg.helper import double\nTABLE = "table.csv"\n\ndef step(x):\n    return double(x)\n',
    "helper.py": "from pkg import deep\nFACTOR = 2\n\ndef double(x):\n    return deep.same(x) * FACTOR\n",
    "deep.py": "def same(x):\n    return x\n",
    "other.py": "VALUE = 1\n",
    "table.csv": "a,b\n1,2\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "pkg"
    folder.mkdir()
    for name, text in PACKAGE.items():
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(code_keys, "PACKAGE", folder)
    importlib.import_module("pkg.chapter")
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "pkg"]:
        del sys.modules[name]


def _rewrite(path: Path, text: str) -> None:
    path.write_text(text)
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("helper.py", PACKAGE["helper.py"].replace("FACTOR = 2", "FACTOR = 3"), True),
        ("deep.py", "def same(x):\n    return x + 0\n", True),
        ("table.csv", "a,b\n1,3\n", True),
        ("chapter.py", PACKAGE["chapter.py"].replace("double(x)\n", "double(x) + 0\n"), True),
        ("chapter.py", "# a comment\n\n" + PACKAGE["chapter.py"], False),
        ("other.py", "VALUE = 2\n", False),
    ],
)
def test_a_key_covers_the_code_a_step_leans_on_and_no_other(package: Path, file: str, text: str, changes: bool) -> None:
    before = code_keys.code_key("pkg.chapter")
    _rewrite(package / file, text)
    assert (code_keys.code_key("pkg.chapter") != before) is changes


@pytest.mark.slow
def test_a_helper_s_constant_and_a_packaged_table_run_what_hangs_on_them(study: Any, tmp_path: Path) -> None:
    """On a copy of shanshui itself, changed between runs."""
    source = Path(code_keys.__file__).parents[1]
    copy = tmp_path / "copy" / "shanshui"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))

    def run() -> set[str]:
        code = "import sys; from shanshui.study.study import open_study; print(*open_study(sys.argv[1]).make().made)"
        environment = {**os.environ, "PYTHONPATH": str(copy.parent)}
        told = subprocess.run(
            [sys.executable, "-c", code, str(study.folder)], env=environment, capture_output=True, text=True, check=True
        )
        return set(told.stdout.split())

    assert run() == ALL
    assert run() == set()
    findings = copy / "chapters" / "status" / "land_findings.py"
    findings.write_text(
        findings.read_text("utf-8").replace("NOTEWORTHY_POINTS = 0.05", "NOTEWORTHY_POINTS = 0.5"), "utf-8"
    )
    assert run() == {"land_findings"}
    tally = copy / "science" / "tally.py"
    tally.write_text(tally.read_text("utf-8").replace("AREA_UNITS = 10_000", "AREA_UNITS = 1_000"), "utf-8")
    # land.py holds all these steps, and it is a module that a key covers; zone_area stands in it too.
    assert run() == ALL
    scheme = copy / "data" / "ecosystems.csv"
    scheme.write_text(scheme.read_text("utf-8").replace("大", "").replace("水体（未分）", "水体"), "utf-8")
    assert run() == ALL
    vocabulary = copy / "chapters" / "status" / "land.toml"
    text = vocabulary.read_text("utf-8")
    vocabulary.write_text(text.replace('english = "findings on land"', 'english = "findings about land"'), "utf-8")
    assert run() == {"land_findings"}
