"""A whole study beside InVEST 3.20.2: habitat degradation and quality, with the tables of InVEST as they are."""

import shutil

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from scipy.ndimage import distance_transform_edt
from tests.study.conftest import run_cli

pytestmark = pytest.mark.real

STUDY = """\
[study]
name = "Beside InVEST"

[grid]
like = "land_cover"
tile = 256

[layers.land_cover]
path = "inputs/lulc.tif"
legend = "legend.csv"

[layers.threat]
path = "inputs/threat_{item}.tif"
items = ["urban", "crop", "road"]
unit = "1"

[tables.threats]
path = "inputs/threats.csv"
columns = { threat = "THREAT", maximum_distance_m = "MAX_DIST", weight = "WEIGHT", decay = "DECAY" }

[tables.habitat_sensitivity]
path = "inputs/sensitivity.csv"
columns = { code = "LULC", habitat = "HABITAT", urban = "URBAN", crop = "CROP", road = "ROAD" }
"""
LEGEND = """\
code,name,ecosystem
1,forest,forest
2,shrub,shrub
3,grass,grassland
4,crop,cropland
5,built,built
6,water,lake
7,bare,bare land
8,wetland,wetland
"""
PAIRS = {"habitat_degradation": "deg_sum_c", "habitat_quality": "quality_c"}
# Of 160,000 cells so many have land cover.
DEFINED = 118_376
# InVEST measures on the map's plane, we measure on the ellipsoid. In the middle of a projection of their own the cells
# are what the map says, and the smaller, the better: a 128th of theirs, with distances a 128th too. A power of two
# changes no digit.
SCALE = 128
SMALL = "+proj=tmerc +lat_0=36 +lon_0=105 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m +no_defs"


def built(folder, shared_data, text=STUDY):
    """Write the study, run it, and read what it made."""
    if not (folder / "inputs").exists():
        shutil.copytree(shared_data / "invest/inputs", folder / "inputs")
    (folder / "study.toml").write_text(text, "utf-8")
    (folder / "legend.csv").write_text(LEGEND, "utf-8")
    told = run_cli("run", str(folder), *PAIRS)
    assert told.code == 0, told.err
    return {name: read(folder / f"out/rasters/{name}.tif") for name in PAIRS}


def read(path):
    with rasterio.open(path) as raster:
        return raster.read(1, masked=True).astype(np.float64).filled(np.nan)


@pytest.fixture(scope="module")
def theirs(shared_data):
    """What InVEST wrote."""
    return {name: read(shared_data / f"invest/outputs/{file}.tif") for name, file in PAIRS.items()}


@pytest.fixture(scope="module")
def small(tmp_path_factory, shared_data):
    """Our study, with every length a 128th."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "inputs").mkdir()
    shutil.copy(shared_data / "invest/inputs/sensitivity.csv", folder / "inputs")
    threats = pd.read_csv(shared_data / "invest/inputs/threats.csv")
    threats.assign(MAX_DIST=threats["MAX_DIST"] / SCALE).to_csv(folder / "inputs/threats.csv", index=False)
    for name in ("lulc", "threat_urban", "threat_crop", "threat_road"):
        with rasterio.open(shared_data / f"invest/inputs/{name}.tif") as source:
            profile = source.profile | {
                "crs": SMALL,
                "transform": Affine(90 / SCALE, 0, -18_000 / SCALE, 0, -90 / SCALE, 18_000 / SCALE),
            }
            with rasterio.open(folder / f"inputs/{name}.tif", "w", **profile) as target:
                target.write(source.read(1), 1)
    return built(folder, shared_data)


@pytest.fixture(scope="module")
def ours(tmp_path_factory, shared_data):
    """Our study where InVEST's lies."""
    return built(tmp_path_factory.mktemp("ours"), shared_data)


