"""Control layers of other laws, on three seeds."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import tile_of

CELLS = 600
WHOLE = (0, 0, CELLS, CELLS)


@pytest.fixture(scope="module")
def layers(planned):
    folder = planned[1]

    def read(name):
        return gpd.read_file(folder / f"inputs/{name}.gpkg").to_crs("EPSG:4549")

    return read


@pytest.fixture(scope="module")
def tile(planned):
    return tile_of(planned[0], CELLS, WHOLE)


def cells_in(frame):
    return number_cells(list(frame.geometry), CELLS, WHOLE) >= 0


def overlap_of(frame):
    return frame.area.sum() - shapely.union_all(frame.geometry.to_numpy()).area


@pytest.mark.parametrize("name", ["urban_boundary", "water_sources", "forests", "grassland"])
def test_polygons_are_valid_have_keys_and_do_not_overlap(layers, name):
    frame = layers(name)
    key = frame.columns[0]
    assert frame.geometry.is_valid.all()
    # Orchards and stands were drawn one by one.
    assert overlap_of(frame) < (5.0 if name == "forests" else 1.0)
    np.testing.assert_allclose(frame["area_ha"], frame.area / 1e4, atol=0.0051, rtol=1e-4)
    assert frame[key].is_unique or name == "water_sources"
    # Forest and grassland are drawn after a map with cells of 100 m.
    region = layers("region").geometry[0].buffer(120.0 if name in ("forests", "grassland") else 0.1)
    assert region.contains(shapely.union_all(frame.geometry.to_numpy()))


def test_the_grassland_alone_comes_in_degrees(planned):
    codes = {
        name: gpd.read_file(planned[1] / f"inputs/{name}.gpkg").crs.to_epsg()
        for name in ("urban_boundary", "water_sources", "forests", "grassland", "parcels")
    }
    assert codes.pop("grassland") == 4490
    assert set(codes.values()) == {4549}


def test_towns_grow_neither_on_farmland_nor_in_the_red_line(layers):
    boundary = shapely.union_all(layers("urban_boundary").geometry.to_numpy())
    for name in ("permanent_basic_farmland", "red_line_today", "important_wetlands", "sea"):
        assert shapely.area(shapely.intersection(layers(name).geometry.to_numpy(), boundary)).sum() < 1.0
    settlements = layers("settlements")
    towns = settlements.geometry[settlements["kind"] == "town"].to_numpy()
    free = shapely.difference(shapely.union_all(towns), shapely.union_all(layers("red_line_today").geometry.to_numpy()))
    assert shapely.intersection(free, boundary).area > 0.95 * free.area


def test_zones_lie_around_reservoirs_and_intakes(layers):
    sources, reservoirs = layers("water_sources"), layers("reservoir_areas")
    zones = {zone: shapely.union_all(own.geometry.to_numpy()) for zone, own in sources.groupby("zone")}
    assert set(zones) == {"first", "second", "outer"}
    by_source = sources.groupby("source")["zone"].agg(list)
    kinds = sources.drop_duplicates("source").set_index("source")["kind"]
    assert kinds.value_counts().to_dict() == {"reservoir": 3, "river": 2}
    assert all("outer" not in by_source[source] for source in kinds.index[kinds == "river"])
    water = shapely.union_all(reservoirs.geometry.to_numpy()[:3])
    whole = shapely.union_all(list(zones.values()))
    land = shapely.difference(layers("region").geometry[0], layers("sea").geometry[0])
    # 200 m, 1,000 m and 2,500 m around the water of the three greatest, and no farther.
    for reach, within in ((195.0, ("first",)), (985.0, ("first", "second")), (2_465.0, tuple(zones))):
        near = shapely.intersection(shapely.buffer(water, reach), land)
        held = shapely.union_all([zones[zone] for zone in within])
        assert shapely.difference(near, held).area < 5e-3 * near.area
    rivers = sources[sources["kind"] == "river"].geometry.to_numpy()
    beyond = shapely.difference(whole, shapely.union_all([shapely.buffer(water, 2_505.0, quad_segs=64), *rivers]))
    assert beyond.area < 100.0


def test_commercial_forest_is_that_of_its_stands(layers):
    forests, stands = layers("forests"), layers("commercial_forest")
    commercial = forests[forests["kind"] == "commercial"]
    assert set(forests["kind"]) == {"public_welfare", "commercial"}
    assert commercial["stand"].tolist() == stands["stand"].tolist()
    assert shapely.equals(commercial.geometry.to_numpy(), stands.geometry.to_numpy()).all()
    assert (commercial["grade"] == "").all()
    assert set(forests["grade"][forests["kind"] == "public_welfare"]) == {"national", "provincial"}


def test_forest_and_grass_are_where_the_land_cover_has_them(layers, tile):
    forests, grass = layers("forests"), layers("grassland")
    held = cells_in(forests[forests["kind"] == "public_welfare"])
    assert np.isin(tile.second, (21, 22, 23, 24))[held].mean() > 0.9
    assert np.median(tile.ground.slope[held]) > 14.0
    assert np.isin(tile.second, (31, 32, 33, 34))[cells_in(grass)].mean() > 0.9
    assert np.isin(tile.second, (31, 32))[cells_in(grass[grass["kind"] == "basic"])].mean() > 0.85
    assert set(grass["kind"]) == {"basic", "other"}
