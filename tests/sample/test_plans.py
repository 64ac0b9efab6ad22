import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from shanshui.sample.base_map import around, drawn, parts_of, standing_out, without
from shanshui.sample.built_land import shared_out
from shanshui.sample.districts import number_cells
from shanshui.sample.function_areas import number_basins
from shanshui.sample.landscape import tile_of

CELLS, CELL = 600, 100.0
WHOLE = (0, 0, CELLS, CELLS)
CROPLAND = (11, 12)


@pytest.fixture(scope="module")
def vectors(sample):
    def read(name):
        return gpd.read_file(sample / f"inputs/{name}.gpkg")

    return read


@pytest.fixture(scope="module")
def fine(landscape):
    """Ground and true land cover on cells of 100 m."""
    return tile_of(landscape, CELLS, WHOLE)


def cells_in(shapes):
    return number_cells([shapely.union_all(np.asarray(shapes))], CELLS, WHOLE) == 0


def overlap(shapes):
    """Metres squared that more than one of the shapes covers."""
    shapes = np.asarray(shapes)
    return shapely.area(shapes).sum() - shapely.union_all(shapes).area


# Blocks of farmland.


def test_farmland_lies_on_gentle_contiguous_cropland(vectors, fine):
    blocks = vectors("permanent_basic_farmland")
    held = cells_in(blocks.geometry)
    crop = np.isin(fine.second, CROPLAND)
    assert crop[held].mean() > 0.99
    assert fine.ground.slope[held].max() < 15.0
    # Cropland that is held has more cropland within 500 m than the rest of the region's.
    share = around(crop, 500.0)
    region = cells_in(vectors("region").geometry)
    assert np.median(share[held]) > 1.3 * np.median(share[crop & region & ~held])
    assert share[held].min() > 0.15


@pytest.mark.parametrize("of", ["area", "cells"])
def test_most_cropland_is_permanent_basic_farmland_but_not_all(vectors, fine, of):
    blocks = vectors("permanent_basic_farmland")
    crop = np.isin(fine.second, CROPLAND) & cells_in(vectors("region").geometry)
    held = blocks.area.sum() / CELL**2 if of == "area" else np.count_nonzero(cells_in(blocks.geometry))
    assert 0.6 < held / np.count_nonzero(crop) < 0.8


def test_blocks_have_their_area_and_county_and_do_not_overlap(vectors):
    blocks, region = vectors("permanent_basic_farmland"), vectors("region").geometry[0]
    assert blocks["code"].is_unique
    assert blocks.is_valid.all()
    np.testing.assert_allclose(blocks["area_ha"], blocks.area / 1e4, atol=0.0051)
    assert blocks.area.min() > 1e4
    assert blocks.area.max() < 2e6
    assert len(blocks) > 1_000
    assert overlap(blocks.geometry) < 1.0
    assert region.buffer(0.01).contains(shapely.union_all(blocks.geometry.to_numpy()))
    counties = vectors("counties").set_index("code").geometry
    own = shapely.intersection(blocks.geometry.to_numpy(), counties.loc[blocks["county"]].to_numpy())
    np.testing.assert_allclose(shapely.area(own), blocks.area, rtol=1e-6)
    assert blocks.geometry.intersection(shapely.union_all(vectors("settlements").geometry.to_numpy())).area.sum() < 1.0


# Towns and villages.


def test_settlements_are_where_the_land_is_built(vectors, fine):
    settlements = vectors("settlements")
    assert set(settlements["kind"]) == {"town", "village"}
    towns, villages = (settlements[settlements["kind"] == kind] for kind in ("town", "village"))
    assert 45 <= len(towns) <= 80
    assert len(villages) > 200
    assert np.isin(fine.second, (51, 53, 54))[cells_in(towns.geometry)].mean() > 0.9
    region = cells_in(vectors("region").geometry)
    held = cells_in(settlements.geometry)
    # A few stand outside: small villages, and industry far from any town.
    assert held[(fine.second == 51) & region].mean() > 0.85
    assert held[(fine.second == 52) & region].mean() > 0.7
    assert overlap(settlements.geometry) < 1.0
    assert settlements.is_valid.all()
    assert settlements["code"].is_unique
    assert villages.area.median() < 0.2 * towns.area.median()


