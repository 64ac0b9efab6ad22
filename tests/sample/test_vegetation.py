from dataclasses import replace

import numpy as np
import pytest

from shanshui.sample.arrays import Field
from shanshui.sample.districts import number_cells
from shanshui.sample.productivity import productivity, unexplained_slope
from shanshui.sample.rainfall import rain_anomaly
from shanshui.sample.series import covered_cells, year_cells
from shanshui.sample.vegetation import (
    Vegetation,
    drought_loss,
    greenness,
    grown,
    season_greenness,
    season_slope,
    vegetation_of,
)

SIZE = 200
YEARS = range(2011, 2021)
WHOLE = (0, 0, SIZE, SIZE)
PADDY, DRY_CROPLAND, BROADLEAF, STEPPE, SEA, TOWN = 11, 12, 21, 32, 44, 51
FORESTS, GRASSLANDS, CROPLANDS = (21, 22, 23, 24), (31, 32, 33, 34), (11, 12, 13)


@pytest.fixture(scope="module")
def vegetation(landscape) -> Vegetation:
    return vegetation_of(landscape, SIZE, WHOLE)


@pytest.fixture(scope="module")
def inside(landscape, vegetation):
    return (number_cells([landscape.districts.region()], SIZE, WHOLE) == 0) & (vegetation.first != SEA)


def season(vegetation, year) -> Field:
    """Mean of April to October, month by month."""
    return np.mean([greenness(vegetation, year, month) for month in (4, 5, 6, 7, 8, 9, 10)], axis=0)


def test_without_weather_the_growing_season_climbs_by_the_true_slope_every_year(vegetation):
    slope = season_slope(vegetation)
    before = season(vegetation, 2011)
    np.testing.assert_allclose(before, season_greenness(vegetation, 2011), atol=1e-12)
    for year in YEARS[1:]:
        now = season(vegetation, year)
        np.testing.assert_allclose(now - before, slope, atol=1e-12)
        before = now


def test_trends_are_where_they_were_planted_and_nowhere_else(vegetation, inside):
    kind, slope = vegetation.kind, season_slope(vegetation)
    assert set(np.unique(kind)) == {-1, 0, 1, 2}
    assert (slope[kind == 0] == 0.0).all()
    assert ((slope[kind == 1] >= 0.006) & (slope[kind == 1] <= 0.009)).all()
    assert ((slope[kind == -1] <= -0.006) & (slope[kind == -1] >= -0.010)).all()
    np.testing.assert_array_equal(kind == 2, vegetation.first != vegetation.second)
    for code in (-1, 1, 2):
        assert 0.03 < np.mean(kind[inside] == code) < 0.2


def test_a_converted_cell_goes_evenly_from_the_old_curve_to_the_new():
    # One cell that turns from dry cropland to town between 2000 and 2020, beside one of each that stays.
    first, second = (np.array([codes], np.uint8) for codes in ((12, 12, 51), (51, 12, 51)))
    place, none = np.zeros((1, 3)), np.zeros((1, 3))
    cells = Vegetation(place, place, first, second, np.ones((1, 3)), np.zeros((1, 3), np.int8), none)
    turned, field, town = greenness(cells, 2015, 7)[0]
    assert turned == pytest.approx(0.25 * field + 0.75 * town)  # 15 of 20 years
    assert season_slope(cells)[0, 0] == pytest.approx((season(cells, 2020) - season(cells, 2000))[0, 0] / 20)


def test_winters_are_low_and_forest_is_greener_than_steppe_than_town(vegetation, inside):
    stays = inside & (vegetation.kind == 0)
    july, january = greenness(vegetation, 2015, 7), greenness(vegetation, 2015, 1)
    for cover in (PADDY, DRY_CROPLAND, BROADLEAF, STEPPE):
        assert january[stays & (vegetation.first == cover)].mean() < 0.7 * july[vegetation.first == cover].mean()
    means = [july[stays & (vegetation.first == cover)].mean() for cover in (BROADLEAF, STEPPE, TOWN)]
    assert means == sorted(means, reverse=True)
    assert 0.2 < means[2] < 0.35
    assert 0.75 < means[0] < 0.9


