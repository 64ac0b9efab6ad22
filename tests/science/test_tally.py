import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.base.zones import ZoneCover
from shanshui.science.tally import AREA_UNITS, CELL_UNITS, Tallies, Tally, tally_classes


def as_dict(tally):
    """By (zone, before, after): area [cm2] and cells [2**-24]."""
    keys = zip(tally.zone.tolist(), tally.before.tolist(), tally.after.tolist(), strict=True)
    return dict(zip(keys, zip(tally.area.tolist(), tally.cells.tolist(), strict=True), strict=True))


def same(first, second):
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("zone", "before", "after", "area", "cells")
    )


def test_two_by_two_cells_by_hand(by_hand):
    area = np.array([[100.0, 200.0], [300.0, 400.0]])
    before, after = np.array([[0, 1], [1, 0]]), np.array([[0, 0], [1, 0]])
    tally = tally_classes(by_hand, area, before, after, 2)
    square, one = AREA_UNITS, CELL_UNITS
    assert as_dict(tally) == {
        (0, 0, 0): (100 * square, one),
        (0, 1, 0): (200 * square, one),
        (0, 1, 1): (300 * square, one),
        (2, 0, 0): (100 * square, one),
        (2, 1, 0): (50 * square, one // 4),
        (3, 1, 0): (150 * square, 3 * one // 4),
        (4, 1, 1): (300 * square, one),
    }
    np.testing.assert_allclose(tally.hectares[:3], [0.01, 0.02, 0.03])
    np.testing.assert_allclose(tally.cell_count[-3:], [0.25, 0.75, 1.0])


def test_rows_are_sorted_and_each_combination_stands_once(by_hand):
    tally = tally_classes(by_hand, np.ones((2, 2)), np.zeros((2, 2), int), np.zeros((2, 2), int), 1)
    keys = list(as_dict(tally))
    assert keys == sorted(keys)
    assert len(keys) == tally.zone.size


def test_the_units_are_square_centimetres_and_shares():
    # What the names promise: a hectare in a tally is a hectare, and a whole cell counts one.
    tally = Tally(*(np.array([0], np.int32) for _ in range(3)), np.array([100_000_000]), np.array([2**24]))
    assert tally.hectares.tolist() == [1.0]
    assert tally.cell_count.tolist() == [1.0]


def test_a_tally_of_nothing_adds_nothing(by_hand, one_zone):
    cells = np.zeros((2, 2), int)
    tally = tally_classes(by_hand, np.ones((2, 2)), cells, cells, 1)
    beyond = ZoneCover(
        np.full((2, 2), -2, np.int32),
        np.empty((0, 2), np.int32),
        np.empty(0, np.int64),
        np.empty(0, np.int32),
        np.empty(0, np.float64),
    )
    nothing = tally_classes(beyond, np.ones((2, 2)), cells, cells, 1)
    assert nothing.zone.size == 0
    assert same(tally + nothing, tally)
    assert same(nothing + tally, tally)
    assert (nothing + nothing).zone.size == 0


def cover_of(zones, shares):
    """A zoning of 3 zones beside the region; where a share is not 1 the cell is shared with the next zone."""
    border = shares < CELL_UNITS
    cell = np.flatnonzero(border)
    here = zones.ravel()[cell]
    share = shares.ravel()[cell] / CELL_UNITS
    whole = np.full(cell.size, 1.0)
    border_zone = np.concatenate([np.zeros(cell.size), here + 2, (here + 1) % 3 + 2]).astype(np.int32)
    return ZoneCover(
        np.where(border, -1, zones).astype(np.int32),
        np.array([[0, 2], [0, 3], [0, 4]], np.int32),
        np.concatenate([cell, cell, cell]),
        border_zone,
        np.concatenate([whole, share, 1 - share]),
    )


@st.composite
def maps(draw):
    shape = draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    zones = draw(arrays(np.int64, shape, elements=st.integers(0, 2)))
    shares = draw(
        arrays(np.int64, shape, elements=st.sampled_from([CELL_UNITS, CELL_UNITS, 1, CELL_UNITS // 3, 7 * 10**6]))
    )
    area = draw(arrays(np.float64, shape, elements=st.floats(0.01, 1e8)))
    before, after = (draw(arrays(np.int32, shape, elements=st.integers(0, 3))) for _ in range(2))
    return zones, shares, area, before, after


@settings(deadline=None, max_examples=60)
@given(maps(), st.data())
def test_any_split_of_the_grid_gives_the_same_tally(made, data):
    zones, shares, area, before, after = made
    whole = tally_classes(cover_of(zones, shares), area, before, after, 4)
    rows, columns = zones.shape
    row, column = data.draw(st.integers(0, rows)), data.draw(st.integers(0, columns))
    parts = [
        (slice(top, bottom), slice(left, right))
        for top, bottom in ((0, row), (row, rows))
        for left, right in ((0, column), (column, columns))
    ]
    tallies = [
        tally_classes(
            cover_of(zones[part], shares[part]),
            np.ascontiguousarray(area[part]),
            np.ascontiguousarray(before[part]),
            np.ascontiguousarray(after[part]),
            4,
        )
        for part in data.draw(st.permutations(parts))
        if zones[part].size
    ]
    total = tallies[0]
    for tally in tallies[1:]:
        total = total + tally
    assert same(total, whole)


@settings(deadline=None, max_examples=60)
@given(maps())
def test_zones_and_classes_sum_to_the_region_and_its_area(made):
    zones, shares, area, before, after = made
    tally = tally_classes(cover_of(zones, shares), area, before, after, 4)
    region = tally.zone == 0
    assert tally.cells[region].sum() == zones.size * CELL_UNITS
    assert tally.cells[~region].sum() == zones.size * CELL_UNITS
    # Each cell is rounded to a square centimetre, each part of a border cell too.
    rounding = zones.size * 1e-4
    assert tally.area[region].sum() / AREA_UNITS == pytest.approx(area.sum(), rel=1e-12, abs=rounding)
    assert tally.area[~region].sum() / AREA_UNITS == pytest.approx(area.sum(), rel=1e-12, abs=2 * rounding)
    for code in range(4):
        of_class = area[before == code].sum()
        assert tally.area[region & (tally.before == code)].sum() / AREA_UNITS == pytest.approx(
            of_class, rel=1e-12, abs=rounding
        )


def test_tallies_add_up_pair_by_pair(by_hand):
    cells = np.zeros((2, 2), int)
    tally = tally_classes(by_hand, np.ones((2, 2)), cells, cells, 1)
    both = Tallies({(2000, 2000): tally, (2000, 2010): tally}) + Tallies({(2000, 2000): tally, (2000, 2010): tally})
    assert isinstance(both, Tallies)
    assert list(both) == [(2000, 2000), (2000, 2010)]
    for found in both.values():
        np.testing.assert_array_equal(found.area, 2 * tally.area)
        np.testing.assert_array_equal(found.cells, 2 * tally.cells)


def test_the_whole_earth_in_one_class_fits():
    # 5.1e14 m2 in cells of 100 km2: the sum stays below the largest whole number.
    shape = (2400, 2125)
    cover = ZoneCover(
        np.zeros(shape, np.int32), np.array([[0]], np.int32), np.empty(0, int), np.empty(0, np.int32), np.empty(0)
    )
    cells = np.zeros(shape, np.int32)
    tally = tally_classes(cover, np.full(shape, 1e8), cells, cells, 1)
    assert tally.hectares.tolist() == [5.1e10]