def test_every_settlement_has_a_name_of_its_own_in_its_township(vectors):
    settlements, townships = vectors("settlements"), vectors("townships")
    towns = settlements[settlements["kind"] == "town"]
    assert towns["name"].is_unique
    assert set(towns["name"].str.removesuffix(" Town")) <= set(townships["name"].str.rsplit(" ", n=1).str[0])
    assert (settlements["name"].str.endswith(" Town") == settlements["name_zh"].str.endswith("镇")).all()
    assert (settlements["name"].str.endswith(" Village") == settlements["name_zh"].str.endswith("村")).all()
    found, owner = shapely.STRtree(townships.geometry).query(
        shapely.point_on_surface(settlements.geometry.to_numpy()), predicate="within"
    )
    assert not settlements.iloc[found].assign(township=owner).duplicated(["township", "name_zh"]).any()


def test_the_people_of_settlements_sum_to_the_census(vectors, sample):
    settlements = vectors("settlements")
    census = pd.read_csv(sample / "inputs/census_2020.csv", dtype={"code": str}).set_index("code")
    persons = settlements.groupby("county")["population_persons"].sum()
    assert persons.to_dict() == census["total"].to_dict()
    urban = settlements[settlements["kind"] == "town"].groupby("county")["population_persons"].sum()
    assert (urban[census.index] >= census["urban"]).all()
    assert (settlements["population_persons"] > 0).all()
    counties = vectors("counties").set_index("code").geometry
    assert (settlements.intersects(gpd.GeoSeries(counties.loc[settlements["county"]].to_numpy(), crs=4549))).all()


def test_persons_are_shared_out_to_the_last():
    # 7 by 1 : 2 : 4 is 1, 2, 4; 8 leaves one more, for the largest remainder: 8/7, 16/7, 32/7 = 1.14, 2.29, 4.57.
    weights = np.array([1.0, 2.0, 4.0])
    assert shared_out(7, weights).tolist() == [1, 2, 4]
    assert shared_out(8, weights).tolist() == [1, 2, 5]
    # 1.29, 2.57, 5.14: the rest goes to the second.
    assert shared_out(9, weights).tolist() == [1, 3, 5]
    assert shared_out(0, weights).tolist() == [0, 0, 0]


# Function areas.


def test_function_areas_do_not_overlap_and_leave_some_of_the_region(vectors):
    areas, region = vectors("function_areas"), vectors("region").geometry[0]
    assert 4 <= len(areas) <= 6
    assert areas["key"].is_unique
    assert areas["code"].tolist() == list(range(1, len(areas) + 1))
    assert areas["name"].is_unique
    assert overlap(areas.geometry) < 1.0
    assert areas.is_valid.all()
    assert (areas.geom_type == "Polygon").all()
    assert 0.3 < areas.area.sum() / region.area < 0.7
    assert areas.geometry.intersection(region).area.sum() == pytest.approx(areas.area.sum(), rel=1e-9)
    services = {"water_conservation", "soil_retention", "sand_fixation", "biodiversity_maintenance"}
    assert set(areas["service"]) == services
    assert set(areas["function"]) == {"ecological"}
    national = areas["service"].isin(["sand_fixation", "biodiversity_maintenance"])
    assert (national == (areas["level"] == "national")).all()
    for service, word in (("sand_fixation", "防风固沙功能区"), ("water_conservation", "水源涵养功能区")):
        own = areas[areas["service"] == service]
        assert own["name_zh"].str.endswith(word).all()
        assert own["name"].str.endswith(f"{service.replace('_', ' ')} area").all()


def test_function_areas_hold_parts_of_several_counties(vectors):
    areas, counties = vectors("function_areas"), vectors("counties")
    share = np.array([counties.intersection(area).area / counties.area for area in areas.geometry])
    assert ((share > 0.01).sum(axis=1) >= 2).all()
    assert (((share > 0.05) & (share < 0.95)).sum(axis=1) >= 1).all()


