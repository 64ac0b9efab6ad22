"""Layers on other grids than the study's."""

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.base.units import Conversion
from shanshui.data.rasters import AlignedRaster

UTM = "EPSG:32748"
DEGREES = "EPSG:4326"


def box(crs, shape, size, left, top):
    return GeoBox(shape, Affine(size, 0, left, 0, -size, top), crs)


@pytest.fixture
def read(raster):
    """Write an array on one grid and read it on another."""

    def through(array, source, grid, nodata=None, **options):
        reader = AlignedRaster(raster(array, source, nodata), grid, **options)
        cells = reader.read(Window(0, 0, *grid.shape))
        reader.close()
        return cells, reader.resampling

    return through


# Amounts: the sum is kept


SOURCES = {
    "metres": box(UTM, (50, 60), 100.0, 630_050.0, 9_899_950.0),
    "degrees": box(DEGREES, (50, 60), 0.005, 106.2, -0.9),
    "degrees in the far north": box(DEGREES, (50, 60), 0.001, 15.2, 68.0),
}


@pytest.mark.parametrize("size", [21.7, 33.0, 100.0, 270.0, 2000.0])
@pytest.mark.parametrize("source", SOURCES)
def test_an_amount_keeps_its_sum_on_every_grid_that_covers_it(read, source, size):
    grid_of_file = SOURCES[source]
    amounts = np.random.default_rng(1).gamma(0.5, 100, grid_of_file.shape).astype(np.float32)
    crs = "EPSG:32633" if "north" in source else UTM
    to_grid = pyproj.Transformer.from_crs(grid_of_file.crs.to_wkt(), crs, always_xy=True)
    left, bottom, right, top = to_grid.transform_bounds(*grid_of_file.boundingbox.bbox)
    left, top = left - 3.3 * size, top + 2.1 * size
    shape = (int((top - bottom) / size) + 4, int((right - left) / size) + 4)
    cells, _ = read(amounts, grid_of_file, box(crs, shape, size, left, top), measure="extensive")
    assert np.nansum(cells, dtype=np.float64) == pytest.approx(amounts.sum(dtype=np.float64), rel=1e-5)


def test_an_amount_is_parted_by_area_by_hand(read):
    # Cells of 200 m over cells of 100 m, shifted by a half: a quarter of each amount to each corner.
    source = box(UTM, (1, 1), 200.0, 500_000, 9_900_000)
    grid = box(UTM, (5, 5), 100.0, 499_850.0, 9_900_150.0)
    cells, resampling = read(np.array([[8.0]]), source, grid, measure="extensive")
    weights = np.array([0, 0.25, 0.5, 0.25, 0])
    np.testing.assert_allclose(np.nan_to_num(cells), 8 * np.outer(weights, weights), atol=1e-6)
    assert resampling == "sum"


def test_amounts_are_gathered_by_hand_and_converted(read):
    # Four cells into one; persons by thousand.
    source = box(UTM, (4, 4), 50.0, 500_000, 9_900_000)
    grid = box(UTM, (2, 2), 100.0, 500_000, 9_900_000)
    array = np.arange(16, dtype=np.float32).reshape(4, 4)
    cells, _ = read(array, source, grid, measure="extensive", conversion=Conversion(1000.0, 0.0))
    np.testing.assert_allclose(cells, 1000 * np.array([[10, 18], [42, 50]]))


def test_a_cell_without_data_adds_nothing_to_a_sum(read):
    source = box(UTM, (2, 2), 50.0, 500_000, 9_900_000)
    grid = box(UTM, (1, 1), 100.0, 500_000, 9_900_000)
    cells, _ = read(np.array([[1.0, -9], [4, 8]]), source, grid, -9, measure="extensive")
    np.testing.assert_allclose(cells, [[13]])
    cells, _ = read(np.full((2, 2), -9.0), source, grid, -9, measure="extensive")
    np.testing.assert_array_equal(cells, [[np.nan]])


# Densities and states: the mean


def test_a_density_is_averaged_over_larger_cells_by_hand(read):
    source = box(UTM, (4, 4), 50.0, 500_000, 9_900_000)
    grid = box(UTM, (2, 2), 100.0, 500_000, 9_900_000)
    array = np.arange(16, dtype=np.float32).reshape(4, 4)
    array[3, 3] = -9
    cells, resampling = read(array, source, grid, -9)
    np.testing.assert_allclose(cells, [[2.5, 4.5], [10.5, (10 + 11 + 14) / 3]])
    assert resampling == "average"


