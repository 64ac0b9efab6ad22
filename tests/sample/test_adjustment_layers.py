"""What the adjustment of the red line takes, and the truth about it, on three seeds."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from shanshui.sample.base_map import Taken
from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import tile_of
from shanshui.sample.population_map import map_people

CELLS = 600
WHOLE = (0, 0, CELLS, CELLS)
BANK = 200.0
WATERS = {"source_river": "source_rivers", "wetland": "important_wetlands", "reservoir": "reservoir_areas"}


@pytest.fixture(scope="module")
def layers(planned):
    folder = planned[1]

    def read(name):
        return gpd.read_file(folder / f"{name}.gpkg")

    return read


@pytest.fixture(scope="module")
def tile(planned):
    return tile_of(planned[0], CELLS, WHOLE)


@pytest.fixture(scope="module")
def changes(layers):
    return layers("truth/red_line_adjustment")


def union(frame):
    return shapely.union_all(frame.geometry.to_numpy())


def cells_in(shapes):
    return number_cells(list(shapes), CELLS, WHOLE) >= 0


def overlap_of(frame):
    """The ground that a layer covers more than once."""
    return frame.area.sum() - union(frame).area


def test_prefectures_are_unions_of_counties_in_one_piece(layers):
    counties, prefectures = layers("inputs/counties").set_index("code"), layers("inputs/prefectures")
    assert list(prefectures.columns) == ["key", "name", "name_zh", "counties", "geometry"]
    assert prefectures["key"].tolist() == ["Z1", "Z2", "Z3"]
    assert prefectures["name"].is_unique
    listed = [codes.split() for codes in prefectures["counties"]]
    assert sorted(code for codes in listed for code in codes) == sorted(counties.index)
    assert set(prefectures.geom_type) == {"Polygon"}
    for codes, shape in zip(listed, prefectures.geometry, strict=True):
        assert shapely.symmetric_difference(shapely.union_all(counties.geometry[codes].to_numpy()), shape).area < 1.0
        assert len(codes) >= 2


def test_the_population_map_sums_to_the_census(planned, layers):
    """A second route to the ellipsoid's areas: the plane's over the square of the projection's scale."""
    with rasterio.open(planned[1] / "inputs/population_density.tif") as source:
        density, transform = source.read(1, masked=True).filled(np.nan).astype(float), source.transform
        assert source.shape == (60, 60)
        assert source.nodata == -9999.0
        assert source.tags()["unit"] == "person/km**2"
    assert transform[:6] == (1_000.0, 0.0, 470_000.0, 0.0, -1_000.0, 4_515_000.0)
    census = pd.read_csv(planned[1] / "inputs/census_2020.csv", dtype={"code": str}).set_index("code")["total"]
    counties = layers("inputs/counties").set_index("code").geometry
    row, column = np.indices((60, 60)).reshape(2, -1)
    west, north = 470_000.0 + 1_000.0 * column, 4_515_000.0 - 1_000.0 * row
    squares = shapely.box(west, north - 1_000.0, west + 1_000.0, north)
    met = np.zeros(squares.size, bool)
    for code, county in counties.items():
        pieces = shapely.intersection(squares, county)
        own = shapely.area(pieces) > 0.0
        met |= own
        east = shapely.get_coordinates(shapely.centroid(pieces[own]))[:, 0] - 500_000.0
        # Scale of the Gauss-Krueger projection, with the mean radius of curvature at 40.5 degrees.
        scale = 1.0 + east**2 / (2.0 * 6_374_000.0**2)
        persons = density.ravel()[own] * shapely.area(pieces[own]) / 1e6 / scale**2
        assert persons.sum() == pytest.approx(census[code], rel=1e-6)
    assert np.isnan(density.ravel()[~met]).all()
    assert np.nanmin(density) == 0.0
    assert np.nanmax(density) < 25_000.0


