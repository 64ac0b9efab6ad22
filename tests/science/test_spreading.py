import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanshui.base.step import Series
from shanshui.base.zones import ZoneCover
from shanshui.science.spreading import latest, numbers_of_zones, of_nearest_year, rates_of, spread
from shanshui.science.zone_sums import SHARE_UNITS, sum_by_zone

WHOLE = 2**24


def test_two_by_two_cells_by_hand(by_hand):
    values = np.array([[2.0, 4.0], [1.0, 100.0]], np.float32)
    area = np.array([[100.0, 200.0], [300.0, 400.0]])
    totals = sum_by_zone(by_hand, values, area, 5).total
    # Zone 2: 2 x 100 + 4 x 200 x 1/4 = 400; zone 3: 4 x 200 x 3/4 = 600.
    assert totals[[2, 3]].tolist() == [400.0, 600.0]
    rates = rates_of(np.array([np.nan, np.nan, 80.0, 30.0, np.nan]), totals)
    assert rates[[2, 3]].tolist() == [0.2, 0.05]
    found = spread(by_hand, values, area, rates)
    # 200 x 0.2 = 40; 200 x 0.2 + 600 x 0.05 = 70; the lower cells are in neither zone.
    np.testing.assert_allclose(found, [[40.0, 70.0], [np.nan, np.nan]], rtol=1e-15)


def test_a_cell_on_the_border_of_a_zone_without_an_amount_has_the_part_of_the_other(by_hand):
    area = np.full((2, 2), 100.0)
    found = spread(by_hand, np.ones((2, 2)), area, np.array([np.nan, np.nan, np.nan, 2.0, np.nan]))
    # 100 m2 x 3/4 x 2.
    np.testing.assert_array_equal(found, [[np.nan, 150.0], [np.nan, np.nan]])


def test_a_value_that_is_not_known_stays_so(by_hand):
    values = np.array([[np.nan, np.nan], [1.0, 1.0]])
    assert np.isnan(spread(by_hand, values, np.ones((2, 2)), np.ones(5))[0]).all()


def test_zones_of_two_zonings_add_up(by_hand):
    found = spread(by_hand, np.ones((2, 2)), np.full((2, 2), 8.0), np.array([1.0, np.nan, 10.0, 10.0, np.nan]))
    # Inside: 8 x (1 + 10). On the border: 8 + 8 x 10 / 4 + 8 x 10 x 3/4. In the region only: 8.
    np.testing.assert_array_equal(found, [[88.0, 88.0], [8.0, np.nan]])


def test_nothing_to_spread_over_has_no_rate():
    found = rates_of(np.array([8.0, 8.0, np.nan, 0.0]), np.array([np.nan, 0.0, 2.0, 2.0]))
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, 0.0])


def test_weights_are_rounded_as_the_sums_round_them(one_zone):
    # In shares of 1/4, 0.3 counts as 1/4 and 0.9 as 1: else the cells would sum to 1.2 / 1.25 of the amount.
    weights, values = np.array([[0.3, 0.9]]), np.ones((1, 2))
    totals = sum_by_zone(one_zone((1, 2)), values, weights, 1, units=4).total
    found = spread(one_zone((1, 2)), values, weights, rates_of(np.array([5.0]), totals), units=4)
    np.testing.assert_array_equal(found, [[1.0, 4.0]])


def test_no_zone_at_all():
    nothing = np.empty(0, np.int64)
    cover = ZoneCover(
        np.full((1, 2), -2, np.int32), np.empty((0, 1), np.int32), nothing, nothing.astype(np.int32), np.empty(0)
    )
    assert np.isnan(spread(cover, np.ones((1, 2)), np.ones((1, 2)), np.ones(1))).all()


