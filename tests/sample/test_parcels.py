"""Parcels and the truth about what they have of control layers, on three seeds."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from shanshui.sample.parcel_plants import PLANTS
from shanshui.sample.parcel_sites import _box, _straight_edges

# The file and the key of each control layer.
FILES = {
    "red_line": "red_line_today",
    "protected_areas": "protected_areas",
    "basic_farmland": "permanent_basic_farmland",
    "forests": "forests",
    "grassland": "grassland",
    "wetlands": "important_wetlands",
    "water_sources": "water_sources",
    "sea": "sea",
    "urban_boundary": "urban_boundary",
    "mining_rights": "mining_rights",
}


@pytest.fixture(scope="module")
def folder(planned):
    return planned[1]


@pytest.fixture(scope="module")
def parcels(folder):
    return gpd.read_file(folder / "inputs/parcels.gpkg").set_index("parcel")


@pytest.fixture(scope="module")
def conflicts(folder):
    return pd.read_csv(folder / "truth/parcel_conflicts.csv")


@pytest.fixture(scope="module")
def controls(folder):
    """The polygons of each control layer, their crossed rims mended."""

    def read(file):
        frame = gpd.read_file(folder / f"inputs/{file}.gpkg").to_crs("EPSG:4549")
        return shapely.make_valid(frame.geometry.to_numpy())

    return {layer: read(file) for layer, file in FILES.items()}


def overlap_of(shapes):
    return shapely.area(shapes).sum() - shapely.union_all(shapes).area


def areas_in(shapes, polygons):
    """The area of each shape that polygons cover, counted once."""
    of_shapes, of_polygons = shapely.STRtree(polygons).query(shapes, "intersects")
    found = np.zeros(len(shapes))
    for k in np.unique(of_shapes):
        covering = shapely.union_all(polygons[of_polygons[of_shapes == k]])
        found[k] = shapely.intersection(shapes[k], covering).area
    return found


def test_parcels_have_their_columns_and_do_not_overlap(parcels, folder):
    assert 500 <= len(parcels) <= 650
    assert parcels.index.tolist() == [f"P-{k + 1:04d}" for k in range(len(parcels))]
    assert list(parcels.columns) == ["land_use", "owner_class", "statutory_area_mu", "geometry"]
    uses = {"cropland", "forest", "grassland", "wetland", "water", "built", "mining", "bare"}
    assert set(parcels["land_use"]) == uses
    assert set(parcels["owner_class"]) == {"state", "collective"}
    shapes = parcels.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert set(parcels.geom_type) == {"Polygon"}
    assert overlap_of(shapes) < 0.01
    hectares = shapely.area(shapes) / 1e4
    assert hectares.min() > 0.4
    assert hectares.max() < 60.0
    region = gpd.read_file(folder / "inputs/region.gpkg").geometry[0]
    assert region.buffer(1.0).contains(shapely.union_all(shapes))


def test_statutory_areas_are_in_mu_and_a_few_are_wrong(parcels, folder):
    wrong = pd.read_csv(folder / "truth/statutory_areas.csv").set_index("parcel")
    assert len(wrong) == 6
    # 15 mu are a hectare.
    off = parcels["statutory_area_mu"] * 10_000.0 / 15.0 / parcels.area - 1.0
    good = off.drop(wrong.index)
    # The half percent, and the hundredth of a mu to which the smallest, of 7 mu, are rounded.
    assert good.abs().max() < 0.005 + 0.005 / 7.0
    assert good.abs().max() > 0.004
    assert off[wrong.index].abs().min() > 0.05
    np.testing.assert_allclose(100.0 * off[wrong.index], wrong["off_percent"], atol=0.1)
    np.testing.assert_allclose(parcels.area[wrong.index], wrong["area_m2"], atol=0.01)


def test_the_truth_is_all_that_an_overlay_finds(parcels, conflicts, controls):
    shapes = parcels.geometry.to_numpy()
    told = conflicts.set_index(["parcel", "layer"])
    assert told.index.is_unique
    for layer, polygons in controls.items():
        found = areas_in(shapes, polygons)
        expected = told["area_m2"].xs(layer, level="layer").reindex(parcels.index).fillna(0.0).to_numpy()
        # Areas that come in degrees are off by the bend of their edges.
        np.testing.assert_allclose(found, expected, atol=1.0 if layer == "grassland" else 0.02)


def test_what_is_not_told_lies_apart(parcels, conflicts, controls):
    shapes = parcels.geometry.to_numpy()
    for layer, polygons in controls.items():
        told = conflicts["parcel"][conflicts["layer"] == layer]
        others = shapes[~parcels.index.isin(told)]
        margin = 11.9  # 12 m, less what rounding takes
        assert len(shapely.STRtree(polygons).query(others, "dwithin", margin)[0]) == 0


def test_kinds_of_overlap_are_what_they_say(parcels, conflicts, controls):
    assert set(conflicts["kind"]) == {"inside", "partial", "sliver", "touching"}
    whole = parcels.area.reindex(conflicts["parcel"]).to_numpy()
    share = conflicts["area_m2"].to_numpy() / whole
    kind = conflicts["kind"].to_numpy()
    np.testing.assert_allclose(share[kind == "inside"], 1.0, rtol=1e-5)
    assert ((share > 0.2) & (share < 0.35))[kind == "partial"].all()  # 40 m of 150 m
    np.testing.assert_allclose(share[kind == "partial"], 40.0 / 150.0, rtol=1e-5)
    np.testing.assert_allclose(share[kind == "sliver"], 2.0 / 112.0, rtol=1e-4)
    assert (share[kind == "touching"] == 0.0).all()
    for row in conflicts[conflicts["kind"] == "touching"].itertuples():
        away = shapely.distance(parcels.geometry[row.parcel], controls[row.layer]).min()
        assert away < 1e-6
    for row in conflicts[conflicts["kind"] == "sliver"].itertuples():
        # Nothing is left of a strip of 2 m when 1 m is taken from either side, and something when less is.
        strip = shapely.intersection(parcels.geometry[row.parcel], shapely.union_all(controls[row.layer]))
        assert shapely.buffer(strip, -1.01).is_empty
        assert not shapely.buffer(strip, -0.97).is_empty


def test_most_planted_grounds_found_room(folder, conflicts):
    plants = pd.read_csv(folder / "truth/decisions.csv", keep_default_na=False)
    found = set(plants["plant"]) - {""}
    assert found <= set(PLANTS)
    assert len(set(PLANTS) - found) <= 4
    layers = conflicts.groupby("parcel")["layer"].nunique()
    assert (layers == 2).sum() >= 15
    assert layers.max() == 2


def test_long_edges_are_found_whichever_way_a_ring_runs():
    ring = [(0, 0), (200, 0), (200, 300), (0, 300)]
    for order in (ring, ring[::-1]):
        starts, ends, owners = _straight_edges(np.array([shapely.Polygon(order)]), np.array([0]))
        assert len(starts) == 4
        assert owners.tolist() == [0, 0, 0, 0]
        # The inside is on the left: a step to the right of every edge leads out.
        along = (ends - starts) / np.linalg.norm(ends - starts, axis=1)[:, None]
        out = 0.5 * (starts + ends) + np.column_stack([along[:, 1], -along[:, 0]])
        assert not shapely.contains(shapely.Polygon(ring), shapely.points(out)).any()
    # Edges below 130 m and above 420 m are left out: of 500 x 100 none is left.
    assert len(_straight_edges(np.array([shapely.box(0, 0, 500, 100)]), np.array([0]))[0]) == 0


def test_a_box_lies_along_its_line():
    box = _box(np.array([0.0, 0.0]), np.array([10.0, 0.0]), np.array([0.0, 2.0]), np.array([0.0, -3.0]))
    assert box.bounds == (0.0, -3.0, 10.0, 2.0)
    assert box.area == 50.0