def test_the_drought_takes_most_from_grassland_and_least_from_forest(vegetation, inside):
    def loss(year, covers):
        where = inside & np.isin(vegetation.first, covers) & (vegetation.kind == 0)
        return drought_loss(vegetation, year, 1)[where].mean()

    grass, crops, forest = (loss(2015, covers) for covers in (GRASSLANDS, CROPLANDS, FORESTS))
    assert grass > crops > 2.0 * forest > 0.0
    assert 0.12 < grass < 0.3
    for year in YEARS:
        if year != 2015:
            assert loss(year, GRASSLANDS) < 0.002
    # In every month of the growing season, and never below bare soil for it.
    green, lost = np.array([0.5, 0.05]), np.array([0.2, 0.2])
    for month in range(4, 11):
        np.testing.assert_allclose(grown(green, lost, month), [0.5 - 0.42 * 0.2, 0.05])
    assert grown(green, lost, 1)[0] > 0.5 - 0.42 * 0.2


def test_growth_without_an_anomaly_of_rain_climbs_by_the_unexplained_slope(vegetation, inside):
    seed, green = 1, season_greenness(vegetation, 2011) > 0.15
    live = inside & green & (season_greenness(vegetation, 2020) > 0.15)
    answer = {21: 0.25, 32: 0.9, 12: 0.75}
    for cover, response in answer.items():
        cells = live & (vegetation.first == cover) & (vegetation.second == cover)
        grams = {}
        for year in YEARS:
            rain = rain_anomaly(vegetation.x, vegetation.y, year, seed)
            grams[year] = (productivity(vegetation, year, seed) / (1.0 + response * rain))[cells]
        percent = 100.0 * (grams[2020] - grams[2011]) / 9.0 / np.mean(list(grams.values()), axis=0)
        np.testing.assert_allclose(unexplained_slope(vegetation, 2015.5)[cells], percent, atol=1e-9)


def test_rain_alone_moves_the_growth_of_the_dry_side(vegetation, inside):
    """Where nothing was planted a straight line on the year's rain leaves nothing, and growth rises all the same."""
    north_west = np.s_[:100, :100]
    where = (inside & (vegetation.kind == 0) & (vegetation.first == STEPPE))[north_west]
    grams = np.array([productivity(vegetation, year, 1)[north_west][where] for year in YEARS])
    rain = np.array([rain_anomaly(vegetation.x, vegetation.y, year, 1)[north_west][where] for year in YEARS])
    common = [year != 2015 for year in YEARS]
    assert np.polyfit(np.array(YEARS)[common], (grams / grams.mean(axis=0)).mean(axis=1)[common], 1)[0] > 0.004
    some = np.flatnonzero(where[where])[:: max(where.sum() // 50, 1)]
    for cell in some:
        line = np.polyfit(rain[:, cell], grams[:, cell], 1)
        np.testing.assert_allclose(np.polyval(line, rain[:, cell]), grams[:, cell], rtol=1e-9)


@pytest.mark.parametrize("tile", [64])
def test_no_cell_depends_on_the_tile_size(landscape, vegetation, tile):
    year = 2015
    covered, inside = covered_cells(landscape, vegetation, SIZE, WHOLE)
    whole = year_cells(vegetation, covered, year, 0, 0, 1)
    for row, column in ((0, 0), (64, 128)):
        window = (row, column, tile, tile)
        part = vegetation_of(landscape, SIZE, window)
        reach, told = covered_cells(landscape, part, SIZE, window)
        cut = np.s_[..., row : row + tile, column : column + tile]
        np.testing.assert_array_equal(told, inside[cut])
        for found, expected in zip(year_cells(part, reach, year, row, column, 1), whole, strict=True):
            np.testing.assert_array_equal(found, expected[cut])


def test_noise_is_small_and_does_not_lean(landscape, vegetation):
    covered, _ = covered_cells(landscape, vegetation, SIZE, WHOLE)
    stored, _ = year_cells(vegetation, covered, 2013, 0, 0, 1)
    calm = replace(vegetation, slope=np.zeros_like(vegetation.slope))
    assert (stored[:, ~covered] == -3000).all()
    assert (stored % 100 == 0).all()
    for month in (1, 7):
        cells = covered & (stored[month - 1] != -3000) & (vegetation.kind == 0)
        error = stored[month - 1][cells] * 0.0001 - greenness(calm, 2013, month)[cells]
        assert abs(error.mean()) < 0.003
        assert np.abs(error).max() < 0.025 + 0.005 + 0.008
        assert 0.006 < error.std() < 0.015
