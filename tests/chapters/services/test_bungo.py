"""Soil and water of Bungo: every factor against plain numpy on the raw files, the maps against terrain and cover."""

import csv
import itertools
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import rasterio
from tests.chapters.status.test_land_bungo import areal_scale
from tests.study.conftest import run_cli

pytestmark = pytest.mark.real
YEARS = (1990, 2000, 2005, 2010)
# What is no product by default.
FACTORS = ("potential_water_erosion", "support_practice")


@pytest.fixture(scope="module")
def bungo(tmp_path_factory, shared_data, project):
    """Run the whole study of Bungo in a folder of our own; give the folder and what was said."""
    folder = tmp_path_factory.mktemp("bungo")
    example = project / "examples" / "bungo"
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("out"), dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANSHUI_DATA", str(shared_data))
        told = run_cli("run", str(folder))
        assert told.code == 0, told.err
        assert run_cli("run", str(folder), *FACTORS).code == 0
    return folder, told


@pytest.fixture(scope="module")
def made(bungo):
    """Read a product."""

    def read(name):
        with rasterio.open(bungo[0] / "out" / "rasters" / f"{name}.tif") as source:
            return source.read(1, masked=True).astype(np.float64).filled(np.nan)

    return read


@pytest.fixture(scope="module")
def raw(shared_data):
    """Read a raw raster."""

    def read(name):
        with rasterio.open(shared_data / "bungo" / "raster" / f"{name}.tif") as source:
            return source.read(1, masked=True).astype(np.float64).filled(np.nan)

    return read


@pytest.fixture(scope="module")
def area(shared_data):
    """Area of the cells on the ellipsoid [ha]."""
    with rasterio.open(shared_data / "bungo/raster/bungo_landcover_2010r.tif") as source:
        return areal_scale(source.transform, source.shape) / 1e4


def close(found, expected, tolerance=1e-4):
    """Both have the same holes, and differ by no more than the tolerance."""
    assert np.array_equal(np.isfinite(found), np.isfinite(expected))
    assert np.isfinite(found).sum() > 430_000
    np.testing.assert_allclose(found, expected, rtol=tolerance)


# Factors, from the raw files


def erosivity(rain):
    """Bols (1978), in MJ*mm/ha/h."""
    return 9.81 * 2.5 * rain**2 / (100 * (0.073 * rain + 0.73))


def erodibility(sand, silt, clay, carbon):
    """EPIC, all in percent, in SI units."""
    fine = 1 - sand / 100
    texture = (0.2 + 0.3 * np.exp(-0.0256 * sand * (1 - silt / 100))) * (silt / (clay + silt)) ** 0.3
    organic = 1 - 0.25 * carbon / (carbon + np.exp(3.72 - 2.95 * carbon))
    return 0.1317 * texture * organic * (1 - 0.7 * fine / (fine + np.exp(-5.51 + 22.9 * fine)))


def soil(raw):
    parts = np.stack([raw(f"soil/bungo_{name}_0-5cm_mean") for name in ("sand", "silt", "clay")])
    return parts * 100 / parts.sum(axis=0)


def cover(raw, shared_data, year):
    """C by class, as the study's table has it."""
    with (shared_data / "bungo/table/c_factor_bungo_usda1972.csv").open() as file:
        table = {int(row["ID"]): float(row["C_factor"]) for row in csv.DictReader(file)}
    classes = raw(f"bungo_landcover_{year}r")
    out = np.full(classes.shape, np.nan)
    for code, factor in table.items():
        out[classes == code] = factor
    return out


def practice(raw, shape):
    """P by the nearest cell: 100 m against 99.98 m, with another upper edge."""
    with_edge = raw("p_factor_bungo")
    rows = np.floor((9875420.156 - (9875402.980182344 - 99.98016592873557 * (np.arange(shape[0]) + 0.5))) / 100)
    columns = np.floor(99.98016592873559 * (np.arange(shape[1]) + 0.5) / 100)
    inside = (rows < with_edge.shape[0])[:, None] & (columns < with_edge.shape[1])
    rows, columns = (np.minimum(i.astype(int), n - 1) for i, n in zip((rows, columns), with_edge.shape, strict=True))
    return np.where(inside, with_edge[rows[:, None], columns], np.nan)


