"""Input of the services that is not what it says: each case has a defined answer, and never a silent wrong number."""

import re

import numpy as np
import pandas as pd
import pytest
import rasterio

SHAPE = (60, 80)
RAIN = '[layers.precipitation]\nvalue = {}\nunit = "mm"'
SOIL = "sand_content", "silt_content", "clay_content"
CENTRE = "504050,2596950"


def every(value):
    return np.full(SHAPE, value, np.float32)


def months(study, name, stack):
    """Write a raster of several bands on the study's grid."""
    with rasterio.open(study.folder / "elevation.tif") as source:
        profile = source.profile | {"dtype": "float32", "nodata": None, "count": len(stack)}
    with rasterio.open(study.folder / name, "w", **profile) as target:
        target.write(np.float32(stack))


def layer(study, name, cells, lines="", years="years = [2020]"):
    """Give the study a layer."""
    cells = np.asarray(cells)
    file = f"{name}.tif"
    if cells.ndim == 3:
        months(study, file, cells)
    else:
        study.raster(file, cells)
    study.add(f'[layers.{name}]\npath = "{file}"\n{years}\n{lines}')


def made(study, name):
    """Make a product and read it."""
    told = study.run(name)
    assert told.code == 0, told.err
    folder = study.out / "rasters"
    (path,) = [*folder.glob(f"{name}.tif"), *folder.glob(f"{name}_[12]*.tif")]
    with rasterio.open(path) as source:
        cells = source.read(1)
        return np.where(cells == source.nodata, np.nan, cells.astype(np.float64))


# Percent and fractions


def test_an_index_times_10000_without_a_scale_is_refused(study):
    layer(study, "ndvi", every(6543).astype(np.int16))
    study.check().only("layers.ndvi", "4,800 cells in 2020", "outside -1 to 1", "6543", "correct unit or scale")
    study.run("ndvi").only("layers.ndvi", "outside -1 to 1")
    study.edit("years = [2020]\n", "years = [2020]\nscale = 0.0001\n")
    assert study.check().code == 0


def test_cover_in_percent_that_is_declared_a_fraction_is_refused(study):
    layer(study, "vegetation_cover", np.linspace(0, 100, 4800, dtype=np.float32).reshape(SHAPE))
    study.check().only("layers.vegetation_cover", "outside 0 to 1", "100", "correct unit or scale")


def test_a_fraction_that_is_declared_percent_is_refused(study):
    layer(study, "vegetation_cover", np.linspace(0, 1, 4800, dtype=np.float32).reshape(SHAPE), 'unit = "percent"')
    study.check().only("layers.vegetation_cover.unit", "is percent", "looks like a fraction", 'unit = "1"')


def test_a_fraction_and_its_percent_give_the_same_factor(make_study):
    percent = np.tile(np.arange(80, dtype=np.float32), (60, 1))
    study, other = make_study("percent"), make_study("fraction")
    for each, cells, lines in ((study, percent, 'unit = "percent"'), (other, percent / 100, 'unit = "1"')):
        layer(each, "vegetation_cover", cells, lines)
        each.add('[methods]\ncover_management = "cai_2000"')
    found = made(study, "cover_management")
    np.testing.assert_allclose(found, made(other, "cover_management"), rtol=1e-6)
    # 0.6508 - 0.3436 lg 50 = 0.067: of 50 percent, not of a half.
    assert found[0, 50] == pytest.approx(0.6508 - 0.3436 * np.log10(50), rel=1e-5)


@pytest.mark.parametrize(("value", "unit"), [(55, "1"), (5500, "percent")])
def test_a_cover_as_a_number_beyond_all_is_refused(study, value, unit):
    study.add(f'[layers.vegetation_cover]\nvalue = {value}\nunit = "{unit}"')
    study.check().only("layers.vegetation_cover.value", "beyond 0 to 1")


