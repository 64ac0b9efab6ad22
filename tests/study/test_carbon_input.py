"""Carbon, productivity and cooling of a whole small study, and what is wrong with their inputs."""

import json

import numpy as np
import pytest
import rasterio

from shanshui.science.carbon import heterotrophic_respiration
from shanshui.science.light_use_efficiency import net_primary_productivity, regional_water_stress

# By class of the study's legend: wood, grass, field, town, lake.
DENSITY = "lucode,carbon\n1,150\n2,60\n3,70\n4,20\n5,0\n"
TABLE = '[tables.carbon_density_by_class]\npath = "carbon.csv"\ncolumns = { code = "lucode", coefficient = "carbon" }'
GPP = '[layers.gross_primary_productivity]\npath = "gpp.tif"\nunit = "g/m**2/year"\nscale = 0.1\n'
MONTHS = {
    "monthly_ndvi": (np.array([1, 1, 2, 3, 5, 6, 7, 6, 5, 3, 2, 1]) / 10, None),
    "monthly_solar_radiation": (np.array([250, 320, 480, 560, 650, 640, 600, 560, 470, 380, 270, 220]), "MJ/m**2"),
    "monthly_temperature": (np.array([-12, -8, 1, 9, 16, 21, 24, 23, 17, 9, 0, -9]), "degC"),
    "monthly_precipitation": (np.array([3, 5, 10, 20, 40, 70, 150, 120, 60, 25, 8, 3]), "mm"),
    "monthly_temperature_maximum": (np.array([-5, 0, 8, 16, 23, 28, 30, 29, 24, 16, 6, -2]), "degC"),
    "monthly_potential_evapotranspiration": (np.array([0, 0, 15, 45, 90, 120, 140, 120, 75, 35, 5, 0]), "mm"),
}


def product(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1, masked=True).astype(np.float64).filled(np.nan)


def by_class(study, amounts, year=2020):
    table = np.full(6, np.nan)
    table[list(amounts)] = list(amounts.values())
    return table[study.cells(f"land_cover_{year}.tif")]


def twelve(study, name, values):
    """Write a year of months that differ from column to column by a hundredth."""
    cells = np.asarray(values, np.float32)[:, None, None] * np.linspace(1, 1.01, 80, dtype=np.float32)
    with rasterio.open(study.folder / "elevation.tif") as source:
        profile = source.profile | {"count": 12, "nodata": None}
    with rasterio.open(study.folder / f"{name}.tif", "w", **profile) as target:
        target.write(np.broadcast_to(cells, (12, 60, 80)))
    return cells[:, :1]


@pytest.fixture
def seasons(study):
    """A study with months of everything; give it and the months of a row."""
    rows = {name: twelve(study, name, values) for name, (values, _) in MONTHS.items()}
    for name, (_, unit) in MONTHS.items():
        study.add(f'[layers.{name}]\npath = "{name}.tif"' + (f'\nunit = "{unit}"' if unit else ""))
    return study, rows


# Stock


def test_one_figure_a_class_comes_before_the_shipped_pools(study):
    study.file("carbon.csv", DENSITY)
    study.add(TABLE)
    assert study.run("carbon_stock").code == 0
    expected = by_class(study, {1: 150, 2: 60, 3: 70, 4: 20, 5: 0})
    np.testing.assert_array_equal(product(study, "carbon_stock_2020"), expected)


def test_a_pool_of_the_study_stands_among_the_shipped_ones_and_the_receipt_names_each(study):
    study.add('[layers.carbon_soil]\nvalue = 6\nunit = "kg/m**2"')
    assert study.run("carbon_stock").code == 0
    # 60 t/ha of soil; above ground, roots and dead wood as shipped: forest 45 + 11 + 3, grassland 0.6 + 4.2 + 0.2 ...
    expected = by_class(study, {1: 119, 2: 65, 3: 63.3, 4: 61.5, 5: 60})
    np.testing.assert_allclose(product(study, "carbon_stock_2020"), expected, rtol=1e-6)
    receipt = json.loads((study.out / "receipts/carbon_stock.json").read_text("utf-8"))
    methods = {step["gives"]: step.get("method") for step in receipt["steps"]}
    assert methods["carbon_stock"] == "pools"
    assert methods["carbon_aboveground"] == methods["carbon_belowground"] == methods["carbon_dead"] == "ecosystem"
    assert "carbon_soil" not in methods