def length_steepness(elevation, counts, side):
    """Slope of Horn, L of Desmet and Govers, S of HJ 1173, where all eight neighbours have data."""
    ring = {
        (i, j): np.pad(elevation, 1, constant_values=np.nan)[1 + i :, 1 + j :][: len(side), : side.shape[1]]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    }
    east = sum(w * (ring[i, 1] - ring[i, -1]) for i, w in ((-1, 1), (0, 2), (1, 1))) / (8 * side)
    south = sum(w * (ring[1, j] - ring[-1, j]) for j, w in ((-1, 1), (0, 2), (1, 1))) / (8 * side)
    rise = np.hypot(east, south)
    sine = rise / np.hypot(rise, 1)
    degree = np.degrees(np.arctan(rise))
    branches = [10.8 * sine + 0.03, 16.8 * sine - 0.5, 21.91 * sine - 0.96]
    steep = np.select([degree < 5.14, degree < 10.20, degree < 28.81], branches, 9.5988)
    beta = sine / 0.0896 / (3 * sine**0.8 + 0.56)
    m = beta / (1 + beta)
    across = np.where(rise > 0, (abs(east) + abs(south)) / np.where(rise > 0, rise, 1), 1)
    above = (counts - 1) * side**2
    length = ((above + side**2) ** (m + 1) - above ** (m + 1)) / (side ** (m + 2) * across**m * 22.13**m)
    return np.minimum(length, (122 / 22.13) ** m) * np.where(np.isfinite(rise), steep, np.nan), degree


def test_rainfall_erosivity_is_that_of_bols(made, raw):
    close(made("rainfall_erosivity"), erosivity(raw("climate/clim_precipitation_tot")))


def test_evapotranspiration_is_that_of_turc(made, raw):
    rain, degrees = raw("climate/clim_precipitation_tot"), raw("climate/clim_temperature_avg")
    limit = 300 + 25 * degrees + 0.05 * degrees**3
    close(made("evapotranspiration"), rain / np.sqrt(0.9 + (rain / limit) ** 2))


def test_five_soil_layers_hold_the_land_cover_code_of_2010_as_a_factor(raw):
    # Acidity of tropical soils is 4 to 5.5; the raster has 4.3 under primary forest (1) and 190 under water (42).
    classes = raw("bungo_landcover_2010r")
    acidity = raw("soil/bungo_phh2o_0-5cm_mean")
    true = acidity / classes
    assert np.nanmax(acidity) > 200
    assert np.isfinite(acidity).sum() == np.isfinite(true).sum() == 458_753
    assert 4.1 < np.nanmin(true) < np.nanmax(true) < 5.5

    def jump(cells):
        """How much more than within classes cells differ over the borders of classes."""
        step = np.abs(np.log(cells[:, 1:] / cells[:, :-1]))
        known, same = np.isfinite(step), classes[:, 1:] == classes[:, :-1]
        return step[known & ~same].mean() / step[known & same].mean()

    for name in ("soc", "phh2o", "nitrogen", "cec", "cfvo"):
        cells = raw(f"soil/bungo_{name}_0-5cm_mean")
        assert jump(cells) > 15
        assert jump(cells / classes) < 1.5
    for name in ("sand", "silt", "clay"):
        assert jump(raw(f"soil/bungo_{name}_0-5cm_mean")) < 1.2


def test_erodibility_is_that_of_epic_with_the_carbon_of_each_cell(made, raw):
    # The study gives one number for carbon; with the carbon of each cell K is the same to 1e-4.
    carbon = raw("soil/bungo_soc_0-5cm_mean") / raw("bungo_landcover_2010r") / 10
    assert np.nanmin(carbon) > 3.5
    assert np.nanmedian(carbon) == pytest.approx(5.58, abs=0.01)
    expected = erodibility(*soil(raw), carbon)
    found = made("soil_erodibility")
    known = np.isfinite(expected)
    assert np.isfinite(found[known]).all()
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-4)
    close(found, erodibility(*soil(raw), 5.58))


