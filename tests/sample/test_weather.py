"""What the files of the weather say, read as anybody would read them, and how they agree with each other."""

from calendar import monthrange

import numpy as np
import pytest
import rasterio
import rasterio.warp

from shanshui.sample.rain_days import day_rain, month_rain, rainy_days
from shanshui.sample.rainfall import year_rain
from shanshui.sample.seasons import wave
from shanshui.sample.skeleton import distance_inland
from shanshui.sample.small_rasters import coarse_geobox, fine_geobox, places_of
from shanshui.sample.wind import usual_wind

YEARS, DAY_YEARS = range(2011, 2021), (2018, 2019, 2020)
DRY_SEASON, SUMMER = (11, 0, 1), (5, 6, 7)


def read(sample, name):
    with rasterio.open(sample / f"inputs/{name}.tif") as source:
        return source.read().astype(float)


def month_starts(year):
    lengths = [monthrange(year, month)[1] for month in range(1, 13)]
    return np.cumsum(lengths) - lengths


@pytest.fixture(scope="module")
def fine():
    """Metres inland of the cells of 30 seconds."""
    return distance_inland(*places_of(fine_geobox()), 1)


@pytest.fixture(scope="module")
def coarse():
    """Metres inland of the cells of 0.05 degrees."""
    return distance_inland(*places_of(coarse_geobox()), 1)


@pytest.fixture(scope="module")
def heights(sample):
    """Mean elevation in each cell of 30 seconds; NaN beyond the extent and in the sea."""
    with (
        rasterio.open(sample / "inputs/elevation.tif") as source,
        rasterio.open(sample / "inputs/precipitation_2011.tif") as rain,
    ):
        means = np.full(rain.shape, np.nan)
        rasterio.warp.reproject(
            rasterio.band(source, 1),
            means,
            dst_transform=rain.transform,
            dst_crs=rain.crs,
            dst_nodata=np.nan,
            resampling=rasterio.warp.Resampling.average,
        )
    return np.where(means > 0.0, means, np.nan)


def test_grids(sample):
    with rasterio.open(sample / "inputs/precipitation_2011.tif") as rain:
        bounds = rain.bounds
        for name in ("monthly_precipitation_2020", "monthly_temperature", "monthly_snow_cover"):
            with rasterio.open(sample / f"inputs/{name}.tif") as source:
                assert (source.transform, source.shape, source.count) == (rain.transform, rain.shape, 12)
                assert source.crs == rain.crs
    for name, bands in (
        ("daily_precipitation_2019", 365),
        ("daily_precipitation_2020", 366),
        ("daily_wind_speed_2018", 365),
        ("daily_wind_speed_2020", 366),
        ("monthly_wind_speed", 12),
        ("monthly_rain_days", 12),
    ):
        with rasterio.open(sample / f"inputs/{name}.tif") as source:
            assert source.count == bands
            assert source.crs.to_epsg() == 4326
            assert source.res == pytest.approx((0.05, 0.05))
            # Around the fine grid, and its edges are edges of fine cells.
            assert source.bounds.left <= bounds.left < bounds.right <= source.bounds.right
            assert source.bounds.bottom <= bounds.bottom < bounds.top <= source.bounds.top
            assert (bounds.left - source.bounds.left) * 120 == pytest.approx(
                round((bounds.left - source.bounds.left) * 120), abs=1e-6
            )
            assert source.bounds.top * 20 == pytest.approx(round(source.bounds.top * 20), abs=1e-6)


@pytest.mark.parametrize("year", YEARS)
def test_months_sum_to_the_year(sample, year):
    months = read(sample, f"monthly_precipitation_{year}")
    total = read(sample, f"precipitation_{year}")[0]
    np.testing.assert_array_equal(months.sum(axis=0), np.rint(10.0 * total))


