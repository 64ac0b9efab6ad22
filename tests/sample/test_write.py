import hashlib
import tomllib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from shanshui.sample import write_sample

YEARS = range(2011, 2021)
DAY_YEARS = (2018, 2019, 2020)
ITEMS = ("built", "industry", "road", "cropland")
QUALITY = ("chlorophyll_a", "total_phosphorus", "total_nitrogen", "transparency", "permanganate_index")
# What each holds: the type of its cells, the value that means no data, its bands.
RASTERS = {
    "inputs/elevation": ("float32", -9999.0, 1),
    "inputs/land_cover_2000": ("uint8", 255.0, 1),
    "inputs/land_cover_2020": ("uint8", 255.0, 1),
    "truth/conversion": ("uint8", 255.0, 1),
    "truth/map_errors": ("uint8", 255.0, 1),
    **{f"inputs/ndvi_{year}": ("int16", -3000.0, 12) for year in YEARS},
    **{f"inputs/net_primary_productivity_{year}": ("int16", 32767.0, 1) for year in YEARS},
    "truth/ndvi_trend": ("int8", -128.0, 1),
    "truth/ndvi_slope": ("float32", -9999.0, 1),
    "truth/residual_slope": ("float32", -9999.0, 1),
    **{f"inputs/threat_{item}_{year}": ("uint8", 255.0, 1) for item in ITEMS for year in (2000, 2020)},
    **{f"inputs/biomass_{year}": ("uint16", 65535.0, 1) for year in (2000, 2020)},
    "inputs/coastal_habitat": ("uint8", 255.0, 1),
    **{f"inputs/{name}": ("uint16", 65535.0, 1) for name in QUALITY},
}
# Of the weather and the soil, on grids of their own.
OWN_GRIDS = {
    *(f"{name}_{year}" for name in ("precipitation", "monthly_precipitation") for year in YEARS),
    *(f"{name}_{year}" for name in ("daily_precipitation", "daily_wind_speed") for year in DAY_YEARS),
    "monthly_rain_days", "monthly_wind_speed", "monthly_relative_humidity", "monthly_snow_cover",
    "monthly_temperature", "monthly_temperature_maximum", "monthly_temperature_minimum",
    "sand_content", "silt_content", "clay_content", "organic_carbon", "calcium_carbonate", "soil_depth",
    "available_water_capacity", "monthly_solar_radiation", "evaporation_ratio", "carbonate_share", "lithology",
    "groundwater_mineralisation", "groundwater_depth", "natural_zone", "population_density",
}  # fmt: skip
# The same for every size.
VECTORS = {
    "region", "counties", "townships", "urban_agglomerations", "coast", "sea", "protected_areas", "roads",
    "species_ranges", "function_areas", "ecological_corridor", "settlements", "permanent_basic_farmland",
    "red_line_today", "mining_rights", "rivers", "prefectures", "commercial_forest", "infrastructure", "source_rivers",
    "important_wetlands", "reservoir_areas", "shelter_belts", "red_line_edits", "urban_boundary", "water_sources",
    "forests", "grassland", "parcels",
}  # fmt: skip
TRUE_VECTORS = {"red_line_conflicts", "red_line_left_out", "red_line_adjustment"}
TABLES = {
    "inputs/land_cover_legend", "inputs/census_2000", "inputs/census_2020", "inputs/county_changes", "inputs/yearbook",
    "inputs/price_index", "inputs/national", "inputs/lakes", "inputs/reservoirs", "truth/conversions",
    "truth/population", "truth/economy", "truth/products", "inputs/products", "inputs/visits", "inputs/threats",
    "inputs/habitat_sensitivity", "inputs/species", "inputs/wind_rose", "inputs/grassland_cover",
    "truth/red_line_conflicts", "truth/red_line_adjustment", "truth/protected_area_relations",
    "truth/protected_area_exits", "inputs/applications", "inputs/access_lists", "inputs/access_lists_province",
    "inputs/firms", "truth/parcel_conflicts", "truth/decisions", "truth/statutory_areas", "truth/access_list_faults",
}  # fmt: skip
# The truth that does not depend on the size.
PLANNED = (
    "red_line_conflicts", "red_line_adjustment", "protected_area_relations", "protected_area_exits",
    "parcel_conflicts", "decisions", "statutory_areas", "access_list_faults",
)  # fmt: skip


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_and_size_give_the_same_bytes(sample, tmp_path):
    again = write_sample(tmp_path / "again", size=200, seed=1)
    assert digests(again) == digests(sample)


def test_another_seed_gives_another_landscape(sample, tmp_path):
    other = digests(write_sample(tmp_path, size=200, seed=2))
    same = {name for name, digest in digests(sample).items() if other[name] == digest}
    chosen = (
        "land_cover_legend", "threats", "habitat_sensitivity", "wind_rose", "grassland_cover", "access_lists",
        "access_lists_province",
    )  # fmt: skip
    assert same == {f"inputs/{name}.csv" for name in chosen} | {"truth/access_list_faults.csv"}


