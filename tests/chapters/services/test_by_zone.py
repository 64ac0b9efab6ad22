import numpy as np
import pandas as pd
import pytest

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.chapters import catalogue
from shanshui.chapters.services.by_zone import MASSES, MEASURES, WATER, by_zone, mass, volume, zone_sums

ZONES = pd.DataFrame(
    {
        "zoning": ["region", "region", "half", "half", "half"],
        "zone": ["region", "(outside)", "w", "e", "(outside)"],
        "name": ["Region", "(outside)", "West", "East", "(outside)"],
    }
)
# Cell (0, 1) lies to a quarter in the west and to three in the east, (1, 1) in neither and (1, 2) beyond the region.
COVER = ZoneCover(
    signature=np.array([[0, -1, 1], [0, 2, -2]], np.int32),
    members=np.array([[0, 2], [0, 3], [0, 4]], np.int32),
    border_cell=np.array([1, 1, 1]),
    border_zone=np.array([0, 2, 3], np.int32),
    border_share=np.array([1.0, 0.25, 0.75]),
)
AREA = np.array([[1e4, 2e4, 3e4], [4e4, 5e4, 6e4]])
VALUES = np.array([[100, 200, 400], [np.nan, 50, 999]], np.float32)


def table(of, values=VALUES, year=2010):
    return by_zone(Series({year: zone_sums(values, COVER, AREA, ZONES)}), ZONES, of_name=of).set_index("zone_name")


def test_water_by_zone_in_cubic_metres():
    """1 mm on a hectare is 10 m3. West: 100 on 1 ha and 200 on 0.5; east: 200 on 1.5 and 400 on 3; outside: 50 on 5."""
    found = table("water_conservation")
    assert found["area_ha"].to_dict() == {"Region": 11.0, "West": 1.5, "East": 4.5, "(outside)": 5.0}
    assert found["total"].to_dict() == {"Region": 19_500.0, "West": 2000.0, "East": 15_000.0, "(outside)": 2500.0}
    expected = {"Region": 1950 / 11, "West": 200 / 1.5, "East": 1500 / 4.5, "(outside)": 50.0}
    assert found["mean"].to_dict() == pytest.approx(expected)
    assert set(found["total_unit"]) == {"m3"}
    assert set(found["measure"]) == {"water_conservation"}
    # The parts of the zoning sum to the region.
    assert found["total"].drop("Region").sum() == found["total"]["Region"]


def test_soil_by_zone_in_tonnes():
    found = table("soil_retention")
    assert found["total"].to_dict() == pytest.approx({"Region": 1950, "West": 200, "East": 1500, "(outside)": 250})
    assert set(found["total_unit"]) == {"t/year"}


@pytest.mark.parametrize(
    ("of", "unit"),
    [
        ("carbon_stock", "t"),
        ("climate_regulation", "MJ/year"),
        ("climate_regulation_electricity", "kWh/year"),
    ],
)
def test_what_is_told_by_the_hectare_adds_up_by_the_hectare(of, unit):
    found = table(of)
    assert found["total"].to_dict() == pytest.approx({"Region": 1950, "West": 200, "East": 1500, "(outside)": 250})
    assert set(found["total_unit"]) == {unit}


def test_a_share_has_a_mean_and_no_total():
    found = table("water_clipped", np.array([[1, 0, 1], [np.nan, 0, 1]], np.float32))
    assert "total" not in found
    assert found["mean"].to_dict() == pytest.approx(
        {"Region": 4 / 11, "West": 1 / 1.5, "East": 3 / 4.5, "(outside)": 0}
    )


def test_years_only_where_there_are_any():
    assert set(table("flood_mitigation")["year"]) == {2010}
    assert "year" not in table("flood_mitigation", year=None)


def test_every_measure_has_the_unit_of_its_quantity():
    vocabulary = catalogue().vocabulary
    assert {"water_conservation", "water_yield", "evapotranspiration", "surface_runoff", "flood_mitigation"} == set(
        WATER
    )
    erosion = {"water_erosion", "wind_erosion"}
    assert {"soil_retention", "sand_fixation", "carbon_sequestration"} | erosion == set(MASSES)
    assert {of: vocabulary[of].unit for of in MEASURES} == MEASURES


def test_amounts_cell_by_cell_add_up_to_the_totals_of_the_region():
    inside = np.array([[1, 1, 1], [1, 1, 0]], bool)
    water, soil = volume(VALUES, AREA), mass(VALUES, AREA)
    # 100 mm on 1 ha are 1000 m3, 100 t/ha on it 100 t.
    np.testing.assert_allclose(water, [[1000, 4000, 12_000], [np.nan, 2500, 59_940]])
    np.testing.assert_allclose(soil, [[100, 400, 1200], [np.nan, 250, 5994]])
    assert water.dtype == soil.dtype == np.float32
    assert np.nansum(water[inside]) == table("water_yield")["total"]["Region"]
    assert np.nansum(soil[inside]) == pytest.approx(table("sand_fixation")["total"]["Region"])


def test_words_of_the_products():
    vocabulary = catalogue().vocabulary
    for of in MEASURES:
        assert f"{of}_by_zone" in vocabulary
    assert all(f"{of}_volume" in vocabulary for of in WATER)
    assert all(f"{of}_mass" in vocabulary for of in MASSES)


def test_a_quantity_without_years_will_do():
    (step,) = catalogue().methods("water_conservation_by_zone")
    assert step.series == {"water_conservation_zone_sums": 0}
