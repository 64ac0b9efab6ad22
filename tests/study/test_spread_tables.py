"""Statistics by zone on the cells of a study: its sums are kept, whatever the tiles; faults are named."""

import math
import shutil

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio

# Forest, grassland, cropland, built land and lakes lie all over the four counties.
YIELDS = """\
county,year,product,kind,amount,unit
4501,2020,rice,crop,1234567,t
4501,2020,rapeseed,crop,7.3,1e4 t
4501,2000,rice,crop,999,t
4502,2020,rice,crop,333331,t
4503,2020,rice,crop,0,t
4502,2020,mutton,livestock,4321,t
4502,2020,sheep,livestock,90000,head
4504,2020,carp,fishery,77,t
"""
TABLE = """
[tables.provisioning_yields]
path = "yields.csv"
columns = { zone = "county", year = "year", product = "product", kind = "kind", amount = "amount", unit = "unit" }
"""
NPP = """
[layers.net_primary_productivity]
path = "npp.tif"
unit = "g/m**2/year"
"""
MAPS = ("crop_provision", "livestock_provision", "fishery_provision", "provisioning_by_zone")


def read(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1, masked=True).astype(float).filled(np.nan)


def total(cells):
    return math.fsum(cells[np.isfinite(cells)])


@pytest.fixture
def yields(study):
    study.file("yields.csv", YIELDS)
    study.add(TABLE + NPP)
    npp = np.random.default_rng(1).uniform(100, 900, study.cells("elevation.tif").shape).astype(np.float32)
    # The north-west has no productivity at all.
    npp[:30, :40] = np.nan
    study.raster("npp.tif", npp, nodata=float("nan"))
    return study


@pytest.fixture
def on_borders(yields, rectangle):
    """Move the borders of the counties into the cells."""
    rows, columns = 29.7, 40.35
    corners = [(0, 0, rows, columns), (0, columns, rows, 80 - columns)]
    corners += [(rows, 0, 60 - rows, columns), (rows, columns, 60 - rows, 80 - columns)]
    shapes = [rectangle(*corner) for corner in corners]
    counties = yields.counties.drop(columns="geometry")
    yields.polygons("counties.gpkg", geopandas.GeoDataFrame(counties, geometry=shapes, crs=yields.counties.crs))
    return yields


def test_the_cells_sum_to_the_statistics_to_the_unit(yields):
    told = yields.run(*MAPS)
    assert told.code == 0, told.err
    crops = read(yields, "crop_provision")
    quarters = {"4501": crops[:30, :40], "4502": crops[:30, 40:], "4503": crops[30:, :40], "4504": crops[30:, 40:]}
    assert f"{total(quarters['4501']):.0f}" == "1307567"  # 1,234,567 and 73,000
    assert f"{total(quarters['4502']):.0f}" == "333331"
    assert total(quarters["4503"]) == 0.0
    # Nothing is known of the south-east.
    assert np.isnan(quarters["4504"]).all()
    assert f"{total(read(yields, 'livestock_provision')):.0f}" == "4321"
    assert f"{total(read(yields, 'fishery_provision')):.0f}" == "77"
    land = yields.cells("land_cover_2020.tif")
    assert (quarters["4502"][(land != 3)[:30, 40:]] == 0).all()
    assert (quarters["4502"][(land == 3)[:30, 40:]] > 0).all()


def test_the_table_says_what_is_spread_and_how(yields):
    assert yields.run(*MAPS).code == 0
    found = pd.read_csv(yields.out / "tables" / "provisioning_by_zone.csv", keep_default_na=False)
    assert (found["spread"] + found["not_spread"]).tolist() == found["amount"].tolist()
    assert found["amount"].tolist() == [1234567, 7.3, 999, 333331, 0, 4321, 90000, 77]
    assert found["spread_by"].tolist() == [
        "area",
        "area",
        "",
        "productivity",
        "productivity",
        "productivity",
        "",
        "area",
    ]
    assert found["reason"].tolist() == ["", "", "not the year of the map", "", "", "", "not in the unit of the map", ""]


def test_the_sums_are_kept_where_borders_cut_cells(on_borders):
    assert on_borders.run(*MAPS).code == 0
    # 1,307,567 and 333,331 t; a float32 has 24 bits.
    assert total(read(on_borders, "crop_provision")) == pytest.approx(1640898, rel=1e-7)


@pytest.mark.parametrize("tile", [16, 48])
def test_the_tiles_change_nothing(on_borders, tile):
    assert on_borders.run(*MAPS).code == 0
    cells = {name: read(on_borders, name) for name in MAPS[:3]}
    table = (on_borders.out / "tables" / "provisioning_by_zone.csv").read_bytes()
    shutil.rmtree(on_borders.out)
    on_borders.edit("tile = 32", f"tile = {tile}")
    assert on_borders.run(*MAPS).code == 0
    for name, before in cells.items():
        assert np.nansum(before) > 0
        np.testing.assert_array_equal(read(on_borders, name), before)
    assert (on_borders.out / "tables" / "provisioning_by_zone.csv").read_bytes() == table


