import re
import struct
import subprocess
import sys

import numpy as np
import pytest
import rasterio

from shanshui.data.cog import BLOCK, raster_writer


class BrokenError(Exception):
    pass


def write(path, geobox, array, side=300, **options):
    options = {"dtype": array.dtype.name, "nodata": -1, "tags": {"unit": "ha", "long_name": "area 面积"}} | options
    with raster_writer(path, geobox, **options) as target:
        for row in range(0, array.shape[0], side):
            for column in range(0, array.shape[1], side):
                target.write(array[row : row + side, column : column + side], row, column)


@pytest.fixture
def cells():
    return np.arange(1300 * 1100, dtype=np.float32).reshape(1300, 1100) / 7


def directories(path):
    """Read the directories of a classic TIFF: where each stands, and its tags as (type, count, value or offset)."""
    data = path.read_bytes()
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    assert struct.unpack(order + "H", data[2:4]) == (42,)
    [place] = struct.unpack(order + "I", data[4:8])
    found = []
    while place:
        [number] = struct.unpack(order + "H", data[place : place + 2])
        tags = {}
        for n in range(number):
            start = place + 2 + 12 * n
            tag, kind, count = struct.unpack(order + "HHI", data[start : start + 8])
            size = {3: 2, 4: 4}.get(kind)
            if size is None:
                continue
            at = start + 8 if size * count <= 4 else struct.unpack(order + "I", data[start + 8 : start + 12])[0]
            tags[tag] = struct.unpack(f"{order}{count}{'H' if size == 2 else 'I'}", data[at : at + size * count])
        found.append((place, tags))
        [place] = struct.unpack(order + "I", data[place + 2 + 12 * number : place + 6 + 12 * number])
    return found


WIDTH, HEIGHT, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS = 256, 257, 322, 323, 324


def test_the_file_is_laid_out_as_a_cloud_optimized_geotiff(tmp_path, geobox, cells):
    path = tmp_path / "area.tif"
    write(path, geobox(cells.shape), cells)
    found = directories(path)
    # The raster first, then overviews of half the size each until one block holds the rest.
    assert [(tags[WIDTH][0], tags[HEIGHT][0]) for _, tags in found] == [(1100, 1300), (550, 650), (275, 325)]
    assert all(tags[TILE_WIDTH] == tags[TILE_HEIGHT] == (BLOCK,) for _, tags in found)
    # Every directory stands before every tile, and what is seen first (the smallest overview) is stored first.
    first_tile = [min(offset for offset in tags[TILE_OFFSETS] if offset) for _, tags in found]
    assert max(place for place, _ in found) < min(first_tile)
    assert first_tile == sorted(first_tile, reverse=True)
    assert b"LAYOUT=IFDS_BEFORE_DATA" in path.read_bytes()[:500]


def test_cells_nodata_tags_and_grid_come_back(tmp_path, geobox, cells):
    path = tmp_path / "area.tif"
    grid = geobox(cells.shape)
    write(path, grid, cells)
    with rasterio.open(path) as source:
        np.testing.assert_array_equal(source.read(1), cells)
        assert source.nodata == -1
        assert source.tags()["unit"] == "ha"
        assert source.tags(1)["long_name"] == "area 面积"
        assert source.transform == grid.transform
        assert source.crs.to_epsg() == 32748
        assert source.compression.name == "deflate"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["area.tif"]


def test_the_same_cells_give_the_same_bytes_whatever_the_windows(tmp_path, geobox, cells):
    files = [tmp_path / name for name in ("a.tif", "b.tif", "c.tif")]
    for path, side in zip(files, (512, 512, 77), strict=True):
        write(path, geobox(cells.shape), cells, side)
    first, second, third = (path.read_bytes() for path in files)
    assert first == second
    assert first == third


def test_a_float_raster_may_have_nan_for_nodata(tmp_path, geobox):
    cells = np.array([[1.5, np.nan]], np.float32)
    write(tmp_path / "a.tif", geobox((1, 2)), cells, nodata=np.nan)
    with rasterio.open(tmp_path / "a.tif") as source:
        assert np.isnan(source.nodata)
        np.testing.assert_array_equal(source.read(1), cells)


def test_windows_never_written_hold_nodata(tmp_path, geobox):
    path = tmp_path / "a.tif"
    with raster_writer(path, geobox((1200, 600)), dtype="int16", nodata=-1, tags={}) as target:
        target.write(np.full((10, 10), 5), 1100, 20)
    expected = np.full((1200, 600), -1)
    expected[1100:1110, 20:30] = 5
    with rasterio.open(path) as source:
        np.testing.assert_array_equal(source.read(1), expected)


