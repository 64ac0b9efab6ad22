"""Layers with a value a day or a half-month."""

import numpy as np
import pytest
import rasterio

from shanshui.base.days import Days
from shanshui.base.grid import Window
from shanshui.study.study import open_study

LAYER = '[layers.daily_precipitation]\npath = "rain_{year}.tif"\nunit = "mm"\nyears = [2020]'
ONE = Window(30, 40, 2, 3)


def write(study, name, days, **profile):
    with rasterio.open(study.folder / "elevation.tif") as source:
        profile = source.profile | {"dtype": "float32", "nodata": -1.0, "count": len(days)} | profile
    with rasterio.open(study.folder / name, "w", **profile) as target:
        target.write(np.broadcast_to(np.float32(days)[:, None, None], (len(days), profile["height"], profile["width"])))


@pytest.fixture
def daily(study):
    write(study, "rain_2020.tif", np.arange(366))
    study.add(LAYER)
    return study


def test_a_leap_year_comes_in_half_months_and_every_day_once(daily):
    with open_study(daily.folder) as opened:
        days = opened.inputs.sources["daily_precipitation"].read(2020, ONE)
        assert isinstance(days, Days)
        halves = list(days)
        assert [half.shape for half in halves[:4]] == [(15, 2, 3), (16, 2, 3), (15, 2, 3), (14, 2, 3)]
        np.testing.assert_array_equal(np.concatenate(halves)[:, 1, 2], np.arange(366))
        # It can be gone over once more.
        np.testing.assert_array_equal(next(iter(days)), halves[0])


def test_a_halo_is_cut_off_every_day():
    cells = np.arange(366 * 16).reshape(366, 4, 4)
    inner = list(Days(366, lambda first, last: cells[first:last]).trimmed(1))
    np.testing.assert_array_equal(np.concatenate(inner), cells[:, 1:3, 1:3])


def test_days_of_a_coarser_grid_are_brought_over(study):
    coarse = rasterio.Affine(1000.0, 0, 500_000.0, 0, -1000.0, 2_600_000.0)
    write(study, "rain_2020.tif", np.arange(366), transform=coarse, height=6, width=8, tiled=False)
    study.add(LAYER)
    with open_study(study.folder) as opened:
        halves = list(opened.inputs.sources["daily_precipitation"].read(2020, ONE))
    np.testing.assert_array_equal(np.concatenate(halves)[:, 0, 0], np.arange(366))


def test_another_number_of_days_is_a_fault(study):
    write(study, "rain_2020.tif", np.arange(360))
    study.add(LAYER)
    study.check().one("layers.daily_precipitation.path", "has 360 bands", "one band a day")


def test_a_day_out_of_range_is_found_by_check(study):
    days = np.zeros(366)
    days[200] = -5.0
    write(study, "rain_2020.tif", days)
    study.add(LAYER)
    study.check().one("layers.daily_precipitation", "cells in 2020 lie outside", "-5")


def test_half_months_are_one_array_of_24(study):
    write(study, "wind.tif", np.arange(24) / 4.0)
    study.add('[layers.half_monthly_wind_speed]\npath = "wind.tif"\nunit = "m/s"')
    with open_study(study.folder) as opened:
        found = opened.inputs.sources["half_monthly_wind_speed"].read(None, ONE)
    assert found.shape == (24, 2, 3)
    np.testing.assert_array_equal(found[:, 0, 0], np.float32(np.arange(24) / 4.0))