def test_people_live_where_settlements_are(planned, layers):
    with rasterio.open(planned[1] / "inputs/population_density.tif") as source:
        density = source.read(1)
    settlements = layers("inputs/settlements").geometry.to_numpy()
    row, column = np.indices((60, 60)).reshape(2, -1)
    west, north = 470_000.0 + 1_000.0 * column, 4_515_000.0 - 1_000.0 * row
    squares = shapely.box(west, north - 1_000.0, west + 1_000.0, north)
    built = shapely.area(shapely.intersection(squares, shapely.union_all(settlements)))
    assert (density.ravel()[built > 1.0] > 0.0).all()
    assert (density.ravel()[built == 0.0] <= 0.0).all()


def test_a_single_settlement_in_a_square_county():
    county = shapely.box(480_000.0, 4_490_000.0, 483_000.0, 4_493_000.0)
    counties = gpd.GeoDataFrame({"code": ["1"]}, geometry=[county], crs=4549)
    # Half in one cell, half in the next; another in a third.
    houses = [
        shapely.box(480_900.0, 4_490_100.0, 481_100.0, 4_490_300.0),
        shapely.box(482_100.0, 4_492_100.0, 482_300.0, 4_492_300.0),
    ]
    settlements = gpd.GeoDataFrame({"population_persons": [600, 400]}, geometry=houses, crs=4549)
    truth = pd.DataFrame({"zone": ["1", "1"], "year": [2000, 2020], "total_persons": [5, 2_000]})

    density = map_people(counties, SimpleNamespace(truth=truth), settlements)
    # 1,000 persons live there by the settlements, and 2,000 by the census: each place has twice as many.
    row, column = 4_515 - 4_491, 480 - 470
    assert density[row, column] == pytest.approx(600.0, rel=1e-4)
    assert density[row, column + 1] == pytest.approx(600.0, rel=1e-4)
    assert density[4_515 - 4_493, 482 - 470] == pytest.approx(800.0, rel=1e-4)
    assert np.nansum(density) == pytest.approx(2_000.0, rel=1e-4)
    assert np.isfinite(density).sum() == 9


def test_edits_are_a_piece_out_a_piece_in_and_a_moved_stretch(layers):
    edits, line, counties = (layers(f"inputs/{name}") for name in ("red_line_edits", "red_line_today", "counties"))
    assert list(edits.columns) == ["edit", "kind", "reason", "origin", "date", "geometry"]
    assert edits["kind"].tolist() == ["out", "in", "move"]
    assert edits["edit"].is_unique
    assert edits.geom_type.tolist() == ["Polygon", "Polygon", "LineString"]
    assert (edits["reason"].str.len() > 20).all()
    assert pd.to_datetime(edits["date"]).is_monotonic_increasing
    out, into = edits.geometry[:2]
    held = union(line)
    assert shapely.difference(out, held).area < 0.01
    settlements = layers("inputs/settlements")
    inside = settlements[settlements.intersection(out).area > 0.3 * out.area]
    assert set(inside["kind"]) == {"village"}
    assert shapely.intersection(into, held).area < 1.0
    left_out = layers("truth/red_line_left_out")
    assert left_out.geometry.geom_equals(into).any()
    area = left_out.area
    assert area.min() < into.area < area.max()
    borders = counties.set_index("name").geometry
    for origin, shape in zip(edits["origin"], edits.geometry, strict=True):
        assert borders[origin].intersects(shape)


def test_the_moved_stretch_runs_over_a_bay_of_the_line(layers):
    stretch = layers("inputs/red_line_edits").geometry[2]
    line = layers("inputs/red_line_today")
    touched = line[line.intersects(stretch)]
    assert len(touched) == 1
    shape = touched.geometry.iloc[0]
    rim = shape.exterior
    ends = [shapely.Point(stretch.coords[k]) for k in (0, -1)]
    vertices = set(map(tuple, shapely.get_coordinates(rim)))
    assert {(end.x, end.y) for end in ends} <= vertices
    assert shape.touches(stretch)
    assert 350.0 < stretch.length < 1_600.0
    bays = [
        face
        for face in shapely.get_parts(shapely.polygonize([shapely.union(rim, stretch)]))
        if not shape.contains(face.representative_point())
    ]
    bay = [face for face in bays if shapely.intersection(face.exterior, stretch).length > 0.99 * stretch.length]
    assert min(face.area for face in bay) > 2e4
    assert min(face.area for face in bay) < 4e5


