"""A raster in memory, and what the flow of water means, in plain slow Python."""

import heapq
import math
from collections import deque
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shanshui.base.grid import Window

TILES = (3, 7, 16, 1000)
# East, then anticlockwise; (row, column), rows count downwards.
STEP = {1: (0, 1), 2: (-1, 1), 3: (-1, 0), 4: (-1, -1), 5: (0, -1), 6: (1, -1), 7: (1, 0), 8: (1, 1)}


class MemoryRaster:
    """Cells in an array, walked in square tiles."""

    def __init__(self, cells, tile: int) -> None:
        self.cells = np.asarray(cells)
        self.tile = tile

    @property
    def shape(self) -> tuple[int, int]:
        return self.cells.shape

    def tiles(self) -> Iterator[Window]:
        rows, columns = self.shape
        for row in range(0, rows, self.tile):
            for column in range(0, columns, self.tile):
                yield Window(row, column, min(self.tile, rows - row), min(self.tile, columns - column))

    def read(self, window: Window):
        out = np.full(window.shape, np.nan if self.cells.dtype.kind == "f" else 0, self.cells.dtype)
        top, left = max(window.row, 0), max(window.column, 0)
        inside = self.cells[top : window.row + window.height, left : window.column + window.width]
        row, column = top - window.row, left - window.column
        out[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
        return out

    def blank(self, dtype) -> "MemoryRaster":
        return MemoryRaster(np.zeros(self.shape, dtype), self.tile)

    def write(self, window: Window, cells) -> None:
        assert cells.shape == window.shape
        assert window.row >= 0
        assert window.column >= 0
        assert window.row + window.height <= self.shape[0]
        assert window.column + window.width <= self.shape[1]
        self.cells[window.row : window.row + window.height, window.column : window.column + window.width] = cells


def surface(*rows) -> MemoryRaster:
    return MemoryRaster(np.array(rows, np.float32), 1000)


@st.composite
def surfaces(draw):
    """Rough surfaces, and those of a few whole numbers, which are mostly flats; both with holes."""
    shape = draw(st.integers(1, 22)), draw(st.integers(1, 22))
    whole = st.integers(0, draw(st.integers(1, 6))).map(float)
    rough = st.floats(-100, 100, width=32)
    cells = draw(arrays(np.float32, shape, elements=draw(st.sampled_from([whole, rough])), fill=st.nothing()))
    holes = draw(st.lists(st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1)), max_size=8))
    for hole in holes:
        cells[hole] = np.nan
    return cells


def beside(cells, row, column):
    """Give code and place of the neighbours that have data."""
    for code, (down, right) in STEP.items():
        near = row + down, column + right
        if 0 <= near[0] < cells.shape[0] and 0 <= near[1] < cells.shape[1] and not np.isnan(cells[near]):
            yield code, near


def places(cells):
    return [tuple(int(each) for each in place) for place in np.argwhere(~np.isnan(cells))]


def is_outlet(cells, place) -> bool:
    return len(list(beside(cells, *place))) < 8


def filled_by_definition(cells):
    """Give the lowest possible maximum over all paths to an outlet (Dijkstra)."""
    filled = np.full(cells.shape, np.nan, np.float32)
    queue = [(cells[place], place) for place in places(cells) if is_outlet(cells, place)]
    heapq.heapify(queue)
    while queue:
        level, place = heapq.heappop(queue)
        if np.isnan(filled[place]):
            filled[place] = level + np.float32(0)
            for _, near in beside(cells, *place):
                heapq.heappush(queue, (max(level, cells[near]), near))
    return filled


def directions_by_definition(filled, width, height):
    """Give steepest descent; along flats the fewest steps (breadth first)."""
    codes = np.full(filled.shape, 255, np.uint8)
    steps, queue = {}, deque()
    for place in places(filled):
        best = 0.0
        if is_outlet(filled, place):
            codes[place] = 0
        for code, near in beside(filled, *place):
            away = math.hypot(STEP[code][0] * height, STEP[code][1] * width)
            slope = (float(filled[place]) - float(filled[near])) * (1 / away)
            if slope > best:
                best, codes[place] = slope, code
        if codes[place] != 255:
            steps[place] = 0
            queue.append(place)
    while queue:
        place = queue.popleft()
        for _, near in beside(filled, *place):
            if filled[near] == filled[place] and near not in steps:
                steps[near] = steps[place] + 1
                queue.append(near)
    for place, count in steps.items():
        if count:
            ways = [code for code, near in beside(filled, *place) if filled[near] == filled[place]]
            codes[place] = min(code for code in ways if steps[_next(place, code)] == count - 1)
    return codes


def _next(place, code):
    return place[0] + STEP[code][0], place[1] + STEP[code][1]


def path(codes, place) -> list[tuple[int, int]]:
    """Follow the water of a cell to where it leaves; it must get there."""
    way = [place]
    while codes[way[-1]] != 0:
        way.append(_next(way[-1], int(codes[way[-1]])))
        assert len(way) <= codes.size, "a circle"
    return way


def counts_by_definition(codes):
    """Follow the water of every cell."""
    counts = np.where(codes == 255, np.nan, 0.0)
    for place in np.argwhere(codes != 255):
        for each in path(codes, tuple(int(part) for part in place)):
            counts[each] += 1
    return counts