def test_a_density_is_bilinear_on_smaller_cells_by_hand(read):
    # A plane stays a plane: 2 x + 3 y at the centres.
    source = box(UTM, (10, 10), 100.0, 500_000, 9_900_000)
    rows, columns = np.indices((10, 10))
    grid = box(UTM, (8, 8), 50.0, 500_300, 9_899_700)
    cells, resampling = read((2.0 * columns + 3.0 * rows).astype(np.float32), source, grid)
    fine_rows, fine_columns = np.indices((8, 8))
    expected = 2.0 * (3 + (fine_columns + 0.5) / 2 - 0.5) + 3.0 * (3 + (fine_rows + 0.5) / 2 - 0.5)
    np.testing.assert_allclose(cells, expected, rtol=1e-6)
    assert resampling == "bilinear"


def test_a_constant_stays_constant_in_another_projection(read):
    source = box(DEGREES, (60, 60), 0.01, 106.0, -0.5)
    grid = box(UTM, (100, 100), 300.0, 620_000, 9_930_000)
    cells, _ = read(np.full((60, 60), 0.3, np.float32), source, grid)
    np.testing.assert_allclose(cells, 0.3, rtol=1e-6)


# Classes: never mixed


def test_classes_take_the_cell_under_the_centre(read):
    source = box(UTM, (2, 2), 100.0, 500_000, 9_900_000)
    grid = box(UTM, (4, 4), 61.0, 499_990, 9_900_010)
    cells, resampling = read(np.array([[1, 2], [3, 17]], np.uint8), source, grid, measure="class")
    # Centres at 20.5, 81.5, 142.5 and 203.5 m, the last beyond the file.
    np.testing.assert_array_equal(cells, [[1, 1, 2, -1], [1, 1, 2, -1], [3, 3, 17, -1], [-1, -1, -1, -1]])
    assert resampling == "nearest"


def test_classes_of_much_smaller_cells_give_the_most_frequent(read):
    source = box(UTM, (3, 6), 100.0, 500_000, 9_900_000)
    grid = box(UTM, (1, 2), 300.0, 500_000, 9_900_000)
    array = np.array([[1, 1, 2, 9, 255, 255], [2, 1, 3, 9, 8, 255], [3, 1, 3, 9, 9, 255]], np.uint8)
    cells, resampling = read(array, source, grid, 255, measure="class")
    np.testing.assert_array_equal(cells, [[1, 9]])
    assert resampling == "mode"


def test_classes_of_another_projection_are_those_under_the_centre(read):
    # The second route: pyproj takes every centre to the file, and numpy picks the cell.
    source = box(DEGREES, (200, 220), 0.001, 106.0, -0.9)
    codes = np.random.default_rng(3).integers(1, 200, source.shape).astype(np.uint8)
    grid = box(UTM, (150, 160), 130.0, 612_000, 9_899_000)
    cells, _ = read(codes, source, grid, 255, measure="class")
    rows, columns = np.indices(grid.shape)
    x, y = 612_000 + 130 * (columns + 0.5), 9_899_000 - 130 * (rows + 0.5)
    longitude, latitude = pyproj.Transformer.from_crs(UTM, DEGREES, always_xy=True).transform(x, y)
    column, row = (longitude - 106.0) / 0.001, (-0.9 - latitude) / 0.001
    inside = (row >= 0) & (row < 200) & (column >= 0) & (column < 220)
    expected = np.full(grid.shape, -1)
    expected[inside] = codes[row[inside].astype(int), column[inside].astype(int)]
    # Where a centre lies within a thousandth of a cell of an edge, either side is right.
    clear = (np.abs(row - np.rint(row)) > 1e-3) & (np.abs(column - np.rint(column)) > 1e-3)
    assert clear.mean() > 0.99
    np.testing.assert_array_equal(cells[clear], expected[clear])


def test_a_study_may_choose_the_method(read):
    source = box(UTM, (4, 4), 50.0, 500_000, 9_900_000)
    grid = box(UTM, (2, 2), 100.0, 500_000, 9_900_000)
    cells, resampling = read(np.arange(16, dtype=np.float32).reshape(4, 4), source, grid, resampling="sum")
    np.testing.assert_allclose(cells, [[10, 18], [42, 50]], rtol=1e-6)
    assert resampling == "sum"


# Files that lie otherwise


def test_a_file_whose_rows_run_northwards_is_turned_over(read):
    source = GeoBox((2, 2), Affine(100, 0, 500_000, 0, 100, 9_899_800), UTM)
    grid = box(UTM, (2, 2), 100.0, 500_000, 9_900_000)
    cells, _ = read(np.array([[1, 2], [3, 4]], np.uint8), source, grid, measure="class")
    np.testing.assert_array_equal(cells, [[3, 4], [1, 2]])


