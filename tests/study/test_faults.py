"""A run that is shut out, refused by the disk or killed loses nothing that was finished and leaves nothing broken."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
import rasterio

from shanshui import open_study
from shanshui.data.files import digest_file

CELLS = ["carbon_stock", "carbon_sequestration", "habitat_quality", "habitat_degradation", "recreation_opportunity"]
PRODUCTS = [
    *CELLS,
    *(f"{name}_by_zone" for name in CELLS),
    *(f"{name}_importance{part}" for name in ("habitat_quality", "carbon_sequestration") for part in ("", "_breaks")),
    *("biodiversity_importance", "service_importance", "service_importance_dominant"),
    *("ecological_importance", "ecological_importance_by_zone"),
    *("red_line", "red_line_cells", "red_line_ledger", "red_line_certificate", "red_line_conflicts"),
    *("red_line_ground", "red_line_type", "red_line_value", "red_line_protection", "red_line_confidence"),
    "red_line_price_curve",
    "service_correlation",
    "service_bundles",
    "wetland_loss",
    "slope",
    "flow_accumulation",
    "slope_length_steepness",
    "zone_area",
    "land_area",
    "land_change",
    "land_transition",
    "ecological_land_share",
    "land_conversion",
    "land_findings",
    "status_summary",
    "status_findings",
]
HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
# Imports everything once, then makes each run in a child of its own: so every kill falls into the work itself.
NURSERY = """
import json, os, signal, sys, time
import shanshui.cli as cli
import shanshui.study.study, shanshui.study.passes, shanshui.data.cog
from pathlib import Path