@pytest.mark.parametrize("unit", ["g/kg", "1"])
def test_soil_in_other_units_is_brought_over_or_refused(make_study, unit):
    study, other = make_study("percent"), make_study("other")
    factor = {"g/kg": 10.0, "1": 0.01}[unit]
    for name, part in zip((*SOIL, "organic_carbon"), (40, 40, 20, 1.5), strict=True):
        study.add(f'[layers.{name}]\nvalue = {part}\nunit = "percent"')
        other.add(f'[layers.{name}]\nvalue = {part * factor}\nunit = "{unit}"')
    found = made(study, "soil_erodibility")
    np.testing.assert_allclose(made(other, "soil_erodibility"), found, rtol=1e-6)
    # (-0.01383 + 0.51575 x 0.0343 / 0.1317) x 0.1317, and 0.0343 is EPIC's for these parts.
    assert found[0, 0] == pytest.approx(-0.01383 * 0.1317 + 0.51575 * 0.0343, abs=3e-5)


def test_soil_in_grams_a_kilogram_that_is_declared_percent_is_refused(study):
    layer(study, "sand_content", every(400), 'unit = "percent"', years="")
    study.check().only("layers.sand_content", "outside 0 to 100 percent", "400")


# Years and months


def test_monthly_rain_under_the_name_of_yearly_rain_is_refused(study):
    months(study, "rain.tif", [every(75)] * 12)
    study.add('[layers.precipitation]\npath = "rain.tif"\nunit = "mm"\nyears = [2020]')
    study.check().one("layers.precipitation.band", "12 bands", "write band")


@pytest.mark.parametrize("unit", ["mm/month", "mm/day", "mm/year"])
def test_rain_as_a_rate_is_refused(study, unit):
    study.add(f'[layers.precipitation]\nvalue = 75\nunit = "{unit}"')
    study.check().only("layers.precipitation.unit", f"unit '{unit}' cannot become 'mm'")


def test_monthly_rain_where_annual_is_needed_is_summed(study):
    # 1 + 2 + ... + 12 = 78, times 10 mm: Renard and Freimund's 0.0483 P^1.61 of the sum, not of a month or the mean.
    layer(study, "monthly_precipitation", np.stack([every(10 * month) for month in range(1, 13)]), 'unit = "mm"')
    study.add('[methods]\nrainfall_erosivity = "renard_freimund_1994"')
    np.testing.assert_allclose(made(study, "rainfall_erosivity"), 0.0483 * 780**1.61, rtol=1e-5)


@pytest.mark.parametrize("name", ["monthly_precipitation", "monthly_wind_speed", "monthly_temperature"])
def test_a_year_where_months_are_needed_is_refused(study, name):
    unit = {"monthly_precipitation": "mm", "monthly_wind_speed": "m/s", "monthly_temperature": "degC"}[name]
    layer(study, name, every(8), f'unit = "{unit}"')
    study.check().one(f"layers.{name}.path", "has 1 bands", "one band a month")


# Temperature


def test_kelvin_is_brought_to_degrees(make_study):
    degrees = np.tile(np.arange(80, dtype=np.float32) / 4, (60, 1))
    study, other = make_study("degrees"), make_study("kelvin")
    layer(study, "mean_temperature", degrees, 'unit = "degC"', years="")
    layer(other, "mean_temperature", degrees.astype(np.float64) + 273.15, 'unit = "kelvin"', years="")
    for each in (study, other):
        each.add(RAIN.format(900))
    found = made(study, "evapotranspiration")
    np.testing.assert_array_equal(made(other, "evapotranspiration"), found)
    # Turc at 10 degC: L = 300 + 250 + 50 = 600, 900 / sqrt(0.9 + 1.5^2).
    assert found[0, 40] == pytest.approx(900 / np.sqrt(0.9 + 1.5**2), rel=1e-6)


def test_kelvin_that_is_declared_degrees_is_refused(study):
    layer(study, "mean_temperature", every(288), 'unit = "degC"')
    study.check().only("layers.mean_temperature", "outside -70 to 50 degC", "288", "correct unit or scale")


