"""Which nodes of a graph to choose, when each has a gain and each edge that the choice cuts has a price: exactly."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

# The sums of all gains and prices must stay below this, so that no sum of them leaves 64 bits.
LARGEST_SUM: Final = 2**62

# What a node's parent may be besides an arc.
_NONE = -1
_TERMINAL = -2
_ORPHAN = -3
_FAR = 2**30


@numba.njit(cache=True, nogil=True)
def _link(
    first: NDArray[np.int32], second: NDArray[np.int32], nodes: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """List the arcs of each node one after the other; edge e is the arcs ``place[e]`` and ``sister[place[e]]``."""
    edges = first.size
    start = np.zeros(nodes + 1, np.int32)
    for e in range(edges):
        start[first[e] + 1] += 1
        start[second[e] + 1] += 1
    for i in range(nodes):
        start[i + 1] += start[i]
    free = start[:-1].copy()
    head = np.empty(2 * edges, np.int32)
    sister = np.empty(2 * edges, np.int32)
    place = np.empty(edges, np.int32)
    for e in range(edges):
        there = free[first[e]]
        free[first[e]] += 1
        back = free[second[e]]
        free[second[e]] += 1
        head[there] = second[e]
        head[back] = first[e]
        sister[there] = back
        sister[back] = there
        place[e] = there
    return start, head, sister, place


@numba.njit(cache=True, nogil=True)
def _saturate(
    start: NDArray[np.int32],
    head: NDArray[np.int32],
    sister: NDArray[np.int32],
    residual: NDArray[np.int64],
    terminal: NDArray[np.int64],
) -> None:
    """Send what can be sent between neighbours of opposite sign; no tree may stand yet."""
    for i in range(terminal.size):
        if terminal[i] <= 0:
            continue
        for a in range(start[i], start[i + 1]):
            j = head[a]
            if terminal[j] < 0 and residual[a] > 0:
                sent = min(terminal[i], -terminal[j], residual[a])
                terminal[i] -= sent
                terminal[j] += sent
                residual[a] -= sent
                residual[sister[a]] += sent
                if terminal[i] == 0:
                    break


@numba.njit(cache=True, nogil=True)
def _push_active(i: int, active: NDArray[np.int32], queued: NDArray[np.uint8], counters: NDArray[np.int64]) -> None:
    if queued[i] == 0:
        queued[i] = 1
        last = counters[0] + counters[1]
        if last >= active.size:
            last -= active.size
        active[last] = i
        counters[1] += 1


@numba.njit(cache=True, nogil=True)
def _orphan_behind(i: int, parent: NDArray[np.int32], orphans: NDArray[np.int32], counters: NDArray[np.int64]) -> None:
    parent[i] = _ORPHAN
    last = counters[2] + counters[3]
    if last >= orphans.size:
        last -= orphans.size
    orphans[last] = i
    counters[3] += 1


@numba.njit(cache=True, nogil=True)
def _orphan_in_front(
    i: int, parent: NDArray[np.int32], orphans: NDArray[np.int32], counters: NDArray[np.int64]
) -> None:
    parent[i] = _ORPHAN
    counters[2] -= 1
    if counters[2] < 0:
        counters[2] += orphans.size
    orphans[counters[2]] = i
    counters[3] += 1


@numba.njit(cache=True, nogil=True)
def _adopt(
    start: NDArray[np.int32],
    head: NDArray[np.int32],
    sister: NDArray[np.int32],
    residual: NDArray[np.int64],
    parent: NDArray[np.int32],
    tree: NDArray[np.int8],
    stamp: NDArray[np.int64],
    distance: NDArray[np.int32],
    active: NDArray[np.int32],
    queued: NDArray[np.uint8],
    orphans: NDArray[np.int32],
    counters: NDArray[np.int64],
) -> None:
    """Give every orphan a new parent of its own tree, the nearest to the root, or set it free."""
    now = counters[4]
    while counters[3] > 0:
        i = orphans[counters[2]]
        counters[2] += 1
        if counters[2] == orphans.size:
            counters[2] = 0
        counters[3] -= 1
        side = tree[i]
        best = _NONE
        nearest = _FAR
        for a in range(start[i], start[i + 1]):
            j = head[a]
            # Flow comes to a source node from its parent, and goes from a sink node to its parent.
            if tree[j] != side or parent[j] == _NONE or (residual[sister[a]] if side > 0 else residual[a]) == 0:
                continue
            steps = 0
            k = j
            while True:
                if stamp[k] == now:
                    steps += distance[k]
                    break
                steps += 1
                up = parent[k]
                if up == _TERMINAL:
                    stamp[k] = now
                    distance[k] = 1
                    break
                if up < 0:
                    steps = _FAR
                    break
                k = head[up]
            if steps >= _FAR:
                continue
            if steps < nearest:
                nearest = steps
                best = a
            k = j
            while stamp[k] != now:
                stamp[k] = now
                distance[k] = steps
                steps -= 1
                k = head[parent[k]]
        parent[i] = best
        if best != _NONE:
            stamp[i] = now
            distance[i] = nearest + 1
            continue
        for a in range(start[i], start[i + 1]):
            j = head[a]
            if tree[j] != side or parent[j] == _NONE:
                continue
            if (residual[sister[a]] if side > 0 else residual[a]) > 0:
                _push_active(j, active, queued, counters)
            if parent[j] == sister[a]:
                _orphan_behind(j, parent, orphans, counters)
        tree[i] = 0


@numba.njit(cache=True, nogil=True)
def _augment(
    middle: int,
    head: NDArray[np.int32],
    sister: NDArray[np.int32],
    residual: NDArray[np.int64],
    terminal: NDArray[np.int64],
    parent: NDArray[np.int32],
    orphans: NDArray[np.int32],
    counters: NDArray[np.int64],
) -> None:
    """Send as much as fits along the path over the arc ``middle``, from the source tree to the sink tree."""
    sent = residual[middle]
    i = head[sister[middle]]
    while parent[i] != _TERMINAL:
        sent = min(sent, residual[sister[parent[i]]])
        i = head[parent[i]]
    sent = min(sent, terminal[i])
    i = head[middle]
    while parent[i] != _TERMINAL:
        sent = min(sent, residual[parent[i]])
        i = head[parent[i]]
    sent = min(sent, -terminal[i])

    residual[middle] -= sent
    residual[sister[middle]] += sent
    i = head[sister[middle]]
    while parent[i] != _TERMINAL:
        a = parent[i]
        above = head[a]
        residual[a] += sent
        residual[sister[a]] -= sent
        if residual[sister[a]] == 0:
            _orphan_in_front(i, parent, orphans, counters)
        i = above
    terminal[i] -= sent
    if terminal[i] == 0:
        _orphan_in_front(i, parent, orphans, counters)
    i = head[middle]
    while parent[i] != _TERMINAL:
        a = parent[i]
        above = head[a]
        residual[sister[a]] += sent
        residual[a] -= sent
        if residual[a] == 0:
            _orphan_in_front(i, parent, orphans, counters)
        i = above
    terminal[i] += sent
    if terminal[i] == 0:
        _orphan_in_front(i, parent, orphans, counters)


@numba.njit(cache=True, nogil=True)
def _change(
    change: NDArray[np.int64],
    start: NDArray[np.int32],
    head: NDArray[np.int32],
    sister: NDArray[np.int32],
    residual: NDArray[np.int64],
    terminal: NDArray[np.int64],
    parent: NDArray[np.int32],
    tree: NDArray[np.int8],
    stamp: NDArray[np.int64],
    distance: NDArray[np.int32],
    active: NDArray[np.int32],
    queued: NDArray[np.uint8],
    orphans: NDArray[np.int32],
    counters: NDArray[np.int64],
) -> None:
    """Add a change to the gains and make the trees valid again."""
    counters[4] += 1
    now = counters[4]
    turned = np.zeros(change.size, np.uint8)
    for i in range(change.size):
        if change[i] == 0:
            continue
        terminal[i] += change[i]
        _push_active(i, active, queued, counters)
        if terminal[i] != 0:
            side = np.int8(1) if terminal[i] > 0 else np.int8(-1)
            if tree[i] != side:
                tree[i] = side
                turned[i] = 1
            parent[i] = _TERMINAL
            stamp[i] = now
            distance[i] = 1
    for i in range(change.size):
        if turned[i] != 0:
            for a in range(start[i], start[i + 1]):
                j = head[a]
                if parent[j] == sister[a]:
                    _orphan_behind(j, parent, orphans, counters)
                # A neighbour of the other tree may see a way to this node that was not there before.
                if tree[j] == -tree[i]:
                    _push_active(j, active, queued, counters)
        elif terminal[i] == 0 and parent[i] == _TERMINAL:
            _orphan_behind(i, parent, orphans, counters)
    counters[4] += 1
    _adopt(start, head, sister, residual, parent, tree, stamp, distance, active, queued, orphans, counters)


@numba.njit(cache=True, nogil=True)
def _flow(
    start: NDArray[np.int32],
    head: NDArray[np.int32],
    sister: NDArray[np.int32],
    residual: NDArray[np.int64],
    terminal: NDArray[np.int64],
    parent: NDArray[np.int32],
    tree: NDArray[np.int8],
    stamp: NDArray[np.int64],
    distance: NDArray[np.int32],
    active: NDArray[np.int32],
    queued: NDArray[np.uint8],
    orphans: NDArray[np.int32],
    counters: NDArray[np.int64],
) -> None:
    """Grow both trees, augment where they meet, adopt what fell off, until they meet nowhere."""
    current = _NONE
    while True:
        if current == _NONE or tree[current] == 0:
            if counters[1] == 0:
                return
            current = active[counters[0]]
            counters[0] += 1
            if counters[0] == active.size:
                counters[0] = 0
            counters[1] -= 1
            queued[current] = 0
            if tree[current] == 0:
                continue
        i = current
        side = tree[i]
        middle = _NONE
        for a in range(start[i], start[i + 1]):
            if (residual[a] if side > 0 else residual[sister[a]]) == 0:
                continue
            j = head[a]
            if tree[j] == 0:
                tree[j] = side
                parent[j] = sister[a]
                stamp[j] = stamp[i]
                distance[j] = distance[i] + 1
                _push_active(j, active, queued, counters)
            elif tree[j] != side:
                middle = a if side > 0 else sister[a]
                break
            elif stamp[j] <= stamp[i] and distance[j] > distance[i]:
                # A shorter way to the root.
                parent[j] = sister[a]
                stamp[j] = stamp[i]
                distance[j] = distance[i] + 1
        if middle == _NONE:
            current = _NONE
            continue
        counters[4] += 1
        _augment(middle, head, sister, residual, terminal, parent, orphans, counters)
        _adopt(start, head, sister, residual, parent, tree, stamp, distance, active, queued, orphans, counters)


class GraphCut:
    """The choice of nodes with the greatest sum of gains, less the prices of the edges that it cuts.

    Maximise ``sum gain[i] x[i] - sum price[e] |x[first[e]] - x[second[e]]|`` over x in {0, 1}. After the gains have
    changed the next choice starts from the last, which is many times quicker where little has changed.

    Parameters
    ----------
    first, second : int32 ndarray (edges,)
        The nodes that an edge joins; they differ. Two nodes may have several edges.
    price : int64 ndarray (edges,)
        Price of cutting it, not negative.
    nodes : int
        How many nodes there are.

    Notes
    -----
    A minimum cut between two terminals (Greig, Porteous and Seheult 1989), found by growing a tree of paths from each
    terminal (Boykov and Kolmogorov 2004) that are kept when gains change (Kohli and Torr 2007). All is done in whole
    numbers, so the choice is exact.

    Examples
    --------
    >>> cut = GraphCut(np.array([0, 1], np.int32), np.array([1, 2], np.int32), np.array([2, 2]), 3)
    >>> cut.choose(np.array([5, -1, 3]))
    7
    >>> cut.chosen.tolist()
    [True, True, True]
    >>> cut.choose(np.array([5, -9, 3]))
    4
    >>> cut.chosen.tolist()
    [True, False, True]
    """

    def __init__(
        self, first: NDArray[np.int32], second: NDArray[np.int32], price: NDArray[np.int64], nodes: int
    ) -> None:
        self._start, self._head, self._sister, place = _link(first, second, nodes)
        self._residual = np.empty(2 * first.size, np.int64)
        self._residual[place] = price
        self._residual[self._sister[place]] = price
        self._gain = np.zeros(nodes, np.int64)
        self._terminal = np.zeros(nodes, np.int64)
        self._parent = np.full(nodes, _NONE, np.int32)
        self._tree = np.zeros(nodes, np.int8)
        self._stamp = np.zeros(nodes, np.int64)
        self._distance = np.zeros(nodes, np.int32)
        self._active = np.empty(nodes, np.int32)
        self._queued = np.zeros(nodes, np.uint8)
        self._orphans = np.empty(nodes, np.int32)
        # Of the queue of active nodes and of the ring of orphans: the first and how many; the time.
        self._counters = np.zeros(5, np.int64)
        self._cold = True

    def choose(self, gain: NDArray[np.int64]) -> int:
        """Find the best choice.

        Parameters
        ----------
        gain : int64 ndarray (nodes,)
            Gain of choosing a node. The sum of all absolute gains and prices must be below `LARGEST_SUM`.

        Returns
        -------
        int
            Its value: gains less prices of cut edges.
        """
        trees = (self._parent, self._tree, self._stamp, self._distance)
        queues = (self._active, self._queued, self._orphans, self._counters)
        graph = (self._start, self._head, self._sister, self._residual)
        change = gain - self._gain
        self._gain = gain.copy()
        if self._cold:
            self._cold = False
            self._terminal += change
            _saturate(*graph, self._terminal)
            change = self._terminal.copy()
            self._terminal[:] = 0
        _change(change, *graph, self._terminal, *trees, *queues)
        _flow(*graph, self._terminal, *trees, *queues)
        # Flow moves gains along edges and leaves every value as it was; what no edge lets flow any more is the value.
        return int(self._terminal[self._terminal > 0].sum())

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """The best choice (nodes,); of several the smallest."""
        return self._tree > 0

    @property
    def largest(self) -> NDArray[np.bool_]:
        """Of several best choices the largest (nodes,)."""
        return self._tree >= 0