@pytest.mark.parametrize("name", PAIRS)
def test_both_define_the_same_cells(small, ours, theirs, name):
    # A cell has land cover or it has not; cells where a threat is unknown are no sources, in InVEST too.
    known = np.isfinite(theirs[name])
    assert known.sum() == DEFINED
    assert np.array_equal(np.isfinite(small[name]), known)
    assert np.array_equal(np.isfinite(ours[name]), known)


# InVEST reckons in float32: where little quality is left it subtracts a number near 1 from 1 and keeps the rounding of
# that. In so many cells its quality is off by more than 1e-5 because of it.
ROUNDED = {"habitat_degradation": 0, "habitat_quality": 26}


@pytest.fixture(scope="module")
def published(shared_data):
    """Degradation, and quality of a degradation, by the published equations in a precision of choice."""

    def table(name):
        return pd.read_csv(shared_data / f"invest/inputs/{name}.csv")

    threats, sensitivity = table("threats"), table("sensitivity").set_index("LULC")
    with rasterio.open(shared_data / "invest/inputs/lulc.tif") as raster:
        classes = raster.read(1)

    def of_class(column, kind):
        return sensitivity[column].reindex(classes.ravel()).to_numpy(kind).reshape(classes.shape)

    def degradation(kind):
        total = np.zeros(classes.shape)
        for threat in threats.itertuples():
            sources = read(shared_data / f"invest/inputs/threat_{threat.THREAT}.tif") > 0
            distance, farthest = distance_transform_edt(~sources).astype(kind), kind(threat.MAX_DIST / 90)
            left = (farthest - distance) / farthest
            if threat.DECAY == "exponential":
                left = np.exp(-distance * kind(2.99 / (threat.MAX_DIST / 90)))
            left[distance > farthest] = 0
            total += left * of_class(threat.THREAT.upper(), kind) * (threat.WEIGHT / threats["WEIGHT"].sum())
        return total.astype(kind)

    def quality(degradation, kind):
        lost = degradation.astype(kind) ** kind(2.5)
        return of_class("HABITAT", kind) * (1 - lost / (lost + kind(0.05**2.5)))

    return degradation, quality


def relative(found, wanted):
    return np.abs(found.astype(float) - wanted)[wanted > 0] / wanted[wanted > 0]


@pytest.mark.parametrize("name", PAIRS)
def test_degradation_and_quality_are_those_of_invest(small, theirs, name):
    known = np.isfinite(theirs[name])
    found, wanted = small[name][known], theirs[name][known]
    assert np.array_equal(found == 0, wanted == 0)
    assert (relative(found, wanted) > 1e-5).sum() == ROUNDED[name]
    # And it is a map: most cells are neither nothing nor all.
    assert ((wanted > 0.01) & (wanted < 0.99)).sum() > 80_000


def test_what_is_left_between_them_is_the_rounding_of_invest(small, theirs, published):
    degradation, quality = published
    wanted = theirs["habitat_degradation"]
    known = np.isfinite(wanted)
    # In float32 the equations give what InVEST wrote: degradation but for the last digits, quality bit by bit.
    assert relative(degradation(np.float32)[known], wanted[known]).max() < 1e-6
    assert np.array_equal(quality(wanted, np.float32)[known], theirs["habitat_quality"][known])
    # In float64 they give ours, in every cell.
    exact = degradation(np.float64)
    assert relative(small["habitat_degradation"][known], exact[known]).max() < 2e-6
    ours = small["habitat_degradation"]
    assert relative(small["habitat_quality"][known], quality(ours, np.float64)[known]).max() < 1e-6


@pytest.mark.parametrize(("name", "most"), [("habitat_degradation", 4e-6), ("habitat_quality", 5e-5)])
def test_on_the_ellipsoid_distances_are_a_little_different(ours, theirs, name, most):
    # The cells there are 90 m on the map and up to 1 in 10,000 less or more on the ground.
    known = np.isfinite(theirs[name])
    difference = np.abs(ours[name] - theirs[name])[known]
    assert 1e-7 < difference.max() < most
