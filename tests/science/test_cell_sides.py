import numpy as np
import pyproj
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.science.cell_area import CellArea
from shanshui.science.cell_sides import CellSides

DEGREES = GeoBox((600, 800), Affine(0.01, 0, 100, 0, -0.01, 42), "EPSG:4326")
METRES = GeoBox((600, 800), Affine(100, 0, 500_000, 0, -100, 4_600_000), "EPSG:32650")

TURNED_METRES = GeoBox((600, 800), Affine(80, 60, 700_000, 60, -80, 4_600_000), "EPSG:32650")


@pytest.mark.parametrize("geobox", [DEGREES, METRES, TURNED_METRES], ids=["degrees", "metres", "turned"])
def test_width_times_height_is_the_area_of_a_right_angled_cell(geobox):
    sides, window = CellSides(geobox), Window(100, 200, 50, 60)
    product = sides.window("cell_width", window) * sides.window("cell_height", window)
    np.testing.assert_allclose(product, CellArea(geobox).window(window), rtol=2e-5)


def test_a_side_is_the_geodesic_between_its_ends():
    geod = pyproj.Geod(ellps="WGS84")
    sides = CellSides(DEGREES)
    latitude = 42 - 0.01 * 300.5
    assert sides.window("latitude", Window(300, 0, 1, 1))[0, 0] == pytest.approx(latitude, abs=1e-9)
    width = geod.inv(100.0, latitude, 100.01, latitude)[2]
    height = geod.inv(100.0, latitude - 0.005, 100.0, latitude + 0.005)[2]
    assert sides.window("cell_width", Window(300, 0, 1, 1))[0, 0] == pytest.approx(width, rel=1e-8)
    assert sides.window("cell_height", Window(300, 0, 1, 1))[0, 0] == pytest.approx(height, rel=1e-8)


def test_the_same_in_whatever_window():
    sides = CellSides(METRES)
    whole = sides.window("cell_width", Window(0, 0, 40, 40))
    np.testing.assert_array_equal(sides.window("cell_width", Window(10, 20, 5, 5)), whole[10:15, 20:25])


TURNED = GeoBox((600, 800), Affine(0.008, 0.003, 100, 0.004, -0.009, 42), "EPSG:4326")


@pytest.mark.parametrize(("row", "column"), [(0, 0), (599, 799), (300, 100), (10, 700)])
def test_every_cell_of_a_turned_grid_to_its_corners(row, column):
    """Longitude and latitude change along rows and along columns, so that no two cells are alike."""
    geod = pyproj.Geod(ellps="WGS84")

    def place(down, right):
        y, x = row + down, column + right
        return 100 + 0.008 * x + 0.003 * y, 42 + 0.004 * x - 0.009 * y

    sides, window = CellSides(TURNED), Window(row, column, 1, 1)
    assert sides.window("latitude", window)[0, 0] == pytest.approx(place(0.5, 0.5)[1], abs=1e-9)
    width = geod.inv(*place(0.5, 0), *place(0.5, 1))[2]
    height = geod.inv(*place(0, 0.5), *place(1, 0.5))[2]
    assert sides.window("cell_width", window)[0, 0] == pytest.approx(width, rel=1e-8)
    assert sides.window("cell_height", window)[0, 0] == pytest.approx(height, rel=1e-8)


def test_rows_and_columns_of_a_window_follow_one_another():
    latitude = CellSides(TURNED).window("latitude", Window(20, 30, 2, 3))
    rows, columns = np.mgrid[20:22, 30:33] + 0.5
    np.testing.assert_allclose(latitude, 42 + 0.004 * columns - 0.009 * rows, rtol=0, atol=1e-9)


def test_a_grid_of_one_cell_has_sides():
    one = CellSides(GeoBox((1, 1), Affine(0.01, 0, 100, 0, -0.01, 42), "EPSG:4326"))
    assert one.window("latitude", Window(0, 0, 1, 1))[0, 0] == pytest.approx(41.995, abs=1e-9)


def test_a_grid_to_the_pole_is_measured_to_its_last_row():
    geod = pyproj.Geod(ellps="WGS84")
    sides = CellSides(GeoBox((30, 40), Affine(1, 0, 100, 0, -1, -60), "EPSG:4326"))
    found = sides.window("cell_height", Window(29, 0, 1, 1))[0, 0]
    assert found == pytest.approx(geod.inv(100.0, -90.0, 100.0, -89.0)[2], rel=1e-6)


def test_a_grid_to_the_edge_of_its_projection_is_measured_to_its_last_column():
    """The ellipse of Mollweide's map ends 18 040 096 m east of its middle, 6 km beyond the last cell."""
    left = 18_034_000 - 50 * 10_000
    sides = CellSides(GeoBox((3, 50), Affine(10_000, 0, left, 0, -10_000, 15_000), "ESRI:54009"))
    assert not np.isfinite(pyproj.Transformer.from_crs("ESRI:54009", "EPSG:4326").transform(18_041_000, 0)[0])
    assert np.isfinite(sides.window("cell_width", Window(0, 0, 3, 50))).all()
