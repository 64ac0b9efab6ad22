"""One pass: the same bytes for every tile size and number of threads, and every input tile decoded once."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from numpy.lib.stride_tricks import sliding_window_view
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Grid
from shanshui.base.step import step
from shanshui.data.rasters import AlignedRaster
from shanshui.sample import write_sample
from shanshui.study.passes import run_pass
from shanshui.study.plan import Node, Pass, Task, make_plan
from shanshui.study.study import Study, open_study

VOCABULARY = """
[relief]
shape = "cell"
measure = "intensive"
unit = "m"
english = "relief"
chinese = "起伏度"
meaning = "Highest less lowest elevation within two cells."
product = true

[ruggedness]
shape = "cell"
measure = "intensive"
unit = "m"
english = "ruggedness"
chinese = "崎岖度"
meaning = "Mean relief within three cells."
product = true

[warmth]
shape = "cell"
measure = "intensive"
unit = "degC"
english = "warmth"
chinese = "温度"
meaning = "Temperature, from a coarse layer in other coordinates."

[warmth_aloft]
shape = "cell"
measure = "intensive"
unit = "degC"
english = "warmth aloft"
chinese = "高处温度"
meaning = "Temperature less the lapse with height."
product = true

[ruggedness_sums]
shape = "sums"
english = "sums of ruggedness"
chinese = "崎岖度之和"
meaning = "By zone."

[ruggedness_by_zone]
shape = "table"
english = "ruggedness by zone"
chinese = "分区崎岖度"
meaning = "Mean ruggedness."
product = true
columns = { zoning = "zoning", zone = "zone", mean = "mean" }