def test_what_is_not_on_the_cells_does_not_depend_on_the_size(sample, tmp_path):
    coarse = write_sample(tmp_path, size=60, seed=1)
    names = [f"{raster}.tif" for raster in OWN_GRIDS] + [f"{vector}.gpkg" for vector in VECTORS]
    names += [f"{name.removeprefix('inputs/')}.csv" for name in TABLES if name.startswith("inputs/")]
    names = [f"inputs/{name}" for name in names] + [f"truth/{name}.gpkg" for name in TRUE_VECTORS]
    for name in (*names, *(f"truth/{name}.csv" for name in PLANNED)):
        assert (coarse / name).read_bytes() == (sample / name).read_bytes()


def test_weather_and_soil_are_small(sample):
    assert sum((sample / f"inputs/{name}.tif").stat().st_size for name in OWN_GRIDS) < 3_000_000


def test_nothing_but_the_study_is_written(sample):
    expected = {"README.md", "study.toml"} | {f"{name}.csv" for name in TABLES}
    expected |= {f"inputs/{name}.gpkg" for name in VECTORS} | {f"truth/{name}.gpkg" for name in TRUE_VECTORS}
    expected |= {f"{name}.tif" for name in RASTERS} | {f"inputs/{name}.tif" for name in OWN_GRIDS}
    assert set(digests(sample)) == expected


@pytest.mark.parametrize("name", list(RASTERS))
def test_rasters_lie_on_one_grid(sample, name):
    with rasterio.open(sample / f"{name}.tif") as source:
        assert source.shape == (200, 200)
        assert source.crs.to_epsg() == 4549
        assert source.transform[:6] == (300.0, 0.0, 470_000.0, 0.0, -300.0, 4_515_000.0)
        assert (source.dtypes[0], source.nodata, source.count) == RASTERS[name]


def test_the_legend_knows_every_class_on_the_maps(sample):
    legend = pd.read_csv(sample / "inputs/land_cover_legend.csv")
    assert list(legend.columns) == ["code", "name", "name_zh", "ecosystem"]
    assert legend["code"].is_unique
    levels = {10, 11, 12, 13, 14, 20, 21, 22, 23, 30, 31, 32, 33, 34, 40, 41, 42, 43, 50, 51, 52, 53}
    levels |= {60, 61, 62, 63, 70, 71, 72, 73, 74, 80, 81, 90, 91, 92, 93, 94}
    assert set(legend["ecosystem"]) <= levels
    for year in (2000, 2020):
        with rasterio.open(sample / f"inputs/land_cover_{year}.tif") as source:
            assert set(np.unique(source.read(1))) <= set(legend["code"])


def test_the_study_file_names_what_is_there(sample):
    text = (sample / "study.toml").read_text(encoding="utf-8")
    study = tomllib.loads(text)
    sections = {"study", "region", "grid", "layers", "zones", "tables", "years", "policy", "uncertainty", "scenarios"}
    assert set(study) == sections | {"decisions"}
    paths = [study["region"]["boundary"], study["layers"]["land_cover"]["legend"]]
    paths += [
        layer["path"].format(year=year, item=item)
        for layer in study["layers"].values()
        for year in layer.get("years", [""])
        for item in layer.get("items", [""])
    ]
    paths += [zone["path"] for zone in study["zones"].values()]
    controls = study["decisions"]["layers"].values()
    paths += [layer["path"] for layer in controls]
    for layer in controls:
        columns = set(gpd.read_file(sample / layer["path"], rows=1).columns)
        assert {layer["key"], *layer.get("columns", {}).values()} <= columns
    tables = [table for found in study["tables"].values() for table in (found if isinstance(found, list) else [found])]
    paths += [table["path"] for table in tables]
    paths += [table["correspondence"] for table in tables if "correspondence" in table]
    files = {f"inputs/{path.name}" for path in (sample / "inputs").iterdir()}
    assert set(paths) == files
    for table in tables:
        if table["path"].endswith(".gpkg"):
            header = {*gpd.read_file(sample / table["path"]).columns, "length_m"}  # measured when it is read
        else:
            header = set(pd.read_csv(sample / table["path"], nrows=0).columns)
        assert set(table["columns"].values()) <= header
        assert set(table.get("units", {})) <= set(table["columns"])
    assert all((sample / path).is_file() for path in paths)
    assert study["years"] == {"baseline": 2000, "current": 2020}


def test_progress_is_told_to_the_end(tmp_path, monkeypatch):
    told = []
    for module in ("rasters", "series"):  # the surveys take the tiles of the rasters
        monkeypatch.setattr(f"shanshui.sample.{module}.TILE", 30)
    write_sample(tmp_path, size=60, seed=1, progress=lambda done, total: told.append((done, total)))
    # four tiles of maps, four of surveys, four of series
    assert told == [(done, 12) for done in range(1, 13)]
