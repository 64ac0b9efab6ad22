import geopandas as gpd
import numpy as np
import pytest
import shapely

from shanshui.sample.districts import build_districts, number_cells
from shanshui.sample.zone_names import place_names


@pytest.fixture(scope="module")
def zones(sample):
    names = ("region", "counties", "townships")
    return tuple(gpd.read_file(sample / "inputs" / f"{name}.gpkg") for name in names)


def test_townships_partition_counties_and_counties_the_region(zones):
    region, counties, townships = zones
    whole = region.geometry[0]
    assert counties.area.sum() == pytest.approx(whole.area, rel=1e-9)
    for county in counties.itertuples():
        own = townships.geometry[townships["county"] == county.code]
        assert own.area.sum() == pytest.approx(county.geometry.area, rel=1e-9)
        assert shapely.union_all(own).symmetric_difference(county.geometry).area < 1e-9 * county.geometry.area
    assert shapely.union_all(counties.geometry).symmetric_difference(whole).area < 1e-9 * whole.area


def test_neighbours_share_every_vertex_of_their_border(zones):
    _, counties, townships = zones
    # A valid coverage has neither gaps nor overlaps, and no vertex on one side of a border only.
    assert shapely.coverage_is_valid(counties.geometry.to_numpy())
    assert shapely.coverage_is_valid(townships.geometry.to_numpy())
    assert townships.is_valid.all()


def test_codes_names_and_parents(zones):
    region, counties, townships = zones
    assert len(counties) == 9
    assert 45 <= len(townships) <= 80
    assert counties["code"].str.fullmatch(r"\d{6}").all()
    assert townships["code"].str.fullmatch(r"\d{9}").all()
    assert (townships["code"].str[:6] == townships["county"]).all()
    for zone in (counties, townships):
        for column in ("code", "name", "name_zh"):
            assert zone[column].is_unique
        assert "id" not in {column.lower() for column in zone.columns}
        assert set(zone["function"]) <= {"ecological", "agricultural", "urbanisation"}
    assert set(counties["function"]) == {"ecological", "agricultural", "urbanisation"}
    assert set(counties["level"]) == {"national", "provincial"}
    ecological = counties["function"] == "ecological"
    assert (counties["service"].fillna("").ne("") == ecological).all()
    assert region.crs.to_epsg() == counties.crs.to_epsg() == townships.crs.to_epsg() == 4549


def test_statutory_areas_are_a_little_off_the_true_ones(zones):
    counties = zones[1]
    share = counties["area_km2"] / (counties.area / 1e6)
    assert (share - 1.0).abs().max() < 0.02
    assert (share - 1.0).abs().max() > 0.001
    assert (counties["area_km2"] % 1.0 == 0.0).all()


@pytest.mark.parametrize("seed", [1, 2, 3, 8])
def test_the_region_is_one_piece_inside_the_extent_and_not_its_rectangle(seed):
    region = build_districts(seed).region()
    assert region.geom_type == "Polygon"
    assert shapely.box(470_000.0, 4_455_000.0, 530_000.0, 4_515_000.0).contains(region)
    assert 0.35 < region.area / 3.6e9 < 0.8
    assert region.area / region.envelope.area < 0.9


def test_the_region_reaches_a_little_into_the_sea(landscape):
    skeleton = landscape.skeleton
    inside = number_cells([landscape.districts.region()], 256, (0, 0, 256, 256)) == 0
    sea = skeleton.sea[10:-10, 10:-10]
    assert 0.005 < np.mean(sea[inside]) < 0.15


def test_cells_belong_to_the_polygon_of_their_centre():
    # 4 x 4 cells of 15 km; the polygon covers the centres of the two in the north-west corner's first row
    polygon = shapely.box(470_000.0, 4_507_000.0, 493_000.0, 4_515_000.0)
    expected = np.full((4, 4), -1)
    expected[0, :2] = 0
    np.testing.assert_array_equal(number_cells([polygon], 4, (0, 0, 4, 4)), expected)
    np.testing.assert_array_equal(number_cells([polygon], 4, (0, 1, 2, 3)), expected[:2, 1:])


def test_names_differ():
    names = place_names(400, 3)
    assert len({latin for latin, _ in names}) == 400
    assert len({chinese for _, chinese in names}) == 400