def test_commercial_forest_is_orchards_and_timber_within_and_without_the_line(layers, tile):
    forest, line = layers("inputs/commercial_forest"), union(layers("inputs/red_line_today"))
    assert list(forest.columns) == ["stand", "kind", "area_ha", "geometry"]
    assert forest["stand"].is_unique
    np.testing.assert_allclose(forest["area_ha"], forest.area / 1e4, atol=5.1e-3)
    assert overlap_of(forest) < 1.0
    timber, orchard = (forest[forest["kind"] == kind] for kind in ("timber", "orchard"))
    assert len(timber) + len(orchard) == len(forest)
    assert len(timber) == 14
    assert timber.area.min() > 6e4
    within = timber.geometry.representative_point().within(line)
    assert within.sum() == 6
    assert np.isin(tile.second[cells_in(timber.geometry)], (21, 22, 23)).mean() > 0.9
    assert (tile.second[cells_in(orchard.geometry)] == 13).mean() > 0.9
    conflicts = layers("truth/red_line_conflicts")
    told = conflicts[conflicts["kind"] == "plantation"]["thing"]
    assert set(told) <= set(orchard["stand"])
    roads = union(layers("inputs/roads"))
    assert timber.distance(roads).max() <= 1_800.0


def test_infrastructure_stands_free_of_everything_else(layers):
    built = layers("inputs/infrastructure")
    assert list(built.columns) == ["facility", "kind", "area_ha", "geometry"]
    assert set(built["kind"]) == {"road", "wind_farm", "quarry_yard", "substation", "hydropower_station"}
    assert built["facility"].is_unique
    np.testing.assert_allclose(built["area_ha"], built.area / 1e4, atol=5.1e-3)
    assert overlap_of(built) < 1.0
    for name in ("settlements", "permanent_basic_farmland", "commercial_forest"):
        assert built.intersection(union(layers(f"inputs/{name}"))).area.max() < 0.1
    line, roads = union(layers("inputs/red_line_today")), layers("inputs/roads")
    newer = roads[(roads["since"] == 2020) & (roads["kind"] == "main")]
    strips = built[built["kind"] == "road"]
    # Half a strip is 14 m wide, and it strays by no more than 8 m.
    assert strips.difference(union(newer).buffer(23.0)).area.max() < 1.0
    farm = built[built["kind"] == "wind_farm"].geometry.iloc[0]
    assert farm.intersection(line).area > 0.2 * farm.area
    # Seven pads of 45 m and the track between them.
    assert farm.area < 7.0 * np.pi * 45.0**2 + 6.0 * 320.0 * 8.0
    sides = {"quarry_yard": 280.0 * 170.0, "substation": 160.0 * 120.0, "hydropower_station": 110.0 * 70.0}
    for kind, most in sides.items():
        assert built.area[built["kind"] == kind].max() <= most + 1e-6


def test_source_rivers_run_down_from_the_hills(layers, tile):
    rivers = layers("inputs/source_rivers")
    assert list(rivers.columns) == ["river", "name", "name_zh", "length_km", "geometry"]
    assert rivers["river"].is_unique
    assert set(rivers.geom_type) == {"LineString"}
    np.testing.assert_allclose(rivers["length_km"], rivers.length / 1e3, atol=5.1e-3)
    assert rivers.length.min() > 2_500.0
    assert rivers.length.is_monotonic_decreasing
    assert 10 <= len(rivers) <= 24
    ends = np.array([[line.coords[0], line.coords[-1]] for line in rivers.geometry])
    row, column = ((4_515_000.0 - ends[..., 1]) / 100.0).astype(int), ((ends[..., 0] - 470_000.0) / 100.0).astype(int)
    height = tile.ground.elevation[np.clip(row, 0, 599), np.clip(column, 0, 599)]
    assert (height[:, 0] > height[:, 1]).mean() > 0.95
    assert height.min() > 90.0
    # Rivers that are wide enough for a map begin below.
    assert rivers.intersection(union(layers("inputs/rivers")).buffer(1.0)).length.max() < 100.0