def test_function_areas_are_where_their_service_is(vectors, fine):
    areas, region = vectors("function_areas"), cells_in(vectors("region").geometry)
    dry, wet = np.isin(fine.second, (32, 34, 61)), np.isin(fine.second, (46, 45, 42, 44))
    forest = np.isin(fine.second, (21, 22, 23, 24)) & (fine.ground.elevation > 200.0)
    kinds = {
        "sand_fixation": (dry, 3.0),
        "biodiversity_maintenance": (wet, 3.0),
        "water_conservation": (forest, 1.5),
        "soil_retention": (fine.ground.slope > 20.0, 1.5),
    }
    for service, (kind, factor) in kinds.items():
        held = cells_in(areas.geometry[areas["service"] == service])
        assert kind[held].mean() > factor * kind[region].mean()


def test_basins_are_left_only_where_a_small_stream_enters_a_great_one(landscape):
    skeleton = landscape.skeleton
    margin = 10
    inner = np.zeros(skeleton.height.shape, bool)
    inner[margin:-margin, margin:-margin] = True
    basin = np.full(inner.shape, -1)
    basin[inner] = number_basins(skeleton).ravel()
    basin, inner = basin.ravel(), inner.ravel()
    node = np.flatnonzero(inner & ~skeleton.sea.ravel())
    below = skeleton.receiver[node]
    node, below = node[inner[below]], below[inner[below]]
    leaves = basin[node] != basin[below]
    drained = skeleton.drained
    mouth = (drained[node] < 12.0) & (drained[below] >= 12.0) & (drained[node] > 1.2)
    np.testing.assert_array_equal(leaves, mouth)
    assert 50 < mouth.sum() < 2_000


# Corridors.


def test_corridors_touch_the_reserves_that_they_join(vectors):
    corridors, reserves = vectors("ecological_corridor"), vectors("protected_areas").iloc[:8]
    outer = reserves[reserves["part"] == "experimental"].set_index("name").geometry
    for row in corridors.itertuples():
        assert row.start != row.end
        assert row.geometry.distance(outer[row.start]) < 1e-6
        assert row.geometry.distance(outer[row.end]) < 1e-6
        assert row.name == f"{row.start} - {row.end}"
        # One piece of the strip and its two reserves hold together.
        whole = shapely.union_all([row.geometry.buffer(0.01), outer[row.start], outer[row.end]])
        assert whole.geom_type == "Polygon"
    assert corridors.geometry.intersection(shapely.union_all(outer.to_numpy())).area.max() < 1.0


def test_corridors_join_all_reserves(vectors):
    corridors, reserves = vectors("ecological_corridor"), vectors("protected_areas").iloc[:8]
    joined = {reserves["name"][0]}
    for _ in range(len(corridors)):
        for row in corridors.itertuples():
            if {row.start, row.end} & joined:
                joined |= {row.start, row.end}
    assert joined == set(reserves["name"])
    assert len(corridors) == len(set(reserves["name"])) - 1


def test_corridors_are_narrow_and_keep_to_wild_land(vectors, fine):
    corridors, region = vectors("ecological_corridor"), cells_in(vectors("region").geometry)
    # Twice the area over the perimeter is about the width of a strip.
    width = 2.0 * corridors.area / corridors.length
    assert width.between(200.0, 900.0).all()
    held = cells_in(corridors.geometry)
    tame = np.isin(fine.second, (11, 12, 51, 52, 54, 55))
    assert tame[held].mean() < 0.5 * tame[region].mean()
    assert corridors.is_valid.all()


# What all of them are drawn with.