@pytest.mark.parametrize("year", YEARS)
def test_cover_is_that_of_the_table_in_every_year(made, raw, shared_data, year):
    close(made(f"cover_management_{year}"), cover(raw, shared_data, year), 1e-6)


def test_practice_is_that_of_the_nearest_cell(made, raw):
    found = made("support_practice")
    close(found, practice(raw, found.shape), 1e-6)


def test_length_and_steepness_are_those_of_the_ground_and_the_flow(made, raw, area):
    found = made("slope_length_steepness")
    sides = np.sqrt(area * 1e4)
    expected, degree = length_steepness(raw("terrain/bungo_elev_srtm"), made("flow_accumulation"), sides)
    known = np.isfinite(expected)
    assert known.sum() > 450_000
    # Where a branch of S ends, S steps: a slope within 1e-5 of it may lie on either side.
    clear = known & (np.abs(degree / 10.20 - 1) > 1e-5) & (np.abs(degree / 5.14 - 1) > 1e-5)
    assert (known & ~clear).sum() < 20
    np.testing.assert_allclose(found[clear], expected[clear], rtol=1e-4)


# Products


@pytest.mark.parametrize("year", YEARS)
def test_retention_and_erosion_are_the_potential(made, year):
    potential = made("potential_water_erosion")
    kept, lost = made(f"soil_retention_{year}"), made(f"water_erosion_{year}")
    assert np.array_equal(np.isfinite(kept), np.isfinite(lost))
    known = np.isfinite(kept)
    np.testing.assert_allclose((kept + lost)[known], potential[known], rtol=1e-6)
    assert (kept[known] >= 0).all()
    assert (lost[known] >= 0).all()


@pytest.mark.parametrize("year", YEARS)
def test_retention_is_that_of_plain_numpy_on_the_raw_files(made, raw, area, shared_data, year):
    sides = np.sqrt(area * 1e4)
    factor, degree = length_steepness(raw("terrain/bungo_elev_srtm"), made("flow_accumulation"), sides)
    potential = erosivity(raw("climate/clim_precipitation_tot")) * erodibility(*soil(raw), 5.58) * factor
    kept = potential * (1 - cover(raw, shared_data, year) * practice(raw, factor.shape))
    found = made(f"soil_retention_{year}")
    clear = np.isfinite(kept) & (np.abs(degree / 10.20 - 1) > 1e-5) & (np.abs(degree / 5.14 - 1) > 1e-5)
    assert clear.sum() > 430_000
    assert np.isfinite(found[clear]).all()
    np.testing.assert_allclose(found[clear], kept[clear], rtol=1e-4)


@pytest.mark.parametrize(
    ("code", "coefficient"),
    # Gong et al. (2017): broadleaf forest, sparse forest, orchard, cropland, water; forest is the mean of evergreen and
    # deciduous.
    [(1, 0.03675), (3, 0.192), (10, 0.0957), (20, 0.0957), (42, 0.0)],
)
def test_water_conservation_is_rain_less_runoff_and_evapotranspiration(made, raw, code, coefficient):
    rain, evaporated = raw("climate/clim_precipitation_tot"), made("evapotranspiration")
    here = (raw("bungo_landcover_2010r") == code) & np.isfinite(rain)
    assert here.sum() > 4_000
    kept = made("water_conservation_2010")
    runoff = made("surface_runoff_2010")
    np.testing.assert_allclose(runoff[here], coefficient * rain[here], rtol=1e-5)
    np.testing.assert_allclose(kept[here], np.maximum(((1 - coefficient) * rain - evaporated)[here], 0), atol=0.01)