def test_wetlands_and_reservoirs_agree_with_the_land_cover(layers, tile, planned):
    wetlands, reservoirs = layers("inputs/important_wetlands"), layers("inputs/reservoir_areas")
    assert np.isin(tile.second[cells_in(wetlands.geometry)], (42, 45, 46)).mean() > 0.9
    assert (tile.second[cells_in(reservoirs.geometry)] == 43).mean() > 0.95
    within = cells_in([planned[0].districts.region()])
    water = (tile.second == 43) & tile.ground.reservoir & within
    assert (cells_in(reservoirs.geometry) & water).sum() > 0.9 * water.sum()
    counties = layers("inputs/counties").set_index("code").geometry
    for frame, key in ((wetlands, "wetland"), (reservoirs, "reservoir")):
        assert frame[key].is_unique
        assert frame.area.is_monotonic_decreasing
        np.testing.assert_allclose(frame["area_ha"], frame.area / 1e4, atol=5.1e-3)
        assert overlap_of(frame) < 1.0
    for code, shape in zip(reservoirs["county"], reservoirs.geometry, strict=True):
        assert counties.intersection(shape).area.idxmax() == code
    assert wetlands["level"].tolist() == ["national"] * 3 + ["provincial"] * (len(wetlands) - 3)


def test_shelter_belts_are_narrow_and_stand_in_the_dry_part(layers, tile):
    belts = layers("inputs/shelter_belts")
    assert list(belts.columns) == ["belt", "beside", "area_ha", "geometry"]
    assert 25 <= len(belts) <= 44
    assert set(belts["beside"]) == {"road", "farmland"}
    # Twice the area over the perimeter of a strip is a little less than its width.
    width = 2.0 * belts.area / belts.length
    assert width.max() < 18.0
    assert width.median() > 16.0
    assert overlap_of(belts) < 1.0
    dry = np.isin(tile.second, (32, 34, 61))
    around = cells_in(belts.geometry.buffer(1_500.0))
    assert dry[around].mean() > 2.0 * dry[cells_in(layers("inputs/region").geometry)].mean()
    roads, fields = layers("inputs/roads"), layers("inputs/permanent_basic_farmland")
    assert belts[belts["beside"] == "road"].distance(union(roads)).max() < 45.0
    assert belts[belts["beside"] == "farmland"].distance(union(fields)).max() < 60.0
    for name in ("settlements", "permanent_basic_farmland", "infrastructure"):
        assert belts.intersection(union(layers(f"inputs/{name}"))).area.max() < 0.1


def test_the_truth_of_the_adjustment_has_every_reason_once_for_each_ground(changes, planned):
    table = pd.read_csv(planned[1] / "truth/red_line_adjustment.csv", keep_default_na=False)
    assert list(table.columns) == ["direction", "reason", "thing", "polygon", "x", "y", "area_ha"]
    assert table["area_ha"].tolist() == changes["area_ha"].tolist()
    np.testing.assert_allclose(table["area_ha"], changes.area / 1e4, atol=5.1e-5)
    assert shapely.distance(shapely.points(table["x"], table["y"]), changes.geometry.to_numpy()).max() < 0.1
    reasons = table.groupby("direction")["reason"].agg(set)
    assert reasons["out"] == {"settlement", "cropland", "mine", "commercial_forest", "infrastructure"}
    assert reasons["in"] == {"left_out", "source_river", "wetland", "reservoir", "shelter_belt"}
    assert overlap_of(changes) < 5.0
    assert (table["polygon"] != "").eq(table["direction"] == "out").all()