def test_standing_out_is_above_0_on_the_share_told():
    values = np.arange(1000.0).reshape(20, 50)
    everywhere = np.ones(values.shape, bool)
    assert np.count_nonzero(standing_out(values, everywhere, 0.12) > 0.0) == 120
    # The level is told by the land alone: of 500 to 999 the upper tenth begins at 949.1.
    upper = values >= 500.0
    assert np.count_nonzero(standing_out(values, upper, 0.1) > 0.0) == 50
    assert (standing_out(np.zeros((3, 3)), np.ones((3, 3), bool), 0.5) == -1.0).all()


def test_around_keeps_the_amount_and_spreads_by_metres():
    spot = np.zeros((600, 600))
    spot[300, 300] = 1.0
    blurred = around(spot, 500.0)
    assert blurred.sum() == pytest.approx(1.0)
    offset = np.arange(600) - 300
    # The standard deviation of a bell of 500 m on cells of 100 m is 5 cells.
    assert np.sqrt((blurred.sum(axis=0) * offset**2).sum()) == pytest.approx(5.0, rel=0.01)


def test_pieces_are_drawn_where_the_field_is_above_0(fine):
    field = 1.0 - np.hypot(fine.ground.x - 20_000.0, fine.ground.y - 30_000.0) / 3_000.0
    field = np.maximum(field, 1.0 - np.hypot(fine.ground.x - 45_000.0, fine.ground.y - 8_000.0) / 400.0)
    large, small = sorted(drawn(field, fine.ground, 1.0, 5.0), key=lambda piece: -piece.area)
    assert large.area == pytest.approx(np.pi * 3_000.0**2, rel=0.01)
    assert small.area == pytest.approx(np.pi * 400.0**2, rel=0.05)
    assert large.centroid.distance(shapely.Point(490_000.0, 4_485_000.0)) < 5.0
    assert small.centroid.distance(shapely.Point(515_000.0, 4_507_000.0)) < 5.0
    assert len(drawn(field, fine.ground, 1e6, 5.0)) == 1
    assert drawn(np.full(field.shape, -1.0), fine.ground, 1.0, 5.0) == []


def test_a_piece_on_the_edge_of_the_map_is_drawn_to_the_edge(fine):
    field = 1.0 - np.hypot(fine.ground.x, fine.ground.y) / 3_000.0
    (corner,) = drawn(field, fine.ground, 1.0, 5.0)
    # The map's outermost nodes stand 50 m inside.
    assert corner.area == pytest.approx(np.pi * 3_000.0**2 / 4.0 - 2.0 * 50.0 * 3_000.0 + 50.0**2, rel=0.01)


def test_cutting_leaves_what_others_do_not_cover():
    one, other = shapely.box(0.0, 0.0, 10.0, 10.0), shapely.box(20.0, 0.0, 30.0, 10.0)
    strip = shapely.box(4.0, -1.0, 6.0, 11.0)
    pieces = without([one, other], [strip], 0.0)
    assert sorted(piece.area for piece in pieces) == [40.0, 40.0, 100.0]
    assert without([one], [strip], 40.5) == []
    assert without([one], [], 0.0) == [one]


def test_only_polygons_are_kept_of_what_was_cut():
    mixed = shapely.GeometryCollection(
        [
            shapely.Point(0.0, 0.0),
            shapely.LineString([(0, 0), (1, 1)]),
            shapely.box(0, 0, 2, 2),
            shapely.box(3, 0, 4, 1),
        ]
    )
    assert [part.area for part in parts_of(mixed, 0.0)] == [4.0, 1.0]
    assert [part.area for part in parts_of([mixed, shapely.box(0, 0, 3, 3)], 1.0)] == [4.0, 9.0]


def test_plans_on_a_coarse_map_have_the_land_under_them(sample, vectors):
    """The vectors fit the map of the sample itself, errors of its land cover apart."""
    with rasterio.open(sample / "inputs/land_cover_2020.tif") as source:
        cover, transform = source.read(1), source.transform
    row, column = np.indices(cover.shape)
    x, y = transform * (column + 0.5, row + 0.5)
    held = shapely.contains_xy(shapely.union_all(vectors("permanent_basic_farmland").geometry.to_numpy()), x, y)
    assert np.isin(cover[held], CROPLAND).mean() > 0.85
