"""Karst, groundwater, radiation and evaporation."""

import numpy as np
import pytest
import rasterio
from scipy.ndimage import label

from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import tile_of
from shanshui.sample.soil import soil_of

WINDOW = (0, 0, 240, 240)
SEA = 44


def read(sample, name, nodata):
    with rasterio.open(sample / f"inputs/{name}.tif") as source:
        assert source.nodata == nodata
        cells = source.read().astype(float)
    cells[cells == nodata] = np.nan
    return cells if len(cells) > 1 else cells[0]


@pytest.fixture(scope="module")
def tile(landscape):
    return tile_of(landscape, 240, WINDOW)


@pytest.fixture(scope="module")
def inside(landscape):
    return number_cells([landscape.districts.region()], 240, WINDOW) == 0


@pytest.fixture(scope="module")
def rock(sample):
    return read(sample, "carbonate_share", 255), read(sample, "lithology", 255)


def test_carbonate_crops_out_only_where_there_is_carbonate(rock, tile):
    share, lithology = rock
    np.testing.assert_array_equal(np.isnan(share), tile.second == SEA)
    np.testing.assert_array_equal(np.isnan(lithology), tile.second == SEA)
    assert (share[lithology <= 1] == 0.0).all()
    assert (share[lithology >= 2] >= 2.0).all()
    assert np.nanmax(share) <= 100.0
    assert set(np.unique(lithology[np.isfinite(lithology)])) == {0, 1, 2, 3, 4, 5}
    mean = [share[lithology == code].mean() for code in (2, 3, 4, 5)]
    assert mean == sorted(mean)


def test_karst_is_one_piece_of_the_mountains(rock, tile, inside):
    karst = rock[1] > 0
    parts, count = label(karst)
    assert count >= 1
    assert np.bincount(parts[karst]).max() > 0.9 * karst.sum()
    assert 0.05 < karst[inside].mean() < 0.4
    assert tile.ground.elevation[karst].mean() > tile.ground.elevation[inside & ~karst].mean()
    assert (tile.ground.inland[karst] > 3_000.0).all()
    # Where the slopes are steep it crops out, under the valley floors it is buried.
    share = rock[0]
    steep, level = share[karst & (tile.ground.slope > 12.0)], share[karst & (tile.ground.slope < 3.0)]
    assert steep.mean() > 1.5 * level.mean()
    assert (share[karst & (tile.ground.valley > 0.99)] == 0.0).all()


@pytest.fixture(scope="module")
def groundwater(sample):
    names = ("groundwater_mineralisation", "groundwater_depth")
    return tuple(read(sample, name, 65_535) / 10.0 for name in names)


def test_groundwater_is_plausible(groundwater, tile):
    salt, depth = groundwater
    for cells in groundwater:
        np.testing.assert_array_equal(np.isnan(cells), tile.second == SEA)
    assert 0.3 <= np.nanmin(salt) < np.nanmax(salt) < 150.0
    assert 0.2 <= np.nanmin(depth) < np.nanmax(depth) < 80.0
    mountain = (tile.ground.slope > 15.0) & (tile.ground.inland > 12_000.0) & (tile.ground.inland < 25_000.0)
    assert np.nanmedian(salt[mountain]) < 1.0
    assert np.nanmedian(depth[mountain]) > 10.0
    shore = (tile.ground.inland > 0.0) & (tile.ground.inland < 800.0)
    assert np.nanmedian(salt[shore]) > 15.0
    assert np.nanmedian(depth[shore]) < 1.5


def test_some_land_is_extremely_sensitive_to_salinisation(groundwater, sample, landscape, tile, inside):
    salt, depth = groundwater
    ratio = read(sample, "evaporation_ratio", 65_535) / 100.0
    assert 1.2 < ratio.min() < 2.2
    assert 4.0 < ratio.max() < 8.0
    soil = soil_of(landscape)
    lee = tile.ground.inland > 36_000.0
    # As the guide scores: salt from 25 g/L, water within 1 m, sandy loam (clay below 20, sand above 52 percent).
    worst = inside & lee & (salt >= 25.0) & (depth <= 1.0)
    assert np.count_nonzero(worst) > 30
    sandy = (soil["clay_content"] < 20.0) & (soil["sand_content"] > 52.0) & (soil["sand_content"] < 70.0)
    assert np.count_nonzero(worst & sandy) >= 3
    # Most land is not.
    assert np.mean(salt[inside & np.isfinite(salt)] > 5.0) < 0.2


def test_radiation_follows_the_sun(sample):
    months = read(sample, "monthly_solar_radiation", 65_535)
    assert months.shape[0] == 12
    assert np.isfinite(months).all()
    year = months.mean(axis=(1, 2))
    assert year.argmax() in (4, 5)
    assert year.argmin() in (10, 11)
    # At 40 degrees north: 5,000 to 5,800 MJ/m2 a year on the ground.
    assert 5_000.0 < year.sum() < 5_900.0
    assert 220.0 < months.min() < months.max() < 750.0