def test_what_should_leave_is_what_an_overlay_finds(changes, layers):
    line, out = layers("inputs/red_line_today"), changes[changes["direction"] == "out"]
    own = line.set_index("code").geometry.loc[out["polygon"]].to_numpy()
    assert shapely.area(shapely.difference(out.geometry.to_numpy(), own)).max() < 0.01
    held, forest = union(line), layers("inputs/commercial_forest")
    for reason, names in (
        ("settlement", ["settlements"]),
        ("cropland", ["permanent_basic_farmland"]),
        ("infrastructure", ["infrastructure"]),
    ):
        found = sum(layers(f"inputs/{name}").intersection(held).area.sum() for name in names) / 1e4
        assert out["area_ha"][out["reason"] == reason].sum() == pytest.approx(found, abs=0.1)
    found = forest.intersection(held).area.sum() / 1e4
    assert out["area_ha"][out["reason"] == "commercial_forest"].sum() == pytest.approx(found, abs=0.1)


def test_what_should_come_in_is_natural_land_near_waters_outside_the_line(changes, layers, tile, planned):
    inside = changes[changes["direction"] == "in"]
    held = union(layers("inputs/red_line_today"))
    assert inside.intersection(held).area.max() < 0.1
    water = [layers(f"inputs/{name}") for name in ("important_wetlands", "reservoir_areas")]
    for reason, name in WATERS.items():
        rows, places = inside[inside["reason"] == reason], layers(f"inputs/{name}")
        by_code = places.set_index(places.columns[0]).geometry
        near = rows.geometry.to_numpy()
        beside = [by_code[code].buffer(BANK + 0.1) for code in rows["thing"]]
        assert shapely.area(shapely.difference(near, beside)).max() < 1.0
        assert rows.intersection(union(pd.concat(water))).area.max() < 0.1
        assert rows["area_ha"].min() >= 0.4
    banks = inside[inside["reason"].isin(WATERS)]
    natural = np.isin(tile.second, (21, 22, 23, 24, 25, 31, 32, 33, 34, 45, 46, 61, 62, 63))
    assert natural[cells_in(banks.geometry)].mean() > 0.8
    for name in ("settlements", "permanent_basic_farmland", "commercial_forest", "infrastructure"):
        assert banks.intersection(union(layers(f"inputs/{name}"))).area.max() < 0.1
    # Natural cells near source rivers and outside the line are told, but for small pieces and edges.
    rivers = union(layers("inputs/source_rivers")).buffer(150.0)
    free = natural & cells_in([rivers]) & cells_in([planned[0].districts.region()]) & ~cells_in([held])
    free &= ~cells_in(layers("inputs/commercial_forest").geometry)
    assert (cells_in(inside.geometry) & free).sum() > 0.7 * free.sum()
    assert inside["area_ha"][inside["reason"] == "left_out"].sum() == pytest.approx(
        layers("truth/red_line_left_out")["area_ha"].sum(), abs=1e-3
    )


def test_ground_is_taken_once():
    ground = Taken([shapely.box(0.0, 0.0, 10.0, 10.0)])
    first = ground.take(shapely.box(5.0, 0.0, 15.0, 10.0), 1.0)
    assert [piece.area for piece in first] == [50.0]
    # Of 20 x 10, 15 are taken.
    second = ground.take(shapely.box(0.0, 0.0, 20.0, 10.0), 1.0)
    assert [piece.area for piece in second] == [50.0]
    assert ground.take(shapely.box(0.0, 0.0, 20.0, 10.0), 1.0) == []
    assert ground.take(shapely.box(30.0, 0.0, 31.0, 1.0), 1.0) == []
    # What was too small to be taken is still free.
    assert len(ground.take(shapely.box(30.0, 0.0, 31.0, 1.0), 0.5)) == 1
