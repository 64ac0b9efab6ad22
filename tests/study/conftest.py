"""A small complete study, and the ways to break it."""

import io
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

CRS = "EPSG:32649"
ROWS, COLUMNS, CELL = 60, 80, 100.0
LEFT, TOP = 500_000.0, 2_600_000.0
YEARS = (2000, 2020)
STUDY = """\
[study]
name = "Small region"

[grid]
like = "land_cover"
tile = 32

[layers.land_cover]
path = "land_cover_{year}.tif"
years = [2000, 2020]
legend = "legend.csv"

[layers.elevation]
path = "elevation.tif"
unit = "m"

[zones.county]
path = "counties.gpkg"
key = "code"
columns = { name = "name", function = "function", area_km2 = "area_km2" }

[years]
baseline = 2000
current = 2020
"""
LEGEND = """\
code,name,ecosystem
1,wood,forest
2,grass,grassland
3,field,cropland
4,town,built
5,lake,lake
"""


@dataclass(frozen=True)
class Told:
    """What the command line said: its exit code, the faults, the notes, and what it printed."""

    code: int
    faults: list[str]
    notes: list[str]
    out: str
    err: str

    def one(self, key: str, *words: str) -> str:
        """The one fault of a key: exit code 2, no traceback, and the line holds these words and a mend."""
        assert self.code == 2, f"exit code {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err
        of_key = [line for line in self.faults if line.startswith(f"{key}: ")]
        assert len(of_key) == 1, f"{len(of_key)} lines of {key}:\n{self.err}"
        line = of_key[0]
        assert "; " in line, f"no mend: {line}"
        for word in words:
            assert word in line, f"{word!r} is not in: {line}"
        return line

    def only(self, key: str, *words: str) -> str:
        """The one fault there is."""
        line = self.one(key, *words)
        assert self.faults == [line], self.err
        return line


