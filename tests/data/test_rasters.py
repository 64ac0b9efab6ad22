import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Grid, Window
from shanshui.base.units import conversion
from shanshui.data.rasters import AlignedRaster, read_facts


def whole(geobox):
    return Window(0, 0, *geobox.shape)


@pytest.fixture
def aligned(raster, geobox):
    """Write an array on a grid and read it whole on the same grid: the cells, and what was counted."""

    def read(array, nodata=None, **options):
        grid = geobox(array.shape)
        reader = AlignedRaster(raster(array, grid, nodata), grid, **options)
        cells = reader.read(whole(grid))
        reader.close()
        return cells, reader.census

    return read


def test_cells_on_the_grid_itself_come_as_they_are(aligned):
    values = np.array([[1.5, -2.25], [0.0, 1e30]], np.float32)
    cells, census = aligned(values)
    assert cells.dtype == np.float32
    np.testing.assert_array_equal(cells, values)
    assert (census.cells, census.minimum, census.maximum) == (4, -2.25, np.float32(1e30))


def test_declared_nodata_and_every_other_value_that_means_none_become_nan(aligned):
    values = np.array([[-9999, 1, 0], [32767, np.nan, np.inf]], np.float64)
    cells, census = aligned(values, -9999)
    np.testing.assert_array_equal(cells, np.array([[np.nan, 1, 0], [32767, np.nan, np.nan]], np.float32))
    assert census.cells == 3


def test_a_study_may_declare_several_more_values_as_nodata(raster, geobox):
    grid = geobox((1, 5))
    path = raster(np.array([[-9999, 0, 7, 255, 3]], np.int16), grid, -9999)
    reader = AlignedRaster(path, grid, nodata=(0.0, 255.0))
    np.testing.assert_array_equal(reader.read(whole(grid)), [[np.nan, np.nan, 7, np.nan, 3]])


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [
        ("int8", -128),
        ("uint8", 255),
        ("uint8", 0),
        ("int16", -32768),
        ("uint16", 65535),
        ("int32", -2147483648),
        ("uint32", 4294967295),
        ("float32", -3.4028234663852886e38),
        ("float32", -9999.0),
        ("float64", -1.7976931348623157e308),
        ("float32", np.nan),
    ],
)
@pytest.mark.parametrize("measure", ["class", "intensive"])
def test_nodata_of_every_type_is_known(aligned, dtype, nodata, measure):
    cells, census = aligned(np.array([[nodata, 1, 42]], dtype), nodata, measure=measure)
    np.testing.assert_array_equal(cells, [[-1 if measure == "class" else np.nan, 1, 42]])
    assert census.cells == 2


@pytest.mark.parametrize("declared", ["in the file", "by the study"])
def test_nodata_that_a_float32_cannot_hold_exactly_is_known_all_the_same(raster, geobox, declared):
    grid = geobox((1, 2))
    array = np.array([[-9999.9, 1]], np.float32)
    if declared == "in the file":
        reader = AlignedRaster(raster(array, grid, -9999.9), grid)
    else:
        reader = AlignedRaster(raster(array, grid), grid, nodata=(-9999.9,))
    np.testing.assert_array_equal(reader.read(whole(grid)), [[np.nan, 1]])


def test_classes_are_whole_numbers_with_minus_one_for_no_data_and_are_counted(aligned):
    cells, census = aligned(np.array([[1, 17, 17], [128, 0, 17]], np.uint8), 128, measure="class")
    assert cells.dtype == np.int32
    np.testing.assert_array_equal(cells, [[1, 17, 17], [-1, 0, 17]])
    assert census.codes == {0: 1, 1: 1, 17: 3}
    assert census.cells == 5


def test_classes_in_a_float_raster_are_read_as_codes(aligned):
    cells, census = aligned(np.array([[1, 17], [np.nan, -9999]], np.float32), -9999, measure="class")
    np.testing.assert_array_equal(cells, [[1, 17], [-1, -1]])
    assert census.codes == {1: 1, 17: 1}


def test_codes_beyond_the_usual_are_counted_too(aligned):
    # Codes of townships have nine digits.
    cells, census = aligned(np.array([[530102001, 530102001, -7, 70000]], np.int32), measure="class")
    np.testing.assert_array_equal(cells, [[530102001, 530102001, -7, 70000]])
    assert census.codes == {530102001: 2, -7: 1, 70000: 1}


def test_minus_one_in_a_file_that_declares_no_nodata_is_a_code_that_is_named(aligned):
    _, census = aligned(np.array([[-1, 3]], np.int16), measure="class")
    assert census.codes == {-1: 1, 3: 1}


def test_units_are_converted_at_the_door_and_the_range_is_counted_after(aligned):
    values = np.array([[273.15, 300.0, -9999]], np.float64)
    cells, census = aligned(values, -9999, conversion=conversion("kelvin", "degC"), valid=(-5.0, 20.0))
    np.testing.assert_allclose(cells, [[0.0, 26.85, np.nan]], atol=1e-5)
    assert (census.cells, census.outside) == (2, 1)
    assert census.minimum == pytest.approx(0, abs=1e-12)
    assert census.maximum == pytest.approx(26.85)


def test_the_limits_of_the_valid_range_are_valid(aligned):
    _, census = aligned(np.array([[0.0, 1.0, 1.0000001, -1e-9]]), valid=(0.0, 1.0))
    assert census.outside == 2
    _, census = aligned(np.array([[-1e30, 1e30]]), valid=(None, None))
    assert census.outside == 0


