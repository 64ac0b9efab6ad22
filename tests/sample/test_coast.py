"""The coast's lines, the sea, the winds, and what grows at the coast."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from scipy.ndimage import distance_transform_edt

from shanshui.sample.coast import KINDS, build_coast

SEA, TIDAL_FLAT, MARSH = 44, 45, 46
MANGROVE, SALT_MARSH, SEAGRASS, REEF, BEACH, NOTHING = 1, 2, 3, 4, 5, 255


def read(path):
    with rasterio.open(path) as source:
        return source.read(1)


@pytest.fixture(scope="module")
def coast(sample):
    return gpd.read_file(sample / "inputs/coast.gpkg"), gpd.read_file(sample / "inputs/sea.gpkg").geometry[0]


@pytest.fixture(scope="module")
def cells(sample):
    habitat, first, second = (
        read(sample / f"inputs/{name}.tif") for name in ("coastal_habitat", "land_cover_2000", "land_cover_2020")
    )
    wrong = read(sample / "truth/map_errors.tif")
    return habitat, second, first == SEA, wrong == 0


def test_segments_lie_on_the_edge_of_the_sea_and_do_not_overlap(coast):
    lines, sea = coast
    assert lines.crs.to_epsg() == 4549
    assert lines["segment"].tolist() == list(range(1, len(lines) + 1))
    assert set(lines.geom_type) == {"LineString"}
    assert (shapely.distance(shapely.boundary(sea), lines.geometry) < 0.01).all()
    assert shapely.hausdorff_distance(shapely.intersection(shapely.boundary(sea).buffer(1.0), lines.union_all()),
                                      lines.union_all()) < 1.0  # fmt: skip
    assert lines.union_all().length == pytest.approx(lines.length.sum())
    assert lines.length.between(400.0, 5_600.0).all()
    assert 40_000.0 < lines.length.sum() < 120_000.0


def test_the_sea_is_that_of_the_map(coast, cells):
    is_sea = cells[2]
    inside = shapely.contains_xy(
        coast[1], *np.meshgrid(470_000.0 + 300.0 * (np.arange(200) + 0.5), 4_515_000.0 - 300.0 * (np.arange(200) + 0.5))
    )
    # They differ on the shore only: the polygon is drawn on 120 m.
    assert np.mean(inside == is_sea) > 0.998
    assert coast[1].is_valid


def test_what_is_told_of_the_segments_is_plausible(coast):
    lines, _ = coast
    assert lines["kind"].tolist() == [KINDS[code] for code in lines["type"]]
    assert set(lines["type"]) == {1, 3, 4, 5}
    assert lines["surge_m"].between(1.0, 4.0).all()
    assert lines["wave_m"].between(0.15, 1.5).all()
    # What the guide calls general, sensitive and extremely sensitive stands side by side.
    assert (lines["wave_m"] < 0.4).any()
    assert (lines["wave_m"] >= 1.0).any()
    assert (lines["surge_m"] < 1.5).any()
    assert (lines["surge_m"] >= 2.5).any()
    # Bays have the surges, headlands the waves.
    assert lines["surge_m"].corr(lines["wave_m"]) < -0.7
    ranges = {"artificial": (0.0, 0.1), "biogenic": (-1.5, 1.5), "sandy": (0.2, 3.2), "silt and mud": (-4.0, 18.0)}
    for kind, rows in lines.groupby("kind"):
        assert rows["retreat_m_a"].between(*ranges[kind]).all(), kind
    # Mud that retreats by 10 m a year is extremely sensitive, as the guide has it.
    assert (lines["retreat_m_a"] >= 10.0).any()


def test_the_winds_blow_all_the_time_and_from_everywhere(sample):
    rose = pd.read_csv(sample / "inputs/wind_rose.csv")
    assert rose["frequency"].sum() == pytest.approx(100.0, abs=1e-9)
    blowing = rose[rose["speed"] > 0.0]
    assert blowing["direction"].tolist() == [22.5 * k for k in range(16)]
    assert len(rose) == 17
    assert rose["frequency"].iloc[-1] > 0.0
    assert 4.0 < np.average(blowing["speed"], weights=blowing["frequency"]) < 6.0


def test_each_habitat_stands_where_it_can(cells):
    habitat, cover, sea, right = cells
    from_sea = 300.0 * distance_transform_edt(~sea)
    from_land = 300.0 * distance_transform_edt(sea)
    assert set(np.unique(habitat)) == {MANGROVE, SALT_MARSH, SEAGRASS, REEF, BEACH, NOTHING}
    assert (cover[right & ((habitat == MANGROVE) | (habitat == BEACH))] == TIDAL_FLAT).all()
    assert (cover[right & (habitat == SALT_MARSH)] == MARSH).all()
    assert sea[(habitat == SEAGRASS) | (habitat == REEF)].all()
    assert from_sea[(habitat == MANGROVE) | (habitat == BEACH)].max() < 1_600.0
    assert from_sea[habitat == SALT_MARSH].max() < 3_100.0
    assert from_land[(habitat == SEAGRASS) | (habitat == REEF)].max() < 6_500.0


def test_another_seed_has_another_coast_and_the_same_seed_the_same(landscape, coast):
    again = build_coast(landscape).segments
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.drop(columns="geometry")), pd.DataFrame(coast[0].drop(columns="geometry")), check_dtype=False
    )
