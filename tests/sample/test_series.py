"""What the files of a small sample say, read as anybody would read them."""

import warnings

import numpy as np
import pytest
import rasterio
import rasterio.warp

YEARS = list(range(2011, 2021))


def read(path):
    with rasterio.open(path) as source:
        return source.read()


@pytest.fixture(scope="module")
def seasons(sample):
    """Mean NDVI of April to October, (years, rows, columns), with gaps."""
    means = []
    for year in YEARS:
        months = read(sample / f"inputs/ndvi_{year}.tif").astype(float)
        months[months == -3000] = np.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of a mean of nothing
            means.append(np.nanmean(months[3:10] * 0.0001, axis=0))
    return np.array(means)


@pytest.fixture(scope="module")
def truth(sample):
    return {name: read(sample / f"truth/{name}.tif")[0] for name in ("ndvi_trend", "ndvi_slope", "residual_slope")}


def median_slopes(series):
    """Median of the slopes of all pairs of years; NaN where a year is missing."""
    first, second = np.triu_indices(len(YEARS), 1)
    years = np.array(YEARS)
    return np.median((series[second] - series[first]) / (years[second] - years[first])[:, None], axis=0)


def test_the_planted_slopes_are_found_on_average(seasons, truth):
    whole = ~np.isnan(seasons).any(axis=0)
    for kind in (-1, 0, 1, 2):
        cells = whole & (truth["ndvi_trend"] == kind)
        found, planted = median_slopes(seasons[:, cells]), truth["ndvi_slope"][cells]
        assert abs(np.mean(found - planted)) < 0.0003
        assert np.std(found - planted) < 0.0015
        if abs(kind) == 1:
            assert np.mean(np.sign(found) == kind) > 0.99


def test_the_drought_is_the_lowest_year_where_nothing_was_planted(sample, seasons, truth):
    cover = read(sample / "inputs/land_cover_2000.tif")[0]
    still = truth["ndvi_trend"] == 0
    for covers in ((11, 12), (32, 33), (21, 22, 23)):
        means = np.nanmean(seasons[:, still & np.isin(cover, covers)], axis=1)
        assert YEARS[int(np.argmin(means))] == 2015
    rain = np.array([read(sample / f"inputs/precipitation_{year}.tif")[0] for year in YEARS])
    assert (np.argmin(rain, axis=0) == YEARS.index(2015)).all()
    npp = np.array([read(sample / f"inputs/net_primary_productivity_{year}.tif")[0] for year in YEARS], float)
    grass = npp[:, still & np.isin(cover, (32, 33)) & (npp[0] < 32000)]
    assert YEARS[int(np.argmin(grass.mean(axis=1)))] == 2015


def test_gaps_are_few_and_some_cells_miss_a_whole_year(sample, seasons, truth):
    land = truth["ndvi_trend"] != -128
    months = read(sample / "inputs/ndvi_2014.tif")[:, land] == -3000
    all_year = months.all(axis=0)
    assert 0.001 < all_year.mean() < 0.02
    assert 0.002 < months[:, ~all_year].mean() < 0.06
    assert np.isnan(seasons[:, land]).any(axis=0).mean() < 0.2


def test_truth_is_told_in_the_region_and_not_in_the_sea(sample, truth):
    conversion = read(sample / "truth/conversion.tif")[0]
    cover, errors = read(sample / "inputs/land_cover_2000.tif")[0], read(sample / "truth/map_errors.tif")[0]
    inside = (conversion != 255) & (cover != 44)
    np.testing.assert_array_equal(truth["ndvi_trend"] != -128, inside)
    np.testing.assert_array_equal(truth["ndvi_slope"] != -9999, inside)
    told = truth["residual_slope"] != -9999
    assert not told[~inside].any()
    second = read(sample / "inputs/land_cover_2020.tif")[0]
    water = np.isin(cover, (41, 42, 43, 44)) | np.isin(second, (41, 42, 43, 44))
    np.testing.assert_array_equal(told[inside & (errors == 0)], ~water[inside & (errors == 0)])
    # Where the conversion is of ecosystems at level 1, the trend says converted.
    assert (truth["ndvi_trend"][inside & (conversion > 0)] == 2).all()


def test_productivity_fits_the_land(sample, truth):
    cover = read(sample / "inputs/land_cover_2000.tif")[0]
    errors = read(sample / "truth/map_errors.tif")[0]
    stored = read(sample / "inputs/net_primary_productivity_2013.tif")[0]
    still = (truth["ndvi_trend"] == 0) & (errors == 0)
    water = still & np.isin(cover, (41, 42, 43))
    assert (stored[water] == 32766).all()
    assert not (stored[still & ~np.isin(cover, (41, 42, 43))] > 32000).any()
    grams = {c: stored[still & (cover == c)].mean() * 0.1 for c in (21, 12, 32, 61)}  # 0.0001 kg are 0.1 g
    assert 500 < grams[21] < 900
    assert 300 < grams[12] < 700
    assert 100 < grams[32] < 450
    assert grams[61] < 100


def test_rain_lies_on_its_own_grid_and_covers_the_region(sample):
    with rasterio.open(sample / "inputs/precipitation_2012.tif") as source:
        assert source.crs.to_epsg() == 4326
        assert source.res == pytest.approx((1 / 120, 1 / 120))
        west, south, east, north = rasterio.warp.transform_bounds(
            "EPSG:4549", source.crs, 470_000, 4_455_000, 530_000, 4_515_000
        )
        assert source.bounds.left < west < east < source.bounds.right
        assert source.bounds.bottom < south < north < source.bounds.top
        rain = source.read(1)
    assert 250 < rain.min() < 480
    assert 600 < rain.max() < 1_000
    assert rain[10, 10] < rain[-10, -10]  # dry in the north-west, behind the range
