import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanshui.chapters.fragility.wind_erosion import wind_erosion
from shanshui.chapters.services.sand import (
    erodible_fraction_beyond,
    erodible_fraction_beyond_legend,
    erodible_fraction_of_all_sand,
    erodible_fraction_of_coarse_sand,
    potential_wind_erosion,
    sand_fixation,
    soil_crust_factor,
    soil_roughness_factor,
    vegetation_factor,
    vegetation_factor_coefficient,
    vegetation_factor_table,
    wind_erodible_land,
    wind_erodible_land_legend,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack

# As published in HJ 1173-2021, annex A.
PUBLISHED = {1: 0.1535, 2: 0.0921, 3: 0.1151}
DISTANCE = {"wind_erosion_distance": 50.0, "wind_erosion_guard": 1.0}


def cells(*values):
    return np.array([values], np.float32)


def ranges():
    pack = read_pack("china")
    return {name: pack[name].value for name in erodible_fraction_beyond.step.parameters}


def test_erodible_fraction_takes_the_sand_that_is_meant():
    # 29.09 + 0.31 x 20 + 0.17 x 25 + 0.33 x 20/10 - 2.59 x 2 = 35.02
    # all sand (65): 29.09 + 20.15 + 4.25 + 2.145 - 5.18 = 50.455
    coarse = erodible_fraction_of_coarse_sand(cells(20.0), cells(25.0), cells(10.0), cells(2.0))
    every = erodible_fraction_of_all_sand(cells(65.0), cells(25.0), cells(10.0), cells(2.0))
    assert coarse[0, 0] == pytest.approx(0.3502, rel=1e-5)
    assert every[0, 0] == pytest.approx(0.50455, rel=1e-5)
    # 10 percent of carbonate: 9.5 less
    limed = erodible_fraction_of_coarse_sand(cells(20.0), cells(25.0), cells(10.0), cells(2.0), cells(10.0))
    assert limed[0, 0] == pytest.approx(0.2552, rel=1e-5)
    limed = erodible_fraction_of_all_sand(cells(65.0), cells(25.0), cells(10.0), cells(2.0), cells(10.0))
    assert limed[0, 0] == pytest.approx(0.40955, rel=1e-5)


def test_soils_beyond_the_regression_are_marked():
    within = [50.0, 30.0, 20.0, 2.0, 10.0]
    outside = [(0, 5.4), (0, 93.7), (1, 0.4), (1, 69.6), (2, 4.9), (2, 39.4), (3, 0.17), (3, 4.8), (4, 25.3)]
    edges = [(0, 5.5), (0, 93.6), (1, 0.5), (1, 69.5), (2, 5.0), (2, 39.3), (3, 0.18), (3, 4.79), (4, 25.2), (4, 0.0)]

    def marked(place, value):
        soil = [*within[:place], value, *within[place + 1 :]]
        return erodible_fraction_beyond(*map(cells, soil), **ranges())[0, 0]

    assert [marked(*case) for case in outside] == [1] * len(outside)
    assert [marked(*case) for case in edges] == [0] * len(edges)
    assert [marked(place, np.nan) for place in range(5)] == [-1] * 5
    assert erodible_fraction_beyond(*map(cells, within[:4]), **ranges()).tolist() == [[0]]


def test_crust_by_hand():
    # 1 / (1 + 0.0066 x 400 + 0.021 x 4) = 1/3.724
    found = soil_crust_factor(cells(20.0, 0.0, np.nan), cells(2.0, 0.0, 1.0))
    np.testing.assert_allclose(found, [[1 / 3.724, 1.0, np.nan]], rtol=1e-6)
    assert found.dtype == np.float32


def test_roughness_is_told_of_metres_in_centimetres():
    side = np.full((1, 3), 30.0)
    found = soil_roughness_factor(cells(3.0, 0.0, np.nan), side, side)
    # Kr = 0.2 x 9 / 60 = 0.03 m = 3 cm: exp(5.58 - 2.41 x 2.790174) = 0.31844; of 0.03 it would be 0.97
    np.testing.assert_allclose(found, [[0.31844, 1.0, np.nan]], rtol=1e-4)


def test_every_ecosystem_has_its_published_coefficient():
    table = vegetation_factor_table()
    scheme = ecosystem_scheme()
    assert sorted(table["level2"]) == sorted(scheme["level2"])
    assert set(table["unit"]) == {"1/percent"}
    official = table[table["status"] == "official"].set_index("level2")
    for level1, coefficient in PUBLISHED.items():
        assert (official.loc[scheme.loc[scheme["level1"] == level1, "level2"], "coefficient"] == coefficient).all()
    assert official.loc[[50, 51, 53], "coefficient"].tolist() == [0.0438] * 3
    assert official.loc[[70, 74], "coefficient"].tolist() == [0.0768] * 2
    assert official.loc[[71, 72], "coefficient"].tolist() == [0.0658] * 2
    assert len(official) == 5 + 4 + 5 + 3 + 2 + 2
    # What the standard does not tell is never called official.
    assert set(table.loc[~table["level2"].isin(official.index), "status"]) == {"default"}


def test_coefficients_and_land_by_ecosystem():
    ecosystem = np.array([[11, 21, 31, 51, 74, 71, 91, 62, -1, 99]], np.int32)
    table = vegetation_factor_table()
    found = vegetation_factor_coefficient(ecosystem, table)
    expected = [0.1535, 0.0921, 0.1151, 0.0438, 0.0768, 0.0658, 0.0768, 0.1151, np.nan, np.nan]
    np.testing.assert_allclose(found, [expected], rtol=1e-6)
    assert wind_erodible_land(ecosystem, table).tolist() == [[1, 1, 1, 1, 1, 1, 0, 0, -1, -1]]
    groups = table.groupby(table["level2"] // 10)["erodible"]
    assert groups.min().to_dict() == groups.max().to_dict()
    assert groups.min().to_dict() == {1: 1, 2: 1, 3: 1, 4: 0, 5: 1, 6: 0, 7: 1, 8: 0, 9: 0}


def test_vegetation_factor_takes_a_fraction_and_counts_percent():
    found = vegetation_factor(cells(0.0438, 0.0438, 0.1535, np.nan, 0.1), cells(0.3, 0.0, 1.0, 0.5, np.nan))
    np.testing.assert_allclose(found, [[np.exp(-1.314), 1.0, np.exp(-15.35), np.nan, np.nan]], rtol=1e-5)


def test_fixation_by_hand():
    # F = 40 x 0.5 x 0.8 x 0.625 = 10, bare 146.86 t/ha; C = 0.1: F = 1, 4.3303 t/ha
    soil = (cells(40.0), cells(0.5), cells(0.8), cells(0.625))
    bare = potential_wind_erosion(*soil, **DISTANCE)
    actual = wind_erosion(*soil, cells(0.1), **DISTANCE)
    assert bare[0, 0] == pytest.approx(146.86, rel=2e-4)
    assert actual[0, 0] == pytest.approx(4.3303, rel=1e-4)
    assert sand_fixation(bare, actual)[0, 0] == pytest.approx(142.53, rel=2e-4)
    nearer = potential_wind_erosion(*soil, wind_erosion_distance=20.0, wind_erosion_guard=1.0)[0, 0]
    # 2 x 20/64.13^2 x 1098 x exp(-(20/64.13)^2) = 10.680 x 0.90731
    assert nearer == pytest.approx(96.90, rel=1e-3)


def test_nothing_blows_off_water():
    land = np.array([[0]], np.int32)
    soil = (cells(40.0), cells(0.5), cells(0.8), cells(0.625))
    assert potential_wind_erosion(*soil, land, **DISTANCE)[0, 0] == 0
    assert wind_erosion(*soil, cells(1.0), land, **DISTANCE)[0, 0] == 0


@given(st.floats(0.0, 300.0), st.floats(0.0, 1.0), st.sampled_from([10, 21, 31, 51, 72, 74]))
def test_fixation_is_never_negative_nor_above_the_potential(weather, cover, code):
    soil = (cells(weather), cells(0.7), cells(0.8), cells(0.9))
    coefficient = vegetation_factor_coefficient(np.array([[code]], np.int32), vegetation_factor_table())
    bare = potential_wind_erosion(*soil, **DISTANCE)
    fixed = sand_fixation(bare, wind_erosion(*soil, vegetation_factor(coefficient, cells(cover)), **DISTANCE))
    assert 0 <= fixed[0, 0] <= bare[0, 0]
    nothing = wind_erosion(*soil, vegetation_factor(coefficient, cells(0.0)), **DISTANCE)
    assert sand_fixation(bare, nothing)[0, 0] == 0


def test_where_something_is_missing_nothing_is_told():
    assert np.isnan(sand_fixation(cells(np.nan, 3.0), cells(1.0, np.nan))).all()


@pytest.mark.parametrize("legend", [erodible_fraction_beyond_legend, wind_erodible_land_legend])
def test_legends_name_their_codes(legend):
    assert legend()["code"].tolist() == [0, 1]
    assert list(legend().columns) == ["code", "name", "name_zh", "colour"]


def test_the_printed_loss_is_there_for_who_wants_it_and_fixation_is_then_cut_at_nothing():
    """WF 125 with 0.5, 0.8 and 1: F = 50 and, under C = 0.2, 10: 59.2 and 14.5 kg/m2 at 50 m; F = 100 gives 51.3."""
    printed = {"wind_erosion_distance": 50.0, "wind_erosion_guard": 0.0}
    soil = cells(0.5), cells(0.8), cells(1.0)
    bare = potential_wind_erosion(cells(125.0), *soil, **printed)
    grown = wind_erosion(cells(125.0), *soil, cells(0.2), **printed)
    assert bare[0, 0] == pytest.approx(592, abs=0.5)
    assert grown[0, 0] == pytest.approx(145, abs=0.5)
    assert sand_fixation(bare, grown)[0, 0] == pytest.approx(447, abs=1)
    strong = potential_wind_erosion(cells(250.0), *soil, **printed)
    assert strong[0, 0] == pytest.approx(513, abs=0.5)
    assert sand_fixation(strong, wind_erosion(cells(250.0), *soil, cells(0.5), **printed))[0, 0] == 0
