import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from shanshui.base.grid import Window
from shanshui.science.cell_area import CellArea, polygon_area

MODIS = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
# Name, CRS, shape, cell size, upper left corner: regions of tens to some hundreds of kilometres.
GRIDS = {
    "UTM at the edge of its zone": ("EPSG:32748", (400, 300), 100.0, (103_800.0, 9_875_400.0)),
    "UTM, a thousand kilometres high": ("EPSG:32650", (1000, 600), 1000.0, (200_000.0, 4_900_000.0)),
    "CGCS2000 Gauss-Krueger": ("EPSG:4549", (300, 300), 30.0, (470_000.0, 4_515_000.0)),
    "geographic, 3 seconds": ("EPSG:4326", (600, 500), 1 / 1200, (100.0, 62.0)),
    "geographic CGCS2000": ("EPSG:4490", (100, 100), 0.01, (100.0, 31.0)),
    "Web Mercator in the far north": ("EPSG:3857", (200, 200), 250.0, (1_500_000.0, 10_800_000.0)),
    "equal-area cylinder": ("EPSG:6933", (300, 300), 1000.0, (9_000_000.0, 4_500_000.0)),
    "MODIS sinusoidal on a sphere": (MODIS, (300, 300), 463.3127165, (7_783_653.6, 3_335_851.6)),
    "feet": ("EPSG:2263", (200, 200), 100.0, (980_000.0, 220_000.0)),
    "Albers over China": ("+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +datum=WGS84", (500, 600), 1000.0, (0.0, 4.5e6)),
}


def geobox_of(crs, shape, size, corner):
    return GeoBox(shape, Affine(size, 0, corner[0], 0, -size, corner[1]), pyproj.CRS(crs).to_wkt())


def geodesic_area(geobox, row, column):
    """The area of one cell as a geodesic polygon with 40 points a side: an independent route (Karney 2013)."""
    way = np.linspace(0, 1, 41)[:-1]
    columns = np.concatenate([column + way, np.full(40, column + 1), column + 1 - way, np.full(40, column)])
    rows = np.concatenate([np.full(40, row), row + way, np.full(40, row + 1), row + 1 - way])
    x, y = geobox.transform @ (columns, rows) if hasattr(Affine, "__matmul__") else geobox.transform * (columns, rows)
    crs = pyproj.CRS(geobox.crs.to_wkt())
    longitude, latitude = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
    return abs(crs.get_geod().polygon_area_perimeter(longitude, latitude)[0])