[relative_ruggedness]
shape = "cell"
measure = "intensive"
english = "relative ruggedness"
chinese = "相对崎岖度"
meaning = "Ruggedness against the region's mean, which only a first pass can know."
product = true
"""

STEPS = '''
import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from shanshui.base.step import step
from shanshui.science.zone_sums import sum_by_zone


@step(halo=2)
def relief(elevation):
    """Highest less lowest."""
    seen = sliding_window_view(elevation, (5, 5))
    out = np.full(elevation.shape, np.nan, np.float32)
    out[2:-2, 2:-2] = seen.max(axis=(2, 3)) - seen.min(axis=(2, 3))
    return out


@step(halo=3)
def ruggedness(relief):
    """Mean of seven by seven."""
    seen = sliding_window_view(relief.astype(np.float64), (7, 7))
    out = np.full(relief.shape, np.nan, np.float32)
    out[3:-3, 3:-3] = seen.sum(axis=(2, 3)) / 49
    return out


@step
def warmth_aloft(warmth, elevation):
    """Lapse."""
    return (warmth - np.float32(0.006) * elevation).astype(np.float32)


@step
def ruggedness_sums(ruggedness, zone_cover, cell_area, zones):
    """By zone."""
    return sum_by_zone(zone_cover, ruggedness, cell_area, len(zones))


@step
def ruggedness_by_zone(ruggedness_sums, zones):
    """Means."""
    return pd.DataFrame({"zoning": zones["zoning"], "zone": zones["zone"], "mean": ruggedness_sums.mean})


@step
def relative_ruggedness(ruggedness, ruggedness_by_zone):
    """Against the mean."""
    return (ruggedness / np.float32(ruggedness_by_zone["mean"][0])).astype(np.float32)
'''
SIZE = 700
# Halos, another CRS, tallies, sums, months, and three passes one after another.
WALKED = (
    "relief", "ruggedness", "warmth_aloft", "ruggedness_by_zone", "relative_ruggedness", "land_transition",
    "land_conversion", "ndvi", "vegetation_cover_trend", "vegetation_cover_by_zone",
)  # fmt: skip


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with a coarse layer in other coordinates, steps with chained halos, and a step behind a barrier."""
    folder = write_sample(tmp_path_factory.mktemp("landscape") / "study", SIZE, 3)
    (folder / "vocabulary.toml").write_text(VOCABULARY, "utf-8")
    (folder / "steps.py").write_text(STEPS, "utf-8")
    with rasterio.open(folder / "inputs" / "elevation.tif") as source:
        bounds = rasterio.warp.transform_bounds(source.crs, "EPSG:4326", *source.bounds)
    left, top, step = bounds[0] - 0.05, bounds[3] + 0.05, 0.0071
    shape = int((top - bounds[1] + 0.05) / step), int((bounds[2] + 0.05 - left) / step)
    warmth = np.random.default_rng(1).normal(15, 5, shape).astype(np.float32)
    warmth[5:9, 20:30] = -9999
    profile = {"driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1, "dtype": "float32"}
    with rasterio.open(
        folder / "inputs" / "warmth.tif", "w", **profile,
        crs="EPSG:4326", transform=Affine(step, 0, left, 0, -step, top), nodata=-9999,
    ) as target:  # fmt: skip
        target.write(warmth, 1)
    text = (folder / "study.toml").read_text("utf-8")
    text += '\n[layers.warmth]\npath = "inputs/warmth.tif"\nunit = "degC"\n'
    for tile in (64, 256, 1024):
        text += f"\n[scenarios.tiles_{tile}]\ngrid = {{ tile = {tile} }}\n"
    (folder / "study.toml").write_text(text, "utf-8")
    return folder


def _products(study: Study) -> dict[str, bytes]:
    """Rasters and tables; receipts tell the tile size and so differ."""
    root = study.output.folder
    return {path.name: path.read_bytes() for kind in ("rasters", "tables") for path in sorted((root / kind).iterdir())}


def test_tiles_and_threads_change_no_byte(landscape: Path) -> None:
    found = {}
    for tile in (64, 256, 1024):
        for threads in (1, 2):
            with open_study(landscape, scenario=f"tiles_{tile}", trust=True) as study:
                study.make(WALKED, threads=threads)
                found[tile, threads] = _products(study)
                for path in study.output.folder.rglob("*.json"):
                    path.unlink()  # so that the next round computes again
    first = found[64, 1]
    assert {"relief.tif", "relative_ruggedness.tif", "ruggedness_by_zone.csv", "land_transition.csv"} <= set(first)
    for products in found.values():
        assert {name: products[name] == first[name] for name in first} == dict.fromkeys(first, True)


def test_chained_halos_give_what_the_whole_array_gives(landscape: Path) -> None:
    with open_study(landscape, scenario="tiles_64", trust=True) as study:
        found = study.run("ruggedness").to_numpy()
        grid, region = study.inputs.grid, study.inputs.sources["zone_cover"].read(None, study.inputs.grid.whole).region
    assert isinstance(grid, Grid)
    with rasterio.open(landscape / "inputs" / "elevation.tif") as source:
        elevation = source.read(1, masked=True).filled(np.nan).astype(np.float32)
        column, row = (round(place) for place in ~source.transform @ (grid.geobox.transform.c, grid.geobox.transform.f))
    seen = sliding_window_view(elevation, (5, 5))
    relief = seen.max(axis=(2, 3)) - seen.min(axis=(2, 3))
    mean = sliding_window_view(relief.astype(np.float64), (7, 7)).sum(axis=(2, 3)) / 49
    # Five cells are lost on each side of the whole array, two by the first step and three by the second.
    whole = np.pad(mean.astype(np.float32), 5, constant_values=np.nan)
    expected = np.where(region, whole[row : row + grid.shape[0], column : column + grid.shape[1]], np.nan)
    np.testing.assert_array_equal(found, expected)
    assert np.isfinite(expected).mean() > 0.5


def test_a_step_that_needs_a_computed_table_waits_for_the_next_pass(landscape: Path) -> None:
    with open_study(landscape, scenario="tiles_256", trust=True) as study:
        made = study.run("relative_ruggedness", "ruggedness", "ruggedness_by_zone")
    mean = made["ruggedness_by_zone"]["mean"][0]
    np.testing.assert_allclose(
        made["relative_ruggedness"].to_numpy(), made["ruggedness"].to_numpy() / mean, rtol=1e-6, equal_nan=True
    )


def test_a_product_read_back_by_a_later_pass_is_as_good_as_one_made_again(landscape: Path, tmp_path: Path) -> None:
    found, read = {}, Counter[str]()
    with open_study(landscape, scenario="tiles_256", trust=True) as study:
        layer = study.inputs.sources["elevation"]
        plain = layer.read
        layer.read = lambda year, window: (read.update([name]), plain(year, window))[1]
        for name, products in {"again": ["relative_ruggedness"], "back": ["relative_ruggedness", "ruggedness"]}.items():
            object.__setattr__(study.output, "folder", tmp_path / name)
            study.make(products)
            found[name] = (tmp_path / name / "rasters" / "relative_ruggedness.tif").read_bytes()
    assert found["again"] == found["back"]
    # Two passes over the elevation where ruggedness has to be made again, one where it is read back.
    assert read["again"] == 2 * read["back"] > 0


def test_nothing_is_written_that_nobody_asked_for(landscape: Path, tmp_path: Path) -> None:
    with open_study(landscape, trust=True) as study:
        object.__setattr__(study.output, "folder", tmp_path / "out")
        study.make(["relative_ruggedness"])
        assert [path.name for path in (tmp_path / "out").rglob("*.tif")] == ["relative_ruggedness.tif"]
        assert not (tmp_path / "out" / "tables").exists()


def _bytes_read() -> int:
    """Bytes that this process has asked the kernel for: nothing of ours counts them."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    raise AssertionError("no rchar in /proc/self/io")


@pytest.mark.parametrize("tile", [256, 512, 1024])
@pytest.mark.parametrize("layout", ["tiles", "strips"])
def test_each_input_tile_is_decoded_once_a_pass(
    tmp_path: Path, tile: int, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 2048
    random = np.random.default_rng(5)
    profile = {
        "driver": "GTiff", "height": size, "width": size, "count": 1, "dtype": "float32", "crs": "EPSG:4549",
        "transform": Affine(30, 0, 500_000, 0, -30, 4_000_000), "compress": "deflate",
    }  # fmt: skip
    profile |= {"tiled": True, "blockxsize": 256, "blockysize": 256} if layout == "tiles" else {"blockysize": 16}
    path = tmp_path / "elevation.tif"
    with rasterio.open(path, "w", **profile) as target:
        target.write(random.random((size, size), np.float32), 1)
    (tmp_path / "study.toml").write_text(
        f'[study]\nname = "t"\n[grid]\nlike = "elevation"\ntile = {tile}\n'
        '[layers.elevation]\npath = "elevation.tif"\nunit = "m"\n'
    )
    windows: Counter[tuple[int, int]] = Counter()
    read = AlignedRaster.read
    monkeypatch.setattr(AlignedRaster, "read", lambda self, window, bands=None: _counted(self, window, windows, read))
    with open_study(tmp_path) as study:
        walk = make_plan(["elevation"], study.resolver, study.catalogue).passes[0]
        written: list[float] = []
        before = _bytes_read()
        run_pass(
            walk,
            study.inputs.grid,
            study.inputs.sources,
            {},
            {},
            lambda node, cells, window: written.append(cells.sum()),
            lambda node, cells, window: None,
        )
        asked = _bytes_read() - before
    assert len(written) == (size // tile) ** 2
    assert windows == Counter({(window.row, window.column): 1 for window in Grid(study_box(path), tile).tiles()})
    assert path.stat().st_size * 0.99 < asked < path.stat().st_size * 1.02


def study_box(path: Path) -> GeoBox:
    with rasterio.open(path) as source:
        return GeoBox(source.shape, source.transform, source.crs.to_wkt())


def _counted(self, window, windows, read):  # type: ignore[no-untyped-def]
    windows[window.row, window.column] += 1
    return read(self, window)


def test_areas_of_the_sample_are_those_of_its_polygons(landscape: Path) -> None:
    """A second route: the grid's cells by their shares against the polygons on the ellipsoid."""
    with open_study(landscape, trust=True) as study:
        areas = study.run("land_area")
        zones = study.run("zone_area")
        crs = pyproj.CRS.from_wkt(study.inputs.grid.crs)
    assert crs.is_projected
    on_grid = areas[areas["keyed_by"] == "ecosystem"].groupby(["zoning", "zone", "year"])["area_ha"].sum()
    polygons = zones.set_index(["zoning", "zone"])["area_ha"]
    for (zoning, zone, _), area in on_grid.items():
        if zone != "(outside)":
            assert area == pytest.approx(polygons[zoning, zone], rel=2e-6)
    for zoning in ("county", "township"):
        parts = on_grid[zoning].groupby("year").sum()
        whole = on_grid["region"].groupby("year").sum()
        np.testing.assert_allclose(parts, whole, rtol=1e-9)


def test_what_a_step_gave_is_left_as_it_was_when_tiles_are_added_up() -> None:
    ones = np.ones(2)

    @step
    def count():  # type: ignore[no-untyped-def]
        return ones

    node = Node("count")
    walk = Pass((Task(node, count.step, (), 0),), (), (), (), (node,), frozenset(), {node: 0}, {node: ()})  # type: ignore[attr-defined]
    grid = Grid(GeoBox((4, 1), Affine(1, 0, 0, 0, -1, 0), "EPSG:4549"), tile=1)

    def nothing(*_: object) -> None: ...

    assert run_pass(walk, grid, {}, {}, {}, nothing, nothing)[node].tolist() == [4, 4]
    some = list(grid.tiles())[1:3]
    assert run_pass(walk, grid, {}, {}, {}, nothing, nothing, tiles=some)[node].tolist() == [2, 2]
    assert ones.tolist() == [1, 1]


def test_a_pass_without_some_sums_computes_and_reads_nothing_for_them() -> None:
    @step
    def any_step(): ...  # type: ignore[no-untyped-def]

    def task(name: str, *inputs: str) -> Task:
        return Task(Node(name), any_step.step, tuple(map(Node, inputs)), 0)  # type: ignore[attr-defined]

    tasks = (task("a", "x"), task("b", "y", "a"), task("p", "a", "b"), task("q", "a"), task("r", "y"))
    x, y, a, b, p, q, r = map(Node, "xyabpqr")
    pad = {x: 1, y: 0, a: 1, b: 0, p: 0, q: 0, r: 0}
    spent = {a: (x,), b: (), p: (b,), q: (a,), r: (y,)}
    walk = Pass(tasks, (x, y), (), (r,), (p, q), frozenset(), pad, spent)
    assert walk.without([]) == walk
    assert walk.without([p]) == Pass(
        (tasks[0], tasks[3], tasks[4]), (x, y), (), (r,), (q,), frozenset(),
        {x: 1, y: 0, a: 1, q: 0, r: 0}, {a: (x,), q: (a,), r: (y,)},
    )  # fmt: skip
    # Without q, what it took is spent where p took it.
    assert walk.without([q]).spent == {a: (x,), b: (), p: (a, b), r: (y,)}
    assert walk.without([p, q]) == Pass((tasks[4],), (y,), (), (r,), (), frozenset(), {y: 0, r: 0}, {r: (y,)})
