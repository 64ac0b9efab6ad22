"""Cuts of graphs: by hand, against every subset, and against the maximum flow of scipy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from shanshui.science.graph_cut import LARGEST_SUM, GraphCut


def by_flow(first: np.ndarray, second: np.ndarray, price: np.ndarray, gain: np.ndarray) -> int:
    """Sum of the positive gains less the maximum flow from them to the negative ones."""
    nodes = gain.size
    source, sink = nodes, nodes + 1
    giving, taking = np.flatnonzero(gain > 0), np.flatnonzero(gain < 0)
    tail = np.concatenate([first, second, np.full(giving.size, source), taking])
    head = np.concatenate([second, first, giving, np.full(taking.size, sink)])
    capacity = np.concatenate([price, price, gain[giving], -gain[taking]]).astype(np.int32)
    graph = sparse.csr_array((capacity, (tail, head)), shape=(nodes + 2, nodes + 2))
    return int(gain[giving].sum()) - int(maximum_flow(graph, source, sink).flow_value)


def worth(first: np.ndarray, second: np.ndarray, price: np.ndarray, gain: np.ndarray, chosen: np.ndarray) -> int:
    return int(gain[chosen].sum() - price[chosen[first] != chosen[second]].sum())


def random_graph(random: np.random.Generator, nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    edges = int(random.integers(0, 4 * nodes)) if nodes > 1 else 0
    first = random.integers(0, nodes, edges)
    second = (first + random.integers(1, max(nodes, 2), edges)) % nodes
    return first.astype(np.int32), second.astype(np.int32), random.integers(0, random.integers(1, 25), edges)


def test_by_hand() -> None:
    # A chain 0 - 1 - 2 with prices 2 and 3. Gains 5, -4, 1: all three give 2; the first alone gives 5 - 2 = 3;
    # the first and the third 6 - 2 - 3 = 1.
    cut = GraphCut(np.array([0, 1], np.int32), np.array([1, 2], np.int32), np.array([2, 3]), 3)
    assert cut.choose(np.array([5, -4, 1])) == 3
    assert cut.chosen.tolist() == [True, False, False]
    # Gains 5, -1, 1: all three give 5; the first alone 3; the first and the third 1.
    assert cut.choose(np.array([5, -1, 1])) == 5
    assert cut.chosen.tolist() == [True, True, True]
    # Gains -3, -1, 3: the third alone gives 3 - 3 = 0, the last two 3 - 1 - 2 = 0, none 0.
    assert cut.choose(np.array([-3, -1, 3])) == 0
    assert cut.chosen.tolist() == [False, False, False]
    assert cut.largest.tolist() == [False, True, True]


def test_equals_every_subset() -> None:
    random = np.random.default_rng(1)
    for _ in range(300):
        nodes = int(random.integers(1, 9))
        first, second, price = random_graph(random, nodes)
        gain = random.integers(-20, 21, nodes)
        cut = GraphCut(first, second, price, nodes)
        value = cut.choose(gain)
        subsets = np.array(list(itertools.product([False, True], repeat=nodes)))
        values = subsets @ gain - (subsets[:, first] != subsets[:, second]) @ price
        best = subsets[values == values.max()]
        assert value == values.max()
        # The best choices are closed under intersection and union.
        assert cut.chosen.tolist() == best.all(axis=0).tolist()
        assert cut.largest.tolist() == best.any(axis=0).tolist()


@pytest.mark.parametrize("changed", [0.05, 0.5, 1.0])
def test_warm_equals_cold_equals_maximum_flow(changed: float) -> None:
    random = np.random.default_rng(2)
    for _ in range(150):
        nodes = int(random.integers(2, 70))
        first, second, price = random_graph(random, nodes)
        gain = random.integers(-30, 31, nodes)
        warm = GraphCut(first, second, price, nodes)
        for _ in range(6):
            value = warm.choose(gain)
            cold = GraphCut(first, second, price, nodes)
            assert value == cold.choose(gain) == by_flow(first, second, price, gain)
            assert np.array_equal(warm.chosen, cold.chosen)
            assert np.array_equal(warm.largest, cold.largest)
            assert worth(first, second, price, gain, warm.chosen) == value
            assert worth(first, second, price, gain, warm.largest) == value
            gain = np.where(random.random(nodes) < changed, gain + random.integers(-25, 26, nodes), gain)


def test_a_larger_net_equals_maximum_flow() -> None:
    random = np.random.default_rng(3)
    side = 60
    node = np.arange(side * side, dtype=np.int32).reshape(side, side)
    first = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel(), node[:-1, :-1].ravel()])
    second = np.concatenate([node[:, 1:].ravel(), node[1:].ravel(), node[1:, 1:].ravel()])
    price = random.integers(0, 400, first.size)
    cut = GraphCut(first, second, price, node.size)
    gain = random.integers(-1000, 1001, node.size)
    for _ in range(5):
        assert cut.choose(gain) == by_flow(first, second, price, gain)
        gain = gain + random.integers(-200, 201, node.size)


def test_numbers_near_the_largest() -> None:
    most = LARGEST_SUM // 8
    cut = GraphCut(np.array([0], np.int32), np.array([1], np.int32), np.array([most]), 2)
    assert cut.choose(np.array([3 * most, -2 * most])) == 2 * most
    assert cut.chosen.tolist() == [True, False]


def test_no_edges_and_no_nodes() -> None:
    nothing = np.empty(0, np.int32)
    cut = GraphCut(nothing, nothing, np.empty(0, np.int64), 3)
    assert cut.choose(np.array([2, 0, -1])) == 2
    assert cut.chosen.tolist() == [True, False, False]
    assert cut.largest.tolist() == [True, True, False]
    assert GraphCut(nothing, nothing, np.empty(0, np.int64), 0).choose(np.empty(0, np.int64)) == 0