@pytest.mark.parametrize("name", GRIDS)
def test_a_cell_has_the_area_of_its_geodesic_polygon(name):
    geobox = geobox_of(*GRIDS[name])
    rows, columns = geobox.shape
    areas = CellArea(geobox).window(Window(0, 0, rows, columns))
    for row, column in [(0, 0), (0, columns - 1), (rows - 1, 0), (rows // 2, columns // 3), (rows - 1, columns - 1)]:
        # A geodesic polygon of a small cell keeps about 1e-8 of its area in floating point.
        assert areas[row, column] == pytest.approx(geodesic_area(geobox, row, column), rel=2e-7)


@pytest.mark.parametrize("name", GRIDS)
def test_a_cell_s_area_does_not_depend_on_the_window(name):
    geobox = geobox_of(*GRIDS[name])
    cell_area = CellArea(geobox)
    whole = cell_area.window(Window(-3, -3, geobox.shape[0] + 6, geobox.shape[1] + 6))
    for row, column, height, width in [(0, 0, 1, 1), (17, 30, 64, 60), (-3, 5, 10, 10), (90, 95, 13, 8)]:
        part = cell_area.window(Window(row, column, height, width))
        np.testing.assert_array_equal(part, whole[row + 3 : row + 3 + height, column + 3 : column + 3 + width])


def test_cells_of_one_degree_sum_to_the_earth():
    # Surface of the WGS84 ellipsoid: 510 065 621.7 km2 (NIMA TR 8350.2: 5.10065621724e14 m2).
    geobox = geobox_of("EPSG:4326", (180, 360), 1.0, (-180.0, 90.0))
    assert CellArea(geobox).window(Window(0, 0, 180, 360)).sum() == pytest.approx(5.10065621724e14, rel=1e-11)


def test_a_quadrangle_has_the_area_of_its_integral_over_the_ellipsoid():
    geobox = geobox_of("EPSG:4326", (180, 360), 1.0, (-180.0, 90.0))
    areas = CellArea(geobox).window(Window(0, 0, 180, 360))
    a, f = 6378137.0, 1 / 298.257223563
    es = f * (2 - f)
    latitude = np.radians(np.linspace(59, 60, 2001))
    # Simpson's rule over M N cos(latitude), the radii of curvature in the meridian and in the prime vertical.
    density = a**2 * (1 - es) * np.cos(latitude) / (1 - es * np.sin(latitude) ** 2) ** 2
    weights = np.ones(2001)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    expected = (density * weights).sum() * np.radians(1) / 2000 / 3 * np.radians(1)
    np.testing.assert_allclose(areas[30], expected, rtol=1e-10)
    np.testing.assert_allclose(areas[:90], areas[:89:-1], rtol=1e-13)


def test_a_sphere_s_cells_sum_to_the_sphere():
    geobox = geobox_of("+proj=longlat +R=6371007.181 +no_defs", (18, 36), 10.0, (-180.0, 90.0))
    expected = 4 * np.pi * 6371007.181**2
    assert CellArea(geobox).window(Window(0, 0, 18, 36)).sum() == pytest.approx(expected, rel=1e-12)


def test_rows_that_run_northwards_have_positive_areas_too():
    down = geobox_of("EPSG:4326", (10, 10), 1.0, (100.0, 40.0))
    up = GeoBox((10, 10), Affine(1, 0, 100, 0, 1, 30), "EPSG:4326")
    whole = Window(0, 0, 10, 10)
    np.testing.assert_allclose(CellArea(up).window(whole), CellArea(down).window(whole)[::-1], rtol=1e-13)


def test_a_grid_over_the_whole_equal_area_cylinder_has_equal_areas():
    # EPSG:6933 from pole to pole: the edge of the projection must not spoil the cells inside it.
    geobox = GeoBox((146, 347), Affine(100_000, 0, -17_300_000, 0, -100_000, 7_300_000), "EPSG:6933")
    areas = CellArea(geobox).window(Window(0, 0, 146, 347))
    np.testing.assert_allclose(areas, 1e10, rtol=1e-6)


def test_equal_area_projections_have_equal_areas_to_a_billionth():
    for name in ("equal-area cylinder", "Albers over China", "MODIS sinusoidal on a sphere"):
        crs, shape, size, corner = GRIDS[name]
        areas = CellArea(geobox_of(crs, shape, size, corner)).window(Window(0, 0, *shape))
        np.testing.assert_allclose(areas, size**2, rtol=1e-9)


def test_a_polygon_s_area_is_that_of_the_cells_it_covers():
    # Two independent routes in the package: geodesic polygons, and areal scale summed over cells.
    geobox = geobox_of(*GRIDS["UTM at the edge of its zone"])
    left, top = geobox.transform.c, geobox.transform.f
    polygon = shapely.box(left, top - 40_000, left + 30_000, top)
    cells = CellArea(geobox).window(Window(0, 0, 400, 300)).sum()
    [area] = polygon_area(np.array([polygon]), pyproj.CRS("EPSG:32748"))
    assert area == pytest.approx(cells, rel=1e-8)
    assert area != pytest.approx(1.2e9, rel=1e-4)


def test_holes_are_left_out_and_parts_added_whatever_their_direction():
    crs = pyproj.CRS("EPSG:4326")
    outer, hole, apart = shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2), shapely.box(10, 0, 11, 1)
    [whole, inner, other] = polygon_area(np.array([outer, hole, apart]), crs)
    rings = [outer.exterior, hole.exterior]
    for shell in (rings[0].coords, rings[0].coords[::-1]):
        for inside in (rings[1].coords, rings[1].coords[::-1]):
            multi = shapely.MultiPolygon([shapely.Polygon(shell, [inside]), apart])
            [area] = polygon_area(np.array([multi]), crs)
            assert area == pytest.approx(whole - inner + other, rel=1e-12)


def test_a_quadrangle_s_long_sides_follow_the_parallel():
    # 30 degrees along the parallel of 60: a geodesic would cut far into the north.
    [area] = polygon_area(np.array([shapely.box(0, 50, 30, 60)]), pyproj.CRS("EPSG:4326"))
    geobox = geobox_of("EPSG:4326", (10, 30), 1.0, (0.0, 60.0))
    assert area == pytest.approx(CellArea(geobox).window(Window(0, 0, 10, 30)).sum(), rel=1e-6)


@pytest.mark.parametrize(
    ("crs", "left", "bottom", "side"),
    [("EPSG:32748", 103_800.0, 9_860_000.0, 25_000.0), ("EPSG:4490", 100.0, 50.0, 0.25)],
)
def test_parts_that_share_a_side_only_in_part_sum_to_the_whole(crs, left, bottom, side):
    # The whole has no vertex where its two parts meet on its sides.
    aside = 0.37 * side
    whole = shapely.box(left, bottom, left + side, bottom + side)
    parts = [
        shapely.box(left, bottom, left + aside, bottom + side),
        shapely.box(left + aside, bottom, left + side, bottom + aside),
        shapely.box(left + aside, bottom + aside, left + side, bottom + side),
    ]
    areas = polygon_area(np.array([whole, *parts]), pyproj.CRS(crs))
    assert areas[1:].sum() == pytest.approx(areas[0], rel=1e-9)


def test_nothing_has_no_area():
    polygons = np.array([shapely.Polygon(), None], object)
    assert polygon_area(polygons, pyproj.CRS("EPSG:4326")).tolist() == [0.0, 0.0]


def test_a_hectare_of_feet_is_a_hectare():
    side = 100 / (1200 / 3937)
    crs = pyproj.CRS("EPSG:2263")
    [area] = polygon_area(np.array([shapely.box(980_000, 200_000, 980_000 + side, 200_000 + side)]), crs)
    # The projection's scale is within 1e-4 of one there.
    assert area == pytest.approx(1e4, rel=2e-4)