def test_a_class_table_in_kilograms_becomes_tonnes(study):
    study.file("carbon.csv", DENSITY.replace("150", "15").replace("60", "6").replace("70", "7").replace("20", "2"))
    study.add(TABLE + '\nunit = "kg/m**2"')
    assert study.run("carbon_stock").code == 0
    expected = by_class(study, {1: 150, 2: 60, 3: 70, 4: 20, 5: 0})
    np.testing.assert_allclose(product(study, "carbon_stock_2020"), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("4,20\n", "", "tables.carbon_density_by_class", ("class 4 (town) has no coefficient",)),
        ("4,20", "4,-20", "tables.carbon_density_by_class.columns.coefficient", ("outside 0 to 6,000", "-20")),
        ("1,150", "1,15000", "tables.carbon_density_by_class.columns.coefficient", ("outside 0 to 6,000", "15,000")),
    ],
)
def test_a_carbon_table_that_makes_no_sense_is_refused(study, old, new, key, words):
    study.file("carbon.csv", DENSITY.replace(old, new))
    study.add(TABLE)
    study.check().one(key, *words)


# Productivity in the wrong unit, and fill values


def test_productivity_in_kilograms_is_converted_as_it_declares(study):
    study.add('[layers.net_primary_productivity]\nvalue = 0.5\nunit = "kg/m**2/year"')
    assert study.run("carbon_sequestration").code == 0
    # 500 g/m2, of which forest keeps 0.22 and grassland 0.08, are 5 t/ha of carbon and 44/12 of that.
    expected = by_class(study, {1: 5 * 0.22 * 44 / 12, 2: 5 * 0.08 * 44 / 12, 3: 0, 4: 0, 5: 0})
    np.testing.assert_allclose(product(study, "carbon_sequestration_2020"), expected, rtol=1e-6)


def test_productivity_in_tenths_of_a_gram_is_named_unless_it_is_scaled(study):
    cells = np.full((60, 80), 5200, np.int16)
    study.raster("npp.tif", cells)
    layer = '[layers.net_primary_productivity]\npath = "npp.tif"\nunit = "g/m**2/year"'
    study.add(layer)
    study.check().one("layers.net_primary_productivity", "5200", "outside -3000 to 3270")
    study.edit(layer, layer + "\nscale = 0.1")
    assert study.check().code == 0


@pytest.mark.parametrize("unit", ["g/m**2", "t/ha", "W/m**2"])
def test_productivity_that_is_not_by_year_is_refused(study, unit):
    study.add(f'[layers.net_primary_productivity]\nvalue = 500\nunit = "{unit}"')
    study.check().one("layers.net_primary_productivity.unit", "g/m**2/year")


def test_fill_values_of_gross_productivity_are_named_and_left_out_as_nodata(study):
    cells = np.full((60, 80), 3000, np.uint16)
    cells[:3] = 65533
    study.raster("gpp.tif", cells, nodata=65535)
    study.add(GPP)
    study.check().one("layers.gross_primary_productivity", "6553.3", "outside 0 to 6550", "nodata = 65533")
    study.edit(GPP, GPP + "nodata = 65533\n")
    assert study.run("net_primary_productivity", "carbon_sequestration").code == 0
    found = product(study, "net_primary_productivity")
    assert np.isnan(found[:3]).all()
    assert (found[3:] == 150).all()
    assert np.isnan(product(study, "carbon_sequestration_2020")[:3]).all()


def test_rates_by_class_serve_where_productivity_is_not_known(study):
    assert study.run("carbon_sequestration").code == 0
    expected = by_class(study, {1: 0.87 * 44 / 12, 2: 0, 3: 0, 4: 0, 5: 0})
    np.testing.assert_allclose(product(study, "carbon_sequestration_2020"), expected, rtol=1e-6)


# From months to what the air loses


