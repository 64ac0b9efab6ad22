"""Faults that only steps can tell: `check` names them all, and a run before any long work."""

import pandas as pd
import pytest

from shanshui.study.study import open_study

ROSE = """
[tables.wind_rose]
path = "wind.csv"
columns = { direction_degree = "from", speed_m_s = "speed", frequency_percent = "share" }
"""
VISITS = """
[tables.visits]
path = "visits.csv"
columns = { zone = "county", zoning = "by", visits_persons = "visits" }
"""
YIELDS = """
[tables.provisioning_yields]
path = "yields.csv"
columns = { zone = "county", zoning = "by", product = "product", kind = "kind", amount = "amount", unit = "unit" }
"""
CARRIERS = """
[tables.provisioning_carriers]
path = "carriers.csv"
columns = { kind = "kind", level2 = "code", weight = "weight" }
"""
CLASSES = """
[tables.threat_classes]
path = "classes.csv"
"""
NATION = """
[zones.nation]
path = "nation.gpkg"
key = "code"
"""


@pytest.fixture
def nested(study):
    """The small study with the nation around its counties."""
    frame = study.counties.dissolve().assign(code="N")[["code", "geometry"]]
    study.polygons("nation.gpkg", frame)
    study.add(NATION)
    return study


@pytest.fixture
def faulty(nested):
    """Five tables that can be read, each with a fault of its own."""
    nested.file("wind.csv", "from,speed,share\n90,5,40\n270,9,35\n")
    nested.file("visits.csv", "county,by,visits\n4501,county,10\nN,nation,20\n")
    nested.file("yields.csv", "county,by,product,kind,amount,unit\n4501,county,rice,crop,1,t\nN,nation,rice,crop,2,t\n")
    nested.file("carriers.csv", "kind,code,weight\ncrop,50,1\ncrop,50,2\ncrop,30,1\n")
    nested.file("classes.csv", "threat,code\nbuilt,4\nmine,3\nbuilt,77\n")
    nested.add(ROSE + VISITS + YIELDS + CARRIERS + CLASSES)
    return nested


FAULTS = {
    "tables.wind_rose.columns.frequency_percent": "the frequencies sum to 75 percent, not to 100; give the whole year",
    "tables.visits.zoning": "visits are given by several zonings (county, nation) and would be counted twice; give",
    "tables.provisioning_yields.zoning": "crop is given by several zonings (county, nation) and would be counted twice",
    "tables.provisioning_carriers": "crop has several rows for 50; keep one row",
    "tables.threat_classes.columns.threat": "mine is no threat of the table threats; it has built,",
    "tables.threat_classes.columns.code": "77 is not in the legend of the land cover; write codes of the legend",
}


def test_check_names_all_faults_of_tables_at_once_and_writes_nothing(faulty):
    told = faulty.check()
    for key, words in FAULTS.items():
        told.one(key, words)
    assert len(told.faults) == len(FAULTS)
    assert not [path for path in faulty.out.rglob("*") if path.name not in (".digests.json", ".lock")]


def test_a_run_names_them_before_it_makes_anything(faulty):
    told = faulty.run()
    for key, words in FAULTS.items():
        told.one(key, words)
    assert len(told.faults) == len(FAULTS)
    assert not faulty.products()


def test_a_run_names_only_what_the_products_asked_for_hang_on(faulty):
    faulty.run("visits_by_zone").only("tables.visits.zoning", FAULTS["tables.visits.zoning"])
    assert faulty.run("land_change").code == 0


def test_draws_name_them_too(faulty):
    faulty.add('[uncertainty.half_saturation]\ndistribution = "uniform"\nlow = 0.04\nhigh = 0.06\n')
    with open_study(faulty.folder) as opened, pytest.raises(Exception, match="is no threat of the table threats"):
        opened.draw(["habitat_quality"], draws=2)


def test_a_table_that_cannot_be_read_comes_first(faulty):
    faulty.file("visits.csv", "county,by,visits\n4501,county,many\n")
    faulty.check().only("tables.visits.columns.visits_persons", "'many'")


def test_check_of_an_open_study_sees_what_was_mended(faulty):
    with open_study(faulty.folder) as opened:
        assert {problem.key for problem in opened.check()} == set(FAULTS)
        faulty.file("wind.csv", "from,speed,share\n90,5,40\n270,9,60\n")
        assert {problem.key for problem in opened.check()} == set(FAULTS) - {
            "tables.wind_rose.columns.frequency_percent"
        }