def test_without_productivity_the_area_is_taken(yields):
    yields.write(yields.text.replace(NPP.strip(), ""))
    assert yields.run(*MAPS).code == 0
    found = pd.read_csv(yields.out / "tables" / "provisioning_by_zone.csv", keep_default_na=False)
    assert set(found["spread_by"]) == {"area", ""}
    crops = read(yields, "crop_provision")[:30, 40:]
    grown = crops[crops > 0]
    # All cells are of one size but for a thousandth.
    assert grown.max() / grown.min() < 1.001
    assert f"{total(crops):.0f}" == "333331"


def test_own_carriers(yields):
    yields.file("carriers.csv", "kind,code,weight\ncrop,30,2\ncrop,50,1\n")
    yields.add(
        '[tables.provisioning_carriers]\npath = "carriers.csv"\n'
        'columns = { kind = "kind", level2 = "code", weight = "weight" }'
    )
    assert yields.run(*MAPS).code == 0
    crops, land = read(yields, "crop_provision")[:30, :40], yields.cells("land_cover_2020.tif")[:30, :40]
    assert f"{total(crops):.0f}" == "1307567"
    # Spread by area here: grass draws twice as much as a field.
    assert crops[land == 2].mean() / crops[land == 3].mean() == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("rice,crop,333331", "rice,grain,333331", "tables.provisioning_yields.columns.kind", "'grain'"),
        ("crop,333331", "crop,-5", "tables.provisioning_yields.columns.amount", "outside"),
        ("crop,333331", "crop,many", "tables.provisioning_yields.columns.amount", "'many'"),
        ("4502,2020,rice", "4509,2020,rice", "tables.provisioning_yields.columns.zone", "4509"),
    ],
)
def test_faults_of_the_statistics_are_named(yields, old, new, key, words):
    assert YIELDS.count(old) == 1
    yields.file("yields.csv", YIELDS.replace(old, new))
    yields.check().only(key, words)


def test_a_product_that_stands_twice_is_named(yields):
    yields.file("yields.csv", f"{YIELDS}4502,2020,rice,crop,5,t\n")
    yields.run(*MAPS).one("tables.provisioning_yields.columns.zone", "4502", "rice")


def test_visits_on_cells(study):
    study.file("visits.csv", "county,year,visits\n4501,2020,52\n4504,2020,8.5\n4504,2019,3\n")
    study.add(
        '[tables.visits]\npath = "visits.csv"\nunits = { visits_persons = "1e4 person" }\n'
        'columns = { zone = "county", year = "year", visits_persons = "visits" }\n'
        '[layers.recreation_opportunity]\npath = "opportunity.tif"\n'
    )
    opportunity = np.random.default_rng(2).uniform(0, 1, study.cells("elevation.tif").shape).astype(np.float32)
    study.raster("opportunity.tif", opportunity)
    assert study.run("recreation_visits", "visits_by_zone").code == 0
    cells = read(study, "recreation_visits")
    assert f"{total(cells[:30, :40]):.0f}" == "520000"
    assert f"{total(cells[30:, 40:]):.0f}" == "85000"
    assert np.isnan(cells[:30, 40:]).all()
    np.testing.assert_allclose(cells[:30, :40] / 520000, opportunity[:30, :40] / opportunity[:30, :40].sum(), rtol=2e-3)
    found = pd.read_csv(study.out / "tables" / "visits_by_zone.csv")
    assert found["spread_persons"].tolist() == [520000, 85000, 0]
    assert found["not_spread_persons"].tolist() == [0, 0, 30000]


def test_services_are_compared_over_zones(study):
    rows, columns = study.cells("elevation.tif").shape
    rising = np.add.outer(np.arange(rows), 0.1 * np.arange(columns)).astype(np.float32)
    for name, cells in (("water_conservation", rising), ("soil_retention", 500 - rising)):
        study.raster(f"{name}.tif", cells.astype(np.float32))
    study.add(
        '[layers.water_conservation]\npath = "water_conservation.tif"\nunit = "mm"\n'
        '[layers.soil_retention]\npath = "soil_retention.tif"\nunit = "t/ha/year"\n'
    )
    assert study.run("service_correlation", "service_bundles").code == 0
    found = pd.read_csv(study.out / "tables" / "service_correlation.csv")
    # Four counties are too few, unless the study says otherwise.
    assert set(map(tuple, found[["zones", "relation"]].values)) == {(4, "too few zones")}
    assert pd.read_csv(study.out / "tables" / "service_bundles.csv").empty
    assert study.cli("report").code == 0
    study.add("[policy.overrides]\nleast_zones_compared = 4\n")
    assert study.run("service_correlation", "service_bundles").code == 0
    found = pd.read_csv(study.out / "tables" / "service_correlation.csv")
    found = found[(found["service_a"] == "water_conservation") & (found["service_b"] == "soil_retention")]
    assert found["rank_correlation"].tolist() == pytest.approx([-1.0])
    assert found["relation"].tolist() == ["trade-off"]
    bundles = pd.read_csv(study.out / "tables" / "service_bundles.csv")
    assert set(bundles["service"]) >= {"water_conservation", "soil_retention", "habitat_quality", "carbon_stock"}
    assert bundles.groupby("service")["zone"].nunique().eq(4).all()
    assert bundles.groupby("service")["standardised"].mean().abs().max() < 1e-9
    assert study.cli("report").code == 0
    page = (study.out / "report" / "index.html").read_text("utf-8")
    assert "Trade-offs and synergies between services, by county" in page
    assert "Zones by bundle of services, by county" in page