@dataclass
class StudyFolder:
    """A study on disk."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    # What may be broken

    @property
    def text(self) -> str:
        return (self.folder / "study.toml").read_text("utf-8")

    def write(self, text: str) -> None:
        (self.folder / "study.toml").write_text(text, "utf-8")

    def edit(self, old: str, new: str) -> None:
        """Change one place of study.toml."""
        assert self.text.count(old) == 1, f"{old!r} stands {self.text.count(old)} times in study.toml"
        self.write(self.text.replace(old, new))

    def add(self, text: str) -> None:
        """Add sections to study.toml."""
        self.write(f"{self.text}\n{text}\n")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def cells(self, name: str) -> Any:
        with rasterio.open(self.folder / name) as source:
            return source.read(1)

    def raster(self, name: str, cells: Any, **profile: Any) -> Path:
        """Write a raster on the study's grid, as far as the profile says nothing else."""
        usual: dict[str, Any] = {"crs": CRS, "transform": Affine(CELL, 0, LEFT, 0, -CELL, TOP), "nodata": None}
        tiles = {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "deflate"}
        usual |= {"driver": "GTiff", "height": cells.shape[0], "width": cells.shape[1], "count": 1} | tiles
        with rasterio.open(self.folder / name, "w", **(usual | {"dtype": cells.dtype} | profile)) as target:
            target.write(cells, 1)
        return self.folder / name

    def recode(self, name: str, value: float, count: int, **profile: Any) -> None:
        """Give so many cells of a raster, in its first row, another value."""
        cells = self.cells(name)
        cells[0, :count] = value
        self.raster(name, cells, **profile)

    @property
    def counties(self) -> geopandas.GeoDataFrame:
        return geopandas.read_file(self.folder / "counties.gpkg")

    def polygons(self, name: str, frame: geopandas.GeoDataFrame) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        frame.to_file(path, driver="GPKG", layer=path.stem)
        return path

    def boundary(self, polygon: Any, crs: Any = CRS) -> None:
        """Give the study a boundary."""
        self.polygons("region.gpkg", geopandas.GeoDataFrame(geometry=[polygon], crs=crs))
        self.edit("[grid]", '[region]\nboundary = "region.gpkg"\n\n[grid]')

    def own_words(self, vocabulary: str, steps: str) -> None:
        """Give the study its own vocabulary and steps."""
        self.file("vocabulary.toml", vocabulary)
        self.file("steps.py", steps)

    # What may be asked of it

    def cli(self, command: str, *options: str) -> Told:
        """Run a command of shanshui on this study, in this process."""
        return run_cli(command, str(self.folder), *options)

    def check(self, *options: str) -> Told:
        return self.cli("check", *options)

    def run(self, *options: str) -> Told:
        return self.cli("run", *options)

    def products(self, folder: Path | None = None) -> dict[str, bytes]:
        """Every product and receipt under the output folder, byte for byte."""
        root = folder or self.out
        kept = {name: path for name, path in self._outputs(root).items() if Path(name).name[0] != "."}
        return {name: path.read_bytes() for name, path in sorted(kept.items()) if name != "run.log"}

    def leftovers(self) -> list[str]:
        return [name for name in self._outputs(self.out) if Path(name).name.startswith(".part-")]

    def _outputs(self, root: Path) -> dict[str, Path]:
        files = [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else []
        return {path.relative_to(root).as_posix(): path for path in files}


def run_cli(*words: str) -> Told:
    """Run the command line in this process, as its entry point does."""
    from shanshui.cli import main

    out, err, arguments = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["shanshui", *words]
    code: Any = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.argv = arguments
    lines = err.getvalue().splitlines()
    notes = [line for line in lines if line.startswith(("note: ", "skipped "))]
    counts = [line for line in lines if line.endswith((" problem", " problems")) and line.split()[0].isdigit()]
    faults = [line for line in lines if line not in notes and line not in counts]
    return Told(code, faults, notes, out.getvalue(), err.getvalue())


def _rectangle(row: int, column: int, rows: int, columns: int) -> Any:
    left, top = LEFT + column * CELL, TOP - row * CELL
    return shapely.box(left, top - rows * CELL, left + columns * CELL, top)


def _build(folder: Path) -> Path:
    study = StudyFolder(folder)
    study.write(STUDY)
    study.file("legend.csv", LEGEND)
    random = np.random.default_rng(7)
    before = np.repeat(np.repeat(random.integers(1, 6, (12, 16)), 5, axis=0), 5, axis=1).astype(np.uint8)
    after = before.copy()
    after[20:40, 30:50] = 4
    after[50:, :10] = 1
    study.raster("land_cover_2000.tif", before, nodata=0)
    study.raster("land_cover_2020.tif", after, nodata=0)
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    study.raster("elevation.tif", (100.0 + 5.0 * rows + 2.0 * columns).astype(np.float32), nodata=-9999.0)
    half = (ROWS // 2, COLUMNS // 2)
    counties = {
        "code": ["4501", "4502", "4503", "4504"],
        "name": ["North West", "North East", "South West", "South East"],
        "function": ["ecological", "农产品主产区", "urbanisation", "ecological"],
        "area_km2": [12.0, 12.1, 11.9, 12.0],
    }
    corners = [(0, 0), (0, half[1]), (half[0], 0), half]
    shapes = [_rectangle(row, column, *half) for row, column in corners]
    study.polygons("counties.gpkg", geopandas.GeoDataFrame(counties, geometry=shapes, crs=CRS))
    return folder


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study in which nothing is wrong; to be copied, never to be changed."""
    return _build(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def make_study(pristine: Path, tmp_path: Path) -> Callable[..., StudyFolder]:
    """Make a study in which nothing is wrong, of 60 x 80 cells, two years, four counties."""

    def make(name: str = "study") -> StudyFolder:
        return StudyFolder(Path(shutil.copytree(pristine, tmp_path / name)))

    return make


@pytest.fixture
def study(make_study: Callable[..., StudyFolder]) -> StudyFolder:
    """One study in which nothing is wrong."""
    return make_study()


@pytest.fixture
def rectangle() -> Callable[[int, int, int, int], Any]:
    """Give the polygon of a block of cells: first row, first column, rows, columns."""
    return _rectangle


@pytest.fixture
def shanshui() -> Callable[..., Told]:
    """Run any words on the command line."""
    return run_cli


@pytest.fixture(scope="session")
def undisturbed(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every product and receipt of a run that nothing disturbed."""
    whole = StudyFolder(Path(shutil.copytree(pristine, tmp_path_factory.mktemp("undisturbed") / "study")))
    told = whole.run()
    assert told.code == 0, told.err
    return whole.products()
