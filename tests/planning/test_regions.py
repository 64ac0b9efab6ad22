"""Regions of units and the programs made of them: by hand, and against the units themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shanshui.planning.free_part import FreePart, free_part
from shanshui.planning.program import Program
from shanshui.planning.regions import contracted, regions


def part_of(first: list[int], second: list[int], price: list[float], count: int) -> FreePart:
    program = Program(
        np.arange(1.0, count + 1),
        first,
        second,
        price,
        sparse.csr_array(np.full((1, count), 2.0)),
        [1.0],
        [np.inf],
        ("area",),
        np.full(count, -1),
    )
    return free_part(program)


def grid(side: int) -> FreePart:
    node = np.arange(side * side).reshape(side, side)
    first = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    second = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    price = np.random.default_rng(0).uniform(0.5, 1.5, first.size)
    return part_of(first.tolist(), second.tolist(), price.tolist(), side * side)


def test_units_join_those_they_share_most_with() -> None:
    # Unit 0 takes 2 (5 against 3); of what is left 1 takes 3.
    assert regions(part_of([0, 0, 1], [1, 2, 3], [3.0, 5.0, 1.0], 4), 2).tolist() == [0, 1, 0, 1]
    # 0 and 1 are joined in the first round, 2 and 3 as well; 4 is left alone, as it touches neither of two free ones.
    # In the second round 4 takes 2 and 3: 5 / sqrt(1 x 2) = 3.5 is more than 4 / sqrt(2). Four units are too many.
    part = part_of([0, 2, 4, 4], [1, 3, 0, 2], [9.0, 9.0, 4.0, 5.0], 5)
    assert regions(part, 3).tolist() == [0, 0, 1, 1, 1]


def test_small_neighbours_come_before_large_ones() -> None:
    # After two rounds 0 to 3 are one region of four (edges of 9), 5 and 6 one of two. Unit 4 shares 6 with the four and
    # 5 with the two: 6 / sqrt(4) = 3 is less than 5 / sqrt(2) = 3.5. Up to five units either would do.
    part = part_of([0, 2, 1, 5, 4, 4], [1, 3, 2, 6, 0, 5], [9.0, 9.0, 9.0, 9.0, 6.0, 5.0], 7)
    found = regions(part, 4)
    assert found[0] == found[1] == found[2] == found[3]
    assert found[4] == found[5] == found[6] != found[0]


@pytest.mark.parametrize("largest", [1, 4, 16])
def test_regions_are_connected_and_not_too_large(largest: int) -> None:
    part = grid(20)
    region = regions(part, largest)
    assert sorted(set(region.tolist())) == list(range(region.max() + 1))
    size = np.bincount(region)
    assert size.max() <= largest
    assert size.mean() > 0.6 * largest
    inside = region[part.first] == region[part.second]
    ends = (part.first[inside], part.second[inside])
    joined = sparse.coo_array((np.ones(inside.sum()), ends), shape=(part.size,) * 2)
    assert connected_components(joined, directed=False)[0] == size.size


def test_a_choice_of_regions_is_worth_what_its_units_are() -> None:
    part = grid(9)
    region = regions(part, 4)
    whole = contracted(part, region)
    assert whole.size == region.max() + 1
    # Each two regions have one edge.
    ends = np.sort(np.stack([whole.first, whole.second]), axis=0)
    assert np.unique(ends, axis=1).shape == ends.shape
    random = np.random.default_rng(1)
    for _ in range(20):
        chosen = (random.random(whole.size) < 0.5).astype(np.int8)
        assert whole.value(chosen) == pytest.approx(part.value(chosen[region]))
        assert whole.rows @ chosen == pytest.approx(part.rows @ chosen[region])
