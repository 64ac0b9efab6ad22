import pytest

from shanshui.base.units import COLUMN_UNITS, Conversion, UnitError, column_unit, conversion


@pytest.mark.parametrize(
    ("unit", "wanted", "scale", "offset"),
    [
        ("km2", "ha", 100, 0),
        ("平方公里", "公顷", 100, 0),
        ("ha", "mu", 15, 0),
        ("mu", "m2", 10000 / 15, 0),
        ("亩", "ha", 1 / 15, 0),
        ("percent", "1", 0.01, 0),
        ("1", "%", 100, 0),
        ("degC", "kelvin", 1, 273.15),
        ("kelvin", "°C", 1, -273.15),
        ("degF", "degC", 5 / 9, -160 / 9),
        ("mm", "m", 0.001, 0),
        ("t/ha", "kg/m2", 0.1, 0),
        ("t/km2/a", "t/ha/year", 0.01, 0),
        ("person/km2", "person/ha", 0.01, 0),
        ("", "1", 1, 0),
        (" m ", "m", 1, 0),
    ],
)
def test_a_conversion_is_the_straight_line_worked_by_hand(unit, wanted, scale, offset):
    found = conversion(unit, wanted)
    assert found.scale == pytest.approx(scale, rel=1e-14)
    assert found.offset == pytest.approx(offset, rel=1e-13, abs=1e-13)


def test_round_numbers_come_out_exactly():
    assert conversion("km2", "ha") == Conversion(100.0, 0.0)
    assert conversion("ha", "km2") == Conversion(0.01, 0.0)
    assert conversion("percent", "1") == Conversion(0.01, 0.0)
    assert conversion("m", "m").identity
    assert not conversion("kelvin", "degC").identity


@pytest.mark.parametrize("unit", ["m", "kelvin", "person", "yuan", "kg"])
def test_a_unit_that_measures_something_else_is_refused_by_both_names(unit):
    with pytest.raises(UnitError, match=f"{unit}.*ha"):
        conversion(unit, "ha")


@pytest.mark.parametrize("unit", ["hectar", "m**", "km^^2", "3 +", "公亩x", "import os"])
def test_text_that_is_no_unit_is_refused_by_name(unit):
    with pytest.raises(UnitError, match="is not known"):
        conversion(unit, "ha")


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("area_ha", "hectare"),
        ("area_mu", "mu"),
        ("area_km2", "kilometre ** 2"),
        ("area_m2", "metre ** 2"),
        ("road_km", "kilometre"),
        ("height_m", "metre"),
        ("share_percent", "percent"),
        ("population_persons", "person"),
        ("zone", None),
        ("rain_mm", None),
        ("alpha", None),
    ],
)
def test_a_column_s_ending_tells_its_unit(column, unit):
    assert column_unit(column) == unit


def test_every_unit_that_a_column_may_tell_is_one_that_is_known():
    for unit in COLUMN_UNITS.values():
        assert conversion(unit, unit).identity


@pytest.mark.parametrize(
    ("unit", "wanted", "scale"),
    [
        ("万人", "person", 1e4),
        ("10000 person", "person", 1e4),
        ("10,000 persons", "person", 1e4),
        ("10^4 persons", "person", 1e4),
        ("万元", "yuan", 1e4),
        ("1e4 yuan", "yuan", 1e4),
        ("亿元", "yuan", 1e8),
        ("1e8 yuan", "yuan", 1e8),
        ("100 million yuan", "yuan", 1e8),
        ("百万元", "yuan", 1e6),
        ("千公顷", "ha", 1e3),
        ("1000 ha", "km2", 10),
        ("yuan", "万元", 1e-4),
    ],
)
def test_a_factor_may_stand_before_a_unit(unit, wanted, scale):
    assert conversion(unit, wanted).scale == pytest.approx(scale, rel=1e-14)


@pytest.mark.parametrize("unit", ["万", "10000", "1,00 persons", "1e4", "10,000"])
def test_a_factor_alone_is_no_unit(unit):
    with pytest.raises(UnitError):
        conversion(unit, "person")
