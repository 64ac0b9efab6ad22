import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from shanshui.data.vectors import distance_to_nearest, measured, mend, read_vector, write_vector

UTM = "EPSG:32748"
BOW_TIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
SPIKE = shapely.Polygon([(0, 0), (4, 0), (4, 4), (2, 4), (2, 9), (2, 4), (0, 4)])
TWICE = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)])
HOLE_BEYOND = shapely.Polygon(shapely.box(0, 0, 4, 4).exterior, [shapely.box(3, 1, 5, 2).exterior])
SOUND = shapely.box(10, 10, 13, 12)


@pytest.fixture
def zones():
    frame = {"id": ["A7", "B3"], "name": ["安吉", "德清"], "area_km2": [1.5, np.nan]}
    return geopandas.GeoDataFrame(frame, geometry=[shapely.box(0, 0, 1, 1), SOUND], crs=UTM)


@pytest.mark.parametrize(
    ("polygon", "area"),
    [(BOW_TIE, 2.0), (SPIKE, 16.0), (TWICE, 6.0), (HOLE_BEYOND, 15.0)],
    ids=["bow tie", "spike", "parts that overlap", "hole that reaches out"],
)
def test_a_mended_polygon_is_valid_and_has_the_area_that_it_drew(polygon, area):
    frame = geopandas.GeoDataFrame({"zone": [1, 2]}, geometry=[SOUND, polygon], crs=UTM)
    mended, number = mend(frame)
    assert number == 1
    assert mended.is_valid.all()
    assert set(mended.geom_type) <= {"Polygon", "MultiPolygon"}
    assert mended.geometry[1].area == pytest.approx(area)
    assert mended.geometry[0].equals(SOUND)
    assert mended.crs == frame.crs
    assert not frame.is_valid.all()


def test_sound_polygons_and_missing_ones_are_left_as_they_are():
    frame = geopandas.GeoDataFrame({"zone": [1, 2]}, geometry=[SOUND, None], crs=UTM)
    mended, number = mend(frame)
    assert number == 0
    assert mended is frame


def test_what_is_written_reads_back_and_a_column_called_id_survives(tmp_path, zones):
    path = tmp_path / "deep" / "zones.gpkg"
    write_vector(path, zones)
    found = read_vector(path)
    assert found["id"].tolist() == ["A7", "B3"]
    assert found["name"].tolist() == ["安吉", "德清"]
    np.testing.assert_array_equal(found["area_km2"], [1.5, np.nan])
    assert found.crs.to_epsg() == 32748
    assert found.geometry.geom_equals(zones.geometry).all()
    assert [item.name for item in path.parent.iterdir()] == ["zones.gpkg"]


def test_the_same_frame_gives_the_same_bytes(tmp_path, zones):
    first, second = tmp_path / "a" / "zones.gpkg", tmp_path / "b" / "zones.gpkg"
    write_vector(first, zones)
    write_vector(second, zones)
    assert first.read_bytes() == second.read_bytes()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, zones, monkeypatch):
    path = tmp_path / "zones.gpkg"
    write_vector(path, zones)
    before = path.read_bytes()

    def to_file(frame, target, **options):
        target.write_bytes(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(geopandas.GeoDataFrame, "to_file", to_file)
    with pytest.raises(OSError, match="the disk is full"):
        write_vector(path, zones)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["zones.gpkg"]


def test_features_are_chosen_by_their_attribute(tmp_path, zones):
    path = tmp_path / "zones.gpkg"
    write_vector(path, zones)
    assert read_vector(path, where="id = 'B3'")["name"].tolist() == ["德清"]
    assert len(read_vector(path, where="id = 'none'")) == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.gpkg", None), ("zones.gpkg", b"no vector"), ("zones.geojson", b"{"), ("t.csv", b"a,b\n1,2\n")],
)
def test_what_cannot_be_read_as_polygons_is_an_os_error(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(OSError, match=r"."):
        read_vector(tmp_path / name)


def test_an_unknown_layer_or_condition_is_an_os_error(tmp_path, zones):
    path = tmp_path / "zones.gpkg"
    write_vector(path, zones)
    with pytest.raises(OSError, match="nothing"):
        read_vector(path, layer="nothing")
    with pytest.raises(OSError, match="colour"):
        read_vector(path, where="colour = 'red'")


def test_distances_between_borders_are_within_a_hundredth_of_those_between_all_their_points():
    """Against the geodesic distance of every two of many points on both borders."""
    random = np.random.default_rng(5)
    centres = random.uniform((100, 20), (104, 34), (12, 2))
    shapes = [
        shapely.Point(centre).buffer(size, quad_segs=3)
        for centre, size in zip(centres, random.uniform(0.05, 0.6, 12), strict=True)
    ]
    zones, cities = shapes[:9], shapes[9:]
    found = distance_to_nearest(geopandas.GeoSeries(zones, crs=4326), geopandas.GeoSeries(cities, crs=4326))
    ellipsoid = pyproj.Geod(ellps="WGS84")
    ends = np.concatenate([shapely.get_coordinates(city.segmentize(0.02)) for city in cities])
    for zone, distance in zip(zones, found, strict=True):
        if any(zone.intersects(city) for city in cities):
            assert distance == 0.0
            continue
        starts = shapely.get_coordinates(zone.segmentize(0.02))
        one, other = np.repeat(starts, len(ends), axis=0), np.tile(ends, (len(starts), 1))
        brute = ellipsoid.inv(*one.T, *other.T)[2].min() / 1000
        assert distance == pytest.approx(brute, rel=0.01)


@pytest.mark.parametrize("gap", [0.00001, 0.001, 0.02, 0.2])
def test_near_borders_are_measured_as_lines_and_not_from_corner_to_corner(gap):
    """Two blocks with a side each along a meridian, corners far apart: the gap at the latitude nearest the pole."""
    blocks = [shapely.box(110, 30, 111, 33), shapely.box(111 + gap, 28, 112, 31.5)]
    series = geopandas.GeoSeries(blocks, crs="EPSG:4326")
    expected = pyproj.Geod(ellps="WGS84").inv(111, 31.5, 111 + gap, 31.5)[2] / 1000
    assert distance_to_nearest(series[:1], series[1:])[0] == pytest.approx(expected, rel=0.01)


def test_no_distance_without_polygons():
    series = geopandas.GeoSeries([shapely.Polygon(), shapely.box(0, 0, 1, 1)], crs="EPSG:4326")
    assert np.isnan(distance_to_nearest(series[:1], series[1:])).all()
    assert np.isnan(distance_to_nearest(series[1:], series[:1])).all()


def test_holes_count_in_the_rim_and_not_in_the_area():
    ring = shapely.Polygon(
        shapely.box(499_000, 0, 501_000, 2000).exterior, [shapely.box(499_500, 500, 500_500, 1500).exterior]
    )
    line = shapely.LineString([(499_000, 0), (501_000, 0)])
    both = shapely.GeometryCollection([line, shapely.box(499_000, 0, 501_000, 2000)])
    lengths, areas = measured(geopandas.GeoDataFrame(geometry=[ring, line, both, None], crs=UTM))
    # At the central meridian the plane is smaller than the ground by 0.9996.
    np.testing.assert_allclose(lengths, np.array([12_000, 2000, 10_000, np.nan]) / 0.9996, rtol=1e-6)
    np.testing.assert_allclose(areas, np.array([3e6, 0, 4e6, np.nan]) / 0.9996**2, rtol=1e-6)