def test_degrees_that_are_declared_kelvin_are_refused(study):
    layer(study, "mean_temperature", every(15), 'unit = "kelvin"')
    study.check().only("layers.mean_temperature", "outside -70 to 50 degC", "correct unit or scale")


def test_temperature_without_a_unit_is_refused(study):
    layer(study, "mean_temperature", every(15))
    study.check().only("layers.mean_temperature.unit", "is missing", "degC")


# Wind


def windy(study, speed, height=None):
    """Give the study wind, and what else its weather factor needs."""
    layer(study, "monthly_wind_speed", speed if np.ndim(speed) else np.stack([every(speed)] * 12), 'unit = "m/s"')
    study.add('[layers.mean_temperature]\nvalue = 10\nunit = "degC"')
    if height is not None:
        study.add(f"[policy.overrides]\nwind_height = {height}")


def test_the_height_of_the_wind_changes_the_result_by_the_law_of_a_seventh(make_study):
    studies = [make_study(name) for name in ("at_ten", "at_two", "brought_down")]
    low = 8 * (2 / 10) ** (1 / 7)
    for study, speed, height in zip(studies, (8, 8, low), (10, 2, 2), strict=True):
        windy(study, speed, height)
    ten, two, down = (made(study, "weather_factor") for study in studies)
    np.testing.assert_allclose(ten, down, rtol=1e-5)
    # u (u - 5)^2 of the wind at 2 m.
    np.testing.assert_allclose(ten / two, low * (low - 5) ** 2 / (8 * 3**2), rtol=1e-5)
    assert (two > 4 * ten).all()


def test_wind_counts_as_measured_at_ten_metres_where_nothing_is_said(make_study):
    study, said = make_study("silent"), make_study("said")
    windy(study, 8)
    windy(said, 8, 10)
    np.testing.assert_array_equal(made(study, "weather_factor"), made(said, "weather_factor"))


def test_a_month_without_wind_is_no_calm_month(make_study):
    speed = np.stack([every(8)] * 12)
    study, whole = make_study("hole"), make_study("whole")
    windy(whole, speed)
    speed = speed.copy()
    speed[6, 10:20, 30:50] = np.nan
    windy(study, speed)
    found, full = made(study, "weather_factor"), made(whole, "weather_factor")
    hole = np.isnan(speed[6])
    assert (np.isnan(found) == hole).all()
    np.testing.assert_array_equal(found[~hole], full[~hole])
    # 503500 is column 35, 2598500 row 15.
    told = study.cli("explain", "--at", "503550,2598450").out
    assert "weather_factor 2020: no data" in told
    assert re.search(r"monthly_wind_force_2020 = .* nan .* <- no data", told)


def test_a_month_without_a_file_of_wind_is_named_and_leaves_no_number(study):
    for month in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12):
        study.raster(f"wind_2020_{month:02d}.tif", every(8))
    study.add('[layers.monthly_wind_speed]\npath = "wind_{year}_{month}.tif"\nyears = [2020]\nunit = "m/s"')
    study.add('[layers.mean_temperature]\nvalue = 10\nunit = "degC"')
    assert np.isnan(made(study, "weather_factor")).all()
    assert any("months 7 in 2020 have no file" in note for note in study.check().notes)


def test_without_any_wind_the_wind_products_are_skipped_by_name(study):
    told = study.run()
    assert told.code == 0
    skipped = next(note for note in told.notes if note.startswith("skipped ") and "sand_fixation" in note)
    for word in ("daily_wind_speed", "half_monthly_wind_speed", "monthly_wind_speed"):
        assert word in skipped
    assert not list((study.out / "rasters").glob("*wind*"))


def test_wind_in_kilometres_an_hour_is_brought_over(make_study):
    study, other = make_study("metres"), make_study("kilometres")
    windy(study, 8)
    layer(other, "monthly_wind_speed", np.stack([every(28.8)] * 12), 'unit = "km/h"')
    other.add('[layers.mean_temperature]\nvalue = 10\nunit = "degC"')
    np.testing.assert_allclose(made(other, "weather_factor"), made(study, "weather_factor"), rtol=1e-5)


