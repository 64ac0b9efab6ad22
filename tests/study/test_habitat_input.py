"""Habitat quality of a small study: threats as rasters, as classes or by ecosystem; and what may be wrong with them."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from scipy.ndimage import distance_transform_edt

from shanshui.chapters.services import habitat

THREATS = """\
what,far,heavy,fades
town,2050,1,exponential
road,730,0.5,linear
"""
SENSITIVITY = """\
lucode,name,suits,of_town,of_road
1,wood,1,0.8,0.5
2,grass,0.8,0.6,0.4
3,field,0.3,0.4,0.2
4,town,0,0,0
5,lake,0.9,0.7,0.3
"""
TABLES = """\
[tables.threats]
path = "threats.csv"
columns = { threat = "what", maximum_distance_m = "far", weight = "heavy", decay = "fades" }

[tables.habitat_sensitivity]
path = "sensitivity.csv"
columns = { code = "lucode", habitat = "suits", town = "of_town", road = "of_road" }
"""
LAYER = '[layers.threat]\npath = "threat_{item}.tif"\nitems = ["town", "road"]\nunit = "1"\n'


@pytest.fixture
def threatened(study):
    """The small study with two threats, a town in a corner and a road along a column."""
    cells = np.zeros((2, 60, 80), np.float32)
    cells[0, :6, :6] = 1
    cells[1, :, 50] = 0.5
    for name, each in zip(("town", "road"), cells, strict=True):
        study.raster(f"threat_{name}.tif", each)
    study.file("threats.csv", THREATS)
    study.file("sensitivity.csv", SENSITIVITY)
    study.add(TABLES + LAYER)
    return study


def product(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        return source.read(1)


def expected(codes, threat, rows, threats):
    """The model in plain numpy; cells of 100 m."""
    weight = np.array([row[1] for row in threats]) / sum(row[1] for row in threats)
    degraded = np.zeros(codes.shape)
    for number, (far, _, decay) in enumerate(threats):
        if not threat[number].any():
            continue
        distance = distance_transform_edt(threat[number] == 0, sampling=100)
        fading = np.exp(-2.99 * distance / far) if decay == "exponential" else 1 - distance / far
        sensitivity = np.vectorize({code: row[number + 1] for code, row in rows.items()}.get)(codes)
        degraded += weight[number] * np.where(distance > far, 0, fading) * sensitivity
    suits = np.vectorize({code: row[0] for code, row in rows.items()}.get)(codes)
    return degraded, suits * (1 - degraded**2.5 / (degraded**2.5 + 0.05**2.5))


ROWS = {1: (1, 0.8, 0.5), 2: (0.8, 0.6, 0.4), 3: (0.3, 0.4, 0.2), 4: (0, 0, 0), 5: (0.9, 0.7, 0.3)}
OWN = [(2050, 1, "exponential"), (730, 0.5, "linear")]


def test_every_year_has_its_habitats(threatened):
    assert threatened.run("habitat_degradation", "habitat_quality").code == 0
    threat = [threatened.cells(f"threat_{name}.tif") for name in ("town", "road")]
    for year in (2000, 2020):
        wanted = expected(threatened.cells(f"land_cover_{year}.tif"), threat, ROWS, OWN)
        # On the ellipsoid the cells are a little less or more than 100 m.
        for name, cells in zip(("habitat_degradation", "habitat_quality"), wanted, strict=True):
            np.testing.assert_allclose(product(threatened, f"{name}_{year}"), cells, atol=1e-3)
    assert wanted[1].max() > 0.9
    assert wanted[0].max() > 0.4


def test_it_is_the_same_for_every_tile(threatened):
    assert threatened.run("habitat_quality").code == 0
    made = product(threatened, "habitat_quality_2020")
    threatened.edit("tile = 32", "tile = 1024")
    assert threatened.run("habitat_quality").code == 0
    assert np.array_equal(made, product(threatened, "habitat_quality_2020"))


def test_threats_of_each_year(threatened):
    threatened.raster("threat_town_2000.tif", np.zeros((60, 80), np.float32))
    threatened.raster("threat_town_2020.tif", threatened.cells("threat_town.tif"))
    for year in (2000, 2020):
        threatened.raster(f"threat_road_{year}.tif", np.zeros((60, 80), np.float32))
    threatened.edit('threat_{item}.tif"', 'threat_{item}_{year}.tif"\nyears = [2000, 2020]')
    assert threatened.run("habitat_degradation").code == 0
    assert (product(threatened, "habitat_degradation_2000") == 0).all()
    assert (product(threatened, "habitat_degradation_2020") > 0).any()


def test_cells_without_data_are_no_sources(threatened):
    assert threatened.run("habitat_quality").code == 0
    made = product(threatened, "habitat_quality_2020")
    cells = threatened.cells("threat_road.tif")
    cells[:, :20] = -9
    threatened.raster("threat_road.tif", cells, nodata=-9)
    assert threatened.run("habitat_quality").code == 0
    assert np.array_equal(made, product(threatened, "habitat_quality_2020"))


def test_a_road_as_a_line(threatened):
    line = shapely.LineString([(505_050, 2_600_000), (505_050, 2_594_000)])
    roads = geopandas.GeoDataFrame({"kind": ["road"]}, geometry=[line], crs="EPSG:32649")
    town = geopandas.GeoDataFrame({"kind": ["town"]}, geometry=[shapely.box(500_000, 2_599_400, 500_600, 2_600_000)])
    assert threatened.run("habitat_quality").code == 0
    made = product(threatened, "habitat_quality_2020")
    threatened.polygons("threat_road.gpkg", roads)
    threatened.polygons("threat_town.gpkg", town.set_crs("EPSG:32649"))
    threatened.edit(LAYER, LAYER.replace(".tif", ".gpkg").replace('unit = "1"', ""))
    assert threatened.run("habitat_quality").code == 0
    np.testing.assert_allclose(product(threatened, "habitat_quality_2020"), made, atol=1e-6)


def test_protected_land_is_less_open_to_threats(threatened):
    assert threatened.run("habitat_degradation").code == 0
    made = product(threatened, "habitat_degradation_2020")
    access = np.ones((60, 80), np.float32)
    access[:10] = 0.25
    threatened.raster("access.tif", access)
    threatened.add('[layers.access]\npath = "access.tif"\nunit = "1"')
    assert threatened.run("habitat_degradation").code == 0
    np.testing.assert_allclose(product(threatened, "habitat_degradation_2020"), made * access, rtol=1e-6)


def test_suitability_as_one_number(threatened):
    threatened.add('[layers.habitat_suitability]\nvalue = 0.5\nunit = "1"')
    assert threatened.run("habitat_quality").code == 0
    made = product(threatened, "habitat_quality_2020")
    assert made.max() == 0.5


def test_classes_may_be_the_threats(threatened):
    threatened.edit(LAYER, "")
    threatened.file("classes.csv", "threat,code\ntown,4\nroad,3\n")
    threatened.add('[tables.threat_classes]\npath = "classes.csv"')
    assert threatened.run("habitat_degradation", "habitat_quality").code == 0
    for year in (2000, 2020):
        codes = threatened.cells(f"land_cover_{year}.tif")
        wanted = expected(codes, [codes == 4, codes == 3], ROWS, OWN)
        np.testing.assert_allclose(product(threatened, f"habitat_quality_{year}"), wanted[1], atol=1e-3)


def test_any_land_cover_has_habitats_by_ecosystem(study):
    assert study.run("habitat_degradation", "habitat_quality").code == 0
    table = habitat.habitat_sensitivity_table().set_index("level2")
    columns = ["habitat", "built", "industry_mining_transport", "cropland"]
    rows = {
        code: table.loc[level2, columns].tolist()
        for code, level2 in zip(range(1, 6), (10, 30, 50, 60, 91), strict=True)
    }
    threats = [(8000, 1, "exponential"), (6000, 0.8, "exponential"), (2000, 0.5, "linear")]
    codes = study.cells("land_cover_2020.tif")
    wanted = expected(codes, [codes == 4, np.zeros(codes.shape), codes == 3], rows, threats)
    np.testing.assert_allclose(product(study, "habitat_degradation_2020"), wanted[0], atol=1e-3)
    np.testing.assert_allclose(product(study, "habitat_quality_2020"), wanted[1], atol=2e-3)


def test_the_half_saturation_may_be_the_studys_own(threatened):
    assert threatened.run("habitat_quality").code == 0
    made = product(threatened, "habitat_quality_2020")
    threatened.add("[policy.overrides]\nhalf_saturation = 0.2")
    assert threatened.run("habitat_quality").code == 0
    more = product(threatened, "habitat_quality_2020")
    assert (more >= made).all()
    assert (more > made + 0.05).any()


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        ("road,730,0.5,linear", "road,730,,linear", "weight", ("threat road has no weight",)),
        ("road,730,0.5,linear", "road,,0.5,linear", "maximum_distance_m", ("threat road has no maximum_distance_m",)),
        ("road,730,0.5,linear", "road,0,0.5,linear", "maximum_distance_m", ("less than one cell of 1", "road 0 m")),
        (
            "road,730,0.5,linear",
            "road,0.7,0.5,linear",
            "maximum_distance_m",
            ("road 0.7 m", 'maximum_distance_m = "km"'),
        ),
        ("road,730,0.5,linear", "road,-5,0.5,linear", "maximum_distance_m", ("outside 0 to 1e+06 metre", "-5")),
        ("road,730,0.5,linear", "road,far,0.5,linear", "maximum_distance_m", ("'far'", "no number")),
        ("road,730,0.5,linear", "road,730,-1,linear", "weight", ("outside 0 to 1,000",)),
        ("road,730,0.5,linear", "road,730,much,linear", "weight", ("'much'", "no number")),
        ("road,730,0.5,linear", "road,730,0.5,lineal", "decay", ("'lineal'", "linear")),
        ("road,730,0.5,linear", "rail,700,0.5,linear", "threat", ("'road' has no row",)),
        ("road,730,0.5,linear\n", "", "threat", ("'road' has no row",)),
        ("road,730,0.5,linear", "road,730,0.5,linear\nroad,800,0.7,linear", "threat", ("'road' stands twice",)),
    ],
)
def test_a_table_of_threats_that_makes_no_sense_is_refused(threatened, old, new, column, words):
    threatened.file("threats.csv", THREATS.replace(old, new))
    if "rail" in new:
        told = threatened.check()
        assert "tables.threats.columns.threat: 'rail' is no item of layers.threat" in told.err
        assert "'road' has no row" in told.err
        return
    threatened.check().one(f"tables.threats.columns.{column}", *words)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("1,wood,1,0.8,0.5", "1,wood,1,1.2,0.5", ".columns.town", ("outside 0 to 1", "1.2")),
        ("1,wood,1,0.8,0.5", "1,wood,1,-0.1,0.5", ".columns.town", ("outside 0 to 1", "-0.1")),
        ("1,wood,1,0.8,0.5", "1,wood,1.1,0.8,0.5", ".columns.habitat", ("outside 0 to 1", "1.1")),
        ("1,wood,1,0.8,0.5", "1,wood,1,much,0.5", ".columns.town", ("'much'", "no number")),
        ("1,wood,1,0.8,0.5", "1,wood,1,,0.5", ".columns.town", ("code 1 has no town",)),
        ("1,wood,1,0.8,0.5", "1,wood,,0.8,0.5", ".columns.habitat", ("code 1 has no habitat",)),
        ("4,town,0,0,0\n", "", "", ("class 4 (town) has no row",)),
        ("4,town,0,0,0", "4,town,0,0,0\n4,city,0,0,0.1", "", ("class 4 stands twice",)),
    ],
)
def test_sensitivities_that_make_no_sense_are_refused(threatened, old, new, key, words):
    threatened.file("sensitivity.csv", SENSITIVITY.replace(old, new))
    threatened.check().one(f"tables.habitat_sensitivity{key}", *words)


def test_a_threat_without_its_column_is_refused(threatened):
    threatened.edit(', road = "of_road"', "")
    threatened.check().only("tables.habitat_sensitivity.columns.road", "is missing", "threats.threat")


def test_a_column_for_no_threat_is_refused(threatened):
    threatened.edit('road = "of_road"', 'road = "of_road", rail = "of_road"')
    threatened.check().only("tables.habitat_sensitivity.columns.rail", "neither a column", "threats.threat")


def test_a_table_with_our_names_needs_no_columns(threatened):
    assert threatened.run("habitat_quality").code == 0
    made = product(threatened, "habitat_quality_2020")
    threatened.file(
        "sensitivity.csv", SENSITIVITY.replace("lucode,name,suits,of_town,of_road", "code,name,habitat,town,road")
    )
    threatened.edit('columns = { code = "lucode", habitat = "suits", town = "of_town", road = "of_road" }\n', "")
    told = threatened.check()
    assert told.code == 0
    assert any("columns that are not in threats.threat: name" in note for note in told.notes)
    assert threatened.run("habitat_quality").code == 0
    assert np.array_equal(made, product(threatened, "habitat_quality_2020"))
    threatened.file(
        "sensitivity.csv", (threatened.folder / "sensitivity.csv").read_text().replace("0.8,0.5", "0.8,much")
    )
    threatened.check().only("tables.habitat_sensitivity.columns.road", "texts that are no number")


def test_own_threats_need_own_sensitivities(threatened):
    text = threatened.text
    begin, end = text.index("[tables.habitat_sensitivity]"), text.index("[layers.threat]")
    threatened.write(text[:begin] + text[end:])
    for told in (threatened.check(), threatened.run("habitat_quality")):
        told.only(
            "tables.habitat_sensitivity", "no sensitivity to town, road", "built, industry_mining_transport, cropland"
        )


def test_layers_of_threats_need_their_table(threatened):
    text = threatened.text
    begin, end = text.index("[tables.threats]"), text.index("[layers.threat]")
    threatened.write(text[:begin] + text[end:])
    for told in (threatened.check(), threatened.run("habitat_quality")):
        told.one("layers.threat.items", "town, road", "built, industry_mining_transport, cropland")


def test_threats_without_any_weight_are_refused(threatened):
    threatened.file("threats.csv", THREATS.replace(",1,", ",0,").replace(",0.5,", ",0,"))
    for told in (threatened.check(), threatened.run("habitat_quality")):
        told.only("tables.threats.columns.weight", "no threat has a weight above 0")


def test_classes_of_a_threat_that_no_table_has_are_refused(threatened):
    threatened.edit(LAYER, "")
    threatened.file("classes.csv", "threat,code\ntown,4\nrail,3\n")
    threatened.add('[tables.threat_classes]\npath = "classes.csv"')
    for told in (threatened.check(), threatened.run("habitat_quality")):
        told.only("tables.threat_classes.columns.threat", "rail", "town, road")


def test_classes_that_are_not_in_the_legend_are_refused(threatened):
    threatened.edit(LAYER, "")
    threatened.file("classes.csv", "threat,code\ntown,4\nroad,31\nroad,32\n")
    threatened.add('[tables.threat_classes]\npath = "classes.csv"')
    threatened.check().only(
        "tables.threat_classes.columns.code", "31, 32 is not in the legend", "or leave these rows out"
    )


def test_a_threat_beyond_its_range_is_refused(threatened):
    threatened.raster("threat_town.tif", np.full((60, 80), 3, np.float32))
    threatened.check().one("layers.threat", "outside 0 to 1")


def test_what_is_shipped_is_within_its_limits():
    table = habitat.habitat_sensitivity_table()
    numbers = table[["habitat", "built", "industry_mining_transport", "cropland"]]
    assert ((numbers >= 0) & (numbers <= 1)).all(axis=None)
    threats = habitat.shipped_threats()
    assert set(threats["threat"]) == set(numbers.columns) - {"habitat"}
    assert set(threats["decay"]) <= {"linear", "exponential"}
    assert set(habitat.threat_ecosystem_table()["threat"]) == set(threats["threat"])
    for frame in (table, threats, habitat.threat_ecosystem_table()):
        assert set(frame["status"]) == {"default"}
        assert frame["source"].str.len().min() > 20
        assert isinstance(frame, pd.DataFrame)
