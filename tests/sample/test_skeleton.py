from collections import deque

import numpy as np
import pytest

from shanshui.sample.erosion import STEP, accumulate, erode, flood, steepest_receivers


def test_flood_fills_a_pit_to_its_lowest_rim():
    # sea | 5 | 2 | 9: the water of the 2 leaves over the 5
    height = np.array([[0.0, 5.0, 2.0, 9.0]])
    sea = np.array([[True, False, False, False]])
    filled, order = flood(height, sea)
    np.testing.assert_allclose(filled, [[0.0, 5.0, 5.0 + STEP, 9.0]])
    assert order.tolist() == [0, 1, 2, 3]


def test_water_takes_the_steepest_way_and_adds_up():
    # From the 4 the corner, 3 lower at 1.41, is steeper than the 2.5 beside it.
    height = np.array([[1.0, 2.5], [2.6, 4.0]])
    sea = np.array([[True, False], [False, False]])
    receiver = steepest_receivers(height, sea)
    assert receiver.tolist() == [0, 0, 0, 0]
    assert accumulate(np.array([0, 1, 2, 3]), receiver).tolist() == [4.0, 1.0, 1.0, 1.0]
    assert accumulate(np.array([0, 1, 2]), np.array([0, 0, 1])).tolist() == [3.0, 2.0, 1.0]


def test_erosion_ends_where_rivers_carry_off_what_is_raised():
    # dz/dt = U - A dz/dl = 0: the step below the outlet of 2 cells rises U/2, the one above it, of 1 cell, U.
    sea = np.array([[True, False, False]])
    surface = erode(np.array([[0.0, 1.0, 2.0]]), np.full((1, 3), 6.0), sea, 200, 5.0, 1.0)
    np.testing.assert_allclose(surface, [[0.0, 3.0, 9.0]], rtol=1e-6)


def test_every_land_node_drains_to_the_sea(landscape):
    skeleton = landscape.skeleton
    height, sea = skeleton.height, skeleton.sea
    # Climb from the sea, always to a strictly higher neighbour: whoever is reached has a falling way back.
    reached = sea.copy()
    waiting = deque(zip(*np.nonzero(sea), strict=True))
    while waiting:
        row, column = waiting.popleft()
        around = slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2)
        up = ~reached[around] & (height[around] > height[row, column])
        for i, j in zip(*np.nonzero(up), strict=True):
            place = around[0].start + i, around[1].start + j
            reached[place] = True
            waiting.append(place)
    assert reached.all()
    assert 0.1 < sea.mean() < 0.4


def test_receivers_lead_down_to_the_sea_and_lose_no_water(landscape):
    skeleton = landscape.skeleton
    height, sea, receiver = skeleton.height.ravel(), skeleton.sea.ravel(), skeleton.receiver
    assert (height[receiver[~sea]] < height[~sea]).all()
    node = np.arange(height.size)
    for _ in range(height.size):
        if sea[node].all():
            break
        node = receiver[node]
    assert sea[node].all()
    # A node is 234.375 m a side.
    assert skeleton.drained[sea].sum() == pytest.approx(height.size * 0.234375**2)


def test_river_beds_fall_from_segment_to_segment(landscape):
    start_bed, end_bed = landscape.rivers.segments[:, 4], landscape.rivers.segments[:, 5]
    assert (end_bed < start_bed).all()
    assert end_bed.min() == 0.0  # some of them end in the sea
