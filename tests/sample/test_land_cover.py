import numpy as np
import pytest
from scipy import ndimage

from shanshui.sample.landscape import tile_of

SIZE = 600
RIVER, LAKE, RESERVOIR, SEA = 41, 42, 43, 44
PADDY, DRY_CROPLAND, TOWN, MEADOW, STEPPE, SAND = 11, 12, 51, 31, 32, 61
FORESTS = (21, 22, 23)


@pytest.fixture(scope="module")
def tile(landscape):
    return tile_of(landscape, SIZE, (0, 0, SIZE, SIZE))


def test_the_sea_is_below_zero_and_nothing_else_is(tile):
    np.testing.assert_array_equal(tile.first == SEA, tile.ground.elevation < 0.0)
    assert 0.1 < np.mean(tile.first == SEA) < 0.35


def test_terrain_has_mountains_and_a_plain(tile):
    land = tile.ground.elevation[tile.ground.elevation > 0.0]
    assert 1_400.0 < land.max() < 2_400.0
    assert np.mean(land < 100.0) > 0.1


def test_rivers_reach_the_sea_or_leave_the_map(tile):
    water = np.isin(tile.first, (RIVER, LAKE, RESERVOIR, SEA))
    parts, _ = ndimage.label(water, np.ones((3, 3)))
    rivers, sea = tile.first == RIVER, tile.first == SEA
    beyond = water.copy()
    beyond[1:-1, 1:-1] = False
    assert np.isin(parts[rivers], parts[sea]).mean() > 0.6
    assert np.isin(parts[rivers], parts[sea | beyond]).mean() > 0.9


def test_valleys_drain_at_the_scale_of_cells(tile):
    elevation = tile.ground.elevation.astype(float)
    rivers = (tile.first == RIVER) & ndimage.binary_erosion(elevation > 0.0, iterations=2)
    # A river lies no higher than the land within a few cells of it.
    around = ndimage.percentile_filter(elevation, 50, size=7)
    assert np.mean(elevation[rivers] <= around[rivers] + 0.5) > 0.97


def test_land_cover_follows_the_ground(tile):
    def mean(values, *covers):
        return float(values[np.isin(tile.first, covers)].mean())

    slope, elevation = tile.ground.slope, tile.ground.elevation
    assert mean(slope, PADDY) < mean(slope, DRY_CROPLAND) < mean(slope, *FORESTS)
    assert mean(slope, TOWN) < 6.0
    assert mean(elevation, PADDY) < mean(elevation, DRY_CROPLAND) < mean(elevation, *FORESTS) < mean(elevation, MEADOW)
    assert mean(tile.ground.inland, *FORESTS) < mean(tile.ground.inland, STEPPE) < mean(tile.ground.inland, SAND)


def test_most_classes_stand_somewhere(tile):
    assert len(np.unique(tile.first)) >= 24