# Soil


def soil(study, *parts):
    for name, part in zip(SOIL, parts, strict=True):
        layer(study, name, part, 'unit = "percent"', years="")
    study.add('[layers.organic_carbon]\nvalue = 1.5\nunit = "percent"')


def test_soil_parts_that_miss_100_a_little_are_brought_to_it_and_others_give_no_number(make_study):
    sums = every(100)
    sums[:, 20:40], sums[:, 40:60], sums[:, 60:] = 96, 109, 112
    study, whole = make_study("parts"), make_study("whole")
    soil(study, *(share * sums for share in np.float32([0.4, 0.4, 0.2])))
    soil(whole, every(40), every(40), every(20))
    found, expected = made(study, "soil_erodibility"), made(whole, "soil_erodibility")
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found[:, :60], expected[:, :60], rtol=1e-5)
    assert np.isnan(found[:, 60:]).all()
    # The tolerance is a parameter.
    study.add("[policy.overrides]\nsoil_parts_tolerance = 15")
    np.testing.assert_allclose(made(study, "soil_erodibility"), expected, rtol=1e-5)


def test_soil_parts_in_which_one_stands_in_another_unit_are_refused(study):
    # Clay as a fraction, declared percent: 40 + 40 + 0.2.
    study.add('[layers.clay_content]\nvalue = 0.2\nunit = "percent"')
    study.check().only("layers.clay_content.value", "looks like a fraction")


def test_a_product_without_a_single_value_is_named(study):
    # 60 + 40 + 20 is no soil.
    for name, part in zip(SOIL, (60, 40, 20), strict=True):
        study.add(f'[layers.{name}]\nvalue = {part}\nunit = "percent"')
    study.add('[layers.organic_carbon]\nvalue = 1.5\nunit = "percent"')
    told = study.run("soil_erodibility", "slope")
    assert told.code == 0
    assert [note for note in told.notes if "no value anywhere" in note] == [
        f"note: soil_erodibility has no value anywhere; see 'shanshui explain {study.folder} --at X,Y'"
    ]
    assert "soil_erodibility: no data" in study.cli("explain", "--at", CENTRE).out
    # It is said again where nothing is computed.
    assert any("no value anywhere" in note for note in study.run("soil_erodibility", "slope").notes)


# Elevation


@pytest.fixture
def rough(study):
    """Give the study a surface with pits, flats, holes and a seam; give the cells that have data."""
    random = np.random.default_rng(3)
    rows, columns = np.mgrid[:60, :80]
    elevation = (200.0 + 3.0 * rows + 2.0 * columns + random.normal(0, 4, SHAPE)).astype(np.float32)
    elevation[10:14, 10:14] = 5.0  # a pit far below everything around
    elevation[20:34, 50:70] = 300.0  # a flat, over the seams between tiles of 32
    elevation[40:44, 20:24] = np.nan  # a hole
    elevation[5, 60] = np.nan  # a hole of one cell
    elevation[:, 38] = np.nan  # a seam
    elevation[45:48, 60:63] = np.nan  # a hole with an island
    elevation[46, 61] = 400.0
    study.raster("elevation.tif", elevation, nodata=np.nan)
    return study, np.isfinite(elevation), elevation


def test_everything_drains_and_no_hole_grows(rough):
    study, data, _ = rough
    counts = made(study, "flow_accumulation")
    assert ((counts >= 1) == data).all()
    assert not (counts[~data] > 0).any()
    directions = made(study, "flow_direction")
    assert (np.isfinite(directions) & (directions <= 8) == data).all()
    # What flows in flows out: of the cells that drain off the data, each cell with data is counted once.
    assert counts[data & (directions == 0)].sum() == data.sum()
    assert counts[46, 61] == 1