@pytest.mark.parametrize("unit", ["", 'units = { frequency_percent = "1" }\n'])
def test_a_wind_rose_in_fractions(study, unit):
    """Shares of 1 are refused unless their unit is said."""
    study.file("wind.csv", "from,speed,share\n90,5,0.4\n270,9,0.6\n")
    study.add(ROSE + unit)
    if unit:
        assert study.check().code == 0
        study.file("wind.csv", "from,speed,share\n90,5,0.4\n270,9,0.5\n")
        study.check().only("tables.wind_rose.columns.frequency_percent", "sum to 90 percent")
    else:
        study.check().only("tables.wind_rose.columns.frequency_percent", "looks like a fraction", "multiply it by 100")


@pytest.mark.parametrize(
    ("old", "column", "words"),
    [("90,5,40", "speed_m_s", "direction_degree 90 has no speed_m_s"), ("0,0,25", "direction_degree", "1 rows have")],
)
def test_a_row_of_a_wind_rose_that_is_not_whole_is_named(study, old, column, words):
    rose = "from,speed,share\n90,5,40\n270,9,35\n0,0,25\n"
    study.file("wind.csv", rose.replace(old, {"speed_m_s": "90,,40", "direction_degree": ",0,25"}[column]))
    study.add(ROSE)
    study.check().only(f"tables.wind_rose.columns.{column}", words)


def test_a_product_in_two_units_is_counted_twice(study):
    study.file(
        "yields.csv", "county,by,product,kind,amount,unit\n4501,county,rice,crop,1,t\n4501,county,rice,crop,1,kg\n"
    )
    study.add(YIELDS)
    study.check().only("tables.provisioning_yields.columns.zone", "'4501' has several rows for rice", "keep one")


def test_an_ecosystem_without_a_weight_is_named(study):
    study.file("yields.csv", "county,by,product,kind,amount,unit\n4501,county,rice,crop,1,t\n")
    study.file("carriers.csv", "kind,code,weight\ncrop,50,\n")
    study.add(YIELDS + CARRIERS)
    study.check().only("tables.provisioning_carriers.columns.weight", "has no weight")


def test_prices_without_a_year_are_named_by_check(study):
    """What the chapter of the status refuses is a step of tables, too."""
    rows = [(code, year, 5e9) for code in ("4501", "4502", "4503", "4504") for year in (2000, 2020)]
    for name, column in (("economy", "gross_domestic_product_yuan"), ("population", "total_persons")):
        frame = pd.DataFrame(rows, columns=["code", "year", "value"])
        frame["value"] /= 1.0 if name == "economy" else 5e4
        study.file(f"{name}.csv", frame.to_csv(index=False))
        study.add(
            f'[tables.{name}]\npath = "{name}.csv"\ncolumns = {{ zone = "code", year = "year", {column} = "value" }}'
        )
    assert study.check().code == 0
    study.file("prices.csv", "year,price_index\n2000,0\n2020,150\n")
    study.add('[tables.price_index]\npath = "prices.csv"')
    study.check().one("tables.price_index", "2000")


def test_the_reasons_of_a_product_that_cannot_be_made_are_short(study):
    told = study.run("climate_regulation", "coast_by_segment")
    assert told.code == 2
    see = f"see 'shanshui show {study.folder} "
    assert told.faults == [
        "climate_regulation: cannot be made: it needs transpiration_heat, and the study gives no "
        "monthly_temperature_maximum, daily_precipitation, monthly_temperature_minimum, soil_depth, "
        f"available_water_capacity; {see}climate_regulation'",
        "climate_regulation: cannot be made: it needs water_surface_evaporation, and the study gives no "
        f"monthly_temperature_maximum, monthly_temperature_minimum; {see}climate_regulation'",
        "coast_by_segment: cannot be made: it needs coastal_protection_sums, and the study gives no coast_segment; "
        f"{see}coast_by_segment'",
    ]
    # `show` keeps the whole chain.
    assert "by heat_rate: it needs cooling_days" in study.cli("show", "climate_regulation").out


def test_what_only_wants_years_is_said_as_it_is(study):
    study.write(study.text.replace("years = [2000, 2020]", "years = [2020]").replace("baseline = 2000\n", ""))
    study.run("land_conversion").only("land_conversion", "cannot be made: ", "ecosystem has 1 year, and 2 are needed")
