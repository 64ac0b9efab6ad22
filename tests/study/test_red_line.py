"""The red line through the whole engine: by rule, by plan, its shares, tiles, draws, and what is refused."""

from itertools import pairwise

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from tests.study.conftest import CELL, COLUMNS, CRS, LEFT, ROWS, TOP

LAYERS = """
[layers.ecological_importance]
path = "importance.tif"

[layers.service_importance]
path = "service.tif"

[layers.service_importance_dominant]
path = "service_kind.tif"

[layers.fragility_class]
path = "fragile.tif"

[layers.fragility_class_dominant]
path = "fragile_kind.tif"

[layers.water_conservation]
path = "water.tif"
unit = "mm"

[layers.protected_area]
path = "park.tif"

[layers.permanent_basic_farmland]
path = "farmland.tif"

[layers.excluded_land]
path = "mine.tif"

[layers.boundary_line]
path = "rivers.gpkg"

[zones.function_area]
path = "function_areas.gpkg"
key = "key"
columns = { name = "name" }
"""
OVERRIDES = """
[policy.overrides]
smallest_patch_km2 = 0.05
largest_hole_km2 = 0.03
land_target_percent = 45
sea_target_percent = 10
function_area_target_percent = 40
"""
TOLD = ("red_line", "red_line_cells", "red_line_ledger", "red_line_certificate")
# Columns from here on are the sea.
COAST = 64


