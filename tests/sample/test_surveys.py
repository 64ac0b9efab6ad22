"""Threats, biomass and the quality of waters, on the sample's own cells."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from scipy.ndimage import distance_transform_edt

from shanshui.sample.legend import CLASSES, LEVEL1
from shanshui.sample.rasters import windows_of
from shanshui.sample.roads import build_roads
from shanshui.sample.surveys import kinds, surveys_of

ITEMS = ("built", "industry", "road", "cropland")
TOWN, VILLAGE, INDUSTRY, MINE, PADDY, DRY_CROPLAND = 51, 52, 54, 55, 11, 12
LAKE, RESERVOIR, BROADLEAF, MIXED, STEPPE = 42, 43, 21, 23, 32
SIZE = 150


def read(path):
    with rasterio.open(path) as source:
        return source.read(1)


@pytest.fixture(scope="module")
def roads(landscape):
    return build_roads(landscape)


@pytest.fixture(scope="module")
def maps(sample):
    """Land cover of both years, and the cells inside the region on which both maps are right."""
    wrong = read(sample / "truth/map_errors.tif")
    return {year: read(sample / f"inputs/land_cover_{year}.tif") for year in (2000, 2020)}, wrong == 0


@pytest.mark.parametrize("tile", [40, 64])
def test_no_cell_depends_on_the_tile_size(landscape, roads, tile):
    whole = surveys_of(landscape, roads, SIZE, (0, 0, SIZE, SIZE))
    assert set(whole) == set(kinds())
    for window in windows_of(SIZE, tile):
        row, column, height, width = window
        for name, cells in surveys_of(landscape, roads, SIZE, window).items():
            assert cells.dtype == kinds()[name].dtype
            part = whole[name][row : row + height, column : column + width]
            np.testing.assert_array_equal(cells, part, err_msg=name)


@pytest.mark.parametrize("year", [2000, 2020])
def test_threats_come_from_where_people_are(sample, maps, year):
    cover, right = maps[0][year], maps[1]
    sources = {item: read(sample / f"inputs/threat_{item}_{year}.tif") for item in ITEMS}
    for cells in sources.values():
        assert set(np.unique(cells)) == {0, 1}
    expected = {"built": (TOWN, VILLAGE), "industry": (INDUSTRY, MINE), "cropland": (PADDY, DRY_CROPLAND)}
    for item, classes in expected.items():
        np.testing.assert_array_equal(sources[item][right] == 1, np.isin(cover[right], classes))
    # Mines and industry lie in built-up land, and no cell is two kinds of land.
    assert (LEVEL1[cover[right & (sources["industry"] == 1)]] == 6).all()
    assert (sources["built"] + sources["industry"] + sources["cropland"]).max() == 1


def test_roads_join_all_towns_and_become_more(sample, landscape, roads):
    written = gpd.read_file(sample / "inputs/roads.gpkg")
    assert set(written["kind"]) == {"main", "local"}
    assert set(written["since"]) == {2000, 2020}
    towns = landscape.settlements.towns
    places = gpd.points_from_xy(470_000.0 + towns.x, 4_515_000.0 - towns.y, crs=4549)
    first = written[written["since"] == 2000]
    # A net of as many roads as there are towns but one, that is in one piece, joins them all.
    assert len(first) == len(places) - 1
    net = first.buffer(1.0).union_all()
    assert net.geom_type == "Polygon"
    assert (places.distance(net) < 1.0).all()
    cells = {year: read(sample / f"inputs/threat_road_{year}.tif") for year in (2000, 2020)}
    assert (cells[2020] >= cells[2000]).all()
    assert cells[2020].sum() > 1.3 * cells[2000].sum()
    # A cell of 300 m that a road crosses holds about that much of it.
    assert 300.0 * cells[2020].sum() == pytest.approx(written.union_all().length, rel=0.3)


def test_roads_keep_off_the_sea_and_steep_ground(sample, roads):
    sea = gpd.read_file(sample / "inputs/sea.gpkg").geometry[0]
    assert roads.intersection(sea).length.sum() < 0.005 * roads.length.sum()
    straight = roads.geometry.apply(lambda line: np.hypot(*(np.subtract(line.coords[0], line.coords[-1]))))
    assert (roads.length >= straight - 1e-6).all()
    assert (roads.length / straight).max() < 3.5


def test_threats_and_sensitivities_are_whole(sample):
    threats = pd.read_csv(sample / "inputs/threats.csv")
    assert tuple(threats["threat"]) == ITEMS
    # No threat ends within a cell of the coarsest sample, 1,200 m.
    assert (threats["max_dist"] >= 1_200).all()
    assert threats["weight"].between(0.1, 1.0).all()
    assert set(threats["decay"]) == {"linear", "exponential"}
    table = pd.read_csv(sample / "inputs/habitat_sensitivity.csv").set_index("lulc")
    assert list(table.columns) == ["name", "habitat", *ITEMS]
    assert set(table.index) == set(map(int, CLASSES))
    assert table[["habitat", *ITEMS]].to_numpy().min() >= 0.0
    assert table[["habitat", *ITEMS]].to_numpy().max() <= 1.0
    assert (table.loc[[TOWN, INDUSTRY, MINE], "habitat"] == 0.0).all()
    assert table["habitat"].idxmax() in (BROADLEAF, MIXED)
    # Built-up land and fields do not threaten themselves.
    assert (table.loc[[TOWN, VILLAGE], "built"] == 0.0).all()
    assert (table.loc[[PADDY, DRY_CROPLAND], "cropland"] == 0.0).all()


@pytest.fixture(scope="module")
def biomass(sample):
    found = {}
    for year in (2000, 2020):
        cells = read(sample / f"inputs/biomass_{year}.tif").astype(float)
        found[year] = np.where(cells == 65_535, np.nan, cells)
    return found


def test_biomass_follows_the_land(biomass, maps):
    cover, right = maps[0][2020], maps[1]
    cells = biomass[2020]
    np.testing.assert_array_equal(np.isnan(cells[right]), LEVEL1[cover[right]] == 9)
    mean = [np.nanmean(cells[right & (cover == code)]) for code in (TOWN, STEPPE, PADDY, BROADLEAF, MIXED)]
    assert mean == sorted(mean)
    assert mean[0] <= 2.0
    assert 60.0 < mean[3] < 150.0
    assert np.nanmax(cells) < 260.0
    # Some forest is as good as can be, some is worn to a third.
    share = cells[right & (cover == MIXED)] / np.quantile(cells[right & (cover == MIXED)], 0.99)
    assert np.mean(share > 0.9) > 0.03
    assert np.mean(share < 0.4) > 0.005


def test_forest_that_stays_grows_and_is_worn_near_towns(biomass, maps, landscape):
    stays = maps[1] & (maps[0][2000] == maps[0][2020]) & (LEVEL1[maps[0][2020]] == 1)
    assert (biomass[2020][stays] >= biomass[2000][stays]).all()
    growth = biomass[2020][stays].sum() / biomass[2000][stays].sum()
    assert 1.01 < growth < 1.10
    towns = landscape.settlements.towns
    side = 300.0 * (np.arange(200) + 0.5)
    score = towns.score(*np.meshgrid(side, side))
    mixed = stays & (maps[0][2020] == MIXED)
    near, far = biomass[2020][mixed & (score > -1.0)], biomass[2020][mixed & (score <= -3.0)]
    assert near.mean() < 0.85 * far.mean()


def test_zones_and_grassland_of_nature(sample):
    zone = read(sample / "inputs/natural_zone.tif")
    assert set(np.unique(zone)) == {1, 2, 3, 255}
    assert all(np.mean(zone[zone < 255] == code) > 0.1 for code in (1, 2, 3))
    table = pd.read_csv(sample / "inputs/grassland_cover.csv")
    assert table["zone"].tolist() == [1, 2, 3]
    assert table["cover"].between(0.3, 0.9).all()
    # The steppe lies behind, in the north-west, the coastal plain in the south-east.
    row, column = np.indices(zone.shape)
    middle = [np.mean((row + column)[zone == code]) for code in (3, 2, 1)]
    assert middle == sorted(middle)


@pytest.fixture(scope="module")
def quality(sample):
    scales = {
        "chlorophyll_a": 10, "total_phosphorus": 1_000, "total_nitrogen": 100, "transparency": 100,
        "permanganate_index": 10,
    }  # fmt: skip
    found = {}
    for name, scale in scales.items():
        cells = read(sample / f"inputs/{name}.tif").astype(float)
        found[name] = np.where(cells == 65_535, np.nan, cells / scale)
    return found


def test_quality_is_told_of_lakes_reservoirs_and_ponds_only(quality, maps):
    standing = np.isin(maps[0][2020], (LAKE, RESERVOIR))
    for cells in quality.values():
        np.testing.assert_array_equal(np.isfinite(cells[maps[1]]), standing[maps[1]])


def test_waters_range_from_poor_to_rich_and_all_tell_the_same(quality, sample):
    known = np.isfinite(quality["transparency"])
    ranges = {
        "chlorophyll_a": (0.3, 150), "total_phosphorus": (0.004, 0.5), "total_nitrogen": (0.05, 6),
        "transparency": (0.1, 8), "permanganate_index": (1, 25),
    }  # fmt: skip
    for name, (low, high) in ranges.items():
        assert low < quality[name][known].min() < quality[name][known].max() < high, name
    # By the line of the standard for chlorophyll: 10 (2.5 + 1.086 ln) is below 30 in some and above 50 in others.
    level = 10.0 * (2.5 + 1.086 * np.log(quality["chlorophyll_a"][known]))
    assert np.mean(level < 30.0) > 0.1
    assert np.mean(level > 50.0) > 0.1
    assert np.corrcoef(level, np.log(quality["total_phosphorus"][known]))[0, 1] > 0.95
    assert np.corrcoef(level, np.log(quality["transparency"][known]))[0, 1] < -0.95
    # Rich in the plain, poor in the mountains.
    height = read(sample / "inputs/elevation.tif")[known]
    assert level[height < 30.0].mean() > level[height > 250.0].mean() + 12.0


def test_water_quality_changes_slowly_within_a_water(quality):
    chlorophyll = quality["chlorophyll_a"]
    inner = distance_transform_edt(np.isfinite(chlorophyll)) > 1.5
    step = np.abs(np.diff(np.log(chlorophyll), axis=1))[inner[:, 1:] & inner[:, :-1]]
    assert np.median(step) < 0.15