@st.composite
def covers(draw):
    """Four zones on a few cells, each cell within one or shared by two or three."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    signature = np.full((rows, columns), -1, np.int32)
    cell, zone, share = [], [], []
    for place in range(rows * columns):
        parts = draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(1, WHOLE)), max_size=3, unique_by=lambda x: x[0])
        )
        whole = sum(part for _, part in parts)
        if len(parts) == 1:
            signature.ravel()[place] = parts[0][0]
        for number, part in parts if len(parts) > 1 else ():
            cell.append(place)
            zone.append(number)
            share.append((part * WHOLE // whole) / WHOLE)
    members = np.arange(4, dtype=np.int32)[:, None]
    return ZoneCover(signature, members, np.array(cell, np.int64), np.array(zone, np.int32), np.array(share, float))


@settings(deadline=None, max_examples=150)
@given(covers(), st.data())
def test_the_cells_of_every_zone_sum_to_its_amount(cover, data):
    shape = cover.signature.shape
    size = shape[0] * shape[1]
    number = st.one_of(st.just(0.0), st.just(math.nan), st.floats(1e-3, 1e6))
    values = np.array(data.draw(st.lists(number, min_size=size, max_size=size)), np.float32).reshape(shape)
    area = np.array(data.draw(st.lists(st.floats(0.5, 1e9), min_size=size, max_size=size))).reshape(shape)
    amounts = np.array(data.draw(st.lists(st.floats(0, 1e12), min_size=4, max_size=4)))
    rates = rates_of(amounts, sum_by_zone(cover, values, area, 4).total)
    for zone in range(4):
        alone = np.where(np.arange(4) == zone, rates, np.nan)
        cells = spread(cover, values, area, alone)
        if np.isfinite(rates[zone]):
            assert math.fsum(cells[np.isfinite(cells)]) == pytest.approx(amounts[zone], rel=1e-9, abs=1e-300)
        else:
            assert np.isnan(cells).all()
    together = spread(cover, values, area, rates)
    assert math.fsum(together[np.isfinite(together)]) == pytest.approx(
        math.fsum(amounts[np.isfinite(rates)]), rel=1e-9, abs=1e-300
    )
    assert not (together < 0).any()


def test_shares_of_cells_may_be_the_weights(by_hand):
    ones = np.ones((2, 2))
    totals = sum_by_zone(by_hand, ones, ones, 5, SHARE_UNITS).total
    found = spread(by_hand, ones, ones, rates_of(np.array([np.nan, np.nan, 5.0, np.nan, np.nan]), totals), SHARE_UNITS)
    # 5 over one cell and a quarter.
    np.testing.assert_allclose(found[0], [4.0, 1.0], rtol=1e-15)


def test_little_is_not_nothing():
    assert rates_of(np.array([1.0]), np.array([1e-6])).tolist() == [pytest.approx(1e6)]


def test_the_latest_of_a_series():
    assert latest(Series({2010: "b", 2020: "c", 2000: "a"})) == (2020, "c")
    assert latest(Series({None: "a"})) == (None, "a")


def test_zones_are_told_apart_by_zoning():
    zones = pd.DataFrame({"zoning": ["county", "park", "park"], "zone": ["a", "a", "b"]})
    rows = pd.DataFrame({"zoning": ["park", "park", "county"], "zone": ["b", "a", "a"]})
    assert numbers_of_zones(rows, zones).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("years", "wanted", "nearest"),
    [
        ([2018, 2020], 2019, 2020),
        ([2018, 2021], 2019, 2018),
        ([2016, 2021], 2019, 2021),
        ([2018, 2019, 2020], 2019, 2019),
        ([2000, 2010], 2020, 2010),
        ([2000, 2010], 1990, 2000),
        ([2000, 2010], None, 2010),
    ],
)
def test_the_year_of_the_map(years, wanted, nearest):
    rows = pd.DataFrame({"product": "rice", "year": years})
    assert of_nearest_year(rows, wanted, ["product"]).tolist() == [year == nearest for year in years]


def test_every_series_has_its_own_year():
    rows = pd.DataFrame({"product": ["rice", "rice", "oil", "oil"], "year": [2000, 2020, 2000, 2010]})
    assert of_nearest_year(rows, 2020, ["product"]).tolist() == [False, True, False, True]
    assert of_nearest_year(rows, None, ["product"]).tolist() == [False, True, False, True]
    assert of_nearest_year(rows.drop(columns="year"), 2020, ["product"]).all()