def spots(random, share):
    """Some patches of a field that is smooth over five cells."""
    coarse = random.random((ROWS // 5, COLUMNS // 5))
    return np.kron(coarse, np.ones((5, 5))) > 1 - share


@pytest.fixture
def lined(study):
    random = np.random.default_rng(23)
    shape = ROWS, COLUMNS
    service = np.where(spots(random, 0.3), 3, random.integers(1, 3, shape)).astype(np.int32)
    fragile = np.where(spots(random, 0.3), 3, random.integers(1, 3, shape)).astype(np.int32)
    importance = np.maximum(service, fragile)
    importance[(importance == 2) & spots(random, 0.1)] = 3
    importance[3:14, 12:23] = -1
    kinds = np.kron(random.integers(1, 9, (12, 16)), np.ones((5, 5))).astype(np.int32)
    study.raster("importance.tif", importance.astype(np.int32), nodata=-1)
    study.raster("service.tif", service, nodata=-1)
    study.raster("service_kind.tif", kinds, nodata=-1)
    study.raster("fragile.tif", fragile, nodata=-1)
    study.raster("fragile_kind.tif", np.minimum(kinds, 5), nodata=-1)
    water = random.gamma(2, 50, shape).astype(np.float32)
    water[30:33, 40:44] = -9999
    study.raster("water.tif", water, nodata=-9999)
    for name, rows, columns in (
        ("park", (20, 26), (28, 40)),
        ("mine", (22, 24), (30, 36)),
        ("farmland", (40, 52), (5, 25)),
    ):
        cells = np.zeros(shape, np.float32)
        cells[slice(*rows), slice(*columns)] = 1
        cells[rows[1], columns[0]] = 0.4
        study.raster(f"{name}.tif", cells, nodata=-1)
    study.file("legend.csv", (study.folder / "legend.csv").read_text() + "6,sea,sea\n")
    for year in (2000, 2020):
        cells = study.cells(f"land_cover_{year}.tif")
        cells[:, COAST:] = 6
        study.raster(f"land_cover_{year}.tif", cells, nodata=0)
    river = shapely.LineString([(LEFT + 1240, TOP), (LEFT + 1250, TOP - 3000), (LEFT + 2050, TOP - 6000)])
    study.polygons("rivers.gpkg", geopandas.GeoDataFrame({"name": ["Yi"]}, geometry=[river], crs=CRS))
    # The border lies in the twentieth row of cells, a third from above.
    edges = TOP, TOP - 20.33 * CELL, TOP - 40 * CELL
    areas = [shapely.box(LEFT, low, LEFT + 60 * CELL, high) for high, low in pairwise(edges)]
    frame = geopandas.GeoDataFrame({"key": ["h", "l"], "name": ["Hills", "Lakes"]}, geometry=areas, crs=CRS)
    study.polygons("function_areas.gpkg", frame)
    study.add(LAYERS + OVERRIDES)
    return study


def made(study, name):
    with rasterio.open(study.out / "rasters" / f"{name}.tif") as source:
        cells = source.read(1)
        if cells.dtype.kind == "f":
            return cells
        return np.where(cells == source.nodata, -1, cells.astype(int))


def table(study, name):
    return pd.read_csv(study.out / "tables" / f"{name}.csv")


def drawn(study, name="red_line"):
    return geopandas.read_file(next(study.out.rglob(f"{name}.gpkg")))


def expected_ground(study):
    """What speaks for and against each cell, put together from the inputs."""
    cover = study.cells("land_cover_2020.tif")
    kinds, service, fragile = (study.cells(f"{name}.tif") for name in ("service_kind", "service", "fragile"))
    function = np.array([0, 11, 12, 13, 14, 15, 15, 15, 15])[kinds]
    problem = np.array([0, 21, 22, 23, 24, 25])[np.minimum(kinds, 5)]
    importance = study.cells("importance.tif")
    kind = np.select([service == 3, fragile == 3, importance == 3], [function, problem, 33], 0)
    kind[importance < 0] = -1
    excluded = np.select([cover == 4, study.cells("farmland.tif") == 1, study.cells("mine.tif") == 1], [1, 2, 3], 0)
    ground = np.where(excluded > 0, excluded, kind)
    park = study.cells("park.tif") == 1
    return np.where(park, np.where(excluded > 0, 32, 31), ground), np.where(cover == 6, 2, 1)


def test_the_ground_is_that_of_the_inputs(lined):
    told = lined.run("red_line_ground", "red_line_type")
    assert told.code == 0, told.err
    ground, _ = expected_ground(lined)
    np.testing.assert_array_equal(made(lined, "red_line_ground"), ground)
    assert {-1, 0, 1, 2, 3, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 31, 32, 33} == set(np.unique(ground)) | {3}


def compared(study, codes, ground, realm):
    """What holds of every line, and of its tables and polygons."""
    inside = codes >= 11
    for code in (-1, 1, 2, 3, 31, 32):
        np.testing.assert_array_equal(codes[ground == code], code)
    ledger, patches = table(study, "red_line_ledger"), drawn(study)
    for number, name in ((1, "land"), (2, "sea")):
        rows = ledger[ledger["realm"] == name].set_index("code")["cells"].to_dict()
        values, counts = np.unique(codes[(codes >= 0) & (realm == number)], return_counts=True)
        assert rows == dict(zip(values.tolist(), counts.tolist(), strict=True))
        shapes = patches[patches["realm"] == name]
        assert shapes["cells"].sum() == (inside & (realm == number)).sum()
    assert patches.geometry.is_valid.all()
    assert patches["area_ha"].sum() == pytest.approx(ledger[ledger["inside"] == 1]["area_ha"].sum(), rel=1e-9)
    # On the plane, cells of a hectare; smoothing changes a patch by a hundredth at most.
    assert (patches.geometry.area / 1e4).to_numpy() == pytest.approx(patches["cells"].to_numpy(), rel=0.0101)
    assert patches["conflict_ha"].sum() == pytest.approx((codes == 32).sum(), rel=2e-3)
    return table(study, "red_line_certificate")


def test_the_line_by_rule(lined):
    lined.add('[methods]\nred_line = "grade"\n')
    told = lined.run(*TOLD, "red_line_protection", "red_line_confidence")
    assert told.code == 0, told.err
    ground, realm = expected_ground(lined)
    codes = made(lined, "red_line_cells")
    certificate = compared(lined, codes, ground, realm)
    assert {4, 41} <= set(np.unique(codes))
    told = certificate[certificate["realm"] == "land"].set_index("row")
    here = (codes >= 0) & (realm == 1)
    assert told.loc["area", "lower"] == pytest.approx(0.45 * here.sum() / 100, rel=2e-3)
    assert told.loc["area", "reached"] == pytest.approx(((codes >= 11) & here).sum() / 100, rel=2e-3)
    # The twentieth row lies a third in the hills and more in the lakes.
    rows = np.arange(ROWS)[:, None] * np.ones((1, COLUMNS), int)
    for name, area in (("Hills", rows < 20), ("Lakes", (rows >= 20) & (rows < 40))):
        inside = (codes >= 11) & area & (np.arange(COLUMNS) < 60)
        assert told.loc[f"share of function area {name}", "reached"] == pytest.approx(inside.sum() / 100, rel=2e-3)
    confidence = made(lined, "red_line_confidence")
    np.testing.assert_array_equal(np.nan_to_num(confidence, nan=-1), np.where(codes < 0, -1, codes >= 11))
    protection = table(lined, "red_line_protection").set_index("feature")
    fragile = lined.cells("fragile.tif") == 3
    share = 100 * (fragile & (codes >= 11)).sum() / fragile.sum()
    assert protection.loc["fragile_land", "inside_percent"] == pytest.approx(share, rel=2e-3)


@pytest.mark.parametrize("word", TOLD)
def test_the_method_of_one_is_that_of_all_that_are_made_together(lined, word):
    lined.add(f'[methods]\n{word} = "optimise"\n')
    told = lined.run(*TOLD, "red_line_net_value", "red_line_value")
    assert told.code == 0, told.err
    ground, realm = expected_ground(lined)
    codes = made(lined, "red_line_cells")
    certificate = compared(lined, codes, ground, realm)
    assert set(certificate["realm"]) == {"land", "sea"}
    assert {6, 44} <= set(np.unique(codes))
    value = np.nan_to_num(made(lined, "red_line_value").astype(float))
    for number, name in ((1, "land"), (2, "sea")):
        told, here = certificate[certificate["realm"] == name].set_index("row"), (codes >= 0) & (realm == number)
        before = (codes >= 11) | (codes == 4)
        assert told.loc["value", "reached"] == pytest.approx(value[before & here].sum(), rel=1e-5)
        lost = value[(codes == 4) & here].sum()
        assert told.loc["value lost with small patches", "reached"] == pytest.approx(lost, rel=1e-5, abs=1e-6)
        assert told.loc["objective", "reached"] <= told.loc["objective", "upper"]
        assert told.loc["area", "reached"] == pytest.approx(((codes >= 11) & here).sum() / 100, rel=2e-3)
        assert told.loc["area", "holds"] == 1
    net = made(lined, "red_line_net_value")
    free = (ground == 0) & (realm == 1)
    assert net[free & (codes == 44)].mean() > 0 > net[free & (codes == 0)].mean()


def test_two_methods_for_what_is_made_together_are_refused(lined):
    lined.add('[methods]\nred_line = "grade"\nred_line_ledger = "optimise"\n')
    lined.check().only("methods.red_line", "'grade'", "red_line_ledger", "choose one method")


def test_a_word_s_own_method_stays_its_own(lined):
    lined.own_words("", OWN)
    lined.add('[methods]\nred_line = "grade"\nred_line_ledger = "mine"\n')
    told = lined.run(*TOLD, "--trust")
    assert told.code == 0, told.err
    assert table(lined, "red_line_ledger").columns.tolist() == ["mine"]
    assert set(table(lined, "red_line_certificate")["row"]) >= {"area", "boundary"}
    assert "objective" not in set(table(lined, "red_line_certificate")["row"])


OWN = '''
import pandas as pd
from shanshui.base.step import step


@step(gives="red_line_ledger", method="mine")
def mine(red_line_certificate):
    """Mine."""
    return pd.DataFrame({"mine": [1]})
'''


@pytest.mark.parametrize("method", ["grade", "optimise"])
def test_the_bytes_do_not_depend_on_tiles_or_threads(lined, method):
    lined.add(f'[methods]\nred_line = "{method}"\n')
    wanted = (*TOLD, "red_line_protection", "red_line_value", "red_line_ground", "red_line_confidence")
    found = []
    for tile, threads in ((32, "2"), (16, "1"), (64, "2")):
        lined.write(lined.text.replace("tile = 32", f"tile = {tile}").replace("tile = 16", f"tile = {tile}"))
        told = lined.run(*wanted, "--threads", threads)
        assert told.code == 0, told.err
        found.append({name: content for name, content in lined.products().items() if not name.startswith("receipts")})
    assert [name for name in found[0] if found[0][name] != found[1][name]] == []
    assert [name for name in found[0] if found[0][name] != found[2][name]] == []


def test_the_value_sums_to_a_million_over_the_region(lined, rectangle):
    # Half a cell short of the last row, and of the first column.
    left, low, right, high = rectangle(0, 0, ROWS, COLUMNS).bounds
    lined.boundary(shapely.box(left + 50, low + 50, right, high))
    told = lined.run("red_line_value", "water_conservation_share", "fragile_share", "function_area")
    assert told.code == 0, told.err
    for name in ("red_line_value", "water_conservation_share", "fragile_share"):
        assert np.nansum(made(lined, name).astype(float)) == pytest.approx(1e6, rel=1e-6), name
    weight = np.ones((ROWS, COLUMNS))
    weight[-1] /= 2
    weight[:, 0] /= 2
    water = np.where(lined.cells("water.tif") < 0, 0, lined.cells("water.tif")) * weight
    share = np.nan_to_num(made(lined, "water_conservation_share"))
    np.testing.assert_allclose(share, 1e6 * water / water.sum(), rtol=2e-3)
    areas = made(lined, "function_area")
    np.testing.assert_array_equal(areas[:, :60], np.repeat([1, 2, -1], 20)[:, None] * np.ones((1, 60), int))
    assert (areas[:, 60:] == -1).all()


TARGETS = "feature,target_percent\nwater_conservation,{share}\necosystem {code},20\ncrane,50\n"


def with_targets(study, share=15, code=30):
    crane = np.zeros((ROWS, COLUMNS), np.float32)
    crane[45:58, 40:60] = 1
    study.raster("crane.tif", crane, nodata=-1)
    study.file("targets.csv", TARGETS.format(share=share, code=code))
    study.add('[layers.protected_feature]\npath = "{item}.tif"\nitems = ["crane"]\n')
    study.add('[tables.red_line_targets]\npath = "targets.csv"\n[methods]\nred_line = "optimise"\n')


def test_targets_of_services_ecosystems_and_ranges_are_kept(lined):
    with_targets(lined)
    lined.edit("sea_target_percent = 10", "sea_target_percent = 30")
    told = lined.run(*TOLD, "ecosystem")
    assert told.code == 0, told.err
    certificate = table(lined, "red_line_certificate").set_index(["realm", "row"])
    codes = made(lined, "red_line_cells")
    land = np.arange(COLUMNS) < COAST
    grass = made(lined, "ecosystem_2020") == 30
    known = codes >= 0
    before = (codes >= 11) | (codes == 4)
    crane = lined.cells("crane.tif") == 1
    assert (before & crane & known).sum() >= 0.5 * (crane & known).sum() * 0.999
    row = certificate.loc["land", "target of crane"]
    assert row["unit"] == "km2"
    assert row["lower"] == pytest.approx(0.5 * (crane & known).sum() / 100, rel=2e-3)
    assert row["reached"] == pytest.approx((crane & (codes >= 11)).sum() / 100, rel=2e-3)
    row = certificate.loc["land", "target of ecosystem 30"]
    assert row["lower"] == pytest.approx(0.2 * (grass & known & land).sum() / 100, rel=2e-3)
    assert certificate.loc["land", "target of water_conservation"]["unit"] == "ppm"
    # Grass and cranes are on land alone.
    assert "target of crane" not in certificate.loc["sea"].index
    assert "target of water_conservation" in certificate.loc["sea"].index


@pytest.mark.parametrize(
    ("share", "code", "key", "words"),
    [
        (130, 30, "tables.red_line_targets.columns.target_percent", ("130",)),
        (15, 81, "tables.red_line_targets.columns.feature", ("there is no ecosystem 81 in the region",)),
        (99, 30, "red_line.land", ("target of water_conservation",)),
    ],
)
def test_targets_that_cannot_be_are_refused(lined, share, code, key, words):
    with_targets(lined, share, code)
    if share == 99:
        lined.edit("sea_target_percent = 10", "sea_target_percent = 100")
    told = lined.run(*TOLD)
    lines = [line for line in told.faults if line.startswith(f"{key}: ")]
    assert told.code == 2, told.err
    assert "Traceback" not in told.err
    assert lines, told.err
    for word in words:
        assert word in lines[0]


def test_draws_tell_how_sure_the_line_is(lined):
    lined.add(
        '[methods]\nred_line = "grade"\n[uncertainty.water_conservation]\ndistribution = "normal"\n'
        "standard_deviation = 60.0\n"
    )
    lined.write(lined.text.replace('[layers.service_importance]\npath = "service.tif"\n', ""))
    lined.write(lined.text.replace('[layers.service_importance_dominant]\npath = "service_kind.tif"\n', ""))
    lined.write(lined.text.replace('[layers.ecological_importance]\npath = "importance.tif"\n', ""))
    told = lined.run("red_line_confidence", "--draws", "8")
    assert told.code == 0, told.err
    with rasterio.open(lined.out / "draws/rasters/red_line_confidence_mean.tif") as source:
        mean = source.read(1)
    known = np.isfinite(mean)
    assert (np.isin(np.round(mean[known] * 8, 4), np.arange(9))).all()
    park = lined.cells("park.tif") == 1
    assert (mean[park] == 1).all()
    assert ((mean > 0) & (mean < 1)).any()
    assert (mean[(lined.cells("farmland.tif") == 1) & ~park] == 0).all()