def test_another_band_is_read_with_its_own_nodata(raster, geobox):
    grid = geobox((1, 2))
    path = raster(np.array([[[1, 2]], [[3, -9999]]], np.int16), grid, -9999)
    reader = AlignedRaster(path, grid, band=2)
    np.testing.assert_array_equal(reader.read(whole(grid)), [[3, np.nan]])


@pytest.mark.parametrize("shift", [(0, 0), (2, 3), (-2, 1), (3, -4), (-40, 0)])
def test_a_file_shifted_by_whole_cells_is_read_without_resampling(raster, geobox, shift):
    array = np.arange(1, 31, dtype=np.int16).reshape(5, 6)
    grid = geobox((7, 8))
    reader = AlignedRaster(raster(array, geobox((5, 6), *shift), -9), grid)
    expected = np.full((7, 8), np.nan)
    for (row, column), value in np.ndenumerate(array):
        if 0 <= row + shift[0] < 7 and 0 <= column + shift[1] < 8:
            expected[row + shift[0], column + shift[1]] = value
    assert reader.resampling == "as it is"
    np.testing.assert_array_equal(reader.read(whole(grid)), expected)


@pytest.mark.parametrize("cell", [100.0, 61.7])
def test_windows_reach_beyond_grid_and_file(raster, geobox, cell):
    # On the grid itself and on another one: cells beyond the file have no data.
    grid = geobox((40, 50))
    source = GeoBox((30, 30), Affine(cell, 0, 500_500, 0, -cell, 9_899_500), "EPSG:32748")
    reader = AlignedRaster(raster(np.full((30, 30), 7, np.uint8), source, 255), grid, measure="class")
    inner = reader.read(whole(grid))
    outer = reader.read(Window(-3, -600, 50, 1300))
    np.testing.assert_array_equal(outer[3:43, 600:650], inner)
    assert (inner == 7).any()
    outer[3:43, 600:650] = -1
    assert (outer == -1).all()


def test_cells_of_nearly_the_same_size_are_not_taken_for_the_same():
    # 9 parts in 100 000 wider: after 12 000 cells the two grids are more than a cell apart.
    geobox = GeoBox((1, 12_000), Affine(1e-4, 0, 100, 0, -1e-4, 30), "EPSG:4326")
    source = GeoBox((1, 12_000), Affine(1.00009e-4, 0, 100, 0, -1e-4, 30), "EPSG:4326")
    with rasterio.MemoryFile() as memory:
        facts = {"driver": "GTiff", "count": 1, "height": 1, "width": 12_000, "dtype": "int16", "crs": "EPSG:4326"}
        with memory.open(**facts, transform=source.transform) as target:
            target.write(np.arange(12_000, dtype=np.int16)[None, None])
        reader = AlignedRaster(memory.name, geobox, measure="class")
        cells = reader.read(Window(0, 11_990, 1, 5))
        reader.close()
    centres = 100 + (np.arange(11_990, 11_995) + 0.5) * 1e-4
    np.testing.assert_array_equal(cells[0], np.floor((centres - 100) / 1.00009e-4))


def test_facts_are_what_the_file_says(raster, geobox):
    grid = geobox((3, 4))
    path = raster(np.zeros((2, 3, 4), np.int16), grid, -9)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (1.0, 0.1), (0.0, 5.0)
    facts = read_facts(path, band=2)
    assert (facts.bands, facts.scale, facts.offset) == (2, 0.1, 5.0)
    assert facts.geobox == grid


@pytest.mark.parametrize("content", [None, b"", b"no raster at all"])
def test_what_is_no_raster_is_an_os_error(tmp_path, content):
    path = tmp_path / "a.tif"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OSError, match=r"a\.tif"):
        read_facts(path)


@pytest.mark.skipif(sys.platform != "linux", reason="counts bytes in /proc/self/io")
@pytest.mark.parametrize("tile", [512, 1024])
def test_every_byte_of_an_aligned_file_is_read_once(raster, geobox, tile):
    cells = np.random.default_rng(1).integers(0, 255, (3000, 4000), np.uint8)
    grid = Grid(geobox(cells.shape), tile)
    profile = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    path = raster(cells, grid.geobox, **profile)

    def bytes_read():
        lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return int(lines["rchar"])

    reader = AlignedRaster(path, grid.geobox, measure="class")
    before = bytes_read()
    total = sum(int(reader.read(window).sum(dtype=np.int64)) for window in grid.tiles())
    read = bytes_read() - before
    reader.close()
    assert total == int(cells.sum(dtype=np.int64))
    size = path.stat().st_size
    assert 0.98 * size < read < 1.03 * size


@pytest.mark.parametrize("size", [100.0, 61.7, 230.0])
@pytest.mark.parametrize("measure", ["intensive", "extensive", "class"])
def test_several_bands_together_are_what_each_gives_alone(raster, geobox, size, measure):
    random = np.random.default_rng(3)
    cells = random.integers(0, 9, (3, 40, 50)).astype(np.int16)
    cells[1, :5] = -3000
    theirs = geobox((40, 50), row=-1.3 if size != 100.0 else 0.0, size=size)
    path = raster(cells, theirs, nodata=-3000, interleave="pixel")
    grid = geobox((30, 30))
    window = Window(-2, 3, 33, 20)
    together = AlignedRaster(path, grid, band=(1, 2, 3), measure=measure)
    found = together.read(window)
    assert found.shape == (3, 33, 20)
    alone = [AlignedRaster(path, grid, band=band, measure=measure) for band in (1, 2, 3)]
    for cells, single in zip(found, alone, strict=True):
        np.testing.assert_array_equal(cells, single.read(window))
    assert together.census.cells == sum(single.census.cells for single in alone)