@pytest.mark.parametrize("year", DAY_YEARS)
def test_days_sum_to_the_months(sample, year):
    days, months = read(sample, f"daily_precipitation_{year}"), read(sample, f"monthly_precipitation_{year}")
    sums = np.add.reduceat(days, month_starts(year), axis=0)
    fine, coarse = fine_geobox(), coarse_geobox()
    # Of the coarse cells that lie within the fine grid, the first, and how many there are.
    row = round((coarse.transform.f - fine.transform.f) * 120)
    column = round((fine.transform.c - coarse.transform.c) * 120)
    first_row, first_column = -(-row // 6), -(-column // 6)
    top, left = 6 * first_row - row, 6 * first_column - column
    rows, columns = (fine.shape[0] - top) // 6, (fine.shape[1] - left) // 6
    assert rows >= 11
    assert columns >= 14
    parts = months[:, top : top + 6 * rows, left : left + 6 * columns]
    means = parts.reshape(12, rows, 6, columns, 6).mean(axis=(2, 4))
    found = sums[:, first_row : first_row + rows, first_column : first_column + columns]
    assert np.abs(found - means).max() <= 0.5 + 1e-6


def test_the_functions_agree_exactly():
    x, y = places_of(coarse_geobox())
    months = month_rain(x, y, 2015, 3)
    assert (months >= 0.0).all()
    np.testing.assert_array_equal(months.sum(axis=0), year_rain(x, y, 2015, 3))
    days = day_rain(2016, 3)
    assert days.shape == (366, *coarse_geobox().shape)
    assert (days >= 0.0).all()
    np.testing.assert_array_equal(days, np.rint(days))


@pytest.mark.parametrize("year", DAY_YEARS)
def test_most_days_are_dry_and_some_days_bring_storms_near_the_coast(sample, coarse, year):
    days = 0.1 * read(sample, f"daily_precipitation_{year}")
    assert 0.7 < np.mean(days == 0.0) < 0.9
    storms = np.count_nonzero(days > 50.0, axis=0)
    shore, lee = (coarse > 0.0) & (coarse < 15_000.0), coarse > 40_000.0
    assert 1.0 <= storms[shore].mean() < 5.0
    assert storms[lee].mean() < 0.5 * storms[shore].mean()
    assert days.max() < 220.0
    # In summer, and none in winter.
    summer = slice(month_starts(year)[4], month_starts(year)[9])
    assert np.count_nonzero(days[summer] > 50.0) > 0.9 * storms.sum()
    erosive = np.count_nonzero(days >= 12.0, axis=0)[shore].mean()
    assert 8.0 < erosive < 25.0


def test_rain_falls_in_summer_and_less_behind_the_range(sample, fine):
    months = np.mean([read(sample, f"monthly_precipitation_{year}") for year in YEARS], axis=0)
    total = months.sum(axis=0)
    assert 0.5 < (months[list(SUMMER)].sum(axis=0) / total).mean() < 0.8
    assert (months[list(DRY_SEASON)].sum(axis=0) / total).max() < 0.08
    assert total[fine > 42_000.0].mean() < 0.75 * total[(fine > 0.0) & (fine < 10_000.0)].mean()
    # No two years alike.
    shares = [read(sample, f"monthly_precipitation_{year}").mean(axis=(1, 2)) for year in (2018, 2019)]
    assert np.abs(shares[0] / shares[1] - 1.0).max() > 0.2


def test_rain_days_are_counted_from_the_days(sample):
    told = 0.1 * read(sample, "monthly_rain_days")
    np.testing.assert_allclose(told, rainy_days(1), atol=0.05 + 1e-9)
    counts = []
    for year in DAY_YEARS:
        wet = read(sample, f"daily_precipitation_{year}") > 0.0
        counts.append(np.add.reduceat(wet, month_starts(year), axis=0, dtype=int))
    # Three of the ten years are the rest of the mean.
    assert (10.0 * told >= np.sum(counts, axis=0) - 0.5 - 1e-6).all()
    assert told.max(axis=(1, 2)).argmax() in SUMMER
    assert (told <= 20.0).all()
    assert 60.0 < told.sum(axis=0).mean() < 90.0


def test_temperature_is_in_kelvin_and_falls_upwards(sample, fine, heights):
    low, mean, high = (0.1 * read(sample, f"monthly_temperature{kind}") for kind in ("_minimum", "", "_maximum"))
    assert (low < mean).all()
    assert (mean < high).all()
    assert 240.0 < low.min() < high.max() < 315.0
    land = np.isfinite(heights)
    year = mean.mean(axis=0) - 273.15
    slope, level = np.polyfit(heights[land], year[land], 1)
    assert slope == pytest.approx(-0.0058, abs=0.0003)
    assert level == pytest.approx(10.8, abs=0.3)
    assert (mean.argmax(axis=0) == 6).all()
    assert (mean.argmin(axis=0) == 0).all()
    # Behind the range the year and the day span more.
    shore, lee = (fine > 0.0) & (fine < 8_000.0), fine > 42_000.0
    year_span, day_span = mean.max(axis=0) - mean.min(axis=0), (high - low).mean(axis=0)
    assert year_span[lee].mean() > year_span[shore].mean() + 2.0
    assert day_span[lee].mean() > day_span[shore].mean() + 2.0


def test_air_is_drier_behind_the_range_and_snow_lies_on_the_heights(sample, fine, heights):
    humidity, snow = read(sample, "monthly_relative_humidity"), read(sample, "monthly_snow_cover")
    shore, lee = (fine > 0.0) & (fine < 8_000.0), fine > 42_000.0
    assert (humidity[:, lee].mean(axis=1) < humidity[:, shore].mean(axis=1) - 5.0).all()
    assert 30.0 <= humidity.min() < 45.0
    assert 70.0 < humidity.max() <= 95.0
    assert snow[4:10].max() == 0.0
    assert 60.0 < snow.max() <= 95.0
    high = heights > 1_000.0
    assert high.any()
    january = snow[0]
    assert january[high].mean() > january[lee].mean() > january[shore].mean() > 0.0


@pytest.mark.parametrize("year", DAY_YEARS)
def test_wind_is_gusty_in_spring_behind_the_range(sample, coarse, year):
    wind = 0.1 * read(sample, f"daily_wind_speed_{year}")
    lee, shore = coarse > 40_000.0, (coarse > 0.0) & (coarse < 15_000.0)
    assert 0.3 < wind.min() < 2.0
    assert 9.0 < wind.max() <= 24.0
    starts = month_starts(year)
    strong = np.count_nonzero(wind > 8.0, axis=0)
    spring = np.count_nonzero(wind[starts[2] : starts[5]] > 8.0, axis=0)
    autumn = np.count_nonzero(wind[starts[8] : starts[11]] > 8.0, axis=0)
    assert (strong[lee] >= 1).all()
    assert spring[lee].mean() > 3.0
    assert spring[lee].mean() > 2.0 * autumn[lee].mean()
    assert strong[lee].mean() > 3.0 * strong[shore].mean()
    # A windy day is windy all over, and the next one often too.
    whole = np.log(wind[:, lee].mean(axis=1))
    assert 0.25 < np.corrcoef(whole[1:], whole[:-1])[0, 1] < 0.8


def test_monthly_wind_is_the_mean_of_days(sample, landscape, coarse):
    told = 0.01 * read(sample, "monthly_wind_speed")
    usual, gusty = usual_wind(landscape)
    assert (gusty > 0.2).all()
    # Ten years of a month depart from the usual by a few percent.
    assert np.abs(told.mean(axis=(1, 2)) / usual.mean(axis=(1, 2)) - 1.0).max() < 0.12
    assert abs(told.mean() / usual.mean() - 1.0) < 0.03
    days = [read(sample, f"daily_wind_speed_{year}") for year in DAY_YEARS]
    three = [
        np.add.reduceat(wind, month_starts(year), axis=0)
        / np.diff(np.append(month_starts(year), len(wind)))[:, None, None]
        for year, wind in zip(DAY_YEARS, days, strict=True)
    ]
    assert np.abs(0.1 * np.mean(three, axis=0) / told - 1.0).mean() < 0.15
    assert told[:, coarse > 40_000.0].mean(axis=1).argmax() in (2, 3, 4)


def test_a_wave_has_its_peak_and_no_mean():
    assert wave(3.0)[3, 0, 0] == pytest.approx(1.0)
    assert wave(3.0)[9, 0, 0] == pytest.approx(-1.0)
    assert wave(6.3).mean() == pytest.approx(0.0, abs=1e-12)