@pytest.mark.parametrize(("overview", "value"), [("mode", 3), ("average", 5), ("nearest", 3)])
@pytest.mark.parametrize(("dtype", "nodata"), [("uint8", 255), ("int32", 2**31 - 1), ("float32", -1)])
def test_overviews_are_made_as_asked_and_nodata_stays_nodata(tmp_path, geobox, overview, value, dtype, nodata):
    # In each square of 2 x 2: 3, 3, 3 and 11; their mode is 3, their mean 5. Squares without data have none.
    cells = np.tile(np.array([[3, 3], [3, 11]], dtype), (300, 300))
    cells[:2, :4] = nodata
    write(tmp_path / "a.tif", geobox(cells.shape), cells, overview=overview, nodata=nodata)
    with rasterio.open(tmp_path / "a.tif") as source:
        assert source.overviews(1) == [2]
    with rasterio.open(tmp_path / "a.tif", overview_level=0) as source:
        small = source.read(1)
    assert small[0, :2].tolist() == [nodata, nodata]
    assert small[5, 7] == value


def test_classes_carry_their_colours(tmp_path, geobox):
    cells = np.array([[1, 2]], np.uint8)
    write(tmp_path / "a.tif", geobox((1, 2)), cells, nodata=255, colours={1: (17, 119, 51), 2: (0, 0, 255)})
    with rasterio.open(tmp_path / "a.tif") as source:
        colours = source.colormap(1)
    assert colours[1] == (17, 119, 51, 255)
    assert colours[2] == (0, 0, 255, 255)


@pytest.mark.parametrize("before", [None, b"what stood here"])
def test_an_exception_leaves_what_stood_there_before_and_nothing_else(tmp_path, geobox, before):
    path = tmp_path / "a.tif"
    if before:
        path.write_bytes(before)

    def fail():
        with raster_writer(path, geobox((600, 600)), dtype="uint8", nodata=255, tags={}) as target:
            target.write(np.ones((600, 600)), 0, 0)
            raise BrokenError

    with pytest.raises(BrokenError):
        fail()
    assert [item.name for item in tmp_path.iterdir()] == (["a.tif"] if before else [])
    if before:
        assert path.read_bytes() == before


FULL_DISK = """
import resource, sys
import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox
from pathlib import Path
from rasterio.errors import RasterioError
from shanshui.data.cog import raster_writer

path = Path(sys.argv[1])
cells = np.random.default_rng(1).integers(0, 250, (1024, 1536), np.uint8)
if sys.argv[3] == "plain":
    cells[:] = 3
geobox = GeoBox(cells.shape, Affine(100, 0, 5e5, 0, -100, 9.9e6), "EPSG:32748")
for limit in map(int, sys.argv[2].split(",")):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        with raster_writer(path, geobox, dtype="uint8", nodata=255, tags={}) as target:
            for row in range(0, 1024, 512):
                target.write(cells[row : row + 512], row, 0)
    except (OSError, RasterioError):
        outcome = "refused"
    else:
        outcome = "written"
    left = ",".join(sorted(item.name for item in path.parent.iterdir()))
    print(limit, outcome, left, path.read_bytes() == b"old", flush=True)
    if outcome == "written":
        break
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files by setrlimit")
@pytest.mark.parametrize("cells", ["noise", "plain"])
def test_a_full_disk_is_an_error_and_the_old_file_stays_whole(tmp_path, cells):
    # 1.5 MB of cells. Noise does not compress: with its overviews the finished file is larger than the plain one.
    path = tmp_path / "out" / "a.tif"
    path.parent.mkdir()
    path.write_bytes(b"old")
    limits = [0, 1, 300, 5_000, 262_144, 600_000, 786_432, 1_310_720, 1_572_000, 1_572_864]
    if cells == "noise":
        limits += [1_580_000, 1_600_000, 1_800_000, 1_900_000]
    given = ",".join(map(str, limits))
    script = [sys.executable, "-c", FULL_DISK, str(path), given, cells]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [re.split(" ", line) for line in done.stdout.splitlines()]
    assert [int(line[0]) for line in lines] == limits
    for limit, outcome, left, old in lines:
        assert (outcome, left, old) == ("refused", "a.tif", "True"), f"with a disk of {limit} bytes"
