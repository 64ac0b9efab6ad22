"""A study with a sea: the coast's services from lines, land cover and a wind rose."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

CRS = "EPSG:32649"
LAYERS = """
[layers.coast_segment]
path = "coast.gpkg"
column = "segment"

[tables.coast_segments]
path = "coast.gpkg"
columns = { segment = "segment", name = "name", coast_type = "kind", length_m = "length_m" }

[tables.wind_rose]
path = "wind.csv"
columns = { direction_degree = "from", speed_m_s = "speed", frequency_percent = "share" }

[layers.population_density]
value = 100
unit = "person/km**2"

[policy.overrides]
coastal_habitat_reach = 510
"""
WIND = "from,speed,share\n90,5,40\n270,9,35\n0,0,25\n"


def at(row, column):
    return 500_000 + 100 * column, 2_600_000 - 100 * row


def with_coast(study):
    """Sea in the thirty columns of the east, mangrove on ten cells of the coast (in 2020 on five), low land behind."""
    for year, mangrove in ((2000, 20), (2020, 15)):
        cover = study.cells(f"land_cover_{year}.tif")
        cover[:, 49] = 1
        cover[:, 50:] = 6
        cover[10:mangrove, 49] = 7
        study.raster(f"land_cover_{year}.tif", cover, nodata=0)
    study.file("legend.csv", LEGEND)
    elevation = np.full((60, 80), 50.0, np.float32)
    elevation[:, 45:50] = 3.0
    study.raster("elevation.tif", elevation, nodata=-9999.0)
    lines = [shapely.LineString([at(0, 49.5), at(29.5, 49.5)]), shapely.LineString([at(30.5, 49.5), at(60, 49.5)])]
    told = {"segment": [1, 2], "name": ["north", "south"], "kind": ["muddy", "sandy"]}
    study.polygons("coast.gpkg", geopandas.GeoDataFrame(told, geometry=lines, crs=CRS))
    study.file("wind.csv", WIND)
    study.add(LAYERS)
    return study


LEGEND = """\
code,name,ecosystem
1,wood,forest
2,grass,grassland
3,field,cropland
4,town,built
5,lake,lake
6,sea,sea
7,mangrove,woody wetland and mangrove
"""


@pytest.fixture
def coast(study):
    return with_coast(study)


def table(study, name):
    return pd.read_csv(study.out / "tables" / f"{name}.csv")


def raster(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1, masked=True)


def test_habitats_lengths_waves_and_people(coast):
    told = coast.check()
    assert told.code == 0, told.err
    told = coast.run("coastal_protection", "coast_by_segment", "wave_exposure", "protecting_habitat")
    assert told.code == 0, told.err
    found = table(coast, "coastal_protection")
    # Five cells on either side of ten cells are twenty of the thirty cells of the north; none of the south.
    assert found[["segment", "segment_name", "coast_type", "year", "habitat_name"]].to_numpy().tolist() == [
        [1, "north", "muddy", 2000, "mangrove"],
        [1, "north", "muddy", 2020, "mangrove"],
    ]
    np.testing.assert_allclose(found["area_ha"], [10.0, 5.0], rtol=1e-3)
    np.testing.assert_allclose(found["protected_length_m"], [2950 * 20 / 30, 2950 * 15 / 30], rtol=1e-3)
    np.testing.assert_allclose(found["mean_width_m"], [1e5 * 30 / (2950 * 20), 5e4 * 30 / (2950 * 15)], rtol=2e-3)
    # East wind over 60 km at 5 m/s in 40 % of the time.
    np.testing.assert_allclose(found["wave_exposure"], 5 * 0.4 * 60_000.0, rtol=1e-6)
    # One person a hectare on five columns behind the protected coast.
    np.testing.assert_allclose(found["behind_persons"], [100.0, 75.0], rtol=1e-3)
    lines = table(coast, "coast_by_segment")
    assert lines["length_from"].tolist() == ["line"] * 4
    np.testing.assert_allclose(lines["length_m"], 2950.0, rtol=1e-3)
    np.testing.assert_allclose(lines["protected_percent"], [100 * 20 / 30, 50.0, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(lines["behind_land_ha"], 150.0, rtol=1e-3)
    np.testing.assert_allclose(lines["behind_persons"], 150.0, rtol=1e-3)
    exposure = raster(coast, "wave_exposure_2000")
    assert np.argwhere(~exposure.mask)[:, 1].tolist() == [49] * 60
    shown = raster(coast, "protecting_habitat_2020")
    assert shown[:, 49].tolist() == [0] * 5 + [1] * 15 + [0] * 40
    assert shown.mask.sum() == 60 * 79


def test_tiles_change_no_byte(make_study):
    found = []
    for tile in (16, 64):
        study = with_coast(make_study(f"tile{tile}"))
        study.edit("tile = 32", f"tile = {tile}")
        told = study.run(
            "coastal_protection", "coast_by_segment", "wave_exposure", "coast_distance", "water_attraction"
        )
        assert told.code == 0, told.err
        found.append({name: made for name, made in study.products().items() if not name.startswith("receipts")})
    assert found[0] == found[1]


def test_the_sea_may_come_as_polygons_where_the_land_cover_ends_at_the_coast(coast, rectangle):
    """Cells that the polygon covers by half or more are sea."""
    coast.file("legend.csv", LEGEND.replace("6,sea,sea\n", ""))
    for year in (2000, 2020):
        cover = coast.cells(f"land_cover_{year}.tif")
        cover[:, 50:] = 0
        coast.raster(f"land_cover_{year}.tif", cover, nodata=0)
    coast.polygons("sea.gpkg", geopandas.GeoDataFrame(geometry=[rectangle(0, 49.6, 60, 40)], crs=CRS))
    coast.add('[layers.sea]\npath = "sea.gpkg"')
    told = coast.run("coast_by_segment", "wave_exposure")
    assert told.code == 0, told.err
    np.testing.assert_allclose(table(coast, "coast_by_segment")["wave_exposure"], 120_000.0, rtol=1e-6)
    # The sea has no years, so its waves have none either.
    assert (coast.out / "rasters" / "wave_exposure.tif").exists()


def test_a_coast_without_a_sea_is_named_before_anything_is_made(coast):
    coast.file("legend.csv", LEGEND.replace("6,sea,sea", "6,sea,lake"))
    words = (
        "no cell of the map is sea (0.5 or more) in 2000, 2020",
        "give it as a layer, or correct land_cover and land",
    )
    coast.check().only("layers.sea", *words, ", needed for wave_exposure and nearest_coast; ")
    coast.run().only("layers.sea", *words)
    coast.run("coastal_protection").only("layers.sea", *words, ", needed for wave_exposure and nearest_coast; ")
    coast.run("wave_exposure").only("layers.sea", *words, ", needed for wave_exposure; ")
    assert not coast.products()
    # What does not need the sea is made.
    assert coast.run("land_change").code == 0


def test_a_sea_that_one_year_lacks_is_named_with_the_year(coast):
    cover = coast.cells("land_cover_2020.tif")
    cover[cover == 6] = 5
    coast.raster("land_cover_2020.tif", cover, nodata=0)
    coast.check().only("layers.sea", "(0.5 or more) in 2020, needed")


@pytest.mark.parametrize(("left", "code"), [(49.6, 2), (49.4, 0)])
def test_a_layer_of_the_sea_that_reaches_no_half_of_a_cell_is_named(coast, rectangle, left, code):
    coast.polygons("sea.gpkg", geopandas.GeoDataFrame(geometry=[rectangle(0, left, 60, 50 - left)], crs=CRS))
    coast.add('[layers.sea]\npath = "sea.gpkg"')
    told = coast.check()
    assert told.code == code, told.err
    if code:
        told.only("layers.sea", "no cell of the map is sea (0.5 or more), needed", "; correct it")
        coast.run("coast_by_segment").only("layers.sea", "no cell of the map is sea (0.5 or more), needed")


def test_a_wind_rose_inland_is_no_fault(study):
    """Where the coast is made from the sea there is neither."""
    study.file("wind.csv", WIND)
    study.add(LAYERS[LAYERS.index("[tables.wind_rose]") : LAYERS.index("[layers.population_density]")])
    assert study.check().code == 0
    told = study.run("wave_exposure")
    assert told.code == 0
    assert "wave_exposure_2020 has no value anywhere" in told.err


def test_a_segment_without_a_whole_code_is_named(coast):
    coast.file("segments.csv", "segment\n1.5\n2\n")
    begin, end = coast.text.index("[tables.coast_segments]"), coast.text.index("[tables.wind_rose]")
    coast.write(f'{coast.text[:begin]}[tables.coast_segments]\npath = "segments.csv"\n\n{coast.text[end:]}')
    coast.check().only("tables.coast_segments.columns.segment", "1 row has no whole number", "the code of its line")


def test_a_wind_rose_that_is_not_whole_is_named(coast):
    coast.file("wind.csv", WIND.replace("0,0,25\n", ""))
    coast.check().only("tables.wind_rose.columns.frequency_percent", "sum to 75 percent")
    coast.run("wave_exposure").only("tables.wind_rose.columns.frequency_percent", "sum to 75 percent")
    coast.file("wind.csv", WIND.replace("270,9", "400,9"))
    coast.check().only("tables.wind_rose.columns.direction_degree", "outside 0 to 360")


def test_without_lines_and_wind_it_is_skipped_by_name(study):
    told = study.run()
    assert told.code == 0, told.err
    assert "coast_segment" in told.out + told.err
    assert not list(study.out.glob("tables/coast*"))
    study.run("coastal_protection").only("coastal_protection", "cannot be made", "the study gives no coast_segment")
    study.run("wave_exposure").only("wave_exposure", "cannot be made", "wind_rose")


def test_opportunity_is_the_mean_of_what_the_study_has(study, rectangle):
    told = study.run(
        "recreation_opportunity", "naturalness", "water_attraction", "access_attraction", "relief_attraction"
    )
    assert told.code == 0, told.err
    components = [
        raster(study, f"{name}_2020") for name in ("naturalness", "water_attraction", "access_attraction")
    ] + [raster(study, "relief_attraction")]
    np.testing.assert_allclose(raster(study, "recreation_opportunity_2020"), np.mean(components, axis=0), atol=1e-6)
    lake = study.cells("land_cover_2020.tif") == 5
    np.testing.assert_array_equal(raster(study, "water_attraction_2020")[lake], 1.0)
    # What stood there without a layer has another mean with it.
    study.polygons("parks.gpkg", geopandas.GeoDataFrame(geometry=[rectangle(0, 0, 20, 20.5)], crs=CRS))
    study.add('[layers.protected_area]\npath = "parks.gpkg"')
    before = raster(study, "recreation_opportunity_2020")
    assert study.run("recreation_opportunity").code == 0
    park = np.zeros((60, 80))
    park[:20, :20], park[:20, 20] = 1.0, 0.5
    np.testing.assert_allclose(raster(study, "recreation_opportunity_2020"), (4 * before + park) / 5, atol=1e-6)


def test_a_segment_may_be_drawn_as_several_lines(coast):
    lines = geopandas.read_file(coast.folder / "coast.gpkg")
    first, second = (shapely.LineString([at(row, 49.5), at(end, 49.5)]) for row, end in ((0, 10), (10, 29.5)))
    parts = {"segment": [1, 1, 2], "name": ["north", "north", "south"], "kind": ["muddy", "muddy", "sandy"]}
    shapes = [first, second, lines.geometry[1]]
    coast.polygons("coast.gpkg", geopandas.GeoDataFrame(parts, geometry=shapes, crs=CRS))
    assert coast.run("coast_by_segment").code == 0
    found = table(coast, "coast_by_segment")
    np.testing.assert_allclose(found["length_m"], 2950.0, rtol=1e-3)
    coast.polygons("coast.gpkg", geopandas.GeoDataFrame(parts, geometry=[first, first, lines.geometry[1]], crs=CRS))
    coast.check().one("tables.coast_segments.columns.segment", "1 row")


def test_a_segment_that_a_neighbour_s_habitat_protects_has_length_and_no_width(coast):
    """With a reach of 1,500 m the mangrove of rows 10 to 19 protects the south from row 30 on, and is the north's."""
    coast.edit("coastal_habitat_reach = 510", "coastal_habitat_reach = 1500")
    assert coast.run("coastal_protection", "coast_by_segment").code == 0
    found = table(coast, "coastal_protection").query("year == 2000").set_index("segment")
    np.testing.assert_allclose(found["area_ha"], [10.0, 0.0], rtol=1e-3)
    assert found["protected_length_m"].gt(0).all()
    assert found["mean_width_m"].isna().tolist() == [False, True]
    whole = table(coast, "coast_by_segment").query("year == 2000")
    assert found["area_ha"].sum() == pytest.approx(whole["habitat_area_ha"].sum())