def test_slopes_and_their_factor_have_no_more_holes_than_the_ground(rough):
    study, data, elevation = rough
    factor = made(study, "slope_length_steepness")
    assert (np.isfinite(factor) == data).all()
    assert (factor[data] > 0).all()
    slope = made(study, "slope")
    assert (np.isfinite(slope) == data).all()
    # Within the flat and on the island nothing is steep: 10.8 sin 0 + 0.03, and L is 1 where the exponent is 0.
    assert (slope[22:32, 52:68] == 0).all()
    np.testing.assert_allclose(factor[22:32, 52:68], 0.03, rtol=1e-6)
    assert slope[46, 61] == 0
    assert np.isnan(elevation).sum() == (~data).sum()


def test_the_pit_is_filled_for_flow_and_not_for_slope(rough):
    study, _, elevation = rough
    filled = made(study, "filled_elevation")
    assert (filled[10:14, 10:14] > 200).all()
    assert (filled[np.isfinite(elevation)] >= elevation[np.isfinite(elevation)]).all()
    assert made(study, "slope")[9, 11] > 40


# Coefficients and water


def test_a_class_without_a_coefficient_is_refused_for_every_coefficient(study):
    study.file("classes.csv", "code,coefficient\n1,0.1\n2,0.2\n3,0.3\n5,0.5\n")
    study.add('[tables.runoff_coefficient_by_class]\npath = "classes.csv"')
    study.check().only("tables.runoff_coefficient_by_class", "class 4 (town) has no coefficient")


def test_evapotranspiration_above_the_rain_is_no_conservation_and_is_told(study):
    # The west of the region evaporates 800 of 500 mm, the east 100.
    evaporated = every(100)
    evaporated[:, :40] = 800
    layer(study, "evapotranspiration", evaporated, 'unit = "mm"', years="")
    study.add(RAIN.format(500))
    study.add('[layers.runoff_coefficient]\nvalue = 0.1\nunit = "1"')
    kept = made(study, "water_conservation")
    assert (kept[:, :40] == 0).all()
    np.testing.assert_allclose(kept[:, 40:], 500 - 50 - 100)
    np.testing.assert_array_equal(made(study, "water_clipped"), np.repeat([[1.0] * 40 + [0.0] * 40], 60, axis=0))
    assert study.run("water_clipped_by_zone").code == 0
    means = pd.read_csv(study.out / "tables/water_clipped_by_zone.csv", dtype={"zone": str})
    by_zone = means[means["zoning"] == "county"].set_index("zone")["mean"]
    assert by_zone.to_dict() == {"4501": 1.0, "4502": 0.0, "4503": 1.0, "4504": 0.0}
    whole = means.loc[means["zoning"] == "region", "mean"].item()
    assert whole == pytest.approx(0.5, rel=1e-3)


def test_nodata_of_the_rain_is_no_rain_of_zero(study):
    rain = every(500)
    rain[:10] = np.nan
    layer(study, "precipitation", rain, 'unit = "mm"', years="")
    study.add("[layers.runoff_coefficient]\nvalue = 0.1")
    study.add('[layers.evapotranspiration]\nvalue = 100\nunit = "mm"')
    for name in ("water_conservation", "water_clipped"):
        found = made(study, name)
        assert np.isnan(found[:10]).all()
        assert np.isfinite(found[10:]).all()


def test_no_data_of_the_land_is_no_data_of_its_coefficient(study):
    cells = study.cells("land_cover_2020.tif")
    cells[:3] = 0
    study.raster("land_cover_2020.tif", cells, nodata=0)
    study.file("classes.csv", "code,coefficient\n1,0.1\n2,0.2\n3,0.3\n4,0.4\n5,0.5\n")
    study.add('[tables.cover_management_by_class]\npath = "classes.csv"')
    assert study.run("cover_management").code == 0
    with rasterio.open(study.out / "rasters/cover_management_2020.tif") as source:
        found = source.read(1)
    assert np.isnan(found[:3]).all()
    np.testing.assert_allclose(found[3:], cells[3:] / 10, rtol=1e-6)
