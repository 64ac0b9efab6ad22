import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.base.units import conversion
from shanshui.chapters import catalogue
from shanshui.chapters.services.blue_carbon import blue_carbon_burial, blue_carbon_stock, blue_carbon_table
from shanshui.chapters.services.carbon import (
    ecosystem_productivity_of_ratio,
    ecosystem_productivity_of_respiration,
    respiration_of_months,
    sequestration_of_productivity,
    sequestration_of_rate,
    stock_of_density,
    stock_of_pools,
)
from shanshui.chapters.services.ecosystem_carbon import (
    carbon_pool_table,
    pool_of_ecosystem,
    rate_of_ecosystem,
    ratio_of_ecosystem,
    sequestration_table,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack

SCHEME = ecosystem_scheme()
CODES = SCHEME["level2"].tolist()
FOREST, SHRUB, GRASS = [10, 11, 12, 13, 14], [20, 21, 22, 23], [30, 31, 32, 33, 34]
WETLAND, CROP, BUILT, BARE = [40, 41, 42, 43], [50, 51, 52, 53], [60, 61, 62, 63], [70, 71, 72, 73, 74]
ICE, WATER = [80, 81], [90, 91, 92, 93, 94]


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


def months(value):
    return np.full((12, 1, 1), value, np.float32)


# Stock


def test_the_stock_is_the_sum_of_the_pools_that_there_are():
    # InVEST's sample: forest 70 + 18 + 90 + 5, wetland 6 + 3 + 150 + 1.
    pools = cells(70, 6), cells(18, 3), cells(90, 150), cells(5, 1)
    assert stock_of_pools(*pools).tolist() == [[183, 160]]
    assert stock_of_pools(*pools[:3]).tolist() == [[178, 159]]
    assert stock_of_pools(pools[0], None, pools[2]).tolist() == [[160, 156]]
    assert stock_of_pools(pools[0], carbon_dead=pools[3]).tolist() == [[75, 7]]
    assert stock_of_pools(pools[0]).tolist() == [[70, 6]]
    assert pools[0].tolist() == [[70, 6]]  # its input is left as it was


@pytest.mark.parametrize("lost", range(4))
def test_a_pool_without_data_makes_the_stock_unknown(lost):
    pools = [cells(1, 1) for _ in range(4)]
    pools[lost][0, 0] = np.nan
    found = stock_of_pools(*pools)
    assert np.isnan(found).tolist() == [[True, False]]
    assert found.dtype == np.float32


def test_one_figure_for_all_pools_comes_first_and_is_taken_as_it_is():
    assert_array_equal(stock_of_density(cells(261.52, np.nan)), cells(261.52, np.nan))
    assert [step.method for step in catalogue().methods("carbon_stock")] == ["total", "pools"]
    assert [step.method for step in catalogue().methods("carbon_density")] == ["class_table"]
    (pools,) = [step for step in catalogue().methods("carbon_stock") if step.method == "pools"]
    assert pools.optional == {"carbon_belowground", "carbon_soil", "carbon_dead"}


# Above ground, roots, soil of a metre, dead: means of China by area split by own choice, and own choices.
POOLS = [
    ([10, 11, 12, 13], [45, 11, 105, 3]),
    ([14], [20, 5, 90, 1.5]),
    ([20, 21, 22], [4, 3.5, 82, 0.5]),
    ([23], [1.5, 1.5, 50, 0.2]),
    ([30, 31, 32, 33], [0.6, 4.2, 85, 0.2]),
    ([34], [0.3, 2, 45, 0.1]),
    ([40, 41], [2, 3, 180, 1]),
    ([42], [60, 30, 250, 3]),
    ([43], [0, 0, 80, 0]),
    ([50, 51, 53], [2.5, 0.8, 92, 0]),
    ([52], [15, 4, 85, 0.5]),
    ([60, 61], [1, 0.5, 50, 0]),
    ([62], [10, 3, 70, 0.2]),
    ([63], [0, 0, 40, 0]),
    ([71], [0, 0, 10, 0]),
    ([72], [0.2, 0.3, 20, 0]),
    ([73], [0.2, 0.3, 40, 0]),
    ([70, 74], [0.1, 0.1, 20, 0]),
    (ICE + WATER, [0, 0, 0, 0]),
]


def test_pools_of_the_ecosystems():
    table = carbon_pool_table()
    told = {code: pools for several, pools in POOLS for code in several}
    assert sorted(told) == CODES == table["level2"].tolist()
    assert table["name"].tolist() == SCHEME["name"].tolist()
    assert set(table["status"]) == {"default"}
    assert table["source"].str.len().min() > 12
    given = codes(*CODES, -1)
    for place, pool in enumerate(("aboveground", "belowground", "soil", "dead")):
        assert_allclose(
            pool_of_ecosystem(given, table, of_name=pool)[0],
            [*(told[code][place] for code in CODES), np.nan],
            rtol=1e-6,
        )


@pytest.mark.parametrize(
    ("code", "pools", "area"), [(10, 30.83, 188.2), (20, 6.69, 74.3), (30, 25.40, 281.3), (50, 16.32, 171.3)]
)
def test_pools_sum_to_the_means_of_china(code, pools, area):
    # Tang et al. (2018): Pg of carbon in forests, shrublands, grasslands and croplands; Mha.
    row = carbon_pool_table().set_index("level2").loc[code, ["aboveground", "belowground", "soil", "dead"]]
    assert float(row.sum()) == pytest.approx(1000 * pools / area, abs=0.5)


# What is bound in a year


def test_respiration_of_a_worked_month():
    # 0.22 x (exp(0.0912 x 10) + ln(0.3145 x 60 + 1)) x 30 x 46.5 %
    wanted = 12 * 0.22 * (math.exp(0.912) + math.log(19.87)) * 30 * 0.465
    share = read_pack("china")["heterotrophic_share"]
    assert (share.value, share.status) == (0.465, "literature")
    found = respiration_of_months(months(10), months(60), heterotrophic_share=share.value)
    assert found[0, 0] == pytest.approx(wanted, rel=1e-5)
    assert found[0, 0] == pytest.approx(201.76, abs=0.05)


def test_net_ecosystem_productivity_may_be_negative():
    found = ecosystem_productivity_of_respiration(cells(500, 100, np.nan, 5), cells(201.76, 201.76, 1, np.nan))
    assert_allclose(found, cells(298.24, -101.76, np.nan, np.nan), rtol=1e-5)


def test_net_ecosystem_productivity_by_ratio():
    found = ecosystem_productivity_of_ratio(cells(500, 500, np.nan), cells(0.22, 0, 0.5))
    assert_allclose(found, cells(110, 0, np.nan), rtol=1e-6)


def test_sequestration_in_tonnes_of_carbon_dioxide():
    # 300 g/m2 of carbon are 3 t/ha, and 11 t/ha of carbon dioxide (44/12); losses stay negative.
    assert_allclose(sequestration_of_productivity(cells(300, -30, 0, np.nan)), cells(11, -1.1, 0, np.nan), rtol=1e-6)
    assert_allclose(sequestration_of_rate(cells(3, -0.3, np.nan)), cells(11, -1.1, np.nan), rtol=1e-6)


@given(st.floats(-2000, 2000))
def test_sequestration_as_the_accounts_have_it(productivity):
    # Q = NEP x area x 1e-6 x 44 / 12: on a hectare of 10,000 m2.
    assert sequestration_of_productivity(cells(productivity))[0, 0] == pytest.approx(
        productivity * 10_000 * 1e-6 * 44 / 12, rel=1e-5, abs=1e-6
    )


def test_oxygen_that_goes_with_it():
    # 32 t of oxygen for 44 t of carbon dioxide: 0.727, where the accounts of Garze have 8.1 times as much.
    assert 32 / 44 * sequestration_of_rate(cells(12 / 32))[0, 0] == pytest.approx(1, rel=1e-6)


def test_methods_stand_in_their_order():
    orders = {
        "net_ecosystem_productivity": ["soil_respiration", "ratio"],
        "carbon_sequestration": ["net_ecosystem_productivity", "fixation_rate"],
        "carbon_soil": ["class_table", "ecosystem"],
        "sequestration_ratio": ["class_table", "ecosystem"],
        "carbon_fixation_rate": ["class_table", "ecosystem"],
    }
    for word, methods in orders.items():
        assert [step.method for step in catalogue().methods(word)] == methods


# Net ecosystem over net primary productivity, and t/ha/year of carbon.
RATES = [
    ([10, 11, 12, 13], [0.22, 0.87]),
    ([14, 62], [0.15, 0.4]),
    ([20, 21, 22], [0.15, 0.23]),
    ([23], [0.1, 0.1]),
    (GRASS, [0.08, 0]),
    ([40, 41], [0.2, 0.25]),
    ([42], [0.25, 0.87]),
    ([52], [0.1, 0.2]),
    ([43, 50, 51, 53, 60, 61, 63, *BARE, *ICE, *WATER], [0, 0]),
]


def test_ratios_and_rates_of_the_ecosystems():
    table = sequestration_table()
    told = {code: rates for several, rates in RATES for code in several}
    assert sorted(told) == CODES == table["level2"].tolist()
    assert table["name"].tolist() == SCHEME["name"].tolist()
    assert set(table["status"]) == {"default"}
    given = codes(*CODES, -1)
    assert_allclose(ratio_of_ecosystem(given, table)[0], [*(told[code][0] for code in CODES), np.nan], rtol=1e-6)
    assert_allclose(rate_of_ecosystem(given, table)[0], [*(told[code][1] for code in CODES), np.nan], rtol=1e-6)
    # Fang et al. (2018): 163.4 Tg a year in 188.2 Mha of forest, 17.0 in 74.3 Mha of shrub.
    assert told[11][1] == pytest.approx(163.4 / 188.2, abs=0.005)
    assert told[21][1] == pytest.approx(17.0 / 74.3, abs=0.005)


# Blue carbon


def test_blue_carbon_of_the_habitats():
    # IPCC wetlands supplement: 386, 255, 108 t/ha in the soil; 192 t of dry matter x 1.49 x 0.451 = 129 t in mangrove.
    table = blue_carbon_table()
    assert pytest.approx(129, abs=0.1) == 192 * 1.49 * 0.451
    habitat = codes(1, 2, 3, 4, 5, 0, -1)
    assert_array_equal(blue_carbon_stock(habitat, table), cells(386 + 129, 255, 108, *[np.nan] * 4))
    wanted = [carbon * 44 / 12 for carbon in (1.62, 0.91, 0.43)]
    assert_allclose(blue_carbon_burial(habitat, table), cells(*wanted, *[np.nan] * 4), rtol=1e-6)
    assert blue_carbon_burial(habitat, table)[0, 0] == pytest.approx(5.94, rel=1e-6)
    assert blue_carbon_stock(habitat, table).dtype == blue_carbon_burial(habitat, table).dtype == np.float32
    known = table[table["status"] == "literature"]
    assert set(known["part"]) == {"soil", "burial"}
    assert set(table.loc[table["part"] == "biomass", "status"]) == {"default"}
    assert table["source"].str.len().min() > 20


def test_a_study_s_own_blue_carbon():
    own = pd.DataFrame({"code": [2, 2, 4], "part": ["burial", "soil", "soil"], "value": [3.0, 200.0, 50.0]})
    assert_array_equal(blue_carbon_stock(codes(1, 2, 4), own), cells(np.nan, 200, 50))
    assert_array_equal(blue_carbon_burial(codes(1, 2, 4), own), cells(np.nan, 11, np.nan))


# Words


def test_units_and_ranges():
    words = catalogue().vocabulary
    assert conversion("kg/m**2", words["carbon_stock"].unit).scale == pytest.approx(10)
    assert conversion("kg/m**2/year", words["net_ecosystem_productivity"].unit).scale == pytest.approx(1000)
    for name in ("carbon_sequestration", "blue_carbon_burial", "carbon_fixation_rate"):
        assert conversion("kg/m**2/year", words[name].unit).scale == pytest.approx(10)
    assert words["carbon_sequestration"].minimum < 0 < words["carbon_stock"].maximum
    products = {quantity.name for quantity in catalogue().products}
    assert {"carbon_stock", "carbon_sequestration"} <= products
    # Most studies have no coast: made where it is asked for.
    assert not {"blue_carbon_stock", "blue_carbon_burial"} & products