@pytest.mark.parametrize("name", ["soil_retention", "water_erosion", "water_conservation"])
def test_the_total_of_the_region_is_the_sum_over_its_cells(bungo, made, area, name):
    table = pd.read_csv(bungo[0] / f"out/tables/{name}_by_zone.csv")
    # 1 mm on 1 ha is 10 m3.
    factor = 10 if name == "water_conservation" else 1
    region = table[table["zoning"] == "region"].set_index("year")
    for year in YEARS:
        cells = made(f"{name}_{year}")
        total = factor * np.nansum(cells * area)
        assert region.loc[year, "total"] == pytest.approx(total, rel=1e-6)
        assert region.loc[year, "mean"] == pytest.approx(total / factor / area[np.isfinite(cells)].sum(), rel=1e-6)
    for zoning in ("planning_unit", "plan_raster", "mining"):
        sums = table[table["zoning"] == zoning].groupby("year")["total"].sum()
        for year in YEARS:
            assert sums[year] == pytest.approx(region.loc[year, "total"], rel=1e-4)


def test_what_is_missing_is_named_with_its_reason(bungo):
    _, told = bungo
    for product, reason in (
        ("sand_fixation", "daily_wind_speed"),
        ("wind_erosion", "monthly_wind_speed"),
        ("weather_factor", "monthly_wind_speed"),
        ("flood_mitigation", "daily_precipitation"),
        ("vegetation_cover", "monthly_ndvi"),
        ("lake_storage", "lake"),
    ):
        lines = [note.removeprefix("skipped ") for note in told.notes if note.startswith("skipped ")]
        reasons = [line for line in lines if product in line.split(": ")[0].split(", ")]
        assert len(reasons) == 1
        assert f"the study gives no {reason}" in reasons[0]


def test_the_receipt_tells_the_methods_and_every_factor(bungo):
    receipt = json.loads((bungo[0] / "out/receipts/soil_retention.json").read_text())
    methods = {step["gives"]: step["method"] for step in receipt["steps"]}
    assert methods["rainfall_erosivity"] == "bols_1978"
    assert methods["soil_erodibility"] == "epic"
    assert methods["slope_length_factor"] == "desmet_govers"
    assert methods["cover_management"] == "class_table"
    assert methods["soil_retention"] == "rusle"


# The maps against terrain and land cover


def test_steep_land_has_a_large_factor(made):
    factor, slope = made("slope_length_steepness"), made("slope")
    bounds = ((0, 2), (2, 5), (5, 15), (15, 30), (30, 90))
    bands = [factor[(slope >= low) & (slope < high)].mean() for low, high in bounds]
    assert all(less * 1.5 < more for less, more in itertools.pairwise(bands))


def test_soil_is_kept_in_the_forested_mountains_of_the_south_west(made, raw):
    kept = made("soil_retention_2010")
    classes, height = raw("bungo_landcover_2010r"), raw("terrain/bungo_elev_srtm")
    means = {code: np.nanmean(kept[classes == code]) for code in (1, 2, 10, 16, 17, 24)}
    assert max(means, key=means.get) == 1
    assert means[1] > 5 * means[16]
    # Bare ground keeps nothing: C is 1, and there are no works.
    assert means[24] < 0.01 * means[1]
    rows, columns = np.nonzero(kept > np.nanpercentile(kept, 95))
    assert np.mean((rows > kept.shape[0] / 2) & (columns < kept.shape[1] / 2)) > 0.6
    assert np.nanmedian(height[rows, columns]) > 700


def test_forest_lost_is_soil_lost(made, raw):
    before, after = raw("bungo_landcover_1990r"), raw("bungo_landcover_2010r")
    lost_then, lost_now = made("water_erosion_1990"), made("water_erosion_2010")
    known = np.isfinite(lost_then) & np.isfinite(lost_now)
    cleared = known & (before == 1) & (after == 17)
    assert cleared.sum() > 5_000
    # 0.004 became 0.03.
    np.testing.assert_allclose(lost_now[cleared], 7.5 * lost_then[cleared], rtol=1e-4)
    unchanged = known & (before == after)
    np.testing.assert_array_equal(lost_now[unchanged], lost_then[unchanged])
