import calendar

import numpy as np
import pytest

from shanshui.chapters.fragility.desertification import (
    desertification,
    desertification_legend,
    desertification_sensitivity,
    dryness_index,
    sand_wind_days,
    texture_sensitivity_table,
)
from shanshui.chapters.services.soil_properties import soil_texture_legend
from shanshui.policy.parameters import read_pack


def cells(*values):
    return np.array([values], np.float32)


def pack_of(step):
    pack = read_pack("china")
    return {name: pack[name].value for name in step.step.parameters}


def halves(speed_of_day):
    for month in range(1, 13):
        length = calendar.monthrange(2001, month)[1]
        days = np.array([speed_of_day(month, day) for day in range(1, length + 1)], np.float32).reshape(-1, 1, 1)
        yield days[:15]
        yield days[15:]


def test_desertification_at_every_break_and_only_where_it_can_be():
    cover = cells(1.0, 0.501, 0.5, 0.3, 0.299, 0.1, 0.099, 0.0, np.nan)
    grass = np.full((1, 9), 34, np.int32)
    found = desertification(grass, cover, **pack_of(desertification))
    assert found.tolist() == [[1, 1, 2, 2, 3, 3, 4, 4, -1]]
    assert found.dtype == np.int32
    assert {read_pack("china")[name].status for name in desertification.step.parameters} == {"official"}
    kinds = np.array([[10, 21, 31, 41, 51, 61, 74, 72, 81, 91, -1]], np.int32)
    bare = np.zeros(kinds.shape, np.float32)
    found = desertification(kinds, bare, **pack_of(desertification))
    assert found.tolist() == [[0, 4, 4, 0, 0, 0, 4, 4, 0, 0, -1]]
    assert desertification_legend()["code"].tolist() == [0, 1, 2, 3, 4]


def test_dryness_by_hand():
    temperature, rain = np.full((12, 1, 1), 5.0, np.float32), np.full((12, 1, 1), 10.0, np.float32)
    temperature[6], rain[6] = 20.0, 62.0
    # July alone is warm: 0.16 x 20 x 31 / 62
    assert dryness_index(temperature, rain)[0, 0] == pytest.approx(1.6, rel=1e-6)


def test_days_of_sand_wind_from_december_to_may():
    season = pack_of(sand_wind_days)
    # 6 m/s on the first two days of every month
    found = sand_wind_days(halves(lambda month, day: 6.0 if day < 3 else 5.9), **season)
    assert found.dtype == np.float32
    assert found[0, 0] == 12
    # each month marks itself: 10 days in June, 1 in December, 2 in January, 3 in May
    marked = {12: 1, 1: 2, 5: 3, 6: 10, 11: 10}
    assert sand_wind_days(halves(lambda month, day: 9.0 * (day <= marked.get(month, 0))), **season)[0, 0] == 6
    within = {**season, "sand_wind_season_start": 5.0, "sand_wind_season_end": 6.0}
    assert sand_wind_days(halves(lambda month, day: 9.0 * (day <= marked.get(month, 0))), **within)[0, 0] == 13
    alone = {**season, "sand_wind_season_start": 5.0, "sand_wind_season_end": 5.0}
    assert sand_wind_days(halves(lambda month, day: 9.0 * (day <= marked.get(month, 0))), **alone)[0, 0] == 3
    quiet = {**season, "sand_wind_speed": 10.0}
    assert sand_wind_days(halves(lambda month, day: 9.0), **quiet)[0, 0] == 0


def test_days_that_nobody_measured():
    season = pack_of(sand_wind_days)
    assert np.isnan(sand_wind_days(halves(lambda month, day: np.nan if month == 1 else 9.0), **season)).all()
    # of the summer nobody need know
    found = sand_wind_days(halves(lambda month, day: np.nan if month == 7 else 9.0), **season)
    assert found[0, 0] == 31 + 31 + 28 + 31 + 30 + 31


def test_textures_are_scored_by_what_they_are():
    table, names = texture_sensitivity_table(), soil_texture_legend()
    assert dict(zip(table["code"], table["texture"], strict=True)) == dict(
        zip(names["code"], names["name"], strict=True)
    )
    scores = table.set_index("texture")["score"].to_dict()
    assert {name for name, score in scores.items() if score == 5} == {"sand", "loamy sand"}
    assert {name for name, score in scores.items() if score == 1} == {"sandy clay", "silty clay", "clay"}
    assert set(scores.values()) == {1, 3, 5}


def sensitivity(dryness, days, texture, cover):
    return desertification_sensitivity(
        cells(dryness),
        cells(days),
        np.array([[texture]], np.int32),
        cells(cover),
        texture_sensitivity_table(),
        **pack_of(desertification_sensitivity),
    )[0, 0]


def test_sensitivity_is_of_scores_and_not_of_values():
    # (5 x 3 x 5 x 1)^(1/4): 20 is 16 and more, 20 days lie between 10 and 30, sand, cover of 70 percent
    assert sensitivity(20.0, 20.0, 1, 0.7) == pytest.approx(75**0.25, rel=1e-6)
    assert sensitivity(16.0, 30.0, 1, 0.2) == pytest.approx(5.0, rel=1e-6)
    assert sensitivity(1.5, 10.0, 12, 0.6) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "product"),
    [
        ((1.5, 0.0, 12, 1.0), 1), ((1.51, 0.0, 12, 1.0), 3), ((15.9, 0.0, 12, 1.0), 3), ((16.0, 0.0, 12, 1.0), 5),
        ((0.0, 10.0, 12, 1.0), 1), ((0.0, 10.1, 12, 1.0), 3), ((0.0, 29.9, 12, 1.0), 3), ((0.0, 30.0, 12, 1.0), 5),
        ((0.0, 0.0, 12, 0.6), 1), ((0.0, 0.0, 12, 0.59), 3), ((0.0, 0.0, 12, 0.21), 3), ((0.0, 0.0, 12, 0.2), 5),
        ((0.0, 0.0, 5, 1.0), 3), ((0.0, 0.0, 2, 1.0), 5),
    ],
)  # fmt: skip
def test_every_break_of_the_scores(arguments, product):
    assert sensitivity(*arguments) == pytest.approx(product**0.25, rel=1e-6)


@pytest.mark.parametrize("missing", range(4))
def test_what_is_missing_has_no_score(missing):
    arguments = [20.0, 20.0, 1, 0.1]
    arguments[missing] = -1 if missing == 2 else np.nan
    assert np.isnan(sensitivity(*arguments))
