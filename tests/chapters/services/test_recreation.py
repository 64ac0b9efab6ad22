import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.base.grid import Window
from shanshui.chapters import catalogue
from shanshui.chapters.services.recreation import (
    access_by_roads,
    access_by_settlements,
    naturalness_of_ecosystem,
    naturalness_table,
    protection_attraction,
    recreation_opportunity,
    relief_attraction,
    water_attraction,
    water_body,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.data.scratch import ScratchRaster
from shanshui.policy.parameters import read_pack

NAN = np.nan
PACK = read_pack("china")
WEIGHTS = {
    "naturalness_weight": 1.0,
    "water_attraction_weight": 2.0,
    "relief_attraction_weight": 3.0,
    "protection_attraction_weight": 4.0,
    "access_attraction_weight": 10.0,
}


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


@pytest.fixture
def run(tmp_path):
    """Run a step on a raster as a whole; cells of 100 by 300 m."""

    def made(step, array, tile=1000, **scalars):
        def put(values):
            raster = ScratchRaster(tmp_path, array.shape, tile, values.dtype)
            raster.write(Window(0, 0, *array.shape), values)
            return raster

        sides = put(np.full(array.shape, 100.0)), put(np.full(array.shape, 300.0))
        found = step(put(array), *sides, **scalars).read(Window(0, 0, *array.shape))
        assert found.dtype == np.float32
        return found

    return made


def test_naturalness_of_the_seven_degrees():
    found = naturalness_of_ecosystem(codes(42, 10, 31, 93, 51, 62, 61, -1), naturalness_table())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, cells(1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0, NAN), rtol=1e-6)


def test_every_ecosystem_has_a_degree_with_a_source():
    table = naturalness_table().set_index("level2")
    scheme = ecosystem_scheme().set_index("level2")
    assert table.index.tolist() == scheme.index.tolist()
    assert table["name"].tolist() == scheme["name"].tolist()
    assert table["hemeroby"].between(1, 7).all()
    assert set(table["status"]) == {"default"}
    assert table["source"].str.contains("Ruedisser").all()
    # No land is less natural than what is built or farmed.
    used = scheme["level1"].isin([5, 6])
    assert table["hemeroby"][used].min() >= table["hemeroby"][~used].max()
    assert naturalness_table().columns.tolist() == list(catalogue().vocabulary["naturalness_table"].columns)


def test_water_is_inland_and_sea():
    ecosystem = codes(91, 94, 10, 10, -1, -1, -1, 10)
    sea = cells(0, 1, 0.5, 0.49, NAN, 1, 0, NAN)
    found = water_body(ecosystem, sea)
    assert found.dtype == np.int32
    assert found.tolist() == [[1, 1, 1, 0, -1, 1, 0, 0]]


def test_attraction_of_water_is_halved_with_every_half_distance(run):
    water = codes(1, 0, 0, 0, -1)
    found = run(water_attraction, water, water_half_distance=100.0)
    np.testing.assert_allclose(found, cells(1, 0.5, 0.25, 0.125, NAN), rtol=1e-6)
    column = run(water_attraction, water.T.copy(), water_half_distance=600.0)
    np.testing.assert_allclose(column.T, cells(1, 0.5**0.5, 0.5, 0.5**1.5, NAN), rtol=1e-6)
    assert run(water_attraction, codes(0, 0, 0), water_half_distance=100.0).tolist() == [[0, 0, 0]]


def test_access_falls_with_the_distance_to_roads_or_settlements(run):
    found = run(access_by_roads, cells(0.01, 0, 0, NAN), access_half_distance=200.0)
    np.testing.assert_allclose(found, cells(1, 0.5**0.5, 0.5, NAN), rtol=1e-6)
    found = run(access_by_settlements, codes(61, 10, 63, -1, 62, 60), access_half_distance=100.0)
    np.testing.assert_allclose(found, cells(1, 0.5, 0.25, NAN, 0.5, 1), rtol=1e-6)
    assert [step.method for step in catalogue().methods("access_attraction")] == ["roads", "settlements"]


def test_tiles_change_nothing(run):
    random = np.random.default_rng(3)
    water = random.choice([-1, 0, 0, 0, 0, 1], (11, 13)).astype(np.int32)
    whole = run(water_attraction, water, water_half_distance=250.0)
    for tile in (2, 5):
        np.testing.assert_array_equal(run(water_attraction, water, tile, water_half_distance=250.0), whole)
    np.testing.assert_array_equal(np.isnan(whole), water < 0)


def test_relief_attracts_up_to_a_bound():
    found = relief_attraction(cells(0, 10, 50, 51, NAN), relief_saturation=50.0)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, cells(0, 0.2, 1, 1, NAN), rtol=1e-6)


def test_protection_is_the_share_protected():
    np.testing.assert_array_equal(protection_attraction(cells(0, 0.25, 1, NAN)), cells(0, 0.25, 1, NAN))


def test_opportunity_is_the_weighted_mean_of_what_there_is():
    natural, water, relief, protected, access = (cells(value) for value in (0.1, 0.2, 0.3, 0.4, 0.5))
    found = recreation_opportunity(natural, water, relief, protected, access, **WEIGHTS)
    assert found.dtype == np.float32
    # (0.1 x 1 + 0.2 x 2 + 0.3 x 3 + 0.4 x 4 + 0.5 x 10) / 20
    assert found[0, 0] == pytest.approx(8.0 / 20.0)
    without = recreation_opportunity(natural, None, relief, None, access, **WEIGHTS)
    assert without[0, 0] == pytest.approx((0.1 + 0.9 + 5.0) / 14.0)
    assert recreation_opportunity(natural, **WEIGHTS)[0, 0] == pytest.approx(0.1)
    assert np.isnan(recreation_opportunity(natural, cells(NAN), **WEIGHTS)).all()


@given(st.lists(st.floats(0, 1, width=32), min_size=5, max_size=5))
def test_opportunity_lies_between_its_components(values):
    found = recreation_opportunity(*(cells(value) for value in values), **WEIGHTS)[0, 0]
    assert min(values) - 1e-6 <= found <= max(values) + 1e-6
    assert 0.0 <= found <= 1.0 + 1e-6


def test_all_but_naturalness_may_be_missing_and_all_weigh_the_same():
    step = recreation_opportunity.step
    assert set(step.inputs) - step.optional == {"naturalness"}
    assert set(step.parameters) == set(WEIGHTS)
    assert {PACK[name].value for name in WEIGHTS} == {1.0}
    # Without any other component naturalness is left, so it must weigh something.
    assert PACK["naturalness_weight"].minimum > 0


def test_parameters_of_distance():
    told = {name: (PACK[name].value, PACK[name].unit) for name in ("water_half_distance", "access_half_distance")}
    assert told == {"water_half_distance": (500.0, "m"), "access_half_distance": (2000.0, "m")}
    assert (PACK["relief_saturation"].value, PACK["relief_saturation"].unit) == (50.0, "m")
