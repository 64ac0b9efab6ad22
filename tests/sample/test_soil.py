"""The soil, and the lakes and reservoirs."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.features import geometry_mask

from shanshui.sample.districts import number_cells
from shanshui.sample.landscape import tile_of
from shanshui.sample.soil import soil_of

SAND, STEPPE, BROADLEAF, MEADOW, PADDY, DRY_CROPLAND, ROCK = 61, 32, 21, 31, 11, 12, 63
UNMAPPED = (41, 42, 43, 44, 51)  # river, lake, reservoir, sea, town
BYTES = ("sand_content", "silt_content", "clay_content", "calcium_carbonate", "soil_depth", "available_water_capacity")


@pytest.fixture(scope="module")
def cover(landscape):
    return tile_of(landscape, 240, (0, 0, 240, 240)).second


@pytest.fixture(scope="module")
def soil(sample):
    cells = {}
    for name in (*BYTES, "organic_carbon"):
        with rasterio.open(sample / f"inputs/{name}.tif") as source:
            assert source.shape == (240, 240)
            assert source.crs.to_epsg() == 4549
            assert source.transform[:6] == (250.0, 0.0, 470_000.0, 0.0, -250.0, 4_515_000.0)
            stored = ("int16", -9999.0) if name == "organic_carbon" else ("uint8", 255.0)
            assert (source.dtypes[0], source.nodata) == stored
            cells[name] = source.read(1, masked=True).astype(float).filled(np.nan)
    return cells


def test_water_and_towns_are_not_mapped_and_all_else_is(soil, cover):
    for values in soil.values():
        np.testing.assert_array_equal(np.isnan(values), np.isin(cover, UNMAPPED))


def test_parts_sum_to_about_a_hundred(soil, landscape):
    total = soil["sand_content"] + soil["silt_content"] + soil["clay_content"]
    assert set(np.unique(total[np.isfinite(total)])) == {99.0, 100.0, 101.0}
    parts = soil_of(landscape)
    exact = parts["sand_content"] + parts["silt_content"] + parts["clay_content"]
    np.testing.assert_allclose(exact[np.isfinite(exact)], 100.0)


def test_soil_follows_the_land(soil, cover):
    def mean(name, code):
        return np.nanmean(soil[name][cover == code])

    sand = [mean("sand_content", code) for code in (PADDY, BROADLEAF, STEPPE, SAND)]
    assert sand == sorted(sand)
    assert sand[-1] > 75.0
    assert mean("clay_content", SAND) < 10.0 < mean("clay_content", STEPPE) < mean("clay_content", PADDY)
    carbon = [0.1 * mean("organic_carbon", code) for code in (SAND, STEPPE, BROADLEAF, MEADOW)]
    assert carbon == sorted(carbon)
    assert carbon[0] < 3.0
    assert 18.0 < carbon[2] < 35.0
    assert mean("calcium_carbonate", STEPPE) > 2.0 * mean("calcium_carbonate", BROADLEAF)
    assert mean("soil_depth", ROCK) < mean("soil_depth", MEADOW) < mean("soil_depth", DRY_CROPLAND)
    assert mean("available_water_capacity", SAND) < 0.6 * mean("available_water_capacity", DRY_CROPLAND)


def test_soil_stays_in_plausible_ranges(soil):
    ranges = {
        "sand_content": (5, 95), "silt_content": (2, 75), "clay_content": (1, 55), "organic_carbon": (8, 900),
        "calcium_carbonate": (0, 25), "soil_depth": (8, 200), "available_water_capacity": (3, 25),
    }  # fmt: skip
    for name, (low, high) in ranges.items():
        assert low <= np.nanmin(soil[name]) < np.nanmax(soil[name]) <= high
        assert len(np.unique(soil[name])) > 8


@pytest.fixture(scope="module")
def waters(sample):
    lakes = pd.read_csv(sample / "inputs/lakes.csv", dtype={"code": str})
    reservoirs = pd.read_csv(sample / "inputs/reservoirs.csv", dtype={"行政区代码": str})
    return lakes, reservoirs


def test_lakes_and_reservoirs_are_in_counties_and_have_names_of_their_own(sample, waters):
    lakes, reservoirs = waters
    counties = gpd.read_file(sample / "inputs/counties.gpkg")
    assert list(lakes.columns) == ["code", "name", "area_km2", "lake_region"]
    assert list(reservoirs.columns) == ["行政区代码", "水库名称", "总库容(万m³)"]
    assert set(lakes["code"]) | set(reservoirs["行政区代码"]) <= set(counties["code"])
    assert 2 <= len(lakes) <= 8
    assert 3 <= len(reservoirs) <= 8
    assert set(lakes["lake_region"]) == {"eastern_plain"}
    townships = gpd.read_file(sample / "inputs/townships.gpkg")
    known = {name[:-1] for name in [*counties["name_zh"], *townships["name_zh"]]}
    names = [name.removesuffix("湖") for name in lakes["name"]]
    names += [name.removesuffix("水库") for name in reservoirs["水库名称"]]
    assert len(set(names)) == len(names)
    assert not set(names) & known


def test_lakes_are_those_of_the_map(sample, waters):
    lakes, _ = waters
    counties = gpd.read_file(sample / "inputs/counties.gpkg").set_index("code")
    with rasterio.open(sample / "inputs/land_cover_2020.tif") as source:
        lake, transform = source.read(1) == 42, source.transform

    def mapped(polygon):
        inside = geometry_mask([polygon], lake.shape, transform, invert=True)
        return np.count_nonzero(lake & inside) * 0.09  # km2: cells of 300 m

    assert (lakes["area_km2"] >= 0.2).all()
    assert lakes["area_km2"].is_monotonic_decreasing
    # Of those that lie in two counties the whole is the one's that has more of it; small ones are not listed.
    for code, listed in lakes.groupby("code")["area_km2"]:
        assert mapped(counties.geometry[code]) > 0.4 * listed.sum()
    whole = mapped(counties.union_all())
    assert 0.7 * whole < lakes["area_km2"].sum() < 1.05 * whole


def test_reservoirs_hold_a_third_of_their_dams_height(landscape, waters):
    capacity = waters[1]["总库容(万m³)"]
    assert (capacity % 1 == 0).all()
    # From 0.2 km2 to some 8 km2, each about 10.7 m deep on average.
    assert capacity.between(150, 12_000).all()
    cells = tile_of(landscape, 400, (0, 0, 400, 400)).ground.reservoir
    inside = number_cells([landscape.districts.region()], 400, (0, 0, 400, 400)) == 0
    volume = np.count_nonzero(cells & inside) * 150.0**2 * 32.0 / 3.0 / 10_000.0
    assert 0.8 * volume < capacity.sum() < 1.2 * volume
