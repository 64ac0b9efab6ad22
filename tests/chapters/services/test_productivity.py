import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from shanshui.base.units import conversion
from shanshui.chapters import catalogue
from shanshui.chapters.services.productivity import (
    efficiency_of_2021,
    efficiency_of_zhu,
    light_use_efficiency_table_2021,
    light_use_efficiency_zhu_2006,
    productivity_of_gross,
    productivity_of_light,
    productivity_of_months,
    saturated_ndvi_of_ecosystem,
    water_stress_of_evapotranspiration,
    water_stress_of_rain,
)
from shanshui.data.legends import ecosystem_scheme
from shanshui.policy.parameters import read_pack
from shanshui.science.light_use_efficiency import given_water_stress, net_primary_productivity, regional_water_stress

SCHEME = ecosystem_scheme()
CODES = SCHEME["level2"].tolist()
ZHU, OTHER = light_use_efficiency_zhu_2006(), light_use_efficiency_table_2021()


def cells(*values):
    return np.array([values], np.float32)


def codes(*values):
    return np.array([values], np.int32)


def months(*values):
    return np.broadcast_to(np.asarray(values, np.float32), 12).reshape(12, 1, 1).copy()


def test_net_productivity_as_a_share_of_the_gross():
    share = read_pack("china")["carbon_use_efficiency"]
    assert (share.value, share.status) == (0.5, "default")
    assert_array_equal(productivity_of_gross(cells(130, 0, np.nan), carbon_use_efficiency=0.5), cells(65, 0, np.nan))
    assert productivity_of_gross(cells(130), carbon_use_efficiency=0.47)[0, 0] == pytest.approx(61.1, rel=1e-6)
    assert productivity_of_gross(cells(1), carbon_use_efficiency=0.5).dtype == np.float32


def test_productivity_of_the_year_is_that_of_its_months():
    year = months(*range(12))
    assert productivity_of_months(year).tolist() == [[66]]
    year[4] = np.nan
    assert np.isnan(productivity_of_months(year)).all()


def test_each_input_of_casa_stands_in_its_place():
    given = months(0.2, 0.3, 0.4, 0.5, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.2, 0.2), months(420), months(17), months(0.7)
    kind = cells(0.542), cells(0.634)
    found = productivity_of_light(*given, *kind)
    assert_array_equal(found, net_primary_productivity(*given, *kind))
    # 0.542 g/MJ x 0.5 x 420 MJ x W 0.7 x T1 (0.9955) x T2 at the optimum (0.9934) x FPAR of NDVI 0.5.
    share = (0.477 / 0.611 + (1.5 / 0.5 - 1.023 / 0.977) / (1.634 / 0.366 - 1.023 / 0.977)) / 2 * 0.949 + 0.001
    warmth = (0.8 + 0.34 - 0.1445) * 1.184 / 1.135335 / 1.049787
    assert found[3, 0, 0] == pytest.approx(0.542 * 210 * 0.7 * warmth * share, rel=1e-5)


def test_a_year_of_steppe_is_of_the_published_order():
    # Typical steppe of Inner Mongolia binds 100 to 400 g/m2 a year.
    ndvi = months(0.1, 0.1, 0.12, 0.15, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.12, 0.1)
    sun = months(250, 320, 480, 560, 650, 640, 600, 560, 470, 380, 270, 220)
    warmth = months(-19, -15, -5, 5, 12, 18, 21, 19, 12, 3, -8, -16)
    stress = water_stress_of_rain(
        months(3, 4, 6, 12, 25, 50, 90, 70, 30, 12, 5, 3), months(0, 0, 0, 30, 80, 115, 135, 110, 65, 15, 0, 0)
    )
    year = productivity_of_months(productivity_of_light(ndvi, sun, warmth, stress, cells(0.542), cells(0.634)))
    assert 100 < year[0, 0] < 400


def test_water_stress_is_that_of_the_kernels():
    water, potential = months(40, 10, *[60] * 10), months(100)
    assert_array_equal(water_stress_of_rain(water, potential), regional_water_stress(water, potential))
    assert_array_equal(water_stress_of_evapotranspiration(water, potential), given_water_stress(water, potential))
    assert water_stress_of_evapotranspiration(water, potential)[1, 0, 0] == pytest.approx(0.55, rel=1e-6)


def test_methods_stand_in_their_order():
    orders = {
        "net_primary_productivity": ["gross_ratio", "months"],
        "monthly_net_primary_productivity": ["casa"],
        "monthly_water_stress": ["evapotranspiration", "zhou_zhang_1995"],
        "light_use_efficiency": ["class_table", "zhu_2006", "table_2021"],
        "saturated_ndvi": ["class_table", "ecosystem"],
    }
    for word, methods in orders.items():
        assert [step.method for step in catalogue().methods(word)] == methods


# ChinaXiv-201703.00404, and NDVImax of ChinaXiv-202106.00083, table 1.
BROAD, NEEDLE = (0.985 + 0.692) / 2, (0.389 + 0.485) / 2
BROAD_FULL, NEEDLE_FULL = (0.676 + 0.747) / 2, (0.647 + 0.738) / 2
FULL = (BROAD_FULL + NEEDLE_FULL) / 2
ZHU_TOLD = {
    10: ((BROAD + NEEDLE + 0.475) / 3, FULL),
    11: (BROAD, BROAD_FULL),
    12: (NEEDLE, NEEDLE_FULL),
    13: (0.475, FULL),
    14: (0.542, 0.636),
    42: (BROAD, BROAD_FULL),
} | dict.fromkeys((20, 21, 22, 23), (0.429, 0.636))


@pytest.mark.parametrize(("table", "look_up"), [(ZHU, efficiency_of_zhu), (OTHER, efficiency_of_2021)])
def test_efficiencies_are_the_published_ones(table, look_up):
    # The table of 2021 has another shrub, and broadleaf forest with its two kinds exchanged: their mean is the same.
    told = ZHU_TOLD if table is ZHU else ZHU_TOLD | dict.fromkeys((20, 21, 22, 23), (0.768, 0.636))
    assert "profile" not in table
    assert table["level2"].tolist() == CODES
    assert table["name"].tolist() == SCHEME["name"].tolist()
    wanted = [told.get(code, (0.542, 0.634)) for code in CODES]
    assert_allclose(look_up(codes(*CODES, -1), table)[0], [*(one for one, _ in wanted), np.nan], rtol=1e-4)
    found = saturated_ndvi_of_ecosystem(codes(*CODES, -1), table)[0]
    assert_allclose(found, [*(full for _, full in wanted), np.nan], rtol=1e-3)
    assert set(table["status"]) == {"literature", "default"}
    assert (table["status"][table["source"].str.contains("own choice|Own choice|mean of|Not told")] == "default").all()


def test_shrub_is_where_the_tables_contradict_each_other():
    differ = ZHU["efficiency"] != OTHER["efficiency"]
    assert ZHU["level2"][differ].tolist() == [20, 21, 22, 23]


def test_units_at_the_door():
    words = catalogue().vocabulary
    for name in ("net_primary_productivity", "gross_primary_productivity"):
        # kg/m2, and tenths of a gram as MODIS scales them.
        assert conversion("kg/m**2/year", words[name].unit).scale == pytest.approx(1000)
    assert conversion("kWh/m**2", words["monthly_solar_radiation"].unit).scale == pytest.approx(3.6)
    assert words["monthly_solar_radiation"].axis == words["monthly_net_primary_productivity"].axis == "month"