def test_months_of_light_and_weather_become_productivity_and_sequestration(seasons):
    study, rows = seasons
    assert study.run("net_primary_productivity", "net_ecosystem_productivity", "carbon_sequestration").code == 0
    wide = {name: np.ascontiguousarray(np.broadcast_to(cells, (12, 60, 80))) for name, cells in rows.items()}
    stress = regional_water_stress(wide["monthly_precipitation"], wide["monthly_potential_evapotranspiration"])
    classes = study.cells("land_cover_2020.tif")
    efficiency = np.float32([np.nan, 0.5835, 0.542, 0.542, 0.542, 0.542])[classes]
    full = np.float32([np.nan, 0.702, 0.634, 0.634, 0.634, 0.634])[classes]
    layers = [wide[name] for name in ("monthly_ndvi", "monthly_solar_radiation", "monthly_temperature")]
    grown = net_primary_productivity(*layers, stress, efficiency, full).sum(axis=0)
    np.testing.assert_allclose(product(study, "net_primary_productivity_2020"), grown, rtol=1e-4)
    assert 300 < grown.mean() < 900
    breathed = heterotrophic_respiration(wide["monthly_temperature"], wide["monthly_precipitation"], 0.465)
    kept = product(study, "net_ecosystem_productivity_2020")
    np.testing.assert_allclose(kept, grown - breathed, rtol=1e-3, atol=0.05)
    np.testing.assert_allclose(product(study, "carbon_sequestration_2020"), kept * 0.44 / 12, rtol=1e-5)


def test_radiation_by_day_is_refused(study):
    twelve(study, "sun", np.full(12, 15))
    study.add('[layers.monthly_solar_radiation]\npath = "sun.tif"\nunit = "MJ/m**2/day"')
    study.check().one("layers.monthly_solar_radiation.unit", "MJ/m**2")


def test_hot_months_become_heat_and_electricity(seasons):
    study, _ = seasons
    names = "climate_regulation", "climate_regulation_electricity", "water_surface_evaporation"
    assert study.run(*names).code == 0
    # June, July, August have 92 days; the lake's heat is its evaporation.
    heat, electricity = product(study, "climate_regulation_2020"), product(study, "climate_regulation_electricity_2020")
    water = product(study, "water_surface_evaporation")
    expected = by_class(study, {1: 70.4 * 920, 2: 25.6 * 920, 3: 0, 4: 0})
    lake = study.cells("land_cover_2020.tif") == 5
    np.testing.assert_allclose(heat[~lake], expected[~lake], rtol=1e-5)
    np.testing.assert_allclose(heat[lake], 24_500 * water[lake], rtol=1e-5)
    np.testing.assert_allclose(electricity[~lake], expected[~lake] / 10.8, rtol=1e-5)
    np.testing.assert_allclose(electricity[lake], water[lake] * 10 * (2450 / 3.6 + 120), rtol=1e-5)
    assert 100 < water.mean() < 700


def test_without_warmth_there_is_no_cooling_and_a_number_of_days_will_do(study):
    told = study.run("climate_regulation")
    assert told.code == 2
    lacking = [line for line in told.faults if line.startswith("climate_regulation: cannot be made")]
    assert len(lacking) == 2
    assert all("the study gives no monthly_temperature_maximum" in line for line in lacking)
    study.add('[layers.cooling_days]\nvalue = 90\nunit = "day"')
    study.add('[layers.potential_evapotranspiration]\nvalue = 1000\nunit = "mm"')
    assert study.run("climate_regulation").code == 0
    # The lake: 1,000 mm x 1.05 x 90 / 365.25 x 24,500 MJ/ha.
    expected = by_class(study, {1: 63_360, 2: 23_040, 3: 0, 4: 0, 5: 1000 * 1.05 * 90 / 365.25 * 24_500})
    np.testing.assert_allclose(product(study, "climate_regulation_2020"), expected, rtol=1e-5)


# Blue carbon


def test_a_table_of_blue_carbon_of_the_study_s_own(study):
    habitat = np.zeros((60, 80), np.int16)
    habitat[:10], habitat[10:20] = 1, 3
    study.raster("habitat.tif", habitat)
    study.file("blue.csv", "code,part,value\n1,soil,700\n1,burial,3\n")
    study.file("habitat.csv", "code,name\n0,none\n1,mangrove\n3,seagrass\n")
    study.add('[layers.coastal_habitat]\npath = "habitat.tif"\n[tables.blue_carbon_table]\npath = "blue.csv"')
    assert study.run("blue_carbon_stock", "blue_carbon_burial").code == 0
    stock, burial = product(study, "blue_carbon_stock"), product(study, "blue_carbon_burial")
    assert (stock[:10] == 700).all()
    assert np.isnan(stock[10:]).all()
    assert (burial[:10] == 11).all()
    study.file("blue.csv", "code,part,value\n1,mud,700\n")
    study.check().one("tables.blue_carbon_table.columns.part", "mud")
