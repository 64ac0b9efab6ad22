import numpy as np
import pandas as pd
import pytest
from tests.science.flow_fixtures import MemoryRaster

from shanshui.base.errors import StudyError
from shanshui.chapters import catalogue
from shanshui.chapters.services.wave_exposure import wave_exposure, wind_by_direction
from shanshui.policy.parameters import read_pack

NAN = np.nan
PACK = read_pack("china")


def rose(*rows):
    return pd.DataFrame(rows, columns=["direction_degree", "speed_m_s", "frequency_percent"])


def exposure(sea, coast, wind, tile=1000, longest_fetch=1.0, cell=10.0):
    sea = np.array(sea, np.float32)
    given = sea, np.array(coast, np.int32), np.full(sea.shape, cell)
    sea, coast, side = (MemoryRaster(cells, tile) for cells in given)
    weighted = wind_by_direction(wind, wind_rose_tolerance=2.0)
    return wave_exposure(coast, sea, side, side, weighted, longest_fetch=longest_fetch).cells


# Land in the west, then 30 m of water, then land.
STRAIT = [[0, 1, 1, 1, 0]] * 3
WEST_BANK = [[0] * 5, [1, 0, 0, 0, 0], [0] * 5]


def test_speed_times_frequency_times_fetch_by_hand():
    """East 30 m of water; north-east the line leaves the map after 15 m up, so it has 1 km; west and south none."""
    wind = rose((90, 4.0, 25.0), (45, 2.0, 50.0), (270, 9.0, 15.0), (180, 3.0, 10.0))
    found = exposure(STRAIT, WEST_BANK, wind)
    assert found.dtype == np.float32
    # 4 m/s x 25 % x 30 m + 2 m/s x 50 % x 1000 m.
    assert found[1, 0] == pytest.approx(4.0 * 0.25 * 30.0 + 2.0 * 0.5 * 1000.0)
    assert np.isnan(np.delete(found.ravel(), 5)).all()


def test_classes_of_speed_of_one_direction_add_up_and_north_is_north():
    sea = [[1], [1], [0]]
    coast = [[0], [0], [1]]
    wind = rose((0, 2.0, 30.0), (360, 10.0, 20.0), (0, 1.0, 50.0))
    assert exposure(sea, coast, wind)[2, 0] == pytest.approx((2.0 * 0.3 + 10.0 * 0.2 + 1.0 * 0.5) * 1000.0)


def test_sixteen_directions_on_a_straight_coast():
    """Of 16 equal winds of 8 m/s seven come over the open sea, 2 km of it at most."""
    wind = rose(*[(22.5 * number, 8.0, 6.25) for number in range(16)])
    sea = np.zeros((6, 9))
    sea[:3] = 1
    coast = np.zeros((6, 9))
    coast[3] = 1
    found = exposure(sea, coast, wind, longest_fetch=2.0)
    np.testing.assert_allclose(found[3], 7 * 8.0 * 0.0625 * 2000.0, rtol=1e-6)
    for tile in (2, 4):
        np.testing.assert_array_equal(exposure(sea, coast, wind, tile, longest_fetch=2.0), found)


def test_a_coast_away_from_the_sea_has_none():
    found = exposure([[0, 0, 1]], [[1, 1, 0]], rose((90, 5.0, 100.0)))
    np.testing.assert_array_equal(found, [[NAN, 5000.0, NAN]])


def test_frequencies_that_do_not_sum_to_100_are_named():
    with pytest.raises(StudyError, match="sum to 87 percent") as error:
        exposure(STRAIT, WEST_BANK, rose((90, 4.0, 37.0), (45, 2.0, 50.0)))
    assert [problem.key for problem in error.value.problems] == ["tables.wind_rose.columns.frequency_percent"]
    with pytest.raises(StudyError, match="sum to 103 percent"):
        exposure(STRAIT, WEST_BANK, rose((90, 4.0, 53.0), (45, 2.0, 50.0)))
    exposure(STRAIT, WEST_BANK, rose((90, 4.0, 52.0), (45, 2.0, 50.0)))


def test_a_sea_covers_half_of_its_cells_and_without_a_coast_there_is_none():
    wind = rose((90, 4.0, 100.0))
    assert wave_exposure.step.somewhere == {"sea": 0.5}
    assert np.isnan(exposure(np.zeros((3, 3)), np.zeros((3, 3)), wind)).all()
    assert exposure(np.full((3, 3), 0.5), np.eye(3), wind)[0, 0] == 4000.0


def test_words_and_parameters():
    word = catalogue().vocabulary["wave_exposure"]
    assert (word.unit, word.product) == ("m**2/s", True)
    limits = catalogue().vocabulary["wind_rose"].limits
    assert limits["direction_degree"] == [0, 360]
    assert limits["frequency_percent"] == [0, 100]
    assert (PACK["longest_fetch"].value, PACK["longest_fetch"].unit) == (60.0, "km")
    assert (PACK["wind_rose_tolerance"].value, PACK["wind_rose_tolerance"].unit) == (2.0, "percent")