def hook(kind, at):
    count = 0
    def due():
        nonlocal count
        count += 1
        return count == at
    def die():
        os.kill(os.getpid(), signal.SIGKILL)
    def before(function):
        def wrapped(*given, **named):
            if due():
                die()
            return function(*given, **named)
        return wrapped
    def after(function):
        def wrapped(*given, **named):
            result = function(*given, **named)
            if due():
                die()
            return result
        return wrapped
    from shanshui.data import cog
    from shanshui.study import products, study
    if kind == "before a rename":
        Path.replace = before(Path.replace)
    elif kind == "after a rename":
        Path.replace = after(Path.replace)
    elif kind == "before a receipt":
        products.Output.write_receipt = before(products.Output.write_receipt)
    elif kind == "within a receipt":
        write = Path.write_text
        def half(path, text, *given, **named):
            if "receipts" in path.parts and due():
                write(path, text[: len(text) // 2], *given, **named)
                die()
            return write(path, text, *given, **named)
        Path.write_text = half
    elif kind == "after a tile":
        cog.RasterWriter.write = after(cog.RasterWriter.write)
    elif kind == "before the compressed copy":
        cog._require_whole = before(cog._require_whole)
    elif kind == "on opening the lock":
        products.Output.clear_leftovers = before(products.Output.clear_leftovers)
    else:
        raise ValueError(kind)

def child(study, kind, at):
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.argv = ["shanshui", "run", study]
    code = 1
    try:
        if kind is not None:
            hook(kind, at)
        cli.main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        os._exit(code)

for line in sys.stdin:
    study, delay, kind, at = json.loads(line)
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        child(study, kind, at)
    if delay is not None:
        while time.monotonic() - started < delay and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.0005)
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    print(json.dumps([os.waitstatus_to_exitcode(status), time.monotonic() - started]), flush=True)
"""  # noqa: E501


class Nursery:
    """A process that has imported everything and raises runs to be killed."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, study, delay=None, kind=None, at=0):
        """Run a study, kill it after so many seconds or at a place; give the exit code and the seconds it took."""
        self._process.stdin.write(json.dumps([str(study.folder), delay, kind, at]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


def assert_whole(study):
    """Every file that bears its real name is whole, and every receipt speaks of the files that stand there."""
    for path in study.out.rglob("*"):
        if not path.is_file() or path.name.startswith(".") or path.name == "run.log":
            continue
        if path.suffix == ".tif":
            with rasterio.open(path) as source:
                source.read()
                for factor_index in range(len(source.overviews(1))):
                    with rasterio.open(path, overview_level=factor_index) as overview:
                        overview.read()
        elif path.suffix == ".csv":
            assert path.read_bytes().endswith(b"\n")
            pd.read_csv(path)
        elif path.suffix == ".gpkg":
            pyogrio.read_dataframe(path)
        else:
            assert path.suffix == ".json"
            receipt = json.loads(path.read_text("utf-8"))
            for name, digest in receipt["files"].items():
                assert digest_file(study.out / name) == digest, f"{path.name} speaks of another {name}"


def assert_ends_undisturbed(study, undisturbed):
    with open_study(study.folder) as opened:
        opened.make()
    assert study.products() == undisturbed
    assert study.leftovers() == []


def run_limited(study, limit, *products):
    """Run in a process that may write no file longer than the limit."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-c", "from shanshui.cli import main; main()", "run", str(study.folder), *products],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )


def lines_of_ours(told):
    """Give the lines on the error stream but for those that libtiff, in C, writes past GDAL and Python."""
    return [line for line in told.stderr.splitlines() if not line.startswith("_tiff")]


# Two runs of one study exclude each other


@pytest.fixture
def hold():
    """Hold a lock in another process until the test ends."""
    holders = []

    def held(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        holder = subprocess.Popen(
            [sys.executable, "-S", "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        holders.append(holder)
        assert holder.stdout.readline() == "held\n"
        return holder

    yield held
    for holder in holders:
        holder.communicate()


def test_a_second_run_is_shut_out_and_says_so(study, hold):
    holder = hold(study.out / ".lock")
    study.run().only(str(study.out), "another run of this study is at work", "wait until it has finished")
    assert not study.products()
    holder.communicate()
    assert study.run().code == 0


def test_a_run_that_is_shut_out_touches_nothing_of_the_first(study, hold):
    hold(study.out / ".lock")
    half = study.out / "rasters/.part-land_conversion.tif"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    assert study.run().code == 2
    assert half.read_bytes() == b"half"


def test_a_lock_that_a_dead_run_left_shuts_nobody_out(study, hold):
    hold(study.out / ".lock").kill()
    time.sleep(0.1)
    assert study.run().code == 0


def test_looking_at_a_study_needs_no_lock(study, hold):
    hold(study.out / ".lock")
    assert study.check().code == 0
    assert study.cli("show").code == 0


@pytest.mark.parametrize(("held", "options"), [("out/.lock", ["--scenario", "fine"]), ("out/scenarios/fine/.lock", [])])
def test_a_scenario_and_the_study_itself_do_not_disturb_each_other(study, hold, held, options):
    """Either is shut out while the other is at work, or works without touching what the other has half written."""
    study.add("[scenarios.fine]\ngrid = { tile = 16 }")
    hold(study.folder / held)
    folder = (study.folder / held).parent
    half = folder / "rasters/.part-land_conversion.tif"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    study.run(*options)
    assert half.exists()


# An output folder that cannot be written


def test_an_output_folder_that_is_a_file_is_named(study):
    study.file("out", "not a folder")
    study.run().only(str(study.out), "cannot be written", "make the folder writable")
    assert study.out.read_text() == "not a folder"


@pytest.mark.parametrize("place", ["out/tables", "out/receipts", "out/rasters"])
def test_a_folder_of_products_that_cannot_be_written_is_named(study, place):
    study.out.mkdir()
    study.file(place, "not a folder")
    study.run().only(str(study.out), "cannot be written")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mark a folder as immutable")
def test_a_read_only_output_folder_is_named_and_keeps_its_products(study):
    assert study.run().code == 0
    before = study.products()
    study.edit("tile = 32", "tile = 16")
    folders = [study.out, *(path for path in study.out.rglob("*") if path.is_dir())]
    if shutil.which("chattr") is None or subprocess.run(["chattr", "+i", *folders], check=False).returncode:
        pytest.skip("this file system knows no immutable folders")
    try:
        told = study.run()
    finally:
        subprocess.run(["chattr", "-i", *folders], check=True)
    told.only(str(study.out), "cannot be written")
    assert study.products() == before


# A full disk


@pytest.mark.slow
@pytest.mark.parametrize(
    ("products", "too_long"),
    [
        ((), "run.log"),
        ((), "tables/zone_area.csv"),
        ((), "receipts/zone_area.json"),
        ((), "rasters/land_conversion.tif"),
        (("land_area", "land_change"), "tables/land_change.csv"),
        (("ecological_land_share", "zone_area"), "receipts/ecological_land_share.json"),
    ],
)
def test_a_full_disk_is_one_line_and_loses_nothing_that_was_finished(study, undisturbed, products, too_long):
    # a raster is written uncompressed first, one block of 512 x 512 cells here
    limits = {"run.log": 40, "rasters/land_conversion.tif": 200_000}
    limit = limits.get(too_long) or len(undisturbed[too_long]) - 1
    told = run_limited(study, limit, *products)
    assert told.returncode == 2, told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    (line,) = lines_of_ours(told)
    assert line.startswith(f"{study.out}: cannot be written")
    assert "make room on the disk and run again" in line
    assert too_long not in study.products()
    assert_whole(study)
    assert study.leftovers() == []
    finished = [Path(name).stem for name in study.products() if name.startswith("receipts/")]
    with open_study(study.folder) as opened:
        done = opened.make()
    assert sorted(done.fresh) == sorted(finished)
    assert study.products() == undisturbed


@pytest.mark.slow
def test_a_full_disk_leaves_the_products_of_the_last_run(study):
    assert study.run().code == 0
    before = study.products()
    study.edit("tile = 32", "tile = 16")
    told = run_limited(study, 40)
    assert told.returncode == 2
    assert len(lines_of_ours(told)) == 1
    assert study.products() == before


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [8, 32, 64, 96])
def test_a_disk_that_is_really_full_is_one_line_and_loses_nothing(study, undisturbed, kilobytes):
    study.out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(study.out)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        told = study.run()
        told.only(str(study.out), "cannot be written", "make room on the disk")
        assert_whole(study)
        assert study.leftovers() == []
        subprocess.run(["mount", "-o", "remount,size=16m", str(study.out)], check=True)
        assert_ends_undisturbed(study, undisturbed)
    finally:
        subprocess.run(["umount", str(study.out)], check=True)


VECTOR_WORDS = """\
[hull]
shape = "vector"
product = true
english = "hull"
chinese = "外包"
meaning = "A polygon of many corners, so that its file is long."
"""
VECTOR_STEPS = """\
import geopandas
import shapely

from shanshui.base.step import step


@step
def hull(zones):
    circles = [shapely.Point(x, 0).buffer(1, quad_segs=500) for x in range(200)]
    return geopandas.GeoDataFrame(geometry=circles, crs="EPSG:32649")
"""


@pytest.mark.slow
def test_a_full_disk_in_a_vector_is_one_line(study):
    study.own_words(VECTOR_WORDS, VECTOR_STEPS)
    study.out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(study.out)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        study.run("hull", "--trust").only(str(study.out), "cannot be written", "make room on the disk")
        assert not study.products()
        assert study.leftovers() == []
    finally:
        subprocess.run(["umount", str(study.out)], check=True)


# kill -9


@pytest.mark.slow
def test_a_run_killed_at_twenty_random_moments_ends_with_the_bytes_of_an_undisturbed_one(
    make_study, undisturbed, nursery
):
    moments = random.Random(20)
    nursery.run(make_study("first"))
    measured = make_study("measured")
    code, seconds = nursery.run(measured)
    assert code == 0
    assert measured.products() == undisturbed
    killed = 0
    for number in range(40):
        study = make_study(f"killed_{number}")
        # every other study is killed twice, so that a run that goes on is killed as well
        for _ in range(1 + number % 2):
            code, _ = nursery.run(study, delay=moments.uniform(0.02, 0.9) * seconds)
            killed += code == -signal.SIGKILL
            assert_whole(study)
        assert_ends_undisturbed(study, undisturbed)
        shutil.rmtree(study.folder)
        if killed >= 20:
            return
    pytest.fail(f"only {killed} runs were killed: the others had ended")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("on opening the lock", (1,)),
        ("before a rename", (1, 2, 5, 9, 14, 15)),
        ("after a rename", (1, 2, 5, 9, 14, 15)),
        ("before a receipt", (1, 2, 5, 7)),
        ("within a receipt", (1, 4, 7)),
        ("after a tile", (1, 3, 6)),
        ("before the compressed copy", (1, 2)),
    ],
)
def test_a_run_killed_at_a_delicate_place_ends_with_the_bytes_of_an_undisturbed_one(
    make_study, undisturbed, nursery, kind, places
):
    for place in places:
        study = make_study(f"killed_{place}")
        code, _ = nursery.run(study, kind=kind, at=place)
        assert code == -signal.SIGKILL, f"nothing was killed {kind} {place}"
        assert_whole(study)
        assert_ends_undisturbed(study, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "place"), [("after a rename", 1), ("after a rename", 3), ("within a receipt", 2), ("after a tile", 4)]
)
def test_a_run_over_old_products_that_is_killed_leaves_old_or_new_ones_whole(
    make_study, undisturbed, nursery, kind, place
):
    study = make_study()
    study.recode("land_cover_2020.tif", 3, 60, nodata=0)
    assert study.run().code == 0
    old = study.products()
    good = make_study("good")
    shutil.copy2(good.folder / "land_cover_2020.tif", study.folder)
    code, _ = nursery.run(study, kind=kind, at=place)
    assert code == -signal.SIGKILL
    for name, content in study.products().items():
        assert content in (old[name], undisturbed[name]), f"{name} is neither the old one nor the new one"
    assert_ends_undisturbed(study, undisturbed)


# Products and receipts that somebody damaged


@pytest.fixture(scope="module")
def finished(pristine, tmp_path_factory):
    """The folder of a study that has run; to be copied."""
    folder = Path(shutil.copytree(pristine, tmp_path_factory.mktemp("finished") / "study"))
    with open_study(folder) as opened:
        assert sorted(opened.make().made) == sorted(PRODUCTS)
    return folder


@pytest.fixture
def run_study(study, finished):
    shutil.copytree(finished / "out", study.out)
    with open_study(study.folder) as opened:
        assert opened.make().made == []
    return study


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def altered(path):
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(bytes(content))


def of_another_kind(path):
    path.write_text("[]")


def without_files(path):
    receipt = json.loads(path.read_text("utf-8"))
    del receipt["files"]
    path.write_text(json.dumps(receipt), "utf-8")


def without_columns(path):
    receipt = json.loads(path.read_text("utf-8"))
    receipt.pop("columns", None)
    receipt["files"] = {"tables/nothing.csv": "0"}
    path.write_text(json.dumps(receipt), "utf-8")


@pytest.mark.parametrize("product", ["land_area", "land_conversion", "land_findings"])
@pytest.mark.parametrize("damage", [Path.unlink, truncated, emptied, of_another_kind, without_files, without_columns])
def test_a_damaged_receipt_has_exactly_its_product_made_again(run_study, undisturbed, product, damage):
    damage(run_study.out / f"receipts/{product}.json")
    with open_study(run_study.folder) as opened:
        assert opened.make().made == [product]
    assert run_study.products() == undisturbed


@pytest.mark.parametrize(
    "place", ["tables/zone_area.csv", "tables/land_change.csv", "tables/land_area.csv", "rasters/land_conversion.tif"]
)
@pytest.mark.parametrize("damage", [Path.unlink, truncated, altered])
def test_a_damaged_product_is_made_again_and_no_other(run_study, undisturbed, place, damage):
    damage(run_study.out / place)
    with open_study(run_study.folder) as opened:
        assert opened.make().made == [Path(place).stem]
    assert run_study.products() == undisturbed


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"a": 3}'])
def test_lost_fingerprints_cost_only_time(run_study, undisturbed, content):
    (run_study.out / ".digests.json").write_text(content)
    with open_study(run_study.folder) as opened:
        assert opened.make().made == []
    assert run_study.products() == undisturbed


def test_what_stayed_current_has_the_bytes_of_a_fresh_run(make_study):
    """A receipt says nothing that its key does not know: the zones' areas hang neither on tiles nor on tables."""
    old, fresh = make_study("old"), make_study("fresh")
    assert old.run("zone_area").code == 0
    for study in (old, fresh):
        study.edit("tile = 32", "tile = 16")
        study.add('[tables.land_change]\npath = "changes.csv"\ndrop_unmatched = true\n')
        header = (
            "zone,year_from,year_to,keyed_by,class_code,class_name,area_from_ha,area_to_ha,change_ha,change_percent"
        )
        rows = "4501,2000,2020,ecosystem,1,forest,5,6,1,20\nnowhere,2000,2020,ecosystem,1,forest,5,6,1,20\n"
        study.file("changes.csv", f"{header}\n{rows}")
    assert old.run("zone_area").out.startswith("nothing to compute")
    assert fresh.run("zone_area").code == 0
    assert old.products() == fresh.products()


def test_leftovers_of_a_killed_run_are_cleared_away(run_study):
    left = run_study.out / "rasters/.part-land_conversion.tif.raw.tif"
    left.write_bytes(b"half")
    with open_study(run_study.folder) as opened:
        opened.make()
    assert not left.exists()


def test_own_steps_give_the_same_bytes_wherever_the_study_lies(make_study):
    one, other = make_study("one"), make_study("other")
    for study in (one, other):
        study.own_words(VECTOR_WORDS, VECTOR_STEPS)
        assert study.run("hull", "--trust").code == 0
    assert one.products() == other.products()
