import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from shanshui.sample.reserves import build_reserves
from shanshui.sample.species import build_species

ORDER = ("CR", "EN", "VU", "NT", "LC", "DD")


@pytest.fixture(scope="module")
def fauna(sample):
    ranges = gpd.read_file(sample / "inputs/species_ranges.gpkg")
    table = pd.read_csv(sample / "inputs/species.csv", keep_default_na=False).set_index("species")
    region = gpd.read_file(sample / "inputs/region.gpkg").geometry[0]
    return ranges, ranges.to_crs(4549).set_index("species").geometry, table, region


def test_ranges_and_table_tell_of_the_same_species(fauna):
    ranges, _, table, _ = fauna
    assert ranges.crs.to_epsg() == 4326
    assert ranges["species"].is_unique
    assert ranges["species"].tolist() == table.index.tolist()
    assert 30 <= len(table) <= 40
    assert set(table["category"]) == set(ORDER)
    assert len(set(table["group"])) >= 6
    assert (table["protection_class"] == table["category"].map({"CR": "I", "EN": "II"}).fillna("")).all()


def test_every_range_reaches_the_region_and_some_go_far_beyond(fauna):
    _, shapes, table, region = fauna
    assert shapes.is_valid.all()
    assert shapes.intersects(region).all()
    area = shapes.area / 1e6
    # From some dozens of km2 to tens of thousands.
    assert 10.0 < area.min() < 100.0
    assert area.max() > 20_000.0
    beyond = area > 5_000.0
    assert beyond.sum() == 9
    assert not shapes[beyond].within(region.buffer(20_000.0)).any()
    # Some of these end within the region, some hold all of it.
    whole = shapes[beyond].contains(region)
    assert 0 < whole.sum() < 9
    narrow = table["category"].isin(["CR", "EN"])
    assert area[narrow].median() < 0.5 * area[~narrow].median()


def test_species_keep_to_their_habitat(fauna, sample):
    _, shapes, _, _ = fauna
    with rasterio.open(sample / "inputs/land_cover_2020.tif") as source:
        cover = source.read(1)
    with rasterio.open(sample / "inputs/elevation.tif") as source:
        height = source.read(1)
    side = 300.0 * (np.arange(200) + 0.5)
    x, y = np.meshgrid(470_000.0 + side, 4_515_000.0 - side)

    def share(name, where):
        inside = shapely.contains_xy(shapes[name], x, y)
        return where[inside].mean() / where.mean()

    assert share("Fictichthys marinus", cover == 44) > 3.0
    assert share("Fictornis silvestris", np.isin(cover, (21, 22, 23, 24))) > 1.5
    assert share("Fictophyton montanum", height > 700.0) > 3.0
    assert share("Fictomys stepparum", np.isin(cover, (32, 34, 61))) > 3.0
    assert share("Fictoptera agrestis", np.isin(cover, (11, 12, 13))) > 1.5
    assert share("Fictogrus arundinum", np.isin(cover, (46, 42, 11))) > 3.0


def test_the_same_landscape_gives_the_same_species_and_reserves(landscape, fauna, sample):
    again = build_species(landscape)
    pd.testing.assert_frame_equal(again.table.set_index("species"), fauna[2])
    reserves = build_reserves(landscape)
    registered = gpd.read_file(sample / "inputs/protected_areas.gpkg").iloc[:8]
    # Where others are of several parts, the file has all of them as such.
    ground = registered.geometry.explode(ignore_index=True)
    assert reserves.geometry.geom_equals_exact(ground, 0.0).tolist() == [True] * 8
    for column in ("name", "access"):
        assert reserves[column].tolist() == registered[column].tolist()


def test_cores_lie_in_their_reserves_and_reserves_in_the_region(sample, fauna):
    reserves = gpd.read_file(sample / "inputs/protected_areas.gpkg").iloc[:8]
    region = fauna[3]
    outer = reserves[reserves["part"] == "experimental"].set_index("name")
    core = reserves[reserves["part"] == "core"].set_index("name")
    assert len(outer) == len(core) == 4
    assert reserves.is_valid.all()
    # A line that was simplified by 20 m may stray by that much.
    assert outer.buffer(25.0).contains(core.loc[outer.index].geometry).all()
    assert (core["access"] < outer["access"]).all()
    assert reserves["access"].between(0.0, 1.0, inclusive="neither").all()
    assert (outer.intersection(region).area > 0.9 * outer.area).all()
    parts = outer.geometry.to_numpy()
    assert all(not shapely.intersects(parts[i], parts[j]) for i in range(4) for j in range(i))
    assert 0.03 < outer.area.sum() / region.area < 0.2