def test_a_turned_file_loses_none_of_its_corners(read):
    transform = Affine.translation(500_000, 9_900_000) @ Affine.rotation(30) @ Affine.scale(100, -100)
    source = GeoBox((20, 20), transform, UTM)
    codes = np.arange(400, dtype=np.int16).reshape(20, 20)
    grid = box(UTM, (40, 40), 100.0, 499_000, 9_901_500)
    cells, _ = read(codes, source, grid, -9, measure="class")
    rows, columns = np.indices(grid.shape)
    column, row = ~transform @ (499_000 + 100 * (columns + 0.5), 9_901_500 - 100 * (rows + 0.5))
    inside = (row >= 0) & (row < 20) & (column >= 0) & (column < 20)
    expected = np.full(grid.shape, -1)
    expected[inside] = codes[row[inside].astype(int), column[inside].astype(int)]
    np.testing.assert_array_equal(cells, expected)


def test_a_turned_file_is_read_whole_where_the_grid_is_smaller_than_it(read):
    transform = Affine.translation(500_000, 9_900_000) @ Affine.rotation(45) @ Affine.scale(100, -100)
    source = GeoBox((3000, 3000), transform, UTM)
    grid = box(UTM, (600, 600), 100.0, 680_000, 9_930_000)
    cells, _ = read(np.ones((3000, 3000), np.uint8), source, grid, 255, measure="class")
    assert (cells == 1).all()


def test_a_file_without_any_cell_on_the_grid_has_no_data(read):
    source = box(DEGREES, (10, 10), 0.01, -60.0, 45.0)
    cells, _ = read(np.ones((10, 10), np.uint8), source, box(UTM, (5, 5), 100.0, 500_000, 9_900_000), measure="class")
    assert (cells == -1).all()


# Windows do not matter


@pytest.mark.parametrize("measure", ["class", "intensive", "extensive"])
@pytest.mark.parametrize("size", [0.0007, 0.004])
def test_any_windows_give_the_same_bytes_for_a_layer_in_another_crs(raster, measure, size):
    grid = box(UTM, (560, 620), 100.0, 600_000, 9_900_000)
    source = box(DEGREES, (int(0.55 / size), int(0.6 / size)), size, 105.88, -0.88)
    values = np.random.default_rng(5).integers(1, 90, source.shape).astype(np.uint8)
    path = raster(values, source, 7)
    reader = AlignedRaster(path, grid, measure=measure)
    once = reader.read(Window(0, 0, *grid.shape))
    reader.close()
    assert np.isfinite(once).mean() > 0.9
    for side in (64, 100, 256):
        reader = AlignedRaster(path, grid, measure=measure)
        pieces = np.empty_like(once)
        for row in range(0, 560, side):
            for column in range(0, 620, side):
                window = Window(row, column, min(side, 560 - row), min(side, 620 - column))
                pieces[row : row + window.height, column : column + window.width] = reader.read(window)
        reader.close()
        assert pieces.tobytes() == once.tobytes()


def test_a_plane_stays_a_plane_in_another_projection_and_blocks_leave_no_seam(read):
    # Column plus a thousand times row of the file: bilinear weights give its value at every centre, whatever the block.
    size = 0.002
    grid = box(UTM, (600, 1100), 100.0, 600_000, 9_900_000)
    source = box(DEGREES, (350, 600), size, 105.85, -0.85)
    rows, columns = np.indices(source.shape)
    cells, resampling = read((columns + 1000.0 * rows).astype(np.float32), source, grid)
    assert resampling == "bilinear"
    rows, columns = np.indices(grid.shape)
    x, y = 600_000 + 100 * (columns + 0.5), 9_900_000 - 100 * (rows + 0.5)
    longitude, latitude = pyproj.Transformer.from_crs(UTM, DEGREES, always_xy=True).transform(x, y)
    expected = (longitude - 105.85) / size - 0.5 + 1000 * ((-0.85 - latitude) / size - 0.5)
    # A thousandth of a cell; float32 keeps 0.03 of the largest value.
    np.testing.assert_allclose(cells, expected, atol=1.1)


def test_the_grid_s_crs_may_be_written_otherwise(raster):
    # The same CRS as WKT 1 in the file and as EPSG code in the grid: no resampling.
    grid = box(UTM, (3, 3), 100.0, 500_000, 9_900_000)
    path = raster(np.ones((3, 3), np.uint8), grid, crs=rasterio.CRS.from_epsg(32748).to_wkt(version="WKT1_GDAL"))
    reader = AlignedRaster(path, grid, measure="class")
    assert reader.resampling == "as it is"
    reader.close()
